package message

import (
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

var errRTF = errors.New("no compressed RTF")

// rtfDictionary is the initial dictionary of compressed RTF ([MS-OXRTFCP], section
// 2.1.2.1).
const rtfDictionary = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript ` +
	`\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` + "\r\n" + `\par ` +
	`\pard\plain\f0\fs20\b\i\u\tab\tx`

// uncompressRTF decompresses [MS-OXRTFCP]: a window of 4,096 octets, and eight runs or
// octets after each octet of flags. It produces at most limit octets.
func uncompressRTF(data []byte, limit int) (string, error) {
	const compressed, plain = 0x75465A4C, 0x414C454D
	if len(data) < 16 {
		return "", errRTF
	}
	size := int(binary.LittleEndian.Uint32(data[4:]))
	magic := binary.LittleEndian.Uint32(data[8:])
	if size > limit {
		return "", errRTF
	}
	body := data[16:]
	switch magic {
	case plain:
		return string(body[:min(size, len(body))]), nil
	case compressed:
	default:
		return "", errRTF
	}
	var window [4096]byte
	at := copy(window[:], rtfDictionary)
	var out []byte
	put := func(c byte) {
		out = append(out, c)
		window[at] = c
		at = (at + 1) % len(window)
	}
	for len(body) > 0 && len(out) < size {
		flags := body[0]
		body = body[1:]
		for bit := 0; bit < 8 && len(out) < size; bit++ {
			if flags>>bit&1 == 0 {
				if len(body) == 0 {
					return string(out), nil
				}
				put(body[0])
				body = body[1:]
				continue
			}
			if len(body) < 2 {
				return string(out), nil
			}
			ref := int(binary.BigEndian.Uint16(body))
			body = body[2:]
			from, count := ref>>4, ref&15+2
			if from == at {
				return string(out), nil // the end
			}
			for range count {
				put(window[from])
				from = (from + 1) % len(window)
			}
		}
	}
	return string(out), nil
}

// readRTF returns the HTML that RTF encloses ([MS-OXRTFEX]), or else its plain text.
func readRTF(source string) (text string, html bool) {
	html = strings.Contains(source[:min(len(source), 1000)], `\fromhtml`)
	r := rtfReader{html: html}
	r.read(source)
	return r.out.String(), html
}

// rtfGroup is the state between two braces.
type rtfGroup struct {
	skip    bool // the group is a destination without text
	tag     bool // the group is literal HTML
	noHTML  bool // text that only RTF shows
	unicode int  // how many characters follow a Unicode one as its fallback
}

type rtfReader struct {
	out     strings.Builder
	html    bool
	group   rtfGroup
	stack   []rtfGroup
	star    bool // the next word opens a destination that may be skipped
	replace int  // fallback characters still to skip
}

const maxRTFDepth = 500

func (r *rtfReader) read(s string) {
	r.group.unicode = 1
	for i := 0; i < len(s); {
		switch c := s[i]; c {
		case '{':
			if len(r.stack) == maxRTFDepth {
				return
			}
			r.stack = append(r.stack, r.group)
			i++
		case '}':
			if n := len(r.stack); n > 0 {
				r.group, r.stack = r.stack[n-1], r.stack[:n-1]
			}
			i++
		case '\\':
			i = r.control(s, i+1)
		case '\r', '\n':
			i++
		default:
			r.write(string(charmap.Windows1252.DecodeByte(c)))
			i++
		}
	}
}

// control reads what follows a backslash.
func (r *rtfReader) control(s string, i int) int {
	if i >= len(s) {
		return i
	}
	c := s[i]
	if c < 'a' || c > 'z' {
		switch c {
		case '\'':
			if i+3 <= len(s) {
				if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
					r.write(string(charmap.Windows1252.DecodeByte(byte(n))))
				}
			}
			return min(i+3, len(s))
		case '*':
			r.star = true
		case '~':
			r.write("\u00a0")
		case '{', '}', '\\':
			r.write(string(c))
		}
		return i + 1
	}
	end := i
	for end < len(s) && s[end] >= 'a' && s[end] <= 'z' {
		end++
	}
	word := s[i:end]
	digits := end
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '-' && end == digits) {
		end++
	}
	value, err := strconv.Atoi(s[digits:end])
	r.word(word, value, err == nil)
	if end < len(s) && s[end] == ' ' {
		end++
	}
	return end
}

func (r *rtfReader) word(word string, value int, valued bool) {
	star := r.star
	r.star = false
	switch word {
	case "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "generator", "listtable", "listoverridetable":
		r.group.skip = true
	case "htmltag":
		r.group.tag, r.group.skip = true, !r.html
	case "mhtmltag":
		r.group.skip = true
	case "htmlrtf":
		r.group.noHTML = r.html && (!valued || value != 0)
	case "par", "line":
		r.write("\n")
	case "tab":
		r.write("\t")
	case "lquote":
		r.write("‘")
	case "rquote":
		r.write("’")
	case "ldblquote":
		r.write("“")
	case "rdblquote":
		r.write("”")
	case "endash":
		r.write("–")
	case "emdash":
		r.write("—")
	case "bullet":
		r.write("•")
	case "uc":
		r.group.unicode = max(value, 0)
	case "u":
		if value < 0 {
			value += 65536
		}
		r.write(string(rune(value)))
		r.replace = r.group.unicode
	default:
		if star {
			r.group.skip = true
		}
	}
}

func (r *rtfReader) write(s string) {
	if r.replace > 0 {
		r.replace--
		return
	}
	if r.group.skip || r.group.noHTML && !r.group.tag {
		return
	}
	r.out.WriteString(s)
}
