package programtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/intake"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
	"infolettre/internal/sqlite"
	"infolettre/internal/token"
)

// upgradeFrom is the archive in testdata/upgrade that the tests open.
const upgradeFrom = "5c966f1"

// upgraded is the unpacked archive of an earlier version, beside a mail host of today.
type upgraded struct {
	*office
	t       *testing.T
	program string
	facts   fixtureFacts
	files   map[string][]byte
	pages   string // the URL of the daemon's pages
}

// unpackUpgrade unpacks the archive and points its configuration to a new mail host.
// With sameBoot the machine has not restarted since the daemon was killed, else it has.
func unpackUpgrade(t *testing.T, sameBoot bool) *upgraded {
	t.Helper()
	if testing.Short() {
		t.Skip("not under -short")
	}
	u := &upgraded{t: t, program: binary(t), files: map[string][]byte{}}
	raw, err := os.Open(filepath.Join("testdata", "upgrade", upgradeFrom+".tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	unzipped, err := gzip.NewReader(raw)
	if err != nil {
		t.Fatal(err)
	}
	for archive := tar.NewReader(unzipped); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			u.files[h.Name], err = io.ReadAll(archive)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal(u.files["facts.json"], &u.facts); err != nil {
		t.Fatal(err)
	}
	if u.office, err = newOffice(t.TempDir(), nil, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.mail.Close() })
	pages, err := demo.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	u.pages = "http://" + pages
	config := string(u.files["infolettre.toml"])
	for pattern, address := range map[string]string{
		`(imap://[^"]*@)[0-9.:]+`: u.mail.IMAPAddr(), `(smtp://[^"]*@)[0-9.:]+`: u.mail.SMTPAddr(), `((?m:^base_url +=|^listen +=) "(?:http://)?)[0-9.:]+`: pages,
	} {
		config = regexp.MustCompile(pattern).ReplaceAllString(config, "${1}"+address)
	}
	if err := os.MkdirAll(filepath.Join(u.dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range u.files {
		if name == "infolettre.toml" {
			content = []byte(config)
		}
		if path := filepath.Join(u.dir, filepath.FromSlash(name)); strings.HasPrefix(name, "data/") || !strings.Contains(name, "/") {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	boot := "another machine"
	if sameBoot {
		id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
		if err != nil {
			t.Skip("the system does not name its boots: ", err)
		}
		boot = strings.TrimSpace(string(id))
	}
	u.exec(`UPDATE run SET boot = ?`, boot)
	return u
}

// db opens the store with nothing but SQLite.
func (u *upgraded) db() *sql.DB {
	u.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(u.dir, "data", sqlite.FileName)+"?_pragma=busy_timeout(10000)")
	if err != nil {
		u.t.Fatal(err)
	}
	return db
}

func (u *upgraded) exec(statement string, args ...any) {
	u.t.Helper()
	db := u.db()
	defer db.Close()
	if _, err := db.ExecContext(u.t.Context(), statement, args...); err != nil {
		u.t.Fatalf("%s: %v", statement, err)
	}
}

// column returns the first column of a query's rows, as text.
func (u *upgraded) column(query string, args ...any) (column []string) {
	u.t.Helper()
	db := u.db()
	defer db.Close()
	rows, err := db.QueryContext(u.t.Context(), query, args...)
	if err != nil {
		u.t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			u.t.Fatalf("%s: %v", query, err)
		}
		column = append(column, value)
	}
	if err := rows.Err(); err != nil {
		u.t.Fatalf("%s: %v", query, err)
	}
	return column
}

// verifyLog asserts that the log's chain is whole and agrees with the tables.
func (u *upgraded) verifyLog() {
	u.t.Helper()
	u.must(u.t, u.program, "log", "verify") // it fails if there is a fault
}

// run starts the daemon on a simulated clock, and stops it when nothing is left to do.
func (u *upgraded) run(clock string, meanwhile func(*running)) {
	u.t.Helper()
	daemon, err := u.serve(u.t.Context(), u.program, clock)
	if err != nil {
		u.t.Fatal(err)
	}
	meanwhile(daemon)
	if err := errors.Join(daemon.settle(u.t.Context()), daemon.stop()); err != nil {
		u.t.Fatal(err)
	}
	if strings.Contains(daemon.log.String(), "level=ERROR") {
		u.t.Errorf("the daemon logs errors: %s", daemon.log)
	}
}

// old returns the latest mail of a kind to a person that the archive has.
func (u *upgraded) old(to string, kind delivery.Kind) (fixtureMail, *message.Message) {
	u.t.Helper()
	for _, m := range slices.Backward(u.facts.Mails) {
		if m.To == to && m.Kind == kind && m.File != "" {
			read, err := message.Read(u.files[m.File])
			if err != nil {
				u.t.Fatal(err)
			}
			return m, read
		}
	}
	u.t.Fatalf("the archive has no %s to %s", kind, to)
	return fixtureMail{}, nil
}

// received returns the Message-IDs of the issue's mails to each reader, those of the
// archive first.
func (u *upgraded) received() map[string][]string {
	all := map[string][]string{}
	for _, m := range u.facts.Mails {
		if m.Kind == delivery.KindIssue {
			all[m.To] = append(all[m.To], m.ID)
		}
	}
	byReader, _ := issueMails(u.office)
	for who, ids := range byReader {
		all[who] = append(all[who], ids...)
	}
	return all
}

// servedOnce asserts that every reader got the issue, once for each time that it was in
// doubt and once more at the most, under one Message-ID.
func (u *upgraded) servedOnce() {
	u.t.Helper()
	doubts := map[string]int{}
	for _, who := range u.column(inDoubtQuery) {
		doubts[who]++
	}
	received := u.received()
	failed := u.column(`SELECT address FROM delivery JOIN person ON person.id = person WHERE state IN ('failed', 'suppressed')`)
	if want := []string{"lectrice5@reseau5.example"}; !slices.Equal(failed, want) {
		u.t.Errorf("not sent to %v, want %v alone", failed, want)
	}
	for i := range upgradeReaders {
		who := fmt.Sprintf("lectrice%d@reseau%d.example", i, i%7)
		ids := received[who]
		if len(ids) == 0 && !slices.Contains(failed, who) {
			u.t.Errorf("%s was forgotten", who)
		}
		if len(ids) > 1+doubts[who] {
			u.t.Errorf("%s got the issue %d times, and was in doubt %d times", who, len(ids), doubts[who])
		}
		if len(slices.Compact(ids)) > 1 {
			u.t.Errorf("%s got mails under different Message-IDs: %v", who, ids)
		}
	}
	if m := issueMailing(u.t, u.office, u.program); m.State != delivery.MailingSent || m.Sent != upgradeReaders-1 || m.Failed != 1 {
		u.t.Errorf("the mailing stands at %+v", m)
	}
}

// inDoubtQuery selects the readers whose mail was perhaps sent, once for each time.
const inDoubtQuery = `SELECT address FROM attempt JOIN delivery ON delivery.id = attempt.mail JOIN person ON person.id = delivery.person
	WHERE attempt.class = 'delivery' AND attempt.state = 'in_doubt' ORDER BY address`

var recoveredLine = regexp.MustCompile(`settled=(\d+) not_sent=(\d+) in_doubt=(\d+)`)

// The data folder of the earlier version, killed in the middle of a mailing, is opened by
// this one on the same machine. It recovers from the journal exactly what the earlier
// version would have recovered, sends the rest, and knows every handle that was mailed.
func TestUpgrade_KilledWhileSending(t *testing.T) {
	t.Parallel()
	u := unpackUpgrade(t, true)
	// In the archive, table attempt has the name that it had then.
	earlier := u.column(`SELECT address FROM step JOIN delivery ON delivery.id = step.mail JOIN person ON person.id = delivery.person
		WHERE step.class = 'delivery' AND step.state = 'in_doubt'`)
	u.verifyLog()
	u.run("2018-02-16T12:00:00+01:00", func(daemon *running) {
		want := []string{strconv.Itoa(u.facts.Settled), strconv.Itoa(u.facts.Released), strconv.Itoa(len(u.facts.InDoubt))}
		if found := recoveredLine.FindStringSubmatch(daemon.log.String()); found == nil || !slices.Equal(found[1:], want) {
			t.Errorf("recovered %v, want %v; log: %s", found, want, daemon.log)
		}
	})
	doubts := slices.Sorted(slices.Values(slices.Concat(earlier, u.facts.InDoubt)))
	if got := u.column(inDoubtQuery); !slices.Equal(got, doubts) {
		t.Errorf("in doubt: %v, want %v", got, doubts)
	}
	u.servedOnce()
	if left := u.column(`SELECT kind || ' ' || state FROM letter WHERE state <> 'sent'`); len(left) > 0 {
		t.Errorf("letters that were not sent: %v", left)
	}
	u.verifyLog()

	u.run("2018-02-16T13:00:00+01:00", func(daemon *running) {
		u.decideByOldRequest(daemon)
		u.unsubscribeByOldLinks(daemon)
		u.bounceOldMails(daemon)
		u.replyToOldLetters()
	})
	u.verifyLog()
}

// decideByOldRequest answers the request on item 2 that the archive left open.
func (u *upgraded) decideByOldRequest(daemon *running) {
	u.t.Helper()
	_, request := u.old(elise, delivery.KindRequest)
	if err := u.answer(elise, request, "thunderbird", "Oui", daemon.now()); err != nil {
		u.t.Fatal(err)
	}
	if err := daemon.settle(u.t.Context()); err != nil {
		u.t.Fatal(err)
	}
	var items []struct {
		ID    int64
		State string
	}
	if err := json.Unmarshal([]byte(u.must(u.t, u.program, "items", "list", "--json")), &items); err != nil {
		u.t.Fatal(err)
	}
	for _, it := range items {
		if it.ID == 2 && it.State != "approved" {
			u.t.Errorf("item 2 is %s after a yes to its request", it.State)
		}
	}
	if len(items) != 3 {
		u.t.Errorf("%d items, want 3", len(items))
	}
}

// unsubscribeByOldLinks unsubscribes three readers of delivered mails: by the link, as
// mail programs do in one click (RFC 8058), and by mail.
func (u *upgraded) unsubscribeByOldLinks(daemon *running) {
	u.t.Helper()
	readers := []string{"lectrice0@reseau0.example", "lectrice1@reseau1.example", "lectrice2@reseau2.example"}
	field := regexp.MustCompile(`^<http://[^/]+(/u/[^>]+)>,\s*<mailto:([^?>]+)\?subject=unsubscribe>$`)
	for i, who := range readers {
		_, m := u.old(who, delivery.KindIssue)
		found := field.FindStringSubmatch(m.Header.Get("List-Unsubscribe"))
		if found == nil {
			u.t.Fatalf("List-Unsubscribe: %s", m.Header.Get("List-Unsubscribe"))
		}
		switch i {
		case 0:
			u.post200(found[1], "")
		case 1:
			u.post200(found[1], "List-Unsubscribe=One-Click")
		default:
			if err := u.post(who, found[2], []byte("From: "+who+"\nTo: "+found[2]+"\nSubject: unsubscribe\nMessage-ID: <leave@reseau2.example>\n\n"), true); err != nil {
				u.t.Fatal(err)
			}
		}
	}
	if err := daemon.settle(u.t.Context()); err != nil {
		u.t.Fatal(err)
	}
	if left := u.column(`SELECT address FROM person WHERE unsubscribed IS NOT NULL ORDER BY address`); !slices.Equal(left, readers) {
		u.t.Errorf("unsubscribed: %v, want %v", left, readers)
	}
}

func (u *upgraded) post200(path, form string) {
	u.t.Helper()
	request, err := http.NewRequestWithContext(u.t.Context(), http.MethodPost, u.pages+path, strings.NewReader(form))
	if err != nil {
		u.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		u.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		u.t.Errorf("POST %s: %s", path, response.Status)
	}
}

// bounceOldMails returns three delivered mails: one to its return path, one by its
// Message-ID and one by its field X-InfoLettre-Delivery alone.
func (u *upgraded) bounceOldMails(daemon *running) {
	u.t.Helper()
	var sent []fixtureMail
	suppressed := u.column(`SELECT address_key FROM suppression`)
	for _, m := range u.facts.Mails {
		i, _ := strconv.Atoi(strings.TrimPrefix(strings.Split(m.To, "@")[0], "lectrice"))
		if m.Kind == delivery.KindIssue && i > 5 && !slices.Contains(suppressed, m.To) && len(sent) < 3 {
			sent = append(sent, m)
		}
	}
	key, _, _ := strings.Cut(sent[2].ID, "@")
	bounceTo(u.t, u.office, sent[0].From, sent[0].To, "")
	bounceTo(u.t, u.office, demo.NewsletterAddress, sent[1].To, "Message-ID: <"+sent[1].ID+">\n")
	bounceTo(u.t, u.office, demo.NewsletterAddress, sent[2].To, "Message-ID: <another@relay.example>\nX-InfoLettre-Delivery: "+key+"\n")
	if err := daemon.settle(u.t.Context()); err != nil {
		u.t.Fatal(err)
	}
	for _, m := range sent {
		suppressed = append(suppressed, m.To)
	}
	slices.Sort(suppressed)
	if got := u.column(`SELECT address_key FROM suppression ORDER BY address_key`); !slices.Equal(got, suppressed) {
		u.t.Errorf("suppressed: %v, want %v", got, suppressed)
	}
}

// replyToOldLetters has a reply to a letter of each kind explained: its handle is known.
func (u *upgraded) replyToOldLetters() {
	u.t.Helper()
	for _, c := range []struct {
		who  string
		kind delivery.Kind
		text string
		want intake.Kind
	}{
		{marco, delivery.KindRequest, "YES", intake.Decision},
		{marco, delivery.KindQueue, "2 YES", intake.Decision},
		{elise, delivery.KindPlan, "OK", intake.Decision},
		{elise, delivery.KindProof, "Bon à tirer", intake.Decision},
		{elise, delivery.KindOutcome, "Annuler", intake.Decision},
		{nadia, delivery.KindReceipt, "Je retire cette nouvelle.", intake.Correction},
	} {
		_, letter := u.old(c.who, c.kind)
		to := letter.ReplyTo[0].Address
		raw := "Return-Path: <" + c.who + ">\r\nDelivered-To: " + string(to) + "\r\nAuthentication-Results: mx.citedesmetiers.example; dmarc=pass header.from=" +
			message.Address(c.who).Domain() + "\r\nReceived: from client.example by mail.citedesmetiers.example with ESMTPA id 1; Fri, 16 Feb 2018 13:00:00 +0100\r\n" +
			"From: " + c.who + "\r\nTo: " + string(to) + "\r\nSubject: Re: InfoLettre\r\nDate: Fri, 16 Feb 2018 13:00:00 +0100\r\nMessage-ID: <reply." + string(c.kind) + "@client.example>\r\n" +
			"In-Reply-To: <" + letter.ID + ">\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + c.text + "\r\n"
		out, err := u.infolettre(u.t.Context(), u.program, strings.NewReader(raw), "explain", "--json")
		if err != nil {
			u.t.Fatal(err)
		}
		var e struct {
			Kind          intake.Kind
			Authenticated bool
			Why           string
		}
		if err := json.Unmarshal([]byte(out), &e); err != nil {
			u.t.Fatalf("%v: %s", err, out)
		}
		if e.Kind != c.want || !e.Authenticated {
			u.t.Errorf("the reply to a %s is a %s (%s)", c.kind, e.Kind, e.Why)
		}
	}
}

// On a machine that has restarted since, the journal may have lost its end: all that was
// claimed counts as perhaps sent, and nobody is forgotten.
func TestUpgrade_KilledWhileSendingOnAnotherMachine(t *testing.T) {
	t.Parallel()
	u := unpackUpgrade(t, false)
	u.run("2018-02-16T12:00:00+01:00", func(daemon *running) {
		want := []string{strconv.Itoa(u.facts.Settled), "0", strconv.Itoa(u.facts.Released + len(u.facts.InDoubt))}
		if found := recoveredLine.FindStringSubmatch(daemon.log.String()); found == nil || !slices.Equal(found[1:], want) {
			t.Errorf("recovered %v, want %v; log: %s", found, want, daemon.log)
		}
	})
	u.servedOnce()
	u.verifyLog()
}

// The earlier version's backup is restored. Its issue was signed: it is sent, because the
// hashes of its revisions, its editions and its proof come out the same.
func TestUpgrade_RestoredBackupKeepsItsSignature(t *testing.T) {
	t.Parallel()
	u := unpackUpgrade(t, true)
	if err := os.RemoveAll(filepath.Join(u.dir, "data")); err != nil {
		t.Fatal(err)
	}
	u.must(t, u.program, "restore", "eve.db")
	u.verifyLog()
	u.run(sendingHour(0), func(daemon *running) {
		if err := daemon.settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		u.must(t, u.program, "mailings", "resume")
		u.must(t, u.program, "mailings", "resume", "1")
	})
	if byReader, all := issueMails(u.office); len(byReader) != upgradeReaders || all != upgradeReaders {
		t.Errorf("%d readers got %d mails, want %d", len(byReader), all, upgradeReaders)
	}
	if signed := u.column(`SELECT signature.hash FROM signature JOIN proof ON proof.id = signature.proof
		WHERE proof.hash = signature.hash AND proof.voided IS NULL AND issue = 1`); len(signed) != 1 {
		t.Errorf("%d signatures stand", len(signed))
	}
	u.verifyLog()
}

// What is in people's hands keeps its bytes: an address, a link or a Message-ID that an
// earlier version computed is the one that this version computes.
func TestUpgrade_HandlesKeepTheirBytes(t *testing.T) {
	secret, err := token.NewSecret([]byte(strings.Repeat("no secret at all ", 3)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		purpose token.Purpose
		want    string
	}{
		{token.Decision, "i42-u27f6lnrzdmooa5ytzi5prrvjq"},
		{token.Queue, "j42-52d4d7gfictodv33lx6p4r4lvy"},
		{token.Plan, "n42-4m4nd6flf6cukcvhy47kwofcuq"},
		{token.Outcome, "o42-4xyyxvnlles6hkzjitvgkcywwm"},
		{token.Proof, "p42-p43emzfd5pdvmeaeibifxqyvre"},
		{token.Receipt, "r42-cpnrcfew6xzzzs3xx5abrpsonu"},
		{token.Challenge, "c42-upbvscygkue5qi4jjpmtogwynm"},
		{token.Unsubscribe, "u42-eswmnubxrjqzogyysn4a63l3im"},
		{token.Delivery, "d42-32x4zfohlcr7vsup5er4gackem"},
		{token.Letter, "l42-mheefija7hbtl3ia6tqupnasxy"},
		{token.Bounce, "b42-c6qt5fg5ourgm24fdmrkmqgscu"},
		{token.LetterPath, "q42-d2ng3el4mmuch2dqxbvpehvj6e"},
		{token.SignIn, "s42-mwx7hueumyaz7iei6ihe54ttwy"},
	} {
		if got := secret.Handle(c.purpose, 42, "Elise@Reseau.example", "hash1", "hash2").String(); got != c.want {
			t.Errorf("handle of purpose %c: %s, want %s", c.purpose, got, c.want)
		}
	}
	if got, want := secret.Handle(token.Proof, 7, "elise@reseau.example").Subject(), "[IL-p7-wek4iw62]"; got != want {
		t.Errorf("subject form: %s, want %s", got, want)
	}
}

var fixtureFile = flag.String("fixture", "", "write a new fixture of TestUpgrade to this file (.tar.gz)")

// upgradeReaders is the number of subscribers in the fixture.
const upgradeReaders = 300

// fixtureFacts is facts.json of the fixture: what the version that made it knows.
type fixtureFacts struct {
	Mails    []fixtureMail `json:"mails"`    // accepted by the relay, in order
	Settled  int           `json:"settled"`  // outcomes that only the journal has
	Released int           `json:"released"` // claimed, certainly not sent
	InDoubt  []string      `json:"in_doubt"` // readers whose mail was begun without an outcome
}

type fixtureMail struct {
	From string        `json:"from"` // the return path
	To   string        `json:"to"`
	Kind delivery.Kind `json:"kind"`
	ID   string        `json:"id"`
	File string        `json:"file,omitempty"` // the whole mail, where it is kept
}

// fixtureRelay answers the daemon's relay commands for the fixture.
type fixtureRelay struct {
	mu      sync.Mutex
	seen    map[string]int // recipients offered
	data    int            // issue mails whose content arrived
	from    int            // hold connections from this mail on
	held    int            // connections that wait
	release chan struct{}  // lets half of the connections go on
	killed  chan struct{}
	kill    func()
	busy    bool // letters to Solène are deferred
}

func (r *fixtureRelay) answer(point, rcpt string) error {
	r.mu.Lock()
	r.seen[point+rcpt]++
	n := r.seen[point+rcpt]
	busy := r.busy
	reader := strings.HasPrefix(rcpt, "lectrice")
	if reader && point == "data" {
		r.data++
	}
	hold := reader && point == "data" && r.from > 0 && r.data >= r.from
	if hold {
		r.held++
	}
	held := r.held
	release, killed, kill := r.release, r.killed, r.kill
	r.mu.Unlock()
	switch {
	case point == "rcpt" && reader && strings.Contains(rcpt, "7@") && n == 1:
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted, try again later"}
	case point == "rcpt" && strings.HasPrefix(rcpt, "lectrice5@"):
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "User unknown"}
	case point == "rcpt" && rcpt == solene && busy:
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Busy, try again later"}
	case point == "rcpt" && rcpt == elise && busy && killed != nil && r.isHolding():
		<-killed // a letter that is claimed and not begun
		return localmail.ErrDrop
	case !hold:
		return nil
	case held <= connections/2:
		<-killed // this mail is accepted, and the daemon never learns of it
		return nil
	case held <= connections:
		<-release
	case held == connections+14:
		kill()
	}
	select {
	case <-killed:
		if held%2 == 1 {
			return localmail.ErrDrop // not accepted
		}
	default:
	}
	return nil
}

func (r *fixtureRelay) isHolding() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.from > 0 && r.data >= r.from
}

// TestUpgrade_MakeFixture writes a fixture of this version; see testdata/upgrade/README.md.
func TestUpgrade_MakeFixture(t *testing.T) {
	if *fixtureFile == "" {
		t.Skip("only with -fixture FILE")
	}
	relay := &fixtureRelay{seen: map[string]int{}, killed: make(chan struct{})}
	s := &sink{answer: relay.answer}
	o, program := signedIssue(t, s, upgradeReaders)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	contribute := func(id, date, subject, text string) {
		t.Helper()
		must(o.post(nadia, demo.NewsletterAddress, []byte("From: "+nadia+"\nTo: "+demo.NewsletterAddress+"\nDate: "+date+"\nMessage-ID: <"+id+
			"@cite-rouen.example>\nSubject: "+subject+"\nContent-Type: text/plain; charset=utf-8\n\n"+text+"\n"), true))
	}

	// A request that nobody answers, and a copy of the eve of the sending.
	day, err := o.serve(t.Context(), program, "2018-02-13T09:00:00+01:00")
	must(err)
	contribute("atelier", "Tue, 13 Feb 2018 09:00:00 +0100", "Un atelier de soudure",
		"La Cité des métiers de Rouen ouvre un atelier de soudure, le 22 mars 2018 à Rouen.")
	_, err = o.wait(t.Context(), marco, delivery.KindRequest, 2)
	must(err)
	must(day.settle(t.Context()))
	must(day.stop())
	o.must(t, program, "log", "verify")
	o.must(t, program, "backup", "eve.db")

	// Killed once, with answers under way; the next run takes that up.
	run := func(clock string, from int, before func(daemon *running)) {
		t.Helper()
		daemon, err := o.serve(t.Context(), program, clock)
		must(err)
		relay.mu.Lock()
		relay.held, relay.release, relay.killed = 0, make(chan struct{}), make(chan struct{})
		relay.kill = sync.OnceFunc(func() {
			daemon.cmd.Process.Kill()
			<-daemon.exited
			close(relay.killed)
		})
		relay.from = relay.data + from
		relay.mu.Unlock()
		for give := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
			relay.mu.Lock()
			held := relay.held
			relay.mu.Unlock()
			if held == connections {
				break
			}
			if time.Now().After(give) {
				t.Fatalf("%d connections are held; log: %s", held, daemon.log)
			}
		}
		before(daemon)
		time.Sleep(time.Second) // the store takes what ended so far
		close(relay.release)
		select {
		case <-daemon.exited:
		case <-time.After(patience):
			t.Fatalf("not killed; log: %s", daemon.log)
		}
		time.Sleep(time.Second) // the relay keeps what it accepted
	}
	run(sendingHour(0), 40, func(*running) {})
	relay.mu.Lock()
	relay.busy = true
	relay.mu.Unlock()
	run(sendingHour(30), 60, func(*running) {
		for _, d := range o.mail.Mails() {
			if strings.HasPrefix(string(d.To), "lectrice") {
				bounceTo(t, o, d.From, string(d.To), "")
				break
			}
		}
		contribute("don", "Fri, 16 Feb 2018 09:30:00 +0100", "Un don de machines", "La Cité des métiers de Rouen reçoit un don de machines.")
		for give := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
			inbox, err := o.mail.Folder(t.Context(), demo.NewsletterAddress, "INBOX")
			must(err)
			if len(inbox) == 0 {
				break
			}
			if time.Now().After(give) {
				t.Fatal("the inbox is not empty")
			}
		}
		time.Sleep(time.Second)
		db, err := sql.Open("sqlite", filepath.Join(o.dir, "data", sqlite.FileName))
		must(err)
		_, err = db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`) // so that the write-ahead log is small
		must(errors.Join(err, db.Close()))
	})
	must(writeFixture(t, o, *fixtureFile))
}

// bounceTo posts a delivery report on a mail to a reader to this address; returned are header
// fields of the mail that came back, if any.
func bounceTo(t *testing.T, o *office, path, reader, returned string) {
	t.Helper()
	raw := "From: Mail Delivery System <MAILER-DAEMON@mx.left.example>\nTo: " + path + "\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n" +
		"Date: Fri, 16 Feb 2018 09:30:00 +0100\nMessage-ID: <report." + reader + ">\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nThis is the mail system at host mx.left.example.\n\n" +
		"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.left.example\n\nFinal-Recipient: rfc822; " + reader +
		"\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n\n"
	if returned != "" {
		raw += "--b\nContent-Type: text/rfc822-headers\n\n" + returned + "Subject: (returned)\n\n"
	}
	raw += "--b--\n"
	if err := o.post("", path, []byte(raw), false); err != nil {
		t.Fatal(err)
	}
}

// writeFixture packs the office: its configuration and secrets, its data folder, the
// copy of the eve, and what the relay accepted.
func writeFixture(t *testing.T, o *office, file string) error {
	t.Helper()
	var facts fixtureFacts
	files := map[string][]byte{}
	kept := map[delivery.Kind]int{}
	for i, d := range o.mail.Mails() {
		head, _, _ := strings.Cut(string(d.Raw), "\r\n\r\n")
		field := func(name string) string {
			_, after, _ := strings.Cut(head, "\r\n"+name+": ")
			value, _, _ := strings.Cut(after, "\r\n")
			return strings.Trim(value, "<>")
		}
		m := fixtureMail{From: d.From, To: string(d.To), Kind: delivery.Kind(field(delivery.KindField)), ID: field("Message-ID")}
		if m.Kind == "" {
			continue // to the newsletter
		}
		if kept[m.Kind]++; m.Kind != delivery.KindIssue || kept[m.Kind] <= 4 {
			m.File = fmt.Sprintf("mails/%03d.eml", i)
			files[m.File] = d.Raw
		}
		for j, earlier := range facts.Mails { // the latest of a kind to a person is enough
			if m.Kind == earlier.Kind && m.To == earlier.To && earlier.File != "" {
				delete(files, earlier.File)
				facts.Mails[j].File = ""
			}
		}
		facts.Mails = append(facts.Mails, m)
	}
	for _, pattern := range []string{"infolettre.toml", "password", "secret", "eve.db", "data/*.db", "data/*.db-wal", "data/journal.*"} {
		paths, err := filepath.Glob(filepath.Join(o.dir, pattern))
		if err != nil {
			return err
		}
		for _, path := range paths {
			name, err := filepath.Rel(o.dir, path)
			if err != nil {
				return err
			}
			if files[filepath.ToSlash(name)], err = os.ReadFile(path); err != nil {
				return err
			}
		}
	}

	// What this version itself takes up, from a copy.
	dir := t.TempDir()
	for name, raw := range files {
		if rest, ok := strings.CutPrefix(name, "data/"); ok {
			if err := os.WriteFile(filepath.Join(dir, rest), raw, 0o600); err != nil {
				return err
			}
		}
	}
	store, err := sqlite.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	now, _ := time.Parse(time.RFC3339, sendingHour(59))
	left, err := store.Ledger().Recover(t.Context(), now)
	if err != nil {
		return err
	}
	if err := store.Close(); err != nil {
		return err
	}
	facts.Settled, facts.Released = left.Settled, left.Released
	db, err := sql.Open("sqlite", filepath.Join(dir, sqlite.FileName))
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.Query(`SELECT address FROM attempt JOIN delivery ON delivery.id = attempt.mail JOIN person ON person.id = delivery.person
		WHERE attempt.class = 'delivery' AND attempt.state = 'in_doubt' AND attempt.at = ?`, now.UnixMilli())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var who string
		if err := rows.Scan(&who); err != nil {
			return err
		}
		facts.InDoubt = append(facts.InDoubt, who)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	slices.Sort(facts.InDoubt)
	t.Logf("%+v, in doubt: %v, %d mails", left, facts.InDoubt, len(facts.Mails))
	if files["facts.json"], err = json.MarshalIndent(facts, "", "\t"); err != nil {
		return err
	}
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	pack := tar.NewWriter(zip)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := pack.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(files[name]))}); err != nil {
			return err
		}
		if _, err := pack.Write(files[name]); err != nil {
			return err
		}
	}
	if err := pack.Close(); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}
