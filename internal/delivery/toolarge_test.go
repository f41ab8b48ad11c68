package delivery_test

import (
	"testing"

	"infolettre/internal/delivery"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// tooLarge is the topic of letters that fixture.Print reports as too large.
const tooLarge = "test-too-large"

// A letter that is larger than relays accept fails at its first attempt, and the operator
// is notified once.
func TestSender_TooLargeLetterFailsAndNotifiesOperator(t *testing.T) {
	t.Parallel()
	o := newRefused(t, nil, &quota{lifted: true})
	err := o.store.Write(t.Context(), func(v newsroom.View) (newsroom.Effects, error) {
		id, err := v.Next(newsroom.SeqLetter)
		return newsroom.Effects{newsroom.QueueLetter{Letter: delivery.Letter{
			ID: delivery.LetterID(id), Kind: delivery.KindRequest, Topic: tooLarge, To: message.Mailbox{Address: "elise@reseau.example"}, Created: noon,
		}}}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	stop := o.run()
	defer stop()
	o.settle()
	o.advance(noon.Add(2 * delivery.LetterLife))
	got := o.mailsByRecipient()
	if len(got) != 1 || got[operator] != 1 {
		t.Errorf("mails arrived at %v, want one at the operator's", got)
	}
}
