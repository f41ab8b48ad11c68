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

	urgent, bulk   chan Job      // what was claimed and not begun; letters and reminders stand in urgent
	inFlight       atomic.Int64  // how many are in these or with a connection
	completed      atomic.Int64  // how many were ended since the start
	lowWater       atomic.Int64  // at so few flying the loop wants to know; below 0 for only at none
	progress       chan struct{} // it is told here
	failures       chan error
	relayAnswered  atomic.Bool // the relay answered to a mail since the last trouble
	accountRefused atomic.Bool // it refuses our account: what was claimed is put back
	domainRefusals domainRefusals
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
		urgent: make(chan Job, most), bulk: make(chan Job, most),
		progress: make(chan struct{}, 1), failures: make(chan error, o.Connections),
	}
}

// How often, in real time, the ledger is looked at for what another process wrote
// into it, and how long outcomes may wait to be taken by the store.
const (
	pollInterval = 500 * time.Millisecond
	flushDelay   = 250 * time.Millisecond
)

// maxPause is how long the loop waits at the most when the relay is in trouble.
const maxPause = 5 * time.Minute

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
	throughput  *throughput
	mayClaim    bool            // there may be something to claim
	mayBeLetter bool            // it may be a letter
	idleWaiters []chan struct{} // who asked to be told of rest

	resume       <-chan time.Time // until when the relay's trouble is waited for
	pause        time.Duration    // how long that was the last time
	flush        <-chan time.Time
	flushedCount int64           // how many were finished when that was set
	due          <-chan struct{} // when the next parcel is due
	stopDue      func()
}

// dispatch claims batches for the connections until the context ends.
func (s *Sender) dispatch(ctx context.Context) {
	d := dispatcher{Sender: s, throughput: newThroughput(s.Connections), mayClaim: true, stopDue: func() {}}
	defer func() { d.stopDue() }()
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for ctx.Err() == nil {
		if d.mayClaim && d.resume == nil {
			d.claimNext(ctx)
		}
		if done := s.completed.Load(); d.flush == nil && (s.inFlight.Load() > 0 || done != d.flushedCount) {
			d.flush, d.flushedCount = time.After(flushDelay), done
		}
		select {
		case <-ctx.Done():
		case <-s.progress:
			d.mayClaim = true
		case <-d.flush:
			d.flush = nil
			if err := s.ledger.Flush(ctx); err != nil && ctx.Err() == nil {
				s.Log.Error("take in outcomes", "error", err)
			}
		case err := <-s.failures:
			d.pauseAll(ctx, err)
		case <-d.resume:
			d.resume, d.mayClaim = nil, true
		case <-s.Woken():
			d.mayClaim, d.mayBeLetter = true, true
		case <-d.due:
			d.due, d.mayClaim = nil, true
		case now := <-poll.C:
			d.mayClaim = true
			s.connections.probe(now)
		case w := <-s.IdleRequests():
			d.idleWaiters = append(d.idleWaiters, w)
			d.mayClaim = true
		}
	}
}

// claimNext claims the next batch when the last one is half done, or a few parcels, of
// which letters are the first, when the bell was rung before.
func (d *dispatcher) claimNext(ctx context.Context) {
	flying, low := d.inFlight.Load(), d.lowWater.Load()
	early := flying > max(0, low)
	if early && !(d.mayBeLetter && flying < 2*maxBatch) { // that is more than other claims leave
		return
	}
	n := d.throughput.batch(d.completed.Load(), time.Now())
	if early {
		n = d.Connections
	}
	d.mayClaim, d.mayBeLetter = false, false
	took, err := d.claim(ctx, n)
	switch {
	case err != nil:
		d.lowWater.Store(-1) // not again with each mail that ends
		if ctx.Err() == nil {
			d.Log.Error("claim parcels", "error", err)
		}
	case early && d.lowWater.Load() >= 0:
		d.lowWater.Store(low) // of the batch that flies
	case took == 0:
		d.stopDue()
		d.due, d.stopDue = d.nextWake(ctx)
		if flying == 0 {
			for _, w := range d.idleWaiters {
				close(w)
			}
			d.idleWaiters = nil
		}
	}
}

// pauseAll has everything wait for the relay, each time for longer, unless it was heard of
// since.
func (d *dispatcher) pauseAll(ctx context.Context, cause error) {
	if d.relayAnswered.Swap(false) {
		d.pause = 0
	}
	if d.resume != nil {
		return
	}
	if errors.Is(cause, errAccountRefused) {
		d.release(ctx) // the ledger says when to try again
		d.mayClaim = true
		return
	}
	d.pause = min(max(d.pause*2, d.Trouble), maxPause)
	d.Log.Warn("nothing can be sent, everything waits", "for", d.pause, "cause", redacted(cause))
	d.Log.Debug("nothing can be sent", "error", cause) // it may name a recipient
	d.resume = time.After(d.pause)
	d.release(ctx) // by then it may have lapsed
}

// claim takes a batch and hands it to the connections.
func (s *Sender) claim(ctx context.Context, n int) (took int, err error) {
	batch, err := s.ledger.Claim(ctx, s.Clock.Now(), n)
	if err != nil {
		return 0, err
	}
	s.accountRefused.Store(false)
	s.inFlight.Add(int64(len(batch)))
	low := int64(n / 2)
	if len(batch) < n {
		low = -1 // there is no more: nothing to be looked for before these are done
	}
	s.lowWater.Store(low)
	for _, p := range batch {
		s.enqueue(p)
	}
	return len(batch), nil
}

// enqueue never waits: there is room for all that may be flying.
func (s *Sender) enqueue(p Job) {
	if p.Kind.Urgency() < UrgencyIssue {
		s.urgent <- p
	} else {
		s.bulk <- p
	}
}

// complete counts a parcel as done with.
func (s *Sender) complete() {
	s.completed.Add(1)
	if left := s.inFlight.Add(-1); left == 0 || left <= s.lowWater.Load() {
		select {
		case s.progress <- struct{}{}:
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
		case p = <-s.bulk:
		default:
			return
		}
		if err := s.ledger.End(ctx, p, Outcome{State: Queued, At: s.Clock.Now()}); err != nil {
			s.Log.Error("release", "parcel", p.String(), "error", err) // it is released at the next start
		}
		s.complete()
	}
}

// redacted says what is wrong without naming any recipient.
func redacted(err error) string {
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
	minimum   int
	since     time.Time
	completed int64
	size      int
}

func newThroughput(connections int) *throughput {
	return &throughput{minimum: connections, since: time.Now(), size: connections}
}

// batch is how many to claim, of which the measure is how many were finished since
// it was asked last.
func (p *throughput) batch(finished int64, now time.Time) int {
	passed, done := now.Sub(p.since), finished-p.completed
	p.since, p.completed = now, finished
	if done == 0 {
		return p.size
	}
	fits := int(float64(done) * float64(batchTime) / float64(max(passed, time.Millisecond)))
	// Twice as many at the most: the beginning of a mailing tells little.
	p.size = min(max(p.minimum, min(fits, 2*p.size)), maxBatch)
	return p.size
}
