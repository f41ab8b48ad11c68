package relay

import (
	"context"
	"errors"

	"infolettre/internal/message"
)

// Report is the result of Check.
type Report struct {
	Conn   string // as Conn.String
	Offers Offers
	// Refused holds the error for each refused return path: of MAIL, or of RCPT, because
	// some relays check the sender only there.
	Refused map[string]*Error
}

// Check tests everything that sending needs, and sends nothing: it connects, authenticates,
// and for each return path ("" is the null one) sends MAIL and RCPT, then RSET. Its error
// is an *Error of the connection, with the Stage that failed, unless the options are
// invalid.
func Check(ctx context.Context, o Options, to message.Address, paths ...string) (*Report, error) {
	r, err := New(o)
	if err != nil {
		return nil, err
	}
	c, err := r.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	defer c.closeOnDone(ctx)()
	found := &Report{Conn: c.String(), Offers: c.offers, Refused: map[string]*Error{}}
	for _, from := range paths {
		env := Envelope{From: from, To: to}
		m, err := c.prepare(env, nil)
		if err != nil {
			return nil, &Error{Stage: StageMessage, Err: err}
		}
		refused := c.exchange(ctx, c.envelopeCommands(nil, env, m))
		if refused != nil && refused.Connection {
			return nil, refused
		}
		if refused != nil {
			found.Refused[from] = refused
		}
		if !c.Alive() {
			return nil, connectionError(ctx, StageReset, errors.New("the relay closes the connection after a refusal"))
		}
		if err := c.reset(ctx); err != nil {
			return nil, err
		}
	}
	return found, nil
}
