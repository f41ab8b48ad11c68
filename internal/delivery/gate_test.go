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

// checkedLedger stands between the loop and its ledger. It asserts that they keep to their
// contract, and can end the process as a kill does: at one moment, after which the
// loop records nothing and begins nothing.
type checkedLedger struct {
	delivery.Ledger
	db *sql.DB // reads the same store

	// alive is held for reading by whatever writes, and for writing at the end.
	alive sync.RWMutex
	dead  bool

	mu         sync.Mutex
	claimed    map[string]delivery.Job    // claimed and not ended
	begun      map[string]delivery.ConnID // begun and not ended
	busy       map[delivery.ConnID]string // what is begun there
	counts     *counts
	violations []string
}

// counts outlive the process.
type counts struct {
	mu     sync.Mutex
	begins map[string]int
}

func newCheckedLedger(l delivery.Ledger, db *sql.DB, c *counts) *checkedLedger {
	return &checkedLedger{Ledger: l, db: db, counts: c, claimed: map[string]delivery.Job{}, begun: map[string]delivery.ConnID{}, busy: map[delivery.ConnID]string{}}
}

// mailName is what a mail is known by at the relay.
func mailName(p delivery.Job) string { return fmt.Sprintf("%s-%d", p.Class, p.ID) }

var errKilled = errors.New("the process was killed")

func (g *checkedLedger) violation(format string, args ...any) {
	g.violations = append(g.violations, fmt.Sprintf(format, args...))
}

func (g *checkedLedger) Claim(ctx context.Context, now time.Time, n int) ([]delivery.Job, error) {
	g.alive.Lock() // nothing else is written: what waits now is what is claimed from
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
		g.violation("%d parcels were claimed, not %d", len(batch), n)
	}
	for i, p := range batch {
		if _, held := g.claimed[mailName(p)]; held {
			g.violation("%s was claimed twice", mailName(p))
		}
		g.claimed[mailName(p)] = p
		if i > 0 && p.Kind.Urgency() < batch[i-1].Kind.Urgency() {
			g.violation("a %s comes after a %s", p.Kind, batch[i-1].Kind)
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

func (g *checkedLedger) Begin(ctx context.Context, p delivery.Job, line delivery.ConnID, at time.Time) error {
	g.alive.RLock()
	defer g.alive.RUnlock()
	if g.dead {
		return errKilled
	}
	if err := g.Ledger.Begin(ctx, p, line, at); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.claimed[mailName(p)].Claim != p.Claim {
		g.violation("%s was begun and is not claimed", mailName(p))
	}
	if other := g.busy[line]; other != "" {
		g.violation("%s was begun on line %d before the outcome of %s was recorded", mailName(p), line, other)
	}
	g.begun[mailName(p)], g.busy[line] = line, mailName(p)
	g.counts.mu.Lock()
	defer g.counts.mu.Unlock()
	g.counts.begins[mailName(p)]++
	return nil
}

func (g *checkedLedger) End(ctx context.Context, p delivery.Job, o delivery.Outcome) error {
	g.alive.RLock()
	defer g.alive.RUnlock()
	if g.dead {
		return nil // so that the loop ends
	}
	if err := g.Ledger.End(ctx, p, o); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.claimed[mailName(p)].Claim != p.Claim {
		g.violation("%s was ended as %s and is not claimed", mailName(p), o.State)
	}
	delete(g.claimed, mailName(p))
	line, begun := g.begun[mailName(p)]
	if begun == o.Began.IsZero() {
		g.violation("%s was begun: %t, and its outcome %s says otherwise", mailName(p), begun, o.State)
	}
	if o.State == delivery.Sent && !begun {
		g.violation("%s was sent and not begun", mailName(p))
	}
	if begun {
		delete(g.begun, mailName(p))
		delete(g.busy, line)
	}
	return nil
}

// kill ends the process at a moment at which nothing is written, and calls f in it
// with the mails that were begun.
func (g *checkedLedger) kill(f func(begun int)) {
	g.alive.Lock()
	defer g.alive.Unlock()
	g.dead = true
	f(len(g.begun))
}

// errors returns what was not as it is to be.
func (g *checkedLedger) errors() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.violations
}
