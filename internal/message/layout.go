package message

import (
	"bytes"
	"html"
	"net/url"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// layout rewrites HTML in blocks: paragraphs, headings, lists, tables and
// quotations, whatever elements its program drew them with. A div ends a line, an
// empty line or the edge of a paragraph ends a paragraph, and empty ones vanish.
// A table with no row of two filled cells is taken for mere placing. What a reader
// would not see is left out, and so is what Gmail and Thunderbird mark as a
// signature; with marks, that and the original below a reply are kept instead,
// between paragraphs of marks. It is "" where the HTML cannot be parsed.
//
// Text that is struck through is left out too, as its writer means it; struck is its
// beginning.
func layout(source string, marks bool) (laid, struck string) {
	root, err := xhtml.Parse(strings.NewReader(source))
	if err != nil {
		return "", ""
	}
	w := &blockWriter{
		seen: &textWriter{}, inside: []enclosure{{flow: true}}, data: map[*xhtml.Node]bool{},
		room: 4*len(source) + 64<<10, marks: marks, strikes: strikesOf(source), base: baseOf(root),
	}
	w.node(root, look{}, 0)
	w.end()
	if w.tail {
		w.mark(markEnd)
	}
	return strings.TrimSpace(w.out.String()), strings.Join(strings.Fields(strings.ToValidUTF8(string(w.struck), "")), " ")
}

// enclosure is what the text stands in: the flow of paragraphs, or a cell or
// item, whose own first line needs none.
type enclosure struct{ flow bool }

// inlineTag is an element within a line, as it opens and closes.
type inlineTag struct{ start, stop string }

// blockWriter writes blocks. Paragraphs, line ends and inline elements are only
// written once something follows that shows.
type blockWriter struct {
	out    bytes.Buffer
	seen   *textWriter // judges what is hidden
	inside []enclosure
	open   bool // something shows in the present paragraph, cell or item
	breaks int  // line ends that wait
	space  bool
	want   []inlineTag          // those in force
	have   []inlineTag          // those written
	room   int                  // octets of output, beyond which inline elements are left out
	data   map[*xhtml.Node]bool // the tables seen, and whether they hold data
	marks  bool                 // whether signatures and quotations are marked, or signatures left out
	tail   bool                 // everything from here on is quoted

	strikes *strikes
	struck  []byte   // the beginning of what is struck through
	base    *url.URL // to which addresses are relative; nil for none
}

// Bounds of inline elements: each is written anew in every paragraph within it.
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

func (w *blockWriter) node(n *xhtml.Node, l look, depth int) {
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
	if depth > maxHTMLDepth || unseen[n.DataAtom] || w.seen.hidden(n, &l) {
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

// layOut writes an element that shows.
func (w *blockWriter) layOut(n *xhtml.Node, l look, depth int) {
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
	case atom.Li:
		if n.Parent == nil || n.Parent.DataAtom != atom.Ul && n.Parent.DataAtom != atom.Ol {
			break
		}
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

func (w *blockWriter) children(n *xhtml.Node, l look, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, l, depth+1)
	}
}

// container writes an element of its own around what it holds; one that holds
// nothing that shows is taken back.
func (w *blockWriter) container(n *xhtml.Node, tag string, flow bool, l look, depth int) {
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

// spans are the attributes by which a cell covers others.
func spans(n *xhtml.Node) string {
	s := ""
	for _, name := range []string{"colspan", "rowspan"} {
		if v := attribute(n, name); v != "" && strings.Trim(v, "0123456789") == "" {
			s += " " + name + `="` + v + `"`
		}
	}
	return s
}

// The text of the paragraphs that mark what stands between them. These are no
// characters (Unicode, section 23.7), and none is left in a mail that was read.
const (
	markSignature = "\ufdd0"
	markQuotation = "\ufdd1"
	markEnd       = "\ufdd2"
)

func (w *blockWriter) mark(text string) {
	if flow := w.inside[len(w.inside)-1].flow; !flow {
		return // within a list or a table nothing is cut
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

// block asks for at least n line ends before what follows.
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

// show writes something that shows, behind what waits before it.
func (w *blockWriter) show(markup string) {
	flow := w.inside[len(w.inside)-1].flow
	want := w.want
	if w.out.Len() > w.room {
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
	case w.breaks > 0: // a line is whole in itself
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

func (w *blockWriter) link(n *xhtml.Node, l look, depth int) {
	href := absolute(attribute(n, "href"), w.base)
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

// inDataTable says whether an element of a table belongs to one that holds data:
// a row of two cells with text, and no table within.
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

// rows looks for a row of data and a nested table; the latter settles it.
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

// isSignature knows what mail programs mark as one.
func isSignature(n *xhtml.Node) bool {
	for _, class := range strings.Fields(attribute(n, "class")) {
		if class == "gmail_signature" || class == "moz-signature" {
			return true
		}
	}
	return attribute(n, "id") == "ms-outlook-mobile-signature" || attribute(n, "data-smartmail") == "gmail_signature"
}

// quotationMark says whether programs mark the element as the original below a
// reply, or as the place after which it stands.
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
