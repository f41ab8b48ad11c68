package intake_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"mime/quotedprintable"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// A sheet is a mail as its author's program sends it, before it is encoded.
type sheet struct {
	fields     []string // besides the usual ones
	subject    string
	text, html string // "" for a part that is not there
	charset    string // utf-8 unless told
	encoding   string // quoted-printable unless told
	params     string // of text/plain: format=flowed
	vcard      string // attached
	whole      string // Content-Type with everything below it, in place of all that
}

// penned is what somebody wrote, above, below or beside what they answer.
type penned struct {
	text string
	html string // of what was written, where it shows otherwise than the text
	sign string // the signature, without its delimiter
}

// asHTML is what was written, with each line in an element.
func (p penned) asHTML(open, shut, blank string) string {
	if p.html != "" {
		return p.html
	}
	return elements(p.text, open, shut, blank)
}

func elements(text, open, shut, blank string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		if line = html.EscapeString(line); strings.TrimSpace(line) == "" {
			line = blank
		}
		b.WriteString(open + line + shut + "\n")
	}
	return b.String()
}

// below is text under a blank line, or nothing.
func below(text string) string {
	if text == "" {
		return ""
	}
	return "\n\n" + text
}

// What is answered: as the editors get it, in both languages.
const (
	askedSubject = "À relire, n° 1 : Un forum des métiers de la mer à Rouen"
	askedFrench  = `Bonjour Élise Marchand,

Nadia Berthier propose ce texte pour l’InfoLettre janvier-février 2018,
dont le numéro ferme le samedi 10 février 2018 à 18 h :

------------------------------------------------------------------------
UN FORUM DES MÉTIERS DE LA MER À ROUEN

Deux cents lycéens sont attendus sur les quais. Venez si vous voulez,
sauf le lundi ; inscriptions jusqu’au 12 mars.
------------------------------------------------------------------------

Que faut-il en faire ? Répondez à ce message. Sur la première ligne,
écrivez seulement :

- OUI pour l’accepter ;
- REPORTER pour en décider au numéro suivant ;
- NON, suivi de deux points et de la raison, pour le refuser.

Votre réponse vaut pour ce texte-ci, et pour lui seul.

-- 
Message envoyé automatiquement pour l’InfoLettre. Vous pouvez y répondre.`
	askedEnglish = `Hello Graham Ellis,

Nadia Berthier offers this item for the January–February 2018
InfoLettre; the issue closes on Saturday 10 February 2018 at 6 p.m.:

------------------------------------------------------------------------
A FORUM OF SEA TRADES IN ROUEN

Two hundred pupils are expected on the quays, unless it rains.
------------------------------------------------------------------------

What shall we do with it? Reply to this message. On the first line,
write only:

- YES to approve it;
- DEFER to decide on it for the following issue;
- NO, followed by a colon and your reason, to refuse it.

Your reply counts for this very item, and no other.`
)

func quoted(text, mark string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString(strings.TrimRight(mark+line, " ") + "\n")
	}
	return b.String()
}

func askedHTML(text string) string {
	return `<div style="padding:22px 28px;font-family:Helvetica,Arial,sans-serif">` + elements(text, "<p>", "</p>", "&nbsp;") + `</div>`
}

// wrapped breaks long lines as Gmail does in its plain text.
func wrapped(text string, width int, soft string) string {
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		n := 0
		for j, word := range strings.Split(line, " ") {
			length := len([]rune(word))
			switch {
			case j == 0:
			case n+1+length > width:
				b.WriteString(soft + "\n")
				n = 0
			default:
				b.WriteByte(' ')
				n++
			}
			b.WriteString(word)
			n += length
		}
	}
	return b.String()
}

const infoMailbox = "InfoLettre <info@cites.example>"

// mailPrograms are how mail programs set a reply.
var mailPrograms = map[string]func(penned) sheet{
	"plain": func(p penned) sheet { return sheet{text: p.text + below(p.sign)} },
	"plain-delimited": func(p penned) sheet {
		return sheet{text: p.text + "\n\n-- \n" + p.sign, encoding: "8bit"}
	},
	"html-only": func(p penned) sheet {
		return sheet{html: `<html><body>` + p.asHTML("<p>", "</p>", "&nbsp;") + elements(p.sign, "<p>", "</p>", "&nbsp;") + `</body></html>`}
	},

	"gmail": func(p penned) sheet {
		return gmail(p, "Le lun. 5 févr. 2018 à 09:12, InfoLettre <info@cites.example> a écrit\u00a0:", askedFrench)
	},
	"gmail-en": func(p penned) sheet {
		return gmail(p, "On Mon, Feb 5, 2018 at 9:12 AM InfoLettre <info@cites.example> wrote:", askedEnglish)
	},
	"gmail-de": func(p penned) sheet {
		return gmail(p, "Am Mo., 5. Feb. 2018 um 09:12 Uhr schrieb InfoLettre <info@cites.example>:", askedFrench)
	},
	"gmail-it": func(p penned) sheet {
		return gmail(p, "Il giorno lun 5 feb 2018 alle ore 09:12 InfoLettre <info@cites.example> ha scritto:", askedFrench)
	},
	"gmail-es": func(p penned) sheet {
		return gmail(p, "El lun., 5 feb. 2018 a las 9:12, InfoLettre (<info@cites.example>) escribió:", askedFrench)
	},
	"gmail-pt": func(p penned) sheet {
		return gmail(p, "InfoLettre <info@cites.example> escreveu (segunda, 5/02/2018 à(s) 09:12):", askedEnglish)
	},
	"gmail-app": func(p penned) sheet {
		intro := "Le lun. 5 févr. 2018, 09:12, InfoLettre <info@cites.example> a écrit :"
		return sheet{
			text: p.text + below(p.sign) + "\n\n" + intro + "\n\n" + quoted(askedFrench, "> "),
			html: `<div dir="auto">` + p.asHTML(`<div dir="auto">`, "</div>", "<br>") + elements(p.sign, "<div>", "</div>", "<br>") + `</div>` + gmailQuote(intro, askedFrench),
		}
	},

	"apple": func(p penned) sheet {
		return apple(p, "Le 5 févr. 2018 à 09:12, "+infoMailbox+" a écrit :", askedFrench)
	},
	"apple-en": func(p penned) sheet {
		return apple(p, "On 5 Feb 2018, at 09:12, "+infoMailbox+" wrote:", askedEnglish)
	},
	"iphone": func(p penned) sheet {
		return iphone(p, "Envoyé de mon iPhone", "Le 5 févr. 2018 à 09:12, "+infoMailbox+" a écrit :", askedFrench)
	},
	"iphone-en": func(p penned) sheet {
		return iphone(p, "Sent from my iPhone", "On 5 Feb 2018, at 09:12, "+infoMailbox+" wrote:", askedEnglish)
	},
	"iphone-it": func(p penned) sheet {
		return iphone(p, "Inviato da iPhone", "Il giorno 5 feb 2018, alle ore 09:12, "+infoMailbox+" ha scritto:", askedFrench)
	},
	"iphone-es": func(p penned) sheet {
		return iphone(p, "Enviado desde mi iPhone", "El 5 feb 2018, a las 9:12, "+infoMailbox+" escribió:", askedFrench)
	},
	"iphone-de": func(p penned) sheet {
		return iphone(p, "Von meinem iPhone gesendet", "Am 05.02.2018 um 09:12 schrieb "+infoMailbox+":", askedFrench)
	},
	"ipad": func(p penned) sheet {
		s := iphone(p, "Envoyé de mon iPad", "Le 5 févr. 2018 à 09:12, "+infoMailbox+" a écrit :", askedFrench)
		s.html = "" // answered as plain text
		return s
	},

	"outlook": func(p penned) sheet {
		return outlook(p, "FR", []string{
			"De : InfoLettre <info@cites.example>", "Envoyé : lundi 5 février 2018 09:12",
			"À : Élise Marchand <elise@reseau.example>", "Objet : " + askedSubject,
		}, askedFrench)
	},
	"outlook-en": func(p penned) sheet {
		return outlook(p, "EN-GB", []string{
			"From: InfoLettre <info@cites.example>", "Sent: 05 February 2018 09:12",
			"To: Graham Ellis <graham@reseau.example>", "Subject: For your decision, no. 1: A forum of sea trades",
		}, askedEnglish)
	},
	"outlook-de": func(p penned) sheet {
		return outlook(p, "DE", []string{
			"Von: InfoLettre <info@cites.example>", "Gesendet: Montag, 5. Februar 2018 09:12",
			"An: Katrin Vogel <katrin@reseau.example>", "Betreff: " + askedSubject,
		}, askedFrench)
	},
	"outlook-web": func(p penned) sheet { return outlookWeb(p, "") },
	"outlook-ios": func(p penned) sheet { return outlookWeb(p, "Obtenez Outlook pour iOS") },
	"outlook-android": func(p penned) sheet {
		return outlookWeb(p, "Télécharger Outlook pour Android")
	},

	"thunderbird": func(p penned) sheet { // below the quote, as it is set by default
		text := "Le 05/02/2018 à 09:12, InfoLettre a écrit\u00a0:\n" + quoted(askedFrench, "> ") + "\n" + wrapped(p.text, 70, " ")
		if p.sign != "" {
			text += "\n\n-- \n" + p.sign
		}
		return sheet{text: text + "\n", params: "; format=flowed", encoding: "8bit"}
	},
	"thunderbird-top": func(p penned) sheet {
		text := wrapped(p.text, 70, " ")
		if p.sign != "" {
			text += "\n\n-- \n" + p.sign
		}
		return sheet{text: text + "\n\nLe 05/02/2018 à 09:12, InfoLettre a écrit\u00a0:\n" + quoted(askedFrench, "> "), params: "; format=flowed", encoding: "8bit"}
	},
	"thunderbird-html": func(p penned) sheet {
		s := sheet{
			text: "Le 05/02/2018 à 09:12, InfoLettre a écrit :\n" + quoted(askedFrench, "> ") + "\n" + p.text,
			html: `<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body text="#000000" bgcolor="#FFFFFF">` +
				`<div class="moz-cite-prefix">Le 05/02/2018 à 09:12, InfoLettre a écrit :<br></div><blockquote type="cite" cite="mid:l1@cites.example">` +
				askedHTML(askedFrench) + `</blockquote>` + p.asHTML("<p>", "</p>", "<br>"),
		}
		if p.sign != "" {
			s.text += "\n\n-- \n" + p.sign
			s.html += `<pre class="moz-signature" cols="72">-- ` + "\n" + html.EscapeString(p.sign) + `</pre>`
		}
		s.html += `</body></html>`
		return s
	},
	"thunderbird-en": func(p penned) sheet {
		return sheet{text: "On 05/02/2018 09:12, InfoLettre wrote:\n" + quoted(askedEnglish, "> ") + "\n" + wrapped(p.text, 70, " ") + below(p.sign), params: "; format=flowed; delsp=no"}
	},

	"samsung": func(p penned) sheet {
		head := []string{"De : InfoLettre <info@cites.example> ", "Date : 05/02/2018 09:12 (GMT+01:00) ", "À : Élise Marchand <elise@reseau.example> ", "Objet : " + askedSubject}
		return sheet{
			text: p.text + below(p.sign) + "\n\n\nEnvoyé depuis mon appareil Galaxy\n\n\n-------- Message d'origine --------\n" + strings.Join(head, "\n") + "\n\n" + askedFrench,
			html: `<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body dir="auto">` + p.asHTML(`<div dir="auto">`, "</div>", "<br>") +
				elements(p.sign, "<div>", "</div>", "<br>") + `<div><br></div><div id="composer_signature" dir="auto"><div style="font-size:12px;color:#575757" dir="auto">Envoyé depuis mon appareil Galaxy</div></div>` +
				`<div dir="auto"><br></div><div><br></div><div align="left" dir="auto" style="font-size:100%;color:#000000"><div>-------- Message d'origine --------</div>` +
				elements(strings.Join(head, "\n"), "<div>", "</div>", "") + `<div><br></div></div>` + askedHTML(askedFrench) + `</body></html>`,
			encoding: "base64",
		}
	},
	"orange": func(p penned) sheet {
		head := "Message du 05/02/18 09:12\nDe : \"InfoLettre\" <info@cites.example>\nA : \"Élise Marchand\" <elise@reseau.example>\nCopie à : \nObjet : " + askedSubject + "\n"
		return sheet{
			text: p.text + below(p.sign) + "\n\n\n\n" + quoted(head+"\n"+askedFrench, "> "),
			html: p.asHTML("<p>", "</p>", "&nbsp;") + elements(p.sign, "<p>", "</p>", "&nbsp;") + `<p>&nbsp;</p><blockquote style="border-left: 2px solid #ff7900; padding-left: 10px; margin-left: 5px;">` +
				elements(head, "> ", "<br>", "") + askedHTML(askedFrench) + `</blockquote>`,
		}
	},
	"sfr": func(p penned) sheet {
		head := "---- Message d'origine ----\nDe : \"InfoLettre\" <info@cites.example>\nÀ : elise@reseau.example\nObjet : " + askedSubject + "\nDate : 05/02/2018 09:12:31 CET\n"
		return sheet{text: p.text + below(p.sign) + "\n\n" + quoted(head+"\n"+askedFrench, ">"), charset: "iso-8859-1"}
	},
	"zimbra": func(p penned) sheet {
		head := "De: \"InfoLettre\" <info@cites.example>\nÀ: \"Élise Marchand\" <elise@reseau.example>\nEnvoyé: Lundi 5 Février 2018 09:12:31\nObjet: " + askedSubject
		return sheet{
			text: p.text + below(p.sign) + "\n\n" + head + "\n\n" + askedFrench,
			html: `<html><body><div style="font-family: arial, helvetica, sans-serif; font-size: 12pt; color: #000000">` + p.asHTML("<div>", "</div>", "<br>") +
				`<div data-marker="__SIG_PRE__">` + elements(p.sign, "<div>", "</div>", "<br>") + `</div><br><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">` +
				elements(head, "<b>", "</b><br>", "") + `</div><div data-marker="__QUOTED_TEXT__">` + askedHTML(askedFrench) + `</div></div></body></html>`,
		}
	},
	"laposte": func(p penned) sheet {
		head := "----- Mail original -----\nDe: \"InfoLettre\" <info@cites.example>\nÀ: elise@reseau.example\nEnvoyé: Lundi 5 Février 2018 09:12:31\nObjet: " + askedSubject
		return sheet{text: p.text + below(p.sign) + "\n\n" + head + "\n\n" + askedFrench, encoding: "base64"}
	},
	"yahoo": func(p penned) sheet {
		intro := "Le lundi 5 février 2018 à 09:12:44 UTC+1, InfoLettre <info@cites.example> a écrit :"
		return sheet{
			text: " " + p.text + below(p.sign) + "\n\n    " + intro + "  \n \n" + quoted(askedFrench, " "),
			html: `<html><head></head><body><div class="yahoo-style-wrap" style="font-family:Helvetica Neue, Helvetica, Arial, sans-serif;font-size:16px;">` +
				p.asHTML(`<div dir="ltr" data-setdir="false">`, "</div>", "<br>") + elements(p.sign, `<div class="signature">`, "</div>", "<br>") + `<div><br></div></div>` +
				`<div id="yahoo_quoted_1" class="yahoo_quoted"><div style="font-size:13px;color:#26282a;"><div>` + html.EscapeString(intro) + `</div><div><br></div>` +
				askedHTML(askedFrench) + `</div></div></body></html>`,
		}
	},
	"proton": func(p penned) sheet {
		intro := "On Monday, February 5th, 2018 at 09:12, InfoLettre <info@cites.example> wrote:"
		foot := "Sent with Proton Mail secure email."
		return sheet{
			text: p.text + below(p.sign) + "\n\n" + foot + "\n\n------- Original Message -------\n" + intro + "\n\n\n" + quoted(askedEnglish, "> "),
			html: p.asHTML(`<div style="font-family: Arial; font-size: 14px;">`, "</div>", "<br>") +
				`<div class="protonmail_signature_block" style="font-family: Arial; font-size: 14px;"><div class="protonmail_signature_block-user">` + elements(p.sign, "<div>", "</div>", "<br>") +
				`</div><div class="protonmail_signature_block-proton">` + foot + `</div></div><div class="protonmail_quote">------- Original Message -------<br>` + html.EscapeString(intro) +
				`<br><blockquote class="protonmail_quote" type="cite">` + askedHTML(askedEnglish) + `</blockquote><br></div>`,
		}
	},
	"k9": func(p penned) sheet {
		return sheet{
			text: p.text + below(p.sign) + "\n\nLe 5 février 2018 09:12:31 GMT+01:00, InfoLettre <info@cites.example> a écrit :\n" + quoted(askedFrench, ">") +
				"\n-- \nEnvoyé de mon appareil Android avec K-9 Mail. Veuillez excuser ma brièveté.",
		}
	},
	"roundcube": func(p penned) sheet {
		return sheet{text: p.text + below(p.sign) + "\n\nLe 2018-02-05 09:12, InfoLettre a écrit :\n\n" + quoted(strings.ReplaceAll(askedFrench, "’", "'"), "> "), charset: "iso-8859-1", encoding: "8bit"}
	},
	"roundcube-below": func(p penned) sheet {
		return sheet{text: "Le 2018-02-05 09:12, InfoLettre a écrit :\n" + quoted(askedFrench, "> ") + "\n" + p.text + below(p.sign), charset: "windows-1252"}
	},
}

func gmail(p penned, intro, asked string) sheet {
	s := sheet{text: wrapped(p.text, 76, "")}
	s.html = `<div dir="ltr">` + p.asHTML("<div>", "</div>", "<br>")
	if p.sign != "" {
		s.text += "\n\n-- \n" + p.sign
		s.html += `<br clear="all"><div><br></div>-- <br><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature">` + elements(p.sign, "<div>", "</div>", "<br>") + `</div>`
	}
	s.html += `</div><br>` + gmailQuote(intro, asked)
	s.text += "\n\n" + wrapped(intro, 72, "") + "\n\n" + quoted(asked, "> ")
	return s
}

func gmailQuote(intro, asked string) string {
	intro = strings.NewReplacer("&lt;info@cites.example&gt;", `&lt;<a href="mailto:info@cites.example">info@cites.example</a>&gt;`).Replace(html.EscapeString(intro))
	return `<div class="gmail_quote"><div dir="ltr" class="gmail_attr">` + intro +
		`<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">` + askedHTML(asked) + `</blockquote></div>`
}

func apple(p penned, intro, asked string) sheet {
	return sheet{
		text: p.text + below(p.sign) + "\n\n> " + intro + "\n> \n" + quoted(asked, "> "),
		html: `<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body style="word-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;" class="">` +
			p.asHTML(`<div class="">`, "</div>", `<br class="">`) + elements(p.sign, `<div class="">`, "</div>", "<br>") + `<div><br class=""><blockquote type="cite" class=""><div class="">` +
			html.EscapeString(intro) + `</div><br class="Apple-interchange-newline"><div class="">` + askedHTML(asked) + `</div></blockquote></div><br class=""></body></html>`,
	}
}

func iphone(p penned, sent, intro, asked string) sheet {
	return sheet{
		text: p.text + below(p.sign) + "\n\n" + sent + "\n\n> " + intro + "\n> \n" + quoted(asked, "> "),
		html: `<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body dir="auto">` + p.asHTML(`<div dir="ltr">`, "</div>", "<br>") +
			elements(p.sign, "<div>", "</div>", "<br>") + `<br><div dir="ltr">` + sent + `</div><div dir="ltr"><br><blockquote type="cite">` + html.EscapeString(intro) +
			`<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">` + askedHTML(asked) + `</div></blockquote></body></html>`,
	}
}

func outlook(p penned, lang string, head []string, asked string) sheet {
	paragraphs := func(text string) string { // each is followed by a blank line
		var b strings.Builder
		for line := range strings.SplitSeq(text, "\n") {
			if strings.TrimSpace(line) == "" {
				line = "\u00a0"
			}
			b.WriteString(line + "\n\n")
		}
		return b.String()
	}
	sign, signed := "", ""
	if p.sign != "" {
		sign, signed = paragraphs("\n"+p.sign), elements("\n"+p.sign, `<p class="MsoNormal"><span style="color:#1F497D">`, "<o:p></o:p></span></p>", "&nbsp;")
	}
	return sheet{
		text: paragraphs(p.text) + sign + "\u00a0\n\n" + strings.Join(head, "\n") + "\n\n\u00a0\n\n" + asked,
		html: `<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word"><head><meta name="Generator" content="Microsoft Word 15 (filtered medium)"><style><!--
p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm; font-size:11.0pt; font-family:"Calibri",sans-serif;}
--></style><!--[if gte mso 9]><xml><o:shapedefaults v:ext="edit" spidmax="1026" /></xml><![endif]--></head><body lang="` + lang + `" link="#0563C1" vlink="#954F72"><div class="WordSection1">` +
			p.asHTML(`<p class="MsoNormal">`, "<o:p></o:p></p>", "&nbsp;") + signed +
			`<p class="MsoNormal"><o:p>&nbsp;</o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">` +
			elements(strings.Join(head, "\n"), "<b>", "</b><br>", "") + `<o:p></o:p></p></div></div><p class="MsoNormal"><o:p>&nbsp;</o:p></p>` + askedHTML(asked) + `</div></body></html>`,
		charset: "windows-1252",
	}
}

func outlookWeb(p penned, get string) sheet {
	head := []string{"De : InfoLettre <info@cites.example>", "Envoyé : lundi 5 février 2018 09:12", "À : Élise Marchand <elise@reseau.example>", "Objet : " + askedSubject}
	s := sheet{
		text: p.text + below(p.sign) + "\n\n",
		html: `<html><head><style type="text/css" style="display:none;"> P {margin-top:0;margin-bottom:0;} </style></head><body dir="ltr">` +
			p.asHTML(`<div class="elementToProof" style="font-family: Calibri, Arial, Helvetica, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);">`, "</div>", "<br>"),
	}
	if p.sign != "" {
		s.html += `<div id="Signature">` + elements(p.sign, "<div>", "</div>", "<br>") + `</div>`
	}
	if get != "" {
		s.text += get + "<https://outlook.example/get>\n"
		s.html += `<div><br></div><div id="ms-outlook-mobile-signature">` + strings.Replace(get, "Outlook", `<a href="https://outlook.example/get">Outlook`, 1) + `</a></div>`
	}
	s.text += "________________________________\n" + strings.Join(head, "\n") + "\n\n" + askedFrench
	s.html += `<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">` +
		elements(strings.Join(head, "\n"), "<b>", "</b><br>", "") + `</font><div>&nbsp;</div></div>` + askedHTML(askedFrench) + `</body></html>`
	return s
}

// bytes encodes the mail.
func (s sheet) bytes(from, to, id, date string) []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	for _, f := range s.fields {
		line("%s", f)
	}
	line("From: %s", from)
	line("To: %s", to)
	line("Subject: =?utf-8?B?%s?=", base64.StdEncoding.EncodeToString([]byte(s.subject)))
	line("Date: %s", date)
	line("Message-ID: <%s@mailer.example>", id)
	line("In-Reply-To: <l1@cites.example>")
	line("References: <l1@cites.example>")
	line("MIME-Version: 1.0")
	if s.whole != "" {
		b.WriteString(wire(s.whole))
		return b.Bytes()
	}
	part := func(media, params, body string) {
		charset, encoding := s.charset, s.encoding
		if charset == "" {
			charset = "utf-8"
		}
		if encoding == "" {
			encoding = "quoted-printable"
		}
		octets, can := encoded(charset, wire(body))
		if !can { // as mail programs do where somebody writes what it lacks
			charset, octets = "utf-8", []byte(wire(body))
		}
		line("Content-Type: %s; charset=%s%s", media, charset, params)
		line("Content-Transfer-Encoding: %s", encoding)
		line("")
		switch encoding {
		case "base64":
			for text := base64.StdEncoding.EncodeToString(octets); text != ""; {
				n := min(76, len(text))
				line("%s", text[:n])
				text = text[n:]
			}
		case "quoted-printable":
			w := quotedprintable.NewWriter(&b)
			_, _ = w.Write(octets)
			_ = w.Close()
			line("")
		default:
			b.Write(octets)
			line("")
		}
	}
	body := func() {
		switch {
		case s.html == "":
			part("text/plain", s.params, s.text)
		case s.text == "":
			part("text/html", "", s.html)
		default:
			line(`Content-Type: multipart/alternative; boundary="=_alternative"`)
			line("\r\n--=_alternative")
			part("text/plain", s.params, s.text)
			line("\r\n--=_alternative")
			part("text/html", "", s.html)
			line("\r\n--=_alternative--")
		}
	}
	if s.vcard == "" {
		body()
		return b.Bytes()
	}
	line(`Content-Type: multipart/mixed; boundary="=_mixed"`)
	line("\r\n--=_mixed")
	body()
	line("\r\n--=_mixed")
	line(`Content-Type: text/x-vcard; charset=utf-8; name="elise.vcf"`)
	line(`Content-Disposition: attachment; filename="elise.vcf"`)
	line("")
	b.WriteString(wire(s.vcard))
	line("\r\n--=_mixed--")
	return b.Bytes()
}

// charmaps are the charsets that are not utf-8. What they lack is written as mail
// programs do that look for the nearest.
var charmaps = map[string]*charmap.Charmap{"iso-8859-1": charmap.ISO8859_1, "windows-1252": charmap.Windows1252}

// encoded gives a text the octets of a charset; false where it has no such letters.
func encoded(charset, text string) ([]byte, bool) {
	m := charmaps[charset]
	if m == nil {
		return []byte(text), true
	}
	if charset == "iso-8859-1" {
		text = strings.NewReplacer("’", "'", "–", "-", "—", "-", "…", "...", "œ", "oe").Replace(text)
	}
	octets, err := m.NewEncoder().Bytes([]byte(text))
	return octets, err == nil
}

func wire(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}
