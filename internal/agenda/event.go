package agenda

import "time"

// Audience says whom an event concerns.
type Audience string

// The audiences.
const (
	Internal Audience = "internal" // members of the network alone
	External Audience = "external" // everyone
)

// LinkKind is what a reader finds behind an event's link.
type LinkKind string

// The kinds; "" if unknown.
const (
	LinkRegistration LinkKind = "registration" // people register there
	LinkProgramme    LinkKind = "programme"
)

// Event is a dated entry of the agenda. End is the last day, never before Start. The times
// are HH:MM on the newsletter's clocks, or ""; EndTime is on the last day.
type Event struct {
	Title     string   `json:"title"`
	Start     Date     `json:"start"`
	End       Date     `json:"end"`
	StartTime string   `json:"start_time"`
	EndTime   string   `json:"end_time"`
	Place     string   `json:"place"`
	Audience  Audience `json:"audience"`
	Link      string   `json:"link"`
	LinkKind  LinkKind `json:"link_kind,omitempty"`
}

// Begins returns the instant at which the event begins: its start time, or else the first
// instant of its first day in loc.
func (e Event) Begins(loc *time.Location) time.Time {
	if c, err := ParseClock(e.StartTime); err == nil {
		return e.Start.At(c, loc)
	}
	return e.Start.In(loc)
}
