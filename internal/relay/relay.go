// Package relay hands outgoing mail to one SMTP relay (RFC 5321, RFC 6409).
//
// A [Relay] only knows how to connect. A [Conn] is one authenticated connection
// that sends mail after mail, each to one recipient. What fails is told as an
// [Error], which separates the three things that a sender must not confuse: the
// recipient's trouble (retry or give up this one), the relay's trouble (the
// whole mailing waits), and doubt.
//
// SMTP cannot promise exactly once: when the connection is lost after the
// content was sent and before the answer came, nobody knows whether the relay
// took the mail. Send therefore calls attempt at the last moment before that
// stretch begins, to be recorded durably; what was recorded and got no outcome,
// by an Error with InDoubt or by a crash, is in doubt, and nothing else is. This
// package keeps no state of its own.
//
// The dialogue is this package's own, and not a library's: the commands of a mail
// go out together where the relay takes them so (RFC 2920), and whatever does not
// answer them in order ends the connection, and is never taken for success.
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

// Options tells which relay to use and how. Only URL is required.
type Options struct {
	// URL is smtps://user@host:port, TLS from the first byte (RFC 8314), or
	// smtp://user@host:port, with STARTTLS. The port is 465 or 587 when missing.
	// smtp:// to a loopback address is plain unless TLSConfig is set.
	URL *url.URL
	// Password is asked for at each connection. Without it, without a user in
	// the URL, or when it returns "", there is no authentication.
	Password func() (string, error)
	// OAuth2 replaces the password by an access token, when not nil.
	OAuth2 *oauth.Source
	// Hello is the name given in EHLO. When empty it is the host's name if that
	// is qualified, and else the address literal of the connection.
	Hello string

	DialTimeout       time.Duration // to the answer to EHLO, with TCP and TLS; 1 minute when 0
	CommandTimeout    time.Duration // for the answer to a command; 5 minutes when 0 (RFC 5321 section 4.5.3.2)
	SubmissionTimeout time.Duration // for the content to be taken, and again for the last answer; 10 minutes when 0

	TLSConfig *tls.Config // nil: the system's roots
	DKIM      []*DKIM     // each signs; none: mail is sent unsigned
	Log       *slog.Logger
	// Dial replaces the net package's dialer when not nil.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Envelope is the address on the outside of a mail.
type Envelope struct {
	From string // the return path; "" is the null one
	To   message.Address
}

// Relay makes connections. It may be used concurrently.
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
		return nil, fmt.Errorf("relay: the URL begins with %q, not with smtp or smtps", o.URL.Scheme)
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

// isLoopback tells whether a URL names this machine itself; "localhost" does by
// RFC 6761 section 6.3.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
