package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// sentAt is the time at which a mail was sent, or may have been; NULL if it was not. For a
// claimed mail the outcome may be in the journal.
const sentAt = `CASE WHEN state = 'sent' OR maybe_sent THEN coalesce(settled, next) WHEN state = 'claimed' THEN claimed END`

const (
	mailedDelivery = `SELECT 'delivery', delivery.id, person.id, person.address, '', ` + sentAt + `
		FROM delivery JOIN person ON person.id = delivery.person`
	mailedLetter = `SELECT 'letter', id, 0, address, topic, ` + sentAt + ` FROM letter`
)

func readMailed(row scanner) (m newsroom.MailRef, err error) {
	var sent sql.NullInt64
	err = row.Scan(&m.Class, &m.ID, &m.Person, &m.To, &m.Topic, &sent)
	m.Sent = instant(sent)
	return m, err
}

func (v *view) Mail(class delivery.Class, id int64) (newsroom.MailRef, error) {
	query := mailedDelivery + ` WHERE delivery.id = ?`
	if class == delivery.ClassLetter {
		query = mailedLetter + ` WHERE id = ?`
	}
	m, err := readMailed(v.row(query, id))
	return m, unknown(err)
}

func (v *view) RequestLetter(request int64) (newsroom.MailRef, error) {
	m, err := readMailed(v.row(mailedLetter+` WHERE request = ? ORDER BY id DESC LIMIT 1`, request))
	return m, unknown(err)
}

func (v *view) LastDelivery(person audience.ID) (newsroom.MailRef, bool, error) {
	m, err := readMailed(v.row(mailedDelivery+` WHERE person.id = ? AND state = 'sent' ORDER BY settled DESC, delivery.id DESC LIMIT 1`, person))
	if errors.Is(err, sql.ErrNoRows) {
		return m, false, nil
	}
	return m, err == nil, err
}

func (v *view) Attempts(person audience.ID) ([]audience.Attempt, error) {
	return list(v.ctx, v.q, func(row scanner) (a audience.Attempt, err error) {
		var sent sql.NullInt64
		var classes string
		err = row.Scan(&a.Delivery, &sent, &a.Accepted, &classes)
		a.Sent = instant(sent)
		for f := range strings.SplitSeq(classes, ";") {
			if f != "" {
				a.Classes = append(a.Classes, audience.BounceClass(f))
			}
		}
		return a, err
	}, `SELECT delivery.id, coalesce(settled, next), state = 'sent',
		coalesce((SELECT group_concat(class, ';') FROM bounce WHERE bounce.delivery = delivery.id AND counts), '')
		FROM delivery JOIN person ON person.id = delivery.person
		WHERE person = ? AND state IN ('sent', 'claimed', 'failed') AND coalesce(settled, next) >= coalesce(cleared, 0)
		ORDER BY coalesce(settled, next), delivery.id`, person)
}

func (v *view) Suppressed(a message.Address) (is bool, err error) {
	err = v.row(`SELECT EXISTS (SELECT 1 FROM suppression WHERE address_key = ?)`, a.Key()).Scan(&is)
	return is, err
}

func addBounce(exec execer, b newsroom.Bounce) error {
	var mail, letter int64
	switch b.Mail.Class {
	case delivery.ClassDelivery:
		mail = b.Mail.ID
	case delivery.ClassLetter:
		letter = b.Mail.ID
	}
	return exec(`INSERT INTO bounce (message, at, class, delivery, letter, evidence, counts, address, status, code, diagnostic)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, ref(b.Message), stamp(b.At), b.Class, ref(mail), ref(letter), b.Evidence, b.Counted,
		b.Address, b.Status, b.Code, b.Diagnostic)
}

func unsuppress(exec execer, c newsroom.Unsuppress) error {
	if err := exec(`DELETE FROM suppression WHERE address_key = ?`, c.Address.Key()); err != nil {
		return err
	}
	return exec(`UPDATE person SET cleared = ? WHERE address_key = ?`, stamp(c.At), c.Address.Key())
}

// RefusalHandler returns the effects of the relay refusing a mail for good.
type RefusalHandler func(newsroom.View, delivery.Job, delivery.Outcome) (newsroom.Effects, error)

// EndHandler returns the effects of the end of a mailing with failed deliveries.
type EndHandler func(v newsroom.View, id delivery.MailingID, failed, readers int, now time.Time) (newsroom.Effects, error)

// SetHandlers sets the handlers whose effects the ledger commits together with an outcome or
// the end of a mailing. Each may be nil. It must be called before anything is sent.
func (l *Ledger) SetHandlers(f RefusalHandler, e EndHandler, us RelayRefusalHandler) *Ledger {
	l.onRefusal, l.onEnd, l.onRelayRefusal = f, e, us
	return l
}

// Suppressions returns the suppressed addresses by message.Address.Key.
func (s *Store) Suppressions(ctx context.Context) (map[string]audience.Suppression, error) {
	all, err := list(ctx, s.r, readSuppression, `SELECT address_key, reason, at FROM suppression`)
	by := make(map[string]audience.Suppression, len(all))
	for _, one := range all {
		by[one.Address.Key()] = one
	}
	return by, err
}

func readSuppression(row scanner) (s audience.Suppression, err error) {
	var at sql.NullInt64
	err = row.Scan(&s.Address, &s.Reason, &at)
	s.At = instant(at)
	return s, err
}

// SubscriberDetails is what is known of an address.
type SubscriberDetails struct {
	Person     audience.Subscriber // zero for an address that is not in the people list
	Consents   []Consent           // oldest first
	Suppressed audience.Suppression
	Mailings   []SubscriberMailing // the last 20, latest first
	Bounces    []SubscriberBounce  // the last 100, latest first
}

// Consent records that a person consented or withdrew their consent.
type Consent struct {
	At    time.Time
	Given bool
	How   string
}

// SubscriberMailing is one mailing to the person.
type SubscriberMailing struct {
	Delivery int64
	Mailing  delivery.MailingID
	Kind     delivery.Kind
	Issue    issue.ID
	State    delivery.State
	At       time.Time // when it was settled or will be tried next
	Code     int
	Reply    string
}

// SubscriberBounce is a stored bounce report.
type SubscriberBounce struct {
	newsroom.Bounce
	Mailing delivery.MailingID // 0 for none
}

// SubscriberDetails returns what is known of an address, or newsroom.ErrNotFound if nothing is.
func (s *Store) SubscriberDetails(ctx context.Context, a message.Address) (d SubscriberDetails, err error) {
	tx, err := s.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return d, fmt.Errorf("read store: %w", err)
	}
	defer rollback(tx)
	return newView(ctx, tx).subscriberDetails(a)
}

func (v *view) subscriberDetails(a message.Address) (d SubscriberDetails, err error) {
	person, listed, err := v.Person(a)
	if err != nil {
		return d, err
	}
	d.Suppressed, err = readSuppression(v.row(`SELECT address_key, reason, at FROM suppression WHERE address_key = ?`, a.Key()))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return d, err
	}
	if d.Bounces, err = bounces(v.ctx, v.q, `WHERE lower(bounce.address) = ?1 OR person.address_key = ?1 OR lower(letter.address) = ?1`, a.Key()); err != nil {
		return d, err
	}
	if !listed {
		if d.Suppressed.Reason == "" && len(d.Bounces) == 0 {
			return d, newsroom.ErrNotFound
		}
		return d, nil
	}
	d.Person = person
	if d.Consents, err = list(v.ctx, v.q, readConsent, `SELECT at, given, how FROM consent WHERE person = ? ORDER BY at, rowid`, person.ID); err != nil {
		return d, err
	}
	d.Mailings, err = list(v.ctx, v.q, readSubscriberMailing, `SELECT delivery.id, mailing.id, mailing.kind, mailing.issue, delivery.state, coalesce(settled, next), code, reply
		FROM delivery JOIN mailing ON mailing.id = delivery.mailing WHERE person = ? ORDER BY mailing.created DESC, delivery.id DESC LIMIT 20`, person.ID)
	return d, err
}

func readConsent(row scanner) (c Consent, err error) {
	var at sql.NullInt64
	err = row.Scan(&at, &c.Given, &c.How)
	c.At = instant(at)
	return c, err
}

func readSubscriberMailing(row scanner) (m SubscriberMailing, err error) {
	var at sql.NullInt64
	err = row.Scan(&m.Delivery, &m.Mailing, &m.Kind, &m.Issue, &m.State, &at, &m.Code, &m.Reply)
	m.At = instant(at)
	return m, err
}

// UnknownBounces returns the last 100 reports that could not be linked to a mail we sent,
// latest first.
func (s *Store) UnknownBounces(ctx context.Context) ([]SubscriberBounce, error) {
	return bounces(ctx, s.r, `WHERE bounce.delivery IS NULL AND bounce.letter IS NULL`)
}

// bounces returns the last 100 reports that match a condition, latest first.
func bounces(ctx context.Context, q querier, where string, args ...any) ([]SubscriberBounce, error) {
	return list(ctx, q, func(row scanner) (b SubscriberBounce, err error) {
		var at, msg, mail, letter, mailing sql.NullInt64
		err = row.Scan(&msg, &at, &b.Class, &mail, &letter, &mailing, &b.Evidence, &b.Counted, &b.Address, &b.Status, &b.Code, &b.Diagnostic)
		b.Message, b.At, b.Mailing = msg.Int64, instant(at), delivery.MailingID(mailing.Int64)
		switch {
		case mail.Valid:
			b.Mail.Class, b.Mail.ID = delivery.ClassDelivery, mail.Int64
		case letter.Valid:
			b.Mail.Class, b.Mail.ID = delivery.ClassLetter, letter.Int64
		}
		return b, err
	}, `SELECT bounce.message, bounce.at, bounce.class, bounce.delivery, bounce.letter, delivery.mailing, evidence, counts,
		bounce.address, bounce.status, bounce.code, diagnostic FROM bounce
		LEFT JOIN delivery ON delivery.id = bounce.delivery LEFT JOIN person ON person.id = delivery.person
		LEFT JOIN letter ON letter.id = bounce.letter `+where+` ORDER BY bounce.id DESC LIMIT 100`, args...)
}
