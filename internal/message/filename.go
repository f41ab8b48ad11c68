package message

import (
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// fileName returns a part's file name from Content-Disposition, or else from Content-Type:
// in the form of RFC 2231 in any charset and in pieces, or as a plain parameter, with
// encoded words, which programs use against RFC 2047.
func fileName(h textproto.MIMEHeader) string {
	for _, f := range []struct{ field, param string }{
		{"Content-Disposition", "filename"}, {"Content-Type", "name"}, {"Content-Disposition", "name"}, {"Content-Type", "filename"},
	} {
		if name := paramOf(boundParams(h.Get(f.field)), f.param); strings.TrimSpace(name) != "" {
			return name
		}
	}
	return ""
}

// paramOf returns a parameter of a field, decoded.
func paramOf(value, name string) string {
	plain, extended := "", ""
	var pieces []namePiece
	for _, p := range paramsOf(value) {
		key, encoded := strings.CutSuffix(p.name, "*")
		switch base, number, numbered := strings.Cut(key, "*"); {
		case base != name:
		case numbered:
			if n, err := strconv.Atoi(number); err == nil && n >= 0 && n <= maxPieces {
				pieces = append(pieces, namePiece{n, p.value, encoded})
			}
		case encoded && extended == "":
			label, text := splitExtended(p.value)
			extended = decodeName([]byte(percentDecoded(text)), label)
		case !encoded && plain == "":
			plain = p.value
		}
	}
	switch {
	case len(pieces) > 0:
		return joinPieces(pieces)
	case extended != "":
		return extended
	}
	if unescaped := percentDecoded(plain); unescaped != plain && !isASCII(unescaped) && utf8.ValidString(unescaped) {
		plain = unescaped // a program wrote it as part of a URL
	}
	return plain
}

// maxPieces bounds the index of a piece of a parameter.
const maxPieces = 999

// namePiece is one of several parameters that form one value (RFC 2231, section 3).
type namePiece struct {
	number  int
	value   string
	encoded bool
}

func joinPieces(pieces []namePiece) string {
	slices.SortStableFunc(pieces, func(a, b namePiece) int { return a.number - b.number })
	label := ""
	var all []byte
	anyEncoded := false
	for i, p := range pieces {
		text := p.value
		if p.encoded {
			if i == 0 {
				label, text = splitExtended(text)
			}
			text = percentDecoded(text)
			anyEncoded = true
		}
		all = append(all, text...)
	}
	if !anyEncoded {
		return string(all)
	}
	return decodeName(all, label)
}

// splitExtended splits the charset and the language off a value (RFC 2231, section 4).
func splitExtended(value string) (label, text string) {
	label, rest, ok := strings.Cut(value, "'")
	if !ok {
		return "", value
	}
	_, text, ok = strings.Cut(rest, "'")
	if !ok {
		return "", value
	}
	return label, text
}

func decodeName(data []byte, label string) string {
	if label == "" {
		return toUTF8(data)
	}
	return decodeBytes(data, label, false)
}

// percentDecoded decodes %XX; any other % stays.
func percentDecoded(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			out = append(out, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return string(out)
}

// paramsOf returns the parameters of a structured field, names in lower case. It reads
// values that break the grammar as far as their meaning is clear.
func paramsOf(value string) []param {
	var all []param
	_, rest, _ := strings.Cut(value, ";")
	for rest != "" {
		name, after, ok := strings.Cut(rest, "=")
		if at := strings.IndexByte(name, ';'); at >= 0 {
			rest = rest[at+1:] // a parameter without a value
			continue
		}
		if !ok {
			break
		}
		after = strings.TrimLeft(after, " \t")
		var said string
		if strings.HasPrefix(after, `"`) {
			said, rest = quotedValue(after[1:])
		} else {
			said, rest, _ = strings.Cut(after, ";")
			all = append(all, param{strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(said)})
			continue
		}
		all = append(all, param{strings.ToLower(strings.TrimSpace(name)), said})
		_, rest, _ = strings.Cut(rest, ";")
	}
	return all
}

// quotedValue reads up to the quote that ends a value. A quote within the value, which
// some programs do not escape, is followed by something other than the end or a semicolon.
func quotedValue(s string) (value, rest string) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			out.WriteByte(s[i])
		case c == '"':
			if after := strings.TrimLeft(s[i+1:min(len(s), i+8)], " \t"); after == "" || after[0] == ';' {
				return out.String(), s[i+1:]
			}
			out.WriteByte(c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String(), ""
}
