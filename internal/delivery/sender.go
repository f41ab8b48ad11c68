package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"infolettre/internal/schedule"
)

// Options of a Sender.
type Options struct {
	Connections int                // the most at a time
	PerSecond   float64            // mails a second over all, 0 for no limit
	PerDomain   map[string]float64 // mails a second to a domain; "*" for each other one; 0 for no limit
	Drain       time.Duration      // how long mails under way may take when stopping
	Trouble     time.Duration      // the first wait when the relay is in trouble, in real time; it doubles up to 5 minutes
	Clock       schedule.Clock
	Log         *slog.Logger
}

// Sender is the sending loop: one goroutine claims batches from the ledger, and one
// for each connection takes parcels from them.
type Sender struct {
	Options
	schedule.Waker
	ledger      Ledger
	printer     Printer
	dialer      Dialer
	domains     domains
	overall     *rate.Limiter
	connections *connections

	urgent, queue chan Job      // what was claimed and not begun; letters and reminders stand in urgent
	flying        atomic.Int64  // how many are in these or with a connection
	finished      atomic.Int64  // how many were ended since the start
	low           atomic.Int64  // at so few flying the loop wants to know; below 0 for only at none
	moved         chan struct{} // it is told here
	troubled      chan error
	heard         atomic.Bool // the relay answered to a mail since the last trouble
	halted        atomic.Bool // it refuses our account: what was claimed is put back
	refusing      refusing
}

// NewSender returns a loop that waits for Run.
func NewSender(o Options, l Ledger, p Printer, d Dialer) *Sender {
	overall := rate.NewLimiter(rate.Inf, 1)
	if o.PerSecond > 0 {
		overall = rate.NewLimiter(rate.Limit(o.PerSecond), 1)
	}
	most := 2*maxBatch + o.Connections
	return &Sender{
		Options: o, Waker: schedule.NewWaker(), ledger: l, printer: p, dialer: d,
		domains: domains{configured: o.PerDomain}, overall: overall, connections: newConnections(o.Connections),
		urgent: make(chan Job, most), queue: make(chan Job, most),
		moved: make(chan struct{}, 1), troubled: make(chan error, o.Connections),
	}
}

// How often, in real time, the ledger is looked at for what another process wrote
// into it, and how long outcomes may wait to be taken by the store.
const (
	lookAgain  = 500 * time.Millisecond
	flushAfter = 250 * time.Millisecond
)

// maxTrouble is how long the loop waits at the most when the relay is in trouble.
const maxTrouble = 5 * time.Minute

// A batch holds as many parcels as were sent lately in this time, within bounds: so
// few are claimed at once that what is said to a mailing is obeyed soon.
const (
	batchTime = 300 * time.Millisecond
	maxBatch  = 1000
)

// Run sends what is due until the context ends. Mails under way are then given
// Options.Drain to end, and what was claimed and not begun is released.
func (s *Sender) Run(ctx context.Context) error {
	wire, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	dialing, stop := context.WithCancel(wire)
	defer stop()
	done := make(chan struct{})
	var workers errgroup.Group
	for i := range s.Connections {
		workers.Go(func() error {
			w := worker{Sender: s, wire: wire, dialing: dialing, number: i}
			w.run(done)
			return nil
		})
	}
	s.dispatch(ctx)
	s.release(context.WithoutCancel(ctx))
	deadline := time.AfterFunc(s.Drain, cut)
	defer deadline.Stop()
	close(done)
	stop()
	err := workers.Wait()
	// A connection that gave its parcel back may have done so after the above.
	s.release(context.WithoutCancel(ctx))
	return errors.Join(err, s.ledger.Flush(context.WithoutCancel(ctx)))
}

// dispatcher is the state of the loop that claims.
type dispatcher struct {
	*Sender
	throughput *throughput
	look       bool            // there may be something to claim
	woken      bool            // it may be a letter
	waiting    []chan struct{} // who asked to be told of rest

	paused  <-chan time.Time // until when the relay's trouble is waited for
	trouble time.Duration    // how long that was the last time
	flush   <-chan time.Time
	flushed int64           // how many were finished when that was set
	wake    <-chan struct{} // when the next parcel is due
	unwake  func()
}

// dispatch claims batches for the connections until the context ends.
func (s *Sender) dispatch(ctx context.Context) {
	d := dispatcher{Sender: s, throughput: newThroughput(s.Connections), look: true, unwake: func() {}}
	defer func() { d.unwake() }()
	poll := time.NewTicker(lookAgain)
	defer poll.Stop()
	for ctx.Err() == nil {
		if d.look && d.paused == nil {
			d.lookFor(ctx)
		}
		if done := s.finished.Load(); d.flush == nil && (s.flying.Load() > 0 || done != d.flushed) {
			d.flush, d.flushed = time.After(flushAfter), done
		}
		select {
		case <-ctx.Done():
		case <-s.moved:
			d.look = true
		case <-d.flush:
			d.flush = nil
			if err := s.ledger.Flush(ctx); err != nil && ctx.Err() == nil {
				s.Log.Error("take in outcomes", "error", err)
			}
		case err := <-s.troubled:
			d.wait(ctx, err)
		case <-d.paused:
			d.paused, d.look = nil, true
		case <-s.Woken():
			d.look, d.woken = true, true
		case <-d.wake:
			d.wake, d.look = nil, true
		case now := <-poll.C:
			d.look = true
			s.connections.probe(now)
		case w := <-s.IdleRequests():
			d.waiting = append(d.waiting, w)
			d.look = true
		}
	}
}

// lookFor claims the next batch when the last one is half done, or a few parcels, of
// which letters are the first, when the bell was rung before.
func (d *dispatcher) lookFor(ctx context.Context) {
	flying, low := d.flying.Load(), d.low.Load()
	early := flying > max(0, low)
	if early && !(d.woken && flying < 2*maxBatch) { // that is more than other claims leave
		return
	}
	n := d.throughput.batch(d.finished.Load(), time.Now())
	if early {
		n = d.Connections
	}
	d.look, d.woken = false, false
	took, err := d.claim(ctx, n)
	switch {
	case err != nil:
		d.low.Store(-1) // not again with each mail that ends
		if ctx.Err() == nil {
			d.Log.Error("claim parcels", "error", err)
		}
	case early && d.low.Load() >= 0:
		d.low.Store(low) // of the batch that flies
	case took == 0:
		d.unwake()
		d.wake, d.unwake = d.nextWake(ctx)
		if flying == 0 {
			for _, w := range d.waiting {
				close(w)
			}
			d.waiting = nil
		}
	}
}

// wait has everything wait for the relay, each time for longer, unless it was heard of
// since.
func (d *dispatcher) wait(ctx context.Context, cause error) {
	if d.heard.Swap(false) {
		d.trouble = 0
	}
	if d.paused != nil {
		return
	}
	if errors.Is(cause, errAccount) {
		d.release(ctx) // the ledger says when to try again
		d.look = true
		return
	}
	d.trouble = min(max(d.trouble*2, d.Trouble), maxTrouble)
	d.Log.Warn("nothing can be sent, everything waits", "for", d.trouble, "cause", blame(cause))
	d.Log.Debug("nothing can be sent", "error", cause) // it may name a recipient
	d.paused = time.After(d.trouble)
	d.release(ctx) // by then it may have lapsed
}

// claim takes a batch and hands it to the connections.
func (s *Sender) claim(ctx context.Context, n int) (took int, err error) {
	batch, err := s.ledger.Claim(ctx, s.Clock.Now(), n)
	if err != nil {
		return 0, err
	}
	s.halted.Store(false)
	s.flying.Add(int64(len(batch)))
	low := int64(n / 2)
	if len(batch) < n {
		low = -1 // there is no more: nothing to be looked for before these are done
	}
	s.low.Store(low)
	for _, p := range batch {
		s.hand(p)
	}
	return len(batch), nil
}

// hand never waits: there is room for all that may be flying.
func (s *Sender) hand(p Job) {
	if p.Kind.Urgency() < UrgencyIssue {
		s.urgent <- p
	} else {
		s.queue <- p
	}
}

// ended counts a parcel as done with.
func (s *Sender) ended() {
	s.finished.Add(1)
	if left := s.flying.Add(-1); left == 0 || left <= s.low.Load() {
		select {
		case s.moved <- struct{}{}:
		default:
		}
	}
}

// release puts back what was claimed and not begun.
func (s *Sender) release(ctx context.Context) {
	for {
		var p Job
		select {
		case p = <-s.urgent:
		case p = <-s.queue:
		default:
			return
		}
		if err := s.ledger.End(ctx, p, Outcome{State: Queued, At: s.Clock.Now()}); err != nil {
			s.Log.Error("release", "parcel", p.String(), "error", err) // it is released at the next start
		}
		s.ended()
	}
}

// blame says what is wrong without naming any recipient.
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

// throughput measures how fast parcels are done with.
type throughput struct {
	least    int
	since    time.Time
	finished int64
	n        int
}

func newThroughput(connections int) *throughput {
	return &throughput{least: connections, since: time.Now(), n: connections}
}

// batch is how many to claim, of which the measure is how many were finished since
// it was asked last.
func (p *throughput) batch(finished int64, now time.Time) int {
	passed, done := now.Sub(p.since), finished-p.finished
	p.since, p.finished = now, finished
	if done == 0 {
		return p.n
	}
	fits := int(float64(done) * float64(batchTime) / float64(max(passed, time.Millisecond)))
	// Twice as many at the most: the beginning of a mailing tells little.
	p.n = min(max(p.least, min(fits, 2*p.n)), maxBatch)
	return p.n
}
