package agenda

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"
)

// CalendarOptions are the contents of a calendar file other than the event.
type CalendarOptions struct {
	Stamp    time.Time      // DTSTAMP: the time of this state of the event
	Location *time.Location // of the event's times; nil is UTC
	Name     string         // of the newsletter, for PRODID
	Sequence int            // number of changes of the event (RFC 5545, section 3.8.7.4)
}

// WriteCalendar writes one event as an iCalendar object to publish (RFC 5545; RFC 5546, section
// 3.2.1). An event without times is all-day, its DTEND the day after the last. One with a
// start time is in UTC; without an end time it has no DTEND on its own day. uid must stay
// the same for the life of the event. It returns an error for invalid dates or an invalid
// uid.
func WriteCalendar(e Event, uid string, o CalendarOptions) ([]byte, error) {
	if !e.Start.Valid() || !e.End.Valid() || e.End.Before(e.Start) {
		return nil, fmt.Errorf("write calendar: bad dates %s to %s", e.Start, e.End)
	}
	if uid == "" || plainLine(uid) != uid {
		return nil, errors.New("write calendar: bad uid")
	}
	loc := o.Location
	if loc == nil {
		loc = time.UTC
	}
	name := plainLine(o.Name)
	if name == "" {
		name = "InfoLettre"
	}
	cal := ics.NewCalendarFor(name)
	cal.SetProductId("-//" + name + "//InfoLettre//")
	cal.SetMethod(ics.MethodPublish)
	event := cal.AddEvent(uid)
	event.SetDtStampTime(o.Stamp.UTC())
	if o.Sequence > 0 {
		event.SetSequence(o.Sequence)
	}
	if err := setTimes(event, e, loc); err != nil {
		return nil, fmt.Errorf("write calendar: %w", err)
	}
	event.SetSummary(plainLine(e.Title))
	if e.Place != "" {
		event.SetLocation(plainLine(e.Place))
	}
	if u, err := url.Parse(e.Link); err == nil && u.IsAbs() {
		event.SetURL(u.String())
	}
	var out bytes.Buffer
	if err := cal.SerializeTo(&out, ics.WithNewLineWindows, ics.WithLineLength(lineOctets)); err != nil {
		return nil, fmt.Errorf("write calendar: %w", err)
	}
	return out.Bytes(), nil
}

// lineOctets is where lines are folded (RFC 5545, section 3.1).
const lineOctets = 75

// setTimes writes DTSTART and DTEND (RFC 5545, sections 3.6.1 and 3.8.2.2).
func setTimes(event *ics.VEvent, e Event, loc *time.Location) error {
	if e.StartTime == "" {
		event.SetAllDayStartAt(e.Start.In(time.UTC))
		event.SetAllDayEndAt(e.End.AddDays(1).In(time.UTC))
		return nil
	}
	from, err := ParseClock(e.StartTime)
	if err != nil {
		return err
	}
	begins := e.Start.At(from, loc)
	event.SetStartAt(begins.UTC())
	switch {
	case e.EndTime != "":
		to, err := ParseClock(e.EndTime)
		if err != nil {
			return err
		}
		ends := e.End.At(to, loc)
		if !ends.After(begins) { // past midnight
			ends = e.End.AddDays(1).At(to, loc)
		}
		event.SetEndAt(ends.UTC())
	case e.End != e.Start:
		event.SetEndAt(e.End.AddDays(1).In(loc).UTC())
	}
	return nil
}

// plainLine returns text on one line, without control characters.
func plainLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.Join(strings.Fields(s), " ")
}
