package newsroom_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
)

// frozen is a room with a mailing to nobody: of issue 1, in that state, or a reminder.
func frozen(t *testing.T, kind delivery.Kind, state issue.State) *fixture {
	f := newFixture(t)
	m := delivery.Mailing{ID: 1, Kind: kind, Key: "k", Created: f.now, Expires: f.now.Add(time.Hour)}
	if kind == delivery.KindIssue {
		m.Issue = 1
		f.act(func(newsroom.View) (newsroom.Effects, error) {
			return newsroom.Effects{newsroom.MoveIssue{Issue: 1, State: state}}, nil
		})
	}
	f.act(func(newsroom.View) (newsroom.Effects, error) {
		return newsroom.Effects{newsroom.CreateMailing{Mailing: m}}, nil
	})
	return f
}

func (f *fixture) mailing() (m newsroom.Mailing) {
	f.t.Helper()
	err := f.store.Read(f.t.Context(), func(v newsroom.View) (err error) {
		m, err = v.Mailing(1)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return m
}

// stand puts the mailing into a state, whatever it was in.
func (f *fixture) stand(state delivery.MailingState) {
	f.act(func(newsroom.View) (newsroom.Effects, error) {
		return newsroom.Effects{newsroom.MoveMailing{Mailing: 1, State: state, Expires: f.now.Add(time.Hour), At: f.now}}, nil
	})
}

// Each act works in the states that allow it, and changes nothing in the others.
func TestMailings_StateDecidesWhichActsAreAllowed(t *testing.T) {
	all := []delivery.MailingState{delivery.MailingSending, delivery.MailingPaused, delivery.MailingSent, delivery.MailingCancelled}
	for _, c := range []struct {
		act     string
		do      func(*newsroom.Service, newsroom.View, delivery.MailingID, time.Time) (newsroom.Effects, error)
		allowed []delivery.MailingState
		then    delivery.MailingState
	}{
		{"pause", (*newsroom.Service).PauseMailing, all[:1], delivery.MailingPaused},
		{"resume", (*newsroom.Service).ResumeMailing, all[1:2], delivery.MailingSending},
		{"cancel", (*newsroom.Service).CancelMailing, all[:2], delivery.MailingCancelled},
	} {
		for _, state := range all {
			f := frozen(t, delivery.KindReminder, "")
			f.stand(state)
			err := f.try(func(v newsroom.View) (newsroom.Effects, error) { return c.do(f.Service, v, 1, f.now) })
			var wrong *newsroom.MailingError
			switch allowed := slices.Contains(c.allowed, state); {
			case allowed && (err != nil || f.mailing().State != c.then):
				t.Errorf("%s one that is %s: %v, it is %s", c.act, state, err, f.mailing().State)
			case !allowed && (!errors.As(err, &wrong) || f.mailing().State != state):
				t.Errorf("%s one that is %s: %v, it is %s", c.act, state, err, f.mailing().State)
			}
		}
	}
	f := newFixture(t)
	err := f.try(func(v newsroom.View) (newsroom.Effects, error) { return f.PauseMailing(v, 7, f.now) })
	if !errors.Is(err, newsroom.ErrNotFound) {
		t.Errorf("pause one that is not there: %v", err)
	}
}

// Resumed, an issue's mailing has as long as a new one; a reminder's is over when its
// event has begun.
func TestResumeMailing_ExtendsIssuesAndNotReminders(t *testing.T) {
	resume := func(f *fixture) error {
		f.stand(delivery.MailingPaused)
		f.now = f.now.Add(2 * time.Hour) // it would have expired
		return f.try(func(v newsroom.View) (newsroom.Effects, error) { return f.ResumeMailing(v, 1, f.now) })
	}
	f := frozen(t, delivery.KindIssue, issue.Sending)
	if err := resume(f); err != nil || !f.mailing().Expires.Equal(f.now.Add(delivery.IssueLife)) {
		t.Errorf("%v, it expires %s", err, f.mailing().Expires)
	}
	if err := resume(frozen(t, delivery.KindReminder, "")); !errors.Is(err, newsroom.ErrEventStarted) {
		t.Errorf("a reminder's: %v", err)
	}
}

// Cancelling a mailing cancels the issue that is being sent, paused or not. An issue that was
// sent, and whose mailing was reopened, stays sent.
func TestCancelMailing_CancelsTheIssueThatIsBeingSent(t *testing.T) {
	for _, c := range []struct{ before, after issue.State }{{issue.Sending, issue.Cancelled}, {issue.Sent, issue.Sent}} {
		for _, state := range []delivery.MailingState{delivery.MailingSending, delivery.MailingPaused} {
			f := frozen(t, delivery.KindIssue, c.before)
			f.stand(state)
			f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.CancelMailing(v, 1, f.now) })
			if got := f.state(1); got != c.after || f.mailing().State != delivery.MailingCancelled {
				t.Errorf("the issue was %s and is %s, its mailing was %s and is %s", c.before, got, state, f.mailing().State)
			}
		}
	}
}

func TestRetryMailing_NothingToRetryIsRefused(t *testing.T) {
	for _, failed := range []bool{false, true} {
		f := frozen(t, delivery.KindIssue, issue.Sending)
		err := f.try(func(v newsroom.View) (newsroom.Effects, error) { return f.RetryMailing(v, 1, failed, f.now) })
		if !errors.Is(err, newsroom.ErrNothingToRetry) {
			t.Errorf("failed %v: %v", failed, err)
		}
		f.stand(delivery.MailingPaused)
		var wrong *newsroom.MailingError
		err = f.try(func(v newsroom.View) (newsroom.Effects, error) { return f.RetryMailing(v, 1, failed, f.now) })
		if !errors.As(err, &wrong) {
			t.Errorf("paused, failed %v: %v", failed, err)
		}
	}
}

func TestReleaseHold_SecondIsRefused(t *testing.T) {
	f := newFixture(t)
	release := func() error {
		return f.try(func(v newsroom.View) (newsroom.Effects, error) { return f.ReleaseHold(v, f.now) })
	}
	if err := release(); !errors.Is(err, newsroom.ErrNotHeld) {
		t.Errorf("not held: %v", err)
	}
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.HoldRestored(v, f.now) })
	if err := release(); err != nil {
		t.Errorf("held: %v", err)
	}
	if err := release(); !errors.Is(err, newsroom.ErrNotHeld) {
		t.Errorf("lifted: %v", err)
	}
}

// The operator is told of a mailing that failed for many readers, but not of each dead address.
func TestMailingEnded_OperatorIsToldOfManyFailures(t *testing.T) {
	for _, c := range []struct {
		failed, readers int
		told            bool
	}{{1, 1, true}, {40, 40, true}, {1, 8, false}, {2, 8, false}, {3, 8, true}, {3, 31, false}, {99, 1000, false}, {100, 1000, true}} {
		f := newFixture(t)
		before := f.letters(delivery.KindNotice)
		f.act(func(v newsroom.View) (newsroom.Effects, error) {
			return f.MailingEnded(v, 1, c.failed, c.readers, f.now)
		})
		if got := f.letters(delivery.KindNotice)-before == 1; got != c.told {
			t.Errorf("%d of %d: told %t", c.failed, c.readers, got)
		}
	}
}

// The items of an issue that was cancelled before anybody got it wait for the next one; once
// somebody may have it, they are published.
func TestCancel_UnsentItemsWaitForTheNextIssue(t *testing.T) {
	members := []audience.Segment{{Name: "members", Any: []string{"m"}}}
	for _, sent := range []bool{false, true} {
		f := newFixture(t)
		f.Segments = members
		_, err := f.store.ImportPeople(t.Context(), audience.Import{
			People: []audience.Subscriber{{Address: "zoe@x.example", Tags: []string{"m"}, Consent: "form"}}, Columns: []string{"email", "tags"},
		}, f.now)
		if err != nil {
			t.Fatal(err)
		}
		f.offer(1, item.Content{Title: "Un", Section: "cites", Language: "fr"})
		f.order(1, editorial.Approve)
		f.now = time.Date(2018, 2, 12, 9, 0, 0, 0, f.Location)
		f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Close(v, 1, f.now) })
		laid, shown := f.content(1), []issue.Edition{{Language: "fr", Images: []string{}}}
		f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Propose(v, laid, shown, f.now) })
		f.act(func(v newsroom.View) (newsroom.Effects, error) {
			fx, _, err := f.Sign(v, 1, editorial.Signature{Proof: 1, Hash: issue.EditionsHash(laid, shown), Editor: "elise@reseau.example", At: f.now})
			return fx, err
		})
		f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Send(v, 1, f.now) })
		if sent {
			if p, err := f.store.Ledger().Claim(t.Context(), f.now, 1000); err != nil || len(p) == 0 {
				t.Fatal(p, err)
			}
		}
		f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Cancel(v, 1, f.now) })
		items, err := f.store.Items(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		it := items[0]
		if sent && (it.State != item.Published || it.Issue != 1) || !sent && (it.State != item.Approved || it.Issue != 0) {
			t.Errorf("sent %t: the item is %s, in issue %d", sent, it.State, it.Issue)
		}
	}
}
