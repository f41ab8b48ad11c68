package relay_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"infolettre/internal/localmail"
	"infolettre/internal/relay"

	"github.com/emersion/go-smtp"
)

// sink is an SMTP server that accepts and discards all mail.
type sink struct{}

func (sink) Reset()                                      {}
func (sink) Logout() error                               { return nil }
func (sink) Mail(string, *smtp.MailOptions) error        { return nil }
func (sink) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (sink) Data(r io.Reader) error                      { _, err := io.Copy(io.Discard, r); return err }
func (sink) NewSession(*smtp.Conn) (smtp.Session, error) { return sink{}, nil }

// BenchmarkSend compares this package with go-smtp's client, each on one connection. An
// operation sends a mail with each.
func BenchmarkSend(b *testing.B) {
	srv := smtp.NewServer(sink{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { srv.Serve(ln) })
	defer serving.Wait()
	defer srv.Close()

	const to = "lecteur@lille.example"
	raw := mailTo(to, strings.Repeat("Une ligne ordinaire d'un texte ordinaire, de quelque longueur.\r\n", 320))
	for _, roundTrip := range []time.Duration{0, 10 * time.Millisecond, 50 * time.Millisecond} {
		b.Run(fmt.Sprintf("%dms", roundTrip.Milliseconds()), func(b *testing.B) {
			far, err := localmail.NewDelayProxy(ln.Addr().String(), roundTrip)
			if err != nil {
				b.Fatal(err)
			}
			defer far.Close()
			addr := far.Addr()
			client, err := smtp.Dial(addr)
			if err != nil {
				b.Fatal(err)
			}
			defer client.Close()
			if err := client.Hello("localhost"); err != nil {
				b.Fatal(err)
			}
			r, err := relay.New(relay.Options{URL: &url.URL{Scheme: "smtp", Host: addr}})
			if err != nil {
				b.Fatal(err)
			}
			c, err := r.Connect(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			b.ReportAllocs()

			var plain, ours time.Duration
			for b.Loop() {
				begin := time.Now()
				if err := sendPlain(client, to, raw); err != nil {
					b.Fatal(err)
				}
				middle := time.Now()
				if _, err := c.Send(ctx, relay.Envelope{From: sender, To: to}, raw, noRecord); err != nil {
					b.Fatal(err)
				}
				plain += middle.Sub(begin)
				ours += time.Since(middle)
			}
			b.ReportMetric(float64(b.N)/plain.Seconds(), "plain-mails/s")
			b.ReportMetric(float64(b.N)/ours.Seconds(), "ours-mails/s")
			b.ReportMetric(float64(plain)/float64(ours), "plain÷ours")
		})
	}
}

func sendPlain(c *smtp.Client, to string, raw []byte) error {
	if err := c.Mail(sender, &smtp.MailOptions{Size: int64(len(raw))}); err != nil {
		return err
	}
	if err := c.Rcpt(to, nil); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(raw); err != nil {
		return err
	}
	return w.Close()
}
