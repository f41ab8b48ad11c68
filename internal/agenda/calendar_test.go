package agenda

import (
	"bytes"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"pgregory.net/rapid"
)

func TestCalendar_WritesTheEvent(t *testing.T) {
	t.Parallel()
	paris := location(t, "Europe/Paris")
	stamp := time.Date(2018, 1, 25, 10, 0, 0, 0, paris)
	o := CalendarOptions{Stamp: stamp, Location: paris, Name: "InfoLettre", Sequence: 2}
	days := Event{Title: "Séminaire ; accueil, orientation\\métiers", Start: Date{2018, 5, 30}, End: Date{2018, 6, 1}, Place: "Rouen", Link: "https://cite.example/a?b=c,d;e"}
	timed := Event{Title: "Café", Start: Date{2018, 3, 22}, End: Date{2018, 3, 22}, StartTime: "14:30", EndTime: "16:00"}
	open := timed
	open.EndTime = ""
	for _, c := range []struct {
		event Event
		want  []string
	}{
		{days, []string{"METHOD:PUBLISH", "DTSTART;VALUE=DATE:20180530", "DTEND;VALUE=DATE:20180602", "DTSTAMP:20180125T090000Z", "SEQUENCE:2",
			`SUMMARY:Séminaire \; accueil\, orientation\\métiers`, "LOCATION:Rouen", "URL:https://cite.example/a?b=c,d;e", "UID:event-1@cite.example"}},
		{timed, []string{"DTSTART:20180322T133000Z", "DTEND:20180322T150000Z"}},
		{open, []string{"DTSTART:20180322T133000Z"}},
	} {
		data, err := WriteCalendar(c.event, "event-1@cite.example", o)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range c.want {
			if !strings.Contains(string(data), "\r\n"+line+"\r\n") {
				t.Errorf("no line %q in\n%s", line, data)
			}
		}
		again, _ := WriteCalendar(c.event, "event-1@cite.example", o)
		if !bytes.Equal(data, again) {
			t.Error("the same event gave other bytes")
		}
	}
	if data, _ := WriteCalendar(open, "u", o); strings.Contains(string(data), "DTEND") {
		t.Error("an event without end time has DTEND")
	}
	for _, bad := range []Event{{}, {Start: Date{2018, 2, 30}, End: Date{2018, 3, 1}}, {Start: Date{2018, 3, 2}, End: Date{2018, 3, 1}}} {
		if _, err := WriteCalendar(bad, "u", o); err == nil {
			t.Errorf("%+v was written", bad)
		}
	}
}

func TestCalendar_Properties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := Event{Title: rapid.String().Draw(t, "title"), Place: rapid.String().Draw(t, "place"), Start: Date{2018, 3, 1}, End: Date{2018, 3, 2}}
		data, err := WriteCalendar(e, "u@cite.example", CalendarOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.SplitAfter(string(data), "\r\n") {
			if len(line) > 77 || strings.ContainsAny(strings.TrimSuffix(line, "\r\n"), "\r\n") {
				t.Fatalf("line %q", line)
			}
		}
		cal, err := ics.ParseCalendar(bytes.NewReader(data))
		if err != nil || len(cal.Events()) != 1 {
			t.Fatalf("%v in %q", err, data)
		}
		got := ""
		if p := cal.Events()[0].GetProperty(ics.ComponentPropertySummary); p != nil {
			got = p.Value
		}
		if got != plainLine(e.Title) {
			t.Fatalf("summary %q, want %q", got, plainLine(e.Title))
		}
	})
}
