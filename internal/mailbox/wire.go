package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"

	"github.com/emersion/go-imap/v2"
)

// saslConn is the connection that the IMAP library reads and writes. The library writes "="
// for an empty answer to a challenge, as it is right in an initial response only (RFC 9051
// section 6.2.2); on a wire it becomes an empty line.
type saslConn struct {
	net.Conn
	emptyResponse atomic.Bool // the next write is an empty answer
	prefix        []byte      // what is read before the connection is
}

func (w *saslConn) Read(p []byte) (int, error) {
	if len(w.prefix) > 0 {
		n := copy(p, w.prefix)
		w.prefix = w.prefix[n:]
		return n, nil
	}
	return w.Conn.Read(p)
}

func (w *saslConn) Write(p []byte) (int, error) {
	if w.emptyResponse.CompareAndSwap(true, false) && string(p) == "=\r\n" {
		if _, err := w.Conn.Write(p[1:]); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	return w.Conn.Write(p)
}

// startTLS goes as far as the server's leave to begin TLS (RFC 9051 section 6.2.1). It
// reads nothing behind that, so that what was said in clear is never taken for an answer.
// The error is a *imap.Error where the server refuses.
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

// readLine reads one line, and not an octet more.
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
	return "", errors.New("a line without an end")
}
