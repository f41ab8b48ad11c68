package render_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"infolettre/internal/agenda"
	"infolettre/internal/issue"
	"infolettre/internal/item"
)

// The issue has what the printed InfoLettre has: the centre of each item, the signature of the
// editorial, legends with credits, raised ordinals, words for links, and no heading twice.
func TestIssue_HasThePartsOfThePaper(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	news := news(t)
	news.Text, news.HTML = "La 4e édition ouvre le 1er juin, à 9h.\n\nVoir https://cite.example/1er-mai.", `<p>La 4e édition ouvre le 1er juin, à 9h.</p><p>Voir <a href="https://cite.example/1er-mai">https://cite.example/1er-mai</a>.</p>`
	news.Images[0].Alt, news.Images[0].Legend, news.Images[0].Credit = "Le camion à Namur", "Le camion à Namur", "© Ana Ribeiro"
	day := agenda.Date{Year: 2018, Month: 6, Day: 1}
	news.Events = []agenda.Event{
		{Title: "1re rencontre", Start: day, End: day, Audience: agenda.External, Link: "https://cite.example/a", LinkKind: agenda.LinkRegistration},
		{Title: "Forum", Start: day, End: day, Audience: agenda.External, Link: "https://cite.example/b", LinkKind: agenda.LinkProgramme},
		{Title: "Salon", Start: day, End: day, Audience: agenda.Internal, Link: "https://cite.example/c"},
	}
	for i, c := range []item.Content{
		news,
		{Title: "Une année ensemble", Section: item.SectionEditorial, Language: "fr", Centre: "Cité des métiers de Rouen", Text: "Chères lectrices,\n\nBonne lecture.", HTML: "<p>Chères lectrices,</p><p>Bonne lecture.</p>",
			Contacts: []item.Contact{{Name: "Solène Kerdoncuff", Email: "solene@reseau.example", Function: "Présidente du Réseau"}}},
		{Title: "NOUVELLES DES CITÉS", Section: "cites", Language: "fr", Centre: "Cité des métiers de Limoges", Text: "Un texte.", HTML: "<p>Un texte.</p>"},
		{Title: "Cité des métiers de Namur", Section: "cites", Language: "fr", Centre: "Cité des Métiers de Namur", Text: "Un autre.", HTML: "<p>Un autre.</p>"},
	} {
		o.offer(uint32(i+1), c)
		o.approve(item.ID(i + 1))
	}
	_, editions := o.proposed()
	var french issue.Edition
	for _, e := range editions {
		if e.Language == "fr" {
			french = e
		}
	}
	text := strings.ReplaceAll(french.Text, "\u00a0", " ")
	for _, want := range []string{
		"CITÉ DES MÉTIERS DE ROUEN\nUN FORUM DES MÉTIERS", "[Photo : Le camion à Namur (© Ana Ribeiro)]", "Bonne lecture.\n\nSolène Kerdoncuff\nPrésidente du Réseau\n",
		"  Inscription : https://cite.example/a", "  Programme : https://cite.example/b", "  Plus d’information : https://cite.example/c",
		"CITÉ DES MÉTIERS DE LIMOGES\n\nUn texte.", "\n\nCITÉ DES MÉTIERS DE NAMUR\n\nUn autre.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text has no %q:\n%s", want, text)
		}
	}
	if n := strings.Count(text, "NOUVELLES DES CITÉS"); n != 1 {
		t.Errorf("the section is headed %d times", n)
	}
	bare := regexp.MustCompile(` style="[^"]*"`).ReplaceAllString(french.HTML, "")
	for _, want := range []string{
		"<p>Cité des métiers de Rouen</p>", "Le camion à Namur <span>© Ana Ribeiro</span>", "<p>Solène Kerdoncuff<br/><em>Présidente du Réseau</em></p>",
		"La 4<sup>e</sup> édition ouvre le 1<sup>er</sup> juin, à 9h.", "1<sup>re</sup> rencontre", "1<sup>er</sup> juin</td>", ">https://cite.example/1er-mai</a>",
		">Inscription</a>", ">Programme</a>", ">Plus d’information</a>",
	} {
		if !strings.Contains(bare, want) {
			t.Errorf("the HTML has no %q:\n%s", want, bare)
		}
	}
	for _, lost := range []string{"CITÉ DES MÉTIERS DE ROUEN\nUNE ANNÉE", "solene@reseau.example"} {
		if strings.Contains(text, lost) {
			t.Errorf("the text has %q", lost)
		}
	}
}

// The editors who sign are warned if Gmail clips the issue, with the size of each edition.
func TestLetter_ProofWarnsOfGmailClipping(t *testing.T) {
	t.Parallel()
	for _, paragraphs := range []int{20, 400} {
		o := newOffice(t)
		for n := range 4 {
			c := english()
			c.Title = fmt.Sprintf("Fair %d", n)
			c.HTML, c.Text = "", ""
			for i := range paragraphs {
				line := fmt.Sprintf("Employer %d of %d came to the fair with a stand, a film and three jobs to offer.", i, paragraphs)
				c.HTML, c.Text = c.HTML+"<p>"+line+"</p>", c.Text+line+"\n\n"
			}
			o.offer(uint32(n+1), c)
			o.approve(item.ID(n + 1))
		}
		o.proposed()
		letters := o.letters()
		for who, said := range map[string]string{"elise": "Gmail n’affiche que les 102 premiers Ko", "marco": "Gmail shows only the first 102 kB"} {
			m := letters[who+"-proof"]
			if got, want := strings.Contains(folded(m.Text), said), paragraphs > 20; got != want {
				t.Errorf("%d paragraphs: %s is told of it: %t", paragraphs, who, got)
			}
			noOrders(t, who, m.Text)
		}
	}
}
