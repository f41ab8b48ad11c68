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

// rotatedToken is the refresh token that the endpoint issued in place of a configured one.
type rotatedToken struct {
	key   string // fileKey of the configured token
	token string
	saved bool // it is in its file
}

// fileKey identifies a configured refresh token, client and endpoint without revealing them.
func (s *Source) fileKey(configured string) string {
	sum := sha256.Sum256([]byte(s.opts.TokenURL + "\x00" + s.opts.ClientID + "\x00" + configured))
	return hex.EncodeToString(sum[:8])
}

// tokenPath returns the path of the file of a rotated token.
func tokenPath(dir, key string) string { return filepath.Join(dir, "refresh-token-"+key) }

// load returns the rotated token of a key, "" for none. The file of another process is newer
// than the token in memory, unless this process could not write its own.
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
		log.Error("saved refresh token cannot be read", "file", tokenPath(dir, key), "error", err)
	}
	return r.token
}

// save remembers a token and writes its file: to a temporary file, fsynced, then renamed.
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
			_ = os.Remove(f.Name()) // err says what failed
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

// chownLikeDir makes the owner of the folder, as whom the daemon runs, the owner of a file
// that root writes.
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

// lockDir waits for the exclusive lock on the folder: two processes that send the same
// refresh token at once may both lose it.
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
