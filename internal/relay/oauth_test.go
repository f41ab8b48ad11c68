package relay_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"infolettre/internal/oauth"
	"infolettre/internal/relay"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// tokenServer issues access tokens, and accepts them at its SMTP server.
type tokenServer struct {
	mechanisms []string
	width      int // of the tokens
	tokens     oauth.Options

	mu      sync.Mutex
	valid   string // the only token that is accepted
	asked   []url.Values
	answers []string // of the token endpoint, "" for a token; the last one stays
	tried   []string // mechanism and token of each attempt
	lasts   int      // how long a token lasts, in seconds
	rotates bool
}

func (o *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	form := r.PostForm
	if user, secret, ok := r.BasicAuth(); ok {
		form.Set("client_id", user)
		form.Set("client_secret", secret)
	}
	o.asked = append(o.asked, form)
	if len(o.answers) > 0 && o.answers[0] != "" {
		code, body, _ := strings.Cut(o.answers[0], " ")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(map[string]int{"400": 400, "503": 503}[code])
		io.WriteString(w, body)
		return
	}
	if len(o.answers) > 1 {
		o.answers = o.answers[1:]
	}
	o.valid = fmt.Sprintf("token%d%s", len(o.asked), strings.Repeat("x", o.width))
	answer := map[string]any{"access_token": o.valid, "token_type": "Bearer", "expires_in": o.lasts}
	if o.rotates {
		answer["refresh_token"] = fmt.Sprintf("refresh%d", len(o.asked))
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(answer)
}

func (o *tokenServer) takes(mechanism, user, token string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tried = append(o.tried, mechanism+" "+strings.TrimRight(token, "x"))
	return user == sender && token == o.valid
}

type tokenSession struct {
	smtp.Session
	office *tokenServer
}

func (s tokenSession) Logout() error            { return nil }
func (s tokenSession) AuthMechanisms() []string { return s.office.mechanisms }
func (s tokenSession) Auth(mechanism string) (sasl.Server, error) {
	if mechanism == "OAUTHBEARER" {
		return sasl.NewOAuthBearerServer(func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
			if s.office.takes(mechanism, o.Username, o.Token) {
				return nil
			}
			return &sasl.OAuthBearerError{Status: "invalid_token", Schemes: "bearer"}
		}), nil
	}
	return &xoauth2Server{office: s.office}, nil
}

// xoauth2Server is the server side of XOAUTH2, as Google describes it.
type xoauth2Server struct {
	office *tokenServer
	failed bool
}

func (x *xoauth2Server) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case x.failed && len(response) == 0:
		return nil, true, smtp.ErrAuthFailed
	case x.failed:
		return nil, true, errors.New("the challenge is not answered by an empty response")
	case response == nil:
		x.office.mu.Lock()
		x.office.tried = append(x.office.tried, "asked")
		x.office.mu.Unlock()
		return []byte{}, false, nil
	}
	user, token, _ := strings.Cut(strings.TrimPrefix(string(response), "user="), "\x01auth=Bearer ")
	token, ended := strings.CutSuffix(token, "\x01\x01")
	if ended && x.office.takes("XOAUTH2", user, token) {
		return nil, true, nil
	}
	x.failed = true
	return []byte(`{"status":"400","schemes":"Bearer"}`), false, nil
}

// open starts the server and returns the options of a client.
func (o *tokenServer) open(t *testing.T) relay.Options {
	t.Helper()
	if o.mechanisms == nil {
		o.mechanisms = []string{"PLAIN", "XOAUTH2"}
	}
	if o.lasts == 0 {
		o.lasts = 3600
	}
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return tokenSession{office: o}, nil }))
	srv.AllowInsecureAuth = true
	srv.MaxLineLength = 10000
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { srv.Serve(ln) })
	endpoint := httptest.NewServer(o)
	t.Cleanup(func() {
		srv.Close()
		serving.Wait()
		endpoint.Close()
	})
	options := options(t, "smtp", ln.Addr().String())
	options.Password = nil
	o.tokens = oauth.Options{
		TokenURL: endpoint.URL, ClientID: "infolettre",
		ClientSecret: func() (string, error) { return "secret", nil },
		RefreshToken: func() (string, error) { return "refresh0", nil },
	}
	options.OAuth2 = source(t, o.tokens)
	return options
}

// source returns a source of tokens.
func source(t *testing.T, o oauth.Options) *oauth.Source {
	t.Helper()
	s, err := oauth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func connectTwice(t *testing.T, o relay.Options) (errs [2]error) {
	t.Helper()
	r, err := relay.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range errs {
		var c *relay.Conn
		if c, errs[i] = r.Connect(t.Context()); errs[i] == nil {
			c.Close()
		}
	}
	return errs
}

func TestConnect_SignsInWithAccessToken(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		o     *tokenServer
		scope string
		tried string
		asked string // refresh tokens
	}{
		{"kept", &tokenServer{}, "", "XOAUTH2 token1, XOAUTH2 token1", "refresh0"},
		{"expired", &tokenServer{lasts: 5}, "", "XOAUTH2 token1, XOAUTH2 token2", "refresh0, refresh0"},
		{"expired, with a new refresh token", &tokenServer{lasts: 5, rotates: true}, "mail", "XOAUTH2 token1, XOAUTH2 token2", "refresh0, refresh1"},
		{"longer than a command may be", &tokenServer{width: 2000}, "", "asked, XOAUTH2 token1, asked, XOAUTH2 token1", "refresh0"},
		{"OAUTHBEARER", &tokenServer{mechanisms: []string{"OAUTHBEARER"}}, "mail", "OAUTHBEARER token1, OAUTHBEARER token1", "refresh0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := test.o.open(t)
			test.o.tokens.Scope = test.scope
			o.OAuth2 = source(t, test.o.tokens)
			for _, err := range connectTwice(t, o) {
				if err != nil {
					t.Fatal(err)
				}
			}
			if got := strings.Join(test.o.tried, ", "); got != test.tried {
				t.Errorf("tried %s, want %s", got, test.tried)
			}
			var tokens []string
			for _, form := range test.o.asked {
				tokens = append(tokens, form.Get("refresh_token"))
				if form.Get("grant_type") != "refresh_token" || form.Get("client_id") != "infolettre" || form.Get("client_secret") != "secret" || form.Get("scope") != test.scope {
					t.Errorf("asked with %v", form)
				}
			}
			if got := strings.Join(tokens, ", "); got != test.asked {
				t.Errorf("asked with %s, want %s", got, test.asked)
			}
		})
	}
}

// A token that the relay refuses is replaced once if it was not fresh.
func TestConnect_RefusedAccessTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	for _, mechanism := range []string{"XOAUTH2", "OAUTHBEARER"} {
		o := &tokenServer{mechanisms: []string{mechanism}}
		options := o.open(t)
		r, err := relay.New(options)
		if err != nil {
			t.Fatal(err)
		}
		connects := func() error {
			c, err := r.Connect(t.Context())
			if err == nil {
				c.Close()
			}
			return err
		}
		if err := connects(); err != nil {
			t.Fatal(err)
		}
		o.mu.Lock()
		o.valid = "" // revoked
		o.mu.Unlock()
		if err := connects(); err != nil {
			t.Errorf("%s: %v", mechanism, err)
		}
		options.URL.User = url.User("another@cites.example")
		e := asError(t, connects())
		code := map[string]int{"XOAUTH2": 535, "OAUTHBEARER": 454}[mechanism] // as this server answers
		if e.Stage != relay.StageAuth || e.Code != code || !e.Connection {
			t.Errorf("%s: %+v", mechanism, e)
		}
		want := []string{"token1", "token1", "token2", "token2", "token3"}
		for i := range want {
			want[i] = mechanism + " " + want[i]
		}
		if !slices.Equal(o.tried, want) {
			t.Errorf("tried %q, want %q", o.tried, want)
		}
	}
}

// A refusal by the token endpoint is permanent, an unreachable endpoint is temporary.
func TestConnect_MissingAccessTokenIsAnAuthError(t *testing.T) {
	t.Parallel()
	o := &tokenServer{answers: []string{`400 {"error":"invalid_grant","error_description":"Token has been\n revoked."}`}}
	for _, err := range connectTwice(t, o.open(t)) {
		e := asError(t, err)
		var refused *oauth.TokenError
		if e.Stage != relay.StageAuth || e.Temporary || !e.Connection || !errors.As(err, &refused) ||
			refused.Code != "invalid_grant" || refused.Description != "Token has been revoked." {
			t.Errorf("refused: %+v", e)
		}
	}
	o = &tokenServer{answers: []string{`503 <html>Service Unavailable</html>`}}
	for _, err := range connectTwice(t, o.open(t)) {
		if e := asError(t, err); e.Stage != relay.StageAuth || !e.Temporary || !e.Connection || strings.Contains(e.Error(), "<html>") {
			t.Errorf("out of order: %+v", e)
		}
	}
	o = &tokenServer{}
	options := o.open(t)
	o.tokens.TokenURL = "http://127.0.0.1:1/token"
	options.OAuth2 = source(t, o.tokens)
	for _, err := range connectTwice(t, options) {
		if e := asError(t, err); e.Stage != relay.StageAuth || !e.Temporary {
			t.Errorf("unreachable: %+v", e)
		}
	}
	options = o.open(t)
	gone := errors.New("no such file")
	o.tokens.RefreshToken = func() (string, error) { return "", gone }
	options.OAuth2 = source(t, o.tokens)
	for _, err := range connectTwice(t, options) {
		if e := asError(t, err); e.Stage != relay.StageAuth || e.Temporary || !errors.Is(err, gone) {
			t.Errorf("unreadable: %+v", e)
		}
	}
	o = &tokenServer{mechanisms: []string{"PLAIN"}}
	for _, err := range connectTwice(t, o.open(t)) {
		if e := asError(t, err); e.Stage != relay.StageAuth || e.Temporary || len(o.asked) > 0 {
			t.Errorf("not taken: %+v", e)
		}
	}
}

// PLAIN before LOGIN; a challenge that cannot be answered breaks the exchange off.
func TestConnect_PasswordMechanisms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		offers, answer, received string
		code                     int
	}{
		{"250 AUTH LOGIN PLAIN\r\n", "235 in\r\n", "EHLO AUTH QUIT", 0},
		{"250 AUTH LOGIN\r\n", "334 UGFzc3dvcmQ6\r\n", "EHLO AUTH Y29ycmVjdCBob3JzZQ== QUIT", 0},
		{"250 AUTH LOGIN\r\n", "334 V2hhdD8=\r\n", "EHLO AUTH * QUIT", -1},
		{"250 AUTH LOGIN\r\n", "334 ?\r\n", "EHLO AUTH * QUIT", -1},
		{"250 AUTH PLAIN\r\n", "454 4.7.0 not now\r\n", "EHLO AUTH QUIT", 454},
		{"250 AUTH CRAM-MD5\r\n", "", "EHLO QUIT", -1},
	} {
		addr, received := scriptedServer(t, map[string]string{
			"EHLO": "250-relay.example\r\n" + test.offers, "AUTH": test.answer, "Y29ycmVjdCBob3JzZQ==": "235 in\r\n",
		})
		r, err := relay.New(options(t, "smtp", addr))
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.Connect(t.Context())
		switch {
		case test.code == 0 && err == nil:
			c.Close()
		case test.code == 0 || err == nil:
			t.Errorf("%q, %q: %v", test.offers, test.answer, err)
		default:
			if e := asError(t, err); e.Stage != relay.StageAuth || e.Code != max(test.code, 0) || e.Temporary != (test.code == 454) {
				t.Errorf("%q, %q: %+v", test.offers, test.answer, e)
			}
		}
		if got := verbs(received()); got != test.received {
			t.Errorf("%q, %q: the relay received %q, want %q", test.offers, test.answer, got, test.received)
		}
	}
}
