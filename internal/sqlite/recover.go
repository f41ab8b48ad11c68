package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/journal"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// Recovered counts what Recover did with the mails that an earlier process left.
type Recovered struct {
	Settled   int // outcomes that the store had not committed yet
	Released  int // claimed and certainly not sent: queued again
	MaybeSent int // perhaps sent: queued again, and recorded in table attempt
}

// Recover commits what an earlier process left in the journal. It must be called once,
// under the folder's lock, before anything is sent. Mails with an outcome in the journal
// are settled. Mails that only began may have been sent. All other claimed mails were not
// sent, unless the machine restarted since, because the journal may then have lost its
// end, or the journal is not that of the last run. The journal of another store is ignored.
func (l *Ledger) Recover(ctx context.Context, now time.Time) (r Recovered, err error) {
	last, err := lastRun(ctx, l.s.r)
	if err != nil {
		return r, fmt.Errorf("recover the ledger: %w", err)
	}
	j, found, err := journal.Open(l.s.dir, last.journal)
	if err != nil {
		return r, err
	}
	next := run{boot: boot(), journal: 1 + rand.Uint32N(math.MaxUint32)}
	conns, attempts, err := parseRecords(found)
	if err == nil {
		err = l.s.write(ctx, func(tx *sql.Tx) error {
			r = Recovered{}
			if err := l.recover(ctx, tx, conns, attempts, last.doubt(j.Complete()), now, &r); err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO run (started, boot, journal) VALUES (?, ?, ?)`, stamp(now), next.boot, next.journal)
			return err
		})
	}
	if err == nil {
		// The records are no longer needed: none of their rows is still claimed.
		err = j.Begin(next.journal)
	}
	if err == nil {
		err = l.s.r.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM connection`).Scan(&l.conns)
	}
	if err != nil {
		return r, errors.Join(fmt.Errorf("recover the ledger: %w", err), j.Close())
	}
	l.mu.Lock()
	l.journal = j
	l.mu.Unlock()
	return r, nil
}

// run is a run of the sending program.
type run struct {
	boot    string // of the machine, "" where it does not tell
	journal uint32 // the owner's number in its journal
}

// lastRun returns the last run, or the zero run if there was none.
func lastRun(ctx context.Context, q querier) (r run, err error) {
	err = q.QueryRowContext(ctx, `SELECT boot, journal FROM run ORDER BY id DESC LIMIT 1`).Scan(&r.boot, &r.journal)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return r, err
}

// doubt returns why mails that the run left claimed, and that its journal does not have,
// may have been sent; "" if they were not. whole reports that the journal is complete.
func (r run) doubt(whole bool) string {
	switch {
	case r.boot == "": // it is unknown how it stopped, or it was an earlier version
		return doubtStopped
	case r.boot != boot():
		return doubtMachine
	case !whole:
		return doubtJournal
	}
	return ""
}

// recover does the work of Recover in a transaction.
func (l *Ledger) recover(ctx context.Context, tx *sql.Tx, conns []conn, attempts []attempt, doubt string, now time.Time, r *Recovered) error {
	if err := l.store(ctx, tx, conns, nil); err != nil {
		return err
	}
	w := l.outcomeWriter(ctx, tx)
	defer w.close()
	for _, a := range attempts {
		p, claimed, err := claimedFor(ctx, tx, a)
		if err != nil {
			return err
		}
		if !claimed {
			continue // the store had committed it
		}
		if a.ended {
			r.Settled++
		} else {
			r.MaybeSent++
			a.o.At, a.o.MaybeSent, a.o.Reply = now, true, doubtStopped
		}
		if err := w.recovered(p, a); err != nil {
			return err
		}
	}
	h, held, err := newView(ctx, tx).Hold()
	if err != nil {
		return err
	}
	if held {
		doubt = doubtCopied // copied by hand: Restore leaves nothing claimed
	}
	n, err := requeueClaimed(ctx, tx, doubt, now)
	if err != nil {
		return err
	}
	if doubt != "" {
		r.MaybeSent += n
	} else {
		r.Released = n
	}
	if err := w.finish(now); err != nil || !held || !h.RestoredAt.IsZero() {
		return err
	}
	return apply(ctx, tx, newsroom.Effects{newsroom.HoldAll{At: now}}, cause{at: now})
}

// recovered writes what the journal knows of a claimed job.
func (w *outcomeWriter) recovered(job delivery.Job, a attempt) error {
	if a.ended {
		_, err := w.take(job, a.o)
		return err
	}
	if err := addAttempt(w.ctx, w.tx, job, delivery.InDoubt, a.o); err != nil {
		return err
	}
	_, err := w.tx.ExecContext(w.ctx, `UPDATE `+string(job.Class)+` SET state = 'queued', maybe_sent = maybe_sent + 1, attempts = attempts + 1
		WHERE id = ?`, job.ID)
	return err
}

// The reasons why it is unknown whether a mail was sent, other than a lost connection.
// They are stored as replies.
const (
	doubtStopped = "the program stopped before the answer came"
	doubtMachine = "the machine stopped while this was to be sent"
	doubtCopied  = "the copy of the store was made while this was to be sent"
	doubtJournal = "the journal of what was being sent is missing from the data folder"
)

// requeueClaimed queues all claimed mails again and returns their number. With a doubt, the reason
// why they may have been sent, it adds a row to table attempt for each.
func requeueClaimed(ctx context.Context, tx *sql.Tx, doubt string, now time.Time) (all int, err error) {
	for _, class := range []delivery.Class{delivery.ClassLetter, delivery.ClassDelivery} {
		set := `state = 'queued'`
		if doubt != "" {
			set += `, maybe_sent = maybe_sent + 1, attempts = attempts + 1`
			_, err := tx.ExecContext(ctx, `INSERT INTO attempt (class, mail, number, at, state, claimed, code, reply)
				SELECT ?, id, attempts, ?, 'in_doubt', claimed, 0, ? FROM `+string(class)+` WHERE state = 'claimed'`, class, stamp(now), doubt)
			if err != nil {
				return all, err
			}
		}
		r, err := tx.ExecContext(ctx, `UPDATE `+string(class)+` SET `+set+` WHERE state = 'claimed'`)
		if err != nil {
			return all, err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return all, err
		}
		all += int(n)
	}
	return all, nil
}

// claimedFor returns the job of an attempt, with the fields that writing an outcome needs.
// claimed is false if the mail is no longer claimed by the claim of the attempt.
func claimedFor(ctx context.Context, tx *sql.Tx, a attempt) (job delivery.Job, claimed bool, err error) {
	job = delivery.Job{Class: a.class, ID: a.id, Claim: a.claim}
	var to string
	if a.class == delivery.ClassLetter {
		job.Letter = &delivery.Letter{ID: delivery.LetterID(a.id)}
		err = tx.QueryRowContext(ctx, `SELECT attempts, address, topic FROM letter WHERE id = ? AND state = 'claimed' AND claims = ?`,
			a.id, a.claim).Scan(&job.Attempts, &to, &job.Letter.Topic)
	} else {
		err = tx.QueryRowContext(ctx, `SELECT attempts, address, mailing, person FROM delivery JOIN person ON person.id = delivery.person
			WHERE delivery.id = ? AND state = 'claimed' AND claims = ?`, a.id, a.claim).Scan(&job.Attempts, &to, &job.Mailing, &job.Subscriber)
	}
	job.To.Address = message.Address(to)
	if errors.Is(err, sql.ErrNoRows) {
		return job, false, nil
	}
	return job, err == nil, err
}

// boot returns the kernel's random ID of this boot; "" on systems other than Linux.
func boot() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}

// close closes the journal. Records that the store has not committed stay in it.
func (l *Ledger) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.journal == nil {
		return nil
	}
	err := l.journal.Close()
	l.journal = nil
	return err
}
