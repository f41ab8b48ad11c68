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

// ErrDied is the cause given to Handler.Quarantine for a mail that was open at several
// deaths of the process.
var ErrDied = errors.New("the program died while it read this mail, more than once")

// What a death of the process counts against a mail that was open, and how much makes
// it be quarantined unread: two deaths, or four if the mail was open for less than slow.
// Whoever kills the process from outside meets mails that take a few milliseconds.
const (
	quickCrash  = 1
	slowCrash   = 2
	maxCrashes  = 4
	slowReading = 200 * time.Millisecond
)

// readingLog writes down which mails are being read or handled, in a file that outlives the
// process, though not a power cut. It costs two short writes a mail. All its methods do
// nothing on nil.
type readingLog struct {
	log *slog.Logger

	mu    sync.Mutex
	file  *os.File
	mails map[mailID]*readingRecord
	// broken says that the last write failed, and was logged.
	broken bool
}

// readingRecord is a mail's record in the file.
type readingRecord struct {
	crashes int // what counts against it
	weight  int // 0, or what a death counts now
	timer   *time.Timer
}

// openReadingLog reads the file of the run before and counts its death, if it was one. It reads
// as far as the file is a record.
func openReadingLog(path string, log *slog.Logger) (*readingLog, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the record of mails being read: %w", err)
	}
	o := &readingLog{log: log, file: f, mails: map[mailID]*readingRecord{}}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var id mailID
		var m readingRecord
		if n, _ := fmt.Sscanf(lines.Text(), "%d %d %d %d", &id.uidValidity, &id.uid, &m.crashes, &m.weight); n != 4 || m.crashes < 0 || m.weight < 0 || m.weight > slowCrash {
			break
		}
		if m.crashes += m.weight; m.crashes > 0 {
			m.weight = 0
			o.mails[id] = &m
		}
	}
	if err := lines.Err(); err != nil {
		log.Warn("the record of mails being read is damaged and begins again", "error", err)
	}
	o.write()
	return o, nil
}

// close ends the record: what is still open was not finished, by nobody's fault.
func (o *readingLog) close() {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.mails {
		m.end()
	}
	o.write()
	if err := o.file.Close(); err != nil {
		o.log.Warn("the record of mails being read cannot be closed", "error", err)
	}
}

// begin writes down that a mail is being read, before it is; the function that it
// returns, that it no longer is.
func (o *readingLog) begin(id mailID) func() {
	if o == nil {
		return func() {}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	m := o.mails[id]
	if m == nil {
		m = &readingRecord{}
		o.mails[id] = m
	}
	m.weight = quickCrash
	m.timer = time.AfterFunc(slowReading, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.mails[id] == m && m.weight != 0 {
			m.weight = slowCrash
			o.write()
		}
	})
	o.write()
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		m.end()
		o.write()
	}
}

func (m *readingRecord) end() {
	if m.timer != nil {
		m.timer.Stop()
	}
	m.weight = 0
}

// forget drops what counts against mails for which f holds.
func (o *readingLog) forget(f func(mailID) bool) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	before := len(o.mails)
	maps.DeleteFunc(o.mails, func(id mailID, m *readingRecord) bool { return m.weight == 0 && f(id) })
	if len(o.mails) != before {
		o.write()
	}
}

// suspected says whether the process died while it had the mail open; fatal, often
// enough.
func (o *readingLog) suspected(id mailID) (some, fatal bool) {
	if o == nil {
		return false, false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if m := o.mails[id]; m != nil {
		return m.crashes > 0, m.crashes >= maxCrashes
	}
	return false, false
}

// moveSuspectsLast sorts mails so that those suspected come behind the others, each order
// being kept, and returns how many come before.
func (o *readingLog) moveSuspectsLast(uidValidity uint32, uids []imap.UID) (others int) {
	if o == nil {
		return len(uids)
	}
	rank := func(uid imap.UID) int {
		if some, _ := o.suspected(mailID{uidValidity, uint32(uid)}); some {
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

// write replaces the file's content, in one write. o.mu is held.
func (o *readingLog) write() {
	var b bytes.Buffer
	for id, m := range o.mails {
		if m.weight != 0 || m.crashes > 0 {
			fmt.Fprintf(&b, "%d %d %d %d\n", id.uidValidity, id.uid, m.crashes, m.weight)
		} else {
			delete(o.mails, id)
		}
	}
	b.WriteByte('\n') // what follows is of an earlier, longer record
	_, err := o.file.WriteAt(b.Bytes(), 0)
	if err != nil && !o.broken {
		o.log.Warn("the mails being read cannot be recorded", "error", err)
	}
	o.broken = err != nil
}
