package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// startTLS sends STARTTLS and reads the server's OK (RFC 9051 section 6.2.1). It reads
// nothing after that, so that plain text is never taken for an answer over TLS. The error
// is a *imap.Error when the server refuses.
func (s *session) startTLS() error {
	greeting, err := s.readLine()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(greeting, "* OK") {
		return fmt.Errorf("the server greets with %q", greeting)
	}
	if _, err := s.conn.Write([]byte("S STARTTLS\r\n")); err != nil {
		return err
	}
	for {
		line, err := s.readLine()
		if err != nil {
			return err
		}
		answer, tagged := strings.CutPrefix(line, "S ")
		if !tagged {
			continue
		}
		kind, text, _ := strings.Cut(answer, " ")
		if kind == "OK" {
			return nil
		}
		return &imap.Error{Type: imap.StatusResponseType(kind), Text: text}
	}
}

// maxLine bounds a line that is read before TLS, in octets.
const maxLine = 8 << 10

// readLine reads one line, octet by octet, so that it reads nothing after it.
func (s *session) readLine() (string, error) {
	var line []byte
	for octet := make([]byte, 1); len(line) < maxLine; {
		if _, err := s.conn.Read(octet); err != nil {
			return "", err
		}
		if octet[0] == '\n' {
			return string(bytes.TrimRight(line, "\r")), nil
		}
		line = append(line, octet[0])
	}
	return "", errors.New("line too long")
}
