package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"infolettre/internal/delivery"
	"infolettre/internal/newsroom"
)

// A copy is complete and private, and has a hold: it sends nothing, even if it is put in
// place by hand.
func TestBackup_RestoredCopyIsWholeAndHeld(t *testing.T) {
	s := begun(t)
	people(t, s, []string{"m"}, []string{"m"})
	freezeAll(t, s, 1, delivery.KindIssue)
	claim(t, s, noon, 1)
	to := t.TempDir()
	file := filepath.Join(to, "copy of it.db")
	size, err := s.Backup(t.Context(), file, noon)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Size() != size || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %d, %v", info, size, err)
	}
	if _, err := s.Backup(t.Context(), file, noon); !errors.Is(err, ErrExists) {
		t.Errorf("over another: %v", err)
	}
	if left, err := os.ReadDir(to); err != nil || len(left) != 1 {
		t.Errorf("beside it lie %v, %v", left, err)
	}
	log := slog.New(slog.DiscardHandler)
	hold := func(s *Store) error {
		return s.Write(t.Context(), func(newsroom.View) (newsroom.Effects, error) {
			return newsroom.Effects{newsroom.HoldAll{At: noon}}, nil
		})
	}

	t.Run("restored", func(t *testing.T) {
		dir := t.TempDir()
		if err := Restore(t.Context(), file, dir, log, hold); err != nil {
			t.Fatal(err)
		}
		if err := Restore(t.Context(), file, dir, log, hold); !errors.Is(err, ErrExists) {
			t.Errorf("over another: %v", err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("the folder holds %v, %v", left, err)
		}
		r, err := Open(t.Context(), dir, log)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got := recovered(t, r); got != (Recovered{}) {
			t.Errorf("recovered %+v", got)
		}
		if m := progress(t, r, noon); m.State != delivery.MailingPaused || m.Count[delivery.Queued] != 2 {
			t.Errorf("%+v", m)
		}
	})
	t.Run("by hand", func(t *testing.T) {
		dir := t.TempDir()
		raw, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, FileName), raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		r, err := Open(t.Context(), dir, log)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got := recovered(t, r); got != (Recovered{MaybeSent: 1}) {
			t.Errorf("recovered %+v", got)
		}
		if got := claim(t, r, noon, 9); len(got) > 0 {
			t.Errorf("claimed %v", got)
		}
		if m := progress(t, r, noon); m.State != delivery.MailingPaused {
			t.Errorf("%+v", m)
		}
	})
	t.Run("by hand, and released before anything ran", func(t *testing.T) {
		dir := t.TempDir()
		if err := copyStore(t.Context(), file, filepath.Join(dir, FileName)); err != nil {
			t.Fatal(err)
		}
		r, err := Open(t.Context(), dir, log)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if err := r.Write(t.Context(), func(v newsroom.View) (newsroom.Effects, error) {
			return new(newsroom.Service).ReleaseHold(v, noon)
		}); err != nil {
			t.Fatal(err)
		}
		recovered(t, r)
		if got := claim(t, r, noon, 9); len(got) > 0 {
			t.Errorf("claimed %v", got)
		}
		if m := progress(t, r, noon); m.State != delivery.MailingPaused || m.Count[delivery.Queued] != 2 {
			t.Errorf("%+v", m)
		}
	})
	t.Run("without a hold", func(t *testing.T) { // as copied by other means
		for _, stop := range []bool{false, true} {
			from, dir := s.dir, t.TempDir()
			if stop { // a closed store has no side files
				from = t.TempDir()
				closed, err := Open(t.Context(), from, log)
				if err == nil {
					err = closed.Close()
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := Restore(t.Context(), filepath.Join(from, FileName), dir, log, hold); err != nil {
				t.Fatal(err)
			}
			r, err := Open(t.Context(), dir, log)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Read(t.Context(), func(v newsroom.View) error {
				h, held, err := v.Hold()
				if !held || h.CopiedAt.After(noon) || h.RestoredAt.IsZero() {
					t.Errorf("hold %+v, %v", h, held)
				}
				return err
			}); err != nil {
				t.Error(err)
			}
			r.Close()
		}
	})
	t.Run("unusable", func(t *testing.T) {
		spoil := func(name string, change func(path string)) string {
			raw, err := os.ReadFile(file)
			path := filepath.Join(t.TempDir(), name)
			if err == nil {
				err = os.WriteFile(path, raw, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			change(path)
			return path
		}
		newer := spoil("newer", func(path string) {
			if err := exec1(path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (900, 1)`); err != nil {
				t.Fatal(err)
			}
		})
		damaged := spoil("damaged", func(path string) {
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err == nil {
				_, err = f.WriteAt(slices.Repeat([]byte{0xff}, 4096), size-8192)
			}
			if err = errors.Join(err, f.Close()); err != nil {
				t.Fatal(err)
			}
		})
		short := func(to int64) string {
			return spoil(fmt.Sprint("cut to ", to), func(path string) {
				if err := os.Truncate(path, to); err != nil {
					t.Fatal(err)
				}
			})
		}
		text := filepath.Join(t.TempDir(), "text")
		if err := os.WriteFile(text, []byte("no store at all, of some length"), 0o600); err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]error{short(size - 1): ErrDamaged, short(size - 4096): ErrDamaged, short(size / 8192 * 4096): ErrDamaged, newer: ErrNewer, damaged: ErrDamaged, text: ErrNotStore, t.TempDir(): ErrNotStore,
			filepath.Join(to, "nothing"): os.ErrNotExist} {
			dir := t.TempDir()
			if err := Restore(t.Context(), path, dir, log, hold); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", filepath.Base(path), err, want)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("%s left %v", filepath.Base(path), left)
			}
		}
	})
}

// exec1 executes a statement on a database file.
func exec1(path, query string) error {
	db, err := sql.Open("sqlite", plainDSN(path, "rw"))
	if err != nil {
		return err
	}
	_, err = db.Exec(query)
	return errors.Join(err, db.Close())
}
