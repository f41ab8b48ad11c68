package agenda

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// Bounds of a calendar file: octets, and events that are read.
const (
	maxCalendar       = 256 << 10
	maxCalendarEvents = 50
)

// ReadCalendar reads the events of an iCalendar object (RFC 5545), such as people
// attach to an invitation. Times in a zone are those of its clocks, as people at
// the place read them; those in UTC are turned into loc's. Of an event that comes
// again, the first; of one that is cancelled, none.
func ReadCalendar(data []byte, loc *time.Location) (events []Event, err error) {
	defer func() {
		if r := recover(); r != nil {
			events, err = nil, fmt.Errorf("read calendar: %v", r)
		}
	}()
	if len(data) > maxCalendar {
		return nil, fmt.Errorf("read calendar: more than %d octets", maxCalendar)
	}
	cal, err := ics.ParseCalendar(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read calendar: %w", err)
	}
	for _, p := range cal.CalendarProperties {
		if p.IANAToken == string(ics.PropertyMethod) && strings.EqualFold(p.Value, string(ics.MethodCancel)) {
			return nil, nil
		}
	}
	for _, v := range cal.Events() {
		if len(events) == maxCalendarEvents {
			break
		}
		if e, err := readEvent(v, loc); err == nil {
			events = append(events, e)
		}
	}
	return events, nil
}

var errNoEvent = errors.New("no event")

func readEvent(v *ics.VEvent, loc *time.Location) (Event, error) {
	text := func(name ics.ComponentProperty) string {
		p := v.GetProperty(name)
		if p == nil {
			return ""
		}
		return plainLine(p.Value)
	}
	e := Event{Title: text(ics.ComponentPropertySummary), Place: text(ics.ComponentPropertyLocation), Audience: External}
	if e.Title == "" || strings.EqualFold(text(ics.ComponentPropertyStatus), string(ics.ObjectStatusCancelled)) {
		return Event{}, errNoEvent
	}
	if u, err := url.Parse(text(ics.ComponentPropertyUrl)); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		e.Link = u.String()
	}
	start, startTime, err := readInstant(v.GetProperty(ics.ComponentPropertyDtStart), loc)
	if err != nil {
		return Event{}, err
	}
	e.Start, e.End, e.StartTime = start, start, startTime
	end, endTime, err := readInstant(v.GetProperty(ics.ComponentPropertyDtEnd), loc)
	switch {
	case err != nil && startTime != "":
		d, err := readDuration(text(ics.ComponentPropertyDuration))
		if err != nil || d <= 0 {
			break
		}
		c, err := ParseClock(startTime)
		if err != nil {
			break
		}
		at := start.At(c, time.UTC).Add(d)
		e.End, e.EndTime = DateOf(at), at.Format("15:04")
	case err != nil:
	case startTime == "" && endTime == "": // DTEND is the day after the last
		e.End = end.AddDays(-1)
	default:
		e.End, e.EndTime = end, endTime
		if endTime == "00:00" && start.Before(end) {
			e.End, e.EndTime = end.AddDays(-1), ""
		}
	}
	if e.End.Before(e.Start) {
		e.End, e.EndTime = e.Start, ""
	}
	return e, nil
}

// readInstant reads a DATE or a DATE-TIME (RFC 5545, sections 3.3.4 and 3.3.5); the
// clock is "" for the former.
func readInstant(p *ics.IANAProperty, loc *time.Location) (day Date, clock string, err error) {
	if p == nil {
		return Date{}, "", errNoEvent
	}
	value := strings.TrimSpace(p.Value)
	if t, err := time.Parse("20060102", value); err == nil {
		return DateOf(t), "", nil
	}
	if t, err := time.Parse("20060102T150405Z", value); err == nil {
		t = t.In(loc)
		return DateOf(t), t.Format("15:04"), nil
	}
	t, err := time.Parse("20060102T150405", value)
	if err != nil {
		return Date{}, "", fmt.Errorf("read instant: %w", err)
	}
	return DateOf(t), t.Format("15:04"), nil
}

// readDuration reads PT1H30M and P2D (RFC 5545, section 3.3.6).
func readDuration(s string) (time.Duration, error) {
	days, clock, _ := strings.Cut(strings.TrimPrefix(s, "P"), "T")
	var d time.Duration
	if days != "" {
		var n int
		var unit string
		if _, err := fmt.Sscanf(days, "%d%1s", &n, &unit); err != nil || n < 0 || n > 366 {
			return 0, errNoEvent
		}
		d = time.Duration(n) * 24 * time.Hour
		if unit == "W" {
			d *= 7
		}
	}
	if clock == "" {
		return d, nil
	}
	c, err := time.ParseDuration(strings.ToLower(clock))
	return d + c, err
}
