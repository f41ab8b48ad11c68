package intake_test

import (
	"testing"
	"time"

	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// A deputy of two editors is one person, and a deputy who is the sender is none.
func TestOneDeputyOfTwo(t *testing.T) {
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
	b.logHolds()
}

// A person whose address is written otherwise is the same person.
func TestCaseOfAddresses(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) { o.Rules.Quorum = 2 })
	id := b.news(1)
	q := b.about(id, elise)
	b.mail("Elise@Reseau.Example", "INFO+"+q.Handle(b.room.Secret).String()+"@cites.example", "Re: ", "OUI\n")
	if len(b.decisions(id)) != 1 {
		t.Errorf("%+v", b.decisions(id))
	}
	q = b.about(id, elise)
	b.wait(24 * time.Hour)
	b.mail("ELISE@reseau.example", "info+"+q.Handle(b.room.Secret).String()+"@cites.example", "Re: ", "OUI\n")
	if it := b.item(id); it.State != item.Pending || len(b.decisions(id)) != 1 {
		t.Errorf("the item is %s, %+v", it.State, b.decisions(id))
	}
	// Nor is a tagged address an editor's.
	q = b.about(id, marco)
	b.mail("marco+x@reseau.example", "info+"+q.Handle(b.room.Secret).String()+"@cites.example", "Re: ", "OUI\n")
	if it := b.item(id); it.State != item.Pending {
		t.Errorf("the item is %s", it.State)
	}
}

// Editors disappear from the configuration with all that they left behind.
func TestAnEditorLeaves(t *testing.T) {
	b := newBench(t, func(o *newsroom.Options) { o.Rules.Quorum = 2; o.Rules.ProofQuorum = 2 })
	id := b.news(1)
	b.replyTo(b.about(id, elise), "OUI")
	b.reply(token.Decision, elise, "DÉLÉGUER à Paul Lenoir jusqu'au 20 février 2018")
	late := b.news(1)
	b.replyTo(b.about(late, deputy), "OUI")
	third := b.news(1)
	q := b.about(third, deputy)
	b.room.Editors = b.room.Editors[1:]
	b.letters()
	b.replyTo(q, "OUI")
	if n := len(b.decisions(third)); n != 0 {
		t.Errorf("%d decisions for nobody", n)
	}
	b.replyTo(b.about(id, marco), "OUI")
	b.replyTo(b.about(late, marco), "OUI\nTITRE : Un titre")
	b.wait(25 * time.Hour)
	b.letters()
	b.pass(b.issue(1).Proofs.Add(time.Hour))
	b.letters()
	b.reply(token.Proof, marco, "Bon à tirer")
	b.reply(token.Proof, solene, "Bon à tirer")
	b.pass(b.issue(1).Sends.Add(time.Hour))
	b.letters()
	b.logHolds()
}

// Every way of taking back, at every moment.
func TestTakingBack(t *testing.T) {
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
	b.logHolds()
}

// The contributor answers across the editors.
func TestContributorAcrossEditors(t *testing.T) {
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
	b.logHolds()
}

// What nothing vouches for is confirmed once, whichever request it answers.
func TestConfirmedAnswers(t *testing.T) {
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
			b.logHolds()
		})
	}
}

// An item whose editors are all away, with the one who sent it, waits before the
// operator.
func TestNobodyIsLeft(t *testing.T) {
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
	b.pass(time.Date(2018, 2, 21, 9, 0, 0, 0, b.room.Location))
	if q, ok := b.last(token.Queue, elise); !ok || len(q.Subjects) != 2 {
		t.Errorf("%v", q.Subjects)
	}
	b.letters()
}
