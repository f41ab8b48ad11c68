package delivery

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2018, 3, 25, 0, 30, 0, 0, time.UTC) // half an hour before summer time in Paris

// sendAll sends n mails to one domain and postpones those without a token. It returns how
// many were sent in each second, and the longest delay of a mail.
func sendAll(ds *domains, name string, u Urgency, n int, until time.Duration) (bySecond map[int]int, longest time.Duration) {
	bySecond = map[int]int{}
	due := map[time.Duration]int{0: n}
	for at := time.Duration(0); at < until; at += turnStep {
		for range due[at] {
			wait := ds.take(name, u, start.Add(at))
			if wait == 0 {
				bySecond[int(at/time.Second)]++
				continue
			}
			longest = max(longest, wait)
			due[(at+wait).Truncate(turnStep)]++
		}
	}
	return bySecond, longest
}

func TestDomains_RateIsKept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.5, 50).Draw(t, "rate")
		ds := &domains{configured: map[string]float64{"*": rate}}
		n := rapid.IntRange(1, 400).Draw(t, "mails")
		got, longest := sendAll(ds, "slow.example", UrgencyIssue, n, time.Hour)
		sum := 0
		for s, k := range got {
			sum += k
			// A bucket with the tokens of one second passes twice as many at its edge.
			if float64(k) > 2*max(rate, 1)+1 {
				t.Fatalf("%d in second %d at %g a second", k, s, rate)
			}
		}
		if sum != n {
			t.Fatalf("%d of %d within an hour", sum, n)
		}
		if longest > maxTurnDelay+turnStep {
			t.Fatalf("postponed by %v", longest)
		}
	})
}

// A letter does not wait for the turns of an issue's mails.
func TestDomains_LetterDoesNotWaitForTurnsOfAnIssue(t *testing.T) {
	t.Parallel()
	ds := &domains{configured: map[string]float64{"slow.example": 2}}
	for range 1000 {
		ds.take("slow.example", UrgencyIssue, start)
	}
	if wait := ds.take("Slow.Example", UrgencyLetter, start); wait > time.Second {
		t.Errorf("a letter waits %v", wait)
	}
	if wait := ds.take("slow.example", UrgencyIssue, start); wait < time.Minute {
		t.Errorf("the issue waits %v", wait)
	}
	if ds.take("slow.example", UrgencyLetter, start.Add(time.Second)) != 0 {
		t.Error("the letter's turn is not kept")
	}
	if ds.take("other.example", UrgencyIssue, start) != 0 || len(ds.byName) != 1 {
		t.Error("another domain is affected")
	}
}

func TestDomains_RefusalsLowerRateAndMailsRestoreIt(t *testing.T) {
	t.Parallel()
	for _, configured := range []float64{0, 40} {
		ds := &domains{configured: map[string]float64{"slow.example": configured}}
		allowed := func() int {
			got, _ := sendAll(ds, "slow.example", UrgencyIssue, 200, time.Second)
			return got[0]
		}
		before := allowed()
		for range 30 * slowAfter {
			ds.refused("slow.example", start)
		}
		if got := allowed(); got > 2 {
			t.Errorf("%g a second: %d in a second after many refusals", configured, got)
		}
		for range 100 {
			ds.accepted("slow.example")
		}
		start := start.Add(time.Hour)
		got := 0
		for range 200 {
			if ds.take("slow.example", UrgencyIssue, start) == 0 {
				got++
			}
		}
		if want := min(before, 40); got < want {
			t.Errorf("%g a second: %d at once after it recovered, not %d", configured, got, want)
		}
	}
	ds := &domains{}
	ds.refused("one.example", start)
	ds.accepted("one.example")
	ds.refused("one.example", start)
	if ds.take("one.example", UrgencyIssue, start) != 0 {
		t.Error("two refusals with a success between slow a domain down")
	}
}

func TestDomains_IdleOnesAreForgotten(t *testing.T) {
	t.Parallel()
	ds := &domains{configured: map[string]float64{"*": 5}}
	for i := range 3 * maxDomains {
		ds.take(fmt.Sprintf("d%d.example", i), UrgencyIssue, start.Add(time.Duration(i)*time.Second))
	}
	if len(ds.byName) > maxDomains {
		t.Errorf("%d domains are kept", len(ds.byName))
	}
}
