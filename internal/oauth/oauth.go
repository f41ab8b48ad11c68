// Package oauth fetches access tokens, with which the mailbox and the relay sign in where
// passwords are not accepted (RFC 6749 section 6, RFC 6750). Begin reading at Source.Token.
//
// A [Source] exchanges a refresh token, which a person granted once, for access tokens. It
// keeps the present access token in memory until it expires or a server refuses it. Some
// endpoints rotate: each answer brings a new refresh token and may invalidate the previous
// one. The new one is therefore written to Options.Dir before its access token is used, and
// survives the process. It is used as long as the configured token stays the same; when a
// person grants access again and changes the configured token, that one is used at once.
//
// Several processes and sources may share a refresh token: each exchange locks the folder
// and reads the file again.
package oauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// Options configures where access tokens come from. TokenURL, ClientID and RefreshToken are
// required.
type Options struct {
	TokenURL     string
	ClientID     string
	ClientSecret func() (string, error) // nil or "" for a public client
	RefreshToken func() (string, error) // called at each exchange, so that a changed token takes effect
	Scope        string                 // separated by spaces; "" for the scope granted
	Dir          string                 // folder for a rotated refresh token; "" keeps it in memory
	Log          *slog.Logger
}

// TokenError reports that the token endpoint refuses an access token: the refresh token was
// revoked or has expired, or the client is unknown.
type TokenError struct {
	Code        string // error code of RFC 6749 section 5.2, such as "invalid_grant"
	Description string // the endpoint's text, or ""
}

func (e *TokenError) Error() string {
	s := "the token endpoint refuses the refresh token: " + e.Code
	if e.Description != "" {
		s += " (" + e.Description + ")"
	}
	return s
}

// SecretError reports a local secret that cannot be read; no server was asked.
type SecretError struct{ Err error }

func (e *SecretError) Error() string { return e.Err.Error() }
func (e *SecretError) Unwrap() error { return e.Err }

// Permanent reports whether an error of Token lasts until a person acts: it is a *TokenError
// or a *SecretError. Any other error may pass by itself.
func Permanent(err error) bool {
	var refused *TokenError
	var secret *SecretError
	return errors.As(err, &refused) || errors.As(err, &secret)
}

// requestTimeout bounds one request to the token endpoint.
const requestTimeout = 30 * time.Second

// Source provides the access token for all connections. It may be used concurrently.
type Source struct {
	opts   Options
	client *http.Client

	mu      sync.Mutex
	current *oauth2.Token
	rotated rotatedToken
}

// New checks the options; it does no I/O.
func New(o Options) (*Source, error) {
	if o.TokenURL == "" || o.ClientID == "" || o.RefreshToken == nil {
		return nil, errors.New("OAuth 2.0 needs a token endpoint, a client and a refresh token")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true // about one request an hour
	return &Source{opts: o, client: &http.Client{Transport: transport, Timeout: requestTimeout}}, nil
}

// Token returns an access token, and whether this call fetched it.
func (s *Source) Token(ctx context.Context) (token string, fresh bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.Valid() {
		return s.current.AccessToken, false, nil
	}
	fetched, err := s.fetch(ctx)
	if err != nil {
		return "", false, err
	}
	s.current = fetched
	return fetched.AccessToken, true, nil
}

// Drop drops an access token that a server refused.
func (s *Source) Drop(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil && s.current.AccessToken == token {
		s.current = nil
	}
}

// fetch exchanges the rotated refresh token, or the configured one. When the rotated one is
// refused it tries the configured one, which may have been granted again unchanged.
func (s *Source) fetch(ctx context.Context) (*oauth2.Token, error) {
	configured, err := s.opts.RefreshToken()
	if err != nil {
		return nil, &SecretError{fmt.Errorf("read the refresh token: %w", err)}
	}
	if configured == "" {
		return nil, &SecretError{errors.New("the refresh token is empty")}
	}
	secret := ""
	if s.opts.ClientSecret != nil {
		if secret, err = s.opts.ClientSecret(); err != nil {
			return nil, &SecretError{fmt.Errorf("read the client secret: %w", err)}
		}
	}
	unlock, err := lockDir(ctx, s.opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("lock the folder of the refresh token: %w", err)
	}
	defer unlock()
	key := s.fileKey(configured)
	refresh := s.rotated.load(key, s.opts.Dir, s.opts.Log)
	if refresh == "" {
		refresh = configured
	}
	token, err := s.exchange(ctx, secret, refresh)
	var refused *TokenError
	if errors.As(err, &refused) && refused.Code == "invalid_grant" && refresh != configured {
		s.opts.Log.Warn("token endpoint refuses the rotated refresh token, trying the configured one", "error", err)
		refresh = configured
		token, err = s.exchange(ctx, secret, refresh)
	}
	if err != nil {
		return nil, err
	}
	if token.RefreshToken != "" && token.RefreshToken != refresh {
		if err := s.rotated.save(key, token.RefreshToken, s.opts.Dir); err != nil {
			s.opts.Log.Error("new refresh token cannot be saved; if the program ends before it can, access may have to be granted again",
				"folder", s.opts.Dir, "error", err)
		}
	}
	return token, nil
}

// exchange sends a request to the token endpoint. Its error is a *TokenError when the
// endpoint refuses.
func (s *Source) exchange(ctx context.Context, secret, refresh string) (*oauth2.Token, error) {
	config := oauth2.Config{ClientID: s.opts.ClientID, ClientSecret: secret, Endpoint: oauth2.Endpoint{TokenURL: s.opts.TokenURL}}
	if secret == "" {
		config.Endpoint.AuthStyle = oauth2.AuthStyleInParams // a public client has no other way (RFC 6749 section 3.2.1)
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, s.client)
	var token *oauth2.Token
	var err error
	if s.opts.Scope == "" {
		token, err = config.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh}).Token()
	} else {
		// The library's TokenSource cannot request a scope.
		token, err = config.Exchange(ctx, "", oauth2.SetAuthURLParam("grant_type", "refresh_token"),
			oauth2.SetAuthURLParam("refresh_token", refresh), oauth2.SetAuthURLParam("scope", s.opts.Scope))
	}
	var answer *oauth2.RetrieveError
	switch {
	case err == nil:
		return token, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case !errors.As(err, &answer):
		return nil, fmt.Errorf("fetch an access token: %w", err)
	case answer.Response.StatusCode >= 500, answer.Response.StatusCode == http.StatusTooManyRequests, answer.ErrorCode == "temporarily_unavailable":
		return nil, fmt.Errorf("fetch an access token: the endpoint answers %s", answer.Response.Status)
	}
	refusal := &TokenError{Code: answer.ErrorCode, Description: strings.Join(strings.Fields(answer.ErrorDescription), " ")}
	if refusal.Code == "" {
		refusal.Code = answer.Response.Status
	}
	return nil, refusal
}
