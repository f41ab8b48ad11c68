package mailbox

import (
	"net"
	"sync"
	"time"
)

// watchdog closes a connection when the peer stays silent for too long during a command.
// The IMAP library alone waits for ever for an answer. Bytes in either direction reset the
// timer, so that a large mail over a slow connection is not cut off.
type watchdog struct {
	net.Conn
	limit time.Duration

	mu      sync.Mutex
	timer   *time.Timer // nil between commands
	expired bool
}

func (w *watchdog) start() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(w.limit, func() {
		w.mu.Lock()
		w.expired = true
		w.mu.Unlock()
		_ = w.Conn.Close() // the pending read or write fails
	})
}

// stop stops the timer and reports whether it closed the connection.
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
