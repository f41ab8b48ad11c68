package delivery_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"infolettre/internal/delivery"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
)

var noon = time.Date(2018, 2, 16, 9, 0, 0, 0, time.UTC)

var errSlowDown = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: "slow down"}

func TestSender_SendsOneMailPerSubscriber(t *testing.T) {
	t.Parallel()
	o := newFixture(t, 25, nil)
	o.run()
	o.settle()
	if n := o.count()[delivery.Sent]; n != 25 {
		t.Errorf("%d sent", n)
	}
	for to, n := range o.arrived() {
		if n != 1 {
			t.Errorf("%s got %d", to, n)
		}
	}
	if len(o.arrived()) != 25 {
		t.Errorf("%d people got mail", len(o.arrived()))
	}
}

func TestSender_RetriesTemporaryFailuresOnly(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	tries := map[string]int{}
	o := newFixture(t, 6, func(h *localmail.Options) {
		h.OnRcpt = func(_, rcpt string) error {
			mu.Lock()
			defer mu.Unlock()
			tries[rcpt]++
			switch {
			case rcpt == "p1@x.example":
				return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
			case rcpt == "p2@x.example" && tries[rcpt] < 3:
				return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}
			case rcpt == "p3@x.example":
				return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
			}
			return nil
		}
	})
	o.run()
	o.advance(noon.Add(100 * time.Hour))
	c := o.count()
	if c[delivery.Sent] != 4 || c[delivery.Failed] != 2 {
		t.Errorf("states %v", c)
	}
	mu.Lock()
	defer mu.Unlock()
	if tries["p1@x.example"] != 1 {
		t.Errorf("a permanent refusal was tried %d times", tries["p1@x.example"])
	}
	if n := tries["p3@x.example"]; n < 8 {
		t.Errorf("a full mailbox was tried %d times in three days", n)
	}
}

func TestSender_RelayFailureCountsAgainstNobody(t *testing.T) {
	t.Parallel()
	var refuse atomic.Int64
	refuse.Store(4)
	o := newFixture(t, 5, func(h *localmail.Options) {
		h.OnMail = func(string) error {
			if refuse.Add(-1) >= 0 {
				return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "shutting down"}
			}
			return nil
		}
	})
	o.run()
	o.settle() // at the same business time: nothing was postponed
	if n := o.count()[delivery.Sent]; n != 5 {
		t.Errorf("states %v", o.count())
	}
	if n, err := o.store.Retried(t.Context()); err != nil || n != 0 {
		t.Errorf("the failure of the relay counts against %d deliveries (%v)", n, err)
	}
}

// A relay that closes the connection after a refusal, or after some mails, delays no
// other mail: the pause here would be longer than the test.
func TestSender_RedialsUsedConnectionAtOnce(t *testing.T) {
	t.Parallel()
	var dropped sync.Map
	o := newFixture(t, 40, func(h *localmail.Options) {
		h.OnRcpt = func(_, rcpt string) error {
			switch rcpt {
			case "p7@x.example", "p23@x.example":
				return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
			case "p30@x.example", "p35@x.example", "p40@x.example":
				if _, twice := dropped.LoadOrStore(rcpt, true); !twice {
					return localmail.ErrDrop
				}
			}
			return nil
		}
	})
	o.sender.Backoff = time.Hour
	o.run()
	o.settle()
	if c := o.count(); c[delivery.Sent] != 38 || c[delivery.Failed] != 2 {
		t.Errorf("states %v", c)
	}
}

func TestSender_RetriesMailInDoubt(t *testing.T) {
	t.Parallel()
	var drops atomic.Int64
	drops.Store(1)
	o := newFixture(t, 3, func(h *localmail.Options) {
		h.OnData = func(_, rcpt string) error {
			if rcpt == "p2@x.example" && drops.Add(-1) >= 0 {
				return localmail.ErrDrop
			}
			return nil
		}
	})
	o.run()
	o.advance(noon.Add(time.Hour))
	if n := o.count()[delivery.Sent]; n != 3 {
		t.Errorf("states %v", o.count())
	}
}

func TestSender_FailsMailThatIsInDoubtThreeTimes(t *testing.T) {
	t.Parallel()
	var tries atomic.Int64
	o := newFixture(t, 1, func(h *localmail.Options) {
		h.OnData = func(_, rcpt string) error { tries.Add(1); return localmail.ErrDrop }
	})
	o.run()
	o.advance(noon.Add(72 * time.Hour))
	if c := o.count(); c[delivery.Failed] != 1 || tries.Load() != 3 {
		t.Errorf("states %v after %d tries", c, tries.Load())
	}
}

func TestSender_DefersMailingThatCannotBeRendered(t *testing.T) {
	t.Parallel()
	o := newFixture(t, 4, nil)
	o.renderFails.Store(true)
	o.run()
	o.advance(noon.Add(6 * time.Hour))
	if c := o.count(); c[delivery.Deferred] != 4 {
		t.Fatalf("states %v", c)
	}
	o.renderFails.Store(false)
	o.advance(noon.Add(24 * time.Hour))
	if c := o.count(); c[delivery.Sent] != 4 {
		t.Errorf("states %v", c)
	}
}

func TestRun_StopReleasesClaimedJobs(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	reached := make(chan struct{})
	var n int
	o := newFixture(t, 60, func(h *localmail.Options) {
		h.OnRcpt = func(_, _ string) error {
			mu.Lock()
			defer mu.Unlock()
			if n++; n == 20 {
				close(reached)
			}
			return nil
		}
	})
	stop := o.run()
	<-reached
	stop()
	c := o.count()
	if c[delivery.Claimed] != 0 {
		t.Errorf("still claimed: %v", c)
	}
	o.run()
	o.settle()
	for to, n := range o.arrived() {
		if n != 1 {
			t.Errorf("%s got %d", to, n)
		}
	}
	if c := o.count(); c[delivery.Sent] != 60 {
		t.Errorf("states %v", c)
	}
}

func TestSender_ReplacesRefusedNullReturnPath(t *testing.T) {
	t.Parallel()
	o := newFixture(t, 3, func(h *localmail.Options) {
		h.OnMail = func(from string) error {
			if from == "" {
				return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "null sender refused"}
			}
			return nil
		}
	})
	o.from = ""
	o.run()
	o.settle()
	if c := o.count(); c[delivery.Sent] != 3 {
		t.Errorf("states %v", c)
	}
	for _, d := range o.host.Mails() {
		if d.From != "infolettre+own@cites.example" {
			t.Errorf("return path %q", d.From)
		}
	}
}

func TestRetryAfter_GrowsAndSpreads(t *testing.T) {
	t.Parallel()
	last := time.Duration(0)
	for i := range 12 {
		d := delivery.RetryAfter(i)
		if d < last*4/5-time.Minute {
			t.Errorf("attempt %d waits %s after %s", i, d, last)
		}
		last = d
	}
	seen := map[time.Duration]bool{}
	for range 20 {
		seen[delivery.RetryAfter(3)] = true
	}
	if len(seen) < 2 {
		t.Error("retries do not spread")
	}
}

// failingLedger is a ledger whose claims fail once failing is set.
type failingLedger struct {
	delivery.Ledger
	failing atomic.Bool
	refused atomic.Int64
	notify  chan struct{} // after each failed claim
}

func (s *failingLedger) Claim(ctx context.Context, now time.Time, n int) ([]delivery.Job, error) {
	if s.failing.Load() {
		s.refused.Add(1)
		select {
		case s.notify <- struct{}{}:
		default:
		}
		return nil, errors.New("the disk is full")
	}
	return s.Ledger.Claim(ctx, now, n)
}

// A failed claim is not repeated with each mail that completes.
func TestSender_FailedClaimIsNotRepeatedAtOnce(t *testing.T) {
	t.Parallel()
	const people = 600
	o := newFixture(t, people, nil)
	ledger := &failingLedger{Ledger: o.store.Ledger(), notify: make(chan struct{}, people)}
	relay := &failAfterRelay{ledger: ledger, after: people / 2}
	sender := delivery.NewSender(delivery.Options{
		Connections: 3, Drain: 5 * time.Second, Backoff: time.Second, Clock: o.clock, Log: slog.New(slog.DiscardHandler),
	}, ledger, o, relay)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	start := time.Now()
	go func() { done <- sender.Run(ctx) }()
	for range 2 { // with the first mails that complete, and when none is left
		<-ledger.notify
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if most := 2 + int64(time.Since(start)/(500*time.Millisecond)); ledger.refused.Load() > most {
		t.Errorf("%d claims failed", ledger.refused.Load())
	}
	if n := relay.last.Load(); n < 10 {
		t.Errorf("only %d mails were in flight when claims began to fail", n)
	}
}

// failAfterRelay accepts everything, and makes the ledger fail after some mails.
type failAfterRelay struct {
	discardRelay
	ledger     *failingLedger
	after      int64
	sent, last atomic.Int64
}

func (w *failAfterRelay) Connect(context.Context) (delivery.Conn, error) { return w, nil }

func (w *failAfterRelay) Send(ctx context.Context, _ string, _ message.Address, _ []byte, attempt func(context.Context) error) (string, error) {
	if w.sent.Add(1) == w.after {
		w.ledger.failing.Store(true)
	}
	if w.ledger.failing.Load() {
		w.last.Add(1)
	}
	return "", attempt(ctx)
}
