package agenda

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// spelled is what Find found, as one line: dates, times, and marks for doubt and
// deadlines.
func spelled(found []Found) string {
	var all []string
	for _, f := range found {
		s := f.Start.String()
		if f.End != f.Start {
			s += "/" + f.End.String()
		}
		if f.StartTime != "" || f.EndTime != "" {
			s += strings.TrimSpace(" " + f.StartTime)
		}
		if f.EndTime != "" {
			s += "-" + f.EndTime
		}
		if f.Doubt != "" {
			s += "?"
		}
		if f.Deadline {
			s += "!"
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

func TestFind_EachForm(t *testing.T) {
	t.Parallel()
	ref := Date{2018, 1, 25} // a Thursday
	for _, c := range []struct{ lang, text, want string }{
		{"fr", "7 février", "2018-02-07"},
		{"fr", "le 7 février 2018", "2018-02-07"},
		{"fr", "8 & 9 février", "2018-02-08/2018-02-09"},
		{"fr", "8 et 9 février", "2018-02-08/2018-02-09"},
		{"fr", "8 ET 9 FEVRIER", "2018-02-08/2018-02-09"},
		{"fr", "21-22 février", "2018-02-21/2018-02-22"},
		{"fr", "21–22\u00a0février", "2018-02-21/2018-02-22"},
		{"fr", "12-16 mars", "2018-03-12/2018-03-16"},
		{"fr", "du 12 au 16 mars 2018", "2018-03-12/2018-03-16"},
		{"fr", "du 12 au\n16 mars 2018", "2018-03-12/2018-03-16"},
		{"fr", "du lundi 12 au vendredi 16 mars", "2018-03-12/2018-03-16"},
		{"fr", "du 30 mai au 1er juin 2018", "2018-05-30/2018-06-01"},
		{"fr", "du 30 mai au 1^{er} juin à Rouen", "2018-05-30/2018-06-01"},
		{"fr", "30 mai - 1er juin", "2018-05-30/2018-06-01"},
		{"fr", "du 1ᵉʳ au 3 juin", "2018-06-01/2018-06-03"},
		{"fr", "du 28 décembre 2018 au 3 janvier 2019", "2018-12-28/2019-01-03"},
		{"fr", "du 28 décembre au 3 janvier 2019", "2018-12-28/2019-01-03"},
		{"fr", "31 mai et 1er juin", "2018-05-31/2018-06-01"},
		{"fr", "le 7 février et le 9 mars", "2018-02-07 2018-03-09"},
		{"fr", "les 6, 13 et 20 mars", "2018-03-06 2018-03-13 2018-03-20"},
		{"fr", "les 13, 14 et 15 mars", "2018-03-13/2018-03-15"},
		{"fr", "entre le 13 et le 15 mars", "2018-03-13/2018-03-15"},
		{"fr", "lundi 12 mars", "2018-03-12"},
		{"fr", "mardi 12 mars", "2018-03-12?"},
		{"fr", "lundi 15 janvier", "2018-01-15"},
		{"fr", "15/03/2018", "2018-03-15"},
		{"fr", "15.03.2018", "2018-03-15"},
		{"fr", "du 15/03 au 17/03/2018", "2018-03-15/2018-03-17"},
		{"fr", "2018-03-15", "2018-03-15"},
		{"fr", "28 nov. 2017", "2017-11-28"},
		{"fr", "3 sept.", "2018-09-03"},
		{"fr", "22 mars à 14h30", "2018-03-22" + "14:30"},
		{"fr", "22 mars, de 9h à 12h30", "2018-03-2209:00-12:30"},
		{"fr", "le 22 mars à 14 h", "2018-03-2214:00"},
		{"fr", "le 22 mars 9h-17h", "2018-03-2209:00-17:00"},
		{"fr", "à 14h le 22 mars", "2018-03-2214:00"},
		{"fr", "22 mars à quatorze heures trente", "2018-03-2214:30"},
		{"fr", "12-16 mars, 9 h – 17 h", "2018-03-12/2018-03-1609:00-17:00"},
		{"fr", "avant le 10 mars", "2018-03-10!"},
		{"fr", "Inscription jusqu'au 10 mars 2018", "2018-03-10!"},
		{"fr", "Date limite d'inscription : 10 mars", "2018-03-10!"},
		{"fr", "à partir du 12 mars", "2018-03-12?"},
		{"fr", "le 5 ou le 6 mars", "2018-03-05? 2018-03-06?"},
		{"fr", "Le comité s'est réuni le 15 janvier.", "2018-01-15"},
		{"fr", "Une visite a été faite le 28 novembre.", "2017-11-28"},
		{"fr", "Elle se tiendra le 15 janvier.", "2019-01-15?"},
		{"fr", "15 janvier", "2018-01-15?"},
		{"fr", "premier mardi de mars", "2018-03-06"},
		{"en", "7 February", "2018-02-07"},
		{"en", "February 7th, 2018", "2018-02-07"},
		{"en", "21-22 February", "2018-02-21/2018-02-22"},
		{"en", "from 30 May to 1 June 2018", "2018-05-30/2018-06-01"},
		{"en", "May 30 – June 1", "2018-05-30/2018-06-01"},
		{"en", "March 12-16, 2018", "2018-03-12/2018-03-16"},
		{"en", "22 March at 2 pm", "2018-03-2214:00"},
		{"en", "22 March from 2 pm to 4:30 pm", "2018-03-2214:00-16:30"},
		{"en", "Thursday 22 March, 10:00–12:00", "2018-03-2210:00-12:00"},
		{"en", "the 22nd of March", "2018-03-22"},
		{"en", "by 10 March", "2018-03-10!"},
		{"pt-unknown", "7 février and May 30", "2018-02-07 2018-05-30"},
	} {
		if got := spelled(Find(c.text, ref, c.lang)); got != c.want {
			t.Errorf("%s %q: got %s, want %s", c.lang, c.text, got, c.want)
		}
	}
}

// What is no date must give none: a wrong date is worse than none.
func TestFind_NothingWithoutADate(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"31 février", "30 février 2018", "le 32 mars", "29 février 2018", "31/04/2018", "12/13/2018",
		"jeunes de 15 à 24 ans", "27,9 % des 127 candidatures", "Tél. 01 02 03 04 05", "tél : 01.02.03.04.05",
		"+33 1 02 03 18 19", "12,50 €", "version 2.10.18.4", "une formation de 35 heures", "pendant 2h", "ouvert 24h/24",
		"7j/7", "3/4 des visiteurs", "page 12", "30 000 emplois", "mars 2018", "l'étape 1", "n° 12/2018",
		"75012 Paris", "192.168.10.18", "une durée de 6 mois", "dix ans", "CDM21", "A4 et A5", "le groupe des 15",
		"3h de formation", "https://cite.example/2018/03/15/forum", "ref-2018-03-15-77", "15 %", "un mardi sur deux",
	} {
		for _, f := range Find(text, Date{2018, 1, 25}, "fr") {
			if f.Doubt == "" {
				t.Errorf("%q: found %+v", text, f)
			}
		}
	}
	for _, text := range []string{
		"aged 15 to 24", "call 555-421-6780", "for 3 hours", "You may 2 or 3 times", "section 4.2.18", "$12.50", "the second time",
		"I march 10 miles", "3:10:22", "Sat 4 of us",
	} {
		for _, f := range Find(text, Date{2018, 1, 25}, "en") {
			if f.Doubt == "" {
				t.Errorf("%q: found %+v", text, f)
			}
		}
	}
}

func TestFind_SaysWhereItStands(t *testing.T) {
	t.Parallel()
	text := "Rendez-vous à Porto du 30 mai au 1er juin 2018, puis le 3 juillet."
	found := Find(text, Date{2018, 1, 25}, "fr")
	if len(found) != 2 {
		t.Fatalf("found %+v", found)
	}
	if got := text[found[0].From:found[0].To]; got != "du 30 mai au 1er juin 2018" {
		t.Errorf("first: %q", got)
	}
	if got := text[found[1].From:found[1].To]; got != "le 3 juillet" {
		t.Errorf("second: %q", got)
	}
}

func checkFound(t *testing.T, text string, found []Found) {
	t.Helper()
	last := 0
	for _, f := range found {
		if f.From < last || f.To <= f.From || f.To > len(text) {
			t.Fatalf("%q: span %d:%d after %d", text, f.From, f.To, last)
		}
		if utf8.ValidString(text) && !utf8.ValidString(text[f.From:f.To]) {
			t.Fatalf("%q: span cuts a character", text)
		}
		last = f.From
		if f.Start.IsZero() != f.End.IsZero() || !f.Start.IsZero() && (!f.Start.Valid() || !f.End.Valid() || f.End.Before(f.Start)) {
			t.Fatalf("%q: dates %v to %v", text, f.Start, f.End)
		}
		if f.Start.IsZero() && f.StartTime == "" && f.EndTime == "" {
			t.Fatalf("%q: found nothing: %+v", text, f)
		}
		for _, s := range []string{f.StartTime, f.EndTime} {
			if _, err := ParseClock(s); s != "" && err != nil {
				t.Fatalf("%q: clock %q", text, s)
			}
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"du 30 mai au 1^{er} juin", "8 & 9 février à 14h30", "May 30 – June 1, 2 pm", "15/01/2018-17/01/2018",
		"les 5, 6 et 7 mars", "premier mardi d'octobre", "vendredi 15 à 16h\n\nle", "29 février", "de 9h à\xff 12h", "midi quinze ^{er"} {
		f.Add(s, "fr", 2018, 1, 25)
		f.Add(s, "", 2016, 2, 29)
	}
	f.Fuzz(func(t *testing.T, text, lang string, y, m, d int) {
		ref := Date{1900 + abs(y)%250, time.Month(1 + abs(m)%12), 1 + abs(d)%28}
		checkFound(t, text, Find(text, ref, lang))
	})
}

func abs(n int) int {
	if n < 0 {
		return -(n + 1)
	}
	return n
}
