// Package localmail runs a small mail host inside the process: an IMAP server and an SMTP
// server on loopback that share their mailboxes. The tests and the demonstration run the
// daemon against it, over real sockets and the real protocols. Begin reading at Start.
//
// The SMTP server accepts mail for any recipient. It keeps each mail, in order and once for
// each recipient, with the fields that delivery adds on top: Return-Path, Delivered-To,
// Authentication-Results and Received. If the recipient, without its +tag, is an account,
// the mail also goes to that account's INBOX, and idling IMAP clients are notified at once.
//
// Everything is in memory; nothing survives [Server.Close].
package localmail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"infolettre/internal/message"

	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-smtp"
)

// Account is a mailbox that can be read over IMAP. The address is the user name for IMAP
// and SMTP AUTH.
type Account struct {
	Address  message.Address
	Password string
}

// Options configures a server. The zero value serves on two free loopback ports, without
// accounts.
type Options struct {
	Domain     string           // the host name; "localmail.example" when empty
	AuthservID string           // the authserv-id of Authentication-Results; Domain when empty
	Accounts   []Account        // mailboxes that IMAP serves
	Secret     string           // a password for any SMTP user name; "" for accounts only
	IMAPListen string           // "127.0.0.1:0" when empty
	SMTPListen string           // "127.0.0.1:0" when empty
	Now        func() time.Time // for Received fields and INTERNALDATE; time.Now when nil
	Log        *slog.Logger     // nothing is logged when nil

	// TLS offers STARTTLS on both servers. With ImplicitTLS both use TLS from the first
	// byte instead.
	TLS         *tls.Config
	ImplicitTLS bool

	// NoMove hides the extension MOVE (RFC 6851), NoUIDPlus UIDPLUS (RFC 4315).
	NoMove    bool
	NoUIDPlus bool

	// KeepMoved makes the IMAP server answer MOVE, STORE and EXPUNGE with OK and leave the
	// mails in the open folder; MOVE still copies them. With ReadOnly it also reports the
	// folder as read-only.
	KeepMoved bool
	ReadOnly  bool

	// Faults for tests; each may be nil and must be safe for concurrent use. An error
	// refuses the command: a *smtp.SMTPError or *imap.Error goes to the client unchanged,
	// ErrDrop closes the connection without an answer.
	OnMail    func(from string) error
	OnRcpt    func(from, rcpt string) error
	OnData    func(from, rcpt string) error // after the content, for each recipient
	OnCommand func(name string) error       // IMAP: SELECT, EXAMINE, SEARCH, FETCH, APPEND, COPY, MOVE, STORE, EXPUNGE, CREATE, IDLE
}

// ErrDrop makes the server close the client's connection when a fault of [Options] returns
// it.
var ErrDrop = errors.New("localmail: drop the connection")

// Server is a running mail host. Its methods may be called concurrently.
type Server struct {
	opts  Options
	users map[string]*imapmemserver.User // by message.Address.Key

	imap      *imapserver.Server
	smtp      *smtp.Server
	imapAddr  string
	smtpAddr  string
	listeners []*listener
	serving   sync.WaitGroup
	stop      func() bool // detaches from the context of Start
	close     sync.Once

	inboxes broadcast // a mailbox changed
	mails   acceptedMails
}

// Start starts the servers. They run until ctx ends or Close is called; after an error
// nothing is left running.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Domain == "" {
		o.Domain = "localmail.example"
	}
	if o.AuthservID == "" {
		o.AuthservID = o.Domain
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.ImplicitTLS && o.TLS == nil {
		return nil, errors.New("localmail: implicit TLS without a certificate")
	}
	s := &Server{opts: o, users: make(map[string]*imapmemserver.User)}
	for _, a := range o.Accounts {
		u := imapmemserver.NewUser(string(a.Address), a.Password)
		if err := u.Create("INBOX", nil); err != nil {
			return nil, fmt.Errorf("create inbox: %w", err)
		}
		s.users[a.Address.Key()] = u
	}
	s.imap = s.newIMAP()
	s.smtp = s.newSMTP()

	var err error
	if s.imapAddr, err = s.listen(o.IMAPListen, s.imap.Serve); err == nil {
		s.smtpAddr, err = s.listen(o.SMTPListen, s.smtp.Serve)
	}
	if err != nil {
		_ = s.Close() // it never fails
		return nil, err
	}
	s.stop = context.AfterFunc(ctx, func() { s.closeAll() })
	return s, nil
}

func (s *Server) listen(addr string, serve func(net.Listener) error) (string, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	inner, err := net.Listen("tcp", addr)
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	ln := newListener(inner)
	ln.readOnly = s.opts.ReadOnly
	s.listeners = append(s.listeners, ln)
	var served net.Listener = ln
	if s.opts.ImplicitTLS {
		served = tls.NewListener(ln, s.opts.TLS)
	}
	s.serving.Go(func() {
		if err := serve(served); err != nil && !errors.Is(err, net.ErrClosed) {
			s.opts.Log.Error("local mail server stopped", "error", err)
		}
	})
	return inner.Addr().String(), nil
}

// IMAPAddr is the host:port of the IMAP server.
func (s *Server) IMAPAddr() string { return s.imapAddr }

// SMTPAddr is the host:port of the SMTP server.
func (s *Server) SMTPAddr() string { return s.smtpAddr }

// DropConnections closes every open connection without notice to the clients. The servers
// go on.
func (s *Server) DropConnections() {
	for _, ln := range s.listeners {
		ln.drop()
	}
}

// Close stops both servers, closes their connections and waits for their goroutines. It may
// be called more than once.
func (s *Server) Close() error {
	if s.stop != nil {
		s.stop()
	}
	s.closeAll()
	s.serving.Wait()
	for _, ln := range s.listeners {
		ln.wait()
	}
	return nil
}

func (s *Server) closeAll() {
	s.close.Do(func() {
		for _, ln := range s.listeners {
			ln.closeAll()
		}
		_ = s.imap.Close() // the listeners are closed already
		_ = s.smtp.Close()
		s.mails.close()
	})
}

// account returns the IMAP user for an address, ignoring its +tag, or nil.
func (s *Server) account(a message.Address) *imapmemserver.User {
	key := a.Key()
	if at := strings.LastIndexByte(key, '@'); at >= 0 {
		if plus := strings.IndexByte(key[:at], '+'); plus > 0 {
			key = key[:plus] + key[at:]
		}
	}
	return s.users[key]
}
