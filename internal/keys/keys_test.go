package keys

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTXT_CachesByResult(t *testing.T) {
	missing := &net.DNSError{Err: "no such host", IsNotFound: true}
	broken := errors.New("connection refused")
	for _, c := range []struct {
		name         string
		records      []string
		err          error
		kept, beyond time.Duration
	}{
		{"a record", []string{"v=DKIM1; p=x"}, nil, 9 * time.Minute, 11 * time.Minute},
		{"no record", nil, missing, 50 * time.Second, 70 * time.Second},
		{"an empty answer", nil, nil, 50 * time.Second, 70 * time.Second},
		{"a failure", nil, broken, 9 * time.Second, 11 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			now, asked := time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC), 0
			r := New(func(ctx context.Context, name string) ([]string, error) {
				if asked++; name != "s._domainkey.cite.example." {
					t.Errorf("asked for %q", name)
				}
				if _, limited := ctx.Deadline(); !limited {
					t.Error("asked without a time limit")
				}
				return c.records, c.err
			}, func() time.Time { return now })
			look := func(fresh bool, want int) {
				t.Helper()
				got, err := r.TXT(t.Context(), "S._domainkey.Cite.example", fresh)
				if !slices.Equal(got, c.records) || !errors.Is(err, c.err) || asked != want {
					t.Errorf("%q, %v, asked %d times, want %d", got, err, asked, want)
				}
			}
			look(false, 1)
			look(true, 1) // too young to be looked up again
			now = now.Add(c.kept)
			look(false, 1)
			now = now.Add(c.beyond - c.kept)
			look(false, 2)
			now = now.Add(2 * time.Minute)
			look(true, 3)
		})
	}
}

// Tests, demonstrations and examples never query the real DNS.
func TestDNS_SkipsReservedNames(t *testing.T) {
	for _, name := range []string{"s._domainkey.cite.example.", "s._domainkey.cite.test", "invalid", "a.localhost."} {
		var dns *net.DNSError
		if records, err := DNS(t.Context(), name); !errors.As(err, &dns) || !dns.IsNotFound || records != nil {
			t.Errorf("%s: %q, %v", name, records, err)
		}
	}
}

// A lookup that the caller cancelled says nothing about the DNS and is not cached.
func TestTXT_DoesNotCacheCancelledLookups(t *testing.T) {
	asked := 0
	r := New(func(ctx context.Context, _ string) ([]string, error) {
		asked++
		<-ctx.Done()
		return nil, ctx.Err()
	}, time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 {
		if _, err := r.TXT(ctx, "a.example", false); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}

// The cache never holds more than maxNames names.
func TestTXT_BoundsTheCache(t *testing.T) {
	r := New(func(context.Context, string) ([]string, error) { return []string{"x"}, nil }, time.Now)
	for i := range 3 * maxNames {
		if _, err := r.TXT(t.Context(), fmt.Sprint(i, ".example"), false); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.names) > maxNames {
		t.Errorf("%d names are kept", len(r.names))
	}
}

// A domain with servers that hang costs one lookup for a while, for all names below it;
// other domains are looked up normally. A record that is too long costs one lookup too.
func TestTXT_HangingDomainCostsOneLookup(t *testing.T) {
	now, asked := time.Unix(0, 0), map[string]int{}
	r := New(func(_ context.Context, name string) ([]string, error) {
		asked[name]++
		switch {
		case strings.HasSuffix(name, ".mal.example."):
			return nil, context.DeadlineExceeded
		case strings.HasPrefix(name, "long."):
			return []string{strings.Repeat("x", 5000)}, nil
		}
		return []string{"v=DKIM1"}, nil
	}, func() time.Time { return now })
	for i := range 100 {
		if _, err := r.TXT(t.Context(), fmt.Sprintf("s%d._domainkey.m%d.mal.example", i, i), i%2 == 0); err == nil {
			t.Fatal("no error")
		}
		if records, err := r.TXT(t.Context(), "s._domainkey.reseau.example", false); err != nil || len(records) != 1 {
			t.Fatal(records, err)
		}
	}
	for range 2 {
		if records, err := r.TXT(t.Context(), "long._domainkey.reseau.example", true); err == nil || len(records) != 0 {
			t.Errorf("a long record: %d, %v", len(records), err)
		}
	}
	if len(asked) != 3 || asked["s0._domainkey.m0.mal.example."] != 1 || asked["long._domainkey.reseau.example."] != 1 {
		t.Errorf("asked for %v", asked)
	}
	now = now.Add(failureLife)
	if _, err := r.TXT(t.Context(), "s1._domainkey.mal.example", false); err == nil || asked["s1._domainkey.mal.example."] != 1 {
		t.Errorf("not asked for again: %v", asked)
	}
}
