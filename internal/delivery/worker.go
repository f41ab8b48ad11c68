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

// worker sends jobs over one connection. It dials when a job arrives, reuses the
// connection, and closes it when it is idle or broken.
type worker struct {
	*Sender
	sending context.Context // ends when mails being sent are cut off
	dialing context.Context // ends when the loop stops
	number  int

	conn   Conn
	connID ConnID
	used   bool   // a mail was attempted over this connection
	buf    []byte // passed to the printer
}

// idle is how long an unused connection stays open.
const idle = 20 * time.Second

// run sends jobs until done is closed.
func (w *worker) run(done <-chan struct{}) {
	defer w.disconnect()
	quiet := time.NewTimer(idle)
	defer quiet.Stop()
	for {
		urgent, bulk := w.urgent, w.bulk
		allowed, changed := w.connections.allows(w.number)
		if !allowed {
			w.disconnect()
			urgent, bulk = nil, nil
		}
		var job Job
		select { // urgent jobs first, and none after the stop
		case <-done:
			return
		case job = <-urgent:
		default:
			select {
			case <-done:
				return
			case <-changed:
				continue
			case <-quiet.C:
				w.disconnect()
				continue
			case job = <-urgent:
			case job = <-bulk:
			}
		}
		w.process(job)
		quiet.Reset(idle)
	}
}

// disconnect closes the connection, if there is one.
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

// errLimit reports that the relay accepts no further connection.
var errLimit = errors.New("the relay accepts no more connections")

// dial opens a connection and records it. It returns errLimit when the relay accepts no
// more, though others are open.
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
	if w.connID, err = w.ledger.Connected(w.sending, conn.String(), w.Clock.Now()); err != nil {
		w.disconnect()
		return fmt.Errorf("record the connection: %w", err)
	}
	return nil
}

// process sends one job and counts it as completed. Failures of the relay or the ledger
// go to the dispatcher.
func (w *worker) process(job Job) {
	err := w.send(job)
	if w.conn != nil && (err != nil || !w.conn.Alive()) {
		w.disconnect()
	}
	if errors.Is(err, errLimit) {
		w.Log.Info("relay accepts no more connections", "code", 421)
		w.enqueue(job) // it stays in flight; another worker takes it
		return
	}
	if err == nil {
		w.complete()
		return
	}
	select { // before complete, so that nothing more is claimed
	case w.failures <- err:
	default: // the others already report failures
	}
	w.complete()
}

// logger returns a logger with the number and kind of a job, never its address.
func (w *worker) logger(job Job) *slog.Logger {
	return w.Log.With("job", job.String(), "kind", job.Kind)
}

// maxRenderFailures is the number of failures to render after which a letter fails. A
// delivery is retried until it expires: there the whole mailing cannot be rendered, and
// its readers must not be lost.
const maxRenderFailures = 12

// ErrTooLarge is wrapped by a JobRenderer's error for a letter that is larger than relays
// accept. It is permanent.
var ErrTooLarge = errors.New("the letter is too large")

// maxMaybeSent is how often a mail is written when the connection is lost before the
// final reply each time.
const maxMaybeSent = 3

// codeTooLarge is the reply to MAIL for a mail above the relay's size (RFC 1870).
const codeTooLarge = 552

// send attempts one job and records the outcome. It returns an error only when the relay
// or the ledger failed; after errLimit nothing is recorded.
func (w *worker) send(job Job) error {
	if w.accountRefused.Load() {
		w.recordOutcome(job, Outcome{State: Queued, At: w.Clock.Now()})
		return nil
	}
	if err := w.recheck(w.sending, job); err != nil {
		return w.handleFailure(job, time.Time{}, err)
	}
	domain := job.To.Address.Domain()
	if wait := w.domains.take(domain, job.Kind.Urgency(), w.Clock.Now()); wait > 0 {
		w.recordOutcome(job, Outcome{State: Queued, At: w.Clock.Now(), Next: w.Clock.Now().Add(wait)})
		return nil
	}
	if err := w.overall.Wait(w.sending); err != nil {
		return w.requeue(job, fmt.Errorf("wait for a turn: %w", err))
	}
	if w.conn == nil {
		if err := w.dial(); errors.Is(err, errLimit) {
			return err
		} else if err != nil {
			return w.requeue(job, err)
		}
	}
	from, raw, err := w.renderer.RenderJob(w.sending, job, w.buf)
	if err != nil {
		f := &Failure{Text: "render: " + err.Error(), Temporary: job.Class == ClassDelivery || job.Attempts+1 < maxRenderFailures}
		if job.Class == ClassLetter && errors.Is(err, ErrTooLarge) {
			f.Temporary, f.Refused = false, RefusedSize
		}
		o := w.failureOutcome(job, f)
		w.logger(job).Error("render", "error", err, "state", o.State)
		w.recordOutcome(job, o)
		return nil
	}
	w.buf = raw
	reply, began, err := w.transfer(job, from, raw)
	if err == nil {
		w.relayAnswered.Store(true)
		w.domains.accepted(domain)
		w.domainRefusals.reset()
		w.recordOutcome(job, Outcome{State: Sent, At: w.Clock.Now(), Code: codeAccepted, Reply: reply, Conn: w.connID, Began: began})
		return nil
	}
	return w.handleFailure(job, began, err)
}

// lapsedError reports a job that must not be sent any more, with its outcome.
type lapsedError struct{ Outcome }

func (l *lapsedError) Error() string { return "the job must not be sent any more" }

// recheck returns a *lapsedError if the job must not be sent any more.
func (w *worker) recheck(ctx context.Context, job Job) error {
	o, ok, err := w.ledger.Recheck(ctx, job, w.Clock.Now())
	if err != nil {
		return fmt.Errorf("recheck job: %w", err)
	}
	if !ok {
		return &lapsedError{o}
	}
	return nil
}

// codeAccepted is the reply to accepted content (RFC 5321 section 4.2.3).
const codeAccepted = 250

// transfer sends the mail. It redials once if a used connection is lost before the mail
// began, because relays close connections after a refusal or a number of mails. It tries
// the job's own return path if the relay refuses the null one. began is when the content
// was about to be written, zero if never.
func (w *worker) transfer(job Job, from string, raw []byte) (reply string, began time.Time, err error) {
	attempt := func(ctx context.Context) error {
		if err := w.recheck(ctx, job); err != nil {
			return err
		}
		at := w.Clock.Now()
		err := w.ledger.Begin(ctx, job, w.connID, at)
		if err == nil {
			began = at
		}
		return err
	}
	var f *Failure
	used := w.used
	w.used = true
	reply, err = w.conn.Send(w.sending, from, job.To.Address, raw, attempt)
	if errors.As(err, &f) && f.Relay && began.IsZero() && used && w.sending.Err() == nil {
		w.disconnect()
		if err = w.dial(); err != nil {
			return "", began, err
		}
		w.used = true
		reply, err = w.conn.Send(w.sending, from, job.To.Address, raw, attempt)
	}
	if errors.As(err, &f) && f.Path && !f.Temporary && from == "" && w.conn.Alive() {
		reply, err = w.conn.Send(w.sending, w.renderer.ReturnPath(job), job.To.Address, raw, attempt)
	}
	return reply, began, err
}

// handleFailure records the outcome of a mail that was not sent. It returns an error when
// the relay or the ledger failed.
func (w *worker) handleFailure(job Job, began time.Time, err error) error {
	var f *Failure
	var lapsed *lapsedError
	switch {
	case errors.As(err, &lapsed):
		w.logger(job).Info("job not sent, it changed since it was claimed", "state", lapsed.State)
		w.recordOutcome(job, lapsed.Outcome)
		return nil
	case errors.Is(err, errLimit):
		return err
	case !errors.As(err, &f):
		// The attempt could not be recorded, so nothing was sent.
		return w.requeue(job, err)
	}
	if handled, err := w.handleSenderRefusal(job, f, began); handled {
		return err
	}
	switch {
	case f.Relay && f.InDoubt:
		// The mail may have arrived, so the number of tries is limited: each may repeat it.
		o := w.failureOutcome(job, &Failure{Code: f.Code, Text: f.Text, Temporary: job.MaybeSent+1 < maxMaybeSent})
		o.MaybeSent, o.Began = true, began
		w.recordOutcome(job, o)
		return f
	case f.Relay:
		w.recordOutcome(job, Outcome{State: Queued, At: w.Clock.Now(), Code: f.Code, Reply: f.Text, Conn: w.connID, Began: began})
		return f
	case f.Path && f.Code != codeTooLarge:
		// The recipient is not the cause: it is retried until the job expires.
		w.logger(job).Error("relay refuses the return path", "code", f.Code)
		f = &Failure{Code: f.Code, Text: f.Text, Temporary: true}
	}
	w.relayAnswered.Store(true)
	if f.Temporary && f.Refused != RefusedNothing && !isMailboxStatus(f.Status) {
		w.domains.refused(job.To.Address.Domain(), w.Clock.Now())
	}
	o := w.failureOutcome(job, f)
	o.Began = began
	w.logger(job).Info("mail refused", "state", o.State, "code", f.Code)
	w.logger(job).Debug("mail refused", "reply", f.Text) // it may name the recipient
	w.recordOutcome(job, o)
	return nil
}

// isMailboxStatus reports a temporary enhanced status code about one address or mailbox
// (RFC 3463, sections 3.2 and 3.3): it says nothing about others in the domain.
func isMailboxStatus(status string) bool {
	return strings.HasPrefix(status, "4.1.") || strings.HasPrefix(status, "4.2.")
}

// requeue queues a job again that was certainly not sent, for a cause that is not its own,
// and returns the cause.
func (w *worker) requeue(job Job, cause error) error {
	o := Outcome{State: Queued, At: w.Clock.Now(), Reply: cause.Error()}
	var f *Failure
	if errors.As(cause, &f) {
		if senderScope(f) == bounce.ScopeAccount {
			if handled, err := w.handleSenderRefusal(job, f, time.Time{}); handled {
				return err
			}
		}
		o.Code, o.Reply = f.Code, f.Text
	}
	w.recordOutcome(job, o)
	return cause
}

// failureOutcome returns the outcome of a failure that counts against the recipient:
// Deferred, or Failed.
func (w *worker) failureOutcome(job Job, f *Failure) Outcome {
	now := w.Clock.Now()
	o := Outcome{State: Failed, At: now, Code: f.Code, Reply: f.Text, Refused: f.Refused, Conn: w.connID}
	if next := now.Add(RetryAfter(job.Attempts + 1)); f.Temporary && next.Before(job.Expires) {
		o.State, o.Next = Deferred, next
	}
	return o
}

// recordOutcome records an outcome, and retries until it succeeds or w.sending ends: a
// mail that was sent and not recorded would be repeated after a restart.
func (w *worker) recordOutcome(job Job, o Outcome) {
	for wait := 50 * time.Millisecond; ; wait = min(wait*2, 5*time.Second) {
		err := w.ledger.End(context.WithoutCancel(w.sending), job, o)
		if err == nil {
			return
		}
		w.logger(job).Error("record outcome", "state", o.State, "error", err)
		select {
		case <-w.sending.Done():
			return
		case <-time.After(wait):
		}
	}
}
