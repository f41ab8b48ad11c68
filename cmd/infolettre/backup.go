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
	File string `arg:"" help:"The file to write; there must be none."`
}

func (c backupCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.store.Close()
	size, err := a.store.Backup(g.ctx, c.File, a.clock.Now())
	switch {
	case errors.Is(err, sqlite.ErrExists):
		return fmt.Errorf("%s is there already and is left as it is; name another file", c.File)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("no copy was made: there is no folder %s", filepath.Dir(c.File))
	case err != nil:
		return fmt.Errorf("no copy was made: %w", err)
	}
	_, err = fmt.Fprintf(g.stdout, "%s holds a whole copy, verified, of %.1f MB. Keep it away from this machine, with the configuration and its secrets.\n",
		c.File, float64(size)/1e6)
	return err
}

type restoreCmd struct {
	configFlag
	File string `arg:"" help:"A copy, as “infolettre backup” makes them."`
}

// Help is kong's.
func (restoreCmd) Help() string {
	return `Puts a copy in place of a store that was lost. Nothing is sent from it until
“infolettre mailings resume”: what the lost one sent after the copy was made is
unknown, and the operator looks first. The data folder must hold no store.`
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
		return fmt.Errorf("nothing is restored: %w; stop it first", err)
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
	defer a.store.Close()
	sentence, err := a.holdWarning(g.ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.stdout, "%s is restored into %s. Start the daemon: it sends nothing yet, and what fell due meanwhile comes to light.\n%s\n", c.File, cfg.Data, sentence)
	return err
}

func (c restoreCmd) refused(err error, data string) error {
	switch {
	case errors.Is(err, sqlite.ErrExists):
		return fmt.Errorf("the data folder %s has a store already; move what is in it away first, and keep it", data)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file %s", c.File)
	case errors.Is(err, sqlite.ErrForeign):
		return fmt.Errorf("%s is no copy of infolettre's store; “infolettre backup FILE” makes them", c.File)
	case errors.Is(err, sqlite.ErrNewer):
		return fmt.Errorf("%s was made by a later version of infolettre; install that version, and restore with it", c.File)
	case errors.Is(err, sqlite.ErrDamaged):
		why := strings.TrimPrefix(err.Error(), sqlite.ErrDamaged.Error()+": ")
		return fmt.Errorf("%s is damaged and nothing is restored (%s); take an older copy", c.File, why)
	}
	return fmt.Errorf("nothing is restored: %w", err)
}
