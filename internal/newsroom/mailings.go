package newsroom

import (
	"errors"
	"fmt"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/issue"
)

// Mailings are what was frozen to be sent.
type Mailings interface {
	// Mailing returns ErrNotFound for a number that no mailing has.
	Mailing(id delivery.MailingID) (Mailing, error)
	// AnySent reports whether of an issue's mailings anything was, or may have been,
	// sent.
	AnySent(issue.ID) (bool, error)
	// Hold is the one that stands; false for none.
	Hold() (Hold, bool, error)
	// RelayRefusals are those that refuse us now, the relay first.
	RelayRefusals() ([]RelayRefusal, error)
}

// Mailing is a mailing as the operator steers it.
type Mailing struct {
	ID       delivery.MailingID
	Kind     delivery.Kind
	Issue    int64 // 0 of a reminder
	State    delivery.MailingState
	Expires  time.Time
	Deferred bool // something of it is
	Failed   bool // likewise
}

// Hold is that nothing is sent at all, letters neither: the store was restored
// from a copy, and what happened between the copy and its loss is unknown.
type Hold struct {
	Copied   time.Time // when the copy was made, as far as is known
	Restored time.Time // zero for a copy that was put in place by hand
	Lifted   time.Time // zero for one that stands
}

type (
	// MoveMailing has a mailing pause, or go on until it expires. What is under way
	// when it pauses looks once more before it is written, and is put back.
	MoveMailing struct {
		Mailing delivery.MailingID
		Issue   int64
		State   delivery.MailingState
		Expires time.Time
		At      time.Time
	}

	// CancelMailing is CancelMailings for a single one.
	CancelMailing struct {
		Mailing delivery.MailingID
		At      time.Time
	}

	// RetryMailing has what is deferred of a mailing tried at once, and also what failed,
	// which takes an ended mailing up again.
	RetryMailing struct {
		Mailing delivery.MailingID
		Issue   int64
		Failed  bool
		Expires time.Time
		At      time.Time
	}

	// HoldAll has nothing sent from a restored store. What its copy caught under way
	// counts as perhaps sent, and what was being mailed is paused.
	HoldAll struct{ At time.Time }

	// ReleaseHold lifts the hold that stands.
	ReleaseHold struct{ At time.Time }
)

func (MoveMailing) change()   {}
func (CancelMailing) change() {}
func (RetryMailing) change()  {}
func (HoldAll) change()       {}
func (ReleaseHold) change()   {}

var (
	// ErrEventStarted reports a reminder whose event has begun.
	ErrEventStarted = errors.New("the event has begun")
	// ErrNothingToRetry reports that there is nothing to be tried again.
	ErrNothingToRetry = errors.New("there is nothing to be tried again")
	// ErrNotHeld reports a store without a hold.
	ErrNotHeld = errors.New("nothing is held")
)

// MailingError reports an act that a mailing's state does not allow.
type MailingError struct {
	Mailing delivery.MailingID
	State   delivery.MailingState
	Act     string // pause, resume, cancel, retry
}

func (e *MailingError) Error() string {
	return fmt.Sprintf("%s mailing %d: it is %s", e.Act, e.Mailing, e.State)
}

// mailingInState reads a mailing on which an act is done that some states allow.
func mailingInState(v View, id delivery.MailingID, act string, allowed ...delivery.MailingState) (m Mailing, err error) {
	if m, err = v.Mailing(id); err != nil {
		return m, err
	}
	for _, s := range allowed {
		if m.State == s {
			return m, nil
		}
	}
	return m, &MailingError{id, m.State, act}
}

// expiry is until when a mailing is sent that the operator has go on: an issue's for as
// long as a new one, a reminder's never after its event began.
func (m Mailing) expiry(now time.Time) (time.Time, error) {
	until := m.Expires
	if full := now.Add(delivery.IssueLife); m.Kind == delivery.KindIssue && full.After(until) {
		until = full
	}
	if !now.Before(until) {
		return until, ErrEventStarted
	}
	return until, nil
}

// PauseMailing has nothing more sent of a mailing until it is resumed.
func (s *Service) PauseMailing(v View, id delivery.MailingID, now time.Time) (Effects, error) {
	m, err := mailingInState(v, id, "pause", delivery.MailingSending)
	if err != nil {
		return nil, err
	}
	return Effects{MoveMailing{id, m.Issue, delivery.MailingPaused, m.Expires, now}}, nil
}

// ResumeMailing has a paused mailing go on.
func (s *Service) ResumeMailing(v View, id delivery.MailingID, now time.Time) (Effects, error) {
	m, err := mailingInState(v, id, "resume", delivery.MailingPaused)
	if err != nil {
		return nil, err
	}
	until, err := m.expiry(now)
	if err != nil {
		return nil, err
	}
	return Effects{MoveMailing{id, m.Issue, delivery.MailingSending, until, now}}, nil
}

// CancelMailing cancels what waits of a mailing, and with it the issue that was being
// sent; an issue whose mailing was taken up again stays sent.
func (s *Service) CancelMailing(v View, id delivery.MailingID, now time.Time) (Effects, error) {
	m, err := mailingInState(v, id, "cancel", delivery.MailingSending, delivery.MailingPaused)
	if err != nil {
		return nil, err
	}
	if m.Issue != 0 {
		is, err := v.Issue(issue.ID(m.Issue))
		if err != nil {
			return nil, err
		}
		if is.State == issue.Sending {
			return s.Cancel(v, is.ID, now)
		}
	}
	return Effects{CancelMailing{id, now}}, nil
}

// RetryMailing has what is deferred of a mailing tried at once, and what failed too if
// failed says so. Who left the lists or is suppressed gets nothing all the same.
func (s *Service) RetryMailing(v View, id delivery.MailingID, failed bool, now time.Time) (Effects, error) {
	allowed := []delivery.MailingState{delivery.MailingSending}
	if failed {
		allowed = append(allowed, delivery.MailingSent)
	}
	m, err := mailingInState(v, id, "retry", allowed...)
	if err != nil {
		return nil, err
	}
	if !m.Deferred && !(failed && m.Failed) {
		return nil, ErrNothingToRetry
	}
	until := m.Expires
	if failed {
		if until, err = m.expiry(now); err != nil {
			return nil, err
		}
	}
	return Effects{RetryMailing{id, m.Issue, failed, until, now}}, nil
}

// HoldRestored has nothing sent from a store that was restored from a copy.
func (s *Service) HoldRestored(_ View, now time.Time) (Effects, error) {
	return Effects{HoldAll{now}}, nil
}

// ReleaseHold has letters go again, and mailings that are frozen from here on. Those
// that are paused wait to be resumed one by one; so does what was being mailed in a copy
// that was put in place by hand.
func (s *Service) ReleaseHold(v View, now time.Time) (Effects, error) {
	h, held, err := v.Hold()
	switch {
	case err != nil:
		return nil, err
	case !held:
		return nil, ErrNotHeld
	case h.Restored.IsZero():
		return Effects{HoldAll{now}, ReleaseHold{now}}, nil
	}
	return Effects{ReleaseHold{now}}, nil
}

// MailingEnded tells the operator of a mailing that came to its end and was given up for many
// of its readers: for all, or for a tenth and more than a few. Single dead addresses
// are every mailing's.
func (s *Service) MailingEnded(v View, id delivery.MailingID, failed, readers int, now time.Time) (Effects, error) {
	const few = 3
	if failed < readers && (failed < few || failed*10 < readers) {
		return nil, nil
	}
	return s.TellOperator(v, "given-up", now, map[string]string{
		"mailing": fmt.Sprint(id), "failed": fmt.Sprint(failed), "readers": fmt.Sprint(readers),
	})
}
