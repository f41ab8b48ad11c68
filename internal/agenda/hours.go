package agenda

import "fmt"

// hour is a clock time as it is written.
type hour struct {
	h, m   int
	marked bool // by h, a colon or am/pm: it is no bare number
	exact  bool // with minutes, am or pm, or noon: it is no duration by chance
	half   int  // 1 am, 2 pm, 0 not said
	dotted bool // 10.30, which is an hour beside another such or behind a word of hours
}

func (h hour) String() string { return fmt.Sprintf("%02d:%02d", h.h%24, h.m) }

// clock reads one clock time: 14h30, 14 h, 9:30, 2 pm, midi, seize heures. A bare
// number is read too, unmarked, unless the word before it says that it is an hour:
// ore 14.30.
func (p *parser) clock(i int, said bool) (hour, int) {
	t := p.at(i)
	twelve, zero := p.run(i, noon), p.run(i, midnight)
	switch {
	case twelve+zero > 0 && !(p.at(i-1).is("-") && p.glued(i)):
		h := hour{marked: true, exact: true}
		if twelve > 0 {
			h.h = 12
		}
		if h.m, i = p.spokenMinutes(i + twelve + zero); h.m > 59 {
			h.m = 0
		}
		return h, i
	case t.kind == word && t.w.number > 0:
		value, next := p.numeral(i)
		switch {
		case next == i || value > 24:
		case p.at(next).has(hourMark) && len(p.at(next).text) > 1 && p.at(next).lines == 0:
			return p.minutes(hour{h: value, marked: true}, next+1)
		case said:
			return p.minutes(hour{h: value, marked: true}, next)
		}
		return hour{}, i
	case t.kind != number || t.digits > 2 || t.value > 24:
		return hour{}, i
	}
	if p.glued(i) && (p.at(i-1).kind != mark || p.at(i-1).is(".", ",", ":", "/", "#", "_", "=", "+", "€", "$", "£") && p.at(i-2).kind == number && p.glued(i-1)) {
		return hour{}, i
	}
	h := hour{h: t.value, marked: said}
	next := i + 1
	switch after := p.at(next); {
	case after.has(hourMark) && after.lines == 0:
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
		if next += 2; p.at(next).has(hourMark) && p.at(next).lines == 0 { // 10:30 horas
			next++
		}
	case after.is(".") && p.glued(next) && p.glued(next+1) && p.at(next+1).digits == 2 && p.at(next+1).value < 60 &&
		!(p.at(next+2).is(".", ",") && p.glued(next+2) && p.glued(next+3) && p.at(next+3).kind == number):
		// 14.30 behind a word of hours, 2.30 pm.
		half, _ := p.amPm(next + 2)
		switch {
		case said || half > 0:
			h.m, h.marked, h.exact = p.at(next+1).value, true, true
			next += 2
		case p.at(next+2).has(hourMark) && p.at(next+2).lines == 0:
			h.m, h.marked, h.exact = p.at(next+1).value, true, true
			next += 3
		default: // an hour only where the one behind it is
			h.m, h.dotted = p.at(next+1).value, true
			next += 2
		}
	case said && p.at(next).kind == word && p.at(next).w == &unknown && p.at(next).lines == 0 && !p.at(next).is("am", "pm"):
		h.marked = false // alle 14 imprese
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
		if p.at(i).has(minuteMark) {
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
	k := p.skip(joins, i)
	t := p.at(k)
	switch {
	case t.kind != word || t.lines > 0:
		return 0, i
	case t.w.part > 0 && k > i:
		return t.w.part, k + 1
	case t.w.number > 0:
		m, next = p.numeral(k)
		if p.at(next).has(minuteMark) {
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
	if h.half != 0 {
		return h, i
	}
	if n := p.run(i, afternoon); n > 0 && h.h <= 12 {
		return later(h), i + n
	}
	if n := p.run(i, morning); n > 0 && h.h <= 12 {
		h.exact, h.marked, h.half = true, true, 1
		return h, i + n
	}
	return h, i
}

// later is the hour in the afternoon or evening.
func later(h hour) hour {
	if h.h < 12 {
		h.h += 12
	}
	h.exact, h.marked, h.half = true, true, 2
	return h
}

// run is the length of the phrase of a class at i, 0 for none.
func (p *parser) run(i int, c class) int {
	if i < 0 || i >= len(p.toks) {
		return 0
	}
	n, _ := match(p.toks[i:], c)
	return n
}

// said says whether a word at i tells that an hour follows: ore, às.
func (p *parser) said(i int) bool {
	return p.exact(i, hourBefore)
}

// hoursSpan is one clock time or a range of them.
type hoursSpan struct {
	start, end string
	exact      bool
}

// times reads a clock time or a range: 14h30, de 9h à 12h30, 9h-17h, 3-4pm.
// attached says that a date stands beside, so that 15h is an hour.
func (p *parser) times(i int, attached bool) (hoursSpan, int) {
	if h, next := p.pastTheHour(i); next > i {
		return hoursSpan{start: h.String(), exact: true}, next
	}
	if b := p.at(i - 1); (b.has(deadlineWord) || b.has(minuteMark)) && p.near(i) && p.run(i-1, reaches) == 0 && !attached {
		return hoursSpan{}, i // a bound, or a length from an hour on
	}
	k, opened, joined, said := i, false, false, false
	for range 2 {
		n := p.run(k, atHour)
		if n == 0 || k > i && p.at(k).lines > 0 {
			break
		}
		joined = joined || p.run(k, between) > 0
		said = said || p.said(k)
		opened = true
		if k += n; p.at(k).is("'") && p.glued(k) { // all'una
			k++
		}
	}
	a, next := p.clock(k, said)
	if next == k {
		return hoursSpan{}, i
	}
	a, next = p.dayPart(a, next)
	if j, after := p.joint(next, joined); j == through {
		saidToo := p.said(next) || said && p.at(next).is("-")
		if n := p.run(after, atHour); n > 0 && p.at(after).lines == 0 {
			saidToo = saidToo || p.said(after)
			after += n
		}
		if b, end := p.clock(after, saidToo); end > after && p.at(after).lines == 0 {
			b, end = p.dayPart(b, end)
			if attached && a.dotted && b.dotted && a.h < b.h { // on 15 May from 10.00 to 12.30
				a.marked, b.marked = true, true
			}
			if b.marked && (a.marked || opened || attached || b.exact && p.at(next).is("-")) && !p.at(end).is("/", "%") {
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
	if p.at(i-1).has(lateWord) && p.near(i) && a.half == 0 && a.h > 0 && a.h < 12 {
		a = later(a) // this evening at 8:30
	}
	return hoursSpan{start: a.String(), exact: a.exact || opened}, next
}

// pastTheHour reads minutes before or after an hour: a quarter past nine, 20
// minutes to 2 pm.
func (p *parser) pastTheHour(i int) (hour, int) {
	t := p.at(i)
	m, k := t.w.part, i+1
	if t.kind == number && t.digits <= 2 && t.value > 0 && t.value < 60 {
		m = t.value
	}
	if m == 0 {
		return hour{}, i
	}
	counted := p.at(k).has(minuteMark) && p.at(k).lines == 0
	if counted {
		k++
	}
	before := p.at(k).has(toHour)
	if !before && !p.at(k).has(pastHour) || p.at(k).lines > 0 || before && !counted && t.kind == number {
		return hour{}, i
	}
	h, next := p.clock(k+1, false)
	if next == k+1 || h.m > 0 || h.h > 23 || !h.marked && (t.kind == number && !counted || p.at(next).kind == word && p.at(next).lines == 0) {
		return hour{}, i
	}
	if before {
		m = -m
	}
	minutes := (h.h*60 + m + 24*60) % (24 * 60)
	return hour{h: minutes / 60, m: minutes % 60, marked: true, exact: true}, next
}

// alone says whether nothing else stands on the line, or only a comma before it at
// its end.
func (p *parser) alone(from, to int) bool {
	if ends := to >= len(p.toks) || p.at(to).lines > 0; ends && p.at(from-1).is(",") && p.at(from).lines == 0 {
		return true
	}
	return p.at(from).lines > 0 && (to >= len(p.toks) || p.at(to).lines > 0) || from == 0 && to == len(p.toks)
}

// duration says whether a number of hours is a length of time: pendant 2h, 3h de
// formation, 35h/semaine.
func (p *parser) duration(from, to int, attached bool) bool {
	for k := from - 1; k >= from-3 && k >= 0; k-- {
		if k < from-1 && p.at(k).kind == mark && !p.at(k).is(":", "'") {
			break
		}
		if p.at(k).has(lasting) {
			return true
		}
	}
	after := p.at(to)
	if after.lines > 0 || attached {
		return false
	}
	return after.is("de", "d", "par", "/", "of", "per") || after.lower() == "a" // not à
}
