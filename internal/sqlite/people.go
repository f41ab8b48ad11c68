package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"infolettre/internal/audience"
)

// Imported counts the people that an import changed.
type Imported struct {
	Added        int `json:"added"`
	Updated      int `json:"updated"`
	Unsubscribed int `json:"unsubscribed"` // they stay unsubscribed
}

// ImportPeople adds people and updates known ones in the columns that the file has, all or
// none. People who unsubscribed stay unsubscribed, because an import is not a new consent.
func (s *Store) ImportPeople(ctx context.Context, file audience.Import, now time.Time) (Imported, error) {
	var n Imported
	err := s.write(ctx, func(tx *sql.Tx) error {
		for _, p := range file.People {
			if err := importOne(ctx, tx, p, file, now, &n); err != nil {
				return fmt.Errorf("import: %w", err)
			}
		}
		return nil
	})
	return n, err
}

func importOne(ctx context.Context, tx *sql.Tx, p audience.Subscriber, file audience.Import, now time.Time, n *Imported) error {
	var id int64
	var unsubscribed sql.NullInt64
	var consent sql.NullString
	err := tx.QueryRowContext(ctx, `SELECT id, unsubscribed,
		(SELECT how FROM consent WHERE person = person.id AND given ORDER BY at DESC, rowid DESC LIMIT 1)
		FROM person WHERE address_key = ?`, p.Address.Key()).Scan(&id, &unsubscribed, &consent)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		r, err := tx.ExecContext(ctx, `INSERT INTO person (address, address_key, name, centre, language, added) VALUES (?, ?, ?, ?, ?, ?)`,
			p.Address, p.Address.Key(), p.Name, p.Centre, p.Language, stamp(now))
		if err != nil {
			return err
		}
		if id, err = r.LastInsertId(); err != nil {
			return err
		}
		n.Added++
	case err != nil:
		return err
	default:
		if _, err := tx.ExecContext(ctx, `UPDATE person SET address = ?, name = iif(?, ?, name),
			centre = iif(?, ?, centre), language = iif(?, ?, language) WHERE id = ?`, p.Address, file.Has("name"), p.Name,
			file.Has("centre"), p.Centre, file.Has("language"), p.Language, id); err != nil {
			return err
		}
		if unsubscribed.Valid {
			n.Unsubscribed++
		} else {
			n.Updated++
		}
	}
	if file.Has("tags") {
		if _, err := tx.ExecContext(ctx, `DELETE FROM person_tag WHERE person = ?`, id); err != nil {
			return err
		}
		for _, tag := range p.Tags {
			if _, err := tx.ExecContext(ctx, `INSERT INTO person_tag (person, tag) VALUES (?, ?)`, id, tag); err != nil {
				return err
			}
		}
	}
	if consent.Valid && consent.String == p.Consent {
		return nil
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO consent (person, at, given, how) VALUES (?, ?, 1, ?)`, id, stamp(now), p.Consent)
	return err
}

// People returns the people list by address.
func (s *Store) People(ctx context.Context) ([]audience.Subscriber, error) {
	return list(ctx, s.r, readPerson, `SELECT `+personColumns+` ORDER BY address_key`)
}
