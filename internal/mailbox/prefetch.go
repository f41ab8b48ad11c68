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

// The memory that reading may take at once, in octets, estimated from the size of a mail.
// A mail that needs more is read alone.
const (
	readMemory         = 32 << 20
	readMemoryPerOctet = 8
	readMemoryPerMail  = 1 << 20
)

// prefetch reads the mails of a chunk on all processors, as far as memory allows, while
// earlier ones are handled.
type prefetch struct {
	mails   []prefetched
	memory  *semaphore.Weighted
	ctx     context.Context // ends when reading stops
	cancel  context.CancelFunc
	mu      sync.Mutex // guards next; memory is taken in the order of the mails, to avoid a deadlock
	next    int        // the first mail that no worker has taken
	workers sync.WaitGroup
}

// prefetched is one mail; done is closed when reading or err is set.
type prefetched struct {
	mail    Mail
	done    chan struct{}
	memory  int64 // what it takes until it is handled
	reading Reading
	err     error
}

// startReading begins to read mails, except those without content and those that will be
// quarantined.
func (r *runner) startReading(mails []Mail, refused map[uint32]error) *prefetch {
	p := &prefetch{mails: make([]prefetched, len(mails)), memory: semaphore.NewWeighted(readMemory)}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	for i, m := range mails {
		one := &p.mails[i]
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
		p.workers.Go(func() {
			for one := p.take(); one != nil; one = p.take() {
				one.read(r.box.handler, r.reading)
			}
		})
	}
	return p
}

// holdsArchive reports a mail with a ZIP archive in base64, such as a word processor's
// file. It may expand to many times its size, so it is read alone.
func holdsArchive(raw []byte) bool { return bytes.Contains(raw, []byte("UEsDB")) }

// take returns the next mail to read once there is memory for it, nil when there is none
// or reading stops.
func (p *prefetch) take() *prefetched {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.next < len(p.mails) {
		one := &p.mails[p.next]
		p.next++
		if one.memory == 0 {
			continue // it must not be read
		}
		if p.memory.Acquire(p.ctx, one.memory) != nil {
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
		debug.FreeOSMemory() // before the store needs as much again
	}
}

// result waits for the i-th mail and returns what reading it gave.
func (p *prefetch) result(i int) (Reading, error) {
	<-p.mails[i].done
	return p.mails[i].reading, p.mails[i].err
}

// ready waits, at most so long, until the i-th mail is read, and reports whether it is.
func (p *prefetch) ready(i int, wait time.Duration) bool {
	if wait <= 0 {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-p.mails[i].done:
		return true
	case <-timer.C:
		return false
	}
}

// release frees the memory of the i-th mail.
func (p *prefetch) release(i int) {
	one := &p.mails[i]
	one.reading, one.mail.Raw = nil, nil
	if one.memory > 0 {
		p.memory.Release(one.memory)
		one.memory = 0
	}
}

// stopReading stops, and waits for the mails being read.
func (p *prefetch) stopReading() {
	p.cancel()
	p.workers.Wait()
}
