package editorial

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A language is a file here; orders/fr.toml says what its lists are.
//
//go:embed orders/*.toml
var orderFiles embed.FS

// speech is what editors write, in all languages together: the language of an
// answer of one word is not known.
type speech struct {
	orders map[string]phrases // by the name of their list
	around map[string]phrases
	labels map[string]Field // a field by its folded label
	names  map[string]string
	said   map[string]phrases
}

type speechFile struct {
	Orders map[string][]string
	Around struct {
		Beside, Greetings, Everybody, Pleasantries, Into, Because, Thanks, States, Toward []string
		Names                                                                             map[string][]string
	}
	Labels map[Field][]string
	Said   map[string][]string
}

// The lists that a file may have. One that is misspelt would never be looked at.
var (
	orderLists = []string{"approve", "reject", "defer", "withdraw", "sign", "edit", "undo", "delegate", "until", "translate", "wait", "reorder", "remove", "write", "every", "put"}
	saidLists  = []string{"harmless", "conditions", "retracts", "doubts", "errors", "changes", "publishing", "things", "negations", "decided", "moments", "asks", "obligations", "pronouns", "restricting", "adversative", "oneself", "apologies", "openings", "sociable", "details", "praise", "first", "interrogatives", "topics", "private", "objects", "thirds", "addressed", "ours", "function", "calendar"}
)

// spoken are the words of the embedded files. They are part of the program: one
// that cannot be read is a programming error; tests catch it.
var spoken = sync.OnceValue(func() *speech {
	s, err := readSpeech()
	if err != nil {
		panic("editorial: " + err.Error())
	}
	return s
})

func readSpeech() (*speech, error) {
	s := &speech{map[string]phrases{}, map[string]phrases{}, map[string]Field{}, map[string]string{}, map[string]phrases{}}
	return s, eachFile(orderFiles, "orders", s.add)
}

func (s *speech) add(f speechFile) error {
	known := func(name string, lists []string) error {
		for _, l := range lists {
			if l == name {
				return nil
			}
		}
		return fmt.Errorf("there is no list %q", name)
	}
	for name, list := range f.Orders {
		if err := known(name, orderLists); err != nil {
			return err
		}
		if err := into(s.orders, name, list); err != nil {
			return err
		}
	}
	for name, list := range f.Said {
		if err := known(name, saidLists); err != nil {
			return err
		}
		if err := into(s.said, name, list); err != nil {
			return err
		}
	}
	for name, list := range map[string][]string{
		"beside": f.Around.Beside, "greetings": f.Around.Greetings, "everybody": f.Around.Everybody,
		"pleasantries": f.Around.Pleasantries, "into": f.Around.Into, "because": f.Around.Because,
		"thanks": f.Around.Thanks, "states": f.Around.States, "toward": f.Around.Toward,
	} {
		if err := into(s.around, name, list); err != nil {
			return err
		}
	}
	for field, list := range f.Labels {
		if !slices.Contains([]Field{FieldTitle, FieldSection, FieldDate, FieldPlace, FieldCentre}, field) {
			return fmt.Errorf("there is no field %q", field)
		}
		for _, label := range list {
			s.labels[label] = field
		}
	}
	for code, list := range f.Around.Names {
		s.names[code] = code
		for _, name := range list {
			s.names[name] = code
		}
	}
	return nil
}

// phrase is a run of words; see orders/fr.toml for how one is written.
type phrase []phraseWord

type phraseWord struct {
	any   []string // one of these words
	begin string   // or a word that begins so
	free  bool     // or up to two words of any kind
}

// phrases are found by their first word.
type phrases struct {
	byWord  map[string][]phrase
	byBegin map[string][]phrase // by the first three letters
}

var writtenPhrase = regexp.MustCompile(`^[a-z0-9]+(?:/[a-z0-9]+)*\*?(?: (?:~|[a-z0-9]+(?:/[a-z0-9]+)*\*?))*$`)

func into(lists map[string]phrases, name string, list []string) error {
	p, ok := lists[name]
	if !ok {
		p = phrases{map[string][]phrase{}, map[string][]phrase{}}
		lists[name] = p
	}
	for _, text := range list {
		if !writtenPhrase.MatchString(text) {
			return fmt.Errorf("%q is never found", text)
		}
		var words phrase
		for _, w := range strings.Fields(text) {
			begin, open := strings.CutSuffix(w, "*")
			switch {
			case w == "~":
				words = append(words, phraseWord{free: true})
			case open:
				words = append(words, phraseWord{begin: begin})
			default:
				words = append(words, phraseWord{any: strings.Split(w, "/")})
			}
		}
		if begin := words[0].begin; begin != "" {
			if len(begin) < 3 {
				return fmt.Errorf("%q has too short a prefix", text)
			}
			p.byBegin[begin[:3]] = append(p.byBegin[begin[:3]], words)
		}
		for _, first := range words[0].any {
			p.byWord[first] = append(p.byWord[first], words)
		}
	}
	return nil
}

// at is the length, in words, of the longest phrase that begins at a word; 0 when
// none does.
func (p phrases) at(words []string, i int) int {
	longest := 0
	try := func(list []phrase) {
		for _, candidate := range list {
			if n := candidate.match(words[i:]); n > longest {
				longest = n
			}
		}
	}
	try(p.byWord[words[i]])
	if len(words[i]) >= 3 {
		try(p.byBegin[words[i][:3]])
	}
	return longest
}

// match is how many words the phrase takes, 0 where it does not stand; the free
// words of its end take as many as there are.
func (p phrase) match(words []string) int {
	if len(p) == 0 {
		return 0
	}
	taken := 0
	for i, w := range p {
		if w.free {
			rest := p[i+1:]
			if len(rest) == 0 {
				return taken + min(2, len(words)-taken)
			}
			for skip := 0; skip <= 2 && taken+skip < len(words); skip++ {
				if n := rest.match(words[taken+skip:]); n > 0 {
					return taken + skip + n
				}
			}
			return 0
		}
		if taken >= len(words) || !w.is(words[taken]) {
			return 0
		}
		taken++
	}
	return taken
}

func (w phraseWord) is(word string) bool {
	if w.begin != "" {
		return strings.HasPrefix(word, w.begin)
	}
	for _, a := range w.any {
		if a == word {
			return true
		}
	}
	return false
}

// stands says whether one of the phrases stands among the words.
func (p phrases) stands(words []string) bool {
	for i := range words {
		if p.at(words, i) > 0 {
			return true
		}
	}
	return false
}

// whole says whether one of the phrases is all of the words.
func (p phrases) whole(words []string) bool {
	return len(words) > 0 && p.at(words, 0) == len(words)
}
