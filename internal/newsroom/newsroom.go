// Package newsroom owns every act on items and issues: submit, decide, edit, withdraw, close,
// propose a proof, sign, send, remind. Each act is one function, whether a mail, a command, a page or
// the clock asks for it.
//
// An act is pure. It reads a View, which is one consistent state of the store, and returns
// Effects, which the store commits together with their cause: the inbound message or the due
// row that is now done. It renders and sends nothing; effects queue letters as data. So an
// act happens once or not at all, and after a crash its cause is handled again.
//
// The states of items are in package item, and editorial decides which moves are allowed; the
// states of issues are in package issue. An answer of a contributor withdraws (Withdraw),
// corrects (Revise) or is forwarded to the editors (Note). Contributors are told the outcome
// in the same transaction (outcomes.go).
//
// Jobs runs the acts of the clock from due rows. An act that needs an issue rendered (a proof,
// a reminder) has two steps: the content is read and rendered outside any transaction, and the
// second step first checks that the content is still the same.
//
// Begin reading at Submit (items.go), Decide (decide.go), Close and Send (issues.go), and at
// the list of effects (effects.go).
package newsroom

import (
	"errors"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/audience"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/schedule"
	"infolettre/internal/token"
)

// Editor is a person who decides on items, from the configuration.
type Editor struct {
	message.Mailbox
	Title    string
	Language string
}

// Options are taken from the configuration.
type Options struct {
	Address   message.Mailbox // the newsletter's name and its mailbox
	Operator  message.Mailbox
	Languages []string // the first is the default
	Location  *time.Location
	Secret    token.Secret
	Editors   []Editor
	Rules     editorial.Rules
	Sections  []item.Section
	Calendar  issue.Calendar
	Segments  []audience.Segment // of the issue
	// Internal are the segments whose people get the full issue; others get its external
	// variant. Without any, everybody gets the full issue.
	Internal []audience.Segment

	HasQueue bool
	QueueAt  schedule.Cron // of the queue mail
	Escalate time.Duration // how long an item waits before the operator is told; 0 for ever
	MinItems int           // with fewer, the plan asks whether to wait

	Calls []agenda.Distance // before an issue closes, to centres that have sent nothing

	Bounces audience.SoftBounceRules // when soft bounces suppress an address

	RemindBefore []agenda.Distance
	RemindAt     agenda.Clock
	RemindWhom   map[agenda.Audience][]audience.Segment
}

// Service carries out the acts.
type Service struct{ Options }

// New returns a service.
func New(o Options) *Service { return &Service{o} }

// Editor returns the editor with that address.
func (s *Service) Editor(a message.Address) (Editor, bool) {
	for _, e := range s.Editors {
		if e.Address.Equal(a) {
			return e, true
		}
	}
	return Editor{}, false
}

// Language returns the first wanted language in which the newsletter is made, else the
// default.
func (s *Service) Language(wanted ...string) string {
	for _, w := range wanted {
		for _, l := range s.Languages {
			if w == l {
				return l
			}
		}
	}
	return s.Languages[0]
}

// sections lists the sections' keys in the configured order.
func (s *Service) sections() []string {
	keys := make([]string, len(s.Sections))
	for i, section := range s.Sections {
		keys[i] = section.Key
	}
	return keys
}

// ErrNotFound reports an unknown number.
var ErrNotFound = errors.New("there is no such number")

// View is one consistent state of the store.
type View interface {
	Items
	Decisions
	Notifications
	Issues
	Proofs
	Events
	People
	Mailings
	SentMail
	Numbers
	Inbox
	Log
}

// Inbox reads the messages that were received.
type Inbox interface {
	// Raw returns an inbound message.
	Raw(message int64) ([]byte, error)
	// Authenticated returns how a message's author was authenticated, in the word of
	// message.Verdict; "" for messages stored before this was recorded.
	Authenticated(message int64) (string, error)
	// WritesAbove reports whether the server with that authserv-id is known to write its
	// Authentication-Results above its own Received field.
	WritesAbove(authservID string) (bool, error)
	// LeftToOffice counts the mails of people, after one time and up to another, that were left
	// unread for the office.
	LeftToOffice(after, until time.Time) (int, error)
	// Replies counts the replies since a time by which nothing was decided: those to the same
	// request, and the requests that had any. Postponed replies do not count.
	Replies(by ReplyCount, since time.Time) (mails, requests int, err error)
	// LastPostponed returns when the last postponed reply is due, of any request if none is
	// given; the zero time for none.
	LastPostponed(by ReplyCount) (time.Time, error)
}

// ReplyCount says which replies are counted together: those of a person to a request. Replies
// with another Verdict are counted apart, so that a forger uses up only the allowance of
// unauthenticated mails.
type ReplyCount struct {
	Person  message.Address
	Request editorial.RequestID
	Verdict message.Verdict
}

// Items reads items by number or by issue.
type Items interface {
	// Item returns ErrNotFound for an unknown number.
	Item(id item.ID) (item.Item, error)
	// CalendarItem returns the latest item with an event of that UID, and the event's sequence
	// number; ErrNotFound for none.
	CalendarItem(uid string) (id item.ID, sequence int, err error)
	// ItemsIn lists the items of an issue in its order; for issue 0 those of no issue, by number.
	ItemsIn(id issue.ID, states ...item.State) ([]item.Item, error)
	// Revision returns ErrNotFound for an unknown number.
	Revision(id item.ID, number int) (item.Revision, error)
	// ItemsReceived lists the items received after one time and up to another, by number.
	ItemsReceived(after, until time.Time) ([]item.Item, error)
}

// Notifications reads what contributors were told.
type Notifications interface {
	// HasReceipt reports whether the item's sender got a receipt.
	HasReceipt(id item.ID) (bool, error)
	// Notified reports whether there was a NotifyOnce with that key.
	Notified(key string) (bool, error)
}

// Decisions reads requests and the decisions that answer them.
type Decisions interface {
	// Request returns ErrNotFound for an unknown number.
	Request(id editorial.RequestID) (editorial.Request, error)
	Decisions(id item.ID) ([]editorial.Decision, error)
	// Decided lists the editors' decisions after one time and up to another, including those
	// taken back.
	Decided(after, until time.Time) ([]editorial.Decision, error)
	// Delegation returns an editor's latest delegation; the zero value for none, or one that ended.
	Delegation(editor message.Address) (editorial.Delegation, error)
	// AskedAbout reports whether a person was asked to decide on a revision, by itself or in a
	// list.
	AskedAbout(person message.Address, id item.ID, revision int) (bool, error)
	// Requested counts the requests queued for a person since a time: those on single items, and
	// lists.
	Requested(person message.Address, since time.Time) (int, error)
	// Confirmed returns when an editor last confirmed a decision by one more reply.
	Confirmed(editor message.Address) (time.Time, error)
	// Challenge returns the decision that waits for the request's confirmation.
	Challenge(id editorial.RequestID) (Challenge, error)
}

// Issues reads issues by number or by state.
type Issues interface {
	Issue(id issue.ID) (issue.Issue, error)
	IssuesIn(states ...issue.State) ([]issue.Issue, error)
	// DueCalls lists the scheduled calls for an issue.
	DueCalls(id issue.ID) ([]Due, error)
}

// Proofs reads proofs and their signatures.
type Proofs interface {
	// Proof returns the issue's valid proof; false when there is none.
	Proof(id issue.ID) (editorial.Proof, bool, error)
	// LastVoidProof returns the issue's last void proof; false for none.
	LastVoidProof(id issue.ID) (editorial.Proof, bool, error)
	Signatures(proof int64) ([]editorial.Signature, error)
	// Editions returns the editions that the proof shows.
	Editions(proof int64) ([]issue.Edition, error)
}

// Events reads the dated entries of approved items.
type Events interface {
	Event(id int64) (issue.Entry, error)
	// EventsFrom lists the events that end on a day or later, cancelled ones too, by date and
	// number.
	EventsFrom(day agenda.Date) ([]issue.Entry, error)
	// Announced reports whether an event was in an issue or a reminder that was sent.
	Announced(id int64) (bool, error)
	// DueReminders lists the scheduled reminders of an event.
	DueReminders(id int64) ([]Due, error)
	// LastReminder returns when a reminder of the event was last mailed; zero for never.
	LastReminder(id int64) (time.Time, error)
}

// People reads the people list.
type People interface {
	// Person returns the person with that address; false when there is none.
	Person(a message.Address) (audience.Subscriber, bool, error)
	// Answers counts the letters queued for an address since a time that answer a message or
	// report a quarantined one; done counts those of them that confirm an order.
	Answers(a message.Address, since time.Time) (all, done int, err error)
	// Subscriber returns ErrNotFound for an unknown number.
	Subscriber(id audience.ID) (audience.Subscriber, error)
	// Named lists the people with a name, ignoring case.
	Named(name string) ([]audience.Subscriber, error)
	// LettersQueued counts the letters on a topic queued for an address since a time.
	LettersQueued(a message.Address, topic string, since time.Time) (int, error)
	// Contacts lists the contributors who are neither unsubscribed nor suppressed, by address.
	Contacts() ([]audience.Subscriber, error)
}

// Log reads the audit log, see package audit.
type Log interface {
	// LogHead returns the hash of the log's last row in hexadecimal, "" for an empty log. The
	// act at hand is not in it yet. Printed in a mail that leaves the house, it shows later that
	// the log up to there is unchanged.
	LogHead() (string, error)
}

// Numbers gives out the numbers of new rows. Within one act no number is given twice; the
// numbers of an act that is not committed are given again.
type Numbers interface {
	Next(of Sequence) (int64, error)
}

// Sequence names a series of numbers.
type Sequence string

// Sequences.
const (
	SeqItem    Sequence = "item"
	SeqRequest Sequence = "request"
	SeqIssue   Sequence = "issue"
	SeqProof   Sequence = "proof"
	SeqEvent   Sequence = "event"
	SeqLetter  Sequence = "letter"
	SeqMailing Sequence = "mailing"
)
