package document

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"html"
	"mime"
	"path"
	"strings"
)

// maxAttribute bounds, in octets, a target or a description, which a file may repeat
// without end.
const maxAttribute = 2 << 10

// Bounds of a document's title, and of text in boxes within boxes.
const (
	maxTitle  = 300 // octets of a heading that counts as title
	maxBefore = 200 // octets of text above a paragraph in the style of titles
	maxKicker = 60  // octets of text, such as a date, above a first heading that counts as title
	maxBoxes  = 8   // within each other
	maxStruck = 300 // octets of struck text that are kept
)

// imageID is the format of an Image.ID.
const imageID = "picture-%d.document"

// IsImage reports whether an identifier is that of an Image.
func IsImage(id string) bool { return strings.HasSuffix(id, ".document") }

var errFull = &LimitError{fmt.Sprintf("a text of more than %d octets", maxHTML)}

// flow is a run of paragraphs: those of the page, of a text box, or of a note.
type flow struct {
	out, par, plain bytes.Buffer // the output, the current paragraph, its text
	after           bytes.Buffer // boxes and notes anchored in that paragraph, which follow it
	pictures        []string     // of that paragraph
	lists           []string     // the kinds of the open lists, "ul" or "ol"
	href            string       // of the open link, "" for none
	linked          bool         // the link is open in this paragraph
	nested          int          // links within it, which are ignored
}

// writer writes paragraphs and list items as HTML.
type writer struct {
	*flow
	outer      []*flow // the flows that the current one is anchored in, outermost first
	title      string
	images     []Image
	imagesFull bool // no more pictures are read: one passed a bound
	a          *archive

	before     int // octets of text above, on the page
	headed     bool
	produced   int // number of writes so far
	notes      int
	struckText []byte   // text that is struck through
	anyHidden  bool     // some text is hidden
	unread     []string // parts that could not be read
}

func newWriter(a *archive) writer { return writer{flow: &flow{}, a: a} }

// walkText is walk for the text itself. It stops when the output passes its bound.
func (w *writer) walkText(data []byte, start func(xml.StartElement), end func(xml.Name), text func(string)) error {
	return walkUntil(data, w.full, start, end, text)
}

// full returns errFull if the output passes its bound.
func (w *writer) full() error {
	n := w.size()
	for _, f := range w.outer {
		n += f.size()
	}
	if n > maxHTML {
		return errFull
	}
	return nil
}

func (f *flow) size() int { return f.out.Len() + f.par.Len() + f.after.Len() }

// span writes text with its emphasis.
func (w *writer) span(text string, bold, italic bool) {
	if text == "" {
		return
	}
	w.plain.WriteString(text)
	s := html.EscapeString(text)
	if strings.TrimSpace(text) != "" {
		w.produced++
		if italic {
			s = "<em>" + s + "</em>"
		}
		if bold {
			s = "<strong>" + s + "</strong>"
		}
	}
	w.reopenLink()
	w.par.WriteString(s)
}

// strike keeps struck-through text apart, within a bound.
func (w *writer) strike(text string) {
	if room := maxStruck - len(w.struckText); room > 0 {
		w.struckText = append(w.struckText, text[:min(len(text), room)]...)
	}
}

// lineBreak ends a line within a paragraph.
func (w *writer) lineBreak() {
	w.par.WriteString("<br>")
	w.plain.WriteString(" ")
}

// startLink begins a link, unless it has no target or is within another; endLink ends it.
// A link continues over the end of a paragraph.
func (w *writer) startLink(href string) {
	if w.href != "" {
		w.nested++
		return
	}
	if href != "" && len(href) <= maxAttribute {
		w.href = href
		w.reopenLink()
	}
}

func (w *writer) reopenLink() {
	if w.href != "" && !w.linked {
		w.linked = true
		w.par.WriteString(`<a href="` + html.EscapeString(w.href) + `">`)
	}
}

func (w *writer) endLink() {
	if w.nested > 0 {
		w.nested--
		return
	}
	w.pauseLink()
	w.href = ""
}

func (w *writer) pauseLink() {
	if w.linked {
		w.linked = false
		w.par.WriteString("</a>")
	}
}

// startBox begins a text box or a note, which follows the paragraph that anchors it;
// endBox ends it. ok is false if boxes are nested too deep: the text then belongs to the
// paragraph.
func (w *writer) startBox() (ok bool) {
	if len(w.outer) == maxBoxes {
		return false
	}
	w.outer = append(w.outer, w.flow)
	w.flow = &flow{}
	return true
}

func (w *writer) endBox() {
	n := len(w.outer)
	if n == 0 {
		return
	}
	w.paragraph(0, "", 0)
	w.closeLists(0)
	made := w.out.Bytes()
	w.flow, w.outer = w.outer[n-1], w.outer[:n-1]
	w.after.Write(made)
}

// noteMark numbers a note and writes its number where it is referred to.
func (w *writer) noteMark() (number string) {
	w.notes++
	number = superscript(w.notes)
	w.span(number, false, false)
	return number
}

// superscript returns a number in superscript figures.
func superscript(n int) string {
	var out strings.Builder
	for _, d := range fmt.Sprint(n) {
		out.WriteRune([]rune("⁰¹²³⁴⁵⁶⁷⁸⁹")[d-'0'])
	}
	return out.String()
}

// startTable begins a table and endCell ends a cell; both end an open list.
func (w *writer) startTable() {
	w.closeLists(0)
	w.out.WriteString("<table>\n")
}

func (w *writer) endCell() {
	w.closeLists(0)
	w.out.WriteString("</td>")
}

// isTitle is the level of a paragraph in the style of the document's title.
const isTitle = -1

// paragraph ends the current paragraph: a heading if its level is above 0, the title for
// isTitle, a list item if list is named, at a depth from 0. The boxes anchored in it
// follow.
func (w *writer) paragraph(heading int, list string, depth int) {
	w.pauseLink()
	body, plain := strings.TrimSpace(w.par.String()), strings.TrimSpace(w.plain.String())
	pictures := w.pictures
	w.par.Reset()
	w.plain.Reset()
	w.pictures = nil
	if list == "" {
		w.closeLists(0)
	}
	page := len(w.outer) == 0
	switch {
	case body == "":
	case list != "":
		w.openLists(list, min(depth, 5)+1)
		w.out.WriteString("<li>" + body + "</li>\n")
	case heading != 0:
		if page && w.titled(heading, plain) {
			w.title = strings.Join(strings.Fields(plain), " ")
			if len(pictures) > 0 { // the title is not printed twice
				w.out.WriteString("<p>" + strings.Join(pictures, " ") + "</p>\n")
			}
			break
		}
		w.headed = w.headed || page && plain != ""
		tag := "h2"
		if heading > 1 {
			tag = "h3"
		}
		fmt.Fprintf(&w.out, "<%s>%s</%s>\n", tag, body, tag)
	default:
		w.out.WriteString("<p>" + body + "</p>\n")
	}
	if page && w.title != strings.Join(strings.Fields(plain), " ") {
		w.before += len(plain)
	}
	if w.after.Len() > 0 {
		w.closeLists(0)
		w.out.Write(w.after.Bytes())
		w.after.Reset()
	}
}

// titled reports whether a heading is the document's title: the first one, with hardly
// more than a date above it.
func (w *writer) titled(heading int, plain string) bool {
	above := 0
	switch heading {
	case isTitle:
		above = maxBefore
	case 1:
		above = maxKicker
	}
	return w.title == "" && plain != "" && len(plain) <= maxTitle && !w.headed && w.before <= above
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

// image adds a picture of the archive to the paragraph. A picture that cannot be unpacked
// within the bounds is left out, with those after it, because the text matters more.
func (w *writer) image(name, alt string) {
	if w.imagesFull || len(w.images) >= maxImages || w.a == nil || w.a.file(name) == nil {
		return
	}
	data, err := w.a.read(name, maxUnpacked)
	if err != nil {
		w.imagesFull = true
		return
	}
	w.addImage(path.Base(name), alt, data)
}

// addImage adds a picture to the paragraph.
func (w *writer) addImage(name, alt string, data []byte) {
	if len(w.images) >= maxImages {
		return
	}
	if len(alt) > maxAttribute {
		alt = strings.ToValidUTF8(alt[:maxAttribute], "")
	}
	img := Image{
		ID: fmt.Sprintf(imageID, len(w.images)+1), Name: name, Alt: alt,
		Type: mime.TypeByExtension(strings.ToLower(path.Ext(name))), Data: data,
	}
	w.images = append(w.images, img)
	tag := fmt.Sprintf(`<img src="cid:%s" alt="%s">`, img.ID, html.EscapeString(alt))
	w.produced++
	w.pictures = append(w.pictures, tag)
	w.par.WriteString(tag)
}

func (w *writer) document() (Document, error) {
	for len(w.outer) > 0 {
		w.endBox()
	}
	w.paragraph(0, "", 0)
	w.closeLists(0)
	if w.out.Len() > maxHTML {
		return Document{}, errFull
	}
	return Document{
		Title: w.title, HTML: w.out.String(), Images: w.images,
		Struck: strings.Join(strings.Fields(strings.ToValidUTF8(string(w.struckText), "")), " "), Hidden: w.anyHidden, Unread: w.unread,
	}, nil
}
