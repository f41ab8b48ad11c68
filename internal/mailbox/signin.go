package mailbox

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-imap/v2"

	"infolettre/internal/oauth"
)

// staleToken reports that the server refuses an access token that was not fetched for it
// just now. It was dropped.
type staleToken struct{ err error }

func (e *staleToken) Error() string { return e.err.Error() }
func (e *staleToken) Unwrap() error { return e.err }

// authenticateBearer signs in with an access token.
func (s *session) authenticateBearer(ctx context.Context, o *Options, caps imap.CapSet) error {
	mechanism := oauth.Mechanism(func(m string) bool { return caps.Has(imap.AuthCap(m)) })
	if mechanism == "" {
		return fmt.Errorf("%w: it offers neither OAUTHBEARER nor XOAUTH2 on this connection", ErrLogin)
	}
	token, fresh, err := o.OAuth2.Token(ctx)
	switch {
	case oauth.Permanent(err):
		return fmt.Errorf("%w: %w", ErrLogin, err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	b := oauth.NewBearer(mechanism, o.URL.User.Username(), token)
	err = s.do(ctx, opLogin, func() error { return s.client.Authenticate(bearerClient{b, s.saslConn}) })
	switch {
	case err == nil:
		s.dropToken = func() { o.OAuth2.Drop(token) }
		return nil
	case !loginRefused(err) && !b.Refused:
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	o.OAuth2.Drop(token)
	if b.Status != "" {
		err = fmt.Errorf("%w (status %q)", err, b.Status)
	}
	err = fmt.Errorf("%w: %w", ErrLogin, err)
	if !fresh {
		return &staleToken{err}
	}
	return err
}

// bearerClient is an exchange over a wire on which an empty answer is an empty line.
type bearerClient struct {
	*oauth.Bearer
	wire *saslConn
}

func (a bearerClient) Next(challenge []byte) ([]byte, error) {
	answer, err := a.Bearer.Next(challenge)
	if len(answer) == 0 {
		a.wire.emptyResponse.Store(true)
	}
	return answer, err
}

// isSessionExpired tells of a refusal by which a server ends a session that was signed in: by its
// code (RFC 5530), or in the words of Exchange Online.
func isSessionExpired(err error) bool {
	var refused *imap.Error
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Code {
	case imap.ResponseCodeAuthenticationFailed, imap.ResponseCodeExpired:
		return true
	}
	text := strings.ToLower(refused.Text)
	return strings.Contains(text, "accesstokenexpired") || strings.Contains(text, "authenticated but not connected")
}

// remedy says what to do about a refused login.
func (o *Options) remedy(err error) string {
	var refused *oauth.TokenError
	switch {
	case errors.As(err, &refused) && strings.HasSuffix(refused.Code, "_client"):
		return "the token endpoint does not know the client; see client_id and client_secret"
	case errors.As(err, &refused):
		return "grant access again, and put the new refresh token in its place"
	case o.OAuth2 != nil:
		return "it does not take a fresh access token; check the user and the scope, and grant access again"
	}
	return "check the user and the password"
}
