package document

import (
	"encoding/xml"
	"path"
	"strconv"
	"strings"
)

// readOpen reads content.xml (OpenDocument 1.3 part 3). Deleted text is kept
// apart by change tracking and is left out; so are notes and comments.
func readOpen(a *archive) (Document, error) {
	text, err := a.read("content.xml", maxXML)
	if err != nil {
		return Document{}, err
	}
	r := &openReader{writer: writer{a: a}, styles: map[string]emphasis{}}
	if err := r.walkText(text, r.start, r.end, r.text); err != nil {
		return Document{}, err
	}
	return r.document()
}

type emphasis struct {
	bold, italic, numbered bool
}

// openReader is where in the text the reader is.
type openReader struct {
	writer
	styles map[string]emphasis // the document's own, by name

	style   string     // whose properties are being read
	spans   []emphasis // those open
	heading int
	lists   []string // styles of the lists that are open
	pars    int      // paragraphs that are open
	skip    int      // elements whose text is not the document's
	naming  bool     // the picture's title or description is being read
	title   string   // the picture's
	frame   string   // the picture's file
	framed  bool     // within a picture's frame
}

// aside are elements whose text a reader of the page does not find in its flow.
var aside = map[string]bool{
	"tracked-changes": true, "annotation": true, "note": true, "forms": true, "sequence-decls": true, "scripts": true,
}

func (r *openReader) start(e xml.StartElement) {
	name := e.Name.Local
	if r.skip > 0 || aside[name] {
		r.skip++
		return
	}
	switch name {
	case "style", "list-style":
		r.style = attr(e, "name")
	case "text-properties":
		s := r.styles[r.style]
		s.bold = s.bold || attr(e, "font-weight") == "bold"
		s.italic = s.italic || attr(e, "font-style") == "italic"
		r.styles[r.style] = s
	case "list-level-style-number":
		if attr(e, "level") == "1" {
			r.styles[r.style] = emphasis{numbered: true}
		}
	case "h":
		r.heading, _ = strconv.Atoi(attr(e, "outline-level"))
		r.heading = max(r.heading, 1)
		r.pars++
	case "p":
		r.heading = 0
		r.pars++
		if strings.EqualFold(attr(e, "style-name"), "Title") {
			r.heading = 1
		}
		r.spans = append(r.spans[:0], emphasis{})
	case "list":
		style := attr(e, "style-name")
		if style == "" && len(r.lists) > 0 {
			style = r.lists[len(r.lists)-1]
		}
		r.lists = append(r.lists, style)
	case "span":
		s := r.styles[attr(e, "style-name")]
		if n := len(r.spans); n > 0 {
			s.bold, s.italic = s.bold || r.spans[n-1].bold, s.italic || r.spans[n-1].italic
		}
		r.spans = append(r.spans, s)
	case "s":
		n, err := strconv.Atoi(attr(e, "c"))
		if err != nil {
			n = 1
		}
		r.span(strings.Repeat(" ", min(max(n, 1), 20)), false, false)
	case "tab":
		r.span(" ", false, false)
	case "line-break":
		r.lineBreak()
	case "a":
		if r.pars > 0 {
			r.startLink(attr(e, "href"))
		}
	case "frame":
		r.frame, r.title, r.framed = "", "", true
	case "title", "desc":
		r.naming = r.framed // elsewhere a title is a field of the text
		if e.Name.Local == "desc" {
			r.title = "" // it says more
		}
	case "image":
		r.frame = strings.TrimPrefix(path.Clean("/"+attr(e, "href")), "/")
	case "table":
		r.startTable()
	case "table-row":
		r.out.WriteString("<tr>")
	case "table-cell":
		r.out.WriteString("<td>")
	}
}

func (r *openReader) end(n xml.Name) {
	if r.skip > 0 {
		r.skip--
		return
	}
	switch n.Local {
	case "h", "p":
		r.pars--
		kind := ""
		if len(r.lists) > 0 && r.heading == 0 {
			kind = "ul"
			if r.styles[r.lists[0]].numbered {
				kind = "ol"
			}
		}
		r.paragraph(r.heading, kind, len(r.lists)-1)
	case "list":
		r.lists = r.lists[:len(r.lists)-1]
		if len(r.lists) == 0 {
			r.closeLists(0)
		}
	case "span":
		if len(r.spans) > 0 {
			r.spans = r.spans[:len(r.spans)-1]
		}
	case "a":
		r.endLink()
	case "frame":
		r.image(r.frame, strings.Join(strings.Fields(r.title), " "))
		r.framed = false
	case "table":
		r.out.WriteString("</table>\n")
	case "table-row":
		r.out.WriteString("</tr>\n")
	case "table-cell":
		r.endCell()
	case "title", "desc":
		r.naming = false
		r.name(" ")
	}
}

// name adds to the picture's title.
func (r *openReader) name(s string) {
	if len(r.title)+len(s) <= maxAttribute {
		r.title += s
	}
}

func (r *openReader) text(s string) {
	if r.naming {
		r.name(s)
		return
	}
	if r.skip > 0 || r.pars == 0 {
		return
	}
	var e emphasis
	if n := len(r.spans); n > 0 {
		e = r.spans[n-1]
	}
	// White space in the file is folded (section 6.1.2).
	folded := strings.Join(strings.FieldsFunc(s, func(c rune) bool { return c < 0x80 && isBlank(byte(c)) }), " ")
	if s != "" && isBlank(s[0]) && folded != "" {
		folded = " " + folded
	}
	if n := len(s); n > 0 && isBlank(s[n-1]) {
		folded += " "
	}
	r.span(folded, e.bold && r.heading == 0, e.italic)
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
