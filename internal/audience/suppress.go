package audience

import (
	"slices"
	"time"
)

// BounceClass is the result of one mail to one address.
type BounceClass string

const (
	// Hard means that the address does not exist.
	Hard BounceClass = "hard"
	// Soft means that the mail was not delivered, and the address may exist: a full mailbox, a
	// server that was down for days, a filter of the recipient's.
	Soft BounceClass = "soft"
	// Policy means that the mail or its sender was refused, for any recipient. We must fix that;
	// it does not count against the address.
	Policy BounceClass = "policy"
	// Delayed means that delivery is still being tried.
	Delayed BounceClass = "delayed"
	// Delivered means that the mail arrived.
	Delivered BounceClass = "delivered"
	// Complaint means that the recipient reported the mail as spam.
	Complaint BounceClass = "complaint"
)

// SoftBounceRules are the conditions for suppressing an address after soft bounces. Both must hold.
type SoftBounceRules struct {
	Soft int           // at least so many mailings in a row bounced
	Span time.Duration // at least this time between the first and the last of them
}

// SettleTime is the time without a report after which a mail counts as delivered. Servers
// retry for four or five days (RFC 5321, section 4.5.4.1) and report a failure only then.
const SettleTime = 6 * 24 * time.Hour

// Attempt is one mailing to a person.
type Attempt struct {
	Delivery int64
	Sent     time.Time     // when it was sent or refused
	Accepted bool          // the relay accepted it, so silence means delivery
	Classes  []BounceClass // the reports that came back, in any order
}

// class returns the report that counts; "" for none yet.
func (a Attempt) class(now time.Time) BounceClass {
	for _, class := range []BounceClass{Complaint, Hard, Delivered, Soft, Policy} {
		if slices.Contains(a.Classes, class) {
			return class
		}
	}
	if a.Accepted && now.Sub(a.Sent) >= SettleTime {
		return Delivered
	}
	return ""
}

// Reason is why an address is suppressed.
type Reason string

// The reasons for a suppression.
const (
	ReasonHard      Reason = "hard bounce"
	ReasonSoft      Reason = "soft bounces"
	ReasonComplaint Reason = "complaint"
	ReasonOperator  Reason = "operator"
)

// ShouldSuppress reports whether to suppress an address, and why, from the history of mailings to
// it, oldest first: at once after a complaint or a hard bounce, otherwise after the soft
// bounces in a row that the rules require. A delivered mailing resets the count. A mailing
// that is pending, delayed, or refused by policy does not change it.
func ShouldSuppress(history []Attempt, rules SoftBounceRules, now time.Time) (Reason, bool) {
	var first, last time.Time
	soft := 0
	for _, a := range history {
		switch a.class(now) {
		case Complaint:
			return ReasonComplaint, true
		case Hard:
			return ReasonHard, true
		case Delivered:
			soft = 0
		case Policy, Delayed: // neither counts nor resets
		case Soft:
			if soft++; soft == 1 {
				first = a.Sent
			}
			last = a.Sent
		}
	}
	return ReasonSoft, soft > 0 && soft >= rules.Soft && last.Sub(first) >= rules.Span
}
