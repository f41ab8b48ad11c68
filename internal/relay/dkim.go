package relay

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/textproto"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// minRSABits is the shortest key that verifiers accept (RFC 8301 section 3.2).
const minRSABits = 1024

// DKIM signs outgoing mail (RFC 6376), with rsa-sha256 or ed25519-sha256
// (RFC 8463) as the key is.
type DKIM struct {
	Domain   string // d=
	Selector string // s=; the public key is published at Selector._domainkey.Domain
	Key      crypto.Signer
}

func (d *DKIM) check() error {
	if d.Domain == "" || d.Selector == "" || d.Key == nil {
		return errors.New("relay: DKIM needs a domain, a selector and a key")
	}
	switch key := d.Key.Public().(type) {
	case ed25519.PublicKey:
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < minRSABits {
			return fmt.Errorf("relay: the DKIM key has %d bits, less than %d", bits, minRSABits)
		}
	default:
		return fmt.Errorf("relay: the DKIM key is of type %T, not RSA or Ed25519", key)
	}
	return nil
}

// guarded are the fields that are signed once more than they occur: a reader
// would believe one added on the way (RFC 6376 section 8.15).
var guarded = [...]string{
	"From", "To", "Subject", "Date", "Message-Id", "Reply-To",
	"Mime-Version", "Content-Type", "Content-Transfer-Encoding",
	"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
}

// covered are the fields that are signed as often as they occur, besides all
// others of the List family.
var covered = [...]string{"Cc", "Sender", "In-Reply-To", "References", "Auto-Submitted"}

// sign returns the DKIM-Signature field, with its CRLF, for a message.
func (d *DKIM) sign(raw []byte) (string, error) {
	header, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(raw))).ReadMIMEHeader()
	if err != nil {
		return "", fmt.Errorf("read the header: %w", err)
	}
	signer, err := dkim.NewSigner(&dkim.SignOptions{
		Domain:                 d.Domain,
		Selector:               d.Selector,
		Signer:                 d.Key,
		Hash:                   crypto.SHA256,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed,
		BodyCanonicalization:   dkim.CanonicalizationRelaxed,
		HeaderKeys:             signedFields(header),
	})
	if err != nil {
		return "", err
	}
	_, err = signer.Write(raw)
	if closed := signer.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return "", err
	}
	return signer.Signature(), nil
}

func signedFields(header textproto.MIMEHeader) (fields []string) {
	for _, name := range guarded {
		for range len(header[name]) + 1 {
			fields = append(fields, name)
		}
	}
	var more []string
	for name, values := range header {
		family := strings.HasPrefix(name, "List-") && !slices.Contains(guarded[:], name)
		if family || slices.Contains(covered[:], name) {
			for range values {
				more = append(more, name)
			}
		}
	}
	slices.Sort(more)
	return append(fields, more...)
}
