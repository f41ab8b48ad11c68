package newsroom

import (
	"fmt"
	"slices"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/item"
)

// announce adds the events of an approved revision to the agenda and schedules their
// reminders. An event that was announced before, by this item or another, gets reminders
// but no new announcement. An event that returns with its item has a new number; the jobs of
// its old number that fell due meanwhile are lost. Where the revision replaces another, an
// event with the same times keeps its number and its reminders, and an event that the
// revision no longer has is cancelled.
func (s *Service) announce(v View, id item.ID, rev item.Revision, now time.Time) (Effects, error) {
	known, err := v.EventsFrom(agenda.Date{})
	if err != nil {
		return nil, err
	}
	var fx Effects
	var existing []issue.Entry
	for _, k := range known {
		if k.Item == id && !k.Cancelled {
			existing = append(existing, k)
		}
	}
	added := slices.Clone(rev.Events)
	// An identical event keeps its number before one that is only similar.
	for _, keeps := range []func(old, now agenda.Event) bool{func(old, now agenda.Event) bool { return old == now }, sameTimes} {
		added = slices.DeleteFunc(added, func(e agenda.Event) bool {
			i := slices.IndexFunc(existing, func(k issue.Entry) bool { return keeps(k.Event, e) })
			if i < 0 {
				return false
			}
			kept := existing[i]
			kept.Event = e
			fx = append(fx, ReviseEvent{Entry: kept, Revision: rev.Number})
			existing = slices.Delete(existing, i, i+1)
			return true
		})
	}
	for _, k := range existing {
		fx = append(fx, CancelEvent{k.ID})
	}
	for _, e := range added {
		more, entry, err := s.announceOne(v, id, rev.Number, e, known, now)
		if err != nil {
			return nil, err
		}
		known = append(known, entry)
		fx = append(fx, more...)
	}
	return fx, nil
}

// sameTimes says whether two events are the same one at the same times, so that its
// reminders stay as scheduled.
func sameTimes(old, now agenda.Event) bool {
	old.Place, now.Place = "", "" // it may have moved
	return old.StartTime == now.StartTime && agenda.SameEvent(old, now)
}

func (s *Service) announceOne(v View, of item.ID, revision int, e agenda.Event, known []issue.Entry, now time.Time) (Effects, issue.Entry, error) {
	announced := false
	for _, k := range known {
		if !agenda.SameEvent(k.Event, e) {
			continue
		}
		before, err := v.Announced(k.ID)
		if err != nil {
			return nil, issue.Entry{}, err
		}
		announced = announced || before || !k.Cancelled
	}
	id, err := v.Next(SeqEvent)
	if err != nil {
		return nil, issue.Entry{}, err
	}
	entry := issue.Entry{ID: id, Item: of, Event: e}
	fx := Effects{AddEvent{Entry: entry, Revision: revision}}
	for _, rem := range agenda.Plan(e, now, s.RemindBefore, s.RemindAt, s.Location, announced) {
		fx = append(fx, AddDue{Due{
			Key: fmt.Sprintf("remind/%d/%s", id, rem.Distance), Kind: DueRemind, Ref: id,
			Arg: rem.Distance.String(), At: rem.At, Until: rem.Until,
		}})
	}
	return fx, entry, nil
}

// ReminderDue returns the event of a due reminder and says whether to send it now. Of
// several reminders that fell due during a downtime only the latest is sent; none once the
// event began or was cancelled. Of an event of several items, the first item's is sent.
func (s *Service) ReminderDue(v View, d Due, now time.Time) (issue.Entry, bool, error) {
	entry, err := v.Event(d.Ref)
	if err != nil || entry.Cancelled {
		return entry, false, err
	}
	events, err := v.EventsFrom(entry.Event.End)
	if err != nil {
		return entry, false, err
	}
	if !primaryEvents(events)[entry.ID] {
		return entry, false, nil
	}
	// A reminder that was sent since this one fell due said the same.
	if last, err := v.LastReminder(d.Ref); err != nil || !last.Before(d.At) && !last.IsZero() {
		return entry, false, err
	}
	rows, err := v.DueReminders(d.Ref)
	if err != nil {
		return entry, false, err
	}
	var unsent []agenda.Reminder
	for _, row := range rows {
		distance, err := agenda.ParseDistance(row.Arg)
		if err != nil {
			return entry, false, fmt.Errorf("due row %s: %w", row.Key, err)
		}
		unsent = append(unsent, agenda.Reminder{Distance: distance, At: row.At, Until: row.Until})
	}
	latest, ok := agenda.PickDue(unsent, now)
	return entry, ok && latest.Distance.String() == d.Arg, nil
}

// Remind creates the mailing of a reminder that was rendered for an event. It returns
// ErrIssueChanged when the event has changed since.
func (s *Service) Remind(v View, d Due, entry issue.Entry, editions []issue.Edition, now time.Time) (Effects, error) {
	current, send, err := s.ReminderDue(v, d, now)
	if err != nil {
		return nil, err
	}
	if !send {
		return nil, nil
	}
	if current != entry {
		return nil, ErrIssueChanged
	}
	id, err := v.Next(SeqMailing)
	if err != nil {
		return nil, err
	}
	return Effects{CreateMailing{Mailing: delivery.Mailing{
		ID: delivery.MailingID(id), Kind: delivery.KindReminder, Key: d.Key, Event: entry.ID,
		Segments: s.RemindWhom[entry.Event.Audience], Created: now, Expires: entry.Event.Begins(s.Location),
	}, Editions: editions}}, nil
}
