package message

import (
	"bytes"
	"strings"
	"testing"
)

// berOf is an element of definite length.
func berOf(tag byte, bodies ...[]byte) []byte {
	body := bytes.Join(bodies, nil)
	n := len(body)
	return append([]byte{tag, 0x84, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, body...)
}

// berOpen is an element of indefinite length.
func berOpen(tag byte, bodies ...[]byte) []byte {
	return append(append([]byte{tag, 0x80}, bytes.Join(bodies, nil)...), 0, 0)
}

// signedBER is a SignedData around encoded octets.
func signedBER(of func(byte, ...[]byte) []byte, octets []byte) []byte {
	data := append(bytes.Clone(oidSigned[:len(oidSigned)-1]), 1)
	return of(0x30, berOf(6, oidSigned), of(0xA0, of(0x30,
		berOf(2, []byte{1}), of(0x31, of(0x30, berOf(6, data))), of(0x30, berOf(6, data), of(0xA0, octets)), of(0x31))))
}

func TestSignedContent_EachEncoding(t *testing.T) {
	t.Parallel()
	const text = "Le forum aura lieu."
	whole := berOf(4, []byte(text))
	chunks := [][]byte{berOf(4, []byte(text[:5])), berOf(4, []byte(text[5:9])), berOf(4, []byte(text[9:]))}
	for name, data := range map[string][]byte{
		"definite":           signedBER(berOf, whole),
		"indefinite":         signedBER(berOpen, whole),
		"chunks":             signedBER(berOf, berOf(0x24, chunks...)),
		"indefinite chunks":  signedBER(berOpen, berOpen(0x24, chunks...)),
		"chunks in chunks":   signedBER(berOpen, berOpen(0x24, berOpen(0x24, chunks[0], chunks[1]), chunks[2])),
		"with what is above": append(signedBER(berOf, whole), 0, 0),
	} {
		if got, ok := signedContent(data); !ok || string(got) != text {
			t.Errorf("%s: %q, %v", name, got, ok)
		}
		for cut := range len(data) - 2 {
			if got, ok := signedContent(data[:cut]); ok && string(got) != text {
				t.Errorf("%s, cut at %d: %q", name, cut, got)
			}
		}
	}
	for name, data := range map[string][]byte{
		"nothing enclosed":    signedBER(berOf, nil),
		"wide":                berOf(0x30, bytes.Repeat([]byte{4, 1, 65}, 1<<20)),
		"wide, indefinite":    append([]byte{0x30, 0x80}, bytes.Repeat([]byte{4, 1, 65}, 1<<20)...),
		"chunks without end":  signedBER(berOf, append([]byte{0x24, 0x80}, bytes.Repeat([]byte{4, 1, 65}, 1<<20)...)),
		"deep version":        berOf(0x30, berOf(6, oidSigned), berOf(0xA0, berOf(0x30, bytes.Repeat([]byte{0x30, 0x80}, 1<<20)))),
		"chunks that nest":    signedBER(berOf, bytes.Repeat([]byte{0x24, 0x80}, 1<<20)),
		"encrypted":           berOf(0x30, berOf(6, append(bytes.Clone(oidSigned[:len(oidSigned)-1]), 3)), berOf(0xA0, whole)),
		"length of no sense":  {0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 1},
		"tag without an end":  {0x3F, 0xFF, 0xFF},
		"tag and nothing":     {0x3F},
		"length without octs": {0x30, 0x82},
	} {
		if got, ok := signedContent(data); ok {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Wrapped parts beyond the bounds stay attachments.
func TestRead_EnclosedPartsAreBounded(t *testing.T) {
	t.Parallel()
	mail := func(part []byte, n int) *Message {
		one := "--b\nContent-Type: application/octet-stream; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" + base64Lines(part)
		m, err := Read(crlf(signedHead + "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat(one, n) + "--b--\n"))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	files := newTNEF()
	for range maxTNEFParts {
		files.attribute(2, attAttachRend, nil)
		files.attribute(2, attAttachData, []byte("x"))
	}
	if got, want := len(mail(files.Bytes(), 20).Parts), (DefaultLimits().Parts-20)/(maxTNEFParts-1); got > DefaultLimits().Parts || got != want*maxTNEFParts+20-want {
		t.Errorf("%d parts, want %d opened", got, want)
	}
	// As much text as a mail may have, and more.
	for n, opened := range map[int]bool{1: true, 5: false} {
		text := newTNEF()
		for range n {
			text.attribute(1, attBody, bytes.Repeat([]byte("Un forum\n"), 100_000))
		}
		m := mail(text.Bytes(), 1)
		if got := strings.HasPrefix(m.Text, "Un forum\n"); got != opened {
			t.Errorf("%d bodies: opened %v", n, got)
		}
	}
}

// HTML with too many lines becomes a part, like HTML with too many tags.
func TestRead_HTMLOfManyLinesIsSetAside(t *testing.T) {
	t.Parallel()
	m := read(t, signedHead+"Content-Type: text/html\n\n<pre>"+strings.Repeat("a\n", 100_000))
	if m.HTML != "" || len(m.Parts) != 1 || m.Parts[0].Name != longHTMLName || !strings.HasPrefix(m.Text, "a") || len(m.Text) > maxText || strings.Count(m.Text, "\n") > maxTextLines {
		t.Errorf("%d octets of HTML, %d parts, %d lines of text", len(m.HTML), len(m.Parts), strings.Count(m.Text, "\n"))
	}
}
