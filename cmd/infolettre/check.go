package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"infolettre/config"
	"infolettre/internal/mailbox"
	"infolettre/internal/message"
)

type checkCmd struct {
	configFlag
	NoMail bool `help:"Do not send test mails to the newsletter's own address."`
}

// checkTimeout bounds each check that contacts a server.
const checkTimeout = 30 * time.Second

// checker runs checks and counts those that fail.
type checker struct {
	w      io.Writer
	failed int
}

// part runs one check and prints its result: what try returns, or its error.
func (c *checker) part(name string, try func() (string, error)) bool {
	good, err := try()
	if err != nil {
		c.failed++
		fmt.Fprintf(c.w, "✗ %-14s %s\n", name, sentence(err))
		return false
	}
	fmt.Fprintf(c.w, "✓ %-14s %s\n", name, good)
	return true
}

// warn prints what the operator should know, but does not fail the check.
func (c *checker) warn(name, text string) { fmt.Fprintf(c.w, "! %-14s %s\n", name, text) }

func (cmd checkCmd) Run(g *global) error {
	c := &checker{w: g.stdout}
	var cfg *config.Config
	ok := c.part("configuration", func() (string, error) {
		var err error
		cfg, err = cmd.load()
		if err != nil {
			return "", errors.New(strings.ReplaceAll(err.Error(), "\n", "\n                 "))
		}
		return fmt.Sprintf("%d editors, %d sections, %d segments", len(cfg.Editors), len(cfg.Sections), len(cfg.Segments)), nil
	})
	if ok {
		cmd.parts(g, c, cfg)
	}
	switch c.failed {
	case 0:
	case 1:
		return errors.New("1 check failed")
	default:
		return fmt.Errorf("%d checks failed", c.failed)
	}
	_, err := fmt.Fprintln(g.stdout, "All checks passed: “infolettre serve” can start.")
	return err
}

func (cmd checkCmd) parts(g *global, c *checker, cfg *config.Config) {
	quiet := slog.New(slog.DiscardHandler)
	checkRights(c, cfg)
	folder := c.part("data folder", func() (string, error) { return checkFolder(cfg.Data) })
	work := checkStore(g.ctx, c, cfg, folder, quiet)
	if work != nil {
		defer work.close()
	}
	tokens := newTokens(cfg, quiet)
	if !folder {
		tokens.dir = "" // there is no folder to keep them in
	}
	mailboxGood := c.part("mailbox", func() (string, error) {
		return "signed in to " + cfg.Mailbox.URL.Host + ", its folders exist", checkMailbox(g.ctx, cfg, tokens, quiet)
	})
	relayGood := checkRelay(g.ctx, c, cfg, tokens, quiet)
	if config.Loopback(cfg.Relay.URL.Hostname()) {
		c.warn("sender's DNS", "not checked, because the relay is on this machine")
	} else {
		checkDNS(g.ctx, c, cfg)
	}
	c.part("clock", func() (string, error) { return checkClock(cfg, time.Now()) })
	checkSchedule(c, cfg, time.Now())
	switch {
	case !mailboxGood || !relayGood || work == nil:
	case cmd.NoMail && cfg.Mailbox.AuthservID == "":
		c.warn("answers", "mailbox.authserv_id is empty, so no Authentication-Results are trusted; "+withoutResults(cfg))
	case !cmd.NoMail:
		checkAnswers(g.ctx, c, work, tokens, quiet)
	}
	if len(cfg.Editors) == 1 && !cfg.Editorial.SelfApproval {
		c.warn("editors", "there is only one editor, whose own items nobody else can approve; add another or set editorial.self_approval")
	}
}

// checkAnswers tests how replies arrive, with mails to the newsletter itself.
func checkAnswers(ctx context.Context, c *checker, work *checkedStore, t *tokens, log *slog.Logger) {
	cfg := t.cfg
	var known []string
	var got selfTestResult
	c.part("answers", func() (good string, err error) {
		if got, err = selfTest(ctx, cfg, t, log); err != nil {
			return "", fmt.Errorf("the newsletter's mail to itself failed: %w", err)
		}
		good, known, err = got.advise(cfg)
		return good, err
	})
	for _, k := range known {
		c.warn("answers", k)
	}
	if len(got.mails) > 0 {
		checkSender(ctx, c, cfg, work, got)
	}
}

// checkSender prints how the daemon would authenticate the sender of the test mail, by the
// rules for editors' mails, and records how the server writes its results.
func checkSender(ctx context.Context, c *checker, cfg *config.Config, work *checkedStore, got selfTestResult) {
	var auth message.Authentication
	verdict := map[message.Verdict]string{message.AuthPass: "authentic", message.AuthFail: "forged", message.AuthNone: "unauthenticated"}
	ok := c.part("senders", func() (_ string, err error) {
		if err := got.record(ctx, work.app); err != nil {
			return "", err
		}
		if auth, err = authentication(ctx, work.app, got.mails[0]); err != nil {
			return "", err
		}
		return "the test mail counts as " + verdict[auth.Verdict] + ": " + auth.Why, nil
	})
	switch {
	case !ok || auth.Verdict == message.AuthPass:
	case auth.Verdict == message.AuthFail:
		c.warn("senders", "an editor's reply like this is refused; see the SPF, DKIM and DMARC records of the domain, and mailbox.authserv_id")
	default:
		c.warn("senders", "for an editor's reply like this, "+withoutResults(cfg))
	}
}

func mailboxSentence(err error, cfg *config.Config) error {
	host := cfg.Mailbox.URL.Host
	if said := tokenSentence(err, cfg.Mailbox.OAuth2); said != nil {
		return said
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mailbox.ErrLogin) && cfg.Mailbox.OAuth2 != nil:
		return fmt.Errorf("%s refuses the user %q with a fresh access token; see mailbox.url and %s, and the scope that was granted (%w)",
			host, cfg.Mailbox.URL.User.Username(), cfg.Mailbox.OAuth2.Name, err)
	case errors.Is(err, mailbox.ErrLogin):
		return fmt.Errorf("%s refuses the user %q with this password; see mailbox.url and mailbox.password", host, cfg.Mailbox.URL.User.Username())
	case errors.Is(err, mailbox.ErrUnreachable):
		return fmt.Errorf("no IMAP server answers at %s; see mailbox.url (%w)", host, err)
	case errors.Is(err, mailbox.ErrTLS):
		return fmt.Errorf("the connection to %s cannot be secured (%w)", host, err)
	case errors.Is(err, mailbox.ErrReadOnly):
		return fmt.Errorf("%s opens the folder of mailbox.url read-only for %q: handled mail would stay there; give this user the right to delete (%w)", host, cfg.Mailbox.URL.User.Username(), err)
	case errors.Is(err, mailbox.ErrFolder):
		return fmt.Errorf("a folder cannot be used; see mailbox.url, done, other and quarantine (%w)", err)
	}
	return err
}

// checkDNS looks up the records that receivers ask of a sender's domain: SPF, DMARC, DKIM.
func checkDNS(ctx context.Context, c *checker, cfg *config.Config) {
	domain := message.Address(cfg.Newsletter.Address).Domain()
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	find := func(name, prefix string) (bool, error) {
		records, err := net.DefaultResolver.LookupTXT(ctx, name)
		var dns *net.DNSError
		if errors.As(err, &dns) && dns.IsNotFound {
			return false, nil
		}
		for _, r := range records {
			if strings.HasPrefix(strings.ToLower(r), prefix) {
				return true, nil
			}
		}
		return false, err
	}
	type record struct{ what, name, prefix string }
	wanted := []record{{"SPF", domain, "v=spf1"}, {"DMARC", "_dmarc." + domain, "v=dmarc1"}}
	if d := cfg.Relay.DKIM; d != nil {
		wanted = append(wanted, record{"DKIM", d.Selector + "._domainkey." + d.Domain, "v=dkim1"})
		if d.Also != nil {
			wanted = append(wanted, record{"DKIM", d.Also.Selector + "._domainkey." + d.Domain, "v=dkim1"})
		}
	}
	for _, r := range wanted {
		switch found, err := find(r.name, r.prefix); {
		case err != nil:
			c.warn("sender's DNS", fmt.Sprintf("%s could not be looked up: %v", r.name, err))
		case !found:
			c.warn("sender's DNS", fmt.Sprintf("%s has no %s record; receivers may take the newsletter for spam", r.name, r.what))
		default:
			c.part("sender's DNS", func() (string, error) { return r.name + " has its " + r.what + " record", nil })
		}
	}
}

// checkClock returns the next instants of the schedule, so that a person sees whether they
// are right.
func checkClock(cfg *config.Config, now time.Time) (string, error) {
	if info, err := os.Stat(filepath.Join(cfg.Data, "..")); err == nil && now.Before(info.ModTime().Add(-24*time.Hour)) {
		return "", fmt.Errorf("this machine's clock says %s, earlier than its own files; set it", now.Format(time.RFC3339))
	}
	a := &app{cfg: cfg}
	o, err := a.newsroomOptions()
	if err != nil {
		return "", err
	}
	next, err := o.Calendar.Next(now)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("it is %s in %s; the next issue closes %s, its proof goes out %s, it is sent %s", short(now, cfg.Location),
		cfg.Newsletter.Timezone, short(next.Closes, cfg.Location), short(next.Proofs, cfg.Location), short(next.Sends, cfg.Location)), nil
}
