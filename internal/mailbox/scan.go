package mailbox

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
)

const (
	// A batch is fetched with one command and moved with one command for each folder;
	// its mails are in memory together.
	batchMails = 50
	batchBytes = 8 << 20
	// collectAbove is the size of a mail or chunk, in octets, above which its memory is
	// returned to the system at once.
	collectAbove = 2 << 20
	// attempts is the number of failures at which a mail is quarantined.
	attempts = 2
)

// mailID identifies a mail across connections.
type mailID struct{ uidValidity, uid uint32 }

func (m Mail) id() mailID { return mailID{m.UIDValidity, m.UID} }

// failure counts the failures of a mail.
type failure struct {
	times int
	last  error
}

// scan handles the mails in the inbox, and those that arrive meanwhile. It tries each mail
// once; left reports whether some remain for a later scan. After an error the session is
// lost or unusable.
func (r *runner) scan(ctx context.Context, s *session) (left bool, err error) {
	tried := make(map[imap.UID]bool)
	r.pendingMoves = moves{} // those of a lost session are found again
	var present, found, todo []imap.UID
	var waiting int
	for {
		if len(todo) == 0 {
			select {
			case <-r.arrived: // the search below sees that change
			default:
			}
			// After taking the token, so that a change that is not counted here leaves one.
			r.known = r.box.arrivals.Load()
			if present, err = s.search(ctx); err != nil {
				return false, err
			}
			found, waiting = r.sortPresent(s, present, tried)
			for _, uid := range found {
				if !tried[uid] {
					tried[uid] = true
					todo = append(todo, uid)
				}
			}
		}
		size := min(len(todo), batchMails)
		if others := r.reading.moveSuspectsLast(s.uidValidity, todo); size > 0 {
			size = min(size, max(others, 1)) // a suspect is fetched alone
		}
		batch := imap.UIDSetNum(todo[:size]...)
		todo = todo[size:]
		if size == 0 && len(r.pendingMoves.folders) == 0 {
			r.forget(s.uidValidity, present)
			return len(found)+waiting > 0, nil
		}
		stop, err := false, error(nil)
		if size > 0 {
			stop, err = r.batch(ctx, s, batch)
		}
		if err == nil && (size == 0 || stop) {
			err = r.moveHandled(ctx, s, r.pendingMoves)
			r.pendingMoves = moves{}
		}
		if err != nil {
			return false, err
		}
		if stop {
			return true, nil
		}
	}
}

// batch handles some mails; handled ones are in pendingMoves or moved. stop reports that
// the handler is unavailable.
func (r *runner) batch(ctx context.Context, s *session, uids imap.UIDSet) (stop bool, err error) {
	mails, err := s.describe(ctx, uids)
	if err != nil {
		return false, err
	}
	for len(mails) > 0 && !stop {
		n := r.chunk(mails)
		if stop, err = r.handleChunk(ctx, s, mails[:n]); err != nil {
			return false, err
		}
		mails = mails[n:]
	}
	return stop, nil
}

// chunk returns how many of the mails, at least one, to fetch at once.
func (r *runner) chunk(mails []Mail) (n int) {
	var bytes int64
	for _, m := range mails {
		if m.Size <= r.box.opts.MaxSize {
			bytes += m.Size
		}
		if n > 0 && (bytes > batchBytes || n >= r.chunkSize) {
			break
		}
		n++
	}
	return n
}

// handleChunk fetches and handles some mails. Meanwhile it moves those of the previous
// chunk, because the server is slow at that.
func (r *runner) handleChunk(ctx context.Context, s *session, mails []Mail) (stop bool, err error) {
	var octets int64
	for _, m := range mails {
		octets += m.Size
	}
	if octets > collectAbove {
		// A large mail takes several times its size in memory. Without this, the next one
		// would double the heap before the collector runs.
		defer debug.FreeOSMemory()
	}
	refused, err := r.fetch(ctx, s, mails)
	if err != nil {
		return false, errors.Join(err, r.handleFetched(ctx, mails))
	}
	r.chunkSize = min(2*r.chunkSize, batchMails)
	r.redial.reset()
	r.box.recordSuccess()
	filed, before := make(chan error, 1), r.pendingMoves
	r.pendingMoves = moves{}
	go func() { filed <- r.moveHandled(ctx, s, before) }()
	defer func() { err = cmp.Or(err, <-filed) }()
	reads := r.startReading(mails, refused)
	defer reads.stopReading()
	var done moves
	for next := 0; next < len(mails) && !stop; {
		// A batch holds the store's only writer: it must not wait for a mail to be read,
		// because that may query the DNS.
		<-reads.mails[next].done
		some, n, err := r.handleSome(ctx, mails, next, reads)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil {
			r.box.opts.Log.Error("mail cannot be handled now, all mail waits", "error", err)
			stop = true
		}
		next += n
		done.addAll(some)
	}
	r.pendingMoves = done
	return stop, nil
}

// batchTime is how long mails are handled before the batch is committed. It is long enough
// for many mails and short for other writers, who wait.
const batchTime = 40 * time.Millisecond

// handleSome handles mails in one batch, from index first on, at least one, and returns
// their number. The first must have been read; mails that are not ready in time are left
// for the next call. An error means that the handler is unavailable; done then holds the
// mails that were committed.
func (r *runner) handleSome(ctx context.Context, mails []Mail, first int, reads *prefetch) (done moves, n int, err error) {
	var unavailable error
	err = r.box.handler.Batch(ctx, func(ctx context.Context) error {
		begun := time.Now()
		for i := first; i < len(mails) && (n == 0 || reads.ready(i, batchTime-time.Since(begun))); i++ {
			folder, err := r.handle(ctx, mails[i], func() (Reading, error) { return reads.result(i) })
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if errors.Is(err, ErrUnavailable) {
				unavailable = err
				return nil
			}
			reads.release(i)
			mails[i].Raw = nil
			n++
			if err == nil {
				done.add(folder, imap.UID(mails[i].UID))
			}
		}
		return nil
	})
	if err != nil {
		return moves{}, n, err
	}
	return done, n, unavailable
}

// fetch fills in the content of the mails that are not too large. refused holds, by UID,
// why a mail has none; err means that the session is lost.
func (r *runner) fetch(ctx context.Context, s *session, mails []Mail) (refused map[uint32]error, err error) {
	limit := r.box.opts.MaxSize
	refused = make(map[uint32]error)
	get := func(uids imap.UIDSet) error {
		raws, err := s.contents(ctx, uids, limit)
		var no *imap.Error
		lost := err != nil && !errors.As(err, &no)
		for i := range mails {
			m := &mails[i]
			if !uids.Contains(imap.UID(m.UID)) {
				continue
			}
			raw, ok := raws[m.UID]
			delete(refused, m.UID)
			switch {
			case !ok && lost:
			case !ok && err != nil:
				refused[m.UID] = err
			case !ok:
				refused[m.UID] = errors.New("fetch: the server gave no content")
			case int64(len(raw)) > limit:
				m.Size = max(m.Size, int64(len(raw)))
			default:
				m.Raw = raw
			}
		}
		if lost {
			return err
		}
		return nil
	}

	var together imap.UIDSet
	for _, m := range mails {
		if m.Size <= limit {
			together.AddNum(imap.UID(m.UID))
		}
	}
	if len(together) == 0 {
		return refused, nil
	}
	if err := get(together); err != nil {
		return nil, err
	}
	// A server that cannot read one mail may refuse the whole set.
	for _, uid := range slices.Sorted(maps.Keys(refused)) {
		if err := get(imap.UIDSetNum(imap.UID(uid))); err != nil {
			return nil, err
		}
	}
	return refused, nil
}

// handle handles or quarantines one mail and returns the folder to move it to. After an
// error the mail stays in the inbox.
func (r *runner) handle(ctx context.Context, m Mail, read func() (Reading, error)) (folder string, err error) {
	o := &r.box.opts
	log := o.Log.With("uid", m.UID, "uidvalidity", m.UIDValidity)
	fail := r.failed[m.id()]
	if m.Size > o.MaxSize {
		fail = failure{attempts, &TooLargeError{Size: m.Size, Max: o.MaxSize}}
	}
	if _, fatal := r.reading.suspected(m.id()); fatal {
		fail = failure{attempts, ErrCrashed}
	}
	if fail.times < attempts {
		reading, err := read()
		if err == nil {
			end := r.reading.begin(m.id())
			err = catchPanic(func() (err error) {
				folder, err = reading.Handle(ctx)
				return err
			})
			end()
		}
		if err == nil {
			delete(r.failed, m.id())
			r.reading.forget(func(id mailID) bool { return id == m.id() })
			return cmp.Or(folder, o.Done), nil
		}
		if ctx.Err() != nil || errors.Is(err, ErrUnavailable) {
			return "", err
		}
		fail = failure{fail.times + 1, err}
		r.failed[m.id()] = fail
		log.Error("mail could not be handled", "failures", fail.times, "error", err)
		if fail.times < attempts {
			return "", err
		}
	}
	err = catchPanic(func() error { return r.box.handler.Quarantine(ctx, m, fail.last) })
	if err != nil {
		log.Error("mail could not be quarantined", "error", err)
		return "", err
	}
	log.Warn("mail quarantined", "cause", fail.last)
	r.reading.forget(func(id mailID) bool { return id == m.id() })
	return o.Quarantine, nil
}

// catchPanic runs f and returns its panic as a *PanicError.
func catchPanic(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return f()
}

// forget drops what is remembered of mails that are no longer in the inbox.
func (r *runner) forget(uidValidity uint32, present []imap.UID) {
	gone := func(id mailID) bool {
		_, here := slices.BinarySearch(present, imap.UID(id.uid))
		return id.uidValidity != uidValidity || !here
	}
	maps.DeleteFunc(r.failed, func(id mailID, _ failure) bool { return gone(id) })
	r.reading.forget(gone)
	maps.DeleteFunc(r.moved, func(id mailID, _ bool) bool { return gone(id) })
	maps.DeleteFunc(r.handled, func(id mailID, _ string) bool { return gone(id) })
}
