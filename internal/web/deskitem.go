package web

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/render"
)

// itemBody is what an item's page shows.
type itemBody struct {
	ID         item.ID
	Revision   int
	Hash       string
	State      mark
	Marks      []mark
	Card       render.Card
	Changes    []render.Change // since the revision before
	Source     *source
	History    []string
	Decide     bool   // the visitor may decide on it
	Approve    bool   // and approve it
	Reason     string // that was not taken
	Own        bool   // they sent it themselves
	Spoken     bool   // they approved it already
	Quorum     int
	Voices     string
	Undo       string // what they may take back, and until when; "" for nothing
	Undoes     int64  // the decision that this is
	Edit       *editForm
	Translate  *translateForm
	Correction bool // of what stands in an issue or will
	Issue      issue.ID
}

// source is the mail that an item came by, as plain text.
type source struct {
	From, Subject, Date, Verdict, Text string
	Files                              []string
}

// itemPage shows an item beside its source.
func (d *desk) itemPage(w http.ResponseWriter, r *http.Request, v *visit) {
	id, err := number(r)
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	d.showItem(w, r, v, item.ID(id), http.StatusOK, nil, nil)
}

// showItem writes an item's page, with what a form that did nothing held.
func (d *desk) showItem(w http.ResponseWriter, r *http.Request, v *visit, id item.ID, status int, a *alert, held func(*itemBody)) {
	var body itemBody
	var title string
	err := d.store.Read(r.Context(), func(view newsroom.View) error {
		it, err := view.Item(id)
		if err != nil {
			return err
		}
		title = v.words.T("no", it.ID) + " — " + it.Current.Title
		body, err = d.itemBody(view, it, v)
		return err
	})
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	if held != nil {
		held(&body)
	}
	s := d.sheet(v.words, v, title)
	s.Here, s.Body, s.Alert, s.Done = "item", body, a, d.said(w, r, v)
	d.write(w, r, status, "desk-item", s)
}

func (d *desk) itemBody(view newsroom.View, it item.Item, v *visit) (itemBody, error) {
	lang := v.words.Language
	b := itemBody{
		ID: it.ID, Revision: it.Current.Number, Hash: it.Current.Hash, State: itemMark(it, v), Marks: d.marks(it, v),
		Quorum: d.service.Rules.QuorumOf(it.Current.Section), Issue: issue.ID(it.Issue),
	}
	var err error
	if b.Card, err = d.Render.Card(view, it, lang, d.root+"/images/"); err != nil {
		return b, err
	}
	if n := it.Current.Number; n > 1 {
		before, err := view.Revision(it.ID, n-1)
		if err != nil {
			return b, err
		}
		b.Changes = d.Render.Changes(before.Content, it.Current.Content, lang)
	}
	if b.Source, err = d.source(view, it, v); err != nil {
		return b, err
	}
	decisions, err := view.Decisions(it.ID)
	if err != nil {
		return b, err
	}
	for _, one := range decisions {
		line, err := d.Render.Decided(view, one, lang)
		if err != nil {
			return b, err
		}
		b.History = append(b.History, line)
	}
	frozen := false
	if it.Issue != 0 {
		is, err := view.Issue(issue.ID(it.Issue))
		if err != nil {
			return b, err
		}
		frozen = is.State.Frozen()
	}
	waits := newsroom.PendingItem{Item: it, Decisions: decisions}
	b.Voices = d.voices(waits, v)
	b.Own = it.Sender.Address.Equal(v.Person.Address) || it.Sender.Address.Equal(v.ActsFor())
	b.Spoken = editorial.HasVoted(waits.Votes(), v.Person.Address) || editorial.HasVoted(waits.Votes(), v.ActsFor())
	b.Correction = editorial.Corrected(it, decisions)
	b.Decide = !frozen && editorial.Waiting(it, decisions)
	b.Approve = b.Decide && !b.Spoken && (!b.Own || d.service.Rules.SelfApproval)
	if mine, _, err := d.service.Undoable(view, it, v.Person.Address, d.Now()); err == nil {
		b.Undoes = mine.ID
		b.Undo = v.words.T("desk-undo-until", v.words.T("verb-"+string(mine.Verb)), d.Render.Moment(mine.At.Add(d.service.Rules.Undo), lang))
	}
	if !frozen && editorial.Editable(it) {
		b.Edit = d.editForm(it, v)
		b.Edit.ApproveToo = !b.Own || d.service.Rules.SelfApproval
		b.Translate = d.translateForm(it, v)
	}
	return b, nil
}

func (d *desk) source(view newsroom.View, it item.Item, v *visit) (*source, error) {
	if it.Message == 0 {
		return nil, nil
	}
	raw, err := view.Raw(it.Message)
	if err != nil {
		return nil, err
	}
	m, err := message.Read(raw)
	if err != nil { // it was read once, within the bounds of then
		return &source{Text: v.words.T("desk-source-unreadable")}, nil
	}
	verdict, err := view.Authenticated(it.Message)
	if err != nil {
		return nil, err
	}
	if verdict == "" { // it is from before that was kept
		verdict = m.Authentication(d.AuthservID).Verdict.String()
	}
	s := &source{Subject: m.Subject, Text: strings.TrimSpace(m.Body()), Verdict: v.words.T("sender-" + verdict)}
	for _, f := range m.From {
		s.From = strings.TrimPrefix(s.From+", "+f.String(), ", ")
	}
	if !m.Date.IsZero() {
		s.Date = d.Render.Moment(m.Date, v.words.Language)
	}
	for _, p := range m.Parts {
		if p.Name != "" {
			s.Files = append(s.Files, p.Name)
		}
	}
	return s, nil
}

// picture serves one of an item, public or not.
func (d *desk) picture(w http.ResponseWriter, r *http.Request, v *visit) {
	hash := r.PathValue("hash")
	if !hashForm.MatchString(hash) {
		d.failed(w, r, v, newsroom.ErrNotFound)
		return
	}
	img, err := d.Desk.Image(r.Context(), hash)
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", img.Type)
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Cache-Control", "private, max-age=3600")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(img.Data))
}

// subject is the revision that a form was made for.
func subject(r *http.Request) (editorial.Subject, error) {
	id, err := number(r)
	if err != nil {
		return editorial.Subject{}, err
	}
	n, err := strconv.Atoi(r.PostForm.Get("revision"))
	if err != nil {
		return editorial.Subject{}, newsroom.ErrNotFound
	}
	return editorial.Subject{Item: item.ID(id), Revision: n, Hash: r.PostForm.Get("hash")}, nil
}

// decide approves, puts off or refuses.
func (d *desk) decide(w http.ResponseWriter, r *http.Request, v *visit) {
	s, err := subject(r)
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	verb, reason := editorial.Verb(r.PostForm.Get("verb")), field(r, "reason")
	if !slices.Contains([]editorial.Verb{editorial.Approve, editorial.Defer, editorial.Reject}, verb) {
		d.refused(w, r, v)
		return
	}
	if verb == editorial.Reject && reason == "" {
		d.showItem(w, r, v, s.Item, http.StatusUnprocessableEntity, &alert{Text: v.words.T("desk-reason-missing")}, nil)
		return
	}
	if verb != editorial.Reject {
		reason = ""
	}
	said := string(verb)
	err = d.act(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) {
		one := editorial.Decision{
			Item: s.Item, Revision: s.Revision, Hash: s.Hash, Editor: v.ActsFor(), Verb: verb, Reason: reason, At: d.Now(), How: how,
		}
		if v.For != "" {
			one.By = v.Person.Address
		}
		fx, to, err := d.service.Decide(view, one)
		switch {
		case verb == editorial.Approve && to.Approved != s.Revision:
			said = "approve-in-part"
		case verb != editorial.Approve && to.State == item.Approved:
			said = "kept"
		}
		return fx, err
	})
	if err != nil {
		d.undone(w, r, v, s, err, func(b *itemBody) { b.Reason = reason })
		return
	}
	d.done(w, r, "", said)
}

// undo takes the visitor's last decision on the item back, if it is the one that the
// form shows.
func (d *desk) undo(w http.ResponseWriter, r *http.Request, v *visit) {
	s, err := subject(r)
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	decision, err := strconv.ParseInt(r.PostForm.Get("decision"), 10, 64)
	if err != nil {
		d.refused(w, r, v)
		return
	}
	err = d.act(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) {
		it, err := view.Item(s.Item)
		if err != nil {
			return nil, err
		}
		mine, _, err := d.service.Undoable(view, it, v.Person.Address, d.Now())
		if err == nil && mine.ID != decision {
			err = editorial.ErrNothingToUndo
		}
		if err != nil {
			return nil, err
		}
		fx, _, err := d.service.Undo(view, newsroom.UndoInput{Item: s.Item, Person: v.Person, For: v.For, How: how, At: d.Now()})
		return fx, err
	})
	if errors.Is(err, editorial.ErrSettled) {
		err = editorial.ErrTooLate // others have decided since
	}
	if err != nil {
		d.undone(w, r, v, s, err, nil)
		return
	}
	d.done(w, r, "/items/"+strconv.FormatInt(int64(s.Item), 10), "undone")
}

// undone shows the item as it is now, why nothing was done, and what the form
// held. Of an item that was changed meanwhile it tells what.
func (d *desk) undone(w http.ResponseWriter, r *http.Request, v *visit, s editorial.Subject, err error, held func(*itemBody)) {
	status, a := http.StatusConflict, &alert{}
	var unread *item.EditError
	var moved *editorial.MoveError
	switch {
	case errors.Is(err, editorial.ErrStale):
		a.Text = v.words.T("desk-stale")
		readErr := d.store.Read(r.Context(), func(view newsroom.View) error {
			it, err := view.Item(s.Item)
			if err != nil {
				return err
			}
			read, err := view.Revision(s.Item, s.Revision)
			if err == nil {
				a.Changes = d.Render.Changes(read.Content, it.Current.Content, v.words.Language)
			}
			return nil
		})
		if readErr != nil {
			d.failed(w, r, v, readErr)
			return
		}
	case errors.Is(err, editorial.ErrSettled), errors.As(err, &moved):
		a.Text = v.words.T("desk-settled")
	case errors.Is(err, editorial.ErrRepeated):
		a.Text = v.words.T("desk-repeated")
	case errors.Is(err, editorial.ErrOwnItem):
		a.Text = v.words.T("desk-own")
	case errors.Is(err, editorial.ErrTooLate):
		a.Text = v.words.T("desk-too-late")
	case errors.Is(err, editorial.ErrNothingToUndo):
		a.Text = v.words.T("desk-nothing-to-undo")
	case errors.Is(err, newsroom.ErrUnchanged):
		status, a.Text = http.StatusUnprocessableEntity, v.words.T("desk-same")
	case errors.As(err, &unread):
		status, a.Text = http.StatusUnprocessableEntity, v.words.T("desk-edit-failed", d.why(unread, v))
	default:
		d.failed(w, r, v, err)
		return
	}
	d.showItem(w, r, v, s.Item, status, a, held)
}
