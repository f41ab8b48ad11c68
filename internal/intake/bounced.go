package intake

import (
	"time"

	"infolettre/internal/bounce"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// reports says whether the message is a bounce report or a complaint.
func (m Inbound) reports() bool {
	switch m.report.Kind {
	case bounce.Bounce, bounce.Delayed, bounce.Delivered, bounce.Complaint:
		return true
	default:
		return false
	}
}

// bounced handles a bounce report. One that names no mail of ours goes to the office: it may
// be about a mail that the office wrote by hand from the same address.
func (in *Intake) bounced(v View, m Inbound, handle token.Handle, verdict Verdict, id int64, now time.Time) (Verdict, newsroom.Effects, error) {
	verdict.Kind, verdict.Report = Bounce, m.report
	if m.report.Kind == bounce.Complaint {
		verdict.Kind = Complaint
	}
	var path token.Handle
	if handle.Purpose == token.Bounce || handle.Purpose == token.LetterPath {
		path = handle
	}
	known, why, fx, err := in.service.HandleBounce(v, id, path, m.report, now)
	if verdict.Why = m.report.Why + ": " + why; !known && path == (token.Handle{}) {
		verdict.Folder = FolderOther
	}
	return verdict, fx, err
}
