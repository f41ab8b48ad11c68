package message

import (
	"strings"

	"github.com/emersion/go-msgauth/authres"
	"golang.org/x/net/publicsuffix"
)

// Verdict is what the mailbox's own servers found about the domain in From.
type Verdict int

// The verdicts. The zero Verdict knows nothing.
const (
	AuthNone Verdict = iota // no results by the trusted server, or none that decides
	AuthPass                // the From domain is authenticated
	AuthFail                // it is not, or results are about another domain
)

// String returns the verdict in one word.
func (v Verdict) String() string {
	switch v {
	case AuthPass:
		return "pass"
	case AuthFail:
		return "fail"
	default:
		return "none"
	}
}

// Authentication is a verdict and its reason, one short English sentence for logs.
type Authentication struct {
	Verdict Verdict
	Why     string
	// Direct means that SPF passes too, aligned with From: a server of the domain
	// delivered this very mail. Without it, the mail may be a copy of one that its author
	// sent to somebody else.
	Direct bool
}

// Trust names the server whose Authentication-Results fields (RFC 8601) count.
type Trust struct {
	// ID is the authserv-id of the mailbox's server, or the name of a provider whose form
	// is known, such as "google" or "microsoft"; "" trusts nobody.
	ID string
	// Above means that the server is known to write its fields above its own Received
	// field. It wrote none of the fields below.
	Above bool
}

// Authentication is AuthenticationBy with only the server's authserv-id known.
func (m *Message) Authentication(authservID string) Authentication {
	return m.AuthenticationBy(Trust{ID: authservID})
}

// AuthenticationBy judges the From domain by the Authentication-Results fields that the
// mailbox's own servers wrote, see forms. It reads them together; a failure outweighs a
// pass.
//
// The From domain passes by dmarc=pass (RFC 7489) or, without a DMARC result, by a DKIM or
// SPF pass for an aligned domain, which is one of the same organisational domain. A zero
// Trust trusts nobody.
func (m *Message) AuthenticationBy(t Trust) Authentication {
	f := formOf(t.ID)
	if f.id == "" {
		return Authentication{Verdict: AuthNone, Why: "No server is trusted to authenticate senders."}
	}
	own := m.ownResults(f, t.Above)
	author := m.Author().Address
	switch {
	case !own.readable:
		return Authentication{Verdict: AuthFail, Why: "The results of " + f.id + " cannot be read."}
	case own.fields == 0:
		return Authentication{Verdict: AuthNone, Why: "There are no results by " + f.id + "."}
	case author == "":
		return Authentication{Verdict: AuthFail, Why: "From does not name exactly one author."}
	}
	return judge(own.results, author.Domain(), m.fromLoose)
}

func resultValue(r authres.Result) authres.ResultValue {
	switch r := r.(type) {
	case *authres.DMARCResult:
		return r.Value
	case *authres.DKIMResult:
		return r.Value
	case *authres.SPFResult:
		return r.Value
	}
	return authres.ResultNone
}

// Aligned reports whether two domains share their organisational domain: relaxed alignment
// (RFC 7489, section 3.1.1).
func Aligned(domain, sender string) bool { return organisation(domain) == organisation(sender) }

// organisation returns the registrable part of a domain (RFC 7489, section 3.2), or the
// whole of a domain without one, such as a host name or an address.
func organisation(domain string) string {
	domain = strings.ToLower(strings.TrimSuffix(domain, "."))
	if org, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return org
	}
	return domain
}

// withoutComments removes the comments and quotes of a structured value. Within quotes,
// characters that could be taken for syntax become "_", because a sender can put text of
// his own there. ok is false if a comment or quote is not closed.
func withoutComments(s string) (clean string, ok bool) {
	var out strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && (depth > 0 || quoted):
			i++
			if quoted {
				out.WriteByte('_')
			}
		case quoted && c == '"':
			quoted = false
		case quoted && (c <= ' ' || strings.IndexByte("();=,", c) >= 0):
			out.WriteByte('_')
		case quoted:
			out.WriteByte(c)
		case c == '(':
			depth++
			out.WriteByte(' ')
		case c == ')' && depth > 0:
			depth--
		case depth > 0:
		case c == '"':
			quoted = true
		default:
			out.WriteByte(c)
		}
	}
	return out.String(), depth == 0 && !quoted
}

// relevant keeps the results that decide, and removes the blanks around "=" that RFC 8601
// allows and the parser does not.
func relevant(list string) string {
	var kept []string
	for _, result := range strings.Split(list, ";") {
		result = strings.Join(strings.Fields(result), " ")
		result = strings.ReplaceAll(strings.ReplaceAll(result, " =", "="), "= ", "=")
		method, _, _ := strings.Cut(strings.ToLower(result), "=")
		method, _, _ = strings.Cut(method, "/") // method/version
		switch method {
		case "dmarc", "dkim", "spf":
			_, rest, _ := strings.Cut(result, "=")
			kept = append(kept, method+"="+rest)
		}
	}
	return strings.Join(kept, ";")
}

// judge weighs the results for one From domain. With strict, a DMARC result must name the
// domain that it is about, because another program may have read another author in From.
func judge(results []authres.Result, domain string, strict bool) Authentication {
	dmarc, aligned, failed, direct := AuthNone, "", "", false
	for _, r := range results {
		switch r := r.(type) {
		case *authres.DMARCResult:
			switch {
			case r.From != "" && organisation(afterAt(r.From)) != organisation(domain):
				return Authentication{Verdict: AuthFail, Why: "DMARC was evaluated for another domain than that of From."}
			case r.From == "" && strict && r.Value == authres.ResultPass:
			case r.Value == authres.ResultPass && dmarc != AuthFail:
				dmarc = AuthPass
			case r.Value == authres.ResultFail:
				dmarc = AuthFail // a permerror is about the domain's record, not about the mail
			}
		case *authres.DKIMResult:
			signer := r.Domain
			if signer == "" {
				signer = afterAt(r.Identifier)
			}
			switch {
			case signer == "" || organisation(signer) != organisation(domain):
			case r.Value == authres.ResultPass:
				aligned = "DKIM"
			case r.Value == authres.ResultFail:
				failed = "DKIM"
			}
		case *authres.SPFResult:
			sender := afterAt(r.From)
			switch {
			case sender == "" || organisation(sender) != organisation(domain):
			case r.Value == authres.ResultPass:
				direct = true
			case r.Value == authres.ResultFail || r.Value == authres.ResultHardFail:
				failed = "SPF"
			}
		}
	}
	if direct && aligned == "" {
		aligned = "SPF"
	}
	switch {
	case dmarc == AuthFail:
		return Authentication{Verdict: AuthFail, Why: "DMARC fails for " + domain + "."}
	case dmarc == AuthPass:
		return Authentication{Verdict: AuthPass, Why: "DMARC passes for " + domain + ".", Direct: direct}
	case aligned != "":
		return Authentication{Verdict: AuthPass, Why: aligned + " passes, aligned with " + domain + ".", Direct: direct}
	case failed != "":
		return Authentication{Verdict: AuthFail, Why: failed + " fails for " + domain + "."}
	}
	return Authentication{Verdict: AuthNone, Why: "The results say nothing about " + domain + "."}
}

// afterAt returns the domain of an address, or a domain as it is.
func afterAt(s string) string {
	return strings.TrimRight(strings.ToLower(s[strings.LastIndexByte(s, '@')+1:]), ".>")
}
