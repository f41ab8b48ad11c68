package agenda

import (
	"strings"
	"testing"
)

func eventLines(events []Event) string {
	var lines []string
	for _, e := range events {
		days := e.Start.String()
		if e.End != e.Start {
			days += "/" + e.End.String()
		}
		lines = append(lines, strings.Join([]string{days, e.StartTime + "-" + e.EndTime, e.Title, e.Place, string(e.Audience), e.Link}, " | "))
	}
	return strings.Join(lines, "\n")
}

func eventsOf(text string, o Options) []Event {
	events, _ := Read(text, o)
	return events
}

func TestRead_Events(t *testing.T) {
	t.Parallel()
	ref := Date{2018, 1, 25}
	for _, c := range []struct{ name, lang, title, text, want string }{
		{"list under headings", "fr", "Agenda", `Évènements en interne 2018

7 février

Réunion du Comité
de suivi, Lyon

8 & 9 février

Rencontre des équipes, Lille

Évènements en externe 2018

21-22 février

Réunion d'échange de
pratiques du projet
MOSAÏQUE, Porto
Inscription : https://mosaique.example/inscription

12-16 mars

Formation des accueillants, Ile-de-France :
Inscription

22 mars

4^{ème} édition du Salon des
métiers verts, à Bruxelles
Programme

Bien cordialement,
L'équipe
`, `2018-02-07 | - | Réunion du Comité de suivi | Lyon | internal | 
2018-02-08/2018-02-09 | - | Rencontre des équipes | Lille | internal | 
2018-02-21/2018-02-22 | - | Réunion d'échange de pratiques du projet MOSAÏQUE | Porto | external | https://mosaique.example/inscription
2018-03-12/2018-03-16 | - | Formation des accueillants | Ile-de-France | external | 
2018-03-22 | - | 4ème édition du Salon des métiers verts | Bruxelles | external | `},
		{"two on one day in one place", "fr", "Nos dates", "22 mars : Atelier CV, Porto\n22 mars : Forum des langues, Porto\n\nUn atelier CV aura lieu le 22 mars à Porto.",
			"2018-03-22 | - | Atelier CV | Porto | external | \n2018-03-22 | - | Forum des langues | Porto | external | "},
		{"bullets", "fr", "Nos dates", `Bonjour,

- 7 février : réunion du comité, Lille
- du 12 au 16 mars 2018 – Formation des conseillers (Namur), de 9h à 17h
• 22 mars, 14h30 : Café de l'emploi à la Cité des métiers de Liège`,
			`2018-02-07 | - | Réunion du comité | Lille | internal | 
2018-03-12/2018-03-16 | 09:00-17:00 | Formation des conseillers | Namur | external | 
2018-03-22 | 14:30- | Café de l'emploi | Cité des métiers de Liège | external | `},
		{"running text", "fr", "Un espace numérique", `La Cité des métiers a inauguré le 15 janvier un espace de 120 m², où 230 jeunes de 16 à 25 ans sont déjà venus.

Un atelier de découverte aura lieu le 22 mars à 14h30 à Lisbonne. Inscriptions avant le 10 mars : https://lisbonne.example/atelier`,
			"2018-03-22 | 14:30- | Atelier de découverte | Lisbonne | external | https://lisbonne.example/atelier"},
		{"over two months", "fr", "Démarche qualité", "Le séminaire des équipes se tiendra à Rouen du 30 mai au 1^{er} juin 2018. Il est réservé aux membres.",
			"2018-05-30/2018-06-01 | - | Séminaire des équipes | Rouen | external | "},
		{"titled by the item", "fr", "Dix ans de la Cité", "Nous fêterons cela ensemble le 8 mars à Limoges.",
			"2018-03-08 | - | Dix ans de la Cité | Limoges | external | "},
		{"labels", "fr", "Portes ouvertes", "Date : jeudi 15 mars 2018\nHoraires : de 9h à 12h30\nLieu : Cité des métiers de Namur\n\nVenez nous voir.",
			"2018-03-15 | 09:00-12:30 | Portes ouvertes | Cité des métiers de Namur | external | "},
		{"in the title", "fr", "Forum des métiers du 22 mars à Bruxelles", "Venez nombreux !",
			"2018-03-22 | - | Forum des métiers | Bruxelles | external | "},
		{"past", "fr", "Retour", `Le 5 janvier 2018, la Cité a accueilli une délégation.
Le 7 février dernier, le comité s'est réuni à Paris. Les rencontres se sont tenues le lundi, 15 janvier, à Lyon.
La première session, lancée le 23 janvier 2018, a duré trois jours. En mars 2017, un accord a été signé.`, ""},
		{"a letter's own date", "fr", "Courrier", "Paris, le 25 janvier 2018\n\nLe 12 février 2018\n\nMadame, Monsieur,\n\nMerci de votre accueil.", ""},
		{"English", "en", "Spring", `Internal events

21-22 February
Exchange of practice, Porto
Registration: https://porto.example/r

External events

From 30 May to 1 June 2018: Summer school in Rouen
`, `2018-02-21/2018-02-22 | - | Exchange of practice | Porto | internal | https://porto.example/r
2018-05-30/2018-06-01 | - | Summer school | Rouen | external | `},
		{"English prose", "en", "News", "Join us for our open day in Porto on 22 March from 2 pm to 4:30 pm. The team met on 7 February. Please register by 10 March.",
			"2018-03-22 | 14:00-16:30 | Open day | Porto | external | "},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := eventLines(eventsOf(c.text, Options{Title: c.title, Ref: ref, Lang: c.lang}))
			if got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
