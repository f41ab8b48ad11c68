package item

import (
	"testing"

	"infolettre/internal/message"
)

func TestIsDateLine_OnlyDates(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"Rouen, le 25 janvier 2018":              true,
		"Le 22 mars 2018":                        true,
		"Jeudi 22 mars 2018 à 14 h":              true,
		"Le 22 mars 2018 à Rouen":                true,
		"22/03/2018":                             true,
		"Thursday, 22 March 2018":                true,
		"Lisboa, 22 de março de 2018":            true,
		"Du 12 au 14 avril 2018, Lille":          true,
		"Forum le 22 mars 2018":                  false,
		"22 mars 2018 : le forum ouvre":          false,
		"Le 22 mars, les Cités fêtent leurs ans": false,
		"Un atelier à Rouen":                     false,
		"Bilan 2017":                             false,
		"":                                       false,
	} {
		if got := isDateLine(line); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

// A date is no title, whether in the first line of a mail or a file or in a heading.
func TestChooseTitle_NeverADate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ subject, filed, html, want, rest string }{
		{"", "", "<p>Rouen, le 25 janvier 2018</p><p>Un atelier de couture</p><p>Il ouvre ses portes à tous.</p>", "Un atelier de couture", "Rouen, le 25 janvier 2018\n\nIl ouvre ses portes à tous."},
		{"Article", "Le 22 mars 2018", "<h2>Un atelier de couture</h2><p>Il ouvre ses portes.</p>", "Un atelier de couture", "Il ouvre ses portes."},
		{"Article", "Un atelier de couture", "<p>Le 22 mars 2018</p><p>Il ouvre ses portes.</p>", "Un atelier de couture", "Le 22 mars 2018\n\nIl ouvre ses portes."},
		{"Article", "Un atelier de couture", "<p>Il ouvre ses portes</p><p>Tous y sont invités.</p>", "Un atelier de couture", "Il ouvre ses portes\n\nTous y sont invités."},
		{"Article", "Contribution InfoLettre", "<h2>Un atelier de couture</h2><p>Tous y sont invités.</p>", "Un atelier de couture", "Tous y sont invités."},
	} {
		title, _, rest := chooseTitle(c.subject, c.filed, c.filed != "", message.HTMLBlocks(c.html), "")
		if text := message.BlocksText(rest); title != c.want || text != c.rest {
			t.Errorf("%s, %s: title %q, rest %q", c.filed, c.html, title, text)
		}
	}
}
