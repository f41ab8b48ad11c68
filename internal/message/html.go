package message

import (
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// HTMLToText converts HTML to plain text that reads well: an empty line between
// paragraphs, list items after "- " or their number, table cells separated by " | ", a
// link as its text and its address in angle brackets if they differ. It leaves out what a
// reader of the page would not see.
func HTMLToText(source string) string {
	text, err := render(source, false)
	if err != nil { // elements nested too deep for the parser
		text = flatText(source)
	}
	return tidyLines(text)
}

// quotedHTML is HTMLToText with marked quotations: their lines begin with ">", and a line
// of cutHere is where a program put the original below the reply. It returns "" if the
// HTML cannot be laid out, because then it is unknown what shows.
func quotedHTML(source string) string {
	text, err := render(source, true)
	if err != nil {
		return ""
	}
	return tidyLines(text)
}

// cutHere cannot come from a mail: NUL is dropped on reading.
const cutHere = "\x00cut"

// maxHTMLDepth bounds the recursion. The parser itself stops at 512 open elements.
const maxHTMLDepth = 600

func render(source string, quotes bool) (string, error) {
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		return "", err
	}
	t := &textWriter{quotes: quotes, strikes: strikesOf(source), base: baseOf(root)}
	t.node(root, textStyle{}, 0)
	return t.out.String(), nil
}

// flatText returns the text of HTML without regard to its structure.
func flatText(source string) string {
	t := &textWriter{}
	skip := 0 // open elements with content that no reader sees
	for z := html.NewTokenizer(strings.NewReader(source)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return t.out.String()
		case html.TextToken:
			if skip == 0 {
				t.text(string(z.Text()), false)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			switch a := atom.Lookup(name); {
			case a == atom.Script || a == atom.Style || a == atom.Title:
				skip++
			case a == atom.Br:
				t.lineEnd()
			default:
				t.block(blocks[a])
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch a := atom.Lookup(name); a {
			case atom.Script, atom.Style, atom.Title:
				skip = max(skip-1, 0)
			default:
				t.block(blocks[a])
			}
		case html.CommentToken, html.DoctypeToken:
		}
	}
}

// textStyle decides whether text shows: the colours in force.
type textStyle struct {
	background string
	pre        bool
}

// textWriter lays out text. Line breaks and blanks are written once text follows.
type textWriter struct {
	out        strings.Builder
	quotes     bool
	breaks     int  // line ends to write before the next text
	space      bool // a blank to write before the next text
	started    bool
	prefix     string             // of every line: ">" marks of quotations
	indent     string             // of lines in lists
	mark       string             // of the current list item
	gmailQuote int                // depth of Gmail's quotation containers
	items      map[*html.Node]int // how many items of each numbered list were written
	sheet      *styleSheet        // set for answers that decide, which are read strictly: see Written
	shows      bool               // text that may be hidden is written
	strikes    *strikes           // nil if the caller handles struck-through text
	base       *url.URL           // to which addresses are relative; nil for none
}

// blocks are the elements on lines of their own, with the number of line ends around them:
// 2 leaves an empty line.
var blocks = map[atom.Atom]int{
	atom.P: 2, atom.H1: 2, atom.H2: 2, atom.H3: 2, atom.H4: 2, atom.H5: 2, atom.H6: 2,
	atom.Ul: 2, atom.Ol: 2, atom.Dl: 2, atom.Table: 2, atom.Blockquote: 2, atom.Pre: 2, atom.Figure: 2,
	atom.Div: 1, atom.Li: 1, atom.Dt: 1, atom.Dd: 1, atom.Tr: 1, atom.Section: 1, atom.Article: 1,
	atom.Header: 1, atom.Footer: 1, atom.Address: 1, atom.Center: 1, atom.Form: 1, atom.Fieldset: 1,
	atom.Main: 1, atom.Nav: 1, atom.Aside: 1, atom.Figcaption: 1, atom.Caption: 1, atom.Tbody: 1,
	atom.Thead: 1, atom.Tfoot: 1, atom.Body: 1,
}

// invisible are the elements with content that no reader sees.
var invisible = map[atom.Atom]bool{
	atom.Head: true, atom.Script: true, atom.Style: true, atom.Title: true, atom.Template: true,
	atom.Noscript: true, atom.Object: true, atom.Svg: true, atom.Math: true, atom.Select: true,
	atom.Textarea: true, atom.Iframe: true, atom.Audio: true, atom.Video: true,
}

func (t *textWriter) node(n *html.Node, l textStyle, depth int) {
	if depth > maxHTMLDepth {
		return
	}
	switch n.Type {
	case html.TextNode:
		t.text(n.Data, l.pre)
		return
	case html.DocumentNode:
		t.children(n, l, depth)
		return
	case html.ElementNode:
	default:
		return
	}
	if invisible[n.DataAtom] || t.hidden(n, &l) || t.strikes.has(n) {
		return
	}
	switch n.DataAtom {
	case atom.Br:
		t.lineEnd()
		return
	case atom.Hr:
		t.block(1)
		if t.quotes {
			t.raw("-----")
		}
		t.block(1)
		return
	case atom.Img:
		if alt := attribute(n, "alt"); t.sheet != nil && isSign(alt) {
			t.text(alt, false)
		}
		return
	case atom.A:
		t.link(n, l, depth)
		return
	case atom.Td, atom.Th:
		if t.started && previousCell(n) {
			t.space = false
			t.raw(" | ")
		}
	case atom.Pre:
		l.pre = true
	default: // no element of its own kind
	}
	if t.quotes && t.quotation(n, l, depth) {
		return
	}
	gap := blocks[n.DataAtom]
	if n.DataAtom == atom.P && n.Parent != nil && n.Parent.DataAtom == atom.Li {
		gap = 1
	}
	t.block(gap)
	if n.DataAtom == atom.Li {
		t.item(n, l, depth)
	} else {
		t.children(n, l, depth)
	}
	t.block(gap)
}

func (t *textWriter) children(n *html.Node, l textStyle, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		t.node(c, l, depth+1)
	}
}

// item writes a list item after its mark, and indents its further lines.
func (t *textWriter) item(n *html.Node, l textStyle, depth int) {
	mark := "- "
	if n.Parent != nil && n.Parent.DataAtom == atom.Ol {
		if t.items == nil {
			t.items = map[*html.Node]int{}
		}
		t.items[n.Parent]++
		mark = strconv.Itoa(t.items[n.Parent]) + ". "
	}
	before := t.indent
	t.mark = mark
	t.children(n, l, depth)
	t.mark = ""
	t.indent = before
}

// link writes the text of a link and, where it differs, its address.
func (t *textWriter) link(n *html.Node, l textStyle, depth int) {
	start := t.out.Len()
	t.children(n, l, depth)
	href := absoluteURL(attribute(n, "href"), t.base)
	low := strings.ToLower(href)
	if !strings.HasPrefix(low, "http://") && !strings.HasPrefix(low, "https://") && !strings.HasPrefix(low, "mailto:") {
		return
	}
	shown := strings.TrimSpace(t.out.String()[min(start, t.out.Len()):])
	bare := strings.TrimPrefix(href, "mailto:")
	if shown == "" || sameLink(shown, bare) || strings.ContainsAny(href, "<> \n\t") {
		return
	}
	t.space = true
	t.raw("<" + bare + ">")
}

func sameLink(shown, href string) bool {
	trim := func(s string) string {
		s = strings.ToLower(strings.Join(strings.Fields(s), ""))
		s = strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
		return strings.Trim(strings.TrimPrefix(s, "www."), "/<>")
	}
	return trim(shown) == trim(href)
}

// text writes a text node; it folds white space unless the text is preformatted.
func (t *textWriter) text(s string, pre bool) {
	if t.sheet == nil { // in a decision, invisible characters are a disguise
		s = strings.Map(visibleRune, s)
	}
	if pre {
		for i, line := range strings.Split(s, "\n") {
			if i > 0 {
				t.lineEnd()
			}
			if line != "" {
				t.raw(line)
			}
		}
		return
	}
	words := strings.FieldsFunc(s, isHTMLSpace)
	if len(words) == 0 {
		t.space = t.space || s != ""
		return
	}
	if isHTMLSpace(rune(s[0])) {
		t.space = true
	}
	t.raw(strings.Join(words, " "))
	t.space = isHTMLSpace(rune(s[len(s)-1]))
}

// visibleRune drops characters that do not show; preheaders are padded with them.
func visibleRune(r rune) rune {
	switch r {
	case 0, '\u200b', '\u200c', '\u200d', '\ufeff', '\u00ad', '\u034f', '\u2060':
		return -1
	}
	return r
}

func isHTMLSpace(r rune) bool {
	return r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\f'
}

// raw writes text after the pending line breaks and blank.
func (t *textWriter) raw(s string) {
	switch {
	case t.started && t.breaks > 0:
		for i := 0; i < t.breaks; i++ {
			t.out.WriteString("\n")
			if i == t.breaks-1 || t.prefix != "" {
				t.out.WriteString(t.prefix)
			}
		}
		t.out.WriteString(t.indent)
	case !t.started:
		t.out.WriteString(t.prefix + t.indent)
	case t.space:
		t.out.WriteByte(' ')
	}
	if t.mark != "" {
		t.out.WriteString(t.mark)
		t.indent += strings.Repeat(" ", len(t.mark))
		t.mark = ""
	}
	t.out.WriteString(s)
	t.breaks, t.space, t.started = 0, false, true
}

// lineEnd handles a <br>: each counts.
func (t *textWriter) lineEnd() {
	t.breaks = min(t.breaks+1, 3)
	t.space = false
}

// block asks for at least n line ends before the next text.
func (t *textWriter) block(n int) {
	if n > 0 {
		t.breaks = max(t.breaks, n)
		t.space = false
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func previousCell(n *html.Node) bool {
	for p := n.PrevSibling; p != nil; p = p.PrevSibling {
		if p.DataAtom == atom.Td || p.DataAtom == atom.Th {
			return true
		}
	}
	return false
}

// tidyLines trims line ends and keeps at most one empty line between lines.
func tidyLines(s string) string {
	var out []string
	for _, line := range strings.Split(s, "\n") {
		line = strings.TrimRight(line, " \t\u00a0")
		if strings.Trim(line, " \t\u00a0") == "" {
			line = ""
		}
		if line == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, line)
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return strings.Join(out, "\n")
}
