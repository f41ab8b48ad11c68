package web

import (
	"errors"
	"net/http"

	"infolettre/internal/agenda"
	"infolettre/internal/newsroom"
)

// awayBody is the content of the page on which editors delegate their decisions to a deputy.
type awayBody struct {
	Current   string   // the deputy and the last day; "" for no delegation
	Names     []string // the other editors
	To, Until string
}

func (d *desk) awayPage(w http.ResponseWriter, r *http.Request, v *visit) {
	d.showAway(w, r, v, http.StatusOK, nil, awayBody{})
}

func (d *desk) showAway(w http.ResponseWriter, r *http.Request, v *visit, status int, a *alert, b awayBody) {
	e, editor := d.service.Editor(v.Person.Address)
	if !editor { // a deputy cannot delegate further
		d.fail(w, r, v, newsroom.ErrNotFound)
		return
	}
	err := d.store.Read(r.Context(), func(view newsroom.View) error {
		made, err := view.Delegation(e.Address)
		if err == nil && made.ActiveAt(d.Now()) {
			last := agenda.DateOf(made.Until.Add(-1).In(d.Location))
			b.Current = v.words.T("desk-away-now", made.Deputy.String(), agenda.FormatRangeYear(last, last, v.words.Language))
		}
		return err
	})
	if err != nil {
		d.fail(w, r, v, err)
		return
	}
	for _, other := range d.service.Editors {
		if !other.Address.Equal(e.Address) {
			b.Names = append(b.Names, other.Name)
		}
	}
	s := d.newPage(v.words, v, v.words.T("desk-away-title"))
	s.MenuItem, s.Body, s.Alert, s.Done = "away", b, a, d.takeFlash(w, r, v)
	d.write(w, r, status, "desk-away", s)
}

// delegate delegates the visitor's decisions to a deputy.
func (d *desk) delegate(w http.ResponseWriter, r *http.Request, v *visit) {
	e, editor := d.service.Editor(v.Person.Address)
	if !editor {
		d.refuse(w, r, v)
		return
	}
	b := awayBody{To: singleLine(r, "to"), Until: singleLine(r, "until")}
	until := b.Until
	if day, err := agenda.ParseDate(until); err == nil {
		until = agenda.FormatRangeYear(day, day, e.Language) // in the form that Delegate reads
	}
	err := d.commit(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) {
		fx, _, err := d.service.Delegate(view, newsroom.DelegateInput{Editor: e, To: b.To, Until: until, How: how, At: d.Now()})
		return fx, err
	})
	switch {
	case errors.Is(err, newsroom.ErrNoDeputy):
		d.showAway(w, r, v, http.StatusUnprocessableEntity, &alert{Text: v.words.T("desk-no-deputy")}, b)
	case errors.Is(err, newsroom.ErrNoEnd):
		d.showAway(w, r, v, http.StatusUnprocessableEntity, &alert{Text: v.words.T("desk-no-end")}, b)
	case err != nil:
		d.fail(w, r, v, err)
	default:
		d.redirectDone(w, r, "/away", "delegated")
	}
}

// endDelegation ends the visitor's delegation.
func (d *desk) endDelegation(w http.ResponseWriter, r *http.Request, v *visit) {
	err := d.commit(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) {
		return d.service.EndDelegation(view, v.Person.Address, 0, how, d.Now())
	})
	if err != nil {
		d.fail(w, r, v, err)
		return
	}
	d.redirectDone(w, r, "/away", "returned")
}
