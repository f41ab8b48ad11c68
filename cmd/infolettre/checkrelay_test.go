package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"infolettre/config"
	"infolettre/internal/demo"
	"infolettre/internal/localmail"
	"infolettre/internal/oauth"
	"infolettre/internal/relay"
)

// checkedRelay is what the check says of a relay with these faults, and whether
// mail can be sent.
func checkedRelay(t *testing.T, faults localmail.Options, change ...string) (said string, good bool) {
	t.Helper()
	faults.Secret = demo.Password
	host, err := localmail.Start(t.Context(), faults)
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "password"), []byte(demo.Password), 0o600); err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]any{"rsa.pem": rsaKey, "ed.pem": edKey} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := demo.Configuration(dir, host.IMAPAddr(), host.SMTPAddr(), "127.0.0.1:8080")
	cfg, err := config.Parse(filepath.Join(dir, "infolettre.toml"), strings.NewReplacer(change...).Replace(text))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := &checker{w: &out}
	good = checkRelay(t.Context(), c, cfg, newTokens(cfg, slog.New(slog.DiscardHandler)), slog.New(slog.DiscardHandler))
	if good != (c.failed == 0) {
		t.Errorf("good is %v, and %d parts failed", good, c.failed)
	}
	if n := len(host.Mails()); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
	return out.String(), good
}

// relayRefuses is a relay that answers so where the return path is like this, at MAIL or at RCPT.
func relayRefuses(code int, atRcpt bool, path func(string) bool) (o localmail.Options) {
	refuse := func(from string) error {
		if path(from) {
			return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 7, 1}, Message: "Not today"}
		}
		return nil
	}
	if atRcpt {
		o.OnRcpt = func(from, _ string) error { return refuse(from) }
	} else {
		o.OnMail = refuse
	}
	return o
}

func TestCheckRelay_ReportsReplies(t *testing.T) {
	isKeyed := func(from string) bool { return strings.Contains(from, "+") }
	isNull := func(from string) bool { return from == "" }
	all := func(string) bool { return true }
	plain := []string{`# envelope = "verp" `, `envelope = "plain" `}
	for name, c := range map[string]struct {
		faults localmail.Options
		change []string
		good   bool
		says   []string // regular expressions
	}{
		"all is well": {localmail.Options{}, nil, true, []string{
			`✓ relay +127.0.0.1:\d+ accepts mail from delegationexecutive@citedesmetiers.example \(127.0.0.1:\d+ from 127.0.0.1:\d+, not encrypted\)`,
			`✓ relay offers +PIPELINING, 8BITMIME, SMTPUTF8, DSN, SIZE \(67.11 MB at most\)`,
			`✓ return paths +one for each mail, none for answers`,
			`! signatures +mails are not signed`,
		}},
		"two keys": {localmail.Options{}, []string{"[web]\n", "[relay.dkim]\ndomain = \"citedesmetiers.example\"\nselector = \"r\"\nkey = \"file:rsa.pem\"\n" +
			"[relay.dkim.also]\nselector = \"e\"\nkey = \"file:ed.pem\"\n[web]\n"}, true, []string{
			`✓ signatures +DKIM by rsa-sha256 as r._domainkey.citedesmetiers.example, and by ed25519-sha256 as e._domainkey.citedesmetiers.example`,
		}},
		"another's key": {localmail.Options{}, []string{"[web]\n", "[relay.dkim]\ndomain = \"cites.example\"\nselector = \"r\"\nkey = \"file:rsa.pem\"\n[web]\n"}, true, []string{
			`! signatures +DKIM by rsa-sha256 as r._domainkey.cites.example, which is not the domain of newsletter.address`,
		}},
		"a key that is none": {localmail.Options{}, []string{"[web]\n", "[relay.dkim]\ndomain = \"cites.example\"\nselector = \"r\"\nkey = \"file:rsa.pem\"\n" +
			"[relay.dkim.also]\nselector = \"e\"\nkey = \"file:password\"\n[web]\n"}, false, []string{
			`✗ relay +relay.dkim.also.key: the file holds no PEM block`,
		}},
		"keyed refused":        {relayRefuses(553, false, isKeyed), nil, false, []string{`✓ relay `, `✗ return paths +.* refuses return paths like delegationexecutive\+…@citedesmetiers.example \(553 5.7.1 Not today\); set relay.envelope = "plain"`}},
		"keyed refused late":   {relayRefuses(553, true, isKeyed), nil, false, []string{`✗ return paths .*set relay.envelope = "plain"`}},
		"keyed not for now":    {relayRefuses(451, true, isKeyed), nil, true, []string{`! return paths .*temporarily refuses return paths like .* \(451 4.7.1 Not today\); if that persists, set relay.envelope = "plain"`}},
		"keyed refused, plain": {relayRefuses(553, false, isKeyed), plain, true, []string{`✓ return paths +the newsletter's address`}},
		"keyed taken, plain":   {localmail.Options{}, plain, true, []string{`! return paths .*with relay.envelope = "verp"`, `✓ return paths `}},
		"null refused":         {relayRefuses(550, false, isNull), nil, true, []string{`! return paths .*refuses mail without a return path \(550 5.7.1 Not today\); answers .* use the newsletter's address`}},
		"null not for now":     {relayRefuses(450, false, isNull), nil, true, []string{`! return paths .*temporarily refuses mail without a return path \(450`}},
		"all refused":          {relayRefuses(550, false, all), nil, false, []string{`✗ relay .*refuses mail from delegationexecutive@citedesmetiers.example \(550 5.7.1 Not today\); see newsletter.address`, `✓ relay offers `}},
		"nobody reached":       {relayRefuses(550, true, all), nil, false, []string{`✗ relay .*refuses mail to admin@cites.example from .*; see newsletter.operator and newsletter.address`}},
		"not for now":          {relayRefuses(450, true, all), nil, false, []string{`✗ relay .*temporarily refuses mail to admin@cites.example from .* \(450 4.7.1 Not today\); try again later`}},
		"leaving":              {relayRefuses(421, false, all), nil, false, []string{`✗ relay .*accepts no mail: .*421`}},
	} {
		t.Run(name, func(t *testing.T) {
			said, good := checkedRelay(t, c.faults, c.change...)
			if good != c.good {
				t.Errorf("good is %v", good)
			}
			for _, pattern := range c.says {
				if !regexp.MustCompile(`(?m)^` + pattern).MatchString(said) {
					t.Errorf("it does not say %s:\n%s", pattern, said)
				}
			}
		})
	}
}

func TestRelaySentence_ExplainsFailures(t *testing.T) {
	cfg := &config.Config{}
	cfg.Relay.URL.URL = mustURL(t, "smtp://lettre@relay.example:587")
	tokens := &config.Config{Relay: cfg.Relay}
	tokens.Relay.OAuth2 = &config.OAuth2{Name: "relay.oauth2", TokenURL: config.URL{URL: mustURL(t, "https://login.example/token")}}
	for _, c := range []struct {
		cfg  *config.Config
		err  relay.Error
		says string
	}{
		{cfg, relay.Error{Stage: relay.StageDial, Err: io.EOF}, "no SMTP server answers at relay.example:587; see relay.url"},
		{cfg, relay.Error{Stage: relay.StageTLS, Err: io.EOF}, "the connection to relay.example:587 cannot be secured"},
		{cfg, relay.Error{Stage: relay.StageAuth, Code: 535}, `relay.example:587 refuses the user "lettre" with this password; see relay.url and relay.password`},
		{cfg, relay.Error{Stage: relay.StageAuth, Code: 454, Text: "busy", Temporary: true}, "relay.example:587 cannot sign anybody in at the moment (454 busy); try again later"},
		{cfg, relay.Error{Stage: relay.StageAuth, Err: errors.New("the relay offers neither")}, "cannot sign in to relay.example:587: the relay offers neither"},
		{tokens, relay.Error{Stage: relay.StageAuth, Err: &oauth.TokenError{Code: "invalid_grant", Description: "revoked"}},
			"login.example issued no access token (invalid_grant revoked); renew the authorization and store the new token where relay.oauth2.refresh_token says"},
		{tokens, relay.Error{Stage: relay.StageAuth, Err: &oauth.TokenError{Code: "invalid_client"}},
			"login.example does not know the newsletter as a client (invalid_client); see relay.oauth2.client_id and client_secret"},
		{cfg, relay.Error{Stage: relay.StageHello, Code: 554, Text: "go away"}, "relay.example:587 rejects connections from this machine (554 go away); ask the relay's operator"},
		{tokens, relay.Error{Stage: relay.StageAuth, Err: io.EOF, Temporary: true}, "could not obtain an access token; see relay.oauth2.token_url, or try again later"},
		{tokens, relay.Error{Stage: relay.StageAuth, Code: 535, Enhanced: "5.7.8", Text: "no"},
			`relay.example:587 refuses the user "lettre" with a fresh access token (535 5.7.8 no); see relay.url and relay.oauth2`},
	} {
		if got := relaySentence(&c.err, c.cfg).Error(); !strings.HasPrefix(got, c.says) {
			t.Errorf("%+v: %q, want %q", c.err, got, c.says)
		}
	}
}
