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

// listInterval is the minimum time between two lists: many items in a short time go into one
// mail.
const listInterval = 10 * time.Minute

// scheduleList schedules the next list. Repeated calls schedule one list.
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

// SendList sends each decider one mail about all pending items that they were not asked about
// yet. Held items wait for the queue mail.
func (s *Service) SendList(v View, now time.Time) (Effects, error) {
	all, err := s.PendingItems(v)
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
		for _, w := range s.PendingFor(all, decider.Address, decider.actsFor()) {
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

// requestLists asks each decider about items, in one mail each.
func (s *Service) requestLists(v View, all []PendingItem, topic string, id issue.ID, now time.Time) (Effects, error) {
	people, err := s.deciders(v, now)
	if err != nil {
		return nil, err
	}
	var fx Effects
	for _, decider := range people {
		one, err := s.requestList(v, decider, s.PendingFor(all, decider.Address, decider.actsFor()), topic, id, now)
		if err != nil {
			return nil, err
		}
		fx = append(fx, one...)
	}
	return fx, nil
}

// requestList asks one person about items in one mail: a list, or a plain request for a
// single item. Items beyond the limit go into the next list.
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

// Undecided lists the items of a closed issue that wait for the editors: pending ones, and
// approved ones that were corrected since. Held items wait for nobody.
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
		if editorial.NeedsDecision(it, decisions) {
			all = append(all, PendingItem{it, decisions})
		}
	}
	slices.SortFunc(all, func(a, b PendingItem) int { return int(a.ID - b.ID) })
	return all, nil
}

// keepEmptyIssue keeps a closed issue without approved items as long as one of its items waits
// for the editors and the grace period is not over; it asks them once. It returns false when
// the issue is to be cancelled.
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

// scheduleProof schedules a proof after the proof's hour for an issue that has none, because
// an item that it waited for is decided.
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
