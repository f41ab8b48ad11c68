package editorial

import (
	"strings"
	"testing"
)

// Plain yeses, as people write them.
var plainYeses = []string{
	"oui", "Oui !", "OUI.", "ok", "OK", "Ok pour moi", "OK pour moi.", "d'accord", "D’accord", "validé", "Validée !", "approuvé", "c'est bon pour moi", "C’est bon pour moi !", "bon pour moi",
	"parfait, validé", "Parfait, c'est validé !", "je valide", "oui, merci", "Oui merci beaucoup", "OK 👍", "👍", "👍🏻", "✅", "Oui\u00a0!", "OUI\u202f!", "oui, je valide", "Oui, pour moi c'est bon", "Bonjour, OK pour moi.",
	"Bonjour Nadia,\noui", "Bonjour,\n\nOK pour moi.\n\nBien à vous", "Bonjour Nadia, oui.", "bonjour nadia\noui", "Salut !\nC'est ok", "Oui, très bien", "Vous pouvez publier.", "On peut publier", "Feu vert", "*OUI*", "_oui_", "« OUI »", "- OUI", "Oui, sans problème", "OK, pas de souci",
	"yes", "Yes, please", "approved", "Approved!", "looks good", "Looks good to me", "go ahead", "Please go ahead", "fine by me", "Yes, fine with me, thanks", "Agreed.", "LGTM", "Hello Élise,\nyes", "Hi all, approved", "Yes, go ahead.", "Good to go!", "OK for me", "Dear Nadia,\n\nYes, thank you",
	"Bonjour Nadia,\nJ'espère que tu vas bien.\nOui", "Hello,\n\nI hope you are well.\n\nApproved", "Madame, Monsieur,\n\nApprouvé", "Bonjour à toutes et à tous,\nOUI", "OUI OUI OUI", "Merci. Validé.", "Bonjour ! Oui.",
}

// Kind or other words that may stand below a yes.
var kindWords = []string{
	"Merci pour ce beau texte, bonne journée", "Super, n'hésite pas à m'appeler", "belle photo au passage", "Rien à redire", "no changes needed", "pas de souci", "aucun problème", "sans problème", "don't worry", "see you before Friday",
	"Merci beaucoup,\nÉlise", "Un si beau projet, bravo à l'équipe de Rouen !", "Je serai à Lisbonne la semaine prochaine.", "J'ai adoré le passage sur les marins.", "La photo est superbe.", "Great piece, thanks a lot!", "I really enjoyed the part about the sailors.", "See you in Porto next week.",
	"N'hésitez pas si vous avez des questions.", "If you have any questions, call me.", "On se voit jeudi au séminaire.", "Nous sommes très contents de ce texte.", "Je pars en congé vendredi, à bientôt.", "Comment vas-tu ?", "How are you?", "Thanks for fixing the date!", "Merci d'avoir corrigé le titre.",
	"C'est un très beau texte, clair et vivant.", "Désolée pour le retard.", "Sorry for the late reply.", "Sans aucune hésitation.", "Pas une virgule à changer !", "Bonne idée de parler du campus.", "Quel plaisir de lire cela", "Can't wait to see it in print", "Hâte de le voir publié", "Not bad at all!", "Pas mal du tout",
	"Aucune remarque.", "Je n'ai rien à ajouter.", "Ne changez rien !", "Don't change a thing.", "Nous avons eu soixante visiteurs hier.", "Il fait beau ici.", "À mardi", "Bon week-end", "Lorem ipsum dolor sit amet, non vulputate nec ex.", "Mes amitiés à Marco.", "Tu peux compter sur moi.", "Encore bravo pour le travail.",
	"Cordialement,\n\nÉlise Marchand\nCoordinatrice internationale\nTél. 01 23 45 67 89", "Je vous souhaite une excellente semaine", "Le forum a été une réussite, et les élèves étaient ravis.", "My daughter liked the picture too.",
}

// What takes a yes back, or limits or questions it.
var secondThoughts = []string{
	"PS : ne pas publier avant mardi", "Oups, attendez, il y a une faute", "sauf la photo", "under embargo until Monday", "as long as Marie agrees", "Si Marie est d'accord", "à condition que le maire signe", "mais changez le titre", "Attendez mon feu vert", "Ne publiez rien", "pas avant le 12 mars", "Après le conseil de mardi seulement",
	"sans la photo", "Il manque le crédit photo", "La date est fausse", "Le titre est trop long", "C'est bien la bonne date ?", "Vraiment ?", "Qui est l'auteur ?", "Marie est-elle au courant ?", "En fait non", "Finalement, refusé", "Non, attends", "À reporter au prochain numéro", "Plutôt au numéro suivant", "Je relis demain et je te redis", "Laissez-moi vérifier avec Paul",
	"Je ne suis pas sûre de la date", "Marie n'est pas d'accord", "Merci de ne pas mettre la photo", "Veuillez enlever le dernier paragraphe", "Remplacez la photo", "Corrigez l'orthographe de Berthier", "Il faudrait raccourcir", "Supprimer le lien", "Pouvez-vous changer le titre", "Peut-être", "Sous réserve de relecture", "jusqu'à nouvel ordre", "C'est confidentiel", "Je reviens vers vous", "pas encore", "Plus tard", "Trop tôt", "Stop", "Pour l'instant", "Voir avec Marie", "Voyez avec Paul pour le lien",
	"ne\npas\npublier", "Publication le 15 mars", "À publier mardi", "dès que Marie aura validé", "une fois le titre corrigé", "tant que le maire n'a rien dit, rien", "Utilisez la photo 2", "Gardez seulement le premier paragraphe", "je préfère l'autre titre", "avec un autre titre", "J'ai un doute", "Le lien ne marche pas", "Je n'ai pas lu le texte", "Annulez", "j'ai changé d'avis", "Marie doit encore valider", "Ça ne me va pas", "Ce n'est pas le bon texte", "il ne faut pas le diffuser", "👎", "🤔", "Attention à la légende",
	"but change the title", "But not the photo", "if Marie agrees", "unless the mayor objects", "Wait for my signal", "Hold on, there is a mistake", "Actually no", "Please don't publish before Tuesday", "Do not publish yet", "not before Monday", "only after the council meeting", "once the title is fixed", "without the picture", "Remove the last paragraph", "Could you change the headline", "The date is wrong", "There's a typo", "The link is broken", "Is the date right?", "Are you sure?", "Who wrote it?", "I'll check with Paul and get back to you", "Let me read it again", "Not sure about the photo", "Maybe next issue", "Rejected", "For release on 15 March", "pending approval from the board", "subject to legal review", "It should be shorter", "Use photo 2 instead", "Paul needs to sign off first", "I changed my mind", "Scratch that", "Too early", "Please replace the photo", "except the last line", "Never mind, it's cancelled", "I don't like the title", "This isn't the final version", "Marie has not approved it", "embargoed", "provided that the mayor agrees", "I haven't read it yet", "No photo please",
	"nicht vor Dienstag veröffentlichen", "aber ohne das Foto", "solo si Marie está de acuerdo", "no publicar antes del martes", "non pubblicare prima di martedì", "ma non la foto", "não publicar antes de terça", "desde que a Marie concorde", "aspettate", "espere",
	"Cordialement,\nÉlise\n\nPS : attendez mardi", "Merci, mais la photo est floue", "Merci !\nAh non, attends", "Le texte est beau. Cependant il manque un nom.", "Bravo. Toutefois, vérifiez le nom.", "ne pub\u200blier rien", "\u202eon", "подождите",
	"Tout sauf le titre", "hormis la photo", "Il y a un souci avec le lien", "Je ne veux pas de cette photo", "à valider par Marie", "Retirez-le", "surtout pas la photo", "Rien avant mardi", "On en reparle demain", "J'attends l'accord de Marie", "Marie s'y oppose", "Je suis contre", "the mayor disagrees", "Ne l'envoyez pas", "don't send it", "Bloquez la publication", "Mettez-le de côté", "gardez-le pour mars", "keep it for March", "dans la mesure du possible, attendre",
}

func read(text string) Reply { return ReadReply(ReplyText{Text: text}) }

func TestReadReply_PlainYesApproves(t *testing.T) {
	t.Parallel()
	for _, yes := range plainYeses {
		if r := read(yes); r.Verb != Approve {
			t.Errorf("%q: %s (%s)", yes, r.Verb, r.Why)
		}
	}
}

func TestReadReply_KindWordsRetractNothing(t *testing.T) {
	t.Parallel()
	for _, words := range kindWords {
		for _, yes := range []string{"OUI\n\n", "Yes.\n\n", "OK. "} {
			if r := read(yes + words); r.Verb != Approve {
				t.Errorf("%q: %s (%s)", yes+words, r.Verb, r.Why)
			}
		}
		if r := read("Bon à tirer\n" + words); r.Verb != Sign {
			t.Errorf("signed, %q: %s (%s)", words, r.Verb, r.Why)
		}
	}
}

func TestReadReply_RetractionDecidesNothing(t *testing.T) {
	t.Parallel()
	for _, words := range secondThoughts {
		for _, before := range []string{"OUI\n\n", "OK\n", "Validé.\n\nTrès beau texte, merci à tous.\n", "Approved.\n\nThanks!\n\n", "OK. ", "Bon à tirer\n\n"} {
			if r := read(before + words); r.Verb != None || r.Why == "" {
				t.Errorf("%q: %s", before+words, r.Verb)
			}
		}
		if r := ReadReply(ReplyText{Text: "OUI\n-- \n" + words}); r.Verb != None {
			t.Errorf("in the signature, %q: %s", words, r.Verb)
		}
		if r := ReadReply(ReplyText{Text: "OUI", HTML: "OUI\n\n" + words}); r.Verb != None {
			t.Errorf("in the HTML alone, %q: %s", words, r.Verb)
		}
		if r := ReadReply(ReplyText{Text: "OUI\n\n" + words, HTML: "OUI"}); r.Verb != None {
			t.Errorf("in the text alone, %q: %s", words, r.Verb)
		}
	}
}

// First lines that are not a clear order.
func TestReadReply_UnclearFirstLineDecidesNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"OK mais changez le titre", "OK ?", "oui et non", "pas OK", "OK si Marie est d'accord", "non non c'est bon", "Pas d'accord", "je ne valide pas", "Oui ?", "OK?!", "not ok", "not approved", "Oui, mais non", "Oui, bien reçu", "OK, je regarde ça demain", "Oui je regarde ce soir", "OK, attends", "OK pour le titre", "Oui sauf la photo", "OK avec la photo 2",
		"À valider", "Parfait", "Merci", "Super !", "Bien reçu", "Reçu", "Noted", "Thanks", "Je suis absente jusqu'au 3 mars.\n\nOUI", "Bonjour,\nJe suis absente.\nOUI", "I am out of the office.\nYes", "Re: OUI", "> OUI", "Objet : OUI", "NON", "No", "Non, c'est parfait", "no, it's fine", "ОК", "O\u200bUI", "\u202eOUI", "ＯＵＩ", "𝐎𝐔𝐈", "O\u0336U\u0336I\u0336", "OUl", "0K", "OK 👎", "OK 🤔", "🙏", "☐ OUI", "[x] oui", "oui/non", "OUI NON", "~~OUI~~",
		"Bonjour, ne pas publier\nOK", "Salut, trop tôt !\nOK", "Bonjour attends\nOK", "Merci, bien reçu.\nOUI", "Oui nous en parlons", "Yes we need to talk", "OK for the photo", "go ahead without the photo", "looks good but", "Oui...", "if Marie agrees, yes", "Si Marie est d'accord, oui", "Je dirais oui", "Marie dit oui", "oui a dit Marie", "Withdraw, please",
		"", "Bonjour,", "\n\n", "Bonjour Nadia,\n\nMerci !",
	} {
		if r := read(text); r.Verb != None || r.Why == "" {
			t.Errorf("%q: %s", text, r.Verb)
		}
	}
}

func TestReadReply_OtherOrders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		verb   Verb
		reason string
	}{
		{"non : doublon", Reject, "doublon"}, {"NON : déjà publié en décembre.\n\nÉlise", Reject, "déjà publié en décembre.\n\nÉlise"}, {"refusé, hors sujet", Reject, "hors sujet"}, {"Non, car déjà publié", Reject, "car déjà publié"},
		{"no, because it is a duplicate", Reject, "because it is a duplicate"}, {"Rejected: off topic", Reject, "off topic"}, {"Non (doublon)", Reject, "doublon"}, {"NON\nLe lien ne marche pas.\n\nMerci", Reject, "Le lien ne marche pas."}, {"Refusé. Hors sujet.", Reject, "Hors sujet."}, {"Non merci : hors sujet", Reject, "hors sujet"},
		{"Bonjour,\nnon : doublon", Reject, "doublon"},
		{"NON : au prochain numéro", None, ""}, {"NON\nC'est parfait", None, ""}, {"Non : si Marie est d'accord", None, ""}, {"non : en fait, oui", None, ""}, {"NON\nTITRE : La mer", None, ""}, {"NON 👍 : bien", None, ""}, {"NON : sauf si la date change", None, ""},
		{"reporter", Defer, ""}, {"Au prochain numéro", Defer, ""}, {"Reporter au prochain numéro, merci", Defer, ""}, {"À publier au prochain numéro", Defer, ""}, {"next issue please", Defer, ""}, {"Next issue, please.", Defer, ""}, {"Defer\nThe photo is missing.", Defer, ""}, {"REPORTER\nIl manque la photo.", Defer, ""}, {"REPORTER\nOUI", None, ""}, {"Reporter ?", None, ""}, {"Reporter\nsi Marie le veut", None, ""},
		{"Bon à tirer", Sign, ""}, {"BAT", Sign, ""}, {"BAT, merci !", Sign, ""}, {"OK, bon à tirer", Sign, ""}, {"Sign off", Sign, ""}, {"I sign off", Sign, ""}, {"Bonjour, bon à tirer pour moi", Sign, ""}, {"BAT ?", None, ""}, {"BAT OK sauf page 2", None, ""}, {"pas bon à tirer", None, ""},
		{"RETIRER", Withdraw, ""}, {"retirer\nLe forum est annulé.", None, ""}, {"Retirer\nmerci", Withdraw, ""},
		{"ANNULER", Undo, ""}, {"Annuler ma décision, merci", Undo, ""}, {"UNDO", Undo, ""}, {"undo\nI clicked too fast", Undo, ""}, {"Annulé", None, ""}, {"annuler le forum", None, ""},
	} {
		if r := read(c.text); r.Verb != c.verb || r.Reason != c.reason || (r.Verb == None) != (r.Why != "") {
			t.Errorf("%q: %s %q (%s), want %s %q", c.text, r.Verb, r.Reason, r.Why, c.verb, c.reason)
		}
	}
}

func changesOf(r Reply) string {
	var all []string
	for _, c := range r.Changes {
		all = append(all, string(c.Field)+"="+c.Value)
	}
	return strings.Join(all, "; ")
}

func TestReadReply_FieldsAndTexts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		verb    Verb
		changes string
		body    string
	}{
		{"TITRE : La mer recrute", Edit, "title=La mer recrute", ""},
		{"Titre\u00a0: La mer recrute\nRubrique = réseau\nDate : 12 mars 2018\nLieu: Rouen\n\nMerci,\nÉlise", Edit, "title=La mer recrute; section=réseau; date=12 mars 2018; place=Rouen", ""},
		{"VENUE: Town hall\n\nTITLE: The sea", Edit, "place=Town hall; title=The sea", ""},
		{"OUI\nTITRE : La mer", Approve, "title=La mer", ""}, {"Oui, titre : La mer", Approve, "title=La mer", ""}, {"Bonjour,\n\nOUI\n\nRubrique : réseau\n\nMerci beaucoup", Approve, "section=réseau", ""},
		{"TITRE : Quel métier demain ?", Edit, "title=Quel métier demain ?", ""},
		{"*TITRE :* La mer", Edit, "title=La mer", ""},
		{"TITRE :", None, "", ""}, {"OUI\nTITRE : ", None, "", ""}, {"NON\nTITRE : x y", None, "", ""}, {"TITRE : La mer\nne publiez pas avant mardi", None, "", ""}, {"TITRE : trop long", None, "", ""}, {"DATE : ?", None, "", ""}, {"DATE : à vérifier", None, "", ""}, {"TITRE : OK", None, "", ""},
		{"TITRE : un\nTITRE : deux", None, "", ""}, {"OUI\nTITRE : La mer\nEt puis voyez le reste", None, "", ""},
		{"CORRIGER\nLe forum aura lieu le 23 mars à Rouen.", Edit, "", "Le forum aura lieu le 23 mars à Rouen."},
		{"CORRIGER : Le forum aura lieu le 23 mars.", Edit, "", "Le forum aura lieu le 23 mars."},
		{"Version corrigée :\n\nLe forum aura lieu.\n\nSur les quais.", Edit, "", "Le forum aura lieu.\n\nSur les quais."},
		{"EDIT\nTITLE: The sea\n\nThe forum takes place in Rouen.", Edit, "title=The sea", "The forum takes place in Rouen."},
		{"OUI\n\nCORRIGER\nLe forum aura lieu le 23 mars.", Approve, "", "Le forum aura lieu le 23 mars."},
		{"CORRIGER", None, "", ""}, {"CORRIGER la date", None, "", ""}, {"CORRIGER\nla date est fausse", None, "", ""}, {"CORRIGER\nRemplacez le titre par un autre", None, "", ""}, {"Corriger ?", None, "", ""},
		{"TITRE : La mer\nLe texte doit être revu aussi, mais plus tard.", None, "", ""},
	} {
		r := read(c.text)
		if r.Verb != c.verb || changesOf(r) != c.changes || r.Body != c.body || (r.Verb == None) != (r.Why != "") {
			t.Errorf("%q: %s %q %q (%s)", c.text, r.Verb, changesOf(r), r.Body, r.Why)
		}
	}
}

func TestReadReply_TranslationsAndDelegations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, language, body string }{
		{"TRADUCTION EN\nThe forum of the sea", "en", "The forum of the sea"}, {"Traduction anglaise :\nThe forum", "en", "The forum"}, {"TRANSLATION FR : Le forum de la mer", "fr", "Le forum de la mer"},
		{"Traduction en anglais\n\nThe forum", "en", "The forum"}, {"English translation:\nThe forum", "en", "The forum"}, {"TRADUCTION PT\nO fórum", "pt", "O fórum"}, {"Translation into German\nDas Forum der See", "de", "Das Forum der See"},
		{"Traduction en cours\nje vous l'envoie", "", ""}, {"TRADUCTION EN", "", ""}, {"EN : The forum", "", ""}, {"TRADUCTION RU\nфорум моря", "", ""},
	} {
		r := read(c.text)
		if (r.Verb == Translate) != (c.language != "") || r.Language != c.language || r.Body != c.body {
			t.Errorf("%q: %s %q %q (%s)", c.text, r.Verb, r.Language, r.Body, r.Why)
		}
	}
	for _, c := range []struct{ text, to, until string }{
		{"DÉLÉGUER À Marco Bellini JUSQU'AU 15 mars", "Marco Bellini", "15 mars"}, {"déléguer à marco@x.example jusqu’au 15/03/2018", "marco@x.example", "15/03/2018"}, {"DELEGATE TO Marco Bellini UNTIL March 15", "Marco Bellini", "March 15"},
		{"Bonjour,\nJe délègue à Marco jusqu'à vendredi.\nMerci", "Marco", "vendredi"}, {"Déléguer à marco@x.example <mailto:marco@x.example> jusqu'au 15 mars", "marco@x.example", "15 mars"},
		{"Déléguer à Marco", "", ""}, {"Déléguer jusqu'au 15 mars", "", ""}, {"Déléguer à Marco jusqu'au 15 mars ?", "", ""}, {"Déléguer à Marco jusqu'au 15 mars\nsi Marco est d'accord", "", ""},
	} {
		r := read(c.text)
		if (r.Verb == Delegate) != (c.to != "") || r.To != c.to || r.Until != c.until {
			t.Errorf("%q: %s %q %q (%s)", c.text, r.Verb, r.To, r.Until, r.Why)
		}
	}
}

func TestReadReply_PartsMustAgree(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, html string
		verb       Verb
	}{
		{"*OUI*", "OUI", Approve}, {"OUI\n\nvoir https://cite.example/x", "OUI\n\nvoir ici <https://cite.example/x>", Approve}, {"OUI", "OUI\n", Approve},
		{"TITRE : La\u00a0mer", "TITRE : La mer", Edit}, {"OK [image: 👍]", "OK 👍", Approve}, {"NON : doublon de\ndécembre", "NON : doublon de décembre", Reject}, {"", "OUI", Approve}, {"OUI", "", Approve},
		{"OUI", "NON : doublon", None}, {"OUI", "\n", None}, {"\n", "OUI", None}, {"NON : a b", "NON : c d", None}, {"OUI\nTITRE : un", "OUI", None}, {"OUI", "Bon à tirer", None},
	} {
		if r := ReadReply(ReplyText{c.text, c.html}); r.Verb != c.verb {
			t.Errorf("%q and %q: %s (%s)", c.text, c.html, r.Verb, r.Why)
		}
	}
}
