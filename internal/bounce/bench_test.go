package bounce

import (
	"strings"
	"testing"

	"infolettre/internal/message"
)

// BenchmarkRead reads a common report, and hostile ones with as much text as is read.
func BenchmarkRead(b *testing.B) {
	for _, c := range []struct{ name, raw string }{
		{"report", reportHeader + "\n\n" + delivery("<zoe@lune.example>: no", "Final-Recipient: rfc822; zoe@lune.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown")},
		{"addresses", daemonHeader + "\n\n" + strings.Repeat("a@b.c\n", maxText/6)},
		{"one line", daemonHeader + "\n\n" + strings.Repeat("a@", maxText/2)},
		{"quotes", daemonHeader + "\n\n" + strings.Repeat("\"", maxText)},
		{"many entries", daemonHeader + "\n\n" + manyEntries()},
		{"many groups", reportHeader + "\n\n" + delivery("", strings.ReplaceAll(manyEntries(), "<", "Final-Recipient: rfc822;<"))},
		{"dashes", daemonHeader + "\n\n" + strings.Repeat("-", maxText)},
		{"blanks", daemonHeader + "\n\n" + strings.Repeat(" \n\t", maxText/3)},
	} {
		m, err := message.Read([]byte(c.raw))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				Read(m)
			}
		})
	}
}

func manyEntries() string {
	var s strings.Builder
	for i := range 2 * maxRecipients {
		s.WriteString("<a" + strings.Repeat("b", i%50) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + "@lune.example>\n  550 " + strings.Repeat("no ", 30) + "\n\n")
	}
	return s.String()
}
