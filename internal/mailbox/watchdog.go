package mailbox

import (
	"net"
	"sync"
	"time"
)

// watchdog is a connection that is cut when the peer stays silent for too long
// while an answer is awaited. The IMAP library by itself waits for ever for an
// answer that never begins. Bytes in either direction count as life, so that a
// large mail over a slow line is not cut off.
type watchdog struct {
	net.Conn
	limit time.Duration

	mu      sync.Mutex
	timer   *time.Timer // nil while no answer is awaited
	expired bool
}

func (w *watchdog) start() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(w.limit, func() {
		w.mu.Lock()
		w.expired = true
		w.mu.Unlock()
		w.Conn.Close()
	})
}

// stop reports whether the connection was cut.
func (w *watchdog) stop() (expired bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
	w.timer = nil
	return w.expired
}

func (w *watchdog) reset(n int) {
	if n == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Reset(w.limit)
	}
}

func (w *watchdog) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.reset(n)
	return n, err
}

func (w *watchdog) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	w.reset(n)
	return n, err
}
