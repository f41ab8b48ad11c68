package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/newsroom"
)

// outcomeWriter writes a group of outcomes in one transaction.
type outcomeWriter struct {
	l       *Ledger
	ctx     context.Context
	tx      *sql.Tx
	stmt    map[delivery.Class]*sql.Stmt
	settled map[delivery.MailingID]int

	refusing map[string]newsroom.RelayRefusal // by domain; nil before they are read
}

// outcomeWriter returns a batch writer; the caller must close it.
func (l *Ledger) outcomeWriter(ctx context.Context, tx *sql.Tx) *outcomeWriter {
	return &outcomeWriter{
		l: l, ctx: context.WithoutCancel(ctx), tx: tx,
		stmt: map[delivery.Class]*sql.Stmt{}, settled: map[delivery.MailingID]int{},
	}
}

// settle updates the row of a job if it is still claimed by the same claim. Columns for
// which the outcome has no value stay as they are.
const settle = ` SET state = ?1, attempts = attempts + ?2, maybe_sent = maybe_sent + ?3, next = coalesce(?4, next), settled = ?5,
	began = coalesce(?6, began), connection = coalesce(?7, connection), code = iif(?8 OR ?9 <> '', ?8, code), reply = iif(?8 OR ?9 <> '', ?9, reply)
	WHERE id = ?10 AND state = 'claimed' AND claims = ?11`

// take writes an outcome and its effects. known is false, and nothing is written, if the
// job is no longer claimed by the claim of the outcome.
func (w *outcomeWriter) take(job delivery.Job, o delivery.Outcome) (known bool, err error) {
	stmt := w.stmt[job.Class]
	if stmt == nil {
		if stmt, err = w.tx.PrepareContext(w.ctx, `UPDATE `+string(job.Class)+settle); err != nil {
			return false, err
		}
		w.stmt[job.Class] = stmt
	}
	var attempted int
	var settled time.Time
	switch o.State {
	case delivery.Sent, delivery.Failed:
		attempted, settled = 1, o.At
	case delivery.Deferred:
		attempted = 1
	case delivery.Suppressed, delivery.Cancelled:
		settled = o.At
	default: // queued again: no attempt
	}
	r, err := stmt.ExecContext(w.ctx, o.State, attempted, o.MaybeSent, stamp(o.Next), stamp(settled), stamp(o.Began),
		ref(int64(o.Conn)), o.Code, o.Reply, job.ID, job.Claim)
	if err != nil {
		return false, err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	if job.Class == delivery.ClassDelivery && !settled.IsZero() {
		w.settled[job.Mailing]++
	}
	if err := w.remember(job, o); err != nil {
		return true, err
	}
	if err := w.noteRefusal(job, o); err != nil {
		return true, err
	}
	if o.State == delivery.Failed && w.l.onRefusal != nil {
		return true, w.l.follow(w.ctx, w.tx, job.String(), o.At, func(v newsroom.View) (newsroom.Effects, error) {
			return w.l.onRefusal(v, job, o)
		})
	}
	return true, nil
}

// remember adds a row to table attempt for an attempt that the next one will overwrite in
// the job's own row.
func (w *outcomeWriter) remember(job delivery.Job, o delivery.Outcome) error {
	state := o.State
	switch {
	case o.MaybeSent:
		state = delivery.InDoubt
	case state == delivery.Deferred:
	case state == delivery.Queued && (o.Code != 0 || !o.Began.IsZero()):
	default:
		return nil
	}
	return addAttempt(w.ctx, w.tx, job, state, o)
}

// addAttempt adds a row to table attempt from the job's row as it is now.
func addAttempt(ctx context.Context, tx *sql.Tx, job delivery.Job, state delivery.State, o delivery.Outcome) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO attempt (class, mail, number, at, state, claimed, began, connection, code, reply)
		SELECT ?, id, ?, ?, ?, claimed, ?, ?, ?, ? FROM `+string(job.Class)+` WHERE id = ?`,
		job.Class, job.Attempts, stamp(o.At), state, stamp(o.Began), ref(int64(o.Conn)), o.Code, o.Reply, job.ID)
	if err != nil {
		return fmt.Errorf("add an attempt: %w", err)
	}
	return nil
}

// follow applies the effects that f returns for something just written. If that fails, it
// logs the error and keeps what was written; it returns only errors of the store itself.
func (l *Ledger) follow(ctx context.Context, tx *sql.Tx, of string, at time.Time, f func(newsroom.View) (newsroom.Effects, error)) error {
	g := &group{tx: tx}
	err := g.part(ctx, func(tx *sql.Tx) error {
		fx, err := f(newView(ctx, tx))
		if err != nil {
			return err
		}
		return apply(ctx, tx, fx, cause{at: at})
	})
	switch {
	case g.broken != nil:
		return g.broken
	case err != nil:
		l.s.log.Error("could not apply effects", "of", of, "error", err)
	default:
		l.s.version.Add(1)
	}
	return nil
}

// throughputStep is the interval over which settled deliveries are counted together.
const throughputStep = 10 * time.Second

// finish counts the settled deliveries and ends mailings that are complete.
func (w *outcomeWriter) finish(now time.Time) error {
	for id, n := range w.settled {
		if err := count(w.ctx, w.tx, id, n, now); err != nil {
			return err
		}
	}
	return w.l.endMailings(w.ctx, w.tx, now)
}

// count adds n deliveries that were settled now to table throughput.
func count(ctx context.Context, tx *sql.Tx, id delivery.MailingID, n int, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO throughput (mailing, at, settled) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET settled = settled + excluded.settled`, id, stamp(now.Truncate(throughputStep)), n)
	if err != nil {
		return fmt.Errorf("count settled deliveries: %w", err)
	}
	return nil
}

func (w *outcomeWriter) close() {
	for _, s := range w.stmt {
		_ = s.Close() // the transaction decides
	}
}
