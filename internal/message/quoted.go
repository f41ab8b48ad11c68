package message

import (
	"slices"
	"strings"
)

// mostColumns of a quoted-printable line leave one for the "=" of a soft break.
const mostColumns = 75

// appendQuoted appends a text that ends with a line end in quoted-printable (RFC
// 2045, section 6.7), with lines of at most 76 columns that end in CRLF. What the
// relaxed canonicalisation of DKIM would change is encoded (RFC 6376, section
// 3.4.4: runs of blanks, blanks at a line's end, tabs), and so is what gateways are
// known to change, a dot or "From " at the beginning of a line. No line is broken
// within a mark.
func appendQuoted(dst []byte, text string, marks []string) []byte {
	q := quoter{dst: slices.Grow(dst, len(text)+len(text)/4)}
	for text != "" {
		at, mark := len(text), ""
		for _, m := range marks {
			if i := strings.Index(text[:at], m); i >= 0 {
				at, mark = i, m
			}
		}
		q.text(text[:at])
		q.room(len(mark))
		q.dst = append(q.dst, mark...)
		text = text[at+len(mark):]
	}
	return q.dst
}

type quoter struct {
	dst    []byte
	column int
}

// room takes n columns, on a new line where this one has no more.
func (q *quoter) room(n int) {
	if q.column+n > mostColumns {
		q.soft()
	}
	q.column += n
}

// soft breaks a line that goes on in the text.
func (q *quoter) soft() {
	q.dst = append(q.dst, "=\r\n"...)
	q.column = 0
}

func (q *quoter) text(s string) {
	for s != "" {
		if s[0] == '\n' {
			q.dst = append(q.dst, "\r\n"...)
			q.column, s = 0, s[1:]
			continue
		}
		if q.column == mostColumns {
			q.soft()
		}
		n := 0
		if q.column > 0 || s[0] != '.' && !strings.HasPrefix(s, "From ") {
			n = plain(s, mostColumns-q.column)
		}
		switch {
		case n > 0:
			q.column += n
		case s[0] == ' ' && !strings.HasPrefix(s, " \n") && (q.column == 0 || q.dst[len(q.dst)-1] != ' '):
			n = 1
			q.column++
		default:
			q.room(3)
			q.dst = appendHex(q.dst, s[0])
			s = s[1:]
			continue
		}
		q.dst, s = append(q.dst, s[:n]...), s[n:]
	}
}

// plain is how many octets at the beginning of a text, at most so many, stand for
// themselves: words of ASCII with single blanks between them.
func plain(s string, most int) int {
	word := func(i int) bool { return i < len(s) && s[i] > ' ' && s[i] <= '~' && s[i] != '=' }
	n := 0
	for n < most && (word(n) || n > 0 && n < len(s) && s[n] == ' ' && word(n+1)) {
		n++
	}
	return n
}
