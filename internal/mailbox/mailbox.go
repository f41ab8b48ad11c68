// Package mailbox reads the mail of one IMAP folder, passes it to a handler and moves
// it to the folder that the handler chooses. Begin reading at Box.Run.
//
// A [Box] is connected, or waits to dial again. Connected, it alternates between two
// states: it scans (search, fetch, handle in UID order, move, until nothing is left), and
// it waits (IDLE, which reports new mail at once, and a poll in case IDLE does not). A
// broken connection is replaced after a backoff.
//
// The inbox itself is the queue. A mail leaves it only after the handler has stored the
// mail with all its effects. After a crash, a lost connection or a refused move, the mail
// is therefore handled again, under the same UIDVALIDITY and UID; the handler recognises
// it by these and returns the same folder. A Box keeps one thing on disk:
// which mails were being read or handled when it crashed (Options.ReadingLog). They are tried
// again one at a time, after all others; a mail that is open at a second crash is
// quarantined unread. Counts of other failures start at zero.
//
// Mails that are moved may stay in the inbox: because a shared folder is read-only, or
// because the server answers OK and does nothing. Where the server reports a read-only
// folder, nothing is moved. Otherwise the first move over each connection tests it; at worst
// that one mail is copied, once.
//
// When the connection breaks in the middle of a chunk, the complete mails are handled, and
// the next chunk is half as large.
package mailbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"sync/atomic"
	"time"

	"infolettre/internal/oauth"
)

// Options configures which mailbox to read and how. URL, Password or OAuth2, Done and
// Quarantine are required.
type Options struct {
	// URL is imaps://user@host:port/FOLDER, TLS from the first byte (RFC 8314),
	// or imap://user@host:port/FOLDER, with STARTTLS. The port is 993 or 143 and
	// the folder INBOX when missing. imap:// to a loopback address is plain
	// unless TLSConfig is set.
	URL *url.URL
	// Password is called at each login, so that a changed secret takes effect.
	Password func() (string, error)
	// OAuth2 replaces the password by an access token, when not nil.
	OAuth2 *oauth.Source
	// Examine opens the folder read-only (RFC 9051 section 6.3.3) and changes nothing on
	// the server: it creates no folder, and marks, moves or removes no mail.
	Examine bool
	// Done and Quarantine are folder names, with "/" between levels for any server.
	// Missing folders are created and subscribed to.
	Done, Quarantine string

	Poll           time.Duration // the longest time between two scans; 5 minutes when 0, at most 25
	CommandTimeout time.Duration // the longest silence of the server during a command; 1 minute when 0
	RetryMin       time.Duration // the first pause after a failure; 1 second when 0
	RetryMax       time.Duration // the longest, and the only one after a refused login; 5 minutes when 0
	MaxSize        int64         // in bytes; a larger mail is quarantined without being fetched; 40 MB when 0

	// ReadingLog is the path of a file that records the mails being read, so that a mail
	// that crashes the process is known after a restart; "" for none.
	ReadingLog string

	TLSConfig *tls.Config // nil: the system's roots
	Log       *slog.Logger
	// Dial replaces the net package's dialer when not nil.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Mail is one message in the inbox. UIDValidity and UID together identify it for ever
// (RFC 3501 section 2.3.1.1).
type Mail struct {
	UIDValidity  uint32
	UID          uint32
	InternalDate time.Time // when the server received it
	Size         int64     // in bytes, as the server says
	Raw          []byte    // nil in a call of Quarantine for a mail above MaxSize, or that the server cannot read
}

// Handler takes the mails, one at a time and in UID order.
//
// A call may be repeated for a mail that was handled before, when it could not
// be filed: the handler then changes nothing and answers the same folder.
type Handler interface {
	// Read parses a mail, using the mail alone: it is called for several mails at
	// once, ahead of Handle and outside of Batch. Its errors count as Handle's.
	Read(m Mail) (Reading, error)
	// Batch runs f, which handles a few mails with the context that it is given. It
	// commits what they stored; after an error it commits nothing.
	Batch(ctx context.Context, f func(context.Context) error) error
	// Quarantine stores that a mail could not be handled, and why, before the mail is
	// moved to the quarantine folder. After an error it is called again later.
	Quarantine(ctx context.Context, m Mail, cause error) error
}

// Reading is a mail that was parsed.
type Reading interface {
	// Handle stores the mail with all its effects, as a part of the batch, and returns
	// the folder to move it to; "" is [Options].Done. It is called for one mail after
	// another, in the order of the mailbox. After an error the mail stays in the inbox:
	// if the error wraps ErrUnavailable, all handling pauses and the error does not
	// count against the mail; after any other error, or a panic, the mail is tried once
	// more, and at the second it is quarantined. Later mails do not wait.
	Handle(ctx context.Context) (folder string, err error)
}

// Box is one mailbox. Its methods may be called concurrently.
type Box struct {
	opts    Options
	handler Handler

	running atomic.Bool
	syncs   chan chan error

	arrivals atomic.Uint64 // how often the server reported a change
	state    atomic.Pointer[State]
	clean    atomic.Uint64 // 1 + arrivals at the start of the last search if it found nothing, else 0
}

// New checks the options; it does no I/O.
func New(o Options, h Handler) (*Box, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	if o.Done == "" || o.Quarantine == "" {
		return nil, errors.New("mailbox: no names for the folders of handled and quarantined mail")
	}
	b := &Box{opts: o, handler: h, syncs: make(chan chan error)}
	b.state.Store(&State{})
	return b, nil
}

// complete fills in the defaults and returns an error for invalid options.
func (o *Options) complete() error {
	if o.URL == nil || o.URL.Hostname() == "" {
		return errors.New("mailbox: no server in the URL")
	}
	if o.URL.Scheme != "imap" && o.URL.Scheme != "imaps" {
		return fmt.Errorf("mailbox: the URL scheme is %q, not imap or imaps", o.URL.Scheme)
	}
	if o.URL.User.Username() == "" {
		return errors.New("mailbox: no user in the URL")
	}
	if o.Password == nil && o.OAuth2 == nil {
		return errors.New("mailbox: neither a password nor access tokens")
	}
	setDefault(&o.Poll, 5*time.Minute)
	// Servers may end an IDLE of 30 minutes (RFC 2177).
	o.Poll = min(o.Poll, 25*time.Minute)
	setDefault(&o.CommandTimeout, time.Minute)
	setDefault(&o.RetryMin, time.Second)
	setDefault(&o.RetryMax, 5*time.Minute)
	setDefault(&o.MaxSize, 40<<20)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	return nil
}

func setDefault[T ~int64](v *T, value T) {
	if *v <= 0 {
		*v = value
	}
}

// Idle reports whether the last scan found nothing left to do and the server has reported
// no change since. It does not count mail that the server has not reported yet; Sync does.
func (b *Box) Idle() bool {
	clean := b.clean.Load()
	return clean != 0 && clean == b.arrivals.Load()+1
}

// Sync makes Run scan the inbox now. It returns when a scan that began after the call found
// it empty, with all mail handled and moved. It waits through lost connections and repeated
// failures, and for Run to begin. It returns ctx's error, or ErrStopped when Run ends
// meanwhile.
func (b *Box) Sync(ctx context.Context) error {
	done := make(chan error, 1)
	select {
	case b.syncs <- done:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
