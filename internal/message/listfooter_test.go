package message

import (
	"strings"
	"testing"
)

// A list's footer is removed, from the text and as a part of its own; text that only looks
// like one stays.
func TestRead_ListFooters(t *testing.T) {
	t.Parallel()
	const news = "La Cité ouvre un atelier de couture le 22 mars à Rouen."
	const rule = "\n_______________________________________________\n"
	for name, footer := range map[string]string{
		"Mailman 2":           rule + "Cites mailing list\nCites@listes.example\nhttps://listes.example/mailman/listinfo/cites\n",
		"Mailman 2, French":   rule + "Liste de diffusion Cites\nCites@listes.example\n",
		"Mailman 3":           rule + "Cites mailing list -- cites@listes.example\nTo unsubscribe send an email to cites-leave@listes.example\n",
		"how to leave, alone": "\n" + rule + "\nPour vous désabonner : https://listes.example/x\n\n",
	} {
		for _, apart := range []bool{false, true} {
			mail := "From: a@cite.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + news + footer + "\r\n--b--\r\n"
			if apart {
				mail = strings.Replace(mail, footer, "\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+strings.TrimLeft(footer, "\n"), 1)
			}
			m, err := Read([]byte(mail))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(m.Body()); got != news {
				t.Errorf("%s, apart %t: %q", name, apart, got)
			}
		}
	}
	for _, text := range []string{
		news + rule + "De : Ana Ribeiro\nObjet : Atelier\n\nUn autre texte.\n",
		news + "\n____\nCites mailing list\n",
		news + rule + strings.Repeat("Une ligne de plus.\n", 8) + "Cites mailing list\n",
		"Notre mailing list a un an.\n",
	} {
		if got := stripListFooter(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}
