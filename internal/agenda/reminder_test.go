package agenda

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func location(t interface{ Fatal(...any) }, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func planLines(plan []Reminder, loc *time.Location) string {
	var all []string
	for _, r := range plan {
		all = append(all, r.Distance.String()+" "+r.At.In(loc).Format("2006-01-02T15:04"))
	}
	return strings.Join(all, ", ")
}

func TestPlan_Reminders(t *testing.T) {
	t.Parallel()
	paris := location(t, "Europe/Paris")
	at := func(s string) time.Time {
		when, err := time.ParseInLocation("2006-01-02T15:04", s, paris)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	day := Event{Start: Date{2018, 3, 26}, End: Date{2018, 3, 26}}
	morning := day
	morning.StartTime = "09:30"
	for _, c := range []struct {
		name      string
		event     Event
		approved  string
		distances []Distance
		announced bool
		want      string
	}{
		{"both ahead, over the spring change", day, "2018-03-01T10:00", []Distance{Days(7), Days(1)}, false, "7d 2018-03-19T08:00, 1d 2018-03-25T08:00"},
		{"one passed, announced", day, "2018-03-21T10:00", []Distance{Days(7), Days(1)}, true, "1d 2018-03-25T08:00"},
		{"one passed, never announced", day, "2018-03-21T10:00", []Distance{Days(7), Days(1)}, false, "7d 2018-03-21T10:00, 1d 2018-03-25T08:00"},
		{"one passed, the next within hours", day, "2018-03-25T02:00", []Distance{Days(7), Days(1)}, false, "1d 2018-03-25T08:00"},
		{"all passed, never announced", morning, "2018-03-25T20:00", []Distance{Days(7), Days(1)}, false, "1d 2018-03-25T20:00"},
		{"all passed, announced", morning, "2018-03-25T20:00", []Distance{Days(7), Days(1)}, true, ""},
		{"too late", morning, "2018-03-25T21:30", []Distance{Days(7), Days(1)}, false, ""},
		{"on the day itself, without a time it has begun", day, "2018-03-01T10:00", []Distance{Days(0)}, true, ""},
		{"on the day itself, before its time", morning, "2018-03-01T10:00", []Distance{Days(0)}, true, "0d 2018-03-26T08:00"},
		{"hours", morning, "2018-03-01T10:00", []Distance{Hours(12)}, true, "12h 2018-03-25T21:30"},
		{"after it began", morning, "2018-03-26T10:00", []Distance{Days(1)}, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := planLines(Plan(c.event, at(c.approved), c.distances, 8*60, paris, c.announced), paris)
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCollapse_SendsTheLatestDue(t *testing.T) {
	t.Parallel()
	e := Event{Start: Date{2018, 3, 26}, End: Date{2018, 3, 26}, StartTime: "09:00"}
	utc := time.UTC
	plan := Plan(e, time.Date(2018, 1, 1, 0, 0, 0, 0, utc), []Distance{Days(7), Days(1), Hours(2)}, 8*60, utc, false)
	for _, c := range []struct {
		now  time.Time
		want string
	}{
		{time.Date(2018, 3, 19, 7, 59, 0, 0, utc), ""},
		{time.Date(2018, 3, 19, 8, 0, 0, 0, utc), "7d"},
		{time.Date(2018, 3, 25, 20, 0, 0, 0, utc), "1d"}, // down for six days: one, not two
		{time.Date(2018, 3, 26, 8, 0, 0, 0, utc), "2h"},
		{time.Date(2018, 3, 26, 9, 0, 0, 0, utc), ""}, // begun
	} {
		got := ""
		if r, ok := PickDue(plan, c.now); ok {
			got = r.Distance.String()
		}
		if got != c.want {
			t.Errorf("at %v: %q, want %q", c.now, got, c.want)
		}
	}
}

// Whatever the zone and the change of its clocks, a reminder shows the configured
// hour there, comes after the approval and before the event, and is unique.
func TestPlan_Properties(t *testing.T) {
	t.Parallel()
	zones := []string{"Europe/Paris", "America/Sao_Paulo", "America/Guadeloupe", "Australia/Lord_Howe", "Asia/Beirut", "Africa/Casablanca", "Pacific/Apia", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		loc := location(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		start := Date{2018, 1, 1}.AddDays(rapid.IntRange(0, 800).Draw(t, "day"))
		e := Event{Start: start, End: start.AddDays(rapid.IntRange(0, 3).Draw(t, "length"))}
		if rapid.Bool().Draw(t, "timed") {
			e.StartTime = Clock(rapid.IntRange(0, 1439).Draw(t, "start")).String()
		}
		at := Clock(rapid.IntRange(0, 1439).Draw(t, "at"))
		days := rapid.SliceOfN(rapid.IntRange(0, 30), 0, 4).Draw(t, "distances")
		var distances []Distance
		for _, n := range days {
			distances = append(distances, Days(n))
		}
		begins := e.Begins(loc)
		approved := begins.Add(-time.Duration(rapid.IntRange(-48, 24*40).Draw(t, "ahead")) * time.Hour)
		announced := rapid.Bool().Draw(t, "announced")
		plan := Plan(e, approved, distances, at, loc, announced)
		seen := map[Distance]bool{}
		late := 0
		for i, r := range plan {
			if seen[r.Distance] || r.At.Before(approved) || !r.At.Before(begins) || !r.Until.Equal(begins) {
				t.Fatalf("reminder %+v of %+v", r, plan)
			}
			seen[r.Distance] = true
			if i > 0 && r.At.Before(plan[i-1].At) {
				t.Fatalf("order: %+v", plan)
			}
			due := r.Distance.before(e, at, loc)
			if !due.Equal(r.At) {
				late++
				if i != 0 || announced || !r.At.Equal(approved) || begins.Sub(approved) <= 12*time.Hour {
					t.Fatalf("late %+v", r)
				}
				continue
			}
			day := DateOf(r.At.In(loc))
			clock := Clock(r.At.In(loc).Hour()*60 + r.At.In(loc).Minute())
			skipped := !slices.Contains(readings(day, at, loc), true)
			if !skipped && (day.DaysUntil(start) < 0 || clock != at) {
				t.Fatalf("%v shows %v, want %v", r.At.In(loc), clock, at)
			}
		}
		if late > 1 {
			t.Fatalf("more than one late: %+v", plan)
		}
		if r, ok := PickDue(plan, begins); ok {
			t.Fatalf("sent after it began: %+v", r)
		}
		if len(plan) > 0 {
			last := plan[len(plan)-1]
			if r, ok := PickDue(plan, begins.Add(-time.Nanosecond)); !ok || !r.At.Equal(last.At) {
				t.Fatalf("collapsed to %+v, want %+v", r, last)
			}
		}
	})
}

// readings tells, minute by minute, whether a clock in loc shows c on the day.
func readings(d Date, c Clock, loc *time.Location) []bool {
	noon := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC)
	for m := -30 * 60; m <= 30*60; m++ {
		t := noon.Add(time.Duration(m) * time.Minute).In(loc)
		if DateOf(t) == d && Clock(t.Hour()*60+t.Minute()) == c {
			return []bool{true}
		}
	}
	return nil
}

func TestDateAt_AcrossDaylightSaving(t *testing.T) {
	t.Parallel()
	paris, apia, beirut := location(t, "Europe/Paris"), location(t, "Pacific/Apia"), location(t, "Asia/Beirut")
	for _, c := range []struct {
		day  Date
		at   Clock
		loc  *time.Location
		want string
	}{
		{Date{2018, 3, 25}, 2*60 + 30, paris, "2018-03-25T03:00:00+02:00"},  // skipped: the change
		{Date{2018, 10, 28}, 2*60 + 30, paris, "2018-10-28T02:30:00+02:00"}, // twice: the first
		{Date{2018, 10, 28}, 3 * 60, paris, "2018-10-28T03:00:00+01:00"},
		{Date{2018, 7, 1}, 8 * 60, paris, "2018-07-01T08:00:00+02:00"},
		{Date{2018, 3, 25}, 0, beirut, "2018-03-25T01:00:00+03:00"}, // no midnight
		{Date{2011, 12, 30}, 8 * 60, apia, "2011-12-31T00:00:00+14:00"},
	} {
		if got := c.day.At(c.at, c.loc).Format(time.RFC3339); got != c.want {
			t.Errorf("%v %v: %s, want %s", c.day, c.at, got, c.want)
		}
	}
}

func TestParseDistance_DaysAndHours(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"7d", "1d", "0d", "12h", "365d"} {
		d, err := ParseDistance(s)
		if err != nil || d.String() != s {
			t.Errorf("%s: %v, %v", s, d, err)
		}
	}
	for _, s := range []string{"", "d", "7", "-1d", "1w", "0h", "1.5d", "99999d", " 7d", "7D", "1h30"} {
		if d, err := ParseDistance(s); err == nil {
			t.Errorf("%q was read as %v", s, d)
		}
	}
}

func TestDate_TextRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := Date{2000, 1, 1}.AddDays(rapid.IntRange(-30000, 30000).Draw(t, "days"))
		text, _ := d.MarshalText()
		var back Date
		if err := back.UnmarshalText(text); err != nil || back != d || !d.Valid() {
			t.Fatalf("%v came back as %v, %v", d, back, err)
		}
		n := rapid.IntRange(-1000, 1000).Draw(t, "n")
		if d.DaysUntil(d.AddDays(n)) != n {
			t.Fatalf("%v and %d days", d, n)
		}
	})
}
