package agenda

import (
	"fmt"
	"time"
)

// Date is a day of the Gregorian calendar, without a time zone. The zero Date is none.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the day of t in t's own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate parses YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("parse date: %w", err)
	}
	return DateOf(t), nil
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Valid reports whether the calendar has that day, in the years 1 to 9999.
func (d Date) Valid() bool {
	return d.Year >= 1 && d.Year <= 9999 && d.Month >= 1 && d.Month <= 12 && d.Day >= 1 && d.Day <= daysIn(d.Year, d.Month)
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// String returns YYYY-MM-DD, "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// MarshalText returns YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText parses YYYY-MM-DD; an empty text is the zero Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Compare returns -1, 0 or +1 if d is before, on or after o.
func (d Date) Compare(o Date) int {
	switch {
	case d == o:
		return 0
	case d.Year != o.Year && d.Year < o.Year,
		d.Year == o.Year && d.Month < o.Month,
		d.Year == o.Year && d.Month == o.Month && d.Day < o.Day:
		return -1
	}
	return 1
}

// Before reports whether d is an earlier day than o.
func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

// After reports whether d is a later day than o.
func (d Date) After(o Date) bool { return d.Compare(o) > 0 }

// AddDays returns the day n days later, or earlier if n is negative.
func (d Date) AddDays(n int) Date {
	return DateOf(time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC))
}

// DaysUntil returns the number of days from d to o, negative if o is earlier.
func (d Date) DaysUntil(o Date) int {
	return int(o.In(time.UTC).Sub(d.In(time.UTC)) / (24 * time.Hour))
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.In(time.UTC).Weekday() }

// In returns the first instant of the day in loc: midnight or, if daylight saving skips
// it, the instant of the change.
func (d Date) In(loc *time.Location) time.Time { return d.At(0, loc) }

// At returns the instant at which a clock in loc shows time c on the day. For a time that
// daylight saving skips it is the instant of the change; for a time that occurs twice, the
// first.
func (d Date) At(c Clock, loc *time.Location) time.Time {
	hour, minute := int(c)/60, int(c)%60
	t := time.Date(d.Year, d.Month, d.Day, hour, minute, 0, 0, loc)
	start, end := t.ZoneBounds()
	shown := Clock(t.Hour()*60 + t.Minute())
	switch day := DateOf(t); {
	case day == d && shown == c:
		if start.IsZero() {
			return t
		}
		_, now := t.Zone()
		_, former := start.Add(-time.Second).Zone()
		if earlier := t.Add(time.Duration(now-former) * time.Second); earlier.Before(start) && now < former {
			return earlier.In(loc)
		}
		return t
	case day.Before(d) || day == d && shown < c:
		return end
	}
	return start
}
