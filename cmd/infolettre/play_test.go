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

	"infolettre/config"
	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
	"infolettre/internal/schedule"
)

// play is a harness for one test, with helpers that fail it.
type play struct {
	*demo.Harness
	daemon *daemon // the one that the harness drives
	t      *testing.T
	ctx    context.Context
}

// plays counts the harnesses that are open.
var plays atomic.Int32

// newPlay starts a harness. When the test ends, all goroutines that it started must have
// ended too; so a test that uses it cannot be parallel.
func newPlay(t *testing.T, start string, configure func(*demo.Options)) *play {
	t.Helper()
	if testing.Short() && testing.CoverMode() != "" {
		t.Skip("long")
	}
	at, err := time.Parse(time.RFC3339, start)
	if err != nil {
		t.Fatal(err)
	}
	// Not the test's own, which ends before the log is looked at.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	o := demo.Options{Dir: t.TempDir(), Start: at, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))}
	if configure != nil {
		configure(&o)
	}
	before := goleak.IgnoreCurrent()
	plays.Add(1)
	p := &play{t: t, ctx: ctx}
	p.Harness, err = demo.Start(ctx, o, func(ctx context.Context, cfg *config.Config, clock *schedule.Stepped, log *slog.Logger) (demo.Daemon, error) {
		p.daemon, err = newDaemon(ctx, cfg, clock, log)
		return demoDaemon{p.daemon}, err
	})
	if err != nil {
		cancel()
		plays.Add(-1)
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// Whatever the test did, the log is sound.
		if log, err := p.daemon.store.VerifyLog(ctx, ""); err != nil || len(log.Faults) > 0 {
			t.Errorf("log: %v, %v", err, log.Faults)
		}
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		cancel()
		if plays.Add(-1) == 0 { // the others' goroutines come and go
			// A child of Chromium may keep its output open for a moment after it has ended.
			goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("github.com/chromedp/chromedp.(*browserOutput).finish"),
				goleak.IgnoreAnyFunction("github.com/chromedp/chromedp.(*browserOutput).copy"))
		}
	})
	return p
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
	if _, err := p.daemon.store.ImportPeople(p.ctx, file, p.Clock.Now()); err != nil {
		p.t.Fatal(err)
	}
}

// write sends a plain mail from a person whose provider vouches for them.
func (p *play) write(from, subject, text string) {
	p.t.Helper()
	p.send(from, demo.NewsletterAddress, "From: "+from+"\nTo: "+demo.NewsletterAddress+"\nSubject: "+subject+"\n\n"+text, true)
}

// send posts a raw mail, giving it what it lacks of a date, a Message-ID and a type.
func (p *play) send(from, to, raw string, signedIn bool) {
	p.t.Helper()
	head, body, _ := strings.Cut(raw, "\n\n")
	if !strings.Contains(head, "\nDate:") {
		head += "\nDate: " + p.Clock.Now().Format(time.RFC1123Z)
	}
	if !strings.Contains(head, "\nMessage-ID:") {
		head += fmt.Sprintf("\nMessage-ID: <%d.%d@client.example>", p.Clock.Now().UnixNano(), len(p.Mail.Mails()))
	}
	if !strings.Contains(head, "\nContent-Type:") {
		head += "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
	}
	if err := p.Post(message.Address(from), message.Address(to), []byte(head+"\n\n"+body), signedIn); err != nil {
		p.t.Fatal(err)
	}
	p.settle()
}

func (p *play) settle() {
	p.t.Helper()
	if err := p.Settle(p.ctx); err != nil {
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
	if err := p.Advance(p.ctx, when); err != nil {
		p.t.Fatal(err)
	}
}

// got lists what a person was sent by the daemon, of one kind.
func (p *play) got(person string, kind delivery.Kind) []*message.Message {
	p.t.Helper()
	var got []*message.Message
	for _, d := range p.Mail.Mails() {
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
	for _, d := range p.Mail.Mails() {
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
	r := demo.Reply{From: message.Mailbox{Address: message.Address(person)}, To: to, Text: text, At: p.Clock.Now(), Client: client}
	raw, err := r.Bytes()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.Post(r.From.Address, r.Address(), raw, true); err != nil {
		p.t.Fatal(err)
	}
	p.settle()
}

var _ localmail.Options // the faults that plays set
