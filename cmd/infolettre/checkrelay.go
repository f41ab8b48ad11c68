package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"infolettre/config"
	"infolettre/internal/message"
	"infolettre/internal/oauth"
	"infolettre/internal/relay"
	"infolettre/internal/token"
)

// checkRelay offers the relay a mail with each return path in use: the newsletter's address,
// one with a handle, and none. It reports whether mail can be sent.
func checkRelay(ctx context.Context, c *checker, cfg *config.Config, t *tokens, log *slog.Logger) bool {
	address := message.Address(cfg.Newsletter.Address)
	key, err := token.NewSecret([]byte(rand.Text() + rand.Text()))
	if err != nil {
		return c.part("relay", func() (string, error) { return "", err })
	}
	keyed := string(withHandle(address, key.Handle(token.Bounce, 1, string(address))))
	var (
		options relay.Options
		found   *relay.Report
	)
	good := c.part("relay", func() (string, error) {
		if err := checkRelaySecrets(cfg, t); err != nil {
			return "", err
		}
		var err error
		if options, err = relayOptions(cfg, t, log); err != nil {
			return "", err
		}
		ctx, cancel := context.WithTimeout(ctx, checkTimeout)
		defer cancel()
		paths := []string{string(address), ""}
		if cfg.Mailbox.PlusAddressing {
			paths = append(paths, keyed)
		}
		if found, err = relay.Check(ctx, options, message.Address(cfg.Newsletter.Operator), paths...); err != nil {
			return "", relaySentence(err, cfg)
		}
		if e := found.Refused[string(address)]; e != nil {
			return "", refusalSentence(e, cfg)
		}
		return fmt.Sprintf("%s accepts mail from %s (%s)", cfg.Relay.URL.Host, address, found.Conn), nil
	})
	if found == nil {
		return false
	}
	c.part("relay offers", func() (string, error) { return offersText(found.Offers), nil })
	if good {
		good = checkPaths(c, cfg, found.Refused[keyed], found.Refused[""])
	}
	if len(options.DKIM) == 0 {
		c.warn("signatures", "mails are not signed; unless the relay signs them, receivers may take the newsletter for spam: see [relay.dkim]")
	} else if from := message.Address(cfg.Newsletter.Address).Domain(); !message.Aligned(options.DKIM[0].Domain, from) {
		c.warn("signatures", fmt.Sprintf("%s, which is not the domain of newsletter.address: DMARC ignores such a signature; see relay.dkim.domain", signaturesText(options.DKIM)))
	} else {
		c.part("signatures", func() (string, error) { return signaturesText(options.DKIM), nil })
	}
	return good
}

// checkRelaySecrets returns an error if a secret of the relay cannot be read.
func checkRelaySecrets(cfg *config.Config, t *tokens) error {
	if cfg.Relay.OAuth2 != nil {
		return t.readable(cfg.Relay.OAuth2)
	}
	secret, err := cfg.ReadSecret(cfg.Relay.Password)
	switch {
	case err != nil:
		return fmt.Errorf("relay.password: %w", err)
	case secret == "" && cfg.Relay.Password != "":
		return fmt.Errorf("relay.password: %s is empty; where the relay asks for no password, leave the key out", cfg.Relay.Password)
	}
	return nil
}

// tokenSentence explains why there is no access token; nil for any other error.
func tokenSentence(err error, o *config.OAuth2) error {
	var refused *oauth.TokenError
	switch {
	case o == nil || !errors.As(err, &refused):
		return nil
	case strings.HasSuffix(refused.Code, "_client"):
		return fmt.Errorf("%s does not know the newsletter as a client (%s); see %[3]s.client_id and client_secret", o.TokenURL.Host, joinWords(refused.Code, refused.Description), o.Name)
	}
	return fmt.Errorf("%s issued no access token (%s); renew the authorization and store the new token where %s.refresh_token says", o.TokenURL.Host, joinWords(refused.Code, refused.Description), o.Name)
}

// relaySentence explains why there is no connection to the relay.
func relaySentence(err error, cfg *config.Config) error {
	host, user := cfg.Relay.URL.Host, cfg.Relay.URL.User.Username()
	var e *relay.Error
	if said := tokenSentence(err, cfg.Relay.OAuth2); said != nil {
		return said
	}
	switch {
	case !errors.As(err, &e):
		return err
	case e.Stage == relay.StageHello && e.Code != 0:
		return fmt.Errorf("%s rejects connections from this machine (%s); ask the relay's operator", host, relayReply(e))
	case e.Stage == relay.StageDial, e.Stage == relay.StageHello:
		return fmt.Errorf("no SMTP server answers at %s; see relay.url (%w)", host, err)
	case e.Stage == relay.StageTLS:
		return fmt.Errorf("the connection to %s cannot be secured (%w)", host, err)
	case e.Stage != relay.StageAuth:
		return fmt.Errorf("%s accepts no mail: %w", host, err)
	case e.Temporary && e.Code == 0 && cfg.Relay.OAuth2 != nil:
		return fmt.Errorf("could not obtain an access token; see %s.token_url, or try again later (%w)", cfg.Relay.OAuth2.Name, e.Err)
	case e.Temporary:
		return fmt.Errorf("%s cannot sign anybody in at the moment (%s); try again later", host, relayReply(e))
	case e.Code == 0:
		return fmt.Errorf("cannot sign in to %s: %w", host, e.Err)
	case cfg.Relay.OAuth2 != nil:
		return fmt.Errorf("%s refuses the user %q with a fresh access token (%s); see relay.url and %s", host, user, relayReply(e), cfg.Relay.OAuth2.Name)
	}
	return fmt.Errorf("%s refuses the user %q with this password; see relay.url and relay.password", host, user)
}

// refusalSentence explains why ordinary mail is refused.
func refusalSentence(e *relay.Error, cfg *config.Config) error {
	host := cfg.Relay.URL.Host
	whom, see := "from "+cfg.Newsletter.Address, "newsletter.address"
	if e.Stage == relay.StageRcpt {
		whom, see = "to "+cfg.Newsletter.Operator+" "+whom, "newsletter.operator and newsletter.address"
	}
	if e.Temporary {
		return fmt.Errorf("%s temporarily refuses mail %s (%s); try again later", host, whom, relayReply(e))
	}
	return fmt.Errorf("%s refuses mail %s (%s); see %s, or ask the relay's operator", host, whom, relayReply(e), see)
}

// checkPaths prints what follows from the relay's replies to a return path with a handle, and
// to none, where it accepts the plain one. It reports whether mail can be sent.
func checkPaths(c *checker, cfg *config.Config, keyed, null *relay.Error) bool {
	host := cfg.Relay.URL.Host
	own := cfg.Relay.Envelope == "verp" && cfg.Mailbox.PlusAddressing
	good := true
	switch {
	case own && keyed != nil && !keyed.Temporary:
		good = c.part("return paths", func() (string, error) {
			return "", fmt.Errorf("%s refuses return paths like %s (%s); set relay.envelope = \"plain\"", host, plusExample(cfg), relayReply(keyed))
		})
	case own && keyed != nil:
		c.warn("return paths", fmt.Sprintf("%s temporarily refuses return paths like %s (%s); if that persists, set relay.envelope = \"plain\"", host, plusExample(cfg), relayReply(keyed)))
	case !own && cfg.Mailbox.PlusAddressing && keyed == nil:
		c.warn("return paths", fmt.Sprintf("%s also accepts return paths like %s; with relay.envelope = \"verp\" every bounce would be matched", host, plusExample(cfg)))
	}
	switch {
	case null != nil && null.Temporary:
		c.warn("return paths", fmt.Sprintf("%s temporarily refuses mail without a return path (%s); answers to contributors and editors would wait", host, relayReply(null)))
	case null != nil:
		c.warn("return paths", fmt.Sprintf("%s refuses mail without a return path (%s); answers to contributors and editors use the newsletter's address instead", host, relayReply(null)))
	case good && (keyed == nil || !own):
		c.part("return paths", func() (string, error) {
			if own {
				return "one for each mail, none for answers", nil
			}
			return "the newsletter's address, none for answers", nil
		})
	}
	return good
}

// relayReply returns the relay's reply for a person.
func relayReply(e *relay.Error) string {
	if e.Code == 0 {
		return fmt.Sprint(e.Err)
	}
	return joinWords(fmt.Sprint(e.Code), e.Enhanced, strings.ReplaceAll(e.Text, "\n", " "))
}

func joinWords(all ...string) string {
	return strings.Join(strings.Fields(strings.Join(all, " ")), " ")
}

// offersText lists the extensions in use that the relay offers, and those that it does not.
func offersText(o relay.Offers) string {
	size := "SIZE"
	if o.MaxSize > 0 {
		size = fmt.Sprintf("SIZE (%.4g MB at most)", float64(o.MaxSize)/1e6)
	}
	var has, lacks []string
	for _, e := range []struct {
		offered bool
		name    string
	}{
		{o.Pipelining, "PIPELINING"}, {o.EightBitMIME, "8BITMIME"}, {o.SMTPUTF8, "SMTPUTF8"}, {o.DSN, "DSN"}, {o.Size, size},
	} {
		if e.offered {
			has = append(has, e.name)
		} else {
			lacks = append(lacks, e.name)
		}
	}
	s := strings.Join(has, ", ")
	switch {
	case len(has) == 0:
		return "no extension that is used here"
	case len(lacks) > 0:
		s += "; not " + strings.Join(lacks, ", ")
	}
	return s
}

// signaturesText lists the DKIM keys in use.
func signaturesText(keys []*relay.DKIM) string {
	var all []string
	for _, k := range keys {
		all = append(all, fmt.Sprintf("%s as %s._domainkey.%s", k.Algorithm(), k.Selector, k.Domain))
	}
	return "DKIM by " + strings.Join(all, ", and by ")
}
