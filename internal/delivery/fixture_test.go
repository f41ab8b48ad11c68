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

// fixture is a sender with a real store, a real relay client, a real SMTP server and a
// stepped clock.
type fixture struct {
	t           *testing.T
	store       *sqlite.Store
	host        *localmail.Server
	clock       *schedule.Stepped
	sender      *delivery.Sender
	prints      atomic.Int64
	renderFails atomic.Bool // Print returns an error
	from        string      // the return path
}

func (o *fixture) ReturnPath(delivery.Job) string { return "infolettre+own@cites.example" }

func newFixture(t *testing.T, people int, faults func(*localmail.Options)) *fixture {
	t.Helper()
	addresses := make([]message.Address, people)
	for i := range addresses {
		addresses[i] = message.Address(fmt.Sprintf("p%d@x.example", i+1))
	}
	return newFixtureFor(t, addresses, nil, faults)
}

// newFixtureFor is newFixture with other readers, and rates for their domains.
func newFixtureFor(t *testing.T, people []message.Address, rates map[string]float64, faults func(*localmail.Options)) *fixture {
	t.Helper()
	o := &fixture{t: t, from: "infolettre@cites.example", clock: schedule.NewStepped(noon)}
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
		Connections: 3, PerDomain: rates, Drain: 5 * time.Second, Backoff: 5 * time.Millisecond, Clock: o.clock, Log: log,
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

// RenderJob writes a mail that names its delivery.
func (o *fixture) RenderJob(_ context.Context, p delivery.Job, _ []byte) (string, []byte, error) {
	o.prints.Add(1)
	if p.Letter != nil && p.Letter.Topic == tooLarge {
		return "", nil, fmt.Errorf("%w: 40000000 octets", delivery.ErrTooLarge)
	}
	if o.renderFails.Load() {
		return "", nil, errors.New("no template")
	}
	return o.from, []byte(fmt.Sprintf("From: infolettre@cites.example\r\nMessage-ID: <d%d@cites.example>\r\nSubject: x\r\n\r\nx\r\n", p.ID)), nil
}

// dialer adapts the relay package as the command does.
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

// run starts the sender; the returned function stops it and waits.
func (o *fixture) run() (stop func()) {
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

// settle waits until every due job was tried.
func (o *fixture) settle() {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := o.sender.WaitIdle(ctx); err != nil {
		o.t.Fatalf("settle: %v", err)
	}
}

// advance steps the clock through everything that falls due.
func (o *fixture) advance(until time.Time) {
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

func (o *fixture) count() map[delivery.State]int {
	o.t.Helper()
	m, err := o.store.Mailings(context.Background())
	if err != nil {
		o.t.Fatal(err)
	}
	return m[0].Count
}

// arrived counts the mails that arrived, by recipient.
func (o *fixture) arrived() map[string]int {
	got := map[string]int{}
	for _, d := range o.host.Mails() {
		got[string(d.To)]++
	}
	return got
}
