package delivery

import (
	"context"
	"time"
)

// Ledger is the durable record of parcels: what waits, what is claimed, and what
// became of it.
type Ledger interface {
	Queue
	Journal
}

// Queue is the side of the ledger from which parcels are taken. What its methods
// did is on the disk when they return.
type Queue interface {
	// Claim takes up to n parcels that are due at now, in their order of
	// precedence: letters, and those of mailings that are being sent. Those that
	// lapsed are settled on the way and not returned.
	Claim(ctx context.Context, now time.Time, n int) ([]Job, error)
	// Recheck looks once more at a claimed parcel, if anything may have happened
	// since to its mailing, its event or its recipient. ok is false when it is not to
	// be sent, and lapsed is what then became of it.
	Recheck(ctx context.Context, p Job, now time.Time) (lapsed Outcome, ok bool, err error)
	// Flush has the store take what the journal has.
	Flush(ctx context.Context) error
	// NextDue is when the next parcel is due; false when none waits.
	NextDue(ctx context.Context) (time.Time, bool, error)
}

// Journal is the side of the ledger to which attempts are told. What its methods
// recorded outlives the process when they return.
type Journal interface {
	// Connected enters a connection to the relay, as it describes itself.
	Connected(ctx context.Context, peer string, at time.Time) (ConnID, error)
	// Begin records that the last octets of a claimed parcel are about to be
	// written: from now on it may have been sent.
	Begin(ctx context.Context, p Job, line ConnID, at time.Time) error
	// End records what became of a claimed parcel, begun or not. The store has it
	// after the next Claim or Flush.
	End(ctx context.Context, p Job, o Outcome) error
}
