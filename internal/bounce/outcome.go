package bounce

// Outcome is the delivery result for one recipient.
type Outcome string

// The outcomes.
const (
	Dead     Outcome = "dead"     // never write to this address again
	Failed   Outcome = "failed"   // not delivered this time
	Refused  Outcome = "refused"  // not delivered, because of the mail or its sender
	Waiting  Outcome = "waiting"  // the server still tries
	Finished Outcome = "finished" // delivered or relayed
)

// Outcome returns the delivery result for this recipient.
func (r Recipient) Outcome() Outcome {
	switch {
	case r.Action == actionDelayed:
		return Waiting
	case r.Action == actionDelivered, r.Action == actionRelayed, r.Action == actionExpanded:
		return Finished
	case r.Hard:
		return Dead
	case r.Reason.isSenderFault():
		return Refused
	}
	return Failed
}

// isSenderFault reports whether a mail failed because of its content or its sender, so
// that others would refuse it too.
func (r Reason) isSenderFault() bool {
	switch r {
	case TooBig, Authenticity, ReverseName, Reputation, Rate, Spam, Virus, Relaying, Sender, Policy, Syntax:
		return true
	default:
		return false
	}
}

// ReadReply classifies an SMTP server's immediate refusal by its reply code and its words,
// which may contain an enhanced status (RFC 3463). recipient is true if the server refused
// RCPT, and false if it refused the mail. A code below 500 is never Hard.
func ReadReply(code int, words string, recipient bool) Recipient {
	r := Recipient{Action: actionFailed}
	at := stageData
	if recipient {
		at = stageRcpt
	}
	r.classify(words, "", "", at)
	if r.ReplyCode == 0 {
		r.ReplyCode = code
	}
	if code < 500 { // retries ran out; the address may still be good
		r.Hard = false
	}
	return r
}
