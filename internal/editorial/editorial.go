// Package editorial is the state machine of what people decide: on items, by
// request and reply, and on an issue's proof. This comment and the table moves
// are where it is written down.
//
// # Items
//
// An item moves as follows; every other move is refused with a *MoveError.
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
// Editors decide on what is held, pending or deferred; the moves out of approved,
// and back from rejected, are the operator's, and the undoing editor's. What was
// refused may be withdrawn too, and is not taken up again then.
//
// What an item says changes by a new revision, and what becomes of the item then
// depends on where it stands, and on whose the change is:
//
//	                   its contributor's             an editor's
//	held, deferred     as before; shown when asked   as before, the editors are asked anew
//	pending            as before, asked anew         likewise
//	approved           as before: the approved revision stays in the issue, and the
//	                   editors are asked about the new one. Approved, it takes the
//	                   other's place; refused or put off, it changes nothing
//	rejected           pending, and asked            refused
//	withdrawn          no new revision               refused
//	in a closed issue  no new revision, the editors  as approved; approved, it voids
//	                   are told                      the proof
//	published          no new revision               refused
//
// An editor decides through a Request, which binds one revision (or a list of
// them, or a plan, or for a proof one content of an issue) by its hash. Approval
// takes as many different voices as the quorum of the item's section says, all on
// the same revision; a refusal or a deferral takes one. A voice is an editor's;
// a deputy has the voice of the editor who is absent, and no person has two. What
// an editor changes and approves in one reply is approved as changed; approvals
// of the revision before lapse, as they were of another text.
//
// An editor takes their last word on an item back (Undo) within a time, while it
// still stands: an approval below its quorum brings back what was before, a
// refusal or a deferral likewise, unless others have decided since. What was
// decided is a row that is never changed: taking back is one more row.
//
// # Requests
//
//	asked ──▶ used       its one answer was carried out
//	  └────▶ expired     or superseded: its revision is no longer the current one
//
// A queue mail asks about many revisions, each of which is decided on by itself;
// a plan and an outcome may be answered more than once. An answer that decides
// nothing uses nothing up.
//
// # Proofs
//
//	standing ──signed by the quorum──▶ signed ──▶ sent
//	    └──────────── the issue changed ──┴─────▶ void, and a new one is made
//
// The functions here are pure: they are given what is known and say what
// follows. What survives a crash is what the store committed of that.
package editorial

import (
	"fmt"
	"time"

	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// RequestID is a request's number, the one in its handle.
type RequestID int64

// Subject is one revision that a request asks about.
type Subject struct {
	Item     item.ID
	Revision int
	Hash     string
}

// Request is one person asked about revisions, or about an issue's content.
type Request struct {
	ID       RequestID
	Purpose  token.Purpose
	Person   message.Address
	For      message.Address // the editor whose voice the person has meanwhile; "" for their own
	Subjects []Subject       // of a decision, a queue mail, an outcome or a receipt
	Issue    int64           // of a proof or a plan
	Proof    int64           // of a proof
	Hash     string          // of a proof: the content to sign; of a plan: the order shown
	Created  time.Time
	Expires  time.Time
	Used     time.Time // when it was answered; zero when it was not
}

// Bound is what the request's handle is bound to besides number and person.
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

// Handle computes the request's handle.
func (r Request) Handle(s token.Secret) token.Handle {
	return s.Handle(r.Purpose, int64(r.ID), string(r.Person), r.Bound()...)
}

// ActsFor is the editor whose word an answer to the request is.
func (r Request) ActsFor() message.Address {
	if r.For != "" {
		return r.For
	}
	return r.Person
}

// Decision is what an editor said of a revision, and how we know.
type Decision struct {
	ID       int64 // of the store; 0 before it is stored
	Item     item.ID
	Revision int
	Hash     string
	Editor   message.Address // whose voice it is
	By       message.Address // the deputy who spoke; "" for the editor
	Verb     Verb
	Reason   string
	At       time.Time
	Message  int64  // the inbound message, 0 at the command line or the desk
	Request  int64  // the request that was answered, 0 likewise
	How      string // how the editor was authenticated
	Before   Status
	Undoes   int64 // of Undo: the decision taken back
}

// How a decision was made that no mail carries.
const (
	HowCommand = "command line" // the operator's, which asks for no quorum
	HowDesk    = "signed in at the desk"
)

// Speaker is the person who said it.
func (d Decision) Speaker() message.Address {
	if d.By != "" {
		return d.By
	}
	return d.Editor
}

// Rules are the configuration's, see its [editorial] table.
type Rules struct {
	Quorum        int
	SectionQuorum map[string]int // for those sections that have their own
	ProofQuorum   int
	SelfApproval  bool
	Undo          time.Duration // how long a decision may be taken back
}

// QuorumOf is how many voices approve an item of a section.
func (r Rules) QuorumOf(section string) int {
	if n, ok := r.SectionQuorum[section]; ok {
		return n
	}
	return r.Quorum
}

// Lifetimes of requests. An item's outlives the two months of an issue, since a
// deferral is only asked again at the next closing.
const (
	DecisionLife  = 70 * 24 * time.Hour
	QueueLife     = 14 * 24 * time.Hour
	PlanLife      = 30 * 24 * time.Hour
	ProofLife     = 30 * 24 * time.Hour
	ReceiptLife   = 120 * 24 * time.Hour
	ChallengeLife = 3 * 24 * time.Hour
)
