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

// Of two items that tell of one event the first one's is printed. Where that item is
// none of the issue's, its loss changes the issue all the same, and voids its proof;
// a third item that tells of it once more changes nothing.
func TestDecide_LostEventVoidsTheProofThatShowsIt(t *testing.T) {
	r := newRoom(t)
	r.offer(1, item.Content{Title: "Un forum", Section: "cites", Language: "fr", Text: "Un forum se prépare."})
	r.order(1, editorial.Approve)
	r.now = r.now.AddDate(0, 0, 14)
	r.act(func(v newsroom.View) (newsroom.Effects, error) { return r.Close(v, 1, r.now) })
	r.offer(2, eventOn(22, "Un forum", "", agenda.External)) // for the next issue
	r.order(2, editorial.Approve)
	r.act(func(v newsroom.View) (newsroom.Effects, error) {
		it, err := v.Item(1)
		if err != nil {
			return nil, err
		}
		fx, _, err := r.Edit(v, newsroom.EditInput{
			Subject: editorial.Subject{Item: 1, Revision: 1, Hash: it.Current.Hash}, Editing: item.Editing{Dates: "22 mars 2018"},
			Approve: true, Person: r.Editors[0].Mailbox, How: editorial.HowDesk, At: r.now,
		})
		return fx, err
	})
	propose := func() {
		c := r.content(1)
		r.act(func(v newsroom.View) (newsroom.Effects, error) { return r.Propose(v, c, editions, r.now) })
	}
	propose()
	if s := r.state(1); s != issue.InProof {
		t.Fatalf("the issue is %s", s)
	}
	third := eventOn(22, "Un forum", "", agenda.External)
	third.Text = "Encore."
	r.offer(3, third)
	r.order(3, editorial.Approve)
	if s := r.state(1); s != issue.InProof {
		t.Errorf("by one more item the issue is %s", s)
	}
	before := r.content(1).Hash()
	r.order(2, editorial.Withdraw)
	if r.content(1).Hash() == before {
		t.Fatal("the issue is the same")
	}
	if s := r.state(1); s == issue.InProof {
		t.Errorf("the issue is another, and %s", s)
	}
}

// A correction that nobody decided on before its issue is sent does not vanish
// without a word.
func TestSend_EditorsAreToldOfUndecidedCorrections(t *testing.T) {
	r := newRoom(t)
	first := item.Content{Title: "Un forum", Section: "cites", Language: "fr", Text: "Un forum se prépare."}
	r.offer(1, first)
	r.order(1, editorial.Approve)
	later := first
	later.Text = "Un forum se prépare, à Rouen."
	if err := r.correct(1, later); err != nil {
		t.Fatal(err)
	}
	r.now = r.now.AddDate(0, 0, 14)
	r.act(func(v newsroom.View) (newsroom.Effects, error) { return r.Close(v, 1, r.now) })
	c := r.content(1)
	r.act(func(v newsroom.View) (newsroom.Effects, error) { return r.Propose(v, c, editions, r.now) })
	r.act(func(v newsroom.View) (newsroom.Effects, error) {
		fx, _, err := r.Sign(v, 1, editorial.Signature{Proof: 1, Hash: issue.EditionsHash(c, editions), Editor: r.Editors[0].Address, At: r.now})
		return fx, err
	})
	before := r.letters(delivery.KindNotice)
	r.act(func(v newsroom.View) (newsroom.Effects, error) { return r.Send(v, 1, r.now) })
	if n := r.letters(delivery.KindNotice) - before; n != len(r.Editors) {
		t.Errorf("%d notices to %d editors", n, len(r.Editors))
	}
}
