package delivery_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"infolettre/internal/delivery"
)

// checkedLedger wraps a ledger and asserts that sender and ledger keep their contract. It
// can simulate the kill of the process: after one moment nothing is recorded any more.
type checkedLedger struct {
	delivery.Ledger
	db *sql.DB // the same store, for reading

	// alive is read-locked by each method that writes, and locked by kill.
	alive sync.RWMutex
	dead  bool

	mu         sync.Mutex
	claimed    map[string]delivery.Job    // without an outcome
	begun      map[string]delivery.ConnID // begun, without an outcome
	busy       map[delivery.ConnID]string // the mail that began on the connection
	counts     *counts
	violations []string
}

// counts counts how often each mail began; it outlives a simulated kill.
type counts struct {
	mu     sync.Mutex
	begins map[string]int
}

func newCheckedLedger(l delivery.Ledger, db *sql.DB, c *counts) *checkedLedger {
	return &checkedLedger{Ledger: l, db: db, counts: c, claimed: map[string]delivery.Job{}, begun: map[string]delivery.ConnID{}, busy: map[delivery.ConnID]string{}}
}

// mailName identifies a mail at the relay.
func mailName(p delivery.Job) string { return fmt.Sprintf("%s-%d", p.Class, p.ID) }

var errKilled = errors.New("the process was killed")

func (g *checkedLedger) violation(format string, args ...any) {
	g.violations = append(g.violations, fmt.Sprintf(format, args...))
}

func (g *checkedLedger) Claim(ctx context.Context, now time.Time, n int) ([]delivery.Job, error) {
	g.alive.Lock() // nothing else writes, so the count below is the queue that Claim sees
	defer g.alive.Unlock()
	if g.dead {
		return nil, errKilled
	}
	var letters int
	err := g.db.QueryRowContext(ctx, `SELECT count(*) FROM letter WHERE state IN ('queued', 'deferred') AND next <= ? AND expires > ?`,
		now.UnixMilli(), now.UnixMilli()).Scan(&letters)
	if err != nil {
		return nil, err
	}
	batch, err := g.Ledger.Claim(ctx, now, n)
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(batch) > n {
		g.violation("%d jobs were claimed, not %d", len(batch), n)
	}
	for i, p := range batch {
		if _, held := g.claimed[mailName(p)]; held {
			g.violation("%s was claimed twice", mailName(p))
		}
		g.claimed[mailName(p)] = p
		if i > 0 && p.Kind.Urgency() < batch[i-1].Kind.Urgency() {
			g.violation("a %s was claimed after a %s", p.Kind, batch[i-1].Kind)
		}
		if p.Class == delivery.ClassLetter {
			letters--
		}
	}
	if err == nil && letters > 0 && len(batch) > 0 && batch[len(batch)-1].Class != delivery.ClassLetter {
		g.violation("%d letters wait while a %s goes out", letters, batch[len(batch)-1].Kind)
	}
	return batch, err
}

func (g *checkedLedger) Recheck(ctx context.Context, p delivery.Job, now time.Time) (delivery.Outcome, bool, error) {
	g.alive.RLock()
	defer g.alive.RUnlock()
	if g.dead {
		return delivery.Outcome{}, false, errKilled
	}
	return g.Ledger.Recheck(ctx, p, now)
}

func (g *checkedLedger) Flush(ctx context.Context) error {
	g.alive.RLock()
	defer g.alive.RUnlock()
	if g.dead {
		return nil
	}
	return g.Ledger.Flush(ctx)
}

func (g *checkedLedger) Connected(ctx context.Context, peer string, at time.Time) (delivery.ConnID, error) {
	g.alive.RLock()
	defer g.alive.RUnlock()
	if g.dead {
		return 0, errKilled
	}
	return g.Ledger.Connected(ctx, peer, at)
}

func (g *checkedLedger) Begin(ctx context.Context, p delivery.Job, conn delivery.ConnID, at time.Time) error {
	g.alive.RLock()
	defer g.alive.RUnlock()
	if g.dead {
		return errKilled
	}
	if err := g.Ledger.Begin(ctx, p, conn, at); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.claimed[mailName(p)].Claim != p.Claim {
		g.violation("%s began and is not claimed", mailName(p))
	}
	if other := g.busy[conn]; other != "" {
		g.violation("%s began on connection %d before the outcome of %s was recorded", mailName(p), conn, other)
	}
	g.begun[mailName(p)], g.busy[conn] = conn, mailName(p)
	g.counts.mu.Lock()
	defer g.counts.mu.Unlock()
	g.counts.begins[mailName(p)]++
	return nil
}

func (g *checkedLedger) End(ctx context.Context, p delivery.Job, o delivery.Outcome) error {
	g.alive.RLock()
	defer g.alive.RUnlock()
	if g.dead {
		return nil // so that the sender stops
	}
	if err := g.Ledger.End(ctx, p, o); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.claimed[mailName(p)].Claim != p.Claim {
		g.violation("%s got the outcome %s and is not claimed", mailName(p), o.State)
	}
	delete(g.claimed, mailName(p))
	conn, begun := g.begun[mailName(p)]
	if begun == o.Began.IsZero() {
		g.violation("%s began: %t, and its outcome %s says otherwise", mailName(p), begun, o.State)
	}
	if o.State == delivery.Sent && !begun {
		g.violation("%s was sent and did not begin", mailName(p))
	}
	if begun {
		delete(g.begun, mailName(p))
		delete(g.busy, conn)
	}
	return nil
}

// kill simulates the kill of the process at a moment at which nothing is written, and
// calls f then with the number of mails in doubt.
func (g *checkedLedger) kill(f func(begun int)) {
	g.alive.Lock()
	defer g.alive.Unlock()
	g.dead = true
	f(len(g.begun))
}

// errors returns the violations of the contract.
func (g *checkedLedger) errors() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.violations
}
