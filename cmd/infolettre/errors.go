package main

import (
	"errors"
	"fmt"
	"strings"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/newsroom"
	"infolettre/internal/sqlite"
)

// sentence turns an error into what a person at a terminal reads; the log has
// the detail.
func sentence(err error) string {
	var move *editorial.MoveError
	var mailing *newsroom.MailingError
	var lost *sqlite.LostError
	switch {
	case errors.As(err, &lost):
		return lost.Error() + ". Put a copy in its place with “infolettre restore FILE”. To begin with an empty store instead, and lose who was mailed what, move " +
			strings.Join(lost.Left, ", ") + " away first"
	case errors.Is(err, sqlite.ErrNewer):
		return "the store was brought up to date by a later version of infolettre, and is left as it is; run that version, or restore a backup of before"
	case errors.As(err, &mailing):
		return mailingSentence(mailing)
	case errors.Is(err, newsroom.ErrEventStarted):
		return err.Error() + ", so nothing of it is sent any more; “infolettre mailings cancel” ends one that is paused"
	case errors.Is(err, newsroom.ErrNothingToRetry):
		return err.Error() + "; “infolettre mailings show” says what was put off and what failed, which --failed takes up"
	case errors.As(err, &move):
		return "the item is " + string(move.From) + ", so it cannot be told to " + string(move.Verb)
	case errors.Is(err, newsroom.ErrNotSigned):
		return "the issue is not signed; an editor signs it by replying to its proof, which “infolettre issues proof N” sends again"
	case errors.Is(err, newsroom.ErrIssueEmpty):
		return "the issue holds nothing yet; an item comes into it when it is approved"
	case errors.Is(err, newsroom.ErrWrongState):
		return "the issue is in no state for that; “infolettre issues list” shows the states"
	}
	return err.Error()
}

// mailingSentence says why a mailing cannot be told what it was told.
func mailingSentence(e *newsroom.MailingError) string {
	is := map[delivery.MailingState]string{
		delivery.MailingSending: "is being sent", delivery.MailingPaused: "is paused", delivery.MailingSent: "has ended", delivery.MailingCancelled: "was cancelled",
	}[e.State]
	text := fmt.Sprintf("mailing %d %s, so it cannot be told to %s", e.Mailing, is, e.Act)
	switch {
	case e.Act == "retry" && e.State == delivery.MailingPaused:
		text += fmt.Sprintf("; “infolettre mailings resume %d” has it go on", e.Mailing)
	case e.Act == "retry" && e.State == delivery.MailingSent:
		text += "; with --failed, what was given up is tried again"
	}
	return text
}
