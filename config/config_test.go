package config

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParse_ExampleIsValid(t *testing.T) {
	c, err := Parse("infolettre.toml", Example)
	if err != nil {
		t.Fatal(err)
	}
	if c.Location.String() != "Europe/Paris" || len(c.Editors) != 2 || len(c.Sections) != 6 {
		t.Errorf("read %+v", c)
	}
	if got := time.Duration(c.Schedule.Grace); got != 7*24*time.Hour {
		t.Errorf("grace of %s", got)
	}
	if c.Relay.PerDomain["*"] != 20 {
		t.Errorf("per_domain %v", c.Relay.PerDomain)
	}
}

// Each case breaks one line of the example; the error must name its key and
// that very line.
func TestParse_ErrorsNameKeyAndLine(t *testing.T) {
	cases := []struct{ old, new, key, says string }{
		{`timezone  = "Europe/Paris"`, `timezone  = "Europe/Parris"`, "newsletter.timezone", "Parris"},
		{`grace  = "7d"`, `grace  = "soon"`, "schedule.grace", "soon"},
		{`close  = "0 18 10 2,4,6,8,10,12 *"`, `close  = "0 18 10 *"`, "schedule.close", "cron"},
		{`proof  = "0 9 12 2,4,6,8,10,12 *"`, `proof  = "CRON_TZ=Europe/Paris"`, "schedule.proof", "timezone"},
		{`send   = "0 9 16 2,4,6,8,10,12 *"`, `send   = "0 9 31 2 *"`, "schedule.send", "never due"},
		{`secret    = "file:secret"`, `secret    = "hunter2hunter2"`, "newsletter.secret", "env:NAME or file:PATH"},
		{`password = "env:MAILBOX_PASSWORD"`, `passwort = "env:X"`, "mailbox.passwort", "unknown key"},
		{`url      = "imaps://infolettre@imap.cites.example:993/INBOX"`, `url = "imaps://me:word@imap.cites.example"`, "mailbox.url", "password"},
		{`url      = "smtp://infolettre@relay.cites.example:587"`, `url = "http://relay.cites.example"`, "relay.url", "smtps"},
		{`operator  = "admin@cites.example"`, `operator  = "admin"`, "newsletter.operator", "no address"},
		{`email    = "marco.bellini@reseau.example"`, `email    = "Elise.Marchand@reseau.example"`, "editors.1.email", "twice"},
		{`external = ["membres", "partenaires"]`, `external = ["membres", "presse"]`, "reminders.external", "presse"},
		{`# internal = ["membres"]`, `internal = ["membres", "presse"]`, "infolettre.internal", "presse"},
		{`# internal = ["membres"]`, `internal = []`, "infolettre.internal", "leave it out"},
		{`quorum        = 1 `, `quorum        = 3 `, "editorial.quorum", "cannot be reached"},
		{`address   = "infolettre@cites.example" `, `address   = "delegation-executive-internationale@cites.example" `, "newsletter.address", "plus addressing"},
		{`at       = "08:00"`, `at       = "8 o'clock"`, "reminders.at", "time of day"},
		{`before   = ["7d", "1d"]`, `before   = ["7d", "one"]`, "reminders.before", "one"},
		{`# rate = "50/s"`, `rate = "none"`, "relay.rate", "rate"},
		{`per_domain = { "*" = "20/s" }`, `per_domain = { "*" = "fast" }`, "relay.per_domain", "rate"},
		{`soft = 3 `, `soft = 0 `, "bounces.soft", "between 1 and 100"},
		{`over = "14d"`, `over = "14"`, "bounces.over", "time span"},
		{`soft = 3 `, `hard = 3 `, "bounces.hard", "unknown key"},
		{`# verify = "dkim" `, `verify = "spf" `, "mailbox.verify", "neither"},
		{`# no_auth = "challenge" `, `no_auth = "nothing" `, "mailbox.no_auth", "neither"},
		{`base_url  = "https://`, `base_url  = "http://`, "newsletter.base_url", "https"},
	}
	for _, c := range cases {
		if strings.Count(Example, c.old) != 1 {
			t.Fatalf("the example has %q %d times", c.old, strings.Count(Example, c.old))
		}
		text := strings.Replace(Example, c.old, c.new, 1)
		_, err := Parse("infolettre.toml", text)
		var key *KeyError
		if !errors.As(err, &key) {
			t.Errorf("%s: no KeyError: %v", c.key, err)
			continue
		}
		want := strings.Count(Example[:strings.Index(Example, c.old)], "\n") + 1
		if key.Key != c.key || key.Line != want || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s on line %d: got %q", c.key, want, err)
		}
	}
}

// Keys added to the example, after the first line of a table.
func TestParse_RelayTables(t *testing.T) {
	const (
		oauth = "[relay.oauth2]\ntoken_url = \"https://login.example/token\"\nclient_id = \"id\"\nrefresh_token = \"file:token\"\n"
		dkim  = "[relay.dkim]\ndomain = \"cites.example\"\nselector = \"a\"\nkey = \"file:a.pem\"\n"
		also  = dkim + "[relay.dkim.also]\nselector = \"b\"\nkey = \"file:b.pem\"\n"
	)
	password := `password = "env:RELAY_PASSWORD"`
	for _, c := range []struct{ tables, old, new, key, says string }{
		{dkim, "", "", "", ""},
		{also, "", "", "", ""},
		{also, `selector = "b"`, `selector = "A"`, "relay.dkim.also.selector", "selector of its own"},
		{also, `key = "file:b.pem"`, `key = "b.pem"`, "relay.dkim.also.key", "env:NAME or file:PATH"},
		{also, "selector = \"b\"\n", "", "relay.dkim.also.selector", "missing"},
		{oauth, password, "", "", ""},
		{oauth, "", "", "relay.password", "together with [relay.oauth2]"},
		{oauth, `token_url = "https`, `token_url = "http`, "relay.oauth2.token_url", "https"},
		{oauth, `token_url = "https://login.example/token"`, "", "relay.oauth2.token_url", "missing"},
		{oauth, `client_id = "id"`, "", "relay.oauth2.client_id", "missing"},
		{oauth, `refresh_token = "file:token"`, "", "relay.oauth2.refresh_token", "missing"},
		{oauth, `client_id = "id"`, "client_id = \"id\"\nclient_secret = \"hunter2\"", "relay.oauth2.client_secret", "env:NAME or file:PATH"},
		{oauth, "smtp://infolettre@", "smtp://", "relay.url", "has no user"},
	} {
		text := strings.Replace(Example, "[web]\n", c.tables+"[web]\n", 1)
		if c.old != "" && !strings.Contains(text, c.old) {
			t.Fatalf("there is no %q", c.old)
		}
		text = strings.Replace(text, c.old, c.new, 1)
		_, err := Parse("infolettre.toml", text)
		switch {
		case c.key == "" && err != nil:
			t.Errorf("%s: %v", c.tables, err)
		case c.key != "" && (err == nil || !strings.Contains(err.Error(), c.key+": ") || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s, %q for %q: %v", c.key, c.new, c.old, err)
		}
	}
}

// The DNS is asked for the keys of signatures unless the mailbox is on this machine, or
// the file says otherwise.
func TestVerifiesDKIM_ByHostAndKey(t *testing.T) {
	for _, c := range []struct {
		host, verify string
		want         bool
	}{
		{"imap.cites.example:993", "", true}, {"imap.cites.example:993", "dkim", true}, {"imap.cites.example:993", "none", false},
		{"127.0.0.1:143", "", false}, {"[::1]:143", "", false}, {"localhost:143", "", false}, {"127.0.0.1:143", "dkim", true}, {"localhost:143", "none", false},
	} {
		m := Mailbox{Verify: c.verify}
		if err := m.URL.UnmarshalText([]byte("imaps://me@" + c.host + "/INBOX")); err != nil {
			t.Fatal(err)
		}
		if got := m.VerifiesDKIM(); got != c.want {
			t.Errorf("%s, verify = %q: %t", c.host, c.verify, got)
		}
	}
	if (Mailbox{}).VerifiesDKIM() {
		t.Error("without a mailbox")
	}
}

func TestParse_SyntaxErrorNamesTheLine(t *testing.T) {
	_, err := Parse("infolettre.toml", "data = \"data\"\n[newsletter\n")
	if err == nil || !strings.Contains(err.Error(), "infolettre.toml:2") {
		t.Errorf("%v", err)
	}
}

func TestParse_EmptyFileListsMissingKeys(t *testing.T) {
	_, err := Parse("infolettre.toml", "")
	for _, key := range []string{"newsletter.address", "mailbox.url", "relay.url", "schedule.close", "editors", "infolettre.segments"} {
		if err == nil || !strings.Contains(err.Error(), key+": ") {
			t.Errorf("%s is not named in %v", key, err)
		}
	}
}

func TestDefaultSections_TitledInEachLanguage(t *testing.T) {
	for _, s := range DefaultSections() {
		for _, lang := range []string{"fr", "en"} {
			if s.Title[lang] == "" {
				t.Errorf("section %s has no title in %s", s.Key, lang)
			}
		}
	}
}

// Each of the mailbox and the relay has a password or a table; the common one serves who has
// neither.
func TestParse_OAuth2Tables(t *testing.T) {
	const keys = "token_url = \"https://login.example/token\"\nclient_id = \"id\"\nrefresh_token = \"file:token\"\n"
	mailboxPassword, relayPassword := `password = "env:MAILBOX_PASSWORD"`, `password = "env:RELAY_PASSWORD"`
	for _, c := range []struct {
		tables, without string
		mailbox, relay  string // the tables that serve
		key, says       string
	}{
		{"", "", "", "", "", ""},
		{"", "mailbox", "", "", "mailbox.password", "missing"},
		{"[oauth2]\n" + keys, "both", "oauth2", "oauth2", "", ""},
		{"[oauth2]\n" + keys, "mailbox", "oauth2", "", "", ""},
		{"[oauth2]\n" + keys, "relay", "", "oauth2", "", ""},
		{"[oauth2]\n" + keys, "", "", "", "oauth2", "serves neither"},
		{"[oauth2]\nclient_id = \"id\"\nrefresh_token = \"file:token\"\n", "both", "", "", "oauth2.token_url", "missing"},
		{"[mailbox.oauth2]\n" + keys, "mailbox", "mailbox.oauth2", "", "", ""},
		{"[mailbox.oauth2]\n" + keys, "", "", "", "mailbox.password", "together with [mailbox.oauth2]"},
		{"[mailbox.oauth2]\nuser = \"x\"\n" + keys, "mailbox", "", "", "mailbox.oauth2.user", "unknown key"},
		{"[mailbox.oauth2]\n" + keys + "client_secret = \"hunter2\"\n", "mailbox", "", "", "mailbox.oauth2.client_secret", "env:NAME or file:PATH"},
		{"[mailbox.oauth2]\n" + keys + "[relay.oauth2]\n" + keys, "both", "mailbox.oauth2", "relay.oauth2", "", ""},
		{"[oauth2]\n" + keys + "[relay.oauth2]\n" + keys, "both", "oauth2", "relay.oauth2", "", ""},
	} {
		text := strings.Replace(Example, "[web]\n", c.tables+"[web]\n", 1)
		if c.without == "mailbox" || c.without == "both" {
			text = strings.Replace(text, mailboxPassword, "", 1)
		}
		if c.without == "relay" || c.without == "both" {
			text = strings.Replace(text, relayPassword, "", 1)
		}
		cfg, err := Parse("infolettre.toml", text)
		if c.key != "" {
			if err == nil || !strings.Contains(err.Error(), c.key+": ") || !strings.Contains(err.Error(), c.says) || strings.Count(err.Error(), "\n") > 0 {
				t.Errorf("%s without %q: %v, want %s: %s", c.tables, c.without, err, c.key, c.says)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s without %q: %v", c.tables, c.without, err)
			continue
		}
		name := func(o *OAuth2) string {
			if o == nil {
				return ""
			}
			return o.Name
		}
		if m, r := name(cfg.Mailbox.OAuth2), name(cfg.Relay.OAuth2); m != c.mailbox || r != c.relay {
			t.Errorf("%s without %q: %q and %q serve", c.tables, c.without, m, r)
		}
	}
}
