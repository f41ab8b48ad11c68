package relay_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strings"
	"testing"

	"infolettre/internal/localmail"
	"infolettre/internal/localmail/localtls"
	"infolettre/internal/relay"
)

func TestConnect_ChecksCertificates(t *testing.T) {
	t.Parallel()
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
		if !strings.HasSuffix(c.String(), ", TLS 1.3") {
			t.Errorf("%s: the connection is %q", scheme, c)
		}
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
			e := asError(t, check(t, o, sender))
			if e.Stage != relay.StageTLS || !e.Connection || e.Temporary {
				t.Errorf("%s, %s: %+v", scheme, name, e)
			}
		}
	}
}

// Over TLS a mail takes one write for the commands, and one for each 16 KB of content.
func TestSend_FewWritesOverTLS(t *testing.T) {
	t.Parallel()
	authority := localtls.New(t, "relay.example")
	s := serve(t, localmail.Options{TLS: authority.Server()})
	o := options(t, "smtp", "relay.example:587")
	o.TLSConfig = &tls.Config{RootCAs: authority.Roots()}
	writes := 0
	o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, s.SMTPAddr())
		return countingConn{conn, &writes}, err
	}
	c := connect(t, o)
	writes = 0
	raw := mailTo("a@lille.example", strings.Repeat("Bonjour à tous.\r\n.\r\n", 1000))
	if _, err := c.Send(t.Context(), relay.Envelope{From: sender, To: "a@lille.example"}, raw, noRecord); err != nil {
		t.Fatal(err)
	}
	if want := 1 + (len(raw)+1000)/(16<<10) + 1; writes != want {
		t.Errorf("%d bytes took %d writes, want %d", len(raw), writes, want)
	}
	if got := s.Mails()[0].Raw; !bytes.HasSuffix(got, raw) {
		t.Error("it did not arrive as it was")
	}
}

// Plain text after the reply to STARTTLS is dropped (RFC 3207 section 4.2), and so are the
// offers before it.
func TestConnect_DropsPlainTextAfterSTARTTLS(t *testing.T) {
	t.Parallel()
	authority := localtls.New(t, "relay.example")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	received := make(chan []string, 1)
	go func() {
		var log []string
		defer func() { received <- log }()
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in := bufio.NewScanner(conn)
		readLine := func() {
			in.Scan()
			log = append(log, in.Text())
		}
		fmt.Fprint(conn, "220 relay.example\r\n")
		readLine()
		fmt.Fprint(conn, "250-relay.example\r\n250-AUTH PLAIN\r\n250-PIPELINING\r\n250 STARTTLS\r\n")
		readLine()
		fmt.Fprint(conn, "220 go\r\n250-relay.example\r\n250 AUTH PLAIN\r\n235 you are in\r\n")
		secured := tls.Server(conn, authority.Server())
		if err := secured.HandshakeContext(t.Context()); err != nil {
			t.Error(err)
			return
		}
		defer secured.Close()
		in = bufio.NewScanner(secured)
		readLine()
		fmt.Fprint(secured, "250 relay.example\r\n")
		readLine()
	}()
	defer ln.Close()
	o := options(t, "smtp", "relay.example:587")
	o.TLSConfig = &tls.Config{RootCAs: authority.Roots()}
	o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, ln.Addr().String())
	}
	e := asError(t, check(t, o, sender))
	if e.Stage != relay.StageAuth || e.Code != 0 || e.Temporary {
		t.Errorf("got %+v", e)
	}
	if got := verbs(<-received); got != "EHLO STARTTLS EHLO QUIT" {
		t.Errorf("the relay received %q", got)
	}
}

func TestConnect_RefusedSTARTTLSIsAnError(t *testing.T) {
	t.Parallel()
	const offers = "250-relay.example\r\n250 STARTTLS\r\n"
	for _, test := range []struct {
		ehlo, answer string
		stage        relay.Stage
		temporary    bool
	}{
		{plainOffers, "", relay.StageTLS, false},
		{offers, "454 4.7.0 not now\r\n", relay.StageTLS, true},
		{offers, "502 5.5.1 what?\r\n", relay.StageTLS, false},
		{offers, "", relay.StageDial, true},
		{offers, "250 fine\r\n", relay.StageDial, true},
	} {
		addr, _ := scriptedServer(t, map[string]string{"EHLO": test.ehlo, "STARTTLS": test.answer})
		o := options(t, "smtp", addr)
		o.TLSConfig = &tls.Config{}
		e := asError(t, check(t, o, sender))
		if e.Stage != test.stage || e.Temporary != test.temporary || !e.Connection {
			t.Errorf("%q, %q: %+v", test.ehlo, test.answer, e)
		}
	}
}

func TestConnect_RefusesPlainConnectionToOtherHosts(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	o := options(t, "smtp", "relay.example:587")
	o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.SMTPAddr())
	}
	if e := asError(t, check(t, o, sender)); e.Stage != relay.StageTLS || e.Temporary {
		t.Errorf("got %+v", e)
	}

	// A name of this machine that leads to another one gets no plain text.
	o = options(t, "smtp", "localhost:587")
	o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, s.SMTPAddr())
		return remoteAddrConn{conn}, err
	}
	if e := asError(t, check(t, o, sender)); e.Stage != relay.StageTLS || e.Temporary {
		t.Errorf("elsewhere: %+v", e)
	}
}

// remoteAddrConn claims to be a connection to another machine.
type remoteAddrConn struct{ net.Conn }

func (remoteAddrConn) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 587}
}
