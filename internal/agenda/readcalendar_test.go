package agenda

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	textunicode "golang.org/x/text/encoding/unicode"
)

func calendarOf(lines ...string) []byte {
	return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//\r\nBEGIN:VEVENT\r\nUID:1@cite.example\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
}

func TestReadCalendar_Events(t *testing.T) {
	t.Parallel()
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
		got, err := ReadCalendar(calendarOf(append(named, c.lines...)...), "", paris)
		if err != nil || len(got) != 1 || got[0].Event != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
	cancelled, err := ReadCalendar(calendarOf("SUMMARY:x", "SEQUENCE:2", "STATUS:CANCELLED", "DTSTART:20180322T143000"), "", paris)
	if err != nil || len(cancelled) != 1 || !cancelled[0].Cancelled || cancelled[0].UID != "1@cite.example" || cancelled[0].Sequence != 2 {
		t.Errorf("cancelled: %+v, %v", cancelled, err)
	}
	for name, lines := range map[string][]string{
		"no date": {"SUMMARY:x"}, "no day": {"SUMMARY:x", "DTSTART:20180230T143000"}, "no name": {"DTSTART:20180322T143000"},
	} {
		if got, err := ReadCalendar(calendarOf(lines...), "", paris); err == nil || len(got) != 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// What Calendar writes, ReadCalendar reads.
func TestReadCalendar_ReadsWhatCalendarWrites(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []Event{
		{Title: "Forum; un, deux", Start: Date{2018, 3, 25}, End: Date{2018, 3, 25}, StartTime: "01:30", EndTime: "03:30", Place: "Rouen", Audience: External, Link: "https://cite.example/a"},
		{Title: "Semaine", Start: Date{2018, 10, 26}, End: Date{2018, 10, 29}, Audience: External},
	} {
		data, err := WriteCalendar(e, "1@cite.example", CalendarOptions{Stamp: time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC), Location: paris})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ReadCalendar(data, "", paris); err != nil || len(got) != 1 || got[0].Event != e {
			t.Errorf("%+v came back as %+v, %v", e, got, err)
		}
	}
}

func FuzzReadCalendar(f *testing.F) {
	f.Add(calendarOf("SUMMARY:x", "DTSTART:20180322T143000", "DURATION:P1DT2H"))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, err := ReadCalendar(data, "", time.UTC)
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

// Files that are against the rules, or in another charset, in one zone and another.
func TestReadCalendar_FilesAsProgramsWriteThem(t *testing.T) {
	t.Parallel()
	latin := func(s string) string {
		e, err := charmap.ISO8859_1.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	utf16, err := textunicode.UTF16(textunicode.LittleEndian, textunicode.UseBOM).NewEncoder().String("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Journée à l'atelier\r\nDTSTART;VALUE=DATE:20180322\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	if err != nil {
		t.Fatal(err)
	}
	event := func(lines string) string {
		return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:Journée à l'atelier\r\n" + strings.ReplaceAll(lines, "\n", "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	}
	day := func(from, to int, times ...string) Event {
		e := Event{Title: "Journée à l'atelier", Start: Date{2018, 3, from}, End: Date{2018, 3, to}, Audience: External}
		if len(times) > 0 {
			e.StartTime, e.EndTime = times[0], times[1]
		}
		return e
	}
	for _, zone := range []string{"Europe/Paris", "Europe/Lisbon"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			data, charset string
			want          []Event
		}{
			"ISO 8859-1":                       {latin(event("DTSTART;VALUE=DATE:20180322")), "iso-8859-1", []Event{day(22, 22)}},
			"an undeclared charset":            {latin(event("DTSTART;VALUE=DATE:20180322")), "", []Event{day(22, 22)}},
			"a charset that is not the file's": {event("DTSTART;VALUE=DATE:20180322"), "iso-8859-1", []Event{day(22, 22)}},
			"UTF-16":                           {utf16, "", []Event{day(22, 22)}},
			"a fold within a character":        {strings.Replace(event("DTSTART;VALUE=DATE:20180322"), "Journ\xc3\xa9e", "Journ\xc3\r\n\t\xa9e", 1), "utf-8", []Event{day(22, 22)}},
			"a line without a colon":           {event("DTSTART;VALUE=DATE:20180322\nLigne sans valeur\n= = ="), "", []Event{day(22, 22)}},
			"an end that is missing":           {strings.TrimSuffix(event("DTSTART;VALUE=DATE:20180322"), "END:VEVENT\r\nEND:VCALENDAR\r\n"), "", []Event{day(22, 22)}},
			"an alarm within":                  {event("DTSTART;VALUE=DATE:20180322\nBEGIN:VALARM\nTRIGGER:-PT15M\nSUMMARY:Sonnerie\nEND:VALARM"), "", []Event{day(22, 22)}},
			"two objects, one damaged":         {event("DTSTART:hier") + event("DTSTART;VALUE=DATE:20180322"), "", []Event{day(22, 22)}},
			"a quoted zone":                    {event("DTSTART;TZID=\"Paris: heure d'hiver\":20180322T140000\nDTEND;TZID=\"Paris: heure d'hiver\":20180322T160000"), "", []Event{day(22, 22, "14:00", "16:00")}},
			"from midnight to midnight":        {event("DTSTART;TZID=Romance Standard Time:20180322T000000\nDTEND;TZID=Romance Standard Time:20180323T000000"), "", []Event{day(22, 22)}},
			"so for three days":                {event("DTSTART:20180322T000000\nDTEND:20180325T000000\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE"), "", []Event{day(22, 24)}},
			"an evening until midnight":        {event("DTSTART:20180322T200000\nDTEND:20180323T000000"), "", []Event{day(22, 22, "20:00", "")}},
			"days by their duration":           {event("DTSTART;VALUE=DATE:20180322\nDURATION:P3D"), "", []Event{day(22, 24)}},
			"a week by its duration":           {event("DTSTART;VALUE=DATE:20180319\nDURATION:P1W"), "", []Event{day(19, 25)}},
			"an answer to an invitation":       {strings.Replace(event("DTSTART;VALUE=DATE:20180322"), "VERSION", "METHOD:REPLY\r\nVERSION", 1), "", nil},
		} {
			got, err := ReadCalendar([]byte(c.data), c.charset, loc)
			var events []Event
			for _, e := range got {
				events = append(events, e.Event)
			}
			if err != nil || !slices.Equal(events, c.want) {
				t.Errorf("%s, %s: %+v, %v; want %+v", zone, name, events, err, c.want)
			}
		}
	}
	for _, data := range []string{"", "Bonjour", event("Ligne sans valeur"), "\xff\xfe", "BEGIN:VEVENT"} {
		if got, err := ReadCalendar([]byte(data), "", time.UTC); err == nil || len(got) > 0 {
			t.Errorf("%q: %+v, %v", data, got, err)
		}
	}
}
