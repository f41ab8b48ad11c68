package item

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"infolettre/internal/message"
)

// Limits of titles, in characters.
const (
	maxTitle   = 200
	maxHeading = 140 // of a line that may be a heading
)

// chooseTitle takes the title from the subject if it says something, else from the heading or
// the first line of the text. It removes a heading from the text if it contains the subject.
// filed is the title of an attached document; file reports that the text is from one.
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

// cleanSubject returns the subject as a title, without the prefixes of mail programs and
// without a label such as "Contribution InfoLettre :". It returns "" if the subject says
// nothing about the text.
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

// saysSending reports whether a label has a word for a contribution.
func saysSending(s string) bool {
	for _, w := range strings.Fields(fold(s)) {
		if loadVocabulary().sendings[w] {
			return true
		}
	}
	return false
}

// saysSomething reports whether a subject has a word about the text: not one of the tables of
// empty and small words, a number, or a name of the sender's centre.
func saysSomething(s, centre string) bool {
	own := map[string]bool{}
	for _, w := range strings.Fields(fold(centre)) {
		own[w] = true
	}
	for _, w := range strings.Fields(fold(s)) {
		if loadVocabulary().empty[w] || loadVocabulary().small[w] || own[w] || strings.IndexFunc(w, unicode.IsLetter) < 0 {
			continue
		}
		return true
	}
	return false
}

// shares reports whether half of the significant words of a subject occur in the text.
func shares(subject string, blocks []message.Block) bool {
	have := map[string]bool{}
	for _, w := range strings.Fields(fold(analysedPart(message.BlocksText(blocks)))) {
		have[w] = true
	}
	telling, found := 0, 0
	for _, w := range strings.Fields(fold(subject)) {
		if loadVocabulary().small[w] || loadVocabulary().empty[w] {
			continue
		}
		if telling++; have[w] {
			found++
		}
	}
	return telling > 0 && 2*found >= telling
}

// within reports whether all significant words of a occur in b.
func within(a, b string) bool {
	have := map[string]bool{}
	for _, w := range strings.Fields(fold(b)) {
		have[w] = true
	}
	telling := 0
	for _, w := range strings.Fields(fold(a)) {
		if loadVocabulary().small[w] {
			continue
		}
		if !have[w] {
			return false
		}
		telling++
	}
	return telling > 0
}

// takeHeading removes and returns the heading at the beginning of a text; "" for none. any is
// for a text without another title: then a short first sentence on its own line is a heading.
func takeHeading(blocks []message.Block, any bool) (heading string, rest []message.Block) {
	for i, b := range blocks {
		if b.Text() == "" && b.Tag != "hr" {
			continue // a picture above
		}
		if i < maxDateLines && b.Flowing() && isDateLine(b.Text()) {
			continue // date and place of writing
		}
		if !isHeading(b) && !(opensText(blocks, i) && (any && isOneSentence(b.Lines[0].Text) || !endsProse(b.Lines[0].Text))) {
			return "", blocks
		}
		return unlabelled(trimEnd(oneLine(b.Lines[0].Text))), dropLine(blocks, i, 0)
	}
	return "", blocks
}

// unlabelled removes the label of a form from a title: "Titre : …".
func unlabelled(s string) string {
	if before, after, ok := cutLabel(s); ok && loadVocabulary().titles[strings.TrimSpace(fold(before))] {
		return after
	}
	return s
}

// isHeading reports whether the first line of a block looks like a heading: an element of its
// own, bold, or in capitals.
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

// opensText reports whether a block is a short first line with a text below.
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

// endsProse reports whether a line ends like a sentence.
func endsProse(s string) bool {
	s = strings.TrimRight(s, " \u00a0»”\")")
	return strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "...") || strings.HasSuffix(s, ";")
}

// firstLine returns the first line of text.
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

// dropLine returns the blocks without one line.
func dropLine(blocks []message.Block, i, k int) []message.Block {
	all := append([]message.Block{}, blocks[:i]...)
	b := blocks[i]
	b.Lines = append(append([]message.Line{}, b.Lines[:k]...), b.Lines[k+1:]...)
	if len(b.Lines) > 0 {
		if b.Tag != "p" {
			b.Tag = "p" // its first line was the heading
		}
		all = append(all, b)
	}
	return append(all, blocks[i+1:]...)
}

// sentenceLength returns the end of the first sentence of a line.
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

// trimEnd removes a colon or a single full stop from the end of a title.
func trimEnd(s string) string {
	s = strings.TrimRight(s, " \u00a0\u202f:;,-–—")
	if strings.Count(s, ".") == 1 {
		s = strings.TrimSuffix(s, ".")
	}
	return strings.TrimSpace(s)
}

// shorten cuts a text at a blank to at most n characters.
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
