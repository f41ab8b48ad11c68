package sqlite

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"infolettre/internal/audit"
)

// VerifyLog checks the log's chain, and compares the tables of decisions, signatures and
// revisions with it, both ways, on one state of the store. head is a printed head of the log
// (see audit.ParseHead) or "". Rows from before the log began are not compared.
func (s *Store) VerifyLog(ctx context.Context, head string) (audit.Report, error) {
	var report audit.Report
	tx, err := s.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return report, fmt.Errorf("verify the log: %w", err)
	}
	defer rollback(tx)
	c, err := newComparison(ctx, tx)
	if err != nil {
		return report, fmt.Errorf("verify the log: %w", err)
	}
	if report, err = audit.Verify(c.compareAll(records(ctx, tx)), head); err != nil {
		return report, err
	}
	c.end()
	report.Faults = append(report.Faults, c.faults...)
	return report, nil
}

// statement is a decision or a signature, as a table or the log has it.
type statement struct {
	numbers audit.Numbers
	at      int64
	words   words
}

// words are compared unless they were erased from the log.
type words struct{ person, voice, verb, reason, hash, how string }

type revisionKey struct{ item, number int64 }

// revision holds the recorded hash of a revision and the hash of its stored content.
type revision struct{ named, stored string }

// comparison holds the rows of the tables that no entry of the log has matched yet.
type comparison struct {
	since     audit.Watermark
	said      map[audit.Kind]map[int64]statement // by ID
	revisions map[revisionKey]revision
	faults    []audit.Fault
}

func newComparison(ctx context.Context, q querier) (*comparison, error) {
	c := &comparison{said: map[audit.Kind]map[int64]statement{}, revisions: map[revisionKey]revision{}}
	err := q.QueryRowContext(ctx, `SELECT item, decision, signature FROM audit_since`).Scan(&c.since.Item, &c.since.Decision, &c.since.Signature)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	for kind, query := range map[audit.Kind]string{
		audit.Decided: `SELECT id, item, revision, 0, coalesce(message, 0), coalesce(request, 0), at,
			iif(speaker = '', editor, speaker), iif(speaker = '', '', editor), verb, reason, hash, how FROM decision`,
		audit.Signed: `SELECT id, 0, 0, proof, coalesce(message, 0), 0, at,
			iif(signer = '', editor, signer), iif(signer = '', '', editor), 'sign', '', hash, how FROM signature`,
	} {
		c.said[kind] = map[int64]statement{}
		_, err := list(ctx, q, func(row scanner) (struct{}, error) {
			var s statement
			n, w := &s.numbers, &s.words
			err := row.Scan(&n.Ref, &n.Item, &n.Revision, &n.Proof, &n.Message, &n.Request, &s.at, &w.person, &w.voice, &w.verb, &w.reason, &w.hash, &w.how)
			c.said[kind][n.Ref] = s
			return struct{}{}, err
		}, query)
		if err != nil {
			return nil, err
		}
	}
	_, err = list(ctx, q, func(row scanner) (struct{}, error) {
		var key revisionKey
		var named string
		var content []byte
		err := row.Scan(&key.item, &key.number, &named, &content)
		sum := sha256.Sum256(content)
		c.revisions[key] = revision{named, hex.EncodeToString(sum[:])}
		return struct{}{}, err
	}, `SELECT item, number, hash, content FROM revision`)
	return c, err
}

// compareAll passes records on and compares each with the tables.
func (c *comparison) compareAll(all iter.Seq2[audit.Record, error]) iter.Seq2[audit.Record, error] {
	return func(yield func(audit.Record, error) bool) {
		for rec, err := range all {
			if err == nil {
				c.record(rec)
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

func (c *comparison) fault(row int64, format string, args ...any) {
	c.faults = append(c.faults, audit.Fault{Kind: audit.Disagrees, First: row, Last: row, Detail: fmt.Sprintf(format, args...)})
}

func (c *comparison) record(rec audit.Record) {
	var text audit.Text
	readable := false
	if rec.Stored != nil {
		t, err := rec.Stored.Text()
		text, readable = t, err == nil // Verify reports an unreadable text
	}
	switch rec.Kind {
	case audit.Began:
		if readable && text.Since != nil && rec.Seq == 1 {
			c.since = *text.Since
		}
	case audit.Decided, audit.Signed:
		c.compareSaid(rec, text, readable)
	case audit.Received, audit.Revised:
		key := revisionKey{rec.Item, rec.Revision}
		r, there := c.revisions[key]
		delete(c.revisions, key)
		switch {
		case !there:
			c.fault(rec.Seq, "revision %d of item %d, which row %d has, is not in its table", rec.Revision, rec.Item, rec.Seq)
		case readable && (text.Hash != r.named || text.Hash != r.stored):
			c.fault(rec.Seq, "revision %d of item %d is not what row %d has of it", rec.Revision, rec.Item, rec.Seq)
		}
	default: // no table has rows of this kind
	}
}

// noun names a row of the table that a kind of entry refers to.
func noun(kind audit.Kind) string {
	if kind == audit.Signed {
		return "signature"
	}
	return "decision"
}

func (c *comparison) compareSaid(rec audit.Record, text audit.Text, readable bool) {
	table := c.said[rec.Kind]
	s, there := table[rec.Ref]
	delete(table, rec.Ref)
	switch {
	case !there:
		c.fault(rec.Seq, "%s %d, which row %d has, is not in its table", noun(rec.Kind), rec.Ref, rec.Seq)
	case s.numbers != rec.Numbers || s.at != rec.At.UnixMilli(),
		readable && s.words != (words{text.Person, text.Voice, text.Verb, text.Reason, text.Hash, text.How}):
		c.fault(rec.Seq, "%s %d is not what row %d has of it", noun(rec.Kind), rec.Ref, rec.Seq)
	}
}

// end reports the rows that no entry matched.
func (c *comparison) end() {
	for kind, since := range map[audit.Kind]int64{audit.Decided: c.since.Decision, audit.Signed: c.since.Signature} {
		for _, id := range slices.Sorted(maps.Keys(c.said[kind])) {
			if id > since {
				c.fault(0, "%s %d is not in the log", noun(kind), id)
			}
		}
	}
	for key := range c.revisions {
		if key.item > c.since.Item {
			c.fault(0, "revision %d of item %d is not in the log", key.number, key.item)
		}
	}
	slices.SortFunc(c.faults, func(a, b audit.Fault) int {
		return cmp.Or(cmp.Compare(a.First, b.First), strings.Compare(a.Detail, b.Detail))
	})
}
