package item

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSentenceCase_RewritesCapitals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ title, text, language, want string }{
		// Accents come from the text, and else from the tables.
		{"JOURNEE PORTES OUVERTES AU LYCEE", "", "fr", "Journée portes ouvertes au lycée"},
		{"LES TRESORS CACHES DU PORT", "Nos trésors sont cachés.", "fr", "Les trésors cachés du port"},
		{"UN PARCOURS CLE EN MAIN", "Le parcours est clé en main.", "fr", "Un parcours clé en main"},
		{"L’ECOLE D’ETE OUVRE", "", "fr", "L’école d’été ouvre"},
		{"D'UN METIER A L'AUTRE", "", "fr", "D'un métier à l'autre"},
		{"UN CAFE POUR LES PARENTS", "Un café pour tous.", "fr", "Un café pour les parents"},
		// Names and acronyms keep their capitals.
		{"ERASMUS+ : UN APPEL POUR LES CFA ET LES GRETA", "", "fr", "ERASMUS+ : un appel pour les CFA et les GRETA"},
		{"LE CNFPT FORME SES AGENTS", "", "fr", "Le CNFPT forme ses agents"},
		{"LE SIAO OUVRE UN GUICHET", "Ce que fait le SIAO est utile.", "fr", "Le SIAO ouvre un guichet"},
		{"UN MESSAGE DE VALADARES", "Le message que Rui Valadares envoie.", "fr", "Un message de Valadares"},
		{"LA CITE DES METIERS DE ROUEN RECRUTE DES TUTEURS", "Chaque jour, la cité recrute des tuteurs.", "fr", "La Cité des métiers de Rouen recrute des tuteurs"},
		{"UN SALON A GENEVE", "", "fr", "Un salon à Genève"},
		{"UNE JOURNEE EN ILE-DE-FRANCE", "", "fr", "Une journée en Île-de-France"},
		{"10 ANS DE RENCONTRES", "", "fr", "10 ans de rencontres"},
		// A new sentence, and quotation marks.
		{"UN CAMION PART. UN AUTRE ARRIVE !", "", "fr", "Un camion part. Un autre arrive !"},
		{"«\u00a0OSER\u00a0» : UN ATELIER POUR TOUS", "", "fr", "«\u00a0Oser\u00a0» : un atelier pour tous"},
		// Other languages.
		{"OPEN DAY IN DUBLIN FOR ICT STUDENTS", "", "en", "Open day in Dublin for ICT students"},
		{"GIORNATA DELLE OPPORTUNITA", "", "it", "Giornata delle opportunità"},
		{"FEIRA DAS PROFISSOES", "", "pt", "Feira das profissões"},
		{"JORNADA DE ORIENTACION PARA JOVENES", "", "es", "Jornada de orientación para jóvenes"},
		// What is not in capitals stays.
		{"Un camion à Namur", "", "fr", "Un camion à Namur"},
		{"ERASMUS+", "", "fr", "ERASMUS+"},
		{"CFA et GRETA ouvrent", "", "fr", "CFA et GRETA ouvrent"},
		{"", "", "fr", ""},
		{"2018", "", "fr", "2018"},
		{"!!!", "", "fr", "!!!"},
	} {
		got, changed := sentenceCase(c.title, c.text, c.language)
		if got != c.want {
			t.Errorf("%q over %q: %q, want %q", c.title, c.text, got, c.want)
		}
		if changed != (c.want != c.title) {
			t.Errorf("%q: changed %t", c.title, changed)
		}
	}
}

// The given names keep their capitals.
func TestSentenceCase_KeepsNames(t *testing.T) {
	t.Parallel()
	got, _ := sentenceCase("RIBEIRO QUITTE SENNECEY", "", "fr", "Cité des métiers de Sennecey", "Ana Ribeiro")
	if want := "Ribeiro quitte Sennecey"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestInCapitals_Titles(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]bool{
		"UN CAMION À NAMUR": true, "RECRUTEMENT": true, "LE LAC": false, "LES LACS": true, "Un camion": false, "CFA": false,
		"CFA et GRETA recrutent": false, "FORUM DES MÉTIERS 2018": true, "ERASMUS": false, "PORTES OUVERTES à Namur": false, "": false, "12 + 13": false,
	} {
		if got := inCapitals(title); got != want {
			t.Errorf("%q: %t", title, got)
		}
	}
}

// Changing the case of a title changes only case and accents.
func TestSentenceCase_KeepsTheWords(t *testing.T) {
	t.Parallel()
	words := []string{"JOURNEE", "DES", "METIERS", "A", "L'ECOLE", "ERASMUS+", "«", "»", ":", "2018", "CFA", "ÎLE-DE-FRANCE", "Œ", "n°", "é", "ß", "\xff", "🚚", "--", "I.A."}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 12).Draw(t, name), " ")
		}
		title := draw("title")
		got, _ := sentenceCase(title, draw("text"), rapid.SampledFrom([]string{"fr", "en", "pt", "it", "es", "", "de"}).Draw(t, "language"), draw("name"))
		if fold(got) != fold(title) {
			t.Fatalf("%q became %q", title, got)
		}
	})
}

func TestCutWords_JoinToTheText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if got := strings.Join(cutWords(s), ""); got != s {
			t.Fatalf("%q became %q", s, got)
		}
	})
}
