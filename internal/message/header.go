package message

import (
	"bytes"
	"regexp"
	"strings"
)

// Field is one header field: its name as written, and its value. In a parsed Header the
// value is raw but unfolded and trimmed; in one to be written it is plain text.
type Field struct {
	Name, Value string
	cut         bool // parsed: Value is the beginning of a longer one
	joined      bool // parsed: lines without an indent were joined to it
}

// Header holds the fields of a message in order, the topmost first. Names are compared
// without case.
type Header []Field

// Get returns the first field of that name, decoded (RFC 2047), or "".
func (h Header) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return DecodeHeader(f.Value)
		}
	}
	return ""
}

// Values returns the raw, unfolded values of all fields of that name, topmost first.
func (h Header) Values(name string) []string {
	var values []string
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

// Has reports whether there is a field of that name, even an empty one.
func (h Header) Has(name string) bool {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

// raw returns the first field of that name, undecoded.
func (h Header) raw(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// cut reports whether a field of that name was too long to be kept whole.
func (h Header) cut(name string) bool {
	for _, f := range h {
		if f.cut && strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

// parseHeader parses the fields up to the empty line and returns the rest as body. It
// drops an mbox separator at the top; a line that is neither a field nor a continuation
// counts as a continuation that lost its indent.
func parseHeader(raw []byte) (h Header, body []byte) {
	var value strings.Builder
	flush := func() {
		if len(h) > 0 {
			last := &h[len(h)-1]
			last.Value = strings.TrimSpace(strings.ReplaceAll(value.String(), "\x00", ""))
			last.boundValue()
		}
		value.Reset()
	}
	for first := true; len(raw) > 0; first = false {
		var line []byte
		line, raw = nextLine(raw)
		if len(line) == 0 {
			break
		}
		if first && (bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))) {
			continue
		}
		name, rest, ok := splitField(line)
		if !ok {
			if len(h) > 0 && line[0] != ' ' && line[0] != '\t' {
				h[len(h)-1].joined = true
			}
			if len(h) > 0 && value.Len() <= 2*maxField {
				value.WriteByte(' ')
				value.Write(bytes.TrimSpace(line))
			}
			continue
		}
		flush()
		h = append(h, Field{Name: name})
		value.Write(bytes.TrimSpace(rest))
	}
	flush()
	return h, raw
}

// boundValue cuts a value that is too long to parse, at the end of a whole element, and
// marks it. Of References it keeps the end, because the mail that is answered is there.
func (f *Field) boundValue() {
	if len(f.Value) <= maxField {
		return
	}
	f.cut = true
	if strings.EqualFold(f.Name, "References") {
		f.Value = f.Value[len(f.Value)-maxField:]
		f.Value = f.Value[max(strings.IndexByte(f.Value, '<'), 0):]
		return
	}
	f.Value = f.Value[:maxField]
	if end := strings.LastIndexAny(f.Value, ",; >"); end > 0 {
		f.Value = strings.TrimRight(f.Value[:end+1], ",; ")
	}
}

// nextLine splits off the first line, without its line end (CRLF, LF or CR CRLF).
func nextLine(raw []byte) (line, rest []byte) {
	if i := bytes.IndexByte(raw, '\n'); i >= 0 {
		line, rest = raw[:i], raw[i+1:]
	} else {
		line = raw
	}
	return bytes.TrimRight(line, "\r"), rest
}

// splitField splits "Name: value"; a name is printable ASCII (RFC 5322, section 3.6.8). It
// accepts white space before the colon, but not before the name.
func splitField(line []byte) (name string, value []byte, ok bool) {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 {
		return "", nil, false
	}
	field := bytes.TrimRight(line[:colon], " \t")
	if !validFieldName(field) {
		return "", nil, false
	}
	return string(field), line[colon+1:], true
}

func validFieldName(name []byte) bool {
	for _, c := range name {
		if c <= ' ' || c >= 0x7f || c == ':' {
			return false
		}
	}
	return len(name) > 0
}

// encodedRun matches a run of encoded words with only white space between them.
var encodedRun = regexp.MustCompile(`=\?[^?\s]+\?[bBqQ]\?[^?]*\?=(?:\s*=\?[^?\s]+\?[bBqQ]\?[^?]*\?=)*`)

// encodedWord matches one encoded word: charset, encoding, text. Blanks within the text
// break RFC 2047 and are common.
var encodedWord = regexp.MustCompile(`=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=`)

// DecodeHeader decodes the encoded words of an unstructured value (RFC 2047). It joins
// adjacent words of one charset before decoding, because many programs split within a
// character; a word that cannot be decoded stays as it is.
func DecodeHeader(s string) string {
	s = toUTF8([]byte(s))
	if !strings.Contains(s, "=?") {
		return s
	}
	return encodedRun.ReplaceAllStringFunc(s, func(run string) string {
		var out strings.Builder
		var pending []byte
		label := ""
		flush := func() {
			out.WriteString(decodeBytes(pending, label, false))
			pending = nil
		}
		for _, w := range encodedWord.FindAllStringSubmatch(run, -1) {
			data, ok := wordBytes(w[2], w[3])
			if !ok {
				return run
			}
			charset, _, _ := strings.Cut(strings.ToLower(w[1]), "*") // RFC 2231: charset*language
			if charset != label {
				flush()
				label = charset
			}
			pending = append(pending, data...)
		}
		flush()
		return strings.Map(func(r rune) rune {
			if r == '\r' || r == '\n' || r == 0 {
				return ' '
			}
			return r
		}, out.String())
	})
}

func wordBytes(encoding, text string) ([]byte, bool) {
	if strings.EqualFold(encoding, "b") {
		// Accept padding between joined words and a stray character.
		strange := 0
		for _, c := range []byte(text) {
			if c != '=' && c != ' ' && c != '\t' && !isBase64(c) {
				strange++
			}
		}
		data := decodeBase64([]byte(text))
		return data, 8*strange <= len(text) && (len(data) > 0 || strings.Trim(text, "= ") == "")
	}
	data := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '_':
			data = append(data, ' ')
		case text[i] == '=' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			data = append(data, unhex(text[i+1])<<4|unhex(text[i+2]))
			i += 2
		default:
			data = append(data, text[i])
		}
	}
	return data, true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}
