package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"database/sql"
	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
)

// Rendered returns a letter as it was first rendered; nil if it never was.
func (s *Store) Rendered(ctx context.Context, id delivery.LetterID) ([]byte, error) {
	var raw []byte
	err := s.r.QueryRowContext(ctx, `SELECT rendered FROM letter WHERE id = ?`, id).Scan(&raw)
	return raw, unknown(err)
}

// KeepRendered stores a rendered letter, unless it has been rendered before.
func (s *Store) KeepRendered(ctx context.Context, id delivery.LetterID, raw []byte) error {
	return s.commit(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE letter SET rendered = ? WHERE id = ? AND rendered IS NULL`, raw, id)
		return err
	})
}

// MailingEdition returns a mailing's edition in a language and variant, and its event; the
// zero event if it has none.
func (s *Store) MailingEdition(ctx context.Context, id delivery.MailingID, language string, v issue.Variant) (e issue.Edition, event issue.Entry, err error) {
	e, err = readEdition(s.r.QueryRowContext(ctx, `SELECT `+editionColumns+` WHERE mailing = ? AND language = ? AND variant = ?`, id, language, v))
	if err != nil {
		return e, event, fmt.Errorf("edition %q %q of mailing %d: %w", language, v, id, unknown(err))
	}
	event, err = readEvent(s.r.QueryRowContext(ctx, `SELECT `+eventColumns+` WHERE id = (SELECT event FROM mailing WHERE id = ?)`, id))
	if err := unknown(err); err != nil && !errors.Is(err, newsroom.ErrNotFound) {
		return e, event, err
	}
	return e, event, nil
}

// Image returns a picture by its hash.
func (s *Store) Image(ctx context.Context, hash string) (item.Image, error) {
	img := item.Image{Hash: hash}
	err := s.r.QueryRowContext(ctx, `SELECT type, name, data FROM image WHERE hash = ?`, hash).Scan(&img.Type, &img.Name, &img.Data)
	return img, unknown(err)
}

// PublishedImage returns a picture of an issue that is being sent or was sent.
func (s *Store) PublishedImage(ctx context.Context, hash string) (item.Image, error) {
	var n int
	err := s.r.QueryRowContext(ctx, `SELECT count(*) FROM edition JOIN mailing ON mailing.id = edition.mailing
		JOIN issue ON issue.id = mailing.issue, json_each(edition.images)
		WHERE mailing.kind = ? AND issue.state IN (?, ?) AND json_each.value = ?`,
		delivery.KindIssue, issue.Sending, issue.Sent, hash).Scan(&n)
	if err != nil {
		return item.Image{}, err
	}
	if n == 0 {
		return item.Image{}, newsroom.ErrNotFound
	}
	return s.Image(ctx, hash)
}

// File returns a file by its hash, if an item that is pending, approved, deferred or published
// has it.
func (s *Store) File(ctx context.Context, hash string) (item.Attachment, error) {
	a := item.Attachment{Hash: hash}
	err := s.r.QueryRowContext(ctx, `SELECT type, name, data FROM file WHERE hash = ?1 AND EXISTS (
		SELECT 1 FROM item JOIN revision ON revision.item = item.id
		WHERE item.state IN ('pending', 'approved', 'deferred', 'published') AND instr(revision.content, ?1) > 0)`, hash).Scan(&a.Type, &a.Name, &a.Data)
	a.Bytes = len(a.Data)
	return a, unknown(err)
}

// LastSent returns the time at which the relay last accepted a mail; zero for never.
func (s *Store) LastSent(ctx context.Context) (time.Time, error) {
	var at sql.NullInt64
	err := s.r.QueryRowContext(ctx, `SELECT max(settled) FROM (
		SELECT max(settled) AS settled FROM letter WHERE state = 'sent' UNION ALL
		SELECT max(settled) FROM delivery WHERE state = 'sent')`).Scan(&at)
	return instant(at), err
}
