package relay

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/textproto"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// scriptedConn is a connection whose Read returns the given replies, one a call.
type scriptedConn struct {
	net.Conn
	replies [][]byte
	written bytes.Buffer
}

func (p *scriptedConn) Read(b []byte) (int, error) {
	if len(p.replies) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.replies[0])
	if p.replies[0] = p.replies[0][n:]; len(p.replies[0]) == 0 {
		p.replies = p.replies[1:]
	}
	return n, nil
}

func (p *scriptedConn) Write(b []byte) (int, error)      { return p.written.Write(b) }
func (p *scriptedConn) SetReadDeadline(time.Time) error  { return nil }
func (p *scriptedConn) SetWriteDeadline(time.Time) error { return nil }
func (p *scriptedConn) Close() error                     { return nil }

func (p *scriptedConn) conn(o Offers) *Conn {
	return &Conn{opts: new(Options), socket: p, smtp: newSMTPConn(p), offers: o}
}

// smuggled are contents that could split a mail in two, or truncate it.
var smuggled = []struct {
	content string
	clean   bool
}{
	{"un\r\n.\r\ndeux\r\n", true},
	{".\r\n", true},
	{"..\r\n...\r\n", true},
	{".un\r\n.deux\r\n", true},
	{"\r\n.\r\n", true},
	{"\r\n\r\n.\r\nMAIL FROM:<x@y.example>\r\nRCPT TO:<z@y.example>\r\nDATA\r\n", true},
	{"", true},
	{"\r\n", true},
	{"un\n.\r\ndeux\r\n", false},
	{"un\r.\r\ndeux\r\n", false},
	{"un\r\n.\ndeux\r\n", false},
	{"un\r\n.\rdeux\r\n", false},
	{"un\n.\ndeux\r\n", false},
	{"un\r.\rdeux\r\n", false},
	{"un\r\r\n.\r\ndeux\r\n", false},
	{"\n.\r\n", false},
	{"\r", false},
	{"\n", false},
	{"un", false},
	{"un\r", false},
	{"un\r\ndeux", false},
	{strings.Repeat("x", maxLine) + "\r\n", true},
	{strings.Repeat("x", maxLine+1) + "\r\n", false},
}

func TestInspect_RefusesSmuggledMails(t *testing.T) {
	t.Parallel()
	for _, c := range smuggled {
		if clean := transferable(t, []byte(c.content)); clean != c.clean {
			t.Errorf("%.60q: clean is %v", c.content, clean)
		}
	}
}

func FuzzContent(f *testing.F) {
	for _, c := range smuggled {
		f.Add([]byte(c.content))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { transferable(t, raw) })
}

// transferable reports whether inspect accepts a content. If so, it checks what is written:
// a server reads the same content, and finds the only end of data at the end, even if it
// takes a bare CR or LF for a line end.
func transferable(t *testing.T, raw []byte) bool {
	t.Helper()
	given := bytes.Clone(raw)
	var p scriptedConn
	dots, err := inspect(raw)
	if err != nil {
		return false
	}
	if err := p.conn(Offers{}).write(raw, dots); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(raw, given) {
		t.Errorf("the content was changed: %q", raw)
	}
	stream := p.written.Bytes()
	got, err := io.ReadAll(textproto.NewReader(bufio.NewReader(bytes.NewReader(stream))).DotReader())
	if want := bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")); err != nil || !bytes.Equal(got, want) {
		t.Errorf("a server reads %q, %v; want %q", got, err, want)
	}
	ends := regexp.MustCompile(`(^|\r|\n)\.(\r|\n)`).FindAllIndex(stream, -1)
	if len(ends) != 1 || ends[0][1] != len(stream)-1 {
		t.Errorf("%q ends at %v", stream, ends)
	}
	return true
}

// inOrder matches the replies to a mail that is accepted.
var inOrder = func() *regexp.Regexp {
	var b strings.Builder
	b.WriteString("^")
	for _, code := range []string{"250", "25[0-9]", "354", "250"} {
		b.WriteString("(" + code + `-[^\n]*\n)*` + code + `( [^\n]*)?\r*\n`)
	}
	return regexp.MustCompile(b.String())
}()

// For any replies: a mail counts as accepted only if the replies accept every command in
// order, and is in doubt only if it was written completely.
func FuzzReplies(f *testing.F) {
	f.Add([]byte("250 a\r\n"), []byte("250 b\r\n"), []byte("354 c\r\n"), []byte("250 d\r\n"), true)
	f.Add([]byte("250-a\r\n250 a\r\n"), []byte("251\r\n"), []byte("354\n"), []byte("250\r\n421 bye\r\n"), false)
	f.Add([]byte("250 a\r\n"), []byte("550 5.1.1 b\r\n"), []byte("354 c\r\n"), []byte("554 d\r\n"), true)
	f.Add([]byte("250 a\r\n"), []byte("250 b\r\n"), []byte("354 c\r\n250 d\r\n"), []byte(""), true)
	f.Add([]byte("250 a\r\n250 b\r\n"), []byte("354 c\r\n"), []byte("fine\r\n"), []byte("999 d\r\n"), true)
	f.Add([]byte("421 a\r\n"), []byte("25"), []byte("0 "), []byte("\r\n"), false)
	raw := []byte("Subject: x\r\n\r\nun\r\n")
	f.Fuzz(func(t *testing.T, mail, rcpt, data, last []byte, pipelining bool) {
		said := bytes.Join([][]byte{mail, rcpt, data, last}, nil)
		p := &scriptedConn{}
		for _, piece := range [][]byte{mail, rcpt, data, last} {
			if len(piece) > 0 {
				p.replies = append(p.replies, piece)
			}
		}
		c := p.conn(Offers{Pipelining: pipelining})
		attempted := false
		_, err := c.Send(t.Context(), Envelope{From: "a@b.example", To: "c@d.example"}, raw, func(context.Context) error {
			attempted = true
			return nil
		})
		whole := bytes.HasSuffix(p.written.Bytes(), append(raw, endOfData...))
		if whole != attempted {
			t.Errorf("attempted is %v, written is %q", attempted, p.written.Bytes())
		}
		if err == nil {
			if !attempted || !inOrder.Match(said) {
				t.Errorf("accepted by %q", said)
			}
			return
		}
		var e *Error
		if !errors.As(err, &e) || e.InDoubt && !whole || e.InDoubt != (whole && e.Code == 0) || e.Code == 0 && !e.Connection || e.Connection && c.Alive() {
			t.Errorf("%q: %+v", said, e)
		}
	})
}

// A mail that is accepted after ctx ended counts as accepted, and the connection is closed.
func TestSend_AcceptedMailStaysAcceptedAfterCancel(t *testing.T) {
	t.Parallel()
	p := &scriptedConn{replies: [][]byte{[]byte("250 a\r\n"), []byte("250 b\r\n"), []byte("354 c\r\n"), []byte("250 d\r\n")}}
	c := p.conn(Offers{})
	ctx, cancel := context.WithCancel(t.Context())
	_, err := c.Send(ctx, Envelope{To: "c@d.example"}, []byte("Subject: x\r\n\r\n"), func(context.Context) error {
		cancel()
		return nil
	})
	if err != nil || c.Alive() {
		t.Errorf("%v, alive: %v", err, c.Alive())
	}
}

// acceptingConn accepts every mail, and discards it.
type acceptingConn struct {
	scriptedConn
	n int
}

func (e *acceptingConn) Read(b []byte) (int, error) {
	e.n++
	return copy(b, []string{"250 c\r\n", "250 a\r\n", "250 b\r\n", "354 d\r\n"}[e.n%4]), nil
}

func (e *acceptingConn) Write(b []byte) (int, error) { return len(b), nil }

// sendTo returns a function that sends a mail of about size bytes to a server that answers
// at once.
func sendTo(t testing.TB, size int) (send func()) {
	e := &acceptingConn{}
	c := &Conn{opts: new(Options), socket: e, smtp: newSMTPConn(e), offers: Offers{Pipelining: true, Size: true, DSN: true}}
	raw := []byte("Subject: x\r\n\r\n" + strings.Repeat("Une ligne ordinaire d'un texte ordinaire, de quelque longueur.\r\n", size/65) + ".\r\n")
	return func() {
		if _, err := c.Send(t.Context(), Envelope{From: "lettre+abcdefghijklmnopqrstuvwxyz@cites.example", To: "lecteur@lille.example"}, raw, func(context.Context) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
}

// The memory for sending a mail does not grow with the mail. Not parallel: it measures memory.
func TestSend_AllocatesLittle(t *testing.T) {
	send := sendTo(t, 1<<20)
	send()
	var before, after runtime.MemStats
	const mails = 20
	runtime.ReadMemStats(&before)
	for range mails {
		send()
	}
	runtime.ReadMemStats(&after)
	if took := (after.TotalAlloc - before.TotalAlloc) / mails; took > 16<<10 {
		t.Errorf("a mail of 1 MB takes %d bytes", took)
	}
}

// BenchmarkSendCPU measures a mail of 20 KB without its system calls.
func BenchmarkSendCPU(b *testing.B) {
	send := sendTo(b, 20<<10)
	b.ReportAllocs()
	for b.Loop() {
		send()
	}
}
