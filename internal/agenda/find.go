package agenda

import "slices"

// Found is a date, a range of dates or a time of day in a text.
type Found struct {
	Start, End         Date   // both zero for a time of day alone; else End is not before Start
	StartTime, EndTime string // HH:MM or ""
	From, To           int    // bytes of the text: text[From:To]
	Doubt              Doubt  // why it is unsure
	Deadline           bool   // a day by which something is to be done, not one on which it happens

	yearless bool // the year is not written
	past     bool // the sentence tells what has been
	future   bool // the sentence announces
}

// Find gives every date, range of dates and clock time that stands in the text, in
// order and without overlap. A year left out is the next such day from ref on,
// unless the weekday or a sentence about the past speaks for the one before;
// where both can be meant, the Doubt says so. A day that the calendar does not
// have is nothing. lang is fr or en; for any other both are tried.
func Find(text string, ref Date, lang string) []Found {
	return finder{text: text, ref: ref}.find(lang)
}

// finder holds what a search needs beside the words of the language.
type finder struct {
	text string
	ref  Date
	year func(at int) int // the year that a heading gives what stands at a byte; may be nil
}

func (f finder) find(lang string) []Found {
	if !f.ref.Valid() {
		return nil
	}
	var all []Found
	for _, lex := range lexicons(lang) {
		p := &parser{toks: tokens(f.text), lex: lex, ref: f.ref}
		for _, found := range f.scan(p) {
			overlaps := func(o Found) bool { return found.From < o.To && o.From < found.To }
			if !slices.ContainsFunc(all, overlaps) {
				all = append(all, found)
			}
		}
	}
	slices.SortFunc(all, func(a, b Found) int { return a.From - b.From })
	return all
}

// scan reads from left to right, the longest reading at each place first.
func (f finder) scan(p *parser) []Found {
	var all []Found
	for i := 0; i < len(p.toks); {
		if spans, next := p.expression(i); next > i {
			found, end := f.dates(p, spans, next)
			all = append(all, found...)
			i = end
			continue
		}
		if h, next := p.times(i, f.dateAhead(p, i)); next > i {
			found := Found{StartTime: h.start, EndTime: h.end, From: p.at(i).from, To: p.at(next - 1).to}
			if spans, end := p.expression(p.overLink(next)); end > next && len(spans) == 1 {
				if dates, end := f.dates(p, spans, end); len(dates) == 1 && dates[0].StartTime == "" {
					found.Start, found.End, found.To = dates[0].Start, dates[0].End, dates[0].To
					found.Doubt, found.Deadline, found.yearless = dates[0].Doubt, dates[0].Deadline, dates[0].yearless
					found.past, found.future = dates[0].past, dates[0].future
					next = end
				}
			}
			all = append(all, found)
			i = next
			continue
		}
		i++
	}
	return all
}

// dateAhead says whether a date follows soon behind the clock time at i.
func (f finder) dateAhead(p *parser, i int) bool {
	_, next := p.times(i, true)
	if next == i {
		return false
	}
	link := p.overLink(next)
	_, end := p.expression(link)
	return end > link
}

// overLink passes over what may stand between a clock time and its date.
func (p *parser) overLink(i int) int {
	for n := 0; n < 2; n++ {
		if t := p.at(i); t.lines == 0 && (t.is(",", "|") || t.is("on", "-") && n == 0) {
			i++
		}
	}
	return i
}

// dates makes founds of the spans, with the clock time behind the last one.
func (f finder) dates(p *parser, spans []span, next int) ([]Found, int) {
	from, to := sentence(p.toks, spans[0].from, next)
	past, future := p.lex.tense.of(p.toks[from:to])
	if p.lex.last.has(p.at(next)) && p.at(next).lines == 0 {
		past, future = true, false
	}
	c := context{past: past, future: future}
	if f.year != nil {
		c.year = f.year(p.at(spans[0].from).from)
	}
	var all []Found
	for _, s := range spans {
		found, ok := p.resolve(s, c)
		if !ok {
			continue
		}
		found.past, found.future = past, future
		found.Deadline = p.deadline(s.from)
		if found.Doubt == "" && p.openEnded(s.from) {
			found.Doubt = "only its beginning is given"
		}
		all = append(all, found)
	}
	if len(all) == 0 {
		return nil, next
	}
	if h, end := p.timesBehind(next); end > next {
		last := &all[len(all)-1]
		last.StartTime, last.EndTime = h.start, h.end
		last.To = p.at(end - 1).to
		next = end
	}
	return all, next
}

// timesBehind reads a clock time behind a date: 22 mars à 14h, 22 mars, 9h-17h.
func (p *parser) timesBehind(i int) (hoursSpan, int) {
	k := i
	for n := 0; n < 2; n++ {
		if t := p.at(k); t.lines == 0 && t.is(",", "(", "|", "-", ":") {
			k++
		}
	}
	if p.at(k).lines > 0 && !p.lex.ats.has(p.at(k)) || p.at(k).lines > 1 {
		return hoursSpan{}, i
	}
	k = p.skip(p.lex.fillers, k)
	if j, after := p.joint(k, false); j == through && p.lex.reaches.has(p.at(k)) && !p.lex.ats.has(p.at(k)) {
		// Only the end is given: jusqu'à 16h.
		if h, next := p.times(after, true); next > after && h.end == "" && h.start != "" {
			return hoursSpan{end: h.start, exact: true}, next
		}
	}
	h, next := p.times(k, true)
	if next == k {
		return hoursSpan{}, i
	}
	return h, next
}

// deadline says whether the date at token i is one by which, not on which.
func (p *parser) deadline(i int) bool {
	if p.lex.deadlinesAt.has(p.at(i-1)) && p.at(i).lines < 2 {
		return true
	}
	for k := i - 1; k >= 0 && k >= i-6; k-- {
		if p.at(k+1).lines > 1 || p.at(k).is(".", ";", "!", "?", ",") {
			return false
		}
		if p.lex.deadlines[p.at(k).text] {
			return true
		}
	}
	return false
}

// openEnded says whether only the first day is given: depuis le, à partir du.
func (p *parser) openEnded(i int) bool {
	for k := i; k >= 0 && k >= i-2; k-- {
		t := p.at(k)
		if p.lex.openEnded[t.text] && t.lower != "des" {
			return true
		}
		if t.kind == mark && k < i {
			return false
		}
	}
	return false
}
