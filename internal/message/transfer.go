package message

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// decodedLeaf is the content of a leaf: in one piece, or in two if somebody added to a
// text without regard to its encoding.
type decodedLeaf struct {
	data  []byte
	clear []byte // plain text below a text in base64, added by a list or a server
}

// decodeTransfer decodes a transfer encoding (RFC 2045, section 6). An error in the
// encoding loses no more than itself.
func decodeTransfer(encoding string, raw []byte, text bool) decodedLeaf {
	encoding, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(encoding)), ";")
	switch strings.Trim(encoding, `" `) {
	case "base64":
		if !text {
			return decodedLeaf{data: decodeBase64(raw)}
		}
		encoded, clear := splitBase64(raw)
		if len(encoded) == 0 {
			return decodedLeaf{data: raw} // it is not encoded
		}
		return decodedLeaf{data: decodeBase64(encoded), clear: clear}
	case "quoted-printable":
		return decodedLeaf{data: decodeQuoted(raw)}
	case "x-uuencode", "uuencode", "x-uue", "uue":
		if files, _ := uuencoded(string(raw)); len(files) > 0 {
			return decodedLeaf{data: files[0].Data}
		}
	}
	return decodedLeaf{data: raw}
}

// decodeBase64 decodes each stretch up to its padding, because some programs concatenate
// several. It ignores characters outside the alphabet. The result reuses the memory of
// raw.
func decodeBase64(raw []byte) []byte {
	out := raw[:0]
	var bits uint32
	n := 0 // characters of the group
	flush := func() {
		switch n { // six bits alone make no octet
		case 2:
			out = append(out, byte(bits>>4))
		case 3:
			out = append(out, byte(bits>>10), byte(bits>>2))
		case 4:
			out = append(out, byte(bits>>16), byte(bits>>8), byte(bits))
		}
		bits, n = 0, 0
	}
	for _, c := range raw {
		switch {
		case isBase64(c):
			bits = bits<<6 | uint32(sextet(c))
			if n++; n == 4 {
				flush()
			}
		case c == '=':
			flush()
		}
	}
	flush()
	return out
}

// sextet returns the value of a character of the base64 alphabet.
func sextet(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 26
	case c >= 'A':
		return c - 'A'
	case c >= '0':
		return c - '0' + 52
	case c == '+':
		return 62
	}
	return 63
}

func isBase64(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/'
}

// splitBase64 separates plain text from the lines in base64 above it.
func splitBase64(raw []byte) (encoded, clear []byte) {
	padded, first := false, true
	for rest := raw; len(rest) > 0; {
		before := len(rest)
		var line []byte
		line, rest = nextLine(rest)
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if isClear(line, first) || padded && !looksEncoded(line) {
			at := len(raw) - before
			return raw[:at], bytes.TrimSpace(raw[at:])
		}
		padded, first = line[len(line)-1] == '=', false
	}
	return raw, nil
}

// looksEncoded tells a line of base64 after padding from a word.
func looksEncoded(line []byte) bool {
	odd := 0
	for _, c := range line[1:] {
		if c < 'a' || c > 'z' {
			odd++
		}
	}
	return len(line)%4 == 0 && odd >= 2
}

// isClear reports whether a line is not in base64. The first line may have a few strange
// characters.
func isClear(line []byte, first bool) bool {
	strange, blank := 0, false
	for _, c := range line {
		if c != '=' && !isBase64(c) {
			strange++
		}
		blank = blank || c == ' ' || c == '\t'
	}
	return strange > 0 && (!first || blank || 4*strange > len(line))
}

// decodeQuoted decodes quoted-printable; a "=" without two hexadecimal digits stays.
func decodeQuoted(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		line := raw
		end := ""
		if at := bytes.IndexByte(raw, '\n'); at >= 0 {
			line, raw = raw[:at], raw[at+1:]
			end = "\n"
			if bytes.HasSuffix(line, []byte("\r")) {
				line, end = line[:len(line)-1], "\r\n"
			}
		} else {
			raw = nil
		}
		line = bytes.TrimRight(line, " \t")
		if bytes.HasSuffix(line, []byte("=")) && !bytes.HasSuffix(line, []byte("==")) {
			line, end = line[:len(line)-1], ""
		}
		for i := 0; i < len(line); i++ {
			if line[i] == '=' && i+2 < len(line) && isHex(line[i+1]) && isHex(line[i+2]) {
				out = append(out, unhex(line[i+1])<<4|unhex(line[i+2]))
				i += 2
				continue
			}
			out = append(out, line[i])
		}
		out = append(out, end...)
	}
	return out
}

// decodeQuotedText decodes quoted-printable text to UTF-8. Lines with octets that the
// encoding does not allow were added later, perhaps in another charset.
func decodeQuotedText(raw []byte, charset string, html bool) string {
	if isASCII(string(raw)) {
		return decodeText(decodeQuoted(raw), charset, html)
	}
	if all := decodeQuoted(raw); utf8.Valid(all) {
		return decodeText(all, charset, html)
	}
	var out strings.Builder
	for len(raw) > 0 {
		end := 0
		clear := false
		for end < len(raw) {
			next := len(raw)
			if at := bytes.IndexByte(raw[end:], '\n'); at >= 0 {
				next = end + at + 1
			}
			has := !isASCII(string(raw[end:next]))
			if end > 0 && has != clear {
				break
			}
			clear, end = has, next
		}
		out.WriteString(decodeText(decodeQuoted(raw[:end]), charset, html))
		raw = raw[end:]
	}
	return out.String()
}

// maxUuencoded bounds the files that are taken out of a text.
const maxUuencoded = 20

// uuencoded takes the uuencoded files out of a text.
func uuencoded(text string) (files []Part, rest string) {
	if !strings.Contains(text, "begin ") {
		return nil, text
	}
	var out strings.Builder
	lines := strings.SplitAfter(text, "\n")
	for i := 0; i < len(lines); {
		name, opens := uuName(lines[i])
		if !opens || len(files) == maxUuencoded {
			out.WriteString(lines[i])
			i++
			continue
		}
		data, next, ok := uuLines(lines, i+1)
		if !ok {
			// Do not search these lines again.
			for ; i < next; i++ {
				out.WriteString(lines[i])
			}
			continue
		}
		files = append(files, Part{Name: cleanFileName(name), Type: "application/octet-stream", Data: data})
		i = next
	}
	return files, out.String()
}

// uuName returns the name in the line that opens a file: begin 644 photo.jpg.
func uuName(line string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(line, "begin ")
	if !ok {
		return "", false
	}
	mode, name, ok := strings.Cut(strings.TrimSpace(rest), " ")
	return name, ok && len(mode) >= 3 && len(mode) <= 4 && strings.Trim(mode, "01234567") == "" && strings.TrimSpace(name) != ""
}

// uuLines decodes the lines up to the end of a file; next is the first line that it did
// not read.
func uuLines(lines []string, i int) (data []byte, next int, ok bool) {
	for ; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], "\r\n")
		if line == "end" {
			return data, i + 1, len(data) > 0
		}
		if line == "" || line == "`" {
			continue
		}
		n := int(line[0]-' ') & 63
		body := line[1:]
		if line[0] < ' ' || line[0] > '`' || len(body) < (n*8+5)/6-2 || len(body) > (n+2)/3*4+2 {
			return nil, i, false
		}
		var group [4]byte
		for k := 0; k < n; k += 3 {
			for j := range group {
				group[j] = 0
				if at := k/3*4 + j; at < len(body) {
					group[j] = (body[at] - ' ') & 63
				}
			}
			three := [3]byte{group[0]<<2 | group[1]>>4, group[1]<<4 | group[2]>>2, group[2]<<6 | group[3]}
			data = append(data, three[:min(3, n-k)]...)
		}
	}
	return nil, i, false
}
