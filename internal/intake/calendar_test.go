package intake_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"infolettre/internal/item"
)

// invitation is a mail of Nadia's with a calendar file.
func (b *bench) invitation(subject, text, method, lines string) string {
	b.uid++
	return fmt.Sprintf("Authentication-Results: mx.example; dmarc=pass header.from=%s\r\nFrom: Nadia Berthier <%s>\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <invite%d@client.example>\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: multipart/mixed; boundary=cal\r\n\r\n--cal\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n"+
		"--cal\r\nContent-Type: text/calendar; charset=utf-8\r\nContent-Disposition: attachment; filename=invite.ics\r\n\r\n"+
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:%s\r\nBEGIN:VEVENT\r\nUID:couture-7@cite-rouen.example\r\nSUMMARY:Atelier de couture\r\n%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n--cal--\r\n",
		"cite-rouen.example", nadia, mailbox, subject, b.clock.Now().Format(time.RFC1123Z), b.uid, text, method, strings.ReplaceAll(lines, "\n", "\r\n"))
}

// A later version of an event, or its cancellation, says which item it is about, and a
// cancelled day is no event; the same file again says nothing.
func TestCalendar_UpdateNamesTheItemItConcerns(t *testing.T) {
	b := newBench(t, nil)
	const text = "La Cité des métiers de Rouen ouvre son atelier de couture à tous, avec ses partenaires."
	b.bring(b.invitation("Atelier de couture", text, "REQUEST", "SEQUENCE:0\nDTSTART;VALUE=DATE:20180322"))
	first := b.items()[0]
	for i, c := range []struct {
		method, lines string
		want          []item.Concern
		events        int
	}{
		{"REQUEST", "SEQUENCE:0\nDTSTART;VALUE=DATE:20180322", nil, 1},
		{"REQUEST", "SEQUENCE:1\nDTSTART;VALUE=DATE:20180329", []item.Concern{{Item: first.ID + 1, Title: "Encore l’atelier 0"}}, 1},
		{"CANCEL", "SEQUENCE:2\nDTSTART;VALUE=DATE:20180329", []item.Concern{{Item: first.ID + 2, Title: "Encore l’atelier 1", Cancels: true}}, 0},
	} {
		b.bring(b.invitation(fmt.Sprintf("=?utf-8?Q?Encore_l=E2=80=99atelier_%d?=", i), text, c.method, c.lines))
		items := b.items()
		last := items[len(items)-1]
		if got := last.Current.Remarks.Concerns; !slices.Equal(got, c.want) || len(last.Current.Events) != c.events {
			t.Errorf("%s %q: concerns %+v, %d events; want %+v, %d", c.method, c.lines, got, len(last.Current.Events), c.want, c.events)
		}
	}
	said := false
	for topic, mails := range b.renderedLetters() {
		for _, m := range mails {
			said = said || strings.HasSuffix(topic, " request") && strings.Contains(strings.Join(strings.Fields(m.Text), " "), "il annule l’événement du n° 3, « Encore l’atelier 1 »")
		}
	}
	if !said {
		t.Error("no request says that the file cancels an event")
	}
}
