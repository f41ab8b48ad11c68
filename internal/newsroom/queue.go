package newsroom

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// PendingItem is an item that waits for the editors, with the decisions on it so far.
type PendingItem struct {
	item.Item
	Decisions []editorial.Decision
}

// Votes lists the approvals of the current revision.
func (p PendingItem) Votes() []editorial.Decision {
	return editorial.Votes(p.Decisions, p.Current.Number, p.Current.Hash)
}

// PendingItems lists the items that wait for the editors, by number: also those corrected since
// their approval, and those of a closed issue.
func (s *Service) PendingItems(v View) ([]PendingItem, error) {
	closed, err := v.IssuesIn(issue.Closed, issue.InProof, issue.Signed)
	if err != nil {
		return nil, err
	}
	holders := []issue.ID{0}
	for _, is := range closed {
		holders = append(holders, is.ID)
	}
	var all []PendingItem
	for _, id := range holders {
		items, err := v.ItemsIn(id, item.Held, item.Pending, item.Approved)
		if err != nil {
			return nil, err
		}
		pending, err := s.undecided(v, items)
		if err != nil {
			return nil, err
		}
		all = append(all, pending...)
	}
	slices.SortFunc(all, func(a, b PendingItem) int { return int(a.ID - b.ID) })
	return all, nil
}

// PendingFor lists those of the items on which a person may still vote for the editor actsFor.
func (s *Service) PendingFor(all []PendingItem, person, actsFor message.Address) []PendingItem {
	return slices.DeleteFunc(slices.Clone(all), func(w PendingItem) bool {
		own := w.Sender.Address.Equal(person) || w.Sender.Address.Equal(actsFor)
		votes := w.Votes()
		return own && !s.Rules.SelfApproval || editorial.HasVoted(votes, person) || editorial.HasVoted(votes, actsFor)
	})
}

// maxListed is how many items one mail asks about; the rest goes into the next.
const maxListed = 60

// ScheduleQueue schedules the next queue mail, also when it was configured only now. The mail
// covers the time since since.
func (s *Service) ScheduleQueue(since, now time.Time) (Effects, error) {
	if !s.HasQueue {
		return nil, nil
	}
	tick, err := s.QueueAt.Next(now)
	if err != nil {
		return nil, fmt.Errorf("next queue mail: %w", err)
	}
	return Effects{AddDue{Due{
		Key: "queue/" + tick.At.UTC().Format(time.RFC3339), Kind: DueQueue, At: tick.At, Arg: strconv.FormatInt(since.Unix(), 10),
	}}}, nil
}

// SendQueue sends each decider the queue mail: the items that wait for them, and the decisions
// since the last one. Nobody gets an empty one. It reports items that waited too long to the
// operator, once.
func (s *Service) SendQueue(v View, due Due, now time.Time) (Effects, error) {
	fx, err := s.ScheduleQueue(now, now)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(due.Arg, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("due row %s: %w", due.Key, err)
	}
	since := time.Unix(n, 0)
	all, err := s.PendingItems(v)
	if err != nil {
		return nil, err
	}
	decided, err := v.Decided(since, now)
	if err != nil {
		return nil, err
	}
	others, err := v.LeftToOffice(since, now)
	if err != nil {
		return nil, err
	}
	people, err := s.deciders(v, now)
	if err != nil {
		return nil, err
	}
	for _, decider := range people {
		pending := s.PendingFor(all, decider.Address, decider.actsFor())
		if len(pending)+len(decided)+others == 0 {
			continue
		}
		one, err := s.queueMail(v, decider, pending, since, others, now)
		if err != nil {
			return nil, err
		}
		fx = append(fx, one...)
	}
	late, err := s.escalate(v, all, now)
	return append(fx, late...), err
}

func (s *Service) queueMail(v View, to decider, pending []PendingItem, since time.Time, others int, now time.Time) (Effects, error) {
	q := editorial.Request{
		Purpose: token.Queue, Person: to.Address, For: to.For, Created: now, Expires: now.Add(editorial.QueueLife),
	}
	for _, w := range pending[:min(len(pending), maxListed)] {
		q.Subjects = append(q.Subjects, subject(w.Item))
	}
	return s.Request(v, q, delivery.Letter{
		Kind: delivery.KindQueue, Topic: "queue", To: to.Mailbox, Language: to.Language, Created: now,
		Args: map[string]string{
			"since": strconv.FormatInt(since.Unix(), 10), "until": strconv.FormatInt(now.Unix(), 10),
			"others": itoa(others), "more": itoa(len(pending) - len(q.Subjects)), "count": itoa(len(pending)),
		},
	})
}

// escalate tells the operator, once for a revision, which items waited longer than
// configured.
func (s *Service) escalate(v View, all []PendingItem, now time.Time) (Effects, error) {
	if s.Escalate <= 0 {
		return nil, nil
	}
	var fx Effects
	var late []string
	for _, w := range all {
		if w.State != item.Pending || now.Sub(w.Current.Created) < s.Escalate {
			continue
		}
		key := fmt.Sprintf("escalated/%d/%d", w.ID, w.Current.Number)
		notified, err := v.Notified(key)
		if err != nil {
			return nil, err
		}
		if notified {
			continue
		}
		fx = append(fx, NotifyOnce{Key: key, At: now})
		late = append(late, fmt.Sprintf("%d\t%s", w.ID, strings.Join(strings.Fields(w.Current.Title), " ")))
	}
	if len(late) == 0 {
		return nil, nil
	}
	letter, err := s.TellOperator(v, "escalated", now, map[string]string{
		"items": strings.Join(late, "\n"), "days": itoa(int(s.Escalate / (24 * time.Hour))),
	})
	return append(fx, letter...), err
}
