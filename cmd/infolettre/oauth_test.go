package main

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"infolettre/config"
	"infolettre/internal/demo"
)

// Mailbox and relay share the tokens of the common table.
func TestTokens_SharedByMailboxAndRelay(t *testing.T) {
	text := demo.Configuration("", "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3")
	text = strings.ReplaceAll(text, `password = "file:password"`, "")
	text += "\n[oauth2]\ntoken_url = \"https://login.example/token\"\nclient_id = \"id\"\nrefresh_token = \"file:token\"\n"
	cfg, err := config.Parse(filepath.Join(t.TempDir(), "infolettre.toml"), text)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	tokens := newTokens(cfg, log)
	box, err := mailboxOptions(cfg, tokens, log)
	if err != nil {
		t.Fatal(err)
	}
	out, err := relayOptions(cfg, tokens, log)
	if err != nil || box.OAuth2 == nil || box.OAuth2 != out.OAuth2 {
		t.Errorf("%p and %p, %v", box.OAuth2, out.OAuth2, err)
	}
}
