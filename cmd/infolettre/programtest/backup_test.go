package programtest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"infolettre/internal/delivery"
)

// whyJSON is what the tests read of “why --json”.
type whyJSON struct {
	Mailings []whyMailingJSON `json:"mailings"`
}

type whyMailingJSON struct {
	Steps []struct {
		What string `json:"what"`
	} `json:"steps"`
}

// why returns what the command prints about an address.
func (o *office) why(t *testing.T, program, address string) (j whyJSON) {
	t.Helper()
	out := o.must(t, program, "why", address, "--json")
	if err := json.Unmarshal([]byte(out), &j); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return j
}

// count returns the number of steps of a kind.
func (j whyMailingJSON) count(what string) (n int) {
	for _, s := range j.Steps {
		if s.What == what {
			n++
		}
	}
	return n
}

// A backup is made in the middle of a mailing; more is sent; then the data folder is lost.
// Nothing is sent from the restored backup until the operator resumes. Then everybody has the
// issue, and “why” explains each repeat. It takes half a minute, since the relay is slow on
// purpose: the backup must fall into the middle of the mailing.
func TestRestore_SendsNothingByItself(t *testing.T) {
	t.Parallel()
	const readers = 240
	s := &sink{}
	o, program := signedIssue(t, s, readers)
	s.slow(40 * time.Millisecond)
	daemon, err := o.serve(t.Context(), program, sendingHour(0))
	if err != nil {
		t.Fatal(err)
	}
	refused := func(args []string, words ...string) {
		t.Helper()
		out, err := o.infolettre(t.Context(), program, nil, args...)
		if err == nil {
			t.Fatalf("%v was done: %s", args, out)
		}
		mentions(t, err.Error(), words...)
	}
	s.until(t, 60, daemon)
	s.slow(2 * time.Second) // the commands may take their time
	mentions(t, o.must(t, program, "backup", "copy.db"), "Wrote and verified the backup copy.db")
	atCopy := s.accepted.Load()
	refused([]string{"backup", "copy.db"}, "copy.db exists already")
	info, err := os.Stat(filepath.Join(o.dir, "copy.db"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v", info, err)
	}
	refused([]string{"restore", "copy.db"}, "another “infolettre serve” is running in", "stop it first")
	s.slow(40 * time.Millisecond)
	s.until(t, atCopy+60, daemon)
	daemon.cmd.Process.Kill()
	<-daemon.exited
	refused([]string{"restore", "copy.db"}, "holds a store already")
	data := filepath.Join(o.dir, "data")
	if err := os.Rename(data, filepath.Join(o.dir, "lost")); err != nil {
		t.Fatal(err)
	}
	if s.accepted.Load() == readers {
		t.Fatal("all was sent before the folder was lost")
	}

	refused([]string{"restore", "infolettre.toml"}, "is not a backup of infolettre")
	mentions(t, o.must(t, program, "restore", "copy.db"), "Restored copy.db into", "Nothing is sent: this store was restored from a backup of 2018-02-16 09:0")
	if left, err := filepath.Glob(filepath.Join(data, ".restore-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	before := len(o.mail.Mails())
	s.slow(time.Millisecond)
	daemon, err = o.serve(t.Context(), program, sendingHour(1))
	if err != nil {
		t.Fatal(err)
	}
	mentions(t, daemon.log.String(), "Nothing is sent: this store was restored")
	time.Sleep(2 * time.Second)
	if n := len(o.mail.Mails()); n != before {
		t.Errorf("the restored store sent %d mails:%s", n-before, summary(o.mail))
	}
	mentions(t, o.must(t, program, "mailings", "list"), "Nothing is sent", "paused")
	mentions(t, o.must(t, program, "why", "lectrice239@reseau1.example"), "nothing is sent from this restored store until “infolettre mailings resume”")

	mentions(t, o.must(t, program, "mailings", "resume"), "The hold is lifted", "will now be sent", "Mailing 1, issue", "“infolettre mailings resume 1”")
	refused([]string{"mailings", "resume"}, "this store is not held")
	time.Sleep(time.Second)
	if m := issueMailing(t, o, program); m.State != delivery.MailingPaused || issuesAfter(o, before) > 0 {
		t.Errorf("the mailing went on by itself: %+v", m)
	}
	o.must(t, program, "mailings", "resume", "1")
	if err := daemon.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := daemon.stop(); err != nil {
		t.Fatal(err)
	}

	byReader, all := issueMails(o)
	if len(byReader) != readers {
		t.Errorf("%d readers of %d have the issue", len(byReader), readers)
	}
	t.Logf("%d were sent when the copy was made, %d in all", atCopy, all)
	doubts := 0
	for who, ids := range byReader {
		if len(ids) == 1 {
			continue
		}
		if len(ids) > 2 || ids[0] != ids[1] {
			t.Errorf("%s got %d mails: %v", who, len(ids), ids)
		}
		m := o.why(t, program, who).Mailings[0]
		if m.count("restored") == 0 {
			t.Errorf("nothing says why %s has it twice: %+v", who, m)
		}
		doubts += m.count(string(delivery.InDoubt))
	}
	if all == readers || doubts == 0 {
		t.Errorf("%d mails, of which the copy caught %d under way: the story shows nothing", all, doubts)
	}
	mentions(t, o.must(t, program, "log", "list"), "hold all", "lift the hold")
	mentions(t, o.must(t, program, "log", "verify"), "The log is sound")
}

// issuesAfter counts the issue's mails after the first n mails.
func issuesAfter(o *office, n int) (issues int) {
	for _, d := range o.mail.Mails()[n:] {
		if strings.HasPrefix(string(d.To), "lectrice") {
			issues++
		}
	}
	return issues
}

// The lost store may have sent what fell due since the backup. Until a daemon has handled that,
// the hold is not lifted; and what an operator sends is paused too.
func TestMailingsResume_NeedsDaemonRunAfterRestore(t *testing.T) {
	t.Parallel()
	s := &sink{}
	o, program := signedIssue(t, s, 3)
	o.must(t, program, "backup", "copy.db")
	data := filepath.Join(o.dir, "data")
	again := func() {
		t.Helper()
		if err := os.RemoveAll(data); err != nil {
			t.Fatal(err)
		}
		o.must(t, program, "restore", "copy.db")
	}
	again()
	if out, err := o.infolettre(t.Context(), program, nil, "mailings", "resume"); err == nil {
		t.Errorf("released: %s", out)
	} else {
		mentions(t, err.Error(), "jobs fell due since the backup was made", "start “infolettre serve” first")
	}
	daemon, err := o.serve(t.Context(), program, sendingHour(0))
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	mentions(t, o.must(t, program, "mailings", "resume"), "The hold is lifted", "Mailing 1, issue", "stays paused with 3 unsent")
	if err := daemon.stop(); err != nil {
		t.Fatal(err)
	}

	again()
	mentions(t, o.must(t, program, "issues", "send", "1"), "Issue 1 is queued, and its mailing is paused.", "Nothing is sent: this store was restored")
	mentions(t, o.must(t, program, "mailings", "show", "1"), "state      paused", "readers    3: 3 queued")
	if n := s.accepted.Load(); n != 0 {
		t.Errorf("%d mails of the issue were sent", n)
	}
}
