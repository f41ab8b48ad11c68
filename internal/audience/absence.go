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
	AbsentLater      Absence = "joined later"       // than it was frozen
	AbsentLeft       Absence = "unsubscribed"       // before
	AbsentSuppressed Absence = "suppressed"         // likewise
	AbsentSegments   Absence = "in no segment"      // by the tags that they have now
	AbsentLifted     Absence = "suppressed then"    // so it seems: the operator lifted it since
	AbsentChanged    Absence = "tags changed since" // nothing else is left
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

// Absent says why a person, with what is known of them now, was not among the readers
// of a mailing when it was frozen. cleared is when the operator last lifted a
// suppression, segments those of the mailing, nil where they are not known.
func Absent(p Subscriber, s Suppression, cleared, frozen time.Time, segments []Segment) Absence {
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
	case segments != nil && !slices.ContainsFunc(segments, in):
		return AbsentSegments
	case cleared.After(frozen):
		return AbsentLifted
	}
	return AbsentChanged
}
