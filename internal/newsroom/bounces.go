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

// SentMail reads what was mailed and the bounce reports on it.
type SentMail interface {
	// Mail returns a delivery or a letter; ErrNotFound for an unknown number.
	Mail(class delivery.Class, id int64) (MailRef, error)
	// RequestLetter returns the letter that carried a request; ErrNotFound for none.
	RequestLetter(request int64) (MailRef, error)
	// LastDelivery returns the latest delivery that was sent to a person; false for none.
	LastDelivery(person audience.ID) (MailRef, bool, error)
	// Attempts lists the mailings to a person that were sent or refused, oldest first,
	// since the operator last lifted a suppression.
	Attempts(person audience.ID) ([]audience.Attempt, error)
	// Suppressed reports an address that gets no mail.
	Suppressed(a message.Address) (bool, error)
}

// MailRef names a mail that was sent or queued.
type MailRef struct {
	Class  delivery.Class
	ID     int64
	Person audience.ID     // of a delivery
	To     message.Address // of a delivery, as in the people list now
	Topic  string          // of a letter
	Sent   time.Time       // when it may have been sent; zero if it was not
}

func (m MailRef) String() string { return fmt.Sprintf("%s %d", m.Class, m.ID) }

// Evidence says what links a bounce report to a mail that we sent.
type Evidence string

// Kinds of evidence.
const (
	ByReturnPath Evidence = "return path"
	ByMessageID  Evidence = "Message-ID"
	ByField      Evidence = DeliveryField        // of the returned mail
	ByLink       Evidence = "unsubscribing link" // of the returned mail
	InSession    Evidence = "session"            // the relay refused it during the SMTP session
)

// DeliveryField is a header field of every mail that is sent. It holds the handle that is also
// in the Message-ID, because some relays replace the Message-ID and none changes this field.
const DeliveryField = "X-InfoLettre-Delivery"

// Bounce is a report on the delivery of a mail. Without Evidence the mail is unknown: the
// report is stored for people to read and has no other effect.
type Bounce struct {
	Message    int64 // the report; 0 for InSession
	At         time.Time
	Class      audience.BounceClass
	Mail       MailRef // zero without evidence
	Evidence   Evidence
	Counted    bool            // it counts for or against the address
	Address    message.Address // from the report
	Status     string          // enhanced status (RFC 3463), or ""
	Code       int             // SMTP reply, or 0
	Diagnostic string
}

// AddBounce stores a report.
type AddBounce struct{ Bounce }

// Suppress puts an address on the suppression list. A suppressed address keeps its first
// reason.
type Suppress struct {
	Address message.Address
	Reason  audience.Reason
	At      time.Time
}

// Unsuppress removes an address from the suppression list. Earlier bounces no longer count.
type Unsuppress struct {
	Address message.Address
	At      time.Time
}

func (AddBounce) change()  {}
func (Suppress) change()   {}
func (Unsuppress) change() {}

// ErrNotSuppressed reports an address that is not on the suppression list.
var ErrNotSuppressed = errors.New("the address is not suppressed")

// Unsuppress removes an address from the suppression list, on the operator's command.
// It returns ErrNotSuppressed for an address that is not on it.
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

// maxReportAge is how long after a mail a report on it counts. Servers give up within a
// week; a later report was delayed or sent again.
const maxReportAge = 30 * 24 * time.Hour

// HandleBounce records a bounce report or a complaint. The report counts against the
// recipient of the mail whose handle it contains. The addresses that it names do not decide
// that: they may be forged, or our mail was forwarded to them. path is the handle in the
// address that received the report, if there was one. known says whether the mail is ours;
// why explains the result in English. Errors are the store's.
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
		b.Counted = true
		why = fmt.Sprintf("%s, of %s, by its %s", b.Class, mail, evidence)
	}
	more, err := s.recordBounce(v, b)
	return evidence != "", why, more, err
}

// HandleRefusal records that the relay refused a mail during the SMTP session. It counts
// like a report that comes later.
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
		Evidence: InSession, Counted: true,
	}
	if job.Letter != nil {
		report.Mail.Topic = job.Letter.Topic
	}
	recipient.Address = job.To.Address
	report.fromRecipient(recipient, true)
	return s.recordBounce(v, report)
}

// tooLarge tells the operator that a letter was given up because of its size.
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
			b.Class = audience.Policy // a server reports it, not a person (RFC 5965, section 7.3)
		case "not-spam":
			b.Class = audience.Delivered
		default:
			b.Class = audience.Complaint
		}
		return
	}
	b.fromRecipient(recipient, own || recipient.Address == "" || b.Mail.To == "")
}

// fromRecipient copies what a report says of one recipient; own tells that this is the
// address that we wrote to. Where that address forwards to others and one of those is dead,
// it may still reach a reader: the bounce is then soft.
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

// recordBounce stores a report together with what follows from it.
func (s *Service) recordBounce(v View, b Bounce) (Effects, error) {
	fx := Effects{AddBounce{b}}
	letter := b.Mail.Class == delivery.ClassLetter
	switch {
	case !b.Counted, b.Class == audience.Delayed, b.Class == audience.Delivered, b.Class == audience.Policy && !letter:
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

// suppression says whether a report suppresses its address, and why. A letter that bounces
// suppresses nothing, because people look after those who write to us; a complaint does.
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
	reason, ok := audience.ShouldSuppress(history, s.Bounces, b.At)
	return reason, ok, nil
}

// notifyUndelivered tells the operator that mail does not reach somebody who works with us:
// once a day for each address, and never by a mail to that address.
func (s *Service) notifyUndelivered(v View, b Bounce, suppressed bool) (Effects, error) {
	if b.Mail.To.Equal(s.Operator.Address) {
		return nil, nil
	}
	day := b.At.In(s.Location).Format(time.DateOnly)
	// The key reveals no address: it is an authentication code that only we can compute.
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

// findMail finds the mail that a report is about by a handle that only that mail contained:
// in the address that received the report, or in the copy that it returns.
func (s *Service) findMail(v View, path token.Handle, report bounce.Report) (MailRef, Evidence, error) {
	switch path.Purpose {
	case token.Bounce, token.LetterPath: // an invalid one ends the search
		m, ok, err := s.mailOf(v, path)
		return found(m, ByReturnPath, ok, err)
	default:
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

// handlePattern matches a handle anywhere in a header field.
var handlePattern = regexp.MustCompile(`\b[a-z][1-9][0-9]{0,11}-[a-z2-7]{26}\b`)

func handleIn(field string) (token.Handle, bool) {
	h, err := token.Parse(handlePattern.FindString(strings.ToLower(field)))
	return h, err == nil
}

// mailOf returns the mail that a handle was made for; false when the handle is not ours or
// its mail never left.
func (s *Service) mailOf(v View, h token.Handle) (m MailRef, ok bool, err error) {
	switch h.Purpose {
	case token.Bounce, token.Delivery:
		m, err = v.Mail(delivery.ClassDelivery, h.Number)
	case token.LetterPath, token.Letter:
		m, err = v.Mail(delivery.ClassLetter, h.Number)
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

// requestMail returns the letter whose Message-ID is a request's handle.
func (s *Service) requestMail(v View, h token.Handle) (MailRef, bool, error) {
	q, err := v.Request(editorial.RequestID(h.Number))
	if err != nil {
		return MailRef{}, false, ignoreNotFound(err)
	}
	if q.Handle(s.Secret).String() != h.String() {
		return MailRef{}, false, nil
	}
	m, err := v.RequestLetter(h.Number)
	return m, err == nil && !m.Sent.IsZero(), ignoreNotFound(err)
}

// lastMailing returns the last mailing to the subscriber whose unsubscribing link this is.
func (s *Service) lastMailing(v View, h token.Handle) (MailRef, bool, error) {
	sub, err := v.Subscriber(audience.ID(h.Number))
	if err != nil {
		return MailRef{}, false, ignoreNotFound(err)
	}
	if h.Short() || !s.Secret.Verify(h, string(sub.Address)) {
		return MailRef{}, false, nil
	}
	return v.LastDelivery(sub.ID)
}

// ignoreNotFound returns err, or nil for ErrNotFound.
func ignoreNotFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
