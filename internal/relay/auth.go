package relay

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/emersion/go-sasl"

	"infolettre/internal/oauth"
)

// maxInitial is the longest initial response, in base64, that fits into the AUTH command,
// which has the length limit of any command (RFC 4954 section 4).
const maxInitial = 512 - len("AUTH OAUTHBEARER \r\n")

// authenticate signs in with an access token or a password, or not at all, as the options
// say. The connection is encrypted or local: open refuses others.
func (c *Conn) authenticate(ctx context.Context, tokens *oauth.Source) *Error {
	user := c.opts.URL.User.Username()
	switch {
	case user == "":
		return nil
	case tokens != nil:
		return c.authenticateBearer(ctx, user, tokens)
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
	case c.offersMechanism(sasl.Plain):
		return c.auth(ctx, sasl.NewPlainClient("", user, password))
	case c.offersMechanism(sasl.Login):
		return c.auth(ctx, sasl.NewLoginClient(user, password))
	}
	return &Error{Stage: StageAuth, Err: errors.New("the relay offers neither AUTH PLAIN nor AUTH LOGIN on this connection")}
}

func (c *Conn) offersMechanism(mechanism string) bool {
	return slices.Contains(c.offers.auth, mechanism)
}

// authenticateBearer signs in with an access token. A refused token may have been revoked:
// it is dropped, and a fresh one is tried once.
func (c *Conn) authenticateBearer(ctx context.Context, user string, tokens *oauth.Source) *Error {
	mechanism := oauth.Mechanism(c.offersMechanism)
	if mechanism == "" {
		return &Error{Stage: StageAuth, Err: errors.New("the relay offers neither AUTH XOAUTH2 nor AUTH OAUTHBEARER on this connection")}
	}
	for again := false; ; again = true {
		token, fresh, err := tokens.Token(ctx)
		switch {
		case oauth.Permanent(err):
			return &Error{Stage: StageAuth, Err: err}
		case err != nil:
			return connectionError(ctx, StageAuth, err)
		}
		b := oauth.NewBearer(mechanism, user, token)
		e := c.auth(ctx, b)
		if e == nil || e.Code == 0 || e.Temporary && !b.Refused {
			return e
		}
		tokens.Drop(token)
		if fresh || again {
			return e
		}
	}
}

// auth performs one SASL exchange (RFC 4954).
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
	r, err := c.smtp.command(c.opts.CommandTimeout, "%s", command)
	for err == nil && r.code == 334 {
		if initial != nil { // it was too long for the command; the server asks for it now
			initial = nil
		} else {
			challenge, wrong := base64.StdEncoding.DecodeString(r.text)
			next, refused := mechanism.Next(challenge)
			if wrong = errors.Join(wrong, refused); wrong != nil {
				_, _ = c.smtp.command(c.opts.CommandTimeout, "*") // cancel; the exchange is over, whatever the reply
				return &Error{Stage: StageAuth, Err: wrong}
			}
			response = base64.StdEncoding.EncodeToString(next)
		}
		r, err = c.smtp.command(c.opts.CommandTimeout, "%s", response)
	}
	return expectReply(ctx, StageAuth, r, err, 235)
}
