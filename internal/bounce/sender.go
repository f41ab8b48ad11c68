package bounce

import (
	"regexp"
	"strings"
)

// Scope says what a refusal is about: the recipient, our account or our domain.
type Scope string

// The scopes.
const (
	// ScopeRecipient: the refusal is about the recipient or this one mail, or nobody
	// knows. It is the zero value.
	ScopeRecipient Scope = ""
	// ScopeAccount: our account, its quota or rate, or the server that sends for us. The
	// server would refuse every other mail too.
	ScopeAccount Scope = "account"
	// ScopeDomain: our reputation at one receiving domain.
	ScopeDomain Scope = "domain"
)

// RefusalScope returns what a refusal is about. status is the enhanced status (RFC 3463)
// or "", words the server's text.
//
// Only here do the words of a refusal decide instead of its reply code. Servers report a
// sender's exhausted quota with the codes of a dead mailbox (550, 554, 5.2.2), so that the
// code alone would give up every reader of a mailing.
func RefusalScope(status, words string) Scope {
	text := fold(words)
	if status != "" && !strings.Contains(text, status) {
		text = status + " " + text
	}
	for _, row := range senderWords {
		if row.words.MatchString(text) {
			return row.scope
		}
	}
	return ScopeRecipient
}

// senderRow is one row of the table. Words are matched as in reasonWords.
type senderRow struct {
	scope  Scope
	words  string
	source string // the server, and where its words are documented or reported
	says   string // an example
}

// senderRows sorts refusals; the first row that matches wins. Rows that name the sender's
// account come first, then rows that name the recipient's mailbox, then rows that could
// mean either and address the sender as "you", then rows about our reputation at one
// domain.
var senderRows = []senderRow{
	// Our account.
	{ScopeAccount, `\b5\.4\.5\b.{0,40}\b(?:daily|sending|quota|limit)|daily (?:user |smtp )?(?:sending |relay )(?:quota|limit) exceeded|dailylimitexceeded`,
		"Google: support.google.com/a/answer/3726730", "550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to https://support.google.com/a/answer/166852"},
	{ScopeAccount, `(?:smtp )?relay (?:quota|limit|recipient limit)\b.{0,30}exceeded|(?:over|exceed\w*) (?:your|the) (?:smtp )?relay quota`,
		"Google; gen_smtp#140, AVideo#7527", "450 4.2.1 Peak SMTP relay limit exceeded for customer. This is a temporary error."},
	{ScopeAccount, `invalid credentials for relay|not authorized to (?:use|relay through) (?:this|our) (?:server|service)`,
		"Google Workspace SMTP relay", "550 5.7.1 Invalid credentials for relay [192.0.2.1]. The IP address you've registered doesn't match."},
	{ScopeAccount, `submission ?quota ?exceeded|outboundspamexception|wascl useraction|storedrv\.(?:client)?submi\w+.{0,80}(?:quota|limit|thread|throttl)`,
		"Microsoft: Exchange Online sending limits; OfficeDocs-Support#1150", "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a permanent exception"},
	{ScopeAccount, `tenant (?:has )?exceeded|tenant external recipient|\b5\.7\.(?:7[0-5][0-9]|23[236])\b|tenantattribution|\b[45]\.7\.705\b`,
		"Microsoft: 5.7.700–750, 5.7.64, 5.7.233, learn.microsoft.com “Email non-delivery reports in Exchange Online”", "550 5.7.705 Access denied, tenant has exceeded threshold."},
	{ScopeAccount, `\b5\.1\.90\b|daily (?:limit|quota) for (?:message )?recipients|reached your (?:daily|sending|message|recipient)\b.{0,30}(?:limit|quota)`,
		"Microsoft: 5.1.90", "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients."},
	{ScopeAccount, `bad outbound sender|\b5\.1\.8\b.{0,20}access denied|\b5\.7\.50[1-38]\b|\b5\.7\.511\b|banned send(?:er|ing ip)`,
		"Microsoft: 5.1.8 AS(42004), 5.7.501–511, 5.7.606–649", "550 5.1.8 Access denied, bad outbound sender AS(42004)"},
	{ScopeAccount, `sender throttled|\b5\.2\.25[1-5]\b|concurrent (?:server )?connections (?:limit |has )exceeded|per-source limit|sender thread limit|client was not authenticated|smtpclientauthentication is disabled`,
		"Microsoft: continuous error throttling for SMTP AUTH; 4.3.2; 5.7.57; 5.7.139", "550 5.2.255 Sender throttled due to continuous invalid recipients errors."},
	{ScopeAccount, `sorry, too many e?-?mails|(?:adresse|compte|e-?mail)\b.{0,40}bloqu[eé]e? pour (?:incident de )?spam`,
		"OVH: Magento-SMTP-Pro#94, OVHcloud “locked for spam”; Orange", "550 sorry, too many emails (#5.7.1)"},
	{ScopeAccount, `throttling failure|maximum sending rate exceeded|daily (?:message|sending) quota exceeded|sending (?:suspended|paused|is disabled) for this account|account'?s ability to send email|sending paused`,
		"Amazon SES: docs.aws.amazon.com/ses “Errors related to the sending quotas”, “SMTP response codes”", "454 Throttling failure: Daily message quota exceeded."},
	{ScopeAccount, `email address (?:is )?not verified`,
		"Amazon SES: identity or sandbox", "554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-3"},
	{ScopeAccount, `smtp (?:relay )?account (?:is |has )?(?:not (?:yet )?activated|been |suspended|blocked|disabled)|(?:hourly|daily|monthly) (?:sending|e-?mail|credit)\w* (?:limit|quota|credits?)|(?:no|insufficient|not enough) (?:more )?(?:e-?mail |sending )?credits?\b|maximum credits exceeded`,
		"Brevo: help.brevo.com “Troubleshooting issues with the SMTP”, fluent-smtp#157; SendGrid", "502 5.7.0 Your SMTP account is not yet activated. Please contact us at contact@sendinblue.com to request activation"},
	{ScopeAccount, `\byour (?:\w+ )?account\b.{0,40}\b(?:suspended|blocked|disabled|limited|restricted|locked|banned|deactivated|flagged|compromised|over\b|not (?:yet )?(?:activated|validated)|expired)`,
		"Mailjet: “Why has my account been blocked, limited, suspended”; smtp2go: gophish#720", "552 Your account has been suspended. Please contact us to reactivate"},
	{ScopeAccount, `account outbounds? disabled|too many (?:login|auth\w*) attempts|\b5\.7\.3 authentication required|too many (?:e-?mails|mails|messages) (?:sent )?(?:by|from) (?:this |the |your )?(?:user|account|sender)\b`,
		"Mimecast; Google 4.7.0; Exchange 5.7.3; general", "451 4.7.1 Too many mails sent by this account, please retry later"},
	{ScopeAccount, `votre (?:compte|quota|limite)\b.{0,60}(?:d[eé]pass|suspendu|bloqu|atteint|limit)|(?:quota|limite) d.envoi\b`,
		"French hosts", "550 5.7.1 Votre quota d'envoi est atteint"},
	{ScopeAccount, `ratelimit "?.{0,20}"? ?exceeded|policy rejection.{0,30}quota|message count quota exceeded`,
		"Postfix with rspamd (mailcow#1497) or policyd (Cluebringer)", `451 4.7.1 Ratelimit "user" exceeded`},
	{ScopeAccount, `error: too (?:much mail|many (?:recipients|new tls|auth|messages|connections)) from|(?:max|only) \d+ (?:requests|messages|mails|recipients|e-?mails) (?:per|every|an?)\b`,
		"Postfix: anvil(8); postfwd (docker-mailserver#1476)", "450 4.7.1 Error: too much mail from 192.0.2.7"},
	{ScopeAccount, `exceeded the max (?:emails|defers)|exceeded (?:the )?(?:hour(?:ly)?|dai?ly|day|minute) (?:limit|quota)`,
		"Exim with cPanel; gophish#3231", "550 Domain cites.example has exceeded the max emails per hour (150/150 (100%)) allowed. Message discarded."},
	{ScopeAccount, `outgoing (?:mail|messages?|e-?mails?)\b.{0,50}(?:limit|quota|suspended|blocked|disabled)|unusual sending|(?:limit|quota) for (?:your|this) (?:account|domain|ip)\b|your plan\b|(?:has )?(?:sent too many|exceeded \d+) (?:messages|e-?mails|mails)|(?:sending|sender|outbound|outgoing|submission|outmail) (?:rate |hourly |daily |message |mail |e-?mail )?(?:quota|limits?)\b|quota for sending`,
		"General: Plesk, Infomaniak, hromadnaposta, Prolateral", "550 5.7.1 The number of messages exceeds the outgoing messages limit"},
	{ScopeAccount, `sender address rejected: not (?:owned|logged)|not (?:allowed|authori[sz]ed|permitted) to send (?:as|from|on behalf of)\b|permissions to send as`,
		"Postfix: reject_sender_login_mismatch; Microsoft 5.7.60", "553 5.7.1 <infolettre@cites.example>: Sender address rejected: not owned by user bureau"},

	// This one mail, and one recipient's wish.
	{ScopeRecipient, `(?:mail|in)?box (?:is )?full|\b(?:to|of|for) (?:this|that) (?:recipient|user|mailbox|addressee|address)\b|you have reached an? (?:[\w/-]+ ){0,2}(?:address|number|mailbox)`,
		"Any server", "550 5.7.1 You have exceeded the number of messages to this recipient"},
	{ScopeRecipient, `\b[45]\.(?:3\.4|2\.3)\b|size limits?\b|(?:message|mail|attachment)s? (?:size\b|(?:is |are )?too (?:large|big))`,
		"Any server: RFC 3463, 5.3.4 and 5.2.3", "552 5.3.4 You have exceeded the maximum message size limits of 25 MB"},
	{ScopeRecipient, `\b(?:recipient|user|addressee)(?:'s)? (?:personal |own |private )*(?:black|block) ?list|block(?:ed)? by (?:the |this )?(?:user|recipient|addressee)\b|resolver\.rst\b`,
		"Any server; Exchange: the recipient's own restrictions", "550 Sender address rejected by the recipient's personal blacklist"},

	// Our address, which some servers name as they name a recipient's.
	{ScopeDomain, `sender address rejected|sender (?:verify|verification) failed|\b[45]\.1\.8\b|domain of sender|sender domain\b.{0,30}(?:not|reject|block)|domain (?:is |has been )?(?:blocked|blacklisted|banned)`,
		"Postfix: reject_unknown_sender_domain", "450 4.1.8 <infolettre@cites.example>: Sender address rejected: Domain not found"},

	// The recipient.
	{ScopeRecipient, `receiving (?:mail|messages) (?:too quickly|at a rate)|(?:recipient|user|mailbox|inbox)\b.{0,60}\b(?:quota|storage|full|limit)|over ?quota|(?:disk|storage|mailbox|box) (?:space|quota|is full|full|limit)|quota .{0,30}(?:mailbox|recipient|disk|storage)|\b[45]\.2\.2\b`,
		"Any server of a full mailbox; Google 4.2.1 of a busy one", "552 5.2.2 <zoe@lune.example>: user is over quota"},
	{ScopeRecipient, `\b[45]\.1\.[12346]\b|(?:user|recipient|mailbox|address|account)\b.{0,20}\b(?:unknown|not found|does(?: not|n't) exist)|no such (?:user|mailbox|recipient|person)|unknown (?:user|recipient)`,
		"Any server of an address that is not", "550 5.1.1 Unknown User"},

	// The sender, addressed as "you".
	{ScopeAccount, `\byou(?:'ve| have)?\b.{0,20}\b(?:exceed\w*|reached|over|used (?:up|all))\b.{0,40}\b(?:quota|limits?|credits?|rate|messages|mails|recipients|threshold|allowance)`,
		"General", "550 5.7.0 You have exceeded your hourly limit"},
	{ScopeAccount, `\byou(?:'re| are)? (?:send|sent|have sent|are sending|sending)\b.{0,20}\b(?:too (?:many|much|fast|quickly)|more than)|please (?:slow down|try again slower)|you have been (?:temporarily )?(?:blocked|blacklisted|banned)`,
		"General; SocketLabs", "450 4.7.0 You are sending too many messages"},
	{ScopeAccount, `(?:your|this|the client|source|sending|connecting) (?:\w+ )?(?:ip|ip address|server|host|mta)\b.{0,80}\b(?:block|black|list|reject|denied|refus|reputation|throttl|limit|banned|not (?:authori[sz]ed|accepted|permitted))|(?:rejected|blocked|unsolicited|unusual)\b.{0,60}\b(?:originating )?from your (?:ip|server|host|address|domain)|client host\b.{0,80}\b(?:blocked|rejected)`,
		"Google 4.7.28, Spamhaus by Postfix, Orange", "550 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org"},
	{ScopeAccount, `too many (?:connections|messages|mails|sessions|recipients|errors)\b.{0,30}\b(?:from (?:your|you)\b|your)|\byour (?:ip|server|host)\b.{0,30}too many`,
		"General", "450 4.7.1 Too many connections from your IP"},

	// The mail's content, which other domains may accept, and the limits of one
	// connection.
	{ScopeRecipient, `\b(?:urls?|uris?|links?|attachments?|virus|malware|phishing)\b.{0,60}\b(?:black|block|list|reject|found|detect|infect)|\b(?:surbl|uribl|dbl)\b`,
		"Lists of domains in links: Spamhaus DBL, SURBL, URIBL", "550 5.7.1 URL in message body listed in the Spamhaus DBL"},
	{ScopeRecipient, `too many \w+ (?:in|on|per|for) (?:this|one|a|single|the same) (?:smtp )?(?:session|connection|message|mail|transaction)`,
		"Any server that wants another connection", "421 4.7.0 Too many messages in this session"},

	// Our reputation at one domain.
	{ScopeDomain, `\breputation\b|black ?list|block ?list|spamhaus|spamcop|barracuda|\brbl\b|dnsbl|unexpected volume|user complaints|spam complaints|access from ip|ip (?:address )?(?:is |was )?(?:blocked|listed|banned)|connections? from\b.{0,40}\b(?:rejected|refused|blocked)`,
		"Yahoo TSS04, Cisco, Postfix", "421 4.7.0 [TSS04] Messages from 192.0.2.25 temporarily deferred due to unexpected volume or user complaints"},
	{ScopeDomain, `rate ?limit|throttl|too many (?:connections|messages|mails|sessions|concurrent)|(?:connection|message|sending|delivery) rate|frequency limited|unusual rate|try again slower`,
		"General", "451 4.7.1 Rate limit exceeded, try again later"},
	{ScopeDomain, `relay(?:ing)? (?:access )?(?:is )?(?:denied|prohibited|not permitted|not allowed)|unable to relay|do not relay`,
		"Postfix: reject_unauth_destination", "554 5.7.1 <zoe@lune.example>: Relay access denied"},
	{ScopeDomain, `\bptr\b|reverse dns|\brdns\b|\b5\.7\.(?:2[035679]|509|515)\b|unauthenticated (?:e-?mail|sender)|(?:\bspf\b|\bdkim\b|\bdmarc\b).{0,40}(?:fail|reject|not pass|policy|check)|(?:fail\w*|violat\w*).{0,30}(?:\bspf\b|\bdkim\b|\bdmarc\b)`,
		"Google 5.7.25–5.7.27, RFC 7372", "550 5.7.26 This mail is unauthenticated, which poses a security risk"},
}

type compiledSender struct {
	scope Scope
	words *regexp.Regexp
}

var senderWords = compileSender(senderRows)

func compileSender(rows []senderRow) []compiledSender {
	compiled := make([]compiledSender, len(rows))
	for i, row := range rows {
		compiled[i] = compiledSender{row.scope, regexp.MustCompile(row.words)}
	}
	return compiled
}
