package issue

import (
	"testing"

	"infolettre/internal/agenda"
	"infolettre/internal/item"
)

func TestWithoutInternal_LeavesOutInternalContent(t *testing.T) {
	t.Parallel()
	event := func(a agenda.Audience) agenda.Event { return agenda.Event{Start: day(23), End: day(23), Audience: a} }
	piece := func(id item.ID, audiences ...agenda.Audience) Piece {
		p := Piece{Item: id, Content: item.Content{Section: "cites"}}
		for _, a := range audiences {
			p.Content.Events = append(p.Content.Events, event(a))
		}
		return p
	}
	c := Content{
		Issue: 1, Internal: []Entry{{ID: 1, Item: 2, Event: event(agenda.Internal)}}, External: []Entry{{ID: 2, Item: 3, Event: event(agenda.External)}},
		Chapters: []Chapter{
			{Section: "cites", Pieces: []Piece{piece(1), piece(2, agenda.Internal, agenda.Internal), piece(3, agenda.Internal, agenda.External), piece(4, "")}},
			{Section: "network", Pieces: []Piece{piece(5, agenda.Internal)}},
		},
	}
	before := c.Hash()
	out := c.WithoutInternal()
	var left []item.ID
	for _, p := range out.Pieces() {
		left = append(left, p.Item)
	}
	if len(left) != 3 || left[0] != 1 || left[1] != 3 || left[2] != 4 || len(out.Chapters) != 1 || out.Internal != nil || len(out.External) != 1 {
		t.Errorf("outside they read %v, %+v", left, out)
	}
	events, pieces := c.Withheld()
	if len(events) != 1 || events[0].ID != 1 || len(pieces) != 2 || pieces[0].Item != 2 || pieces[1].Item != 5 {
		t.Errorf("they do not get %v and %v", events, pieces)
	}
	if c.Hash() != before || c.For(Full).Hash() != before || c.For(External).Hash() != out.Hash() || out.Hash() == before {
		t.Error("the whole was changed, or a variant is the other")
	}
	if events, pieces := out.Withheld(); len(events)+len(pieces) != 0 || out.WithoutInternal().Hash() != out.Hash() {
		t.Error("something internal is left")
	}
	if c.Chapters, c.External = c.Chapters[1:], nil; !c.WithoutInternal().Empty() || c.Empty() {
		t.Error("what is all internal is not empty outside")
	}
}

func TestHash_CoversTheVariant(t *testing.T) {
	t.Parallel()
	whole := Edition{Language: "fr", HTML: "<p>un</p>"}
	outward := whole
	outward.Variant = External
	if v := Variants([]Edition{whole, {Language: "en"}, outward, outward}); len(v) != 2 || v[0] != Full || v[1] != External {
		t.Errorf("variants %q", v)
	}
	seen := map[string]bool{}
	for _, editions := range [][]Edition{{whole}, {outward}, {whole, whole}, {whole, outward}, {outward, whole}} {
		hash := EditionsHash(Content{}, editions)
		if seen[hash] {
			t.Errorf("%v has the hash of others", editions)
		}
		seen[hash] = true
	}
}
