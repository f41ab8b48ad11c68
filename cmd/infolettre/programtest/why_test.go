package programtest

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"infolettre/internal/delivery"
	"infolettre/internal/localmail"
)

// Whatever happens to a mail, “why” tells each step, and every repeat.
func TestWhy_ReportsEachStep(t *testing.T) {
	t.Parallel()
	const (
		greylisted, gone, dropped, killed, fine, spam = "lectrice0@reseau0.example", "lectrice1@reseau1.example",
			"lectrice2@reseau2.example", "lectrice3@reseau3.example", "lectrice4@reseau4.example", "lectrice5@reseau5.example"
		friend = "ami@ailleurs.example"
	)
	var mu sync.Mutex
	tries := map[string]int{}
	kill := make(chan struct{})
	s := &sink{answer: func(point, rcpt string) error {
		mu.Lock()
		tries[point+rcpt]++
		n := tries[point+rcpt]
		mu.Unlock()
		switch {
		case point == "rcpt" && rcpt == greylisted && n == 1:
			return errGreylisted
		case point == "rcpt" && rcpt == gone:
			return errNoSuchUser
		case point == "data" && rcpt == dropped && n == 1:
			return localmail.ErrDrop
		case point == "data" && rcpt == spam && n == 1:
			return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Looks like spam"}
		case point == "data" && rcpt == killed && n == 1:
			close(kill)
			time.Sleep(time.Second) // the daemon is killed meanwhile
		}
		return nil
	}}
	o, program := signedIssue(t, s, 6)
	eve, err := o.serve(t.Context(), program, "2018-02-15T09:00:00+01:00")
	if err != nil {
		t.Fatal(err)
	}
	joins := func(row string) {
		t.Helper()
		csv := "email,name,centre,language,tags,consent\n" + row + "\n"
		if _, err := o.infolettre(t.Context(), program, strings.NewReader(csv), "subscribers", "import", "-"); err != nil {
			t.Fatal(err)
		}
	}
	joins(friend + ",Ami,,fr,ami,formulaire 2018")
	if err := eve.stop(); err != nil {
		t.Fatal(err)
	}
	daemon, err := o.serve(t.Context(), program, sendingHour(0))
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-kill:
	case <-time.After(patience):
		t.Fatalf("not reached; log: %s", daemon.log)
	}
	time.Sleep(500 * time.Millisecond) // the others are through
	daemon.cmd.Process.Kill()
	<-daemon.exited
	mentions(t, o.must(t, program, "why", killed, "1"), "It was being sent when the daemon stopped")
	for _, hour := range []string{sendingHour(1), "2018-02-16T09:30:00+01:00"} {
		if daemon, err = o.serve(t.Context(), program, hour); err != nil {
			t.Fatal(err)
		}
		if err := daemon.settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if hour == sendingHour(1) {
			mentions(t, o.must(t, program, "why", greylisted), "It is retried from 2018-02-16 09:0", "deferred: ", "451 4.7.1 Greylisted")
			mentions(t, o.must(t, program, "mailings", "show", "1"), "next retry 2018-02-16 09:0", "refused    1 with 451, deferred: ")
		}
		if err := daemon.stop(); err != nil {
			t.Fatal(err)
		}
	}

	explains := func(who string, words ...string) {
		t.Helper()
		out := o.must(t, program, "why", who, "1")
		mentions(t, out, append(words, "created for membres, partenaires")...)
	}
	explains(fine, "claimed for sending", "sending began over connection ", ", opened 2018-02-16 09:00",
		"sent: the relay answered 250 2.0.0", "It was sent, and no report came back.")
	explains(greylisted, "deferred: ", "451 4.7.1 Greylisted", "sent: the relay answered")
	explains(gone, "failed: ", "550 5.1.1 No such user", "this refusal counts as hard", "It failed and is not retried.", ": suppressed")
	explains(dropped, "in doubt: the connection was lost before the final reply", "may arrive twice", "1 attempt in doubt may have arrived too")
	explains(killed, "in doubt: the program stopped before the answer came", "1 attempt in doubt may have arrived too")
	explains(spam, "failed: ", "554 5.7.1 Looks like spam")
	explains(friend, "without this address", "the address (tags ami) is in none of the mailing's segments (membres, partenaires)")

	// What was given up is tried again; not the dead address, which is suppressed.
	if out, err := o.infolettre(t.Context(), program, nil, "mailings", "retry", "1"); err == nil {
		t.Errorf("an ended mailing was retried: %s", out)
	} else {
		mentions(t, err.Error(), "cannot retry mailing 1: it has ended; retry failed deliveries with --failed")
	}
	if daemon, err = o.serve(t.Context(), program, "2018-02-18T09:00:00+01:00"); err != nil {
		t.Fatal(err)
	}
	o.must(t, program, "mailings", "retry", "1", "--failed")
	if err := daemon.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m := issueMailing(t, o, program); m.State != delivery.MailingSent || m.Sent != 5 || m.Suppressed != 1 || m.Failed != 0 {
		t.Errorf("it stands at %+v", m)
	}
	explains(spam, "failed: ", "554 5.7.1 Looks like spam", "retried by the operator", "sent: the relay answered")
	explains(gone, "It is not sent: the address was suppressed on 2018-02-16 09:0", "hard bounce")

	// Who came later, who left, and whom nobody knows.
	joins("late@reseau.example,Late,,fr,membre,formulaire 2018")
	explains("late@reseau.example", "the address was added on 2018-02-18 09:0", "after the mailing was created")
	for _, c := range [][]string{{"why", "nobody@nowhere.example"}, {"why", "no address"}, {"why", fine, "7"}} {
		out, err := o.infolettre(t.Context(), program, nil, c...)
		if err == nil {
			t.Errorf("%v: %s", c, out)
			continue
		}
		mentions(t, err.Error(), "exit status 1", map[int]string{2: "", 3: "there is no mailing 7"}[len(c)])
	}
	letters := o.must(t, program, "why", marco, "--letters")
	mentions(t, letters, "is not in the people list", "request", "sent: the relay answered")
	if err := daemon.stop(); err != nil {
		t.Fatal(err)
	}

	// Every mail that came twice has its step.
	byReader, _ := issueMails(o)
	for who, ids := range byReader {
		m := o.why(t, program, who).Mailings[0]
		if again := len(ids) > 1; again && m.count(string(delivery.InDoubt)) == 0 {
			t.Errorf("%s got %v, and nothing says why: %+v", who, ids, m.Steps)
		}
	}
}
