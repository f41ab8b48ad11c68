package newsroom

import (
	"fmt"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// EditInput is an editor's change of an item's text or fields.
type EditInput struct {
	editorial.Subject // the revision that they read
	item.Editing
	Approve bool // they also approve the new revision
	Person  message.Mailbox
	For     message.Address // the editor they act for; "" for themselves
	Message int64
	Request int64
	How     string
	At      time.Time
}

// EditResult is the item after an edit.
type EditResult struct {
	Item   item.Item // with the new revision as its current one
	Status editorial.Status
}

// Edit stores the revision that an editor asks for and, if they approve it, decides on it.
// It asks the other editors about it, shows those who approved the previous revision what
// changed, and tells the contributor. It returns the errors of item.Edit and
// editorial.Decide, and ErrUnchanged, without effects.
func (s *Service) Edit(v View, in EditInput) (Effects, EditResult, error) {
	it, err := v.Item(in.Subject.Item)
	if err != nil {
		return nil, EditResult{}, err
	}
	result := EditResult{it, editorial.StatusOf(it)}
	frozen, err := s.frozen(v, it)
	if err != nil {
		return nil, result, err
	}
	if frozen || !editorial.Editable(it) {
		return nil, result, editorial.ErrSettled
	}
	if in.Revision != it.Current.Number || in.Hash != it.Current.Hash {
		return nil, result, editorial.ErrStale
	}
	u, err := item.Edit(it.Current.Content, in.Editing, item.Guide{
		Sections: s.Sections, Location: s.Location, Sender: it.Sender, Centre: it.Current.Centre,
		Language: it.Current.Language, Received: it.Received,
	})
	if err != nil {
		return nil, result, err
	}
	if len(item.Diff(it.Current.Content, u.Content)) == 0 {
		return nil, result, ErrUnchanged
	}
	remarks := it.Current.Remarks
	if in.Section != "" {
		remarks.Unrouted = false
	}
	if in.Text != "" {
		remarks.Questions = u.Remarks.Questions
	} else if in.Dates != "" {
		remarks.Questions = nil
	}
	before := it.Current
	it.Current = item.Revision{Number: before.Number + 1, Hash: u.Hash(), Created: in.At, Content: u.Content, Remarks: remarks}
	result.Item = it
	fx := Effects{AddRevision{Item: it.ID, State: it.State, Revision: it.Current, Author: in.Person.Address, Message: in.Message}}
	earlier, err := v.Decisions(it.ID)
	if err != nil {
		return nil, result, err
	}
	if in.Approve {
		d := editorial.Decision{
			Item: it.ID, Revision: it.Current.Number, Hash: it.Current.Hash, Editor: in.Person.Address, Verb: editorial.Approve,
			At: in.At, Message: in.Message, Request: in.Request, How: in.How,
		}
		if in.For != "" {
			d.Editor, d.By = in.For, in.Person.Address
		}
		decided, to, err := s.decideOn(v, it, d)
		if err != nil {
			return nil, result, err
		}
		fx, result.Status = append(fx, decided...), to
		// One letter tells the contributor of both, see showEdited.
		_, key, err := s.outcomeTopic(v, it, to, d)
		if err != nil {
			return nil, result, err
		}
		if may, err := s.mayTell(v, it, key); err != nil {
			return nil, result, err
		} else if may && key != "" {
			fx = append(fx, NotifyOnce{Key: key, At: in.At})
		}
	}
	more, err := s.showEdited(v, it, before, earlier, in, result.Status)
	return append(fx, more...), result, err
}

// showEdited tells the other editors and the contributor of an editor's change.
func (s *Service) showEdited(v View, it item.Item, before item.Revision, earlier []editorial.Decision, in EditInput, to editorial.Status) (Effects, error) {
	var fx Effects
	if to.Approved != it.Current.Number {
		asked, err := s.requestDecisions(v, it, in.At, "request-edited", nil, in.Person.Address)
		if err != nil {
			return nil, err
		}
		fx = append(fx, asked...)
	} else {
		// Nothing more is asked; those whose approval lapsed learn why.
		seen := map[string]bool{in.Person.Address.Key(): true}
		for _, d := range editorial.Effective(earlier) {
			who := d.DecidedBy()
			if d.Verb != editorial.Approve || seen[who.Key()] || d.Revision != before.Number && d.Revision != it.Approved {
				continue
			}
			seen[who.Key()] = true
			e, ok := s.Editor(who)
			if !ok {
				continue
			}
			letter, err := s.QueueLetter(v, delivery.Letter{
				Kind: delivery.KindOutcome, Topic: "edited-after", To: e.Mailbox, Language: s.Language(e.Language), Item: int64(it.ID),
				Created: in.At, Args: map[string]string{"revision": itoa(it.Current.Number), "since": itoa(d.Revision), "by": s.displayName(in.Person)},
			})
			if err != nil {
				return nil, err
			}
			fx = append(fx, letter...)
		}
	}
	if in.Person.Address.Equal(it.Sender.Address) {
		return fx, nil
	}
	key := fmt.Sprintf("your-edited/%d/%d", it.ID, it.Current.Number)
	may, err := s.mayTell(v, it, key)
	if err != nil || !may {
		return fx, err
	}
	language, err := s.senderLanguage(v, it)
	if err != nil {
		return nil, err
	}
	letter, err := s.Request(v, editorial.Request{
		Purpose: token.Receipt, Person: it.Sender.Address, Subjects: []editorial.Subject{subject(it)},
		Created: in.At, Expires: in.At.Add(editorial.ReceiptLife),
	}, delivery.Letter{
		Kind: delivery.KindOutcome, Topic: "your-edited", To: it.Sender, Language: language, Item: int64(it.ID),
		Created: in.At, Args: map[string]string{"since": itoa(before.Number), "state": string(to.State)},
	})
	return append(append(fx, NotifyOnce{Key: key, At: in.At}), letter...), err
}

// displayName returns the name of a person for others to read.
func (s *Service) displayName(m message.Mailbox) string {
	if e, ok := s.Editor(m.Address); ok {
		return e.Name
	}
	if m.Name != "" {
		return m.Name
	}
	return string(m.Address)
}
