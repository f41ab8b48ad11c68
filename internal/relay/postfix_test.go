package relay_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"testing"
	"time"

	"infolettre/internal/localmail/debian"
	"infolettre/internal/message"
	"infolettre/internal/relay"
)

func TestPostfix_AcceptsMails(t *testing.T) {
	t.Parallel()
	host := debian.StartMailhost(t, debian.MailhostOptions{
		Accounts: []debian.Account{{Address: sender, Password: secret}},
	})
	o := options(t, "smtp", host.SMTP)
	o.TLSConfig = &tls.Config{RootCAs: host.TLS.Roots()}
	if err := check(t, o, sender); err != nil {
		t.Fatal(err)
	}
	wrong := o
	wrong.Password = func() (string, error) { return "wrong", nil }
	if e := asError(t, check(t, wrong, sender)); e.Stage != relay.StageAuth || e.Code != 535 {
		t.Errorf("wrong password: %+v", e)
	}
	wrong = o
	wrong.TLSConfig = &tls.Config{}
	if e := asError(t, check(t, wrong, sender)); e.Stage != relay.StageTLS || e.Temporary {
		t.Errorf("unknown authority: %+v", e)
	}

	c := connect(t, o)
	const mails = 30
	for i := range mails {
		to := message.Address(fmt.Sprintf("lecteur%d@lille.example", i))
		if i%5 == 0 { // a refusal between them
			_, err := c.Send(t.Context(), relay.Envelope{From: sender, To: "personne@"}, mailTo("personne@", "x\r\n"), noRecord)
			if e := asError(t, err); e.Connection || e.Temporary || e.Code < 500 {
				t.Fatalf("refused: %+v", e)
			}
		}
		reply, err := c.Send(t.Context(), relay.Envelope{From: sender, To: to}, mailTo(string(to), ".\r\nfin\r\n"), noRecord)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 && reply == "" {
			t.Error("no reply")
		}
	}
	deadline := time.Now().Add(time.Minute)
	for len(host.Mails(t, "")) < mails && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	for i := range mails {
		got := host.Mails(t, message.Address(fmt.Sprintf("lecteur%d@lille.example", i)))
		if len(got) != 1 || !bytes.HasSuffix(got[0], []byte("\n\n.\nfin\n")) {
			t.Errorf("reader %d got %q", i, got)
		}
	}
}
