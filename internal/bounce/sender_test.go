package bounce

import "testing"

// Each entry matches its example. A report that quotes it after the mail was accepted
// gives nobody up either.
func TestSenderRefusal_EveryEntryMatchesItsExample(t *testing.T) {
	t.Parallel()
	for _, row := range senderRows {
		if row.source == "" {
			t.Errorf("%q has no source", row.words)
		}
		if got := RefusalScope("", row.says); got != row.scope {
			t.Errorf("%s: %q is of %q, not of %q", row.source, row.says, got, row.scope)
		}
		if r := ReadReply(550, row.says, false); row.scope != ScopeRecipient && r.Outcome() != Refused {
			t.Errorf("%s: %q is %s (%s)", row.source, row.says, r.Outcome(), r.Reason)
		}
	}
	// Words about a mailbox count against it; words about the mail do not.
	for _, says := range []string{"552 5.2.2 <zoe@lune.example>: user is over quota", "550 5.1.1 Unknown User"} {
		if r := ReadReply(550, says, false); r.Outcome() == Refused {
			t.Errorf("%q is %s (%s)", says, r.Outcome(), r.Reason)
		}
	}
}

// Words such as "quota", "limit" and "account" also occur about a recipient: such refusals
// stop only their own mail.
func TestSenderRefusal_RecipientsStayTheirs(t *testing.T) {
	t.Parallel()
	for _, says := range []string{
		"552 5.2.2 <zoe@lune.example>: user is over quota",
		"452 4.2.2 The email account that you tried to reach is over quota and inactive.",
		"550 5.2.2 STOREDRV.Deliver.Exception:QuotaExceededException; mailbox full",
		"552 5.2.2 Mailbox size limit exceeded",
		"552 The mailbox of this recipient has exceeded its storage limit",
		"522 5.7.1 <zoe@lune.example>: Recipient address rejected: Requested mail action aborted: exceeded storage allocation, mailbox full",
		"550 5.7.1 Recipient's mailbox quota exceeded",
		"450 4.2.1 The user you are trying to contact is receiving mail too quickly.",
		"450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered.",
		"552 5.2.2 You cannot write to zoe@lune.example: disk quota exceeded",
		"550 5.1.1 The email account that you tried to reach does not exist.",
		"550 5.2.1 The email account that you tried to reach is disabled.",
		"550 Account has been disabled",
		"550 5.2.1 This user's account has been suspended",
		"550 5.7.1 You are not authorized to send mail to this recipient",
		"550 5.7.133 Sender not authenticated for group",
		"552 5.3.4 Message size exceeds fixed limit",
		"550 5.7.1 message looks like spam",
		"450 4.2.0 Greylisted, please retry in 5 minutes",
		"451 4.7.1 Try again later",
		"550 no such user here",
		"552 5.3.4 You have exceeded the maximum message size limits of 25 MB",
		"550 Message rejected because you exceeded the size limit of this mailbox",
		"550 Sender address rejected by the recipient's personal blacklist",
		"550 5.7.1 <zoe@lune.example>: Recipient address rejected: you are blocked by this user",
		"550 5.7.1 URL in message body listed in the Spamhaus DBL",
		"554 5.7.1 This is not spam? Contact us (URI blacklisted)",
		"550 You have reached an address which is over its limit",
		"550 5.7.1 you have exceeded the number of times you may write to this recipient today",
		"421 4.7.0 Greylisted: your server will be accepted after 300 seconds",
		"421 too many messages in this session",
		"450 4.5.3 Error: too many recipients for this message",
		"550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required",
		"550 5.7.1 The recipient does not accept messages with attachments from your domain",
	} {
		if got := RefusalScope("", says); got != ScopeRecipient {
			t.Errorf("%q is of the %s", says, got)
		}
	}
}

// Words of other servers with the same meaning.
func TestSenderRefusal_OtherWords(t *testing.T) {
	t.Parallel()
	for says, want := range map[string]Scope{
		"550-5.4.5 Daily user sending quota exceeded. gsmtp":                                                         ScopeAccount,
		"450 4.2.1 Peak SMTP relay limit exceeded for user":                                                          ScopeAccount,
		"554 5.2.2 STOREDRV.ClientSubmit; Submission quota exceeded":                                                 ScopeAccount,
		"550 5.7.233 Your message can't be sent because your tenant has exceeded its daily limit":                    ScopeAccount,
		"432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending":                   ScopeAccount,
		"552 Message would take you over your relay quota of 500. Current quota used: 487":                           ScopeAccount,
		"454 Throttling failure: Maximum sending rate exceeded.":                                                     ScopeAccount,
		"554 Sending suspended for this account. For more information, please check the inbox":                       ScopeAccount,
		"451 Authentication failed: Maximum credits exceeded":                                                        ScopeAccount,
		"554 5.7.1 <zoe@lune.example>: Recipient address rejected: You have exceeded your Outmail quota":             ScopeAccount,
		"450 4.7.1 <infolettre@cites.example>: Sender address rejected: sorry, max 2 requests per hour.":             ScopeAccount,
		"451 Sender exceeded hourly limit":                                                                           ScopeAccount,
		"550 5.7.1 Your IP has been blacklisted":                                                                     ScopeAccount,
		"421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address":         ScopeAccount,
		"554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; WASCL UserAction verdict is not None":        ScopeAccount,
		"550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains":                     ScopeAccount,
		"550 5.7.64 TenantAttribution; Relay Access Denied":                                                          ScopeAccount,
		"421 4.3.2 The maximum number of concurrent server connections has exceeded a per-source limit":              ScopeAccount,
		"550 5.7.1 Daily message limit for your domain has been reached":                                             ScopeAccount,
		"550 Outgoing mail from infolettre@cites.example has been suspended":                                         ScopeAccount,
		"571 Authenticated sender infolettre@cites.example exceeded 300 messages per day":                            ScopeAccount,
		"550 This message was blocked because your account has been flagged":                                         ScopeAccount,
		"451 Account outbounds disabled":                                                                             ScopeAccount,
		"454 4.7.0 Too many login attempts, please try again later.":                                                 ScopeAccount,
		"452 4.3.2 Too many emails sent by user, please wait":                                                        ScopeAccount,
		"421 Your IP is sending too many messages, try again later":                                                  ScopeAccount,
		"550 5.7.515 Access denied, cites.example does not meet the authentication level":                            ScopeDomain,
		"550 5.7.1 poor sender reputation":                                                                           ScopeDomain,
		"550 5.1.8 <infolettre@cites.example>: Sender address rejected: Domain not found":                            ScopeDomain,
		"550 5.7.509 Access denied, sending domain cites.example does not pass DMARC verification and has a policy":  ScopeDomain,
		"550 5.7.1 Mail from 192.0.2.1 refused: this address is on a blocklist, see https://lists.example/192.0.2.1": ScopeDomain,
	} {
		if got := RefusalScope("", says); got != want {
			t.Errorf("%q is of %q, not of %q", says, got, want)
		}
	}
}
