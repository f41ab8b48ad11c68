package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/newsroom"
	"infolettre/internal/sqlite"
)

type mailingsShowCmd struct {
	mailingArg
	JSON bool `name:"json" help:"Print JSON."`
}

type progressJSON struct {
	mailingJSON
	Issue     int64         `json:"issue"` // 0 for a reminder
	Segments  []string      `json:"segments"`
	Size      int           `json:"size"`
	UnderWay  int           `json:"under_way"` // claimed, of those queued
	Cancelled int           `json:"cancelled"` // of those suppressed
	Expires   string        `json:"expires"`
	Ended     string        `json:"ended"`
	First     string        `json:"first"` // when the first was settled
	Last      string        `json:"last"`
	Rate      float64       `json:"rate"`    // settled per second, over the last minute
	Average   float64       `json:"average"` // from the first to the last
	Left      *float64      `json:"left"`    // seconds for those queued, null if unknown
	NextRetry string        `json:"next_retry"`
	Refusals  []refusalJSON `json:"refusals"`
	Daemon    bool          `json:"daemon"` // one is running
	Held      bool          `json:"held"`   // nothing is sent
}

type refusalJSON struct {
	State delivery.State `json:"state"`
	Code  int            `json:"code"`
	Count int            `json:"count"`
	Reply string         `json:"reply"`
}

func (c mailingsShowCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	p, err := a.store.Progress(g.ctx, c.Mailing, a.clock.Now())
	if errors.Is(err, newsroom.ErrNotFound) {
		return noMailing(c.Mailing)
	}
	if err != nil {
		return err
	}
	held, err := a.holdWarning(g.ctx)
	if err != nil {
		return err
	}
	j := a.progressJSON(p, held != "")
	if c.JSON {
		return writeJSON(g.stdout, j)
	}
	j.write(g.stdout)
	switch {
	case held != "":
		fmt.Fprintln(g.stdout, held)
	case p.State == delivery.MailingSending && !j.Daemon:
		fmt.Fprintln(g.stdout, "No daemon is running, so nothing is sent: start “infolettre serve”.")
	case p.State == delivery.MailingSending && onTerminal(g.stdout):
		return a.follow(g.ctx, g.stdout, c.Mailing, time.Second)
	}
	return nil
}

func (a *app) progressJSON(p sqlite.Progress, held bool) progressJSON {
	loc := a.cfg.Location
	j := progressJSON{
		mailingJSON: newMailingJSON(p.MailingRow, loc), Issue: p.Issue, Segments: p.Readers.Names(), Size: p.Size,
		UnderWay: p.Count[delivery.Claimed], Cancelled: p.Count[delivery.Cancelled],
		Expires: rfc3339(p.Expires, loc), Ended: rfc3339(p.Ended, loc), First: rfc3339(p.First, loc), Last: rfc3339(p.Last, loc),
		Rate: p.Minute, Average: p.Average, NextRetry: rfc3339(p.Retry, loc), Refusals: []refusalJSON{},
		Daemon: locked(filepath.Join(a.cfg.Data, lockFile)), Held: held,
	}
	if left, ok := p.Left(); ok {
		seconds := left.Seconds()
		j.Left = &seconds
	}
	for _, r := range p.Refusals {
		j.Refusals = append(j.Refusals, refusalJSON(r))
	}
	return j
}

func (j progressJSON) write(w io.Writer) {
	what := string(j.Kind)
	if j.Issue != 0 {
		what = fmt.Sprintf("issue %d", j.Issue)
	}
	fmt.Fprintf(w, "Mailing %d, %s: “%s”\n", j.ID, what, j.Subject)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	state := string(j.State)
	if j.Ended != "" {
		state += ", " + clockText(j.Ended)
	}
	row("state", "%s", state)
	created := clockText(j.Created)
	if len(j.Segments) > 0 {
		created += ", for " + strings.Join(j.Segments, ", ")
	}
	row("created", "%s", created)
	row("readers", "%d: %s", j.Size, j.counts())
	if j.First != "" {
		row("settled", "from %s to %s, %.1f a second on average, %.1f in the last minute", clockText(j.First), clockText(j.Last), j.Average, j.Rate)
	}
	if j.State == delivery.MailingSending || j.State == delivery.MailingPaused {
		if j.Left != nil {
			row("time left", "about %s", duration(*j.Left))
		}
		if j.NextRetry != "" {
			row("next retry", "%s", clockText(j.NextRetry))
		}
		row("until", "%s at the latest", clockText(j.Expires))
	}
	for _, r := range j.Refusals {
		code := "-"
		if r.Code != 0 {
			code = fmt.Sprint(r.Code)
		}
		row("refused", "%d with %s, %s: %s", r.Count, code, r.State, cut(oneLine(r.Reply), 100))
	}
}

// counts lists the number of deliveries in each state that has any.
func (j progressJSON) counts() string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{
		{j.Sent, "sent"}, {j.Queued - j.UnderWay, "queued"}, {j.UnderWay, "under way"}, {j.Deferred, "deferred"}, {j.Failed, "failed"},
		{j.Suppressed - j.Cancelled, "suppressed"}, {j.Cancelled, "cancelled"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprint(p.n, " ", p.what))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// follow rewrites one line of progress until the mailing is no longer being sent, or the
// context ends.
func (a *app) follow(ctx context.Context, w io.Writer, id delivery.MailingID, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		p, err := a.store.Progress(ctx, id, a.clock.Now())
		if ctx.Err() != nil {
			_, err := fmt.Fprintln(w)
			return err
		}
		if err != nil {
			return err
		}
		j := a.progressJSON(p, false)
		if p.State != delivery.MailingSending {
			startLine(w)
			_, err := fmt.Fprintf(w, "Mailing %d is %s: %s.\n", id, p.State, j.counts())
			return err
		}
		left := ""
		if j.Left != nil && j.Queued > 0 {
			left = ", about " + duration(*j.Left) + " left"
		} else if j.NextRetry != "" {
			left = ", next retry " + clockText(j.NextRetry)
		}
		startLine(w)
		fmt.Fprintf(w, "%d of %d, %.1f/s%s", j.Size-j.Queued-j.Deferred, j.Size, j.Rate, left)
		select {
		case <-ctx.Done():
			_, err := fmt.Fprintln(w)
			return err
		case <-tick.C:
		}
	}
}

// clockText formats an RFC 3339 instant for people, to the second.
func clockText(rfc3339 string) string {
	if len(rfc3339) < len(time.DateTime) {
		return rfc3339
	}
	return strings.Replace(rfc3339[:len(time.DateTime)], "T", " ", 1)
}

// duration formats seconds for people.
func duration(seconds float64) string {
	return (time.Duration(seconds+0.5) * time.Second).String()
}
