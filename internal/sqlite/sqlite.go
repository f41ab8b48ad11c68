// Package sqlite is the store: one SQLite file in the data folder, in WAL mode, beside the
// journal of the Ledger. It applies the effects of newsroom's acts, records them in the
// audit log, and answers every query.
//
// One writing connection begins its transactions IMMEDIATE; a pool of connections reads.
// A transaction that writes takes the lock first, because one that read before and then writes
// fails if another wrote between. Other processes, such as the listing commands, open the same file; only the
// daemon holds the folder's lock.
//
// Package delivery defines the states of a mail.
// Every committed transaction is synced and survives a crash. Outcomes that are not
// committed yet are in the journal, from which Ledger.Recover commits them.
//
// Migrations run in Open, each in its own transaction. Begin reading at Store.Receive and
// apply for what comes in, and at Ledger for what goes out.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"infolettre/internal/newsroom"
)

// FileName is the store's file in the data folder.
const FileName = "infolettre.db"

//go:embed migrations/*.sql
var migrations embed.FS

// Store is an open database. It may be used by several goroutines.
type Store struct {
	w       *sql.DB // one connection
	r       *sql.DB
	log     *slog.Logger
	writes  atomic.Int64
	version atomic.Int64 // counts the writes of this process other than the ledger's
	dir     string
	ledger  *Ledger
}

// Open opens the store in a data folder. It creates the file if there is none, and runs the
// migrations that are due. It returns ErrNewer if a later version has migrated the store,
// and ErrLost if the folder has remains of a lost store, instead of creating a new one.
func Open(ctx context.Context, dir string, log *slog.Logger) (*Store, error) {
	path := filepath.Join(dir, FileName)
	if state, err := Detect(ctx, dir); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	} else if state == Absent {
		log.Info("creating a new store", "file", path)
	}
	// Created here, so that it is private from the start. SQLite gives its side files the
	// same mode.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{log: log, dir: dir}
	s.ledger = &Ledger{s: s, begun: map[mail]record{}}
	if s.w, err = sql.Open("sqlite", dsn(path, "immediate", "")); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s.w.SetMaxOpenConns(1)
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), s.w.Close())
	}
	if s.r, err = sql.Open("sqlite", dsn(path, "deferred", "query_only(1)")); err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), s.w.Close())
	}
	s.r.SetMaxOpenConns(4)
	return s, nil
}

func dsn(path, lock, more string) string {
	q := url.Values{"_txlock": {lock}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
	}}
	if more != "" {
		q.Add("_pragma", more)
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String()
}

func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.w, files)
	if err != nil {
		return err
	}
	version, err := p.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	if newest, err := newestVersion(); err != nil {
		return err
	} else if version > newest {
		return ErrNewer
	}
	_, err = p.Up(ctx)
	return err
}

// Presence tells whether a data folder holds a store.
type Presence string

// What Detect finds in a data folder.
const (
	Absent  Presence = "absent"  // no store
	Present Presence = "present" // a store of this version or a later one
	Old     Presence = "old"     // a store that Open will migrate
)

// ErrLost reports a data folder that holds side files of a store, but no store. The error is
// a *LostError.
var ErrLost = errors.New("the store is gone")

// LostError lists the files that are left of a lost store.
type LostError struct {
	Dir  string
	Left []string // names of files
}

func (e *LostError) Error() string {
	return fmt.Sprintf("the store is gone: %s holds %s, but no %s", e.Dir, strings.Join(e.Left, ", "), FileName)
}

// Is makes errors.Is(err, ErrLost) true.
func (e *LostError) Is(target error) bool { return target == ErrLost }

// sideFiles are the files that are created after the store, and so remain when it is lost.
var sideFiles = []string{FileName + "-wal", "journal.0", "journal.1"}

// Detect tells whether a data folder holds a store. It changes nothing. It returns ErrLost
// if there are only side files of a store.
func Detect(ctx context.Context, dir string) (Presence, error) {
	if _, err := os.Stat(dir); err != nil {
		return "", err
	}
	path := filepath.Join(dir, FileName)
	if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		var left []string
		for _, name := range sideFiles {
			if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Size() > 0 {
				left = append(left, name)
			}
		}
		if len(left) > 0 {
			return "", &LostError{Dir: dir, Left: left}
		}
		return Absent, nil
	}
	outdated, err := Outdated(ctx, dir)
	if err != nil || !outdated {
		return Present, err
	}
	return Old, nil
}

// Outdated reports whether Open would migrate the store in a data folder. A process of an
// earlier version that uses the store would then fail.
func Outdated(ctx context.Context, dir string) (outdated bool, err error) {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	newest, err := newestVersion()
	if err != nil {
		return false, err
	}
	db, err := sql.Open("sqlite", plainDSN(path, "ro"))
	if err != nil {
		return false, fmt.Errorf("inspect store: %w", err)
	}
	defer func() { _ = db.Close() }() // it was only read
	// A store that was just created has no such table yet.
	var made bool
	err = db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'goose_db_version')`).Scan(&made)
	if err == nil && made {
		err = db.QueryRowContext(ctx, `SELECT max(version_id) < ? FROM goose_db_version`, newest).Scan(&outdated)
	}
	if err != nil {
		return false, fmt.Errorf("inspect store: %w", err)
	}
	return outdated, nil
}

// Close closes the store. It must be called once.
func (s *Store) Close() error { return errors.Join(s.ledger.close(), s.r.Close(), s.w.Close()) }

// Writes counts the transactions committed by this process.
func (s *Store) Writes() int64 { return s.writes.Load() }

// Read runs f in a read transaction, on one consistent state.
func (s *Store) Read(ctx context.Context, f func(newsroom.View) error) error {
	if g := groupOf(ctx); g != nil {
		return f(newView(ctx, g.tx))
	}
	tx, err := s.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("read store: %w", err)
	}
	defer rollback(tx)
	return f(newView(ctx, tx))
}

// Write commits all effects that f returns, or none.
func (s *Store) Write(ctx context.Context, f func(newsroom.View) (newsroom.Effects, error)) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		fx, err := f(newView(ctx, tx))
		if err != nil {
			return err
		}
		return apply(ctx, tx, fx, causeOf(fx))
	})
}

// causeOf returns the postponed message that an act handles; the zero cause for other acts.
func causeOf(fx newsroom.Effects) cause {
	for _, change := range fx {
		if c, ok := change.(newsroom.ReplyHandled); ok {
			return cause{message: c.Message, at: c.At, from: c.From, auth: c.Authenticated}
		}
	}
	return cause{}
}

// ErrUnavailable reports that nothing can be written to the store: the disk is full or
// failing, the file is locked or read-only.
var ErrUnavailable = errors.New("the store is unavailable")

// write runs f in a write transaction and makes the ledger check its claims again.
func (s *Store) write(ctx context.Context, f func(*sql.Tx) error) error {
	err := s.commit(ctx, f)
	if err == nil {
		s.version.Add(1)
	}
	return err
}

// commit is like write, for changes that no claim depends on.
func (s *Store) commit(ctx context.Context, f func(*sql.Tx) error) error {
	err := s.inTx(ctx, f)
	if unavailable(err) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// IsDiskFull reports whether an error means that the disk is full.
func IsDiskFull(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && e.Code()&0xff == lib.SQLITE_FULL
}

// IsUnavailable reports whether an error is caused by the store, not by what was written.
func IsUnavailable(err error) bool { return unavailable(err) || errors.Is(err, ErrUnavailable) }

// unavailable reports whether SQLite failed as a whole, rather than one statement.
func unavailable(err error) bool {
	var e *driver.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff { // the primary result code
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_READONLY, lib.SQLITE_IOERR, lib.SQLITE_FULL,
		lib.SQLITE_CANTOPEN, lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return true
	}
	return false
}

func (s *Store) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	if g := groupOf(ctx); g != nil {
		return g.part(ctx, f)
	}
	tx, err := s.w.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("write store: %w", err)
	}
	defer rollback(tx)
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("write store: %w", err)
	}
	s.writes.Add(1)
	return nil
}

// rollback ends a transaction that was not committed. Its error is dropped, because SQLite
// keeps nothing of it either way.
func rollback(tx *sql.Tx) { _ = tx.Rollback() }

// stamp returns an instant in its stored form, Unix milliseconds; NULL for the zero time.
func stamp(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

// instant is the inverse of stamp.
func instant(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64)
}

// ref returns a foreign key; NULL for 0.
func ref(id int64) sql.NullInt64 { return sql.NullInt64{Int64: id, Valid: id != 0} }

// list runs a query and reads each row.
func list[T any](ctx context.Context, q querier, read func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // it was only read
	var all []T
	for rows.Next() {
		one, err := read(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

type scanner interface{ Scan(dest ...any) error }

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// unknown turns a missing row into newsroom.ErrNotFound.
func unknown(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return newsroom.ErrNotFound
	}
	return err
}
