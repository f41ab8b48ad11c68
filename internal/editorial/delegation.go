package editorial

import (
	"time"

	"infolettre/internal/message"
)

// Delegation records that a deputy decides for an editor who is away. The deputy gets the
// editor's requests and has the editor's vote; a deputy who is an editor too still has one vote
// only.
type Delegation struct {
	Editor  message.Address
	Deputy  message.Mailbox
	Since   time.Time
	Until   time.Time // the end of the last day
	Message int64     // the message that delegated; 0 for the desk
}

// ActiveAt reports whether the deputy decides at the given instant.
func (d Delegation) ActiveAt(now time.Time) bool {
	return d.Editor != "" && !now.Before(d.Since) && now.Before(d.Until)
}
