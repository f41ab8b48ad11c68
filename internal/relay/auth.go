package relay

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/emersion/go-sasl"
)

// xoauth2 is the mechanism by which Google and Microsoft take access tokens
// (https://developers.google.com/workspace/gmail/imap/xoauth2-protocol).
const xoauth2 = "XOAUTH2"

// maxInitial is the longest initial response, in base64, that goes along with
// the AUTH command, which may be no longer than any other (RFC 4954 section 4).
const maxInitial = 512 - len("AUTH OAUTHBEARER \r\n")

// authenticate signs in with what the options hold: an access token, else the
// password, else not at all. The connection is encrypted, or within this machine,
// or open would have refused it.
func (c *Conn) authenticate(ctx context.Context, tokens *tokens) *Error {
	user := c.opts.URL.User.Username()
	switch {
	case user == "":
		return nil
	case tokens != nil:
		return c.bear(ctx, user, tokens)
	case c.opts.Password == nil:
		return nil
	}
	password, err := c.opts.Password()
	if err != nil {
		return &Error{Stage: StageAuth, Err: fmt.Errorf("read the password: %w", err)}
	}
	switch {
	case password == "":
		return nil
	case c.takes(sasl.Plain):
		return c.auth(ctx, sasl.NewPlainClient("", user, password))
	case c.takes(sasl.Login):
		return c.auth(ctx, sasl.NewLoginClient(user, password))
	}
	return &Error{Stage: StageAuth, Err: errors.New("the relay offers neither AUTH PLAIN nor AUTH LOGIN on this connection")}
}

func (c *Conn) takes(mechanism string) bool { return slices.Contains(c.offers.auth, mechanism) }

// bear signs in with an access token. One that is refused may have been revoked
// before its time: it is dropped, and a fresh one is tried.
func (c *Conn) bear(ctx context.Context, user string, tokens *tokens) *Error {
	var mechanism func(token string) *bearer
	switch {
	case c.takes(xoauth2):
		mechanism = func(token string) *bearer {
			return &bearer{name: xoauth2, initial: []byte("user=" + user + "\x01auth=Bearer " + token + "\x01\x01"), answer: []byte{}}
		}
	case c.takes(sasl.OAuthBearer):
		mechanism = func(token string) *bearer {
			_, initial, _ := sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: user, Token: token}).Start()
			return &bearer{name: sasl.OAuthBearer, initial: initial, answer: []byte{1}}
		}
	default:
		return &Error{Stage: StageAuth, Err: errors.New("the relay offers neither AUTH XOAUTH2 nor AUTH OAUTHBEARER on this connection")}
	}
	for again := false; ; again = true {
		token, fresh, err := tokens.get(ctx)
		if err != nil {
			return err
		}
		m := mechanism(token)
		err = c.auth(ctx, m)
		if err == nil || err.Code == 0 || err.Temporary && !m.refused {
			return err
		}
		tokens.drop(token)
		if fresh || again {
			return err
		}
	}
}

// bearer is a sasl.Client that shows a token. What is wrong with it comes in a
// challenge, which is answered as the mechanism has it, so that the reply follows
// (RFC 7628 section 3.2.3).
type bearer struct {
	name            string
	initial, answer []byte
	refused         bool
}

func (b *bearer) Start() (string, []byte, error) { return b.name, b.initial, nil }

func (b *bearer) Next([]byte) ([]byte, error) {
	b.refused = true
	return b.answer, nil
}

// auth goes through one SASL exchange (RFC 4954).
func (c *Conn) auth(ctx context.Context, mechanism sasl.Client) *Error {
	name, initial, err := mechanism.Start()
	if err != nil {
		return &Error{Stage: StageAuth, Err: err}
	}
	command, response := "AUTH "+name, base64.StdEncoding.EncodeToString(initial)
	switch {
	case initial == nil || len(response) > maxInitial:
	case response == "":
		command, initial = command+" =", nil
	default:
		command, initial = command+" "+response, nil
	}
	r, err := c.wire.ask(c.opts.CommandTimeout, "%s", command)
	for err == nil && r.code == 334 {
		if initial != nil { // it was too long for the command, and is asked for now
			initial = nil
		} else {
			challenge, wrong := base64.StdEncoding.DecodeString(r.text)
			next, refused := mechanism.Next(challenge)
			if wrong = errors.Join(wrong, refused); wrong != nil {
				c.wire.ask(c.opts.CommandTimeout, "*") // whatever the answer, the exchange is over
				return &Error{Stage: StageAuth, Err: wrong}
			}
			response = base64.StdEncoding.EncodeToString(next)
		}
		r, err = c.wire.ask(c.opts.CommandTimeout, "%s", response)
	}
	return judge(ctx, StageAuth, r, err, 235)
}
