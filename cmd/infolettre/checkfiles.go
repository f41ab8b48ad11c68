package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"time"

	"infolettre/config"
	"infolettre/internal/mailbox"
	"infolettre/internal/schedule"
	"infolettre/internal/sqlite"
)

// checkRights warns about files that everybody can read: the secrets, and the configuration,
// which names them.
func checkRights(c *checker, cfg *config.Config) {
	for _, f := range append([]string{cfg.File}, cfg.SecretFiles()...) {
		info, err := os.Stat(f)
		if err == nil && info.Mode().Perm()&0o007 != 0 {
			c.warn("rights", fmt.Sprintf("everybody on this machine can read %s (mode %04o); run “chmod o= %s”", f, info.Mode().Perm(), f))
		}
	}
	checkOwner(c, cfg)
	if info, err := os.Stat(cfg.Data); err == nil && info.IsDir() && info.Mode().Perm()&0o007 != 0 {
		c.warn("rights", fmt.Sprintf("everybody on this machine can look into the data folder %s (mode %04o); run “chmod 700 %s”", cfg.Data, info.Mode().Perm(), cfg.Data))
	}
}

// checkOwner reports, when run as root, the files that the data folder's owner cannot read,
// because the daemon runs as that user.
func checkOwner(c *checker, cfg *config.Config) {
	uid, gid, ok := folderOwner(cfg.Data)
	if os.Geteuid() != 0 || !ok || uid == 0 {
		return
	}
	for _, f := range append([]string{cfg.File}, cfg.SecretFiles()...) {
		info, err := os.Stat(f)
		if err != nil {
			continue
		}
		s, ok := info.Sys().(*syscall.Stat_t)
		mode := info.Mode().Perm()
		switch {
		case !ok, int(s.Uid) == uid && mode&0o400 != 0, int(s.Uid) != uid && int(s.Gid) == gid && mode&0o040 != 0,
			int(s.Uid) != uid && int(s.Gid) != gid && mode&0o004 != 0:
			continue
		}
		c.part("rights", func() (string, error) {
			return "", fmt.Errorf("%s, the owner of the data folder, cannot read %s; run “chown root:%s %s” and “chmod 640 %s”", userName(uid), f, groupName(gid), f, f)
		})
	}
}

// checkFolder inspects the data folder and creates nothing.
func checkFolder(dir string) (string, error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("there is no folder %s; correct “data” in the configuration, or create the folder and give it to the user who runs infolettre", dir)
	case err != nil:
		return "", fmt.Errorf("the folder %s cannot be read: %w", dir, errors.Unwrap(err))
	case !info.IsDir():
		return "", fmt.Errorf("%s is not a folder", dir)
	}
	if err := syscall.Access(dir, 2|1); err != nil { // W_OK, X_OK
		return "", fmt.Errorf("the folder %s is not writable (%w); give it to the user who runs infolettre", dir, err)
	}
	space, err := diskSpaceIn(dir)
	if err != nil {
		return "", fmt.Errorf("the free space of %s is unknown: %w", dir, err)
	}
	if space.short() {
		return "", fmt.Errorf("the disk of %s is nearly full: %s; free some space", dir, space)
	}
	return fmt.Sprintf("%s is writable; %s", dir, space), nil
}

// checkedStore is the store that the check works on: the real one, or an empty one in a
// temporary folder where the real one is missing or of an earlier version.
type checkedStore struct {
	*app
	temporary string
}

func (w *checkedStore) close() {
	w.closeStore()
	if w.temporary != "" {
		_ = os.RemoveAll(w.temporary) // a temporary folder: the system removes it later
	}
}

// checkStore inspects the store, and neither creates nor changes it. It returns nil if the
// store cannot be opened.
func checkStore(ctx context.Context, c *checker, cfg *config.Config, folder bool, log *slog.Logger) (work *checkedStore) {
	held := ""
	c.part("database", func() (good string, err error) {
		state := sqlite.Absent
		if folder {
			if state, err = sqlite.Detect(ctx, cfg.Data); err != nil {
				return "", err
			}
		}
		if state == sqlite.Present {
			a, err := openApp(ctx, cfg, schedule.Real{}, log)
			if err != nil {
				return "", err
			}
			work = &checkedStore{app: a}
		} else if work, err = temporaryStore(ctx, cfg, log); err != nil {
			return "", err
		}
		switch {
		case !folder:
			return "", errors.New("there is no data folder")
		case state == sqlite.Old:
			return "from an earlier version; the daemon upgrades it when it starts", nil
		case state == sqlite.Absent:
			return "0 people in the list: the database is created when people are imported or the daemon starts", nil
		}
		people, err := work.store.People(ctx)
		if err != nil {
			return "", err
		}
		held, err = work.holdWarning(ctx)
		return fmt.Sprintf("%d people in the list", len(people)), err
	})
	if held != "" {
		c.warn("sending", held)
	}
	return work
}

func temporaryStore(ctx context.Context, cfg *config.Config, log *slog.Logger) (*checkedStore, error) {
	dir, err := os.MkdirTemp("", "infolettre-check-")
	if err != nil {
		return nil, err
	}
	other := *cfg
	other.Data = dir
	a, err := openApp(ctx, &other, schedule.Real{}, log)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &checkedStore{a, dir}, nil
}

// checkMailbox signs in to the mailbox.
func checkMailbox(ctx context.Context, cfg *config.Config, t *tokens, log *slog.Logger) error {
	if o := cfg.Mailbox.OAuth2; o != nil {
		if err := t.readable(o); err != nil {
			return err
		}
	} else if secret, err := cfg.ReadSecret(cfg.Mailbox.Password); err != nil {
		return fmt.Errorf("mailbox.password: %w", err)
	} else if secret == "" {
		return fmt.Errorf("mailbox.password: %s is empty", cfg.Mailbox.Password)
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	options, err := mailboxOptions(cfg, t, log)
	if err != nil {
		return err
	}
	return mailboxSentence(mailbox.Check(ctx, options), cfg)
}

// checkSchedule warns if a step of an issue waits for most of the time between two issues,
// because it is scheduled before the step that it follows.
func checkSchedule(c *checker, cfg *config.Config, now time.Time) {
	o, err := (&app{cfg: cfg}).newsroomOptions()
	if err != nil {
		return // checkClock reports it
	}
	at := func(cron schedule.Cron, after time.Time) time.Time {
		tick, err := cron.Next(after)
		if err != nil {
			return time.Time{}
		}
		return tick.At
	}
	said := map[string]bool{}
	for range 12 {
		closes := at(o.Calendar.Close, now)
		proofs := at(o.Calendar.Proof, closes)
		sends, next := at(o.Calendar.Send, proofs), at(o.Calendar.Close, closes)
		if closes.IsZero() || proofs.IsZero() || sends.IsZero() || next.IsZero() {
			return
		}
		late := func(step, before string, from, to time.Time) {
			if said[step] || 2*to.Sub(from) <= next.Sub(closes) {
				return
			}
			said[step] = true
			c.warn("schedule", fmt.Sprintf("the %[1]s is scheduled before its %[2]s: an issue with its %[2]s on %[3]s has its %[1]s on %[4]s only; see schedule.%[5]s",
				step, before, short(from, cfg.Location), short(to, cfg.Location), strings.ReplaceAll(step, "sending", "send")))
		}
		late("proof", "closing", closes, proofs)
		late("sending", "proof", proofs, sends)
		now = closes
	}
}
