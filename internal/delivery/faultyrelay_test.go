package delivery_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// behaviour configures a faulty relay: how many in a hundred commands fail, and how.
type behaviour struct {
	Percent          int
	Actions          []action
	MaxConnections   int  // connections; 0 for any number
	Pipelining       bool // advertised
	AcceptsEmptyData bool // answers 354 to DATA without a recipient
}

// action is how the relay answers one command.
type action string

const (
	fine          action = "fine"
	several       action = "several lines"
	slow          action = "slow"
	temporary     action = "4xx"
	permanent     action = "5xx"
	closing       action = "421"
	dropBefore    action = "drop before the reply"
	dropAfter     action = "drop after the reply"
	silent        action = "no reply"
	acceptAndDrop action = "accept and drop" // accepts a content and drops the connection before the reply
)

var actions = []action{several, slow, temporary, permanent, closing, dropBefore, dropAfter, silent, acceptAndDrop}

// faultyRelay is an SMTP server that fails at random and counts what it did to each
// mail. The return path identifies the mail.
type faultyRelay struct {
	ln           net.Listener
	done         sync.WaitGroup
	began        func(mail string) int  // how often the ledger recorded that a mail began
	unsubscribed func(mail string) bool // whether its reader unsubscribed

	wellBehaved atomic.Bool // no command fails any more

	mu         sync.Mutex
	behaviour  behaviour
	rng        *rand.Rand
	conns      map[net.Conn]bool
	mails      map[string]*mailCounts
	violations []string

	commands     int // received
	awaitedCount int // closes reached at this number
	reached      chan struct{}
}

// mailCounts counts what happened to one mail.
type mailCounts struct {
	rcpts             int
	contents          int // complete contents
	accepted          int
	temporary, refuse int // 4xx and 5xx replies to its own commands
}

func newFaultyRelay(b behaviour, seed uint64) (*faultyRelay, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &faultyRelay{ln: ln, behaviour: b, rng: rand.New(rand.NewPCG(seed, 1)), conns: map[net.Conn]bool{}, mails: map[string]*mailCounts{}}
	s.done.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[conn] = true
			openConns := len(s.conns)
			s.mu.Unlock()
			s.done.Go(func() {
				defer func() {
					conn.Close()
					s.mu.Lock()
					delete(s.conns, conn)
					s.mu.Unlock()
				}()
				(&session{faultyRelay: s, conn: conn, r: bufio.NewReader(conn)}).run(openConns)
			})
		}
	})
	return s, nil
}

func (s *faultyRelay) close() {
	s.ln.Close()
	s.cut()
	s.done.Wait()
}

// cut closes all connections.
func (s *faultyRelay) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
}

// of returns the counts of a mail. The caller holds s.mu.
func (s *faultyRelay) of(mail string) *mailCounts {
	if s.mails[mail] == nil {
		s.mails[mail] = &mailCounts{}
	}
	return s.mails[mail]
}

// after returns a channel that is closed at the n-th command from now.
func (s *faultyRelay) after(n int) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.awaitedCount, s.reached = s.commands+n, make(chan struct{})
	return s.reached
}

// next draws the action for the next command.
func (s *faultyRelay) next() action {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.commands++; s.commands == s.awaitedCount {
		close(s.reached)
	}
	if s.wellBehaved.Load() || len(s.behaviour.Actions) == 0 || s.rng.IntN(100) >= s.behaviour.Percent {
		return fine
	}
	return s.behaviour.Actions[s.rng.IntN(len(s.behaviour.Actions))]
}

func (s *faultyRelay) pick(texts ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return texts[s.rng.IntN(len(texts))]
}

func (s *faultyRelay) violation(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = append(s.violations, fmt.Sprintf(format, args...))
}

// session is one connection to the relay.
type session struct {
	*faultyRelay
	conn net.Conn
	r    *bufio.Reader
	mail string // its name, "" for none
	rcpt bool   // a recipient was accepted
}

// keepOpen says whether the connection stays open.
type keepOpen bool

// answer replies to a command and reports whether it was accepted.
func (d *session) answer(w action, ok string) (accepted bool, keep keepOpen) {
	own := func(count func(*mailCounts)) {
		if d.mail != "" {
			d.mu.Lock()
			count(d.of(d.mail))
			d.mu.Unlock()
		}
	}
	switch w {
	case several:
		d.say(ok[:3] + "-and\r\n" + ok[:3] + "-so on\r\n" + ok)
	case slow:
		time.Sleep(3 * time.Millisecond)
		d.say(ok)
	case temporary:
		own(func(m *mailCounts) { m.temporary++ })
		d.say(d.pick("451 4.7.1 later", "450 4.2.0 busy", "452 4.2.2 full", "451-4.3.0 not\r\n451 4.3.0 now"))
		return false, true
	case permanent:
		own(func(m *mailCounts) { m.refuse++ })
		d.say(d.pick("550 5.1.1 unknown", "554 5.7.1 no", "552-5.2.2 too\r\n552 5.2.2 full"))
		return false, true
	case closing:
		d.say("421 4.3.2 closing")
		return false, false
	case dropBefore, acceptAndDrop:
		return false, false
	case dropAfter:
		d.say(ok)
		return true, false
	case silent:
		io.Copy(io.Discard, d.conn) // until the client gives up
		return false, false
	default:
		d.say(ok)
	}
	return true, true
}

func (d *session) say(line string) { io.WriteString(d.conn, line+"\r\n") }

func (d *session) run(openConns int) {
	d.mu.Lock()
	maximum := d.behaviour.MaxConnections
	d.mu.Unlock()
	if maximum > 0 && openConns > maximum {
		d.say("421 4.7.0 too many connections")
		return
	}
	if accepted, keep := d.answer(d.next(), "220 relay.example ESMTP"); !accepted || !bool(keep) {
		return
	}
	for {
		line, err := d.r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, rest, _ := strings.Cut(line, " ")
		var keep keepOpen
		switch strings.ToUpper(verb) {
		case "EHLO", "HELO":
			ok := "250-relay.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
			d.mu.Lock()
			if d.behaviour.Pipelining {
				ok += "250-PIPELINING\r\n"
			}
			d.mu.Unlock()
			w := d.next()
			if w == several {
				w = fine
			}
			_, keep = d.answer(w, ok+"250 SIZE 10000000")
		case "MAIL":
			_, from, _ := strings.Cut(rest, "<")
			from, _, _ = strings.Cut(from, "@")
			d.mail = from
			var accepted bool
			if accepted, keep = d.answer(d.next(), "250 2.1.0 ok"); !accepted {
				d.mail = ""
			}
			d.rcpt = false
		case "RCPT":
			if d.mail == "" {
				d.say("503 5.5.1 no MAIL")
				keep = true
				break
			}
			d.mu.Lock()
			d.of(d.mail).rcpts++
			d.mu.Unlock()
			d.rcpt, keep = d.answer(d.next(), "250 2.1.5 ok")
		case "DATA":
			keep = d.data()
		case "RSET":
			d.mail, d.rcpt = "", false
			_, keep = d.answer(d.next(), "250 2.0.0 ok")
		case "NOOP":
			_, keep = d.answer(d.next(), "250 2.0.0 ok")
		case "QUIT":
			d.say("221 2.0.0 bye")
			return
		default:
			d.say("500 5.5.2 what")
			keep = true
		}
		if !keep {
			return
		}
	}
}

// data receives a content.
func (d *session) data() keepOpen {
	if !d.rcpt {
		d.mu.Lock()
		loose := d.behaviour.AcceptsEmptyData
		d.mu.Unlock()
		if !loose {
			d.say("503 5.5.1 no valid recipients")
			return true
		}
	}
	mail := d.mail
	late := mail != "" && d.unsubscribed(mail) // before the content is asked for
	accepted, keep := d.answer(d.next(), "354 go ahead")
	if !accepted || !bool(keep) {
		if !keep {
			return false
		}
		d.rcpt = false
		return true
	}
	size := 0
	for {
		line, err := d.r.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		size += len(line)
	}
	if !d.rcpt || mail == "" {
		if size > 0 {
			d.violation("a content of %d bytes without a recipient", size)
		}
		d.say("554 5.5.1 no valid recipients")
		return true
	}
	d.rcpt, d.mail = false, mail
	d.mu.Lock()
	m := d.of(mail)
	m.contents++
	contents := m.contents
	d.mu.Unlock()
	if late {
		d.violation("%s got its content after its reader unsubscribed", mail)
	}
	if n := d.began(mail); n < contents {
		d.violation("%s was written %d times, recorded as begun %d times", mail, contents, n)
	}
	w := d.next()
	switch w {
	case fine, several, slow, dropAfter, acceptAndDrop:
		d.accept(m, mail)
	case silent:
		if d.pick("yes", "no") == "yes" {
			d.accept(m, mail)
		}
	}
	_, keep = d.answer(w, "250 2.0.0 queued")
	d.mail = ""
	return keep
}

func (d *session) accept(m *mailCounts, mail string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m.accepted++
}
