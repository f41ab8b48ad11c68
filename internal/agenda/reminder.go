package agenda

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Distance is how long before an event a reminder is sent: a number of days,
// counted on the calendar, or of hours. The zero Distance is the day itself.
type Distance struct {
	days, hours int
}

// Days is a distance of n days; Hours one of n hours.
func Days(n int) Distance  { return Distance{days: n} }
func Hours(n int) Distance { return Distance{hours: n} }

// ParseDistance reads a whole number from 0 to 9999 and its unit: 7d, 12h.
func ParseDistance(s string) (Distance, error) {
	if len(s) >= 2 && len(s) <= 5 {
		n, err := strconv.ParseUint(s[:len(s)-1], 10, 16)
		switch unit := s[len(s)-1]; {
		case err == nil && unit == 'd':
			return Days(int(n)), nil
		case err == nil && unit == 'h' && n > 0:
			return Hours(int(n)), nil
		}
	}
	return Distance{}, fmt.Errorf("parse distance %q: want a number of days or hours, like 7d or 12h", s)
}

// String is the form that ParseDistance reads.
func (d Distance) String() string {
	if d.hours != 0 {
		return strconv.Itoa(d.hours) + "h"
	}
	return strconv.Itoa(d.days) + "d"
}

// MarshalText gives the form that ParseDistance reads.
func (d Distance) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDistance.
func (d *Distance) UnmarshalText(text []byte) error {
	parsed, err := ParseDistance(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}

// before is the instant at that distance from the event. Days fall at the clock
// time at, on the calendar of loc, whatever the clocks do in between; hours are
// counted back from the beginning.
func (d Distance) before(e Event, at Clock, loc *time.Location) time.Time {
	if d.hours != 0 {
		return e.Begins(loc).Add(-time.Duration(d.hours) * time.Hour)
	}
	return e.Start.AddDays(-d.days).At(at, loc)
}

// Reminder is one reminder of an event. It is unique by event and Distance. It is
// due from At on and void from Until on, the beginning of the event.
type Reminder struct {
	Distance  Distance
	At, Until time.Time
}

// lateNotice is how far ahead an event must be for a first announcement outside
// the distances.
const lateNotice = 12 * time.Hour

// Plan gives the reminders of an event approved at an instant, soonest first. A
// distance that had passed by then is left out, except that an event which was
// never announced (neither in an issue that was sent, nor by a reminder) is
// announced at once, under the last distance that passed, if it begins in more
// than 12 hours and no other reminder of it falls within them. None falls at or
// after the beginning.
func Plan(e Event, approved time.Time, distances []Distance, at Clock, loc *time.Location, announced bool) []Reminder {
	begins := e.Begins(loc)
	var plan []Reminder
	var passed *Reminder
	for _, d := range distances {
		r := Reminder{Distance: d, At: d.before(e, at, loc), Until: begins}
		switch {
		case !r.At.Before(begins):
		case r.At.Before(approved):
			if passed == nil || r.At.After(passed.At) {
				passed = &r
			}
		case !slices.ContainsFunc(plan, func(o Reminder) bool { return o.Distance == d }):
			plan = append(plan, r)
		}
	}
	slices.SortStableFunc(plan, func(a, b Reminder) int { return a.At.Compare(b.At) })
	soon := len(plan) > 0 && plan[0].At.Sub(approved) <= lateNotice
	if passed != nil && !announced && !soon && begins.Sub(approved) > lateNotice {
		passed.At = approved
		plan = slices.Insert(plan, 0, *passed)
	}
	return plan
}

// Collapse picks, of the unsent reminders of one event, the one to send now: the
// latest that is due and not void. The other due ones are not to be sent any
// more. ok is false if there is none.
func Collapse(unsent []Reminder, now time.Time) (send Reminder, ok bool) {
	for _, r := range unsent {
		if now.Before(r.At) || !now.Before(r.Until) {
			continue
		}
		if !ok || r.At.After(send.At) {
			send, ok = r, true
		}
	}
	return send, ok
}
