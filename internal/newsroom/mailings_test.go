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
func frozen(t *testing.T, kind delivery.Kind, state issue.State) *room {
	r := newRoom(t)
	m := delivery.Mailing{ID: 1, Kind: kind, Key: "k", Created: r.now, Expires: r.now.Add(time.Hour)}
	if kind == delivery.KindIssue {
		m.Issue = 1
		r.act(func(newsroom.View) (newsroom.Effects, error) {
			return newsroom.Effects{newsroom.MoveIssue{Issue: 1, State: state}}, nil
		})
	}
	r.act(func(newsroom.View) (newsroom.Effects, error) {
		return newsroom.Effects{newsroom.CreateMailing{Mailing: m}}, nil
	})
	return r
}

func (r *room) mailing() (m newsroom.Mailing) {
	r.t.Helper()
	err := r.store.Read(r.t.Context(), func(v newsroom.View) (err error) {
		m, err = v.Mailing(1)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return m
}

// stand puts the mailing into a state, whatever it was in.
func (r *room) stand(state delivery.MailingState) {
	r.act(func(newsroom.View) (newsroom.Effects, error) {
		return newsroom.Effects{newsroom.MoveMailing{Mailing: 1, State: state, Expires: r.now.Add(time.Hour), At: r.now}}, nil
	})
}

// An act does what it says in the states that allow it, and nothing in the others.
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
			r := frozen(t, delivery.KindReminder, "")
			r.stand(state)
			err := r.try(func(v newsroom.View) (newsroom.Effects, error) { return c.do(r.Service, v, 1, r.now) })
			var wrong *newsroom.MailingError
			switch allowed := slices.Contains(c.allowed, state); {
			case allowed && (err != nil || r.mailing().State != c.then):
				t.Errorf("%s one that is %s: %v, it is %s", c.act, state, err, r.mailing().State)
			case !allowed && (!errors.As(err, &wrong) || r.mailing().State != state):
				t.Errorf("%s one that is %s: %v, it is %s", c.act, state, err, r.mailing().State)
			}
		}
	}
	r := newRoom(t)
	err := r.try(func(v newsroom.View) (newsroom.Effects, error) { return r.PauseMailing(v, 7, r.now) })
	if !errors.Is(err, newsroom.ErrNotFound) {
		t.Errorf("pause one that is not there: %v", err)
	}
}

// Resumed, an issue's mailing has as long as a new one; a reminder's is over when its
// event has begun.
func TestResumeMailing_ExtendsIssuesAndNotReminders(t *testing.T) {
	resume := func(r *room) error {
		r.stand(delivery.MailingPaused)
		r.now = r.now.Add(2 * time.Hour) // it would have expired
		return r.try(func(v newsroom.View) (newsroom.Effects, error) { return r.ResumeMailing(v, 1, r.now) })
	}
	r := frozen(t, delivery.KindIssue, issue.Sending)
	if err := resume(r); err != nil || !r.mailing().Expires.Equal(r.now.Add(delivery.IssueLife)) {
		t.Errorf("%v, it expires %s", err, r.mailing().Expires)
	}
	if err := resume(frozen(t, delivery.KindReminder, "")); !errors.Is(err, newsroom.ErrEventStarted) {
		t.Errorf("a reminder's: %v", err)
	}
}

// With its mailing an issue that is being sent is cancelled, paused or not; one that
// was sent, and whose mailing was taken up again, stays sent.
func TestCancelMailing_CancelsTheIssueThatIsBeingSent(t *testing.T) {
	for _, c := range []struct{ before, after issue.State }{{issue.Sending, issue.Cancelled}, {issue.Sent, issue.Sent}} {
		for _, state := range []delivery.MailingState{delivery.MailingSending, delivery.MailingPaused} {
			r := frozen(t, delivery.KindIssue, c.before)
			r.stand(state)
			r.act(func(v newsroom.View) (newsroom.Effects, error) { return r.CancelMailing(v, 1, r.now) })
			if got := r.state(1); got != c.after || r.mailing().State != delivery.MailingCancelled {
				t.Errorf("the issue was %s and is %s, its mailing was %s and is %s", c.before, got, state, r.mailing().State)
			}
		}
	}
}

func TestRetryMailing_NothingToRetryIsRefused(t *testing.T) {
	for _, failed := range []bool{false, true} {
		r := frozen(t, delivery.KindIssue, issue.Sending)
		err := r.try(func(v newsroom.View) (newsroom.Effects, error) { return r.RetryMailing(v, 1, failed, r.now) })
		if !errors.Is(err, newsroom.ErrNothingToRetry) {
			t.Errorf("failed %v: %v", failed, err)
		}
		r.stand(delivery.MailingPaused)
		var wrong *newsroom.MailingError
		err = r.try(func(v newsroom.View) (newsroom.Effects, error) { return r.RetryMailing(v, 1, failed, r.now) })
		if !errors.As(err, &wrong) {
			t.Errorf("paused, failed %v: %v", failed, err)
		}
	}
}

func TestReleaseHold_SecondIsRefused(t *testing.T) {
	r := newRoom(t)
	release := func() error {
		return r.try(func(v newsroom.View) (newsroom.Effects, error) { return r.ReleaseHold(v, r.now) })
	}
	if err := release(); !errors.Is(err, newsroom.ErrNotHeld) {
		t.Errorf("not held: %v", err)
	}
	r.act(func(v newsroom.View) (newsroom.Effects, error) { return r.HoldRestored(v, r.now) })
	if err := release(); err != nil {
		t.Errorf("held: %v", err)
	}
	if err := release(); !errors.Is(err, newsroom.ErrNotHeld) {
		t.Errorf("lifted: %v", err)
	}
}

// The operator hears of a mailing that many did not get, and not of each dead address.
func TestMailingEnded_OperatorIsToldOfManyFailures(t *testing.T) {
	for _, c := range []struct {
		failed, readers int
		told            bool
	}{{1, 1, true}, {40, 40, true}, {1, 8, false}, {2, 8, false}, {3, 8, true}, {3, 31, false}, {99, 1000, false}, {100, 1000, true}} {
		r := newRoom(t)
		before := r.letters(delivery.KindNotice)
		r.act(func(v newsroom.View) (newsroom.Effects, error) {
			return r.MailingEnded(v, 1, c.failed, c.readers, r.now)
		})
		if got := r.letters(delivery.KindNotice)-before == 1; got != c.told {
			t.Errorf("%d of %d: told %t", c.failed, c.readers, got)
		}
	}
}

// Of an issue that was cancelled before anybody got it the items wait for the next one;
// once somebody may have it, they are published.
func TestCancel_UnsentItemsWaitForTheNextIssue(t *testing.T) {
	members := []audience.Segment{{Name: "members", Any: []string{"m"}}}
	for _, sent := range []bool{false, true} {
		r := newRoom(t)
		r.Segments = members
		_, err := r.store.ImportPeople(t.Context(), audience.Import{
			People: []audience.Subscriber{{Address: "zoe@x.example", Tags: []string{"m"}, Consent: "form"}}, Columns: []string{"email", "tags"},
		}, r.now)
		if err != nil {
			t.Fatal(err)
		}
		r.offer(1, item.Content{Title: "Un", Section: "cites", Language: "fr"})
		r.order(1, editorial.Approve)
		r.now = time.Date(2018, 2, 12, 9, 0, 0, 0, r.Location)
		r.act(func(v newsroom.View) (newsroom.Effects, error) { return r.Close(v, 1, r.now) })
		laid, shown := r.content(1), []issue.Edition{{Language: "fr", Images: []string{}}}
		r.act(func(v newsroom.View) (newsroom.Effects, error) { return r.Propose(v, laid, shown, r.now) })
		r.act(func(v newsroom.View) (newsroom.Effects, error) {
			fx, _, err := r.Sign(v, 1, editorial.Signature{Proof: 1, Hash: issue.EditionsHash(laid, shown), Editor: "elise@reseau.example", At: r.now})
			return fx, err
		})
		r.act(func(v newsroom.View) (newsroom.Effects, error) { return r.Send(v, 1, r.now) })
		if sent {
			if p, err := r.store.Ledger().Claim(t.Context(), r.now, 1000); err != nil || len(p) == 0 {
				t.Fatal(p, err)
			}
		}
		r.act(func(v newsroom.View) (newsroom.Effects, error) { return r.Cancel(v, 1, r.now) })
		items, err := r.store.Items(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		it := items[0]
		if sent && (it.State != item.Published || it.Issue != 1) || !sent && (it.State != item.Approved || it.Issue != 0) {
			t.Errorf("sent %t: the item is %s, in issue %d", sent, it.State, it.Issue)
		}
	}
}
