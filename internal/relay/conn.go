package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Conn is one authenticated connection. One goroutine uses it at a time.
type Conn struct {
	opts   *Options
	signer *signer
	socket net.Conn // what the wire's TLS, if any, runs over
	wire   *wire
	name   string
	offers Offers

	lost    bool
	pending bool // a transaction was begun and not ended: RSET is due

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

// Offers is what the relay said that it can do.
func (c *Conn) Offers() Offers { return c.offers }

// Alive reports whether another Send can succeed. It does not ask the server.
func (c *Conn) Alive() bool { return !c.lost }

// Close takes leave of the relay, briefly, and closes the connection. It may be
// called more than once.
func (c *Conn) Close() error {
	if c.lost {
		return nil
	}
	c.lost = true
	c.wire.ask(min(c.opts.CommandTimeout, time.Second), "QUIT")
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

	defer c.cutWith(ctx)()
	if refused := c.exchange(ctx, c.transaction(env, m)); refused != nil {
		return "", refused
	}
	if err := attempt(ctx); err != nil {
		// There is no way back from DATA but to hang up: an end of content would
		// be taken for a mail.
		c.cut()
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

// step is one command of a group, which stands in Conn.commands.
type step struct {
	stage Stage
	end   int
}

// transaction writes down the commands that open the transfer of a mail.
func (c *Conn) transaction(env Envelope, m mail) []step {
	steps := c.offer(make([]step, 0, 4), env, m)
	c.commands = append(c.commands, "DATA\r\n"...)
	return append(steps, step{StageData, len(c.commands)})
}

// offer writes down the commands up to RCPT. A transaction that was left open is
// reset first. Reports of failure are asked for where the relay passes that on
// (RFC 3461), of nothing else, and never of mail that has no return path.
func (c *Conn) offer(steps []step, env Envelope, m mail) []step {
	b := c.commands[:0]
	if c.pending {
		b = append(b, "RSET\r\n"...)
		steps = append(steps, step{StageReset, len(b)})
	}
	b = append(append(append(b, "MAIL FROM:<"...), env.From...), '>')
	if m.utf8 {
		b = append(b, " SMTPUTF8"...)
	}
	if m.eightBit {
		b = append(b, " BODY=8BITMIME"...)
	}
	if c.offers.Size && m.size > 0 {
		b = strconv.AppendInt(append(b, " SIZE="...), int64(m.size), 10)
	}
	notify := " NOTIFY=NEVER"
	if c.offers.DSN && env.From != "" {
		b = append(b, " RET=HDRS"...)
		notify = " NOTIFY=FAILURE"
	}
	b = append(b, "\r\n"...)
	steps = append(steps, step{StageMail, len(b)})
	b = append(append(append(b, "RCPT TO:<"...), env.To...), '>')
	if c.offers.DSN {
		b = append(b, notify...)
	}
	b = append(b, "\r\n"...)
	c.commands = b
	return append(steps, step{StageRcpt, len(b)})
}

// accepted tells whether a reply is the one by which a step succeeds.
func (s Stage) accepted(r reply) bool {
	switch s {
	case StageData:
		return r.code == 354
	case StageRcpt:
		return r.code == 250 || r.code == 251
	}
	return r.code == 250
}

// exchange says the commands, in one go where the relay offers PIPELINING (RFC
// 2920) and else one by one, and hears the replies in their order. What it
// returns is the first refusal: what is answered to the commands behind it only
// follows from it. Then the connection is as Alive says.
func (c *Conn) exchange(ctx context.Context, steps []step) (refusal *Error) {
	said, from := 0, 0
	recipient := false // one was accepted
	for i, s := range steps {
		if i == said {
			if refusal != nil {
				return refusal
			}
			if c.wire.early() {
				return c.unasked(ctx, s.stage)
			}
			said = i + 1
			if c.offers.Pipelining {
				said = len(steps)
			}
			end := steps[said-1].end
			if err := c.wire.write(c.commands[from:end], c.opts.CommandTimeout); err != nil {
				return c.broken(ctx, s.stage, err)
			}
			from = end
		}
		r, err := c.wire.read(c.opts.CommandTimeout)
		switch {
		case err == nil && s.stage.accepted(r):
			c.pending = s.stage != StageReset
			recipient = recipient || s.stage == StageRcpt
		case err == nil && r.refusal():
			e := refused(s.stage, r)
			if s.stage == StageReset {
				e.Temporary, e.Connection = true, true
			}
			if e.Connection {
				c.cut()
			}
			if refusal == nil {
				refusal = e
			}
			if c.lost {
				return refusal
			}
			continue
		default:
			if err == nil {
				err = outOfStep(r)
			}
			e := c.broken(ctx, s.stage, err)
			if refusal == nil {
				refusal = e
			}
			return refusal
		}
		if s.stage == StageData && refusal != nil {
			c.abandon(recipient)
		}
	}
	if refusal == nil && c.wire.early() {
		return c.unasked(ctx, steps[len(steps)-1].stage)
	}
	return refusal
}

// unasked hears what the server said before a command: that it is leaving, or
// what would be taken for the answer.
func (c *Conn) unasked(ctx context.Context, stage Stage) *Error {
	r, err := c.wire.read(c.opts.CommandTimeout)
	if err == nil && r.code == 421 {
		c.cut()
		return refused(stage, r)
	}
	if err == nil {
		err = outOfStep(r)
	}
	return c.broken(ctx, stage, err)
}

// reset ends a transaction that was left open.
func (c *Conn) reset(ctx context.Context) *Error {
	if !c.pending {
		return nil
	}
	c.commands = append(c.commands[:0], "RSET\r\n"...)
	return c.exchange(ctx, []step{{StageReset, len(c.commands)}})
}

// abandon ends a transfer that the relay opened although it had refused what
// came before: with nothing but the dot (RFC 2920 section 3.1). Where an empty
// mail may reach somebody, or is accepted, the connection is given up.
func (c *Conn) abandon(recipient bool) {
	if recipient || c.wire.write(endOfData, c.opts.CommandTimeout) != nil {
		c.cut()
		return
	}
	r, err := c.wire.read(c.opts.SubmissionTimeout)
	if err != nil || !r.refusal() || r.code == 421 {
		c.cut()
		return
	}
	c.pending = false
}

// transfer writes the content and the end of it, and hears what becomes of it.
func (c *Conn) transfer(ctx context.Context, raw []byte, dots int) (reply, *Error) {
	err := c.write(raw, dots)
	if err != nil {
		// Without the final dot, no server accepts anything.
		return reply{}, c.broken(ctx, StageContent, err)
	}
	last, err := c.wire.read(c.opts.SubmissionTimeout)
	switch {
	case err == nil && StageContent.accepted(last):
		c.pending = false
		if c.wire.early() {
			c.cut() // it goes on talking: it is leaving, or out of step
		}
		return last, nil
	case err == nil && last.refusal():
		c.pending = false
		e := refused(StageContent, last)
		if e.Connection {
			c.cut()
		}
		return reply{}, e
	case err == nil:
		err = outOfStep(last)
	}
	e := c.broken(ctx, StageContent, err)
	e.InDoubt = true
	return reply{}, e
}

// write sends signature, content and end of data: gathered by the system from
// where they lie on a plain socket, and else as one piece.
func (c *Conn) write(raw []byte, dots int) error {
	c.pieces = c.pieces[:0]
	if len(c.signature) > 0 {
		c.pieces = append(c.pieces, c.signature)
	}
	c.pieces = append(stuff(c.pieces, raw, dots), endOfData)
	defer clear(c.pieces)
	conn := c.wire.conn
	conn.SetWriteDeadline(time.Now().Add(c.opts.SubmissionTimeout))
	if _, plain := conn.(*net.TCPConn); plain {
		c.writing = c.pieces
		_, err := c.writing.WriteTo(conn)
		return err
	}
	c.joined = slices.Grow(c.joined[:0], len(c.signature)+len(raw)+dots+len(endOfData))
	for _, piece := range c.pieces {
		c.joined = append(c.joined, piece...)
	}
	_, err := conn.Write(c.joined)
	return err
}

// broken hangs up on a line that was lost or is of no use, and says so.
func (c *Conn) broken(ctx context.Context, stage Stage, err error) *Error {
	c.cut()
	return lost(ctx, stage, err)
}

// cutWith closes the socket when ctx ends, until the returned function is called.
func (c *Conn) cutWith(ctx context.Context) (detach func()) {
	stop := context.AfterFunc(ctx, func() { c.socket.Close() })
	return func() {
		if !stop() {
			c.lost = true
		}
	}
}

func (c *Conn) cut() {
	c.lost = true
	c.socket.Close()
}
