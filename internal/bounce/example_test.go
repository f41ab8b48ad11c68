package bounce_test

import (
	"fmt"
	"log"
	"strings"

	"infolettre/internal/bounce"
	"infolettre/internal/message"
)

// A delivery report (RFC 3464) names the recipient, the status and the server's words, and
// returns the header of the mail that was not delivered.
func ExampleRead() {
	const report = `Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.lune.example>
To: infolettre@soleil.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.lune.example

Final-Recipient: rfc822; zoe@lune.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <zoe@lune.example>: User unknown
--b
Content-Type: text/rfc822-headers

Message-ID: <n42@soleil.example>
To: zoe@lune.example
--b--
`
	m, err := message.Read([]byte(strings.ReplaceAll(report, "\n", "\r\n")))
	if err != nil {
		log.Fatal(err)
	}
	r := bounce.Read(m)
	fmt.Println(r.Kind, "of", r.MessageID)
	for _, one := range r.Recipients {
		fmt.Println(one.Address, one.Status, one.ReplyCode, one.Reason, one.Outcome())
	}
	// Output:
	// bounce of n42@soleil.example
	// zoe@lune.example 5.1.1 550 userunknown dead
}
