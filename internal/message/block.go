package message

import (
	"regexp"
	"strings"
)

// Block is a paragraph, a heading, a list, a table or a rule of a text that was laid out,
// or a picture alone in its paragraph.
type Block struct {
	Tag   string // p, h2, h3, ul, ol, table, hr
	Depth int    // of quotation
	// Lines of a paragraph or heading are separated by line ends; a list or a table is
	// one line, and a rule has none.
	Lines []Line

	origin origin
}

// origin is how the mail program that wrote a block marked it.
type origin int

const (
	unmarked origin = iota
	asSignature
	asQuotation
)

// Text returns the block's plain text, a line each.
func (b Block) Text() string {
	lines := make([]string, len(b.Lines))
	for i, l := range b.Lines {
		lines[i] = l.Text
	}
	return strings.Join(lines, "\n")
}

// Flowing reports whether the block is a paragraph or a heading, whose lines can be split.
func (b Block) Flowing() bool { return b.Tag == "p" || b.Tag == "h2" || b.Tag == "h3" }

// Blocks returns the mail's text with nothing removed: from the HTML part, which says
// more, or else from the plain one. fromHTML tells which.
func (m *Message) Blocks() (blocks []Block, fromHTML bool) {
	blocks, fromHTML, _ = m.blocks()
	return blocks, fromHTML
}

// blocks is Blocks; struck is the beginning of the struck-through text, which the blocks
// leave out.
func (m *Message) blocks() (all []Block, fromHTML bool, struck string) {
	cleaned, struck := clean(m.HTML, true)
	if all, more := withoutStruck(parseBlocks(cleaned)); len(all) > 0 {
		return all, true, strings.TrimSpace(struck + " " + more)
	}
	all, struck = textBlocks(m.Body())
	return all, false, struck
}

// HTMLBlocks returns the blocks of HTML from elsewhere than a mail, such as a document.
func HTMLBlocks(source string) []Block {
	blocks, _ := DocumentBlocks(source)
	return blocks
}

// DocumentBlocks is HTMLBlocks; struck is the beginning of the struck-through text, which
// the blocks leave out.
func DocumentBlocks(source string) (blocks []Block, struck string) {
	cleaned, struck := clean(source, false)
	blocks, more := withoutStruck(parseBlocks(cleaned))
	return blocks, strings.TrimSpace(struck + " " + more)
}

// TextBlocks returns the blocks of plain text. Lines after ">" are quoted; text between
// two tildes on either side is struck through and left out.
func TextBlocks(text string) []Block {
	blocks, _ := textBlocks(text)
	return blocks
}

func textBlocks(text string) ([]Block, string) {
	blocks := parseBlocks(TextToHTML(Unwrap(strings.TrimSpace(text))))
	var all []Block
	for _, b := range blocks {
		if !b.Flowing() {
			all = append(all, b)
			continue
		}
		run := Block{Tag: b.Tag}
		for _, l := range b.Lines {
			depth := 0
			for {
				rest, quoted := strings.CutPrefix(strings.TrimLeft(l.HTML, " "), "&gt;")
				if !quoted {
					break
				}
				l.HTML, depth = strings.TrimLeft(rest, " "), depth+1
			}
			if depth > 0 {
				l.Text = lineText(l.HTML)
			}
			if depth != run.Depth && len(run.Lines) > 0 {
				all = append(all, run)
				run = Block{Tag: b.Tag}
			}
			run.Depth = depth
			if l.HTML == "" {
				if len(run.Lines) > 0 {
					all = append(all, run)
				}
				run = Block{Tag: b.Tag, Depth: depth}
				continue
			}
			run.Lines = append(run.Lines, l)
		}
		if len(run.Lines) > 0 {
			all = append(all, run)
		}
	}
	return withoutStruck(all)
}

// ruleLine matches a line that only separates the text above from the text below.
var ruleLine = regexp.MustCompile(`^[\s\p{Z}]*(?:(?:[-–—_=*~#•·.][\s\p{Z}]*){4,}|(?:[-–—_=*~#][\s\p{Z}]*){3})$`)

// maxQuoteDepth bounds the depths of quotation that are told apart.
const maxQuoteDepth = 20

// parseBlocks parses the output of CleanHTML: elements that do not overlap, each followed
// by a line end.
func parseBlocks(cleaned string) []Block {
	var blocks []Block
	depth := 0
	marks := []origin{unmarked}
	for rest := cleaned; rest != ""; {
		rest = strings.TrimLeft(rest, " \n\t")
		if rest == "" {
			break
		}
		tag, inner, after := element(rest)
		rest = after
		switch tag {
		case "blockquote": // its content is read next, and its end tag closes it
			depth = min(depth+1, maxQuoteDepth)
			continue
		case "/blockquote":
			depth = max(depth-1, 0)
			continue
		case "hr":
			blocks = append(blocks, Block{Tag: "hr", Depth: depth, origin: marks[len(marks)-1]})
			continue
		case "ul", "ol", "table":
			b := Block{Tag: tag, Depth: depth, origin: marks[len(marks)-1]}
			b.Lines = []Line{{HTML: inner, Text: HTMLToText(inner)}}
			blocks = append(blocks, b)
			continue
		}
		switch inner {
		case markSignature:
			marks = append(marks, asSignature)
			continue
		case markQuotation:
			marks = append(marks, asQuotation)
			continue
		case markEnd:
			marks = marks[:max(len(marks)-1, 1)]
			continue
		}
		blocks = append(blocks, flowing(tag, inner, depth, marks[len(marks)-1])...)
	}
	return blocks
}

// flowing makes blocks of a paragraph or heading: a line that is a rule splits it.
func flowing(tag, inner string, depth int, m origin) []Block {
	var all []Block
	b := Block{Tag: tag, Depth: depth, origin: m}
	for _, line := range strings.Split(inner, "<br>\n") {
		text := lineText(line)
		if ruleLine.MatchString(text) {
			if len(b.Lines) > 0 {
				all = append(all, b)
			}
			all = append(all, Block{Tag: "hr", Depth: depth, origin: m})
			b.Lines = nil
			continue
		}
		if text == "" && !strings.Contains(line, "<img ") {
			continue
		}
		b.Lines = append(b.Lines, Line{HTML: strings.TrimSpace(line), Text: text})
	}
	if len(b.Lines) > 0 {
		all = append(all, b)
	}
	return all
}

// element splits cleaned HTML after its first element. inner is the content of a paragraph
// or heading, and the whole of a list or table; it is empty for a quotation, so that its
// content is read next. Text outside any element counts as a paragraph.
func element(s string) (tag, inner, after string) {
	if s[0] == '<' {
		name, _, _ := strings.Cut(s[1:], ">")
		name, _, _ = strings.Cut(name, " ")
		open := strings.IndexByte(s, '>') + 1
		if open == 0 {
			return "p", s, "" // cut short
		}
		switch name {
		case "p", "h2", "h3":
			if end := strings.Index(s, "</"+name+">"); end >= 0 {
				return name, s[open:end], s[end+len(name)+3:]
			}
			return name, s[open:], ""
		case "ul", "ol", "table":
			end := closing(s, name)
			return name, s[:end], s[end:]
		case "blockquote", "/blockquote", "hr", "hr/":
			return strings.TrimSuffix(name, "/"), "", s[open:]
		}
	}
	end := 1
	for ; end < len(s); end++ {
		if s[end] == '<' && opensBlock(s[end:]) {
			break
		}
	}
	return "p", strings.TrimSuffix(s[:end], "\n"), s[end:]
}

func opensBlock(s string) bool {
	for _, tag := range []string{"<p>", "<h2>", "<h3>", "<ul>", "<ol>", "<table>", "<hr", "<blockquote>", "</blockquote>"} {
		if strings.HasPrefix(s, tag) {
			return true
		}
	}
	return false
}

// closing returns where the element that opens s ends. It counts the elements of the same
// name within it.
func closing(s, name string) int {
	open := 0
	for at := 0; at < len(s); {
		lt := strings.IndexByte(s[at:], '<')
		if lt < 0 {
			break
		}
		at += lt
		switch {
		case strings.HasPrefix(s[at:], "<"+name+">") || strings.HasPrefix(s[at:], "<"+name+" "):
			open++
		case strings.HasPrefix(s[at:], "</"+name+">"):
			if open--; open == 0 {
				return at + len(name) + 3
			}
		}
		at++
	}
	return len(s)
}

// BlocksText returns the blocks as plain text, with an empty line between them.
func BlocksText(blocks []Block) string {
	var texts []string
	for _, b := range blocks {
		if text := strings.TrimSpace(b.Text()); text != "" {
			texts = append(texts, text)
		}
	}
	return tidyLines(strings.Join(texts, "\n\n"))
}

// JoinBlocks writes the blocks as HTML again, as CleanHTML does.
func JoinBlocks(blocks []Block) string {
	var out strings.Builder
	depth := 0
	quote := func(to int) {
		for ; depth < to; depth++ {
			out.WriteString("<blockquote>")
		}
		for ; depth > to; depth-- {
			out.WriteString("</blockquote>\n")
		}
	}
	for _, b := range blocks {
		if len(b.Lines) == 0 && b.Tag != "hr" {
			continue
		}
		quote(b.Depth)
		switch {
		case b.Tag == "hr":
			out.WriteString("<hr>\n")
		case b.Flowing():
			lines := make([]string, len(b.Lines))
			for i, l := range b.Lines {
				lines[i] = l.HTML
			}
			out.WriteString("<" + b.Tag + ">" + strings.Join(lines, "<br>\n") + "</" + b.Tag + ">\n")
		default:
			out.WriteString(b.Lines[0].HTML + "\n")
		}
	}
	quote(0)
	return strings.TrimSpace(out.String())
}
