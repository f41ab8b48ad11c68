package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"infolettre/config"
	"infolettre/internal/delivery"
	"infolettre/internal/intake"
	"infolettre/internal/mailbox"
	"infolettre/internal/newsroom"
	"infolettre/internal/relay"
	"infolettre/internal/schedule"
	"infolettre/internal/sqlite"
	"infolettre/internal/web"
)

type serveCmd struct {
	configFlag
	Clock      string `placeholder:"T[xN]" help:"Rehearse on a simulated clock that starts at T (RFC 3339) and runs N times as fast. Works on a copy of the store and only reads the mailbox. Mailbox and relay must be on this machine."`
	Dir        string `placeholder:"DIR" help:"Write a rehearsal's mails to DIR (default: a new temporary folder)."`
	ReallySend bool   `help:"With --clock: use the real store, mailbox and relay. Files and sends mail."`
	Log        string `enum:"debug,info,warn,error" default:"info" help:"Set the log level: debug, info, warn or error."`
}

func (c serveCmd) Run(g *global) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log)); err != nil {
		return err
	}
	log := newLogger(g.stderr, level)
	switch {
	case c.Clock == "" && c.ReallySend:
		return errors.New("--really-send requires --clock; without --clock the daemon always uses the real store, mailbox and relay")
	case c.Dir != "" && (c.Clock == "" || c.ReallySend):
		return errors.New("--dir requires a rehearsal: --clock without --really-send")
	case c.Clock == "":
		if err := refuseRootOnOthersData(cfg.Data); err != nil {
			return err
		}
		return serve(g.ctx, cfg, schedule.Real{}, nil, log)
	}
	if !config.Loopback(cfg.Mailbox.URL.Hostname()) || !config.Loopback(cfg.Relay.URL.Hostname()) {
		return errors.New("--clock is refused unless both mailbox.url and relay.url are on this machine (127.0.0.1 or localhost)")
	}
	clock, err := schedule.ParseScaled(c.Clock)
	if err != nil {
		return err
	}
	if c.ReallySend {
		log.Warn("simulated clock without rehearsal: mail is really filed and sent", "now", clock.Now(), "mailbox", cfg.Mailbox.URL.Host, "relay", cfg.Relay.URL.Host)
		return serve(g.ctx, cfg, clock, nil, log)
	}
	r, other, err := newRehearsal(g.ctx, cfg, c.Dir, g.stdout)
	if err != nil {
		return err
	}
	if clock, err = schedule.ParseScaled(c.Clock); err != nil { // parsed again, because the copy took time
		return errors.Join(err, r.close())
	}
	r.clock = clock
	log.Warn("rehearsal on a simulated clock: nothing is changed or sent", "now", clock.Now(), "mails", r.dir)
	err = serve(g.ctx, other, clock, r, log)
	if err == nil {
		r.end()
	}
	return errors.Join(err, r.close())
}

// serve runs the daemon until the context ends; r is nil unless it rehearses.
func serve(ctx context.Context, cfg *config.Config, clock schedule.Clock, r *rehearsal, log *slog.Logger) error {
	var d *daemon
	err := retryWhileDiskFull(ctx, cfg.Data, log, notifyWithoutStore(cfg, clock, r, log), func() (err error) {
		d, err = buildDaemon(ctx, cfg, clock, r, log)
		return err
	})
	if err != nil || d == nil {
		return err
	}
	if scaled, ok := clock.(*schedule.Scaled); ok {
		forget, err := shareClock(cfg, scaled)
		if err != nil {
			return errors.Join(err, d.close())
		}
		defer forget()
	}
	if held, err := d.holdWarning(ctx); err != nil {
		return errors.Join(err, d.close())
	} else if held != "" {
		log.Warn("sending is suspended", "reason", held)
	}
	if r != nil {
		r.begin(d.web.Addr())
	}
	log.Info("serving", "version", version, "pages", d.web.Addr(), "data", cfg.Data)
	err = d.run(ctx)
	log.Info("stopped")
	return err
}

// notifyWithoutStore returns a function that notifies the operator before the store is open.
func notifyWithoutStore(cfg *config.Config, clock schedule.Clock, r *rehearsal, log *slog.Logger) func(context.Context, trouble) error {
	return func(ctx context.Context, t trouble) error {
		a, err := newApp(cfg, clock, log)
		if err != nil {
			return err
		}
		out, err := a.dialer(r)
		if err != nil {
			return err
		}
		d, err := newDirectMailer(a, out)
		if err != nil {
			return err
		}
		now := clock.Now()
		t.args["at"] = strconv.FormatInt(now.Unix(), 10)
		return d.send(ctx, t, a.service.OperatorDailyKey(t.topic, now), now)
	}
}

// dialer returns where the mails go: the relay, or a rehearsal's folder.
func (a *app) dialer(r *rehearsal) (delivery.Dialer, error) {
	if r != nil {
		return r, nil
	}
	options, err := relayOptions(a.cfg, a.tokens, a.log)
	if err != nil {
		return nil, err
	}
	out, err := relay.New(options)
	return dialer{out}, err
}

// clockFile holds the clock of a rehearsal, so that commands run at its time.
const clockFile = "rehearsal"

func shareClock(cfg *config.Config, c *schedule.Scaled) (forget func(), err error) {
	text, err := c.MarshalText()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(cfg.Data, clockFile)
	// A file left behind does no harm: without a lock it is ignored.
	return func() { _ = os.Remove(path) }, os.WriteFile(path, text, 0o600)
}

// commandClock returns the clock for a command: the real one, unless a rehearsal is running.
func commandClock(cfg *config.Config) schedule.Clock {
	text, err := os.ReadFile(filepath.Join(cfg.Data, clockFile))
	if err != nil {
		return schedule.Real{}
	}
	if !locked(filepath.Join(cfg.Data, lockFile)) {
		return schedule.Real{} // left by a rehearsal that was killed
	}
	var c schedule.Scaled
	if err := c.UnmarshalText(text); err != nil {
		return schedule.Real{}
	}
	return &c
}

func newLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// daemon is everything that runs, wired together. The demonstration runs the same.
type daemon struct {
	*app
	lock      *os.File
	box       *mailbox.Box
	jobs      *newsroom.Jobs
	sender    *delivery.Sender
	web       *web.Server
	health    *health
	rehearsal *rehearsal // nil for none
}

// drainTime is how long the daemon waits for mails in progress when it stops.
const drainTime = 6 * time.Second

// newDaemon locks the data folder, opens the store, and recovers what an earlier process left
// unfinished. It contacts no server yet.
func newDaemon(ctx context.Context, cfg *config.Config, clock schedule.Clock, log *slog.Logger) (*daemon, error) {
	return buildDaemon(ctx, cfg, clock, nil, log)
}

func buildDaemon(ctx context.Context, cfg *config.Config, clock schedule.Clock, r *rehearsal, log *slog.Logger) (*daemon, error) {
	a, err := openApp(ctx, cfg, clock, log)
	if err != nil {
		return nil, err
	}
	if r != nil {
		a.tokens.dir = r.tokens // a replaced token is void, so even a rehearsal keeps the new one
	}
	d := &daemon{app: a, rehearsal: r}
	if err := d.wire(ctx); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *daemon) wire(ctx context.Context) (err error) {
	cfg := d.cfg
	if d.lock, err = lock(filepath.Join(cfg.Data, lockFile)); err != nil {
		return err
	}
	// A rehearsal that was killed may have left its clock.
	if err := os.Remove(filepath.Join(cfg.Data, clockFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget an old rehearsal: %w", err)
	}
	ledger := d.store.Ledger().SetHandlers(d.service.HandleRefusal, d.service.MailingEnded, d.service.HandleRelayRefusal)
	left, err := ledger.Recover(ctx, d.clock.Now())
	if err != nil {
		return fmt.Errorf("recover unfinished deliveries: %w", err)
	}
	if left != (sqlite.Recovered{}) {
		d.log.Warn("recovered after an unclean stop", "settled", left.Settled, "not_sent", left.Released, "in_doubt", left.MaybeSent)
	}
	out, err := d.dialer(d.rehearsal)
	if err != nil {
		return err
	}
	if d.health, err = newHealth(ctx, d, out); err != nil {
		return err
	}
	perDomain := map[string]float64{}
	for domain, r := range cfg.Relay.PerDomain {
		perDomain[domain] = float64(r)
	}
	d.sender = delivery.NewSender(delivery.Options{
		Connections: cfg.Relay.Connections, PerSecond: float64(cfg.Relay.Rate), PerDomain: perDomain, Drain: drainTime, Backoff: time.Second,
		Clock: d.clock, Log: d.log,
	}, ledger, d.render, watched{out, d.health.accepted})
	in := d.intake(d.log)
	d.jobs = newsroom.NewJobs(d.service, d.store, d.render, in, d.clock, d.log, d.sender.Wake)
	box, err := mailboxOptions(cfg, d.tokens, d.log)
	if err != nil {
		return err
	}
	box.ReadingLog = filepath.Join(cfg.Data, openedFile)
	box.Examine = d.rehearsal != nil
	if d.box, err = mailbox.New(box, handler{d, in, ctx}); err != nil {
		return err
	}
	d.web, err = web.New(web.Options{
		Listen: cfg.Web.Listen, BaseURL: cfg.Newsletter.BaseURL.URL, Address: d.address(), Network: cfg.Newsletter.Network,
		Languages: cfg.Newsletter.Languages, Now: d.clock.Now, Log: d.log,
		Desk: d.store, Render: d.render, AuthservID: cfg.Mailbox.AuthservID, Location: cfg.Location,
		MailQueued: func() { d.jobs.Wake(); d.sender.Wake() }, Health: d.health.page,
	}, d.service, d.store, d.render)
	return err
}

// run serves until the context ends, then stops everything cleanly: it leaves no mail in
// doubt.
func (d *daemon) run(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	jobs := func(ctx context.Context) error {
		return retryWhileDiskFull(ctx, d.cfg.Data, d.log, nil, func() error { return d.jobs.Run(ctx) })
	}
	for _, loop := range []func(context.Context) error{d.box.Run, jobs, d.sender.Run, d.web.Run, d.health.Run} {
		all.Go(func() error { return loop(ctx) })
	}
	return errors.Join(all.Wait(), d.close())
}

func (d *daemon) close() error {
	err := d.store.Close()
	if d.lock != nil {
		err = errors.Join(err, d.lock.Close())
	}
	return err
}

// openedFile records the mails that are being read, so that one that kills the daemon is
// recognised.
const openedFile = "reading"

// lockFile is locked by the daemon while it runs.
const lockFile = "lock"

// lock locks the data folder, so that no second daemon sends from the same ledger. The kernel
// releases the lock when the process ends, however it ends.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	// A command may hold the lock for a moment while it looks; a daemon keeps it.
	for range 10 {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			return f, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	f.Close()
	return nil, fmt.Errorf("another “infolettre serve” is running in %s", filepath.Dir(path))
}

// locked reports whether a daemon holds the lock.
func locked(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil
}

// handler adapts the intake to the mailbox.
type handler struct {
	*daemon
	in      *intake.Intake
	serving context.Context // ends with the daemon, and cancels its DNS queries
}

// Batch runs f in one transaction, then wakes jobs and sending.
func (h handler) Batch(ctx context.Context, f func(context.Context) error) error {
	if err := h.store.Batch(ctx, f); err != nil {
		return unavailableError(err)
	}
	h.jobs.Wake()
	h.sender.Wake()
	return nil
}

func (h handler) Read(m mailbox.Mail) (mailbox.Reading, error) {
	in, err := h.in.ReadAndVerify(h.serving, m.Raw)
	return reading{h, m, in}, err
}

// reading is a mail that the intake has read, to be handled.
type reading struct {
	handler
	mail mailbox.Mail
	read intake.Inbound
}

func (r reading) Handle(ctx context.Context) (string, error) {
	folder, err := r.in.Handle(ctx, r.mail.UIDValidity, r.mail.UID, r.read)
	if err != nil {
		return "", unavailableError(err)
	}
	name := r.cfg.Mailbox.Done
	switch folder {
	case intake.FolderDone:
	case intake.FolderOther:
		name = r.cfg.Mailbox.Other
	case intake.FolderQuarantine:
		name = r.cfg.Mailbox.Quarantine // it was quarantined before, and could not be filed
	}
	if r.rehearsal != nil {
		r.rehearsal.file(r.mail, r.read.Message.Author().Address, r.read.Message.Subject, name)
	}
	return name, nil
}

func (h handler) Quarantine(ctx context.Context, m mailbox.Mail, cause error) error {
	if h.rehearsal != nil {
		h.rehearsal.file(m, "", "unread: "+cause.Error(), h.cfg.Mailbox.Quarantine)
	}
	return unavailableError(h.in.Quarantine(ctx, m.UIDValidity, m.UID, m.Raw, cause))
}

// unavailableError marks errors that are the store's fault, not the mail's.
func unavailableError(err error) error {
	if errors.Is(err, sqlite.ErrUnavailable) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: %w", mailbox.ErrUnavailable, err)
	}
	return err
}
