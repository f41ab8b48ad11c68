package intake_test

import (
	"testing"
	"time"

	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// An unauthenticated deputy decides after one more reply, as the editor would.
func TestDelegate_DeputyConfirmsAsTheEditorWould(t *testing.T) {
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

// Editors who delegate to each other are both asked.
func TestDelegate_EditorsAwayForEachOtherAreBothAsked(t *testing.T) {
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
	b.passUntil(is.Proofs.Add(time.Hour))
	if got := b.letters(); got["elise proof"]+got["marco proof"] == 0 {
		t.Errorf("nobody is asked to sign: %v", got)
	}
}

// A deputy of two editors counts once, and one who sent the item does not count.
func TestDelegate_DeputyOfTwoCountsOnce(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) { o.Rules.Quorum = 2; o.Rules.ProofQuorum = 2 })
	b.news(1)
	b.reply(token.Decision, elise, "DÉLÉGUER à Paul Lenoir jusqu'au 20 février 2018")
	b.reply(token.Decision, marco, "DELEGATE to Paul Lenoir until 20 February 2018")
	b.reply(token.Decision, solene, "DÉLÉGUER à Nadia Berthier jusqu'au 20 février 2018")
	b.letters()
	id := b.news(1)
	b.letters()
	all := []int{}
	b.read(func(v newsroom.View) error {
		for n := 1; ; n++ {
			q, err := v.Request(editorial.RequestID(n))
			if err != nil {
				return nil
			}
			if q.Purpose == token.Decision && q.Subjects[0].Item == id {
				all = append(all, n)
				if q.Person == nadia {
					t.Error("the sender is asked for another's voice")
				}
			}
		}
	})
	for _, n := range all {
		b.replyTo(b.request(n), "OUI")
	}
	if it := b.item(id); it.State != item.Pending {
		t.Errorf("the item is %s", it.State)
	}
	b.letters()
	b.wait(24 * time.Hour)
	b.letters()
	b.verifyLog()
}

// The operator is told of an item that nobody may decide on.
func TestDelegate_ItemWithoutDeciderIsEscalated(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) { o.Editors, o.Escalate = o.Editors[:1], 24*time.Hour })
	b.news(1)
	b.reply(token.Decision, elise, "DÉLÉGUER à Nadia Berthier jusqu'au 20 février 2018")
	b.letters()
	b.news(1)
	b.wait(72 * time.Hour)
	if got := b.letters(); got["admin escalated"] == 0 {
		t.Errorf("%v", got)
	}
	// Back, the editor decides again.
	b.passUntil(time.Date(2018, 2, 21, 9, 0, 0, 0, b.service.Location))
	if q, ok := b.last(token.Queue, elise); !ok || len(q.Subjects) != 2 {
		t.Errorf("%v", q.Subjects)
	}
	b.letters()
}

// An editor who is removed from the configuration decides nothing, nor does their deputy.
func TestDelegate_EditorRemovedFromConfigurationDecidesNothing(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) { o.Rules.Quorum = 2; o.Rules.ProofQuorum = 2 })
	id := b.news(1)
	b.replyTo(b.about(id, elise), "OUI")
	b.reply(token.Decision, elise, "DÉLÉGUER à Paul Lenoir jusqu'au 20 février 2018")
	late := b.news(1)
	b.replyTo(b.about(late, deputy), "OUI")
	third := b.news(1)
	q := b.about(third, deputy)
	b.service.Editors = b.service.Editors[1:]
	b.letters()
	b.replyTo(q, "OUI")
	if n := len(b.decisions(third)); n != 0 {
		t.Errorf("%d decisions for nobody", n)
	}
	b.replyTo(b.about(id, marco), "OUI")
	b.replyTo(b.about(late, marco), "OUI\nTITRE : Un titre")
	b.wait(25 * time.Hour)
	b.letters()
	b.passUntil(b.issue(1).Proofs.Add(time.Hour))
	b.letters()
	b.reply(token.Proof, marco, "Bon à tirer")
	b.reply(token.Proof, solene, "Bon à tirer")
	b.passUntil(b.issue(1).Sends.Add(time.Hour))
	b.letters()
	b.verifyLog()
}
