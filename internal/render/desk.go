package render

import (
	"fmt"
	htmltemplate "html/template"
	"strconv"
	"strings"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/templates"
)

// DeskPath is where, under the base URL, the desk is found, and EnterPath the
// links that open it.
const (
	DeskPath  = "/desk"
	EnterPath = "/desk/enter/"
)

// signInLink is the link of a letter that signs in to the desk; "" for others.
func (r *Renderer) signInLink(l *delivery.Letter) string {
	id, err := strconv.ParseInt(l.Args["link"], 10, 64)
	if err != nil {
		return ""
	}
	s := newsroom.SignIn{ID: id, Person: l.To.Address, Browser: l.Args["browser"]}
	return r.link(EnterPath, s.Handle(r.Secret).String())
}

// Fact is one thing that is told of an item beside what it says.
type Fact struct{ Name, Value string }

// Change is a field that is otherwise in a later revision.
type Change struct {
	Name string
	Runs []item.Run
}

// Card is an item as it will look in an issue, with what was understood of it.
type Card struct {
	Lang  string
	HTML  htmltemplate.HTML
	Facts []Fact
}

// Words are those of a language in which the newsletter is made.
func (r *Renderer) Words(lang string) templates.Words { return r.words[r.languageFor(lang)] }

// Card shows an item to somebody who decides on it; its pictures are found under
// the path given.
func (r *Renderer) Card(v newsroom.View, it item.Item, lang, pictures string) (Card, error) {
	w := r.Words(lang)
	facts, err := r.deskFacts(besides(v), w, it)
	if err != nil {
		return Card{}, err
	}
	k := r.card(w, it, facts)
	var out strings.Builder
	if err := r.html.ExecuteTemplate(&out, "piece", k.Piece); err != nil {
		return Card{}, fmt.Errorf("render item %d: %w", it.ID, err)
	}
	shown := Card{Lang: k.Piece.Lang, HTML: htmltemplate.HTML(cid.ReplaceAllString(out.String(), pictures+"$1"))}
	for _, f := range k.Facts {
		shown.Facts = append(shown.Facts, Fact{f.Name, f.Value})
	}
	return shown, nil
}

// Changes tells what is otherwise in a later content.
func (r *Renderer) Changes(before, after item.Content, lang string) []Change {
	var all []Change
	for _, c := range r.changed(r.Words(lang), before, after) {
		all = append(all, Change{c.Name, c.Runs})
	}
	return all
}

// Compared tells what is otherwise in a later text.
func (r *Renderer) Compared(before, after, lang string) []Change {
	if before == after {
		return nil
	}
	var all []Change
	for _, c := range r.changes(r.Words(lang), []item.Difference{{Field: item.FieldText, Runs: item.Compare(before, after)}}) {
		all = append(all, Change{c.Name, c.Runs})
	}
	return all
}

// Decided tells of one decision in a line.
func (r *Renderer) Decided(v newsroom.View, d editorial.Decision, lang string) (string, error) {
	return r.decided(v, r.Words(lang), d)
}

// PlanChapter is a section of an issue's plan, as it is read.
type PlanChapter struct {
	Title string
	Lines []PlanLine
}

// PlanLine is an item of it.
type PlanLine struct {
	ID          item.ID
	Title, Note string
}

// Plan words an issue's plan, without what waits.
func (r *Renderer) Plan(p newsroom.Plan, lang string) []PlanChapter {
	shown := r.planShown(r.Words(lang), newsroom.Plan{Chapters: p.Chapters})
	var all []PlanChapter
	for i, ch := range p.Chapters {
		one := PlanChapter{Title: shown[i].Title}
		for j, e := range ch.Entries {
			one.Lines = append(one.Lines, PlanLine{e.Item, shown[i].Lines[j].Title, shown[i].Lines[j].Note})
		}
		all = append(all, one)
	}
	return all
}

// Period names an issue's months.
func (r *Renderer) Period(p issue.Period, lang string) string { return period(r.Words(lang), p) }

// Moment names an instant on the newsletter's clock.
func (r *Renderer) Moment(t time.Time, lang string) string {
	return moment(r.Words(lang), t, r.Location)
}

// SectionTitle is a section's title in a language.
func (r *Renderer) SectionTitle(key, lang string) string { return r.sectionTitle(r.Words(lang), key) }

// Name is how those who decide call one of them.
func (r *Renderer) Name(a message.Address) string { return r.editorName(a) }
