package programtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
)

// opening waits until the daemon's record says that it has had a mail open for a while,
// after what earlier deaths count against it.
func opening(ctx context.Context, o *office, daemon *running, deaths int) error {
	entry := fmt.Sprintf(" %d 2\n", deaths)
	for {
		record, err := os.ReadFile(filepath.Join(o.dir, "data", "reading"))
		if err == nil && strings.Contains(string(record), entry) {
			return nil
		}
		select {
		case <-daemon.exited:
			return fmt.Errorf("the daemon ended: %w: %.2000s", daemon.err, daemon.log)
		case <-ctx.Done():
			return fmt.Errorf("no mail was open for long: %w: %.2000s", ctx.Err(), daemon.log)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// A daemon that dies twice while it reads a mail does not read it a third time: it quarantines
// the mail and tells the operator why. Mails behind it are answered first.
func TestServe_MailAtWhichItDiesTwiceIsQuarantined(t *testing.T) {
	if testing.Short() {
		t.Skip("not under -short")
	}
	t.Parallel()
	program := binary(t)
	o, err := newOffice(t.TempDir(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.mail.Close() })
	people := "email,name,centre,language,tags,consent\n" + nadia + ",Nadia Berthier,,fr,contact,formulaire 2017\n"
	if _, err := o.infolettre(t.Context(), program, strings.NewReader(people), "subscribers", "import", "-"); err != nil {
		t.Fatal(err)
	}
	// Ten photographs take the better part of a second, or more.
	slow := append([]byte("Message-ID: <slow@elsewhere.example>\r\n"), fileMail(repeated(plainJPEG(4000, 3000), 10)...)()...)
	news := "Message-ID: <news@cite-rouen.example>\r\nFrom: " + nadia + "\r\nTo: " + demo.NewsletterAddress + "\r\nSubject: Un salon\r\n\r\nUn salon ouvre a Rouen.\r\n"
	if err := o.mail.Append(demo.NewsletterAddress, slow); err != nil {
		t.Fatal(err)
	}
	for death := range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		daemon, err := o.serve(ctx, program, "")
		if err == nil && death == 1 {
			err = o.mail.Append(demo.NewsletterAddress, []byte(news))
		}
		if err == nil {
			err = opening(ctx, o, daemon, 2*death)
		}
		if err != nil {
			t.Fatal(err)
		}
		daemon.cmd.Process.Kill()
		<-daemon.exited
		cancel()
	}
	daemon, err := o.serve(t.Context(), program, "")
	if err != nil {
		t.Fatal(err)
	}
	notice, err := o.wait(t.Context(), "admin@cites.example", delivery.KindNotice, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(strings.Fields(notice.Text), " "), "the program died while it read this mail") {
		t.Errorf("the operator is told: %s", notice.Text)
	}
	if _, err := o.wait(t.Context(), nadia, delivery.KindReceipt, 1); err != nil {
		t.Error(err)
	}
	if err := daemon.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	aside, err := o.mail.Folder(t.Context(), demo.NewsletterAddress, "InfoLettre/Quarantine")
	if err != nil || len(aside) != 1 || !strings.Contains(string(aside[0]), "slow@elsewhere.example") {
		t.Errorf("%d mails are in quarantine, %v", len(aside), err)
	}
	if err := daemon.stop(); err != nil {
		t.Error(err)
	}
}
