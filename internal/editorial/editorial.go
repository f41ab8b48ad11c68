// Package editorial is the state machine of editorial decisions: on items, by request and
// reply, and on the proof of an issue. It also parses the replies. Its functions are pure: they
// take what is known and return what follows; what the store committed survives a crash. Begin
// reading at Decide, UndoDecision and ReadReply. This comment and the table moves are the
// definition of the rules.
//
// # Items
//
// An item changes state as follows; any other move is refused with a *MoveError.
//
//	         approve            close & send
//	held ────────────▶ approved ────────────▶ published
//	pending ─────────▶    │
//	deferred ────────▶    │
//	   │  ▲               │
//	   │  └── next issue opens (deferred → pending)
//	   ├──── reject ──────┴─▶ rejected
//	   ├──── defer ───────┴─▶ deferred
//	   └──── withdraw ────┴─▶ withdrawn
//
// Editors decide on items that are held, pending or deferred; a contributor withdraws an
// approved item too. For reject and defer from approved: only the operator, or an editor
// who undoes a decision, moves an item out of approved, or back from rejected. A rejected item
// may also be withdrawn; then it cannot be taken up again.
//
// An item's content changes by a new revision. What then happens depends on the item's state
// and on who made the change:
//
//	                   its contributor               an editor
//	held, deferred     as before; shown when asked   as before; new requests to the editors
//	pending            as before; new requests       as before; new requests to the editors
//	approved           as before: the approved revision stays in the issue, and the
//	                   editors are asked about the new one. If approved, it replaces
//	                   the other; if rejected or deferred, nothing changes
//	rejected           pending; new requests         refused
//	withdrawn          no new revision               refused
//	in a closed issue  no new revision; the editors  as approved; if approved, it
//	                   are told                      voids the proof
//	published          no new revision               refused
//
// An editor decides through a Request, which binds one revision (or a list of them, or a plan,
// or for a proof the content of an issue) by its hash. Approval takes as many different votes
// as the quorum of the item's section, all on the same revision; a rejection or a deferral
// takes one. Each editor has one vote. A deputy has the vote of the absent editor, and no
// person has two. If an editor changes and approves an item in one reply, the changed revision
// is approved; approvals of the previous revision lapse, because they were of another text.
//
// Within a time limit an editor can undo their last decision on an item while it still holds.
// Undoing an approval below its quorum, a rejection or a deferral restores the previous state,
// unless others have decided since. The row of a decision is never changed: undoing adds a row.
//
// # Requests
//
//	open ──▶ used       its one answer was carried out
//	  └───▶ expired     or superseded: its revision is no longer the current one
//
// A queue mail asks about several revisions, and each is decided separately. A plan and an
// outcome may be answered more than once. An answer that decides nothing does not use up the
// request.
//
// # Proofs
//
//	current ──signed by the quorum──▶ signed ──▶ sent
//	    └──────────── the issue changed ──┴────▶ void, and a new one is made
package editorial

import (
	"fmt"
	"time"

	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// RequestID is the number of a request, which its handle contains.
type RequestID int64

// Subject is one revision that a request is about.
type Subject struct {
	Item     item.ID
	Revision int
	Hash     string
}

// Request asks one person to decide on revisions, or on the content of an issue.
type Request struct {
	ID       RequestID
	Purpose  token.Purpose
	Person   message.Address
	For      message.Address // the absent editor for whom the person decides; "" for none
	Subjects []Subject       // of a decision, a queue mail, an outcome or a receipt
	Issue    int64           // of a proof or a plan
	Proof    int64           // of a proof
	Hash     string          // of a proof: the content to sign; of a plan: the order shown
	Created  time.Time
	Expires  time.Time
	Used     time.Time // when it was answered; zero if not yet
}

// Bound returns what the request's handle is bound to besides number and person.
func (r Request) Bound() []string {
	var bound []string
	for _, s := range r.Subjects {
		bound = append(bound, fmt.Sprintf("%d/%d/%s", s.Item, s.Revision, s.Hash))
	}
	if r.Hash != "" {
		bound = append(bound, r.Hash)
	}
	if r.For != "" {
		bound = append(bound, "for "+r.For.Key())
	}
	return bound
}

// Handle returns the request's handle.
func (r Request) Handle(s token.Secret) token.Handle {
	return s.Handle(r.Purpose, int64(r.ID), string(r.Person), r.Bound()...)
}

// ActsFor returns the editor for whom an answer to the request counts.
func (r Request) ActsFor() message.Address {
	if r.For != "" {
		return r.For
	}
	return r.Person
}

// Decision is what an editor decided about a revision, and how we know.
type Decision struct {
	ID       int64 // assigned by the store; 0 before
	Item     item.ID
	Revision int
	Hash     string
	Editor   message.Address // whose vote it is
	By       message.Address // the deputy who decided; "" for the editor
	Verb     Verb
	Reason   string
	At       time.Time
	Message  int64  // the inbound message; 0 for the command line or the desk
	Request  int64  // the request that was answered; 0 likewise
	How      string // how the editor was authenticated
	Before   Status
	Undoes   int64 // of Undo: the decision that is undone
}

// Values of How for decisions made without a mail.
const (
	HowCommand = "command line" // by the operator, who needs no quorum
	HowDesk    = "signed in at the desk"
)

// DecidedBy returns the person who made the decision.
func (d Decision) DecidedBy() message.Address {
	if d.By != "" {
		return d.By
	}
	return d.Editor
}

// Rules are the configuration's [editorial] table.
type Rules struct {
	Quorum        int
	SectionQuorum map[string]int // for sections with a quorum of their own
	ProofQuorum   int
	SelfApproval  bool
	Undo          time.Duration // how long a decision may be undone
}

// QuorumOf returns the number of votes that approve an item of a section.
func (r Rules) QuorumOf(section string) int {
	if n, ok := r.SectionQuorum[section]; ok {
		return n
	}
	return r.Quorum
}

// Lifetimes of requests. A request for an item outlives the two months of an issue, because a
// deferred item is requested again only at the next closing.
const (
	DecisionLife  = 70 * 24 * time.Hour
	QueueLife     = 14 * 24 * time.Hour
	PlanLife      = 30 * 24 * time.Hour
	ProofLife     = 30 * 24 * time.Hour
	ReceiptLife   = 120 * 24 * time.Hour
	ChallengeLife = 3 * 24 * time.Hour
)
