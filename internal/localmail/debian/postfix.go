package debian

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"infolettre/internal/localmail/localtls"
	"infolettre/internal/message"
)

// PostfixOptions configures Postfix.
type PostfixOptions struct {
	// Dovecot, if not nil, gets the mail for its accounts and checks passwords.
	Dovecot *Dovecot
	// AuthservID, when not empty, makes Postfix add an Authentication-Results field with
	// dmarc=pass for the domain of any envelope sender.
	AuthservID string
}

// Postfix is a running server. It accepts mail for every domain; no mail leaves the machine.
type Postfix struct {
	SMTP string // host:port; STARTTLS and AUTH are offered
	TLS  *localtls.Authority

	dir string
}

const postfixConfig = `
compatibility_level = 3.6
queue_directory = {{.Dir}}/queue
data_directory = {{.Dir}}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = {{.Dir}}/log
maillog_file_prefixes = {{.Dir}}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mailhost.example
mydestination =
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtputf8_enable = yes
recipient_delimiter = +
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = {{if .AuthservID}}check_sender_access regexp:{{.Dir}}/verdict, {{end}}permit
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
smtpd_tls_security_level = may
smtpd_tls_cert_file = {{.Dir}}/cert.pem
smtpd_tls_key_file = {{.Dir}}/key.pem
message_size_limit = 67108864
mailbox_size_limit = 0
virtual_mailbox_limit = 0
virtual_mailbox_domains = static:all
virtual_mailbox_base = /
virtual_mailbox_maps = regexp:{{.Dir}}/mailboxes
virtual_minimum_uid = 1
virtual_uid_maps = static:{{.Owner.UID}}
virtual_gid_maps = static:{{.Owner.GID}}
virtual_transport = virtual
{{- if .Auth}}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:{{.Auth}}
{{- end}}
`

const postfixServices = `
127.0.0.1:{{.Port}} inet n - n - - smtpd
pickup    unix  n - n 60  1 pickup
cleanup   unix  n - n -   0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n -   - trivial-rewrite
bounce    unix  - - n -   0 bounce
defer     unix  - - n -   0 bounce
trace     unix  - - n -   0 bounce
verify    unix  - - n -   1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -   - proxymap
proxywrite unix - - n -   1 proxymap
error     unix  - - n -   - error
retry     unix  - - n -   - error
discard   unix  - - n -   - discard
virtual   unix  - n n -   - virtual
anvil     unix  - - n -   1 anvil
scache    unix  - - n -   1 scache
postlog   unix-dgram n - n - 1 postlogd
`

// StartPostfix starts a server. It stops at the end of the test. It needs root.
func StartPostfix(t testing.TB, o PostfixOptions) *Postfix {
	t.Helper()
	program := findProgram(t, "postfix", "postfix")
	if os.Getuid() != 0 {
		skipOrFail(t, "postfix", "the test is not root's")
	}
	dir := newDir(t)
	who := mailOwner(t)
	port := freePorts(t, 1)[0]
	p := &Postfix{SMTP: loopback(port), TLS: localtls.New(t, "localhost", "127.0.0.1"), dir: dir}

	for _, sub := range []string{"queue", "data", "mail"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	chown(t, filepath.Join(dir, "data"), "postfix")
	chown(t, filepath.Join(dir, "mail"), who.Name)
	cert, key := p.TLS.PEM()
	write(t, filepath.Join(dir, "cert.pem"), string(cert), 0o644)
	write(t, filepath.Join(dir, "key.pem"), string(key), 0o600)
	write(t, filepath.Join(dir, "verdict"),
		fmt.Sprintf("/@(.+)$/ PREPEND Authentication-Results: %s; dmarc=pass header.from=$1\n", o.AuthservID), 0o644)
	var mailboxes strings.Builder
	var auth string
	if o.Dovecot != nil {
		auth = o.Dovecot.Auth
		for _, a := range o.Dovecot.accounts {
			fmt.Fprintf(&mailboxes, "/^%s(\\+.*)?@%s$/ %s/\n",
				regexp.QuoteMeta(a.Address.Local()), regexp.QuoteMeta(a.Address.Domain()), o.Dovecot.maildir(a))
		}
	}
	fmt.Fprintf(&mailboxes, "/./ %s/mail/\n", dir)
	write(t, filepath.Join(dir, "mailboxes"), mailboxes.String(), 0o644)
	data := map[string]any{"Dir": dir, "Owner": who, "AuthservID": o.AuthservID, "Auth": auth, "Port": port}
	write(t, filepath.Join(dir, "main.cf"), execute(t, postfixConfig, data), 0o644)
	write(t, filepath.Join(dir, "master.cf"), execute(t, postfixServices, data), 0o644)

	t.Cleanup(func() {
		stopped := runOutput(exec.Command(program, "-c", dir, "stop"))
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Logf("Postfix, stopping: %s\nPostfix's log:\n%s", stopped, log)
		}
	})
	if out, err := exec.Command(program, "-c", dir, "start").CombinedOutput(); err != nil {
		t.Fatalf("start Postfix: %v: %s", err, out)
	}
	awaitGreeting(t, p.SMTP, "220", nil)
	return p
}

func chown(t testing.TB, path, name string) {
	t.Helper()
	if out, err := exec.Command("chown", name, path).CombinedOutput(); err != nil {
		t.Fatalf("chown %s: %v: %s", path, err, out)
	}
}

// Mails returns the mails delivered to an address that is not an account of Dovecot, in no
// particular order; "" is for all such addresses. A mail begins with Postfix's Return-Path,
// X-Original-To and Delivered-To fields; its lines end in LF, as in the maildir.
func (p *Postfix) Mails(t testing.TB, to message.Address) (mails [][]byte) {
	t.Helper()
	for _, sub := range []string{"new", "cur"} {
		dir := filepath.Join(p.dir, "mail", sub)
		entries, err := os.ReadDir(dir)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for _, entry := range entries {
			raw, err := os.ReadFile(filepath.Join(dir, entry.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if to == "" || deliveredTo(raw).Equal(to) {
				mails = append(mails, raw)
			}
		}
	}
	return mails
}

// deliveredTo returns the recipient that Postfix wrote on top of a mail.
func deliveredTo(raw []byte) message.Address {
	for line := range bytes.Lines(raw) {
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found {
			return ""
		}
		if bytes.EqualFold(name, []byte("X-Original-To")) {
			return message.Address(bytes.TrimSpace(value))
		}
	}
	return ""
}

// Mailhost is Postfix with Dovecot.
type Mailhost struct {
	*Postfix
	Dovecot *Dovecot
}

// MailhostOptions configures a Mailhost.
type MailhostOptions struct {
	Accounts    []Account
	MaildirPlus bool   // see DovecotOptions
	NoMove      bool   // see DovecotOptions
	AuthservID  string // see PostfixOptions
}

// StartMailhost starts both servers; they stop at the end of the test. Mail for an account
// arrives in its INBOX at Dovecot.IMAP, with the envelope's address in Delivered-To; Mails
// returns all other mail.
func StartMailhost(t testing.TB, o MailhostOptions) *Mailhost {
	t.Helper()
	accounts := slices.Clone(o.Accounts)
	findProgram(t, "postfix", "postfix") // before starting Dovecot
	d := StartDovecot(t, DovecotOptions{Accounts: accounts, MaildirPlus: o.MaildirPlus, NoMove: o.NoMove})
	return &Mailhost{
		Postfix: StartPostfix(t, PostfixOptions{Dovecot: d, AuthservID: o.AuthservID}),
		Dovecot: d,
	}
}

// QueueSize returns the number of mails in Postfix's queues.
func (p *Postfix) QueueSize(t testing.TB) (n int) {
	t.Helper()
	for _, sub := range []string{"maildrop", "incoming", "active", "deferred"} {
		err := filepath.WalkDir(filepath.Join(p.dir, "queue", sub), func(_ string, entry os.DirEntry, err error) error {
			if errors.Is(err, os.ErrNotExist) {
				return nil // delivered meanwhile
			}
			if err == nil && entry.Type().IsRegular() {
				n++
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return n
}
