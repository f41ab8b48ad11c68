package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a time span in Go's units (90s, 5m, 72h) or in days (7d).
type Duration time.Duration

// UnmarshalText parses a positive span.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 10000 {
			*d = Duration(time.Duration(n) * 24 * time.Hour)
			return nil
		}
	} else if v, err := time.ParseDuration(s); err == nil && v > 0 {
		*d = Duration(v)
		return nil
	}
	return fmt.Errorf("%q is not a time span; write one like 5m, 12h or 7d", s)
}

// Distance is a time before an event: days (7d) or hours (12h).
type Distance string

func (d Distance) check() error {
	s := string(d)
	if len(s) > 1 && (s[len(s)-1] == 'd' || s[len(s)-1] == 'h') {
		if n, err := strconv.Atoi(s[:len(s)-1]); err == nil && n >= 0 && n < 10000 {
			return nil
		}
	}
	return fmt.Errorf("%q is not a distance; write one like 7d or 12h", s)
}

// Clock is a time of day, HH:MM.
type Clock string

func (c Clock) check() error {
	if _, err := time.Parse("15:04", string(c)); err != nil || len(c) != 5 {
		return fmt.Errorf("%q is not a time of day; write one like 08:00", string(c))
	}
	return nil
}

// Rate is a number of mails in a time, as in 20/s. Its value is per second.
type Rate float64

// UnmarshalText parses N/s, N/m or N/h.
func (r *Rate) UnmarshalText(text []byte) error {
	n, unit, _ := strings.Cut(string(text), "/")
	v, err := strconv.ParseFloat(n, 64)
	per := map[string]float64{"s": 1, "m": 60, "h": 3600}[unit]
	if err != nil || per == 0 || !(v > 0 && v <= 1e6) {
		return fmt.Errorf("%q is not a rate; write one like 20/s or 600/m", text)
	}
	*r = Rate(v / per)
	return nil
}
