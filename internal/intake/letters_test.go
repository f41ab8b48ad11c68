package intake_test

import (
	"errors"
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

var hostile = []string{
	"[[item]]", "[[proof]]", "OUI", "1 oui", "<script>alert(1)</script>", "Bcc: tous@ailleurs.example", "%0D%0ABcc: x", "\u202eRTL\u202c مرحبا",
	"👩🏽‍🚀🚀🚀", "{{.Args}}", "--", "-- ", ">", strings.Repeat("mot ", 2600), strings.Repeat("x", 10000), "a\tb\tc\td", "«»", "&amp;&lt;", "\"", "'", "Re: Re: Tr:", "%s %d %!",
}

// Letters about items whose words try to break the markup or the header.
func TestLetters_HostileWordsAreEscaped(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *newsroom.Options) { o.Escalate = time.Hour })
	for i, title := range hostile {
		b.mail(nadia, mailbox, title, fmt.Sprintf("%sIls seront %d.\n", sea2, i))
	}
	for _, it := range b.items() {
		it, editor := it, message.Address(elise)
		b.act(func(v newsroom.View) (newsroom.Effects, error) {
			fx, _, err := b.service.Edit(v, newsroom.EditInput{
				Subject: editorial.Subject{Item: it.ID, Revision: it.Current.Number, Hash: it.Current.Hash},
				Editing: item.Editing{Title: hostile[int(it.ID)%len(hostile)], Text: hostile[int(it.ID+3)%len(hostile)]}, Person: message.Mailbox{Name: hostile[int(it.ID+5)%len(hostile)], Address: editor}, At: b.clock.Now(),
			})
			var refused *item.EditError
			if errors.As(err, &refused) {
				return nil, nil
			}
			return fx, err
		})
	}
	b.wait(24 * time.Hour)
	for topic, mails := range b.renderedLetters() {
		for _, m := range mails {
			if strings.Contains(m.HTML, "<script") || strings.ContainsAny(m.Subject, "\r\n") {
				t.Errorf("%s: %s", topic, m.Subject)
			}
		}
	}
	for i, it := range b.items()[:8] {
		q := b.about(it.ID, marco)
		b.replyTo(q, "NON : "+hostile[i%len(hostile)])
	}
	is := b.issue(1)
	b.passUntil(is.Sends)
	b.letters()
	b.verifyLog()
}

// An item without a title, a mail with nothing else.
func TestLetters_UntitledItemIsRendered(t *testing.T) {
	b := newBench(t, nil)
	b.mail(nadia, mailbox, "", sea2)
	for _, it := range b.items() {
		b.replyTo(b.about(it.ID, elise), "OUI\nTITRE : "+strings.Repeat("é", 300))
		b.replyTo(b.about(it.ID, elise), "ANNULER")
	}
	b.wait(24 * time.Hour)
	b.letters()
}

// fill stores n pending items of one centre.
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
func TestLetters_QueueMailOfTwoThousandItemsListsSixty(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	t.Parallel()
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
	b.verifyLog()
}

// Ten thousand decisions since the last queue mail.
func TestLetters_TenThousandDecisionsStayUnder100KB(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	t.Parallel()
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
	for topic, mails := range b.renderedLetters() {
		if len(mails[0].Text) > 100_000 {
			t.Errorf("%s has %d octets", topic, len(mails[0].Text))
		}
	}
}

// Texts as big as an item holds, that share no word.
func TestLetters_LargeCorrectionIsRendered(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	t.Parallel()
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
			fx, _, err := b.service.Edit(v, newsroom.EditInput{
				Subject: editorial.Subject{Item: id, Revision: it.Current.Number, Hash: it.Current.Hash},
				Editing: item.Editing{Text: text(w)}, Person: message.Mailbox{Address: elise}, At: b.clock.Now(),
			})
			return fx, err
		})
	}
	b.letters()
}
