package newsroom

import (
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// Challenge stores an editor's decision and asks the editor to confirm it.
func (s *Service) Challenge(v View, c Challenge, to message.Mailbox, now time.Time) (Effects, error) {
	answered, err := v.Request(c.Answered)
	if err != nil {
		return nil, err
	}
	language, err := s.languageOf(v, to.Address)
	if err != nil {
		return nil, err
	}
	l := delivery.Letter{
		Kind: delivery.KindConfirm, Topic: "confirm", To: to, Language: language,
		Message: c.Message, Issue: answered.Issue, Created: now,
		Args: map[string]string{"verb": string(c.Verb), "reason": c.Reason},
	}
	if c.To != "" {
		l.Args["to"], l.Args["until"] = c.To, c.Until
	}
	if c.Says != "" {
		l.Args["says"] = c.Says
	}
	if c.Each {
		l.Args["each"] = "yes"
	}
	if len(answered.Subjects) > 0 {
		l.Item = int64(answered.Subjects[0].Item)
	}
	fx, err := s.Request(v, editorial.Request{
		Purpose: token.Challenge, Person: to.Address, For: answered.For, Subjects: answered.Subjects, Issue: answered.Issue,
		Hash: answered.Hash, Created: now, Expires: now.Add(editorial.ChallengeLife),
	}, l)
	if err != nil {
		return nil, err
	}
	c.Request = fx[0].(AddRequest).ID
	return append(fx, AddChallenge{c, now}), nil
}
