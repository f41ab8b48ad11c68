package delivery

import (
	"sync"
	"time"
)

// probeAfter is how long, in real time, a limit of the relay's lasts before one more
// connection is tried.
const probeAfter = time.Minute

// connections limits the connections to the configured number, or to as many as the
// relay last accepted.
type connections struct {
	mu        sync.Mutex
	maximum   int
	limit     int
	open      int
	changed   chan struct{} // closed when limit changes
	changedAt time.Time
}

func newConnections(maximum int) *connections {
	return &connections{maximum: maximum, limit: maximum, changed: make(chan struct{})}
}

// allows reports whether the i-th connection, from 0, is allowed, and returns a channel
// that is closed when the limit changes.
func (l *connections) allows(i int) (bool, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return i < l.limit, l.changed
}

// addOpen adds n, which may be negative, to the number of open connections.
func (l *connections) addOpen(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open += n
}

// limitToOpen sets the limit to the open connections, because the relay refused one
// more. It reports false when none is open: that is a failure, not a limit.
func (l *connections) limitToOpen(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == 0 {
		return false
	}
	l.setLimit(l.open)
	l.changedAt = now
	return true
}

// probe allows one more connection once the limit is probeAfter old.
func (l *connections) probe(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.limit < l.maximum && now.Sub(l.changedAt) >= probeAfter {
		l.setLimit(l.limit + 1)
		l.changedAt = now
	}
}

func (l *connections) setLimit(n int) {
	if n == l.limit {
		return
	}
	l.limit = n
	close(l.changed)
	l.changed = make(chan struct{})
}
