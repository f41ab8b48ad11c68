package agenda

import "testing"

// announced is what is read of a text whose item is titled TITLE, or as it says.
type announced struct{ lang, title, text, want string }

func checkAnnounced(t *testing.T, all []announced) {
	t.Helper()
	for _, c := range all {
		if c.title == "" {
			c.title = "TITLE"
		}
		events, questions := Read(c.text, Options{Title: c.title, Ref: Date{2018, 1, 25}, Lang: c.lang})
		if got := eventLines(events); got != c.want || len(questions) > 0 {
			t.Errorf("%s %q:\ngot  %s\nwant %s\nquestions %+v", c.lang, c.text, got, c.want, questions)
		}
	}
}

// Places as people name them: by a kind and a name, by an address, with the town
// behind; beside the date, far from it, or in the next sentence.
func TestRead_Places(t *testing.T) {
	t.Parallel()
	checkAnnounced(t, []announced{
		{"fr", "", "Le samedi 24 mars 2018, de 10h à 18h, douze chefs cuisinent avec les jeunes à la salle des fêtes de Guéret. Entrée gratuite.",
			"2018-03-24 | 10:00-18:00 | TITLE | salle des fêtes de Guéret | external | "},
		{"fr", "", "Rendez-vous le samedi 24 mars 2018 à 14h au palais des congrès, place de la Liberté, Dijon.",
			"2018-03-24 | 14:00- | TITLE | palais des congrès, place de la Liberté, Dijon | external | "},
		{"fr", "", "La remise des prix aura lieu le 9 mars 2018 à 17h dans les locaux de la CCI de Nîmes.",
			"2018-03-09 | 17:00- | Remise des prix | locaux de la CCI de Nîmes | external | "},
		{"fr", "", "Une visite des cuisines aura lieu jeudi 15 mars 2018 à 8h30, chez Maroquin & Fils, 4 quai des Tanneurs à Annonay.",
			"2018-03-15 | 08:30- | Visite des cuisines | Maroquin & Fils, 4 quai des Tanneurs à Annonay | external | "},
		{"fr", "", "La tournée s'arrêtera à Brive le lundi 12 mars 2018, place du Marché, de 10h à 16h.",
			"2018-03-12 | 10:00-16:00 | TITLE | place du Marché, Brive | external | "},
		{"fr", "", "La réunion se tiendra au 12 rue Colbert à Lille le 6 avril 2018 à 14h.", "2018-04-06 | 14:00- | TITLE | 12 rue Colbert à Lille | external | "},
		{"fr", "", "Les ingénieures racontent leur parcours le mardi 20 mars 2018 à 18h. Cela se passe à l'amphithéâtre Marie-Curie, faculté des sciences, Nancy.",
			"2018-03-20 | 18:00- | TITLE | amphithéâtre Marie-Curie, faculté des sciences, Nancy | external | "},
		{"fr", "", "Une visite de l'usine est proposée le mardi 20 mars 2018. On se retrouve à 9h30 devant la gare de Tours.",
			"2018-03-20 | 09:30- | Visite de l'usine | gare de Tours | external | "},
		{"fr", "", "Vingt maisons attendent les curieux le mardi 20 mars 2018 à 9h30. L'accueil se fera au 8 rue du Dépôt à Tergnier.",
			"2018-03-20 | 09:30- | TITLE | 8 rue du Dépôt à Tergnier | external | "},
		{"fr", "", "Le palais des sports de Vichy accueille soixante employeurs le mercredi 16 mai 2018, de 9h à 17h.",
			"2018-05-16 | 09:00-17:00 | TITLE | palais des sports de Vichy | external | "},
		{"fr", "", "Des infirmiers témoigneront le vendredi 23 mars 2018 à 20h.\nMédiathèque Jean-Prévost\n2 rue Pasteur, 69500 Bron",
			"2018-03-23 | 20:00- | TITLE | Médiathèque Jean-Prévost, 2 rue Pasteur, 69500 Bron | external | "},
		{"fr", "", "12 mars : Conférence « Oser », aula du Bourg, Genève\n4-8 avril : Semaine du bâtiment, tout le canton",
			"2018-03-12 | - | Conférence « Oser » | aula du Bourg, Genève | external | \n2018-04-04/2018-04-08 | - | Semaine du bâtiment | tout le canton | external | "},
		{"fr", "", "Prochain comité de pilotage le 6 mars 2018 (visioconférence, 10h-12h).", "2018-03-06 | 10:00-12:00 | Comité de pilotage | visioconférence | external | "},
		// A word that may be a place is none by itself.
		{"fr", "", "La mise en place aura lieu le 6 mars 2018 à 10h.", "2018-03-06 | 10:00- | TITLE |  | external | "},
		{"en", "", "Ten chefs cook with young people on Saturday 24 March 2018, from 10 am to 4 pm, at Riverside Hall in Cork.",
			"2018-03-24 | 10:00-16:00 | TITLE | Riverside Hall in Cork | external | "},
		{"en", "", "The fair returns on Thursday 12 April 2018, 9am-1pm.\n\nFind us at the Guildhall, Market Square, Lichfield.",
			"2018-04-12 | 09:00-13:00 | TITLE | Guildhall, Market Square, Lichfield | external | "},
		{"en", "", "A seminar on guidance takes place on 9 March 2018 at 6 pm at our premises in Leeds, 14 Canal Street.",
			"2018-03-09 | 18:00- | Seminar on guidance | premises in Leeds, 14 Canal Street | external | "},
		{"en", "", "The Town Hall of Malmö hosts a debate on apprenticeships on Wednesday 14 March 2018 at 5 pm.",
			"2018-03-14 | 17:00- | Debate on apprenticeships | Town Hall of Malmö | external | "},
		{"en", "", "The board will meet on 8 March 2018 at the Villa delle Rose in Ascona.", "2018-03-08 | - | TITLE | Villa delle Rose in Ascona | external | "},
		{"pt", "", "Vinte empresas recebem candidatos na quinta-feira, 15 de março de 2018, das 10h às 16h, na Praça do Comércio, em Lisboa.",
			"2018-03-15 | 10:00-16:00 | TITLE | Praça do Comércio, em Lisboa | external | "},
		{"pt", "", "Este curso decorre de 5 a 9 de março de 2018 nas instalações da Escola Profissional de Aveiro.",
			"2018-03-05/2018-03-09 | - | TITLE | instalações da Escola Profissional de Aveiro | external | "},
		{"pt", "", "De 12 a 16 de março de 2018, as oficinas abrem as portas aos alunos. Ponto de encontro: Largo da Sé, Braga.",
			"2018-03-12/2018-03-16 | - | TITLE | Largo da Sé, Braga | external | "},
		{"it", "", "Il laboratorio si svolge il 21 marzo 2018 alle 15 presso la Villa dei Cedri, via San Biagio 9, Bellinzona.",
			"2018-03-21 | 15:00- | TITLE | Villa dei Cedri, via San Biagio 9, Bellinzona | external | "},
		{"it", "", "Gli studenti visitano i cantieri mercoledì 14 marzo 2018 alle 9.30. Ritrovo davanti alla stazione di Como.",
			"2018-03-14 | 09:30- | TITLE | stazione di Como | external | "},
		{"es", "", "La jornada será el 12 de abril de 2018 a las 9:30 en el salón de actos del Instituto Goya, Zaragoza.",
			"2018-04-12 | 09:30- | TITLE | salón de actos del Instituto Goya, Zaragoza | external | "},
		{"es", "", "Los talleres abren sus puertas al alumnado del 12 al 16 de marzo de 2018. Nos vemos en la plaza de la Merced, Málaga.",
			"2018-03-12/2018-03-16 | - | TITLE | plaza de la Merced, Málaga | external | "},
		{"es", "", "La noche de los museos vuelve el 9 de marzo de 2018 a las 18:00 en la sede de la Cámara de Comercio, calle Mayor 5, Girona.",
			"2018-03-09 | 18:00- | Noche de los museos | sede de la Cámara de Comercio, calle Mayor 5, Girona | external | "},
	})
}

// An event is titled by a name of its own, else by an item's title that names it,
// else by its phrase, and never by a clause.
func TestRead_Titles(t *testing.T) {
	t.Parallel()
	checkAnnounced(t, []announced{
		{"fr", "Une nuit pour choisir", "La Nuit des vocations aura lieu le vendredi 9 mars 2018 à Nîmes.", "2018-03-09 | - | Nuit des vocations | Nîmes | external | "},
		{"fr", "Dehors !", "La conférence « Apprendre dehors », organisée par Racines, aura lieu le 6 mars 2018 à 20h.", "2018-03-06 | 20:00- | Conférence « Apprendre dehors » |  | external | "},
		{"fr", "Une soirée pour les parents", "C'est le thème de la soirée proposée aux parents le mardi 13 mars 2018 à 19h30.", "2018-03-13 | 19:30- | Une soirée pour les parents |  | external | "},
		{"fr", "Des robots en prêt", "Une journée de découverte est proposée aux familles le samedi 21 avril 2018, de 14h à 17h.", "2018-04-21 | 14:00-17:00 | Journée de découverte |  | external | "},
		{"fr", "Visite des fours", "Le lycée organise, le vendredi 13 avril 2018 à 13h30, une visite de ses fours pour les adultes suivis par le centre.", "2018-04-13 | 13:30- | Visite des fours |  | external | "},
		{"fr", "Le bois se visite", "Du 12 au 16 mars 2018, de 9h à 17h, les menuisiers ouvrent leur atelier aux collégiens.", "2018-03-12/2018-03-16 | 09:00-17:00 | Le bois se visite |  | external | "},
		{"fr", "Bois", "Un salon qui réunit cent entreprises ouvre le 12 avril 2018 à 9h.", "2018-04-12 | 09:00- | Bois |  | external | "},
		{"fr", "Le 8 mars en grand", "Cette journée d'échanges se déroulera le 8 mars 2018 à 9h.", "2018-03-08 | 09:00- | Le 8 mars en grand |  | external | "},
		// Several of them keep their own.
		{"fr", "Deux ateliers", "Atelier CV le 6 mars 2018 à 14h. Atelier d'écriture le 13 mars 2018 à 14h.", "2018-03-06 | 14:00- | Atelier CV |  | external | \n2018-03-13 | 14:00- | Atelier d'écriture |  | external | "},
		// A title about what has been names another event.
		{"fr", "Retour sur le forum", "Une rencontre avec les entreprises se tiendra le 5 avril 2018 à 14h.", "2018-04-05 | 14:00- | Rencontre avec les entreprises |  | external | "},
		// A place is no title.
		{"fr", "Premiers pas", "La rentrée est prévue le 5 mars 2018 à 9h, à l'Université du Travail.", "2018-03-05 | 09:00- | Premiers pas | Université du Travail | external | "},
		{"en", "A day for careers", "The Career Day 2018 takes place on 12 April 2018 in Leeds.", "2018-04-12 | - | Career Day 2018 | Leeds | external | "},
		{"en", "Welcoming adults", "A two-day training course led by Jane Roe, which is free of charge, will be held on 5 April 2018 in Dublin.", "2018-04-05 | - | Two-day training course | Dublin | external | "},
		{"en", "Abroad", "Four apprentices will spend the week from 9 to 13 April 2018 at the joinery school in Bolzano.", "2018-04-09/2018-04-13 | - | Abroad | Bolzano | external | "},
		{"pt", "Encontro sobre as profissões do mar", "O centro organiza um encontro sobre profissões do mar no dia 18 de abril de 2018.", "2018-04-18 | - | Encontro sobre as profissões do mar |  | external | "},
		{"it", "Le lingue", "Dal 9 al 13 aprile 2018 si svolge la Settimana della lingua in tutto il cantone.", "2018-04-09/2018-04-13 | - | Settimana della lingua |  | external | "},
		{"es", "Mesa redonda: la moda", "El centro celebra el 19 de abril de 2018, a las 18:30, una mesa redonda sobre la moda.", "2018-04-19 | 18:30- | Mesa redonda: la moda |  | external | "},
	})
}

// A whole date to come, with an hour or at the head of its sentence, announces in
// the present tense too; deadlines and doors that are open do not.
func TestRead_PresentTense(t *testing.T) {
	t.Parallel()
	checkAnnounced(t, []announced{
		{"fr", "", "Du 12 au 16 mars 2018, chaque jour de 9h à 17h, les apprentis montrent leurs gestes.", "2018-03-12/2018-03-16 | 09:00-17:00 | TITLE |  | external | "},
		{"fr", "", "Trois directrices racontent, le mercredi 4 avril 2018 à 8h45, comment elles recrutent.", "2018-04-04 | 08:45- | TITLE |  | external | "},
		{"fr", "", "Une délégation est attendue le 20 mars 2018 à Nanterre.", "2018-03-20 | - | TITLE | Nanterre | external | "},
		{"fr", "", "Deux conseillers ont visité Milan en janvier ; trois Italiennes sont attendues à Porto du 14 au 18 mai 2018.", "2018-05-14/2018-05-18 | - | TITLE | Porto | external | "},
		{"en", "", "Visitors can try welding on Saturday 17 March 2018 between 10 am and 3 pm.", "2018-03-17 | 10:00-15:00 | TITLE |  | external | "},
		{"pt", "", "No sábado, 24 de março de 2018, das 10h às 18h, dez cozinheiros trabalham com os jovens.", "2018-03-24 | 10:00-18:00 | TITLE |  | external | "},
		{"it", "", "Sabato 24 marzo 2018, dalle 10 alle 18, dieci cuochi lavorano con i giovani.", "2018-03-24 | 10:00-18:00 | TITLE |  | external | "},
		{"es", "", "El sábado 24 de marzo de 2018, de 10 a 18 h, diez cocineros trabajan con los jóvenes.", "2018-03-24 | 10:00-18:00 | TITLE |  | external | "},
		{"fr", "", "Les candidatures sont attendues le 18 mai 2018 à 12h au plus tard.", ""},
		{"fr", "", "Les dossiers doivent nous parvenir le 2 mars 2018 à 17h.", ""},
		{"fr", "", "L'appel à projets ouvre le 5 mars 2018 et se clôt le 30 avril 2018 à minuit.", ""},
		{"fr", "", "Du 2 juillet au 31 août 2018, l'accueil ouvre dès 8h30 et un conseiller reçoit sans rendez-vous le mardi soir jusqu'à 20h.", ""},
		{"fr", "", "Karim Benali rejoint l'équipe le 1er mars 2018.", ""},
		{"fr", "", "La réforme entre en vigueur le 1er avril 2018.", ""},
		{"fr", "", "L'accord a été signé pour la période du 1er mars 2018 au 28 février 2019.", ""},
		{"en", "", "Applications are due on 12 March 2018 at noon.", ""},
		{"en", "", "From 5 March 2018 the centre opens at 8 am.", ""},
		{"es", "", "Las solicitudes se entregan el 20 de marzo de 2018 antes de las 14 h.", ""},
		{"it", "", "Le domande vanno inviate entro il 20 marzo 2018 alle ore 12.", ""},
		{"pt", "", "As candidaturas terminam a 20 de março de 2018 às 17h.", ""},
	})
}

// A weekday that comes each week is neither an event nor a question; one that is
// announced in the future tense is asked about.
func TestRead_WeeklyIsNoEvent(t *testing.T) {
	t.Parallel()
	checkAnnounced(t, []announced{
		{"fr", "", "Un conseiller organise une réunion le mardi soir jusqu'à 20h et le samedi matin de 9h à 12h.", ""},
		{"fr", "", "L'accueil propose une formation le jeudi à 14h.", ""},
		{"fr", "", "Tous les mardis à 14h, l'équipe organise un atelier.", ""},
		{"it", "", "Lo sportello organizza un incontro il martedì alle 18.", ""},
		{"pt", "", "O centro organiza uma sessão às terças-feiras às 18h.", ""},
	})
	for _, text := range []string{"La réunion se tiendra le mardi à 14h.", "L'équipe organise une réunion le mardi prochain à 14h."} {
		if _, q := Read(text, Options{Title: "TITLE", Ref: Date{2018, 1, 25}, Lang: "fr"}); len(q) != 1 {
			t.Errorf("%q: %+v", text, q)
		}
	}
}

// The only page that a text names is the only event's, wherever it stands.
func TestRead_OnlyLink(t *testing.T) {
	t.Parallel()
	const event = "Un forum des métiers aura lieu le 22 mars 2018 à Lyon.\n\nVenez nombreux, nous serons là.\n\n"
	for _, c := range []struct{ text, want string }{
		{"La carte des stands est ici : https://a.example/carte\n\nÀ bientôt.", "https://a.example/carte"},
		{"Plus d'informations sur a.example/forum, et à l'accueil.", "https://a.example/forum"},
		{"Le programme est sur www.a.example.", "https://www.a.example"},
		{"Le programme est là : https://a.example/p et, encore une fois, là : https://a.example/p", "https://a.example/p"},
		{"Deux pages en parlent : https://a.example/1 et https://a.example/2", ""},
		{"L'affiche est ici : https://a.example/affiche.png et nos nouvelles là : https://www.facebook.com/a", ""},
		{"L'affiche est ici : https://a.example/affiche.png et le reste là : https://a.example/forum", "https://a.example/forum"},
		{"Anne Dupont\nhttps://www.a.example/", ""},
		{"Écrivez à anne@a.example/2 et/ou à l'accueil le 22/03/2018.", ""},
	} {
		events := eventsOf(event+c.text, Options{Title: "TITLE", Ref: Date{2018, 1, 25}, Lang: "fr"})
		if len(events) != 1 || events[0].Link != c.want {
			t.Errorf("%q: got\n%s\nwant %s", c.text, eventLines(events), c.want)
		}
	}
}
