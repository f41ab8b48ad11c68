package sqlite

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/newsroom"
)

// progress returns the progress of mailing 1.
func progress(t testing.TB, s *Store, at time.Time) Progress {
	t.Helper()
	p, err := s.Progress(t.Context(), 1, at)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Counting reads only the partial indexes, which have no entries for sent deliveries.
func TestMailings_CountsReadPartialIndexesOnly(t *testing.T) {
	s := open(t)
	for _, only := range []string{"", "AND mailing = 1"} {
		plan, err := list(t.Context(), s.r, func(row scanner) (step string, err error) {
			var a, b, c any
			return step, row.Scan(&a, &b, &c, &step)
		}, `EXPLAIN QUERY PLAN `+fmt.Sprintf(countStates, only))
		if err != nil {
			t.Fatal(err)
		}
		reads := 0
		for _, step := range plan {
			if strings.Contains(step, "SCAN delivery") || strings.Contains(step, "SEARCH delivery") {
				if reads++; !strings.Contains(step, "COVERING INDEX") {
					t.Errorf("%q reads the table", step)
				}
			}
			if strings.Contains(step, "TEMP B-TREE") {
				t.Errorf("%q sorts", step)
			}
		}
		if reads != 4 {
			t.Errorf("the plan is %q", plan)
		}
	}
}

// Waiting deliveries of a cancelled mailing count as cancelled at once; the next claim settles
// them, and those that were under way and are put back.
func TestClaim_SettlesACancelledMailing(t *testing.T) {
	s := begun(t)
	people(t, s, slices.Repeat([][]string{{"m"}}, 5)...)
	freezeAll(t, s, 1, delivery.KindReminder)
	p := claim(t, s, noon, 2)
	write(t, s, newsroom.CancelMailing{Mailing: 1, At: noon})
	if c := counts(t, s); c[delivery.Cancelled] != 3 || c[delivery.Claimed] != 2 {
		t.Errorf("states %v", c)
	}
	end(t, s, p[0], delivery.Outcome{State: delivery.Sent})
	end(t, s, p[1], delivery.Outcome{State: delivery.Deferred, Next: noon.Add(time.Hour), Code: 451, Reply: "later"})
	if got := claim(t, s, noon, 9); len(got) > 0 {
		t.Errorf("claimed %v", got)
	}
	claim(t, s, noon, 9)
	var waiting int
	if err := s.r.QueryRow(`SELECT count(*) FROM delivery WHERE state IN ('queued', 'deferred', 'claimed')`).Scan(&waiting); err != nil || waiting > 0 {
		t.Errorf("%d wait still, %v", waiting, err)
	}
	if c := counts(t, s); c[delivery.Cancelled] != 4 || c[delivery.Sent] != 1 {
		t.Errorf("states %v", c)
	}
}

// Rates cover only the time in which deliveries were settled, without pauses.
func TestProgress_MeasuresThroughput(t *testing.T) {
	s := begun(t)
	people(t, s, slices.Repeat([][]string{{"m"}}, 40)...)
	freezeAll(t, s, 1, delivery.KindIssue)
	send := func(n int, at time.Time) {
		t.Helper()
		for _, p := range claim(t, s, at, n) {
			end(t, s, p, delivery.Outcome{State: delivery.Sent, At: at})
		}
		flush(t, s)
	}
	if p := progress(t, s, noon); p.Average != 0 || p.Minute != 0 || !p.First.IsZero() {
		t.Errorf("before anything: %+v", p)
	} else if _, ok := p.Left(); ok {
		t.Error("a time left without a rate")
	}
	send(10, noon)
	send(10, noon.Add(10*time.Second))
	later := noon.Add(2 * time.Hour)
	send(10, later)
	p := progress(t, s, later.Add(20*time.Second))
	if p.Average != 1 || p.Minute != 0.5 || !p.First.Equal(noon) || !p.Last.Equal(later) {
		t.Errorf("average %v, last minute %v, %v to %v", p.Average, p.Minute, p.First, p.Last)
	}
	if left, ok := p.Left(); !ok || left != 20*time.Second {
		t.Errorf("left %v, %v", left, ok)
	}
	for i, q := range claim(t, s, later, 5) {
		o := delivery.Outcome{State: delivery.Deferred, At: later, Next: later.Add(time.Hour), Code: 451, Reply: "later"}
		if i > 2 {
			o = delivery.Outcome{State: delivery.Failed, At: later, Code: 550, Reply: "never"}
		}
		end(t, s, q, o)
	}
	flush(t, s)
	p = progress(t, s, later)
	if want := []ReplyCount{{delivery.Deferred, 451, 3, "later"}, {delivery.Failed, 550, 2, "never"}}; !slices.Equal(p.Refusals, want) {
		t.Errorf("refusals %v", p.Refusals)
	}
	if !p.Retry.Equal(later.Add(time.Hour)) {
		t.Errorf("retry %v", p.Retry)
	}
	// Deliveries that wait for their domain's turn take until then, at any rate.
	for _, q := range claim(t, s, later, 9) {
		end(t, s, q, delivery.Outcome{State: delivery.Queued, At: later, Next: later.Add(time.Minute)})
	}
	flush(t, s)
	p = progress(t, s, later)
	if left, ok := p.Left(); ok || p.Count[delivery.Queued] == 0 || !p.Retry.Equal(later.Add(time.Minute)) {
		t.Errorf("left %v, %v, next at %v: %v", left, ok, p.Retry, p.Count)
	}
}

// Failed deliveries are retried on request, and their history keeps the failure. Suppressed
// addresses are not retried.
func TestRetryMailing_ReopensAnEndedMailing(t *testing.T) {
	s := begun(t)
	people(t, s, []string{"m"}, []string{"m"}, []string{"m"})
	freezeAll(t, s, 1, delivery.KindIssue)
	for i, p := range claim(t, s, noon, 3) {
		o := delivery.Outcome{State: delivery.Failed, Code: 554, Reply: "no", Began: noon, Conn: 1}
		if i == 0 {
			o = delivery.Outcome{State: delivery.Sent}
		}
		end(t, s, p, o)
	}
	flush(t, s)
	if p := progress(t, s, noon); p.State != delivery.MailingSent || p.Count[delivery.Failed] != 2 {
		t.Fatalf("%+v", p)
	}
	write(t, s, newsroom.Suppress{Address: "p3@x.example", Reason: audience.ReasonHard, At: noon})
	late := noon.Add(100 * time.Hour)
	write(t, s, newsroom.RetryMailing{Mailing: 1, Failed: true, Expires: late.Add(time.Hour), At: late})
	got := claim(t, s, late, 3)
	if len(got) != 1 || got[0].To.Address != "p2@x.example" || !got[0].Expires.Equal(late.Add(time.Hour)) {
		t.Fatalf("claimed %+v", got)
	}
	end(t, s, got[0], delivery.Outcome{State: delivery.Sent, At: late})
	flush(t, s)
	if p := progress(t, s, late); p.State != delivery.MailingSent || p.Count[delivery.Sent] != 2 || p.Count[delivery.Suppressed] != 1 {
		t.Errorf("%+v", p)
	}
	acc, err := s.AddressHistory(t.Context(), "p2@x.example", 1, false)
	if err != nil {
		t.Fatal(err)
	}
	m := acc.Mailings[0].Mail
	if len(m.Earlier) != 1 || m.Earlier[0].State != delivery.Failed || m.Earlier[0].Reply != "no" || m.Last.State != delivery.Sent || m.Claims != 2 {
		t.Errorf("%+v", m)
	}
}

// While a hold is active nothing is claimed, and new mailings are paused.
func TestHold_NothingIsClaimed(t *testing.T) {
	s := begun(t)
	people(t, s, []string{"m"}, []string{"m"})
	freezeAll(t, s, 1, delivery.KindIssue)
	caught := claim(t, s, noon, 1)[0]
	write(t, s, newsroom.HoldAll{At: noon})
	write(t, s, newsroom.QueueLetter{Letter: delivery.Letter{ID: 1, Kind: delivery.KindReceipt, Created: noon}})
	freezeAll(t, s, 2, delivery.KindReminder)
	if got := claim(t, s, noon, 9); len(got) > 0 {
		t.Errorf("claimed %v", got)
	}
	if next, any, err := s.Ledger().NextDue(t.Context()); any || err != nil {
		t.Errorf("next due %v, %v", next, err)
	}
	all, err := s.Mailings(t.Context())
	if err != nil || all[0].State != delivery.MailingPaused || all[1].State != delivery.MailingPaused {
		t.Errorf("%+v, %v", all, err)
	}
	write(t, s, newsroom.ReleaseHold{At: noon})
	if got := claim(t, s, noon, 9); len(got) != 1 || got[0].Letter == nil {
		t.Errorf("claimed %v", got)
	}
	write(t, s, newsroom.MoveMailing{Mailing: 1, State: delivery.MailingSending, Expires: noon.Add(time.Hour), At: noon})
	for _, p := range claim(t, s, noon, 9) {
		if doubts := p.MaybeSent; doubts != map[bool]int{true: 1}[p.ID == caught.ID] {
			t.Errorf("delivery %d has %d doubts", p.ID, doubts)
		}
	}
	acc, err := s.AddressHistory(t.Context(), "p1@x.example", 1, false)
	if err != nil || len(acc.Holds) != 1 || len(acc.Mailings[0].Mail.Earlier) != 1 || acc.Mailings[0].Mail.Earlier[0].Reply != doubtCopied {
		t.Errorf("%+v, %v", acc, err)
	}
}
