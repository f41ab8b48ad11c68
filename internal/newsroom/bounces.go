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
	mail, proof, err := s.findMail(v, path, report)
	if err != nil {
		return false, "", nil, err
	}
	got := Bounce{Message: message, At: now, Mail: mail, Evidence: proof}
	got.classify(report)
	switch {
	case proof == "" && path != (token.Handle{}):
		why = "it came to a return path that was never issued"
	case proof == "":
		why = "it names no mail of ours"
	case now.Sub(mail.Sent) > maxReportAge:
		why = fmt.Sprintf("%s, of %s, by its %s, and too late to count", got.Class, mail, proof)
	default:
		got.Counts = true
		why = fmt.Sprintf("%s, of %s, by its %s", got.Class, mail, proof)
	}
	more, err := s.recordBounce(v, got)
	return proof != "", why, more, err
}

// HandleRefusal takes in that a mail was refused when it was to be sent: it counts as
// much as a report that comes later.
func (s *Service) HandleRefusal(v View, p delivery.Job, o delivery.Outcome) (Effects, error) {
	if o.State != delivery.Failed || o.Refused == delivery.RefusedNothing {
		return nil, nil
	}
	if o.Refused == delivery.RefusedSize {
		return s.tooLarge(v, p, o.At)
	}
	one := bounce.ReadReply(o.Code, o.Reply, o.Refused == delivery.RefusedRecipient)
	got := Bounce{
		At: o.At, Mail: MailRef{Class: p.Class, ID: p.ID, Person: p.Subscriber, To: p.To.Address, Sent: o.At},
		Evidence: InSession, Counts: true,
	}
	if p.Letter != nil {
		got.Mail.Topic = p.Letter.Topic
	}
	one.Address = p.To.Address
	got.fromRecipient(one, true)
	return s.recordBounce(v, got)
}

// tooLarge tells the operator of a letter that was given up for its size.
func (s *Service) tooLarge(v View, p delivery.Job, now time.Time) (Effects, error) {
	args := map[string]string{"letter": fmt.Sprint(p.ID), "kind": string(p.Kind), "address": string(p.To.Address)}
	if l := p.Letter; l != nil && l.Item != 0 {
		args["item"] = fmt.Sprint(l.Item)
	}
	return s.TellOperator(v, "too-large", now, args)
}

// classify takes from a report what it says of the mail's recipient.
func (m *Bounce) classify(report bounce.Report) {
	var one bounce.Recipient
	own := false
	for i, c := range report.Recipients {
		is := m.Mail.To != "" && (c.Address.Equal(m.Mail.To) || c.Original.Equal(m.Mail.To))
		harmless := one.Outcome() == bounce.Finished || one.Outcome() == bounce.Waiting
		if i == 0 || !own && (is || harmless) {
			one, own = c, is
		}
	}
	if report.Kind == bounce.Complaint {
		m.fromRecipient(one, true)
		switch report.FeedbackType {
		case "auth-failure", "virus":
			m.Class = audience.Policy // a server's remark, no person's wish (RFC 5965, section 7.3)
		case "not-spam":
			m.Class = audience.Delivered
		default:
			m.Class = audience.Complaint
		}
		return
	}
	m.fromRecipient(one, own || one.Address == "" || m.Mail.To == "")
}

// fromRecipient takes over what is said of one recipient; own is whether the report means the
// address that we wrote to. Where that hands its mail on to others, and one of
// them is dead, it may still have readers: it is no dead address.
func (m *Bounce) fromRecipient(one bounce.Recipient, own bool) {
	m.Address, m.Status, m.Code, m.Diagnostic = one.Address, one.Status, one.ReplyCode, one.Diagnostic
	switch one.Outcome() {
	case bounce.Dead:
		m.Class = audience.Hard
		if !own {
			m.Class = audience.Soft
		}
	case bounce.Refused:
		m.Class = audience.Policy
	case bounce.Waiting:
		m.Class = audience.Delayed
	case bounce.Finished:
		m.Class = audience.Delivered
	default:
		m.Class = audience.Soft
	}
}

// recordBounce stores a report with what follows from it.
func (s *Service) recordBounce(v View, got Bounce) (Effects, error) {
	fx := Effects{AddBounce{got}}
	letter := got.Mail.Class == delivery.ClassLetter
	switch {
	case !got.Counts, got.Class == audience.Delayed, got.Class == audience.Delivered, got.Class == audience.Policy && !letter:
		return fx, nil
	}
	_, editor := s.Editor(got.Mail.To)
	suppressed := false
	if reason, ok, err := s.suppression(v, got); err != nil {
		return nil, err
	} else if ok && !editor {
		suppressed = true
		fx = append(fx, Suppress{Address: got.Mail.To, Reason: reason, At: got.At})
	}
	person, listed, err := v.Person(got.Mail.To)
	if err != nil {
		return nil, err
	}
	if !letter && !editor && !(suppressed && listed && person.Contributor()) {
		return fx, nil
	}
	told, err := s.notifyUndelivered(v, got, suppressed)
	return append(fx, told...), err
}

// suppression says whether a report has its address suppressed. A letter that does not
// arrive has not: who writes to us and to whom we answer is for people to look
// after.
func (s *Service) suppression(v View, got Bounce) (audience.Reason, bool, error) {
	if got.Mail.Class == delivery.ClassLetter {
		return audience.ReasonComplaint, got.Class == audience.Complaint, nil
	}
	history, err := v.Attempts(got.Mail.Person)
	if err != nil {
		return "", false, err
	}
	for i, a := range history {
		if a.Delivery == got.Mail.ID {
			history[i].Classes = append(a.Classes, got.Class)
		}
	}
	reason, ok := audience.GiveUp(history, s.Bounces, got.At)
	return reason, ok, nil
}

// notifyUndelivered tells the operator of mail that does not reach somebody who works
// with us, once a day for an address; never by a mail to that address.
func (s *Service) notifyUndelivered(v View, got Bounce, suppressed bool) (Effects, error) {
	if got.Mail.To.Equal(s.Operator.Address) {
		return nil, nil
	}
	day := got.At.In(s.Location).Format(time.DateOnly)
	// The key names nobody: it is a code that only we can compute.
	key := "undelivered/" + day + "/" + s.Secret.Handle(token.LetterPath, 1, got.Mail.To.Key(), day).String()
	told, err := v.Notified(key)
	if err != nil || told {
		return nil, err
	}
	args := map[string]string{"address": string(got.Mail.To), "fate": string(got.Class), "diagnostic": got.Diagnostic}
	if got.Status != "" {
		args["status"] = got.Status
	}
	if suppressed {
		args["suppressed"] = "yes"
	}
	fx, err := s.TellOperator(v, "undelivered", got.At, args)
	return append(Effects{NotifyOnce{Key: key, At: got.At}}, fx...), err
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

func found(m MailRef, by Evidence, ok bool, err error) (MailRef, Evidence, error) {
	if !ok || err != nil {
		return MailRef{}, "", err
	}
	return m, by, nil
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
