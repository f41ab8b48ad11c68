package main

import (
	"fmt"

	"infolettre/internal/delivery"
)

type mailingsCmd struct {
	List mailingsListCmd `cmd:"" help:"List the mailings, with how their deliveries stand."`
}

type mailingsListCmd struct{ listing }

type mailingJSON struct {
	ID         delivery.MailingID `json:"id"`
	Kind       delivery.Kind      `json:"kind"`
	Subject    string             `json:"subject"`
	State      string             `json:"state"`
	Created    string             `json:"created"`
	Queued     int                `json:"queued"` // not attempted yet, or under way
	Sent       int                `json:"sent"`
	Deferred   int                `json:"deferred"`
	Failed     int                `json:"failed"`
	Suppressed int                `json:"suppressed"`
}

func (c mailingsListCmd) Run(g *global) error {
	a, err := c.open(g)
	if err != nil {
		return err
	}
	defer a.store.Close()
	mailings, err := a.store.Mailings(g.ctx)
	if err != nil {
		return err
	}
	out := []mailingJSON{}
	var rows [][]string
	for _, m := range mailings {
		n := m.Count
		j := mailingJSON{
			ID: m.ID, Kind: m.Kind, Subject: m.Subject, State: string(m.State), Created: rfc3339(m.Created, a.cfg.Location),
			Queued: n[delivery.Queued] + n[delivery.Claimed], Sent: n[delivery.Sent],
			Deferred: n[delivery.Deferred], Failed: n[delivery.Failed], Suppressed: n[delivery.Suppressed] + n[delivery.Cancelled],
		}
		out = append(out, j)
		rows = append(rows, []string{
			fmt.Sprint(j.ID), string(j.Kind), j.State, short(m.Created, a.cfg.Location), fmt.Sprint(j.Queued), fmt.Sprint(j.Sent),
			fmt.Sprint(j.Deferred), fmt.Sprint(j.Failed), fmt.Sprint(j.Suppressed), cut(j.Subject, 50),
		})
	}
	if c.JSON {
		return writeJSON(g.stdout, out)
	}
	return table(g.stdout, "NO.\tKIND\tSTATE\tCREATED\tQUEUED\tSENT\tDEFERRED\tFAILED\tSUPPRESSED\tSUBJECT", rows)
}
