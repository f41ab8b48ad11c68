package delivery

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2018, 3, 25, 0, 30, 0, 0, time.UTC) // half an hour before summer time in Paris

// sendAll plays a queue against one domain: what has no turn is put off. It returns
// how many were let through in each second, and the longest that a mail was put off.
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

func TestADomainsRateIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.5, 50).Draw(t, "rate")
		ds := &domains{configured: map[string]float64{"*": rate}}
		n := rapid.IntRange(1, 400).Draw(t, "mails")
		got, longest := sendAll(ds, "slow.example", UrgencyIssue, n, time.Hour)
		sum := 0
		for s, k := range got {
			sum += k
			// A bucket of one second's tokens lets through twice as many at its edge.
			if float64(k) > 2*max(rate, 1)+1 {
				t.Fatalf("%d in second %d at %g a second", k, s, rate)
			}
		}
		if sum != n {
			t.Fatalf("%d of %d within an hour", sum, n)
		}
		if longest > maxTurnDelay+turnStep {
			t.Fatalf("put off by %v", longest)
		}
	})
}

// A letter does not wait for the turns that were given to an issue's mails.
func TestALetterDoesNotWaitForAnIssuesTurns(t *testing.T) {
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
		t.Error("another domain is touched")
	}
}

func TestADomainThatRefusesIsSlowedDownAndRecovers(t *testing.T) {
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

func TestDomainsAtRestAreForgotten(t *testing.T) {
	ds := &domains{configured: map[string]float64{"*": 5}}
	for i := range 3 * maxDomains {
		ds.take(fmt.Sprintf("d%d.example", i), UrgencyIssue, start.Add(time.Duration(i)*time.Second))
	}
	if len(ds.byName) > maxDomains {
		t.Errorf("%d domains are kept", len(ds.byName))
	}
}

func TestConnectionsAdaptToTheRelay(t *testing.T) {
	l := newConnections(8)
	if l.limitToOpen(start) {
		t.Error("a relay that lets nobody in has no limit but trouble")
	}
	l.addOpen(3)
	may, changed := l.allows(3)
	if !may || !l.limitToOpen(start) {
		t.Fatal("the limit was not learnt")
	}
	select {
	case <-changed:
	default:
		t.Error("nobody is told")
	}
	if may, _ := l.allows(3); may {
		t.Error("a fourth is allowed")
	}
	if may, _ := l.allows(2); !may {
		t.Error("a third is not allowed")
	}
	for i := range 10 {
		l.probe(start.Add(time.Duration(i+1) * probeAfter))
	}
	if may, _ := l.allows(7); !may {
		t.Error("the eighth is never tried again")
	}
	if may, _ := l.allows(8); may {
		t.Error("more are allowed than configured")
	}
	if l.limit != 8 {
		t.Errorf("%d allowed", l.limit)
	}
}
