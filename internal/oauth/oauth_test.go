package oauth_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"infolettre/internal/oauth"
)

// rotatingEndpoint rotates refresh tokens, and accepts each once.
type rotatingEndpoint struct {
	mu    sync.Mutex
	valid string
	n     int
	asked []string
}

func (e *rotatingEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r.ParseForm()
	shown := r.PostForm.Get("refresh_token")
	e.asked = append(e.asked, shown)
	w.Header().Set("Content-Type", "application/json")
	if shown != e.valid {
		w.WriteHeader(http.StatusBadRequest)
		json.NewEncoder(w).Encode(map[string]string{"error": "invalid_grant"})
		return
	}
	e.n++
	e.valid = fmt.Sprint("rotated", e.n)
	json.NewEncoder(w).Encode(map[string]any{
		"access_token": fmt.Sprint("access", e.n), "token_type": "Bearer", "expires_in": 1, "refresh_token": e.valid,
	})
}

func (e *rotatingEndpoint) takeAsked() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := strings.Join(e.asked, " ")
	e.asked = nil
	return all
}

func newEndpoint(t *testing.T, valid string) (*rotatingEndpoint, func(dir, configured string) *oauth.Source) {
	t.Helper()
	e := &rotatingEndpoint{valid: valid}
	s := httptest.NewServer(e)
	t.Cleanup(s.Close)
	return e, func(dir, configured string) *oauth.Source {
		source, err := oauth.New(oauth.Options{
			TokenURL: s.URL, ClientID: "infolettre", Dir: dir,
			RefreshToken: func() (string, error) { return configured, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		return source
	}
}

func wantToken(t *testing.T, s *oauth.Source, token string) {
	t.Helper()
	if got, _, err := s.Token(t.Context()); got != token || err != nil {
		t.Fatalf("%q, %v, want %q", got, err, token)
	}
}

func TestToken_SavesRotatedRefreshToken(t *testing.T) {
	e, source := newEndpoint(t, "first")
	dir := t.TempDir()
	wantToken(t, source(dir, "first"), "access1")
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if hidden, _ := filepath.Glob(filepath.Join(dir, ".*")); len(hidden) != 0 {
		t.Errorf("%q is left", hidden)
	}
	text, err := os.ReadFile(files[0])
	if err != nil || string(text) != "rotated1\n" {
		t.Errorf("%q, %v", text, err)
	}

	// The next process starts with it, and so does another source in parallel.
	next, beside := source(dir, "first"), source(dir, "first")
	wantToken(t, next, "access2")
	wantToken(t, beside, "access3")
	wantToken(t, next, "access4")
	if got := e.takeAsked(); got != "first rotated1 rotated2 rotated3" {
		t.Errorf("shown: %s", got)
	}

	// A changed token in the configuration is used at once.
	e.valid = "second"
	wantToken(t, source(dir, "second"), "access5")
	if got := e.takeAsked(); got != "second" {
		t.Errorf("shown: %s", got)
	}
	// So is the same token when the saved one is refused.
	e.valid = "second"
	wantToken(t, source(dir, "second"), "access6")
	if got := e.takeAsked(); got != "rotated5 second" {
		t.Errorf("shown: %s", got)
	}
	e.valid = "none of these"
	var refused *oauth.TokenError
	if _, _, err := source(dir, "second").Token(t.Context()); !errors.As(err, &refused) || !oauth.Permanent(err) || refused.Code != "invalid_grant" {
		t.Errorf("%v", err)
	}
}

// Each refresh token is sent once, whatever the number of sources.
func TestToken_ConcurrentSourcesUseEachTokenOnce(t *testing.T) {
	e, source := newEndpoint(t, "first")
	dir := t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s := source(dir, "first")
			for range 3 {
				if _, _, err := s.Token(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	shown := strings.Fields(e.takeAsked())
	slices.Sort(shown)
	if len(shown) != 24 || len(slices.Compact(shown)) != 24 {
		t.Errorf("shown: %q", shown)
	}
}

// While the file cannot be written the process uses the token in memory, and writes it when
// it can.
func TestToken_UnwritableFolderKeepsTokenInMemory(t *testing.T) {
	_, source := newEndpoint(t, "first")
	dir := t.TempDir()
	s := source(dir, "first")
	wantToken(t, s, "access1")
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	// A folder in the place of the file: not even root writes there.
	if err := errors.Join(os.Remove(files[0]), os.MkdirAll(filepath.Join(files[0], "x"), 0o700)); err != nil {
		t.Fatal(err)
	}
	wantToken(t, s, "access2")
	wantToken(t, s, "access3")
	if err := os.RemoveAll(files[0]); err != nil {
		t.Fatal(err)
	}
	wantToken(t, s, "access4")
	wantToken(t, source(dir, "first"), "access5")
	if _, _, err := source(filepath.Join(dir, "nowhere"), "first").Token(t.Context()); err == nil || oauth.Permanent(err) {
		t.Errorf("no folder: %v", err)
	}
}

func TestBearer_SpeaksBothMechanisms(t *testing.T) {
	for offered, want := range map[string]string{
		"PLAIN XOAUTH2 OAUTHBEARER": "OAUTHBEARER", "XOAUTH2": "XOAUTH2", "PLAIN": "", "OAUTHBEARER": "OAUTHBEARER",
	} {
		got := oauth.Mechanism(func(m string) bool { return slices.Contains(strings.Fields(offered), m) })
		if got != want {
			t.Errorf("%s: %q", offered, got)
		}
	}
	// See https://developers.google.com/workspace/gmail/imap/xoauth2-protocol and RFC 7628
	// section 4.
	b := oauth.NewBearer("XOAUTH2", "office@cites.example", "ya29")
	name, initial, _ := b.Start()
	answer, err := b.Next([]byte(`{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}`))
	if name != "XOAUTH2" || string(initial) != "user=office@cites.example\x01auth=Bearer ya29\x01\x01" || len(answer) != 0 || err != nil || b.Status != "400" || !b.Refused {
		t.Errorf("%s %q, %q, %+v", name, initial, answer, b)
	}
	b = oauth.NewBearer("OAUTHBEARER", "office@cites.example", "ya29")
	name, initial, _ = b.Start()
	answer, err = b.Next([]byte(`{"status":"invalid_token"}`))
	if name != "OAUTHBEARER" || string(initial) != "n,a=office@cites.example,\x01auth=Bearer ya29\x01\x01" || string(answer) != "\x01" || err != nil {
		t.Errorf("%s %q, %q", name, initial, answer)
	}
}
