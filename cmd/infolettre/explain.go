package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"infolettre/internal/agenda"
	"infolettre/internal/intake"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

type explainCmd struct {
	listing
	File string `arg:"" optional:"" help:"Message file (.eml); default: standard input."`
}

type explainItem struct {
	Title       string            `json:"title"`
	Section     string            `json:"section"`
	Language    string            `json:"language"`
	Centre      string            `json:"centre"`
	Text        string            `json:"text"`
	HTML        string            `json:"html"`
	Contacts    []item.Contact    `json:"contacts"`
	Events      []agenda.Event    `json:"events"`
	Images      []explainImage    `json:"images"`
	Attachments []item.Attachment `json:"attachments"`
	Source      *item.Contact     `json:"source,omitempty"`    // the author of a forwarded mail
	Questions   []agenda.Question `json:"questions,omitempty"` // ambiguous dates
	Unread      []item.UnreadFile `json:"unread,omitempty"`    // files that could not be read
	Why         map[string]string `json:"why"`
}

type explainImage struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Bytes int    `json:"bytes"`
	Alt   string `json:"alt"`
}

type explainReply struct {
	Verb   string `json:"verb"`
	Reason string `json:"reason"`
	Text   string `json:"text"`
}

type explainRecipient struct {
	Address    string `json:"address"`
	Action     string `json:"action"`
	Status     string `json:"status"`
	Hard       bool   `json:"hard"`
	Diagnostic string `json:"diagnostic"`
}

type explanation struct {
	Kind          intake.Kind   `json:"kind"`
	Why           string        `json:"why"`
	From          string        `json:"from"`
	MessageID     string        `json:"message_id"`
	Date          string        `json:"date"`
	Authenticated bool          `json:"authenticated"`
	AuthWhy       string        `json:"authenticated_why"`
	Items         []explainItem `json:"items,omitempty"`
	Reply         *explainReply `json:"reply,omitempty"`

	Recipients []explainRecipient `json:"recipients,omitempty"`
}

func (c explainCmd) Run(g *global) error {
	in := g.stdin
	if c.File != "" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	if _, err := intake.Read(raw, nil); err != nil {
		return fmt.Errorf("the message would be quarantined: %w", err)
	}
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	core := a.intake(slog.New(slog.DiscardHandler))
	m, err := core.ReadAndVerify(g.ctx, raw)
	if err != nil {
		return err
	}
	// A saved mail is explained as of the day it was written.
	at := m.Date
	if at.IsZero() {
		at = a.clock.Now()
	}
	var verdict intake.Verdict
	err = a.store.Read(g.ctx, func(v newsroom.View) error {
		verdict, _, err = core.Classify(v, m, 0, at)
		return err
	})
	if err != nil {
		return err
	}
	e := explain(m.Message, verdict)
	if c.JSON {
		return writeJSON(g.stdout, e)
	}
	return e.write(g.stdout)
}

func explain(m *message.Message, v intake.Verdict) explanation {
	e := explanation{
		Kind: v.Kind, Why: v.Why, From: string(m.Author().Address), MessageID: m.ID,
		Date: rfc3339(m.Date, m.Date.Location()), Authenticated: v.Authenticated.Verdict == message.AuthPass, AuthWhy: v.Authenticated.Why,
	}
	for _, u := range v.Items {
		it := explainItem{
			Title: u.Title, Section: u.Section, Language: u.Language, Centre: u.Centre, Text: u.Text, HTML: u.HTML, Why: u.Why,
			Contacts: append([]item.Contact{}, u.Contacts...), Events: append([]agenda.Event{}, u.Events...),
			Images: []explainImage{}, Attachments: append([]item.Attachment{}, u.Attachments...),
		}
		for _, img := range u.Images {
			it.Images = append(it.Images, explainImage{img.Name, img.Type, img.Bytes, img.Alt})
		}
		if u.Remarks.Source != (item.Contact{}) {
			it.Source = &u.Remarks.Source
		}
		it.Questions, it.Unread = u.Remarks.Questions, u.Remarks.Unread
		e.Items = append(e.Items, it)
	}
	for _, r := range v.Report.Recipients {
		e.Recipients = append(e.Recipients, explainRecipient{string(r.Address), r.Action, r.Status, r.Hard, r.Diagnostic})
	}
	if v.Kind == intake.Decision || v.Kind == intake.Withdrawal || v.Kind == intake.Correction {
		e.Reply = &explainReply{string(v.Reply.Verb), v.Reply.Reason, v.Reply.Text}
	}
	return e
}

// write prints the explanation for a person.
func (e explanation) write(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s\n", e.Kind, e.Why)
	fmt.Fprintf(w, "from %s, %s; authenticated: %t (%s)\n", e.From, e.Date, e.Authenticated, e.AuthWhy)
	if e.Reply != nil {
		fmt.Fprintf(w, "verb: %s\n", e.Reply.Verb)
		if e.Reply.Reason != "" {
			fmt.Fprintf(w, "reason: %s\n", e.Reply.Reason)
		}
	}
	for _, r := range e.Recipients {
		kind := "soft"
		if r.Hard {
			kind = "hard"
		}
		fmt.Fprintf(w, "recipient %s: %s %s, %s: %s\n", r.Address, r.Action, r.Status, kind, r.Diagnostic)
	}
	for i, it := range e.Items {
		fmt.Fprintf(w, "\nitem %d\n", i+1)
		fmt.Fprintf(w, "  title     %s (%s)\n", it.Title, it.Why["title"])
		fmt.Fprintf(w, "  section   %s (%s)\n", it.Section, it.Why["section"])
		fmt.Fprintf(w, "  language  %s (%s)\n", it.Language, it.Why["language"])
		if it.Centre != "" {
			fmt.Fprintf(w, "  centre    %s (%s)\n", it.Centre, it.Why["centre"])
		}
		for _, c := range it.Contacts {
			fmt.Fprintf(w, "  contact   %s %s %s (%s)\n", c.Name, c.Email, c.Phone, it.Why["contacts"])
		}
		fmt.Fprintf(w, "  events    %s\n", it.Why["events"])
		for _, ev := range it.Events {
			fmt.Fprintf(w, "            %s (%s)\n", eventLine(ev), ev.Audience)
		}
		for _, q := range it.Questions {
			fmt.Fprintf(w, "  to ask    “%s” (%s)\n", q.Quote, q.Doubt.Explain())
		}
		if it.Source != nil {
			fmt.Fprintf(w, "  source    %s (%s)\n", strings.TrimSpace(it.Source.Name+" "+it.Source.Email), it.Why["source"])
		}
		for _, img := range it.Images {
			fmt.Fprintf(w, "  picture   %s, %s, %d bytes, described as “%s” (%s)\n", img.Name, img.Type, img.Bytes, img.Alt, it.Why["image "+img.Name])
		}
		for _, f := range it.Unread {
			fmt.Fprintf(w, "  not read  %s\n", f)
		}
		for _, at := range it.Attachments {
			how := "not published"
			if at.Hash != "" {
				how = "linked"
			}
			fmt.Fprintf(w, "  attached  %s, %s, %d bytes, %s\n", at.Name, at.Type, at.Bytes, how)
		}
		fmt.Fprintf(w, "  text      from %s:\n\n%s\n", it.Why["text"], it.Text)
	}
	return nil
}
