package bounce

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"infolettre/internal/message"
)

// read parses a mail of header lines and a body and reads it as a report.
func read(t *testing.T, header, body string) Report {
	t.Helper()
	m, err := message.Read([]byte(strings.TrimSpace(header) + "\n\n" + body))
	if err != nil {
		t.Fatal(err)
	}
	return Read(m)
}

// daemonHeader is the header of most reports in prose.
const daemonHeader = `Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.lune.example>
To: infolettre@soleil.example
Subject: Undelivered Mail Returned to Sender
Content-Type: text/plain; charset=utf-8`

const reportHeader = `From: Mail Delivery System <MAILER-DAEMON@mx.lune.example>
To: infolettre@soleil.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b`

// delivery returns the body of a report with a text and delivery status fields.
func delivery(text, fields string) string {
	return "--b\nContent-Type: text/plain\n\n" + text + "\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.lune.example\n\n" +
		fields + "\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <n42@soleil.example>\nX-Key: k1\nTo: zoe@lune.example\n--b--\n"
}

// recipientLine formats a recipient as the tests write it.
func recipientLine(r Recipient) string {
	hard := "soft"
	if r.Hard {
		hard = "hard"
	}
	return fmt.Sprintf("%s %s %d %s %s", r.Address, r.Status, r.ReplyCode, hard, r.Reason)
}

func TestRead_EachForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, header, body string
		kind               Kind
		want               string // recipients, one a line
	}{
		{"RFC 3464", reportHeader, delivery("", "Final-Recipient: rfc822; zoe@lune.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <zoe@lune.example>:\n Recipient address rejected: User unknown"),
			Bounce, "zoe@lune.example 5.1.1 550 hard userunknown"},
		{"two recipients without the empty line", reportHeader, delivery("", "Final-Recipient: rfc822; zoe@lune.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 552 5.2.2 Over quota\nFinal-Recipient: RFC822;<ali@lune.example>\nAction: delayed\nStatus: 4.4.1"),
			Bounce, "zoe@lune.example 5.2.2 552 soft mailboxfull\nali@lune.example 4.4.1 0 soft expired"},
		{"the original recipient alone, with the diagnostic against the status", reportHeader, delivery("", "Original-Recipient: rfc822;zoe@lune.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.7.1 Your IP is on a blocklist"),
			Bounce, "zoe@lune.example 5.7.1 550 soft blocked"},
		{"the prose of a vague report", reportHeader, delivery("zoe@lune.example: 550 5.1.1 No such user", "Final-Recipient: rfc822; zoe@lune.example\nAction: failed\nStatus: 5.0.0"),
			Bounce, "zoe@lune.example 5.1.1 550 hard userunknown"},
		{"delay", reportHeader, delivery("", "Final-Recipient: rfc822; zoe@lune.example\nAction: delayed\nStatus: 4.2.2\nWill-Retry-Until: Fri, 2 Feb 2018 10:00:00 +0100"),
			Delayed, "zoe@lune.example 4.2.2 0 soft mailboxfull"},
		{"success", reportHeader, delivery("", "Final-Recipient: rfc822; zoe@lune.example\nAction: relayed\nStatus: 2.1.5"),
			Delivered, "zoe@lune.example 2.1.5 0 soft "},
		{"an unknown user after DATA is a filter", reportHeader, delivery("<zoe@lune.example>: host mx.lune.example said: 550 Unknown user\n    (in reply to end of\n    DATA command)", "Final-Recipient: rfc822; zoe@lune.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 Unknown user"),
			Bounce, "zoe@lune.example 5.0.0 550 soft filtered"},
		{"an unknown user of whom only words are known", reportHeader, delivery("", "Final-Recipient: rfc822; zoe@lune.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 no such user"),
			Bounce, "zoe@lune.example 5.0.0 550 soft filtered"},
		{"an unknown user at RCPT", reportHeader, delivery("<zoe@lune.example>: host mx.lune.example said: 550 no such user (in reply to RCPT TO command)", "Final-Recipient: rfc822; zoe@lune.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 no such user"),
			Bounce, "zoe@lune.example 5.0.0 550 hard userunknown"},
		{"an address that its own server cannot find", reportHeader, delivery("** Address not found **\n\nYour message wasn't delivered to zoe@lune.example because the address couldn't be found.\n\nThe response was:\n\n550 <zoe@lune.example>: User unknown", "Final-Recipient: rfc822; zoe@lune.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 <zoe@lune.example>: User unknown"),
			Bounce, "zoe@lune.example 5.0.0 550 hard userunknown"},
		{"a mailbox that is there and unknown", reportHeader, delivery("", "Final-Recipient: rfc822; zoe@lune.example\nAction: failed\nStatus: 5.2.1\nDiagnostic-Code: smtp; 550 5.2.1 User unknown"),
			Bounce, "zoe@lune.example 5.2.1 550 soft filtered"},
		{"a name that cPanel cannot resolve", "X-Failed-Recipients: zoe@lune.example\n" + daemonHeader, "A message that you sent could not be delivered to one or more of its\nrecipients. The following address(es) failed:\n\n  zoe@lune.example\n    The mail server could not deliver mail to zoe@lune.example. The account or domain may not exist, they may be blacklisted, or missing the proper dns entries.\n",
			Bounce, "zoe@lune.example 5.1.2 0 hard hostunknown"},
		{"fields in a part of another name", reportHeader, strings.Replace(delivery("", "Final-Recipient: rfc822; zoe@lune.example\nAction: failed\nStatus: 5.1.2"), "message/delivery-status", "text/plain; name=details.txt", 1),
			Bounce, "zoe@lune.example 5.1.2 0 hard hostunknown"},
		{"Exim", "X-Failed-Recipients: zoe@lune.example\n" + daemonHeader, "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  zoe@lune.example\n    host mx.lune.example [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<zoe@lune.example>:\n    550 5.1.1 no such user\n\n------ This is a copy of the message, including all the headers. ------\n\nMessage-ID: <n42@soleil.example>\nX-Key: k1\n\nbonjour\n",
			Bounce, "zoe@lune.example 5.1.1 550 hard userunknown"},
		{"qmail", daemonHeader, "Hi. This is the qmail-send program at mx.lune.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<zoe@lune.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n<ali@lune.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 452 4.2.2 Mailbox full\nGiving up on 192.0.2.1.\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <n42@soleil.example>\nX-Key: k1\n\nbonjour\n",
			Bounce, "zoe@lune.example 5.1.1 0 hard userunknown\nali@lune.example 4.2.2 452 soft mailboxfull"},
		{"Postfix's prose", daemonHeader, "This is the mail system at host mx.lune.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n<zoe@lune.example>: Host or domain name not found. Name service error for\n    name=lune.example type=MX: Host not found\n\nReturn-Path: <infolettre@soleil.example>\nMessage-ID: <n42@soleil.example>\nX-Key: k1\n",
			Bounce, "zoe@lune.example 5.1.2 0 hard hostunknown"},
		{"sendmail's transcript", daemonHeader, "   ----- The following addresses had permanent fatal errors -----\n<zoe@lune.example>\n\n   ----- Transcript of session follows -----\n... while talking to mx.lune.example.:\n>>> RCPT To:<zoe@lune.example>\n<<< 551 not our customer\n550 5.1.1 <zoe@lune.example>... User unknown\n>>> DATA\n<<< 503 Need RCPT\n\n   ----- Unsent message follows -----\nMessage-ID: <n42@soleil.example>\nX-Key: k1\n",
			Bounce, "zoe@lune.example 5.1.1 550 hard userunknown"},
		{"Exchange 2003", daemonHeader, "Your message did not reach some or all of the intended recipients.\n\n      Subject:\tlettre\n      Sent:\t1/2/2018 10:00 AM\n\nThe following recipient(s) could not be reached:\n\n      zoe@lune.example on 1/2/2018 10:00 AM\n            The message reached the recipient's e-mail system, but delivery was refused.\n            <mx.lune.example #5.2.2 smtp;552 5.2.2 Mailbox size limit exceeded>\n",
			Bounce, "zoe@lune.example 5.2.2 552 soft mailboxfull"},
		{"Domino", daemonHeader, "Your message\n\n  Subject: lettre\n\nwas not delivered to:\n\n  zoe@lune.example\n\nbecause:\n\n  User zoe (zoe@lune.example) not listed in Domino Directory\n",
			Bounce, "zoe@lune.example 5.1.1 0 hard userunknown"},
		{"DragonFly", daemonHeader, "This is the DragonFly Mail Agent v0.13 at mx.lune.example.\n\nThere was an error delivering your mail to <zoe@lune.example>.\n\nmx.lune.example [192.0.2.1] did not like our RCPT TO:\n554 5.3.4 Message too big for system\n\nMessage headers follow.\n\nMessage-ID: <n42@soleil.example>\nX-Key: k1\n",
			Bounce, "zoe@lune.example 5.3.4 554 soft mesgtoobig"},
		{"GMX", daemonHeader, "A message that you sent could not be delivered to one or more of\nits recipients. The following address\nfailed:\n\n\"zoe@lune.example\":\nSMTP error from remote server after RCPT command:\nhost: mx.lune.example\n5.1.1 User unknown\n\n--- The header of the original message is following. ---\n\nMessage-ID: <n42@soleil.example>\nX-Key: k1\n",
			Bounce, "zoe@lune.example 5.1.1 0 hard userunknown"},
		{"a list of permanent errors", daemonHeader, "We had trouble delivering your message. Full details follow:\n\nSubject: 'lettre'\n\n** The following recipients returned permanent errors: zoe@lune.example **\n\n550 5.7.1 Relaying denied\n",
			Bounce, "zoe@lune.example 5.7.1 550 soft norelaying"},
		{"a French server", daemonHeader, "Votre message n'a pas pu être remis à :\n\n  zoe@lune.example\n\nBoîte pleine\n",
			Bounce, "zoe@lune.example 5.2.2 0 soft mailboxfull"},
		{"a delay in prose", daemonHeader, "THIS IS A WARNING MESSAGE ONLY.\n\nDelivery to the following recipient has been delayed:\n\n     zoe@lune.example\n\nMessage will be retried for 2 more day(s)\n",
			Delayed, "zoe@lune.example 4.4.7 0 soft expired"},
		{"Amazon SES", "From: no-reply@sns.amazonaws.com\nSubject: AWS Notification Message", `{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"zoe@lune.example","status":"5.1.1","action":"failed","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]},"mail":{"headers":[{"name":"Message-ID","value":"<n42@soleil.example>"},{"name":"X-Key","value":"k1"}]}}`,
			Bounce, "zoe@lune.example 5.1.1 550 hard userunknown"},
		{"complaint", strings.Replace(reportHeader, "delivery-status", "feedback-report", 1), "--b\nContent-Type: text/plain\n\nThis is an abuse report.\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: Abuse\nVersion: 1\nOriginal-Rcpt-To: <zoe@lune.example>\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <n42@soleil.example>\nX-Key: k1\n\nbonjour\n--b--\n",
			Complaint, "zoe@lune.example  0 soft feedback"},
		{"vacation", "From: zoe@lune.example\nAuto-Submitted: auto-replied\nSubject: Away until May", "I am away.", Vacation, ""},
		{"vacation by its subject", "From: zoe@lune.example\nSubject: Réponse automatique : lettre", "Je suis en congé.", Vacation, ""},
		{"a person", "From: zoe@lune.example\nSubject: Re: lettre", "550 5.1.1 User unknown, that is all I got!\n", None, ""},
		{"a person who pastes a bounce", "From: zoe@lune.example\nSubject: Undelivered mail", "I'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n<ali@lune.example>: 550 5.1.1 User unknown\n", None, ""},
		{"a report of another kind", strings.Replace(strings.Replace(reportHeader, "delivery-status", "tlsrpt", 1), "Undelivered Mail Returned to Sender", "Report Domain: lune.example", 1), "--b\nContent-Type: text/plain\n\nThis is an aggregate report.\n--b--\n", None, ""},
		{"a person who forwards a bounce in the text", "From: zoe@lune.example\nSubject: Fwd: Undelivered Mail Returned to Sender", "> I'm sorry to have to inform you that your message could not\n> be delivered to one or more recipients.\n> <ali@lune.example>: 550 5.1.1 User unknown\n", None, ""},
		{"a person who attaches a bounce", "From: zoe@lune.example\nSubject: look\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a", "--a\nContent-Type: text/plain\n\nwhat is this?\n--a\nContent-Type: message/rfc822\n\n" + reportHeader + "\n\n" + delivery("", "Final-Recipient: rfc822; zoe@lune.example\nAction: failed\nStatus: 5.1.1") + "--a--\n", None, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := read(t, c.header, c.body)
			var got []string
			for _, recipient := range r.Recipients {
				got = append(got, recipientLine(recipient))
			}
			if r.Kind != c.kind || strings.Join(got, "\n") != c.want {
				t.Errorf("got %q (%s)\n%s\nwant %q\n%s", r.Kind, r.Why, strings.Join(got, "\n"), c.kind, c.want)
			}
			if strings.Contains(c.body, "X-Key") && c.kind != None && (r.Returned.Get("X-Key") != "k1" || r.MessageID != "n42@soleil.example") {
				t.Errorf("the returned mail is lost: %q, %v", r.MessageID, r.Returned)
			}
		})
	}
}

// Reading a report of any size is bounded: nothing in it is read more often than its size
// allows.
func TestRead_IsBounded(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	many := strings.Repeat("Final-Recipient: rfc822; zoe@lune.example\nAction: failed\nDiagnostic-Code: smtp; 550 "+strings.Repeat("a.", 500)+"\n\n", 2000)
	r := read(t, reportHeader, delivery(strings.Repeat("<a@lune.example>: 550 a@", 50_000), many))
	if len(r.Recipients) == 0 || len(r.Recipients) > maxRecipients {
		t.Errorf("%d recipients", len(r.Recipients))
	}
	r = read(t, daemonHeader, strings.Repeat("zoe@lune.example: 550 5.1.1 user unknown\n", 100_000))
	if len(r.Recipients) != 1 || len(r.Recipients[0].Diagnostic) > 500 {
		t.Errorf("%d recipients", len(r.Recipients))
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(daemonHeader + "\n\n<zoe@lune.example>: 550 5.1.1 User unknown\n"))
	f.Add([]byte(reportHeader + "\n\n" + delivery("x", "Final-Recipient: rfc822; zoe@lune.example\nAction: failed\nStatus: 5.1.1")))
	f.Add([]byte("From: no-reply@sns.amazonaws.com\n\n{\"notificationType\":\"Bounce\"}"))
	f.Add([]byte("From: zoe@lune.example\nAuto-Submitted: auto-replied\n\nI am away."))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := message.Read(bytes.Clone(raw))
		if err != nil {
			return
		}
		r := Read(m)
		if (r.Kind == None || r.Kind == Vacation) != (len(r.Recipients) == 0) {
			t.Fatalf("kind %q with %d recipients", r.Kind, len(r.Recipients))
		}
		if (r.Kind == None) != (r.Why == "") {
			t.Fatalf("kind %q because of %q", r.Kind, r.Why)
		}
		for _, one := range r.Recipients {
			for _, a := range []message.Address{one.Address, one.Original} {
				if again, err := message.ParseAddress(string(a)); a != "" && (err != nil || again != a) {
					t.Fatalf("address %q: %v", a, err)
				}
			}
			if one.Status != "" && statusField.FindString(one.Status) != one.Status {
				t.Fatalf("status %q", one.Status)
			}
			if one.Hard && (r.Kind != Bounce || one.Action != actionFailed || strings.HasPrefix(one.Status, "4")) {
				t.Fatalf("%s: hard with %+v", r.Kind, one)
			}
			if one.ReplyCode != 0 && (one.ReplyCode < 200 || one.ReplyCode > 579) {
				t.Fatalf("reply %d", one.ReplyCode)
			}
		}
	})
}
