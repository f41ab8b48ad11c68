package agenda

import "strings"

// naming is what a sentence calls an event.
type naming struct {
	title  string // "" where the sentence has no name for it that can be printed
	noun   string // the word for its kind, folded: soirée
	after  int    // the token behind it
	proper bool   // it is a name: the Career Day, « La nuit des métiers »
	points bool   // it points back to what has a name: cette journée
}

// describe finds what the sentence of a date calls the event, and its place. The
// name is the noun for an event with what belongs to it: the object between verb
// and date, else the subject before the verb, else what follows the date.
func (r *reader) describe(f Found) (p naming, place string) {
	a, b := f.listFrom, f.listTo
	from, to := r.sentence(a, b)
	end := a // of the text before the date
	behind := b
	for behind < to && r.toks[behind].is(",", ")", "(", "-") {
		behind++
	}
	next := behind // of the text after the date and its place
	if pf, pt, ok := r.lex.placeBehind(r.toks[:to], behind); ok {
		place, next = r.written(pf, pt), pt
	} else if pf, pt := r.lex.placeAt(r.toks[:to], behind); behind > b && pt > pf && r.endsThere(pt, to) {
		place, next = r.written(pf, pt), pt // , salle Pasteur
	}
	if start, pf, pt, ok := r.lex.placeBefore(r.toks[:a], a); ok && start >= from {
		switch near := r.written(pf, pt); {
		case place == "":
			place = near
		case r.lex.kindAt(r.toks, pf) == r.lex.kindAt(r.toks[:to], behind) || r.lex.kindAt(r.toks, pf):
		case !strings.Contains(place, near) && pt-pf <= 6:
			place += ", " + near // à Brive le 10 septembre 2018, place du Marché
		}
		end = start
	}
	verb := r.verb(from, end)
	if verb < 0 {
		p = r.nounPhrase(from, end, r.verb(from, to) < 0)
	} else if p = r.nounPhrase(verb+1, end, false); p.title == "" {
		p = firstNamed(r.nounPhrase(from, verb, true), p)
	}
	if p.title != "" {
		p.title, place = r.placeOf(p.title, place)
		return p, place
	}
	stop := to
	if v := r.verb(next, to); v >= 0 {
		stop = v
	}
	p = firstNamed(r.nounPhrase(next, stop, true), p)
	if p.title == "" && stop < to {
		p = firstNamed(r.nounPhrase(stop+1, to, true), p)
	}
	if p.title != "" && place == "" && p.after < to && r.toks[p.after].is(",") {
		if pf, pt := r.lex.placeAt(r.toks[:to], p.after+1); pt > pf && r.endsThere(pt, to) {
			place = r.written(pf, pt) // , Cité des sciences, Paris
		}
	}
	if place == "" {
		for k := stop; k < to; k++ {
			if pf, pt, ok := r.lex.placeBehind(r.toks[:to], k); ok {
				place = r.written(pf, pt)
				break
			}
			if r.toks[k].is(",") {
				break
			}
		}
	}
	p.title, place = r.placeOf(p.title, place)
	return p, place
}

// firstNamed is the first phrase that can be printed, else the first that knows its
// noun.
func firstNamed(a, b naming) naming {
	if a.title != "" || b.noun == "" {
		return a
	}
	return b
}

func (r *reader) written(from, to int) string {
	return oneLine(r.text[r.toks[from].from:r.toks[to-1].to])
}

// placeOf splits a title from the place at its end, where no other is known.
func (r *reader) placeOf(title, place string) (string, string) {
	if title == "" {
		return title, place
	}
	if rest, at := r.lex.placeAtEnd(title); at != "" && (place == "" || place == at) && len(strings.Fields(rest)) > 1 {
		return trimTitle(rest), at
	}
	return title, place
}

// endsThere says whether a comma, a stop or the end of the sentence is at token k.
func (r *reader) endsThere(k, to int) bool {
	return k >= to || r.toks[k].kind == mark && r.toks[k].is(",", ".", ";", ")", "-", "(", "!", "<", "|") || r.toks[k].lines > 0
}

// nounPhrase reads the phrase around a noun that names an event: the first one of
// the range where it is a subject, else the last. It ends before a verb, a relative
// or a participle. Its title is "" where it has one word, names a day of its own,
// or holds a possessive, which means nothing outside its sentence.
func (r *reader) nounPhrase(from, to int, first bool) naming {
	isNoun := func(k int) int {
		if r.toks[k].has(venue) && r.behindTo(k) {
			return 0 // at the joinery school
		}
		return max(r.run(k, eventNoun), r.run(k, weakNoun))
	}
	noun, length := -1, 0
	for k := from; k < to; k++ {
		if r.toks[k].w == &unknown {
			continue
		}
		if n := isNoun(k); n > 0 && k+n <= to {
			noun, length = k, n
			if first {
				break
			}
		}
	}
	if noun < 0 {
		return naming{after: to}
	}
	if !first {
		// The head of the phrase is the first of a chain of such nouns: session de
		// formation.
		for k := noun - 1; k >= from && noun-k <= 3; k-- {
			if n := isNoun(k); n > 0 && !r.toks[k+1].is(",") {
				length = noun + length - k
				noun = k
			}
		}
	}
	start := noun
	if r.lex.monthFirst { // adjectives stand before the noun
		for start > from && noun-start < 6 && r.describes(start-1) && r.toks[start].lines == 0 {
			start--
		}
	}
	if start-2 >= from && r.toks[start-1].is("-") && !r.toks[start].space && !r.toks[start-1].space {
		start -= 2 // two-day course
	}
	end := noun + length
	depth := 0
	for end < to {
		t := &r.toks[end]
		if t.is("(", "«", "“") {
			depth++
		}
		if t.is(")", "»", "”") {
			depth--
		}
		if depth <= 0 && (t.is(",", ":", ";", ".", "|", "<") || r.endsPhrase(end)) || t.lines > 1 || end-start > 30 ||
			depth <= 0 && r.cues[end+1].pasts > r.cues[end].pasts {
			break
		}
		end++
	}
	after := end
	for end > noun+length && (r.toks[end-1].has(tail) || r.toks[end-1].has(reflexive) || r.toks[end-1].is("(", "!", "•", "–", "*")) {
		end--
	}
	p := naming{noun: r.toks[noun].text, after: after, points: noun > from && r.toks[noun-1].has(demonstrative)}
	p.title = capitalised(trimTitle(oneLine(r.text[r.toks[start].from:r.toks[end-1].to])))
	if !strings.ContainsAny(p.title, " \u00a0") || start > from && r.belongs(start-1) || r.dated(r.toks[start].from, r.toks[end-1].to) {
		p.title = ""
		return p
	}
	sentence, _ := r.sentence(noun, noun+1)
	p.proper = r.toks[start].capital && !r.toks[start].capitals && start > sentence && !r.opensQuote(start, sentence)
	quote := 0
	for k := start; k < end; k++ {
		switch t := &r.toks[k]; {
		case t.is("«", "“"):
			quote++
		case t.is("»", "”"):
			p.proper = p.proper || quote > 0
			quote--
		case quote == 0 && t.has(possessive):
			p.title = ""
		}
	}
	if start > from && r.toks[start-1].is("«", "“") && end < len(r.toks) && r.toks[end].is("»", "”") {
		p.proper = true
	}
	return p
}

// behindTo says whether a preposition of place leads to the noun at token k.
func (r *reader) behindTo(k int) bool {
	for at := k - 1; at >= 0 && at >= k-3 && r.toks[at].kind == word; at-- {
		if isTo(&r.toks[at]) {
			return true
		}
	}
	return false
}

// belongs says whether the word at token k makes what follows somebody else's: leur
// atelier, but not notre atelier, which is the writer's own.
func (r *reader) belongs(k int) bool {
	return r.toks[k].has(possessive) && !r.toks[k].has(placeArticle)
}

// opensQuote says whether the word at token k opens the sentence but for marks and
// an article.
func (r *reader) opensQuote(k, sentence int) bool {
	for k--; k >= sentence; k-- {
		if r.toks[k].kind != mark {
			return false
		}
	}
	return true
}

// endsPhrase says whether a verb, a relative, a participle of offering, or what says
// that it is everywhere stands at token k.
func (r *reader) endsPhrase(k int) bool {
	t := &r.toks[k]
	if t.kind != word {
		return false
	}
	if t.w != &unknown && (t.has(clauseWord) && t.spelled(clauseWord) || r.run(k, aside) > 0 || r.run(k, scope) > 0) {
		return true
	}
	return r.cues[k+1].wills > r.cues[k].wills
}

// titleByItem gives the events of running text the item's title where that names
// the event: they all are the same, have no name of their own, and the title begins
// with the word for an event, or has theirs.
func (r *reader) titleByItem(all []Event, phrases []naming) {
	title := trimTitle(r.o.Title)
	if title == "" || len(all) == 0 {
		return
	}
	for i, p := range phrases {
		if p.points {
			all[i].Title = title
		}
		if p.proper || p.title != phrases[0].title {
			return
		}
	}
	toks := tokens(title)
	r.lex.know(toks)
	names := false
	for k := range toks {
		if n, _ := match(toks[k:], pastWord); n > 0 {
			return
		}
		if n, _ := match(toks[k:], eventNoun); n > 0 && k < 4 || phrases[0].noun != "" && sameNoun(toks[k].text, phrases[0].noun) {
			names = true
		}
	}
	if !names {
		return
	}
	for i := range all {
		all[i].Title = title
	}
}

// sameNoun says whether two folded words differ in their number at most.
func sameNoun(a, b string) bool {
	return a == b || len(a) > 3 && len(b) > 3 && (a == b+"s" || b == a+"s" || a == b+"es" || b == a+"es" || a[:len(a)-1] == b[:len(b)-1] && strings.ContainsAny(a[len(a)-1:], "aeio") && strings.ContainsAny(b[len(b)-1:], "aeio"))
}

// describes says whether token k may be an adjective before an English noun.
func (r *reader) describes(k int) bool {
	t := &r.toks[k]
	return t.kind == word && !t.has(determiner) && !t.has(tail) && !t.has(reflexive) && r.cues[k+1].futures == r.cues[k].futures &&
		!t.has(toPlace) && !t.has(greeting)
}
