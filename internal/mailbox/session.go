package mailbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// session is one authenticated connection. One goroutine uses it at a time.
//
// Its methods return a wrapped *imap.Error when the server refused a command; the session
// can then be used further. After any other error the session is lost.
type session struct {
	client   *imapclient.Client
	conn     *watchdog
	saslConn *saslConn // the connection that the client uses
	caps     imap.CapSet

	layout  layout
	folders map[string]bool // existing folders, by their name on the server

	uidValidity uint32
	examine     bool   // the folder is opened by EXAMINE
	dropToken   func() // drops the access token of the session
	readOnly    bool   // the server reported the folder as read-only
	recorder    *responseRecorder
	copied      map[mailID]string // without MOVE: copied to this folder, not yet expunged; outlives the session
}

// do runs one command. The watchdog and the end of ctx close the connection.
func (s *session) do(ctx context.Context, operation string, command func() error) error {
	detach := context.AfterFunc(ctx, func() { _ = s.conn.Conn.Close() })
	defer detach()
	s.conn.start()
	err := command()
	expired := s.conn.stop()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case expired:
		return fmt.Errorf("%s: %w", operation, ErrTimeout)
	case operation != opLogin && isSessionExpired(err):
		if s.dropToken != nil {
			s.dropToken()
		}
		return fmt.Errorf("%s: %w: %v", operation, ErrSessionExpired, err) //nolint:errorlint // it must wrap no *imap.Error: the session is lost
	}
	return fmt.Errorf("%s: %w", operation, err)
}

// close closes the connection without waiting for the server.
func (s *session) close() {
	_ = s.conn.Conn.Close() // nothing is lost with the connection
	_ = s.client.Close()
}

// logout logs out, so that the server logs no broken connection, and closes.
func (s *session) logout(ctx context.Context) {
	_ = s.do(ctx, "logout", func() error { return s.client.Logout().Wait() }) // the connection is closed in any case
	s.close()
}

// selectFolder selects a folder, or examines it, and records whether it is read-only.
func (s *session) selectFolder(ctx context.Context, folder string) error {
	return s.do(ctx, "select", func() error {
		s.recorder.start()
		data, err := s.client.Select(s.layout.name(folder), &imap.SelectOptions{ReadOnly: s.examine}).Wait()
		s.readOnly = s.recorder.stopAndFind("[READ-ONLY]")
		if err == nil {
			s.uidValidity = data.UIDValidity
		}
		return err
	})
}

// remaining returns the mails of a set that are still there and not marked as deleted.
func (s *session) remaining(ctx context.Context, uids imap.UIDSet) (left []imap.UID, err error) {
	err = s.do(ctx, "search", func() error {
		data, err := s.client.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{uids}, NotFlag: []imap.Flag{imap.FlagDeleted}}, nil).Wait()
		if err == nil {
			left = data.AllUIDs()
		}
		return err
	})
	return left, err
}

// search returns the UIDs of all mails that are not marked as deleted, in order. A person
// marked the others, or we copied them to their folder and they wait for an EXPUNGE: they
// are not handled.
//
// A server may search the mailbox in the state that it last reported, and report later
// arrivals only at the end of a command. NOOP updates that state (RFC 9051 section 6.1.2).
func (s *session) search(ctx context.Context) (uids []imap.UID, err error) {
	err = s.do(ctx, "search", func() error {
		if err := s.client.Noop().Wait(); err != nil {
			return err
		}
		data, err := s.client.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}}, nil).Wait()
		if err == nil {
			uids = data.AllUIDs()
			slices.Sort(uids)
		}
		return err
	})
	return uids, err
}

// describe returns the mails of a set in UID order, without their content. It omits those
// that are gone.
func (s *session) describe(ctx context.Context, uids imap.UIDSet) (mails []Mail, err error) {
	err = s.do(ctx, "fetch sizes", func() error {
		found, err := s.client.Fetch(uids, &imap.FetchOptions{UID: true, InternalDate: true, RFC822Size: true}).Collect()
		for _, m := range found {
			mails = append(mails, Mail{
				UIDValidity: s.uidValidity, UID: uint32(m.UID), InternalDate: m.InternalDate, Size: m.RFC822Size,
			})
		}
		slices.SortFunc(mails, func(a, b Mail) int { return cmp.Compare(a.UID, b.UID) })
		return err
	})
	return mails, err
}

// contents fetches whole mails without marking them as seen. Of a mail that has more than
// limit bytes it returns limit+1. After an error it returns the mails that were complete.
func (s *session) contents(ctx context.Context, uids imap.UIDSet, limit int64) (map[uint32][]byte, error) {
	raws := make(map[uint32][]byte)
	err := s.do(ctx, "fetch", func() error {
		cmd := s.client.Fetch(uids, &imap.FetchOptions{
			UID:         true,
			BodySection: []*imap.FetchItemBodySection{{Peek: true}},
		})
		// After a truncated literal the session is lost. Closing the command then would read
		// the connection while the client does.
		cut := false
		defer func() {
			if !cut {
				_ = cmd.Close() // the result has its error already
			}
		}()
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			var (
				uid  imap.UID
				raw  []byte
				some bool
			)
			for item := m.Next(); item != nil; item = m.Next() {
				switch item := item.(type) {
				case imapclient.FetchItemDataUID:
					uid = item.UID
				case imapclient.FetchItemDataBodySection:
					if item.Literal == nil {
						continue
					}
					raw = make([]byte, min(item.Literal.Size(), limit+1))
					if _, err := io.ReadFull(item.Literal, raw); err != nil {
						cut = true
						return err
					}
					some = true
				}
			}
			if some {
				raws[uint32(uid)] = raw
			}
		}
		return cmd.Close()
	})
	return raws, err
}

// idle waits until wake returns, in IDLE where the server allows it. It gives wake a timer
// that fires after d and a channel that is closed with the connection.
func (s *session) idle(ctx context.Context, d time.Duration, wake func(timer <-chan time.Time, lost <-chan struct{})) error {
	var idle *imapclient.IdleCommand
	if s.caps.Has(imap.CapIdle) {
		err := s.do(ctx, "idle", func() (err error) {
			idle, err = s.client.Idle()
			return err
		})
		var refused *imap.Error
		if errors.As(err, &refused) {
			delete(s.caps, imap.CapIdle) // rely on the poll
		} else if err != nil {
			return err
		}
	}
	timer := time.NewTimer(d)
	wake(timer.C, s.client.Closed())
	timer.Stop()
	if idle == nil {
		select {
		case <-s.client.Closed():
			return io.ErrUnexpectedEOF
		default:
			return ctx.Err()
		}
	}
	return s.do(ctx, "end idle", func() error {
		if err := idle.Close(); err != nil {
			return err
		}
		return idle.Wait()
	})
}

// move moves mails to a folder. It may be repeated after an error. At worst there is then
// a second copy, if the server has no MOVE and the connection broke between COPY and its
// answer.
func (s *session) move(ctx context.Context, uids imap.UIDSet, folder string) error {
	err := s.moveTo(ctx, uids, folder)
	var refused *imap.Error
	if errors.As(err, &refused) && (refused.Code == imap.ResponseCodeTryCreate || refused.Code == imap.ResponseCodeNonExistent) {
		// Somebody removed the folder during this session.
		delete(s.folders, s.layout.name(folder))
		err = s.moveTo(ctx, uids, folder)
	}
	return err
}

func (s *session) moveTo(ctx context.Context, uids imap.UIDSet, folder string) error {
	if err := s.ensureFolder(ctx, folder); err != nil {
		return err
	}
	name := s.layout.name(folder)
	if s.caps.Has(imap.CapMove) {
		return s.do(ctx, "move", func() error {
			_, err := s.client.Move(uids, name).Wait()
			return err
		})
	}
	// COPY, STORE and EXPUNGE one after the other: the library's substitute for MOVE sends
	// all three at once, and would expunge mails that could not be copied.
	var uncopied, done imap.UIDSet
	for _, uid := range uidsOf(uids) {
		if s.copied[mailID{s.uidValidity, uint32(uid)}] != name {
			uncopied.AddNum(uid)
		}
	}
	if len(uncopied) > 0 {
		err := s.do(ctx, "copy", func() error {
			_, err := s.client.Copy(uncopied, name).Wait()
			return err
		})
		if err != nil {
			return err
		}
		for _, uid := range uidsOf(uncopied) {
			s.copied[mailID{s.uidValidity, uint32(uid)}] = name
		}
	}
	// Include those that an earlier, interrupted move left.
	for id := range s.copied {
		if id.uidValidity == s.uidValidity {
			done.AddNum(imap.UID(id.uid))
		}
	}
	if err := s.remove(ctx, done); err != nil {
		return err
	}
	clear(s.copied)
	return nil
}

// uidsOf returns the UIDs of a set without open ranges.
func uidsOf(set imap.UIDSet) []imap.UID {
	uids, _ := set.Nums()
	return uids
}

// remove deletes mails permanently. Without UIDPLUS (RFC 4315) the server also expunges
// mails that others marked as deleted in the same folder.
func (s *session) remove(ctx context.Context, uids imap.UIDSet) error {
	err := s.do(ctx, "store", func() error {
		return s.client.Store(uids, &imap.StoreFlags{
			Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted},
		}, nil).Close()
	})
	if err != nil {
		return err
	}
	return s.do(ctx, "expunge", func() error {
		if s.caps.Has(imap.CapUIDPlus) {
			return s.client.UIDExpunge(uids).Close()
		}
		return s.client.Expunge().Close()
	})
}
