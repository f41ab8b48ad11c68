package relay

import (
	"bytes"
	"encoding/binary"
	"io"
)

// relaxed appends a header field in its relaxed form (RFC 6376 section 3.4.2),
// without its CRLF: the name in small letters, the lines unfolded, each run of
// blanks one space and none at the ends. colon is where its name ends.
func relaxed(dst, field []byte, colon int) []byte {
	start := len(dst)
	dst = append(dst, bytes.TrimRight(field[:colon], " \t")...)
	lowerCase(dst[start:])
	dst = append(dst, ':')
	at, value := len(dst), field[colon+1:]
	for i := 0; i < len(value); {
		if isBlank(value[i]) {
			i++
			continue
		}
		word := i
		for i < len(value) && !isBlank(value[i]) {
			i++
		}
		if len(dst) > at {
			dst = append(dst, ' ')
		}
		dst = append(dst, value[word:i]...)
	}
	return dst
}

func lowerCase(b []byte) {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + ('a' - 'A')
		}
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// maxScratch is how much of a body is gathered before it is hashed.
const maxScratch = 4096

// canonicalBody writes a body to w in its relaxed form (RFC 6376 section 3.4.4):
// runs of blanks are one space, there is none at the end of a line, and no empty
// line at the end of the body, which ends in CRLF unless it is empty. What is in
// that form already goes to w from where it lies. It returns its scratch memory.
func canonicalBody(w io.Writer, scratch, body []byte) []byte {
	scratch = scratch[:0]
	body = bytes.TrimRight(body, " \t\r\n")
	if len(body) == 0 {
		return scratch
	}
	for {
		at := firstLoose(body)
		if len(scratch)+at > maxScratch {
			w.Write(scratch)
			scratch = scratch[:0]
		}
		if at > maxScratch {
			w.Write(body[:at])
		} else {
			scratch = append(scratch, body[:at]...)
		}
		if body = body[at:]; len(body) == 0 {
			w.Write(append(scratch, "\r\n"...))
			return scratch
		}
		body = bytes.TrimLeft(body, " \t") // something follows, as the end is trimmed
		if body[0] != '\r' && body[0] != '\n' {
			scratch = append(scratch, ' ')
		}
	}
}

// firstLoose returns where the first run of blanks begins that is not a single
// space within a line, or len(b). It looks at seven bytes and the one behind them
// at a time.
func firstLoose(b []byte) int {
	const (
		ones  = 0x0101010101010101
		low   = 0x7f7f7f7f7f7f7f7f
		space = ' ' * ones
		tab   = '\t' * ones
		cr    = '\r' * ones
	)
	// not has the high bit of each byte set that is not zero in x.
	not := func(x uint64) uint64 { return x&low + low | x }
	at := 0
	for ; at+8 <= len(b); at += 7 {
		x := binary.LittleEndian.Uint64(b[at:])
		spaces, tabs := ^not(x^space), ^not(x^tab)
		if (spaces|tabs)&^low == 0 {
			continue
		}
		next := (spaces | tabs | ^not(x^cr)) >> 8
		if (tabs|spaces&next)&^low != 0 {
			break
		}
	}
	for ; at < len(b); at++ {
		switch {
		case b[at] == '\t':
			return at
		case b[at] == ' ' && at+1 < len(b) && isBlank(b[at+1]):
			return at
		}
	}
	return len(b)
}
