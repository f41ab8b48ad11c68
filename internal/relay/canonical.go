package relay

import (
	"bytes"
	"encoding/binary"
	"hash"
)

// appendRelaxed appends a header field in relaxed form (RFC 6376 section 3.4.2), without its
// CRLF: the name in lower case, the lines unfolded, each run of blanks one space, no blanks
// at the ends. colon is the index of the colon after the name.
func appendRelaxed(dst, field []byte, colon int) []byte {
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

// maxScratch is how many bytes of a body are collected before they are hashed.
const maxScratch = 4096

// canonicalBody writes a body to w in relaxed form (RFC 6376 section 3.4.4): runs of blanks
// become one space, blanks at the end of lines and empty lines at the end of the body go,
// and the body ends in CRLF unless it is empty. Long parts that are in that form already
// are written without a copy. It returns its scratch memory for reuse.
func canonicalBody(w hash.Hash, scratch, body []byte) []byte {
	scratch = scratch[:0]
	body = bytes.TrimRight(body, " \t\r\n")
	if len(body) == 0 {
		return scratch
	}
	tab := nextTab(body)
	for {
		at := firstNonCanonical(body, tab)
		if len(scratch)+at > maxScratch {
			w.Write(scratch)
			scratch = scratch[:0]
		}
		if at > maxScratch {
			w.Write(body[:at])
		} else {
			scratch = append(scratch, body[:at]...)
		}
		if at == len(body) {
			w.Write(append(scratch, "\r\n"...))
			return scratch
		}
		for body[at] == ' ' || body[at] == '\t' { // more follows, because the end is trimmed
			at++
		}
		if body[at] != '\r' && body[at] != '\n' {
			scratch = append(scratch, ' ')
		}
		if body, tab = body[at:], tab-at; tab < 0 {
			tab = nextTab(body)
		}
	}
}

// nextTab returns the index of the first tab, or len(b).
func nextTab(b []byte) int {
	if tab := bytes.IndexByte(b, '\t'); tab >= 0 {
		return tab
	}
	return len(b)
}

// firstNonCanonical returns the index of the first run of blanks that is not a single space
// within a line, or len(b). tab is nextTab(b).
func firstNonCanonical(b []byte, tab int) int {
	at := 0
	for ; at+16 <= tab; at += 14 { // each word begins with the last byte of the one before
		x, y := binary.LittleEndian.Uint64(b[at:]), binary.LittleEndian.Uint64(b[at+7:])
		if needsFolding(x)|needsFolding(y) != 0 {
			break
		}
	}
	for ; at < tab; at++ {
		if b[at] == ' ' && at+1 < len(b) && isBlank(b[at+1]) {
			return at
		}
	}
	return tab
}

// needsFolding is not 0 if, among eight bytes, a blank or a control character follows a
// space.
func needsFolding(x uint64) uint64 {
	const (
		ones = 0x0101010101010101
		low  = 0x7f * ones
		high = 0x80 * ones
	)
	// The high bit of each byte is set if the byte is not a space, and if it is not below '!'.
	space := x ^ ' '*ones
	space = space&low + low | space
	small := x&low + (0x80-'!')*ones | x
	return ^(space | small>>8 | 0xff<<56) & high
}
