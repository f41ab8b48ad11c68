package item

import (
	"fmt"
	"maps"
	"strings"

	"infolettre/internal/agenda"
	"infolettre/internal/message"
)

// Editing is an editor's change to an item. Empty fields stay as they are.
type Editing struct {
	Title    string
	Section  string   // its key, or its title in a language
	Dates    string   // the day or days of its only event, in words
	Place    string   // of its only event
	Centre   string   // the centre that it is about
	NoCentre bool     // it is about no centre
	Text     string   // replaces the text
	Prepared Prepared // the text with emphasis and links, if it came by mail

	Language    string // of the translation to add
	Translation string // the title on the first line, then the text
}

// EditError says why a change is not possible. Reason is one of the constants below, from which
// letters and pages derive their words.
type EditError struct {
	Field  Field
	Value  string
	Reason string
}

// Reasons of an EditError, by which the words of letters and pages are found.
const (
	NoSuchSection  = "no-section"
	NoDate         = "no-date"
	SeveralEvents  = "several-events"
	NoEvent        = "no-event"
	NoText         = "no-text"
	OwnLanguage    = "own-language"
	NoSuchLanguage = "no-language"
	TextTooLong    = "too-long"
)

func (e *EditError) Error() string { return fmt.Sprintf("%s %q: %s", e.Field, e.Value, e.Reason) }

// Edit returns the revision that an editor asks for. It makes all changes or, with an
// *EditError, none. Dates are parsed again only if the text is new.
func Edit(current Content, e Editing, g Guide) (ParsedItem, error) {
	u := ParsedItem{Content: current, Why: map[string]string{}}
	if e.Text != "" {
		prepared := e.Prepared
		if prepared.Text() == "" {
			prepared = PrepareText(e.Text)
		}
		corrected, err := Correct(prepared, g, current)
		if err != nil {
			return u, &EditError{FieldText, "", NoText}
		}
		if corrected.Remarks.TooLong > 0 {
			return u, &EditError{FieldText, "", TextTooLong}
		}
		if len(corrected.Contacts) == 0 {
			corrected.Contacts = current.Contacts
		}
		u = corrected
	}
	// Do not write to slices of the current revision.
	u.Events = append([]agenda.Event{}, u.Events...)
	if e.Title != "" {
		for i := range u.Events {
			if u.Events[i].Title == u.Title {
				u.Events[i].Title = shorten(e.Title, maxTitle)
			}
		}
		u.Title = shorten(e.Title, maxTitle)
	}
	if e.Section != "" {
		key, ok := sectionNamed(g.Sections, e.Section)
		if !ok {
			return u, &EditError{FieldSection, e.Section, NoSuchSection}
		}
		u.Section = key
	}
	switch {
	case e.NoCentre:
		u.Centre = ""
	case e.Centre != "":
		u.Centre = shorten(e.Centre, maxTitle)
	}
	if e.Dates != "" {
		if err := u.changeDate(e.Dates, g); err != nil {
			return u, err
		}
	}
	if e.Place != "" {
		switch len(u.Events) {
		case 0:
			return u, &EditError{FieldDates, e.Place, NoEvent}
		case 1:
			u.Events[0].Place = shorten(e.Place, maxTitle)
		default:
			return u, &EditError{FieldDates, e.Place, SeveralEvents}
		}
	}
	if e.Language != "" {
		if err := u.translate(e); err != nil {
			return u, err
		}
	}
	return u, nil
}

// PrepareText prepares a text that did not come by mail. Blank lines separate its paragraphs.
func PrepareText(text string) Prepared {
	return Prepared{blocks: message.TextBlocks(text), from: "the editor"}
}

// maxDates is the longest text, in octets, that a date is parsed from.
const maxDates = 1000

// changeDate moves the only event, or adds one to an item that has none.
func (u *ParsedItem) changeDate(words string, g Guide) error {
	if len(u.Events) > 1 {
		return &EditError{FieldDates, words, SeveralEvents}
	}
	if len(words) > maxDates {
		return &EditError{FieldDates, words, NoDate}
	}
	var day agenda.Found
	var hours agenda.Found
	for _, f := range agenda.Find(words, agenda.DateOf(g.Received.In(g.Location)), u.Language) {
		switch {
		case f.Start.IsZero():
			hours = f
		case !day.Start.IsZero() && day.Start != f.Start:
			return &EditError{FieldDates, words, NoDate} // ambiguous
		default:
			day = f
		}
	}
	if day.Start.IsZero() || day.Doubt == agenda.WeekdayMismatch {
		return &EditError{FieldDates, words, NoDate}
	}
	if day.StartTime == "" {
		day.StartTime, day.EndTime = hours.StartTime, hours.EndTime
	}
	if len(u.Events) == 0 {
		u.Events = []agenda.Event{{Title: u.Title, Audience: agenda.External}}
	}
	e := &u.Events[0]
	e.Start, e.End = day.Start, day.End
	if day.StartTime != "" {
		e.StartTime, e.EndTime = day.StartTime, day.EndTime
	}
	return nil
}

func (u *ParsedItem) translate(e Editing) error {
	if e.Language == u.Language {
		return &EditError{FieldTranslation, e.Language, OwnLanguage}
	}
	title, text, _ := strings.Cut(strings.TrimSpace(e.Translation), "\n")
	title, text = strings.TrimSpace(title), strings.TrimSpace(text)
	for _, f := range []string{"titre", "title"} {
		if head, value, ok := strings.Cut(title, ":"); ok && strings.TrimSpace(fold(head)) == f {
			title = strings.TrimSpace(value)
		}
	}
	if title == "" || text == "" {
		return &EditError{FieldTranslation, e.Language, NoText}
	}
	if TooLong(text, "") {
		return &EditError{FieldTranslation, e.Language, TextTooLong}
	}
	blocks := message.TextBlocks(text)
	if _, cut := limitBlocks(blocks); cut > 0 {
		return &EditError{FieldTranslation, e.Language, TextTooLong}
	}
	all := maps.Clone(u.Translations)
	if all == nil {
		all = map[string]Translation{}
	}
	all[e.Language] = Translation{Title: shorten(title, maxTitle), Text: message.BlocksText(blocks), HTML: message.JoinBlocks(blocks)}
	u.Translations = all
	return nil
}

// sectionNamed finds a section by its key, by its title in any language, or by a part of a
// title that only one section has.
func sectionNamed(sections []Section, name string) (key string, ok bool) {
	want := strings.TrimSpace(fold(name))
	if want == "" {
		return "", false
	}
	found := map[string]bool{}
	for _, s := range sections {
		if strings.TrimSpace(fold(s.Key)) == want {
			return s.Key, true
		}
		for _, title := range s.Title {
			t := strings.TrimSpace(fold(title))
			if t == want {
				return s.Key, true
			}
			if strings.Contains(" "+t+" ", " "+want+" ") {
				found[s.Key] = true
			}
		}
	}
	if len(found) != 1 {
		return "", false
	}
	for k := range found {
		key = k
	}
	return key, true
}

// Compose makes an item from a text that did not come in a mail of its own: the title on the
// first line, then the text.
func Compose(text string, g Guide) (ParsedItem, error) {
	title, rest, _ := strings.Cut(strings.TrimSpace(text), "\n")
	title, rest = strings.TrimSpace(title), strings.TrimSpace(rest)
	if title == "" || rest == "" {
		return ParsedItem{}, &EditError{FieldText, "", NoText}
	}
	if TooLong(rest, "") {
		return ParsedItem{}, &EditError{FieldText, "", TextTooLong}
	}
	u := PrepareText(rest).understand(piece{title: title, blocks: message.TextBlocks(rest)}, g, func(int) bool { return true })
	if u.Remarks.TooLong > 0 {
		return ParsedItem{}, &EditError{FieldText, "", TextTooLong}
	}
	return u, nil
}

// PrepareAnswer prepares a text from an editor's answer, with the emphasis and links of the
// HTML part.
func PrepareAnswer(m *message.Message, text string) Prepared {
	p := Prepared{htmlBlocks: m.ExtractBody().Blocks}.WithText(text)
	p.from = "the editor"
	return p
}
