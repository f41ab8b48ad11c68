package programtest

import (
	"bytes"
	"fmt"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/localmail/debian"
	"infolettre/internal/message"
)

// realOffice is Debian's Postfix and Dovecot, and a folder that "infolettre
// init" made, filled in for them.
type realOffice struct {
	*debian.Mailhost
	t       *testing.T
	dir     string
	program string
}

const officePassword = "correct horse battery"

func newRealOffice(t *testing.T, o debian.MailhostOptions) *realOffice {
	t.Helper()
	o.Accounts = []debian.Account{{Address: demo.NewsletterAddress, Password: officePassword}}
	o.AuthservID = "mx.citedesmetiers.example"
	r := &realOffice{Mailhost: debian.StartMailhost(t, o), t: t, dir: filepath.Join(t.TempDir(), "office"), program: binary(t)}
	r.infolettre("init", r.dir)
	path := filepath.Join(r.dir, "infolettre.toml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	user := strings.ReplaceAll(demo.NewsletterAddress, "@", "%40")
	filled := string(text)
	for _, f := range [][2]string{
		{`"infolettre@cites.example"`, `"` + demo.NewsletterAddress + `"`},
		{`"https://infolettre.cites.example"`, `"http://127.0.0.1:8080"`},
		{`"imaps://infolettre@imap.cites.example:993/INBOX"`, `"imap://` + user + "@" + r.Dovecot.IMAP + `/INBOX"`},
		{`"env:MAILBOX_PASSWORD"`, `"file:password"`},
		{`"mx.cites.example"`, `"mx.citedesmetiers.example"`},
		{`"smtp://infolettre@relay.cites.example:587"`, `"smtp://` + r.SMTP + `"`},
		{"password = \"env:RELAY_PASSWORD\"", "# no password"},
		{`"127.0.0.1:8080"           #`, `"127.0.0.1:0" #`},
	} {
		if !strings.Contains(filled, f[0]) {
			t.Fatalf("the configuration that init wrote holds no %s", f[0])
		}
		filled = strings.Replace(filled, f[0], f[1], 1)
	}
	for name, content := range map[string]string{path: filled, filepath.Join(r.dir, "password"): officePassword + "\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// infolettre runs one command.
func (r *realOffice) infolettre(args ...string) string {
	r.t.Helper()
	if args[0] != "init" {
		args = append(args, "--config", filepath.Join(r.dir, "infolettre.toml"))
	}
	out, err := (&office{dir: "."}).infolettre(r.t.Context(), r.program, nil, args...)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *realOffice) serve(clock string) *running {
	r.t.Helper()
	d, err := (&office{dir: r.dir}).serve(r.t.Context(), r.program, clock)
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

// stop ends the daemon as systemd does.
func (r *realOffice) stop(d *running) {
	r.t.Helper()
	if err := d.stop(); err != nil {
		r.t.Fatal(err)
	}
	if r.t.Failed() {
		r.t.Logf("the daemon's log:\n%s", d.log)
	}
}

// post sends a mail by way of Postfix, as an ordinary program does.
func (r *realOffice) post(from, to string, raw []byte) {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.SMTP)
	if err != nil {
		r.t.Fatal(err)
	}
	c := smtp.NewClient(conn)
	defer c.Close()
	if err := c.SendMail(from, []string{to}, bytes.NewReader(demo.CRLF(raw))); err != nil {
		r.t.Fatal(err)
	}
	c.Quit()
}

// await returns what Postfix delivered to a person of a kind, when it is n mails.
func (r *realOffice) await(d *running, to string, kind delivery.Kind, n int) []*message.Message {
	r.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		var got []*message.Message
		for _, raw := range r.Mails(r.t, message.Address(to)) {
			m, err := message.Read(raw)
			if err != nil {
				r.t.Fatal(err)
			}
			if m.Header.Get(delivery.KindField) == string(kind) {
				got = append(got, m)
			}
		}
		if len(got) >= n {
			return got
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("%s got %d mails of kind %s, want %d; the daemon's log:\n%s", to, len(got), kind, n, d.log)
		}
	}
}

// answer replies to a mail as its recipient.
func (r *realOffice) answer(person string, to *message.Message, client, text string, at time.Time) {
	r.t.Helper()
	a := demo.Reply{From: message.Mailbox{Address: message.Address(person)}, To: to, Text: text, At: at, Client: client}
	raw, err := a.Bytes()
	if err != nil {
		r.t.Fatal(err)
	}
	r.post(person, string(a.Address()), raw)
}

// As a new user does it, against the servers that a small machine really has: init, fill in,
// check, import, serve; mails by an ordinary SMTP client; an issue in the maildirs. It takes
// half a minute, because Postfix and Dovecot start twice.
func TestServe_OnDovecotAndPostfix(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]debian.MailhostOptions{
		"plain":            {},
		"folders in INBOX": {MaildirPlus: true, NoMove: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRealOffice(t, o)
			if out := r.infolettre("check"); !strings.Contains(out, "All checks passed") {
				t.Errorf("check: %s", out)
			}
			people := filepath.Join(r.dir, "people.csv")
			csv := "email,name,centre,language,tags,consent\n" + nadia + ",Nadia Berthier,Rouen,fr,contact;membre,formulaire 2017\n"
			for i := range 20 {
				csv += fmt.Sprintf("reader%d@partner.example,Reader %d,,en,partenaire,form 2017\n", i, i)
			}
			if err := os.WriteFile(people, []byte(csv), 0o600); err != nil {
				t.Fatal(err)
			}
			r.infolettre("subscribers", "import", people)

			d := r.serve("2018-01-25T08:00:00+01:00")
			r.post(nadia, demo.NewsletterAddress, []byte("From: Nadia Berthier <"+nadia+">\nTo: "+demo.NewsletterAddress+
				"\nDate: Thu, 25 Jan 2018 08:00:00 +0100\nMessage-ID: <forum@cite-rouen.example>\nSubject: Un forum des métiers\n"+
				"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"+
				"La Cité des métiers de Rouen organise un forum le 22 mars 2018 à Rouen.\n"))
			receipt := r.await(d, nadia, delivery.KindReceipt, 1)[0]
			if !strings.Contains(receipt.Text, "22 mars 2018") || receipt.Header.Get("Return-Path") != "<>" {
				t.Errorf("the receipt, with the return path %s:\n%s", receipt.Header.Get("Return-Path"), receipt.Text)
			}
			r.answer(elise, r.await(d, elise, delivery.KindRequest, 1)[0], "gmail", "OUI", d.now())
			r.await(d, elise, delivery.KindOutcome, 1)
			r.stop(d)

			d = r.serve("2018-02-12T09:00:01+01:00")
			r.answer(marco, r.await(d, marco, delivery.KindProof, 1)[0], "outlook", "Sign off", d.now())
			r.await(d, marco, delivery.KindOutcome, 1)
			r.stop(d)

			d = r.serve("2018-02-16T09:00:01+01:00")
			issue := r.await(d, nadia, delivery.KindIssue, 1)[0]
			if !strings.Contains(issue.HTML, "forum des métiers") {
				t.Errorf("the issue does not hold the item:\n%s", issue.Text)
			}
			for i := range 20 {
				got := r.await(d, fmt.Sprintf("reader%d@partner.example", i), delivery.KindIssue, 1)
				if len(got) != 1 || !strings.Contains(got[0].Text, "CONTACT ADDRESS") {
					t.Errorf("reader %d got %d issues, or not in English", i, len(got))
				}
				if path, err := mail.ParseAddress(got[0].Header.Get("Return-Path")); err != nil || !strings.Contains(path.Address, "+b") {
					t.Errorf("reader %d's return path is %s", i, got[0].Header.Get("Return-Path"))
				}
			}
			r.stop(d)
			if out := r.infolettre("issues", "list"); !strings.Contains(out, " sent ") && !strings.Contains(out, " sending ") {
				t.Errorf("issues:\n%s", out)
			}
			done := "InfoLettre/Done"
			if o.MaildirPlus {
				done = "INBOX.InfoLettre.Done"
			}
			if n := len(r.Dovecot.Folder(t, demo.NewsletterAddress, done)); n != 3 {
				t.Errorf("%d mails in %s, want 3", n, done)
			}
			if n := len(r.Dovecot.Folder(t, demo.NewsletterAddress, "INBOX")); n != 0 {
				t.Errorf("%d mails are left in the inbox", n)
			}
		})
	}
}
