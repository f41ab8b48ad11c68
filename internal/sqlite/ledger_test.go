package sqlite

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/intake"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// begun returns a store whose ledger has recovered.
func begun(t testing.TB) *Store {
	t.Helper()
	s := open(t)
	if _, err := s.Ledger().Recover(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	return s
}

// crashed returns the store as the next process finds it, with its files and journal.
func crashed(t testing.TB, s *Store) *Store {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{FileName, FileName + "-wal", "journal.0", "journal.1"} {
		all, err := os.ReadFile(filepath.Join(s.dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), all, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	next, err := Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { next.Close() })
	return next
}

func recovered(t testing.TB, s *Store) Recovered {
	t.Helper()
	r, err := s.Ledger().Recover(t.Context(), noon)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func begin(t testing.TB, s *Store, job delivery.Job) {
	t.Helper()
	if err := s.Ledger().Begin(t.Context(), job, 1, noon); err != nil {
		t.Fatal(err)
	}
}

func end(t testing.TB, s *Store, job delivery.Job, o delivery.Outcome) {
	t.Helper()
	if o.At.IsZero() {
		o.At = noon
	}
	if err := s.Ledger().End(t.Context(), job, o); err != nil {
		t.Fatal(err)
	}
}

func recheck(t testing.TB, s *Store, job delivery.Job, at time.Time) (delivery.Outcome, bool) {
	t.Helper()
	o, ok, err := s.Ledger().Recheck(t.Context(), job, at)
	if err != nil {
		t.Fatal(err)
	}
	return o, ok
}

func flush(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Ledger().Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func counts(t testing.TB, s *Store) map[delivery.State]int {
	t.Helper()
	m, err := s.Mailings(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return m[0].Count
}

// After a crash claimed mails are queued again; those that began without an outcome count as
// perhaps sent. Outcomes in the journal are committed.
func TestRecover_AfterACrash(t *testing.T) {
	s := begun(t)
	people(t, s, []string{"m"}, []string{"m"}, []string{"m"}, []string{"m"})
	freezeAll(t, s, 1, delivery.KindIssue)
	p := claim(t, s, noon, 4)
	begin(t, s, p[1])
	begin(t, s, p[2])
	end(t, s, p[2], delivery.Outcome{State: delivery.Sent, Code: 250, Reply: "2.0.0 queued\tas 7", Began: noon})
	begin(t, s, p[3])
	end(t, s, p[3], delivery.Outcome{State: delivery.Deferred, Next: noon.Add(time.Hour), Code: 451, Reply: "4.7.1 later", Began: noon})

	s = crashed(t, s)
	if r := recovered(t, s); r != (Recovered{Settled: 2, Released: 1, MaybeSent: 1}) {
		t.Fatalf("recovered %+v", r)
	}
	if c := counts(t, s); c[delivery.Sent] != 1 || c[delivery.Deferred] != 1 || c[delivery.Queued] != 2 {
		t.Errorf("states %v", c)
	}
	again := claim(t, s, noon, 4)
	if len(again) != 2 {
		t.Fatalf("claimed %+v", again)
	}
	for _, q := range again {
		if q.MaybeSent > 0 != (q.ID == p[1].ID) {
			t.Errorf("delivery %d has %d doubts", q.ID, q.MaybeSent)
		}
		end(t, s, q, delivery.Outcome{State: delivery.Sent})
	}
	for _, q := range claim(t, s, noon.Add(time.Hour), 4) {
		end(t, s, q, delivery.Outcome{State: delivery.Sent})
	}
	claim(t, s, noon.Add(time.Hour), 1)
	m, err := s.Mailings(t.Context())
	if err != nil || m[0].State != "sent" || m[0].Count[delivery.Sent] != 4 {
		t.Errorf("%+v, %v", m, err)
	}
	var reply string
	if err := s.r.QueryRow(`SELECT reply FROM delivery WHERE id = ?`, p[2].ID).Scan(&reply); err != nil || reply != "2.0.0 queued\tas 7" {
		t.Errorf("reply %q, %v", reply, err)
	}
}

// After a power cut the journal may be incomplete: every claimed mail counts as perhaps sent.
func TestRecover_AfterAPowerCut(t *testing.T) {
	s := begun(t)
	people(t, s, []string{"m"}, []string{"m"}, []string{"m"})
	freezeAll(t, s, 1, delivery.KindIssue)
	claim(t, s, noon, 2)
	if _, err := s.w.Exec(`UPDATE run SET boot = 'before'`); err != nil {
		t.Fatal(err)
	}
	s = crashed(t, s)
	if r := recovered(t, s); r != (Recovered{MaybeSent: 2}) {
		t.Fatalf("recovered %+v", r)
	}
	for _, p := range claim(t, s, noon, 3) {
		if p.MaybeSent != min(1, p.Attempts) {
			t.Errorf("%+v", p)
		}
	}
	if r := recovered(t, crashed(t, s)); r != (Recovered{Released: 3}) {
		t.Errorf("after a crash on the same boot: %+v", r)
	}
}

// An outcome is recorded once, and only for its own claim.
func TestFlush_OutcomeNeedsItsClaim(t *testing.T) {
	s := begun(t)
	people(t, s, []string{"m"})
	freezeAll(t, s, 1, delivery.KindIssue)
	p := claim(t, s, noon, 1)[0]
	end(t, s, p, delivery.Outcome{State: delivery.Sent})
	end(t, s, p, delivery.Outcome{State: delivery.Failed})
	flush(t, s)
	if c := counts(t, s); c[delivery.Sent] != 1 {
		t.Errorf("states %v", c)
	}
}

// A journal record of an earlier claim does not change the present one.
func TestRecover_IgnoresOutcomesOfEarlierClaims(t *testing.T) {
	s := begun(t)
	people(t, s, []string{"m"}, []string{"m"})
	freezeAll(t, s, 1, delivery.KindIssue)
	p := claim(t, s, noon, 2)
	for _, p := range p {
		begin(t, s, p)
	}
	end(t, s, p[0], delivery.Outcome{State: delivery.Deferred, Next: noon, Code: 451, Began: noon})
	end(t, s, p[1], delivery.Outcome{State: delivery.Queued, Code: 421, Began: noon})
	again := claim(t, s, noon, 2)
	end(t, s, p[1], delivery.Outcome{State: delivery.Sent, Code: 250, Began: noon}) // of the earlier claim
	flush(t, s)
	if len(again) != 2 || counts(t, s)[delivery.Claimed] != 2 {
		t.Fatalf("claimed %+v: %v", again, counts(t, s))
	}
	s = crashed(t, s)
	if r := recovered(t, s); r != (Recovered{Released: 2}) {
		t.Errorf("recovered %+v", r)
	}
	for _, q := range claim(t, s, noon, 2) {
		if want := map[int64]int{p[0].ID: 1}[q.ID]; q.Attempts != want || q.MaybeSent != 0 {
			t.Errorf("%s has %d attempts, not %d, and %d doubts", q, q.Attempts, want, q.MaybeSent)
		}
	}
}

// A full journal is flushed to the store. A mail that is under way for long does not block it.
func TestLedger_JournalNeverFills(t *testing.T) {
	s := begun(t)
	people(t, s, []string{"m"}, []string{"m"})
	freezeAll(t, s, 1, delivery.KindIssue)
	p := claim(t, s, noon, 2)
	begin(t, s, p[0])
	reply := string(slices.Repeat([]byte("x"), 9000))
	for i := range 400 { // four times both files
		begin(t, s, p[1])
		end(t, s, p[1], delivery.Outcome{State: delivery.Queued, Code: 421, Reply: reply, Began: noon})
		flush(t, s)
		got := claim(t, s, noon, 1)
		if len(got) != 1 {
			t.Fatalf("round %d: claimed %v", i, got)
		}
		p[1] = got[0]
	}
	if r := recovered(t, crashed(t, s)); r != (Recovered{Released: 1, MaybeSent: 1}) {
		t.Errorf("recovered %+v", r)
	}
}

// For any sequence of calls and crashes: a mail with an outcome keeps it, only mails that
// began without an outcome are in doubt, and no row stays claimed.
func TestLedger_MatchesAModel(t *testing.T) {
	states := []delivery.State{delivery.Sent, delivery.Failed, delivery.Deferred, delivery.Queued}
	rapid.Check(t, func(r *rapid.T) {
		s := begun(t)
		people(t, s, slices.Repeat([][]string{{"m"}}, 12)...)
		freezeAll(t, s, 1, delivery.KindIssue)
		settled := map[int64]delivery.State{}
		doubts := map[int64]int{}
		at := noon
		for range rapid.IntRange(1, 4).Draw(r, "runs") {
			held, open := map[int64]delivery.Job{}, map[int64]bool{}
			for range rapid.IntRange(0, 25).Draw(r, "steps") {
				ids := make([]int64, 0, len(held))
				for id := range held {
					ids = append(ids, id)
				}
				slices.Sort(ids)
				switch rapid.IntRange(0, 4).Draw(r, "what") {
				case 0:
					for _, p := range claim(t, s, at, rapid.IntRange(1, 5).Draw(r, "n")) {
						if _, done := settled[p.ID]; done || held[p.ID].ID != 0 || p.MaybeSent != doubts[p.ID] {
							r.Fatalf("claimed %+v: settled %v, held %v, doubts %d", p, settled[p.ID], held[p.ID], doubts[p.ID])
						}
						held[p.ID] = p
					}
				case 1:
					if len(ids) > 0 {
						id := rapid.SampledFrom(ids).Draw(r, "begun")
						begin(t, s, held[id])
						open[id] = true
					}
				case 2, 3:
					if len(ids) == 0 {
						break
					}
					id := rapid.SampledFrom(ids).Draw(r, "ended")
					o := delivery.Outcome{State: rapid.SampledFrom(states).Draw(r, "state"), At: at, Reply: "r"}
					if open[id] {
						o.Began = at
					}
					switch o.State {
					case delivery.Deferred:
						o.Next = at.Add(time.Minute)
					case delivery.Sent, delivery.Failed:
						settled[id] = o.State
					}
					end(t, s, held[id], o)
					delete(held, id)
					delete(open, id)
				case 4:
					at = at.Add(time.Minute)
					if rapid.Bool().Draw(r, "flush") {
						flush(t, s)
					}
				}
			}
			s = crashed(t, s)
			got := recovered(t, s)
			if got.MaybeSent != len(open) {
				r.Fatalf("%d in doubt, not %d", got.MaybeSent, len(open))
			}
			for id := range open {
				doubts[id]++
			}
			if c := counts(t, s); c[delivery.Claimed] != 0 {
				r.Fatalf("left claimed: %v", c)
			}
			for id, want := range settled {
				var state delivery.State
				if err := s.r.QueryRow(`SELECT state FROM delivery WHERE id = ?`, id).Scan(&state); err != nil || state != want {
					r.Fatalf("delivery %d is %s and not %s (%v)", id, state, want, err)
				}
			}
		}
	})
}

// Deferred mail that is due goes first, and leaves half of the share to the others.
func TestClaim_DeferredMailKeepsItsPlace(t *testing.T) {
	s := begun(t)
	people(t, s, slices.Repeat([][]string{{"m"}}, 30)...)
	freezeAll(t, s, 1, delivery.KindIssue)
	for _, p := range claim(t, s, noon, 8) {
		end(t, s, p, delivery.Outcome{State: delivery.Deferred, Next: noon.Add(time.Minute), Code: 451})
	}
	flush(t, s)
	var retried int
	for _, p := range claim(t, s, noon.Add(time.Minute), 10) {
		retried += p.Attempts
	}
	if retried != 5 {
		t.Errorf("%d of ten are retries", retried)
	}
}

// Nothing is claimed from a paused mailing, and others are claimed as usual.
func TestClaim_SkipsAPausedMailing(t *testing.T) {
	s := begun(t)
	people(t, s, []string{"m"}, []string{"m"})
	freezeAll(t, s, 1, delivery.KindIssue)
	freezeAll(t, s, 2, delivery.KindIssue)
	if _, err := s.w.Exec(`UPDATE mailing SET state = 'paused' WHERE id = 1`); err != nil {
		t.Fatal(err)
	}
	got := claim(t, s, noon, 10)
	if len(got) != 2 || got[0].Mailing != 2 || got[1].Mailing != 2 {
		t.Errorf("claimed %+v", got)
	}
	for _, p := range got {
		end(t, s, p, delivery.Outcome{State: delivery.Sent})
	}
	flush(t, s)
	if next, any, err := s.Ledger().NextDue(t.Context()); err != nil || any {
		t.Errorf("due %v, %t, %v", next, any, err)
	}
}

// Deferred mail waits until it is due, and expires with its mailing.
func TestClaim_DeferredMailWaitsAndExpires(t *testing.T) {
	s := begun(t)
	people(t, s, []string{"m"})
	freezeAll(t, s, 1, delivery.KindIssue)
	p := claim(t, s, noon, 1)[0]
	l := s.Ledger()
	later := noon.Add(time.Hour)
	if err := l.End(t.Context(), p, delivery.Outcome{State: delivery.Deferred, At: noon, Next: later, Code: 451}); err != nil {
		t.Fatal(err)
	}
	if got := claim(t, s, later.Add(-time.Second), 1); len(got) != 0 {
		t.Errorf("claimed before its time: %v", got)
	}
	if next, any, err := l.NextDue(t.Context()); err != nil || !any || !next.Equal(later) {
		t.Errorf("next %v, %t, %v", next, any, err)
	}
	if got := claim(t, s, noon.Add(73*time.Hour), 1); len(got) != 0 {
		t.Errorf("claimed after it expired: %v", got)
	}
	m, err := s.Mailings(t.Context())
	if err != nil || m[0].Count[delivery.Failed] != 1 || m[0].State != "sent" {
		t.Errorf("%+v, %v", m, err)
	}
}

// A claim that fails is rolled back.
func TestClaim_FailureClaimsNothing(t *testing.T) {
	s := begun(t)
	people(t, s, []string{"m"})
	freezeAll(t, s, 1, delivery.KindReminder)
	p := claim(t, s, noon, 1)[0]
	if err := s.Ledger().End(t.Context(), p, delivery.Outcome{State: delivery.Sent, At: noon}); err != nil {
		t.Fatal(err)
	}
	freezeAll(t, s, 2, delivery.KindReminder)
	// A trigger makes the next claim fail when it ends the first mailing.
	if _, err := s.w.Exec(`CREATE TRIGGER full BEFORE UPDATE ON mailing BEGIN SELECT RAISE(ABORT, 'disk full'); END`); err != nil {
		t.Fatal(err)
	}
	got, err := s.Ledger().Claim(t.Context(), noon, 10)
	if err == nil || len(got) != 0 {
		t.Fatalf("claimed %v, %v", got, err)
	}
	if _, err := s.w.Exec(`DROP TRIGGER full`); err != nil {
		t.Fatal(err)
	}
	if got := claim(t, s, noon, 10); len(got) != 1 {
		t.Errorf("claimed %v after the trouble", got)
	}
}

// Recheck finds a change since the claim, before the mail is sent.
func TestRecheck_FindsWhatChangedSinceTheClaim(t *testing.T) {
	for _, test := range []struct {
		name    string
		happens newsroom.Change
		state   delivery.State
	}{
		{"its reader left", newsroom.Unsubscribe{Subscriber: 1, At: noon, How: "link"}, delivery.Suppressed},
		{"its mailing was ended", newsroom.CancelMailings{Issue: 7, At: noon}, delivery.Cancelled},
		{"its event was cancelled", newsroom.CancelEvents{Item: 1}, delivery.Cancelled},
	} {
		s := open(t)
		people(t, s, []string{"m"})
		_, err := s.Receive(t.Context(), intake.Arrival{UIDValidity: 1, UID: 1, At: noon, Raw: []byte("x")},
			func(newsroom.View, int64) (intake.Verdict, newsroom.Effects, error) {
				return intake.Verdict{}, newsroom.Effects{
					newsroom.AddItem{Item: item.Item{ID: 1, State: item.Approved, Message: 1, Received: noon, Current: item.Revision{Number: 1, Created: noon}}},
					newsroom.AddEvent{Entry: issue.Entry{ID: 1, Item: 1}},
				}, nil
			})
		if err != nil {
			t.Fatal(err)
		}
		write(t, s, newsroom.CreateMailing{Mailing: delivery.Mailing{
			ID: 1, Kind: delivery.KindReminder, Key: "k", Issue: 7, Event: 1, Created: noon, Expires: noon.Add(time.Hour),
			Segments: []audience.Segment{{Any: []string{"m"}}},
		}})
		p := claim(t, s, noon, 1)[0]
		write(t, s, test.happens)
		if o, ok := recheck(t, s, p, noon); ok || o.State != test.state {
			t.Errorf("%s: %q, %t", test.name, o.State, ok)
		}
	}
	s := open(t)
	people(t, s, []string{"m"})
	freezeAll(t, s, 1, delivery.KindIssue)
	p := claim(t, s, noon, 1)[0]
	if _, ok := recheck(t, s, p, noon); !ok {
		t.Error("what was to be sent lapsed")
	}
	if o, ok := recheck(t, s, p, noon.Add(73*time.Hour)); ok || o.State != delivery.Failed {
		t.Errorf("expired: %q, %t", o.State, ok)
	}
}

// A mailing cancelled while deliveries are claimed ends completely.
func TestRecheck_CancelledMailingEndsItsClaims(t *testing.T) {
	s := begun(t)
	people(t, s, []string{"m"}, []string{"m"}, []string{"m"}, []string{"m"})
	freezeAll(t, s, 1, delivery.KindIssue)
	if _, err := s.w.Exec(`UPDATE mailing SET issue = 7`); err != nil {
		t.Fatal(err)
	}
	p := claim(t, s, noon, 4)
	write(t, s, newsroom.CancelMailings{Issue: 7, At: noon})
	end(t, s, p[0], delivery.Outcome{State: delivery.Deferred, Next: noon.Add(time.Hour), Code: 451})
	end(t, s, p[1], delivery.Outcome{State: delivery.Queued})
	end(t, s, p[2], delivery.Outcome{State: delivery.Sent, Code: 250})
	flush(t, s)
	if c := counts(t, s); c[delivery.Cancelled] != 2 || c[delivery.Sent] != 1 {
		t.Errorf("states %v", c)
	}
	s = crashed(t, s)
	recovered(t, s)
	if c := counts(t, s); c[delivery.Cancelled] != 3 || c[delivery.Sent] != 1 {
		t.Errorf("states after a crash: %v", c)
	}
}

func TestClaim_SuppressedAddressGetsNoLetter(t *testing.T) {
	s := open(t)
	write(t, s, newsroom.QueueLetter{Letter: delivery.Letter{ID: 1, Kind: delivery.KindNotice, To: message.Mailbox{Address: "P3@x.example"}, Created: noon}})
	if _, err := s.w.Exec(`INSERT INTO suppression VALUES ('p3@x.example', 'complaint', 0)`); err != nil {
		t.Fatal(err)
	}
	if got := claim(t, s, noon, 10); len(got) != 0 {
		t.Errorf("claimed %+v", got)
	}
}

func BenchmarkLedger(b *testing.B) {
	s := begun(b)
	const size = 20000
	if _, err := s.w.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO person (address, address_key, name, centre, language, added) SELECT 'p' || i || '@x.example', 'p' || i || '@x.example', '', '', 'fr', 0 FROM n`, size); err != nil {
		b.Fatal(err)
	}
	if _, err := s.w.Exec(`INSERT INTO person_tag (person, tag) SELECT id, 'm' FROM person`); err != nil {
		b.Fatal(err)
	}
	var id int64
	var batch []delivery.Job
	l := s.Ledger()
	for b.Loop() {
		for len(batch) == 0 {
			if batch = claim(b, s, noon, 500); len(batch) == 0 {
				id++
				freezeAll(b, s, id, delivery.KindIssue)
			}
		}
		p := batch[0]
		batch = batch[1:]
		if err := l.Begin(b.Context(), p, 1, noon); err != nil {
			b.Fatal(err)
		}
		if err := l.End(b.Context(), p, delivery.Outcome{State: delivery.Sent, At: noon, Code: 250, Reply: "2.0.0 Ok: queued as 4F1234567", Conn: 1, Began: noon}); err != nil {
			b.Fatal(err)
		}
	}
}
