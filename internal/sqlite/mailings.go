package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/newsroom"
)

// MailingRow is a mailing with counts of its deliveries by state.
type MailingRow struct {
	ID      delivery.MailingID
	Kind    delivery.Kind
	Issue   int64  // 0 of a reminder
	Subject string // in the first language
	State   delivery.MailingState
	Created time.Time
	Expires time.Time
	Ended   time.Time
	Readers *audience.Readers // nil if an earlier version created the mailing
	Size    int               // the number of deliveries
	Count   map[delivery.State]int
}

const mailingColumns = `mailing.id, mailing.kind, mailing.issue, mailing.state, mailing.created, mailing.expires, mailing.ended, mailing.readers, size,
	coalesce((SELECT subject FROM edition WHERE edition.mailing = mailing.id ORDER BY edition.id LIMIT 1), '')`

func readMailing(row scanner) (m MailingRow, err error) {
	dest, finish := m.scan()
	if err := row.Scan(dest...); err != nil {
		return m, err
	}
	return m, finish()
}

// scan returns destinations for mailingColumns, and a function to call after scanning.
func (m *MailingRow) scan() (dest []any, finish func() error) {
	var created, expires, ended sql.NullInt64
	var readers string
	return []any{&m.ID, &m.Kind, &m.Issue, &m.State, &created, &expires, &ended, &readers, &m.Size, &m.Subject}, func() error {
		m.Created, m.Expires, m.Ended = instant(created), instant(expires), instant(ended)
		if readers == "" {
			return nil
		}
		return json.Unmarshal([]byte(readers), &m.Readers)
	}
}

// countStates counts the deliveries that were not sent from the partial indexes alone, so
// that counting a mailing that was sent to a million is fast.
const countStates = `
	SELECT mailing, 'queued', count(*) FROM delivery INDEXED BY delivery_queued WHERE state = 'queued' %[1]s GROUP BY mailing UNION ALL
	SELECT mailing, 'deferred', count(*) FROM delivery INDEXED BY delivery_deferred WHERE state = 'deferred' %[1]s GROUP BY mailing UNION ALL
	SELECT mailing, 'claimed', count(*) FROM delivery INDEXED BY delivery_claimed WHERE state = 'claimed' %[1]s GROUP BY mailing UNION ALL
	SELECT mailing, state, count(*) FROM delivery INDEXED BY delivery_failed WHERE state IN ('failed', 'suppressed', 'cancelled') %[1]s
		GROUP BY mailing, state`

// mailingRows returns all mailings, or the one with this ID, with their counts.
func mailingRows(ctx context.Context, q querier, id delivery.MailingID) ([]MailingRow, error) {
	where, only, args := ``, ``, []any(nil)
	if id != 0 {
		where, only, args = `WHERE id = ?1`, `AND mailing = ?1`, []any{id}
	}
	counts := map[delivery.MailingID]map[delivery.State]int{}
	_, err := list(ctx, q, func(row scanner) (struct{}, error) {
		var id delivery.MailingID
		var state delivery.State
		var n int
		err := row.Scan(&id, &state, &n)
		if counts[id] == nil {
			counts[id] = map[delivery.State]int{}
		}
		counts[id][state] = n
		return struct{}{}, err
	}, fmt.Sprintf(countStates, only), args...)
	if err != nil {
		return nil, err
	}
	return list(ctx, q, func(row scanner) (MailingRow, error) {
		m, err := readMailing(row)
		m.count(counts[m.ID])
		return m, err
	}, `SELECT `+mailingColumns+` FROM mailing `+where+` ORDER BY id`, args...)
}

// count sets Count from the counts of all states but sent; the rest of Size was sent.
func (m *MailingRow) count(by map[delivery.State]int) {
	m.Count = map[delivery.State]int{}
	sent := m.Size
	for state, n := range by {
		sent -= n
		if m.State == delivery.MailingCancelled && (state == delivery.Queued || state == delivery.Deferred) {
			state = delivery.Cancelled // the next claim will settle it so
		}
		m.Count[state] += n
	}
	if sent > 0 {
		m.Count[delivery.Sent] = sent
	}
}

// Mailings returns all mailings by ID.
func (s *Store) Mailings(ctx context.Context) ([]MailingRow, error) {
	tx, err := s.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("read store: %w", err)
	}
	defer rollback(tx)
	return mailingRows(ctx, tx, 0)
}

// Progress is the progress of a mailing.
type Progress struct {
	MailingRow
	Retry       time.Time    // when the first delivery that waits for a time is due; zero for none
	Waits       bool         // nothing is due before Retry
	First, Last time.Time    // of the settled deliveries, to ten seconds; zero for none
	Minute      float64      // settled per second in the last minute
	Average     float64      // settled per second, without pauses
	Refusals    []ReplyCount // the most frequent first
}

// ReplyCount counts the deliveries with the same state and reply code.
type ReplyCount struct {
	State delivery.State // deferred, or failed
	Code  int            // 0 for a failure on our side
	Count int
	Reply string // one of them
}

// Left estimates how long the queued and claimed deliveries will take, at the rate of the
// last minute or else the average; false if there are none or no rate is known.
func (p Progress) Left() (time.Duration, bool) {
	rate := p.Minute
	if rate == 0 {
		rate = p.Average
	}
	waiting := p.Count[delivery.Queued] + p.Count[delivery.Claimed]
	if p.State != delivery.MailingSending || rate == 0 || waiting == 0 || p.Waits {
		return 0, false
	}
	return time.Duration(float64(waiting) / rate * float64(time.Second)), true
}

// Progress returns the progress of a mailing, or newsroom.ErrNotFound.
func (s *Store) Progress(ctx context.Context, id delivery.MailingID, now time.Time) (p Progress, err error) {
	tx, err := s.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return p, fmt.Errorf("read store: %w", err)
	}
	defer rollback(tx)
	var rows []MailingRow
	if id != 0 { // which would be all of them
		rows, err = mailingRows(ctx, tx, id)
	}
	if err != nil {
		return p, err
	}
	if len(rows) == 0 {
		return p, fmt.Errorf("mailing %d: %w", id, newsroom.ErrNotFound)
	}
	p.MailingRow = rows[0]
	var retry, turn sql.NullInt64
	err = tx.QueryRowContext(ctx, `SELECT (SELECT min(next) FROM delivery INDEXED BY delivery_deferred WHERE mailing = ?1 AND state = 'deferred'),
		(SELECT min(next) FROM delivery INDEXED BY delivery_queued WHERE mailing = ?1 AND state = 'queued')`, id).Scan(&retry, &turn)
	if err != nil {
		return p, err
	}
	p.Retry = instant(retry)
	// A delivery that waits for its domain's turn is queued with a later time.
	if first := instant(turn); first.After(now) && p.Count[delivery.Claimed] == 0 {
		p.Waits = true
		if p.Retry.IsZero() || first.Before(p.Retry) {
			p.Retry = first
		}
	}
	if err := p.measure(ctx, tx, now); err != nil {
		return p, err
	}
	p.Refusals, err = refusals(ctx, tx, id)
	return p, err
}

// measure computes the rates from table throughput, which has no rows for pauses.
func (p *Progress) measure(ctx context.Context, q querier, now time.Time) error {
	from := now.Truncate(throughputStep).Add(throughputStep - time.Minute)
	var first, last, recent sql.NullInt64
	var settled, steps, lately int
	err := q.QueryRowContext(ctx, `SELECT min(at), max(at), coalesce(sum(settled), 0), count(*),
		min(at) FILTER (WHERE at >= ?1), coalesce(sum(settled) FILTER (WHERE at >= ?1), 0) FROM throughput WHERE mailing = ?2`,
		stamp(from), p.ID).Scan(&first, &last, &settled, &steps, &recent, &lately)
	if err != nil {
		return err
	}
	if steps == 0 {
		return nil
	}
	rate := func(n int, over time.Duration) float64 { return float64(n) / max(over, time.Second).Seconds() }
	begun := func(step sql.NullInt64) time.Time { // the first interval may begin before the mailing
		return time.UnixMilli(max(step.Int64, p.Created.UnixMilli()))
	}
	p.First, p.Last = begun(first), begun(last)
	took := time.Duration(steps)*throughputStep - p.First.Sub(instant(first))
	if open := instant(last).Add(throughputStep).Sub(now); open > 0 {
		took -= open // the last interval is not over
	}
	p.Average = rate(settled, took)
	if recent.Valid {
		p.Minute = rate(lately, now.Sub(begun(recent)))
	}
	return nil
}

// refusalWindow is the number of latest deliveries of each state whose replies are counted.
const refusalWindow = 1000

func refusals(ctx context.Context, q querier, id delivery.MailingID) ([]ReplyCount, error) {
	return list(ctx, q, func(row scanner) (r ReplyCount, err error) {
		err = row.Scan(&r.State, &r.Code, &r.Count, &r.Reply)
		return r, err
	}, `SELECT state, code, count(*) AS n, max(reply) FROM (
			SELECT * FROM (SELECT state, code, reply FROM delivery INDEXED BY delivery_deferred
				WHERE mailing = ?1 AND state = 'deferred' ORDER BY next DESC LIMIT ?2)
			UNION ALL SELECT * FROM (SELECT state, code, reply FROM `+failedDeliveries+` ORDER BY id DESC LIMIT ?2))
		GROUP BY state, code ORDER BY n DESC, state, code LIMIT 10`, id, refusalWindow)
}
