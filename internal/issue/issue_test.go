package issue

import (
	"testing"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/item"
	"infolettre/internal/schedule"
)

func calendar(t *testing.T, zone string, exprs ...string) Calendar {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	var crons []schedule.Cron
	for _, e := range exprs {
		c, err := schedule.ParseCron(e, loc)
		if err != nil {
			t.Fatal(err)
		}
		crons = append(crons, c)
	}
	return Calendar{Close: crons[0], Proof: crons[1], Send: crons[2], Grace: 7 * 24 * time.Hour, Location: loc}
}

func TestNext_FixesTheInstants(t *testing.T) {
	t.Parallel()
	c := calendar(t, "Europe/Paris", "0 18 10 2,4,6,8,10,12 *", "0 9 12 2,4,6,8,10,12 *", "0 9 16 2,4,6,8,10,12 *")
	for _, want := range []struct{ after, period, closes, proofs, sends, grace string }{
		{"2018-01-25T08:00:00+01:00", "2018-01/02", "2018-02-10T18:00:00+01:00", "2018-02-12T09:00:00+01:00", "2018-02-16T09:00:00+01:00", "2018-02-23T09:00:00+01:00"},
		// The clocks change between the opening and the closing.
		{"2018-02-10T18:00:00+01:00", "2018-03/04", "2018-04-10T18:00:00+02:00", "2018-04-12T09:00:00+02:00", "2018-04-16T09:00:00+02:00", "2018-04-23T09:00:00+02:00"},
	} {
		after, _ := time.Parse(time.RFC3339, want.after)
		is, err := c.Next(after)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{is.Period.String()}
		for _, at := range []time.Time{is.Closes, is.Proofs, is.Sends, is.Grace} {
			got = append(got, at.In(c.Location).Format(time.RFC3339))
		}
		for i, w := range []string{want.period, want.closes, want.proofs, want.sends, want.grace} {
			if got[i] != w {
				t.Errorf("after %s: got %v, want %v", want.after, got, want)
				break
			}
		}
	}
}

func TestNext_PeriodEndsWithTheClosingMonth(t *testing.T) {
	t.Parallel()
	c := calendar(t, "America/Guadeloupe", "0 18 10 1 *", "0 9 12 1 *", "0 9 16 1 *")
	is, err := c.Next(time.Date(2018, 3, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	if is.Period.String() != "2019-12/01" {
		t.Errorf("period %s", is.Period)
	}
	if begin := is.Period.Begin(c.Location); begin.Year() != 2018 || begin.Month() != time.December {
		t.Errorf("begins %s", begin)
	}
	back, err := ParsePeriod(is.Period.String())
	if err != nil || back != is.Period {
		t.Errorf("%v, %v", back, err)
	}
	if _, err := ParsePeriod("2018-1/2"); err == nil {
		t.Error("a period that String does not write was read")
	}
}

func day(d int) agenda.Date { return agenda.Date{Year: 2018, Month: 2, Day: d} }

func TestCompose_AgendaThenSections(t *testing.T) {
	t.Parallel()
	piece := func(id item.ID, section string) Piece {
		return Piece{Item: id, Content: item.Content{Section: section}}
	}
	entry := func(id int64, of item.ID, from int, a agenda.Audience) Entry {
		return Entry{ID: id, Item: of, Event: agenda.Event{Start: day(from), End: day(from), Audience: a}}
	}
	cancelled := entry(9, 1, 1, agenda.Internal)
	cancelled.Cancelled = true
	c := Compose(Issue{ID: 1}, []string{"agenda", "editorial", "cites"},
		[]Piece{piece(1, "agenda"), piece(2, "cites"), piece(3, "editorial"), piece(4, "cites"), piece(5, "agenda"), piece(6, "gone")},
		[]Entry{entry(1, 1, 23, agenda.Internal), entry(2, 1, 7, agenda.Internal), entry(3, 2, 22, agenda.External), entry(4, 8, 21, ""), cancelled},
		"a@x.example", nil)
	if len(c.Internal) != 2 || c.Internal[0].ID != 2 || c.Internal[1].ID != 1 {
		t.Errorf("internal %+v", c.Internal)
	}
	if len(c.External) != 2 || c.External[0].ID != 4 || c.External[1].ID != 3 {
		t.Errorf("external %+v", c.External)
	}
	var order []item.ID
	for _, p := range c.Pieces() {
		order = append(order, p.Item)
	}
	// 1 is its entries; 5 has none and is printed; 6 lost its section and not its place.
	want := []item.ID{5, 3, 2, 4, 6}
	if len(order) != len(want) {
		t.Fatalf("order %v, want %v", order, want)
	}
	for i := range want {
		if order[i] != want[i] {
			t.Fatalf("order %v, want %v", order, want)
		}
	}
}

func TestHash_CoversContentAndEditions(t *testing.T) {
	t.Parallel()
	c := Content{Issue: 1, Chapters: []Chapter{{Section: "cites", Pieces: []Piece{{Item: 1, Hash: "a"}}}}}
	fr, en := Edition{Language: "fr", HTML: "<p>un</p>"}, Edition{Language: "en", HTML: "<p>one</p>"}
	signed := EditionsHash(c, []Edition{fr, en})
	changed := c
	changed.Chapters = []Chapter{{Section: "cites", Pieces: []Piece{{Item: 1, Hash: "b"}}}}
	other := en
	other.Text = "one"
	for name, hash := range map[string]string{
		"another revision":         EditionsHash(changed, []Edition{fr, en}),
		"another text":             EditionsHash(c, []Edition{fr, other}),
		"a language less":          EditionsHash(c, []Edition{fr}),
		"the languages turned":     EditionsHash(c, []Edition{en, fr}),
		"no language, one content": c.Hash(),
	} {
		if hash == signed {
			t.Errorf("%s has the signed hash", name)
		}
	}
}
