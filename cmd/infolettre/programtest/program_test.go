// Package programtest tests the program as it is shipped: built once, and run as a process
// against mail servers of the test's own. What can be tested without a process is tested
// beside the commands.
package programtest

import (
	"bytes"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
	"infolettre/internal/sqlite"
)

// The people who write and read.
const (
	elise  = "elise.marchand@reseau.example"
	marco  = "marco.bellini@reseau.example"
	solene = "solene.kerdoncuff@reseau.example"
	nadia  = "nadia@cite-rouen.example"
)

// What a mail host answers to a recipient.
var (
	errGreylisted = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted, try again later"}
	errNoSuchUser = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user here"}
)

// built is the program as it is shipped, built once for all tests that run it.
var built struct {
	once sync.Once
	dir  string
	err  error
}

// parallel is how many tests run side by side at least: most of the time they wait, for the
// program, its timers and the disk.
const parallel = 3

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f != nil {
		if n, err := strconv.Atoi(f.Value.String()); err == nil && n < parallel {
			_ = f.Value.Set(strconv.Itoa(parallel)) // a number is always accepted
		}
	}
	status := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(status)
}

// binary is the path of the built program.
func binary(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "infolettre-built-"); built.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-o", built.dir+"/", "infolettre/cmd/infolettre")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("go build: %w: %s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "infolettre")
}

// patience is how long a test waits for what must happen.
const patience = time.Minute

// office is a mail host in the test's process, and a folder with a configuration
// for it, in which the built program is run.
type office struct {
	mail   *localmail.Server
	dir    string
	config string
	env    []string // of the daemon, beside the test's own
}

// newOffice starts the mail host and writes the configuration.
func newOffice(dir string, faults func(*localmail.Options), change func(string) string) (*office, error) {
	host := localmail.Options{
		Domain: "mail.citedesmetiers.example", AuthservID: "mx.citedesmetiers.example", Secret: demo.Password,
		Accounts: []localmail.Account{{Address: demo.NewsletterAddress, Password: demo.Password}},
	}
	if faults != nil {
		faults(&host)
	}
	mail, err := localmail.Start(context.Background(), host)
	if err != nil {
		return nil, err
	}
	o := &office{mail: mail, dir: dir}
	pages, err := demo.FreeAddress()
	if err == nil {
		text := demo.Configuration(dir, mail.IMAPAddr(), mail.SMTPAddr(), pages)
		if change != nil {
			text = change(text)
		}
		o.config = text
		err = o.write("infolettre.toml", text, "password", demo.Password, "secret", strings.Repeat("no secret at all ", 3))
	}
	if err != nil {
		mail.Close()
		return nil, err
	}
	return o, nil
}

// officeFor returns an office for one test, and the built program.
func officeFor(t *testing.T) (o *office, program string) {
	t.Helper()
	program = binary(t)
	o, err := newOffice(t.TempDir(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.mail.Close() })
	return o, program
}

// write writes files: name, content, name, content.
func (o *office) write(files ...string) error {
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(o.dir, files[i]), []byte(files[i+1]), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// post sends a mail to the shared mailbox as its author's mail program does.
func (o *office) post(from, to string, raw []byte, signedIn bool) error {
	return demo.Post(o.mail, message.Address(from), message.Address(to), raw, signedIn)
}

// wait returns the n-th mail, counted from 1, that a person got of a kind.
func (o *office) wait(ctx context.Context, to string, kind delivery.Kind, n int) (*message.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var found *message.Message
	_, err := o.mail.Wait(ctx, func(d localmail.Delivered) bool {
		if !d.To.Equal(message.Address(to)) || !bytes.Contains(d.Raw, []byte(delivery.KindField+": "+string(kind)+"\r\n")) {
			return false
		}
		n--
		if n > 0 {
			return false
		}
		m, err := message.Read(d.Raw)
		found = m
		return err == nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s got no %s: %w; all mails:%s", to, kind, err, summary(o.mail))
	}
	return found, nil
}

// count is how many mails of a kind a person got so far.
func (o *office) count(to string, kind delivery.Kind) (n int) {
	for _, d := range o.mail.Mails() {
		if d.To.Equal(message.Address(to)) && bytes.Contains(d.Raw, []byte(delivery.KindField+": "+string(kind)+"\r\n")) {
			n++
		}
	}
	return n
}

// answer replies to a mail as its recipient.
func (o *office) answer(person string, to *message.Message, client, text string, at time.Time) error {
	r := demo.Reply{From: message.Mailbox{Address: message.Address(person)}, To: to, Text: text, At: at, Client: client}
	raw, err := r.Bytes()
	if err != nil {
		return err
	}
	return o.post(person, string(r.Address()), raw, true)
}

// summary lists all mails of a host, for a test that fails.
func summary(mail *localmail.Server) string {
	var b strings.Builder
	for _, d := range mail.Mails() {
		m, err := message.Read(d.Raw)
		if err == nil {
			fmt.Fprintf(&b, "\n  %s  %s  %s", d.To, m.Header.Get(delivery.KindField), m.Subject)
		}
	}
	return b.String()
}

// running is the built program at work as a daemon.
type running struct {
	cmd    *exec.Cmd
	office *office
	began  time.Time // of the business clock; zero for the real one
	speed  float64   // of the business clock
	launch time.Time
	log    *watchedLog
	exited chan struct{}
	err    error // once exited
}

// serve starts the daemon, on a simulated clock unless clock is empty, and
// returns when it serves. It is killed, if it still runs, when ctx ends.
func (o *office) serve(ctx context.Context, program, clock string) (*running, error) {
	r, err := o.launch(ctx, program, clock)
	if err != nil {
		return nil, err
	}
	return r, r.log.await(ctx, "msg=serving", r.exited)
}

// launch is serve without the waiting.
func (o *office) launch(ctx context.Context, program, clock string) (*running, error) {
	args := []string{"serve", "--log", "debug", "--config", filepath.Join(o.dir, "infolettre.toml")}
	r := &running{office: o, launch: time.Now(), log: &watchedLog{}, exited: make(chan struct{})}
	if clock != "" {
		instant, speed, scaled := strings.Cut(clock, "x")
		var err error
		if r.began, err = time.Parse(time.RFC3339, instant); err != nil {
			return nil, err
		}
		if r.speed = 1; scaled {
			if r.speed, err = strconv.ParseFloat(speed, 64); err != nil {
				return nil, err
			}
		}
		args = append(args, "--clock", clock, "--really-send")
	}
	r.cmd = exec.CommandContext(ctx, program, args...)
	r.cmd.Stderr = r.log
	r.cmd.Env = append(os.Environ(), o.env...)
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		r.err = r.cmd.Wait()
		close(r.exited)
	}()
	return r, nil
}

// now is business time, a little ahead of the daemon's.
func (r *running) now() time.Time {
	if r.began.IsZero() {
		return time.Now()
	}
	return r.began.Add(time.Duration(float64(time.Since(r.launch)) * r.speed))
}

// stop asks the daemon to end, as systemd does, and expects it to end well. It
// may take ten seconds.
func (r *running) stop() error {
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return r.ended(10 * time.Second)
}

// ended waits for the daemon to end by itself.
func (r *running) ended(within time.Duration) error {
	select {
	case <-r.exited:
	case <-time.After(within):
		r.cmd.Process.Kill()
		<-r.exited
		return fmt.Errorf("the daemon did not end within %s; its log:\n%s", within, r.log)
	}
	if r.err != nil {
		return fmt.Errorf("the daemon ended with %w; its log:\n%s", r.err, r.log)
	}
	return nil
}

// settle returns when the inbox is empty, nothing is due and nothing waits to be sent.
func (r *running) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.office.dir, "data", sqlite.FileName)+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer db.Close()
	for {
		inbox, err := r.office.mail.Folder(ctx, demo.NewsletterAddress, "INBOX")
		if err != nil {
			return err
		}
		left := "mails in the inbox"
		if len(inbox) == 0 {
			if left, err = r.left(ctx, db); err != nil || left == "" {
				return err
			}
		}
		select {
		case <-r.exited:
			return fmt.Errorf("the daemon ended: %w; its log:\n%s", r.err, r.log)
		case <-ctx.Done():
			return fmt.Errorf("%s are left: %w; the daemon's log:\n%s", left, ctx.Err(), r.log)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// left names what is still due.
func (r *running) left(ctx context.Context, db *sql.DB) (string, error) {
	const open = `(state IN ('queued', 'deferred') AND next <= ?1 OR state = 'claimed')`
	var left string
	err := db.QueryRowContext(ctx, `SELECT CASE
		WHEN NOT EXISTS (SELECT 1 FROM issue) THEN 'issues to open'
		WHEN EXISTS (SELECT 1 FROM due WHERE done IS NULL AND at <= ?1) THEN 'due jobs'
		WHEN EXISTS (SELECT 1 FROM hold WHERE lifted IS NULL) THEN ''
		WHEN EXISTS (SELECT 1 FROM letter WHERE `+open+`) THEN 'letters'
		WHEN EXISTS (SELECT 1 FROM delivery WHERE `+open+`
			AND mailing IN (SELECT id FROM mailing WHERE state <> 'paused')) THEN 'deliveries'
		WHEN EXISTS (SELECT 1 FROM mailing WHERE state = 'sending'
			AND NOT EXISTS (SELECT 1 FROM delivery WHERE mailing = mailing.id AND state IN ('queued', 'deferred'))) THEN 'mailings to end'
		ELSE '' END`, r.now().UnixMilli()).Scan(&left)
	return left, err
}

// watchedLog keeps what a program logs, and lets a test wait for a line of it.
type watchedLog struct {
	mu     sync.Mutex
	text   bytes.Buffer
	served time.Time // when the program said that it serves
}

func (l *watchedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.served.IsZero() && bytes.Contains(p, []byte("msg=serving")) {
		l.served = time.Now()
	}
	return l.text.Write(p)
}

func (l *watchedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *watchedLog) await(ctx context.Context, what string, exited <-chan struct{}) error {
	give := time.After(patience)
	for {
		if strings.Contains(l.String(), what) {
			return nil
		}
		select {
		case <-exited:
			return fmt.Errorf("the program ended without %q: %s", what, l)
		case <-give:
			return fmt.Errorf("the program logged no %q: %s", what, l)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// infolettre runs one command of the built program in the office.
func (o *office) infolettre(ctx context.Context, program string, stdin io.Reader, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Stdin = o.dir, stdin
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("infolettre %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return string(out), err
}
