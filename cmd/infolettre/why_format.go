package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/newsroom"
	"infolettre/internal/sqlite"
)

// bounceMeaning words the class of a bounce report.
var bounceMeaning = map[audience.BounceClass]string{
	audience.Hard:      "bounced: the address does not work",
	audience.Soft:      "bounced temporarily",
	audience.Policy:    "bounced: refused for its content or its sender",
	audience.Delayed:   "the recipient's server reports a delay",
	audience.Delivered: "the recipient's server reports delivery",
	audience.Complaint: "the reader complained about it",
}

// returned returns the step of a bounce report. A refusal during an attempt is stored like a
// report.
func (h mailHistory) returned(b sqlite.SubscriberBounce) mailEventJSON {
	text := fmt.Sprintf("this refusal counts as %s", b.Class)
	if b.Class == audience.Policy {
		text += ", and does not count against the address"
	}
	if b.Evidence != newsroom.InSession {
		text = fmt.Sprintf("%s, matched by %s: %s", bounceMeaning[b.Class], b.Evidence, replyText(b.Code, b.Diagnostic))
	}
	if !b.Counted {
		text += "; too late to count"
	}
	s := h.step(b.At, "returned", "%s", text)
	s.Code, s.Reply, s.BounceClass = b.Code, b.Diagnostic, b.Class
	return s
}

// replyText returns a server's reply with its code, unless the text contains the code.
func replyText(code int, reply string) string {
	reply = oneLine(reply)
	switch number := fmt.Sprint(code); {
	case code == 0 && reply == "":
		return "no reply text"
	case code == 0 || strings.Contains(reply, number):
		return reply
	default:
		return strings.TrimSpace(number + " " + reply)
	}
}

// attempt returns the steps of one attempt; with again, only its end.
func (h mailHistory) attempt(s sqlite.Attempt, again bool) []mailEventJSON {
	var steps []mailEventJSON
	if !again && !s.Claimed.IsZero() && !s.Expired {
		steps = append(steps, h.step(s.Claimed, "claimed", "claimed for sending"))
	}
	var over *connectionJSON
	by := ""
	if s.Conn.ID != 0 {
		over = &connectionJSON{s.Conn.ID, s.Conn.Peer, rfc3339(s.Conn.Opened, h.loc)}
		by = fmt.Sprintf(" over connection %d", s.Conn.ID)
		if s.Conn.Peer != "" {
			by += " to " + s.Conn.Peer
		}
		by += ", opened " + h.timeText(s.Conn.Opened)
	}
	if !again && !s.Began.IsZero() && !s.Expired {
		begun := h.step(s.Began, "begun", "sending began%s", by)
		begun.Connection = over
		steps = append(steps, begun)
		by = ""
	}
	if s.State == delivery.Claimed {
		return steps
	}
	end := h.step(s.At, string(s.State), "%s", h.outcome(s))
	end.Text += by
	end.Connection, end.Code, end.Reply = over, s.Code, s.Reply
	return append(steps, end)
}

// outcome words the result of an attempt.
func (h mailHistory) outcome(s sqlite.Attempt) string {
	words := replyText(s.Code, s.Reply)
	switch s.State {
	case delivery.Sent:
		return "sent: the relay answered " + words
	case delivery.Deferred:
		return "deferred: " + words
	case delivery.Queued:
		return "released because the relay failed: " + words + "; not counted against the address"
	case delivery.InDoubt:
		why := s.Reply
		if s.Lost() {
			why = "the connection was lost before the final reply (" + words + ")"
		}
		return "in doubt: " + why + "; it is sent again under the same Message-ID and may arrive twice"
	case delivery.Failed:
		switch {
		case s.Expired:
			return "failed: expired; last reply: " + strings.TrimPrefix(words, "expired: ")
		case s.Code == 0 && s.Reply == "":
			return "failed: it may have arrived, and another attempt could repeat it"
		}
		return "failed: " + words
	default: // an attempt does not end in another state
		return string(s.State)
	}
}

// restored returns the step of a restored backup that held the mail unsent: the lost store
// may have sent it. It returns the zero step if the mail is not concerned.
func (h mailHistory) restored(one newsroom.Hold, created, settled time.Time) mailEventJSON {
	switch {
	case !one.ReleasedAt.IsZero() && created.After(one.ReleasedAt), !settled.IsZero() && !settled.After(one.CopiedAt):
		return mailEventJSON{}
	}
	at, is := one.RestoredAt, "was"
	if at.IsZero() {
		at, is = one.CopiedAt, "is"
	}
	if at.Before(created) {
		at = created
	}
	return h.step(at, "restored", "the store %s a backup of %s: what was sent after that is unknown, so this may arrive twice under the same Message-ID",
		is, h.timeText(one.CopiedAt))
}

// status describes the current state of a mail. For a letter, of holds only the expiry.
func (h mailHistory) status(m sqlite.MailHistory, of sqlite.MailingRow) string {
	doubt := ""
	if m.MaybeSent > 0 {
		doubt = fmt.Sprintf(" %s in doubt may have arrived too.", count(m.MaybeSent, "attempt"))
	}
	waits := ""
	switch {
	case h.held():
		waits = "nothing is sent from this restored store until “infolettre mailings resume”"
	case of.State == delivery.MailingPaused:
		waits = fmt.Sprintf("its mailing is paused until “infolettre mailings resume %d”", of.ID)
	case !h.daemon:
		waits = "no daemon is running"
	}
	switch m.State {
	case delivery.Sent:
		if slices.ContainsFunc(m.Bounces, func(b sqlite.SubscriberBounce) bool { return b.Evidence != newsroom.InSession }) {
			return "It was sent, and a report came back." + doubt
		}
		return "It was sent, and no report came back." + doubt
	case delivery.Failed:
		return "It failed and is not retried." + doubt
	case delivery.Cancelled:
		return "It is not sent: its mailing or its event was cancelled." + doubt
	case delivery.Suppressed:
		switch s := h.Known.Suppressed; {
		case !h.Known.Person.Unsubscribed.IsZero() && !h.Known.Person.Unsubscribed.After(m.Settled):
			return "It is not sent: the person unsubscribed on " + h.unsubscribedText() + "." + doubt
		case s.Reason != "":
			return "It is not sent: the address was suppressed on " + h.timeText(s.At) + " because of " + s.Reason + "." + doubt
		}
		return "It is not sent: by " + h.timeText(m.Settled) + " the person had unsubscribed or the address was suppressed." + doubt
	case delivery.Claimed:
		if !h.daemon {
			return "It was being sent when the daemon stopped; “infolettre serve” recovers it from the journal." + doubt
		}
		return "It is being sent." + doubt
	case delivery.Queued, delivery.Deferred, delivery.InDoubt: // it waits
	}
	switch {
	case of.State == delivery.MailingCancelled:
		return "It is not sent: its mailing was cancelled on " + h.timeText(of.Ended) + "." + doubt
	case waits != "":
		return "It waits: " + waits + "." + doubt
	case m.State == delivery.Deferred:
		return "It is retried from " + h.timeText(m.Next) + " until " + h.timeText(of.Expires) + " at the latest." + doubt
	}
	return "It is queued, due from " + h.timeText(m.Next) + "." + doubt
}
