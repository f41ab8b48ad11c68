package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"

	"infolettre/internal/newsroom"
	"infolettre/internal/sqlite"
)

type backupCmd struct {
	configFlag
	File string `arg:"" help:"File to write; it must not exist."`
}

func (c backupCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	size, err := a.store.Backup(g.ctx, c.File, a.clock.Now())
	switch {
	case errors.Is(err, sqlite.ErrExists):
		return fmt.Errorf("%s exists already; name another file", c.File)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("no backup was made: there is no folder %s", filepath.Dir(c.File))
	case err != nil:
		return fmt.Errorf("no backup was made: %w", err)
	}
	_, err = fmt.Fprintf(g.stdout, "Wrote and verified the backup %s (%.1f MB). Keep it on another machine, with the configuration and its secrets.\n",
		c.File, float64(size)/1e6)
	return err
}

type restoreCmd struct {
	configFlag
	File string `arg:"" help:"Backup to restore, as “infolettre backup” makes it."`
}

// Help returns the text below the usage line; kong calls it.
func (restoreCmd) Help() string {
	return `Restores a backup in place of a lost store. Nothing is sent from it until
“infolettre mailings resume”: what the lost store sent after the backup is
unknown, so look first. The data folder must hold no store.`
}

func (c restoreCmd) Run(g *global) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	a, err := newApp(cfg, commandClock(cfg), newLogger(g.stderr, slog.LevelWarn))
	if err != nil {
		return err
	}
	held, err := lock(filepath.Join(cfg.Data, lockFile))
	if err != nil {
		return fmt.Errorf("nothing was restored: %w; stop it first", err)
	}
	defer held.Close()
	err = sqlite.Restore(g.ctx, c.File, cfg.Data, a.log, func(s *sqlite.Store) error {
		return s.Write(g.ctx, func(v newsroom.View) (newsroom.Effects, error) {
			return a.service.HoldRestored(v, a.clock.Now())
		})
	})
	if err != nil {
		return c.refused(err, cfg.Data)
	}
	if a, err = openApp(g.ctx, cfg, a.clock, a.log); err != nil {
		return err
	}
	defer a.closeStore()
	sentence, err := a.holdWarning(g.ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.stdout, "Restored %s into %s. Start the daemon: it sends nothing yet, but prepares what fell due meanwhile.\n%s\n", c.File, cfg.Data, sentence)
	return err
}

func (c restoreCmd) refused(err error, data string) error {
	switch {
	case errors.Is(err, sqlite.ErrExists):
		return fmt.Errorf("the data folder %s holds a store already; move its content away first, and keep it", data)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file %s", c.File)
	case errors.Is(err, sqlite.ErrNotStore):
		return fmt.Errorf("%s is not a backup of infolettre; “infolettre backup FILE” makes one", c.File)
	case errors.Is(err, sqlite.ErrNewer):
		return fmt.Errorf("%s was made by a later version of infolettre; install that version, and restore with it", c.File)
	case errors.Is(err, sqlite.ErrDamaged):
		why := strings.TrimPrefix(err.Error(), sqlite.ErrDamaged.Error()+": ")
		return fmt.Errorf("%s is damaged, and nothing was restored (%s); use an older backup", c.File, why)
	}
	return fmt.Errorf("nothing was restored: %w", err)
}
