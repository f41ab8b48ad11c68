package mailbox

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// reads are the mails of a chunk, which are read by all processors while those
// before them are handled.
type reads struct {
	each    []read
	next    atomic.Int64 // the first that nobody reads yet
	working sync.WaitGroup
}

// read is what came of one; done is closed when it is there.
type read struct {
	mail    Mail
	done    chan struct{}
	reading Reading
	err     error
}

// read begins to read mails, save those of which the server gave no content, or
// which are to be quarantined.
func (r *runner) read(mails []Mail, refused map[uint32]error) *reads {
	s := &reads{each: make([]read, len(mails))}
	for i, m := range mails {
		one := &s.each[i]
		*one = read{mail: m, done: make(chan struct{}), err: refused[m.UID]}
		if one.err != nil || m.Size > r.box.opts.MaxSize || r.failed[m.id()].times >= attempts {
			close(one.done)
		}
	}
	for range min(runtime.GOMAXPROCS(0), len(mails)) {
		s.working.Go(func() {
			for i := s.next.Add(1) - 1; i < int64(len(s.each)); i = s.next.Add(1) - 1 {
				s.each[i].do(r.box.handler)
			}
		})
	}
	return s
}

func (one *read) do(h Handler) {
	select {
	case <-one.done:
		return // it is not to be read
	default:
	}
	defer close(one.done)
	one.err = guard(func() (err error) {
		one.reading, err = h.Read(one.mail)
		return err
	})
}

// of waits for the i-th.
func (s *reads) of(i int) (Reading, error) {
	<-s.each[i].done
	return s.each[i].reading, s.each[i].err
}

// end reads no more, and waits for those being read.
func (s *reads) end() {
	s.next.Store(int64(len(s.each)))
	s.working.Wait()
}
