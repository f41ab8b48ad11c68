package mailbox_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"infolettre/internal/localmail"
	"infolettre/internal/localmail/localtls"
	"infolettre/internal/mailbox"

	"github.com/emersion/go-imap/v2"
)

func wantOnly(t *testing.T, name string, err, want error) {
	t.Helper()
	for _, kind := range []error{mailbox.ErrUnreachable, mailbox.ErrTLS, mailbox.ErrLogin, mailbox.ErrFolder} {
		if errors.Is(err, kind) != errors.Is(want, kind) {
			t.Errorf("%s: %v; is %q: %v", name, err, kind, errors.Is(err, kind))
		}
	}
}

func TestCheck_ErrorNamesTheCause(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	put(t, s, "un")
	good := options(s.IMAPAddr())
	if err := mailbox.Check(t.Context(), good); err != nil {
		t.Errorf("good: %v", err)
	}
	wantFolder(t, s, done)
	wantFolder(t, s, bad)
	wantFolder(t, s, "INBOX", "un")

	wrong := good
	wrong.Password = func() (string, error) { return "wrong", nil }
	wantOnly(t, "wrong password", mailbox.Check(t.Context(), wrong), mailbox.ErrLogin)

	unreadable := errors.New("no such variable")
	wrong.Password = func() (string, error) { return "", unreadable }
	err := mailbox.Check(t.Context(), wrong)
	wantOnly(t, "no password", err, mailbox.ErrLogin)
	if !errors.Is(err, unreadable) {
		t.Errorf("the cause is lost: %v", err)
	}

	missing := good
	u := *good.URL
	u.Path = "/Courrier"
	missing.URL = &u
	wantOnly(t, "no such folder", mailbox.Check(t.Context(), missing), mailbox.ErrFolder)

	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	wantOnly(t, "unreachable", mailbox.Check(t.Context(), options(closed.Addr().String())), mailbox.ErrUnreachable)
}

func TestCheck_RefusedFolderIsErrFolder(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{OnCommand: func(name string) error {
		if name == "CREATE" {
			return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeNoPerm, Text: "Permission denied"}
		}
		return nil
	}})
	wantOnly(t, "no permission", mailbox.Check(t.Context(), options(s.IMAPAddr())), mailbox.ErrFolder)
}

func TestCheck_SilentServerIsUnreachable(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for _, scheme := range []string{"imap", "imaps"} {
		o := options(ln.Addr().String())
		o.URL.Scheme = scheme
		o.CommandTimeout = 50 * time.Millisecond
		wantOnly(t, scheme, mailbox.Check(t.Context(), o), mailbox.ErrUnreachable)
	}
}

func TestCheck_UntrustedCertificateIsErrTLS(t *testing.T) {
	t.Parallel()
	authority := localtls.New(t, "imap.example")
	stranger := localtls.New(t, "imap.example")
	for _, scheme := range []string{"imap", "imaps"} {
		s := serve(t, localmail.Options{TLS: authority.Server(), ImplicitTLS: scheme == "imaps"})
		put(t, s, "un")
		at := func(host string, roots *x509.CertPool) mailbox.Options {
			o := options(host)
			o.URL.Scheme = scheme
			o.TLSConfig = &tls.Config{RootCAs: roots}
			o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, s.IMAPAddr())
			}
			return o
		}
		wantOnly(t, scheme+" wrong authority", mailbox.Check(t.Context(), at("imap.example", stranger.Roots())), mailbox.ErrTLS)
		wantOnly(t, scheme+" wrong name", mailbox.Check(t.Context(), at("other.example", authority.Roots())), mailbox.ErrTLS)

		d := &recordingHandler{}
		b := run(t, at("imap.example", authority.Roots()), d)
		settle(t, b)
		if d.count("un") != 1 {
			t.Errorf("%s: handled %d times", scheme, d.count("un"))
		}
	}
}

func TestCheck_RefusesPlainConnectionToOtherHosts(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	for _, host := range []string{"imap.example", "192.0.2.7:143"} {
		o := options(host)
		o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.IMAPAddr())
		}
		wantOnly(t, fmt.Sprint("plain to ", host), mailbox.Check(t.Context(), o), mailbox.ErrTLS)
	}
}
