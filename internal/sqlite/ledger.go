package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// Ledger is the record of letters and deliveries.
type Ledger struct {
	s       *Store
	refused Refusals // nil for nothing
}

var _ delivery.Ledger = Ledger{}

// Ledger returns the store's.
func (s *Store) Ledger() Ledger { return Ledger{s: s} }

// Recover takes up what an earlier process left: what it had claimed was not
// sent, what it was writing may have been and is repeated as such. It is called
// once, under the folder's lock, before anything is sent.
func (l Ledger) Recover(ctx context.Context) (released, doubtful int64, err error) {
	err = l.s.write(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"letter", "delivery"} {
			r, err := tx.ExecContext(ctx, `UPDATE `+table+` SET state = 'queued' WHERE state = 'claimed'`)
			if err != nil {
				return err
			}
			d, err := tx.ExecContext(ctx, `UPDATE `+table+` SET state = 'queued', doubtful = 1, attempts = attempts + 1 WHERE state = 'in_doubt'`)
			if err != nil {
				return err
			}
			n, _ := r.RowsAffected() // the driver never fails it
			m, _ := d.RowsAffected()
			released, doubtful = released+n, doubtful+m
		}
		return nil
	})
	return released, doubtful, err
}

const claimLetters = `UPDATE letter SET state = 'claimed' WHERE id IN (
		SELECT id FROM letter WHERE state IN ('queued', 'deferred') AND next <= ? ORDER BY next, id LIMIT ?)
	RETURNING id, kind, topic, address, name, language, request, message, item, issue, args, created, expires, attempts, doubtful`

const claimDeliveries = `UPDATE delivery SET state = 'claimed' WHERE id IN (
		SELECT id FROM delivery WHERE state IN ('queued', 'deferred') AND urgency = ? AND next <= ? ORDER BY next, id LIMIT ?)
	RETURNING id, mailing, person, variant, attempts, doubtful,
		(SELECT kind FROM mailing WHERE mailing.id = mailing),
		(SELECT created FROM mailing WHERE mailing.id = mailing),
		(SELECT expires FROM mailing WHERE mailing.id = mailing),
		(SELECT address FROM person WHERE person.id = person),
		(SELECT name FROM person WHERE person.id = person),
		(SELECT language FROM person WHERE person.id = person)`

// Claim is delivery.Ledger's. Letters come first, then reminders, then issues.
func (l Ledger) Claim(ctx context.Context, now time.Time, n int) ([]delivery.Parcel, error) {
	if idle, err := l.idle(ctx, now); err != nil || idle {
		return nil, err
	}
	var parcels []delivery.Parcel
	err := l.s.write(ctx, func(tx *sql.Tx) error {
		if err := settleLapsed(ctx, tx, now); err != nil {
			return err
		}
		letters, err := list(ctx, tx, readLetterParcel, claimLetters, now.UnixMilli(), n)
		if err != nil {
			return fmt.Errorf("claim letters: %w", err)
		}
		parcels = letters
		for urgency := 1; urgency <= 2 && len(parcels) < n; urgency++ {
			more, err := list(ctx, tx, readDeliveryParcel, claimDeliveries, urgency, now.UnixMilli(), n-len(parcels))
			if err != nil {
				return fmt.Errorf("claim deliveries: %w", err)
			}
			parcels = append(parcels, more...)
		}
		return endMailings(ctx, tx, now)
	})
	if err != nil {
		return nil, err // what was not committed is not claimed
	}
	return parcels, nil
}

// idle reports whether a claim would change nothing, without taking the writer.
func (l Ledger) idle(ctx context.Context, now time.Time) (bool, error) {
	var busy bool
	err := l.s.r.QueryRowContext(ctx, `SELECT
		EXISTS (SELECT 1 FROM letter WHERE state IN ('queued', 'deferred') AND next <= ?1)
		OR EXISTS (SELECT 1 FROM delivery WHERE state IN ('queued', 'deferred') AND next <= ?1)
		OR EXISTS (SELECT 1 FROM mailing WHERE `+ended+`)`, now.UnixMilli()).Scan(&busy)
	return !busy, err
}

// Why a delivery is not to be attempted any more, as conditions on its row; ?1 is
// the present. Claim settles those waiting by them, and Doubt those claimed.
const (
	expired = `(SELECT expires FROM mailing WHERE mailing.id = delivery.mailing) <= ?1`
	left    = `EXISTS (SELECT 1 FROM person LEFT JOIN suppression USING (address_key)
		WHERE person.id = delivery.person AND (unsubscribed IS NOT NULL OR reason IS NOT NULL))`
	cancelled = `EXISTS (SELECT 1 FROM mailing LEFT JOIN event ON event.id = mailing.event
		WHERE mailing.id = delivery.mailing AND (mailing.state <> 'sending' OR event.cancelled))`
)

// settleWindow is how many waiting rows each claim looks at, first come first: so
// that a claim costs the same however many wait. What lapsed beyond the window
// is found by Doubt, or by a later claim.
const settleWindow = 500

// settleLapsed ends what must not be attempted any more: mails that expired,
// mails to people who left or were suppressed, and what was cancelled.
func settleLapsed(ctx context.Context, tx *sql.Tx, now time.Time) error {
	const (
		letters    = ` WHERE id IN (SELECT id FROM letter WHERE state IN ('queued', 'deferred') AND next <= ?1 ORDER BY next, id LIMIT ?2) AND `
		deliveries = ` WHERE id IN (SELECT id FROM delivery WHERE state IN ('queued', 'deferred') AND next <= ?1 ORDER BY urgency, next, id LIMIT ?2) AND `
	)
	for _, query := range []string{
		`UPDATE letter SET state = 'failed', settled = ?1, reply = 'expired: ' || reply` + letters + `expires <= ?1`,
		`UPDATE letter SET state = 'suppressed', settled = ?1` + letters +
			`EXISTS (SELECT 1 FROM suppression WHERE address_key = lower(letter.address))`,
		`UPDATE delivery SET state = 'cancelled', settled = ?1` + deliveries + cancelled,
		`UPDATE delivery SET state = 'suppressed', settled = ?1` + deliveries + left,
		`UPDATE delivery SET state = 'failed', settled = ?1, reply = 'expired: ' || reply` + deliveries + expired,
	} {
		if _, err := tx.ExecContext(ctx, query, now.UnixMilli(), settleWindow); err != nil {
			return fmt.Errorf("settle what lapsed: %w", err)
		}
	}
	return nil
}

// settleOne ends a claimed delivery that lapsed, by the reason for which it did.
func settleOne(ctx context.Context, tx *sql.Tx, id int64, now time.Time) error {
	r, err := tx.ExecContext(ctx, `UPDATE delivery SET settled = ?1, state = CASE
		WHEN `+cancelled+` THEN 'cancelled' WHEN `+left+` THEN 'suppressed' ELSE 'failed' END,
		reply = iif(`+expired+`, 'expired: ' || reply, reply) WHERE id = ?2 AND state = 'claimed'`, now.UnixMilli(), id)
	if err != nil {
		return fmt.Errorf("settle delivery %d: %w", id, err)
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return errors.Join(delivery.ErrNotClaimed, err)
	}
	return nil
}

// ended is the condition of a mailing whose last delivery is settled.
const ended = `mailing.state = 'sending' AND NOT EXISTS (SELECT 1 FROM delivery
	WHERE delivery.mailing = mailing.id AND delivery.state IN ('queued', 'deferred', 'claimed', 'in_doubt'))`

// endMailings ends those of which nothing is left to be done, and their issues.
func endMailings(ctx context.Context, tx *sql.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE mailing SET state = 'sent', ended = ? WHERE `+ended, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("end mailings: %w", err)
	}
	sent, err := list(ctx, tx, readNumber, `UPDATE issue SET state = ? WHERE state = ? AND EXISTS (
		SELECT 1 FROM mailing WHERE mailing.issue = issue.id AND mailing.state = 'sent') RETURNING id`, issue.Sent, issue.Sending)
	if err != nil {
		return fmt.Errorf("end issues: %w", err)
	}
	return logSent(ctx, tx, sent, now)
}

func readLetterParcel(row scanner) (delivery.Parcel, error) {
	var l delivery.Letter
	var created, expires sql.NullInt64
	var address, args string
	p := delivery.Parcel{Class: delivery.ClassLetter}
	err := row.Scan(&l.ID, &l.Kind, &l.Topic, &address, &l.To.Name, &l.Language, &l.Request, &l.Message, &l.Item, &l.Issue,
		&args, &created, &expires, &p.Attempts, &p.Doubtful)
	if err != nil {
		return p, err
	}
	l.To.Address, l.Created = message.Address(address), instant(created)
	p.ID, p.Kind, p.To, p.Language, p.Created, p.Expires = int64(l.ID), l.Kind, l.To, l.Language, l.Created, instant(expires)
	p.Letter = &l
	return p, json.Unmarshal([]byte(args), &l.Args)
}

func readDeliveryParcel(row scanner) (delivery.Parcel, error) {
	p := delivery.Parcel{Class: delivery.ClassDelivery}
	var created, expires sql.NullInt64
	var address string
	err := row.Scan(&p.ID, &p.Mailing, &p.Subscriber, &p.Variant, &p.Attempts, &p.Doubtful, &p.Kind, &created, &expires, &address, &p.To.Name, &p.Language)
	p.To.Address, p.Created, p.Expires = message.Address(address), instant(created), instant(expires)
	return p, err
}

// Doubt is delivery.Ledger's.
func (l Ledger) Doubt(ctx context.Context, p delivery.Parcel, now time.Time) error {
	if p.Class == delivery.ClassLetter {
		return l.settle(ctx, `UPDATE letter SET state = 'in_doubt' WHERE id = ? AND state = 'claimed'`, p.ID)
	}
	lapsed := false
	err := l.s.write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE delivery SET state = 'in_doubt' WHERE id = ?2 AND state = 'claimed'
			AND NOT (`+expired+` OR `+left+` OR `+cancelled+`)`, now.UnixMilli(), p.ID)
		if err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		if n, err := r.RowsAffected(); err != nil || n == 1 {
			return err
		}
		lapsed = true
		return settleOne(ctx, tx, p.ID, now)
	})
	if err == nil && lapsed {
		return delivery.ErrLapsed
	}
	return err
}

// Record is delivery.Ledger's.
func (l Ledger) Record(ctx context.Context, p delivery.Parcel, o delivery.Outcome) error {
	table := string(p.Class)
	switch o.State {
	case delivery.Queued:
		return l.settle(ctx, `UPDATE `+table+` SET state = 'queued' WHERE id = ? AND state IN ('claimed', 'in_doubt')`, p.ID)
	case delivery.Deferred:
		return l.settle(ctx, `UPDATE `+table+` SET state = 'deferred', attempts = attempts + 1, doubtful = doubtful OR ?, next = ?, code = ?, reply = ?
			WHERE id = ? AND state IN ('claimed', 'in_doubt')`, o.Doubtful, stamp(o.Next), o.Code, o.Reply, p.ID)
	}
	return l.s.write(ctx, func(tx *sql.Tx) error {
		err := settleIn(ctx, tx, `UPDATE `+table+` SET state = ?, attempts = attempts + 1, doubtful = doubtful OR ?, settled = ?, code = ?, reply = ?
			WHERE id = ? AND state IN ('claimed', 'in_doubt')`, o.State, o.Doubtful, stamp(o.At), o.Code, o.Reply, p.ID)
		if err != nil {
			return err
		}
		return l.follow(ctx, tx, p, o)
	})
}

// settle changes one row, which must be there in the state expected.
func (l Ledger) settle(ctx context.Context, query string, args ...any) error {
	return l.s.write(ctx, func(tx *sql.Tx) error { return settleIn(ctx, tx, query, args...) })
}

func settleIn(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	r, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return errors.Join(delivery.ErrNotClaimed, err)
	}
	return nil
}

// NextDue is delivery.Ledger's.
func (l Ledger) NextDue(ctx context.Context) (time.Time, bool, error) {
	var at sql.NullInt64
	err := l.s.r.QueryRowContext(ctx, `SELECT min(next) FROM (
		SELECT min(next) AS next FROM letter WHERE state IN ('queued', 'deferred')
		UNION ALL SELECT min(next) FROM delivery WHERE state IN ('queued', 'deferred'))`).Scan(&at)
	return instant(at), at.Valid, err
}

// Rendered returns a letter as it was first written out, nil if it never was.
func (s *Store) Rendered(ctx context.Context, id delivery.LetterID) ([]byte, error) {
	var raw []byte
	err := s.r.QueryRowContext(ctx, `SELECT rendered FROM letter WHERE id = ?`, id).Scan(&raw)
	return raw, unknown(err)
}

// KeepRendered stores a letter as it is about to be sent.
func (s *Store) KeepRendered(ctx context.Context, id delivery.LetterID, raw []byte) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE letter SET rendered = ? WHERE id = ? AND rendered IS NULL`, raw, id)
		return err
	})
}

// MailingEdition returns what a mailing says in a language and variant, and the
// event that it is about, if it is about one.
func (s *Store) MailingEdition(ctx context.Context, id delivery.MailingID, language string, v issue.Variant) (e issue.Edition, event issue.Entry, err error) {
	e, err = readEdition(s.r.QueryRowContext(ctx, `SELECT `+editionColumns+` WHERE mailing = ? AND language = ? AND variant = ?`, id, language, v))
	if err != nil {
		return e, event, fmt.Errorf("edition %q %q of mailing %d: %w", language, v, id, unknown(err))
	}
	event, err = readEvent(s.r.QueryRowContext(ctx, `SELECT `+eventColumns+` WHERE id = (SELECT event FROM mailing WHERE id = ?)`, id))
	if err := unknown(err); err != nil && !errors.Is(err, newsroom.ErrUnknown) {
		return e, event, err
	}
	return e, event, nil
}

// Image returns a picture by its hash.
func (s *Store) Image(ctx context.Context, hash string) (item.Image, error) {
	img := item.Image{Hash: hash}
	err := s.r.QueryRowContext(ctx, `SELECT type, name, data FROM image WHERE hash = ?`, hash).Scan(&img.Type, &img.Name, &img.Data)
	return img, unknown(err)
}

// PublishedImage returns a picture that stands in an issue which was sent.
func (s *Store) PublishedImage(ctx context.Context, hash string) (item.Image, error) {
	var n int
	err := s.r.QueryRowContext(ctx, `SELECT count(*) FROM edition JOIN mailing ON mailing.id = edition.mailing
		JOIN issue ON issue.id = mailing.issue, json_each(edition.images)
		WHERE mailing.kind = ? AND issue.state IN (?, ?) AND json_each.value = ?`,
		delivery.KindIssue, issue.Sending, issue.Sent, hash).Scan(&n)
	if err != nil {
		return item.Image{}, err
	}
	if n == 0 {
		return item.Image{}, newsroom.ErrUnknown
	}
	return s.Image(ctx, hash)
}

// File returns a file by its hash, of an item that is neither held nor refused nor
// taken back.
func (s *Store) File(ctx context.Context, hash string) (item.Attachment, error) {
	a := item.Attachment{Hash: hash}
	err := s.r.QueryRowContext(ctx, `SELECT type, name, data FROM file WHERE hash = ?1 AND EXISTS (
		SELECT 1 FROM item JOIN revision ON revision.item = item.id
		WHERE item.state IN ('pending', 'approved', 'deferred', 'published') AND instr(revision.content, ?1) > 0)`, hash).Scan(&a.Type, &a.Name, &a.Data)
	a.Bytes = len(a.Data)
	return a, unknown(err)
}
