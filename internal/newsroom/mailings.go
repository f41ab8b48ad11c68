package newsroom

import (
	"errors"
	"fmt"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/issue"
)

// Mailings reads the mailings and what holds them back.
type Mailings interface {
	// Mailing returns ErrNotFound for an unknown number.
	Mailing(id delivery.MailingID) (Mailing, error)
	// AnySent reports whether anything of an issue's mailings was, or may have been, sent.
	AnySent(issue.ID) (bool, error)
	// Hold returns the hold in force; false for none.
	Hold() (Hold, bool, error)
	// RelayRefusals lists what refuses our mail now, the relay first.
	RelayRefusals() ([]RelayRefusal, error)
}

// Mailing is a mailing as the operator controls it.
type Mailing struct {
	ID       delivery.MailingID
	Kind     delivery.Kind
	Issue    int64 // 0 of a reminder
	State    delivery.MailingState
	Expires  time.Time
	Deferred bool // at least one delivery is
	Failed   bool // at least one delivery has
}

// Hold suspends all sending, letters included: the store was restored from a copy, and what
// was sent after the copy was made is unknown.
type Hold struct {
	CopiedAt   time.Time // when the copy was made, as far as is known
	RestoredAt time.Time // zero for a copy that was put in place by hand
	ReleasedAt time.Time // zero while it is in force
}

type (
	// MoveMailing pauses a mailing, or resumes it until it expires. A delivery under way
	// checks the state once more before it is written; on a pause it is queued again.
	MoveMailing struct {
		Mailing delivery.MailingID
		Issue   int64
		State   delivery.MailingState
		Expires time.Time
		At      time.Time
	}

	// CancelMailing cancels the queued deliveries of one mailing.
	CancelMailing struct {
		Mailing delivery.MailingID
		At      time.Time
	}

	// RetryMailing retries the deferred deliveries of a mailing at once, and on Failed the failed
	// ones too, which reopens an ended mailing.
	RetryMailing struct {
		Mailing delivery.MailingID
		Issue   int64
		Failed  bool
		Expires time.Time
		At      time.Time
	}

	// HoldAll suspends all sending from a restored store. Deliveries that the copy caught under
	// way count as maybe sent, and running mailings are paused.
	HoldAll struct{ At time.Time }

	// ReleaseHold ends the hold in force.
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
	// ErrNothingToRetry reports a mailing without deliveries to retry.
	ErrNothingToRetry = errors.New("there is nothing to be tried again")
	// ErrNotHeld reports a store that is not on hold.
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

// mailingInState reads a mailing and returns a *MailingError unless it is in an allowed state.
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

// expiry returns until when a mailing is sent that the operator resumes or retries: an
// issue's as long as a new one, a reminder's until its event begins. It returns
// ErrEventStarted when that is past.
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

// PauseMailing suspends the sending of a mailing until it is resumed.
func (s *Service) PauseMailing(v View, id delivery.MailingID, now time.Time) (Effects, error) {
	m, err := mailingInState(v, id, "pause", delivery.MailingSending)
	if err != nil {
		return nil, err
	}
	return Effects{MoveMailing{id, m.Issue, delivery.MailingPaused, m.Expires, now}}, nil
}

// ResumeMailing resumes a paused mailing.
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

// CancelMailing cancels the queued deliveries of a mailing, and with it an issue that is being
// sent. An issue whose mailing was reopened stays sent.
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

// RetryMailing retries the deferred deliveries of a mailing at once, and if failed is set the
// failed ones too. It skips people who unsubscribed or are suppressed. It returns
// ErrNothingToRetry when there are none.
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

// HoldRestored suspends all sending from a store that was restored from a copy.
func (s *Service) HoldRestored(_ View, now time.Time) (Effects, error) {
	return Effects{HoldAll{now}}, nil
}

// ReleaseHold resumes letters and new mailings. Paused mailings wait until each is resumed; so
// do the running mailings of a copy that was put in place by hand. It returns ErrNotHeld when
// there is no hold.
func (s *Service) ReleaseHold(v View, now time.Time) (Effects, error) {
	h, held, err := v.Hold()
	switch {
	case err != nil:
		return nil, err
	case !held:
		return nil, ErrNotHeld
	case h.RestoredAt.IsZero():
		return Effects{HoldAll{now}, ReleaseHold{now}}, nil
	}
	return Effects{ReleaseHold{now}}, nil
}

// MailingEnded tells the operator of an ended mailing that failed for many readers: for all,
// or for a tenth and at least three. Every mailing has single dead addresses.
func (s *Service) MailingEnded(v View, id delivery.MailingID, failed, readers int, now time.Time) (Effects, error) {
	const few = 3
	if failed < readers && (failed < few || failed*10 < readers) {
		return nil, nil
	}
	return s.TellOperator(v, "given-up", now, map[string]string{
		"mailing": fmt.Sprint(id), "failed": fmt.Sprint(failed), "readers": fmt.Sprint(readers),
	})
}
