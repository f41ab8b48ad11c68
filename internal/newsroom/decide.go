package newsroom

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

func itoa(n int) string { return strconv.Itoa(n) }

// frozen reports an item of an issue that is being sent or was sent.
func (s *Service) frozen(v View, it item.Item) (bool, error) {
	if it.Issue == 0 {
		return false, nil
	}
	is, err := v.Issue(issue.ID(it.Issue))
	return is.State.Frozen(), err
}

// Decide records an editor's decision on an item, tells the contributor, and returns the
// item's new status. It returns the errors of editorial.Decide without effects.
func (s *Service) Decide(v View, d editorial.Decision) (Effects, editorial.Status, error) {
	it, err := v.Item(d.Item)
	if err != nil {
		return nil, editorial.Status{}, err
	}
	fx, to, err := s.decideOn(v, it, d)
	if err != nil {
		return nil, to, err
	}
	letters, err := s.tellOutcome(v, it, to, d)
	return append(fx, letters...), to, err
}

// decideOn decides on an item as given, which may have a revision that the same act adds.
// It tells nobody.
func (s *Service) decideOn(v View, it item.Item, d editorial.Decision) (Effects, editorial.Status, error) {
	if frozen, err := s.frozen(v, it); err != nil {
		return nil, editorial.Status{}, err
	} else if frozen {
		return nil, editorial.StatusOf(it), editorial.ErrSettled
	}
	earlier, err := v.Decisions(it.ID)
	if err != nil {
		return nil, editorial.Status{}, err
	}
	to, err := editorial.Decide(it, earlier, d, s.Rules)
	if err != nil {
		return nil, to, err
	}
	d.Before = editorial.StatusOf(it)
	moved, err := s.move(v, it, to, d.At)
	return append(Effects{AddDecision{d}}, moved...), to, err
}

// Override carries out a decision of the operator at the command line. It allows the same
// moves without a quorum, also on a decided item until its issue is frozen. It approves
// only the current revision.
func (s *Service) Override(v View, id item.ID, verb editorial.Verb, reason string, now time.Time) (Effects, item.State, error) {
	it, err := v.Item(id)
	if err != nil {
		return nil, "", err
	}
	if frozen, err := s.frozen(v, it); err != nil {
		return nil, "", err
	} else if frozen {
		return nil, it.State, &editorial.MoveError{From: item.Published, Verb: verb}
	}
	to := editorial.Status{State: it.State, Approved: it.Current.Number}
	if verb != editorial.Approve || it.State != item.Approved || it.Approved == it.Current.Number {
		if to.State, err = editorial.Move(it.State, verb); err != nil {
			return nil, it.State, err
		}
		if to.State != item.Approved {
			to.Approved = 0
		}
	}
	d := editorial.Decision{
		Item: it.ID, Revision: it.Current.Number, Hash: it.Current.Hash,
		Editor: s.Operator.Address, Verb: verb, Reason: reason, At: now, How: editorial.HowCommand,
		Before: editorial.StatusOf(it),
	}
	moved, err := s.move(v, it, to, now)
	if err != nil {
		return nil, it.State, err
	}
	letters, err := s.tellOutcome(v, it, to, d)
	return append(append(Effects{AddDecision{d}}, moved...), letters...), to.State, err
}

// UndoInput is a person's order to take back their last decision on an item.
type UndoInput struct {
	Item    item.ID
	Person  message.Mailbox
	For     message.Address // the editor they act for; "" for themselves
	Message int64
	Request int64
	How     string
	At      time.Time
}

// Undo takes back an editor's last decision on an item, asks the editor again, and tells
// the contributor if they were told of the decision. It returns the errors of
// editorial.UndoDecision without effects.
func (s *Service) Undo(v View, in UndoInput) (Effects, editorial.Status, error) {
	it, err := v.Item(in.Item)
	if err != nil {
		return nil, editorial.Status{}, err
	}
	last, to, err := s.Undoable(v, it, in.Person.Address, in.At)
	if err != nil {
		return nil, to, err
	}
	fx := Effects{AddDecision{editorial.Decision{
		Item: it.ID, Revision: last.Revision, Hash: last.Hash, Editor: last.Editor, By: last.By, Verb: editorial.Undo,
		At: in.At, Message: in.Message, Request: in.Request, How: in.How, Before: editorial.StatusOf(it), Undoes: last.ID,
	}}}
	decisions, err := v.Decisions(it.ID)
	if err != nil {
		return nil, to, err
	}
	if it, err = s.restoreToIssue(v, it, decisions, last); err != nil {
		return nil, to, err
	}
	moved, err := s.move(v, it, to, in.At)
	if err != nil {
		return nil, to, err
	}
	fx = append(fx, moved...)
	if to != editorial.StatusOf(it) {
		letters, err := s.tellReopened(v, it, last, in.At)
		if err != nil {
			return nil, to, err
		}
		fx = append(fx, letters...)
	}
	language, err := s.languageOf(v, in.Person.Address)
	if err != nil {
		return nil, to, err
	}
	asked, err := s.Request(v, editorial.Request{
		Purpose: token.Decision, Person: in.Person.Address, For: in.For, Subjects: []editorial.Subject{subject(it)},
		Created: in.At, Expires: in.At.Add(editorial.DecisionLife),
	}, delivery.Letter{
		Kind: delivery.KindRequest, Topic: "undone", To: in.Person, Language: language,
		Message: in.Message, Item: int64(it.ID), Issue: it.Issue, Created: in.At,
		Args: map[string]string{"verb": string(last.Verb), "state": string(to.State)},
	})
	return append(fx, asked...), to, err
}

// Undoable returns the decision on an item that a person may take back at a time, and the
// status that the item then has. It returns the errors of editorial.UndoDecision.
func (s *Service) Undoable(v View, it item.Item, who message.Address, now time.Time) (editorial.Decision, editorial.Status, error) {
	status := editorial.StatusOf(it)
	if frozen, err := s.frozen(v, it); err != nil {
		return editorial.Decision{}, status, err
	} else if frozen {
		return editorial.Decision{}, status, editorial.ErrTooLate
	}
	all, err := v.Decisions(it.ID)
	if err != nil {
		return editorial.Decision{}, status, err
	}
	section := it.Current.Section
	if it.Approved > 0 {
		rev, err := v.Revision(it.ID, it.Approved)
		if err != nil {
			return editorial.Decision{}, status, err
		}
		section = rev.Section
	}
	return editorial.UndoDecision(it, section, all, who, now, s.Rules)
}

// restoreToIssue puts an item back at the end of a closed issue when its removal from that
// issue's plan, or its rejection or deferral while it waited for the issue, is taken back.
// It does nothing once the issue is sent.
func (s *Service) restoreToIssue(v View, it item.Item, all []editorial.Decision, last editorial.Decision) (item.Item, error) {
	waited := last.Before.State == item.Pending && last.Verb != editorial.Approve
	removed := last.Before.State == item.Approved && last.Verb == editorial.Defer
	if it.Issue != 0 || !waited && !removed || last.How == editorial.HowCommand {
		return it, nil
	}
	closed, err := v.IssuesIn(issue.Closed, issue.InProof, issue.Signed)
	if err != nil {
		return it, err
	}
	for _, is := range closed {
		if last.At.Before(is.Closes) || waited && !pendingAtClose(is, it, all) {
			continue
		}
		others, err := v.ItemsIn(is.ID)
		if err != nil {
			return it, err
		}
		it.Issue, it.Position = int64(is.ID), 1
		for _, o := range others {
			it.Position = max(it.Position, o.Position+1)
		}
		if waited {
			it.Position = 0
		}
	}
	return it, nil
}

// pendingAtClose reports an item that waited for a decision when an issue closed. An item
// that was deferred before waits for the next issue.
func pendingAtClose(is issue.Issue, it item.Item, all []editorial.Decision) bool {
	return it.Received.Before(is.Closes) && !slices.ContainsFunc(editorial.Effective(all), func(d editorial.Decision) bool {
		return d.Verb == editorial.Defer && d.At.Before(is.Closes)
	})
}

// move changes an item's status with all that follows: an approval adds the revision's
// events to the agenda and schedules their reminders, the loss of it cancels them. Both
// void a proof that shows the item.
func (s *Service) move(v View, it item.Item, to editorial.Status, now time.Time) (Effects, error) {
	if to == editorial.StatusOf(it) {
		return nil, nil
	}
	var fx Effects
	switch {
	case to.State == item.Approved && it.State == item.Approved:
		fx = Effects{ApproveRevision{Item: it.ID, Revision: to.Approved}}
	case to.State == item.Approved || editorial.IsOpen(to.State) && to.State != item.Deferred:
		// An item that waits for a closed issue, such as its editorial, stays in it.
		fx = Effects{MoveItem{Item: it.ID, State: to.State, Approved: to.Approved, Issue: issue.ID(it.Issue), Position: it.Position}}
	default:
		fx = Effects{MoveItem{Item: it.ID, State: to.State, Approved: to.Approved}}
	}
	if to.State == item.Approved {
		rev := it.Current
		if to.Approved != rev.Number {
			var err error
			if rev, err = v.Revision(it.ID, to.Approved); err != nil {
				return nil, err
			}
		}
		announced, err := s.announce(v, it.ID, rev, now)
		if err != nil {
			return nil, err
		}
		fx = append(fx, announced...)
	} else if it.State == item.Approved {
		fx = append(fx, CancelEvents{it.ID})
	}
	if it.State == item.Pending {
		again, err := s.scheduleProof(v, it, now)
		if err != nil {
			return nil, err
		}
		fx = append(fx, again...)
	}
	if it.State != item.Approved && to.State != item.Approved {
		return fx, nil
	}
	void, err := s.voidProofsShowing(v, it, now)
	return append(fx, void...), err
}

// voidProofsShowing voids the proofs that are wrong after a change of an item: that of its
// own issue, and those whose agenda prints one of its events. Only one of several items
// that tell of the same event is printed.
func (s *Service) voidProofsShowing(v View, it item.Item, now time.Time) (Effects, error) {
	issues, err := v.IssuesIn(issue.InProof, issue.Signed)
	if err != nil {
		return nil, err
	}
	events := it.Current.Events
	if it.Approved > 0 && it.Approved != it.Current.Number {
		rev, err := v.Revision(it.ID, it.Approved)
		if err != nil {
			return nil, err
		}
		events = slices.Concat(events, rev.Events)
	}
	var fx Effects
	for _, is := range issues {
		shows := it.Issue == int64(is.ID)
		// A newly approved item comes after the one that is printed.
		if !shows && len(events) > 0 && it.State == item.Approved {
			c, err := s.Content(v, is.ID)
			if err != nil {
				return nil, err
			}
			shows = slices.ContainsFunc(slices.Concat(c.Internal, c.External), func(e issue.Entry) bool {
				return slices.ContainsFunc(events, func(o agenda.Event) bool { return agenda.SameEvent(e.Event, o) })
			})
		}
		if !shows {
			continue
		}
		void, err := s.voidProof(v, is.ID, now)
		if err != nil {
			return nil, err
		}
		fx = append(fx, void...)
	}
	return fx, nil
}

// tellReopened tells a contributor that a decision no longer holds, if they were told of it.
func (s *Service) tellReopened(v View, it item.Item, last editorial.Decision, now time.Time) (Effects, error) {
	key := fmt.Sprintf("your-reopened/%d/%d", it.ID, last.ID)
	return s.tellOnce(v, it, "your-reopened", key, editorial.Decision{Editor: last.Editor, At: now})
}
