package intake_test

import (
	"testing"
	"time"

	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// An item that one answer orders twice in the same way is decided on once.
func TestList_ItemNamedTwiceIsDecidedOnce(t *testing.T) {
	for name, text := range map[string]string{
		"twice": "1 oui\n1 oui", "in a range": "1-3 oui\n2 oui", "edited": "1 titre = Un titre\n1 titre = Un titre",
		"refused": "1 non : doublon\n1 non : doublon", "one line": "1 oui, 1 oui",
		"range and edit": "1-2 titre = Le même titre\n2 titre = Le même titre",
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(o *newsroom.Options) { o.Rules.Quorum = 2; o.Rules.SectionQuorum = map[string]int{"cites": 1} })
			b.news(3)
			b.replyTo(b.queueFor(elise), text)
			for _, it := range b.items() {
				seen := map[string]bool{}
				for _, d := range b.decisions(it.ID) {
					if seen[d.Editor.Key()] {
						t.Errorf("item %d counts %s twice", it.ID, d.Editor)
					}
					seen[d.Editor.Key()] = true
				}
			}
			b.letters()
			b.verifyLog()
		})
	}
}

// The report on an order about a replaced revision does not offer to approve the new one.
func TestList_ReportDoesNotApproveUnreadRevision(t *testing.T) {
	b := newBench(t, nil)
	id := b.news(1)
	list := b.queueFor(elise)
	b.replyTo(b.about(id, marco), "TITRE : Un titre que personne d'autre n'a lu")
	b.letters()
	b.replyTo(list, "1 rubrique = people")
	w := b.renderedLetters()
	if len(w["elise queue-report"]) != 1 || len(w["elise changed"]) != 1 {
		t.Fatalf("%v", w)
	}
	b.reply(token.Queue, elise, "1 oui")
	if it := b.item(id); it.State != item.Pending {
		t.Errorf("the item is %s", it.State)
	}
	b.letters()
}

// Several changes of a closed issue in one answer void its proof once.
func TestList_SeveralChangesVoidTheProofOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	is := b.issue(1)
	b.passUntil(is.Closes.Add(-time.Hour))
	b.news(4)
	for _, it := range b.items() {
		b.replyTo(b.about(it.ID, elise), "OUI")
	}
	b.passUntil(is.Closes.Add(time.Minute))
	for n := item.ID(1); n <= 3; n++ {
		b.replyTo(b.about(n, elise), "ANNULER")
	}
	b.passUntil(is.Proofs.Add(24 * time.Hour))
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
	b.passUntil(is.Sends.Add(time.Minute))
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
	b.verifyLog()
}
