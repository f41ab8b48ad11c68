package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/newsroom"
)

type whyCmd struct {
	listing
	Address string              `arg:"" help:"Address of the person."`
	Mailing *delivery.MailingID `arg:"" optional:"" help:"Number of the mailing (default: the last twenty)."`
	Letters bool                `help:"Also show the last twenty letters to the address: receipts, requests, proofs."`
}

type whyJSON struct {
	Email    string           `json:"email"`
	ID       audience.ID      `json:"id"`    // 0 if not in the people list
	State    string           `json:"state"` // as in subscribers show
	Held     bool             `json:"held"`  // nothing is sent
	Mailings []whyMailingJSON `json:"mailings"`
	Letters  []whyLetterJSON  `json:"letters"`
}

type whyMailingJSON struct {
	Mailing  delivery.MailingID    `json:"mailing"`
	Kind     delivery.Kind         `json:"kind"`
	Issue    int64                 `json:"issue"` // 0 for a reminder
	Subject  string                `json:"subject"`
	State    delivery.MailingState `json:"state"`
	Created  string                `json:"created"`
	Segments []string              `json:"segments"`
	Absent   audience.Exclusion    `json:"absent"` // why there is no mail; "" if there is one
	Variant  string                `json:"variant"`
	mailJSON
}

type whyLetterJSON struct {
	Kind    delivery.Kind `json:"kind"`
	Topic   string        `json:"topic"`
	Created string        `json:"created"`
	mailJSON
}

// mailJSON is the history of one mail.
type mailJSON struct {
	Mail    int64           `json:"mail"` // number of the delivery or letter; 0 for none
	Outcome delivery.State  `json:"outcome"`
	Next    string          `json:"next"` // the next attempt; "" for never
	Steps   []mailEventJSON `json:"steps"`
	Now     string          `json:"now"` // its current state, in a sentence
}

// mailEventJSON is one event in the history of a mail.
type mailEventJSON struct {
	at          time.Time
	At          string               `json:"at"`
	What        string               `json:"what"` // created, claimed, begun, a delivery's state, restored or returned
	Text        string               `json:"text"`
	Connection  *connectionJSON      `json:"connection,omitempty"`
	Code        int                  `json:"code,omitempty"`
	Reply       string               `json:"reply,omitempty"`
	BounceClass audience.BounceClass `json:"bounce_class,omitempty"`
}

type connectionJSON struct {
	ID     delivery.ConnID `json:"id"`
	Peer   string          `json:"peer"`
	Opened string          `json:"opened"`
}

func (c whyCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	address, err := parseAddress(c.Address)
	if err != nil {
		return err
	}
	only := delivery.MailingID(0)
	if c.Mailing != nil {
		if only = *c.Mailing; only == 0 {
			return noMailing(only)
		}
	}
	acc, err := a.store.AddressHistory(g.ctx, address, only, c.Letters)
	switch {
	case errors.Is(err, newsroom.ErrNotFound):
		return fmt.Errorf("%s is unknown: nothing was ever sent there; “infolettre subscribers list” lists the subscribers", address)
	case err != nil:
		return err
	case only != 0 && len(acc.Mailings) == 0:
		return noMailing(only)
	}
	h := mailHistory{AddressHistory: acc, loc: a.cfg.Location, daemon: locked(filepath.Join(a.cfg.Data, lockFile))}
	j := h.report(address)
	j.State = a.subscriberDetailsJSON(address, acc.Known).State
	if c.JSON {
		return writeJSON(g.stdout, j)
	}
	j.write(g.stdout)
	return nil
}

func (j whyJSON) write(w io.Writer) {
	if j.ID == 0 {
		fmt.Fprintf(w, "%s is not in the people list (%s).\n", j.Email, j.State)
	} else {
		fmt.Fprintf(w, "%s, no. %d: %s\n", j.Email, j.ID, j.State)
	}
	if len(j.Mailings)+len(j.Letters) == 0 {
		fmt.Fprintln(w, "Nothing was mailed yet.")
	}
	for _, m := range j.Mailings {
		what := string(m.Kind)
		if m.Issue != 0 {
			what = fmt.Sprintf("issue %d", m.Issue)
		}
		outcome := string(m.Outcome)
		if m.Absent != "" {
			outcome = "left out"
		}
		fmt.Fprintf(w, "\nMailing %d, %s “%s”, %s: %s\n", m.Mailing, what, cut(m.Subject, 60), m.State, outcome)
		m.mailJSON.write(w)
	}
	for _, l := range j.Letters {
		fmt.Fprintf(w, "\nLetter %d, %s %s: %s\n", l.Mail, l.Kind, l.Topic, l.Outcome)
		l.mailJSON.write(w)
	}
}

func (j mailJSON) write(w io.Writer) {
	for _, s := range j.Steps {
		fmt.Fprintf(w, "  %s  %s\n", clockText(s.At), oneLine(s.Text))
	}
	fmt.Fprintf(w, "  %s\n", strings.TrimSpace(j.Now))
}
