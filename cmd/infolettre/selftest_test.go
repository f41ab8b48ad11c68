package main

import (
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"infolettre/config"
	"infolettre/internal/demo"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// The check mails itself and sees which carriers of a handle survive; where mail
// to a plus address is refused, it says what to set. Nothing of it is left behind.
func TestSelfTest_FindsWorkingCarriers(t *testing.T) {
	for _, refused := range []bool{false, true} {
		p := newPlay(t, "2018-01-25T08:00:00+01:00", func(o *demo.Options) {
			o.Faults = func(l *localmail.Options) {
				l.OnRcpt = func(_, rcpt string) error {
					if refused && strings.Contains(rcpt, "+") {
						return errors.New("no such mailbox")
					}
					return nil
				}
			}
		})
		got, err := selfTest(p.ctx, p.daemon.cfg, p.daemon.tokens, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if got.plus == refused || !got.id || !got.subject {
			t.Errorf("plus addresses refused: %t; %+v", refused, got)
		}
		p.settle()
		if n := p.folder("INBOX"); n != 0 {
			t.Errorf("%d mails are left for people to see", n)
		}
	}
}

// The check says of its own mail what the daemon would make of who wrote it, and keeps that
// the server writes above its Received field: then nothing that stands lower is believed.
func TestSelfTest_AuthenticatesItsSender(t *testing.T) {
	const (
		field = "Authentication-Results: mx.citedesmetiers.example; dmarc=pass header.from=reseau.example\r\n"
		ours  = "Received: from out.mal.example (out.mal.example [198.51.100.9]) by mx1.citedesmetiers.example with ESMTPS; x\r\n"
		end   = "From: elise@reseau.example\r\n\r\nOUI\r\n"
	)
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	says := func(raw string, want message.Verdict) {
		t.Helper()
		got, err := authentication(p.ctx, p.daemon.app, []byte(raw))
		if err != nil || got.Verdict != want {
			t.Errorf("%v, %v: want %v\n%s", got, err, want, raw)
		}
	}
	known := func(want bool, mails ...string) {
		t.Helper()
		var got selfTestResult
		for _, m := range mails {
			got.mails = append(got.mails, []byte(m))
		}
		if err := got.record(p.ctx, p.daemon.app); err != nil {
			t.Fatal(err)
		}
		err := p.daemon.store.Read(p.ctx, func(v newsroom.View) error {
			above, err := v.WritesAbove("MX.citedesmetiers.example")
			if above != want {
				t.Errorf("it is known: %t, want %t", above, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	says(field+ours+end, message.AuthPass)
	says(ours+field+end, message.AuthPass) // as servers write that nothing is known of
	known(false, ours+end)
	known(true, field+ours+end, field+ours+end)
	says(field+ours+end, message.AuthPass)
	says(ours+field+end, message.AuthNone)
	known(true, ours+end) // its own mail may bear none
	known(false, field+ours+end, ours+field+end)
	says(ours+field+end, message.AuthPass)
}

func TestSelfTest_Advice(t *testing.T) {
	cfg := func(plus bool, id, noAuth string) *config.Config {
		c := &config.Config{Newsletter: config.Newsletter{Address: "info@cites.example"}}
		c.Mailbox.PlusAddressing, c.Mailbox.AuthservID, c.Mailbox.NoAuth = plus, id, noAuth
		c.Relay.URL.URL = mustURL(t, "smtp://relay.example:587")
		return c
	}
	all := selfTestResult{arrived: true, plus: true, id: true, subject: true}
	without := func(f func(*selfTestResult)) selfTestResult { p := all; f(&p); return p }
	for name, c := range map[string]struct {
		got   selfTestResult
		cfg   *config.Config
		wrong string // "" for nothing
		known string // likewise
	}{
		"all is well":                        {without(func(p *selfTestResult) { p.authservIDs = []string{"mx.example"} }), cfg(true, "mx.example", "challenge"), "", ""},
		"nothing came":                       {selfTestResult{}, cfg(true, "", "challenge"), "did not arrive in the mailbox", ""},
		"no plus":                            {without(func(p *selfTestResult) { p.plus = false }), cfg(true, "", "challenge"), "plus_addressing = false", "confirms"},
		"no plus, and known":                 {without(func(p *selfTestResult) { p.plus = false }), cfg(false, "", "handle"), "", "by their handle alone"},
		"plus, and unused":                   {all, cfg(false, "", "handle"), "", "plus_addressing = true"},
		"neither":                            {without(func(p *selfTestResult) { p.plus, p.id, p.subject = false, false, false }), cfg(false, "", "handle"), "no reply could be matched", ""},
		"results nobody believes":            {without(func(p *selfTestResult) { p.authservIDs = []string{"mx.example"} }), cfg(true, "", "challenge"), "", `authserv_id = "mx.example"`},
		"Google's, and nobody believes them": {without(func(p *selfTestResult) { p.authservIDs = []string{"google"} }), cfg(true, "", "challenge"), "", `authserv_id = "google"`},
		"Google's, by its authserv-id":       {without(func(p *selfTestResult) { p.authservIDs = []string{"google"} }), cfg(true, "mx.google.com", "challenge"), "", ""},
		"other results":                      {without(func(p *selfTestResult) { p.authservIDs = []string{"other.example"} }), cfg(true, "mx.example", "challenge"), "", "no Authentication-Results by mx.example"},
	} {
		good, known, wrong := c.got.advise(c.cfg)
		switch {
		case (wrong != nil) != (c.wrong != "") || wrong != nil && !strings.Contains(wrong.Error(), c.wrong):
			t.Errorf("%s: wrong is %v, want %q", name, wrong, c.wrong)
		case !strings.Contains(strings.Join(known, "\n"), c.known) || c.known == "" && c.wrong == "" && len(known) > 0:
			t.Errorf("%s: known is %q, want %q", name, known, c.known)
		case wrong == nil && good == "":
			t.Errorf("%s: it does not say what is right", name)
		}
	}
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
