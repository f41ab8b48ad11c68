package agenda

import "strings"

// cue says what a token tells of the time of its sentence. The counts are of all
// tokens before it, so that a sentence is asked about in constant time.
type cue struct {
	pasts, futures, verbs, wills int32
	nevers                       int32 // words of what somebody wrote
	from, to                     int32 // of the sentence
}

// readCues looks the text through for what tells past and future, and where its
// sentences end. The last cue stands behind the last token.
func (p *parser) readCues() {
	p.cues = make([]cue, len(p.toks)+1)
	start := 0
	for i := range p.toks {
		c := p.cues[i]
		past, future, verb, certain := p.cueAt(i)
		c.pasts += count(past)
		c.futures += count(future)
		c.verbs += count(verb)
		c.wills += count(certain)
		if p.toks[i].w != &unknown {
			c.nevers += count(p.run(i, wroteWord) > 0)
		}
		p.cues[i+1] = c
		if endsSentence(p.toks, i) {
			for k := start; k <= i; k++ {
				p.cues[k].from, p.cues[k].to = int32(start), int32(i+1)
			}
			start = i + 1
		}
	}
}

func count(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// cueAt says what a token tells: the past, the future, whether it is a verb that
// announces, and whether it is in the future tense.
func (p *parser) cueAt(i int) (past, future, verb, certain bool) {
	t := &p.toks[i]
	if t.kind != word {
		return false, false, false, false
	}
	if t.w != &unknown {
		if n := p.run(i, pastWord); n > 0 && !(t.has(openPart) && p.at(i-1).has(beNow)) {
			past = true
		}
		if !p.at(i - 1).has(have) {
			verb = p.run(i, announces) > 0
			future = verb || p.run(i, hint) > 0
			certain = verb && p.run(i, will) > 0
		}
		past = past || p.perfect(i)
	}
	switch {
	case t.capital && !t.capitals || len(t.text) < 3:
	case p.ending(t, p.lex.endings.Future, notFuture):
		future, verb, certain = true, true, true
	case !past && p.ending(t, p.lex.endings.Past, notPast):
		past = true
	}
	return past, future, verb, certain
}

// ending says whether the word is a verb by its ending, in which accents count.
func (p *parser) ending(t *token, list []string, none class) bool {
	for _, e := range list {
		if hasEnding(t, e) && !t.has(none) {
			return true
		}
	}
	return false
}

func hasEnding(t *token, ending string) bool {
	if t.capitals {
		folded := fold(ending)
		return strings.HasSuffix(t.text, folded) && len(t.text) > len(folded)+1
	}
	return strings.HasSuffix(t.raw, ending) && len(t.raw) > len(ending)+1
}

// perfect says whether an auxiliary at i and a participle soon behind it tell the
// past.
func (p *parser) perfect(i int) bool {
	t := p.at(i)
	has, is := t.has(have), t.has(be)
	has, is = has && t.spelled(have), is && t.spelled(be)
	if !has && !is {
		return false
	}
	for k := i + 1; k < len(p.toks) && k <= i+4; k++ {
		t := p.at(k)
		if t.kind == mark && t.text != "'" && t.text != "-" || t.kind == number || t.lines > 1 {
			return false
		}
		if t.text == "ete" && k < i+3 {
			return true // a été
		}
		if len(t.text) >= 2 && p.participle(t) {
			return !(is && t.has(openPart))
		}
	}
	return false
}

func (p *parser) participle(t *token) bool {
	if t.has(irregular) {
		return true
	}
	for _, e := range p.lex.endings.Participles {
		if hasEnding(t, e) {
			return true
		}
	}
	for _, e := range []string{"es", "s", "e"} {
		if stem, ok := strings.CutSuffix(t.text, e); ok {
			if w := p.lex.words[stem]; w != nil && w.is(irregular) {
				return true
			}
		}
	}
	return false
}

// tense says what the tokens [from,to) tell.
func (p *parser) tense(from, to int) (past, future bool) {
	a, b := &p.cues[from], &p.cues[to]
	return b.pasts > a.pasts, b.futures > a.futures
}

// verb is the last token of [from,to) that is a verb which announces, or -1.
func (p *parser) verb(from, to int) int {
	for k := to - 1; k >= from && p.cues[to].verbs > p.cues[from].verbs; k-- {
		if p.cues[k+1].verbs > p.cues[k].verbs {
			return k
		}
	}
	return -1
}

// maxSentence is how far a sentence is looked at to either side, in tokens.
const maxSentence = 120

// sentence is the range of tokens around [from,to) up to full stops, paragraphs
// and list items.
func (p *parser) sentence(from, to int) (int, int) {
	start := max(int(p.cues[from].from), from-maxSentence)
	end := min(max(int(p.cues[to-1].to), to), to+maxSentence)
	return start, end
}

// endsSentence says whether the sentence ends with token i.
func endsSentence(toks []token, i int) bool {
	if i+1 >= len(toks) {
		return true
	}
	next := &toks[i+1]
	if next.lines >= 2 {
		return true
	}
	if next.lines == 1 && next.kind == mark && next.is("-", "•", "*", "·", "|") {
		return true
	}
	if toks[i].kind != mark {
		return false
	}
	switch toks[i].text {
	case "!", "?", "…", ";":
		return next.space
	case ".":
		return next.space && (next.lines > 0 || next.kind != word || next.capital) && !initial(toks, i-1)
	}
	return false
}

// initial says whether the word at token i is one letter, as before the stop of an
// abbreviation; that of an hour is not: 14h.
func initial(toks []token, i int) bool {
	return i >= 0 && len(toks[i].text) == 1 && toks[i].kind == word && !(i > 0 && toks[i-1].kind == number && toks[i].has(hourMark))
}
