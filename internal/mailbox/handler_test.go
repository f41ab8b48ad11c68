package mailbox_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"infolettre/internal/localmail"
	"infolettre/internal/mailbox"
	"infolettre/internal/message"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	office   = message.Address("redaction@citedesmetiers.example")
	password = "correct horse"
	done     = "InfoLettre/Done"
	bad      = "InfoLettre/Quarantine"
)

func serve(t *testing.T, o localmail.Options) *localmail.Server {
	t.Helper()
	o.Accounts = []localmail.Account{{Address: office, Password: password}}
	s, err := localmail.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func options(addr string) mailbox.Options {
	return mailbox.Options{
		URL:        &url.URL{Scheme: "imap", User: url.User(string(office)), Host: addr, Path: "/INBOX"},
		Password:   func() (string, error) { return password, nil },
		Done:       done,
		Quarantine: bad,
		RetryMin:   time.Millisecond,
		RetryMax:   20 * time.Millisecond,
	}
}

func put(t *testing.T, s *localmail.Server, subjects ...string) {
	t.Helper()
	for _, subject := range subjects {
		if err := s.Append(office, []byte("Subject: "+subject+"\r\n\r\nBonjour\r\n")); err != nil {
			t.Fatal(err)
		}
	}
}

// recordingHandler records the mails that it was given.
type recordingHandler struct {
	// handle may be nil. before is how often the mail was handled before.
	handle     func(ctx context.Context, subject string, before int) (folder string, err error)
	quarantine func(subject string, before int) error

	mu          sync.Mutex
	log         []string // subjects, in the order of their first successful handling
	times       map[string]int
	quarantined map[string][]error
	ids         map[string]uint32
}

func (d *recordingHandler) Read(m mailbox.Mail) (mailbox.Reading, error) {
	return recordedReading{d, m}, nil
}

func (d *recordingHandler) Batch(ctx context.Context, f func(context.Context) error) error {
	return f(ctx)
}

// recordedReading is a mail that a recordingHandler read.
type recordedReading struct {
	*recordingHandler
	mail mailbox.Mail
}

func (d recordedReading) Handle(ctx context.Context) (string, error) {
	m := d.mail
	subject := subjectOf(m.Raw)
	d.mu.Lock()
	if d.times == nil {
		d.times = make(map[string]int)
		d.ids = make(map[string]uint32)
	}
	before := d.times[subject]
	d.times[subject]++
	d.ids[subject] = m.UID
	d.mu.Unlock()
	var folder string
	if d.handle != nil {
		var err error
		if folder, err = d.handle(ctx, subject, before); err != nil {
			return "", err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Contains(d.log, subject) {
		d.log = append(d.log, subject)
	}
	return folder, nil
}

func (d *recordingHandler) Quarantine(_ context.Context, m mailbox.Mail, cause error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.quarantined == nil {
		d.quarantined = make(map[string][]error)
	}
	subject := subjectOf(m.Raw)
	d.quarantined[subject] = append(d.quarantined[subject], cause)
	if d.quarantine != nil {
		return d.quarantine(subject, len(d.quarantined[subject])-1)
	}
	return nil
}

func (d *recordingHandler) handled() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.log)
}

func (d *recordingHandler) count(subject string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.times[subject]
}

func (d *recordingHandler) causes(subject string) []error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.quarantined[subject]
}

func subjectOf(raw []byte) string {
	line, _, _ := strings.Cut(string(raw), "\r\n")
	return strings.TrimPrefix(line, "Subject: ")
}

// run starts a box and stops it at the end of the test.
func run(t *testing.T, o mailbox.Options, h mailbox.Handler) *mailbox.Box {
	t.Helper()
	b, err := mailbox.New(o, h)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return b
}

func settle(t *testing.T, b *mailbox.Box) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := b.Sync(ctx); err != nil {
		t.Fatalf("sync: %v", err)
	}
}

// await polls a condition until it is true.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting for %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func subjects(t *testing.T, s *localmail.Server, folder string) []string {
	t.Helper()
	raws, err := s.Folder(t.Context(), office, folder)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, raw := range raws {
		list = append(list, subjectOf(raw))
	}
	return list
}

func wantFolder(t *testing.T, s *localmail.Server, folder string, want ...string) {
	t.Helper()
	if got := subjects(t, s, folder); !slices.Equal(got, want) {
		t.Errorf("%s holds %q, want %q", folder, got, want)
	}
}
