package delivery_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// quota makes a relay accept some mails and refuse the rest until it is lifted.
type quota struct {
	stage  string // mail, rcpt or data
	says   *smtp.SMTPError
	domain string // only mails to it are refused; "" for all
	also   []*quota

	mu       sync.Mutex
	left     int
	lifted   bool
	refusals int
}

func (q *quota) at(stage string) func(from, to string) error {
	return func(_, to string) error {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.domain != "" && !strings.HasSuffix(to, "@"+q.domain) {
			return nil
		}
		if stage != q.stage || q.lifted {
			return nil
		}
		if q.left <= 0 {
			q.refusals++
			return q.says
		}
		q.left--
		return nil
	}
}

func (q *quota) faults(o *localmail.Options) {
	at := func(stage, from, to string) error {
		for _, one := range append([]*quota{q}, q.also...) {
			if err := one.at(stage)(from, to); err != nil {
				return err
			}
		}
		return nil
	}
	o.OnMail = func(from string) error { return at("mail", from, "") }
	o.OnRcpt = func(from, to string) error { return at("rcpt", from, to) }
	o.OnData = func(from, to string) error { return at("data", from, to) }
}

func (q *quota) lift() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lifted = true
}

func (q *quota) refused() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.refusals
}

var operator = message.Address("admin@cites.example")

// newRefused returns a fixture with an operator and a relay with a quota.
func newRefused(t *testing.T, people []message.Address, q *quota) *fixture {
	t.Helper()
	o := newFixtureFor(t, people, nil, q.faults)
	service := newsroom.New(newsroom.Options{
		Operator: message.Mailbox{Address: operator}, Languages: []string{"fr"}, Location: time.UTC, Secret: token.Secret("no secret, but long enough for tests"),
	})
	o.store.Ledger().SetHandlers(service.HandleRefusal, service.MailingEnded, service.HandleRelayRefusal)
	return o
}

func refusal(code int, a, b, c int, text string) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{a, b, c}, Message: text}
}

// relayRefusals returns the refusals of our account and domains, as healthz reads them.
func (o *fixture) relayRefusals() (all []newsroom.RelayRefusal) {
	o.t.Helper()
	err := o.store.Read(context.Background(), func(v newsroom.View) (err error) {
		all, err = v.RelayRefusals()
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return all
}

// bounces counts the bounces recorded for all readers.
func (o *fixture) bounces() (n int) {
	o.t.Helper()
	err := o.store.Read(context.Background(), func(v newsroom.View) error {
		for id := range 17 {
			attempts, err := v.Attempts(audience.ID(id))
			if err != nil {
				return err
			}
			for _, a := range attempts {
				n += len(a.Classes)
			}
		}
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

// mailsByRecipient counts the mails that arrived.
func (o *fixture) mailsByRecipient() map[message.Address]int {
	by := map[message.Address]int{}
	for _, m := range o.host.Mails() {
		by[m.To]++
	}
	return by
}

func addresses(n int, domain func(i int) string) []message.Address {
	all := make([]message.Address, n)
	for i := range all {
		all[i] = message.Address(fmt.Sprintf("p%d@%s", i+1, domain(i)))
	}
	return all
}

func manyDomains(i int) string { return fmt.Sprintf("d%d.example", i) }

// A quota of our account that is used up in the middle of a mailing fails no delivery:
// sending pauses, the first mail that goes through notifies the operator, and once the
// quota is lifted every reader gets the issue exactly once.
func TestSender_AccountQuotaPausesSending(t *testing.T) {
	t.Parallel()
	const readers = 16
	for name, q := range map[string]*quota{
		"Google, after the content":    {stage: "data", left: 5, says: refusal(550, 5, 4, 5, "Daily user sending limit exceeded. For more information go to https://support.google.com/a/answer/166852")},
		"Google, at RCPT":              {stage: "rcpt", left: 5, says: refusal(550, 5, 4, 5, "Daily user sending limit exceeded.")},
		"Google, at MAIL":              {stage: "mail", left: 5, says: refusal(550, 5, 4, 5, "Daily user sending limit exceeded.")},
		"Microsoft, after the content": {stage: "data", left: 5, says: refusal(554, 5, 2, 0, "STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a permanent exception")},
		"Microsoft, at MAIL":           {stage: "mail", left: 5, says: refusal(550, 5, 7, 705, "Access denied, tenant has exceeded threshold")},
		"Amazon, temporary":            {stage: "data", left: 5, says: refusal(454, 4, 3, 0, "Throttling failure: Daily message quota exceeded.")},
		"Postfix, temporary, at RCPT":  {stage: "rcpt", left: 5, says: refusal(450, 4, 7, 1, "Error: too much mail from 192.0.2.7")},
		"from the first mail on":       {stage: "data", left: 0, says: refusal(550, 5, 4, 5, "Daily user sending limit exceeded.")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if testing.Short() && name != "Google, after the content" {
				t.Skip("not under -short")
			}
			accepted := q.left
			o := newRefused(t, addresses(readers, manyDomains), q)
			o.run()
			o.settle()
			if c := o.count(); c[delivery.Failed] != 0 || c[delivery.Sent] != accepted || c[delivery.Queued]+c[delivery.Deferred] != readers-accepted {
				t.Errorf("refused: %v", c)
			}
			if all := o.relayRefusals(); len(all) != 1 || all[0].Domain != "" || all[0].Code != q.says.Code || !all[0].Since.Equal(noon) {
				t.Errorf("refusals: %+v", all)
			}
			// One mail at a time is retried, with a growing backoff.
			before := q.refused()
			o.advance(noon.Add(4 * 24 * time.Hour))
			if c := o.count(); c[delivery.Failed] != 0 || c[delivery.Sent] != accepted {
				t.Errorf("four days later: %v", c)
			}
			if tries := q.refused() - before; tries < 24 || tries > 110 {
				t.Errorf("%d tries in four days", tries)
			}
			if m := o.mailing(); m != delivery.MailingSending {
				t.Errorf("the mailing is %s", m)
			}
			q.lift()
			first := len(o.host.Mails())
			o.advance(noon.Add(4*24*time.Hour + 2*time.Hour))
			by := o.mailsByRecipient()
			for to, n := range by {
				if n != 1 {
					t.Errorf("%s got %d mails", to, n)
				}
			}
			if len(by) != readers+1 || by[operator] != 1 {
				t.Errorf("%d people got something, the operator %d", len(by), by[operator])
			}
			if mails := o.host.Mails()[first:]; mails[0].To != operator && mails[1].To != operator {
				t.Errorf("the first mails that went through were to %s and %s", mails[0].To, mails[1].To)
			}
			if c := o.count(); c[delivery.Sent] != readers || o.mailing() != delivery.MailingSent {
				t.Errorf("at the end: %v, %s", c, o.mailing())
			}
			if all := o.relayRefusals(); len(all) != 0 {
				t.Errorf("still refused: %+v", all)
			}
			if n := o.bounces(); n != 0 {
				t.Errorf("%d bounces are counted", n)
			}
		})
	}
}

func (o *fixture) mailing() delivery.MailingState {
	o.t.Helper()
	m, err := o.store.Mailings(context.Background())
	if err != nil || len(m) != 1 {
		o.t.Fatal(m, err)
	}
	return m[0].State
}

// A refusal of us by one domain delays the mails to it and no others.
func TestSender_SenderRefusalDelaysOneDomainOnly(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("not under -short")
	}
	const readers = 16
	q := &quota{stage: "data", domain: "lune.example", says: refusal(554, 5, 7, 1, "Message refused: poor reputation of the sending network")}
	o := newRefused(t, addresses(readers, func(i int) string {
		if i%4 == 0 {
			return "lune.example"
		}
		return manyDomains(i)
	}), q)
	o.run()
	o.settle()
	if c := o.count(); c[delivery.Failed] != 0 || c[delivery.Sent] != readers*3/4 {
		t.Errorf("refused: %v", c)
	}
	if all := o.relayRefusals(); len(all) != 1 || all[0].Domain != "lune.example" {
		t.Errorf("refusals: %+v", all)
	}
	// Beyond the life of an issue: the mails that wait for this outlive it.
	o.advance(noon.Add(4 * 24 * time.Hour))
	if c := o.count(); c[delivery.Failed] != 0 || c[delivery.Sent] != readers*3/4 {
		t.Errorf("four days later: %v", c)
	}
	if by := o.mailsByRecipient(); by[operator] != 1 {
		t.Errorf("in four days the operator was notified %d times", by[operator])
	}
	q.lift()
	o.advance(noon.Add(4*24*time.Hour + 2*time.Hour))
	for to, n := range o.mailsByRecipient() {
		if n != 1 && to != operator {
			t.Errorf("%s got %d mails", to, n)
		}
	}
	if c := o.count(); c[delivery.Sent] != readers || o.mailing() != delivery.MailingSent || len(o.relayRefusals()) != 0 {
		t.Errorf("at the end: %v, %s", c, o.mailing())
	}
}

// The same refusal by five domains in a row counts as a refusal of our account.
func TestSender_FiveRefusingDomainsCountAsAccount(t *testing.T) {
	t.Parallel()
	q := &quota{stage: "data", says: refusal(554, 5, 7, 1, "Message refused: poor reputation of the sending network")}
	o := newRefused(t, addresses(16, manyDomains), q)
	o.run()
	o.settle()
	if all := o.relayRefusals(); len(all) == 0 || all[0].Domain != "" {
		t.Errorf("refusals: %+v", all)
	}
	if n := q.refused(); n < 5 || n > 5+3 { // three connections
		t.Errorf("%d mails were tried", n)
	}
	if c := o.count(); c[delivery.Failed] != 0 {
		t.Errorf("refused: %v", c)
	}
}

// After five days the mailing is paused, and the operator is notified when mail goes
// through again. Resumed, it goes to every reader who did not get it.
func TestSender_AccountRefusedForFiveDaysPausesMailing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("not under -short")
	}
	const readers = 16
	q := &quota{stage: "data", left: 5, says: refusal(550, 5, 4, 5, "Daily user sending limit exceeded.")}
	o := newRefused(t, addresses(readers, manyDomains), q)
	o.run()
	o.advance(noon.Add(5*24*time.Hour - time.Minute))
	if s := o.mailing(); s != delivery.MailingSending {
		t.Errorf("before five days the mailing is %s", s)
	}
	o.advance(noon.Add(5*24*time.Hour + time.Minute))
	if c := o.count(); o.mailing() != delivery.MailingPaused || c[delivery.Failed] != 0 || c[delivery.Queued]+c[delivery.Deferred] != readers-5 {
		t.Errorf("after five days: %s, %v", o.mailing(), c)
	}
	// Letters do not fail either, however long it takes.
	o.advance(noon.Add(2 * delivery.LetterLife))
	q.lift()
	o.advance(noon.Add(2*delivery.LetterLife + 2*time.Hour))
	if by := o.mailsByRecipient(); by[operator] != 2 || len(by) != 5+1 {
		t.Errorf("the operator got %d letters, %d people something", by[operator], len(by))
	}
	err := o.store.Write(t.Context(), func(v newsroom.View) (newsroom.Effects, error) {
		return newsroom.New(newsroom.Options{}).ResumeMailing(v, 1, o.clock.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	o.sender.Wake()
	o.advance(o.clock.Now().Add(time.Hour))
	if c := o.count(); c[delivery.Sent] != readers || o.mailing() != delivery.MailingSent {
		t.Errorf("resumed: %v, %s", c, o.mailing())
	}
	for to, n := range o.mailsByRecipient() {
		if n != 1 && to != operator {
			t.Errorf("%s got %d mails", to, n)
		}
	}
}

// A full mailbox fails its own delivery and delays nothing.
func TestSender_FullMailboxFailsOneDelivery(t *testing.T) {
	t.Parallel()
	q := &quota{stage: "rcpt", domain: "lune.example", says: refusal(552, 5, 2, 2, "<p1@lune.example>: user is over quota")}
	o := newRefused(t, addresses(8, func(i int) string {
		if i == 0 {
			return "lune.example"
		}
		return manyDomains(i)
	}), q)
	o.run()
	o.settle()
	if c := o.count(); c[delivery.Failed] != 1 || c[delivery.Sent] != 7 || o.mailing() != delivery.MailingSent || len(o.relayRefusals()) != 0 {
		t.Errorf("%v, %s, %+v", c, o.mailing(), o.relayRefusals())
	}
}

// Where one recipient is refused with a text that seems to concern our account, the other
// mails are tried in turn, and sent.
func TestSender_RefusedRecipientDoesNotBlockAccount(t *testing.T) {
	t.Parallel()
	for name, domain := range map[string]string{"a reader": "lune.example", "the operator": operator.Domain()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := &quota{stage: "rcpt", domain: domain, says: refusal(550, 5, 7, 1, "Service unavailable; Client host [192.0.2.7] blocked using a list")}
			people := append([]message.Address{"p0@lune.example"}, addresses(7, manyDomains)...)
			people = append(people, "p9@cites.example")
			o := newRefused(t, people, q)
			o.run()
			o.advance(noon.Add(2 * 24 * time.Hour))
			if c := o.count(); c[delivery.Failed] != 0 || c[delivery.Sent] != len(people)-1 {
				t.Errorf("two days later: %v", c)
			}
		})
	}
}
