package main

import (
	"strings"
	"testing"

	"infolettre/internal/delivery"
	"infolettre/internal/item"
	"infolettre/internal/token"
)

// Where plus addressing does not reach the mailbox, a handle stands in the
// Message-ID, for replies, and short in the subject, for new drafts; and the
// return path is the plain address.
func TestWithoutPlusAddressing(t *testing.T) {
	p := newPlay(t, "2018-02-08T08:00:00+01:00", func(o *stageOptions) {
		o.config = func(c string) string {
			return strings.NewReplacer("# plus_addressing = true", "plus_addressing = false", `# envelope = "verp"`, `envelope = "plain"`).Replace(c)
		}
	})
	p.people(nadia + ",Nadia,Rouen,fr,contact;membre")
	p.write(nadia, "Un camion", "Il roule de commune en commune.")
	p.write(nadia, "Un bateau", "Il vogue de port en port.")
	p.write(nadia, "Un avion", "Il vole de ville en ville.")
	requests := p.got(elise, delivery.KindRequest)
	if len(requests) != 3 {
		t.Fatalf("%d requests", len(requests))
	}
	for _, r := range requests {
		if len(r.ReplyTo) > 0 || strings.Contains(string(r.Author().Address), "+") {
			t.Errorf("an address with a handle in it: %v %v", r.ReplyTo, r.Author())
		}
		if h, found := token.FromSubject(r.Subject); !found || !h.Short() {
			t.Errorf("no handle in the subject %q", r.Subject)
		}
	}
	// A reply, whose program changed the subject.
	reply := *requests[0]
	reply.Subject = "votre message"
	p.answer(elise, &reply, "outlook", "OUI")
	// A new draft, which has the subject alone.
	p.write(elise, "RE: "+requests[1].Subject, "NON : pas cette fois")
	// The subject's handle is for her alone.
	p.write(marco, "Re: "+requests[2].Subject, "OK")
	items, err := p.daemon.store.Items(p.ctx)
	if err != nil || len(items) != 3 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	for i, want := range []item.State{item.Approved, item.Rejected, item.Pending} {
		if items[i].State != want {
			t.Errorf("%q is %s, want %s", items[i].Current.Title, items[i].State, want)
		}
	}
	p.until("2018-02-12T10:00:00+01:00")
	p.answer(elise, p.last(elise, delivery.KindProof), "iphone", "Bon à tirer")
	p.until("2018-02-16T10:00:00+01:00")
	issue := p.last(nadia, delivery.KindIssue)
	if list := issue.Header.Get("List-Unsubscribe"); strings.Contains(list, "mailto:") || !strings.Contains(list, "/u/u") {
		t.Errorf("List-Unsubscribe: %s", list)
	}
	for _, d := range p.mail.Mails() {
		if strings.Contains(d.From, "+") {
			t.Errorf("return path %s", d.From)
		}
	}
}
