package newsroom

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/token"
)

var (
	// ErrUnsigned reports an issue that nobody signed.
	ErrUnsigned = errors.New("the issue is not signed")
	// ErrChanged reports an issue that is no longer what was laid out or signed.
	ErrChanged = errors.New("the issue was changed meanwhile")
	// ErrEmpty reports an issue with nothing in it.
	ErrEmpty = errors.New("the issue holds nothing")
	// ErrState reports an act that the issue's state does not allow.
	ErrState = errors.New("the issue's state does not allow it")
)

// Open sees to it that there is an open issue.
func (r *Room) Open(v View, now time.Time) (Effects, error) {
	open, err := v.IssuesIn(issue.Open)
	if err != nil || len(open) > 0 {
		return nil, err
	}
	return r.open(v, now)
}

func (r *Room) open(v View, now time.Time) (Effects, error) {
	is, err := r.Calendar.Next(now)
	if err != nil {
		return nil, err
	}
	id, err := v.Next(Issue)
	if err != nil {
		return nil, err
	}
	is.ID = issue.ID(id)
	return Effects{
		AddIssue{is},
		AddDue{Due{Key: fmt.Sprintf("close/%d", id), Kind: DueClose, Ref: id, At: is.Closes}},
	}, nil
}

// Close ends the taking in: the approved items make the issue, in the order of
// their sections and then of their arrival, and the next issue opens. Items
// that were deferred are asked about again.
func (r *Room) Close(v View, id issue.ID, now time.Time) (Effects, error) {
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
		if rank[it.ID] = slices.Index(r.sections(), rev.Section); rank[it.ID] < 0 {
			rank[it.ID] = len(r.Sections)
		}
	}
	slices.SortStableFunc(approved, func(a, b item.Item) int { return cmp.Compare(rank[a.ID], rank[b.ID]) })
	for i, it := range approved {
		fx = append(fx, MoveItem{Item: it.ID, State: item.Approved, Approved: it.Approved, Issue: id, Position: i + 1})
	}
	fx = append(fx,
		AddDue{Due{Key: fmt.Sprintf("proof/%d", id), Kind: DueProof, Ref: int64(id), At: is.Proofs}},
		AddDue{Due{Key: fmt.Sprintf("send/%d", id), Kind: DueSend, Ref: int64(id), At: is.Sends}})
	next, err := r.open(v, is.Closes)
	if err != nil {
		return nil, err
	}
	fx = append(fx, next...)
	deferred, err := v.ItemsIn(0, item.Deferred)
	if err != nil {
		return nil, err
	}
	for _, it := range deferred {
		it.State = item.Pending
		asked, err := r.ask(v, it, now)
		if err != nil {
			return nil, err
		}
		fx = append(append(fx, MoveItem{Item: it.ID, State: item.Pending}), asked...)
	}
	return fx, nil
}

// Content lays the issue out as it stands now. Its agenda has the events of its
// own items, and those of earlier issues that are still to come when it is sent.
func (r *Room) Content(v View, id issue.ID) (issue.Content, error) {
	is, err := v.Issue(id)
	if err != nil {
		return issue.Content{}, err
	}
	holds, own := id, map[item.ID]bool{}
	if is.State == issue.Open {
		holds = 0
	}
	items, err := v.ItemsIn(holds, item.Approved, item.Published)
	if err != nil {
		return issue.Content{}, err
	}
	var pieces []issue.Piece
	for _, it := range items {
		rev, err := v.Revision(it.ID, it.Approved)
		if err != nil {
			return issue.Content{}, err
		}
		own[it.ID] = true
		pieces = append(pieces, issue.Piece{Item: it.ID, Hash: rev.Hash, Content: rev.Content})
	}
	events, err := v.EventsFrom(agenda.DateOf(is.Period.Begin(r.Location)))
	if err != nil {
		return issue.Content{}, err
	}
	sending := agenda.DateOf(is.Sends.In(r.Location))
	var entries []issue.Entry
	for i, e := range events {
		if e.Cancelled || covered(events, i) {
			continue
		}
		if own[e.Item] || anyOwn(events, e, own) {
			entries = append(entries, e)
			continue
		}
		it, err := v.Item(e.Item)
		if err != nil {
			return issue.Content{}, err
		}
		if it.State == item.Published && it.Issue < int64(id) && !e.Event.End.Before(sending) {
			entries = append(entries, e)
		}
	}
	team := make([]issue.Member, len(r.Editors))
	for i, e := range r.Editors {
		team[i] = issue.Member{Name: e.Name, Title: e.Title}
	}
	return issue.Compose(is, r.sections(), pieces, entries, string(r.Address.Address), team), nil
}

// covered says whether an event is announced by an earlier one, which is not
// cancelled: several items may tell of the same event.
func covered(events []issue.Entry, i int) bool {
	for _, k := range events {
		if k.ID < events[i].ID && !k.Cancelled && agenda.Same(k.Event, events[i].Event) {
			return true
		}
	}
	return false
}

// anyOwn says whether an item of the issue tells of the same event.
func anyOwn(events []issue.Entry, e issue.Entry, own map[item.ID]bool) bool {
	for _, k := range events {
		if own[k.Item] && !k.Cancelled && agenda.Same(k.Event, e.Event) {
			return true
		}
	}
	return false
}

// ProposeDue is the proof's hour: Propose, unless a proof of the very same is
// before the editors already.
func (r *Room) ProposeDue(v View, content issue.Content, editions []issue.Edition, now time.Time) (Effects, error) {
	p, standing, err := v.Proof(content.Issue)
	if err != nil || standing && p.Hash == issue.EditionsHash(content, editions) {
		return nil, err
	}
	return r.Propose(v, content, editions, now)
}

// Propose lays a proof before the editors: the editions rendered from a
// content, which must still be the issue's, else ErrChanged.
func (r *Room) Propose(v View, content issue.Content, editions []issue.Edition, now time.Time) (Effects, error) {
	is, err := v.Issue(content.Issue)
	if err != nil {
		return nil, err
	}
	if is.State != issue.Closed && is.State != issue.InProof && is.State != issue.Signed {
		return nil, nil
	}
	current, err := r.Content(v, is.ID)
	if err != nil {
		return nil, err
	}
	if current.Hash() != content.Hash() {
		return nil, ErrChanged
	}
	if content.Empty() {
		return r.abandon(v, is, now)
	}
	var fx Effects
	if old, standing, err := v.Proof(is.ID); err != nil {
		return nil, err
	} else if standing {
		fx = append(fx, VoidProof{old.ID, now})
	}
	id, err := v.Next(Proof)
	if err != nil {
		return nil, err
	}
	p := editorial.Proof{ID: id, Issue: int64(is.ID), Hash: issue.EditionsHash(content, editions), Created: now}
	fx = append(fx, AddProof{p, editions}, MoveIssue{is.ID, issue.InProof})
	asked, err := r.askToSign(v, is, p, now, "proof")
	return append(fx, asked...), err
}

func (r *Room) askToSign(v View, is issue.Issue, p editorial.Proof, now time.Time, topic string) (Effects, error) {
	var fx Effects
	for _, e := range r.Editors {
		asked, err := r.request(v, editorial.Request{
			Purpose: token.Proof, Person: e.Address, Issue: p.Issue, Proof: p.ID, Hash: p.Hash,
			Created: now, Expires: now.Add(editorial.ProofLife),
		}, delivery.Letter{
			Kind: delivery.KindProof, Topic: topic, To: e.Mailbox, Language: r.Language(e.Language),
			Issue: p.Issue, Created: now,
		})
		if err != nil {
			return nil, err
		}
		fx = append(fx, asked...)
	}
	return fx, nil
}

// abandon cancels an issue that holds nothing, and says so.
func (r *Room) abandon(v View, is issue.Issue, now time.Time) (Effects, error) {
	fx := Effects{MoveIssue{is.ID, issue.Cancelled}}
	told, err := r.tellEditors(v, delivery.Letter{
		Kind: delivery.KindNotice, Topic: "issue-empty", Issue: int64(is.ID), Created: now,
	})
	return append(fx, told...), err
}

// void ends the standing proof of an issue that changed, and has a new one made.
func (r *Room) void(v View, id issue.ID, now time.Time) (Effects, error) {
	is, err := v.Issue(id)
	if err != nil || (is.State != issue.InProof && is.State != issue.Signed) {
		return nil, err
	}
	old, standing, err := v.Proof(id)
	if err != nil || !standing {
		return nil, err
	}
	fx := Effects{
		VoidProof{old.ID, now},
		MoveIssue{id, issue.Closed},
		AddDue{Due{Key: fmt.Sprintf("proof/%d/after/%d", id, old.ID), Kind: DueProof, Ref: int64(id), At: now}},
	}
	if !now.Before(is.Sends) {
		// The sending hour is past and will not remind of the new proof.
		fx = append(fx, AddDue{Due{
			Key: fmt.Sprintf("unsigned/%d/after/%d", id, old.ID), Kind: DueUnsigned, Ref: int64(id), At: now.Add(24 * time.Hour),
		}})
	}
	return fx, nil
}

// Sign does what an editor who signs a proof asks for. Signed by the quorum, the
// issue is sent at its hour, or at once if that is past and grace is not.
func (r *Room) Sign(v View, q editorial.Request, s editorial.Signature) (fx Effects, complete bool, err error) {
	is, err := v.Issue(issue.ID(q.Issue))
	if err != nil {
		return nil, false, err
	}
	p, standing, err := v.Proof(is.ID)
	if err != nil {
		return nil, false, err
	}
	if is.State != issue.InProof {
		if is.State == issue.Closed || is.State == issue.Cancelled {
			return nil, false, editorial.ErrVoid
		}
		return nil, false, editorial.ErrSigned
	}
	if !standing || p.ID != q.Proof {
		return nil, false, editorial.ErrVoid
	}
	if err := r.unchanged(v, is, p); err != nil {
		if errors.Is(err, ErrChanged) {
			fx, verr := r.void(v, is.ID, s.At)
			return fx, false, errors.Join(editorial.ErrVoid, verr)
		}
		return nil, false, err
	}
	earlier, err := v.Signatures(p.ID)
	if err != nil {
		return nil, false, err
	}
	s.Proof, s.Hash = p.ID, q.Hash
	complete, err = editorial.Endorse(p, earlier, s, r.Rules)
	if err != nil {
		return nil, false, err
	}
	fx = Effects{AddSignature{s}}
	if complete {
		fx = append(fx, MoveIssue{is.ID, issue.Signed})
		switch {
		case s.At.Before(is.Sends):
		case s.At.Before(is.Grace):
			fx = append(fx, AddDue{Due{Key: fmt.Sprintf("send/%d/late/%d", is.ID, p.ID), Kind: DueSend, Ref: int64(is.ID), At: s.At}})
		default:
			told, err := r.TellOperator(v, "signed-late", s.At, map[string]string{"issue": fmt.Sprint(is.ID)})
			if err != nil {
				return nil, false, err
			}
			fx = append(fx, told...)
		}
	}
	return fx, complete, nil
}

// unchanged says whether the issue still is what its proof shows, ErrChanged if not.
func (r *Room) unchanged(v View, is issue.Issue, p editorial.Proof) error {
	content, err := r.Content(v, is.ID)
	if err != nil {
		return err
	}
	editions, err := v.Editions(p.ID)
	if err != nil {
		return err
	}
	if issue.EditionsHash(content, editions) != p.Hash {
		return ErrChanged
	}
	return nil
}

// Send freezes a signed issue: from here on it is a mailing. An issue that
// changed since it was signed is put back to proof.
func (r *Room) Send(v View, id issue.ID, now time.Time) (Effects, error) {
	is, err := v.Issue(id)
	if err != nil {
		return nil, err
	}
	if is.State == issue.Sending || is.State == issue.Sent || is.State == issue.Cancelled {
		return nil, ErrState
	}
	if is.State != issue.Signed {
		return nil, ErrUnsigned
	}
	p, standing, err := v.Proof(id)
	if err != nil {
		return nil, err
	}
	if !standing {
		return nil, ErrUnsigned
	}
	if err := r.unchanged(v, is, p); errors.Is(err, ErrChanged) {
		return r.void(v, id, now)
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
	mailing, err := v.Next(MailingN)
	if err != nil {
		return nil, err
	}
	fx := Effects{MoveIssue{id, issue.Sending}}
	for i, it := range items {
		fx = append(fx, MoveItem{Item: it.ID, State: item.Published, Approved: it.Approved, Issue: id, Position: i + 1})
	}
	return append(fx, Freeze{delivery.Mailing{
		ID: delivery.MailingID(mailing), Kind: delivery.KindIssue, Key: fmt.Sprintf("issue/%d", id), Issue: int64(id),
		Segments: r.Segments, Created: now, Expires: now.Add(delivery.IssueLife),
	}, editions}), nil
}

// SendDue is the sending hour: a signed issue is sent; of an unsigned one the
// editors are reminded each day until grace is over, and the operator is told.
func (r *Room) SendDue(v View, id issue.ID, now time.Time) (Effects, error) {
	is, err := v.Issue(id)
	if err != nil {
		return nil, err
	}
	switch is.State {
	case issue.Signed:
		if now.After(is.Grace) {
			return r.TellOperator(v, "signed-late", now, map[string]string{"issue": fmt.Sprint(id)})
		}
		return r.Send(v, id, now)
	case issue.Closed, issue.InProof:
		return r.unsigned(v, is, now)
	}
	return nil, nil
}

// Unsigned is the daily reminder of a proof that still waits.
func (r *Room) Unsigned(v View, id issue.ID, now time.Time) (Effects, error) {
	is, err := v.Issue(id)
	if err != nil || (is.State != issue.InProof && is.State != issue.Closed) {
		return nil, err
	}
	return r.unsigned(v, is, now)
}

// proofRest is how long after a proof nobody is reminded of it.
const proofRest = 12 * time.Hour

func (r *Room) unsigned(v View, is issue.Issue, now time.Time) (Effects, error) {
	over := !now.Before(is.Grace)
	topic := "unsigned"
	if over {
		topic = "grace-over"
	}
	p, standing, err := v.Proof(is.ID)
	if err != nil {
		return nil, err
	}
	var fx Effects
	// After a long downtime the proof may have gone out a moment ago.
	if !standing || over || now.Sub(p.Created) > proofRest {
		if fx, err = r.TellOperator(v, topic, now, map[string]string{"issue": fmt.Sprint(is.ID)}); err != nil {
			return nil, err
		}
		if standing {
			asked, err := r.askToSign(v, is, p, now, "proof-again")
			if err != nil {
				return nil, err
			}
			fx = append(fx, asked...)
		}
	}
	if over {
		return fx, nil
	}
	local := now.In(r.Location)
	sends := is.Sends.In(r.Location)
	next := time.Date(local.Year(), local.Month(), local.Day()+1, sends.Hour(), sends.Minute(), 0, 0, r.Location)
	if next.After(is.Grace) {
		next = is.Grace
	}
	return append(fx, AddDue{Due{
		Key: fmt.Sprintf("unsigned/%d/%s", is.ID, next.Format(time.RFC3339)), Kind: DueUnsigned, Ref: int64(is.ID), At: next,
	}}), nil
}

// Cancel is the operator's word that an issue will not be sent, or no further.
// Its items go back to wait for the next closing, unless it was already frozen.
func (r *Room) Cancel(v View, id issue.ID, now time.Time) (Effects, error) {
	is, err := v.Issue(id)
	if err != nil {
		return nil, err
	}
	if is.State == issue.Sent || is.State == issue.Cancelled || is.State == issue.Open {
		return nil, ErrState
	}
	fx := Effects{MoveIssue{id, issue.Cancelled}}
	if is.State == issue.Sending {
		return append(fx, CancelMailings{id, now}), nil
	}
	if p, standing, err := v.Proof(id); err != nil {
		return nil, err
	} else if standing {
		fx = append(fx, VoidProof{p.ID, now})
	}
	items, err := v.ItemsIn(id, item.Approved)
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		fx = append(fx, MoveItem{Item: it.ID, State: item.Approved, Approved: it.Approved})
	}
	return fx, nil
}
