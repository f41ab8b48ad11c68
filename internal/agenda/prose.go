package agenda

import (
	"sort"
	"strings"
)

// prose reads the events that running text announces.
func (r *reader) prose() []Event {
	var all []Event
	for _, f := range r.found {
		if f.Start.IsZero() || f.Doubt != "" || f.Deadline || f.Start.Before(r.o.Ref) {
			continue
		}
		n := r.lineOf(f.From)
		if r.taken[n] {
			continue
		}
		if !r.dateLabel(n, f) && (!f.future || f.past && !r.announced(f)) {
			continue
		}
		e := Event{Start: f.Start, End: f.End, StartTime: f.StartTime, EndTime: f.EndTime}
		e.Title, e.Place = r.describe(f)
		if r.dateLabel(n, f) {
			e.Title = r.o.Title
			r.particulars(&e, n)
		}
		if e.Title == "" {
			e.Title = r.o.Title
		}
		if e.Title = trimTitle(e.Title); e.Title == "" {
			continue
		}
		from, to := r.sentenceOf(f)
		e.Audience = r.lex.audience(r.text[r.toks[from].from:r.toks[to-1].to], External)
		if e.Link == "" {
			e.Link = r.linkNear(n)
		}
		all = append(all, e)
	}
	return all
}

func (r *reader) lineOf(at int) int {
	after := sort.Search(len(r.lines), func(n int) bool { return r.lines[n].from > at })
	return max(after-1, 0)
}

// dateLabel says whether the date stands behind "Date :" on its line.
func (r *reader) dateLabel(n int, f Found) bool {
	name, _, ok := r.label(r.lines[n].text)
	return ok && r.lex.phrases.when[name] && f.From >= r.lines[n].from
}

// particulars reads the labelled lines around "Date :".
func (r *reader) particulars(e *Event, n int) {
	for k := max(0, n-3); k < len(r.lines) && k <= n+4; k++ {
		name, value, ok := r.label(dropLinks(r.lines[k].text))
		switch {
		case !ok:
		case r.lex.phrases.where[name]:
			e.Place = trimTitle(value)
		case r.lex.phrases.hoursLabel[name] && e.StartTime == "":
			for _, f := range r.found {
				if f.Start.IsZero() && f.From >= r.lines[k].from && f.To <= r.lines[k].to {
					e.StartTime, e.EndTime = f.StartTime, f.EndTime
				}
			}
		}
	}
}

// tokensOf is the range of tokens of a found date.
func (r *reader) tokensOf(f Found) (from, to int) {
	from = sort.Search(len(r.toks), func(k int) bool { return r.toks[k].from >= f.From })
	to = from
	for to < len(r.toks) && r.toks[to].from < f.To {
		to++
	}
	return from, to
}

func (r *reader) sentenceOf(f Found) (from, to int) {
	a, b := r.tokensOf(f)
	return sentence(r.toks, a, b)
}

// announced decides in a sentence that has cues of past and future: the clause of
// the date, between commas, must announce.
func (r *reader) announced(f Found) bool {
	a, b := r.tokensOf(f)
	from, to := sentence(r.toks, a, b)
	start, end := a, b
	for start > from && !r.toks[start-1].is(",", ":", "(", ")") && !r.toks[start-1].is("qui") {
		start--
	}
	for end < to && !r.toks[end].is(",", ":", "(", ")") && !r.toks[end].is("qui") {
		end++
	}
	past, future := r.lex.tense.of(r.toks[start:end])
	return future && !past
}

// describe finds title and place of an event in the sentence of its date. The
// title is the noun that names an event with what belongs to it: the object
// between verb and date, else the subject before the verb, else what follows the
// date. It is "" where the sentence has no such noun, or the noun says nothing
// by itself.
func (r *reader) describe(f Found) (title, place string) {
	a, b := r.tokensOf(f)
	from, to := sentence(r.toks, a, b)
	end := a // of the text before the date
	behind := b
	for behind < to && r.toks[behind].is(",") {
		behind++
	}
	if pf, pt, ok := r.lex.placeBehind(r.toks[:to], behind); ok {
		place = r.text[r.toks[pf].from:r.toks[pt-1].to]
	}
	if start, pf, pt, ok := r.lex.placeBefore(r.toks[:a], a); ok && start >= from {
		if place == "" {
			place = r.text[r.toks[pf].from:r.toks[pt-1].to]
		}
		end = start
	}
	verb := r.verb(from, end)
	for _, c := range [][2]int{{verb + 1, end}, {from, max(verb, from)}} {
		if verb < 0 {
			c = [2]int{from, end}
		}
		if title = r.nounPhrase(c[0], c[1], verb >= 0 && c[0] == from); title != "" {
			return title, place
		}
	}
	stop := to
	if v := r.verb(behind, to); v >= 0 {
		stop = v
	}
	title = r.nounPhrase(behind, stop, true)
	if place == "" {
		for k := stop; k < to; k++ {
			if pf, pt, ok := r.lex.placeBehind(r.toks[:to], k); ok {
				place = r.text[r.toks[pf].from:r.toks[pt-1].to]
				break
			}
			if r.toks[k].is(",") {
				break
			}
		}
	}
	return title, place
}

// verb is the last token in the range that announces, or -1.
func (r *reader) verb(from, to int) int {
	t := &r.lex.tense
	for k := to - 1; k >= from; k-- {
		if t.futureVerb(r.toks[k]) {
			return k
		}
		if t.future[r.toks[k].text] && !r.toks[k].is("prochain", "prochaine", "prochains", "prochaines", "upcoming", "agenda", "inscription", "inscriptions", "programme", "registration", "coming") {
			return k
		}
		for _, phrase := range t.futurePhrases {
			if k+len(phrase) <= to && starts(r.toks[k:], phrase) && phrase[0] != "next" && phrase[0] != "save" {
				return k
			}
		}
	}
	return -1
}

// nounPhrase reads the phrase around a noun that names an event: the first one of
// the range where it is a subject, else the last. It needs two words.
func (r *reader) nounPhrase(from, to int, first bool) string {
	noun := -1
	for k := from; k < to; k++ {
		if r.lex.phrases.nouns[r.toks[k].text] {
			noun = k
			if first {
				break
			}
		}
	}
	if noun < 0 {
		return ""
	}
	if !first {
		// The head of the phrase is the first of a chain of such nouns: session de
		// formation.
		for k := noun - 1; k >= from && noun-k <= 3; k-- {
			if r.lex.phrases.nouns[r.toks[k].text] && !r.toks[k+1].is(",") {
				noun = k
			}
		}
	}
	start := noun
	if r.lex.monthFirst { // adjectives stand before the noun
		for start > from && noun-start < 6 && r.toks[start-1].kind == word && !r.lex.phrases.determiners[r.toks[start-1].text] &&
			!r.lex.phrases.tails[r.toks[start-1].text] && !r.lex.tense.reflexive[r.toks[start-1].text] && !r.lex.tense.future[r.toks[start-1].text] {
			start--
		}
	}
	end := noun + 1
	depth := 0
	for end < to {
		t := r.toks[end]
		if t.is("(", "«", "“") {
			depth++
		}
		if t.is(")", "»", "”") {
			depth--
		}
		if depth <= 0 && t.is(",", ":", ";", ".") || t.lines > 1 || end-start > 30 {
			break
		}
		end++
	}
	for end > noun+1 && (r.lex.phrases.tails[r.toks[end-1].text] || r.lex.tense.reflexive[r.toks[end-1].text]) {
		end--
	}
	if end-start < 2 {
		return ""
	}
	return capitalised(strings.Join(strings.Fields(r.text[r.toks[start].from:r.toks[end-1].to]), " "))
}

// maxParagraph is how far a link is looked for, in lines.
const maxParagraph = 20

// linkNear is the link of the paragraph of line n, or of a labelled line below it.
func (r *reader) linkNear(n int) string {
	for k := n; k >= 0 && k > n-maxParagraph && r.lines[k].text != ""; k-- {
		if u := link.FindString(r.lines[k].text); u != "" {
			return u
		}
	}
	gap := false
	for k := n + 1; k < len(r.lines) && k < n+maxParagraph; k++ {
		if r.lines[k].text == "" {
			gap = true
			continue
		}
		if gap && !r.labelled(r.lines[k].text) {
			break
		}
		if u := link.FindString(r.lines[k].text); u != "" {
			return u
		}
	}
	return ""
}
