package message

import (
	"net/mail"
	"regexp"
	"strings"
	"time"
)

const (
	maxHandedOn     = 5   // mails handed on within each other
	maxForwardLabel = 14  // lines of a forwarded header
	ownText         = 400 // octets of a note above a mail that is handed on which make it a text of its own
)

// CutSubject removes the prefixes of programs and the tags of lists from a subject.
// answers and handsOn report whether they mark a reply or a forwarded mail.
func CutSubject(subject string) (rest string, answers, handsOn bool) {
	rest = subject
	for range 10 {
		if tag := subjectTag.FindString(rest); tag != "" && strings.TrimSpace(rest[len(tag):]) != "" {
			rest = rest[len(tag):]
			continue
		}
		m := subjectPrefix.FindStringSubmatch(rest)
		if m == nil {
			break
		}
		word := strings.ToLower(m[1])
		switch {
		case contains(known().forwards, word):
			if !answers { // the outermost one counts
				handsOn = true
			}
		case contains(known().answers, word):
			if !handsOn {
				answers = true
			}
		default:
			return strings.TrimSpace(rest), answers, handsOn
		}
		rest = rest[len(m[0]):]
	}
	return strings.TrimSpace(rest), answers, handsOn
}

var (
	subjectPrefix = regexp.MustCompile(`^[\s\p{Z}]*(\pL{1,6})[\s\p{Z}]*(?:\[\d+\])?[\s\p{Z}]*[:：][\s\p{Z}]*`)
	// A list's tag, such as "[reseau-cdm]", or a subject's own handle.
	subjectTag = regexp.MustCompile(`^\s*\[[^\][]{1,40}\]\s*`)
)

func contains(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}

// handedOn takes the quotations off, or the header of the mail that is handed on
// with the note above it; what that mail hands on in turn, likewise.
func (c *cutter) handedOn(blocks []Block, forward bool, depth int) {
	rows, reply := rowsOf(blocks)
	plain := plainRows(rows)
	for i := range rows {
		if rows[i].blank || rows[i].text == "" {
			continue
		}
		marked := known().forwarded.MatchString(rows[i].text)
		// Outlook sets the same rule above what is answered to and what is handed on.
		rule := !marked && !c.answers && known().original.MatchString(rows[i].text)
		header := i
		if marked || rule {
			header = plain.next(i + 1)
			if header >= len(rows) || !plain.headerBlock(header) {
				header = -1
			}
		}
		if rule = rule && (forward || header >= 0 && depth == 0); !marked && !rule && !plain.headerBlock(i) {
			quotes := blocks[rows[i].block].Depth > 0 && plain.isAttributed(i)
			if c.answers && blocks[rows[i].block].origin == asQuotation || quotes || c.attributed(reply, rows, i) {
				if forward && !c.answers && depth == 0 && plain.isAttributed(i) {
					c.attributedForward(blocks, rows, plain, i)
					return
				}
				c.quoted(blocks, rows, reply, i)
				return
			}
			continue
		}
		above, _ := splitAt(blocks, rows, i)
		if original := i > 0 && !marked; original {
			above = c.withoutOriginalLine(above)
		}
		if !marked && !forward && (c.answers || textLen(above) > ownText) && !c.saysNothing(above) {
			_, below := splitAt(blocks, rows, i)
			c.cut(CutQuotation, below...)
			c.around(above)
			return
		}
		content := i + 1
		if header >= 0 {
			content = c.readHeader(rows, blocks, header)
		}
		if depth == 0 && textLen(above) > ownText {
			noted := &cutter{author: c.author}
			noted.around(above)
			if textLen(noted.bare.Blocks) > ownText {
				c.above = noted.bare.Blocks
			} else {
				c.cut(CutNote, above...)
			}
			c.bare.Cuts = append(c.bare.Cuts, noted.bare.Cuts...)
		} else {
			c.cut(CutNote, above...)
		}
		_, below := splitAt(blocks, rows, content)
		below = shallower(below)
		c.author = c.bare.Source.Name
		_, answers, handsOn := CutSubject(c.about)
		c.answers, c.about = answers, ""
		if depth < maxHandedOn {
			c.handedOn(below, handsOn, depth+1)
		} else {
			c.around(below)
		}
		return
	}
	c.around(blocks)
}

// attributed says whether row i introduces a quotation: "Le … a écrit :".
func (c *cutter) attributed(reply replyLines, rows []row, i int) bool {
	if rows[i].line < 0 {
		return false
	}
	if known().original.MatchString(rows[i].text) {
		return true
	}
	_, n := reply.attribution(i)
	return n > 0
}

// saysNothing reports a text above an original that is no more than a word to the
// editors about it: people answer a mail to hand it on.
func (c *cutter) saysNothing(above []Block) bool {
	if textLen(above) == 0 {
		return !c.answers
	}
	alone := &cutter{author: c.author}
	alone.around(above)
	return textLen(alone.bare.Blocks) == 0 || alone.bare.Covered != nil && textLen(alone.bare.Covered) == 0
}

func (r replyLines) isAttributed(i int) bool {
	_, n := r.attribution(i)
	return n > 0
}

// attributedForward reads a mail that is handed on below a line as of an answer:
// "Le …, Zoé <zoe@…> a écrit :".
func (c *cutter) attributedForward(blocks []Block, rows []row, plain replyLines, i int) {
	_, n := plain.attribution(i)
	above, rest := splitAt(blocks, rows, i)
	restRows, _ := rowsOf(rest)
	line, below := splitAt(rest, restRows, min(n, len(restRows)))
	var said []string
	for _, b := range line {
		said = append(said, b.Text())
	}
	text := strings.Join(strings.Fields(strings.Join(said, " ")), " ")
	if email := bareEmail.FindString(text); email != "" {
		before, _, _ := strings.Cut(text, email)
		c.bare.Source = readSource(before[strings.LastIndexAny(strings.TrimRight(before, " <[(,"), ",0123456789")+1:] + email)
	}
	c.cut(CutNote, above...)
	c.cut(CutForward, line...)
	c.answers, c.author = false, c.bare.Source.Name
	c.around(shallower(below))
}

// shallower takes one quotation off around blocks that stand in one.
func shallower(blocks []Block) []Block {
	if len(blocks) == 0 {
		return blocks
	}
	by := blocks[0].Depth
	all := append([]Block{}, blocks...)
	for k := range all {
		all[k].Depth = max(all[k].Depth-by, 0)
		if all[k].origin == asQuotation {
			all[k].origin = unmarked
		}
	}
	return all
}

// quoted takes off what is quoted from row i on, and keeps what is written between
// and below.
func (c *cutter) quoted(blocks []Block, rows []row, reply replyLines, i int) {
	above, below := splitAt(blocks, rows, i)
	var kept []Block
	if before, n := reply.attribution(i); before != "" {
		l := blocks[rows[i].block].Lines[rows[i].line]
		l = l.Before(min(len(before), len(l.Text)))
		kept = append(kept, Block{Tag: "p", Lines: []Line{l}})
	} else if n > 0 {
		if next := reply.next(i + n); next < len(rows) && blocks[rows[next].block].Depth > blocks[rows[i].block].Depth {
			_, rest := splitAt(blocks, rows, next)
			depth := rest[0].Depth
			below = append([]Block{}, below[:max(len(below)-len(rest), 0)]...)
			for _, b := range rest {
				if b.Depth < depth {
					kept = append(kept, b)
				} else {
					below = append(below, b)
				}
			}
		}
	}
	c.cut(CutQuotation, below...)
	c.around(append(append([]Block{}, above...), kept...))
}

// plainRows are the rows for matching header blocks, quoted or not.
func plainRows(rows []row) replyLines {
	r := replyLines{lines: make([]string, len(rows)), folded: make([]string, len(rows)), after: make([]int, len(rows)+1)}
	r.after[len(rows)] = len(rows)
	for i := len(rows) - 1; i >= 0; i-- {
		r.lines[i], r.folded[i] = rows[i].text, rows[i].text
		if r.after[i] = i; rows[i].text == "" {
			r.after[i] = r.after[i+1]
		}
	}
	return r
}

// withoutOriginalLine takes off the rule above a header block.
func (c *cutter) withoutOriginalLine(blocks []Block) []Block {
	for len(blocks) > 0 {
		last := blocks[len(blocks)-1]
		if last.Tag == "hr" {
			blocks = blocks[:len(blocks)-1]
			continue
		}
		n := len(last.Lines)
		if !last.Flowing() || n == 0 || !known().original.MatchString(foldSpace(replyFolder.Replace(last.Lines[n-1].Text))) {
			break
		}
		blocks = append([]Block{}, blocks...)
		last.Lines = last.Lines[:n-1]
		blocks[len(blocks)-1] = last
		if n == 1 {
			blocks = blocks[:len(blocks)-1]
		}
	}
	return blocks
}

// readHeader reads the forwarded header that begins at a row, and returns the row
// behind it.
func (c *cutter) readHeader(rows []row, blocks []Block, at int) (end int) {
	seen := false
	var header []Block
	end = at
	for i := at; i < len(rows) && i < at+2*maxForwardLabel; i++ {
		if rows[i].blank || rows[i].text == "" {
			if seen && !labelAhead(rows, i) {
				break
			}
			continue
		}
		which, value := labelOf(rows[i].text)
		switch {
		case which == labelFrom && !seen:
			c.bare.Source = readSource(originalText(blocks, rows[i], value))
			seen = true
		case which == labelDate:
			c.bare.Written = readWritten(value)
		case which == labelAbout:
			c.about = value
		case which == 0 && !otherLabel(rows[i].text) && !strings.Contains(rows[i].text, "@"):
			if seen {
				c.cut(CutForward, header...)
				return end
			}
		}
		end = i + 1
		if rows[i].line >= 0 {
			header = append(header, Block{Tag: "p", Lines: blocks[rows[i].block].Lines[rows[i].line : rows[i].line+1]})
		} else {
			for end < len(rows) && rows[end].block == rows[i].block && !rows[end].blank {
				switch which, value := labelOf(rows[end].text); which {
				case labelFrom:
					c.bare.Source = readSource(originalText(blocks, rows[end], value))
					seen = true
				case labelAbout:
					c.about = value
				default: // date and recipients
				}
				end++
			}
			header = append(header, blocks[rows[i].block])
			i = end - 1
		}
	}
	c.cut(CutForward, header...)
	return end
}

func labelAhead(rows []row, i int) bool {
	for ; i < len(rows); i++ {
		if rows[i].text != "" {
			which, _ := labelOf(rows[i].text)
			return which != 0 || otherLabel(rows[i].text)
		}
	}
	return false
}

func otherLabel(line string) bool {
	name, _, ok := strings.Cut(strings.Trim(line, "* "), ":")
	if !ok {
		return false
	}
	name = strings.Trim(name, "* ")
	for _, q := range known().quotations {
		if contains(q.Other, name) {
			return true
		}
	}
	return false
}

// originalText is the end of the row's text as it was written, for a folded one.
func originalText(blocks []Block, r row, folded string) string {
	for k, l := range blocks[r.block].Lines {
		if r.line >= 0 && k != r.line {
			continue
		}
		for _, text := range strings.Split(l.Text, "\n") {
			text = strings.Join(strings.Fields(strings.ReplaceAll(text, " | ", " ")), " ")
			if len(folded) <= len(text) && strings.EqualFold(text[len(text)-len(folded):], folded) {
				return text[len(text)-len(folded):]
			}
		}
	}
	return folded
}

var (
	bracketed = regexp.MustCompile(`[<\[(](?:mailto:)?([^<>\s\]()]+@[^<>\s\]()]+)[>\])]`)
	bareEmail = regexp.MustCompile(`[\pL\pN._%+-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+`)
	onBehalf  = regexp.MustCompile(`(?i) (?:de la part de|on behalf of|per conto di|en nombre de|em nome de) .*$`)
)

// readSource reads "Name <address>", "Name [mailto:address]" or either alone.
func readSource(s string) Mailbox {
	var m Mailbox
	if found := bracketed.FindStringSubmatchIndex(s); found != nil {
		m.Address = Address(s[found[2]:found[3]])
		s = s[:found[0]]
	} else if email := bareEmail.FindString(s); email != "" {
		m.Address = Address(email)
		s = strings.Replace(s, email, "", 1)
	}
	m.Name = strings.Trim(onBehalf.ReplaceAllString(strings.TrimSpace(s), ""), " \"'*<>()[],;:\u00a0")
	if strings.EqualFold(m.Name, string(m.Address)) {
		m.Name = ""
	}
	return m
}

// readWritten reads a forwarded date where it is written as RFC 5322 asks; forms
// of a language are left to those who read dates.
func readWritten(s string) time.Time {
	if t, err := mail.ParseDate(strings.ToUpper(s)); err == nil {
		return t
	}
	return time.Time{}
}

// textLen is how much text the blocks hold, in octets.
func textLen(blocks []Block) int {
	n := 0
	for _, b := range blocks {
		for _, l := range b.Lines {
			n += len(l.Text)
		}
	}
	return n
}
