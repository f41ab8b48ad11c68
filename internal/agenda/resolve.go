package agenda

import "time"

// How far back a date without a year may lie, in days: the first where nothing
// tells that it has passed, the second where something does.
const (
	nearPast = 31
	farPast  = 92
	farAhead = 120 // more than this ahead, a weekday speaks for the year after
)

// context is what the sentence says about the time of a date.
type context struct {
	past, future bool
	year         int // of a heading above, 0 for none
}

// resolve makes days of a reading. ok is false if the calendar has no such day.
func (p *parser) resolve(s span, c context) (f Found, ok bool) {
	f.From, f.To = p.at(s.from).from, p.at(s.to-1).to
	f.Doubt = s.doubt
	first, last := s.first, s.last
	single := first == last
	if last.year != 0 && first.year == 0 {
		first.year = last.year
	}
	f.yearless = last.year == 0
	start, doubt, ok := p.date(first, c)
	if !ok {
		return f, false
	}
	f.Doubt = firstDoubt(f.Doubt, doubt)
	f.Start, f.End = start, start
	if single {
		return f, true
	}
	if last.year == 0 {
		last.year = start.Year
		if last.month < start.Month {
			last.year++
		}
	}
	end, doubt, ok := p.date(last, c)
	if !ok || end.Before(start) {
		return f, false
	}
	if start.DaysUntil(end) > 366 {
		doubt = TooLong
	}
	f.End, f.Doubt = end, firstDoubt(f.Doubt, doubt)
	return f, true
}

func firstDoubt(doubts ...Doubt) Doubt {
	for _, d := range doubts {
		if d != "" {
			return d
		}
	}
	return ""
}

// date completes one day: its year, or its month, or all from the weekday.
func (p *parser) date(d partial, c context) (on Date, doubt Doubt, ok bool) {
	switch {
	case d.month == 0 && d.day == 0:
		return p.onWeekday(d), "", true
	case d.month == 0:
		return p.inMonth(d)
	case d.year > 0:
		on = Date{d.year, d.month, d.day}
		if d.unsettled && d.hasWeekday && on.Weekday() != d.weekday {
			if other := (Date{d.year, time.Month(d.day), int(d.month)}); other.Weekday() == d.weekday {
				return other, "", true
			}
		}
		if d.unsettled && !(d.hasWeekday && on.Weekday() == d.weekday) {
			doubt = DayMonth
		}
		if on.Valid() && d.hasWeekday && on.Weekday() != d.weekday {
			doubt = WeekdayMismatch
		}
		return on, doubt, on.Valid()
	case c.year > 0:
		on = Date{c.year, d.month, d.day}
		if on.Valid() && d.hasWeekday && on.Weekday() != d.weekday {
			doubt = WeekdayMismatch
		}
		return on, doubt, on.Valid()
	}
	return p.inYear(d, c)
}

// inYear finds the year of a day and month: the next such day from the reference,
// unless the weekday, the sentence or nearness speaks for the one before.
func (p *parser) inYear(d partial, c context) (on Date, doubt Doubt, ok bool) {
	var previous, next Date
	for year := p.ref.Year - 1; year <= p.ref.Year+1; year++ {
		on := Date{year, d.month, d.day}
		switch {
		case !on.Valid():
		case on.Before(p.ref):
			previous = on
		case next.IsZero():
			next = on
		}
	}
	switch {
	case next.IsZero() && previous.IsZero():
		return Date{}, "", false
	case next.IsZero():
		return previous, YearUncertain, true
	case previous.IsZero():
		return next, "", true
	}
	ago := previous.DaysUntil(p.ref)
	if d.hasWeekday {
		fitsNext, fitsPrevious := next.Weekday() == d.weekday, previous.Weekday() == d.weekday
		switch {
		case fitsNext && !fitsPrevious:
			return next, "", true
		case fitsPrevious && !fitsNext && (ago <= farPast || c.past && !c.future):
			return previous, "", true
		case !fitsNext:
			later := Date{next.Year + 1, d.month, d.day}
			if p.ref.DaysUntil(next) > farAhead && later.Valid() && later.Weekday() == d.weekday {
				return later, YearUncertain, true
			}
			return next, WeekdayMismatch, true
		}
	}
	switch {
	case c.past && !c.future && ago <= farPast:
		return previous, "", true
	case c.future && !c.past && ago <= nearPast:
		return next, YearUncertain, true
	case c.future && !c.past:
		return next, "", true
	case ago <= nearPast:
		return previous, YearUncertain, true
	case ago <= farPast && !c.future:
		return next, YearUncertain, true
	}
	return next, "", true
}

// onWeekday is the next such weekday after the reference, or the last before.
func (p *parser) onWeekday(d partial) Date {
	if d.year < 0 {
		back := (int(p.ref.Weekday()) - int(d.weekday) + 7) % 7
		if back == 0 {
			back = 7
		}
		return p.ref.AddDays(-back)
	}
	ahead := (int(d.weekday) - int(p.ref.Weekday()) + 7) % 7
	if ahead == 0 {
		ahead = 7
	}
	return p.ref.AddDays(ahead)
}

// inMonth finds the month of a day: the next in which that day has the weekday.
func (p *parser) inMonth(d partial) (Date, Doubt, bool) {
	year, month := p.ref.Year, p.ref.Month
	for n := 0; n < 12; n++ {
		t := time.Date(year, month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
		on := Date{t.Year(), t.Month(), d.day}
		if on.Valid() && !on.Before(p.ref) && (!d.hasWeekday || on.Weekday() == d.weekday) {
			return on, "", true
		}
	}
	return Date{}, "", false
}
