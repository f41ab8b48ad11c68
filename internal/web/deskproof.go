package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/newsroom"
	"infolettre/internal/render"
)

// proofBody is the standing proof of an issue, and what the visitor may do with it.
type proofBody struct {
	ID       int64
	Hash     string
	Created  string
	Voices   string // how many of how many signed
	Signed   []string
	Sign     bool
	Complete bool
	Unsign   string          // until when the visitor may take a signature back; "" for never
	Changes  []render.Change // since the proof before
}

func (d *desk) proofBody(view newsroom.View, is issue.Issue, v *visit) (*proofBody, error) {
	p, standing, err := view.Proof(is.ID)
	if err != nil || !standing {
		return nil, err
	}
	lang := v.words.Language
	b := &proofBody{ID: p.ID, Hash: p.Hash, Created: d.Render.Moment(p.Created, lang)}
	signatures, err := view.Signatures(p.ID)
	if err != nil {
		return nil, err
	}
	spoken := false
	for _, s := range signatures {
		who := d.Render.Name(s.Signer())
		if s.By != "" {
			who = v.words.T("in-place-of", who, d.Render.Name(s.Editor))
		}
		b.Signed = append(b.Signed, who+", "+d.Render.Moment(s.At, lang))
		spoken = spoken || s.Editor.Equal(v.Voice()) || s.Signer().Equal(v.Voice()) || s.Signer().Equal(v.Person.Address)
		if until := s.At.Add(d.room.Rules.Undo); s.Signer().Equal(v.Person.Address) && !d.Now().After(until) && !is.State.Frozen() {
			b.Unsign = d.Render.Moment(until, lang)
		}
	}
	b.Voices = v.words.T("voices", len(signatures), d.room.Rules.ProofQuorum)
	b.Complete = is.State == issue.Signed
	b.Sign = is.State == issue.InProof && !spoken
	b.Changes, err = d.sinceVoided(view, is, p, lang)
	return b, err
}

// sinceVoided tells what a proof has otherwise than the one that it replaces, in
// the language of its reader.
func (d *desk) sinceVoided(view newsroom.View, is issue.Issue, p editorial.Proof, lang string) ([]render.Change, error) {
	old, voided, err := view.Voided(is.ID)
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
	in := func(e issue.Edition) bool { return e.Language == lang && e.Variant == issue.Whole }
	i, j := slices.IndexFunc(before, in), slices.IndexFunc(now, in)
	if i < 0 || j < 0 {
		return nil, nil
	}
	return d.Render.Compared(before[i].Text, now[j].Text, lang), nil
}

// sign signs the proof that the form shows.
func (d *desk) sign(w http.ResponseWriter, r *http.Request, v *visit) {
	id, err := number(r)
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	proof, err := strconv.ParseInt(r.PostForm.Get("proof"), 10, 64)
	if err != nil {
		d.refused(w, r, v)
		return
	}
	said := "signed"
	var void error
	err = d.act(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) {
		s := editorial.Signature{Proof: proof, Editor: v.Voice(), Hash: r.PostForm.Get("hash"), At: d.Now(), How: how}
		if v.For != "" {
			s.By = v.Person.Address
		}
		fx, complete, err := d.room.Sign(view, issue.ID(id), s)
		if errors.Is(err, editorial.ErrVoid) && len(fx) > 0 {
			void = err // the act itself has found out, and has a new proof made
			return fx, nil
		}
		if !complete {
			said = "signed-in-part"
		}
		return fx, err
	})
	if err == nil {
		err = void
	}
	if err != nil {
		d.notSigned(w, r, v, issue.ID(id), err)
		return
	}
	d.done(w, r, "/issues/"+strconv.FormatInt(id, 10), said)
}

// unsign takes the visitor's signature back.
func (d *desk) unsign(w http.ResponseWriter, r *http.Request, v *visit) {
	id, err := number(r)
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	proof, err := strconv.ParseInt(r.PostForm.Get("proof"), 10, 64)
	if err != nil {
		d.refused(w, r, v)
		return
	}
	err = d.act(r.Context(), v, func(view newsroom.View) (newsroom.Effects, error) {
		return d.room.Unsign(view, issue.ID(id), proof, v.Person.Address, d.Now())
	})
	if err != nil {
		d.notSigned(w, r, v, issue.ID(id), err)
		return
	}
	d.done(w, r, "/issues/"+strconv.FormatInt(id, 10), "unsigned")
}

func (d *desk) notSigned(w http.ResponseWriter, r *http.Request, v *visit, id issue.ID, err error) {
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
		d.failed(w, r, v, err)
		return
	}
	d.showIssue(w, r, v, id, http.StatusConflict, &alert{Text: v.words.T(key)}, nil)
}

// previewBody is an edition in a frame of a width.
type previewBody struct {
	ID       issue.ID
	Period   string
	Label    string
	Phone    bool
	Proof    bool       // what is shown is the standing proof
	Edition  string     // its editionPath
	Switches [][]choice // languages, variants where there are two, widths; each an editionPath
	Outward  outward
}

// phoneWidth is that of a phone's screen, in pixels, and what asks for it.
const phoneWidth = "360"

// editionPath is where an edition is found, or shown at a width.
func editionPath(lang string, v issue.Variant, width string) string {
	q := url.Values{}
	if v != issue.Whole {
		q.Set("v", string(v))
	}
	if width != "" {
		q.Set("w", width)
	}
	if len(q) == 0 {
		return lang
	}
	return lang + "?" + q.Encode()
}

// outward is what readers outside the network get of an issue, see
// render.Renderer.Outward.
type outward struct {
	Said    string
	Without []string
}

func (d *desk) outward(c issue.Content, lang string) (o outward) {
	o.Said, o.Without = d.Render.Outward(c, lang)
	return o
}

// preview shows an edition as on a phone or on a screen.
func (d *desk) preview(w http.ResponseWriter, r *http.Request, v *visit) {
	id, err := number(r)
	lang := r.PathValue("lang")
	if err != nil || !slices.Contains(d.Languages, lang) {
		d.failed(w, r, v, newsroom.ErrUnknown)
		return
	}
	variant, width := issue.Variant(r.URL.Query().Get("v")), r.URL.Query().Get("w")
	if width != phoneWidth {
		width = ""
	}
	b := previewBody{ID: issue.ID(id), Label: v.words.T("language-" + lang), Phone: width != "", Edition: editionPath(lang, variant, "")}
	var variants []issue.Variant
	err = d.store.Read(r.Context(), func(view newsroom.View) error {
		is, err := view.Issue(b.ID)
		if err != nil {
			return err
		}
		b.Period = d.Render.Period(is.Period, v.words.Language)
		content, err := d.room.Content(view, b.ID)
		if err != nil {
			return err
		}
		variants, b.Outward = d.room.Variants(content), d.outward(content, v.words.Language)
		p, standing, err := view.Proof(b.ID)
		if err != nil || !standing {
			return err
		}
		editions, err := view.Editions(p.ID)
		variants, b.Proof = issue.Variants(editions), true
		return err
	})
	if err == nil && !slices.Contains(variants, variant) {
		err = newsroom.ErrUnknown
	}
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	var languages []choice
	for _, l := range d.Languages {
		languages = append(languages, choice{editionPath(l, variant, width), v.words.T("language-" + l), l == lang})
	}
	b.Switches = [][]choice{languages}
	if len(variants) > 1 {
		b.Switches = append(b.Switches, []choice{
			{editionPath(lang, issue.Whole, width), v.words.T("desk-preview-whole"), variant == issue.Whole},
			{editionPath(lang, issue.Outward, width), v.words.T("desk-outward"), variant == issue.Outward},
		})
	}
	b.Switches = append(b.Switches, []choice{
		{editionPath(lang, variant, phoneWidth), v.words.T("desk-preview-phone"), width != ""},
		{editionPath(lang, variant, ""), v.words.T("desk-preview-screen"), width == ""},
	})
	s := d.sheet(v.words, v, v.words.T("desk-preview-title", d.Address.Name, b.Period))
	s.Here, s.Body = "preview", b
	d.write(w, r, http.StatusOK, "desk-preview", s)
}

// edition is an issue as its readers get it: the standing proof, or what the issue
// is now. Its pictures stand in it, since a page in a sandbox is sent no cookies.
func (d *desk) edition(w http.ResponseWriter, r *http.Request, v *visit) {
	id, err := number(r)
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	var content issue.Content
	var editions []issue.Edition
	err = d.store.Read(r.Context(), func(view newsroom.View) error {
		p, standing, err := view.Proof(issue.ID(id))
		if err != nil {
			return err
		}
		if standing {
			editions, err = view.Editions(p.ID)
			return err
		}
		content, err = d.room.Content(view, issue.ID(id))
		return err
	})
	if err == nil && editions == nil {
		editions, err = d.Render.Issue(r.Context(), content)
	}
	lang, variant := r.PathValue("lang"), issue.Variant(r.URL.Query().Get("v"))
	i := slices.IndexFunc(editions, func(e issue.Edition) bool { return e.Language == lang && e.Variant == variant })
	if err == nil && i < 0 {
		err = newsroom.ErrUnknown
	}
	page := ""
	if err == nil {
		page, err = d.Render.Standalone(r.Context(), editions[i])
	}
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'; base-uri 'none'; sandbox")
	io.WriteString(w, page)
}
