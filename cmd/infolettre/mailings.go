package main

import (
	"fmt"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/sqlite"
)

type mailingsCmd struct {
	List   mailingsListCmd   `cmd:"" help:"List mailings with the counts of their deliveries."`
	Show   mailingsShowCmd   `cmd:"" help:"Show a mailing's progress; on a terminal, follow it until it ends."`
	Pause  mailingsPauseCmd  `cmd:"" help:"Pause a mailing."`
	Resume mailingsResumeCmd `cmd:"" help:"Resume a paused mailing; without a number, lift the hold on a restored store."`
	Cancel mailingsCancelCmd `cmd:"" help:"Cancel the rest of a mailing, and its issue."`
	Retry  mailingsRetryCmd  `cmd:"" help:"Retry deferred deliveries now; with --failed, failed ones too."`
}

type mailingsListCmd struct{ listing }

type mailingJSON struct {
	ID         delivery.MailingID    `json:"id"`
	Kind       delivery.Kind         `json:"kind"`
	Subject    string                `json:"subject"`
	State      delivery.MailingState `json:"state"`
	Created    string                `json:"created"`
	Queued     int                   `json:"queued"` // not attempted yet, or under way
	Sent       int                   `json:"sent"`
	Deferred   int                   `json:"deferred"`
	Failed     int                   `json:"failed"`
	Suppressed int                   `json:"suppressed"` // or cancelled
}

func newMailingJSON(m sqlite.MailingRow, loc *time.Location) mailingJSON {
	n := m.Count
	return mailingJSON{
		ID: m.ID, Kind: m.Kind, Subject: m.Subject, State: m.State, Created: rfc3339(m.Created, loc),
		Queued: n[delivery.Queued] + n[delivery.Claimed], Sent: n[delivery.Sent],
		Deferred: n[delivery.Deferred], Failed: n[delivery.Failed], Suppressed: n[delivery.Suppressed] + n[delivery.Cancelled],
	}
}

func (c mailingsListCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	mailings, err := a.store.Mailings(g.ctx)
	if err != nil {
		return err
	}
	held, err := a.holdWarning(g.ctx)
	if err != nil {
		return err
	}
	out := []mailingJSON{}
	var rows [][]string
	for _, m := range mailings {
		j := newMailingJSON(m, a.cfg.Location)
		out = append(out, j)
		rows = append(rows, []string{
			fmt.Sprint(j.ID), string(j.Kind), string(j.State), short(m.Created, a.cfg.Location), fmt.Sprint(j.Queued), fmt.Sprint(j.Sent),
			fmt.Sprint(j.Deferred), fmt.Sprint(j.Failed), fmt.Sprint(j.Suppressed), cut(j.Subject, 50),
		})
	}
	if held != "" {
		fmt.Fprintln(g.stderr, held) // beside the list, which a program may read
	}
	if c.JSON {
		return writeJSON(g.stdout, out)
	}
	return table(g.stdout, "NO.\tKIND\tSTATE\tCREATED\tQUEUED\tSENT\tDEFERRED\tFAILED\tSUPPRESSED\tSUBJECT", rows)
}
