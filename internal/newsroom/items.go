package newsroom

import (
	"errors"
	"slices"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// SubmitInput is a contribution, as intake read it.
type SubmitInput struct {
	Message     int64
	Sender      message.Mailbox
	Language    string // the sender's
	Items       []item.ParsedItem
	Held        bool // the sender is not a known contributor
	SendReceipt bool // whether the sender may be written to
	At          time.Time
}

// Submit stores the items of a contribution. It asks each editor about them and sends the
// contributor a receipt. It asks nobody about held items.
func (s *Service) Submit(v View, in SubmitInput) (Effects, error) {
	var fx Effects
	var subjects []editorial.Subject
	for _, u := range in.Items {
		id, err := v.Next(SeqItem)
		if err != nil {
			return nil, err
		}
		if u.Remarks.Concerns, err = concerns(v, u.Remarks.Calendar); err != nil {
			return nil, err
		}
		it := item.Item{
			ID: item.ID(id), State: item.Pending, Message: in.Message, Sender: in.Sender, Received: in.At,
			Current: item.Revision{Number: 1, Hash: u.Hash(), Created: in.At, Content: u.Content, Remarks: u.Remarks},
		}
		if in.Held {
			it.State = item.Held
		}
		subjects = append(subjects, subject(it))
		fx = append(fx, AddItem{it})
		if !in.Held {
			asked, err := s.requestDecisions(v, it, in.At, "request", fx)
			if err != nil {
				return nil, err
			}
			fx = append(fx, asked...)
		}
	}
	if !in.SendReceipt {
		return fx, nil
	}
	receipt, err := s.Request(v, editorial.Request{
		Purpose: token.Receipt, Person: in.Sender.Address, Subjects: subjects,
		Created: in.At, Expires: in.At.Add(editorial.ReceiptLife),
	}, delivery.Letter{
		Kind: delivery.KindReceipt, Topic: "receipt", To: in.Sender, Language: s.Language(in.Language),
		Message: in.Message, Created: in.At,
	})
	return append(fx, receipt...), err
}

// concerns lists the items whose events a calendar file cancels or updates.
func concerns(v View, entries []item.CalendarEntry) ([]item.Concern, error) {
	var all []item.Concern
	for _, e := range entries {
		id, sequence, err := v.CalendarItem(e.UID)
		if errors.Is(err, ErrNotFound) || err == nil && !e.Cancelled && e.Sequence <= sequence {
			continue
		}
		if err != nil {
			return nil, err
		}
		it, err := v.Item(id)
		if err != nil {
			return nil, err
		}
		if c := (item.Concern{Item: id, Title: it.Current.Title, Cancels: e.Cancelled}); !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return all, nil
}

func subject(it item.Item) editorial.Subject {
	return editorial.Subject{Item: it.ID, Revision: it.Current.Number, Hash: it.Current.Hash}
}

// Request stores a request and queues the letter that carries its handle.
func (s *Service) Request(v View, q editorial.Request, l delivery.Letter) (Effects, error) {
	id, err := v.Next(SeqRequest)
	if err != nil {
		return nil, err
	}
	q.ID = editorial.RequestID(id)
	l.Request = id
	sent, err := s.QueueLetter(v, l)
	return append(Effects{AddRequest{q}}, sent...), err
}

// QueueLetter queues a letter.
func (s *Service) QueueLetter(v View, l delivery.Letter) (Effects, error) {
	id, err := v.Next(SeqLetter)
	if err != nil {
		return nil, err
	}
	l.ID = delivery.LetterID(id)
	return Effects{QueueLetter{Letter: l}}, nil
}

// tellEditors queues a letter to each editor.
func (s *Service) tellEditors(v View, l delivery.Letter) (Effects, error) {
	var fx Effects
	for _, e := range s.Editors {
		l.To, l.Language = e.Mailbox, s.Language(e.Language)
		one, err := s.QueueLetter(v, l)
		if err != nil {
			return nil, err
		}
		fx = append(fx, one...)
	}
	return fx, nil
}

// TellOperator queues a notice to the operator.
func (s *Service) TellOperator(v View, topic string, now time.Time, args map[string]string) (Effects, error) {
	return s.QueueLetter(v, delivery.Letter{
		Kind: delivery.KindNotice, Topic: topic, To: s.Operator, Language: s.Languages[0], Created: now, Args: args,
	})
}

// languageOf returns the language in which to write to an address. Errors are the store's.
func (s *Service) languageOf(v View, a message.Address) (string, error) {
	if e, ok := s.Editor(a); ok {
		return s.Language(e.Language), nil
	}
	p, listed, err := v.Person(a)
	if err != nil {
		return "", err
	}
	if listed {
		return s.Language(p.Language), nil
	}
	return s.Languages[0], nil
}

// Unsubscribe unsubscribes the person for whom an unsubscribing handle was made. A handle
// that was never issued has no effects.
func (s *Service) Unsubscribe(v View, h token.Handle, how string, now time.Time) (Effects, error) {
	sub, err := v.Subscriber(audience.ID(h.Number))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil || !s.Secret.Verify(h, string(sub.Address)) || h.Short() {
		return nil, err
	}
	return Effects{Unsubscribe{Subscriber: sub.ID, At: now, How: how}}, nil
}
