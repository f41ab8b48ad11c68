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

// AddressHistory is what is known of an address and of the mails to it.
type AddressHistory struct {
	Known    SubscriberDetails
	Cleared  time.Time // when the operator last lifted a suppression
	Mailings []MailingHistory
	Letters  []LetterHistory
	Holds    []newsroom.Hold // all holds, oldest first
}

// MailingHistory is a mailing and the history of a person's mail of it.
type MailingHistory struct {
	MailingRow             // without counts
	Mail       MailHistory // its ID is 0 if the person is not among the readers
	Variant    string
}

// LetterHistory is a letter and its history.
type LetterHistory struct {
	Mail    MailHistory
	Kind    delivery.Kind
	Topic   string
	Created time.Time
	Expires time.Time
}

// MailHistory is what happened to one mail. Outcomes that only the journal has yet are
// missing.
type MailHistory struct {
	ID        int64
	State     delivery.State
	Claims    int // how often it was claimed
	MaybeSent int // how many attempts may have been sent
	Next      time.Time
	Settled   time.Time
	Last      Attempt   // the one that settled the mail or is under way
	Earlier   []Attempt // oldest first
	Bounces   []SubscriberBounce
}

// Attempt is one attempt to send a mail. State is sent, deferred or failed; queued if the mail
// was put back, in doubt if it may have been sent, claimed if it is under way, suppressed
// or cancelled if there was no attempt.
type Attempt struct {
	At      time.Time
	State   delivery.State
	Claimed time.Time
	Began   time.Time // when the end of the content was about to be written; zero for never
	Conn    Connection
	Code    int
	Reply   string
	Expired bool // failed because it expired; there was no attempt
}

// Lost reports whether an attempt in doubt lost its connection. If not, Reply holds the reason
// for the doubt.
func (a Attempt) Lost() bool {
	return !slices.Contains([]string{doubtStopped, doubtMachine, doubtCopied, doubtJournal}, a.Reply)
}

// Connection is a connection to the relay.
type Connection struct {
	ID     delivery.ConnID // 0 if unknown
	Peer   string
	Opened time.Time
}

// historySize is the number of mailings, and of letters, in an AddressHistory at the most.
const historySize = 20

// AddressHistory returns the last mailings, latest first, or mailing only if it is not 0, and
// with letters the last letters too. It returns newsroom.ErrNotFound for an address of
// which nothing is known.
func (s *Store) AddressHistory(ctx context.Context, a message.Address, only delivery.MailingID, letters bool) (acc AddressHistory, err error) {
	tx, err := s.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return acc, fmt.Errorf("read store: %w", err)
	}
	defer rollback(tx)
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

// historyColumns are those of the last attempt. If it neither began nor connected, began and
// connection are still those of the attempt before.
const historyColumns = `coalesce(%[1]s.id, 0), coalesce(%[1]s.state, ''), coalesce(claims, 0), coalesce(maybe_sent, 0), next, settled, claimed,
	began, coalesce(connection.id, 0), connection.opened, coalesce(connection.peer, ''), coalesce(code, 0), coalesce(reply, '')`

func (h *MailHistory) scan() (dest []any, finish func()) {
	l := &h.Last
	var next, settled, claimed, began, opened sql.NullInt64
	return []any{&h.ID, &h.State, &h.Claims, &h.MaybeSent, &next, &settled, &claimed, &began, &l.Conn.ID, &opened, &l.Conn.Peer, &l.Code, &l.Reply}, func() {
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

// fill adds the earlier attempts and the bounces.
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
	// A last attempt in doubt is in both places.
	if n := len(h.Earlier); n > 0 && h.Last.State == delivery.Failed && h.Earlier[n-1].State == delivery.InDoubt &&
		h.Earlier[n-1].At.Equal(h.Last.At) {
		h.Last = Attempt{At: h.Last.At, State: delivery.Failed}
	}
	h.Bounces, err = bounces(v.ctx, v.q, `WHERE bounce.`+string(class)+` = ?`, h.ID)
	return err
}
