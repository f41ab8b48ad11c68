package render

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
	"infolettre/templates"
)

// editorLetter gathers what only letters to editors contain.
func (r *Renderer) editorLetter(v newsroom.View, w templates.Words, l *delivery.Letter, d *letterData) error {
	if d.request.For != "" {
		d.Deputises = r.editorName(d.request.For)
	}
	if d.request.Purpose == token.Outcome {
		d.Undo = moment(w, d.request.Expires, r.Location)
	}
	d.Last = dayName(w, l.Args["last"])
	if reason := l.Args["reason"]; w.Has("edit-" + reason) {
		d.EditReason = w.T("edit-" + reason)
		var titles []string
		for _, s := range r.Sections {
			titles = append(titles, r.sectionTitle(w, s.Key))
		}
		d.Sections = strings.Join(titles, ", ")
	}
	if d.Item.ID != 0 {
		d.Quorum = r.Service.Rules.QuorumOf(d.Item.Current.Section)
		if err := r.gatherChanges(v, w, l, d); err != nil {
			return err
		}
	}
	var err error
	switch l.Kind {
	case delivery.KindRequest:
		if d.request.Purpose == token.Queue {
			err = r.gatherQueue(v, w, l, d)
		} else {
			d.facts, err = r.editorFacts(newFactReader(v), w, d.Item)
		}
	case delivery.KindQueue:
		err = r.gatherQueue(v, w, l, d)
	case delivery.KindPlan:
		d.Plan, err = r.Service.Plan(v, issue.ID(l.Issue))
	case delivery.KindProof:
		d.Clipped = clipped(w, d.proof)
		if err = r.gatherExternal(v, w, issue.ID(l.Issue), d); err == nil {
			err = r.gatherVoided(v, w, l, d)
		}
		if err == nil {
			err = r.gatherUndecided(v, w, issue.ID(l.Issue), d)
		}
	default: // the others need nothing more
	}
	return err
}

// gatherChanges compares the revision in the letter with the previous one, or with the one that
// the letter names in "since".
func (r *Renderer) gatherChanges(v newsroom.View, w templates.Words, l *delivery.Letter, d *letterData) error {
	since := d.Item.Current.Number - 1
	if n, err := strconv.Atoi(l.Args["since"]); err == nil && l.Kind != delivery.KindQueue {
		since = n
	}
	if since < 1 || since >= d.Item.Current.Number {
		return nil
	}
	before, err := v.Revision(d.Item.ID, since)
	if err != nil {
		return err
	}
	d.changes = r.changesBetween(w, before.Content, d.Item.Current.Content)
	return nil
}

// maxOutcomes limits how many decisions a queue mail lists. It lists the latest; the log has
// them all.
const maxOutcomes = 200

// gatherQueue gathers the items of a queue mail, as they were when the request was made, and
// the decisions since the previous one.
func (r *Renderer) gatherQueue(v newsroom.View, w templates.Words, l *delivery.Letter, d *letterData) error {
	facts := newFactReader(v)
	for _, it := range d.items {
		q, err := r.waiting(facts, w, it, l.Created.Unix())
		if err != nil {
			return err
		}
		d.queue = append(d.queue, q)
	}
	if n := len(d.queue); n > 0 {
		d.Waiting = strconv.Itoa(n)
	}
	since, err := strconv.ParseInt(l.Args["since"], 10, 64)
	if err != nil {
		return nil
	}
	decided, err := v.Decided(time.Unix(since, 0), l.Created)
	if err != nil {
		return err
	}
	more := max(0, len(decided)-maxOutcomes)
	for _, one := range decided[more:] {
		line, err := r.decided(v, w, one)
		if err != nil {
			return err
		}
		d.Outcomes = append(d.Outcomes, line)
	}
	if more > 0 {
		d.Outcomes = append(d.Outcomes, w.T("outcomes-more", more))
	}
	return nil
}

// gatherUndecided names the items that are meant for an issue and still wait for a decision,
// for the editors who sign its proof.
func (r *Renderer) gatherUndecided(v newsroom.View, w templates.Words, id issue.ID, d *letterData) error {
	items, err := r.Service.Undecided(v, id)
	for _, one := range items {
		line := w.T("numbered", one.ID, typeset(w.Language, oneLine(one.Current.Title)))
		if one.State == item.Approved {
			line += w.T("semicolon") + w.T("plan-corrected")
		}
		d.Undecided = append(d.Undecided, line)
	}
	return err
}

// withoutRules removes lines of dashes or equals signs.
func withoutRules(text string) string {
	return ruleLine.ReplaceAllString(text, "")
}

var ruleLine = regexp.MustCompile(`(?m)^[-=]{10,}\n`)

// gatherVoided compares a new proof with the one that it replaces.
func (r *Renderer) gatherVoided(v newsroom.View, w templates.Words, l *delivery.Letter, d *letterData) error {
	if l.Topic != "proof-new" {
		return nil
	}
	old, voided, err := v.LastVoidProof(issue.ID(l.Issue))
	if err != nil || !voided {
		return err
	}
	before, err := v.Editions(old.ID)
	if err != nil {
		return err
	}
	signatures, err := v.Signatures(old.ID)
	if err != nil {
		return err
	}
	for _, s := range signatures {
		if d.By != "" {
			d.By += ", "
		}
		d.By += r.editorName(s.Signer())
	}
	for _, e := range d.proof {
		for _, b := range before {
			if e.Language == b.Language && e.Language == w.Language && e.Variant == b.Variant && e.Variant == issue.Full && e.Text != b.Text {
				d.changes = r.describe(w, []item.Difference{{Field: item.FieldText, Runs: item.Compare(withoutRules(b.Text), withoutRules(e.Text))}})
			}
		}
	}
	return nil
}
