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

// rotatedToken is the refresh token that the endpoint gave in place of a configured one.
type rotatedToken struct {
	key   string // of the configured one
	token string
	saved bool // it is in the file
}

// fileKey names a configured refresh token, and who shows it where, without telling it.
func (s *Source) fileKey(configured string) string {
	sum := sha256.Sum256([]byte(s.opts.TokenURL + "\x00" + s.opts.ClientID + "\x00" + configured))
	return hex.EncodeToString(sum[:8])
}

// tokenPath is the file of a rotated token.
func tokenPath(dir, key string) string { return filepath.Join(dir, "refresh-token-"+key) }

// load returns the rotated token of a key, "" where there is none. What another process
// wrote is newer than what this one remembers, unless this one could not write.
func (r *rotatedToken) load(key, dir string, log *slog.Logger) string {
	if r.key != key {
		*r = rotatedToken{key: key}
	}
	if dir == "" {
		return r.token
	}
	if r.token != "" && !r.saved {
		if err := r.save(key, r.token, dir); err != nil {
			return r.token
		}
	}
	text, err := os.ReadFile(tokenPath(dir, key))
	switch {
	case err == nil:
		r.token, r.saved = strings.TrimSpace(string(text)), true
	case !errors.Is(err, fs.ErrNotExist):
		log.Error("the kept refresh token cannot be read", "file", tokenPath(dir, key), "error", err)
	}
	return r.token
}

// save remembers a token and writes it, whole and on the disk before it has its name.
func (r *rotatedToken) save(key, token, dir string) (err error) {
	*r = rotatedToken{key: key, token: token}
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
	err = errors.Join(err, chownLikeDir(f, dir), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), tokenPath(dir, key))
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

// chownLikeDir gives a file that root writes to the owner of its folder, as whom the
// daemon runs.
func chownLikeDir(f *os.File, dir string) error {
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

// lockDir waits until no other process exchanges a token kept in a folder: two that
// show the same one may both lose it.
func lockDir(ctx context.Context, dir string) (unlock func(), err error) {
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
