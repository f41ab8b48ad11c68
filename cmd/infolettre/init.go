package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"infolettre/config"
)

type initCmd struct {
	Dir    string `arg:"" optional:"" help:"Folder to create; it may exist, but must not hold a configuration."`
	System bool   `help:"Set up the system for systemd: a user, its folders, a configuration and the unit."`
	Root   string `placeholder:"DIR" help:"With --system: set up the system whose root folder is DIR."`
}

func (c initCmd) Run(g *global) error {
	switch {
	case c.System:
		return c.system(g)
	case c.Root != "":
		return errors.New("--root requires --system")
	case c.Dir == "":
		return errors.New("name the folder to create, as in “infolettre init DIR”, or run “infolettre init --system”")
	}
	for _, name := range []string{"infolettre.toml", "secret"} {
		if _, err := os.Lstat(filepath.Join(c.Dir, name)); err == nil {
			return fmt.Errorf("%s exists already; nothing was changed", filepath.Join(c.Dir, name))
		}
	}
	if err := os.MkdirAll(filepath.Join(c.Dir, "data"), 0o700); err != nil {
		return err
	}
	secret, err := newSecret()
	if err != nil {
		return err
	}
	files := []struct {
		name, text string
		mode       os.FileMode
	}{
		{"infolettre.toml", config.Example, 0o640},
		{"secret", secret, 0o600},
	}
	for _, f := range files {
		if err := writeNew(filepath.Join(c.Dir, f.name), f.text, f.mode); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(g.stdout, `Created in %[1]s:
  infolettre.toml  the commented configuration: fill it in
  secret           the random key of this newsletter: keep it secret
  data             the folder of the database

Next:
  1. edit %[1]s/infolettre.toml
  2. infolettre check --config %[1]s/infolettre.toml
  3. infolettre subscribers import PEOPLE.csv --config %[1]s/infolettre.toml
  4. infolettre serve --config %[1]s/infolettre.toml
`, c.Dir)
	return err
}

// newSecret returns a random key as the content of the file of newsletter.secret.
func newSecret() (string, error) {
	var key [32]byte
	if _, err := rand.Read(key[:]); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return base64.StdEncoding.EncodeToString(key[:]) + "\n", nil
}

// writeNew writes a file that must not exist yet; the error wraps fs.ErrExist if it does.
func writeNew(path, text string, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already; nothing was changed: %w", path, err)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
