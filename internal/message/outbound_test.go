package message

import (
	"bytes"
	"errors"
	"mime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func sample() Outbound {
	zone := time.FixedZone("", 3600)
	return Outbound{
		From:       Mailbox{"Réseau des Cités", "lettre@cite.example"},
		Sender:     &Mailbox{Address: "robot@cite.example"},
		ReplyTo:    []Mailbox{{"", "lettre+abc@cite.example"}},
		To:         []Mailbox{{"Élise Marchand, coordinatrice", "elise@reseau.example"}, {"Ana \"A.\" Prates", "ana@cidade.example"}},
		Subject:    "Votre contribution « Une journée portes ouvertes à la Cité des métiers » a bien été reçue et sera relue",
		Date:       time.Date(2018, 1, 25, 10, 0, 0, 0, zone),
		ID:         "il-1@cite.example",
		InReplyTo:  "a@cite.example",
		References: []string{"a@cite.example", "b@cite.example"},
		Header:     []Field{{Name: "Auto-Submitted", Value: "auto-replied"}, {Name: "X-InfoLettre-Kind", Value: "receipt"}, {Name: "List-Unsubscribe", Value: "<https://cite.example/u/" + strings.Repeat("k", 90) + ">"}},
		Text:       "Bonjour,\n\nL’item est reçu.\n.\nFrom here\n  indented \n",
		HTML:       `<p>Bonjour, <img src="cid:photo" alt=""></p>`,
		Inline:     []Part{{Name: "photo à Porto.png", Type: "image/png", ContentID: "photo", Data: []byte{0x89, 'P', 'N', 'G', 0, 13, 10}}},
		Attached:   []Part{{Name: "évènement.ics", Type: "text/calendar; method=PUBLISH; charset=utf-8", Data: []byte("BEGIN:VCALENDAR\r\n")}},
	}
}

func checkWire(t interface {
	Fatalf(string, ...any)
	Helper()
}, raw []byte) {
	t.Helper()
	for _, line := range bytes.SplitAfter(raw, []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		if !bytes.HasSuffix(line, []byte("\r\n")) || bytes.Count(line, []byte("\r")) != 1 || len(line) > 1000 {
			t.Fatalf("line %q", line)
		}
		if !isASCII(string(line)) {
			t.Fatalf("not ASCII: %q", line)
		}
	}
}

func TestOutbound_IsReadBack(t *testing.T) {
	t.Parallel()
	o := sample()
	raw, err := o.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	checkWire(t, raw)
	again, _ := o.Bytes()
	if !bytes.Equal(raw, again) {
		t.Error("the same mail gave other bytes")
	}
	for _, want := range []string{
		"Date: Thu, 25 Jan 2018 10:00:00 +0100\r\n", "Message-ID: <il-1@cite.example>\r\n", "MIME-Version: 1.0\r\n",
		"Content-Type: multipart/mixed;", "Content-Type: multipart/related;", "Content-Type: multipart/alternative;",
		"Content-Type: text/calendar; charset=utf-8; method=PUBLISH", "Content-ID: <photo>",
	} {
		if !bytes.Contains(raw, []byte(want)) {
			t.Errorf("no %q in\n%s", want, raw)
		}
	}
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	for _, line := range strings.Split(string(head), "\r\n") {
		if len(line) > 78 && !strings.Contains(line, "kkkk") {
			t.Errorf("long header line %q", line)
		}
	}
	m, err := Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != o.Subject || m.Text != o.Text || strings.TrimSpace(m.HTML) != o.HTML || m.ID != o.ID || !m.Date.Equal(o.Date) {
		t.Errorf("read again: %q %q %q %q %v", m.Subject, m.Text, m.HTML, m.ID, m.Date)
	}
	if m.Author() != o.From || len(m.To) != 2 || m.To[0] != o.To[0] || m.To[1].Address != o.To[1].Address {
		t.Errorf("people: %v %v", m.From, m.To)
	}
	if len(m.Parts) != 2 || m.Parts[0].Name != o.Inline[0].Name || !bytes.Equal(m.Parts[0].Data, o.Inline[0].Data) ||
		!m.Parts[0].Inline || m.Parts[1].Name != o.Attached[0].Name || m.Parts[1].Inline || m.Parts[1].Type != "text/calendar" {
		t.Errorf("parts: %+v", m.Parts)
	}
}

func TestOutbound_HasOnlyTheLayersItNeeds(t *testing.T) {
	t.Parallel()
	o := Outbound{From: Mailbox{Address: "a@b.example"}, ID: "x@b.example", Text: "texte"}
	for _, c := range []struct {
		change func(*Outbound)
		want   string
	}{
		{func(*Outbound) {}, "text/plain"},
		{func(o *Outbound) { o.HTML = "<p>x</p>" }, "multipart/alternative"},
		{func(o *Outbound) { o.Text, o.Inline = "", []Part{{Type: "image/png", ContentID: "c"}} }, "multipart/related"},
		{func(o *Outbound) { o.Attached = []Part{{Type: "text/csv"}} }, "multipart/mixed"},
	} {
		c.change(&o)
		raw, err := o.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		head, _ := parseHeader(raw)
		media, _, err := mime.ParseMediaType(head.raw("Content-Type"))
		if err != nil || media != c.want {
			t.Errorf("got %q, %v, want %q", media, err, c.want)
		}
	}
}

func TestOutbound_RefusesBadValues(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Outbound){
		"no From":             func(o *Outbound) { o.From = Mailbox{} },
		"address with CRLF":   func(o *Outbound) { o.To = []Mailbox{{"", "a@b.example\r\nBcc: c@d.example"}} },
		"id with CRLF":        func(o *Outbound) { o.ID = "a\r\nBcc: c@d.example" },
		"Bcc":                 func(o *Outbound) { o.Header = []Field{{Name: "Bcc", Value: "c@d.example"}} },
		"a second From":       func(o *Outbound) { o.Header = []Field{{Name: "from", Value: "c@d.example"}} },
		"bad field name":      func(o *Outbound) { o.Header = []Field{{Name: "X-A:\r\nBcc", Value: "c@d.example"}} },
		"bad type":            func(o *Outbound) { o.Attached = []Part{{Type: "text/plain\r\nX: y"}} },
		"inline without HTML": func(o *Outbound) { o.HTML = "" },
	} {
		o := sample()
		change(&o)
		if raw, err := o.Bytes(); !errors.Is(err, ErrOutbound) {
			t.Errorf("%s: %v\n%s", name, err, raw)
		}
	}
}

// Any text is read back as it was written, and never makes a header field.
func TestOutbound_Properties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		o := Outbound{
			From:    Mailbox{text.Draw(t, "name"), "a@b.example"},
			To:      []Mailbox{{text.Draw(t, "to"), "c@d.example"}},
			Subject: text.Draw(t, "subject"),
			ID:      "x@b.example",
			Header:  []Field{{Name: "X-Free", Value: text.Draw(t, "field")}},
			Text:    "a" + text.Draw(t, "text"),
			HTML:    rapid.StringMatching(`<p>[a-z é\r\n]{1,200}</p>`).Draw(t, "html"),
			Attached: []Part{{
				Name: text.Draw(t, "file"), Type: "application/pdf",
				Data: rapid.SliceOf(rapid.Byte()).Draw(t, "data"),
			}},
		}
		raw, err := o.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		checkWire(t, raw)
		m, err := Read(raw)
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{"From": true, "To": true, "Subject": true, "Message-ID": true, "MIME-Version": true, "Content-Type": true, "X-Free": true}
		for _, f := range m.Header {
			if !names[f.Name] {
				t.Fatalf("field %q came in", f.Name)
			}
		}
		if m.Subject != strings.Join(strings.Fields(oneLine(o.Subject)), " ") {
			t.Fatalf("subject %q, want %q", m.Subject, oneLine(o.Subject))
		}
		if m.Header.Get("X-Free") != oneLine(o.Header[0].Value) {
			t.Fatalf("field %q, want %q", m.Header.Get("X-Free"), oneLine(o.Header[0].Value))
		}
		if m.Author().Address != "a@b.example" || len(m.To) != 1 || m.To[0].Address != "c@d.example" {
			t.Fatalf("people %v %v", m.From, m.To)
		}
		if strings.TrimSuffix(m.Text, "\n") != strings.TrimSuffix(normalise(strings.ToValidUTF8(o.Text, "\ufffd")), "\n") {
			t.Fatalf("text %q, want %q", m.Text, o.Text)
		}
		if len(m.Parts) != 1 || !bytes.Equal(m.Parts[0].Data, o.Attached[0].Data) {
			t.Fatalf("parts %+v", m.Parts)
		}
	})
}
