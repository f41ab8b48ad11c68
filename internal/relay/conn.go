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
	socket net.Conn // beneath TLS, if there is any
	smtp   *smtpConn
	name   string
	offers Offers

	lost            bool
	transactionOpen bool // RSET is due

	// Reused from mail to mail, to save memory.
	commands  []byte
	signature []byte
	pieces    net.Buffers // of the content
	writing   net.Buffers // the pieces not yet written
	joined    []byte      // the pieces joined, where that is better
}

// String describes the connection to operators: the relay's address, ours, and the
// encryption, as in "192.0.2.10:587 from 10.0.0.5:41234, TLS 1.3".
func (c *Conn) String() string { return c.name }

// Alive reports whether another Send can succeed. It does not ask the server.
func (c *Conn) Alive() bool { return !c.lost }

// Close sends QUIT, waits at most a second for the reply, and closes the connection. It
// may be called more than once.
func (c *Conn) Close() error {
	if c.lost {
		return nil
	}
	c.lost = true
	_, _ = c.smtp.command(min(c.opts.CommandTimeout, time.Second), "QUIT") // the connection is closed in any case
	if err := c.socket.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("relay: close: %w", err)
	}
	return nil
}

// Send delivers one mail to one recipient and returns the text of the relay's final reply.
// raw is a whole message with CRLF line ends; it is sent unchanged, after the signatures
// that the options ask for.
//
// Send calls attempt when all commands are accepted, just before it writes the content. If
// attempt fails, Send writes nothing, closes the connection and returns the error, wrapped.
//
// Any other error is an *Error. If it is not Connection, and Alive is true, the connection
// can be used for the next mail. When ctx ends, the connection is closed at once.
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
		return "", &Error{Stage: StageMail, Code: 552, Enhanced: "5.3.4", Text: fmt.Sprintf("the mail has %d bytes, and the relay accepts %d", m.size, limit)}
	}

	defer c.closeOnDone(ctx)()
	if refused := c.exchange(ctx, c.mailCommands(env, m)); refused != nil {
		return "", refused
	}
	if err := attempt(ctx); err != nil {
		// After DATA only closing the connection prevents the mail: the relay would accept
		// an empty content as one.
		c.closeNow()
		return "", fmt.Errorf("relay: record the attempt: %w", err)
	}
	last, failed := c.transfer(ctx, raw, m.dots)
	if failed != nil {
		return "", failed
	}
	return last.text, nil
}

// mail holds what the commands state about a mail.
type mail struct {
	size, dots     int
	utf8, eightBit bool
}

// prepare checks the envelope and the mail, and whether this relay accepts such mail.
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
		return m, errors.New("the relay accepts no addresses or headers beyond ASCII (SMTPUTF8)")
	}
	if m.eightBit && !c.offers.EightBitMIME {
		return m, errors.New("the relay accepts no content beyond ASCII (8BITMIME)")
	}
	return m, nil
}

// check refuses characters that would end a command early or add to it.
func (e Envelope) check() error {
	if e.To == "" {
		return errors.New("the envelope has no recipient")
	}
	for _, address := range []string{e.From, string(e.To)} {
		if strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == '<' || r == '>' || r == 0x7f }) {
			return errors.New("the envelope holds an invalid address")
		}
	}
	return nil
}

// transfer writes the content and the end of data, and reads the final reply.
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
			c.closeNow() // the relay sent more: it is closing, or out of order
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

// maxDots is the number of lines that begin with a dot up to which the pieces are written
// without a copy.
const maxDots = 100

// write writes signatures, content and end of data: on a plain socket without a copy
// (writev), else as one piece.
func (c *Conn) write(raw []byte, dots int) error {
	conn := c.smtp.conn
	_ = conn.SetWriteDeadline(time.Now().Add(c.opts.SubmissionTimeout)) // Write fails then, too
	if _, plain := conn.(*net.TCPConn); plain && dots <= maxDots {
		c.pieces = append(c.pieces[:0], c.signature)
		for piece := range stuffed(raw, dots) {
			c.pieces = append(c.pieces, piece)
		}
		c.pieces = append(c.pieces, endOfData)
		defer clear(c.pieces) // keep no reference to raw
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

// failConnection closes a broken connection and returns its Error.
func (c *Conn) failConnection(ctx context.Context, stage Stage, err error) *Error {
	c.closeNow()
	return connectionError(ctx, stage, err)
}

// closeOnDone closes the socket when ctx ends, until the returned function is called.
func (c *Conn) closeOnDone(ctx context.Context) (detach func()) {
	stop := context.AfterFunc(ctx, func() { _ = c.socket.Close() })
	return func() {
		if !stop() {
			c.lost = true
		}
	}
}

func (c *Conn) closeNow() {
	c.lost = true
	_ = c.socket.Close() // the connection is given up
}
