package newsroom

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// ProposeDue is the proof's hour: Propose, unless a proof of the very same is
// before the editors already.
func (s *Service) ProposeDue(v View, content issue.Content, editions []issue.Edition, now time.Time) (Effects, error) {
	p, valid, err := v.Proof(content.Issue)
	if err != nil || valid && p.Hash == issue.EditionsHash(content, editions) {
		return nil, err
	}
	return s.Propose(v, content, editions, now)
}

// proofUpToDate says whether the proof that is before the editors shows the issue as it
// is. Rendering it again would tell no more, and several decisions at once each plan one.
func (s *Service) proofUpToDate(v View, id issue.ID) (bool, error) {
	is, err := v.Issue(id)
	if err != nil {
		return false, err
	}
	p, valid, err := v.Proof(id)
	if err != nil || !valid {
		return false, err
	}
	if err = s.unchanged(v, is, p); errors.Is(err, ErrIssueChanged) {
		return false, nil
	}
	return err == nil, err
}

// Propose lays a proof before the editors: the editions rendered from a
// content, which must still be the issue's, else ErrIssueChanged.
func (s *Service) Propose(v View, content issue.Content, editions []issue.Edition, now time.Time) (Effects, error) {
	is, err := v.Issue(content.Issue)
	if err != nil {
		return nil, err
	}
	if is.State != issue.Closed && is.State != issue.InProof && is.State != issue.Signed {
		return nil, nil
	}
	current, err := s.Content(v, is.ID)
	if err != nil {
		return nil, err
	}
	if current.Hash() != content.Hash() {
		return nil, ErrIssueChanged
	}
	if content.Empty() {
		if fx, waits, err := s.keepEmptyIssue(v, is, now); err != nil || waits {
			return fx, err
		}
		return s.cancelEmpty(v, is, now)
	}
	var fx Effects
	if old, valid, err := v.Proof(is.ID); err != nil {
		return nil, err
	} else if valid {
		fx = append(fx, VoidProof{old.ID, now})
	}
	id, err := v.Next(SeqProof)
	if err != nil {
		return nil, err
	}
	p := editorial.Proof{ID: id, Issue: int64(is.ID), Hash: issue.EditionsHash(content, editions), Created: now}
	fx = append(fx, AddProof{p, editions}, MoveIssue{is.ID, issue.InProof})
	topic := "proof"
	if _, again, err := v.Voided(is.ID); err != nil {
		return nil, err
	} else if again || len(fx) > 2 {
		topic = topicNewProof
	}
	asked, err := s.requestSignatures(v, is, p, now, topic)
	return append(fx, asked...), err
}

// requestSignatures lays a proof before those who have not signed it.
func (s *Service) requestSignatures(v View, is issue.Issue, p editorial.Proof, now time.Time, topic string) (Effects, error) {
	var fx Effects
	people, err := s.deciders(v, now)
	if err != nil {
		return nil, err
	}
	signed, err := v.Signatures(p.ID)
	if err != nil {
		return nil, err
	}
	for _, decider := range people {
		if slices.ContainsFunc(signed, func(sig editorial.Signature) bool {
			return sig.Editor.Equal(decider.actsFor()) || sig.Signer().Equal(decider.Address)
		}) {
			continue
		}
		asked, err := s.Request(v, editorial.Request{
			Purpose: token.Proof, Person: decider.Address, For: decider.For, Issue: p.Issue, Proof: p.ID, Hash: p.Hash,
			Created: now, Expires: now.Add(editorial.ProofLife),
		}, delivery.Letter{
			Kind: delivery.KindProof, Topic: topic, To: decider.Mailbox, Language: decider.Language,
			Issue: p.Issue, Created: now,
		})
		if err != nil {
			return nil, err
		}
		fx = append(fx, asked...)
	}
	return fx, nil
}

// cancelEmpty cancels an issue that holds nothing, and says so. What was to stand in
// it and is not approved waits for the next.
func (s *Service) cancelEmpty(v View, is issue.Issue, now time.Time) (Effects, error) {
	fx, err := s.Cancel(v, is.ID, now)
	if err != nil {
		return nil, err
	}
	letters, err := s.tellEditors(v, delivery.Letter{
		Kind: delivery.KindNotice, Topic: "issue-empty", Issue: int64(is.ID), Created: now,
	})
	return append(fx, letters...), err
}

// voidProof ends the standing proof of an issue that changed, and has a new one made.
func (s *Service) voidProof(v View, id issue.ID, now time.Time) (Effects, error) {
	is, err := v.Issue(id)
	if err != nil || (is.State != issue.InProof && is.State != issue.Signed) {
		return nil, err
	}
	old, valid, err := v.Proof(id)
	if err != nil || !valid {
		return nil, err
	}
	at, err := s.proofAt(v, now)
	if err != nil {
		return nil, err
	}
	fx := Effects{
		VoidProof{old.ID, now},
		MoveIssue{id, issue.Closed},
		AddDue{Due{Key: fmt.Sprintf("proof/%d/after/%d", id, old.ID), Kind: DueProof, Ref: int64(id), At: at}},
	}
	if !now.Before(is.Sends) {
		// The sending hour is past and will not remind of the new proof.
		fx = append(fx, s.scheduleReminder(is, now))
	}
	return fx, nil
}

// maxProofs is how many new proofs in an hour are made at once. Beyond it, what is
// decided within listEvery makes one.
const maxProofs = 3

// proofAt is when an issue that changed gets its new proof.
func (s *Service) proofAt(v View, now time.Time) (time.Time, error) {
	people, err := s.deciders(v, now)
	if err != nil {
		return now, err
	}
	for _, decider := range people {
		n, err := v.LettersQueued(decider.Address, topicNewProof, now.Add(-time.Hour))
		if err != nil {
			return now, err
		}
		if n >= maxProofs {
			return now.Truncate(listInterval).Add(listInterval), nil
		}
	}
	return now, nil
}

// topicNewProof is that of a proof which replaces one.
const topicNewProof = "proof-new"

// Sign does what an editor who signs a proof asks for. Signed by the quorum, the
// issue is sent at its hour, or at once if that is past and grace is not.
//
// What is signed is a proof by its number and the hash that was read.
func (s *Service) Sign(v View, id issue.ID, sig editorial.Signature) (fx Effects, complete bool, err error) {
	is, err := v.Issue(id)
	if err != nil {
		return nil, false, err
	}
	p, valid, err := v.Proof(is.ID)
	if err != nil {
		return nil, false, err
	}
	if is.State != issue.InProof {
		if is.State == issue.Closed || is.State == issue.Cancelled {
			return nil, false, editorial.ErrVoid
		}
		return nil, false, editorial.ErrSigned
	}
	if !valid || p.ID != sig.Proof {
		return nil, false, editorial.ErrVoid
	}
	if err := s.unchanged(v, is, p); err != nil {
		if errors.Is(err, ErrIssueChanged) {
			fx, verr := s.voidProof(v, is.ID, sig.At)
			return fx, false, errors.Join(editorial.ErrVoid, verr)
		}
		return nil, false, err
	}
	earlier, err := v.Signatures(p.ID)
	if err != nil {
		return nil, false, err
	}
	complete, err = editorial.CountSignature(p, earlier, sig, s.Rules)
	if err != nil {
		return nil, false, err
	}
	fx = Effects{AddSignature{sig}}
	if complete {
		fx = append(fx, MoveIssue{is.ID, issue.Signed})
		switch {
		case sig.At.Before(is.Sends):
		case sig.At.Before(is.Grace):
			fx = append(fx, AddDue{Due{Key: fmt.Sprintf("send/%d/late/%d", is.ID, p.ID), Kind: DueSend, Ref: int64(is.ID), At: sig.At}})
		default:
			notice, err := s.TellOperator(v, "signed-late", sig.At, map[string]string{"issue": fmt.Sprint(is.ID)})
			if err != nil {
				return nil, false, err
			}
			fx = append(fx, notice...)
		}
	}
	return fx, complete, nil
}

// unchanged says whether the issue still is what its proof shows, ErrIssueChanged if not:
// its content or, by the configuration, its variants.
func (s *Service) unchanged(v View, is issue.Issue, p editorial.Proof) error {
	content, err := s.Content(v, is.ID)
	if err != nil {
		return err
	}
	editions, err := v.Editions(p.ID)
	if err != nil {
		return err
	}
	if issue.EditionsHash(content, editions) != p.Hash || !slices.Equal(issue.Variants(editions), s.Variants(content)) {
		return ErrIssueChanged
	}
	return nil
}

// Unsigned is the daily reminder of a proof that still waits.
func (s *Service) Unsigned(v View, id issue.ID, now time.Time) (Effects, error) {
	is, err := v.Issue(id)
	if err != nil || (is.State != issue.InProof && is.State != issue.Closed) {
		return nil, err
	}
	return s.remindUnsigned(v, is, now)
}

// reminderDelay is how long after a proof nobody is reminded of it.
const reminderDelay = 12 * time.Hour

func (s *Service) remindUnsigned(v View, is issue.Issue, now time.Time) (Effects, error) {
	over := !now.Before(is.Grace)
	topic := "unsigned"
	if over {
		topic = "grace-over"
	}
	p, valid, err := v.Proof(is.ID)
	if err != nil {
		return nil, err
	}
	if !valid {
		content, err := s.Content(v, is.ID)
		if err != nil {
			return nil, err
		}
		if content.Empty() {
			return s.remindUndecided(v, is, now)
		}
	}
	var fx Effects
	// After a long downtime the proof may have gone out a moment ago.
	if !valid || over || now.Sub(p.Created) > reminderDelay {
		if fx, err = s.TellOperator(v, topic, now, map[string]string{"issue": fmt.Sprint(is.ID)}); err != nil {
			return nil, err
		}
		if valid {
			asked, err := s.requestSignatures(v, is, p, now, "proof-again")
			if err != nil {
				return nil, err
			}
			fx = append(fx, asked...)
		}
	}
	if over {
		return fx, nil
	}
	return append(fx, s.scheduleReminder(is, now)), nil
}

// remindUndecided is the daily reminder of an issue in which nothing is approved yet:
// the editors are asked about what waits, until grace is over or nothing waits.
func (s *Service) remindUndecided(v View, is issue.Issue, now time.Time) (Effects, error) {
	pending, err := s.Undecided(v, is.ID)
	if err != nil {
		return nil, err
	}
	if len(pending) == 0 || !now.Before(is.Grace) {
		return s.cancelEmpty(v, is, now)
	}
	fx, err := s.TellOperator(v, "undecided", now, map[string]string{"issue": fmt.Sprint(is.ID), "count": itoa(len(pending))})
	if err != nil {
		return nil, err
	}
	asked, err := s.requestLists(v, pending, topicEmpty, is.ID, now)
	return append(append(fx, asked...), s.scheduleReminder(is, now)), err
}

// scheduleReminder is the next reminder of an unsigned proof: the next day at the
// sending hour, or when grace is over. However often it is asked for, it is one.
func (s *Service) scheduleReminder(is issue.Issue, now time.Time) AddDue {
	local, sends := now.In(s.Location), is.Sends.In(s.Location)
	next := time.Date(local.Year(), local.Month(), local.Day()+1, sends.Hour(), sends.Minute(), 0, 0, s.Location)
	if next.After(is.Grace) && now.Before(is.Grace) {
		next = is.Grace
	}
	return AddDue{Due{
		Key: fmt.Sprintf("unsigned/%d/%s", is.ID, next.Format(time.RFC3339)), Kind: DueUnsigned, Ref: int64(is.ID), At: next,
	}}
}

// Unsign takes an editor's signature of a proof back, within the time that a decision may be:
// the proof is void, and all are asked to sign another. editorial.ErrNothingToUndo
// and ErrTooLate come with no effects.
func (s *Service) Unsign(v View, id issue.ID, proof int64, who message.Address, now time.Time) (Effects, error) {
	is, err := v.Issue(id)
	if err != nil {
		return nil, err
	}
	p, valid, err := v.Proof(id)
	if err != nil {
		return nil, err
	}
	if !valid || p.ID != proof || is.State.Frozen() {
		return nil, editorial.ErrTooLate
	}
	signatures, err := v.Signatures(p.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(signatures, func(sig editorial.Signature) bool { return sig.Signer().Equal(who) })
	switch {
	case i < 0:
		return nil, editorial.ErrNothingToUndo
	case now.Sub(signatures[i].At) > s.Rules.Undo:
		return nil, editorial.ErrTooLate
	}
	return s.voidProof(v, id, now)
}
