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
	readMemory         = 32 << 20
	readMemoryPerOctet = 8
	readMemoryPerMail  = 1 << 20
)

// prefetch are the mails of a chunk, which are read by all processors, as far as there is
// room, while those before them are handled.
type prefetch struct {
	mails   []prefetched
	memory  *semaphore.Weighted
	ctx     context.Context // ends with the reading
	cancel  context.CancelFunc
	mu      sync.Mutex // room is taken in the order of the mails, or they wait for each other
	next    int        // the first that nobody reads yet
	workers sync.WaitGroup
}

// prefetched is what came of one; done is closed when it is there.
type prefetched struct {
	mail    Mail
	done    chan struct{}
	memory  int64 // what it takes, until it is handled
	reading Reading
	err     error
}

// startReading begins to read mails, save those of which the server gave no content, or
// which are to be quarantined.
func (r *runner) startReading(mails []Mail, refused map[uint32]error) *prefetch {
	s := &prefetch{mails: make([]prefetched, len(mails)), memory: semaphore.NewWeighted(readMemory)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	for i, m := range mails {
		one := &s.mails[i]
		*one = prefetched{mail: m, done: make(chan struct{}), err: refused[m.UID]}
		_, fatal := r.reading.suspected(m.id())
		if one.err != nil || fatal || m.Size > r.box.opts.MaxSize || r.failed[m.id()].times >= attempts {
			close(one.done)
			continue
		}
		one.memory = min(readMemoryPerMail+readMemoryPerOctet*int64(len(m.Raw)), readMemory)
		if holdsArchive(m.Raw) {
			one.memory = readMemory
		}
	}
	for range min(runtime.GOMAXPROCS(0), len(mails)) {
		s.workers.Go(func() {
			for one := s.take(); one != nil; one = s.take() {
				one.read(r.box.handler, r.reading)
			}
		})
	}
	return s
}

// holdsArchive reports a mail with a ZIP archive in base64, as word processors' files are,
// which may hold many times its size: it is read alone.
func holdsArchive(raw []byte) bool { return bytes.Contains(raw, []byte("UEsDB")) }

// take returns the next mail to be read when there is room for it, nil when there is
// none or the reading ends.
func (s *prefetch) take() *prefetched {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.next < len(s.mails) {
		one := &s.mails[s.next]
		s.next++
		if one.memory == 0 {
			continue // it is not to be read
		}
		if s.memory.Acquire(s.ctx, one.memory) != nil {
			return nil
		}
		return one
	}
	return nil
}

func (one *prefetched) read(h Handler, o *readingLog) {
	defer close(one.done)
	defer o.begin(one.mail.id())()
	one.err = catchPanic(func() (err error) {
		one.reading, err = h.Read(one.mail)
		return err
	})
	if len(one.mail.Raw) > collectAbove || one.memory == readMemory {
		debug.FreeOSMemory() // before the store takes as much again
	}
}

// result waits for the i-th.
func (s *prefetch) result(i int) (Reading, error) {
	<-s.mails[i].done
	return s.mails[i].reading, s.mails[i].err
}

// ready reports whether of will not wait, and waits for that at most so long.
func (s *prefetch) ready(i int, wait time.Duration) bool {
	if wait <= 0 {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-s.mails[i].done:
		return true
	case <-timer.C:
		return false
	}
}

// release gives back what the i-th took.
func (s *prefetch) release(i int) {
	one := &s.mails[i]
	one.reading, one.mail.Raw = nil, nil
	if one.memory > 0 {
		s.memory.Release(one.memory)
		one.memory = 0
	}
}

// stopReading reads no more, and waits for those being read.
func (s *prefetch) stopReading() {
	s.cancel()
	s.workers.Wait()
}
