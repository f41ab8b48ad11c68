package main

import (
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"infolettre/config"
	"infolettre/internal/demo"
	"infolettre/internal/schedule"
	"infolettre/internal/sqlite"
)

// A command of a newer version leaves the tables alone with which a running daemon of
// an older one works.
func TestOpenApp_RefusedBesideOlderDaemon(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "infolettre.toml")
	for name, text := range map[string]string{
		"infolettre.toml": demo.Configuration(dir, "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"),
		"password":        demo.Password, "secret": strings.Repeat("no secret at all ", 3),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	try := func() error {
		a, err := openApp(t.Context(), cfg, schedule.Real{}, log)
		if err != nil {
			return err
		}
		return a.store.Close()
	}
	if err := try(); err != nil {
		t.Fatal(err)
	}
	held, err := lock(filepath.Join(cfg.Data, lockFile))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := try(); err != nil {
		t.Errorf("beside a daemon of the same version: %v", err)
	}
	db, err := sql.Open("sqlite", filepath.Join(cfg.Data, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`); err != nil {
		t.Fatal(err)
	}
	if err := try(); err == nil || !strings.Contains(err.Error(), "from an earlier version") {
		t.Errorf("beside a daemon of an earlier version: %v", err)
	}
}
