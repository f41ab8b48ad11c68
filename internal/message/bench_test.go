package message

import (
	"strings"
	"testing"
)

func BenchmarkRead(b *testing.B) {
	raw := crlf("From: Ana <ana@cite.example>\nSubject: Une nouvelle\nContent-Type: text/plain; charset=utf-8\n\n" +
		strings.Repeat("La Cité des métiers accueille les jeunes de la région depuis dix ans.\n", 850))
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := Read(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// Hostile mails end at a bound, or take time in proportion to their size.
func BenchmarkReadHostile(b *testing.B) {
	for name, raw := range map[string]string{
		"parts": "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 3<<20/6),
		"depth": strings.Repeat("Content-Type: multipart/mixed; boundary=b\n\n--b\n", 100000),
		"html":  "Content-Type: text/html\n\n" + strings.Repeat("<table><tr><td>", 500000),
		"lines": "Content-Type: text/plain\n\n" + strings.Repeat("--\n", 2<<20),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if m, err := Read([]byte(raw)); err == nil {
					m.Visible()
				}
			}
		})
	}
}

func BenchmarkVisibleReply(b *testing.B) {
	for name, text := range map[string]string{
		"ordinary": strings.Repeat("On a bien noté que le 22 mars convient à tous.\n", 1200),
		"quotes":   strings.Repeat("> x\n\n", 12000),
		"openers":  strings.Repeat("Le 12 mars 2018\n", 4000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				VisibleReply(text)
			}
		})
	}
}
