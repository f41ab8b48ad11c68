package agenda

import (
	"strings"
	"testing"
)

func TestReadLanguages_FrenchAndEnglishFirst(t *testing.T) {
	t.Parallel()
	all, err := readLanguages()
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, lex := range all {
		codes = append(codes, lex.code)
	}
	if got := strings.Join(codes, " "); got != "fr en es it pt" {
		t.Errorf("languages: %s", got)
	}
	if len(lexicons("pt")) != 1 || len(lexicons("de")) != len(all) {
		t.Error("lexicons: not the one that is named, or not all")
	}
}

func TestReadLanguage_IsStrict(t *testing.T) {
	t.Parallel()
	good, err := languageFiles.ReadFile("languages/fr.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"[tens]", "[dozens]\ndouze = 12\n[tens]", "dozens"},
		{"fillers = ", "filers = ", "filers"},
		{"fillers = ", "filers = ", "dates.fillers is missing"},
		{`noon = ["midi"]`, `noon = []`, "hours.noon"},
		{`either = ["ou"]`, `either = ["ou bien"]`, "not one word"},
		{`["juin"],`, "", "11 months"},
	} {
		text := strings.Replace(string(good), c.old, c.new, 1)
		if text == string(good) {
			t.Fatalf("fr.toml has no %q", c.old)
		}
		if _, err := readLanguage("fr", []byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v", c.new, err)
		}
	}
}

func TestFind_OtherLanguages(t *testing.T) {
	t.Parallel()
	ref := Date{2018, 1, 25} // a Thursday
	for _, c := range []struct{ lang, text, want string }{
		{"pt", "25 de março de 2018", "2018-03-25"},
		{"pt", "no dia 25 de março", "2018-03-25"},
		{"pt", "5 e 6 de maio", "2018-05-05/2018-05-06"},
		{"pt", "nos dias 5, 12 e 19 de maio de 2018", "2018-05-05 2018-05-12 2018-05-19"},
		{"pt", "de 5 a 7 de maio", "2018-05-05/2018-05-07"},
		{"pt", "entre 5 e 7 de maio de 2018", "2018-05-05/2018-05-07"},
		{"pt", "do dia 30 de abril ao dia 2 de maio", "2018-04-30/2018-05-02"},
		{"pt", "de 30 de maio a 1 de junho de 2018", "2018-05-30/2018-06-01"},
		{"pt", "1.º de maio de 2018", "2018-05-01"},
		{"pt", "quinta-feira, 22 de março de 2018, das 14h às 17h", "2018-03-2214:00-17:00"},
		{"pt", "5ª feira, 22 de março, às 14h30", "2018-03-2214:30"},
		{"pt", "22 de março às 10:30 horas", "2018-03-2210:30"},
		{"pt", "22 de março, das 9 às 17h", "2018-03-2209:00-17:00"},
		{"pt", "sábado 17 mar. 2018", "2018-03-17"},
		{"pt", "22/03/2018", "2018-03-22"},
		{"pt", "até 10 de março", "2018-03-10!"},
		{"pt", "até ao dia 10 de março", "2018-03-10!"},
		{"pt", "terça-feira, 22 de março de 2018", "2018-03-22?"},
		{"it", "25 marzo 2018", "2018-03-25"},
		{"it", "il 12 aprile alle ore 14.30", "2018-04-1214:30"},
		{"it", "dal 5 al 7 maggio", "2018-05-05/2018-05-07"},
		{"it", "dall'8 all'11 aprile 2018", "2018-04-08/2018-04-11"},
		{"it", "dal 30 aprile al 2 maggio 2018", "2018-04-30/2018-05-02"},
		{"it", "5 e 6 maggio", "2018-05-05/2018-05-06"},
		{"it", "l'8 maggio 2018", "2018-05-08"},
		{"it", "1° maggio 2018", "2018-05-01"},
		{"it", "giovedì 12 aprile, dalle 9 alle 17", "2018-04-1209:00-17:00"},
		{"it", "giovedì 12 aprile 2018, ore 9.30 - 12.30", "2018-04-1209:30-12:30"},
		{"it", "12/04/2018", "2018-04-12"},
		{"it", "12.04.2018", "2018-04-12"},
		{"it", "entro il 10 marzo", "2018-03-10!"},
		{"it", "entro e non oltre il 10 marzo 2018", "2018-03-10!"},
		{"it", "lunedì 12 aprile 2018", "2018-04-12?"},
		{"it", "il primo maggio", "2018-05-01"},
		{"es", "12 de abril de 2018", "2018-04-12"},
		{"es", "el 12 de abril a las 10:30 horas", "2018-04-1210:30"},
		{"es", "del 5 al 7 de mayo", "2018-05-05/2018-05-07"},
		{"es", "del 30 de abril al 2 de mayo de 2018", "2018-04-30/2018-05-02"},
		{"es", "5 y 6 de mayo", "2018-05-05/2018-05-06"},
		{"es", "los días 5, 12 y 19 de mayo", "2018-05-05 2018-05-12 2018-05-19"},
		{"es", "jueves, 12 de abril, de 10 a 14 h", "2018-04-1210:00-14:00"},
		{"es", "jueves 12 de abril de 2018 de 10.00 a 14.00 horas", "2018-04-1210:00-14:00"},
		{"es", "el 12 de abril a las cinco de la tarde", "2018-04-1217:00"},
		{"es", "12/04/2018", "2018-04-12"},
		{"es", "antes del 10 de marzo", "2018-03-10!"},
		{"es", "hasta el 10 de marzo de 2018", "2018-03-10!"},
		{"es", "lunes 12 de abril de 2018", "2018-04-12?"},
		{"", "il 12 aprile 2018", "2018-04-12"},
	} {
		if got := spelled(Find(c.text, ref, c.lang)); got != c.want {
			t.Errorf("%s %q: got %s, want %s", c.lang, c.text, got, c.want)
		}
	}
}

func TestRead_OtherLanguages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, lang, text, want string }{
		{"pt prose", "pt", "O seminário sobre orientação terá lugar no dia 22 de março de 2018, das 14h às 17h, no Porto. Inscrições até 10 de março: https://porto.example/inscricao",
			"2018-03-22 | 14:00-17:00 | Seminário sobre orientação | Porto | external | https://porto.example/inscricao"},
		{"pt reflexive", "pt", "A feira das profissões realiza-se em Lisboa de 5 a 7 de maio de 2018.",
			"2018-05-05/2018-05-07 | - | Feira das profissões | Lisboa | external | "},
		{"pt past", "pt", "A feira decorreu em Lisboa de 5 a 7 de março. O encontro foi organizado no dia 3 de maio de 2017. A formação realizou-se a 8 de fevereiro de 2018.", ""},
		{"pt labels", "pt", "Oficina de CV\n\nData: 22 de março de 2018\nHora: 14h30\nLocal: Biblioteca de Gaia",
			"2018-03-22 | 14:30- | Oficina de CV | Biblioteca de Gaia | external | "},
		{"it prose", "it", "Il seminario sull'orientamento si terrà a Bellinzona il 12 aprile 2018 alle ore 14.30. Iscrizioni entro il 10 marzo: https://ticino.example/iscrizioni",
			"2018-04-12 | 14:30- | Seminario sull'orientamento | Bellinzona | external | https://ticino.example/iscrizioni"},
		{"it avrà luogo", "it", "La giornata delle porte aperte avrà luogo dal 5 al 7 maggio 2018 presso la Biblioteca comunale di Lugano.",
			"2018-05-05/2018-05-07 | - | Giornata delle porte aperte | Biblioteca comunale di Lugano | external | "},
		{"it past", "it", "Il 15 gennaio si è tenuto un incontro a Milano. La fiera ha avuto luogo il 12 aprile 2017.", ""},
		{"it labels", "it", "Fiera dei mestieri\nData: giovedì 12 aprile 2018\nOre: 9.30 - 12.30\nLuogo: Palazzo Reale, Milano",
			"2018-04-12 | 09:30-12:30 | Fiera dei mestieri | Palazzo Reale, Milano | external | "},
		{"es prose", "es", "La jornada de puertas abiertas tendrá lugar en Barcelona el 12 de abril de 2018 a las 10:30 horas. Inscripciones hasta el 10 de marzo en https://bcn.example/inscripcion",
			"2018-04-12 | 10:30- | Jornada de puertas abiertas | Barcelona | external | https://bcn.example/inscripcion"},
		{"es celebrará", "es", "El congreso de orientación se celebrará del 5 al 7 de mayo en Zaragoza.",
			"2018-05-05/2018-05-07 | - | Congreso de orientación | Zaragoza | external | "},
		{"es past", "es", "El foro se celebró el 15 de enero en Madrid. El 12 de enero de 2018 tuvo lugar una charla.", ""},
		{"es labels", "es", "Taller de currículum\n\nFecha: 12 de abril de 2018\nHora: 10:00 a 12:00\nLugar: Centro cívico",
			"2018-04-12 | 10:00-12:00 | Taller de currículum | Centro cívico | external | "},
		{"unknown", "xx", "Il convegno si terrà a Lugano il 12 aprile 2018.", "2018-04-12 | - | TITLE | Lugano | external | "},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := eventLines(eventsOf(c.text, Options{Title: "TITLE", Ref: Date{2018, 1, 25}, Lang: c.lang}))
			if got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
	for _, lang := range []string{"pt", "it", "es", ""} {
		if got := FormatRange(Date{2018, 12, 28}, Date{2019, 1, 2}, lang) + FormatTimes("09:00", "12:30", lang); got == "" {
			t.Errorf("%s: nothing is written", lang)
		}
	}
}
