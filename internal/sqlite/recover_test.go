package sqlite

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/newsroom"
)

// The journal of another store is ignored, even if IDs and claims are the same. Mails claimed
// here count as perhaps sent, because this store's own journal is missing.
func TestRecover_IgnoresTheJournalOfAnotherStore(t *testing.T) {
	sending := func() (*Store, []delivery.Job) {
		s := begun(t)
		people(t, s, []string{"m"}, []string{"m"})
		freezeAll(t, s, 1, delivery.KindIssue)
		return s, claim(t, s, noon, 2)
	}
	other, mails := sending()
	for _, p := range mails {
		begin(t, other, p)
		end(t, other, p, delivery.Outcome{State: delivery.Sent, Reply: "250 OK"})
	}
	s, _ := sending()
	copies := map[string]func(to string) error{
		"a copy by other means": func(to string) error { return copyStore(t.Context(), filepath.Join(s.dir, FileName), to) },
		"a backup by hand": func(to string) error {
			_, err := s.Backup(t.Context(), to, noon)
			return err
		},
	}
	for kind, make := range copies {
		for journal, from := range map[string]string{"another's": other.dir, "none": t.TempDir()} {
			dir := t.TempDir()
			if err := make(filepath.Join(dir, FileName)); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"journal.0", "journal.1"} {
				if raw, err := os.ReadFile(filepath.Join(from, name)); err == nil {
					if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			r, err := Open(t.Context(), dir, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			if got := recovered(t, r); got != (Recovered{MaybeSent: 2}) {
				t.Errorf("%s with a journal of %s: recovered %+v", kind, journal, got)
			}
			if c := counts(t, r); c[delivery.Queued] != 2 {
				t.Errorf("%s with a journal of %s: %v", kind, journal, c)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// A store that a later version migrated is not opened.
func TestOpen_RefusesANewerStore(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err == nil {
		err = s.Close()
	}
	if err == nil {
		err = exec1(filepath.Join(dir, FileName), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (900, 1)`)
	}
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Open(t.Context(), dir, slog.New(slog.DiscardHandler)); !errors.Is(err, ErrNewer) {
		t.Errorf("opened: %v, %v", s != nil, err)
	}
}

// A mailing that ends with failed deliveries is logged as a warning. The handler's effects are
// committed with the end; if they fail, the end is committed without them.
func TestClaim_WarnsOfAMailingWithFailures(t *testing.T) {
	s := begun(t)
	var log bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&log, nil))
	var calls []int
	s.Ledger().SetHandlers(nil, func(_ newsroom.View, id delivery.MailingID, failed, readers int, at time.Time) (newsroom.Effects, error) {
		calls = append(calls, int(id), failed, readers)
		return newsroom.Effects{newsroom.NotifyOnce{Key: "ended", At: at}, newsroom.NotifyOnce{Key: "ended", At: at}}, nil // the second fails: its key exists
	}, nil)
	people(t, s, []string{"m"}, []string{"m"})
	freezeAll(t, s, 1, delivery.KindIssue)
	mails := claim(t, s, noon, 2)
	end(t, s, mails[0], delivery.Outcome{State: delivery.Sent})
	end(t, s, mails[1], delivery.Outcome{State: delivery.Failed, Code: 552, Reply: "too big"})
	flush(t, s)
	if want := "mailing=1 given_up=1 readers=2"; !strings.Contains(log.String(), want) {
		t.Errorf("no %q in %s", want, log.String())
	}
	if !slices.Equal(calls, []int{1, 1, 2}) || !strings.Contains(log.String(), "could not apply effects") {
		t.Errorf("called with %v: %s", calls, log.String())
	}
	if c := counts(t, s); c[delivery.Sent] != 1 || c[delivery.Failed] != 1 {
		t.Errorf("states %v", c)
	}
}
