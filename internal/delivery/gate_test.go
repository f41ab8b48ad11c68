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

// gate stands between the loop and its ledger. It asserts that they keep to their
// contract, and can end the process as a kill does: at one moment, after which the
// loop records nothing and begins nothing.
type gate struct {
	delivery.Ledger
	db *sql.DB // reads the same store

	// alive is held for reading by whatever writes, and for writing at the end.
	alive sync.RWMutex
	dead  bool

	mu     sync.Mutex
	held   map[string]delivery.Job    // claimed and not ended
	open   map[string]delivery.ConnID // begun and not ended
	lines  map[delivery.ConnID]string // what is begun there
	counts *counts
	wrong  []string
}

// counts outlive the process.
type counts struct {
	mu     sync.Mutex
	begins map[string]int
}

func newGate(l delivery.Ledger, db *sql.DB, c *counts) *gate {
	return &gate{Ledger: l, db: db, counts: c, held: map[string]delivery.Job{}, open: map[string]delivery.ConnID{}, lines: map[delivery.ConnID]string{}}
}

// name is what a mail is known by at the relay.
func name(p delivery.Job) string { return fmt.Sprintf("%s-%d", p.Class, p.ID) }

var errKilled = errors.New("the process was killed")

func (g *gate) complain(format string, args ...any) {
	g.wrong = append(g.wrong, fmt.Sprintf(format, args...))
}

func (g *gate) Claim(ctx context.Context, now time.Time, n int) ([]delivery.Job, error) {
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
		g.complain("%d parcels were claimed, not %d", len(batch), n)
	}
	for i, p := range batch {
		if _, held := g.held[name(p)]; held {
			g.complain("%s was claimed twice", name(p))
		}
		g.held[name(p)] = p
		if i > 0 && p.Kind.Urgency() < batch[i-1].Kind.Urgency() {
			g.complain("a %s comes after a %s", p.Kind, batch[i-1].Kind)
		}
		if p.Class == delivery.ClassLetter {
			letters--
		}
	}
	if err == nil && letters > 0 && len(batch) > 0 && batch[len(batch)-1].Class != delivery.ClassLetter {
		g.complain("%d letters wait while a %s goes out", letters, batch[len(batch)-1].Kind)
	}
	return batch, err
}

func (g *gate) Recheck(ctx context.Context, p delivery.Job, now time.Time) (delivery.Outcome, bool, error) {
	g.alive.RLock()
	defer g.alive.RUnlock()
	if g.dead {
		return delivery.Outcome{}, false, errKilled
	}
	return g.Ledger.Recheck(ctx, p, now)
}

func (g *gate) Flush(ctx context.Context) error {
	g.alive.RLock()
	defer g.alive.RUnlock()
	if g.dead {
		return nil
	}
	return g.Ledger.Flush(ctx)
}

func (g *gate) Line(ctx context.Context, peer string, at time.Time) (delivery.ConnID, error) {
	g.alive.RLock()
	defer g.alive.RUnlock()
	if g.dead {
		return 0, errKilled
	}
	return g.Ledger.Connected(ctx, peer, at)
}

func (g *gate) Begin(ctx context.Context, p delivery.Job, line delivery.ConnID, at time.Time) error {
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
	if g.held[name(p)].Claim != p.Claim {
		g.complain("%s was begun and is not claimed", name(p))
	}
	if other := g.lines[line]; other != "" {
		g.complain("%s was begun on line %d before the outcome of %s was recorded", name(p), line, other)
	}
	g.open[name(p)], g.lines[line] = line, name(p)
	g.counts.mu.Lock()
	defer g.counts.mu.Unlock()
	g.counts.begins[name(p)]++
	return nil
}

func (g *gate) End(ctx context.Context, p delivery.Job, o delivery.Outcome) error {
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
	if g.held[name(p)].Claim != p.Claim {
		g.complain("%s was ended as %s and is not claimed", name(p), o.State)
	}
	delete(g.held, name(p))
	line, begun := g.open[name(p)]
	if begun == o.Began.IsZero() {
		g.complain("%s was begun: %t, and its outcome %s says otherwise", name(p), begun, o.State)
	}
	if o.State == delivery.Sent && !begun {
		g.complain("%s was sent and not begun", name(p))
	}
	if begun {
		delete(g.open, name(p))
		delete(g.lines, line)
	}
	return nil
}

// kill ends the process at a moment at which nothing is written, and calls f in it
// with the mails that were begun.
func (g *gate) kill(f func(begun int)) {
	g.alive.Lock()
	defer g.alive.Unlock()
	g.dead = true
	f(len(g.open))
}

// wrongs returns what was not as it is to be.
func (g *gate) wrongs() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.wrong
}
