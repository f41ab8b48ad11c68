package programtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
)

// connections of the daemon to its relay, by the configuration's default.
const connections = 8

// sink watches, and may disturb, the issue's mails as the relay takes them.
type sink struct {
	accepted atomic.Int64 // issue mails to subscribers that the relay is about to accept
	mu       sync.Mutex
	disturb  func(point string, n int64)    // may be nil
	answer   func(point, rcpt string) error // may be nil; set before anything is sent
}

// mind makes the sink call f at each step of each mail of the issue: at "rcpt",
// when its content may follow, and at "data", when it was received and the
// relay has not answered yet. n is how many were received before, or with, it.
func (s *sink) mind(f func(point string, n int64)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disturb = f
}

func (s *sink) at(point, rcpt string, n int64) {
	if !strings.HasPrefix(rcpt, "lectrice") {
		return
	}
	s.mu.Lock()
	f := s.disturb
	s.mu.Unlock()
	if f != nil {
		f(point, n)
	}
}

func (s *sink) faults(o *localmail.Options) {
	o.OnRcpt = func(_, rcpt string) error {
		s.at("rcpt", rcpt, s.accepted.Load())
		return s.reply("rcpt", rcpt)
	}
	o.OnData = func(_, rcpt string) error {
		if strings.HasPrefix(rcpt, "lectrice") {
			s.at("data", rcpt, s.accepted.Add(1))
		}
		return s.reply("data", rcpt)
	}
}

func (s *sink) reply(point, rcpt string) error {
	if s.answer == nil {
		return nil
	}
	return s.answer(point, rcpt)
}

// signedIssue brings an office to the eve of the sending: readers are imported,
// an item is approved by reply, the issue closed and its proof signed by reply.
func signedIssue(t *testing.T, s *sink, readers int) (*office, string) {
	t.Helper()
	if testing.Short() {
		t.Skip("not under -short")
	}
	program := binary(t)
	o, err := newOffice(t.TempDir(), s.faults, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.mail.Close() })
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var csv strings.Builder
	fmt.Fprintf(&csv, "email,name,centre,language,tags,consent\n%s,Nadia Berthier,,fr,contact,formulaire 2017\n", nadia)
	for i := range readers {
		fmt.Fprintf(&csv, "lectrice%d@reseau%d.example,Lectrice %d,,%s,membre,formulaire 2017\n", i, i%7, i, []string{"fr", "en", ""}[i%3])
	}
	_, err = o.infolettre(ctx, program, strings.NewReader(csv.String()), "subscribers", "import", "-")
	must(err)

	day, err := o.serve(ctx, program, "2018-01-25T08:00:00+01:00")
	must(err)
	must(o.post(nadia, demo.NewsletterAddress, []byte("From: "+nadia+"\nTo: "+demo.NewsletterAddress+
		"\nDate: Thu, 25 Jan 2018 08:00:00 +0100\nMessage-ID: <forum@cite-rouen.example>\nSubject: Un forum des métiers\n"+
		"Content-Type: text/plain; charset=utf-8\n\nLa Cité des métiers de Rouen ouvre un forum des métiers de la mer.\n"), true))
	request, err := o.wait(ctx, marco, delivery.KindRequest, 1)
	must(err)
	must(o.answer(marco, request, "outlook", "YES", day.now()))
	_, err = o.wait(ctx, marco, delivery.KindOutcome, 1)
	must(err)
	must(day.stop())

	day, err = o.serve(ctx, program, "2018-02-12T09:00:01+01:00")
	must(err)
	proof, err := o.wait(ctx, elise, delivery.KindProof, 1)
	must(err)
	must(o.answer(elise, proof, "gmail", "Bon à tirer", day.now()))
	_, err = o.wait(ctx, elise, delivery.KindOutcome, 1)
	must(err)
	must(day.stop())
	return o, program
}

// sendingHour is when the daemon of these stories sends the issue, for the n-th
// time of being started: time goes on between two of them.
func sendingHour(n int) string { return fmt.Sprintf("2018-02-16T09:%02d:01+01:00", n) }

// issueMails are those that the readers got, by reader, as Message-IDs.
func issueMails(o *office) (byReader map[string][]string, all int) {
	byReader = map[string][]string{}
	for _, d := range o.mail.Mails() {
		if strings.HasPrefix(string(d.To), "lectrice") && bytes.Contains(d.Raw, []byte(delivery.KindField+": issue\r\n")) {
			m, err := message.Read(d.Raw)
			if err != nil {
				panic(err)
			}
			byReader[string(d.To)] = append(byReader[string(d.To)], m.ID)
			all++
		}
	}
	return byReader, all
}

// mailingJSON is one of “mailings list --json”.
type mailingJSON struct {
	Kind       delivery.Kind         `json:"kind"`
	State      delivery.MailingState `json:"state"`
	Queued     int                   `json:"queued"`
	Sent       int                   `json:"sent"`
	Deferred   int                   `json:"deferred"`
	Failed     int                   `json:"failed"`
	Suppressed int                   `json:"suppressed"`
}

// issueMailing is how the mailing of the issue stands.
func issueMailing(t *testing.T, o *office, program string) mailingJSON {
	t.Helper()
	out, err := o.infolettre(t.Context(), program, nil, "mailings", "list", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var list []mailingJSON
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, m := range list {
		if m.Kind == delivery.KindIssue {
			return m
		}
	}
	t.Fatalf("no mailing of an issue in %s", out)
	return mailingJSON{}
}

var doubtLine = regexp.MustCompile(`msg="recovered after an unclean stop".* in_doubt=(\d+)`)

// The sending process is killed five times within one mailing. Nobody is
// forgotten, and only those mails come twice whose content was under way, at
// most one for each connection and kill, under the same Message-ID.
func TestServe_KilledFiveTimesWithinOneMailing(t *testing.T) {
	t.Parallel()
	const readers = 300
	s := &sink{}
	o, program := signedIssue(t, s, readers)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	doubts, repeats, before := 0, 0, 0
	for kill, at := range []int64{30, 80, 140, 200, 260, 0} {
		daemon, err := o.serve(t.Context(), program, sendingHour(kill))
		if err != nil {
			t.Fatal(err)
		}
		var found int
		if m := doubtLine.FindStringSubmatch(daemon.log.String()); m != nil {
			found, _ = strconv.Atoi(m[1])
		}
		if found > connections {
			t.Errorf("after kill %d: %d mails in doubt on %d connections", kill, found, connections)
		}
		if kill == 0 && found != 0 {
			t.Errorf("%d mails in doubt before any kill", found)
		}
		doubts += found
		if at > 0 {
			at += random.Int64N(20)
			// The first three kills come before the relay answers for a mail it has
			// taken, so that there is something to repeat; the others anywhere.
			point := []string{"data", "data", "data", "rcpt", "any"}[kill]
			var once sync.Once
			s.mind(func(where string, n int64) {
				if n >= at && (where == point || point == "any") {
					once.Do(func() { daemon.cmd.Process.Kill(); <-daemon.exited })
				}
			})
			select {
			case <-daemon.exited:
			case <-time.After(patience):
				t.Fatalf("kill %d: %d mails only; log: %s", kill, s.accepted.Load(), daemon.log)
			}
			s.mind(nil)
		} else {
			if err := daemon.settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := daemon.stop(); err != nil {
				t.Error(err)
			}
		}
		byReader, all := issueMails(o)
		t.Logf("run %d: %d in doubt at its start, %d readers served, %d mails", kill, found, len(byReader), all)
		if got := all - len(byReader); got-repeats > found {
			t.Errorf("run %d repeated %d mails, and knew of %d in doubt", kill, got-repeats, found)
		} else {
			repeats = got
		}
		if len(byReader) < before {
			t.Errorf("mails are lost")
		}
		before = len(byReader)
	}

	byReader, _ := issueMails(o)
	for i := range readers {
		who := fmt.Sprintf("lectrice%d@reseau%d.example", i, i%7)
		ids := byReader[who]
		if len(ids) == 0 {
			t.Errorf("%s was forgotten", who)
		}
		for _, id := range ids {
			if id != ids[0] {
				t.Errorf("%s got %d mails under different Message-IDs: %v", who, len(ids), ids)
			}
		}
		if len(ids) > 1 {
			if n := o.why(t, program, who).Mailings[0].count(string(delivery.InDoubt)); n < len(ids)-1 {
				t.Errorf("%s got %d mails, and “why” tells of %d in doubt", who, len(ids), n)
			}
		}
	}
	if repeats > doubts || repeats > 5*connections {
		t.Errorf("%d repeats, %d were in doubt", repeats, doubts)
	}
	if repeats < 1 {
		t.Errorf("no mail was repeated, although three kills came before the relay's answer")
	}
	m := issueMailing(t, o, program)
	if m.State != "sent" || m.Sent != readers || m.Queued+m.Deferred+m.Failed+m.Suppressed != 0 {
		t.Errorf("the mailing stands at %+v", m)
	}
}

// Asked to end in the middle of a mailing, the daemon ends what is under way and
// no more; the next one sends the rest, and nothing comes twice.
func TestServe_StoppedWithinMailing(t *testing.T) {
	t.Parallel()
	const readers = 120
	s := &sink{}
	o, program := signedIssue(t, s, readers)
	daemon, err := o.serve(t.Context(), program, sendingHour(0))
	if err != nil {
		t.Fatal(err)
	}
	stopping := make(chan error)
	var once sync.Once
	s.mind(func(where string, n int64) {
		if where == "data" && n >= 50 {
			once.Do(func() {
				go func() { stopping <- daemon.stop() }()
				// The daemon is told while this mail waits for its answer.
				time.Sleep(300 * time.Millisecond)
			})
		}
	})
	select {
	case err := <-stopping:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(patience):
		t.Fatalf("only %d mails; log: %s", s.accepted.Load(), daemon.log)
	}
	s.mind(nil)
	if byReader, all := issueMails(o); all != len(byReader) || all == readers {
		t.Errorf("%d readers, %d mails of %d when stopped", len(byReader), all, readers)
	}

	daemon, err = o.serve(t.Context(), program, sendingHour(1))
	if err != nil {
		t.Fatal(err)
	}
	if doubtLine.MatchString(daemon.log.String()) {
		t.Errorf("a clean stop left something to take up: %s", daemon.log)
	}
	if err := daemon.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := daemon.stop(); err != nil {
		t.Error(err)
	}
	if byReader, all := issueMails(o); all != readers || len(byReader) != readers {
		t.Errorf("%d readers got %d mails, want %d", len(byReader), all, readers)
	}
}

// A relay that never answers does not keep the daemon from ending.
func TestServe_StoppedWhileRelayHangs(t *testing.T) {
	t.Parallel()
	s := &sink{}
	o, program := signedIssue(t, s, 20)
	daemon, err := o.serve(t.Context(), program, sendingHour(0))
	if err != nil {
		t.Fatal(err)
	}
	release, reached := make(chan struct{}), make(chan struct{})
	defer close(release)
	var once sync.Once
	s.mind(func(where string, n int64) {
		if where == "data" && n >= 10 {
			once.Do(func() { close(reached) })
			<-release
		}
	})
	select {
	case <-reached:
	case <-time.After(patience):
		t.Fatalf("only %d mails; log: %s", s.accepted.Load(), daemon.log)
	}
	if err := daemon.stop(); err != nil {
		t.Error(err)
	}
}

// Killed when a mail was stored and is not filed away yet, and again when the
// relay has taken a letter and not answered yet, the daemon takes in the mail
// once, and repeats that letter alone, byte for byte.
func TestServe_KilledWhileReceivingAndAnswering(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("not under -short")
	}
	program := binary(t)
	var kills atomic.Int64
	started := make(chan *running, 1)
	kill := func(after int64) {
		if kills.Load() == after {
			daemon := <-started
			daemon.cmd.Process.Kill()
			<-daemon.exited
			kills.Add(1)
		}
	}
	o, err := newOffice(t.TempDir(), func(host *localmail.Options) {
		host.OnCommand = func(name string) error {
			if name == "MOVE" {
				kill(0)
			}
			return nil
		}
		host.OnMail = func(from string) error {
			if from != nadia && kills.Load() == 0 {
				return localmail.ErrDrop // no letter goes out before the first kill
			}
			return nil
		}
		host.OnData = func(_, rcpt string) error {
			if rcpt == solene {
				kill(1)
			}
			return nil
		}
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer o.mail.Close()
	csv := "email,name,centre,language,tags,consent\n" + nadia + ",Nadia,,fr,contact,formulaire 2017\n"
	if _, err := o.infolettre(t.Context(), program, strings.NewReader(csv), "subscribers", "import", "-"); err != nil {
		t.Fatal(err)
	}
	if err := o.post(nadia, demo.NewsletterAddress, []byte("From: "+nadia+"\nTo: "+demo.NewsletterAddress+"\nSubject: Un forum\n\nUne nouvelle.\n"), true); err != nil {
		t.Fatal(err)
	}
	for run := range 2 {
		daemon, err := o.serve(t.Context(), program, fmt.Sprintf("2018-01-25T08:%02d:00+01:00", run))
		if daemon == nil {
			t.Fatal(err)
		}
		started <- daemon
		select {
		case <-daemon.exited:
		case <-time.After(patience):
			t.Fatalf("not killed; log: %s", daemon.log)
		}
	}
	daemon, err := o.serve(t.Context(), program, "2018-01-25T08:02:00+01:00")
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := daemon.stop(); err != nil {
		t.Fatal(err)
	}
	if m := doubtLine.FindStringSubmatch(daemon.log.String()); m == nil || m[1] == "0" {
		t.Errorf("the letter under way was not known to be in doubt: %s", daemon.log)
	}
	items, err := o.infolettre(t.Context(), program, nil, "items", "list", "--json")
	if err != nil || strings.Count(items, `"id"`) != 1 {
		t.Errorf("%v: %s", err, items)
	}
	if log, err := o.infolettre(t.Context(), program, nil, "log", "verify"); err != nil {
		t.Errorf("%v: %s", err, log)
	}
	repeats := map[message.Address][]string{}
	for _, d := range o.mail.Mails() {
		if d.User == demo.NewsletterAddress {
			_, written, _ := strings.Cut(string(d.Raw), "\r\nFrom: ") // below the trace fields
			repeats[d.To] = append(repeats[d.To], written)
		}
	}
	for _, who := range []message.Address{elise, marco, solene, nadia} {
		for _, written := range repeats[who] {
			if written != repeats[who][0] {
				t.Errorf("%s got two mails that differ:\n%s\n%s", who, repeats[who][0], written)
			}
		}
		switch n := len(repeats[who]); {
		case n == 0:
			t.Errorf("%s got nothing:%s", who, summary(o.mail))
		case who == solene && n != 2:
			t.Errorf("%s got %d mails, want the repeated one", who, n)
		case n > 2:
			t.Errorf("%s got %d mails", who, n)
		}
	}
}
