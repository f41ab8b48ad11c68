package oauth

import (
	"encoding/json"

	"github.com/emersion/go-sasl"
)

// XOAUTH2 is the mechanism with which Google and Microsoft accept access tokens
// (https://developers.google.com/workspace/gmail/imap/xoauth2-protocol).
const XOAUTH2 = "XOAUTH2"

// Mechanism returns the mechanism to use: OAUTHBEARER (RFC 7628), which is the standard,
// else XOAUTH2; "" when the server accepts neither.
func Mechanism(accepts func(mechanism string) bool) string {
	for _, m := range []string{sasl.OAuthBearer, XOAUTH2} {
		if accepts(m) {
			return m
		}
	}
	return ""
}

// Bearer is a sasl.Client that sends a token. A server that refuses it sends the reason in a
// challenge, and fails the exchange after the answer (RFC 7628 section 3.2.3).
type Bearer struct {
	Refused bool   // the server sent a challenge
	Status  string // its status, such as "invalid_token" or "400"; "" for none

	name            string
	initial, answer []byte
}

// NewBearer returns a client for one exchange.
func NewBearer(mechanism, user, token string) *Bearer {
	if mechanism == XOAUTH2 {
		return &Bearer{name: XOAUTH2, initial: []byte("user=" + user + "\x01auth=Bearer " + token + "\x01\x01"), answer: []byte{}}
	}
	_, initial, _ := sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: user, Token: token}).Start()
	return &Bearer{name: sasl.OAuthBearer, initial: initial, answer: []byte{1}}
}

// Start implements sasl.Client.
func (b *Bearer) Start() (string, []byte, error) { return b.name, b.initial, nil }

// Next answers the challenge as the mechanism requires: XOAUTH2 with nothing, OAUTHBEARER
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
