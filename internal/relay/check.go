package relay

import (
	"context"
	"errors"

	"infolettre/internal/message"
)

// Report is what Check found.
type Report struct {
	Conn   string // as Conn.String
	Offers Offers
	// Refused holds, for each return path that was tried and refused, why: an
	// *Error of MAIL, or of RCPT, at which some relays judge the sender.
	Refused map[string]*Error
}

// Check tries what sending needs and sends nothing: it connects, authenticates,
// and for each return path, "" being the null one, offers a mail to the recipient
// and resets. Its error is an *Error of the connection, whose Stage says what is
// wrong, unless the options themselves are.
func Check(ctx context.Context, o Options, to message.Address, paths ...string) (*Report, error) {
	r, err := New(o)
	if err != nil {
		return nil, err
	}
	c, err := r.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
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
			return nil, connectionError(ctx, StageReset, errors.New("the relay hangs up after a refusal"))
		}
		if err := c.reset(ctx); err != nil {
			return nil, err
		}
	}
	return found, nil
}
