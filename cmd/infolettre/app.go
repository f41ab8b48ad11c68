package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"infolettre/config"
	"infolettre/internal/agenda"
	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/intake"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/keys"
	"infolettre/internal/mailbox"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/relay"
	"infolettre/internal/render"
	"infolettre/internal/schedule"
	"infolettre/internal/sqlite"
	"infolettre/internal/token"
)

// app is what every command that uses the store needs.
type app struct {
	cfg     *config.Config
	clock   schedule.Clock
	log     *slog.Logger
	secret  token.Secret
	tokens  *tokens
	store   *sqlite.Store
	service *newsroom.Service
	render  *render.Renderer
}

// newApp makes an app without its store and renderer.
func newApp(cfg *config.Config, clock schedule.Clock, log *slog.Logger) (*app, error) {
	a := &app{cfg: cfg, clock: clock, log: log, tokens: newTokens(cfg, log)}
	secret, err := cfg.ReadSecret(cfg.Newsletter.Secret)
	if err != nil {
		return nil, fmt.Errorf("newsletter.secret: %w", err)
	}
	if a.secret, err = token.NewSecret([]byte(secret)); err != nil {
		return nil, fmt.Errorf("newsletter.secret: %w", err)
	}
	options, err := a.newsroomOptions()
	if err != nil {
		return nil, err
	}
	a.service = newsroom.New(options)
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	return a, nil
}

// openApp opens the store of a configuration, and makes what works on it. It returns an
// error beside a running daemon of an earlier version, because opening migrates the store.
func openApp(ctx context.Context, cfg *config.Config, clock schedule.Clock, log *slog.Logger) (*app, error) {
	a, err := newApp(cfg, clock, log)
	if err != nil {
		return nil, err
	}
	if locked(filepath.Join(cfg.Data, lockFile)) {
		if older, err := sqlite.Outdated(ctx, cfg.Data); err != nil {
			return nil, err
		} else if older {
			return nil, errors.New("the running daemon is from an earlier version of infolettre; restart it with this version first")
		}
	}
	if a.store, err = sqlite.Open(ctx, cfg.Data, log); err != nil {
		return nil, err
	}
	if err := giveToOwner(cfg.Data); err != nil {
		return nil, errors.Join(err, a.store.Close())
	}
	if a.render, err = render.New(a.renderOptions(), a.store, a.store); err != nil {
		return nil, errors.Join(err, a.store.Close())
	}
	return a, nil
}

// closeStore ends a command. An error is dropped, because what the command wrote is
// committed by then.
func (a *app) closeStore() { _ = a.store.Close() }

func (a *app) address() message.Mailbox {
	return message.Mailbox{Name: a.cfg.Newsletter.Name, Address: message.Address(a.cfg.Newsletter.Address)}
}

func (a *app) sections() []item.Section {
	sections := make([]item.Section, len(a.cfg.Sections))
	for i, s := range a.cfg.Sections {
		sections[i] = item.Section{Key: s.Key, Title: s.Title, Words: s.Words}
	}
	return sections
}

func (a *app) newsroomOptions() (newsroom.Options, error) {
	c := a.cfg
	o := newsroom.Options{
		Address: a.address(), Operator: message.Mailbox{Address: message.Address(c.Newsletter.Operator)},
		Languages: c.Newsletter.Languages, Location: c.Location, Secret: a.secret, Sections: a.sections(),
		Rules: editorial.Rules{
			Quorum: c.Editorial.Quorum, SectionQuorum: c.Editorial.SectionQuorum, ProofQuorum: c.Editorial.ProofQuorum,
			SelfApproval: c.Editorial.SelfApproval, Undo: time.Duration(c.Editorial.Undo),
		},
		Escalate: time.Duration(c.Editorial.Escalate), MinItems: c.Issue.MinItems,
		Segments: a.segments(c.Issue.Segments), Internal: a.segments(c.Issue.Internal), Bounces: audience.SoftBounceRules{Soft: c.Bounces.Soft, Span: time.Duration(c.Bounces.Over)},
		RemindWhom: map[agenda.Audience][]audience.Segment{
			agenda.Internal: a.segments(c.Reminders.Internal), agenda.External: a.segments(c.Reminders.External),
		},
	}
	for _, e := range c.Editors {
		o.Editors = append(o.Editors, newsroom.Editor{
			Mailbox: message.Mailbox{Name: e.Name, Address: message.Address(e.Email)}, Title: e.Title, Language: e.Language,
		})
	}
	var errs []error
	cron := func(key, expr string) schedule.Cron {
		parsed, err := schedule.ParseCron(expr, c.Location)
		if err != nil {
			errs = append(errs, fmt.Errorf("schedule.%s: %w", key, err))
		}
		return parsed
	}
	o.Calendar = issue.Calendar{
		Close: cron("close", c.Schedule.Close), Proof: cron("proof", c.Schedule.Proof), Send: cron("send", c.Schedule.Send),
		Grace: time.Duration(c.Schedule.Grace), Location: c.Location,
	}
	if c.Schedule.Queue != "" {
		o.HasQueue, o.QueueAt = true, cron("queue", c.Schedule.Queue)
	}
	for _, d := range c.Schedule.Calls {
		distance, err := agenda.ParseDistance(string(d))
		errs = append(errs, err)
		o.Calls = append(o.Calls, distance)
	}
	for _, d := range c.Reminders.Before {
		distance, err := agenda.ParseDistance(string(d))
		errs = append(errs, err)
		o.RemindBefore = append(o.RemindBefore, distance)
	}
	if c.Reminders.At != "" {
		var err error
		o.RemindAt, err = agenda.ParseClock(string(c.Reminders.At))
		errs = append(errs, err)
	}
	return o, errors.Join(errs...)
}

// segments returns the configured segments with these names. The configuration has checked
// that they exist.
func (a *app) segments(names []string) []audience.Segment {
	var chosen []audience.Segment
	for _, name := range names {
		for _, s := range a.cfg.Segments {
			if s.Name == name {
				chosen = append(chosen, audience.Segment{Name: s.Name, Any: s.Any, All: s.All, None: s.None})
			}
		}
	}
	return chosen
}

// intake returns the intake that the configuration describes.
func (a *app) intake(log *slog.Logger) *intake.Intake {
	m := a.cfg.Mailbox
	o := intake.Options{
		Sections: a.sections(), Location: a.cfg.Location, AuthservID: m.AuthservID, Challenge: m.NoAuth == "challenge",
		Now: a.clock.Now, Log: log,
	}
	if m.VerifiesDKIM() {
		o.Keys = keys.New(keys.DNS, time.Now)
	}
	return intake.New(o, a.service, a.store)
}

func (a *app) renderOptions() render.Options {
	c := a.cfg
	return render.Options{
		Address: a.address(), Network: c.Newsletter.Network, ListID: c.Newsletter.ListID, BaseURL: c.Newsletter.BaseURL.URL,
		Languages: c.Newsletter.Languages, Location: c.Location, Sections: a.sections(), Secret: a.secret,
		Plus: c.Mailbox.PlusAddressing, VERP: c.Relay.Envelope == "verp", Now: a.clock.Now,
		AuthservID: c.Mailbox.AuthservID, Service: a.service,
	}
}

func mailboxOptions(c *config.Config, t *tokens, log *slog.Logger) (mailbox.Options, error) {
	source, err := t.source(c.Mailbox.OAuth2)
	return mailbox.Options{
		OAuth2: source,
		URL:    c.Mailbox.URL.URL, Password: func() (string, error) { return c.ReadSecret(c.Mailbox.Password) },
		Done: c.Mailbox.Done, Quarantine: c.Mailbox.Quarantine, Poll: time.Duration(c.Mailbox.Poll), Log: log,
	}, err
}

func relayOptions(c *config.Config, t *tokens, log *slog.Logger) (relay.Options, error) {
	secret := func(s config.Secret) func() (string, error) {
		return func() (string, error) { return c.ReadSecret(s) }
	}
	o := relay.Options{URL: c.Relay.URL.URL, Password: secret(c.Relay.Password), Log: log}
	var err error
	if o.OAuth2, err = t.source(c.Relay.OAuth2); err != nil {
		return o, err
	}
	d := c.Relay.DKIM
	if d == nil {
		return o, nil
	}
	sign := func(name, selector string, s config.Secret) error {
		text, err := c.ReadSecret(s)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		key, err := readKey(text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		o.DKIM = append(o.DKIM, &relay.DKIM{Domain: d.Domain, Selector: selector, Key: key})
		return nil
	}
	err = sign("relay.dkim.key", d.Selector, d.Key)
	if err == nil && d.Also != nil {
		err = sign("relay.dkim.also.key", d.Also.Selector, d.Also.Key)
	}
	return o, err
}

// readKey parses a private key in PEM: PKCS #8, or PKCS #1 as older tools write it.
func readKey(text string) (crypto.Signer, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the file holds no PEM block")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("the file holds no private key in PKCS #8")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T cannot sign", key)
	}
	return signer, nil
}

// dialer adapts the relay to the sending loop.
type dialer struct{ relay *relay.Relay }

func (d dialer) Connect(ctx context.Context) (delivery.Conn, error) {
	c, err := d.relay.Connect(ctx)
	if err != nil {
		return nil, deliveryFailure(err)
	}
	return conn{c}, nil
}

type conn struct{ *relay.Conn }

func (c conn) Send(ctx context.Context, from string, to message.Address, raw []byte, attempt func(context.Context) error) (string, error) {
	reply, err := c.Conn.Send(ctx, relay.Envelope{From: from, To: to}, raw, attempt)
	return reply, deliveryFailure(err)
}

// deliveryFailure translates an error of the relay; other errors are returned as they are.
func deliveryFailure(err error) error {
	var e *relay.Error
	if !errors.As(err, &e) {
		return err
	}
	f := &delivery.Failure{
		Code: e.Code, Status: e.Enhanced, Text: e.Error(), Temporary: e.Temporary, Relay: e.Connection, InDoubt: e.InDoubt,
		Path: e.Stage == relay.StageMail || e.Stage == relay.StageSign || e.Stage == relay.StageData,
	}
	if f.Path && isSystemStatus(e.Enhanced) {
		f.Relay = true
	}
	switch {
	case e.Code == 0 || f.Relay:
	case e.Stage == relay.StageRcpt:
		f.Refused = delivery.RefusedRecipient
	case e.Stage == relay.StageContent:
		f.Refused = delivery.RefusedContent
	}
	return f
}

// isSystemStatus reports whether an enhanced status code, sent before the content, means that
// the server cannot accept any mail for now (RFC 3463 section 3.4). 4.3.4, message too big,
// concerns one mail only.
func isSystemStatus(status string) bool {
	return strings.HasPrefix(status, "4.3.") && status != "4.3.4"
}
