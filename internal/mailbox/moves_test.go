package mailbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"infolettre/internal/localmail"
	"infolettre/internal/mailbox"
)

// logBuffer collects log output.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// In an inbox that keeps moved mails, each mail is handled and copied at most once, and not
// at all where the server reports the inbox as read-only. The log want so, and so does
// Check where it can know.
func TestRun_InboxThatKeepsMovedMails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o       localmail.Options
		copies  int // of the first mail in each session
		wantLog string
	}{
		"read-only":              {localmail.Options{ReadOnly: true}, 0, "the server opens the inbox read-only"},
		"read-only without MOVE": {localmail.Options{ReadOnly: true, NoMove: true, NoUIDPlus: true}, 0, "the server opens the inbox read-only"},
		"MOVE that copies":       {localmail.Options{KeepMoved: true}, 1, "a moved mail is still in the inbox"},
		"STORE without effect":   {localmail.Options{KeepMoved: true, NoMove: true}, 1, "a moved mail is still in the inbox"},
		"without UIDPLUS":        {localmail.Options{KeepMoved: true, NoMove: true, NoUIDPlus: true}, 1, "a moved mail is still in the inbox"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.o)
			put(t, s, "un", "deux", "trois")
			var logged logBuffer
			o := options(s.IMAPAddr())
			o.Log = slog.New(slog.NewTextHandler(&logged, nil))
			d := &recordingHandler{}
			b := run(t, o, d)
			for range 10 {
				settle(t, b)
			}
			if got := len(subjects(t, s, done)); got != c.copies {
				t.Errorf("%d copies", got)
			}
			for _, subject := range []string{"un", "deux", "trois"} {
				if n := d.count(subject); n != 1 {
					t.Errorf("%s was handled %d times", subject, n)
				}
			}
			put(t, s, "quatre")
			settle(t, b)
			for range 5 {
				s.DropConnections()
				settle(t, b)
			}
			if got, want := d.handled(), []string{"un", "deux", "trois", "quatre"}; !slices.Equal(got, want) {
				t.Errorf("handled %q, want %q", got, want)
			}
			copies := subjects(t, s, done)
			once := slices.Compact(slices.Sorted(slices.Values(copies)))
			if len(copies) != len(once) || c.copies == 0 && len(copies) > 0 {
				t.Errorf("copies: %q", copies)
			}
			wantFolder(t, s, "INBOX", "un", "deux", "trois", "quatre")
			if !strings.Contains(logged.String(), c.wantLog) {
				t.Errorf("no %q in %s", c.wantLog, logged.String())
			}
			if err := mailbox.Check(t.Context(), o); c.o.ReadOnly != errors.Is(err, mailbox.ErrFolder) || !c.o.ReadOnly && err != nil {
				t.Errorf("check: %v", err)
			}
		})
	}
}

// cuttingProxy is a proxy that closes a connection after so many bytes from the server.
type cuttingProxy struct {
	net.Listener
	server string
	after  int64

	mu          sync.Mutex
	conns       []net.Conn
	connections int
	wait        sync.WaitGroup
}

func newCuttingProxy(t *testing.T, server string, after int64) *cuttingProxy {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cuttingProxy{Listener: ln, server: server, after: after}
	c.wait.Go(c.serve)
	t.Cleanup(func() {
		ln.Close()
		c.mu.Lock()
		for _, conn := range c.conns {
			conn.Close()
		}
		c.mu.Unlock()
		c.wait.Wait()
	})
	return c
}

func (c *cuttingProxy) serve() {
	for {
		client, err := c.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", c.server)
		if err != nil {
			client.Close()
			continue
		}
		c.mu.Lock()
		c.connections++
		c.conns = append(c.conns, client, server)
		c.mu.Unlock()
		c.wait.Go(func() {
			io.Copy(server, client)
			server.(*net.TCPConn).CloseWrite()
		})
		c.wait.Go(func() {
			io.CopyN(client, server, c.after)
			client.Close()
			io.Copy(io.Discard, server) // the server library blocks when it cannot finish a FETCH
			server.Close()
		})
	}
}

// When connections break before a chunk of fifty mails is complete, the complete mails are
// handled and moved, and no mail is handled twice.
func TestRun_BrokenConnectionKeepsCompleteMails(t *testing.T) {
	t.Parallel()
	const mails = 120
	for _, after := range []int64{20_000, 60_000, 150_000} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			t.Parallel()
			s := serve(t, localmail.Options{})
			var want []string
			for i := range mails {
				want = append(want, fmt.Sprint("nouvelle ", i))
				if err := s.Append(office, []byte("Subject: "+want[i]+"\r\n\r\n"+strings.Repeat("Bonjour à tous, et merci.\r\n", 150))); err != nil {
					t.Fatal(err)
				}
			}
			proxy := newCuttingProxy(t, s.IMAPAddr(), after)
			d := &recordingHandler{}
			b := run(t, options(proxy.Addr().String()), d)
			settle(t, b)
			if got := d.handled(); !slices.Equal(got, want) {
				t.Errorf("handled %d of %d, in another order or not all", len(got), mails)
			}
			wantFolder(t, s, "INBOX")
			if got := subjects(t, s, done); len(got) != mails || len(slices.Compact(slices.Sorted(slices.Values(got)))) != mails {
				t.Errorf("%d mails are filed", len(got))
			}
			proxy.mu.Lock()
			defer proxy.mu.Unlock()
			if most := 3 * mails * 4_200 / int(after); proxy.connections < 3 || proxy.connections > most+10 {
				t.Errorf("%d connections, at most %d were expected", proxy.connections, most+10)
			}
		})
	}
}
