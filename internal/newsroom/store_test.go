package newsroom_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"infolettre/internal/sqlite"
)

// emptyStore is a closed store without rows. The migrations take ten times as long as a
// copy of their result.
var emptyStore = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "infolettre-empty-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := sqlite.Open(context.Background(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, sqlite.FileName))
})

// newFolder returns a data folder with an empty store, which the test removes. It is in
// memory where the system has a place for that: no test of this package asserts that
// anything survives a crash of the machine.
func newFolder(t testing.TB) string {
	t.Helper()
	store, err := emptyStore()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/dev/shm", "infolettre-test-")
	if err != nil {
		if dir, err = os.MkdirTemp("", "infolettre-test-"); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, sqlite.FileName), store, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
