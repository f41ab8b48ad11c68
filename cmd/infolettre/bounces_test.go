package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/editorial"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/sqlite"
)

const (
	gone = "gone@left.example"
	full = "full@disk.example"
)

// sent is the last mail of a kind to a person, with the return path it had.
func (p *play) sent(person string, kind delivery.Kind) (path message.Address, m *message.Message) {
	p.t.Helper()
	for _, d := range p.Mail.Mails() {
		if !d.To.Equal(message.Address(person)) {
			continue
		}
		read, err := message.Read(d.Raw)
		if err != nil {
			p.t.Fatal(err)
		}
		if read.Header.Get(delivery.KindField) == string(kind) {
			path, m = message.Address(d.From), read
		}
	}
	if m == nil {
		p.t.Fatalf("%s got no %s: %s", person, kind, p.summary())
	}
	return path, m
}

// report is a delivery report on a mail.
type report struct {
	to                         message.Address // where it goes; "" for the newsletter's own address
	about                      string          // Final-Recipient
	action, status, diagnostic string
	returned                   *message.Message // whose header comes back; nil for none
	key                        string           // what our own field in it says
}

func (p *play) report(r report) {
	p.t.Helper()
	if r.to == "" {
		r.to = demo.NewsletterAddress
	}
	returned := ""
	if r.returned != nil {
		returned = "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <" + r.returned.ID + ">\n"
		if r.key != "" {
			returned += newsroom.DeliveryField + ": " + r.key + "\n"
		}
		returned += "Subject: (returned)\n"
	}
	p.send("", string(r.to), "From: Mail Delivery System <MAILER-DAEMON@mx.left.example>\nTo: "+string(r.to)+`
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

This is the mail system at host mx.left.example.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.left.example

Final-Recipient: rfc822; `+r.about+"\nAction: "+r.action+"\nStatus: "+r.status+"\nDiagnostic-Code: smtp; "+r.diagnostic+"\n\n"+returned+"--b--\n", false)
}

// dossier is what is known of somebody; the zero one for nothing.
func (p *play) dossier(person string) sqlite.SubscriberDetails {
	p.t.Helper()
	d, err := p.daemon.store.SubscriberDetails(p.ctx, message.Address(person))
	if err != nil && !errors.Is(err, newsroom.ErrNotFound) {
		p.t.Fatal(err)
	}
	return d
}

// suppressed checks why somebody is suppressed, "" for that they are not, and the
// fates of what came back, latest first.
func (p *play) suppressed(person string, reason audience.Reason, fates ...audience.BounceClass) {
	p.t.Helper()
	d := p.dossier(person)
	var got []audience.BounceClass
	for _, b := range d.Bounces {
		got = append(got, b.Class)
	}
	if d.Suppressed.Reason != string(reason) || fmt.Sprint(got) != fmt.Sprint(fates) {
		p.t.Errorf("%s: suppressed %q after %v, want %q after %v", person, d.Suppressed.Reason, got, reason, fates)
	}
}

// announced brings an issue with an event to its readers, on the 16th of February.
// The event is reminded of on the 15th and the 21st of March.
func (p *play) announced() {
	p.t.Helper()
	p.write(nadia, "Un forum des métiers de la mer", "La Cité des métiers de Rouen organise un forum des métiers de la mer.\n\nIl aura lieu le 22 mars 2018 à Rouen. Vous êtes les bienvenus.\n")
	p.order(1, editorial.Approve)
	p.until("2018-02-12T09:30:00+01:00")
	p.answer(solene, p.last(solene, delivery.KindProof), "gmail", "Bon à tirer")
	p.until("2018-02-16T10:00:00+01:00")
}

func newBouncePlay(t *testing.T, answer func(string, int) error) *play {
	r := &rcpts{answer: answer}
	p := newPlay(t, "2018-02-09T08:00:00+01:00", func(o *demo.Options) {
		if answer != nil {
			o.Faults = func(h *localmail.Options) { r.faults(h) }
		}
	})
	p.people(nadia+",Nadia Berthier,,fr,contact;membre", gone+",Gone,,fr,membre", full+",Full,,en,membre",
		"well@here.example,Well,,fr,membre", "marco.bellini@reseau.example,Marco Bellini,,en,membre")
	p.announced()
	return p
}

// One hard bounce, known by the key in the return path, and nothing is mailed
// there again; a report that is forged, or late, or names nobody, changes nothing.
func TestBounces_HardBounceByReturnPathSuppresses(t *testing.T) {
	p := newBouncePlay(t, nil)
	unknown := "550 5.1.1 User unknown"
	path, mail := p.sent(gone, delivery.KindIssue)
	well, _ := p.sent("well@here.example", delivery.KindIssue)

	// The key of one is no key to another, and numbers are easy to guess.
	forged := strings.Replace(string(well), "-", "-a", 1)
	forged = forged[:strings.Index(forged, "@")-1] + forged[strings.Index(forged, "@"):]
	p.report(report{to: message.Address(forged), about: "well@here.example", action: "failed", status: "5.1.1", diagnostic: unknown})
	// Whoever knows the address alone knows nothing.
	p.report(report{about: "well@here.example", action: "failed", status: "5.1.1", diagnostic: unknown})
	// The office's own mail came back: the office sees it.
	p.report(report{about: "someone@nowhere.example", action: "failed", status: "5.1.1", diagnostic: unknown})
	p.report(report{to: well, about: "well@here.example", action: "delayed", status: "4.4.1", diagnostic: "450 try later"})
	p.send("well@here.example", string(well), "From: well@here.example\nTo: "+string(well)+"\nAuto-Submitted: auto-replied\nSubject: Absente\n\nJe suis en congé.", true)
	p.suppressed("well@here.example", "", audience.Delayed, audience.Hard, audience.Hard)
	for _, b := range p.dossier("well@here.example").Bounces[1:] {
		if b.Counted || b.Mail.ID != 0 {
			t.Errorf("a report without a key counts: %+v", b)
		}
	}
	strange, err := p.daemon.store.UnknownBounces(p.ctx)
	if err != nil || len(strange) != 3 || strange[0].Address != "someone@nowhere.example" {
		t.Errorf("kept and shown are %d, %v", len(strange), err)
	}

	p.report(report{to: path, about: gone, action: "failed", status: "5.1.1", diagnostic: unknown, returned: mail})
	p.suppressed(gone, audience.ReasonHard, audience.Hard)

	// Where the mail was handed on, and one of those readers is dead, the address
	// itself may well have others.
	path, _ = p.sent(full, delivery.KindIssue)
	p.report(report{to: path, about: "one.of.many@elsewhere.example", action: "failed", status: "5.1.1", diagnostic: unknown})
	p.suppressed(full, "", audience.Soft)

	p.until("2018-03-15T10:00:00+01:00")
	if n := len(p.got(gone, delivery.KindReminder)); n != 0 {
		t.Errorf("a dead address got %d more", n)
	}
	if n := len(p.got("well@here.example", delivery.KindReminder)); n != 1 {
		t.Errorf("a good one got %d", n)
	}
}

// Without the return path, what the report returns tells whose it is.
func TestBounces_MessageIDIdentifiesTheMail(t *testing.T) {
	p := newBouncePlay(t, nil)
	_, mail := p.sent(gone, delivery.KindIssue)
	_, other := p.sent("well@here.example", delivery.KindIssue)
	p.report(report{about: gone, action: "failed", status: "5.1.1", diagnostic: "550 5.1.1 User unknown", returned: mail})
	p.suppressed(gone, audience.ReasonHard, audience.Hard)

	feedback := func(about, id, kind string) {
		p.send("", demo.NewsletterAddress, "From: feedback@isp.example\nTo: "+demo.NewsletterAddress+`
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain

This is an abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: `+kind+`
Version: 1
Original-Rcpt-To: <`+about+`>

--b
Content-Type: text/rfc822-headers

Message-ID: <`+id+`>
Subject: (returned)
--b--
`, false)
	}
	feedback(full, "d1-aaaaaaaaaaaaaaaaaaaaaaaaaa@infolettre.citedesmetiers.example", "abuse")
	feedback("well@here.example", other.ID, "auth-failure")
	p.suppressed(full, "", audience.Complaint)
	p.suppressed("well@here.example", "", audience.Policy)
	feedback("redacted@isp.example", other.ID, "abuse")
	p.suppressed("well@here.example", audience.ReasonComplaint, audience.Complaint, audience.Policy)
	p.suppressed(full, "", audience.Complaint)
}

// Soft bounces are held against an address over several mailings; one that
// arrived clears them, and so does the operator.
func TestBounces_SoftBouncesCountUntilDelivery(t *testing.T) {
	p := newBouncePlay(t, nil)
	softly := func(person string, kind delivery.Kind, status, words string) {
		t.Helper()
		path, _ := p.sent(person, kind)
		p.report(report{to: path, about: person, action: "failed", status: status, diagnostic: words})
		p.report(report{to: path, about: person, action: "failed", status: status, diagnostic: words + ", again"})
	}
	for i, at := range []string{"2018-02-16T10:00:00+01:00", "2018-03-15T10:00:00+01:00", "2018-03-21T10:00:00+01:00"} {
		kind := delivery.KindReminder
		if i == 0 {
			kind = delivery.KindIssue
		}
		p.until(at)
		if got := p.dossier(full).Suppressed.Reason; got != "" {
			t.Errorf("after %d mailings: %q", i, got)
		}
		softly(full, kind, "5.2.2", "552 5.2.2 Mailbox full")
		softly("well@here.example", kind, "5.7.1", "554 5.7.1 Your server is on our blocklist")
		if i != 1 {
			softly(nadia, kind, "4.4.7", "delivery time expired")
		}
	}
	if got := p.dossier(full).Suppressed.Reason; got != string(audience.ReasonSoft) {
		t.Errorf("after three mailings: %q", got)
	}
	if got := p.dossier("well@here.example").Suppressed.Reason; got != "" {
		t.Errorf("our own bad name is held against a reader: %q", got)
	}
	if got := p.dossier(nadia).Suppressed.Reason; got != "" {
		t.Errorf("one that arrived between clears nothing: %q", got)
	}

	if err := p.daemon.store.Write(p.ctx, func(v newsroom.View) (newsroom.Effects, error) {
		return p.daemon.service.Unsuppress(v, full, p.Clock.Now())
	}); err != nil {
		t.Fatal(err)
	}
	softly(full, delivery.KindReminder, "5.1.1", "550 5.1.1 User unknown")
	if got := p.dossier(full).Suppressed.Reason; got != "" {
		t.Errorf("what was sent before the operator's word counts: %q", got)
	}
}

// What the relay refuses at once counts as much as a report.
func TestBounces_RefusalInTheSessionCounts(t *testing.T) {
	p := newBouncePlay(t, func(rcpt string, _ int) error {
		switch rcpt {
		case gone:
			return errNoSuchUser
		case full:
			return &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 2, 2}, Message: "Mailbox full"}
		case "well@here.example":
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Refused by local policy"}
		case marco:
			return errNoSuchUser
		}
		return nil
	})
	p.suppressed(gone, audience.ReasonHard, audience.Hard)
	p.suppressed(full, "", audience.Soft)
	p.suppressed("well@here.example", "", audience.Policy)
	p.suppressed(marco, "", audience.Hard) // an editor goes on being asked
	told := ""
	for _, m := range p.got("admin@cites.example", delivery.KindNotice) {
		told += m.Subject + "\n"
	}
	if !strings.Contains(told, marco) || !strings.Contains(told, "L’envoi n° 1 n’est pas arrivé chez une partie de ses destinataires") {
		t.Errorf("the operator is told: %s", told)
	}
	p.until("2018-03-21T10:00:00+01:00")
	p.suppressed(gone, audience.ReasonHard, audience.Hard)
	p.suppressed(full, audience.ReasonSoft, audience.Soft, audience.Soft, audience.Soft)
	p.suppressed("well@here.example", "", audience.Policy, audience.Policy, audience.Policy)
}

// Letters that do not arrive are told of, once a day, and suppress nobody.
func TestBounces_OperatorIsToldOfLettersOnceADay(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	p.people(nadia + ",Nadia Berthier,,fr,contact;membre")
	p.offer("Un forum")
	p.offer("Un salon")
	told := func() int { return len(p.got("admin@cites.example", delivery.KindNotice)) }
	path, mail := p.sent(marco, delivery.KindRequest)
	if !strings.Contains(string(path), "+q") {
		t.Fatalf("the return path of a letter is %s", path)
	}
	p.report(report{to: path, about: marco, action: "failed", status: "5.1.1", diagnostic: "550 5.1.1 User unknown"})
	if told() != 1 {
		t.Fatalf("told %d times: %s", told(), p.summary())
	}
	p.report(report{about: marco, action: "failed", status: "5.2.2", diagnostic: "552 5.2.2 Mailbox full", returned: mail})
	p.suppressed(marco, "", audience.Soft, audience.Hard)
	if told() != 1 {
		t.Errorf("told %d times a day", told())
	}
	notice := p.last("admin@cites.example", delivery.KindNotice)
	if !strings.Contains(notice.Subject, marco) || !strings.Contains(notice.Text, "550 5.1.1 User unknown") {
		t.Errorf("the notice: %s\n%s", notice.Subject, notice.Text)
	}
	// That notice comes back too: that is the end of it.
	path, _ = p.sent("admin@cites.example", delivery.KindNotice)
	p.report(report{to: path, about: "admin@cites.example", action: "failed", status: "5.1.1", diagnostic: "550 5.1.1 User unknown"})
	if told() != 1 {
		t.Errorf("a notice of the notice: %s", p.summary())
	}
	p.until("2018-02-10T09:00:00+01:00")
	path, _ = p.sent(marco, delivery.KindRequest)
	p.report(report{to: path, about: marco, action: "failed", status: "5.1.1", diagnostic: "550 5.1.1 User unknown, still"})
	if told() != 2 {
		t.Errorf("told %d times in two days: %s", told(), p.summary())
	}
	p.suppressed(marco, "", audience.Hard, audience.Soft, audience.Hard)
}
