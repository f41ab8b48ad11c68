package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

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
	implicit := o.URL.Scheme == "smtps"
	if port == "" {
		port = "587"
		if implicit {
			port = "465"
		}
	}
	plain := !implicit && isLoopback(host) && o.TLSConfig == nil

	dialing, cancel := context.WithTimeout(ctx, o.DialTimeout)
	defer cancel()
	conn, err := o.Dial(dialing, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, newError(ctx, StageDial, err)
	}
	c := &Conn{conn: conn, opts: o}
	if err := c.open(dialing, host, implicit, plain); err != nil {
		conn.Close()
		return nil, err
	}
	defer c.cutWith(ctx)()
	if err := c.authenticate(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// open goes from the socket to the relay's answer to EHLO, over TLS unless plain.
func (c *Conn) open(ctx context.Context, host string, implicit, plain bool) *Error {
	defer c.cutWith(ctx)()
	conn, o := c.conn, c.opts

	config := tlsConfig(o.TLSConfig, host)
	switch {
	case implicit:
		secured := tls.Client(conn, config)
		if err := secured.HandshakeContext(ctx); err != nil {
			return tlsError(ctx, err)
		}
		c.client = smtp.NewClient(secured)
	case plain:
		if addr, ok := conn.RemoteAddr().(*net.TCPAddr); ok && !addr.IP.IsLoopback() {
			return &Error{Stage: StageTLS, Err: fmt.Errorf("%s is not a loopback address, so a plain connection is refused", addr.IP)}
		}
		c.client = smtp.NewClient(conn)
	default:
		var err error
		if c.client, err = smtp.NewClientStartTLS(conn, config); err != nil {
			return startTLSError(ctx, err)
		}
	}
	c.client.CommandTimeout = o.CommandTimeout
	c.client.SubmissionTimeout = o.SubmissionTimeout

	// After STARTTLS the handshake itself takes place here.
	if err := c.client.Hello(o.hello(conn)); err != nil {
		if state, secured := c.client.TLSConnectionState(); secured && !state.HandshakeComplete {
			return tlsError(ctx, err)
		}
		return newError(ctx, stageOf(err), err)
	}
	c.utf8, _ = c.client.Extension("SMTPUTF8")
	c.eightBit, _ = c.client.Extension("8BITMIME")
	return nil
}

// stageOf tells a relay that answers from one that does not.
func stageOf(err error) Stage {
	if errors.As(err, new(*smtp.SMTPError)) {
		return StageHello
	}
	return StageDial
}

func (c *Conn) authenticate(ctx context.Context) *Error {
	user := c.opts.URL.User.Username()
	if user == "" || c.opts.Password == nil {
		return nil
	}
	password, err := c.opts.Password()
	if err != nil {
		return &Error{Stage: StageAuth, Err: fmt.Errorf("read the password: %w", err)}
	}
	if password == "" {
		return nil
	}
	var mechanism sasl.Client
	switch {
	case c.client.SupportsAuth(sasl.Plain):
		mechanism = sasl.NewPlainClient("", user, password)
	case c.client.SupportsAuth(sasl.Login):
		mechanism = sasl.NewLoginClient(user, password)
	default:
		return &Error{Stage: StageAuth, Err: errors.New("the relay offers neither AUTH PLAIN nor AUTH LOGIN on this connection")}
	}
	if err := c.client.Auth(mechanism); err != nil {
		return newError(ctx, StageAuth, err)
	}
	return nil
}

// tlsError is for a failed handshake: the line if it fell silent or was cut,
// else what was presented.
func tlsError(ctx context.Context, err error) *Error {
	e := newError(ctx, StageTLS, err)
	var timeout net.Error
	e.Temporary = ctx.Err() != nil || errors.As(err, &timeout) && timeout.Timeout()
	return e
}

// startTLSError is for a failure between the greeting and STARTTLS. The one that
// the library has no type for is that the relay does not offer STARTTLS.
func startTLSError(ctx context.Context, err error) *Error {
	var (
		reply    *smtp.SMTPError
		network  net.Error
		protocol textproto.ProtocolError
	)
	switch {
	case errors.As(err, &reply) && reply.Code == 454: // TLS not available due to temporary reason (RFC 3207)
		return newError(ctx, StageTLS, err)
	case ctx.Err() != nil, errors.As(err, &reply), errors.As(err, &network), errors.As(err, &protocol),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return newError(ctx, stageOf(err), err)
	}
	return &Error{Stage: StageTLS, Err: errors.New("the relay offers no STARTTLS, and a plain connection is refused")}
}

func tlsConfig(c *tls.Config, host string) *tls.Config {
	if c == nil {
		c = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	c = c.Clone()
	if c.ServerName == "" {
		c.ServerName = host
	}
	return c
}

// hello is the client's name by RFC 5321 section 4.1.4.
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
