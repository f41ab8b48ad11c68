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

// Ledger is the record of letters and deliveries: their rows in the store, and a
// journal beside it of what happened since the store was last written to.
//
// What is claimed is claimed in the store. What follows is written to the journal,
// and to memory, from where the store takes it in groups, with the next claim or
// by Flush; only then does the journal let go of it. Recover does the same from the
// journal for a process that ended in between.
type Ledger struct {
	s       *Store
	refused RefusalHandler // nil for nothing
	ended   EndHandler     // likewise

	refusedUs RelayRefusalHandler // likewise

	flushing sync.Mutex // one group at a time; held before mu

	mu      sync.Mutex
	journal *journal.Journal // nil before Recover
	conns   delivery.ConnID  // the last that was given
	begun   map[mail]record  // by now perhaps sent
	opened  []conn           // not in the store yet
	endings []ending         // likewise
}

var _ delivery.Ledger = (*Ledger)(nil)

// Ledger returns the store's.
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

// ending is an outcome that the store is to take.
type ending struct {
	job     delivery.Job
	outcome delivery.Outcome
	marks   [2]journal.Mark // of its beginning and of itself
}

// conn is a connection that the store is to take.
type conn struct {
	id   delivery.ConnID
	at   time.Time
	peer string
	mark journal.Mark
}

// Connected is delivery.Journal's.
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

// Begin is delivery.Journal's.
func (l *Ledger) Begin(ctx context.Context, p delivery.Job, line delivery.ConnID, at time.Time) error {
	return l.appendRecord(ctx, func() []byte { return beginRecord(p, line, at) }, func(n record) {
		l.begun[mail{p.Class, p.ID}] = n
	})
}

// End is delivery.Journal's. What was put back before it was begun needs no note:
// the next process would put it back as well.
func (l *Ledger) End(ctx context.Context, p delivery.Job, o delivery.Outcome) error {
	key := mail{p.Class, p.ID}
	took := func(n record) {
		l.endings = append(l.endings, ending{p, o, [2]journal.Mark{l.begun[key].mark, n.mark}})
		delete(l.begun, key)
	}
	if o.State == delivery.Queued && o.Began.IsZero() {
		l.mu.Lock()
		defer l.mu.Unlock()
		took(record{})
		return nil
	}
	return l.appendRecord(ctx, func() []byte { return endRecord(p, o) }, took)
}

// appendRecord appends to the journal, and calls took, under the same lock. Where the
// journal is full the store takes what it holds first.
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
		return errors.New("ledger: nothing was recovered yet")
	}
	n := record{text: text()}
	var err error
	if n.mark, err = l.journal.Append(n.text); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	took(n)
	return nil
}

// Flush is delivery.Queue's.
func (l *Ledger) Flush(ctx context.Context) error {
	if !l.owes() {
		return nil
	}
	return l.flush(ctx, func(*sql.Tx) error { return nil })
}

// owes reports whether there is something that the store has not taken yet.
func (l *Ledger) owes() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.opened)+len(l.endings) > 0
}

// flush has the store take all that there is, and do more in the same transaction.
func (l *Ledger) flush(ctx context.Context, more func(*sql.Tx) error) error {
	l.flushing.Lock()
	defer l.flushing.Unlock()
	l.mu.Lock()
	opened, endings := l.opened, l.endings
	l.mu.Unlock()
	err := l.s.commit(ctx, func(tx *sql.Tx) error {
		if err := l.takeIn(ctx, tx, opened, endings); err != nil {
			return err
		}
		return more(tx)
	})
	if err != nil {
		return err
	}
	l.taken(len(opened), len(endings))
	return nil
}

// taken lets go of what the store has, and brings the notes of what is still under
// way over to where the journal writes now, so that they keep no file for long.
func (l *Ledger) taken(opened, endings int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range l.opened[:opened] {
		l.journal.Release(o.mark)
	}
	for _, e := range l.endings[:endings] {
		l.journal.Release(e.marks[0])
		l.journal.Release(e.marks[1])
	}
	// The rest moves to a new array: the group may have been a large one.
	l.opened = append([]conn(nil), l.opened[opened:]...)
	l.endings = append([]ending(nil), l.endings[endings:]...)
	for key, n := range l.begun {
		mark, err := l.journal.Carry(n.text, n.mark)
		if err != nil {
			l.s.log.Error("carry over what is under way", "error", err) // it stays where it is
			continue
		}
		n.mark = mark
		l.begun[key] = n
	}
}

// takeIn writes connections and outcomes, in the order in which they came.
func (l *Ledger) takeIn(ctx context.Context, tx *sql.Tx, opened []conn, endings []ending) error {
	for _, o := range opened {
		_, err := tx.ExecContext(ctx, `INSERT INTO connection (id, opened, peer) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, o.id, stamp(o.at), o.peer)
		if err != nil {
			return fmt.Errorf("take in a connection: %w", err)
		}
	}
	if len(endings) == 0 {
		return nil
	}
	t := l.outcomeWriter(ctx, tx)
	defer t.close()
	for _, e := range endings {
		known, err := t.take(e.job, e.outcome)
		if err != nil {
			return fmt.Errorf("take in the outcome of %s: %w", e.job, err)
		}
		if !known {
			l.s.log.Error("an outcome of what was not claimed", "parcel", e.job.String(), "state", e.outcome.State)
		}
	}
	return t.finish(endings[len(endings)-1].outcome.At)
}
