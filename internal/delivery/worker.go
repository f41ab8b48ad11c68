package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"infolettre/internal/bounce"
)

// worker is one connection's life: it dials when there is something to send, reuses
// the line, and hangs up when it stays idle or breaks.
type worker struct {
	*Sender
	wire    context.Context // ends when mails under way are cut off
	dialing context.Context // ends when the loop stops
	number  int

	conn   Conn
	connID ConnID
	used   bool   // a mail was tried over this connection
	buf    []byte // the printer's
}

// idle is how long a connection is kept without anything to send.
const idle = 20 * time.Second

// run takes parcels until done is closed.
func (w *worker) run(done <-chan struct{}) {
	defer w.disconnect()
	quiet := time.NewTimer(idle)
	defer quiet.Stop()
	for {
		urgent, queue := w.urgent, w.bulk
		may, changed := w.connections.allows(w.number)
		if !may {
			w.disconnect()
			urgent, queue = nil, nil
		}
		var p Job
		select { // what is urgent first, and nothing more when it is time to stop
		case <-done:
			return
		case p = <-urgent:
		default:
			select {
			case <-done:
				return
			case <-changed:
				continue
			case <-quiet.C:
				w.disconnect()
				continue
			case p = <-urgent:
			case p = <-queue:
			}
		}
		w.process(p)
		quiet.Reset(idle)
	}
}

func (w *worker) disconnect() {
	if w.conn == nil {
		return
	}
	if err := w.conn.Close(); err != nil {
		w.Log.Debug("close relay connection", "error", err)
	}
	w.conn, w.used = nil, false
	w.connections.addOpen(-1)
}

// errLimit reports that the relay lets no further connection in.
var errLimit = errors.New("the relay takes no more connections")

func (w *worker) dial() error {
	conn, err := w.dialer.Connect(w.dialing)
	if err != nil {
		var f *Failure
		if errors.As(err, &f) && f.Temporary && f.Code != 0 && w.connections.limitToOpen(time.Now()) {
			return errLimit
		}
		return fmt.Errorf("connect to the relay: %w", err)
	}
	w.conn = conn
	w.connections.addOpen(1)
	if w.connID, err = w.ledger.Connected(w.wire, conn.String(), w.Clock.Now()); err != nil {
		w.disconnect()
		return fmt.Errorf("enter the connection: %w", err)
	}
	return nil
}

// process does one parcel and says so.
func (w *worker) process(p Job) {
	err := w.send(p)
	if w.conn != nil && (err != nil || !w.conn.Alive()) {
		w.disconnect()
	}
	if errors.Is(err, errLimit) {
		w.Log.Info("fewer connections: the relay takes no more", "code", 421)
		w.enqueue(p) // it still flies; another connection takes it
		return
	}
	if err == nil {
		w.complete()
		return
	}
	select { // before the end is told, so that nothing more is claimed
	case w.failures <- err:
	default: // there is trouble enough
	}
	w.complete()
}

// logger logs with a parcel's number and kind, never its address.
func (w *worker) logger(p Job) *slog.Logger {
	return w.Log.With("parcel", p.String(), "kind", p.Kind)
}

// maxPrintFailures is after how many failures to render a letter is given up. A
// delivery is tried until it expires: what cannot be rendered there is the
// mailing, and its readers are not to be lost by it.
const maxPrintFailures = 12

// ErrTooLarge is wrapped by a Printer's error for a letter that is larger than relays
// take. It is permanent.
var ErrTooLarge = errors.New("the letter is too large")

// maxMaybeSent is how often a mail is written whose acceptance the line is lost
// before.
const maxMaybeSent = 3

// codeTooLarge is the reply to MAIL for a mail above the relay's size (RFC 1870).
const codeTooLarge = 552

// send attempts one parcel and records the outcome. It returns an error only for
// the relay's own trouble, or the ledger's; errLimit, when nothing was done.
func (w *worker) send(p Job) error {
	if w.accountRefused.Load() {
		w.recordOutcome(p, Outcome{State: Queued, At: w.Clock.Now()})
		return nil
	}
	if err := w.recheck(w.wire, p); err != nil {
		return w.handleFailure(p, time.Time{}, err)
	}
	domain := p.To.Address.Domain()
	if wait := w.domains.take(domain, p.Kind.Urgency(), w.Clock.Now()); wait > 0 {
		w.recordOutcome(p, Outcome{State: Queued, At: w.Clock.Now(), Next: w.Clock.Now().Add(wait)})
		return nil
	}
	if err := w.overall.Wait(w.wire); err != nil {
		return w.requeue(p, fmt.Errorf("wait for a turn: %w", err))
	}
	if w.conn == nil {
		if err := w.dial(); errors.Is(err, errLimit) {
			return err
		} else if err != nil {
			return w.requeue(p, err)
		}
	}
	from, raw, err := w.printer.Print(w.wire, p, w.buf)
	if err != nil {
		f := &Failure{Text: "render: " + err.Error(), Temporary: p.Class == ClassDelivery || p.Attempts+1 < maxPrintFailures}
		if p.Class == ClassLetter && errors.Is(err, ErrTooLarge) {
			f.Temporary, f.Refused = false, RefusedSize
		}
		o := w.failureOutcome(p, f)
		w.logger(p).Error("render", "error", err, "state", o.State)
		w.recordOutcome(p, o)
		return nil
	}
	w.buf = raw
	reply, began, err := w.transfer(p, from, raw)
	if err == nil {
		w.relayAnswered.Store(true)
		w.domains.accepted(domain)
		w.domainRefusals.reset()
		w.recordOutcome(p, Outcome{State: Sent, At: w.Clock.Now(), Code: codeAccepted, Reply: reply, Conn: w.connID, Began: began})
		return nil
	}
	return w.handleFailure(p, began, err)
}

// lapsedError reports a parcel that is not to be sent any more.
type lapsedError struct{ Outcome }

func (l *lapsedError) Error() string { return "it lapsed" }

func (w *worker) recheck(ctx context.Context, p Job) error {
	o, ok, err := w.ledger.Recheck(ctx, p, w.Clock.Now())
	if err != nil {
		return fmt.Errorf("look at the parcel again: %w", err)
	}
	if !ok {
		return &lapsedError{o}
	}
	return nil
}

// codeAccepted is the reply to content that was taken (RFC 5321).
const codeAccepted = 250

// transfer hands the mail over. A line that is gone before anything of the mail
// counted is replaced once, unless it is new: relays hang up on whom they refused
// something, or served long enough.
func (w *worker) transfer(p Job, from string, raw []byte) (reply string, began time.Time, err error) {
	attempt := func(ctx context.Context) error {
		if err := w.recheck(ctx, p); err != nil {
			return err
		}
		at := w.Clock.Now()
		err := w.ledger.Begin(ctx, p, w.connID, at)
		if err == nil {
			began = at
		}
		return err
	}
	var f *Failure
	used := w.used
	w.used = true
	reply, err = w.conn.Send(w.wire, from, p.To.Address, raw, attempt)
	if errors.As(err, &f) && f.Relay && began.IsZero() && used && w.wire.Err() == nil {
		w.disconnect()
		if err = w.dial(); err != nil {
			return "", began, err
		}
		w.used = true
		reply, err = w.conn.Send(w.wire, from, p.To.Address, raw, attempt)
	}
	if errors.As(err, &f) && f.Path && !f.Temporary && from == "" && w.conn.Alive() {
		reply, err = w.conn.Send(w.wire, w.printer.ReturnPath(p), p.To.Address, raw, attempt)
	}
	return reply, began, err
}

// handleFailure records what follows from a failure to send.
func (w *worker) handleFailure(p Job, began time.Time, err error) error {
	var f *Failure
	var lapsed *lapsedError
	var us error
	switch {
	case errors.As(err, &lapsed):
		w.logger(p).Info("not sent: it lapsed since it was claimed", "state", lapsed.State)
		w.recordOutcome(p, lapsed.Outcome)
		return nil
	case errors.Is(err, errLimit):
		return err
	case !errors.As(err, &f):
		// Not the wire's: the beginning could not be recorded, so nothing was sent.
		return w.requeue(p, err)
	case w.handleSenderRefusal(p, f, began, &us):
		return us
	case f.Relay && f.InDoubt:
		// It may have arrived, so it is not tried for ever: each try may repeat it.
		o := w.failureOutcome(p, &Failure{Code: f.Code, Text: f.Text, Temporary: p.MaybeSent+1 < maxMaybeSent})
		o.MaybeSent, o.Began = true, began
		w.recordOutcome(p, o)
		return f
	case f.Relay:
		w.recordOutcome(p, Outcome{State: Queued, At: w.Clock.Now(), Code: f.Code, Reply: f.Text, Conn: w.connID, Began: began})
		return f
	case f.Path && f.Code != codeTooLarge:
		// What the relay has against the sender is no recipient's fault: it is
		// tried until the parcel expires.
		w.logger(p).Error("the relay refuses the return path", "code", f.Code)
		f = &Failure{Code: f.Code, Text: f.Text, Temporary: true}
	}
	w.relayAnswered.Store(true)
	if f.Temporary && f.Refused != RefusedNothing && !isMailboxStatus(f.Status) {
		w.domains.refused(p.To.Address.Domain(), w.Clock.Now())
	}
	o := w.failureOutcome(p, f)
	o.Began = began
	w.logger(p).Info("refused", "state", o.State, "code", f.Code)
	w.logger(p).Debug("refused", "reply", f.Text) // it may name the recipient
	w.recordOutcome(p, o)
	return nil
}

// isMailboxStatus tells of an enhanced status code that is about one address or mailbox
// (RFC 3463, sections 3.2 and 3.3), and says nothing of the others in its domain.
func isMailboxStatus(status string) bool {
	return strings.HasPrefix(status, "4.1.") || strings.HasPrefix(status, "4.2.")
}

// requeue puts back a parcel that certainly was not sent, through no fault of its own.
func (w *worker) requeue(p Job, cause error) error {
	o := Outcome{State: Queued, At: w.Clock.Now(), Reply: cause.Error()}
	var f *Failure
	var us error
	if errors.As(cause, &f) {
		if senderScope(f) == bounce.OfAccount && w.handleSenderRefusal(p, f, time.Time{}, &us) {
			return us
		}
		o.Code, o.Reply = f.Code, f.Text
	}
	w.recordOutcome(p, o)
	return cause
}

// failureOutcome says what follows from a failure that is the recipient's.
func (w *worker) failureOutcome(p Job, f *Failure) Outcome {
	now := w.Clock.Now()
	o := Outcome{State: Failed, At: now, Code: f.Code, Reply: f.Text, Refused: f.Refused, Conn: w.connID}
	if next := now.Add(RetryAfter(p.Attempts + 1)); f.Temporary && next.Before(p.Expires) {
		o.State, o.Next = Deferred, next
	}
	return o
}

// recordOutcome must not fail quietly: a mail that was sent and is not recorded is repeated
// after a restart. It is tried until it succeeds or the loop is cut.
func (w *worker) recordOutcome(p Job, o Outcome) {
	for wait := 50 * time.Millisecond; ; wait = min(wait*2, 5*time.Second) {
		err := w.ledger.End(context.WithoutCancel(w.wire), p, o)
		if err == nil {
			return
		}
		w.logger(p).Error("record outcome", "state", o.State, "error", err)
		select {
		case <-w.wire.Done():
			return
		case <-time.After(wait):
		}
	}
}
