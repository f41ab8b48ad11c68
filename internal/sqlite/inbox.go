package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"infolettre/internal/intake"
	"infolettre/internal/newsroom"
)

var _ intake.Store = (*Store)(nil)

// Receive implements intake.Store.
func (s *Store) Receive(ctx context.Context, a intake.Arrival, f func(newsroom.View, int64) (intake.Verdict, newsroom.Effects, error)) (intake.Folder, error) {
	var folder intake.Folder
	sum := sha256.Sum256(a.Raw)
	rawHash := hex.EncodeToString(sum[:])
	err := s.write(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT folder FROM message WHERE uid_validity = ? AND uid = ? AND raw_hash = ?`,
			a.UIDValidity, a.UID, rawHash).Scan(&folder)
		if !errors.Is(err, sql.ErrNoRows) {
			return err // already stored, or a failed query
		}
		v := newView(ctx, tx)
		id, err := v.Next("message")
		if err != nil {
			return err
		}
		verdict, fx := intake.Verdict{Kind: intake.Duplicate, Folder: intake.FolderDone}, newsroom.Effects(nil)
		first, missed, err := earlier(ctx, tx, a)
		if err != nil {
			return err
		}
		if first == 0 || missed != intake.MissingNothing {
			if verdict, fx, err = f(v, id); err != nil {
				return err
			}
		}
		if first != 0 && verdict.Missing >= missed {
			verdict, fx = intake.Verdict{Kind: intake.Duplicate, Folder: intake.FolderDone, Authenticated: verdict.Authenticated, Missing: missed}, nil
			verdict.Why = fmt.Sprintf("message %d came again", first)
			s.log.Info("message came again", "id", id, "first", first)
		}
		// The row comes first, because the effects refer to it.
		_, err = tx.ExecContext(ctx, `INSERT INTO message (id, uid_validity, uid, raw_hash, message_id, content_hash, signature, sender, received, kind, why, folder, auth, missing, request, raw)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			id, a.UIDValidity, a.UID, rawHash, a.MessageID, a.ContentHash, a.Answer, a.From, stamp(a.At),
			verdict.Kind, verdict.Why, verdict.Folder, verdict.Authenticated.Verdict.String(), verdict.Missing, ref(int64(verdict.Answers)), a.Raw)
		if err != nil {
			return fmt.Errorf("store message: %w", err)
		}
		folder = verdict.Folder
		if a.Server != "" {
			if _, err := tx.ExecContext(ctx, `INSERT INTO mail_server (authserv_id, seen) VALUES (?, ?) ON CONFLICT DO NOTHING`,
				strings.ToLower(a.Server), stamp(a.At)); err != nil {
				return fmt.Errorf("store server: %w", err)
			}
		}
		return apply(ctx, tx, fx, cause{message: id, at: a.At, from: a.From, auth: verdict.Authenticated})
	})
	return folder, err
}

// MessageID implements render.Source. It does not read the message itself, which may be large.
func (s *Store) MessageID(ctx context.Context, id int64) (messageID string, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT message_id FROM message WHERE id = ?`, id).Scan(&messageID)
	if err != nil {
		return "", fmt.Errorf("message %d: %w", id, unknown(err))
	}
	return messageID, nil
}

// earlier returns the ID of the first copy of a message, 0 for none, and the least that any
// copy of it missed.
func earlier(ctx context.Context, tx *sql.Tx, a intake.Arrival) (first int64, missed intake.Missing, err error) {
	var id, least sql.NullInt64
	err = tx.QueryRowContext(ctx, `SELECT min(id), min(missing) FROM (
			SELECT id, missing, kind FROM message WHERE content_hash = ?1 AND message_id = ?2
			UNION ALL SELECT id, missing, kind FROM message WHERE signature = ?3 AND signature <> '')
		WHERE kind <> ?4`, a.ContentHash, a.MessageID, a.Answer, intake.Quarantined).Scan(&id, &least)
	return id.Int64, intake.Missing(least.Int64), err
}

// RecordServer stores whether the server with an authserv-id (RFC 8601) writes its
// Authentication-Results field above its own Received field.
func (s *Store) RecordServer(ctx context.Context, authservID string, above bool, at time.Time) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if !above {
			_, err := tx.ExecContext(ctx, `DELETE FROM mail_server WHERE authserv_id = ?`, strings.ToLower(authservID))
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO mail_server (authserv_id, seen) VALUES (?1, ?2)
			ON CONFLICT DO UPDATE SET seen = ?2`, strings.ToLower(authservID), stamp(at))
		return err
	})
}

func (v *view) WritesAbove(authservID string) (known bool, err error) {
	err = v.row(`SELECT EXISTS (SELECT 1 FROM mail_server WHERE authserv_id = ?)`, strings.ToLower(authservID)).Scan(&known)
	return known, err
}

func (v *view) Authenticated(message int64) (verdict string, err error) {
	err = v.row(`SELECT auth FROM message WHERE id = ?`, message).Scan(&verdict)
	if err != nil {
		return "", fmt.Errorf("message %d: %w", message, unknown(err))
	}
	return verdict, nil
}

// Message returns a stored message in its raw form.
func (s *Store) Message(ctx context.Context, id int64) ([]byte, error) {
	var raw []byte
	err := s.r.QueryRowContext(ctx, `SELECT raw FROM message WHERE id = ?`, id).Scan(&raw)
	if err != nil {
		return nil, fmt.Errorf("message %d: %w", id, unknown(err))
	}
	return raw, nil
}
