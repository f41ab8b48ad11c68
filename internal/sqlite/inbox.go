package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"infolettre/internal/intake"
	"infolettre/internal/newsroom"
)

var _ intake.Store = (*Store)(nil)

// Receive is intake.Store's.
func (s *Store) Receive(ctx context.Context, a intake.Arrival, f func(newsroom.View, int64) (intake.Verdict, newsroom.Effects, error)) (intake.Folder, error) {
	var folder intake.Folder
	sum := sha256.Sum256(a.Raw)
	rawHash := hex.EncodeToString(sum[:])
	err := s.write(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT folder FROM message WHERE uid_validity = ? AND uid = ? AND raw_hash = ?`,
			a.UIDValidity, a.UID, rawHash).Scan(&folder)
		if !errors.Is(err, sql.ErrNoRows) {
			return err // known by its place, or broken
		}
		v := newView(ctx, tx)
		id, err := v.Next("message")
		if err != nil {
			return err
		}
		verdict, fx := intake.Verdict{Kind: intake.Duplicate, Folder: intake.Done}, newsroom.Effects(nil)
		var first int64
		err = tx.QueryRowContext(ctx, `SELECT id FROM message WHERE content_hash = ? AND message_id = ? AND kind <> ?`,
			a.ContentHash, a.MessageID, intake.Quarantined).Scan(&first)
		switch {
		case err == nil:
			verdict.Why = fmt.Sprintf("message %d came again", first)
		case errors.Is(err, sql.ErrNoRows):
			if verdict, fx, err = f(v, id); err != nil {
				return err
			}
		default:
			return err
		}
		// The row comes first: what follows from the message refers to it.
		_, err = tx.ExecContext(ctx, `INSERT INTO message (id, uid_validity, uid, raw_hash, message_id, content_hash, sender, received, kind, why, folder, raw)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			id, a.UIDValidity, a.UID, rawHash, a.MessageID, a.ContentHash, a.From, stamp(a.At), verdict.Kind, verdict.Why, verdict.Folder, a.Raw)
		if err != nil {
			return fmt.Errorf("store message: %w", err)
		}
		folder = verdict.Folder
		return apply(ctx, tx, fx, cause{message: id, at: a.At, from: a.From, auth: verdict.Authenticated})
	})
	return folder, err
}

// MessageID is render.Source's. It reads no message, which may be large.
func (s *Store) MessageID(ctx context.Context, id int64) (messageID string, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT message_id FROM message WHERE id = ?`, id).Scan(&messageID)
	if err != nil {
		return "", fmt.Errorf("message %d: %w", id, unknown(err))
	}
	return messageID, nil
}

// Message returns a stored message, raw.
func (s *Store) Message(ctx context.Context, id int64) ([]byte, error) {
	var raw []byte
	err := s.r.QueryRowContext(ctx, `SELECT raw FROM message WHERE id = ?`, id).Scan(&raw)
	if err != nil {
		return nil, fmt.Errorf("message %d: %w", id, unknown(err))
	}
	return raw, nil
}
