package item

import (
	"embed"
	"fmt"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

// A language is a file here; languages/fr.toml says what its tables are.
//
//go:embed languages/*.toml
var languageFiles embed.FS

// language is one language file.
type language struct {
	Function               []string
	Sendings, Empty, Small []string
	Subheads               []string
	Several, Numbers       []string
	Captions, Contacts     []string
	Titles                 []string
	Names, Phrases         []string
	Accents, Acronyms      []string
}

// words are the tables of a language, prepared for use.
type words struct {
	function map[string]bool   // folded
	accents  map[string]string // folded → as written
	phrases  map[string]string // folded → as written
	names    map[string]string // folded → as written
	acronyms map[string]bool   // upper case
}

// vocabulary holds all languages: each by its code, and the tables that are used whatever the
// language.
type vocabulary struct {
	languages map[string]words
	sendings  map[string]bool // folded
	empty     map[string]bool // folded; includes the sendings
	small     map[string]bool
	subheads  map[string]bool
	captions  map[string]bool
	titles    map[string]bool // labels of a title
	several   *regexp.Regexp  // anywhere in lower-case text
	numbers   *regexp.Regexp  // at the beginning of a line in lower case
	contacts  *regexp.Regexp  // at the beginning of a line, any case
}

// loadVocabulary is the vocabulary of the embedded files. A file that cannot be parsed is a programming
// error; tests catch it.
var loadVocabulary = sync.OnceValue(func() *vocabulary {
	v, err := readVocabulary()
	if err != nil {
		panic("item: " + err.Error())
	}
	return v
})

func readVocabulary() (*vocabulary, error) {
	files, err := languageFiles.ReadDir("languages")
	if err != nil {
		return nil, err
	}
	v := &vocabulary{
		languages: map[string]words{}, sendings: map[string]bool{}, empty: map[string]bool{}, small: map[string]bool{},
		subheads: map[string]bool{}, captions: map[string]bool{}, titles: map[string]bool{},
	}
	var several, numbers, contacts []string
	for _, f := range files {
		data, err := languageFiles.ReadFile(path.Join("languages", f.Name()))
		if err != nil {
			return nil, err
		}
		var l language
		if err := toml.NewDecoder(strings.NewReader(string(data))).DisallowUnknownFields().Decode(&l); err != nil {
			return nil, fmt.Errorf("language %s: %w", f.Name(), err)
		}
		for _, t := range []struct {
			to   map[string]bool
			from []string
		}{{v.sendings, l.Sendings}, {v.empty, l.Sendings}, {v.empty, l.Empty}, {v.small, l.Small}, {v.subheads, l.Subheads}, {v.captions, l.Captions}, {v.titles, l.Titles}} {
			for _, w := range t.from {
				t.to[strings.TrimSpace(fold(w))] = true
			}
		}
		w := words{
			function: map[string]bool{}, accents: writtenForms(l.Accents), phrases: writtenForms(l.Phrases), names: writtenForms(l.Names),
			acronyms: map[string]bool{},
		}
		for _, f := range l.Function {
			w.function[strings.TrimSpace(fold(f))] = true
		}
		for _, a := range l.Acronyms {
			w.acronyms[a] = true
		}
		v.languages[strings.TrimSuffix(f.Name(), ".toml")] = w
		several, numbers, contacts = append(several, l.Several...), append(numbers, l.Numbers...), append(contacts, l.Contacts...)
	}
	for _, t := range []struct {
		to            **regexp.Regexp
		before, after string
		patterns      []string
	}{
		{&v.several, ``, ``, several},
		{&v.numbers, `^`, `[\s\p{Z}]*(?:[:.)–—-]|$)[\s\p{Z}]*`, numbers},
		{&v.contacts, `(?i)^[\s\p{Z}*•–-]*`, `[\s\p{Z}]*(?:[:：]|$)[\s\p{Z}]*`, contacts},
	} {
		if *t.to, err = regexp.Compile(t.before + `(?:` + strings.Join(t.patterns, "|") + `)` + t.after); err != nil {
			return nil, fmt.Errorf("pattern: %w", err)
		}
	}
	return v, nil
}

// writtenForms maps folded words to their written form.
func writtenForms(list []string) map[string]string {
	m := map[string]string{}
	for _, w := range list {
		m[strings.TrimSpace(fold(w))] = w
	}
	return m
}
