package mailbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
)

// ErrCrashed is the cause given to Handler.Quarantine for a mail that was open at several
// crashes of the process.
var ErrCrashed = errors.New("the program died while it read this mail, more than once")

// The weight of a crash for a mail that was open, and the sum at which the mail is
// quarantined unread: after two crashes, or after four if the mail was open for less than
// slowReading. A kill from outside hits mails that take a few milliseconds.
const (
	quickCrash  = 1
	slowCrash   = 2
	maxCrashes  = 4
	slowReading = 200 * time.Millisecond
)

// readingLog records which mails are being read or handled, in a file that survives a
// crash of the process, but not a power cut. It costs two short writes a mail. On nil all
// its methods do nothing.
type readingLog struct {
	log *slog.Logger

	mu    sync.Mutex
	file  *os.File
	mails map[mailID]*readingRecord
	// broken is set when the last write failed and was logged.
	broken bool
}

// readingRecord is the record of a mail in the file.
type readingRecord struct {
	crashes int // the sum of the weights of crashes
	weight  int // 0 when closed, else the weight of a crash now
	timer   *time.Timer
}

// openReadingLog opens the file of the previous run, and counts a crash for each mail that
// is open in it. It stops at the first invalid line.
func openReadingLog(path string, log *slog.Logger) (*readingLog, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the file of mails being read: %w", err)
	}
	l := &readingLog{log: log, file: f, mails: map[mailID]*readingRecord{}}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var id mailID
		var m readingRecord
		if n, _ := fmt.Sscanf(lines.Text(), "%d %d %d %d", &id.uidValidity, &id.uid, &m.crashes, &m.weight); n != 4 || m.crashes < 0 || m.weight < 0 || m.weight > slowCrash {
			break
		}
		if m.crashes += m.weight; m.crashes > 0 {
			m.weight = 0
			l.mails[id] = &m
		}
	}
	if err := lines.Err(); err != nil {
		log.Warn("the file of mails being read is damaged and starts empty", "error", err)
	}
	l.write()
	return l, nil
}

// close closes the file. Mails that are still open count no crash.
func (l *readingLog) close() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.mails {
		m.end()
	}
	l.write()
	if err := l.file.Close(); err != nil {
		l.log.Warn("the file of mails being read cannot be closed", "error", err)
	}
}

// begin records that a mail is about to be read. The returned function records the end.
func (l *readingLog) begin(id mailID) func() {
	if l == nil {
		return func() {}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.mails[id]
	if m == nil {
		m = &readingRecord{}
		l.mails[id] = m
	}
	m.weight = quickCrash
	m.timer = time.AfterFunc(slowReading, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.mails[id] == m && m.weight != 0 {
			m.weight = slowCrash
			l.write()
		}
	})
	l.write()
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		m.end()
		l.write()
	}
}

func (m *readingRecord) end() {
	if m.timer != nil {
		m.timer.Stop()
	}
	m.weight = 0
}

// forget drops the crashes of mails for which f is true.
func (l *readingLog) forget(f func(mailID) bool) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	before := len(l.mails)
	maps.DeleteFunc(l.mails, func(id mailID, m *readingRecord) bool { return m.weight == 0 && f(id) })
	if len(l.mails) != before {
		l.write()
	}
}

// suspected reports whether the process crashed while the mail was open; fatal, whether it
// did so often enough to quarantine the mail.
func (l *readingLog) suspected(id mailID) (some, fatal bool) {
	if l == nil {
		return false, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.mails[id]; m != nil {
		return m.crashes > 0, m.crashes >= maxCrashes
	}
	return false, false
}

// moveSuspectsLast moves suspected mails behind the others, keeping the order otherwise,
// and returns the number of the others.
func (l *readingLog) moveSuspectsLast(uidValidity uint32, uids []imap.UID) (others int) {
	if l == nil {
		return len(uids)
	}
	rank := func(uid imap.UID) int {
		if some, _ := l.suspected(mailID{uidValidity, uint32(uid)}); some {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(uids, func(a, b imap.UID) int { return rank(a) - rank(b) })
	for others < len(uids) && rank(uids[others]) == 0 {
		others++
	}
	return others
}

// write replaces the content of the file in one write. The caller holds l.mu.
func (l *readingLog) write() {
	var b bytes.Buffer
	for id, m := range l.mails {
		if m.weight != 0 || m.crashes > 0 {
			fmt.Fprintf(&b, "%d %d %d %d\n", id.uidValidity, id.uid, m.crashes, m.weight)
		} else {
			delete(l.mails, id)
		}
	}
	b.WriteByte('\n') // ends the records: the rest is from an earlier, longer content
	_, err := l.file.WriteAt(b.Bytes(), 0)
	if err != nil && !l.broken {
		l.log.Warn("the mails being read cannot be recorded", "error", err)
	}
	l.broken = err != nil
}
