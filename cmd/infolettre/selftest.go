package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"infolettre/config"
	"infolettre/internal/mailbox"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/relay"
	"infolettre/internal/token"
)

// The self-test sends mails to the newsletter's own address, through the relay and back into
// the mailbox, to learn which carriers of a reply's handle arrive unchanged: the plus address,
// the Message-ID, the subject.

// selfTestField marks the test mails; selfTestTimeout bounds the wait for them.
const (
	selfTestField   = "X-InfoLettre-Check"
	selfTestTimeout = 45 * time.Second
)

// selfTestResult describes the mails that arrived.
type selfTestResult struct {
	arrived, plus, id, subject bool
	authservIDs                []string // whose Authentication-Results can be trusted
	mails                      [][]byte
}

// selfTest sends two mails, one to the plain address and one to it with a handle.
func selfTest(ctx context.Context, cfg *config.Config, sources *tokens, log *slog.Logger) (selfTestResult, error) {
	mark := strings.ToLower(rand.Text())
	key, err := token.NewSecret([]byte(rand.Text() + rand.Text()))
	if err != nil {
		return selfTestResult{}, err
	}
	address := message.Mailbox{Name: cfg.Newsletter.Name, Address: message.Address(cfg.Newsletter.Address)}
	plain, tagged := key.Handle(token.Letter, 1, mark), key.Handle(token.Letter, 2, mark)
	tag := withHandle(address.Address, tagged)
	options, err := relayOptions(cfg, sources, log)
	if err != nil {
		return selfTestResult{}, err
	}
	out, err := relay.New(options)
	if err != nil {
		return selfTestResult{}, err
	}
	conn, err := out.Connect(ctx)
	if err != nil {
		return selfTestResult{}, err
	}
	defer func() { _ = conn.Close() }() // the mails were answered, or an error is returned already
	sent := 0
	for _, p := range []struct {
		to     message.Address
		handle token.Handle
	}{{address.Address, plain}, {tag, tagged}} {
		raw, err := message.Outbound{
			From: address, To: []message.Mailbox{{Address: p.to}}, Date: time.Now().In(cfg.Location),
			Subject: "infolettre check " + p.handle.Subject(), ID: p.handle.String() + "@" + address.Address.Domain(),
			Text: "infolettre check sends this to its own mailbox to test how replies arrive, and deletes it again.\n",
			Header: []message.Field{
				{Name: selfTestField, Value: mark}, {Name: "Auto-Submitted", Value: "auto-generated"}, {Name: "X-InfoLettre-Kind", Value: "notice"},
			},
		}.Bytes()
		if err != nil {
			return selfTestResult{}, err
		}
		_, err = conn.Send(ctx, relay.Envelope{From: string(address.Address), To: p.to}, raw, func(context.Context) error { return nil })
		switch {
		case err == nil:
			sent++
		case p.to == address.Address:
			return selfTestResult{}, err
		} // a plus address that the relay refuses does not work either
	}
	return awaitSelfTest(ctx, cfg, sources, log, mark, sent, plain, tagged)
}

// withHandle returns the plus address that holds a handle.
func withHandle(a message.Address, h token.Handle) message.Address {
	return message.Address(a.Local() + "+" + h.String() + "@" + a.Domain())
}

func awaitSelfTest(ctx context.Context, cfg *config.Config, sources *tokens, log *slog.Logger, mark string, sent int, plain, tagged token.Handle) (selfTestResult, error) {
	waiting, cancel := context.WithTimeout(ctx, selfTestTimeout)
	defer cancel()
	box, err := mailboxOptions(cfg, sources, log)
	if err != nil {
		return selfTestResult{}, err
	}
	raws, err := mailbox.Await(waiting, box, selfTestField, mark, sent)
	if err != nil {
		return selfTestResult{}, err
	}
	var got selfTestResult
	for _, raw := range raws {
		m, err := message.Read(raw)
		if err != nil {
			continue
		}
		got.arrived = true
		for _, h := range []token.Handle{plain, tagged} {
			got.id = got.id || strings.HasPrefix(m.ID, h.String()+"@")
			got.subject = got.subject || strings.Contains(m.Subject, h.Subject())
		}
		got.plus = got.plus || slices.ContainsFunc(m.Recipients, func(a message.Address) bool {
			return strings.HasSuffix(strings.ToLower(a.Local()), "+"+tagged.String())
		})
		got.mails = append(got.mails, raw)
		for _, name := range m.ResultServers() {
			if !slices.Contains(got.authservIDs, name) {
				got.authservIDs = append(got.authservIDs, name)
			}
		}
	}
	return got, nil
}

// advise returns what the test mails show about the configuration: what works, what the
// operator should know, and what is wrong.
func (p selfTestResult) advise(cfg *config.Config) (good string, known []string, wrong error) {
	var survive, lost []string
	for _, c := range []struct {
		name string
		ok   bool
	}{{"the plus address", p.plus}, {"the Message-ID", p.id}, {"the subject", p.subject}} {
		if c.ok {
			survive = append(survive, c.name)
		} else {
			lost = append(lost, c.name)
		}
	}
	plus := cfg.Mailbox.PlusAddressing
	switch {
	case !p.arrived:
		return "", nil, fmt.Errorf("a mail sent through %s to %s did not arrive in the mailbox within %s; see relay.url, mailbox.url and newsletter.address",
			cfg.Relay.URL.Host, cfg.Newsletter.Address, selfTestTimeout)
	case plus && !p.plus:
		wrong = fmt.Errorf("mail to %s does not arrive; set mailbox.plus_addressing = false", plusExample(cfg))
	case !plus && !p.id && !p.subject:
		wrong = fmt.Errorf("neither Message-ID nor subject arrives unchanged, so no reply could be matched; set mailbox.plus_addressing = true if the server can, or use another relay")
	case !plus && p.plus:
		known = append(known, fmt.Sprintf("mail to %s arrives; mailbox.plus_addressing = true is more reliable", plusExample(cfg)))
	}
	good = strings.Join(survive, ", ") + " pass relay and mailbox unchanged"
	if len(lost) > 0 {
		good += "; not " + strings.Join(lost, ", ")
	}
	id := cfg.Mailbox.AuthservID
	switch {
	case id == "" && len(p.authservIDs) > 0:
		known = append(known, fmt.Sprintf("the mailbox's server adds Authentication-Results as %s; set mailbox.authserv_id = %q to trust them", strings.Join(p.authservIDs, ", "), p.authservIDs[0]))
	case id == "":
		known = append(known, "mailbox.authserv_id is empty and no Authentication-Results were seen; "+withoutResults(cfg))
	case !slices.ContainsFunc(p.authservIDs, func(s string) bool { return s == message.ServerName(id) }):
		known = append(known, fmt.Sprintf("no Authentication-Results by %s on a mail from here; where an editor's mail has none either, %s", id, withoutResults(cfg)))
	}
	return good, known, wrong
}

func plusExample(cfg *config.Config) string {
	a := message.Address(cfg.Newsletter.Address)
	return a.Local() + "+…@" + a.Domain()
}

// withoutResults explains what a decision needs if the server does not authenticate its
// sender.
func withoutResults(cfg *config.Config) string {
	unless := ""
	if cfg.Mailbox.VerifiesDKIM() {
		unless = `unless the DKIM signature of the mail holds (verify = "dkim"), `
	}
	if cfg.Mailbox.NoAuth == "handle" {
		return unless + `decisions are accepted by their handle alone (no_auth = "handle")`
	}
	return unless + `each editor confirms the first decision of a day, and every delegation, signature and undo, by one more reply (no_auth = "challenge")`
}

// authentication returns how the daemon would authenticate the sender of a mail.
func authentication(ctx context.Context, a *app, raw []byte) (message.Authentication, error) {
	in := a.intake(slog.New(slog.DiscardHandler))
	m, err := in.Read(raw)
	if err != nil {
		return message.Authentication{}, err
	}
	in.Verify(ctx, &m)
	var auth message.Authentication
	err = a.store.Read(ctx, func(v newsroom.View) error {
		auth, _, err = in.Authenticated(v, m, a.clock.Now())
		return err
	})
	return auth, err
}

// record stores how the mailbox's server writes its results, as the test mails show.
func (p selfTestResult) record(ctx context.Context, a *app) error {
	id := a.cfg.Mailbox.AuthservID
	all, seen := true, false
	for _, raw := range p.mails {
		m, err := message.Read(raw)
		if err != nil {
			continue
		}
		if written, above := m.HasResultsBy(id); written {
			seen, all = true, all && above
		}
	}
	if !seen {
		return nil // the server may write none on its own mail
	}
	return a.store.RecordServer(ctx, id, all, a.clock.Now())
}
