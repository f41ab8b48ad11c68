package render

import (
	"infolettre/internal/agenda"
	"infolettre/internal/issue"
	"infolettre/internal/newsroom"
	"infolettre/templates"
)

// ExternalSummary describes the variant for readers outside the network to the editors who sign an
// issue: a sentence, "" if the configuration gives everyone the full issue, and the items and
// events left out.
func (r *Renderer) ExternalSummary(c issue.Content, lang string) (summary string, omitted []string) {
	return r.external(r.Words(lang), c)
}

func (r *Renderer) external(w templates.Words, c issue.Content) (summary string, omitted []string) {
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
		omitted = append(omitted, w.T("outward-event", typeset(w.Language, oneLine(e.Event.Title)), when))
	}
	for _, p := range pieces {
		omitted = append(omitted, w.T("outward-item", p.Item, typeset(w.Language, oneLine(p.Content.In(w.Language).Title))))
	}
	return w.T("outward-less"), omitted
}

// gatherExternal gathers what a proof says about the variants.
func (r *Renderer) gatherExternal(v newsroom.View, w templates.Words, id issue.ID, d *letterData) error {
	c, err := r.Service.Content(v, id)
	if err != nil {
		return err
	}
	d.External, d.Omitted = r.external(w, c)
	return nil
}
