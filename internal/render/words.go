package render

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"infolettre/internal/agenda"
	"infolettre/internal/issue"
	"infolettre/templates"
)

// period names an issue's months: "janvier-février 2018".
func period(w templates.Words, p issue.Period) string {
	if p.First == p.Last {
		return w.T("period-one", w.Month(int(p.Last)), p.Year)
	}
	return w.T("period", w.Month(int(p.First)), w.Month(int(p.Last)), p.Year)
}

// moment names an instant on the newsletter's clock.
func moment(w templates.Words, t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(loc)
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = w.T("first-day")
	}
	return w.T("date-time", w.T("day-"+strconv.Itoa(int(t.Weekday()))), day, w.Month(int(t.Month())), t.Year(), t.Hour(), t.Minute())
}

// hours names an event's times, in the language's form.
func hours(w templates.Words, e agenda.Event) string {
	start, end := clock(w, e.StartTime), clock(w, e.EndTime)
	switch {
	case start == "":
		return ""
	case end == "" || end == start:
		return w.T("time-at", start)
	}
	return w.T("time-span", start, end)
}

// clock writes HH:MM as 14h30 or 9h in French, and as 14:30 in English.
func clock(w templates.Words, hhmm string) string {
	h, m, ok := strings.Cut(hhmm, ":")
	if !ok {
		return ""
	}
	if !w.Has("clock-hour") {
		return hhmm
	}
	h = strings.TrimPrefix(h, "0")
	if m == "00" {
		return w.T("clock-hour", h)
	}
	return w.T("clock-minute", h, m)
}

// capital begins a text with a capital letter.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
