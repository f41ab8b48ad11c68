package sqlite

import (
	"context"
	"database/sql"
	"time"

	"infolettre/internal/newsroom"
)

var _ newsroom.Store = (*Store)(nil)

// Due implements newsroom.Store.
func (s *Store) Due(ctx context.Context, now time.Time) ([]newsroom.Due, error) {
	return list(ctx, s.r, readDue, `SELECT `+dueColumns+` WHERE done IS NULL AND at <= ? ORDER BY at, key`, now.UnixMilli())
}

// NextDue implements newsroom.Store.
func (s *Store) NextDue(ctx context.Context) (time.Time, bool, error) {
	var at sql.NullInt64
	err := s.r.QueryRowContext(ctx, `SELECT min(at) FROM due WHERE done IS NULL`).Scan(&at)
	return instant(at), at.Valid, err
}
