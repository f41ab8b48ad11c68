package relay

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"infolettre/internal/localmail/debian"

	"github.com/emersion/go-msgauth/dkim"
	"pgregory.net/rapid"
)

// twoKeys returns an RSA and an Ed25519 key, and the records that publish them.
func twoKeys(t testing.TB) (keys []*DKIM, records map[string]string) {
	t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(rsaKey.Public())
	if err != nil {
		t.Fatal(err)
	}
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return []*DKIM{
			{Domain: "cites.example", Selector: "r", Key: rsaKey},
			{Domain: "cites.example", Selector: "e", Key: edKey},
		}, map[string]string{
			"r._domainkey.cites.example": "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(public),
			"e._domainkey.cites.example": "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(edPublic),
		}
}

func mustSigner(t testing.TB, keys ...*DKIM) *signer {
	t.Helper()
	s, err := newSigner(keys)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const simpleHeader = "From: a@cites.example\r\nTo: b@lille.example\r\nSubject: Agenda\r\nDate: Thu, 01 Feb 2018 09:00:00 +0100\r\nMessage-ID: <1@cites.example>\r\n"

// canonicalisationCases are messages that are hard to canonicalise.
var canonicalisationCases = map[string]string{
	"plain text": simpleHeader + "\r\nBonjour,\r\n\r\nà bientôt.\r\n",
	"multipart": simpleHeader + "MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\"b1\"\r\n\r\n" +
		"--b1\r\nContent-Type: text/plain\r\n\r\nun\r\n--b1\r\nContent-Type: text/html\r\n\r\n<p>un</p>\r\n--b1--\r\n",
	"folded fields":       "From: \"La lettre\"\r\n\t<a@cites.example>\r\nTo:b@lille.example\r\nSubject:\r\n  Un  agenda\t\r\n\tlong \r\nLIST-unsubscribe: <https://x.example/1>,\r\n\t<mailto:y@x.example>\r\n\r\nun\r\n",
	"blanks before ':'":   "From : a@cites.example\r\nSubject\t:  x\r\n\r\nun\r\n",
	"repeated fields":     simpleHeader + "List-Id: <one>\r\nList-Post: <a>\r\nSubject: another\r\nlist-post: <b>\r\nReferences: <x>\r\nCc: c@x.example\r\nReferences: <y>\r\n\r\nun\r\n",
	"empty fields":        simpleHeader + "Reply-To:\r\nSender: \r\nList-Help:\r\n\r\nun\r\n",
	"trailing blanks":     simpleHeader + "\r\nun \t\r\n \r\n\tdeux  \r\n \r\n\t\r\n\r\n",
	"runs of blanks":      simpleHeader + "\r\n  un   deux \t trois\r\n\t\tquatre\r\n",
	"blank lines":         simpleHeader + "\r\n\r\n\r\nun\r\n\r\n\r\ndeux\r\n\r\n\r\n\r\n",
	"empty body":          simpleHeader + "\r\n",
	"body of blanks":      simpleHeader + "\r\n \r\n\t\r\n\r\n",
	"no body":             simpleHeader,
	"no final CRLF":       simpleHeader + "\r\nun\r\ndeux",
	"beyond ASCII":        "From: Zoé <zoé@cités.example>\r\nSubject: L’été  à\u00a0Lyon\r\nTo: b@lille.example\r\n\r\nà\r\n",
	"dots":                simpleHeader + "\r\n.\r\n..\r\n.un\r\n",
	"a body of 20 kB":     simpleHeader + "\r\n" + strings.Repeat("Une ligne ordinaire d'un texte ordinaire, de quelque longueur.\r\n", 320),
	"and with two blanks": simpleHeader + "\r\n" + strings.Repeat("Une ligne  ordinaire d'un texte ordinaire, de quelque longueur. \r\n", 320),
	"a long field name":   simpleHeader + "X-" + strings.Repeat("Long-", 30) + "Name: x\r\nList-" + strings.Repeat("Long-", 5) + "Name: x\r\n\r\nun\r\n",
}

// checkSignatureLines checks that signatures are folded and have no bare line ends.
func checkSignatureLines(fields []byte) error {
	if _, err := inspect(fields); err != nil {
		return err
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(fields), "\r\n"), "\r\n") {
		if len(line) > 77 || strings.TrimSpace(line) == "" {
			return fmt.Errorf("a line is %q", line)
		}
	}
	return nil
}

// verified signs a message with all keys, and verifies each signature with go-msgauth.
func verified(s *signer, records map[string]string, raw []byte) ([]byte, error) {
	fields, err := s.sign(nil, raw)
	if err != nil {
		return nil, err
	}
	if err := checkSignatureLines(fields); err != nil {
		return nil, err
	}
	mail := append(fields, raw...)
	found, err := dkim.VerifyWithOptions(bytes.NewReader(mail), &dkim.VerifyOptions{
		LookupTXT: func(name string) ([]string, error) { return []string{records[name]}, nil },
	})
	if err != nil {
		return nil, err
	}
	if len(found) != len(s.keys) {
		return nil, fmt.Errorf("%d signatures for %d keys", len(found), len(s.keys))
	}
	for i, v := range found {
		if v.Err != nil {
			return nil, fmt.Errorf("signature %d: %w", i, v.Err)
		}
	}
	return mail, nil
}

func TestSign_SignaturesVerify(t *testing.T) {
	t.Parallel()
	keys, records := twoKeys(t)
	s := mustSigner(t, keys...)
	for name, raw := range canonicalisationCases {
		if name == "no body" {
			continue // go-msgauth reads no header without the empty line after it
		}
		if _, err := verified(s, records, []byte(raw)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, raw := range []string{" folded: first\r\n\r\nx\r\n", "From a@x\r\n\r\nx\r\n", ": nothing\r\n\r\n"} {
		if fields, err := s.sign(nil, []byte(raw)); err == nil {
			t.Errorf("%q was signed: %s", raw, fields)
		}
	}
}

// messages generates messages with much to canonicalise; some have fields with the given
// names.
func messages(more ...string) *rapid.Generator[[]byte] {
	blank := rapid.SampledFrom([]string{" ", "\t", "  ", " \t ", "\t\t", "\r\n ", "\r\n\t", " \r\n  "})
	word := rapid.SampledFrom([]string{"a", "lettre", "été", "b@lille.example", "…", "x=y;", "\"z\"", strings.Repeat("w", 40), ":"})
	name := rapid.SampledFrom(slices.Concat(oversigned[:], signedIfPresent[:], []string{"List-Help", "LIST-POST", "x-other", "subject", "Received"}, more))
	value := rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(0, 6).Draw(t, "words") {
			b.WriteString(rapid.OneOf(rapid.Just(""), blank, rapid.Just(" ")).Draw(t, "blank"))
			b.WriteString(word.Draw(t, "word"))
		}
		return b.String() + rapid.OneOf(rapid.Just(""), rapid.SampledFrom([]string{" ", "\t"})).Draw(t, "end")
	})
	line := rapid.Custom(func(t *rapid.T) string {
		return strings.ReplaceAll(value.Draw(t, "line"), "\r\n", "") + "\r\n"
	})
	return rapid.Custom(func(t *rapid.T) []byte {
		var b strings.Builder
		b.WriteString("From: a@cites.example\r\n")
		for range rapid.IntRange(0, 12).Draw(t, "fields") {
			fmt.Fprintf(&b, "%s:%s\r\n", name.Draw(t, "name"), value.Draw(t, "value"))
		}
		b.WriteString("\r\n")
		for range rapid.IntRange(0, 12).Draw(t, "lines") {
			b.WriteString(rapid.OneOf(line, rapid.Just("\r\n"), line).Draw(t, "line"))
		}
		if rapid.Bool().Draw(t, "open") {
			return []byte(strings.TrimSuffix(b.String(), "\r\n") + "\r\nx")
		}
		return []byte(b.String())
	})
}

func TestSign_SignaturesOfRandomMessagesVerify(t *testing.T) {
	t.Parallel()
	keys, records := twoKeys(t)
	s := mustSigner(t, keys...)
	rapid.Check(t, func(t *rapid.T) {
		raw := messages("From ", "list-post\t").Draw(t, "message")
		if _, err := verified(s, records, raw); err != nil {
			t.Fatalf("%v\n%q", err, raw)
		}
	})
}

// dkimpy, an implementation that shares nothing with go-msgauth, verifies the signatures.
func TestSign_DkimpyVerifiesSignatures(t *testing.T) {
	t.Parallel()
	keys, records := twoKeys(t)
	s := mustSigner(t, keys...)
	var mails [][]byte
	for name, raw := range canonicalisationCases {
		if name == "blanks before ':'" {
			continue // dkimpy does not support such fields, which are obsolete in RFC 5322
		}
		fields, err := s.sign(nil, []byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		mails = append(mails, append(fields, raw...))
	}
	for i := range 150 {
		raw := messages().Example(i)
		fields, err := s.sign(nil, raw)
		if err != nil {
			t.Fatal(err)
		}
		mails = append(mails, append(fields, raw...))
	}
	good := len(mails)
	for _, change := range []func([]byte) []byte{
		func(b []byte) []byte {
			return bytes.Replace(b, []byte("Subject: Agenda"), []byte("Subject: Annulé"), 1)
		},
		func(b []byte) []byte { return bytes.Replace(b, []byte("Bonjour"), []byte("Bonsoir"), 1) },
		func(b []byte) []byte { return append([]byte("Subject: Annulé\r\n"), b...) },
		func(b []byte) []byte { return append([]byte("List-Id: <x>\r\n"), b...) },
	} {
		fields, err := s.sign(nil, []byte(canonicalisationCases["plain text"]))
		if err != nil {
			t.Fatal(err)
		}
		mails = append(mails, change(append(fields, canonicalisationCases["plain text"]...)))
	}
	for i, verdicts := range debian.VerifyDKIM(t, records, mails) {
		if len(verdicts) != len(keys) {
			t.Errorf("%d signatures, want %d:\n%q", len(verdicts), len(keys), mails[i])
		}
		for k, ok := range verdicts {
			if ok != (i < good) {
				t.Errorf("%s verified: %v:\n%q", keys[k].Algorithm(), ok, mails[i])
			}
		}
	}
}

// The memory of one signature is reused for the next. Not parallel: it counts allocations.
func TestSign_AllocatesLittle(t *testing.T) {
	keys, _ := twoKeys(t)
	s := mustSigner(t, keys[1])
	raw := []byte(canonicalisationCases["a body of 20 kB"])
	var dst []byte
	used := testing.AllocsPerRun(100, func() { dst, _ = s.sign(dst[:0], raw) })
	if used > 20 {
		t.Errorf("%g allocations for a signature", used)
	}
}

// BenchmarkSign compares signing with what cannot be saved: the hash of the body
// and the private key's operation.
func BenchmarkSign(b *testing.B) {
	keys, _ := twoKeys(b)
	body := strings.Repeat("Une ligne ordinaire d'un texte ordinaire, de quelque longueur.\r\n", 320)
	loose := strings.Repeat("<td>  une ligne  </td>\t d'un HTML en retrait, de quelque longueur\r\n", 320)
	header := simpleHeader + "List-Id: <l.cites.example>\r\nList-Unsubscribe: <https://cites.example/u/abcdefghijklmnopqrstuvwxyz>,\r\n <mailto:l+u@cites.example>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"b1\"\r\n\r\n"
	for _, c := range []struct {
		name string
		keys []*DKIM
		body string
	}{
		{"rsa2048", keys[:1], body}, {"ed25519", keys[1:], body}, {"both", keys, body}, {"ed25519 loose", keys[1:], loose},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := mustSigner(b, c.keys...)
			raw := []byte(header + c.body)
			var (
				dst              []byte
				err              error
				ours, arithmetic time.Duration
			)
			for b.Loop() {
				begin := time.Now()
				if dst, err = s.sign(dst[:0], raw); err != nil {
					b.Fatal(err)
				}
				signed := time.Now()
				sum := sha256.Sum256(raw[len(header):])
				for _, k := range s.keys {
					if _, err := k.signer.Sign(rand.Reader, sum[:], k.hash); err != nil {
						b.Fatal(err)
					}
				}
				ours += signed.Sub(begin)
				arithmetic += time.Since(signed)
			}
			b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N), "ours-ns/op")
			b.ReportMetric(float64(arithmetic.Nanoseconds())/float64(b.N), "bare-ns/op")
			b.ReportMetric(float64(ours)/float64(arithmetic), "ours÷bare")
			b.ReportMetric(0, "ns/op")
		})
	}
}
