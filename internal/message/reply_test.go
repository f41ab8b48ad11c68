package message

import (
	"strings"
	"testing"
)

func TestVisibleReply_DropsQuotations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"plain", "OUI\n", "OUI"},
		{"Gmail", "OUI\n\nLe jeu. 25 janv. 2018 à 10:00, InfoLettre <lettre@cite.example> a écrit :\n\n> NON\n> texte\n", "OUI"},
		{"Gmail, wrapped", "OUI\n\nLe jeu. 25 janv. 2018 à 10:00, Réseau international des Cités <\nlettre@cite.example> a\nécrit :\n\n> NON\n", "OUI"},
		{"no-break space", "NON : trop long\n\nLe 25 janv. 2018 à 10:00, Ana <ana@cite.example> a écrit\u00a0:\n> x\n", "NON : trop long"},
		{"Apple Mail", "Oui\n\nEnvoyé de mon iPhone\n\n> Le 25 janv. 2018 à 10:00, InfoLettre <lettre@cite.example> a écrit :\n> \n> texte\n", "Oui"},
		{"Thunderbird", "OUI\n\nLe 25/01/2018 à 10:00, InfoLettre a écrit :\n> texte\n", "OUI"},
		{"Outlook", "OUI\n\nCordialement,\nÉlise\n\nDe : InfoLettre <lettre@cite.example>\nEnvoyé : jeudi 25 janvier 2018 10:00\nÀ : Élise\nObjet : À relire\n\nNON\n", "OUI"},
		{"Outlook, rule", "OUI\n\n________________________________\nDe : InfoLettre <lettre@cite.example>\nEnvoyé : jeudi 25 janvier 2018 10:00\nÀ : Élise\nObjet : À relire\n\nNON\n", "OUI"},
		{"Outlook, old", "OUI\n-----Message d'origine-----\nDe : InfoLettre\nNON", "OUI"},
		{"English", "YES\n\nOn Thu, Jan 25, 2018 at 10:00 AM InfoLettre <lettre@cite.example>\nwrote:\n\n> NO\n", "YES"},
		{"bottom", "Le 25/01/2018 à 10:00, InfoLettre a écrit :\n> texte\n> autre\n\nOUI\n", "OUI"},
		{"between", "> un point\nd'accord\n\n> un autre\n> encore\nnon merci\n", "d'accord\n\nnon merci"},
		{"nothing new", "Le 25/01/2018 à 10:00, InfoLettre a écrit :\n> OUI\n", ""},
		{"original unmarked below", "Le 25/01/2018 à 10:00, InfoLettre a écrit :\nOUI\n", ""},
		{"signature", "OUI\n-- \nÉlise\nNON\n", "OUI"},
		{"forward stays", "Pour information\n\n---------- Forwarded message ----------\nFrom: a@b.example\nDate: 25 Jan 2018\nSubject: x\n\ntexte", "Pour information\n\n---------- Forwarded message ----------\nFrom: a@b.example\nDate: 25 Jan 2018\nSubject: x\n\ntexte"},
		{"a programme is no header", "Horaires\nDe : 9h\nÀ : 12h\nBonne journée à tous les participants de cette rencontre", "Horaires\nDe : 9h\nÀ : 12h\nBonne journée à tous les participants de cette rencontre"},
		{"a sentence is no attribution", "Le maire nous a écrit :\nvoici sa lettre", "Le maire nous a écrit :\nvoici sa lettre"},
		{"Portuguese", "SIM\n\nEm qui., 25 de jan. de 2018 às 10:00, Lettre <lettre@cite.example> escreveu:\n> x\n", "SIM"},
		{"Spanish", "SÍ\n\nEl jue., 25 ene. 2018 a las 10:00, Lettre (<lettre@cite.example>) escribió:\n> x\n", "SÍ"},
		{"Italian", "SÌ\n\nIl giorno gio 25 gen 2018 alle ore 10:00 Lettre <lettre@cite.example> ha scritto:\n> x\n", "SÌ"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := VisibleReply(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestVisible_OfHTML(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, html, want string }{
		{"Gmail", `<div dir="ltr">OUI</div><br><div class="gmail_quote"><div class="gmail_attr">Le jeu. 25 janv. 2018 à 10:00, Lettre &lt;<a href="mailto:l@cite.example">l@cite.example</a>&gt; a écrit :<br></div><blockquote class="gmail_quote"><p>NON</p></blockquote></div>`, "OUI"},
		{"Outlook on the web", `<div>OUI</div><div id="appendonsend"></div><hr><div>NON</div>`, "OUI"},
		{"Outlook", `<p>OUI</p><div style="border-top:solid #E1E1E1 1.0pt"><p><b>De :</b> Lettre &lt;l@cite.example&gt;<br><b>Envoyé :</b> jeudi 25 janvier 2018<br><b>À :</b> Élise<br><b>Objet :</b> x</p></div><p>NON</p>`, "OUI"},
		{"Yahoo", `<div>OUI</div><div class="yahoo_quoted"><div>Le jeudi 25 janvier 2018 à 10:00, Lettre a écrit :</div><div>NON</div></div>`, "OUI"},
		{"Thunderbird", `OUI<div class="moz-cite-prefix">Le 25/01/2018 à 10:00, Lettre a écrit :<br></div><blockquote type="cite">NON</blockquote>`, "OUI"},
		{"hidden before", `<div style="display:none">NON</div><p>OUI</p>`, "OUI"},
		{"white on white", `<p><font color="#fff">NON</font></p><p>OUI</p>`, "OUI"},
		{"white on blue", `<table><tr><td bgcolor="#003366"><span style="color:#FFFFFF">OUI</span></td></tr></table>`, "OUI"},
		{"tiny", `<span style="font-size:0">NON</span>OUI`, "OUI"},
		{"invisible letters", "\u200bOUI\u200b", "OUI"},
		{"Gmail's indent", `<div>Voici :</div><blockquote class="gmail_quote">la suite</blockquote>`, "Voici :\n\nla suite"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := (&Message{HTML: c.html}).Visible(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// The result consists of lines of the text, and a second pass removes nothing but blanks.
func FuzzVisibleReply(f *testing.F) {
	for _, s := range []string{"OUI\n> x\n", "Le 25/01/2018 à 10:00, A a écrit :\n> x\ny", "a\n--\nb", "De : a@b.example\nObjet : x\n\ny", "x On 1/2/2018 a wrote:\n> y", "-----Message d'origine-----"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			t.Skip("the check below is quadratic")
		}
		got := VisibleReply(text)
		have := map[string]bool{}
		for _, line := range strings.Split(normalise(text), "\n") {
			have[strings.Join(strings.Fields(line), " ")] = true
		}
		for _, line := range strings.Split(got, "\n") {
			folded := strings.Join(strings.Fields(line), " ")
			if folded == "" || have[folded] {
				continue
			}
			found := false
			for l := range have {
				found = found || strings.HasPrefix(l, folded)
			}
			if !found {
				t.Fatalf("%q is not of the text", line)
			}
		}
		if len(got) > len(text) {
			t.Fatalf("longer: %q", got)
		}
	})
}
