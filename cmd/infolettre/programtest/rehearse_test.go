package programtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
)

// spy records the commands to the mail host's IMAP server.
type spy struct {
	mu       sync.Mutex
	commands []string
}

func (s *spy) record(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, name)
	return nil
}

func (s *spy) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	said := strings.Join(s.commands, " ")
	s.commands = nil
	return said
}

// files is what a folder holds, by name and content.
func files(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		// What readers share of a store is no content of it.
		if strings.HasSuffix(e.Name(), "-shm") || len(text) == 0 {
			continue
		}
		fmt.Fprintf(&all, "%s %x %v\n", e.Name(), sha256.Sum256(text), err)
	}
	return all.String()
}

// rehearse runs a rehearsal until its folder holds a mail of a kind, and ends it. It returns
// what it prints and logs.
func (o *office) rehearse(t *testing.T, program, clock, dir string, kind delivery.Kind) (out, log string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "serve", "--clock", clock, "--dir", dir)
	cmd.Dir = o.dir
	var printed, logged bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &logged
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(patience)
	for {
		found, err := filepath.Glob(filepath.Join(dir, "* "+string(kind)+" *.eml"))
		if err == nil && len(found) > 0 {
			break
		}
		if time.Now().After(deadline) {
			cmd.Process.Kill()
			cmd.Wait()
			t.Fatalf("no %s is written; it says\n%s%s", kind, &printed, &logged)
		}
		time.Sleep(20 * time.Millisecond)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ends with %v: %s", err, &logged)
	}
	return printed.String(), logged.String()
}

// A rehearsal changes nothing: not the store, nor the mailbox, and nothing is sent, whether a
// daemon runs beside it or not.
func TestServe_RehearsalChangesNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("not under -short")
	}
	program := binary(t)
	var imap spy
	o, err := newOffice(t.TempDir(), func(h *localmail.Options) { h.OnCommand = imap.record }, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer o.mail.Close()
	if err := o.write("people.csv", "email,name,centre,language,tags,consent\n"+nadia+",Nadia Berthier,Cité des métiers de Rouen,fr,contact;membre,formulaire 2017\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.infolettre(t.Context(), program, nil, "subscribers", "import", "people.csv"); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(o.dir, "data")
	before := files(t, data)
	post := func(subject string) {
		t.Helper()
		raw := "From: " + nadia + "\r\nTo: " + demo.NewsletterAddress + "\r\nSubject: " + subject + "\r\nDate: " + time.Now().Format(time.RFC1123Z) + "\r\n\r\nLa Cité des métiers de Rouen a une nouvelle.\r\n"
		if err := o.post(nadia, demo.NewsletterAddress, []byte(raw), true); err != nil {
			t.Fatal(err)
		}
	}
	post("Une nouvelle")
	sent := len(o.mail.Mails())
	imap.all()

	// The closing of the issue and its proof come too.
	dir := filepath.Join(t.TempDir(), "mails")
	out, log := o.rehearse(t, program, "2018-02-10T17:00:00+01:00x3600", dir, delivery.KindPlan)
	for _, want := range []string{
		`Rehearsal from 2018-02-10T17:`, `a copy, removed at the end`, `written to ` + regexp.QuoteMeta(dir),
		`mail 1, “Une nouvelle” from nadia@cite-rouen.example, would go to InfoLettre/Done`, `Rehearsal ended: 1 mail read`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("it does not print %q:\n%s", want, out)
		}
	}
	if !regexp.MustCompile(`level=WARN msg="rehearsal on a simulated clock`).MatchString(log) {
		t.Errorf("it does not log that its clock is simulated:\n%s", log)
	}
	if got := files(t, data); got != before {
		t.Errorf("the data folder holds\n%sbefore\n%s", got, before)
	}
	if n := len(o.mail.Mails()) - sent; n != 0 {
		t.Errorf("%d mails were sent", n)
	}
	asked := imap.all()
	if !strings.Contains(asked, "EXAMINE") || regexp.MustCompile(`SELECT|CREATE|SUBSCRIBE|MOVE|COPY|STORE|APPEND|EXPUNGE|DELETE`).MatchString(asked) {
		t.Errorf("it asks the mailbox %s", asked)
	}
	inbox, err := o.mail.Folder(context.Background(), demo.NewsletterAddress, "INBOX")
	if err != nil || len(inbox) != 1 {
		t.Errorf("the inbox holds %d mails, %v", len(inbox), err)
	}
	if folders, err := o.mail.Folder(context.Background(), demo.NewsletterAddress, "InfoLettre/Done"); err == nil {
		t.Errorf("there is a folder for handled mail, with %d mails", len(folders))
	}
	var kinds []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		m, err := message.Read(raw)
		if err != nil || m.Subject == "" {
			t.Errorf("%s: %v", e.Name(), err)
			continue
		}
		kinds = append(kinds, m.Header.Get(delivery.KindField))
		if !regexp.MustCompile(`^\d{5} 2018-0\d-\d\d \d\dh\d\d ` + m.Header.Get(delivery.KindField) + ` \S+@\S+\.eml$`).MatchString(e.Name()) {
			t.Errorf("a mail is called %s", e.Name())
		}
		if info, _ := e.Info(); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
	}
	if all := strings.Join(kinds, " "); !strings.Contains(all, "receipt") || !strings.Contains(all, "request") || strings.Contains(fmt.Sprint(entries), ".store") {
		t.Errorf("the folder holds %v", entries)
	}

	// A folder with something in it is not mixed up with this.
	if _, err := o.infolettre(t.Context(), program, nil, "serve", "--clock", "2018-02-10T17:59:00+01:00", "--dir", dir); err == nil || !strings.Contains(err.Error(), "is not empty; name a new folder with --dir") {
		t.Errorf("%v", err)
	}
	for _, args := range [][]string{{"--really-send"}, {"--dir", "x"}, {"--clock", "2018-02-10T17:59:00+01:00", "--really-send", "--dir", "x"}} {
		if _, err := o.infolettre(t.Context(), program, nil, append([]string{"serve"}, args...)...); err == nil {
			t.Errorf("serve %q starts", args)
		}
	}

	// Beside a daemon, which goes on with its own.
	daemon, err := o.serve(t.Context(), program, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := o.wait(t.Context(), nadia, delivery.KindReceipt, 1); err != nil {
		t.Fatal(err)
	}
	state := func() string {
		var all strings.Builder
		for _, args := range [][]string{{"items", "list"}, {"issues", "list"}, {"mailings", "list"}, {"log", "verify"}} {
			text, err := o.infolettre(t.Context(), program, nil, args...)
			if err != nil {
				t.Error(err)
			}
			all.WriteString(text)
		}
		return all.String()
	}
	was := state()
	sent = len(o.mail.Mails())
	o.rehearse(t, program, "2018-02-12T07:00:00+01:00x3600", filepath.Join(t.TempDir(), "mails"), delivery.KindQueue)
	if is := state(); is != was {
		t.Errorf("the store told\n%s, and tells\n%s", was, is)
	}
	if n := len(o.mail.Mails()) - sent; n != 0 {
		t.Errorf("%d mails were sent", n)
	}
	if err := daemon.stop(); err != nil {
		t.Error(err)
	}

	// By --really-send it is the store, the mailbox and the relay themselves.
	post("Une autre")
	daemon, err = o.serve(t.Context(), program, "2018-02-10T17:00:00+01:00")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.wait(t.Context(), nadia, delivery.KindReceipt, 2); err != nil {
		t.Error(err)
	}
	if !strings.Contains(daemon.log.String(), `level=WARN msg="simulated clock without rehearsal`) {
		t.Errorf("it logs\n%s", daemon.log)
	}
	if err := daemon.stop(); err != nil {
		t.Error(err)
	}
}

// A store that was lost is no empty one: nothing is made in its place, by any command.
func TestCommands_LostStoreIsNotReplaced(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("not under -short")
	}
	o, program := officeFor(t)
	daemon, err := o.serve(t.Context(), program, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(daemon.settle(t.Context()), daemon.stop()); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy")
	if _, err := o.infolettre(t.Context(), program, nil, "backup", copied); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(o.dir, "data", "infolettre.db")
	if err := os.Remove(store); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"serve"}, {"items", "list"}, {"check", "--no-mail"}, {"backup", filepath.Join(t.TempDir(), "x")},
		{"serve", "--clock", "2018-02-10T17:59:00+01:00", "--dir", filepath.Join(t.TempDir(), "x")},
	} {
		_, err := o.infolettre(t.Context(), program, nil, args...)
		if err == nil || !strings.Contains(err.Error(), "the store is gone: "+filepath.Dir(store)+" holds journal.0, journal.1, but no infolettre.db. Restore a backup with “infolettre restore FILE”") {
			t.Errorf("%q: %v", args, err)
		}
		if _, err := os.Lstat(store); err == nil {
			t.Fatalf("%q made a store", args)
		}
	}
	if _, err := o.infolettre(t.Context(), program, nil, "restore", copied); err != nil {
		t.Error(err)
	}
	if _, err := o.infolettre(t.Context(), program, nil, "items", "list"); err != nil {
		t.Error(err)
	}
	// A store that was emptied is as good as none. One is begun with when that is meant.
	if err := os.Truncate(store, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := o.infolettre(t.Context(), program, nil, "items", "list"); err == nil || !strings.Contains(err.Error(), "the store is gone") {
		t.Errorf("%v", err)
	}
	for _, name := range []string{"journal.0", "journal.1"} {
		if err := os.Remove(filepath.Join(o.dir, "data", name)); err != nil {
			t.Error(err)
		}
	}
	if _, err := o.infolettre(t.Context(), program, nil, "items", "list"); err != nil {
		t.Error(err)
	}
}

// healthInterval is how often the daemon checks its health.
const healthInterval = 2 * time.Second

// healthz returns the health page.
func (r *running) healthz(t *testing.T) (status int, text string) {
	t.Helper()
	found := regexp.MustCompile(`msg=serving .*pages=(\S+)`).FindStringSubmatch(r.log.String())
	if found == nil {
		t.Fatalf("it serves no pages:\n%s", r.log)
	}
	resp, err := http.Get("http://" + found[1] + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, b.String()
}

// A mailbox that refuses the password is told by the health page and to the operator, once.
func TestServe_ReportsRefusedPasswordOnce(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("not under -short")
	}
	o, program := officeFor(t)
	daemon, err := o.serve(t.Context(), program, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(patience)
	status, text := daemon.healthz(t)
	for ; !regexp.MustCompile(`^ok\nmailbox last read: 2.*Z\nrelay last accepted a mail: never\ndata folder: [\d.]+ [MG]B free\n$`).MatchString(text); status, text = daemon.healthz(t) {
		if time.Now().After(deadline) {
			t.Fatalf("%d %q", status, text)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if status != 200 {
		t.Errorf("%d %q", status, text)
	}
	if err := daemon.stop(); err != nil {
		t.Fatal(err)
	}

	// The relay has a password of its own.
	changed := strings.Replace(o.config, `password = "file:password"`, `password = "file:wrong"`, 1)
	if err := o.write("infolettre.toml", changed, "wrong", "not the password"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // started again, it says nothing more that day
		daemon, err := o.serve(t.Context(), program, "")
		if err != nil {
			t.Fatal(err)
		}
		m, err := o.wait(t.Context(), "admin@cites.example", delivery.KindNotice, 1)
		if err != nil {
			t.Fatal(err)
		}
		if m.Subject != "La boîte aux lettres refuse l’InfoLettre" || !strings.Contains(m.Text, "mot de passe") {
			t.Errorf("%s\n%s", m.Subject, m.Text)
		}
		for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
			status, text := daemon.healthz(t)
			if status == 503 && strings.HasPrefix(text, "the mailbox has refused access since 2") && regexp.MustCompile(`relay last accepted a mail: 2.*Z`).MatchString(text) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d %q", status, text)
			}
		}
		time.Sleep(2 * healthInterval)
		if err := daemon.stop(); err != nil {
			t.Error(err)
		}
	}
	if n := o.count("admin@cites.example", delivery.KindNotice); n != 1 {
		t.Errorf("the operator was told %d times", n)
	}
}
