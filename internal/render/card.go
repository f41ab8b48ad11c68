package render

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"infolettre/internal/agenda"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/templates"
)

// fact is a line under the card of an item.
type fact struct {
	templates.Words
	Name, Value string
}

// card shows an item as it will look in the issue, and what was extracted from its message.
type card struct {
	templates.Words
	Piece              piece
	Internal, External []row
	Year               int // of the first event
	Facts              []fact
}

// card returns the card of an item. Under the item it lists what the reader may want to
// correct.
func (r *Renderer) card(w templates.Words, it item.Item, facts []fact) *card {
	c, cut := it.Current.Excerpt()
	k := &card{Words: w, Piece: r.piece(w, c), Facts: slices.Clone(facts)}
	k.Internal, k.External = r.rows(w, c.Events)
	if len(c.Events) > 0 {
		k.Year = c.Events[0].Start.Year
	}
	add := func(key, value string) {
		if value != "" {
			k.Facts = append(k.Facts, fact{w, w.T(key), value})
		}
	}
	if from := it.Current.Remarks.Source; from != (item.Contact{}) {
		by := it.Sender.Name
		if by == "" {
			by = string(it.Sender.Address)
		}
		add("forwarded", w.T("forwarded-by", by, contactName(from)))
	}
	if received := it.Current.Remarks.TooLong; received > 0 {
		add("too-long", w.T("too-long-received", size(w, received), message.LongTextName))
	} else if cut > 0 {
		add("too-long", w.T("too-long-shown", size(w, cut)))
	}
	for _, q := range it.Current.Remarks.Questions {
		add("question", question(w, q))
	}
	for _, concern := range it.Current.Remarks.Concerns {
		key := "calendar-changes"
		if concern.Cancels {
			key = "calendar-cancels"
		}
		add("calendar", w.T(key, concern.Item, concern.Title))
	}
	k.Facts = append(k.Facts, omittedFacts(w, it.Current.Remarks)...)
	section := r.sectionTitle(w, c.Section)
	if it.Current.Remarks.Unrouted {
		section += w.T("semicolon") + w.T("unrouted")
	}
	add("section", section)
	add("centre", c.Centre)
	add("language", w.T("language-"+c.Language))
	dates := r.dates(w, c.Events)
	if len(dates) == 0 {
		dates = []string{w.T("no-dates")}
	}
	add("dates", strings.Join(dates, w.T("semicolon")))
	for _, lang := range slices.Sorted(maps.Keys(c.Translations)) {
		t := c.Translations[lang]
		add("translation-"+lang, t.Title+" — "+strings.Join(strings.Fields(t.Text), " "))
	}
	if n := len(c.Images); n > 0 {
		add("pictures", strconv.Itoa(n))
	}
	var files []string
	for _, a := range c.Attachments {
		if a.Hash == "" { // files with a hash are linked
			files = append(files, a.Name)
		}
	}
	add("attachments", strings.Join(files, ", "))
	return k
}

// omittedFacts lists the files that could not be read, each with what to send instead, and the
// text that was struck through.
func omittedFacts(w templates.Words, r item.Remarks) []fact {
	var facts []fact
	for _, f := range r.Unread {
		facts = append(facts, fact{w, w.T("unread"), w.T("unread-"+string(f.Trouble), f.Name)})
	}
	if r.Struck != "" {
		facts = append(facts, fact{w, w.T("struck"), w.T("quoted", r.Struck)})
	}
	return facts
}

// dates formats events, one line each.
func (r *Renderer) dates(w templates.Words, events []agenda.Event) []string {
	var dates []string
	for _, e := range events {
		when := agenda.FormatRangeYear(e.Start, e.End, w.Language)
		if h := agenda.FormatTimes(e.StartTime, e.EndTime, w.Language); h != "" {
			when += ", " + h
		}
		line := when + w.T("colon") + e.Title
		if e.Place != "" {
			line += ", " + e.Place
		}
		dates = append(dates, line)
	}
	return dates
}

// contactName returns the name with the address in parentheses, or whichever there is.
func contactName(c item.Contact) string {
	switch {
	case c.Email == "":
		return c.Name
	case c.Name == "":
		return c.Email
	}
	return c.Name + " (" + c.Email + ")"
}

// question words a doubtful date for its author: the quotation, the doubt, and a guess. A doubt
// without words of its own uses the general ones.
func question(w templates.Words, q agenda.Question) string {
	key := "doubt-" + string(q.Doubt)
	if !w.Has(key) {
		key = "doubt"
	}
	text := w.T("quoted", q.Quote) + w.T("colon") + w.T(key)
	if q.Start != (agenda.Date{}) {
		end := q.End
		if end == (agenda.Date{}) {
			end = q.Start
		}
		text += w.T("semicolon") + w.T("doubt-guess", agenda.FormatRangeYear(q.Start, end, w.Language))
	}
	return text
}
