package issue

import (
	"slices"

	"infolettre/internal/agenda"
)

// Variant says to which readers an edition is written.
type Variant string

const (
	Full     Variant = ""        // to the network: all that the issue has
	External Variant = "outward" // to readers outside: without what is internal
)

// For is the content that a variant shows.
func (c Content) For(v Variant) Content {
	if v == External {
		return c.WithoutInternal()
	}
	return c
}

// WithoutInternal is what everybody may read of the issue: it has no internal agenda, nor
// the items that announce nothing but internal events. An item that announces
// others too, or none, stays as it is. Where nothing is left (Empty), readers
// outside get no issue rather than an empty one.
func (c Content) WithoutInternal() Content {
	var chapters []Chapter
	for _, ch := range c.Chapters {
		kept := slices.DeleteFunc(slices.Clone(ch.Pieces), Piece.internal)
		if len(kept) > 0 {
			chapters = append(chapters, Chapter{Section: ch.Section, Pieces: kept})
		}
	}
	c.Internal, c.Chapters = nil, chapters
	return c
}

// Withheld is what Outward leaves out: entries of the agenda, and items.
func (c Content) Withheld() ([]Entry, []Piece) {
	pieces := slices.DeleteFunc(c.Pieces(), func(p Piece) bool { return !p.internal() })
	return c.Internal, pieces
}

// Variants lists those of some editions, in the order of their first.
func Variants(editions []Edition) []Variant {
	var all []Variant
	for _, e := range editions {
		if !slices.Contains(all, e.Variant) {
			all = append(all, e.Variant)
		}
	}
	return all
}

// internal reports an item that announces internal events and no other.
func (p Piece) internal() bool {
	return len(p.Content.Events) > 0 && !slices.ContainsFunc(p.Content.Events, func(e agenda.Event) bool { return e.Audience != agenda.Internal })
}
