package bounce

// Outcome is what a recipient's report comes down to.
type Outcome string

// The outcomes.
const (
	Dead     Outcome = "dead"     // never write to this address again
	Failed   Outcome = "failed"   // not delivered this time
	Refused  Outcome = "refused"  // not delivered, for what the mail or its sender is
	Waiting  Outcome = "waiting"  // still being tried
	Finished Outcome = "finished" // delivered, or handed on
)

// Outcome is what became of the mail to this recipient.
func (r Recipient) Outcome() Outcome {
	switch {
	case r.Action == actionDelayed:
		return Waiting
	case r.Action == actionDelivered, r.Action == actionRelayed, r.Action == actionExpanded:
		return Finished
	case r.Hard:
		return Dead
	case r.Reason.ours():
		return Refused
	}
	return Failed
}

// ours says whether a mail that fails for this reason fails for what it is, or
// for who sends it, and would fail to others too.
func (r Reason) ours() bool {
	switch r {
	case TooBig, Authenticity, ReverseName, Reputation, Rate, Spam, Virus, Relaying, Sender, Policy, Syntax:
		return true
	}
	return false
}

// ReadReply says what an SMTP server's own refusal means, from its reply code and
// its words, with the enhanced status if there is one. recipient says whether it
// was RCPT that it refused, rather than the mail.
func ReadReply(code int, words string, recipient bool) Recipient {
	r := Recipient{Action: actionFailed}
	at := stageData
	if recipient {
		at = stageRcpt
	}
	r.fill(words, "", "", at)
	if r.ReplyCode == 0 {
		r.ReplyCode = code
	}
	if code < 500 { // it was tried for as long as was allowed
		r.Hard = false
	}
	return r
}
