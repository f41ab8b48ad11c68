package intake_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"infolettre/internal/editorial"
	"infolettre/internal/intake"
	"infolettre/internal/keys"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// zone is a DNS in the process: TXT records, or the error in their place.
type zone struct {
	mu      sync.Mutex
	records map[string][]string
	fails   error
	asked   int
	now     time.Time // of the resolver's cache
}

func (z *zone) lookup(ctx context.Context, name string) ([]string, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.asked++
	if z.fails != nil {
		return nil, z.fails
	}
	r, ok := z.records[strings.TrimSuffix(name, ".")]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return r, nil
}

func (z *zone) publish(domain, selector string, key ed25519.PrivateKey, flags string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.records[selector+"._domainkey."+domain] = []string{"v=DKIM1; k=ed25519; " + flags + "p=" + base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))}
}

// resolver is the program's, on this DNS.
func (z *zone) resolver() *keys.Resolver {
	return keys.New(z.lookup, func() time.Time { return z.now })
}

func privateKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func newZone() *zone {
	z := &zone{records: map[string][]string{}, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, domain := range []string{"reseau.example", "mail.reseau.example", "mal.example", "reseau.example.mal.example", "example"} {
		z.publish(domain, "s1", privateKey(domain), "")
	}
	return z
}

// signature says how a mail is signed, in simple canonicalisation.
type signature struct {
	domain, selector string
	key              ed25519.PrivateKey
	covers           string // h=
	tags             string // more of them
	body             string // the part of it that is hashed; "" for all
}

const usual = "From:To:Cc:Subject:Date:Message-ID:In-Reply-To:References:MIME-Version:Content-Type"

// sign puts a DKIM-Signature on top of a mail (RFC 6376, section 5).
func sign(raw string, s signature) string {
	if s.domain == "" {
		s.domain = "reseau.example"
	}
	if s.selector == "" {
		s.selector = "s1"
	}
	if s.key == nil {
		s.key = privateKey(s.domain)
	}
	if s.covers == "" {
		s.covers = usual
	}
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	var fields []string
	for line := range strings.SplitAfterSeq(head+"\r\n", "\r\n") {
		switch {
		case line == "":
		case line[0] == ' ' || line[0] == '\t':
			fields[len(fields)-1] += line
		default:
			fields = append(fields, line)
		}
	}
	if s.body == "" {
		s.body = body
	}
	s.body = strings.TrimRight(s.body, "\r\n") + "\r\n"
	bh := sha256.Sum256([]byte(s.body))
	field := fmt.Sprintf("DKIM-Signature: v=1; a=ed25519-sha256; c=simple/simple; d=%s; s=%s; h=%s; %sbh=%s; b=",
		s.domain, s.selector, s.covers, s.tags, base64.StdEncoding.EncodeToString(bh[:]))
	signed := ""
	for name := range strings.SplitSeq(s.covers, ":") {
		for i, f := range slices.Backward(fields) {
			if n, _, _ := strings.Cut(f, ":"); strings.EqualFold(n, name) {
				signed += f
				fields = slices.Delete(slices.Clone(fields), i, i+1)
				break
			}
		}
	}
	sum := sha256.Sum256([]byte(signed + field))
	return field + base64.StdEncoding.EncodeToString(ed25519.Sign(s.key, sum[:])) + "\r\n" + raw
}

// mode is how a newsletter is set up to know who wrote.
type mode struct {
	name, authservID string
	challenge, keys  bool
	known            bool // that its server writes above its own Received field
	// arrives are the fields that the mailbox's server writes on a mail from a domain,
	// of whose author it says dmarc=verdict; "" for nothing.
	arrives func(domain, verdict string) string
}

func (m mode) bench(t testing.TB, z *zone) *bench {
	b := newBench(t, nil)
	o := intake.Options{
		Sections: b.service.Sections, Location: b.service.Location, AuthservID: m.authservID, Now: b.clock.Now,
		Log: slog.New(slog.DiscardHandler), Challenge: m.challenge,
	}
	if m.keys {
		o.Keys = z.resolver()
	}
	b.Intake = intake.New(o, b.service, b.store)
	return b
}

// unsaid is a mailbox whose server writes nothing of who wrote.
var unsaid = mode{name: "no server's, verify = dkim", challenge: true, keys: true, arrives: func(domain, _ string) string {
	return "Received: from out." + domain + " (out." + domain + " [192.0.2.7]) by mx.poste.example with ESMTPS; Thu, 25 Jan 2018 10:00:00 +0100\r\n"
}}

// bring handles a mail as the daemon does.
func (b *bench) bring(raw string) {
	b.t.Helper()
	b.uid++
	b.clock.Set(b.clock.Now().Add(2 * time.Minute))
	m, err := b.ReadAndVerify(context.Background(), []byte(raw))
	if err == nil {
		_, err = b.Handle(context.Background(), 1, b.uid, m)
	}
	if err != nil {
		b.t.Fatalf("%v\n%s", err, raw)
	}
}

// draft is a mail of Élise's to an address.
func (b *bench) draft(to, fields, text string) string {
	b.uid++
	return fmt.Sprintf("From: =?utf-8?Q?=C3=89lise?= Marchand <%s>\r\nTo: %s\r\nDate: %s\r\nMessage-ID: <%d@reseau.example>\r\n%sMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n",
		elise, to, b.clock.Now().Format(time.RFC1123Z), b.uid, fields, text)
}

func (b *bench) addressOf(q editorial.Request) string {
	return "info+" + q.Handle(b.service.Secret).String() + "@cites.example"
}

// confirmations counts the letters that asked for one more reply.
func (b *bench) confirmations() int {
	b.t.Helper()
	n := 0
	b.read(func(v newsroom.View) (err error) {
		n, err = v.LettersQueued(message.Address(elise), "confirm", time.Time{}.AddDate(1970, 0, 0))
		return err
	})
	return n
}
