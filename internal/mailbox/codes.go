package mailbox

import (
	"bytes"
	"sync"
)

// codes listens to what the server says in answer to one command, for response codes
// (RFC 9051 section 7.1) that the IMAP library does not pass on. All that is said over a
// connection is written to it.
type codes struct {
	mu        sync.Mutex
	listening bool
	said      []byte
}

// maxAnswer is how much of an answer is kept, in bytes.
const maxAnswer = 16 << 10

func (c *codes) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listening && len(c.said) < maxAnswer {
		c.said = append(c.said, p...)
	}
	return len(p), nil
}

// listen begins to keep what is said.
func (c *codes) listen() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listening = true
}

// heard ends that, and reports whether a code was said.
func (c *codes) heard(code string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	said := bytes.Contains(bytes.ToUpper(c.said), []byte(code))
	c.listening, c.said = false, nil
	return said
}
