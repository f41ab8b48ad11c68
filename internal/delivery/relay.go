package delivery

import (
	"context"

	"infolettre/internal/message"
)

// Printer makes the mail of a parcel: its return path and its bytes.
type Printer interface {
	// Print may write the mail into buf, whose contents are of no use any more; what
	// it returns is the caller's until the next call with that buf.
	// A letter whose error wraps ErrTooLarge is given up at once.
	Print(ctx context.Context, p Job, buf []byte) (from string, raw []byte, err error)
	// ReturnPath is the parcel's own, for a relay that refuses the null one.
	ReturnPath(p Job) string
}

// Conn is one connection to the relay.
type Conn interface {
	// Send transfers one mail. attempt is called when all that is left is to
	// write the content; when it fails, nothing is written. An error that is
	// the server's or the line's is a *Failure.
	Send(ctx context.Context, from string, to message.Address, raw []byte, attempt func(context.Context) error) (reply string, err error)
	// Alive reports whether another Send can succeed.
	Alive() bool
	// String describes the connection to an operator.
	String() string
	Close() error
}

// Dialer opens connections to the relay.
type Dialer interface {
	Connect(ctx context.Context) (Conn, error)
}

// Failure is what the relay answered, or what broke.
type Failure struct {
	Code      int    // 0 when the server did not answer
	Status    string // its enhanced status code (RFC 3463), or ""
	Text      string
	Temporary bool
	Relay     bool // the relay's trouble, not the recipient's: dialling, signing in, 421, a lost line
	InDoubt   bool // the line was lost when the mail may have been accepted
	Path      bool // it was the return path, or the relay's own setting, that was refused
	Refused   Refusal
}

func (f *Failure) Error() string { return f.Text }
