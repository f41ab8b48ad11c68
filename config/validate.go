package config

import (
	"cmp"
	"fmt"
	"net"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // Europe/Paris must be valid on a machine without zone files

	"github.com/robfig/cron/v3"
)

// maxLocal is the longest local part of an address (RFC 5321 section 4.5.3.1.1), and handleLen
// the octets that a handle and its plus sign take.
const (
	maxLocal  = 64
	handleLen = 41
)

type validator struct {
	file, text string
	c          *Config
	errs       []*KeyError
}

func (v *validator) fail(key, format string, args ...any) {
	v.errs = append(v.errs, &KeyError{v.file, lineOf(v.text, key), key, fmt.Errorf(format, args...)})
}

func (v *validator) check() {
	v.newsletter()
	v.mailbox()
	v.relay()
	v.schedule()
	v.bounces()
	v.people()
	slices.SortStableFunc(v.errs, func(a, b *KeyError) int { return cmp.Compare(a.Line, b.Line) })
}

func (v *validator) need(key, value string) bool {
	if strings.TrimSpace(value) == "" {
		v.fail(key, "is missing")
		return false
	}
	return true
}

func (v *validator) address(key, value string) bool {
	if !v.need(key, value) {
		return false
	}
	a, err := mail.ParseAddress(value)
	if err != nil || a.Address != value {
		v.fail(key, "%q is no address", value)
		return false
	}
	return true
}

func (v *validator) secret(key string, s Secret, needed bool) {
	if s == "" {
		if needed {
			v.fail(key, "is missing; write env:NAME or file:PATH")
		}
		return
	}
	if kind, name, _ := strings.Cut(string(s), ":"); (kind != "env" && kind != "file") || name == "" {
		v.fail(key, "must be env:NAME or file:PATH, so that this file contains no secret")
	}
}

func (v *validator) newsletter() {
	n := &v.c.Newsletter
	v.need("newsletter.name", n.Name)
	v.need("newsletter.network", n.Network)
	if v.address("newsletter.address", n.Address) && v.c.Mailbox.PlusAddressing {
		if local := strings.LastIndexByte(n.Address, '@'); local+handleLen > maxLocal {
			v.fail("newsletter.address", "its name of %d characters is too long for plus addressing, which needs %d of the %d allowed; choose a shorter address or set mailbox.plus_addressing = false",
				local, handleLen, maxLocal)
		}
	}
	v.address("newsletter.operator", n.Operator)
	if v.need("newsletter.list_id", n.ListID) && strings.ContainsAny(n.ListID, " <>@") {
		v.fail("newsletter.list_id", "%q is not a list identifier; write a name like a host's", n.ListID)
	}
	if len(n.Languages) == 0 {
		v.fail("newsletter.languages", "is missing; the first is the default")
	}
	if n.BaseURL.URL == nil {
		v.fail("newsletter.base_url", "is missing")
	} else if n.BaseURL.Scheme != "https" && !(n.BaseURL.Scheme == "http" && Loopback(n.BaseURL.Hostname())) {
		v.fail("newsletter.base_url", "must be https")
	}
	v.secret("newsletter.secret", n.Secret, true)
	var err error
	v.c.Location = time.UTC
	if v.need("newsletter.timezone", n.Timezone) {
		if v.c.Location, err = time.LoadLocation(n.Timezone); err != nil || n.Timezone == "Local" {
			v.fail("newsletter.timezone", "%q is not a timezone; write one like Europe/Paris", n.Timezone)
			v.c.Location = time.UTC
		}
	}
}

func (v *validator) mailbox() {
	m := &v.c.Mailbox
	v.server("mailbox.url", m.URL, "imaps", "imap")
	if m.OAuth2 == nil {
		v.secret("mailbox.password", m.Password, true)
	} else {
		v.oauth2("mailbox", m.OAuth2, m.URL, m.Password)
	}
	if o := v.c.OAuth2; o != nil && o != m.OAuth2 && o != v.c.Relay.OAuth2 {
		v.fail("oauth2", "serves neither the mailbox nor the relay: each has a password or a table of its own")
	}
	for key, name := range map[string]string{"mailbox.done": m.Done, "mailbox.other": m.Other, "mailbox.quarantine": m.Quarantine} {
		v.need(key, name)
	}
	if m.Done == m.Quarantine || m.Done == m.Other || m.Other == m.Quarantine {
		v.fail("mailbox.done", "done, other and quarantine must be three folders")
	}
	if m.Verify != "" && m.Verify != "dkim" && m.Verify != "none" {
		v.fail("mailbox.verify", "%q is neither \"dkim\" nor \"none\"", m.Verify)
	}
	if m.NoAuth != "challenge" && m.NoAuth != "handle" {
		v.fail("mailbox.no_auth", "%q is neither \"challenge\" nor \"handle\"", m.NoAuth)
	}
}

func (v *validator) bounces() {
	if n := v.c.Bounces.Soft; n < 1 || n > 100 {
		v.fail("bounces.soft", "%d is not between 1 and 100", n)
	}
}

func (v *validator) relay() {
	r := &v.c.Relay
	v.server("relay.url", r.URL, "smtps", "smtp")
	v.secret("relay.password", r.Password, false)
	if r.Connections < 1 || r.Connections > 100 {
		v.fail("relay.connections", "%d is not between 1 and 100", r.Connections)
	}
	if r.Envelope != "verp" && r.Envelope != "plain" {
		v.fail("relay.envelope", "%q is neither \"verp\" nor \"plain\"", r.Envelope)
	}
	if r.OAuth2 != nil {
		v.oauth2("relay", r.OAuth2, r.URL, r.Password)
	}
	if r.DKIM != nil {
		v.dkim(r.DKIM)
	}
	if _, _, err := net.SplitHostPort(v.c.Web.Listen); err != nil {
		v.fail("web.listen", "%q is not host:port", v.c.Web.Listen)
	}
}

// oauth2 validates a table and the user that it signs in. An error in the common table is
// reported once.
func (v *validator) oauth2(user string, o *OAuth2, server URL, password Secret) {
	if password != "" {
		v.fail(user+".password", "is set together with [%s]; the %s needs only one of them, so remove the other", o.Name, user)
	}
	if server.URL != nil && server.User.Username() == "" {
		v.fail(user+".url", "has no user for [%s] to sign in; write %s://user@%s", o.Name, server.Scheme, server.Host)
	}
	if o == v.c.OAuth2 && user == "relay" && o == v.c.Mailbox.OAuth2 {
		return
	}
	switch u := o.TokenURL; {
	case u.URL == nil:
		v.fail(o.Name+".token_url", "is missing")
	case u.Scheme != "https" && !(u.Scheme == "http" && Loopback(u.Hostname())):
		v.fail(o.Name+".token_url", "must be https")
	}
	v.need(o.Name+".client_id", o.ClientID)
	v.secret(o.Name+".client_secret", o.ClientSecret, false)
	v.secret(o.Name+".refresh_token", o.RefreshToken, true)
}

func (v *validator) dkim(d *DKIM) {
	v.need("relay.dkim.domain", d.Domain)
	v.need("relay.dkim.selector", d.Selector)
	v.secret("relay.dkim.key", d.Key, true)
	if d.Also == nil {
		return
	}
	if v.need("relay.dkim.also.selector", d.Also.Selector) && strings.EqualFold(d.Selector, d.Also.Selector) {
		v.fail("relay.dkim.also.selector", "%q is the selector of the first key; each public key is published under a selector of its own (RFC 6376 section 3.6.2)", d.Also.Selector)
	}
	v.secret("relay.dkim.also.key", d.Also.Key, true)
}

func (v *validator) server(key string, u URL, schemes ...string) {
	switch {
	case u.URL == nil:
		v.fail(key, "is missing")
	case !slices.Contains(schemes, u.Scheme):
		v.fail(key, "begins with %s://; must be %s://", u.Scheme, strings.Join(schemes, ":// or "))
	}
}

func (v *validator) schedule() {
	s := &v.c.Schedule
	for key, expr := range map[string]string{
		"schedule.close": s.Close, "schedule.proof": s.Proof, "schedule.send": s.Send,
	} {
		if v.need(key, expr) {
			v.cron(key, expr)
		}
	}
	if s.Queue != "" {
		v.cron("schedule.queue", s.Queue)
	}
	r := &v.c.Reminders
	for key, distances := range map[string][]Distance{"schedule.calls": s.Calls, "reminders.before": r.Before} {
		seen := map[Distance]bool{}
		for _, d := range distances {
			if err := d.check(); err != nil {
				v.fail(key, "%w", err)
			} else if seen[d] {
				v.fail(key, "%s is listed twice", d)
			}
			seen[d] = true
		}
	}
	if len(r.Before) > 0 && r.At == "" {
		v.fail("reminders.at", "is missing; at what time of day are reminders sent?")
	} else if r.At != "" {
		if err := r.At.check(); err != nil {
			v.fail("reminders.at", "%w", err)
		}
	}
	v.segments("reminders.internal", r.Internal)
	v.segments("reminders.external", r.External)
	if len(v.c.Issue.Segments) == 0 {
		v.fail("infolettre.segments", "is missing: to whom is the issue sent?")
	}
	v.segments("infolettre.segments", v.c.Issue.Segments)
	if v.c.Issue.Internal != nil && len(v.c.Issue.Internal) == 0 {
		v.fail("infolettre.internal", "names no segment; leave it out to send internal content to everyone")
	}
	v.segments("infolettre.internal", v.c.Issue.Internal)
}

func (v *validator) cron(key, expr string) {
	defer func() {
		if recover() != nil { // the library panics on some malformed expressions
			v.fail(key, "%q is no cron expression", expr)
		}
	}()
	if strings.Contains(expr, "TZ=") {
		v.fail(key, "must not name a timezone; newsletter.timezone applies")
		return
	}
	if strings.HasPrefix(strings.TrimSpace(expr), "@every") {
		v.fail(key, "has no fixed times; write the five fields")
		return
	}
	s, err := cron.ParseStandard(expr)
	if err != nil {
		v.fail(key, "%q is no cron expression (minute, hour, day of month, month, day of week): %v", expr, err)
	} else if s.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		v.fail(key, "%q is never due", expr)
	}
}

func (v *validator) segments(key string, names []string) {
	for _, name := range names {
		if !slices.ContainsFunc(v.c.Segments, func(s Segment) bool { return s.Name == name }) {
			v.fail(key, "there is no segment %q", name)
		}
	}
}

func (v *validator) people() {
	c := v.c
	if len(c.Editors) == 0 {
		v.fail("editors", "is missing; add at least one [[editors]] table")
	}
	seen := map[string]bool{}
	for i, e := range c.Editors {
		key := "editors." + strconv.Itoa(i)
		v.need(key+".name", e.Name)
		if v.address(key+".email", e.Email) && seen[strings.ToLower(e.Email)] {
			v.fail(key+".email", "%s is listed twice", e.Email)
		}
		seen[strings.ToLower(e.Email)] = true
		if e.Language != "" && !slices.Contains(c.Newsletter.Languages, e.Language) {
			v.fail(key+".language", "%q is not one of newsletter.languages", e.Language)
		}
	}
	deciding := len(c.Editors)
	for key, q := range map[string]int{"editorial.quorum": c.Editorial.Quorum, "editorial.proof_quorum": c.Editorial.ProofQuorum} {
		if q < 1 || q > deciding {
			v.fail(key, "%d cannot be reached by %d editors", q, deciding)
		}
	}
	for section, q := range c.Editorial.SectionQuorum {
		if q < 1 || q > deciding {
			v.fail("editorial.section_quorum", "%d, for %q, cannot be reached by %d editors", q, section, deciding)
		}
		if !slices.ContainsFunc(c.Sections, func(s Section) bool { return s.Key == section }) {
			v.fail("editorial.section_quorum", "there is no section %q", section)
		}
	}
	if c.Issue.MinItems < 0 {
		v.fail("infolettre.min_items", "%d is negative", c.Issue.MinItems)
	}
	names := map[string]bool{}
	for i, s := range c.Segments {
		key := "segments." + strconv.Itoa(i)
		if v.need(key+".name", s.Name) && names[s.Name] {
			v.fail(key+".name", "%q is used twice", s.Name)
		}
		names[s.Name] = true
		if len(s.Any)+len(s.All)+len(s.None) == 0 {
			v.fail(key, "selects nobody; set any, all or none")
		}
	}
	keys := map[string]bool{}
	for i, s := range c.Sections {
		key := "sections." + strconv.Itoa(i)
		if v.need(key+".key", s.Key) && keys[s.Key] {
			v.fail(key+".key", "%q is used twice", s.Key)
		}
		keys[s.Key] = true
		for _, lang := range c.Newsletter.Languages {
			if s.Title[lang] == "" {
				v.fail(key+".title", "section %q has no title in %q", s.Key, lang)
			}
		}
	}
}

// Loopback reports whether a host name or address is on this machine.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

var tableLine = regexp.MustCompile(`^\s*\[\[?\s*([A-Za-z0-9_.-]+)\s*\]\]?`)

// lineOf returns the line, from 1, that sets a key, or the line of its table if the key is not
// set, or 0 if there is no such table either. Tables of an array are numbered from 0, as in
// editors.1.email.
func lineOf(text, key string) int {
	table, name := "", key
	if i := strings.LastIndexByte(key, '.'); i >= 0 {
		table, name = key[:i], key[i+1:]
	}
	current, at := "", 0
	count := map[string]int{}
	for i, line := range strings.Split(text, "\n") {
		if m := tableLine.FindStringSubmatch(line); m != nil {
			current = m[1]
			if strings.HasPrefix(strings.TrimSpace(line), "[[") {
				current = m[1] + "." + strconv.Itoa(count[m[1]])
				count[m[1]]++
			}
			if current == table || current == key {
				at = i + 1
			}
			continue
		}
		set, _, ok := strings.Cut(line, "=")
		if ok && current == table && strings.Trim(strings.TrimSpace(set), `"`) == name {
			return i + 1
		}
	}
	return at
}
