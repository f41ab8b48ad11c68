// Package delivery sends outgoing mail and records the outcome of each mail.
//
// A Letter is one mail to one person: a receipt, a request, a proof. A Mailing
// sends an issue or a reminder to an audience and has one delivery for each
// subscriber; the transaction that creates the mailing writes them all. One loop,
// Sender, sends both as Jobs: letters first, then reminders, then issues. Begin
// reading at Sender.Run; worker sends one job.
//
//	queued ──claim──▶ claimed ──begin──▶ in doubt ──▶ sent
//	  ▲ ▲                │                   │  ├───▶ failed
//	  │ └── released ────┘                   │  └───▶ deferred ──▶ (claim)
//	  └───────────── after a crash ──────────┘
//	queued, deferred, claimed ──▶ suppressed   (unsubscribed or suppressed since the mailing
//	                                            was created)
//	queued, deferred, claimed ──▶ cancelled    (the event was cancelled, or the operator
//	                                            cancelled the mailing)
//	queued, deferred ──▶ failed                (expired)
//
// A claim is on the disk before any of its mails begins. A journal, which outlives
// the process, records two things: before the last octets of a mail go out, that it is
// in doubt; before the connection's next mail, its outcome. The store takes the
// outcomes from the journal in groups. After a crash of the program, a job that is
// only claimed was certainly not sent and is queued again. A job in doubt, at most
// one for each connection, may have been sent; it is sent again under the same
// Message-ID. After a power cut, which the journal may not survive, every claimed job
// may have been sent, that is, a few hundred milliseconds' worth. Each such repeat is
// recorded in the job's history. A claim ends with the process that made it: the lock
// on the data folder, not a timeout, shows that the process is alive.
package delivery

import (
	"fmt"
	"math/rand/v2"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/message"
)

// Kind is the kind of a mail, as in its X-InfoLettre-Kind field.
type Kind string

// The kinds of letters, then those of mailings.
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

// State is the state of a letter or a delivery.
type State string

// The states of a letter or a delivery; see the package comment.
const (
	Queued     State = "queued"
	Claimed    State = "claimed"
	InDoubt    State = "in_doubt" // in the journal and in histories only; the row says claimed
	Sent       State = "sent"
	Deferred   State = "deferred"
	Failed     State = "failed"
	Suppressed State = "suppressed"
	Cancelled  State = "cancelled"
)

// LetterID is a letter's number.
type LetterID int64

// Letter is one mail to one person, as data: the recipient and the subject matter.
// It is rendered after the transaction that queued it.
type Letter struct {
	ID       LetterID
	Kind     Kind
	Topic    string // selects one of the kind's texts
	To       message.Mailbox
	Language string
	Request  int64             // the request that its handle names, 0 for none
	Message  int64             // the inbound message that it answers, 0 for none
	Item     int64             // the item that it is about, 0 for none
	Issue    int64             // the issue that it is about, 0 for none
	Args     map[string]string // further values for the text
	Created  time.Time
}

// MailingID is a mailing's number.
type MailingID int64

// MailingState is the state of a mailing.
type MailingState string

// The states of a mailing.
const (
	MailingSending   MailingState = "sending"
	MailingPaused    MailingState = "paused" // by the operator, or because the store was restored
	MailingSent      MailingState = "sent"   // no delivery is left to send
	MailingCancelled MailingState = "cancelled"
)

// Mailing is one issue or reminder sent to an audience.
type Mailing struct {
	ID       MailingID
	Kind     Kind   // KindIssue or KindReminder
	Key      string // unique, so that nothing is sent twice
	Issue    int64
	Event    int64
	Segments []audience.Segment
	Created  time.Time
	Expires  time.Time // no delivery is attempted from here on
}

// Class tells letters and deliveries apart: each has its own numbers.
type Class string

// The classes of jobs.
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
	Claim     int // number of claims, this one included; an outcome belongs to one claim
	Attempts  int // made before this one
	MaybeSent int // how many of the attempts may have succeeded
	Expires   time.Time
	Snapshot  Snapshot

	Letter     *Letter     // of a letter
	Mailing    MailingID   // of a delivery
	Variant    string      // of a delivery: the variant of the edition, as package issue names it
	Subscriber audience.ID // of a delivery
	Created    time.Time   // when the letter or the mailing was made
}

// Snapshot is when a job was last checked against the ledger: the real time, and the
// version of the data that the check used.
type Snapshot struct {
	At      time.Time
	Version int64
}

// String returns the class and number of the job, for logs; never an address.
func (j Job) String() string { return fmt.Sprintf("%s %d", j.Class, j.ID) }

// ConnID is the number of a connection to the relay, for histories.
type ConnID int64

// Outcome is the result of a claimed job.
type Outcome struct {
	// Sent, Deferred or Failed after an attempt. Queued when the cause was not this
	// mail: the attempt does not count. Suppressed or Cancelled when the reason to
	// send it ended before the attempt.
	State State
	At    time.Time
	Next  time.Time // of Deferred and Queued: no attempt before; zero for at once
	Code  int       // SMTP reply code (RFC 5321), 0 without one
	Reply string    // the server's text, or what failed
	Conn  ConnID    // the connection, 0 for none
	Began time.Time // when its last octets were about to be written; zero if never

	MaybeSent bool // the mail may have been accepted nevertheless
	Refused   Refusal
}

// Refusal says what a server refused.
type Refusal string

// What a server may refuse.
const (
	RefusedNothing   Refusal = ""          // the failure is ours, the relay's or the connection's
	RefusedRecipient Refusal = "recipient" // RCPT
	RefusedContent   Refusal = "content"   // the mail, after it was transferred
	RefusedSize      Refusal = "size"      // by us: the letter is too large (ErrTooLarge)

	// RefusedAccount and RefusedDomain come with Queued only: the server refused us as a
	// sender, so the attempt does not count against the recipient. All sending waits, or
	// all mail to the domain.
	RefusedAccount Refusal = "account"
	RefusedDomain  Refusal = "domain"
)

// LetterLife and IssueLife are how long temporary failures are retried. A letter is
// expected and is worth sending late, so it outlasts a long failure of the relay.
const (
	LetterLife = 10 * 24 * time.Hour
	IssueLife  = 72 * time.Hour
)

// RefusalLife is how long sending is retried while the relay refuses our account, or a
// domain refuses us. Then the mailings that wait are paused.
const RefusalLife = 5 * 24 * time.Hour

// refusedBackoff is the wait after each such refusal in a row; the last one repeats. A
// rate limit ends within minutes, a quota at some hour of the day.
var refusedBackoff = []time.Duration{
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute, time.Hour,
}

// RetryAfterRefusal returns the wait after the given number of refusals in a row (at least one).
func RetryAfterRefusal(refusals int) time.Duration {
	return refusedBackoff[min(max(refusals, 1), len(refusedBackoff))-1]
}

// Urgency orders the queue: the lowest is sent first.
type Urgency int

// The urgencies, the most urgent first.
const (
	UrgencyLetter Urgency = iota
	UrgencyReminder
	UrgencyIssue
	urgencyCount
)

// Urgency returns the urgency of a kind of mail.
func (k Kind) Urgency() Urgency {
	switch k {
	case KindIssue:
		return UrgencyIssue
	case KindReminder:
		return UrgencyReminder
	default:
		return UrgencyLetter
	}
}

// backoff is the wait after each temporary failure in a row; the last one repeats. A
// greylisting server accepts a mail within the first three.
var backoff = []time.Duration{
	5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour,
}

// RetryAfter returns the wait after the given number of failed attempts (at least
// one). It adds up to a fifth at random, so that retries spread.
func RetryAfter(attempts int) time.Duration {
	d := backoff[min(max(attempts, 1), len(backoff))-1]
	return d + rand.N(d/5)
}
