package message

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Template is a mail that is encoded once for many readers: only the recipient and a few
// words differ in each copy. Several goroutines may fill it.
type Template struct {
	raw   []byte // the encoded mail, with its marks
	cuts  []cut  // in the order of the mail
	marks []string
}

// cut is a place of the encoded mail that is replaced in each copy.
type cut struct {
	from, to int
	of       int // which mark, or fieldTo
}

const fieldTo = -1

// Template encodes the mail with To left open. Each mark stands for a word that differs
// from copy to copy, wherever it occurs in Text, HTML, ID and the values of Header. It
// consists of letters, digits and hyphens, so that no encoding changes it, and is no
// shorter than any word that replaces it, so that no line becomes too long. The caller
// chooses marks that cannot occur by chance. In the header a mark must be in an ASCII
// value. Errors are those of Bytes.
func (o Outbound) Template(marks ...string) (*Template, error) {
	w := &headerWriter{}
	for _, m := range marks {
		if !isPlainWord(m) || len(m) > maxWord {
			w.fail("bad mark %q", m)
		}
	}
	to := o.header(w)
	root, err := o.tree()
	if err != nil {
		return nil, err
	}
	if w.err != nil {
		return nil, w.err
	}
	t := &Template{raw: root.append(w.buf, o.ID, new(int), marks), cuts: []cut{{to, to, fieldTo}}, marks: marks}
	for i, m := range marks {
		for at := 0; ; {
			next := bytes.Index(t.raw[at:], []byte(m))
			if next < 0 {
				break
			}
			t.cuts = append(t.cuts, cut{at + next, at + next + len(m), i})
			at += next + len(m)
		}
	}
	slices.SortFunc(t.cuts, func(a, b cut) int { return cmp.Compare(a.from, b.from) })
	return t, nil
}

// Fill appends to dst the copy for the given recipients, with words in place of the marks,
// in their order. The same arguments give the same bytes; the copy keeps all promises of
// Bytes. Errors wrap ErrOutbound.
func (t *Template) Fill(dst []byte, to []Mailbox, words ...string) ([]byte, error) {
	if len(words) != len(t.marks) {
		return nil, fmt.Errorf("%w: %d words for %d marks", ErrOutbound, len(words), len(t.marks))
	}
	for i, word := range words {
		if !isPlainWord(word) || len(word) > len(t.marks[i]) {
			return nil, fmt.Errorf("%w: bad word %q", ErrOutbound, strings.Clone(word))
		}
	}
	w := headerWriter{buf: slices.Grow(dst, len(t.raw)+256)}
	done := 0
	for _, c := range t.cuts {
		w.buf = append(w.buf, t.raw[done:c.from]...)
		if done = c.to; c.of == fieldTo {
			w.mailboxes("To", to)
		} else {
			w.buf = append(w.buf, words[c.of]...)
		}
	}
	if w.err != nil {
		return nil, w.err
	}
	return append(w.buf, t.raw[done:]...), nil
}

// isPlainWord reports whether a word needs no encoding anywhere in a mail.
func isPlainWord(s string) bool {
	for _, c := range []byte(s) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-') {
			return false
		}
	}
	return s != ""
}
