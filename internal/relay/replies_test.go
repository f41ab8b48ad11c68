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

// scriptedServer serves SMTP by a table of replies to verbs, for replies that a normal
// server does not give. "." is the end of content, and "DATA#2" only the second DATA. The
// reply "" closes the connection, silence keeps it open without a reply. Verbs that are not
// in the table get a normal reply. It returns the address, and a function that returns the
// lines received so far; lines of content begin with "> ".
func scriptedServer(t *testing.T, replies map[string]string) (addr string, received func() []string) {
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
	note := func(line string) {
		mu.Lock()
		defer mu.Unlock()
		log = append(log, line)
	}
	talk := func(conn net.Conn) {
		defer conn.Close()
		times := map[string]int{}
		reply := func(verb, usual string) string {
			times[verb]++
			for _, key := range []string{fmt.Sprintf("%s#%d", verb, times[verb]), verb} {
				if r, ok := replies[key]; ok {
					return r
				}
			}
			return usual
		}
		in := bufio.NewScanner(conn)
		fmt.Fprint(conn, reply("greeting", "220 relay.example\r\n"))
		content := false
		for in.Scan() {
			verb := in.Text()
			switch {
			case content && verb != ".":
				note("> " + verb)
				continue
			case content:
				note(verb)
			default:
				note(verb)
				verb, _, _ = strings.Cut(verb, " ")
			}
			content = false
			answer := "250 2.0.0 fine\r\n"
			switch verb {
			case "EHLO":
				answer = reply(verb, plainOffers)
			case "DATA":
				answer = reply(verb, "354 go on\r\n")
				content = strings.HasPrefix(answer, "354")
			default:
				answer = reply(verb, answer)
			}
			switch answer {
			case "":
				return
			case silence:
				for in.Scan() {
				}
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

const silence = "(silence)"

// verbs returns the commands without their parameters.
func verbs(log []string) string {
	var all []string
	for _, line := range log {
		verb, _, _ := strings.Cut(line, " ")
		if verb != ">" {
			all = append(all, verb)
		}
	}
	return strings.Join(all, " ")
}

// The replies to EHLO of relays without and with PIPELINING.
const (
	plainOffers     = "250 relay.example\r\n"
	pipelinedOffers = "250-relay.example\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n"
)

func unauthenticated(t *testing.T, addr string) relay.Options {
	o := options(t, "smtp", addr)
	o.Password = nil
	return o
}

func TestSend_RefusalBecomesError(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		verb, reply string
		want        relay.Error
	}{
		{"DATA", "452 4.3.1 full\r\n", relay.Error{Stage: relay.StageData, Code: 452, Enhanced: "4.3.1", Text: "full", Temporary: true}},
		{"DATA", "554 5.5.1 no\r\n", relay.Error{Stage: relay.StageData, Code: 554, Enhanced: "5.5.1", Text: "no"}},
		{"RCPT", "550-5.1.1 nobody\r\n550 5.1.1 of that name\r\n", relay.Error{Stage: relay.StageRcpt, Code: 550, Enhanced: "5.1.1", Text: "nobody\nof that name"}},
		{"RCPT", "550 nobody\r\n", relay.Error{Stage: relay.StageRcpt, Code: 550, Text: "nobody"}},
		{"RCPT", "550 \x1b[31mno\x00 \xff\r\n", relay.Error{Stage: relay.StageRcpt, Code: 550, Text: "?[31mno? ?"}},
		{"RCPT", "450\r\n", relay.Error{Stage: relay.StageRcpt, Code: 450, Temporary: true}},
		{"MAIL", "553 5.1.8 who?\r\n", relay.Error{Stage: relay.StageMail, Code: 553, Enhanced: "5.1.8", Text: "who?"}},
		{"MAIL", "421 4.3.2 closing\r\n", relay.Error{Stage: relay.StageMail, Code: 421, Enhanced: "4.3.2", Text: "closing", Temporary: true, Connection: true}},
		{"RCPT", "421 4.3.2 closing\r\n", relay.Error{Stage: relay.StageRcpt, Code: 421, Enhanced: "4.3.2", Text: "closing", Temporary: true, Connection: true}},
		{"DATA", "421 4.3.2 closing\r\n", relay.Error{Stage: relay.StageData, Code: 421, Enhanced: "4.3.2", Text: "closing", Temporary: true, Connection: true}},
		{".", "421 4.3.2 closing\r\n", relay.Error{Stage: relay.StageContent, Code: 421, Enhanced: "4.3.2", Text: "closing", Temporary: true, Connection: true}},
		{".", "554 5.7.1 no\r\n", relay.Error{Stage: relay.StageContent, Code: 554, Enhanced: "5.7.1", Text: "no"}},
	} {
		for name, offers := range map[string]string{"plain": plainOffers, "pipelined": pipelinedOffers} {
			t.Run(test.verb+" "+test.reply[:3]+" "+name, func(t *testing.T) {
				t.Parallel()
				replies := map[string]string{"EHLO": offers, test.verb + "#1": test.reply}
				if offers == pipelinedOffers { // the replies to the whole group are read
					switch test.verb {
					case "MAIL":
						replies["RCPT#1"] = "503 5.5.1 first MAIL\r\n"
						fallthrough
					case "RCPT":
						replies["DATA#1"] = "503 5.5.1 first RCPT\r\n"
					}
				}
				addr, received := scriptedServer(t, replies)
				c := connect(t, unauthenticated(t, addr))
				if e := asError(t, send(t, c, "a@lille.example")); *e != test.want {
					t.Errorf("got %+v, want %+v", *e, test.want)
				}
				if c.Alive() == test.want.Connection {
					t.Errorf("alive: %v", c.Alive())
				}
				if !c.Alive() {
					return
				}
				if err := send(t, c, "b@lille.example"); err != nil {
					t.Errorf("the next mail: %v", err)
				}
				open := test.verb == "RCPT" || test.verb == "DATA"
				if reset := strings.Contains(verbs(received()), "RSET MAIL RCPT DATA"); reset != open {
					t.Errorf("the dialogue was %q", received())
				}
			})
		}
	}
}

// A failed reset does not change the refusal of the recipient: it fails the next mail,
// which was not attempted.
func TestSend_FailedResetFailsTheNextMail(t *testing.T) {
	t.Parallel()
	for _, offers := range []string{plainOffers, pipelinedOffers} {
		for _, answer := range []string{"", "500 5.5.2 what?\r\n"} {
			addr, _ := scriptedServer(t, map[string]string{"EHLO": offers, "RCPT": "550 5.1.1 nobody\r\n", "DATA": "503 no\r\n", "RSET": answer})
			c := connect(t, unauthenticated(t, addr))
			if e := asError(t, send(t, c, "a@lille.example")); e.Code != 550 || e.Connection {
				t.Errorf("got %+v", e)
			}
			if e := asError(t, send(t, c, "b@lille.example")); e.Stage != relay.StageReset || !e.Connection || !e.Temporary || e.InDoubt {
				t.Errorf("got %+v", e)
			}
			if c.Alive() {
				t.Error("alive after a failed reset")
			}
		}
	}
}

func TestSend_ClosedConnectionIsTemporary(t *testing.T) {
	t.Parallel()
	for _, offers := range []string{plainOffers, pipelinedOffers} {
		for verb, doubt := range map[string]bool{"MAIL": false, "RCPT": false, "DATA": false, ".": true} {
			addr, _ := scriptedServer(t, map[string]string{"EHLO": offers, verb: ""})
			c := connect(t, unauthenticated(t, addr))
			e := asError(t, send(t, c, "a@lille.example"))
			if !e.Connection || !e.Temporary || e.InDoubt != doubt || c.Alive() {
				t.Errorf("%s: %+v", verb, e)
			}
		}
	}
}

func TestConnect_BadGreetingIsAnError(t *testing.T) {
	t.Parallel()
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
		addr, _ := scriptedServer(t, map[string]string{test.verb: test.reply})
		e := asError(t, check(t, unauthenticated(t, addr), sender))
		if e.Stage != test.stage || !e.Connection || e.Temporary != test.temporary {
			t.Errorf("%s %q: %+v", test.verb, test.reply, e)
		}
	}
}

// A relay that does not know EHLO offers nothing, and accepts mail.
func TestConnect_FallsBackToHELO(t *testing.T) {
	t.Parallel()
	addr, received := scriptedServer(t, map[string]string{"EHLO": "502 5.5.1 what?\r\n"})
	if err := send(t, connect(t, unauthenticated(t, addr)), "a@lille.example"); err != nil {
		t.Fatal(err)
	}
	if got := verbs(received()); got != "EHLO HELO MAIL RCPT DATA ." {
		t.Errorf("the relay received %q", got)
	}
}

// Addresses and content beyond ASCII need a relay that offers the extensions.
func TestSend_NonASCIINeedsExtensions(t *testing.T) {
	t.Parallel()
	addr, received := scriptedServer(t, nil)
	c := connect(t, unauthenticated(t, addr))
	for _, mail := range []struct{ to, text string }{
		{"zoé@lille.example", "x\r\n"},
		{"zoe@lille.example", "à\r\n"},
	} {
		_, err := c.Send(t.Context(), relay.Envelope{To: message.Address(mail.to)}, mailTo("zoe@lille.example", mail.text), noRecord)
		if e := asError(t, err); e.Stage != relay.StageMessage || e.Temporary || e.Connection {
			t.Errorf("%s: %+v", mail.to, e)
		}
	}
	if log := received(); len(log) != 1 {
		t.Errorf("the relay received %q", log)
	}

	addr, received = scriptedServer(t, map[string]string{"EHLO": "250-relay.example\r\n250-8BITMIME\r\n250-SIZE 1000000\r\n250 SMTPUTF8\r\n"})
	c = connect(t, unauthenticated(t, addr))
	if err := send(t, c, "zoé@lille.example"); err != nil {
		t.Fatal(err)
	}
	if err := send(t, c, "zoe@lille.example"); err != nil {
		t.Fatal(err)
	}
	var mails []string
	for _, line := range received() {
		if strings.HasPrefix(line, "MAIL ") {
			mails = append(mails, line)
		}
	}
	if !strings.Contains(mails[0], " SMTPUTF8") {
		t.Errorf("first mail: %q", mails[0])
	}
	if strings.Contains(mails[1], "SMTPUTF8") || !strings.Contains(mails[1], "SIZE=") {
		t.Errorf("second mail: %q", mails[1])
	}
}
