package main

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/localmail"
)

// A relay that comes back after the event has begun delivers no reminder of it.
func TestReminders_ExpireWhenTheEventBegins(t *testing.T) {
	var down atomic.Bool
	p := newPlay(t, "2018-03-14T08:00:00+01:00", func(o *demo.Options) {
		o.Faults = func(h *localmail.Options) {
			h.OnMail = func(from string) error {
				if down.Load() && strings.Contains(from, "+b") {
					return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "later"}
				}
				return nil
			}
		}
	})
	p.people(nadia + ",Nadia,Rouen,fr,contact;membre")
	p.write(nadia, "Un forum", "Le forum aura lieu le 22 mars 2018 à 14h30 à Rouen.")
	p.answer(elise, p.last(elise, delivery.KindRequest), "gmail", "oui")
	p.until("2018-03-20T12:00:00+01:00")
	if n := len(p.got(nadia, delivery.KindReminder)); n != 1 {
		t.Fatalf("%d reminders a week before:%s", n, p.summary())
	}
	down.Store(true)
	p.Clock.Set(time.Date(2018, 3, 21, 7, 0, 0, 0, time.UTC)) // 08:00 in Paris: the reminder is due, and the relay refuses
	waitUntil(t, func() bool {
		m, err := p.daemon.store.Mailings(p.ctx)
		return err == nil && len(m) == 2
	})
	p.Clock.Set(time.Date(2018, 3, 22, 14, 0, 0, 0, time.UTC)) // it has begun
	down.Store(false)
	p.settle()
	if n := len(p.got(nadia, delivery.KindReminder)); n != 1 {
		t.Errorf("a reminder was delivered after the event had begun:%s", p.summary())
	}
}

// waitUntil waits, in real time, for what another goroutine does.
func waitUntil(t *testing.T, done func() bool) {
	t.Helper()
	for range 3000 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it did not happen")
}

// A relay that refuses the return path loses nobody the issue.
func TestSending_RefusedReturnPathIsRetried(t *testing.T) {
	var refuses atomic.Bool
	refuses.Store(true)
	p := newPlay(t, "2018-02-09T08:00:00+01:00", func(o *demo.Options) {
		o.Faults = func(h *localmail.Options) {
			h.OnMail = func(from string) error {
				if refuses.Load() && strings.Contains(from, "+b") {
					return &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "not owned by user"}
				}
				return nil
			}
		}
	})
	p.people(nadia + ",Nadia,Rouen,fr,contact;membre")
	p.write(nadia, "Une nouvelle", "Un texte assez court.")
	p.answer(elise, p.last(elise, delivery.KindRequest), "gmail", "oui")
	p.until("2018-02-12T10:00:00+01:00")
	p.answer(elise, p.last(elise, delivery.KindProof), "gmail", "bon à tirer")
	p.until("2018-02-16T10:00:00+01:00")
	refuses.Store(false)
	p.until("2018-02-17T10:00:00+01:00")
	if n := len(p.got(nadia, delivery.KindIssue)); n != 1 {
		t.Errorf("the issue arrived %d times", n)
	}
}

// Nobody can write the place of the unsubscribing link into a text.
func TestIssue_UnsubscribePlaceholderInATextIsInert(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	p.people(nadia+",Nadia,Rouen,fr,contact;membre", "pat@partner.example,Pat,,en,partenaire")
	p.write(nadia, "Une nouvelle", "Voir https://evil.example/?x=https://unsubscribe.invalid/ et {{.Unsubscribe}} et %%unsubscribe%%.")
	p.answer(elise, p.last(elise, delivery.KindRequest), "gmail", "oui")
	p.until("2018-02-12T10:00:00+01:00")
	p.answer(elise, p.last(elise, delivery.KindProof), "gmail", "bon à tirer")
	p.until("2018-02-17T10:00:00+01:00")
	issue := p.last("pat@partner.example", delivery.KindIssue)
	if !strings.Contains(issue.Text, "evil.example/?x=https://unsubscribe.invalid/") || strings.Count(issue.Text, "/u/u") != 1 {
		t.Errorf("the link of a reader stands in a contributor's text:\n%s", issue.Text)
	}
}

// Two items tell of one event: it is printed and reminded of once, and stays
// when one of the two is withdrawn.
func TestAgenda_EventOfTwoItemsIsListedOnce(t *testing.T) {
	p := newPlay(t, "2018-02-01T08:00:00+01:00", nil)
	p.people(nadia + ",Nadia,Rouen,fr,contact;membre")
	p.write(nadia, "Agenda", "22 mars\nForum des métiers de la mer, Rouen")
	p.write(nadia, "Le forum des métiers de la mer", "Le forum des métiers de la mer aura lieu le 22 mars à Rouen.")
	for id := item.ID(1); id <= 2; id++ {
		p.order(id, editorial.Approve)
	}
	_, content, err := p.daemon.content(p.ctx, 1)
	if err != nil || len(content.External) != 1 {
		t.Fatalf("the agenda has %+v, %v", content.External, err)
	}
	p.order(1, editorial.Withdraw)
	if _, content, err = p.daemon.content(p.ctx, 1); err != nil || len(content.External) != 1 {
		t.Errorf("once one of its items was withdrawn, the agenda has %+v, %v", content.External, err)
	}
	p.until("2018-03-15T09:00:00+01:00")
	if n := len(p.got(nadia, delivery.KindReminder)); n != 1 {
		t.Errorf("%d reminders a week before", n)
	}
	// Deferred and approved again, it is not announced again.
	p.order(2, editorial.Defer)
	p.order(2, editorial.Approve)
	p.until("2018-03-20T09:00:00+01:00")
	if n := len(p.got(nadia, delivery.KindReminder)); n != 1 {
		t.Errorf("%d reminders after a second approval", n)
	}
	p.until("2018-03-22T09:00:00+01:00")
	if n := len(p.got(nadia, delivery.KindReminder)); n != 2 {
		t.Errorf("%d reminders in all, want two", n)
	}
}

// A receipt withdraws once, however often it is answered.
func TestWithdraw_ReceiptWithdrawsOnce(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	p.people(nadia + ",Nadia,Rouen,fr,contact;membre")
	p.write(nadia, "Une nouvelle", "Un texte assez court.")
	receipt := p.last(nadia, delivery.KindReceipt)
	p.order(1, editorial.Approve)
	p.until("2018-02-11T10:00:00+01:00") // the issue has closed
	for range 5 {
		p.answer(nadia, receipt, "gmail", "RETIRER")
		p.until(p.Clock.Now().Add(time.Minute).Format(time.RFC3339))
	}
	if n := len(p.got(elise, delivery.KindNotice)); n != 1 {
		t.Errorf("an editor was told %d times", n)
	}
	if n := len(p.got(nadia, delivery.KindOutcome)); n != 2 {
		t.Errorf("the contributor got %d outcomes, want that of the approval and one answer", n)
	}
	items, err := p.daemon.store.Items(p.ctx)
	if err != nil || items[0].State != item.Approved {
		t.Errorf("after closing, the item is %s, %v", items[0].State, err)
	}
}

// News whose subject or fields look automatic is held for a person to see, not
// lost; and it is not answered.
func TestIntake_AutomaticLookingNewsIsHeld(t *testing.T) {
	p := newPlay(t, "2018-02-01T08:00:00+01:00", nil)
	p.people(nadia + ",Nadia,Rouen,fr,contact;membre")
	p.write(nadia, "Absence : que faire ?", "Un atelier sur l'absentéisme.")
	p.send(nadia, demo.NewsletterAddress, "From: "+nadia+"\nTo: "+demo.NewsletterAddress+"\nSubject: Un camion\nFeedback-ID: a:b:c:ses\n\nIl roule.", true)
	p.write(nadia, "Challenge inter-entreprises à Marseille", "Inscrivez vos équipes.")
	items, err := p.daemon.store.Items(p.ctx)
	if err != nil || len(items) != 3 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	for i, want := range []item.State{item.Held, item.Held, item.Pending} {
		if items[i].State != want {
			t.Errorf("%q is %s, want %s", items[i].Current.Title, items[i].State, want)
		}
	}
	if n := len(p.got(nadia, delivery.KindReceipt)); n != 1 {
		t.Errorf("%d receipts, want one for the third", n)
	}
}

// An issue that changes at its sending hour gets a new proof and a new request.
func TestProof_VoidedAtSendingHourIsRequestedAgain(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	p.people(nadia + ",Nadia,Rouen,fr,contact;membre")
	p.write(nadia, "Une nouvelle", "Un texte assez court.")
	p.write(nadia, "Une autre nouvelle", "Un texte plus long que le premier.")
	p.order(1, editorial.Approve)
	p.order(2, editorial.Approve)
	p.until("2018-02-12T10:00:00+01:00")
	p.until("2018-02-16T08:59:00+01:00")
	p.answer(elise, p.last(elise, delivery.KindProof), "gmail", "bon à tirer")
	p.until("2018-02-16T09:00:00+01:00")
	if n := len(p.got(nadia, delivery.KindIssue)); n != 1 {
		t.Fatalf("signed a minute before, the issue arrived %d times", n)
	}
	// And unsigned: withdrawn from after the hour, the new proof is reminded of.
	q := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	q.people(nadia + ",Nadia,Rouen,fr,contact;membre")
	q.write(nadia, "Une nouvelle", "Un texte assez court.")
	q.write(nadia, "Une autre nouvelle", "Un texte plus long que le premier.")
	q.order(1, editorial.Approve)
	q.order(2, editorial.Approve)
	q.until("2018-02-16T10:00:00+01:00")
	q.order(1, editorial.Withdraw)
	before := len(q.got(elise, delivery.KindProof))
	q.until("2018-02-18T12:00:00+01:00")
	if after := len(q.got(elise, delivery.KindProof)); after <= before {
		t.Errorf("nobody was reminded of the new proof: %d, then %d", before, after)
	}
	q.answer(elise, q.last(elise, delivery.KindProof), "gmail", "bon à tirer")
	if n := len(q.got(nadia, delivery.KindIssue)); n != 1 {
		t.Errorf("signed late, the issue arrived %d times:%s", n, q.summary())
	}
}
