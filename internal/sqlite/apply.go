package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
)

// apply writes effects to a transaction, in order, and records them in the log.
func apply(ctx context.Context, tx *sql.Tx, fx newsroom.Effects, by cause) error {
	log := newLogbook(ctx, tx, fx, by)
	for _, change := range fx {
		if err := applyOne(ctx, tx, change); err != nil {
			return fmt.Errorf("apply %T: %w", change, err)
		}
		if err := log.enter(change); err != nil {
			return fmt.Errorf("log %T: %w", change, err)
		}
	}
	return nil
}

func applyOne(ctx context.Context, tx *sql.Tx, change newsroom.Change) error {
	exec := func(query string, args ...any) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}
	switch c := change.(type) {
	case newsroom.AddItem:
		return addItem(exec, c.Item)
	case newsroom.MoveItem:
		return exec(`UPDATE item SET state = ?, approved = ?, issue = ?, position = ? WHERE id = ?`,
			c.State, ref(int64(c.Approved)), ref(int64(c.Issue)), c.Position, c.Item)
	case newsroom.AddRevision:
		if err := addRevision(exec, c.Item, c.Revision, c.Message); err != nil {
			return err
		}
		return exec(`UPDATE item SET state = ?, current = ? WHERE id = ?`, c.State, c.Number, c.Item)
	case newsroom.ApproveRevision:
		return exec(`UPDATE item SET approved = ? WHERE id = ? AND approved IS NOT NULL`, c.Revision, c.Item)
	case newsroom.AddRequest:
		return addRequest(exec, c)
	case newsroom.UseRequest:
		return exec(`UPDATE request SET used = ? WHERE id = ? AND used IS NULL`, stamp(c.At), c.ID)
	case newsroom.AddDecision:
		return exec(`INSERT INTO decision (item, revision, hash, editor, speaker, verb, reason, at, message, request, how,
			before_state, before_approved, undoes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			c.Item, c.Revision, c.Hash, c.Editor, c.By, c.Verb, c.Reason, stamp(c.At), ref(c.Message), ref(c.Request), c.How,
			c.Before.State, c.Before.Approved, ref(c.Undoes))
	case newsroom.AddDelegation:
		return exec(`INSERT INTO delegation (editor, deputy, deputy_name, since, until, message) VALUES (?, ?, ?, ?, ?, ?)`,
			c.Editor, c.Deputy.Address, c.Deputy.Name, stamp(c.Since), stamp(c.Until), ref(c.Message))
	case newsroom.EndDelegation:
		return exec(`UPDATE delegation SET ended = ? WHERE lower(editor) = ? AND ended IS NULL`, stamp(c.At), c.Editor.Key())
	case newsroom.ReorderIssue:
		for i, id := range c.Order {
			if err := exec(`UPDATE item SET position = ? WHERE id = ? AND issue = ?`, i+1, id, c.Issue); err != nil {
				return err
			}
		}
		return nil
	case newsroom.Record:
		return nil // it is only in the log
	case newsroom.AddChallenge:
		return exec(`INSERT INTO challenge (request, answered, verb, reason, message) VALUES (?, ?, ?, ?, ?)`,
			c.Request, c.Answered, c.Verb, c.Reason, c.Message)
	case newsroom.ConfirmChallenge:
		return exec(`UPDATE challenge SET confirmed = ? WHERE request = ?`, stamp(c.At), c.Request)
	case newsroom.AddEvent:
		e := c.Event
		return exec(`INSERT INTO event (id, item, revision, title, start, "end", start_time, end_time, place, audience, link, link_kind, cancelled)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
			c.ID, c.Item, c.Revision, e.Title, e.Start.String(), e.End.String(), e.StartTime, e.EndTime, e.Place, e.Audience, e.Link, e.LinkKind)
	case newsroom.ReviseEvent:
		e := c.Event
		return exec(`UPDATE event SET revision = ?, title = ?, start = ?, "end" = ?, start_time = ?, end_time = ?, place = ?, audience = ?, link = ?, link_kind = ?
			WHERE id = ?`,
			c.Revision, e.Title, e.Start.String(), e.End.String(), e.StartTime, e.EndTime, e.Place, e.Audience, e.Link, e.LinkKind, c.ID)
	case newsroom.CancelEvent:
		return exec(`UPDATE event SET cancelled = 1 WHERE id = ?`, c.ID)
	case newsroom.CancelEvents:
		return exec(`UPDATE event SET cancelled = 1 WHERE item = ?`, c.Item)
	case newsroom.AddIssue:
		return exec(`INSERT INTO issue (id, period, state, closes, proofs, sends, grace) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			c.ID, c.Period.String(), c.State, stamp(c.Closes), stamp(c.Proofs), stamp(c.Sends), stamp(c.Grace))
	case newsroom.MoveIssue:
		return exec(`UPDATE issue SET state = ? WHERE id = ?`, c.State, c.Issue)
	case newsroom.AddProof:
		if err := exec(`INSERT INTO proof (id, issue, hash, created) VALUES (?, ?, ?, ?)`, c.ID, c.Issue, c.Hash, stamp(c.Created)); err != nil {
			return err
		}
		return addEditions(exec, "proof", c.ID, c.Editions)
	case newsroom.VoidProof:
		return exec(`UPDATE proof SET voided = ? WHERE id = ?`, stamp(c.At), c.ID)
	case newsroom.AddSignature:
		return exec(`INSERT INTO signature (proof, editor, signer, hash, at, message, how) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			c.Proof, c.Editor, c.By, c.Hash, stamp(c.At), ref(c.Message), c.How)
	case newsroom.QueueLetter:
		return queueLetter(exec, c)
	case newsroom.NotifyOnce:
		return exec(`INSERT INTO notified (key, at) VALUES (?, ?)`, c.Key, stamp(c.At))
	case newsroom.CreateMailing:
		return createMailing(exec, c)
	case newsroom.CancelMailings:
		return cancelMailings(exec, c.At, `issue = ?`, c.Issue)
	case newsroom.CancelMailing:
		return cancelMailings(exec, c.At, `id = ?`, c.Mailing)
	case newsroom.MoveMailing:
		return exec(`UPDATE mailing SET state = ?, expires = ? WHERE id = ?`, c.State, stamp(c.Expires), c.Mailing)
	case newsroom.RetryMailing:
		return retry(exec, c)
	case newsroom.HoldAll:
		return hold(ctx, tx, c.At)
	case newsroom.ReleaseHold:
		return exec(`UPDATE hold SET lifted = ? WHERE lifted IS NULL`, stamp(c.At))
	case newsroom.Unsubscribe:
		if err := exec(`INSERT INTO consent (person, at, given, how)
			SELECT id, ?, 0, ? FROM person WHERE id = ? AND unsubscribed IS NULL`, stamp(c.At), c.How, c.Subscriber); err != nil {
			return err
		}
		return exec(`UPDATE person SET unsubscribed = ? WHERE id = ? AND unsubscribed IS NULL`, stamp(c.At), c.Subscriber)
	case newsroom.AddBounce:
		return addBounce(exec, c.Bounce)
	case newsroom.Suppress:
		return exec(`INSERT INTO suppression (address_key, reason, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
			c.Address.Key(), c.Reason, stamp(c.At))
	case newsroom.Unsuppress:
		return unsuppress(exec, c)
	case newsroom.ReplyHandled:
		return exec(`UPDATE message SET kind = ?, why = ?, missing = ? WHERE id = ?`, c.Kind, c.Why, c.Missing, c.Message)
	case newsroom.AddDue:
		return exec(`INSERT INTO due (key, kind, ref, arg, at, until) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			c.Key, c.Kind, c.Ref, c.Arg, stamp(c.At), stamp(c.Until))
	case newsroom.CompleteDue:
		return exec(`UPDATE due SET done = ? WHERE key = ? AND done IS NULL`, stamp(c.At), c.Key)
	}
	return errors.New("unknown change")
}

type execer func(query string, args ...any) error

func addItem(exec execer, it item.Item) error {
	err := exec(`INSERT INTO item (id, state, message, sender, sender_name, received, current, approved, issue, position)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		it.ID, it.State, it.Message, it.Sender.Address, it.Sender.Name, stamp(it.Received), it.Current.Number,
		ref(int64(it.Approved)), ref(it.Issue), it.Position)
	if err != nil {
		return err
	}
	return addRevision(exec, it.ID, it.Current, it.Message)
}

// addRevision stores a revision with its pictures and files; by is the message that brought it.
func addRevision(exec execer, id item.ID, r item.Revision, by int64) error {
	content, err := json.Marshal(r.Content)
	if err != nil {
		return err
	}
	remarks, err := json.Marshal(r.Remarks)
	if err != nil {
		return err
	}
	for _, img := range r.Images {
		if img.Data == nil {
			continue // of an earlier revision
		}
		if err := exec(`INSERT INTO image (hash, type, name, data) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			img.Hash, img.Type, img.Name, img.Data); err != nil {
			return err
		}
	}
	for _, a := range r.Attachments {
		if a.Data == nil {
			continue
		}
		if err := exec(`INSERT INTO file (hash, type, name, data) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			a.Hash, a.Type, a.Name, a.Data); err != nil {
			return err
		}
	}
	for _, e := range r.Remarks.Calendar {
		if err := exec(`INSERT INTO calendar_event (uid, item, sequence) VALUES (?1, ?2, ?3)
			ON CONFLICT (uid, item) DO UPDATE SET sequence = max(sequence, ?3)`, e.UID, id, e.Sequence); err != nil {
			return err
		}
	}
	return exec(`INSERT INTO revision (item, number, hash, created, content, remarks, message) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		id, r.Number, r.Hash, stamp(r.Created), string(content), string(remarks), ref(by))
}

func addRequest(exec execer, q newsroom.AddRequest) error {
	err := exec(`INSERT INTO request (id, purpose, person, for_editor, issue, proof, hash, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		q.ID, string(rune(q.Purpose)), q.Person, q.For, q.Issue, q.Proof, q.Hash, stamp(q.Created), stamp(q.Expires))
	for i, s := range q.Subjects {
		if err == nil {
			err = exec(`INSERT INTO request_subject (request, position, item, revision, hash) VALUES (?, ?, ?, ?, ?)`,
				q.ID, i, s.Item, s.Revision, s.Hash)
		}
	}
	return err
}

func addEditions(exec execer, of string, id int64, editions []issue.Edition) error {
	for _, e := range editions {
		images, err := json.Marshal(e.Images)
		if err != nil {
			return err
		}
		if err := exec(`INSERT INTO edition (`+of+`, language, variant, subject, text, html, images) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			id, e.Language, e.Variant, e.Subject, e.Text, e.HTML, string(images)); err != nil {
			return err
		}
	}
	return nil
}

func queueLetter(exec execer, l newsroom.QueueLetter) error {
	expires := l.Created.Add(delivery.LetterLife)
	if !l.Until.IsZero() && l.Until.Before(expires) {
		expires = l.Until
	}
	args, err := json.Marshal(l.Args)
	if err != nil {
		return err
	}
	return exec(`INSERT INTO letter (id, kind, topic, address, name, language, request, message, item, issue, args, created, expires, state, next)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?)`,
		l.ID, l.Kind, l.Topic, l.To.Address, l.To.Name, l.Language, l.Request, l.Message, l.Item, l.Issue,
		string(args), stamp(l.Created), stamp(expires), stamp(l.Created))
}

// createMailing writes a mailing and its deliveries, one for each person in any of the
// segments. It fixes the variant of each delivery, so that a later change cannot send
// internal content to an external reader.
func createMailing(exec execer, c newsroom.CreateMailing) error {
	external := func(e issue.Edition) bool { return e.Variant == issue.External }
	readers, err := json.Marshal(audience.Readers{Segments: c.Segments, Internal: c.Internal, External: slices.ContainsFunc(c.Editions, external)})
	if err != nil {
		return err
	}
	err = exec(`INSERT INTO mailing (id, kind, key, issue, event, readers, state, created, expires)
		VALUES (?, ?, ?, ?, ?, ?, iif(`+held+`, 'paused', 'sending'), ?, ?)`,
		c.ID, c.Kind, c.Key, c.Issue, c.Event, string(readers), stamp(c.Created), stamp(c.Expires))
	if err != nil {
		return err
	}
	if err := addEditions(exec, "mailing", int64(c.ID), c.Editions); err != nil {
		return err
	}
	internal, tags := "1", []any(nil)
	if len(c.Internal) > 0 {
		internal, tags = inSegments(c.Internal)
	}
	where, args := inSegments(c.Segments)
	err = exec(`INSERT INTO delivery (mailing, person, variant, state, next)
		SELECT ?, id, variant, 'queued', ? FROM (
			SELECT person.id, CASE WHEN `+internal+` THEN ? ELSE ? END AS variant FROM person
			WHERE unsubscribed IS NULL
			AND NOT EXISTS (SELECT 1 FROM suppression WHERE suppression.address_key = person.address_key)
			AND `+where+`)
		WHERE variant = ? OR variant IN (SELECT edition.variant FROM edition WHERE edition.mailing = ?) ORDER BY id`,
		slices.Concat([]any{c.ID, stamp(c.Created)}, tags, []any{issue.Full, issue.External}, args, []any{issue.Full, c.ID})...)
	if err != nil {
		return err
	}
	return exec(`UPDATE mailing SET size = changes() WHERE id = ?`, c.ID)
}

// inSegments returns the condition that a person is in one of the segments, and its arguments.
func inSegments(segments []audience.Segment) (where string, args []any) {
	const tagged = `EXISTS (SELECT 1 FROM person_tag WHERE person_tag.person = person.id AND person_tag.tag = ?)`
	var any []string
	each := func(tags []string, join, prefix string) string {
		terms := make([]string, len(tags))
		for i, t := range tags {
			terms[i] = prefix + tagged
			args = append(args, strings.ToLower(t))
		}
		return "(" + strings.Join(terms, join) + ")"
	}
	for _, s := range segments {
		terms := []string{"1"}
		if len(s.Any) > 0 {
			terms = append(terms, each(s.Any, " OR ", ""))
		}
		if len(s.All) > 0 {
			terms = append(terms, each(s.All, " AND ", ""))
		}
		if len(s.None) > 0 {
			terms = append(terms, each(s.None, " AND ", "NOT "))
		}
		any = append(any, "("+strings.Join(terms, " AND ")+")")
	}
	if len(any) == 0 {
		return "0", nil
	}
	return "(" + strings.Join(any, " OR ") + ")", args
}
