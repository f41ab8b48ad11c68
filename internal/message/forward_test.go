package message

import (
	"html"
	"strings"
	"testing"
)

// outlookWords are the words of Outlook in a language: the prefix of a subject, the rule
// above the original and the labels of its header.
type outlookWords struct {
	forward, rule             string
	from, sent, to, about     string
	date, news, salute, above string
}

var outlooks = map[string]outlookWords{
	"fr": {"TR", "Message d'origine", "De", "Envoyé", "À", "Objet", "lundi 12 mars 2018 09:14", news, "Bonjour,", "Pour information."},
	"en": {"FW", "Original Message", "From", "Sent", "To", "Subject", "Monday, March 12, 2018 9:14 AM", newsEn, "Dear all,", "FYI"},
	"it": {"I", "Messaggio originale", "Da", "Inviato", "A", "Oggetto", "lunedì 12 marzo 2018 09:14", newsIt, "Buongiorno,", ""},
	"es": {"RV", "Mensaje original", "De", "Enviado el", "Para", "Asunto", "lunes, 12 de marzo de 2018 9:14", newsEs, "Buenos días,", ""},
	"pt": {"ENC", "Mensagem original", "De", "Enviada em", "Para", "Assunto", "segunda-feira, 12 de março de 2018 09:14", newsPt, "Bom dia,", ""},
	"de": {"WG", "Ursprüngliche Nachricht", "Von", "Gesendet", "An", "Betreff", "Montag, 12. März 2018 09:14", "Der Berufebus hält am 22. März 2018 von 10 bis 17 Uhr vor dem Bahnhof in Bonn.", "Guten Tag,", ""},
}

// text returns the text of a mail by Outlook, with or without the rule above the original.
func (w outlookWords) text(subject string, ruled bool) string {
	var b strings.Builder
	b.WriteString(w.above + "\n\n")
	if ruled {
		b.WriteString("-----" + w.rule + "-----\n")
	}
	b.WriteString(w.from + " : Zoé Martin [mailto:zoe@maison.example]\n" + w.sent + " : " + w.date + "\n" + w.to + " : Ana Ribeiro\n" + w.about + " : " + subject + "\n\n")
	b.WriteString(w.salute + "\n\n" + w.news + "\n")
	return b.String()
}

func (w outlookWords) html(subject string, ruled bool) string {
	var b strings.Builder
	b.WriteString(`<html><body><div class="WordSection1"><p class="MsoNormal">` + html.EscapeString(w.above) + `</p><p class="MsoNormal">&nbsp;</p>`)
	if ruled {
		b.WriteString(`<p class="MsoNormal">-----` + html.EscapeString(w.rule) + `-----<br>`)
	} else {
		b.WriteString(`<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">`)
	}
	b.WriteString(`<b>` + w.from + `&nbsp;:</b> Zoé Martin &lt;zoe@maison.example&gt;<br><b>` + w.sent + `&nbsp;:</b> ` + w.date +
		`<br><b>` + w.to + `&nbsp;:</b> Ana Ribeiro<br><b>` + w.about + `&nbsp;:</b> ` + html.EscapeString(subject) + `</p>`)
	if !ruled {
		b.WriteString(`</div>`)
	}
	b.WriteString(`<p class="MsoNormal">` + w.salute + `</p><p class="MsoNormal">` + w.news + `</p></div></body></html>`)
	return b.String()
}

// A mail that says it forwards is a forward, whatever is above the original.
func TestExtractBody_ReadsAnOutlookForward(t *testing.T) {
	t.Parallel()
	for lang, w := range outlooks {
		for _, ruled := range []bool{true, false} {
			for form, body := range map[string]string{"text": w.text("Bus des métiers", ruled), "html": w.html("Bus des métiers", ruled)} {
				m := mailBy(w.forward+": Bus des métiers", body)
				m.InReplyTo = []string{"1@maison.example"} // Outlook adds it to what it hands on too
				b := m.ExtractBody()
				if got := BlocksText(b.Blocks); got != w.news {
					t.Errorf("%s, %s, ruled %t: left %q of\n%s\n%v", lang, form, ruled, got, body, b.Cuts)
				}
				if b.Source.Address != "zoe@maison.example" || b.Source.Name != "Zoé Martin" {
					t.Errorf("%s, %s, ruled %t: source %+v", lang, form, ruled, b.Source)
				}

				// An answer with the same original stays one.
				m = mailBy("RE: Bus des métiers", strings.Replace(body, w.above, "L'arrêt est supprimé, voici le nouveau : la mairie.", 1))
				if w.above == "" {
					continue
				}
				b = m.ExtractBody()
				if got := BlocksText(b.Blocks); strings.Contains(got, w.news) || !strings.Contains(got, "la mairie") {
					t.Errorf("%s, %s, ruled %t, answer: left %q", lang, form, ruled, got)
				}
			}
		}
	}
}

// The quotation in a forwarded answer is not forwarded; the mail in a forwarded forward
// is.
func TestExtractBody_ReadsNestedOutlookForwards(t *testing.T) {
	t.Parallel()
	fr := outlooks["fr"]
	asked := "\n-----Message d'origine-----\nDe : Ana Ribeiro\nEnvoyé : vendredi 9 mars 2018 11:00\nÀ : Zoé Martin\nObjet : Vos actualités\n\nQuelles sont vos actualités du mois de mars, et avez-vous des photos de la dernière halte ?\n"
	for _, c := range []struct{ name, subject, body, want, source string }{
		{"of an answer", "TR: RE: Vos actualités", fr.text("RE: Vos actualités", true) + asked, news, "zoe@maison.example"},
		{"of an answer, text of its own", "TR: Vos actualités", strings.Replace(fr.text("RE: Vos actualités", true), fr.above, strings.Repeat("La Cité de Namur présente son bus. ", 20), 1) + asked,
			strings.TrimSpace(strings.Repeat("La Cité de Namur présente son bus. ", 20)) + "\n\n" + news, "zoe@maison.example"},
		{"of a forward", "TR: TR: Bus", "-----Message d'origine-----\nDe : Luc Petit\nEnvoyé : mardi 13 mars 2018 08:00\nÀ : Ana Ribeiro\nObjet : TR: Bus\n\nVoir plus bas.\n\n" + strings.TrimPrefix(fr.text("Bus", true), fr.above), news, "zoe@maison.example"},
		{"without a header", "TR: Bus", "Pour information.\n\n-----Message d'origine-----\n\n" + news, news, ""},
		{"nothing but a header", "TR: Bus", "-----Message d'origine-----\nDe : Zoé Martin [mailto:zoe@maison.example]\nEnvoyé : lundi 12 mars 2018 09:14\nÀ : Ana Ribeiro\nObjet : Bus\n", "", "zoe@maison.example"},
	} {
		b := mailBy(c.subject, c.body).ExtractBody()
		if got := BlocksText(b.Blocks); got != c.want {
			t.Errorf("%s: left\n%s\nwant\n%s\n%v", c.name, got, c.want, b.Cuts)
		}
		if string(b.Source.Address) != c.source {
			t.Errorf("%s: source %+v", c.name, b.Source)
		}
	}
}

// The forms of other programs, and of Outlook's other programs.
func TestExtractBody_ReadsForwardsByForm(t *testing.T) {
	t.Parallel()
	const header = `<b>De&nbsp;:</b> Zoé Martin &lt;zoe@maison.example&gt;<br><b>Envoyé&nbsp;:</b> lundi 12 mars 2018 09:14<br><b>À&nbsp;:</b> Ana<br><b>Objet&nbsp;:</b> Bus`
	for _, c := range []struct{ name, subject, body string }{
		{"on the web", "TR: Bus", `<html><body><div>Pour info</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><font>` + header + `</font></div><div><p>` + news + `</p></div></body></html>`},
		{"new", "Fwd: Bus", `<html><body><div>Pour info</div><div id="mail-editor-reference-message-container"><div>` + header + `</div><div><p>` + news + `</p></div></div></body></html>`},
		{"phone", "TR: Bus", `<html><body><div>Pour info</div><div class="ms-outlook-mobile-reference-message"><hr><div id="divRplyFwdMsg"><font>` + header + `</font></div><p>` + news + `</p></div></body></html>`},
		{"quoted, HTML", "TR: Bus", `<html><body><p>Pour info</p><blockquote type="cite"><p>-----Message d'origine-----<br>` + header + `</p><p>` + news + `</p></blockquote></body></html>`},
		{"a table", "TR: Bus", `<html><body><p>Pour info</p><p>-----Message d'origine-----</p><table><tr><td>De :</td><td>Zoé Martin &lt;zoe@maison.example&gt;</td></tr><tr><td>Envoyé :</td><td>lundi 12 mars 2018</td></tr><tr><td>À :</td><td>Ana</td></tr><tr><td>Objet :</td><td>Bus</td></tr></table><p>` + news + `</p></body></html>`},
		{"quoted", "TR: Bus", "Pour info\n\n> -----Message d'origine-----\n> De : Zoé Martin <zoe@maison.example>\n> Envoyé : lundi 12 mars 2018 09:14\n> À : Ana\n> Objet : Bus\n>\n> " + news + "\n"},
		{"stars", "WG: Bus", "-----Ursprüngliche Nachricht-----\n*Von:* Zoé Martin <zoe@maison.example>\n*Gesendet:* Montag, 12. März 2018 09:14\n*An:* Ana\n*Cc:* Bob\n*Betreff:* Bus\n*Wichtigkeit:* Hoch\n\n" + news + "\n"},
		{"Zimbra", "Tr : Bus", "----- Mail original -----\nDe: \"Zoé Martin\" <zoe@maison.example>\nÀ: ana@cite.example\nEnvoyé: Lundi 12 Mars 2018 09:14:22\nObjet: Bus\n\n" + news + "\n"},
	} {
		b := mailBy(c.subject, c.body).ExtractBody()
		if got := BlocksText(b.Blocks); got != news || b.Source != (Mailbox{Name: "Zoé Martin", Address: "zoe@maison.example"}) {
			t.Errorf("%s: left %q of %v, source %+v", c.name, got, b.Cuts, b.Source)
		}
	}
}
