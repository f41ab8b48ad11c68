package mailbox_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"infolettre/internal/localmail"
	"infolettre/internal/mailbox"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

func TestRun_HandlesBacklogInOrder(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	var want []string
	for i := range 120 { // more than two batches
		want = append(want, fmt.Sprint("nouvelle ", i))
	}
	put(t, s, want...)
	d := &recordingHandler{}
	b := run(t, options(s.IMAPAddr()), d)
	settle(t, b)
	if got := d.handled(); !slices.Equal(got, want) {
		t.Errorf("handled %q", got)
	}
	wantFolder(t, s, "INBOX")
	wantFolder(t, s, done, want...)
	wantFolder(t, s, bad)
	if !b.Idle() {
		t.Error("not idle")
	}
}

func TestRun_IdleReportsNewMail(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	d := &recordingHandler{handle: func(_ context.Context, subject string, _ int) (string, error) {
		if subject == "autre" {
			return "InfoLettre/Other", nil
		}
		return "", nil
	}}
	b := run(t, options(s.IMAPAddr()), d)
	settle(t, b)
	for i := range 20 {
		subject := fmt.Sprint("nouvelle ", i)
		put(t, s, subject)
		// The poll comes only after minutes: IDLE reported the mail.
		await(t, subject, func() bool { return d.count(subject) == 1 })
	}
	put(t, s, "autre")
	settle(t, b)
	wantFolder(t, s, "INBOX")
	wantFolder(t, s, "InfoLettre/Other", "autre")
}

// A mail that is on the server when Sync is called is handled when it returns.
func TestSync_HandlesMailThatArrivedBefore(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	d := &recordingHandler{}
	b := run(t, options(s.IMAPAddr()), d)
	for i := range 200 {
		subject := fmt.Sprint("nouvelle ", i)
		put(t, s, subject)
		settle(t, b)
		if d.count(subject) != 1 {
			t.Fatalf("%s was handled %d times", subject, d.count(subject))
		}
	}
}

func TestRun_PollsWithoutIdle(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{OnCommand: func(name string) error {
		if name == "IDLE" {
			return &imap.Error{Type: imap.StatusResponseTypeNo, Text: "Not now"}
		}
		return nil
	}})
	o := options(s.IMAPAddr())
	o.Poll = 5 * time.Millisecond
	d := &recordingHandler{}
	run(t, o, d)
	put(t, s, "un")
	await(t, "the first mail", func() bool { return d.count("un") > 0 })
	put(t, s, "deux")
	await(t, "the second mail", func() bool { return d.count("deux") > 0 })
}

func TestRun_MovesWithoutExtensions(t *testing.T) {
	t.Parallel()
	for _, o := range []localmail.Options{{NoMove: true}, {NoMove: true, NoUIDPlus: true}} {
		t.Run(fmt.Sprintf("no UIDPLUS: %v", o.NoUIDPlus), func(t *testing.T) {
			t.Parallel()
			s := serve(t, o)
			put(t, s, "un", "deux", "trois")
			d := &recordingHandler{handle: func(_ context.Context, subject string, _ int) (string, error) {
				if subject == "deux" {
					return "InfoLettre/Other", nil
				}
				return "", nil
			}}
			b := run(t, options(s.IMAPAddr()), d)
			settle(t, b)
			wantFolder(t, s, "INBOX")
			wantFolder(t, s, done, "un", "trois")
			wantFolder(t, s, "InfoLettre/Other", "deux")
		})
	}
}

// A mail that somebody marked as deleted stays untouched.
func TestRun_SkipsDeletedMail(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	put(t, s, "un", "deux")
	c, err := imapclient.DialInsecure(s.IMAPAddr(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(string(office), password).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	deleted := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}
	if err := c.Store(imap.UIDSetNum(1), deleted, nil).Close(); err != nil {
		t.Fatal(err)
	}
	d := &recordingHandler{}
	b := run(t, options(s.IMAPAddr()), d)
	settle(t, b)
	if got, want := d.handled(), []string{"deux"}; !slices.Equal(got, want) {
		t.Errorf("handled %q, want %q", got, want)
	}
	wantFolder(t, s, "INBOX", "un")
}

func TestRun_StopsAndStartsAgain(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	handling := make(chan struct{}, 1)
	d := &recordingHandler{handle: func(ctx context.Context, subject string, _ int) (string, error) {
		if subject == "lent" {
			handling <- struct{}{}
			<-ctx.Done()
			return "", ctx.Err()
		}
		return "", nil
	}}
	b, err := mailbox.New(options(s.IMAPAddr()), d)
	if err != nil {
		t.Fatal(err)
	}
	// While idling, then in the middle of a mail.
	for _, subject := range []string{"", "lent", "lent"} {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.Run(ctx) }()
		if subject == "" {
			settle(t, b)
			if err := b.Run(ctx); err == nil {
				t.Error("ran twice at once")
			}
			put(t, s, "lent")
		}
		<-handling
		sync := make(chan error, 1)
		go func() { sync <- b.Sync(ctx) }()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
		if err := <-sync; err == nil {
			t.Error("sync succeeded although the mail was not handled")
		}
		if b.Idle() {
			t.Error("idle although stopped")
		}
	}
	// A stop counts no failure.
	if n := len(d.causes("lent")); n != 0 {
		t.Errorf("put into quarantine %d times", n)
	}
	wantFolder(t, s, "INBOX", "lent")
}

func TestNew_RefusesInvalidOptions(t *testing.T) {
	t.Parallel()
	good := options("127.0.0.1:143")
	for name, change := range map[string]func(*mailbox.Options){
		"no URL":        func(o *mailbox.Options) { o.URL = nil },
		"wrong scheme":  func(o *mailbox.Options) { o.URL = &url.URL{Scheme: "pop3", Host: "imap.example", User: url.User("a")} },
		"no host":       func(o *mailbox.Options) { o.URL = &url.URL{Scheme: "imap", User: url.User("a")} },
		"no user":       func(o *mailbox.Options) { o.URL = &url.URL{Scheme: "imap", Host: "imap.example"} },
		"no password":   func(o *mailbox.Options) { o.Password = nil },
		"no done":       func(o *mailbox.Options) { o.Done = "" },
		"no quarantine": func(o *mailbox.Options) { o.Quarantine = "" },
	} {
		o := good
		change(&o)
		if _, err := mailbox.New(o, &recordingHandler{}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
