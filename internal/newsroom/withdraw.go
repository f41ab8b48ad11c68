package newsroom

import (
	"errors"
	"strconv"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
)

// Withdraw withdraws the items of a receipt, once. An item of a closed issue stays, and the
// editors are told instead. topic and numbers are for the answer to the contributor.
func (s *Service) Withdraw(v View, q editorial.Request, messageID int64, now time.Time) (fx Effects, topic, numbers string, err error) {
	fx, topic = Effects{UseRequest{ID: q.ID, At: now}}, "withdrawn"
	for _, subj := range q.Subjects {
		it, err := v.Item(subj.Item)
		if err != nil {
			return nil, "", "", err
		}
		if numbers != "" {
			numbers += ", "
		}
		numbers += strconv.FormatInt(int64(it.ID), 10)
		if it.Issue != 0 && !editorial.IsOpen(it.State) {
			topic = "withdrawal-late"
			notices, err := s.tellEditors(v, delivery.Letter{
				Kind: delivery.KindNotice, Topic: "withdrawal-asked", Item: int64(it.ID), Issue: it.Issue, Created: now,
			})
			if err != nil {
				return nil, "", "", err
			}
			fx = append(fx, notices...)
			continue
		}
		to, err := editorial.Move(it.State, editorial.Withdraw)
		var refused *editorial.MoveError
		if errors.As(err, &refused) {
			continue // already withdrawn or published
		}
		fx = append(fx, AddDecision{editorial.Decision{
			Item: it.ID, Revision: it.Current.Number, Hash: it.Current.Hash, Editor: q.Person,
			Verb: editorial.Withdraw, At: now, Message: messageID, Request: int64(q.ID), How: "receipt's handle",
		}})
		moved, err := s.move(v, it, editorial.Status{State: to}, now)
		if err != nil {
			return nil, "", "", err
		}
		fx = append(fx, moved...)
	}
	return fx, topic, numbers, nil
}
