package intake_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// A deputy whose mails nothing vouches for decides after one more reply, as the
// editor would.
func TestADeputyConfirms(t *testing.T) {
	b := newBench(t, nil)
	b.news(1)
	b.reply(token.Decision, elise, "DÉLÉGUER à Paul Lenoir jusqu'au 20 février 2018")
	id := b.news(1)
	b.replyTo(b.about(id, deputy), "OUI", "")
	b.reply(token.Challenge, deputy, "OUI", "")
	if it := b.item(id); it.State != item.Approved {
		t.Errorf("the item is %s", it.State)
	}
	if all := b.decisions(id); len(all) != 1 || all[0].Editor != elise || all[0].By != deputy {
		t.Errorf("%+v", all)
	}
	b.letters()
	// The delegation ends between the two.
	id = b.news(1)
	b.wait(25 * time.Hour)
	b.replyTo(b.about(id, deputy), "OUI", "")
	b.reply(token.Outcome, elise, "ANNULER")
	b.reply(token.Challenge, deputy, "OUI", "")
	if it := b.item(id); it.State != item.Pending {
		t.Errorf("the item is %s", it.State)
	}
}

// An issue in which nothing is left but what waits is given up when grace is over,
// and keeps nothing that waited for it.
func TestWhatWaitedForAnEmptyIssue(t *testing.T) {
	b := newBench(t, nil)
	is := b.issue(1)
	b.pass(is.Closes.Add(-time.Hour))
	id := b.news(1)
	b.replyTo(b.about(id, elise), "OUI")
	b.pass(is.Closes.Add(time.Minute))
	b.reply(token.Plan, marco, "ÉDITO\nUn mot\n\nChers collègues, voici notre numéro de ce printemps.")
	b.reply(token.Outcome, elise, "ANNULER")
	b.pass(is.Proofs.Add(time.Hour))
	if s := b.issue(1).State; s != issue.Closed {
		t.Fatalf("while items wait for it, the issue is %s", s)
	}
	b.pass(is.Grace.Add(time.Hour))
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
	b.logHolds()
}

// Editors who leave their voices to each other are both asked.
func TestEditorsAwayForEachOther(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) { o.Editors = o.Editors[:2] })
	b.news(1)
	b.reply(token.Decision, elise, "DÉLÉGUER à Marco Bellini jusqu'au 20 février 2018")
	b.reply(token.Decision, marco, "DELEGATE to Élise Marchand until 20 February 2018")
	b.letters()
	id := b.news(1)
	if got := b.letters(); got["elise request"]+got["marco request"] == 0 {
		t.Errorf("nobody is asked: %v", got)
	}
	b.replyTo(b.about(id, elise), "OUI")
	is := b.issue(1)
	b.pass(is.Proofs.Add(time.Hour))
	if got := b.letters(); got["elise proof"]+got["marco proof"] == 0 {
		t.Errorf("nobody is asked to sign: %v", got)
	}
}

// One mails under an editor's name that the server calls forged do not keep the
// editor from being heard.
func TestForgedAnswersAreNoFlood(t *testing.T) {
	b := newBench(t, nil)
	id := b.news(1)
	receipt, _ := b.last(token.Receipt, nadia)
	to := "info+" + receipt.Handle(b.room.Secret).String() + "@cites.example"
	for range 70 {
		b.mail(elise, to, "Re: ", "Merci\n", "dmarc=fail")
	}
	b.replyTo(b.about(id, elise), "OUI")
	if it := b.item(id); it.State != item.Approved {
		t.Errorf("the item is %s", it.State)
	}
}

// What an editor ordered of a revision that was replaced is not answered with a
// list that approves the other one.
func TestAReportBindsWhatWasRead(t *testing.T) {
	b := newBench(t, nil)
	id := b.news(1)
	list := b.queueFor(elise)
	b.replyTo(b.about(id, marco), "TITRE : Un titre que personne d'autre n'a lu")
	b.letters()
	b.replyTo(list, "1 rubrique = people")
	w := b.written()
	if len(w["elise queue-report"]) != 1 || len(w["elise changed"]) != 1 {
		t.Fatalf("%v", w)
	}
	b.reply(token.Queue, elise, "1 oui")
	if it := b.item(id); it.State != item.Pending {
		t.Errorf("the item is %s", it.State)
	}
	b.letters()
}

// Two items that tell of the same event, approved in one reply, are reminded of once.
func TestOneEventApprovedTwiceInOneReply(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) {
		o.RemindBefore, o.RemindAt = []agenda.Distance{agenda.Days(7), agenda.Days(1)}, 8*60
	})
	b.mail(nadia, mailbox, "Forum des métiers de la mer", sea2)
	b.mail(nadia, mailbox, "Forum des métiers de la mer", sea2+"Ils seront deux cents.\n")
	b.replyTo(b.queueFor(elise), "1-2 oui")
	b.pass(time.Date(2018, 3, 23, 9, 0, 0, 0, time.UTC))
	mailings, err := b.store.Mailings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(mailings) != 2 {
		t.Errorf("%+v", mailings)
	}
}

// Everything that an editor can order of items of one closed issue at once.
func TestOneReplyOnAClosedIssue(t *testing.T) {
	b := newBench(t, nil)
	is := b.issue(1)
	b.pass(is.Closes.Add(-time.Hour))
	id := b.news(4)
	for n := item.ID(1); n <= id; n++ {
		b.replyTo(b.about(n, elise), "OUI")
	}
	b.pass(is.Proofs.Add(time.Minute))
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
	b.logHolds()
}

var hostile = []string{
	"[[item]]", "[[proof]]", "OUI", "1 oui", "<script>alert(1)</script>", "Bcc: tous@ailleurs.example", "%0D%0ABcc: x", "\u202eRTL\u202c مرحبا",
	"👩🏽‍🚀🚀🚀", "{{.Args}}", "--", "-- ", ">", strings.Repeat("mot ", 2600), strings.Repeat("x", 10000), "a\tb\tc\td", "«»", "&amp;&lt;", "\"", "'", "Re: Re: Tr:", "%s %d %!",
}

// Letters about items whose words are meant to break them.
func TestHostileTitles(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) { o.Escalate = time.Hour })
	for i, title := range hostile {
		b.mail(nadia, mailbox, title, fmt.Sprintf("%sIls seront %d.\n", sea2, i))
	}
	for _, it := range b.items() {
		it, editor := it, message.Address(elise)
		b.act(func(v newsroom.View) (newsroom.Effects, error) {
			fx, _, err := b.room.Edit(v, newsroom.EditInput{
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
	for topic, mails := range b.written() {
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
	b.pass(is.Sends)
	b.letters()
	b.logHolds()
}
