package programtest

import (
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/message"
	"infolettre/internal/sqlite"
)

// mailing is an office on the eve of sending an issue to many, over a relay that is
// not its mail host's.
type mailing struct {
	*office
	t       *testing.T
	program string
	readers int
	db      *sql.DB // reads while the daemon writes
	clock   time.Time
	speed   int
	launch  time.Time
	began   []time.Time // of business time, by run
}

// newMailing writes the readers straight into the table: an import takes its time.
func newMailing(t *testing.T, readers int, relay string) *mailing {
	t.Helper()
	o, program := signedIssue(t, &sink{}, 0)
	m := &mailing{office: o, t: t, program: program, readers: readers, speed: 600}
	m.clock, _ = time.Parse(time.RFC3339, sendingHour(0))
	from := strings.Index(o.config, `"smtp://`)
	to := from + strings.Index(o.config[from:], "\n")
	o.config = o.config[:from] + `"smtp://` + relay + `"` + o.config[to:]
	if err := o.write("infolettre.toml", o.config); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(o.dir, "data", sqlite.FileName)
	write, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	if _, err := write.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO person (address, address_key, name, centre, language, added)
		SELECT 'lectrice' || i || '@reseau' || (i % 977) || '.example', 'lectrice' || i || '@reseau' || (i % 977) || '.example',
		'Lectrice ' || i, '', iif(i % 3, 'fr', 'en'), 0 FROM n`, readers); err != nil {
		t.Fatal(err)
	}
	if _, err := write.Exec(`INSERT INTO person_tag (person, tag) SELECT id, 'membre' FROM person WHERE address LIKE 'lectrice%'`); err != nil {
		t.Fatal(err)
	}
	if m.db, err = sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(10000)"); err != nil {
		t.Fatal(err)
	}
	m.db.SetMaxIdleConns(0) // so that the daemon finds a database that nobody has open
	t.Cleanup(func() { m.db.Close() })
	return m
}

// start launches the daemon at a business time after all that earlier ones saw.
func (m *mailing) start() *running {
	m.t.Helper()
	if !m.launch.IsZero() {
		m.clock = m.clock.Add(time.Since(m.launch)*time.Duration(m.speed) + time.Second).Truncate(time.Second)
	}
	m.launch = time.Now()
	m.began = append(m.began, m.clock)
	r, err := m.office.launch(m.t.Context(), m.program, fmt.Sprintf("%sx%d", m.clock.Format(time.RFC3339), m.speed))
	if err != nil {
		m.t.Fatal(err)
	}
	return r
}

// finish waits until the mailing has ended, and stops the daemon.
func (m *mailing) finish(r *running) {
	m.t.Helper()
	m.ended(r)
	if err := r.stop(); err != nil {
		m.t.Error(err)
	}
}

// ended waits until the mailing has.
func (m *mailing) ended(r *running) {
	m.t.Helper()
	m.await(r, "the mailing's end", func() bool {
		var state string
		err := m.db.QueryRow(`SELECT state FROM mailing WHERE kind = 'issue'`).Scan(&state)
		return err == nil && state == "sent"
	})
}

// await polls for what only the database tells.
func (m *mailing) await(r *running, what string, done func() bool) {
	m.t.Helper()
	for give := time.After(patience); !done(); {
		select {
		case <-r.exited:
			m.t.Fatalf("the daemon ended before %s: %v; its log:\n%s", what, r.err, r.log)
		case <-give:
			m.t.Fatalf("no %s within %v; the daemon's log:\n%s", what, patience, r.log)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// doubts are, for each run, the readers whose mail was begun in it and counts as
// perhaps sent.
func (m *mailing) doubts() []map[string]int {
	m.t.Helper()
	rows, err := m.db.Query(`SELECT address, coalesce(attempt.began, 0) FROM attempt JOIN delivery ON delivery.id = attempt.mail
		JOIN person ON person.id = delivery.person WHERE attempt.class = 'delivery' AND attempt.state = 'in_doubt'`)
	if err != nil {
		m.t.Fatal(err)
	}
	defer rows.Close()
	all := make([]map[string]int, len(m.began))
	for i := range all {
		all[i] = map[string]int{}
	}
	for rows.Next() {
		var who string
		var ms int64
		if err := rows.Scan(&who, &ms); err != nil {
			m.t.Fatal(err)
		}
		run := -1
		for run+1 < len(m.began) && !m.began[run+1].After(time.UnixMilli(ms)) {
			run++
		}
		if run < 0 {
			m.t.Errorf("a mail to %s is in doubt that was never begun", who)
			continue
		}
		all[run][who]++
	}
	if err := rows.Err(); err != nil {
		m.t.Fatal(err)
	}
	return all
}

// number is the one that a query selects.
func (m *mailing) number(query string, args ...any) (n int) {
	m.t.Helper()
	if err := m.db.QueryRow(query, args...).Scan(&n); err != nil {
		m.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// balanced asserts that the ledger's books close on a mailing that is sent to all.
func (m *mailing) balanced() {
	m.t.Helper()
	for what, c := range map[string]struct {
		query string
		want  int
	}{
		"deliveries":                {`SELECT count(*) FROM delivery`, m.readers},
		"deliveries that were sent": {`SELECT count(*) FROM delivery WHERE state = 'sent' AND settled IS NOT NULL AND code = 250`, m.readers},
		"readers, by the mailing":   {`SELECT size FROM mailing`, m.readers},
		"settled, in throughput":    {`SELECT sum(settled) FROM throughput`, m.readers},
		"mailings that ended":       {`SELECT count(*) FROM mailing WHERE state = 'sent' AND ended IS NOT NULL`, 1},
		"doubts: deliveries minus attempt rows": {`SELECT (SELECT sum(maybe_sent) FROM delivery)
			- (SELECT count(*) FROM attempt WHERE class = 'delivery' AND state = 'in_doubt')`, 0},
		"attempts: deliveries minus attempt rows": {`SELECT (SELECT sum(attempts) FROM delivery)
			- (SELECT count(*) FROM attempt WHERE class = 'delivery' AND state IN ('in_doubt', 'deferred'))`, m.readers},
		"letters left": {`SELECT count(*) FROM letter WHERE state = 'claimed'`, 0},
	} {
		if got := m.number(c.query); got != c.want {
			m.t.Errorf("%s: %d, not %d", what, got, c.want)
		}
	}
	if s := issueMailing(m.t, m.office, m.program); s.State != "sent" || s.Sent != m.readers || s.Queued+s.Deferred+s.Failed+s.Suppressed != 0 {
		m.t.Errorf("the mailing stands at %+v", s)
	}
}

// explained returns how many attempts in doubt “why” tells of a reader.
func (m *mailing) explained(who string) (n int) {
	m.t.Helper()
	for _, of := range m.why(m.t, m.program, who).Mailings {
		n += of.count(string(delivery.InDoubt))
	}
	return n
}

// recorded returns how many attempts in doubt the history of a reader holds, from which
// “why” prints its steps.
func (m *mailing) recorded(store *sqlite.Store, who string) (n int) {
	m.t.Helper()
	history, err := store.AddressHistory(m.t.Context(), message.Address(who), 0, false)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, of := range history.Mailings {
		for _, attempt := range of.Mail.Earlier {
			if attempt.State == delivery.InDoubt {
				n++
			}
		}
	}
	return n
}

// accounted asserts that everybody was served, and that each mail too many is one
// that was in doubt: of those on a connection when the daemon was killed, under the
// same Message-ID, and recorded. It asks “why” about the first readers with a repeat, and for
// the others the history that “why” prints: a process for each of hundreds takes minutes. It
// returns how many doubts and repeats there were.
func (m *mailing) accounted(y *countingRelay, flying []map[string]int) (doubtful, repeats int) {
	m.t.Helper()
	doubts := m.doubts()
	for run, whose := range doubts {
		for who, n := range whose {
			doubtful += n
			if run >= len(flying) || flying[run][who] < n {
				m.t.Errorf("run %d: the mail to %s is said to be in doubt, and was not on any connection", run, who)
			}
		}
		if len(whose) > connections {
			m.t.Errorf("run %d left %d mails in doubt on %d connections", run, len(whose), connections)
		}
	}
	store, err := sqlite.Open(m.t.Context(), filepath.Join(m.dir, "data"), slog.New(slog.DiscardHandler))
	if err != nil {
		m.t.Fatal(err)
	}
	defer store.Close()
	asked := 0
	y.mu.Lock()
	defer y.mu.Unlock()
	for i := 1; i <= m.readers; i++ {
		who := fmt.Sprintf("lectrice%d@reseau%d.example", i, i%977)
		r := y.readers[who]
		switch {
		case r == nil || len(r.runs) == 0:
			m.t.Errorf("%s was forgotten", who)
			continue
		case len(r.ids) != 1:
			m.t.Errorf("%s got mails under different Message-IDs: %v", who, r.ids)
		}
		repeats += len(r.runs) - 1
		again := map[int]int{}
		for _, run := range r.runs[:len(r.runs)-1] {
			again[run]++
		}
		for run, n := range again {
			if doubts[run][who] < n {
				m.t.Errorf("%s got the issue in runs %v, and nothing explains the repeats", who, r.runs)
			}
		}
		extra := len(r.runs) - 1
		if extra == 0 {
			continue
		}
		if asked++; asked <= 20 && m.explained(who) < extra {
			m.t.Errorf("%s got the issue in runs %v, and “why” does not say so", who, r.runs)
		}
		if m.recorded(store, who) < extra {
			m.t.Errorf("%s got the issue in runs %v, and its history does not say so", who, r.runs)
		}
	}
	if len(y.readers) != m.readers {
		m.t.Errorf("%d people were written to, not %d", len(y.readers), m.readers)
	}
	return doubtful, repeats
}
