package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
)

// play is a stage for one test, with helpers that fail it.
type play struct {
	*stage
	t   *testing.T
	ctx context.Context
}

// plays counts the stages that are open.
var plays atomic.Int32

// newPlay is a stage for one story. The goroutines that a story starts have ended when
// it ends: it is for tests that run by themselves.
func newPlay(t *testing.T, start string, configure func(*stageOptions)) *play {
	t.Helper()
	if testing.Short() && testing.CoverMode() != "" {
		t.Skip("long")
	}
	at, err := time.Parse(time.RFC3339, start)
	if err != nil {
		t.Fatal(err)
	}
	// Not the test's own, which ends before the log is looked at.
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	o := stageOptions{dir: t.TempDir(), start: at, log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))}
	if configure != nil {
		configure(&o)
	}
	before := goleak.IgnoreCurrent()
	plays.Add(1)
	s, err := newStage(ctx, o)
	if err != nil {
		cancel()
		plays.Add(-1)
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// Whatever the story, its log is sound.
		if log, err := s.daemon.store.VerifyLog(ctx, ""); err != nil || len(log.Faults) > 0 {
			t.Errorf("log: %v, %v", err, log.Faults)
		}
		if err := s.close(); err != nil {
			t.Errorf("close: %v", err)
		}
		cancel()
		if plays.Add(-1) == 0 { // the others' goroutines come and go
			goleak.VerifyNone(t, before)
		}
	})
	return &play{stage: s, t: t, ctx: ctx}
}

// people imports lines of email,name,centre,language,tags.
func (p *play) people(lines ...string) {
	p.t.Helper()
	csv := "email,name,centre,language,tags,consent\n"
	for _, l := range lines {
		csv += l + ",formulaire 2017\n"
	}
	file, err := audience.ReadCSV(strings.NewReader(csv), []string{"fr", "en"})
	if err != nil || len(file.Bad) > 0 {
		p.t.Fatal(err, file.Bad)
	}
	if _, err := p.daemon.store.ImportPeople(p.ctx, file, p.clock.Now()); err != nil {
		p.t.Fatal(err)
	}
}

// write sends a plain mail from a person whose provider vouches for them.
func (p *play) write(from, subject, text string) {
	p.t.Helper()
	p.send(from, newsletterAddress, "From: "+from+"\nTo: "+newsletterAddress+"\nSubject: "+subject+"\n\n"+text, true)
}

// send posts a raw mail, giving it what it lacks of a date, a Message-ID and a type.
func (p *play) send(from, to, raw string, signedIn bool) {
	p.t.Helper()
	head, body, _ := strings.Cut(raw, "\n\n")
	if !strings.Contains(head, "\nDate:") {
		head += "\nDate: " + p.clock.Now().Format(time.RFC1123Z)
	}
	if !strings.Contains(head, "\nMessage-ID:") {
		head += fmt.Sprintf("\nMessage-ID: <%d.%d@client.example>", p.clock.Now().UnixNano(), len(p.mail.Mails()))
	}
	if !strings.Contains(head, "\nContent-Type:") {
		head += "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
	}
	if err := p.post(message.Address(from), message.Address(to), []byte(head+"\n\n"+body), signedIn); err != nil {
		p.t.Fatal(err)
	}
	p.settle()
}

func (p *play) settle() {
	p.t.Helper()
	if err := p.rest(p.ctx); err != nil {
		p.t.Fatal(err)
	}
}

// until lets the time go by.
func (p *play) until(at string) {
	p.t.Helper()
	when, err := time.Parse(time.RFC3339, at)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.advance(p.ctx, when); err != nil {
		p.t.Fatal(err)
	}
}

// got lists what a person was sent by the daemon, of one kind.
func (p *play) got(person string, kind delivery.Kind) []*message.Message {
	p.t.Helper()
	var got []*message.Message
	for _, d := range p.mail.Mails() {
		if !d.To.Equal(message.Address(person)) {
			continue
		}
		m, err := message.Read(d.Raw)
		if err != nil {
			p.t.Fatal(err)
		}
		if m.Header.Get(delivery.KindField) == string(kind) {
			got = append(got, m)
		}
	}
	return got
}

// last is the latest of them; the test fails if there is none.
func (p *play) last(person string, kind delivery.Kind) *message.Message {
	p.t.Helper()
	got := p.got(person, kind)
	if len(got) == 0 {
		p.t.Fatalf("%s got no %s; all mails: %s", person, kind, p.summary())
	}
	return got[len(got)-1]
}

func (p *play) summary() string {
	var b strings.Builder
	for _, d := range p.mail.Mails() {
		m, err := message.Read(d.Raw)
		if err == nil {
			fmt.Fprintf(&b, "\n  %s  %s  %s  %s", d.At.Format("01-02 15:04"), d.To, m.Header.Get(delivery.KindField), m.Subject)
		}
	}
	return b.String()
}

// answer replies to a mail as its recipient.
func (p *play) answer(person string, to *message.Message, client, text string) {
	p.t.Helper()
	r := reply{from: message.Mailbox{Address: message.Address(person)}, to: to, text: text, at: p.clock.Now(), client: client}
	raw, err := r.bytes()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.post(r.from.Address, r.address(), raw, true); err != nil {
		p.t.Fatal(err)
	}
	p.settle()
}

var _ localmail.Options // the faults that plays set
