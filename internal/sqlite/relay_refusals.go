package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/newsroom"
)

// RelayRefusalHandler says what follows from our being refused: as it begins or goes on, and, with
// mailings, as these have waited for too long.
type RelayRefusalHandler func(v newsroom.View, r newsroom.RelayRefusal, mailings []delivery.MailingID, now time.Time) (newsroom.Effects, error)

const refusedColumns = `domain, since, counts_from, last, next, trying, tries, code, reply`

func readRefused(row scanner) (r newsroom.RelayRefusal, err error) {
	var since, counted, last, next sql.NullInt64
	err = row.Scan(&r.Domain, &since, &counted, &last, &next, &r.Trying, &r.Tries, &r.Code, &r.Reply)
	r.Since, r.Counted, r.Last, r.Next = instant(since), instant(counted), instant(last), instant(next)
	return r, err
}

// RelayRefusals is newsroom.Mailings's.
func (v *view) RelayRefusals() ([]newsroom.RelayRefusal, error) {
	return refusedUs(v.ctx, v.q)
}

func refusedUs(ctx context.Context, q querier) ([]newsroom.RelayRefusal, error) {
	all, err := list(ctx, q, readRefused, `SELECT `+refusedColumns+` FROM relay_refusal ORDER BY domain`)
	if err != nil {
		return nil, fmt.Errorf("read who refuses us: %w", err)
	}
	return all, nil
}

// waitsFor is the condition of an address to which nothing can be sent now because we
// are refused.
func waitsFor(address string) string {
	return `EXISTS (SELECT 1 FROM relay_refusal WHERE domain IN ('', lower(substr(` + address + `, instr(` + address + `, '@') + 1))))`
}

// allWait is the condition that everything waits, at ?1.
const allWait = `EXISTS (SELECT 1 FROM relay_refusal WHERE domain = '' AND next > ?1)`

// pausing is when mailings are paused that wait because we are refused, over the rows of
// pausingOf; ? is delivery.RefusedLife.
const (
	pausing   = `max(mailing.created, relay_refusal.counts_from) + ?`
	pausingOf = `mailing JOIN relay_refusal WHERE mailing.state = 'sending'`
)

// relayRefused records that we were refused, or accepted.
func (t *outcomeWriter) relayRefused(p delivery.Job, o delivery.Outcome) error {
	domain := strings.ToLower(p.To.Address.Domain())
	switch {
	case o.State == delivery.Sent:
		return t.acceptedUs(domain, o)
	case o.Refused == delivery.RefusedAccount:
		return t.refusedUs("", p, o)
	case o.Refused == delivery.RefusedDomain:
		return t.refusedUs(domain, p, o)
	}
	return nil
}

// known returns who refuses us, as this group has changed it.
func (t *outcomeWriter) known() (map[string]newsroom.RelayRefusal, error) {
	if t.refusing != nil {
		return t.refusing, nil
	}
	all, err := refusedUs(t.ctx, t.tx)
	t.refusing = map[string]newsroom.RelayRefusal{}
	for _, r := range all {
		t.refusing[r.Domain] = r
	}
	return t.refusing, err
}

// othersTurn is at which of the tries with a letter another mail is tried next: what is
// said of our account may yet be due to the one recipient. A delivery always lets the
// others go first.
const othersTurn = 3

// refusedUs counts a refusal, unless it only came with others from mails under way
// together.
func (t *outcomeWriter) refusedUs(domain string, p delivery.Job, o delivery.Outcome) error {
	known, err := t.known()
	if err != nil {
		return err
	}
	r, before := known[domain]
	counts := !before || r.Trying || !o.At.Before(r.Next) || o.Next.After(r.Next)
	if !before {
		r = newsroom.RelayRefusal{Domain: domain, Since: o.At, Counted: o.At}
	}
	r.Last, r.Code, r.Reply = o.At, o.Code, o.Reply
	if counts {
		r.Trying = false
		r.Tries++
		r.Next = o.At.Add(delivery.RetryRefused(r.Tries))
		if !o.Next.IsZero() {
			r.Next = o.Next // of a domain: the loop keeps to it
		}
	}
	known[domain] = r
	_, err = t.tx.ExecContext(t.ctx, `INSERT OR REPLACE INTO relay_refusal (`+refusedColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Domain, stamp(r.Since), stamp(r.Counted), stamp(r.Last), stamp(r.Next), r.Trying, r.Tries, r.Code, r.Reply)
	if err == nil && domain == "" && (p.Class == delivery.ClassDelivery || r.Tries%othersTurn == 0) {
		_, err = t.tx.ExecContext(t.ctx, `UPDATE `+string(p.Class)+` SET next = ? WHERE id = ? AND state = 'queued'`,
			stamp(r.Next.Add(time.Millisecond)), p.ID)
	}
	if err != nil || !counts || t.l.refusedUs == nil {
		return err
	}
	return t.l.follow(t.ctx, t.tx, p.String(), o.At, func(v newsroom.View) (newsroom.Effects, error) {
		return t.l.refusedUs(v, r, nil, o.At)
	})
}

// acceptedUs ends refusals: a mail that was begun after the last of them was accepted.
// The time for which they lasted does not count for what expires. A reminder is never
// sent after its event began.
func (t *outcomeWriter) acceptedUs(domain string, o delivery.Outcome) error {
	known, err := t.known()
	if err != nil {
		return err
	}
	for _, key := range []string{"", domain} {
		r, ok := known[key]
		if !ok || o.Began.UnixMilli() <= r.Last.UnixMilli() {
			continue
		}
		delete(known, key)
		for _, query := range []string{
			`DELETE FROM relay_refusal WHERE domain = ?1`,
			`UPDATE mailing SET expires = expires + ?3 - max(?2, created) WHERE kind = 'issue' AND state IN ('sending', 'paused') AND created < ?3`,
			`UPDATE letter SET expires = expires + ?3 - max(?2, created) WHERE state IN ('queued', 'deferred', 'claimed') AND created < ?3
				AND ?1 IN ('', lower(substr(address, instr(address, '@') + 1)))`,
		} {
			if _, err := t.tx.ExecContext(t.ctx, query, key, stamp(r.Since), stamp(o.At)); err != nil {
				return fmt.Errorf("end refusals: %w", err)
			}
		}
		t.l.s.log.Info("our mail is accepted again", "domain", key)
	}
	return nil
}

// tryingAgain is how long everything else waits while one mail tries whether our account
// is accepted again.
const tryingAgain = time.Minute

// refusals does what is due because we are refused, before a claim, and returns how many
// parcels may be claimed: one, for which the next try is then due a minute later, or none.
func (l *Ledger) refusals(ctx context.Context, tx *sql.Tx, now time.Time, n int) (int, error) {
	all, err := refusedUs(ctx, tx)
	if err != nil || len(all) == 0 {
		return n, err
	}
	for _, r := range all {
		if now.Before(r.Counted.Add(delivery.RefusedLife)) {
			continue
		}
		if err := l.pauseRefused(ctx, tx, r, now); err != nil {
			return 0, err
		}
	}
	switch r := all[0]; { // '' is the first
	case r.Domain != "":
		return n, nil
	case now.Before(r.Next):
		return 0, nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE relay_refusal SET next = ?, trying = TRUE WHERE domain = ''`, stamp(now.Add(tryingAgain)))
	return min(n, 1), err
}

// pauseRefused has the mailings paused that have waited for too long. A domain for which
// nothing waits is forgotten.
func (l *Ledger) pauseRefused(ctx context.Context, tx *sql.Tx, r newsroom.RelayRefusal, now time.Time) error {
	ids, err := list(ctx, tx, readNumber, `SELECT id FROM mailing WHERE state = 'sending' AND max(created, ?2) + ?3 <= ?1 AND (?4 = '' OR EXISTS (
			SELECT 1 FROM delivery JOIN person ON person.id = delivery.person WHERE delivery.mailing = mailing.id
			AND delivery.state IN ('queued', 'deferred') AND lower(substr(address, instr(address, '@') + 1)) = ?4))`,
		stamp(now), stamp(r.Counted), delivery.RefusedLife.Milliseconds(), r.Domain)
	if err != nil {
		return fmt.Errorf("find what was refused for too long: %w", err)
	}
	if len(ids) == 0 && r.Domain != "" {
		_, err := tx.ExecContext(ctx, `DELETE FROM relay_refusal WHERE domain = ?`, r.Domain)
		return err
	}
	if len(ids) == 0 {
		return nil
	}
	mailings := make([]delivery.MailingID, len(ids))
	for i, id := range ids {
		mailings[i] = delivery.MailingID(id)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE relay_refusal SET counts_from = ? WHERE domain = ?`, stamp(now), r.Domain); err != nil {
		return err
	}
	l.s.log.Error("refused for too long: mailings are paused", "mailings", mailings, "domain", r.Domain, "code", r.Code)
	if l.refusedUs == nil {
		return nil
	}
	return l.follow(ctx, tx, "refusals", now, func(v newsroom.View) (newsroom.Effects, error) {
		return l.refusedUs(v, r, mailings, now)
	})
}
