package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"infolettre/config"
	"infolettre/internal/delivery"
	"infolettre/internal/mailbox"
	"infolettre/internal/message"
	"infolettre/internal/schedule"
	"infolettre/internal/sqlite"
)

// rehearsal is a run of the daemon that changes nothing. It works on a copy of the store,
// reads the mailbox without marking or moving a mail, prints where each would be filed, and
// writes the mails that it would send to a folder.
type rehearsal struct {
	dir    string // of the mails
	data   string // the copy's folder, which is removed at the end
	tokens string // the data folder itself, where refresh tokens are kept
	from   string // describes the copied store
	w      io.Writer
	clock  schedule.Clock

	mu    sync.Mutex
	mails int
	filed map[[2]uint32]string // the folder printed, by UIDVALIDITY and UID
}

// newRehearsal creates the folder and the copy, and returns the configuration to rehearse
// with. The caller sets the clock, and must close the rehearsal.
func newRehearsal(ctx context.Context, cfg *config.Config, dir string, w io.Writer) (*rehearsal, *config.Config, error) {
	r := &rehearsal{dir: dir, w: w, filed: map[[2]uint32]string{}}
	var err error
	if r.dir == "" {
		if r.dir, err = os.MkdirTemp("", "infolettre-rehearsal-"); err != nil {
			return nil, nil, err
		}
	} else if err := emptyFolder(r.dir); err != nil {
		return nil, nil, err
	}
	// It is private (mode 0700), because it holds addresses.
	if r.data, err = os.MkdirTemp(r.dir, ".store-"); err != nil {
		return nil, nil, err
	}
	r.tokens, r.from = cfg.Data, "a copy, removed at the end"
	made, err := sqlite.Copy(ctx, cfg.Data, r.data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.tokens, r.from = "", "empty, because there is no folder "+cfg.Data
	case err != nil:
		return nil, nil, errors.Join(fmt.Errorf("copy the store: %w", err), r.close())
	case !made:
		r.from = "empty, because there is none yet in " + cfg.Data
	}
	other := *cfg
	other.Data = r.data
	other.Web.Listen = "127.0.0.1:0" // a daemon may run beside it
	return r, &other, nil
}

// emptyFolder creates a folder, or returns an error if it exists and is not empty.
func emptyFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty; name a new folder with --dir", dir)
	}
	return os.MkdirAll(dir, 0o700)
}

// close removes the copy.
func (r *rehearsal) close() error { return os.RemoveAll(r.data) }

// begin prints what the rehearsal works on.
func (r *rehearsal) begin(pages string) {
	fmt.Fprintf(r.w, `Rehearsal from %s. Nothing is changed:
  store    %s
  mailbox  only read (EXAMINE); the folder of each mail is printed here
  mails    not sent, but written to %s
  pages    http://%s
`, r.clock.Now().Format(time.RFC3339), r.from, r.dir, pages)
}

// end prints how many mails were read and written, and where.
func (r *rehearsal) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.w, "Rehearsal ended: %s read, %s written to %s.\n", count(len(r.filed), "mail"), count(r.mails, "mail"), r.dir)
}

// file prints once where a mail would be filed.
func (r *rehearsal) file(m mailbox.Mail, from message.Address, subject, folder string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := [2]uint32{m.UIDValidity, m.UID}
	if r.filed[key] == folder {
		return
	}
	r.filed[key] = folder
	fmt.Fprintf(r.w, "mail %d, “%s” from %s, would go to %s\n", m.UID, cut(subject, 60), oneLine(string(from)), folder)
}

// Connect implements delivery.Dialer, with the folder as the relay.
func (r *rehearsal) Connect(context.Context) (delivery.Conn, error) { return folderConn{r}, nil }

type folderConn struct{ *rehearsal }

func (folderConn) Alive() bool      { return true }
func (c folderConn) String() string { return "the folder " + c.dir }
func (folderConn) Close() error     { return nil }

// Send writes a mail to a file, below the envelope's addresses as a server writes them at the
// final delivery (RFC 5321 section 4.4).
func (c folderConn) Send(ctx context.Context, from string, to message.Address, raw []byte, attempt func(context.Context) error) (string, error) {
	if err := attempt(ctx); err != nil {
		return "", err
	}
	c.mu.Lock()
	c.mails++
	n := c.mails
	c.mu.Unlock()
	name := fmt.Sprintf("%05d %s %s %s.eml", n, c.clock.Now().Format("2006-01-02 15h04"), kindOf(raw), namePart(string(to)))
	envelope := fmt.Sprintf("Return-Path: <%s>\r\nDelivered-To: %s\r\n", from, to)
	if err := os.WriteFile(filepath.Join(c.dir, name), append([]byte(envelope), raw...), 0o600); err != nil {
		return "", &delivery.Failure{Text: err.Error(), Temporary: true, Relay: true}
	}
	return "250 2.0.0 written to " + name, nil
}

// kindOf returns the kind of one of our mails.
func kindOf(raw []byte) string {
	head, _, _ := strings.Cut(string(raw[:min(len(raw), 16<<10)]), "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if kind, is := strings.CutPrefix(line, delivery.KindField+": "); is {
			return namePart(kind)
		}
	}
	return "mail"
}

// namePart returns a text with _ for what a file's name should not hold.
func namePart(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("@.+-_", r):
			return r
		}
		return '_'
	}, s[:min(len(s), 120)])
}
