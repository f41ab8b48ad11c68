package editorial

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"infolettre/internal/item"
	"infolettre/internal/message"
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
	// ErrRepeated reports an editor, or a deputy, who had approved this revision before.
	ErrRepeated = errors.New("this editor has approved it already")
	// ErrNothingToUndo reports somebody who decided nothing that still stands.
	ErrNothingToUndo = errors.New("there is no decision of theirs to take back")
	// ErrTooLate reports a decision that can no longer be taken back.
	ErrTooLate = errors.New("it is too late to take the decision back")
)

// moves has, by verb, the states that it may be said in and the state it leads to.
var moves = map[Verb]struct {
	from []item.State
	to   item.State
}{
	Approve:  {[]item.State{item.Held, item.Pending, item.Deferred, item.Rejected}, item.Approved},
	Reject:   {[]item.State{item.Held, item.Pending, item.Deferred, item.Approved}, item.Rejected},
	Defer:    {[]item.State{item.Held, item.Pending, item.Approved, item.Rejected}, item.Deferred},
	Withdraw: {[]item.State{item.Held, item.Pending, item.Deferred, item.Approved, item.Rejected}, item.Withdrawn},
}

// Move says where a verb leads an item.
func Move(from item.State, v Verb) (item.State, error) {
	if slices.Contains(moves[v].from, from) {
		return moves[v].to, nil
	}
	return from, &MoveError{From: from, Verb: v}
}

// Open reports whether an item in this state still waits for the editors.
func Open(s item.State) bool {
	return s == item.Held || s == item.Pending || s == item.Deferred
}

// Correction says in what state an item is when its contributor has corrected it,
// and whether they may: not what is withdrawn, or approved in an issue that closed.
func Correction(it item.Item) (to item.State, may bool) {
	switch {
	case it.Issue != 0 && !Open(it.State):
		return it.State, false
	case it.State == item.Rejected:
		return item.Pending, true
	}
	return it.State, Open(it.State) || it.State == item.Approved
}

// Editable reports whether an editor may change what an item says. An item of an
// issue that is being sent is its caller's to refuse.
func Editable(it item.Item) bool { return Open(it.State) || it.State == item.Approved }

// Status is where an item stands, and which of its revisions is approved: 0 for
// none.
type Status struct {
	State    item.State
	Approved int
}

// StatusOf is an item's.
func StatusOf(it item.Item) Status { return Status{it.State, it.Approved} }

// Effective are the decisions that nobody took back, in their order.
func Effective(all []Decision) []Decision {
	undone := map[int64]bool{}
	for _, d := range all {
		if d.Verb == Undo {
			undone[d.Undoes] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(d Decision) bool { return d.Verb == Undo || undone[d.ID] })
}

// Corrected reports an approved item of which there is a newer revision on which
// nobody has decided: it waits for the editors once more.
func Corrected(it item.Item, earlier []Decision) bool {
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

// Waiting reports whether the editors are still to decide on an item.
func Waiting(it item.Item, earlier []Decision) bool { return Open(it.State) || Corrected(it, earlier) }

// Votes are the approvals that count for a revision: those of it since it was
// last put off or refused.
func Votes(earlier []Decision, revision int, hash string) []Decision {
	var voices []Decision
	for _, e := range Effective(earlier) {
		switch {
		case e.Verb != Approve:
			voices = nil // what was put off or refused since is asked anew
		case e.Revision == revision && e.Hash == hash:
			voices = append(voices, e)
		}
	}
	return voices
}

// HasVoted reports whether one of the approvals is an editor's voice, or was said by
// them.
func HasVoted(voices []Decision, who message.Address) bool {
	return slices.ContainsFunc(voices, func(d Decision) bool { return d.Editor.Equal(who) || d.Speaker().Equal(who) })
}

// Decide says how an item stands after an editor's decision, given the decisions
// already taken on it. A pending item that lacks approvals stays so, and an
// approved one keeps its approved revision until a newer one has them all.
func Decide(it item.Item, earlier []Decision, d Decision, rules Rules) (Status, error) {
	now := StatusOf(it)
	corrected := Corrected(it, earlier)
	if !Open(it.State) && !corrected {
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
	own := it.Sender.Address.Equal(d.Editor) || it.Sender.Address.Equal(d.Speaker())
	if own && !rules.SelfApproval {
		return now, ErrOwnItem
	}
	voices := Votes(earlier, d.Revision, d.Hash)
	if HasVoted(voices, d.Editor) || HasVoted(voices, d.Speaker()) {
		return now, ErrRepeated
	}
	if len(voices)+1 < rules.QuorumOf(it.Current.Section) {
		return now, nil
	}
	return Status{item.Approved, it.Current.Number}, nil
}

// TakeBack says which decision of an editor's on an item is taken back, and how
// the item then stands. section is that of its approved revision, by which its quorum
// goes: a later revision may stand in another.
func TakeBack(it item.Item, section string, all []Decision, who message.Address, now time.Time, rules Rules) (Decision, Status, error) {
	stands := StatusOf(it)
	decisions := Effective(all)
	last := -1
	for i, d := range decisions {
		if d.Speaker().Equal(who) && (d.Verb == Approve || d.Verb == Reject || d.Verb == Defer) {
			last = i
		}
	}
	if last < 0 {
		return Decision{}, stands, ErrNothingToUndo
	}
	mine, since := decisions[last], decisions[last+1:]
	gone := it.State == item.Published || it.State == item.Withdrawn
	if gone || now.Sub(mine.At) > rules.Undo || mine.Before.State == "" {
		return mine, stands, ErrTooLate
	}
	if mine.Verb != Approve {
		// The revision is still the one that was decided on, and nobody else spoke.
		moved := stands != mine.Before && stands != Status{State: moves[mine.Verb].to}
		if moved || len(since) > 0 || it.Current.Number != mine.Revision {
			return mine, stands, ErrSettled
		}
		return mine, mine.Before, nil
	}
	for _, d := range since {
		if d.Verb != Approve {
			return mine, stands, ErrSettled
		}
	}
	if it.Approved != mine.Revision {
		if it.Approved > mine.Revision || !Open(it.State) && it.State != item.Approved {
			return mine, stands, ErrSettled
		}
		return mine, stands, nil // it had not decided anything yet
	}
	voices := Votes(all, mine.Revision, mine.Hash)
	last = len(voices) - 1
	if last < 0 || last >= rules.QuorumOf(section) || voices[last].How == HowCommand {
		return mine, stands, nil
	}
	return mine, voices[last].Before, nil
}
