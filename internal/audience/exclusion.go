package audience

import (
	"slices"
	"strings"
	"time"
)

// Absence is why a person does not receive a mailing.
type Absence string

// The reasons, in the order in which Absent checks them.
const (
	AbsentUnlisted   Absence = "not in the list"
	AbsentLater      Absence = "joined later"        // after the mailing was created
	AbsentLeft       Absence = "unsubscribed"        // before the mailing was created
	AbsentSuppressed Absence = "suppressed"          // before the mailing was created
	AbsentOutside    Absence = "outside the network" // by the present tags; there was no variant for such readers
	AbsentSegments   Absence = "in no segment"       // by the present tags
	AbsentLifted     Absence = "suppressed then"     // presumably: the operator lifted a suppression since
	AbsentChanged    Absence = "tags changed since"  // presumably: no other reason applies
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
	Outward  bool      `json:"Outward"`    // there is a variant for all other readers
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

// Absent returns why a person, by their present data, was not among the readers of a
// mailing when it was created. cleared is when the operator last lifted a suppression;
// readers is nil when the selection is unknown.
func Absent(p Subscriber, s Suppression, cleared, created time.Time, readers *Readers) Absence {
	before := func(t time.Time) bool { return !t.IsZero() && !t.After(created) }
	in := func(s Segment) bool { return s.Has(p.Tags) }
	switch {
	case p.ID == 0:
		return AbsentUnlisted
	case p.Added.After(created):
		return AbsentLater
	case before(p.Unsubscribed):
		return AbsentLeft
	case before(s.At):
		return AbsentSuppressed
	case readers != nil && !slices.ContainsFunc(readers.Segments, in):
		return AbsentSegments
	case readers != nil && len(readers.Internal) > 0 && !readers.Outward && !slices.ContainsFunc(readers.Internal, in):
		return AbsentOutside
	case cleared.After(created):
		return AbsentLifted
	}
	return AbsentChanged
}
