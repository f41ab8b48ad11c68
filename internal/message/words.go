package message

import (
	"embed"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

// A language is a file here; languages/fr.toml says what its tables are.
//
//go:embed languages/*.toml
var languageFiles embed.FS

// language is one file's tables. All words are in lower case.
type language struct {
	Quotation replyWords
	Subject   struct{ Answers, Forwards []string }
	Letter    struct{ Salutations, Farewells, Thanks, Added, Banners, Fields, Notices, Cues, Covers []string }
}

// replyWords are the words by which mail programs introduce the mail that is answered.
type replyWords struct {
	Opens     []string // the beginning of an attribution line, before date or name
	Writes    []string // "wrote": at its end, or within before a colon
	From      []string // labels of the header block
	Date      []string
	To        []string
	Cc        []string
	About     []string
	Other     []string
	Original  []string // patterns: the rule that some programs set above the original
	Forwarded []string // patterns: the line above a forwarded message
}

// vocabulary joins all languages, because the mail does not tell which one its program
// speaks, and that is often not its user's.
type vocabulary struct {
	quotations []replyWords
	labels     map[string]label // of the header block
	original   *regexp.Regexp
	forwarded  *regexp.Regexp
	answers    []string
	forwards   []string
	salutation *regexp.Regexp // at the beginning of a line
	farewell   *regexp.Regexp // a whole line before a name
	thanks     *regexp.Regexp // likewise, one that also says something
	added      *regexp.Regexp // a whole line, by a phone or a webmail
	banner     *regexp.Regexp // anywhere
	notice     *regexp.Regexp // anywhere
	cover      *regexp.Regexp // anywhere in a sentence
	fields     []string       // labels of a form
	cues       []string       // of which every notice has one
}

// known is the vocabulary of the embedded files. A file that cannot be read is a
// programming error; tests catch it.
var known = sync.OnceValue(func() *vocabulary {
	v, err := readVocabulary()
	if err != nil {
		panic("message: " + err.Error())
	}
	return v
})

func readVocabulary() (*vocabulary, error) {
	files, err := languageFiles.ReadDir("languages")
	if err != nil {
		return nil, err
	}
	v := &vocabulary{labels: map[string]label{}}
	var all language
	for _, f := range files {
		data, err := languageFiles.ReadFile(path.Join("languages", f.Name()))
		if err != nil {
			return nil, err
		}
		var l language
		if err := toml.NewDecoder(strings.NewReader(string(data))).DisallowUnknownFields().Decode(&l); err != nil {
			return nil, fmt.Errorf("language %s: %w", f.Name(), err)
		}
		v.quotations = append(v.quotations, l.Quotation)
		for _, row := range []struct {
			label label
			words []string
		}{{labelFrom, l.Quotation.From}, {labelDate, l.Quotation.Date}, {labelTo, l.Quotation.To}, {labelCc, l.Quotation.Cc}, {labelAbout, l.Quotation.About}} {
			for _, w := range row.words {
				v.labels[w] |= row.label
			}
		}
		for _, t := range []struct{ to, from *[]string }{
			{&all.Quotation.Original, &l.Quotation.Original}, {&all.Quotation.Forwarded, &l.Quotation.Forwarded},
			{&v.fields, &l.Letter.Fields}, {&v.cues, &l.Letter.Cues}, {&v.answers, &l.Subject.Answers}, {&v.forwards, &l.Subject.Forwards},
			{&all.Letter.Salutations, &l.Letter.Salutations}, {&all.Letter.Farewells, &l.Letter.Farewells},
			{&all.Letter.Thanks, &l.Letter.Thanks}, {&all.Letter.Added, &l.Letter.Added},
			{&all.Letter.Banners, &l.Letter.Banners}, {&all.Letter.Notices, &l.Letter.Notices},
			{&all.Letter.Covers, &l.Letter.Covers},
		} {
			*t.to = append(*t.to, *t.from...)
		}
	}
	for i, p := range all.Letter.Salutations {
		all.Letter.Salutations[i] = strings.ReplaceAll(p, "{name}", `(?-i:\p{Lu}[\pL'.-]{0,19})`)
	}
	for _, t := range []struct {
		to            **regexp.Regexp
		before, after string
		patterns      []string
	}{
		{&v.original, `^[-_=\s]*`, `[-_=\s:]*$`, all.Quotation.Original},
		{&v.forwarded, `^[-_=>\s]*`, `[-_=\s:]*$`, all.Quotation.Forwarded},
		{&v.salutation, `(?i)^`, `$`, all.Letter.Salutations},
		{&v.farewell, `^`, `\s*[,.!]*$`, slices.Concat(all.Letter.Farewells, all.Letter.Thanks)},
		{&v.thanks, `^`, `\s*[,.!]*$`, all.Letter.Thanks},
		{&v.added, `^`, `$`, all.Letter.Added},
		{&v.banner, ``, ``, all.Letter.Banners},
		{&v.notice, ``, ``, all.Letter.Notices},
		{&v.cover, ``, ``, all.Letter.Covers},
	} {
		if *t.to, err = regexp.Compile(t.before + `(?:` + strings.Join(t.patterns, "|") + `)` + t.after); err != nil {
			return nil, fmt.Errorf("pattern: %w", err)
		}
	}
	return v, nil
}
