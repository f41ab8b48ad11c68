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

// terminal is the standard output and error of every command. All text of strangers passes
// it on the way to a terminal. It replaces control characters by U+FFFD, so that none moves
// the cursor, changes the title or answers for the operator: those of ASCII except tab and
// line feed, those of ISO 6429 from U+0080 to U+009F, and the bidirectional ones, which
// change the displayed order. A carriage return before a line feed is kept. Invalid UTF-8
// becomes U+FFFD too, because a terminal in another charset may take it for commands.
type terminal struct {
	mu   sync.Mutex
	w    io.Writer
	rest []byte // the beginning of a character, or a carriage return, at the end of a write
}

// Write reports len(p), unless the writing fails.
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

// flush writes U+FFFD for an incomplete character at the end.
func (t *terminal) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.rest) > 0 {
		_, _ = io.WriteString(t.w, string(unicode.ReplacementChar)) // nobody could be told
		t.rest = nil
	}
}

// isCommand reports whether a terminal acts on a character instead of showing it.
func isCommand(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

// startLine erases the terminal's current line. Nothing else bypasses the filter.
func startLine(w io.Writer) {
	if t, ok := w.(*terminal); ok {
		w = t.w
	}
	_, _ = io.WriteString(w, "\r\x1b[K") // nobody could be told
}

// onTerminal reports whether w is a terminal.
func onTerminal(w io.Writer) bool {
	if t, ok := w.(*terminal); ok {
		w = t.w
	}
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
