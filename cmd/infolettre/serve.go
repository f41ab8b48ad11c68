package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
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
	Clock string `placeholder:"T[xN]" help:"Rehearse on a simulated clock that starts at T (RFC 3339) and runs N times as fast. Only against a mailbox and a relay on this machine."`
	Log   string `enum:"debug,info,warn,error" default:"info" help:"How much to log: debug, info, warn or error."`
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
	var clock schedule.Clock = schedule.Real{}
	if c.Clock != "" {
		if !config.Loopback(cfg.Mailbox.URL.Hostname()) || !config.Loopback(cfg.Relay.URL.Hostname()) {
			return errors.New("--clock rehearses: it is refused unless both mailbox.url and relay.url are on this machine (127.0.0.1 or localhost)")
		}
		if clock, err = schedule.ParseScaled(c.Clock); err != nil {
			return err
		}
	}
	d, err := newDaemon(g.ctx, cfg, clock, log)
	if err != nil {
		return err
	}
	if scaled, ok := clock.(*schedule.Scaled); ok {
		forget, err := shareClock(cfg, scaled)
		if err != nil {
			return errors.Join(err, d.close())
		}
		defer forget()
	}
	if held, err := d.held(g.ctx); err != nil {
		return errors.Join(err, d.close())
	} else if held != "" {
		log.Warn(held)
	}
	log.Info("serving", "version", version, "pages", d.web.Addr(), "data", cfg.Data)
	err = d.run(g.ctx)
	log.Info("stopped")
	return err
}

// clockFile is where a rehearsal leaves its clock, so that what commands do
// meanwhile is done at its time.
const clockFile = "rehearsal"

func shareClock(cfg *config.Config, c *schedule.Scaled) (forget func(), err error) {
	text, err := c.MarshalText()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(cfg.Data, clockFile)
	return func() { os.Remove(path) }, os.WriteFile(path, text, 0o600)
}

// presentClock is the clock that a command goes by: the real one, unless a
// rehearsal is on.
func presentClock(cfg *config.Config) schedule.Clock {
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

// daemon is everything that runs, wired together. The demo runs the same.
type daemon struct {
	*app
	lock   *os.File
	box    *mailbox.Box
	jobs   *newsroom.Jobs
	sender *delivery.Sender
	web    *web.Server
}

// drainTime is what mails under way are given when the daemon stops.
const drainTime = 6 * time.Second

// newDaemon takes the data folder's lock, opens the store, and takes up what an
// earlier process left. It contacts no server yet.
func newDaemon(ctx context.Context, cfg *config.Config, clock schedule.Clock, log *slog.Logger) (*daemon, error) {
	a, err := open(ctx, cfg, clock, log)
	if err != nil {
		return nil, err
	}
	d := &daemon{app: a}
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
	// What a rehearsal that was killed left behind is nobody's clock now.
	if err := os.Remove(filepath.Join(cfg.Data, clockFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget an old rehearsal: %w", err)
	}
	ledger := d.store.Ledger().Telling(d.room.Refused, d.room.Ended, d.room.RefusedUs)
	left, err := ledger.Recover(ctx, d.clock.Now())
	if err != nil {
		return fmt.Errorf("take up what was left: %w", err)
	}
	if left != (sqlite.Recovered{}) {
		d.log.Warn("taken up after an unclean stop", "settled", left.Settled, "not_sent", left.Released, "perhaps_sent_and_repeated", left.Doubtful)
	}
	options, err := relayOptions(cfg, d.tokens, d.log)
	if err != nil {
		return err
	}
	out, err := relay.New(options)
	if err != nil {
		return err
	}
	perDomain := map[string]float64{}
	for domain, r := range cfg.Relay.PerDomain {
		perDomain[domain] = float64(r)
	}
	d.sender = delivery.NewSender(delivery.Options{
		Connections: cfg.Relay.Connections, PerSecond: float64(cfg.Relay.Rate), PerDomain: perDomain, Drain: drainTime, Trouble: time.Second,
		Clock: d.clock, Log: d.log,
	}, ledger, d.render, dialer{out})
	in := d.intake(d.log)
	d.jobs = newsroom.NewJobs(d.room, d.store, d.render, in, d.clock, d.log, d.sender.Kick)
	box, err := mailboxOptions(cfg, d.tokens, d.log)
	if err != nil {
		return err
	}
	box.Opened = filepath.Join(cfg.Data, openedFile)
	if d.box, err = mailbox.New(box, handler{d, in, ctx}); err != nil {
		return err
	}
	d.web, err = web.New(web.Options{
		Listen: cfg.Web.Listen, BaseURL: cfg.Newsletter.BaseURL.URL, Address: d.address(), Network: cfg.Newsletter.Network,
		Languages: cfg.Newsletter.Languages, Now: d.clock.Now, Log: d.log,
		Desk: d.store, Render: d.render, AuthservID: cfg.Mailbox.AuthservID, Location: cfg.Location,
		After: func() { d.jobs.Kick(); d.sender.Kick() },
	}, d.room, d.store, d.render)
	return err
}

// run serves until the context ends, then stops everything cleanly: no mail
// under way is left in doubt.
func (d *daemon) run(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	for _, loop := range []func(context.Context) error{d.box.Run, d.jobs.Run, d.sender.Run, d.web.Run} {
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

// openedFile is where the mails that are being read are written down.
const openedFile = "reading"

// lockFile is the one that a daemon holds locked while it runs.
const lockFile = "lock"

// lock keeps a second daemon from sending from the same ledger. The kernel
// releases it when the process ends, however it ends.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	// A command may look at the lock for a moment; a daemon keeps it.
	for range 10 {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			return f, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	f.Close()
	return nil, fmt.Errorf("another “infolettre serve” works in %s", filepath.Dir(path))
}

// locked says whether a daemon holds the lock.
func locked(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil
}

// handler is the intake as the mailbox sees it.
type handler struct {
	*daemon
	in      *intake.Intake
	serving context.Context // ends with the daemon, and with it what is asked of the DNS
}

// Together is one transaction, after which there may be something to do and to send.
func (h handler) Together(ctx context.Context, f func(context.Context) error) error {
	if err := h.store.Together(ctx, f); err != nil {
		return blameless(err)
	}
	h.jobs.Kick()
	h.sender.Kick()
	return nil
}

func (h handler) Read(m mailbox.Mail) (mailbox.Reading, error) {
	in, err := h.in.ReadAndVerify(h.serving, m.Raw)
	return reading{h, m, in}, err
}

// reading is a mail that the intake has read.
type reading struct {
	handler
	mail mailbox.Mail
	read intake.Inbound
}

func (r reading) Handle(ctx context.Context) (string, error) {
	folder, err := r.in.Handle(ctx, r.mail.UIDValidity, r.mail.UID, r.read)
	if err != nil {
		return "", blameless(err)
	}
	switch folder {
	case intake.Other:
		return r.cfg.Mailbox.Other, nil
	case intake.Aside:
		return r.cfg.Mailbox.Quarantine, nil // it was quarantined before, and could not be filed
	}
	return "", nil
}

func (h handler) Quarantine(ctx context.Context, m mailbox.Mail, cause error) error {
	return blameless(h.in.Quarantine(ctx, m.UIDValidity, m.UID, m.Raw, cause))
}

// blameless marks errors that are the store's and no mail's fault.
func blameless(err error) error {
	if errors.Is(err, sqlite.ErrUnavailable) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: %w", mailbox.ErrUnavailable, err)
	}
	return err
}
