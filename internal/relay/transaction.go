package relay

import (
	"context"
	"strconv"
)

// step is one command of a group in Conn.commands.
type step struct {
	stage Stage
	end   int // where it ends in Conn.commands
}

// mailCommands prepares the commands that open the transfer of a mail, DATA included.
func (c *Conn) mailCommands(env Envelope, m mail) []step {
	steps := c.envelopeCommands(make([]step, 0, 4), env, m)
	c.commands = append(c.commands, "DATA\r\n"...)
	return append(steps, step{StageData, len(c.commands)})
}

// envelopeCommands prepares the commands up to RCPT. It resets an open transaction first.
// Where the relay offers DSN (RFC 3461), it requests reports of failure and no others, and
// none for mail with a null return path.
func (c *Conn) envelopeCommands(steps []step, env Envelope, m mail) []step {
	b := c.commands[:0]
	if c.transactionOpen {
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

// accepted reports whether a reply means that the step succeeded.
func (s Stage) accepted(r reply) bool {
	switch s {
	case StageData:
		return r.code == 354
	case StageRcpt:
		return r.code/10 == 25
	default:
		return r.code == 250
	}
}

// exchange sends the commands, at once where the relay offers PIPELINING (RFC 2920) and
// one by one elsewhere, and reads the replies in order. It returns the first refusal,
// because later replies follow from it. Alive then says whether the connection is usable.
func (c *Conn) exchange(ctx context.Context, steps []step) (refusal *Error) {
	sent, from := 0, 0
	recipient := false // a recipient was accepted
	for i, s := range steps {
		if i == sent {
			if refusal != nil {
				return refusal
			}
			if c.smtp.unsolicited() {
				return c.unsolicitedReply(ctx, s.stage)
			}
			sent = i + 1
			if c.offers.Pipelining {
				sent = len(steps)
			}
			end := steps[sent-1].end
			if err := c.smtp.write(c.commands[from:end], c.opts.CommandTimeout); err != nil {
				return c.failConnection(ctx, s.stage, err)
			}
			from = end
		}
		switch e := c.readReply(ctx, s.stage); {
		case e != nil && refusal == nil:
			refusal = e
		case e != nil:
		case s.stage == StageRcpt:
			recipient = true
		case s.stage == StageData && refusal != nil:
			c.endEmptyData(recipient)
		}
		if c.lost {
			return refusal
		}
	}
	if refusal == nil && c.smtp.unsolicited() {
		return c.unsolicitedReply(ctx, steps[len(steps)-1].stage)
	}
	return refusal
}

// readReply reads the reply to one command. It closes the connection when the relay is
// closing, sends no valid reply, or refuses RSET.
func (c *Conn) readReply(ctx context.Context, stage Stage) *Error {
	r, err := c.smtp.read(c.opts.CommandTimeout)
	switch {
	case err != nil:
		return c.failConnection(ctx, stage, err)
	case stage.accepted(r):
		c.transactionOpen = stage != StageReset
		return nil
	case !r.refusal():
		return c.failConnection(ctx, stage, errUnexpectedReply(r))
	}
	e := replyError(stage, r)
	if stage == StageReset {
		e.Temporary, e.Connection = true, true
	}
	if e.Connection {
		c.closeNow()
	}
	return e
}

// unsolicitedReply reads a reply to no command, and returns its error: 421, when the server
// is closing, or a connection that is out of order.
func (c *Conn) unsolicitedReply(ctx context.Context, stage Stage) *Error {
	r, err := c.smtp.read(c.opts.CommandTimeout)
	if err == nil && r.code == 421 {
		c.closeNow()
		return replyError(stage, r)
	}
	if err == nil {
		err = errUnexpectedReply(r)
	}
	return c.failConnection(ctx, stage, err)
}

// reset ends an open transaction.
func (c *Conn) reset(ctx context.Context) *Error {
	if !c.transactionOpen {
		return nil
	}
	c.commands = append(c.commands[:0], "RSET\r\n"...)
	return c.exchange(ctx, []step{{StageReset, len(c.commands)}})
}

// endEmptyData ends a transfer that the relay opened although it had refused an earlier
// command: it sends only the dot (RFC 2920 section 3.1). Where an empty mail may reach a
// recipient, or is accepted, it closes the connection instead.
func (c *Conn) endEmptyData(recipient bool) {
	if recipient || c.smtp.write(endOfData, c.opts.CommandTimeout) != nil {
		c.closeNow()
		return
	}
	r, err := c.smtp.read(c.opts.SubmissionTimeout)
	if err != nil || !r.refusal() || r.code == 421 {
		c.closeNow()
		return
	}
	c.transactionOpen = false
}
