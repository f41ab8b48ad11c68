package debian_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"testing"
	"time"

	"infolettre/internal/localmail/debian"
	"infolettre/internal/message"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const (
	office   = message.Address("redaction@citedesmetiers.example")
	password = "correct horse"
)

func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting for %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestMailhost_DeliversToAccountsAndOthers(t *testing.T) {
	h := debian.StartMailhost(t, debian.MailhostOptions{
		Accounts:   []debian.Account{{Address: office, Password: password}},
		AuthservID: "mx.example",
	})

	conn, err := net.Dial("tcp", h.SMTP)
	if err != nil {
		t.Fatal(err)
	}
	c, err := smtp.NewClientStartTLS(conn, &tls.Config{RootCAs: h.TLS.Roots(), ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Auth(sasl.NewPlainClient("", string(office), password)); err != nil {
		t.Errorf("authenticate by Dovecot: %v", err)
	}
	for _, to := range []string{string(office), "redaction+r7abc@citedesmetiers.example", "lea+x@lyon.example"} {
		raw := fmt.Sprintf("From: Zoé <zoe@lille.example>\r\nTo: %s\r\nSubject: Nouvelle\r\n\r\nBonjour\r\n.\r\n", to)
		if err := c.SendMail("zoe@lille.example", []string{to}, bytes.NewReader([]byte(raw))); err != nil {
			t.Fatal(err)
		}
	}

	await(t, "the mail to everybody else", func() bool { return len(h.Mails(t, "lea+x@lyon.example")) == 1 })
	if n := len(h.Mails(t, "")); n != 1 {
		t.Errorf("%d mails beside the accounts, want 1", n)
	}
	if raw := h.Mails(t, "")[0]; !bytes.Contains(raw, []byte("Bonjour\n.\n")) {
		t.Errorf("got %s", raw)
	}

	ic, err := imapclient.DialInsecure(h.Dovecot.IMAP, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ic.Close()
	if err := ic.Login(string(office), password).Wait(); err != nil {
		t.Fatal(err)
	}
	await(t, "the mails to the account", func() bool {
		box, err := ic.Select("INBOX", nil).Wait()
		return err == nil && box.NumMessages == 2
	})
	found, err := ic.Fetch(imap.SeqSet{{Start: 1, Stop: 2}}, &imap.FetchOptions{
		BodySection: []*imap.FetchItemBodySection{{Peek: true}},
	}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	tagged := 0
	for _, m := range found {
		raw := m.BodySection[0].Bytes
		t.Logf("%s", raw)
		if bytes.Contains(raw, []byte("Delivered-To: redaction+r7abc@citedesmetiers.example\r\n")) {
			tagged++
		}
		if !bytes.Contains(raw, []byte("Authentication-Results: mx.example; dmarc=pass header.from=lille.example\r\n")) {
			t.Errorf("no verdict in\n%s", raw)
		}
	}
	if tagged != 1 {
		t.Errorf("%d mails have the tag in Delivered-To, want 1", tagged)
	}
}
