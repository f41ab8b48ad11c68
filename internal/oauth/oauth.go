// Package oauth fetches the access tokens by which the mailbox and the relay sign in
// where no password is taken (RFC 6749 section 6, RFC 6750).
//
// A [Source] exchanges one refresh token, granted once by a person, for access tokens,
// and keeps the present one until it expires or a server refuses it. Some endpoints
// rotate: each answer brings a new refresh token, and the one before may be void from
// then on. The new one is therefore on the disk, in Options.Dir, before its access token
// is used. It counts for as long as the configured token is the one from which it came;
// a renewed consent, which changes that, is used at once.
//
// Several processes and sources may share one refresh token: the file is read again
// before each exchange, under a lock on the folder.
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

// Options tells where access tokens come from. TokenURL, ClientID and RefreshToken are
// required.
type Options struct {
	TokenURL     string
	ClientID     string
	ClientSecret func() (string, error) // nil, or "": a public client
	RefreshToken func() (string, error) // asked at each exchange, so that a renewed consent is found
	Scope        string                 // blank-separated; "" for what was granted
	Dir          string                 // where a rotated refresh token is kept; "" for the process's memory
	Log          *slog.Logger
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

// SecretError reports a secret that cannot be read here; no server was asked.
type SecretError struct{ Err error }

func (e *SecretError) Error() string { return e.Err.Error() }
func (e *SecretError) Unwrap() error { return e.Err }

// Permanent reports whether an error of Token lasts until a person does something: it is
// a *TokenError or a *SecretError. Any other may pass by itself.
func Permanent(err error) bool {
	var refused *TokenError
	var secret *SecretError
	return errors.As(err, &refused) || errors.As(err, &secret)
}

// requestTimeout bounds one request to the token endpoint.
const requestTimeout = 30 * time.Second

// Source gives the access token that all connections use. It may be used concurrently.
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
	transport.DisableKeepAlives = true // a request an hour
	return &Source{opts: o, client: &http.Client{Transport: transport, Timeout: requestTimeout}}, nil
}

// Token returns an access token, and whether it was fetched just now.
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

// Drop forgets an access token that a server refuses.
func (s *Source) Drop(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil && s.current.AccessToken == token {
		s.current = nil
	}
}

// fetch exchanges the refresh token that counts. Where a rotated one is refused, the
// configured one is tried: it may have been granted again without a change.
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
			return nil, &SecretError{fmt.Errorf("read the client's secret: %w", err)}
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
		s.opts.Log.Warn("the token endpoint refuses the refresh token that it gave; trying the configured one", "error", err)
		refresh = configured
		token, err = s.exchange(ctx, secret, refresh)
	}
	if err != nil {
		return nil, err
	}
	if token.RefreshToken != "" && token.RefreshToken != refresh {
		if err := s.rotated.save(key, token.RefreshToken, s.opts.Dir); err != nil {
			s.opts.Log.Error("the new refresh token cannot be kept: if the program ends before it can, the consent may have to be renewed",
				"folder", s.opts.Dir, "error", err)
		}
	}
	return token, nil
}

// exchange asks the token endpoint. Its error is a *TokenError where the endpoint says no.
func (s *Source) exchange(ctx context.Context, secret, refresh string) (*oauth2.Token, error) {
	config := oauth2.Config{ClientID: s.opts.ClientID, ClientSecret: secret, Endpoint: oauth2.Endpoint{TokenURL: s.opts.TokenURL}}
	if secret == "" {
		config.Endpoint.AuthStyle = oauth2.AuthStyleInParams // a public client has nothing else (RFC 6749 section 3.2.1)
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, s.client)
	var token *oauth2.Token
	var err error
	if s.opts.Scope == "" {
		token, err = config.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh}).Token()
	} else {
		// The library's source of tokens has no scope to ask for.
		token, err = config.Exchange(ctx, "", oauth2.SetAuthURLParam("grant_type", "refresh_token"),
			oauth2.SetAuthURLParam("refresh_token", refresh), oauth2.SetAuthURLParam("scope", s.opts.Scope))
	}
	var said *oauth2.RetrieveError
	switch {
	case err == nil:
		return token, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case !errors.As(err, &said):
		return nil, fmt.Errorf("fetch an access token: %w", err)
	case said.Response.StatusCode >= 500, said.Response.StatusCode == http.StatusTooManyRequests, said.ErrorCode == "temporarily_unavailable":
		return nil, fmt.Errorf("fetch an access token: the endpoint answers %s", said.Response.Status)
	}
	refusal := &TokenError{Code: said.ErrorCode, Description: strings.Join(strings.Fields(said.ErrorDescription), " ")}
	if refusal.Code == "" {
		refusal.Code = said.Response.Status
	}
	return nil, refusal
}
