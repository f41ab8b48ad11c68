package bounce

import (
	"regexp"
	"strings"
)

// Reason is why a mail came back, in one word.
type Reason string

// The reasons. Those in the first block mean that the address is dead.
const (
	UserUnknown Reason = "userunknown" // no such mailbox
	HostUnknown Reason = "hostunknown" // no such domain
	HasMoved    Reason = "hasmoved"    // the person left; no forwarding
	NoMail      Reason = "notaccept"   // the domain takes no mail (RFC 7505)

	MailboxFull  Reason = "mailboxfull"
	TooBig       Reason = "mesgtoobig"
	Suspended    Reason = "suspend"         // disabled, perhaps only for a while
	Expired      Reason = "expired"         // tried for too long
	Network      Reason = "networkerror"    // name service, connections, loops
	SystemFull   Reason = "systemfull"      // the server's disk
	SystemError  Reason = "systemerror"     // any other error of the server
	Authenticity Reason = "authfailure"     // SPF, DKIM, DMARC
	ReverseName  Reason = "requireptr"      // no reverse DNS name
	Reputation   Reason = "blocked"         // our address or domain is on a list
	Rate         Reason = "toomanyconn"     // too much at once
	Spam         Reason = "spamdetected"    // the content
	Virus        Reason = "virusdetected"   // the content
	Relaying     Reason = "norelaying"      // the server does not serve that domain
	Sender       Reason = "rejected"        // our sender address
	Filtered     Reason = "filtered"        // the recipient's own filter
	Policy       Reason = "policyviolation" // any other rule
	Syntax       Reason = "syntaxerror"     // of the protocol or an address
	Complained   Reason = "feedback"        // a Complaint
)

// isDead reports whether the reason means that no mail must be sent to the address again.
func (r Reason) isDead() bool {
	switch r {
	case UserUnknown, HostUnknown, HasMoved, NoMail:
		return true
	default:
		return false
	}
}

// reasonWords maps words of servers to reasons. The first row that matches wins: rows
// about the sender, the content and the connection come before rows about the recipient,
// because servers say "user unknown" for those too. The text is in lower case with single
// blanks; addresses are "@" and links their host.
var reasonWords = compileReasons([]reasonRow{
	{HostUnknown, `account or domain may not exist`},         // cPanel, if it cannot resolve the name
	{Rate, `sending (?:quota|limit|rate)|quota for sending`}, // of the sender, not of a mailbox
	{MailboxFull, `mail ?box (?:is |size |storage )?(?:full|exceeded|limit)|over ?quota|over (?:the )?(?:disk |storage |mail )?quota|quota (?:is )?exceeded|exceed(?:s|ed|ing)?\b.{0,30}\bquota|disk quota|storage quota|user(?:'s)? (?:mailbox|disk|account) (?:is )?(?:full|over)|(?:mail )?box is full|exceeded (?:the |its )?(?:local |storage )(?:limit|allocation)|out of (?:storage|disk) space|insufficient (?:mailbox|user) storage|bo[iî]te (?:aux lettres |de r[eé]ception )?(?:est )?(?:pleine|satur[eé]e)|quota (?:d[eé]pass[eé]|atteint)|postfach (?:ist )?voll|buz[oó]n (?:est[aá] )?lleno|casella (?:di posta )?piena|caixa (?:de correio |postal )?cheia|メールボックスが一杯`},
	{TooBig, `message (?:is )?too (?:big|large)|(?:message|mail) size (?:exceeds|limit)|exceed(?:s|ed)? (?:the |fixed |maximum ){0,3}(?:message|size|mail) (?:size|limit)|size exceeds|too large for|message trop (?:gros|volumineux)`},
	{Authenticity, `\bdmarc\b|\bspf\b|\bdkim\b|does not have authentication|unauthenticated (?:e-?mail|senders?)|purported responsible`},
	{ReverseName, `reverse dns|\bptr\b|\brdns\b|reverse (?:name|lookup|hostname)|without a valid (?:reverse|ptr)`},
	{Spam, `\bspam\b(?:[^h]|$)|\bube\b|unsolicited|junk mail|content (?:was )?rejected|spam (?:detected|message|classification)|considered (?:as )?(?:spam|unwanted)|spamsignature|high probability of spam|looks like spam`},
	{Virus, `\bvirus\b|malware|infected`},
	{Rate, `too many (?:connections|recipients|messages|concurrent|sessions)|rate (?:limit|that)|frequency limited|connection rate|throttl|exceeded .{0,30}(?:limit|rate)|at a rate|daily (?:relay )?quota|sender rejected.{0,80}aup`},
	{Filtered, `(?:not have|have the|no) permission|permission to post`},
	{Reputation, `black ?list|block ?list|blocked|banned|\breputation\b|spamhaus|spamcop|barracuda|\brbl\b|dnsbl|client host rejected|service refuse|poor (?:sender|reputation)|unexpected volume|user complaints|refused to talk|access denied, banned|not accepted from (?:servers|dynamic)|your (?:ip|server|host)\b.{0,40}(?:rejected|listed|denied)`},
	{Relaying, `relay(?:ing)? (?:access )?(?:is )?(?:denied|prohibited|not permitted|not allowed)|not configured to relay|unable to relay|cannot relay|insecure mail relay|we do not relay|rcpthosts|not a gateway`},
	{HasMoved, `has moved|no longer (?:on (?:this )?server|valid|at this|works|with|employed)|no forwarding address|address (?:has )?changed|new address|n'est plus (?:valide|utilis)|a chang[eé] d'adresse`},
	{NoMail, `null ?mx|doesn't receive e?-?mail|no smtp service|does(?:n't| not) accept (?:any )?(?:e-?)?mail|couldn't find a mail exchanger|no mx record found|no valid mx`},
	{Network, `try again\)?$|host not found, try again|malformed or unexpected name server|temporary (?:dns|lookup|name)|name server (?:loop|timeout|failure)|loops? back to myself|routing loop|too many hops|mail loop|lost connection|conversation with|network (?:is )?unreachable|no route to host|connection (?:reset|refused)|network error`},
	{Sender, `sender (?:address |domain )?(?:was )?(?:rejected|denied|refused|unknown|invalid|verify failed|is not)|domain of (?:the )?sender|from:? domain|sender's? (?:domain|address)|invalid sender|domain is invalid|mail from.{0,60}(?:rejected|not allowed|denied)|email address is not verified|multiple addresses in from|to yourself`},
	{HostUnknown, `host (?:is )?unknown|unknown host|(?:host|domain)(?: name)?(?: or domain name)? (?:not found|was not found|does(?:n't| not) exist|not exist)|nxdomain|un ?rout[e]?able (?:mail )?(?:address|domain)|no such (?:host|domain)|domain name not found|invalid (?:domain|host)|unknown domain|(?:find|found) any host|dns lookup failure|domain is not reachable|bad destination (?:system|host)|name service error.*host not found|domain (?:may|does) not exist|domaine (?:inconnu|inexistant)`},
	{Suspended, `disabled|suspended|inactive|deactivated|discontinued|account (?:has been )?(?:closed|locked|terminated|expired)|not active|temporarily unavailable user|compte (?:d[eé]sactiv[eé]|suspendu|inactif)|cuenta (?:desactivada|suspendida)`},
	{UserUnknown, `(?:user|recipient|mail ?box|account|address|addressee|alias)(?:\(s\))? ?(?:is |was |name |address |id |" ?@? ?" |@ )?(?:unknown|not (?:found|exist|known|valid|listed|here|recognized)|does(?:n't| not) exist|do not exist|non[- ]?exist|invalid)|(?:unknown|invalid|no such|non-?existent|no valid|bad destination|illegal|undeliverable|not a valid) (?:or \w+ )?(?:local[ -]?)?(?:user|recipient|mail ?box|address|account|person|alias|virtual|e-?mail)|no (?:mailbox|such|account|user|one)\b.{0,20}\b(?:here|by that|with that|user|exist)|does(?:n't| not) exist|not exist|could(?:n't| not) be found|recipient(?:\w+)?notfound|(?:recipient )?address(?:es)? rejected: access denied|unknown (?:user|account|recipient)|isn't listed|not listed in|is not (?:a )?(?:known|registered|valid|listed)|doesn't have an?\b.{0,60}\baccount|no such person|not our (?:customer|user)|verification failed|unknown to|utilisateur inconnu|destinataire (?:inconnu|introuvable)|adresse (?:inconnue|inexistante|introuvable|d'au moins un destinataire invalide)|n'existe pas|benutzer unbekannt|existiert nicht|empf[aä]nger unbekannt|usuario desconocido|no existe|usu[aá]rio (?:desconhecido|inexistente)|n[aã]o existe|utente sconosciuto|non esiste|見つかりません`},
	{Filtered, `recipient preferences|message filtered|filtered by|refused by recipient|recipient has (?:blocked|refused|rejected)|not authorized to send|restricted`},
	{SystemFull, `insufficient (?:disk|system) (?:space|storage)|disk (?:is )?full|no space left|not enough disk space`},
	{Expired, `expired|(?:delivery|retry) time|retry timeout|been in the queue too long|could not deliver for the last|unable to deliver in|giving up|not delivered within|timed? ?out|not responding|will be retried|delivery failed \d+ attempts|unable to connect|did not accept our requests to connect|delayed`},
	{Virus, `attachment|potential security`},
	{Policy, `polic(?:y|ies)|access denied|permission denied|security|denied|not authori[sz]ed|prohibited|not allowed|message (?:was )?(?:not accepted|rejected)|header error|headers too large`},
	{Syntax, `syntax error|malformed address|improper sequence|bad sequence|protocol (?:error|violation)|command not`},
	{SystemError, `service (?:currently |temporarily )?(?:not available|unavailable)|internal (?:server )?error|local error|configuration error|system error|temporary (?:local )?(?:problem|failure|error)`},
	{Sender, `\brejected\b`},
})

type reasonRow struct {
	reason Reason
	words  string
}

type compiledReason struct {
	reason Reason
	words  *regexp.Regexp
}

func compileReasons(rows []reasonRow) []compiledReason {
	compiled := make([]compiledReason, len(rows))
	for i, row := range rows {
		compiled[i] = compiledReason{row.reason, regexp.MustCompile(row.words)}
	}
	return compiled
}

var linkPattern = regexp.MustCompile(`https?://([^\s/?#>)"]*)[^\s>)"]*`)

// reasonOf returns the reason that the words give, or "".
func reasonOf(text string) Reason {
	text = fold(text)
	for _, row := range reasonWords {
		if row.words.MatchString(text) {
			return row.reason
		}
	}
	return ""
}

// fold prepares a server's words for the tables: lower case, single blanks, "@" for each
// address, the host for each link.
func fold(text string) string {
	text = strings.ToLower(clip(text, 8<<10))
	text = linkPattern.ReplaceAllString(text, "$1")
	text = addressPattern.ReplaceAllString(text, "@")
	return strings.NewReplacer("<@>", "@", "'@'", "@", "’", "'").Replace(oneLine(text))
}

// statusReasons maps a status to its reason (RFC 3463 and the IANA registry); a row
// without a last number covers the rest of its subject.
var statusReasons = []struct {
	status string // without the class
	reason Reason
}{
	{".1.1", UserUnknown}, {".1.2", HostUnknown}, {".1.3", UserUnknown}, {".1.4", UserUnknown},
	{".1.6", HasMoved}, {".1.7", Sender}, {".1.8", Sender}, {".1.9", Sender}, {".1.10", NoMail},
	{".2.1", Suspended}, {".2.2", MailboxFull}, {".2.3", TooBig},
	{".3.1", SystemFull}, {".3.4", TooBig}, {".3.", SystemError},
	{".4.1", Expired}, {".4.2", Expired}, {".4.4", HostUnknown}, {".4.7", Expired}, {".4.", Network},
	{".5.3", Rate}, {".5.", Syntax},
	{".7.25", ReverseName}, {".7.20", Authenticity}, {".7.23", Authenticity}, {".7.26", Authenticity},
	{".7.13", Suspended}, {".7.", Policy},
}

func reasonOfStatus(status string) Reason {
	if len(status) < 5 {
		return ""
	}
	for _, row := range statusReasons {
		if status[1:] == row.status || strings.HasSuffix(row.status, ".") && strings.HasPrefix(status[1:], row.status) {
			return row.reason
		}
	}
	return ""
}

// statusOf returns the enhanced status that stands for a reason, in the class of the reply
// if there is one; "" if the reason has none.
func statusOf(reason Reason, reply int) string {
	class, rest := "5", ""
	switch reason {
	case UserUnknown:
		rest = "1.1"
	case HostUnknown:
		rest = "1.2"
	case HasMoved:
		rest = "1.6"
	case NoMail:
		rest = "1.10"
	case MailboxFull:
		rest = "2.2"
	case Suspended:
		rest = "2.1"
	case TooBig:
		rest = "3.4"
	case SystemFull:
		class, rest = "4", "3.1"
	case Expired:
		class, rest = "4", "4.7"
	case Network:
		class, rest = "4", "4.0"
	case Sender:
		rest = "1.8"
	case ReverseName:
		rest = "7.25"
	case Authenticity:
		rest = "7.26"
	case Relaying, Reputation, Spam, Virus, Policy, Filtered:
		rest = "7.1"
	case Rate:
		class, rest = "4", "7.0"
	default:
		return ""
	}
	switch {
	case reply >= 500:
		class = "5"
	case reply >= 400:
		class = "4"
	}
	return class + "." + rest
}
