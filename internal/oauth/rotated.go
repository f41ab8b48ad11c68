package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// rotated is the refresh token that the endpoint gave in place of a configured one.
type rotated struct {
	key   string // of the configured one
	token string
	saved bool // it is in the file
}

// keyOf names a configured refresh token, and who shows it where, without telling it.
func (s *Source) keyOf(configured string) string {
	sum := sha256.Sum256([]byte(s.opts.TokenURL + "\x00" + s.opts.ClientID + "\x00" + configured))
	return hex.EncodeToString(sum[:8])
}

// path is the file of a rotated token.
func path(dir, key string) string { return filepath.Join(dir, "refresh-token-"+key) }

// of returns the rotated token of a key, "" where there is none. What another process
// wrote is newer than what this one remembers, unless this one could not write.
func (r *rotated) of(key, dir string, log *slog.Logger) string {
	if r.key != key {
		*r = rotated{key: key}
	}
	if dir == "" {
		return r.token
	}
	if r.token != "" && !r.saved {
		if err := r.keep(key, r.token, dir); err != nil {
			return r.token
		}
	}
	text, err := os.ReadFile(path(dir, key))
	switch {
	case err == nil:
		r.token, r.saved = strings.TrimSpace(string(text)), true
	case !errors.Is(err, fs.ErrNotExist):
		log.Error("the kept refresh token cannot be read", "file", path(dir, key), "error", err)
	}
	return r.token
}

// keep remembers a token and writes it, whole and on the disk before it has its name.
func (r *rotated) keep(key, token, dir string) (err error) {
	*r = rotated{key: key, token: token}
	if dir == "" {
		return nil
	}
	f, err := os.CreateTemp(dir, ".refresh-token-*") // readable by its owner alone
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.WriteString(token + "\n")
	err = errors.Join(err, likeFolder(f, dir), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path(dir, key))
	}
	if err != nil {
		return err
	}
	r.saved = true
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// likeFolder gives a file that root writes to the owner of its folder, as whom the
// daemon runs.
func likeFolder(f *os.File, dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return f.Chown(int(owner.Uid), int(owner.Gid))
}

// lockFolder waits until no other process exchanges a token kept in a folder: two that
// show the same one may both lose it.
func lockFolder(ctx context.Context, dir string) (unlock func(), err error) {
	if dir == "" {
		return func() {}, nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			f.Close()
			return nil, err
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
