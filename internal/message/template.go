package message

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Template is a mail that is encoded once for many readers: of the copy that each
// gets, only the recipient and a few words differ. It may be filled by several
// goroutines.
type Template struct {
	raw   []byte // as it is encoded, marks and all
	cuts  []cut  // in the order of the mail
	marks []string
}

// cut is what of the encoded mail gives way to something else.
type cut struct {
	from, to int
	of       int // which mark, or fieldTo
}

const fieldTo = -1

// Template encodes the mail, with To left open. Each mark stands for a word that
// differs from copy to copy, wherever it is found in Text, HTML, ID and the values
// of Header: it is made of letters, digits and hyphens, so that it stands in all of
// them as it is, and is no shorter than any word that takes its place, so that
// lines are broken where none grows too long. What marks is for the caller to
// choose such that it cannot stand there by chance. In the header it is part of a
// value in ASCII. Errors are those of Bytes.
func (o Outbound) Template(marks ...string) (*Template, error) {
	w := &headerWriter{}
	for _, m := range marks {
		if !wordly(m) || len(m) > maxWord {
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

// Fill appends to dst the copy for the recipients given, with words in the place of
// the marks, in the order of these. The same arguments give the same bytes; all
// that Bytes promises of a mail holds.
func (t *Template) Fill(dst []byte, to []Mailbox, words ...string) ([]byte, error) {
	if len(words) != len(t.marks) {
		return nil, fmt.Errorf("%w: %d words for %d marks", ErrOutbound, len(words), len(t.marks))
	}
	for i, word := range words {
		if !wordly(word) || len(word) > len(t.marks[i]) {
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

// wordly says whether a word needs no encoding anywhere in a mail.
func wordly(s string) bool {
	for _, c := range []byte(s) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-') {
			return false
		}
	}
	return s != ""
}
