package newsroom

import (
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
)

// Effects are changes that the store commits together and in order.
type Effects []Change

// Change is one of the effects of this package, such as AddItem.
//
//sumtype:decl
type Change interface{ change() }

type (
	// AddItem stores a new item with its first revision and its pictures.
	AddItem struct{ item.Item }

	// MoveItem changes an item's state and its place; its revisions stay.
	MoveItem struct {
		Item     item.ID
		State    item.State
		Approved int      // number of the approved revision
		Issue    issue.ID // 0 for none
		Position int      // in the issue
	}

	// AddRevision stores a new revision of an item with its pictures and makes it the current
	// one. The approved revision stays approved.
	AddRevision struct {
		Item  item.ID
		State item.State
		item.Revision
		Author  message.Address // who changed it
		Message int64           // by which inbound message, 0 at the desk
	}

	// ApproveRevision makes another revision of an approved item the approved one.
	ApproveRevision struct {
		Item     item.ID
		Revision int
	}

	// AddRequest stores a request to a person.
	AddRequest struct{ editorial.Request }

	// UseRequest marks a request as answered.
	UseRequest struct {
		ID editorial.RequestID
		At time.Time
	}

	// AddDecision appends to the log of decisions.
	AddDecision struct{ editorial.Decision }

	// AddChallenge stores a decision until its request is confirmed. An earlier challenge of
	// the same request can no longer be confirmed.
	AddChallenge struct {
		Challenge
		At time.Time
	}

	// ConfirmChallenge records that the editor confirmed a challenge.
	ConfirmChallenge struct {
		Request editorial.RequestID
		At      time.Time
	}

	// AddEvent stores an event of an approved item.
	AddEvent struct {
		issue.Entry
		Revision int
	}

	// ReviseEvent changes an event to what a later revision says. The event keeps its number,
	// and so its scheduled reminders.
	ReviseEvent struct {
		issue.Entry
		Revision int
	}

	// CancelEvent cancels one event.
	CancelEvent struct{ ID int64 }

	// CancelEvents cancels the events of an item.
	CancelEvents struct{ Item item.ID }

	// AddIssue stores a new issue.
	AddIssue struct{ issue.Issue }

	// MoveIssue changes an issue's state.
	MoveIssue struct {
		Issue issue.ID
		State issue.State
	}

	// AddProof stores a proof with the editions that it shows.
	AddProof struct {
		editorial.Proof
		Editions []issue.Edition
	}

	// VoidProof voids a proof that no longer shows the issue.
	VoidProof struct {
		ID int64
		At time.Time
	}

	// AddSignature appends to the log of signatures.
	AddSignature struct{ editorial.Signature }

	// QueueLetter queues one mail to one person. It is sent before Until or not at all; a zero
	// Until stands for the usual lifetime of a letter.
	QueueLetter struct {
		delivery.Letter
		Until time.Time
	}

	// NotifyOnce records a notification that is sent once. Its key is unique for ever.
	NotifyOnce struct {
		Key string
		At  time.Time
	}

	// CreateMailing stores a mailing, its editions, and a delivery for each subscriber of its
	// segments who is neither suppressed nor unsubscribed. Those in one of the segments Internal
	// get the full variant; others get the external one, or nothing where no edition has it.
	// Without Internal everybody gets the full variant. The mailing starts paused while the store
	// is on hold.
	CreateMailing struct {
		delivery.Mailing
		Editions []issue.Edition
		Internal []audience.Segment
	}

	// CancelMailings cancels the queued deliveries of an issue's mailings. A delivery under way
	// checks this once more before it is written, and is not retried.
	CancelMailings struct {
		Issue issue.ID
		At    time.Time
	}

	// AddDelegation stores who decides for an editor; it ends an earlier delegation.
	AddDelegation struct{ editorial.Delegation }

	// EndDelegation ends an editor's delegation.
	EndDelegation struct {
		Editor message.Address
		At     time.Time
	}

	// ReorderIssue changes the order of an issue's items.
	ReorderIssue struct {
		Issue issue.ID
		Order []item.ID
	}

	// Record appends to the audit log what no other change records.
	Record struct {
		Kind    RecordKind
		At      time.Time
		By      message.Address
		Issue   issue.ID
		Item    item.ID
		Message int64
		How     string
		About   message.Address // the person concerned
		Text    string
	}

	// Unsubscribe records that a subscriber left the lists, and how.
	Unsubscribe struct {
		Subscriber audience.ID
		At         time.Time
		How        string
	}

	// ReplyHandled records the result of a message that was postponed, in intake's words.
	ReplyHandled struct {
		Message       int64
		From          message.Address
		Authenticated message.Authentication
		Kind, Why     string
		Missing       int
		At            time.Time
	}

	// AddDue schedules a job. A key that exists already, done or not, changes nothing.
	AddDue struct{ Due }

	// CompleteDue marks a due row as done.
	CompleteDue struct {
		Key string
		At  time.Time
	}
)

// RecordKind says what a Record is about.
type RecordKind string

// Kinds of records.
const (
	Reordered RecordKind = "reordered"
	Postponed RecordKind = "postponed" // an issue, in favour of the next one
	Delegated RecordKind = "delegated" // by an editor, to a deputy
	Returned  RecordKind = "returned"  // the editor ended a delegation

	Unsuppressed RecordKind = "unsuppressed" // by the operator
)

func (AddItem) change()          {}
func (AddDelegation) change()    {}
func (EndDelegation) change()    {}
func (ReorderIssue) change()     {}
func (Record) change()           {}
func (MoveItem) change()         {}
func (AddRevision) change()      {}
func (ApproveRevision) change()  {}
func (ReviseEvent) change()      {}
func (CancelEvent) change()      {}
func (NotifyOnce) change()       {}
func (AddRequest) change()       {}
func (UseRequest) change()       {}
func (AddDecision) change()      {}
func (AddChallenge) change()     {}
func (ConfirmChallenge) change() {}
func (AddEvent) change()         {}
func (CancelEvents) change()     {}
func (AddIssue) change()         {}
func (MoveIssue) change()        {}
func (AddProof) change()         {}
func (VoidProof) change()        {}
func (AddSignature) change()     {}
func (QueueLetter) change()      {}
func (CreateMailing) change()    {}
func (CancelMailings) change()   {}
func (Unsubscribe) change()      {}
func (ReplyHandled) change()     {}
func (AddDue) change()           {}
func (CompleteDue) change()      {}

// DueKind is the kind of a scheduled job.
type DueKind string

// Kinds of jobs.
const (
	DueClose    DueKind = "close"
	DueProof    DueKind = "proof"
	DueSend     DueKind = "send"
	DueUnsigned DueKind = "unsigned" // remind the editors of an unsigned proof
	DueRemind   DueKind = "remind"
	DueCall     DueKind = "call"  // call for contributions
	DueQueue    DueKind = "queue" // the queue mail
	DueReply    DueKind = "reply" // a postponed reply; its ref is the message
	DueList     DueKind = "list"  // many items at once are asked about in one mail
)

// Due is a job that runs once, at a time or as soon after as the program runs. Its key is
// unique for ever.
type Due struct {
	Key   string
	Kind  DueKind
	Ref   int64     // the issue, the event or the message
	Arg   string    // of a reminder or a call: its distance
	At    time.Time // not before
	Until time.Time // exclusive; zero for no end
}

// Challenge is a decision that waits for one more reply, because the mailbox's server does
// not authenticate its sender.
type Challenge struct {
	Request  editorial.RequestID // of the confirmation
	Answered editorial.RequestID // the one that the decision answers
	Verb     editorial.Verb      // of the mail's first order, for people to recognise it
	Reason   string
	To       string // of a delegation: the deputy and the last day, as written
	Until    string
	Says     string // of an order to change the item: the beginning of the mail
	Each     bool   // confirmed each time, not once a day
	Message  int64  // the mail; it is read again and carried out on the confirmation
}
