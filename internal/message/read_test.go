package message

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

func read(t *testing.T, s string) *Message {
	t.Helper()
	m, err := Read(crlf(s))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRead_Fields(t *testing.T) {
	t.Parallel()
	m := read(t, `Return-Path: <ana.prates+x@CIDADE.example>
Delivered-To: lettre+abc@cite.example
Received: from mail.cidade.example by mx.cite.example
From: =?iso-8859-1?Q?Ana_Prat=E8s?= <Ana.Prates@CIDADE.example>
Sender: bureau@cidade.example
Reply-To: "Accueil, Cidade" <accueil@cidade.example>
To: Lettre <lettre@cite.example>, lettre+abc@cite.example
Cc: undisclosed-recipients:;
Subject: =?utf-8?B?Tm91dmVsbGVzIGRlIGxhIENpdMOp?=
 =?utf-8?B?wqA6IG91dmVydHVyZQ==?=
Date: Thu, 25 Jan 2018 10:00:00 +0100
Message-ID: <1@cidade.example>
In-Reply-To: <a@cite.example> (comment)
References: <a@cite.example>
 <b@cite.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: multipart/related; boundary=inner

--inner
Content-Type: multipart/alternative; boundary=alt

--alt
Content-Type: text/plain; charset=windows-1252
Content-Transfer-Encoding: quoted-printable

L=92espace ouvre =E0 Porto
--alt
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+TOKAmWVzcGFjZSBvdXZyZTwvcD4=
--alt--
--inner
Content-Type: image/png; name="photo.png"
Content-ID: <photo1>
Content-Disposition: inline
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--inner--
--outer
Content-Type: text/plain; charset=utf-8
Content-Disposition: attachment; filename*=utf-8''prog%C3%A8s.txt

des notes
--outer
Content-Type: message/rfc822

From: x@y.example
Subject: inner

text
--outer--
`)
	check := func(name string, got, want any) {
		t.Helper()
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	check("From", m.From, []Mailbox{{"Ana Pratès", "Ana.Prates@cidade.example"}})
	check("Author", m.Author().Address, Address("Ana.Prates@cidade.example"))
	check("Sender", m.Sender.Address, Address("bureau@cidade.example"))
	check("Reply-To", m.ReplyTo, []Mailbox{{"Accueil, Cidade", "accueil@cidade.example"}})
	check("Recipients", m.Recipients, []Address{"lettre+abc@cite.example", "lettre@cite.example"})
	check("Subject", m.Subject, "Nouvelles de la Cité : ouverture")
	check("Date", m.Date.Format(time.RFC3339), "2018-01-25T10:00:00+01:00")
	check("ID", m.ID, "1@cidade.example")
	check("In-Reply-To", m.InReplyTo, []string{"a@cite.example"})
	check("References", m.References, []string{"a@cite.example", "b@cite.example"})
	check("Return-Path", m.ReturnPath, "ana.prates+x@CIDADE.example")
	check("Text", strings.TrimSpace(m.Text), "L’espace ouvre à Porto")
	check("HTML", m.HTML, "<p>L’espace ouvre</p>")
	if len(m.Parts) != 3 {
		t.Fatalf("parts: %+v", m.Parts)
	}
	check("image", fmt.Sprint(m.Parts[0].Type, m.Parts[0].ContentID, m.Parts[0].Inline, m.Parts[0].Name), fmt.Sprint("image/png", "photo1", true, "photo.png"))
	check("file", m.Parts[1].Name+m.Parts[1].Type, "progès.txttext/plain")
	check("forwarded", m.Parts[2].Type, "message/rfc822")
	if !bytes.Contains(m.Parts[2].Data, []byte("Subject: inner")) {
		t.Errorf("forwarded: %q", m.Parts[2].Data)
	}
}

func TestRead_GarbledMailKeepsItsText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, raw, subject, text string }{
		{"empty", "", "", ""},
		{"body alone", "\nBonjour", "", "Bonjour"},
		{"header alone", "Subject: x", "x", ""},
		{"no colon", "garbage\nSubject: x\n\ny", "x", "y"},
		{"lost indent", "Subject: un titre\ncoupé\nFrom: a@b.example\n\ny", "un titre coupé", "y"},
		{"mbox", "From a@b Thu Jan 25\nSubject: x\n\ny", "x", "y"},
		{"raw 8-bit header", "Subject: \xe9t\xe9\n\ny", "été", "y"},
		{"character cut between words", "Subject: =?utf-8?Q?=C3?= =?utf-8?Q?=A9t=C3=A9?=\n\ny", "été", "y"},
		{"unknown charset", "Subject: =?x-none?Q?a?=\n\ny", "a", "y"},
		{"utf-8 called latin1", "Subject: x\nContent-Type: text/plain; charset=iso-8859-1\n\n\xc3\xa9t\xc3\xa9 \xe2\x82\xac", "x", "été €"},
		{"windows-1252 called latin1", "Subject: x\nContent-Type: text/plain; charset=iso-8859-1\n\nl\x92\xe9t\xe9 \x80", "x", "l’été €"},
		{"windows-1252 called utf-8", "Subject: x\nContent-Type: text/plain; charset=utf-8\n\nl\x92\xe9t\xe9", "x", "l’été"},
		{"iso-8859-15", "Subject: x\nContent-Type: text/plain; charset=iso-8859-15\n\n\xe9t\xe9 \xa4", "x", "été €"},
		{"no charset", "Subject: x\nContent-Type: text/plain\n\n\xe9t\xe9", "x", "été"},
		{"bad content type", "Subject: x\nContent-Type: ;;;\n\ny", "x", "y"},
		{"multipart without boundary", "Subject: x\nContent-Type: multipart/mixed\n\ny", "x", "y"},
		{"boundary that never comes", "Subject: x\nContent-Type: multipart/mixed; boundary=q\n\ny", "x", "y"},
		{"bad base64", "Subject: x\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nQm9uam91ciE=!!", "x", "Bonjour!"},
		{"unclosed multipart", "Subject: x\nContent-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: text/plain\n\ny", "x", "y"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := read(t, c.raw)
			if m.Subject != c.subject || strings.TrimSpace(m.Text) != c.text {
				t.Errorf("subject %q, text %q; want %q, %q", m.Subject, m.Text, c.subject, c.text)
			}
		})
	}
}

func TestAuthor_OnlyWhereFromIsCertain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, want string }{
		{"From: Ana <ana@cite.example>", "ana@cite.example"},
		{"From: Ana [Porto] <ana@cite.example>", "ana@cite.example"},
		{"From: ana@cite.example (Ana)", "ana@cite.example"},
		{`From: "editor@cite.example" <ana@autre.example>`, "ana@autre.example"},
		{"From: a@cite.example, b@cite.example", ""},
		{"From: a@cite.example\nFrom: b@cite.example", ""},
		{"From: editor@cite.example <ana@autre.example>", ""},
		{"From: ana@cite.example <ana@cite.example>", "ana@cite.example"},
		{"From: Ana@Cite.example <ana@cite.example>", "ana@cite.example"},
		{"From: Nadia @ Rouen <nadia@cite.example>", "nadia@cite.example"},
		{"From: 'nadia@cite.example' via Liste <nadia@cite.example>", "nadia@cite.example"},
		{"From: 'autre@cite.example' via Liste <nadia@cite.example>", ""},
		{"From: Nadia@Rouen <nadia@cite.example>", "nadia@cite.example"},
		{"From: =?utf-8?Q?Nadia_=3Cnadia=40cite=2Eexample=3E?=", "nadia@cite.example"},
		{"From: =?utf-8?Q?Nadia_=3Ceditor=40cite=2Eexample=3E?= <ana@autre.example>", "ana@autre.example"},
		{"From: =?utf-8?Q?a=40cite=2Eexample,_=3Cb=40cite=2Eexample=3E?=", ""},
		{"From: =?utf-8?Q?=3Ca=40cite=2Eexample=3E_=3Cb=40cite=2Eexample=3E?=", ""},
		{"From: ana@cite.example <ana@cite.example>, b@cite.example", ""},
		{"From: ana@cite.example, <ana@cite.example>", ""},
		{"From: x @ y <ana@cite.example> <b@autre.example>", ""},
		{"From: x @ y <ana@cite.example> b@autre.example", ""},
		{"From: x @ y <b@autre.example>\n <ana@cite.example>", ""},
		{"From: x @ y: <ana@cite.example>;", ""},
		{"From: x @ \"y <ana@cite.example>", ""},
		{"From: x @ (y <b@autre.example>) <ana@cite.example>", ""},
		{"From: x @ y <@a.example:ana@cite.example>", ""},
		{"From: x @ y <ana@cite.example", ""},
		{"From: x @ y <ana@cite.example>\nFrom: x @ y <ana@cite.example>", ""},
		{"From: <ana@cite.example> <b@autre.example>", ""},
		{"From:", ""},
		{"Subject: x", ""},
	} {
		if got := read(t, c.from+"\n\nx").Author().Address; string(got) != c.want {
			t.Errorf("%s: author %q, want %q", c.from, got, c.want)
		}
	}
}

func TestParseAddress_Forms(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"Ana.Prates@CITE.Example", "Ana.Prates@cite.example"},
		{"Ana <ana@cite.example>", "ana@cite.example"},
		{`"ana prates"@cite.example`, `"ana prates"@cite.example`},
		{"ana@métiers.example", "ana@xn--mtiers-bva.example"},
	} {
		if a, err := ParseAddress(c[0]); err != nil || string(a) != c[1] {
			t.Errorf("%s: %q, %v", c[0], a, err)
		}
	}
	for _, s := range []string{"", "ana", "@cite.example", "ana@", "a@b@c", "ana@cite.example, b@cite.example", "ana@cite.example\r\nBcc: x@y.example", strings.Repeat("a", 65) + "@cite.example"} {
		if a, err := ParseAddress(s); !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %q, %v", s, a, err)
		}
	}
	a := Address("Ana@cite.example")
	if a.Local() != "Ana" || a.Domain() != "cite.example" || !a.Equal("ANA@cite.example") || a.Equal("b@cite.example") {
		t.Error("parts or comparison of", a)
	}
}

func TestReadLimited_NamesTheBound(t *testing.T) {
	t.Parallel()
	limits := Limits{Bytes: 10000, Parts: 10, Depth: 3, HeaderBytes: 1000, Fields: 50, TextBytes: 2000}
	nested := ""
	for i := range 5 {
		nested += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	many := "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 20)
	for _, c := range []struct {
		bound Bound
		raw   string
	}{
		{BoundBytes, "Subject: x\n\n" + strings.Repeat("y", 10001)},
		{BoundParts, many},
		{BoundDepth, nested},
		{BoundHeaderBytes, "Subject: " + strings.Repeat("y", 1000) + "\n\n"},
		{BoundHeaderBytes, "Content-Type: multipart/mixed; boundary=b\n\n--b\nX: " + strings.Repeat("y", 1000)},
		{BoundFields, strings.Repeat("X:\n", 51) + "\n"},
		{BoundFields, "Content-Type: multipart/mixed; boundary=b\n\n--b\n" + strings.Repeat("X:\n", 51) + "\n"},
		{BoundTextBytes, "Subject: x\n\n" + strings.Repeat("y\n", 1500)},
		{BoundTextBytes, "Content-Type: text/html\n\n" + strings.Repeat("y\n", 1500)},
		{"", "Content-Type: application/pdf\n\n" + strings.Repeat("y\n", 1500)},
		{"", "Content-Type: text/plain\nContent-Disposition: attachment\n\n" + strings.Repeat("y\n", 1500)},
	} {
		_, err := ReadLimited([]byte(c.raw), limits)
		var limit *LimitError
		switch {
		case c.bound == "" && err != nil:
			t.Errorf("%.40q: %v", c.raw, err)
		case c.bound != "" && (!errors.As(err, &limit) || limit.Bound != c.bound):
			t.Errorf("%.40q: %v, want %s", c.raw, err, c.bound)
		}
	}
}

// No mail of the corpus loses its text or gives an error.
func TestRead_MIMECorpusNeverFails(t *testing.T) {
	t.Parallel()
	dir := corpusDir(t, "mime")
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.eml"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, len(files))
	}
	full := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Read(raw)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if m.Text != "" || m.HTML != "" || len(m.Parts) > 0 {
			full++
		} else {
			t.Logf("%s: nothing in it", file)
		}
	}
	fmt.Printf("score: mime, read without error and with content %d/%d\n", full, len(files))
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("From: a@b.example\r\nSubject: =?utf-8?Q?=C3=A9?=\r\n\r\nx"))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>x\n--b--"))
	f.Add([]byte("Content-Type: text/html; charset=utf-16\n\n<b>\x00x"))
	f.Add([]byte("Authentication-Results: mx.example; dmarc=pass (x\nReceived: by mx.example\n\nyes\n> On 1/2/2018 a@b.example wrote:\n> q"))
	f.Add([]byte("From: \"a\" <b@c.example>, =?x?b?!?=\nReturn-Path: <>\nContent-Transfer-Encoding: base64\n\n=="))
	f.Add([]byte("Content-Type:\xff\xff\xff\xff\xff\xff boundary"))
	f.Add([]byte("Message-ID: <\x00>\nSubject: \x00\n\nx"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Read(raw)
		if err != nil {
			var limit *LimitError
			if !errors.As(err, &limit) {
				t.Fatalf("not a limit: %v", err)
			}
			return
		}
		for _, s := range []string{m.Subject, m.Text, m.HTML, m.Body(), m.Visible(), m.ID} {
			if strings.ContainsRune(s, 0) {
				t.Fatalf("NUL in %q", s)
			}
		}
		if strings.ContainsAny(m.Subject, "\r\n") {
			t.Fatalf("subject %q", m.Subject)
		}
		for _, b := range append(append(m.From, m.To...), m.Cc...) {
			if b.Address.Domain() == "" && m.Author().Address == "" {
				continue // a name on the sender's own machine, which is nobody elsewhere
			}
			if again, err := ParseAddress(string(b.Address)); err != nil || again != b.Address {
				t.Fatalf("address %q is read again as %q, %v", b.Address, again, err)
			}
		}
		if m.Author().Address != "" && len(m.Header.Values("From")) != 1 {
			t.Fatal("an author out of several fields")
		}
		m.Automatic()
		m.Authentication("mx.example")
		clean := CleanHTML(m.HTML)
		if again := CleanHTML(clean); again != clean {
			t.Fatalf("cleaned twice: %q, once: %q", again, clean)
		}
		if strings.Contains(strings.ToLower(clean), "<script") {
			t.Fatalf("script in %q", clean)
		}
	})
}
