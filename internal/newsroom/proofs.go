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

// ProposeDue runs at the proof's hour. It is Propose, unless the valid proof shows the same.
func (s *Service) ProposeDue(v View, content issue.Content, editions []issue.Edition, now time.Time) (Effects, error) {
	p, valid, err := v.Proof(content.Issue)
	if err != nil || valid && p.Hash == issue.EditionsHash(content, editions) {
		return nil, err
	}
	return s.Propose(v, content, editions, now)
}

// proofUpToDate says whether the valid proof shows the issue as it is. It saves rendering
// the issue again, because several decisions at once each schedule a proof.
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

// Propose asks the editors to sign a proof with these editions. It returns ErrIssueChanged
// unless the content that they were rendered from is still the issue's.
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
	if _, again, err := v.LastVoidProof(is.ID); err != nil {
		return nil, err
	} else if again || len(fx) > 2 {
		topic = topicNewProof
	}
	asked, err := s.requestSignatures(v, is, p, now, topic)
	return append(fx, asked...), err
}

// requestSignatures sends a proof to those who have not signed it.
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

// cancelEmpty cancels an issue without approved items and tells the editors. Its pending
// items wait for the next issue.
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

// voidProof voids the valid proof of an issue that changed and schedules a new one.
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
		// The sending hour is past and will not remind anybody of the new proof.
		fx = append(fx, s.scheduleReminder(is, now))
	}
	return fx, nil
}

// maxProofs is how many new proofs are made at once in an hour. Beyond it, the decisions
// within listInterval share one proof.
const maxProofs = 3

// proofAt returns when an issue that changed gets its new proof.
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

// topicNewProof is the topic of a proof that replaces another.
const topicNewProof = "proof-new"

// Sign records an editor's signature of a proof, which is identified by its number and the
// hash that the editor read. With the quorum, the issue is sent at its hour, or at once if
// that is past and the grace period is not over. complete reports the quorum. It returns
// editorial.ErrVoid and editorial.ErrSigned.
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

// unchanged returns ErrIssueChanged unless the issue is what its proof shows: the same
// content and, by the configuration, the same variants.
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

// RemindUnsigned sends the daily reminder of an unsigned proof.
func (s *Service) RemindUnsigned(v View, id issue.ID, now time.Time) (Effects, error) {
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

// remindUndecided sends the daily reminder of an issue without approved items. It asks the
// editors about the pending ones, and cancels the issue when there are none or the grace
// period is over.
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

// scheduleReminder schedules the next reminder of an unsigned proof: the next day at the
// sending hour, or at the end of the grace period. Repeated calls schedule one reminder.
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

// Unsign takes back an editor's signature within the time allowed for taking back decisions.
// It voids the proof, and all are asked to sign a new one. It returns
// editorial.ErrNothingToUndo and editorial.ErrTooLate without effects.
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
