package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Offers holds the extensions that a relay offers in its reply to EHLO.
type Offers struct {
	Pipelining   bool  // RFC 2920
	EightBitMIME bool  // RFC 6152
	SMTPUTF8     bool  // RFC 6531
	DSN          bool  // RFC 3461
	Size         bool  // RFC 1870
	MaxSize      int64 // the largest mail in bytes; 0 when unknown

	auth []string // SASL mechanisms, upper case
}

// Connect dials, secures and authenticates one connection. Its error is an
// *Error with Connection set.
func (r *Relay) Connect(ctx context.Context) (*Conn, error) {
	c, err := r.connect(ctx)
	if err != nil {
		err.Connection = true
		return nil, err
	}
	return c, nil
}

func (r *Relay) connect(ctx context.Context) (*Conn, *Error) {
	o := &r.opts
	host, port := o.URL.Hostname(), o.URL.Port()
	if port == "" {
		port = "587"
		if o.URL.Scheme == "smtps" {
			port = "465"
		}
	}
	dialing, cancel := context.WithTimeout(ctx, o.DialTimeout)
	defer cancel()
	socket, err := o.Dial(dialing, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, connectionError(ctx, StageDial, err)
	}
	c := &Conn{opts: o, signer: r.signer, socket: socket, smtp: newSMTPConn(socket)}
	if err := c.open(dialing, host); err != nil {
		_ = socket.Close() // err says what failed
		return nil, err
	}
	defer c.closeOnDone(ctx)()
	if err := c.authenticate(ctx, r.tokens); err != nil {
		_ = c.Close() // err says what failed
		return nil, err
	}
	return c, nil
}

// open reads the greeting, starts TLS unless the relay is this machine, and sends EHLO.
func (c *Conn) open(ctx context.Context, host string) *Error {
	defer c.closeOnDone(ctx)()
	o := c.opts
	implicit := o.URL.Scheme == "smtps"
	plain := !implicit && isLoopback(host) && o.TLSConfig == nil
	if addr, ok := c.socket.RemoteAddr().(*net.TCPAddr); plain && ok && !addr.IP.IsLoopback() {
		return &Error{Stage: StageTLS, Err: fmt.Errorf("%s is not a loopback address, so a plain connection is refused", addr.IP)}
	}
	if implicit {
		if err := c.secure(ctx, host); err != nil {
			return err
		}
	}
	greeting, err := c.smtp.read(o.CommandTimeout)
	if err := expectReply(ctx, StageHello, greeting, err, 220); err != nil {
		return err
	}
	offers, e := c.hello(ctx)
	if e == nil && !implicit && !plain {
		if e = c.startTLS(ctx, host, offers); e == nil {
			offers, e = c.hello(ctx)
		}
	}
	if e != nil {
		return e
	}
	c.offers = readOffers(offers)
	c.name = c.describe()
	return nil
}

// startTLS starts TLS (RFC 3207). Everything received in plain text is dropped, also what
// the server, or somebody in between, sent after its reply.
func (c *Conn) startTLS(ctx context.Context, host string, offers map[string]string) *Error {
	if _, ok := offers["STARTTLS"]; !ok {
		return &Error{Stage: StageTLS, Err: errors.New("the relay offers no STARTTLS, and a plain connection is refused")}
	}
	r, err := c.smtp.command(c.opts.CommandTimeout, "STARTTLS")
	if err := expectReply(ctx, StageTLS, r, err, 220); err != nil {
		return err
	}
	return c.secure(ctx, host)
}

// secure performs the TLS handshake.
func (c *Conn) secure(ctx context.Context, host string) *Error {
	conn := tls.Client(c.socket, tlsConfig(c.opts.TLSConfig, host))
	_ = c.socket.SetDeadline(time.Time{}) // ctx bounds the handshake
	if err := conn.HandshakeContext(ctx); err != nil {
		// A timeout or a closed connection is temporary, a bad certificate is not.
		e := connectionError(ctx, StageTLS, err)
		var timeout net.Error
		e.Temporary = ctx.Err() != nil || errors.As(err, &timeout) && timeout.Timeout()
		return e
	}
	c.smtp = newSMTPConn(conn)
	return nil
}

// hello sends EHLO and returns the parameters of what the server offers, by keyword. A
// server that does not know EHLO gets HELO, and offers nothing.
func (c *Conn) hello(ctx context.Context) (map[string]string, *Error) {
	name := c.opts.hello(c.socket)
	r, err := c.smtp.command(c.opts.CommandTimeout, "EHLO %s", name)
	if err == nil && (r.code == 500 || r.code == 502) {
		r, err = c.smtp.command(c.opts.CommandTimeout, "HELO %s", name)
	}
	if err := expectReply(ctx, StageHello, r, err, 250); err != nil {
		return nil, err
	}
	offers := map[string]string{}
	_, lines, _ := strings.Cut(r.text, "\n") // the first holds the server's name
	for line := range strings.SplitSeq(lines, "\n") {
		keyword, parameters, _ := strings.Cut(line, " ")
		offers[strings.ToUpper(keyword)] = parameters
	}
	return offers, nil
}

func readOffers(keywords map[string]string) Offers {
	has := func(keyword string) bool { _, ok := keywords[keyword]; return ok }
	o := Offers{
		Pipelining: has("PIPELINING"), EightBitMIME: has("8BITMIME"), SMTPUTF8: has("SMTPUTF8"), DSN: has("DSN"), Size: has("SIZE"),
		auth: strings.Fields(strings.ToUpper(keywords["AUTH"])),
	}
	if n, err := strconv.ParseInt(strings.TrimSpace(keywords["SIZE"]), 10, 64); err == nil && n > 0 {
		o.MaxSize = n
	}
	return o
}

// expectReply returns an Error unless r has the code want. A connection that breaks, or
// does not speak SMTP, has StageDial except during AUTH.
func expectReply(ctx context.Context, stage Stage, r reply, err error, want int) *Error {
	switch {
	case err == nil && r.code == want:
		return nil
	case err == nil && r.refusal():
		return replyError(stage, r)
	case err == nil:
		err = errUnexpectedReply(r)
	}
	if stage != StageAuth {
		stage = StageDial
	}
	return connectionError(ctx, stage, err)
}

func tlsConfig(c *tls.Config, host string) *tls.Config {
	if c == nil {
		c = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	c = c.Clone()
	c.DynamicRecordSizingDisabled = true // small first records help only interactive readers
	if c.ServerName == "" {
		c.ServerName = host
	}
	return c
}

// describe returns the text of String.
func (c *Conn) describe() string {
	security := "not encrypted"
	if conn, ok := c.smtp.conn.(*tls.Conn); ok {
		security = tls.VersionName(conn.ConnectionState().Version)
	}
	return fmt.Sprintf("%s from %s, %s", c.socket.RemoteAddr(), c.socket.LocalAddr(), security)
}

// hello returns the client's name (RFC 5321 section 4.1.4).
func (o *Options) hello(conn net.Conn) string {
	if o.Hello != "" {
		return o.Hello
	}
	if name, err := os.Hostname(); err == nil && strings.Contains(name, ".") {
		return name
	}
	addr, ok := conn.LocalAddr().(*net.TCPAddr)
	switch {
	case !ok:
		return "localhost"
	case addr.IP.To4() == nil:
		return "[IPv6:" + addr.IP.String() + "]"
	}
	return "[" + addr.IP.String() + "]"
}
