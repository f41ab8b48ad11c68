package intake_test

import (
	"fmt"
	"testing"
	"time"

	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// closed receives n items, approves them, and closes their issue.
func (b *bench) closed(n int) issue.Issue {
	b.t.Helper()
	is := b.issue(1)
	b.passUntil(is.Closes.Add(-time.Hour))
	b.news(n)
	for _, it := range b.items() {
		b.replyTo(b.about(it.ID, elise), "OUI")
	}
	b.passUntil(is.Proofs.Add(time.Minute))
	b.letters()
	return b.issue(1)
}

// The plan that is sent after an editorial was written can be answered, where its author may
// approve it alone.
func TestPlan_CanBeAnsweredAfterAnEditorial(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) { o.Rules.SelfApproval = true })
	b.closed(3)
	b.reply(token.Plan, elise, "ORDRE : 3, 1\nÉDITO\nUn mot\n\nChers collègues, voici notre numéro de ce printemps.")
	b.letters()
	if it := b.item(4); it.State != item.Approved {
		t.Fatalf("the editorial is %s", it.State)
	}
	b.reply(token.Plan, elise, "RETIRER 2")
	if got := b.letters(); got["elise plan-stale"] != 0 || b.item(2).State != item.Deferred {
		t.Errorf("item 2 is %s: %v", b.item(2).State, got)
	}
	b.reply(token.Plan, elise, "ÉDITO\nUn autre mot\n\nChers collègues, voici encore un mot de ce printemps.")
	b.reply(token.Plan, elise, "RETIRER 1")
	if got := b.letters(); got["elise plan-stale"] != 0 || b.item(1).State != item.Deferred {
		t.Errorf("item 1 is %s: %v", b.item(1).State, got)
	}
	b.verifyLog()
}

// Who signed already is not reminded to sign.
func TestSign_SignersAreNotReminded(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) { o.Rules.ProofQuorum = 2 })
	is := b.closed(2)
	b.reply(token.Proof, elise, "Bon à tirer")
	b.letters()
	b.passUntil(is.Sends.Add(time.Minute))
	if got := b.letters(); got["elise proof-again"] != 0 || got["marco proof-again"] != 1 {
		t.Errorf("%v", got)
	}
}

// A late undo about a void proof keeps the signature of the next proof.
func TestUndo_VoidProofKeepsTheSignatureOfTheNext(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) { o.Rules.ProofQuorum = 2 })
	b.closed(3)
	b.reply(token.Proof, elise, "Bon à tirer")
	old, _ := b.last(token.Outcome, elise)
	b.reply(token.Plan, marco, "RETIRER 2")
	b.wait(time.Minute)
	b.reply(token.Proof, elise, "Bon à tirer")
	b.reply(token.Proof, marco, "Bon à tirer")
	b.letters()
	b.replyTo(old, "ANNULER")
	if s, got := b.issue(1).State, b.letters(); s != issue.Signed || got["elise undo-late"] != 1 {
		t.Errorf("the issue is %s: %v", s, got)
	}
}

// Undoing a removal from the plan puts the item back into the issue.
func TestPlan_UndoneRemovalRestoresTheItem(t *testing.T) {
	t.Parallel()
	for name, undo := range map[string]func(*bench){
		"of the item": func(b *bench) { b.replyTo(b.about(2, elise), "ANNULER") },
		"of the plan": func(b *bench) { b.reply(token.Plan, elise, "ANNULER") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			is := b.closed(3)
			b.reply(token.Plan, elise, "RETIRER 2")
			b.reply(token.Plan, marco, "ANNULER")
			if it := b.item(2); it.State != item.Deferred {
				t.Errorf("item 2 is %s", it.State)
			}
			b.wait(time.Minute)
			b.reply(token.Proof, elise, "Bon à tirer")
			undo(b)
			if it := b.item(2); it.State != item.Approved || it.Issue != 1 || it.Position != 4 {
				t.Errorf("item 2 is %s in issue %d at %d", it.State, it.Issue, it.Position)
			}
			if s := b.issue(1).State; s != issue.Closed {
				t.Errorf("the issue is %s", s)
			}
			b.letters()
			b.wait(time.Minute)
			b.reply(token.Proof, elise, "Bon à tirer")
			b.passUntil(is.Sends.Add(time.Minute))
			if it := b.item(2); it.State != item.Published {
				t.Errorf("item 2 is %s", it.State)
			}
			b.letters()
			b.verifyLog()
		})
	}
}

// An issue without approved items is cancelled after the grace period, and its items wait for
// the next one.
func TestCancel_EmptyIssueReleasesItsItems(t *testing.T) {
	b := newBench(t, nil)
	is := b.issue(1)
	b.passUntil(is.Closes.Add(-time.Hour))
	id := b.news(1)
	b.replyTo(b.about(id, elise), "OUI")
	b.passUntil(is.Closes.Add(time.Minute))
	b.reply(token.Plan, marco, "ÉDITO\nUn mot\n\nChers collègues, voici notre numéro de ce printemps.")
	b.reply(token.Outcome, elise, "ANNULER")
	b.passUntil(is.Proofs.Add(time.Hour))
	if s := b.issue(1).State; s != issue.Closed {
		t.Fatalf("while items wait for it, the issue is %s", s)
	}
	b.passUntil(is.Grace.Add(time.Hour))
	if s := b.issue(1).State; s != issue.Cancelled {
		t.Fatalf("when grace is over the issue is %s", s)
	}
	for _, it := range b.items() {
		if it.Issue != 0 || it.State != item.Pending {
			t.Errorf("item %d is %s in issue %d", it.ID, it.State, it.Issue)
		}
	}
	if q := b.queueFor(solene); len(q.Subjects) != 2 {
		t.Errorf("the queue mail lists %v", q.Subjects)
	}
	b.letters()
	b.verifyLog()
}

// All kinds of orders on the items of one closed issue leave a valid log.
func TestPlan_OrdersOnAClosedIssueKeepTheLogValid(t *testing.T) {
	b := newBench(t, nil)
	is := b.issue(1)
	b.passUntil(is.Closes.Add(-time.Hour))
	id := b.news(4)
	for n := item.ID(1); n <= id; n++ {
		b.replyTo(b.about(n, elise), "OUI")
	}
	b.passUntil(is.Proofs.Add(time.Minute))
	for n := item.ID(1); n <= id; n++ {
		b.replyTo(b.about(n, elise), "ANNULER")
	}
	b.letters()
	for n := item.ID(1); n <= 3; n++ {
		q := b.about(n, marco)
		b.replyTo(q, fmt.Sprintf("OUI\nTITRE : Un titre pour le %d", n))
	}
	b.wait(time.Minute)
	b.reply(token.Proof, elise, "Bon à tirer")
	b.letters()
	if s := b.issue(1).State; s != issue.Signed {
		t.Errorf("the issue is %s", s)
	}
	b.reply(token.Plan, elise, "ORDRE : 3, 1\nRETIRER 2")
	b.letters()
	b.verifyLog()
}
