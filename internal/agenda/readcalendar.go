package agenda

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// Bounds of a calendar file: its octets, and the events that are read.
const (
	maxCalendar       = 256 << 10
	maxCalendarEvents = 50
)

// CalendarEvent is an event of a calendar file with its identifiers (RFC 5545, sections
// 3.8.4.7 and 3.8.7.4).
type CalendarEvent struct {
	Event
	UID       string
	Sequence  int
	Cancelled bool // by the file's METHOD or the event's STATUS
}

// answering are the methods by which people answer an invitation (RFC 5546).
var answering = []ics.Method{ics.MethodReply, ics.MethodRefresh, ics.MethodCounter, ics.MethodDeclinecounter}

// maxUID bounds, in octets, a UID that is kept.
const maxUID = 255

// ReadCalendar reads the events of a calendar file (RFC 5545), such as people attach to an
// invitation. charset is what its part declares, or "". Times with a zone stay as they
// are, because people at the place read those clocks; times in UTC are converted to loc.
// Of a recurring event it reads the first. It skips lines that break the rules, and
// returns an error only if no event can be read.
func ReadCalendar(data []byte, charset string, loc *time.Location) (events []CalendarEvent, err error) {
	defer func() {
		if r := recover(); r != nil {
			events, err = nil, fmt.Errorf("read calendar: %v", r)
		}
	}()
	if len(data) > maxCalendar {
		return nil, fmt.Errorf("read calendar: more than %d octets", maxCalendar)
	}
	method, all := calendarEvents(calendarLines(calendarText(data, charset)))
	if slices.Contains(answering, ics.Method(method)) {
		return nil, nil
	}
	err = errors.New("read calendar: no event in the file")
	for _, source := range all {
		cal, broken := ics.ParseCalendar(strings.NewReader(source))
		if broken != nil {
			err = fmt.Errorf("read calendar: %w", broken)
			continue
		}
		for _, v := range cal.Events() {
			e, broken := readEvent(v, loc)
			if broken != nil {
				err = fmt.Errorf("read calendar: %w", broken)
				continue
			}
			e.Cancelled = e.Cancelled || method == string(ics.MethodCancel)
			events = append(events, e)
		}
	}
	if len(events) > 0 {
		err = nil
	}
	return events, err
}

var errNoEvent = errors.New("no event")

func readEvent(v *ics.VEvent, loc *time.Location) (CalendarEvent, error) {
	text := func(name ics.ComponentProperty) string {
		p := v.GetProperty(name)
		if p == nil {
			return ""
		}
		return plainLine(p.Value)
	}
	e := CalendarEvent{Event: Event{Title: text(ics.ComponentPropertySummary), Place: text(ics.ComponentPropertyLocation), Audience: External}}
	if e.UID = text(ics.ComponentPropertyUniqueId); len(e.UID) > maxUID {
		e.UID = ""
	}
	e.Sequence, _ = strconv.Atoi(text(ics.ComponentPropertySequence))
	e.Cancelled = strings.EqualFold(text(ics.ComponentPropertyStatus), string(ics.ObjectStatusCancelled))
	if e.Title == "" && !e.Cancelled {
		return e, errNoEvent
	}
	if u, err := url.Parse(text(ics.ComponentPropertyUrl)); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		e.Link = u.String()
	}
	start, startTime, err := readInstant(v.GetProperty(ics.ComponentPropertyDtStart), loc)
	if err != nil {
		return e, err
	}
	e.Start, e.End, e.StartTime = start, start, startTime
	end, endTime, err := readInstant(v.GetProperty(ics.ComponentPropertyDtEnd), loc)
	switch {
	case err != nil:
		d, err := readDuration(text(ics.ComponentPropertyDuration))
		if err != nil || d <= 0 {
			break
		}
		if startTime == "" { // whole days, at least the first
			e.End = start.AddDays(max(int(d/(24*time.Hour)), 1) - 1)
			break
		}
		c, err := ParseClock(startTime)
		if err != nil {
			break
		}
		at := start.At(c, time.UTC).Add(d)
		e.End, e.EndTime = DateOf(at), at.Format("15:04")
	case startTime == "" && endTime == "": // DTEND is the day after the last
		e.End = end.AddDays(-1)
	default:
		e.End, e.EndTime = end, endTime
		if endTime == "00:00" && start.Before(end) {
			e.End, e.EndTime = end.AddDays(-1), ""
		}
	}
	if startTime == "00:00" && (endTime == "00:00" && start.Before(end) || strings.EqualFold(text("X-MICROSOFT-CDO-ALLDAYEVENT"), "TRUE")) {
		e.StartTime, e.EndTime = "", "" // from midnight to midnight: whole days
	}
	if e.End.Before(e.Start) {
		e.End, e.EndTime = e.Start, ""
	}
	return e, nil
}

// readInstant parses a DATE or a DATE-TIME (RFC 5545, sections 3.3.4 and 3.3.5); clock is
// "" for a DATE.
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

// readDuration parses PT1H30M and P2D (RFC 5545, section 3.3.6).
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
