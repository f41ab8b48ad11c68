package editorial

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"infolettre/internal/item"
	"infolettre/internal/message"
)

// MoveError reports a verb that the state of an item does not allow.
type MoveError struct {
	From item.State
	Verb Verb
}

func (e *MoveError) Error() string { return fmt.Sprintf("%s: the item is %s", e.Verb, e.From) }

var (
	// ErrOwnItem reports an editor who would approve their own item.
	ErrOwnItem = errors.New("nobody approves their own item")
	// ErrStale reports a decision on a revision that is no longer current.
	ErrStale = errors.New("the item was changed since it was read")
	// ErrSettled reports a decision on an item that others have decided on.
	ErrSettled = errors.New("the item is already decided")
	// ErrRepeated reports an editor or a deputy who has approved this revision before.
	ErrRepeated = errors.New("this editor has approved it already")
	// ErrNothingToUndo reports a person without a decision that still holds.
	ErrNothingToUndo = errors.New("there is no decision of theirs to take back")
	// ErrTooLate reports a decision that can no longer be undone.
	ErrTooLate = errors.New("it is too late to take the decision back")
)

// moves lists, for each verb, the states that allow it and the state that follows.
var moves = map[Verb]struct {
	from []item.State
	to   item.State
}{
	Approve:  {[]item.State{item.Held, item.Pending, item.Deferred, item.Rejected}, item.Approved},
	Reject:   {[]item.State{item.Held, item.Pending, item.Deferred, item.Approved}, item.Rejected},
	Defer:    {[]item.State{item.Held, item.Pending, item.Approved, item.Rejected}, item.Deferred},
	Withdraw: {[]item.State{item.Held, item.Pending, item.Deferred, item.Approved, item.Rejected}, item.Withdrawn},
}

// Move returns the state that follows a verb, or a *MoveError.
func Move(from item.State, v Verb) (item.State, error) {
	if slices.Contains(moves[v].from, from) {
		return moves[v].to, nil
	}
	return from, &MoveError{From: from, Verb: v}
}

// IsOpen reports whether an item in this state waits for the editors.
func IsOpen(s item.State) bool {
	return s == item.Held || s == item.Pending || s == item.Deferred
}

// AfterCorrection returns the state of an item after a correction by its contributor, and whether
// one is allowed. It is not if the item is withdrawn, or approved and in a closed issue.
func AfterCorrection(it item.Item) (to item.State, may bool) {
	switch {
	case it.Issue != 0 && !IsOpen(it.State):
		return it.State, false
	case it.State == item.Rejected:
		return item.Pending, true
	}
	return it.State, IsOpen(it.State) || it.State == item.Approved
}

// Editable reports whether an editor may change the content of an item. The caller must refuse
// changes to an item of an issue that is being sent.
func Editable(it item.Item) bool { return IsOpen(it.State) || it.State == item.Approved }

// Status is the state of an item and the number of its approved revision, 0 for none.
type Status struct {
	State    item.State
	Approved int
}

// StatusOf returns the status of an item.
func StatusOf(it item.Item) Status { return Status{it.State, it.Approved} }

// Effective returns the decisions that were not undone, in order.
func Effective(all []Decision) []Decision {
	undone := map[int64]bool{}
	for _, d := range all {
		if d.Verb == Undo {
			undone[d.Undoes] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(d Decision) bool { return d.Verb == Undo || undone[d.ID] })
}

// HasOpenCorrection reports whether an approved item has a newer revision that was neither approved,
// rejected nor deferred, and so waits for the editors again.
func HasOpenCorrection(it item.Item, earlier []Decision) bool {
	if it.State != item.Approved || it.Current.Number <= it.Approved {
		return false
	}
	for _, d := range Effective(earlier) {
		if d.Revision == it.Current.Number && d.Hash == it.Current.Hash && d.Verb != Approve {
			return false
		}
	}
	return true
}

// NeedsDecision reports whether an item waits for a decision.
func NeedsDecision(it item.Item, earlier []Decision) bool {
	return IsOpen(it.State) || HasOpenCorrection(it, earlier)
}

// Votes returns the approvals that count for a revision: those since it was last deferred or
// rejected.
func Votes(earlier []Decision, revision int, hash string) []Decision {
	var votes []Decision
	for _, e := range Effective(earlier) {
		switch {
		case e.Verb != Approve:
			votes = nil // later votes start again
		case e.Revision == revision && e.Hash == hash:
			votes = append(votes, e)
		}
	}
	return votes
}

// HasVoted reports whether one of the approvals is an editor's, or was made by them as a
// deputy.
func HasVoted(votes []Decision, who message.Address) bool {
	return slices.ContainsFunc(votes, func(d Decision) bool { return d.Editor.Equal(who) || d.DecidedBy().Equal(who) })
}

// Decide returns the status of an item after a decision. earlier are the previous decisions on
// it. A pending item that lacks approvals stays pending, and an approved one keeps its approved
// revision until a newer one has enough votes. It returns ErrSettled, ErrStale, ErrOwnItem,
// ErrRepeated or a *MoveError.
func Decide(it item.Item, earlier []Decision, d Decision, rules Rules) (Status, error) {
	now := StatusOf(it)
	corrected := HasOpenCorrection(it, earlier)
	if !IsOpen(it.State) && !corrected {
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
		return Status{State: to}, nil
	}
	own := it.Sender.Address.Equal(d.Editor) || it.Sender.Address.Equal(d.DecidedBy())
	if own && !rules.SelfApproval {
		return now, ErrOwnItem
	}
	votes := Votes(earlier, d.Revision, d.Hash)
	if HasVoted(votes, d.Editor) || HasVoted(votes, d.DecidedBy()) {
		return now, ErrRepeated
	}
	if len(votes)+1 < rules.QuorumOf(it.Current.Section) {
		return now, nil
	}
	return Status{item.Approved, it.Current.Number}, nil
}

// UndoDecision returns the decision of a person that is undone, and the status of the item
// afterwards. section is the section of the approved revision, which gives the quorum; a later
// revision may be in another section. It returns ErrNothingToUndo, ErrTooLate or ErrSettled.
func UndoDecision(it item.Item, section string, all []Decision, who message.Address, now time.Time, rules Rules) (Decision, Status, error) {
	status := StatusOf(it)
	decisions := Effective(all)
	last := -1
	for i, d := range decisions {
		if d.DecidedBy().Equal(who) && (d.Verb == Approve || d.Verb == Reject || d.Verb == Defer) {
			last = i
		}
	}
	if last < 0 {
		return Decision{}, status, ErrNothingToUndo
	}
	mine, since := decisions[last], decisions[last+1:]
	final := it.State == item.Published || it.State == item.Withdrawn
	if final || now.Sub(mine.At) > rules.Undo || mine.Before.State == "" {
		return mine, status, ErrTooLate
	}
	if mine.Verb != Approve {
		// The item still has the decided revision, and nobody else has decided.
		moved := status != mine.Before && status != Status{State: moves[mine.Verb].to}
		if moved || len(since) > 0 || it.Current.Number != mine.Revision {
			return mine, status, ErrSettled
		}
		return mine, mine.Before, nil
	}
	for _, d := range since {
		if d.Verb != Approve {
			return mine, status, ErrSettled
		}
	}
	if it.Approved != mine.Revision {
		if it.Approved > mine.Revision || !IsOpen(it.State) && it.State != item.Approved {
			return mine, status, ErrSettled
		}
		return mine, status, nil // it had no effect yet
	}
	votes := Votes(all, mine.Revision, mine.Hash)
	last = len(votes) - 1
	if last < 0 || last >= rules.QuorumOf(section) || votes[last].How == HowCommand {
		return mine, status, nil
	}
	return mine, votes[last].Before, nil
}
