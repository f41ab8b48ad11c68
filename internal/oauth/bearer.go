package oauth

import (
	"encoding/json"

	"github.com/emersion/go-sasl"
)

// XOAUTH2 is the mechanism by which Google and Microsoft take access tokens
// (https://developers.google.com/workspace/gmail/imap/xoauth2-protocol).
const XOAUTH2 = "XOAUTH2"

// Mechanism returns the one to sign in by: OAUTHBEARER (RFC 7628), which is the
// standard, else XOAUTH2; "" where a server takes neither.
func Mechanism(takes func(mechanism string) bool) string {
	for _, m := range []string{sasl.OAuthBearer, XOAUTH2} {
		if takes(m) {
			return m
		}
	}
	return ""
}

// Bearer is a sasl.Client that shows a token. A server says in a challenge what is wrong
// with it, and refuses after the answer (RFC 7628 section 3.2.3).
type Bearer struct {
	Refused bool   // a challenge came
	Status  string // what it says, as "invalid_token" or "400"; "" for nothing

	name            string
	initial, answer []byte
}

// NewBearer returns a client of one mechanism, for one exchange.
func NewBearer(mechanism, user, token string) *Bearer {
	if mechanism == XOAUTH2 {
		return &Bearer{name: XOAUTH2, initial: []byte("user=" + user + "\x01auth=Bearer " + token + "\x01\x01"), answer: []byte{}}
	}
	_, initial, _ := sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: user, Token: token}).Start()
	return &Bearer{name: sasl.OAuthBearer, initial: initial, answer: []byte{1}}
}

// Start is sasl.Client's.
func (b *Bearer) Start() (string, []byte, error) { return b.name, b.initial, nil }

// Next answers the challenge as the mechanism has it: XOAUTH2 with nothing, OAUTHBEARER
// with one octet.
func (b *Bearer) Next(challenge []byte) ([]byte, error) {
	b.Refused = true
	var said struct {
		Status string `json:"status"`
	}
	if json.Unmarshal(challenge, &said) == nil {
		b.Status = said.Status
	}
	return b.answer, nil
}
