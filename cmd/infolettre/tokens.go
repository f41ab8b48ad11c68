package main

import (
	"fmt"
	"log/slog"

	"infolettre/config"
	"infolettre/internal/oauth"
)

// tokens holds the sources of access tokens, one for each table of the configuration.
// Mailbox and relay share the source of the common table.
type tokens struct {
	cfg     *config.Config
	log     *slog.Logger
	dir     string // where rotated refresh tokens are kept
	sources map[*config.OAuth2]*oauth.Source
}

func newTokens(cfg *config.Config, log *slog.Logger) *tokens {
	return &tokens{cfg: cfg, log: log, dir: cfg.Data, sources: map[*config.OAuth2]*oauth.Source{}}
}

// source returns the source of a table; nil for no table.
func (t *tokens) source(table *config.OAuth2) (*oauth.Source, error) {
	if table == nil || t.sources[table] != nil {
		return t.sources[table], nil
	}
	secret := func(s config.Secret) func() (string, error) {
		return func() (string, error) { return t.cfg.ReadSecret(s) }
	}
	source, err := oauth.New(oauth.Options{
		TokenURL: table.TokenURL.String(), ClientID: table.ClientID, Scope: table.Scope, Dir: t.dir, Log: t.log,
		ClientSecret: secret(table.ClientSecret), RefreshToken: secret(table.RefreshToken),
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", table.Name, err)
	}
	t.sources[table] = source
	return source, nil
}

// readable returns an error if a secret of a table cannot be read.
func (t *tokens) readable(table *config.OAuth2) error {
	for key, s := range map[string]config.Secret{".client_secret": table.ClientSecret, ".refresh_token": table.RefreshToken} {
		if _, err := t.cfg.ReadSecret(s); err != nil {
			return fmt.Errorf("%s%s: %w", table.Name, key, err)
		}
	}
	return nil
}
