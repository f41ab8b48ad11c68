package agenda

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

// streetAt is the length of a street's name at token i, and of the number behind it,
// which some languages put there: place du Marché, via Garibaldi 12; 0 for none. In
// English the name stands before the word for its kind: Market Square.
func streetAt(toks []token, i int) int {
	k := i
	for k < len(toks) && k < i+2 && toks[k].has(street) && (k == i || toks[k].lines == 0) {
		k++
	}
	if k == len(toks) {
		return 0
	}
	if k == i {
		if n := nameLength(toks, i); n > 1 && toks[i+n-1].has(street) && toks[i+n-1].capital {
			return n
		}
		return 0
	}
	for k < len(toks) && k < i+6 && toks[k].has(placeLink) && toks[k].lines == 0 {
		k++
	}
	n := nameLength(toks, k)
	if n == 0 {
		return 0
	}
	k += n
	at := k
	if at < len(toks) && toks[at].is(",") {
		at++
	}
	if at < len(toks) && toks[at].kind == number && toks[at].digits < 4 && toks[at].lines == 0 && phraseEnds(toks, at+1, ",") {
		k = at + 1
	}
	return k - i
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

// withAddress takes the address behind a place to it: , 12 rue Haute, 76000 Rouen;
// and behind a kind of place or an address the town too: salle Pasteur à Lille.
func (l *lexicon) withAddress(toks []token, to int, kind bool) int {
	for range 3 {
		if to+1 >= len(toks) || toks[to].lines > 0 {
			return to
		}
		if kind && isTo(&toks[to]) && toks[to+1].lines == 0 && !l.notPlace(&toks[to+1]) {
			if n := nameLength(toks, to+1); n > 0 && n <= 6 && !l.someone(toks, to+1) {
				to += 1 + n
				continue
			}
		}
		if !toks[to].is(",", "-", "(") || toks[to+1].lines > 0 {
			return to
		}
		n := addressAt(toks, to+1)
		if toks[to].is("(") {
			if n == 0 {
				n = nameLength(toks, to+1)
			}
			if end := to + 1 + n; n > 0 && n < 8 && end < len(toks) && toks[end].is(")") && !l.notPlace(&toks[to+1]) && !toks[to+1].has(eventNoun) && !toks[to+1].capitals {
				return end + 1 // Cité des métiers (Namur)
			}
			return to
		}
		if n == 0 && toks[to].is(",") {
			n = streetAt(toks, to+1)
		}
		if m, _ := match(toks[to+1:], venue); n == 0 && toks[to].is(",") && m > 0 {
			// amphithéâtre Curie, faculté des sciences
			if from, end, _ := l.nameAt(toks, to+1); end > from+m {
				n = end - to - 1
			}
		}
		if n == 0 && toks[to].is(",") && !l.notPlace(&toks[to+1]) && !toks[to+1].has(otherLabel) && !toks[to+1].has(registerWord) {
			// Town Hall, Leeds.
			if n = nameLength(toks, to+1); n > 6 || !phraseEnds(toks, to+1+n) {
				n = 0
			}
		}
		if k := to + 2; n == 0 && toks[to].is(",") && isTo(&toks[to+1]) {
			// Maison de la Région, à Rouen, …; Épinal, au centre des congrès
			if from, end, kind := l.nameAt(toks, k); kind && end > from+1 && phraseEnds(toks, end, ",") {
				n = end - to - 1
			} else if n = nameLength(toks, k); n == 0 || n > 6 || !phraseEnds(toks, k+n, ",") || l.notPlace(&toks[k]) {
				n = 0
			} else {
				n++
			}
		}
		if n == 0 {
			return to
		}
		to += 1 + n
		kind = true
	}
	return to
}
