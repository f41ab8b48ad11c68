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

// period words the months of an issue: "janvier-février 2018".
func period(w templates.Words, p issue.Period) string {
	if p.First == p.Last {
		return w.T("period-one", w.Month(int(p.Last)), p.Year)
	}
	return w.T("period", w.Month(int(p.First)), w.Month(int(p.Last)), p.Year)
}

// moment words an instant in a time zone; "" for the zero time.
func moment(w templates.Words, t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(loc)
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = w.T("first-day")
	}
	return w.T("date-time", w.T("day-"+strconv.Itoa(int(t.Weekday()))), day, w.Month(int(t.Month())), t.Year(), agenda.FormatTimes(t.Format("15:04"), "", w.Language))
}

// capital capitalises the first letter.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// frenchSpaces puts no-break spaces where French typography has a space and no line may break.
var frenchSpaces = strings.NewReplacer("« ", "«\u00a0", " »", "\u00a0»", " :", "\u00a0:", " ;", "\u00a0;", " !", "\u00a0!", " ?", "\u00a0?")

// typeset applies the typographic rules of a language to a text.
func typeset(lang, title string) string {
	if lang == "fr" {
		return frenchSpaces.Replace(title)
	}
	return title
}
