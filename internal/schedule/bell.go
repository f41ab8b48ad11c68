package schedule

import "context"

// Bell is how others talk to a loop: they ring it to look for work now, and ask
// to be told when it is at rest.
type Bell struct {
	rung  chan struct{}
	asked chan chan struct{}
}

// NewBell returns a bell for one loop.
func NewBell() Bell {
	return Bell{rung: make(chan struct{}, 1), asked: make(chan chan struct{})}
}

// Kick makes the loop look for work now. It never waits.
func (b Bell) Kick() {
	select {
	case b.rung <- struct{}{}:
	default:
	}
}

// Settle returns when nothing is due and nothing is under way, or with the
// context's error. It waits for a loop that does not run yet.
func (b Bell) Settle(ctx context.Context) error {
	done := make(chan struct{})
	select {
	case b.asked <- done:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Rung is where the loop hears that it was rung.
func (b Bell) Rung() <-chan struct{} { return b.rung }

// Asked is where the loop hears who waits for its rest; it closes what it gets
// from there when it is.
func (b Bell) Asked() <-chan chan struct{} { return b.asked }
