package render

import (
	"infolettre/internal/agenda"
	"infolettre/internal/issue"
	"infolettre/internal/newsroom"
	"infolettre/templates"
)

// External tells those who sign an issue what readers outside the network get of
// it: a sentence, "" where by the configuration everybody gets the whole, and what
// is left out, one by one.
func (r *Renderer) External(c issue.Content, lang string) (said string, without []string) {
	return r.external(r.Words(lang), c)
}

func (r *Renderer) external(w templates.Words, c issue.Content) (said string, without []string) {
	events, pieces := c.Withheld()
	switch {
	case len(r.Service.Internal) == 0:
		return "", nil
	case len(events)+len(pieces) == 0:
		return w.T("outward-same"), nil
	case c.WithoutInternal().Empty():
		return w.T("outward-none"), nil
	}
	for _, e := range events {
		when := agenda.FormatRangeYear(e.Event.Start, e.Event.End, w.Language)
		without = append(without, w.T("outward-event", typeset(w.Language, oneLine(e.Event.Title)), when))
	}
	for _, p := range pieces {
		without = append(without, w.T("outward-item", p.Item, typeset(w.Language, oneLine(p.Content.In(w.Language).Title))))
	}
	return w.T("outward-less"), without
}

// toSign reads what a proof tells of who gets what.
func (r *Renderer) toSign(v newsroom.View, w templates.Words, id issue.ID, d *letterData) error {
	c, err := r.Service.Content(v, id)
	if err != nil {
		return err
	}
	d.Outward, d.Without = r.external(w, c)
	return nil
}
