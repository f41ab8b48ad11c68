package editorial_test

import (
	"fmt"

	"infolettre/internal/editorial"
)

// An approval is an explicit order on the first line. A question decides nothing, even
// if it contains the word. Fields on their own lines change the item.
func ExampleReadReply() {
	for _, text := range []string{
		"Bonjour,\nOui, merci Nadia !",
		"Oui ?",
		"CORRIGER\nTITRE : La mer recrute à Rouen\nRUBRIQUE : Réseau",
	} {
		r := editorial.ReadReply(editorial.ReplyText{Text: text})
		switch r.Verb {
		case editorial.None:
			fmt.Println("nothing decided:", r.Why)
		default:
			fmt.Println(r.Verb, r.Changes)
		}
	}
	// Output:
	// approve []
	// nothing decided: the first line is a question
	// edit [{title La mer recrute à Rouen} {section Réseau}]
}
