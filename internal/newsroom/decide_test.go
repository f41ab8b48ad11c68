package newsroom_test

import (
	"testing"

	"infolettre/internal/agenda"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
)

// Of two items with one event the first one's is printed. If that item is in another issue,
// losing it changes this issue and voids its proof; a third item with the event changes
// nothing.
func TestDecide_LostEventVoidsTheProofThatShowsIt(t *testing.T) {
	f := newFixture(t)
	f.offer(1, item.Content{Title: "Un forum", Section: "cites", Language: "fr", Text: "Un forum se prépare."})
	f.order(1, editorial.Approve)
	f.now = f.now.AddDate(0, 0, 14)
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Close(v, 1, f.now) })
	f.offer(2, eventOn(22, "Un forum", "", agenda.External)) // for the next issue
	f.order(2, editorial.Approve)
	f.act(func(v newsroom.View) (newsroom.Effects, error) {
		it, err := v.Item(1)
		if err != nil {
			return nil, err
		}
		fx, _, err := f.Edit(v, newsroom.EditInput{
			Subject: editorial.Subject{Item: 1, Revision: 1, Hash: it.Current.Hash}, Editing: item.Editing{Dates: "22 mars 2018"},
			Approve: true, Person: f.Editors[0].Mailbox, How: editorial.HowDesk, At: f.now,
		})
		return fx, err
	})
	propose := func() {
		c := f.content(1)
		f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Propose(v, c, editions, f.now) })
	}
	propose()
	if s := f.state(1); s != issue.InProof {
		t.Fatalf("the issue is %s", s)
	}
	third := eventOn(22, "Un forum", "", agenda.External)
	third.Text = "Encore."
	f.offer(3, third)
	f.order(3, editorial.Approve)
	if s := f.state(1); s != issue.InProof {
		t.Errorf("by one more item the issue is %s", s)
	}
	before := f.content(1).Hash()
	f.order(2, editorial.Withdraw)
	if f.content(1).Hash() == before {
		t.Fatal("the issue is the same")
	}
	if s := f.state(1); s == issue.InProof {
		t.Errorf("the issue is another, and %s", s)
	}
}

// The editors are told of a correction that nobody decided on before its issue was sent.
func TestSend_EditorsAreToldOfUndecidedCorrections(t *testing.T) {
	f := newFixture(t)
	first := item.Content{Title: "Un forum", Section: "cites", Language: "fr", Text: "Un forum se prépare."}
	f.offer(1, first)
	f.order(1, editorial.Approve)
	later := first
	later.Text = "Un forum se prépare, à Rouen."
	if err := f.correct(1, later); err != nil {
		t.Fatal(err)
	}
	f.now = f.now.AddDate(0, 0, 14)
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Close(v, 1, f.now) })
	c := f.content(1)
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Propose(v, c, editions, f.now) })
	f.act(func(v newsroom.View) (newsroom.Effects, error) {
		fx, _, err := f.Sign(v, 1, editorial.Signature{Proof: 1, Hash: issue.EditionsHash(c, editions), Editor: f.Editors[0].Address, At: f.now})
		return fx, err
	})
	before := f.letters(delivery.KindNotice)
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Send(v, 1, f.now) })
	if n := f.letters(delivery.KindNotice) - before; n != len(f.Editors) {
		t.Errorf("%d notices to %d editors", n, len(f.Editors))
	}
}
