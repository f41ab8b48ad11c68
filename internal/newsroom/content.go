package newsroom

import (
	"cmp"
	"slices"

	"infolettre/internal/agenda"
	"infolettre/internal/issue"
	"infolettre/internal/item"
)

// Content returns the issue as it stands now. Its agenda holds the events of its own items,
// and those of earlier issues that are not over when it is sent.
func (s *Service) Content(v View, id issue.ID) (issue.Content, error) {
	is, err := v.Issue(id)
	if err != nil {
		return issue.Content{}, err
	}
	holds, own := id, map[item.ID]bool{}
	if is.State == issue.Open {
		holds = 0
	}
	items, err := v.ItemsIn(holds, item.Approved, item.Published)
	if err != nil {
		return issue.Content{}, err
	}
	var pieces []issue.Piece
	for _, it := range items {
		rev, err := v.Revision(it.ID, it.Approved)
		if err != nil {
			return issue.Content{}, err
		}
		own[it.ID] = true
		pieces = append(pieces, issue.Piece{Item: it.ID, Hash: rev.Hash, Content: rev.Content})
	}
	events, err := v.EventsFrom(agenda.DateOf(is.Period.Begin(s.Location)))
	if err != nil {
		return issue.Content{}, err
	}
	sending := agenda.DateOf(is.Sends.In(s.Location))
	announces := primaryEvents(events)
	var entries []issue.Entry
	for _, e := range events {
		if !announces[e.ID] {
			continue
		}
		if own[e.Item] || sharesOwnEvent(events, e, own) {
			entries = append(entries, e)
			continue
		}
		it, err := v.Item(e.Item)
		if err != nil {
			return issue.Content{}, err
		}
		if it.State == item.Published && it.Issue < int64(id) && !e.Event.End.Before(sending) {
			entries = append(entries, e)
		}
	}
	team := make([]issue.Member, len(s.Editors))
	for i, e := range s.Editors {
		team[i] = issue.Member{Name: e.Name, Title: e.Title}
	}
	return issue.Compose(is, s.sections(), pieces, entries, string(s.Address.Address), team), nil
}

// Variants lists the variants that an issue with this content has: the full one, and the
// external one where outside readers get a different issue that is not empty.
func (s *Service) Variants(c issue.Content) []issue.Variant {
	if len(s.Internal) == 0 || c.WithoutInternal().Empty() {
		return []issue.Variant{issue.Full}
	}
	return []issue.Variant{issue.Full, issue.External}
}

// primaryEvents returns the numbers of the events that are printed. Several items may tell
// of the same event: the first one that is not cancelled is printed for all.
func primaryEvents(events []issue.Entry) map[int64]bool {
	byNumber := slices.Clone(events)
	slices.SortFunc(byNumber, func(a, b issue.Entry) int { return cmp.Compare(a.ID, b.ID) })
	var first []issue.Entry
	announces := map[int64]bool{}
	for _, e := range byNumber {
		covered := slices.ContainsFunc(first, func(k issue.Entry) bool { return agenda.SameEvent(k.Event, e.Event) })
		if e.Cancelled || covered {
			continue
		}
		first = append(first, e)
		announces[e.ID] = true
	}
	return announces
}

// sharesOwnEvent says whether an item of the issue has the same event.
func sharesOwnEvent(events []issue.Entry, e issue.Entry, own map[item.ID]bool) bool {
	for _, k := range events {
		if own[k.Item] && !k.Cancelled && agenda.SameEvent(k.Event, e.Event) {
			return true
		}
	}
	return false
}
