package message

import (
	"regexp"
	"strings"
	"unicode"
)

// Visible returns the text that the author of a reply wrote: VisibleReply of the best
// body. Text that the HTML hides does not count.
func (m *Message) Visible() string {
	return withoutSignature(m.withoutQuotes())
}

func (m *Message) withoutQuotes() string {
	if strings.TrimSpace(m.Text) != "" && !m.strikesThrough() {
		return withoutQuotes(m.Text)
	}
	return withoutQuotes(quotedHTML(m.HTML))
}

// VisibleReply removes from a plain text what its author did not write, and the signature:
// quoted lines, the line or header block that introduces them, and the original below.
// Lines between quoted ones stay. A forwarded message stays whole.
func VisibleReply(text string) string {
	return withoutSignature(withoutQuotes(normalise(text)))
}

// replyLines is a mail's text in lines, and the same folded for matching.
type replyLines struct {
	lines  []string
	folded []string
	after  []int // the first line from each on that is not empty
}

// replyFolder makes apostrophes one and drops the marks of writing direction.
var replyFolder = strings.NewReplacer("’", "'", "\u200e", "", "\u200f", "", "\u202a", "", "\u202c", "")

func splitReply(text string) replyLines {
	r := replyLines{lines: strings.Split(text, "\n")}
	r.folded = make([]string, len(r.lines))
	for i, line := range r.lines {
		r.folded[i] = foldSpace(replyFolder.Replace(line))
	}
	r.after = make([]int, len(r.lines)+1)
	r.after[len(r.lines)] = len(r.lines)
	for i := len(r.lines) - 1; i >= 0; i-- {
		r.after[i] = i
		if r.folded[i] == "" {
			r.after[i] = r.after[i+1]
		}
	}
	return r
}

func (r replyLines) quoted(i int) bool {
	return i < len(r.folded) && strings.HasPrefix(r.folded[i], ">")
}

func (r replyLines) blank(i int) bool { return i < len(r.folded) && r.folded[i] == "" }

// next is the first line from i on that is not empty.
func (r replyLines) next(i int) int {
	return r.after[min(i, len(r.lines))]
}

func withoutQuotes(text string) string {
	r := splitReply(text)
	var kept []string
	introduced := false // a line that introduces a quotation was seen
	for i := 0; i < len(r.lines); {
		switch {
		case !hasLetter(r.folded[i]) && !r.quoted(i):
			kept = append(kept, r.lines[i])
			i++
			continue
		case r.lines[i] == cutHere:
			return joinReply(dropRule(kept))
		case known().forwarded.MatchString(r.folded[i]) && r.folded[i] != "":
			return joinReply(append(kept, r.lines[i:]...))
		case r.folded[i] != "" && known().original.MatchString(r.folded[i]),
			r.headerBlock(i):
			return joinReply(dropRule(kept))
		}
		if before, n := r.attribution(i); n > 0 {
			if before != "" {
				kept = append(kept, before)
			}
			after := r.next(i + n)
			if after < len(r.lines) && !r.quoted(after) {
				return joinReply(dropRule(kept))
			}
			introduced = true
			i = r.skipQuote(after)
			continue
		}
		if r.quoted(i) && (introduced || r.quoteRun(i)) {
			i = r.skipQuote(i)
			continue
		}
		kept = append(kept, r.lines[i])
		i++
	}
	return joinReply(kept)
}

func hasLetter(s string) bool { return strings.IndexFunc(s, unicode.IsLetter) >= 0 }

// quoteRun says whether the quoted line at i is a quotation although nothing
// introduces it: it has a quoted neighbour, or does not stand amid a paragraph.
func (r replyLines) quoteRun(i int) bool {
	if i > 0 && r.quoted(i-1) || r.quoted(i+1) {
		return true
	}
	return i == 0 || r.blank(i-1) || i+1 >= len(r.lines) || r.blank(i+1)
}

// skipQuote is the first line from i on that does not belong to the quotation: a
// line without mark does if the quoted one above it breaks off in a link.
func (r replyLines) skipQuote(i int) int {
	for i < len(r.lines) {
		switch {
		case r.quoted(i):
		case r.blank(i) && r.quoted(r.next(i)):
		case i > 0 && r.quoted(i-1) && !r.blank(i) && openLink(r.folded[i-1]):
		default:
			return i
		}
		i++
	}
	return i
}

func openLink(line string) bool {
	at := strings.LastIndex(line, "http")
	if at <= 0 {
		return false
	}
	switch rest := line[at:]; line[at-1] {
	case '<':
		return !strings.Contains(rest, ">")
	case '(':
		return !strings.Contains(rest, ")")
	case '[':
		return !strings.Contains(rest, "]")
	}
	return false
}

// dropRule takes off the line of dashes that stood above the original.
func dropRule(kept []string) []string {
	for len(kept) > 0 {
		last := strings.TrimSpace(kept[len(kept)-1])
		if strings.Trim(last, "-_=* \u00a0") != "" {
			break
		}
		kept = kept[:len(kept)-1]
	}
	return kept
}

func joinReply(lines []string) string { return tidyLines(strings.Join(lines, "\n")) }

const (
	maxAttributionLines = 5
	maxAttributionBytes = 400
)

// attribution recognises a line such as "On … wrote:" at i, which may be wrapped
// over several. It returns the number of lines, 0 if there is none, and what the
// writer put before it on the first.
func (r replyLines) attribution(i int) (before string, n int) {
	if r.blank(i) || r.quoted(i) {
		return "", 0
	}
	if !mayOpen(strings.TrimLeft(r.folded[i], "-–*_ ")) {
		return r.sharedLine(i)
	}
	joined := ""
lines:
	for k := i; k < len(r.folded) && k < i+2*maxAttributionLines; k++ {
		line := r.folded[k]
		if line == "" {
			// Only an address may follow below an empty line.
			next := r.next(k)
			if next >= len(r.folded) || !strings.HasPrefix(r.folded[next], "<") {
				break lines
			}
			continue
		}
		if r.quoted(k) && !closesAddress(line) {
			break lines
		}
		joined = strings.TrimSpace(joined + " " + line)
		if len(joined) > maxAttributionBytes {
			break
		}
		if isAttribution(strings.Trim(joined, "-–*_ ")) {
			return "", k - i + 1
		}
	}
	return r.sharedLine(i)
}

// mayOpen is a quick test whether an attribution can begin so: with a word that
// opens one, or a number among the first two words.
func mayOpen(line string) bool {
	if nameAndAddress.MatchString(line) {
		return true
	}
	first, rest, _ := strings.Cut(line, " ")
	if first == "" || isDigit(first[0]) || rest != "" && isDigit(rest[0]) {
		return true
	}
	for _, l := range known().quotations {
		for _, open := range l.Opens {
			if strings.HasPrefix(line, open) {
				return true
			}
		}
	}
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// closesAddress is for an address whose ">" was wrapped onto a line of its own.
func closesAddress(line string) bool {
	rest := strings.TrimSpace(strings.TrimPrefix(line, ">"))
	if rest == ":" {
		return true
	}
	for _, l := range known().quotations {
		for _, w := range l.Writes {
			if rest == w+":" || rest == w+" :" || rest == w {
				return true
			}
		}
	}
	return false
}

// sharedLine finds an attribution behind the reply on one line: "yes On … wrote:".
func (r replyLines) sharedLine(i int) (before string, n int) {
	line := r.folded[i]
	if !strings.HasSuffix(line, ":") || !r.quoted(r.next(i+1)) {
		return "", 0
	}
	for _, l := range known().quotations {
		for _, open := range l.Opens {
			at := strings.LastIndex(line, " "+open+" ")
			if at < 0 || !l.attributes(line[at+1:]) {
				continue
			}
			// The folded line may differ in length: find the place by words.
			words := strings.Fields(r.lines[i])
			count := len(strings.Fields(line[:at]))
			return strings.Join(words[:min(count, len(words))], " "), 1
		}
	}
	return "", 0
}

func isAttribution(s string) bool {
	for _, l := range known().quotations {
		if l.attributes(s) || l.names(s) {
			return true
		}
	}
	return strings.HasSuffix(s, ":") && strings.Contains(s, "@") && datedAddress.MatchString(s)
}

// fullDate is what no text has by chance: a year, a time of day, or 12/03/2018.
var fullDate = regexp.MustCompile(`\b(?:19|20)\d\d\b|\b\d{1,2} ?[:.h] ?\d\d\b|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b`)

// datedAddress is an attribution without a verb: date, time, name <address>:
var datedAddress = regexp.MustCompile(`^(?:\pL+[.,]? )?(?:\d{4}-\d\d-\d\d|\d{1,2}[./ ].{2,14}\b\d{4}),? .*\d{1,2}[:.h]\d\d.*[<\[(][^<>\s]+@[^<>\s]+[>\])] ?:$`)

// attributes says whether the text is an attribution of the language: it opens
// like one, has a date with year or time or an address, and ends with the verb or, if that stands
// within, with a colon.
func (l replyWords) attributes(s string) bool {
	opened := false
	for _, open := range l.Opens {
		rest, ok := strings.CutPrefix(s, open)
		if ok && rest != "" && (rest[0] == ' ' || rest[0] == '.' || rest[0] == ',') {
			opened = true
			break
		}
	}
	if !opened {
		return false
	}
	end, colon := strings.TrimRight(s, " :"), strings.HasSuffix(s, ":")
	for _, verb := range l.Writes {
		if strings.HasSuffix(end, " "+verb) || colon && strings.Contains(s, " "+verb+" ") {
			return strings.Contains(s, "@") || fullDate.MatchString(s)
		}
	}
	return false
}

// names reports an attribution that begins with the name: name <address>, the verb
// and the date in either order, and a colon.
func (l replyWords) names(s string) bool {
	if !strings.HasSuffix(s, ":") || !strings.Contains(s, "@") || !fullDate.MatchString(s) || !nameAndAddress.MatchString(s) {
		return false
	}
	for _, verb := range l.Writes {
		if strings.Contains(s, " "+verb+" ") || strings.Contains(s, " "+verb+":") {
			return true
		}
	}
	return false
}

var nameAndAddress = regexp.MustCompile(`^[^<>@.!?]{0,60}<[^<>\s]+@[^<>\s]+> `)

type label int

const (
	labelFrom label = 1 << iota
	labelDate
	labelTo
	labelCc
	labelAbout
)

// headerBlock recognises the block of From, Sent, To and Subject that stands above
// the original: From, and two other fields, or one if an address is among them.
func (r replyLines) headerBlock(i int) bool {
	first, rest := labelOf(r.folded[i])
	if first == 0 || first == labelCc {
		return false
	}
	seen := first
	address := strings.Contains(rest, "@")
	if second := labelWithin(rest); second != 0 {
		seen |= second
	}
	gap := 0
	for k := i + 1; k < len(r.folded) && k < i+12; k++ {
		if r.blank(k) {
			gap++
			if gap > 1 || seen&(seen-1) != 0 {
				break
			}
			continue
		}
		address = address || strings.Contains(r.folded[k], "@")
		if l, _ := labelOf(r.folded[k]); l != 0 {
			if gap > 0 && l&first != 0 {
				return false // the block has that label of its own
			}
			seen |= l
		}
	}
	if seen&labelFrom == 0 {
		return false
	}
	others := 0
	for _, l := range []label{labelDate, labelTo, labelAbout} {
		if seen&l != 0 {
			others++
		}
	}
	return others >= 2 || others == 1 && address
}

// labelOf reads "Label: value", with the stars of a bold label tolerated.
func labelOf(line string) (label, string) {
	line = strings.Trim(strings.TrimSpace(line), "*")
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return 0, ""
	}
	if l := known().labels[strings.Trim(name, "* ")]; l != 0 {
		return l, strings.TrimSpace(value)
	}
	return 0, ""
}

// labelWithin finds a second label on the line of the first.
func labelWithin(rest string) label {
	words := strings.Fields(rest)
	for k, w := range words {
		if k > 0 && strings.HasSuffix(w, ":") && len(w) > 2 {
			if l, _ := labelOf(w); l == labelDate || l == labelAbout {
				return l
			}
		}
	}
	return 0
}
