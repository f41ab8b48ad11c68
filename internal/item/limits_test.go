package item

import (
	"errors"
	"strings"
	"testing"
	"time"

	"infolettre/internal/message"
)

// hostile returns mails of 25 MB that are expensive to read.
func hostile() map[string]string {
	const size = 25 << 20
	fill := func(head, unit string) string { return head + strings.Repeat(unit, (size-len(head))/len(unit)) }
	html := "From: a@b.example\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n"
	return map[string]string{
		"parts":       fill("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\n\r\nx\r\n"),
		"depth":       fill("", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"),
		"table":       fill(html+"<table>", "<tr><td>x<td>y"),
		"nested":      fill(html, "<table><tr><td>"),
		"header":      fill("From: a@b.example\r\n", "X-Field: value\r\n"),
		"one header":  fill("Subject: ", "x y "),
		"lines":       fill("From: a@b.example\r\n\r\n", "x\r\n"),
		"attachment":  fill("From: a@b.example\r\nSubject: x\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n", strings.Repeat("JVBERi0x", 9)+"\r\n"),
		"from":        fill("Subject: x\r\nFrom: ", "a@b.example, "),
		"small table": html + "<table>" + strings.Repeat("<tr><td>x<td>y", 65000),
		"small depth": html + strings.Repeat("<b><i>x", 140000),
		"small quote": html + strings.Repeat("<blockquote>x", 75000),
		"small dates": "From: a@b.example\r\nSubject: x\r\n\r\n" + strings.Repeat("Le 1er mars 2018 au 2 mars 2018 à 14h. ", 20000),
		"small lines": "From: a@b.example\r\nSubject: x\r\n\r\n" + strings.Repeat("De : a\r\n", 100000),
	}
}

// A mail is refused at a limit or read, whatever it holds. The benchmark shows the cost.
func TestFromMessage_HostileMailsEnd(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("25 MB of mail, a dozen times")
	}
	for name, raw := range hostile() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := message.Read([]byte(raw))
			var limit *message.LimitError
			if errors.As(err, &limit) {
				t.Log(err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			items, err := FromMessage(Prepare(m, nil), Guide{Sections: sections, Location: time.UTC, Language: "fr", Received: time.Date(2018, 1, 29, 0, 0, 0, 0, time.UTC)})
			if err != nil && !errors.Is(err, ErrEmptyMessage) {
				t.Error(err)
			}
			t.Logf("%d items", len(items))
		})
	}
}

func BenchmarkHostile(b *testing.B) {
	for name, raw := range hostile() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			data := []byte(raw)
			for b.Loop() {
				m, err := message.Read(data)
				if err != nil {
					continue
				}
				_, _ = FromMessage(Prepare(m, nil), Guide{Sections: sections, Location: time.UTC, Language: "fr", Received: time.Date(2018, 1, 29, 0, 0, 0, 0, time.UTC)})
			}
		})
	}
}
