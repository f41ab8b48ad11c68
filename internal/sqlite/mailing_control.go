package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/newsroom"
)

// existsIn begins the condition that a mailing has a delivery in a state: append the quoted state
// and ")". A partial index answers it.
const existsIn = `EXISTS (SELECT 1 FROM delivery WHERE delivery.mailing = mailing.id AND delivery.state = `

// failedDeliveries selects the failed deliveries of mailing ?1. It repeats the condition of the partial
// index, so that SQLite can use it.
const failedDeliveries = `delivery INDEXED BY delivery_failed WHERE mailing = ?1 AND state IN ('failed', 'suppressed', 'cancelled') AND state = 'failed'`

func (v *view) Mailing(id delivery.MailingID) (newsroom.Mailing, error) {
	m := newsroom.Mailing{ID: id}
	var expires sql.NullInt64
	err := v.row(`SELECT kind, issue, state, expires, `+existsIn+`'deferred'),
		EXISTS (SELECT 1 FROM `+failedDeliveries+`)
		FROM mailing WHERE id = ?1`, id).Scan(&m.Kind, &m.Issue, &m.State, &expires, &m.Deferred, &m.Failed)
	if err != nil {
		return m, fmt.Errorf("mailing %d: %w", id, unknown(err))
	}
	m.Expires = instant(expires)
	return m, nil
}

func (v *view) AnySent(id issue.ID) (any bool, err error) {
	err = v.row(`SELECT EXISTS (SELECT 1 FROM mailing WHERE issue = ? AND EXISTS (SELECT 1 FROM delivery
		WHERE delivery.mailing = mailing.id AND (delivery.state IN ('sent', 'claimed') OR maybe_sent > 0)))`, id).Scan(&any)
	return any, err
}

const holdColumns = `copied, restored, lifted FROM hold`

func readHold(row scanner) (h newsroom.Hold, err error) {
	var copied, restored, lifted sql.NullInt64
	err = row.Scan(&copied, &restored, &lifted)
	h.CopiedAt, h.RestoredAt, h.ReleasedAt = instant(copied), instant(restored), instant(lifted)
	return h, err
}

func (v *view) Hold() (newsroom.Hold, bool, error) {
	h, err := readHold(v.row(`SELECT ` + holdColumns + ` WHERE lifted IS NULL`))
	if errors.Is(err, sql.ErrNoRows) {
		return h, false, nil
	}
	return h, err == nil, err
}

// held is the condition that a hold is active, so that nothing is sent.
const held = `EXISTS (SELECT 1 FROM hold WHERE lifted IS NULL)`

// WaitingLetters returns the number of letters that are queued or deferred.
func (s *Store) WaitingLetters(ctx context.Context) (n int, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT count(*) FROM letter WHERE state IN ('queued', 'deferred')`).Scan(&n)
	return n, err
}

// cancelMailings cancels mailings. Later claims settle their waiting deliveries in parts,
// because there may be a million.
func cancelMailings(exec execer, at time.Time, where string, arg any) error {
	return exec(`UPDATE mailing SET state = 'cancelled', ended = ? WHERE state IN ('sending', 'paused') AND `+where, stamp(at), arg)
}

// retry sends a mailing again: its deferred deliveries at once, and with Failed those that
// failed.
func retry(exec execer, c newsroom.RetryMailing) error {
	err := exec(`UPDATE mailing SET state = 'sending', ended = NULL, expires = ? WHERE id = ?`, stamp(c.Expires), c.Mailing)
	if err == nil {
		err = exec(`UPDATE delivery SET next = ?1 WHERE mailing = ?2 AND state = 'deferred' AND next > ?1`, stamp(c.At), c.Mailing)
	}
	if err != nil || !c.Failed {
		return err
	}
	// The next attempt overwrites the last one in the delivery's row.
	if err := exec(`INSERT INTO attempt (class, mail, number, at, state, claimed, began, connection, code, reply)
		SELECT 'delivery', id, max(attempts - 1, 0), settled, 'failed', claimed, began, connection, code, reply
		FROM `+failedDeliveries, c.Mailing); err != nil {
		return err
	}
	return exec(`UPDATE delivery SET state = 'queued', next = ?2, settled = NULL WHERE id IN (SELECT id FROM `+failedDeliveries+`)`, c.Mailing, stamp(c.At))
}

// hold pauses all mailings of a restored store and activates its hold.
func hold(ctx context.Context, tx *sql.Tx, at time.Time) error {
	exec := func(query string, args ...any) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}
	if err := exec(`UPDATE mailing SET state = 'paused' WHERE state = 'sending'`); err != nil {
		return err
	}
	if _, err := requeueClaimed(ctx, tx, doubtCopied, at); err != nil {
		return err
	}
	// A copy without a hold was not made by Backup: its latest row tells its age.
	err := exec(`INSERT INTO hold (copied) SELECT min(?1, max(
			(SELECT coalesce(max(at), 0) FROM audit), (SELECT coalesce(max(received), 0) FROM message),
			(SELECT coalesce(max(at), 0) FROM throughput), (SELECT coalesce(max(started), 0) FROM run)))
		WHERE NOT `+held, stamp(at))
	if err != nil {
		return err
	}
	return exec(`UPDATE hold SET restored = ? WHERE lifted IS NULL`, stamp(at))
}
