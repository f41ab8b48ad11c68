package programtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/localmail/debian"
)

// A mailbox that takes no password: the daemon signs in with access tokens at Dovecot, keeps
// the refresh token that it is given in place of the configured one, and when the consent
// ends the operator is told to renew it.
func TestServe_SignsInWithAccessTokens(t *testing.T) {
	t.Parallel()
	key := []byte("a key that Dovecot and the authority share")
	dovecot := debian.StartDovecot(t, debian.DovecotOptions{
		Accounts: []debian.Account{{Address: demo.NewsletterAddress, Password: "of the test alone"}}, Bearer: key,
	})
	var asked atomic.Int32
	var refuses atomic.Bool
	var consent atomic.Value
	consent.Store("granted")
	authority := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		n, want := int(asked.Add(1)), consent.Load().(string)
		if n > 1 {
			want = fmt.Sprint("rotated", n-1)
		}
		if err := r.ParseForm(); err != nil || refuses.Load() || r.PostForm.Get("refresh_token") != want || r.PostForm.Get("client_id") != "infolettre" {
			w.WriteHeader(http.StatusBadRequest)
			json.NewEncoder(w).Encode(map[string]string{"error": "invalid_grant"})
			return
		}
		json.NewEncoder(w).Encode(map[string]any{
			"access_token": debian.AccessToken(key, demo.NewsletterAddress, n, time.Now().Add(time.Hour)), "token_type": "Bearer",
			"expires_in":    11, // so that it is renewed at the next session
			"refresh_token": fmt.Sprint("rotated", n),
		})
	}))
	defer authority.Close()
	program := binary(t)
	o, err := newOffice(t.TempDir(), nil, func(text string) string {
		text = strings.Replace(text, `password = "file:password"`, "", 1)
		text = regexp.MustCompile(`(imap://.*@)127.0.0.1:\d+`).ReplaceAllString(text, "${1}"+dovecot.IMAP)
		return strings.Replace(text, "[web]\n", "[oauth2]\ntoken_url = \""+authority.URL+"\"\nclient_id = \"infolettre\"\nrefresh_token = \"file:consent\"\n[web]\n", 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer o.mail.Close()
	if err := o.write("consent", "granted\n"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(o.dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := o.infolettre(t.Context(), program, nil, "check", "--no-mail"); err != nil || !strings.Contains(out, "✓ mailbox        signed in to "+dovecot.IMAP) {
		t.Errorf("%v: %s", err, out)
	}
	for range 2 { // a second process begins with the token that the first one kept
		daemon, err := o.serve(t.Context(), program, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := daemon.log.await(t.Context(), `msg="mailbox connected"`, daemon.exited); err != nil {
			t.Fatal(err)
		}
		if err := daemon.stop(); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := filepath.Glob(filepath.Join(o.dir, "data", "refresh-token-*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("%q, %v", kept, err)
	}
	if info, err := os.Stat(kept[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}

	refuses.Store(true)
	daemon, err := o.serve(t.Context(), program, "")
	if err != nil {
		t.Fatal(err)
	}
	m, err := o.wait(t.Context(), "admin@cites.example", delivery.KindNotice, 1)
	if err != nil {
		t.Fatalf("%v\n%s", err, daemon.log)
	}
	if text := strings.Join(strings.Fields(m.Text), " "); m.Subject != "La boîte aux lettres refuse l’InfoLettre" ||
		!strings.Contains(text, "Renouvelez l’autorisation auprès de votre fournisseur et mettez le nouveau jeton à la place indiquée par « oauth2.refresh_token »") {
		t.Errorf("%s\n%s", m.Subject, m.Text)
	}
	if status, text := daemon.healthz(t); status != 503 || !strings.HasPrefix(text, "the mailbox has refused access since ") {
		t.Errorf("%d %q", status, text)
	}
	if err := daemon.stop(); err != nil {
		t.Error(err)
	}
	if out, err := o.infolettre(t.Context(), program, nil, "check", "--no-mail"); err == nil ||
		!strings.Contains(out, "issued no access token (invalid_grant); renew the authorization and store the new token where oauth2.refresh_token says") {
		t.Errorf("%v: %s", err, out)
	}

	// The consent is renewed: another token in the configuration counts at once.
	refuses.Store(false)
	asked.Store(0)
	consent.Store("granted again")
	if err := o.write("consent", "granted again\n"); err != nil {
		t.Fatal(err)
	}
	if daemon, err = o.serve(t.Context(), program, ""); err != nil {
		t.Fatal(err)
	}
	if err := daemon.log.await(t.Context(), `msg="mailbox connected"`, daemon.exited); err != nil {
		t.Error(err)
	}
	if err := daemon.stop(); err != nil {
		t.Error(err)
	}
}
