package editorial

import (
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
// cannot be read is a fault of its build, which a test finds.
var known = sync.OnceValue(func() *manners {
	m, err := readManners()
	if err != nil {
		panic("editorial: " + err.Error())
	}
	return m
})

func readManners() (*manners, error) {
	files, err := languageFiles.ReadDir("languages")
	if err != nil {
		return nil, err
	}
	all := &manners{}
	for _, f := range files {
		data, err := languageFiles.ReadFile(path.Join("languages", f.Name()))
		if err != nil {
			return nil, err
		}
		var m manners
		if err := toml.NewDecoder(strings.NewReader(string(data))).DisallowUnknownFields().Decode(&m); err != nil {
			return nil, fmt.Errorf("language %s: %w", f.Name(), err)
		}
		lists := m.lists()
		for i, to := range all.lists() {
			for _, words := range *lists[i] {
				if words != foldLine(words) {
					return nil, fmt.Errorf("language %s: %q is never found; write %q", f.Name(), words, foldLine(words))
				}
			}
			*to = append(*to, *lists[i]...)
		}
	}
	for _, list := range all.lists() {
		// The longer phrase first: it may begin with a shorter one.
		slices.SortStableFunc(*list, func(a, b string) int { return len(b) - len(a) })
	}
	return all, nil
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
