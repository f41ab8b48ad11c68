package delivery

import (
	"context"

	"infolettre/internal/message"
)

// JobRenderer renders the mail of a job: its return path and its bytes.
type JobRenderer interface {
	// RenderJob may write the mail into buf and overwrite what is there. The caller may
	// use the result until the next call with the same buf. After an error that wraps
	// ErrTooLarge a letter fails at once.
	RenderJob(ctx context.Context, job Job, buf []byte) (from string, raw []byte, err error)
	// ReturnPath returns a return path of the job's own, for a relay that refuses the
	// null return path.
	ReturnPath(job Job) string
}

// Conn is one connection to the relay.
type Conn interface {
	// Send transfers one mail. It calls attempt just before it writes the content,
	// and writes nothing when attempt fails. Errors of the server or the connection
	// are a *Failure.
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

// Failure is a refusal by the relay, or a broken connection.
type Failure struct {
	Code      int    // 0 when the server did not answer
	Status    string // its enhanced status code (RFC 3463), or ""
	Text      string
	Temporary bool
	Relay     bool // it concerns the relay, not the recipient: dialling, signing in, 421, a lost connection
	InDoubt   bool // the connection was lost when the mail may have been accepted
	Path      bool // the return path, or a setting of the relay, was refused
	Refused   Refusal
}

func (f *Failure) Error() string { return f.Text }
