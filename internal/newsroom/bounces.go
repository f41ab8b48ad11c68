package newsroom

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/bounce"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// SentMail are what was mailed, and what came of it.
type SentMail interface {
	// Mailed is a delivery or a letter; ErrNotFound for a number that none has.
	Mailed(class delivery.Class, id int64) (MailRef, error)
	// Asked is the letter that carried a request; ErrNotFound for none.
	Asked(request int64) (MailRef, error)
	// LastMailed is the latest delivery to a person that was sent; false for none.
	LastMailed(person audience.ID) (MailRef, bool, error)
	// Attempts are the mailings to a person that were sent or refused, oldest
	// first; without those before the operator last lifted a suppression.
	Attempts(person audience.ID) ([]audience.Attempt, error)
	// Suppressed reports an address that nothing is mailed to.
	Suppressed(a message.Address) (bool, error)
}

// MailRef is one mail that went out, or was to.
type MailRef struct {
	Class  delivery.Class
	ID     int64
	Person audience.ID     // of a delivery
	To     message.Address // as it stands in the people list now, of a delivery
	Topic  string          // of a letter
	Sent   time.Time       // when it may have left; zero when it has not
}

func (m MailRef) String() string { return fmt.Sprintf("%s %d", m.Class, m.ID) }

// Evidence is by what a report is known to be one of our mail's.
type Evidence string

const (
	ByReturnPath Evidence = "return path"
	ByMessageID  Evidence = "Message-ID"
	ByField      Evidence = DeliveryField        // of the returned mail
	ByLink       Evidence = "unsubscribing link" // of the returned mail
	InSession    Evidence = "session"            // the relay refused it when it was to be sent
)

// DeliveryField holds, in every mail that is sent, the handle that stands in its
// Message-ID: some relays write a Message-ID of their own over ours, and none has
// a use for this field.
const DeliveryField = "X-InfoLettre-Delivery"

// Bounce is one report of what came of a mail. Without Evidence it names nothing
// that is known to be ours: it is kept for people to see.
type Bounce struct {
	Message    int64 // the report; 0 for InSession
	At         time.Time
	Class      audience.BounceClass
	Mail       MailRef // zero without evidence
	Evidence   Evidence
	Counts     bool            // it is held against the address, or for it
	Address    message.Address // as the report has it
	Status     string          // enhanced status (RFC 3463), or ""
	Code       int             // SMTP reply, or 0
	Diagnostic string
}

// AddBounce stores a report.
type AddBounce struct{ Bounce }

// Suppress has an address never be mailed again. One that is suppressed already
// stays so for its first reason.
type Suppress struct {
	Address message.Address
	Reason  audience.Reason
	At      time.Time
}

// Unsuppress lifts that, and has what came back before count no more.
type Unsuppress struct {
	Address message.Address
	At      time.Time
}

func (AddBounce) change()  {}
func (Suppress) change()   {}
func (Unsuppress) change() {}

// ErrNotSuppressed reports an address of which nothing is to be lifted.
var ErrNotSuppressed = errors.New("the address is not suppressed")

// Unsuppress has an address mailed again, on the operator's word.
func (s *Service) Unsuppress(v View, a message.Address, now time.Time) (Effects, error) {
	is, err := v.Suppressed(a)
	if err != nil {
		return nil, err
	}
	if !is {
		return nil, ErrNotSuppressed
	}
	return Effects{
		Unsuppress{Address: a, At: now},
		Record{Kind: Unsuppressed, At: now, About: a, How: "command line"},
	}, nil
}

// maxReportAge is how long after a mail its reports count. Servers give up within a
// week; what comes later was long on the way, or is an old report sent again.
const maxReportAge = 30 * 24 * time.Hour

// HandleBounce takes in a report that a message is: one that names a mail of ours, by
// the key that only that mail had, is held against its recipient. Whose it is does
// not depend on what addresses the report itself names: they may be forged, or be
// those that our mail was forwarded to. path is the handle in the address that the
// report came to, if it came to one. known says whether it is a mail of ours.
func (s *Service) HandleBounce(v View, message int64, path token.Handle, report bounce.Report, now time.Time) (known bool, why string, fx Effects, err error) {
	mail, evidence, err := s.findMail(v, path, report)
	if err != nil {
		return false, "", nil, err
	}
	b := Bounce{Message: message, At: now, Mail: mail, Evidence: evidence}
	b.classify(report)
	switch {
	case evidence == "" && path != (token.Handle{}):
		why = "it came to a return path that was never issued"
	case evidence == "":
		why = "it names no mail of ours"
	case now.Sub(mail.Sent) > maxReportAge:
		why = fmt.Sprintf("%s, of %s, by its %s, and too late to count", b.Class, mail, evidence)
	default:
		b.Counts = true
		why = fmt.Sprintf("%s, of %s, by its %s", b.Class, mail, evidence)
	}
	more, err := s.recordBounce(v, b)
	return evidence != "", why, more, err
}

// HandleRefusal takes in that a mail was refused when it was to be sent: it counts as
// much as a report that comes later.
func (s *Service) HandleRefusal(v View, job delivery.Job, outcome delivery.Outcome) (Effects, error) {
	if outcome.State != delivery.Failed || outcome.Refused == delivery.RefusedNothing {
		return nil, nil
	}
	if outcome.Refused == delivery.RefusedSize {
		return s.tooLarge(v, job, outcome.At)
	}
	recipient := bounce.ReadReply(outcome.Code, outcome.Reply, outcome.Refused == delivery.RefusedRecipient)
	report := Bounce{
		At: outcome.At, Mail: MailRef{Class: job.Class, ID: job.ID, Person: job.Subscriber, To: job.To.Address, Sent: outcome.At},
		Evidence: InSession, Counts: true,
	}
	if job.Letter != nil {
		report.Mail.Topic = job.Letter.Topic
	}
	recipient.Address = job.To.Address
	report.fromRecipient(recipient, true)
	return s.recordBounce(v, report)
}

// tooLarge tells the operator of a letter that was given up for its size.
func (s *Service) tooLarge(v View, job delivery.Job, now time.Time) (Effects, error) {
	args := map[string]string{"letter": fmt.Sprint(job.ID), "kind": string(job.Kind), "address": string(job.To.Address)}
	if l := job.Letter; l != nil && l.Item != 0 {
		args["item"] = fmt.Sprint(l.Item)
	}
	return s.TellOperator(v, "too-large", now, args)
}

// classify takes from a report what it says of the mail's recipient.
func (b *Bounce) classify(report bounce.Report) {
	var recipient bounce.Recipient
	own := false
	for i, c := range report.Recipients {
		is := b.Mail.To != "" && (c.Address.Equal(b.Mail.To) || c.Original.Equal(b.Mail.To))
		harmless := recipient.Outcome() == bounce.Finished || recipient.Outcome() == bounce.Waiting
		if i == 0 || !own && (is || harmless) {
			recipient, own = c, is
		}
	}
	if report.Kind == bounce.Complaint {
		b.fromRecipient(recipient, true)
		switch report.FeedbackType {
		case "auth-failure", "virus":
			b.Class = audience.Policy // a server's remark, no person's wish (RFC 5965, section 7.3)
		case "not-spam":
			b.Class = audience.Delivered
		default:
			b.Class = audience.Complaint
		}
		return
	}
	b.fromRecipient(recipient, own || recipient.Address == "" || b.Mail.To == "")
}

// fromRecipient takes over what is said of one recipient; own is whether the report means the
// address that we wrote to. Where that hands its mail on to others, and one of
// them is dead, it may still have readers: it is no dead address.
func (b *Bounce) fromRecipient(recipient bounce.Recipient, own bool) {
	b.Address, b.Status, b.Code, b.Diagnostic = recipient.Address, recipient.Status, recipient.ReplyCode, recipient.Diagnostic
	switch recipient.Outcome() {
	case bounce.Dead:
		b.Class = audience.Hard
		if !own {
			b.Class = audience.Soft
		}
	case bounce.Refused:
		b.Class = audience.Policy
	case bounce.Waiting:
		b.Class = audience.Delayed
	case bounce.Finished:
		b.Class = audience.Delivered
	default:
		b.Class = audience.Soft
	}
}

// recordBounce stores a report with what follows from it.
func (s *Service) recordBounce(v View, b Bounce) (Effects, error) {
	fx := Effects{AddBounce{b}}
	letter := b.Mail.Class == delivery.ClassLetter
	switch {
	case !b.Counts, b.Class == audience.Delayed, b.Class == audience.Delivered, b.Class == audience.Policy && !letter:
		return fx, nil
	}
	_, editor := s.Editor(b.Mail.To)
	suppressed := false
	if reason, ok, err := s.suppression(v, b); err != nil {
		return nil, err
	} else if ok && !editor {
		suppressed = true
		fx = append(fx, Suppress{Address: b.Mail.To, Reason: reason, At: b.At})
	}
	person, listed, err := v.Person(b.Mail.To)
	if err != nil {
		return nil, err
	}
	if !letter && !editor && !(suppressed && listed && person.Contributor()) {
		return fx, nil
	}
	notice, err := s.notifyUndelivered(v, b, suppressed)
	return append(fx, notice...), err
}

// suppression says whether a report has its address suppressed. A letter that does not
// arrive has not: who writes to us and to whom we answer is for people to look
// after.
func (s *Service) suppression(v View, b Bounce) (audience.Reason, bool, error) {
	if b.Mail.Class == delivery.ClassLetter {
		return audience.ReasonComplaint, b.Class == audience.Complaint, nil
	}
	history, err := v.Attempts(b.Mail.Person)
	if err != nil {
		return "", false, err
	}
	for i, a := range history {
		if a.Delivery == b.Mail.ID {
			history[i].Classes = append(a.Classes, b.Class)
		}
	}
	reason, ok := audience.GiveUp(history, s.Bounces, b.At)
	return reason, ok, nil
}

// notifyUndelivered tells the operator of mail that does not reach somebody who works
// with us, once a day for an address; never by a mail to that address.
func (s *Service) notifyUndelivered(v View, b Bounce, suppressed bool) (Effects, error) {
	if b.Mail.To.Equal(s.Operator.Address) {
		return nil, nil
	}
	day := b.At.In(s.Location).Format(time.DateOnly)
	// The key names nobody: it is a code that only we can compute.
	key := "undelivered/" + day + "/" + s.Secret.Handle(token.LetterPath, 1, b.Mail.To.Key(), day).String()
	notified, err := v.Notified(key)
	if err != nil || notified {
		return nil, err
	}
	args := map[string]string{"address": string(b.Mail.To), "fate": string(b.Class), "diagnostic": b.Diagnostic}
	if b.Status != "" {
		args["status"] = b.Status
	}
	if suppressed {
		args["suppressed"] = "yes"
	}
	fx, err := s.TellOperator(v, "undelivered", b.At, args)
	return append(Effects{NotifyOnce{Key: key, At: b.At}}, fx...), err
}

// findMail finds the mail that a report is about, by a key that stood in that mail
// alone: in the address that the report came to, else in what it returns.
func (s *Service) findMail(v View, path token.Handle, report bounce.Report) (MailRef, Evidence, error) {
	switch path.Purpose {
	case token.Bounce, token.LetterPath: // a bad one is no reason to look further
		m, ok, err := s.mailOf(v, path)
		return found(m, ByReturnPath, ok, err)
	}
	if h, ok := handleIn(report.Returned.Get("Return-Path")); ok && (h.Purpose == token.Bounce || h.Purpose == token.LetterPath) {
		if m, ok, err := s.mailOf(v, h); ok || err != nil {
			return found(m, ByReturnPath, ok, err)
		}
	}
	local := strings.TrimPrefix(message.Address(report.MessageID).Local(), CallPrefix)
	if h, err := token.Parse(local); err == nil {
		if m, ok, err := s.mailOf(v, h); ok || err != nil {
			return found(m, ByMessageID, ok, err)
		}
	}
	if h, ok := handleIn(report.Returned.Get(DeliveryField)); ok {
		if m, ok, err := s.mailOf(v, h); ok || err != nil {
			return found(m, ByField, ok, err)
		}
	}
	if h, ok := handleIn(report.Returned.Get("List-Unsubscribe")); ok && h.Purpose == token.Unsubscribe {
		m, ok, err := s.lastMailing(v, h)
		return found(m, ByLink, ok, err)
	}
	return MailRef{}, "", nil
}

func found(m MailRef, evidence Evidence, ok bool, err error) (MailRef, Evidence, error) {
	if !ok || err != nil {
		return MailRef{}, "", err
	}
	return m, evidence, nil
}

// handlePattern are those in a header field, whatever stands around them.
var handlePattern = regexp.MustCompile(`\b[a-z][1-9][0-9]{0,11}-[a-z2-7]{26}\b`)

func handleIn(field string) (token.Handle, bool) {
	h, err := token.Parse(handlePattern.FindString(strings.ToLower(field)))
	return h, err == nil
}

// mailOf is the mail that a handle was made for; false when the handle is not one
// of ours, or its mail never left.
func (s *Service) mailOf(v View, h token.Handle) (m MailRef, ok bool, err error) {
	switch h.Purpose {
	case token.Bounce, token.Delivery:
		m, err = v.Mailed(delivery.ClassDelivery, h.Number)
	case token.LetterPath, token.Letter:
		m, err = v.Mailed(delivery.ClassLetter, h.Number)
	case token.Unsubscribe, token.SignIn:
		return m, false, nil
	default:
		return s.requestMail(v, h)
	}
	if err != nil {
		return MailRef{}, false, ignoreNotFound(err)
	}
	return m, !h.Short() && !m.Sent.IsZero() && s.Secret.Verify(h, string(m.To)), nil
}

// requestMail is the letter that carried a request's handle as its Message-ID.
func (s *Service) requestMail(v View, h token.Handle) (MailRef, bool, error) {
	q, err := v.Request(editorial.RequestID(h.Number))
	if err != nil {
		return MailRef{}, false, ignoreNotFound(err)
	}
	if q.Handle(s.Secret).String() != h.String() {
		return MailRef{}, false, nil
	}
	m, err := v.Asked(h.Number)
	return m, err == nil && !m.Sent.IsZero(), ignoreNotFound(err)
}

// lastMailing is the last mailing to the subscriber whom a link was made for.
func (s *Service) lastMailing(v View, h token.Handle) (MailRef, bool, error) {
	sub, err := v.Subscriber(audience.ID(h.Number))
	if err != nil {
		return MailRef{}, false, ignoreNotFound(err)
	}
	if h.Short() || !s.Secret.Verify(h, string(sub.Address)) {
		return MailRef{}, false, nil
	}
	return v.LastMailed(sub.ID)
}

// ignoreNotFound is an error other than that nothing has the number.
func ignoreNotFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
