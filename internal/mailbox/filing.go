package mailbox

import (
	"context"
	"errors"
	"slices"

	"github.com/emersion/go-imap/v2"
)

// moves says which mails go to which folder, folders in order of appearance.
type moves struct {
	folders []string
	mails   map[string][]imap.UID
}

func (f *moves) add(folder string, uid imap.UID) {
	if f.mails == nil {
		f.mails = make(map[string][]imap.UID)
	}
	if f.mails[folder] == nil {
		f.folders = append(f.folders, folder)
	}
	f.mails[folder] = append(f.mails[folder], uid)
}

// addAll adds those of another.
func (f *moves) addAll(g moves) {
	for _, folder := range g.folders {
		for _, uid := range g.mails[folder] {
			f.add(folder, uid)
		}
	}
}

// moveHandled moves handled mails out of the inbox. What the server refuses stays, and
// is handed over again at a later look. Where a mail is still there though the server
// says that it was moved, as in a folder that is shared read-only, nothing more is moved:
// each try would leave one more copy.
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
				n = 1 // to see what becomes of it
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

// move files some mails in one folder, and looks after the first over a connection. It
// reports false where the server refuses.
func (r *runner) move(ctx context.Context, s *session, mails []imap.UID, folder string) (moved bool, err error) {
	set := imap.UIDSetNum(mails...)
	err = s.move(ctx, set, folder)
	var refused *imap.Error
	switch {
	case errors.As(err, &refused):
		r.box.opts.Log.Warn("mails could not be filed", "folder", folder, "mails", len(mails), "error", err)
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
		return true, nil // a later search tells
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

// reportMoveFails notes that what was moved is still there.
func (r *runner) reportMoveFails(folder string) {
	if r.moveFails {
		return
	}
	r.moveFails = true
	r.box.opts.Log.Error("a mail that was moved is still in the inbox: mails are handled, and no more are moved; give this user the right to delete there",
		"folder", folder)
}

// keepInInbox leaves handled mails where they are.
func (r *runner) keepInInbox(s *session, mails []imap.UID) {
	for _, uid := range mails {
		r.unmoved[mailID{s.uidValidity, uint32(uid)}] = true
	}
}

// sortPresent returns which of the mails in the inbox are to be handled, and how many others are
// to be filed: those that were handled before a connection was lost. They are filed once
// in a look. Those that were moved and are still there, or cannot be moved, are left alone.
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

// handleFetched handles those mails of a chunk that came whole before the connection was lost.
// They are filed over the next one, with those of the chunk before. The next chunk is half
// as large.
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

// rememberHandled keeps what is to be filed over another connection.
func (r *runner) rememberHandled(uidValidity uint32, f moves) {
	for _, folder := range f.folders {
		for _, uid := range f.mails[folder] {
			r.handled[mailID{uidValidity, uint32(uid)}] = folder
		}
	}
}
