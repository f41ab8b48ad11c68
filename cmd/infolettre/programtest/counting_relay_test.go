package programtest

import (
	"bytes"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// countingRelay is a fast relay that stores no mail, and counts what it accepted for each
// reader. Tests can hook into it and take it away.
type countingRelay struct {
	t    *testing.T
	addr string

	mu      sync.Mutex
	server  *smtp.Server // nil while it is away
	open    int          // sessions
	rest    chan struct{}
	run     int // of the daemon, from 0
	readers map[string]*reader
	offers  int              // recipients of this run, refused ones as well
	mails   int              // contents of this run, of the issue
	doubt   []map[string]int // by run: readers whose mail was begun and not followed by another on its connection
	disturb func(point string, n int)
}

// reader is what one reader got.
type reader struct {
	offered int
	runs    []int // in which the relay took a mail to this reader
	ids     []string
}

// Points of disturbance, with how many there were in this run.
const (
	pointRcpt = "rcpt" // a recipient is offered
	pointData = "data" // a content is there, and not answered
)

func newCountingRelay(t *testing.T) *countingRelay {
	t.Helper()
	y := &countingRelay{t: t, readers: map[string]*reader{}, doubt: []map[string]int{{}}, rest: make(chan struct{}, 1)}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	y.addr = ln.Addr().String()
	y.serve(ln)
	t.Cleanup(y.leave)
	return y
}

func (y *countingRelay) serve(ln net.Listener) {
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		y.mu.Lock()
		defer y.mu.Unlock()
		y.open++
		return &countingSession{countingRelay: y}, nil
	}))
	server.Domain = "relay.example"
	server.EnableSMTPUTF8 = true
	server.ErrorLog = log.New(io.Discard, "", 0) // the lines of those who are killed
	y.mu.Lock()
	y.server = server
	y.mu.Unlock()
	go server.Serve(ln)
}

// leave takes the relay away: it closes the listener and every connection.
func (y *countingRelay) leave() {
	y.mu.Lock()
	server := y.server
	y.server = nil
	y.mu.Unlock()
	if server != nil {
		server.Close()
	}
}

// comeBack undoes leave.
func (y *countingRelay) comeBack() {
	y.t.Helper()
	ln, err := net.Listen("tcp", y.addr)
	if err != nil {
		y.t.Fatal(err)
	}
	y.serve(ln)
}

// mind makes the relay call f at the points of each mail of the issue; nil for none.
func (y *countingRelay) mind(f func(point string, n int)) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.disturb = f
}

// ended waits until the last connection of a daemon that has ended is closed, and begins the
// next run. It returns the readers whose mail may be in doubt.
func (y *countingRelay) ended() map[string]int {
	y.t.Helper()
	give := time.After(patience)
	for {
		y.mu.Lock()
		if y.open == 0 {
			doubt := y.doubt[y.run]
			y.run++
			y.doubt = append(y.doubt, map[string]int{})
			y.offers, y.mails = 0, 0
			y.mu.Unlock()
			return doubt
		}
		y.mu.Unlock()
		select {
		case <-y.rest:
		case <-give:
			y.t.Fatal("the relay's connections do not end")
		}
	}
}

// offered counts the recipients of this run.
func (y *countingRelay) offered() int {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.offers
}

// served counts the readers who got a mail, and all mails.
func (y *countingRelay) served() (readers, mails int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, r := range y.readers {
		if len(r.runs) > 0 {
			readers++
			mails += len(r.runs)
		}
	}
	return readers, mails
}

// countingSession is one connection.
type countingSession struct {
	countingRelay *countingRelay
	to            string
	begun         string // whose content came last, until another mail begins
}

func isReader(address string) bool { return strings.HasPrefix(address, "lectrice") }

func (s *countingSession) Mail(string, *smtp.MailOptions) error {
	y := s.countingRelay
	y.mu.Lock()
	defer y.mu.Unlock()
	if s.begun != "" {
		y.doubt[y.run][s.begun]--
		s.begun = ""
	}
	return nil
}

// greylisted is one reader in ten.
func greylisted(address string) bool { return strings.Contains(address, "7@") }

func (s *countingSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	if !isReader(to) {
		return nil
	}
	y := s.countingRelay
	y.mu.Lock()
	r := y.readers[to]
	if r == nil {
		r = &reader{}
		y.readers[to] = r
	}
	r.offered++
	y.offers++
	offered, n, disturb := r.offered, y.offers, y.disturb
	y.mu.Unlock()
	if disturb != nil {
		disturb(pointRcpt, n)
	}
	if offered == 1 && greylisted(to) {
		return errGreylisted
	}
	// From here on its content may come, also when this server is closed before it
	// hears of it.
	y.mu.Lock()
	defer y.mu.Unlock()
	s.begun = to
	y.doubt[y.run][to]++
	return nil
}

var contentBuffers = sync.Pool{New: func() any { b := make([]byte, 64<<10); return &b }}

func (s *countingSession) Data(content io.Reader) error {
	y := s.countingRelay
	buf := contentBuffers.Get().(*[]byte)
	defer contentBuffers.Put(buf)
	head, err := readHead(content, *buf)
	if err != nil || !isReader(s.to) || !bytes.Contains(head, []byte("X-InfoLettre-Kind: issue\r\n")) {
		return err
	}
	_, id, _ := bytes.Cut(head, []byte("Message-ID: <"))
	id, _, _ = bytes.Cut(id, []byte(">\r\n"))
	name := string(id)
	y.mu.Lock()
	y.mails++
	sent, disturb := y.mails, y.disturb
	y.mu.Unlock()
	if disturb != nil {
		disturb(pointData, sent)
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	r := y.readers[s.to]
	r.runs = append(r.runs, y.run)
	if !slices.Contains(r.ids, name) {
		r.ids = append(r.ids, name)
	}
	return nil
}

// readHead reads a content to its end, and returns as much as buf holds.
func readHead(content io.Reader, buf []byte) (head []byte, err error) {
	for n := 0; n < len(buf); {
		more, err := content.Read(buf[n:])
		n += more
		if err == io.EOF {
			return buf[:n], nil
		}
		if err != nil {
			return nil, err
		}
	}
	_, err = io.Copy(io.Discard, content)
	return buf, err
}

func (s *countingSession) Reset() {}

func (s *countingSession) Logout() error {
	y := s.countingRelay
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.open--; y.open == 0 {
		select {
		case y.rest <- struct{}{}:
		default:
		}
	}
	return nil
}
