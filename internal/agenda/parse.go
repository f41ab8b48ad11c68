package agenda

import "time"

// parser reads dates at a place in the tokens of a text. Its methods return the
// index behind what they read, or the index they were given for nothing.
type parser struct {
	toks  []token
	lex   *lexicon
	ref   Date
	cues  []cue
	order order // of day and month in figures

	start int // of the expression that is being read
}

// partial is a date as far as it is written.
type partial struct {
	day, year  int // 0: left out
	month      time.Month
	weekday    time.Weekday
	hasWeekday bool
	unsettled  bool // day and month may be the other way round
	from, to   int  // tokens
}

// span is one reading: one day, or the first and last of several.
type span struct {
	first, last partial
	from, to    int
	doubt       Doubt
	habit       bool // it comes again and again: du lundi au vendredi
}

func (p *parser) at(i int) *token {
	if i < 0 || i >= len(p.toks) {
		return &edge
	}
	return &p.toks[i]
}

// edge stands before the first token and behind the last.
var edge = token{kind: mark, lines: 2, space: true, value: -1, w: &unknown}

// glued says whether token i stands directly behind the one before it.
func (p *parser) glued(i int) bool { return i > 0 && i < len(p.toks) && !p.toks[i].space }

// near says whether token i may belong to the phrase that is being read: it opens
// it, or is in the same paragraph as the one before.
func (p *parser) near(i int) bool {
	return i < len(p.toks) && (i == p.start || p.toks[i].lines < 2)
}

// day reads the number of a day with its ordinal: 7, 1er, 1^{er}, 13th, treize.
func (p *parser) day(i int) (day, next int) {
	t := p.at(i)
	switch {
	case t.kind == number && t.digits <= 2 && t.value >= 1 && t.value <= 31:
		if p.numberGoesOn(i) {
			return 0, i
		}
		next = i + 1
		if p.at(next).is(".") && p.glued(next) && p.glued(next+1) && p.at(next+1).has(ordinal) { // 1.º
			next++
		}
		if p.glued(next) && (p.at(next).kind == word || p.at(next).has(ordinal)) {
			if !p.at(next).has(ordinal) && !p.isMonth(next) {
				return 0, i
			}
			if p.at(next).has(ordinal) {
				next++
			}
		} else if p.at(next).has(ordinal) && p.at(next).lines == 0 && len(p.at(next).text) > 1 {
			next++
		}
		return t.value, next
	case t.kind == word && t.w.number > 0:
		if day, next = p.numeral(i); day <= 31 {
			return day, next
		}
	}
	return 0, i
}

// numeral reads a number up to 59 in words.
func (p *parser) numeral(i int) (value, next int) {
	value, next = p.at(i).w.number, i+1
	ten := p.at(i).w.ten
	if ten == 0 {
		return value, next
	}
	k := next
	if p.at(k).is("-") {
		k++
	}
	if p.at(k).has(joins) {
		k++
		if p.at(k).is("-") {
			k++
		}
	}
	unit := p.at(k).w.number
	if p.at(k).kind == word && unit >= 1 && unit <= 9 && p.near(k) {
		return ten + unit, k + 1
	}
	if value == 0 {
		return 0, i
	}
	return value, next
}

// numberGoesOn says whether the number at i is part of a longer one: a decimal, a
// telephone number, a version, a price.
func (p *parser) numberGoesOn(i int) bool {
	before, after := p.at(i-1), p.at(i+1)
	if p.glued(i) && (before.kind == number || before.is(".", ",", ":", "/", "+", "#", "$", "€", "£", "_", "=", "&") && p.glued(i-1) && p.at(i-2).kind == number ||
		before.is("#", "$", "€", "£", "_", "=", "+", "°")) {
		return true
	}
	if p.glued(i+1) && (after.is(".", ",", ":", "/") && p.glued(i+2) && p.at(i+2).kind == number || after.is("%", "€", "$", "°", "_") && !after.has(ordinal)) {
		return true
	}
	return after.is("%", "€", "$", "£")
}

func (p *parser) isMonth(i int) bool {
	t := p.at(i)
	return t.kind == word && t.w.is(month)
}

// month reads a month's name, with the full stop of an abbreviation.
func (p *parser) month(i int) (time.Month, int) {
	if !p.isMonth(i) {
		return 0, i
	}
	m := p.at(i).w.month()
	if p.at(i+1).is(".") && p.glued(i+1) && p.at(i).has(shortMonth) {
		// The stop of an abbreviation, unless it ends the sentence.
		return m, i + 2
	}
	return m, i + 1
}

// weekday reads the name of a day of the week, with a stop or comma behind it.
func (p *parser) weekday(i int) (time.Weekday, int) {
	t := p.at(i)
	n, day := match(p.toks[min(max(i, 0), len(p.toks)):], weekday)
	w := time.Weekday(day)
	if n == 0 || n == 1 && len(t.text) == 3 && t.capitals {
		return 0, i
	}
	next := i + n
	if p.at(next).is(".") && p.glued(next) && len(t.text) <= 5 && p.at(next+1).lines == 0 {
		next++
	}
	return w, next
}

// yearAt reads a year: four digits, an apostrophe and two, or two that end the
// phrase.
func (p *parser) yearAt(i int) (year, next int) {
	start := i
	if p.at(i).is(",") && p.at(i+1).kind == number {
		i++
	}
	if k := p.skip(ofYear, i); k > i && p.at(k).digits == 4 {
		i = k
	}
	t := p.at(i)
	switch {
	case t.lines > 1:
	case t.kind == number && t.digits == 4 && t.value >= 1900 && t.value <= 2150:
		if p.numberGoesOn(i) || p.glued(i+1) && p.at(i+1).kind == word {
			return 0, start
		}
		if t.lines == 1 && (t.value < p.ref.Year-1 || t.value > p.ref.Year+2) {
			return 0, start
		}
		return t.value, i + 1
	case t.is("'") && p.at(i+1).digits == 2 && p.glued(i+1):
		return century(p.at(i + 1).value), i + 2
	case start == i && t.kind == number && t.digits == 2 && t.lines == 0 && t.space:
		if after := p.at(i + 1); after.lines > 0 || after.kind == mark && after.is(".", ",", ")", ";") && !p.glued(i+2) {
			return century(t.value), i + 1
		}
	}
	return 0, start
}

// century completes a year of two digits.
func century(yy int) int {
	if yy >= 69 {
		return 1900 + yy
	}
	return 2000 + yy
}

// numeric reads a date in figures: 2018-01-15, 15/01/2018, 15.01.18.
func (p *parser) numeric(i int) (partial, int) {
	a, b, c := p.at(i), p.at(i+2), p.at(i+4)
	s1, s2 := p.at(i+1), p.at(i+3)
	for k := i + 1; k <= i+4; k++ {
		if !p.glued(k) {
			return partial{}, i
		}
	}
	if a.kind != number || b.kind != number || c.kind != number || s1.text != s2.text || !s1.is("/", ".", "-") || p.chained(i, i+5) {
		return partial{}, i
	}
	d := partial{from: i, to: i + 5}
	switch {
	case a.digits == 4 && s1.is("-", "/", ".") && b.digits <= 2 && c.digits <= 2:
		d.year, d.month, d.day = a.value, time.Month(b.value), c.value
	case a.digits <= 2 && b.digits <= 2 && c.digits == 4:
		d.day, d.month, d.year = a.value, time.Month(b.value), c.value
	case a.digits <= 2 && b.digits <= 2 && c.digits == 2 && (s1.text != "." || a.digits == 2 && b.digits == 2):
		d.day, d.month, d.year = a.value, time.Month(b.value), century(c.value)
	default:
		return partial{}, i
	}
	if a.digits <= 2 {
		p.settle(&d)
	}
	if d.year < 1900 || d.year > 2150 || !(Date{d.year, d.month, d.day}).Valid() {
		return partial{}, i
	}
	return d, i + 5
}

// order is how a text writes day and month in figures.
type order int8

const (
	orderUnknown order = iota
	orderUnsettled
	dayFirst
	monthFirst
)

// settle decides between day and month of a date in figures. In most languages
// the day stands first. Where it may be either, the dates of the text that can be
// read in one way alone decide for all; without any, or where they disagree, it
// stays unsettled.
func (p *parser) settle(d *partial) {
	if p.lex.dayFirst || d.day > 12 {
		return
	}
	if p.order == orderUnknown {
		p.order = p.findOrder()
	}
	switch {
	case d.month > 12 || p.order == monthFirst:
		d.day, d.month = int(d.month), time.Month(d.day)
	case p.order == orderUnsettled && d.day != int(d.month):
		d.unsettled = true
	}
}

func (p *parser) findOrder() order {
	day, month := false, false
	for i := 0; i+4 < len(p.toks); i++ {
		a, b := &p.toks[i], &p.toks[i+2]
		if a.kind != number || b.kind != number || a.digits > 2 || b.digits > 2 || !p.at(i+1).is("/", "-", ".") ||
			p.at(i+3).text != p.at(i+1).text || d2or4(p.at(i+4)) == 0 {
			continue
		}
		day = day || a.value > 12 && a.value <= 31 && b.value <= 12
		month = month || b.value > 12 && b.value <= 31 && a.value <= 12
	}
	switch {
	case day && !month:
		return dayFirst
	case month && !day:
		return monthFirst
	}
	return orderUnsettled
}

func d2or4(t *token) int {
	if t.kind == number && (t.digits == 2 || t.digits == 4) {
		return t.digits
	}
	return 0
}

// chained says whether the figures in [from,to) go on before or behind, as those
// of a telephone number, a reference or an address do.
func (p *parser) chained(from, to int) bool {
	link := []string{".", "/", "-", ",", ":", "_", "=", "#", "+", "@", "&", "?"}
	if p.glued(from) && (p.at(from-1).kind != mark || p.at(from-1).is(link...)) {
		return true
	}
	if !p.glued(to) {
		return false
	}
	after := p.at(to)
	return after.kind == number || after.kind == word || after.is(link...) && p.glued(to+1) && p.at(to+1).kind != mark || after.is("%", "€")
}

// shortNumeric reads day and month in figures: 15/01. It is sure only behind an
// article, a weekday or the opening of a range, where a fraction does not stand.
func (p *parser) shortNumeric(i int) (partial, int) {
	a, b := p.at(i), p.at(i+2)
	if a.kind != number || b.kind != number || !p.at(i+1).is("/") || !p.glued(i+1) || !p.glued(i+2) || p.chained(i, i+3) {
		return partial{}, i
	}
	d := partial{day: a.value, month: time.Month(b.value), from: i, to: i + 3}
	p.settle(&d)
	if a.digits > 2 || b.digits > 2 || !(Date{2000, d.month, d.day}).Valid() {
		return partial{}, i
	}
	return d, i + 3
}

// skip passes over a word or phrase of the class that is in the same paragraph,
// with the apostrophe of an elision.
func (p *parser) skip(c class, i int) int {
	if !p.near(i) {
		return i
	}
	n, _ := match(p.toks[i:], c)
	if n > 0 && p.glued(i+n) && p.at(i+n).is("'") {
		n++
	}
	return i + n
}

// dayItem is one day of a list or range, before its month: [le] [lundi] [le] 12.
func (p *parser) dayItem(i int) (partial, int) {
	d := partial{from: i}
	k := p.skip(article, i)
	if next := p.skip(nextOne, k); next > k && (p.at(next).kind == number || p.at(next).has(weekday) || p.at(next).has(article)) {
		k = p.skip(article, next) // el próximo jueves 12
	}
	if w, next := p.weekday(k); next > k {
		d.weekday, d.hasWeekday = w, true
		k = next
		if p.at(k).is(",") {
			k++
		}
		k = p.skip(article, k)
	}
	day, next := p.day(k)
	if next == k || !p.near(k) && k > i {
		return partial{}, i
	}
	d.day, d.to = day, next
	return d, next
}
