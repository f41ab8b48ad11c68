package intake_test

import (
	"testing"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// A person whose address is written otherwise is the same person.
func TestDecide_AddressCaseIsIgnored(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) { o.Rules.Quorum = 2 })
	id := b.news(1)
	q := b.about(id, elise)
	b.mail("Elise@Reseau.Example", "INFO+"+q.Handle(b.service.Secret).String()+"@cites.example", "Re: ", "OUI\n")
	if len(b.decisions(id)) != 1 {
		t.Errorf("%+v", b.decisions(id))
	}
	q = b.about(id, elise)
	b.wait(24 * time.Hour)
	b.mail("ELISE@reseau.example", "info+"+q.Handle(b.service.Secret).String()+"@cites.example", "Re: ", "OUI\n")
	if it := b.item(id); it.State != item.Pending || len(b.decisions(id)) != 1 {
		t.Errorf("the item is %s, %+v", it.State, b.decisions(id))
	}
	// Nor is a tagged address an editor's.
	q = b.about(id, marco)
	b.mail("marco+x@reseau.example", "info+"+q.Handle(b.service.Secret).String()+"@cites.example", "Re: ", "OUI\n")
	if it := b.item(id); it.State != item.Pending {
		t.Errorf("the item is %s", it.State)
	}
}

// Each kind of decision can be undone, at any time within the limit.
func TestUndo_EachDecisionCanBeTakenBack(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) { o.Rules.Quorum = 2 })
	id := b.news(1)
	b.replyTo(b.about(id, elise), "OUI")
	b.replyTo(b.about(id, marco), "OUI\nTITRE : Un titre")
	b.replyTo(b.about(id, solene), "OUI")
	if it := b.item(id); it.State != item.Approved || it.Approved != 2 {
		t.Fatalf("%s %d", it.State, it.Approved)
	}
	b.replyTo(b.about(id, elise), "ANNULER") // of the revision before
	if it := b.item(id); it.State != item.Approved {
		t.Errorf("%s %d", it.State, it.Approved)
	}
	b.replyTo(b.about(id, marco), "ANNULER")
	if it := b.item(id); it.State != item.Pending {
		t.Errorf("%s %d", it.State, it.Approved)
	}
	b.replyTo(b.about(id, marco), "ANNULER")
	b.replyTo(b.about(id, marco), "OUI")
	if it := b.item(id); it.State != item.Approved {
		t.Errorf("%s %d", it.State, it.Approved)
	}
	b.replyTo(b.about(id, marco), "ANNULER")
	b.replyTo(b.about(id, solene), "ANNULER")
	b.replyTo(b.about(id, solene), "NON : doublon")
	b.replyTo(b.about(id, solene), "ANNULER")
	b.replyTo(b.about(id, marco), "REPORTER")
	b.replyTo(b.about(id, marco), "ANNULER")
	b.replyTo(b.about(id, marco), "REPORTER")
	b.replyTo(b.about(id, marco), "ANNULER")
	b.replyTo(b.about(id, solene), "NON : doublon")
	b.replyTo(b.about(id, solene), "ANNULER")
	b.wait(3 * time.Hour)
	b.replyTo(b.about(id, solene), "ANNULER")
	b.replyTo(b.about(id, elise), "OUI")
	b.replyTo(b.about(id, solene), "OUI")
	if it := b.item(id); it.State != item.Approved {
		t.Errorf("%s %d", it.State, it.Approved)
	}
	b.letters()
	b.verifyLog()
}

// A withdrawn item stays withdrawn when an editor undoes their decision.
func TestWithdraw_WinsOverEditorsUndo(t *testing.T) {
	b := newBench(t, nil)
	id := b.news(1)
	b.replyTo(b.about(id, elise), "OUI\nTITRE : Un titre")
	for range 3 {
		b.reply(token.Receipt, nadia, "Version corrigée :\n\n"+sea2+"\nEt encore une phrase de plus, pour finir.\n")
	}
	b.replyTo(b.about(id, marco), "NON : la première était meilleure")
	b.replyTo(b.about(id, marco), "ANNULER")
	b.replyTo(b.about(id, marco), "OUI")
	b.reply(token.Receipt, nadia, "RETIRER")
	b.reply(token.Receipt, nadia, "RETIRER")
	b.replyTo(b.about(id, marco), "ANNULER")
	if it := b.item(id); it.State != item.Withdrawn {
		t.Errorf("%s", it.State)
	}
	b.letters()
	b.verifyLog()
}

// An unauthenticated order is confirmed once, whichever request it answers.
func TestConfirm_UnauthenticatedOrderIsDoneOnce(t *testing.T) {
	for name, say := range map[string]func(*bench){
		"list": func(b *bench) { b.reply(token.Queue, elise, "1 oui\n2 titre = Un titre", "") },
		"edit": func(b *bench) { b.replyTo(b.about(1, elise), "OUI\nTITRE : Un titre", "") },
		"delegate": func(b *bench) {
			b.replyTo(b.about(1, elise), "DÉLÉGUER à Paul Lenoir jusqu'au 20 février 2018", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			b.news(2)
			b.wait(24 * time.Hour)
			b.letters()
			say(b)
			if n := len(b.decisions(1)); n != 0 {
				t.Errorf("%d decisions", n)
			}
			if got := b.letters(); got["elise confirm"] != 1 {
				t.Errorf("%v", got)
			}
			b.reply(token.Challenge, elise, "OUI", "")
			b.reply(token.Challenge, elise, "OUI", "")
			if it := b.item(1); name != "delegate" && it.State != item.Approved {
				t.Errorf("the item is %s", it.State)
			}
			b.letters()
			b.verifyLog()
		})
	}
}

// An item that was rejected and then withdrawn stays withdrawn when the rejection is undone.
func TestUndo_WithdrawnItemStaysWithdrawn(t *testing.T) {
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

// Nobody gets more than a few requests at once, when many items were submitted in one mail or
// deferred.
func TestClose_DeferredItemsAreAskedAboutInFewMails(t *testing.T) {
	t.Parallel()
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
	b.passUntil(b.issue(1).Closes.Add(time.Minute))
	if got := b.letters(); got["marco request"] > 10 {
		t.Errorf("%v", got)
	}
}

// Two items with the same event, approved in one reply, get one reminder.
func TestRemind_EventOfTwoItemsIsRemindedOnce(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) {
		o.RemindBefore, o.RemindAt = []agenda.Distance{agenda.Days(7), agenda.Days(1)}, 8*60
	})
	b.mail(nadia, mailbox, "Forum des métiers de la mer", sea2)
	b.mail(nadia, mailbox, "Forum des métiers de la mer", sea2+"Ils seront deux cents.\n")
	b.replyTo(b.queueFor(elise), "1-2 oui")
	b.passUntil(time.Date(2018, 3, 23, 9, 0, 0, 0, time.UTC))
	mailings, err := b.store.Mailings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(mailings) != 2 {
		t.Errorf("%+v", mailings)
	}
}
