package document

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// readRTF reads a file of the Rich Text Format, version 1.9. What it holds beside its
// text (headers, styles, objects) is passed over.
func readRTF(data []byte) (Document, error) {
	r := &rtfReader{writer: newWriter(nil), fonts: map[int]*charmap.Charmap{}, styles: map[int]style{}, page: charmap.Windows1252}
	r.group.stand = 1
	if err := r.read(data); err != nil {
		return Document{}, err
	}
	r.closeTable()
	return r.document()
}

// Bounds of an RTF file.
const (
	maxRTF       = 30 << 20 // octets
	maxRTFGroups = 500      // within each other
	maxRTFName   = 200      // octets of a style's name, and of a picture's description
)

// rtfPlace is what the text of a group is.
type rtfPlace int

const (
	rtfText rtfPlace = iota
	rtfNothing
	rtfFonts
	rtfStyles
	rtfCode    // of a field
	rtfPicture // in hexadecimal figures
	rtfMark    // of a list item
)

// rtfGroup is what holds between two braces.
type rtfGroup struct {
	place                                 rtfPlace
	bold, italic, hidden, struck, deleted bool
	stand                                 int // characters that stand in for one of Unicode
	font                                  int
	result, note                          bool // the group is the result of a field, or a note
}

// rtfParagraph is what is known of the paragraph that is being read.
type rtfParagraph struct {
	heading int
	list    string
	cell    bool
}

// rtfReader is where in the text the reader is.
type rtfReader struct {
	writer
	page   *charmap.Charmap // of the file
	fonts  map[int]*charmap.Charmap
	styles map[int]style

	group   rtfGroup
	outer   []rtfGroup
	deeper  int // groups within those that are not told apart
	within  rtfParagraph
	inTable bool
	inCell  bool

	starred bool // the next word opens a destination that may be passed over
	stands  int  // characters that stand in for one of Unicode, still to come
	font    int  // that the table of fonts describes
	style   int  // that the style sheet describes
	name    []byte
	code    []byte // of the field that was read last
	picture []byte
	kind    string // the ending of the picture's name
	high    rune   // the first half of a character of Unicode
}

func (r *rtfReader) read(data []byte) error {
	if len(data) > maxRTF {
		return &LimitError{"an RTF file of more than 30 MB"}
	}
	for i := 0; i < len(data); {
		switch c := data[i]; c {
		case '{':
			r.startGroup()
			i++
		case '}':
			r.endGroup()
			i++
		case '\\':
			i = r.control(data, i+1)
		case '\r', '\n', 0:
			i++
		default:
			i = r.run(data, i)
		}
		if err := r.full(); err != nil {
			return err
		}
	}
	return nil
}

func (r *rtfReader) startGroup() {
	if len(r.outer) == maxRTFGroups {
		r.deeper++
		return
	}
	r.outer = append(r.outer, r.group)
	r.group.result, r.group.note = false, false
}

func (r *rtfReader) endGroup() {
	n := len(r.outer)
	switch {
	case r.deeper > 0:
		r.deeper--
		return
	case n == 0:
		return
	}
	g := r.group
	r.group, r.outer = r.outer[n-1], r.outer[:n-1]
	r.starred = false
	switch {
	case g.place == rtfPicture && r.group.place != rtfPicture:
		r.endPicture()
	case g.place == rtfStyles && r.group.place == rtfStyles:
		r.nameStyle()
	case g.result:
		r.endLink()
	case g.note:
		r.endBox()
	}
}

// control reads what stands behind a backslash.
func (r *rtfReader) control(data []byte, i int) int {
	if i >= len(data) {
		return i
	}
	c := data[i]
	if c < 'a' || c > 'z' {
		switch c {
		case '\'':
			if i+3 <= len(data) {
				if n, err := strconv.ParseUint(string(data[i+1:i+3]), 16, 8); err == nil {
					r.write(r.decode(byte(n)))
				}
			}
			return min(i+3, len(data))
		case '*':
			r.starred = true
		case '~':
			r.write("\u00a0")
		case '_':
			r.write("‑")
		case '{', '}', '\\':
			r.write(string(rune(c)))
		case '\r', '\n':
			r.endParagraph()
		}
		return i + 1
	}
	end := i
	for end < len(data) && data[end] >= 'a' && data[end] <= 'z' && end-i < 32 {
		end++
	}
	word := string(data[i:end])
	digits := end
	for end < len(data) && end-digits < 11 && (data[end] >= '0' && data[end] <= '9' || data[end] == '-' && end == digits) {
		end++
	}
	value, err := strconv.Atoi(string(data[digits:end]))
	if err != nil {
		value = 1 // a switch without a number is on
	}
	if end < len(data) && data[end] == ' ' {
		end++
	}
	if word == "bin" && err == nil && value > 0 {
		raw := data[end:min(len(data), end+value)]
		if r.group.place == rtfPicture {
			r.picture = append(r.picture, hex.EncodeToString(raw)...)
		}
		return end + len(raw)
	}
	r.word(word, value, err == nil)
	return end
}

// run reads text up to the next mark.
func (r *rtfReader) run(data []byte, i int) int {
	end := i
	for end < len(data) && data[end] != '{' && data[end] != '}' && data[end] != '\\' && data[end] != '\r' && data[end] != '\n' && data[end] != 0 {
		end++
	}
	text := data[i:end]
	for r.stands > 0 && len(text) > 0 {
		r.stands, text = r.stands-1, text[1:]
	}
	switch r.group.place {
	case rtfPicture:
		if len(r.images) < maxImages {
			r.picture = append(r.picture, text...)
		}
		return end
	case rtfNothing, rtfFonts:
		return end
	}
	if isASCII(text) {
		r.write(string(text))
		return end
	}
	var out strings.Builder
	for _, c := range text {
		out.WriteString(r.decode(c))
	}
	r.write(out.String())
	return end
}

func isASCII(b []byte) bool {
	return bytes.IndexFunc(b, func(c rune) bool { return c >= 0x80 }) < 0
}

// decode is a character of the present font's code page.
func (r *rtfReader) decode(c byte) string {
	page := r.page
	if of := r.fonts[r.group.font]; of != nil {
		page = of
	}
	return string(page.DecodeByte(c))
}

// unicode writes a character that is named by its number, of which the upper ones come
// in halves.
func (r *rtfReader) unicode(value int) {
	if value < 0 {
		value += 65536
	}
	c := rune(value)
	switch {
	case c >= 0xD800 && c < 0xDC00:
		r.high = c
	case c >= 0xDC00 && c < 0xE000:
		if r.high != 0 {
			r.write(string((r.high-0xD800)<<10 + c - 0xDC00 + 0x10000))
		}
		r.high = 0
	default:
		r.write(string(c))
	}
	r.stands = r.group.stand
}

// write writes text where the present group has its place.
func (r *rtfReader) write(s string) {
	if r.stands > 0 {
		r.stands--
		return
	}
	g := r.group
	switch g.place {
	case rtfStyles:
		if len(r.name)+len(s) <= maxRTFName {
			r.name = append(r.name, s...)
		}
		return
	case rtfCode:
		if len(r.code)+len(s) <= maxCode {
			r.code = append(r.code, s...)
		}
		return
	case rtfMark:
		switch {
		case strings.TrimSpace(s) == "":
		case strings.ContainsAny(s, "0123456789"):
			r.within.list = "ol"
		default:
			r.within.list = "ul"
		}
		return
	case rtfText:
	default:
		return
	}
	switch {
	case g.deleted:
	case g.hidden:
		r.hides = r.hides || strings.TrimSpace(s) != ""
	case g.struck:
		r.strike(s)
	default:
		r.openCell()
		r.span(s, g.bold && r.within.heading == 0, g.italic)
	}
}

func (r *rtfReader) endPicture() {
	figures := r.picture
	r.picture = nil
	kept := figures[:0]
	for _, c := range figures {
		if c != ' ' && c != '\t' {
			kept = append(kept, c)
		}
	}
	data := make([]byte, hex.DecodedLen(len(kept)))
	n, err := hex.Decode(data, kept)
	if err != nil || n == 0 || r.kind == "" || r.group.hidden || r.group.deleted {
		return
	}
	r.openCell()
	r.addImage("picture"+r.kind, "", data[:n])
}

// nameStyle ends the description of a style.
func (r *rtfReader) nameStyle() {
	name := strings.TrimSuffix(strings.TrimSpace(string(r.name)), ";")
	r.name = r.name[:0]
	if s, known := named(name); known {
		r.styles[r.style] = s
	}
}
