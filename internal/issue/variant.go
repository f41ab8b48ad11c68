package issue

import (
	"slices"

	"infolettre/internal/agenda"
)

// Variant names the readers that an edition is for.
type Variant string

// The variants of an issue. Their values are stored.
const (
	Full     Variant = ""        // for the network: everything
	External Variant = "outward" // for readers outside: without internal content
)

// For returns the content of a variant.
func (c Content) For(v Variant) Content {
	if v == External {
		return c.WithoutInternal()
	}
	return c
}

// WithoutInternal returns the content for readers outside the network: without the internal
// agenda and without items that announce only internal events. If nothing is left (Empty),
// these readers get no issue.
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

// Withheld returns what the External variant leaves out: agenda entries and items.
func (c Content) Withheld() ([]Entry, []Piece) {
	pieces := slices.DeleteFunc(c.Pieces(), func(p Piece) bool { return !p.internal() })
	return c.Internal, pieces
}

// Variants lists the variants of some editions, in the order of first occurrence.
func Variants(editions []Edition) []Variant {
	var all []Variant
	for _, e := range editions {
		if !slices.Contains(all, e.Variant) {
			all = append(all, e.Variant)
		}
	}
	return all
}

// internal reports whether an item announces internal events and no others.
func (p Piece) internal() bool {
	return len(p.Content.Events) > 0 && !slices.ContainsFunc(p.Content.Events, func(e agenda.Event) bool { return e.Audience != agenda.Internal })
}
