package message

import (
	"bytes"
	"fmt"
	"mime"
	"sort"
	"strings"
	"unicode/utf8"
)

// lineLength is where header lines are folded (RFC 5322, section 2.1.1);
// maxLine is what no line may pass.
const (
	lineLength = 78
	maxLine    = 998
	maxWord    = 75 // of one encoded word (RFC 2047, section 2)
)

// headerWriter formats header fields. The first error stays.
type headerWriter struct {
	buf bytes.Buffer
	err error
}

func (w *headerWriter) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf("%w: %s", ErrOutbound, fmt.Sprintf(format, args...))
	}
}

// words writes a field whose body is the words, folded between them where the
// line would grow too long. glue stands behind every word but the last.
func (w *headerWriter) words(name string, words []string, glue string) {
	if !validFieldName([]byte(name)) || len(name) > 60 {
		w.fail("bad field name %q", name)
		return
	}
	w.buf.WriteString(name + ":")
	column := len(name) + 1
	for i, word := range words {
		if i < len(words)-1 {
			word += glue
		}
		if column+1+len(word) > lineLength && i > 0 {
			w.buf.WriteString("\r\n")
			column = 0
		}
		if column+1+len(word) > maxLine {
			w.fail("field %s has a word of %d octets", name, len(word))
			return
		}
		w.buf.WriteString(" " + word)
		column += 1 + len(word)
	}
	w.buf.WriteString("\r\n")
}

// text writes an unstructured field. Empty values are left out.
func (w *headerWriter) text(name, value string) {
	value = oneLine(value)
	if value == "" {
		return
	}
	if plainASCII(value) {
		w.words(name, strings.Split(value, " "), "")
		return
	}
	w.words(name, encodeWords(value, len(name)+2), "")
}

func (w *headerWriter) ids(name string, ids ...string) {
	var words []string
	for _, id := range ids {
		if id == "" {
			continue
		}
		word, err := formatID(id)
		if err != nil {
			w.fail("%s: %v", name, err)
			return
		}
		words = append(words, word)
	}
	if len(words) > 0 {
		w.words(name, words, "")
	}
}

// mailboxes writes an address list, folded after its commas.
func (w *headerWriter) mailboxes(name string, list []Mailbox) {
	var words []string
	for i, m := range list {
		address := string(m.Address)
		if parsed, err := ParseAddress(address); err != nil || !isASCII(address) || strings.ContainsAny(address, "\r\n") {
			w.fail("%s has a bad address %q (%q)", name, address, parsed)
			return
		}
		phrase := formatPhrase(m.Name)
		if phrase == nil {
			phrase = []string{address}
		} else {
			phrase = append(phrase, "<"+address+">")
		}
		if i < len(list)-1 {
			phrase[len(phrase)-1] += ","
		}
		words = append(words, phrase...)
	}
	if len(words) > 0 {
		w.words(name, words, "")
	}
}

// formatPhrase gives a display name as the words of a phrase: atoms, one quoted
// string, or encoded words.
func formatPhrase(name string) []string {
	name = oneLine(name)
	switch {
	case name == "":
		return nil
	case !plainASCII(name) || len(name) > maxWord || strings.Contains(name, `\`):
		return encodeWords(name, 12)
	}
	for _, r := range name {
		if !(r == ' ' || isAtext(r)) {
			return []string{`"` + strings.ReplaceAll(name, `"`, `\"`) + `"`}
		}
	}
	return strings.Split(name, " ")
}

func isAtext(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
		strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// oneLine makes any text fit for a header: every run of white space, line ends
// included, is one space; control characters are dropped.
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
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' })
	return strings.Join(parts, " ")
}

// plainASCII says whether the value can stand as it is: a reader would not take
// any of it for an encoded word.
func plainASCII(s string) bool { return isASCII(s) && !strings.Contains(s, "=?") }

// encodeWords puts the whole value in Q-encoded words of UTF-8, cut between
// characters; the first one leaves room for indent columns before it.
func encodeWords(s string, indent int) []string {
	const prefix, suffix = "=?utf-8?q?", "?="
	var words []string
	var word strings.Builder
	room := min(maxWord, lineLength-2-indent) - len(prefix) - len(suffix)
	for _, r := range s {
		var enc string
		switch {
		case r == ' ':
			enc = "_"
		case r < utf8.RuneSelf && (isAtext(r) && !strings.ContainsRune("#$%&'^`{|}~=?_", r)):
			enc = string(r)
		default:
			for _, b := range []byte(string(r)) {
				enc += fmt.Sprintf("=%02X", b)
			}
		}
		if word.Len()+len(enc) > room {
			words = append(words, prefix+word.String()+suffix)
			word.Reset()
			room = maxWord - len(prefix) - len(suffix)
		}
		word.WriteString(enc)
	}
	return append(words, prefix+word.String()+suffix)
}

// formatID puts an id in angle brackets; it may hold no blank, bracket or control.
func formatID(id string) (string, error) {
	for _, r := range id {
		if r <= ' ' || r >= 0x7f || r == '<' || r == '>' {
			return "", fmt.Errorf("%w: bad id %q", ErrOutbound, id)
		}
	}
	if len(id) > maxLine-4 {
		return "", fmt.Errorf("%w: id of %d octets", ErrOutbound, len(id))
	}
	return "<" + id + ">", nil
}

// param is a parameter of a structured field, in the order of writing.
type param struct{ name, value string }

// formatType writes Content-Type with the parameters that the type brings and
// the file name.
func formatType(t, name string) (string, error) {
	media, given, err := mime.ParseMediaType(t)
	if err != nil || strings.ContainsAny(t, "\r\n") || !strings.Contains(media, "/") {
		return "", fmt.Errorf("%w: bad media type %q", ErrOutbound, t)
	}
	if strings.HasPrefix(media, "multipart/") {
		return "", fmt.Errorf("%w: a part cannot be %s", ErrOutbound, media)
	}
	var params []param
	for key, value := range given {
		if key != "name" && key != "boundary" {
			params = append(params, param{key, value})
		}
	}
	sort.Slice(params, func(i, j int) bool { return params[i].name < params[j].name })
	if name != "" {
		params = append(params, param{"name", name})
	}
	return formatParams("Content-Type: "+media, params), nil
}

// formatParams appends parameters, each on its own line where the line would grow
// too long. Values beyond ASCII or the line are cut and encoded (RFC 2231).
func formatParams(field string, params []param) string {
	column := len(field)
	var out strings.Builder
	out.WriteString(field)
	add := func(s string) {
		out.WriteByte(';')
		if column+2+len(s) > lineLength {
			out.WriteString("\r\n")
			column = 0
		}
		out.WriteString(" " + s)
		column += 2 + len(s)
	}
	for _, p := range params {
		value := oneLine(p.value)
		if isASCII(value) && len(value) <= 60 {
			add(p.name + "=" + quoteIfNeeded(value))
			continue
		}
		pieces := percentPieces(value, 50)
		if len(pieces) == 1 {
			add(p.name + "*=utf-8''" + pieces[0])
			continue
		}
		for i, piece := range pieces {
			if i == 0 {
				piece = "utf-8''" + piece
			}
			add(fmt.Sprintf("%s*%d*=%s", p.name, i, piece))
		}
	}
	return out.String()
}

func quoteIfNeeded(value string) string {
	for _, r := range value {
		if !isAtext(r) && r != '.' || strings.ContainsRune("/?=", r) {
			return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
		}
	}
	if value == "" {
		return `""`
	}
	return value
}

// percentPieces percent-encodes a value (RFC 2231, section 4) and cuts it between
// characters into pieces of at most size octets or one character.
func percentPieces(value string, size int) []string {
	var pieces []string
	var piece strings.Builder
	for _, r := range value {
		enc := string(r)
		if !(r < utf8.RuneSelf && isAtext(r) && !strings.ContainsRune("*'%", r) || r == '.') {
			enc = ""
			for _, b := range []byte(string(r)) {
				enc += fmt.Sprintf("%%%02X", b)
			}
		}
		if piece.Len() > 0 && piece.Len()+len(enc) > size {
			pieces = append(pieces, piece.String())
			piece.Reset()
		}
		piece.WriteString(enc)
	}
	return append(pieces, piece.String())
}
