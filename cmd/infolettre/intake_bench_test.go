package main

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

	"infolettre/internal/localmail/debian"
	"infolettre/internal/message"
	"infolettre/internal/sqlite"
)

// aLetter is the n-th of many mails of about 30 KB that strangers write to the office.
func aLetter(b *testing.B, n int) []byte {
	b.Helper()
	var text, html strings.Builder
	for i := 0; text.Len() < 9<<10; i++ {
		line := fmt.Sprintf("Notre centre ouvre un %de atelier sur les métiers du fleuve ; on y vient comme on est, sans rendez-vous, toute l’année.", i+1)
		text.WriteString(line + "\n\n")
		html.WriteString("<p style=\"margin:0 0 1em\">" + line + "</p>\n")
	}
	raw, err := message.Outbound{
		From: message.Mailbox{Name: "Une lectrice", Address: message.Address(fmt.Sprintf("lectrice%d@ailleurs.example", n))},
		To:   []message.Mailbox{{Address: newsletterAddress}}, Date: time.Date(2018, 2, 1, 8, 0, n, 0, time.UTC),
		ID: fmt.Sprintf("%d@ailleurs.example", n), Subject: fmt.Sprintf("Nos ateliers, n° %d", n),
		Text: text.String(), HTML: "<html><body>" + html.String() + "</body></html>",
	}.Bytes()
	if err != nil {
		b.Fatal(err)
	}
	return raw
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
	if err := c.Login(newsletterAddress, stageSecret).Wait(); err != nil {
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
	const mails = 5000
	d := debian.StartDovecot(b, debian.DovecotOptions{Accounts: []debian.Account{{Address: newsletterAddress, Password: stageSecret}}})
	program := binary(b)
	var ratio, rate, bare rounds
	size := 0
	for b.Loop() {
		b.StopTimer()
		d.DeliverAll(b, newsletterAddress, func(yield func([]byte) bool) {
			for i := range mails {
				raw := aLetter(b, i)
				size = len(raw)
				if !yield(raw) {
					return
				}
			}
		})
		fetchAndParse(b, d.IMAP) // so that the server's caches are warm for both
		o, err := newOffice(b.TempDir(), nil, nil)
		if err != nil {
			b.Fatal(err)
		}
		o.config = strings.ReplaceAll(o.config, o.mail.IMAPAddr(), d.IMAP)
		if err := o.write("infolettre.toml", o.config); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		least := fetchAndParse(b, d.IMAP)
		bare = append(bare, mails/least.Seconds())

		cmd := exec.Command(program, "serve", "--config", filepath.Join(o.dir, "infolettre.toml"), "--log", "warn")
		cmd.Stderr = os.Stderr
		start := time.Now()
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		db, err := sql.Open("sqlite", "file:"+filepath.Join(o.dir, "data", sqlite.FileName)+"?mode=ro&_pragma=busy_timeout(10000)")
		if err != nil {
			b.Fatal(err)
		}
		stored := 0
		for stored < mails {
			time.Sleep(10 * time.Millisecond)
			if err := db.QueryRow(`SELECT coalesce(max(id), 0) FROM message`).Scan(&stored); err != nil && time.Since(start) > time.Minute {
				b.Fatal(err)
			}
		}
		took := time.Since(start)
		db.Close()
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			b.Fatal(err)
		}
		o.mail.Close()
		rate = append(rate, mails/took.Seconds())
		ratio = append(ratio, least.Seconds()/took.Seconds())
	}
	b.Logf("mails of %d bytes", size)
	ratio.report(b, "of-fetch-and-parse")
	rate.report(b, "mails/s")
	bare.report(b, "fetched-and-parsed/s")
}
