package newsroom_test

import (
	"errors"
	"testing"

	"infolettre/internal/audience"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// unreadable is a view of the real store in which the people list cannot be read.
type unreadable struct{ newsroom.View }

var errUnreadable = errors.New("database disk image is malformed")

func (unreadable) Person(message.Address) (audience.Subscriber, bool, error) {
	return audience.Subscriber{}, false, errUnreadable
}

// A transaction in which a person's language cannot be read is rolled back: nobody is
// written to in a language that was guessed.
func TestLanguage_StoreErrorFailsTheAct(t *testing.T) {
	f := newFixture(t)
	f.offer(1, item.Content{Title: "Un", Section: "cites", Language: "fr"})
	stranger := message.Mailbox{Address: "nadia@cite.example"}
	for name, act := range map[string]func(newsroom.View) (newsroom.Effects, error){
		"an outcome": func(v newsroom.View) (newsroom.Effects, error) {
			fx, _, err := f.Override(v, 1, editorial.Reject, "a duplicate", f.now)
			return fx, err
		},
		"a confirmation": func(v newsroom.View) (newsroom.Effects, error) {
			return f.Challenge(v, newsroom.Challenge{Answered: 1, Verb: editorial.Approve}, stranger, f.now)
		},
		"a plan": func(v newsroom.View) (newsroom.Effects, error) {
			return f.ShowPlan(v, 1, stranger, "", 0, f.now)
		},
	} {
		err := f.try(func(v newsroom.View) (newsroom.Effects, error) { return act(unreadable{v}) })
		if !errors.Is(err, errUnreadable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	err := f.store.Read(t.Context(), func(v newsroom.View) error {
		it, err := v.Item(1)
		if err == nil && it.State != item.Pending {
			t.Errorf("the item is %s", it.State)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
