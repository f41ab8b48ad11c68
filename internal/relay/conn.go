package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
)

// maxLine is the longest line of a mail, in bytes, without its CRLF (RFC 5321
// section 4.5.3.1.6).
const maxLine = 998

// Conn is one authenticated connection. One goroutine uses it at a time.
type Conn struct {
	client *smtp.Client
	conn   net.Conn // the socket beneath TLS
	opts   *Options
	lost   bool

	utf8, eightBit bool // SMTPUTF8 (RFC 6531) and 8BITMIME (RFC 6152) are offered
}

// Alive reports whether another Send can succeed. It does not ask the server.
func (c *Conn) Alive() bool { return !c.lost }

// Close takes leave of the relay, briefly, and closes the connection. It may be
// called more than once.
func (c *Conn) Close() error {
	if c.lost {
		return nil
	}
	c.lost = true
	c.client.CommandTimeout = min(c.opts.CommandTimeout, time.Second)
	c.client.Quit()
	// QUIT has closed it if it was answered.
	if err := c.conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
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
func (c *Conn) Send(ctx context.Context, env Envelope, raw []byte, attempt func(context.Context) error) (reply string, err error) {
	if c.lost {
		return "", &Error{Stage: StageDial, Err: net.ErrClosed, Temporary: true, Connection: true}
	}
	options, err := c.prepare(env, raw)
	if err != nil {
		return "", &Error{Stage: StageMessage, Err: err}
	}
	var signature string
	if c.opts.DKIM != nil {
		if signature, err = c.opts.DKIM.sign(raw); err != nil {
			return "", &Error{Stage: StageSign, Err: err}
		}
	}
	options.Size = int64(len(signature) + len(raw))

	defer c.cutWith(ctx)()
	if err := c.client.Mail(env.From, options); err != nil {
		return "", c.failed(ctx, StageMail, err)
	}
	if err := c.client.Rcpt(string(env.To), nil); err != nil {
		return "", c.failed(ctx, StageRcpt, err)
	}
	content, err := c.client.Data()
	if err != nil {
		return "", c.failed(ctx, StageData, err)
	}
	if err := attempt(ctx); err != nil {
		// There is no way back from DATA but to hang up: an end of content would
		// be taken for a mail.
		c.cut()
		return "", fmt.Errorf("relay: record the attempt: %w", err)
	}
	c.conn.SetWriteDeadline(time.Now().Add(c.opts.SubmissionTimeout))
	_, err = content.Write([]byte(signature))
	if err == nil {
		_, err = content.Write(raw)
	}
	var last *smtp.DataResponse
	ending := err == nil // without the final dot, no server accepts anything
	if ending {
		last, err = content.CloseWithResponse()
	}
	if err != nil {
		e := c.failed(ctx, StageContent, err)
		e.InDoubt = ending && e.Code == 0
		return "", e
	}
	return last.StatusText, nil
}

// prepare checks what the SMTP library does not, and what this relay must offer.
func (c *Conn) prepare(env Envelope, raw []byte) (*smtp.MailOptions, error) {
	for _, address := range []string{env.From, string(env.To)} {
		if strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == '<' || r == '>' || r == 0x7f }) {
			return nil, errors.New("the envelope holds what is not an address")
		}
	}
	if env.To == "" {
		return nil, errors.New("the envelope has no recipient")
	}
	if err := checkLines(raw); err != nil {
		return nil, err
	}
	options := new(smtp.MailOptions)
	header := raw
	if end := bytes.Index(raw, []byte("\r\n\r\n")); end >= 0 {
		header = raw[:end]
	}
	if !isASCII(env.From) || !isASCII(env.To) || !isASCII(header) {
		if !c.utf8 {
			return nil, errors.New("the relay does not take addresses or headers beyond ASCII (SMTPUTF8)")
		}
		options.UTF8 = true
	}
	if !c.eightBit && !isASCII(raw) {
		return nil, errors.New("the relay does not take content beyond ASCII (8BITMIME)")
	}
	return options, nil
}

// checkLines refuses a bare CR or LF, which relays read differently (the root
// of SMTP smuggling), and overlong lines. It also keeps a signature valid: no
// byte is changed on the way.
func checkLines(raw []byte) error {
	for line := 1; len(raw) > 0; line++ {
		end := bytes.IndexByte(raw, '\n')
		if end < 1 || raw[end-1] != '\r' || bytes.IndexByte(raw[:end-1], '\r') >= 0 {
			return fmt.Errorf("line %d does not end in CRLF, or holds a bare CR", line)
		}
		if end-1 > maxLine {
			return fmt.Errorf("line %d has %d bytes, more than %d", line, end-1, maxLine)
		}
		raw = raw[end+1:]
	}
	return nil
}

func isASCII[T ~string | ~[]byte](s T) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// failed makes an Error and brings the connection back to where a mail can
// begin, or closes it.
func (c *Conn) failed(ctx context.Context, stage Stage, err error) *Error {
	e := newError(ctx, stage, err)
	if e.Connection {
		c.cut()
		return e
	}
	if stage != StageReset && c.client.Reset() != nil {
		c.cut()
	}
	return e
}

// cutWith closes the socket when ctx ends, until the returned function is called.
func (c *Conn) cutWith(ctx context.Context) (detach func() bool) {
	return context.AfterFunc(ctx, func() { c.conn.Close() })
}

func (c *Conn) cut() {
	c.lost = true
	c.conn.Close()
}
