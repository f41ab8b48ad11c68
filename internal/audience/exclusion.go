package audience

import (
	"slices"
	"strings"
	"time"
)

// Exclusion is why a person does not receive a mailing.
type Exclusion string

// The reasons, in the order in which WhyExcluded checks them.
const (
	ExcludedUnlisted          Exclusion = "not in the list"
	ExcludedJoinedLater       Exclusion = "joined later"        // after the mailing was created
	ExcludedUnsubscribed      Exclusion = "unsubscribed"        // before the mailing was created
	ExcludedSuppressed        Exclusion = "suppressed"          // before the mailing was created
	ExcludedOutside           Exclusion = "outside the network" // by the present tags; there was no variant for such readers
	ExcludedNoSegment         Exclusion = "in no segment"       // by the present tags
	ExcludedSuppressionLifted Exclusion = "suppressed then"     // presumably: the operator lifted a suppression since
	ExcludedTagsChanged       Exclusion = "tags changed since"  // presumably: no other reason applies
)

// Has reports whether a person with these tags belongs to the segment. It ignores the case
// of letters.
func (s Segment) Has(tags []string) bool {
	has := func(tag string) bool {
		return slices.ContainsFunc(tags, func(t string) bool { return strings.EqualFold(t, tag) })
	}
	return (len(s.Any) == 0 || slices.ContainsFunc(s.Any, has)) &&
		!slices.ContainsFunc(s.All, func(tag string) bool { return !has(tag) }) && !slices.ContainsFunc(s.None, has)
}

// Readers is the selection of the readers of a mailing.
type Readers struct {
	Segments []Segment
	Internal []Segment `json:",omitempty"` // the readers inside the network; empty where all get the same variant
	External bool      `json:"Outward"`    // there is a variant for all other readers
}

// Names returns the names of the segments.
func (r *Readers) Names() []string {
	names := []string{}
	if r != nil {
		for _, s := range r.Segments {
			names = append(names, s.Name)
		}
	}
	return names
}

// WhyExcluded returns why a person, by their present data, was not among the readers of a
// mailing when it was created. cleared is when the operator last lifted a suppression;
// readers is nil when the selection is unknown.
func WhyExcluded(p Subscriber, s Suppression, cleared, created time.Time, readers *Readers) Exclusion {
	before := func(t time.Time) bool { return !t.IsZero() && !t.After(created) }
	in := func(s Segment) bool { return s.Has(p.Tags) }
	switch {
	case p.ID == 0:
		return ExcludedUnlisted
	case p.Added.After(created):
		return ExcludedJoinedLater
	case before(p.Unsubscribed):
		return ExcludedUnsubscribed
	case before(s.At):
		return ExcludedSuppressed
	case readers != nil && !slices.ContainsFunc(readers.Segments, in):
		return ExcludedNoSegment
	case readers != nil && len(readers.Internal) > 0 && !readers.External && !slices.ContainsFunc(readers.Internal, in):
		return ExcludedOutside
	case cleared.After(created):
		return ExcludedSuppressionLifted
	}
	return ExcludedTagsChanged
}
