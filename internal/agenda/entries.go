package agenda

import (
	"regexp"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTitle bounds the title of an entry, in bytes; a longer one is cut at its
// first sentence.
const maxTitle = 240

// entries reads the entries of an agenda.
func (r *reader) entries() []Event {
	var all []Event
	audience := Audience("")
	for n := 0; n < len(r.lines); n++ {
		if a, _, ok := r.heading(n); ok {
			audience = a
			continue
		}
		f, rest, ok := r.lead(n)
		if !ok {
			continue
		}
		e, next, ok := r.entry(n, f, rest, audience)
		if !ok {
			continue
		}
		for k := n; k < next; k++ {
			r.taken[k] = true
		}
		if e.Title != "" {
			all = append(all, e)
		}
		n = next - 1
	}
	return all
}

// lead says whether line n begins with the date of an entry, and gives what follows
// it on the line.
func (r *reader) lead(n int) (f Found, rest string, ok bool) {
	line := r.lines[n]
	if line.text == "" {
		return Found{}, "", false
	}
	start := line.from + len(bulletMark.FindString(line.text))
	for start < line.to && strings.IndexByte("*_ \t", r.text[start]) >= 0 {
		start++
	}
	first := sort.Search(len(r.found), func(k int) bool { return r.found[k].From >= start })
	if first < len(r.found) && r.found[first].From == start && !r.found[first].Start.IsZero() && r.found[first].To <= line.to {
		f := r.found[first]
		rest := strings.TrimRight(r.text[f.To:line.to], " ")
		trimmed := strings.TrimLeft(strings.TrimLeft(rest, "*_"), " \u00a0")
		return f, trimmed, r.opensEntry(f, trimmed)
	}
	return Found{}, "", false
}

// opensEntry tells "22 mars : Forum" from "Le 22 mars, la Cité a accueilli".
func (r *reader) opensEntry(f Found, rest string) bool {
	if rest == "" {
		return true
	}
	first, size := utf8.DecodeRuneInString(rest)
	switch canonicalMark(first) {
	case ":", "-", "|", "•", "\t", "/", ">", "=":
		return true
	case ",", ".":
		rest = strings.TrimLeft(rest[size:], " *_\u00a0")
		first, _ = utf8.DecodeRuneInString(rest)
		if canonicalMark(first) == "," || rest == "" {
			return canonicalMark(first) != ","
		}
	}
	opening := tokens(r.text[f.From:f.To])
	if len(opening) > 0 && r.lex.articles.has(opening[0]) && !r.o.Agenda {
		return false
	}
	return unicode.IsUpper(first) || first == '«' || first == '"' || first == '“' || r.o.Agenda
}

// body is the text of an entry, gathered line by line.
type body struct {
	title []string
	where string
	link  string
	times Found
}

// entry reads the entry that line n opens. next is the first line behind it.
func (r *reader) entry(n int, f Found, rest string, heading Audience) (e Event, next int, ok bool) {
	var b body
	rest = strings.TrimLeft(rest, " \t:-–—|,.•>/=*_\u00a0")
	if rest != "" {
		r.add(&b, rest)
	}
	gap := false
	for next = n + 1; next < len(r.lines); next++ {
		line := r.lines[next].text
		if line == "" {
			gap = true
			continue
		}
		if _, _, opens := r.lead(next); opens {
			break
		}
		if _, _, is := r.heading(next); is {
			break
		}
		labelled := r.labelled(line)
		if gap && len(b.title) > 0 && !labelled {
			break
		}
		if len(b.title) == 0 && r.greets(line) {
			return Event{}, n, false
		}
		if !gap && len(b.title) > 0 && bulletMark.FindString(line) != "" && !labelled {
			break
		}
		gap = false
		if !r.add(&b, line) {
			break
		}
	}
	for next > n+1 && r.lines[next-1].text == "" {
		next--
	}
	if len(b.title) == 0 {
		return Event{}, n, false
	}
	whole := strings.Join(b.title, " ")
	past, future := r.lex.tense.of(tokens(whole))
	switch {
	case f.Deadline || f.Doubt != "" && !(f.yearless && f.past):
		return Event{}, n, false
	case past && !future, f.Start.Before(r.o.Ref) && f.End.Before(r.o.Ref) && f.yearless && heading == "":
		return Event{}, n, false
	}
	e = Event{Start: f.Start, End: f.End, StartTime: f.StartTime, EndTime: f.EndTime, Link: b.link}
	if e.StartTime == "" {
		e.StartTime, e.EndTime = b.times.StartTime, b.times.EndTime
	}
	title, place := r.lex.placeAtEnd(trimTitle(r.withoutTrailingLabel(firstSentence(whole))))
	e.Title, e.Place = capitalised(trimTitle(title)), place
	if b.where != "" {
		e.Place = b.where
	}
	if heading == "" {
		heading = External
		e.Audience = r.lex.audience(whole, heading)
	} else {
		e.Audience = heading
		if r.says(whole, r.lex.phrases.internal) {
			e.Audience = Internal
		}
	}
	return e, next, true
}

func (r *reader) says(text string, s set) bool {
	for _, t := range tokens(text) {
		if s[t.text] {
			return true
		}
	}
	return false
}

// add puts a line into the body: to the title, or to the particulars where it is
// labelled. It says whether the entry may go on.
func (r *reader) add(b *body, line string) bool {
	if u := link.FindString(line); u != "" && b.link == "" {
		b.link = u
	}
	plain := strings.TrimSpace(dropLinks(line))
	for _, f := range Find(plain, r.o.Ref, r.lex.code) {
		if f.Start.IsZero() && b.times.StartTime == "" {
			b.times = f
			plain = strings.TrimSpace(cutTimes(plain, f))
			break
		}
	}
	if label, value, ok := r.label(plain); ok {
		if r.lex.phrases.where[label] && b.where == "" {
			b.where = trimTitle(value)
		}
		return true
	}
	if trimTitle(plain) == "" || r.labelled(line) {
		return true
	}
	if strings.Contains(line, "@") && len(strings.Fields(line)) <= 3 {
		return true
	}
	b.title = append(b.title, plain)
	return len(strings.Join(b.title, " ")) < 3*maxTitle
}

// maxLabel is how long a label can be, in bytes.
const maxLabel = 40

// label splits "Lieu : Porto"; the label is folded.
func (r *reader) label(line string) (label, value string, ok bool) {
	name, value, found := strings.Cut(strings.Trim(line, "*_ "), ":")
	if len(name) > maxLabel {
		return "", "", false
	}
	name = fold(strings.Trim(name, " *_\u00a0"))
	if !found || strings.HasPrefix(value, "//") {
		return "", "", false
	}
	p := r.lex.phrases
	return name, strings.Trim(value, " *_\u00a0"), p.where[name] || p.when[name] || p.hoursLabel[name]
}

// labelled says whether a line holds particulars: it opens with a label such as
// "Inscription", or is hardly more than a link.
func (r *reader) labelled(line string) bool {
	plain := strings.Trim(dropLinks(line), " *_:-–—•>\u00a0")
	if plain == "" {
		return true
	}
	words := tokens(plain)
	if len(words) == 0 || words[0].kind != word || !r.lex.phrases.labels[words[0].text] {
		return false
	}
	return strings.Contains(line, ":") || strings.Contains(line, "http") || len(strings.Fields(plain)) <= 2
}

func (r *reader) greets(line string) bool {
	t := tokens(line)
	return len(t) > 0 && r.lex.phrases.greetings[t[0].text]
}

// withoutTrailingLabel takes off ": Inscription" and a bare "Programme" at the end.
func (r *reader) withoutTrailingLabel(title string) string {
	for range 3 {
		toks := tokens(title)
		n := len(toks)
		for n > 0 && toks[n-1].is(".", ":", "*", "_", ")", "(") {
			n--
		}
		if n < 2 || !r.lex.phrases.labels[toks[n-1].text] || !toks[n-1].capital {
			return title
		}
		before := n - 2
		for before > 0 && toks[before].is("*", "_", "(") {
			before--
		}
		if !toks[before].is(":", "-", "|", ".", ",") && !toks[n-1].capital {
			return title
		}
		title = strings.TrimRight(title[:toks[n-1].from], " *_:-–—|(.,\u00a0")
	}
	return title
}

// superscripts are written 4^{ème} in some sources.
var superscripts = regexp.MustCompile(`\^\{(\pL{1,6})\}`)

var inBrackets = regexp.MustCompile(`\s*<[^<>\s]*>`)

// dropLinks takes addresses of pages out of a text, and the brackets around them.
func dropLinks(s string) string {
	return link.ReplaceAllString(inBrackets.ReplaceAllString(s, ""), "")
}

// cutTimes takes a clock time out of a line, with the mark that joins it.
func cutTimes(line string, f Found) string {
	before := strings.TrimRight(line[:f.From], " ,;:-–—(|\u00a0")
	after := strings.TrimLeft(line[f.To:], " ,;:-–—)|\u00a0")
	if before == "" {
		return after
	}
	if after == "" {
		return before
	}
	if strings.IndexAny(strings.TrimSpace(line[f.To:]), ",;") == 0 {
		return before + ", " + after
	}
	return before + " " + after
}

// firstSentence cuts a long title.
func firstSentence(s string) string {
	if len(s) <= maxTitle {
		if i := strings.Index(s, ". "); i < 20 || len(s) < 120 {
			return s
		}
	}
	toks := tokens(s)
	for i := range toks {
		if endsSentence(toks, i) && toks[i].to > 15 {
			return s[:toks[i].to]
		}
	}
	return s
}

// capitalised begins a title with a capital letter.
func capitalised(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

// trimTitle takes white space and dangling punctuation off both ends.
func trimTitle(s string) string {
	s = superscripts.ReplaceAllString(s, "$1")
	s = strings.Join(strings.Fields(strings.NewReplacer("**", "", "__", "").Replace(s)), " ")
	s = strings.TrimLeft(s, " ,;:.-–—|•*_>)/=")
	s = strings.TrimRight(s, " ,;:-–—|•*_(/=<")
	if strings.Count(s, ".") == 1 {
		s = strings.TrimSuffix(s, ".")
	}
	return s
}
