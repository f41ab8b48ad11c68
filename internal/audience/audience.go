// Package audience models the people list: who the people are, which segments they belong
// to, how they gave consent, and which addresses must never be mailed again.
//
// The address identifies a person. Tags put people into segments; the tag "contact" makes
// a person a contributor. A person who unsubscribed stays in the list but gets no mailing;
// a contributor may still contribute and gets answers. A suppressed address gets no mail at
// all. The package is pure: the store keeps its data. Begin reading at Subscriber, ReadCSV
// for imports, and ShouldSuppress for bounces.
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

// Subscriber is a person in the people list.
type Subscriber struct {
	ID           ID
	Address      message.Address
	Name         string
	Centre       string
	Language     string // "" for the default language
	Tags         []string
	Consent      string    // where and when they agreed, as in the import
	Added        time.Time // when they were added to the list
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

// Suppression is an address that must never be mailed again, and the reason.
type Suppression struct {
	Address message.Address
	Reason  string
	At      time.Time
}
