package agenda

import (
	"fmt"
	"strings"
)

func fieldsOf(s string) []string { return strings.Fields(s) }

// hour is a clock time as it is written.
type hour struct {
	h, m   int
	marked bool // by h, a colon or am/pm: it is no bare number
	exact  bool // with minutes, am or pm, or noon: it is no duration by chance
	half   int  // 1 am, 2 pm, 0 not said
}

func (h hour) String() string { return fmt.Sprintf("%02d:%02d", h.h%24, h.m) }

// clock reads one clock time: 14h30, 14 h, 9:30, 2 pm, midi, seize heures. A bare
// number is read too, unmarked.
func (p *parser) clock(i int) (hour, int) {
	t := p.at(i)
	switch {
	case (p.lex.noon.has(t) || p.lex.midnight.has(t)) && !(p.at(i-1).is("-") && p.glued(i)):
		h := hour{marked: true, exact: true}
		if p.lex.noon.has(t) {
			h.h = 12
		}
		if h.m, i = p.spokenMinutes(i + 1); h.m > 59 {
			h.m = 0
		}
		return h, i
	case t.kind == word && p.lex.numerals[t.text] > 0:
		value, next := p.numeral(i)
		if next > i && p.lex.hours.has(p.at(next)) && len(p.at(next).text) > 1 && p.at(next).lines == 0 {
			return p.minutes(hour{h: value, marked: true}, next+1)
		}
		return hour{}, i
	case t.kind != number || t.digits > 2 || t.value > 24:
		return hour{}, i
	}
	if p.glued(i) && (p.at(i-1).kind != mark || p.at(i-1).is(".", ",", ":", "/", "#", "_", "=", "+", "€", "$", "£") && p.at(i-2).kind == number && p.glued(i-1)) {
		return hour{}, i
	}
	h := hour{h: t.value}
	next := i + 1
	switch after := p.at(next); {
	case p.lex.hours.has(after) && after.lines == 0:
		h.marked = true
		if p.at(next+1).is("/") && p.glued(next+1) { // 24h/24
			return hour{}, i
		}
		return p.minutes(h, next+1)
	case after.is(":") && p.glued(next) && p.glued(next+1) && p.at(next+1).digits == 2 && p.at(next+1).value >= 0 && p.at(next+1).value < 60:
		if p.at(next+2).is(":", ".", ",") && p.glued(next+2) && p.glued(next+3) && p.at(next+3).kind == number {
			return hour{}, i
		}
		h.m, h.marked, h.exact = p.at(next+1).value, true, true
		next += 2
	}
	if half, end := p.amPm(next); end > next && h.h >= 1 && h.h <= 12 {
		return halved(h, half), end
	}
	if h.h == 24 && h.m > 0 || p.glued(next) && p.at(next).kind != mark {
		return hour{}, i
	}
	return h, next
}

// minutes reads what follows the mark of the hour.
func (p *parser) minutes(h hour, i int) (hour, int) {
	t := p.at(i)
	if t.kind == number && t.digits == 2 && t.value < 60 && t.lines == 0 && !(p.glued(i+1) && p.at(i+1).kind == number) &&
		!p.isMonth(i+1) {
		h.m, h.exact = t.value, true
		i++
		if p.lex.minutes.has(p.at(i)) {
			i++
		}
	} else if m, next := p.spokenMinutes(i); next > i {
		h.m, h.exact, i = m, true, next
	}
	if h.h == 24 && h.m > 0 {
		h.marked = false
	}
	return h, i
}

// spokenMinutes reads minutes in words behind an hour: trente, et quart, et quinze
// minutes.
func (p *parser) spokenMinutes(i int) (m, next int) {
	k := p.skip(p.lex.joins, i)
	t := p.at(k)
	switch {
	case t.kind != word || t.lines > 0:
		return 0, i
	case p.lex.halves[t.text] > 0 && k > i:
		return p.lex.halves[t.text], k + 1
	case p.lex.numerals[t.text] > 0 && len(p.lex.minutes) > 0:
		m, next = p.numeral(k)
		if p.lex.minutes.has(p.at(next)) {
			return m, next + 1
		}
		if k == i && m >= 5 {
			return m, next
		}
	}
	return 0, i
}

// amPm reads am, pm, a.m., p.m. and p.
func (p *parser) amPm(i int) (half, next int) {
	t := p.at(i)
	if t.kind != word || t.lines > 0 {
		return 0, i
	}
	switch t.text {
	case "am":
		return 1, i + 1
	case "pm":
		return 2, i + 1
	case "a", "p":
		half = 1
		if t.text == "p" {
			half = 2
		}
		k := i + 1
		if p.at(k).is(".") && p.glued(k) {
			k++
		}
		if p.at(k).is("m") && p.at(k).lines == 0 && (p.glued(k) || k == i+1) {
			k++
			if p.at(k).is(".") && p.glued(k) && k > i+2 {
				k++
			}
			return half, k
		}
		if p.glued(i) && p.lex.monthFirst {
			return half, i + 1
		}
	}
	return 0, i
}

func halved(h hour, half int) hour {
	h.half, h.marked, h.exact = half, true, true
	switch {
	case half == 2 && h.h < 12:
		h.h += 12
	case half == 1 && h.h == 12:
		h.h = 0
	}
	return h
}

// dayPart reads "du soir" and the like behind an hour.
func (p *parser) dayPart(h hour, i int) (hour, int) {
	for _, phrase := range p.lex.afternoon {
		if i <= len(p.toks) && starts(p.toks[i:], phrase) && h.half == 0 {
			if h.h < 12 {
				h.h += 12
			}
			h.exact, h.marked = true, true
			return h, i + len(phrase)
		}
	}
	for _, phrase := range p.lex.morning {
		if i <= len(p.toks) && starts(p.toks[i:], phrase) && h.half == 0 && h.h <= 12 {
			h.exact, h.marked = true, true
			return h, i + len(phrase)
		}
	}
	return h, i
}

// hoursSpan is one clock time or a range of them.
type hoursSpan struct {
	start, end string
	exact      bool
}

// times reads a clock time or a range: 14h30, de 9h à 12h30, 9h-17h, 3-4pm.
// attached says that a date stands beside, so that 15h is an hour.
func (p *parser) times(i int, attached bool) (hoursSpan, int) {
	k, opened, between := i, false, false
	for n := 0; n < 2 && p.lex.ats.has(p.at(k)) && p.at(k).lines == 0 == (k > i || p.at(k).lines == 0); n++ {
		between = between || p.lex.between.has(p.at(k))
		opened = true
		k++
	}
	a, next := p.clock(k)
	if next == k {
		return hoursSpan{}, i
	}
	a, next = p.dayPart(a, next)
	if j, after := p.joint(next, between); j == through {
		after = p.skip(p.lex.ats, after)
		if b, end := p.clock(after); end > after && (a.marked || b.marked) && p.at(after).lines == 0 {
			b, end = p.dayPart(b, end)
			if b.marked && (a.marked || opened || attached || b.exact && p.at(next).is("-")) && !p.lex.isDuration(p.at(end)) {
				if b.half == 2 && a.half == 0 && a.h < 12 && a.h+12 <= b.h {
					a.h += 12
				}
				if b.h < a.h && a.h <= 12 && b.half == 0 {
					b.h += 12 // 11h30-1h30
				}
				return hoursSpan{start: a.String(), end: b.String(), exact: true}, end
			}
		}
	}
	switch {
	case !a.marked:
		return hoursSpan{}, i
	case !opened && !attached && !a.exact && !p.alone(k, next):
		return hoursSpan{}, i
	case p.duration(k, next, attached):
		return hoursSpan{}, i
	}
	return hoursSpan{start: a.String(), exact: a.exact || opened}, next
}

func (l *lexicon) isDuration(t token) bool { return t.is("/", "%") }

// alone says whether nothing else stands on the line.
func (p *parser) alone(from, to int) bool {
	return p.at(from).lines > 0 && (to >= len(p.toks) || p.at(to).lines > 0) || from == 0 && to == len(p.toks)
}

// duration says whether a number of hours is a length of time: pendant 2h, 3h de
// formation, 35h/semaine.
func (p *parser) duration(from, to int, attached bool) bool {
	for k := from - 1; k >= from-3 && k >= 0; k-- {
		if k < from-1 && p.at(k).kind == mark && !p.at(k).is(":", "'") {
			break
		}
		if p.lex.durations.has(p.at(k)) {
			return true
		}
	}
	after := p.at(to)
	if after.lines > 0 || attached {
		return false
	}
	return after.is("de", "d", "par", "/", "of", "per", "a")
}
