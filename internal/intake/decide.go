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

// mayDecide says whether the author may still decide: an editor, or the deputy of one who is
// away now.
func (h *replyHandler) mayDecide() (bool, error) {
	if h.q.For == "" {
		return h.who.editor, nil
	}
	if _, still := h.in.service.Editor(h.q.For); !still {
		return false, nil
	}
	d, err := h.v.Delegation(h.q.For)
	return d.ActiveAt(h.now) && d.Deputy.Address.Equal(h.who.Address), err
}

// decide handles an editor's reply to anything but a receipt.
func (h *replyHandler) decide() (why string, fx newsroom.Effects, err error) {
	may, err := h.mayDecide()
	if err != nil {
		return "", nil, err
	}
	if !may {
		why = "nothing is done: the person is no editor any more"
		if h.q.For != "" {
			why = "nothing is done: the person decides for nobody any more"
			fx, err = h.tell("deputy-over", nil)
		}
		return why, fx, err
	}
	if h.now.After(h.q.Expires) {
		fx, err = h.tell("expired", nil)
		return "nothing is done: the request has expired", fx, err
	}
	if h.q.Purpose == token.Challenge {
		return h.confirm()
	}
	return h.order()
}

// order carries out the reply's order, if it is understood, allowed for this request, and
// needs no confirmation first.
func (h *replyHandler) order() (why string, fx newsroom.Effects, err error) {
	switch h.q.Purpose {
	case token.Queue:
		return h.list()
	case token.Plan:
		return h.plan()
	default:
	}
	if !h.allowed() {
		return h.unclear(h.subjectName(), h.whyNotAllowed())
	}
	if h.reply.Verb != editorial.Undo && h.reply.Verb != editorial.Delegate && !h.q.Used.IsZero() {
		return h.tellSettled()
	}
	if ask, err := h.needsConfirmation(eachTime(h.reply.Verb)); err != nil {
		return "", nil, err
	} else if ask {
		return h.challenge(h.reply.Verb, h.reply.Reason, eachTime(h.reply.Verb))
	}
	return h.carryOut()
}

// subjectName names what the request is about, as it appears in topics.
func (h *replyHandler) subjectName() string {
	switch h.q.Purpose {
	case token.Proof:
		return "proof"
	case token.Outcome:
		return "outcome"
	default:
		return "item"
	}
}

// allowed says whether the request may be answered with the reply's order.
func (h *replyHandler) allowed() bool {
	switch h.reply.Verb {
	case editorial.Sign:
		return h.q.Purpose == token.Proof
	case editorial.Approve, editorial.Reject, editorial.Defer, editorial.Edit, editorial.Translate:
		return h.q.Purpose == token.Decision
	case editorial.Undo:
		return true
	case editorial.Delegate:
		return h.q.For == "" // a deputy may not delegate
	default:
		return false
	}
}

func (h *replyHandler) whyNotAllowed() string {
	if h.reply.Verb == editorial.None {
		return h.reply.Why
	}
	return "the request does not ask for “" + string(h.reply.Verb) + "”"
}

// eachTime reports orders that are confirmed each time, not once a day: they last, bind the
// whole issue, or undo what others were told.
func eachTime(v editorial.Verb) bool {
	return v == editorial.Delegate || v == editorial.Sign || v == editorial.Undo
}

// needsConfirmation says whether to ask for one more reply, once a day or each time: the
// author of this answer is not authenticated.
func (h *replyHandler) needsConfirmation(each bool) (bool, error) {
	if h.confirmed || h.who.auth.Verdict != message.AuthNone || !h.in.Challenge {
		return false, nil
	}
	if each {
		return true, nil
	}
	at, err := h.v.Confirmed(h.who.Address)
	return at.IsZero() || h.now.Sub(at) > confirmedFor, err
}

// challenge stores the mail and asks for one more reply.
func (h *replyHandler) challenge(verb editorial.Verb, reason string, each bool) (string, newsroom.Effects, error) {
	h.missing = MissingConfirmation
	c := newsroom.Challenge{Answered: h.q.ID, Verb: verb, Reason: reason, Each: each, Message: h.message}
	if verb == editorial.Delegate {
		c.To, c.Until = excerpt(h.reply.To), excerpt(h.reply.Until)
	}
	if changesItem(h.reply) {
		c.Says = excerpt(h.reply.Text)
	}
	fx, err := h.in.service.Challenge(h.v, c, h.who.Mailbox, h.now)
	return "one more reply is asked for, as nobody vouches for the author: " + h.who.auth.Why, fx, err
}

// confirm reads the mail again that waits for this reply, and carries out its order.
func (h *replyHandler) confirm() (string, newsroom.Effects, error) {
	if h.reply.Verb != editorial.Approve || len(h.reply.Changes) > 0 || h.reply.Body != "" {
		return h.unclear("confirm", h.whyNotAllowed())
	}
	if !h.q.Used.IsZero() {
		return "nothing is done: it was confirmed before", nil, nil
	}
	c, err := h.v.Challenge(h.q.ID)
	if err != nil {
		return "", nil, err
	}
	raw, err := h.v.Raw(c.Message)
	if err != nil {
		return "", nil, err
	}
	m, err := h.in.Read(raw)
	if err != nil {
		return "", nil, err
	}
	used := newsroom.Effects{newsroom.UseRequest{ID: h.q.ID, At: h.now}, newsroom.ConfirmChallenge{Request: h.q.ID, At: h.now}}
	first := &replyHandler{
		in: h.in, v: h.v, who: h.who, mail: m, message: c.Message, now: h.now, confirmed: true,
	}
	if first.q, err = h.v.Request(c.Answered); err != nil {
		return "", nil, err
	}
	first.read()
	why, fx, err := first.order()
	return why, append(used, fx...), err
}

// carryOut carries out the reply's order and tells the editor the result.
func (h *replyHandler) carryOut() (string, newsroom.Effects, error) {
	switch h.reply.Verb {
	case editorial.Sign:
		return h.sign()
	case editorial.Delegate:
		return h.delegate()
	case editorial.Undo:
		return h.undo()
	default:
	}
	s := h.q.Subjects[0]
	result := h.do(s, h.reply)
	if result.err != nil {
		return "", nil, result.err
	}
	var answer newsroom.Effects
	var err error
	switch result.status {
	case statusStale:
		answer, err = h.in.service.RequestAgain(h.v, h.q, h.who.Mailbox, s.Item, s.Revision, h.now)
		return "nothing is done: the item was changed since", answer, err
	case statusSettled, statusRepeated:
		return h.tellSettled()
	case statusOwn:
		answer, err = h.tell("own-item", nil)
		return "nothing is done: nobody approves their own item", answer, err
	case statusSame:
		answer, err = h.tell("unchanged", nil)
		return "nothing is done: the item says that already", answer, err
	case statusUneditable:
		answer, err = h.tell("uneditable", map[string]string{"reason": result.edit.Reason, "field": string(result.edit.Field), "value": result.edit.Value})
		return "nothing is done: " + result.edit.Error(), answer, err
	default:
	}
	fx := append(result.fx, newsroom.UseRequest{ID: h.q.ID, At: h.now})
	answer, err = h.write(result.letter(h.reply.Reason), result.request(s, h.in.service.Rules.Undo, h.now))
	return "the editor says “" + string(h.reply.Verb) + "”", append(fx, answer...), err
}

// orderStatus is the result of an order on one item.
type orderStatus string

const (
	statusDone       orderStatus = "done"
	statusPart       orderStatus = "part" // approved, and more votes are needed
	statusKept       orderStatus = "kept" // a correction was rejected, and the approved revision stands
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

// orderResult is what an order did, or why it did nothing; fx is empty then.
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

// do decides on one item or edits it.
func (h *replyHandler) do(s editorial.Subject, r editorial.Reply) orderResult {
	o := orderResult{verb: r.Verb, subject: s, status: statusDone}
	var err error
	if changesItem(r) {
		var edited newsroom.EditResult
		editing := editingFrom(r)
		if editing.Text != "" {
			editing.Prepared = item.PrepareAnswer(h.mail.Message, editing.Text)
		}
		o.fx, edited, err = h.in.service.Edit(h.v, newsroom.EditInput{
			Subject: s, Editing: editing, Approve: r.Verb == editorial.Approve, Person: h.who.Mailbox, For: h.q.For,
			Message: h.message, Request: int64(h.q.ID), How: h.authenticatedBy(), At: h.now,
		})
		o.itemStatus, o.before, o.status = edited.Status, s.Revision, statusEdited
		if err == nil { // otherwise the subject is still the revision that was read
			o.subject = editorial.Subject{Item: s.Item, Revision: edited.Item.Current.Number, Hash: edited.Item.Current.Hash}
		}
	} else {
		d := editorial.Decision{
			Item: s.Item, Revision: s.Revision, Hash: s.Hash, Editor: h.q.ActsFor(), Verb: r.Verb, Reason: r.Reason,
			At: h.now, Message: h.message, Request: int64(h.q.ID), How: h.authenticatedBy(),
		}
		if h.q.For != "" {
			d.By = h.who.Address
		}
		o.fx, o.itemStatus, err = h.in.service.Decide(h.v, d)
		switch {
		case r.Verb == editorial.Approve && o.itemStatus.Approved != s.Revision:
			o.status = statusPart
		case r.Verb != editorial.Approve && o.itemStatus.State == item.Approved:
			o.status = statusKept
		}
	}
	var refused *editorial.MoveError // such as the deferral of a deferred item
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

// changesItem says whether a reply changes the item's text or fields.
func changesItem(r editorial.Reply) bool {
	return r.Verb == editorial.Edit || r.Verb == editorial.Translate ||
		r.Verb == editorial.Approve && (len(r.Changes) > 0 || r.Body != "")
}

// editingFrom returns the change that a reply orders.
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

// letter returns the letter that tells the editor of an order that was carried out.
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

// request returns the request that the letter carries: an outcome, whose answer may undo the
// decision, or after an edit without approval a new decision.
func (o orderResult) request(s editorial.Subject, undo time.Duration, now time.Time) editorial.Request {
	q := editorial.Request{Purpose: token.Outcome, Subjects: []editorial.Subject{o.subject}, Expires: now.Add(max(undo, time.Hour))}
	if o.status == statusEdited && o.verb != editorial.Approve {
		q.Purpose, q.Expires = token.Decision, now.Add(editorial.DecisionLife)
	}
	return q
}

// sign signs the proof that the request shows.
func (h *replyHandler) sign() (string, newsroom.Effects, error) {
	s := editorial.Signature{
		Proof: h.q.Proof, Editor: h.q.ActsFor(), Hash: h.q.Hash, At: h.now, Message: h.message, How: h.authenticatedBy(),
	}
	if h.q.For != "" {
		s.By = h.who.Address
	}
	fx, complete, err := h.in.service.Sign(h.v, issue.ID(h.q.Issue), s)
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
		fx = append(fx, newsroom.UseRequest{ID: h.q.ID, At: h.now})
		q = editorial.Request{
			Purpose: token.Outcome, Issue: h.q.Issue, Proof: h.q.Proof, Hash: h.q.Hash, Expires: h.now.Add(max(h.in.service.Rules.Undo, time.Hour)),
		}
	}
	answer, err := h.write(delivery.Letter{Kind: delivery.KindOutcome, Topic: topic}, q)
	return why, append(fx, answer...), err
}

// undo takes back the editor's decision on the item, or their signature or delegation.
func (h *replyHandler) undo() (string, newsroom.Effects, error) {
	const why = "the editor takes a decision back"
	if len(h.q.Subjects)+int(h.q.Issue) == 0 {
		fx, err := h.in.service.EndDelegation(h.v, h.who.Address, h.message, h.authenticatedBy(), h.now)
		topic := "returned"
		if len(fx) == 0 {
			topic = "undo-nothing"
		}
		if err != nil {
			return "", nil, err
		}
		answer, err := h.tell(topic, nil)
		return "the editor decides for themselves again", append(fx, answer...), err
	}
	if len(h.q.Subjects) == 0 {
		fx, err := h.in.service.Unsign(h.v, issue.ID(h.q.Issue), h.q.Proof, h.who.Address, h.now)
		if topic := undoTopic(err); topic != "" {
			answer, err := h.tell(topic, nil)
			return "nothing is done: there is nothing to take back", answer, err
		}
		if err != nil {
			return "", nil, err
		}
		answer, err := h.tell("unsigned-again", nil)
		return "the editor takes a signature back", append(fx, answer...), err
	}
	fx, _, err := h.takeBack(h.q.Subjects[0])
	if topic := undoTopic(err); topic != "" {
		answer, err := h.tell(topic, nil)
		return "nothing is done: there is nothing to take back any more", answer, err
	}
	return why, fx, err
}

func (h *replyHandler) takeBack(s editorial.Subject) (newsroom.Effects, editorial.Status, error) {
	return h.in.service.Undo(h.v, newsroom.UndoInput{
		Item: s.Item, Person: h.who.Mailbox, For: h.q.For, Message: h.message, Request: int64(h.q.ID), How: h.authenticatedBy(), At: h.now,
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

// delegate lets somebody decide for the editor.
func (h *replyHandler) delegate() (string, newsroom.Effects, error) {
	e, _ := h.in.service.Editor(h.who.Address)
	fx, made, err := h.in.service.Delegate(h.v, newsroom.DelegateInput{
		Editor: e, To: h.reply.To, Until: h.reply.Until, Message: h.message, How: h.authenticatedBy(), At: h.now,
	})
	args := map[string]string{"to": h.reply.To, "until": h.reply.Until}
	switch {
	case errors.Is(err, newsroom.ErrNoDeputy):
		answer, err := h.tell("deputy-unknown", args)
		return "nothing is done: nobody is known by that name", answer, err
	case errors.Is(err, newsroom.ErrNoEnd):
		answer, err := h.tell("deputy-until", args)
		return "nothing is done: the last day is not understood", answer, err
	case err != nil:
		return "", nil, err
	}
	args["to"] = strings.TrimSpace(made.Deputy.Name + " <" + string(made.Deputy.Address) + ">")
	args["last"] = made.Until.Add(-time.Minute).In(h.in.Location).Format(time.DateOnly)
	answer, err := h.write(delivery.Letter{Kind: delivery.KindOutcome, Topic: "delegated", Args: args},
		editorial.Request{Purpose: token.Outcome, Hash: "delegation", Expires: made.Until})
	return "the editor lets somebody decide for them", append(fx, answer...), err
}

// tellSettled tells an editor who decided before, what and when.
func (h *replyHandler) tellSettled() (string, newsroom.Effects, error) {
	const why = "nothing is done: that is decided already"
	if h.q.Purpose == token.Proof {
		fx, err := h.write(delivery.Letter{Kind: delivery.KindOutcome, Topic: "already-signed"}, editorial.Request{})
		return why, fx, err
	}
	s := h.q.Subjects[0]
	it, err := h.v.Item(s.Item)
	if err != nil {
		return "", nil, err
	}
	decisions, err := h.v.Decisions(s.Item)
	if err != nil {
		return "", nil, err
	}
	args := map[string]string{"state": string(it.State)}
	decisions = editorial.Effective(decisions)
	if n := len(decisions); n > 0 {
		last := decisions[n-1]
		args["verb"], args["at"] = string(last.Verb), strconv.FormatInt(last.At.Unix(), 10)
		args["by"] = string(last.DecidedBy())
		if e, ok := h.in.service.Editor(last.DecidedBy()); ok {
			args["by"] = e.Name
		}
	}
	fx, err := h.tell("settled", args)
	return why, fx, err
}
