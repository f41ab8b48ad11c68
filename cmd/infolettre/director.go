package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"mime"
	"slices"
	"strings"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
)

// director plays the script on the stage: it posts mails at their hour, answers
// those of the daemon that people answer, and lets the time go by.
type director struct {
	*stage
	script *script
	files  fs.FS
	tell   *teller

	told    int // how many of the mail host's mails were told of
	pending []scene
	cues    []pendingCue
}

// scene is something that a person or a server does at an instant.
type scene struct {
	at time.Time
	do func() error
}

// pendingCue waits for the mail that it answers.
type pendingCue struct {
	cue
	do func(to *message.Message, at time.Time) error
}

// play plays it all, from the people's import to the last reminder.
func (d *director) play(ctx context.Context) error {
	d.tell.say("intro", d.script.Start)
	n, err := importPeople(ctx, d.stage, d.files)
	if err != nil {
		return err
	}
	d.tell.say("people", n)
	d.rehearse()
	for {
		if err := d.rest(ctx); err != nil {
			return err
		}
		if err := d.narrate(); err != nil {
			return err
		}
		now := d.clock.Now()
		if !now.Before(d.script.End) {
			return nil
		}
		if len(d.pending) > 0 && !d.pending[0].at.After(now) {
			next := d.pending[0]
			d.pending = d.pending[1:]
			if err := next.do(); err != nil {
				return err
			}
			continue
		}
		until := d.script.End
		if len(d.pending) > 0 && d.pending[0].at.Before(until) {
			until = d.pending[0].at
		}
		if err := d.step(ctx, until); err != nil {
			return err
		}
	}
}

// rehearse turns the script into scenes and cues.
func (d *director) rehearse() {
	for _, n := range d.script.Note {
		// Told a moment before, so that it stands above what then happens.
		d.add(scene{n.At.Add(-time.Second), func() error { d.tell.scene(n.At, n.told); return nil }})
	}
	for _, m := range d.script.Mail {
		d.add(scene{m.At, func() error { return d.postFile(m) }})
	}
	for _, r := range d.script.Reply {
		d.cues = append(d.cues, pendingCue{r.cue, func(to *message.Message, at time.Time) error { return d.postReply(r, to, at) }})
	}
	for _, a := range d.script.Auto {
		d.cues = append(d.cues, pendingCue{a.cue, func(to *message.Message, at time.Time) error { return d.postAuto(a, to) }})
	}
}

func (d *director) add(s scene) {
	i, _ := slices.BinarySearchFunc(d.pending, s, func(a, b scene) int {
		if a.at.After(b.at) {
			return 1
		}
		return -1
	})
	d.pending = slices.Insert(d.pending, i, s)
}

func (d *director) postFile(m scriptMail) error {
	raw, err := fs.ReadFile(d.files, m.File)
	if err != nil {
		return err
	}
	read, err := message.Read(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", m.File, err)
	}
	d.tell.scene(d.clock.Now(), m.told)
	return d.post(read.Author().Address, newsletterAddress, raw, true)
}

func (d *director) postReply(r scriptReply, to *message.Message, at time.Time) error {
	answer := reply{from: to.To[0], to: to, text: r.Text, at: at, client: r.Client}
	raw, err := answer.bytes()
	if err != nil {
		return err
	}
	d.tell.scene(d.clock.Now(), r.told)
	return d.post(answer.from.Address, answer.address(), raw, true)
}

// postAuto sends what a server answers by itself: as a server does, to the
// return path or the Reply-To, without signing in as the person.
func (d *director) postAuto(a scriptAuto, to *message.Message) error {
	raw, err := fs.ReadFile(d.files, a.File)
	if err != nil {
		return err
	}
	answer := reply{to: to}
	for hole, filling := range map[string]string{
		"{{TO}}":         string(answer.address()),
		"{{SUBJECT}}":    mime.QEncoding.Encode("utf-8", to.Subject),
		"{{MESSAGE_ID}}": to.ID,
		"{{DATE}}":       d.clock.Now().In(d.daemon.cfg.Location).Format(time.RFC1123Z),
	} {
		raw = bytes.ReplaceAll(raw, []byte(hole), []byte(filling))
	}
	d.tell.scene(d.clock.Now(), a.told)
	return d.post(to.To[0].Address, answer.address(), raw, true)
}

// narrate tells of the mails that arrived since the last time, and takes up the
// cues among them.
func (d *director) narrate() error {
	mails := d.mail.Mails()
	fresh := mails[d.told:]
	d.told = len(mails)
	for _, m := range fresh {
		if m.User != newsletterAddress {
			continue // what people write is told when they write it
		}
		read, err := message.Read(m.Raw)
		if err != nil {
			return fmt.Errorf("mail %d: %w", m.Seq, err)
		}
		d.tell.add(m, read)
		for i := 0; i < len(d.cues); i++ {
			c := d.cues[i]
			if !c.fits(m, read) {
				continue
			}
			after, err := time.ParseDuration(c.After)
			if err != nil {
				return fmt.Errorf("script.toml: after: %w", err)
			}
			d.add(scene{m.At.Add(after), func() error { return c.do(read, m.At.Add(after)) }})
			d.cues = slices.Delete(d.cues, i, i+1)
			i--
		}
	}
	d.tell.flush(d.clock.Now())
	return nil
}

func (c pendingCue) fits(m localmail.Delivered, read *message.Message) bool {
	kind := c.Kind
	if kind == "" {
		kind = string(delivery.KindRequest)
	}
	return !m.At.Before(c.From) && read.Header.Get(delivery.KindField) == kind && m.To.Equal(message.Address(c.Person)) &&
		strings.Contains(strings.ToLower(read.Subject), strings.ToLower(c.About))
}
