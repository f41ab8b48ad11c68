package agenda

import (
	"fmt"
	"time"
)

// Clock is a time of day in minutes after midnight, 0 to 1439.
type Clock int

// ParseClock parses HH:MM, from 00:00 to 23:59.
func ParseClock(s string) (Clock, error) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 {
		return 0, fmt.Errorf("parse clock time %q: want HH:MM", s)
	}
	return Clock(t.Hour()*60 + t.Minute()), nil
}

// String returns HH:MM.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// MarshalText returns HH:MM.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText parses HH:MM.
func (c *Clock) UnmarshalText(text []byte) error {
	parsed, err := ParseClock(string(text))
	if err == nil {
		*c = parsed
	}
	return err
}
