package message

import (
	"fmt"
	"strings"
	"testing"
)

// A body that is too long becomes a part, and its beginning is read.
func TestRead_LongBodiesBecomeParts(t *testing.T) {
	t.Parallel()
	line := "Un atelier ouvre à Rouen.\n"
	paragraph := "<p>Un atelier ouvre à Rouen.</p>\n"
	for _, c := range []struct {
		name, media, body string
		part, text        string // the name of the part, how Text begins
		lines             int    // of Text
	}{
		{"short text", "text/plain", strings.Repeat(line, 5000), "", line, 5000},
		{"many lines", "text/plain", strings.Repeat(line, 5001), LongTextName, line, 5000},
		{"many octets", "text/plain", strings.Repeat(strings.Repeat("a", 999)+"\n", 300), LongTextName, "aaa", 261},
		{"one line", "text/plain", strings.Repeat("é", 200<<10), LongTextName, "ééé", 0},
		{"short HTML", "text/html", strings.Repeat(paragraph, 9000), "", "", 0},
		{"many elements", "text/html", strings.Repeat("<p>a", 20001), longHTMLName, "a\n", 5000},
		{"long HTML", "text/html", strings.Repeat("<p>"+strings.Repeat("a", 997)+"\n", 600), longHTMLName, "aaa", 523},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := "Subject: x\nContent-Type: " + c.media + "; charset=utf-8\n\n" + c.body
			m, err := Read([]byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(m.Text, c.text) || strings.Contains(m.Text, "\ufffd") {
				t.Errorf("text begins %.40q", m.Text)
			}
			if n := strings.Count(m.Text, "\n"); n != c.lines {
				t.Errorf("%d lines are read, want %d", n, c.lines)
			}
			if (m.OversizeBytes > 0) != (c.part != "") {
				t.Errorf("%d octets are set aside", m.OversizeBytes)
			}
			if c.part == "" {
				if len(m.Parts) > 0 {
					t.Errorf("parts %q", m.Parts[0].Name)
				}
				return
			}
			if m.HTML != "" || len(m.Parts) == 0 || m.Parts[0].Name != c.part || strings.TrimSpace(string(m.Parts[0].Data)) != strings.TrimSpace(c.body) {
				t.Errorf("the body is not one part, whole; HTML of %d octets, %d parts", len(m.HTML), len(m.Parts))
			}
		})
	}
}

// The bounds are those of the mail, not of each of its parts.
func TestRead_ManyTextsCountTogether(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("Un atelier ouvre à Rouen.\n", 1000)
	raw := "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n" +
		strings.Repeat("--b\nContent-Type: text/plain; charset=utf-8\n\n"+text, 20) + "--b--\n"
	m, err := Read([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(m.Text, "Rouen"); n != 5000 || m.OversizeBytes == 0 {
		t.Errorf("%d lines are read", n)
	}
	kept := 0
	for _, p := range m.Parts {
		kept += strings.Count(string(p.Data), "Rouen")
	}
	if kept != 15000 {
		t.Errorf("%d lines are kept as parts, want 15000", kept)
	}
}

// Only 8 KB of a field are parsed, up to a whole element; a longer From names nobody.
func TestRead_LongFields(t *testing.T) {
	t.Parallel()
	to := ""
	for i := range 1000 {
		to += fmt.Sprintf("Nom <a%d@b.example>, ", i)
	}
	references := ""
	for i := range 1000 {
		references += fmt.Sprintf("<%d@b.example> ", i)
	}
	raw := "From: Nadia <nadia@b.example>\nTo: " + to + "\nReferences: " + references +
		"\nContent-Type: text/plain; charset=iso-8859-1" + strings.Repeat("; a=b", 50000) + "\n\n\xe9t\xe9"
	m, err := Read([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(m.To); n < 300 || n > 400 || m.To[n-1].Address != Address(fmt.Sprintf("a%d@b.example", n-1)) {
		t.Errorf("%d recipients, the last %v", n, m.To[n-1])
	}
	if n := len(m.References); n < 400 || m.References[n-1] != "999@b.example" {
		t.Errorf("%d references, the last %q", n, m.References[n-1])
	}
	if m.Text != "été" || m.Author().Address != "nadia@b.example" {
		t.Errorf("text %q, author %v", m.Text, m.Author())
	}
	m, err = Read([]byte("From: Nadia <nadia@b.example>" + strings.Repeat(" (a)", 3000) + "\n\nx"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Author() != (Mailbox{}) {
		t.Errorf("a From that is cut names %v", m.Author())
	}
}
