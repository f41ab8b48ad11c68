package delivery_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/relay"
	"infolettre/internal/schedule"
	"infolettre/internal/sqlite"
)

// scenario is one run of the property: a store, a faulty relay, and a sender that is
// started, stopped and killed.
type scenario struct {
	t      *rapid.T
	dirs   []string
	store  *sqlite.Store
	db     *sql.DB
	ledger *checkedLedger
	counts *counts
	relay  *faultyRelay
	clock  *schedule.Stepped
	sender *delivery.Sender
	stop   func() error // nil while the sender does not run
	log    *logTail

	mu           sync.Mutex
	unsubscribed map[audience.ID]bool
	people       map[string]audience.ID // by mailName
	perDomain    map[string]float64
}

// logTail keeps the last lines that were logged.
type logTail struct {
	mu    sync.Mutex
	lines []string
}

func (l *logTail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(p))
	if len(l.lines) > 40 {
		l.lines = l.lines[1:]
	}
	return len(p), nil
}

func (l *logTail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "")
}

// storeTemplate returns a folder with a store that holds tables and people. Each run
// copies it.
func storeTemplate(t *testing.T, people int) string {
	t.Helper()
	dir := t.TempDir()
	store, err := sqlite.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var list []audience.Subscriber
	for i := range people {
		tags := []string{"m"}
		if i%3 == 0 {
			tags = append(tags, "r")
		}
		list = append(list, audience.Subscriber{Address: message.Address(fmt.Sprintf("p%d@d%d.example", i+1, i%4)), Tags: tags, Consent: "form"})
	}
	if _, err := store.ImportPeople(t.Context(), audience.Import{People: list, Columns: []string{"email", "tags"}}, noon); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (w *scenario) must(err error) {
	if err != nil {
		w.t.Helper()
		w.t.Fatal(err)
	}
}

// copyStore returns a new folder with a copy of the store's files.
func (w *scenario) copyStore(from string) string {
	dir, err := os.MkdirTemp("", "infolettre-world-")
	w.must(err)
	w.dirs = append(w.dirs, dir)
	for _, name := range []string{sqlite.FileName, sqlite.FileName + "-wal", "journal.0", "journal.1"} {
		all, err := os.ReadFile(filepath.Join(from, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		w.must(err)
		w.must(os.WriteFile(filepath.Join(dir, name), all, 0o600))
	}
	return dir
}

// open opens the store as a new process does.
func (w *scenario) open(dir string) sqlite.Recovered {
	w.log = &logTail{}
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	w.store, err = sqlite.Open(context.Background(), dir, log)
	w.must(err)
	w.db, err = sql.Open("sqlite", "file:"+filepath.Join(dir, sqlite.FileName)+"?_pragma=busy_timeout(10000)")
	w.must(err)
	got, err := w.store.Ledger().Recover(context.Background(), w.clock.Now())
	w.must(err)
	w.ledger = newCheckedLedger(w.store.Ledger(), w.db, w.counts)
	out, err := relay.New(relay.Options{
		URL: &url.URL{Scheme: "smtp", Host: w.relay.ln.Addr().String()}, Log: log, Hello: "test.example",
		DialTimeout: time.Second, CommandTimeout: 150 * time.Millisecond, SubmissionTimeout: 150 * time.Millisecond,
	})
	w.must(err)
	w.sender = delivery.NewSender(delivery.Options{
		Connections: 3, PerDomain: w.perDomain, Drain: 5 * time.Second, Backoff: time.Microsecond, Clock: w.clock, Log: log,
	}, w.ledger, printer{}, dialer{out})
	return got
}

// printer names the mail in its return path.
type printer struct{}

func (printer) RenderJob(_ context.Context, p delivery.Job, _ []byte) (string, []byte, error) {
	return mailName(p) + "@cites.example", fmt.Appendf(nil, "From: infolettre@cites.example\r\nMessage-ID: <%s@cites.example>\r\n\r\nx\r\n", mailName(p)), nil
}

func (printer) ReturnPath(p delivery.Job) string { return mailName(p) + "@own.example" }

func (w *scenario) run() {
	if w.stop != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	sender := w.sender
	go func() { done <- sender.Run(ctx) }()
	w.stop = func() error {
		cancel()
		return <-done
	}
}

// halt stops the sender as SIGTERM does, and asserts that nothing stays claimed.
func (w *scenario) halt() {
	if w.stop == nil {
		return
	}
	w.must(w.stop())
	w.stop = nil
	if n := w.count(`SELECT (SELECT count(*) FROM delivery WHERE state = 'claimed') + (SELECT count(*) FROM letter WHERE state = 'claimed')`); n != 0 {
		w.t.Fatalf("%d mails are claimed after a clean stop", n)
	}
}

// kill simulates the kill of the process, and opens the store as it was then.
func (w *scenario) kill() {
	var dir string
	var begun int
	w.ledger.kill(func(n int) { begun, dir = n, w.copyStore(w.dirs[len(w.dirs)-1]) })
	if w.stop != nil {
		w.stop() // the simulated process was killed: its error means nothing
		w.stop = nil
	}
	w.checkViolations()
	w.close()
	got := w.open(dir)
	if got.MaybeSent != begun || begun > 3 {
		w.t.Fatalf("%d mails are in doubt on 3 connections, %d began", got.MaybeSent, begun)
	}
	if n := w.count(`SELECT (SELECT count(*) FROM delivery WHERE state = 'claimed') + (SELECT count(*) FROM letter WHERE state = 'claimed')`); n != 0 {
		w.t.Fatalf("%d mails are claimed after a start", n)
	}
}

func (w *scenario) close() {
	w.must(w.db.Close())
	w.must(w.store.Close())
}

// checkViolations fails if the ledger or the relay saw a violation.
func (w *scenario) checkViolations() {
	w.relay.mu.Lock()
	wrong := append(w.ledger.errors(), w.relay.violations...)
	w.relay.mu.Unlock()
	if len(wrong) > 0 {
		w.t.Fatalf("%s", strings.Join(wrong, "\n"))
	}
}

func (w *scenario) count(query string, args ...any) (n int) {
	w.must(w.db.QueryRow(query, args...).Scan(&n))
	return n
}

func (w *scenario) write(changes ...newsroom.Change) {
	w.must(w.store.Write(context.Background(), func(newsroom.View) (newsroom.Effects, error) { return changes, nil }))
}

// createMailing adds a mailing and records the reader of each mail.
func (w *scenario) createMailing(id delivery.MailingID, kind delivery.Kind, tag string) {
	now := w.clock.Now()
	w.write(newsroom.CreateMailing{
		Mailing: delivery.Mailing{ID: id, Kind: kind, Key: fmt.Sprint(id), Issue: int64(id), Created: now, Expires: now.Add(delivery.IssueLife),
			Segments: []audience.Segment{{Any: []string{tag}}}},
		Editions: []issue.Edition{{Language: "fr", Images: []string{}}},
	})
	rows, err := w.db.Query(`SELECT id, person FROM delivery WHERE mailing = ?`, id)
	w.must(err)
	defer rows.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for rows.Next() {
		var mail int64
		var person audience.ID
		w.must(rows.Scan(&mail, &person))
		w.people[fmt.Sprintf("delivery-%d", mail)] = person
	}
	w.must(rows.Err())
}

// settle waits until every due job was tried.
func (w *scenario) settle() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := w.sender.WaitIdle(ctx); err != nil {
		w.checkViolations()
		w.t.Fatalf("settle: %v; the log:\n%s", err, w.log)
	}
}

// until waits for the n-th command to the relay, or until nothing is due.
func (w *scenario) until(n int) {
	if n == 0 || w.stop == nil {
		return
	}
	reached := w.relay.after(n)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	rest := make(chan error, 1)
	go func() { rest <- w.sender.WaitIdle(ctx) }()
	select {
	case <-reached:
		cancel()
		<-rest
	case err := <-rest:
		w.must(err)
	}
}

// advance steps the business clock through everything that falls due.
func (w *scenario) advance(until time.Time) {
	for {
		w.settle()
		next, any, err := w.ledger.NextDue(context.Background())
		w.must(err)
		if !any || next.After(until) {
			w.clock.Set(until)
			w.settle()
			return
		}
		w.clock.Set(next)
	}
}

// jobRow is the final record of a mail.
type jobRow struct {
	class, state, reply      string
	id                       int64
	attempts, doubtful, code int
	doubts, deferred         int
}

func (w *scenario) jobRows() (all []jobRow) {
	const columns = `state, reply, id, attempts, maybe_sent, code,
		(SELECT count(*) FROM attempt WHERE class = '%[1]s' AND mail = %[1]s.id AND state = 'in_doubt'),
		(SELECT count(*) FROM attempt WHERE class = '%[1]s' AND mail = %[1]s.id AND state = 'deferred') FROM %[1]s`
	read := func(class string) {
		rows, err := w.db.Query(fmt.Sprintf(`SELECT `+columns, class))
		w.must(err)
		defer rows.Close()
		for rows.Next() {
			r := jobRow{class: class}
			w.must(rows.Scan(&r.state, &r.reply, &r.id, &r.attempts, &r.doubtful, &r.code, &r.doubts, &r.deferred))
			all = append(all, r)
		}
		w.must(rows.Err())
	}
	read("letter")
	read("delivery")
	return all
}

// checkOutcomes asserts what holds when every mail has its outcome.
func (w *scenario) checkOutcomes() {
	w.checkViolations()
	w.relay.mu.Lock()
	defer w.relay.mu.Unlock()
	for _, r := range w.jobRows() {
		mail := r.class + "-" + strconv.FormatInt(r.id, 10)
		saw := w.relay.of(mail)
		wrong := func(format string, args ...any) {
			w.t.Errorf("%s: %s; it is %+v; the relay saw %+v", mail, fmt.Sprintf(format, args...), r, *saw)
		}
		attempted := 0
		switch delivery.State(r.state) {
		case delivery.Sent:
			attempted = 1
			if saw.accepted == 0 {
				wrong("it is sent, and was never accepted")
			}
		case delivery.Failed:
			expired := strings.HasPrefix(r.reply, "expired: ")
			if !expired && (r.code != 0 || r.doubts == 0) { // otherwise its last attempt was in doubt
				attempted = 1
			}
			switch {
			case expired:
			case r.code/100 == 5 && saw.refuse == 0:
				wrong("it failed, and was never refused")
			case r.code/100 != 5 && r.doubts < 3 && r.code/100 != 4:
				wrong("it failed without a reason")
			}
			if saw.accepted > r.doubts {
				wrong("it failed, and was accepted without being in doubt")
			}
		case delivery.Suppressed:
			if !w.unsubscribed[w.people[mail]] {
				wrong("it is suppressed, and its reader did not unsubscribe")
			}
		case delivery.Cancelled:
		default:
			wrong("it has no final state")
		}
		if saw.accepted > 1+r.doubts {
			wrong("it was accepted %d times, in doubt %d times", saw.accepted, r.doubts)
		}
		if r.doubtful != r.doubts {
			wrong("its number of doubts is wrong")
		}
		if r.attempts != r.doubts+r.deferred+attempted {
			wrong("its number of attempts is wrong")
		}
		if most := saw.temporary + saw.refuse + saw.accepted + r.doubts; r.attempts > most {
			wrong("%d attempts count, and the relay saw at most %d", r.attempts, most)
		}
	}
	rows, err := w.db.Query(`SELECT id, state, size, (SELECT sum(settled) FROM throughput WHERE mailing = mailing.id) FROM mailing`)
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var id, size int
		var settled sql.NullInt64
		var state string
		w.must(rows.Scan(&id, &state, &size, &settled))
		if state != "sent" && state != "cancelled" {
			w.t.Errorf("mailing %d is %s at the end", id, state)
		}
		if state == "sent" && int(settled.Int64) != size {
			w.t.Errorf("mailing %d: %d settled in throughput, of %d", id, settled.Int64, size)
		}
	}
	w.must(rows.Err())
}

// Whatever the relay does, and whatever happens to the sender and to the mailings: only
// a mail in doubt is accepted twice, a mail recorded as sent was accepted, every mail gets
// a final state, and failures of the relay count against nobody.
//
// It takes about 30 s alone: a hundred random scenarios, each with a real store and relay,
// and with replies that never come.
func TestSender_LedgerAgreesWithFaultyRelay(t *testing.T) {
	t.Parallel()
	const people = 14
	base := storeTemplate(t, people)
	rapid.Check(t, func(t *rapid.T) {
		b := behaviour{
			Percent:          rapid.SampledFrom([]int{0, 3, 10, 25}).Draw(t, "percent"),
			MaxConnections:   rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "connections"),
			Pipelining:       rapid.Bool().Draw(t, "pipelining"),
			AcceptsEmptyData: rapid.Bool().Draw(t, "accepts empty data"),
		}
		for _, way := range actions {
			if rapid.Bool().Draw(t, string(way)) {
				b.Actions = append(b.Actions, way)
			}
		}
		w := &scenario{
			t: t, clock: schedule.NewStepped(noon), unsubscribed: map[audience.ID]bool{}, people: map[string]audience.ID{},
			counts:    &counts{begins: map[string]int{}},
			perDomain: rapid.SampledFrom([]map[string]float64{nil, {"*": 5}, {"d1.example": 0.5}}).Draw(t, "rates"),
		}
		var err error
		w.relay, err = newFaultyRelay(b, rapid.Uint64().Draw(t, "seed"))
		w.must(err)
		defer func() {
			if w.stop != nil {
				w.stop()
			}
			w.relay.close()
			for _, dir := range w.dirs {
				os.RemoveAll(dir)
			}
		}()
		w.relay.began = func(mail string) int {
			w.counts.mu.Lock()
			defer w.counts.mu.Unlock()
			return w.counts.begins[mail]
		}
		w.relay.unsubscribed = func(mail string) bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.unsubscribed[w.people[mail]]
		}
		w.open(w.copyStore(base))
		defer func() { w.close() }()
		w.createMailing(1, delivery.KindIssue, "m")
		letters, mailings := int64(0), delivery.MailingID(1)

		actions := map[string]func(){
			"run":  w.run,
			"halt": w.halt,
			"kill": w.kill,
			"rest": func() {
				if w.stop != nil {
					w.settle()
				}
			},
			"an hour passes": func() {
				if w.stop != nil {
					w.advance(w.clock.Now().Add(time.Hour))
				}
			},
			"ten minutes pass without sending": func() { w.clock.Set(w.clock.Now().Add(10 * time.Minute)) },
			"a reader unsubscribes": func() {
				id := audience.ID(rapid.IntRange(1, people).Draw(t, "who"))
				w.write(newsroom.Unsubscribe{Subscriber: id, At: w.clock.Now(), How: "link"})
				w.mu.Lock()
				defer w.mu.Unlock()
				w.unsubscribed[id] = true
			},
			"letters": func() {
				for range rapid.IntRange(1, 5).Draw(t, "letters") {
					letters++
					w.write(newsroom.QueueLetter{Letter: delivery.Letter{
						ID: delivery.LetterID(letters), Kind: delivery.KindNotice, Created: w.clock.Now(),
						To: message.Mailbox{Address: message.Address(fmt.Sprintf("l%d@d%d.example", letters, letters%4))},
					}})
				}
				w.sender.Wake()
			},
			"a reminder": func() {
				mailings++
				w.createMailing(mailings, delivery.KindReminder, "r")
				w.sender.Wake()
			},
			"a mailing is paused or resumed": func() {
				id := rapid.IntRange(1, int(mailings)).Draw(t, "mailing")
				_, err := w.db.Exec(`UPDATE mailing SET state = iif(state = 'paused', 'sending', 'paused') WHERE id = ? AND state IN ('sending', 'paused')`, id)
				w.must(err)
			},
			"a mailing is cancelled": func() {
				if rapid.IntRange(0, 3).Draw(t, "really") == 0 {
					id := rapid.IntRange(1, int(mailings)).Draw(t, "mailing")
					w.write(newsroom.CancelMailings{Issue: issue.ID(id), At: w.clock.Now()})
				}
			},
			"the connections are cut": w.relay.cut,
		}
		names := make([]string, 0, len(actions))
		for name := range actions {
			names = append(names, name)
		}
		sort.Strings(names)
		w.run()
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			w.until(rapid.SampledFrom([]int{0, 1, 3, 7, 20, 50}).Draw(t, "commands before"))
			actions[rapid.SampledFrom(names).Draw(t, "what")]()
		}

		// At the end the relay works, and time passes.
		w.relay.wellBehaved.Store(true)
		_, err = w.db.Exec(`UPDATE mailing SET state = 'sending' WHERE state = 'paused'`)
		w.must(err)
		w.run()
		w.sender.Wake()
		w.advance(w.clock.Now().Add(12 * time.Hour))
		w.halt()
		w.checkOutcomes()
	})
}
