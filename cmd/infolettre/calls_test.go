package main

import (
	"strings"
	"testing"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
)

const (
	ines  = "ines@cite-porto.example"
	joris = "joris@cite-rouen.example"
	gilda = "gilda@cite-milan.example"
)

// callPeople are two contacts of Rouen, one of Porto, one of Milan who has left
// the lists, one of no centre, and a member who is no contact.
func callPeople(p *play) {
	p.people(nadia+",Nadia Berthier,Cité des métiers de Rouen,fr,contact;membre", joris+",Joris,cité des métiers  de Rouen,fr,contact",
		ines+",Inês Quintela,Cité de Porto,en,contact;membre", gilda+",Gilda,Cité de Milan,fr,contact;membre",
		"solo@travail.example,Solo,,fr,contact", "pat@partner.example,Pat,Cité de Lyon,en,membre")
	p.daemon.store.Write(p.ctx, func(v newsroom.View) (newsroom.Effects, error) {
		who, _, err := v.Person(gilda)
		return newsroom.Effects{newsroom.Unsubscribe{Subscriber: who.ID, At: p.Clock.Now(), How: "test"}}, err
	})
}

// The contacts of centres that have sent nothing are called, three weeks and one
// week before the closing; the editors see who has contributed.
func TestCalls_GoToCentresThatSentNothing(t *testing.T) {
	p := newPlay(t, "2018-01-15T08:00:00+01:00", nil)
	callPeople(p)
	p.offer("Un forum")
	p.until("2018-01-20T17:59:00+01:00")
	calls := func(who string, n int) {
		t.Helper()
		if got := p.got(who, delivery.KindCall); len(got) != n {
			t.Errorf("%s was called %d times, want %d:%s", who, len(got), n, p.summary())
		}
	}
	calls(ines, 0)
	p.until("2018-01-20T18:01:00+01:00")
	for who, n := range map[string]int{ines: 1, "solo@travail.example": 1, nadia: 0, joris: 0, gilda: 0, "pat@partner.example": 0, elise: 0} {
		calls(who, n)
	}
	call := p.last(ines, delivery.KindCall)
	if !strings.Contains(singleLine(call.Text), "from your centre (Cité de Porto)") || !strings.Contains(singleLine(call.Text), "closes on Saturday 10 February 2018 at 18:00") ||
		len(call.ReplyTo) > 0 || !strings.Contains(call.Header.Get("Return-Path"), "+q") {
		t.Errorf("the call, %v %s:\n%s", call.ReplyTo, call.Header.Get("Return-Path"), call.Text)
	}
	coverage := p.last(elise, delivery.KindNotice)
	if text := singleLine(coverage.Text); !strings.Contains(text, "- Cité des métiers de Rouen (1)") || !strings.Contains(text, "- Cité de Porto") || strings.Contains(text, "Milan") ||
		!strings.Contains(text, "envoyés aujourd’hui : 2") {
		t.Errorf("the editors were told\n%s", coverage.Text)
	}

	// A reply to the call is a contribution, under a title of its own.
	p.answer(ines, call, "gmail", "A workshop on wheels\n\nOur workshop visits twelve villages this spring, and everybody may try a trade there.")
	it := p.current(2)
	if it.State != item.Pending || it.Current.Title != "A workshop on wheels" || strings.Contains(it.Current.Text, "A few lines will do") || it.Current.Centre != "Cité de Porto" {
		t.Errorf("%s %q of %q:\n%s", it.State, it.Current.Title, it.Current.Centre, it.Current.Text)
	}
	// What comes back to its return path is none.
	p.send("", strings.Trim(call.Header.Get("Return-Path"), "<>"), "From: postmaster@cite-porto.example\nTo: x@y.example\nSubject: Undelivered Mail Returned to Sender\n\nIt did not arrive.\n", false)
	p.until("2018-02-03T18:01:00+01:00")
	calls(ines, 1)
	calls("solo@travail.example", 2)
	if text := singleLine(p.last(marco, delivery.KindNotice).Text); !strings.Contains(text, "No centre is missing") || !strings.Contains(text, "sent today: 1") {
		t.Errorf("the editors were told\n%s", text)
	}
	if items, err := p.daemon.store.Items(p.ctx); err != nil || len(items) != 2 {
		t.Errorf("%d items, %v", len(items), err)
	}
	// For the next issue everybody is called again who has sent nothing since.
	p.until("2018-03-20T18:01:00+01:00")
	calls(ines, 2)
	calls(nadia, 1)
	calls(gilda, 0)
	if n := len(p.got(elise, delivery.KindNotice)); n < 3 {
		t.Errorf("%d notices:%s", n, p.summary())
	}
}

// A distance that has passed when the issue opens is left out; a rejected or
// withdrawn item is none.
func TestCalls_PassedOnesAreLeftOut(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	callPeople(p)
	p.offer("Un forum")
	p.order(1, "reject")
	p.until("2018-02-04T08:00:00+01:00")
	for who, n := range map[string]int{ines: 1, nadia: 1, joris: 1} {
		if got := len(p.got(who, delivery.KindCall)); got != n {
			t.Errorf("%s was called %d times, want %d:%s", who, got, n, p.summary())
		}
	}
	p.until("2018-02-12T08:00:00+01:00")
	if n := len(p.got(ines, delivery.KindCall)); n != 1 {
		t.Errorf("called %d times", n)
	}
}

// Without distances nobody is called.
func TestCalls_NoneWithoutDistances(t *testing.T) {
	p := newPlay(t, "2018-01-15T08:00:00+01:00", func(o *demo.Options) {
		o.Config = func(c string) string { return strings.Replace(c, `calls  = ["21d", "7d"]`, `calls  = []`, 1) }
	})
	callPeople(p)
	p.until("2018-02-10T17:00:00+01:00")
	if n := p.everything(); n != 0 {
		t.Errorf("%d mails:%s", n, p.summary())
	}
}
