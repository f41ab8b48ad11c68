package schedule

import "context"

// Waker lets other goroutines wake a loop, and wait until it is idle.
type Waker struct {
	wake chan struct{}
	idle chan chan struct{}
}

// NewWaker returns a waker for one loop.
func NewWaker() Waker {
	return Waker{wake: make(chan struct{}, 1), idle: make(chan chan struct{})}
}

// Wake makes the loop look for work now. It never blocks.
func (w Waker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// WaitIdle returns nil when nothing is due or under way, or the context's error. It also waits
// for a loop that does not run yet.
func (w Waker) WaitIdle(ctx context.Context) error {
	done := make(chan struct{})
	select {
	case w.idle <- done:
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

// Woken returns the channel on which the loop receives calls of Wake.
func (w Waker) Woken() <-chan struct{} { return w.wake }

// IdleRequests returns the channel on which the loop receives calls of WaitIdle; when idle,
// the loop closes each channel that it received.
func (w Waker) IdleRequests() <-chan chan struct{} { return w.idle }
