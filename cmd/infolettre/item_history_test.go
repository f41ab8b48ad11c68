package main

import (
	"strings"
	"testing"

	"infolettre/internal/agenda"
	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
)

// history returns the history of an item, one sentence per line.
func (p *play) history(id int64) string {
	p.t.Helper()
	stored, err := p.daemon.store.ItemHistory(p.ctx, item.ID(id))
	if err != nil {
		p.t.Fatal(err)
	}
	var text strings.Builder
	for _, m := range historyOf(stored, p.daemon.firstLines(p.ctx, stored.Decisions), p.daemon.service) {
		text.WriteString(m.text + "\n")
	}
	return text.String()
}

// inOrder fails unless a text has all parts, each after the one before.
func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Errorf("%q is missing, or too early, in:\n%s", part, text)
			return
		}
		rest = after
	}
}

func TestHistoryOf_NamesConfirmation(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", func(o *demo.Options) { o.Config = authservElsewhere })
	contributor(p)
	p.answer(elise, p.offer("Un forum")[elise], "gmail", "NON : déjà paru en novembre")
	p.answer(elise, p.last(elise, delivery.KindConfirm), "outlook", "OUI")
	inOrder(t, p.history(1), "sent it as message 1 (sender not authenticated: There are no results", "asked to decide on revision 1",
		"said “reject” by message 2, which needs one more reply as confirmation", "confirmed it by message 3",
		"rejected revision 1 in the words “NON : déjà paru en novembre”, by message 2 (authenticated by handle; confirmed by one more reply)")
}

func TestHistoryOf_NamesOperatorDecisions(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	contributor(p)
	p.offer("Un forum")
	p.order(1, editorial.Approve)
	p.until("2018-02-12T09:30:00+01:00")
	p.order(1, editorial.Withdraw)
	p.until("2018-02-12T12:00:00+01:00")
	inOrder(t, p.history(1), "the operator approved revision 1 on the command line.", "placed in issue 1", "Proof 1 of issue 1 was sent to the editors",
		"the operator withdrew revision 1 on the command line.", "taken out of issue 1", "Proof 1 was voided")
	if strings.Contains(p.history(1), "approval 1") {
		t.Error("an order is counted as an approval")
	}
}

func TestHistoryOf_BeginsWithSender(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	p.write("stranger@elsewhere.example", "Un forum des métiers", "Il y a un forum des métiers à Rouen le 22 mars 2018.")
	inOrder(t, p.history(1), "stranger@elsewhere.example sent it as message 1", "It was held")
}

func TestDescribeChanges_ListsVisibleChanges(t *testing.T) {
	old := item.Content{Title: "Un forum", Section: "cites", Text: "un deux  trois", Images: []item.Image{{Hash: "a"}}}
	for want, change := range map[string]func(*item.Content){
		"no visible change": func(c *item.Content) { c.Text = "un\ndeux trois" },
		"title changed from “Un forum” to “Un salon”": func(c *item.Content) { c.Title = "Un  salon" },
		"section changed from “cites” to “network”":   func(c *item.Content) { c.Section = "network" },
		"text changed (1 word, were 3)":               func(c *item.Content) { c.Text = "un" },
		"pictures changed (2, were 1)":                func(c *item.Content) { c.Images = append(c.Images, item.Image{Hash: "b"}) },
		"dates changed (1, were 0)":                   func(c *item.Content) { c.Events = []agenda.Event{{Title: "Un forum"}} },
		"centre changed from “” to “Cité de Rouen”, contacts changed (1, were 0) and files changed (1, were 0)": func(c *item.Content) {
			c.Centre, c.Contacts, c.Attachments = "Cité de Rouen", []item.Contact{{Name: "Nadia"}}, []item.Attachment{{Name: "a.pdf"}}
		},
	} {
		now := old
		now.Images = append([]item.Image{}, old.Images...)
		change(&now)
		if got := describeChanges(old, now); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
