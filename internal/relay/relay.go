// Package relay sends outgoing mail through one SMTP relay (RFC 5321, RFC 6409). Begin
// reading at Conn.Send.
//
// A [Relay] opens connections. A [Conn] is one authenticated connection that sends mail
// after mail, each to one recipient. Failures are an [Error], which keeps three cases
// apart: a failure of the recipient (retry or fail this mail), a failure of the relay (the
// whole mailing waits), and a mail in doubt.
//
// SMTP cannot promise exactly once: when the connection is lost after the content was sent
// and before the final reply, nobody knows whether the relay accepted the mail. Send
// therefore calls attempt just before it writes the content, so that the caller records
// the attempt durably. Only a recorded attempt without an outcome is in doubt: after an
// Error with InDoubt, or after a crash. This package keeps no state of its own.
//
// It implements the dialogue itself instead of using a library. It sends the commands of a
// mail together where the relay offers PIPELINING (RFC 2920). Replies out of order end the
// connection and never count as success.
package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"infolettre/internal/message"
	"infolettre/internal/oauth"
)

// Options configures which relay to use and how. Only URL is required.
type Options struct {
	// URL is smtps://user@host:port, TLS from the first byte (RFC 8314), or
	// smtp://user@host:port, with STARTTLS. The port is 465 or 587 when missing.
	// smtp:// to a loopback address is plain unless TLSConfig is set.
	URL *url.URL
	// Password is called for each connection. If it is nil or returns "", or if the URL
	// has no user, the client does not authenticate.
	Password func() (string, error)
	// OAuth2 replaces the password by an access token, when not nil.
	OAuth2 *oauth.Source
	// Hello is the client's name in EHLO. When empty it is the host name if that is
	// qualified, else the address literal of the connection.
	Hello string

	DialTimeout       time.Duration // until the reply to EHLO, including TCP and TLS; 1 minute when 0
	CommandTimeout    time.Duration // for the reply to a command; 5 minutes when 0 (RFC 5321 section 4.5.3.2)
	SubmissionTimeout time.Duration // for writing the content, and again for the final reply; 10 minutes when 0

	TLSConfig *tls.Config // nil: the system's roots
	DKIM      []*DKIM     // each signs every mail; without any, mail is unsigned
	Log       *slog.Logger
	// Dial replaces the net package's dialer when not nil.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Envelope holds the addresses of MAIL and RCPT.
type Envelope struct {
	From string // the return path; "" is the null one
	To   message.Address
}

// Relay opens connections. It may be used concurrently.
type Relay struct {
	opts   Options
	signer *signer
	tokens *oauth.Source // nil when there is no OAuth2
}

// New checks the options; it does no I/O.
func New(o Options) (*Relay, error) {
	if o.URL == nil || o.URL.Hostname() == "" {
		return nil, errors.New("relay: no server in the URL")
	}
	if o.URL.Scheme != "smtp" && o.URL.Scheme != "smtps" {
		return nil, fmt.Errorf("relay: the URL scheme is %q, not smtp or smtps", o.URL.Scheme)
	}
	signer, err := newSigner(o.DKIM)
	if err != nil {
		return nil, err
	}
	setDefault(&o.DialTimeout, time.Minute)
	setDefault(&o.CommandTimeout, 5*time.Minute)
	setDefault(&o.SubmissionTimeout, 10*time.Minute)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	return &Relay{opts: o, signer: signer, tokens: o.OAuth2}, nil
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}

// isLoopback reports whether a host name means this machine; "localhost" does by RFC 6761
// section 6.3.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
