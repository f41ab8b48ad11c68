package mailbox

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-imap/v2"

	"infolettre/internal/oauth"
)

// staleToken reports that the server refused an access token from an earlier login. The
// token was dropped.
type staleToken struct{ err error }

func (e *staleToken) Error() string { return e.err.Error() }
func (e *staleToken) Unwrap() error { return e.err }

// authenticateBearer signs in with an access token. It returns a *staleToken when a fresh
// token may succeed.
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
	bearer := oauth.NewBearer(mechanism, o.URL.User.Username(), token)
	err = s.do(ctx, opLogin, func() error { return s.client.Authenticate(bearerClient{bearer, s.saslConn}) })
	switch {
	case err == nil:
		s.dropToken = func() { o.OAuth2.Drop(token) }
		return nil
	case !loginRefused(err) && !bearer.Refused:
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	o.OAuth2.Drop(token)
	if bearer.Status != "" {
		err = fmt.Errorf("%w (status %q)", err, bearer.Status)
	}
	err = fmt.Errorf("%w: %w", ErrLogin, err)
	if !fresh {
		return &staleToken{err}
	}
	return err
}

// bearerClient tells the connection when its answer is empty.
type bearerClient struct {
	*oauth.Bearer
	conn *saslConn
}

func (a bearerClient) Next(challenge []byte) ([]byte, error) {
	answer, err := a.Bearer.Next(challenge)
	if len(answer) == 0 {
		a.conn.emptyResponse.Store(true)
	}
	return answer, err
}

// isSessionExpired reports a refusal that ends an authenticated session: by its code (RFC
// 5530), or by its text from Exchange Online.
func isSessionExpired(err error) bool {
	var refused *imap.Error
	if !errors.As(err, &refused) {
		return false
	}
	if refused.Code == imap.ResponseCodeAuthenticationFailed || refused.Code == imap.ResponseCodeExpired {
		return true
	}
	text := strings.ToLower(refused.Text)
	return strings.Contains(text, "accesstokenexpired") || strings.Contains(text, "authenticated but not connected")
}

// remedy tells the operator what to do about a refused login.
func (o *Options) remedy(err error) string {
	var refused *oauth.TokenError
	switch {
	case errors.As(err, &refused) && strings.HasSuffix(refused.Code, "_client"):
		return "the token endpoint does not know the client; see client_id and client_secret"
	case errors.As(err, &refused):
		return "grant access again, and put the new refresh token in its place"
	case o.OAuth2 != nil:
		return "the server refuses a fresh access token; check the user and the scope, and grant access again"
	}
	return "check the user and the password"
}
