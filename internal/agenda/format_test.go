package agenda

import (
	"testing"

	"pgregory.net/rapid"
)

func TestFormatRange_FrenchAndEnglish(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		start, end         Date
		fr, en, frYr, enYr string
	}{
		{Date{2018, 2, 7}, Date{2018, 2, 7}, "7 février", "7 February", "7 février 2018", "7 February 2018"},
		{Date{2018, 6, 1}, Date{2018, 6, 3}, "1er-3 juin", "1–3 June", "1er-3 juin 2018", "1–3 June 2018"},
		{Date{2018, 2, 21}, Date{2018, 2, 22}, "21-22 février", "21–22 February", "21-22 février 2018", "21–22 February 2018"},
		{Date{2018, 5, 30}, Date{2018, 6, 1}, "30 mai – 1er juin", "30 May – 1 June", "30 mai – 1er juin 2018", "30 May – 1 June 2018"},
		{Date{2018, 12, 28}, Date{2019, 1, 2}, "28 décembre 2018 – 2 janvier 2019", "28 December 2018 – 2 January 2019",
			"28 décembre 2018 – 2 janvier 2019", "28 December 2018 – 2 January 2019"},
	} {
		for _, g := range [][2]string{
			{FormatRange(c.start, c.end, "fr"), c.fr}, {FormatRange(c.start, c.end, "en"), c.en},
			{FormatRangeYear(c.start, c.end, "fr"), c.frYr}, {FormatRangeYear(c.start, c.end, "en"), c.enYr},
		} {
			if g[0] != g[1] {
				t.Errorf("got %q, want %q", g[0], g[1])
			}
		}
	}
}

// What is printed is read back as the same days.
func TestFormatRange_IsFoundAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := Date{2018, 1, 1}.AddDays(rapid.IntRange(0, 3000).Draw(t, "start"))
		end := start.AddDays(rapid.IntRange(0, 100).Draw(t, "length"))
		for _, lang := range []string{"fr", "en"} {
			text := FormatRangeYear(start, end, lang)
			found := Find(text, Date{2018, 1, 1}, lang)
			if len(found) != 1 || found[0].Start != start || found[0].End != end || found[0].Doubt != "" {
				t.Fatalf("%q is read as %+v", text, found)
			}
		}
	})
}

func TestFormatTimes_FrenchAndEnglish(t *testing.T) {
	t.Parallel()
	for _, c := range [][4]string{
		{"", "", "", ""}, {"14:30", "", "14\u00a0h\u00a030", "14:30"}, {"09:00", "12:30", "9\u00a0h – 12\u00a0h\u00a030", "9:00–12:30"},
	} {
		if fr, en := FormatTimes(c[0], c[1], "fr"), FormatTimes(c[0], c[1], "en"); fr != c[2] || en != c[3] {
			t.Errorf("%v: %q, %q", c, fr, en)
		}
	}
}
