package intake

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// mayDecide says whether the author still decides: an editor, or the deputy of one who
// is away now.
func (a *replyHandler) mayDecide() (bool, error) {
	if a.q.For == "" {
		return a.who.editor, nil
	}
	if _, still := a.in.service.Editor(a.q.For); !still {
		return false, nil
	}
	d, err := a.v.Delegation(a.q.For)
	return d.Holds(a.now) && d.Deputy.Address.Equal(a.who.Address), err
}

// decide handles an editor's reply to anything but a receipt.
func (a *replyHandler) decide() (why string, fx newsroom.Effects, err error) {
	may, err := a.mayDecide()
	if err != nil {
		return "", nil, err
	}
	if !may {
		why = "nothing is done: the person is no editor any more"
		if a.q.For != "" {
			why = "nothing is done: the person decides for nobody any more"
			fx, err = a.tell("deputy-over", nil)
		}
		return why, fx, err
	}
	if a.now.After(a.q.Expires) {
		fx, err = a.tell("expired", nil)
		return "nothing is done: the request has expired", fx, err
	}
	if a.q.Purpose == token.Challenge {
		return a.confirm()
	}
	return a.order()
}

// order does what the reply orders, if it is understood, fits what was asked, and
// needs no confirmation first.
func (a *replyHandler) order() (why string, fx newsroom.Effects, err error) {
	switch a.q.Purpose {
	case token.Queue:
		return a.list()
	case token.Plan:
		return a.plan()
	}
	if !a.allowed() {
		return a.unclear(a.subjectName(), a.whyNotAllowed())
	}
	if a.reply.Verb != editorial.Undo && a.reply.Verb != editorial.Delegate && !a.q.Used.IsZero() {
		return a.tellSettled()
	}
	if ask, err := a.needsConfirmation(eachTime(a.reply.Verb)); err != nil {
		return "", nil, err
	} else if ask {
		return a.challenge(a.reply.Verb, a.reply.Reason, eachTime(a.reply.Verb))
	}
	return a.carryOut()
}

// subjectName names what the request asks for, as topics and texts do.
func (a *replyHandler) subjectName() string {
	switch a.q.Purpose {
	case token.Proof:
		return "proof"
	case token.Outcome:
		return "outcome"
	}
	return "item"
}

// allowed says whether the request may be answered so.
func (a *replyHandler) allowed() bool {
	switch a.reply.Verb {
	case editorial.Sign:
		return a.q.Purpose == token.Proof
	case editorial.Approve, editorial.Reject, editorial.Defer, editorial.Edit, editorial.Translate:
		return a.q.Purpose == token.Decision
	case editorial.Undo:
		return true
	case editorial.Delegate:
		return a.q.For == "" // a deputy's voice is not theirs to hand on
	}
	return false
}

func (a *replyHandler) whyNotAllowed() string {
	if a.reply.Verb == editorial.None {
		return a.reply.Why
	}
	return "the request does not ask for “" + string(a.reply.Verb) + "”"
}

// eachTime reports orders that are confirmed each time, where others are once a day:
// they last, bind the whole issue, or undo what others were told.
func eachTime(v editorial.Verb) bool {
	return v == editorial.Delegate || v == editorial.Sign || v == editorial.Undo
}

// needsConfirmation says whether one more reply is asked for, once a day or each time:
// where nobody vouches for the author of this very answer.
func (a *replyHandler) needsConfirmation(each bool) (bool, error) {
	if a.confirmed || a.who.auth.Verdict != message.AuthNone || !a.in.Challenge {
		return false, nil
	}
	if each {
		return true, nil
	}
	at, err := a.v.Confirmed(a.who.Address)
	return at.IsZero() || a.now.Sub(at) > confirmedFor, err
}

// challenge keeps the mail and asks for one more reply.
func (a *replyHandler) challenge(verb editorial.Verb, reason string, each bool) (string, newsroom.Effects, error) {
	a.missing = MissingConfirmation
	c := newsroom.Challenge{Answered: a.q.ID, Verb: verb, Reason: reason, Each: each, Message: a.message}
	if verb == editorial.Delegate {
		c.To, c.Until = excerpt(a.reply.To), excerpt(a.reply.Until)
	}
	if changesItem(a.reply) {
		c.Says = excerpt(a.reply.Text)
	}
	fx, err := a.in.service.Challenge(a.v, c, a.who.Mailbox, a.now)
	return "one more reply is asked for, as nobody vouches for the author: " + a.who.auth.Why, fx, err
}

// confirm does what the mail orders that waits for this reply: it is read again.
func (a *replyHandler) confirm() (string, newsroom.Effects, error) {
	if a.reply.Verb != editorial.Approve || len(a.reply.Changes) > 0 || a.reply.Body != "" {
		return a.unclear("confirm", a.whyNotAllowed())
	}
	if !a.q.Used.IsZero() {
		return "nothing is done: it was confirmed before", nil, nil
	}
	c, err := a.v.Challenge(a.q.ID)
	if err != nil {
		return "", nil, err
	}
	raw, err := a.v.Raw(c.Message)
	if err != nil {
		return "", nil, err
	}
	m, err := a.in.Read(raw)
	if err != nil {
		return "", nil, err
	}
	used := newsroom.Effects{newsroom.UseRequest{ID: a.q.ID, At: a.now}, newsroom.ConfirmChallenge{Request: a.q.ID, At: a.now}}
	first := &replyHandler{
		in: a.in, v: a.v, who: a.who, mail: m, message: c.Message, now: a.now, confirmed: true,
	}
	if first.q, err = a.v.Request(c.Answered); err != nil {
		return "", nil, err
	}
	first.read()
	why, fx, err := first.order()
	return why, append(used, fx...), err
}

// carryOut does what the reply orders, and tells the editor how things stand.
func (a *replyHandler) carryOut() (string, newsroom.Effects, error) {
	switch a.reply.Verb {
	case editorial.Sign:
		return a.sign()
	case editorial.Delegate:
		return a.delegate()
	case editorial.Undo:
		return a.undo()
	}
	s := a.q.Subjects[0]
	done := a.do(s, a.reply)
	if done.err != nil {
		return "", nil, done.err
	}
	var answer newsroom.Effects
	var err error
	switch done.status {
	case statusStale:
		answer, err = a.in.service.RequestAgain(a.v, a.q, a.who.Mailbox, s.Item, s.Revision, a.now)
		return "nothing is done: the item was changed since", answer, err
	case statusSettled, statusRepeated:
		return a.tellSettled()
	case statusOwn:
		answer, err = a.tell("own-item", nil)
		return "nothing is done: nobody approves their own item", answer, err
	case statusSame:
		answer, err = a.tell("unchanged", nil)
		return "nothing is done: the item says that already", answer, err
	case statusUneditable:
		answer, err = a.tell("uneditable", map[string]string{"reason": done.edit.Reason, "field": string(done.edit.Field), "value": done.edit.Value})
		return "nothing is done: " + done.edit.Error(), answer, err
	}
	fx := append(done.fx, newsroom.UseRequest{ID: a.q.ID, At: a.now})
	answer, err = a.write(done.letter(a.reply.Reason), done.request(s, a.in.service.Rules.Undo, a.now))
	return "the editor says “" + string(a.reply.Verb) + "”", append(fx, answer...), err
}

// orderStatus is what became of an order on one item.
type orderStatus string

const (
	statusDone       orderStatus = "done"
	statusPart       orderStatus = "part" // approved, and more voices are needed
	statusKept       orderStatus = "kept" // a correction was refused, and what was approved before stands
	statusEdited     orderStatus = "edited"
	statusStale      orderStatus = "stale"
	statusSettled    orderStatus = "settled"
	statusRepeated   orderStatus = "repeated"
	statusOwn        orderStatus = "own"
	statusSame       orderStatus = "same"
	statusUneditable orderStatus = "uneditable"
	statusUndone     orderStatus = "undone"
	statusTooLate    orderStatus = "too-late"
	statusNothing    orderStatus = "nothing"
)

// orderResult is what an order did, or why it did nothing; fx are empty then.
type orderResult struct {
	status     orderStatus
	verb       editorial.Verb
	itemStatus editorial.Status
	subject    editorial.Subject // the revision that now counts
	before     int               // of an edit: the revision that was changed
	edit       *item.EditError
	fx         newsroom.Effects
	err        error // of the store
}

// do decides on or changes one item.
func (a *replyHandler) do(s editorial.Subject, r editorial.Reply) orderResult {
	o := orderResult{verb: r.Verb, subject: s, status: statusDone}
	var err error
	if changesItem(r) {
		var amended newsroom.EditResult
		editing := editingFrom(r)
		if editing.Text != "" {
			editing.Prepared = item.PrepareAnswer(a.mail.Message, editing.Text)
		}
		o.fx, amended, err = a.in.service.Edit(a.v, newsroom.EditInput{
			Subject: s, Editing: editing, Approve: r.Verb == editorial.Approve, Person: a.who.Mailbox, For: a.q.For,
			Message: a.message, Request: int64(a.q.ID), How: a.authenticatedBy(), At: a.now,
		})
		o.itemStatus, o.before, o.status = amended.Status, s.Revision, statusEdited
		if err == nil { // else the revision that was read still is the one that is spoken of
			o.subject = editorial.Subject{Item: s.Item, Revision: amended.Item.Current.Number, Hash: amended.Item.Current.Hash}
		}
	} else {
		d := editorial.Decision{
			Item: s.Item, Revision: s.Revision, Hash: s.Hash, Editor: a.q.ActsFor(), Verb: r.Verb, Reason: r.Reason,
			At: a.now, Message: a.message, Request: int64(a.q.ID), How: a.authenticatedBy(),
		}
		if a.q.For != "" {
			d.By = a.who.Address
		}
		o.fx, o.itemStatus, err = a.in.service.Decide(a.v, d)
		switch {
		case r.Verb == editorial.Approve && o.itemStatus.Approved != s.Revision:
			o.status = statusPart
		case r.Verb != editorial.Approve && o.itemStatus.State == item.Approved:
			o.status = statusKept
		}
	}
	var refused *editorial.MoveError // such as a deferral of what is deferred
	switch {
	case err == nil:
	case errors.As(err, &refused):
		o.status = statusSettled
	case errors.Is(err, editorial.ErrStale):
		o.status = statusStale
	case errors.Is(err, editorial.ErrSettled):
		o.status = statusSettled
	case errors.Is(err, editorial.ErrRepeated):
		o.status = statusRepeated
	case errors.Is(err, editorial.ErrOwnItem):
		o.status = statusOwn
	case errors.Is(err, newsroom.ErrUnchanged):
		o.status = statusSame
	case errors.As(err, &o.edit):
		o.status = statusUneditable
	default:
		o.err = err
	}
	return o
}

// changesItem says whether a reply changes what the item says.
func changesItem(r editorial.Reply) bool {
	return r.Verb == editorial.Edit || r.Verb == editorial.Translate ||
		r.Verb == editorial.Approve && (len(r.Changes) > 0 || r.Body != "")
}

// editingFrom is the change that a reply asks for.
func editingFrom(r editorial.Reply) item.Editing {
	var e item.Editing
	for _, c := range r.Changes {
		switch c.Field {
		case editorial.FieldTitle:
			e.Title = c.Value
		case editorial.FieldSection:
			e.Section = c.Value
		case editorial.FieldDate:
			e.Dates = c.Value
		case editorial.FieldPlace:
			e.Place = c.Value
		case editorial.FieldCentre:
			e.Centre, e.NoCentre = c.Value, c.Value == ""
		}
	}
	if r.Language != "" {
		e.Language, e.Translation = r.Language, r.Body
	} else {
		e.Text = r.Body
	}
	return e
}

// letter is what the editor is told of an order that was done.
func (o orderResult) letter(reason string) delivery.Letter {
	topic := map[orderStatus]string{statusDone: "decided", statusPart: "approved-in-part", statusKept: "kept", statusEdited: "edited"}[o.status]
	args := map[string]string{"verb": string(o.verb), "reason": reason, "state": string(o.itemStatus.State)}
	if o.status == statusEdited {
		args["since"] = strconv.Itoa(o.before)
		if o.verb == editorial.Approve {
			args["approved"] = "part"
			if o.itemStatus.Approved == o.subject.Revision {
				args["approved"] = "yes"
			}
		}
	}
	return delivery.Letter{Kind: delivery.KindOutcome, Topic: topic, Args: args}
}

// request is what that letter may be answered by: a decision may be taken back,
// and what was only changed is approved.
func (o orderResult) request(s editorial.Subject, undo time.Duration, now time.Time) editorial.Request {
	q := editorial.Request{Purpose: token.Outcome, Subjects: []editorial.Subject{o.subject}, Expires: now.Add(max(undo, time.Hour))}
	if o.status == statusEdited && o.verb != editorial.Approve {
		q.Purpose, q.Expires = token.Decision, now.Add(editorial.DecisionLife)
	}
	return q
}

// sign signs the proof that the request shows.
func (a *replyHandler) sign() (string, newsroom.Effects, error) {
	s := editorial.Signature{
		Proof: a.q.Proof, Editor: a.q.ActsFor(), Hash: a.q.Hash, At: a.now, Message: a.message, How: a.authenticatedBy(),
	}
	if a.q.For != "" {
		s.By = a.who.Address
	}
	fx, complete, err := a.in.service.Sign(a.v, issue.ID(a.q.Issue), s)
	topic, why := "signed", "the editor signs the issue"
	switch {
	case errors.Is(err, editorial.ErrVoid):
		topic, why = "proof-void", "nothing is signed: the issue was changed since"
	case errors.Is(err, editorial.ErrSigned):
		topic, why = "already-signed", "nothing is done: it was signed before"
	case err != nil:
		return "", nil, err
	case !complete:
		topic = "signed-in-part"
	}
	var q editorial.Request
	if err == nil {
		fx = append(fx, newsroom.UseRequest{ID: a.q.ID, At: a.now})
		q = editorial.Request{
			Purpose: token.Outcome, Issue: a.q.Issue, Proof: a.q.Proof, Hash: a.q.Hash, Expires: a.now.Add(max(a.in.service.Rules.Undo, time.Hour)),
		}
	}
	answer, err := a.write(delivery.Letter{Kind: delivery.KindOutcome, Topic: topic}, q)
	return why, append(fx, answer...), err
}

// undo takes back what the editor decided on the item, or signed.
func (a *replyHandler) undo() (string, newsroom.Effects, error) {
	const why = "the editor takes a decision back"
	if len(a.q.Subjects)+int(a.q.Issue) == 0 {
		fx, err := a.in.service.EndDelegation(a.v, a.who.Address, a.message, a.authenticatedBy(), a.now)
		topic := "returned"
		if len(fx) == 0 {
			topic = "undo-nothing"
		}
		if err != nil {
			return "", nil, err
		}
		answer, err := a.tell(topic, nil)
		return "the editor decides for themselves again", append(fx, answer...), err
	}
	if len(a.q.Subjects) == 0 {
		fx, err := a.in.service.Unsign(a.v, issue.ID(a.q.Issue), a.q.Proof, a.who.Address, a.now)
		if topic := undoTopic(err); topic != "" {
			answer, err := a.tell(topic, nil)
			return "nothing is done: there is nothing to take back", answer, err
		}
		if err != nil {
			return "", nil, err
		}
		answer, err := a.tell("unsigned-again", nil)
		return "the editor takes a signature back", append(fx, answer...), err
	}
	fx, _, err := a.takeBack(a.q.Subjects[0])
	if topic := undoTopic(err); topic != "" {
		answer, err := a.tell(topic, nil)
		return "nothing is done: there is nothing to take back any more", answer, err
	}
	return why, fx, err
}

func (a *replyHandler) takeBack(s editorial.Subject) (newsroom.Effects, editorial.Status, error) {
	return a.in.service.Undo(a.v, newsroom.UndoInput{
		Item: s.Item, Person: a.who.Mailbox, For: a.q.For, Message: a.message, Request: int64(a.q.ID), How: a.authenticatedBy(), At: a.now,
	})
}

func undoTopic(err error) string {
	switch {
	case errors.Is(err, editorial.ErrTooLate), errors.Is(err, editorial.ErrSettled):
		return "undo-late"
	case errors.Is(err, editorial.ErrNothingToUndo):
		return "undo-nothing"
	}
	return ""
}

// delegate leaves the editor's voice to somebody.
func (a *replyHandler) delegate() (string, newsroom.Effects, error) {
	e, _ := a.in.service.Editor(a.who.Address)
	fx, made, err := a.in.service.Delegate(a.v, newsroom.DelegateInput{
		Editor: e, To: a.reply.To, Until: a.reply.Until, Message: a.message, How: a.authenticatedBy(), At: a.now,
	})
	args := map[string]string{"to": a.reply.To, "until": a.reply.Until}
	switch {
	case errors.Is(err, newsroom.ErrNoDeputy):
		answer, err := a.tell("deputy-unknown", args)
		return "nothing is done: nobody is known by that name", answer, err
	case errors.Is(err, newsroom.ErrNoEnd):
		answer, err := a.tell("deputy-until", args)
		return "nothing is done: the last day is not understood", answer, err
	case err != nil:
		return "", nil, err
	}
	args["to"] = strings.TrimSpace(made.Deputy.Name + " <" + string(made.Deputy.Address) + ">")
	args["last"] = made.Until.Add(-time.Minute).In(a.in.Location).Format(time.DateOnly)
	answer, err := a.write(delivery.Letter{Kind: delivery.KindOutcome, Topic: "delegated", Args: args},
		editorial.Request{Purpose: token.Outcome, Hash: "delegation", Expires: made.Until})
	return "the editor leaves their voice to somebody", append(fx, answer...), err
}

// tellSettled tells an editor who decided already what, and when.
func (a *replyHandler) tellSettled() (string, newsroom.Effects, error) {
	const why = "nothing is done: that is decided already"
	if a.q.Purpose == token.Proof {
		fx, err := a.write(delivery.Letter{Kind: delivery.KindOutcome, Topic: "already-signed"}, editorial.Request{})
		return why, fx, err
	}
	s := a.q.Subjects[0]
	it, err := a.v.Item(s.Item)
	if err != nil {
		return "", nil, err
	}
	decisions, err := a.v.Decisions(s.Item)
	if err != nil {
		return "", nil, err
	}
	args := map[string]string{"state": string(it.State)}
	decisions = editorial.Effective(decisions)
	if n := len(decisions); n > 0 {
		last := decisions[n-1]
		args["verb"], args["at"] = string(last.Verb), strconv.FormatInt(last.At.Unix(), 10)
		args["by"] = string(last.Speaker())
		if e, ok := a.in.service.Editor(last.Speaker()); ok {
			args["by"] = e.Name
		}
	}
	fx, err := a.tell("settled", args)
	return why, fx, err
}
