package item

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"infolettre/internal/message"
)

// page returns a mail as Outlook writes it, with text and HTML, of about the given size in
// octets.
func page(size int) []byte {
	var text, html strings.Builder
	for i := 0; html.Len()+text.Len() < size; i++ {
		said := fmt.Sprintf("Atelier n° %d : le forum aura lieu le %d mars 2018 à Rouen, de 9h à 17h, avec des employeurs de la région.", i, i%28+1)
		text.WriteString(said + "\r\n\r\n")
		html.WriteString("<p class=MsoNormal style='margin-bottom:0cm'><span lang=FR style='font-size:11.0pt'>" + said + "<o:p></o:p></span></p>\r\n")
	}
	return []byte("From: Nadia <nadia@cite.example>\r\nSubject: Le forum\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nBonjour,\r\n\r\n" + text.String() + "\r\nCordialement,\r\nNadia\r\n" +
		"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>Bonjour,</p>" + html.String() + "<p>Cordialement,</p><p>Nadia</p></body></html>\r\n--b--\r\n")
}

func BenchmarkUnderstand60KB(b *testing.B) {
	raw := page(60 << 10)
	guide := Guide{Sections: sections, Location: time.UTC, Language: "fr", Received: time.Date(2018, 1, 29, 10, 0, 0, 0, time.UTC)}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		m, err := message.Read(raw)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := FromMessage(Prepare(m, nil), guide); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead60KB(b *testing.B) {
	raw := page(60 << 10)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := message.Read(raw); err != nil {
			b.Fatal(err)
		}
	}
}
