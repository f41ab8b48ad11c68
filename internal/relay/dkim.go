package relay

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync"
)

// minRSABits is the length of the shortest key that verifiers accept (RFC 8301 section 3.2).
const minRSABits = 1024

// DKIM is a key that signs outgoing mail (RFC 6376), with rsa-sha256 or ed25519-sha256 (RFC
// 8463), by the kind of key.
type DKIM struct {
	Domain   string // d=
	Selector string // s=; the public key is published at Selector._domainkey.Domain
	Key      crypto.Signer
}

// Algorithm returns the name of the algorithm for the a= tag; "" for another kind of key.
func (d *DKIM) Algorithm() string {
	switch d.Key.Public().(type) {
	case ed25519.PublicKey:
		return "ed25519-sha256"
	case *rsa.PublicKey:
		return "rsa-sha256"
	}
	return ""
}

func (d *DKIM) check() error {
	if d.Domain == "" || d.Selector == "" || d.Key == nil {
		return errors.New("relay: DKIM needs a domain, a selector and a key")
	}
	if d.Algorithm() == "" {
		return fmt.Errorf("relay: the DKIM key is of type %T, not RSA or Ed25519", d.Key.Public())
	}
	if key, ok := d.Key.Public().(*rsa.PublicKey); ok && key.N.BitLen() < minRSABits {
		return fmt.Errorf("relay: the DKIM key has %d bits, less than %d", key.N.BitLen(), minRSABits)
	}
	return nil
}

// oversigned lists the fields that are signed once more than they occur, so that no field
// can be added on the way (RFC 6376 section 8.15).
var oversigned = [...]string{
	"From", "To", "Subject", "Date", "Message-Id", "Reply-To",
	"Mime-Version", "Content-Type", "Content-Transfer-Encoding",
	"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
}

// signedIfPresent lists the fields that are signed as often as they occur. So are all other
// List- fields with names of up to 32 bytes.
var signedIfPresent = [...]string{"Cc", "Sender", "In-Reply-To", "References", "Auto-Submitted"}

// The rule of a field is its index in oversigned, or one of these.
const (
	unsigned    = -1
	signPresent = -2 // as often as it occurs
)

// signer signs with one or several keys. It canonicalises a mail once for all keys, relaxed
// in header and body. The signatures do not cover each other. It may be used concurrently.
type signer struct {
	keys  []dkimKey
	rules map[string]int // by the field's name in lower case
	work  sync.Pool      // of *signing
}

type dkimKey struct {
	signer crypto.Signer
	hash   crypto.Hash // the hash that Sign is told of
	prefix string      // the signature field up to bh=
}

// newSigner returns a signer, or nil, which signs nothing, without keys.
func newSigner(all []*DKIM) (*signer, error) {
	if len(all) == 0 {
		return nil, nil
	}
	s := &signer{rules: map[string]int{}}
	for i, name := range oversigned {
		s.rules[strings.ToLower(name)] = i
	}
	for _, name := range signedIfPresent {
		s.rules[strings.ToLower(name)] = signPresent
	}
	records := map[string]bool{}
	for _, d := range all {
		if err := d.check(); err != nil {
			return nil, err
		}
		record := strings.ToLower(d.Selector + "._domainkey." + d.Domain)
		if records[record] {
			return nil, fmt.Errorf("relay: two DKIM keys would be published at %s; give each its own selector", record)
		}
		records[record] = true
		k := dkimKey{signer: d.Key, hash: crypto.SHA256}
		if _, ok := d.Key.Public().(ed25519.PublicKey); ok {
			k.hash = 0 // Ed25519 signs the hash as a message (RFC 8463 section 3)
		}
		if private, ok := d.Key.(*rsa.PrivateKey); ok {
			private.Precompute()
		}
		k.prefix = "DKIM-Signature: v=1; a=" + d.Algorithm() + "; c=relaxed/relaxed;\r\n\td=" + d.Domain + ";\r\n\ts=" + d.Selector + ";\r\n\tbh="
		s.keys = append(s.keys, k)
	}
	s.work.New = func() any { return &signing{hash: sha256.New()} }
	return s, nil
}

// signing is the reusable memory for signing one mail.
type signing struct {
	hash    hash.Hash
	fields  []field
	names   []byte // h=, folded
	signed  []byte // the header fields, canonical, in the order of names
	scratch []byte
	sum     [sha256.Size]byte
}

// field is a header field, raw[start:end]; its name ends at colon.
type field struct {
	start, colon, end int
	rule              int
}

// sign appends the DKIM-Signature fields of a message to dst, one for each key.
func (s *signer) sign(dst, raw []byte) ([]byte, error) {
	if s == nil {
		return dst, nil
	}
	w := s.work.Get().(*signing)
	defer s.work.Put(w)
	body, err := s.split(w, raw)
	if err != nil {
		return dst, err
	}
	w.header(raw)
	w.hash.Reset()
	w.scratch = canonicalBody(w.hash, w.scratch, body)
	w.hash.Sum(w.sum[:0])
	header := len(w.signed)
	for _, k := range s.keys {
		start := len(dst)
		dst = append(dst, k.prefix...)
		dst = base64.StdEncoding.AppendEncode(dst, w.sum[:])
		dst = append(append(dst, ";\r\n\th="...), w.names...)
		dst = append(dst, ";\r\n\tb="...)
		w.signed = appendRelaxed(w.signed[:header], dst[start:], len("DKIM-Signature"))
		digest := sha256.Sum256(w.signed)
		signature, err := k.signer.Sign(rand.Reader, digest[:], k.hash)
		if err != nil {
			return dst[:start], err
		}
		dst = append(appendFolded(dst, signature), "\r\n"...)
	}
	return dst, nil
}

// split finds the header fields and returns the body.
func (s *signer) split(w *signing, raw []byte) (body []byte, err error) {
	w.fields = w.fields[:0]
	var lower [32]byte // signed fields have no longer names
	for at := 0; at < len(raw); {
		end := at + bytes.IndexByte(raw[at:], '\n') + 1
		if end == at {
			end = len(raw)
		}
		line := raw[at:end]
		switch {
		case len(bytes.TrimRight(line, "\r\n")) == 0:
			return raw[end:], nil
		case line[0] == ' ' || line[0] == '\t':
			if len(w.fields) == 0 {
				return nil, errors.New("read the header: it begins with a continuation line")
			}
			w.fields[len(w.fields)-1].end = end
		default:
			colon := bytes.IndexByte(line, ':')
			name := bytes.TrimRight(line[:max(colon, 0)], " \t")
			if len(name) == 0 {
				return nil, fmt.Errorf("read the header: invalid field: %.40q", line)
			}
			f := field{start: at, colon: at + colon, end: end, rule: unsigned}
			if len(name) <= len(lower) {
				small := lower[:copy(lower[:], name)]
				lowerCase(small)
				if way, known := s.rules[string(small)]; known {
					f.rule = way
				} else if bytes.HasPrefix(small, []byte("list-")) {
					f.rule = signPresent
				}
			}
			w.fields = append(w.fields, f)
		}
		at = end
	}
	return nil, nil
}

// header collects the names and the canonical form of the signed fields. Of fields with the
// same name, the lowest comes first (RFC 6376 section 5.4.2).
func (w *signing) header(raw []byte) {
	w.names, w.signed = w.names[:0], w.signed[:0]
	column := len("\th=")
	name := func(name string) {
		if len(w.names) > 0 {
			w.names = append(w.names, ':')
			column++
		}
		if column+len(name) > maxColumn {
			w.names = append(w.names, "\r\n\t "...)
			column = 2
		}
		w.names = append(w.names, name...)
		column += len(name)
	}
	sign := func(way int, as string) {
		for i := len(w.fields) - 1; i >= 0; i-- {
			if f := w.fields[i]; f.rule == way {
				if as == "" {
					name(string(bytes.TrimRight(raw[f.start:f.colon], " \t")))
				} else {
					name(as)
				}
				w.signed = appendRelaxed(w.signed, raw[f.start:f.end], f.colon-f.start)
				w.signed = append(w.signed, "\r\n"...)
			}
		}
	}
	for way, as := range oversigned {
		sign(way, as)
		name(as)
	}
	sign(signPresent, "")
}

// maxColumn is the longest line of a signature, except for a single long word.
const maxColumn = 76

// appendFolded appends a signature in base64, folded, after "\tb=".
func appendFolded(dst, signature []byte) []byte {
	const perLine = 54 // bytes: 72 characters
	for ; len(signature) > perLine; signature = signature[perLine:] {
		dst = base64.StdEncoding.AppendEncode(dst, signature[:perLine])
		dst = append(dst, "\r\n\t "...)
	}
	return base64.StdEncoding.AppendEncode(dst, signature)
}
