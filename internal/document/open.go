package document

import (
	"encoding/xml"
	"path"
	"strconv"
	"strings"
)

// readOpen reads content.xml (OpenDocument 1.3 part 3). It leaves out text deleted under
// change tracking, comments, hidden and struck-through text, indexes, and the prompts of
// placeholders. A text box or a note follows the paragraph that it belongs to.
func readOpen(a *archive) (Document, error) {
	text, err := a.read("content.xml", maxXML)
	if err != nil {
		return Document{}, err
	}
	r := &openReader{writer: newWriter(a), styles: styles{}}
	named, err := a.read("styles.xml", maxXML)
	if err != nil {
		return Document{}, err
	}
	for _, data := range [][]byte{named, text} {
		if err := r.styles.readOpen(data); err != nil {
			return Document{}, err
		}
	}
	if err := r.walkText(text, r.start, r.end, r.text); err != nil {
		return Document{}, err
	}
	return r.document()
}

// readOpen reads the styles of an OpenDocument part, including the automatic ones.
func (all styles) readOpen(data []byte) error {
	id, own := "", false
	return walk(data, func(e xml.StartElement) {
		switch e.Name.Local {
		case "automatic-styles", "styles":
			own = true
		case "style":
			id = attr(e, "name")
			s, _ := openNamed(id)
			s.parent = attr(e, "parent-style-name")
			if n, err := strconv.Atoi(attr(e, "default-outline-level")); err == nil && n > 0 && !s.levelled {
				s.level, s.levelled = n, true
			}
			if own {
				all[id] = s
			}
		case "list-style":
			id = attr(e, "name")
		case "text-properties":
			if !own {
				return
			}
			s := all[id]
			s.bold = s.bold || attr(e, "font-weight") == "bold"
			s.italic = s.italic || attr(e, "font-style") == "italic"
			if v := attr(e, "display"); v != "" {
				hidden := v == "none"
				s.hidden = &hidden
			}
			if v := firstNonEmpty(attr(e, "text-line-through-style"), attr(e, "text-line-through-type")); v != "" {
				struck := v != "none"
				s.struck = &struck
			}
			all[id] = s
		case "section-properties":
			if attr(e, "display") == "none" && own {
				s := all[id]
				hidden := true
				s.hidden = &hidden
				all[id] = s
			}
		case "list-level-style-number":
			if attr(e, "level") == "1" {
				s := all[id]
				s.numbered = true
				all[id] = s
			}
		}
	}, func(n xml.Name) {
		switch n.Local {
		case "automatic-styles", "styles":
			own = false
		case "style", "list-style":
			id = ""
		}
	}, func(string) {})
}

// openNamed returns what a style's name says about it. Programs keep the names of their
// own styles in English; Heading_20_1 is only the look of a heading, which is one as
// text:h.
func openNamed(id string) (s style, known bool) {
	if s, known = named(id); s.level > 0 {
		return style{}, false
	}
	return s, known
}

// openSpan is the look of the current text.
type openSpan struct{ bold, italic, hidden, struck bool }

func (o openSpan) with(s style) openSpan {
	o.bold, o.italic = o.bold || s.bold, o.italic || s.italic
	if s.hidden != nil {
		o.hidden = *s.hidden
	}
	if s.struck != nil {
		o.struck = *s.struck
	}
	return o
}

// openState is the position of the reader in a run of paragraphs.
type openState struct {
	heading int
	spans   []openSpan // open
	lists   []string   // styles of the open lists
	pars    int        // open paragraphs
	framed  int        // open frames
	out     bool       // the paragraph is left out
}

// shapes are drawings that may hold text.
var shapes = map[string]bool{
	"text-box": true, "custom-shape": true, "rect": true, "ellipse": true, "circle": true, "polygon": true, "polyline": true,
	"path": true, "regular-polygon": true, "caption": true, "line": true, "connector": true, "measure": true,
}

// openReader is the position of the reader in the text.
type openReader struct {
	writer
	openState
	styles styles

	boxes  []openBox // open
	skip   int       // open elements with text that is not the document's
	naming bool      // the picture's title or description is being read
	name   string    // the picture's
	frame  string    // the picture's file
}

// openBox is the state that a text box or a note interrupts.
type openBox struct {
	state openState
	boxed bool // the writer accepted it as a box
}

// notInFlow are elements with text outside the flow of the page.
var notInFlow = map[string]bool{
	"tracked-changes": true, "annotation": true, "forms": true, "sequence-decls": true, "scripts": true,
	"note-citation": true, "automatic-styles": true, "placeholder": true, "ruby-text": true,
	"table-of-content": true, "illustration-index": true, "table-index": true, "object-index": true, "user-index": true,
	"alphabetical-index": true, "bibliography": true, "page-number": true, "page-count": true,
}

// isHidden reports whether an element hides its content.
func (r *openReader) isHidden(e xml.StartElement) bool {
	switch e.Name.Local {
	case "section":
		return attr(e, "display") == "none" || attr(e, "is-hidden") == "true" || yes(r.styles.get(attr(e, "style-name")).hidden)
	case "hidden-text", "hidden-paragraph":
		return attr(e, "is-hidden") == "true"
	case "table-row", "table-header-rows":
		return attr(e, "visibility") == "collapse" || attr(e, "visibility") == "filter"
	}
	return false
}

func (r *openReader) start(e xml.StartElement) {
	name := e.Name.Local
	if r.skip > 0 || notInFlow[name] {
		r.skip++
		return
	}
	if r.isHidden(e) {
		r.anyHidden = true
		if name == "hidden-paragraph" { // a field that hides its whole paragraph
			r.out = true
		}
		r.skip++
		return
	}
	if shapes[name] {
		r.startOpenBox("")
		return
	}
	switch name {
	case "h":
		r.heading, _ = strconv.Atoi(attr(e, "outline-level"))
		r.heading = max(r.heading, 1)
		r.startParagraph(r.styles.openStyle(attr(e, "style-name")))
	case "p":
		s := r.styles.openStyle(attr(e, "style-name"))
		if r.heading = 0; s.level == isTitle {
			r.heading = isTitle
		}
		r.startParagraph(s)
	case "list":
		style := attr(e, "style-name")
		if style == "" && len(r.openState.lists) > 0 {
			style = r.openState.lists[len(r.openState.lists)-1]
		}
		r.openState.lists = append(r.openState.lists, style)
	case "span":
		var s openSpan
		if n := len(r.spans); n > 0 {
			s = r.spans[n-1]
		}
		r.spans = append(r.spans, s.with(r.styles.openStyle(attr(e, "style-name"))))
	case "s":
		n, err := strconv.Atoi(attr(e, "c"))
		if err != nil {
			n = 1
		}
		r.writeText(strings.Repeat(" ", min(max(n, 1), 20)))
	case "tab":
		r.writeText(" ")
	case "line-break":
		if !r.out {
			r.lineBreak()
		}
	case "a":
		if r.pars > 0 {
			r.startLink(attr(e, "href"))
		}
	case "frame":
		r.frame, r.name = "", ""
		r.framed++
	case "title", "desc":
		r.naming = r.framed > 0 // elsewhere a title is a field of the text
		if name == "desc" {
			r.name = "" // it says more
		}
	case "image":
		r.frame = strings.TrimPrefix(path.Clean("/"+attr(e, "href")), "/")
	case "note-body":
		mark := ""
		if r.pars > 0 && !r.out && r.notes < maxNotes {
			mark = r.noteMark()
		}
		r.startOpenBox(mark)
	case "table":
		r.startTable()
	case "table-row":
		r.writer.out.WriteString("<tr>")
	case "table-cell":
		r.writer.out.WriteString("<td>")
	}
}

func (r *openReader) startParagraph(s style) {
	r.pars++
	r.out = s.contents
	r.spans = append(r.spans[:0:0], openSpan{}.with(style{hidden: s.hidden, struck: s.struck, italic: false}))
}

// startOpenBox begins a text box, or a note after its number.
func (r *openReader) startOpenBox(mark string) {
	r.boxes = append(r.boxes, openBox{r.openState, r.startBox()})
	r.openState = openState{}
	if mark != "" {
		r.span(mark+" ", false, false)
	}
}

func (r *openReader) end(n xml.Name) {
	if r.skip > 0 {
		r.skip--
		return
	}
	if shapes[n.Local] || n.Local == "note-body" {
		r.endOpenBox()
		return
	}
	switch n.Local {
	case "h", "p":
		if r.out {
			r.par.Reset()
			r.plain.Reset()
			r.pictures, r.linked = nil, false
		}
		r.pars = max(r.pars-1, 0)
		lists := r.openState.lists
		kind := ""
		if len(lists) > 0 && r.heading == 0 {
			kind = "ul"
			if r.styles[lists[0]].numbered {
				kind = "ol"
			}
		}
		r.paragraph(r.heading, kind, len(lists)-1)
		r.out = false
	case "list":
		if k := len(r.openState.lists); k > 0 {
			r.openState.lists = r.openState.lists[:k-1]
		}
		if len(r.openState.lists) == 0 {
			r.closeLists(0)
		}
	case "span":
		if len(r.spans) > 0 {
			r.spans = r.spans[:len(r.spans)-1]
		}
	case "a":
		r.endLink()
	case "frame":
		if !r.out && !r.look().hidden {
			r.image(r.frame, strings.Join(strings.Fields(r.name), " "))
		}
		r.frame = ""
		r.framed = max(r.framed-1, 0)
	case "table":
		r.writer.out.WriteString("</table>\n")
	case "table-row":
		r.writer.out.WriteString("</tr>\n")
	case "table-cell":
		r.endCell()
	case "title", "desc":
		r.naming = false
		r.named(" ")
	}
}

func (r *openReader) endOpenBox() {
	k := len(r.boxes)
	if k == 0 {
		return
	}
	b := r.boxes[k-1]
	r.boxes = r.boxes[:k-1]
	if b.boxed {
		r.endBox()
	}
	r.openState = b.state
	r.frame = ""
}

// named adds to the picture's title.
func (r *openReader) named(s string) {
	if len(r.name)+len(s) <= maxAttribute {
		r.name += s
	}
}

func (r *openReader) look() openSpan {
	if n := len(r.spans); n > 0 {
		return r.spans[n-1]
	}
	return openSpan{}
}

func (r *openReader) text(s string) {
	if r.naming {
		r.named(s)
		return
	}
	if r.skip > 0 || r.pars == 0 {
		return
	}
	// White space in the file is folded (section 6.1.2).
	folded := strings.Join(strings.FieldsFunc(s, func(c rune) bool { return c < 0x80 && isBlank(byte(c)) }), " ")
	if s != "" && isBlank(s[0]) && folded != "" {
		folded = " " + folded
	}
	if n := len(s); n > 0 && isBlank(s[n-1]) {
		folded += " "
	}
	r.writeText(folded)
}

// writeText writes text in its look.
func (r *openReader) writeText(s string) {
	o := r.look()
	switch {
	case r.out:
	case o.hidden:
		r.anyHidden = r.anyHidden || strings.TrimSpace(s) != ""
	case o.struck:
		r.strike(s)
	default:
		r.span(s, o.bold && r.heading == 0, o.italic)
	}
}

// openStyle returns a style of an OpenDocument text; one that the file does not describe
// is known by its name.
func (all styles) openStyle(id string) style {
	if _, ok := all[id]; !ok {
		s, _ := openNamed(id)
		return s
	}
	return all.get(id)
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
