package agenda

import (
	"slices"
	"strings"
)

// subject is what a statement is about: the names of events, and the words that
// belong to them.
type subject struct {
	nouns, words []string
	pointed      bool // cette réunion: it was named before
}

// nounsIn are the names of events in the tokens [from,to), without the plural's s.
func (r *reader) nounsIn(from, to int) []string {
	var all []string
	for k := from; k < to; k++ {
		if r.toks[k].w == &unknown {
			continue
		}
		if n := r.run(k, eventNoun); n > 0 {
			all = append(all, strings.TrimSuffix(r.toks[k].text, "s"))
			k += n - 1
		}
	}
	return all
}

func (r *reader) subjectOf(from, to int) subject {
	s := subject{nouns: r.nounsIn(from, to)}
	for k := from; k < to; k++ {
		t := &r.toks[k]
		s.pointed = s.pointed || t.has(demonstrative) && k+1 < to && r.run(k+1, eventNoun) > 0
		if t.kind == word && t.w == &unknown && len(t.text) > 1 {
			s.words = append(s.words, t.text)
		}
	}
	return s
}

// cancelledSubject is what a statement without a date cancels: the words before its
// verb, or after its noun.
func (r *reader) cancelledSubject(s *statement) subject {
	m := s.marks[slices.IndexFunc(s.marks, offMark.takes)]
	from, to := s.from, m.from
	if m.noun {
		from, to = m.to, s.to
	}
	for k := from; k < to; k++ {
		if r.run(k, eventNoun) > 0 {
			from = max(k-1, from)
			break
		}
	}
	for k := from + 1; k < to; k++ {
		if t := &r.toks[k]; t.has(clauseWord) && t.spelled(clauseWord) || t.has(negationOpens) || t.kind == mark && t.is(",", ":", "(", ")") {
			to = k
		}
	}
	if r.at(m.from-1).is(":") && to-from == 1 && r.run(from, eventNoun) == 0 {
		return subject{} // Statut : annulé
	}
	return r.subjectOf(from, to)
}

// meets says whether two subjects may be the same, surely only if they share a word.
func (a subject) meets(b subject) (may, surely bool) {
	shares := func(x, y []string) bool {
		return slices.ContainsFunc(x, func(s string) bool { return slices.Contains(y, s) })
	}
	surely = shares(a.words, b.words)
	if len(a.nouns) > 0 && len(b.nouns) > 0 && !a.pointed && !shares(a.nouns, b.nouns) {
		return surely && len(a.words) == 1, surely
	}
	return len(a.words) == 0 || surely || a.pointed, surely
}

// around is what the dated statement i is about, with the lines above it in its
// paragraph where it is a labelled one or has no name of its own.
func (r *reader) around(all []statement, i int) subject {
	s := all[i]
	own := r.subjectOf(s.from, s.to)
	if _, labelled := r.labelAt(r.lineOf(r.toks[s.from].from)); !labelled && len(own.nouns) > 0 {
		return own
	}
	from := s.from
	for k := i - 1; k >= 0 && k >= i-4 && len(r.datesIn(all[k].from, all[k].to)) == 0; k-- {
		from = all[k].from
	}
	return r.subjectOf(from, s.to)
}

// staysAt says whether a phrase stands at token i that says of something that it
// holds all the same, or on another day.
func (r *reader) staysAt(i int) bool { return r.run(i, stays) > 0 || r.run(i, newDay) > 0 }

// renewBeside lets the days announce that sentences of their own give beside those
// that cancel or move something: nouvelle date : 16 avril; celle du 16 avril est
// maintenue.
func (r *reader) renewBeside(all []statement) {
	takes := func(i int) bool {
		return i >= 0 && i < len(all) && slices.ContainsFunc(all[i].marks, offMark.takes)
	}
	for i := range all {
		s := &all[i]
		from := -1 // from where on days are renewed
		for k := s.from; k < s.to && from < 0; k++ {
			switch n := r.run(k, newDay); {
			case r.toks[k].w == &unknown:
			case n > 0 && r.givesDay(k+n, s.to):
				from = k + n
			case n == 0 && len(s.marks) == 0 && (takes(i-1) || takes(i+1)) && r.run(k, stays) > 0:
				from = s.from
			}
		}
		if from < 0 {
			continue
		}
		for _, d := range r.datesIn(from, s.to) {
			if f := &r.found[d]; !f.never && !f.Deadline {
				r.renew(d)
			}
		}
	}
}

// givesDay says whether the phrase before token i leads to a day, and not to one on
// which a day is told: nouvelle date : 16 avril; but sera communiquée le 16 mars.
func (r *reader) givesDay(i, to int) bool {
	days := r.datesIn(i, to)
	if len(days) == 0 || r.at(i).has(deadlineWord) {
		return false
	}
	k := r.found[days[0]].a - 1
	for k >= i && (r.toks[k].has(article) || r.toks[k].has(weekday) || r.toks[k].has(determiner) || r.run(k, opens) > 0 || r.run(k, reaches) > 0 || r.toks[k].is("for", "para", "per", "pour")) {
		k--
	}
	return k < i || r.toks[k].kind == mark || r.toBe(k) || r.run(k, planned) > 0
}

// takeBeside takes away the day of what a statement without one cancels: that of
// the statement before it, or behind it, that is about the same.
func (r *reader) takeBeside(all []statement, i int) bool {
	s := &all[i]
	about := r.cancelledSubject(s)
	var dated []int
	for k := range all {
		for _, d := range r.datesIn(all[k].from, all[k].to) {
			if f := &r.found[d]; k != i && !f.renewed && !f.Deadline && !(f.never && !f.off) {
				dated = append(dated, k)
				break
			}
		}
	}
	if len(dated) == 0 {
		if r.o.Title != "" {
			r.titleGone = r.titleGone || !slices.ContainsFunc(r.found, func(f Found) bool { return f.renewed })
		}
		return false
	}
	line := r.lineOf(r.toks[s.from].from)
	if r.headsOff(s, line) {
		return r.takeBelow(all, i, dated)
	}
	// The nearest one before, then behind; those that share a word first.
	var order []int
	for k := len(dated) - 1; k >= 0; k-- {
		if dated[k] < i {
			order = append(order, dated[k])
		}
	}
	for _, k := range dated {
		if k > i {
			order = append(order, k)
		}
	}
	if r.titlesBelow(line) {
		slices.SortStableFunc(order, func(a, b int) int { return int(count(a < i)) - int(count(b < i)) })
	}
	best := -1
	for _, k := range order {
		target := r.around(all, k)
		if len(dated) == 1 && r.o.Title != "" {
			t := newParser(tokens(r.o.Title), r.lex, r.o.Ref)
			in := (&reader{parser: t}).subjectOf(0, len(t.toks))
			target.words = append(target.words, in.words...)
			target.nouns = append(target.nouns, in.nouns...)
		}
		may, surely := about.meets(target)
		if surely && may {
			best = k
			break
		}
		if may && best < 0 {
			best = k
		}
	}
	if best < 0 {
		return false
	}
	for _, d := range r.datesIn(all[best].from, all[best].to) {
		if !r.found[d].renewed {
			r.take1(s, d)
		}
	}
	return s.took
}

// headsOff says whether the statement is a heading over what is off: Annulés :
func (r *reader) headsOff(s *statement, line int) bool {
	l := &r.lines[line]
	if l.a != s.from || l.b != s.to || len(l.text) > maxHeading || s.marks[0].noun && s.marks[0].to < s.to-1 {
		return false
	}
	return strings.HasSuffix(l.text, ":") && len(r.subjectOf(s.from, s.to).words) == 0
}

// titlesBelow says whether a line titles the labelled lines or the entry below it.
func (r *reader) titlesBelow(line int) bool {
	l := &r.lines[line]
	if len(l.text) > maxTitleLine || strings.HasSuffix(l.text, ".") {
		return false
	}
	for k := line + 1; k < len(r.lines) && k <= line+2; k++ {
		if r.lines[k].text != "" {
			_, labelled := r.labelAt(k)
			return labelled || r.dateIn(k)
		}
	}
	return false
}

// takeBelow takes away the days of the lines below a heading, up to a blank line.
func (r *reader) takeBelow(all []statement, i int, dated []int) bool {
	last := -1
	for _, k := range dated {
		if k < i {
			continue
		}
		n := r.lineOf(r.toks[all[k].from].from)
		if last >= 0 && n > last+1 {
			break
		}
		last = r.lineOf(r.toks[all[k].to-1].from)
		for _, d := range r.datesIn(all[k].from, all[k].to) {
			r.take1(&all[i], d)
		}
	}
	return all[i].took
}

// settleTitle settles the text by its title: ANNULÉ : Forum du 9 avril. A title
// that names no day takes those of the text, if the text takes none itself, but for
// what is new in it.
func (r *reader) settleTitle(t *reader, all []statement, took bool) {
	marks := t.offMarks(0, len(t.toks))
	dates := t.datesIn(0, len(t.toks))
	for _, d := range dates {
		if f := &t.found[d]; f.off {
			r.offDays = append(r.offDays, offDay{f.Start, t.subjectOf(0, len(t.toks))})
		} else if f.renewed {
			return
		}
	}
	r.titleGone = len(dates) == 0
	if len(dates) > 0 || took || !slices.ContainsFunc(marks, func(m offMark) bool { return m.kind == isOff }) {
		return
	}
	about := subject{nouns: t.nounsIn(0, len(t.toks))}
	for i := range all {
		s := &all[i]
		own := subject{nouns: r.nounsIn(s.from, s.to)}
		if may, _ := about.meets(own); !may {
			continue
		}
		for _, d := range r.datesIn(s.from, s.to) {
			if f := &r.found[d]; !f.renewed && !r.newIn(s) {
				r.take1(s, d)
			}
		}
	}
}

// newIn says whether a statement tells of another time than the one that is off: le
// prochain forum, nouvelle date.
func (r *reader) newIn(s *statement) bool {
	for k := s.from; k < s.to; k++ {
		t := &r.toks[k]
		if t.w != &unknown && (r.staysAt(k) || t.has(nextOne) && !(k > s.from && (r.toks[k-1].has(weekday) || r.toks[k-1].kind == number || r.toks[k-1].has(month)))) {
			return true
		}
	}
	return false
}

// offDay is a day that is off, and of what.
type offDay struct {
	day   Date
	about subject
}

// takeSameDays takes a day that is off away wherever the text names it again for
// the same event.
func (r *reader) takeSameDays(all []statement) {
	for i := range all {
		for _, d := range r.datesIn(all[i].from, all[i].to) {
			if f := &r.found[d]; f.off && f.Doubt == "" && len(r.offDays) < maxEvents {
				r.offDays = append(r.offDays, offDay{f.Start, r.around(all, i)})
			}
		}
	}
	if len(r.offDays) == 0 {
		return
	}
	for i := range all {
		s := &all[i]
		for _, d := range r.datesIn(s.from, s.to) {
			f := &r.found[d]
			if f.off || f.renewed {
				continue
			}
			for _, o := range r.offDays {
				if o.day != f.Start {
					continue
				}
				own := r.around(all, i)
				own.pointed = own.pointed || len(o.about.nouns) == 0
				if may, _ := (subject{nouns: own.nouns, pointed: own.pointed}).meets(o.about); may {
					r.take1(s, d)
					break
				}
			}
		}
	}
}

// isOff says whether the text takes the day of a date in the title away.
func (r *reader) isOff(f Found) bool {
	return slices.ContainsFunc(r.offDays, func(o offDay) bool { return o.day == f.Start })
}

// nameOfOff is the event's name in a title that says that it is off, or moved, ""
// if the title says no such thing or names none: ANNULÉ : Atelier CV du 9 avril.
func (r *reader) nameOfOff() string {
	t := r.inTitle
	if t == nil {
		return ""
	}
	from := slices.IndexFunc(t.toks, func(k token) bool { return k.w.is(eventNoun) })
	if from < 0 {
		return ""
	}
	to := from + 1
	for to < len(t.toks) {
		k := &t.toks[to]
		if k.has(clauseWord) && k.spelled(clauseWord) || k.has(negationOpens) || k.kind == mark && !k.is("'", "&", "«", "»") ||
			t.covered(to) || len(t.offMarks(to, to+1)) > 0 {
			break
		}
		to++
	}
	for to > from+1 && t.toks[to-1].has(tail) {
		to--
	}
	return capitalised(trimTitle(t.text[t.toks[from].from:t.toks[to-1].to]))
}
