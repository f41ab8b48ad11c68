package web

import (
	"io"
	"net/http"
	"net/url"
	"slices"

	"infolettre/internal/issue"
	"infolettre/internal/newsroom"
)

// previewBody is the content of a page that shows an edition in a frame.
type previewBody struct {
	ID       issue.ID
	Period   string
	Label    string
	Phone    bool
	Proof    bool       // the edition is the current proof
	Edition  string     // its editionPath
	Switches [][]choice // links for languages, variants (if there are two) and widths; each value is an editionPath
	External externalNote
}

// phoneWidth is the width of a phone's screen in pixels, and the query value that asks for it.
const phoneWidth = "360"

// editionPath returns the relative path and query of an edition at a width.
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

// externalNote describes the variant for readers outside the network, see
// render.Renderer.ExternalSummary.
type externalNote struct {
	Text    string
	Omitted []string
}

func (d *desk) externalNote(c issue.Content, lang string) (o externalNote) {
	o.Text, o.Omitted = d.Render.ExternalSummary(c, lang)
	return o
}

// preview shows an edition at the width of a phone or of a screen.
func (d *desk) preview(w http.ResponseWriter, r *http.Request, v *visit) {
	id, err := number(r)
	lang := r.PathValue("lang")
	if err != nil || !slices.Contains(d.Languages, lang) {
		d.fail(w, r, v, newsroom.ErrNotFound)
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
		b.Period = d.Render.PeriodName(is.Period, v.words.Language)
		content, err := d.service.Content(view, b.ID)
		if err != nil {
			return err
		}
		variants, b.External = d.service.Variants(content), d.externalNote(content, v.words.Language)
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
		d.fail(w, r, v, err)
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
	s := d.newPage(v.words, v, v.words.T("desk-preview-title", d.Address.Name, b.Period))
	s.MenuItem, s.Body = "preview", b
	d.write(w, r, http.StatusOK, "desk-preview", s)
}

// edition serves an issue as readers get it: the current proof, or the issue's present content
// if there is none. Its pictures are embedded, because browsers send no cookies for a sandboxed
// page.
func (d *desk) edition(w http.ResponseWriter, r *http.Request, v *visit) {
	id, err := number(r)
	if err != nil {
		d.fail(w, r, v, err)
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
		d.fail(w, r, v, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'; base-uri 'none'; sandbox")
	_, _ = io.WriteString(w, page) // the client may have gone
}
