package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// view implements newsroom.View on one transaction.
type view struct {
	ctx  context.Context
	q    querier
	next map[newsroom.Sequence]int64
}

var _ newsroom.View = (*view)(nil)

func newView(ctx context.Context, q querier) *view {
	return &view{ctx: ctx, q: q, next: map[newsroom.Sequence]int64{}}
}

func (v *view) row(query string, args ...any) *sql.Row {
	return v.q.QueryRowContext(v.ctx, query, args...)
}

// Next returns the next unused ID of a table. Rows are never deleted, and the write
// transaction keeps others from using the same ID.
func (v *view) Next(of newsroom.Sequence) (int64, error) {
	if v.next[of] == 0 {
		var last int64
		if err := v.row(`SELECT coalesce(max(id), 0) FROM ` + string(of)).Scan(&last); err != nil {
			return 0, fmt.Errorf("next %s: %w", of, err)
		}
		v.next[of] = last
	}
	v.next[of]++
	return v.next[of], nil
}

const itemColumns = `item.id, item.state, item.message, item.sender, item.sender_name, item.received,
	item.approved, item.issue, item.position, revision.number, revision.hash, revision.created, revision.content, revision.remarks
	FROM item JOIN revision ON revision.item = item.id AND revision.number = item.current`

func readItem(row scanner) (item.Item, error) {
	var it item.Item
	var received, created, approved, issue sql.NullInt64
	var sender, content, remarks string
	err := row.Scan(&it.ID, &it.State, &it.Message, &sender, &it.Sender.Name, &received,
		&approved, &issue, &it.Position, &it.Current.Number, &it.Current.Hash, &created, &content, &remarks)
	if err != nil {
		return it, err
	}
	it.Sender.Address, it.Received, it.Current.Created = message.Address(sender), instant(received), instant(created)
	it.Approved, it.Issue = int(approved.Int64), issue.Int64
	return it, readContent(&it.Current, content, remarks)
}

func readContent(r *item.Revision, content, remarks string) error {
	if err := json.Unmarshal([]byte(content), &r.Content); err != nil {
		return err
	}
	return json.Unmarshal([]byte(remarks), &r.Remarks)
}

func (v *view) Item(id item.ID) (item.Item, error) {
	it, err := readItem(v.row(`SELECT `+itemColumns+` WHERE item.id = ?`, id))
	if err != nil {
		return it, fmt.Errorf("item %d: %w", id, unknown(err))
	}
	return it, nil
}

func (v *view) ItemsIn(id issue.ID, states ...item.State) ([]item.Item, error) {
	where, args := `coalesce(item.issue, 0) = ?`, []any{id}
	if len(states) > 0 {
		where += ` AND item.state IN (?` + strings.Repeat(`,?`, len(states)-1) + `)`
		for _, s := range states {
			args = append(args, s)
		}
	}
	return list(v.ctx, v.q, readItem, `SELECT `+itemColumns+` WHERE `+where+` ORDER BY item.position, item.id`, args...)
}

func (v *view) Revision(id item.ID, number int) (item.Revision, error) {
	var r item.Revision
	var created sql.NullInt64
	var content, remarks string
	err := v.row(`SELECT number, hash, created, content, remarks FROM revision WHERE item = ? AND number = ?`, id, number).
		Scan(&r.Number, &r.Hash, &created, &content, &remarks)
	if err != nil {
		return r, fmt.Errorf("revision %d of item %d: %w", number, id, unknown(err))
	}
	r.Created = instant(created)
	return r, readContent(&r, content, remarks)
}

func (v *view) ItemsReceived(after, until time.Time) ([]item.Item, error) {
	since := int64(math.MinInt64) // for the zero time
	if !after.IsZero() {
		since = after.UnixMilli()
	}
	return list(v.ctx, v.q, readItem, `SELECT `+itemColumns+` WHERE item.received > ? AND item.received <= ? ORDER BY item.id`,
		since, until.UnixMilli())
}

func (v *view) HasReceipt(id item.ID) (bool, error) {
	var n int
	err := v.row(`SELECT count(*) FROM request_subject JOIN request ON request.id = request_subject.request
		JOIN item ON item.id = request_subject.item
		WHERE request_subject.item = ? AND request.purpose = ? AND lower(request.person) = lower(item.sender)`,
		id, string(rune(token.Receipt))).Scan(&n)
	return n > 0, err
}

func (v *view) LogHead() (string, error) {
	last, err := lastRow(v.ctx, v.q)
	if err != nil || last.Seq == 0 {
		return "", err
	}
	return last.Hash.String(), nil
}

func (v *view) Notified(key string) (bool, error) {
	var n int
	err := v.row(`SELECT count(*) FROM notified WHERE key = ?`, key).Scan(&n)
	return n > 0, err
}

func (v *view) Request(id editorial.RequestID) (editorial.Request, error) {
	q := editorial.Request{ID: id}
	var purpose, person string
	var created, expires, used sql.NullInt64
	err := v.row(`SELECT purpose, person, for_editor, issue, proof, hash, created, expires, used FROM request WHERE id = ?`, id).
		Scan(&purpose, &person, &q.For, &q.Issue, &q.Proof, &q.Hash, &created, &expires, &used)
	if err != nil {
		return q, fmt.Errorf("request %d: %w", id, unknown(err))
	}
	q.Purpose, q.Person = token.Purpose(purpose[0]), message.Address(person)
	q.Created, q.Expires, q.Used = instant(created), instant(expires), instant(used)
	q.Subjects, err = list(v.ctx, v.q, func(row scanner) (s editorial.Subject, err error) {
		return s, row.Scan(&s.Item, &s.Revision, &s.Hash)
	}, `SELECT item, revision, hash FROM request_subject WHERE request = ? ORDER BY position`, id)
	return q, err
}

func (v *view) Decisions(id item.ID) ([]editorial.Decision, error) {
	return list(v.ctx, v.q, readDecision, `SELECT `+decisionColumns+` WHERE item = ? ORDER BY id`, id)
}

func (v *view) Confirmed(editor message.Address) (time.Time, error) {
	var at sql.NullInt64
	err := v.row(`SELECT max(challenge.confirmed) FROM challenge JOIN request ON request.id = challenge.request
		WHERE lower(request.person) = ?`, editor.Key()).Scan(&at)
	return instant(at), err
}

func (v *view) Challenge(id editorial.RequestID) (newsroom.Challenge, error) {
	c := newsroom.Challenge{Request: id}
	err := v.row(`SELECT answered, verb, reason, message FROM challenge WHERE request = ?`, id).
		Scan(&c.Answered, &c.Verb, &c.Reason, &c.Message)
	return c, unknown(err)
}

const issueColumns = `id, period, state, closes, proofs, sends, grace FROM issue`

func readIssue(row scanner) (is issue.Issue, err error) {
	var period string
	var closes, proofs, sends, grace sql.NullInt64
	if err = row.Scan(&is.ID, &period, &is.State, &closes, &proofs, &sends, &grace); err != nil {
		return is, err
	}
	is.Closes, is.Proofs, is.Sends, is.Grace = instant(closes), instant(proofs), instant(sends), instant(grace)
	is.Period, err = issue.ParsePeriod(period)
	return is, err
}

func (v *view) Issue(id issue.ID) (issue.Issue, error) {
	is, err := readIssue(v.row(`SELECT `+issueColumns+` WHERE id = ?`, id))
	if err != nil {
		return is, fmt.Errorf("issue %d: %w", id, unknown(err))
	}
	return is, nil
}

func (v *view) IssuesIn(states ...issue.State) ([]issue.Issue, error) {
	args := make([]any, len(states))
	for i, s := range states {
		args[i] = s
	}
	return list(v.ctx, v.q, readIssue, `SELECT `+issueColumns+` WHERE state IN (?`+
		strings.Repeat(`,?`, len(states)-1)+`) ORDER BY id`, args...)
}

func (v *view) DueCalls(id issue.ID) ([]newsroom.Due, error) {
	return list(v.ctx, v.q, readDue, `SELECT `+dueColumns+` WHERE kind = ? AND ref = ? AND done IS NULL ORDER BY at`, newsroom.DueCall, id)
}

func (v *view) Proof(id issue.ID) (editorial.Proof, bool, error) {
	p := editorial.Proof{Issue: int64(id)}
	var created sql.NullInt64
	err := v.row(`SELECT id, hash, created FROM proof WHERE issue = ? AND voided IS NULL`, id).Scan(&p.ID, &p.Hash, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	}
	p.Created = instant(created)
	return p, err == nil, err
}

func (v *view) Signatures(proof int64) ([]editorial.Signature, error) {
	return list(v.ctx, v.q, func(row scanner) (s editorial.Signature, err error) {
		var at, msg sql.NullInt64
		err = row.Scan(&s.Proof, &s.Editor, &s.By, &s.Hash, &at, &msg, &s.How)
		s.At, s.Message = instant(at), msg.Int64
		return s, err
	}, `SELECT proof, editor, signer, hash, at, message, how FROM signature WHERE proof = ? ORDER BY id`, proof)
}

const editionColumns = `language, variant, subject, text, html, images FROM edition`

func readEdition(row scanner) (e issue.Edition, err error) {
	var images string
	if err = row.Scan(&e.Language, &e.Variant, &e.Subject, &e.Text, &e.HTML, &images); err != nil {
		return e, err
	}
	return e, json.Unmarshal([]byte(images), &e.Images)
}

func (v *view) Editions(proof int64) ([]issue.Edition, error) {
	return list(v.ctx, v.q, readEdition, `SELECT `+editionColumns+` WHERE proof = ? ORDER BY id`, proof)
}

func (v *view) CalendarItem(uid string) (id item.ID, sequence int, err error) {
	err = v.row(`SELECT item, sequence FROM calendar_event WHERE uid = ? ORDER BY item DESC LIMIT 1`, uid).Scan(&id, &sequence)
	return id, sequence, unknown(err)
}

const eventColumns = `id, item, title, start, "end", start_time, end_time, place, audience, link, link_kind, cancelled FROM event`

func readEvent(row scanner) (e issue.Entry, err error) {
	var start, end string
	ev := &e.Event
	err = row.Scan(&e.ID, &e.Item, &ev.Title, &start, &end, &ev.StartTime, &ev.EndTime, &ev.Place, &ev.Audience, &ev.Link, &ev.LinkKind, &e.Cancelled)
	if err != nil {
		return e, err
	}
	return e, errors.Join(ev.Start.UnmarshalText([]byte(start)), ev.End.UnmarshalText([]byte(end)))
}

func (v *view) Event(id int64) (issue.Entry, error) {
	e, err := readEvent(v.row(`SELECT `+eventColumns+` WHERE id = ?`, id))
	if err != nil {
		return e, fmt.Errorf("event %d: %w", id, unknown(err))
	}
	return e, nil
}

func (v *view) EventsFrom(day agenda.Date) ([]issue.Entry, error) {
	return list(v.ctx, v.q, readEvent, `SELECT `+eventColumns+` WHERE "end" >= ? ORDER BY start, id`, day.String())
}

func (v *view) Announced(id int64) (bool, error) {
	var n int
	err := v.row(`SELECT count(*) FROM (
		SELECT 1 FROM mailing WHERE event = ?1
		UNION ALL SELECT 1 FROM event JOIN item ON item.id = event.item WHERE event.id = ?1 AND item.state = 'published')`, id).Scan(&n)
	return n > 0, err
}

func readDue(row scanner) (d newsroom.Due, err error) {
	var at, until sql.NullInt64
	err = row.Scan(&d.Key, &d.Kind, &d.Ref, &d.Arg, &at, &until)
	d.At, d.Until = instant(at), instant(until)
	return d, err
}

const dueColumns = `key, kind, ref, arg, at, until FROM due`

func (v *view) DueReminders(id int64) ([]newsroom.Due, error) {
	return list(v.ctx, v.q, readDue, `SELECT `+dueColumns+` WHERE kind = ? AND ref = ? AND done IS NULL ORDER BY at`, newsroom.DueRemind, id)
}

func (v *view) LastReminder(id int64) (time.Time, error) {
	var at sql.NullInt64
	err := v.row(`SELECT max(created) FROM mailing WHERE event = ?`, id).Scan(&at)
	return instant(at), err
}

const personColumns = `id, address, name, centre, language, added, unsubscribed,
	coalesce((SELECT group_concat(tag, ';') FROM person_tag WHERE person = person.id), ''),
	coalesce((SELECT how FROM consent WHERE consent.person = person.id ORDER BY at DESC, rowid DESC LIMIT 1), '')
	FROM person`

func readPerson(row scanner) (s audience.Subscriber, err error) {
	var added, unsubscribed sql.NullInt64
	var tags string
	err = row.Scan(&s.ID, &s.Address, &s.Name, &s.Centre, &s.Language, &added, &unsubscribed, &tags, &s.Consent)
	s.Added, s.Unsubscribed = instant(added), instant(unsubscribed)
	if tags != "" {
		s.Tags = strings.Split(tags, ";")
	}
	return s, err
}

func (v *view) Person(a message.Address) (audience.Subscriber, bool, error) {
	s, err := readPerson(v.row(`SELECT `+personColumns+` WHERE address_key = ?`, a.Key()))
	if errors.Is(err, sql.ErrNoRows) {
		return s, false, nil
	}
	return s, err == nil, err
}

func (v *view) Subscriber(id audience.ID) (audience.Subscriber, error) {
	s, err := readPerson(v.row(`SELECT `+personColumns+` WHERE id = ?`, id))
	return s, unknown(err)
}

func (v *view) Contacts() ([]audience.Subscriber, error) {
	return list(v.ctx, v.q, readPerson, `SELECT `+personColumns+` WHERE unsubscribed IS NULL
		AND NOT EXISTS (SELECT 1 FROM suppression WHERE suppression.address_key = person.address_key)
		AND EXISTS (SELECT 1 FROM person_tag WHERE person_tag.person = person.id AND person_tag.tag = ?)
		ORDER BY address_key`, audience.TagContact)
}

func (v *view) Answers(a message.Address, since time.Time) (all, done int, err error) {
	// Mails that the program sends by itself are not answers, and cannot be part of a loop.
	err = v.row(`SELECT count(*), count(*) FILTER (WHERE kind = ?) FROM letter WHERE lower(address) = ? AND created >= ?
		AND (message <> 0 AND kind <> ? OR topic = 'quarantined')`,
		delivery.KindOutcome, a.Key(), since.UnixMilli(), delivery.KindRequest).Scan(&all, &done)
	return all, done, err
}
