package render_test

import (
	"strings"
	"testing"

	"infolettre/internal/item"
)

// An item from before the limits is shown in part, in letters of a size that every mail server
// accepts, and the letters say so.
func TestLetter_LongItemIsShownInPart(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long and in one goroutine")
	}
	o := newOffice(t)
	c := news(t)
	c.Text = "Le début du texte.\n" + strings.Repeat("> a\nb\n", 200_000)
	c.HTML = "<p>Le début du texte.</p>" + strings.Repeat("<blockquote><p>a</p></blockquote><p>b</p>", 200_000)
	o.offer(1, c)
	letters := o.letters()
	for name, said := range map[string]string{
		"nadia-receipt": "Texte trop long : 8,2 Mo ; seul le début figure ici",
		"elise-request": "Texte trop long : 8,2 Mo ; seul le début figure ici",
		"marco-request": "Text too long: 8.2 MB; only the beginning is shown here",
	} {
		m := letters[name]
		if m == nil {
			t.Fatalf("no letter %s", name)
		}
		flat := strings.Join(strings.Fields(strings.ReplaceAll(m.Text, "\u00a0", " ")), " ")
		if !strings.Contains(flat, said) || !strings.Contains(flat, "Le début du texte.") {
			t.Errorf("%s does not say %q: %.1500s", name, said, m.Text)
		}
		if len(m.Text) > 20_000 || len(m.HTML) > 60_000 {
			t.Errorf("%s has %d and %d octets", name, len(m.Text), len(m.HTML))
		}
	}
}

// A letter says how long a text was even if the item holds an excerpt.
func TestLetter_ExcerptSaysHowLongTheTextWas(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.offerAll(1, item.ParsedItem{Content: news(t), Remarks: item.Remarks{TooLong: 420_000}})
	if text := o.letters()["marco-request"].Text; !strings.Contains(strings.Join(strings.Fields(text), " "), "Text too long: 420 kB received; only the beginning is shown here, the whole text is in the file “message.txt”") {
		t.Errorf("the request says: %s", text)
	}
}

// A mail with an invalid Message-ID is answered without a reference to it.
func TestLetter_AnswersMailWithInvalidMessageID(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"été@cite-rouen.example", "a b@cite-rouen.example", strings.Repeat("a", 2000) + "@cite-rouen.example"} {
		o := newOffice(t)
		o.offered = id
		o.offer(1, news(t))
		if m := o.letters()["nadia-receipt"]; m == nil || len(m.InReplyTo) > 0 {
			t.Errorf("%.40q: the receipt is %v", id, m)
		}
	}
}
