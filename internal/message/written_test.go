package message

import (
	"strings"
	"testing"
)

func TestWritten_LeavesQuotationsOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, html, wantText, wantHTML string }{
		{"text alone", "OUI\n\n> quoted\n", "", "OUI", ""},
		{"HTML alone", "", "<p>OUI</p><blockquote>non</blockquote>", "", "OUI"},
		{"both", "OUI\n", "<div>OUI</div>", "OUI", "OUI"},
		{"nothing but a quotation", "> OUI\n", "<blockquote>OUI</blockquote>", "\n", "\n"},
		{"not displayed", "", `<p>OUI</p><p style="display:none">non</p><div hidden>non</div>`, "", "OUI"},
		{"without size", "", `<p>OUI</p><p style="font-size:0px">non</p>`, "", "OUI"},
		{"hidden order", "", `<p style="display: none !important">OUI</p><p>Bonjour</p>`, "", "Bonjour"},
		{"white on white", "", `<p>OUI <span style="color:#fff">sauf la photo</span></p>`, "", "\n"},
		{"white on blue", "", `<div style="background:#000080"><p style="color:white">OUI</p></div>`, "", "OUI"},
		{"transparent", "", `<p>OUI <span style="color:transparent">mais</span></p>`, "", "\n"},
		{"off the page", "", `<p>OUI</p><p style="position:absolute;left:-9999px">non</p>`, "", "\n"},
		{"tiny", "", `<p>OUI</p><p style="font-size:1px">non</p>`, "", "\n"},
		{"clipped", "", `<p>OUI</p><div style="height:0;overflow:hidden">non</div>`, "", "\n"},
		{"struck through", "", `<p><s>OUI</s></p>`, "", "\n"},
		{"struck through by style", "", `<p><span style="text-decoration: line-through">OUI</span> non</p>`, "", "\n"},
		{"hidden by a class", "", `<style>.x{display:none}</style><p>OUI</p><p class="x">non</p>`, "", "\n"},
		{"hidden on some screens", "", `<style><!-- @media print { div p.y, #z { visibility:hidden } } --></style><p>OUI</p><p class="x y">non</p>`, "", "\n"},
		{"a style that hides nothing here", "", `<style>.x{display:none} p{margin:0} a:hover{color:#fff}</style><p>OUI</p>`, "", "OUI"},
		{"hidden in the quotation", "", `<style>.x{display:none}</style><p>OUI</p><blockquote><p class="x">pre</p>non</blockquote>`, "", "OUI"},
		{"invisible characters stay", "", "<p>O\u200bUI</p>", "", "O\u200bUI"},
		{"a smiley as picture", "", `<p>OK <img src="cid:1" alt="👎"></p><p><img alt="Logo"></p>`, "", "OK 👎"},
		{"too deep", "", strings.Repeat("<div>", 5000) + "OUI", "", "\n"},
		{"signature", "OUI\n\nCordialement,\nÉlise Marchand\n", "", "OUI", ""},
		{"signature with its separator", "OUI\n\n-- \nÉlise\nMon slogan est beau\n", "", "OUI", ""},
		{"postscript below the farewell", "OUI\n\nCordialement,\nÉlise\n\nPS : ne pas publier avant mardi\n", "", "OUI\n-- \nPS : ne pas publier avant mardi", ""},
		{"sentence below the farewell", "OUI\n\nBien à vous\nÉlise\n\nAttendez mardi pour publier\n", "", "OUI\n-- \nAttendez mardi pour publier", ""},
		{"postscript below the separator", "OUI\n-- \nÉlise\nP.S. sauf la photo\n", "", "OUI\n-- \nP.S. sauf la photo", ""},
		{"small print without a farewell", "OUI\n\nÉlise Marchand\n\nCe message et ses pièces jointes sont confidentiels et établis à l'intention exclusive de leurs destinataires. Si vous n'êtes pas le destinataire de ce message, merci de ne pas le diffuser.\n", "", "OUI\n\nÉlise Marchand", ""},
		{"small print in HTML", "", "<p>OUI</p><p>Please consider the environment before printing this email. Do not print unless you must.</p>", "", "OUI"},
		{"small print in German", "OUI\n\nDiese E-Mail ist vertraulich. Wenn Sie nicht der richtige Adressat sind, dürfen Sie sie nicht verwenden.\n", "", "OUI", ""},
		{"small print in Italian", "OK\n\nQuesto messaggio è riservato e destinato esclusivamente al destinatario. Se avete ricevuto questo messaggio per errore, vi preghiamo di avvisare il mittente.\n", "", "OK", ""},
		{"small print in Spanish", "OK\n\nEste mensaje es confidencial y de uso exclusivo del destinatario. Si no es usted el destinatario, no lo difunda.\n", "", "OK", ""},
		{"small print in Portuguese", "OK\n\nEsta mensagem é confidencial e destina-se exclusivamente ao destinatário. Se recebeu esta mensagem por engano, elimine-a.\n", "", "OK", ""},
		{"an afterthought that looks like it", "OUI\n\nMerci de ne pas diffuser ce texte avant jeudi.\n", "", "OUI\n\nMerci de ne pas diffuser ce texte avant jeudi.", ""},
		{"an afterthought in one paragraph with it", "OUI\n\nCe message est confidentiel et établi à l'intention exclusive de ses destinataires. Si vous n'êtes pas le destinataire, merci de le détruire. Ne publiez rien avant mardi.\n", "", "OUI\n\nNe publiez rien avant mardi.", ""},
		{"short words that are no small print", "OUI\n\nCe message est confidentiel.\n", "", "OUI\n\nCe message est confidentiel.", ""},
		{"a ban of the writer's own", "OUI\n\nLa diffusion de ce texte est interdite sans l'accord écrit de la mairie de Rouen et de la région.\n", "", "OUI\n\nLa diffusion de ce texte est interdite sans l'accord écrit de la mairie de Rouen et de la région.", ""},
		{"a day in small print", "OUI\n\nCe message est confidentiel et strictement réservé à ses destinataires jusqu'à jeudi prochain.\n", "", "OUI\n\nCe message est confidentiel et strictement réservé à ses destinataires jusqu'à jeudi prochain.", ""},
		{"a warning above the answer", "[EXTERNE] Attention : ce courriel provient de l'extérieur. N'ouvrez pas les pièces jointes.\n\nOUI\n", "<p>CAUTION: This email originated from outside the organisation. Do not click links.</p><p>OUI</p>", "OUI", "OUI"},
		{"a warning and the answer in one paragraph", "CAUTION: This email originated from outside the organisation.\nYes\nNot the photo\n", "", "Yes\nNot the photo", ""},
		{"the rule of a web mail", "Refusé\n\n----- Mail original -----\nDe: x\n", "", "Refusé", ""},
		{"a field above a header block", "", "<p>Date: 22 March 2018</p><p>From: InfoLettre<br>Sent: Monday 5 February 2018 9:00<br>To: Graham<br>Subject: n° 42</p><p>text</p>", "", "Date: 22 March 2018"},
		{"small print", "OUI\n\nCordialement,\nÉlise\n\nPensez à l'environnement avant d'imprimer ce message\n", "", "OUI", ""},
	} {
		m := &Message{Text: c.text, HTML: c.html}
		if text, html := m.Written(); text != c.wantText || html != c.wantHTML {
			t.Errorf("%s: %q and %q, want %q and %q", c.name, text, html, c.wantText, c.wantHTML)
		}
	}
}

// Without a signature or hidden text, both parts are the same as in Visible.
func FuzzWritten(f *testing.F) {
	f.Add("OUI\n\nCordialement,\nÉlise\n\nPS : non", `<style>.x{display:none}</style><p class=x>OUI</p><s>a</s>`)
	f.Add("-- \n--\n", `<p style="color:#fff;left:-999px">O</p>`)
	f.Fuzz(func(t *testing.T, text, html string) {
		m := &Message{Text: text, HTML: html}
		gotText, gotHTML := m.Written()
		if (gotText == "") != (strings.TrimSpace(text) == "") || (gotHTML == "") != (strings.TrimSpace(html) == "") {
			t.Fatalf("%q, %q: a part that is there looks missing: %q, %q", text, html, gotText, gotHTML)
		}
	})
}
