package intake

import (
	"context"
	"strings"
	"time"

	"infolettre/internal/message"
	"infolettre/internal/token"
)

// Keys looks up the TXT records that hold the public keys of DKIM signatures.
type Keys interface {
	// TXT returns the records of a name. fresh asks the DNS again for what was found
	// some time ago.
	TXT(ctx context.Context, name string, fresh bool) ([]string, error)
}

// verifyTime bounds, in wire time, all lookups for one mail.
const verifyTime = 10 * time.Second

// A signed answer decides from a day before its Date, for clocks that are wrong, to a week
// after it, so that a copy of it does not decide for ever.
const (
	signedEarly = day
	signedLate  = 7 * day
)

// ReadAndVerify is Read and, where the mailbox's server says nothing of who wrote
// the mail, verifies its DKIM signatures. It may wait for the DNS, so that it is called
// outside of any transaction.
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

// Verify verifies the DKIM signatures of a mail of whose author the mailbox's server says
// nothing; without Keys it does nothing.
func (in *Intake) Verify(ctx context.Context, m *Inbound) {
	if in.Keys == nil {
		return
	}
	// Whether the server is known to write above its Received field is in the store;
	// where it is not, this verifies once too often at most.
	if m.AuthenticationBy(message.Trust{ID: in.AuthservID, Above: true}).Verdict != message.AuthNone {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	verify := func(fresh bool) message.Signatures {
		return message.Verify(m.Message, m.raw, func(name string) ([]string, error) { return in.Keys.TXT(ctx, name, fresh) })
	}
	m.signatures = verify(false)
	if len(m.signatures.Holding) == 0 && m.Header.Has("DKIM-Signature") {
		m.signatures = verify(true) // its owner may have changed the key
	}
}

// Authenticated says who vouches for the mail's author: the mailbox's server or, where it
// says nothing, the author's domain by a signature; bySignature then.
func (in *Intake) Authenticated(v View, m Inbound, now time.Time) (a message.Authentication, bySignature bool, err error) {
	above, err := v.WritesAbove(in.AuthservID)
	if err != nil {
		return a, false, err
	}
	a = m.AuthenticationBy(message.Trust{ID: in.AuthservID, Above: above})
	if a.Verdict != message.AuthNone || m.signatures.Why == "" && len(m.signatures.Holding) == 0 {
		return a, false, nil
	}
	signed := m.signatures.Authentication(now)
	if signed.Verdict == message.AuthNone {
		a.Why += " " + signed.Why
		return a, false, nil
	}
	return signed, true, nil
}

// unproven says why what vouches for the author does not answer for a decision too: that
// its author answered this request, and lately; "" if it does, or nothing vouches. A copy of
// a signed answer to another request is its author's as well, by our own verification and by
// the server's, unless a server of the author's domain handed it over.
func (m Inbound) unproven(auth message.Authentication, signed bool, h token.Handle, now time.Time) (why string) {
	if auth.Verdict != message.AuthPass || auth.Direct {
		return ""
	}
	if signed {
		for _, s := range m.signatures.Holding {
			if why = m.answers(s, h, now); why == "" {
				return ""
			}
		}
		return why
	}
	// Which of them the server verified is not known, so that each has to answer for it.
	claimed, ok := m.Claimed()
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

// answers says why a signature does not answer for a decision, a sentence; "" if it does.
// One that does not cover what the handle was taken from may be on an answer to another
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

// handleFields are those that a handle is looked for in, in this order.
var handleFields = [...]string{"Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc", "In-Reply-To", "References", "Subject"}

// addedOnDelivery are the ones that come from the envelope: whoever sends a copy on
// chooses what they say.
var addedOnDelivery = map[string]bool{"Delivered-To": true, "X-Original-To": true, "Envelope-To": true}

// findHandle looks for a handle where the answers to a mail carry it: the addresses
// it was delivered to, the Message-IDs it answers, the subject.
func findHandle(m *message.Message) (token.Handle, bool) {
	return findHandleIn(m, func(string) bool { return true })
}

// findHandleIn is findHandle in some of these fields.
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

// handleOfIDs looks into the last Message-ID first.
func handleOfIDs(ids []string) (token.Handle, bool) {
	for i := len(ids) - 1; i >= 0; i-- {
		if h, err := token.Parse(message.Address(ids[i]).Local()); err == nil {
			return h, true
		}
	}
	return token.Handle{}, false
}

// sameHandle reports two forms of one handle, of which either may be the short one.
func sameHandle(a, b token.Handle) bool {
	if a.Short() {
		a, b = b, a
	}
	return a.Purpose == b.Purpose && a.Number == b.Number && strings.HasPrefix(a.String(), b.String())
}
