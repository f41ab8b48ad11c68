package item

import (
	"maps"
	"slices"
	"strings"

	"github.com/sergi/go-diff/diffmatchpatch"

	"infolettre/internal/agenda"
)

// Field names a part of a content in a Difference. For a translation it is FieldTranslation
// followed by the language.
type Field string

// The fields of a content.
const (
	FieldTitle       Field = "title"
	FieldSection     Field = "section"
	FieldCentre      Field = "centre"
	FieldLanguage    Field = "language"
	FieldText        Field = "text"
	FieldDates       Field = "dates"
	FieldContacts    Field = "contacts"
	FieldPictures    Field = "pictures"
	FieldFiles       Field = "files"
	FieldTranslation Field = "translation-"
)

// Difference is a field that differs between two revisions, as runs of words in order.
type Difference struct {
	Field Field `json:"field"`
	Runs  []Run `json:"runs"`
}

// Run is some words of both revisions, or of one of them.
type Run struct {
	Text string `json:"text"`
	Op   Op     `json:"op"`
}

// Op says which of the two revisions have a run.
type Op string

// A run is in both revisions, only in the earlier one, or only in the later one.
const (
	Kept    Op = "kept"
	Removed Op = "removed"
	Added   Op = "added"
)

// maxCompared limits the words of a text that are compared.
const maxCompared = 8000

// Diff compares two contents field by field. It returns nothing for contents that look the
// same.
func Diff(before, after Content) []Difference {
	var all []Difference
	add := func(f Field, a, b string) {
		if a != b {
			all = append(all, Difference{f, Compare(a, b)})
		}
	}
	add(FieldTitle, before.Title, after.Title)
	add(FieldSection, before.Section, after.Section)
	add(FieldCentre, before.Centre, after.Centre)
	add(FieldLanguage, before.Language, after.Language)
	switch {
	case before.Text != after.Text:
		add(FieldText, before.Text, after.Text)
	case before.HTML != after.HTML:
		// Only emphasis, links or the places of pictures differ.
		all = append(all, Difference{FieldText, nil})
	}
	add(FieldDates, dates(before.Events), dates(after.Events))
	add(FieldContacts, contacts(before.Contacts), contacts(after.Contacts))
	add(FieldPictures, names(before.Images), names(after.Images))
	add(FieldFiles, files(before.Attachments), files(after.Attachments))
	both := maps.Clone(before.Translations)
	if both == nil {
		both = map[string]Translation{}
	}
	maps.Copy(both, after.Translations)
	for _, lang := range slices.Sorted(maps.Keys(both)) {
		a, b := before.Translations[lang], after.Translations[lang]
		add(FieldTranslation+Field(lang), strings.TrimSpace(a.Title+"\n"+a.Text), strings.TrimSpace(b.Title+"\n"+b.Text))
	}
	return all
}

func dates(events []agenda.Event) string {
	lines := make([]string, len(events))
	for i, e := range events {
		line := e.Start.String()
		if e.End != e.Start {
			line += " – " + e.End.String()
		}
		for _, part := range []string{e.StartTime, e.EndTime, e.Title, e.Place, string(e.Audience), e.Link} {
			if part != "" {
				line += ", " + part
			}
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}

func contacts(list []Contact) string {
	lines := make([]string, len(list))
	for i, c := range list {
		lines[i] = strings.Join(strings.Fields(c.Name+" "+c.Email+" "+c.Phone), " ")
	}
	return strings.Join(lines, "\n")
}

func names(images []Image) string {
	lines := make([]string, len(images))
	for i, img := range images {
		lines[i] = strings.TrimSpace(img.Name + " " + img.Alt)
		if lines[i] == "" {
			lines[i] = img.Hash[:min(8, len(img.Hash))]
		}
	}
	return strings.Join(lines, "\n")
}

func files(list []Attachment) string {
	lines := make([]string, len(list))
	for i, a := range list {
		lines[i] = a.Name
	}
	return strings.Join(lines, "\n")
}

// Compare returns the common and the different words of two texts. Each word is mapped to one
// rune, because the library compares runes.
func Compare(a, b string) []Run {
	code := map[string]rune{}
	var words []string
	encode := func(text string) []rune {
		var runes []rune
		for _, w := range tokens(text) {
			r, known := code[w]
			if !known {
				r = rune(0x10000 + len(words)) // above the surrogates
				code[w] = r
				words = append(words, w)
			}
			runes = append(runes, r)
		}
		return runes
	}
	d := diffmatchpatch.New()
	d.DiffTimeout = 0 // the input is limited, and equal texts must always give the same result
	var runs []Run
	for _, part := range d.DiffCleanupSemantic(d.DiffMainRunes(encode(a), encode(b), false)) {
		var text []string
		for _, r := range part.Text {
			text = append(text, words[r-0x10000])
		}
		var op Op
		switch part.Type {
		case diffmatchpatch.DiffDelete:
			op = Removed
		case diffmatchpatch.DiffInsert:
			op = Added
		case diffmatchpatch.DiffEqual:
			op = Kept
		}
		runs = append(runs, Run{joinTokens(text), op})
	}
	return runs
}

// tokens splits a text into words and line ends.
func tokens(text string) []string {
	var all []string
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			all = append(all, "\n")
		}
		all = append(all, strings.Fields(line)...)
		if len(all) > maxCompared {
			return append(all[:maxCompared], "…")
		}
	}
	return all
}

func joinTokens(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 && w != "\n" && words[i-1] != "\n" {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}
