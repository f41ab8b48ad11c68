package web

import (
	"errors"
	"net/http"

	"infolettre/internal/agenda"
	"infolettre/internal/newsroom"
)

// awayBody is the page on which an editor leaves their voice to somebody.
type awayBody struct {
	Now       string   // to whom it is left, and until when; "" for nobody
	Names     []string // of the other editors
	To, Until string
}

func (d *desk) awayPage(w http.ResponseWriter, r *http.Request, v *visit) {
	d.showAway(w, r, v, http.StatusOK, nil, awayBody{})
}

func (d *desk) showAway(w http.ResponseWriter, r *http.Request, v *visit, status int, a *alert, b awayBody) {
	e, editor := d.service.Editor(v.Person.Address)
	if !editor { // a deputy's voice is not theirs to hand on
		d.failed(w, r, v, newsroom.ErrNotFound)
		return
	}
	err := d.store.Read(r.Context(), func(view newsroom.View) error {
		made, err := view.Delegation(e.Address)
		if err == nil && made.Holds(d.Now()) {
			last := agenda.DateOf(made.Until.Add(-1).In(d.Location))
			b.Now = v.words.T("desk-away-now", made.Deputy.String(), agenda.FormatRangeYear(last, last, v.words.Language))
		}
		return err
	})
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	for _, other := range d.service.Editors {
		if !other.Address.Equal(e.Address) {
			b.Names = append(b.Names, other.Name)
		}
	}
	s := d.sheet(v.words, v, v.words.T("desk-away-title"))
	s.Here, s.Body, s.Alert, s.Done = "away", b, a, d.said(w, r, v)
	d.write(w, r, status, "desk-away", s)
}

// delegate leaves the visitor's voice to somebody.
func (d *desk) delegate(w http.ResponseWriter, r *http.Request, v *visit) {
	e, editor := d.service.Editor(v.Person.Address)
	if !editor {
		d.refused(w, r, v)
		return
	}
	b := awayBody{To: splitLine(r, "to"), Until: splitLine(r, "until")}
	until := b.Until
	if day, err := agenda.ParseDate(until); err == nil {
		until = agenda.FormatRangeYear(day, day, e.Language) // as it is read
	}
	err := d.act(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) {
		fx, _, err := d.service.Delegate(view, newsroom.DelegateInput{Editor: e, To: b.To, Until: until, How: how, At: d.Now()})
		return fx, err
	})
	switch {
	case errors.Is(err, newsroom.ErrNoDeputy):
		d.showAway(w, r, v, http.StatusUnprocessableEntity, &alert{Text: v.words.T("desk-no-deputy")}, b)
	case errors.Is(err, newsroom.ErrNoEnd):
		d.showAway(w, r, v, http.StatusUnprocessableEntity, &alert{Text: v.words.T("desk-no-end")}, b)
	case err != nil:
		d.failed(w, r, v, err)
	default:
		d.done(w, r, "/away", "delegated")
	}
}

// back takes the visitor's delegation back.
func (d *desk) back(w http.ResponseWriter, r *http.Request, v *visit) {
	err := d.act(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) {
		return d.service.EndDelegation(view, v.Person.Address, 0, how, d.Now())
	})
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	d.done(w, r, "/away", "returned")
}
