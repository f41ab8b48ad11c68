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

// DeskPath is the path of the desk below the base URL, and EnterPath that of sign-in links.
const (
	DeskPath   = "/desk"
	SignInPath = "/desk/enter/"
)

// signInLink returns the link of a sign-in letter, or "" for other letters.
func (r *Renderer) signInLink(l *delivery.Letter) string {
	id, err := strconv.ParseInt(l.Args["link"], 10, 64)
	if err != nil {
		return ""
	}
	s := newsroom.SignIn{ID: id, Person: l.To.Address, Browser: l.Args["browser"]}
	return r.link(SignInPath, s.Handle(r.Secret).String())
}

// Fact is something about an item that editors see beside its content.
type Fact struct{ Name, Value string }

// Change is a field that differs between two revisions.
type Change struct {
	Name string
	Runs []item.Run
}

// Card shows an item as it will look in an issue, and what was extracted from its message.
type Card struct {
	Lang  string
	HTML  htmltemplate.HTML
	Facts []Fact
}

// Words returns the words of a language, or of the default language if the newsletter has no
// such edition.
func (r *Renderer) Words(lang string) templates.Words { return r.words[r.languageFor(lang)] }

// Card renders an item for an editor. Its pictures are linked below the path given.
func (r *Renderer) Card(v newsroom.View, it item.Item, lang, pictures string) (Card, error) {
	w := r.Words(lang)
	facts, err := r.editorFacts(newFactReader(v), w, it)
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

// Changes lists the fields that differ between two contents.
func (r *Renderer) Changes(before, after item.Content, lang string) []Change {
	var all []Change
	for _, c := range r.changesBetween(r.Words(lang), before, after) {
		all = append(all, Change{c.Name, c.Runs})
	}
	return all
}

// CompareTexts returns the difference between two texts, or nil if they are equal.
func (r *Renderer) CompareTexts(before, after, lang string) []Change {
	if before == after {
		return nil
	}
	var all []Change
	for _, c := range r.describe(r.Words(lang), []item.Difference{{Field: item.FieldText, Runs: item.Compare(before, after)}}) {
		all = append(all, Change{c.Name, c.Runs})
	}
	return all
}

// DecisionLine returns a line about one decision.
func (r *Renderer) DecisionLine(v newsroom.View, d editorial.Decision, lang string) (string, error) {
	return r.decided(v, r.Words(lang), d)
}

// PlanChapter is a section of the plan of an issue.
type PlanChapter struct {
	Title string
	Lines []PlanLine
}

// PlanLine is an item in a PlanChapter.
type PlanLine struct {
	ID          item.ID
	Title, Note string
}

// Plan words the plan of an issue, without the items that wait.
func (r *Renderer) Plan(p newsroom.Plan, lang string) []PlanChapter {
	shown := r.planChapters(r.Words(lang), newsroom.Plan{Chapters: p.Chapters})
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

// PeriodName returns the months of an issue, such as "janvier-février 2018".
func (r *Renderer) PeriodName(p issue.Period, lang string) string { return period(r.Words(lang), p) }

// FormatTime formats an instant in the newsletter's time zone.
func (r *Renderer) FormatTime(t time.Time, lang string) string {
	return moment(r.Words(lang), t, r.Location)
}

// SectionTitle returns the title of a section in a language.
func (r *Renderer) SectionTitle(key, lang string) string { return r.sectionTitle(r.Words(lang), key) }

// EditorName returns the name of an editor, or the address if it is not an editor's.
func (r *Renderer) EditorName(a message.Address) string { return r.editorName(a) }
