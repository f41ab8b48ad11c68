package demo

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
	"infolettre/internal/sqlite"
)

// Daemon is a daemon as the harness drives it. All methods but Run may be called while
// it runs.
type Daemon interface {
	// Run serves until the context ends, then stops cleanly and releases the store.
	Run(ctx context.Context) error
	// WaitIdle returns when the inbox is read and no job, letter or delivery is due.
	WaitIdle(ctx context.Context) error
	Config() *config.Config
	Store() *sqlite.Store
}

// StartDaemon wires a daemon; Run starts it.
type StartDaemon func(context.Context, *config.Config, *schedule.Stepped, *slog.Logger) (Daemon, error)

// Harness is a mail host in the process and the daemon that uses it, on a stepped clock.
// The daemon does not know that it runs in one. Without Start, a Harness of these three
// fields drives a daemon that runs elsewhere; such a one is not closed.
type Harness struct {
	Mail   *localmail.Server
	Clock  *schedule.Stepped
	Daemon Daemon

	ended chan error
	stop  context.CancelFunc
}

// Password is the password of every account on the mail host.
const Password = "on stage only"

// NewsletterAddress is the shared mailbox on the mail host.
const NewsletterAddress = "delegationexecutive@citedesmetiers.example"

// Configuration returns the text of a configuration for the mail host's servers.
func Configuration(dir, imapAddr, smtpAddr, pages string) string {
	r := strings.NewReplacer(
		`"infolettre@cites.example"`, `"`+NewsletterAddress+`"`,
		`"infolettre.cites.example"`, `"infolettre.citedesmetiers.example"`,
		`"https://infolettre.cites.example"`, `"http://`+pages+`"`,
		`"imaps://infolettre@imap.cites.example:993/INBOX"`, `"imap://`+strings.ReplaceAll(NewsletterAddress, "@", "%40")+`@`+imapAddr+`/INBOX"`,
		`"env:MAILBOX_PASSWORD"`, `"file:password"`,
		`"mx.cites.example"`, `"mx.citedesmetiers.example"`,
		`"smtp://infolettre@relay.cites.example:587"`, `"smtp://`+strings.ReplaceAll(NewsletterAddress, "@", "%40")+`@`+smtpAddr+`"`,
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

// Options configure a Harness.
type Options struct {
	Dir    string                   // holds the configuration and the data
	Start  time.Time                // by the stepped clock
	Config func(string) string      // changes the configuration; nil for none
	Faults func(*localmail.Options) // makes the mail host fail; nil for none
	Log    *slog.Logger
}

// Start starts the mail host and the daemon. The caller must Close the harness.
func Start(ctx context.Context, o Options, start StartDaemon) (*Harness, error) {
	h := &Harness{Clock: schedule.NewStepped(o.Start), ended: make(chan error, 1)}
	host := localmail.Options{
		Domain: "mail.citedesmetiers.example", AuthservID: "mx.citedesmetiers.example", Secret: Password,
		Accounts: []localmail.Account{{Address: NewsletterAddress, Password: Password}},
		Now:      h.Clock.Now,
	}
	if o.Faults != nil {
		o.Faults(&host)
	}
	ctx, h.stop = context.WithCancel(ctx)
	var err error
	if h.Mail, err = localmail.Start(ctx, host); err != nil {
		h.stop()
		return nil, fmt.Errorf("start mail host: %w", err)
	}
	if h.Daemon, err = h.startDaemon(ctx, o, start); err != nil {
		h.stop()
		return nil, errors.Join(err, h.Mail.Close())
	}
	go func() { h.ended <- h.Daemon.Run(ctx) }()
	return h, nil
}

// startDaemon writes the configuration and wires the daemon from it, as serve does.
func (h *Harness) startDaemon(ctx context.Context, o Options, start StartDaemon) (Daemon, error) {
	pages, err := FreeAddress()
	if err != nil {
		return nil, err
	}
	text := Configuration(o.Dir, h.Mail.IMAPAddr(), h.Mail.SMTPAddr(), pages)
	if o.Config != nil {
		text = o.Config(text)
	}
	path := filepath.Join(o.Dir, "infolettre.toml")
	for name, content := range map[string]string{
		path: text, filepath.Join(o.Dir, "password"): Password,
		filepath.Join(o.Dir, "secret"): "the demonstration's key: no secret at all",
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	cfg, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	return start(ctx, cfg, h.Clock, o.Log)
}

// FreeAddress returns a loopback address that nothing listens on.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// Close stops the daemon as SIGTERM does, and then the mail host.
func (h *Harness) Close() error {
	h.stop()
	return errors.Join(<-h.ended, h.Mail.Close())
}

// Settle returns when inbox, jobs, letters and deliveries are all idle.
func (h *Harness) Settle(ctx context.Context) error {
	for {
		writes, mails := h.Daemon.Store().Writes(), len(h.Mail.Mails())
		if err := h.Daemon.WaitIdle(ctx); err != nil {
			return err
		}
		if h.Daemon.Store().Writes() == writes && len(h.Mail.Mails()) == mails {
			return nil
		}
	}
}

// step moves the clock to the next instant at which something is due, but not past
// until. It is called when all is settled.
func (h *Harness) step(ctx context.Context, until time.Time) error {
	now, next := h.Clock.Now(), until
	for _, due := range []func(context.Context) (time.Time, bool, error){h.Daemon.Store().NextDue, h.Daemon.Store().Ledger().NextDue} {
		at, any, err := due(ctx)
		if err != nil {
			return err
		}
		if any && at.After(now) && at.Before(next) {
			next = at
		}
	}
	h.Clock.Set(next)
	return nil
}

// Advance moves the clock to an instant and waits for all that falls due on the way.
func (h *Harness) Advance(ctx context.Context, until time.Time) error {
	for {
		if err := h.Settle(ctx); err != nil {
			return err
		}
		if !h.Clock.Now().Before(until) {
			return nil
		}
		if err := h.step(ctx, until); err != nil {
			return err
		}
	}
}

// Post submits a mail to the mail host, as its author's mail program does. If signedIn,
// the host authenticates the author.
func (h *Harness) Post(from, to message.Address, raw []byte, signedIn bool) error {
	return Post(h.Mail, from, to, raw, signedIn)
}

// Post submits a mail to a mail host, as Harness.Post does.
func Post(host *localmail.Server, from, to message.Address, raw []byte, signedIn bool) error {
	c, err := smtp.Dial(host.SMTPAddr())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // it was quit, or an error is returned already
	if signedIn {
		if err := c.Auth(sasl.NewPlainClient("", string(from), Password)); err != nil {
			return err
		}
	}
	if err := c.SendMail(string(from), []string{string(to)}, bytes.NewReader(CRLF(raw))); err != nil {
		return err
	}
	return c.Quit()
}

// CRLF returns a text with CRLF line ends, whatever it had.
func CRLF(raw []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
}
