package relay

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
)

// maxLine is the longest line of a mail, in bytes, without its CRLF (RFC 5321
// section 4.5.3.1.6).
const maxLine = 998

// endOfData follows the CRLF of a mail's last line (RFC 5321 section 4.5.2).
var endOfData = []byte(".\r\n")

var dot = endOfData[:1]

// inspect checks a mail line by line and returns the number of lines that begin with a dot.
// It refuses a bare CR or LF, which relays interpret differently (SMTP smuggling), and
// overlong lines. Relays therefore change nothing, signatures stay valid, and the only end
// of data is ours.
func inspect(raw []byte) (dots int, err error) {
	feeds, rest := 0, raw
	for len(rest) > 0 {
		end := bytes.IndexByte(rest, '\n')
		if end < 1 || rest[end-1] != '\r' {
			return 0, lineEndError(feeds + 1)
		}
		if end-1 > maxLine {
			return 0, fmt.Errorf("line %d has %d bytes, more than %d", feeds+1, end-1, maxLine)
		}
		if rest[0] == '.' {
			dots++
		}
		feeds++
		rest = rest[end+1:]
	}
	if bytes.Count(raw, []byte{'\r'}) == feeds {
		return dots, nil
	}
	for line := 1; ; line++ { // find the line with the bare CR
		end := bytes.IndexByte(raw, '\n')
		if bytes.IndexByte(raw[:end-1], '\r') >= 0 {
			return 0, lineEndError(line)
		}
		raw = raw[end+1:]
	}
}

func lineEndError(line int) error {
	return fmt.Errorf("line %d does not end in CRLF, or holds a bare CR", line)
}

// stuffed yields the pieces of raw's dot-stuffed form: raw, cut before each dot that begins
// a line, with another dot in between.
func stuffed(raw []byte, dots int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		from, at := 0, 0
		for ; dots > 0; dots-- {
			for raw[at] != '.' {
				at += bytes.IndexByte(raw[at:], '\n') + 1
			}
			if !yield(raw[from:at]) || !yield(dot) {
				return
			}
			from = at
			at += bytes.IndexByte(raw[at:], '\n') + 1
		}
		yield(raw[from:])
	}
}

func isASCII[T ~string | ~[]byte](s T) bool {
	b := []byte(s)
	for ; len(b) >= 32; b = b[32:] {
		word := binary.LittleEndian.Uint64(b) | binary.LittleEndian.Uint64(b[8:]) |
			binary.LittleEndian.Uint64(b[16:]) | binary.LittleEndian.Uint64(b[24:])
		if word&0x8080808080808080 != 0 {
			return false
		}
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
