package demo

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"mime"
	"slices"
	"strings"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
)

// runner runs the script on the harness: it posts mails at their hour, answers the
// daemon's mails that people answer, and advances the clock.
type runner struct {
	*Harness
	script   *script
	files    fs.FS
	narrator *narrator

	seen     int // how many of the mail host's mails were looked at
	actions  []action
	triggers []pendingTrigger
}

// action is what a person or a server does at an instant.
type action struct {
	at time.Time
	do func() error
}

// pendingTrigger waits for the mail that it answers.
type pendingTrigger struct {
	trigger
	do func(original *message.Message, at time.Time) error
}

// run runs the script, from the import of the people to the last reminder.
func (r *runner) run(ctx context.Context) error {
	r.narrator.say("intro", r.script.Start)
	n, err := r.importPeople(ctx)
	if err != nil {
		return err
	}
	r.narrator.say("people", n)
	r.load()
	for {
		if err := r.Settle(ctx); err != nil {
			return err
		}
		if err := r.readMails(); err != nil {
			return err
		}
		now := r.Clock.Now()
		if !now.Before(r.script.End) {
			return nil
		}
		if len(r.actions) > 0 && !r.actions[0].at.After(now) {
			next := r.actions[0]
			r.actions = r.actions[1:]
			if err := next.do(); err != nil {
				return err
			}
			continue
		}
		until := r.script.End
		if len(r.actions) > 0 && r.actions[0].at.Before(until) {
			until = r.actions[0].at
		}
		if err := r.step(ctx, until); err != nil {
			return err
		}
	}
}

// importPeople reads the sample's people list, as the import command does, and returns
// how many it holds.
func (r *runner) importPeople(ctx context.Context) (int, error) {
	f, err := r.files.Open("people.csv")
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }() // what was read stays read
	file, err := audience.ReadCSV(f, r.Daemon.Config().Newsletter.Languages)
	if err != nil {
		return 0, err
	}
	if len(file.Bad) > 0 {
		return 0, fmt.Errorf("people.csv: %w", file.Bad[0])
	}
	_, err = r.Daemon.Store().ImportPeople(ctx, file, r.Clock.Now())
	return len(file.People), err
}

// load turns the script into actions and triggers.
func (r *runner) load() {
	for _, n := range r.script.Note {
		// A second earlier, so that it is printed above what then happens.
		r.add(action{n.At.Add(-time.Second), func() error { r.narrator.describe(n.At, n.caption); return nil }})
	}
	for _, m := range r.script.Mail {
		r.add(action{m.At, func() error { return r.postFile(m) }})
	}
	for _, reply := range r.script.Reply {
		r.triggers = append(r.triggers, pendingTrigger{reply.trigger, func(original *message.Message, at time.Time) error { return r.postReply(reply, original, at) }})
	}
	for _, auto := range r.script.Auto {
		r.triggers = append(r.triggers, pendingTrigger{auto.trigger, func(original *message.Message, _ time.Time) error { return r.postAuto(auto, original) }})
	}
}

// add inserts an action by its time, after those of the same time.
func (r *runner) add(a action) {
	i, _ := slices.BinarySearchFunc(r.actions, a, func(a, b action) int {
		if a.at.After(b.at) {
			return 1
		}
		return -1
	})
	r.actions = slices.Insert(r.actions, i, a)
}

func (r *runner) postFile(m scriptMail) error {
	raw, err := fs.ReadFile(r.files, m.File)
	if err != nil {
		return err
	}
	read, err := message.Read(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", m.File, err)
	}
	r.narrator.describe(r.Clock.Now(), m.caption)
	return r.Post(read.Author().Address, NewsletterAddress, raw, true)
}

func (r *runner) postReply(s scriptReply, original *message.Message, at time.Time) error {
	reply := Reply{From: original.To[0], To: original, Text: s.Text, At: at, Client: s.Client}
	raw, err := reply.Bytes()
	if err != nil {
		return err
	}
	r.narrator.describe(r.Clock.Now(), s.caption)
	return r.Post(reply.From.Address, reply.Address(), raw, true)
}

// postAuto sends an automatic reply as a server does: to the Reply-To, without signing
// in as the person.
func (r *runner) postAuto(s scriptAuto, original *message.Message) error {
	raw, err := fs.ReadFile(r.files, s.File)
	if err != nil {
		return err
	}
	reply := Reply{To: original}
	for placeholder, value := range map[string]string{
		"{{TO}}":         string(reply.Address()),
		"{{SUBJECT}}":    mime.QEncoding.Encode("utf-8", original.Subject),
		"{{MESSAGE_ID}}": original.ID,
		"{{DATE}}":       r.Clock.Now().In(r.Daemon.Config().Location).Format(time.RFC1123Z),
	} {
		raw = bytes.ReplaceAll(raw, []byte(placeholder), []byte(value))
	}
	r.narrator.describe(r.Clock.Now(), s.caption)
	return r.Post(original.To[0].Address, reply.Address(), raw, true)
}

// readMails prints the daemon's mails that arrived since the last call, and schedules the
// replies that they trigger.
func (r *runner) readMails() error {
	mails := r.Mail.Mails()
	fresh := mails[r.seen:]
	r.seen = len(mails)
	for _, m := range fresh {
		if m.User != NewsletterAddress {
			continue // a person's mail is described when it is posted
		}
		read, err := message.Read(m.Raw)
		if err != nil {
			return fmt.Errorf("mail %d: %w", m.Seq, err)
		}
		r.narrator.add(m, read)
		for i := 0; i < len(r.triggers); i++ {
			t := r.triggers[i]
			if !t.matches(m, read) {
				continue
			}
			after, err := time.ParseDuration(t.After)
			if err != nil {
				return fmt.Errorf("script.toml: after: %w", err)
			}
			r.add(action{m.At.Add(after), func() error { return t.do(read, m.At.Add(after)) }})
			r.triggers = slices.Delete(r.triggers, i, i+1)
			i--
		}
	}
	r.narrator.flush(r.Clock.Now())
	return nil
}

func (t trigger) matches(m localmail.Delivered, read *message.Message) bool {
	kind := t.Kind
	if kind == "" {
		kind = string(delivery.KindRequest)
	}
	return !m.At.Before(t.From) && read.Header.Get(delivery.KindField) == kind && m.To.Equal(message.Address(t.Person)) &&
		strings.Contains(strings.ToLower(read.Subject), strings.ToLower(t.About))
}
