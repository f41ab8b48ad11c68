package editorial

import (
	"time"

	"infolettre/internal/message"
)

// Delegation is an editor's word that somebody decides in their place while they
// are away. The deputy is asked what the editor would be, and has the editor's
// voice; an editor who deputises has still one voice only.
type Delegation struct {
	Editor  message.Address
	Deputy  message.Mailbox
	Since   time.Time
	Until   time.Time // the end of the last day
	Message int64     // by which it was said, 0 at the desk
}

// Holds reports whether the deputy decides at an instant.
func (d Delegation) Holds(now time.Time) bool {
	return d.Editor != "" && !now.Before(d.Since) && now.Before(d.Until)
}
