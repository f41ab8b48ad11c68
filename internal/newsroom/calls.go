package newsroom

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/item"
)

// CallPrefix begins the local part of a call's Message-ID. It is not a handle, because an
// answer to a call is a contribution like any other.
const CallPrefix = "call."

// planCalls schedules the calls for contributions to an issue. It skips those whose time
// has passed.
func (s *Service) planCalls(is issue.Issue, now time.Time) Effects {
	var fx Effects
	for _, d := range s.Calls {
		if at := s.callTime(is, d); !at.Before(now) && at.Before(is.Closes) {
			fx = append(fx, AddDue{Due{
				Key: fmt.Sprintf("call/%d/%s", is.ID, d), Kind: DueCall, Ref: int64(is.ID), Arg: d.String(), At: at, Until: is.Closes,
			}})
		}
	}
	return fx
}

// callTime returns the time of a call, a distance before the issue closes. It counts days on
// the calendar and keeps the hour of the closing across daylight saving.
func (s *Service) callTime(is issue.Issue, d agenda.Distance) time.Time {
	closes := is.Closes.In(s.Location)
	day := agenda.DateOf(closes)
	plan := agenda.Plan(agenda.Event{Start: day, End: day, StartTime: closes.Format("15:04")}, time.Time{},
		[]agenda.Distance{d}, agenda.Clock(closes.Hour()*60+closes.Minute()), s.Location, true)
	if len(plan) == 0 {
		return is.Closes // the distance is zero
	}
	return plan[0].At
}

// SendCalls writes to the contacts of all centres that have sent nothing for an issue, and
// tells the editors which centres those are. Of several calls that fell due during a downtime
// it sends only the latest. It sends none after the issue closed, or at a distance that is no
// longer configured.
func (s *Service) SendCalls(v View, d Due, now time.Time) (Effects, error) {
	is, err := v.Issue(issue.ID(d.Ref))
	if err != nil || is.State != issue.Open || !now.Before(is.Closes) {
		return nil, err
	}
	if !slices.ContainsFunc(s.Calls, func(c agenda.Distance) bool { return c.String() == d.Arg }) {
		return nil, nil
	}
	due, err := v.DueCalls(is.ID)
	if err != nil {
		return nil, err
	}
	for _, other := range due {
		if other.At.After(d.At) && !other.At.After(now) {
			return nil, nil
		}
	}
	c, err := s.Coverage(v, is.ID)
	if err != nil {
		return nil, err
	}
	var fx Effects
	for _, contact := range c.toCall {
		l := delivery.Letter{
			Kind: delivery.KindCall, Topic: "call", Language: s.Language(contact.Language), Issue: int64(is.ID), Created: now,
			Args: map[string]string{"centre": contact.Centre},
		}
		l.To.Address, l.To.Name = contact.Address, contact.Name
		id, err := v.Next(SeqLetter)
		if err != nil {
			return nil, err
		}
		l.ID = delivery.LetterID(id)
		fx = append(fx, QueueLetter{Letter: l, Until: is.Closes})
	}
	var sent, missing []string
	for _, one := range c.Centres {
		if one.Items > 0 {
			sent = append(sent, fmt.Sprintf("%s (%d)", one.Centre, one.Items))
		} else {
			missing = append(missing, one.Centre)
		}
	}
	notices, err := s.tellEditors(v, delivery.Letter{
		Kind: delivery.KindNotice, Topic: "coverage", Issue: int64(is.ID), Created: now,
		Args: map[string]string{
			"sent": strings.Join(sent, "\n"), "missing": strings.Join(missing, "\n"),
			"called": strconv.Itoa(len(c.toCall)), "others": strconv.Itoa(c.Others),
		},
	})
	return append(fx, notices...), err
}

// Coverage says which centres have sent something for an issue.
type Coverage struct {
	Centres []CentreCoverage `json:"centres"` // by name
	Others  int              `json:"others"`  // items of no centre

	toCall []audience.Subscriber // contacts of centres that sent nothing, and contacts without a centre who sent nothing
}

// CentreCoverage counts a centre's contacts who can be called, and its items except those
// that were rejected or withdrawn.
type CentreCoverage struct {
	Centre   string `json:"centre"`
	Contacts int    `json:"contacts"`
	Items    int    `json:"items"`
}

// Coverage counts the items received between the previous closing and that of an issue. A
// contact without a centre counts by themselves.
func (s *Service) Coverage(v View, id issue.ID) (Coverage, error) {
	c := Coverage{Centres: []CentreCoverage{}}
	is, err := v.Issue(id)
	if err != nil {
		return c, err
	}
	var since time.Time
	if id > 1 {
		before, err := v.Issue(id - 1)
		if err != nil {
			return c, err
		}
		since = before.Closes
	}
	items, err := v.ItemsReceived(since, is.Closes)
	if err != nil {
		return c, err
	}
	contacts, err := v.Contacts()
	if err != nil {
		return c, err
	}
	at := map[string]int{}
	of := func(centre string) *CentreCoverage {
		centre = strings.Join(strings.Fields(centre), " ")
		key := strings.ToLower(centre)
		i, known := at[key]
		if !known {
			i = len(c.Centres)
			at[key], c.Centres = i, append(c.Centres, CentreCoverage{Centre: centre})
		}
		return &c.Centres[i]
	}
	wrote := map[string]bool{}
	for _, it := range items {
		if it.State == item.Rejected || it.State == item.Withdrawn {
			continue
		}
		wrote[it.Sender.Address.Key()] = true
		centre := it.Current.Centre
		if strings.TrimSpace(centre) == "" {
			p, _, err := v.Person(it.Sender.Address)
			if err != nil {
				return c, err
			}
			centre = p.Centre
		}
		if strings.TrimSpace(centre) == "" {
			c.Others++
			continue
		}
		of(centre).Items++
	}
	for _, contact := range contacts {
		if contact.Address.Equal(s.Address.Address) {
			continue
		}
		silent := !wrote[contact.Address.Key()]
		if strings.TrimSpace(contact.Centre) != "" {
			centre := of(contact.Centre)
			centre.Contacts++
			silent = centre.Items == 0
		}
		if silent {
			c.toCall = append(c.toCall, contact)
		}
	}
	slices.SortStableFunc(c.Centres, func(a, b CentreCoverage) int {
		return cmp.Compare(strings.ToLower(a.Centre), strings.ToLower(b.Centre))
	})
	return c, nil
}
