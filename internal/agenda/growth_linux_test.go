//go:build unix

package agenda

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// processorTime is what this process has used so far. Unlike the time of day, it does not
// depend on what else the machine does.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// Twelve times the text may take about twelve times as long, not a hundred and
// forty-four times.
func TestReadGrowsWithTheText(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures")
	}
	const small, factor, bound = 4 << 10, 12, 60
	took := func(text string) time.Duration {
		best := time.Hour
		for range 3 {
			start := processorTime(t)
			Read(text, Options{Title: "Agenda", Ref: Date{2018, 1, 25}, Lang: "fr"})
			best = min(best, processorTime(t)-start)
		}
		return best
	}
	for _, unit := range hostile {
		few := strings.Repeat(unit, small/len(unit))
		many := strings.Repeat(few, factor)
		ratio := float64(bound + 1)
		for attempt := 0; attempt < 12 && ratio > bound; attempt++ { // the collector may run
			ratio = float64(took(many)) / float64(max(took(few), 50*time.Microsecond))
		}
		if ratio > bound {
			t.Errorf("%q: %d times the text took %.0f times as long", unit, factor, ratio)
		}
	}
}
