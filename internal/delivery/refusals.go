package delivery

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"infolettre/internal/bounce"
)

// errAccountRefused reports that the relay refused our account: all sending pauses.
var errAccountRefused = errors.New("the relay refuses mail for our account")

// maxDomainRefusals is the number of domains that refuse us, with no mail accepted in
// between, from which the refusals count as one of our account.
const maxDomainRefusals = 5

// domainRefusals is the set of domains that refused us since a mail was last accepted.
type domainRefusals struct {
	mu      sync.Mutex
	domains []string
}

func (r *domainRefusals) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.domains = nil
}

// add adds a domain and reports whether maxDomainRefusals is reached.
func (r *domainRefusals) add(domain string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	domain = strings.ToLower(domain)
	if len(r.domains) < maxDomainRefusals && !slices.Contains(r.domains, domain) {
		r.domains = append(r.domains, domain)
	}
	return len(r.domains) >= maxDomainRefusals
}

// senderScope returns whether a failure concerns our account, us at one domain, or the
// recipient. A broken connection, and a mail in doubt, are no refusals.
func senderScope(f *Failure) bounce.Scope {
	if f.Code == 0 || f.InDoubt {
		return bounce.ScopeRecipient
	}
	return bounce.RefusalScope(f.Status, f.Text)
}

// isContentRefusal reports a permanent refusal of the mail's content. It counts against us
// when several domains in a row say so.
func isContentRefusal(f *Failure) bool {
	return f.Code >= 500 && !f.InDoubt && f.Code != codeTooLarge &&
		bounce.ReadReply(f.Code, f.Text, f.Refused == RefusedRecipient).Outcome() == bounce.Refused
}

// handleSenderRefusal records a refusal of us as a sender: the job is queued again, and
// the attempt does not count. handled is false for any other failure. err is
// errAccountRefused when all sending must pause.
func (w *worker) handleSenderRefusal(job Job, f *Failure, began time.Time) (handled bool, err error) {
	scope, domain, now := senderScope(f), job.To.Address.Domain(), w.Clock.Now()
	if scope != bounce.ScopeAccount && (scope == bounce.ScopeDomain || isContentRefusal(f)) && w.domainRefusals.add(domain) {
		scope = bounce.ScopeAccount
	}
	o := Outcome{State: Queued, At: now, Code: f.Code, Reply: f.Text, Conn: w.connID, Began: began}
	switch scope {
	case bounce.ScopeAccount:
		o.Refused = RefusedAccount
	case bounce.ScopeDomain:
		o.Refused, o.Next = RefusedDomain, w.domains.senderRefused(domain, now)
	default:
		return false, nil
	}
	w.relayAnswered.Store(true)
	w.logger(job).Warn("sender refused, job queued again", "scope", o.Refused, "code", f.Code)
	w.logger(job).Debug("sender refused", "reply", f.Text) // it may name the recipient
	w.recordOutcome(job, o)
	if scope == bounce.ScopeAccount {
		w.accountRefused.Store(true)
		return true, errAccountRefused
	}
	return true, nil
}
