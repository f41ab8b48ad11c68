package mailbox

import (
	"context"
	"errors"
	"slices"

	"github.com/emersion/go-imap/v2"
)

// moves lists mails by the folder to move them to, folders in order of appearance.
type moves struct {
	folders []string
	mails   map[string][]imap.UID
}

func (m *moves) add(folder string, uid imap.UID) {
	if m.mails == nil {
		m.mails = make(map[string][]imap.UID)
	}
	if m.mails[folder] == nil {
		m.folders = append(m.folders, folder)
	}
	m.mails[folder] = append(m.mails[folder], uid)
}

// addAll adds the mails of another list.
func (m *moves) addAll(other moves) {
	for _, folder := range other.folders {
		for _, uid := range other.mails[folder] {
			m.add(folder, uid)
		}
	}
}

// moveHandled moves handled mails out of the inbox. Mails that the server refuses to move
// stay, and are handled again at a later scan. When a mail stays though the server reports
// success, as in a read-only shared folder, nothing more is moved: each try would leave
// another copy.
func (r *runner) moveHandled(ctx context.Context, s *session, f moves) error {
	for _, folder := range f.folders {
		mails := f.mails[folder]
		for len(mails) > 0 {
			if s.readOnly || s.examine || r.moveFails {
				r.keepInInbox(s, mails)
				break
			}
			n := len(mails)
			if !r.moveWorks {
				n = 1 // to see whether it leaves the inbox
			}
			moved, err := r.move(ctx, s, mails[:n], folder)
			if err != nil {
				return err
			}
			if !moved {
				break // the others keep their order
			}
			mails = mails[n:]
		}
	}
	return nil
}

// move moves some mails to one folder. After the first move over a connection it checks
// that the mails are gone. It reports false when the server refuses.
func (r *runner) move(ctx context.Context, s *session, mails []imap.UID, folder string) (moved bool, err error) {
	set := imap.UIDSetNum(mails...)
	err = s.move(ctx, set, folder)
	var refused *imap.Error
	switch {
	case errors.As(err, &refused):
		r.box.opts.Log.Warn("mails could not be moved", "folder", folder, "mails", len(mails), "error", err)
		return false, nil
	case err != nil:
		return false, err
	}
	for _, uid := range mails {
		id := mailID{s.uidValidity, uint32(uid)}
		r.moved[id] = true
		delete(r.handled, id)
	}
	if r.moveWorks {
		return true, nil
	}
	left, err := s.remaining(ctx, set)
	if errors.As(err, &refused) {
		return true, nil // a later search shows it
	}
	if err != nil {
		return false, err
	}
	if len(left) > 0 {
		r.reportMoveFails(folder)
		return true, nil
	}
	r.moveWorks = true
	return true, nil
}

// reportMoveFails records and logs that a moved mail is still in the inbox.
func (r *runner) reportMoveFails(folder string) {
	if r.moveFails {
		return
	}
	r.moveFails = true
	r.box.opts.Log.Error("a moved mail is still in the inbox: mails are handled, and no more are moved; give this user the right to delete there",
		"folder", folder)
}

// keepInInbox records handled mails that stay in the inbox.
func (r *runner) keepInInbox(s *session, mails []imap.UID) {
	for _, uid := range mails {
		r.unmoved[mailID{s.uidValidity, uint32(uid)}] = true
	}
}

// sortPresent returns the mails in the inbox that must be handled, and the number of those
// that were handled before a connection was lost and wait for their move; each is moved
// once a scan. It skips mails that stayed after a move, or cannot be moved.
func (r *runner) sortPresent(s *session, present []imap.UID, tried map[imap.UID]bool) (found []imap.UID, waiting int) {
	for _, uid := range present {
		id := mailID{s.uidValidity, uint32(uid)}
		folder, handled := r.handled[id]
		switch {
		case r.moved[id]:
			r.reportMoveFails("")
		case r.unmoved[id]:
		case handled:
			waiting++
			if !tried[uid] {
				tried[uid] = true
				r.pendingMoves.add(folder, uid)
			}
		default:
			found = append(found, uid)
		}
	}
	return found, waiting
}

// handleFetched handles the mails of a chunk that were complete when the connection was
// lost. They are moved over the next connection, with those of the previous chunk. The
// next chunk is half as large.
func (r *runner) handleFetched(ctx context.Context, mails []Mail) error {
	validity := mails[0].UIDValidity
	r.rememberHandled(validity, r.pendingMoves)
	r.chunkSize = max(1, min(r.chunkSize, len(mails))/2)
	whole := slices.DeleteFunc(slices.Clone(mails), func(m Mail) bool { return m.Raw == nil })
	if len(whole) == 0 || ctx.Err() != nil {
		return nil
	}
	r.redial.reset()
	reads := r.startReading(whole, nil)
	defer reads.stopReading()
	for next := 0; next < len(whole); {
		done, n, err := r.handleSome(ctx, whole, next, reads)
		r.rememberHandled(validity, done)
		if err != nil || n == 0 {
			return err
		}
		next += n
	}
	return nil
}

// rememberHandled remembers mails that are moved over the next connection.
func (r *runner) rememberHandled(uidValidity uint32, f moves) {
	for _, folder := range f.folders {
		for _, uid := range f.mails[folder] {
			r.handled[mailID{uidValidity, uint32(uid)}] = folder
		}
	}
}
