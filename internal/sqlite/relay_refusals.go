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

// RelayRefusalHandler returns the effects of a relay refusing us: when it begins or goes on,
// and, with mailings, when these were paused because they waited too long.
type RelayRefusalHandler func(v newsroom.View, r newsroom.RelayRefusal, mailings []delivery.MailingID, now time.Time) (newsroom.Effects, error)

const refusalColumns = `domain, since, counts_from, last, next, trying, tries, code, reply`

func readRefusal(row scanner) (r newsroom.RelayRefusal, err error) {
	var since, counted, last, next sql.NullInt64
	err = row.Scan(&r.Domain, &since, &counted, &last, &next, &r.Trying, &r.Tries, &r.Code, &r.Reply)
	r.Since, r.Counted, r.Last, r.Next = instant(since), instant(counted), instant(last), instant(next)
	return r, err
}

// RelayRefusals implements newsroom.Mailings.
func (v *view) RelayRefusals() ([]newsroom.RelayRefusal, error) {
	return readRefusals(v.ctx, v.q)
}

// readRefusals returns all refusals; that of our account, with domain "", comes first.
func readRefusals(ctx context.Context, q querier) ([]newsroom.RelayRefusal, error) {
	all, err := list(ctx, q, readRefusal, `SELECT `+refusalColumns+` FROM relay_refusal ORDER BY domain`)
	if err != nil {
		return nil, fmt.Errorf("read refusals: %w", err)
	}
	return all, nil
}

// waitsFor returns the condition that mail to an address waits because we are refused.
func waitsFor(address string) string {
	return `EXISTS (SELECT 1 FROM relay_refusal WHERE domain IN ('', lower(substr(` + address + `, instr(` + address + `, '@') + 1))))`
}

// allMailWaits is the condition that all mail waits at time ?1.
const allMailWaits = `EXISTS (SELECT 1 FROM relay_refusal WHERE domain = '' AND next > ?1)`

// pausing is the time at which a mailing that waits because we are refused is paused, in a
// query over pausingOf; ? is delivery.RefusalLife.
const (
	pausing   = `max(mailing.created, relay_refusal.counts_from) + ?`
	pausingOf = `mailing JOIN relay_refusal WHERE mailing.state = 'sending'`
)

// noteRefusal records from an outcome that the relay refused or accepted us.
func (w *outcomeWriter) noteRefusal(job delivery.Job, o delivery.Outcome) error {
	domain := strings.ToLower(job.To.Address.Domain())
	switch {
	case o.State == delivery.Sent:
		return w.endRefusals(domain, o)
	case o.Refused == delivery.RefusedAccount:
		return w.recordRefusal("", job, o)
	case o.Refused == delivery.RefusedDomain:
		return w.recordRefusal(domain, job, o)
	}
	return nil
}

// known returns the refusals by domain, with the changes of this group.
func (w *outcomeWriter) known() (map[string]newsroom.RelayRefusal, error) {
	if w.refusing != nil {
		return w.refusing, nil
	}
	all, err := readRefusals(w.ctx, w.tx)
	w.refusing = map[string]newsroom.RelayRefusal{}
	for _, r := range all {
		w.refusing[r.Domain] = r
	}
	return w.refusing, err
}

// othersTurn is the number of tries with one letter after which another mail is tried, because
// the cause may be the letter's recipient after all. A delivery lets others go first after
// each try.
const othersTurn = 3

// recordRefusal records a refusal. Refusals of mails that were under way together count once.
func (w *outcomeWriter) recordRefusal(domain string, job delivery.Job, o delivery.Outcome) error {
	known, err := w.known()
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
		r.Next = o.At.Add(delivery.RetryAfterRefusal(r.Tries))
		if !o.Next.IsZero() {
			r.Next = o.Next // of a domain: as the sending loop decided
		}
	}
	known[domain] = r
	_, err = w.tx.ExecContext(w.ctx, `INSERT OR REPLACE INTO relay_refusal (`+refusalColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Domain, stamp(r.Since), stamp(r.Counted), stamp(r.Last), stamp(r.Next), r.Trying, r.Tries, r.Code, r.Reply)
	if err == nil && domain == "" && (job.Class == delivery.ClassDelivery || r.Tries%othersTurn == 0) {
		_, err = w.tx.ExecContext(w.ctx, `UPDATE `+string(job.Class)+` SET next = ? WHERE id = ? AND state = 'queued'`,
			stamp(r.Next.Add(time.Millisecond)), job.ID)
	}
	if err != nil || !counts || w.l.onRelayRefusal == nil {
		return err
	}
	return w.l.follow(w.ctx, w.tx, job.String(), o.At, func(v newsroom.View) (newsroom.Effects, error) {
		return w.l.onRelayRefusal(v, r, nil, o.At)
	})
}

// endRefusals ends the refusals after which an accepted mail began. It moves the expiry of
// letters and issues by the time they lasted; not that of reminders, which are never sent
// after their event began.
func (w *outcomeWriter) endRefusals(domain string, o delivery.Outcome) error {
	known, err := w.known()
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
			if _, err := w.tx.ExecContext(w.ctx, query, key, stamp(r.Since), stamp(o.At)); err != nil {
				return fmt.Errorf("end refusals: %w", err)
			}
		}
		w.l.s.log.Info("our mail is accepted again", "domain", key)
	}
	return nil
}

// trialTime is how long all other mail waits while one mail tests our account.
const trialTime = time.Minute

// refusals pauses mailings that were refused for too long, and returns how many of n jobs may
// be claimed: while our account is refused, one when a try is due, else none.
func (l *Ledger) refusals(ctx context.Context, tx *sql.Tx, now time.Time, n int) (int, error) {
	all, err := readRefusals(ctx, tx)
	if err != nil || len(all) == 0 {
		return n, err
	}
	for _, r := range all {
		if now.Before(r.Counted.Add(delivery.RefusalLife)) {
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
	_, err = tx.ExecContext(ctx, `UPDATE relay_refusal SET next = ?, trying = TRUE WHERE domain = ''`, stamp(now.Add(trialTime)))
	return min(n, 1), err
}

// pauseRefused lets the handler pause the mailings that waited too long. It deletes the
// refusal of a domain for which nothing waits.
func (l *Ledger) pauseRefused(ctx context.Context, tx *sql.Tx, r newsroom.RelayRefusal, now time.Time) error {
	ids, err := list(ctx, tx, readNumber, `SELECT id FROM mailing WHERE state = 'sending' AND max(created, ?2) + ?3 <= ?1 AND (?4 = '' OR EXISTS (
			SELECT 1 FROM delivery JOIN person ON person.id = delivery.person WHERE delivery.mailing = mailing.id
			AND delivery.state IN ('queued', 'deferred') AND lower(substr(address, instr(address, '@') + 1)) = ?4))`,
		stamp(now), stamp(r.Counted), delivery.RefusalLife.Milliseconds(), r.Domain)
	if err != nil {
		return fmt.Errorf("find mailings that waited too long: %w", err)
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
	l.s.log.Error("pausing mailings refused for too long", "mailings", mailings, "domain", r.Domain, "code", r.Code)
	if l.onRelayRefusal == nil {
		return nil
	}
	return l.follow(ctx, tx, "refusals", now, func(v newsroom.View) (newsroom.Effects, error) {
		return l.onRelayRefusal(v, r, mailings, now)
	})
}
