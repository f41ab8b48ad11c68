package relay_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"

	"infolettre/internal/localmail"
	"infolettre/internal/localmail/localtls"
	"infolettre/internal/relay"
)

func TestTLS(t *testing.T) {
	authority := localtls.New(t, "relay.example")
	stranger := localtls.New(t, "relay.example")

	for _, scheme := range []string{"smtp", "smtps"} {
		s := serve(t, localmail.Options{TLS: authority.Server(), ImplicitTLS: scheme == "smtps"})
		at := func(host string, roots *x509.CertPool) relay.Options {
			o := options(t, scheme, host+":587")
			o.TLSConfig = &tls.Config{RootCAs: roots}
			o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, s.SMTPAddr())
			}
			return o
		}
		c := connect(t, at("relay.example", authority.Roots()))
		if err := send(t, c, "a@lille.example"); err != nil {
			t.Errorf("%s: %v", scheme, err)
		}
		if mails := s.Mails(); len(mails) != 1 || !bytes.Contains(mails[0].Raw, []byte("with ESMTPSA ")) {
			t.Errorf("%s: not delivered over TLS with authentication", scheme)
		}
		for name, o := range map[string]relay.Options{
			"wrong authority": at("relay.example", stranger.Roots()),
			"wrong name":      at("other.example", authority.Roots()),
		} {
			e := asError(t, relay.Check(t.Context(), o, sender))
			if e.Stage != relay.StageTLS || !e.Connection || e.Temporary {
				t.Errorf("%s, %s: %+v", scheme, name, e)
			}
		}
	}
}

func TestPlainIsForLoopback(t *testing.T) {
	s := serve(t, localmail.Options{})
	o := options(t, "smtp", "relay.example:587")
	o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.SMTPAddr())
	}
	if e := asError(t, relay.Check(t.Context(), o, sender)); e.Stage != relay.StageTLS || e.Temporary {
		t.Errorf("got %+v", e)
	}
}
