// Package templates holds the words of everything that people read: the issue, the reminders,
// the letters and the pages, in each language. It keeps no state; begin reading at Load.
//
// A language is data: words/LANG.toml and letters/LANG/TOPIC.txt, so a language is added by
// adding its files. The first line of a letter is its subject; the rest is its text, in
// paragraphs separated by blank lines. A line [[item]], [[items]] or [[proof]] is replaced by
// what it names. The HTML form of a letter is made from the same text.
package templates

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

//go:embed *.html *.txt *.css words letters desk manual
var files embed.FS

// Files returns the embedded templates.
func Files() fs.FS { return files }

// Words holds the words of a language by key. Some contain verbs of package fmt.
type Words struct {
	Language string
	months   []string
	words    map[string]string
}

// Load reads the words of a language. The error for an unknown one lists the languages.
func Load(language string) (Words, error) {
	data, err := fs.ReadFile(files, path.Join("words", language+".toml"))
	if err != nil {
		return Words{}, fmt.Errorf("no words in language %q; there are %s", language, strings.Join(Languages(), ", "))
	}
	var doc struct {
		Months []string
		Words  map[string]string
	}
	if err := toml.Unmarshal(data, &doc); err != nil {
		return Words{}, fmt.Errorf("words in %s: %w", language, err)
	}
	if len(doc.Months) != 12 {
		return Words{}, fmt.Errorf("words in %s: %d months", language, len(doc.Months))
	}
	return Words{Language: language, months: doc.Months, words: doc.Words}, nil
}

// Languages lists the languages that have words.
func Languages() []string {
	names, err := fs.Glob(files, "words/*.toml")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(path.Base(n), ".toml")
	}
	return names
}

// T returns the words of a key, formatted with the arguments. A missing key is returned in
// brackets; a test checks that none is missing.
func (w Words) T(key string, args ...any) string {
	s, ok := w.words[key]
	if !ok {
		return "[" + key + "]"
	}
	if len(args) > 0 {
		return fmt.Sprintf(s, args...)
	}
	return s
}

// Has reports whether the key has words.
func (w Words) Has(key string) bool { _, ok := w.words[key]; return ok }

// Keys lists the keys, for tests.
func (w Words) Keys() []string {
	var keys []string
	for k := range w.words {
		keys = append(keys, k)
	}
	return keys
}

// Month returns the name of a month, 1 to 12.
func (w Words) Month(m int) string { return w.months[m-1] }
