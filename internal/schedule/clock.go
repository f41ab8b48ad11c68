// Package schedule provides the clock that the program reads, and the times at which a cron
// expression is due in a timezone.
//
// Business time (schedules, due rows, expiries, retries, Date fields) comes from a Clock and
// can be simulated. Wire time (timeouts, polling, redials) always comes from package time.
//
// The package has no state that survives a crash, and needs none: what is due is a row in the
// store with a unique key, and a clock only wakes the loop that looks for such rows. Begin
// reading at Clock, then Cron.
package schedule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Clock reads business time. Wake returns a channel that receives once when the clock reaches
// at, at once if it already has; stop releases it.
type Clock interface {
	Now() time.Time
	Wake(at time.Time) (fired <-chan struct{}, stop func())
}

// Real is the clock of the machine.
type Real struct{}

// Now returns the current time.
func (Real) Now() time.Time { return time.Now() }

// Wake implements Clock.
func (Real) Wake(at time.Time) (<-chan struct{}, func()) { return wakeAfter(time.Until(at)) }

func wakeAfter(d time.Duration) (<-chan struct{}, func()) {
	fired := make(chan struct{}, 1)
	timer := time.AfterFunc(max(d, 0), func() { fired <- struct{}{} })
	return fired, func() { timer.Stop() }
}

// Scaled starts at a given time and runs faster or slower than real time.
type Scaled struct {
	base   time.Time
	start  time.Time
	factor float64
}

// NewScaled returns a clock that reads base now and runs factor times as fast as real time.
func NewScaled(base time.Time, factor float64) *Scaled {
	return &Scaled{base: base, start: time.Now(), factor: factor}
}

// Now returns the scaled time.
func (c *Scaled) Now() time.Time {
	return c.base.Add(time.Duration(float64(time.Since(c.start)) * c.factor))
}

// Wake implements Clock.
func (c *Scaled) Wake(at time.Time) (<-chan struct{}, func()) {
	return wakeAfter(time.Duration(float64(at.Sub(c.Now())) / c.factor))
}

// ParseScaled parses the value of --clock: an RFC 3339 time, optionally followed by "x" and a
// factor greater than zero, as in 2018-02-01T08:00:00+01:00x600.
func ParseScaled(s string) (*Scaled, error) {
	instant, speed, scaled := strings.Cut(s, "x")
	base, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		return nil, fmt.Errorf("%q is no instant; write one like 2018-02-01T08:00:00+01:00x600", s)
	}
	factor := 1.0
	if scaled {
		if factor, err = strconv.ParseFloat(speed, 64); err != nil || !(factor > 0 && factor <= 1e7) {
			return nil, fmt.Errorf("%q is no speed; write a number greater than 0 after the x", speed)
		}
	}
	return NewScaled(base, factor), nil
}

// MarshalText encodes the clock so that another process can read the same time.
func (c *Scaled) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%s %s %s", c.base.Format(time.RFC3339Nano), c.start.Format(time.RFC3339Nano),
		strconv.FormatFloat(c.factor, 'g', -1, 64)), nil
}

// UnmarshalText decodes what MarshalText encodes.
func (c *Scaled) UnmarshalText(text []byte) error {
	fields := strings.Fields(string(text))
	if len(fields) != 3 {
		return fmt.Errorf("%q is no clock", text)
	}
	var errs [3]error
	c.base, errs[0] = time.Parse(time.RFC3339Nano, fields[0])
	c.start, errs[1] = time.Parse(time.RFC3339Nano, fields[1])
	c.factor, errs[2] = strconv.ParseFloat(fields[2], 64)
	return errors.Join(errs[:]...)
}

// Stepped stands still until Set moves it. It makes rehearsals reproducible: their driver
// moves it to the next due time when everything else is idle.
type Stepped struct {
	mu      sync.Mutex
	now     time.Time
	waiting map[*stepWaiter]struct{}
}

type stepWaiter struct {
	at    time.Time
	fired chan struct{}
}

// NewStepped returns a clock that reads now.
func NewStepped(now time.Time) *Stepped {
	return &Stepped{now: now, waiting: map[*stepWaiter]struct{}{}}
}

// Now returns the time to which the clock was last set.
func (c *Stepped) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock forward to t; an earlier t leaves it where it is.
func (c *Stepped) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !t.After(c.now) {
		return
	}
	c.now = t
	for w := range c.waiting {
		if !w.at.After(t) {
			w.fired <- struct{}{}
			delete(c.waiting, w)
		}
	}
}

// Wake implements Clock.
func (c *Stepped) Wake(at time.Time) (<-chan struct{}, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := &stepWaiter{at: at, fired: make(chan struct{}, 1)}
	if !at.After(c.now) {
		w.fired <- struct{}{}
		return w.fired, func() {}
	}
	c.waiting[w] = struct{}{}
	return w.fired, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waiting, w)
	}
}
