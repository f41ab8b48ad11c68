package message

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Body is the author's own text: the mail without greetings, signatures, quotations and
// boilerplate.
type Body struct {
	Blocks []Block
	Cuts   []Cut
	// For a forwarded mail: its author and date; the zero values if it does not say.
	Source  Mailbox
	Written time.Time
	// Covered is the text without the sentences to the editors that were kept because
	// hardly anything else would be left: show it beside a file or a picture. It is nil
	// if it equals Blocks.
	Covered []Block
	Covers  []Cut  // those sentences
	Kept    string // a sentence about the sending that also tells news, and stays
	// Signature is the text of the author's signature, "" without one.
	Signature string
	// Struck is the beginning of the struck-through text, which is left out.
	Struck string
}

// Cut is a piece that was cut off a mail's text.
type Cut struct {
	Kind CutKind
	Text string
	HTML string
}

// CutKind says what was cut, in English.
type CutKind string

// The kinds of cuts.
const (
	CutBanner    CutKind = "warning of a server"
	CutCover     CutKind = "note to the editors"
	CutFields    CutKind = "fields of a form"
	CutForward   CutKind = "forwarded header"
	CutGreeting  CutKind = "greeting"
	CutNote      CutKind = "note above a forwarded mail"
	CutNotice    CutKind = "small print"
	CutAdded     CutKind = "line of a mail program"
	CutQuotation CutKind = "quotation"
	CutSignature CutKind = "signature"
)

func (c Cut) String() string {
	const limit = 60
	text := strings.Join(strings.Fields(c.Text), " ")
	if utf8.RuneCountInString(text) > limit {
		text = string([]rune(text)[:limit]) + "…"
	}
	return fmt.Sprintf("%s “%s”", c.Kind, text)
}

// ExtractBody returns the author's own text. It strips, in this order: quotations; the
// header of a forwarded mail and the note above it; warnings that a server inserted; small
// print; lines that phones add; the signature and the farewell above it; the greeting, and
// sentences to the editors about the sending itself. It trusts a mail program's own marks,
// and finds the rest by tables of words, a file for each language. If nothing would be
// left, it keeps those sentences.
func (m *Message) ExtractBody() Body {
	blocks, _, struck := m.blocks()
	c := &cutter{answers: m.answers(), author: m.Author().Name}
	if m.handsOn() {
		c.answers = false
	}
	c.bare.Struck = struck
	for _, text := range m.added {
		c.cut(CutNotice, TextBlocks(text)...)
	}
	c.handedOn(blocks, m.handsOn(), 0)
	b := c.bare
	for _, block := range c.above {
		if block.Tag != "hr" {
			b.Blocks = append(append([]Block{}, c.above...), b.Blocks...)
			break
		}
	}
	b.Blocks = trimRules(b.Blocks)
	return b
}

func trimRules(blocks []Block) []Block {
	for len(blocks) > 0 && blocks[0].Tag == "hr" {
		blocks = blocks[1:]
	}
	for len(blocks) > 0 && blocks[len(blocks)-1].Tag == "hr" {
		blocks = blocks[:len(blocks)-1]
	}
	return blocks
}

// answers reports a mail that answers another, by its fields.
func (m *Message) answers() bool {
	_, answer, _ := CutSubject(m.Subject)
	return answer || len(m.InReplyTo) > 0
}

// handsOn reports a mail whose subject says that it hands another on.
func (m *Message) handsOn() bool {
	_, _, forward := CutSubject(m.Subject)
	return forward
}

// cutter takes things off.
type cutter struct {
	bare    Body
	answers bool
	author  string  // the writer's name
	above   []Block // a text of its own above the mail that is handed on
	about   string  // the subject of the mail that is handed on
}

func (c *cutter) cut(what CutKind, blocks ...Block) {
	var text []string
	for _, b := range blocks {
		if t := b.Text(); t != "" {
			text = append(text, t)
		}
	}
	html := JoinBlocks(blocks)
	if len(text) > 0 || strings.Contains(html, "<img ") {
		c.bare.Cuts = append(c.bare.Cuts, Cut{what, strings.Join(text, "\n"), html})
	}
}

func (c *cutter) cutLine(what CutKind, l Line) { c.cut(what, Block{Tag: "p", Lines: []Line{l}}) }

// row is a line of a text as its blocks hold it. A blank one stands between
// blocks; line is -1 for it, and for the lines of a list or table, which are cut
// whole.
type row struct {
	block, line int
	text        string // folded for matching
	blank       bool
}

// rowsOf lists the lines of the blocks, and the same as lines of a reply: quoted
// ones behind ">".
func rowsOf(blocks []Block) ([]row, replyLines) {
	var rows []row
	var quoted []string
	for i, b := range blocks {
		if i > 0 {
			rows = append(rows, row{block: i, line: -1, blank: true})
			quoted = append(quoted, "")
		}
		marks := strings.Repeat(">", b.Depth)
		for k, l := range b.Lines {
			at := k
			texts := []string{l.Text}
			if !b.Flowing() {
				at, texts = -1, strings.Split(strings.ReplaceAll(l.Text, " | ", " "), "\n")
			}
			for _, text := range texts {
				rows = append(rows, row{block: i, line: at, text: foldSpace(replyFolder.Replace(text))})
				quoted = append(quoted, strings.TrimSpace(marks+" "+text))
			}
		}
	}
	return rows, splitReply(strings.Join(quoted, "\n"))
}

// splitAt parts blocks before a row.
func splitAt(blocks []Block, rows []row, at int) (before, after []Block) {
	if at >= len(rows) {
		return blocks, nil
	}
	r := rows[at]
	before = append(before, blocks[:r.block]...)
	if r.line <= 0 || r.blank {
		return before, blocks[r.block:]
	}
	b := blocks[r.block]
	head, tail := b, b
	head.Lines, tail.Lines = b.Lines[:r.line], b.Lines[r.line:]
	before = append(before, head)
	return before, append([]Block{tail}, blocks[r.block+1:]...)
}

// without is blocks less those for which f holds, which are cut.
func (c *cutter) without(what CutKind, blocks []Block, f func(i int, b Block) bool) []Block {
	var kept []Block
	for i, b := range blocks {
		if f(i, b) {
			c.cut(what, b)
		} else {
			kept = append(kept, b)
		}
	}
	return kept
}
