package newsroom

import (
	"fmt"
	"slices"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/token"
)

// listInterval is how often a list may be sent: many items in a short time become one
// mail, and wait no longer than this.
const listInterval = 10 * time.Minute

// scheduleList plans the next list. However often it is planned, it is one.
func scheduleList(now time.Time) AddDue {
	at := now.Truncate(listInterval).Add(listInterval)
	return AddDue{Due{Key: "list/" + at.UTC().Format(time.RFC3339), Kind: DueList, At: at}}
}

// Topics of lists, which are requests on several items, answered like a queue mail.
const (
	topicList    = "list"
	topicClosing = "list-closing" // of an issue that has just closed
	topicEmpty   = "list-empty"   // of an issue in which nothing is approved yet
)

// List asks whoever decides, in one mail, about all that waits for them and that
// they were not asked about yet. Held items wait for the queue mail.
func (s *Service) List(v View, now time.Time) (Effects, error) {
	all, err := s.Waiting(v)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(w PendingItem) bool { return w.State == item.Held })
	people, err := s.deciders(v, now)
	if err != nil {
		return nil, err
	}
	var fx Effects
	for _, decider := range people {
		var pending []PendingItem
		for _, w := range s.WaitingFor(all, decider.Address, decider.actsFor()) {
			asked, err := v.AskedAbout(decider.Address, w.ID, w.Current.Number)
			if err != nil {
				return nil, err
			}
			if !asked {
				pending = append(pending, w)
			}
		}
		one, err := s.requestList(v, decider, pending, topicList, 0, now)
		if err != nil {
			return nil, err
		}
		fx = append(fx, one...)
	}
	return fx, nil
}

// requestLists asks whoever decides about items, each in one mail.
func (s *Service) requestLists(v View, all []PendingItem, topic string, id issue.ID, now time.Time) (Effects, error) {
	people, err := s.deciders(v, now)
	if err != nil {
		return nil, err
	}
	var fx Effects
	for _, decider := range people {
		one, err := s.requestList(v, decider, s.WaitingFor(all, decider.Address, decider.actsFor()), topic, id, now)
		if err != nil {
			return nil, err
		}
		fx = append(fx, one...)
	}
	return fx, nil
}

// requestList asks one person about items in one mail: a list, or for a single item the
// request about it. What one mail does not hold is asked about in the next.
func (s *Service) requestList(v View, to decider, pending []PendingItem, topic string, id issue.ID, now time.Time) (Effects, error) {
	switch {
	case len(pending) == 0:
		return nil, nil
	case len(pending) == 1 && topic != topicEmpty:
		return s.requestDecision(v, to, pending[0].Item, now, "request")
	}
	q := editorial.Request{
		Purpose: token.Queue, Person: to.Address, For: to.For, Created: now, Expires: now.Add(editorial.QueueLife),
	}
	for _, w := range pending[:min(len(pending), maxListed)] {
		q.Subjects = append(q.Subjects, subject(w.Item))
	}
	more := len(pending) - len(q.Subjects)
	fx, err := s.Request(v, q, delivery.Letter{
		Kind: delivery.KindRequest, Topic: topic, To: to.Mailbox, Language: to.Language, Issue: int64(id), Created: now,
		Args: map[string]string{"more": itoa(more)},
	})
	if more > 0 {
		fx = append(fx, scheduleList(now))
	}
	return fx, err
}

// Undecided lists what is to stand in an issue that has closed and waits for the
// editors: pending items, and approved ones that were corrected since. What is held
// waits for nobody.
func (s *Service) Undecided(v View, id issue.ID) ([]PendingItem, error) {
	items, err := v.ItemsIn(id, item.Pending, item.Approved)
	if err != nil {
		return nil, err
	}
	return s.undecided(v, items)
}

func (s *Service) undecided(v View, items []item.Item) ([]PendingItem, error) {
	var all []PendingItem
	for _, it := range items {
		if it.State == item.Approved && it.Current.Number <= it.Approved {
			continue
		}
		decisions, err := v.Decisions(it.ID)
		if err != nil {
			return nil, err
		}
		if editorial.Waiting(it, decisions) {
			all = append(all, PendingItem{it, decisions})
		}
	}
	slices.SortFunc(all, func(a, b PendingItem) int { return int(a.ID - b.ID) })
	return all, nil
}

// keepEmptyIssue keeps an issue in which nothing is approved, as long as something in it
// waits for the editors and grace is not over; it asks them once. false means that
// the issue is to be given up.
func (s *Service) keepEmptyIssue(v View, is issue.Issue, now time.Time) (fx Effects, waits bool, err error) {
	all, err := s.Undecided(v, is.ID)
	if err != nil || len(all) == 0 || !now.Before(is.Grace) {
		return nil, false, err
	}
	if old, valid, err := v.Proof(is.ID); err != nil {
		return nil, false, err
	} else if valid {
		fx = append(fx, VoidProof{old.ID, now}, MoveIssue{is.ID, issue.Closed})
	}
	key := fmt.Sprintf("issue-waits/%d", is.ID)
	notified, err := v.Notified(key)
	if err != nil || notified {
		return fx, true, err
	}
	asked, err := s.requestLists(v, all, topicEmpty, is.ID, now)
	return append(append(fx, NotifyOnce{Key: key, At: now}), asked...), true, err
}

// scheduleProof plans a proof of an issue that had none at its hour, since an item
// that it waited for is decided on.
func (s *Service) scheduleProof(v View, it item.Item, now time.Time) (Effects, error) {
	if it.Issue == 0 {
		return nil, nil
	}
	is, err := v.Issue(issue.ID(it.Issue))
	if err != nil || is.State != issue.Closed || now.Before(is.Proofs) {
		return nil, err
	}
	at, err := s.proofAt(v, now)
	if err != nil {
		return nil, err
	}
	earlier, err := v.Decisions(it.ID)
	return Effects{AddDue{Due{
		Key: fmt.Sprintf("proof/%d/item/%d/%d", is.ID, it.ID, len(earlier)), Kind: DueProof, Ref: int64(is.ID), At: at,
	}}}, err
}
