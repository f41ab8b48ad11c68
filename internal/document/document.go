// Package document reads the word processors' files that contributors attach,
// .docx (ECMA-376) and .odt (OASIS OpenDocument), into plain HTML with its
// pictures. It does no input or output.
//
// Both are archives of XML, so both may be bombs: what is unpacked is counted as
// it is read, whatever the archive claims, and a file that passes a bound is
// refused with a *LimitError before more is held. The HTML is not cleaned; that
// is message.CleanHTML's, as for any HTML that comes by mail.
package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	"path"
	"strings"
)

// Document is what a file says.
type Document struct {
	Title  string // its first heading, "" when it has none
	HTML   string // pictures are named "cid:" and their Image.ID
	Images []Image
}

// Image is a picture of a document, as it lies in the file.
type Image struct {
	ID   string // unique within the document
	Name string
	Type string // media type, by its name
	Alt  string
	Data []byte
}

// imageID is the form of an Image.ID.
const imageID = "picture-%d.document"

// IsImage says whether an identifier is an Image's.
func IsImage(id string) bool { return strings.HasSuffix(id, ".document") }

// Bounds of a file, in octets and entries.
const (
	maxEntries  = 2000
	maxXML      = 4 << 20  // of one part of text, unpacked
	maxUnpacked = 64 << 20 // of everything that is read, unpacked
	maxHTML     = 1 << 20  // of what is made of it
	maxDepth    = 200      // of elements within each other
	maxImages   = 30
)

// LimitError reports a file that passes a bound.
type LimitError struct{ What string }

func (e *LimitError) Error() string { return "the file passes a bound: " + e.What }

// ErrKind reports a file that is neither of the two.
var ErrKind = errors.New("neither a .docx nor an .odt file")

// Readable says whether a file of this name and media type is worth reading.
func Readable(name, mediaType string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".docx", ".odt":
		return true
	}
	switch mediaType {
	case "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.oasis.opendocument.text":
		return true
	}
	return false
}

// Read reads a file; what it is, is told by its content.
func Read(data []byte) (Document, error) {
	a, err := open(data)
	if err != nil {
		return Document{}, err
	}
	switch {
	case a.file("word/document.xml") != nil:
		return readWord(a)
	case a.file("content.xml") != nil:
		return readOpen(a)
	}
	return Document{}, ErrKind
}

// archive is a zip file of which only so much is unpacked.
type archive struct {
	files map[string]*zip.File
	left  int64 // octets that may still be unpacked
}

func open(data []byte) (*archive, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKind, err)
	}
	if len(z.File) > maxEntries {
		return nil, &LimitError{fmt.Sprintf("%d entries", len(z.File))}
	}
	a := &archive{files: map[string]*zip.File{}, left: maxUnpacked}
	for _, f := range z.File {
		a.files[strings.TrimPrefix(path.Clean("/"+f.Name), "/")] = f
	}
	return a, nil
}

func (a *archive) file(name string) *zip.File { return a.files[name] }

// read unpacks one entry; nil when there is none of that name.
func (a *archive) read(name string, limit int64) ([]byte, error) {
	f := a.file(name)
	if f == nil {
		return nil, nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	defer r.Close()
	limit = min(limit, a.left)
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, &LimitError{fmt.Sprintf("%s is larger than %d octets", name, limit)}
	}
	a.left -= int64(len(data))
	return data, nil
}

// maxAttribute bounds, in octets, a target or a description, which may be used again
// and again.
const maxAttribute = 2 << 10

// walkText is walk for the text itself. It ends where what is made of it passes the bound.
func (w *writer) walkText(data []byte, start func(xml.StartElement), end func(xml.Name), text func(string)) error {
	full := func() error {
		if w.out.Len()+w.par.Len() > maxHTML {
			return errFull
		}
		return nil
	}
	return walkUntil(data, full, start, end, text)
}

var errFull = &LimitError{fmt.Sprintf("a text of more than %d octets", maxHTML)}

// walk calls start and end for each element, and text for what stands between.
func walk(data []byte, start func(xml.StartElement), end func(xml.Name), text func(string)) error {
	return walkUntil(data, func() error { return nil }, start, end, text)
}

// walkUntil is walk until full gives an error.
func walkUntil(data []byte, full func() error, start func(xml.StartElement), end func(xml.Name), text func(string)) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false
	depth := 0
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read XML: %w", err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return &LimitError{fmt.Sprintf("more than %d elements within each other", maxDepth)}
			}
			start(t)
		case xml.EndElement:
			depth--
			end(t.Name)
		case xml.CharData:
			text(string(t))
		}
		if err := full(); err != nil {
			return err
		}
	}
}

// attr is the attribute of a local name, whatever its name space.
func attr(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// writer makes HTML of paragraphs, of which some are list items.
type writer struct {
	out    strings.Builder
	par    strings.Builder // the paragraph being written
	plain  strings.Builder // its text
	title  string
	lists  []string // the kinds of list that are open, "ul" or "ol"
	images []Image
	sated  bool // no more pictures are read: one passed a bound
	link   bool // a link is open
	a      *archive
}

// maxTitle is the longest heading, in octets, that is a title.
const maxTitle = 300

// span writes text with its emphasis.
func (w *writer) span(text string, bold, italic bool) {
	if text == "" {
		return
	}
	w.plain.WriteString(text)
	s := html.EscapeString(text)
	if strings.TrimSpace(text) != "" {
		if italic {
			s = "<em>" + s + "</em>"
		}
		if bold {
			s = "<strong>" + s + "</strong>"
		}
	}
	w.par.WriteString(s)
}

// lineBreak ends a line within a paragraph.
func (w *writer) lineBreak() {
	w.par.WriteString("<br>")
	w.plain.WriteString(" ")
}

// startLink begins a link, unless it leads nowhere; endLink ends the one begun.
func (w *writer) startLink(href string) {
	if href != "" && len(href) <= maxAttribute {
		w.link = true
		w.par.WriteString(`<a href="` + html.EscapeString(href) + `">`)
	}
}

func (w *writer) endLink() {
	if w.link {
		w.link = false
		w.par.WriteString("</a>")
	}
}

// startTable begins a table and endCell ends a cell; no list goes on past either.
func (w *writer) startTable() {
	w.closeLists(0)
	w.out.WriteString("<table>\n")
}

func (w *writer) endCell() {
	w.closeLists(0)
	w.out.WriteString("</td>")
}

// paragraph ends the present one: a heading when its level is above 0, an item
// when a list is named, at a depth from 0.
func (w *writer) paragraph(heading int, list string, depth int) {
	body, plain := strings.TrimSpace(w.par.String()), strings.TrimSpace(w.plain.String())
	w.par.Reset()
	w.plain.Reset()
	if list == "" {
		w.closeLists(0)
	}
	switch {
	case body == "":
	case list != "":
		w.openLists(list, min(depth, 5)+1)
		w.out.WriteString("<li>" + body + "</li>\n")
	case heading > 0:
		if w.title == "" && plain != "" && len(plain) <= maxTitle && w.out.Len() == 0 {
			w.title = strings.Join(strings.Fields(plain), " ")
			return // it is the title, and is not printed twice
		}
		tag := "h2"
		if heading > 1 {
			tag = "h3"
		}
		fmt.Fprintf(&w.out, "<%s>%s</%s>\n", tag, body, tag)
	default:
		w.out.WriteString("<p>" + body + "</p>\n")
	}
}

func (w *writer) openLists(kind string, depth int) {
	w.closeLists(depth)
	if len(w.lists) == depth && w.lists[depth-1] != kind {
		w.closeLists(depth - 1)
	}
	for len(w.lists) < depth {
		w.lists = append(w.lists, kind)
		w.out.WriteString("<" + kind + ">\n")
	}
}

func (w *writer) closeLists(depth int) {
	for len(w.lists) > depth {
		w.out.WriteString("</" + w.lists[len(w.lists)-1] + ">\n")
		w.lists = w.lists[:len(w.lists)-1]
	}
}

// image takes in a picture of the archive, and names it in the paragraph. One
// that cannot be unpacked within the bounds is left out, with those after it:
// the text is worth more.
func (w *writer) image(name, alt string) {
	if w.sated || len(w.images) >= maxImages || w.a.file(name) == nil {
		return
	}
	if len(alt) > maxAttribute {
		alt = strings.ToValidUTF8(alt[:maxAttribute], "")
	}
	data, err := w.a.read(name, maxUnpacked)
	if err != nil {
		w.sated = true
		return
	}
	img := Image{
		ID: fmt.Sprintf(imageID, len(w.images)+1), Name: path.Base(name), Alt: alt,
		Type: mime.TypeByExtension(strings.ToLower(path.Ext(name))), Data: data,
	}
	w.images = append(w.images, img)
	fmt.Fprintf(&w.par, `<img src="cid:%s" alt="%s">`, img.ID, html.EscapeString(alt))
}

func (w *writer) document() (Document, error) {
	w.paragraph(0, "", 0)
	if w.out.Len() > maxHTML {
		return Document{}, errFull
	}
	return Document{Title: w.title, HTML: w.out.String(), Images: w.images}, nil
}
