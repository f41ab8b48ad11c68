package mailbox

import (
	"bytes"
	"sync"
)

// responseRecorder records the server's answer to one command, to find response codes (RFC
// 9051 section 7.1) that the IMAP library does not report. The library writes everything
// that it reads from the connection to it.
type responseRecorder struct {
	mu        sync.Mutex
	recording bool
	recorded  []byte
}

// maxRecorded bounds the recorded answer, in bytes.
const maxRecorded = 16 << 10

func (r *responseRecorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.recording && len(r.recorded) < maxRecorded {
		r.recorded = append(r.recorded, p...)
	}
	return len(p), nil
}

// start begins to record.
func (r *responseRecorder) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recording = true
}

// stopAndFind stops recording and reports whether the answer holds a code.
func (r *responseRecorder) stopAndFind(code string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := bytes.Contains(bytes.ToUpper(r.recorded), []byte(code))
	r.recording, r.recorded = false, nil
	return found
}
