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

// sentence returns an error as one sentence for a person at a terminal, with the next step.
func sentence(err error) string {
	var move *editorial.MoveError
	var mailing *newsroom.MailingError
	var lost *sqlite.LostError
	switch {
	case errors.As(err, &lost):
		return lost.Error() + ". Restore a backup with “infolettre restore FILE”. To start with an empty store instead, and lose the record of who was mailed what, first move " +
			strings.Join(lost.Left, ", ") + " away"
	case errors.Is(err, sqlite.ErrNewer):
		return "the store was upgraded by a later version of infolettre; run that version, or restore an earlier backup"
	case errors.As(err, &mailing):
		return mailingSentence(mailing)
	case errors.Is(err, newsroom.ErrEventStarted):
		return err.Error() + "; a paused reminder can only be cancelled (“infolettre mailings cancel”)"
	case errors.Is(err, newsroom.ErrNothingToRetry):
		return err.Error() + "; “infolettre mailings show” lists what was deferred and what failed; --failed retries the latter"
	case errors.As(err, &move):
		return "cannot " + string(move.Verb) + " the item: it is " + string(move.From)
	case errors.Is(err, newsroom.ErrNotSigned):
		return "the issue is not signed; an editor signs it by replying to its proof, which “infolettre issues proof N” sends again"
	case errors.Is(err, newsroom.ErrIssueEmpty):
		return "the issue is empty; an item is added when it is approved"
	case errors.Is(err, newsroom.ErrWrongState):
		return "not allowed in the issue's current state; “infolettre issues list” shows the states"
	}
	return err.Error()
}

// mailingSentence explains why an action on a mailing is not allowed.
func mailingSentence(e *newsroom.MailingError) string {
	is := map[delivery.MailingState]string{
		delivery.MailingSending: "is being sent", delivery.MailingPaused: "is paused", delivery.MailingSent: "has ended", delivery.MailingCancelled: "was cancelled",
	}[e.State]
	text := fmt.Sprintf("cannot %s mailing %d: it %s", e.Act, e.Mailing, is)
	switch {
	case e.Act == "retry" && e.State == delivery.MailingPaused:
		text += fmt.Sprintf("; resume it with “infolettre mailings resume %d”", e.Mailing)
	case e.Act == "retry" && e.State == delivery.MailingSent:
		text += "; retry failed deliveries with --failed"
	}
	return text
}
