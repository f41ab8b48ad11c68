package agenda

import (
	"strings"
	"testing"
)

// The plain announcements of a network: what a careful editor would enter.
func TestRead_Announcements(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, lang, text, want string }{
		{"no verb", "fr", "Portes ouvertes à la Cité des métiers de Rouen le 20 mars 2018 de 14h à 17h.",
			"2018-03-20 | 14:00-17:00 | Portes ouvertes | Cité des métiers de Rouen | external | "},
		{"no verb, commas", "fr", "Conférence « Les métiers du numérique », jeudi 5 avril, 18h30, salle Pasteur",
			"2018-04-05 | 18:30- | Conférence « Les métiers du numérique » | salle Pasteur | external | "},
		{"no verb, dash", "en", "Job dating – 12 April 2018, Town Hall", "2018-04-12 | - | Job dating | Town Hall | external | "},
		{"no verb, no whole date", "fr", "Le forum du 20 mars.", ""},
		{"title above the date", "fr", "Portes ouvertes\n\nLe 20 mars 2018, de 14h à 17h\n\nCité des métiers de Rouen, 12 rue Haute, 76000 Rouen\n\nInscription : https://rouen.example/po",
			"2018-03-20 | 14:00-17:00 | Portes ouvertes | Cité des métiers de Rouen, 12 rue Haute, 76000 Rouen | external | https://rouen.example/po"},
		{"title, date, hours, place, audience", "fr", "Formation « Animer un atelier »\n12 et 13 avril 2018\n9h30 – 17h\nCité des métiers de Limoges\nRéservé aux membres",
			"2018-04-12/2018-04-13 | 09:30-17:00 | Formation « Animer un atelier » | Cité des métiers de Limoges | internal | "},
		{"hours below", "fr", "Nos rendez-vous du mois\n\nMardi 6 mars\nAtelier CV\n14h-16h\n\nJeudi 8 mars\nAtelier d'écriture\n10h-12h",
			"2018-03-06 | 14:00-16:00 | Atelier CV |  | external | \n2018-03-08 | 10:00-12:00 | Atelier d'écriture |  | external | "},
		{"hours between dashes", "fr", "Mardi 6 mars 2018 – Atelier CV – 14h-16h – Salle 2", "2018-03-06 | 14:00-16:00 | Atelier CV | Salle 2 | external | "},
		{"label is the title", "fr", "- Atelier CV : 6 mars à 14h\n- Atelier d'écriture : 13 mars à 14h",
			"2018-03-06 | 14:00- | Atelier CV |  | external | \n2018-03-13 | 14:00- | Atelier d'écriture |  | external | "},
		{"figures in a list", "fr", "Agenda :\n- 12/03 : Atelier CV\n- 15/03 à 14h : Réunion d'information\n- 03/04/2018 – Forum des métiers, Lille",
			"2018-03-12 | - | Atelier CV |  | external | \n2018-03-15 | 14:00- | Réunion d'information |  | external | \n2018-04-03 | - | Forum des métiers | Lille | external | "},
		{"days of a list share the rest", "fr", "La formation se déroulera les 5, 6 et 12 avril 2018 à Marseille de 9h à 17h.",
			"2018-04-05/2018-04-06 | 09:00-17:00 | TITLE | Marseille | external | \n2018-04-12 | 09:00-17:00 | TITLE | Marseille | external | "},
		{"date first", "fr", "Le mercredi 14 mars 2018 à 18h, la Cité des métiers accueille une conférence sur les métiers du bois à l'auditorium.",
			"2018-03-14 | 18:00- | Conférence sur les métiers du bois | auditorium | external | "},
		{"proposes", "fr", "Dans le cadre de la Semaine de l'industrie, la Cité des métiers vous propose une rencontre avec des professionnels le jeudi 22 mars 2018, de 14h à 16h30, à la mairie de Lens.\n\nInscriptions avant le 15 mars : https://lens.example/i",
			"2018-03-22 | 14:00-16:30 | Rencontre avec des professionnels | mairie de Lens | external | https://lens.example/i"},
		{"place and town", "fr", "La conférence « Demain, le travail », organisée par la Région, aura lieu mardi 20 mars à 18 h 30, Maison de la Région, à Rouen.",
			"2018-03-20 | 18:30- | Conférence « Demain, le travail » | Maison de la Région, à Rouen | external | "},
		{"summer school", "fr", "L'université d'été du réseau aura lieu du 2 au 6 juillet 2018 à Nice.",
			"2018-07-02/2018-07-06 | - | Université d'été du réseau | Nice | external | "},
		{"already begun", "fr", "L'exposition « Bois » se tient du 5 janvier au 30 mars 2018 à la médiathèque de Limoges.",
			"2018-01-05/2018-03-30 | - | Exposition « Bois » | médiathèque de Limoges | external | "},
		{"put off", "fr", "Rappel : le comité technique, prévu le 12 mars 2018, est reporté au 19 mars 2018 à 10h à Paris.",
			"2018-03-19 | 10:00- | Comité technique | Paris | external | "},
		{"put off, English", "en", "The annual conference planned for 12 March 2018 has been postponed to 19 March 2018.",
			"2018-03-19 | - | Annual conference |  | external | "},
		{"after another", "fr", "Suite à la conférence du 12 janvier, un groupe de travail se réunira le 15 février 2018 à 14h à Lille.",
			"2018-02-15 | 14:00- | TITLE | Lille | external | "},
		{"title, date, town", "en", "Guidance Week\n14-18 May 2018\nLisbon, Portugal", "2018-05-14/2018-05-18 | - | Guidance Week | Lisbon, Portugal | external | "},
		{"behind the date", "fr", "Notez dans vos agendas : jeudi 12 avril 2018, 9h-17h, journée professionnelle « Accueillir autrement », Cité des sciences, Paris.",
			"2018-04-12 | 09:00-17:00 | Journée professionnelle « Accueillir autrement » | Cité des sciences, Paris | external | "},
		{"English prose", "en", "Our next open day takes place on Saturday 24 March 2018, 10am-4pm, at the Town Hall, Leeds. Register at https://leeds.example/reg before 10 March.",
			"2018-03-24 | 10:00-16:00 | Open day | Town Hall, Leeds | external | https://leeds.example/reg"},
		{"past beside future", "en", "The centre, which was founded in 2010, will host a seminar on guidance on 5 April 2018 at 10 am.",
			"2018-04-05 | 10:00- | Seminar on guidance |  | external | "},
	} {
		t.Run(c.name, func(t *testing.T) { checkRead(t, c.lang, c.text, c.want) })
	}
}

func checkRead(t *testing.T, lang, text, want string) {
	t.Helper()
	events, questions := Read(text, Options{Title: "TITLE", Ref: Date{2018, 1, 25}, Lang: lang})
	if got := eventLines(events); got != want {
		t.Errorf("got\n%s\nwant\n%s\nquestions %+v", got, want, questions)
	}
}

func TestRead_Labels(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, lang, text, want string }{
		{"two blocks", "fr", "Forum de l'emploi\nDate : 15 mars 2018\nLieu : Halle aux Toiles, Rouen\nHoraires : 9h - 17h\nContact : Anne Dupont\n\nAtelier CV\nDate : 16 mars 2018\nLieu : Cité des métiers\nHoraires : 14h",
			"2018-03-15 | 09:00-17:00 | Forum de l'emploi | Halle aux Toiles, Rouen | external | \n2018-03-16 | 14:00- | Atelier CV | Cité des métiers | external | "},
		{"what, when, where", "fr", "Quoi : Job dating de l'hôtellerie\nQuand : 15 mars 2018, 9h-12h\nOù : Nice",
			"2018-03-15 | 09:00-12:00 | Job dating de l'hôtellerie | Nice | external | "},
		{"values below", "fr", "Lieu :\nMaison de l'emploi de Lens\nDate :\njeudi 15 mars 2018\nHoraires :\nde 9h à 12h",
			"2018-03-15 | 09:00-12:00 | TITLE | Maison de l'emploi de Lens | external | "},
		{"on one line", "fr", "Date : 15 mars 2018 – Horaires : 9h-17h – Lieu : Rouen", "2018-03-15 | 09:00-17:00 | TITLE | Rouen | external | "},
		{"date and place", "fr", "Date et lieu : 15 mars 2018, Rouen", "2018-03-15 | - | TITLE | Rouen | external | "},
		{"several days", "fr", "Ateliers du printemps\nDates : 6, 13 et 20 mars\nHoraires : 14h-16h",
			"2018-03-06 | 14:00-16:00 | Ateliers du printemps |  | external | \n2018-03-13 | 14:00-16:00 | Ateliers du printemps |  | external | \n2018-03-20 | 14:00-16:00 | Ateliers du printemps |  | external | "},
		{"two columns", "fr", "Atelier CV\n\nDate | 15 mars 2018\nLieu | Rouen\nHoraires | 9h-12h", "2018-03-15 | 09:00-12:00 | Atelier CV | Rouen | external | "},
		{"deadline", "fr", "Date limite : 15 mars 2018\nDate de publication : 16 mars 2018", ""},
		{"English", "en", "Careers fair\nDate: Thursday 15 March 2018\nTime: 9:00 - 17:00\nVenue: Town Hall, Leeds\nRegistration: https://leeds.example/fair",
			"2018-03-15 | 09:00-17:00 | Careers fair | Town Hall, Leeds | external | https://leeds.example/fair"},
	} {
		t.Run(c.name, func(t *testing.T) { checkRead(t, c.lang, c.text, c.want) })
	}
}

func TestRead_Tables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, lang, text, want string }{
		{"with a head", "fr", "Date | Événement | Lieu\n12 mars 2018 | Atelier CV | Rouen\n13 mars 2018, 14h | Réunion d'information | Le Havre, salle Pasteur\n20 février 2018 (clôture) | Dépôt | Paris",
			"2018-03-12 | - | Atelier CV | Rouen | external | \n2018-03-13 | 14:00- | Réunion d'information | Le Havre, salle Pasteur | external | "},
		{"without", "fr", "12 mars 2018 | Atelier CV pour les jeunes | Rouen | 9h-12h\n13 mars 2018 | Forum | Dieppe",
			"2018-03-12 | 09:00-12:00 | Atelier CV pour les jeunes | Rouen | external | \n2018-03-13 | - | Forum | Dieppe | external | "},
		{"from and to", "fr", "Formation | Début | Fin | Date limite d'inscription\nConseil | 12 mars 2018 | 16 mars 2018 | 1er mars 2018",
			"2018-03-12/2018-03-16 | - | Conseil |  | external | "},
		{"bars at the sides", "en", "| Date | Event | Place |\n| 12 March 2018 | CV workshop | Leeds |\n| 13 March 2018, 2 pm | Open day | Town Hall, York |",
			"2018-03-12 | - | CV workshop | Leeds | external | \n2018-03-13 | 14:00- | Open day | Town Hall, York | external | "},
		{"past rows", "fr", "Date | Événement\n12 mars 2017 | Atelier CV\n13 mars 2018 | Forum", "2018-03-13 | - | Forum |  | external | "},
		{"Portuguese", "pt", "Data | Evento | Local\n22 de março de 2018 | Feira das profissões | Porto", "2018-03-22 | - | Feira das profissões | Porto | external | "},
		{"Italian", "it", "Data | Evento | Luogo\n12 aprile 2018 | Fiera dei mestieri | Lugano", "2018-04-12 | - | Fiera dei mestieri | Lugano | external | "},
	} {
		t.Run(c.name, func(t *testing.T) { checkRead(t, c.lang, c.text, c.want) })
	}
}

func TestRead_Links(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, lang, text, want string }{
		{"register before plan", "fr", "Un forum des métiers aura lieu le 22 mars 2018. Plan d'accès : https://a.example/plan\nInscription : https://a.example/i", "https://a.example/i"},
		{"on one line", "fr", "Un forum des métiers aura lieu le 22 mars 2018 (plan <https://a.example/plan>, inscription <https://a.example/i>).", "https://a.example/i"},
		{"elsewhere", "fr", "Un forum des métiers aura lieu le 22 mars 2018. https://a.example/forum\n\nNous serons ravis.\n\nPour vous inscrire :\nhttps://a.example/i", "https://a.example/i"},
		{"none to register", "fr", "Un forum des métiers aura lieu le 22 mars 2018. https://a.example/forum", "https://a.example/forum"},
		{"English", "en", "A job fair will be held on 22 March 2018. More: https://a.example/m\nSign up: https://a.example/s", "https://a.example/s"},
		{"Italian", "it", "Il convegno annuale si terrà il 22 marzo 2018. https://a.example/c\nIscrizioni: https://a.example/i", "https://a.example/i"},
	} {
		events := eventsOf(c.text, Options{Title: "TITLE", Ref: Date{2018, 1, 25}, Lang: c.lang})
		if len(events) != 1 || events[0].Link != c.want {
			t.Errorf("%s: got\n%s\nwant %s", c.name, eventLines(events), c.want)
		}
	}
	two := eventsOf("12 mars : Forum des métiers\nInscription : https://a.example/1\n\n13 mars : Atelier CV\nInscription : https://a.example/2\n\n14 mars : Débat public", Options{Ref: Date{2018, 1, 25}, Lang: "fr"})
	if len(two) != 3 || two[0].Link != "https://a.example/1" || two[1].Link != "https://a.example/2" || two[2].Link != "" {
		t.Errorf("several:\n%s", eventLines(two))
	}
}

// What is no event, however whole its date: neither an entry nor a question.
func TestRead_NoEvent(t *testing.T) {
	t.Parallel()
	for lang, texts := range map[string][]string{
		"fr": {
			"Inscription avant le 10 mars 2018.", "Candidatures jusqu'au 15 mars 2018.", "Date limite : 12 mars 2018.", "Merci de répondre pour le 20 février 2018 à 12h.",
			"Les inscriptions au forum ouvrent le 5 mars 2018.", "Ouverture des inscriptions le 7 mars 2018.", "Appel à projets : dépôt des dossiers jusqu'au 21 mars 2018 à 12h.",
			"La loi du 5 mars 2018 sera appliquée.", "Décret n° 2018-110 du 15 février 2018 relatif à la formation.", "L'arrêté du 20 mars 2018 organise la formation.",
			"Née le 12 mars 2018, elle organise un forum.", "Texte mis à jour le 12 février 2018.", "Paru le 15 février 2018.", "Publié le 12 février 2018 à 14h30.", "La prochaine lettre sera publiée le 15 mars 2018.",
			"La Cité est ouverte du lundi au vendredi de 9h à 17h et accueille le public le samedi.", "Permanence tous les mardis de 14h à 16h.", "Ouvert du lundi au vendredi de 9h à 17h.",
			"La Cité sera fermée du 26 février au 2 mars 2018.", "Je serai en congés du 5 au 9 mars à Nice.",
			"Jeunes de 16 à 25 ans, à partir de 12,50 €, de 10 à 15 euros.", "Tél. 02 35 12 03 18", "Réf. 12/03/2018-44, version 2.3.18", "Depuis 2012, la Cité organise un forum.",
			"Le 12 mars 2017, la Cité a organisé un forum.", "La conférence du 22 mars 2017 avait réuni 300 personnes.", "Retour sur le forum du 15 janvier 2018",
			"Le lendemain du 12 mars, la fête commence.", "La réunion du 12 mars 2018 est annulée.", "De : Anne <anne@a.example>\nEnvoyé : jeudi 22 mars 2018 14:02\nÀ : Paul\nObjet : réunion",
			"Date : jeudi 22 mars 2018\nDe : Anne\nObjet : réunion du forum", "Le 22 mars 2018 à 14:02, Anne <anne@a.example> a écrit :",
			"La réunion durera 2h.", "Un atelier de 3h de formation.", "Fin mars, un forum aura lieu.", "Le 31 février 2018 aura lieu un forum.",
		},
		"en": {
			"Apply by 10 March 2018.", "The deadline is 15 March 2018.", "Applications for the workshop close before 20 March 2018.", "Registration opens on 5 March 2018.", "Send your papers no later than 12 March.",
			"The law of 5 March 2018 will apply.", "She was born on 12 March 2018.", "Posted on 12 March 2018 at 14:30.", "Last updated: 12 March 2018", "Published on 1 March 2018.", "The report will be published on 1 March 2018.",
			"Open Monday to Friday, 9 am to 5 pm.", "The helpdesk is open every Tuesday from 2 pm to 4 pm.", "We will be closed from 24 to 28 February 2018.",
			"Aged 16 to 25, from 10 to 15 euros.", "Call +44 20 1203 1804", "Version 2.3.18", "Since 2012 we hold a forum.",
			"The team met on 15 March 2017.", "We held a workshop on 3 January 2018.", "The day after 12 March, the party starts.", "The meeting planned for 12 March 2018 has been cancelled.",
			"From: Ann <ann@a.example>\nSent: Thursday, March 22, 2018 2:02 PM\nTo: Bob\nSubject: meeting", "On Mar 22, 2018, at 2:02 PM, Ann <ann@a.example> wrote:",
			"2018-03-22 Ann <ann@a.example>", "2018-03-22: mended the parser",
		},
	} {
		for _, text := range texts {
			events, questions := Read(text, Options{Title: "TITLE", Ref: Date{2018, 1, 25}, Lang: lang})
			if len(events)+len(questions) > 0 {
				t.Errorf("%s %q: %s %+v", lang, text, eventLines(events), questions)
			}
		}
	}
}

func TestRead_Questions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ lang, text, want string }{
		{"fr", "La Cité organise un job dating le mercredi 22 mars 2018 à Namur.", "weekday-mismatch 2018-03-22 La Cité organise un job dating le mercredi 22 mars 2018 à Namur"},
		{"fr", "Mercredi 22 mars 2018 : Forum des métiers", "weekday-mismatch 2018-03-22 Mercredi 22 mars 2018 : Forum des métiers"},
		{"fr", "Forum des métiers\nDate : mercredi 22 mars 2018\nLieu : Namur", "weekday-mismatch 2018-03-22 Forum des métiers Date : mercredi 22 mars 2018 Lieu : Namur"},
		{"fr", "mercredi 22 mars 2018 | Forum des métiers | Namur", "weekday-mismatch 2018-03-22 mercredi 22 mars 2018"},
		{"fr", "La conférence aura lieu le 15 janvier 2017 à Lyon.", "past-year 2017-01-15 La conférence aura lieu le 15 janvier 2017 à Lyon"},
		{"fr", "La réunion aura lieu jeudi à 14h.", "weekday-only 2018-02-01 La réunion aura lieu jeudi à 14h"},
		{"fr", "Rendez-vous le 16 à 18h pour la conférence.", "month-missing 2018-02-16 Rendez-vous le 16 à 18h pour la conférence"},
		{"fr", "Une réunion aura lieu le 5 ou le 6 mars à Nantes.", "one-of-several 2018-03-05 Une réunion aura lieu le 5 ou le 6 mars à Nantes"},
		{"fr", "Le forum se tiendra la semaine du 12 mars 2018 à Lyon.", "one-of-several 2018-03-12 Le forum se tiendra la semaine du 12 mars 2018 à Lyon"},
		{"fr", "Un webinaire est programmé demain à 14h.", "relative-day 2018-01-26 Un webinaire est programmé demain à 14h"},
		{"fr", "La formation commencera à partir du 12 mars 2018 à Paris.", "open-ended 2018-03-12 La formation commencera à partir du 12 mars 2018 à Paris"},
		{"fr", "Un stage de découverte aura lieu du 16 au 12 avril 2018 à Lyon.", "runs-backwards 2018-04-16 Un stage de découverte aura lieu du 16 au 12 avril 2018 à Lyon"},
		{"fr", "- 15 janvier : Forum des métiers", "year-uncertain 2018-01-15 - 15 janvier : Forum des métiers"},
		{"en", "The annual conference will be held in Dublin on 03/04/2018.", "ambiguous-day-month 2018-04-03 The annual conference will be held in Dublin on 03/04/2018"},
		{"en", "The open day will take place on Wednesday 22 March 2018.", "weekday-mismatch 2018-03-22 The open day will take place on Wednesday 22 March 2018"},
		{"en", "The next meeting will be held on 15 January 2017 in Leeds.", "past-year 2017-01-15 The next meeting will be held on 15 January 2017 in Leeds"},
		{"pt", "O seminário terá lugar na terça-feira, 22 de março de 2018.", "weekday-mismatch 2018-03-22 O seminário terá lugar na terça-feira, 22 de março de 2018"},
	} {
		events, questions := Read(c.text, Options{Title: "TITLE", Ref: Date{2018, 1, 25}, Lang: c.lang})
		var got []string
		for _, q := range questions {
			got = append(got, string(q.Doubt)+" "+q.Start.String()+" "+q.Quote)
		}
		if s := strings.Join(got, "\n"); s != c.want || len(events) > 0 {
			t.Errorf("%s %q:\ngot  %s\nwant %s\nevents %s", c.lang, c.text, s, c.want, eventLines(events))
		}
	}
}

func TestRead_QuestionsAreFew(t *testing.T) {
	t.Parallel()
	read := func(text string) []Question {
		_, questions := Read(text, Options{Title: "TITLE", Ref: Date{2018, 1, 25}, Lang: "fr"})
		return questions
	}
	// A day that an event answers is not asked about.
	if q := read("Le séminaire annuel se tiendra les 5 et 6 avril 2018 à Bruxelles. Il débutera jeudi à 9h30 et s'achèvera vendredi à 16h."); len(q) > 0 {
		t.Errorf("answered: %+v", q)
	}
	var many strings.Builder
	for _, day := range []string{"12", "13", "14", "15", "16", "17", "18"} {
		many.WriteString("Un forum aura lieu le lundi " + day + " avril 2018 à Lyon.\n\n")
	}
	if q := read(many.String()); len(q) != maxQuestions {
		t.Errorf("many: %d", len(q))
	}
	q := read("Cette année encore, " + strings.Repeat("pour toutes celles et tous ceux qui le veulent, ", 8) + "un forum aura lieu le mercredi 22 mars 2018 à Lyon" + strings.Repeat(" et dans les villes voisines", 9) + ".")
	if len(q) != 1 || len([]rune(q[0].Quote)) > maxQuote || !strings.Contains(q[0].Quote, "un forum aura lieu le mercredi 22 mars 2018 à Lyon") {
		t.Errorf("long: %+v", q)
	}
	// A date that settles the order of the figures settles all.
	events, asked := Read("The meeting will be held on 03/04/2018, the conference will take place on 25/04/2018.", Options{Title: "TITLE", Ref: Date{2018, 1, 25}, Lang: "en"})
	if len(events) != 2 || len(asked) > 0 || events[0].Start != (Date{2018, 4, 3}) {
		t.Errorf("settled: %s %+v", eventLines(events), asked)
	}
	for d, words := range doubtWords {
		if d.Explain() != words || words == "" {
			t.Errorf("%s is not explained", d)
		}
	}
}
