package delivery

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"infolettre/internal/bounce"
)

// errAccount reports that our account was refused: everything waits.
var errAccount = errors.New("the relay refuses mail for our account")

// domainsInARow is how many domains must refuse us, with no mail accepted between, for
// it to be taken for the account's.
const domainsInARow = 5

// refusing are the domains that have refused us since a mail was last accepted.
type refusing struct {
	mu      sync.Mutex
	domains []string
}

func (r *refusing) accepted() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.domains = nil
}

// refused reports whether there are now enough of them.
func (r *refusing) refused(domain string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	domain = strings.ToLower(domain)
	if len(r.domains) < domainsInARow && !slices.Contains(r.domains, domain) {
		r.domains = append(r.domains, domain)
	}
	return len(r.domains) >= domainsInARow
}

// senderScope returns whom a failure is about. What broke, or may have been accepted, is
// no refusal.
func senderScope(f *Failure) bounce.Scope {
	if f.Code == 0 || f.InDoubt {
		return bounce.OfRecipient
	}
	return bounce.SenderRefusal(f.Status, f.Text)
}

// againstMail reports a permanent refusal for what the mail is, which counts where one
// domain after the other says so.
func againstMail(f *Failure) bool {
	return f.Code >= 500 && !f.InDoubt && f.Code != codeTooLarge &&
		bounce.ReadReply(f.Code, f.Text, f.Refused == RefusedRecipient).Outcome() == bounce.Refused
}

// aboutUs records a refusal that is about us and not about the recipient: the parcel is
// queued again, and nothing is counted. It reports false for any other. err is set where
// everything waits.
func (w *worker) aboutUs(p Job, f *Failure, began time.Time, err *error) bool {
	scope, domain, now := senderScope(f), p.To.Address.Domain(), w.Clock.Now()
	if scope != bounce.OfAccount && (scope == bounce.OfDomain || againstMail(f)) && w.refusing.refused(domain) {
		scope = bounce.OfAccount
	}
	o := Outcome{State: Queued, At: now, Code: f.Code, Reply: f.Text, Conn: w.line, Began: began}
	switch scope {
	case bounce.OfAccount:
		o.Refused = RefusedAccount
	case bounce.OfDomain:
		o.Refused, o.Next = RefusedDomain, w.domains.refusedUs(domain, now)
	default:
		return false
	}
	w.heard.Store(true)
	w.about(p).Warn("refused for who sends it, it waits", "scope", o.Refused, "code", f.Code)
	w.about(p).Debug("refused", "reply", f.Text) // it may name the recipient
	w.end(p, o)
	if scope == bounce.OfAccount {
		w.halted.Store(true)
		*err = errAccount
	}
	return true
}
