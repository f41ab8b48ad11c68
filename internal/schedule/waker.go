package schedule

import "context"

// Waker is how others talk to a loop: they ring it to look for work now, and ask
// to be told when it is at rest.
type Waker struct {
	wake chan struct{}
	idle chan chan struct{}
}

// NewWaker returns a bell for one loop.
func NewWaker() Waker {
	return Waker{wake: make(chan struct{}, 1), idle: make(chan chan struct{})}
}

// Wake makes the loop look for work now. It never waits.
func (b Waker) Wake() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// WaitIdle returns when nothing is due and nothing is under way, or with the
// context's error. It waits for a loop that does not run yet.
func (b Waker) WaitIdle(ctx context.Context) error {
	done := make(chan struct{})
	select {
	case b.idle <- done:
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

// Woken is where the loop hears that it was rung.
func (b Waker) Woken() <-chan struct{} { return b.wake }

// IdleRequests is where the loop hears who waits for its rest; it closes what it gets
// from there when it is.
func (b Waker) IdleRequests() <-chan chan struct{} { return b.idle }
