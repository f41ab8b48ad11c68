package delivery

import (
	"context"
	"time"
)

// Ledger is the durable record of jobs: queued, claimed, and their outcomes.
type Ledger interface {
	Queue
	Journal
}

// Queue hands out jobs. The effects of its methods are on the disk when they return.
type Queue interface {
	// Claim claims up to n jobs that are due at now, the most urgent first: letters,
	// and deliveries of mailings in state sending. It settles jobs that are not to be
	// sent any more, and does not return them.
	Claim(ctx context.Context, now time.Time, n int) ([]Job, error)
	// Recheck checks a claimed job again if its mailing, its event or its recipient
	// may have changed since. ok is false when it must not be sent; lapsed is then
	// its outcome.
	Recheck(ctx context.Context, job Job, now time.Time) (lapsed Outcome, ok bool, err error)
	// Flush moves outcomes from the journal to the store.
	Flush(ctx context.Context) error
	// NextDue returns when the next job is due; false when none is queued.
	NextDue(ctx context.Context) (time.Time, bool, error)
}

// Journal records attempts. Its records outlive the process when the methods return.
type Journal interface {
	// Connected records a connection to the relay; peer is its description.
	Connected(ctx context.Context, peer string, at time.Time) (ConnID, error)
	// Begin records that the last octets of a claimed job are about to be written:
	// from now on it may have been sent.
	Begin(ctx context.Context, job Job, conn ConnID, at time.Time) error
	// End records the outcome of a claimed job, begun or not. The store has it after
	// the next Claim or Flush.
	End(ctx context.Context, job Job, o Outcome) error
}
