package agenda

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTitle bounds the title of an entry, in bytes; a longer one is cut at its
// first sentence.
const maxTitle = 240

// bullet is the length of what may stand before a line of a list.
func bullet(line string) int {
	if len(line) < 2 || line[0]|0x20 >= 'a' && line[0]|0x20 <= 'z' && line[1] != ')' {
		return 0
	}
	return len(bulletMark.FindString(line))
}

var bulletMark = regexp.MustCompile(`^(?:[-*•·–—▪◦‣>+#]+\s*|\d{1,2}[.)]\s+|[a-z]\)\s+)?`)

// entries reads the entries of an agenda.
func (r *reader) entries() []Event {
	var all []Event
	audience := Audience("")
	headed := false
	for n := 0; n < len(r.lines) && len(all) < maxEvents; n++ {
		if r.taken[n] {
			continue
		}
		if a, _, ok := r.heading(n); ok {
			audience, headed = a, true
			continue
		}
		f, rest, ok := r.lead(n)
		if !ok {
			continue
		}
		e, next, ok := r.entry(n, f, rest, audience, headed)
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

// lead says whether line n begins with the date of an entry, and gives the byte at
// which what follows it on the line begins.
func (r *reader) lead(n int) (f Found, rest int, ok bool) {
	line := &r.lines[n]
	first := r.firstIn(n)
	if line.text == "" || first == len(r.found) || r.found[first].From >= line.to {
		return Found{}, 0, false
	}
	start := line.from + bullet(line.text)
	if r.found[first].From < start {
		start = line.from // a day that looks like the number of a list
	}
	for start < line.to && strings.IndexByte("*_ \t", r.text[start]) >= 0 {
		start++
	}
	f = r.found[first]
	if f.From != start || f.Start.IsZero() || f.To > line.to || f.Deadline || f.never && !f.off || f.iso && !r.o.Agenda && !r.names(n) {
		return Found{}, 0, false
	}
	for rest = f.To; rest < line.to && strings.IndexByte("*_ ", r.text[rest]) >= 0; rest++ {
	}
	return f, rest, r.opensEntry(f, strings.TrimLeft(r.text[rest:line.to], " \u00a0"))
}

// opensEntry tells "22 mars : Forum" from "Le 22 mars, la Cité a accueilli".
func (r *reader) opensEntry(f Found, rest string) bool {
	if rest == "" {
		return true
	}
	first, size := utf8.DecodeRuneInString(rest)
	switch canonicalMark(first, rest[:size]) {
	case ":", "-", "|", "•", "\t", "/", ">", "=", "<":
		return true
	case ",", ".":
		rest = strings.TrimLeft(rest[size:], " *_\u00a0")
		first, _ = utf8.DecodeRuneInString(rest)
		if rest == "" || first == ',' {
			return rest == ""
		}
	}
	if r.toks[f.a].has(article) && !r.o.Agenda {
		return false
	}
	return unicode.IsUpper(first) || first == '«' || first == '"' || first == '“' || r.o.Agenda
}

// body is the text of an entry, gathered line by line.
type body struct {
	labelled
	title []string
	size  int
}

// entry reads the entry that line n opens with the date f. next is the first line
// behind it.
func (r *reader) entry(n int, f Found, rest int, heading Audience, headed bool) (e Event, next int, ok bool) {
	var b body
	for rest < r.lines[n].to {
		c, size := utf8.DecodeRuneInString(r.text[rest:])
		if !strings.ContainsRune(" \t:-–—|,.•>/=*_\u00a0", c) {
			break
		}
		rest += size
	}
	above := ""
	onLine := r.text[min(rest, r.lines[n].to):r.lines[n].to]
	place, isPlace := r.lex.wholePlace(onLine)
	if onLine == "" || isPlace {
		if above = r.titleFirst(n); above != "" {
			b.title, b.where = []string{above}, place
		}
	}
	if above == "" && onLine != "" {
		r.add(&b, n, rest)
	}
	next = r.gather(&b, n, above != "")
	if next == 0 || len(b.title) == 0 {
		return Event{}, n, false
	}
	if f.off {
		e, ok := r.movedEntry(n, rest, heading)
		return e, next, ok
	}
	whole := strings.Join(b.title, " ")
	past, future := r.tense(r.lines[n].a, r.lines[next-1].b)
	listed := headed || r.o.Agenda
	switch {
	case past && !future && !(headed && heading != ""):
		return Event{}, n, false
	case f.Doubt == Figures:
	case f.Doubt != "":
		r.ask(f)
		return Event{}, next, true
	case r.gone(f, listed):
		return Event{}, n, false
	}
	e = Event{Start: f.Start, End: f.End, StartTime: f.StartTime, EndTime: f.EndTime}
	if e.StartTime == "" {
		e.StartTime, e.EndTime = b.times.StartTime, b.times.EndTime
	}
	title, place := r.lex.placeAtEnd(trimTitle(r.withoutTrailingLabel(firstSentence(whole))))
	e.Title, e.Place = capitalised(trimTitle(title)), place
	if b.where != "" {
		e.Place = b.where
	}
	e.Link = r.bestLink(n, next)
	if e.Audience = heading; heading != Internal {
		last := next
		for last < len(r.lines) && last < next+3 && r.lines[last].text != "" && !r.dateIn(last) {
			last++ // Réservé aux membres
		}
		e.Audience = r.audienceOf(r.lines[n].a, r.lines[last-1].b, External)
		if heading == External && e.Audience == Internal && !r.says(n, next, internal) {
			e.Audience = External
		}
	}
	return e, next, true
}

// movedEntry is the entry that line n tells on its new day: 9 avril : Salon, reporté
// au 16 avril. Without a new day it has no title; it is none if it has no name.
func (r *reader) movedEntry(n, rest int, heading Audience) (e Event, ok bool) {
	l := &r.lines[n]
	for k := r.firstIn(n); k < len(r.found) && r.found[k].From < l.to; k++ {
		f := &r.found[k]
		if !f.renewed || f.Doubt != "" {
			continue
		}
		to := f.From
		if marks := r.offMarks(l.a, l.b); len(marks) > 0 {
			to = min(to, r.toks[marks[0].from].from)
		}
		title, place := r.lex.placeAtEnd(trimTitle(r.text[min(rest, to):to]))
		if title == "" {
			return Event{}, false
		}
		e = Event{Title: capitalised(trimTitle(title)), Start: f.Start, End: f.End, StartTime: f.StartTime, EndTime: f.EndTime, Place: place}
		if e.Audience = heading; heading == "" {
			e.Audience = r.audienceOf(l.a, l.b, External)
		}
		e.Link = r.bestLink(n, n+1)
		return e, !r.gone(*f, false)
	}
	return Event{}, true
}

// says whether a word alone of the class stands in the lines [n,next).
func (r *reader) says(n, next int, c class) bool {
	for k := r.lines[n].a; k < r.lines[next-1].b; k++ {
		if r.toks[k].has(c) {
			return true
		}
	}
	return false
}

// gone says whether an event is over. In a list that is headed as an agenda those
// of the last two months stay: it may be one of a period that has begun.
func (r *reader) gone(f Found, listed bool) bool {
	if listed && !f.yearless || listed && f.past {
		return f.End.Before(r.o.Ref.AddDays(-2 * nearPast))
	}
	return f.End.Before(r.o.Ref)
}

// titleFirst is the title of an entry whose date stands alone on line n, where the
// title stands above it and not below: it names an event, and the line below names
// none, or is apart while the title is not.
func (r *reader) titleFirst(n int) string {
	title := r.titleAbove(n)
	if title == "" {
		return ""
	}
	k := n - 1
	for r.lines[k].text == "" {
		k--
	}
	below := n + 1
	for below < len(r.lines) && below <= n+2 && r.lines[below].text == "" {
		below++
	}
	close := k == n-1
	placed := close && below == n+1 && below < len(r.lines) && r.isPlace(below)
	if _, _, is := r.heading(k); is || !r.names(k) && !placed {
		return ""
	}
	if below < len(r.lines) && r.names(below) && !r.labelledLine(below) && !(close && below > n+1) {
		return ""
	}
	return title
}

// names says whether line n names an event.
func (r *reader) names(n int) bool {
	for k := r.lines[n].a; k < r.lines[n].b; k++ {
		if r.toks[k].w != &unknown && r.run(k, eventNoun) > 0 {
			return true
		}
	}
	return false
}

// gather adds the lines below line n to the body and gives the first that is not
// of the entry; 0 if it is none after all. titled says that the title is known.
func (r *reader) gather(b *body, n int, titled bool) (next int) {
	gap := false
	for next = n + 1; next < len(r.lines); next++ {
		line := &r.lines[next]
		if line.text == "" {
			gap = true
			continue
		}
		if r.taken[next] {
			break
		}
		if _, _, opens := r.lead(next); opens {
			break
		}
		if _, _, is := r.heading(next); is {
			break
		}
		labelled := r.labelledLine(next)
		if titled && !labelled && !gap && r.onlyTimes(cell{from: line.from, to: line.to}) {
			labelled = true // 9h30 – 17h
		}
		if !labelled && len(b.title) > 0 && b.where == "" && (r.isVenue(next) || titled && r.isPlace(next)) && (!gap || titled) {
			b.where, _ = r.lex.wholePlace(dropLinks(line.text))
			gap = false
			continue
		}
		if (gap || titled) && len(b.title) > 0 && !labelled {
			break
		}
		if len(b.title) == 0 && r.greets(next) {
			return 0
		}
		if !gap && len(b.title) > 0 && bullet(line.text) > 0 && !labelled {
			break
		}
		gap = false
		if !r.add(b, next, line.from) {
			next++
			break
		}
	}
	for next > n+1 && r.lines[next-1].text == "" {
		next--
	}
	return next
}

// isPlace says whether a line is a place, and short.
func (r *reader) isPlace(n int) bool {
	_, ok := r.lex.wholePlace(dropLinks(r.lines[n].text))
	return ok && len(r.lines[n].text) <= maxHeading
}

// isVenue says whether a line is a venue, or an address.
func (r *reader) isVenue(n int) bool {
	l := &r.lines[n]
	a := l.a
	for a < l.b && (r.toks[a].has(placeArticle) || isTo(&r.toks[a])) {
		a++
	}
	if a == l.b || r.run(a, venue) == 0 && r.toks[a].kind != number && a == l.a {
		return false
	}
	_, ok := r.lex.wholePlace(dropLinks(l.text))
	return ok
}

// add puts what stands on line n from a byte on into the body: to the title, or to
// the particulars where it is labelled. It says whether the entry may go on.
func (r *reader) add(b *body, n, from int) bool {
	line := &r.lines[n]
	if from == line.from && r.particulars(n, &b.labelled) {
		return true
	}
	text := r.text[from:line.to]
	for k := r.firstAfter(from); k < len(r.found) && r.found[k].To <= line.to; k++ {
		if f := r.found[k]; f.Start.IsZero() && b.times.StartTime == "" {
			b.times = f
			text = cutTimes(text, f.From-from, f.To-from)
			break
		}
	}
	plain := strings.TrimSpace(dropLinks(text))
	if trimTitle(plain) == "" || from == line.from && r.labelledLine(n) {
		return true
	}
	if strings.Contains(text, "@") && len(strings.Fields(text)) <= 3 {
		return true
	}
	b.title = append(b.title, plain)
	b.size += len(plain)
	return b.size < 3*maxTitle
}

// withoutTrailingLabel takes off ": Inscription" and a bare "Programme" at the end.
func (r *reader) withoutTrailingLabel(title string) string {
	for range 3 {
		toks := tokens(title)
		r.lex.know(toks)
		n := len(toks)
		for n > 0 && toks[n-1].is(".", ":", "*", "_", ")", "(") {
			n--
		}
		if n < 2 || !toks[n-1].has(otherLabel) && !toks[n-1].has(registerWord) || !toks[n-1].capital {
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
	if strings.Contains(s, "<") {
		s = inBrackets.ReplaceAllString(s, "")
	}
	if strings.Contains(s, "http") {
		s = link.ReplaceAllString(s, "")
	}
	return s
}

// cutTimes takes the clock time at [from,to) out of a line, with the mark that
// joins it.
func cutTimes(line string, from, to int) string {
	before := strings.TrimRight(line[:from], " ,;:-–—(|\u00a0")
	after := strings.TrimLeft(line[to:], " ,;:-–—)|\u00a0")
	if before == "" {
		return after
	}
	if after == "" {
		return before
	}
	marks := strings.TrimSpace(line[len(before):from]) + strings.TrimSpace(line[to:len(line)-len(after)])
	switch {
	case strings.ContainsAny(marks, "-–—|"):
		return before + " – " + after
	case strings.ContainsAny(marks, ",;"):
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
	if strings.Contains(s, "^{") {
		s = superscripts.ReplaceAllString(s, "$1")
	}
	s = oneLine(strings.ReplaceAll(strings.ReplaceAll(s, "**", ""), "__", ""))
	s = strings.TrimLeft(s, " ,;:.-–—|•*_>)/=")
	s = strings.TrimRight(s, " ,;:-–—|•*_(/=<")
	if strings.Count(s, ".") == 1 {
		s = strings.TrimSuffix(s, ".")
	}
	return s
}
