package intake

import (
	"errors"
	"strings"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// confirmedFor is how long one confirmation counts for an editor's decisions, where the
// mailbox's server authenticates nobody.
const confirmedFor = 24 * time.Hour

// maxUnclear is how often a day a person is told that their reply was not understood.
const maxUnclear = 10

const day = 24 * time.Hour

// replyHandler handles one reply to a request.
type replyHandler struct {
	in        *Intake
	v         View
	who       author
	q         editorial.Request
	reply     editorial.Reply
	mail      Inbound
	message   int64
	now       time.Time
	confirmed bool // by one more reply
	missing   Missing
}

// reply handles a message with the handle of a request. It changes nothing unless it has
// all that a decision needs; a known person is then told what to write.
func (in *Intake) reply(v View, m Inbound, who author, h token.Handle, verdict Verdict, id int64, now time.Time) (Verdict, newsroom.Effects, error) {
	verdict.Kind = Decision
	q, err := in.issued(v, h)
	if errors.Is(err, newsroom.ErrNotFound) {
		verdict.Kind, verdict.Why, verdict.Folder = Unknown, neverIssued, FolderOther
		return verdict, nil, nil
	}
	if err != nil {
		return verdict, nil, err
	}
	if m.Reaction && q.Purpose == token.Receipt {
		verdict.Kind, verdict.Why = Correction, whyReaction
		return verdict, nil, nil
	}
	if why := m.unproven(who.auth, who.signed, h, now); why != "" {
		who.auth = message.Authentication{Verdict: message.AuthNone, Why: who.auth.Why + " " + why}
		verdict.Authenticated = who.auth
	}
	handler := &replyHandler{in: in, v: v, who: who, q: q, mail: m, message: id, now: now}
	handler.read()
	if q.Purpose == token.Receipt {
		if verdict.Kind = Withdrawal; handler.reply.Verb != editorial.Withdraw {
			// No other order is possible here, whatever the first line says.
			verdict.Kind, handler.reply = Correction, editorial.Reply{Verb: editorial.None, Text: handler.reply.Text, Why: handler.reply.Why}
		}
	}
	verdict.Reply = handler.reply
	if who.auth.Verdict == message.AuthFail {
		verdict.Why, verdict.Missing = ReasonForged+" ("+who.auth.Why+")", MissingAuthenticity
		if q.Purpose == token.Receipt {
			verdict.Folder = FolderOther // it may be a contributor's: a person looks at it
			return verdict, nil, nil
		}
		fx, err := handler.warnNotBelieved()
		return verdict, fx, err
	}
	if !who.Address.Equal(q.Person) {
		verdict.Why = "nothing is done: the request was sent to somebody else"
		fx, err := handler.tellAtMost("wrong-person", maxUnclear)
		if q.Purpose == token.Receipt && len(fx) == 0 {
			verdict.Folder = FolderOther // it may be a colleague's
		}
		return verdict, fx, err
	}
	verdict.Answers = q.ID
	if at, err := handler.postponeUntil(); err != nil {
		return verdict, nil, err
	} else if !at.IsZero() {
		fx, err := handler.postpone(&verdict, at)
		return verdict, fx, err
	}
	var fx newsroom.Effects
	switch {
	case verdict.Kind == Withdrawal:
		verdict.Why, fx, err = handler.withdraw()
	case verdict.Kind == Correction:
		fx, err = handler.followup(&verdict)
	default:
		verdict.Why, fx, err = handler.decide()
		verdict.Missing = handler.missing
		if handler.q.Purpose == token.Proof && handler.reply.Verb == editorial.None {
			verdict.Folder = FolderOther // remarks on a proof are for a person to read
		}
	}
	return verdict, fx, err
}

// read reads the order in the mail's own text.
func (h *replyHandler) read() {
	h.reply = editorial.ReadReply(h.mail.written)
}

// issued returns the request for which a handle was made; newsroom.ErrNotFound for a handle
// that was never issued.
func (in *Intake) issued(v View, h token.Handle) (editorial.Request, error) {
	q, err := v.Request(editorial.RequestID(h.Number))
	if err == nil && (q.Purpose != h.Purpose || !in.service.Secret.Verify(h, string(q.Person), q.Bound()...)) {
		err = newsroom.ErrNotFound
	}
	return q, err
}

// tell queues a notice to the author, if they are known and may be written to.
func (h *replyHandler) tell(topic string, args map[string]string) (newsroom.Effects, error) {
	return h.write(delivery.Letter{Kind: delivery.KindNotice, Topic: topic, Args: args}, editorial.Request{})
}

// tellAtMost is tell, limited to some times a day.
func (h *replyHandler) tellAtMost(topic string, times int) (newsroom.Effects, error) {
	n, err := h.v.LettersQueued(h.who.Address, topic, h.now.Add(-day))
	if err != nil || n >= times {
		return nil, err
	}
	return h.tell(topic, nil)
}

// warnNotBelieved tells an editor, once a day, that a reply in their name to one of their
// requests failed authentication. It may be their own, for instance when it was forwarded.
func (h *replyHandler) warnNotBelieved() (newsroom.Effects, error) {
	if may, err := h.mayDecide(); err != nil || !may || !h.who.Address.Equal(h.q.Person) {
		return nil, err
	}
	const topic = "not-believed"
	n, err := h.v.LettersQueued(h.who.Address, topic, h.now.Add(-day))
	if err != nil || n > 0 {
		return nil, err
	}
	return h.in.service.QueueLetter(h.v, h.addressed(delivery.Letter{Kind: delivery.KindNotice, Topic: topic}))
}

// unclear tells the author that nothing was done, and what to write.
func (h *replyHandler) unclear(of, why string) (string, newsroom.Effects, error) {
	n, err := h.v.LettersQueued(h.who.Address, "unclear-"+of, h.now.Add(-day))
	if err != nil {
		return "", nil, err
	}
	h.reply.Verb = editorial.None
	var fx newsroom.Effects
	if n < maxUnclear {
		fx, err = h.tell("unclear-"+of, map[string]string{"text": excerpt(h.reply.Text)})
	}
	return "nothing is done: " + why, fx, err
}

// mayWrite says whether the author may be written to.
func (h *replyHandler) mayWrite() (bool, error) {
	if !h.who.known() {
		return false, nil
	}
	return h.in.mayAnswer(h.v, h.who, h.now)
}

// write queues a letter to the author, with the handle of a request if one is given, if they
// are known and may be written to. An order that was carried out is always confirmed, because
// there is only so much to order.
func (h *replyHandler) write(l delivery.Letter, q editorial.Request) (newsroom.Effects, error) {
	if may, err := h.mayWrite(); err != nil || !may && !(l.Kind == delivery.KindOutcome && l.Args["done"] != "0" && h.who.known()) {
		return nil, err
	}
	l = h.addressed(l)
	if q.Purpose == 0 {
		return h.in.service.QueueLetter(h.v, l)
	}
	q.Person, q.For, q.Created = h.who.Address, h.q.For, h.now
	return h.in.service.Request(h.v, q, l)
}

// addressed fills in the author's address and language.
func (h *replyHandler) addressed(l delivery.Letter) delivery.Letter {
	l.To, l.Language = h.who.Mailbox, h.in.service.Language(h.who.person.Language)
	l.Message, l.Created, l.Issue = h.message, h.now, h.q.Issue
	if e, ok := h.in.service.Editor(h.who.Address); ok {
		l.Language = h.in.service.Language(e.Language)
	}
	if len(h.q.Subjects) == 1 && l.Item == 0 {
		l.Item = int64(h.q.Subjects[0].Item)
	}
	return l
}

// withdraw withdraws the items of the contributor's receipt.
func (h *replyHandler) withdraw() (why string, fx newsroom.Effects, err error) {
	if h.now.After(h.q.Expires) {
		fx, err = h.tell("expired", nil)
		return "the receipt has expired", fx, err
	}
	if !h.q.Used.IsZero() {
		return "its sender took the item back before", nil, nil
	}
	fx, topic, numbers, err := h.in.service.Withdraw(h.v, h.q, h.message, h.now)
	if err != nil {
		return "", nil, err
	}
	answer, err := h.write(delivery.Letter{
		Kind: delivery.KindOutcome, Topic: topic, Item: int64(h.q.Subjects[0].Item), Args: map[string]string{"items": numbers},
	}, editorial.Request{})
	return "its sender takes the item back", append(fx, answer...), err
}

// excerpt returns the beginning of a text, on one line.
func excerpt(text string) string {
	const limit = 300
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return string(runes)
}

// authenticatedBy says for the log how the editor was authenticated.
func (h *replyHandler) authenticatedBy() string {
	switch {
	case h.confirmed:
		return "handle; confirmed by one more reply"
	case h.who.auth.Verdict == message.AuthPass:
		return "handle; " + h.who.auth.Why
	case h.in.Challenge:
		return "handle; confirmed by one more reply within a day"
	}
	return "handle alone"
}
