package bounce

import (
	"strings"

	"infolettre/internal/message"
)

// Kind is the kind of report that a mail makes about an earlier mail.
type Kind string

// The kinds that Read returns.
const (
	None      Kind = ""          // ordinary mail
	Bounce    Kind = "bounce"    // not delivered, for at least one recipient
	Delayed   Kind = "delayed"   // a warning: the server still tries
	Delivered Kind = "delivered" // a success report
	Complaint Kind = "complaint" // a feedback loop; see Report.FeedbackType
	Vacation  Kind = "vacation"  // an automatic answer or a read receipt
)

// Actions of a recipient (RFC 3464, section 2.3.3).
const (
	actionFailed    = "failed"
	actionDelayed   = "delayed"
	actionDelivered = "delivered"
	actionRelayed   = "relayed"
	actionExpanded  = "expanded"
)

// Recipient is the report about one recipient.
type Recipient struct {
	Address    message.Address // as the reporting server names it; "" if it names none
	Original   message.Address // as the sender wrote it, if the report says so
	Action     string          // failed, delayed, delivered, relayed or expanded
	Status     string          // enhanced status x.y.z (RFC 3463); "" if unknown
	ReplyCode  int             // SMTP reply (RFC 5321); 0 if unknown
	Hard       bool            // the address is dead: send no mail to it again
	Reason     Reason          // "" if unknown
	Diagnostic string          // the server's words, on one line, shortened
}

// Report is the result of Read.
type Report struct {
	Kind Kind
	Why  string // the evidence for Kind, in a few English words
	// Recipients are in the order of the report. Those of a Bounce may differ in Action:
	// only the failed ones were not delivered. None and Vacation have none.
	Recipients []Recipient
	// FeedbackType of a Complaint (RFC 5965, section 3.1), in lower case: abuse and
	// opt-out are a person's wish; auth-failure is a server's report on DMARC.
	FeedbackType string
	MessageID    string         // of the returned mail, without <>; "" if unknown
	Returned     message.Header // the fields of the returned mail that the report quotes
}

// maxText bounds, in bytes, how much of the mail's text and of each part is read. Servers
// put their words at the top.
const maxText = 256 << 10

// maxRecipients bounds the recipients of a report; a mail of ours has one.
const maxRecipients = 250

// Read classifies a mail that may be a report. It never fails: a mail that it cannot read
// is None. Its time is linear in the size of the mail.
func Read(m *message.Message) Report {
	for _, read := range []func(*message.Message) (Report, bool){
		readFeedback, readNotification, readStatus, readNotice, readAnswer,
	} {
		if r, ok := read(m); ok {
			return r
		}
	}
	return Report{}
}

// finish adds what every kind of report has: the returned mail and, if the report itself
// names nobody, the address that it was sent to.
func (r *Report) finish(m *message.Message, fields message.Header, inText message.Header) {
	if r.Returned == nil {
		r.Returned = returnedHeader(m)
	}
	if r.Returned == nil {
		r.Returned = inText
	}
	for _, id := range []string{
		r.MessageID, r.Returned.Get("Message-ID"), fields.Get("X-Original-Message-ID"),
		fields.Get("Original-Message-ID"), m.Header.Get("In-Reply-To"),
	} {
		if id = messageID(id); id != "" {
			r.MessageID = id
			break
		}
	}
	if len(r.Recipients) > maxRecipients {
		r.Recipients = r.Recipients[:maxRecipients]
	}
	if len(r.Recipients) == 0 {
		r.Recipients = []Recipient{{}}
	}
	if len(r.Recipients) == 1 && r.Recipients[0].Address == "" {
		r.Recipients[0].Address = onlyAddress(r.Returned, "To")
	}
}

// kindOf returns the kind of a report with these actions.
func kindOf(recipients []Recipient) Kind {
	delayed, done := 0, 0
	for _, r := range recipients {
		switch r.Action {
		case actionDelayed:
			delayed++
		case actionDelivered, actionRelayed, actionExpanded:
			done++
		}
	}
	switch {
	case len(recipients) == 0 || delayed+done < len(recipients):
		return Bounce
	case delayed > 0:
		return Delayed
	}
	return Delivered
}

// messageID returns the first word of s without angle brackets.
func messageID(s string) string {
	if open := strings.IndexByte(s, '<'); open >= 0 {
		s = s[open+1:]
	}
	if end := strings.IndexByte(s, '>'); end >= 0 {
		s = s[:end]
	}
	if words := strings.Fields(s); len(words) > 0 && strings.Contains(words[0], "@") {
		return words[0]
	}
	return ""
}
