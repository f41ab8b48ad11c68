package agenda

import "time"

// weekdayOnly reads a weekday, alone or with the number of the day.
func (p *parser) weekdayOnly(i int) ([]span, int) {
	k := p.skip(article, i)
	before := k
	if p.lex.nextBeforeWeekday {
		before = p.skip(lastOne, p.skip(nextOne, k))
	}
	w, next := p.weekday(before)
	if next == before || p.shifted(i, next) {
		return nil, i
	}
	d := partial{weekday: w, hasWeekday: true, from: i}
	doubt := WeekdayOnly
	bare := p.at(before).has(shortDay) && (!p.at(before).capital || p.at(next).capital || p.at(before-1).capital && p.at(before).lines == 0)
	if j, after := p.joint(next, false); j == through && k == before {
		if _, end := p.weekday(p.skip(article, after)); end > p.skip(article, after) {
			if _, number := p.day(end); number == end {
				return []span{{first: d, last: d, from: i, to: end, habit: true}}, end
			}
		}
	}
	after := p.skip(article, next)
	if p.at(next).is(",") {
		after = p.skip(article, next+1)
	}
	if day, end := p.day(after); end > after && p.at(after).lines == 0 && !p.clockAhead(after) {
		d.day, next = day, end
		doubt = MonthMissing
	} else if bare { // mer, Sun Microsystems
		return nil, i
	}
	switch {
	case before > k && p.at(k).has(lastOne):
		d.year = -1 // the one before the reference
	case !p.lex.nextBeforeWeekday && p.at(next).has(lastOne) && p.near(next):
		d.year = -1
		next++
	default: // lunedì prossimo and prossimo lunedì
		next = p.skip(nextOne, next)
	}
	d.to = next
	return []span{{first: d, last: d, from: i, to: next, doubt: doubt, habit: p.habitual(i) || doubt == WeekdayOnly && d.year == 0 && p.weekly(i, k, next)}}, next
}

// habitual says whether the day at i comes again and again: tous les mardis.
func (p *parser) habitual(i int) bool {
	for k := i; k >= i-2 && k >= 0 && p.at(k+1).lines < 2; k-- {
		if p.at(k).has(habit) {
			return true
		}
	}
	return false
}

// weekly says whether the weekday behind its article comes again each week: le
// mardi jusqu'à 20h; but not le mardi prochain, nor where the sentence is in the
// future tense.
func (p *parser) weekly(i, day, next int) bool {
	if p.at(next - 1).has(nextOne) {
		return false
	}
	k := day - 1
	if day == i {
		k = i - 1
	}
	if t := p.at(k); !t.has(weekly) || !t.spelled(weekly) || p.at(day).lines > 1 {
		return false
	}
	from, to := p.sentence(day, next)
	return p.cues[to].wills == p.cues[from].wills
}

// relative reads days that are named from today.
func (p *parser) relative(i int) ([]span, int) {
	best, offset := match(p.toks[min(i, len(p.toks)):], fromToday)
	if best == 0 {
		return nil, i
	}
	on := p.ref.AddDays(offset)
	d := partial{day: on.Day, month: on.Month, year: on.Year, from: i, to: i + best}
	return []span{{first: d, last: d, from: i, to: i + best, doubt: RelativeDay}}, i + best
}

// shifted says whether something around a weekday makes it another one than the
// next: the first … of, … next week.
func (p *parser) shifted(from, to int) bool {
	if before := p.at(from - 1); from > 0 && p.near(from) && (before.w.number > 0 || before.has(lastOne)) {
		return true
	}
	return p.run(to, shift) > 0
}

// nthWeekday reads "premier mardi d'octobre 2018", "last Friday of October".
func (p *parser) nthWeekday(i int) ([]span, int) {
	k := p.skip(article, i)
	n := p.at(k).w.number
	if p.at(k).has(lastOne) {
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
	for p.at(of).has(nthOf) && p.at(of).lines == 0 {
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
	k := p.skip(article, i)
	day, next := p.day(k)
	if k == i || next == k || p.run(next, atHour) == 0 && p.run(next, reaches) == 0 {
		return nil, i
	}
	if _, end := p.timesBehind(next); end == next {
		return nil, i
	}
	d := partial{day: day, from: i, to: next}
	return []span{{first: d, last: d, from: i, to: next, doubt: MonthMissing}}, next
}

// clockAhead says whether the number at i is an hour: it is marked as one, or
// begins a range that is.
func (p *parser) clockAhead(i int) bool {
	c, next := p.clock(i, false)
	if next > i && !c.marked && p.at(next).is("-") {
		after := next + 1
		c, next = p.clock(after, false)
		return next > after && c.marked
	}
	return next > i && c.marked
}
