package audience

import "time"

// BounceClass is what came of one mail to one address.
type BounceClass string

const (
	// Hard: there is no such address any more.
	Hard BounceClass = "hard"
	// Soft: it was not delivered this time, and the address may be there: a full
	// mailbox, a server that was down for days, a filter of the recipient's.
	Soft BounceClass = "soft"
	// Policy: the mail or its sender was refused, whoever the recipient: that is
	// ours to mend, and is held against nobody.
	Policy BounceClass = "policy"
	// Delayed: it is still being tried.
	Delayed BounceClass = "delayed"
	// Delivered: it arrived.
	Delivered BounceClass = "delivered"
	// Complaint: the recipient calls it spam.
	Complaint BounceClass = "complaint"
)

// Rules say when an address that mailings do not reach is given up, beside those
// that are dead, which are at once.
type Rules struct {
	Soft int           // so many mailings in a row came back
	Span time.Duration // and so long lies between the first and the last of them
}

// SettleTime is after how long silence means that a mail arrived: servers go on
// trying for four or five days (RFC 5321, section 4.5.4.1) and say so only then.
const SettleTime = 6 * 24 * time.Hour

// Attempt is one mailing to a person.
type Attempt struct {
	Delivery int64
	Sent     time.Time     // when it went out, or was refused
	Silent   bool          // it was accepted; nothing need come back
	Classes  []BounceClass // what came back, in any order
}

// class is the one thing that counts of all that came back; "" for nothing yet.
func (a Attempt) class(now time.Time) BounceClass {
	is := map[BounceClass]bool{}
	for _, f := range a.Classes {
		is[f] = true
	}
	for _, f := range []BounceClass{Complaint, Hard, Delivered, Soft, Policy} {
		if is[f] {
			return f
		}
	}
	if a.Silent && now.Sub(a.Sent) >= SettleTime {
		return Delivered
	}
	return ""
}

// Reason is why an address is suppressed.
type Reason string

const (
	ReasonHard      Reason = "hard bounce"
	ReasonSoft      Reason = "soft bounces"
	ReasonComplaint Reason = "complaint"
	ReasonOperator  Reason = "operator"
)

// GiveUp says whether an address is to be suppressed, and why, after what came of
// the mailings to it, oldest first: at once for a complaint and for a dead
// address; otherwise after as many soft bounces in a row as the rules say. A
// mailing that arrived begins the count anew; one that is under way, was delayed,
// or was refused for our own sake does not touch it.
func GiveUp(history []Attempt, rules Rules, now time.Time) (Reason, bool) {
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
		case Soft:
			if soft++; soft == 1 {
				first = a.Sent
			}
			last = a.Sent
		}
	}
	return ReasonSoft, soft > 0 && soft >= rules.Soft && last.Sub(first) >= rules.Span
}
