package item

import (
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// ours are the languages in which contributors write.
var ours = []string{"fr", "en", "pt", "it", "es"}

func TestLanguageOf_Samples(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, fallback, want string }{
		{"Le camion des métiers est dans la ville pour une semaine.", "en", "fr"},
		{"The careers bus is in town for a week, and you are welcome.", "fr", "en"},
		{"A carrinha das profissões está na cidade para uma semana de visitas, com os nossos conselheiros.", "fr", "pt"},
		{"Il furgone dei mestieri è nella città per una settimana, con i nostri consulenti e le scuole della provincia.", "fr", "it"},
		{"La furgoneta de los oficios está en la ciudad durante una semana, con nuestros orientadores y las escuelas.", "fr", "es"},
		{"Un atelier intitulé «\u00a0The art of the interview\u00a0» est proposé aux jeunes de la ville.", "en", "fr"},
		{"The centre calls it \u201cle café des parents\u201d and holds it on the first Monday of the month.", "fr", "en"},
		{"Namur, Galway, Braga", "pt", "pt"},
		{"Forum 2018", "en", "en"},
		{"", "es", "es"},
	} {
		if got, why := languageOf(c.text, c.fallback); got != c.want || why == "" {
			t.Errorf("%q: %s (%s), want %s", c.text, got, why, c.want)
		}
	}
}

// Every language has its tables, and every pattern compiles.
func TestLanguageFiles_AreComplete(t *testing.T) {
	t.Parallel()
	if _, err := readVocabulary(); err != nil {
		t.Fatal(err)
	}
	for _, code := range ours {
		data, err := languageFiles.ReadFile(path.Join("languages", code+".toml"))
		if err != nil {
			t.Fatal(err)
		}
		var l language
		if err := toml.Unmarshal(data, &l); err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		v := reflect.ValueOf(l)
		for i := range v.NumField() {
			name, list := v.Type().Field(i).Name, v.Field(i).Interface().([]string)
			if len(list) == 0 && !(name == "Accents" && code == "en") {
				t.Errorf("%s: %s is empty", code, name)
			}
			for _, w := range list {
				if strings.TrimSpace(w) != w || w == "" {
					t.Errorf("%s: %s: %q has blanks around it", code, name, w)
				}
			}
			if n := len(list); n != len(slices.Compact(slices.Sorted(slices.Values(list)))) {
				t.Logf("%s: %s says something twice", code, name)
			}
		}
		for _, p := range slices.Concat(l.Several, l.Numbers, l.Contacts) {
			re, err := regexp.Compile("^(?:" + p + ")$")
			if err != nil {
				t.Errorf("%s: %s: %v", code, p, err)
				continue
			}
			if re.MatchString("") {
				t.Errorf("%s: %s matches nothing at all", code, p)
			}
		}
		for _, a := range l.Acronyms {
			if a != strings.ToUpper(a) {
				t.Errorf("%s: the acronym %s is not in capitals", code, a)
			}
		}
		for _, a := range l.Accents {
			if fold(a) == strings.ToLower(a) && a != strings.ToLower(a) {
				t.Errorf("%s: %s has a capital", code, a)
			}
		}
	}
}
