// Package templates holds the words of everything that people read: the issue,
// the reminders, the letters and the pages, in each language.
//
// A language is data: words/LANG.toml and letters/LANG/TOPIC.txt. Adding one is
// adding its files. A letter's first line is its subject; the rest is its text,
// a paragraph a blank line, in which a line [[item]], [[items]] or [[proof]]
// stands for what it shows. The HTML form of a letter is made from the same text.
package templates

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

//go:embed *.html *.txt *.css words letters desk
var files embed.FS

// Files are the templates as they are embedded.
func Files() fs.FS { return files }

// Words are a language's: by key, some with verbs of package fmt in them.
type Words struct {
	Language string
	months   []string
	words    map[string]string
}

// Load reads a language's words. The error lists the languages that there are.
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

// Languages lists those that there are words in.
func Languages() []string {
	names, err := fs.Glob(files, "words/*.toml")
	if err != nil {
		panic(err) // the pattern is well formed
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(path.Base(n), ".toml")
	}
	return names
}

// T returns the words under a key, with the arguments set in. A key that is
// missing shows as itself, in brackets; a test sees to it that none is.
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

// Has reports whether there are words under a key.
func (w Words) Has(key string) bool { _, ok := w.words[key]; return ok }

// Keys lists the keys, for tests.
func (w Words) Keys() []string {
	var keys []string
	for k := range w.words {
		keys = append(keys, k)
	}
	return keys
}

// Month is the month's name, 1 to 12.
func (w Words) Month(m int) string { return w.months[m-1] }
