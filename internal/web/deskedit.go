package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"infolettre/internal/agenda"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
)

// choice is an option of a list.
type choice struct {
	Value, Label string
	Chosen       bool
}

// editForm is the form that edits an item, filled with the current content or with what the
// editor wrote.
type editForm struct {
	Title, Date, Place, Centre string
	Text, Lang                 string
	HasPlace, HasDate          bool
	Formatted                  bool // a new text loses emphasis and links
	Sections                   []choice
	ApproveToo, Approved       bool
	Open                       bool
}

// translateForm is the form that adds a translation.
type translateForm struct {
	Languages   []choice
	Title, Text string
	Open        bool
}

func (d *desk) editForm(it item.Item, v *visit) *editForm {
	c := it.Current.Content
	f := &editForm{
		Title: c.Title, Centre: c.Centre, Text: c.Text, Lang: c.Language, HasDate: len(c.Events) < 2, HasPlace: len(c.Events) == 1,
		Date: dateOf(c), Formatted: strings.Contains(c.HTML, "<a ") || strings.Contains(c.HTML, "<strong") || strings.Contains(c.HTML, "<em"),
	}
	if f.HasPlace {
		f.Place = c.Events[0].Place
	}
	known := false
	for _, s := range d.service.Sections {
		known = known || s.Key == c.Section
		f.Sections = append(f.Sections, choice{s.Key, d.Render.SectionTitle(s.Key, v.words.Language), s.Key == c.Section})
	}
	if !known {
		f.Sections = append(f.Sections, choice{c.Section, d.Render.SectionTitle(c.Section, v.words.Language), true})
	}
	return f
}

// keep refills the form with the editor's changes after an error. Fields that they did not
// change show the current content.
func (f *editForm) keep(e item.Editing, approve bool) {
	f.Open, f.Approved = true, approve
	for _, one := range []struct {
		to  *string
		now string
	}{{&f.Title, e.Title}, {&f.Date, e.Dates}, {&f.Place, e.Place}, {&f.Centre, e.Centre}, {&f.Text, e.Text}} {
		if one.now != "" {
			*one.to = one.now
		}
	}
	if e.NoCentre {
		f.Centre = ""
	}
	for i := range f.Sections {
		if e.Section != "" {
			f.Sections[i].Chosen = f.Sections[i].Value == e.Section
		}
	}
}

// dateOf formats the date of a content with one event, in the content's language, because a new
// date is parsed in that language.
func dateOf(c item.Content) string {
	if len(c.Events) != 1 {
		return ""
	}
	e := c.Events[0]
	date := agenda.FormatRangeYear(e.Start, e.End, c.Language)
	if hours := agenda.FormatTimes(e.StartTime, e.EndTime, c.Language); hours != "" {
		date += ", " + hours
	}
	return date
}

func (d *desk) translateForm(it item.Item, v *visit) *translateForm {
	f := &translateForm{}
	for _, lang := range d.Languages {
		if lang != it.Current.Language {
			f.Languages = append(f.Languages, choice{lang, v.words.T("language-" + lang), len(f.Languages) == 0})
		}
	}
	if len(f.Languages) == 0 {
		return nil
	}
	if t, ok := it.Current.Translations[f.Languages[0].Value]; ok {
		f.Title, f.Text = t.Title, t.Text
	}
	return f
}

// edit changes an item and, if asked to, approves the new revision.
func (d *desk) edit(w http.ResponseWriter, r *http.Request, v *visit) {
	s, err := subject(r)
	if err != nil {
		d.fail(w, r, v, err)
		return
	}
	approve := r.PostForm.Get("approve") != ""
	flash := "edited"
	var e item.Editing
	err = d.commit(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) {
		read, err := view.Revision(s.Item, s.Revision)
		if err != nil {
			return nil, err
		}
		e = editing(r, read.Content)
		fx, done, err := d.service.Edit(view, d.editInput(s, e, approve, v))
		if approve {
			flash = "edited-approved"
			if done.Status.Approved != done.Item.Current.Number {
				flash = "edited-in-part"
			}
		}
		return fx, err
	})
	if err != nil {
		d.showItemError(w, r, v, s, err, func(b *itemBody) {
			if b.Edit != nil {
				b.Edit.keep(e, approve)
			}
		})
		return
	}
	d.redirectDone(w, r, "/items/"+strconv.FormatInt(int64(s.Item), 10), flash)
}

// editing returns the fields of the form that differ from the revision that it showed.
func editing(r *http.Request, read item.Content) item.Editing {
	changed := func(name, was string) string {
		now := singleLine(r, name)
		if strings.Join(strings.Fields(now), " ") == strings.Join(strings.Fields(was), " ") {
			return ""
		}
		return now
	}
	e := item.Editing{Title: changed("title", read.Title), Section: changed("section", read.Section), Dates: changed("date", dateOf(read))}
	if len(read.Events) == 1 {
		e.Place = changed("place", read.Events[0].Place)
	} else {
		e.Place = singleLine(r, "place")
	}
	e.Centre = changed("centre", read.Centre)
	e.NoCentre = read.Centre != "" && singleLine(r, "centre") == "" && r.Form.Has("centre")
	if text := field(r, "text"); text != normalizeText(read.Text) {
		e.Text = text
	}
	return e
}

func (d *desk) editInput(s editorial.Subject, e item.Editing, approve bool, v *visit) newsroom.EditInput {
	return newsroom.EditInput{Subject: s, Editing: e, Approve: approve, Person: v.Person, For: v.For, How: how, At: d.Now()}
}

// translate adds or replaces a translation.
func (d *desk) translate(w http.ResponseWriter, r *http.Request, v *visit) {
	s, err := subject(r)
	if err != nil {
		d.fail(w, r, v, err)
		return
	}
	lang, title, text := field(r, "language"), singleLine(r, "title"), field(r, "text")
	err = d.commit(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) {
		if !slices.Contains(d.Languages, lang) {
			return nil, &item.EditError{Field: item.FieldTranslation, Value: lang, Reason: item.NoSuchLanguage}
		}
		if title == "" || text == "" {
			return nil, &item.EditError{Field: item.FieldTranslation, Value: lang, Reason: item.NoText}
		}
		fx, _, err := d.service.Edit(view, d.editInput(s, item.Editing{Language: lang, Translation: title + "\n" + text}, false, v))
		return fx, err
	})
	if err != nil {
		d.showItemError(w, r, v, s, err, func(b *itemBody) {
			if f := b.Translate; f != nil {
				f.Open, f.Title, f.Text = true, title, text
				for i := range f.Languages {
					f.Languages[i].Chosen = f.Languages[i].Value == lang
				}
			}
		})
		return
	}
	d.redirectDone(w, r, "/items/"+strconv.FormatInt(int64(s.Item), 10), "translated")
}

// editErrorText explains why a change cannot be made.
func (d *desk) editErrorText(e *item.EditError, v *visit) string {
	if key := "edit-" + e.Reason; v.words.Has(key) {
		return v.words.T(key)
	}
	return v.words.T("desk-edit-unknown")
}
