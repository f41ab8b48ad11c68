package message

import (
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/pelletier/go-toml/v2"
)

// The languages of contributors have all tables filled; the others need only the words of
// mail programs.
var contributors = []string{"fr", "en", "pt", "it", "es"}

func languagesOf(t *testing.T) map[string]language {
	t.Helper()
	files, err := languageFiles.ReadDir("languages")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]language{}
	for _, f := range files {
		data, err := languageFiles.ReadFile(path.Join("languages", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		var l language
		if err := toml.Unmarshal(data, &l); err != nil {
			t.Fatalf("%s: %v", f.Name(), err)
		}
		all[strings.TrimSuffix(f.Name(), ".toml")] = l
	}
	return all
}

func TestReadVocabulary_LanguageFilesAreWhole(t *testing.T) {
	t.Parallel()
	if _, err := readVocabulary(); err != nil {
		t.Fatal(err)
	}
	all := languagesOf(t)
	for _, code := range contributors {
		if _, ok := all[code]; !ok {
			t.Errorf("%s has no file", code)
		}
	}
	for code, l := range all {
		for _, part := range []any{l.Quotation, l.Subject, l.Letter} {
			v := reflect.ValueOf(part)
			for i := range v.NumField() {
				name, list := v.Type().Field(i).Name, v.Field(i).Interface().([]string)
				letter := v.Type() == reflect.TypeOf(l.Letter)
				if len(list) == 0 && (!letter || slices.Contains(contributors, code)) {
					t.Errorf("%s: %s is empty", code, name)
				}
				pattern := letter && name != "Fields" && name != "Cues" || name == "Original" || name == "Forwarded"
				for _, w := range list {
					checkEntry(t, code+": "+name, w, pattern)
				}
			}
		}
	}
}

// checkEntry returns what is wrong with an entry of a table.
func checkEntry(t *testing.T, where, entry string, pattern bool) {
	t.Helper()
	if strings.Contains(entry, "’") {
		t.Errorf("%s: %q has a curly apostrophe, which no line has that it is compared with", where, entry)
	}
	if !pattern {
		if entry != strings.ToLower(entry) || strings.TrimSpace(entry) != entry || entry == "" {
			t.Errorf("%s: %q is not in lower case, or has blanks around it", where, entry)
		}
		return
	}
	re, err := regexp.Compile("^(?:" + strings.ReplaceAll(entry, "{name}", `\pL+`) + ")$")
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return
	}
	if re.MatchString("") {
		t.Errorf("%s: %s matches an empty line", where, entry)
	}
	plain := regexp.MustCompile(`\\.|\{name\}`).ReplaceAllString(entry, "")
	if strings.IndexFunc(plain, unicode.IsUpper) >= 0 {
		t.Errorf("%s: %s has a capital, which no line has that it is compared with", where, entry)
	}
}

// A text is searched for notices only if it has a cue, so that the notices of each
// language must contain one of its cues.
func TestReadVocabulary_EveryNoticeHasACue(t *testing.T) {
	t.Parallel()
	for code, notice := range map[string]string{
		"fr": "Ce message est confidentiel.",
		"en": "This message is confidential.",
		"pt": "Antes de imprimir, pense no ambiente.",
		"it": "Il presente messaggio è riservato.",
		"es": "Antes de imprimir, piense en el medio ambiente.",
	} {
		if !isNotice(foldSpace(notice)) {
			t.Errorf("%s: %q is no small print", code, notice)
		}
	}
}

func TestCutSubject_DropsPrefixesAndTags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		subject, rest    string
		answers, handsOn bool
	}{
		{"Un camion", "Un camion", false, false},
		{"Re: Un camion", "Un camion", true, false},
		{"RE : Un camion", "Un camion", true, false},
		{"Ré: Un camion", "Un camion", true, false},
		{"RES: Uma carrinha", "Uma carrinha", true, false},
		{"R: Un furgone", "Un furgone", true, false},
		{"AW: Ein Bus", "Ein Bus", true, false},
		{"Re[2]: Un camion", "Un camion", true, false},
		{"TR: Un camion", "Un camion", false, true},
		{"TR\u00a0: Un camion", "Un camion", false, true},
		{"Fwd: Fw: Un camion", "Un camion", false, true},
		{"ENC: Uma carrinha", "Uma carrinha", false, true},
		{"RV: Una furgoneta", "Una furgoneta", false, true},
		{"I: Un furgone", "Un furgone", false, true},
		{"WG: Ein Bus", "Ein Bus", false, true},
		{"Re: TR: Un camion", "Un camion", true, false},
		{"TR: Re: Un camion", "Un camion", false, true},
		{"[reseau] Re: [reseau] Un camion", "Un camion", true, false},
		{"[reseau]", "[reseau]", false, false},
		{"Reims : un camion", "Reims : un camion", false, false},
		{"Rouen: un camion", "Rouen: un camion", false, false},
		{"Info: un camion", "Info: un camion", false, false},
		{"", "", false, false},
		{"Re:", "", true, false},
	} {
		rest, answers, handsOn := CutSubject(c.subject)
		if rest != c.rest || answers != c.answers || handsOn != c.handsOn {
			t.Errorf("%q: %q, %t, %t", c.subject, rest, answers, handsOn)
		}
	}
}
