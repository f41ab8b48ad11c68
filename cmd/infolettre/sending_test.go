package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// rcpts counts how often each recipient is offered to the relay, and answers as
// the test says.
type rcpts struct {
	mu     sync.Mutex
	count  map[string]int
	answer func(rcpt string, n int) error // n counts from 1
}

func (r *rcpts) faults(o *localmail.Options) {
	r.count = map[string]int{}
	o.OnRcpt = func(from, rcpt string) error {
		if !strings.HasPrefix(from, demo.NewsletterAddress[:strings.Index(demo.NewsletterAddress, "@")]+"+b") {
			return nil // not a delivery
		}
		r.mu.Lock()
		r.count[rcpt]++
		n := r.count[rcpt]
		r.mu.Unlock()
		return r.answer(rcpt, n)
	}
}

func (r *rcpts) offered(rcpt string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count[rcpt]
}

var (
	errGreylisted = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted, try again later"}
	errNoSuchUser = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user here"}
)

// signed brings an issue of one item to the eve of its sending.
func (p *play) signed() {
	p.t.Helper()
	p.offer("Un forum")
	p.order(1, editorial.Approve)
	p.until("2018-02-12T09:30:00+01:00")
	p.answer(solene, p.last(solene, delivery.KindProof), "gmail", "Bon à tirer")
	if s := p.issue(1).State; s != issue.Signed {
		p.t.Fatalf("the issue is %s:%s", s, p.summary())
	}
}

// counted is how the deliveries of the one mailing stand.
func (p *play) counted() map[delivery.State]int {
	p.t.Helper()
	mailings, err := p.daemon.store.Mailings(p.ctx)
	if err != nil || len(mailings) != 1 {
		p.t.Fatalf("%d mailings, %v", len(mailings), err)
	}
	return mailings[0].Count
}

func same[K comparable](got, want map[K]int) bool {
	for k, n := range got {
		if n != 0 && want[k] != n {
			return false
		}
	}
	for k, n := range want {
		if got[k] != n {
			return false
		}
	}
	return true
}

// A server that refuses for now is tried again, with growing pauses, and no
// longer than three days; one that refuses for good is not. Nobody waits for
// them.
func TestSending_OnlyTemporaryRefusalsAreRetried(t *testing.T) {
	r := &rcpts{answer: func(rcpt string, n int) error {
		switch {
		case strings.HasPrefix(rcpt, "grey@") && n <= 2, strings.HasPrefix(rcpt, "full@"):
			return errGreylisted
		case strings.HasPrefix(rcpt, "gone@"):
			return errNoSuchUser
		}
		return nil
	}}
	p := newPlay(t, "2018-02-09T08:00:00+01:00", func(o *demo.Options) { o.Faults = r.faults })
	p.people(nadia+",Nadia Berthier,,fr,contact;membre", "grey@slow.example,Grey,,en,membre",
		"gone@left.example,Gone,,fr,membre", "full@disk.example,Full,,fr,membre", "two@both.example,Two,,,membre;partenaire")
	p.signed()
	p.until("2018-02-16T09:00:00+01:00")
	if got, want := p.counted(), (map[delivery.State]int{delivery.Sent: 2, delivery.Deferred: 2, delivery.Failed: 1}); !same(got, want) {
		t.Errorf("at the hour: %v, want %v", got, want)
	}
	if n := len(p.got("two@both.example", delivery.KindIssue)); n != 1 {
		t.Errorf("a person in two segments got %d", n)
	}
	p.until("2018-02-16T10:00:00+01:00")
	if got, want := p.counted(), (map[delivery.State]int{delivery.Sent: 3, delivery.Deferred: 1, delivery.Failed: 1}); !same(got, want) {
		t.Errorf("an hour later: %v, want %v", got, want)
	}
	if r.offered("grey@slow.example") != 3 || len(p.got("grey@slow.example", delivery.KindIssue)) != 1 {
		t.Errorf("the greylisted one was tried %d times", r.offered("grey@slow.example"))
	}
	if s := p.issue(1).State; s != issue.Sending {
		t.Errorf("with one delivery open, the issue is %s", s)
	}
	p.until("2018-02-20T10:00:00+01:00")
	if got, want := p.counted(), (map[delivery.State]int{delivery.Sent: 3, delivery.Failed: 2}); !same(got, want) {
		t.Errorf("in the end: %v, want %v", got, want)
	}
	if n := r.offered("full@disk.example"); n < 8 || n > 30 {
		t.Errorf("who refused for three days was tried %d times", n)
	}
	if n := r.offered("gone@left.example"); n != 1 {
		t.Errorf("who is not there was tried %d times", n)
	}
	if s := p.issue(1).State; s != issue.Sent {
		t.Errorf("with every delivery settled, the issue is %s", s)
	}
}

// Who has left gets no mailing: none is queued for them, and what was queued
// before is not sent.
func TestUnsubscribe_StopsQueuedMail(t *testing.T) {
	var leave func(who string)
	r := &rcpts{answer: func(rcpt string, n int) error {
		switch {
		case strings.HasPrefix(rcpt, "late@") && n == 1:
			return errGreylisted
		case strings.HasPrefix(rcpt, "justnow@"):
			leave(rcpt)
		}
		return nil
	}}
	p := newPlay(t, "2018-02-09T08:00:00+01:00", func(o *demo.Options) { o.Faults = r.faults })
	p.people(nadia+",Nadia Berthier,,fr,contact;membre", "late@slow.example,Late,,fr,membre", "early@left.example,Early,,fr,membre",
		"justnow@left.example,Just Now,,fr,membre", "zoe@stays.example,Zoé,,fr,membre")
	p.signed()
	people, err := p.daemon.store.People(p.ctx)
	if err != nil {
		t.Fatal(err)
	}
	link := map[string]string{}
	for _, who := range people {
		link[string(who.Address)] = p.daemon.render.UnsubscribeLink(who)
	}
	leave = func(who string) {
		req, _ := http.NewRequest("POST", link[who], strings.NewReader("List-Unsubscribe=One-Click"))
		req.Close = true
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Error(err)
			return
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("the page answers %s", answer.Status)
		}
	}
	leave("early@left.example")
	p.until("2018-02-16T09:00:00+01:00")
	// Early left before the mailing was created, Just Now before the relay was given
	// the mail.
	if got, want := p.counted(), (map[delivery.State]int{delivery.Sent: 2, delivery.Deferred: 1, delivery.Suppressed: 1}); !same(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	leave("late@slow.example")
	p.until("2018-02-16T11:00:00+01:00")
	if got, want := p.counted(), (map[delivery.State]int{delivery.Sent: 2, delivery.Suppressed: 2}); !same(got, want) {
		t.Errorf("%v, want %v: what was queued before is not sent", got, want)
	}
	if r.offered("late@slow.example") != 1 || r.offered("early@left.example") != 0 || p.issue(1).State != issue.Sent {
		t.Errorf("the one who left was offered again, or the issue does not end: it is %s", p.issue(1).State)
	}
	// Brought in again by an import, they stay away.
	p.people("late@slow.example,Late,,fr,membre")
	p.until("2018-02-17T11:00:00+01:00")
	if r.offered("late@slow.example") != 1 {
		t.Errorf("an import undid the leaving")
	}
}

// A subscriber's mail program leaves by the address in List-Unsubscribe too.
func TestUnsubscribe_WorksByMail(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	p.people(nadia+",Nadia Berthier,,fr,contact;membre", "pat@partner.example,Pat,,en,partenaire")
	p.signed()
	p.until("2018-02-16T09:00:00+01:00")
	field := p.last("pat@partner.example", delivery.KindIssue).Header.Get("List-Unsubscribe")
	_, address, ok := strings.Cut(field, "<mailto:")
	address, _, _ = strings.Cut(address, "?")
	if !ok {
		t.Fatalf("no address in %s", field)
	}
	sent := p.mailed("pat@partner.example")
	p.send("pat@partner.example", strings.Replace(address, "+u2-", "+u1-", 1), "From: pat@partner.example\nTo: x@y.example\nSubject: unsubscribe\n\n", true)
	p.send("pat@partner.example", address, "From: pat@partner.example\nTo: "+address+"\nSubject: unsubscribe\n\n", true)
	people, err := p.daemon.store.People(p.ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range people {
		if left := !who.Unsubscribed.IsZero(); left != (who.Address == "pat@partner.example") {
			t.Errorf("%s left: %t", who.Address, left)
		}
	}
	if p.mailed("pat@partner.example") != sent {
		t.Errorf("who leaves is written to:%s", p.summary())
	}
}

// The operator cancels an issue while a mail of it is under way: it may end, but
// it is not tried again.
func TestCancelMailing_MailInProgressIsNotRetried(t *testing.T) {
	reached, release := make(chan struct{}), make(chan struct{})
	r := &rcpts{answer: func(rcpt string, n int) error {
		if strings.HasPrefix(rcpt, "slow@") && n == 1 {
			close(reached)
			<-release
			return errGreylisted
		}
		return nil
	}}
	p := newPlay(t, "2018-02-09T08:00:00+01:00", func(o *demo.Options) { o.Faults = r.faults })
	p.people(nadia+",Nadia Berthier,,fr,contact;membre", "slow@tarpit.example,Slow,,fr,membre")
	p.signed()
	p.Clock.Set(p.issue(1).Sends)
	<-reached
	err := p.daemon.store.Write(p.ctx, func(v newsroom.View) (newsroom.Effects, error) {
		return p.daemon.service.Cancel(v, 1, p.Clock.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	close(release)
	p.until("2018-02-16T12:00:00+01:00")
	if n := r.offered("slow@tarpit.example"); n != 1 {
		t.Errorf("after the issue was cancelled its mail was offered %d times more", n-1)
	}
	if s := p.issue(1).State; s != issue.Cancelled {
		t.Errorf("the issue is %s", s)
	}
}

// A reader with an accent before the @ is written to where the relay takes it.
func TestSending_ReachesAddressesBeyondASCII(t *testing.T) {
	const reader = "zoé@stays.example"
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	p.people(nadia+",Nadia Berthier,,fr,contact;membre", reader+",Zoé Marchal,,fr,membre")
	p.signed()
	p.until("2018-02-16T10:00:00+01:00")
	if got, want := p.counted(), (map[delivery.State]int{delivery.Sent: 2}); !same(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if m := p.last(reader, delivery.KindIssue); len(m.Recipients) != 1 || m.Recipients[0] != reader {
		t.Errorf("written to %v", m.Recipients)
	}
}

// The same mail, delivered twice, is one contribution, also when it has no
// Message-ID; another mail under the same Message-ID is another.
func TestIntake_DuplicateMailIsOneContribution(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	contributor(p)
	const head = "From: " + nadia + "\nTo: " + demo.NewsletterAddress + "\nDate: Thu, 25 Jan 2018 07:59:00 +0100\n"
	const text = "\n\nLa Cité des métiers de Rouen a du nouveau.\n"
	steps := []struct {
		name, raw string
		items     int
	}{
		{"a mail", head + "Message-ID: <one@rouen.example>\nSubject: Un forum" + text, 1},
		{"the same again", head + "Message-ID: <one@rouen.example>\nSubject: Un forum" + text, 1},
		{"one without Message-ID", head + "Subject: Une bourse" + text, 2},
		{"the same again", head + "Subject: Une bourse" + text, 2},
		{"another without Message-ID", head + "Subject: Un salon" + text, 3},
		{"another with the first one's Message-ID", head + "Message-ID: <one@rouen.example>\nSubject: Un train" + text, 4},
	}
	for _, s := range steps {
		if err := p.Post(message.Address(nadia), demo.NewsletterAddress, []byte(s.raw), true); err != nil {
			t.Fatal(err)
		}
		p.settle()
		items, err := p.daemon.store.Items(p.ctx)
		if err != nil || len(items) != s.items {
			t.Errorf("%s: %d items, want %d (%v)", s.name, len(items), s.items, err)
		}
		if n := len(p.got(nadia, delivery.KindReceipt)); n != s.items {
			t.Errorf("%s: %d receipts, want %d", s.name, n, s.items)
		}
	}
	if n := p.folder("InfoLettre/Done"); n != len(steps) {
		t.Errorf("%d mails are filed as done, want %d", n, len(steps))
	}
}
