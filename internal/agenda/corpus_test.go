package agenda

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// corpusDir is a set of the public corpora beside the module. Where it is absent
// the test is skipped, unless INFOLETTRE_REQUIRE names corpus.
func corpusDir(t *testing.T, set string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "corpus", set)
	if _, err := os.Stat(dir); err != nil {
		for _, need := range strings.Split(os.Getenv("INFOLETTRE_REQUIRE"), ",") {
			if need == "corpus" {
				t.Fatalf("corpus %s is required: %v", set, err)
			}
		}
		t.Skipf("corpus %s is not here", set)
	}
	return dir
}

// explicit selects the phrases that name a day of a month, in words or in figures,
// or a clock time in figures: a month's name beside a number or ordinal, figures
// joined by / - or ., an hour with its mark. Days told from today, parts of
// months and days, seasons and feasts are not marked, nor figures apart by mere
// blanks, which are telephone numbers as often as dates.
var explicit = map[string]*regexp.Regexp{
	"fr": regexp.MustCompile(`(?i)\b(\d{1,2}(er|e)?|premier|dix|treize|quinze)\s+(jan|fév|fev|mars|avr|mai|juin|juil|ao|sept|oct|nov|déc|dec)|\d[/.-]\d|\d\s?(h\b|h\d|heures)|heures`),
	"en": regexp.MustCompile(`(?i)\b(\d{1,2}(st|nd|rd|th)?|first|second|third|fifteenth)( of)?\s+(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s*(the )?(\d|first|third)|\d[/.-]\d|\d\s?([ap]\.?m?\b|h\b|h\d)|\d:\d\d`),
}

// vague phrases are left out of the mark: what they add to a date is a convention,
// or a reckoning from today.
var vague = map[string]*regexp.Regexp{
	"fr": regexp.MustCompile(`(?i)début|fin |milieu|matin[ée]e|le matin|lendemain|dernier|dans \d|il y a|passé de|prochaines?|\bdans\b|jour|quinzaine|après le`),
	"en": regexp.MustCompile(`(?i)ago|hence|from (now|today|\d+pm)|minutes|past |after|for \d|mins|in \d|of (this|next|the next|the previous) month|last|next|morning|late|early|mid|end|begin|years?|quarter|later|afternoon|oclock|o'clock|around \d{3,4}|\bEOY|\bBOY`),
}

type phrase struct {
	text, grain string
	start, end  time.Time
}

func readPhrases(t *testing.T, path string) []phrase {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []phrase
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n")[2:] {
		c := strings.Split(line+"\t\t\t", "\t")
		p := phrase{text: c[0], grain: c[1]}
		if p.start, err = time.Parse("2006-01-02T15:04", c[2]); err != nil {
			t.Fatal(err)
		}
		if c[3] != "" {
			if p.end, err = time.Parse("2006-01-02T15:04", c[3]); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, p)
	}
	return all
}

// holds says whether what was found is what the phrase means. The corpus counts
// the end with its grain; clock times alone are of the reference day or the next.
func (p phrase) holds(f Found, ref Date) bool {
	day, clock := DateOf(p.start), p.start.Format("15:04")
	grain := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[p.grain]
	if f.Start.IsZero() {
		if day != ref && day != ref.AddDays(1) {
			return false
		}
	} else if f.Start != day {
		return false
	}
	if p.grain == "day" {
		last := day
		if !p.end.IsZero() {
			last = DateOf(p.end).AddDays(-1)
		}
		return f.End == last && f.StartTime == ""
	}
	if f.StartTime != clock && !(f.StartTime == "" && clock == "00:00" && f.EndTime != "") {
		return false
	}
	if p.end.IsZero() {
		return f.EndTime == ""
	}
	return f.EndTime == p.end.Format("15:04") || f.EndTime == p.end.Add(-grain).Format("15:04")
}

func TestFind_DatesCorpus(t *testing.T) {
	t.Parallel()
	dir := corpusDir(t, "dates")
	ref := Date{2013, time.February, 12}
	for _, c := range []struct {
		lang         string
		right, wrong int // marks in hundredths: at least, at most
	}{{"fr", 95, 1}, {"en", 90, 2}} {
		var marked, right, wrong, others, othersRight, othersWrong, othersDoubted int
		for _, p := range readPhrases(t, filepath.Join(dir, c.lang+".tsv")) {
			found := Find(p.text, ref, c.lang)
			ok := len(found) == 1 && p.holds(found[0], ref)
			if explicit[c.lang].MatchString(p.text) && !vague[c.lang].MatchString(p.text) && p.grain != "month" {
				marked++
				switch {
				case ok:
					right++
				case len(found) > 0:
					wrong++
					t.Logf("%s: wrong %q: %+v, want %s %v %v", c.lang, p.text, found, p.grain, p.start, p.end)
				default:
					t.Logf("%s: missed %q", c.lang, p.text)
				}
				continue
			}
			others++
			switch {
			case ok:
				othersRight++
			case len(found) > 0 && !slices.ContainsFunc(found, func(f Found) bool { return f.Doubt == "" }):
				othersDoubted++ // nothing is made of them
			case len(found) > 0:
				othersWrong++
				t.Logf("%s: (unmarked) wrong %q: %+v", c.lang, p.text, found)
			}
		}
		fmt.Printf("score: dates %s, explicit: right %d/%d, wrong %d/%d\n", c.lang, right, marked, wrong, marked)
		fmt.Printf("score: dates %s, others (unmarked): right %d/%d, wrong %d/%d, in doubt %d\n", c.lang, othersRight, others, othersWrong, others, othersDoubted)
		if right*100 < c.right*marked || wrong*100 > c.wrong*marked {
			t.Errorf("%s: right %d, wrong %d of %d, beyond the marks of %d %% and %d %%", c.lang, right, wrong, marked, c.right, c.wrong)
		}
	}
}
