package mailbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

// dial opens an authenticated session. exists is called, on a goroutine of the client,
// when the server reports a change in the number of mails. A refused access token may have
// been revoked: a fresh one is tried once, over a new connection, because some servers
// close the connection after a refusal.
func dial(ctx context.Context, o *Options, exists func()) (*session, error) {
	s, err := dialOnce(ctx, o, exists)
	var stale *staleToken
	if errors.As(err, &stale) {
		s, err = dialOnce(ctx, o, exists)
	}
	return s, err
}

func dialOnce(ctx context.Context, o *Options, exists func()) (*session, error) {
	host, port := o.URL.Hostname(), o.URL.Port()
	implicit := o.URL.Scheme == "imaps"
	if port == "" {
		port = "143"
		if implicit {
			port = "993"
		}
	}
	plain := !implicit && isLoopback(host) && o.TLSConfig == nil

	dialing, cancel := context.WithTimeout(ctx, o.CommandTimeout)
	defer cancel()
	conn, err := o.Dial(dialing, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if addr, ok := conn.RemoteAddr().(*net.TCPAddr); plain && ok && !addr.IP.IsLoopback() {
		_ = conn.Close() // nothing was sent over it
		return nil, fmt.Errorf("%w: %s is not a loopback address, so a plain connection is refused", ErrTLS, addr.IP)
	}

	s := &session{conn: &watchdog{Conn: conn, limit: o.CommandTimeout}, recorder: &responseRecorder{}}
	clientOptions := &imapclient.Options{
		TLSConfig:   tlsConfig(o.TLSConfig, host),
		DebugWriter: s.recorder,
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{
			Mailbox: func(data *imapclient.UnilateralDataMailbox) {
				if data.NumMessages != nil {
					exists()
				}
			},
		},
	}
	switch {
	case implicit:
		err = s.openTLS(ctx, clientOptions)
	case plain:
		s.saslConn = &saslConn{Conn: s.conn}
		s.client = imapclient.New(s.saslConn, clientOptions)
	default:
		err = s.openSTARTTLS(ctx, clientOptions)
	}
	if err != nil {
		_ = conn.Close() // err says what failed
		return nil, err
	}
	if err := s.login(ctx, o); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// openTLS starts TLS at the first byte.
func (s *session) openTLS(ctx context.Context, o *imapclient.Options) error {
	o.TLSConfig.NextProtos = []string{"imap"}
	conn := tls.Client(s.conn, o.TLSConfig)
	if err := s.do(ctx, "TLS handshake", conn.Handshake); err != nil {
		if errors.Is(err, ErrTimeout) {
			return fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
		return fmt.Errorf("%w: %w", ErrTLS, err)
	}
	s.saslConn = &saslConn{Conn: conn}
	s.client = imapclient.New(s.saslConn, o)
	return nil
}

// openSTARTTLS starts in plain text, and fails unless TLS follows.
func (s *session) openSTARTTLS(ctx context.Context, o *imapclient.Options) error {
	err := s.do(ctx, "STARTTLS", func() error {
		if err := s.startTLS(); err != nil {
			return err
		}
		conn := tls.Client(s.conn, o.TLSConfig)
		if err := conn.Handshake(); err != nil {
			return err
		}
		// The client expects a greeting; the real one came before TLS and is ignored.
		s.saslConn = &saslConn{Conn: conn, prefix: []byte("* OK secured\r\n")}
		s.client = imapclient.New(s.saslConn, o)
		return nil
	})
	var (
		refused *imap.Error
		cert    *tls.CertificateVerificationError
		alert   tls.AlertError
		record  tls.RecordHeaderError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused), errors.As(err, &cert), errors.As(err, &alert), errors.As(err, &record):
		return fmt.Errorf("%w: %w", ErrTLS, err)
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

func (s *session) login(ctx context.Context, o *Options) error {
	if err := s.do(ctx, "greeting", s.client.WaitGreeting); err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	caps, err := s.capabilities(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if o.OAuth2 != nil {
		err = s.authenticateBearer(ctx, o, caps)
	} else {
		err = s.password(ctx, o, caps)
	}
	if err != nil {
		return err
	}
	// The capabilities change with the login (RFC 3501 section 6.2.3).
	if s.caps, err = s.capabilities(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return nil
}

// password signs in with PLAIN, or with LOGIN.
func (s *session) password(ctx context.Context, o *Options, caps imap.CapSet) error {
	password, err := o.Password()
	if err != nil {
		return fmt.Errorf("%w: read the password: %w", ErrLogin, err)
	}
	user := o.URL.User.Username()
	plainOffered := caps.Has(imap.AuthCap(sasl.Plain))
	if caps.Has(imap.CapLoginDisabled) && !plainOffered {
		return fmt.Errorf("%w: it accepts no password on this connection (LOGINDISABLED)", ErrLogin)
	}
	err = s.do(ctx, opLogin, func() error {
		if plainOffered {
			return s.client.Authenticate(sasl.NewPlainClient("", user, password))
		}
		return s.client.Login(user, password).Wait()
	})
	switch {
	case err == nil:
		return nil
	case loginRefused(err):
		return fmt.Errorf("%w: %w", ErrLogin, err)
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// opLogin is the operation that begins a session; its refusal is not an expired session.
const opLogin = "login"

// loginRefused reports a refusal of the login, and not a server that is unavailable.
func loginRefused(err error) bool {
	var refused *imap.Error
	return errors.As(err, &refused) && refused.Code != imap.ResponseCodeUnavailable
}

func (s *session) capabilities(ctx context.Context) (caps imap.CapSet, err error) {
	err = s.do(ctx, "capability", func() error {
		if caps = s.client.Caps(); caps == nil {
			return errors.New("no answer")
		}
		return nil
	})
	return caps, err
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

// isLoopback reports whether a host name means this machine; "localhost" does by RFC 6761
// section 6.3.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
