package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/intake"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

const decisionColumns = `id, item, revision, hash, editor, speaker, verb, reason, at, message, request, how,
	before_state, before_approved, undoes FROM decision`

func readDecision(row scanner) (d editorial.Decision, err error) {
	var at, msg, req, undoes sql.NullInt64
	err = row.Scan(&d.ID, &d.Item, &d.Revision, &d.Hash, &d.Editor, &d.By, &d.Verb, &d.Reason, &at, &msg, &req, &d.How,
		&d.Before.State, &d.Before.Approved, &undoes)
	d.At, d.Message, d.Request, d.Undoes = instant(at), msg.Int64, req.Int64, undoes.Int64
	return d, err
}

func (v *view) Decided(after, until time.Time) ([]editorial.Decision, error) {
	return list(v.ctx, v.q, readDecision, `SELECT `+decisionColumns+` WHERE at > ? AND at <= ? ORDER BY id`,
		after.UnixMilli(), until.UnixMilli())
}

func (v *view) Delegation(editor message.Address) (editorial.Delegation, error) {
	var d editorial.Delegation
	var since, until, msg, ended sql.NullInt64
	err := v.row(`SELECT editor, deputy, deputy_name, since, until, message, ended FROM delegation
		WHERE lower(editor) = ? ORDER BY id DESC LIMIT 1`, editor.Key()).
		Scan(&d.Editor, &d.Deputy.Address, &d.Deputy.Name, &since, &until, &msg, &ended)
	if errors.Is(err, sql.ErrNoRows) || ended.Valid {
		return editorial.Delegation{}, nil
	}
	d.Since, d.Until, d.Message = instant(since), instant(until), msg.Int64
	return d, err
}

func (v *view) AskedAbout(person message.Address, id item.ID, revision int) (asked bool, err error) {
	err = v.row(`SELECT EXISTS (SELECT 1 FROM request_subject JOIN request ON request.id = request_subject.request
		WHERE request_subject.item = ? AND request_subject.revision = ? AND request.purpose IN (?, ?) AND lower(request.person) = ?)`,
		id, revision, string(rune(token.Decision)), string(rune(token.Queue)), person.Key()).Scan(&asked)
	return asked, err
}

func (v *view) Requested(person message.Address, since time.Time) (n int, err error) {
	err = v.row(`SELECT count(*) FROM letter WHERE lower(address) = ? AND created >= ? AND kind = ?`,
		person.Key(), since.UnixMilli(), delivery.KindRequest).Scan(&n)
	return n, err
}

func (v *view) LettersQueued(a message.Address, topic string, since time.Time) (n int, err error) {
	err = v.row(`SELECT count(*) FROM letter WHERE lower(address) = ? AND created >= ? AND topic = ?`,
		a.Key(), since.UnixMilli(), topic).Scan(&n)
	return n, err
}

func (v *view) LastVoidProof(id issue.ID) (editorial.Proof, bool, error) {
	p := editorial.Proof{Issue: int64(id)}
	var created, voided sql.NullInt64
	err := v.row(`SELECT id, hash, created, voided FROM proof WHERE issue = ? AND voided IS NOT NULL ORDER BY id DESC LIMIT 1`, id).
		Scan(&p.ID, &p.Hash, &created, &voided)
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	}
	p.Created, p.Voided = instant(created), instant(voided)
	return p, err == nil, err
}

func (v *view) Raw(id int64) ([]byte, error) {
	var raw []byte
	if err := v.row(`SELECT raw FROM message WHERE id = ?`, id).Scan(&raw); err != nil {
		return nil, fmt.Errorf("message %d: %w", id, unknown(err))
	}
	return raw, nil
}

func (v *view) LeftToOffice(after, until time.Time) (n int, err error) {
	err = v.row(`SELECT count(*) FROM message WHERE received > ? AND received <= ? AND folder = ? AND kind NOT IN (?, ?)`,
		after.UnixMilli(), until.UnixMilli(), intake.FolderOther, intake.Bounce, intake.Complaint).Scan(&n)
	return n, err
}

func (v *view) Replies(by newsroom.ReplyCount, since time.Time) (mails, requests int, err error) {
	err = v.row(`SELECT count(*) FILTER (WHERE request = ?1), count(DISTINCT request) FROM message
		WHERE lower(sender) = ?2 AND received >= ?3 AND request IS NOT NULL AND auth = ?4
		AND substr(why, 1, length(?5)) <> ?5
		AND id NOT IN (SELECT message FROM decision WHERE at >= ?3 AND message IS NOT NULL AND undoes IS NULL)
		AND id NOT IN (SELECT message FROM signature WHERE at >= ?3 AND message IS NOT NULL)`,
		by.Request, by.Person.Key(), since.UnixMilli(), by.Verdict.String(), intake.ReasonPostponed).Scan(&mails, &requests)
	return mails, requests, err
}

func (v *view) LastPostponed(by newsroom.ReplyCount) (time.Time, error) {
	var last sql.NullInt64
	err := v.row(`SELECT max(due.at) FROM due JOIN message ON message.id = due.ref
		WHERE due.kind = ? AND due.done IS NULL AND lower(message.sender) = ? AND message.auth = ? AND (? = 0 OR message.request = ?)`,
		newsroom.DueReply, by.Person.Key(), by.Verdict.String(), by.Request, by.Request).Scan(&last)
	return instant(last), err
}

func (v *view) Named(name string) ([]audience.Subscriber, error) {
	want := strings.ToLower(strings.Join(strings.Fields(name), " "))
	// SQLite's lower() knows ASCII only, so the names are compared here.
	all, err := list(v.ctx, v.q, readPerson, `SELECT `+personColumns+` WHERE name <> ''`)
	var named []audience.Subscriber
	for _, p := range all {
		if strings.ToLower(strings.Join(strings.Fields(p.Name), " ")) == want {
			named = append(named, p)
		}
	}
	return named, err
}
