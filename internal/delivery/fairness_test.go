package delivery_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// gatedRelay accepts every mail at once until it is gated, and then one mail for each
// token.
type gatedRelay struct {
	discardRelay
	gated   atomic.Bool
	after   int64 // it is gated from this mail on
	passed  atomic.Int64
	tokens  chan struct{}
	waiting chan string // the recipient of a mail that waits for a token
}

func (w *gatedRelay) Connect(context.Context) (delivery.Conn, error) { return w, nil }

func (w *gatedRelay) Send(ctx context.Context, _ string, to message.Address, _ []byte, attempt func(context.Context) error) (string, error) {
	if w.passed.Add(1) >= w.after {
		w.gated.Store(true)
	}
	if w.gated.Load() {
		w.waiting <- string(to)
		select {
		case <-w.tokens:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return "", attempt(ctx)
}

// letterClaims signals that a letter was claimed and queued for the workers: the sender
// claims and flushes in one goroutine, so the next flush comes after that.
type letterClaims struct {
	delivery.Ledger
	claimed bool
	letters chan struct{}
}

func (c *letterClaims) Claim(ctx context.Context, now time.Time, n int) ([]delivery.Job, error) {
	batch, err := c.Ledger.Claim(ctx, now, n)
	for _, p := range batch {
		if p.Class == delivery.ClassLetter {
			c.claimed = true
		}
	}
	return batch, err
}

func (c *letterClaims) Flush(ctx context.Context) error {
	if c.claimed {
		c.claimed = false
		c.letters <- struct{}{}
	}
	return c.Ledger.Flush(ctx)
}

// A letter that is queued in the middle of a large issue, when a fast relay has become
// slow, is sent next after the mails on the connections.
func TestSender_LetterOvertakesIssue(t *testing.T) {
	t.Parallel()
	const connections = 3
	people := 5000
	// At several places, so that at one of them as much as possible is claimed.
	places := []int{people / 10, people / 2, people * 6 / 10, people * 7 / 10}
	if testing.Short() {
		people, places = 500, []int{250}
	}
	for _, after := range places {
		t.Run(fmt.Sprintf("after %d mails", after), func(t *testing.T) {
			t.Parallel()
			o := newFixture(t, people, nil)
			w := &gatedRelay{after: int64(after), tokens: make(chan struct{}), waiting: make(chan string, people)}
			ledger := &letterClaims{Ledger: o.store.Ledger(), letters: make(chan struct{}, 1)}
			sender := delivery.NewSender(delivery.Options{
				Connections: connections, Drain: time.Millisecond, Backoff: time.Second, Clock: o.clock, Log: slog.New(slog.DiscardHandler),
			}, ledger, o, w)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- sender.Run(ctx) }()
			for range connections {
				<-w.waiting
			}
			err := o.store.Write(t.Context(), func(newsroom.View) (newsroom.Effects, error) {
				return newsroom.Effects{newsroom.QueueLetter{Letter: delivery.Letter{
					ID: 1, Kind: delivery.KindReceipt, To: message.Mailbox{Address: "letter@x.example"}, Created: noon,
				}}}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			sender.Wake()
			select {
			case <-ledger.letters:
			case <-time.After(time.Minute):
				t.Error("the letter is not claimed while the relay is slow")
			}
			for others := 0; ; others++ {
				w.tokens <- struct{}{}
				if <-w.waiting == "letter@x.example" {
					break
				}
				if others > connections {
					t.Errorf("%d others went before the letter", others)
					break
				}
			}
			cancel()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		})
	}
}

// interleaved returns readers of two domains in turn.
func interleaved(n int) (people []message.Address) {
	for i := range n {
		people = append(people, message.Address(fmt.Sprintf("p%d@slow.example", i)), message.Address(fmt.Sprintf("p%d@quick.example", i)))
	}
	return people
}

// perDomain counts the mails that arrived.
func (o *fixture) perDomain() map[string]int {
	got := map[string]int{}
	for to, n := range o.arrived() {
		_, domain, _ := strings.Cut(to, "@")
		got[domain] += n
	}
	return got
}

// The rate of one domain delays no other domain, and all its mails are sent at that rate.
func TestSender_DomainRateDelaysNoOtherDomain(t *testing.T) {
	t.Parallel()
	const each = 60
	o := newFixtureFor(t, interleaved(each), map[string]float64{"slow.example": 2}, nil)
	o.run()
	o.settle()
	if got := o.perDomain(); got["quick.example"] != each || got["slow.example"] < 1 || got["slow.example"] > 2 {
		t.Errorf("at once: %v", got)
	}
	o.advance(noon.Add(each/2*time.Second - 5*time.Second))
	if got := o.perDomain(); got["slow.example"] < each*8/10 || got["slow.example"] > each {
		t.Errorf("nearly a minute later: %v", got)
	}
	o.advance(noon.Add(2 * time.Minute))
	if got := o.perDomain(); got["slow.example"] != each {
		t.Errorf("at the end: %v", got)
	}
	if n, err := o.store.Retried(t.Context()); err != nil || n != 0 {
		t.Errorf("%d were retried, %v", n, err)
	}
}

// A domain with temporary refusals is tried less often, and delays no other domain.
func TestSender_RefusingDomainDelaysNoOtherDomain(t *testing.T) {
	t.Parallel()
	const each = 80
	var refuses atomic.Bool
	var asked atomic.Int64
	refuses.Store(true)
	o := newFixtureFor(t, interleaved(each), nil, func(h *localmail.Options) {
		h.OnRcpt = func(_, rcpt string) error {
			if strings.HasSuffix(rcpt, "@slow.example") {
				asked.Add(1)
				if refuses.Load() {
					return errSlowDown
				}
			}
			return nil
		}
	})
	o.run()
	o.settle()
	if got := o.perDomain(); got["quick.example"] != each || got["slow.example"] != 0 {
		t.Errorf("at once: %v", got)
	}
	// Three refusals in a row, and the mails on the other connections meanwhile.
	if n := asked.Load(); n > 10 {
		t.Errorf("the refusing domain was tried %d times at once", n)
	}
	o.advance(noon.Add(10 * time.Second))
	if n := asked.Load(); n > 100 {
		t.Errorf("it was tried %d times within ten seconds", n)
	}
	refuses.Store(false)
	o.advance(noon.Add(12 * time.Hour))
	if got := o.perDomain(); got["slow.example"] != each {
		t.Errorf("at the end: %v", got)
	}
}
