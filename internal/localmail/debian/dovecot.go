package debian

import (
	"bufio"
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"infolettre/internal/localmail/localtls"
	"infolettre/internal/message"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// DovecotOptions configures Dovecot.
type DovecotOptions struct {
	Accounts []Account
	// MaildirPlus gives folders the prefix "INBOX." and "." between levels; otherwise they
	// have no prefix and "/".
	MaildirPlus bool
	// NoMove removes MOVE from the capabilities.
	NoMove bool
	// Bearer, if set, also accepts access tokens: JSON Web Tokens signed with this key (RFC
	// 7518, HS256), with the account as subject. Dovecot validates them itself.
	Bearer []byte
	// Mechanisms are offered if Bearer is set; "oauthbearer xoauth2" when empty.
	Mechanisms string
	// ReadOnlyInbox makes INBOX read-only by an access control list (RFC 4314).
	ReadOnlyInbox bool
}

// Dovecot is a running server. It accepts plain-text passwords only from loopback, and offers
// STARTTLS.
type Dovecot struct {
	IMAP  string // host:port
	IMAPS string
	Auth  string // host:port of its SASL service, for Postfix
	TLS   *localtls.Authority

	dir      string
	accounts []Account
}

const dovecotConfig = `
protocols = imap
base_dir = {{.Dir}}/run
state_dir = {{.Dir}}/state
log_path = {{.Dir}}/log
mail_debug = no
auth_verbose = yes
auth_failure_delay = 0
listen = 127.0.0.1
ssl = yes
ssl_cert = <{{.Dir}}/cert.pem
ssl_key = <{{.Dir}}/key.pem
disable_plaintext_auth = yes
auth_mechanisms = plain login{{if .Bearer}} {{.Bearer}}{{end}}
auth_username_chars =
mail_location = maildir:{{.Dir}}/mail/%Lu
mail_uid = {{.Owner.UID}}
mail_gid = {{.Owner.GID}}
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = {{.Internal}}
default_internal_group = {{.InternalGroup}}
default_login_user = {{.Login}}
{{- if .NoMove}}
imap_capability = IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ UIDPLUS NAMESPACE
{{- end}}
namespace inbox {
  inbox = yes
  {{- if .MaildirPlus}}
  separator = .
  prefix = INBOX.
  {{- else}}
  separator = /
  {{- end}}
}
{{- if .Bearer}}
passdb {
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = {{.Dir}}/oauth2.conf
}
{{- end}}
passdb {
  driver = passwd-file
  {{- if .Bearer}}
  mechanisms = plain login
  {{- end}}
  args = {{.Dir}}/users
}
userdb {
  driver = static
  args = uid={{.Owner.UID}} gid={{.Owner.GID}} home={{.Dir}}/home/%Lu
}
{{- if .ReadOnlyInbox}}
mail_plugins = acl
protocol imap {
  mail_plugins = acl imap_acl
}
plugin {
  acl = vfile:{{.Dir}}/acl
}
{{- end}}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = {{.IMAPPort}}
  }
  inet_listener imaps {
    port = {{.IMAPSPort}}
    ssl = yes
  }
}
service auth {
  inet_listener auth {
    port = {{.AuthPort}}
  }
}
`

// StartDovecot starts a server. It stops at the end of the test.
func StartDovecot(t testing.TB, o DovecotOptions) *Dovecot {
	t.Helper()
	program := findProgram(t, "dovecot", "dovecot")
	dir := newDir(t)
	who := mailOwner(t)
	internal, group, login := "dovecot", "dovecot", "dovenull"
	if os.Getuid() != 0 {
		internal, group, login = who.Name, who.Group, who.Name
	}
	ports := freePorts(t, 3)
	d := &Dovecot{
		IMAP: loopback(ports[0]), IMAPS: loopback(ports[1]), Auth: loopback(ports[2]),
		TLS: localtls.New(t, "localhost", "127.0.0.1"),
		dir: dir, accounts: o.Accounts,
	}
	for _, sub := range []string{"mail", "home"} {
		path := filepath.Join(dir, sub)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, who.UID, who.GID); err != nil {
			t.Fatal(err)
		}
	}
	var users strings.Builder
	for _, a := range o.Accounts {
		fmt.Fprintf(&users, "%s:{PLAIN}%s\n", a.Address, a.Password)
	}
	write(t, filepath.Join(dir, "users"), users.String(), 0o644)
	bearer := ""
	if o.Bearer != nil {
		bearer = cmp.Or(o.Mechanisms, "oauthbearer xoauth2")
		d.writeBearer(t, o.Bearer)
		write(t, filepath.Join(dir, "oauth2.conf"), "introspection_mode = local\nusername_attribute = sub\nlocal_validation_key_dict = fs:posix:prefix="+dir+"/keys/\n", 0o644)
	}
	if o.ReadOnlyInbox {
		write(t, filepath.Join(dir, "acl"), "INBOX owner lr\n", 0o644)
	}
	cert, key := d.TLS.PEM()
	write(t, filepath.Join(dir, "cert.pem"), string(cert), 0o644)
	write(t, filepath.Join(dir, "key.pem"), string(key), 0o600)
	config := filepath.Join(dir, "dovecot.conf")
	write(t, config, execute(t, dovecotConfig, map[string]any{
		"Dir": dir, "Owner": who, "Internal": internal, "InternalGroup": group, "Login": login,
		"IMAPPort": ports[0], "IMAPSPort": ports[1], "AuthPort": ports[2],
		"NoMove": o.NoMove, "MaildirPlus": o.MaildirPlus, "ReadOnlyInbox": o.ReadOnlyInbox, "Bearer": bearer,
	}), 0o644)

	cmd := exec.Command(program, "-F", "-c", config)
	// In its own process group, so that Ctrl-C reaches only the test.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait() // its exit status means nothing after SIGTERM
		close(exited)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have exited already
		<-exited
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Logf("Dovecot's log:\n%s", log)
		}
	})
	awaitGreeting(t, d.IMAP, "* OK", exited)
	return d
}

// awaitGreeting waits until a server sends its greeting. It fails the test when the server
// exits.
func awaitGreeting(t testing.TB, addr, want string, exited <-chan struct{}) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second)) // reading fails then, too
			line, readErr := bufio.NewReader(conn).ReadString('\n')
			_ = conn.Close() // only read from
			if strings.HasPrefix(line, want) {
				return
			}
			err = errors.Join(fmt.Errorf("greeted with %q", line), readErr)
		}
		select {
		case <-exited:
			t.Fatalf("the server at %s exited: %v", addr, err)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server at %s does not answer: %v", addr, err)
		}
	}
}

// maildir returns the folder of an account's INBOX.
func (d *Dovecot) maildir(a Account) string {
	return filepath.Join(d.dir, "mail", a.Address.Key())
}

// Deliver adds a mail to an account's INBOX unchanged, over IMAP.
func (d *Dovecot) Deliver(t testing.TB, to message.Address, raw []byte) {
	t.Helper()
	d.DeliverAll(t, to, func(yield func([]byte) bool) { yield(raw) })
}

// DeliverToDisk adds a mail to an account's INBOX as a delivery agent does, also to one that
// its owner may not change. Mails are ordered by name.
func (d *Dovecot) DeliverToDisk(t testing.TB, to message.Address, name string, raw []byte) {
	t.Helper()
	who := mailOwner(t)
	box := filepath.Join(d.dir, "mail", to.Key())
	for _, path := range []string{box, filepath.Join(box, "cur"), filepath.Join(box, "tmp"), filepath.Join(box, "new")} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, who.UID, who.GID); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(box, "new", name)
	write(t, file, string(raw), 0o600)
	if err := os.Chown(file, who.UID, who.GID); err != nil {
		t.Fatal(err)
	}
}

// DeliverAll adds mails to an account's INBOX in one IMAP session, which is much faster than
// Deliver for each.
func (d *Dovecot) DeliverAll(t testing.TB, to message.Address, mails iter.Seq[[]byte]) {
	t.Helper()
	c := d.login(t, to)
	defer func() { _ = c.Close() }()
	for raw := range mails {
		cmd := c.Append("INBOX", int64(len(raw)), nil)
		if _, err := cmd.Write(raw); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
	}
}

// Folder returns the mails of an account's folder in UID order. name is the server's name of
// the folder.
func (d *Dovecot) Folder(t testing.TB, account message.Address, name string) (mails [][]byte) {
	t.Helper()
	c := d.login(t, account)
	defer func() { _ = c.Close() }()
	selected, err := c.Select(name, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		t.Fatalf("select %s: %v", name, err)
	}
	if selected.NumMessages == 0 {
		return nil
	}
	found, err := c.Fetch(imap.SeqSet{{Start: 1, Stop: selected.NumMessages}}, &imap.FetchOptions{
		BodySection: []*imap.FetchItemBodySection{{Peek: true}},
	}).Collect()
	if err != nil {
		t.Fatalf("fetch: %v", err)
	}
	for _, m := range found {
		mails = append(mails, m.BodySection[0].Bytes)
	}
	return mails
}

func (d *Dovecot) login(t testing.TB, account message.Address) *imapclient.Client {
	t.Helper()
	for _, a := range d.accounts {
		if !a.Address.Equal(account) {
			continue
		}
		c, err := imapclient.DialInsecure(d.IMAP, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Login(string(a.Address), a.Password).Wait(); err != nil {
			_ = c.Close() // the login failed
			t.Fatal(err)
		}
		return c
	}
	t.Fatalf("Dovecot has no account %s", account)
	return nil
}

// SetBearer changes the key of access tokens: earlier tokens are refused. Sessions go on.
func (d *Dovecot) SetBearer(t testing.TB, key []byte) {
	t.Helper()
	d.writeBearer(t, key)
	// Dovecot caches the keys that it has read.
	if out, err := exec.Command("doveadm", "-c", filepath.Join(d.dir, "dovecot.conf"), "reload").CombinedOutput(); err != nil {
		t.Fatalf("doveadm reload: %v: %s", err, out)
	}
}

func (d *Dovecot) writeBearer(t testing.TB, key []byte) {
	t.Helper()
	folder := filepath.Join(d.dir, "keys", "default", "HS256")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "default"), base64.StdEncoding.EncodeToString(key), 0o644)
}

// Kick closes all IMAP connections, as a restart of the server would.
func (d *Dovecot) Kick(t testing.TB) {
	t.Helper()
	for _, a := range d.accounts {
		cmd := exec.Command("doveadm", "-c", filepath.Join(d.dir, "dovecot.conf"), "kick", string(a.Address))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("doveadm kick: %v: %s", err, out)
		}
	}
}
