package mailbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Run reads the mailbox until ctx ends, and then returns nil. It logs errors and dials
// again: soon after a lost connection, slowly after a refused login. It returns an error
// at once if it is running already.
func (b *Box) Run(ctx context.Context) error {
	if !b.running.CompareAndSwap(false, true) {
		return errors.New("mailbox: already running")
	}
	r := &runner{
		box:       b,
		arrived:   make(chan struct{}, 1),
		redial:    backoff{min: b.opts.RetryMin, max: b.opts.RetryMax},
		rescan:    backoff{min: b.opts.RetryMin, max: min(b.opts.RetryMax, b.opts.Poll)},
		failed:    make(map[mailID]failure),
		copied:    make(map[mailID]string),
		chunkSize: batchMails,
		handled:   make(map[mailID]string),
		moved:     make(map[mailID]bool),
		unmoved:   make(map[mailID]bool),
	}
	if b.opts.ReadingLog != "" {
		var err error
		if r.reading, err = openReadingLog(b.opts.ReadingLog, b.opts.Log); err != nil {
			b.opts.Log.Error("mails being read cannot be recorded, one that crashes the program will not be known", "error", err)
		}
	}
	defer func() {
		r.reading.close()
		b.clean.Store(0)
		for _, waiter := range r.waiters {
			waiter <- ErrStopped
		}
		b.running.Store(false)
	}()

	for {
		err := r.connect(ctx)
		if ctx.Err() != nil {
			return nil
		}
		b.clean.Store(0)
		b.recordFailure(err)
		pause := r.redial.next()
		if errors.Is(err, ErrLogin) {
			// Servers lock out clients that retry fast.
			pause = b.opts.RetryMax
			b.opts.Log.Error("mailbox login refused", "remedy", b.opts.remedy(err), "error", err, "retry_in", pause)
		} else {
			b.opts.Log.Warn("mailbox connection lost", "error", err, "retry_in", pause)
		}
		sleep(ctx, pause)
	}
}

// runner is the state of one Run.
type runner struct {
	box     *Box
	arrived chan struct{} // holds one token when the server reported a change
	known   uint64        // Box.arrivals when the last search began
	waiters []chan error  // calls of Sync that no scan has answered yet

	redial backoff
	rescan backoff

	pendingMoves moves // handled mails that are still in the inbox

	failed  map[mailID]failure
	reading *readingLog       // nil without a file
	copied  map[mailID]string // without MOVE: copied to this folder, not yet removed

	chunkSize int               // the most mails fetched at once
	handled   map[mailID]string // handled before the connection was lost, with their folders

	moved     map[mailID]bool // moved, as the server said: never moved again if they are found
	unmoved   map[mailID]bool // handled, and left in the inbox during this connection
	moveWorks bool            // a moved mail was seen to be gone
	moveFails bool            // a moved mail stayed: nothing more is moved over this connection
}

// connect reads the mailbox over one connection until it is lost.
func (r *runner) connect(ctx context.Context) error {
	o := &r.box.opts
	s, err := openSession(ctx, o, r.exists)
	if err != nil {
		return err
	}
	defer s.close()
	s.copied = r.copied
	clear(r.unmoved)
	r.moveWorks, r.moveFails = false, false
	if s.readOnly && !o.Examine {
		o.Log.Error("the server opens the inbox read-only: mails are handled and cannot be moved; give this user the right to delete there", "folder", o.folder())
	}
	o.Log.Info("mailbox connected", "host", o.URL.Host, "folder", o.folder(), "uidvalidity", s.uidValidity)

	for {
		r.box.clean.Store(0)
		left, err := r.scan(ctx, s)
		if err != nil {
			return err
		}
		r.redial.reset()
		r.box.recordSuccess()
		pause := o.Poll
		if left {
			pause = r.rescan.next()
		} else {
			r.rescan.reset()
			r.box.clean.Store(1 + r.known)
			for _, waiter := range r.waiters {
				waiter <- nil
			}
			r.waiters = nil
		}
		err = s.idle(ctx, pause, func(timer <-chan time.Time, lost <-chan struct{}) {
			select {
			case <-r.arrived:
			case waiter := <-r.box.syncs:
				r.waiters = append(r.waiters, waiter)
			case <-timer:
			case <-lost:
			case <-ctx.Done():
			}
		})
		if err != nil {
			return err
		}
	}
}

// exists is called by the IMAP client when the number of mails changes.
func (r *runner) exists() {
	r.box.arrivals.Add(1)
	select {
	case r.arrived <- struct{}{}:
	default:
	}
}

// openSession dials, creates the folders and selects the one to read.
func openSession(ctx context.Context, o *Options, exists func()) (*session, error) {
	s, err := dial(ctx, o, exists)
	if err != nil {
		return nil, err
	}
	s.examine = o.Examine
	err = s.readLayout(ctx)
	for _, folder := range []string{o.Done, o.Quarantine} {
		if err == nil && folder != "" && !o.Examine {
			err = s.ensureFolder(ctx, folder)
		}
	}
	if err == nil {
		if err = s.selectFolder(ctx, o.folder()); err != nil {
			err = fmt.Errorf("%w: %q: %w", ErrFolder, o.folder(), err)
		}
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// folder returns the name of the folder to read.
func (o *Options) folder() string {
	if name := strings.Trim(o.URL.Path, "/"); name != "" {
		return name
	}
	return "INBOX"
}

// Check tests everything that Run needs: it dials, logs in, creates missing folders,
// selects the inbox and logs out. It reads no mail. Its errors wrap ErrUnreachable, ErrTLS,
// ErrLogin or ErrFolder, unless the options are invalid.
func Check(ctx context.Context, o Options) error {
	if err := o.complete(); err != nil {
		return err
	}
	s, err := openSession(ctx, &o, func() {})
	if err != nil {
		for _, kind := range []error{ErrUnreachable, ErrTLS, ErrLogin, ErrFolder} {
			if errors.Is(err, kind) {
				return err
			}
		}
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer s.logout(ctx)
	if s.readOnly && !o.Examine {
		return fmt.Errorf("%w: %q", ErrReadOnly, o.folder())
	}
	return nil
}
