package editorial

import (
	"fmt"
	"strings"
	"testing"
)

// shape writes lines in short, for comparing.
func shape(lines []Line) string {
	var all []string
	for _, l := range lines {
		s := strings.Trim(strings.ReplaceAll(fmt.Sprint(l.Numbers), " ", ","), "[]") + " " + string(l.Reply.Verb)
		if l.Reply.Reason != "" {
			s += " (" + l.Reply.Reason + ")"
		}
		if len(l.Reply.Changes) > 0 {
			s += " {" + changesOf(l.Reply) + "}"
		}
		all = append(all, strings.TrimSpace(s))
	}
	return strings.Join(all, "; ")
}

var waiting = []int64{41, 42, 43, 44, 45, 47, 50}

func TestReadList_Samples(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"41 oui, 42 non : doublon, 43 rubrique = réseau, 44-47 oui", "41 approve; 42 reject (doublon); 43 edit {section=réseau}; 44,45,47 approve"},
		{"41 oui\n42 non : doublon, déjà vu en 2017\n43 : OUI\n#44 ok\nn° 45 : reporter", "41 approve; 42 reject (doublon, déjà vu en 2017); 43 approve; 44 approve; 45 defer"},
		{"Bonjour Nadia,\n\n41, 43 et 45 oui\n\nMerci,\nÉlise", "41,43,45 approve"},
		{"41 oui et 42 ok", "41 approve; 42 approve"}, {"41 yes, 42 no: duplicate; 43 next issue", "41 approve; 42 reject (duplicate); 43 defer"},
		{"41 - oui\n42) non (hors sujet)\n43. ok pour moi", "41 approve; 42 reject (hors sujet); 43 approve"},
		{"41 oui, titre : La mer\n42 titre = Le port, lieu = Rouen", "41 approve {title=La mer}; 42 edit {title=Le port; place=Rouen}"},
		{"N° 41 à 43 : oui", "41,42,43 approve"}, {"99 oui", "99 approve"}, {"60-70 oui", "none"},
		{"41 oui si Marie est d'accord", "41 none"}, {"41 oui ?\n42 oui", "41 none; 42 approve"}, {"41 oui mais pas la photo, 42 oui", "41 none; 42 approve"}, {"42 non", "42 none"},
		{"41 oui\n41 non : doublon\n42 oui", "41 none; 41 none; 42 approve"}, {"41 oui, 41 oui", "41 approve; 41 approve"},
		{"41 oui\n42 non : doublon\n\nPS : ne publiez rien avant mardi", "41 none; 42 reject (doublon); none"}, {"41 oui\nattendez avant de publier", "41 none; none"}, {"41 oui. Attendez avant de publier.\n42 oui", "41 none; 42 none"},
		{"tout oui", "41,42,43,44,45,47,50 approve"}, {"All yes, thanks", "41,42,43,44,45,47,50 approve"}, {"tout oui sauf 42", "none"}, {"tout oui\n42 non : doublon", "41,42,43,44,45,47,50 none; 42 none"}, {"tout oui ?", "none"},
		{"Le 12 mars, 30 personnes sont venues.", "none"}, {"Merci !", ""}, {"", ""}, {"Bonjour,\nOUI", "none"},
		{"41 oui 42 ok 43 non : doublon", "41 approve; 42 approve; 43 reject (doublon)"}, {"41 oui\n42 : attendez", "41 approve; 42 none"}, {"41 oui\n12 mars : rien avant", "41 none; none"}, {"42 non : doublon du 41 oui", "42 reject (doublon du 41 oui)"},
		{"41 👍", "41 approve"}, {"41 👎", "41 none"}, {"41 о\u043a", "41 none"}, {"41 OU\u200bI", "41 none"},
		{"OK 41", "41 approve"}, {"oui pour 41 et 42", "41,42 approve"}, {"Oui : 41, 43-45", "41,43,44,45 approve"}, {"OK pour le 41\nreporter 42\n43 oui", "41 approve; 42 defer; 43 approve"}, {"Approve 41 and 42.", "41,42 approve"},
		{"42 non, doublon", "42 reject (doublon)"}, {"41 oui, 42 non, doublon, 43 ok", "41 approve; 42 reject (doublon); 43 approve"}, {"42 no, off topic", "42 reject (off topic)"},
		{"42 non, c'est bon", "42 none"}, {"42 non, parfait", "42 none"}, {"42 non, merci", "42 none"}, {"42 non, si Marie est d'accord", "42 none"}, {"42 non, doublon ?", "42 none"},
		{"OK 99", "none"}, {"oui pour 41 et 99", "none"}, {"oui pour 41 ?", "none"}, {"oui sauf 41", "none"}, {"oui le 12", "none"}, {"pas OK 41", "none"}, {"OK 41 mais pas avant mardi", "none"}, {"non 41", "none"}, {"oui 41 et 42 si Marie veut", "none"},
		{"OK 41\n41 non : doublon", "41 none; 41 none"}, {"OK 41\nattendez", "41 none; none"},
		{"Les 41 et 42 : oui", "41,42 approve"}, {"41 oui\nLe 12 mars je serai à Porto.", "41 approve; none"},
	} {
		got := shape(ReadList(ReplyText{Text: c.text}, waiting))
		if got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.text, got, c.want)
		}
		for _, l := range ReadList(ReplyText{Text: c.text}, waiting) {
			if (l.Reply.Verb == None) != (l.Reply.Why != "") || l.Text == "" {
				t.Errorf("%q: %+v", c.text, l)
			}
		}
	}
	for _, text := range []string{"OK pour le 12", "reporter au 12", "reporter 12", "oui pour le 12", "reporter pour 12"} {
		if got := shape(ReadList(ReplyText{Text: text}, []int64{11, 12})); got != "none" {
			t.Errorf("%q may be of a day: %s", text, got)
		}
	}
	if got := shape(ReadList(ReplyText{Text: "41 oui, 42 oui", HTML: "41 oui, 42 non : doublon"}, waiting)); got != "41 none; 42 none" {
		t.Errorf("parts that differ: %s", got)
	}
	long := "41 oui, 42 non : doublon avec le texte que Rouen a envoyé\nen décembre"
	if got := shape(ReadList(ReplyText{Text: long, HTML: strings.ReplaceAll(long, "\n", " ")}, waiting)); !strings.HasPrefix(got, "41 approve; 42 reject") {
		t.Errorf("a wrapped line: %s", got)
	}
}

// A retraction in a list leaves no approval.
func TestReadList_RetractionVoidsApprovals(t *testing.T) {
	t.Parallel()
	for _, words := range secondThoughts {
		for _, l := range ReadList(ReplyText{Text: "41 oui\n42 oui\n\n" + words}, waiting) {
			if l.Reply.Verb == Approve {
				t.Errorf("%q: %s", words, l.Text)
				break
			}
		}
	}
}

func TestReadPlan_Samples(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"ORDRE : 4, 2, 7", "4,2,7 reorder"}, {"Bonjour,\nOrder: 4, 2 and 7\nThanks", "4,2,7 reorder"}, {"RETIRER 3", "3 remove"}, {"Retirer 3 et 5, merci", "3,5 remove"}, {"remove items 3 and 5", "3,5 remove"},
		{"ATTENDRE", "wait"}, {"Wait, please", "wait"}, {"ANNULER", "undo"}, {"DÉLÉGUER À Marco JUSQU'AU 15 mars", "delegate"},
		{"ORDRE : 4, 2, 7\nRETIRER 3\nÉDITO\nChères lectrices\n\nLe printemps arrive, 12 forums aussi.", "4,2,7 reorder; 3 remove; write"},
		{"ORDRE : 4", "none"}, {"ORDRE", "none"}, {"ORDRE : 4, 2, 4", "none"}, {"RETIRER le texte de Rouen", "none"}, {"RETIRER 3 ?", "none"}, {"ORDRE : 4, 2\nORDRE : 2, 4", "4,2 none; 2,4 none"}, {"ATTENDRE\nnon, finalement", "none; none"}, {"ÉDITO", "none"}, {"OUI", "none"}, {"", ""},
		{"RETIRER 3\nsi Marie est d'accord", "3 none; none"},
	} {
		if got := shape(ReadPlan(ReplyText{Text: c.text})); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.text, got, c.want)
		}
	}
	lines := ReadPlan(ReplyText{Text: "ÉDITO :\nChères lectrices\n\nLe printemps arrive."})
	if len(lines) != 1 || lines[0].Reply.Body != "Chères lectrices\n\nLe printemps arrive." {
		t.Errorf("an editorial: %+v", lines)
	}
}
