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
			id, err := v.Next(newsroom.Item)
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
	b := newBench(t, func(o *newsroom.Options) { o.Escalate = time.Hour })
	b.fill(2000)
	b.letters()
	at := time.Now()
	b.wait(24 * time.Hour)
	t.Log("queue job", time.Since(at))
	at = time.Now()
	got := b.letters()
	t.Log("letters", time.Since(at), got)
	at = time.Now()
	q, _ := b.last(token.Queue, elise)
	b.replyTo(q, "tous oui")
	t.Log("reply", time.Since(at), len(q.Subjects))
	at = time.Now()
	got = b.letters()
	t.Log("letters", time.Since(at), got)
	b.logHolds()
}

// Ten thousand decisions since the last queue mail.
func TestManyDecisions(t *testing.T) {
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
	at := time.Now()
	b.wait(24 * time.Hour)
	t.Log("queue job", time.Since(at))
	at = time.Now()
	for topic, mails := range b.written() {
		t.Log(topic, len(mails[0].Text), len(mails[0].HTML))
	}
	t.Log("letters", time.Since(at))
}
