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

// Bounds of a reply. RFC 5321 section 4.5.3.1.5 allows 512 bytes a line; servers that
// explain a refusal use more.
const (
	maxReplyLine  = 2000
	maxReplyLines = 100
)

// smtpConn writes commands and reads replies. One buffered reader serves it from the
// greeting to QUIT, so that no buffered reply is lost or taken for the reply to another
// command. STARTTLS replaces it, and drops everything that was sent in plain text.
type smtpConn struct {
	conn net.Conn // the socket, or TLS over it
	in   *bufio.Reader
}

func newSMTPConn(conn net.Conn) *smtpConn {
	return &smtpConn{conn: conn, in: bufio.NewReaderSize(conn, maxReplyLine)}
}

// reply is the server's reply to one command.
type reply struct {
	code int
	text string // its lines, separated by "\n"
}

// refusal reports a 4xx or 5xx reply.
func (r reply) refusal() bool { return r.code >= 400 }

// errNoReply reports an answer that is not an SMTP reply.
var errNoReply = errors.New("the answer is not an SMTP reply")

// errUnexpectedReply returns the error for a reply that does not fit the command.
func errUnexpectedReply(r reply) error {
	return fmt.Errorf("unexpected reply: %d %.60q", r.code, r.text)
}

// write writes all of b, within the time.
func (c *smtpConn) write(b []byte, within time.Duration) error {
	_ = c.conn.SetWriteDeadline(time.Now().Add(within)) // Write fails then, too
	_, err := c.conn.Write(b)
	return err
}

// unsolicited reports whether the buffer holds a reply to no command.
func (c *smtpConn) unsolicited() bool { return c.in.Buffered() > 0 }

// read reads one reply (RFC 5321 section 4.2), within the time. It returns errNoReply,
// wrapped, for anything else and for a reply that is too long.
func (c *smtpConn) read(within time.Duration) (reply, error) {
	_ = c.conn.SetReadDeadline(time.Now().Add(within)) // reading fails then, too
	code, text, last, err := c.readLine()
	if err != nil || last {
		return reply{code, text}, err
	}
	var all strings.Builder
	all.WriteString(text)
	for range maxReplyLines {
		next, text, last, err := c.readLine()
		if err != nil {
			return reply{}, err
		}
		if next != code {
			return reply{}, fmt.Errorf("%w: its lines have the codes %d and %d", errNoReply, code, next)
		}
		all.WriteByte('\n')
		all.WriteString(text)
		if last {
			return reply{code, all.String()}, nil
		}
	}
	return reply{}, fmt.Errorf("%w: more than %d lines", errNoReply, maxReplyLines)
}

func (c *smtpConn) readLine() (code int, text string, last bool, err error) {
	line, err := c.in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return 0, "", false, fmt.Errorf("%w: a line of more than %d bytes", errNoReply, maxReplyLine)
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

// printable returns the text of a reply with control characters and invalid UTF-8 replaced,
// since it goes to terminals and to the database.
func printable(b []byte) string {
	for i, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			b[i] = '?'
		}
	}
	return strings.ToValidUTF8(string(b), "?")
}

// command sends one command and reads its reply.
func (c *smtpConn) command(within time.Duration, format string, args ...any) (reply, error) {
	if err := c.write(fmt.Appendf(nil, format+"\r\n", args...), within); err != nil {
		return reply{}, err
	}
	return c.read(within)
}
