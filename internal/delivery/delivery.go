// Package delivery is what is mailed out, and the ledger of it.
//
// A Letter is one mail to one person: a receipt, a request, a proof. A Mailing
// is one sending of an issue or of a reminder to an audience, and has one
// Delivery for each subscriber, all written in the transaction that freezes it.
// Both are sent by one loop (Sender) as Parcels, letters first, then reminders,
// then issues.
//
//	queued ──claim──▶ claimed ──about to write──▶ in doubt ──▶ sent
//	  ▲ ▲                │                            │  ├───▶ failed
//	  │ └── released ────┘                            │  └───▶ deferred ──▶ (claim)
//	  └────────────────── after a crash ──────────────┘
//	queued ──▶ suppressed   (left the lists, or suppressed, since the freezing)
//	queued ──▶ cancelled    (the event was cancelled, or the operator said so)
//
// A claim is committed to the disk before any of its mails is begun. What follows
// is written to a journal that outlives the process: the doubt before the mail's
// last octets go out, and the outcome before that connection's next mail. The
// store takes the outcomes from there in groups. So after a crash of the program a
// claimed parcel was certainly not sent and is queued again; only one in doubt, at
// most one a connection, may have been, and is sent again under the same
// Message-ID. After a power cut, which the journal need not outlive, that holds of
// what was claimed: a few hundred milliseconds of sending. Each such repeat leaves
// a step in the parcel's history. A claim ends with the process that made it: the
// data folder's lock, not a time, says that it lives.
package delivery

import (
	"fmt"
	"math/rand/v2"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/message"
)

// Kind is what a mail is, as its X-InfoLettre-Kind field says.
type Kind string

const (
	KindReceipt  Kind = "receipt"
	KindRequest  Kind = "request"
	KindQueue    Kind = "queue"
	KindPlan     Kind = "plan"
	KindProof    Kind = "proof"
	KindOutcome  Kind = "outcome"
	KindConfirm  Kind = "confirm"
	KindNotice   Kind = "notice"
	KindCall     Kind = "call"
	KindIssue    Kind = "issue"
	KindReminder Kind = "reminder"
)

// KindField is the header field that carries the kind.
const KindField = "X-InfoLettre-Kind"

// State is where a letter or a delivery stands.
type State string

const (
	Queued     State = "queued"
	Claimed    State = "claimed"
	InDoubt    State = "in_doubt" // in the journal and in histories only: a row in doubt is claimed
	Sent       State = "sent"
	Deferred   State = "deferred"
	Failed     State = "failed"
	Suppressed State = "suppressed"
	Cancelled  State = "cancelled"
)

// LetterID is a letter's number.
type LetterID int64

// Letter is one mail to one person, as data: who, about what. It is rendered
// after the transaction that queued it.
type Letter struct {
	ID       LetterID
	Kind     Kind
	Topic    string // which of the kind's texts
	To       message.Mailbox
	Language string
	Request  int64             // whose handle it carries, 0 for none
	Message  int64             // the inbound message that it answers, 0 for none
	Item     int64             // what it is about, 0 for none
	Issue    int64             // likewise
	Args     map[string]string // what else the text says
	Created  time.Time
}

// MailingID is a mailing's number.
type MailingID int64

// MailingState is how a mailing stands.
type MailingState string

const (
	MailingSending   MailingState = "sending"
	MailingPaused    MailingState = "paused" // by the operator, or because the store was restored
	MailingSent      MailingState = "sent"   // nothing of it waits any more
	MailingCancelled MailingState = "cancelled"
)

// Mailing is one sending to an audience.
type Mailing struct {
	ID       MailingID
	Kind     Kind   // KindIssue or KindReminder
	Key      string // unique: what may be sent once
	Issue    int64
	Event    int64
	Segments []audience.Segment
	Created  time.Time
	Expires  time.Time // no delivery is attempted from here on
}

// Class parts letters from deliveries, which are numbered apart.
type Class string

const (
	ClassLetter   Class = "letter"
	ClassDelivery Class = "delivery"
)

// Job is one mail to one person, claimed to be sent.
type Job struct {
	Class     Class
	ID        int64
	Kind      Kind
	To        message.Mailbox
	Language  string
	Claim     int // how often it was claimed, with this time: an outcome is of one claim
	Attempts  int // made before this one
	MaybeSent int // of these, how many may have succeeded
	Expires   time.Time
	Snapshot  Snapshot

	Letter     *Letter     // of a letter
	Mailing    MailingID   // of a delivery
	Variant    string      // of a delivery: the edition's, as package issue names it
	Subscriber audience.ID // of a delivery
	Created    time.Time   // when the letter or the mailing was made
}

// Snapshot is when a parcel was last looked at in the ledger: in real time, and by the
// version of all else that the ledger goes by.
type Snapshot struct {
	At      time.Time
	Version int64
}

// String names the parcel in logs: its class and number, never an address.
func (p Job) String() string { return fmt.Sprintf("%s %d", p.Class, p.ID) }

// ConnID is the number of a connection to the relay, for histories.
type ConnID int64

// Outcome is what became of a claimed parcel.
type Outcome struct {
	// Sent, Deferred or Failed, after an attempt. Queued, when it was not this
	// mail's doing: nothing is counted against it. Suppressed or Cancelled, when it
	// lapsed before the attempt.
	State State
	At    time.Time
	Next  time.Time // of Deferred: not before; of Queued: put off until, zero for at once
	Code  int       // SMTP reply code (RFC 5321), 0 without one
	Reply string    // the server's words, or what went wrong
	Conn  ConnID    // the connection, 0 for none
	Began time.Time // when its last octets were about to be written, zero if never

	MaybeSent bool // the mail may have been accepted all the same
	Refused   Refusal
}

// Refusal is what a server refused.
type Refusal string

const (
	RefusedNothing   Refusal = ""          // the trouble is ours, the relay's or the line's
	RefusedRecipient Refusal = "recipient" // RCPT
	RefusedContent   Refusal = "content"   // the mail itself, once it was there
	RefusedSize      Refusal = "size"      // by us: a letter that wraps ErrTooLarge

	// Of Queued only: it is us that was refused, and nothing is counted against the
	// recipient. Everything waits, or what goes to this domain.
	RefusedAccount Refusal = "account"
	RefusedDomain  Refusal = "domain"
)

// Lifetimes: how long temporary failures are retried. A letter is asked for and
// late is better than never, so it outlives a long trouble of the relay.
const (
	LetterLife = 10 * 24 * time.Hour
	IssueLife  = 72 * time.Hour
)

// RefusedLife is how long refusals of our account, or of us by a domain, are retried
// before what waits for it is paused.
const RefusedLife = 5 * 24 * time.Hour

// refusedBackoff is how long to wait after each such refusal in turn; the last one
// repeats. A rate is free again within minutes, a quota at some hour of the day.
var refusedBackoff = []time.Duration{
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute, time.Hour,
}

// RetryRefused is the wait after the given number of refusals in a row (at least one).
func RetryRefused(refusals int) time.Duration {
	return refusedBackoff[min(max(refusals, 1), len(refusedBackoff))-1]
}

// Urgency orders what waits: the lower the sooner.
type Urgency int

const (
	UrgencyLetter Urgency = iota
	UrgencyReminder
	UrgencyIssue
	urgencyCount
)

// Urgency of a kind of mail.
func (k Kind) Urgency() Urgency {
	switch k {
	case KindIssue:
		return UrgencyIssue
	case KindReminder:
		return UrgencyReminder
	}
	return UrgencyLetter
}

// backoff is how long to wait after each temporary failure in turn; the last
// one repeats. A greylisting server lets a mail in within the first three.
var backoff = []time.Duration{
	5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour,
}

// RetryAfter is the wait after the given number of failed attempts (at least
// one), with up to a fifth of it added at random, so that retries spread.
func RetryAfter(attempts int) time.Duration {
	d := backoff[min(max(attempts, 1), len(backoff))-1]
	return d + rand.N(d/5)
}
