package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// AddressHistory is what is known of an address, and what became of each mail to it.
type AddressHistory struct {
	Known    SubscriberDetails
	Cleared  time.Time // when the operator last lifted a suppression
	Mailings []MailingHistory
	Letters  []LetterHistory
	Holds    []newsroom.Hold // every one that there was, oldest first
}

// MailingHistory is a mailing, and what became of the person's mail of it.
type MailingHistory struct {
	MailingRow             // without counts
	Mail       MailHistory // without a number for somebody who is not among its readers
	Variant    string
}

// LetterHistory is a letter.
type LetterHistory struct {
	Mail    MailHistory
	Kind    delivery.Kind
	Topic   string
	Created time.Time
	Expires time.Time
}

// MailHistory is what happened to one mail. The ledger's journal may know of an outcome that
// is not in it yet.
type MailHistory struct {
	ID      int64
	State   delivery.State
	Claims  int // how often it was taken to be sent
	Doubts  int // how many of its attempts may have arrived, though nobody knows
	Next    time.Time
	Settled time.Time
	Last    Attempt   // the attempt that settled it, or that is under way
	Earlier []Attempt // the ones before, oldest first
	Bounces []SubscriberBounce
}

// Attempt is what came of one attempt. State is sent, deferred or failed, or that of an
// attempt that counted for nothing: queued, when it was put back, in doubt, when it may
// have arrived, claimed, when it is under way, suppressed or cancelled, when there was
// none.
type Attempt struct {
	At      time.Time
	State   delivery.State
	Claimed time.Time
	Began   time.Time // when the end of the mail was about to be written, zero for never
	Conn    Connection
	Code    int
	Reply   string
	Expired bool // of what failed: its time was over, and this was no attempt
}

// Lost reports an attempt in doubt whose connection was lost; of another, Reply says
// what stopped.
func (s Attempt) Lost() bool {
	return !slices.Contains([]string{doubtStopped, doubtMachine, doubtCopied, doubtJournal}, s.Reply)
}

// Connection is a connection to the relay.
type Connection struct {
	ID     delivery.ConnID // 0 for none that is known
	Peer   string
	Opened time.Time
}

// historySize is how many mailings, and how many letters, are told of at the most.
const historySize = 20

// AddressHistory tells of the last mailings, latest first, or of the one with that number, if
// there is one, and of the last letters if letters says so. newsroom.ErrNotFound for an
// address that nothing is known of.
func (s *Store) AddressHistory(ctx context.Context, a message.Address, only delivery.MailingID, letters bool) (acc AddressHistory, err error) {
	tx, err := s.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return acc, fmt.Errorf("read store: %w", err)
	}
	defer tx.Rollback()
	v := newView(ctx, tx)
	acc.Known, err = v.subscriberDetails(a)
	unknown := errors.Is(err, newsroom.ErrNotFound)
	if err != nil && !unknown {
		return acc, err
	}
	if letters || unknown {
		if acc.Letters, err = v.letterHistories(a); err != nil {
			return acc, err
		}
		if unknown && len(acc.Letters) == 0 {
			return acc, newsroom.ErrNotFound
		}
		if !letters {
			acc.Letters = nil
		}
	}
	var cleared sql.NullInt64
	err = v.row(`SELECT cleared FROM person WHERE id = ?`, acc.Known.Person.ID).Scan(&cleared)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return acc, err
	}
	acc.Cleared = instant(cleared)
	if acc.Holds, err = list(ctx, tx, readHold, `SELECT `+holdColumns+` ORDER BY id`); err != nil {
		return acc, err
	}
	acc.Mailings, err = v.mailingHistories(acc.Known.Person.ID, only)
	return acc, err
}

// historyColumns are of the last attempt. began and line stay in the row from the one
// before where it came to neither.
const historyColumns = `coalesce(%[1]s.id, 0), coalesce(%[1]s.state, ''), coalesce(claims, 0), coalesce(maybe_sent, 0), next, settled, claimed,
	began, coalesce(connection.id, 0), connection.opened, coalesce(connection.peer, ''), coalesce(code, 0), coalesce(reply, '')`

func (h *MailHistory) scan() (dest []any, finish func()) {
	l := &h.Last
	var next, settled, claimed, began, opened sql.NullInt64
	return []any{&h.ID, &h.State, &h.Claims, &h.Doubts, &next, &settled, &claimed, &began, &l.Conn.ID, &opened, &l.Conn.Peer, &l.Code, &l.Reply}, func() {
		h.Next, h.Settled = instant(next), instant(settled)
		l.At, l.State, l.Claimed, l.Began, l.Conn.Opened = h.Settled, h.State, instant(claimed), instant(began), instant(opened)
		if l.Began.Before(l.Claimed) {
			l.Began = time.Time{}
		}
		l.Expired = h.State == delivery.Failed && strings.HasPrefix(l.Reply, expired)
		switch {
		case h.State == delivery.Sent, h.State == delivery.Failed && !l.Expired:
		case h.State == delivery.Claimed:
			l.Conn, l.Code, l.Reply = Connection{}, 0, ""
		default:
			*l = Attempt{At: l.At, State: l.State, Expired: l.Expired}
		}
	}
}

func (v *view) mailingHistories(person audience.ID, only delivery.MailingID) ([]MailingHistory, error) {
	all, err := list(v.ctx, v.q, func(row scanner) (m MailingHistory, err error) {
		of, mailing := m.MailingRow.scan()
		mail, history := m.Mail.scan()
		if err := row.Scan(append(append(of, mail...), &m.Variant)...); err != nil {
			return m, err
		}
		history()
		return m, mailing()
	}, `SELECT `+mailingColumns+`, `+fmt.Sprintf(historyColumns, "delivery")+`, coalesce(variant, '')
		FROM mailing LEFT JOIN delivery ON delivery.mailing = mailing.id AND delivery.person = ?1 LEFT JOIN connection ON connection.id = delivery.connection
		WHERE ?2 IN (0, mailing.id) ORDER BY mailing.created DESC, mailing.id DESC LIMIT ?3`, person, only, historySize)
	for i := range all {
		if all[i].Mail.ID != 0 && err == nil {
			err = v.fill(&all[i].Mail, delivery.ClassDelivery)
		}
	}
	return all, err
}

func (v *view) letterHistories(a message.Address) ([]LetterHistory, error) {
	all, err := list(v.ctx, v.q, func(row scanner) (l LetterHistory, err error) {
		var created, expires sql.NullInt64
		mail, history := l.Mail.scan()
		if err := row.Scan(append(mail, &l.Kind, &l.Topic, &created, &expires)...); err != nil {
			return l, err
		}
		history()
		l.Created, l.Expires = instant(created), instant(expires)
		return l, nil
	}, `SELECT `+fmt.Sprintf(historyColumns, "letter")+`, kind, topic, created, expires FROM letter LEFT JOIN connection ON connection.id = letter.connection
		WHERE lower(address) = ? ORDER BY created DESC, letter.id DESC LIMIT ?`, a.Key(), historySize)
	for i := range all {
		if err == nil {
			err = v.fill(&all[i].Mail, delivery.ClassLetter)
		}
	}
	return all, err
}

// fill adds the attempts before the last, and what came back.
func (v *view) fill(h *MailHistory, class delivery.Class) (err error) {
	h.Earlier, err = list(v.ctx, v.q, func(row scanner) (s Attempt, err error) {
		var at, claimed, began, opened sql.NullInt64
		err = row.Scan(&at, &s.State, &claimed, &began, &s.Conn.ID, &opened, &s.Conn.Peer, &s.Code, &s.Reply)
		s.At, s.Claimed, s.Began, s.Conn.Opened = instant(at), instant(claimed), instant(began), instant(opened)
		if s.Began.Before(s.Claimed) {
			s.Began = time.Time{}
		}
		s.Expired = s.State == delivery.Failed && strings.HasPrefix(s.Reply, expired)
		return s, err
	}, `SELECT at, state, claimed, began, coalesce(connection.id, 0), connection.opened, coalesce(connection.peer, ''), code, reply
		FROM attempt LEFT JOIN connection ON connection.id = attempt.connection WHERE class = ? AND mail = ? ORDER BY attempt.id`, class, h.ID)
	if err != nil {
		return err
	}
	// A last attempt in doubt stands in both.
	if n := len(h.Earlier); n > 0 && h.Last.State == delivery.Failed && h.Earlier[n-1].State == delivery.InDoubt &&
		h.Earlier[n-1].At.Equal(h.Last.At) {
		h.Last = Attempt{At: h.Last.At, State: delivery.Failed}
	}
	h.Bounces, err = bounces(v.ctx, v.q, `WHERE bounce.`+string(class)+` = ?`, h.ID)
	return err
}
