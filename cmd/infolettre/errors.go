package main

import (
	"errors"

	"infolettre/internal/editorial"
	"infolettre/internal/newsroom"
)

// sentence turns an error into what a person at a terminal reads; the log has
// the detail.
func sentence(err error) string {
	var move *editorial.MoveError
	switch {
	case errors.As(err, &move):
		return "the item is " + string(move.From) + ", so it cannot be told to " + string(move.Verb)
	case errors.Is(err, newsroom.ErrUnsigned):
		return "the issue is not signed; an editor signs it by replying to its proof, which “infolettre issues proof N” sends again"
	case errors.Is(err, newsroom.ErrEmpty):
		return "the issue holds nothing yet; an item comes into it when it is approved"
	case errors.Is(err, newsroom.ErrState):
		return "the issue is in no state for that; “infolettre issues list” shows the states"
	}
	return err.Error()
}
