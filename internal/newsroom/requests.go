package newsroom

import (
	"slices"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// decider is a person who is asked to decide: an editor, or the deputy of one.
type decider struct {
	message.Mailbox
	Language string
	For      message.Address // the editor who is away
}

// actsFor returns the editor for whom this person votes.
func (d decider) actsFor() message.Address {
	if d.For != "" {
		return d.For
	}
	return d.Address
}

// deciders lists those who decide at a time, one for each editor who has not delegated to
// somebody that decides already. An editor who is away is no deputy: editors who delegate to
// each other decide themselves.
func (s *Service) deciders(v View, now time.Time) ([]decider, error) {
	away := map[string]editorial.Delegation{}
	for _, e := range s.Editors {
		d, err := v.Delegation(e.Address)
		if err != nil {
			return nil, err
		}
		if d.ActiveAt(now) {
			away[e.Address.Key()] = d
		}
	}
	var all []decider
	for _, e := range s.Editors {
		d, isAway := away[e.Address.Key()]
		_, editor := s.Editor(d.Deputy.Address)
		_, deputyAway := away[d.Deputy.Address.Key()]
		if !isAway || editor && deputyAway {
			all = append(all, decider{e.Mailbox, s.Language(e.Language), ""})
			continue
		}
		if editor {
			continue // already asked as an editor
		}
		p, _, err := v.Person(d.Deputy.Address)
		if err != nil {
			return nil, err
		}
		all = append(all, decider{d.Deputy, s.Language(p.Language, e.Language), e.Address})
	}
	return all, nil
}

// decidersOn lists those who may decide on an item.
func (s *Service) decidersOn(v View, it item.Item, now time.Time) ([]decider, error) {
	all, err := s.deciders(v, now)
	if err != nil || s.Rules.SelfApproval {
		return all, err
	}
	return slices.DeleteFunc(all, func(a decider) bool {
		return a.Address.Equal(it.Sender.Address) || a.actsFor().Equal(it.Sender.Address)
	}), nil
}

// maxAsked is how many requests on single items a person gets in an hour. Items beyond it go
// into one list within listInterval.
const maxAsked = 10

// requestDecisions asks everyone who may decide on the item, except some. pending are the
// effects queued so far by the act, which may hold requests on other items.
func (s *Service) requestDecisions(v View, it item.Item, now time.Time, topic string, pending Effects, except ...message.Address) (Effects, error) {
	people, err := s.decidersOn(v, it, now)
	if err != nil {
		return nil, err
	}
	var fx Effects
	for _, decider := range people {
		if slices.ContainsFunc(except, decider.Address.Equal) {
			continue
		}
		n, err := v.Requested(decider.Address, now.Add(-time.Hour))
		if err != nil {
			return nil, err
		}
		if n+requestsTo(decider.Address, pending) >= maxAsked {
			fx = append(fx, scheduleList(now))
			continue
		}
		one, err := s.requestDecision(v, decider, it, now, topic)
		if err != nil {
			return nil, err
		}
		fx = append(fx, one...)
	}
	return fx, nil
}

// requestsTo counts the requests to a person among effects.
func requestsTo(person message.Address, fx Effects) (n int) {
	for _, change := range fx {
		if l, ok := change.(QueueLetter); ok && l.Kind == delivery.KindRequest && l.To.Address.Equal(person) {
			n++
		}
	}
	return n
}

func (s *Service) requestDecision(v View, to decider, it item.Item, now time.Time, topic string) (Effects, error) {
	return s.Request(v, editorial.Request{
		Purpose: token.Decision, Person: to.Address, For: to.For, Subjects: []editorial.Subject{subject(it)},
		Created: now, Expires: now.Add(editorial.DecisionLife),
	}, delivery.Letter{
		Kind: delivery.KindRequest, Topic: topic, To: to.Mailbox, Language: to.Language,
		Item: int64(it.ID), Issue: it.Issue, Created: now,
	})
}

// RequestAgain sends the current revision to a person whose answer was about an earlier one,
// since.
func (s *Service) RequestAgain(v View, q editorial.Request, to message.Mailbox, id item.ID, since int, now time.Time) (Effects, error) {
	it, err := v.Item(id)
	if err != nil {
		return nil, err
	}
	language, err := s.languageOf(v, to.Address)
	if err != nil {
		return nil, err
	}
	return s.Request(v, editorial.Request{
		Purpose: token.Decision, Person: q.Person, For: q.For, Subjects: []editorial.Subject{subject(it)},
		Created: now, Expires: now.Add(editorial.DecisionLife),
	}, delivery.Letter{
		Kind: delivery.KindRequest, Topic: "changed", To: to, Language: language,
		Item: int64(it.ID), Issue: it.Issue, Created: now, Args: map[string]string{"since": itoa(since)},
	})
}
