package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"infolettre/config"
	"infolettre/internal/demo"
	"infolettre/internal/schedule"
	"infolettre/internal/sqlite"
)

type demoCmd struct {
	Once bool   `help:"Exit when everything is sent; the status is 0 only if all of it arrived."`
	Dir  string `placeholder:"DIR" help:"Keep every mail in DIR, as .eml and .html."`
	Lang string `enum:",fr,en" default:"" help:"Print in this language: fr or en (default: the terminal's)."`
}

// Run runs the demonstration. Its mails are kept in --dir; without it, in a temporary
// folder, which --once leaves and Ctrl-C removes.
func (c demoCmd) Run(g *global) error {
	dir, err := c.folder()
	if err != nil {
		return err
	}
	err = demo.Run(g.ctx, startDemoDaemon, demo.RunOptions{Dir: dir, Language: c.Lang, Once: c.Once, Stdout: g.stdout})
	if c.Dir == "" && !c.Once {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

// folder returns the folder for the mails: a new or an empty one.
func (c demoCmd) folder() (string, error) {
	if c.Dir == "" {
		return os.MkdirTemp("", "infolettre-mails-")
	}
	if err := emptyFolder(c.Dir); err != nil {
		return "", err
	}
	return c.Dir, nil
}

// demoDaemon is the daemon as package demo drives it.
type demoDaemon struct{ daemon *daemon }

func startDemoDaemon(ctx context.Context, cfg *config.Config, clock *schedule.Stepped, log *slog.Logger) (demo.Daemon, error) {
	d, err := newDaemon(ctx, cfg, clock, log)
	if err != nil {
		return nil, err
	}
	return demoDaemon{d}, nil
}

func (d demoDaemon) Run(ctx context.Context) error { return d.daemon.run(ctx) }
func (d demoDaemon) Config() *config.Config        { return d.daemon.cfg }
func (d demoDaemon) Store() *sqlite.Store          { return d.daemon.store }

func (d demoDaemon) WaitIdle(ctx context.Context) error {
	for _, wait := range []func(context.Context) error{d.daemon.box.Sync, d.daemon.jobs.WaitIdle, d.daemon.sender.WaitIdle} {
		if err := wait(ctx); err != nil {
			return err
		}
	}
	return nil
}
