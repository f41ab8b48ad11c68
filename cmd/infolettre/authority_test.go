package main

import (
	"strings"
	"testing"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
)

// offer sends a piece of news from Nadia, whom the list must hold, and returns
// what each editor is asked.
func (p *play) offer(title string) map[string]*message.Message {
	p.t.Helper()
	p.write(nadia, title, "La Cité des métiers de Rouen a du nouveau : "+title+".\n")
	asked := map[string]*message.Message{}
	for _, e := range []string{elise, marco, solene} {
		m := p.last(e, delivery.KindRequest)
		if !strings.Contains(m.Subject, title) {
			p.t.Fatalf("%s was asked about %q", e, m.Subject)
		}
		asked[e] = m
	}
	return asked
}

// state is where an item stands.
func (p *play) state(id item.ID) item.State {
	p.t.Helper()
	items, err := p.daemon.store.Items(p.ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, it := range items {
		if it.ID == id {
			return it.State
		}
	}
	return ""
}

// mailed counts all that the daemon sent to a person.
func (p *play) mailed(person string) (n int) {
	for _, d := range p.Mail.Mails() {
		if d.To.Equal(message.Address(person)) && d.User == demo.NewsletterAddress {
			n++
		}
	}
	return n
}

// folder counts the mails in one of the mailbox's folders.
func (p *play) folder(name string) int {
	p.t.Helper()
	mails, err := p.Mail.Folder(p.ctx, demo.NewsletterAddress, name)
	if err != nil {
		p.t.Fatal(err)
	}
	return len(mails)
}

func contributor(p *play) { p.people(nadia + ",Nadia Berthier,,fr,contact;membre") }

// Nothing but an editor's own order, on the request that they were sent, decides
// anything. Each attempt below leaves the item as it is; what is said about it
// goes to known people alone.
func TestAuthority_OtherMailsDecideNothing(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	contributor(p)
	asked := p.offer("Un forum")
	request := asked[elise]
	handle := string(request.ReplyTo[0].Address)
	guess := demo.NewsletterAddress[:strings.Index(demo.NewsletterAddress, "@")] + "+i1-" + strings.Repeat("a", 26) + "@citedesmetiers.example"
	post := func(from, to, fields, text string, signedIn bool) {
		p.t.Helper()
		p.send(from, to, "From: "+from+"\nTo: "+to+"\n"+fields+"\n\n"+text, signedIn)
	}
	quoting := "\n> InfoLettre a écrit :\n> \n> OUI\n> YES\n"
	attempts := []struct {
		name    string
		who     string // is told what to write, if anybody
		attempt func()
	}{
		{"an out-of-office answer with its header fields", "", func() {
			post(elise, handle, "Subject: Re: À relire\nAuto-Submitted: auto-replied", "Oui\n", true)
		}},
		{"one that is known by an older field", "", func() {
			post(elise, handle, "Subject: Re: À relire\nPrecedence: bulk", "Oui\n", true)
		}},
		{"one that is known by its subject alone", "", func() {
			post(elise, handle, "Subject: Absence du bureau : Re: À relire", "Oui\n", true)
		}},
		{"one that is known by nothing but its words", elise, func() {
			post(elise, handle, "Subject: Re: À relire", "Bonjour,\n\nJe suis absente jusqu'au 5 mars.\n\nOUI\n", true)
		}},
		{"a mailing list's copy", "", func() {
			post(elise, handle, "Subject: Re: À relire\nList-Id: <equipe.reseau.example>", "Oui\n", true)
		}},
		{"another editor, with this one's request", solene, func() {
			post(solene, handle, "Subject: Re: À relire", "Oui\n", true)
		}},
		{"the contributor, with an editor's request", nadia, func() {
			post(nadia, handle, "Subject: Re: À relire", "Oui\n", true)
		}},
		{"a stranger, with an editor's request", "", func() {
			post("eve@elsewhere.example", handle, "Subject: Re: À relire", "Oui\n", true)
		}},
		{"a forged From, of which the editor is told once a day", elise, func() {
			post(elise, handle, "Subject: Re: À relire", "Oui\n", false)
		}},
		{"a forged From that brings its own results", "", func() {
			post(elise, handle, "Subject: Re: À relire\nAuthentication-Results: mx.citedesmetiers.example; dmarc=pass header.from=reseau.example", "Oui\n", false)
		}},
		{"two authors", "", func() {
			p.send(elise, handle, "From: "+elise+", "+solene+"\nTo: "+handle+"\nSubject: Re: À relire\n\nOui\n", true)
		}},
		{"a guessed handle", "", func() {
			post(elise, guess, "Subject: Re: À relire", "Oui\n", true)
		}},
		{"a handle made for another purpose", "", func() {
			post(elise, strings.Replace(handle, "+i", "+p", 1), "Subject: Re: À relire", "Bon à tirer\n", true)
		}},
		{"a guessed subject", "", func() {
			post(elise, demo.NewsletterAddress, "Subject: Re: À relire [IL-i1-aaaaaaaa]", "Oui\n", true)
		}},
		{"a verb in the quoted text only", elise, func() {
			post(elise, handle, "Subject: Re: À relire", "Je regarde demain.\n"+quoting, true)
		}},
		{"quoted text only", elise, func() {
			post(elise, handle, "Subject: Re: À relire", quoting, true)
		}},
		{"a verb that is not the first line", elise, func() {
			post(elise, handle, "Subject: Re: À relire", "Je ne sais pas.\nOui\n", true)
		}},
		{"a verb with a condition", elise, func() {
			post(elise, handle, "Subject: Re: À relire", "Oui, mais sans la photo\n", true)
		}},
		{"a question", elise, func() {
			post(elise, handle, "Subject: Re: À relire", "Oui ?\n", true)
		}},
		{"a refusal without its reason", elise, func() {
			post(elise, handle, "Subject: Re: À relire", "Non\n", true)
		}},
		{"a verb of another request", elise, func() {
			post(elise, handle, "Subject: Re: À relire", "Bon à tirer\n", true)
		}},
	}
	everybody := []string{elise, marco, solene, nadia, "eve@elsewhere.example"}
	for _, a := range attempts {
		before := map[string]int{}
		for _, who := range everybody {
			before[who] = p.mailed(who)
		}
		a.attempt()
		if s := p.state(1); s != item.Pending {
			t.Fatalf("%s: the item is %s", a.name, s)
		}
		for _, who := range everybody {
			want := before[who]
			if who == a.who {
				want++
			}
			if got := p.mailed(who); got != want {
				t.Errorf("%s: %s got %d mails, want %d:%s", a.name, who, got-before[who], want-before[who], p.summary())
			}
		}
	}
	for _, who := range []string{elise, solene, nadia} {
		if n := p.got(who, delivery.KindNotice); len(n) > 0 && !strings.Contains(n[0].Header.Get("Return-Path"), "<>") {
			t.Errorf("%s was answered with the return path %s", who, n[0].Header.Get("Return-Path"))
		}
	}

	// The request is as good as it was.
	p.answer(elise, request, "gmail", "OUI")
	if s := p.state(1); s != item.Approved {
		t.Fatalf("after the editor's own order the item is %s:%s", s, p.summary())
	}
	// Used once, it is used up; and so is a colleague's, since the item is decided.
	for _, again := range []string{elise, solene} {
		n := p.mailed(again)
		p.answer(again, asked[again], "iphone", "Non : finalement, c'est une publicité")
		if s := p.state(1); s != item.Approved {
			t.Errorf("a second decision, by %s, made the item %s", again, s)
		}
		if p.mailed(again) != n+1 {
			t.Errorf("%s was not told that it is decided", again)
		}
	}
}

// A request that was answered is used up, also when the item is put before the
// editors again.
func TestAuthority_RequestDecidesOnce(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	contributor(p)
	asked := p.offer("Un forum")
	p.answer(elise, asked[elise], "gmail", "REPORTER")
	if s := p.state(1); s != item.Deferred {
		t.Fatalf("the item is %s", s)
	}
	p.until("2018-02-10T19:00:00+01:00")
	if s := p.state(1); s != item.Pending || len(p.got(elise, delivery.KindRequest)) != 2 {
		t.Fatalf("after the closing the item is %s:%s", s, p.summary())
	}
	p.answer(elise, asked[elise], "gmail", "OUI")
	if s := p.state(1); s != item.Pending {
		t.Errorf("by an answer to a used request the item is %s", s)
	}
	p.answer(elise, p.last(elise, delivery.KindRequest), "gmail", "OUI")
	if s := p.state(1); s != item.Approved {
		t.Errorf("by an answer to the new request the item is %s:%s", s, p.summary())
	}
}

// Whom the server does not authenticate is asked to confirm, once a day.
func TestAuthority_UnauthenticatedDecisionNeedsConfirmation(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", func(o *demo.Options) { o.Config = authservElsewhere })
	contributor(p)
	first := p.offer("Un forum")
	p.answer(elise, first[elise], "gmail", "NON : déjà paru en novembre")
	if s := p.state(1); s != item.Pending {
		t.Fatalf("unconfirmed, the item is %s", s)
	}
	confirm := p.last(elise, delivery.KindConfirm)
	if !strings.Contains(confirm.Text, "déjà paru en novembre") {
		t.Errorf("the confirmation does not say what it is about:\n%s", confirm.Text)
	}
	p.answer(elise, confirm, "outlook", "Je ne sais plus")
	p.answer(marco, confirm, "outlook", "OUI")
	if s := p.state(1); s != item.Pending {
		t.Fatalf("confirmed by no one, the item is %s", s)
	}
	p.answer(elise, confirm, "outlook", "OUI")
	if s := p.state(1); s != item.Rejected {
		t.Fatalf("confirmed, the item is %s:%s", s, p.summary())
	}
	if o := p.last(elise, delivery.KindOutcome); !strings.Contains(o.Text, "déjà paru en novembre") {
		t.Errorf("the reason is lost:\n%s", o.Text)
	}

	p.until("2018-01-25T20:00:00+01:00")
	p.answer(elise, p.offer("Une bourse")[elise], "gmail", "OUI")
	if s := p.state(2); s != item.Approved {
		t.Errorf("within the day, the next item is %s", s)
	}
	if n := len(p.got(elise, delivery.KindConfirm)); n != 1 {
		t.Errorf("asked to confirm %d times within a day", n)
	}
	// Each editor separately, and again each day.
	p.answer(marco, p.offer("Un salon")[marco], "outlook", "YES")
	if s := p.state(3); s != item.Pending || len(p.got(marco, delivery.KindConfirm)) != 1 {
		t.Errorf("another editor decided without confirming: %s", s)
	}
	p.until("2018-01-26T10:00:00+01:00")
	train := p.offer("Un train")[elise]
	p.answer(elise, train, "gmail", "OUI")
	if s := p.state(4); s != item.Pending || len(p.got(elise, delivery.KindConfirm)) != 2 {
		t.Errorf("a day later the item is %s without being confirmed", s)
	}
	// Each of two answers to one request has its own confirmation, so that nobody who
	// writes in the editor's name voids theirs. The one that is confirmed first counts.
	older := p.last(elise, delivery.KindConfirm)
	p.answer(elise, train, "gmail", "REPORTER")
	if s := p.state(4); s != item.Pending || len(p.got(elise, delivery.KindConfirm)) != 3 {
		t.Errorf("by a second answer the item is %s", s)
	}
	p.answer(elise, p.last(elise, delivery.KindConfirm), "gmail", "OUI")
	if s := p.state(4); s != item.Deferred {
		t.Errorf("the answer that was confirmed made the item %s", s)
	}
	p.answer(elise, older, "gmail", "OUI")
	if s := p.state(4); s != item.Deferred {
		t.Errorf("after the other was confirmed, the first answer made the item %s", s)
	}
}

// A confirmation of a signature signs.
func TestAuthority_ConfirmedSignatureSigns(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", func(o *demo.Options) { o.Config = authservElsewhere })
	contributor(p)
	p.offer("Un forum")
	p.order(1, editorial.Approve)
	p.until("2018-02-12T09:30:00+01:00")
	p.answer(solene, p.last(solene, delivery.KindProof), "gmail", "Bon à tirer")
	p.until("2018-02-14T09:30:00+01:00")
	p.answer(solene, p.last(solene, delivery.KindConfirm), "gmail", "OUI")
	p.until("2018-02-16T10:00:00+01:00")
	if n := len(p.got(nadia, delivery.KindIssue)); n != 1 {
		t.Errorf("%d issues after a confirmed signature:%s", n, p.summary())
	}
}

// With no_auth = "handle" the handle is enough where the server says nothing.
func TestAuthority_HandleSufficesIfConfigured(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", func(o *demo.Options) {
		o.Config = func(text string) string {
			return strings.Replace(authservElsewhere(text), `# no_auth = "challenge"`, `no_auth = "handle" #`, 1)
		}
	})
	contributor(p)
	p.answer(elise, p.offer("Un forum")[elise], "gmail", "OUI")
	if s := p.state(1); s != item.Approved || len(p.got(elise, delivery.KindConfirm)) != 0 {
		t.Errorf("the item is %s:%s", s, p.summary())
	}
}

// authservElsewhere makes the daemon believe a server that adds no results.
func authservElsewhere(text string) string {
	return strings.Replace(text, `authserv_id = "mx.citedesmetiers.example"`, `authserv_id = "mx.elsewhere.example"`, 1)
}

// Where two must agree, one is not enough, nor is the same one twice; and nobody
// approves what they sent.
func TestQuorum_TwoEditorsMustAgree(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", func(o *demo.Options) {
		o.Config = func(text string) string {
			text = strings.Replace(text, "proof_quorum  = 1", "proof_quorum  = 2", 1)
			return strings.Replace(text, "quorum        = 1", "quorum        = 2", 1)
		}
	})
	contributor(p)
	asked := p.offer("Un forum")
	p.answer(elise, asked[elise], "gmail", "OUI")
	p.answer(elise, asked[elise], "gmail", "OUI")
	if s := p.state(1); s != item.Pending {
		t.Fatalf("by one editor of two, the item is %s", s)
	}
	p.answer(marco, asked[marco], "outlook", "YES")
	if s := p.state(1); s != item.Approved {
		t.Fatalf("by two editors, the item is %s:%s", s, p.summary())
	}

	p.write(elise, "Le mot d'Élise", "Je vous écris au nom de l'équipe.\n")
	if n := len(p.got(elise, delivery.KindRequest)); n != 1 {
		t.Errorf("an editor is asked about her own item")
	}
	p.answer(marco, p.last(marco, delivery.KindRequest), "outlook", "YES")
	p.answer(solene, p.last(solene, delivery.KindRequest), "gmail", "OUI")
	if s := p.state(2); s != item.Approved {
		t.Errorf("by the two others, the item is %s", s)
	}

	p.until("2018-02-12T09:30:00+01:00")
	p.answer(elise, p.last(elise, delivery.KindProof), "gmail", "Bon à tirer")
	p.answer(elise, p.last(elise, delivery.KindProof), "gmail", "Bon à tirer")
	p.until("2018-02-17T08:00:00+01:00")
	if n := len(p.got(nadia, delivery.KindIssue)); n != 0 {
		t.Fatalf("sent with one signature of two")
	}
	p.answer(elise, p.last(elise, delivery.KindProof), "gmail", "Bon à tirer")
	if n := len(p.got(nadia, delivery.KindIssue)); n != 0 {
		t.Fatalf("sent with two signatures of one editor")
	}
	p.answer(solene, p.last(solene, delivery.KindProof), "iphone", "Bon à tirer")
	if n := len(p.got(nadia, delivery.KindIssue)); n != 1 {
		t.Errorf("%d issues after the second signature:%s", n, p.summary())
	}
}
