package relay

import (
	"context"
	"fmt"
	"strings"
)

// Stage is the step of the dialogue that failed.
type Stage string

// The stages, in the order of the dialogue.
const (
	StageMessage Stage = "message" // before any command: the mail cannot be sent over this connection
	StageSign    Stage = "sign"    // DKIM
	StageDial    Stage = "dial"    // the host is unknown, does not answer, or sends no greeting
	StageTLS     Stage = "tls"     // STARTTLS is not offered, or the certificate is not trusted
	StageHello   Stage = "hello"
	StageAuth    Stage = "auth" // the password or token could not be read, or was refused
	StageMail    Stage = "mail" // MAIL: the return path
	StageRcpt    Stage = "rcpt" // RCPT: the recipient
	StageData    Stage = "data" // DATA: before any content
	StageContent Stage = "content"
	StageReset   Stage = "reset"
)

// Error is why a mail was not accepted, or why there is no connection.
type Error struct {
	Stage    Stage
	Code     int    // the server's reply; 0 when there was none
	Enhanced string // its enhanced status code (RFC 3463), as "5.1.1", or ""
	Text     string // its text; lines are separated by "\n"
	Err      error  // the cause when there was no reply

	// Temporary: a retry may succeed. True for 4xx replies (RFC 5321) and for broken
	// connections; false for a refused password or an untrusted certificate.
	Temporary bool
	// Connection: the relay or the connection failed, so the failure must not count
	// against the recipient. The connection is closed.
	Connection bool
	// InDoubt: the relay may have accepted the mail. Only after attempt.
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

// replyError returns the Error for a refusal.
func replyError(stage Stage, r reply) *Error {
	e := &Error{Stage: stage, Code: r.code, Text: r.text, Temporary: r.code < 500, Connection: r.code == 421}
	status, rest, found := strings.Cut(r.text, " ")
	if found && isStatus(status) {
		// It precedes each line (RFC 2034 section 4).
		e.Enhanced, e.Text = status, strings.ReplaceAll(rest, "\n"+status+" ", "\n")
	}
	return e
}

// isStatus reports an enhanced status code (RFC 3463 section 2).
func isStatus(s string) bool {
	parts := strings.Split(s, ".")
	for _, part := range parts {
		if len(part) == 0 || len(part) > 3 || strings.Trim(part, "0123456789") != "" {
			return false
		}
	}
	return len(parts) == 3 && strings.Contains("2 4 5", parts[0])
}

// connectionError returns the Error for a broken connection. If ctx has ended, that is the
// cause.
func connectionError(ctx context.Context, stage Stage, err error) *Error {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return &Error{Stage: stage, Err: err, Temporary: true, Connection: true}
}
