package newsroom

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"infolettre/internal/issue"
	"infolettre/internal/schedule"
)

// Store commits acts and lists what is due.
type Store interface {
	// Read shows one consistent state.
	Read(ctx context.Context, f func(View) error) error
	// Write commits the effects of f, all or none.
	Write(ctx context.Context, f func(View) (Effects, error)) error
	// Due lists the jobs that are due at a time, oldest first.
	Due(ctx context.Context, now time.Time) ([]Due, error)
	// NextDue returns the time of the next job; false when there is none.
	NextDue(ctx context.Context) (time.Time, bool, error)
}

// Renderer renders issues and reminders in each language. The editions of an issue's variants
// come in turn.
type Renderer interface {
	Issue(ctx context.Context, c issue.Content) ([]issue.Edition, error)
	Reminder(ctx context.Context, e issue.Entry) ([]issue.Edition, error)
}

// Replies handles mails that were postponed.
type Replies interface {
	// HandlePostponed reads a stored mail. It returns a function that computes the effects
	// within the transaction that marks the mail as handled.
	HandlePostponed(ctx context.Context, message int64) (f func(v View, now time.Time) (Effects, error), err error)
}

// Jobs runs what is due. A job that fails is retried later and does not delay the others.
type Jobs struct {
	schedule.Waker
	service  *Service
	store    Store
	renderer Renderer
	replies  Replies
	clock    schedule.Clock
	log      *slog.Logger
	after    func()               // called when a job is done, which may have queued mail
	retryAt  map[string]time.Time // by the job's key, in real time
}

// NewJobs returns jobs that start with Run. It calls after when a job is done.
func NewJobs(service *Service, store Store, renderer Renderer, replies Replies, clock schedule.Clock, log *slog.Logger, after func()) *Jobs {
	return &Jobs{
		Waker: schedule.NewWaker(), service: service, store: store, renderer: renderer, replies: replies, clock: clock, log: log, after: after,
		retryAt: map[string]time.Time{},
	}
}

const (
	pollInterval = 2 * time.Second // real time: another process may have added a row
	retryAfter   = time.Minute     // real time
)

// Run opens the first issue if there is none, then runs what is due until the context ends.
func (j *Jobs) Run(ctx context.Context) error {
	err := j.store.Write(ctx, func(v View) (Effects, error) {
		fx, err := j.service.Open(v, j.clock.Now())
		if err != nil {
			return nil, err
		}
		queue, err := j.service.ScheduleQueue(j.clock.Now(), j.clock.Now())
		return append(fx, queue...), err
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("open an issue: %w", err)
	}
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	var waiting []chan struct{}
	for {
		idle := j.runDue(ctx)
		if idle {
			for _, request := range waiting {
				close(request)
			}
			waiting = nil
		}
		wake, stop := j.nextWake(ctx)
		select {
		case <-ctx.Done():
			stop()
			return nil
		case <-wake:
		case <-j.Woken():
		case <-poll.C:
		case request := <-j.IdleRequests():
			waiting = append(waiting, request)
		}
		stop()
	}
}

func (j *Jobs) nextWake(ctx context.Context) (<-chan struct{}, func()) {
	next, any, err := j.store.NextDue(ctx)
	if err != nil || !any || !next.After(j.clock.Now()) {
		return nil, func() {} // a failed job waits for its retry
	}
	return j.clock.Wake(next)
}

// runDue runs all that is due and may be tried now. It reports whether nothing was left.
func (j *Jobs) runDue(ctx context.Context) (idle bool) {
	for ctx.Err() == nil {
		due, err := j.store.Due(ctx, j.clock.Now())
		if err != nil {
			if ctx.Err() == nil {
				j.log.Error("list what is due", "error", err)
			}
			return false
		}
		did := false
		for _, d := range due {
			if time.Now().Before(j.retryAt[d.Key]) {
				continue
			}
			if err := j.Do(ctx, d); err != nil {
				if ctx.Err() != nil {
					return false
				}
				j.retryAt[d.Key] = time.Now().Add(retryAfter)
				j.log.Error("job failed, will be tried again", "job", d.Key, "error", err)
				continue
			}
			delete(j.retryAt, d.Key)
			j.log.Info("job done", "job", d.Key)
			did = true
		}
		if !did {
			return true
		}
		j.after()
	}
	return false
}

// Do runs one job and marks it as done in the same transaction.
func (j *Jobs) Do(ctx context.Context, d Due) error {
	now := j.clock.Now()
	act := func(f func(View) (Effects, error)) error {
		return j.store.Write(ctx, func(v View) (Effects, error) {
			fx, err := f(v)
			return append(fx, CompleteDue{d.Key, now}), err
		})
	}
	id := issue.ID(d.Ref)
	switch d.Kind {
	case DueClose:
		return act(func(v View) (Effects, error) { return j.service.Close(v, id, now) })
	case DueSend:
		return act(func(v View) (Effects, error) { return j.service.SendDue(v, id, now) })
	case DueUnsigned:
		return act(func(v View) (Effects, error) { return j.service.RemindUnsigned(v, id, now) })
	case DueReply:
		f, err := j.replies.HandlePostponed(ctx, d.Ref)
		if err != nil {
			return fmt.Errorf("read message %d again: %w", d.Ref, err)
		}
		return act(func(v View) (Effects, error) { return f(v, now) })
	case DueList:
		return act(func(v View) (Effects, error) { return j.service.SendList(v, now) })
	case DueQueue:
		return act(func(v View) (Effects, error) { return j.service.SendQueue(v, d, now) })
	case DueCall:
		return act(func(v View) (Effects, error) { return j.service.SendCalls(v, d, now) })
	case DueProof:
		return j.unlessChanged(ctx, func() error { return j.propose(ctx, id, now, act) })
	case DueRemind:
		return j.unlessChanged(ctx, func() error { return j.remind(ctx, d, now, act) })
	}
	return fmt.Errorf("unknown kind of job %q", d.Kind)
}

// unlessChanged repeats a two-step job when the content changed between the steps.
func (j *Jobs) unlessChanged(ctx context.Context, f func() error) error {
	for range 5 {
		if err := f(); !errors.Is(err, ErrIssueChanged) || ctx.Err() != nil {
			return err
		}
	}
	return f()
}

type writeFunc func(func(View) (Effects, error)) error

func (j *Jobs) propose(ctx context.Context, id issue.ID, now time.Time, act writeFunc) error {
	var content issue.Content
	valid := false
	err := j.store.Read(ctx, func(v View) (err error) {
		if valid, err = j.service.proofUpToDate(v, id); err == nil && !valid {
			content, err = j.service.Content(v, id)
		}
		return err
	})
	if err != nil {
		return err
	}
	if valid {
		return act(func(View) (Effects, error) { return nil, nil })
	}
	editions, err := j.renderer.Issue(ctx, content)
	if err != nil {
		return fmt.Errorf("render issue %d: %w", id, err)
	}
	return act(func(v View) (Effects, error) { return j.service.ProposeDue(v, content, editions, now) })
}

func (j *Jobs) remind(ctx context.Context, d Due, now time.Time, act writeFunc) error {
	var entry issue.Entry
	var send bool
	err := j.store.Read(ctx, func(v View) (err error) {
		entry, send, err = j.service.ReminderDue(v, d, now)
		return err
	})
	if err != nil {
		return err
	}
	var editions []issue.Edition
	if send {
		if editions, err = j.renderer.Reminder(ctx, entry); err != nil {
			return fmt.Errorf("render reminder of event %d: %w", entry.ID, err)
		}
	}
	return act(func(v View) (Effects, error) { return j.service.Remind(v, d, entry, editions, now) })
}
