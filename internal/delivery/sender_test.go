package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"go.uber.org/goleak"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/relay"
	"infolettre/internal/schedule"
	"infolettre/internal/sqlite"
)

var noon = time.Date(2018, 2, 16, 9, 0, 0, 0, time.UTC)

var errSlowDown = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: "slow down"}

// office sends through a real relay client to a real SMTP server, from a real
// store, on a stepped clock.
type office struct {
	t           *testing.T
	store       *sqlite.Store
	host        *localmail.Server
	clock       *schedule.Stepped
	sender      *delivery.Sender
	prints      atomic.Int64
	renderFails atomic.Bool // printing fails
	from        string      // the return path
}

func (o *office) ReturnPath(delivery.Job) string { return "infolettre+own@cites.example" }

func newOffice(t *testing.T, people int, faults func(*localmail.Options)) *office {
	t.Helper()
	addresses := make([]message.Address, people)
	for i := range addresses {
		addresses[i] = message.Address(fmt.Sprintf("p%d@x.example", i+1))
	}
	return newOfficeFor(t, addresses, nil, faults)
}

// newOfficeFor is newOffice with other people, and rates for their domains.
func newOfficeFor(t *testing.T, people []message.Address, rates map[string]float64, faults func(*localmail.Options)) *office {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	o := &office{t: t, from: "infolettre@cites.example", clock: schedule.NewStepped(noon)}
	var err error
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
	if o.store, err = sqlite.Open(t.Context(), t.TempDir(), log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.store.Close() })
	host := localmail.Options{}
	if faults != nil {
		faults(&host)
	}
	if o.host, err = localmail.Start(context.Background(), host); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.host.Close() })
	if _, err := o.store.Ledger().Recover(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	out, err := relay.New(relay.Options{URL: &url.URL{Scheme: "smtp", Host: o.host.SMTPAddr()}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	o.sender = delivery.NewSender(delivery.Options{
		Connections: 3, PerDomain: rates, Drain: 5 * time.Second, Trouble: 5 * time.Millisecond, Clock: o.clock, Log: log,
	}, o.store.Ledger(), o, dialer{out})
	var list []audience.Subscriber
	for _, address := range people {
		list = append(list, audience.Subscriber{Address: address, Tags: []string{"m"}, Consent: "form"})
	}
	if _, err := o.store.ImportPeople(t.Context(), audience.Import{People: list, Columns: []string{"email", "tags"}}, noon); err != nil {
		t.Fatal(err)
	}
	err = o.store.Write(t.Context(), func(newsroom.View) (newsroom.Effects, error) {
		return newsroom.Effects{newsroom.CreateMailing{
			Mailing: delivery.Mailing{ID: 1, Kind: delivery.KindIssue, Key: "k", Created: noon, Expires: noon.Add(delivery.IssueLife),
				Segments: []audience.Segment{{Any: []string{"m"}}}},
			Editions: []issue.Edition{{Language: "fr", Images: []string{}}},
		}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Print writes a mail that names its delivery.
func (o *office) Print(_ context.Context, p delivery.Job, _ []byte) (string, []byte, error) {
	o.prints.Add(1)
	if p.Letter != nil && p.Letter.Topic == tooLarge {
		return "", nil, fmt.Errorf("%w: 40000000 octets", delivery.ErrTooLarge)
	}
	if o.renderFails.Load() {
		return "", nil, errors.New("no template")
	}
	return o.from, []byte(fmt.Sprintf("From: infolettre@cites.example\r\nMessage-ID: <d%d@cites.example>\r\nSubject: x\r\n\r\nx\r\n", p.ID)), nil
}

// dialer is the relay as the command wires it.
type dialer struct{ *relay.Relay }

func (d dialer) Connect(ctx context.Context) (delivery.Conn, error) {
	c, err := d.Relay.Connect(ctx)
	if err != nil {
		return nil, failure(err)
	}
	return conn{c}, nil
}

type conn struct{ *relay.Conn }

func (c conn) Send(ctx context.Context, from string, to message.Address, raw []byte, attempt func(context.Context) error) (string, error) {
	reply, err := c.Conn.Send(ctx, relay.Envelope{From: from, To: to}, raw, attempt)
	return reply, failure(err)
}

func failure(err error) error {
	var e *relay.Error
	if !errors.As(err, &e) {
		return err
	}
	f := &delivery.Failure{
		Code: e.Code, Status: e.Enhanced, Text: e.Error(), Temporary: e.Temporary, Relay: e.Connection, InDoubt: e.InDoubt,
		Path: e.Stage == relay.StageMail || e.Stage == relay.StageSign || e.Stage == relay.StageData,
	}
	switch {
	case e.Code == 0 || e.Connection:
	case e.Stage == relay.StageRcpt:
		f.Refused = delivery.RefusedRecipient
	case e.Stage == relay.StageContent:
		f.Refused = delivery.RefusedContent
	}
	return f
}

// run starts the loop; the function that it returns stops it and waits.
func (o *office) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- o.sender.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				o.t.Errorf("Run: %v", err)
			}
		})
	}
	o.t.Cleanup(stop)
	return stop
}

func (o *office) settle() {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := o.sender.WaitIdle(ctx); err != nil {
		o.t.Fatalf("settle: %v", err)
	}
}

// advance steps the clock through everything that falls due.
func (o *office) advance(until time.Time) {
	o.t.Helper()
	for {
		o.settle()
		next, any, err := o.store.Ledger().NextDue(context.Background())
		if err != nil {
			o.t.Fatal(err)
		}
		if !any || next.After(until) {
			o.clock.Set(until)
			o.settle()
			return
		}
		o.clock.Set(next)
	}
}

func (o *office) count() map[delivery.State]int {
	o.t.Helper()
	m, err := o.store.Mailings(context.Background())
	if err != nil {
		o.t.Fatal(err)
	}
	return m[0].Count
}

// arrived counts the mails by recipient.
func (o *office) arrived() map[string]int {
	got := map[string]int{}
	for _, d := range o.host.Mails() {
		got[string(d.To)]++
	}
	return got
}

func TestEachSubscriberGetsOneMail(t *testing.T) {
	o := newOffice(t, 25, nil)
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

func TestTemporaryFailuresAreRetriedAndPermanentOnesAreNot(t *testing.T) {
	var mu sync.Mutex
	tries := map[string]int{}
	o := newOffice(t, 6, func(h *localmail.Options) {
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

func TestTheRelaysTroubleIsNobodysFault(t *testing.T) {
	var refuse atomic.Int64
	refuse.Store(4)
	o := newOffice(t, 5, func(h *localmail.Options) {
		h.OnMail = func(string) error {
			if refuse.Add(-1) >= 0 {
				return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "shutting down"}
			}
			return nil
		}
	})
	o.run()
	o.settle() // on the same instant: nothing was put off
	if n := o.count()[delivery.Sent]; n != 5 {
		t.Errorf("states %v", o.count())
	}
	if n, err := o.store.Retried(t.Context()); err != nil || n != 0 {
		t.Errorf("%d deliveries have the relay's trouble counted against them (%v)", n, err)
	}
}

// A relay that hangs up on whom it refused, or has served for long enough, is no
// reason for the others to wait: the wait here would be longer than the test's.
func TestALineThatWasUsedIsReplacedAtOnce(t *testing.T) {
	var dropped sync.Map
	o := newOffice(t, 40, func(h *localmail.Options) {
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
	o.sender.Trouble = time.Hour
	o.run()
	o.settle()
	if c := o.count(); c[delivery.Sent] != 38 || c[delivery.Failed] != 2 {
		t.Errorf("states %v", c)
	}
}

func TestALostLineAfterTheContentIsDoubt(t *testing.T) {
	var drops atomic.Int64
	drops.Store(1)
	o := newOffice(t, 3, func(h *localmail.Options) {
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

func TestWhatAlwaysEndsInDoubtIsGivenUp(t *testing.T) {
	var tries atomic.Int64
	o := newOffice(t, 1, func(h *localmail.Options) {
		h.OnData = func(_, rcpt string) error { tries.Add(1); return localmail.ErrDrop }
	})
	o.run()
	o.advance(noon.Add(72 * time.Hour))
	if c := o.count(); c[delivery.Failed] != 1 || tries.Load() != 3 {
		t.Errorf("states %v after %d tries", c, tries.Load())
	}
}

func TestAMailingThatCannotBeRenderedLosesNobody(t *testing.T) {
	o := newOffice(t, 4, nil)
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

func TestStoppingReleasesWhatWasNotSentAndStartsAgain(t *testing.T) {
	var mu sync.Mutex
	reached := make(chan struct{})
	var n int
	o := newOffice(t, 60, func(h *localmail.Options) {
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
		t.Errorf("left behind: %v", c)
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

func TestARelayThatRefusesTheNullReturnPathGetsAKeyedOne(t *testing.T) {
	o := newOffice(t, 3, func(h *localmail.Options) {
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

func TestRetryAfterGrowsAndSpreads(t *testing.T) {
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

// failingLedger is a ledger from which nothing can be claimed once it is closed.
type failingLedger struct {
	delivery.Ledger
	failing atomic.Bool
	refused atomic.Int64
	notify  chan struct{} // of each refusal
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

// Where nothing can be claimed, that is not tried again with each mail that ends.
func TestAClaimThatFailsIsNotRepeatedAtOnce(t *testing.T) {
	const people = 600
	o := newOffice(t, people, nil)
	ledger := &failingLedger{Ledger: o.store.Ledger(), notify: make(chan struct{}, people)}
	wire := &failAfterRelay{ledger: ledger, after: people / 2}
	sender := delivery.NewSender(delivery.Options{
		Connections: 3, Drain: 5 * time.Second, Trouble: time.Second, Clock: o.clock, Log: slog.New(slog.DiscardHandler),
	}, ledger, o, wire)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	start := time.Now()
	go func() { done <- sender.Run(ctx) }()
	for range 2 { // with the first mails that end, and when none is left
		<-ledger.notify
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if most := 2 + int64(time.Since(start)/(500*time.Millisecond)); ledger.refused.Load() > most {
		t.Errorf("%d claims failed", ledger.refused.Load())
	}
	if n := wire.last.Load(); n < 10 {
		t.Errorf("only %d mails were under way when nothing could be claimed any more", n)
	}
}

// failAfterRelay takes everything, and closes the ledger after some.
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
