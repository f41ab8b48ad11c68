package message

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// mailBy returns a mail of Ana Ribeiro; a body that begins with "<" is HTML.
func mailBy(subject, body string) *Message {
	m := &Message{Subject: subject, From: []Mailbox{{Name: "Ana Ribeiro", Address: "ana@cite.example"}}}
	if strings.HasPrefix(body, "<") {
		m.HTML = body
	} else {
		m.Text = body
	}
	return m
}

// kinds returns the kinds of the cuts, each once, in alphabetical order.
func kinds(cuts []Cut) string {
	var all []string
	for _, c := range cuts {
		all = append(all, string(c.Kind))
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}

// news is a text that no rule may change.
const (
	news   = "Le camion des métiers fait halte à Namur le 22 mars 2018, de 10h à 17h, devant la gare."
	newsEn = "The careers bus stops in Galway on 22 March 2018, from 10 am to 5 pm, outside the station."
	newsPt = "A carrinha das profissões pára em Braga no dia 22 de março de 2018, das 10h às 17h, junto à estação."
	newsIt = "Il furgone dei mestieri si ferma a Pavia il 22 marzo 2018, dalle 10 alle 17, davanti alla stazione."
	newsEs = "La furgoneta de los oficios para en Girona el 22 de marzo de 2018, de 10 a 17 h, delante de la estación."
)

// extractCase is a mail, the text that must be left, and the kinds of the cuts.
type extractCase struct{ name, subject, body, want, cuts string }

func checkExtract(t *testing.T, cases []extractCase) {
	t.Helper()
	for _, c := range cases {
		b := mailBy(c.subject, c.body).ExtractBody()
		if got := BlocksText(b.Blocks); got != c.want {
			t.Errorf("%s: left\n%s\nwant\n%s", c.name, got, c.want)
		}
		if got := kinds(b.Cuts); got != c.cuts {
			t.Errorf("%s: cut %q, want %q: %v", c.name, got, c.cuts, b.Cuts)
		}
	}
}

func TestExtractBody_DropsGreetingAndFarewell(t *testing.T) {
	t.Parallel()
	const both = "greeting, signature"
	checkExtract(t, []extractCase{
		{"plain French", "x", "Bonjour,\n\n" + news + "\n\nBien cordialement,\n\nAna Ribeiro\nCité des métiers de Braga", news, both},
		{"plain English", "x", "Dear all,\n\n" + newsEn + "\n\nKind regards\nAna", newsEn, both},
		{"plain Portuguese", "x", "Boa tarde a todos,\n\n" + newsPt + "\n\nCom os melhores cumprimentos,\nAna Ribeiro", newsPt, both},
		{"plain Italian", "x", "Buongiorno a tutti,\n\n" + newsIt + "\n\nCordiali saluti\n\nAna Ribeiro", newsIt, both},
		{"plain Spanish", "x", "Estimados compañeros:\n\n" + newsEs + "\n\nUn cordial saludo,\nAna", newsEs, both},
		{"greeting and text on one line", "x", "Bonjour Élise, le camion repart vers Namur le 22 mars 2018 et y reste trois jours.", "Le camion repart vers Namur le 22 mars 2018 et y reste trois jours.", "greeting"},
		{"Outlook", "x", `<html xmlns:o="urn:schemas-microsoft-com:office:office"><body><div class=WordSection1><p class=MsoNormal>Bonjour Madame,<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>` +
			`<p class=MsoNormal>` + news + `<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Sincères salutations,<o:p></o:p></p>` +
			`<p class=MsoNormal><b>Ana Ribeiro</b><br><i>Déléguée</i></p></div></body></html>`, news, both},
		{"Outlook on the web", "x", `<div dir="ltr"><div style="font-family:Calibri">Hello everyone,</div><div><br></div><div>` + newsEn + `</div><div><br></div><div id="Signature"><div>Best wishes,</div><div>Ana</div></div></div>`, newsEn, both},
		{"Gmail", "x", `<div dir="ltr">Olá,<div><br></div><div>` + newsPt + `</div><div><br></div>-- <br><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div>Ana Ribeiro</div><div>Rua das Flores 12</div></div></div>`, newsPt, both},
		{"Apple Mail", "x", `<html><body style="word-wrap: break-word;">Ciao Élise,<div><br></div><div>` + newsIt + `</div><div><br></div><div>A presto,</div><div>Ana</div></body></html>`, newsIt, both},
		{"Thunderbird", "x", `<html><body><p>Hola,</p><p>` + newsEs + `</p><p>Saludos,</p><pre class="moz-signature" cols="72">-- ` + "\nAna Ribeiro\nOficina 4</pre></body></html>", newsEs, both},
		{"Zimbra", "x", `<div style="font-family: arial; font-size: 12pt"><div>Bonjour à tous,</div><div><br></div><div>` + news + `</div><div><br></div><div data-marker="__SIG_PRE__"><div>Bien à vous,<br></div><div>Ana Ribeiro</div></div></div>`, news, both},
		{"farewell and name on a line", "x", news + "\n\nAmitiés, Ana", news, "signature"},
		{"two farewells", "x", news + "\n\nBonne journée et à bientôt\n\nCordialement,\n\nAna Ribeiro", news, "signature"},
		{"the name alone", "x", news + "\n\nAna Ribeiro\nDirectrice adjointe\n+351 22 000 00 41", news, "signature"},
		{"the name the other way round, in capitals", "x", news + "\n\nRIBEIRO Ana\nDirectrice adjointe", news, "signature"},
		{"separator, its blank lost", "x", news + "\n\n--\nAna Ribeiro\nDirectrice", news, "signature"},
		{"postscript stays", "x", news + "\n\nCordialement,\n\nAna Ribeiro\n\nPS : on s'inscrit sur place.", news + "\n\nPS : on s'inscrit sur place.", "signature"},
		{"rule, then more news", "x", news + "\n\nCordialement,\nAna Ribeiro\n\n--------------------\n\nLe même camion ira ensuite à Dinant, où la mairie lui prête une place couverte. " + strings.Repeat("On y trouve un conseiller et un imprimeur. ", 5),
			news + "\n\nLe même camion ira ensuite à Dinant, où la mairie lui prête une place couverte. " + strings.TrimSpace(strings.Repeat("On y trouve un conseiller et un imprimeur. ", 5)), "signature"},
	})
}

// Signatures of offices: a table of twenty lines, with pictures.
func TestExtractBody_DropsLongSignatures(t *testing.T) {
	t.Parallel()
	var cells strings.Builder
	for _, line := range []string{"Ana Ribeiro", "Chargée de communication", "Service partenariats", "Cité des métiers de Braga", "Bâtiment C, 2e étage", "12, rue des Fleurs",
		"4700 Braga", "Portugal", "Tél. +351 22 000 00 41", "Mob. +351 91 000 00 41", "ana@cite.example", "www.cite.example", "Facebook", "LinkedIn", "Instagram",
		"Ouvert du lundi au vendredi", "de 9h à 17h", "Membre du réseau", "Label 2017", "Labellisé depuis 2009"} {
		cells.WriteString("<tr><td>" + line + "</td><td><img src=\"cid:logo\" alt=\"\"></td></tr>")
	}
	for name, above := range map[string]string{"farewell": "<p>Cordialement,</p>", "name": "<p>Ana Ribeiro</p>", "separator": "<p>--</p>"} {
		b := mailBy("x", "<p>Bonjour,</p><p>"+news+"</p>"+above+"<table>"+cells.String()+"</table>").ExtractBody()
		if got := BlocksText(b.Blocks); got != news {
			t.Errorf("%s: left %q", name, got)
		}
		if !strings.Contains(b.Signature, "+351 22 000 00 41") || !strings.Contains(b.Signature, "Labellisé") {
			t.Errorf("%s: signature %q", name, b.Signature)
		}
	}
}

func TestExtractBody_DropsBannersAndSmallPrint(t *testing.T) {
	t.Parallel()
	checkExtract(t, []extractCase{
		{"English banner in a table", "x", `<table bgcolor="#ffeb9c"><tr><td><b>CAUTION:</b> This email originated from outside of the organization. Do not click links unless you know the sender.</td></tr></table><p>` + newsEn + `</p>`, newsEn, "warning of a server"},
		{"French banner", "x", "ATTENTION : ce courriel provient de l’extérieur de l’organisation.\n\n" + news, news, "warning of a server"},
		{"tag", "x", "[EXTERNE]\n\n" + news, news, "warning of a server"},
		{"Portuguese banner", "x", "ATENÇÃO: Este e-mail foi enviado de fora da organização.\n\n" + newsPt, newsPt, "warning of a server"},
		{"Italian banner", "x", "ATTENZIONE: questo messaggio proviene da un mittente esterno.\n\n" + newsIt, newsIt, "warning of a server"},
		{"Spanish banner", "x", "PRECAUCIÓN: este correo proviene de fuera de la organización.\n\n" + newsEs, newsEs, "warning of a server"},
		{"phone, French", "x", news + "\n\nEnvoyé de mon iPhone", news, "line of a mail program"},
		{"phone, English", "x", newsEn + "\n\nSent from my Samsung Galaxy smartphone.", newsEn, "line of a mail program"},
		{"phone, Portuguese", "x", newsPt + "\n\nEnviado do meu iPhone", newsPt, "line of a mail program"},
		{"phone, Italian", "x", newsIt + "\n\nInviato da iPhone", newsIt, "line of a mail program"},
		{"phone, Spanish", "x", newsEs + "\n\nEnviado desde mi iPhone", newsEs, "line of a mail program"},
		{"Outlook on phones", "x", `<div>` + newsEn + `</div><div id="ms-outlook-mobile-signature"><div>Get <a href="https://aka.example/o">Outlook for iOS</a></div></div>`, newsEn, "line of a mail program"},
		{"virus", "x", news + "\n\nGaranti sans virus. www.avast.com", news, "line of a mail program"},
		{"small print, French", "x", news + "\n\nCe message et toutes les pièces jointes sont confidentiels et établis à l'intention exclusive de ses destinataires. Si vous avez reçu ce message par erreur, merci de le détruire.", news, "small print"},
		{"small print, English", "x", newsEn + "\n\nThis e-mail and any files are confidential and intended solely for the addressee. If you have received this email in error please delete it.", newsEn, "small print"},
		{"small print, Portuguese", "x", newsPt + "\n\nEsta mensagem e os seus anexos são confidenciais. Se recebeu esta mensagem por engano, elimine-a.", newsPt, "small print"},
		{"small print, Italian", "x", newsIt + "\n\nLe informazioni contenute in questo messaggio sono riservate e destinate esclusivamente al destinatario.", newsIt, "small print"},
		{"small print, Spanish", "x", newsEs + "\n\nEste mensaje va dirigido exclusivamente a su destinatario y contiene información confidencial.", newsEs, "small print"},
		{"trees", "x", news + "\n\nPensez à l’environnement avant d’imprimer ce courriel.", news, "small print"},
		{"form", "x", "Nom : Ana Ribeiro\nCourriel : ana@cite.example\nObjet : un camion\nMessage :\n" + news, news, "fields of a form"},
	})
}

func TestExtractBody_DropsNotesToTheEditors(t *testing.T) {
	t.Parallel()
	checkExtract(t, []extractCase{
		{"French", "x", "Bonjour,\n\nVous trouverez ci-dessous un article pour le prochain numéro.\n\n" + news + "\n\nMerci de le publier !\n\nAna Ribeiro", news, "greeting, note to the editors, signature"},
		{"English", "x", "Hi all,\n\nPlease find below our item for the next newsletter.\n\n" + newsEn + "\n\nLet me know if you need anything else.\n\nBest,\nAna", newsEn, "greeting, note to the editors, signature"},
		{"Portuguese", "x", "Segue o texto para a newsletter.\n\n" + newsPt + "\n\nFico ao vosso dispor.", newsPt, "note to the editors"},
		{"Italian", "x", "Di seguito il testo per la newsletter.\n\n" + newsIt + "\n\nResto a disposizione.", newsIt, "note to the editors"},
		{"Spanish", "x", "Os envío el texto para el boletín.\n\n" + newsEs + "\n\nQuedo a vuestra disposición.", newsEs, "note to the editors"},
		{"before the text on one line", "x", "<div>Voici notre article pour l’infolettre : " + news + "</div>", news, "note to the editors"},
		{"an announcement of what follows stays", "x", "Ci-dessous, trois rendez-vous se tiennent à Rouen.\n\n" + news, "Ci-dessous, trois rendez-vous se tiennent à Rouen.\n\n" + news, ""},
	})
}

// A mail with only a cover note keeps it, and says what would be left without it.
func TestExtractBody_KeepsALoneCoverNote(t *testing.T) {
	t.Parallel()
	b := mailBy("x", "Bonjour,\n\nVeuillez trouver ci-joint notre article pour l'infolettre.\n\nMerci !").ExtractBody()
	if got := BlocksText(b.Blocks); got != "Veuillez trouver ci-joint notre article pour l'infolettre." {
		t.Errorf("left %q", got)
	}
	if got := BlocksText(b.Covered); got != "" {
		t.Errorf("covered %q", got)
	}
}

// News that only looks like boilerplate stays.
func TestExtractBody_KeepsNews(t *testing.T) {
	t.Parallel()
	long := " " + strings.TrimSpace(strings.Repeat("Chaque centre en parle avec ses publics au fil des entretiens de la semaine. ", 3))
	for name, text := range map[string]string{
		"see you at Rouen":      news + "\n\nÀ bientôt à Rouen !",
		"thanks as a title":     "Merci aux tuteurs de l'année\n\n" + news,
		"hello as a title":      "Bonjour les métiers : une nouvelle émission à la radio\n\n" + news,
		"good day to the bees":  "Bonne journée pour les abeilles : quarante ruches sur le toit.\n\n" + news,
		"confidential talks":    "Les entretiens restent confidentiels." + long + "\n\n" + news,
		"addresses":             "Trois adresses utiles :\n\nMaison de l'emploi\n12, rue des Fleurs\n5000 Namur\n\nGuichet des langues\n4, quai du Port\n5000 Namur\n\n" + news,
		"dear life":             "La vie est chère à Genève, dit une étude.\n\n" + news,
		"the printer prints":    "L'atelier apprend à imprimer en relief.\n\n" + news,
		"sent from a phone":     "Une photo envoyée de mon téléphone vaut mille mots, dit le jury du concours.\n\n" + news,
		"answer in the margins": "Re-bonjour la ville : un festival rouvre.\n\n" + news,
		"said, with a colon":    "Le 12 mars 2018, la directrice a dit : nous ouvrons.\n\n" + news,
		"labels of an event":    news + "\n\nDate : 22 mars 2018\nLieu : Namur\nInscription : sur place",
	} {
		for _, body := range []string{text, "<p>" + strings.NewReplacer("\n\n", "</p><p>", "\n", "<br>").Replace(text) + "</p>"} {
			b := mailBy("Une nouvelle", body).ExtractBody()
			if got := BlocksText(b.Blocks); got != text || len(b.Cuts) > 0 {
				t.Errorf("%s: left %q, cut %v", name, got, b.Cuts)
			}
		}
	}
}

func TestExtractBody_DropsForwardedHeaders(t *testing.T) {
	t.Parallel()
	zoe := Mailbox{Name: "Zoé Lambert", Address: "zoe@rouen.example"}
	for _, c := range []struct {
		name, subject, body, want string
		source                    Mailbox
	}{
		{"Gmail, French", "Fwd: un camion", "Pour l'infolettre, merci !\n\n---------- Message transféré ---------\nDe : Zoé Lambert <zoe@rouen.example>\nDate: lun. 12 mars 2018 à 08:00\nSubject: un camion\nTo: Ana Ribeiro <ana@cite.example>\n\nBonjour,\n\n" + news + "\n\nCordialement,\nZoé Lambert", news, zoe},
		{"Gmail, HTML", "Fwd: a bus", `<div dir="ltr">FYI<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: <strong>Zoé Lambert</strong> <span>&lt;<a href="mailto:zoe@rouen.example">zoe@rouen.example</a>&gt;</span><br>Date: Mon, Mar 12, 2018 at 8:00 AM<br>Subject: a bus<br>To: Ana &lt;<a href="mailto:ana@cite.example">ana@cite.example</a>&gt;<br></div><br>` + newsEn + `</div></div>`, newsEn, zoe},
		{"Outlook, French", "TR: un camion", `<div class=WordSection1><p class=MsoNormal>Pour info.<o:p></o:p></p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class=MsoNormal><b>De&nbsp;:</b> Zoé Lambert [mailto:zoe@rouen.example] <br><b>Envoyé&nbsp;:</b> lundi 12 mars 2018 08:00<br><b>À&nbsp;:</b> Ana Ribeiro<br><b>Objet&nbsp;:</b> un camion<o:p></o:p></p></div><p class=MsoNormal>` + news + `</p></div>`, news, zoe},
		{"Outlook, in a table", "TR: un camion", `<p>Pour info.</p><table><tr><td>De :</td><td>Zoé Lambert &lt;zoe@rouen.example&gt;</td></tr><tr><td>Envoyé :</td><td>12 mars 2018</td></tr><tr><td>À :</td><td>Ana Ribeiro</td></tr><tr><td>Objet :</td><td>un camion</td></tr></table><p>` + news + `</p>`, news, zoe},
		{"Apple, Portuguese", "Fwd: uma carrinha", "Para a newsletter.\n\nInício da mensagem reencaminhada:\n\n> De: Zoé Lambert <zoe@rouen.example>\n> Assunto: uma carrinha\n> Data: 12 de março de 2018, 08:00\n> Para: Ana\n>\n> " + newsPt, newsPt, zoe},
		{"Apple, Italian", "Fwd: un furgone", `<div>Per la newsletter</div><br><blockquote type="cite"><div>Inizio messaggio inoltrato:</div><br><div><b>Da: </b>Zoé Lambert &lt;zoe@rouen.example&gt;</div><div><b>Oggetto: </b>un furgone</div><div><b>Data: </b>12 marzo 2018</div><div><b>A: </b>Ana</div><br><div>` + newsIt + `</div></blockquote>`, newsIt, zoe},
		{"Thunderbird, Spanish", "Fwd: una furgoneta", "-------- Mensaje reenviado --------\nAsunto: una furgoneta\nFecha: Mon, 12 Mar 2018 08:00:00 +0100\nDe: Zoé Lambert <zoe@rouen.example>\nPara: Ana <ana@cite.example>\n\n" + newsEs, newsEs, zoe},
		{"nested", "Fwd: Fwd: un camion", "Voir ci-dessous.\n\n---------- Forwarded message ---------\nFrom: Léo Petit <leo@namur.example>\nDate: Mon, Mar 12, 2018\nSubject: Fwd: un camion\nTo: ana@cite.example\n\nPour toi.\n\n---------- Message transféré ---------\nDe : Zoé Lambert <zoe@rouen.example>\nDate : 11 mars 2018\nObjet : un camion\nÀ : leo@namur.example\n\n" + news, news, zoe},
	} {
		b := mailBy(c.subject, c.body).ExtractBody()
		if got := BlocksText(b.Blocks); got != c.want {
			t.Errorf("%s: left\n%s\nwant\n%s", c.name, got, c.want)
		}
		if b.Source != c.source {
			t.Errorf("%s: source %+v, want %+v", c.name, b.Source, c.source)
		}
		if !strings.Contains(kinds(b.Cuts), string(CutForward)) {
			t.Errorf("%s: no header among %v", c.name, b.Cuts)
		}
	}
}

func TestExtractBody_ReadsTheDateOfAForwardedMail(t *testing.T) {
	t.Parallel()
	b := mailBy("Fwd: x", "---------- Forwarded message ---------\nFrom: Zoé <zoe@rouen.example>\nDate: Mon, 12 Mar 2018 08:00:00 +0100\nSubject: x\nTo: ana@cite.example\n\n"+news).ExtractBody()
	if want := time.Date(2018, 3, 12, 7, 0, 0, 0, time.UTC); !b.Written.Equal(want) {
		t.Errorf("written %v, want %v", b.Written, want)
	}
}

// An author's text above a forwarded mail is news, not a note.
func TestExtractBody_KeepsATextAboveAForward(t *testing.T) {
	t.Parallel()
	own := strings.TrimSpace(strings.Repeat("Notre centre ouvre un guichet pour les frontaliers dans la gare. ", 8))
	b := mailBy("Fwd: un camion", own+"\n\n---------- Message transféré ---------\nDe : Zoé <zoe@rouen.example>\nDate : 11 mars 2018\nObjet : un camion\nÀ : ana@cite.example\n\n"+news).ExtractBody()
	if got := BlocksText(b.Blocks); !strings.Contains(got, own) || !strings.Contains(got, news) {
		t.Errorf("left %q", got)
	}
}

func TestExtractBody_DropsTheAnsweredMail(t *testing.T) {
	t.Parallel()
	const call = "Le lun. 5 mars 2018 à 10:02, Élise Marchand <elise@reseau.example> a écrit :"
	checkExtract(t, []extractCase{
		{"above", "Re: appel", news + "\n\n" + call + "\n\n> Quelles sont vos nouvelles ?\n> Élise", news, "quotation"},
		{"below", "Re: appel", call + "\n> Quelles sont vos nouvelles ?\n> Élise\n\n" + news, news, "quotation"},
		{"between", "Re: appel", call + "\n> Quelles sont vos nouvelles ?\n\n" + news + "\n\n> Et chez vous, Galway ?\n\n" + newsEn, news + "\n\n" + newsEn, "quotation"},
		{"Gmail", "Re: call", `<div dir="ltr">` + newsEn + `</div><br><div class="gmail_quote"><div class="gmail_attr">On Mon, 5 Mar 2018 at 10:02, Élise &lt;<a href="mailto:elise@reseau.example">elise@reseau.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote">What is your news?</blockquote></div>`, newsEn, "quotation"},
		{"Outlook", "RE: appel", `<p class=MsoNormal>` + news + `</p><div style="border-top:solid #E1E1E1 1.0pt"><p class=MsoNormal><b>De&nbsp;:</b> Élise Marchand &lt;elise@reseau.example&gt;<br><b>Envoyé&nbsp;:</b> lundi 5 mars 2018 10:02<br><b>À&nbsp;:</b> Ana<br><b>Objet&nbsp;:</b> appel</p></div><p class=MsoNormal>Quelles sont vos nouvelles ?</p>`, news, "quotation"},
		{"Outlook on the web", "RE: appel", `<div>` + news + `</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>De :</b> Élise<br><b>Envoyé :</b> lundi<br><b>À :</b> Ana<br><b>Objet :</b> appel</div><div>Quelles nouvelles ?</div>`, news, "quotation"},
		{"Italian", "R: richiesta", newsIt + "\n\nIl giorno lun 5 mar 2018 alle ore 10:02 Élise <elise@reseau.example> ha scritto:\n\n> Quali notizie?", newsIt, "quotation"},
		{"Portuguese", "Re: pedido", newsPt + "\n\nEm seg., 5 de mar. de 2018 às 10:02, Élise <elise@reseau.example> escreveu:\n\n> Que notícias?", newsPt, "quotation"},
		{"Spanish", "Re: petición", newsEs + "\n\nEl lun., 5 mar. 2018 a las 10:02, Élise (<elise@reseau.example>) escribió:\n\n> ¿Qué noticias hay?", newsEs, "quotation"},
	})
}

// A colleague's text pasted as a quotation, which no line introduces as an answered mail,
// is the author's text.
func TestExtractBody_KeepsATextPastedAsQuotation(t *testing.T) {
	t.Parallel()
	b := mailBy("Un camion", "Bonjour,\n\nMa collègue écrit ceci pour l'infolettre :\n\n> "+news+"\n>\n> L'entrée est libre.\n\nCordialement,\nAna Ribeiro").ExtractBody()
	got := BlocksText(b.Blocks)
	if !strings.Contains(got, news) || !strings.Contains(got, "L'entrée est libre.") || strings.Contains(got, ">") {
		t.Errorf("left %q", got)
	}
}

// visibleWords returns the words of a text, in order, without marks of quotation, lists
// and tables.
func visibleWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// within reports whether text has all of words, each as often.
func within(words []string, text string) (string, bool) {
	have := map[string]int{}
	for _, w := range visibleWords(text) {
		have[w]++
	}
	for _, w := range words {
		if have[w]--; have[w] < 0 {
			return w, false
		}
	}
	return "", true
}

// soup are pieces of mails for the property tests.
var soup = []string{
	"Bonjour,", "Dear all,", "Cordialement,", "Ana Ribeiro", "-- ", "--", "----------", "> cité", ">", ">>", "> > deux", "De : Zoé <zoe@rouen.example>", "Date : 12 mars 2018", "Objet : un camion",
	"À : Ana", "---------- Message transféré ---------", "Le 5 mars 2018 à 10:02, Élise <e@x.example> a écrit :", "Envoyé de mon iPhone", "[EXTERNE]", "PS : sur place", "Nom : Ana", "Message :",
	"", "", "- puce", "1. Premier", "Voici notre article pour l'infolettre.", news, newsEn, "Merci !", "a\u00a0b", "mot\u202f…", "\xff\xfe", "é\u0301", "\u202e", "🚚", "«\u00a0Oui\u00a0»", "<", "&amp;", "a@b.example",
}

// soupText draws a text of such pieces.
func soupText(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(soup), 0, 25).Draw(t, "lines"), "\n")
}

// soupHTML draws HTML of such pieces.
func soupHTML(t *rapid.T) string {
	var out strings.Builder
	tags := []string{"p", "div", "b", "blockquote", "h1", "ul", "li", "table", "tr", "td", "span", "em", `a href="https://x.example/"`, `div class="gmail_quote"`, `div class="gmail_signature"`, `p class=MsoNormal`}
	for range rapid.IntRange(0, 25).Draw(t, "n") {
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			out.WriteString("<" + rapid.SampledFrom(tags).Draw(t, "open") + ">")
		case 1:
			name, _, _ := strings.Cut(rapid.SampledFrom(tags).Draw(t, "close"), " ")
			out.WriteString("</" + name + ">")
		case 2:
			out.WriteString(rapid.SampledFrom([]string{"<br>", "<br/>", "<hr>", `<img src="cid:a">`, " ", "\u00a0", "&nbsp;", "\n"}).Draw(t, "void"))
		default:
			out.WriteString(strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(rapid.SampledFrom(soup).Draw(t, "text")))
		}
	}
	return out.String()
}

// The text that is left and every cut come from the mail.
func TestExtractBody_InventsNoWords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := mailBy(rapid.SampledFrom([]string{"x", "Re: x", "Fwd: x", "TR: Re: x"}).Draw(t, "subject"), "")
		if rapid.Bool().Draw(t, "html") {
			m.HTML = soupHTML(t)
		} else {
			m.Text = soupText(t)
		}
		blocks, _ := m.Blocks()
		all := BlocksText(blocks)
		b := m.ExtractBody()
		if word, ok := within(visibleWords(BlocksText(b.Blocks)), all); !ok {
			t.Fatalf("%q is not in the mail, or not so often:\n%s\nleft\n%s", word, all, BlocksText(b.Blocks))
		}
		for _, c := range b.Cuts {
			if word, ok := within(visibleWords(c.Text), all); !ok {
				t.Fatalf("%s: %q is not in the mail, or not so often:\n%s", c, word, all)
			}
		}
		if !utf8.ValidString(JoinBlocks(b.Blocks)) && utf8.ValidString(m.HTML+m.Text) {
			t.Fatalf("a letter was cut in two: %q", JoinBlocks(b.Blocks))
		}
	})
}

// JoinBlocks writes what parseBlocks parsed.
func TestJoinBlocks_KeepsEveryWord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cleaned := CleanHTML(soupHTML(t))
		joined := JoinBlocks(parseBlocks(cleaned))
		want, got := visibleWords(HTMLToText(cleaned)), visibleWords(HTMLToText(joined))
		if !slices.Equal(want, got) {
			t.Fatalf("%s\nbecame\n%s", cleaned, joined)
		}
		if again := JoinBlocks(parseBlocks(joined)); again != joined {
			t.Fatalf("%s\nbecame\n%s", joined, again)
		}
	})
}

// The text above and below a cut stays in order.
func TestExtractBody_KeepsTheOrder(t *testing.T) {
	t.Parallel()
	b := mailBy("x", "Bonjour,\n\nUn.\n\n- deux\n- trois\n\nQuatre.\n\nCinq.\n\nCordialement,\nAna Ribeiro").ExtractBody()
	if got, want := BlocksText(b.Blocks), "Un.\n\n- deux\n- trois\n\nQuatre.\n\nCinq."; got != want {
		t.Errorf("left %q, want %q", got, want)
	}
}

// A body that repeats one line, as long as Read passes one on, gains no text.
func TestExtractBody_RepeatedLinesGainNothing(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"<br>", "<p>x</p>", ">\n", "> > >\n", "De : x\n", "Bonjour,\n", "Le 5 mars 2018 a écrit :\n", "----------\n\n", "Voici l'article. ", "Envoyé de mon iPhone\n", "-- \n", "Cordialement,\n", "Ana Ribeiro\n", "Cordialement,\n\n----\n\n"} {
		t.Run(unit, func(t *testing.T) {
			t.Parallel()
			times := maxText / len(unit)
			if tags := strings.Count(unit, "<"); tags > 0 {
				times = min(maxHTML/len(unit), maxTags/tags)
			} else if lines := strings.Count(unit, "\n"); lines > 0 {
				times = min(times, maxTextLines/lines)
			}
			m := mailBy("Re: x", strings.Repeat(unit, times))
			blocks, _ := m.Blocks()
			if all, left := BlocksText(blocks), BlocksText(m.ExtractBody().Blocks); len(left) > len(all) {
				t.Errorf("%d octets became %d", len(all), len(left))
			}
		})
	}
}

// Reports the ratio of the times for a mail of four times the length: near four.
func BenchmarkExtractBodyGrows(b *testing.B) {
	for _, unit := range []string{"<br>", ">\n", "De : x\n", "Bonjour,\n", "-- \n", "Cordialement,\n", "Ana Ribeiro\n", "Cordialement,\n\n----\n\n"} {
		b.Run(strings.TrimSpace(unit), func(b *testing.B) {
			spent := func(size int) time.Duration {
				m := mailBy("x", strings.Repeat(unit, size/len(unit)))
				start := time.Now()
				m.ExtractBody()
				return time.Since(start)
			}
			var small, large time.Duration
			for b.Loop() {
				small, large = small+spent(2<<10), large+spent(8<<10)
			}
			b.ReportMetric(float64(large)/float64(max(small, 1)), "ratio")
		})
	}
}
