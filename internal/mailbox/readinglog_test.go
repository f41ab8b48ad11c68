package mailbox_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"infolettre/internal/localmail"
	"infolettre/internal/mailbox"
)

// crashWhileReading runs a mailbox until the mail poison is being handled and the reading
// log holds entry, and returns a copy of the log: what a process that crashes leaves.
func crashWhileReading(t *testing.T, s *localmail.Server, record, poison, entry string) (left []byte, handled []string) {
	t.Helper()
	reached, release := make(chan struct{}), make(chan struct{})
	d := &recordingHandler{handle: func(ctx context.Context, subject string, _ int) (string, error) {
		if subject == poison {
			close(reached)
			<-release
			return "", mailbox.ErrUnavailable
		}
		return "", nil
	}}
	o := options(s.IMAPAddr())
	o.ReadingLog = record
	ctx, stop := context.WithCancel(t.Context())
	b, err := mailbox.New(o, d)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	<-reached
	await(t, "the record of "+poison, func() bool {
		left, err = os.ReadFile(record)
		return err == nil && strings.Contains(string(left), entry)
	})
	stop()
	close(release)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return left, d.handled()
}

// A mail that is open at two crashes of the process is quarantined without being read
// again, and the others are handled before it is tried a second time.
func TestRun_MailOpenAtTwoCrashesIsQuarantined(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	put(t, s, "poison", "un", "deux")
	record := filepath.Join(t.TempDir(), "reading")
	for crash := range 2 {
		left, handled := crashWhileReading(t, s, record, "poison", " 2\n") // open for longer than a moment
		if err := os.WriteFile(record, left, 0o600); err != nil {
			t.Fatal(err)
		}
		if want := [][]string{nil, {"un", "deux"}}[crash]; !slices.Equal(handled, want) {
			t.Errorf("crash %d: handled %q, want %q", crash+1, handled, want)
		}
	}
	d := &recordingHandler{}
	o := options(s.IMAPAddr())
	o.ReadingLog = record
	settle(t, run(t, o, d))
	if n := d.count("poison"); n != 0 {
		t.Errorf("the mail was handled %d times after two crashes", n)
	}
	if causes := d.quarantined[""]; len(causes) != 0 {
		t.Errorf("quarantined without its content: %v", causes)
	}
	if causes := d.quarantined["poison"]; len(causes) != 1 || !errors.Is(causes[0], mailbox.ErrCrashed) {
		t.Errorf("quarantined with %v", causes)
	}
	wantFolder(t, s, bad, "poison")
	wantFolder(t, s, done, "un", "deux")
	await(t, "an empty record", func() bool {
		text, err := os.ReadFile(record)
		return err == nil && strings.HasPrefix(string(text), "\n")
	})
}

// A kill from outside hits mails that were opened a moment ago. Two such crashes change
// only the order.
func TestRun_MailOpenForAMomentIsTriedAgain(t *testing.T) { // not parallel: it must see the log within 200 ms
	s := serve(t, localmail.Options{})
	put(t, s, "un", "deux")
	record := filepath.Join(t.TempDir(), "reading")
	for range 2 {
		left, _ := crashWhileReading(t, s, record, "un", " 1\n")
		if err := os.WriteFile(record, left, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := &recordingHandler{}
	o := options(s.IMAPAddr())
	o.ReadingLog = record
	settle(t, run(t, o, d))
	if d.count("un") != 1 || len(d.quarantined) > 0 {
		t.Errorf("handled %d times, quarantined %v", d.count("un"), d.quarantined)
	}
}

// A daemon that is stopped leaves no mail open in the log.
func TestRun_StopCountsNoCrash(t *testing.T) { // not parallel: it must see the log within 200 ms
	s := serve(t, localmail.Options{})
	put(t, s, "un")
	record := filepath.Join(t.TempDir(), "reading")
	for range 5 {
		crashWhileReading(t, s, record, "un", " 1\n")
		text, err := os.ReadFile(record)
		if err != nil || !strings.HasPrefix(string(text), "\n") {
			t.Fatalf("left %q, %v", text, err)
		}
	}
}

// A damaged or foreign file is ignored and delays no mail.
func TestRun_DamagedReadingLogIsIgnored(t *testing.T) {
	t.Parallel()
	for name, record := range map[string]string{
		"zeros": strings.Repeat("\x00", 1<<20), "one long line": strings.Repeat("1 ", 1<<19), "text": "# reading\nun deux\n",
		"torn": "1 1 0", "numbers too large": "99999999999 1 4 2\n", "negative": "1 1 -9 2\n1 2 -1 -4\n", "other numbers": "1 1 0 77\n1 2 0 77\n",
		"of another mailbox": "77 1 4 0\n77 2 4 0\n",
	} {
		s := serve(t, localmail.Options{})
		put(t, s, "un", "deux")
		path := filepath.Join(t.TempDir(), "reading")
		if err := os.WriteFile(path, []byte(record), 0o600); err != nil {
			t.Fatal(err)
		}
		d := &recordingHandler{}
		o := options(s.IMAPAddr())
		o.ReadingLog = path
		settle(t, run(t, o, d))
		if d.count("un") != 1 || d.count("deux") != 1 || len(d.quarantined) > 0 {
			t.Errorf("%s: handled %q, quarantined %v", name, d.handled(), d.quarantined)
		}
		await(t, "an empty record", func() bool {
			text, err := os.ReadFile(path)
			return err == nil && strings.HasPrefix(string(text), "\n")
		})
	}
}
