package message

import (
	"bytes"
	"html"
	"net/url"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// layout rewrites HTML as blocks: paragraphs, headings, lists, tables and quotations,
// whatever elements its program used for them. A div ends a line, an empty line or the
// edge of a paragraph ends a paragraph, and empty ones are dropped. A table without a row
// of two filled cells counts as mere placement. Content that a reader would not see is
// left out, and so are the signatures that Gmail and Thunderbird mark; with marks, these
// and the original below a reply are kept, between marker paragraphs. laid is "" if the
// HTML cannot be parsed.
//
// Struck-through text is left out too, as its author means it; struck is its beginning.
func layout(source string, marks bool) (laid, struck string) {
	root, err := xhtml.Parse(strings.NewReader(source))
	if err != nil {
		return "", ""
	}
	w := &blockWriter{
		seen: &textWriter{}, inside: []enclosure{{flow: true}}, data: map[*xhtml.Node]bool{},
		inlineLimit: 4*len(source) + 64<<10, marks: marks, strikes: strikesOf(source), base: baseOf(root),
	}
	w.node(root, textStyle{}, 0)
	w.end()
	if w.tail {
		w.mark(markEnd)
	}
	return strings.TrimSpace(w.out.String()), strings.Join(strings.Fields(strings.ToValidUTF8(string(w.struck), "")), " ")
}

// enclosure is what contains the text: the flow of paragraphs, or a cell or item, whose
// first line needs no paragraph.
type enclosure struct{ flow bool }

// inlineTag is an inline element: its start and end tags.
type inlineTag struct{ start, stop string }

// blockWriter writes blocks. It writes paragraphs, line ends and inline elements only once
// visible content follows.
type blockWriter struct {
	out         bytes.Buffer
	seen        *textWriter // decides what is hidden
	inside      []enclosure
	open        bool // the current paragraph, cell or item has visible content
	breaks      int  // pending line ends
	space       bool
	want        []inlineTag          // in force
	have        []inlineTag          // written
	inlineLimit int                  // octets of output, beyond which inline elements are left out
	data        map[*xhtml.Node]bool // the tables seen, and whether they hold data
	marks       bool                 // mark signatures and quotations, instead of leaving signatures out
	tail        bool                 // everything from here on is quoted

	strikes *strikes
	struck  []byte   // the beginning of the struck-through text
	base    *url.URL // to which addresses are relative; nil for none
}

// Bounds of inline elements: each is repeated in every paragraph within it.
const (
	maxInline = 8
	maxHref   = 2000 // octets
)

var inlineTags = map[atom.Atom]inlineTag{
	atom.B: {"<strong>", "</strong>"}, atom.Strong: {"<strong>", "</strong>"},
	atom.I: {"<em>", "</em>"}, atom.Em: {"<em>", "</em>"},
}

var containers = map[atom.Atom]struct {
	tag  string
	flow bool
}{
	atom.Ul: {"ul", false}, atom.Ol: {"ol", false}, atom.Li: {"li", false}, atom.Blockquote: {"blockquote", true},
	atom.Table: {"table", false}, atom.Thead: {"thead", false}, atom.Tbody: {"tbody", false}, atom.Tr: {"tr", false},
	atom.Td: {"td", false}, atom.Th: {"th", false},
	atom.H1: {"h2", false}, atom.H2: {"h2", false}, atom.H3: {"h3", false}, atom.H4: {"h3", false}, atom.H5: {"h3", false}, atom.H6: {"h3", false},
}

func (w *blockWriter) node(n *xhtml.Node, l textStyle, depth int) {
	switch n.Type {
	case xhtml.TextNode:
		w.text(n.Data, l.pre)
		return
	case xhtml.DocumentNode:
		w.children(n, l, depth)
		return
	case xhtml.ElementNode:
	default:
		return
	}
	if depth > maxHTMLDepth || invisible[n.DataAtom] || w.seen.hidden(n, &l) {
		return
	}
	if w.strikes.has(n) {
		w.struck = append(appendText(w.struck, n, depth), ' ')
		return
	}
	if isSignature(n) {
		if w.marks {
			w.marked(markSignature, func() { w.layOut(n, l, depth) })
		}
		return
	}
	if w.marks {
		switch mark, after := quotationMark(n); {
		case after:
			w.mark(markQuotation)
			w.tail = true
		case mark:
			w.marked(markQuotation, func() { w.layOut(n, l, depth) })
			return
		}
	}
	w.layOut(n, l, depth)
}

// layOut writes a visible element.
func (w *blockWriter) layOut(n *xhtml.Node, l textStyle, depth int) {
	switch n.DataAtom {
	case atom.Br:
		w.breaks++
		w.space = false
		return
	case atom.Hr:
		w.rule()
		return
	case atom.Img:
		w.image(n)
		return
	case atom.A:
		w.link(n, l, depth)
		return
	case atom.Pre:
		l.pre = true
	case atom.Table, atom.Thead, atom.Tbody, atom.Tr, atom.Td, atom.Th:
		if !w.inDataTable(n) {
			w.block(1)
			w.children(n, l, depth)
			w.block(1)
			return
		}
	default: // inline elements, containers and mere blocks
	}
	if tag, ok := inlineTags[n.DataAtom]; ok {
		w.want = append(w.want, tag)
		w.children(n, l, depth)
		w.want = w.want[:len(w.want)-1]
		return
	}
	if c, ok := containers[n.DataAtom]; ok {
		w.container(n, c.tag, c.flow, l, depth)
		return
	}
	gap := blocks[n.DataAtom]
	w.block(gap)
	w.children(n, l, depth)
	w.block(gap)
}

func (w *blockWriter) children(n *xhtml.Node, l textStyle, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, l, depth+1)
	}
}

// container writes an element around its content; it removes one without visible content.
func (w *blockWriter) container(n *xhtml.Node, tag string, flow bool, l textStyle, depth int) {
	w.end()
	before := w.out.Len()
	w.out.WriteString("<" + tag + spans(n) + ">")
	if tag == "ul" || tag == "ol" || tag == "table" {
		w.out.WriteString("\n")
	}
	mark := w.out.Len()
	w.inside = append(w.inside, enclosure{flow})
	if tag == "h2" || tag == "h3" { // a heading is heavy enough
		want := w.want
		w.want = nil
		w.children(n, l, depth)
		w.want = want
	} else {
		w.children(n, l, depth)
	}
	w.end()
	w.inside = w.inside[:len(w.inside)-1]
	if w.out.Len() == mark && tag != "td" && tag != "th" {
		w.out.Truncate(before)
		return
	}
	w.out.WriteString("</" + tag + ">\n")
}

// spans returns the attributes by which a cell covers others.
func spans(n *xhtml.Node) string {
	s := ""
	for _, name := range []string{"colspan", "rowspan"} {
		if v := attribute(n, name); v != "" && strings.Trim(v, "0123456789") == "" {
			s += " " + name + `="` + v + `"`
		}
	}
	return s
}

// The text of marker paragraphs. These are noncharacters (Unicode, section 23.7), which
// decodeText removes from every mail.
const (
	markSignature = "\ufdd0"
	markQuotation = "\ufdd1"
	markEnd       = "\ufdd2"
)

func (w *blockWriter) mark(text string) {
	if flow := w.inside[len(w.inside)-1].flow; !flow {
		return // nothing within a list or a table is cut
	}
	w.end()
	w.out.WriteString("<p>" + text + "</p>\n")
}

func (w *blockWriter) marked(text string, inner func()) {
	w.end()
	before := w.out.Len()
	w.mark(text)
	start := w.out.Len()
	inner()
	w.end()
	if w.out.Len() == start {
		w.out.Truncate(before)
		return
	}
	w.mark(markEnd)
}

// rule writes a line between paragraphs.
func (w *blockWriter) rule() {
	if !w.inside[len(w.inside)-1].flow {
		w.block(2)
		return
	}
	w.end()
	w.out.WriteString("<hr>\n")
}

// block requests at least n line ends before the next content.
func (w *blockWriter) block(n int) {
	if n > 0 {
		w.breaks = max(w.breaks, n)
		w.space = false
	}
}

// end closes the paragraph that is open.
func (w *blockWriter) end() {
	w.unwind(0)
	if w.open && w.inside[len(w.inside)-1].flow {
		w.out.WriteString("</p>\n")
	}
	w.open, w.breaks, w.space = false, 0, false
}

// unwind closes the inline elements beyond the first n.
func (w *blockWriter) unwind(n int) {
	for len(w.have) > n {
		w.out.WriteString(w.have[len(w.have)-1].stop)
		w.have = w.have[:len(w.have)-1]
	}
}

// show writes visible markup after the pending line ends and elements.
func (w *blockWriter) show(markup string) {
	flow := w.inside[len(w.inside)-1].flow
	want := w.want
	if w.out.Len() > w.inlineLimit {
		want = nil
	}
	want = want[:min(len(want), maxInline)]
	shared := 0
	for shared < len(w.have) && shared < len(want) && w.have[shared] == want[shared] {
		shared++
	}
	switch {
	case !w.open && flow:
		w.out.WriteString("<p>")
	case !w.open:
	case w.breaks >= 2 && flow:
		w.unwind(0)
		shared = 0
		w.out.WriteString("</p>\n<p>")
	case w.breaks > 0: // inline elements end with the line
		w.unwind(0)
		shared = 0
		w.out.WriteString("<br>\n")
	default:
		w.unwind(shared)
		if w.space {
			w.out.WriteByte(' ')
		}
	}
	for _, tag := range want[shared:] {
		w.out.WriteString(tag.start)
		w.have = append(w.have, tag)
	}
	w.out.WriteString(markup)
	w.open, w.breaks, w.space = true, 0, false
}

func (w *blockWriter) text(s string, pre bool) {
	if pre {
		for i, line := range strings.Split(s, "\n") {
			if i > 0 {
				w.breaks++
			}
			if trimmed := strings.TrimRight(line, " \t\r"); trimmed != "" {
				w.show(html.EscapeString(trimmed))
			}
			w.space = w.space || strings.HasSuffix(line, " ")
		}
		return
	}
	words := strings.FieldsFunc(s, isHTMLSpace)
	blank := strings.Trim(s, " \n\t\r\f\u00a0\u200b\ufeff") == ""
	if blank {
		w.space = w.space || s != ""
		return
	}
	if isHTMLSpace(rune(s[0])) {
		w.space = true
	}
	for i, word := range words {
		if strings.HasPrefix(word, "http") {
			words[i] = UnwrapLink(word)
		}
	}
	w.show(html.EscapeString(strings.Join(words, " ")))
	w.space = isHTMLSpace(rune(s[len(s)-1]))
}

func (w *blockWriter) image(n *xhtml.Node) {
	src := attribute(n, "src")
	if !strings.HasPrefix(strings.ToLower(src), "cid:") {
		return
	}
	w.show(`<img src="cid:` + html.EscapeString(contentID(src[len("cid:"):])) + `" alt="` + html.EscapeString(attribute(n, "alt")) + `">`)
}

func (w *blockWriter) link(n *xhtml.Node, l textStyle, depth int) {
	href := absoluteURL(attribute(n, "href"), w.base)
	low := strings.ToLower(href)
	nested := false
	for _, t := range w.want {
		nested = nested || t.stop == "</a>"
	}
	if nested || len(href) > maxHref || !strings.HasPrefix(low, "http://") && !strings.HasPrefix(low, "https://") && !strings.HasPrefix(low, "mailto:") {
		w.children(n, l, depth)
		return
	}
	href = UnwrapLink(href)
	w.want = append(w.want, inlineTag{`<a href="` + html.EscapeString(href) + `">`, "</a>"})
	w.children(n, l, depth)
	w.want = w.want[:len(w.want)-1]
}

// inDataTable reports whether the element's table holds data: it has a row of two cells
// with text, and no table within.
func (w *blockWriter) inDataTable(n *xhtml.Node) bool {
	for n != nil && n.DataAtom != atom.Table {
		n = n.Parent
	}
	if n == nil {
		return false
	}
	data, known := w.data[n]
	if !known {
		nested := false
		rows(n, 0, &data, &nested)
		data = data && !nested
		w.data[n] = data
	}
	return data
}

// rows looks for a row of data and for a nested table, which ends the search.
func rows(n *xhtml.Node, depth int, data, nested *bool) {
	if n.DataAtom == atom.Tr && !*data {
		filled := 0
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if (c.DataAtom == atom.Td || c.DataAtom == atom.Th) && hasText(c) {
				filled++
			}
		}
		*data = filled >= 2
	}
	for c := n.FirstChild; c != nil && !*nested && depth < maxHTMLDepth; c = c.NextSibling {
		if c.DataAtom == atom.Table {
			*nested = true
			return
		}
		rows(c, depth+1, data, nested)
	}
}

func hasText(n *xhtml.Node) bool {
	if n.Type == xhtml.TextNode {
		return strings.Trim(n.Data, " \n\t\r\f\u00a0") != ""
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if hasText(c) {
			return true
		}
	}
	return false
}

// isSignature recognises the marks that mail programs put on a signature.
func isSignature(n *xhtml.Node) bool {
	for _, class := range strings.Fields(attribute(n, "class")) {
		if class == "gmail_signature" || class == "moz-signature" {
			return true
		}
	}
	return attribute(n, "id") == "ms-outlook-mobile-signature" || attribute(n, "data-smartmail") == "gmail_signature"
}

// quotationMark reports whether a program marked the element as the original below a reply
// (holds), or as the place that the original follows (after).
func quotationMark(n *xhtml.Node) (holds, after bool) {
	id, class := strings.ToLower(attribute(n, "id")), strings.ToLower(attribute(n, "class"))
	if id == "" && class == "" {
		return false, false
	}
	for _, c := range quoteContainers {
		if c.attr == "id" && strings.HasSuffix(id, c.value) || c.attr == "class" && hasClass(class, c.value) {
			return !c.after, c.after
		}
	}
	return false, false
}
