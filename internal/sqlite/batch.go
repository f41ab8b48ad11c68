package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// group is a transaction with parts, each a savepoint.
type group struct {
	tx     *sql.Tx
	broken error // the store failed, and may have rolled back everything
}

type inGroup struct{}

func groupOf(ctx context.Context) *group {
	g, _ := ctx.Value(inGroup{}).(*group)
	return g
}

// Batch runs f and commits all transactions that use the context passed to f together, at
// the end. A part that fails is rolled back alone. If the store itself fails in a part, all
// are rolled back.
func (s *Store) Batch(ctx context.Context, f func(context.Context) error) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		g := &group{tx: tx}
		if err := f(context.WithValue(ctx, inGroup{}, g)); err != nil {
			return err
		}
		return g.broken
	})
}

// part runs f in a savepoint of the group.
func (g *group) part(ctx context.Context, f func(*sql.Tx) error) (err error) {
	if g.broken != nil {
		return g.broken
	}
	do := func(query string) error {
		_, err := g.tx.ExecContext(ctx, query)
		return err
	}
	if err := do(`SAVEPOINT part`); err != nil {
		g.broken = err
		return err
	}
	kept := false
	defer func() { // also in a panic
		if !kept && g.broken == nil {
			g.broken = errors.Join(do(`ROLLBACK TO part`), do(`RELEASE part`))
		}
	}()
	if err := f(g.tx); err != nil {
		if unavailable(err) || ctx.Err() != nil {
			g.broken = err // SQLite may have rolled back everything
		}
		return err
	}
	if err := do(`RELEASE part`); err != nil {
		g.broken = err
		return err
	}
	kept = true
	return nil
}
