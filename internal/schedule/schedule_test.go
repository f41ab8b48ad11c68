package schedule

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func ticks(t testing.TB, expr string, loc *time.Location, from, to time.Time) []Tick {
	t.Helper()
	c, err := ParseCron(expr, loc)
	if err != nil {
		t.Fatal(err)
	}
	var out []Tick
	for {
		tick, err := c.Next(from)
		if err != nil {
			t.Fatal(err)
		}
		if tick.At.After(to) {
			return out
		}
		out = append(out, tick)
		from = tick.At
	}
}

func TestNext_EachWallTimeIsDueOnceAcrossDaylightSaving(t *testing.T) {
	cases := []struct {
		zone, expr string
		from, to   string
		want       []string
	}{
		{"Europe/Paris", "30 2 * * *", "2018-03-24T00:00:00+01:00", "2018-03-26T12:00:00+02:00",
			[]string{"2018-03-24T02:30:00+01:00", "2018-03-25T03:00:00+02:00", "2018-03-26T02:30:00+02:00"}},
		{"Europe/Paris", "30 2 * * *", "2018-10-27T00:00:00+02:00", "2018-10-29T12:00:00+01:00",
			[]string{"2018-10-27T02:30:00+02:00", "2018-10-28T02:30:00+02:00", "2018-10-29T02:30:00+01:00"}},
		{"Europe/Paris", "0 8 * * *", "2018-03-24T12:00:00+01:00", "2018-03-26T12:00:00+02:00",
			[]string{"2018-03-25T08:00:00+02:00", "2018-03-26T08:00:00+02:00"}},
		{"America/Guadeloupe", "0 8 * * *", "2018-03-24T12:00:00-04:00", "2018-03-26T12:00:00-04:00",
			[]string{"2018-03-25T08:00:00-04:00", "2018-03-26T08:00:00-04:00"}},
		{"Australia/Lord_Howe", "15 2 * * *", "2018-10-06T12:00:00+10:30", "2018-10-08T12:00:00+11:00",
			[]string{"2018-10-07T02:30:00+11:00", "2018-10-08T02:15:00+11:00"}},
	}
	for _, c := range cases {
		from, _ := time.Parse(time.RFC3339, c.from)
		to, _ := time.Parse(time.RFC3339, c.to)
		got := ticks(t, c.expr, zone(t, c.zone), from, to)
		if len(got) != len(c.want) {
			t.Errorf("%s %s: %d ticks, want %d: %v", c.zone, c.expr, len(got), len(c.want), got)
			continue
		}
		for i, tick := range got {
			if s := tick.At.Format(time.RFC3339); s != c.want[i] {
				t.Errorf("%s %s: tick %d at %s, want %s", c.zone, c.expr, i, s, c.want[i])
			}
		}
	}
}

func TestNext_TicksAreDistinctAndIncrease(t *testing.T) {
	zones := []string{"Europe/Paris", "America/New_York", "Africa/Casablanca", "Asia/Kathmandu", "Australia/Lord_Howe"}
	rapid.Check(t, func(t *rapid.T) {
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		l, err := time.LoadLocation(loc)
		if err != nil {
			t.Fatal(err)
		}
		expr := rapid.SampledFrom([]string{"0 * * * *", "*/10 1-3 * * *", "30 2 * * *", "0 0 * * 0", "15 3 25 3,10 *"}).Draw(t, "expr")
		c, err := ParseCron(expr, l)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(rapid.Int64Range(1514764800, 1546300800).Draw(t, "from"), 0)
		keys := map[string]bool{}
		for range 40 {
			tick, err := c.Next(at)
			if err != nil {
				t.Fatal(err)
			}
			if !tick.At.After(at) {
				t.Fatalf("%s after %s", tick.At, at)
			}
			if keys[tick.Key] {
				t.Fatalf("key %s twice", tick.Key)
			}
			keys[tick.Key] = true
			at = tick.At
		}
	})
}

func TestParseCron_BadExpressionsAreRefused(t *testing.T) {
	for _, expr := range []string{"", "CRON_TZ=Europe/Paris", "TZ=", "61 * * * *", "0 9 * *", "@every 5m", "TZ=UTC 0 9 * * *"} {
		if _, err := ParseCron(expr, time.UTC); err == nil {
			t.Errorf("%q was accepted", expr)
		}
	}
	if _, err := ParseCron("0 9 30 2 *", time.UTC); !errors.Is(err, ErrNever) {
		t.Errorf("30 February: %v", err)
	}
}

func TestParseScaled_TextRoundTrips(t *testing.T) {
	c, err := ParseScaled("2018-02-01T08:00:00+01:00x600")
	if err != nil {
		t.Fatal(err)
	}
	if c.factor != 600 || !c.base.Equal(time.Date(2018, 2, 1, 7, 0, 0, 0, time.UTC)) {
		t.Errorf("read %v x %v", c.base, c.factor)
	}
	text, err := c.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var same Scaled
	if err := same.UnmarshalText(text); err != nil || !same.base.Equal(c.base) || !same.start.Equal(c.start) || same.factor != c.factor {
		t.Errorf("%q read back as %+v, %v", text, same, err)
	}
	for _, bad := range []string{"tomorrow", "2018-02-01T08:00:00+01:00x0", "2018-02-01T08:00:00+01:00x-2", "2018-02-01T08:00:00+01:00x"} {
		if _, err := ParseScaled(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestStepped_WakesWhatItPasses(t *testing.T) {
	start := time.Date(2018, 1, 25, 8, 0, 0, 0, time.UTC)
	c := NewStepped(start)
	past, _ := c.Wake(start)
	<-past
	soon, _ := c.Wake(start.Add(time.Hour))
	late, stop := c.Wake(start.Add(48 * time.Hour))
	c.Set(start.Add(2 * time.Hour))
	<-soon
	select {
	case <-late:
		t.Error("woken before its time")
	default:
	}
	stop()
	c.Set(start)
	if got := c.Now(); !got.Equal(start.Add(2 * time.Hour)) {
		t.Errorf("the clock went back to %v", got)
	}
}
