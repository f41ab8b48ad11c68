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
	from = i
	for from < len(toks) && toks[from].has(placeArticle) && !toks[from].capital && from < i+2 {
		from++
	}
	if from >= len(toks) || i > 0 && toks[from].lines > 1 {
		return i, i
	}
	if n := addressAt(toks, from); n > 0 {
		return from, l.withAddress(toks, from+n)
	}
	n, _ := match(toks[from:], venue)
	if n == 0 && (toks[from].kind != word || !toks[from].capital || l.notPlace(&toks[from])) {
		return i, i
	}
	to = from + max(n, 1)
	count := 1
	for k := to; k < len(toks) && count < maxPlaceWords; k++ {
		t := &toks[k]
		if t.lines > 1 || t.lines == 1 && !joinsName(toks, k) {
			break
		}
		switch {
		case t.capitals && t.has(tail) && !t.has(placeLink):
			return from, l.withAddress(toks, to) // small words among capitals
		case t.kind == word && t.capital && !l.notPlace(t), t.has(venue) && k > 0 && toks[k-1].capital && l.monthFirst:
			to = k + 1
			count++
		case t.kind == number && toks[k-1].has(venue) && t.digits < 4 && !nextIs(toks, k+1, hourMark):
			to = k + 1 // salle 12
		case t.is("-", "'") && !t.space && k+1 < len(toks) && !toks[k+1].space:
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
			return from, l.withAddress(toks, to)
		}
	}
	return from, l.withAddress(toks, to)
}

func nextIs(toks []token, i int, c class) bool { return i < len(toks) && toks[i].has(c) }

// addressAt is the length of a house number and a street, or of a postcode and a
// town, at token i; 0 for neither.
func addressAt(toks []token, i int) int {
	if i+1 >= len(toks) || toks[i].kind != number || toks[i+1].lines > 0 {
		return 0
	}
	k := i + 1
	if toks[i].digits >= 4 && toks[i].digits <= 5 && toks[k].kind == word && toks[k].capital && !toks[k].has(month) {
		return 1 + nameLength(toks, k)
	}
	if toks[k].is(",") {
		k++
	}
	streets := 0
	for streets < 2 && k < len(toks) && toks[k].has(street) && toks[k].lines == 0 {
		k++
		streets++
	}
	if toks[i].digits > 4 || streets == 0 && toks[i].digits > 3 {
		return 0
	}
	if streets == 0 {
		// 12 Station Road
		n := nameLength(toks, k)
		if n < 2 || !toks[k+n-1].has(street) {
			return 0
		}
		return k + n - i
	}
	n := nameLength(toks, k)
	if n == 0 {
		return 0
	}
	return k + n - i
}

// nameLength is the number of tokens of a name of capitalised words at i.
func nameLength(toks []token, i int) int {
	k, last := i, i
	for k < len(toks) && k < i+maxPlaceWords && (toks[k].lines == 0 || k == i) {
		t := &toks[k]
		switch {
		case t.kind == word && t.capital && !t.has(month):
			last = k + 1
		case t.has(placeLink), t.is("-", "'") && !t.space:
		case t.kind == word && k > i && toks[k-1].has(placeLink) && (k+1 >= len(toks) || toks[k+1].kind == mark || toks[k+1].lines > 0):
			last = k + 1
		default:
			return last - i
		}
		k++
	}
	return last - i
}

// withAddress takes the address behind a place to it: , 12 rue Haute, 76000 Rouen.
func (l *lexicon) withAddress(toks []token, to int) int {
	for range 3 {
		if to+1 >= len(toks) || !toks[to].is(",", "-") || toks[to+1].lines > 0 || toks[to].lines > 0 {
			return to
		}
		n := addressAt(toks, to+1)
		if n == 0 && toks[to].is(",") && !l.notPlace(&toks[to+1]) && !toks[to+1].has(otherLabel) && !toks[to+1].has(registerWord) {
			// Town Hall, Leeds.
			if n = nameLength(toks, to+1); n > 5 || !phraseEnds(toks, to+1+n) {
				n = 0
			}
		}
		if k := to + 2; n == 0 && toks[to].is(",") && isTo(&toks[to+1]) {
			// Maison de la Région, à Rouen.
			if n = nameLength(toks, k); n == 0 || n > 5 || !phraseEnds(toks, k+n) || l.notPlace(&toks[k]) {
				n = 0
			} else {
				n++
			}
		}
		if n == 0 {
			return to
		}
		to += 1 + n
	}
	return to
}

// phraseEnds says whether a stop, a bracket or the end stands at token i.
func phraseEnds(toks []token, i int) bool {
	return i >= len(toks) || toks[i].lines > 0 || toks[i].kind == mark && toks[i].is(".", ")", "<", "|", "(", ";", "!")
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
	if i >= len(toks) || !isTo(&toks[i]) || toks[i].lines > 1 {
		return 0, 0, false
	}
	k := i + 1
	if k < len(toks) && toks[k].is("'") && !toks[k].space { // all'Università
		k++
	}
	from, to = l.placeAt(toks, k)
	return from, to, to > from
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
		if !toks[k].has(toPlace) {
			continue
		}
		if from, to, ok := l.placeBehind(toks[:end], k); ok && to == end {
			return k, from, to, true
		}
	}
	return 0, 0, 0, false
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
	if start, from, to, ok := l.placeBefore(toks, n); ok && start > 0 {
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
			return strings.TrimRight(title[:toks[k].from], " ,-–—("), written(from, to)
		}
		break
	}
	return title, ""
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
