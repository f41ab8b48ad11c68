package mailbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"infolettre/internal/localmail"
	"infolettre/internal/mailbox"

	"github.com/emersion/go-imap/v2"
)

func TestRun_LostConnectionsLoseNoMail(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	d := &recordingHandler{}
	b := run(t, options(s.IMAPAddr()), d)
	for i := range 10 {
		settle(t, b)
		s.DropConnections()
		put(t, s, fmt.Sprint("nouvelle ", i))
	}
	settle(t, b)
	if got := d.handled(); len(got) != 10 {
		t.Errorf("handled %q", got)
	}
	wantFolder(t, s, "INBOX")
	if got := subjects(t, s, done); len(got) != 10 {
		t.Errorf("done: %q", got)
	}
}

// The connection breaks between handling and moving: the mail is handled again, under the
// same UID, and moved once.
func TestRun_ConnectionLostBeforeMoveRepeatsMail(t *testing.T) {
	t.Parallel()
	var s *localmail.Server
	var uids []uint32
	s = serve(t, localmail.Options{})
	d := &recordingHandler{}
	d.handle = func(_ context.Context, subject string, before int) (string, error) {
		d.mu.Lock()
		uids = append(uids, d.ids[subject])
		d.mu.Unlock()
		if before == 0 {
			s.DropConnections()
		}
		return "", nil
	}
	put(t, s, "un")
	b := run(t, options(s.IMAPAddr()), d)
	settle(t, b)
	if !slices.Equal(uids, []uint32{1, 1}) {
		t.Errorf("UIDs: %v", uids)
	}
	wantFolder(t, s, done, "un")
}

func TestRun_MailThatFailsTwiceIsQuarantined(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	poison := errors.New("unreadable")
	d := &recordingHandler{handle: func(_ context.Context, subject string, before int) (string, error) {
		switch {
		case subject == "poison":
			return "", poison
		case subject == "panic":
			panic("index out of range")
		case subject == "hésitant" && before == 0:
			return "", errors.New("try again")
		}
		return "", nil
	}}
	put(t, s, "un", "poison", "panic", "hésitant", "deux")
	b := run(t, options(s.IMAPAddr()), d)
	settle(t, b)
	if got, want := d.handled(), []string{"un", "deux", "hésitant"}; !slices.Equal(got, want) {
		t.Errorf("handled %q, want %q", got, want)
	}
	for _, subject := range []string{"poison", "panic"} {
		if n := d.count(subject); n != 2 {
			t.Errorf("%s was tried %d times", subject, n)
		}
		if n := len(d.causes(subject)); n != 1 {
			t.Errorf("%s was put into quarantine %d times", subject, n)
		}
	}
	if !errors.Is(d.causes("poison")[0], poison) {
		t.Errorf("cause: %v", d.causes("poison")[0])
	}
	var panicked *mailbox.PanicError
	if !errors.As(d.causes("panic")[0], &panicked) || panicked.Value != "index out of range" || len(panicked.Stack) == 0 {
		t.Errorf("cause: %v", d.causes("panic")[0])
	}
	wantFolder(t, s, "INBOX")
	wantFolder(t, s, bad, "poison", "panic")
}

// A mail whose quarantine cannot be stored stays in the inbox until it can.
func TestRun_FailedQuarantineIsRepeated(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	d := &recordingHandler{
		handle: func(context.Context, string, int) (string, error) { return "", errors.New("unreadable") },
		quarantine: func(_ string, before int) error {
			switch before {
			case 0:
				return errors.New("busy")
			case 1:
				panic("bad luck")
			}
			return nil
		},
	}
	put(t, s, "un")
	b := run(t, options(s.IMAPAddr()), d)
	settle(t, b)
	if d.count("un") != 2 || len(d.causes("un")) != 3 {
		t.Errorf("handled %d times, quarantined %d times", d.count("un"), len(d.causes("un")))
	}
	wantFolder(t, s, bad, "un")
}

// While the store is down no failure counts against the mails, and their order stays.
func TestRun_UnavailableHandlerPausesAllMail(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	d := &recordingHandler{handle: func(_ context.Context, subject string, before int) (string, error) {
		if subject == "un" && before < 5 {
			return "", fmt.Errorf("insert: disk full: %w", mailbox.ErrUnavailable)
		}
		return "", nil
	}}
	put(t, s, "un", "deux")
	b := run(t, options(s.IMAPAddr()), d)
	settle(t, b)
	if got, want := d.handled(), []string{"un", "deux"}; !slices.Equal(got, want) {
		t.Errorf("handled %q, want %q", got, want)
	}
	wantFolder(t, s, bad)
	wantFolder(t, s, done, "un", "deux")
}

func TestRun_TooLargeMailIsQuarantined(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	put(t, s, "un", strings.Repeat("x", 2000), "deux")
	o := options(s.IMAPAddr())
	o.MaxSize = 1000
	d := &recordingHandler{}
	b := run(t, o, d)
	settle(t, b)
	if got, want := d.handled(), []string{"un", "deux"}; !slices.Equal(got, want) {
		t.Errorf("handled %q, want %q", got, want)
	}
	var large *mailbox.TooLargeError
	if causes := d.causes(""); len(causes) != 1 || !errors.As(causes[0], &large) || large.Max != 1000 || large.Size < 2000 {
		t.Errorf("causes: %v", causes)
	}
	if got := subjects(t, s, bad); len(got) != 1 {
		t.Errorf("quarantine holds %d mails", len(got))
	}
}

// Each command that moves a mail is refused once, or loses the connection once; the mail is
// moved once nevertheless.
func TestRun_FailedMoveIsRepeated(t *testing.T) {
	t.Parallel()
	refusal := &imap.Error{Type: imap.StatusResponseTypeNo, Text: "Over quota"}
	for _, command := range []string{"MOVE", "COPY", "STORE", "EXPUNGE"} {
		for _, fault := range []error{refusal, localmail.ErrDrop} {
			t.Run(fmt.Sprint(command, " ", fault), func(t *testing.T) {
				t.Parallel()
				var once sync.Once
				s := serve(t, localmail.Options{
					NoMove: command != "MOVE",
					OnCommand: func(name string) (err error) {
						if name == command {
							once.Do(func() { err = fault })
						}
						return err
					},
				})
				put(t, s, "un", "deux")
				d := &recordingHandler{}
				b := run(t, options(s.IMAPAddr()), d)
				settle(t, b)
				put(t, s, "trois")
				settle(t, b)
				wantFolder(t, s, "INBOX")
				wantFolder(t, s, done, "un", "deux", "trois")
				wantFolder(t, s, bad)
			})
		}
	}
}

// The server cannot read one mail of the set.
func TestRun_RefusedFetchIsRepeatedForEachMail(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	refusals := 0
	s := serve(t, localmail.Options{OnCommand: func(name string) error {
		mu.Lock()
		defer mu.Unlock()
		if name != "FETCH" {
			return nil
		}
		// Sizes, then both mails, then the first alone.
		if refusals++; refusals == 2 || refusals == 3 {
			return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeServerBug, Text: "Corrupt"}
		}
		return nil
	}})
	put(t, s, "un", "deux")
	d := &recordingHandler{}
	b := run(t, options(s.IMAPAddr()), d)
	settle(t, b)
	if got, want := d.handled(), []string{"deux", "un"}; !slices.Equal(got, want) {
		t.Errorf("handled %q, want %q", got, want)
	}
	wantFolder(t, s, bad)
}

func TestRun_RefusedLoginIsRetried(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	put(t, s, "un")
	var mu sync.Mutex
	tries := 0
	o := options(s.IMAPAddr())
	o.Password = func() (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if tries++; tries < 3 {
			return "wrong", nil
		}
		return password, nil
	}
	d := &recordingHandler{}
	b := run(t, o, d)
	settle(t, b)
	if d.count("un") != 1 {
		t.Errorf("handled %d times", d.count("un"))
	}
}

// slowHandler blocks while reading one mail until goOn is closed.
type slowHandler struct {
	*recordingHandler
	slow string
	goOn chan struct{}

	open atomic.Int32 // open batches
}

func (d *slowHandler) Read(m mailbox.Mail) (mailbox.Reading, error) {
	if subjectOf(m.Raw) == d.slow {
		<-d.goOn
	}
	return d.recordingHandler.Read(m)
}

func (d *slowHandler) Batch(ctx context.Context, f func(context.Context) error) error {
	d.open.Add(1)
	defer d.open.Add(-1)
	return f(ctx)
}

// A mail that takes long to read, because it waits for the DNS, keeps no transaction open:
// the mails before it are committed, and others can write.
func TestRun_SlowReadKeepsNoBatchOpen(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	d := &slowHandler{recordingHandler: &recordingHandler{}, slow: "deux", goOn: make(chan struct{})}
	put(t, s, "un", "deux", "trois")
	b := run(t, options(s.IMAPAddr()), d)
	await(t, "the mail before it", func() bool { return len(d.handled()) == 1 && d.open.Load() == 0 })
	close(d.goOn)
	settle(t, b)
	if got := d.handled(); !slices.Equal(got, []string{"un", "deux", "trois"}) {
		t.Errorf("handled %q", got)
	}
}
