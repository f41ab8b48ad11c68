package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/sqlite"
)

// mailHistory reports the history of the mails to one address, from the ledger.
type mailHistory struct {
	sqlite.AddressHistory
	loc    *time.Location
	daemon bool // one is running
}

func (h mailHistory) report(address message.Address) whyJSON {
	if h.Known.Person.ID != 0 {
		address = h.Known.Person.Address // as the list has it
	}
	j := whyJSON{Email: string(address), ID: h.Known.Person.ID, Held: h.held(), Mailings: []whyMailingJSON{}, Letters: []whyLetterJSON{}}
	for _, m := range h.Mailings {
		j.Mailings = append(j.Mailings, h.mailingJSON(m))
	}
	for _, l := range h.Letters {
		steps := []mailEventJSON{h.step(l.Created, "queued", "queued: %s %s", l.Kind, l.Topic)}
		mail := h.mailJSON(l.Mail, l.Created, steps)
		mail.Now = h.status(l.Mail, sqlite.MailingRow{Expires: l.Expires})
		j.Letters = append(j.Letters, whyLetterJSON{l.Kind, l.Topic, rfc3339(l.Created, h.loc), mail})
	}
	return j
}

func (h mailHistory) held() bool {
	return slices.ContainsFunc(h.Holds, func(one newsroom.Hold) bool { return one.ReleasedAt.IsZero() })
}

func (h mailHistory) mailingJSON(m sqlite.MailingHistory) whyMailingJSON {
	j := whyMailingJSON{
		Mailing: m.ID, Kind: m.Kind, Issue: m.Issue, Subject: m.Subject, State: m.State,
		Created: rfc3339(m.Created, h.loc), Segments: m.Readers.Names(), Variant: m.Variant,
	}
	readers := "created"
	if len(j.Segments) > 0 {
		readers += " for " + strings.Join(j.Segments, ", ")
	}
	if m.Mail.ID == 0 {
		j.Absent = audience.WhyExcluded(h.Known.Person, h.Known.Suppressed, h.Cleared, m.Created, m.Readers)
		j.mailJSON = mailJSON{Steps: []mailEventJSON{h.step(m.Created, "created", "%s, without this address", readers)}, Now: h.absentReason(j)}
		return j
	}
	if m.Variant != "" {
		readers += ", variant " + m.Variant
	}
	j.mailJSON = h.mailJSON(m.Mail, m.Created, []mailEventJSON{h.step(m.Created, "created", "%s", readers)})
	j.Now = h.status(m.Mail, m.MailingRow)
	return j
}

func (h mailHistory) step(at time.Time, what, format string, args ...any) mailEventJSON {
	return mailEventJSON{at: at, At: rfc3339(at, h.loc), What: what, Text: fmt.Sprintf(format, args...)}
}

// absentReason explains why a mailing has no mail for the address.
func (h mailHistory) absentReason(m whyMailingJSON) string {
	p := h.Known.Person
	switch m.Absent {
	case audience.ExcludedUnlisted:
		return "Not sent: the address is not in the people list."
	case audience.ExcludedJoinedLater:
		return "Not sent: the address was added on " + h.timeText(p.Added) + ", after the mailing was created."
	case audience.ExcludedUnsubscribed:
		return "Not sent: the person had unsubscribed on " + h.unsubscribedText() + "."
	case audience.ExcludedSuppressed:
		return "Not sent: the address was suppressed on " + h.timeText(h.Known.Suppressed.At) + ", because of " + h.Known.Suppressed.Reason + "."
	case audience.ExcludedOutside:
		return "Not sent: the address (" + h.tagsText() + ") is outside the network, and the mailing had nothing for readers there."
	case audience.ExcludedNoSegment:
		return "Not sent: the address (" + h.tagsText() + ") is in none of the mailing's segments (" + strings.Join(m.Segments, ", ") + ")."
	case audience.ExcludedSuppressionLifted:
		return "Not sent: the address was probably suppressed then; the operator lifted that on " + h.timeText(h.Cleared) + "."
	case audience.ExcludedTagsChanged:
	}
	return "Not sent: the address was in none of the mailing's segments then; its tags have changed since."
}

func (h mailHistory) tagsText() string {
	if len(h.Known.Person.Tags) == 0 {
		return "no tags"
	}
	return "tags " + strings.Join(h.Known.Person.Tags, ", ")
}

// unsubscribedText returns when and how the person unsubscribed.
func (h mailHistory) unsubscribedText() string {
	for _, c := range slices.Backward(h.Known.Consents) {
		if !c.Given {
			return h.timeText(c.At) + " (" + c.How + ")"
		}
	}
	return h.timeText(h.Known.Person.Unsubscribed)
}

func (h mailHistory) timeText(t time.Time) string { return clockText(rfc3339(t, h.loc)) }

// mailJSON returns each attempt and each report, by time.
func (h mailHistory) mailJSON(m sqlite.MailHistory, created time.Time, steps []mailEventJSON) mailJSON {
	j := mailJSON{Mail: m.ID, Outcome: m.State}
	if m.State == delivery.Queued || m.State == delivery.Deferred {
		j.Next = rfc3339(m.Next, h.loc)
	}
	idle := m.Claims
	for i, s := range m.Earlier {
		again := i > 0 && m.Earlier[i-1].Claimed.Equal(s.Claimed) && s.State == delivery.Failed // the same attempt
		steps = append(steps, h.attempt(s, again)...)
		if s.State == delivery.Failed {
			steps = append(steps, h.step(retriedAt(m, i), "retried", "retried by the operator (mailings retry --failed)"))
		}
		if !again {
			idle--
		}
	}
	if m.State == delivery.Sent || m.State == delivery.Failed || m.State == delivery.Claimed {
		steps = append(steps, h.attempt(m.Last, false)...)
		if !m.Last.Claimed.IsZero() {
			idle--
		}
	}
	for _, one := range h.Holds {
		if r := h.restored(one, created, m.Settled); r.What != "" {
			steps = append(steps, r)
		}
	}
	for _, b := range slices.Backward(m.Bounces) { // latest first
		steps = append(steps, h.returned(b))
	}
	slices.SortStableFunc(steps, func(a, b mailEventJSON) int { return a.at.Compare(b.at) })
	if idle > 0 && m.Claims > 0 {
		last := steps[len(steps)-1]
		steps = append(steps, h.step(last.at, "released", "also claimed and released %s without sending: "+
			"its domain was rate-limited, the mailing was paused, or the relay was unreachable", count(idle, "time")))
	}
	j.Steps = steps
	return j
}

// retriedAt returns the time of the attempt that followed, or will follow, a failed one.
func retriedAt(m sqlite.MailHistory, i int) time.Time {
	last := m.Last.Claimed
	if i+1 < len(m.Earlier) {
		last = m.Earlier[i+1].Claimed
	}
	if last.After(m.Earlier[i].At) {
		return last
	}
	if !m.Settled.IsZero() {
		return m.Settled
	}
	return m.Next
}
