package item

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"infolettre/internal/message"
)

func understood(t *testing.T, raw string) []ParsedItem {
	t.Helper()
	m, err := message.Read([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	items, err := FromMessage(Prepare(m, nil), Guide{Sections: sections, Location: time.UTC, Language: "fr", Received: time.Date(2018, 1, 29, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return items
}

// An item with a text that is too long holds an excerpt and says how long the text was.
func TestFromMessage_LongTextBecomesAnExcerpt(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long and in one goroutine")
	}
	sentence := "La Cité des métiers de Rouen ouvre un atelier sur les métiers du fleuve. "
	for _, c := range []struct {
		name, media, body string
		long              bool
		least             int // octets in Remarks
	}{
		{"an article", "text/plain", strings.Repeat(sentence+"\n\n", 200), false, 0},
		{"a long article", "text/plain", strings.Repeat(strings.Repeat(sentence, 4)+"\n\n", 190), false, 0},
		{"octets", "text/plain", strings.Repeat(strings.Repeat(sentence, 9)+"\n\n", 200), true, 100 << 10},
		{"paragraphs", "text/plain", strings.Repeat("Un atelier.\n\n", 600), true, 6000},
		{"lines", "text/plain", strings.Repeat("Un atelier à Rouen\n", 2500), true, 40000},
		{"quotations in turn", "text/plain", strings.Repeat(">a\nb\n", 2000), true, 2000},
		{"more than is read", "text/plain", strings.Repeat(sentence+"\n\n", 20000), true, 1 << 20},
		{"elements", "text/html", "<p>" + sentence + strings.Repeat("<p>a", 10000), true, 10000},
		{"a list of lines", "text/html", "<ul>" + strings.Repeat("<li>atelier</li>", 6000) + "</ul>", true, 40000},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, u := range understood(t, "Subject: Un atelier\nContent-Type: "+c.media+"; charset=utf-8\n\n"+c.body) {
				if got := u.Remarks.TooLong; got > 0 != c.long || got < c.least {
					t.Fatalf("too long by %d octets, want at least %d; %d octets are kept", got, c.least, len(u.Text))
				}
				if _, cut := u.Excerpt(); cut > 0 {
					t.Error("what the item holds is still too long to be shown")
				}
				if c.long && (len(u.Attachments) == 0 || u.Attachments[len(u.Attachments)-1].Hash == "") {
					t.Errorf("the whole is not kept as a file: %d attachments", len(u.Attachments))
				}
				if c.long && (len(u.Text) > 2*excerptText || u.Text == "" || !strings.HasSuffix(u.Text, "…") || !strings.Contains(u.Why["text"], "an excerpt")) {
					t.Errorf("kept %d octets: …%.40q; why: %s", len(u.Text), u.Text[max(0, len(u.Text)-40):], u.Why["text"])
				}
			}
		})
	}
}

// An item has a limited number of events, contacts and files.
func TestFromMessage_CountsAreLimited(t *testing.T) {
	t.Parallel()
	var parts strings.Builder
	for i := range 100 {
		fmt.Fprintf(&parts, "--b\nContent-Type: application/zip; name=f%d.zip\n\nx\n", i)
	}
	raw := "Subject: Un atelier\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nUn atelier ouvre à Rouen.\n" + parts.String() + "--b--\n"
	u := understood(t, raw)[0]
	if len(u.Attachments) != maxFiles || !strings.Contains(u.Why["attachments"], "the first 60 of 100 are kept") {
		t.Errorf("%d files; why: %s", len(u.Attachments), u.Why["attachments"])
	}
	var dates strings.Builder
	for i := range 300 {
		fmt.Fprintf(&dates, "%d mars 2018, %dh%02d : atelier %d\n\n", i%31+1, 8+i%10, i%60, i)
	}
	u = understood(t, "Subject: Agenda\nContent-Type: text/plain; charset=utf-8\n\n"+dates.String())[0]
	if len(u.Events) != maxEvents {
		t.Errorf("%d events", len(u.Events))
	}
}

// An editor's text that is too long is refused, also as a translation.
func TestEdit_TooLongIsRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Un atelier ouvre à Rouen.\n\n", 3000)
	current := Content{Title: "Un atelier", Section: "cites", Language: "fr", Text: "Un atelier.", HTML: "<p>Un atelier.</p>"}
	guide := Guide{Sections: sections, Location: time.UTC, Language: "fr"}
	for name, e := range map[string]Editing{
		"text":        {Text: long},
		"translation": {Language: "en", Translation: "A workshop\n\n" + long},
	} {
		_, err := Edit(current, e, guide)
		var edit *EditError
		if !errors.As(err, &edit) || edit.Reason != TextTooLong {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := Compose("Éditorial\n\n"+long, guide)
	var edit *EditError
	if !errors.As(err, &edit) || edit.Reason != TextTooLong {
		t.Errorf("editorial: %v", err)
	}
	if _, err := Edit(current, Editing{Text: strings.Repeat("Un atelier ouvre à Rouen.\n\n", 100)}, guide); err != nil {
		t.Errorf("a text of 100 paragraphs: %v", err)
	}
}

// Revisions from before the limits are shown in part.
func TestExcerpt_LongOldRevisionIsCut(t *testing.T) {
	t.Parallel()
	html := strings.Repeat("<blockquote><p>a</p></blockquote><p>b</p>", 100000)
	c := Content{Title: "x", Text: strings.Repeat("> a\nb\n", 100000), HTML: html,
		Translations: map[string]Translation{"en": {Title: "y", Text: "short", HTML: "<p>short</p>"}}}
	short, cut := c.Excerpt()
	if cut != len(html) || len(short.HTML) > 64<<10 || short.Translations["en"].Text != "short" || c.HTML != html {
		t.Errorf("cut %d, HTML of %d octets, translations %v", cut, len(short.HTML), short.Translations)
	}
}
