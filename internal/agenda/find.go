package agenda

import "slices"

// Found is a date, a range of dates or a time of day in a text.
type Found struct {
	Start, End         Date   // both zero for a time of day alone; else End is not before Start
	StartTime, EndTime string // HH:MM or ""
	From, To           int    // bytes of the text: text[From:To]
	Doubt              Doubt  // why it is unsure
	Deadline           bool   // a day by which something must be done, not one on which it happens

	yearless bool // the year is not written
	weekday  bool // the day of the week is
	iso      bool // 2018-03-22, as in the logs of programs
	past     bool // the sentence tells what has been
	future   bool // the sentence announces
	never    bool // it is the date of a law, a letter, a closed door, or off
	off      bool // what it is the date of is cancelled, or moved to another day
	renewed  bool // it is the day to which something is moved, or that stays
	a, b     int  // its tokens

	listFrom, listTo int // the tokens of the list of days that it stands in
}

// Find returns each date, range of dates and clock time in the text, in order and without
// overlap. A date without a year is the next such day from ref on, unless the weekday or a
// sentence about the past speaks for the one before; if both are possible, the Doubt says
// so. It ignores a day that the calendar does not have. lang is the code of a language
// (ISO 639-1); for an unknown one it tries all.
func Find(text string, ref Date, lang string) []Found {
	if !ref.Valid() {
		return nil
	}
	toks := tokens(text)
	var all []Found
	for _, lex := range lexicons(lang) {
		p := newParser(toks, lex, ref)
		for _, found := range p.scan(nil) {
			overlaps := func(o Found) bool { return found.From < o.To && o.From < found.To }
			if at, _ := slices.BinarySearchFunc(all, found, func(o, f Found) int { return o.From - f.From }); at > 0 && overlaps(all[at-1]) ||
				at < len(all) && overlaps(all[at]) {
				continue
			} else {
				all = slices.Insert(all, at, found)
			}
		}
	}
	return all
}

// newParser makes a parser of tokens for one language; it looks them up anew.
func newParser(toks []token, lex *lexicon, ref Date) *parser {
	p := &parser{toks: toks, lex: lex, ref: ref}
	lex.know(toks)
	p.readCues()
	return p
}

// maxLead is how many tokens lead to the first that has substance: entre los días.
const maxLead = 7

// scan reads from left to right, the longest reading at each place first. year
// gives the year that a heading gives what stands at a byte; it may be nil.
func (p *parser) scan(year func(at int) int) []Found {
	var all []Found
	ahead := 0 // the next token of which a date can be made
	for i := 0; i < len(p.toks); {
		for ahead = max(ahead, i); ahead < len(p.toks) && p.toks[ahead].kind != number && !p.toks[ahead].w.dates; ahead++ {
		}
		if i = max(i, ahead-maxLead); ahead == len(p.toks) {
			break
		}
		if t := &p.toks[i]; t.kind != number && t.w == &unknown {
			i++
			continue
		}
		if spans, next := p.expression(i); next > i {
			found, end := p.dates(spans, next, year)
			all = append(all, found...)
			i = end
			continue
		}
		if h, next := p.times(i, p.dateAhead(i)); next > i {
			found := Found{StartTime: h.start, EndTime: h.end, From: p.at(i).from, To: p.at(next - 1).to, a: i, b: next}
			p.start = i
			if spans, end := p.expression(p.overLink(next)); end > next && len(spans) == 1 && p.at(p.overLink(next)).lines == 0 {
				if dates, end := p.dates(spans, end, year); len(dates) == 1 && dates[0].StartTime == "" && dates[0].EndTime == "" {
					times := found
					found = dates[0]
					found.StartTime, found.EndTime = times.StartTime, times.EndTime
					found.From, found.a, found.listFrom = times.From, i, i
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
func (p *parser) dateAhead(i int) bool {
	p.start = i
	_, next := p.times(i, true)
	if next == i {
		return false
	}
	link := p.overLink(next)
	if p.at(link).lines > 0 {
		return false
	}
	_, end := p.expression(link)
	p.start = i
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
func (p *parser) dates(spans []span, next int, year func(at int) int) ([]Found, int) {
	from, to := p.sentence(spans[0].from, next)
	past, future := p.tense(from, to)
	if p.at(next).has(lastOne) && p.at(next).lines == 0 {
		past, future = true, false
	}
	if p.follows(spans[0].from, from) {
		past, future = true, false
	}
	c := context{past: past, future: future}
	if year != nil {
		c.year = year(p.at(spans[0].from).from)
	}
	var all []Found
	for _, s := range spans {
		found, ok := p.resolve(s, c)
		if !ok || s.habit || p.besides(s.from) {
			continue
		}
		found.a, found.b = s.from, s.to
		found.past, found.future = past, future
		found.weekday = s.first.hasWeekday
		found.iso = p.at(s.first.from).digits == 4
		found.Deadline = p.deadline(s.from, from)
		found.never = found.never || p.never(s.from, next, from, to)
		switch {
		case found.Doubt != "":
		case p.openEnded(s.from):
			found.Doubt = OpenEnded
		case found.Start == found.End && (p.run(s.from-1, weekOf) > 0 || p.run(s.from-2, weekOf) > 1):
			found.Doubt = OneOfSeveral
		}
		all = append(all, found)
	}
	h, end := p.timesBehind(next)
	switch {
	case end == next:
	case len(all) == 0:
		if spans[0].habit {
			return nil, end
		}
	default:
		for k := range all { // les 6 et 13 mars à 14h: on both
			all[k].StartTime, all[k].EndTime = h.start, h.end
		}
		last := &all[len(all)-1]
		last.To, last.b = p.at(end-1).to, end
		if last.Doubt == Figures {
			last.Doubt = ""
		}
		next = end
	}
	for k := range all {
		all[k].listFrom, all[k].listTo = all[0].a, all[len(all)-1].b
	}
	return all, next
}

// follows says whether the day at token i is only named as what something else
// comes after: suite à la réunion du 12 janvier.
func (p *parser) follows(i, from int) bool {
	for k := i - 1; k >= from && k >= i-8; k-- {
		t := p.at(k)
		if t.kind == mark && t.is(",", ".", ";", ":") {
			return false
		}
		if t.w != &unknown && p.run(k, following) > 0 {
			return true
		}
	}
	return false
}

// besides says whether the day at token i is not the one that is meant, but one
// near it: le lendemain du 13 février.
func (p *parser) besides(i int) bool {
	for k := i - 1; k >= i-3 && k >= 0; k-- {
		if n := p.run(k, beside); n > 0 && k+n >= i-1 {
			return true
		}
	}
	return false
}

// timesBehind reads a clock time behind a date: 22 mars à 14h, 22 mars, 9h-17h.
func (p *parser) timesBehind(i int) (hoursSpan, int) {
	k := i
	for n := 0; n < 2; n++ {
		if t := p.at(k); t.lines == 0 && t.is(",", "(", "|", "-", ":") {
			k++
		}
	}
	if p.at(k).lines > 0 && p.run(k, atHour) == 0 || p.at(k).lines > 1 {
		return hoursSpan{}, i
	}
	late := false
	if n := max(p.run(k, lateWord), p.run(k, earlyWord)); n > 0 && p.at(k).lines == 0 {
		late = p.run(k, lateWord) == n
		if k += n; p.at(k).is(",", ")") && p.at(k).lines == 0 {
			k++
		}
	}
	if p.at(k).has(filler) && p.near(k) {
		k++
	}
	if j, after := p.joint(k, false); j == through && p.run(k, reaches) > 0 && p.run(k, atHour) == 0 {
		// Only the end is given: jusqu'à 16h.
		if h, next := p.times(after, true); next > after && h.end == "" && h.start != "" {
			return hoursSpan{end: h.start, exact: true}, next
		}
	}
	h, next := p.times(k, true)
	if next == k {
		return hoursSpan{}, i
	}
	if late {
		h.start, h.end = afterNoon(h.start), afterNoon(h.end)
	}
	return h, next
}

// afterNoon is the hour in the afternoon, if it is one up to 11.
func afterNoon(s string) string {
	c, err := ParseClock(s)
	if err != nil || c < 60 || c >= 12*60 {
		return s
	}
	return (c + 12*60).String()
}

// deadline says whether the date at token i is one by which, not on which. from
// is where its sentence begins.
func (p *parser) deadline(i, from int) bool {
	if p.at(i-1).has(deadlineAt) && p.at(i).lines < 2 {
		return true
	}
	for k := i - 1; k >= from && k >= i-6; k-- {
		if p.at(k+1).lines > 1 || p.at(k).kind == mark && p.at(k).is(".", ";", "!", "?", ",", "|") {
			break
		}
		if p.at(k).has(deadlineWord) && !p.ofEvent(k) {
			return true
		}
	}
	return p.registrationOpens(i, from)
}

// ofEvent says whether the word at k only describes an event: cérémonie de clôture,
// closing conference.
func (p *parser) ofEvent(k int) bool {
	if p.run(k+1, eventNoun) > 0 && p.lex.monthFirst {
		return true
	}
	b := k - 1
	for b > k-3 && p.at(b).has(determiner) {
		b--
	}
	return b < k-1 && p.at(b).has(eventNoun)
}

// registrationOpens says whether it is registering that begins on the day at token
// i: les inscriptions ouvrent le 5 mars.
func (p *parser) registrationOpens(i, from int) bool {
	opens := false
	for k := i - 1; k >= from && k >= i-12; k-- {
		t := p.at(k)
		switch {
		case t.kind == mark && t.is(",", ":", ";"):
			return false
		case t.has(openingHours):
			opens = true
			if p.at(k+1).has(determiner) && (p.at(k + 2).has(registerWord)) {
				return true // ouverture des inscriptions
			}
		case opens && t.has(registerWord):
			return true
		}
	}
	return false
}

// never says whether the date of the tokens [i,next) is one of a record, of a
// closed door, or of what somebody wrote. [from,to) is its sentence.
func (p *parser) never(i, next, from, to int) bool {
	if p.cues[to].nevers > p.cues[from].nevers {
		return true
	}
	for k := i - 1; k >= from && k >= i-10; k-- {
		t := p.at(k)
		if p.at(k+1).lines > 1 || t.kind == mark && t.is(".", ";", "!", "?", "|") && p.at(k+1).space {
			return false
		}
		if t.w == &unknown {
			continue
		}
		if t.kind == mark && t.is(",") || t.has(eventNoun) && !p.exact(k, recordWord) {
			return false
		}
		if p.exact(k, closedWord) || k >= i-6 && p.exact(k, recordWord) && p.run(k, eventNoun) == 0 {
			return true
		}
	}
	return false
}

// exact says whether a phrase of the class, or a word of it with its accents,
// stands at i.
func (p *parser) exact(i int, c class) bool {
	n := p.run(i, c)
	return n > 1 || n == 1 && p.at(i).spelled(c)
}

// openEnded says whether only the first day is given: depuis le, à partir du.
func (p *parser) openEnded(i int) bool {
	for k := i; k >= 0 && k >= i-2; k-- {
		t := p.at(k)
		if t.has(openEnded) && t.spelled(openEnded) {
			return true
		}
		if t.kind == mark && k < i {
			return false
		}
	}
	return false
}
