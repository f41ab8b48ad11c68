package relay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// OAuth2 tells where access tokens come from (RFC 6749 section 6).
type OAuth2 struct {
	TokenURL     string
	ClientID     string
	ClientSecret func() (string, error) // nil, or "": a public client
	RefreshToken func() (string, error)
	Scope        string // blank-separated; "" for what was granted
}

// TokenError reports that the token endpoint refuses to give an access token:
// the refresh token was revoked or has expired, or the client is not known.
type TokenError struct {
	Code        string // of RFC 6749 section 5.2, as "invalid_grant"
	Description string // the endpoint's words, or ""
}

func (e *TokenError) Error() string {
	s := "the token endpoint refuses the refresh token: " + e.Code
	if e.Description != "" {
		s += " (" + e.Description + ")"
	}
	return s
}

// tokenTimeout bounds one request to the token endpoint.
const tokenTimeout = 30 * time.Second

// tokens keeps the access token that all connections use until it expires or is
// refused.
type tokens struct {
	opts   *OAuth2
	client *http.Client

	mu      sync.Mutex
	current *oauth2.Token
	// refresh is the refresh token that the endpoint gave in exchange for the
	// configured one, if it did.
	refresh string
}

func newTokens(o *OAuth2) *tokens {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true // a request an hour
	return &tokens{opts: o, client: &http.Client{Transport: transport, Timeout: tokenTimeout}}
}

// get returns an access token, and whether it was fetched just now.
func (t *tokens) get(ctx context.Context) (token string, fresh bool, _ *Error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current.Valid() {
		return t.current.AccessToken, false, nil
	}
	fetched, err := t.fetch(ctx)
	if err != nil {
		failed := tokenError(ctx, err)
		if !failed.Temporary {
			t.refresh = "" // the configured one may have been renewed meanwhile
		}
		return "", false, failed
	}
	t.current = fetched
	if fetched.RefreshToken != "" {
		t.refresh = fetched.RefreshToken
	}
	return fetched.AccessToken, true, nil
}

// drop forgets an access token that the relay refuses.
func (t *tokens) drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != nil && t.current.AccessToken == token {
		t.current = nil
	}
}

// errSecret is for what could not be read here, before anybody was asked.
type errSecret struct{ error }

func (t *tokens) fetch(ctx context.Context) (*oauth2.Token, error) {
	config := oauth2.Config{ClientID: t.opts.ClientID, Endpoint: oauth2.Endpoint{TokenURL: t.opts.TokenURL}}
	refresh := t.refresh
	var err error
	if t.opts.ClientSecret != nil {
		if config.ClientSecret, err = t.opts.ClientSecret(); err != nil {
			return nil, errSecret{fmt.Errorf("read the client's secret: %w", err)}
		}
	}
	if refresh == "" {
		if refresh, err = t.opts.RefreshToken(); err != nil {
			return nil, errSecret{fmt.Errorf("read the refresh token: %w", err)}
		}
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, t.client)
	if t.opts.Scope == "" {
		return config.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh}).Token()
	}
	// The library's source of tokens has no scope to ask for.
	return config.Exchange(ctx, "", oauth2.SetAuthURLParam("grant_type", "refresh_token"),
		oauth2.SetAuthURLParam("refresh_token", refresh), oauth2.SetAuthURLParam("scope", t.opts.Scope))
}

// tokenError tells an endpoint that says no from one that cannot say anything
// for now.
func tokenError(ctx context.Context, err error) *Error {
	var (
		secret errSecret
		said   *oauth2.RetrieveError
	)
	switch {
	case errors.As(err, &secret):
		return &Error{Stage: StageAuth, Err: secret.error}
	case !errors.As(err, &said):
		return lost(ctx, StageAuth, fmt.Errorf("fetch an access token: %w", err))
	case said.Response.StatusCode >= 500, said.Response.StatusCode == http.StatusTooManyRequests, said.ErrorCode == "temporarily_unavailable":
		return lost(ctx, StageAuth, fmt.Errorf("fetch an access token: the endpoint answers %s", said.Response.Status))
	}
	refusal := &TokenError{Code: said.ErrorCode, Description: strings.Join(strings.Fields(said.ErrorDescription), " ")}
	if refusal.Code == "" {
		refusal.Code = said.Response.Status
	}
	return &Error{Stage: StageAuth, Err: refusal}
}
