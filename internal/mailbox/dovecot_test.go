package mailbox_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"

	"infolettre/internal/localmail/debian"
	"infolettre/internal/mailbox"
)

func TestDovecot_HandlesEachMailOnce(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]debian.DovecotOptions{
		"plain":       {},
		"Maildir++":   {MaildirPlus: true},
		"no MOVE":     {NoMove: true},
		"neither one": {MaildirPlus: true, NoMove: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.Accounts = []debian.Account{{Address: office, Password: password}}
			s := debian.StartDovecot(t, o)
			folder := map[string]string{done: done, bad: bad}
			if o.MaildirPlus {
				folder = map[string]string{done: "INBOX.InfoLettre.Done", bad: "INBOX.InfoLettre.Quarantine"}
			}
			put := func(subject string) {
				s.Deliver(t, office, []byte("Subject: "+subject+"\r\n\r\nBonjour\r\n"))
			}
			d := &recordingHandler{handle: func(_ context.Context, subject string, _ int) (string, error) {
				if subject == "poison" {
					panic("poison")
				}
				return "", nil
			}}
			var want []string
			for i := range 60 {
				want = append(want, fmt.Sprint("nouvelle ", i))
			}
			s.DeliverAll(t, office, func(yield func([]byte) bool) { // in one session: a login takes Dovecot long
				for _, subject := range append(slices.Clone(want), "poison") {
					if !yield([]byte("Subject: " + subject + "\r\n\r\nBonjour\r\n")) {
						return
					}
				}
			})

			b := run(t, options(s.IMAP), d)
			settle(t, b)
			for i := range 5 { // while idling
				want = append(want, fmt.Sprint("autre ", i))
				put(want[len(want)-1])
				await(t, want[len(want)-1], func() bool { return d.count(want[len(want)-1]) == 1 })
			}
			s.Kick(t)
			want = append(want, "après")
			put("après")
			settle(t, b)

			if got := d.handled(); !slices.Equal(got, want) {
				t.Errorf("handled %q, want %q", got, want)
			}
			for folder, want := range map[string]int{"INBOX": 0, folder[done]: len(want), folder[bad]: 1} {
				if got := len(s.Folder(t, office, folder)); got != want {
					t.Errorf("%s holds %d mails, want %d", folder, got, want)
				}
			}
		})
	}
}

func TestDovecot_ChecksCertificates(t *testing.T) {
	t.Parallel()
	s := debian.StartDovecot(t, debian.DovecotOptions{Accounts: []debian.Account{{Address: office, Password: password}}})
	for scheme, addr := range map[string]string{"imap": s.IMAP, "imaps": s.IMAPS} {
		o := options("localhost")
		o.URL.Scheme = scheme
		o.TLSConfig = &tls.Config{RootCAs: s.TLS.Roots()}
		o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
		if err := mailbox.Check(t.Context(), o); err != nil {
			t.Errorf("%s: %v", scheme, err)
		}
		wrong := o
		wrong.Password = func() (string, error) { return "wrong", nil }
		wantOnly(t, scheme+" wrong password", mailbox.Check(t.Context(), wrong), mailbox.ErrLogin)
		wrong = o
		wrong.TLSConfig = &tls.Config{}
		wantOnly(t, scheme+" unknown authority", mailbox.Check(t.Context(), wrong), mailbox.ErrTLS)
	}
}

// In an INBOX that an access control list makes read-only, each mail is handled once and
// never copied.
func TestDovecot_ReadOnlyInboxGetsNoCopies(t *testing.T) {
	t.Parallel()
	for _, noMove := range []bool{false, true} {
		t.Run(fmt.Sprint("without MOVE: ", noMove), func(t *testing.T) {
			t.Parallel()
			s := debian.StartDovecot(t, debian.DovecotOptions{
				Accounts: []debian.Account{{Address: office, Password: password}}, ReadOnlyInbox: true, NoMove: noMove,
			})
			want := []string{"un", "deux"}
			for i, subject := range want {
				s.DeliverToDisk(t, office, fmt.Sprintf("%d.test.example", i+1), []byte("Subject: "+subject+"\r\n\r\nBonjour\r\n"))
			}
			o := options(s.IMAP)
			if err := mailbox.Check(t.Context(), o); !errors.Is(err, mailbox.ErrFolder) {
				t.Errorf("check: %v", err)
			}
			d := &recordingHandler{}
			b := run(t, o, d)
			for range 5 {
				settle(t, b)
				s.Kick(t)
			}
			settle(t, b)
			if got := d.handled(); !slices.Equal(got, want) {
				t.Errorf("handled %q", got)
			}
			if n := len(s.Folder(t, office, done)); n != 0 {
				t.Errorf("%d copies", n)
			}
		})
	}
}
