package document

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// readRTF reads a file in the Rich Text Format, version 1.9. It skips content other than
// its text (headers, styles, objects).
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

// rtfPlace is what the text of a group belongs to.
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

// rtfGroup is the state between two braces.
type rtfGroup struct {
	place                                 rtfPlace
	bold, italic, hidden, struck, deleted bool
	stand                                 int // characters that follow a Unicode one as its fallback
	font                                  int
	result, note                          bool // the group is the result of a field, or a note
}

// rtfParagraph is the state of the current paragraph.
type rtfParagraph struct {
	heading int
	list    string
	cell    bool
}

// rtfReader is the position of the reader in the text.
type rtfReader struct {
	writer
	page   *charmap.Charmap // of the file
	fonts  map[int]*charmap.Charmap
	styles map[int]style

	group   rtfGroup
	outer   []rtfGroup
	deeper  int // open groups beyond the bound, which share one state
	within  rtfParagraph
	inTable bool
	inCell  bool

	starred bool // the next word opens a destination that may be skipped
	stands  int  // fallback characters still to skip
	font    int  // current entry of the font table
	style   int  // current entry of the style sheet
	name    []byte
	code    []byte // of the last field
	picture []byte
	kind    string // the ending of the picture's name
	high    rune   // the first half of a surrogate pair
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

// control reads what follows a backslash.
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
	case rtfText, rtfStyles, rtfCode, rtfMark:
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

// decode returns a character in the code page of the current font.
func (r *rtfReader) decode(c byte) string {
	page := r.page
	if of := r.fonts[r.group.font]; of != nil {
		page = of
	}
	return string(page.DecodeByte(c))
}

// unicode writes a character given by its number; those beyond the first plane come as
// surrogate pairs.
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

// write writes text to the place of the current group.
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
		r.anyHidden = r.anyHidden || strings.TrimSpace(s) != ""
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
