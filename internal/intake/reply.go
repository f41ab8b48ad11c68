package intake

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// confirmedFor is how long one confirmation stands for an editor's decisions,
// where the mailbox's server authenticates nobody.
const confirmedFor = 24 * time.Hour

// answering is one reply to a request, and what is known of it.
type answering struct {
	in      *Intake
	v       View
	who     author
	q       editorial.Request
	reply   editorial.Reply
	mail    Inbound
	message int64
	now     time.Time
}

// reply handles a message that carries the handle of a request. Unless all that
// a decision needs is there, it changes nothing; a known person is told what to
// write instead.
func (in *Intake) reply(v View, m Inbound, who author, h token.Handle, verdict Verdict, id int64, now time.Time) (Verdict, newsroom.Effects, error) {
	verdict.Kind = Decision
	q, err := in.issued(v, h)
	if errors.Is(err, newsroom.ErrUnknown) {
		verdict.Kind, verdict.Why, verdict.Folder = Unknown, neverIssued, Other
		return verdict, nil, nil
	}
	if err != nil {
		return verdict, nil, err
	}
	a := &answering{in: in, v: v, who: who, q: q, reply: editorial.ReadReply(written(m.Message)), mail: m, message: id, now: now}
	if q.Purpose == token.Receipt {
		if verdict.Kind = Withdrawal; a.reply.Verb != editorial.Withdraw {
			// No other order is meant here, whatever the first line is.
			verdict.Kind, a.reply.Verb, a.reply.Reason = Correction, editorial.None, ""
		}
	}
	verdict.Reply = a.reply
	if who.auth.Verdict == message.AuthFail {
		verdict.Why = "nothing is done: its sender may be forged (" + who.auth.Why + ")"
		if q.Purpose == token.Receipt {
			verdict.Folder = Other // a contributor's words, perhaps: for a person to look at
		}
		return verdict, nil, nil
	}
	if !who.Address.Equal(q.Person) {
		verdict.Why = "nothing is done: the request was sent to somebody else"
		fx, err := a.tell("wrong-person", nil)
		if q.Purpose == token.Receipt && len(fx) == 0 {
			verdict.Folder = Other // a colleague's words, perhaps
		}
		return verdict, fx, err
	}
	var fx newsroom.Effects
	switch {
	case verdict.Kind == Withdrawal:
		verdict.Why, fx, err = a.withdraw()
	case verdict.Kind == Correction:
		fx, err = a.voice(&verdict)
	default:
		verdict.Why, fx, err = a.decide()
		if a.q.Purpose == token.Proof && a.reply.Verb == editorial.None {
			verdict.Folder = Other // remarks on a proof are for a person to read
		}
	}
	return verdict, fx, err
}

// written is what the author of a reply wrote anew.
func written(m *message.Message) editorial.Written {
	text, html := m.Written()
	return editorial.Written{Text: text, HTML: html}
}

// issued is the request for which a handle was made; newsroom.ErrUnknown for a
// handle that never was.
func (in *Intake) issued(v View, h token.Handle) (editorial.Request, error) {
	q, err := v.Request(editorial.RequestID(h.Number))
	if err == nil && (q.Purpose != h.Purpose || !in.room.Secret.Verify(h, string(q.Person), q.Bound()...)) {
		err = newsroom.ErrUnknown
	}
	return q, err
}

// tell queues a notice to the author, if they are known and may be answered.
func (a *answering) tell(topic string, args map[string]string) (newsroom.Effects, error) {
	return a.write(delivery.Letter{Kind: delivery.KindNotice, Topic: topic, Args: args})
}

func (a *answering) write(l delivery.Letter) (newsroom.Effects, error) {
	if !a.who.known() {
		return nil, nil
	}
	may, err := a.in.mayAnswer(a.v, a.who, a.now)
	if err != nil || !may {
		return nil, err
	}
	l.To, l.Language = a.who.Mailbox, a.in.room.Language(a.who.person.Language)
	l.Message, l.Created, l.Issue = a.message, a.now, a.q.Issue
	if e, ok := a.in.room.Editor(a.who.Address); ok {
		l.Language = a.in.room.Language(e.Language)
	}
	if len(a.q.Subjects) == 1 && l.Item == 0 {
		l.Item = int64(a.q.Subjects[0].Item)
	}
	return a.in.room.Write(a.v, l)
}

// withdraw takes back what the contributor's receipt was about.
func (a *answering) withdraw() (why string, fx newsroom.Effects, err error) {
	if a.now.After(a.q.Expires) {
		fx, err = a.tell("expired", nil)
		return "the receipt has expired", fx, err
	}
	if !a.q.Used.IsZero() {
		return "its sender took the item back before", nil, nil
	}
	fx, topic, numbers, err := a.in.room.Withdraw(a.v, a.q, a.message, a.now)
	if err != nil {
		return "", nil, err
	}
	answer, err := a.write(delivery.Letter{
		Kind: delivery.KindOutcome, Topic: topic, Item: int64(a.q.Subjects[0].Item), Args: map[string]string{"items": numbers},
	})
	return "its sender takes the item back", append(fx, answer...), err
}

// decide handles an editor's reply to a request, a proof or a challenge.
func (a *answering) decide() (why string, fx newsroom.Effects, err error) {
	if !a.who.editor {
		return "nothing is done: the person is no editor any more", nil, nil
	}
	if a.now.After(a.q.Expires) {
		fx, err = a.tell("expired", nil)
		return "nothing is done: the request has expired", fx, err
	}
	if a.q.Purpose == token.Challenge {
		return a.confirm()
	}
	if !a.verbFits() {
		fx, err = a.tell("unclear-"+a.asked(), map[string]string{"text": excerpt(a.reply.Text)})
		return "nothing is done: " + a.unfit(), fx, err
	}
	if !a.q.Used.IsZero() {
		return a.settled()
	}
	if a.who.auth.Verdict == message.AuthNone && a.in.Challenge {
		confirmed, err := a.v.Confirmed(a.who.Address)
		if err != nil {
			return "", nil, err
		}
		if confirmed.IsZero() || a.now.Sub(confirmed) > confirmedFor {
			return a.challenge()
		}
	}
	return a.carryOut(a.reply.Verb, a.reply.Reason, a.message)
}

// asked names what the request asks for, as topics and texts do.
func (a *answering) asked() string {
	if a.q.Purpose == token.Proof {
		return "proof"
	}
	return "item"
}

func (a *answering) verbFits() bool {
	if len(a.reply.Changes) > 0 || a.reply.Body != "" {
		return false // a yes to something that is not the revision asked about
	}
	switch a.reply.Verb {
	case editorial.Sign:
		return a.q.Purpose == token.Proof
	case editorial.Approve, editorial.Reject, editorial.Defer:
		return a.q.Purpose == token.Decision
	}
	return false
}

func (a *answering) unfit() string {
	if a.reply.Verb == editorial.None {
		return a.reply.Why
	}
	if len(a.reply.Changes) > 0 || a.reply.Body != "" {
		return "changes are not made by an answer"
	}
	return "the request does not ask for “" + string(a.reply.Verb) + "”"
}

// excerpt is the beginning of a text, on one line.
func excerpt(text string) string {
	const limit = 300
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return string(runes)
}

// challenge keeps the decision and asks for one more reply.
func (a *answering) challenge() (string, newsroom.Effects, error) {
	fx, err := a.in.room.Challenge(a.v, newsroom.Challenge{
		Answered: a.q.ID, Verb: a.reply.Verb, Reason: a.reply.Reason, Message: a.message,
	}, a.who.Mailbox, a.now)
	return "the server authenticates nobody: one more reply is asked for", fx, err
}

// confirm carries out the decision that waits for this reply.
func (a *answering) confirm() (string, newsroom.Effects, error) {
	if a.reply.Verb != editorial.Approve || len(a.reply.Changes) > 0 || a.reply.Body != "" {
		fx, err := a.tell("unclear-confirm", map[string]string{"text": excerpt(a.reply.Text)})
		return "nothing is done: " + a.unfit(), fx, err
	}
	if !a.q.Used.IsZero() {
		return "nothing is done: it was confirmed before", nil, nil
	}
	c, err := a.v.Challenge(a.q.ID)
	if err != nil {
		return "", nil, err
	}
	used := newsroom.Effects{newsroom.UseRequest{ID: a.q.ID, At: a.now}, newsroom.Confirm{Request: a.q.ID, At: a.now}}
	if a.q, err = a.v.Request(c.Answered); err != nil {
		return "", nil, err
	}
	var why string
	var fx newsroom.Effects
	if !a.q.Used.IsZero() {
		why, fx, err = a.settled()
	} else {
		why, fx, err = a.carryOut(c.Verb, c.Reason, c.Message)
	}
	return why, append(used, fx...), err
}

// carryOut does what was decided, and tells the editor how things stand.
func (a *answering) carryOut(verb editorial.Verb, reason string, messageID int64) (string, newsroom.Effects, error) {
	if verb == editorial.Sign {
		return a.sign(messageID)
	}
	s := a.q.Subjects[0]
	fx, standing, err := a.in.room.Decide(a.v, editorial.Decision{
		Item: s.Item, Revision: s.Revision, Hash: s.Hash, Editor: a.who.Address, Verb: verb, Reason: reason,
		At: a.now, Message: messageID, Request: int64(a.q.ID), How: a.how(),
	})
	var answer newsroom.Effects
	switch {
	case errors.Is(err, editorial.ErrStale):
		answer, err = a.in.room.AskAgain(a.v, a.who.Address, s.Item, a.now)
		return "nothing is done: the item was changed since", answer, err
	case errors.Is(err, editorial.ErrSettled), errors.Is(err, editorial.ErrRepeated):
		return a.settled()
	case errors.Is(err, editorial.ErrOwnItem):
		answer, err = a.tell("own-item", nil)
		return "nothing is done: nobody approves their own item", answer, err
	case err != nil:
		return "", nil, err
	}
	topic := "decided"
	switch {
	case verb == editorial.Approve && standing.Approved != s.Revision:
		topic = "approved-in-part"
	case verb != editorial.Approve && standing.State == item.Approved:
		topic = "kept" // a correction was refused, and what was approved before stands
	}
	answer, err = a.write(delivery.Letter{Kind: delivery.KindOutcome, Topic: topic, Args: map[string]string{
		"verb": string(verb), "reason": reason, "state": string(standing.State),
	}})
	fx = append(fx, newsroom.UseRequest{ID: a.q.ID, At: a.now})
	return "the editor says “" + string(verb) + "”", append(fx, answer...), err
}

func (a *answering) sign(messageID int64) (string, newsroom.Effects, error) {
	fx, complete, err := a.in.room.Sign(a.v, a.q, editorial.Signature{
		Editor: a.who.Address, At: a.now, Message: messageID, How: a.how(),
	})
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
	if err == nil {
		fx = append(fx, newsroom.UseRequest{ID: a.q.ID, At: a.now})
	}
	answer, err := a.write(delivery.Letter{Kind: delivery.KindOutcome, Topic: topic})
	return why, append(fx, answer...), err
}

// settled tells an editor who decided already what, and when.
func (a *answering) settled() (string, newsroom.Effects, error) {
	const why = "nothing is done: that is decided already"
	if a.q.Purpose == token.Proof {
		fx, err := a.write(delivery.Letter{Kind: delivery.KindOutcome, Topic: "already-signed"})
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
	if n := len(decisions); n > 0 {
		last := decisions[n-1]
		args["verb"], args["at"] = string(last.Verb), strconv.FormatInt(last.At.Unix(), 10)
		args["by"] = string(last.Editor)
		if e, ok := a.in.room.Editor(last.Editor); ok {
			args["by"] = e.Name
		}
	}
	fx, err := a.tell("settled", args)
	return why, fx, err
}

// how says for the record by what the editor was recognised.
func (a *answering) how() string {
	if a.who.auth.Verdict == message.AuthPass {
		return "handle; " + a.who.auth.Why
	}
	if a.in.Challenge {
		return "handle; confirmed by one more reply"
	}
	return "handle alone"
}
