package item

import (
	"slices"
	"strings"
	"testing"

	"infolettre/internal/message"
)

func TestCaptionsOf_TextAroundPictures(t *testing.T) {
	t.Parallel()
	const img = `<img src="cid:a" alt="">`
	for name, c := range map[string]struct{ source, want string }{
		"labelled, below":         {"<p>" + img + "</p><p>Photo : le camion à Namur</p>", "le camion à Namur"},
		"labelled, Portuguese":    {"<p>" + img + "</p><p>Legenda: a carrinha em Braga</p>", "a carrinha em Braga"},
		"labelled, Italian":       {"<p>" + img + "</p><p>Didascalia: il furgone a Pavia</p>", "il furgone a Pavia"},
		"labelled, English":       {"<p>" + img + "</p><p>Caption: the bus in Galway</p>", "the bus in Galway"},
		"set in italics":          {"<p>" + img + "</p><p><em>Le camion à Namur</em></p>", "Le camion à Namur"},
		"a line end below":        {"<p>" + img + "<br>Le camion à Namur</p>", "Le camion à Namur"},
		"a paragraph of text":     {"<p>" + img + "</p><p>Le camion part à Namur.</p>", ""},
		"the first line of many":  {"<p>" + img + "<br>Le camion part.<br>Il revient.</p>", ""},
		"the program's own words": {`<p><img src="cid:a" alt="Le camion devant la gare"></p><p>Un texte.</p>`, "Le camion devant la gare"},
		"a file name":             {`<p><img src="cid:a" alt="IMG_0123.JPG"></p>`, ""},
		"a machine's guess":       {`<p><img src="cid:a" alt="Une image contenant camion. Description générée automatiquement"></p>`, ""},
		"rights alone":            {"<p>" + img + "<br>© Ana Ribeiro</p>", ""},
		"too long":                {"<p>" + img + "</p><p><em>" + strings.Repeat("un camion ", 20) + "</em></p>", ""},
		"an address":              {"<p>" + img + "<br>https://cite.example/camion</p>", ""},
		"emphasis in a sentence":  {"<p>" + img + "</p><p><em>Le camion</em> part, et <em>Ana</em></p>", ""},
	} {
		if got := captionsOf(message.HTMLBlocks(c.source))["a"]; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Captions of attached pictures are removed from the text, in order. Lines that only contain
// such a word stay.
func TestFromMessage_CaptionsOfAttachedPictures(t *testing.T) {
	t.Parallel()
	const text = "La photo du mois montre un camion.\n\nPhoto 1 : le camion à Namur\nPhoto 2 : l'équipe\n\nConcours photo : trois prix à gagner\n\nUn dernier mot."
	captions, rest := takeCaptions(message.TextBlocks(text))
	if want := []legend{{text: "le camion à Namur"}, {text: "l'équipe"}}; !slices.Equal(captions, want) {
		t.Errorf("captions %q, want %q", captions, want)
	}
	if got, want := message.BlocksText(rest), "La photo du mois montre un camion.\n\nConcours photo : trois prix à gagner\n\nUn dernier mot."; got != want {
		t.Errorf("left %q, want %q", got, want)
	}
}
