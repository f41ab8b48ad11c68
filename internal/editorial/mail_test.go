package editorial

import (
	"strings"
	"testing"

	"infolettre/internal/message"
)

// readWhole reads a mail of two parts, as a program sends it.
func readWhole(t *testing.T, text, html string) Reply {
	t.Helper()
	raw := "From: Nadia <nadia@x.example>\nTo: letter@x.example\nSubject: Re: n° 42 OUI\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n" +
		"--b\nContent-Type: text/plain; charset=utf-8\n\n" + text + "\n--b\nContent-Type: text/html; charset=utf-8\n\n" + html + "\n--b--\n"
	m, err := message.Read([]byte(strings.ReplaceAll(raw, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	plain, shown := m.Written()
	return ReadReply(ReplyText{Text: plain, HTML: shown})
}

func TestReadReply_WholeMails(t *testing.T) {
	t.Parallel()
	const gmailQuote = `<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Le lun. 5 févr. 2018 à 09:12, InfoLettre &lt;<a href="mailto:letter@x.example">letter@x.example</a>&gt; a écrit :<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex">Un forum<br>NON<br></blockquote></div>`
	const textQuote = "\n\nLe lun. 5 févr. 2018 à 09:12, InfoLettre <letter@x.example> a écrit :\n\n> Un forum\n> NON\n"
	const outlookQuote = `<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class=MsoNormal><b>De :</b> InfoLettre &lt;letter@x.example&gt;<br><b>Envoyé :</b> lundi 5 février 2018 09:12<br><b>À :</b> Nadia<br><b>Objet :</b> n° 42</p></div><p class=MsoNormal>Un forum</p><p class=MsoNormal>OUI</p>`
	for _, c := range []struct {
		name, text, html string
		verb             Verb
	}{
		{"Gmail", "*OUI*" + textQuote, `<div dir="ltr"><b>OUI</b></div>` + gmailQuote, Approve},
		{"Gmail, with a signature", "Oui, merci !\n\n-- \nNadia Berthier\nCité de Rouen" + textQuote, `<div dir="ltr">Oui, merci !<br clear="all"><div><br></div><span class="gmail_signature_prefix">-- </span><br><div class="gmail_signature">Nadia Berthier<br>Cité de Rouen</div></div>` + gmailQuote, Approve},
		{"Gmail, a change", "OUI\n\nTITRE : La mer recrute" + textQuote, `<div dir="ltr"><div>OUI</div><div><br></div><div>TITRE : La mer recrute</div></div>` + gmailQuote, Approve},
		{"Outlook", "Validé.\n\nCordialement,\nNadia Berthier\n\nDe : InfoLettre <letter@x.example>\nEnvoyé : lundi 5 février 2018 09:12\nÀ : Nadia\nObjet : n° 42\n\nUn forum\nOUI", `<html><head><style><!-- p.MsoNormal {margin:0cm;font-size:11pt} a:link {color:blue} --></style></head><body><div class=WordSection1><p class=MsoNormal>Validé.<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Cordialement,<br>Nadia Berthier</p>` + outlookQuote + `</div></body></html>`, Approve},
		{"a postscript below the signature", "OUI\n\nCordialement,\nNadia\n\nPS : ne pas publier avant mardi" + textQuote, `<div>OUI<br><br>Cordialement,<br>Nadia<br><br>PS : ne pas publier avant mardi</div>` + gmailQuote, None},
		{"a long line, wrapped in the text", "OUI\n\nMerci pour ce très beau texte, qui donne vraiment envie de venir à Rouen\nau printemps." + textQuote, `<div>OUI<br><br>Merci pour ce très beau texte, qui donne vraiment envie de venir à Rouen au printemps.</div>` + gmailQuote, Approve},
		{"the verb in the quotation alone", textQuote, gmailQuote, None},
		{"the HTML hides the order", "OUI" + textQuote, `<div style="display:none">OUI</div>` + gmailQuote, None},
		{"the HTML says more", "OUI" + textQuote, `<div>OUI<br>sauf la photo</div>` + gmailQuote, None},
		{"the text says more", "OUI\nsauf la photo" + textQuote, `<div>OUI</div>` + gmailQuote, None},
		{"struck through", "OUI" + textQuote, `<div><s>OUI</s></div>` + gmailQuote, None},
		{"zero-width", "OUI" + textQuote, `<div>O&#8203;UI</div>` + gmailQuote, None},
		{"an iPhone", "Ok pour moi\n\nEnvoyé de mon iPhone\n\n> Le 5 févr. 2018 à 09:12, InfoLettre <letter@x.example> a écrit :\n> \n> Un forum\n", `<html><body dir="auto">Ok pour moi<br><br><div dir="ltr">Envoyé de mon iPhone</div><div dir="ltr"><br><blockquote type="cite">Le 5 févr. 2018 à 09:12, InfoLettre &lt;letter@x.example&gt; a écrit :<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">Un forum</div></blockquote></body></html>`, Approve},
	} {
		if r := readWhole(t, c.text, c.html); r.Verb != c.verb {
			t.Errorf("%s: %s (%s)", c.name, r.Verb, r.Why)
		}
	}
}
