// Package keys looks up the public keys of DKIM signatures (RFC 6376, section 3.6.2): TXT
// records in the DNS, with a time limit and a cache. Begin reading at Resolver.TXT.
//
// The cache keeps a record for ten minutes, and the absence of one for a minute. It keeps a
// failed lookup for ten seconds, for all names of the registered domain, so that the mails
// of one mailbox scan do not all wait for a resolver that is down, or for name servers that
// hang on purpose. The cache is in memory and does not survive the process. All times are
// real time.
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
	lookupTimeout = 5 * time.Second
	recordLife    = 10 * time.Minute
	missingLife   = time.Minute
	failureLife   = 10 * time.Second
	minRefreshAge = time.Minute // a younger record is not looked up again
	maxNames      = 1000
	maxRecord     = 4 << 10 // octets; enough for a key of 16384 bits (RFC 8301 requires 4096). Longer keys take long to verify
)

// Lookup returns the TXT records of a name; DNS is one. For a name without records it returns
// a *net.DNSError with IsNotFound.
type Lookup func(ctx context.Context, name string) ([]string, error)

// DNS looks up a name with the system's resolver. For names under the top-level domains
// reserved for tests and examples (RFC 2606, section 2) it returns not found without a
// query.
func DNS(ctx context.Context, name string) ([]string, error) {
	trimmed := strings.TrimSuffix(name, ".")
	switch trimmed[strings.LastIndexByte(trimmed, '.')+1:] {
	case "example", "test", "invalid", "localhost":
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return net.DefaultResolver.LookupTXT(ctx, name)
}

// Resolver looks up TXT records through a cache. It may be used concurrently.
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

// New returns a resolver that uses lookup, with the clock now.
func New(lookup Lookup, now func() time.Time) *Resolver {
	return &Resolver{lookup: lookup, now: now, names: map[string]cachedAnswer{}}
}

// TXT returns the TXT records of a name. With fresh it repeats lookups older than a minute,
// because the owner may have changed the key. The error is that of the lookup: a
// *net.DNSError with IsNotFound means that there is no record.
func (r *Resolver) TXT(ctx context.Context, name string, fresh bool) ([]string, error) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	above := "*." + registeredDomain(name) // not a name that is ever looked up
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
		a.records, a.err = nil, fmt.Errorf("look up %s: record longer than %d octets", name, maxRecord)
	case a.err == nil && len(a.records) > 0:
	case a.err == nil, errors.As(a.err, &dns) && dns.IsNotFound:
		a.life = missingLife
	case ctx.Err() != nil: // the caller cancelled; this says nothing about the DNS
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

// registeredDomain returns the registered domain of a name.
func registeredDomain(name string) string {
	if org, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil {
		return org
	}
	return name
}
