package message

import (
	"strings"
	"testing"
)

func TestWritten(t *testing.T) {
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
		{"small print", "OUI\n\nCordialement,\nÉlise\n\nPensez à l'environnement avant d'imprimer ce message\n", "", "OUI", ""},
	} {
		m := &Message{Text: c.text, HTML: c.html}
		if text, html := m.Written(); text != c.wantText || html != c.wantHTML {
			t.Errorf("%s: %q and %q, want %q and %q", c.name, text, html, c.wantText, c.wantHTML)
		}
	}
}

// Without a signature or anything hidden, both parts are as Visible has them.
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
