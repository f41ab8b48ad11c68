// Package editorial is the state machine of what people decide: on items, by
// request and reply, and on an issue's proof.
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
// and back from rejected, are the operator's.
//
// A contributor who answers their receipt may correct the item (ReadVoice says
// what an answer wants). The correction is a new revision, and what becomes of
// the item depends on where it stands:
//
//	held, deferred   as before; the editors see the new revision when they are asked
//	pending          as before, and the editors are asked anew
//	rejected         pending, and the editors are asked
//	approved         as before: the approved revision stays in the issue, and the
//	                 editors are asked about the new one. Approved, it takes the
//	                 other's place; refused or put off, it changes nothing
//	withdrawn, in an issue that closed, published
//	                 as before: there is no new revision, the editors are told
//
// An editor decides through a Request, which binds one revision (or, for a
// proof, one content of an issue) by its hash. Approval takes as many different
// editors as the quorum says, all of the same revision; a refusal or a deferral
// takes one. What was decided is a row that is never changed.
//
// The functions here are pure: they are given what is known and say what
// follows. What survives a crash is what the store committed of that.
package editorial

import (
	"errors"
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
	Subjects []Subject // of a decision or a receipt
	Issue    int64     // of a proof
	Proof    int64     // of a proof
	Hash     string    // of a proof: the content to sign
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
	return bound
}

// Handle computes the request's handle.
func (r Request) Handle(s token.Secret) token.Handle {
	return s.Handle(r.Purpose, int64(r.ID), string(r.Person), r.Bound()...)
}

// Decision is what an editor said of a revision, and how we know.
type Decision struct {
	Item     item.ID
	Revision int
	Hash     string
	Editor   message.Address
	Verb     Verb
	Reason   string
	At       time.Time
	Message  int64  // the inbound message, 0 at the command line
	Request  int64  // the request that was answered, 0 at the command line
	How      string // how the editor was authenticated
}

// Rules are the configuration's, see its [editorial] table.
type Rules struct {
	Quorum       int
	ProofQuorum  int
	SelfApproval bool
}

// Lifetimes of requests. An item's outlives the two months of an issue, since a
// deferral is only asked again at the next closing.
const (
	DecisionLife  = 70 * 24 * time.Hour
	ProofLife     = 30 * 24 * time.Hour
	ReceiptLife   = 120 * 24 * time.Hour
	ChallengeLife = 3 * 24 * time.Hour
)

// MoveError reports a verb that an item's state does not allow.
type MoveError struct {
	From item.State
	Verb Verb
}

func (e *MoveError) Error() string { return fmt.Sprintf("%s: the item is %s", e.Verb, e.From) }

var (
	// ErrOwnItem reports an editor who would approve what they sent.
	ErrOwnItem = errors.New("nobody approves their own item")
	// ErrStale reports a decision on a revision that is no longer the current one.
	ErrStale = errors.New("the item was changed since it was read")
	// ErrSettled reports a decision on an item that others have decided on.
	ErrSettled = errors.New("the item is already decided")
	// ErrRepeated reports an editor who had approved this revision before.
	ErrRepeated = errors.New("this editor has approved it already")
)

// moves has, by verb, the states that it may be said in and the state it leads to.
var moves = map[Verb]struct {
	from []item.State
	to   item.State
}{
	Approve:  {[]item.State{item.Held, item.Pending, item.Deferred, item.Rejected}, item.Approved},
	Reject:   {[]item.State{item.Held, item.Pending, item.Deferred, item.Approved}, item.Rejected},
	Defer:    {[]item.State{item.Held, item.Pending, item.Approved, item.Rejected}, item.Deferred},
	Withdraw: {[]item.State{item.Held, item.Pending, item.Deferred, item.Approved}, item.Withdrawn},
}

// Move says where a verb leads an item.
func Move(from item.State, v Verb) (item.State, error) {
	for _, s := range moves[v].from {
		if s == from {
			return moves[v].to, nil
		}
	}
	return from, &MoveError{From: from, Verb: v}
}

// Open reports whether an item in this state still waits for the editors.
func Open(s item.State) bool {
	return s == item.Held || s == item.Pending || s == item.Deferred
}

// Correction says in what state an item is when its contributor has corrected it,
// and whether they may: not what is withdrawn or stands in an issue that closed.
func Correction(it item.Item) (to item.State, may bool) {
	switch {
	case it.Issue != 0:
		return it.State, false
	case it.State == item.Rejected:
		return item.Pending, true
	}
	return it.State, Open(it.State) || it.State == item.Approved
}

// Corrected reports an approved item whose contributor sent a newer revision on
// which nobody has decided: it waits for the editors once more.
func Corrected(it item.Item, earlier []Decision) bool {
	if it.State != item.Approved || it.Current.Number <= it.Approved {
		return false
	}
	for _, d := range earlier {
		if d.Revision == it.Current.Number && d.Hash == it.Current.Hash && d.Verb != Approve {
			return false
		}
	}
	return true
}

// Standing is where an item stands, and which of its revisions is approved: 0 for
// none.
type Standing struct {
	State    item.State
	Approved int
}

// Decide says how an item stands after an editor's decision, given the decisions
// already taken on it. A pending item that lacks approvals stays so, and an
// approved one keeps its approved revision until a newer one has them all.
func Decide(it item.Item, earlier []Decision, d Decision, rules Rules) (Standing, error) {
	now := Standing{it.State, it.Approved}
	corrected := Corrected(it, earlier)
	if it.State == item.Approved && !corrected || it.State == item.Rejected || it.State == item.Withdrawn || it.State == item.Published {
		return now, ErrSettled
	}
	if d.Revision != it.Current.Number || d.Hash != it.Current.Hash {
		return now, ErrStale
	}
	if d.Verb != Approve {
		if corrected {
			return now, nil
		}
		to, err := Move(it.State, d.Verb)
		if err != nil {
			return now, err
		}
		return Standing{State: to}, nil
	}
	if it.Sender.Address.Equal(d.Editor) && !rules.SelfApproval {
		return now, ErrOwnItem
	}
	approvers := map[string]bool{}
	for _, e := range earlier {
		switch {
		case e.Verb != Approve:
			clear(approvers) // what was put off or refused since is asked anew
		case e.Revision == d.Revision && e.Hash == d.Hash:
			approvers[e.Editor.Key()] = true
		}
	}
	if approvers[d.Editor.Key()] {
		return now, ErrRepeated
	}
	if len(approvers)+1 < rules.Quorum {
		return now, nil
	}
	return Standing{item.Approved, it.Current.Number}, nil
}

// Proof is one content of an issue put before the editors to be signed.
type Proof struct {
	ID      int64
	Issue   int64
	Hash    string
	Created time.Time
	Voided  time.Time // zero while it stands
}

// Signature is one editor's word that the content may be sent.
type Signature struct {
	Proof   int64
	Editor  message.Address
	Hash    string
	At      time.Time
	Message int64
	How     string
}

var (
	// ErrVoid reports a signature under a content that has changed since.
	ErrVoid = errors.New("the issue was changed since this proof")
	// ErrSigned reports an issue that needs no further signature.
	ErrSigned = errors.New("the issue is already signed")
)

// Endorse says whether a proof has its quorum of different editors with one
// more signature. It never counts a signature under another hash.
func Endorse(p Proof, earlier []Signature, s Signature, rules Rules) (complete bool, err error) {
	if !p.Voided.IsZero() || s.Hash != p.Hash || s.Proof != p.ID {
		return false, ErrVoid
	}
	signers := map[string]bool{}
	for _, e := range earlier {
		if e.Proof == p.ID && e.Hash == p.Hash {
			signers[e.Editor.Key()] = true
		}
	}
	if signers[s.Editor.Key()] || len(signers) >= rules.ProofQuorum {
		return len(signers) >= rules.ProofQuorum, ErrSigned
	}
	return len(signers)+1 >= rules.ProofQuorum, nil
}
