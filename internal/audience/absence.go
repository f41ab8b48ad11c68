package audience

import (
	"slices"
	"strings"
	"time"
)

// Absence is why somebody is not among the readers of a mailing.
type Absence string

const (
	AbsentUnlisted   Absence = "not in the list"
	AbsentLater      Absence = "joined later"        // than it was frozen
	AbsentLeft       Absence = "unsubscribed"        // before
	AbsentSuppressed Absence = "suppressed"          // likewise
	AbsentOutside    Absence = "outside the network" // for which there was no variant; by the tags that they have now
	AbsentSegments   Absence = "in no segment"       // by the tags that they have now
	AbsentLifted     Absence = "suppressed then"     // so it seems: the operator lifted it since
	AbsentChanged    Absence = "tags changed since"  // nothing else is left
)

// Has reports whether somebody with these tags belongs to the segment. Letter case does
// not count.
func (s Segment) Has(tags []string) bool {
	has := func(tag string) bool {
		return slices.ContainsFunc(tags, func(t string) bool { return strings.EqualFold(t, tag) })
	}
	return (len(s.Any) == 0 || slices.ContainsFunc(s.Any, has)) &&
		!slices.ContainsFunc(s.All, func(tag string) bool { return !has(tag) }) && !slices.ContainsFunc(s.None, has)
}

// Readers is by what the readers of a mailing were chosen.
type Readers struct {
	Segments []Segment
	Internal []Segment `json:",omitempty"` // those of the network; none where all get the same
	Outward  bool      // there is a variant for who is in none of these
}

// Names are those of the segments.
func (r *Readers) Names() []string {
	names := []string{}
	if r != nil {
		for _, s := range r.Segments {
			names = append(names, s.Name)
		}
	}
	return names
}

// Absent says why a person, with what is known of them now, was not among the readers
// of a mailing when it was frozen. cleared is when the operator last lifted a
// suppression; readers is nil where it is not known.
func Absent(p Subscriber, s Suppression, cleared, frozen time.Time, readers *Readers) Absence {
	before := func(t time.Time) bool { return !t.IsZero() && !t.After(frozen) }
	in := func(s Segment) bool { return s.Has(p.Tags) }
	switch {
	case p.ID == 0:
		return AbsentUnlisted
	case p.Added.After(frozen):
		return AbsentLater
	case before(p.Unsubscribed):
		return AbsentLeft
	case before(s.At):
		return AbsentSuppressed
	case readers != nil && !slices.ContainsFunc(readers.Segments, in):
		return AbsentSegments
	case readers != nil && len(readers.Internal) > 0 && !readers.Outward && !slices.ContainsFunc(readers.Internal, in):
		return AbsentOutside
	case cleared.After(frozen):
		return AbsentLifted
	}
	return AbsentChanged
}
