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
	mu      sync.Mutex
	most    int
	allowed int
	open    int
	changed chan struct{} // closed when allowed changes
	lowered time.Time
}

func newConnections(most int) *connections {
	return &connections{most: most, allowed: most, changed: make(chan struct{})}
}

// may reports whether the i-th connection, from 0, is allowed, and a channel that is
// closed when that may be otherwise.
func (l *connections) may(i int) (bool, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return i < l.allowed, l.changed
}

func (l *connections) opened(by int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open += by
}

// refused tells that the relay let no further connection in. It reports false when
// it let in none at all: that is no limit but trouble.
func (l *connections) refused(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == 0 {
		return false
	}
	l.set(l.open)
	l.lowered = now
	return true
}

// probe allows one more connection when the limit was kept to for a while.
func (l *connections) probe(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.allowed < l.most && now.Sub(l.lowered) >= probeAfter {
		l.set(l.allowed + 1)
		l.lowered = now
	}
}

func (l *connections) set(n int) {
	if n == l.allowed {
		return
	}
	l.allowed = n
	close(l.changed)
	l.changed = make(chan struct{})
}
