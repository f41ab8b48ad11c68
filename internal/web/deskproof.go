package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/newsroom"
	"infolettre/internal/render"
)

// proofBody is the current proof of an issue, and what the visitor may do with it.
type proofBody struct {
	ID       int64
	Hash     string
	Created  string
	Count    string // how many signed, and how many must
	Signed   []string
	Sign     bool
	Complete bool
	Unsign   string          // until when the visitor may withdraw a signature; "" for never
	Changes  []render.Change // since the previous proof
}

func (d *desk) proofBody(view newsroom.View, is issue.Issue, v *visit) (*proofBody, error) {
	p, standing, err := view.Proof(is.ID)
	if err != nil || !standing {
		return nil, err
	}
	lang := v.words.Language
	b := &proofBody{ID: p.ID, Hash: p.Hash, Created: d.Render.FormatTime(p.Created, lang)}
	signatures, err := view.Signatures(p.ID)
	if err != nil {
		return nil, err
	}
	signed := false
	for _, s := range signatures {
		who := d.Render.EditorName(s.Signer())
		if s.By != "" {
			who = v.words.T("in-place-of", who, d.Render.EditorName(s.Editor))
		}
		b.Signed = append(b.Signed, who+", "+d.Render.FormatTime(s.At, lang))
		signed = signed || s.Editor.Equal(v.ActsFor()) || s.Signer().Equal(v.ActsFor()) || s.Signer().Equal(v.Person.Address)
		if until := s.At.Add(d.service.Rules.Undo); s.Signer().Equal(v.Person.Address) && !d.Now().After(until) && !is.State.Frozen() {
			b.Unsign = d.Render.FormatTime(until, lang)
		}
	}
	b.Count = v.words.T("voices", len(signatures), d.service.Rules.ProofQuorum)
	b.Complete = is.State == issue.Signed
	b.Sign = is.State == issue.InProof && !signed
	b.Changes, err = d.sinceVoided(view, is, p, lang)
	return b, err
}

// sinceVoided compares a proof with the one that it replaces, in the visitor's language.
func (d *desk) sinceVoided(view newsroom.View, is issue.Issue, p editorial.Proof, lang string) ([]render.Change, error) {
	old, voided, err := view.LastVoidProof(is.ID)
	if err != nil || !voided {
		return nil, err
	}
	before, err := view.Editions(old.ID)
	if err != nil {
		return nil, err
	}
	now, err := view.Editions(p.ID)
	if err != nil {
		return nil, err
	}
	in := func(e issue.Edition) bool { return e.Language == lang && e.Variant == issue.Full }
	i, j := slices.IndexFunc(before, in), slices.IndexFunc(now, in)
	if i < 0 || j < 0 {
		return nil, nil
	}
	return d.Render.CompareTexts(before[i].Text, now[j].Text, lang), nil
}

// sign signs the proof that the form shows.
func (d *desk) sign(w http.ResponseWriter, r *http.Request, v *visit) {
	id, err := number(r)
	if err != nil {
		d.fail(w, r, v, err)
		return
	}
	proof, err := strconv.ParseInt(r.PostForm.Get("proof"), 10, 64)
	if err != nil {
		d.refuse(w, r, v)
		return
	}
	flash := "signed"
	var voided error
	err = d.commit(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) {
		s := editorial.Signature{Proof: proof, Editor: v.ActsFor(), Hash: r.PostForm.Get("hash"), At: d.Now(), How: how}
		if v.For != "" {
			s.By = v.Person.Address
		}
		fx, complete, err := d.service.Sign(view, issue.ID(id), s)
		if errors.Is(err, editorial.ErrVoid) && len(fx) > 0 {
			voided = err // Sign found that the proof is void and queued a new one
			return fx, nil
		}
		if !complete {
			flash = "signed-in-part"
		}
		return fx, err
	})
	if err == nil {
		err = voided
	}
	if err != nil {
		d.showProofError(w, r, v, issue.ID(id), err)
		return
	}
	d.redirectDone(w, r, "/issues/"+strconv.FormatInt(id, 10), flash)
}

// unsign withdraws the visitor's signature.
func (d *desk) unsign(w http.ResponseWriter, r *http.Request, v *visit) {
	id, err := number(r)
	if err != nil {
		d.fail(w, r, v, err)
		return
	}
	proof, err := strconv.ParseInt(r.PostForm.Get("proof"), 10, 64)
	if err != nil {
		d.refuse(w, r, v)
		return
	}
	err = d.commit(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) {
		return d.service.Unsign(view, issue.ID(id), proof, v.Person.Address, d.Now())
	})
	if err != nil {
		d.showProofError(w, r, v, issue.ID(id), err)
		return
	}
	d.redirectDone(w, r, "/issues/"+strconv.FormatInt(id, 10), "unsigned")
}

func (d *desk) showProofError(w http.ResponseWriter, r *http.Request, v *visit, id issue.ID, err error) {
	key := ""
	switch {
	case errors.Is(err, editorial.ErrVoid):
		key = "desk-proof-void"
	case errors.Is(err, editorial.ErrSigned):
		key = "desk-proof-signed"
	case errors.Is(err, editorial.ErrTooLate):
		key = "desk-too-late"
	case errors.Is(err, editorial.ErrNothingToUndo):
		key = "desk-nothing-to-undo"
	default:
		d.fail(w, r, v, err)
		return
	}
	d.showIssue(w, r, v, id, http.StatusConflict, &alert{Text: v.words.T(key)}, nil)
}
