package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/journal"
)

// Ledger records what happens to letters and deliveries: in their rows in the store, and
// in a journal beside it for what the store has not committed yet.
//
// A claim is committed to the store. Beginnings and outcomes are appended to the journal
// and kept in memory; the store commits them in groups, with the next claim or by Flush,
// and the journal then releases them. After a crash Recover commits them from the journal.
type Ledger struct {
	s         *Store
	onRefusal RefusalHandler // may be nil, like the next two
	onEnd     EndHandler

	onRelayRefusal RelayRefusalHandler

	flushing sync.Mutex // one group at a time; locked before mu

	mu      sync.Mutex
	journal *journal.Journal // nil before Recover
	conns   delivery.ConnID  // the last ID that was given
	begun   map[mail]record  // perhaps sent by now
	opened  []conn           // not in the store yet
	endings []ending         // not in the store yet
}

var _ delivery.Ledger = (*Ledger)(nil)

// Ledger returns the store's ledger.
func (s *Store) Ledger() *Ledger { return s.ledger }

// mail is one letter or one delivery.
type mail struct {
	class delivery.Class
	id    int64
}

// record is a record in the journal.
type record struct {
	text []byte
	mark journal.Mark
}

// ending is an outcome that the store has not committed yet.
type ending struct {
	job     delivery.Job
	outcome delivery.Outcome
	marks   [2]journal.Mark // of its begin and end records
}

// conn is a connection that the store has not committed yet.
type conn struct {
	id   delivery.ConnID
	at   time.Time
	peer string
	mark journal.Mark
}

// Connected implements delivery.Journal.
func (l *Ledger) Connected(ctx context.Context, peer string, at time.Time) (id delivery.ConnID, err error) {
	err = l.appendRecord(ctx, func() []byte {
		id = l.conns + 1
		return connRecord(id, at, peer)
	}, func(n record) {
		l.conns = id
		l.opened = append(l.opened, conn{id, at, peer, n.mark})
	})
	return id, err
}

// Begin implements delivery.Journal.
func (l *Ledger) Begin(ctx context.Context, job delivery.Job, connID delivery.ConnID, at time.Time) error {
	return l.appendRecord(ctx, func() []byte { return beginRecord(job, connID, at) }, func(n record) {
		l.begun[mail{job.Class, job.ID}] = n
	})
}

// End implements delivery.Journal. A job that was put back before it began needs no
// record, because recovery puts it back as well.
func (l *Ledger) End(ctx context.Context, job delivery.Job, o delivery.Outcome) error {
	key := mail{job.Class, job.ID}
	took := func(n record) {
		l.endings = append(l.endings, ending{job, o, [2]journal.Mark{l.begun[key].mark, n.mark}})
		delete(l.begun, key)
	}
	if o.State == delivery.Queued && o.Began.IsZero() {
		l.mu.Lock()
		defer l.mu.Unlock()
		took(record{})
		return nil
	}
	return l.appendRecord(ctx, func() []byte { return endRecord(job, o) }, took)
}

// appendRecord appends to the journal and calls took under the same lock. If the journal
// is full, it flushes first.
func (l *Ledger) appendRecord(ctx context.Context, text func() []byte, took func(record)) error {
	const tries = 3
	var err error
	for range tries {
		if err = l.tryAppend(text, took); !errors.Is(err, journal.ErrFull) {
			return err
		}
		if err := l.Flush(ctx); err != nil {
			return err
		}
	}
	return err
}

func (l *Ledger) tryAppend(text func() []byte, took func(record)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.journal == nil {
		return errors.New("ledger: Recover was not called")
	}
	n := record{text: text()}
	var err error
	if n.mark, err = l.journal.Append(n.text); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	took(n)
	return nil
}

// Flush implements delivery.Queue.
func (l *Ledger) Flush(ctx context.Context) error {
	if !l.pending() {
		return nil
	}
	return l.flush(ctx, func(*sql.Tx) error { return nil })
}

// pending reports whether the store has not committed everything yet.
func (l *Ledger) pending() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.opened)+len(l.endings) > 0
}

// flush commits everything to the store, and runs more in the same transaction.
func (l *Ledger) flush(ctx context.Context, more func(*sql.Tx) error) error {
	l.flushing.Lock()
	defer l.flushing.Unlock()
	l.mu.Lock()
	opened, endings := l.opened, l.endings
	l.mu.Unlock()
	err := l.s.commit(ctx, func(tx *sql.Tx) error {
		if err := l.store(ctx, tx, opened, endings); err != nil {
			return err
		}
		return more(tx)
	})
	if err != nil {
		return err
	}
	l.release(len(opened), len(endings))
	return nil
}

// release releases the records that the store has committed. It carries the records of mails
// under way to the journal's current file, so that the other one can be overwritten.
func (l *Ledger) release(opened, endings int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range l.opened[:opened] {
		l.journal.Release(o.mark)
	}
	for _, e := range l.endings[:endings] {
		l.journal.Release(e.marks[0])
		l.journal.Release(e.marks[1])
	}
	// The rest moves to a new array, because the group may have been large.
	l.opened = append([]conn(nil), l.opened[opened:]...)
	l.endings = append([]ending(nil), l.endings[endings:]...)
	for key, n := range l.begun {
		mark, err := l.journal.Carry(n.text, n.mark)
		if err != nil {
			l.s.log.Error("carry over a journal record", "error", err) // it stays where it is
			continue
		}
		n.mark = mark
		l.begun[key] = n
	}
}

// store writes connections and outcomes to the store, in their order.
func (l *Ledger) store(ctx context.Context, tx *sql.Tx, opened []conn, endings []ending) error {
	for _, o := range opened {
		_, err := tx.ExecContext(ctx, `INSERT INTO connection (id, opened, peer) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, o.id, stamp(o.at), o.peer)
		if err != nil {
			return fmt.Errorf("record a connection: %w", err)
		}
	}
	if len(endings) == 0 {
		return nil
	}
	w := l.outcomeWriter(ctx, tx)
	defer w.close()
	for _, e := range endings {
		known, err := w.take(e.job, e.outcome)
		if err != nil {
			return fmt.Errorf("record the outcome of %s: %w", e.job, err)
		}
		if !known {
			l.s.log.Error("outcome for an unclaimed job", "job", e.job.String(), "state", e.outcome.State)
		}
	}
	return w.finish(endings[len(endings)-1].outcome.At)
}
