package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/sqlite"
)

type subscribersShowCmd struct {
	listing
	Address string `arg:"" help:"Address of the person."`
}

type subscriberDetailsJSON struct {
	subscriberJSON
	State        string                  `json:"state"` // subscribed, unsubscribed, suppressed or unknown
	SuppressedAt string                  `json:"suppressed_at"`
	Consents     []consentJSON           `json:"consents"`
	Mailings     []subscriberMailingJSON `json:"mailings"`
	Bounces      []bounceJSON            `json:"bounces"`
}

type consentJSON struct {
	At    string `json:"at"`
	Given bool   `json:"given"`
	How   string `json:"how"`
}

type subscriberMailingJSON struct {
	Mailing delivery.MailingID `json:"mailing"`
	Kind    delivery.Kind      `json:"kind"`
	State   delivery.State     `json:"state"`
	At      string             `json:"at"`
	Code    int                `json:"code"`
	Reply   string             `json:"reply"`
}

type bounceJSON struct {
	At         string               `json:"at"`
	Kind       audience.BounceClass `json:"kind"`
	Counts     bool                 `json:"counts"`
	Of         string               `json:"of"` // "mailing 3", "letter 12", or "" if unknown
	Evidence   string               `json:"evidence"`
	Address    string               `json:"address"`
	Status     string               `json:"status"`
	Code       int                  `json:"code"`
	Diagnostic string               `json:"diagnostic"`
	Message    int64                `json:"message"`
}

func (a *app) bounceJSON(b sqlite.SubscriberBounce) bounceJSON {
	j := bounceJSON{
		At: rfc3339(b.At, a.cfg.Location), Kind: b.Class, Counts: b.Counted, Evidence: string(b.Evidence), Address: string(b.Address),
		Status: b.Status, Code: b.Code, Diagnostic: b.Diagnostic, Message: b.Message,
	}
	switch {
	case b.Mailing != 0:
		j.Of = fmt.Sprintf("mailing %d", b.Mailing)
	case b.Mail.ID != 0:
		j.Of = b.Mail.String()
	}
	return j
}

func (c subscribersShowCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	address, err := parseAddress(c.Address)
	if err != nil {
		return err
	}
	d, err := a.store.SubscriberDetails(g.ctx, address)
	if errors.Is(err, newsroom.ErrNotFound) {
		return fmt.Errorf("%s is unknown; “infolettre subscribers list” lists the subscribers", address)
	}
	if err != nil {
		return err
	}
	j := a.subscriberDetailsJSON(address, d)
	if c.JSON {
		return writeJSON(g.stdout, j)
	}
	return j.write(g.stdout)
}

func (a *app) subscriberDetailsJSON(address message.Address, d sqlite.SubscriberDetails) subscriberDetailsJSON {
	j := subscriberDetailsJSON{
		subscriberJSON: a.subscriberJSON(d.Person, d.Suppressed), SuppressedAt: rfc3339(d.Suppressed.At, a.cfg.Location),
		Consents: []consentJSON{}, Mailings: []subscriberMailingJSON{}, Bounces: []bounceJSON{}, State: "subscribed",
	}
	j.Email = string(address)
	switch {
	case d.Suppressed.Reason != "":
		j.State = "suppressed"
	case d.Person.ID == 0:
		j.State = "unknown"
	case !d.Person.Unsubscribed.IsZero():
		j.State = "unsubscribed"
	}
	for _, one := range d.Consents {
		j.Consents = append(j.Consents, consentJSON{rfc3339(one.At, a.cfg.Location), one.Given, one.How})
	}
	for _, m := range d.Mailings {
		j.Mailings = append(j.Mailings, subscriberMailingJSON{m.Mailing, m.Kind, m.State, rfc3339(m.At, a.cfg.Location), m.Code, m.Reply})
	}
	for _, b := range d.Bounces {
		j.Bounces = append(j.Bounces, a.bounceJSON(b))
	}
	return j
}

func (j subscriberDetailsJSON) write(w io.Writer) error {
	if j.ID == 0 {
		fmt.Fprintf(w, "%s is not in the people list.\n", j.Email)
	} else {
		fmt.Fprintf(w, "%s, no. %d\n", strings.TrimSpace(j.Name+" <"+j.Email+">"), j.ID)
		for _, row := range [][2]string{{"centre", j.Centre}, {"language", j.Language}, {"tags", strings.Join(j.Tags, "; ")}} {
			if row[1] != "" {
				fmt.Fprintf(w, "%-10s %s\n", row[0], row[1])
			}
		}
	}
	state := j.State
	switch j.State {
	case "suppressed":
		state += " since " + j.SuppressedAt[:10] + ": " + j.Suppressed
	case "unsubscribed":
		state += " since " + j.Unsubscribed[:10]
	}
	fmt.Fprintf(w, "%-10s %s\n", "state", state)
	for _, one := range j.Consents {
		said := "agreed"
		if !one.Given {
			said = "withdrew"
		}
		fmt.Fprintf(w, "%-10s %s: %s\n", said, one.At[:10], one.How)
	}
	var rows [][]string
	for _, m := range j.Mailings {
		at := ""
		if m.At != "" {
			at = m.At[:10]
		}
		rows = append(rows, []string{fmt.Sprint(m.Mailing), string(m.Kind), at, string(m.State), cut(strings.Join(strings.Fields(m.Reply), " "), 60)})
	}
	fmt.Fprintln(w, "\nLast mailings:")
	if err := table(w, "NO.\tKIND\tDATE\tSTATE\tREPLY", rows); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nBounces:")
	return writeBounces(w, j.Bounces)
}

func writeBounces(w io.Writer, all []bounceJSON) error {
	var rows [][]string
	for _, b := range all {
		of, by := b.Of, b.Evidence
		if of == "" {
			of, by = "-", "-"
		}
		if !b.Counts {
			by += ", does not count"
		}
		rows = append(rows, []string{b.At[:10], string(b.Kind), of, by, b.Address, b.Status, cut(b.Diagnostic, 60)})
	}
	return table(w, "DATE\tKIND\tMAIL\tMATCHED BY\tADDRESS\tSTATUS\tSERVER REPLY", rows)
}

type subscribersBouncesCmd struct{ listing }

func (c subscribersBouncesCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	all, err := a.store.UnknownBounces(g.ctx)
	if err != nil {
		return err
	}
	out := []bounceJSON{}
	for _, b := range all {
		out = append(out, a.bounceJSON(b))
	}
	if c.JSON {
		return writeJSON(g.stdout, out)
	}
	return writeBounces(g.stdout, out)
}

type subscribersUnsuppressCmd struct {
	configFlag
	Address string `arg:"" help:"Address to remove from the suppression list."`
}

func (c subscribersUnsuppressCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	address, err := parseAddress(c.Address)
	if err != nil {
		return err
	}
	err = a.store.Write(g.ctx, func(v newsroom.View) (newsroom.Effects, error) {
		return a.service.Unsuppress(v, address, a.clock.Now())
	})
	if errors.Is(err, newsroom.ErrNotSuppressed) {
		return fmt.Errorf("%s is not suppressed", address)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.stdout, "%s gets mail again, from the next mailing on. Earlier bounces no longer count.\n", address)
	return err
}

// parseAddress parses an address that a person typed.
func parseAddress(text string) (message.Address, error) {
	address, err := message.ParseAddress(text)
	if err != nil {
		return "", fmt.Errorf("%q is not an address", text)
	}
	return address, nil
}
