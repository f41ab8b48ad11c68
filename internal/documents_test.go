package internal_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents are the pages for developers, with the lines that each may have at most; 0 for
// any number.
var documents = map[string]int{
	"README.md": 200, "internal/README.md": 250, "internal/DETAILS.md": 0, "internal/SCORES.md": 0,
	"config/SECURITY.md": 0, "CHANGELOG.md": 0,
}

var (
	codeSpan = regexp.MustCompile("`([^`\n]+)`")
	link     = regexp.MustCompile(`\]\(([^)#]+)`)
	fileName = regexp.MustCompile(`^[\w.*-]+(/[\w.*-]+)*\.(go|md|toml|html|txt|css|service|sql)$`)
	folder   = regexp.MustCompile(`^(cmd|internal|config|templates)(/[\w-]+)*$`)
	name     = regexp.MustCompile(`^([a-z]+)\.([A-Z]\w*)$`)
)

// readDocument returns the text of a page outside its blocks of code.
func readDocument(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", path))
	if err != nil {
		t.Fatal(err)
	}
	var prose []string
	for i, part := range strings.Split(string(text), "```") {
		if i%2 == 0 {
			prose = append(prose, part)
		}
	}
	return strings.Join(prose, "")
}

// exists reports whether a file is there, named from the root or from internal, as in
// “sqlite/apply.go”. A * stands for any part of a name.
func exists(path string) bool {
	for _, root := range []string{"..", "."} {
		if found, err := filepath.Glob(filepath.Join(root, path)); err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}

func TestDocuments_StayShort(t *testing.T) {
	for path, most := range documents {
		text, err := os.ReadFile(filepath.Join("..", path))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); most > 0 && n > most {
			t.Errorf("%s has %d lines, more than %d", path, n, most)
		}
	}
}

func TestDocuments_FilesExist(t *testing.T) {
	named := 0
	for path := range documents {
		text := readDocument(t, path)
		for _, m := range codeSpan.FindAllStringSubmatch(text, -1) {
			span := m[1]
			isFile := fileName.MatchString(span) && strings.Contains(span, "/") || folder.MatchString(span)
			if !isFile {
				continue
			}
			named++
			if !exists(span) {
				t.Errorf("%s names %s, which does not exist", path, span)
			}
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join("..", filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s links to %s, which does not exist", path, m[1])
			}
		}
	}
	if named < 100 {
		t.Errorf("only %d files are named", named)
	}
}

// Names such as newsroom.Effects exist in their package; Store.Batch and the like
// somewhere in the house.
func TestDocuments_NamesExist(t *testing.T) {
	source := map[string]string{} // by package
	for _, pattern := range []string{"*/*.go", "../config/*.go", "../templates/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			source[filepath.Base(filepath.Dir(f))] += string(text)
		}
	}
	method := regexp.MustCompile(`^([A-Z]\w*)\.([A-Z]\w*)$`)
	for path := range documents {
		for _, m := range codeSpan.FindAllStringSubmatch(readDocument(t, path), -1) {
			if n := name.FindStringSubmatch(m[1]); n != nil && source[n[1]] != "" {
				if !regexp.MustCompile(`\b` + n[2] + `\b`).MatchString(source[n[1]]) {
					t.Errorf("%s names %s, which does not exist", path, m[1])
				}
			}
			n := method.FindStringSubmatch(m[1])
			if n == nil {
				continue
			}
			found := false
			declared := regexp.MustCompile(`func \(\w* ?\*?` + n[1] + `\) ` + n[2] + `\(|type ` + n[1] + ` (struct|interface) \{`)
			word := regexp.MustCompile(`\b` + n[2] + `\b`)
			for _, text := range source {
				found = found || declared.MatchString(text) && word.MatchString(text)
			}
			if !found {
				t.Errorf("%s names %s, which does not exist", path, m[1])
			}
		}
	}
}

// Every word in code is found in the sources: an identifier, a key, a table, a command.
func TestDocuments_WordsInCodeExist(t *testing.T) {
	words := map[string]bool{}
	word := regexp.MustCompile(`\w+`)
	read := func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range word.FindAllString(string(text), -1) {
			words[w] = true
		}
	}
	for _, root := range []string{".", "../cmd", "../config", "../templates"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || d.Name() == "documents_test.go" {
				return err
			}
			if slices.Contains([]string{".go", ".toml", ".sql", ".html", ".service"}, filepath.Ext(path)) {
				read(path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	read("../Makefile")
	identifier := regexp.MustCompile(`^[A-Za-z]\w{3,}$`)
	for path := range documents {
		for _, m := range codeSpan.FindAllStringSubmatch(readDocument(t, path), -1) {
			if identifier.MatchString(m[1]) && !words[m[1]] && !strings.HasPrefix(m[1], "Test") {
				t.Errorf("%s names %s, which no source has", path, m[1])
			}
		}
	}
}
