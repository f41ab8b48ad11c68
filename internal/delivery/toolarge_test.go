package delivery_test

import (
	"testing"

	"infolettre/internal/delivery"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// tooLarge is the topic of letters that the test's printer refuses to print.
const tooLarge = "test-too-large"

// A letter that is larger than relays take is given up at its first attempt, and the
// operator is told, once.
func TestSend_LetterTooLargeIsGivenUpAndTold(t *testing.T) {
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
