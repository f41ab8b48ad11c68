package item

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"infolettre/internal/message"
)

// Bounds of titles, in characters.
const (
	maxTitle   = 200
	maxHeading = 140 // of a line that may be a heading
)

// chooseTitle takes the title from the subject where that says something, or else
// from the heading or first line of the text. A heading that says the same as the
// subject, or the same and more, is taken off the text. filed is the title of the
// text this is, if file says that it is one's.
func chooseTitle(subject, filed string, file bool, blocks []message.Block, centre string) (title, why string, rest []message.Block) {
	said := cleanSubject(subject, centre)
	_, answers, _ := message.CutSubject(subject)
	heading, without := takeHeading(blocks, file || said == "")
	switch {
	case file && filed != "" && !isDateLine(filed) && saysSomething(filed, centre):
		return shorten(filed, maxTitle), "the file's title", blocks
	case file && heading != "":
		return shorten(heading, maxTitle), "the file's first heading", without
	case file && filed != "" && !isDateLine(filed):
		return shorten(filed, maxTitle), "the file's title", blocks
	case said != "" && heading != "" && within(said, heading):
		return shorten(heading, maxTitle), "the first heading, which says what the subject does", without
	case said != "" && heading != "" && within(heading, said):
		return shorten(said, maxTitle), "the subject", without
	case said != "" && heading == "" && answers && !shares(said, blocks):
		line := firstLine(blocks)
		if line == "" {
			break
		}
		return shorten(strings.TrimRight(line[:sentenceLength(line)], " .:;,"), maxTitle), "the first line, the subject being that of the mail which is answered", blocks
	case said != "" && heading != "" && answers:
		return shorten(heading, maxTitle), "the first heading, the subject being that of the mail which is answered", without
	case said != "":
		return shorten(said, maxTitle), "the subject", blocks
	case heading != "":
		why = "the first heading, the subject saying nothing of the text"
		if strings.TrimSpace(subject) == "" {
			why = "the first heading, the subject being empty"
		}
		return shorten(heading, maxTitle), why, without
	}
	if line := firstLine(blocks); line != "" {
		end := sentenceLength(line)
		return shorten(strings.TrimRight(line[:end], " .:;,"), maxTitle), "the first line, the subject saying nothing of the text", blocks
	}
	plain, _, _ := message.CutSubject(subject)
	return shorten(oneLine(plain), maxTitle), "the subject, for want of a better", blocks
}

// cleanSubject is the subject as a title: without what programs put before it, and
// without a label such as "Contribution InfoLettre :". It is "" where the subject
// says nothing of the text.
func cleanSubject(subject, centre string) string {
	s, _, _ := message.CutSubject(subject)
	s = oneLine(s)
	for range 3 {
		before, after, ok := cutLabel(s)
		if !ok || !saysSending(before) || saysSomething(before, centre) || !saysSomething(after, centre) {
			break
		}
		s = after
	}
	for range 2 { // … - InfoLettre, at the end
		at := strings.LastIndexAny(s, "-–—|(/")
		if at <= 0 || !strings.HasSuffix(s[:at], " ") || saysSomething(s[at:], centre) || !saysSomething(s[:at], centre) || !saysSending(s[at:]) {
			break
		}
		s = strings.TrimSpace(s[:at])
	}
	if !saysSomething(s, centre) {
		return ""
	}
	s = unlabelled(strings.Trim(s, " \u00a0\"“”"))
	if strings.Count(s, "«") != strings.Count(s, "»") {
		s = strings.Trim(s, "«» ")
	}
	return trimEnd(s)
}

var label = regexp.MustCompile(`^([^:–—|/]{2,60}?)[\s\p{Z}]*(?:[:：|/]|[\s\p{Z}][–—-])[\s\p{Z}]+(.+)$`)

func cutLabel(s string) (before, after string, ok bool) {
	m := label.FindStringSubmatch(s)
	if m == nil {
		return "", "", false
	}
	return m[1], strings.TrimSpace(m[2]), true
}

// saysSending reports a label with a word for what is sent.
func saysSending(s string) bool {
	for _, w := range strings.Fields(fold(s)) {
		if known().sendings[w] {
			return true
		}
	}
	return false
}

// saysSomething reports a subject with a word that tells of the text: not one of
// the tables of empty and small words, a number, or a name of the sender's centre.
func saysSomething(s, centre string) bool {
	own := map[string]bool{}
	for _, w := range strings.Fields(fold(centre)) {
		own[w] = true
	}
	for _, w := range strings.Fields(fold(s)) {
		if known().empty[w] || known().small[w] || own[w] || strings.IndexFunc(w, unicode.IsLetter) < 0 {
			continue
		}
		return true
	}
	return false
}

// shares says whether half of a subject's telling words stand in the text.
func shares(subject string, blocks []message.Block) bool {
	have := map[string]bool{}
	for _, w := range strings.Fields(fold(studied(message.BlocksText(blocks)))) {
		have[w] = true
	}
	telling, found := 0, 0
	for _, w := range strings.Fields(fold(subject)) {
		if known().small[w] || known().empty[w] {
			continue
		}
		if telling++; have[w] {
			found++
		}
	}
	return telling > 0 && 2*found >= telling
}

// within says whether all telling words of a stand in b.
func within(a, b string) bool {
	have := map[string]bool{}
	for _, w := range strings.Fields(fold(b)) {
		have[w] = true
	}
	telling := 0
	for _, w := range strings.Fields(fold(a)) {
		if known().small[w] {
			continue
		}
		if !have[w] {
			return false
		}
		telling++
	}
	return telling > 0
}

// takeHeading takes the heading that opens the text off it; "" where none does.
// any is for a text without another title: a short first sentence on a line of its
// own is one.
func takeHeading(blocks []message.Block, any bool) (heading string, rest []message.Block) {
	for i, b := range blocks {
		if b.Text() == "" && b.Tag != "hr" {
			continue // a picture above
		}
		if i < maxDateLines && b.Flowing() && isDateLine(b.Text()) {
			continue // when and where it was written
		}
		if !isHeading(b) && !(opensText(blocks, i) && (any && isOneSentence(b.Lines[0].Text) || !endsProse(b.Lines[0].Text))) {
			return "", blocks
		}
		return unlabelled(trimEnd(oneLine(b.Lines[0].Text))), dropLine(blocks, i, 0)
	}
	return "", blocks
}

// unlabelled is a title without the label of a form: "Titre : …".
func unlabelled(s string) string {
	if before, after, ok := cutLabel(s); ok && known().titles[strings.TrimSpace(fold(before))] {
		return after
	}
	return s
}

// isHeading reports a block whose first line is a heading by its look: an element
// of its own, bold, or in capitals.
func isHeading(b message.Block) bool {
	if !b.Flowing() || len(b.Lines) == 0 {
		return false
	}
	text := b.Lines[0].Text
	n := utf8.RuneCountInString(text)
	if n == 0 || n > maxHeading || strings.HasSuffix(text, ",") || strings.HasSuffix(text, ";") ||
		strings.IndexFunc(text, unicode.IsLetter) < 0 || strings.Contains(text, "@") || strings.Contains(text, "<http") {
		return false
	}
	if b.Tag != "p" {
		return true
	}
	if endsProse(text) && n > 60 {
		return false
	}
	return b.Lines[0].Bold() || inCapitals(text)
}

// opensText reports a short first line, on a line of its own, with a text below.
func opensText(blocks []message.Block, i int) bool {
	b := blocks[i]
	if !b.Flowing() || b.Tag != "p" || b.Depth > 0 {
		return false
	}
	text := b.Lines[0].Text
	if n := utf8.RuneCountInString(text); n < 6 || n > 110 || strings.ContainsAny(text, "@") || strings.Contains(text, "http") ||
		strings.HasSuffix(text, ",") || strings.HasSuffix(text, ":") || bulleted.MatchString(text) && unlabelled(text) == text {
		return false
	}
	below := len(b.Lines) > 1
	for _, b := range blocks[i+1:] {
		below = below || b.Text() != ""
	}
	return below
}

func isOneSentence(s string) bool { return sentenceLength(s) >= len(strings.TrimSpace(s)) }

var bulleted = regexp.MustCompile(`^[-*•·–▪◦‣>]|^\d{1,2}(?:[./ ]|er )|^[^:]{2,25} ?: \S`)

// endsProse reports a line that ends as a sentence does.
func endsProse(s string) bool {
	s = strings.TrimRight(s, " \u00a0»”\")")
	return strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "...") || strings.HasSuffix(s, ";")
}

// firstLine is the first line of text.
func firstLine(blocks []message.Block) string {
	dates := 0
	for _, b := range blocks {
		for _, l := range b.Lines {
			for _, text := range strings.Split(link.ReplaceAllString(l.Text, " "), "\n") {
				text = strings.TrimSpace(strings.TrimLeft(text, "-*•# "))
				if text = oneLine(numbering.ReplaceAllString(text, "")); text == "" {
					continue
				}
				if dates++; dates > maxDateLines || !isDateLine(text) {
					return text
				}
			}
		}
	}
	return ""
}

// dropLine is the blocks without one line.
func dropLine(blocks []message.Block, i, k int) []message.Block {
	all := append([]message.Block{}, blocks[:i]...)
	b := blocks[i]
	b.Lines = append(append([]message.Line{}, b.Lines[:k]...), b.Lines[k+1:]...)
	if len(b.Lines) > 0 {
		if b.Tag != "p" {
			b.Tag = "p" // the heading was its first line
		}
		all = append(all, b)
	}
	return append(all, blocks[i+1:]...)
}

// sentenceLength is where the first sentence of a line ends.
func sentenceLength(line string) int {
	for i := 20; i < len(line); i++ {
		if strings.IndexByte(".!?", line[i]) >= 0 && (i+1 == len(line) || line[i+1] == ' ') {
			return i + 1
		}
	}
	return len(line)
}

func oneLine(s string) string {
	return strings.Trim(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }), " "), "\u00a0 ")
}

// trimEnd takes a colon or a lone full stop off the end of a title.
func trimEnd(s string) string {
	s = strings.TrimRight(s, " \u00a0\u202f:;,-–—")
	if strings.Count(s, ".") == 1 {
		s = strings.TrimSuffix(s, ".")
	}
	return strings.TrimSpace(s)
}

// shorten cuts at a blank, so that no more than n characters remain.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)[:n-1]
	cut := string(runes)
	if i := strings.LastIndexByte(cut, ' '); i > n/2 {
		cut = cut[:i]
	}
	return cut + "…"
}
