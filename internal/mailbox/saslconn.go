package mailbox

import (
	"net"
	"sync/atomic"
)

// saslConn is the connection that the IMAP library uses. The library writes "=" for an
// empty answer to a challenge, which is right only for an initial response (RFC 9051
// section 6.2.2). saslConn writes an empty line instead.
type saslConn struct {
	net.Conn
	emptyResponse atomic.Bool // the next write answers a challenge with nothing
	prefix        []byte      // read before the connection
}

func (c *saslConn) Read(p []byte) (int, error) {
	if len(c.prefix) > 0 {
		n := copy(p, c.prefix)
		c.prefix = c.prefix[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

func (c *saslConn) Write(p []byte) (int, error) {
	if c.emptyResponse.CompareAndSwap(true, false) && string(p) == "=\r\n" {
		if _, err := c.Conn.Write(p[1:]); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	return c.Conn.Write(p)
}
