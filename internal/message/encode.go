package message

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// lineLength is where header lines are folded (RFC 5322, section 2.1.1); no line is longer
// than maxLine.
const (
	lineLength = 78
	maxLine    = 998
	maxWord    = 75 // of one encoded word (RFC 2047, section 2)
)

// headerWriter appends header fields to buf. It keeps its first error.
type headerWriter struct {
	buf    []byte
	column int // of the current line
	first  bool
	err    error
}

func (w *headerWriter) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf("%w: %s", ErrOutbound, fmt.Sprintf(format, args...))
	}
}

// begin starts a field; the words of its body follow.
func (w *headerWriter) begin(name string) {
	if !validFieldName([]byte(name)) || len(name) > 60 {
		w.fail("bad field name %q", name)
	}
	w.buf = append(w.buf, name...)
	w.buf = append(w.buf, ':')
	w.column, w.first = len(name)+1, true
}

// fold makes room for a word of n octets, on a new line if this one would become too long.
func (w *headerWriter) fold(n int) {
	if w.column+1+n > lineLength && !w.first {
		w.buf = append(w.buf, "\r\n"...)
		w.column = 0
	}
	if w.column+1+n > maxLine {
		w.fail("the header has a word of %d octets", n)
	}
	w.buf = append(w.buf, ' ')
	w.column += 1 + n
	w.first = false
}

// word appends one word, given in pieces.
func (w *headerWriter) word(pieces ...string) {
	n := 0
	for _, p := range pieces {
		n += len(p)
	}
	w.fold(n)
	for _, p := range pieces {
		w.buf = append(w.buf, p...)
	}
}

func (w *headerWriter) end() { w.buf = append(w.buf, "\r\n"...) }

// text writes an unstructured field. Empty values are left out.
func (w *headerWriter) text(name, value string) {
	value = oneLine(value)
	if value == "" {
		return
	}
	w.begin(name)
	if plainASCII(value) {
		for word := range strings.SplitSeq(value, " ") {
			w.word(word)
		}
	} else {
		w.encoded(value, len(name)+2)
	}
	w.end()
}

func (w *headerWriter) ids(name string, ids ...string) {
	begun := false
	for _, id := range ids {
		if id == "" {
			continue
		}
		word, err := formatID(id)
		if err != nil {
			w.fail("%s: %v", name, err)
			return
		}
		if !begun {
			w.begin(name)
			begun = true
		}
		w.word(word)
	}
	if begun {
		w.end()
	}
}

// mailboxes writes an address list, folded after its commas.
func (w *headerWriter) mailboxes(name string, list []Mailbox) {
	if len(list) == 0 {
		return
	}
	w.begin(name)
	for i, m := range list {
		address := string(m.Address)
		if !canWrite(address) {
			w.fail("%s has a bad address %q", name, address)
			return
		}
		comma := ","
		if i == len(list)-1 {
			comma = ""
		}
		if w.phrase(m.Name) {
			w.word("<", address, ">", comma)
		} else {
			w.word(address, comma)
		}
	}
	w.end()
}

// canWrite reports whether an address can be in a header as it is: with its domain in
// ASCII, and with UTF-8 before the @ if need be (RFC 6532).
func canWrite(address string) bool {
	if local, domain, ok := strings.Cut(address, "@"); ok && len(local) <= 64 && len(domain) <= 255 && dotAtom(local) && dotAtom(domain) {
		return true // nearly all addresses, without parsing
	}
	if strings.ContainsAny(address, "\r\n") || !utf8.ValidString(address) {
		return false
	}
	if at := strings.LastIndexByte(address, '@'); at >= 0 && !isASCII(address[at:]) {
		return false
	}
	_, err := ParseAddress(address)
	return err == nil
}

// dotAtom reports whether s is a dot-atom (RFC 5322, section 3.2.3).
func dotAtom(s string) bool {
	before := byte('.')
	for i := range len(s) {
		if s[i] == '.' && before == '.' || s[i] != '.' && !isAtext(rune(s[i])) {
			return false
		}
		before = s[i]
	}
	return before != '.'
}

// phrase writes a display name as atoms, one quoted string, or encoded words. It reports
// whether the name was not empty.
func (w *headerWriter) phrase(name string) bool {
	name = oneLine(name)
	if name == "" {
		return false
	}
	if !plainASCII(name) || len(name) > maxWord || strings.Contains(name, `\`) {
		w.encoded(name, 12)
		return true
	}
	for _, r := range name {
		if !(r == ' ' || isAtext(r)) {
			w.word(`"`, strings.ReplaceAll(name, `"`, `\"`), `"`)
			return true
		}
	}
	for word := range strings.SplitSeq(name, " ") {
		w.word(word)
	}
	return true
}

func isAtext(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
		strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// oneLine makes any text fit for a header: each run of white space, line ends included,
// becomes one space; control characters are dropped.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\r' || r == '\n' || r == '\t' || r == '\v' || r == '\f' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0:
			return -1
		}
		return r
	}, s)
	if s = strings.Trim(s, " "); !strings.Contains(s, "  ") {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
}

// plainASCII reports whether the value can be written as it is: no reader takes a part of
// it for an encoded word.
func plainASCII(s string) bool { return isASCII(s) && !strings.Contains(s, "=?") }

// encoded writes the value in Q-encoded words of UTF-8, split between characters; the
// first word leaves indent columns free.
func (w *headerWriter) encoded(s string, indent int) {
	const prefix, suffix = "=?utf-8?q?", "?="
	room := min(maxWord, lineLength-2-indent) - len(prefix) - len(suffix)
	for s != "" {
		end, n := 0, 0
		for end < len(s) {
			r, size := utf8.DecodeRuneInString(s[end:])
			octets := 3 * size
			if r == ' ' || isQLiteral(r) {
				octets = 1
			}
			if n+octets > room && n > 0 {
				break
			}
			end, n = end+size, n+octets
		}
		w.fold(len(prefix) + n + len(suffix))
		w.buf = append(w.buf, prefix...)
		for i := range end {
			switch c := s[i]; {
			case c == ' ':
				w.buf = append(w.buf, '_')
			case isQLiteral(rune(c)):
				w.buf = append(w.buf, c)
			default:
				w.buf = appendHex(w.buf, c)
			}
		}
		w.buf = append(w.buf, suffix...)
		s, room = s[end:], maxWord-len(prefix)-len(suffix)
	}
}

// isQLiteral reports whether a character stands for itself in a Q-encoded word.
func isQLiteral(r rune) bool {
	return r < utf8.RuneSelf && isAtext(r) && !strings.ContainsRune("#$%&'^`{|}~=?_", r)
}

// appendHex appends an octet in the form of quoted-printable and encoded words.
func appendHex(dst []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	return append(dst, '=', digits[c>>4], digits[c&15])
}

// IsValidID reports whether a Message-ID, without its angle brackets, can be written: it has
// no blank, bracket or control character, nothing beyond ASCII, and fits on a line. Some
// that arrive cannot.
func IsValidID(id string) bool {
	for _, r := range id {
		if r <= ' ' || r >= 0x7f || r == '<' || r == '>' {
			return false
		}
	}
	return len(id) <= maxLine-4
}

// formatID puts an id in angle brackets.
func formatID(id string) (string, error) {
	if !IsValidID(id) {
		return "", fmt.Errorf("%w: bad id %.100q", ErrOutbound, id)
	}
	return "<" + id + ">", nil
}
