package programtest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/message"
	"infolettre/internal/sqlite"
)

// TestScripts runs the stories in testdata/script on the built program. Beside
// testscript's own, they have these commands:
//
//	office [old new]...      start a mail host, and write a configuration for it with old replaced by new
//	configure [old new]...   rewrite that configuration, with old replaced by new
//	day NAME DAYS HH:MM      set $NAME to that hour so many days from today, in Paris, and $NAME_CRON likewise
//	serve [INSTANT]          start the daemon, on a clock that begins at the instant, or on the real one
//	settle                   wait until all that can happen at this hour has happened
//	halt                     stop the daemon as systemd does; its log is added to serve.log
//	mail [-forged] FILE      send a mail to the newsletter, as its author; with fields in place of $NAME
//	receive ADDRESS KIND N FILE  wait for the n-th mail of a kind to an address; keep its head and text in FILE, its Reply-To in $REPLY_TO
//	expand FILE              put fields in place of $NAME in a file
//	hostile FILE             write a mail of 1500 tiny parts
//	folder NAME N            fail unless the mailbox's folder holds so many mails
//	answer ADDRESS FILE TEXT reply to the mail in FILE
//	count ADDRESS KIND N     fail unless so many were sent
//	page METHOD FILE [FORM]  ask for the page by which the reader of the mail in FILE leaves; print status and page
//	[!] sql QUERY            change the store as somebody does who has its file; ! if the store does not let them
//	printed FILE             set $HEAD to the head in FILE, which log verify --json printed
//	keys FILE KEY...         fail unless FILE is a JSON array, not empty, of objects with exactly these keys
func TestScripts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("not under -short")
	}
	program := binary(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(program)+string(filepath.ListSeparator)+env.Getenv("PATH"))
			env.Setenv("NADIA", nadia)
			env.Setenv("ELISE", elise)
			env.Setenv("MARCO", marco)
			env.Setenv("SOLENE", solene)
			env.Setenv("OPERATOR", "admin@cites.example")
			s := &scripted{program: program, mails: map[string]*message.Message{}}
			env.Values[scriptedKey{}] = s
			env.Defer(s.close)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"office": do(-1, (*scripted).cmdOffice), "configure": do(-1, (*scripted).cmdConfigure), "expand": do(1, (*scripted).cmdExpand),
			"hostile": do(1, (*scripted).cmdHostile), "folder": do(2, (*scripted).cmdFolder),
			"day":   do(3, (*scripted).cmdDay),
			"serve": do(-1, (*scripted).cmdServe), "settle": do(0, (*scripted).cmdSettle), "halt": do(0, (*scripted).cmdHalt),
			"mail": do(-1, (*scripted).cmdMail), "receive": do(4, (*scripted).cmdReceive), "answer": do(3, (*scripted).cmdAnswer),
			"count": do(3, (*scripted).cmdCount), "page": do(-1, (*scripted).cmdPage), "keys": do(-1, (*scripted).cmdKeys),
			"bounce": do(4, (*scripted).cmdBounce),
			"sql":    (*scripted)(nil).cmdSQL, "printed": do(1, (*scripted).cmdPrinted),
		},
	})
}

type scriptedKey struct{}

// scripted is what the commands of one script share.
type scripted struct {
	program string
	office  *office
	daemon  *running
	mails   map[string]*message.Message // by the file that they are kept in
	posted  int
}

// do makes a script's command of a method, which takes n arguments; -1 is any.
func do(n int, f func(*scripted, *testscript.TestScript, []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || n >= 0 && len(args) != n {
			ts.Fatalf("want %d arguments and no !", n)
		}
		ts.Check(f(ts.Value(scriptedKey{}).(*scripted), ts, args))
	}
}

func (s *scripted) close() {
	if s.daemon != nil {
		s.daemon.cmd.Process.Kill()
		<-s.daemon.exited
	}
	if s.office != nil {
		s.office.mail.Close()
	}
}

func (s *scripted) cmdOffice(ts *testscript.TestScript, args []string) (err error) {
	if s.office, err = newOffice(ts.MkAbs("."), nil, nil); err != nil {
		return err
	}
	ts.Setenv("IMAP", s.office.mail.IMAPAddr())
	ts.Setenv("SMTP", s.office.mail.SMTPAddr())
	return s.cmdConfigure(ts, args)
}

func (s *scripted) cmdConfigure(ts *testscript.TestScript, args []string) error {
	text := s.office.config
	for i := 0; i+1 < len(args); i += 2 {
		if !strings.Contains(text, args[i]) {
			return fmt.Errorf("the configuration holds no %q", args[i])
		}
		text = strings.Replace(text, args[i], strings.ReplaceAll(args[i+1], `\n`, "\n"), 1)
	}
	return s.office.write("infolettre.toml", text)
}

func (s *scripted) cmdExpand(ts *testscript.TestScript, args []string) error {
	return os.WriteFile(ts.MkAbs(args[0]), []byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), 0o600)
}

func (s *scripted) cmdHostile(ts *testscript.TestScript, args []string) error {
	text := "From: $NADIA\nTo: " + demo.NewsletterAddress + "\nSubject: Beaucoup de petites choses\n" +
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=xx\n\n" +
		strings.Repeat("--xx\nContent-Type: text/plain\n\na\n", 1500) + "--xx--\n"
	return os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600)
}

func (s *scripted) cmdFolder(_ *testscript.TestScript, args []string) error {
	mails, err := s.office.mail.Folder(context.Background(), demo.NewsletterAddress, args[0])
	if err == nil && strconv.Itoa(len(mails)) != args[1] {
		err = fmt.Errorf("%s holds %d mails, want %s", args[0], len(mails), args[1])
	}
	return err
}

func (s *scripted) cmdDay(ts *testscript.TestScript, args []string) error {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return err
	}
	days, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	hour, err := time.Parse("15:04", args[2])
	if err != nil {
		return err
	}
	today := time.Now().In(paris)
	at := time.Date(today.Year(), today.Month(), today.Day()+days, hour.Hour(), hour.Minute(), 0, 0, paris)
	ts.Setenv(args[0], at.Format(time.RFC3339))
	ts.Setenv(args[0]+"_CRON", fmt.Sprintf("%d %d %d %d *", at.Minute(), at.Hour(), at.Day(), at.Month()))
	return nil
}

func (s *scripted) cmdServe(ts *testscript.TestScript, args []string) (err error) {
	clock := ""
	if len(args) > 0 {
		clock = args[0]
	}
	s.daemon, err = s.office.serve(context.Background(), s.program, clock)
	return err
}

func (s *scripted) cmdSettle(*testscript.TestScript, []string) error {
	return s.daemon.settle(context.Background())
}

func (s *scripted) cmdHalt(ts *testscript.TestScript, _ []string) error {
	err := s.daemon.stop()
	log := s.daemon.log.String()
	s.daemon = nil
	ts.Logf("%s", log)
	f, openErr := os.OpenFile(ts.MkAbs("serve.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil || openErr != nil {
		return fmt.Errorf("%w, %w", err, openErr)
	}
	defer f.Close()
	_, err = f.WriteString(log)
	return err
}

func (s *scripted) cmdMail(ts *testscript.TestScript, args []string) error {
	signedIn := args[0] != "-forged"
	raw := os.Expand(ts.ReadFile(args[len(args)-1]), ts.Getenv)
	s.posted++
	head, body, _ := strings.Cut(raw, "\n\n")
	if !strings.Contains(head, "Date:") {
		head += "\nDate: " + s.daemon.now().Format(time.RFC1123Z)
	}
	if !strings.Contains(head, "Message-ID:") {
		head += fmt.Sprintf("\nMessage-ID: <%d.%d@client.example>", s.posted, s.daemon.launch.UnixNano())
	}
	if !strings.Contains(head, "Content-Type:") {
		head += "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
	}
	m, err := message.Read([]byte(head + "\n\n"))
	if err != nil {
		return err
	}
	return s.office.post(string(m.Author().Address), demo.NewsletterAddress, []byte(head+"\n\n"+body), signedIn)
}

func (s *scripted) cmdReceive(ts *testscript.TestScript, args []string) error {
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	m, err := s.office.wait(context.Background(), args[0], delivery.Kind(args[1]), n)
	if err != nil {
		if s.daemon != nil {
			err = fmt.Errorf("%w; the daemon's log:\n%s", err, s.daemon.log)
		}
		return err
	}
	s.mails[args[3]] = m
	if len(m.ReplyTo) > 0 {
		ts.Setenv("REPLY_TO", string(m.ReplyTo[0].Address))
	}
	var text strings.Builder
	for _, f := range m.Header {
		fmt.Fprintf(&text, "%s: %s\n", f.Name, strings.Join(strings.Fields(f.Value), " "))
	}
	for _, p := range m.Parts {
		fmt.Fprintf(&text, "Part: %s %s\n", p.Type, p.Name)
	}
	fmt.Fprintf(&text, "Decoded subject: %s\n\n%s", m.Subject, m.Text)
	return os.WriteFile(ts.MkAbs(args[3]), []byte(text.String()), 0o600)
}

func (s *scripted) cmdAnswer(ts *testscript.TestScript, args []string) error {
	m := s.mails[args[1]]
	if m == nil {
		return fmt.Errorf("%s holds no mail that was waited for", args[1])
	}
	text := strings.ReplaceAll(args[2], `\n`, "\n")
	clients := []string{"gmail", "outlook", "iphone", "thunderbird"}
	s.posted++
	return s.office.answer(args[0], m, clients[s.posted%len(clients)], text, s.daemon.now())
}

// cmdBounce reports on a mail that was received, to its return path.
func (s *scripted) cmdBounce(_ *testscript.TestScript, args []string) error {
	m := s.mails[args[0]]
	if m == nil {
		return fmt.Errorf("%s holds no mail that was waited for", args[0])
	}
	s.posted++
	raw := fmt.Sprintf("From: MAILER-DAEMON@mx.example\nTo: %s\nSubject: Mail delivery report\nDate: %s\nMessage-ID: <%d.bounce@mx.example>\n"+
		"MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"+
		"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"+
		"Final-Recipient: rfc822; %s\nAction: %s\nStatus: %s\nDiagnostic-Code: smtp; %s\n--b--\n",
		m.ReturnPath, s.daemon.now().Format(time.RFC1123Z), s.posted, m.To[0].Address, args[1], args[2], args[3])
	return s.office.post("", m.ReturnPath, []byte(raw), false)
}

func (s *scripted) cmdCount(_ *testscript.TestScript, args []string) error {
	want, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	if got := s.office.count(args[0], delivery.Kind(args[1])); got != want {
		return fmt.Errorf("%s got %d mails of kind %s, want %d; all mails:%s", args[0], got, args[1], want, summary(s.office.mail))
	}
	return nil
}

func (s *scripted) cmdPage(ts *testscript.TestScript, args []string) error {
	m := s.mails[args[1]]
	if m == nil {
		return fmt.Errorf("%s holds no mail that was waited for", args[1])
	}
	link, _, _ := strings.Cut(strings.TrimPrefix(m.Header.Get("List-Unsubscribe"), "<"), ">")
	var body io.Reader
	if len(args) > 2 {
		body = strings.NewReader(args[2])
	}
	req, err := http.NewRequest(args[0], link, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Close = true
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(ts.Stdout(), "%d\n%s\n", answer.StatusCode, text)
	return err
}

func (*scripted) cmdSQL(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("want 1 argument")
	}
	db, err := sql.Open("sqlite", "file:"+ts.MkAbs(filepath.Join("data", sqlite.FileName))+"?_pragma=busy_timeout(10000)")
	ts.Check(err)
	_, err = db.Exec(args[0])
	if neg && err == nil {
		err = errors.New("it was done")
	} else if neg {
		err = nil
	}
	ts.Check(errors.Join(err, db.Close()))
}

func (s *scripted) cmdPrinted(ts *testscript.TestScript, args []string) error {
	var out struct {
		Head string `json:"head"`
	}
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &out); err != nil {
		return err
	}
	ts.Setenv("HEAD", out.Head)
	return nil
}

func (s *scripted) cmdKeys(ts *testscript.TestScript, args []string) error {
	var list []map[string]any
	text := ts.ReadFile(args[0])
	if err := json.NewDecoder(bytes.NewReader([]byte(text))).Decode(&list); err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	if len(list) == 0 {
		return fmt.Errorf("the list is empty")
	}
	want := slices.Sorted(slices.Values(args[1:]))
	for i, one := range list {
		var got []string
		for key := range one {
			got = append(got, key)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			return fmt.Errorf("entry %d has the keys %q, want %q", i, got, want)
		}
	}
	return nil
}
