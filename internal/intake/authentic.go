package intake

import (
	"context"
	"strings"
	"time"

	"infolettre/internal/message"
	"infolettre/internal/token"
)

// Keys looks up the TXT records with the public keys of DKIM signatures.
type Keys interface {
	// TXT returns the records of a name. fresh bypasses the cache for records that were found
	// some time ago.
	TXT(ctx context.Context, name string, fresh bool) ([]string, error)
}

// verifyTime bounds, in real time, all lookups for one mail.
const verifyTime = 10 * time.Second

// A signed answer decides from a day before its Date, because clocks are wrong, to a week
// after it, so that a copy of it expires.
const (
	signedEarly = day
	signedLate  = 7 * day
)

// ReadAndVerify is Read followed by Verify. It may wait for the DNS, so it is called outside
// any transaction.
func (in *Intake) ReadAndVerify(ctx context.Context, raw []byte) (Inbound, error) {
	m, err := in.Read(raw)
	if err != nil || m.reports() {
		return m, err
	}
	if _, made := m.MachineMade(); !made {
		in.Verify(ctx, &m)
	}
	return m, nil
}

// Verify verifies the DKIM signatures of a mail whose author the mailbox's server does not
// authenticate. Without Keys it does nothing.
func (in *Intake) Verify(ctx context.Context, m *Inbound) {
	if in.Keys == nil {
		return
	}
	// Only the store knows whether the server writes above its Received field. Assuming so
	// verifies once too often at most.
	if m.AuthenticationBy(message.Trust{ID: in.AuthservID, Above: true}).Verdict != message.AuthNone {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	verify := func(fresh bool) message.Signatures {
		return message.Verify(m.Message, m.raw, func(name string) ([]string, error) { return in.Keys.TXT(ctx, name, fresh) })
	}
	m.signatures = verify(false)
	if len(m.signatures.Valid) == 0 && m.Header.Has("DKIM-Signature") {
		m.signatures = verify(true) // the key may have been rotated
	}
}

// Authenticated returns the authentication of the mail's author: by the mailbox's server or,
// where that says nothing, by a signature of the author's domain. bySignature reports the
// latter.
func (in *Intake) Authenticated(v View, m Inbound, now time.Time) (a message.Authentication, bySignature bool, err error) {
	above, err := v.WritesAbove(in.AuthservID)
	if err != nil {
		return a, false, err
	}
	a = m.AuthenticationBy(message.Trust{ID: in.AuthservID, Above: above})
	if a.Verdict != message.AuthNone || m.signatures.Why == "" && len(m.signatures.Valid) == 0 {
		return a, false, nil
	}
	signed := m.signatures.Authentication(now)
	if signed.Verdict == message.AuthNone {
		a.Why += " " + signed.Why
		return a, false, nil
	}
	return signed, true, nil
}

// unproven returns why an authenticated mail may not decide: it does not prove that its author
// answered this request, lately. It returns "" if it does, or if the mail is not
// authenticated. A copy of a signed answer to another request is authenticated too, by us and
// by the server, unless a server of the author's domain delivered it directly.
func (m Inbound) unproven(auth message.Authentication, signed bool, h token.Handle, now time.Time) (why string) {
	if auth.Verdict != message.AuthPass || auth.Direct {
		return ""
	}
	if signed {
		for _, s := range m.signatures.Valid {
			if why = m.answers(s, h, now); why == "" {
				return ""
			}
		}
		return why
	}
	// It is unknown which of them the server verified, so each must cover the answer.
	claimed, ok := m.ClaimedSignatures()
	if !ok {
		return "A DKIM signature cannot be read."
	}
	for _, s := range claimed {
		if why = m.answers(s, h, now); why != "" {
			return why
		}
	}
	return ""
}

// answers returns why a signature does not cover a decision, as a sentence; "" if it does. A
// signature that does not cover the source of the handle may belong to an answer to another
// request.
func (m Inbound) answers(s message.Signature, h token.Handle, now time.Time) (why string) {
	age := now.Sub(m.Date)
	signed, found := findHandleIn(m.Message, func(name string) bool {
		return !addedOnDelivery[name] && s.Covers(m.Message, name)
	})
	switch {
	case !s.Expires.IsZero() && now.After(s.Expires):
		return "The DKIM signature of " + s.Domain + " has expired."
	case !s.Covers(m.Message, "From"):
		return "The DKIM signature of " + s.Domain + " does not cover From."
	case !s.Covers(m.Message, "Date") || m.Date.IsZero():
		return "The DKIM signature of " + s.Domain + " does not cover Date."
	case age > signedLate || age < -signedEarly:
		return "The signed Date is not within a week."
	case !found || !sameHandle(signed, h):
		return "The DKIM signature of " + s.Domain + " does not cover what names the request."
	case !s.CoversBody(m.Message, m.raw):
		return "The DKIM signature of " + s.Domain + " does not cover how the body is read."
	}
	return ""
}

// handleFields are the fields that may hold a handle, in the order of search.
var handleFields = [...]string{"Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc", "In-Reply-To", "References", "Subject"}

// addedOnDelivery are the fields made from the envelope. Whoever forwards a copy chooses
// their content.
var addedOnDelivery = map[string]bool{"Delivered-To": true, "X-Original-To": true, "Envelope-To": true}

// findHandle returns the handle in a reply: in the addresses that it was delivered to, the
// Message-IDs that it answers, or the subject.
func findHandle(m *message.Message) (token.Handle, bool) {
	return findHandleIn(m, func(string) bool { return true })
}

// findHandleIn is findHandle restricted to some fields.
func findHandleIn(m *message.Message, in func(field string) bool) (token.Handle, bool) {
	for _, name := range handleFields {
		if !in(name) {
			continue
		}
		var h token.Handle
		var found bool
		switch name {
		case "In-Reply-To":
			h, found = handleOfIDs(m.InReplyTo)
		case "References":
			h, found = handleOfIDs(m.References)
		case "Subject":
			h, found = token.FromSubject(m.Subject)
		default:
			h, found = handleOfAddresses(m.AddressesIn(name))
		}
		if found {
			return h, true
		}
	}
	return token.Handle{}, false
}

func handleOfAddresses(addresses []message.Mailbox) (token.Handle, bool) {
	for _, a := range addresses {
		if _, tag, plus := strings.Cut(a.Address.Local(), "+"); plus {
			if h, err := token.Parse(tag); err == nil {
				return h, true
			}
		}
	}
	return token.Handle{}, false
}

// handleOfIDs searches the Message-IDs from the last to the first.
func handleOfIDs(ids []string) (token.Handle, bool) {
	for i := len(ids) - 1; i >= 0; i-- {
		if h, err := token.Parse(message.Address(ids[i]).Local()); err == nil {
			return h, true
		}
	}
	return token.Handle{}, false
}

// sameHandle reports two forms of one handle; either may be the short one.
func sameHandle(a, b token.Handle) bool {
	if a.Short() {
		a, b = b, a
	}
	return a.Purpose == b.Purpose && a.Number == b.Number && strings.HasPrefix(a.String(), b.String())
}
