package mailbox

import (
	"bytes"
	"sync"
)

// responseRecorder listens to what the server says in answer to one command, for response codes
// (RFC 9051 section 7.1) that the IMAP library does not pass on. All that is said over a
// connection is written to it.
type responseRecorder struct {
	mu        sync.Mutex
	recording bool
	recorded  []byte
}

// maxRecorded is how much of an answer is kept, in bytes.
const maxRecorded = 16 << 10

func (c *responseRecorder) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.recording && len(c.recorded) < maxRecorded {
		c.recorded = append(c.recorded, p...)
	}
	return len(p), nil
}

// start begins to keep what is said.
func (c *responseRecorder) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.recording = true
}

// stopAndFind ends that, and reports whether a code was said.
func (c *responseRecorder) stopAndFind(code string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	said := bytes.Contains(bytes.ToUpper(c.recorded), []byte(code))
	c.recording, c.recorded = false, nil
	return said
}
