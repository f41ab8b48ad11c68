package web

import (
	"io"
	"net/http"
	"net/url"
	"slices"

	"infolettre/internal/issue"
	"infolettre/internal/newsroom"
)

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
	if v != issue.Full {
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
// render.Renderer.External.
type outward struct {
	Said    string
	Without []string
}

func (d *desk) outward(c issue.Content, lang string) (o outward) {
	o.Said, o.Without = d.Render.External(c, lang)
	return o
}

// preview shows an edition as on a phone or on a screen.
func (d *desk) preview(w http.ResponseWriter, r *http.Request, v *visit) {
	id, err := number(r)
	lang := r.PathValue("lang")
	if err != nil || !slices.Contains(d.Languages, lang) {
		d.failed(w, r, v, newsroom.ErrNotFound)
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
		content, err := d.service.Content(view, b.ID)
		if err != nil {
			return err
		}
		variants, b.Outward = d.service.Variants(content), d.outward(content, v.words.Language)
		p, standing, err := view.Proof(b.ID)
		if err != nil || !standing {
			return err
		}
		editions, err := view.Editions(p.ID)
		variants, b.Proof = issue.Variants(editions), true
		return err
	})
	if err == nil && !slices.Contains(variants, variant) {
		err = newsroom.ErrNotFound
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
			{editionPath(lang, issue.Full, width), v.words.T("desk-preview-whole"), variant == issue.Full},
			{editionPath(lang, issue.External, width), v.words.T("desk-outward"), variant == issue.External},
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
		content, err = d.service.Content(view, issue.ID(id))
		return err
	})
	if err == nil && editions == nil {
		editions, err = d.Render.Issue(r.Context(), content)
	}
	lang, variant := r.PathValue("lang"), issue.Variant(r.URL.Query().Get("v"))
	i := slices.IndexFunc(editions, func(e issue.Edition) bool { return e.Language == lang && e.Variant == variant })
	if err == nil && i < 0 {
		err = newsroom.ErrNotFound
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
