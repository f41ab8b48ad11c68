package main

import (
	"fmt"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/sqlite"
)

type mailingsCmd struct {
	List   mailingsListCmd   `cmd:"" help:"List the mailings, with how their deliveries stand."`
	Show   mailingsShowCmd   `cmd:"" help:"Show how a mailing goes on: counts, rate, time left, refusals. On a terminal, until it ends."`
	Pause  mailingsPauseCmd  `cmd:"" help:"Have nothing more sent of a mailing until it is resumed."`
	Resume mailingsResumeCmd `cmd:"" help:"Have a paused mailing go on; without a number, have a restored store send again."`
	Cancel mailingsCancelCmd `cmd:"" help:"Cancel what is not sent of a mailing yet, and with it the issue that is being sent."`
	Retry  mailingsRetryCmd  `cmd:"" help:"Try at once what was put off of a mailing; with --failed, what was given up too."`
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
	defer a.store.Close()
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
