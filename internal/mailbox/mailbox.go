// Package mailbox carries the mail of one IMAP folder to a handler and files it
// away, for as long as the daemon runs.
//
// A [Box] is either connected or waiting to dial again. Connected, it takes
// turns between two states: it looks (search, fetch, hand over in UID order,
// file away, until nothing is left), and it waits (IDLE, which tells of new mail
// at once, beside a poll that does not trust IDLE). Whatever breaks the
// connection leads to a new one, after a pause that grows.
//
// The inbox itself is the queue. A mail leaves it only after the handler has
// stored all that follows from it, so a crash, a lost connection or a refused
// move at any point leads to the mail being handed over again, under the same
// UIDVALIDITY and UID; the handler knows it by these and answers the same folder
// as before. Of a Box itself, one thing survives the process: which mails were being
// read or handled when it died (Options.Opened). Those are tried again alone, behind all
// others; one that is open at a second death is quarantined unread. The count of other
// failures begins at zero.
//
// An inbox may keep what is moved out of it: a shared folder is open read-only, or the
// server answers OK and does nothing. Where the server says so, nothing is moved. Else the
// first mail over a connection tells; it has one copy then, and no mail ever gets a second.
//
// When the connection breaks in the middle of a chunk, the mails that came whole are
// handled, and the next chunk is half as large.
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

// Options tells which mailbox to read and how. URL, Password or OAuth2, Done and
// Quarantine are required.
type Options struct {
	// URL is imaps://user@host:port/FOLDER, TLS from the first byte (RFC 8314),
	// or imap://user@host:port/FOLDER, with STARTTLS. The port is 993 or 143 and
	// the folder INBOX when missing. imap:// to a loopback address is plain
	// unless TLSConfig is set.
	URL *url.URL
	// Password is asked for at each login, so that a changed secret is found.
	Password func() (string, error)
	// OAuth2 replaces the password by an access token, when not nil.
	OAuth2 *oauth.Source
	// Examine opens the folder read-only (RFC 9051 section 6.3.3) and changes nothing at
	// the server: no folder is made, no mail marked, moved or removed.
	Examine bool
	// Done and Quarantine are folder names, with "/" between levels whatever the
	// server's own delimiter is. They are created, and subscribed to, if missing.
	Done, Quarantine string

	Poll           time.Duration // the longest time between two looks; 5 minutes when 0, at most 25
	CommandTimeout time.Duration // the longest silence of the server during a command; 1 minute when 0
	RetryMin       time.Duration // the first pause after a failure; 1 second when 0
	RetryMax       time.Duration // the longest, and the only one after a refused login; 5 minutes when 0
	MaxSize        int64         // in bytes; a larger mail is quarantined without being fetched; 40 MB when 0

	// Opened is the path of a file in which the mails being read are written down, so
	// that one at which the process dies is known after it; "" for none.
	Opened string

	TLSConfig *tls.Config // nil: the system's roots
	Log       *slog.Logger
	// Dial replaces the net package's dialer when not nil.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Mail is one message as it lies in the inbox. UIDValidity and UID together
// name it for ever (RFC 3501 section 2.3.1.1).
type Mail struct {
	UIDValidity  uint32
	UID          uint32
	InternalDate time.Time // when the server received it
	Size         int64     // in bytes, by the server's account
	Raw          []byte    // nil in a call of Quarantine for a mail above MaxSize, or that the server cannot read
}

// Handler takes the mails, one at a time and in UID order.
//
// A call may be repeated for a mail that was handled before, when it could not
// be filed: the handler then changes nothing and answers the same folder.
type Handler interface {
	// Read makes out what a mail says, from the mail alone: it is called for
	// several mails at once, ahead of their turns, and outside of Together. Its errors
	// are Handle's.
	Read(m Mail) (Reading, error)
	// Batch runs f, which hands over a few mails with the context that it is
	// given, and keeps what their handling stored, all of it or, with an error, none.
	Batch(ctx context.Context, f func(context.Context) error) error
	// Quarantine stores that a mail could not be handled, and why, before it is
	// filed in the quarantine folder. After an error it is called again later.
	Quarantine(ctx context.Context, m Mail, cause error) error
}

// Reading is a mail that was read.
type Reading interface {
	// Handle stores the mail with all its effects before it returns, as a part of
	// what is done together, and says which folder it belongs in; "" is [Options].Done. It is called for one mail
	// after another, in the order of the mailbox. An error leaves the mail
	// in the inbox: if it wraps ErrUnavailable, all handling pauses and nothing
	// is held against the mail; after any other error (or a panic) the mail is
	// tried once more, and at the second it is quarantined. Mails behind it do
	// not wait.
	Handle(ctx context.Context) (folder string, err error)
}

// Box is one mailbox. Its methods may be called concurrently.
type Box struct {
	opts    Options
	handler Handler

	running atomic.Bool
	syncs   chan chan error

	arrivals atomic.Uint64 // how often the server told of new mail
	state    atomic.Pointer[State]
	clean    atomic.Uint64 // 1 + arrivals when the last search began, if it found nothing; else 0
}

// New checks the options; it does no I/O.
func New(o Options, h Handler) (*Box, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	if o.Done == "" || o.Quarantine == "" {
		return nil, errors.New("mailbox: the folders for handled and for quarantined mail need names")
	}
	b := &Box{opts: o, handler: h, syncs: make(chan chan error)}
	b.state.Store(&State{})
	return b, nil
}

// complete fills in the defaults and refuses what cannot work.
func (o *Options) complete() error {
	if o.URL == nil || o.URL.Hostname() == "" {
		return errors.New("mailbox: no server in the URL")
	}
	if o.URL.Scheme != "imap" && o.URL.Scheme != "imaps" {
		return fmt.Errorf("mailbox: the URL begins with %q, not with imap or imaps", o.URL.Scheme)
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

// Idle reports whether the last look found nothing left to do and the server
// has told of nothing since. Mail that the server has not told of yet is not
// counted; where that matters, use Sync.
func (b *Box) Idle() bool {
	clean := b.clean.Load()
	return clean != 0 && clean == b.arrivals.Load()+1
}

// Sync makes Run look into the inbox now and returns when a look that began
// after the call has found it empty, all mail handled and filed. It waits
// through lost connections and repeated failures; it ends with ctx's error, or
// ErrStopped when Run ends meanwhile. Called while Run is not running, it waits
// for Run to begin.
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
