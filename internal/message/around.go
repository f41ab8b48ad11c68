package message

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what may stand around a text.
const (
	bannerReach   = 4    // blocks from either end within which a warning stands
	maxBanner     = 700  // octets
	maxSmallPrint = 4000 // octets of one paragraph
	maxTailRows   = 60   // rows below a farewell
	maxTailLine   = 170  // characters of a line of a signature
	maxTailProse  = 2    // longer lines, such as slogans, that a signature may hold
	maxCover      = 320  // octets of a sentence to the editors
	maxCovers     = 6    // sentences to the editors at either end
	enough        = 60   // octets of text that are one without its cover
)

// around takes off what stands around a text, and leaves the rest in c.bare.
func (c *cutter) around(blocks []Block) {
	blocks = c.withoutBanners(blocks)
	blocks = c.without(CutNotice, blocks, func(_ int, b Block) bool {
		text := b.Text()
		return len(text) < maxSmallPrint && isNotice(foldSpace(replyFolder.Replace(text)))
	})
	blocks = c.withoutAdded(blocks)
	blocks = c.withoutFields(blocks)
	blocks = c.withoutTail(blocks)
	blocks = c.withoutGreeting(blocks)
	bare := c.withoutCovers(blocks)
	c.bare.Blocks = trimRules(bare)
}

// isNotice recognises small print. The cues come first: they cost little.
func isNotice(text string) bool {
	for _, cue := range known().cues {
		if strings.Contains(text, cue) {
			return known().notice.MatchString(text)
		}
	}
	return false
}

func (c *cutter) withoutBanners(blocks []Block) []Block {
	return c.without(CutBanner, blocks, func(i int, b Block) bool {
		text := foldSpace(replyFolder.Replace(b.Text()))
		return (i < bannerReach || i >= len(blocks)-bannerReach) && len(text) < maxBanner && known().banner.MatchString(text)
	})
}

// withoutAdded takes off the lines that phones and webmails add.
func (c *cutter) withoutAdded(blocks []Block) []Block {
	var kept []Block
	for _, b := range blocks {
		if b.Flowing() {
			var lines []Line
			for _, l := range b.Lines {
				folded := strings.Trim(foldSpace(replyFolder.Replace(l.Text)), " .!*_-")
				if before, _, link := strings.Cut(folded, " <http"); link {
					folded = before
				}
				if known().added.MatchString(folded) {
					c.cutLine(CutAdded, l)
					continue
				}
				lines = append(lines, l)
			}
			if b.Lines = lines; len(lines) == 0 {
				continue
			}
		}
		kept = append(kept, b)
	}
	return kept
}

// withoutFields takes off the labelled fields of a form that open the text, at
// least two of them.
func (c *cutter) withoutFields(blocks []Block) []Block {
	rows, _ := rowsOf(blocks)
	count, end := 0, 0
	for i, r := range rows {
		if r.text == "" {
			continue
		}
		label, value, ok := strings.Cut(r.text, ":")
		if !ok || r.line < 0 || !slices.Contains(known().fields, strings.TrimSpace(label)) {
			if count > 0 && strings.TrimSpace(rows[i].text) != "" {
				break
			}
			return blocks
		}
		count, end = count+1, i+1
		if strings.TrimSpace(value) == "" {
			break // the last, whose value is the text
		}
	}
	if count < 2 || end >= len(rows) {
		return blocks
	}
	fields, rest := splitAt(blocks, rows, end)
	c.cut(CutFields, fields...)
	return rest
}

// withoutTail takes off the signature: what a program marked as one; what stands
// below the separator of RFC 3676; and the first farewell, or the line of the
// writer's own name, below which nothing but particulars stands.
func (c *cutter) withoutTail(blocks []Block) []Block {
	var kept []Block
	for _, b := range blocks {
		if b.origin != asSignature {
			kept = append(kept, b)
			continue
		}
		c.sign(b)
	}
	rows, _ := rowsOf(kept)
	// A signature in the middle: the text goes on below a rule.
	for i, r := range rows {
		if r.blank || r.line < 0 || r.text == "" {
			continue
		}
		what := ""
		switch {
		case r.text == "--" && countRows(rows, "--") == 1:
			what = "signature"
		case isFarewell(r.text):
			what = "farewell"
		case i > 0 && !labelled(rows, i) && c.isAuthor(kept[r.block].Lines[r.line].Text):
			what = "name"
		default:
			continue
		}
		end, ok := c.tail(kept, rows, i+1, what == "signature")
		if !ok {
			continue
		}
		if what == "name" && end-i <= 1 && end < len(rows) {
			continue // a name amid the text
		}
		before, from := splitAt(kept, rows, i)
		fromRows, _ := rowsOf(from)
		signature, after := splitAt(from, fromRows, end-i)
		c.sign(signature...)
		if end < len(rows) {
			rest := &cutter{author: c.author}
			after = rest.withoutTail(after)
			c.bare.Cuts = append(c.bare.Cuts, rest.bare.Cuts...)
		}
		return append(before, after...)
	}
	return kept
}

func (c *cutter) sign(blocks ...Block) {
	c.cut(CutSignature, blocks...)
	for _, b := range blocks {
		c.bare.Signature = strings.TrimSpace(c.bare.Signature + "\n" + b.Text())
	}
}

func countRows(rows []row, text string) int {
	n := 0
	for _, r := range rows {
		if r.text == text {
			n++
		}
	}
	return n
}

// tail says whether the rows from i on are a signature, and where it ends: at the
// end of the text, or at a rule below which the text goes on.
func (c *cutter) tail(blocks []Block, rows []row, i int, sure bool) (end int, ok bool) {
	long, count := 0, 0
	for k := i; k < len(rows); k++ {
		b := blocks[rows[k].block]
		if b.Tag == "hr" {
			if _, below := splitAt(blocks, rows, k); textLen(below) > ownText/2 && !c.onlyTail(below) {
				return k, true
			}
			continue
		}
		if rows[k].text == "" {
			continue
		}
		count++
		n := utf8.RuneCountInString(rows[k].text)
		switch {
		case postscript.MatchString(rows[k].text):
			return k, true
		case b.Tag == "h2" && n > 25 && !sure:
			return 0, false
		case n > maxTailLine:
			long++
		}
		if particular.MatchString(rows[k].text) && !sure {
			return 0, false
		}
	}
	if count > maxTailRows && !sure || long > maxTailProse {
		return 0, false
	}
	return len(rows), true
}

// onlyTail says whether blocks hold nothing but particulars.
func (c *cutter) onlyTail(blocks []Block) bool {
	for _, b := range blocks {
		for _, l := range b.Lines {
			if utf8.RuneCountInString(l.Text) > maxTailLine {
				return false
			}
		}
	}
	return true
}

var (
	postscript = regexp.MustCompile(`^p\.? ?s\.?(?: ?:| )`)
	// particular is a line that tells of an event, which no signature does.
	particular = regexp.MustCompile(`^(?:dates?|quand|when|fecha|quando|lieu|où|where|place|venue|luogo|lugar|local|horaires?|heure|time|hora|orari?o?|programme|program|programma|inscriptions?|registration) ?: ?\S`)
)

// isFarewell recognises a line of farewell, with a name behind a comma perhaps.
func isFarewell(line string) bool {
	if known().farewell.MatchString(line) {
		return true
	}
	if one, other, two := strings.Cut(strings.TrimRight(line, " ,.!"), " / "); two {
		return known().farewell.MatchString(one) && known().farewell.MatchString(other)
	}
	before, name, ok := strings.Cut(line, ",")
	if !ok {
		before, name, ok = strings.Cut(line, " et ")
	}
	name = strings.Trim(name, " ,.!")
	return ok && known().farewell.MatchString(strings.TrimSpace(before)) &&
		(len(strings.Fields(name)) <= 4 && !strings.ContainsAny(name, "0123456789") || known().farewell.MatchString(name))
}

// labelled says whether what stands above a row announces it.
func labelled(rows []row, i int) bool {
	for i--; i >= 0; i-- {
		if rows[i].text != "" {
			return strings.HasSuffix(rows[i].text, ":")
		}
	}
	return false
}

// isAuthor says whether a line is the writer's name and no more.
func (c *cutter) isAuthor(line string) bool {
	name, own := nameWords(line), nameWords(c.author)
	return len(own) > 1 && slices.Equal(name, own)
}

func nameWords(s string) []string {
	words := strings.FieldsFunc(strings.ToLower(replyFolder.Replace(s)), func(r rune) bool {
		return strings.ContainsRune(" ,.\u00a0", r)
	})
	slices.Sort(words)
	return words
}

// withoutGreeting takes off the salutation that opens the text.
func (c *cutter) withoutGreeting(blocks []Block) []Block {
	for i, b := range blocks {
		if !b.Flowing() || b.Text() == "" {
			if b.Text() != "" {
				return blocks
			}
			continue // a picture above
		}
		line := b.Lines[0]
		at := greeting(line.Text)
		if at == 0 {
			return blocks
		}
		c.cutLine(CutGreeting, line.Before(at))
		return replaceLine(blocks, i, 0, line.After(at).Capitalised())
	}
	return blocks
}

// maxGreetingMarks is how many commas and the like a salutation may hold.
const maxGreetingMarks = 4

// greeting is how many octets of a line are a salutation, with the marks and
// blanks behind it.
func greeting(text string) int {
	end := 0
	for n, at := 0, 0; n < maxGreetingMarks && at < len(text); n++ {
		mark := strings.IndexAny(text[at:], ",.!…")
		if mark < 0 {
			mark = len(text) - at
		}
		at += mark
		if said := strings.TrimRight(text[:at], " :;)-\u00a0\u202f"); isGreeting(said) {
			end = len(text) - len(strings.TrimLeft(text[at:], ",.!… \u00a0\u202f"))
		}
		at += len(text[at:]) - len(strings.TrimLeft(text[at:], ",.!…"))
	}
	return end
}

func isGreeting(said string) bool {
	return known().salutation.MatchString(strings.Join(strings.Fields(replyFolder.Replace(said)), " "))
}

// replaceLine puts another line in a line's place, or none for an empty one.
func replaceLine(blocks []Block, i, k int, l Line) []Block {
	all := slices.Clone(blocks)
	b := all[i]
	if l.HTML == "" {
		b.Lines = slices.Delete(slices.Clone(b.Lines), k, k+1)
	} else {
		b.Lines = slices.Clone(b.Lines)
		b.Lines[k] = l
	}
	if all[i] = b; len(b.Lines) == 0 {
		all = slices.Delete(all, i, i+1)
	}
	return all
}

// withoutCovers takes off the sentences at either end that speak to the editors of
// the sending itself, unless hardly anything would be left.
func (c *cutter) withoutCovers(blocks []Block) []Block {
	left, cuts := blocks, len(c.bare.Cuts)
	for range maxCovers {
		next, ok := c.coverAbove(left)
		if !ok {
			break
		}
		left = next
	}
	for range maxCovers {
		next, ok := c.coverBelow(left)
		if !ok {
			break
		}
		left = next
	}
	if textLen(left) < enough && len(left) < len(blocks)+1 && textLen(left) < textLen(blocks) {
		c.bare.Covered = left
		c.bare.Cuts = c.bare.Cuts[:cuts]
		return blocks
	}
	return left
}

func (c *cutter) coverAbove(blocks []Block) ([]Block, bool) {
	for i, b := range blocks {
		if b.Text() == "" {
			continue
		}
		if b.Tag != "p" {
			return nil, false
		}
		line := b.Lines[0]
		end := firstSentence(line.Text)
		said := foldSpace(replyFolder.Replace(line.Text[:end]))
		if !isCover(said) || dated.MatchString(said) && !strings.HasSuffix(said, ":") {
			return nil, false
		}
		c.cutLine(CutCover, line.Before(end))
		return replaceLine(blocks, i, 0, line.After(end)), true
	}
	return nil, false
}

func (c *cutter) coverBelow(blocks []Block) ([]Block, bool) {
	for i := len(blocks) - 1; i >= 0; i-- {
		b := blocks[i]
		if b.Text() == "" {
			continue
		}
		if b.Tag != "p" {
			return nil, false
		}
		k := len(b.Lines) - 1
		line := b.Lines[k]
		start := lastSentence(line.Text)
		said := foldSpace(replyFolder.Replace(line.Text[start:]))
		if !isCover(said) && !isFarewell(said) {
			return nil, false
		}
		c.cutLine(CutCover, line.After(start))
		if start == 0 {
			return replaceLine(blocks, i, k, Line{}), true
		}
		return replaceLine(blocks, i, k, line.Before(start)), true
	}
	return nil, false
}

func isCover(said string) bool {
	return said != "" && len(said) <= maxCover && known().cover.MatchString(strings.TrimRight(said, " .!:…"))
}

// dated is what may be a date in a sentence.
var dated = regexp.MustCompile(`\b\d{1,2}(?:er|st|nd|rd|th)?(?: de)? \pL{3,}|\b\d{1,2}[/.]\d{1,2}\b`)

// sentenceEnd is where a sentence may end.
var sentenceEnd = regexp.MustCompile(`[.!?…:]+(?:["»”)]|[\s\x{a0}\x{202f}]*»)?(?:[\s\x{a0}\x{202f}]+|$)`)

// firstSentence is the length of the first sentence, with the blanks behind it.
func firstSentence(text string) int {
	for _, at := range sentenceEnd.FindAllStringIndex(text[:min(len(text), 2*maxCover)], -1) {
		if !abbreviated(text[:at[0]]) {
			return at[1]
		}
	}
	return len(text)
}

// lastSentence is where the last sentence begins.
func lastSentence(text string) int {
	from := 0
	if len(text) > 4*maxCover {
		from = len(text) - 4*maxCover
		for from < len(text) && !utf8.RuneStart(text[from]) {
			from++
		}
	}
	start := 0
	for _, at := range sentenceEnd.FindAllStringIndex(text[from:], -1) {
		if from+at[1] < len(text) && !abbreviated(text[:from+at[0]]) && text[from+at[0]] != ':' {
			start = from + at[1]
		}
	}
	return start
}

// abbreviated says whether a text ends with what a full stop shortens: M., Mme., p.j.
func abbreviated(text string) bool {
	word := text[strings.LastIndexAny(text, " \u00a0(.")+1:]
	switch strings.ToLower(word) {
	case "mme", "mmes", "mlle", "mr", "mrs", "ms", "dr", "tél", "tel", "n", "st", "ste", "av", "bd", "ex", "etc", "sig", "dott":
		return true
	}
	return utf8.RuneCountInString(word) == 1
}
