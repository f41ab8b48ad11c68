package mailbox

import (
	"bytes"
	"context"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// What reading may take of memory at once, in octets, by a guess: so many for each octet
// of a mail, and so many for any. A mail that takes more than there is, is read alone.
const (
	readRoom     = 32 << 20
	readPerOctet = 8
	readAny      = 1 << 20
)

// prefetch are the mails of a chunk, which are read by all processors, as far as there is
// room, while those before them are handled.
type prefetch struct {
	each    []prefetched
	room    *semaphore.Weighted
	ctx     context.Context // ends with the reading
	stop    context.CancelFunc
	mu      sync.Mutex // room is taken in the order of the mails, or they wait for each other
	next    int        // the first that nobody reads yet
	working sync.WaitGroup
}

// prefetched is what came of one; done is closed when it is there.
type prefetched struct {
	mail    Mail
	done    chan struct{}
	room    int64 // what it takes, until it is handled
	reading Reading
	err     error
}

// read begins to read mails, save those of which the server gave no content, or
// which are to be quarantined.
func (r *runner) read(mails []Mail, refused map[uint32]error) *prefetch {
	s := &prefetch{each: make([]prefetched, len(mails)), room: semaphore.NewWeighted(readRoom)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	for i, m := range mails {
		one := &s.each[i]
		*one = prefetched{mail: m, done: make(chan struct{}), err: refused[m.UID]}
		_, fatal := r.opened.suspected(m.id())
		if one.err != nil || fatal || m.Size > r.box.opts.MaxSize || r.failed[m.id()].times >= attempts {
			close(one.done)
			continue
		}
		one.room = min(readAny+readPerOctet*int64(len(m.Raw)), readRoom)
		if unfolds(m.Raw) {
			one.room = readRoom
		}
	}
	for range min(runtime.GOMAXPROCS(0), len(mails)) {
		s.working.Go(func() {
			for one := s.take(); one != nil; one = s.take() {
				one.do(r.box.handler, r.opened)
			}
		})
	}
	return s
}

// unfolds reports a mail with a ZIP archive in base64, as word processors' files are,
// which may hold many times its size: it is read alone.
func unfolds(raw []byte) bool { return bytes.Contains(raw, []byte("UEsDB")) }

// take returns the next mail to be read when there is room for it, nil when there is
// none or the reading ends.
func (s *prefetch) take() *prefetched {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.next < len(s.each) {
		one := &s.each[s.next]
		s.next++
		if one.room == 0 {
			continue // it is not to be read
		}
		if s.room.Acquire(s.ctx, one.room) != nil {
			return nil
		}
		return one
	}
	return nil
}

func (one *prefetched) do(h Handler, o *opened) {
	defer close(one.done)
	defer o.open(one.mail.id())()
	one.err = guard(func() (err error) {
		one.reading, err = h.Read(one.mail)
		return err
	})
	if len(one.mail.Raw) > collectAbove || one.room == readRoom {
		debug.FreeOSMemory() // before the store takes as much again
	}
}

// of waits for the i-th.
func (s *prefetch) of(i int) (Reading, error) {
	<-s.each[i].done
	return s.each[i].reading, s.each[i].err
}

// ready reports whether of will not wait, and waits for that at most so long.
func (s *prefetch) ready(i int, wait time.Duration) bool {
	if wait <= 0 {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-s.each[i].done:
		return true
	case <-timer.C:
		return false
	}
}

// handled gives back what the i-th took.
func (s *prefetch) handled(i int) {
	one := &s.each[i]
	one.reading, one.mail.Raw = nil, nil
	if one.room > 0 {
		s.room.Release(one.room)
		one.room = 0
	}
}

// end reads no more, and waits for those being read.
func (s *prefetch) end() {
	s.stop()
	s.working.Wait()
}
