package agenda

import (
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// threadTime is the processor time of the calling thread, in nanoseconds (clock_gettime(2),
// CLOCK_THREAD_CPUTIME_ID). It does not depend on what else the machine or the process does;
// getrusage counts in ticks, which are longer than most readings here.
func threadTime(t *testing.T) time.Duration {
	t.Helper()
	const clockThreadCPUTime = 3
	var now syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockThreadCPUTime, uintptr(unsafe.Pointer(&now)), 0); errno != 0 {
		t.Fatal(errno)
	}
	return time.Duration(now.Nano())
}

// Twelve times the text takes about twelve times the processor time. The square would be
// a hundred and forty-four times, so that the bound of sixty leaves room for noise on both
// sides. A ratio above it is measured again, because the garbage collector may have run;
// the shortest reading of each text counts.
func TestRead_TimeGrowsWithTheText(t *testing.T) {
	if testing.Short() {
		t.Skip("measures processor time")
	}
	const small, factor, bound, attempts = 4 << 10, 12, 60, 30
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	shortest := func(text string, times int) time.Duration {
		best := time.Hour
		for range times {
			start := threadTime(t)
			Read(text, Options{Title: "Agenda", Ref: Date{2018, 1, 25}, Lang: "fr"})
			best = min(best, threadTime(t)-start)
		}
		return best
	}
	for _, unit := range hostile {
		few := strings.Repeat(unit, small/len(unit))
		many := strings.Repeat(few, factor)
		ratio, forFew, forMany := float64(bound+1), time.Hour, time.Hour
		for attempt := 0; attempt < attempts && ratio > bound; attempt++ {
			forMany = min(forMany, shortest(many, 1))
			forFew = min(forFew, shortest(few, 3))
			ratio = float64(forMany) / float64(max(forFew, 50*time.Microsecond))
		}
		if ratio > bound {
			t.Errorf("%q: %d times the text took %.0f times as long", unit, factor, ratio)
		}
	}
}
