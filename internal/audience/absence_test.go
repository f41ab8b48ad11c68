package audience

import (
	"testing"
	"time"
)

func TestAbsent(t *testing.T) {
	frozen := time.Date(2018, 2, 16, 9, 0, 0, 0, time.UTC)
	before, after := frozen.Add(-time.Hour), frozen.Add(time.Hour)
	segments := []Segment{{Name: "membres", Any: []string{"membre"}, None: []string{"presse"}}, {Name: "deux", All: []string{"a", "b"}}}
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
		want       Absence
	}{
		{name: "nobody", want: AbsentUnlisted},
		{name: "joined after", person: with(func(p *Subscriber) { p.Added = after }), want: AbsentLater},
		{name: "left before", person: with(func(p *Subscriber) { p.Unsubscribed = before }), want: AbsentLeft},
		{name: "left after", person: with(func(p *Subscriber) { p.Unsubscribed = after }), want: AbsentChanged},
		{name: "suppressed before", person: member, suppressed: frozen, want: AbsentSuppressed},
		{name: "suppressed after", person: member, suppressed: after, want: AbsentChanged},
		{name: "without the tag", person: with(func(p *Subscriber) { p.Tags = []string{"a"} }), want: AbsentSegments},
		{name: "with a tag too many", person: with(func(p *Subscriber) { p.Tags = []string{"membre", "presse"} }), want: AbsentSegments},
		{name: "with both tags of the other", person: with(func(p *Subscriber) { p.Tags = []string{"b", "A", "presse"} }), want: AbsentChanged},
		{name: "segments unknown", person: with(func(p *Subscriber) { p.Tags = nil }), want: AbsentChanged},
		{name: "lifted since", person: member, cleared: after, want: AbsentLifted},
		{name: "lifted before", person: member, cleared: before, want: AbsentChanged},
	} {
		in := segments
		if c.name == "segments unknown" {
			in = nil
		}
		if got := Absent(c.person, Suppression{At: c.suppressed}, c.cleared, frozen, in); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
