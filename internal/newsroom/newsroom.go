// Package newsroom is what people and the clock do to items and issues: offer,
// decide, withdraw, close, propose, sign, send, remind. Each act is one
// function, whoever asks for it: a reply by mail, a command, a page, a tick.
//
// An act is pure. It reads through a View, which is one consistent state of the
// store, and returns the Effects that the store then commits together with
// whatever caused them: the inbound message, or the due row that is now done.
// Nothing is rendered or sent on the way: effects queue letters as data. So an
// act happens once or not at all, and after a crash it is asked for again.
//
// Contributors are heard too: an answer to a receipt withdraws (Withdraw),
// corrects or adds (Revise), or is handed to the editors (Note); and they are told
// what became of what they sent, in the transaction in which it did (outcomes.go).
//
// The acts of the clock are called by Jobs, which looks for due rows. An act
// that needs an issue rendered (a proof, a reminder) is done in two steps: the
// content is read and rendered outside any transaction, and the second step
// begins by checking that the content is still the same.
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

// Editor is a person who decides, as the configuration names them.
type Editor struct {
	message.Mailbox
	Title    string
	Language string
}

// Options are the configuration's.
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
	// Internal are the segments whose people get the issue with what is internal;
	// everybody else gets its outward variant. Where there are none, everybody gets
	// the whole.
	Internal []audience.Segment

	HasQueue bool
	QueueAt  schedule.Cron // of the queue mail
	Escalate time.Duration // how long an item waits before the operator is told; 0 for ever
	MinItems int           // an issue with fewer asks whether to wait

	Calls []agenda.Distance // before an issue closes, to centres that have sent nothing

	Bounces audience.Rules // when an address that soft bounces come from is given up

	RemindBefore []agenda.Distance
	RemindAt     agenda.Clock
	RemindWhom   map[agenda.Audience][]audience.Segment
}

// Service does the acts.
type Service struct{ Options }

// New returns a room.
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

// Language is the one to write to somebody in: theirs if the newsletter is made
// in it, else the default.
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

// sections lists the keys in the configuration's order.
func (s *Service) sections() []string {
	keys := make([]string, len(s.Sections))
	for i, section := range s.Sections {
		keys[i] = section.Key
	}
	return keys
}

// ErrNotFound reports a number that nothing has.
var ErrNotFound = errors.New("there is no such number")

// View is one consistent state of the store.
type View interface {
	Items
	Decisions
	Outcomes
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

// Inbox is what was received.
type Inbox interface {
	// Raw returns an inbound message.
	Raw(message int64) ([]byte, error)
	// Authenticated is what was found out of a message's author, as message.Verdict
	// has it in a word; "" for a message from before that was kept.
	Authenticated(message int64) (string, error)
	// WritesAbove reports whether the server of that authserv-id is known to write
	// its Authentication-Results above its own Received field.
	WritesAbove(authservID string) (bool, error)
	// Others counts the human mails after an instant and not after another that
	// were left to the office unread.
	Others(after, until time.Time) (int, error)
	// Replies counts what came since an instant by which nothing was decided: the mails
	// that answer the same request, and the requests that were answered at all. Mails
	// that were put off do not count.
	Replies(by ReplyCount, since time.Time) (mails, requests int, err error)
	// LastPostponed is when the last mail of those that were put off is to be handled, of any
	// request if none is given; the zero time for none.
	LastPostponed(by ReplyCount) (time.Time, error)
}

// ReplyCount is whose replies to what are counted together: those of a person, to a
// request that they were sent. What nobody vouches for is counted by itself, so that a
// forger uses up nobody's allowance but that of mails like theirs.
type ReplyCount struct {
	Person  message.Address
	Request editorial.RequestID
	Verdict message.Verdict
}

// Items are read by number or by where they stand.
type Items interface {
	// Item returns ErrNotFound for a number that no item has.
	Item(id item.ID) (item.Item, error)
	// CalendarItem returns the last item that came with an event of that UID, and its
	// sequence number; ErrNotFound for none.
	CalendarItem(uid string) (id item.ID, sequence int, err error)
	// ItemsIn lists the items of an issue in its order; of issue 0, those that
	// no issue holds, by number.
	ItemsIn(id issue.ID, states ...item.State) ([]item.Item, error)
	// Revision returns ErrNotFound for a number that the item has no revision of.
	Revision(id item.ID, number int) (item.Revision, error)
	// ItemsReceived lists those received after an instant and not after another,
	// by number.
	ItemsReceived(after, until time.Time) ([]item.Item, error)
}

// Outcomes are what contributors were told.
type Outcomes interface {
	// Receipted reports whether the item's sender got a receipt of it.
	Receipted(id item.ID) (bool, error)
	// Notified reports whether there was a Tell with that key.
	Notified(key string) (bool, error)
}

// Decisions are what was asked and answered.
type Decisions interface {
	// Request returns ErrNotFound for a number that no request has.
	Request(id editorial.RequestID) (editorial.Request, error)
	Decisions(id item.ID) ([]editorial.Decision, error)
	// Decided lists the editors' decisions after an instant and not after another,
	// those taken back too.
	Decided(after, until time.Time) ([]editorial.Decision, error)
	// Delegation is an editor's latest; the zero one for none, or one that ended.
	Delegation(editor message.Address) (editorial.Delegation, error)
	// AskedAbout reports whether a person was asked to decide on a revision of an item, by
	// itself or in a list.
	AskedAbout(person message.Address, id item.ID, revision int) (bool, error)
	// Requested counts the requests queued for a person since an instant: those on
	// single items, and lists.
	Requested(person message.Address, since time.Time) (int, error)
	// Confirmed is when an editor last confirmed a decision by one more reply.
	Confirmed(editor message.Address) (time.Time, error)
	// Challenge returns the decision that waits for the request's confirmation.
	Challenge(id editorial.RequestID) (Challenge, error)
}

// Issues are read by number or by state.
type Issues interface {
	Issue(id issue.ID) (issue.Issue, error)
	IssuesIn(states ...issue.State) ([]issue.Issue, error)
	// DueCalls lists the calls for an issue that are still to be made.
	DueCalls(id issue.ID) ([]Due, error)
}

// Proofs are what editors were asked to sign.
type Proofs interface {
	// Proof returns the issue's standing proof; false when there is none.
	Proof(id issue.ID) (editorial.Proof, bool, error)
	// Voided returns the issue's last proof that was voided; false for none.
	Voided(id issue.ID) (editorial.Proof, bool, error)
	Signatures(proof int64) ([]editorial.Signature, error)
	// Editions are the ones laid before the editors with that proof.
	Editions(proof int64) ([]issue.Edition, error)
}

// Events are the dated entries of approved items.
type Events interface {
	Event(id int64) (issue.Entry, error)
	// EventsFrom lists those that end on a day or later, cancelled ones too, by
	// date and number.
	EventsFrom(day agenda.Date) ([]issue.Entry, error)
	// Announced reports whether an event stood in an issue that was sent or in
	// a reminder.
	Announced(id int64) (bool, error)
	// DueReminders lists the reminders of an event that are still to be sent.
	DueReminders(id int64) ([]Due, error)
	// Reminded is when a reminder of the event was last frozen; zero for never.
	Reminded(id int64) (time.Time, error)
}

// People are the people list.
type People interface {
	// Person is the one with that address; false when there is none.
	Person(a message.Address) (audience.Subscriber, bool, error)
	// Answers counts the letters queued for an address since an instant that
	// answer a message, or tell of one that was put aside; done are those among them
	// that tell what was done.
	Answers(a message.Address, since time.Time) (all, done int, err error)
	// Subscriber returns ErrNotFound for a number that nobody has.
	Subscriber(id audience.ID) (audience.Subscriber, error)
	// Named lists the people with a name, in any case.
	Named(name string) ([]audience.Subscriber, error)
	// LettersQueued counts the letters on a topic queued for an address since an instant.
	LettersQueued(a message.Address, topic string, since time.Time) (int, error)
	// Contacts lists the contributors of the people list who have neither left
	// the lists nor are suppressed, by address.
	Contacts() ([]audience.Subscriber, error)
}

// Log is the record of what happened, see package audit.
type Log interface {
	// LogHead is the hash of the log's last row in hexadecimal, "" before the first;
	// what the act at hand changes is not in it yet. Printed in what leaves the house, it shows later that the log up to there is
	// the same.
	LogHead() (string, error)
}

// Numbers gives out the numbers of what an act creates. Within one act no
// number is given twice; those of an act that is not committed come again.
type Numbers interface {
	Next(of Sequence) (int64, error)
}

// Sequence names what is numbered.
type Sequence string

const (
	SeqItem    Sequence = "item"
	SeqRequest Sequence = "request"
	SeqIssue   Sequence = "issue"
	SeqProof   Sequence = "proof"
	SeqEvent   Sequence = "event"
	SeqLetter  Sequence = "letter"
	SeqMailing Sequence = "mailing"
)
