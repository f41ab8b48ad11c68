// Package token makes and checks the handles by which a mail or a link is
// recognised when it comes back: the address an editor answers to, the
// Message-ID of what was sent, the link that unsubscribes.
//
// A handle is a purpose, a number and a 128-bit message authentication code
// under the instance's secret over (purpose, number, person, what it is bound
// to). It is computed and never stored: nothing in the database can be used to
// forge one, and a request can be sent again after any crash. Whoever holds a
// handle has only been shown it; what it allows is decided by its user, who
// knows the person and the revisions that the number stands for.
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

// Purpose says what a handle is for; a handle made for one purpose never
// verifies for another. It is one lower-case letter, the handle's first.
type Purpose byte

const (
	Decision    Purpose = 'i' // an editor's request on one item
	Queue       Purpose = 'j' // an editor's request on all that wait
	Plan        Purpose = 'n' // an issue's plan, laid before an editor
	Outcome     Purpose = 'o' // what an editor was told of their decision, and may take back
	Proof       Purpose = 'p' // an editor's request to sign an issue
	Receipt     Purpose = 'r' // what a contributor was told of their items
	Challenge   Purpose = 'c' // one more reply, where the server authenticates no one
	Unsubscribe Purpose = 'u' // leaving the lists, by link or by mail
	Delivery    Purpose = 'd' // the Message-ID of a delivery
	Letter      Purpose = 'l' // the Message-ID of a letter that awaits no answer
	Bounce      Purpose = 'b' // the return path of a delivery
	LetterPath  Purpose = 'q' // the return path of a letter
	SignIn      Purpose = 's' // a link that signs in to the desk
)

const purposes = "ijnoprcudlbqs"

// macLen is the length of the code in octets, and shortLen that of the
// abbreviated form that stands in a subject (40 bits), in base32 characters.
const (
	macLen   = 16
	shortLen = 8
)

// MaxLen is the longest a handle can be in characters: a purpose, a number, a
// hyphen and the code. Twelve digits number a million mails a day for 2,700
// years.
const (
	MaxLen    = 1 + maxDigits + 1 + 26
	maxDigits = 12
)

var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// ErrSecret reports a secret that is too short to be one.
var ErrSecret = errors.New("the secret must hold at least 32 octets")

// Secret is the instance's key. Changing it voids every handle in circulation.
type Secret []byte

// NewSecret checks the length of the key material, at least 32 octets.
func NewSecret(b []byte) (Secret, error) {
	if len(b) < 32 {
		return nil, ErrSecret
	}
	return Secret(b), nil
}

// Handle is a purpose, a number and its code. One that was parsed proves
// nothing until Secret.Verify accepts it.
type Handle struct {
	Purpose Purpose
	Number  int64
	code    string // base32, whole or abbreviated
}

// Handle computes the handle of the request number for a person and whatever
// it is bound to, such as the hashes of the revisions to decide on.
func (s Secret) Handle(p Purpose, number int64, person string, bound ...string) Handle {
	said := make([]byte, 0, 128)
	write := func(field string) {
		said = binary.BigEndian.AppendUint64(said, uint64(len(field)))
		said = append(said, field...)
	}
	write("infolettre handle v1")
	write(string(rune(p)))
	write(strconv.FormatInt(number, 10))
	write(strings.ToLower(person))
	for _, b := range bound {
		write(b)
	}
	mac := hmac.New(sha256.New, s)
	mac.Write(said)
	return Handle{Purpose: p, Number: number, code: encoding.EncodeToString(mac.Sum(nil)[:macLen])}
}

// Verify says whether h is the handle of its purpose and number for this person
// and this binding. An abbreviated handle is accepted; whether it may be is for
// the caller, who knows where it was found.
func (s Secret) Verify(h Handle, person string, bound ...string) bool {
	want := s.Handle(h.Purpose, h.Number, person, bound...).code
	if h.Short() {
		want = want[:shortLen]
	}
	return subtle.ConstantTimeCompare([]byte(want), []byte(h.code)) == 1
}

// Short reports whether the handle is the abbreviated form of a subject line.
func (h Handle) Short() bool { return len(h.code) == shortLen }

// String is the form that stands in an address, a Message-ID or a link: lower
// case, at most MaxLen characters, valid in the local part of an address.
func (h Handle) String() string {
	return string(rune(h.Purpose)) + strconv.FormatInt(h.Number, 10) + "-" + h.code
}

// Subject is the abbreviated form, in brackets, for the end of a subject line.
func (h Handle) Subject() string {
	return "[IL-" + string(rune(h.Purpose)) + strconv.FormatInt(h.Number, 10) + "-" + h.code[:shortLen] + "]"
}

// Parse reads the whole form, in any case.
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

// FromSubject finds the abbreviated form in a subject line; false when there is
// none or more than one.
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
