package agenda

import "strings"

// maxPlaceWords bounds the name of a place.
const maxPlaceWords = 9

// placeAt reads a place at token i, behind its preposition: capitalised words, with
// small words between them: Rouen, la Cité des métiers de Porto, Île-de-France. It
// returns the tokens of the name itself, without an article of French (la).
func (l *lexicon) placeAt(toks []token, i int) (from, to int) {
	from = i
	for from < len(toks) && l.phrases.places[toks[from].text] && !toks[from].capital && from < i+2 {
		from++
	}
	if from >= len(toks) || toks[from].kind != word || !toks[from].capital || l.notPlace(toks[from]) {
		return i, i
	}
	to = from + 1
	count := 1
	for k := to; k < len(toks) && count < maxPlaceWords; k++ {
		t := toks[k]
		if t.lines > 1 || t.lines == 1 && !joinsName(l, toks, k) {
			break
		}
		switch {
		case t.capitals && l.phrases.tails[t.text] && !l.phrases.links[t.text]:
			return from, to // small words among capitals
		case t.kind == word && t.capital && !l.notPlace(t):
			to = k + 1
			count++
		case t.is("-", "'") && !t.space && k+1 < len(toks) && !toks[k+1].space:
		case l.phrases.links[t.text] && t.text != "-":
		case t.kind == word && !t.capital && k > 0 && l.phrases.links[toks[k-1].text] && l.leadsToName(toks, k+1):
			// A common noun within the name: Cité des métiers de Porto.
		default:
			return from, to
		}
	}
	return from, to
}

// notPlace says whether a capitalised word is a month, a weekday or a person's
// title.
func (l *lexicon) notPlace(t token) bool {
	_, weekday := l.weekdays[t.text]
	return l.months[t.text] > 0 && len(t.text) > 3 || weekday && len(t.text) > 3 || l.phrases.strangers[t.text]
}

// joinsName says whether a name goes on over a line end before token k.
func joinsName(l *lexicon, toks []token, k int) bool {
	return k > 0 && (l.phrases.links[toks[k-1].text] || l.phrases.links[toks[k].text])
}

// leadsToName says whether a small word and a capitalised one, or the end of the
// phrase, follow.
func (l *lexicon) leadsToName(toks []token, i int) bool {
	if i >= len(toks) {
		return true
	}
	if l.phrases.links[toks[i].text] {
		k := i
		for k < len(toks) && l.phrases.links[toks[k].text] && k < i+3 {
			k++
		}
		return k < len(toks) && toks[k].capital
	}
	return toks[i].kind == mark && !toks[i].is("-", "'")
}

// placeBehind reads a preposition and a place at token i.
func (l *lexicon) placeBehind(toks []token, i int) (from, to int, ok bool) {
	if i >= len(toks) || !l.isTo(toks[i]) || toks[i].lines > 1 {
		return 0, 0, false
	}
	from, to = l.placeAt(toks, i+1)
	return from, to, to > from
}

// isTo says whether the token is a preposition before places. "A" without its
// accent is one only among capitals.
func (l *lexicon) isTo(t token) bool {
	return l.phrases.to[t.text] && (t.lower != "a" || t.capital)
}

// placeBefore reads a preposition and a place that end at token end.
func (l *lexicon) placeBefore(toks []token, end int) (start, from, to int, ok bool) {
	if end > 0 && toks[end-1].is(",") {
		end--
	}
	for k := end - 2; k >= 0 && k >= end-maxPlaceWords-2; k-- {
		if toks[k+1].lines > 1 || toks[k].is(".", ";", "!", "?") {
			break
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
	n := len(toks)
	for n > 0 && toks[n-1].is(".", ",", ";", ":") {
		n--
	}
	if start, from, to, ok := l.placeBefore(toks, n); ok && start > 0 {
		return strings.TrimRight(title[:toks[start].from], " ,-–—("), title[toks[from].from:toks[to-1].to]
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
			return strings.TrimRight(title[:toks[k].from], " ,-–—("), title[toks[from].from:toks[to-1].to]
		}
		break
	}
	return title, ""
}
