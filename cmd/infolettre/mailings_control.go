package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/newsroom"
)

type mailingArg struct {
	configFlag
	Mailing delivery.MailingID `arg:"" help:"Number of the mailing, from “mailings list”."`
}

func noMailing(id delivery.MailingID) error {
	return fmt.Errorf("there is no mailing %d; “infolettre mailings list” shows them", id)
}

// mailingAction is an operation of the newsroom on a mailing.
type mailingAction func(*newsroom.Service, newsroom.View, delivery.MailingID, time.Time) (newsroom.Effects, error)

// apply applies an action to the mailing and prints format with the mailing's number. A
// running daemon notices by itself.
func (c mailingArg) apply(g *global, do mailingAction, format string) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	var fx newsroom.Effects
	err = a.store.Write(g.ctx, func(v newsroom.View) (newsroom.Effects, error) {
		fx, err = do(a.service, v, c.Mailing, a.clock.Now())
		return fx, err
	})
	if errors.Is(err, newsroom.ErrNotFound) {
		return noMailing(c.Mailing)
	}
	if err != nil {
		return fmt.Errorf("mailing %d: %w", c.Mailing, err)
	}
	fmt.Fprintf(g.stdout, format+"\n", c.Mailing)
	for _, change := range fx {
		switch change := change.(type) {
		case newsroom.MoveIssue:
			fmt.Fprintf(g.stdout, "Issue %d is %s too.\n", change.Issue, change.State)
		case newsroom.MoveMailing, newsroom.RetryMailing:
			if held, err := a.holdWarning(g.ctx); err != nil {
				return err
			} else if held != "" {
				fmt.Fprintln(g.stdout, held)
			}
		default: // nothing more to say
		}
	}
	return nil
}

type mailingsPauseCmd struct{ mailingArg }

func (c mailingsPauseCmd) Run(g *global) error {
	return c.apply(g, (*newsroom.Service).PauseMailing, "Mailing %[1]d is paused. Resume it with “infolettre mailings resume %[1]d”.")
}

type mailingsCancelCmd struct{ mailingArg }

func (c mailingsCancelCmd) Run(g *global) error {
	return c.apply(g, (*newsroom.Service).CancelMailing, "Mailing %d is cancelled. What was sent stays sent.")
}

type mailingsRetryCmd struct {
	mailingArg
	Failed bool `help:"Also retry failed deliveries, except to people who unsubscribed or are suppressed. An issue is retried for three more days, a reminder until its event."`
}

func (c mailingsRetryCmd) Run(g *global) error {
	format := "Deferred deliveries of mailing %d are retried now, as fast as each domain accepts them."
	if c.Failed {
		format = "Deferred and failed deliveries of mailing %d are retried now, as fast as each domain accepts them."
	}
	return c.apply(g, func(r *newsroom.Service, v newsroom.View, id delivery.MailingID, now time.Time) (newsroom.Effects, error) {
		return r.RetryMailing(v, id, c.Failed, now)
	}, format)
}

type mailingsResumeCmd struct {
	configFlag
	Mailing *delivery.MailingID `arg:"" optional:"" help:"Number of the mailing; none for a restored store."`
}

func (c mailingsResumeCmd) Run(g *global) error {
	if c.Mailing == nil {
		return c.release(g)
	}
	return mailingArg{c.configFlag, *c.Mailing}.apply(g, (*newsroom.Service).ResumeMailing, "Mailing %d is resumed.")
}

// release lifts the hold on a restored store.
func (c mailingsResumeCmd) release(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	if err := a.checkDueBeforeRelease(g.ctx); err != nil {
		return err
	}
	letters, err := a.store.WaitingLetters(g.ctx)
	if err != nil {
		return err
	}
	err = a.store.Write(g.ctx, func(v newsroom.View) (newsroom.Effects, error) {
		return a.service.ReleaseHold(v, a.clock.Now())
	})
	if errors.Is(err, newsroom.ErrNotHeld) {
		return errors.New("this store is not held; name the mailing to resume: “infolettre mailings resume N”")
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(g.stdout, "The hold is lifted: %s will now be sent.\n", count(letters, "letter"))
	mailings, err := a.store.Mailings(g.ctx)
	if err != nil {
		return err
	}
	for _, m := range mailings {
		if m.State == delivery.MailingPaused {
			fmt.Fprintf(g.stdout, "Mailing %d, %s “%s”, stays paused with %d unsent: “infolettre mailings resume %d” or “mailings cancel %d”.\n",
				m.ID, m.Kind, cut(m.Subject, 50), m.Count[delivery.Queued]+m.Count[delivery.Deferred], m.ID, m.ID)
		}
	}
	return nil
}

// checkDueBeforeRelease returns an error for a held store with due jobs that no daemon has
// handled: their mailings would not be paused, and the lost store may have sent them.
func (a *app) checkDueBeforeRelease(ctx context.Context) error {
	if sentence, err := a.holdWarning(ctx); err != nil || sentence == "" || locked(filepath.Join(a.cfg.Data, lockFile)) {
		return err
	}
	due, err := a.store.Due(ctx, a.clock.Now())
	if err != nil || len(due) == 0 {
		return err
	}
	return errors.New("jobs fell due since the backup was made and may have been mailed already; start “infolettre serve” first: " +
		"it sends nothing while the store is held, and “infolettre mailings list” then shows what waits")
}

// holdWarning explains that nothing is sent and what to do; "" if the store is not held.
func (a *app) holdWarning(ctx context.Context) (sentence string, err error) {
	err = a.store.Read(ctx, func(v newsroom.View) error {
		h, held, err := v.Hold()
		if held {
			sentence = fmt.Sprintf("Nothing is sent: this store was restored from a backup of %s, and what was sent after that is unknown. "+
				"Look at “infolettre mailings list”, cancel what was already sent, then run “infolettre mailings resume”.", short(h.CopiedAt, a.cfg.Location))
		}
		return err
	})
	return sentence, err
}
