// Package demo shows the whole job on sample data, and drives the daemon for tests.
//
// A Harness is a mail host in the process (package localmail), a stepped clock, and a
// daemon that its caller wires. It advances the clock to the next due instant whenever
// inbox, jobs, letters and deliveries are idle, so that two months pass in seconds. Run
// plays the script of package sample on a Harness: people write and reply by their own
// mail programs, and a narrator prints each step. At the end, a summary compares what the
// ledger says with what the mail host received, and the mails stay as .eml and .html files.
// Nothing survives the process but these files. Begin reading at harness.go and runner.go.
package demo

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"infolettre/internal/demo/sample"
	"infolettre/internal/localmail"
)

// RunOptions configure the demonstration.
type RunOptions struct {
	Dir      string // where the mails are kept; it must exist
	Language string // of the narrator: "fr" or "en"; "" for the environment's
	Once     bool   // return at the end instead of serving the pages until the context ends
	Stdout   io.Writer
}

// Run runs the demonstration, from late January to late March 2018. It returns an error
// unless every mail arrived exactly once, and nil when the context ends it.
func Run(ctx context.Context, start StartDaemon, o RunOptions) error {
	began := time.Now()
	work, err := os.MkdirTemp("", "infolettre-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }() // a temporary folder: the system removes it later
	script, err := readScript(sample.Files)
	if err != nil {
		return err
	}
	slow := &greylist{domain: script.Greylist, from: script.From}
	h, err := Start(ctx, Options{
		Dir: work, Start: script.Start, Log: slog.New(slog.DiscardHandler),
		Config: func(text string) string {
			return strings.Replace(text, "# section_quorum = { people = 2 }", "section_quorum = { funding = 2 }", 1)
		},
		Faults: func(o *localmail.Options) { o.OnRcpt, slow.now = slow.check, o.Now },
	}, start)
	if err != nil {
		return err
	}
	narrator := newNarrator(o.Stdout, o.Language, h.Daemon.Config().Location)
	r := &runner{Harness: h, script: script, files: sample.Files, narrator: narrator}
	err = r.run(ctx)
	if err == nil {
		err = r.summarize(ctx, o.Dir, time.Since(began))
	}
	if err == nil && !o.Once {
		err = serveViewer(ctx, o.Dir, narrator)
	}
	closing := h.Close()
	if ctx.Err() != nil {
		return nil
	}
	return errors.Join(err, closing)
}
