package programtest

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/jhillyerd/enmime/v2"

	"infolettre/internal/demo"
	"infolettre/internal/localmail/debian"
	"infolettre/internal/sqlite"
)

// aNews is the n-th of many mails of about 30 KB in which strangers write at length.
func aNews(n int) []byte {
	var text strings.Builder
	for i := 0; text.Len() < 28<<10; i++ {
		fmt.Fprintf(&text, "Notre centre ouvre un %de atelier sur les métiers du fleuve ; on y vient comme on est, toute l’année.\r\n\r\n", i+1)
	}
	return fmt.Appendf(nil, "From: Une lectrice <lectrice%d@ailleurs.example>\r\nTo: <%s>\r\nDate: Thu, 01 Feb 2018 08:00:00 +0100\r\n"+
		"Message-ID: <%[1]d@ailleurs.example>\r\nSubject: Nos ateliers, n° %[1]d\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%[3]s", n, demo.NewsletterAddress, text.String())
}

// aReport is the n-th of many mails of about 30 KB that come back after an issue.
func aReport(n int) []byte {
	report := fmt.Sprintf("Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.ailleurs.example (Mail Delivery System)\r\nTo: <%s>\r\n"+
		"Date: Fri, 16 Feb 2018 09:01:00 +0100\r\nMessage-ID: <%d.report@mx.ailleurs.example>\r\nSubject: Undelivered Mail Returned to Sender\r\n"+
		"Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n"+
		"--b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nI'm sorry to have to inform you that your message could not be delivered.\r\n\r\n"+
		"<lectrice%[2]d@ailleurs.example>: host mx.ailleurs.example[192.0.2.1] said: 550 5.1.1 no such user (in reply to RCPT TO command)\r\n\r\n"+
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.ailleurs.example\r\n\r\n"+
		"Final-Recipient: rfc822; lectrice%[2]d@ailleurs.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"+
		"--b\r\nContent-Type: message/rfc822\r\n\r\n", demo.NewsletterAddress, n)
	return append(append([]byte(report), aNews(n)...), "\r\n--b--\r\n"...)
}

// fetchAndParse is the least that can be done: fetch all in batches of 50, and have
// each parsed.
func fetchAndParse(b *testing.B, addr string) time.Duration {
	b.Helper()
	start := time.Now()
	c, err := imapclient.DialInsecure(addr, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(demo.NewsletterAddress, demo.Password).Wait(); err != nil {
		b.Fatal(err)
	}
	box, err := c.Select("INBOX", nil).Wait()
	if err != nil {
		b.Fatal(err)
	}
	section := &imap.FetchItemBodySection{Peek: true}
	for first := uint32(1); first <= box.NumMessages; first += 50 {
		var set imap.SeqSet
		set.AddRange(first, min(first+49, box.NumMessages))
		mails, err := c.Fetch(set, &imap.FetchOptions{UID: true, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{section}}).Collect()
		if err != nil {
			b.Fatal(err)
		}
		for _, m := range mails {
			if _, err := enmime.ReadEnvelope(bytes.NewReader(m.FindBodySection(section))); err != nil {
				b.Fatal(err)
			}
		}
	}
	return time.Since(start)
}

// BenchmarkIntake has the whole daemon take 5,000 mails of 30 KB from Dovecot, to the
// rows and the folders, and compares that with fetching and parsing them.
func BenchmarkIntake(b *testing.B) {
	for name, mail := range map[string]func(int) []byte{"reports": aReport, "news": aNews} {
		b.Run(name, func(b *testing.B) { benchmarkIntake(b, mail) })
	}
}

func benchmarkIntake(b *testing.B, mail func(int) []byte) {
	const mails = 5000
	d := debian.StartDovecot(b, debian.DovecotOptions{Accounts: []debian.Account{{Address: demo.NewsletterAddress, Password: demo.Password}}})
	program := binary(b)
	var ratio, rate, bare rounds
	for b.Loop() {
		b.StopTimer()
		d.DeliverAll(b, demo.NewsletterAddress, func(yield func([]byte) bool) {
			for i := range mails {
				if !yield(mail(i)) {
					return
				}
			}
		})
		o, err := newOffice(b.TempDir(), nil, nil)
		if err != nil {
			b.Fatal(err)
		}
		o.config = strings.ReplaceAll(o.config, o.mail.IMAPAddr(), d.IMAP)
		if err := o.write("infolettre.toml", o.config); err != nil {
			b.Fatal(err)
		}
		fetchAndParse(b, d.IMAP) // so that the server's caches are warm for both
		b.StartTimer()
		least := fetchAndParse(b, d.IMAP)
		bare = append(bare, mails/least.Seconds())
		took := takeIn(b, program, o.dir, mails)
		o.mail.Close()
		rate = append(rate, mails/took.Seconds())
		ratio = append(ratio, least.Seconds()/took.Seconds())
	}
	b.Logf("mails of %d bytes", len(mail(1)))
	ratio.report(b, "of-fetch-and-parse", "at least 0.7")
	rate.report(b, "mails/s", "")
	bare.report(b, "fetched-and-parsed/s", "")
}

// takeIn runs the daemon until all mails are stored, and stops it.
func takeIn(b *testing.B, program, dir string, mails int) time.Duration {
	b.Helper()
	cmd := exec.Command(program, "serve", "--config", filepath.Join(dir, "infolettre.toml"), "--log", "warn")
	cmd.Stderr = os.Stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "data", sqlite.FileName)+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for stored := 0; stored < mails; time.Sleep(10 * time.Millisecond) {
		if err := db.QueryRow(`SELECT coalesce(max(id), 0) FROM message`).Scan(&stored); err != nil && time.Since(start) > time.Minute {
			b.Fatal(err)
		}
	}
	took := time.Since(start)
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
	return took
}
