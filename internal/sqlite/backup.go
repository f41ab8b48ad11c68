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
	// ErrExists reports that the target of a copy exists.
	ErrExists = errors.New("the file exists")
	// ErrNotStore reports a file that is not a store of this program.
	ErrNotStore = errors.New("not a store of infolettre")
	// ErrNewer reports a store of a later version.
	ErrNewer = errors.New("written by a later version of infolettre")
	// ErrDamaged reports a store that is incomplete or corrupt.
	ErrDamaged = errors.New("the store is damaged")
)

// Backup writes a consistent copy of the store to a new file, while others use the store,
// and returns the file's size in bytes. The file gets its name once it is complete,
// verified and synced. The copy has an active hold of now, so that nothing is sent from it
// before the operator lifts the hold. It returns ErrExists, and changes nothing, if the
// file exists.
func (s *Store) Backup(ctx context.Context, file string, now time.Time) (size int64, err error) {
	if err := checkAbsent(file); err != nil {
		return 0, err
	}
	// Private from the first; SQLite takes an empty file for a new one.
	temp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // it is gone once it has its name
	defer temp.Close()
	if err := copyStore(ctx, filepath.Join(s.dir, FileName), temp.Name()); err != nil {
		return 0, err
	}
	if err := addHold(ctx, temp.Name(), now); err != nil {
		return 0, err
	}
	if err := temp.Sync(); err != nil {
		return 0, err
	}
	info, err := temp.Stat()
	if err != nil {
		return 0, err
	}
	if err := checkAbsent(file); err != nil {
		return 0, err
	}
	return info.Size(), moveIntoPlace(temp.Name(), file)
}

// Copy writes a consistent copy of the store in a data folder to another folder, while
// others use it. It reports whether there was a store to copy. Unlike a backup, the copy
// has no hold. It returns ErrLost as Detect does.
func Copy(ctx context.Context, dir, to string) (made bool, err error) {
	if state, err := Detect(ctx, dir); err != nil || state == Absent {
		return false, err
	}
	file := filepath.Join(to, FileName)
	if err := checkAbsent(file); err != nil {
		return false, err
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return false, err
	}
	return true, copyStore(ctx, filepath.Join(dir, FileName), file)
}

// checkAbsent returns ErrExists for a file that exists.
func checkAbsent(file string) error {
	_, err := os.Lstat(file)
	switch {
	case err == nil:
		return ErrExists
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

// plainDSN returns the URI of a database whose journal mode is not changed.
func plainDSN(file, mode string) string {
	q := url.Values{"mode": {mode}, "_pragma": {"busy_timeout(10000)"}}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: file, RawQuery: q.Encode()}).String()
}

// copyStore writes a consistent and compact copy of a store, without side files.
func copyStore(ctx context.Context, from, to string) error {
	db, err := sql.Open("sqlite", plainDSN(from, "ro"))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, to)
	return errors.Join(err, db.Close())
}

// addHold adds a hold to a copy, unless one is active, and verifies the copy.
func addHold(ctx context.Context, file string, now time.Time) error {
	db, err := sql.Open("sqlite", plainDSN(file, "rw"))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `INSERT INTO hold (copied) SELECT ? WHERE NOT `+held, stamp(now))
	if err == nil {
		err = check(ctx, db)
	}
	return errors.Join(err, db.Close())
}

// check reads the whole database. It returns ErrDamaged if that fails.
func check(ctx context.Context, db *sql.DB) error {
	var said string
	err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&said)
	if err == nil && said != "ok" {
		err = fmt.Errorf("%w: %s", ErrDamaged, said)
	}
	return err
}

// moveIntoPlace renames a synced file and syncs its folder.
func moveIntoPlace(temp, file string) error {
	if err := os.Rename(temp, file); err != nil {
		return err
	}
	return syncPath(filepath.Dir(file))
}

// Restore puts a copy of a store, made by Backup or by SQLite itself, into a data folder
// without a store. It migrates the copy in a temporary folder, calls prepare with it, and
// then moves it into place, so that an unprepared store is never there. The caller must
// hold the folder's lock. Restore returns ErrExists if the folder has files of a store, and
// ErrForeign, ErrNewer or ErrDamaged if the copy cannot be used.
func Restore(ctx context.Context, file, dir string, log *slog.Logger, prepare func(*Store) error) (err error) {
	if err := checkCopy(ctx, file); err != nil {
		return err
	}
	// SQLite would take an old side file for the restored store's own.
	for _, name := range []string{"", "-wal", "-shm", "-journal"} {
		if err := checkAbsent(filepath.Join(dir, FileName+name)); err != nil {
			return err
		}
	}
	temp, err := os.MkdirTemp(dir, ".restore-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }() // what stays behind does no harm
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
	// Closing the last connection moves everything into the main file.
	if err := errors.Join(prepare(s), s.Close()); err != nil {
		return err
	}
	if err := syncPath(within); err != nil {
		return err
	}
	return moveIntoPlace(within, filepath.Join(dir, FileName))
}

// syncPath fsyncs a file or directory.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// checkCopy returns an error unless the file is a whole store of this version or an earlier one.
func checkCopy(ctx context.Context, file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	} else if !info.Mode().IsRegular() {
		return ErrNotStore
	}
	db, err := sql.Open("sqlite", plainDSN(file, "ro"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // it was only read
	var tables, version, page int64
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('goose_db_version', 'mailing', 'delivery', 'letter')`).Scan(&tables)
	if isCorrupt(err) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil || tables < 4 {
		return errors.Join(ErrNotStore, err)
	}
	// SQLite reads a truncated last page as zeros.
	if err := db.QueryRowContext(ctx, `PRAGMA page_size`).Scan(&page); err != nil {
		return err
	} else if info.Size()%page != 0 {
		return fmt.Errorf("%w: its end is missing", ErrDamaged)
	}
	if err := db.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&version); err != nil {
		return errors.Join(ErrNotStore, err)
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

// isCorrupt reports whether an error means that a database is corrupt or truncated.
func isCorrupt(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && (e.Code()&0xff == lib.SQLITE_CORRUPT || e.Code()&0xff == lib.SQLITE_IOERR)
}

// newestVersion returns the number of the last migration.
func newestVersion() (newest int64, err error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	for _, f := range files {
		v, verr := goose.NumericComponent(f)
		newest, err = max(newest, v), errors.Join(err, verr)
	}
	return newest, err
}
