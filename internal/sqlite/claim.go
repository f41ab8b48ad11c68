package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// Claim implements delivery.Queue. Letters come first, then reminders, then issues, the
// oldest mailing first. Within a mailing, deferred deliveries that are due come first, but
// take at most half of the mailing's share while others wait. Nothing is claimed while
// a hold is active.
func (l *Ledger) Claim(ctx context.Context, now time.Time, n int) ([]delivery.Job, error) {
	if idle, err := l.idle(ctx, now); err != nil || idle && !l.pending() {
		return nil, err
	}
	var jobs []delivery.Job
	seen := delivery.Snapshot{At: time.Now(), Version: l.s.version.Load()} // before the query, to be safe
	err := l.flush(ctx, func(tx *sql.Tx) error {
		if _, held, err := newView(ctx, tx).Hold(); held || err != nil {
			return err
		}
		if err := settleLetters(ctx, tx, now); err != nil {
			return err
		}
		n, err := l.refusals(ctx, tx, now, n)
		if err != nil {
			return err
		}
		if jobs, err = list(ctx, tx, readLetterJob, claimLetters, now.UnixMilli(), n); err != nil {
			return fmt.Errorf("claim letters: %w", err)
		}
		active, err := list(ctx, tx, readActive, activeMailings)
		if err != nil {
			return fmt.Errorf("find mailings: %w", err)
		}
		for _, m := range active {
			state, why := m.over(now)
			if state != "" {
				err = settleRest(ctx, tx, m, state, why, now)
			}
			if left := n - len(jobs); left > 0 && err == nil && (state == "" || state == delivery.Failed && m.kind == delivery.KindIssue) {
				jobs, err = claimFrom(ctx, tx, jobs, m, now, left) // of an expired issue, only what waited because the relay refuses us
			}
			if err != nil {
				return fmt.Errorf("claim from mailing %d: %w", m.id, err)
			}
		}
		return l.endMailings(ctx, tx, now)
	})
	if err != nil {
		return nil, err // nothing is claimed unless the commit succeeded
	}
	for i := range jobs {
		jobs[i].Snapshot = seen
	}
	return jobs, nil
}

// idle reports whether a claim would change nothing. It uses a reading connection.
func (l *Ledger) idle(ctx context.Context, now time.Time) (bool, error) {
	const due = `EXISTS (SELECT 1 FROM delivery WHERE delivery.mailing = mailing.id AND delivery.state = '%s'
		AND (next <= ?1 OR mailing.expires <= ?1))`
	var busy bool
	err := l.s.r.QueryRowContext(ctx, `SELECT NOT `+held+` AND (
		NOT `+allMailWaits+` AND (EXISTS (SELECT 1 FROM letter WHERE state IN ('queued', 'deferred') AND next <= ?1)
			OR EXISTS (SELECT 1 FROM mailing WHERE state = 'sending' AND (`+fmt.Sprintf(due, "queued")+` OR `+fmt.Sprintf(due, "deferred")+`)))
		OR EXISTS (SELECT 1 FROM `+pausingOf+` AND `+pausing+`2 <= ?1)
		OR EXISTS (SELECT 1 FROM mailing WHERE `+cancelledMailing+`)
		OR EXISTS (SELECT 1 FROM mailing WHERE `+ended+`))`, now.UnixMilli(), delivery.RefusalLife.Milliseconds()).Scan(&busy)
	return !busy, err
}

// NextDue implements delivery.Queue.
func (l *Ledger) NextDue(ctx context.Context) (time.Time, bool, error) {
	const first = `SELECT (SELECT min(next) FROM delivery WHERE delivery.mailing = mailing.id AND delivery.state = '%s') FROM mailing WHERE state = 'sending'`
	var at, until, paused sql.NullInt64
	err := l.s.r.QueryRowContext(ctx, `SELECT min(next), (SELECT next FROM relay_refusal WHERE domain = ''), (SELECT min(`+pausing+`) FROM `+pausingOf+`)
		FROM (SELECT min(next) AS next FROM letter WHERE state IN ('queued', 'deferred')
		UNION ALL `+fmt.Sprintf(first, "queued")+` UNION ALL `+fmt.Sprintf(first, "deferred")+`) WHERE NOT `+held,
		delivery.RefusalLife.Milliseconds()).Scan(&at, &until, &paused)
	next := instant(at)
	if at.Valid && until.Valid && next.Before(instant(until)) {
		next = instant(until)
	}
	if at.Valid && paused.Valid && instant(paused).Before(next) {
		next = instant(paused)
	}
	return next, at.Valid, err
}

const claimLetters = `UPDATE letter SET state = 'claimed', claims = claims + 1, claimed = ?1 WHERE id IN (
		SELECT id FROM letter WHERE state IN ('queued', 'deferred') AND next <= ?1 ORDER BY next, id LIMIT ?2)
	RETURNING id, kind, topic, address, name, language, request, message, item, issue, args, created, expires, claims, attempts, maybe_sent`

func readLetterJob(row scanner) (delivery.Job, error) {
	var l delivery.Letter
	var created, expires sql.NullInt64
	var address, args string
	job := delivery.Job{Class: delivery.ClassLetter}
	err := row.Scan(&l.ID, &l.Kind, &l.Topic, &address, &l.To.Name, &l.Language, &l.Request, &l.Message, &l.Item, &l.Issue,
		&args, &created, &expires, &job.Claim, &job.Attempts, &job.MaybeSent)
	if err != nil {
		return job, err
	}
	l.To.Address, l.Created = message.Address(address), instant(created)
	job.ID, job.Kind, job.To, job.Language, job.Created, job.Expires = int64(l.ID), l.Kind, l.To, l.Language, l.Created, instant(expires)
	job.Letter = &l
	return job, json.Unmarshal([]byte(args), &l.Args)
}

// expired begins the reply of a mail that expired.
const expired = "expired: "

// settleWindow is the number of rows of each kind that one claim settles at the most, so
// that a claim is always short.
const settleWindow = 5000

// settleLetters settles the letters that expired and those to suppressed addresses.
func settleLetters(ctx context.Context, tx *sql.Tx, now time.Time) error {
	const waiting = ` WHERE id IN (SELECT id FROM letter WHERE state IN ('queued', 'deferred') AND next <= ?1 ORDER BY next, id LIMIT ?2) AND `
	for _, query := range []string{
		`UPDATE letter SET state = 'failed', settled = ?1, reply = '` + expired + `' || reply` + waiting + `expires <= ?1 AND NOT ` + waitsFor(`letter.address`),
		`UPDATE letter SET state = 'suppressed', settled = ?1` + waiting + suppressedLetter,
	} {
		if _, err := tx.ExecContext(ctx, query, now.UnixMilli(), settleWindow); err != nil {
			return fmt.Errorf("settle letters: %w", err)
		}
	}
	return nil
}

const suppressedLetter = `EXISTS (SELECT 1 FROM suppression WHERE address_key = lower(letter.address))`

// activeMailing is a mailing from which deliveries may be claimed.
type activeMailing struct {
	id               delivery.MailingID
	kind             delivery.Kind
	created, expires time.Time
	cancelled        bool // the mailing or its event
}

// cancelledMailing is the condition of a cancelled mailing with deliveries that still wait.
const cancelledMailing = `mailing.state = 'cancelled' AND (` + existsIn + `'queued') OR ` + existsIn + `'deferred'))`

const activeMailings = `SELECT mailing.id, kind, created, expires, state = 'cancelled' OR coalesce(cancelled, 0) FROM mailing
	LEFT JOIN event ON event.id = mailing.event WHERE state = 'sending' OR ` + cancelledMailing + ` ORDER BY kind = 'issue', created, mailing.id`

func readActive(row scanner) (m activeMailing, err error) {
	var created, expires sql.NullInt64
	err = row.Scan(&m.id, &m.kind, &created, &expires, &m.cancelled)
	m.created, m.expires = instant(created), instant(expires)
	return m, err
}

// over returns the final state and the reply for the deliveries left of a mailing that was
// cancelled or has expired; the state is "" if the mailing goes on.
func (m activeMailing) over(now time.Time) (state delivery.State, why string) {
	switch {
	case m.cancelled:
		return delivery.Cancelled, ""
	case !now.Before(m.expires):
		return delivery.Failed, expired
	}
	return "", ""
}

// settleRest settles up to settleWindow waiting deliveries of a mailing that is over.
// Deliveries of an issue that wait because the relay refuses us do not expire.
func settleRest(ctx context.Context, tx *sql.Tx, m activeMailing, state delivery.State, why string, now time.Time) error {
	except := ``
	if state == delivery.Failed && m.kind == delivery.KindIssue {
		except = ` AND NOT ` + waitsFor(`(SELECT address FROM person WHERE person.id = delivery.person)`)
	}
	for _, waiting := range []delivery.State{delivery.Queued, delivery.Deferred} {
		_, err := tx.ExecContext(ctx, `UPDATE delivery SET state = ?, settled = ?, reply = ? || reply WHERE id IN (
			SELECT id FROM delivery WHERE mailing = ? AND state = '`+string(waiting)+`'`+except+` LIMIT ?)`,
			state, stamp(now), why, m.id, settleWindow)
		if err != nil {
			return err
		}
	}
	return nil
}

// optedOut is the condition of a person who unsubscribed or is suppressed.
const optedOut = `(unsubscribed IS NOT NULL OR EXISTS (SELECT 1 FROM suppression WHERE suppression.address_key = person.address_key))`

// claimFrom claims up to n deliveries of a mailing and appends them to jobs.
func claimFrom(ctx context.Context, tx *sql.Tx, jobs []delivery.Job, m activeMailing, now time.Time, n int) ([]delivery.Job, error) {
	enough := len(jobs) + n
	for _, turn := range []struct {
		state delivery.State
		most  int
	}{{delivery.Deferred, (n + 1) / 2}, {delivery.Queued, n}, {delivery.Deferred, n}} {
		for most := min(turn.most, enough-len(jobs)); most > 0; most = min(most, enough-len(jobs)) {
			took, gone, err := claimSome(ctx, tx, m, turn.state, now, most)
			if err != nil {
				return nil, err
			}
			jobs = append(jobs, took...)
			if gone == 0 {
				break
			}
		}
	}
	return jobs, nil
}

// claimSome claims up to n deliveries of a mailing in one of the two waiting states. It
// marks those of people who unsubscribed as suppressed and returns their number as gone.
func claimSome(ctx context.Context, tx *sql.Tx, m activeMailing, state delivery.State, now time.Time, n int) (took []delivery.Job, gone int, err error) {
	type candidate struct {
		delivery.Job
		left bool
	}
	all, err := list(ctx, tx, func(row scanner) (c candidate, err error) {
		job := &c.Job
		job.Class, job.Mailing, job.Kind, job.Created, job.Expires = delivery.ClassDelivery, m.id, m.kind, m.created, m.expires
		var address string
		err = row.Scan(&job.ID, &job.Subscriber, &job.Variant, &job.Claim, &job.Attempts, &job.MaybeSent, &address, &job.To.Name, &job.Language, &c.left)
		job.To.Address = message.Address(address)
		return c, err
	}, `SELECT delivery.id, person.id, variant, claims + 1, attempts, maybe_sent, address, name, language, `+optedOut+`
		FROM delivery JOIN person ON person.id = delivery.person
		WHERE mailing = ? AND state = '`+string(state)+`' AND next <= ? ORDER BY next, delivery.id LIMIT ?`, m.id, now.UnixMilli(), n)
	if err != nil {
		return nil, 0, err
	}
	ids, lost := make([]int64, 0, len(all)), []int64{}
	for _, c := range all {
		if c.left {
			lost = append(lost, c.ID)
			continue
		}
		ids = append(ids, c.ID)
		took = append(took, c.Job)
	}
	if err := setAll(ctx, tx, `state = 'claimed', claims = claims + 1, claimed = ?`, ids, now); err != nil {
		return nil, 0, err
	}
	if len(lost) > 0 {
		if err := setAll(ctx, tx, `state = 'suppressed', settled = ?`, lost, now); err != nil {
			return nil, 0, err
		}
		if err := count(ctx, tx, m.id, len(lost), now); err != nil {
			return nil, 0, err
		}
	}
	return took, len(lost), nil
}

// setAll updates the deliveries with these IDs; now is the first parameter of set.
func setAll(ctx context.Context, tx *sql.Tx, set string, ids []int64, now time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	numbers, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE delivery SET `+set+` WHERE id IN (SELECT value FROM json_each(?))`, stamp(now), string(numbers))
	return err
}

// ended is the condition of a mailing all of whose deliveries are settled.
const ended = `mailing.state = 'sending'
	AND NOT ` + existsIn + `'queued') AND NOT ` + existsIn + `'deferred') AND NOT ` + existsIn + `'claimed')`

// endMailings marks mailings with all deliveries settled as sent, and their issues too.
func (l *Ledger) endMailings(ctx context.Context, tx *sql.Tx, now time.Time) error {
	over, err := list(ctx, tx, readNumber, `UPDATE mailing SET state = 'sent', ended = ? WHERE `+ended+` RETURNING id`, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("end mailings: %w", err)
	}
	for _, id := range over {
		var failed, size int
		err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM `+failedDeliveries+`), size FROM mailing WHERE id = ?1`, id).Scan(&failed, &size)
		if err != nil {
			return fmt.Errorf("end mailings: %w", err)
		}
		if failed > 0 {
			l.s.log.Warn("a mailing ended with failed deliveries", "mailing", id, "given_up", failed, "readers", size)
		}
		if failed > 0 && l.onEnd != nil {
			err := l.follow(ctx, tx, fmt.Sprint("mailing ", id), now, func(v newsroom.View) (newsroom.Effects, error) {
				return l.onEnd(v, delivery.MailingID(id), failed, size, now)
			})
			if err != nil {
				return fmt.Errorf("end mailings: %w", err)
			}
		}
	}
	sent, err := list(ctx, tx, readNumber, `UPDATE issue SET state = ? WHERE state = ? AND EXISTS (
		SELECT 1 FROM mailing WHERE mailing.issue = issue.id AND mailing.state = 'sent') RETURNING id`, issue.Sent, issue.Sending)
	if err != nil {
		return fmt.Errorf("end issues: %w", err)
	}
	return logSent(ctx, tx, sent, now)
}

// fresh is how long, in real time, a snapshot is trusted. Changes by another process may
// go unseen for that long.
const fresh = 400 * time.Millisecond

// Recheck implements delivery.Queue.
func (l *Ledger) Recheck(ctx context.Context, job delivery.Job, now time.Time) (o delivery.Outcome, ok bool, err error) {
	if job.Snapshot.Version == l.s.version.Load() && time.Since(job.Snapshot.At) < fresh && now.Before(job.Expires) {
		return o, true, nil
	}
	query := `SELECT 'sending', 0, expires <= ?1 AND NOT ` + waitsFor(`letter.address`) + `, ` + suppressedLetter + `, reply FROM letter WHERE id = ?2`
	if job.Class == delivery.ClassDelivery {
		query = `SELECT mailing.state, coalesce(event.cancelled, 0), mailing.expires <= ?1 AND NOT (mailing.kind = 'issue' AND ` + waitsFor(`person.address`) + `), ` + optedOut + `, reply
			FROM delivery JOIN person ON person.id = delivery.person JOIN mailing ON mailing.id = delivery.mailing
			LEFT JOIN event ON event.id = mailing.event WHERE delivery.id = ?2`
	}
	var mailing, reply string
	var cancelled, over, gone bool
	if err := l.s.r.QueryRowContext(ctx, query, now.UnixMilli(), job.ID).Scan(&mailing, &cancelled, &over, &gone, &reply); err != nil {
		return o, false, fmt.Errorf("recheck %s: %w", job, err)
	}
	o.At = now
	switch {
	case cancelled || mailing == "cancelled":
		o.State = delivery.Cancelled
	case gone:
		o.State = delivery.Suppressed
	case over:
		o.State, o.Reply = delivery.Failed, expired+reply
	case mailing != "sending":
		o.State = delivery.Queued
	default:
		return o, true, nil
	}
	return o, false, nil
}
