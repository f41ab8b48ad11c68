package newsroom

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/item"
)

var (
	// ErrNotSigned reports an issue that nobody signed.
	ErrNotSigned = errors.New("the issue is not signed")
	// ErrIssueChanged reports an issue or event that changed since it was rendered or signed.
	ErrIssueChanged = errors.New("the issue was changed meanwhile")
	// ErrIssueEmpty reports an issue without items.
	ErrIssueEmpty = errors.New("the issue holds nothing")
	// ErrWrongState reports an act that the issue's state does not allow.
	ErrWrongState = errors.New("the issue's state does not allow it")
)

// Open ensures that there is an open issue and that its calls are scheduled, also those that
// were configured after it opened.
func (s *Service) Open(v View, now time.Time) (Effects, error) {
	open, err := v.IssuesIn(issue.Open)
	if err != nil {
		return nil, err
	}
	if len(open) > 0 {
		return s.planCalls(open[0], now), nil
	}
	return s.open(v, now)
}

func (s *Service) open(v View, now time.Time) (Effects, error) {
	is, err := s.Calendar.Next(now)
	if err != nil {
		return nil, err
	}
	id, err := v.Next(SeqIssue)
	if err != nil {
		return nil, err
	}
	is.ID = issue.ID(id)
	return append(Effects{
		AddIssue{is},
		AddDue{Due{Key: fmt.Sprintf("close/%d", id), Kind: DueClose, Ref: id, At: is.Closes}},
	}, s.planCalls(is, now)...), nil
}

// Close closes an issue and opens the next one. The approved items form the issue, ordered by
// section and then by arrival. Pending items belong to it too, in case they are approved
// before it is sent; the editors are asked about them at once. Held items wait for the next
// issue. Deferred items become pending for the next issue.
func (s *Service) Close(v View, id issue.ID, now time.Time) (Effects, error) {
	is, err := v.Issue(id)
	if err != nil || is.State != issue.Open {
		return nil, err
	}
	approved, err := v.ItemsIn(0, item.Approved)
	if err != nil {
		return nil, err
	}
	fx := Effects{MoveIssue{id, issue.Closed}}
	rank := map[item.ID]int{}
	for _, it := range approved {
		rev, err := v.Revision(it.ID, it.Approved)
		if err != nil {
			return nil, err
		}
		if rank[it.ID] = slices.Index(s.sections(), rev.Section); rank[it.ID] < 0 {
			rank[it.ID] = len(s.Sections)
		}
	}
	slices.SortStableFunc(approved, func(a, b item.Item) int { return cmp.Compare(rank[a.ID], rank[b.ID]) })
	for i, it := range approved {
		fx = append(fx, MoveItem{Item: it.ID, State: item.Approved, Approved: it.Approved, Issue: id, Position: i + 1})
	}
	pending, err := v.ItemsIn(0, item.Pending)
	if err != nil {
		return nil, err
	}
	for i := range pending {
		pending[i].Issue = int64(id)
		fx = append(fx, MoveItem{Item: pending[i].ID, State: item.Pending, Issue: id})
	}
	fx = append(fx,
		AddDue{Due{Key: fmt.Sprintf("proof/%d", id), Kind: DueProof, Ref: int64(id), At: is.Proofs}},
		AddDue{Due{Key: fmt.Sprintf("send/%d", id), Kind: DueSend, Ref: int64(id), At: is.Sends}})
	next, err := s.open(v, is.Closes)
	if err != nil {
		return nil, err
	}
	fx = append(fx, next...)
	plans, err := s.sendPlans(v, id, approved, now)
	if err != nil {
		return nil, err
	}
	fx = append(fx, plans...)
	for i := range approved {
		approved[i].Issue = int64(id)
	}
	waits, err := s.undecided(v, slices.Concat(approved, pending))
	if err != nil {
		return nil, err
	}
	asked, err := s.requestLists(v, waits, topicClosing, id, now)
	if err != nil {
		return nil, err
	}
	fx = append(fx, asked...)
	deferred, err := v.ItemsIn(0, item.Deferred)
	if err != nil {
		return nil, err
	}
	for i := range deferred {
		deferred[i].State = item.Pending
		fx = append(fx, MoveItem{Item: deferred[i].ID, State: item.Pending})
	}
	if waits, err = s.undecided(v, deferred); err != nil {
		return nil, err
	}
	asked, err = s.requestLists(v, waits, topicList, 0, now)
	return append(fx, asked...), err
}

// Send turns a signed issue into a mailing. An issue that changed since it was signed goes
// back to proof.
func (s *Service) Send(v View, id issue.ID, now time.Time) (Effects, error) {
	is, err := v.Issue(id)
	if err != nil {
		return nil, err
	}
	if is.State == issue.Sending || is.State == issue.Sent || is.State == issue.Cancelled {
		return nil, ErrWrongState
	}
	if is.State != issue.Signed {
		return nil, ErrNotSigned
	}
	p, valid, err := v.Proof(id)
	if err != nil {
		return nil, err
	}
	if !valid {
		return nil, ErrNotSigned
	}
	if err := s.unchanged(v, is, p); errors.Is(err, ErrIssueChanged) {
		return s.voidProof(v, id, now)
	} else if err != nil {
		return nil, err
	}
	editions, err := v.Editions(p.ID)
	if err != nil {
		return nil, err
	}
	items, err := v.ItemsIn(id, item.Approved)
	if err != nil {
		return nil, err
	}
	mailing, err := v.Next(SeqMailing)
	if err != nil {
		return nil, err
	}
	fx := Effects{MoveIssue{id, issue.Sending}}
	released, err := s.releaseItems(v, id, item.Pending, item.Held)
	if err != nil {
		return nil, err
	}
	fx = append(fx, released...)
	for i, it := range items {
		fx = append(fx, MoveItem{Item: it.ID, State: item.Published, Approved: it.Approved, Issue: id, Position: i + 1})
	}
	letters, err := s.tellPublished(v, id, items, now)
	if err != nil {
		return nil, err
	}
	late, err := s.tellUndecidedChanges(v, id, items, now)
	if err != nil {
		return nil, err
	}
	fx = append(fx, late...)
	return append(append(fx, letters...), CreateMailing{Mailing: delivery.Mailing{
		ID: delivery.MailingID(mailing), Kind: delivery.KindIssue, Key: fmt.Sprintf("issue/%d", id), Issue: int64(id),
		Segments: s.Segments, Created: now, Expires: now.Add(delivery.IssueLife),
	}, Editions: editions, Internal: s.Internal}), nil
}

// SendDue runs at the sending hour. It sends a signed issue. It reminds the editors of an
// unsigned one each day until the grace period is over, and tells the operator.
func (s *Service) SendDue(v View, id issue.ID, now time.Time) (Effects, error) {
	is, err := v.Issue(id)
	if err != nil {
		return nil, err
	}
	switch is.State {
	case issue.Signed:
		if now.After(is.Grace) {
			return s.TellOperator(v, "signed-late", now, map[string]string{"issue": fmt.Sprint(id)})
		}
		return s.Send(v, id, now)
	case issue.Closed, issue.InProof:
		return s.remindUnsigned(v, is, now)
	default:
		return nil, nil
	}
}

// Cancel stops an issue for good, on the operator's command or because it is empty. Its items
// wait for the next closing, unless somebody may have received the issue already.
func (s *Service) Cancel(v View, id issue.ID, now time.Time) (Effects, error) {
	is, err := v.Issue(id)
	if err != nil {
		return nil, err
	}
	if is.State == issue.Sent || is.State == issue.Cancelled || is.State == issue.Open {
		return nil, ErrWrongState
	}
	fx := Effects{MoveIssue{id, issue.Cancelled}}
	if is.State == issue.Sending {
		fx = append(fx, CancelMailings{id, now})
		if sent, err := v.AnySent(id); err != nil || sent {
			return fx, err
		}
		// Nobody has received it: its items go into the next issue.
		items, err := v.ItemsIn(id, item.Published)
		for _, it := range items {
			fx = append(fx, MoveItem{Item: it.ID, State: item.Approved, Approved: it.Approved})
		}
		return fx, err
	}
	if p, valid, err := v.Proof(id); err != nil {
		return nil, err
	} else if valid {
		fx = append(fx, VoidProof{p.ID, now})
	}
	released, err := s.releaseItems(v, id, item.Approved, item.Pending, item.Held)
	return append(fx, released...), err
}

// releaseItems takes items out of an issue; they wait for the next one that closes.
func (s *Service) releaseItems(v View, id issue.ID, states ...item.State) (Effects, error) {
	items, err := v.ItemsIn(id, states...)
	if err != nil {
		return nil, err
	}
	var fx Effects
	for _, it := range items {
		fx = append(fx, MoveItem{Item: it.ID, State: it.State, Approved: it.Approved})
	}
	return fx, nil
}
