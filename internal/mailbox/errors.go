package mailbox

import (
	"errors"
	"fmt"
)

// Errors of a mailbox, for errors.Is. An error of Check wraps exactly one of the first
// four.
var (
	ErrUnreachable = errors.New("the IMAP server cannot be reached")
	ErrTLS         = errors.New("no trusted TLS connection to the IMAP server")
	ErrLogin       = errors.New("the IMAP server refused the login")
	ErrFolder      = errors.New("a folder of the mailbox cannot be used")

	// ErrReadOnly is an ErrFolder: handled mail cannot be moved out of the inbox.
	ErrReadOnly = fmt.Errorf("%w: it is read-only", ErrFolder)

	// ErrSessionExpired means that the server ended an authenticated session.
	ErrSessionExpired = errors.New("the IMAP server wants a new login")

	ErrTimeout = errors.New("the IMAP server fell silent")
	ErrStopped = errors.New("mailbox: stopped")

	// ErrUnavailable is wrapped by a Handler's error that the mail did not cause: the
	// store is down or full, and every other mail would fail too.
	ErrUnavailable = errors.New("mailbox: handler unavailable")
)

// TooLargeError is the cause given to Handler.Quarantine for a mail that was
// not fetched because of its size.
type TooLargeError struct {
	Size, Max int64 // in bytes
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("mail of %d bytes is larger than the limit of %d", e.Size, e.Max)
}

// PanicError is the cause given to Handler.Quarantine after a panic while handling a mail.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic while handling: %v", e.Value) }
