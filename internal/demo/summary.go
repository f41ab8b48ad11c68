package demo

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

// summarize writes the mails to dir, prints what happened in numbers, and returns an error
// unless each subscriber got each mailing exactly once, by the ledger and by the mail host.
func (r *runner) summarize(ctx context.Context, dir string, took time.Duration) error {
	r.narrator.say("kept", dir)
	if err := writeViewer(dir, r.Mail.Mails(), r.Daemon.Config().Location); err != nil {
		return err
	}
	fmt.Fprintln(r.narrator.w)
	r.narrator.say("report", r.script.End)
	if err := r.countItems(ctx); err != nil {
		return err
	}
	if err := r.countMails(ctx); err != nil {
		return err
	}
	r.narrator.say("all-well", took.Round(100*time.Millisecond).String())
	return nil
}

func (r *runner) countItems(ctx context.Context) error {
	items, err := r.Daemon.Store().Items(ctx)
	if err != nil {
		return err
	}
	states := map[string]int{}
	for _, it := range items {
		states[string(it.State)]++
	}
	r.narrator.say("items", len(items), r.narrator.list(states, string(item.Published), string(item.Approved),
		string(item.Rejected), string(item.Deferred), string(item.Pending), string(item.Held), string(item.Withdrawn)))
	r.narrator.say("auto", len(r.script.Auto))
	return nil
}

// countMails compares the ledger with the mails that the mail host accepted.
func (r *runner) countMails(ctx context.Context) error {
	mailings, err := r.Daemon.Store().Mailings(ctx)
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
	for _, mail := range r.Mail.Mails() {
		if mail.User != NewsletterAddress {
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
	people, err := r.Daemon.Store().People(ctx)
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
	for _, lang := range r.Daemon.Config().Newsletter.Languages {
		split = append(split, fmt.Sprintf("%d %s", languages[lang], lang))
	}
	r.narrator.say("issue-n", issues, len(people), strings.Join(split, ", "))
	r.narrator.say("reminders", reminders, reminderMails)
	r.narrator.say("letters", letters)
	retried, err := r.Daemon.Store().Retried(ctx)
	if err != nil {
		return err
	}
	if retried > 0 {
		r.narrator.say("retried", retried)
	}
	return errors.Join(wrong...)
}

var documentLanguage = regexp.MustCompile(`<html lang="([a-z]+)"`)

// languageOf returns the language that an HTML document declares, "" for none.
func languageOf(html string) string {
	if m := documentLanguage.FindStringSubmatch(html); m != nil {
		return m[1]
	}
	return ""
}
