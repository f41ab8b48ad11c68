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

// issueBody is what an issue's page shows.
type issueBody struct {
	ID          issue.ID
	Period      string
	State       mark
	Dates       []render.Fact
	Counts      string
	Hash        string // of the plan
	Chapters    []planChapter
	Waiting     []waiting // that are to stand in it
	Few         bool
	NoEditorial bool
	Arrange     bool // it takes changes
	Over        bool // it is sent, or never will be
	Editorial   editorialForm
	Proof       *proofBody
	Shown       []choice // the languages of its preview
	Outward     outward
}

type planChapter struct {
	Title string
	Lines []planLine
}

type planLine struct {
	render.PlanLine
	Place, Of int // in its section
}

type editorialForm struct {
	Title, Text string
	Open        bool
}

func (d *desk) issuePage(w http.ResponseWriter, r *http.Request, v *visit) {
	id, err := number(r)
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	d.showIssue(w, r, v, issue.ID(id), http.StatusOK, nil, nil)
}

// showIssue writes an issue's page, with what a form that did nothing held.
func (d *desk) showIssue(w http.ResponseWriter, r *http.Request, v *visit, id issue.ID, status int, a *alert, held func(*issueBody)) {
	var body issueBody
	err := d.store.Read(r.Context(), func(view newsroom.View) (err error) {
		body, err = d.issueBody(view, id, v)
		return err
	})
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	if held != nil {
		held(&body)
	}
	s := d.sheet(v.words, v, d.Address.Name+" "+body.Period)
	s.Here, s.Body, s.Alert, s.Done = "issue", body, a, d.said(w, r, v)
	d.write(w, r, status, "desk-issue", s)
}

func (d *desk) issueBody(view newsroom.View, id issue.ID, v *visit) (issueBody, error) {
	p, err := d.service.Plan(view, id)
	if err != nil {
		return issueBody{}, err
	}
	is, lang := p.Issue, v.words.Language
	b := issueBody{
		ID: id, Period: d.Render.Period(is.Period, lang), State: d.issueState(is, v), Hash: p.Hash, Few: p.Few, NoEditorial: !p.Editorial && len(p.Unsure) == 0,
		Counts: v.words.T("desk-counts", p.Items, p.Words), Arrange: arrangeable(is),
		Over: is.State.Frozen(),
	}
	for _, at := range []render.Fact{
		{Name: "desk-date-closes", Value: d.Render.Moment(is.Closes, lang)}, {Name: "desk-date-proofs", Value: d.Render.Moment(is.Proofs, lang)},
		{Name: "desk-date-sends", Value: d.Render.Moment(is.Sends, lang)},
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
		b.Shown = append(b.Shown, choice{Value: l, Label: v.words.T("language-" + l)})
	}
	if p.Items == 0 {
		b.Shown = nil
	}
	content, err := d.service.Content(view, id)
	if err != nil {
		return b, err
	}
	if !content.Empty() {
		b.Outward = d.outward(content, lang)
	}
	b.Proof, err = d.proofBody(view, is, v)
	return b, err
}

// arrangeable reports whether an issue's plan may be changed.
func arrangeable(is issue.Issue) bool {
	return is.State == issue.Closed || is.State == issue.InProof || is.State == issue.Signed
}

// arranging is what a form of an issue's page was made for.
func (d *desk) arranging(r *http.Request, v *visit) (newsroom.PlanInput, error) {
	id, err := number(r)
	return newsroom.PlanInput{
		Issue: issue.ID(id), Hash: r.PostForm.Get("hash"), Person: v.Person, For: v.For, How: how, At: d.Now(),
	}, err
}

// arrange puts an issue's items into the order of the numbers given, or puts one
// of them off.
func (d *desk) arrange(w http.ResponseWriter, r *http.Request, v *visit) {
	a, err := d.arranging(r, v)
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	said := "arranged"
	if n := r.PostForm.Get("remove"); n != "" {
		id, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			d.refused(w, r, v)
			return
		}
		a.Remove, said = []item.ID{item.ID(id)}, "removed"
	} else {
		var p newsroom.Plan
		err := d.store.Read(r.Context(), func(view newsroom.View) (err error) {
			p, err = d.service.Plan(view, a.Issue)
			return err
		})
		if err != nil {
			d.failed(w, r, v, err)
			return
		}
		var moved bool
		if p.Hash == a.Hash { // else it is refused below
			if a.First, moved = places(r, p); !moved {
				d.notArranged(w, r, v, a, newsroom.ErrUnchanged, nil)
				return
			}
		}
	}
	d.doArrange(w, r, v, a, said, nil)
}

// places is the order that the form's numbers ask for, section by section, and
// whether it is another one. Of two with the same number the one that was moved
// there comes first, or, moved down, last.
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
	a, err := d.arranging(r, v)
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	form := editorialForm{Title: splitLine(r, "title"), Text: field(r, "text"), Open: true}
	held := func(b *issueBody) { b.Editorial = form }
	if form.Title == "" || form.Text == "" {
		d.notArranged(w, r, v, a, &item.EditError{Field: item.FieldText, Reason: item.NoText}, held)
		return
	}
	a.Editorial = form.Title + "\n" + form.Text
	d.doArrange(w, r, v, a, "editorial", held)
}

func (d *desk) wait(w http.ResponseWriter, r *http.Request, v *visit) {
	a, err := d.arranging(r, v)
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	if r.PostForm.Get("sure") == "" {
		d.showIssue(w, r, v, a.Issue, http.StatusUnprocessableEntity, &alert{Text: v.words.T("desk-wait-unsure")}, nil)
		return
	}
	a.Wait = true
	d.doArrange(w, r, v, a, "waits", nil)
}

func (d *desk) doArrange(w http.ResponseWriter, r *http.Request, v *visit, a newsroom.PlanInput, said string, held func(*issueBody)) {
	err := d.act(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) { return d.service.ChangePlan(view, a) })
	if err != nil {
		d.notArranged(w, r, v, a, err, held)
		return
	}
	path := "/issues/" + strconv.FormatInt(int64(a.Issue), 10)
	d.done(w, r, path, said)
}

// notArranged shows the plan as it is now, and why nothing was done.
func (d *desk) notArranged(w http.ResponseWriter, r *http.Request, v *visit, a newsroom.PlanInput, err error, held func(*issueBody)) {
	status, shown := http.StatusConflict, &alert{}
	var unread *item.EditError
	switch {
	case errors.Is(err, editorial.ErrStale), errors.Is(err, newsroom.ErrNotInIssue):
		shown.Text = v.words.T("desk-plan-stale")
		if shown.Changes, err = d.planChanges(r.Context(), r, v, a.Issue); err != nil {
			d.failed(w, r, v, err)
			return
		}
	case errors.Is(err, newsroom.ErrWrongState):
		shown.Text = v.words.T("desk-plan-over")
	case errors.Is(err, newsroom.ErrUnchanged):
		status, shown.Text = http.StatusUnprocessableEntity, v.words.T("desk-plan-same")
	case errors.As(err, &unread):
		status, shown.Text = http.StatusUnprocessableEntity, v.words.T("desk-editorial-failed")
	default:
		d.failed(w, r, v, err)
		return
	}
	d.showIssue(w, r, v, a.Issue, status, shown, held)
}

// planChanges tells which items came to the plan and which left it since the form
// was made, which names them all.
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

// hasPlaces reports whether a form names the plan's items.
func hasPlaces(r *http.Request) bool {
	for name := range r.PostForm {
		if strings.HasPrefix(name, "place-") {
			return true
		}
	}
	return false
}
