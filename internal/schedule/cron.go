package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Cron is a five-field cron expression in a timezone.
//
// The expression is evaluated on the wall clock, without regard to daylight saving, and each
// wall time is then converted to an instant. So each wall time is due exactly once: one that
// the change in spring skips is due at the instant of the change, and one that the change in
// autumn repeats is due the first time.
type Cron struct {
	text string
	spec cron.Schedule
	loc  *time.Location
}

// Tick is an instant at which an expression is due. Key names its wall time and is the same
// however the instant was computed, so it can be the key of a due row.
type Tick struct {
	At  time.Time
	Key string
}

// ParseCron parses minute, hour, day of month, month and day of week, or a descriptor such as
// @daily. The timezone is loc; a TZ= prefix is an error.
func ParseCron(text string, loc *time.Location) (c Cron, err error) {
	defer func() {
		// The library panics on some malformed expressions.
		if p := recover(); p != nil {
			err = fmt.Errorf("%q is no cron expression", text)
		}
	}()
	if strings.Contains(text, "TZ=") {
		return Cron{}, fmt.Errorf("%q names a timezone; the newsletter's timezone is the only one", text)
	}
	if strings.HasPrefix(strings.TrimSpace(text), "@every") {
		return Cron{}, fmt.Errorf("%q has no fixed hours; write the five fields", text)
	}
	spec, err := cron.ParseStandard(text)
	if err != nil {
		return Cron{}, fmt.Errorf("%q is no cron expression: %w", text, err)
	}
	c = Cron{text: text, spec: spec, loc: loc}
	if _, err := c.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		return Cron{}, err
	}
	return c, nil
}

func (c Cron) String() string { return c.text }

// ErrNever reports an expression that matches no date, such as 30 February.
var ErrNever = errors.New("no date ever satisfies it")

// Next returns the first tick after a time. Its only error is ErrNever.
func (c Cron) Next(after time.Time) (Tick, error) {
	local := after.In(c.loc)
	// Start a day early to include a wall time that the change moved past the instant.
	wall := time.Date(local.Year(), local.Month(), local.Day()-1, local.Hour(), local.Minute(), local.Second(), 0, time.UTC)
	for {
		wall = c.spec.Next(wall)
		if wall.IsZero() {
			return Tick{}, fmt.Errorf("%q: %w", c.text, ErrNever)
		}
		if at := Instant(wall, c.loc); at.After(after) {
			return Tick{At: at, Key: wall.Format("2006-01-02T15:04")}, nil
		}
	}
}

// Instant converts a wall time, given as if in UTC, to the instant at which a clock in loc
// shows it: the first of two, or the end of the gap that skips it.
func Instant(wall time.Time, loc *time.Location) time.Time {
	at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, loc)
	if start, end := at.ZoneBounds(); wallOf(at) != wall {
		// The wall time is skipped and time.Date chose one side of the gap. The change is the
		// nearer bound of the zone that it fell in.
		if wallOf(at).After(wall) {
			return start
		}
		return end
	} else if !start.IsZero() {
		// The wall time may be repeated: it may have been shown before the change.
		_, now := at.Zone()
		_, before := start.Add(-time.Second).Zone()
		if earlier := at.Add(time.Duration(now-before) * time.Second); earlier.Before(start) && wallOf(earlier) == wall {
			return earlier
		}
	}
	return at
}

func wallOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}
