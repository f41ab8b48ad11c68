package main

import (
	"strings"
	"testing"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// plainly has no handle stand in an address.
func plainly() func(*demo.Options) {
	return configured("# plus_addressing = true", "plus_addressing = false", `# envelope = "verp"`, `envelope = "plain"`)
}

// Where plus addressing does not reach the mailbox, a handle stands in the
// Message-ID, for replies, and short in the subject, for new drafts; and the
// return path is the plain address.
func TestPlainAddress_HandlesReplaceSubaddresses(t *testing.T) {
	p := newPlay(t, "2018-02-08T08:00:00+01:00", plainly())
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
	for _, d := range p.Mail.Mails() {
		if strings.Contains(d.From, "+") {
			t.Errorf("return path %s", d.From)
		}
	}
}

// A report that comes to the plain address is tied to its mail by the header that it
// returns: by the Message-ID or, where a relay wrote its own over ours, by a field
// that holds the same key. A forged key ties nothing.
func TestPlainAddress_BouncesAreMatchedByKey(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", plainly())
	p.people(nadia+",Nadia Berthier,,fr,contact;membre", gone+",Gone,,fr,membre", full+",Full,,en,membre", "well@here.example,Well,,fr,membre")
	p.announced()
	unknown := report{action: "failed", status: "5.1.1", diagnostic: "550 5.1.1 User unknown"}
	returns := func(person, id, key string) {
		t.Helper()
		r := unknown
		r.about, r.returned, r.key = person, &message.Message{ID: id}, key
		p.report(r)
	}
	path, mail := p.sent(gone, delivery.KindIssue)
	if string(path) != demo.NewsletterAddress {
		t.Fatalf("the return path is %s", path)
	}
	returns(gone, mail.ID, "")
	p.suppressed(gone, audience.ReasonHard, audience.Hard)

	const rewritten = "0100018f-0000@eu-west.relay.example"
	_, well := p.sent("well@here.example", delivery.KindIssue)
	forged := well.Header.Get(newsroom.DeliveryField)
	forged = forged[:len(forged)-2] + strings.Map(func(r rune) rune { return 'a' + (r-'a'+1)%2 }, forged[len(forged)-2:])
	returns("well@here.example", rewritten, forged)
	returns("well@here.example", rewritten, "")
	p.suppressed("well@here.example", "", audience.Hard, audience.Hard)
	for _, b := range p.dossier("well@here.example").Bounces {
		if b.Counted || b.Evidence != "" {
			t.Errorf("a report without a key counts: %+v", b)
		}
	}
	_, mail = p.sent(full, delivery.KindIssue)
	returns(full, rewritten, mail.Header.Get(newsroom.DeliveryField))
	p.suppressed(full, audience.ReasonHard, audience.Hard)
	if b := p.dossier(full).Bounces[0]; b.Evidence != newsroom.ByField {
		t.Errorf("known by its %s", b.Evidence)
	}

	// Letters too, those that carry a request among them.
	_, mail = p.sent(marco, delivery.KindProof)
	returns(marco, rewritten, mail.Header.Get(newsroom.DeliveryField))
	p.suppressed(marco, "", audience.Hard)
	_, mail = p.sent(nadia, delivery.KindReceipt)
	returns(nadia, rewritten, mail.Header.Get(newsroom.DeliveryField))
	p.suppressed(nadia, "", audience.Hard)
	if told := p.got("admin@cites.example", delivery.KindNotice); len(told) != 2 {
		t.Errorf("the operator was told %d times", len(told))
	}
}
