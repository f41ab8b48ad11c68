package main

import (
	"bytes"
	"io"
	"os"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-isatty"
)

// terminal is the standard output and error of every command: the one place that what
// strangers wrote passes on its way to a terminal. Control characters become U+FFFD, so
// that none of them moves the cursor, changes the title or answers for the operator:
// those of ASCII except tab and line feed, those of ISO 6429 from U+0080 to U+009F, and
// the bidirectional ones, which show a text in another order than it is written. A
// carriage return before a line feed passes. Octets that are no UTF-8 become U+FFFD too: a
// terminal in another charset may take them for commands.
type terminal struct {
	mu   sync.Mutex
	w    io.Writer
	rest []byte // the beginning of a character, or a carriage return, at the end of a write
}

// Write never reports fewer octets than it was given, unless the writing fails.
func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := append(t.rest, p...)
	t.rest = nil
	var out bytes.Buffer
	out.Grow(len(text))
	for i := 0; i < len(text); {
		if !utf8.FullRune(text[i:]) || text[i] == '\r' && i+1 == len(text) {
			t.rest = bytes.Clone(text[i:])
			break
		}
		r, size := utf8.DecodeRune(text[i:])
		if r != '\n' && r != '\t' && !(r == '\r' && text[i+1] == '\n') && isCommand(r) {
			r = unicode.ReplacementChar
		}
		out.WriteRune(r)
		i += size
	}
	if _, err := t.w.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// flush writes what waits for its other half, which does not come.
func (t *terminal) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.rest) > 0 {
		_, _ = io.WriteString(t.w, string(unicode.ReplacementChar)) // nobody could be told
		t.rest = nil
	}
}

// isCommand reports whether a character tells a terminal to do something.
func isCommand(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

// startLine erases the line of the terminal on which the cursor stands. Nothing else goes
// past the filter.
func startLine(w io.Writer) {
	if t, ok := w.(*terminal); ok {
		w = t.w
	}
	_, _ = io.WriteString(w, "\r\x1b[K") // nobody could be told
}

// onTerminal reports whether a person reads along.
func onTerminal(w io.Writer) bool {
	if t, ok := w.(*terminal); ok {
		w = t.w
	}
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
