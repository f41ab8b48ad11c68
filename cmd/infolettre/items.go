package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"infolettre/internal/agenda"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

type itemsCmd struct {
	List     itemsListCmd     `cmd:"" help:"List the items."`
	Show     itemsShowCmd     `cmd:"" help:"Show an item and its history."`
	Approve  itemsApproveCmd  `cmd:"" help:"Approve an item in its current revision."`
	Reject   itemsRejectCmd   `cmd:"" help:"Reject an item."`
	Defer    itemsDeferCmd    `cmd:"" help:"Defer an item to the next issue."`
	Withdraw itemsWithdrawCmd `cmd:"" help:"Withdraw an item, until its issue is sent."`
}

type itemsListCmd struct {
	listing
	State string `enum:",held,pending,approved,rejected,deferred,withdrawn,published" default:"" help:"List only items in this state."`
}

type itemJSON struct {
	ID       item.ID    `json:"id"`
	Title    string     `json:"title"`
	Section  string     `json:"section"`
	State    item.State `json:"state"`
	Language string     `json:"language"`
	Centre   string     `json:"centre"`
	Sender   string     `json:"sender"`
	Received string     `json:"received"`
	Revision int        `json:"revision"`
	Issue    *int64     `json:"issue"`
}

func (c itemsListCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	items, err := a.store.Items(g.ctx)
	if err != nil {
		return err
	}
	out := []itemJSON{}
	for _, it := range items {
		if c.State != "" && string(it.State) != c.State {
			continue
		}
		j := itemJSON{
			ID: it.ID, Title: it.Current.Title, Section: it.Current.Section, State: it.State, Language: it.Current.Language,
			Centre: it.Current.Centre, Sender: string(it.Sender.Address), Received: rfc3339(it.Received, a.cfg.Location),
			Revision: it.Current.Number,
		}
		if it.Issue != 0 {
			j.Issue = &it.Issue
		}
		out = append(out, j)
	}
	if c.JSON {
		return writeJSON(g.stdout, out)
	}
	var rows [][]string
	for _, j := range out {
		issue := "-"
		if j.Issue != nil {
			issue = strconv.FormatInt(*j.Issue, 10)
		}
		rows = append(rows, []string{fmt.Sprint(j.ID), string(j.State), j.Section, j.Language, issue, j.Received[:10], cut(j.Title, 60)})
	}
	return table(g.stdout, "NO.\tSTATE\tSECTION\tLANG\tISSUE\tRECEIVED\tTITLE", rows)
}

type itemsShowCmd struct {
	listing
	Item int64 `arg:"" help:"Number of the item."`
}

func (c itemsShowCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	stored, err := a.store.ItemHistory(g.ctx, item.ID(c.Item))
	if err != nil {
		return err
	}
	it, decisions := stored.Item, stored.Decisions
	history := historyOf(stored, a.firstLines(g.ctx, decisions), a.service)
	if c.JSON {
		type decisionJSON struct {
			Verb   editorial.Verb `json:"verb"`
			Editor string         `json:"editor"`
			At     string         `json:"at"`
			Reason string         `json:"reason"`
			How    string         `json:"how"`
		}
		type lineJSON struct {
			At   string `json:"at"`
			Text string `json:"text"`
		}
		out := struct {
			ID    item.ID    `json:"id"`
			State item.State `json:"state"`
			item.Content
			Decisions []decisionJSON `json:"decisions"`
			History   []lineJSON     `json:"history"`
		}{ID: it.ID, State: it.State, Content: it.Current.Content, Decisions: []decisionJSON{}}
		for _, m := range history {
			out.History = append(out.History, lineJSON{rfc3339(m.at, a.cfg.Location), m.text})
		}
		for _, d := range decisions {
			out.Decisions = append(out.Decisions, decisionJSON{d.Verb, string(d.Editor), rfc3339(d.At, a.cfg.Location), d.Reason, d.How})
		}
		return writeJSON(g.stdout, out)
	}
	cur := it.Current
	fmt.Fprintf(g.stdout, "No. %d, %s: %s\n", it.ID, it.State, cur.Title)
	fmt.Fprintf(g.stdout, "Section %s, language %s, revision %d, sent by %s on %s (message %d)\n",
		cur.Section, cur.Language, cur.Number, it.Sender, short(it.Received, a.cfg.Location), it.Message)
	for _, e := range cur.Events {
		fmt.Fprintf(g.stdout, "Event: %s\n", eventLine(e))
	}
	for _, img := range cur.Images {
		fmt.Fprintf(g.stdout, "Picture: %s, %d by %d pixels\n", img.Name, img.Width, img.Height)
	}
	fmt.Fprintf(g.stdout, "\n%s\n", cur.Text)
	for _, d := range decisions {
		reason := ""
		if d.Reason != "" {
			reason = ": " + strings.Join(strings.Fields(d.Reason), " ")
		}
		fmt.Fprintf(g.stdout, "\n%s  %s by %s (%s)%s", short(d.At, a.cfg.Location), d.Verb, d.Editor, d.How, reason)
	}
	if len(decisions) > 0 {
		fmt.Fprintln(g.stdout)
	}
	fmt.Fprintln(g.stdout, "\nHistory:")
	for _, m := range history {
		fmt.Fprintf(g.stdout, "%s  %s\n", short(m.at, a.cfg.Location), m.text)
	}
	return nil
}

// firstLines returns the first visible line of each message that decided, by its number. A
// message that can no longer be read has none; its decision is in the log.
func (a *app) firstLines(ctx context.Context, decisions []editorial.Decision) map[int64]string {
	words := map[int64]string{}
	for _, d := range decisions {
		raw, err := a.store.Message(ctx, d.Message)
		if err != nil {
			continue
		}
		m, err := message.Read(raw)
		if err != nil {
			continue
		}
		first, _, _ := strings.Cut(strings.TrimSpace(m.Visible()), "\n")
		words[d.Message] = cut(strings.TrimSpace(first), 80)
	}
	return words
}

// eventLine returns an event on one line.
func eventLine(e agenda.Event) string {
	when := e.Start.String()
	if e.End != e.Start {
		when += " to " + e.End.String()
	}
	if e.StartTime != "" {
		when += " " + strings.TrimSuffix(e.StartTime+"-"+e.EndTime, "-")
	}
	if e.Place != "" {
		return when + "  " + e.Title + ", " + e.Place
	}
	return when + "  " + e.Title
}

// itemOrder is the argument of the operator's decisions on an item.
type itemOrder struct {
	configFlag
	Item int64 `arg:"" help:"Number of the item."`
}

type (
	itemsApproveCmd struct{ itemOrder }
	itemsRejectCmd  struct {
		itemOrder
		Reason string `required:"" help:"Reason, for the log."`
	}
	itemsDeferCmd    struct{ itemOrder }
	itemsWithdrawCmd struct{ itemOrder }
)

func (c itemsApproveCmd) Run(g *global) error  { return c.order(g, editorial.Approve, "") }
func (c itemsRejectCmd) Run(g *global) error   { return c.order(g, editorial.Reject, c.Reason) }
func (c itemsDeferCmd) Run(g *global) error    { return c.order(g, editorial.Defer, "") }
func (c itemsWithdrawCmd) Run(g *global) error { return c.order(g, editorial.Withdraw, "") }

func (c itemOrder) order(g *global, verb editorial.Verb, reason string) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	var state item.State
	err = a.store.Write(g.ctx, func(v newsroom.View) (fx newsroom.Effects, err error) {
		fx, state, err = a.service.Override(v, item.ID(c.Item), verb, reason, a.clock.Now())
		return fx, err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.stdout, "Item %d is now %s.\n", c.Item, state)
	return err
}
