package newsroom

import (
	"errors"
	"strconv"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// Offering is a message with news in it, as intake understood it.
type Offering struct {
	Message  int64
	Sender   message.Mailbox
	Language string // the sender's
	Items    []item.Understood
	Held     bool // the sender is not a known contributor
	Answer   bool // whether the sender may be written to
	At       time.Time
}

// Offer takes in items: they wait for the editors, each of whom is asked, and
// the contributor is told what was understood. Held items ask nobody.
func (r *Room) Offer(v View, o Offering) (Effects, error) {
	var fx Effects
	var subjects []editorial.Subject
	for _, u := range o.Items {
		id, err := v.Next(Item)
		if err != nil {
			return nil, err
		}
		it := item.Item{
			ID: item.ID(id), State: item.Pending, Message: o.Message, Sender: o.Sender, Received: o.At,
			Current: item.Revision{Number: 1, Hash: u.Hash(), Created: o.At, Content: u.Content, Remarks: u.Remarks},
		}
		if o.Held {
			it.State = item.Held
		}
		subjects = append(subjects, subject(it))
		fx = append(fx, AddItem{it})
		if !o.Held {
			asked, err := r.ask(v, it, o.At)
			if err != nil {
				return nil, err
			}
			fx = append(fx, asked...)
		}
	}
	if !o.Answer {
		return fx, nil
	}
	told, err := r.request(v, editorial.Request{
		Purpose: token.Receipt, Person: o.Sender.Address, Subjects: subjects,
		Created: o.At, Expires: o.At.Add(editorial.ReceiptLife),
	}, delivery.Letter{
		Kind: delivery.KindReceipt, Topic: "receipt", To: o.Sender, Language: r.Language(o.Language),
		Message: o.Message, Created: o.At,
	})
	return append(fx, told...), err
}

func subject(it item.Item) editorial.Subject {
	return editorial.Subject{Item: it.ID, Revision: it.Current.Number, Hash: it.Current.Hash}
}

// ask requests a decision of every editor who may decide on the item.
func (r *Room) ask(v View, it item.Item, now time.Time) (Effects, error) {
	var fx Effects
	for _, e := range r.deciding(it) {
		asked, err := r.askOne(v, e, it, now, "request")
		if err != nil {
			return nil, err
		}
		fx = append(fx, asked...)
	}
	return fx, nil
}

func (r *Room) askOne(v View, e Editor, it item.Item, now time.Time, topic string) (Effects, error) {
	return r.request(v, editorial.Request{
		Purpose: token.Decision, Person: e.Address, Subjects: []editorial.Subject{subject(it)},
		Created: now, Expires: now.Add(editorial.DecisionLife),
	}, delivery.Letter{
		Kind: delivery.KindRequest, Topic: topic, To: e.Mailbox, Language: r.Language(e.Language),
		Item: int64(it.ID), Created: now,
	})
}

// request stores a request and queues the letter that carries its handle.
func (r *Room) request(v View, q editorial.Request, l delivery.Letter) (Effects, error) {
	id, err := v.Next(Request)
	if err != nil {
		return nil, err
	}
	q.ID = editorial.RequestID(id)
	l.Request = id
	sent, err := r.Write(v, l)
	return append(Effects{AddRequest{q}}, sent...), err
}

// Write queues a letter.
func (r *Room) Write(v View, l delivery.Letter) (Effects, error) {
	id, err := v.Next(Letter)
	if err != nil {
		return nil, err
	}
	l.ID = delivery.LetterID(id)
	return Effects{QueueLetter{Letter: l}}, nil
}

// Tell queues a letter of one kind and topic to each editor.
func (r *Room) tellEditors(v View, l delivery.Letter) (Effects, error) {
	var fx Effects
	for _, e := range r.Editors {
		l.To, l.Language = e.Mailbox, r.Language(e.Language)
		one, err := r.Write(v, l)
		if err != nil {
			return nil, err
		}
		fx = append(fx, one...)
	}
	return fx, nil
}

// TellOperator queues a notice to the operator.
func (r *Room) TellOperator(v View, topic string, now time.Time, args map[string]string) (Effects, error) {
	return r.Write(v, delivery.Letter{
		Kind: delivery.KindNotice, Topic: topic, To: r.Operator, Language: r.Languages[0], Created: now, Args: args,
	})
}

// Decide does what an editor decided on an item, says how the item then stands,
// and tells its contributor. The errors of editorial.Decide pass through; they
// come with no effects.
func (r *Room) Decide(v View, d editorial.Decision) (Effects, editorial.Standing, error) {
	it, err := v.Item(d.Item)
	if err != nil {
		return nil, editorial.Standing{}, err
	}
	earlier, err := v.Decisions(it.ID)
	if err != nil {
		return nil, editorial.Standing{}, err
	}
	to, err := editorial.Decide(it, earlier, d, r.Rules)
	if err != nil {
		return nil, to, err
	}
	fx := Effects{AddDecision{d}}
	moved, err := r.move(v, it, to, d.At)
	if err != nil {
		return nil, to, err
	}
	told, err := r.tellOutcome(v, it, to, d)
	return append(append(fx, moved...), told...), to, err
}

// Order does what the operator says at the command line: the same moves,
// without quorum, and also on an item that was decided, until its issue is
// frozen. It never approves a revision other than the current one.
func (r *Room) Order(v View, id item.ID, verb editorial.Verb, reason string, now time.Time) (Effects, item.State, error) {
	it, err := v.Item(id)
	if err != nil {
		return nil, "", err
	}
	if it.Issue != 0 {
		is, err := v.Issue(issue.ID(it.Issue))
		if err != nil {
			return nil, "", err
		}
		if is.State.Frozen() {
			return nil, it.State, &editorial.MoveError{From: item.Published, Verb: verb}
		}
	}
	to := editorial.Standing{State: it.State, Approved: it.Current.Number}
	if verb != editorial.Approve || it.State != item.Approved || it.Approved == it.Current.Number {
		if to.State, err = editorial.Move(it.State, verb); err != nil {
			return nil, it.State, err
		}
		if to.State != item.Approved {
			to.Approved = 0
		}
	}
	d := editorial.Decision{
		Item: it.ID, Revision: it.Current.Number, Hash: it.Current.Hash,
		Editor: r.Operator.Address, Verb: verb, Reason: reason, At: now, How: "command line",
	}
	moved, err := r.move(v, it, to, now)
	if err != nil {
		return nil, it.State, err
	}
	told, err := r.tellOutcome(v, it, to, d)
	return append(append(Effects{AddDecision{d}}, moved...), told...), to.State, err
}

// move changes where an item stands with all that follows: an approval brings the
// revision's events into the agenda and plans their reminders, and its loss takes
// them out again. Either voids the proof that shows the item.
func (r *Room) move(v View, it item.Item, to editorial.Standing, now time.Time) (Effects, error) {
	if to == (editorial.Standing{State: it.State, Approved: it.Approved}) {
		return nil, nil
	}
	var fx Effects
	switch {
	case to.State == item.Approved && it.State == item.Approved:
		fx = Effects{ApproveRevision{Item: it.ID, Revision: to.Approved}}
	default:
		// What leaves an issue that closed waits for the next one.
		fx = Effects{MoveItem{Item: it.ID, State: to.State, Approved: to.Approved}}
	}
	if to.State == item.Approved {
		announced, err := r.announce(v, it, now)
		if err != nil {
			return nil, err
		}
		fx = append(fx, announced...)
	} else if it.State == item.Approved {
		fx = append(fx, CancelEvents{it.ID})
	}
	if it.Issue == 0 {
		return fx, nil
	}
	void, err := r.void(v, issue.ID(it.Issue), now)
	return append(fx, void...), err
}

// Withdraw takes back what a receipt was about, once. Of an issue that has closed
// nothing is taken: its editors are told instead. topic and numbers are what to
// answer.
func (r *Room) Withdraw(v View, q editorial.Request, messageID int64, now time.Time) (fx Effects, topic, numbers string, err error) {
	fx, topic = Effects{UseRequest{ID: q.ID, At: now}}, "withdrawn"
	for _, s := range q.Subjects {
		it, err := v.Item(s.Item)
		if err != nil {
			return nil, "", "", err
		}
		if numbers != "" {
			numbers += ", "
		}
		numbers += strconv.FormatInt(int64(it.ID), 10)
		if it.Issue != 0 {
			topic = "withdrawal-late"
			told, err := r.tellEditors(v, delivery.Letter{
				Kind: delivery.KindNotice, Topic: "withdrawal-asked", Item: int64(it.ID), Issue: it.Issue, Created: now,
			})
			if err != nil {
				return nil, "", "", err
			}
			fx = append(fx, told...)
			continue
		}
		to, err := editorial.Move(it.State, editorial.Withdraw)
		var refused *editorial.MoveError
		if errors.As(err, &refused) {
			continue // already rejected or withdrawn: nothing is left to take back
		}
		fx = append(fx, AddDecision{editorial.Decision{
			Item: it.ID, Revision: it.Current.Number, Hash: it.Current.Hash, Editor: q.Person,
			Verb: editorial.Withdraw, At: now, Message: messageID, Request: int64(q.ID), How: "receipt's handle",
		}})
		moved, err := r.move(v, it, editorial.Standing{State: to}, now)
		if err != nil {
			return nil, "", "", err
		}
		fx = append(fx, moved...)
	}
	return fx, topic, numbers, nil
}

// languageOf is the one to answer somebody in.
func (r *Room) languageOf(v View, a message.Address) string {
	if e, ok := r.Editor(a); ok {
		return r.Language(e.Language)
	}
	if p, ok, err := v.Person(a); err == nil && ok {
		return r.Language(p.Language)
	}
	return r.Languages[0]
}

// AskAgain shows an editor the item as it is now, whose decision was about an
// earlier revision.
func (r *Room) AskAgain(v View, editor message.Address, id item.ID, now time.Time) (Effects, error) {
	it, err := v.Item(id)
	if err != nil {
		return nil, err
	}
	e, ok := r.Editor(editor)
	if !ok {
		return nil, nil
	}
	return r.askOne(v, e, it, now, "changed")
}

// Challenge keeps an editor's decision and asks them to confirm it.
func (r *Room) Challenge(v View, c Challenge, to message.Mailbox, now time.Time) (Effects, error) {
	answered, err := v.Request(c.Answered)
	if err != nil {
		return nil, err
	}
	l := delivery.Letter{
		Kind: delivery.KindConfirm, Topic: "confirm", To: to, Language: r.languageOf(v, to.Address),
		Message: c.Message, Issue: answered.Issue, Created: now,
		Args: map[string]string{"verb": string(c.Verb), "reason": c.Reason},
	}
	if len(answered.Subjects) > 0 {
		l.Item = int64(answered.Subjects[0].Item)
	}
	fx, err := r.request(v, editorial.Request{
		Purpose: token.Challenge, Person: to.Address, Subjects: answered.Subjects, Issue: answered.Issue,
		Hash: answered.Hash, Created: now, Expires: now.Add(editorial.ChallengeLife),
	}, l)
	if err != nil {
		return nil, err
	}
	c.Request = fx[0].(AddRequest).ID
	return append(fx, AddChallenge{c, now}), nil
}

// Leave unsubscribes the person for whom an unsubscribing handle was made. A
// handle that was never made has no effects.
func (r *Room) Leave(v View, h token.Handle, how string, now time.Time) (Effects, error) {
	s, err := v.Subscriber(audience.ID(h.Number))
	if errors.Is(err, ErrUnknown) {
		return nil, nil
	}
	if err != nil || !r.Secret.Verify(h, string(s.Address)) || h.Short() {
		return nil, err
	}
	return Effects{Leave{Subscriber: s.ID, At: now, How: how}}, nil
}
