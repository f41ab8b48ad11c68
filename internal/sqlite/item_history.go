package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"infolettre/internal/audit"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// ItemHistory is everything that happened to an item.
type ItemHistory struct {
	Item      item.Item
	Revisions []item.Revision
	Decisions []editorial.Decision
	Letters   []SentLetter
	Records   []audit.Record // about the item, and about confirmations of its decisions
	Proofs    []ProofHistory // of every issue that it was placed in
	Mailings  []ItemMailing  // of these issues, and reminders of its events
}

// SentLetter is a letter about the item with a handle to answer to.
type SentLetter struct {
	Purpose  token.Purpose
	Kind     delivery.Kind
	Topic    string
	Person   message.Address
	Revision int
	At       time.Time
}

// ProofHistory is a proof and who signed it.
type ProofHistory struct {
	editorial.Proof
	Signatures []editorial.Signature
}

// ItemMailing is a mailing that concerns an item.
type ItemMailing struct {
	MailingRow
	Event string // the title of the event, for a reminder
}

// ItemHistory returns the history of an item, or newsroom.ErrNotFound.
func (s *Store) ItemHistory(ctx context.Context, id item.ID) (h ItemHistory, err error) {
	mailings, err := s.Mailings(ctx)
	if err != nil {
		return h, fmt.Errorf("history of item %d: %w", id, err)
	}
	tx, err := s.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return h, fmt.Errorf("history of item %d: %w", id, err)
	}
	defer rollback(tx)
	v := newView(ctx, tx)
	if h.Item, err = v.Item(id); err != nil {
		return h, err
	}
	for n := 1; n <= h.Item.Current.Number; n++ {
		r, err := v.Revision(id, n)
		if err != nil {
			return h, err
		}
		h.Revisions = append(h.Revisions, r)
	}
	if h.Decisions, err = v.Decisions(id); err != nil {
		return h, err
	}
	if h.Letters, err = v.sentLetters(id); err != nil {
		return h, err
	}
	h.Records, err = list(ctx, tx, readRecord, `SELECT `+logColumns+` WHERE item = ?1 OR kind IN (?2, ?3) AND request IN (
		SELECT request FROM request_subject WHERE item = ?1) ORDER BY audit.seq`, id, audit.Challenged, audit.Confirmed)
	if err != nil {
		return h, err
	}
	if h.Proofs, err = v.proofs(h.issues()); err != nil {
		return h, err
	}
	h.Mailings, err = v.mailings(id, h.issues(), mailings)
	return h, err
}

// issues returns the issues that the item was ever placed in.
func (h ItemHistory) issues() map[int64]bool {
	all := map[int64]bool{}
	if h.Item.Issue != 0 && h.Item.Approved != 0 {
		all[h.Item.Issue] = true
	}
	for _, r := range h.Records {
		if r.Issue != 0 && (r.Kind != audit.Moved || r.Revision != 0) {
			all[r.Issue] = true
		}
	}
	return all
}

func (v *view) sentLetters(id item.ID) ([]SentLetter, error) {
	return list(v.ctx, v.q, func(row scanner) (w SentLetter, err error) {
		var purpose string
		var created sql.NullInt64
		err = row.Scan(&purpose, &w.Kind, &w.Topic, &w.Person, &w.Revision, &created)
		if purpose != "" {
			w.Purpose = token.Purpose(purpose[0])
		}
		w.At = instant(created)
		return w, err
	}, `SELECT request.purpose, letter.kind, letter.topic, request.person, request_subject.revision, request.created
		FROM request_subject JOIN request ON request.id = request_subject.request JOIN letter ON letter.request = request.id
		WHERE request_subject.item = ? ORDER BY request.id`, id)
}

func (v *view) proofs(issues map[int64]bool) ([]ProofHistory, error) {
	all, err := list(v.ctx, v.q, func(row scanner) (p ProofHistory, err error) {
		var created, voided sql.NullInt64
		err = row.Scan(&p.ID, &p.Issue, &p.Hash, &created, &voided)
		p.Created, p.Voided = instant(created), instant(voided)
		return p, err
	}, `SELECT id, issue, hash, created, voided FROM proof ORDER BY id`)
	var of []ProofHistory
	for _, p := range all {
		if err == nil && issues[p.Issue] {
			p.Signatures, err = v.Signatures(p.ID)
			of = append(of, p)
		}
	}
	return of, err
}

func (v *view) mailings(id item.ID, issues map[int64]bool, all []MailingRow) ([]ItemMailing, error) {
	rows := map[delivery.MailingID]MailingRow{}
	for _, m := range all {
		rows[m.ID] = m
	}
	found, err := list(v.ctx, v.q, func(row scanner) (m ItemMailing, err error) {
		var mailing delivery.MailingID
		err = row.Scan(&mailing, &m.Event)
		m.MailingRow = rows[mailing]
		return m, err
	}, `SELECT mailing.id, coalesce(event.title, '') FROM mailing LEFT JOIN event ON event.id = mailing.event
		WHERE mailing.issue <> 0 OR event.item = ? ORDER BY mailing.id`, id)
	var of []ItemMailing
	for _, m := range found {
		if m.ID != 0 && (m.Event != "" || issues[m.Issue]) { // 0 for one created since
			of = append(of, m)
		}
	}
	return of, err
}
