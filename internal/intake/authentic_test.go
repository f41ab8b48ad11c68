package intake_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"infolettre/internal/editorial"
	"infolettre/internal/intake"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// Where the mailbox's server says nothing, a signed answer decides at once if the
// signature covers what the request was known by; any other is to be confirmed.
func TestVerify_SignedAnswerDecidesIfTheHandleIsCovered(t *testing.T) {
	const footer = "\r\n_______________\r\nListe interne du réseau\r\n"
	key := privateKey
	type given struct {
		name    string
		to      string // "handle" or the plain address
		fields  string // "%s" is the request's Message-ID, handle in it
		sign    []signature
		spoil   func(raw string) string // on the way
		dns     func(z *zone)
		decides bool
		silent  bool // it answers no request, or is nobody's
	}
	for _, c := range []given{
		{name: "handle in To", to: "handle", sign: []signature{{}}, decides: true},
		{name: "handle in To, no more signed than it takes", to: "handle", sign: []signature{{covers: "from:to:date"}}, decides: true},
		{name: "handle in In-Reply-To", fields: "In-Reply-To: <%s@cites.example>\r\n", sign: []signature{{}}, decides: true},
		{name: "handle in References", fields: "References: <a@b.example> <%s@cites.example>\r\n", sign: []signature{{}}, decides: true},
		{name: "handle in Cc", fields: "Cc: info+%s@cites.example\r\n", sign: []signature{{}}, decides: true},
		{name: "of a subdomain", to: "handle", sign: []signature{{domain: "mail.reseau.example"}}, decides: true},
		{name: "oversigned", to: "handle", sign: []signature{{covers: usual + ":" + usual + ":From:To"}}, decides: true},
		{name: "the second of two", to: "handle", sign: []signature{{}, {domain: "mal.example"}}, decides: true},
		{name: "not yet expired", to: "handle", sign: []signature{{tags: fmt.Sprintf("x=%d; ", time.Now().Add(time.Hour).Unix())}}, decides: true},
		{name: "rotated key", to: "handle", sign: []signature{{selector: "s2", key: key("new")}}, dns: func(z *zone) { z.publish("reseau.example", "s2", key("new"), "") }, decides: true},
		{name: "fields added on the way", to: "handle", sign: []signature{{}}, spoil: func(raw string) string { return "X-Spam-Score: 0\r\nDelivered-To: info@cites.example\r\n" + raw }, decides: true},
		{name: "delivered to the handle as well", to: "handle", sign: []signature{{}}, spoil: func(raw string) string { return "Delivered-To: HANDLE\r\n" + raw }, decides: true},

		{name: "not signed", to: "handle"},
		{name: "handle in Delivered-To alone", sign: []signature{{}}, spoil: func(raw string) string { return "Delivered-To: HANDLE\r\n" + raw }},
		{name: "handle in X-Original-To alone", sign: []signature{{covers: usual + ":X-Original-To"}}, fields: "X-Original-To: info+%s@cites.example\r\n"},
		{name: "To not covered", to: "handle", sign: []signature{{covers: "From:Date:Subject:Message-ID"}}},
		{name: "Date not covered", to: "handle", sign: []signature{{covers: "From:To:Subject:Message-ID"}}},
		{name: "one To of two covered", to: "handle", sign: []signature{{covers: "From:To:Date"}}, fields: "To: b@reseau.example\r\n"},
		{name: "a part of the body", to: "handle", sign: []signature{{tags: "l=5; ", body: "OUI\r\n"}}},
		{name: "a footer of a list", to: "handle", sign: []signature{{}}, spoil: func(raw string) string { return raw + footer }},
		{name: "the subject tagged by a list", to: "handle", fields: "Subject: Re: x\r\n", sign: []signature{{}}, spoil: func(raw string) string { return strings.Replace(raw, "Subject: Re", "Subject: [liste] Re", 1) }},
		{name: "expired", to: "handle", sign: []signature{{tags: "t=1500000000; x=1500086400; "}}},
		{name: "another's domain", to: "handle", sign: []signature{{domain: "mal.example"}}},
		{name: "a domain that begins alike", to: "handle", sign: []signature{{domain: "reseau.example.mal.example"}}},
		{name: "the domain above", to: "handle", sign: []signature{{domain: "example"}}},
		{name: "another key than the published", to: "handle", sign: []signature{{key: key("stolen")}}},
		{name: "key marked as a test", to: "handle", sign: []signature{{}}, dns: func(z *zone) { z.publish("reseau.example", "s1", key("reseau.example"), "t=y; ") }},
		{name: "key withdrawn", to: "handle", sign: []signature{{}}, dns: func(z *zone) { z.records["s1._domainkey.reseau.example"] = []string{"v=DKIM1; k=ed25519; p="} }},
		{name: "no key", to: "handle", sign: []signature{{}}, dns: func(z *zone) { clear(z.records) }},
		{name: "DNS fails", to: "handle", sign: []signature{{}}, dns: func(z *zone) { z.fails = &net.DNSError{Err: "server misbehaving", IsTemporary: true} }},
		{name: "DNS is too slow", to: "handle", sign: []signature{{}}, dns: func(z *zone) { z.fails = context.DeadlineExceeded }},
		{name: "behind five that do not hold", to: "handle", sign: []signature{{}, {key: key("1")}, {key: key("2")}, {key: key("3")}, {key: key("4")}, {key: key("5")}}},
		{name: "From twice", silent: true, to: "handle", sign: []signature{{}}, spoil: func(raw string) string { return "From: " + elise + "\r\n" + raw }},
		{name: "Subject twice, the handle in the added one", sign: []signature{{}}, fields: "Subject: Re: x\r\n", spoil: func(raw string) string { return "Subject: Re: x SHORT\r\n" + raw }},
		{name: "a line that is no field behind Subject", sign: []signature{{}}, fields: "Subject: Re: x\r\n", spoil: func(raw string) string {
			return strings.Replace(raw, "Subject: Re: x\r\n", "Subject: Re: x\r\nSHORT\r\n", 1)
		}},
		{name: "a lone CR behind Subject", silent: true, sign: []signature{{}}, fields: "Subject: Re: x\r\n", spoil: func(raw string) string {
			return strings.Replace(raw, "Subject: Re: x\r\n", "Subject: Re: x\r\rTo: HANDLE\r\n", 1)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := newZone()
			b := unsaid.bench(t, z)
			id := b.news(1)
			q := b.about(id, elise)
			if c.dns != nil {
				c.dns(z)
			}
			to := mailbox
			if c.to == "handle" {
				to = b.addressOf(q)
			}
			h := q.Handle(b.service.Secret)
			raw := b.draft(to, strings.ReplaceAll(c.fields, "%s", h.String()), "OUI")
			for _, s := range c.sign {
				raw = sign(raw, s)
			}
			if c.spoil != nil {
				raw = c.spoil(raw)
				raw = strings.NewReplacer("HANDLE", b.addressOf(q), "SHORT", h.Subject()).Replace(raw)
			}
			b.bring(unsaid.arrives("reseau.example", "") + raw)
			decided := b.decisions(id)
			if (len(decided) == 1) != c.decides {
				t.Fatalf("%d decisions", len(decided))
			}
			if c.decides && !strings.Contains(decided[0].How, "DKIM signature of") {
				t.Errorf("decided by %q", decided[0].How)
			}
			want := 1
			if c.decides || c.silent {
				want = 0
			}
			if got := b.confirmations(); got != want {
				t.Errorf("%d confirmations were asked for, want %d", got, want)
			}
		})
	}
}

// An answer decides within a week of its Date, and not before it.
func TestVerify_SignedAnswerExpiresAfterAWeek(t *testing.T) {
	for after, decides := range map[time.Duration]bool{
		-25 * time.Hour: false, -20 * time.Hour: true, 0: true, 6 * 24 * time.Hour: true, 7*24*time.Hour + time.Hour: false,
	} {
		b := unsaid.bench(t, newZone())
		id := b.news(1)
		q := b.about(id, elise)
		raw := b.draft(b.addressOf(q), "", "OUI")
		date := b.clock.Now()
		if after < 0 {
			raw = strings.Replace(raw, date.Format(time.RFC1123Z), date.Add(-after).Format(time.RFC1123Z), 1)
		} else {
			b.clock.Set(date.Add(after))
		}
		b.bring(unsaid.arrives("reseau.example", "") + sign(raw, signature{}))
		if got := len(b.decisions(id)) == 1; got != decides {
			t.Errorf("%v after its date: decided %t", after, got)
		}
		if got := b.confirmations() == 0; got != decides {
			t.Errorf("%v after its date: a confirmation was asked for: %t", after, !got)
		}
	}
}

// What the DNS could not tell is asked again: the same mail, sent again, decides, and so
// does the next one under a new key at the same place.
func TestVerify_FailedKeyLookupIsRepeated(t *testing.T) {
	z := newZone()
	b := unsaid.bench(t, z)
	first, second := b.news(1), b.news(1)
	raw := unsaid.arrives("reseau.example", "") + sign(b.draft(b.addressOf(b.about(first, elise)), "", "OUI"), signature{})
	for _, err := range []error{&net.DNSError{Err: "i/o timeout", IsTimeout: true}, errors.New("connection refused")} {
		z.fails = err
		b.bring(raw)
		if n := len(b.decisions(first)); n != 0 {
			t.Fatalf("%v: %d decisions", err, n)
		}
		z.now = z.now.Add(15 * time.Second)
	}
	if got := b.confirmations(); got != 1 {
		t.Errorf("%d confirmations were asked for", got)
	}
	z.fails = nil
	b.bring(raw)
	if n := len(b.decisions(first)); n != 1 {
		t.Fatalf("sent again: %d decisions", n)
	}
	asked := z.asked
	b.bring(unsaid.arrives("reseau.example", "") + sign(b.draft(b.addressOf(b.about(second, elise)), "", "REPORTER"), signature{}))
	if z.asked != asked || len(b.decisions(second)) != 1 {
		t.Errorf("%d lookups for a key that is known, %d decisions", z.asked-asked, len(b.decisions(second)))
	}
	third := b.news(1)
	z.publish("reseau.example", "s1", privateKey("new"), "")
	z.now = z.now.Add(2 * time.Minute)
	b.bring(unsaid.arrives("reseau.example", "") + sign(b.draft(b.addressOf(b.about(third, elise)), "", "OUI"), signature{key: privateKey("new")}))
	if n := len(b.decisions(third)); n != 1 {
		t.Errorf("a new key: %d decisions", n)
	}
}

// A copy of a signed answer decides once, whatever was added to it on the way.
func TestReceive_CopyOfSignedAnswerDecidesOnce(t *testing.T) {
	b := unsaid.bench(t, newZone())
	id := b.news(2)
	b.passUntil(b.clock.Now().AddDate(0, 0, 1))
	q, ok := b.last(token.Queue, elise)
	if !ok {
		t.Fatal("no queue mail")
	}
	raw := sign(b.draft(b.addressOf(q), "", fmt.Sprintf("%d OUI", id)), signature{})
	b.bring(unsaid.arrives("reseau.example", "") + raw)
	if n := len(b.decisions(id)); n != 1 {
		t.Fatalf("%d decisions", n)
	}
	undone := sign(b.draft(b.addressOf(q), "", fmt.Sprintf("%d ANNULER", id)), signature{})
	b.bring(unsaid.arrives("reseau.example", "") + undone)
	if it := b.item(id); it.State != item.Pending {
		t.Fatalf("after it was taken back: %s", it.State)
	}
	for _, added := range []string{"", "Cc: x@y.example\r\n", "X-A: b\r\n", "Subject: Re\r\n"} {
		b.bring(unsaid.arrives("reseau.example", "") + strings.Replace(raw, "DKIM-Signature:", added+"DKIM-Signature:", 1))
		if it := b.item(id); it.State != item.Pending {
			t.Errorf("a copy with %q added: %s", added, it.State)
		}
	}
}

// A copy that was not believed does not make the genuine one a duplicate; one that did
// something does.
func TestReceive_ForgedCopyDoesNotHideTheGenuineMail(t *testing.T) {
	b := newBench(t, nil)
	id := b.news(1)
	q := b.about(id, elise)
	raw := b.draft(b.addressOf(q), "", "OUI")
	field := func(verdict string) string {
		return "Authentication-Results: mx.example; dmarc=" + verdict + " header.from=reseau.example\r\n"
	}
	for i, c := range []struct {
		above             string
		decided, confirms int
	}{
		{field("fail"), 0, 0},
		{field("fail"), 0, 0},
		{"", 0, 1}, // nobody says who wrote: to be confirmed
		{"", 0, 1},
		{field("fail"), 0, 1},
		{field("pass"), 1, 1},
		{field("pass"), 1, 1},
		{"", 1, 1},
	} {
		b.bring(c.above + raw)
		if got, n := len(b.decisions(id)), b.confirmations(); got != c.decided || n != c.confirms {
			t.Fatalf("copy %d: %d decisions, %d confirmations asked for", i+1, got, n)
		}
	}
	// An item that waits because its sender may be forged is there, and not twice.
	b.uid++
	news := fmt.Sprintf("From: Nadia <%s>\r\nTo: %s\r\nMessage-ID: <n@x>\r\nSubject: Un atelier\r\n\r\n%s", nadia, mailbox, strings.ReplaceAll(sea2, "\n", "\r\n"))
	before := len(b.items())
	b.bring("Authentication-Results: mx.example; dmarc=fail header.from=cite-rouen.example\r\n" + news)
	b.bring("Authentication-Results: mx.example; dmarc=pass header.from=cite-rouen.example\r\n" + news)
	if n := len(b.items()) - before; n != 1 {
		t.Errorf("%d items", n)
	}
}

// One confirmation opens the day for decisions, and for nothing that lasts longer.
func TestConfirm_LastingOrdersAreConfirmedEachTime(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) { o.MinItems = 1 })
	id := b.news(3)
	confirm := func() { b.reply(token.Challenge, elise, "OUI", "") }
	b.replyTo(b.about(id, elise), "OUI", "")
	confirm()
	if n := len(b.decisions(id)); n != 1 {
		t.Fatalf("%d decisions after the confirmation", n)
	}
	b.replyTo(b.about(id-1, elise), "OUI", "")
	if n := len(b.decisions(id - 1)); n != 1 {
		t.Fatalf("%d decisions on the same day", n)
	}
	delegated := func() (d editorial.Delegation) {
		b.read(func(v newsroom.View) (err error) { d, err = v.Delegation(elise); return err })
		return d
	}
	asked := b.confirmations()
	each := func(what string, send func(), done func() bool) {
		t.Helper()
		send()
		asked++
		if n := b.confirmations(); n != asked || done() {
			t.Fatalf("%s: done before it was confirmed: %t; %d confirmations asked for, want %d", what, done(), n, asked)
		}
		confirm()
		if !done() {
			t.Fatalf("%s: not done when it was confirmed", what)
		}
	}
	open := b.about(id-2, elise)
	for range 2 {
		each("a delegation", func() { b.replyTo(open, "DÉLÉGUER à Paul Lenoir jusqu'au 15/02/2018", "") }, func() bool { return delegated().ActiveAt(b.clock.Now()) })
		q, ok := b.last(token.Outcome, elise)
		if !ok {
			t.Fatal("nothing to answer the delegation by")
		}
		each("the end of a delegation", func() { b.replyTo(q, "ANNULER", "") }, func() bool { return !delegated().ActiveAt(b.clock.Now()) })
	}
	each("an undo", func() { b.replyTo(b.about(id-1, elise), "ANNULER", "") }, func() bool { return b.item(id-1).State == item.Pending })
	var is issue.Issue
	b.read(func(v newsroom.View) error {
		all, err := v.IssuesIn(issue.Open)
		is = all[0]
		return err
	})
	b.passUntil(is.Proofs)
	confirmNow := b.confirmations()
	b.replyTo(b.about(id-2, elise), "REPORTER", "") // the day is a new one
	confirm()
	asked = b.confirmations()
	if asked != confirmNow+1 {
		t.Fatalf("a new day: %d confirmations asked for", asked-confirmNow)
	}
	proof, ok := b.last(token.Proof, elise)
	if !ok {
		t.Fatal("no proof")
	}
	signed := func() bool { s := string(b.issue(is.ID).State); return s == "signed" || s == "sending" || s == "sent" }
	each("a signature", func() { b.replyTo(proof, "BON À TIRER", "") }, signed)
}

// The letter that asks for a confirmation says to whom a vote would be left, and whether
// it is asked once a day or each time, in the editor's language.
func TestConfirm_LetterNamesTheOrder(t *testing.T) {
	for editor, words := range map[message.Address][2]string{
		elise: {"se confirme chaque fois", "vingt-quatre heures"},
		marco: {"has to be confirmed each time", "twenty-four hours"},
	} {
		b := newBench(t, nil)
		id := b.news(1)
		key := editor.Local() + " confirm"
		b.letters()
		b.replyTo(b.about(id, editor), "DÉLÉGUER à Paul Lenoir jusqu'au 15/02/2018", "")
		mails := b.renderedLetters()[key]
		if len(mails) != 1 {
			t.Fatalf("%d letters to %s", len(mails), editor)
		}
		if text := folded(mails[0].Text); !strings.Contains(text, words[0]) || strings.Contains(text, words[1]) || !strings.Contains(text, "Paul Lenoir") || !strings.Contains(text, "15/02/2018") {
			t.Errorf("of a delegation:\n%s", text)
		}
		b.replyTo(b.about(id, editor), "OUI", "")
		mails = b.renderedLetters()[key]
		if len(mails) != 1 || !strings.Contains(folded(mails[0].Text), words[1]) || strings.Contains(mails[0].Text, "Paul") {
			t.Errorf("of a decision: %+v", mails)
		}
	}
}

// folded is a text on one line.
func folded(s string) string { return strings.Join(strings.Fields(s), " ") }

// From with an @ in its name, or with the address as the name, is the address's in angle
// brackets: an editor's OUI decides.
func TestAuthor_AngleAddressDecides(t *testing.T) {
	for _, from := range []string{elise + " <" + elise + ">", "Élise @ Réseau <" + elise + ">", "=?utf-8?Q?=C3=89lise_=3Celise=40reseau=2Eexample=3E?="} {
		b := newBench(t, nil)
		id := b.news(1)
		raw := b.draft(b.addressOf(b.about(id, elise)), "", "OUI")
		_, rest, _ := strings.Cut(raw, "\r\n")
		b.bring("Authentication-Results: mx.example; dmarc=pass header.from=reseau.example\r\nFrom: " + from + "\r\n" + rest)
		if n := len(b.decisions(id)); n != 1 {
			t.Errorf("%s: %d decisions", from, n)
		}
	}
	for _, name := range []string{"from-address-as-name-mime-fr-encaddr.eml", "from-address-as-name-mime-from2at.eml"} {
		raw, err := os.ReadFile("../../../shared/cases/" + name)
		if err != nil {
			t.Skip("no cases beside the project")
		}
		m, err := intake.Read(raw, nil)
		if err != nil || m.Author().Address != "nadia@cite-rouen.example" {
			t.Errorf("%s: by %q, %v", name, m.Author().Address, err)
		}
	}
}

// A copy of an answer that was taken back does not decide once more, by another of its
// signatures, with other line ends, or where the server vouched for the first by SPF.
func TestReceive_CopyByAnotherSignatureDecidesNothing(t *testing.T) {
	const covers = "From:To:Date:Subject:Message-ID"
	for _, m := range []mode{unsaid, modes[0], modes[2], modes[3]} {
		b := m.bench(t, newZone())
		id := b.news(2)
		b.passUntil(b.clock.Now().AddDate(0, 0, 1))
		q, ok := b.last(token.Queue, elise)
		if !ok {
			t.Fatal("no queue mail")
		}
		one := b.draft(b.addressOf(q), "", fmt.Sprintf("%d OUI", id))
		first, second := signature{covers: covers}, signature{covers: covers, domain: "mail.reseau.example"}
		both := sign(sign(one, first), second)
		b.bring(m.arrives("reseau.example", stillSigned) + both)
		if n := len(b.decisions(id)); n != 1 {
			t.Fatalf("%s: %d decisions", m.name, n)
		}
		b.bring(m.arrives("reseau.example", stillSigned) + sign(b.draft(b.addressOf(q), "", fmt.Sprintf("%d ANNULER", id)), first))
		if it := b.item(id); it.State != item.Pending {
			t.Fatalf("%s: after it was taken back: %s", m.name, it.State)
		}
		const cc = "Cc: x@y.example\r\n"
		for what, copied := range map[string]string{
			"first signature": cc + sign(one, first), "second signature": cc + sign(one, second),
			"both, and a field": cc + both, "line ends": strings.ReplaceAll(cc+both, "\r\n", "\n"),
		} {
			b.bring(m.arrives("mal.example", stillSigned) + copied)
			if it := b.item(id); it.State != item.Pending {
				t.Errorf("%s: a copy by %s: %s", m.name, what, it.State)
			}
		}
	}
}

// What a server of the author's domain hands over answers any request; what only a
// signature vouches for answers the one that it covers, and is to be confirmed for another.
func TestVerify_SignatureAnswersTheRequestItCovers(t *testing.T) {
	spf := "Authentication-Results: mx.poste.example; spf=pass smtp.mailfrom=elise@reseau.example; dmarc=pass header.from=reseau.example\r\n"
	forwarded := "Authentication-Results: mx.poste.example; spf=pass smtp.mailfrom=x@alias.example; dkim=pass header.d=reseau.example; dmarc=pass header.from=reseau.example\r\n"
	for name, c := range map[string]struct {
		field   string
		to      bool
		covers  string
		decides bool
	}{
		"direct, handle in To":                    {spf, true, "", true},
		"direct, handle in Delivered-To":          {spf, false, "", true},
		"direct, signed as Microsoft does":        {spf, true, "From:Date:Subject:Message-ID:Content-Type:MIME-Version", true},
		"forwarded, handle in To":                 {forwarded, true, "", true},
		"forwarded, handle in Delivered-To":       {forwarded, false, "", false},
		"forwarded, To not covered":               {forwarded, true, "From:Date:Subject:Message-ID:Content-Type:MIME-Version", false},
		"forwarded, signed as Google does, plain": {forwarded, true, "To:Subject:Message-ID:Date:From:MIME-Version", true},
	} {
		b := modes[0].bench(t, newZone())
		id := b.news(1)
		h := b.addressOf(b.about(id, elise))
		to, delivered := h, ""
		if !c.to {
			to, delivered = mailbox, "Delivered-To: "+h+"\r\n"
		}
		b.bring(c.field + delivered + sign(b.draft(to, "", "OUI"), signature{covers: c.covers}))
		if n, asked := len(b.decisions(id)), b.confirmations(); (n == 1) != c.decides || (asked == 0) != c.decides {
			t.Errorf("%s: %d decisions, %d confirmations asked for", name, n, asked)
		}
	}
}

// A copy that did nothing because of what it bears, such as one that a mailing list sends
// back, does not make the author's own a duplicate.
func TestReceive_AuthorlessCopyDoesNotHideTheGenuineMail(t *testing.T) {
	const pass = "Authentication-Results: mx.example; dmarc=pass header.from=reseau.example\r\n"
	for _, above := range []string{
		"Precedence: list\r\nList-Id: <l.reseau.example>\r\n", "Auto-Submitted: auto-forwarded\r\n", "X-Spam-Flag: YES\r\n", "Return-Path: <>\r\n",
		"Delivered-To: OTHER\r\n", "From: x@mal.example\r\n",
	} {
		b := newBench(t, nil)
		id := b.news(2)
		above = strings.ReplaceAll(above, "OTHER", b.addressOf(b.about(id-1, marco)))
		raw := b.draft(b.addressOf(b.about(id, elise)), "", "OUI")
		b.bring(pass + above + raw)
		if n := len(b.decisions(id)); n != 0 {
			t.Fatalf("%s: %d decisions", above, n)
		}
		b.bring(pass + raw)
		if n := len(b.decisions(id)); n != 1 {
			t.Errorf("%s: %d decisions by the author's own", above, n)
		}
		b.bring(pass + "X-Again: yes\r\n" + raw)
		if n := len(b.decisions(id)); n != 1 {
			t.Errorf("%s: %d decisions in the end", above, n)
		}
	}
}

// A DMARC record that cannot be read says nothing of the mail: what else the server found
// counts and, without it, one more reply is asked for.
func TestAuthenticated_UnreadableDMARCRecordIsNoFailure(t *testing.T) {
	for others, decides := range map[string]bool{"": false, " dkim=pass header.d=reseau.example;": true, " spf=pass smtp.mailfrom=elise@reseau.example;": true, " spf=pass smtp.mailfrom=x@mal.example;": false} {
		b := newBench(t, nil)
		id := b.news(1)
		b.bring("Authentication-Results: mx.example;" + others + " dmarc=permerror header.from=reseau.example\r\n" + b.draft(b.addressOf(b.about(id, elise)), "", "OUI"))
		if n, asked := len(b.decisions(id)), b.confirmations(); (n == 1) != decides || (asked == 0) != decides {
			t.Errorf("%q: %d decisions, %d confirmations asked for", others, n, asked)
		}
	}
}

// A confirmation is asked for each mail, says what the mail changes, and stands for that
// mail alone: one that comes later, in whoever's name, takes nothing from it.
func TestConfirm_ConfirmsItsOwnMailAlone(t *testing.T) {
	for editor, begins := range map[message.Address]string{elise: "Le message commence ainsi", marco: "The message begins"} {
		b := newBench(t, nil)
		id := b.news(1)
		q := b.about(id, editor)
		key := editor.Local() + " confirm"
		b.letters()
		var asked []editorial.Request
		for _, text := range []string{"OUI", "OUI\n\nTITRE : Pas du tout cela", "NON, hors sujet"} {
			b.replyTo(q, text, "")
			mails := b.renderedLetters()[key]
			if len(mails) != 1 || strings.Contains(mails[0].Text, begins) != strings.Contains(text, "TITRE") || strings.Contains(mails[0].Text, "Pas du tout cela") != strings.Contains(text, "TITRE") {
				t.Fatalf("%s: after %q: %+v", editor, text, mails)
			}
			confirm, _ := b.last(token.Challenge, editor)
			asked = append(asked, confirm)
		}
		b.replyTo(asked[0], "OUI", "")
		if it := b.item(id); it.State != item.Approved || strings.Contains(it.Current.Title, "Pas du tout") {
			t.Errorf("%s: confirmed the first of three: %s, %q", editor, it.State, it.Current.Title)
		}
		b.replyTo(asked[2], "OUI", "")
		if it := b.item(id); it.State != item.Approved || len(b.decisions(id)) != 1 {
			t.Errorf("%s: confirmed the third as well: %s", editor, it.State)
		}
	}
}

// An editor is told, once a day and in their language, that an answer in their name was not
// believed; whoever does not hold a request of theirs makes nobody write.
func TestReply_ForgedAnswerIsReportedOnceADay(t *testing.T) {
	for editor, begins := range map[message.Address]string{elise: "Une réponse en votre nom", marco: "A reply in your name"} {
		b := newBench(t, nil)
		id := b.news(2)
		key := editor.Local() + " not-believed"
		fail := func(to string, text string) {
			b.uid++
			b.bring(fmt.Sprintf("Authentication-Results: mx.example; dmarc=fail header.from=%[1]s\r\nFrom: %[2]s\r\nTo: %[3]s\r\nMessage-ID: <%[4]d@x>\r\n\r\n%[5]s\r\n", editor.Domain(), editor, to, b.uid, text))
		}
		told := func(want int) {
			t.Helper()
			mails := b.renderedLetters()[key]
			if len(mails) != want || want > 0 && !strings.HasPrefix(mails[0].Subject, begins) {
				t.Errorf("%s: told %d times, want %d: %+v", editor, len(mails), want, mails)
			}
		}
		b.letters()
		others := message.Address(elise)
		if editor == elise {
			others = marco
		}
		fail(b.addressOf(b.about(id, others)), "OUI")
		fail(mailbox, "OUI")
		told(0)
		fail(b.addressOf(b.about(id, editor)), "OUI")
		told(1)
		fail(b.addressOf(b.about(id-1, editor)), "NON")
		told(0)
		b.clock.Set(b.clock.Now().Add(25 * time.Hour))
		fail(b.addressOf(b.about(id-1, editor)), "NON")
		told(1)
		if n := len(b.decisions(id)) + len(b.decisions(id-1)); n != 0 {
			t.Errorf("%d decisions", n)
		}
	}
}
