package agenda

import "strings"

// maxPlaceWords bounds the name of a place.
const maxPlaceWords = 9

// placeAt reads a place at token i, behind its preposition: capitalised words, with
// small words between them: Rouen, la Cité des métiers de Porto, Île-de-France; or
// a venue, which may be written small: la médiathèque, salle Pasteur; and an
// address behind it. It returns the tokens of the name itself, without an article
// (la).
func (l *lexicon) placeAt(toks []token, i int) (from, to int) {
	from, to, kind := l.nameAt(toks, i)
	if to == from {
		return i, i
	}
	return from, l.withAddress(toks, to, kind)
}

// nameAt reads a place without the address behind it, and says whether it is named
// by its kind.
func (l *lexicon) nameAt(toks []token, i int) (from, to int, kind bool) {
	from = i
	for from < len(toks) && toks[from].has(placeArticle) && !toks[from].capital && from < i+2 {
		from++
	}
	if from >= len(toks) || i > 0 && toks[from].lines > 1 {
		return i, i, false
	}
	if n := addressAt(toks, from); n > 0 {
		return from, from + n, true
	}
	if n := streetAt(toks, from); n > 0 && !nextIs(toks, from+n, venue) {
		return from, from + n, true
	}
	n, _ := match(toks[from:], venue)
	defer func() {
		if l.saysNothing(toks, i, from, to) {
			from, to = i, i
		}
	}()
	if n == 0 && (toks[from].kind != word || !toks[from].capital || l.notPlace(&toks[from])) {
		return i, i, false
	}
	to = from + max(n, 1)
	if n > 0 {
		to = quotedAt(toks, to) // salle « Agora »
	}
	kind = n > 0
	count := 1
	for k := to; k < len(toks) && count < maxPlaceWords; k++ {
		t := &toks[k]
		if t.lines > 1 || t.lines == 1 && !joinsName(toks, k) {
			break
		}
		switch {
		case t.capitals && t.has(tail) && !t.has(placeLink):
			return from, to, kind // small words among capitals
		case t.kind == word && t.capital && !l.notPlace(t), t.has(venue) && k > 0 && toks[k-1].capital && l.monthFirst:
			to = k + 1
			kind = kind || t.has(venue)
			count++
		case t.kind == number && toks[k-1].has(venue) && t.digits < 4 && !nextIs(toks, k+1, hourMark):
			to = k + 1 // salle 12
		case t.is("-", "'") && !t.space && k+1 < len(toks) && !toks[k+1].space:
		case t.is("&") && k+1 < len(toks) && toks[k+1].capital:
		case toks[k-1].has(placeLink) && streetAt(toks, k) > 0:
			return from, k + streetAt(toks, k), true // sede di via Garibaldi 12
		case t.has(placeLink) && t.text != "-":
		case n > 0 && t.kind == word && !t.capital && t.w == &unknown && k == from+n && l.leadsToName(toks, k+1):
			// The kind of a venue: biblioteca comunale, salle polyvalente.
			if k+1 >= len(toks) || toks[k+1].kind == mark {
				to = k + 1
			}
		case t.kind == word && !t.capital && toks[k-1].has(placeLink) && t.w.month() == 0 && l.leadsToName(toks, k+1):
			// A common noun within the name: Cité des métiers de Porto.
			if n > 0 && (k+1 >= len(toks) || toks[k+1].kind == mark && !toks[k+1].is("-", "'") || toks[k+1].lines > 0) {
				to = k + 1 // salle des fêtes
			}
		default:
			return from, to, kind
		}
	}
	return from, to, kind
}

// saysNothing says whether a place is only a word that may be one: en place; or in
// English a venue without its article: a job in school.
func (l *lexicon) saysNothing(toks []token, i, from, to int) bool {
	if to != from+1 || toks[from].capital {
		return false
	}
	return toks[from].has(street) || l.monthFirst && from == i && i > 0 && toks[from].lines == 0 && isTo(&toks[i-1])
}

// quotedAt is the token behind a short name in quotation marks at token i, or i.
func quotedAt(toks []token, i int) int {
	if i >= len(toks) || toks[i].kind != mark || !toks[i].is("«", "“", "\"") || toks[i].lines > 0 {
		return i
	}
	for k := i + 1; k < len(toks) && k <= i+maxPlaceWords && toks[k].lines < 2; k++ {
		if toks[k].kind == mark && toks[k].is("»", "”", "\"") {
			return k + 1
		}
	}
	return i
}

func nextIs(toks []token, i int, c class) bool { return i < len(toks) && toks[i].has(c) }

// someone says whether the name at token i is that of people, by the word behind
// it: à Madame Roy, aux Lycéens.
func (l *lexicon) someone(toks []token, i int) bool {
	return toks[i].has(stranger) || toks[i].has(eventNoun) || toks[i].has(internal)
}

// phraseEnds says whether a stop, a bracket, the end, or one of more marks stands at
// token i.
func phraseEnds(toks []token, i int, more ...string) bool {
	return i >= len(toks) || toks[i].kind == mark && toks[i].is(more...) || toks[i].lines > 0 || toks[i].kind == mark && toks[i].is(".", ")", "<", "|", "(", ";", "!")
}

// notPlace says whether a capitalised word is a month, a weekday or a person's
// title.
func (l *lexicon) notPlace(t *token) bool {
	return (t.has(month) || t.has(weekday)) && len(t.text) > 3 || t.has(stranger)
}

// joinsName says whether a name goes on over a line end before token k.
func joinsName(toks []token, k int) bool {
	return k > 0 && (toks[k-1].has(placeLink) || toks[k].has(placeLink))
}

// leadsToName says whether a small word and a capitalised one, or the end of the
// phrase, follow.
func (l *lexicon) leadsToName(toks []token, i int) bool {
	if i >= len(toks) {
		return true
	}
	if toks[i].has(placeLink) {
		k := i
		for k < len(toks) && toks[k].has(placeLink) && k < i+3 {
			k++
		}
		return k < len(toks) && toks[k].capital
	}
	return toks[i].kind == mark && !toks[i].is("-", "'")
}

// placeBehind reads a preposition and a place at token i.
func (l *lexicon) placeBehind(toks []token, i int) (from, to int, ok bool) {
	if i >= len(toks) || toks[i].lines > 1 || !isTo(&toks[i]) && !toks[i].has(toVenue) {
		return 0, 0, false
	}
	k := i + 1
	if !isTo(&toks[i]) && !l.kindAt(toks, k) {
		return 0, 0, false
	}
	if k < len(toks) && toks[k].is("'") && !toks[k].space { // all'Università
		k++
	}
	from, to = l.placeAt(toks, k)
	return from, to, to > from
}

// kindAt says whether a kind of place or an address stands at token i, behind its
// article.
func (l *lexicon) kindAt(toks []token, i int) bool {
	for n := 0; n < 2 && i < len(toks) && toks[i].has(placeArticle) && !toks[i].capital; n++ {
		i++
	}
	if i >= len(toks) {
		return false
	}
	n, _ := match(toks[i:], venue)
	return n > 0 || addressAt(toks, i) > 0
}

// isTo says whether the token is a preposition before places. "A" without its
// accent is one only among capitals.
func isTo(t *token) bool { return t.has(toPlace) && t.spelled(toPlace) }

// placeBefore reads a preposition and a place that end at token end.
func (l *lexicon) placeBefore(toks []token, end int) (start, from, to int, ok bool) {
	if end > 0 && toks[end-1].is(",") {
		end--
	}
	for k := end - 2; k >= 0 && k >= end-2*maxPlaceWords; k-- {
		if toks[k+1].lines > 1 || toks[k].kind == mark && toks[k].is(".", ";", "!", "?") {
			break
		}
		if !toks[k].has(toPlace) && !toks[k].has(toVenue) {
			continue
		}
		a, b, is := l.placeBehind(toks[:end], k)
		if !is || b != end || ok && !l.kindAt(toks[:end], a) {
			continue
		}
		start, from, to, ok = k, a, b, true // au 12 rue Colbert à Lille, not à Lille
	}
	return start, from, to, ok
}

// placeAtEnd splits a title from the place at its end: ", Porto", "à Paris", ", à
// Bruxelles". Without one the place is "".
func (l *lexicon) placeAtEnd(title string) (rest, place string) {
	toks := tokens(title)
	l.know(toks)
	n := len(toks)
	for n > 0 && toks[n-1].kind == mark && toks[n-1].is(".", ",", ";", ":") {
		n--
	}
	written := func(from, to int) string { return title[toks[from].from:toks[to-1].to] }
	for k := 1; k < n; k++ {
		// With an address, commas stand within the place.
		if !toks[k-1].is(",", "-") && !isTo(&toks[k-1]) {
			continue
		}
		from, to := l.placeAt(toks[:n], k)
		if to == n && hasNumber(toks[from:to]) {
			return strings.TrimRight(title[:toks[k-1].from], " ,-–—("), written(from, to)
		}
	}
	if at, ok := l.scopeAtEnd(toks, n); ok {
		return strings.TrimRight(title[:toks[at].from], " ,-–—("), written(at+1, n)
	}
	if start, from, to, ok := l.placeBefore(toks, n); ok && start > 0 {
		if at, ok := l.apart(toks[:n], start); ok {
			start, from = at, at+1
		}
		return strings.TrimRight(title[:toks[start].from], " ,-–—("), written(from, to)
	}
	for k := 1; k < n; k++ {
		// Atelier CV Salle 3
		if !toks[k].has(venue) || !toks[k].capital || toks[n-1].kind != number {
			continue
		}
		if from, to := l.placeAt(toks[:n], k); from == k && to == n {
			return strings.TrimRight(title[:toks[k].from], " ,-–—("), written(from, to)
		}
	}
	for k := n - 2; k > 0; k-- {
		if toks[k].kind != mark || !(toks[k].is(",", "-", "|", "(", "@") && toks[k+1].space || toks[k].is("(")) {
			continue
		}
		end := n
		if toks[k].is("(") && toks[n-1].is(")") {
			end--
		}
		if toks[k].is("-") && !toks[k].space {
			continue
		}
		from, to := l.placeAt(toks[:end], k+1)
		if to > from && to == end && to-from <= maxPlaceWords {
			if at, ok := l.apart(toks[:end], k); ok {
				k, from = at, at+1
			}
			return strings.TrimRight(title[:toks[k].from], " ,-–—("), written(from, to)
		}
		break
	}
	return title, ""
}

// apart finds a kind of place between commas that goes on to the end of toks, before
// the place that stands at token k: , aula du Bourg, Genève.
func (l *lexicon) apart(toks []token, k int) (at int, ok bool) {
	for at := k - 1; at > 0 && at > k-maxPlaceWords; at-- {
		if toks[at].kind != mark || !toks[at].is(",", "-", "(", "|") || !toks[at+1].space {
			continue
		}
		if from, to := l.placeAt(toks, at+1); to == len(toks) && from == at+1 && l.kindAt(toks, from) {
			return at, true
		}
	}
	return 0, false
}

// scopeAtEnd finds a comma behind which the title says that the event is
// everywhere: , tout le canton.
func (l *lexicon) scopeAtEnd(toks []token, n int) (comma int, ok bool) {
	for k := n - 2; k > 0 && k > n-7; k-- {
		if toks[k].is(",", "-", "|") && toks[k].kind == mark {
			m, _ := match(toks[k+1:], scope)
			return k, m > 0 && k+1+m == n
		}
	}
	return 0, false
}

func hasNumber(toks []token) bool {
	for i := range toks {
		if toks[i].kind == number {
			return true
		}
	}
	return false
}

// wholePlace says whether a text is the name of a place and nothing else.
func (l *lexicon) wholePlace(text string) (place string, ok bool) {
	text = strings.TrimRight(text, " .,;")
	toks := tokens(text)
	l.know(toks)
	if len(toks) == 0 || len(toks) > 3*maxPlaceWords {
		return "", false
	}
	if from, to, ok := l.placeBehind(toks, 0); ok && to == len(toks) {
		return text[toks[from].from:], true
	}
	first := 0
	for k := 0; ; {
		from, to := l.placeAt(toks, k)
		if to == from {
			return "", false
		}
		if k == 0 {
			first = from
		}
		if to == len(toks) {
			return text[toks[first].from:], true
		}
		if !toks[to].is(",", "-", "(") {
			return "", false
		}
		if k = to + 1; toks[to].is("(") && toks[len(toks)-1].is(")") {
			toks = toks[:len(toks)-1]
		}
	}
}
