package localmail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"infolettre/internal/message"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

func (s *Server) newIMAP() *imapserver.Server {
	caps := imap.CapSet{
		imap.CapIMAP4rev1: {},
		imap.CapNamespace: {},
	}
	if !s.opts.NoMove {
		caps[imap.CapMove] = struct{}{}
	}
	if !s.opts.NoUIDPlus {
		caps[imap.CapUIDPlus] = struct{}{}
	}
	o := &imapserver.Options{
		Caps:         caps,
		InsecureAuth: true,
		Logger:       slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelDebug),
		NewSession: func(c *imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &imapSession{server: s, conn: c}, nil, nil
		},
	}
	if !s.opts.ImplicitTLS {
		o.TLSConfig = s.opts.TLS
	}
	return imapserver.New(o)
}

// imapSession adds faults to the library's session in memory, and an IDLE that misses no
// change (the library's misses a change between the previous command and IDLE).
type imapSession struct {
	*imapmemserver.UserSession // nil before login

	server *Server
	conn   *imapserver.Conn
}

func (s *imapSession) fault(command string) error {
	if s.server.opts.OnCommand == nil {
		return nil
	}
	err := s.server.opts.OnCommand(command)
	if errors.Is(err, ErrDrop) {
		_ = s.conn.NetConn().Close() // dropped on purpose
	}
	return err
}

// keepsMoved reports whether mails stay in their folder after a move.
func (s *Server) keepsMoved() bool { return s.opts.KeepMoved || s.opts.ReadOnly }

// changed wakes idling sessions after a command that may have changed a mailbox.
func (s *imapSession) changed() { s.server.inboxes.send() }

func (s *imapSession) Login(username, password string) error {
	u := s.server.users[message.Address(username).Key()]
	if u == nil {
		return imapserver.ErrAuthFailed
	}
	if err := u.Login(username, password); err != nil {
		return err
	}
	s.UserSession = imapmemserver.NewUserSession(u)
	return nil
}

func (s *imapSession) Select(name string, o *imap.SelectOptions) (*imap.SelectData, error) {
	command := "SELECT"
	if o != nil && o.ReadOnly {
		command = "EXAMINE"
	}
	if err := s.fault(command); err != nil {
		return nil, err
	}
	return s.UserSession.Select(name, o)
}

func (s *imapSession) Create(name string, o *imap.CreateOptions) error {
	if err := s.fault("CREATE"); err != nil {
		return err
	}
	return s.UserSession.Create(name, o)
}

func (s *imapSession) Search(kind imapserver.NumKind, c *imap.SearchCriteria, o *imap.SearchOptions) (*imap.SearchData, error) {
	if err := s.fault("SEARCH"); err != nil {
		return nil, err
	}
	return s.UserSession.Search(kind, c, o)
}

func (s *imapSession) Fetch(w *imapserver.FetchWriter, set imap.NumSet, o *imap.FetchOptions) error {
	if err := s.fault("FETCH"); err != nil {
		return err
	}
	return s.UserSession.Fetch(w, set, o)
}

func (s *imapSession) Append(name string, r imap.LiteralReader, o *imap.AppendOptions) (*imap.AppendData, error) {
	if err := s.fault("APPEND"); err != nil {
		return nil, err
	}
	defer s.changed()
	return s.UserSession.Append(name, r, o)
}

func (s *imapSession) Copy(set imap.NumSet, dest string) (*imap.CopyData, error) {
	if err := s.fault("COPY"); err != nil {
		return nil, err
	}
	defer s.changed()
	return s.UserSession.Copy(set, dest)
}

func (s *imapSession) Move(w *imapserver.MoveWriter, set imap.NumSet, dest string) error {
	if err := s.fault("MOVE"); err != nil {
		return err
	}
	defer s.changed()
	if s.server.keepsMoved() {
		_, err := s.UserSession.Copy(set, dest)
		return err
	}
	return s.UserSession.Move(w, set, dest)
}

func (s *imapSession) Store(w *imapserver.FetchWriter, set imap.NumSet, flags *imap.StoreFlags, o *imap.StoreOptions) error {
	if err := s.fault("STORE"); err != nil {
		return err
	}
	if s.server.keepsMoved() {
		return nil
	}
	defer s.changed()
	return s.UserSession.Store(w, set, flags, o)
}

func (s *imapSession) Expunge(w *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	if err := s.fault("EXPUNGE"); err != nil {
		return err
	}
	if s.server.keepsMoved() {
		return nil
	}
	defer s.changed()
	return s.UserSession.Expunge(w, uids)
}

func (s *imapSession) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	if err := s.fault("IDLE"); err != nil {
		return err
	}
	for {
		changed := s.server.inboxes.wait()
		if err := s.Poll(w, true); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-stop:
			return nil
		}
	}
}

// Append adds a mail to an account's INBOX unchanged, without trace fields or SMTP.
func (s *Server) Append(account message.Address, raw []byte) error {
	u := s.account(account)
	if u == nil {
		return fmt.Errorf("localmail: no account for %s", account)
	}
	return s.append(u, raw, s.opts.Now())
}

func (s *Server) append(u *imapmemserver.User, raw []byte, at time.Time) error {
	// The mailbox keeps a reference to the slice.
	literal := literal{bytes.NewReader(bytes.Clone(raw))}
	if _, err := u.Append("INBOX", literal, &imap.AppendOptions{Time: at}); err != nil {
		return fmt.Errorf("append to inbox: %w", err)
	}
	s.inboxes.send()
	return nil
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// Folder returns the mails of an account's folder in UID order, read over IMAP. A missing
// folder is an error.
func (s *Server) Folder(ctx context.Context, account message.Address, name string) ([][]byte, error) {
	var password string
	for _, a := range s.opts.Accounts {
		if a.Address.Equal(account) {
			account, password = a.Address, a.Password
		}
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.imapAddr)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if s.opts.ImplicitTLS {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) // our own certificate, on loopback
	}
	c := imapclient.New(conn, nil)
	defer func() { _ = c.Close() }()
	if err := c.Login(string(account), password).Wait(); err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	selected, err := c.Select(name, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return nil, fmt.Errorf("select %s: %w", name, err)
	}
	if selected.NumMessages == 0 {
		return nil, nil
	}
	all := imap.SeqSet{{Start: 1, Stop: selected.NumMessages}}
	found, err := c.Fetch(all, &imap.FetchOptions{
		BodySection: []*imap.FetchItemBodySection{{Peek: true}},
	}).Collect()
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	var raws [][]byte
	for _, m := range found {
		for _, section := range m.BodySection {
			raws = append(raws, section.Bytes)
		}
	}
	return raws, nil
}
