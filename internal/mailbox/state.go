package mailbox

import (
	"errors"
	"time"
)

// State is how a mailbox is doing.
type State struct {
	Looked time.Time // when the server last answered to a look, in real time; zero for never
	Since  time.Time // the first failure since then; zero while all is well
	Err    error     // of the last failure; it wraps ErrLogin where the server refuses us
}

// Refused reports whether the server refuses us, as opposed to being away.
func (s State) Refused() bool { return errors.Is(s.Err, ErrLogin) || errors.Is(s.Err, ErrFolder) }

// State returns how it is now.
func (b *Box) State() State { return *b.state.Load() }

// recordSuccess notes that all is well. Run alone calls it, and failed.
func (b *Box) recordSuccess() { b.state.Store(&State{Looked: time.Now()}) }

func (b *Box) recordFailure(err error) {
	s := b.State()
	if s.Since.IsZero() {
		s.Since = time.Now()
	}
	s.Err = err
	b.state.Store(&s)
}
