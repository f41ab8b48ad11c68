package message

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
)

const toSign = "From: Ana <ana@cite.example>\r\nTo: Lettre <lettre@poste.example>\r\nSubject: =?utf-8?Q?R=C3=A9ponse?=\r\n folded\r\nDate: Thu, 25 Jan 2018 10:00:00 +0100\r\nContent-Type: text/plain\r\n\r\nOUI\r\n\r\nAna  Prates \r\n\r\n"

// signedBy returns the mail signed by a server of that domain, relaxed in header and body.
func signedBy(t testing.TB, raw, domain string, key crypto.Signer, fields ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	err := dkim.Sign(&out, strings.NewReader(raw), &dkim.SignOptions{
		Domain: domain, Selector: "s1", Signer: key, HeaderKeys: fields,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func published(t testing.TB, keys map[string]crypto.Signer) func(string) ([]string, error) {
	return func(name string) ([]string, error) {
		switch key := keys[strings.TrimPrefix(name, "s1._domainkey.")].(type) {
		case ed25519.PrivateKey:
			return []string{"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))}, nil
		case *rsa.PrivateKey:
			der, err := x509.MarshalPKIXPublicKey(key.Public())
			if err != nil {
				t.Fatal(err)
			}
			return []string{"v=DKIM1; t=s; p=" + base64.StdEncoding.EncodeToString(der)}, nil
		}
		return nil, errors.New("no such host")
	}
}

func TestVerify_HoldsOnlyForAlignedWholeMails(t *testing.T) {
	t.Parallel()
	ed := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	lookup := published(t, map[string]crypto.Signer{"cite.example": ed, "news.cite.example": ed, "rsa.cite.example": long, "mal.example": ed})
	all := []string{"From", "To", "Subject", "Date"}
	good := string(signedBy(t, toSign, "cite.example", ed, all...))
	for _, c := range []struct {
		name, raw string
		holds     string // the domain; "" for none
		why       string // where none holds
	}{
		{"ed25519", good, "cite.example", ""},
		{"RSA", string(signedBy(t, toSign, "rsa.cite.example", long, all...)), "rsa.cite.example", ""},
		{"subdomain", string(signedBy(t, toSign, "news.cite.example", ed, all...)), "news.cite.example", ""},
		{"line ends of a file", strings.ReplaceAll(good, "\r\n", "\n"), "cite.example", ""},
		{"white space and empty lines at the end", strings.Replace(good, "Ana  Prates \r\n\r\n", "Ana Prates\r\n", 1), "cite.example", ""},
		{"fields on top", "Received: from a by b; c\r\nX: y\r\n" + good, "cite.example", ""},
		{"two signatures", string(signedBy(t, good, "mal.example", ed, all...)), "cite.example", ""},

		{"none", toSign, "", ""},
		{"another domain's", string(signedBy(t, toSign, "mal.example", ed, all...)), "", "no DKIM signature of cite.example"},
		{"no key", string(signedBy(t, toSign, "other.cite.example", ed, all...)), "", "no such host"},
		{"changed body", strings.Replace(good, "OUI", "NON", 1), "", "body hash"},
		{"more of a body", good + "a footer\r\n", "", "body hash"},
		{"changed Subject", strings.Replace(good, "folded", "other", 1), "", "did not verify"},
		{"several authors", strings.Replace(good, "From: Ana", "From: x@y.example, Ana", 1), "", "exactly one author"},
		{"a line that is no field", strings.Replace(good, " folded\r\n", " folded\r\nmore\r\n", 1), "", "more than one way"},
		{"a lone CR", strings.Replace(good, " folded\r\n", " folded\rmore\r\n", 1), "", "more than one way"},
		{"a NUL", strings.Replace(good, "Date: ", "Date: \x00", 1), "", "more than one way"},
		{"a mailbox's separator", "From ana@cite.example Thu Jan 25\r\n" + good, "", "more than one way"},
		{"garbled tags", "DKIM-Signature: d=cite.example; ;;;=\r\n" + toSign, "", "does not count"},
		{"missing tags", "DKIM-Signature: v=1; d=cite.example\r\n" + toSign, "", "does not count"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := read(t, c.raw)
			got := Verify(m, []byte(c.raw), lookup)
			if c.holds == "" {
				if len(got.Valid) > 0 || !strings.Contains(got.Why, c.why) {
					t.Errorf("%+v", got)
				}
				return
			}
			if len(got.Valid) != 1 || got.Valid[0].Domain != c.holds {
				t.Fatalf("%+v", got)
			}
			if s := got.Valid[0]; !s.Covers(m, "to") || s.Covers(m, "Cc") || s.Covers(m, "Content-Type") {
				t.Errorf("it covers %q", s.fields)
			}
			if a := got.Authentication(time.Now()); a.Verdict != AuthPass {
				t.Errorf("%+v", a)
			}
		})
	}
	asked := 0
	raw := good
	for range 2 * maxVerified {
		raw = string(signedBy(t, raw, "none.cite.example", ed, "From"))
	}
	Verify(read(t, raw), []byte(raw), func(string) ([]string, error) { asked++; return nil, errors.New("no") })
	if asked != maxVerified {
		t.Errorf("%d lookups for one mail", asked)
	}
}

// After any change to a signed mail, a valid signature still covers the same author, the
// same signed fields and the same text.
func FuzzVerify(f *testing.F) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	lookup := published(f, map[string]crypto.Signer{"cite.example": key})
	good := signedBy(f, toSign, "cite.example", key, "From", "To", "Subject", "Date")
	was := ReadHeader(good)
	f.Add(good)
	for _, change := range [][2]string{
		{"From:", "From: x@y.example\r\nFrom:"}, {"Subject:", "Subject: x\r\nSubject:"}, {" folded\r\n", " folded\r\nmore\r\n"},
		{" folded", " folded\r more"}, {"\r\n\r\nOUI", "\r\n\r\r\n\r\nOUI"}, {"To:", "To : a@b.example\r\nTO:"}, {"d=", "d= "}, {"b=", "b=\r\n\t"},
		{"DKIM-Signature:", "DKIM-Signature: v=1; d=cite.example; s=s1; h=from; bh=; b=; a=ed25519-sha256\r\nDKIM-Signature:"},
	} {
		f.Add([]byte(strings.Replace(string(good), change[0], change[1], 1)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Read(raw)
		if err != nil {
			return
		}
		for _, s := range Verify(m, raw, lookup).Valid {
			if m.Author().Address != was.Author().Address {
				t.Fatalf("the author is %q", m.Author())
			}
			for _, name := range []string{"To", "Subject", "Date"} {
				got := strings.Join(strings.Fields(strings.Join(m.Header.Values(name), "\n")), " ")
				if want := strings.Join(strings.Fields(was.Header.raw(name)), " "); s.Covers(m, name) && got != want {
					t.Fatalf("%s is %q, was %q", name, got, want)
				}
			}
			if _, body, _ := rawFields(raw); strings.Join(strings.Fields(string(body)), " ") != "OUI Ana Prates" {
				t.Fatalf("the body is %q", body)
			}
		}
	})
}

// A weak hash or key does not count (RFC 8301, section 3).
func TestVerify_WeakSignatures(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	raw := signedBy(t, toSign, "cite.example", key, "From", "To", "Date")
	m := read(t, string(raw))
	short := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(12345), 767, 1), E: 65537}
	der, err := x509.MarshalPKIXPublicKey(short)
	if err != nil {
		t.Fatal(err)
	}
	got := Verify(m, raw, func(string) ([]string, error) {
		return []string{"v=DKIM1; p=" + base64.StdEncoding.EncodeToString(der)}, nil
	})
	if len(got.Valid) != 0 || !strings.Contains(got.Why, "too short") {
		t.Errorf("a key of 768 bits: %+v", got)
	}
	raw = bytes.Replace(raw, []byte("rsa-sha256"), []byte("rsa-sha1"), 1)
	got = Verify(m, raw, published(t, map[string]crypto.Signer{"cite.example": key}))
	if len(got.Valid) != 0 || !strings.Contains(got.Why, "too weak") {
		t.Errorf("SHA-1: %+v", got)
	}
}

// The Kelvin sign is no k, in upper or lower case.
func TestAddressKey_KeepsLettersBeyondASCII(t *testing.T) {
	t.Parallel()
	for a, equal := range map[Address]bool{"KIM@Cite.example": true, "\u212aim@cite.example": false, "kim@\u212aite.example": false} {
		if got := a.Equal("kim@cite.example"); got != equal {
			t.Errorf("%s: %t", a, got)
		}
	}
	if !Address("É@cite.example").Equal("é@cite.example") {
		t.Error("case beyond ASCII")
	}
}
