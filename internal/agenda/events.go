package agenda

import (
	"slices"
	"strings"
)

// Options are what Read knows about a text.
type Options struct {
	Title  string // of the item, for events in running text without a title of their own
	Ref    Date   // the day of the mail
	Lang   string // a language's code (ISO 639-1); for an unknown one the text decides
	Agenda bool   // the text is known to be an agenda: every dated line is an entry
}

// maxEvents bounds the events of a text, maxQuestions the questions about it.
const (
	maxEvents    = 200
	maxQuestions = 5
)

// Read returns the events that a text announces, by date, and a question for each date
// that would be an event if it were not in doubt, in the order of the text.
//
// An entry of an agenda is a line that begins with a date, or is one, and says what
// happens then; or a row of a table. Its title is that text without the place at its end;
// its particulars are the lines below it that are labelled or hold a link. A heading such
// as "Évènements en interne 2018" gives the entries below it their audience and the year.
//
// Labelled particulars (Date :, Lieu :, Horaires :) are an event, titled by the line above
// them.
//
// In running text, an event is a date from Ref on in a sentence that announces: in the
// future tense, by words such as "aura lieu", by the name of an event with a complete
// date, or by such a date with an hour and no sign of the past. Its title is a name of its
// own, else the item's title if that names it, else the noun for it with its complements.
// Its place is in the sentence, or in a later one that says where people meet. A text with
// one event and one page gives the page to the event.
//
// A date in doubt, a deadline, a past event and the date of a law, a letter or a closed
// door give no event. A cancelled event gives none; one that is moved has its new date.
func Read(text string, o Options) ([]Event, []Question) {
	if !o.Ref.Valid() {
		return nil, nil
	}
	toks := tokens(text)
	lex := languageOf(toks, o.Lang)
	r := newReader(text, toks, lex, o)
	if name := r.nameOfOff(); name != "" {
		r.o.Title = name
	}
	all := slices.Concat(r.tables(), r.blocks(), r.entries())
	for _, e := range r.prose() {
		all = merge(all, e)
	}
	all = all[:min(len(all), maxEvents)]
	if len(all) == 0 {
		all = r.titleEvent()
	}
	if len(all) == 1 {
		r.registerAt(&all[0])
		r.onlyLink(&all[0])
		r.placeOfOnly(&all[0])
	}
	for i := range all {
		if all[i].Link != "" {
			all[i].LinkKind = r.linkKind(all[i].Link)
		}
	}
	slices.SortStableFunc(all, func(a, b Event) int { return a.Start.Compare(b.Start) })
	return all, r.asked(all)
}

// languageOf returns the named language, or else the one that knows most of the words.
func languageOf(toks []token, lang string) *lexicon {
	all := lexicons(lang)
	if len(all) == 1 {
		return all[0]
	}
	best, most := all[0], 0
	for _, lex := range all {
		known := 0
		for i := range toks {
			if toks[i].kind == word && lex.words[toks[i].text] != nil {
				known++
			}
		}
		if known > most {
			best, most = lex, known
		}
	}
	return best
}

// merge adds an event of running text, or completes with it the one that is announced already.
func merge(all []Event, e Event) []Event {
	for i := range all {
		o := &all[i]
		if o.Start != e.Start || o.End != e.End || !sameEvent(*o, e) {
			continue
		}
		if o.Place == "" {
			o.Place = e.Place
		}
		if o.Link == "" {
			o.Link = e.Link
		}
		if o.StartTime == "" {
			o.StartTime, o.EndTime = e.StartTime, e.EndTime
		}
		return all
	}
	return append(all, e)
}

// sameEvent says whether two events of the same days are one: one title holds the
// other, or the times and places do not differ.
func sameEvent(a, b Event) bool {
	if a.Title == b.Title && (a.StartTime == b.StartTime || a.StartTime == "" || b.StartTime == "") {
		return true
	}
	if a.StartTime != b.StartTime && a.StartTime != "" && b.StartTime != "" {
		return false
	}
	ta, tb := fold(a.Title), fold(b.Title)
	if strings.Contains(ta, tb) || strings.Contains(tb, ta) {
		return true
	}
	return a.Place == b.Place && a.Place != ""
}

// titleEvent makes the event of a date in the item's title, where the text has
// none.
func (r *reader) titleEvent() []Event {
	title := r.o.Title
	t := newReader(title, tokens(title), r.lex, Options{Ref: r.o.Ref})
	if r.titleGone {
		return nil
	}
	for _, f := range t.found {
		if f.Start.IsZero() || f.Deadline || f.never || r.isOff(f) || f.past || f.End.Before(r.o.Ref) {
			continue
		}
		if f.Doubt != "" {
			if len(r.doubted) == 0 && t.named(f) {
				r.doubted = append(r.doubted, doubted{f, title})
			}
			continue
		}
		name, place := r.lex.placeAtEnd(trimTitle(cutOut(title, f.From, f.To)))
		if name = capitalised(trimTitle(name)); name == "" {
			continue
		}
		e := Event{Title: name, Start: f.Start, End: f.End, StartTime: f.StartTime, EndTime: f.EndTime, Place: place}
		e.Audience = t.audienceOf(0, len(t.toks), External)
		e.Link = r.bestLink(0, len(r.lines))
		return []Event{e}
	}
	return nil
}

// named says whether the date's sentence names an event.
func (r *reader) named(f Found) bool {
	from, to := r.sentence(f.a, f.b)
	for k := from; k < to; k++ {
		if r.run(k, eventNoun) > 0 {
			return true
		}
	}
	return false
}

// cutOut takes a date out of a title, with the words that lead to it.
func cutOut(title string, from, to int) string {
	before := strings.TrimRight(title[:from], " ,;:-–—(|\u00a0")
	after := strings.TrimLeft(title[to:], ")")
	if rest := strings.TrimLeft(after, " ,;:-–—|\u00a0"); before == "" || rest == "" {
		return before + rest
	}
	return before + " " + strings.TrimLeft(after, " ")
}

// audienceOf is what the words of the tokens [from,to) say, or else the given one.
func (r *reader) audienceOf(from, to int, otherwise Audience) Audience {
	for k := from; k < to; k++ {
		if r.toks[k].w != &unknown && r.run(k, internal) > 0 {
			return Internal
		}
	}
	return otherwise
}
