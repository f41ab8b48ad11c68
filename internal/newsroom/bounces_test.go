package newsroom_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/bounce"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// oneMail is a store in which there is one delivery, to Zoé, and nothing else.
type oneMail struct {
	newsroom.View // nil: what is not below is not asked
	sent          time.Time
}

const zoe = message.Address("zoe@lune.example")

func (o oneMail) mail() newsroom.MailRef {
	return newsroom.MailRef{Class: delivery.ClassDelivery, ID: 42, Person: 7, To: zoe, Sent: o.sent}
}

func (o oneMail) Mail(class delivery.Class, id int64) (newsroom.MailRef, error) {
	if class != delivery.ClassDelivery || id != 42 {
		return newsroom.MailRef{}, newsroom.ErrNotFound
	}
	return o.mail(), nil
}

func (o oneMail) RequestLetter(int64) (newsroom.MailRef, error) {
	return newsroom.MailRef{}, newsroom.ErrNotFound
}
func (o oneMail) Request(editorial.RequestID) (editorial.Request, error) {
	return editorial.Request{}, newsroom.ErrNotFound
}
func (o oneMail) LastDelivery(audience.ID) (newsroom.MailRef, bool, error) {
	return o.mail(), true, nil
}
func (o oneMail) Attempts(audience.ID) ([]audience.Attempt, error) {
	return []audience.Attempt{{Delivery: 42, Sent: o.sent, Accepted: true}}, nil
}

func (o oneMail) Subscriber(id audience.ID) (audience.Subscriber, error) {
	if id != 7 {
		return audience.Subscriber{}, newsroom.ErrNotFound
	}
	return audience.Subscriber{ID: 7, Address: zoe}, nil
}

func (o oneMail) Person(a message.Address) (audience.Subscriber, bool, error) {
	s, _ := o.Subscriber(7)
	return s, a.Equal(zoe), nil
}

var (
	bounceSecret = token.Secret("a key for the tests, which is no secret")
	bounceRoom   = newsroom.New(newsroom.Options{
		Secret: bounceSecret, Languages: []string{"fr"}, Location: time.UTC,
		Bounces: audience.SoftBounceRules{Soft: 3, Span: 14 * 24 * time.Hour},
	})
	bounceNow = time.Date(2018, 2, 20, 9, 0, 0, 0, time.UTC)
)

// dead is a report that Zoé's address is dead.
func dead(returned ...message.Field) bounce.Report {
	return bounce.Report{
		Kind:       bounce.Bounce,
		Recipients: []bounce.Recipient{{Address: zoe, Action: "failed", Status: "5.1.1", Hard: true, Reason: bounce.UserUnknown}},
		MessageID:  strings.Trim(message.Header(returned).Get("Message-ID"), "<>"), Returned: returned,
	}
}

func TestHandleBounce_FindsTheMailByItsKey(t *testing.T) {
	none := token.Handle{}
	own := func(p token.Purpose, n int64) token.Handle { return bounceSecret.Handle(p, n, string(zoe)) }
	others := token.Secret("the key of another house altogether").Handle(token.Bounce, 42, string(zoe))
	field := func(name, value string) bounce.Report { return dead(message.Field{Name: name, Value: value}) }
	for _, c := range []struct {
		name   string
		path   token.Handle
		report bounce.Report
		sent   time.Time
		known  bool
		dead   bool
	}{
		{"its return path", own(token.Bounce, 42), dead(), bounceNow.Add(-time.Hour), true, true},
		{"a return path of another house", others, dead(), bounceNow.Add(-time.Hour), false, false},
		{"another mail's number", own(token.Bounce, 43), dead(), bounceNow.Add(-time.Hour), false, false},
		{"a key for another purpose", own(token.Unsubscribe, 42), dead(), bounceNow.Add(-time.Hour), false, false},
		{"a mail that never left", own(token.Bounce, 42), dead(), time.Time{}, false, false},
		{"long after", own(token.Bounce, 42), dead(), bounceNow.AddDate(0, 0, -40), true, false},
		{"a bad return path, though it returns the mail", others, field("Message-ID", "<"+own(token.Delivery, 42).String()+"@x.example>"), bounceNow.Add(-time.Hour), false, false},
		{"its Message-ID", none, field("Message-ID", "<"+own(token.Delivery, 42).String()+"@x.example>"), bounceNow.Add(-time.Hour), true, true},
		{"its return path, returned", none, field("Return-Path", "<info+"+own(token.Bounce, 42).String()+"@x.example>"), bounceNow.Add(-time.Hour), true, true},
		{"its link", none, field("List-Unsubscribe", "<https://x.example/u/"+own(token.Unsubscribe, 7).String()+">"), bounceNow.Add(-time.Hour), true, true},
		{"somebody's link", none, field("List-Unsubscribe", "<https://x.example/u/"+own(token.Unsubscribe, 8).String()+">"), bounceNow.Add(-time.Hour), false, false},
		{"an address alone", none, dead(), bounceNow.Add(-time.Hour), false, false},
	} {
		known, why, fx, err := bounceRoom.HandleBounce(oneMail{sent: c.sent}, 1, c.path, c.report, bounceNow)
		var suppressed bool
		for _, change := range fx {
			if s, ok := change.(newsroom.Suppress); ok {
				suppressed = s.Address.Equal(zoe) && s.Reason == audience.ReasonHard
			}
		}
		if err != nil || known != c.known || suppressed != c.dead {
			t.Errorf("%s: known %t, suppressed %t (%s), %v", c.name, known, suppressed, why, err)
		}
	}
}

// Without a handle a report is stored and has no other effect, whatever it says; with one, it
// affects only the mail's recipient.
func FuzzHandleBounce(f *testing.F) {
	const head = "Return-Path: <>\nFrom: MAILER-DAEMON@lune.example\nSubject: Undelivered Mail\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; lune.example\n\nFinal-Recipient: rfc822; zoe@lune.example\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers\n\n"
	f.Add([]byte(head + "Message-ID: <d42-aaaaaaaaaaaaaaaaaaaaaaaaaa@x.example>\n--b--\n"))
	f.Add([]byte(head + "Return-Path: <info+b42-aaaaaaaaaaaaaaaaaaaaaaaaaa@x.example>\nList-Unsubscribe: <https://x.example/u/u7-aaaaaaaaaaaaaaaaaaaaaaaaaa>\n--b--\n"))
	f.Add([]byte("From: staff@hotmail.com\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: zoe@lune.example\n--b--\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := message.Read(bytes.Clone(raw))
		if err != nil {
			return
		}
		report := bounce.Read(m)
		view := oneMail{sent: bounceNow.Add(-time.Hour)}
		_, _, fx, err := bounceRoom.HandleBounce(view, 1, token.Handle{}, report, bounceNow)
		if err != nil || len(fx) != 1 || fx[0].(newsroom.AddBounce).Counted {
			t.Fatalf("without a key: %+v, %v", fx, err)
		}
		_, _, fx, err = bounceRoom.HandleBounce(view, 1, bounceSecret.Handle(token.Bounce, 42, string(zoe)), report, bounceNow)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range fx {
			if s, ok := change.(newsroom.Suppress); ok && !s.Address.Equal(zoe) {
				t.Fatalf("suppressed %s", s.Address)
			}
		}
	})
}
