package bounce

import "testing"

func TestReadReply_ByCodeAndWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code      int
		words     string
		recipient bool
		want      Outcome
		status    string
	}{
		{550, "relay: rcpt: 550 5.1.1 <zoe@lune.example>: Recipient address rejected: User unknown", true, Dead, "5.1.1"},
		{550, "relay: rcpt: 550 no such user here", true, Dead, "5.1.1"},
		{550, "relay: content: 550 no such user here", false, Failed, "5.7.1"},
		{552, "relay: rcpt: 552 5.2.2 mailbox full", true, Failed, "5.2.2"},
		{550, "relay: rcpt: 550 5.7.1 your host 192.0.2.1 is on our blocklist", true, Refused, "5.7.1"},
		{554, "relay: content: 554 5.7.1 message looks like spam", false, Refused, "5.7.1"},
		{550, "relay: rcpt: 550 5.4.5 Daily user sending quota exceeded", true, Refused, "5.4.5"},
		{550, "relay: rcpt: 550 Relaying denied", true, Refused, "5.7.1"},
		{450, "relay: rcpt: 450 4.1.1 user unknown, try later", true, Failed, "4.1.1"},
		{450, "relay: rcpt: 450 4.2.0 greylisted", true, Failed, "4.2.0"},
		{554, "relay: rcpt: 554 5.7.0 no", true, Refused, "5.7.0"},
		{550, "relay: rcpt: 550 no", true, Failed, ""},
	} {
		r := ReadReply(c.code, c.words, c.recipient)
		if r.Outcome() != c.want || r.Status != c.status || r.ReplyCode != c.code {
			t.Errorf("%q: %s %s %d, want %s %s %d", c.words, r.Outcome(), r.Status, r.ReplyCode, c.want, c.status, c.code)
		}
	}
}
