package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"infolettre/internal/issue"
	"infolettre/internal/newsroom"
)

type issuesCmd struct {
	List    issuesListCmd    `cmd:"" help:"List the issues."`
	Show    issuesShowCmd    `cmd:"" help:"Show an issue's content."`
	Preview issuesPreviewCmd `cmd:"" help:"Write an issue in its current state as HTML and plain text, in each language."`
	Proof   issuesProofCmd   `cmd:"" help:"Send the editors a new proof and void the present one."`
	Send    issuesSendCmd    `cmd:"" help:"Send a signed issue now."`
	Cancel  issuesCancelCmd  `cmd:"" help:"Cancel an issue, or the rest of its mailing."`
}

type issuesListCmd struct{ listing }

type issueJSON struct {
	ID     issue.ID    `json:"id"`
	Period string      `json:"period"`
	State  issue.State `json:"state"`
	Closes string      `json:"closes"`
	Sends  string      `json:"sends"`
	Items  int         `json:"items"`
}

func (c issuesListCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	issues, err := a.store.Issues(g.ctx)
	if err != nil {
		return err
	}
	out := []issueJSON{}
	var rows [][]string
	for _, is := range issues {
		loc := a.cfg.Location
		out = append(out, issueJSON{is.ID, is.Period.String(), is.State, rfc3339(is.Closes, loc), rfc3339(is.Sends, loc), is.Items})
		rows = append(rows, []string{fmt.Sprint(is.ID), is.Period.String(), string(is.State), short(is.Closes, loc), short(is.Sends, loc), fmt.Sprint(is.Items)})
	}
	if c.JSON {
		return writeJSON(g.stdout, out)
	}
	return table(g.stdout, "NO.\tPERIOD\tSTATE\tCLOSES\tSENDS\tITEMS", rows)
}

type issueArg struct {
	configFlag
	Issue int64 `arg:"" help:"Number of the issue."`
}

// content reads an issue in its current state.
func (a *app) content(ctx context.Context, id int64) (is issue.Issue, c issue.Content, err error) {
	err = a.store.Read(ctx, func(v newsroom.View) error {
		if is, err = v.Issue(issue.ID(id)); err != nil {
			return err
		}
		c, err = a.service.Content(v, is.ID)
		return err
	})
	return is, c, err
}

// editions renders an issue in its current state. It returns newsroom.ErrIssueEmpty if there
// is nothing in it.
func (a *app) editions(ctx context.Context, id int64) (issue.Content, []issue.Edition, error) {
	_, content, err := a.content(ctx, id)
	if err != nil {
		return content, nil, err
	}
	if content.Empty() {
		return content, nil, newsroom.ErrIssueEmpty
	}
	editions, err := a.render.Issue(ctx, content)
	return content, editions, err
}

type issuesShowCmd struct {
	issueArg
	JSON bool `name:"json" help:"Print JSON."`
}

func (c issuesShowCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	is, content, err := a.content(g.ctx, c.Issue)
	if err != nil {
		return err
	}
	var coverage newsroom.Coverage
	err = a.store.Read(g.ctx, func(v newsroom.View) error {
		coverage, err = a.service.Coverage(v, is.ID)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(g.stdout, struct {
			issue.Content
			Coverage newsroom.Coverage `json:"coverage"`
		}{content, coverage})
	}
	loc := a.cfg.Location
	fmt.Fprintf(g.stdout, "Issue %d, %s: %s\nCloses %s, proof %s, sends %s, grace until %s\n",
		is.ID, is.Period, is.State, short(is.Closes, loc), short(is.Proofs, loc), short(is.Sends, loc), short(is.Grace, loc))
	for _, e := range slices.Concat(content.Internal, content.External) {
		fmt.Fprintf(g.stdout, "  agenda, %s: %s\n", e.Event.Audience, eventLine(e.Event))
	}
	for _, ch := range content.Chapters {
		for _, p := range ch.Pieces {
			fmt.Fprintf(g.stdout, "  %s: no. %d, %s\n", ch.Section, p.Item, p.Content.Title)
		}
	}
	fmt.Fprintln(g.stdout, "Received, by centre:")
	for _, c := range coverage.Centres {
		fmt.Fprintf(g.stdout, "  %3d  %s\n", c.Items, c.Centre)
	}
	if coverage.Others > 0 {
		fmt.Fprintf(g.stdout, "  %3d  of no centre\n", coverage.Others)
	}
	return nil
}

var errNoOutward = errors.New("the issue has no outward variant: either everybody gets the whole issue (infolettre.internal is not set), or nothing would be left in it")

type issuesPreviewCmd struct {
	issueArg
	Dir     string `default:"." help:"Write the files to this folder."`
	Variant string `default:"whole" enum:"whole,outward" help:"Write this variant: whole, or outward for readers outside the network."`
}

func (c issuesPreviewCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	_, editions, err := a.editions(g.ctx, c.Issue)
	if err != nil {
		return err
	}
	variant, suffix := issue.Full, ""
	if c.Variant == string(issue.External) {
		variant, suffix = issue.External, "-outward"
	}
	editions = slices.DeleteFunc(editions, func(e issue.Edition) bool { return e.Variant != variant })
	if len(editions) == 0 {
		return errNoOutward
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return err
	}
	for _, e := range editions {
		html, err := a.render.Standalone(g.ctx, e)
		if err != nil {
			return err
		}
		base := filepath.Join(c.Dir, fmt.Sprintf("issue-%d%s.%s", c.Issue, suffix, e.Language))
		for ext, text := range map[string]string{".html": html, ".txt": e.Text} {
			if err := os.WriteFile(base+ext, []byte(text), 0o644); err != nil {
				return err
			}
		}
		fmt.Fprintf(g.stdout, "%s.html, %s.txt\n", base, base)
	}
	return nil
}

type issuesProofCmd struct{ issueArg }

func (c issuesProofCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	content, editions, err := a.editions(g.ctx, c.Issue)
	if err != nil {
		return err
	}
	err = a.store.Write(g.ctx, func(v newsroom.View) (newsroom.Effects, error) {
		is, err := v.Issue(content.Issue)
		if err != nil {
			return nil, err
		}
		if is.State == issue.Open || is.State.Frozen() {
			return nil, newsroom.ErrWrongState
		}
		return a.service.Propose(v, content, editions, a.clock.Now())
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.stdout, "The proof of issue %d is queued for %d editors; the daemon sends it.\n", c.Issue, len(a.cfg.Editors))
	return err
}

type issuesSendCmd struct{ issueArg }

func (c issuesSendCmd) Run(g *global) error {
	fx, err := c.act(g, (*newsroom.Service).Send)
	if err != nil {
		return err
	}
	for _, change := range fx {
		if _, ok := change.(newsroom.CreateMailing); ok {
			return c.printResult(g)
		}
	}
	return fmt.Errorf("issue %d changed after it was signed, so it is not sent; the editors get a new proof to sign", c.Issue)
}

// printResult prints what happens next.
func (c issuesSendCmd) printResult(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	held, err := a.holdWarning(g.ctx)
	switch {
	case err != nil:
		return err
	case held != "":
		_, err = fmt.Fprintf(g.stdout, "Issue %d is queued, and its mailing is paused. %s\n", c.Issue, held)
	default:
		_, err = fmt.Fprintf(g.stdout, "Issue %d is queued; the daemon sends it.\n", c.Issue)
	}
	return err
}

type issuesCancelCmd struct{ issueArg }

func (c issuesCancelCmd) Run(g *global) error {
	if _, err := c.act(g, (*newsroom.Service).Cancel); err != nil {
		return err
	}
	_, err := fmt.Fprintf(g.stdout, "Issue %d is cancelled.\n", c.Issue)
	return err
}

// act applies an action to the issue and returns its effects.
func (c issueArg) act(g *global, do func(*newsroom.Service, newsroom.View, issue.ID, time.Time) (newsroom.Effects, error)) (fx newsroom.Effects, err error) {
	a, err := c.openStore(g)
	if err != nil {
		return nil, err
	}
	defer a.closeStore()
	err = a.store.Write(g.ctx, func(v newsroom.View) (newsroom.Effects, error) {
		fx, err = do(a.service, v, issue.ID(c.Issue), a.clock.Now())
		return fx, err
	})
	return fx, err
}
