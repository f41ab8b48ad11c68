package mailbox_test

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"infolettre/internal/localmail"
	"infolettre/internal/localmail/debian"
	"infolettre/internal/mailbox"
	"infolettre/internal/oauth"
)

// tokenServer is an authorization server; Dovecot validates its tokens itself.
type tokenServer struct {
	t   *testing.T
	key []byte

	mu            sync.Mutex
	asked         []string // the refresh tokens that were shown
	refuse        string   // an error code to answer
	wronglySigned int      // the number of tokens to sign with a wrong key
	lasts         time.Duration
	rotates       bool
}

func (a *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r.ParseForm()
	a.asked = append(a.asked, r.PostForm.Get("refresh_token"))
	w.Header().Set("Content-Type", "application/json")
	if a.refuse != "" {
		w.WriteHeader(http.StatusBadRequest)
		json.NewEncoder(w).Encode(map[string]any{"error": a.refuse, "error_description": "Token has been expired or revoked."})
		return
	}
	key := a.key
	if a.wronglySigned > 0 {
		a.wronglySigned--
		key = []byte("another key, which Dovecot does not know")
	}
	answer := map[string]any{
		"access_token": debian.AccessToken(key, office, len(a.asked), time.Now().Add(a.lasts)),
		"token_type":   "Bearer", "expires_in": int(a.lasts.Seconds()),
	}
	if a.rotates {
		answer["refresh_token"] = fmt.Sprint("refresh", len(a.asked))
	}
	json.NewEncoder(w).Encode(answer)
}

func (a *tokenServer) set(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
}

func (a *tokenServer) shownTokens() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strings.Join(a.asked, " ")
}

// oauthOptions starts a token server and a Dovecot that accepts its tokens.
func oauthOptions(t *testing.T, a *tokenServer, mechanisms string) (mailbox.Options, *debian.Dovecot) {
	t.Helper()
	a.t, a.key = t, []byte("a key that Dovecot and the token server share")
	if a.lasts == 0 {
		a.lasts = time.Hour
	}
	d := debian.StartDovecot(t, debian.DovecotOptions{
		Accounts: []debian.Account{{Address: office, Password: password}}, Bearer: a.key, Mechanisms: mechanisms,
	})
	endpoint := httptest.NewServer(a)
	t.Cleanup(endpoint.Close)
	source, err := oauth.New(oauth.Options{
		TokenURL: endpoint.URL, ClientID: "infolettre", Dir: t.TempDir(),
		RefreshToken: func() (string, error) { return "refresh0", nil },
		Log:          slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	o := options(d.IMAP)
	o.Password, o.OAuth2 = nil, source
	return o, d
}

// Every mechanism, over every kind of connection.
func TestDovecot_AcceptsAccessTokens(t *testing.T) {
	t.Parallel()
	for _, mechanisms := range []string{"oauthbearer", "xoauth2", "oauthbearer xoauth2"} {
		t.Run(mechanisms, func(t *testing.T) {
			t.Parallel()
			a := &tokenServer{}
			o, d := oauthOptions(t, a, mechanisms)
			if err := mailbox.Check(t.Context(), o); err != nil {
				t.Error(err)
			}
			for _, scheme := range []string{"imaps", "imap"} {
				secure := o
				u := *o.URL
				u.Scheme, u.Host = scheme, map[string]string{"imaps": d.IMAPS, "imap": d.IMAP}[scheme]
				secure.URL, secure.TLSConfig = &u, &tls.Config{RootCAs: d.TLS.Roots()}
				if err := mailbox.Check(t.Context(), secure); err != nil {
					t.Errorf("%s with TLS: %v", scheme, err)
				}
			}
			if got := a.shownTokens(); got != "refresh0" {
				t.Errorf("asked with %q, want one token for all", got)
			}
			// A refused token: the exchange ends as the mechanism requires, and the error says what
			// to do, over a connection that is not cut.
			for _, scheme := range []string{"imaps", "imap", "plain"} {
				bad := o
				u := *o.URL
				if scheme != "plain" {
					u.Scheme, u.Host = scheme, map[string]string{"imaps": d.IMAPS, "imap": d.IMAP}[scheme]
					bad.TLSConfig = &tls.Config{RootCAs: d.TLS.Roots()}
				}
				bad.URL = &u
				o.OAuth2.Drop(current(t, o.OAuth2))
				before := a.shownTokens()
				a.set(func() { a.wronglySigned = 1 })
				err := mailbox.Check(t.Context(), bad)
				if !errors.Is(err, mailbox.ErrLogin) || strings.Contains(err.Error(), " BAD ") {
					t.Errorf("%s: a wrongly signed token: %v", scheme, err)
				}
				if got := strings.TrimPrefix(a.shownTokens(), before); got != " refresh0" {
					t.Errorf("%s: asked with %q, want once for a fresh token that is refused", scheme, got)
				}
			}
		})
	}
}

// current is the access token that a source gives now.
func current(t *testing.T, s *oauth.Source) string {
	t.Helper()
	token, _, err := s.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// A token is used while it is valid. An expired or revoked token is replaced, and mail goes
// on. A permanent refusal is logged with the remedy.
func TestDovecot_RefusedTokenIsReplaced(t *testing.T) {
	t.Parallel()
	a := &tokenServer{rotates: true}
	o, d := oauthOptions(t, a, "")
	log := &strings.Builder{}
	var mu sync.Mutex
	o.Log = slog.New(slog.NewTextHandler(writer(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return log.Write(p)
	}), nil))
	logged := func(what string) bool {
		mu.Lock()
		defer mu.Unlock()
		return strings.Contains(log.String(), what)
	}
	h := &recordingHandler{}
	b := run(t, o, h)
	put := func(subject string) { d.Deliver(t, office, []byte("Subject: "+subject+"\r\n\r\nBonjour\r\n")) }
	put("un")
	settle(t, b)
	d.Kick(t) // a new session, with the same token
	put("deux")
	settle(t, b)
	if got := a.shownTokens(); got != "refresh0" || b.State().Err != nil || b.State().LastScan.IsZero() {
		t.Errorf("asked with %q; %+v", got, b.State())
	}

	// The token server changes its key: its earlier tokens are refused at once, and a fresh
	// token, fetched with the rotated refresh token, is accepted.
	a.set(func() { a.lasts = 12 * time.Second }) // valid for two: the library renews ten seconds early
	a.set(func() { a.key = []byte("a new key of the token server and of Dovecot") })
	d.SetBearer(t, a.key)
	d.Kick(t)
	put("trois")
	settle(t, b)
	if got := a.shownTokens(); got != "refresh0 refresh1" {
		t.Errorf("after the token was revoked: asked with %q", got)
	}

	// The token expires during the session; the next session gets a new one.
	time.Sleep(2500 * time.Millisecond)
	d.Kick(t)
	put("quatre")
	settle(t, b)
	if got := a.shownTokens(); got != "refresh0 refresh1 refresh2" {
		t.Errorf("after the token expired: asked with %q", got)
	}

	// The consent is withdrawn.
	a.set(func() { a.refuse = "invalid_grant" })
	time.Sleep(2500 * time.Millisecond)
	d.Kick(t)
	put("cinq")
	await(t, "the refusal", func() bool { return b.State().Refused() })
	await(t, "the log", func() bool { return logged("grant access again, and put the new refresh token in its place") })
	var refused *oauth.TokenError
	if s := b.State(); !errors.As(s.Err, &refused) || refused.Code != "invalid_grant" || s.FailingSince.IsZero() || s.LastScan.IsZero() {
		t.Errorf("%+v", s)
	}
	// It is granted again, with the same token.
	a.set(func() { a.refuse = "" })
	settle(t, b)
	if got := h.handled(); !slices.Equal(got, []string{"un", "deux", "trois", "quatre", "cinq"}) || b.State().Err != nil {
		t.Errorf("handled %q, %+v", got, b.State())
	}
	// The last refresh token was tried, and the configured one.
	if got := a.shownTokens(); !strings.Contains(got, "refresh3 refresh0") {
		t.Errorf("asked with %q", got)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// After a refusal that ends the session, Run signs in again, and no failure counts against
// the mails.
func TestRun_ExpiredSessionIsRenewed(t *testing.T) {
	t.Parallel()
	for _, refusal := range []*imap.Error{
		{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeAuthenticationFailed, Text: "Session expired"},
		{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeExpired, Text: "Token expired"},
		{Type: imap.StatusResponseTypeBad, Text: "User is authenticated but not connected."},
	} {
		var left atomic.Int32
		left.Store(4)
		s := serve(t, localmail.Options{OnCommand: func(name string) error {
			if name == "FETCH" && left.Add(-1) >= 0 {
				return refusal
			}
			return nil
		}})
		put(t, s, "un", "deux")
		h := &recordingHandler{}
		b := run(t, options(s.IMAPAddr()), h)
		settle(t, b)
		if got := h.handled(); !slices.Equal(got, []string{"un", "deux"}) {
			t.Errorf("%v: handled %q", refusal, got)
		}
		wantFolder(t, s, done, "un", "deux")
		wantFolder(t, s, bad)
	}
}
