package message

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/authres"
)

// form describes how one provider writes its Authentication-Results and Received fields.
type form struct {
	id  string            // the provider's name, or the authserv-id of a single server
	ids func(string) bool // whether an authserv-id is the provider's
	own func(string) bool // whether a host in the "by" of a Received field is the provider's
	// border reports whether the host that took the mail in wrote this Received field of
	// the provider; all fields below came with the mail.
	border func(hop) bool
	// below: the host that takes a mail in writes its results directly below its Received
	// field. Otherwise they are above it.
	below bool
	// topmost: only the topmost field counts. Every customer sends through the provider's
	// hosts, so that lower fields may be another customer's.
	topmost bool
	noID    bool // the field has no authserv-id
}

// forms are the providers with hosts that do not follow from an authserv-id.
var forms = []form{
	{
		// A mailbox at Google: the topmost hop is "by 2002:a05:…", an internal address
		// in 6to4 form; the field stands below "Received: from … by mx.google.com".
		id: "google", ids: anyOf("mx.google.com", "gmr-mx.google.com"), own: func(host string) bool { return inDomains("google.com")(host) || isInternal(host) },
		border: func(r hop) bool { return r.from != "" }, below: true, topmost: true,
	},
	{
		// Microsoft 365: no authserv-id, and in older ones the recipient's domain among the
		// results (MimeKit issues 490 and 527).
		id: "microsoft", ids: func(string) bool { return false }, own: inDomains("outlook.com", "office365.com", "hotmail.com"),
		border: func(r hop) bool {
			return !r.isInternalHop(inDomains("outlook.com", "office365.com", "hotmail.com"), atMicrosoft)
		}, topmost: true, noID: true,
	},
	{
		// Fastmail: the authserv-id is the host that took the mail in, which writes one
		// or several fields; the hops behind it have internal names.
		id: "fastmail", ids: inDomains("messagingengine.com"), own: inDomains("messagingengine.com", "internal", ""),
		border: func(r hop) bool { return r.fromOutside(inDomains("messagingengine.com", "internal")) },
	},
	{
		// Proton: one field a method. The authserv-id is mail.protonmail.ch or the host's.
		id: "proton", ids: inDomains("protonmail.ch", "proton.ch"), own: inDomains("protonmail.ch", "proton.ch"),
		border: func(r hop) bool { return r.fromOutside(inDomains("protonmail.ch", "proton.ch")) },
	},
	{
		// OVHcloud: the authserv-id is the host that took the mail in, as in68.mail.ovh.net;
		// the hops behind it are "by 192.168.…" and "by localhost".
		id: "ovh", ids: inDomains("mail.ovh.net", "mail.ovh.ca"), own: func(host string) bool { return inDomains("ovh.net", "ovh.ca", "localhost")(host) || isInternal(host) },
		border: func(r hop) bool { return r.fromOutside(inDomains("ovh.net", "ovh.ca")) },
	},
	{
		id: "gandi", ids: inDomains("gandi.net"), own: inDomains("gandi.net"),
		border: func(r hop) bool { return r.fromOutside(inDomains("gandi.net")) }, below: true,
	},
	{
		id: "infomaniak", ids: inDomains("infomaniak.ch", "infomaniak.com"), own: inDomains("infomaniak.ch", "infomaniak.com"),
		border: func(r hop) bool { return r.fromOutside(inDomains("infomaniak.ch", "infomaniak.com")) }, below: true,
	},
	{
		id: "orange", ids: inDomains("orange.fr", "wanadoo.fr"), own: inDomains("orange.fr", "wanadoo.fr", "francetelecom.fr"),
		border: func(r hop) bool { return r.fromOutside(inDomains("orange.fr", "wanadoo.fr", "francetelecom.fr")) }, below: true,
	},
}

// formOf returns the form of a configured authserv-id or a provider's name. Any other
// authserv-id is a single server: its hosts share its organisational domain or are
// "localhost", as amavis writes (Postfix with OpenDKIM and OpenDMARC, rspamd and the
// like). Such servers write above their Received field, as RFC 8601 section 4 asks, or
// below it (OpenDKIM before 2026, issue 24).
func formOf(id string) form {
	id = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(id), "."))
	for _, f := range forms {
		if f.id == id || f.ids(id) {
			return f
		}
	}
	own := func(host string) bool { return host == id || organisation(host) == organisation(id) }
	return form{
		id: id, ids: anyOf(id), own: func(host string) bool { return own(host) || host == "localhost" }, border: func(r hop) bool { return r.fromOutside(own) }, below: true,
	}
}

func anyOf(ids ...string) func(string) bool {
	return func(id string) bool { return slices.Contains(ids, id) }
}

// inDomains returns a test for hosts of any of these domains; "" stands for bare host
// names.
func inDomains(domains ...string) func(string) bool {
	return func(host string) bool {
		return slices.ContainsFunc(domains, func(d string) bool {
			if d == "" {
				return host != "" && !strings.ContainsAny(host, ".:")
			}
			return host == d || strings.HasSuffix(host, "."+d)
		})
	}
}

// ServerName returns the provider's name for an authserv-id with a known form, and
// otherwise the authserv-id itself.
func ServerName(authservID string) string { return formOf(authservID).id }

// HasResultsBy reports whether the server with this authserv-id wrote Authentication-Results
// on this mail that AuthenticationBy believes, and whether above its own Received field.
func (m *Message) HasResultsBy(authservID string) (written, above bool) {
	f := formOf(authservID)
	if f.id == "" {
		return false, false
	}
	own := m.ownResults(f, false)
	return own.fields > 0, own.above
}

// ResultServers returns the names of the servers that wrote Authentication-Results on this mail,
// the topmost first. AuthenticationBy believes each under that name.
func (m *Message) ResultServers() []string {
	var names []string
	for _, value := range m.Header.Values("Authentication-Results") {
		clean, _ := withoutComments(value)
		head, _, _ := strings.Cut(clean, ";")
		name := "microsoft"
		if id := strings.Fields(head); !strings.Contains(head, "=") && len(id) > 0 {
			host, _, _ := strings.Cut(id[0], "/")
			name = ServerName(host)
		}
		if written, _ := m.HasResultsBy(name); written && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// ownResults are the results that the trusted server wrote on one mail.
type ownResults struct {
	results  []authres.Result // the dmarc, dkim and spf results that count
	fields   int              // its fields, including those without such a result
	above    bool             // the first of them is above a Received field of its own
	readable bool
}

// ownResults goes down the header, through the Received fields of the server's own hosts,
// to the one by which the mail came in from outside. Every field of the server above that
// counts. A server that keeps what a sender wrote in its name (against RFC 8601, section
// 5) leaves it below its own fields: once a field of the server is above one of its
// Received fields, passes further down do not count. Failures count everywhere. above is
// Trust.Above.
func (m *Message) ownResults(f form, above bool) ownResults {
	r := ownResults{readable: true}
	var pending []authres.Result // since the last Received field
	closed, outside, hops := false, false, 0
	settle := func(passes bool) {
		for _, one := range pending {
			if passes || resultValue(one) != authres.ResultPass {
				r.results = append(r.results, one)
			}
		}
		pending = nil
	}
	for _, field := range m.Header {
		switch strings.ToLower(field.Name) {
		case "received":
			hops++
			hop, ok := parseHop(field.Value)
			if outside || !ok || !f.own(hop.by) {
				settle(!closed && !above)
				return r
			}
			settle(!closed)
			r.above = r.above || r.fields > 0
			closed = closed || r.fields > 0
			if outside = f.border(hop); outside && !f.below {
				return r
			}
		case "authentication-results":
			results, ok, own := f.read(field.Value)
			if !own || f.topmost && r.fields > 0 {
				continue
			}
			r.fields++
			if !ok || field.cut { // the part that was cut may hold a failure
				r.readable = false
				return r
			}
			if field.joined { // the sender's mail begins with such a line, after the server's last field
				results = slices.DeleteFunc(results, func(one authres.Result) bool { return resultValue(one) == authres.ResultPass })
			}
			pending = append(pending, results...)
		}
	}
	settle(!closed && (!above || hops == 0)) // a mail without hops was put into the mailbox directly
	return r
}

// read parses one Authentication-Results field. own means that the provider wrote it, as
// far as its form tells; ok is false if it cannot be parsed.
func (f form) read(value string) (results []authres.Result, ok, own bool) {
	clean, closed := withoutComments(value)
	head, list, _ := strings.Cut(clean, ";")
	if f.noID {
		method, _, result := strings.Cut(strings.ToLower(head), "=")
		if !result || !slices.Contains([]string{"spf", "dkim", "dmarc", "compauth"}, strings.TrimSpace(method)) {
			return nil, true, false
		}
		head, list = "microsoft", joinProperties(clean)
	} else {
		id := strings.Fields(head)
		if len(id) == 0 {
			return nil, true, false
		}
		host, _, _ := strings.Cut(strings.ToLower(id[0]), "/") // OpenDKIM's AuthservIDWithJobID
		if !f.ids(strings.TrimSuffix(host, ".")) {
			return nil, true, false
		}
	}
	if !closed {
		return nil, false, true
	}
	_, results, err := authres.Parse(head + ";" + relevant(list))
	return results, err == nil, true
}

// joinProperties moves a property behind a semicolon back to its result: "dmarc=pass
// action=none; header.from=cite.example".
func joinProperties(list string) string {
	parts := strings.Split(list, ";")
	out := parts[0]
	for _, p := range parts[1:] {
		low := strings.ToLower(strings.TrimSpace(p))
		if strings.HasPrefix(low, "smtp.") || strings.HasPrefix(low, "header.") {
			out += " " + p
		} else {
			out += ";" + p
		}
	}
	return out
}

// hop is the content of one Received field (RFC 5321, section 4.4).
type hop struct {
	by    string       // the host that wrote it, lower-case
	from  string       // the name that the client gave itself; "" without a client
	names []string     // the client's names, which that host found in the DNS
	addrs []netip.Addr // and its addresses
}

// parseHop parses the beginning of a Received field, up to its "by"; ok is false if it has
// none, or if a comment is not closed.
func parseHop(value string) (r hop, ok bool) {
	if _, closed := withoutComments(value); !closed {
		return r, false
	}
	words := receivedWords(strings.ToLower(value))
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case strings.HasPrefix(w, "("):
			if r.from != "" {
				r.readClient(strings.Trim(w, "()"))
			}
		case i+1 == len(words):
		case w == "by":
			r.by = strings.TrimRight(words[i+1], ".;")
			return r, r.by != ""
		case w == "from" && r.from == "":
			i++
			r.from = strings.TrimRight(words[i], ".;")
		}
	}
	return r, false
}

// readClient reads a host's words about its client from a comment with an address:
// "(mx.cite.example [192.0.2.1])". It leaves out the client's own words.
func (r *hop) readClient(comment string) {
	comment = strings.ToLower(strings.TrimSpace(comment))
	if strings.HasPrefix(comment, "helo ") || strings.HasPrefix(comment, "ehlo ") {
		return
	}
	var names []string
	var addrs []netip.Addr
	for _, w := range strings.FieldsFunc(comment, func(c rune) bool { return strings.ContainsRune(" \t[](),;", c) }) {
		if addr, err := parseAddr(w); err == nil {
			addrs = append(addrs, addr)
		} else if !strings.ContainsAny(w, "=@") {
			names = append(names, strings.TrimSuffix(w, "."))
		}
	}
	if len(addrs) == 0 {
		return
	}
	r.addrs = append(r.addrs, addrs...)
	if !strings.Contains(comment, "may be forged") {
		r.names = append(r.names, names...)
	}
}

func parseAddr(s string) (netip.Addr, error) {
	s = strings.TrimPrefix(strings.Trim(s, "[]"), "ipv6:")
	return netip.ParseAddr(s)
}

// fromOutside reports whether the hop's client is neither one of the own hosts nor at an
// internal address.
func (r hop) fromOutside(own func(string) bool) bool {
	switch {
	case r.from == "":
		return false
	case len(r.addrs) == 0: // only the client's own word is known
		return !own(r.from) && r.from != "localhost" && !isInternal(r.from)
	}
	return slices.ContainsFunc(r.addrs, func(a netip.Addr) bool { return !internal(a) }) && !slices.ContainsFunc(r.names, own)
}

// isInternalHop reports whether both ends of the hop are own hosts, by name and by
// address.
func (r hop) isInternalHop(own func(string) bool, at func(netip.Addr) bool) bool {
	return r.from == "" || own(r.from) && len(r.addrs) > 0 && !slices.ContainsFunc(r.addrs, func(a netip.Addr) bool { return !at(a) })
}

// microsoftNet has the IPv6 addresses of Exchange Online's own hosts.
var microsoftNet = netip.MustParsePrefix("2603:1000::/24")

func atMicrosoft(a netip.Addr) bool { return internal(a) || microsoftNet.Contains(a.WithZone("")) }

// internal reports whether no outside host can have the address: it is private, local to
// the link or the machine, or a private one in 6to4 form (RFC 3056).
func internal(a netip.Addr) bool {
	a = a.WithZone("").Unmap()
	if b := a.As16(); a.Is6() && b[0] == 0x20 && b[1] == 0x02 {
		a = netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast()
}

func isInternal(host string) bool {
	a, err := parseAddr(host)
	return err == nil && internal(a)
}

// receivedWords returns the words of a structured value without quotes, and its outermost
// comments, each in parentheses. All comments are closed.
func receivedWords(s string) []string {
	var words []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && (depth > 0 || quoted):
			i++
		case c == '"' && depth == 0:
			quoted = !quoted
		case quoted && c <= ' ':
			word.WriteByte('_')
		case quoted:
			word.WriteByte(c)
		case c == '(':
			if depth == 0 {
				end()
			}
			depth++
			word.WriteByte(c)
		case c == ')' && depth > 0:
			depth--
			word.WriteByte(c)
			if depth == 0 {
				end()
			}
		case depth == 0 && c <= ' ':
			end()
		default:
			word.WriteByte(c)
		}
	}
	end()
	return words
}
