package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"infolettre/internal/audit"
	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// entryOf returns the log entry of a change, without what its cause adds; recorded is false
// if the change is not logged. A zero At defaults to the time of the act.
func entryOf(change newsroom.Change) (e audit.Entry, recorded bool) {
	switch c := change.(type) {
	case newsroom.AddItem:
		e.Kind, e.At, e.Item, e.Revision, e.Message = audit.Received, c.Received, int64(c.ID), int64(c.Current.Number), c.Message
		e.Person, e.State, e.Hash = string(c.Sender.Address), string(c.State), c.Current.Hash
	case newsroom.AddRevision:
		e.Kind, e.At, e.Item, e.Revision = audit.Revised, c.Created, int64(c.Item), int64(c.Number)
		e.State, e.Hash, e.Person, e.Message = string(c.State), c.Hash, string(c.Author), c.Message
	case newsroom.MoveItem:
		e.Kind, e.Item, e.Revision, e.Issue, e.State = audit.Moved, int64(c.Item), int64(c.Approved), int64(c.Issue), string(c.State)
	case newsroom.ApproveRevision:
		e.Kind, e.Item, e.Revision, e.State = audit.Moved, int64(c.Item), int64(c.Revision), "approved"
	case newsroom.AddDecision:
		e.Kind, e.At, e.Item, e.Revision, e.Message, e.Request = audit.Decided, c.At, int64(c.Item), int64(c.Revision), c.Message, c.Request
		e.Person, e.Verb, e.Reason, e.Hash, e.How = string(c.DecidedBy()), string(c.Verb), c.Reason, c.Hash, c.How
		e.Undoes = c.Undoes
		if c.By != "" {
			e.Voice = string(c.Editor)
		}
	case newsroom.AddChallenge:
		e.Kind, e.At, e.Request, e.Message, e.Ref = audit.Challenged, c.At, int64(c.Answered), c.Message, int64(c.Request)
		e.Verb, e.Reason = string(c.Verb), c.Reason
	case newsroom.ConfirmChallenge:
		e.Kind, e.At, e.Request = audit.Confirmed, c.At, int64(c.Request)
	case newsroom.MoveIssue:
		e.Kind, e.Issue, e.State = audit.Staged, int64(c.Issue), string(c.State)
	case newsroom.AddProof:
		e.Kind, e.At, e.Issue, e.Proof, e.Hash = audit.Proofed, c.Created, c.Issue, c.ID, c.Hash
	case newsroom.VoidProof:
		e.Kind, e.At, e.Proof = audit.Voided, c.At, c.ID
	case newsroom.AddSignature:
		e.Kind, e.At, e.Proof, e.Message = audit.Signed, c.At, c.Proof, c.Message
		e.Person, e.Verb, e.Hash, e.How = string(c.Signer()), "sign", c.Hash, c.How
		if c.By != "" {
			e.Voice = string(c.Editor)
		}
	case newsroom.Record:
		e.Kind, e.At, e.Issue, e.Item, e.Message = audit.Acted, c.At, int64(c.Issue), int64(c.Item), c.Message
		e.Person, e.Verb, e.Reason, e.How = string(c.By), string(c.Kind), c.Text, c.How
		e.About = string(c.About)
	case newsroom.CreateMailing:
		e.Kind, e.At, e.Issue, e.Ref, e.Verb = audit.Mailed, c.Created, c.Issue, int64(c.ID), string(c.Kind)
	case newsroom.CancelMailings:
		e.Kind, e.At, e.Issue = audit.Halted, c.At, int64(c.Issue)
	case newsroom.CancelMailing:
		e.Kind, e.At, e.Ref, e.Verb = audit.Steered, c.At, int64(c.Mailing), "cancel"
	case newsroom.MoveMailing:
		e.Kind, e.At, e.Issue, e.Ref, e.State = audit.Steered, c.At, c.Issue, int64(c.Mailing), string(c.State)
		if e.Verb = "resume"; c.State == delivery.MailingPaused {
			e.Verb = "pause"
		}
	case newsroom.RetryMailing:
		e.Kind, e.At, e.Issue, e.Ref, e.Verb = audit.Steered, c.At, c.Issue, int64(c.Mailing), "retry"
		if c.Failed {
			e.Verb = "retry what failed"
		}
	case newsroom.HoldAll:
		e.Kind, e.At, e.Verb = audit.Steered, c.At, "hold all, as the store was restored"
	case newsroom.ReleaseHold:
		e.Kind, e.At, e.Verb = audit.Steered, c.At, "lift the hold"
	default:
		return e, false
	}
	return e, true
}

// cause is the inbound message that changes follow from; zero for commands and due jobs.
type cause struct {
	message int64
	at      time.Time
	from    message.Address
	auth    message.Authentication
}

// logbook appends to the log in one transaction.
type logbook struct {
	ctx  context.Context
	tx   *sql.Tx
	by   cause
	at   time.Time // of the act
	last audit.Row // once read
}

func newLogbook(ctx context.Context, tx *sql.Tx, fx newsroom.Effects, by cause) *logbook {
	return &logbook{ctx: ctx, tx: tx, by: by, at: instantOf(fx, by)}
}

// instantOf returns the time of an act: that of its message, or that of the first effect that
// has one, or else the computer's, for some commands.
func instantOf(fx newsroom.Effects, by cause) time.Time {
	if !by.at.IsZero() {
		return by.at
	}
	for _, change := range fx {
		var at time.Time
		switch c := change.(type) {
		case newsroom.CompleteDue:
			at = c.At
		case newsroom.UseRequest:
			at = c.At
		case newsroom.QueueLetter:
			at = c.Created
		default:
			e, _ := entryOf(change)
			at = e.At
		}
		if !at.IsZero() {
			return at
		}
	}
	return time.Now()
}

// enter appends a change that was just applied to the log, if it is one that is logged.
func (l *logbook) enter(change newsroom.Change) error {
	e, recorded := entryOf(change)
	if !recorded {
		return nil
	}
	switch e.Kind {
	case audit.Decided, audit.Signed:
		if err := l.tx.QueryRowContext(l.ctx, `SELECT last_insert_rowid()`).Scan(&e.Ref); err != nil {
			return err
		}
	case audit.Revised, audit.Challenged, audit.Confirmed:
		if e.Person == "" {
			e.Person = string(l.by.from)
		}
	default: // the entry is complete
	}
	return l.append(e)
}

// append adds an entry to the end of the log.
func (l *logbook) append(e audit.Entry) error {
	if l.last.Seq == 0 {
		if err := l.begin(); err != nil {
			return err
		}
	}
	if e.At.IsZero() {
		e.At = l.at
	}
	if e.Message == 0 {
		e.Message = l.by.message
	}
	// The content hash is personal data of the message's author, so an entry without a
	// person, which no erasure finds, has only the message's number.
	if e.Message != 0 && e.Person != "" {
		err := l.tx.QueryRowContext(l.ctx, `SELECT content_hash FROM message WHERE id = ?`, e.Message).Scan(&e.Content)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if e.Message == l.by.message {
			e.Sender = l.by.auth.Verdict.String() + ": " + l.by.auth.Why
		}
	}
	return l.seal(e)
}

// begin reads the log's last row. It starts an empty log with a row of kind Began.
func (l *logbook) begin() error {
	last, err := lastRow(l.ctx, l.tx)
	if err != nil || last.Seq > 0 {
		l.last = last
		return err
	}
	var since audit.Watermark
	if err := l.tx.QueryRowContext(l.ctx, `SELECT item, decision, signature FROM audit_since`).
		Scan(&since.Item, &since.Decision, &since.Signature); err != nil {
		return err
	}
	return l.seal(audit.Entry{Kind: audit.Began, At: l.at, Text: audit.Text{Since: &since}})
}

// seal writes an entry as the next row of the chain, with a new random key.
func (l *logbook) seal(e audit.Entry) error {
	key := make([]byte, audit.KeySize)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	r := audit.Seal(l.last, e, key)
	_, err := l.tx.ExecContext(l.ctx, `INSERT INTO audit (seq, at, kind, item, revision, issue, proof, message, request, ref, commitment, prev, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.Seq, r.At.UnixMilli(), r.Kind, r.Item, r.Revision, r.Issue, r.Proof,
		r.Message, r.Request, r.Ref, r.Commitment[:], r.Prev[:], r.Hash[:])
	if err != nil {
		return err
	}
	_, err = l.tx.ExecContext(l.ctx, `INSERT INTO audit_text (seq, key, person, text) VALUES (?, ?, ?, ?)`,
		r.Seq, key, message.Address(e.Person).Key(), string(e.Octets()))
	l.last = r
	return err
}

// logSent records the issues whose mailing ended.
func logSent(ctx context.Context, tx *sql.Tx, sent []int64, now time.Time) error {
	l := logbook{ctx: ctx, tx: tx, at: now}
	for _, id := range sent {
		if err := l.enter(newsroom.MoveIssue{Issue: issue.ID(id), State: issue.Sent}); err != nil {
			return fmt.Errorf("log: %w", err)
		}
	}
	return nil
}

// EraseFromLog deletes the texts and keys that the log keeps about a person, records the
// erasure, and returns the number of rows concerned, which stay in the chain. The deleted
// data is overwritten in the file, and in the write-ahead log unless another process is
// reading from it.
func (s *Store) EraseFromLog(ctx context.Context, a message.Address, now time.Time) (int, error) {
	if _, err := s.w.ExecContext(ctx, `PRAGMA secure_delete = 1`); err != nil {
		return 0, fmt.Errorf("erase from the log: %w", err)
	}
	var erased []int64
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		erased, err = list(ctx, tx, readNumber, `DELETE FROM audit_text
			WHERE person = ?1 OR json_valid(text)
			AND ?1 IN (lower(json_extract(text, '$.voice')), lower(json_extract(text, '$.about'))) RETURNING seq`, a.Key())
		if err != nil || len(erased) == 0 {
			return err
		}
		l := logbook{ctx: ctx, tx: tx, at: now}
		return l.append(audit.Entry{
			Kind: audit.Erased, Numbers: audit.Numbers{Ref: int64(len(erased))}, Text: audit.Text{How: "command line", Erased: erased},
		})
	})
	if err != nil {
		return 0, fmt.Errorf("erase from the log: %w", err)
	}
	if _, err := s.w.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return len(erased), fmt.Errorf("overwrite the texts erased from the log: %w", err)
	}
	return len(erased), nil
}

func readNumber(row scanner) (n int64, err error) { return n, row.Scan(&n) }

const logColumns = `audit.seq, at, kind, item, revision, issue, proof, message, request, ref, commitment, prev, hash,
	audit_text.seq IS NOT NULL, key, coalesce(person, ''), text FROM audit LEFT JOIN audit_text ON audit_text.seq = audit.seq`

func readRecord(row scanner) (rec audit.Record, err error) {
	var at int64
	var kept bool
	var k audit.StoredText
	var commitment, prev, hash []byte
	r := &rec.Row
	err = row.Scan(&r.Seq, &at, &r.Kind, &r.Item, &r.Revision, &r.Issue, &r.Proof, &r.Message, &r.Request, &r.Ref,
		&commitment, &prev, &hash, &kept, &k.Key, &k.Person, &k.Octets)
	if err != nil {
		return rec, err
	}
	r.At = time.UnixMilli(at)
	// A digest of another length stays zero, which verification reports.
	for from, to := range map[*[]byte]*audit.Digest{&commitment: &r.Commitment, &prev: &r.Prev, &hash: &r.Hash} {
		if len(*from) == len(to) {
			copy(to[:], *from)
		}
	}
	if kept {
		rec.Stored = &k
	}
	return rec, nil
}

// records returns the log's rows in order, as a stream.
func records(ctx context.Context, q querier) iter.Seq2[audit.Record, error] {
	return func(yield func(audit.Record, error) bool) {
		rows, err := q.QueryContext(ctx, `SELECT `+logColumns+` ORDER BY audit.seq`)
		if err != nil {
			yield(audit.Record{}, err)
			return
		}
		defer func() { _ = rows.Close() }() // it was only read
		for rows.Next() {
			rec, err := readRecord(rows)
			if !yield(rec, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(audit.Record{}, err)
		}
	}
}

// LogRecords returns the log, or the rows about one item if of is not 0.
func (s *Store) LogRecords(ctx context.Context, of int64) ([]audit.Record, error) {
	where, args := ``, []any(nil)
	if of != 0 {
		where, args = ` WHERE item = ?`, []any{of}
	}
	return list(ctx, s.r, readRecord, `SELECT `+logColumns+where+` ORDER BY audit.seq`, args...)
}

// lastRow returns the log's last row, or the zero row if the log is empty.
func lastRow(ctx context.Context, q querier) (audit.Row, error) {
	rec, err := readRecord(q.QueryRowContext(ctx, `SELECT `+logColumns+` ORDER BY audit.seq DESC LIMIT 1`))
	if errors.Is(err, sql.ErrNoRows) {
		return audit.Row{}, nil
	}
	return rec.Row, err
}
