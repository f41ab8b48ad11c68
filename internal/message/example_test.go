package message_test

import (
	"fmt"
	"log"
	"strings"

	"infolettre/internal/message"
)

// Of a reply, Visible returns what its author wrote: the quotation, the line that introduces
// it and the signature are gone.
func ExampleMessage_Visible() {
	const reply = `From: Zoé Lambert <zoe@lune.example>
To: infolettre@soleil.example
Subject: Re: Forum des métiers
Content-Type: text/plain; charset=utf-8

Oui, on publie.

Le lun. 5 mars 2018 à 10:02, Infolettre <infolettre@soleil.example> a écrit :

> Le forum aura lieu le 22 mars.
> Publier ? Répondez oui ou non.

-- 
Zoé Lambert
`
	m, err := message.Read([]byte(strings.ReplaceAll(reply, "\n", "\r\n")))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Author())
	fmt.Println(m.Visible())
	// Output:
	// Zoé Lambert <zoe@lune.example>
	// Oui, on publie.
}
