package delivery

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"infolettre/internal/bounce"
)

// errAccountRefused reports that our account was refused: everything waits.
var errAccountRefused = errors.New("the relay refuses mail for our account")

// maxDomainRefusals is how many domains must refuse us, with no mail accepted between, for
// it to be taken for the account's.
const maxDomainRefusals = 5

// domainRefusals are the domains that have refused us since a mail was last accepted.
type domainRefusals struct {
	mu      sync.Mutex
	domains []string
}

func (r *domainRefusals) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.domains = nil
}

// add reports whether there are now enough of them.
func (r *domainRefusals) add(domain string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	domain = strings.ToLower(domain)
	if len(r.domains) < maxDomainRefusals && !slices.Contains(r.domains, domain) {
		r.domains = append(r.domains, domain)
	}
	return len(r.domains) >= maxDomainRefusals
}

// senderScope returns whom a failure is about. What broke, or may have been accepted, is
// no refusal.
func senderScope(f *Failure) bounce.Scope {
	if f.Code == 0 || f.InDoubt {
		return bounce.OfRecipient
	}
	return bounce.SenderRefusal(f.Status, f.Text)
}

// isContentRefusal reports a permanent refusal for what the mail is, which counts where one
// domain after the other says so.
func isContentRefusal(f *Failure) bool {
	return f.Code >= 500 && !f.InDoubt && f.Code != codeTooLarge &&
		bounce.ReadReply(f.Code, f.Text, f.Refused == RefusedRecipient).Outcome() == bounce.Refused
}

// handleSenderRefusal records a refusal that is about us and not about the recipient: the parcel is
// queued again, and nothing is counted. It reports false for any other. err is set where
// everything waits.
func (w *worker) handleSenderRefusal(p Job, f *Failure, began time.Time, err *error) bool {
	scope, domain, now := senderScope(f), p.To.Address.Domain(), w.Clock.Now()
	if scope != bounce.OfAccount && (scope == bounce.OfDomain || isContentRefusal(f)) && w.domainRefusals.add(domain) {
		scope = bounce.OfAccount
	}
	o := Outcome{State: Queued, At: now, Code: f.Code, Reply: f.Text, Conn: w.connID, Began: began}
	switch scope {
	case bounce.OfAccount:
		o.Refused = RefusedAccount
	case bounce.OfDomain:
		o.Refused, o.Next = RefusedDomain, w.domains.senderRefused(domain, now)
	default:
		return false
	}
	w.relayAnswered.Store(true)
	w.logger(p).Warn("refused for who sends it, it waits", "scope", o.Refused, "code", f.Code)
	w.logger(p).Debug("refused", "reply", f.Text) // it may name the recipient
	w.recordOutcome(p, o)
	if scope == bounce.OfAccount {
		w.accountRefused.Store(true)
		*err = errAccountRefused
	}
	return true
}
