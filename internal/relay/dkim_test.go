package relay_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"

	"infolettre/internal/localmail"
	"infolettre/internal/relay"

	"github.com/emersion/go-msgauth/dkim"
)

func TestSend_SignatureDetectsChanges(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaPublic, err := x509.MarshalPKIXPublicKey(rsaKey.Public())
	if err != nil {
		t.Fatal(err)
	}
	records := map[string]string{
		"r._domainkey.citedesmetiers.example": "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(rsaPublic),
		"e._domainkey.citedesmetiers.example": "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(edKey.Public().(ed25519.PublicKey)),
	}
	verify := func(t *testing.T, raw []byte) *dkim.Verification {
		t.Helper()
		found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{
			LookupTXT: func(name string) ([]string, error) { return []string{records[name]}, nil },
		})
		if err != nil || len(found) != 1 {
			t.Fatalf("%d signatures, %v", len(found), err)
		}
		return found[0]
	}

	for selector, key := range map[string]crypto.Signer{"r": rsaKey, "e": edKey} {
		t.Run(selector, func(t *testing.T) {
			t.Parallel()
			s := serve(t, localmail.Options{})
			o := options(t, "smtp", s.SMTPAddr())
			o.DKIM = []*relay.DKIM{{Domain: "citedesmetiers.example", Selector: selector, Key: key}}
			c := connect(t, o)
			_, err := c.Send(t.Context(), relay.Envelope{To: "a@lille.example"}, mailTo("a@lille.example", "Bonjour,\r\n.\r\n\r\nà bientôt\r\n\r\n"), noRecord)
			if err != nil {
				t.Fatal(err)
			}
			raw := s.Mails()[0].Raw
			v := verify(t, raw)
			if v.Err != nil || v.Domain != "citedesmetiers.example" {
				t.Fatalf("signature by %s: %v", v.Domain, v.Err)
			}
			signed := " " + strings.ToLower(strings.Join(v.HeaderKeys, " ")) + " "
			for _, name := range []string{"to", "subject", "date", "message-id", "list-id", "mime-version", "content-type"} {
				if !strings.Contains(signed, " "+name+" ") {
					t.Errorf("%s is not signed", name)
				}
			}
			for change, changed := range map[string][]byte{
				"subject":        bytes.Replace(raw, []byte("Subject: Agenda"), []byte("Subject: Annulé"), 1),
				"body":           bytes.Replace(raw, []byte("Bonjour"), []byte("Bonsoir"), 1),
				"second From":    append([]byte("From: direction@lyon.example\r\n"), raw...),
				"second Subject": append([]byte("Subject: Annulé\r\n"), raw...),
			} {
				if v := verify(t, changed); v.Err == nil {
					t.Errorf("%s: still verified", change)
				}
			}
		})
	}

	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for name, keys := range map[string][]*relay.DKIM{
		"no selector":   {{Domain: "a.example", Key: weak}},
		"no key":        {{Domain: "a.example", Selector: "s"}},
		"one published": {{Domain: "a.example", Selector: "s", Key: weak}, {Domain: "a.example", Selector: "S", Key: edKey}},
	} {
		o := options(t, "smtp", "127.0.0.1:25")
		o.DKIM = keys
		if _, err := relay.New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
