package item

import (
	"slices"
	"strings"
	"testing"

	"infolettre/internal/message"
	"pgregory.net/rapid"
)

// Paragraphs of news, long enough to stand alone.
const (
	bus   = "Le camion des métiers fait halte dans douze communes, d'avril à juin. On y trouve deux conseillers, une imprimante et du café, et l'on y entre sans rendez-vous, que l'on soit jeune ou non."
	law   = "Chaque lundi, une avocate et un comptable reçoivent les porteurs de projets, sans frais. Ils répondent aux questions de statut, d'impôt et d'assurance, et orientent vers les guichets utiles."
	guest = "Rui Valadares passe deux mois dans notre équipe. Il apprend le métier de conseiller et raconte chaque semaine ce qu'il découvre à ses collègues de Porto, qui en feront une exposition."
)

func TestSplit_Items(t *testing.T) {
	t.Parallel()
	three := []string{"Un camion", "Les lundis du droit", "Un stagiaire"}
	two := three[:2]
	for _, c := range []struct {
		name, subject, told, text string
		want                      []string
	}{
		{"numbered", "Infos de Namur", "", "1. Un camion\n\n" + bus + "\n\n2. Les lundis du droit\n\n" + law + "\n\n3. Un stagiaire\n\n" + guest, three},
		{"numbered, brackets", "Infos de Namur", "", "1) Un camion\n" + bus + "\n\n2) Les lundis du droit\n" + law, two},
		{"numbered by a word", "Infos de Namur", "", "Actu 1 : Un camion\n\n" + bus + "\n\nActu 2 : Les lundis du droit\n\n" + law, two},
		{"numbered, n°", "x", "", "Article n°1 : Un camion\n\n" + bus + "\n\nArticle n°2 : Les lundis du droit\n\n" + law, two},
		{"numbered in English", "News", "", "Item 1: A bus\n\n" + bus + "\n\nItem 2: Law on Mondays\n\n" + law, []string{"A bus", "Law on Mondays"}},
		{"ruled", "Infos de Namur", "", "Un camion\n\n" + bus + "\n\n----------\n\nLes lundis du droit\n\n" + law + "\n\n----------\n\nUn stagiaire\n\n" + guest, three},
		{"ruled by stars", "Infos de Namur", "", "Un camion\n\n" + bus + "\n\n***\n\nLes lundis du droit\n\n" + law, two},
		{"underlined", "Infos de Namur", "deux actualités", "UN CAMION ROUGE\n=========\n" + bus + "\n\nLES LUNDIS DU DROIT\n===================\n" + law, []string{"UN CAMION ROUGE", "LES LUNDIS DU DROIT"}},
		{"bold headings", "Infos de Namur", "Voici trois actualités", "<p><b>Un camion</b></p><p>" + bus + "</p><p><b>Les lundis du droit</b></p><p>" + law + "</p><p><b>Un stagiaire</b></p><p>" + guest + "</p>", three},
		{"headings, and no subject", "", "", "<h2>Un camion</h2><p>" + bus + "</p><h2>Les lundis du droit</h2><p>" + law + "</p>", two},
		{"ruled in HTML", "Infos", "", "<h3>Un camion</h3><p>" + bus + "</p><hr><h3>Les lundis du droit</h3><p>" + law + "</p>", two},
		{"an introduction", "Infos", "", "Voici deux nouvelles :\n\n1. Un camion\n\n" + bus + "\n\n2. Les lundis du droit\n\n" + law, two},
		{"headings in capitals, and a section within", "Infos", "deux infos", "UN CAMION ROUGE\n\n" + bus + "\n\nPROGRAMME\n\nDouze communes, douze matinées, autant de cafés servis.\n\nLES LUNDIS DU DROIT\n\n" + law, []string{"UN CAMION ROUGE", "LES LUNDIS DU DROIT"}},
		// Texts that look like several items but are one.
		{"steps", "Comment s'inscrire au camion", "", "Pour venir :\n\n1. Appelez le centre.\n2. Choisissez une commune.\n3. Venez avec vos questions.", nil},
		{"an article in sections", "Un camion dans la campagne", "", "<p>" + bus + "</p><p><b>Pourquoi un camion</b></p><p>" + law + "</p><p><b>La suite</b></p><p>" + guest + "</p>", nil},
		{"practical sections", "Un camion", "", "<p>" + bus + "</p><p><b>Programme</b></p><p>" + law + "</p><p><b>Inscription</b></p><p>" + guest + "</p>", nil},
		{"a rule below a short line", "Un camion", "", bus + "\n\n-----\n\nNamur, mars 2018", nil},
		{"years", "Dix ans", "", "2009. Le centre ouvre.\n\n" + bus + "\n\n2018. Le camion part.\n\n" + law, nil},
		{"numbers that do not count from one", "Deux lois", "", "3. Un camion\n\n" + bus + "\n\n4. Les lundis\n\n" + law, nil},
		{"one number", "Infos", "", "1. Un camion\n\n" + bus, nil},
		{"nothing", "", "", "", nil},
	} {
		blocks := message.TextBlocks(c.text)
		if strings.HasPrefix(c.text, "<") {
			blocks = message.HTMLBlocks(c.text)
		}
		pieces, why := split(blocks, c.subject, c.told+"\n"+c.subject, "Cité des métiers de Namur")
		var got []string
		for _, p := range pieces {
			if p.title != "" {
				got = append(got, p.title)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q (%s), want %q", c.name, got, why, c.want)
		}
		if (why == "") != (len(c.want) == 0) {
			t.Errorf("%s: the reason is %q", c.name, why)
		}
	}
}

// The pieces hold the whole text of the items and nothing else.
func TestSplit_KeepsEachText(t *testing.T) {
	t.Parallel()
	pieces, _ := split(message.TextBlocks("1. Un camion\n\n"+bus+"\n\n- un\n- deux\n\n2. Les lundis du droit\n\n"+law), "Infos", "Infos", "Namur")
	if len(pieces) != 2 {
		t.Fatalf("%d pieces", len(pieces))
	}
	for i, want := range []string{bus + "\n\n- un\n- deux", law} {
		if got := message.BlocksText(pieces[i].blocks); got != want {
			t.Errorf("piece %d: %q, want %q", i, got, want)
		}
	}
}

// Splitting moves and adds no word, and omits only a short introduction, numbers and rules.
func TestSplit_LosesNothing(t *testing.T) {
	t.Parallel()
	lines := []string{"1. Un camion", "2. Les lundis", "3) Un stagiaire", "Actu 1 : Un camion", "Actu 2", "UN CAMION", "PROGRAMME", "-----", "===", "", "", bus, law, guest, "Contact :", "ana@cite.example", "- une puce", "Court.", "> cité", "\xff", "1."}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(lines), 0, 20).Draw(t, "lines"), "\n")
		blocks := message.TextBlocks(text)
		pieces, _ := split(blocks, rapid.SampledFrom([]string{"", "Infos", "Un camion", "Trois actualités"}).Draw(t, "subject"), rapid.SampledFrom([]string{"", "trois actualités"}).Draw(t, "told"), "Namur")
		got := ""
		for _, p := range pieces {
			got += p.title + "\n" + message.BlocksText(p.blocks) + "\n"
		}
		all, have := strings.Fields(fold(message.BlocksText(blocks))), strings.Fields(fold(got))
		at, missed := 0, 0
		for _, w := range all {
			if at < len(have) && have[at] == w {
				at++
			} else {
				missed += len(w) + 1
			}
		}
		if at < len(have) {
			t.Fatalf("%q is not where it stood:\n%s\nbecame\n%s", have[at], text, got)
		}
		if missed > intro+20*len(lines) {
			t.Fatalf("%d octets are missing:\n%s\nbecame\n%s", missed, text, got)
		}
	})
}
