package intake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// closed brings n items into an issue that closes and is laid out.
func (b *bench) closed(n int) issue.Issue {
	b.t.Helper()
	is := b.issue(1)
	b.pass(is.Closes.Add(-time.Hour))
	b.news(n)
	for _, it := range b.items() {
		b.replyTo(b.about(it.ID, elise), "OUI")
	}
	b.pass(is.Proofs.Add(time.Minute))
	b.letters()
	return b.issue(1)
}

// The plan that comes back after an editorial was written, where its author's word
// is enough, can be answered.
func TestThePlanAfterAnEditorial(t *testing.T) {
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
	b.logHolds()
}

// What several lines of one answer change of a closed issue voids its proof once.
func TestOneListOnAClosedIssue(t *testing.T) {
	b := newBench(t, nil)
	is := b.issue(1)
	b.pass(is.Closes.Add(-time.Hour))
	b.news(4)
	for _, it := range b.items() {
		b.replyTo(b.about(it.ID, elise), "OUI")
	}
	b.pass(is.Closes.Add(time.Minute))
	for n := item.ID(1); n <= 3; n++ {
		b.replyTo(b.about(n, elise), "ANNULER")
	}
	b.pass(is.Proofs.Add(24 * time.Hour))
	b.reply(token.Proof, elise, "Bon à tirer")
	if s := b.issue(1).State; s != issue.Signed {
		t.Fatalf("the issue is %s", s)
	}
	b.letters()
	b.reply(token.Queue, marco, "1 oui\n2 oui\n3 titre = Un autre titre")
	b.wait(time.Minute)
	if s := b.issue(1).State; s != issue.InProof {
		t.Errorf("the issue is %s", s)
	}
	got := b.letters()
	if got["elise proof-new"] != 1 {
		t.Errorf("%v", got)
	}
	b.reply(token.Proof, elise, "Bon à tirer")
	b.pass(is.Sends.Add(time.Minute))
	if s := b.issue(1).State; s != issue.Sending {
		t.Errorf("the issue is %s", s)
	}
	for _, it := range b.items() {
		want := item.Published
		if it.ID == 3 {
			want = item.Pending
		}
		if it.State != want || it.State == item.Pending && it.Issue != 0 {
			t.Errorf("item %d is %s in %d", it.ID, it.State, it.Issue)
		}
	}
	b.letters()
	b.logHolds()
}

// Who signed already is not reminded to sign.
func TestSignersAreNotReminded(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) { o.Rules.ProofQuorum = 2 })
	is := b.closed(2)
	b.reply(token.Proof, elise, "Bon à tirer")
	b.letters()
	b.pass(is.Sends.Add(time.Minute))
	if got := b.letters(); got["elise proof-again"] != 0 || got["marco proof-again"] != 1 {
		t.Errorf("%v", got)
	}
}

// A late answer about a proof that is void takes back no signature of another.
func TestUnsigningAnOldProof(t *testing.T) {
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

// Taking back what a plan's answer removed brings it back where it stood.
func TestUndoingARemoval(t *testing.T) {
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
			b.pass(is.Sends.Add(time.Minute))
			if it := b.item(2); it.State != item.Published {
				t.Errorf("item 2 is %s", it.State)
			}
			b.letters()
			b.logHolds()
		})
	}
}

// A contributor who withdraws what was refused stays heard when the refusal is
// taken back.
func TestWithdrawnAfterARefusal(t *testing.T) {
	b := newBench(t, nil)
	id := b.news(1)
	b.replyTo(b.about(id, elise), "NON : doublon")
	b.letters()
	b.reply(token.Receipt, nadia, "RETIRER")
	b.letters()
	b.replyTo(b.about(id, elise), "ANNULER")
	if it := b.item(id); it.State != item.Withdrawn {
		t.Errorf("the item is %s", it.State)
	}
}

// Many items are offered in one mail, or were put off: nobody is asked about more
// than a few at once.
func TestManyAskedInOneAct(t *testing.T) {
	b := newBench(t, nil)
	b.news(8)
	b.wait(2 * time.Hour)
	b.news(8)
	b.wait(2 * time.Hour)
	b.news(8)
	b.letters()
	for _, it := range b.items() {
		b.replyTo(b.about(it.ID, elise), "REPORTER")
	}
	b.letters()
	b.pass(b.issue(1).Closes.Add(time.Minute))
	if got := b.letters(); got["marco request"] > 10 {
		t.Errorf("%v", got)
	}
}

// An item without a title, a mail with nothing else.
func TestUntitled(t *testing.T) {
	b := newBench(t, nil)
	b.mail(nadia, mailbox, "", sea2)
	for _, it := range b.items() {
		b.replyTo(b.about(it.ID, elise), "OUI\nTITRE : "+strings.Repeat("é", 300))
		b.replyTo(b.about(it.ID, elise), "ANNULER")
	}
	b.wait(24 * time.Hour)
	b.letters()
}

// Texts as big as an item holds, that share no word.
func TestBigCorrections(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	b := newBench(t, nil)
	id := b.news(1)
	text := func(word string) string {
		var s strings.Builder
		for i := range 9000 {
			fmt.Fprintf(&s, "%s%d ", word, i)
			if i%10 == 0 {
				s.WriteString("\n")
			}
		}
		return s.String()
	}
	for _, w := range []string{"u", "d"} {
		b.act(func(v newsroom.View) (newsroom.Effects, error) {
			it, err := v.Item(id)
			if err != nil {
				return nil, err
			}
			fx, _, err := b.room.Edit(v, newsroom.EditInput{
				Subject: editorial.Subject{Item: id, Revision: it.Current.Number, Hash: it.Current.Hash},
				Editing: item.Editing{Text: text(w)}, Person: message.Mailbox{Address: elise}, At: b.clock.Now(),
			})
			return fx, err
		})
	}
	b.letters()
}
