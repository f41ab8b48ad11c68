package relay_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"infolettre/internal/message"
	"infolettre/internal/relay"
)

// script serves SMTP by a table from a command's verb to the reply, for replies
// that a well-behaved server does not give. "." is the end of content, ""
// hangs up without a reply. What is not in the table is answered as usual. It
// returns the address and, once the test's connections are closed, what was said.
func script(t *testing.T, replies map[string]string) (addr string, said func() []string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var (
		serving sync.WaitGroup
		mu      sync.Mutex
		log     []string
	)
	reply := func(verb, usual string) string {
		if r, ok := replies[verb]; ok {
			return r
		}
		return usual
	}
	talk := func(conn net.Conn) {
		defer conn.Close()
		in := bufio.NewScanner(conn)
		fmt.Fprint(conn, reply("greeting", "220 relay.example\r\n"))
		content := false
		for in.Scan() {
			verb := in.Text()
			if !content {
				mu.Lock()
				log = append(log, verb)
				mu.Unlock()
				verb, _, _ = strings.Cut(verb, " ")
			} else if verb != "." {
				continue
			}
			content = false
			answer := "250 2.0.0 fine\r\n"
			switch verb {
			case "EHLO":
				answer = reply(verb, "250 relay.example\r\n")
			case "DATA":
				answer = reply(verb, "354 go on\r\n")
				content = strings.HasPrefix(answer, "354")
			default:
				answer = reply(verb, answer)
			}
			if answer == "" {
				return
			}
			fmt.Fprint(conn, answer)
			if verb == "QUIT" || strings.HasPrefix(answer, "421") {
				return
			}
		}
	}
	serving.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { talk(conn) })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		serving.Wait()
	})
	return ln.Addr().String(), func() []string {
		mu.Lock()
		defer mu.Unlock()
		return log
	}
}

func unauthenticated(t *testing.T, addr string) relay.Options {
	o := options(t, "smtp", addr)
	o.Password = nil
	return o
}

func TestReplies(t *testing.T) {
	for _, test := range []struct {
		verb, reply string
		want        relay.Error
	}{
		{"DATA", "452 4.3.1 full\r\n", relay.Error{Stage: relay.StageData, Code: 452, Enhanced: "4.3.1", Text: "full", Temporary: true}},
		{"DATA", "554 5.5.1 no\r\n", relay.Error{Stage: relay.StageData, Code: 554, Enhanced: "5.5.1", Text: "no"}},
		{"RCPT", "550-5.1.1 nobody\r\n550 5.1.1 of that name\r\n", relay.Error{Stage: relay.StageRcpt, Code: 550, Enhanced: "5.1.1", Text: "nobody\nof that name"}},
		{"RCPT", "550 nobody\r\n", relay.Error{Stage: relay.StageRcpt, Code: 550, Text: "nobody"}},
		{"MAIL", "421 4.3.2 closing\r\n", relay.Error{Stage: relay.StageMail, Code: 421, Enhanced: "4.3.2", Text: "closing", Temporary: true, Connection: true}},
		{"RCPT", "421 4.3.2 closing\r\n", relay.Error{Stage: relay.StageRcpt, Code: 421, Enhanced: "4.3.2", Text: "closing", Temporary: true, Connection: true}},
		{"DATA", "421 4.3.2 closing\r\n", relay.Error{Stage: relay.StageData, Code: 421, Enhanced: "4.3.2", Text: "closing", Temporary: true, Connection: true}},
		{".", "421 4.3.2 closing\r\n", relay.Error{Stage: relay.StageContent, Code: 421, Enhanced: "4.3.2", Text: "closing", Temporary: true, Connection: true}},
	} {
		t.Run(test.verb+" "+test.reply[:3], func(t *testing.T) {
			addr, said := script(t, map[string]string{test.verb: test.reply})
			c := connect(t, unauthenticated(t, addr))
			if e := asError(t, send(t, c, "a@lille.example")); *e != test.want {
				t.Errorf("got %+v, want %+v", *e, test.want)
			}
			if c.Alive() == test.want.Connection {
				t.Errorf("alive: %v", c.Alive())
			}
			log := said()
			if reset := log[len(log)-1] == "RSET"; reset == test.want.Connection {
				t.Errorf("the dialogue ended with %q", log[len(log)-1])
			}
		})
	}
}

// A reset that fails does not turn the recipient's refusal into the relay's.
func TestResetFails(t *testing.T) {
	addr, _ := script(t, map[string]string{"RCPT": "550 5.1.1 nobody\r\n", "RSET": ""})
	c := connect(t, unauthenticated(t, addr))
	if e := asError(t, send(t, c, "a@lille.example")); e.Code != 550 || e.Connection {
		t.Errorf("got %+v", e)
	}
	if c.Alive() {
		t.Error("alive after a failed reset")
	}
}

func TestHangsUp(t *testing.T) {
	for verb, doubt := range map[string]bool{"MAIL": false, "RCPT": false, "DATA": false, ".": true} {
		addr, _ := script(t, map[string]string{verb: ""})
		c := connect(t, unauthenticated(t, addr))
		e := asError(t, send(t, c, "a@lille.example"))
		if !e.Connection || !e.Temporary || e.InDoubt != doubt {
			t.Errorf("%s: %+v", verb, e)
		}
	}
}

func TestNoWelcome(t *testing.T) {
	for _, test := range []struct {
		verb, reply string
		stage       relay.Stage
		temporary   bool
	}{
		{"greeting", "554 5.7.1 no service\r\n", relay.StageHello, false},
		{"greeting", "421 4.7.0 too many connections\r\n", relay.StageHello, true},
		{"greeting", "+OK POP3 ready\r\n", relay.StageDial, true},
		{"EHLO", "", relay.StageDial, true},
	} {
		addr, _ := script(t, map[string]string{test.verb: test.reply})
		e := asError(t, relay.Check(t.Context(), unauthenticated(t, addr), sender))
		if e.Stage != test.stage || !e.Connection || e.Temporary != test.temporary {
			t.Errorf("%s %q: %+v", test.verb, test.reply, e)
		}
	}
}

// Addresses and content beyond ASCII need a relay that says it takes them.
func TestBeyondASCII(t *testing.T) {
	addr, said := script(t, nil)
	c := connect(t, unauthenticated(t, addr))
	for _, mail := range []struct{ to, text string }{
		{"zoé@lille.example", "x\r\n"},
		{"zoe@lille.example", "à\r\n"},
	} {
		_, err := c.Send(t.Context(), relay.Envelope{To: message.Address(mail.to)}, mailTo("zoe@lille.example", mail.text), certain)
		if e := asError(t, err); e.Stage != relay.StageMessage || e.Temporary || e.Connection {
			t.Errorf("%s: %+v", mail.to, e)
		}
	}
	if log := said(); len(log) != 1 {
		t.Errorf("the relay heard %q", log)
	}

	addr, said = script(t, map[string]string{"EHLO": "250-relay.example\r\n250-8BITMIME\r\n250-SIZE 1000000\r\n250 SMTPUTF8\r\n"})
	c = connect(t, unauthenticated(t, addr))
	if err := send(t, c, "zoé@lille.example"); err != nil {
		t.Fatal(err)
	}
	if err := send(t, c, "zoe@lille.example"); err != nil {
		t.Fatal(err)
	}
	log := said()
	if !strings.HasSuffix(log[1], " SMTPUTF8") {
		t.Errorf("first mail: %q", log[1])
	}
	if strings.Contains(log[4], "SMTPUTF8") || !strings.Contains(log[4], "SIZE=") {
		t.Errorf("second mail: %q", log[4])
	}
}
