// Package keys looks up public keys of DKIM signatures (RFC 6376, section 3.6.2): TXT
// records in the DNS, within a time limit and through a cache.
//
// What the DNS says is kept for a while: a record for ten minutes, that there is none for
// one, and that a lookup failed for a few seconds, for all names of its organisation, so
// that the mails of one look at the mailbox do not all wait for a resolver that is gone, or
// for servers that somebody has hang. The cache is the process's own and
// ends with it. All times are wire time.
package keys

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"
)

const (
	lookupTimeout = 5 * time.Second // of one lookup
	recordLife    = 10 * time.Minute
	missingLife   = time.Minute
	failureLife   = 10 * time.Second
	minRefreshAge = time.Minute // a record as young as this is not asked for again
	maxNames      = 1000
	maxRecord     = 4 << 10 // octets: a key of 16384 bits (RFC 8301 asks for 4096); longer ones take long to verify
)

// Lookup returns the TXT records of a name; DNS is one. That there is none is a *net.DNSError with IsNotFound.
type Lookup func(ctx context.Context, name string) ([]string, error)

// DNS is the machine's resolver. Names under the top-level domains that are set apart for
// tests and examples (RFC 2606, section 2) are not asked for: there are none.
func DNS(ctx context.Context, name string) ([]string, error) {
	trimmed := strings.TrimSuffix(name, ".")
	switch trimmed[strings.LastIndexByte(trimmed, '.')+1:] {
	case "example", "test", "invalid", "localhost":
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return net.DefaultResolver.LookupTXT(ctx, name)
}

// Resolver looks up and remembers. It may be used concurrently.
type Resolver struct {
	lookup Lookup
	now    func() time.Time

	mu    sync.Mutex
	names map[string]cachedAnswer
}

type cachedAnswer struct {
	at      time.Time
	life    time.Duration
	records []string
	err     error
}

// New returns a resolver that asks lookup, on a clock.
func New(lookup Lookup, now func() time.Time) *Resolver {
	return &Resolver{lookup: lookup, now: now, names: map[string]cachedAnswer{}}
}

// TXT returns the TXT records of a name. fresh asks again for what was asked for a minute
// ago or earlier: the owner may have changed the key. An error is the DNS's.
func (r *Resolver) TXT(ctx context.Context, name string, fresh bool) ([]string, error) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	above := "*." + registeredDomain(name) // no name that is looked up
	r.mu.Lock()
	known, ok := r.names[name]
	failed := r.names[above]
	r.mu.Unlock()
	if age := r.now().Sub(known.at); ok && age < known.life && (!fresh || age < minRefreshAge) {
		return known.records, known.err
	}
	if r.now().Sub(failed.at) < failed.life {
		return nil, failed.err
	}
	limited, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	a := cachedAnswer{at: r.now(), life: recordLife}
	a.records, a.err = r.lookup(limited, name+".")
	var dns *net.DNSError
	switch {
	case a.err == nil && slices.ContainsFunc(a.records, func(s string) bool { return len(s) > maxRecord }):
		a.records, a.err = nil, fmt.Errorf("look up %s: the record is longer than %d octets", name, maxRecord)
	case a.err == nil && len(a.records) > 0:
	case a.err == nil, errors.As(a.err, &dns) && dns.IsNotFound:
		a.life = missingLife
	case ctx.Err() != nil: // the caller's doing, not the DNS's
		return nil, fmt.Errorf("look up %s: %w", name, ctx.Err())
	default:
		a.life = failureLife
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.names) >= maxNames {
		clear(r.names)
	}
	r.names[name] = a
	if a.life == failureLife {
		r.names[above] = a
	}
	return a.records, a.err
}

// registeredDomain is the registered domain that a name is under.
func registeredDomain(name string) string {
	if org, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil {
		return org
	}
	return name
}
