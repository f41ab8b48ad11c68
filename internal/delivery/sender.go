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
	Connections int                // the most at once
	PerSecond   float64            // mails a second in all; 0 for no limit
	PerDomain   map[string]float64 // mails a second to a domain; "*" for each other one; 0 for no limit
	Drain       time.Duration      // how long mails being sent may take after a stop
	Backoff     time.Duration      // the first pause after a failure of the relay, in real time; it doubles up to 5 minutes
	Clock       schedule.Clock
	Log         *slog.Logger
}

// Sender is the sending loop: one goroutine claims jobs in batches, and one goroutine
// for each connection sends them.
type Sender struct {
	Options
	schedule.Waker
	ledger      Ledger
	renderer    JobRenderer
	dialer      Dialer
	domains     domains
	overall     *rate.Limiter
	connections *connections

	urgent, bulk   chan Job      // claimed jobs: letters and reminders in urgent, issues in bulk
	inFlight       atomic.Int64  // jobs in urgent, bulk or with a worker
	completed      atomic.Int64  // jobs completed since the start
	lowWater       atomic.Int64  // at this inFlight the next batch is claimed; negative: only at 0
	progress       chan struct{} // signals that inFlight reached lowWater or 0
	failures       chan error    // of the relay or the ledger; each pauses sending
	relayAnswered  atomic.Bool   // the relay answered to a mail since the last failure
	accountRefused atomic.Bool   // the relay refuses our account: claimed jobs are released
	domainRefusals domainRefusals
}

// NewSender returns a sender; Run starts it.
func NewSender(o Options, l Ledger, p JobRenderer, d Dialer) *Sender {
	overall := rate.NewLimiter(rate.Inf, 1)
	if o.PerSecond > 0 {
		overall = rate.NewLimiter(rate.Limit(o.PerSecond), 1)
	}
	capacity := 2*maxBatch + o.Connections
	return &Sender{
		Options: o, Waker: schedule.NewWaker(), ledger: l, renderer: p, dialer: d,
		domains: domains{configured: o.PerDomain}, overall: overall, connections: newConnections(o.Connections),
		urgent: make(chan Job, capacity), bulk: make(chan Job, capacity),
		progress: make(chan struct{}, 1), failures: make(chan error, o.Connections),
	}
}

// Real times: how often the ledger is polled for what another process wrote, and how
// long outcomes may wait before they are flushed to the store.
const (
	pollInterval = 500 * time.Millisecond
	flushDelay   = 250 * time.Millisecond
)

// maxPause is the longest pause after failures of the relay.
const maxPause = 5 * time.Minute

// A batch holds as many jobs as were recently sent in batchTime, up to maxBatch. Batches
// stay small so that pausing or cancelling a mailing takes effect soon.
const (
	batchTime = 300 * time.Millisecond
	maxBatch  = 1000
)

// Run sends due jobs until ctx ends. Mails being sent may then take Options.Drain to
// finish; claimed jobs that did not begin are released. It returns the error of the last
// flush.
func (s *Sender) Run(ctx context.Context) error {
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	dialing, stop := context.WithCancel(sending)
	defer stop()
	done := make(chan struct{})
	var workers errgroup.Group
	for i := range s.Connections {
		workers.Go(func() error {
			w := worker{Sender: s, sending: sending, dialing: dialing, number: i}
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
	// A worker may have given its job back after the first release.
	s.release(context.WithoutCancel(ctx))
	return errors.Join(err, s.ledger.Flush(context.WithoutCancel(ctx)))
}

// dispatcher is the state of the claiming loop.
type dispatcher struct {
	*Sender
	throughput  *throughput
	mayClaim    bool            // a job may be due
	mayBeLetter bool            // the sender was woken: the job may be a letter
	idleWaiters []chan struct{} // closed when no job is in flight or due

	resume       <-chan time.Time // fires when the pause ends; nil while not paused
	pause        time.Duration    // the length of the last pause
	flush        <-chan time.Time
	flushedCount int64           // completed when flush was set
	due          <-chan struct{} // fires when the next job is due
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
				s.Log.Error("flush outcomes", "error", err)
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

// claimNext claims the next batch when the last one is half done. When the sender was
// woken earlier, it claims a few jobs, because a letter may be among them.
func (d *dispatcher) claimNext(ctx context.Context) {
	inFlight, low := d.inFlight.Load(), d.lowWater.Load()
	early := inFlight > max(0, low)
	if early && !(d.mayBeLetter && inFlight < 2*maxBatch) { // above that the channels may be full
		return
	}
	n := d.throughput.batch(d.completed.Load(), time.Now())
	if early {
		n = d.Connections
	}
	d.mayClaim, d.mayBeLetter = false, false
	claimed, err := d.claim(ctx, n)
	switch {
	case err != nil:
		d.lowWater.Store(-1) // not again with each job that completes
		if ctx.Err() == nil {
			d.Log.Error("claim jobs", "error", err)
		}
	case early && d.lowWater.Load() >= 0:
		d.lowWater.Store(low) // that of the batch in flight
	case claimed == 0:
		d.stopDue()
		d.due, d.stopDue = d.nextWake(ctx)
		if inFlight == 0 {
			for _, w := range d.idleWaiters {
				close(w)
			}
			d.idleWaiters = nil
		}
	}
}

// pauseAll pauses sending with backoff. The backoff starts again once the relay has
// answered to a mail.
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
	d.pause = min(max(d.pause*2, d.Backoff), maxPause)
	d.Log.Warn("relay failed, sending pauses", "pause", d.pause, "cause", redacted(cause))
	d.Log.Debug("relay failed", "error", cause) // it may name a recipient
	d.resume = time.After(d.pause)
	d.release(ctx) // by then they may not be due any more
}

// claim claims up to n jobs, queues them for the workers and returns their number.
func (s *Sender) claim(ctx context.Context, n int) (claimed int, err error) {
	batch, err := s.ledger.Claim(ctx, s.Clock.Now(), n)
	if err != nil {
		return 0, err
	}
	s.accountRefused.Store(false)
	s.inFlight.Add(int64(len(batch)))
	low := int64(n / 2)
	if len(batch) < n {
		low = -1 // no more are due: claim again only when these are done
	}
	s.lowWater.Store(low)
	for _, job := range batch {
		s.enqueue(job)
	}
	return len(batch), nil
}

// enqueue hands a job to the workers. It never blocks: the channels hold all jobs in flight.
func (s *Sender) enqueue(job Job) {
	if job.Kind.Urgency() < UrgencyIssue {
		s.urgent <- job
	} else {
		s.bulk <- job
	}
}

// complete counts a job as completed and tells the dispatcher when it may claim more.
func (s *Sender) complete() {
	s.completed.Add(1)
	if left := s.inFlight.Add(-1); left == 0 || left <= s.lowWater.Load() {
		select {
		case s.progress <- struct{}{}:
		default:
		}
	}
}

// release queues claimed jobs again that did not begin.
func (s *Sender) release(ctx context.Context) {
	for {
		var job Job
		select {
		case job = <-s.urgent:
		case job = <-s.bulk:
		default:
			return
		}
		if err := s.ledger.End(ctx, job, Outcome{State: Queued, At: s.Clock.Now()}); err != nil {
			s.Log.Error("release job", "job", job.String(), "error", err) // the next start releases it
		}
		s.complete()
	}
}

// redacted describes an error without naming a recipient.
func redacted(err error) string {
	var f *Failure
	if errors.As(err, &f) && f.Code != 0 {
		return fmt.Sprintf("the relay answered %d", f.Code)
	}
	return err.Error()
}

// nextWake returns a channel that fires when the next job is due, nil when none is
// queued, and a function that stops it.
func (s *Sender) nextWake(ctx context.Context) (<-chan struct{}, func()) {
	next, found, err := s.ledger.NextDue(ctx)
	if err != nil || !found {
		return nil, func() {}
	}
	return s.Clock.Wake(next)
}

// throughput measures how fast jobs are completed.
type throughput struct {
	minimum   int
	since     time.Time
	completed int64
	size      int
}

func newThroughput(connections int) *throughput {
	return &throughput{minimum: connections, since: time.Now(), size: connections}
}

// batch returns how many jobs to claim, by how many were completed since the last call.
func (t *throughput) batch(completed int64, now time.Time) int {
	passed, done := now.Sub(t.since), completed-t.completed
	t.since, t.completed = now, completed
	if done == 0 {
		return t.size
	}
	fits := int(float64(done) * float64(batchTime) / float64(max(passed, time.Millisecond)))
	// At most twice as many: the beginning of a mailing says little.
	t.size = min(max(t.minimum, min(fits, 2*t.size)), maxBatch)
	return t.size
}
