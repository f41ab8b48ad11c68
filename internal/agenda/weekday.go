package agenda

import "time"

// weekdayOnly reads a weekday, alone or with the number of the day.
func (p *parser) weekdayOnly(i int) ([]span, int) {
	k := p.skip(p.lex.articles, i)
	before := k
	if p.lex.before {
		before = p.skip(p.lex.last, p.skip(p.lex.next, k))
	}
	w, next := p.weekday(before)
	if next == before || p.shifted(i, next) {
		return nil, i
	}
	d := partial{weekday: w, hasWeekday: true, from: i}
	doubt := Doubt("only the weekday is given")
	after := p.skip(p.lex.articles, next)
	if p.at(next).is(",") {
		after = p.skip(p.lex.articles, next+1)
	}
	if day, end := p.day(after); end > after && p.at(after).lines == 0 && !p.clockAhead(after) {
		d.day, next = day, end
		doubt = "the month is left out"
	}
	switch {
	case before > k && p.lex.last.has(p.at(k)):
		d.year = -1 // the one before the reference
	case !p.lex.before && p.lex.last.has(p.at(next)) && p.near(next):
		d.year = -1
		next++
	case !p.lex.before:
		next = p.skip(p.lex.next, next)
	}
	d.to = next
	return []span{{first: d, last: d, from: i, to: next, doubt: doubt}}, next
}

// relative reads days that are named from today.
func (p *parser) relative(i int) ([]span, int) {
	best, offset := 0, 0
	for phrase, days := range p.lex.relative {
		list := fieldsOf(phrase)
		if len(list) > best && i+len(list) <= len(p.toks) && starts(p.toks[i:], list) {
			best, offset = len(list), days
		}
	}
	if best == 0 {
		return nil, i
	}
	on := p.ref.AddDays(offset)
	d := partial{day: on.Day, month: on.Month, year: on.Year, from: i, to: i + best}
	return []span{{first: d, last: d, from: i, to: i + best, doubt: "it is told from the day of writing"}}, i + best
}

// shifted says whether something around a weekday makes it another one than the
// next: the first … of, … next week.
func (p *parser) shifted(from, to int) bool {
	if before := p.at(from - 1); from > 0 && p.near(from) && (p.lex.numerals[before.text] > 0 || p.lex.last.has(before)) {
		return true
	}
	for _, phrase := range p.lex.shifts {
		if starts(p.toks[to:], phrase) {
			return true
		}
	}
	return false
}

// nthWeekday reads "premier mardi d'octobre 2018", "last Friday of October".
func (p *parser) nthWeekday(i int) ([]span, int) {
	k := p.skip(p.lex.articles, i)
	n := p.lex.numerals[p.at(k).text]
	if p.lex.last.has(p.at(k)) {
		n = -1
	}
	if p.at(k).kind != word || n == 0 || n > 5 {
		return nil, i
	}
	w, next := p.weekday(k + 1)
	if next == k+1 {
		return nil, i
	}
	of := next
	for p.lex.ofMonth.has(p.at(of)) && p.at(of).lines == 0 {
		of++
	}
	m, end := p.month(of)
	if end == of || of == next {
		return nil, i
	}
	year, end := p.yearAt(end)
	on := nth(p.ref.Year, m, w, n)
	if year > 0 {
		on = nth(year, m, w, n)
	} else if on.Before(p.ref) {
		on = nth(p.ref.Year+1, m, w, n)
	}
	if !on.Valid() {
		return nil, i
	}
	d := partial{day: on.Day, month: on.Month, year: on.Year, from: i, to: end}
	return []span{{first: d, last: d, from: i, to: end}}, end
}

// nth is the n-th such weekday of a month, the last for -1.
func nth(year int, m time.Month, w time.Weekday, n int) Date {
	if n < 0 {
		d := Date{year, m, daysIn(year, m)}
		return d.AddDays(-((int(d.Weekday()) - int(w) + 7) % 7))
	}
	first := Date{year, m, 1}
	on := first.AddDays((int(w)-int(first.Weekday())+7)%7 + 7*(n-1))
	if on.Month != m {
		return Date{}
	}
	return on
}

// dayOnly reads the number of a day behind an article, where a clock time follows:
// le 16 à 18h.
func (p *parser) dayOnly(i int) ([]span, int) {
	k := p.skip(p.lex.articles, i)
	day, next := p.day(k)
	if k == i || next == k || !p.lex.ats.has(p.at(next)) && !p.lex.reaches.has(p.at(next)) {
		return nil, i
	}
	if _, end := p.timesBehind(next); end == next {
		return nil, i
	}
	d := partial{day: day, from: i, to: next}
	return []span{{first: d, last: d, from: i, to: next, doubt: "the month is left out"}}, next
}

// clockAhead says whether the number at i is an hour: it is marked as one, or
// begins a range that is.
func (p *parser) clockAhead(i int) bool {
	c, next := p.clock(i)
	if next > i && !c.marked && p.at(next).is("-") {
		after := next + 1
		c, next = p.clock(after)
		return next > after && c.marked
	}
	return next > i && c.marked
}
