package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"infolettre/config"
	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/localmail"
)

// The mailbox is also the office's ordinary address. Nobody is written to who
// did not write, or who may not have.
func TestAutomaticMail_IsNotAnswered(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	contributor(p)
	const stranger = "eve@elsewhere.example"
	send := func(from, fields string, signedIn bool) {
		p.t.Helper()
		p.send(from, demo.NewsletterAddress, "From: "+from+"\nTo: "+demo.NewsletterAddress+"\n"+fields+"\n\nUne nouvelle à publier.\n", signedIn)
	}
	quiet := []struct {
		name, from, fields string
		signedIn           bool
	}{
		{"spam from a known address", nadia, "Subject: Gagnez\nX-Spam-Flag: YES", true},
		{"spam from a stranger", stranger, "Subject: Gagnez\nX-Spam-Status: Yes, score=12", true},
		{"a stranger whom nobody vouches for", stranger, "Subject: Une nouvelle", false},
		{"somebody in a contributor's name", nadia, "Subject: Une fausse nouvelle", false},
		{"a machine", stranger, "Subject: Rapport\nAuto-Submitted: auto-generated", true},
		{"an absence", nadia, "Subject: Absence du bureau", true},
		{"a list", stranger, "Subject: Bulletin\nList-Id: <bulletin.elsewhere.example>", true},
		{"the newsletter itself", demo.NewsletterAddress, "Subject: InfoLettre", true},
	}
	everybody := []string{nadia, stranger, elise, marco, solene, demo.NewsletterAddress}
	for _, q := range quiet {
		before := 0
		for _, who := range everybody {
			before += p.mailed(who)
		}
		send(q.from, q.fields, q.signedIn)
		after := 0
		for _, who := range everybody {
			after += p.mailed(who)
		}
		if q.from == demo.NewsletterAddress {
			after-- // its own mail, sent by the test
		}
		if after != before {
			t.Errorf("%s: %d mails were sent:%s", q.name, after-before, p.summary())
		}
	}
	if n := p.folder("InfoLettre/Other"); n != 3 {
		t.Errorf("%d mails are left for the office, want the two marked as spam and the list's", n)
	}
	items, err := p.daemon.store.Items(p.ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		if it.State != item.Held {
			t.Errorf("item %d of %s is %s", it.ID, it.Sender.Address, it.State)
		}
	}
	if len(items) != 3 {
		t.Errorf("%d items are held, want the stranger's, the forged one, and the one with the subject of an absence", len(items))
	}

	// A stranger whose domain vouches for them is answered once an hour.
	for range 3 {
		send(stranger, "Subject: Une nouvelle", true)
	}
	if n := p.mailed(stranger); n != 1 {
		t.Errorf("a stranger got %d answers within an hour", n)
	}
	if r := p.last(stranger, delivery.KindReceipt); strings.Contains(r.Text, "Un membre de l’équipe rédactionnelle va le relire") {
		t.Errorf("a stranger is told that the item will be read:\n%s", r.Text)
	}
	p.until("2018-01-25T09:01:00+01:00")
	send(stranger, "Subject: Encore une", true)
	if n := p.mailed(stranger); n != 2 {
		t.Errorf("an hour later: %d answers, want 2", n)
	}
	if n := len(p.got(elise, delivery.KindRequest)); n != 0 {
		t.Errorf("an editor was asked about %d held items", n)
	}
}

// A reply to an issue is for the office to read, and no contribution.
func TestIntake_ReplyToAnIssueIsNoContribution(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	contributor(p)
	p.signed()
	p.until("2018-02-16T09:00:00+01:00")
	before := p.mailed(nadia)
	p.answer(nadia, p.last(nadia, delivery.KindIssue), "gmail", "Merci pour cette InfoLettre, très bien faite !")
	items, err := p.daemon.store.Items(p.ctx)
	if err != nil || len(items) != 1 {
		t.Errorf("%d items, %v", len(items), err)
	}
	if p.mailed(nadia) != before || p.folder("InfoLettre/Other") != 1 {
		t.Errorf("answered, or not left for the office:%s", p.summary())
	}
}

// Two of these daemons that write to each other come to rest by themselves: one
// is even an editor of the other.
func TestMailLoop_TwoDaemonsStop(t *testing.T) {
	const other = "infolettre@lointain.example"
	p := newPlay(t, "2018-02-09T08:00:00+01:00", func(o *demo.Options) {
		o.Faults = func(h *localmail.Options) {
			h.Accounts = append(h.Accounts, localmail.Account{Address: other, Password: demo.Password})
		}
		o.Config = func(text string) string {
			return strings.Replace(text, `"marco.bellini@reseau.example"`, `"`+other+`"`, 1)
		}
	})
	dir := t.TempDir()
	pages, err := demo.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	local := "%40citedesmetiers.example@" // of the user in the URLs
	text := strings.ReplaceAll(demo.Configuration(dir, p.Mail.IMAPAddr(), p.Mail.SMTPAddr(), pages), demo.NewsletterAddress, other)
	text = strings.ReplaceAll(text, "delegationexecutive"+local, strings.ReplaceAll(other, "@", "%40")+"@")
	for name, content := range map[string]string{"infolettre.toml": text, "password": demo.Password, "secret": strings.Repeat("another secret ", 3)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "infolettre.toml"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := newDaemon(p.ctx, cfg, p.Clock, p.daemon.log.With("daemon", "second"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(p.ctx)
	ended := make(chan error, 1)
	go func() { ended <- second.run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	both := &play{Harness: &demo.Harness{Mail: p.Mail, Clock: p.Clock, Daemon: demoDaemon{second}}, daemon: second, t: t, ctx: p.ctx}
	rest := func() {
		t.Helper()
		for n := -1; n != len(p.Mail.Mails()); {
			n = len(p.Mail.Mails())
			p.settle()
			both.settle()
		}
	}

	// The first asks its editor, who is the second; and the second sends it news,
	// as an editor may.
	contributor(p)
	p.offerTo(elise, "Un forum")
	rest()
	p.send(other, demo.NewsletterAddress, "From: "+other+"\nTo: "+demo.NewsletterAddress+"\nSubject: Une nouvelle\n\nUne nouvelle de loin.\n", true)
	rest()
	p.order(1, editorial.Approve)
	p.until("2018-02-12T09:30:00+01:00")
	rest()
	p.until("2018-02-18T09:30:00+01:00")
	rest()
	between := 0
	for _, d := range p.Mail.Mails() {
		if a := string(d.To); (strings.HasSuffix(a, "@lointain.example") || strings.HasSuffix(a, "@citedesmetiers.example")) &&
			(d.User == demo.NewsletterAddress || d.User == other) {
			between++
		}
	}
	// A request, a plan, a proof and three reminders of it, none of which is answered,
	// and the mail that the test sent, with its receipt.
	if between != 8 {
		t.Errorf("%d mails between the two:%s", between, p.summary())
	}
	if n := both.folder("INBOX"); n != 0 {
		t.Errorf("%d mails are left in the inbox", n)
	}
}

// A contributor whose mail program answers every mail, and hides it well, is
// answered no more than the ceiling says.
func TestMailLoop_AutoresponderIsAnsweredWithinLimits(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	contributor(p)
	p.write(nadia, "Une nouvelle", "La Cité a du nouveau.\n")
	robot := func() (sent int) {
		for sent < 60 {
			n := p.mailed(nadia)
			p.write(nadia, "Votre message", "Votre message a été transmis au service concerné.\n")
			if p.mailed(nadia) == n {
				return sent
			}
			sent++
		}
		return sent
	}
	if n := robot(); n < 10 || n > 35 {
		t.Errorf("a robot was answered %d times within an hour", n)
	}
}

// offerTo is offer where only one editor's request matters.
func (p *play) offerTo(editor, title string) {
	p.t.Helper()
	p.write(nadia, title, "La Cité des métiers de Rouen a du nouveau : "+title+".\n")
	p.last(editor, delivery.KindRequest)
}
