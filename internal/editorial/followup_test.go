package editorial

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const (
	forumText = `La Cité des métiers de Rouen organise un forum des métiers de la mer. Il aura lieu le 22 mars 2018 de 9h30 à 17h dans la halle aux toiles.

Deux cents lycéens sont attendus : ils rencontreront des marins, des mécaniciens et des cheffes de quart, essaieront un simulateur de navigation et pourront faire relire leur premier CV.`
	campusText = `Le nouveau campus des métiers d'art ouvre ses portes à Nantes le 3 avril. Les visites guidées partent toutes les heures de l'accueil, et les ateliers de céramique et de reliure sont ouverts aux familles.`
)

var forum = FollowupItem{Item: 41, Title: "Un forum des métiers de la mer", Text: forumText}
var campus = FollowupItem{Item: 42, Title: "Le campus des métiers d’art ouvre", Text: campusText}
var bourse = FollowupItem{Item: 43, Title: "Une bourse pour les apprentis", Text: "Une bourse de mobilité est offerte à dix apprentis. Les dossiers sont à rendre avant la fin du mois de juin auprès de la délégation."}

var names = []string{"Nadia Berthier", "Élise Marchand", "InfoLettre"}

func TestReadFollowup_ThanksChangeNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "Envoyé de mon iPhone", "Merci !\n\nSent from my phone", "Merci !", "Merci beaucoup, bonne journée", "Parfait", "Reçu", "Parfait, merci !\n\nBien cordialement,\nNadia",
		"Merci Élise, c'est parfait !", "Bonjour,\n\nMerci pour votre réponse rapide.\n\nBelle soirée à toutes et tous\nNadia Berthier",
		"Super, un grand merci à toute l'équipe 🙏", "👍", "🙏😊", "Merci d’avance et à bientôt.", "OK, bien noté.", "Tout est bon, rien à corriger.",
		"Thanks a lot, looks great", "Thank you!", "Perfect, many thanks.\nBest regards,\nPat", "Received, thanks", "Great job, thank you very much!",
		"Muito obrigada!", "Recebido, obrigado. Bom fim de semana", "Perfetto, grazie mille!\nCordiali saluti", "Ricevuto, grazie", "Muchas gracias, un saludo", "Perfecto, gracias por todo",
	} {
		if v := ReadFollowup(FollowupText{Visible: text, Names: names}, []FollowupItem{forum}); v.Kind != Thanks {
			t.Errorf("%q: %s (%s)", text, v.Kind, v.Why)
		}
	}
}

func TestReadFollowup_RemarksGoToTheEditors(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Merci de corriger la date", "Parfait, sauf la date.", "Pas merci", "Merci, mais le forum a lieu le 23.", "Le forum a lieu le 23 mars, et non le 22.",
		"Quand paraîtra ce texte ?", "Merci ?", "👎", "Merci 🤔", "Thanks, but the date is wrong", "Could you remove the second paragraph?",
		"Correction : la date est le 23 mars, pas le 22.", "Correction : il faut lire « halle aux grains » et non « halle aux toiles » ; par ailleurs les inscriptions sont obligatoires, et nous attendons plutôt trois cents lycéens que deux cents, merci de le préciser.",
		"Corriger\nle 22 mars en 23 mars", "Veuillez remplacer le 22 par le 23", "Grazie, ma la data è sbagliata", "Rouen", "Nouvelle version ?",
		"Nous préparons une nouvelle version.", "Vous écrivez « Deux cents lycéens sont attendus » : ils seront en fait trois cents.",
		"Merci !\n\nAu fait, notre directrice change de nom.", "Ne publiez pas encore ce texte, merci",
		"Merci pour votre envoi. Voici ce que nous en avons compris :\n\n" + forumText, "De : InfoLettre\n\n" + forumText + "\n\nMessage envoyé automatiquement pour l’InfoLettre du Réseau.",
		"Je vous signale que la halle aux toiles est fermée et que le forum se tiendra donc au gymnase Nelson-Mandela, à la même heure, et que les inscriptions sont closes depuis hier soir.",
	} {
		v := ReadFollowup(FollowupText{Visible: text, Names: names}, []FollowupItem{forum})
		if v.Kind != Remark || v.Remark != strings.TrimSpace(text) || v.Item != 0 {
			t.Errorf("%q: %s of %d, %q (%s)", text, v.Kind, v.Item, v.Remark, v.Why)
		}
	}
}

func TestReadFollowup_FilesAloneAreAdded(t *testing.T) {
	t.Parallel()
	for text, remark := range map[string]string{
		"": "", "Voici la photo": "", "Ci-joint l'affiche": "", "Bonjour,\n\nVoici la photo promise.\n\nBien à vous,\nNadia": "",
		"Merci ! La photo en pièce jointe.": "", "Please find attached the poster.": "", "Segue em anexo a fotografia.": "", "Ecco la locandina": "", "Adjunto el cartel": "",
		"Voici la photo à ajouter, merci":                          "",
		"Voici la photo. La date est fausse : c'est le 23 mars.":   "Voici la photo. La date est fausse : c'est le 23 mars.",
		"Voici la photo, merci de ne pas publier le nom d'Inès":    "Voici la photo, merci de ne pas publier le nom d'Inès",
		"Pouvez-vous mettre cette photo à la place de la première": "Pouvez-vous mettre cette photo à la place de la première",
	} {
		v := ReadFollowup(FollowupText{Visible: text, Files: 1, Names: names}, []FollowupItem{forum})
		if v.Kind != Addition || v.Item != 0 || v.Remark != remark {
			t.Errorf("%q: %s, remark %q (%s)", text, v.Kind, v.Remark, v.Why)
		}
	}
}

func TestReadFollowup_Replacement(t *testing.T) {
	t.Parallel()
	corrected := strings.Replace(forumText, "22 mars", "23 mars", 1)
	allNew := "Le forum des métiers de la mer change de formule. Il dure désormais deux jours, les 23 et 24 mars, et se tient sur les quais. On y embarque pour de bon : trois navires ouvrent leurs ponts et leurs machines aux lycéens de toute la Normandie."
	for _, c := range []struct{ name, text, title, want string }{
		{"resembling", corrected, "", corrected},
		{"with a greeting and a farewell", "Bonjour,\n\n" + corrected + "\n\nMerci d'avance !\nNadia Berthier", "", corrected},
		{"presented", "Bonjour Élise,\n\nJe me suis trompée de jour, voici :\n\n" + corrected + "\n\nBien cordialement", "", corrected},
		{"with its title", "Un forum des métiers de la mer à Rouen\n\n" + corrected, "Un forum des métiers de la mer à Rouen", corrected},
		{"with a title that is labelled", "Version corrigée\nTitre : La mer recrute\n" + corrected, "La mer recrute", corrected},
		{"said, and all new", "Nouvelle version :\n\n" + allNew, "", allNew},
		{"said in a sentence", "Bonjour,\nVeuillez trouver ci-dessous le texte corrigé, merci.\n\n" + allNew, "", allNew},
		{"said in English", "Please replace the text with this one:\n\n" + allNew, "", allNew},
		{"said on the same line", "CORRECTION : " + corrected, "", corrected},
		{"said in Portuguese", "Segue a versão corrigida:\n" + corrected, "", corrected},
	} {
		v := ReadFollowup(FollowupText{Visible: c.text, Names: names}, []FollowupItem{forum})
		if v.Kind != Replacement || v.Text != c.want || v.Title != c.title || v.Item != 0 {
			t.Errorf("%s: %s (%s)\ntitle %q\n%s", c.name, v.Kind, v.Why, v.Title, v.Text)
		}
	}
	v := ReadFollowup(FollowupText{Visible: "Voici la version corrigée.", Document: allNew, Names: names}, []FollowupItem{forum})
	if v.Kind != Replacement || v.Text != allNew || v.Remark != "" {
		t.Errorf("a document: %+v", v)
	}
	if v := ReadFollowup(FollowupText{Visible: "Ne gardez que le premier paragraphe.", Document: corrected}, []FollowupItem{forum}); v.Kind != Replacement || v.Remark == "" {
		t.Errorf("a document with a remark: %+v", v)
	}
	// A document that is another text replaces nothing, unless the answer says so.
	for _, said := range []string{"", "Voici le document.", "Voici un deuxième article, à publier aussi.", "Ne changez rien au texte ! Je joins seulement notre plaquette."} {
		if v := ReadFollowup(FollowupText{Visible: said, Document: allNew}, []FollowupItem{forum}); v.Kind != Remark || !strings.Contains(v.Remark, said) || !strings.Contains(v.Remark, allNew) {
			t.Errorf("%q and another text: %+v", said, v)
		}
	}
	// What a line says beside presenting the text is for the editors.
	for _, head := range []string{
		"Le forum est annulé, voici ce que nous avions écrit :", "Attention, le forum est reporté au 29 mars 2018 :",
		"The event is cancelled, please do not publish what is attached below:",
	} {
		if v := ReadFollowup(FollowupText{Visible: head + "\n\n" + forumText, Names: names}, []FollowupItem{forum}); !strings.Contains(v.Remark, strings.TrimSuffix(head, ":")[:20]) {
			t.Errorf("%q reaches nobody: %+v", head, v)
		}
	}
	if v := ReadFollowup(FollowupText{Visible: "Merci\nRetirer", Names: names}, []FollowupItem{forum}); v.Kind != Remark {
		t.Errorf("an order below thanks: %+v", v)
	}
}

func TestReadFollowup_FindsTheItem(t *testing.T) {
	t.Parallel()
	three := []FollowupItem{forum, campus, bourse}
	corrected := strings.Replace(campusText, "3 avril", "4 avril", 1)
	for _, c := range []struct {
		spoken FollowupText
		kind   FollowupKind
		item   int
	}{
		{FollowupText{Visible: corrected}, Replacement, 1},
		{FollowupText{Visible: "n° 42 : version corrigée\n\n" + corrected}, Replacement, 1},
		{FollowupText{Visible: "Version corrigée\n\nUn texte entièrement nouveau, qui ne dit rien de ce que disaient les trois autres, et qui est assez long pour en remplacer un."}, Remark, -1},
		{FollowupText{Visible: "Voici la photo", Files: 1}, Remark, -1},
		{FollowupText{Visible: "Voici la photo du campus", Files: 1}, Addition, 1},
		{FollowupText{Visible: "Voici la photo pour le n° 43", Files: 1}, Addition, 2},
		{FollowupText{Visible: "Voici les photos du forum et du campus", Files: 2}, Remark, -1},
		{FollowupText{Visible: "Le campus ouvre le 4 avril."}, Remark, 1},
		{FollowupText{Visible: "Merci !"}, Thanks, -1},
	} {
		if v := ReadFollowup(c.spoken, three); v.Kind != c.kind || v.Item != c.item {
			t.Errorf("%q: %s of %d (%s)", c.spoken.Visible, v.Kind, v.Item, v.Why)
		}
	}
}

// Nothing that a contributor writes is lost: what is neither a text nor only thanks
// goes to the editors, word for word.
func TestReadFollowup_LosesNoWord(t *testing.T) {
	t.Parallel()
	words := strings.Fields("merci parfait voici photo la date 22 mars forum version corrigée n° 42 pas non ? bonjour Nadia remplacer par : 👍")
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for range rapid.IntRange(0, 40).Draw(t, "words") {
			b.WriteString(rapid.SampledFrom(words).Draw(t, "word"))
			b.WriteString(rapid.SampledFrom([]string{" ", " ", "\n", ". "}).Draw(t, "after"))
		}
		s := FollowupText{Visible: b.String(), Files: rapid.IntRange(0, 1).Draw(t, "files"), Names: names}
		v := ReadFollowup(s, []FollowupItem{forum, campus})
		switch v.Kind {
		case Remark:
			if v.Remark != strings.TrimSpace(s.Visible) {
				t.Fatalf("%q became the remark %q", s.Visible, v.Remark)
			}
		case Thanks:
			if s.Files > 0 || strings.ContainsAny(s.Visible, "?2") || slices.Contains(strings.Fields(s.Visible), "pas") {
				t.Fatalf("%q is taken for thanks", s.Visible)
			}
		case Addition:
			if s.Files == 0 {
				t.Fatalf("%q adds nothing", s.Visible)
			}
		}
		if (v.Kind == Addition || v.Kind == Replacement) && v.Item < 0 {
			t.Fatalf("%q changes no item", s.Visible)
		}
	})
}

func FuzzReadFollowup(f *testing.F) {
	f.Add("Merci !", "", 0)
	f.Add("Version corrigée :\n\n"+forumText, "", 1)
	f.Add("n° 42", "un document", 0)
	f.Fuzz(func(t *testing.T, visible, document string, files int) {
		v := ReadFollowup(FollowupText{Visible: visible, Document: document, Files: files, Names: names}, []FollowupItem{forum, campus})
		if v.Why == "" || v.Item < -1 || v.Item > 1 {
			t.Fatalf("%+v", v)
		}
		if v.Kind == Replacement && (v.Item < 0 || strings.TrimSpace(v.Text) == "" && strings.TrimSpace(document) != "") {
			t.Fatalf("%q replaces a text by nothing: %+v", visible, v)
		}
		if v.Kind == Thanks && (document != "" || files > 0 || strings.Contains(visible, "?")) {
			t.Fatalf("%q with a file or a question is taken for thanks", visible)
		}
	})
}

// The lists of every language are read, and none has a denial among thanks.
func TestCourtesyLists_HaveNoDenial(t *testing.T) {
	t.Parallel()
	m, err := readManners()
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range m.lists() {
		if len(*list) == 0 {
			t.Error("a list is empty")
		}
	}
	for _, w := range slices.Concat(m.Heads, m.Polite) {
		if slices.Contains([]string{"pas", "non", "ne", "not", "no", "nao", "mais", "but", "ma", "pero"}, w) {
			t.Errorf("%q stands among thanks", w)
		}
	}
}
