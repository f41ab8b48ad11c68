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

// itemBody is the content of an item's page.
type itemBody struct {
	ID         item.ID
	Revision   int
	Hash       string
	State      mark
	Marks      []mark
	Card       render.Card
	Changes    []render.Change // since the previous revision
	Source     *source
	History    []string
	Decide     bool   // the visitor may decide
	Approve    bool   // the visitor may approve
	Reason     string // a rejected form's reason
	Own        bool   // the visitor sent the item
	HasVoted   bool   // the visitor has approved it already
	Quorum     int
	Votes      string
	Undo       string // the decision that they may undo, and until when; "" for none
	UndoID     int64  // the number of that decision
	Edit       *editForm
	Translate  *translateForm
	Correction bool // it corrects an item that is in an issue, or approved for one
	Issue      issue.ID
}

// source is the mail that the item came from, as plain text.
type source struct {
	From, Subject, Date, Verdict, Text string
	Files                              []string
}

// itemPage shows an item next to its source.
func (d *desk) itemPage(w http.ResponseWriter, r *http.Request, v *visit) {
	id, err := number(r)
	if err != nil {
		d.fail(w, r, v, err)
		return
	}
	d.showItem(w, r, v, item.ID(id), http.StatusOK, nil, nil)
}

// showItem writes an item's page; fill, if not nil, refills a form after an error.
func (d *desk) showItem(w http.ResponseWriter, r *http.Request, v *visit, id item.ID, status int, a *alert, fill func(*itemBody)) {
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
		d.fail(w, r, v, err)
		return
	}
	if fill != nil {
		fill(&body)
	}
	s := d.newPage(v.words, v, title)
	s.MenuItem, s.Body, s.Alert, s.Done = "item", body, a, d.takeFlash(w, r, v)
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
		line, err := d.Render.DecisionLine(view, one, lang)
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
	pending := newsroom.PendingItem{Item: it, Decisions: decisions}
	b.Votes = d.votes(pending, v)
	b.Own = it.Sender.Address.Equal(v.Person.Address) || it.Sender.Address.Equal(v.ActsFor())
	b.HasVoted = editorial.HasVoted(pending.Votes(), v.Person.Address) || editorial.HasVoted(pending.Votes(), v.ActsFor())
	b.Correction = editorial.HasOpenCorrection(it, decisions)
	b.Decide = !frozen && editorial.NeedsDecision(it, decisions)
	b.Approve = b.Decide && !b.HasVoted && (!b.Own || d.service.Rules.SelfApproval)
	if mine, _, err := d.service.Undoable(view, it, v.Person.Address, d.Now()); err == nil {
		b.UndoID = mine.ID
		b.Undo = v.words.T("desk-undo-until", v.words.T("verb-"+string(mine.Verb)), d.Render.FormatTime(mine.At.Add(d.service.Rules.Undo), lang))
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
	if err != nil { // it was read once, under earlier limits
		return &source{Text: v.words.T("desk-source-unreadable")}, nil
	}
	verdict, err := view.Authenticated(it.Message)
	if err != nil {
		return nil, err
	}
	if verdict == "" { // stored before verdicts were kept
		verdict = m.Authentication(d.AuthservID).Verdict.String()
	}
	s := &source{Subject: m.Subject, Text: strings.TrimSpace(m.Body()), Verdict: v.words.T("sender-" + verdict)}
	for _, f := range m.From {
		s.From = strings.TrimPrefix(s.From+", "+f.String(), ", ")
	}
	if !m.Date.IsZero() {
		s.Date = d.Render.FormatTime(m.Date, v.words.Language)
	}
	for _, p := range m.Parts {
		if p.Name != "" {
			s.Files = append(s.Files, p.Name)
		}
	}
	return s, nil
}

// picture serves a picture of an item, published or not.
func (d *desk) picture(w http.ResponseWriter, r *http.Request, v *visit) {
	hash := r.PathValue("hash")
	if !hashForm.MatchString(hash) {
		d.fail(w, r, v, newsroom.ErrNotFound)
		return
	}
	img, err := d.Desk.Image(r.Context(), hash)
	if err != nil {
		d.fail(w, r, v, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", img.Type)
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Cache-Control", "private, max-age=3600")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(img.Data))
}

// subject returns the revision that a form was made for.
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

// decide approves, defers or rejects.
func (d *desk) decide(w http.ResponseWriter, r *http.Request, v *visit) {
	s, err := subject(r)
	if err != nil {
		d.fail(w, r, v, err)
		return
	}
	verb, reason := editorial.Verb(r.PostForm.Get("verb")), field(r, "reason")
	if !slices.Contains([]editorial.Verb{editorial.Approve, editorial.Defer, editorial.Reject}, verb) {
		d.refuse(w, r, v)
		return
	}
	if verb == editorial.Reject && reason == "" {
		d.showItem(w, r, v, s.Item, http.StatusUnprocessableEntity, &alert{Text: v.words.T("desk-reason-missing")}, nil)
		return
	}
	if verb != editorial.Reject {
		reason = ""
	}
	flash := string(verb)
	err = d.commit(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) {
		one := editorial.Decision{
			Item: s.Item, Revision: s.Revision, Hash: s.Hash, Editor: v.ActsFor(), Verb: verb, Reason: reason, At: d.Now(), How: how,
		}
		if v.For != "" {
			one.By = v.Person.Address
		}
		fx, to, err := d.service.Decide(view, one)
		switch {
		case verb == editorial.Approve && to.Approved != s.Revision:
			flash = "approve-in-part"
		case verb != editorial.Approve && to.State == item.Approved:
			flash = "kept"
		}
		return fx, err
	})
	if err != nil {
		d.showItemError(w, r, v, s, err, func(b *itemBody) { b.Reason = reason })
		return
	}
	d.redirectDone(w, r, "", flash)
}

// undo takes back the visitor's last decision on the item, if it is the one that the form
// shows.
func (d *desk) undo(w http.ResponseWriter, r *http.Request, v *visit) {
	s, err := subject(r)
	if err != nil {
		d.fail(w, r, v, err)
		return
	}
	decision, err := strconv.ParseInt(r.PostForm.Get("decision"), 10, 64)
	if err != nil {
		d.refuse(w, r, v)
		return
	}
	err = d.commit(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) {
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
		d.showItemError(w, r, v, s, err, nil)
		return
	}
	d.redirectDone(w, r, "/items/"+strconv.FormatInt(int64(s.Item), 10), "undone")
}

// showItemError shows the current item, why nothing was done, and the contents of the form. If
// the item was changed meanwhile, it shows what changed.
func (d *desk) showItemError(w http.ResponseWriter, r *http.Request, v *visit, s editorial.Subject, err error, fill func(*itemBody)) {
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
			d.fail(w, r, v, readErr)
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
		status, a.Text = http.StatusUnprocessableEntity, v.words.T("desk-edit-failed", d.editErrorText(unread, v))
	default:
		d.fail(w, r, v, err)
		return
	}
	d.showItem(w, r, v, s.Item, status, a, fill)
}
