package issue

import (
	"cmp"
	"slices"

	"infolettre/internal/agenda"
	"infolettre/internal/item"
)

// Entry is an event with its number and the item and revision that announced it.
type Entry struct {
	ID        int64        `json:"id"`
	Item      item.ID      `json:"item"`
	Cancelled bool         `json:"cancelled"`
	Event     agenda.Event `json:"event"`
}

// Piece is an item in an issue, in its approved revision.
type Piece struct {
	Item    item.ID      `json:"item"`
	Hash    string       `json:"hash"`
	Content item.Content `json:"content"`
}

// Chapter is one section with its items, in order.
type Chapter struct {
	Section string  `json:"section"`
	Pieces  []Piece `json:"pieces"`
}

// Member is a person of the editorial team, as the issue names them.
type Member struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

// Content is everything that an issue says, in every language. Signatures are bound to it.
type Content struct {
	Issue    ID        `json:"issue"`
	Period   Period    `json:"period"`
	Internal []Entry   `json:"internal"` // the agenda, by date
	External []Entry   `json:"external"`
	Chapters []Chapter `json:"chapters"`
	Address  string    `json:"address"`
	Team     []Member  `json:"team"`
}

// Hash returns the hash of the content.
func (c Content) Hash() string { return hashOf(c) }

// Empty reports whether the issue has nothing to print.
func (c Content) Empty() bool {
	return len(c.Internal)+len(c.External) == 0 && len(c.Chapters) == 0
}

// Pieces returns every item of the issue, in order.
func (c Content) Pieces() []Piece {
	var all []Piece
	for _, ch := range c.Chapters {
		all = append(all, ch.Pieces...)
	}
	return all
}

// Compose lays out an issue: the agenda by date, then the sections in the order of the
// configuration, each with its items in the given order. An item of the agenda section is
// printed as agenda entries only, unless no date was found in it.
func Compose(is Issue, sections []string, pieces []Piece, entries []Entry, address string, team []Member) Content {
	c := Content{Issue: is.ID, Period: is.Period, Address: address, Team: team}
	dated := map[item.ID]bool{}
	for _, e := range entries {
		if e.Cancelled {
			continue
		}
		dated[e.Item] = true
		if e.Event.Audience == agenda.Internal {
			c.Internal = append(c.Internal, e)
		} else {
			c.External = append(c.External, e)
		}
	}
	slices.SortStableFunc(c.Internal, byDate)
	slices.SortStableFunc(c.External, byDate)
	for _, p := range pieces {
		if !slices.Contains(sections, p.Content.Section) {
			// Keep items of a section that the configuration no longer has.
			sections = append(slices.Clip(sections), p.Content.Section)
		}
	}
	for _, key := range sections {
		ch := Chapter{Section: key}
		for _, p := range pieces {
			if p.Content.Section == key && !(key == item.SectionAgenda && dated[p.Item]) {
				ch.Pieces = append(ch.Pieces, p)
			}
		}
		if len(ch.Pieces) > 0 {
			c.Chapters = append(c.Chapters, ch)
		}
	}
	return c
}

func byDate(a, b Entry) int {
	return cmp.Or(
		cmp.Compare(a.Event.Start.String(), b.Event.Start.String()),
		cmp.Compare(a.Event.StartTime, b.Event.StartTime),
		cmp.Compare(a.Event.End.String(), b.Event.End.String()),
		cmp.Compare(a.ID, b.ID),
	)
}

// Edition is an issue rendered for one language and variant, as it is signed and sent. Only the
// placeholders for each reader's own data remain in it.
type Edition struct {
	Language string   `json:"language"`
	Variant  Variant  `json:"variant,omitempty"`
	Subject  string   `json:"subject"`
	Text     string   `json:"text"`
	HTML     string   `json:"html"`
	Images   []string `json:"images"` // hashes, in the order of first use
}

// EditionsHash returns the hash of a proof, computed over the content and the editions in the
// order given.
func EditionsHash(content Content, editions []Edition) string {
	return hashOf(struct {
		Content  string    `json:"content"`
		Editions []Edition `json:"editions"`
	}{content.Hash(), editions})
}
