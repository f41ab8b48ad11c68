package agenda

import "strings"

// placeFor completes an event that has no place directly beside its date, nor under
// a label: it is looked for in the rest of the sentence, then in what follows up to
// the next date, where an hour may stand too; last it is the building that is the
// subject: le palais des sports accueille.
func (r *reader) placeFor(f Found, e *Event) {
	from, to := r.sentence(f.a, f.b)
	if e.Place == "" {
		e.Place = r.placeWithin(f.listTo, to, false)
	}
	if e.Place == "" {
		e.Place = r.placeWithin(from, f.listFrom, false)
	}
	if e.Place == "" {
		e.Place = r.placeBelow(r.lineOf(f.To))
	}
	if e.Place == "" || e.StartTime == "" {
		r.meetingAfter(to, e)
	}
	if e.Place == "" {
		e.Place = r.hosting(from, to)
	}
}

// placeBelow is the venue that stands alone below line n, with the address below it.
func (r *reader) placeBelow(n int) string {
	k := n + 1
	if k < len(r.lines) && r.lines[k].text == "" {
		k++
	}
	if k >= len(r.lines) || r.taken[k] || !r.isVenue(k) {
		return ""
	}
	place, _ := r.lex.wholePlace(dropLinks(r.lines[k].text))
	if k++; k < len(r.lines) && r.lines[k].a < r.lines[k].b && !r.taken[k] {
		l := &r.lines[k]
		if at := addressAt(r.toks[:l.b], l.a); at > 0 && r.lex.withAddress(r.toks[:l.b], l.a+at, true) == l.b {
			place += ", " + l.text
		}
	}
	return place
}

// placeWithin finds in the tokens [from,to) a place that is named by its kind or
// address and more than that one word, behind a preposition or, if it is alone, by
// itself. A town stands for it where there is but one.
func (r *reader) placeWithin(from, to int, alone bool) string {
	town, towns := "", 0
	for k := from; k < to; k++ {
		t := &r.toks[k]
		if t.w == &unknown && t.kind == word {
			continue
		}
		if n := addressAt(r.toks[:to], k); n > 0 && r.toks[k].digits < 4 {
			return r.written(k, r.lex.withAddress(r.toks[:to], k+n, true))
		}
		pf, pt, ok := r.lex.placeBehind(r.toks[:to], k)
		if !ok && alone && r.run(k, venue) > 0 {
			pf, pt = r.lex.placeAt(r.toks[:to], k)
			ok = pt > pf
		}
		if !ok || r.dated(r.toks[pf].from, r.toks[pt-1].to) {
			continue
		}
		kind := r.run(pf, venue)
		switch {
		case pt-pf > kind && (kind > 0 || r.toks[pf].kind == number || r.run(pt-1, venue) > 0), kind > 0 && r.toks[pf].capital:
			return r.written(pf, pt)
		case kind == 0 && r.toks[pf].capital && !r.toks[pf].capitals && !r.lex.someone(r.toks, pf) && r.endsThere(pt, to):
			if place := r.written(pf, pt); place != town {
				town = place
				towns++
			}
		}
		k = pt - 1
	}
	if towns == 1 {
		return town
	}
	return ""
}

// maxAround is how far behind its date the place of an event is looked for, in
// tokens.
const maxAround = 2 * maxSentence

// meetingAfter completes place and hour of an event by the sentences behind token
// from, up to the next date: an address, or what stands in one that tells where
// people meet.
func (r *reader) meetingAfter(from int, e *Event) {
	last := min(from+maxAround, len(r.toks))
	for from < last {
		a, b := r.sentence(from, from+1)
		if r.dated(r.toks[a].from, r.toks[b-1].to) {
			return
		}
		if past, _ := r.tense(a, b); !past && !r.taken[r.lineOf(r.toks[a].from)] && !r.contacts(a, b) {
			meet := r.meeting(a, b)
			if n := r.run(a, whereLabel); n > 0 && a+n+1 < b && r.toks[a+n].is(":") && e.Place == "" {
				e.Place = trimTitle(dropLinks(strings.TrimRight(r.written(a+n+1, b), ".")))
			}
			if meet && e.Place == "" {
				e.Place = r.placeWithin(a, b, true)
			}
			if k := r.firstAfter(r.toks[a].from); meet && e.StartTime == "" && k < len(r.found) && r.found[k].b <= b && r.found[k].Start.IsZero() {
				e.StartTime, e.EndTime = r.found[k].StartTime, r.found[k].EndTime
			}
			for k := a; k < b && e.Place == ""; k++ {
				if n := addressAt(r.toks[:b], k); n > 0 && r.toks[k].digits < 4 {
					e.Place = r.written(k, r.lex.withAddress(r.toks[:b], k+n, true))
				}
			}
		}
		from = max(b, from+1)
	}
}

// meeting says whether the tokens [a,b) tell where people meet.
func (r *reader) meeting(a, b int) bool {
	for k := a; k < b; k++ {
		if r.toks[k].w != &unknown && r.run(k, meets) > 0 {
			return true
		}
	}
	return false
}

// placeOfOnly gives the only event of a text, where it has no place, the one that a
// sentence without a date names.
func (r *reader) placeOfOnly(e *Event) {
	if e.Place == "" && len(r.toks) > 0 && !r.dated(0, len(r.text)) {
		r.meetingAfter(0, e)
	}
}

// contacts says whether the tokens [a,b) say how somebody is reached.
func (r *reader) contacts(a, b int) bool {
	for k := a; k < b; k++ {
		if t := &r.toks[k]; t.is("@", "+") || t.kind == number && t.digits > 5 {
			return true
		}
	}
	return false
}

// hosting is the building that is the subject of a verb of hosting in [from,to).
func (r *reader) hosting(from, to int) string {
	for k := from; k < to; k++ {
		if r.toks[k].w == &unknown || r.run(k, host) == 0 {
			continue
		}
		place := ""
		for at := k - 1; at >= from && at > k-2*maxPlaceWords; at-- {
			if r.run(at, venue) == 0 && !r.toks[at].capital {
				continue
			}
			pf, pt := r.lex.placeAt(r.toks[:k], at)
			if pt == k && pf == at && (r.run(at, venue) > 0 && pt-pf > r.run(at, venue) || pt-pf > 1 && r.run(pt-1, venue) > 0) {
				place = r.written(pf, pt)
			}
		}
		return place
	}
	return ""
}
