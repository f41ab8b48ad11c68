package relay_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"

	"infolettre/internal/localmail"
	"infolettre/internal/message"
	"infolettre/internal/relay"

	"github.com/emersion/go-smtp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	sender = "lettre@citedesmetiers.example"
	secret = "correct horse"
)

func serve(t *testing.T, o localmail.Options) *localmail.Server {
	t.Helper()
	o.Secret = secret
	s, err := localmail.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// options returns options for a user with the right password at addr.
func options(t *testing.T, scheme, addr string) relay.Options {
	t.Helper()
	u, err := url.Parse(scheme + "://" + sender + "@" + addr)
	if err != nil {
		t.Fatal(err)
	}
	return relay.Options{URL: u, Password: func() (string, error) { return secret, nil }}
}

func connect(t *testing.T, o relay.Options) *relay.Conn {
	t.Helper()
	r, err := relay.New(o)
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func mailTo(to, text string) []byte {
	return []byte("From: InfoLettre <" + sender + ">\r\nTo: " + to + "\r\nSubject: Agenda\r\n" +
		"Date: Thu, 01 Feb 2018 09:00:00 +0100\r\nMessage-ID: <n1@citedesmetiers.example>\r\n" +
		"List-Id: <infolettre.citedesmetiers.example>\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text)
}

func noRecord(context.Context) error { return nil }

func send(t *testing.T, c *relay.Conn, to string) error {
	t.Helper()
	_, err := c.Send(t.Context(), relay.Envelope{From: sender, To: message.Address(to)}, mailTo(to, "Bonjour\r\n"), noRecord)
	return err
}

func asError(t *testing.T, err error) *relay.Error {
	t.Helper()
	var e *relay.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v, want a *relay.Error", err)
	}
	return e
}

func TestSend_ManyMailsOverOneConnection(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	dials := 0
	o := options(t, "smtp", s.SMTPAddr())
	o.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials++
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	c := connect(t, o)
	for i := range 20 {
		to := fmt.Sprintf("lecteur%d@lille.example", i)
		if err := send(t, c, to); err != nil {
			t.Fatal(err)
		}
	}
	mails := s.Mails()
	if len(mails) != 20 || dials != 1 {
		t.Fatalf("%d mails over %d connections, want 20 over 1", len(mails), dials)
	}
	for i, m := range mails {
		if want := fmt.Sprintf("lecteur%d@lille.example", i); string(m.To) != want || m.From != sender || m.User != sender {
			t.Errorf("mail %d: from %s to %s as %q, want to %s", i, m.From, m.To, m.User, want)
		}
	}
}

func TestSend_ContentArrivesUnchanged(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	c := connect(t, options(t, "smtp", s.SMTPAddr()))
	for _, text := range []string{".\r\n..\r\n.début\r\nà la fin\r\n\r\n.\r\n", "un\r\n" + strings.Repeat(".\r\n.x\r\n", 3000)} {
		raw := mailTo("a@lille.example", text)
		reply, err := c.Send(t.Context(), relay.Envelope{To: "a@lille.example"}, raw, noRecord)
		if err != nil {
			t.Fatal(err)
		}
		if reply == "" {
			t.Error("no reply")
		}
		mails := s.Mails()
		got := mails[len(mails)-1]
		if !bytes.HasSuffix(got.Raw, raw) {
			t.Errorf("got %q, want it to end with %q", got.Raw, raw)
		}
		if got.From != "" {
			t.Errorf("return path is %q, want null", got.From)
		}
	}
}

func TestSend_RefusesBareLineEndsAndBadEnvelopes(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	c := connect(t, options(t, "smtp", s.SMTPAddr()))
	for name, raw := range map[string]string{
		"bare LF":      "Subject: x\r\n\r\nun\ndeux\r\n",
		"bare CR":      "Subject: x\r\n\r\nun\rdeux\r\n",
		"smuggled end": "Subject: x\r\n\r\nun\n.\r\nMAIL FROM:<x@y.example>\r\n",
		"open end":     "Subject: x\r\n\r\nun",
		"long line":    "Subject: x\r\n\r\n" + strings.Repeat("x", 999) + "\r\n",
	} {
		_, err := c.Send(t.Context(), relay.Envelope{To: "a@lille.example"}, []byte(raw), noRecord)
		if e := asError(t, err); e.Stage != relay.StageMessage || e.Connection || e.Temporary {
			t.Errorf("%s: %+v", name, e)
		}
	}
	for _, env := range []relay.Envelope{
		{From: "a@b.example> SIZE=1\r\nRCPT TO:<c@d.example", To: "a@lille.example"},
		{To: "a@lille.example> NOTIFY=NEVER"},
		{To: ""},
	} {
		_, err := c.Send(t.Context(), env, mailTo("a@lille.example", "x\r\n"), noRecord)
		if e := asError(t, err); e.Stage != relay.StageMessage {
			t.Errorf("%+v: %v", env, e)
		}
	}
	if n := len(s.Mails()); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
	if err := send(t, c, "a@lille.example"); err != nil {
		t.Errorf("after mails that were not sent: %v", err)
	}
}

func TestSend_RefusedMailLeavesConnectionUsable(t *testing.T) {
	t.Parallel()
	refusal := func(code int, sub int) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, sub}, Message: "Not today"}
	}
	for _, stage := range []relay.Stage{relay.StageMail, relay.StageRcpt, relay.StageContent} {
		for _, code := range []int{451, 550} {
			t.Run(fmt.Sprintf("%s %d", stage, code), func(t *testing.T) {
				t.Parallel()
				var o localmail.Options
				refuse := true
				fault := func() error {
					if refuse {
						return refusal(code, 7)
					}
					return nil
				}
				switch stage {
				case relay.StageMail:
					o.OnMail = func(string) error { return fault() }
				case relay.StageRcpt:
					o.OnRcpt = func(_, _ string) error { return fault() }
				case relay.StageContent:
					o.OnData = func(_, _ string) error { return fault() }
				}
				s := serve(t, o)
				c := connect(t, options(t, "smtp", s.SMTPAddr()))
				e := asError(t, send(t, c, "a@lille.example"))
				want := relay.Error{
					Stage: stage, Code: code, Enhanced: fmt.Sprintf("%d.1.7", code/100),
					Text: "Not today", Temporary: code < 500,
				}
				if *e != want {
					t.Errorf("got %+v, want %+v", *e, want)
				}
				refuse = false
				if !c.Alive() {
					t.Fatal("the connection is gone")
				}
				if err := send(t, c, "b@lille.example"); err != nil {
					t.Errorf("the next mail: %v", err)
				}
				if mails := s.Mails(); len(mails) != 1 || mails[0].To != "b@lille.example" {
					t.Errorf("delivered: %v", mails)
				}
			})
		}
	}
}

func TestSend_FailedAttemptSendsNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	r, err := relay.New(options(t, "smtp", s.SMTPAddr()))
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	_, err = c.Send(t.Context(), relay.Envelope{To: "a@lille.example"}, mailTo("a@lille.example", "x\r\n"),
		func(context.Context) error { return full })
	if !errors.Is(err, full) {
		t.Errorf("error is %v", err)
	}
	if c.Alive() {
		t.Error("the connection lives on in the middle of DATA")
	}
	if e := asError(t, send(t, c, "a@lille.example")); !e.Connection || e.InDoubt {
		t.Errorf("over a dead connection: %+v", e)
	}
	if n := len(s.Mails()); n != 0 {
		t.Errorf("%d mails were sent without a record", n)
	}
	c.Close()

	// A refused recipient gets no attempt.
	refusing := serve(t, localmail.Options{OnRcpt: func(_, _ string) error { return &smtp.SMTPError{Code: 550} }})
	c = connect(t, options(t, "smtp", refusing.SMTPAddr()))
	_, err = c.Send(t.Context(), relay.Envelope{To: "a@lille.example"}, mailTo("a@lille.example", "x\r\n"),
		func(context.Context) error { t.Error("attempted"); return nil })
	asError(t, err)
}

func TestSend_LostConnectionAfterContentIsInDoubt(t *testing.T) {
	t.Parallel()
	for _, stage := range []relay.Stage{relay.StageMail, relay.StageRcpt, relay.StageContent} {
		t.Run(string(stage), func(t *testing.T) {
			t.Parallel()
			o := localmail.Options{}
			drop := func(at relay.Stage) error {
				if at == stage {
					return localmail.ErrDrop
				}
				return nil
			}
			o.OnMail = func(string) error { return drop(relay.StageMail) }
			o.OnRcpt = func(_, _ string) error { return drop(relay.StageRcpt) }
			o.OnData = func(_, _ string) error { return drop(relay.StageContent) }
			s := serve(t, o)
			c := connect(t, options(t, "smtp", s.SMTPAddr()))
			e := asError(t, send(t, c, "a@lille.example"))
			if e.Stage != stage || !e.Connection || !e.Temporary || e.Code != 0 {
				t.Errorf("got %+v", e)
			}
			if e.InDoubt != (stage == relay.StageContent) {
				t.Errorf("in doubt: %v", e.InDoubt)
			}
			if c.Alive() {
				t.Error("Alive is true")
			}
		})
	}
}

func TestSend_CancelDuringContentIsInDoubt(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, localmail.Options{OnData: func(_, _ string) error { cancel(); <-release; return nil }})
	defer close(release)
	c := connect(t, options(t, "smtp", s.SMTPAddr()))
	_, err := c.Send(ctx, relay.Envelope{To: "a@lille.example"}, mailTo("a@lille.example", "x\r\n"), noRecord)
	if e := asError(t, err); !errors.Is(err, context.Canceled) || !e.InDoubt || !e.Connection {
		t.Errorf("got %+v", e)
	}
}

func TestNew_RefusesInvalidOptions(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"http://relay.example", "smtp://", "relay.example:25"} {
		u, err := url.Parse(bad)
		if err != nil {
			continue
		}
		if _, err := relay.New(relay.Options{URL: u}); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}
