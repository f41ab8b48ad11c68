package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"infolettre/config"
	"infolettre/internal/audience"
	"infolettre/internal/sqlite"
)

type subscribersCmd struct {
	Import subscribersImportCmd `cmd:"" help:"Add or update subscribers from a CSV file."`
	List   subscribersListCmd   `cmd:"" help:"List subscribers."`
	Show   subscribersShowCmd   `cmd:"" help:"Show consents, suppression, mailings and bounces of an address."`

	Unsuppress subscribersUnsuppressCmd `cmd:"" help:"Remove an address from the suppression list."`
	Bounces    subscribersBouncesCmd    `cmd:"" help:"List bounce reports that match no sent mail."`
}

type subscribersImportCmd struct {
	listing
	File string `arg:"" help:"CSV file with the header email,name,centre,language,tags,consent; '-' for standard input. Separate tags by ';'. The consent says where and when the person agreed."`
}

func (c subscribersImportCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	in := g.stdin
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	file, err := audience.ReadCSV(in, a.cfg.Newsletter.Languages)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	done, err := a.store.ImportPeople(g.ctx, file, a.clock.Now())
	if err != nil {
		return err
	}
	if c.JSON {
		out := struct {
			sqlite.Imported
			Errors []string `json:"errors"`
		}{done, []string{}}
		for _, b := range file.Bad {
			out.Errors = append(out.Errors, b.Error())
		}
		err = writeJSON(g.stdout, out)
	} else {
		fmt.Fprintf(g.stdout, "%d added, %d updated, %d still unsubscribed.\n", done.Added, done.Updated, done.Unsubscribed)
		for _, b := range file.Bad {
			fmt.Fprintf(g.stderr, "%s: %v\n", c.File, b)
		}
	}
	if !c.JSON {
		for _, tag := range tagsOfNoSegment(file.People, a.cfg.Segments) {
			fmt.Fprintf(g.stderr, "tag %q is in no segment of the configuration\n", tag)
		}
	}
	if len(file.Bad) > 0 && err == nil {
		return fmt.Errorf("%d lines of %s were not imported; correct them and import the file again", len(file.Bad), c.File)
	}
	return err
}

// tagsOfNoSegment returns, sorted, the tags that are in no segment; "contact" needs none.
func tagsOfNoSegment(people []audience.Subscriber, segments []config.Segment) []string {
	known := []string{audience.TagContact}
	for _, s := range segments {
		known = slices.Concat(known, s.Any, s.All, s.None)
	}
	var unknown []string
	for _, p := range people {
		for _, tag := range p.Tags {
			if !slices.Contains(known, tag) && !slices.Contains(unknown, tag) {
				unknown = append(unknown, tag)
			}
		}
	}
	slices.Sort(unknown)
	return unknown
}

type subscribersListCmd struct{ listing }

type subscriberJSON struct {
	ID           audience.ID `json:"id"`
	Email        string      `json:"email"`
	Name         string      `json:"name"`
	Centre       string      `json:"centre"`
	Language     string      `json:"language"`
	Tags         []string    `json:"tags"`
	Consent      string      `json:"consent"`
	Added        string      `json:"added"`
	Unsubscribed string      `json:"unsubscribed"`
	Suppressed   string      `json:"suppressed"` // the reason; "" if it is not suppressed
}

func (a *app) subscriberJSON(p audience.Subscriber, s audience.Suppression) subscriberJSON {
	j := subscriberJSON{
		p.ID, string(p.Address), p.Name, p.Centre, p.Language, p.Tags, p.Consent,
		rfc3339(p.Added, a.cfg.Location), rfc3339(p.Unsubscribed, a.cfg.Location), s.Reason,
	}
	if j.Tags == nil {
		j.Tags = []string{}
	}
	return j
}

func (c subscribersListCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	people, err := a.store.People(g.ctx)
	if err != nil {
		return err
	}
	suppressed, err := a.store.Suppressions(g.ctx)
	if err != nil {
		return err
	}
	out := []subscriberJSON{}
	var rows [][]string
	for _, p := range people {
		j := a.subscriberJSON(p, suppressed[p.Address.Key()])
		out = append(out, j)
		state := "subscribed"
		switch {
		case j.Suppressed != "":
			state = "suppressed: " + j.Suppressed
		case j.Unsubscribed != "":
			state = "unsubscribed " + j.Unsubscribed[:10]
		}
		rows = append(rows, []string{fmt.Sprint(j.ID), j.Email, cut(j.Name, 30), j.Language, strings.Join(j.Tags, ";"), state})
	}
	if c.JSON {
		return writeJSON(g.stdout, out)
	}
	return table(g.stdout, "NO.\tEMAIL\tNAME\tLANG\tTAGS\tSTATE", rows)
}
