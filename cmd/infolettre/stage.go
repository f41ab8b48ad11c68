package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"infolettre/config"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
	"infolettre/internal/schedule"
)

// stage is a mail host in the process, and the daemon running against it on a
// clock that is stepped: the demo and the stories play on it. Nothing in the
// daemon knows that it is on a stage.
type stage struct {
	mail   *localmail.Server
	clock  *schedule.Stepped
	daemon *daemon
	ended  chan error
	stop   context.CancelFunc
}

// stageSecret is the password of everybody on stage.
const stageSecret = "on stage only"

// newsletterAddress is the shared mailbox on stage.
const newsletterAddress = "delegationexecutive@citedesmetiers.example"

// stageConfig is a configuration for the servers on stage.
func stageConfig(dir, imapAddr, smtpAddr, pages string) string {
	r := strings.NewReplacer(
		`"infolettre@cites.example"`, `"`+newsletterAddress+`"`,
		`"infolettre.cites.example"`, `"infolettre.citedesmetiers.example"`,
		`"https://infolettre.cites.example"`, `"http://`+pages+`"`,
		`"imaps://infolettre@imap.cites.example:993/INBOX"`, `"imap://`+strings.ReplaceAll(newsletterAddress, "@", "%40")+`@`+imapAddr+`/INBOX"`,
		`"env:MAILBOX_PASSWORD"`, `"file:password"`,
		`"mx.cites.example"`, `"mx.citedesmetiers.example"`,
		`"smtp://infolettre@relay.cites.example:587"`, `"smtp://`+strings.ReplaceAll(newsletterAddress, "@", "%40")+`@`+smtpAddr+`"`,
		`"env:RELAY_PASSWORD"`, `"file:password"`,
		`per_domain = { "*" = "20/s" }`, `per_domain = { "*" = "1000/s" }`,
		`"127.0.0.1:8080"`, `"`+pages+`"`,
		"[[segments]]\nname = \"membres\"", `[[editors]]
name     = "Solène Kerdoncuff"
email    = "solene.kerdoncuff@reseau.example"
title    = "Présidente du Réseau"
language = "fr"

[[segments]]
name = "membres"`,
	)
	return r.Replace(config.Example)
}

// stageOptions are what differs from one play to the next.
type stageOptions struct {
	dir    string // of the configuration and the data
	start  time.Time
	config func(string) string      // changes the configuration; nil for none
	faults func(*localmail.Options) // breaks the mail host; nil for none
	log    *slog.Logger
}

// newStage starts the mail host and the daemon.
func newStage(ctx context.Context, o stageOptions) (*stage, error) {
	s := &stage{clock: schedule.NewStepped(o.start), ended: make(chan error, 1)}
	host := localmail.Options{
		Domain: "mail.citedesmetiers.example", AuthservID: "mx.citedesmetiers.example", Secret: stageSecret,
		Accounts: []localmail.Account{{Address: newsletterAddress, Password: stageSecret}},
		Now:      s.clock.Now,
	}
	if o.faults != nil {
		o.faults(&host)
	}
	ctx, s.stop = context.WithCancel(ctx)
	var err error
	if s.mail, err = localmail.Start(ctx, host); err != nil {
		s.stop()
		return nil, fmt.Errorf("start mail host: %w", err)
	}
	if s.daemon, err = s.cast(ctx, o); err != nil {
		s.stop()
		return nil, errors.Join(err, s.mail.Close())
	}
	go func() { s.ended <- s.daemon.run(ctx) }()
	return s, nil
}

// cast writes the configuration and makes the daemon of it, as serve does.
func (s *stage) cast(ctx context.Context, o stageOptions) (*daemon, error) {
	pages, err := freeAddress()
	if err != nil {
		return nil, err
	}
	text := stageConfig(o.dir, s.mail.IMAPAddr(), s.mail.SMTPAddr(), pages)
	if o.config != nil {
		text = o.config(text)
	}
	path := filepath.Join(o.dir, "infolettre.toml")
	for name, content := range map[string]string{
		path: text, filepath.Join(o.dir, "password"): stageSecret,
		filepath.Join(o.dir, "secret"): "the demonstration's key: no secret at all",
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	cfg, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	return newDaemon(ctx, cfg, s.clock, o.log)
}

// freeAddress is an address on this machine that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// close stops the daemon as SIGTERM does, and then the mail host.
func (s *stage) close() error {
	s.stop()
	return errors.Join(<-s.ended, s.mail.Close())
}

// rest returns when inbox, jobs, letters and deliveries are all at rest.
func (s *stage) rest(ctx context.Context) error {
	for {
		writes, mails := s.daemon.store.Writes(), len(s.mail.Mails())
		for _, settle := range []func(context.Context) error{s.daemon.box.Sync, s.daemon.jobs.WaitIdle, s.daemon.sender.WaitIdle} {
			if err := settle(ctx); err != nil {
				return err
			}
		}
		if s.daemon.store.Writes() == writes && len(s.mail.Mails()) == mails {
			return nil
		}
	}
}

// step moves the clock to the next instant at which something is due, at the
// latest to until. It is called at rest.
func (s *stage) step(ctx context.Context, until time.Time) error {
	now, next := s.clock.Now(), until
	for _, due := range []func(context.Context) (time.Time, bool, error){s.daemon.store.NextDue, s.daemon.store.Ledger().NextDue} {
		at, any, err := due(ctx)
		if err != nil {
			return err
		}
		if any && at.After(now) && at.Before(next) {
			next = at
		}
	}
	s.clock.Set(next)
	return nil
}

// advance lets the time go by until an instant, doing all that falls due.
func (s *stage) advance(ctx context.Context, until time.Time) error {
	for {
		if err := s.rest(ctx); err != nil {
			return err
		}
		if !s.clock.Now().Before(until) {
			return nil
		}
		if err := s.step(ctx, until); err != nil {
			return err
		}
	}
}

// post sends a mail to the shared mailbox, as its author's mail program does.
// The host vouches for the author if they sign in.
func (s *stage) post(from, to message.Address, raw []byte, signedIn bool) error {
	c, err := smtp.Dial(s.mail.SMTPAddr())
	if err != nil {
		return err
	}
	defer c.Close()
	if signedIn {
		if err := c.Auth(sasl.NewPlainClient("", string(from), stageSecret)); err != nil {
			return err
		}
	}
	if err := c.SendMail(string(from), []string{string(to)}, bytes.NewReader(crlf(raw))); err != nil {
		return err
	}
	return c.Quit()
}

// crlf gives a text the line ends of the wire.
func crlf(raw []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
}
