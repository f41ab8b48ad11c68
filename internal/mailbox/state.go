package mailbox

import (
	"errors"
	"time"
)

// State is the health of a mailbox.
type State struct {
	LastScan     time.Time // when the last scan succeeded, in real time; zero for never
	FailingSince time.Time // the first failure since then; zero without one
	Err          error     // the last failure; it wraps ErrLogin when the server refuses us
}

// Refused reports whether the server refuses us; false when it is only unreachable.
func (s State) Refused() bool { return errors.Is(s.Err, ErrLogin) || errors.Is(s.Err, ErrFolder) }

// State returns the present state.
func (b *Box) State() State { return *b.state.Load() }

// recordSuccess records a successful scan. Only Run calls it and recordFailure.
func (b *Box) recordSuccess() { b.state.Store(&State{LastScan: time.Now()}) }

func (b *Box) recordFailure(err error) {
	s := b.State()
	if s.FailingSince.IsZero() {
		s.FailingSince = time.Now()
	}
	s.Err = err
	b.state.Store(&s)
}
