package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
	"infolettre/internal/render"
)

// issueBody is the content of an issue's page.
type issueBody struct {
	ID          issue.ID
	Period      string
	State       mark
	Dates       []render.Fact
	Counts      string
	Hash        string // of the plan
	Chapters    []planChapter
	Waiting     []waiting // undecided items for this issue
	Few         bool
	NoEditorial bool
	Arrange     bool // its plan may be changed
	Over        bool // it is sent, or will never be
	Editorial   editorialForm
	Proof       *proofBody
	Previews    []choice // languages of its preview
	External    externalNote
}

type planChapter struct {
	Title string
	Lines []planLine
}

type planLine struct {
	render.PlanLine
	Place, Of int // the position in its section, and the section's length
}

type editorialForm struct {
	Title, Text string
	Open        bool
}

func (d *desk) issuePage(w http.ResponseWriter, r *http.Request, v *visit) {
	id, err := number(r)
	if err != nil {
		d.fail(w, r, v, err)
		return
	}
	d.showIssue(w, r, v, issue.ID(id), http.StatusOK, nil, nil)
}

// showIssue writes an issue's page; fill, if not nil, refills a form after an error.
func (d *desk) showIssue(w http.ResponseWriter, r *http.Request, v *visit, id issue.ID, status int, a *alert, fill func(*issueBody)) {
	var body issueBody
	err := d.store.Read(r.Context(), func(view newsroom.View) (err error) {
		body, err = d.issueBody(view, id, v)
		return err
	})
	if err != nil {
		d.fail(w, r, v, err)
		return
	}
	if fill != nil {
		fill(&body)
	}
	s := d.newPage(v.words, v, d.Address.Name+" "+body.Period)
	s.MenuItem, s.Body, s.Alert, s.Done = "issue", body, a, d.takeFlash(w, r, v)
	d.write(w, r, status, "desk-issue", s)
}

func (d *desk) issueBody(view newsroom.View, id issue.ID, v *visit) (issueBody, error) {
	p, err := d.service.Plan(view, id)
	if err != nil {
		return issueBody{}, err
	}
	is, lang := p.Issue, v.words.Language
	b := issueBody{
		ID: id, Period: d.Render.PeriodName(is.Period, lang), State: d.issueState(is, v), Hash: p.Hash, Few: p.Few, NoEditorial: !p.Editorial && len(p.Unsure) == 0,
		Counts: v.words.T("desk-counts", p.Items, p.Words), Arrange: arrangeable(is),
		Over: is.State.Frozen(),
	}
	for _, at := range []render.Fact{
		{Name: "desk-date-closes", Value: d.Render.FormatTime(is.Closes, lang)}, {Name: "desk-date-proofs", Value: d.Render.FormatTime(is.Proofs, lang)},
		{Name: "desk-date-sends", Value: d.Render.FormatTime(is.Sends, lang)},
	} {
		b.Dates = append(b.Dates, render.Fact{Name: v.words.T(at.Name), Value: at.Value})
	}
	for _, ch := range d.Render.Plan(p, lang) {
		one := planChapter{Title: ch.Title}
		for i, line := range ch.Lines {
			one.Lines = append(one.Lines, planLine{line, i + 1, len(ch.Lines)})
		}
		b.Chapters = append(b.Chapters, one)
	}
	for _, it := range p.Waiting {
		b.Waiting = append(b.Waiting, d.waiting(newsroom.PendingItem{Item: it}, v, d.Now()))
	}
	for _, l := range d.Languages {
		b.Previews = append(b.Previews, choice{Value: l, Label: v.words.T("language-" + l)})
	}
	if p.Items == 0 {
		b.Previews = nil
	}
	content, err := d.service.Content(view, id)
	if err != nil {
		return b, err
	}
	if !content.Empty() {
		b.External = d.externalNote(content, lang)
	}
	b.Proof, err = d.proofBody(view, is, v)
	return b, err
}

// arrangeable reports whether the plan of an issue may be changed.
func arrangeable(is issue.Issue) bool {
	return is.State == issue.Closed || is.State == issue.InProof || is.State == issue.Signed
}

// planInput returns the plan that a form was made for.
func (d *desk) planInput(r *http.Request, v *visit) (newsroom.PlanInput, error) {
	id, err := number(r)
	return newsroom.PlanInput{
		Issue: issue.ID(id), Hash: r.PostForm.Get("hash"), Person: v.Person, For: v.For, How: how, At: d.Now(),
	}, err
}

// arrange orders the items of an issue by the numbers in the form, or removes one item.
func (d *desk) arrange(w http.ResponseWriter, r *http.Request, v *visit) {
	a, err := d.planInput(r, v)
	if err != nil {
		d.fail(w, r, v, err)
		return
	}
	flash := "arranged"
	if n := r.PostForm.Get("remove"); n != "" {
		id, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			d.refuse(w, r, v)
			return
		}
		a.Remove, flash = []item.ID{item.ID(id)}, "removed"
	} else {
		var p newsroom.Plan
		err := d.store.Read(r.Context(), func(view newsroom.View) (err error) {
			p, err = d.service.Plan(view, a.Issue)
			return err
		})
		if err != nil {
			d.fail(w, r, v, err)
			return
		}
		var moved bool
		if p.Hash == a.Hash { // otherwise it is refused below
			if a.First, moved = places(r, p); !moved {
				d.showPlanError(w, r, v, a, newsroom.ErrUnchanged, nil)
				return
			}
		}
	}
	d.changePlan(w, r, v, a, flash, nil)
}

// places returns the order that the form's numbers ask for, section by section, and whether it
// differs from the current one. If two items have the same number, the one that moved up comes
// first and the one that moved down comes last.
func places(r *http.Request, p newsroom.Plan) (order []item.ID, moved bool) {
	type placed struct {
		id       item.ID
		place    int
		was, way int
	}
	for _, ch := range p.Chapters {
		var all []placed
		for i, e := range ch.Entries {
			one := placed{id: e.Item, place: i + 1, was: i + 1}
			if n, err := strconv.Atoi(field(r, fmt.Sprintf("place-%d", e.Item))); err == nil {
				one.place = n
			}
			one.way = cmp.Compare(one.place, one.was)
			all = append(all, one)
		}
		slices.SortStableFunc(all, func(a, b placed) int {
			return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.way, b.way))
		})
		for i, one := range all {
			moved = moved || one.was != i+1
			order = append(order, one.id)
		}
	}
	return order, moved
}

func (d *desk) writeEditorial(w http.ResponseWriter, r *http.Request, v *visit) {
	a, err := d.planInput(r, v)
	if err != nil {
		d.fail(w, r, v, err)
		return
	}
	form := editorialForm{Title: singleLine(r, "title"), Text: field(r, "text"), Open: true}
	fill := func(b *issueBody) { b.Editorial = form }
	if form.Title == "" || form.Text == "" {
		d.showPlanError(w, r, v, a, &item.EditError{Field: item.FieldText, Reason: item.NoText}, fill)
		return
	}
	a.Editorial = form.Title + "\n" + form.Text
	d.changePlan(w, r, v, a, "editorial", fill)
}

func (d *desk) postpone(w http.ResponseWriter, r *http.Request, v *visit) {
	a, err := d.planInput(r, v)
	if err != nil {
		d.fail(w, r, v, err)
		return
	}
	if r.PostForm.Get("sure") == "" {
		d.showIssue(w, r, v, a.Issue, http.StatusUnprocessableEntity, &alert{Text: v.words.T("desk-wait-unsure")}, nil)
		return
	}
	a.Postpone = true
	d.changePlan(w, r, v, a, "waits", nil)
}

func (d *desk) changePlan(w http.ResponseWriter, r *http.Request, v *visit, a newsroom.PlanInput, flash string, fill func(*issueBody)) {
	err := d.commit(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) { return d.service.ChangePlan(view, a) })
	if err != nil {
		d.showPlanError(w, r, v, a, err, fill)
		return
	}
	path := "/issues/" + strconv.FormatInt(int64(a.Issue), 10)
	d.redirectDone(w, r, path, flash)
}

// showPlanError shows the current plan and why nothing was done.
func (d *desk) showPlanError(w http.ResponseWriter, r *http.Request, v *visit, a newsroom.PlanInput, err error, fill func(*issueBody)) {
	status, problem := http.StatusConflict, &alert{}
	var unread *item.EditError
	switch {
	case errors.Is(err, editorial.ErrStale), errors.Is(err, newsroom.ErrNotInIssue):
		problem.Text = v.words.T("desk-plan-stale")
		if problem.Changes, err = d.planChanges(r.Context(), r, v, a.Issue); err != nil {
			d.fail(w, r, v, err)
			return
		}
	case errors.Is(err, newsroom.ErrWrongState):
		problem.Text = v.words.T("desk-plan-over")
	case errors.Is(err, newsroom.ErrUnchanged):
		status, problem.Text = http.StatusUnprocessableEntity, v.words.T("desk-plan-same")
	case errors.As(err, &unread):
		status, problem.Text = http.StatusUnprocessableEntity, v.words.T("desk-editorial-failed")
	default:
		d.fail(w, r, v, err)
		return
	}
	d.showIssue(w, r, v, a.Issue, status, problem, fill)
}

// planChanges lists the items that were added to the plan, or removed, since the form was made.
// The form names all items that it showed.
func (d *desk) planChanges(ctx context.Context, r *http.Request, v *visit, id issue.ID) ([]render.Change, error) {
	var runs []item.Run
	err := d.store.Read(ctx, func(view newsroom.View) error {
		p, err := d.service.Plan(view, id)
		if err != nil {
			return err
		}
		now := map[string]bool{}
		for _, ch := range p.Chapters {
			for _, e := range ch.Entries {
				name := fmt.Sprintf("place-%d", e.Item)
				now[name] = true
				if !r.PostForm.Has(name) {
					runs = append(runs, item.Run{Text: v.words.T("numbered", e.Item, e.Content.Title), Op: item.Added})
				}
			}
		}
		for name := range r.PostForm {
			if n, ok := strings.CutPrefix(name, "place-"); ok && !now[name] {
				number, err := strconv.ParseInt(n, 10, 64)
				if err != nil {
					continue
				}
				runs = append(runs, item.Run{Text: v.words.T("no", number), Op: item.Removed})
			}
		}
		return nil
	})
	slices.SortFunc(runs, func(a, b item.Run) int { return cmp.Compare(a.Text, b.Text) })
	if len(runs) == 0 || err != nil || !hasPlaces(r) {
		return nil, err
	}
	return []render.Change{{Name: v.words.T("desk-plan"), Runs: runs}}, nil
}

// hasPlaces reports whether a form names the items of a plan.
func hasPlaces(r *http.Request) bool {
	for name := range r.PostForm {
		if strings.HasPrefix(name, "place-") {
			return true
		}
	}
	return false
}
