package agenda

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Distance is how long before an event a reminder is sent: a number of calendar days, or
// of hours. The zero Distance is the day itself.
type Distance struct {
	days, hours int
}

// Days returns a distance of n calendar days.
func Days(n int) Distance { return Distance{days: n} }

// Hours returns a distance of n hours.
func Hours(n int) Distance { return Distance{hours: n} }

// ParseDistance parses a whole number from 0 to 9999 and its unit: 7d, 12h.
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

// String returns the form that ParseDistance parses.
func (d Distance) String() string {
	if d.hours != 0 {
		return strconv.Itoa(d.hours) + "h"
	}
	return strconv.Itoa(d.days) + "d"
}

// MarshalText returns the form that ParseDistance parses.
func (d Distance) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDistance.
func (d *Distance) UnmarshalText(text []byte) error {
	parsed, err := ParseDistance(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}

// before returns the instant at that distance from the event. A distance in days is at
// clock time at, by the calendar of loc, whatever daylight saving does in between; hours
// count back from the beginning.
func (d Distance) before(e Event, at Clock, loc *time.Location) time.Time {
	if d.hours != 0 {
		return e.Begins(loc).Add(-time.Duration(d.hours) * time.Hour)
	}
	return e.Start.AddDays(-d.days).At(at, loc)
}

// Reminder is one reminder of an event, unique by event and Distance. It is due from At
// on, and void from Until on, which is the beginning of the event.
type Reminder struct {
	Distance  Distance
	At, Until time.Time
}

// lateNotice is how far ahead an event must be to be announced late, outside the
// distances.
const lateNotice = 12 * time.Hour

// Plan returns the reminders of an event approved at a time, soonest first. It leaves out
// distances that had passed by then, with one exception: an event that was never announced
// (neither in a sent issue nor by a reminder) is announced at once, under the last
// distance that passed, if it begins in more than 12 hours and no other reminder of it
// falls within them. No reminder is at or after the beginning.
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

// PickDue picks the reminder to send now from the unsent reminders of one event: the
// latest that is due and not void. The caller drops the other due ones. ok is false if
// there is none.
func PickDue(unsent []Reminder, now time.Time) (send Reminder, ok bool) {
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
