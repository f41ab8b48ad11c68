package relay_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"infolettre/internal/localmail"
	"infolettre/internal/message"
	"infolettre/internal/relay"
)

// countingConn counts the calls of Write.
type countingConn struct {
	net.Conn
	writes *int
}

func (c countingConn) Write(b []byte) (int, error) {
	*c.writes++
	return c.Conn.Write(b)
}

// A mail takes two writes and two round trips where PIPELINING is offered.
func TestSend_PipeliningTakesTwoWrites(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	o := options(t, "smtp", s.SMTPAddr())
	writes := 0
	o.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		return countingConn{conn, &writes}, err
	}
	c := connect(t, o)
	writes = 0
	raw := mailTo("a@lille.example", strings.Repeat("Bonjour à tous.\r\n.\r\n", 3000))
	if _, err := c.Send(t.Context(), relay.Envelope{From: sender, To: "a@lille.example"}, raw, noRecord); err != nil {
		t.Fatal(err)
	}
	if writes != 2 {
		t.Errorf("a mail took %d writes, want 2", writes)
	}
	if got := s.Mails()[0].Raw; !bytes.HasSuffix(got, raw) {
		t.Error("it did not arrive as it was")
	}
}

// The reply to DATA after a refused recipient decides how the transaction ends: never with
// content.
func TestSend_RefusedRecipientGetsNoContent(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		mail, rcpt string // replies, "" for yes
		data, dot  string
		stage      relay.Stage
		alive      bool
		received   string // the commands from the first MAIL on, including the next mail
	}{
		{"data refused", "", "550 no", "554 5.5.1 no valid recipients", "", relay.StageRcpt, true, "MAIL RCPT DATA RSET MAIL RCPT DATA ."},
		{"the dot refused", "", "550 no", "354 go on", "554 no valid recipients", relay.StageRcpt, true, "MAIL RCPT DATA . MAIL RCPT DATA ."},
		{"an empty mail accepted", "", "550 no", "354 go on", "250 accepted", relay.StageRcpt, false, "MAIL RCPT DATA ."},
		{"leaving at the dot", "", "550 no", "354 go on", "421 bye", relay.StageRcpt, false, "MAIL RCPT DATA ."},
		{"mail refused", "550 no", "503 no", "503 no", "", relay.StageMail, true, "MAIL RCPT DATA MAIL RCPT DATA ."},
		{"mail refused, data opened", "550 no", "503 no", "354 go on", "503 no", relay.StageMail, true, "MAIL RCPT DATA . MAIL RCPT DATA ."},
		{"mail refused, a recipient accepted", "550 no", "250 yes", "354 go on", "250 accepted", relay.StageMail, false, "MAIL RCPT DATA"},
		{"refused, then leaving", "", "550 no", "421 bye", "", relay.StageRcpt, false, "MAIL RCPT DATA"},
		{"refused, then 250 to DATA", "", "550 no", "250 fine", "", relay.StageRcpt, false, "MAIL RCPT DATA"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			replies := map[string]string{"EHLO": pipelinedOffers}
			for verb, answer := range map[string]string{"MAIL#1": test.mail, "RCPT#1": test.rcpt, "DATA#1": test.data, ".#1": test.dot} {
				if answer != "" {
					replies[verb] = answer + "\r\n"
				}
			}
			addr, received := scriptedServer(t, replies)
			c := connect(t, unauthenticated(t, addr))
			_, err := c.Send(t.Context(), relay.Envelope{From: sender, To: "a@lille.example"}, mailTo("a@lille.example", "un\r\n"),
				func(context.Context) error { t.Error("attempted"); return nil })
			if e := asError(t, err); e.Stage != test.stage || e.Code != 550 || e.Connection || e.InDoubt {
				t.Errorf("got %+v", e)
			}
			if slices.Contains(received(), "> un") {
				t.Error("content was sent")
			}
			if c.Alive() != test.alive {
				t.Errorf("alive: %v", c.Alive())
			}
			if test.alive {
				if err := send(t, c, "b@lille.example"); err != nil {
					t.Errorf("the next mail: %v", err)
				}
			}
			if got := strings.TrimPrefix(verbs(received()), "EHLO "); got != test.received {
				t.Errorf("the relay received %q, want %q", got, test.received)
			}
		})
	}
}

// A relay that answers out of order or not in SMTP never counts as accepting.
func TestSend_UnexpectedReplyClosesConnection(t *testing.T) {
	t.Parallel()
	const yes = "250 fine\r\n"
	long := strings.Repeat("x", 3000)
	for _, test := range []struct {
		name, verb, reply string
		stage             relay.Stage
		doubt             bool
	}{
		{"250 to DATA", "DATA", yes, relay.StageData, false},
		{"354 to MAIL", "MAIL", "354 go on\r\n", relay.StageMail, false},
		{"220 to RCPT", "RCPT", "220 hello\r\n", relay.StageRcpt, false},
		{"no code", "RCPT", "fine\r\n", relay.StageRcpt, false},
		{"two digits", "RCPT", "25 fine\r\n", relay.StageRcpt, false},
		{"a code of none", "RCPT", "650 fine\r\n", relay.StageRcpt, false},
		{"four digits", "RCPT", "2500 fine\r\n", relay.StageRcpt, false},
		{"an empty line", "RCPT", "\r\n", relay.StageRcpt, false},
		{"two codes", "RCPT", "250-fine\r\n550 no\r\n", relay.StageRcpt, false},
		{"a long line", "MAIL", "250 " + long + "\r\n", relay.StageMail, false},
		{"no end of line", "MAIL", "250 " + long, relay.StageMail, false},
		{"many lines", "MAIL", strings.Repeat("250-fine\r\n", 200) + yes, relay.StageMail, false},
		{"one more in advance", "RCPT", yes + yes, relay.StageData, false},
		{"the last in advance", "DATA", "354 go on\r\n" + yes, relay.StageData, false},
		{"354 at the end", ".", "354 go on\r\n", relay.StageContent, true},
		{"nonsense at the end", ".", "fine\r\n", relay.StageContent, true},
		{"one line of two at the end", ".", "250-fine\r\nfine\r\n", relay.StageContent, true},
	} {
		for offers, ehlo := range map[string]string{"plain": plainOffers, "pipelined": pipelinedOffers} {
			t.Run(test.name+" "+offers, func(t *testing.T) {
				t.Parallel()
				addr, _ := scriptedServer(t, map[string]string{"EHLO": ehlo, test.verb: test.reply})
				c := connect(t, unauthenticated(t, addr))
				e := asError(t, send(t, c, "a@lille.example"))
				if e.Stage != test.stage || e.Code != 0 || !e.Connection || !e.Temporary || e.InDoubt != test.doubt {
					t.Errorf("got %+v", e)
				}
				if c.Alive() {
					t.Error("Alive is true")
				}
			})
		}
	}
}

// A silent relay fails after its time limit, or when ctx ends.
func TestSend_SilentRelayTimesOut(t *testing.T) { // not parallel: its time limits are short
	for _, offers := range []string{plainOffers, pipelinedOffers} {
		for verb, stage := range map[string]relay.Stage{"MAIL": relay.StageMail, "RCPT": relay.StageRcpt, "DATA": relay.StageData, ".": relay.StageContent} {
			addr, _ := scriptedServer(t, map[string]string{"EHLO": offers, verb: silence})
			o := unauthenticated(t, addr)
			o.CommandTimeout, o.SubmissionTimeout = 20*time.Millisecond, 20*time.Millisecond
			c := connect(t, o)
			e := asError(t, send(t, c, "a@lille.example"))
			if e.Stage != stage || !errors.Is(e, os.ErrDeadlineExceeded) || !e.Connection || !e.Temporary || e.InDoubt != (verb == ".") || c.Alive() {
				t.Errorf("%s: %+v", verb, e)
			}

			c = connect(t, unauthenticated(t, addr))
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			_, err := c.Send(ctx, relay.Envelope{From: sender, To: "a@lille.example"}, mailTo("a@lille.example", "x\r\n"), noRecord)
			cancel()
			e = asError(t, err)
			if e.Stage != stage || !errors.Is(e, context.DeadlineExceeded) || !e.Connection || e.InDoubt != (verb == ".") || c.Alive() {
				t.Errorf("%s, cut off: %+v", verb, e)
			}
		}
	}
	addr, _ := scriptedServer(t, map[string]string{"EHLO": silence})
	o := unauthenticated(t, addr)
	o.DialTimeout = 20 * time.Millisecond
	if e := asError(t, check(t, o, sender)); e.Stage != relay.StageDial || !e.Temporary {
		t.Errorf("EHLO: %+v", e)
	}
}

// A relay that is closing may say so before a command, or after its final reply.
func TestSend_ClosingRelayIsNoticed(t *testing.T) {
	t.Parallel()
	const bye = "421 4.4.2 bye\r\n"
	for _, offers := range []string{plainOffers, pipelinedOffers} {
		addr, _ := scriptedServer(t, map[string]string{"EHLO": offers + bye})
		c := connect(t, unauthenticated(t, addr))
		if e := asError(t, send(t, c, "a@lille.example")); e.Stage != relay.StageMail || e.Code != 421 || !e.Connection || c.Alive() {
			t.Errorf("before: %+v", e)
		}
		addr, _ = scriptedServer(t, map[string]string{"EHLO": offers, ".": "250 fine\r\n" + bye})
		c = connect(t, unauthenticated(t, addr))
		if err := send(t, c, "a@lille.example"); err != nil || c.Alive() {
			t.Errorf("behind: %v, alive: %v", err, c.Alive())
		}
	}
}

// Parameters are sent only where they were offered and apply.
func TestSend_ParametersFollowOffers(t *testing.T) {
	t.Parallel()
	offers := func(keywords ...string) string {
		var b strings.Builder
		for _, k := range append([]string{"relay.example"}, keywords...) {
			fmt.Fprintf(&b, "250-%s\r\n", k)
		}
		return b.String() + "250 HELP\r\n"
	}
	const to = "a@lille.example"
	plain, accented := mailTo(to, "Bonjour\r\n"), mailTo(to, "à bientôt\r\n")
	size := fmt.Sprintf(" SIZE=%d", len(plain))
	for _, test := range []struct {
		name, ehlo, from string
		raw              []byte
		mail, rcpt       string
	}{
		{"nothing offered", offers(), sender, plain, "", ""},
		{"size", offers("SIZE"), sender, plain, size, ""},
		{"size with a limit", offers("SIZE 100000"), sender, plain, size, ""},
		{"8BITMIME, and no need", offers("8BITMIME"), sender, plain, "", ""},
		{"8BITMIME", offers("8BITMIME"), sender, accented, " BODY=8BITMIME", ""},
		{"SMTPUTF8, and no need", offers("8BITMIME", "SMTPUTF8"), sender, accented, " BODY=8BITMIME", ""},
		{"reports", offers("DSN"), sender, plain, " RET=HDRS", " NOTIFY=FAILURE"},
		{"no reports on what has no return path", offers("dsn"), "", plain, "", " NOTIFY=NEVER"},
		{"an address beyond ASCII", offers("8BITMIME", "SMTPUTF8"), "zoé@lyon.example", plain, " SMTPUTF8", ""},
	} {
		addr, received := scriptedServer(t, map[string]string{"EHLO": test.ehlo})
		c := connect(t, unauthenticated(t, addr))
		if _, err := c.Send(t.Context(), relay.Envelope{From: test.from, To: to}, test.raw, noRecord); err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		log := received()
		if want := "MAIL FROM:<" + test.from + ">" + test.mail; log[1] != want {
			t.Errorf("%s: %q, want %q", test.name, log[1], want)
		}
		if want := "RCPT TO:<" + to + ">" + test.rcpt; log[2] != want {
			t.Errorf("%s: %q, want %q", test.name, log[2], want)
		}
	}
}

// A mail above the announced size is refused without sending it.
func TestSend_TooLargeMailIsRefused(t *testing.T) {
	t.Parallel()
	addr, received := scriptedServer(t, map[string]string{"EHLO": "250-relay.example\r\n250 SIZE 1000\r\n"})
	c := connect(t, unauthenticated(t, addr))
	to := message.Address("a@lille.example")
	_, err := c.Send(t.Context(), relay.Envelope{From: sender, To: to}, mailTo(string(to), strings.Repeat("x\r\n", 300)), noRecord)
	if e := asError(t, err); e.Stage != relay.StageMail || e.Code != 552 || e.Temporary || e.Connection || !c.Alive() {
		t.Errorf("got %+v", e)
	}
	if log := received(); len(log) != 1 {
		t.Errorf("the relay received %q", log)
	}
	if err := send(t, c, "a@lille.example"); err != nil {
		t.Errorf("a small one: %v", err)
	}
}
