package agenda

import "strings"

// tenses are the cues by which a sentence is known to tell what has been or to
// announce what will be.
type tenses struct {
	have, be      set        // auxiliaries before a participle
	past          set        // words that tell the past alone
	participles   []string   // endings, with accents
	irregular     set        // participles with other endings, folded, masculine
	open          set        // participles that behind "be" announce: est prévu
	future        set        // words that announce alone
	futurePhrases [][]string // runs of words that announce
	futureEndings []string   // of verbs
	noFuture      set        // words with such an ending that are no such verbs
	reflexive     set        // words between subject and verb
}

// of reads a run of tokens, normally one sentence.
func (c *tenses) of(toks []token) (past, future bool) {
	for i, t := range toks {
		if t.kind != word {
			continue
		}
		if c.future[t.text] || c.futureVerb(t) {
			future = true
		}
		if c.past[t.text] && !(c.open[t.text] && i > 0 && toks[i-1].is("is", "are", "be")) {
			past = true
		}
		for _, phrase := range c.futurePhrases {
			if starts(toks[i:], phrase) && !(i > 0 && c.have[toks[i-1].text]) {
				future = true
			}
		}
		if c.perfect(toks, i) {
			past = true
		}
	}
	return past, future
}

// futureVerb says whether the word is a verb in the future tense by its ending.
func (c *tenses) futureVerb(t token) bool {
	if len(t.text) < 4 || c.noFuture[t.text] || t.capital && !t.capitals {
		return false
	}
	for _, ending := range c.futureEndings {
		if strings.HasSuffix(t.text, ending) {
			return true
		}
	}
	return false
}

// perfect says whether an auxiliary at i and a participle soon behind it tell the
// past.
func (c *tenses) perfect(toks []token, i int) bool {
	have, be := c.have[toks[i].text], c.be[toks[i].text]
	if !have && !be || have && toks[i].lower == "à" {
		return false
	}
	for k := i + 1; k < len(toks) && k <= i+4; k++ {
		t := toks[k]
		if t.kind == mark && t.text != "'" && t.text != "-" || t.kind == number {
			return false
		}
		if t.text == "ete" {
			return true
		}
		if len(t.text) >= 2 && c.participle(t) {
			return !(be && c.open[t.text])
		}
	}
	return false
}

func (c *tenses) participle(t token) bool {
	for _, ending := range c.participles {
		if strings.HasSuffix(t.lower, ending) && len(t.lower) > len(ending)+1 ||
			t.capitals && strings.HasSuffix(t.text, fold(ending)) && len(t.text) > len(ending)+1 {
			return true
		}
	}
	for _, ending := range []string{"", "s", "e", "es"} {
		if stem, ok := strings.CutSuffix(t.text, ending); ok && c.irregular[stem] {
			return true
		}
	}
	return false
}

func starts(toks []token, phrase []string) bool {
	if len(toks) < len(phrase) {
		return false
	}
	for i, w := range phrase {
		if toks[i].text != w {
			return false
		}
	}
	return true
}

// maxSentence is how far a sentence is looked at to either side, in tokens.
const maxSentence = 120

// sentence is the range of tokens around [from,to) up to full stops, paragraphs
// and list items.
func sentence(toks []token, from, to int) (int, int) {
	start, end := from, to
	for start > max(0, from-maxSentence) && !endsSentence(toks, start-1) {
		start--
	}
	for end < min(len(toks), to+maxSentence) && (end == 0 || end == from || !endsSentence(toks, end-1)) {
		end++
	}
	return start, end
}

// endsSentence says whether the sentence ends with token i.
func endsSentence(toks []token, i int) bool {
	if i+1 >= len(toks) {
		return true
	}
	next := toks[i+1]
	if next.lines >= 2 {
		return true
	}
	if next.lines == 1 && next.is("-", "•", "*", "·") {
		return true
	}
	switch toks[i].text {
	case "!", "?", "…", ";":
		return next.space
	case ".":
		return next.space && (next.lines > 0 || next.kind != word || next.capital) && !(i > 0 && len(toks[i-1].text) == 1)
	}
	return false
}
