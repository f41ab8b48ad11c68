package relay

import (
	"context"
	"errors"
	"fmt"

	"github.com/emersion/go-smtp"
)

// Stage is the step of the dialogue at which something failed.
type Stage string

const (
	StageMessage Stage = "message" // before any command: the mail cannot go over this connection
	StageSign    Stage = "sign"    // DKIM
	StageDial    Stage = "dial"    // the host is not found, does not answer, or gives no greeting
	StageTLS     Stage = "tls"     // not offered, or not trusted
	StageHello   Stage = "hello"
	StageAuth    Stage = "auth" // the password could not be read, or was refused
	StageMail    Stage = "mail" // MAIL: the return path
	StageRcpt    Stage = "rcpt" // RCPT: the recipient
	StageData    Stage = "data" // DATA: before any content
	StageContent Stage = "content"
	StageReset   Stage = "reset"
)

// Error says why a mail was not accepted, or why there is no connection.
type Error struct {
	Stage    Stage
	Code     int    // the server's reply; 0 when there was none
	Enhanced string // its enhanced status code (RFC 3463), as "5.1.1", or ""
	Text     string // its text; lines are separated by "\n"
	Err      error  // the cause when there was no reply

	// Temporary: the same may succeed later. By RFC 5321 this is so for 4xx
	// replies; it is so for whatever broke a connection, but not for a refused
	// password or an untrusted certificate.
	Temporary bool
	// Connection: the trouble is the relay's or the line's, not the
	// recipient's, who is neither to be counted against nor given up. The
	// connection is closed.
	Connection bool
	// InDoubt: the mail may or may not have been accepted. Only after attempt.
	InDoubt bool
}

func (e *Error) Error() string {
	s := "relay: " + string(e.Stage)
	switch {
	case e.Code != 0 && e.Enhanced != "":
		s += fmt.Sprintf(": %d %s %s", e.Code, e.Enhanced, e.Text)
	case e.Code != 0:
		s += fmt.Sprintf(": %d %s", e.Code, e.Text)
	case e.Err != nil:
		s += ": " + e.Err.Error()
	}
	if e.InDoubt {
		s += " (it is not known whether the mail was accepted)"
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// newError makes an Error of what the SMTP library returned.
func newError(ctx context.Context, stage Stage, err error) *Error {
	var reply *smtp.SMTPError
	if errors.As(err, &reply) {
		return &Error{
			Stage:      stage,
			Code:       reply.Code,
			Enhanced:   enhanced(reply.EnhancedCode),
			Text:       reply.Message,
			Temporary:  reply.Temporary(),
			Connection: reply.Code == 421,
		}
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return &Error{Stage: stage, Err: err, Temporary: true, Connection: true}
}

func enhanced(c smtp.EnhancedCode) string {
	if c[0] <= 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", c[0], c[1], c[2])
}
