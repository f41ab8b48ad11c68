package mailbox

import (
	"context"
	"errors"
	"slices"

	"github.com/emersion/go-imap/v2"
)

// filing says which mails go to which folder, folders in order of appearance.
type filing struct {
	folders []string
	mails   map[string][]imap.UID
}

func (f *filing) add(folder string, uid imap.UID) {
	if f.mails == nil {
		f.mails = make(map[string][]imap.UID)
	}
	if f.mails[folder] == nil {
		f.folders = append(f.folders, folder)
	}
	f.mails[folder] = append(f.mails[folder], uid)
}

// join adds those of another.
func (f *filing) join(g filing) {
	for _, folder := range g.folders {
		for _, uid := range g.mails[folder] {
			f.add(folder, uid)
		}
	}
}

// file moves handled mails out of the inbox. What the server refuses stays, and
// is handed over again at a later look. Where a mail is still there though the server
// says that it was moved, as in a folder that is shared read-only, nothing more is moved:
// each try would leave one more copy.
func (r *runner) file(ctx context.Context, s *session, f filing) error {
	for _, folder := range f.folders {
		mails := f.mails[folder]
		for len(mails) > 0 {
			if s.readOnly || s.examine || r.immobile {
				r.keep(s, mails)
				break
			}
			n := len(mails)
			if !r.removes {
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
		r.filed[id] = true
		delete(r.rescued, id)
	}
	if r.removes {
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
		r.stuck(folder)
		return true, nil
	}
	r.removes = true
	return true, nil
}

// stuck notes that what was moved is still there.
func (r *runner) stuck(folder string) {
	if r.immobile {
		return
	}
	r.immobile = true
	r.box.opts.Log.Error("a mail that was moved is still in the inbox: mails are handled, and no more are moved; give this user the right to delete there",
		"folder", folder)
}

// keep leaves handled mails where they are.
func (r *runner) keep(s *session, mails []imap.UID) {
	for _, uid := range mails {
		r.kept[mailID{s.uidValidity, uint32(uid)}] = true
	}
}

// sort returns which of the mails in the inbox are to be handled, and how many others are
// to be filed: those that were handled before a connection was lost. They are filed once
// in a look. Those that were moved and are still there, or cannot be moved, are left alone.
func (r *runner) sort(s *session, present []imap.UID, tried map[imap.UID]bool) (found []imap.UID, waiting int) {
	for _, uid := range present {
		id := mailID{s.uidValidity, uint32(uid)}
		folder, handled := r.rescued[id]
		switch {
		case r.filed[id]:
			r.stuck("")
		case r.kept[id]:
		case handled:
			waiting++
			if !tried[uid] {
				tried[uid] = true
				r.unfiled.add(folder, uid)
			}
		default:
			found = append(found, uid)
		}
	}
	return found, waiting
}

// rescue handles those mails of a chunk that came whole before the connection was lost.
// They are filed over the next one, with those of the chunk before. The next chunk is half
// as large.
func (r *runner) rescue(ctx context.Context, mails []Mail) error {
	validity := mails[0].UIDValidity
	r.remember(validity, r.unfiled)
	r.chunkOf = max(1, min(r.chunkOf, len(mails))/2)
	whole := slices.DeleteFunc(slices.Clone(mails), func(m Mail) bool { return m.Raw == nil })
	if len(whole) == 0 || ctx.Err() != nil {
		return nil
	}
	r.redial.reset()
	reads := r.read(whole, nil)
	defer reads.end()
	for next := 0; next < len(whole); {
		done, n, err := r.handleSome(ctx, whole, next, reads)
		r.remember(validity, done)
		if err != nil || n == 0 {
			return err
		}
		next += n
	}
	return nil
}

// remember keeps what is to be filed over another connection.
func (r *runner) remember(uidValidity uint32, f filing) {
	for _, folder := range f.folders {
		for _, uid := range f.mails[folder] {
			r.rescued[mailID{uidValidity, uint32(uid)}] = folder
		}
	}
}
