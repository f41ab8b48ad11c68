package message

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/smallstep/pkcs7"
)

const signedHead = "From: Nadia <nadia@cite.example>\nSubject: Un forum\nMIME-Version: 1.0\n"

// base64Lines is the transfer encoding of a part.
func base64Lines(data []byte) string {
	s := base64.StdEncoding.EncodeToString(data)
	var out strings.Builder
	for len(s) > 76 {
		out.WriteString(s[:76] + "\n")
		s = s[76:]
	}
	return out.String() + s + "\n"
}

// signed wraps a mail's body as Outlook does for an opaque signature.
func signed(t *testing.T, entity string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	data, err := pkcs7.NewSignedData([]byte(entity))
	if err != nil {
		t.Fatal(err)
	}
	if err := data.AddSigner(cert, key, pkcs7.SignerInfoConfig{}); err != nil {
		t.Fatal(err)
	}
	made, err := data.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestRead_OpensSignedMail(t *testing.T) {
	t.Parallel()
	entity := "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nLe forum aura lieu.\r\n" +
		"--b\r\nContent-Type: application/pdf; name=plan.pdf\r\nContent-Disposition: attachment\r\n\r\n%PDF-1.4\r\n--b--\r\n"
	raw := signedHead + "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n" +
		base64Lines(signed(t, entity))
	m, err := Read(crlf(raw))
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(m.Text) != "Le forum aura lieu." || len(m.Parts) != 1 || m.Parts[0].Name != "plan.pdf" {
		t.Errorf("read %q, %+v", m.Text, m.Parts)
	}
	if m.Author().Address != "nadia@cite.example" || m.Subject != "Un forum" {
		t.Errorf("the enclosed mail changed who wrote: %v, %q", m.From, m.Subject)
	}

	// Nested ones are opened up to a depth.
	for range 2 * maxUnwrapDepth {
		entity = "Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64Lines(signed(t, entity))
	}
	if m, err = Read(crlf(signedHead + entity)); err != nil || len(m.Parts) != 1 || m.Text != "" {
		t.Errorf("nested: %v, %+v", err, m)
	}
	// Encrypted, broken and endlessly nested data stays an attachment.
	for name, data := range map[string][]byte{
		"deep": bytes.Repeat([]byte{0x30, 0x80}, 1<<20), "broken": []byte("\x30\x05abc"), "definite": bytes.Repeat([]byte{0x30, 0x84, 0x01, 0, 0, 0}, 1<<18),
	} {
		m, err := Read(crlf(signedHead + "Content-Type: application/pkcs7-mime; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n" + base64Lines(data)))
		if err != nil || len(m.Parts) != 1 || m.Parts[0].Name != "smime.p7m" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// tnef builds a stream of attributes.
type tnef struct{ bytes.Buffer }

func newTNEF() *tnef {
	var s tnef
	s.u32(tnefSignature)
	s.Write([]byte{1, 0})
	return &s
}

func (s *tnef) u32(n uint32) { _ = binary.Write(s, binary.LittleEndian, n) }

func (s *tnef) attribute(level byte, id uint32, data []byte) {
	s.WriteByte(level)
	s.u32(id)
	s.u32(uint32(len(data)))
	s.Write(data)
	s.Write([]byte{0, 0})
}

// props encodes properties that hold octets or text, with one of a fixed size and a
// named one before them.
func props(values map[uint16]any) []byte {
	var s tnef
	s.u32(uint32(len(values) + 2))
	s.u32(0x0FFF0003)
	s.u32(7)
	s.u32(0x80010003) // named, type LONG
	s.Write(make([]byte, 16))
	s.u32(0)
	s.u32(1)
	s.u32(2)
	for id, v := range values {
		kind, data := uint32(0x102), []byte(nil)
		switch v := v.(type) {
		case []byte:
			data = v
		case string:
			kind = 0x1F
			for _, u := range utf16.Encode([]rune(v + "\x00")) {
				data = binary.LittleEndian.AppendUint16(data, u)
			}
		}
		s.u32(uint32(id)<<16 | kind)
		s.u32(1)
		s.u32(uint32(len(data)))
		s.Write(data)
		for s.Len()%4 != 0 {
			s.WriteByte(0)
		}
	}
	return s.Bytes()
}

// compressed returns RTF in the compressed form, of literal octets alone.
func compressed(rtf string) []byte {
	var s tnef
	s.u32(uint32(len(rtf) + 12))
	s.u32(uint32(len(rtf)))
	s.u32(0x75465A4C)
	s.u32(0)
	for len(rtf) > 0 {
		n := min(8, len(rtf))
		s.WriteByte(0)
		s.WriteString(rtf[:n])
		rtf = rtf[n:]
	}
	return s.Bytes()
}

func TestRead_OpensWinmail(t *testing.T) {
	t.Parallel()
	rtf := `{\rtf1\ansi\fromhtml1 {\fonttbl{\f0 Arial;}}{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Le forum de l\'92\'e9t\'e9 \u8212?{\*\htmltag84 <b>}ouvert{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0 {\*\htmltag72 </p>}}`
	s := newTNEF()
	s.attribute(1, attMsgProps, props(map[uint16]any{propRTF: compressed(rtf)}))
	s.attribute(2, attAttachRend, make([]byte, 14))
	s.attribute(2, attAttachName, []byte("PROGRA~1.PDF\x00"))
	s.attribute(2, attAttachData, []byte("%PDF-1.4"))
	s.attribute(2, attAttachment, props(map[uint16]any{propAttachLong: "Programme de l’été.pdf"}))
	s.attribute(2, attAttachRend, make([]byte, 14))
	s.attribute(2, attAttachment, props(map[uint16]any{propAttachLong: "salle.png", propAttachID: "photo@x", propAttachData: []byte("\x89PNG")}))
	raw := signedHead + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n\n--b\n" +
		"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" + base64Lines(s.Bytes()) + "--b--\n"
	m, err := Read(crlf(raw))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := CleanHTML(m.HTML), "<p>Le forum de l’été —<strong>ouvert</strong></p>"; got != want {
		t.Errorf("HTML %q, want %q", got, want)
	}
	if len(m.Parts) != 2 || m.Parts[0].Name != "Programme de l’été.pdf" || m.Parts[0].Type != "application/pdf" ||
		m.Parts[1].ContentID != "photo@x" || m.Parts[1].Type != "image/png" || !m.Parts[1].Inline {
		t.Errorf("parts %+v", m.Parts)
	}

	// Plain RTF gives plain text, and a truncated stream gives what comes before its end.
	s = newTNEF()
	s.attribute(1, attMsgProps, props(map[uint16]any{propRTF: compressed(`{\rtf1\ansi Un \b forum\b0 .\par Deux.}`)}))
	s.attribute(2, attAttachRend, make([]byte, 14))
	data := s.Bytes()
	inner, err := readTNEF(data[:len(data)-3], DefaultLimits())
	if err != nil || inner.Text != "Un forum.\nDeux." {
		t.Errorf("plain RTF: %v, %q", err, inner.Text)
	}
}

// No stream makes the reader panic, or return more than the stream holds.
func FuzzTNEF(f *testing.F) {
	s := newTNEF()
	s.attribute(1, attMsgProps, props(map[uint16]any{propRTF: compressed(`{\rtf1\fromhtml {\*\htmltag <p>}a}`), propBody: "x"}))
	s.attribute(2, attAttachRend, nil)
	s.attribute(2, attAttachData, []byte("x"))
	f.Add(s.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := readTNEF(data, DefaultLimits())
		if err != nil {
			return
		}
		size := 0
		for _, p := range m.Parts {
			size += len(p.Data)
		}
		if size > len(data)*(len(m.Parts)+1) {
			t.Fatalf("%d octets of files out of %d", size, len(data))
		}
	})
}

func FuzzRTF(f *testing.F) {
	f.Add(compressed(`{\rtf1\fromhtml {\*\htmltag64 <p>}\htmlrtf x\htmlrtf0 a\u8212?\'e9}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 1 << 20
		source, err := uncompressRTF(data, limit)
		if err != nil {
			return
		}
		if len(source) > limit {
			t.Fatalf("%d octets", len(source))
		}
		if text, _ := readRTF(source); len(text) > 4*len(source)+4 {
			t.Fatalf("%d octets of text out of %d", len(text), len(source))
		}
	})
}
