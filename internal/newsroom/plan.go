package newsroom

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// Plan is a closed issue as the editors are asked to arrange it.
type Plan struct {
	Issue     issue.Issue
	Chapters  []PlanChapter
	Items     int
	Words     int
	Editorial bool        // there is one
	Unsure    []item.Item // pending editorials, if none is approved
	Few       bool        // fewer items than configured
	Waiting   []item.Item // items of the issue that are not approved yet
	Hash      string      // binds an answer to the items, their revisions and their order
}

// PlanChapter is a section of a plan.
type PlanChapter struct {
	Section string
	Entries []PlanEntry
}

// PlanEntry is an approved item of a plan.
type PlanEntry struct {
	Item           item.ID
	Content        item.Content
	Words          int
	Past           bool     // all its events are over when the issue is sent
	DeadlinePassed bool     // its deadline is past by then
	Untranslated   []string // languages of the newsletter that it lacks
	Corrected      bool     // a newer revision waits for the editors
}

// Plan returns the plan of an issue; of one that was sent, what it held.
func (s *Service) Plan(v View, id issue.ID) (Plan, error) {
	p := Plan{}
	var err error
	if p.Issue, err = v.Issue(id); err != nil {
		return p, err
	}
	holds, state := id, item.Approved
	switch {
	case p.Issue.State == issue.Open:
		holds = 0
	case p.Issue.State.Frozen():
		state = item.Published
	}
	items, err := v.ItemsIn(holds, state)
	if err != nil {
		return p, err
	}
	sections := s.sections()
	bySection := map[string][]PlanEntry{}
	for _, it := range items {
		rev, err := v.Revision(it.ID, it.Approved)
		if err != nil {
			return p, err
		}
		e := s.planEntry(p.Issue, it, rev)
		p.Items++
		p.Words += e.Words
		p.Editorial = p.Editorial || rev.Section == item.SectionEditorial
		if !slices.Contains(sections, rev.Section) {
			sections = append(sections, rev.Section)
		}
		bySection[rev.Section] = append(bySection[rev.Section], e)
	}
	for _, section := range sections {
		if len(bySection[section]) > 0 {
			p.Chapters = append(p.Chapters, PlanChapter{section, bySection[section]})
		}
	}
	p.Few = p.Items < s.MinItems
	p.Hash = planHash(id, items)
	if holds != 0 {
		p.Waiting, err = v.ItemsIn(id, item.Pending, item.Held)
	}
	for _, it := range p.Waiting {
		if !p.Editorial && it.Current.Section == item.SectionEditorial {
			p.Unsure = append(p.Unsure, it)
		}
	}
	return p, err
}

func planHash(id issue.ID, items []item.Item) string {
	h := sha256.New()
	fmt.Fprintf(h, "plan of issue %d", id)
	for _, it := range items {
		fmt.Fprintf(h, "\n%d/%d", it.ID, it.Approved)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (s *Service) planEntry(is issue.Issue, it item.Item, rev item.Revision) PlanEntry {
	sends := agenda.DateOf(is.Sends.In(s.Location))
	e := PlanEntry{
		Item: it.ID, Content: rev.Content, Words: len(strings.Fields(rev.Text)), Corrected: it.Current.Number > it.Approved,
		Past: len(rev.Events) > 0,
	}
	for _, ev := range rev.Events {
		e.Past = e.Past && ev.End.Before(sends)
	}
	var last agenda.Date
	text := rev.Title + ".\n" + rev.Text
	for _, f := range agenda.Find(text[:min(len(text), maxDeadline)], agenda.DateOf(it.Received.In(s.Location)), rev.Language) {
		if f.Deadline && f.End.Compare(last) > 0 {
			last = f.End
		}
	}
	e.DeadlinePassed = !last.IsZero() && last.Before(sends)
	for _, lang := range s.Languages {
		if !rev.HasLanguage(lang) {
			e.Untranslated = append(e.Untranslated, lang)
		}
	}
	return e
}

// maxDeadline bounds, in octets, the text that is searched for a deadline.
const maxDeadline = 32 << 10

// sendPlan asks one person to arrange the plan of an issue that has this hash.
func (s *Service) sendPlan(v View, to decider, id issue.ID, hash, topic string, messageID int64, now time.Time) (Effects, error) {
	return s.Request(v, editorial.Request{
		Purpose: token.Plan, Person: to.Address, For: to.For, Issue: int64(id), Hash: hash, Created: now, Expires: now.Add(editorial.PlanLife),
	}, delivery.Letter{
		Kind: delivery.KindPlan, Topic: topic, To: to.Mailbox, Language: to.Language, Issue: int64(id), Message: messageID, Created: now,
	})
}

// sendPlans asks everybody who decides to arrange the plan of an issue that closes.
func (s *Service) sendPlans(v View, id issue.ID, order []item.Item, now time.Time) (Effects, error) {
	people, err := s.deciders(v, now)
	if err != nil {
		return nil, err
	}
	var fx Effects
	for _, decider := range people {
		one, err := s.sendPlan(v, decider, id, planHash(id, order), "plan", 0, now)
		if err != nil {
			return nil, err
		}
		fx = append(fx, one...)
	}
	return fx, nil
}

// ErrNotInIssue reports an item that is not in the issue.
var ErrNotInIssue = errors.New("the issue holds no such item")

// PlanInput is an editor's order on an issue's plan. It is carried out completely or not at
// all: move items to the front of their sections in the given order, defer items, add an
// editorial, or defer the whole issue.
type PlanInput struct {
	Issue     issue.ID
	Hash      string // of the plan that was read
	First     []item.ID
	Remove    []item.ID
	Editorial string // title on the first line, then the text
	Postpone  bool

	Person  message.Mailbox
	For     message.Address
	Message int64
	How     string
	At      time.Time
}

func (in PlanInput) actsFor() message.Address {
	if in.For != "" {
		return in.For
	}
	return in.Person.Address
}

// ChangePlan carries out the order and sends its author the new plan. It returns
// editorial.ErrStale for a plan that has changed, ErrWrongState for an issue that takes no
// changes, and ErrNotInIssue.
func (s *Service) ChangePlan(v View, in PlanInput) (Effects, error) {
	is, err := v.Issue(in.Issue)
	if err != nil {
		return nil, err
	}
	if is.State != issue.Closed && is.State != issue.InProof && is.State != issue.Signed {
		return nil, ErrWrongState
	}
	items, err := v.ItemsIn(is.ID, item.Approved)
	if err != nil {
		return nil, err
	}
	if planHash(is.ID, items) != in.Hash {
		return nil, editorial.ErrStale
	}
	if in.Postpone && is.State == issue.Signed {
		return nil, ErrWrongState // a signed issue is sent unless a signature is taken back
	}
	if in.Postpone {
		return s.postponeIssue(v, is, in)
	}
	for _, id := range slices.Concat(in.First, in.Remove) {
		if !slices.ContainsFunc(items, func(it item.Item) bool { return it.ID == id }) {
			return nil, fmt.Errorf("no. %d: %w", id, ErrNotInIssue)
		}
	}
	var fx Effects
	for _, it := range items {
		if !slices.Contains(in.Remove, it.ID) {
			continue
		}
		gone, err := s.deferItem(v, it, in)
		if err != nil {
			return nil, err
		}
		fx = append(fx, gone...)
	}
	items = slices.DeleteFunc(items, func(it item.Item) bool { return slices.Contains(in.Remove, it.ID) })
	if len(in.First) > 0 {
		slices.SortStableFunc(items, func(x, y item.Item) int { return rank(in.First, x.ID) - rank(in.First, y.ID) })
		order := make([]item.ID, len(items))
		words := make([]string, len(items))
		for i, it := range items {
			order[i], words[i] = it.ID, fmt.Sprint(it.ID)
		}
		fx = append(fx, ReorderIssue{is.ID, order}, Record{
			Kind: Reordered, At: in.At, By: in.Person.Address, Issue: is.ID, Message: in.Message, How: in.How, Text: strings.Join(words, ", "),
		})
	}
	if in.Editorial != "" {
		written, it, err := s.writeEditorial(v, is, in)
		if err != nil {
			return nil, err
		}
		fx = append(fx, written...)
		if it.State == item.Approved {
			// It has no position yet, so it comes before those that have one.
			i := slices.IndexFunc(items, func(o item.Item) bool { return len(in.First) > 0 || o.Position > 0 })
			if i < 0 {
				i = len(items)
			}
			items = slices.Insert(items, i, it)
		}
	}
	if len(in.First)+len(in.Remove) > 0 {
		void, err := s.voidProof(v, is.ID, in.At)
		if err != nil {
			return nil, err
		}
		fx = append(fx, void...)
	}
	to, err := s.deciderFor(v, in.Person, in.For)
	if err != nil {
		return nil, err
	}
	shown, err := s.sendPlan(v, to, is.ID, planHash(is.ID, items), "plan-again", in.Message, in.At)
	return append(fx, shown...), err
}

// ShowPlan sends the current plan to somebody whose answer was about an earlier one.
func (s *Service) ShowPlan(v View, id issue.ID, person message.Mailbox, actsFor message.Address, messageID int64, now time.Time) (Effects, error) {
	p, err := s.Plan(v, id)
	if err != nil {
		return nil, err
	}
	to, err := s.deciderFor(v, person, actsFor)
	if err != nil {
		return nil, err
	}
	return s.sendPlan(v, to, id, p.Hash, "plan-stale", messageID, now)
}

func (s *Service) deciderFor(v View, person message.Mailbox, actsFor message.Address) (decider, error) {
	language, err := s.languageOf(v, person.Address)
	return decider{person, language, actsFor}, err
}

// rank returns an item's index in a list, or the list's length.
func rank(list []item.ID, id item.ID) int {
	if i := slices.Index(list, id); i >= 0 {
		return i
	}
	return len(list)
}

// deferItem takes an item out of its issue. Its editors are asked about it again when the
// next issue opens.
func (s *Service) deferItem(v View, it item.Item, in PlanInput) (Effects, error) {
	d := editorial.Decision{
		Item: it.ID, Revision: it.Approved, Editor: in.actsFor(), Verb: editorial.Defer, At: in.At, Message: in.Message,
		How: in.How, Before: editorial.StatusOf(it),
	}
	rev, err := v.Revision(it.ID, it.Approved)
	if err != nil {
		return nil, err
	}
	d.Hash = rev.Hash
	if in.For != "" {
		d.By = in.Person.Address
	}
	to := editorial.Status{State: item.Deferred}
	fx := Effects{AddDecision{d}, MoveItem{Item: it.ID, State: to.State}, CancelEvents{it.ID}}
	letters, err := s.tellOutcome(v, it, to, d)
	return append(fx, letters...), err
}

// postponeIssue cancels an issue in favour of the next one and tells the editors.
func (s *Service) postponeIssue(v View, is issue.Issue, in PlanInput) (Effects, error) {
	fx, err := s.Cancel(v, is.ID, in.At)
	if err != nil {
		return nil, err
	}
	fx = append(fx, Record{Kind: Postponed, At: in.At, By: in.Person.Address, Issue: is.ID, Message: in.Message, How: in.How})
	letters, err := s.tellEditors(v, delivery.Letter{
		Kind: delivery.KindOutcome, Topic: "postponed", Issue: int64(is.ID), Created: in.At,
		Args: map[string]string{"by": s.displayName(in.Person)},
	})
	return append(fx, letters...), err
}

// writeEditorial submits an editor's editorial for a closed issue. It is an item like any
// other and joins the issue when the other editors approve it. The item is returned with its
// new status.
func (s *Service) writeEditorial(v View, is issue.Issue, in PlanInput) (Effects, item.Item, error) {
	language, err := s.languageOf(v, in.Person.Address)
	if err != nil {
		return nil, item.Item{}, err
	}
	u, err := item.Compose(in.Editorial, item.Guide{
		Sections: s.Sections, Location: s.Location, Sender: in.Person, Language: language, Received: in.At,
	})
	if err != nil {
		return nil, item.Item{}, err
	}
	u.Section = item.SectionEditorial
	waiting, err := v.ItemsIn(is.ID, item.Pending, item.Held)
	if err != nil {
		return nil, item.Item{}, err
	}
	for _, it := range waiting {
		if it.Current.Hash == u.Hash() && it.Sender.Address.Equal(in.Person.Address) {
			return nil, it, nil // the form was sent twice
		}
	}
	id, err := v.Next(SeqItem)
	if err != nil {
		return nil, item.Item{}, err
	}
	it := item.Item{
		ID: item.ID(id), State: item.Pending, Message: in.Message, Sender: in.Person, Received: in.At, Issue: int64(is.ID),
		Current: item.Revision{Number: 1, Hash: u.Hash(), Created: in.At, Content: u.Content, Remarks: u.Remarks},
	}
	fx, to := Effects{AddItem{it}}, editorial.StatusOf(it)
	if s.Rules.SelfApproval {
		d := editorial.Decision{
			Item: it.ID, Revision: 1, Hash: it.Current.Hash, Editor: in.actsFor(), Verb: editorial.Approve, At: in.At,
			Message: in.Message, How: in.How, Before: editorial.StatusOf(it),
		}
		if in.For != "" {
			d.By = in.Person.Address
		}
		if to, err = editorial.Decide(it, nil, d, s.Rules); err != nil {
			return nil, item.Item{}, err
		}
		moved, err := s.move(v, it, to, in.At)
		if err != nil {
			return nil, item.Item{}, err
		}
		fx = append(append(fx, AddDecision{d}), moved...)
	}
	asked, err := s.requestDecisions(v, it, in.At, "request", nil, in.Person.Address)
	it.State, it.Approved = to.State, to.Approved
	return append(fx, asked...), it, err
}
