package audience

import (
	"testing"
	"time"
)

func TestWhyExcluded_FindsTheFirstReason(t *testing.T) {
	created := time.Date(2018, 2, 16, 9, 0, 0, 0, time.UTC)
	before, after := created.Add(-time.Hour), created.Add(time.Hour)
	readers := &Readers{Segments: []Segment{{Name: "membres", Any: []string{"membre"}, None: []string{"presse"}}, {Name: "deux", All: []string{"a", "b"}}}}
	inside := &Readers{Segments: readers.Segments, Internal: []Segment{{Any: []string{"presse"}}}}
	member := Subscriber{ID: 1, Added: before, Tags: []string{"Membre"}}
	with := func(change func(*Subscriber)) Subscriber {
		p := member
		change(&p)
		return p
	}
	for _, c := range []struct {
		name       string
		person     Subscriber
		suppressed time.Time
		cleared    time.Time
		readers    *Readers
		want       Exclusion
	}{
		{name: "nobody", readers: readers, want: ExcludedUnlisted},
		{name: "joined after", person: with(func(p *Subscriber) { p.Added = after }), readers: readers, want: ExcludedJoinedLater},
		{name: "left before", person: with(func(p *Subscriber) { p.Unsubscribed = before }), readers: readers, want: ExcludedUnsubscribed},
		{name: "left after", person: with(func(p *Subscriber) { p.Unsubscribed = after }), readers: readers, want: ExcludedTagsChanged},
		{name: "suppressed before", person: member, suppressed: created, readers: readers, want: ExcludedSuppressed},
		{name: "suppressed after", person: member, suppressed: after, readers: readers, want: ExcludedTagsChanged},
		{name: "without the tag", person: with(func(p *Subscriber) { p.Tags = []string{"a"} }), readers: readers, want: ExcludedNoSegment},
		{name: "with a tag too many", person: with(func(p *Subscriber) { p.Tags = []string{"membre", "presse"} }), readers: readers, want: ExcludedNoSegment},
		{name: "with both tags of the other", person: with(func(p *Subscriber) { p.Tags = []string{"b", "A", "presse"} }), readers: readers, want: ExcludedTagsChanged},
		{name: "segments unknown", person: with(func(p *Subscriber) { p.Tags = nil }), want: ExcludedTagsChanged},
		{name: "outside, without a variant for them", person: member, readers: inside, want: ExcludedOutside},
		{name: "outside, with one", person: member, readers: &Readers{Segments: inside.Segments, Internal: inside.Internal, External: true}, want: ExcludedTagsChanged},
		{name: "inside", person: with(func(p *Subscriber) { p.Tags = []string{"a", "b", "presse"} }), readers: inside, want: ExcludedTagsChanged},
		{name: "lifted since", person: member, cleared: after, readers: readers, want: ExcludedSuppressionLifted},
		{name: "lifted before", person: member, cleared: before, readers: readers, want: ExcludedTagsChanged},
	} {
		if got := WhyExcluded(c.person, Suppression{At: c.suppressed}, c.cleared, created, c.readers); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
