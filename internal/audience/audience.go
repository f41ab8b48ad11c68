// Package audience is the people on the lists: who they are, which segments
// they belong to, how they agreed to be written to, and who must never be
// written to again.
//
// A person is known by their address. Their tags put them into segments; the
// tag "contact" makes them a contributor. Someone who unsubscribed stays in the
// people list (a contributor may still contribute, and is answered) but gets no
// mailing; a suppressed address gets nothing at all.
package audience

import (
	"slices"
	"time"

	"infolettre/internal/message"
)

// ID is a subscriber's number.
type ID int64

// TagContact marks a person whose mails are contributions.
const TagContact = "contact"

// Subscriber is one person in the people list.
type Subscriber struct {
	ID           ID
	Address      message.Address
	Name         string
	Centre       string
	Language     string // "" for the newsletter's default
	Tags         []string
	Consent      string    // where and when they agreed, as the import says
	Added        time.Time // when they came into the list
	Unsubscribed time.Time // zero while they are subscribed
}

// Contributor reports whether the person's mails are contributions.
func (s Subscriber) Contributor() bool { return slices.Contains(s.Tags, TagContact) }

// Segment is a named part of the people list, chosen by tags: one of Any (when
// there are any), every one of All, and not one of None.
type Segment struct {
	Name string
	Any  []string
	All  []string
	None []string
}

// Suppression is an address never to be mailed again, and why.
type Suppression struct {
	Address message.Address
	Reason  string
	At      time.Time
}
