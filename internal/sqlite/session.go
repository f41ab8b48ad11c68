package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"infolettre/internal/newsroom"
)

// errNotKept rolls back a sign-in without effects.
var errNotKept = errors.New("the sign-in is not kept")

// AddSignIn stores a link to the desk and the effects of f, which gets the link with its new
// ID. If f returns no effects, nothing is stored.
func (s *Store) AddSignIn(ctx context.Context, in newsroom.SignIn, f func(v newsroom.View, in newsroom.SignIn) (newsroom.Effects, error)) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := purge(ctx, tx, in.Created); err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, `INSERT INTO sign_in (person, browser, created, expires) VALUES (?, ?, ?, ?)`,
			in.Person, in.Browser, stamp(in.Created), stamp(in.Expires))
		if err != nil {
			return err
		}
		if in.ID, err = r.LastInsertId(); err != nil {
			return err
		}
		fx, err := f(newView(ctx, tx), in)
		if err != nil {
			return err
		}
		if len(fx) == 0 {
			return errNotKept
		}
		return apply(ctx, tx, fx, cause{})
	})
	if errors.Is(err, errNotKept) {
		return nil
	}
	return err
}

// purge deletes expired sessions, and links a day after they expired.
func purge(ctx context.Context, tx *sql.Tx, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE expires <= ?`, stamp(now)); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM sign_in WHERE expires <= ?`, now.Add(-24*time.Hour).UnixMilli())
	return err
}

// UseSignIn marks a link as used and stores the session that f returns; if f fails, neither.
// It returns newsroom.ErrNotFound if there is no such link.
func (s *Store) UseSignIn(ctx context.Context, id int64, f func(v newsroom.View, in newsroom.SignIn) (newsroom.Session, error)) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		in := newsroom.SignIn{ID: id}
		var created, expires, used sql.NullInt64
		err := tx.QueryRowContext(ctx, `SELECT person, browser, created, expires, used FROM sign_in WHERE id = ?`, id).
			Scan(&in.Person, &in.Browser, &created, &expires, &used)
		if err != nil {
			return unknown(err)
		}
		in.Created, in.Expires, in.Used = instant(created), instant(expires), instant(used)
		made, err := f(newView(ctx, tx), in)
		if err != nil {
			return err
		}
		if err := purge(ctx, tx, made.Created); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE sign_in SET used = ? WHERE id = ?`, stamp(made.Created), id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO session (key, person, created, expires) VALUES (?, ?, ?, ?)`,
			made.Key, made.Person, stamp(made.Created), stamp(made.Expires))
		return err
	})
}

// Session returns the session with a key, which may have expired, or newsroom.ErrNotFound.
func (s *Store) Session(ctx context.Context, key string) (newsroom.Session, error) {
	one := newsroom.Session{Key: key}
	var created, expires sql.NullInt64
	err := s.r.QueryRowContext(ctx, `SELECT person, created, expires FROM session WHERE key = ?`, key).
		Scan(&one.Person, &created, &expires)
	one.Created, one.Expires = instant(created), instant(expires)
	return one, unknown(err)
}

// EndSession deletes a session, if there is one with this key.
func (s *Store) EndSession(ctx context.Context, key string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM session WHERE key = ?`, key)
		return err
	})
}
