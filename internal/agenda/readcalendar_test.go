package agenda

import (
	"strings"
	"testing"
	"time"
)

func calendarOf(lines ...string) []byte {
	return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//\r\nBEGIN:VEVENT\r\nUID:1@cite.example\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
}

func TestReadCalendar(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	forum := Event{Title: "Forum, édition 2018", Place: "Halle aux toiles, Rouen", Audience: External}
	named := []string{"SUMMARY:Forum\\, édition 2018", "LOCATION:Halle aux toiles\\, Rouen"}
	for name, c := range map[string]struct {
		lines []string
		want  Event
	}{
		"in a zone":    {[]string{"DTSTART;TZID=Europe/Lisbon:20180322T143000", "DTEND;TZID=Europe/Lisbon:20180322T180000"}, Event{Start: Date{2018, 3, 22}, End: Date{2018, 3, 22}, StartTime: "14:30", EndTime: "18:00"}},
		"in UTC":       {[]string{"DTSTART:20180328T080000Z", "DTEND:20180328T100000Z"}, Event{Start: Date{2018, 3, 28}, End: Date{2018, 3, 28}, StartTime: "10:00", EndTime: "12:00"}},
		"over a night": {[]string{"DTSTART:20180321T230000Z", "DURATION:PT2H"}, Event{Start: Date{2018, 3, 22}, End: Date{2018, 3, 22}, StartTime: "00:00", EndTime: "02:00"}},
		"days":         {[]string{"DTSTART;VALUE=DATE:20180322", "DTEND;VALUE=DATE:20180325"}, Event{Start: Date{2018, 3, 22}, End: Date{2018, 3, 24}}},
		"one day":      {[]string{"DTSTART;VALUE=DATE:20180322"}, Event{Start: Date{2018, 3, 22}, End: Date{2018, 3, 22}}},
		"backwards":    {[]string{"DTSTART:20180322T143000", "DTEND:20180320T143000"}, Event{Start: Date{2018, 3, 22}, End: Date{2018, 3, 22}, StartTime: "14:30"}},
		"a page":       {[]string{"DTSTART;VALUE=DATE:20180322", "URL:https://cite.example/forum"}, Event{Start: Date{2018, 3, 22}, End: Date{2018, 3, 22}, Link: "https://cite.example/forum"}},
		"no page":      {[]string{"DTSTART;VALUE=DATE:20180322", "URL:javascript:x"}, Event{Start: Date{2018, 3, 22}, End: Date{2018, 3, 22}}},
	} {
		want := c.want
		want.Title, want.Place, want.Audience = forum.Title, forum.Place, forum.Audience
		got, err := ReadCalendar(calendarOf(append(named, c.lines...)...), paris)
		if err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
	for name, lines := range map[string][]string{
		"cancelled": {"SUMMARY:x", "STATUS:CANCELLED", "DTSTART:20180322T143000"}, "no date": {"SUMMARY:x"}, "no day": {"SUMMARY:x", "DTSTART:20180230T143000"}, "no name": {"DTSTART:20180322T143000"},
	} {
		if got, err := ReadCalendar(calendarOf(lines...), paris); err != nil || len(got) != 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// What Calendar writes, ReadCalendar reads.
func TestCalendarIsReadBack(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []Event{
		{Title: "Forum; un, deux", Start: Date{2018, 3, 25}, End: Date{2018, 3, 25}, StartTime: "01:30", EndTime: "03:30", Place: "Rouen", Audience: External, Link: "https://cite.example/a"},
		{Title: "Semaine", Start: Date{2018, 10, 26}, End: Date{2018, 10, 29}, Audience: External},
	} {
		data, err := Calendar(e, "1@cite.example", CalendarOptions{Stamp: time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC), Location: paris})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ReadCalendar(data, paris); err != nil || len(got) != 1 || got[0] != e {
			t.Errorf("%+v came back as %+v, %v", e, got, err)
		}
	}
}

func FuzzReadCalendar(f *testing.F) {
	f.Add(calendarOf("SUMMARY:x", "DTSTART:20180322T143000", "DURATION:P1DT2H"))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, err := ReadCalendar(data, time.UTC)
		if err != nil {
			return
		}
		for _, e := range events {
			if !e.Start.Valid() || !e.End.Valid() || e.End.Before(e.Start) || e.Title == "" {
				t.Fatalf("event %+v", e)
			}
		}
	})
}
