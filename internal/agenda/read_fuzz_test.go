package agenda

import (
	"strings"
	"testing"
)

// hostile are texts which, repeated, take quadratic time in a reader that looks back or
// ahead without bound.
var hostile = []string{
	"1 1 1 1 ", "du 1 ", "le ", "\n", "1, ", "lundi ", "entre ", "à ", "22 mars ", "22 mars\n", "22 mars, ", "- 22 mars : Forum\n",
	"Date : 22 mars\n", "Date :\n", "Lieu : x ", "a | b | ", "22 mars | x\n", "22 mars 2018 aura lieu un atelier ", "https://a.example/ ",
	"inscription ", "« ", "a.", "1/1/1", "14h-", "de 9h à ", "é", "^{er}", "\xff", "> ", "Forum\n", "du lundi au ", "semaine du ",
	"aura lieu ", "12 rue ", "salle ", "demain à 14h ", "le 5 ou ", "premier mardi d'", "22 mars 2017 aura lieu. ",
	"annulé. ", "annulé, ", "n'aura pas lieu ", "ne pas ", "reporté au ", "9 avril annulé\n", "9 avril annulé. ", "Réunion annulée.\n\n9 avril\n\n", "au lieu du 9 avril ",
	"réunion reportée du 9 au 16 avril. ", "annulation de la ", "Annulés :\n9 avril : Forum\n\n", "pas le 15 mais le 22 ", "mais ",
}

func FuzzRead(f *testing.F) {
	for _, unit := range hostile {
		f.Add(strings.Repeat(unit, 40), "Forum du 3 mai", "fr")
	}
	for _, s := range []string{
		"7 février\nRéunion, Porto\n\n8 mars : Forum", "Un atelier aura lieu le 22 mars à Lille.", "Événements internes 2018\n\n1er mai\nFête, à",
		"Date : 3 mars\nLieu : ", "Date | Lieu\n3 mars | Lille", "Join us on 3 March in Porto", "- 3 mars – **X** <https://a.example>",
		"Le forum aura lieu mercredi 22 mars 2018.", "Data: 5 de maio\nHora: 14h30\nLocal: Porto", "Il seminario si terrà all'Università l'8 maggio alle 14",
	} {
		f.Add(s, "Forum du mercredi 22 mars 2018", "fr")
		f.Add(s, "", "en")
		f.Add(s, "x", "")
	}
	f.Fuzz(func(t *testing.T, text, title, lang string) {
		ref := Date{2018, 1, 25}
		events, questions := Read(text, Options{Title: title, Ref: ref, Lang: lang})
		last := Date{}
		for _, e := range events {
			if !e.Start.Valid() || !e.End.Valid() || e.End.Before(e.Start) || e.Start.Before(last) {
				t.Fatalf("dates or order of %+v", e)
			}
			last = e.Start
			if e.Title == "" || strings.ContainsAny(e.Title+e.Place, "\n\r") || e.Audience != Internal && e.Audience != External {
				t.Fatalf("event %+v", e)
			}
			if e.Link != "" && !strings.Contains(text, e.Link) {
				t.Fatalf("link %q is not of the text", e.Link)
			}
			for _, s := range []string{e.StartTime, e.EndTime} {
				if _, err := ParseClock(s); s != "" && err != nil {
					t.Fatalf("clock %q", s)
				}
			}
		}
		if len(questions) > maxQuestions || len(events) > maxEvents {
			t.Fatalf("%d questions, %d events", len(questions), len(events))
		}
		for _, q := range questions {
			if _, known := doubtWords[q.Doubt]; !known || q.Quote == "" || strings.ContainsAny(q.Quote, "\n\r") || len([]rune(q.Quote)) > maxQuote {
				t.Fatalf("question %+v", q)
			}
			if q.Start.IsZero() != q.End.IsZero() || !q.Start.IsZero() && (!q.Start.Valid() || q.End.Before(q.Start)) {
				t.Fatalf("dates of %+v", q)
			}
		}
	})
}
