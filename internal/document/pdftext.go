package document

import (
	"bytes"
	"math"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

const (
	maxForms   = 5       // of forms drawn within each other
	maxRange   = 70000   // characters that one font's table names
	maxPicture = 1 << 20 // octets of a picture within a page's content
)

// pdfWriter arranges text in lines by the positions at which it is drawn.
type pdfWriter struct {
	out  strings.Builder
	x, y float64 // where the last text ended
	sure bool    // x is known: the font says how wide its characters are
	last byte
}

func (w *pdfWriter) full() bool { return w.out.Len() >= maxPDFText }

func (w *pdfWriter) String() string {
	var lines []string
	for _, line := range strings.Split(w.out.String(), "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func (w *pdfWriter) write(s string) {
	if s == "" || w.full() {
		return
	}
	w.out.WriteString(s)
	w.last = s[len(s)-1]
}

func (w *pdfWriter) line() { w.write("\n") }

// show writes text drawn at a position, in a size: on a new line if it is higher or lower
// than the last, after a blank if there is a gap.
func (w *pdfWriter) show(s string, x, y, size float64, moved bool) {
	size = max(math.Abs(size), 1)
	switch {
	case math.Abs(y-w.y) > size/3:
		w.line()
	case w.sure && (x-w.x > size/7 || w.x-x > size) || !w.sure && moved:
		if w.last != ' ' && w.last != '\n' {
			w.write(" ")
		}
	}
	w.write(s)
}

// write draws a page's text.
func (f *pdfFile) write(w *pdfWriter, page pdfPage) {
	var content []byte
	streams, ok := f.get(page.contents).([]any)
	if !ok {
		streams = []any{page.contents}
	}
	for _, s := range streams {
		if s, ok := f.get(s).(pdfStream); ok {
			content = append(append(content, f.inflate(s)...), '\n')
		}
	}
	f.draw(w, content, page.resources, 0)
}

// draw executes the operators that show text (section 9.4).
func (f *pdfFile) draw(w *pdfWriter, content []byte, resources pdfDict, depth int) {
	p := f.parser(content)
	fonts, _ := f.get(resources["Font"]).(pdfDict)
	made := map[pdfName]pdfFont{}
	var font pdfFont
	var args []any
	// The start of the line, the position of the next character, and the scale of the
	// text in relation to the size of the font.
	lineX, lineY, x, size, leading := 0.0, 0.0, 0.0, 1.0, 0.0
	wide, high := 1.0, 1.0
	moved := false
	number := func(i int) float64 {
		if i < len(args) {
			n, _ := args[i].(float64)
			return n
		}
		return 0
	}
	next := func(dx, dy float64) {
		lineX, lineY = lineX+dx*wide, lineY+dy*high
		x, moved = lineX, true
	}
	show := func(v any) {
		s, ok := v.(pdfString)
		if !ok || len(s) == 0 {
			return
		}
		text, width := font.decode(s)
		w.show(text, x, lineY, size*high, moved)
		x += width / 1000 * size * wide
		w.x, w.y, w.sure, moved = x, lineY, font.widths != nil, false
	}
	for !w.full() {
		v := p.value(0)
		op, ok := v.(pdfOperator)
		if _, end := v.(pdfEnd); end {
			return
		}
		if !ok {
			if args = append(args, v); len(args) > 100 {
				args = args[1:]
			}
			continue
		}
		var shown any
		if len(args) > 0 {
			shown = args[len(args)-1]
		}
		switch op {
		case "BT":
			lineX, lineY, x, wide, high = 0, 0, 0, 1, 1
		case "Tf":
			if len(args) > 1 {
				name, _ := args[0].(pdfName)
				if _, ok := made[name]; !ok {
					made[name] = f.font(fonts[name])
				}
				font, size = made[name], number(1)
			}
		case "Td":
			next(number(0), number(1))
		case "TD":
			leading = -number(1)
			next(number(0), number(1))
		case "TL":
			leading = number(0)
		case "Tm":
			wide, high = number(0), number(3)
			if wide == 0 && high == 0 { // upright text
				wide, high = number(1), number(2)
			}
			lineX, lineY = number(4), number(5)
			x, moved = lineX, true
		case "T*":
			next(0, -leading)
		case "Tj":
			show(shown)
		case "'", "\"":
			next(0, -leading)
			show(shown)
		case "TJ":
			list, _ := shown.([]any)
			for _, part := range list {
				if gap, ok := part.(float64); ok {
					x -= gap / 1000 * size * wide
					moved = moved || gap < -180 // a blank, where widths are not known
					continue
				}
				show(part)
			}
		case "Do":
			if len(args) > 0 && depth < maxForms {
				forms, _ := f.get(resources["XObject"]).(pdfDict)
				name, _ := args[0].(pdfName)
				if form, ok := f.get(forms[name]).(pdfStream); ok && form.dict["Subtype"] == pdfName("Form") {
					own, ok := f.get(form.dict["Resources"]).(pdfDict)
					if !ok {
						own = resources
					}
					f.draw(w, f.inflate(form), own, depth+1)
				}
			}
		case "ID": // the data of an inline picture
			picture := p.data[p.i:min(len(p.data), p.i+maxPicture)]
			if end := bytes.Index(picture, []byte("EI")); end >= 0 {
				p.i += end + 2
			} else {
				f.work.octets -= len(picture)
			}
		}
		args = args[:0]
	}
}

// pdfFont turns a font's codes into characters.
type pdfFont struct {
	wide    bool               // two octets a code
	unicode map[uint32]string  // by its own table
	names   map[byte]string    // of characters that its encoding names
	widths  map[uint32]float64 // of its codes, in thousandths of the size; nil if unknown
	usual   float64            // of those not in widths
	mac     bool
}

func (f *pdfFile) font(v any) pdfFont {
	d, _ := f.get(v).(pdfDict)
	font := pdfFont{wide: d["Subtype"] == pdfName("Type0")}
	if s, ok := f.get(d["ToUnicode"]).(pdfStream); ok {
		font.readUnicode(f.parser(f.inflate(s)))
	}
	f.readWidths(&font, d)
	switch e := f.get(d["Encoding"]).(type) {
	case pdfName:
		font.mac = e == "MacRomanEncoding"
	case pdfDict:
		font.mac = f.get(e["BaseEncoding"]) == pdfName("MacRomanEncoding")
		font.names = map[byte]string{}
		code := 0
		list, _ := f.get(e["Differences"]).([]any)
		for _, v := range list {
			switch v := v.(type) {
			case float64:
				code = int(v)
			case pdfName:
				font.names[byte(code)] = glyph(string(v))
				code++
			}
		}
	}
	return font
}

// readUnicode reads a table of characters (section 9.10.3).
func (t *pdfFont) readUnicode(p *pdfParser) {
	t.unicode = map[uint32]string{}
	var args []any
	for len(t.unicode) < maxRange {
		v := p.value(0)
		if _, end := v.(pdfEnd); end {
			return
		}
		op, ok := v.(pdfOperator)
		if !ok {
			if len(args) < maxPDFArray {
				args = append(args, v)
			}
			continue
		}
		switch op {
		case "endcodespacerange":
			if len(args) > 0 {
				if s, ok := args[0].(pdfString); ok {
					t.wide = len(s) == 2
				}
			}
		case "endbfchar":
			for i := 0; i+1 < len(args); i += 2 {
				from, ok := args[i].(pdfString)
				to, okTo := args[i+1].(pdfString)
				if ok && okTo {
					t.unicode[codeOf(from)] = utf16BE(to)
				}
			}
		case "endbfrange":
			for i := 0; i+2 < len(args); i += 3 {
				t.addRange(p.work, args[i], args[i+1], args[i+2])
			}
		}
		args = args[:0]
	}
}

func (t *pdfFont) addRange(work *pdfWork, from, to, what any) {
	first, ok := from.(pdfString)
	last, okLast := to.(pdfString)
	if !ok || !okLast {
		return
	}
	lo, hi := codeOf(first), codeOf(last)
	if hi < lo || hi-lo > 0xFFFF || work.spent() {
		return
	}
	work.values -= int(hi-lo) + 1
	switch what := what.(type) {
	case []any:
		for k, v := range what {
			if s, ok := v.(pdfString); ok && lo+uint32(k) <= hi {
				t.unicode[lo+uint32(k)] = utf16BE(s)
			}
		}
	case pdfString:
		runes := []rune(utf16BE(what))
		if len(runes) == 0 {
			return
		}
		for c := lo; c <= hi && len(t.unicode) < maxRange; c++ {
			t.unicode[c] = string(runes)
			runes[len(runes)-1]++
		}
	}
}

func codeOf(s pdfString) uint32 {
	n := uint32(0)
	for i := 0; i < len(s) && i < 4; i++ {
		n = n<<8 | uint32(s[i])
	}
	return n
}

func utf16BE(s pdfString) string {
	var units []uint16
	for i := 0; i+1 < len(s); i += 2 {
		units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
	}
	if len(s) == 1 {
		return string(rune(s[0]))
	}
	return string(utf16.Decode(units))
}

// readWidths reads the widths of the characters (sections 9.2.4 and 9.7.4.3).
func (f *pdfFile) readWidths(t *pdfFont, d pdfDict) {
	if list, ok := f.get(d["Widths"]).([]any); ok {
		t.widths = map[uint32]float64{}
		first := asInt(f.get(d["FirstChar"]))
		for k, v := range list[:min(len(list), 256)] {
			if n, ok := f.get(v).(float64); ok {
				t.widths[uint32(first+k)] = n
			}
		}
		return
	}
	descendants, _ := f.get(d["DescendantFonts"]).([]any)
	if len(descendants) == 0 {
		return
	}
	d, _ = f.get(descendants[0]).(pdfDict)
	t.widths, t.usual = map[uint32]float64{}, 1000
	if n, ok := f.get(d["DW"]).(float64); ok {
		t.usual = n
	}
	list, _ := f.get(d["W"]).([]any)
	for i := 0; i+1 < len(list) && len(t.widths) < maxRange; {
		first := asInt(f.get(list[i]))
		if each, ok := f.get(list[i+1]).([]any); ok {
			for k, v := range each {
				if n, ok := f.get(v).(float64); ok {
					t.widths[uint32(first+k)] = n
				}
			}
			i += 2
			continue
		}
		if i+2 >= len(list) {
			return
		}
		last := asInt(f.get(list[i+1]))
		n, _ := f.get(list[i+2]).(float64)
		for c := first; c <= last && len(t.widths) < maxRange && !f.work.spent(); c++ {
			f.work.values--
			t.widths[uint32(c)] = n
		}
		i += 3
	}
}

// decode returns the text of a shown string and its width.
func (t pdfFont) decode(s pdfString) (text string, width float64) {
	var out strings.Builder
	octets := 1
	if t.wide {
		octets = 2
	}
	for i := 0; i+octets <= len(s); i += octets {
		code := codeOf(s[i : i+octets])
		if n, ok := t.widths[code]; ok {
			width += n
		} else {
			width += t.usual
		}
		u, known := t.unicode[code]
		switch name, named := t.names[byte(code)]; {
		case known:
			out.WriteString(unligated(u))
		case t.wide:
		case named:
			out.WriteString(name)
		case t.mac:
			out.WriteRune(charmap.Macintosh.DecodeByte(byte(code)))
		default:
			out.WriteRune(charmap.Windows1252.DecodeByte(byte(code)))
		}
	}
	return out.String(), width
}

// unligated splits a ligature into its letters.
func unligated(s string) string {
	for _, r := range s {
		if r >= '\ufb00' && r <= '\ufb06' {
			return norm.NFKC.String(s)
		}
	}
	return s
}

// glyphs maps names of the Adobe Glyph List to characters of French and its neighbours,
// where the name is not the character itself.
var glyphs = map[string]string{
	"space": " ", "nbspace": " ", "hyphen": "-", "minus": "-", "endash": "–", "emdash": "—", "period": ".", "comma": ",", "colon": ":",
	"semicolon": ";", "slash": "/", "parenleft": "(", "parenright": ")", "quotesingle": "'", "quoteright": "’", "quoteleft": "‘",
	"quotedblleft": "“", "quotedblright": "”", "quotedbl": "\"", "guillemotleft": "«", "guillemotright": "»", "exclam": "!",
	"question": "?", "ampersand": "&", "at": "@", "plus": "+", "equal": "=", "percent": "%", "degree": "°", "ordmasculine": "º",
	"ordfeminine": "ª", "bullet": "•", "ellipsis": "…", "Euro": "€", "numbersign": "#", "underscore": "_", "asterisk": "*",
	"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
	"fi": "fi", "fl": "fl", "ff": "ff", "ffi": "ffi", "ffl": "ffl", "oe": "œ", "OE": "Œ", "ae": "æ", "AE": "Æ", "germandbls": "ß",
	"ccedilla": "ç", "Ccedilla": "Ç", "ntilde": "ñ", "Ntilde": "Ñ", "aring": "å", "Aring": "Å", "oslash": "ø", "Oslash": "Ø",
	"ydieresis": "ÿ", "yacute": "ý",
}

// accents are the endings of the names of accented letters.
var accents = []struct{ name, mark string }{
	{"grave", "\u0300"}, {"acute", "\u0301"}, {"circumflex", "\u0302"}, {"tilde", "\u0303"}, {"dieresis", "\u0308"},
}

// glyph returns the character of a name.
func glyph(name string) string {
	if s, ok := glyphs[name]; ok {
		return s
	}
	if len(name) == 1 {
		return name
	}
	for _, a := range accents {
		if letter, ok := strings.CutSuffix(name, a.name); ok && len(letter) == 1 {
			return norm.NFC.String(letter + a.mark)
		}
	}
	return ""
}
