package delivery_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/relay"
)

// restart stops the sender and starts another, which knows only the store.
func (o *fixture) restart(stop func()) func() {
	o.t.Helper()
	stop()
	if _, err := o.store.Ledger().Recover(o.t.Context(), o.clock.Now()); err != nil {
		o.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	out, err := relay.New(relay.Options{URL: &url.URL{Scheme: "smtp", Host: o.host.SMTPAddr()}, Log: log})
	if err != nil {
		o.t.Fatal(err)
	}
	o.sender = delivery.NewSender(delivery.Options{Connections: 3, Drain: 5 * time.Second, Backoff: 5 * time.Millisecond, Clock: o.clock, Log: log}, o.store.Ledger(), o, dialer{out})
	return o.run()
}

// Our account, a domain or both refuse us, while the sender restarts, the mailing is paused
// and resumed, and the quota lets a mail through: each reader gets the issue exactly once,
// each letter arrives, and the number of tries is bounded.
func TestSender_RefusalsWithRestartsAndPausesLoseNobody(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("not under -short")
	}
	const readers = 16
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 1))
			stage := []string{"mail", "rcpt", "data"}[rng.IntN(3)]
			account := &quota{stage: stage, left: rng.IntN(4), says: refusal(550, 5, 4, 5, "Daily user sending limit exceeded.")}
			domain := &quota{stage: "data", domain: "lune.example", says: refusal(554, 5, 7, 1, "Message refused: poor reputation of the sending network")}
			o := newRefusedBy(t, addresses(readers, func(i int) string {
				if i%4 == 0 {
					return "lune.example"
				}
				return manyDomains(i)
			}), account, domain)
			stop := o.run()
			service := newsroom.New(newsroom.Options{})
			letters, paused := 0, false
			do := func(f func(v newsroom.View) (newsroom.Effects, error)) {
				t.Helper()
				if err := o.store.Write(t.Context(), f); err != nil {
					t.Fatal(err)
				}
			}
			resume := func() {
				if paused {
					do(func(v newsroom.View) (newsroom.Effects, error) { return service.ResumeMailing(v, 1, o.clock.Now()) })
				}
				paused = false
			}
			for range 24 {
				switch rng.IntN(6) {
				case 0:
					stop = o.restart(stop)
				case 1:
					account.mu.Lock()
					account.left = rng.IntN(3)
					account.mu.Unlock()
				case 2:
					domain.mu.Lock()
					domain.lifted = !domain.lifted
					domain.mu.Unlock()
				case 3:
					resume()
				case 4:
					if !paused && o.mailing() == delivery.MailingSending {
						do(func(v newsroom.View) (newsroom.Effects, error) { return service.PauseMailing(v, 1, o.clock.Now()) })
						paused = true
					}
				case 5:
					letters++
					to := message.Mailbox{Address: message.Address(fmt.Sprintf("l%d@%s", letters, []string{"lune.example", "soleil.example"}[rng.IntN(2)]))}
					do(func(v newsroom.View) (newsroom.Effects, error) {
						return newsroom.New(newsroom.Options{Languages: []string{"fr"}, Location: time.UTC}).QueueLetter(v, delivery.Letter{Kind: delivery.KindNotice, Topic: "note", To: to, Language: "fr", Created: o.clock.Now()})
					})
				}
				o.advance(o.clock.Now().Add(time.Duration(rng.IntN(180)) * time.Minute))
			}
			if n := account.refused() + domain.refused(); n > 24*3*8 {
				t.Errorf("%d refusals", n)
			}
			account.lift()
			domain.lift()
			resume()
			o.restart(stop)
			o.advance(o.clock.Now().Add(8 * time.Hour))
			by := o.mailsByRecipient()
			delete(by, operator)
			for to, n := range by {
				if n != 1 {
					t.Errorf("%s got %d mails", to, n)
				}
			}
			if len(by) != readers+letters || o.mailing() != delivery.MailingSent || len(o.relayRefusals()) != 0 || o.bounces() != 0 {
				t.Errorf("%d of %d got a mail; %v, %s, refused by %+v", len(by), readers+letters, o.count(), o.mailing(), o.relayRefusals())
			}
		})
	}
}

// newRefusedBy is newRefused with a relay that has several quotas.
func newRefusedBy(t *testing.T, people []message.Address, quotas ...*quota) *fixture {
	t.Helper()
	return newRefused(t, people, &quota{also: quotas, lifted: true})
}
