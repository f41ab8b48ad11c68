package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/item"
	"infolettre/internal/message"
)

// report counts what happened, writes the mails out, and says whether each
// subscriber got each mailing once and only once: as the ledger has it, and as
// the mail host saw it.
func (d *director) report(ctx context.Context, out string, took time.Duration) error {
	d.tell.say("kept", out)
	if err := writeGallery(out, d.mail.Mails(), d.daemon.cfg.Location); err != nil {
		return err
	}
	fmt.Fprintln(d.tell.w)
	d.tell.say("report", d.script.End)
	if err := d.countItems(ctx); err != nil {
		return err
	}
	if err := d.countMails(ctx); err != nil {
		return err
	}
	d.tell.say("all-well", took.Round(100*time.Millisecond).String())
	return nil
}

func (d *director) countItems(ctx context.Context) error {
	items, err := d.daemon.store.Items(ctx)
	if err != nil {
		return err
	}
	states := map[string]int{}
	for _, it := range items {
		states[string(it.State)]++
	}
	d.tell.say("items", len(items), d.tell.list(states, string(item.Published), string(item.Approved),
		string(item.Rejected), string(item.Deferred), string(item.Pending), string(item.Held), string(item.Withdrawn)))
	d.tell.say("auto", len(d.script.Auto))
	return nil
}

// countMails compares the ledger with what the mail host accepted.
func (d *director) countMails(ctx context.Context) error {
	mailings, err := d.daemon.store.Mailings(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	var ledger, issues, reminders, reminderMails int
	for _, m := range mailings {
		sent, all := m.Count[delivery.Sent], 0
		for _, n := range m.Count {
			all += n
		}
		ledger += sent
		if sent != all || m.State != "sent" {
			wrong = append(wrong, fmt.Errorf("mailing %d (%s): %d of %d arrived, state %s", m.ID, m.Subject, sent, all, m.State))
		}
		if m.Kind == delivery.KindIssue {
			issues += sent
		} else {
			reminders++
			reminderMails += sent
		}
	}
	seen := map[string]int{}
	kinds := map[delivery.Kind]int{}
	languages := map[string]int{}
	for _, mail := range d.mail.Mails() {
		if mail.User != newsletterAddress {
			continue
		}
		m, err := message.Read(mail.Raw)
		if err != nil {
			return fmt.Errorf("mail %d: %w", mail.Seq, err)
		}
		kind := delivery.Kind(m.Header.Get(delivery.KindField))
		kinds[kind]++
		if kind == delivery.KindIssue {
			languages[languageOf(m.HTML)]++
		}
		if seen[m.ID]++; seen[m.ID] > 1 {
			wrong = append(wrong, fmt.Errorf("%q was sent twice to one person", m.Subject))
		}
	}
	if arrived := kinds[delivery.KindIssue] + kinds[delivery.KindReminder]; arrived != ledger {
		wrong = append(wrong, fmt.Errorf("the ledger has %d deliveries as sent, and %d arrived", ledger, arrived))
	}
	people, err := d.daemon.store.People(ctx)
	if err != nil {
		return err
	}
	if issues != len(people) {
		wrong = append(wrong, fmt.Errorf("%d of %d subscribers got the issue", issues, len(people)))
	}
	letters := 0
	for kind, n := range kinds {
		if kind != delivery.KindIssue && kind != delivery.KindReminder {
			letters += n
		}
	}
	var split []string
	for _, lang := range d.daemon.cfg.Newsletter.Languages {
		split = append(split, fmt.Sprintf("%d %s", languages[lang], lang))
	}
	d.tell.say("issue-n", issues, len(people), strings.Join(split, ", "))
	d.tell.say("reminders", reminders, reminderMails)
	d.tell.say("letters", letters)
	retried, err := d.daemon.store.Retried(ctx)
	if err != nil {
		return err
	}
	if retried > 0 {
		d.tell.say("retried", retried)
	}
	return errors.Join(wrong...)
}

var documentLanguage = regexp.MustCompile(`<html lang="([a-z]+)"`)

// languageOf is the one that an HTML document says it is in.
func languageOf(html string) string {
	if m := documentLanguage.FindStringSubmatch(html); m != nil {
		return m[1]
	}
	return ""
}
