package localmail

import (
	"bufio"
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	"infolettre/internal/message"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// maxMessageBytes bounds one mail over SMTP; 64 MB.
const maxMessageBytes = 64 << 20

func (s *Server) newSMTP() *smtp.Server {
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &smtpSession{server: s, conn: c}, nil
	}))
	srv.Domain = s.opts.Domain
	srv.AllowInsecureAuth = true
	srv.EnableSMTPUTF8 = true
	srv.EnableDSN = true
	srv.MaxMessageBytes = maxMessageBytes
	srv.ReadTimeout = 5 * time.Minute
	srv.WriteTimeout = 5 * time.Minute
	srv.ErrorLog = slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelDebug)
	if !s.opts.ImplicitTLS {
		srv.TLSConfig = s.opts.TLS
	}
	return srv
}

type smtpSession struct {
	server *Server
	conn   *smtp.Conn
	user   string
	from   string
	rcpts  []message.Address
}

func (s *smtpSession) fault(err error) error {
	if errors.Is(err, ErrDrop) {
		_ = s.conn.Conn().Close() // dropped on purpose
	}
	return err
}

func (s *smtpSession) AuthMechanisms() []string { return []string{sasl.Plain, sasl.Login} }

func (s *smtpSession) Auth(mech string) (sasl.Server, error) {
	switch mech {
	case sasl.Plain:
		return sasl.NewPlainServer(func(identity, username, password string) error {
			if identity != "" && identity != username {
				return smtp.ErrAuthFailed
			}
			return s.login(username, password)
		}), nil
	case sasl.Login:
		return &loginServer{login: s.login}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (s *smtpSession) login(username, password string) error {
	for _, a := range s.server.opts.Accounts {
		if a.Address.Equal(message.Address(username)) && same(password, a.Password) {
			s.user = username
			return nil
		}
	}
	if secret := s.server.opts.Secret; secret == "" || !same(password, secret) {
		return smtp.ErrAuthFailed
	}
	s.user = username
	return nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (s *smtpSession) Reset() { s.from, s.rcpts = "", nil }

func (s *smtpSession) Logout() error { return nil }

func (s *smtpSession) Mail(from string, _ *smtp.MailOptions) error {
	if f := s.server.opts.OnMail; f != nil {
		if err := f(from); err != nil {
			return s.fault(err)
		}
	}
	s.from = from
	return nil
}

func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if f := s.server.opts.OnRcpt; f != nil {
		if err := f(s.from, to); err != nil {
			return s.fault(err)
		}
	}
	rcpt, err := message.ParseAddress(to)
	if err != nil {
		return &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 1, 3}, Message: "Not an address"}
	}
	s.rcpts = append(s.rcpts, rcpt)
	return nil
}

func (s *smtpSession) Data(r io.Reader) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if f := s.server.opts.OnData; f != nil {
		for _, rcpt := range s.rcpts {
			if err := f(s.from, string(rcpt)); err != nil {
				return s.fault(err)
			}
		}
	}
	for _, rcpt := range s.rcpts {
		if err := s.deliver(rcpt, content); err != nil {
			return err
		}
	}
	return nil
}

func (s *smtpSession) deliver(rcpt message.Address, content []byte) error {
	d := Delivered{At: s.server.opts.Now(), From: s.from, To: rcpt, User: s.user}
	return s.server.mails.add(d, func(d *Delivered) error {
		d.Raw = append(s.trace(*d, content), content...)
		if u := s.server.account(rcpt); u != nil {
			return s.server.append(u, d.Raw, d.At)
		}
		return nil
	})
}

// trace returns the fields that the host adds above a mail: those of final delivery (RFC
// 5321 section 4.4) and its authentication result (RFC 8601).
func (s *smtpSession) trace(d Delivered, content []byte) []byte {
	var b bytes.Buffer
	author := author(content)
	verdict := "fail"
	if author != "" && strings.EqualFold(author, d.User) {
		verdict = "pass"
	}
	protocol := "ESMTP"
	if _, ok := s.conn.TLSConnectionState(); ok {
		protocol += "S"
	}
	if d.User != "" {
		protocol += "A"
	}
	fmt.Fprintf(&b, "Return-Path: <%s>\r\n", d.From)
	fmt.Fprintf(&b, "Delivered-To: %s\r\n", d.To)
	if author != "" {
		domain := strings.ToLower(author[strings.LastIndexByte(author, '@')+1:])
		fmt.Fprintf(&b, "Authentication-Results: %s; dmarc=%s header.from=%s\r\n", s.server.opts.AuthservID, verdict, domain)
	}
	fmt.Fprintf(&b, "Received: from %s (localhost [127.0.0.1])\r\n\tby %s with %s id L%06d\r\n\tfor <%s>; %s\r\n",
		s.conn.Hostname(), s.server.opts.Domain, protocol, d.Seq, d.To, d.At.Format(time.RFC1123Z))
	return b.Bytes()
}

// author returns the address in the From field, or "" unless there is exactly one.
func author(content []byte) string {
	header, _ := textproto.NewReader(bufio.NewReader(bytes.NewReader(content))).ReadMIMEHeader()
	from := header.Values("From")
	if len(from) != 1 {
		return ""
	}
	list, err := mail.ParseAddressList(from[0])
	if err != nil || len(list) != 1 {
		return ""
	}
	return list[0].Address
}

// loginServer is the server side of AUTH LOGIN (draft-murchison-sasl-login); go-sasl
// implements only the client.
type loginServer struct {
	login    func(username, password string) error
	step     int
	username string
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	l.step++
	switch {
	case l.step == 1 && response == nil:
		return []byte("Username:"), false, nil
	case l.step == 1: // an initial response is the user name
		l.step = 2
		fallthrough
	case l.step == 2:
		l.username = string(response)
		return []byte("Password:"), false, nil
	default:
		return nil, true, l.login(l.username, string(response))
	}
}
