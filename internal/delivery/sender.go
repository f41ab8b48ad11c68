package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"infolettre/internal/message"
	"infolettre/internal/schedule"
)

// Ledger is the durable record of parcels. Each method commits before it
// returns.
type Ledger interface {
	// Claim takes up to n parcels that are due at now, in their order of
	// precedence. Those expired are settled on the way and not returned.
	Claim(ctx context.Context, now time.Time, n int) ([]Parcel, error)
	// Doubt records that the parcel's content is about to be written. What has
	// become of its mailing, its event and its recipient since the claim is
	// looked at once more: ErrLapsed when it is not to be sent, and is settled.
	Doubt(ctx context.Context, p Parcel, now time.Time) error
	// Record settles an attempt.
	Record(ctx context.Context, p Parcel, o Outcome) error
	// NextDue is when the next parcel is due; false when none waits.
	NextDue(ctx context.Context) (time.Time, bool, error)
}

// ErrNotClaimed reports a parcel that the ledger has not as claimed: nothing is
// known of it, and nothing is to be done with it.
var ErrNotClaimed = errors.New("the parcel is not claimed")

// ErrLapsed reports a parcel that is not to be sent any more.
var ErrLapsed = errors.New("the parcel lapsed since it was claimed")

// Printer makes the mail of a parcel: its return path and its bytes.
type Printer interface {
	// Print may write the mail into buf, whose contents are of no use any more; what
	// it returns is the caller's until the next call with that buf.
	Print(ctx context.Context, p Parcel, buf []byte) (from string, raw []byte, err error)
	// ReturnPath is the parcel's own, for a relay that refuses the null one.
	ReturnPath(p Parcel) string
}

// Conn is one connection to the relay.
type Conn interface {
	// Send transfers one mail. attempt is called when all that is left is to
	// write the content; when it fails, nothing is written. An error that is
	// the server's or the line's is a *Failure.
	Send(ctx context.Context, from string, to message.Address, raw []byte, attempt func(context.Context) error) (reply string, err error)
	// Alive reports whether another Send can succeed.
	Alive() bool
	Close() error
}

// Dialer opens connections to the relay.
type Dialer interface {
	Connect(ctx context.Context) (Conn, error)
}

// Failure is what the relay answered, or what broke.
type Failure struct {
	Code      int // 0 when the server did not answer
	Text      string
	Temporary bool
	Relay     bool // the relay's trouble, not the recipient's: dialling, signing in, 421, a lost line
	InDoubt   bool // the line was lost when the mail may have been accepted
	Path      bool // it was the return path, or the relay's own setting, that was refused
	Refused   Refusal
}

func (f *Failure) Error() string { return f.Text }

// Options of a Sender.
type Options struct {
	Connections int
	PerDomain   map[string]float64 // mails a second to a domain; "*" for each other one; 0 for no limit
	Drain       time.Duration      // how long mails under way may take when stopping
	Trouble     time.Duration      // the first wait when the relay is in trouble, in real time; it doubles up to 5 minutes
	Clock       schedule.Clock
	Log         *slog.Logger
}

// Sender is the sending loop.
type Sender struct {
	Options
	schedule.Bell
	ledger  Ledger
	printer Printer
	dialer  Dialer
	limits  limits
}

// NewSender returns a loop that waits for Run.
func NewSender(o Options, l Ledger, p Printer, d Dialer) *Sender {
	return &Sender{
		Options: o, Bell: schedule.NewBell(), ledger: l, printer: p, dialer: d,
		limits: limits{perDomain: o.PerDomain, of: map[string]*rate.Limiter{}},
	}
}

// How often, in real time, the ledger is looked at for what another process
// wrote into it, and how long the loop waits at the most when the relay is in
// trouble.
const (
	lookAgain  = 2 * time.Second
	maxTrouble = 5 * time.Minute
)

// Run sends what is due until the context ends. Mails under way are then given
// Options.Drain to end, and what was claimed and not begun is released.
func (s *Sender) Run(ctx context.Context) error {
	wire, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	parcels := make(chan Parcel)
	results := make(chan error)
	workers, wire := errgroup.WithContext(wire)
	for range s.Connections {
		workers.Go(func() error { s.work(wire, parcels, results); return nil })
	}
	err := s.dispatch(ctx, parcels, results, cut)
	close(parcels)
	return errors.Join(err, workers.Wait())
}

// dispatch claims batches and hands them to the connections, one at a time
// each. It counts what is under way, so that it knows when all is at rest.
func (s *Sender) dispatch(ctx context.Context, parcels chan<- Parcel, results <-chan error, cut func()) error {
	var (
		batch   []Parcel
		flying  int
		waiting []chan struct{}
		trouble time.Duration
		paused  <-chan time.Time
		poll    = time.NewTicker(lookAgain)
		wake    <-chan struct{}
		stop    = func() {}
	)
	defer poll.Stop()
	defer func() { stop() }()
	look := true
	for ctx.Err() == nil {
		if look && len(batch) == 0 && paused == nil {
			look = false
			claimed, err := s.ledger.Claim(ctx, s.Clock.Now(), s.Connections*2)
			if err == nil {
				batch = claimed
			} else if ctx.Err() == nil {
				s.Log.Error("claim parcels", "error", err)
			}
			if len(batch) == 0 && err == nil {
				stop()
				wake, stop = s.nextWake(ctx)
			}
		}
		if len(batch) == 0 && flying == 0 && !look && paused == nil {
			for _, w := range waiting {
				close(w)
			}
			waiting = nil
		}
		var out chan<- Parcel
		var first Parcel
		if len(batch) > 0 && paused == nil {
			out, first = parcels, batch[0]
		}
		select {
		case <-ctx.Done():
		case out <- first:
			batch = batch[1:]
			flying++
			look = look || len(batch) == 0
		case err := <-results:
			flying--
			look = true
			if err == nil {
				trouble = 0
			} else if paused == nil {
				trouble = min(max(trouble*2, s.Trouble), maxTrouble)
				s.Log.Warn("the relay is in trouble, everything waits", "for", trouble, "cause", blame(err))
				s.Log.Debug("the relay is in trouble", "error", err) // it may name a recipient
				paused = time.After(trouble)
				s.release(ctx, batch) // by then it may have lapsed
				batch = nil
			}
		case <-paused:
			paused, look = nil, true
		case <-s.Rung():
			look = true
		case <-wake:
			wake, look = nil, true
		case <-poll.C:
			look = true
		case w := <-s.Asked():
			waiting = append(waiting, w)
			look = true
		}
	}
	return s.drain(ctx, batch, flying, results, cut)
}

// blame says what is wrong with the relay without naming any recipient.
func blame(err error) string {
	var f *Failure
	if errors.As(err, &f) && f.Code != 0 {
		return fmt.Sprintf("the relay answered %d", f.Code)
	}
	return err.Error()
}

func (s *Sender) nextWake(ctx context.Context) (<-chan struct{}, func()) {
	next, any, err := s.ledger.NextDue(ctx)
	if err != nil || !any {
		return nil, func() {}
	}
	return s.Clock.Wake(next)
}

// drain waits for the mails under way and releases those not begun.
func (s *Sender) drain(ctx context.Context, batch []Parcel, flying int, results <-chan error, cut func()) error {
	s.release(ctx, batch)
	deadline := time.NewTimer(s.Drain)
	defer deadline.Stop()
	for flying > 0 {
		select {
		case <-results:
			flying--
		case <-deadline.C:
			cut()
		}
	}
	return nil
}

// release puts back what was claimed and not begun.
func (s *Sender) release(ctx context.Context, batch []Parcel) {
	for _, p := range batch {
		s.record(ctx, s.Log, p, Outcome{State: Queued, At: s.Clock.Now()})
	}
}

// work is one connection's life: it dials when there is something to send,
// reuses the line, and hangs up when it stays idle or breaks.
func (s *Sender) work(ctx context.Context, parcels <-chan Parcel, results chan<- error) {
	const idle = 20 * time.Second
	var conn Conn
	hangUp := func() {
		if conn != nil {
			if err := conn.Close(); err != nil {
				s.Log.Debug("close relay connection", "error", err)
			}
			conn = nil
		}
	}
	defer hangUp()
	quiet := time.NewTimer(idle)
	defer quiet.Stop()
	for {
		select {
		case <-quiet.C:
			hangUp()
		case p, open := <-parcels:
			if !open {
				return
			}
			err := s.send(ctx, &conn, p)
			if err != nil || conn != nil && !conn.Alive() {
				hangUp()
			}
			results <- err
			quiet.Reset(idle)
		}
	}
}

// maxPrintFailures is after how many failures to render a letter is given up. A
// delivery is tried until it expires: what cannot be rendered there is the
// mailing, and its readers are not to be lost by it.
const maxPrintFailures = 12

// maxDoubts is how often a mail is written whose acceptance the line is lost
// before.
const maxDoubts = 3

// codeTooLarge is the reply to MAIL for a mail above the relay's size (RFC 1870).
const codeTooLarge = 552

// send attempts one parcel and records the outcome. It returns an error only
// for the relay's own trouble.
func (s *Sender) send(ctx context.Context, conn *Conn, p Parcel) error {
	log := s.Log.With("parcel", p.String(), "kind", p.Kind)
	from, raw, err := s.printer.Print(ctx, p, nil)
	if err != nil {
		o := s.failed(p, &Failure{
			Text: "render: " + err.Error(), Temporary: p.Class == ClassDelivery || p.Attempts+1 < maxPrintFailures,
		})
		log.Error("render", "error", err, "state", o.State)
		s.record(ctx, log, p, o)
		return nil
	}
	release := func(cause error) error {
		s.record(ctx, log, p, Outcome{State: Queued, At: s.Clock.Now(), Reply: cause.Error()})
		return cause
	}
	if err := s.limits.wait(ctx, p.To.Address.Domain()); err != nil {
		return release(fmt.Errorf("wait for the domain's turn: %w", err))
	}
	if *conn == nil {
		c, err := s.dialer.Connect(ctx)
		if err != nil {
			return release(fmt.Errorf("connect to relay: %w", err))
		}
		*conn = c
	}
	if p.Doubtful {
		log.Warn("repeated: an earlier attempt may have reached the recipient")
	}
	attempt := func(ctx context.Context) error { return s.ledger.Doubt(ctx, p, s.Clock.Now()) }
	reply, err := (*conn).Send(ctx, from, p.To.Address, raw, attempt)
	var f *Failure
	if errors.As(err, &f) && f.Path && !f.Temporary && from == "" && (*conn).Alive() {
		reply, err = (*conn).Send(ctx, s.printer.ReturnPath(p), p.To.Address, raw, attempt)
	}
	if err == nil {
		s.record(ctx, log, p, Outcome{State: Sent, At: s.Clock.Now(), Reply: reply})
		log.Debug("sent", "reply", reply)
		return nil
	}
	f = nil
	switch {
	case errors.Is(err, ErrLapsed):
		log.Info("not sent: it lapsed since it was claimed")
		return nil
	case errors.Is(err, ErrNotClaimed):
		log.Error("not sent", "error", err)
		return nil
	case !errors.As(err, &f):
		// Not the wire's: the doubt could not be written, so nothing was sent.
		return release(err)
	case f.Relay && f.InDoubt:
		// It may have arrived, so it is not tried for ever: each try may repeat it.
		o := s.failed(p, &Failure{Code: f.Code, Text: f.Text, Temporary: p.Attempts+1 < maxDoubts})
		o.Doubtful = true
		s.record(ctx, log, p, o)
		return f
	case f.Relay:
		return release(f)
	case f.Path && f.Code != codeTooLarge:
		// What the relay has against the sender is no recipient's fault: it is
		// tried until the parcel expires.
		log.Error("the relay refuses the return path", "code", f.Code)
		f = &Failure{Code: f.Code, Text: f.Text, Temporary: true}
	}
	o := s.failed(p, f)
	log.Info("refused", "state", o.State, "code", f.Code)
	log.Debug("refused", "reply", f.Text) // it may name the recipient
	s.record(ctx, log, p, o)
	return nil
}

// failed says what follows from a failure that is the recipient's.
func (s *Sender) failed(p Parcel, f *Failure) Outcome {
	now := s.Clock.Now()
	o := Outcome{State: Failed, At: now, Code: f.Code, Reply: f.Text, Refused: f.Refused}
	if next := now.Add(RetryAfter(p.Attempts + 1)); f.Temporary && next.Before(p.Expires) {
		o.State, o.Next = Deferred, next
	}
	return o
}

// record must not fail quietly: a mail that was sent and is not recorded is
// repeated after a restart. It is tried until it succeeds or the loop is cut.
func (s *Sender) record(ctx context.Context, log *slog.Logger, p Parcel, o Outcome) {
	for wait := 50 * time.Millisecond; ; wait = min(wait*2, 5*time.Second) {
		err := s.ledger.Record(context.WithoutCancel(ctx), p, o)
		if err == nil {
			return
		}
		log.Error("record outcome", "state", o.State, "error", err)
		if errors.Is(err, ErrNotClaimed) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// limits holds one limiter a recipient domain, on real time.
type limits struct {
	mu        sync.Mutex
	perDomain map[string]float64
	of        map[string]*rate.Limiter
}

func (l *limits) wait(ctx context.Context, domain string) error {
	l.mu.Lock()
	lim := l.of[domain]
	if lim == nil {
		perSecond, ok := l.perDomain[domain]
		if !ok {
			perSecond = l.perDomain["*"]
		}
		lim = rate.NewLimiter(rate.Inf, 1)
		if perSecond > 0 {
			lim = rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond)))
		}
		l.of[domain] = lim
	}
	l.mu.Unlock()
	return lim.Wait(ctx)
}
