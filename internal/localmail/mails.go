package localmail

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"infolettre/internal/message"
)

// Delivered is one mail to one recipient.
type Delivered struct {
	Seq  int             // 1, 2, 3 … in the order of acceptance
	At   time.Time       // by Options.Now
	From string          // the envelope's return path; "" for null
	To   message.Address // the envelope's recipient, with its +tag
	User string          // the authenticated user, or ""
	Raw  []byte          // with the trace fields on top and CRLF line ends; must not be changed
}

// Mails returns all mails accepted so far, in order.
func (s *Server) Mails() []Delivered {
	mails, _ := s.mails.since(0)
	return slices.Clone(mails)
}

// Wait returns the first mail for which match is true, accepted before or after the call.
// It returns an error when ctx ends or the server closes.
func (s *Server) Wait(ctx context.Context, match func(Delivered) bool) (Delivered, error) {
	seen := 0
	for {
		mails, changed := s.mails.since(seen)
		for _, m := range mails {
			if match(m) {
				return m, nil
			}
		}
		seen += len(mails)
		if changed == nil {
			return Delivered{}, errors.New("localmail: closed while waiting for a mail")
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Delivered{}, ctx.Err()
		}
	}
}

// acceptedMails holds the accepted mails in order.
type acceptedMails struct {
	mu      sync.Mutex
	mails   []Delivered
	closed  bool
	changed broadcast
}

// add numbers a mail and stores it. finish completes the mail under the lock, so that
// mailboxes fill in the order of the numbers; after its error the mail is not stored.
func (l *acceptedMails) add(d Delivered, finish func(*Delivered) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	d.Seq = len(l.mails) + 1
	if err := finish(&d); err != nil {
		return err
	}
	l.mails = append(l.mails, d)
	l.changed.send()
	return nil
}

// since returns the mails after the first n, and a channel that is closed at the next
// change; nil after close.
func (l *acceptedMails) since(n int) ([]Delivered, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	mails := l.mails[n:len(l.mails):len(l.mails)]
	if l.closed {
		return mails, nil
	}
	return mails, l.changed.wait()
}

func (l *acceptedMails) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.changed.send()
}

// broadcast wakes all waiters. The zero value is ready for use.
type broadcast struct {
	mu sync.Mutex
	ch chan struct{}
}

// wait returns a channel that the next send closes.
func (b *broadcast) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

func (b *broadcast) send() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}
