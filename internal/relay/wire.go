package relay

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// The longest reply that is read. RFC 5321 section 4.5.3.1.5 allows 512 bytes a
// line; servers that explain themselves take more.
const (
	maxReplyLine  = 2000
	maxReplyLines = 100
)

// smtpConn is the dialogue itself: commands out, replies in. One reader serves it
// from the greeting to QUIT, so that nothing it holds is lost or taken for the
// answer to something else; STARTTLS gives it up for another, and with it all
// that was said in clear.
type smtpConn struct {
	conn net.Conn // what is spoken over: the socket, or TLS upon it
	in   *bufio.Reader
}

func newSMTPConn(conn net.Conn) *smtpConn {
	return &smtpConn{conn: conn, in: bufio.NewReaderSize(conn, maxReplyLine)}
}

// reply is what the server answered to one command.
type reply struct {
	code int
	text string // of all its lines, separated by "\n"
}

// refusal reports whether the server says no, for now or for good.
func (r reply) refusal() bool { return r.code >= 400 }

// errNoReply reports an answer that is not SMTP.
var errNoReply = errors.New("the server's answer is no SMTP reply")

// errUnexpectedReply is for a reply that does not belong to what was said.
func errUnexpectedReply(r reply) error {
	return fmt.Errorf("the server answers out of step: %d %.60q", r.code, r.text)
}

// write sends all of b, within the time.
func (w *smtpConn) write(b []byte, within time.Duration) error {
	w.conn.SetWriteDeadline(time.Now().Add(within))
	_, err := w.conn.Write(b)
	return err
}

// unsolicited reports that the server has said something that nobody asked for yet,
// as far as it was read.
func (w *smtpConn) unsolicited() bool { return w.in.Buffered() > 0 }

// read reads one reply (RFC 5321 section 4.2), within the time. What is not one,
// or is longer than a reply may be, is an error.
func (w *smtpConn) read(within time.Duration) (reply, error) {
	w.conn.SetReadDeadline(time.Now().Add(within))
	code, text, last, err := w.readLine()
	if err != nil || last {
		return reply{code, text}, err
	}
	var all strings.Builder
	all.WriteString(text)
	for range maxReplyLines {
		next, text, last, err := w.readLine()
		if err != nil {
			return reply{}, err
		}
		if next != code {
			return reply{}, fmt.Errorf("%w: one begins with %d and goes on with %d", errNoReply, code, next)
		}
		all.WriteByte('\n')
		all.WriteString(text)
		if last {
			return reply{code, all.String()}, nil
		}
	}
	return reply{}, fmt.Errorf("%w: it has more than %d lines", errNoReply, maxReplyLines)
}

func (w *smtpConn) readLine() (code int, text string, last bool, err error) {
	line, err := w.in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return 0, "", false, fmt.Errorf("%w: a line has more than %d bytes", errNoReply, maxReplyLine)
	case err != nil:
		return 0, "", false, err
	}
	line = bytes.TrimRight(line, "\r\n")
	for i, b := range line[:min(3, len(line))] {
		if b < '0' || b > '9' || i == 0 && (b < '2' || b > '5') {
			break
		}
		code = code*10 + int(b-'0')
	}
	switch {
	case code < 200, len(line) > 3 && line[3] != ' ' && line[3] != '-':
		return 0, "", false, fmt.Errorf("%w: %.60q", errNoReply, line)
	case len(line) == 3:
		return code, "", true, nil
	}
	return code, printable(line[4:]), line[3] == ' ', nil
}

// printable is a text of a reply without what a terminal or a table of the
// database would take amiss.
func printable(b []byte) string {
	for i, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			b[i] = '?'
		}
	}
	return strings.ToValidUTF8(string(b), "?")
}

// command says one thing and reads the answer to it.
func (w *smtpConn) command(within time.Duration, format string, args ...any) (reply, error) {
	if err := w.write(fmt.Appendf(nil, format+"\r\n", args...), within); err != nil {
		return reply{}, err
	}
	return w.read(within)
}
