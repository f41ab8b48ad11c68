package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

var (
	// ErrExists reports that there is something already where a copy was to go.
	ErrExists = errors.New("it is there already")
	// ErrForeign reports a file that is no store of this program's.
	ErrForeign = errors.New("it is no store of infolettre")
	// ErrNewer reports a store of a later version.
	ErrNewer = errors.New("it is from a later version of infolettre")
	// ErrDamaged reports a store that does not read as it was written.
	ErrDamaged = errors.New("it is damaged")
)

// Backup writes a copy of one state of the store to a new file, while others use the
// store, and returns the file's octets. The file appears under its name when it is
// whole, verified and on the disk. ErrExists for one that is there already, which is
// left alone. Nothing is ever sent from the copy unless somebody says so: a hold of
// now stands in it.
func (s *Store) Backup(ctx context.Context, file string, now time.Time) (size int64, err error) {
	if err := absent(file); err != nil {
		return 0, err
	}
	// Private from the first; SQLite takes an empty file for a new one.
	temp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(temp.Name())
	defer temp.Close()
	if err := copyStore(ctx, filepath.Join(s.dir, FileName), temp.Name()); err != nil {
		return 0, err
	}
	if err := mark(ctx, temp.Name(), now); err != nil {
		return 0, err
	}
	if err := temp.Sync(); err != nil {
		return 0, err
	}
	info, err := temp.Stat()
	if err != nil {
		return 0, err
	}
	if err := absent(file); err != nil {
		return 0, err
	}
	return info.Size(), place(temp.Name(), file)
}

// Copy copies one state of the store of a data folder into another folder, while others use
// it; where there is no store it makes none. Unlike a backup the copy sends as the
// original does. ErrLost as Look has it.
func Copy(ctx context.Context, dir, to string) (made bool, err error) {
	if state, err := Detect(ctx, dir); err != nil || state == Absent {
		return false, err
	}
	file := filepath.Join(to, FileName)
	if err := absent(file); err != nil {
		return false, err
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return false, err
	}
	return true, copyStore(ctx, filepath.Join(dir, FileName), file)
}

// absent is ErrExists for a file that is there.
func absent(file string) error {
	_, err := os.Lstat(file)
	switch {
	case err == nil:
		return ErrExists
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

// asItIs names a database that keeps the form that it has.
func asItIs(file, mode string) string {
	q := url.Values{"mode": {mode}, "_pragma": {"busy_timeout(10000)"}}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: file, RawQuery: q.Encode()}).String()
}

// copyStore copies one state of a store. The copy is no longer than it needs to be,
// and has no side files.
func copyStore(ctx context.Context, from, to string) error {
	db, err := sql.Open("sqlite", asItIs(from, "ro"))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, to)
	return errors.Join(err, db.Close())
}

// mark has a hold stand in a copy, unless one does, and verifies the copy.
func mark(ctx context.Context, file string, now time.Time) error {
	db, err := sql.Open("sqlite", asItIs(file, "rw"))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `INSERT INTO hold (copied) SELECT ? WHERE NOT `+held, stamp(now))
	if err == nil {
		err = check(ctx, db)
	}
	return errors.Join(err, db.Close())
}

// check reads all of a database.
func check(ctx context.Context, db *sql.DB) error {
	var said string
	err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&said)
	if err == nil && said != "ok" {
		err = fmt.Errorf("%w: %s", ErrDamaged, said)
	}
	return err
}

// place gives a file that is on the disk its name there.
func place(temp, file string) error {
	if err := os.Rename(temp, file); err != nil {
		return err
	}
	return syncPath(filepath.Dir(file))
}

// Restore puts a copy of a store, by Backup or by SQLite's own means, in place of the
// one that a data folder has lost. prepare is called with the store before it is in its
// place, with this version's tables, so that there is never one there that it was not
// done to. The folder's lock is the caller's. ErrExists when something of a store is
// there, ErrForeign, ErrNewer or ErrDamaged when the file cannot be used.
func Restore(ctx context.Context, file, dir string, log *slog.Logger, prepare func(*Store) error) (err error) {
	if err := usable(ctx, file); err != nil {
		return err
	}
	// A side file would be taken for the restored store's own.
	for _, name := range []string{"", "-wal", "-shm", "-journal"} {
		if err := absent(filepath.Join(dir, FileName+name)); err != nil {
			return err
		}
	}
	temp, err := os.MkdirTemp(dir, ".restore-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	within := filepath.Join(temp, FileName)
	if err := os.WriteFile(within, nil, 0o600); err != nil {
		return err
	}
	if err := copyStore(ctx, file, within); err != nil {
		return err
	}
	s, err := Open(ctx, temp, log)
	if err != nil {
		return err
	}
	// The last connection that is closed leaves everything in the one file.
	if err := errors.Join(prepare(s), s.Close()); err != nil {
		return err
	}
	if err := syncPath(within); err != nil {
		return err
	}
	return place(within, filepath.Join(dir, FileName))
}

// syncPath has a file, or a folder's names, be on the disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// usable looks whether a file is a whole store of this version or an earlier one.
func usable(ctx context.Context, file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	} else if !info.Mode().IsRegular() {
		return ErrForeign
	}
	db, err := sql.Open("sqlite", asItIs(file, "ro"))
	if err != nil {
		return err
	}
	defer db.Close()
	var tables, version, page int64
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('goose_db_version', 'mailing', 'delivery', 'letter')`).Scan(&tables)
	if torn(err) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil || tables < 4 {
		return errors.Join(ErrForeign, err)
	}
	// SQLite takes what is missing of the last page for zeros.
	if err := db.QueryRowContext(ctx, `PRAGMA page_size`).Scan(&page); err != nil {
		return err
	} else if info.Size()%page != 0 {
		return fmt.Errorf("%w: its end is missing", ErrDamaged)
	}
	if err := db.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&version); err != nil {
		return errors.Join(ErrForeign, err)
	}
	newest, err := newestVersion()
	if err != nil {
		return err
	}
	if version > newest {
		return ErrNewer
	}
	return check(ctx, db)
}

// torn tells of an error of a database that is one, and not whole.
func torn(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && (e.Code()&0xff == lib.SQLITE_CORRUPT || e.Code()&0xff == lib.SQLITE_IOERR)
}

// newestVersion is the number of the last migration.
func newestVersion() (newest int64, err error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	for _, f := range files {
		v, verr := goose.NumericComponent(f)
		newest, err = max(newest, v), errors.Join(err, verr)
	}
	return newest, err
}
