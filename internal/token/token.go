// Package token makes and verifies the handles that identify a mail or link when it comes
// back: the address that an editor replies to, the Message-ID of a mail, the link that
// unsubscribes.
//
// A handle is a purpose, a number and a 128-bit message authentication code (HMAC-SHA-256,
// truncated) under the instance's secret, over the purpose, the number, the person, and the
// data that it is bound to. It is computed and never stored: nobody can forge one from the
// database, and a request can be sent again after a crash. A valid handle shows only that its
// holder has seen it; the caller, who knows the person and the revisions behind the number,
// decides what it allows. Begin reading at Secret.Handle and Secret.Verify.
package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Purpose says what a handle is for; a handle of one purpose never verifies for another. It
// is a lower-case letter, the handle's first.
type Purpose byte

// Purposes of handles.
const (
	Decision    Purpose = 'i' // an editor's request on one item
	Queue       Purpose = 'j' // an editor's request on several items
	Plan        Purpose = 'n' // an editor's request to arrange an issue's plan
	Outcome     Purpose = 'o' // the answer to an editor's decision, by which it can be undone
	Proof       Purpose = 'p' // an editor's request to sign an issue
	Receipt     Purpose = 'r' // a contributor's receipt
	Challenge   Purpose = 'c' // one more reply, where the server authenticates nobody
	Unsubscribe Purpose = 'u' // unsubscribing, by link or by mail
	Delivery    Purpose = 'd' // the Message-ID of a delivery
	Letter      Purpose = 'l' // the Message-ID of a letter that awaits no answer
	Bounce      Purpose = 'b' // the return path of a delivery
	LetterPath  Purpose = 'q' // the return path of a letter
	SignIn      Purpose = 's' // a link that signs in to the desk
)

const purposes = "ijnoprcudlbqs"

// macLen is the length of the code in octets; shortLen is the length of the abbreviated form
// in a subject (40 bits), in base32 characters.
const (
	macLen   = 16
	shortLen = 8
)

// MaxLen is the maximum length of a handle in characters: a purpose, a number, a hyphen and
// the code. Twelve digits suffice for a million mails a day for 2,700 years.
const (
	MaxLen    = 1 + maxDigits + 1 + 26
	maxDigits = 12
)

var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// ErrSecret reports a secret that is too short.
var ErrSecret = errors.New("the secret must hold at least 32 octets")

// Secret is the instance's key. Changing it makes all issued handles invalid.
type Secret []byte

// NewSecret returns a secret from key material of at least 32 octets, else ErrSecret.
func NewSecret(b []byte) (Secret, error) {
	if len(b) < 32 {
		return nil, ErrSecret
	}
	return Secret(b), nil
}

// Handle is a purpose, a number and an authentication code. A parsed handle proves nothing
// until Secret.Verify accepts it.
type Handle struct {
	Purpose Purpose
	Number  int64
	code    string // base32, whole or abbreviated
}

// Handle computes the handle of a number for a person and the data that it is bound to, such
// as the hashes of the revisions to decide on. The person is compared ignoring case.
func (s Secret) Handle(p Purpose, number int64, person string, bound ...string) Handle {
	input := make([]byte, 0, 128)
	write := func(field string) {
		input = binary.BigEndian.AppendUint64(input, uint64(len(field)))
		input = append(input, field...)
	}
	write("infolettre handle v1")
	write(string(rune(p)))
	write(strconv.FormatInt(number, 10))
	write(strings.ToLower(person))
	for _, b := range bound {
		write(b)
	}
	mac := hmac.New(sha256.New, s)
	mac.Write(input)
	return Handle{Purpose: p, Number: number, code: encoding.EncodeToString(mac.Sum(nil)[:macLen])}
}

// Verify reports whether h is valid for this person and this data. It accepts an abbreviated
// handle; the caller, who knows where it was found, must check Short.
func (s Secret) Verify(h Handle, person string, bound ...string) bool {
	want := s.Handle(h.Purpose, h.Number, person, bound...).code
	if h.Short() {
		want = want[:shortLen]
	}
	return subtle.ConstantTimeCompare([]byte(want), []byte(h.code)) == 1
}

// Short reports the abbreviated form of a subject line.
func (h Handle) Short() bool { return len(h.code) == shortLen }

// String returns the form for addresses, Message-IDs and links: lower case, at most MaxLen
// characters, valid in the local part of an address (RFC 5321, section 4.1.2).
func (h Handle) String() string {
	return string(rune(h.Purpose)) + strconv.FormatInt(h.Number, 10) + "-" + h.code
}

// Subject returns the abbreviated form, in brackets, for the end of a subject line.
func (h Handle) Subject() string {
	return "[IL-" + string(rune(h.Purpose)) + strconv.FormatInt(h.Number, 10) + "-" + h.code[:shortLen] + "]"
}

// Parse parses the full form, ignoring case.
func Parse(s string) (Handle, error) {
	h, err := parse(s)
	if err == nil && len(h.code) != encoding.EncodedLen(macLen) {
		err = fmt.Errorf("parse handle: code of %d characters", len(h.code))
	}
	if err != nil {
		return Handle{}, err
	}
	return h, nil
}

var subjectForm = regexp.MustCompile(`(?i)\[IL-([a-z][0-9]+-[a-z2-7]+)\]`)

// FromSubject finds the abbreviated form in a subject line; false when there is none, or
// more than one.
func FromSubject(subject string) (Handle, bool) {
	found := subjectForm.FindAllStringSubmatch(subject, 2)
	if len(found) != 1 {
		return Handle{}, false
	}
	h, err := parse(found[0][1])
	return h, err == nil && h.Short()
}

func parse(s string) (Handle, error) {
	s = strings.ToLower(s)
	if len(s) < 3 || len(s) > MaxLen || strings.IndexByte(purposes, s[0]) < 0 {
		return Handle{}, errors.New("parse handle: not one")
	}
	digits, code, ok := strings.Cut(s[1:], "-")
	if !ok || digits == "" || digits[0] == '0' || digits[0] == '+' {
		return Handle{}, errors.New("parse handle: no number")
	}
	number, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || number <= 0 {
		return Handle{}, errors.New("parse handle: bad number")
	}
	if code == "" || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return Handle{}, errors.New("parse handle: bad code")
	}
	return Handle{Purpose: Purpose(s[0]), Number: number, code: code}, nil
}
