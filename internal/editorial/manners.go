package editorial

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

// A language is a file here; languages/fr.toml says what its lists are.
//
//go:embed languages/*.toml
var languageFiles embed.FS

// manners are the ways in which people answer a receipt, in all languages
// together: what language an answer is in is not known, and a short one may be in
// several.
type manners struct {
	Heads, Polite, Covers, Replaces, Corrects, Titles, Items, Ours, Devices []string
}

// known are those of the embedded files. They are part of the program: one that
// cannot be read is a programming error; tests catch it.
var known = sync.OnceValue(func() *manners {
	m, err := readManners()
	if err != nil {
		panic("editorial: " + err.Error())
	}
	return m
})

func readManners() (*manners, error) {
	all := &manners{}
	err := eachFile(languageFiles, "languages", func(m manners) error {
		lists := m.lists()
		for i, to := range all.lists() {
			for _, words := range *lists[i] {
				if words != foldLine(words) {
					return fmt.Errorf("%q is never found; write %q", words, foldLine(words))
				}
			}
			*to = append(*to, *lists[i]...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, list := range all.lists() {
		// The longer phrase first: it may begin with a shorter one.
		slices.SortStableFunc(*list, func(a, b string) int { return len(b) - len(a) })
	}
	return all, nil
}

// eachFile decodes every file of a folder, strictly, in the order of their names.
func eachFile[T any](files embed.FS, folder string, add func(T) error) error {
	entries, err := files.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, f := range entries {
		name := path.Join(folder, f.Name())
		data, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		var one T
		if err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&one); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := add(one); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (m *manners) lists() []*[]string {
	return []*[]string{&m.Heads, &m.Polite, &m.Covers, &m.Replaces, &m.Corrects, &m.Titles, &m.Items, &m.Ours, &m.Devices}
}

// holds finds the first of some phrases that stands, in whole words, in a folded
// text; "" when none does.
func holds(folded string, phrases []string) string {
	padded := " " + folded + " "
	for _, p := range phrases {
		if strings.Contains(padded, " "+p+" ") {
			return p
		}
	}
	return ""
}

// cheerful are the signs that may stand beside thanks, or for them.
const cheerful = "👍🙏😊🙂😀😃😄😁🎉👏✅❤♥💯👌🥳😍🤩✔💐🌸🌹⭐🌟☺😉💪🙌🤗😘💙💚🧡💛☀🌞"
