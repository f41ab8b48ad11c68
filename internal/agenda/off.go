package agenda

import "slices"

// offKind is how a word takes a day away.
type offKind uint8

const (
	isOff   offKind = iota + 1 // est annulé; n'aura pas lieu; annulation de
	isMoved                    // est reporté au; report du … au
	wasOn                      // initialement prévu le; au lieu du
	isKept                     // n'est pas annulé
)

// offMark is a word or phrase that takes a day away, at the tokens [from,to).
type offMark struct {
	from, to int
	kind     offKind
	noun     bool // annulation, report: what it is about stands behind it
	denied   bool // a negated verb
}

// clause is a part of a statement between marks of punctuation and joints.
type clause struct {
	from, to int
	mark     *offMark
	holds    bool // it announces, or says that something stays
	against  bool // it begins with a but
	apart    bool // it begins behind a semicolon
}

// maxReach is how far behind the opening of a phrase its parts are looked for, in
// tokens.
const maxReach = 4

// offMarks are those of the tokens [from,to), without the ones that are only
// thought of: sauf annulation, frais d'annulation.
func (r *reader) offMarks(from, to int) []offMark {
	var all []offMark
	for k := from; k < to; k++ {
		if r.toks[k].w == &unknown {
			continue
		}
		m, ok := r.offMarkAt(k, to)
		if !ok {
			continue
		}
		k = max(k, m.to-1)
		switch thought, denied := r.thoughtOf(m, from); {
		case denied:
			m.kind = isKept
			all = append(all, m)
		case !thought:
			all = append(all, m)
		}
	}
	return all
}

func (r *reader) offMarkAt(k, to int) (offMark, bool) {
	if n := r.run(k, formerly); n > 0 {
		return offMark{from: k, to: k + n, kind: wasOn}, true
	}
	if n := r.run(k, planned); n > 0 && (!r.toBe(k-1) || r.at(k-2).has(relative)) && r.heldElsewhere(k+n, to) {
		return offMark{from: k, to: k + n, kind: wasOn}, true
	}
	if r.exact(k, movedTo) {
		return offMark{from: k, to: k + r.run(k, movedTo), kind: isMoved}, true
	}
	if r.exact(k, cancelled) {
		return offMark{from: k, to: k + r.run(k, cancelled), kind: isOff}, true
	}
	for _, noun := range []struct {
		class class
		kind  offKind
	}{{cancelling, isOff}, {moving, isMoved}} {
		if n := r.run(k, noun.class); n > 0 && r.aboutEvent(k, k+n, to) {
			return offMark{from: k, to: k + n, kind: noun.kind, noun: true}, true
		}
	}
	if n := r.run(k, noneOf); n > 0 {
		if end := r.noEvent(k+n, to); end > 0 {
			return offMark{from: k, to: end, kind: isOff}, true
		}
	}
	if r.exact(k, negator) {
		return r.denied(k, to)
	}
	return offMark{}, false
}

// heldElsewhere says whether a day stands at i, and behind it that what was planned
// for it takes place on another: prévue le 9 avril, se tiendra le 16 avril.
func (r *reader) heldElsewhere(i, to int) bool {
	_, to = r.sentence(i-1, min(i, to))
	first := r.datesIn(i, min(to, i+maxReach))
	if len(first) == 0 || r.found[first[0]].listTo > r.found[first[0]].b {
		return false
	}
	former := &r.found[first[0]]
	named := r.namesIn(max(0, i-6), i-1)
	for k := former.b; k < min(to, former.b+2*maxReach); k++ {
		t := &r.toks[k]
		switch {
		case t.kind == mark && !t.is(",", "'", "-", ")"), t.has(joins), t.has(relative), r.run(k, contrast) > 0, r.exact(k, negator),
			named && r.run(k, eventNoun) > 0, len(r.datesIn(k, k+1)) > 0:
			return false
		case r.exact(k, held):
			return r.otherDay(former, k+r.run(k, held), to)
		}
	}
	return false
}

// otherDay says whether what is told from token k on is soon another single day, or
// other days, than the former one.
func (r *reader) otherDay(former *Found, k, to int) bool {
	for end := min(to, k+maxReach+1); k < end; k++ {
		t := &r.toks[k]
		if next := r.datesIn(k, k+1); len(next) > 0 {
			f := &r.found[next[0]]
			return !f.Deadline && !f.never && (f.Start.After(former.End) || f.End.Before(former.Start))
		}
		if t.kind == number {
			return t.digits <= 2 && !r.covered(k) && r.toks[k-1].has(article)
		}
		next := r.at(k + 1)
		switch {
		case t.kind == mark && !t.is("-", "'", ","), t.has(joins), r.exact(k, negator), r.run(k, eventNoun) > 0, t.has(deadlineAt):
			return false
		case t.is(",") && len(r.datesIn(k+1, k+2)) == 0 && !next.has(article) && !next.has(weekday):
			return false // celle du 16 avril à Dieppe
		}
	}
	return false
}

// aboutEvent says whether a noun such as annulation at the tokens [k,end) is about
// an event: it stands before its name, or is a heading, and not of a place that
// somebody booked.
func (r *reader) aboutEvent(k, end, to int) bool {
	next := r.at(end)
	switch {
	case end >= to || next.lines > 0 || next.kind == mark && !next.is("'", ","):
		return k == 0 || r.toks[k].lines > 0 || r.toks[k].capitals || next.is(":", "-") || r.at(k-1).is("-", ":", "(", "[")
	case r.run(end, eventNoun) > 0 && next.kind == word:
		return true
	case !next.has(determiner) && !next.has(nthOf) && !next.has(opens) && !next.is("of", "for"):
		return false
	}
	for i := end; i < min(to, end+6) && r.toks[i].lines == 0; i++ {
		t := &r.toks[i]
		if t.has(registerWord) || t.has(paper) || t.has(possessive) && i > end && r.run(i+1, eventNoun) == 0 {
			return false
		}
		if r.run(i, eventNoun) > 0 || r.run(i, weakNoun) > 0 || t.kind == number || t.is("«", "\"", "“") || t.capital {
			return true
		}
	}
	return false
}

// noEvent says whether the name of an event stands at i, and then its day soon or
// nothing more; it gives the token behind the name, 0 otherwise.
func (r *reader) noEvent(i, to int) int {
	for k := i; k < min(to, i+2); k++ {
		n := r.run(k, eventNoun)
		if n == 0 {
			continue
		}
		for j := k + n; j < min(to, k+n+4); j++ {
			if _, next := r.expression(j); next > j && r.toks[j].lines == 0 {
				return k + n
			}
		}
		from, end := r.sentence(i-1, i)
		if next := r.at(k + n); (k+n >= end || next.kind == mark && !next.is("'", "-")) && len(r.datesIn(from, i)) > 0 {
			return k + n // le 9 avril, pas de réunion
		}
		return 0
	}
	return 0
}

// denied reads a negated verb of what takes place, whose negation stands at k:
// n'aura pas lieu, will not take place, não se realiza.
func (r *reader) denied(k, to int) (offMark, bool) {
	n := r.run(k, negator)
	from := k
	if r.knows(negationOpens) {
		for from = k - 1; from >= max(0, k-6); from-- {
			if t := &r.toks[from]; t.has(negationOpens) || t.kind == mark && !t.is("'", "-") {
				break
			}
		}
		if from < 0 || !r.toks[from].has(negationOpens) {
			if from = k; !r.toks[k].is("pas") || r.run(k+1, held) == 0 {
				return offMark{}, false
			}
		}
		if r.at(from+1).is("y") || r.at(from+2).is("y") {
			return offMark{}, false // il n'y a pas lieu
		}
	}
	if r.at(k + n).has(merely) {
		return offMark{}, false
	}
	for i := from + 1; i < k; i++ {
		if r.exact(i, held) && r.run(i, eventNoun) == 0 {
			return offMark{from: from, to: k + n, kind: isOff, denied: true}, true
		}
	}
	for i := k + n; i < min(to, k+n+maxReach); i++ {
		t := &r.toks[i]
		if r.exact(i, held) {
			return offMark{from: from, to: i + r.run(i, held), kind: isOff, denied: true}, true
		}
		if t.kind == mark && !t.is("'", "-") || t.kind == number || t.has(relative) || t.has(merely) || r.run(i, eventNoun) > 0 ||
			t.has(joins) || t.has(determiner) && !t.has(reflexive) && !t.has(toPlace) {
			break
		}
	}
	return offMark{}, false
}

// knows says whether the language has words of the class.
func (p *parser) knows(c class) bool { return p.lex.filled.is(c) }

// thoughtOf reports a mark that cancels nothing: thought, where its clause has a
// condition or is about a booking; denied, where a negation precedes it.
func (r *reader) thoughtOf(m offMark, from int) (thought, denied bool) {
	for k := m.from - 1; k >= from && k >= m.from-12; k-- {
		t := &r.toks[k]
		if t.kind == mark && t.is(",", ";", ":", "(", ")", "?", "!", ".") || t.lines > 1 && k < m.from-1 {
			return false, false
		}
		if t.w == &unknown || m.kind == wasOn {
			continue
		}
		near := m.from-k <= 3
		switch {
		case near && !m.noun && r.exact(k, negator):
			return true, true
		case r.run(k, condition) > 0 && (near || !m.denied), near && r.run(k, notReally) > 0,
			!m.noun && (t.has(registerWord) || t.has(paper)) && m.from-k <= 5:
			return true, false
		}
	}
	return false, false
}

// CallsOff says whether the text says of anything that it is cancelled or put off.
func CallsOff(text string, o Options) bool {
	if !o.Ref.Valid() {
		return false
	}
	toks := tokens(text)
	r := newReader(text, toks, languageOf(toks, o.Lang), Options{Ref: o.Ref})
	return slices.ContainsFunc(r.offMarks(0, len(r.toks)), offMark.takes)
}

// takes says whether a mark takes a day away, and does not only tell of one.
func (m offMark) takes() bool { return m.kind == isOff || m.kind == isMoved }
