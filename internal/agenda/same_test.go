package agenda

import "testing"

func TestSame_OneEventOrTwo(t *testing.T) {
	t.Parallel()
	event := func(title, place string, day int, to int, a Audience) Event {
		return Event{Title: title, Place: place, Start: Date{2018, 3, day}, End: Date{2018, 3, to}, Audience: a}
	}
	forum := event("Forum des métiers de la mer", "Rouen", 22, 22, External)
	for _, c := range []struct {
		other Event
		same  bool
	}{
		{event("Le forum des métiers de la mer", "Rouen", 22, 22, External), true},
		{event("Forum des métiers", "", 22, 22, External), true},
		{event("Forum des métiers de la mer", "Nantes", 22, 22, External), false},
		{event("Forum des métiers de la mer", "Rouen", 23, 23, External), false},
		{event("Forum des métiers de la mer", "Rouen", 22, 22, Internal), false},
		{event("Réunion du comité", "Rouen", 22, 22, External), false},
		{event("Formation des conseillers", "", 22, 22, External), false},
	} {
		if got := SameEvent(forum, c.other); got != c.same || SameEvent(c.other, forum) != got {
			t.Errorf("%+v: %t", c.other, got)
		}
	}
}
