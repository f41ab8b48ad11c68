package mailbox

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff returns pauses that double from min to max. Each is shortened at random by up to
// half, so that many daemons do not reconnect at the same time.
type backoff struct {
	min, max time.Duration
	pause    time.Duration
}

func (b *backoff) next() time.Duration {
	b.pause = min(max(2*b.pause, b.min), b.max)
	return b.pause/2 + rand.N(b.pause/2+1)
}

func (b *backoff) reset() { b.pause = 0 }

// sleep waits for d or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
