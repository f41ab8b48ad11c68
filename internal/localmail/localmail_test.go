package localmail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"infolettre/internal/localmail"
	"infolettre/internal/message"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	office = message.Address("redaction@citedesmetiers.example")
	secret = "correct horse"
)

func serve(t *testing.T, o localmail.Options) *localmail.Server {
	t.Helper()
	o.Accounts = []localmail.Account{{Address: office, Password: "other"}}
	o.Secret = secret
	s, err := localmail.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// send sends one mail from author, authenticated as user unless that is "".
func send(t *testing.T, s *localmail.Server, user, author string, rcpts ...string) []byte {
	t.Helper()
	c, err := smtp.Dial(s.SMTPAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if user != "" {
		if err := c.Auth(sasl.NewPlainClient("", user, secret)); err != nil {
			t.Fatal(err)
		}
	}
	raw := []byte("From: Zoé <" + author + ">\r\nSubject: Nouvelle\r\n\r\nBonjour\r\n")
	if err := c.SendMail(author, rcpts, bytes.NewReader(raw)); err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestServer_DeliversToEachRecipient(t *testing.T) {
	now := time.Date(2018, 1, 29, 9, 30, 0, 0, time.UTC)
	s := serve(t, localmail.Options{Domain: "mx.example", AuthservID: "auth.mx.example", Now: func() time.Time { return now }})
	raw := send(t, s, "zoe@lille.example", "zoe@lille.example", "Redaction+AbC@CiteDesMetiers.example", "lea@lyon.example")
	mails := s.Mails()
	if len(mails) != 2 {
		t.Fatalf("%d mails, want one for each recipient", len(mails))
	}
	want := "Return-Path: <zoe@lille.example>\r\n" +
		"Delivered-To: Redaction+AbC@citedesmetiers.example\r\n" +
		"Authentication-Results: auth.mx.example; dmarc=pass header.from=lille.example\r\n" +
		"Received: from localhost (localhost [127.0.0.1])\r\n\tby mx.example with ESMTPA id L000001\r\n" +
		"\tfor <Redaction+AbC@citedesmetiers.example>; Mon, 29 Jan 2018 09:30:00 +0000\r\n" + string(raw)
	if got := string(mails[0].Raw); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if m := mails[1]; m.Seq != 2 || m.To != "lea@lyon.example" || !m.At.Equal(now) || m.User != "zoe@lille.example" {
		t.Errorf("second: %+v", m)
	}
	inbox, err := s.Folder(t.Context(), office, "INBOX")
	if err != nil || len(inbox) != 1 || string(inbox[0]) != want {
		t.Errorf("inbox: %q, %v", inbox, err)
	}
	if _, err := s.Folder(t.Context(), office, "Brouillons"); err == nil {
		t.Error("a folder that does not exist was read")
	}
}

func TestServer_DMARCPassesForTheAuthenticatedAuthor(t *testing.T) {
	s := serve(t, localmail.Options{})
	for _, test := range []struct{ user, author, want string }{
		{"zoe@lille.example", "zoe@lille.example", "dmarc=pass"},
		{"zoe@lille.example", "lea@lille.example", "dmarc=fail"},
		{"", "zoe@lille.example", "dmarc=fail"},
	} {
		send(t, s, test.user, test.author, string(office))
		mails := s.Mails()
		raw := mails[len(mails)-1].Raw
		if want := "Authentication-Results: localmail.example; " + test.want + " header.from=lille.example\r\n"; !bytes.Contains(raw, []byte(want)) {
			t.Errorf("%s as %q: %q is missing in %q", test.author, test.user, want, raw)
		}
	}
}

func TestServer_ChecksPasswords(t *testing.T) {
	s := serve(t, localmail.Options{})
	for name, test := range map[string]struct {
		client sasl.Client
		ok     bool
	}{
		"plain":          {sasl.NewPlainClient("", "zoe@lille.example", secret), true},
		"login":          {sasl.NewLoginClient("zoe@lille.example", secret), true},
		"account":        {sasl.NewPlainClient("", string(office), "other"), true},
		"wrong":          {sasl.NewPlainClient("", "zoe@lille.example", "other"), false},
		"wrong login":    {sasl.NewLoginClient("zoe@lille.example", ""), false},
		"as another one": {sasl.NewPlainClient("lea@lille.example", "zoe@lille.example", secret), false},
	} {
		c, err := smtp.Dial(s.SMTPAddr())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Auth(test.client); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
		c.Close()
	}
}

func TestWait_ReturnsPastAndFutureMails(t *testing.T) {
	s := serve(t, localmail.Options{})
	to := func(rcpt message.Address) func(localmail.Delivered) bool {
		return func(d localmail.Delivered) bool { return d.To == rcpt }
	}
	got := make(chan localmail.Delivered, 1)
	go func() {
		d, err := s.Wait(context.Background(), to("lea@lyon.example"))
		if err != nil {
			t.Error(err)
		}
		got <- d
	}()
	send(t, s, "", "zoe@lille.example", string(office), "lea@lyon.example")
	if d := <-got; d.Seq != 2 {
		t.Errorf("got %+v", d)
	}
	if d, err := s.Wait(t.Context(), to(office)); err != nil || d.Seq != 1 {
		t.Errorf("a mail of the past: %+v, %v", d, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Wait(ctx, to("nobody@lyon.example")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	s.Close()
	if _, err := s.Wait(t.Context(), to("nobody@lyon.example")); err == nil {
		t.Error("waited for a closed server")
	}
}

// Every mail that is appended around the beginning of IDLE is reported.
func TestServer_IdleReportsEveryAppend(t *testing.T) {
	s := serve(t, localmail.Options{})
	counts := make(chan uint32, 100)
	c, err := imapclient.DialInsecure(s.IMAPAddr(), &imapclient.Options{
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{
			Mailbox: func(d *imapclient.UnilateralDataMailbox) {
				if d.NumMessages != nil {
					counts <- *d.NumMessages
				}
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(string(office), "other").Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	for i := range uint32(50) {
		var appended sync.WaitGroup
		appended.Go(func() {
			if err := s.Append(office, []byte("Subject: x\r\n\r\n")); err != nil {
				t.Error(err)
			}
		})
		idle, err := c.Idle()
		if err != nil {
			t.Fatal(err)
		}
		if got := <-counts; got != i+1 {
			t.Fatalf("%d mails were reported, want %d", got, i+1)
		}
		appended.Wait()
		if err := idle.Close(); err != nil {
			t.Fatal(err)
		}
		if err := idle.Wait(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestServer_HidesExtensions(t *testing.T) {
	for _, o := range []localmail.Options{{}, {NoMove: true}, {NoUIDPlus: true}} {
		s := serve(t, o)
		c, err := imapclient.DialInsecure(s.IMAPAddr(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Login(string(office), "other").Wait(); err != nil {
			t.Fatal(err)
		}
		caps := c.Caps()
		if caps.Has(imap.CapMove) == o.NoMove || caps.Has(imap.CapUIDPlus) == o.NoUIDPlus || !caps.Has(imap.CapIdle) {
			t.Errorf("%+v: %v", o, caps)
		}
		c.Close()
	}
}

// Concurrent mails are numbered without gaps, and are in the inbox in the order of their
// numbers.
func TestServer_NumbersConcurrentMailsInOrder(t *testing.T) {
	s := serve(t, localmail.Options{})
	var senders sync.WaitGroup
	for i := range 8 {
		senders.Go(func() {
			for j := range 10 {
				send(t, s, "", fmt.Sprintf("zoe%d.%d@lille.example", i, j), string(office))
			}
		})
	}
	senders.Wait()
	inbox, err := s.Folder(t.Context(), office, "INBOX")
	if err != nil || len(inbox) != 80 {
		t.Fatalf("%d mails, %v", len(inbox), err)
	}
	for i, m := range s.Mails() {
		if m.Seq != i+1 || !bytes.Equal(m.Raw, inbox[i]) {
			t.Errorf("mail %d has number %d, or is another one in the inbox", i+1, m.Seq)
		}
	}
}

func TestClose_MayBeRepeated(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := localmail.Start(ctx, localmail.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := smtp.Dial(s.SMTPAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Hello("lille.example"); err != nil {
		t.Fatal(err)
	}
	cancel()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := c.Noop(); err == nil {
		t.Error("a connection outlived the server")
	}
	if _, err := localmail.Start(t.Context(), localmail.Options{SMTPListen: "256.0.0.1:x"}); err == nil || !strings.Contains(err.Error(), "listen") {
		t.Errorf("a bad address: %v", err)
	}
}
