package programtest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"infolettre/internal/delivery"
)

// slow has the relay take its time over each mail of the issue.
func (s *sink) slow(d time.Duration) {
	s.mind(func(point string, _ int64) {
		if point == "data" {
			time.Sleep(d)
		}
	})
}

// until waits for so many mails of the issue to be accepted.
func (s *sink) until(t *testing.T, n int64, daemon *running) {
	t.Helper()
	for give := time.Now().Add(patience); s.accepted.Load() < n; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(give) {
			t.Fatalf("only %d mails; log: %s", s.accepted.Load(), daemon.log)
		}
	}
}

// must runs a command that is to succeed, and returns what it prints.
func (o *office) must(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := o.infolettre(t.Context(), program, nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func mentions(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in:\n%s", w, text)
		}
	}
}

// served counts what the readers got: how many got nothing, and how many more than
// one.
func served(o *office, readers int) (nothing, twice int) {
	byReader, _ := issueMails(o)
	for i := range readers {
		switch ids := byReader[fmt.Sprintf("lectrice%d@reseau%d.example", i, i%7)]; {
		case len(ids) == 0:
			nothing++
		case len(ids) > 1:
			twice++
		}
	}
	return nothing, twice
}

// Paused, a mailing that a running daemon sends stops within a second; resumed, it
// goes on to its end, with nobody twice and nobody missing.
func TestMailings_PauseAndResumeWhileSending(t *testing.T) {
	t.Parallel()
	const readers = 600
	const each = 100 * time.Millisecond // so that eight connections send at most 80 a second
	s := &sink{}
	o, program := signedIssue(t, s, readers)
	s.slow(each)
	daemon, err := o.serve(t.Context(), program, sendingHour(0))
	if err != nil {
		t.Fatal(err)
	}
	s.until(t, 60, daemon)
	printed, followed := follow(t, o, program)
	for give := time.Now().Add(patience); !strings.Contains(printed(), " left") && time.Now().Before(give) && s.accepted.Load() < readers/2; {
		time.Sleep(10 * time.Millisecond)
	}
	mentions(t, o.must(t, program, "mailings", "pause", "1"), "Mailing 1 is paused")
	atPause := s.accepted.Load()
	time.Sleep(3 * time.Second)
	more := s.accepted.Load() - atPause
	t.Logf("%d mails until it was paused, %d after that", atPause, more)
	if aSecond := int64(connections * time.Second / each); more > aSecond {
		t.Errorf("%d mails came after it was paused, more than a second's %d", more, aSecond)
	}
	if s.accepted.Load() == readers {
		t.Fatal("it was all sent before it was paused")
	}
	if m := issueMailing(t, o, program); m.State != delivery.MailingPaused || int64(m.Sent) != s.accepted.Load() || m.Queued != readers-m.Sent {
		t.Errorf("paused, with %d sent, it stands at %+v", s.accepted.Load(), m)
	}
	mentions(t, <-followed, fmt.Sprintf(" of %d, ", readers), "/s, about ", " left", "Mailing 1 is paused: ")
	shown := o.must(t, program, "mailings", "show", "1")
	mentions(t, shown, "state      paused", fmt.Sprintf("%d: %d sent, %d queued", readers, s.accepted.Load(), readers-s.accepted.Load()))
	if strings.Contains(shown, "time left") {
		t.Errorf("a paused mailing has a time left:\n%s", shown)
	}
	if out, err := o.infolettre(t.Context(), program, nil, "mailings", "pause", "1"); err == nil {
		t.Errorf("paused twice: %s", out)
	} else {
		mentions(t, err.Error(), "cannot pause mailing 1: it is paused")
	}

	s.slow(5 * time.Millisecond)
	mentions(t, o.must(t, program, "mailings", "resume", "1"), "Mailing 1 is resumed")
	s.until(t, atPause+more+1, daemon)
	if err := daemon.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := daemon.stop(); err != nil {
		t.Fatal(err)
	}
	if nothing, twice := served(o, readers); nothing+twice > 0 {
		t.Errorf("%d readers got nothing, %d got it twice", nothing, twice)
	}
	if m := issueMailing(t, o, program); m.State != delivery.MailingSent || m.Sent != readers {
		t.Errorf("in the end it stands at %+v", m)
	}
	mentions(t, o.must(t, program, "log", "list"), "pause paused", "resume sending", "issue 1, mailing 1")
	mentions(t, o.must(t, program, "log", "verify"), "The log is sound")
}

// follow runs “mailings show 1” on a terminal. It returns what the command has printed so
// far, and a channel that has all of it once the mailing is not sent any more.
func follow(t *testing.T, o *office, program string) (soFar func() string, all <-chan string) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	var number, unlocked int32 // see ioctl_tty(2)
	for request, value := range map[uintptr]*int32{syscall.TIOCGPTN: &number, syscall.TIOCSPTLCK: &unlocked} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			t.Fatal(errno)
		}
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "mailings", "show", "1")
	cmd.Dir, cmd.Stdout, cmd.Stderr = o.dir, tty, tty
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := tty.Close(); err != nil { // the program has its own
		t.Error(err)
	}
	printed, seen := &watchedLog{}, make(chan string, 1)
	go func() {
		io.Copy(printed, master) // ends with EIO once the program has closed its end
		if err := errors.Join(cmd.Wait(), master.Close()); err != nil {
			t.Error(err)
		}
		seen <- printed.String()
	}()
	return printed.String, seen
}

// Cancelled, a mailing stops within a second too, and its issue with it: what waited is
// settled by the daemon.
func TestMailings_CancelWhileSending(t *testing.T) {
	t.Parallel()
	const readers = 400
	s := &sink{}
	o, program := signedIssue(t, s, readers)
	s.slow(50 * time.Millisecond)
	daemon, err := o.serve(t.Context(), program, sendingHour(0))
	if err != nil {
		t.Fatal(err)
	}
	s.until(t, 40, daemon)
	mentions(t, o.must(t, program, "mailings", "cancel", "1"), "Mailing 1 is cancelled", "Issue 1 is cancelled too.")
	if err := daemon.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := issueMailing(t, o, program)
	if m.State != delivery.MailingCancelled || int64(m.Sent) != s.accepted.Load() || m.Sent+m.Suppressed != readers || m.Sent == readers {
		t.Errorf("with %d sent, it stands at %+v", s.accepted.Load(), m)
	}
	mentions(t, o.must(t, program, "issues", "list"), "cancelled")
	for _, act := range []string{"pause", "resume", "cancel", "retry"} {
		if out, err := o.infolettre(t.Context(), program, nil, "mailings", act, "1"); err == nil {
			t.Errorf("%s: %s", act, out)
		} else {
			mentions(t, err.Error(), "cannot "+act+" mailing 1: it was cancelled")
		}
	}
	if err := daemon.stop(); err != nil {
		t.Fatal(err)
	}
}
