package intake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// fill puts n pending items of one centre into the store, in one message.
func (b *bench) fill(n int) {
	b.t.Helper()
	b.mail(nadia, mailbox, "Forum", sea2)
	first := b.item(1)
	b.act(func(v newsroom.View) (newsroom.Effects, error) {
		var fx newsroom.Effects
		for i := range n {
			it := first
			id, err := v.Next(newsroom.SeqItem)
			if err != nil {
				return nil, err
			}
			it.ID = item.ID(id)
			it.Current.Title = fmt.Sprint("Forum ", i)
			it.Current.Text += strings.Repeat("Un mot de plus dans le texte. ", 60)
			it.Current.Hash = it.Current.Content.Hash()
			it.Current.Created = b.clock.Now()
			fx = append(fx, newsroom.AddItem{Item: it})
		}
		return fx, nil
	})
}

// Two thousand items wait.
func TestALongQueue(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	if testing.Short() {
		t.Skip("long")
	}
	b := newBench(t, func(o *newsroom.Options) { o.Escalate = time.Hour })
	b.fill(2000)
	b.letters()
	b.wait(24 * time.Hour)
	at := time.Now()
	if got := b.letters(); got["elise queue"] != 1 || got["admin escalated"] != 1 {
		t.Errorf("%v", got)
	}
	t.Log("the letters take", time.Since(at))
	q, _ := b.last(token.Queue, elise)
	if len(q.Subjects) != 60 {
		t.Fatalf("%d are listed", len(q.Subjects))
	}
	b.replyTo(q, fmt.Sprintf("%d-%d oui", q.Subjects[0].Item, q.Subjects[59].Item))
	if it := b.item(q.Subjects[59].Item); it.State != item.Approved {
		t.Errorf("item %d is %s", it.ID, it.State)
	}
	b.letters()
	b.logHolds()
}

// Ten thousand decisions since the last queue mail.
func TestManyDecisions(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	if testing.Short() {
		t.Skip("long")
	}
	b := newBench(t, nil)
	b.fill(200)
	b.letters()
	b.act(func(v newsroom.View) (newsroom.Effects, error) {
		var fx newsroom.Effects
		for i := range 10000 {
			fx = append(fx, newsroom.AddDecision{Decision: editorial.Decision{
				Item: item.ID(1 + i%200), Revision: 1, Hash: "x", Editor: message.Address(elise), Verb: editorial.Approve, At: b.clock.Now(), How: editorial.HowDesk,
			}})
		}
		return fx, nil
	})
	b.wait(24 * time.Hour)
	for topic, mails := range b.written() {
		if len(mails[0].Text) > 100_000 {
			t.Errorf("%s has %d octets", topic, len(mails[0].Text))
		}
	}
}
