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

// Effects are changes, committed together and in order.
type Effects []Change

// Change is one of the types below.
type Change interface{ change() }

type (
	// AddItem stores a new item with its first revision and its pictures.
	AddItem struct{ item.Item }

	// MoveItem changes where an item stands; its revision stays.
	MoveItem struct {
		Item     item.ID
		State    item.State
		Approved int      // number of the approved revision
		Issue    issue.ID // that holds it, 0 for none
		Position int      // in the issue
	}

	// AddRevision stores a new revision of an item with its pictures, and makes it
	// the current one. What was approved stays so.
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

	// AddRequest stores what somebody is asked.
	AddRequest struct{ editorial.Request }

	// UseRequest marks a request as answered.
	UseRequest struct {
		ID editorial.RequestID
		At time.Time
	}

	// AddDecision appends to the record of decisions.
	AddDecision struct{ editorial.Decision }

	// AddChallenge keeps a decision until the request is confirmed; one kept
	// before of the same request can no longer be.
	AddChallenge struct {
		Challenge
		At time.Time
	}

	// ConfirmChallenge records that the challenge's editor confirmed.
	ConfirmChallenge struct {
		Request editorial.RequestID
		At      time.Time
	}

	// AddEvent stores an event of an approved item.
	AddEvent struct {
		issue.Entry
		Revision int
	}

	// ReviseEvent changes what an event says, as a later revision has it. It keeps
	// its number, and so the reminders that are planned.
	ReviseEvent struct {
		issue.Entry
		Revision int
	}

	// CancelEvent cancels one.
	CancelEvent struct{ ID int64 }

	// CancelEvents cancels those of an item.
	CancelEvents struct{ Item item.ID }

	// AddIssue stores a new issue.
	AddIssue struct{ issue.Issue }

	// MoveIssue changes where an issue stands.
	MoveIssue struct {
		Issue issue.ID
		State issue.State
	}

	// AddProof stores a proof with the editions that it shows.
	AddProof struct {
		editorial.Proof
		Editions []issue.Edition
	}

	// VoidProof ends a proof that no longer shows the issue.
	VoidProof struct {
		ID int64
		At time.Time
	}

	// AddSignature appends to the record of signatures.
	AddSignature struct{ editorial.Signature }

	// QueueLetter queues one mail to one person, who gets it before Until (zero
	// for as long as letters are tried) or not at all.
	QueueLetter struct {
		delivery.Letter
		Until time.Time
	}

	// NotifyOnce records that somebody is told something that is told once. The key is
	// unique for ever.
	NotifyOnce struct {
		Key string
		At  time.Time
	}

	// CreateMailing stores a mailing, its editions, and a delivery for each
	// subscriber of its segments who is neither suppressed nor unsubscribed: of the
	// whole for those in one of the segments Internal, and of the outward variant
	// for others, who get nothing where no edition has it. With no segments Internal,
	// everybody gets the whole. It is paused from the first while the store is held.
	CreateMailing struct {
		delivery.Mailing
		Editions []issue.Edition
		Internal []audience.Segment
	}

	// CancelMailings cancels what waits of an issue's mailings. What is under way
	// looks once more before it is written, and is not tried again.
	CancelMailings struct {
		Issue issue.ID
		At    time.Time
	}

	// AddDelegation stores whom an editor has decide meanwhile; it ends what they
	// said before.
	AddDelegation struct{ editorial.Delegation }

	// EndDelegation ends the one of an editor.
	EndDelegation struct {
		Editor message.Address
		At     time.Time
	}

	// ReorderIssue changes the places of an issue's items.
	ReorderIssue struct {
		Issue issue.ID
		Order []item.ID
	}

	// Record appends to the log what no other change tells of.
	Record struct {
		Kind    RecordKind
		At      time.Time
		By      message.Address
		Issue   issue.ID
		Item    item.ID
		Message int64
		How     string
		About   message.Address // whom it concerns
		Text    string
	}

	// Unsubscribe records that a subscriber left the lists, and how.
	Unsubscribe struct {
		Subscriber audience.ID
		At         time.Time
		How        string
	}

	// ReplyHandled records what became of a message that was put off, in intake's words.
	ReplyHandled struct {
		Message       int64
		From          message.Address
		Authenticated message.Authentication
		Kind, Why     string
		Missing       int
		At            time.Time
	}

	// AddDue stores what is to be done at an instant; a key that is known
	// already, done or not, changes nothing.
	AddDue struct{ Due }

	// CompleteDue marks a due row as done.
	CompleteDue struct {
		Key string
		At  time.Time
	}
)

// RecordKind is what a Record tells of.
type RecordKind string

const (
	Reordered RecordKind = "reordered"
	Postponed RecordKind = "postponed" // an issue waits for the next
	Delegated RecordKind = "delegated" // by an editor, to a deputy
	Returned  RecordKind = "returned"  // the editor took that back

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

// DueKind is what is to be done.
type DueKind string

const (
	DueClose    DueKind = "close"
	DueProof    DueKind = "proof"
	DueSend     DueKind = "send"
	DueUnsigned DueKind = "unsigned" // the editors are told again that a proof waits
	DueRemind   DueKind = "remind"
	DueCall     DueKind = "call"  // for contributions
	DueQueue    DueKind = "queue" // the queue mail
	DueReply    DueKind = "reply" // a reply that was put off; its ref is the message
	DueList     DueKind = "list"  // many items at once are asked about in one mail
)

// Due is something to be done once, at an instant or as soon after as the
// program runs. Its key is unique for ever.
type Due struct {
	Key   string
	Kind  DueKind
	Ref   int64     // the issue, the event or the message
	Arg   string    // of a reminder or a call: its distance
	At    time.Time // not before
	Until time.Time // not from here on; zero for no end
}

// Challenge is a decision that waits for one more reply, because the mailbox's
// server says nothing of who sent the first.
type Challenge struct {
	Request  editorial.RequestID // of the confirmation
	Answered editorial.RequestID // the one that the decision answers
	Verb     editorial.Verb      // of the mail's first order, for people to recognise it
	Reason   string
	To       string // of a delegation: to whom and until when, as written
	Until    string
	Says     string // of an order to change the item: the beginning of the mail
	Each     bool   // asked each time, not once a day
	Message  int64  // the mail, which is read again and done when it is confirmed
}
