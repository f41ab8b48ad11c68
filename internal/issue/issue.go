// Package issue models one InfoLettre: its period, the instants fixed when it opens, its
// content and order, and the hash that editors sign.
//
//	open ──closing──▶ closed ──proof──▶ proof ──signed──▶ signed ──sending──▶ sending ──▶ sent
//	                    │                │ ▲                │
//	                    │                └─┴── changed ◀────┘
//	                    └──── nothing to print, or cancelled ─▶ cancelled
//
// Everything here is pure computation over rows that the store keeps; a crash between two
// states leaves the issue in the former. Begin reading at Calendar.Next and Compose.
package issue

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"infolettre/internal/schedule"
)

// ID is the number of an issue.
type ID int64

// State is the state of an issue.
type State string

// The states of an issue.
const (
	Open      State = "open"      // takes items
	Closed    State = "closed"    // takes no more items; its proof is not made yet
	InProof   State = "proof"     // waits for the editors' signatures
	Signed    State = "signed"    // waits for its sending instant
	Sending   State = "sending"   // its mailing is created and under way
	Sent      State = "sent"      // every delivery has an outcome
	Cancelled State = "cancelled" // will never be sent
)

// Period is the first and last month that an issue covers. Year is the year of the last month.
type Period struct {
	First, Last time.Month
	Year        int
}

// String formats the period for listings and file names: "2018-01/02".
func (p Period) String() string {
	return fmt.Sprintf("%04d-%02d/%02d", p.Year, p.First, p.Last)
}

// ParsePeriod parses the format of String.
func ParsePeriod(s string) (Period, error) {
	var p Period
	if _, err := fmt.Sscanf(s, "%4d-%2d/%2d", &p.Year, &p.First, &p.Last); err != nil || p.String() != s {
		return Period{}, fmt.Errorf("%q is no period", s)
	}
	return p, nil
}

// Begin returns midnight of the first day of the period.
func (p Period) Begin(loc *time.Location) time.Time {
	year := p.Year
	if p.First > p.Last {
		year--
	}
	return time.Date(year, p.First, 1, 0, 0, 0, 0, loc)
}

// Issue is one InfoLettre. Its instants never change once it is open.
type Issue struct {
	ID     ID
	Period Period
	State  State
	Closes time.Time
	Proofs time.Time // when the editors get the proof
	Sends  time.Time
	Grace  time.Time // if it is signed later than this, the operator sends it
}

// Calendar is the configured schedule of issues.
type Calendar struct {
	Close, Proof, Send schedule.Cron
	Grace              time.Duration
	Location           *time.Location
}

// Next returns the issue that opens after the given instant. It closes at the next closing
// tick; its proof is made at the first proof tick after that, and it is sent at the first
// sending tick after that. Its period is the two months that end with the closing month.
func (c Calendar) Next(after time.Time) (Issue, error) {
	closes, err := c.Close.Next(after)
	if err != nil {
		return Issue{}, fmt.Errorf("next closing: %w", err)
	}
	proofs, err := c.Proof.Next(closes.At)
	if err != nil {
		return Issue{}, fmt.Errorf("next proof: %w", err)
	}
	sends, err := c.Send.Next(proofs.At)
	if err != nil {
		return Issue{}, fmt.Errorf("next sending: %w", err)
	}
	local := closes.At.In(c.Location)
	before := time.Date(local.Year(), local.Month()-1, 1, 0, 0, 0, 0, time.UTC)
	return Issue{
		Period: Period{First: before.Month(), Last: local.Month(), Year: local.Year()},
		State:  Open, Closes: closes.At, Proofs: proofs.At, Sends: sends.At, Grace: sends.At.Add(c.Grace),
	}, nil
}

// Frozen reports whether the content of the issue can no longer change.
func (s State) Frozen() bool { return s == Sending || s == Sent || s == Cancelled }

// hashOf returns the SHA-256 of a value's JSON form, in hexadecimal. It identifies what the
// editors were shown.
func hashOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("issue: content does not marshal: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
