package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// Conn is one authenticated connection. One goroutine uses it at a time.
type Conn struct {
	opts   *Options
	signer *signer
	socket net.Conn // what the wire's TLS, if any, runs over
	smtp   *smtpConn
	name   string
	offers Offers

	lost            bool
	transactionOpen bool // a transaction was begun and not ended: RSET is due

	// Kept from mail to mail for their memory.
	commands  []byte
	signature []byte
	pieces    net.Buffers // of the content
	writing   net.Buffers // those that are not written yet
	joined    []byte      // the pieces in one, where that is better
}

// String names the connection as operators know it: the relay's address and
// ours, and how it is encrypted, as in
// "192.0.2.10:587 from 10.0.0.5:41234, TLS 1.3".
func (c *Conn) String() string { return c.name }

// Alive reports whether another Send can succeed. It does not ask the server.
func (c *Conn) Alive() bool { return !c.lost }

// Close takes leave of the relay, briefly, and closes the connection. It may be
// called more than once.
func (c *Conn) Close() error {
	if c.lost {
		return nil
	}
	c.lost = true
	c.smtp.command(min(c.opts.CommandTimeout, time.Second), "QUIT")
	if err := c.socket.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("relay: close: %w", err)
	}
	return nil
}

// Send delivers one mail to one recipient and returns the relay's last reply.
// raw is a whole message with CRLF line ends; it is signed if the options say
// so, and otherwise goes out byte for byte.
//
// attempt is called when all commands are accepted, just before the content is
// sent. If it fails nothing is sent, its error is returned, wrapped, and the
// connection is closed.
//
// Any other error is an *Error. After one that is not Connection, the connection
// can be used for the next mail if Alive says so. When ctx ends, the connection
// is closed, at whatever point the dialogue is.
func (c *Conn) Send(ctx context.Context, env Envelope, raw []byte, attempt func(context.Context) error) (answer string, err error) {
	if c.lost {
		return "", &Error{Stage: StageDial, Err: net.ErrClosed, Temporary: true, Connection: true}
	}
	m, err := c.prepare(env, raw)
	if err != nil {
		return "", &Error{Stage: StageMessage, Err: err}
	}
	if c.signature, err = c.signer.sign(c.signature[:0], raw); err != nil {
		return "", &Error{Stage: StageSign, Err: err}
	}
	m.size = len(c.signature) + len(raw)
	if limit := c.offers.MaxSize; limit > 0 && int64(m.size) > limit {
		return "", &Error{Stage: StageMail, Code: 552, Enhanced: "5.3.4", Text: fmt.Sprintf("the mail has %d bytes, and the relay takes %d", m.size, limit)}
	}

	defer c.closeOnDone(ctx)()
	if refused := c.exchange(ctx, c.mailCommands(env, m)); refused != nil {
		return "", refused
	}
	if err := attempt(ctx); err != nil {
		// There is no way back from DATA but to hang up: an end of content would
		// be taken for a mail.
		c.closeNow()
		return "", fmt.Errorf("relay: record the attempt: %w", err)
	}
	last, failed := c.transfer(ctx, raw, m.dots)
	if failed != nil {
		return "", failed
	}
	return last.text, nil
}

// mail is what the commands say of one.
type mail struct {
	size, dots     int
	utf8, eightBit bool
}

// prepare checks what is to be sent, and whether this relay takes its like.
func (c *Conn) prepare(env Envelope, raw []byte) (m mail, err error) {
	if err := env.check(); err != nil {
		return m, err
	}
	if m.dots, err = inspect(raw); err != nil {
		return m, err
	}
	m.eightBit = !isASCII(raw)
	m.utf8 = !isASCII(env.From) || !isASCII(env.To)
	if m.eightBit && !m.utf8 {
		header := raw
		if end := bytes.Index(raw, []byte("\r\n\r\n")); end >= 0 {
			header = raw[:end]
		}
		m.utf8 = !isASCII(header)
	}
	if m.utf8 && !c.offers.SMTPUTF8 {
		return m, errors.New("the relay does not take addresses or headers beyond ASCII (SMTPUTF8)")
	}
	if m.eightBit && !c.offers.EightBitMIME {
		return m, errors.New("the relay does not take content beyond ASCII (8BITMIME)")
	}
	return m, nil
}

// check refuses what would end a command early, or add to it.
func (e Envelope) check() error {
	if e.To == "" {
		return errors.New("the envelope has no recipient")
	}
	for _, address := range []string{e.From, string(e.To)} {
		if strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == '<' || r == '>' || r == 0x7f }) {
			return errors.New("the envelope holds what is not an address")
		}
	}
	return nil
}

// transfer writes the content and the end of it, and hears what becomes of it.
func (c *Conn) transfer(ctx context.Context, raw []byte, dots int) (reply, *Error) {
	err := c.write(raw, dots)
	if err != nil {
		// Without the final dot, no server accepts anything.
		return reply{}, c.failConnection(ctx, StageContent, err)
	}
	last, err := c.smtp.read(c.opts.SubmissionTimeout)
	switch {
	case err == nil && StageContent.accepted(last):
		c.transactionOpen = false
		if c.smtp.unsolicited() {
			c.closeNow() // it goes on talking: it is leaving, or out of step
		}
		return last, nil
	case err == nil && last.refusal():
		c.transactionOpen = false
		e := replyError(StageContent, last)
		if e.Connection {
			c.closeNow()
		}
		return reply{}, e
	case err == nil:
		err = errUnexpectedReply(last)
	}
	e := c.failConnection(ctx, StageContent, err)
	e.InDoubt = true
	return reply{}, e
}

// maxDots is how many lines with a dot before them are gathered, rather than
// copied.
const maxDots = 100

// write sends signature, content and end of data: gathered by the system from
// where they lie on a plain socket, and else as one piece.
func (c *Conn) write(raw []byte, dots int) error {
	conn := c.smtp.conn
	conn.SetWriteDeadline(time.Now().Add(c.opts.SubmissionTimeout))
	if _, plain := conn.(*net.TCPConn); plain && dots <= maxDots {
		c.pieces = append(c.pieces[:0], c.signature)
		for piece := range stuffed(raw, dots) {
			c.pieces = append(c.pieces, piece)
		}
		c.pieces = append(c.pieces, endOfData)
		defer clear(c.pieces) // raw is not ours to keep
		c.writing = c.pieces
		_, err := c.writing.WriteTo(conn)
		return err
	}
	c.joined = slices.Grow(c.joined[:0], len(c.signature)+len(raw)+dots+len(endOfData))
	c.joined = append(c.joined, c.signature...)
	for piece := range stuffed(raw, dots) {
		c.joined = append(c.joined, piece...)
	}
	c.joined = append(c.joined, endOfData...)
	_, err := conn.Write(c.joined)
	return err
}

// failConnection hangs up on a line that was lost or is of no use, and says so.
func (c *Conn) failConnection(ctx context.Context, stage Stage, err error) *Error {
	c.closeNow()
	return connectionError(ctx, stage, err)
}

// closeOnDone closes the socket when ctx ends, until the returned function is called.
func (c *Conn) closeOnDone(ctx context.Context) (detach func()) {
	stop := context.AfterFunc(ctx, func() { c.socket.Close() })
	return func() {
		if !stop() {
			c.lost = true
		}
	}
}

func (c *Conn) closeNow() {
	c.lost = true
	c.socket.Close()
}
