package delivery

import (
	"sync"
	"time"
)

// probeAfter is how long, in real time, the relay's limit of connections is kept to
// before one more is tried.
const probeAfter = time.Minute

// connections says how many connections there may be: the configured number, or as many
// as the relay last let in.
type connections struct {
	mu        sync.Mutex
	maximum   int
	limit     int
	open      int
	changed   chan struct{} // closed when allowed changes
	changedAt time.Time
}

func newConnections(most int) *connections {
	return &connections{maximum: most, limit: most, changed: make(chan struct{})}
}

// allows reports whether the i-th connection, from 0, is allowed, and a channel that is
// closed when that may be otherwise.
func (l *connections) allows(i int) (bool, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return i < l.limit, l.changed
}

func (l *connections) addOpen(by int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open += by
}

// limitToOpen tells that the relay let no further connection in. It reports false when
// it let in none at all: that is no limit but trouble.
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

// probe allows one more connection when the limit was kept to for a while.
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
