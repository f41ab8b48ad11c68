package agenda

// joint is how two days are joined.
type joint int

const (
	noJoint joint = iota
	through       // 12-16, du 12 au 16
	plus          // 8 et 9, 8 & 9, a comma
	or            // 5 ou 6
)

// joint reads what joins two days; after "entre" that may be "et".
func (p *parser) joint(i int, joined bool) (joint, int) {
	t := p.at(i)
	if !p.near(i) {
		return noJoint, i
	}
	switch {
	case t.is("-"):
		return through, i + 1
	case t.is("/") && p.glued(i) && p.glued(i+1):
		return plus, i + 1
	case p.run(i, reaches) > 0:
		k := i + p.run(i, reaches)
		if p.at(k).is("'") { // jusqu'au, all'8
			k = p.skip(reaches, k+1)
		}
		return through, k
	case t.has(joins) && joined:
		return through, i + 1
	case t.has(joins):
		return plus, i + 1
	case t.has(either):
		return or, i + 1
	case t.is(",") && p.at(i+1).lines == 0:
		return plus, i + 1
	}
	return noJoint, i
}

// expression reads the longest date or range at i: with the words that open it.
// Several days that do not follow each other give several spans.
func (p *parser) expression(i int) ([]span, int) {
	p.start = i
	joined, opened := false, false
	k := p.skip(between, i)
	if k > i {
		joined, opened = true, true
	} else if k = p.skip(opens, i); k > i {
		opened = true
	}
	spans, next := p.named(k, joined, opened)
	if next == k {
		spans, next = p.monthFirst(k, joined, opened)
	}
	if next == k {
		spans, next = p.figures(k, joined, opened)
	}
	if next > k {
		spans[0].from = i
		return spans, next
	}
	if opened {
		return p.expressionPlain(i)
	}
	return p.expressionPlain(k)
}

// expressionPlain reads the forms that leave the month out.
func (p *parser) expressionPlain(i int) ([]span, int) {
	if spans, next := p.nthWeekday(i); next > i {
		return spans, next
	}
	if spans, next := p.weekdayOnly(i); next > i {
		return spans, next
	}
	if spans, next := p.relative(i); next > i {
		return spans, next
	}
	return p.dayOnly(i)
}

// named reads days before the name of their month: 7 février, 8 & 9 février, du 30
// mai au 1er juin 2018.
func (p *parser) named(i int, joined, opened bool) ([]span, int) {
	items, joints, k := p.dayList(i, joined)
	if len(items) == 0 {
		return nil, i
	}
	k = p.skip(ofYear, k)
	if p.at(k).is("-") && p.glued(k) && p.glued(k+1) && p.isMonth(k+1) { // 7-mars-2018
		k++
	}
	m, next := p.month(k)
	if next == k || !p.near(k) || p.at(k).lines == 1 && p.at(k).capital && !p.at(k).capitals {
		return nil, i
	}
	if len(items) == 1 && p.at(items[0].from).kind == word && p.at(items[0].from).w.number > 0 && p.at(k).lines > 0 {
		return nil, i
	}
	k = next
	year, next := p.yearAt(p.dash(k))
	if next > p.dash(k) {
		k = next
	}
	for n := range items {
		items[n].month, items[n].year = m, year
	}
	if len(items) == 1 {
		if j, next := p.joint(k, joined); j == through || j == plus {
			if last, end := p.dayMonth(next); end > next && (j == through || !p.at(k).is(",")) {
				return p.pair(items[0], last, j, i, end)
			}
		}
	}
	return p.group(items, joints, i, k, opened), k
}

// dash passes over a dash glued on both sides: 7-mars-2018.
func (p *parser) dash(i int) int {
	if p.at(i).is("-") && p.glued(i) && p.glued(i+1) && p.at(i+1).digits == 4 {
		return i + 1
	}
	return i
}

// dayMonth reads one whole day with its month.
func (p *parser) dayMonth(i int) (partial, int) {
	d, k := p.dayItem(i)
	if k > i {
		k = p.skip(ofYear, k)
		if m, next := p.month(k); next > k && p.near(k) {
			d.month = m
			d.year, k = p.yearAt(next)
			d.to = k
			return d, k
		}
	}
	if p.lex.monthFirst {
		if items, _, _, next := p.monthDays(i, false); next > i && len(items) == 1 {
			return items[0], next
		}
	}
	return partial{}, i
}

// dayList reads days joined to each other: 8, 8 et 9, 12-16.
func (p *parser) dayList(i int, joined bool) (items []partial, joints []joint, next int) {
	first, k := p.dayItem(i)
	if k == i {
		return nil, nil, i
	}
	items = append(items, first)
	for len(items) < 10 {
		j, after := p.joint(k, joined)
		if j == noJoint {
			break
		}
		d, end := p.dayItem(after)
		if end == after {
			break
		}
		items, joints, k = append(items, d), append(joints, j), end
	}
	return items, joints, k
}

// monthFirst reads English dates: February 7th, 2018; July 13-15; May 30 – June 1.
func (p *parser) monthFirst(i int, joined, opened bool) ([]span, int) {
	if !p.lex.monthFirst {
		return nil, i
	}
	items, joints, _, k := p.monthDays(i, joined)
	if k == i {
		return nil, i
	}
	if len(items) == 1 {
		if j, next := p.joint(k, joined); j == through || j == plus && !p.at(k).is(",") {
			if last, end := p.dayMonth(next); end > next {
				return p.pair(items[0], last, j, i, end)
			}
		}
	}
	return p.group(items, joints, i, k, opened), k
}

func (p *parser) monthDays(i int, joined bool) (items []partial, joints []joint, year, next int) {
	w, k := p.weekday(p.skip(article, i))
	hasWeekday := k > p.skip(article, i)
	if !hasWeekday {
		k = i
	} else if p.at(k).is(",") {
		k++
	}
	m, after := p.month(k)
	if after == k || !p.at(k).capital && len(p.at(k).text) <= 3 {
		return nil, nil, 0, i
	}
	if t := p.at(k); t.has(monthVerb) && !t.capital && !hasWeekday && k == i && i > 0 && t.lines == 0 && p.at(i-1).kind == word &&
		!p.at(i-1).has(atHour) && !p.at(i-1).has(article) {
		return nil, nil, 0, i
	}
	if p.at(after).kind == number && p.at(after).lines > 0 {
		return nil, nil, 0, i
	}
	items, joints, k = p.dayList(after, joined)
	if len(items) == 0 {
		return nil, nil, 0, i
	}
	if len(items) > 1 && joints[len(joints)-1] == plus && p.at(items[len(items)-1].from-1).is(",") {
		items, joints = items[:1], nil // February 7, 18 people
		k = items[0].to
	}
	if p.at(k).kind == word && p.glued(k) || p.at(k).is(":") && p.glued(k) && p.at(k+1).kind == number {
		return nil, nil, 0, i
	}
	year, k = p.yearAt(k)
	for n := range items {
		items[n].month, items[n].year = m, year
	}
	items[0].from = i
	items[len(items)-1].to = k
	if hasWeekday {
		items[0].weekday, items[0].hasWeekday = w, true
	}
	return items, joints, year, k
}

// figures reads dates in figures and ranges of them.
func (p *parser) figures(i int, joined, opened bool) ([]span, int) {
	start := i
	w, k := p.weekday(p.skip(article, i))
	hasWeekday := k > p.skip(article, i)
	if p.at(k).is(",") {
		k++
	}
	sure := hasWeekday || opened
	if p.at(k).has(article) {
		k, sure = k+1, true
	}
	sure = sure || p.at(k-1).has(article) && k > i
	first, next := p.numeric(k)
	if next == k {
		first, next = p.shortNumeric(k)
	}
	if next == k {
		return nil, start
	}
	if hasWeekday {
		first.weekday, first.hasWeekday = w, true
	}
	if j, after := p.joint(next, joined); j == through {
		after = p.skip(article, after)
		last, end := p.numeric(after)
		if end == after {
			last, end = p.shortNumeric(after)
		}
		if end > after {
			return p.pair(first, last, through, start, end)
		}
	}
	s := span{first: first, last: first, from: start, to: next}
	if first.year == 0 && !sure {
		s.doubt = Figures
	}
	return []span{s}, next
}

// pair is a range between two whole days, or with "et" two days, which are one
// range if the second follows the first.
func (p *parser) pair(first, last partial, j joint, from, to int) ([]span, int) {
	if first.year == 0 {
		first.year = last.year
		if last.year != 0 && (last.month < first.month || last.month == first.month && last.day < first.day) {
			first.year--
		}
	}
	if j == plus {
		year := first.year
		if year == 0 {
			year = p.ref.Year
		}
		a, b := Date{year, first.month, first.day}, Date{year, last.month, last.day}
		if !a.Valid() || a.AddDays(1).Month != b.Month || a.AddDays(1).Day != b.Day {
			return []span{
				{first: first, last: first, from: from, to: first.to},
				{first: last, last: last, from: last.from, to: to},
			}, to
		}
	}
	return []span{{first: first, last: last, from: from, to: to}}, to
}

// group makes spans of days that share a month: ranges, runs of days that follow
// each other, single days.
func (p *parser) group(items []partial, joints []joint, from, to int, opened bool) []span {
	var spans []span
	current := span{first: items[0], last: items[0], from: from, to: to}
	for n := 1; n < len(items); n++ {
		switch d := items[n]; {
		case joints[n-1] == through && d.day > current.last.day:
			current.last = d
		case joints[n-1] == through:
			current.doubt = RunsBackwards
		case joints[n-1] == plus && d.day == current.last.day+1:
			current.last = d
		default:
			doubt := Doubt("")
			if joints[n-1] == or {
				current.doubt, doubt = OneOfSeveral, OneOfSeveral
			}
			current.to = current.last.to
			spans = append(spans, current)
			current = span{first: d, last: d, from: d.from, to: to, doubt: doubt}
		}
	}
	return append(spans, current)
}
