package newsroom_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"infolettre/internal/agenda"
	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// calling is a newsroom that calls for contributions, with one contact.
func calling(t *testing.T, start time.Time, distances ...agenda.Distance) *fixture {
	f := newFixture(t)
	f.Calls = distances
	f.now = start
	_, err := f.store.ImportPeople(t.Context(), audience.Import{
		People:  []audience.Subscriber{{Address: "ines@cite.example", Centre: "Porto", Tags: []string{audience.TagContact}, Consent: "x"}},
		Columns: []string{"email", "centre", "tags"},
	}, f.now)
	if err != nil {
		t.Fatal(err)
	}
	// The issue was open before the configuration learnt of calls.
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Open(v, f.now) })
	return f
}

// jobs does the calls that are due, as Jobs does.
func (f *fixture) jobs() {
	f.t.Helper()
	due, err := f.store.Due(f.t.Context(), f.now)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, d := range due {
		if d.Kind != newsroom.DueCall {
			continue
		}
		f.act(func(v newsroom.View) (newsroom.Effects, error) {
			fx, err := f.SendCalls(v, d, f.now)
			return append(fx, newsroom.CompleteDue{Key: d.Key, At: f.now}), err
		})
	}
}

// Of several calls missed during a downtime only the latest is sent, and none at or after the
// closing.
func TestSendCalls_AfterDowntimeOnlyTheLatestIsSent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		paris, err := time.LoadLocation("Europe/Paris")
		if err != nil {
			rt.Fatal(err)
		}
		start := time.Date(2018, 1, 10, 9, 0, 0, 0, paris)
		distances := []agenda.Distance{agenda.Days(21), agenda.Days(7), agenda.Hours(12)}
		f := calling(t, start, distances...)
		closes := time.Date(2018, 2, 10, 18, 0, 0, 0, paris)
		at := []time.Time{closes.AddDate(0, 0, -21), closes.AddDate(0, 0, -7), closes.Add(-12 * time.Hour)}
		calls := 0
		for range rapid.IntRange(1, 5).Draw(rt, "starts") {
			last := f.now
			f.now = f.now.Add(time.Duration(rapid.IntRange(1, 500).Draw(rt, "hours")) * time.Hour)
			f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Open(v, f.now) })
			f.jobs()
			n, missed := f.letters(delivery.KindCall), 0
			for _, a := range at {
				if a.After(last) && !a.After(f.now) {
					missed = 1
				}
			}
			if !f.now.Before(closes) {
				missed = 0
			}
			if n != missed {
				rt.Fatalf("from %s to %s: %d calls, want %d", last, f.now, n, missed)
			}
			calls += n
		}
		if calls > len(distances) {
			rt.Fatalf("%d calls", calls)
		}
	})
}

// A call that could not be sent is not sent after the closing.
func TestSendCalls_NoCallAfterTheClosing(t *testing.T) {
	f := calling(t, time.Date(2018, 1, 15, 9, 0, 0, 0, time.UTC), agenda.Days(7))
	f.now = time.Date(2018, 2, 3, 18, 0, 0, 0, f.Location)
	f.jobs()
	jobs, err := f.store.Ledger().Claim(t.Context(), f.now, 10)
	if err != nil {
		t.Fatal(err)
	}
	closes := time.Date(2018, 2, 10, 18, 0, 0, 0, f.Location)
	for _, job := range jobs {
		if job.Kind == delivery.KindCall && !job.Expires.Equal(closes) {
			t.Errorf("the call is tried until %s", job.Expires)
		}
	}
	if len(jobs) != 3 {
		t.Errorf("%d letters, want the call and the coverage for each editor", len(jobs))
	}
	f.Calls = nil // the configuration has none any more
	f.act(func(v newsroom.View) (newsroom.Effects, error) {
		return f.SendCalls(v, newsroom.Due{Key: "call/1/1d", Ref: 1, Arg: "7d", At: f.now}, f.now)
	})
	if n := f.letters(delivery.KindCall); n != 0 {
		t.Errorf("%d calls at a distance that is none any more", n)
	}
}

// correct submits the contributor's correction of an item.
func (f *fixture) correct(id item.ID, c item.Content) error {
	return f.try(func(v newsroom.View) (newsroom.Effects, error) {
		return f.Revise(v, newsroom.ReviseInput{Item: id, Understood: item.ParsedItem{Content: c}, Message: 1,
			Person: message.Mailbox{Address: "nadia@cite.example"}, At: f.now})
	})
}

// A correction made before the closing and approved after it changes the issue, by the
// editor's order, and voids the proof.
func TestRevise_ApprovedAfterTheClosingVoidsTheProof(t *testing.T) {
	f := newFixture(t)
	first, second := eventOn(22, "Un forum", "Rouen", agenda.External), eventOn(22, "Un forum", "Le Havre", agenda.External)
	f.offer(1, first)
	f.order(1, editorial.Approve)
	if err := f.correct(1, first); !errors.Is(err, newsroom.ErrUnchanged) {
		t.Errorf("the same again: %v", err)
	}
	second.Text = "Il a lieu au Havre."
	if err := f.correct(1, second); err != nil {
		t.Fatal(err)
	}
	f.now = time.Date(2018, 2, 12, 9, 0, 0, 0, f.Location)
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Close(v, 1, f.now) })
	content := f.content(1)
	if p := content.Pieces(); len(p) != 1 || p[0].Content.Text != "" || content.External[0].Event.Place != "Rouen" {
		t.Fatalf("the issue holds %+v", content)
	}
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Propose(v, content, editions, f.now) })
	if err := f.correct(1, eventOn(23, "Un forum", "Dieppe", agenda.External)); !errors.Is(err, newsroom.ErrItemClosed) {
		t.Errorf("corrected after the closing: %v", err)
	}
	planned := f.reminders(1)
	f.act(func(v newsroom.View) (newsroom.Effects, error) {
		it, err := v.Item(1)
		if err != nil {
			return nil, err
		}
		fx, status, err := f.Decide(v, editorial.Decision{
			Item: 1, Revision: 2, Hash: it.Current.Hash, Editor: "elise@reseau.example", Verb: editorial.Approve, At: f.now,
		})
		if status != (editorial.Status{State: item.Approved, Approved: 2}) {
			t.Errorf("%+v", status)
		}
		return fx, err
	})
	if s := f.state(1); s != issue.Closed {
		t.Errorf("the issue is %s, and its proof stands", s)
	}
	content = f.content(1)
	if p := content.Pieces(); len(p) != 1 || !strings.Contains(p[0].Content.Text, "Havre") || len(content.External) != 1 || content.External[0].Event.Place != "Le Havre" {
		t.Errorf("the issue holds %+v", content)
	}
	if content.External[0].ID != 1 || f.reminders(1) != planned {
		t.Errorf("the event that moved has the number %d and %d reminders, want 1 and %d", content.External[0].ID, f.reminders(1), planned)
	}
	// Signed, the old proof signs nothing.
	err := f.try(func(v newsroom.View) (newsroom.Effects, error) {
		_, _, err := f.Sign(v, 1, editorial.Signature{Proof: 1, Editor: "elise@reseau.example", At: f.now})
		return nil, err
	})
	if !errors.Is(err, editorial.ErrVoid) {
		t.Errorf("the old proof: %v", err)
	}
}

// The events follow the approved revision: the same ones stay, new ones are announced, and
// missing ones are cancelled.
func TestRevise_EventsFollowTheApprovedRevision(t *testing.T) {
	f := newFixture(t)
	both := eventOn(22, "Un forum", "Rouen", agenda.External)
	both.Events = append(both.Events, eventOn(28, "Une bourse", "Rouen", agenda.External).Events...)
	f.offer(1, both)
	f.order(1, editorial.Approve)
	changed := both
	changed.Text = "Corrigé."
	changed.Events = append(eventOn(22, "Un forum", "Rouen", agenda.External).Events, eventOn(29, "Une bourse", "Rouen", agenda.External).Events...)
	if err := f.correct(1, changed); err != nil {
		t.Fatal(err)
	}
	f.order(1, editorial.Approve)
	entries, err := f.store.Agenda(t.Context())
	if err != nil || len(entries) != 3 {
		t.Fatalf("%+v, %v", entries, err)
	}
	for i, want := range []struct {
		id        int64
		day       int
		cancelled bool
	}{{1, 22, false}, {2, 28, true}, {3, 29, false}} {
		if e := entries[i]; e.ID != want.id || e.Event.Start.Day != want.day || e.Cancelled != want.cancelled {
			t.Errorf("event %d: %+v", i, e)
		}
	}
	if f.reminders(1) != 2 || f.reminders(3) != 2 {
		t.Errorf("%d and %d reminders", f.reminders(1), f.reminders(3))
	}
}

// The store refuses a second notification with the same key, whatever the act does.
func TestNotifyOnce_SecondIsRefused(t *testing.T) {
	f := newFixture(t)
	tell := func() error {
		return f.try(func(newsroom.View) (newsroom.Effects, error) {
			return newsroom.Effects{newsroom.NotifyOnce{Key: "your-approved/1", At: f.now}}, nil
		})
	}
	if err := tell(); err != nil {
		t.Fatal(err)
	}
	if err := tell(); err == nil {
		t.Error("told twice")
	}
}
