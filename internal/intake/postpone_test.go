package intake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"infolettre/internal/editorial"
	"infolettre/internal/intake"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// evening is a bench on which an editor was asked about 75 items, one by one.
func evening(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, nil)
	for range 8 {
		b.news(10)
		b.wait(61 * time.Minute)
	}
	b.letters()
	return b
}

// handled counts the items in a state.
func (b *bench) in(state item.State) (n int) {
	b.t.Helper()
	for _, it := range b.items() {
		if it.State == state {
			n++
		}
	}
	return n
}

// An editor who answers 75 requests in an evening decides 75 items, each at once.
func TestPostpone_SeventyFiveDecisionsAreDoneAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("not under -short")
	}
	t.Parallel()
	b := evening(t)
	for id := item.ID(1); id <= 75; id++ {
		b.replyTo(b.about(id, elise), "OUI")
	}
	if n := b.in(item.Approved); n != 75 {
		t.Errorf("%d items are approved", n)
	}
	got := b.letters()
	if got["elise decided"] != 75 || got["elise flood"] != 0 {
		t.Errorf("%v", got)
	}
	// What is not understood is still answered.
	b.replyTo(b.about(76, elise), "Peut-être")
	if got := b.letters(); got["elise unclear-item"] != 1 {
		t.Errorf("%v", got)
	}
}

// Replies that decide nothing are postponed beyond the ceiling. The editor is told once, and
// each reply is handled later as it was written.
func TestPostpone_RepliesBeyondTheCeilingAreHandledLater(t *testing.T) {
	if testing.Short() {
		t.Skip("not under -short")
	}
	t.Parallel()
	b := evening(t)
	for id := item.ID(1); id <= 60; id++ {
		b.replyTo(b.about(id, elise), "Je ne sais pas")
	}
	for id := item.ID(61); id <= 75; id++ {
		q := b.about(id, elise)
		if f := b.mail(elise, "info+"+q.Handle(b.service.Secret).String()+"@cites.example", "Re: ", "OUI\n"); f != intake.FolderDone {
			t.Fatalf("the reply about item %d is filed in %s", id, f)
		}
	}
	if n := b.in(item.Approved); n != 0 {
		t.Errorf("%d items are approved beyond the ceiling", n)
	}
	got := b.letters()
	if got["elise flood"] != 1 || got["elise unclear-item"] != 10 {
		t.Errorf("%v", got)
	}
	b.wait(5*time.Minute + time.Second)
	if n := b.in(item.Approved); n != 5 && n != 4 {
		t.Errorf("after five minutes %d items are approved", n)
	}
	b.wait(15 * time.Minute)
	if n := b.in(item.Approved); n != 15 {
		t.Errorf("after twenty minutes %d items are approved", n)
	}
	for id := item.ID(61); id <= 75; id++ {
		d := b.decisions(id)
		if len(d) != 1 || d[0].Editor != elise || d[0].Verb != editorial.Approve || !strings.Contains(d[0].How, "DMARC") {
			t.Errorf("item %d: %+v", id, d)
		}
	}
	if got := b.letters(); got["elise decided"] != 15 || got["elise flood"] != 0 {
		t.Errorf("%v", got)
	}
	b.verifyLog()
}

// Unauthenticated mails in an editor's name use up nothing of the editor's own allowance,
// neither with somebody else's handle nor with one of theirs.
func TestPostpone_ForgerUsesUpNoAllowance(t *testing.T) {
	b := newBench(t, nil)
	one, two := b.news(1), b.news(1)
	receipt, _ := b.last(token.Receipt, nadia)
	for range 70 {
		b.mail(elise, "info+"+receipt.Handle(b.service.Secret).String()+"@cites.example", "Re: ", "Je ne sais pas\n", "")
		b.replyTo(b.about(one, elise), "Je ne sais pas", "")
	}
	if got := b.letters(); got["elise flood"] != 1 || got["elise unclear-item"] != 10 || got["elise wrong-person"] > 10 {
		t.Errorf("%v", got)
	}
	// The editor's own, which the server vouches for, on the very same request.
	b.replyTo(b.about(one, elise), "OUI")
	if it := b.item(one); it.State != item.Approved {
		t.Errorf("item %d is %s", one, it.State)
	}
	// And on another request where nobody is vouched for.
	b.replyTo(b.about(two, elise), "OUI", "")
	b.reply(token.Challenge, elise, "OUI", "")
	if it := b.item(two); it.State != item.Approved {
		t.Errorf("item %d is %s", two, it.State)
	}
	b.wait(time.Hour)
	b.verifyLog()
}

// A machine that hides what it is and answers every mail gets a few answers; then its mails go
// to the office or do nothing.
func TestPostpone_LoopWithAHiddenMachineEnds(t *testing.T) {
	if testing.Short() {
		t.Skip("not under -short")
	}
	t.Parallel()
	for _, who := range []message.Address{elise, nadia} {
		b := newBench(t, nil)
		b.news(1)
		b.letters()
		purpose := token.Decision
		if who == nadia {
			purpose = token.Receipt
		}
		total := map[string]int{}
		for i := range 300 {
			b.reply(purpose, who, fmt.Sprintf("Nous avons bien reçu votre message et vous répondrons sous peu. Dossier %d.", i))
			for topic, n := range b.letters() {
				if strings.HasPrefix(topic, who.Local()) {
					total[topic] += n
				}
			}
		}
		sum := 0
		for _, n := range total {
			sum += n
		}
		if sum > 31 {
			t.Errorf("%s was written %d times: %v", who, sum, total)
		}
		b.wait(5 * time.Hour) // what was put off is handled
		if got := b.letters()[who.Local()+" unclear-item"]; got != 0 {
			t.Errorf("%s was told %d times more", who, got)
		}
	}
}

// The result of a postponed reply is recorded in the store.
func TestPostpone_PostponedReplyIsHandledOnce(t *testing.T) {
	b := newBench(t, nil)
	id := b.news(1)
	for range 61 {
		b.replyTo(b.about(id, elise), "Je ne sais pas")
	}
	b.replyTo(b.about(id, elise), "NON : doublon")
	b.wait(30 * time.Minute)
	if it := b.item(id); it.State != item.Rejected {
		t.Fatalf("the item is %s", it.State)
	}
	b.read(func(v newsroom.View) error {
		mails, _, err := v.Replies(newsroom.ReplyCount{Person: elise, Request: b.about(id, elise).ID, Verdict: message.AuthPass}, b.clock.Now().Add(-2*time.Hour))
		if mails != 60 {
			t.Errorf("%d mails count, want those that were not put off", mails)
		}
		return err
	})
}

// Mails in an editor's name that the server calls forged do not use up the editor's allowance.
func TestPostpone_ForgedAnswersDoNotCount(t *testing.T) {
	b := newBench(t, nil)
	id := b.news(1)
	receipt, _ := b.last(token.Receipt, nadia)
	to := "info+" + receipt.Handle(b.service.Secret).String() + "@cites.example"
	for range 70 {
		b.mail(elise, to, "Re: ", "Merci\n", "dmarc=fail")
	}
	b.replyTo(b.about(id, elise), "OUI")
	if it := b.item(id); it.State != item.Approved {
		t.Errorf("the item is %s", it.State)
	}
}
