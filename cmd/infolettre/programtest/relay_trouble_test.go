package programtest

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// once returns a function that calls f the first time that it is asked for at least
// the n-th mail at a point.
func once(point string, n int, f func()) func(string, int) {
	var o sync.Once
	return func(at string, i int) {
		if at == point && i >= n {
			o.Do(f)
		}
	}
}

// silentRelay listens where the relay was: it accepts connections and says nothing.
type silentRelay struct {
	ln    net.Listener
	heard chan struct{} // at each connection

	mu    sync.Mutex
	conns []net.Conn
}

func newSilentRelay(t *testing.T, addr string) *silentRelay {
	t.Helper()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	m := &silentRelay{ln: ln, heard: make(chan struct{}, 100)}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			m.mu.Lock()
			m.conns = append(m.conns, c)
			m.mu.Unlock()
			select {
			case m.heard <- struct{}{}:
			default:
			}
		}
	}()
	t.Cleanup(m.close)
	return m
}

func (m *silentRelay) close() {
	m.ln.Close()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.conns {
		c.Close()
	}
}

// came waits for what a test cannot go on without.
func came[T any](t *testing.T, what string, c <-chan T, daemon *running) {
	t.Helper()
	select {
	case <-c:
		return
	default:
	}
	select {
	case <-c:
	case <-daemon.exited:
		t.Fatalf("the daemon ended before the %s: %v; its log:\n%s", what, daemon.err, daemon.log)
	case <-time.After(patience):
		t.Fatalf("no %s; the daemon's log:\n%s", what, daemon.log)
	}
}

// stopped ends a daemon by SIGTERM, well and within the time that it gives mails
// under way.
func (m *mailing) stopped(daemon *running) {
	m.t.Helper()
	begun := time.Now()
	if err := daemon.stop(); err != nil {
		m.t.Error(err)
	}
	m.t.Logf("stopped within %v", time.Since(begun).Round(time.Millisecond))
}

// The relay dies in the middle of an issue and comes back; later it accepts
// connections and says nothing. Nobody is lost or counted against, and only what was
// on a connection as it died comes twice. A daemon that is stopped meanwhile ends
// soon, and leaves nothing in doubt.
func TestServe_RelayDiesAndReturns(t *testing.T) {
	t.Parallel()
	const readers = 4_000
	y := newCountingRelay(t)
	m := newMailing(t, readers, y.addr)
	var flying []map[string]int
	trouble := func(daemon *running, n int) {
		t.Helper()
		m.await(daemon, "the daemon that sees the trouble", func() bool {
			return strings.Count(daemon.log.String(), "relay failed, sending pauses") >= n
		})
	}
	clean := func(daemon *running) {
		t.Helper()
		if err := daemon.log.await(t.Context(), "msg=serving", daemon.exited); err != nil {
			t.Fatal(err)
		}
		if foundLeft.MatchString(daemon.log.String()) {
			t.Errorf("a clean stop left something to take up: %s", daemon.log)
		}
	}

	// It dies, and comes back to the same daemon, which is stopped a little later.
	died, enough := make(chan struct{}), make(chan struct{})
	y.mind(once(pointData, 500, func() { y.leave(); close(died) }))
	daemon := m.start()
	came(t, "death", died, daemon)
	trouble(daemon, 2)
	y.mind(once(pointData, 1500, func() { close(enough) }))
	y.comeBack()
	came(t, "progress", enough, daemon)
	m.stopped(daemon)
	flying = append(flying, y.ended())

	// It dies again, and then accepts without a word.
	died = make(chan struct{})
	y.mind(once(pointData, 300, func() { y.leave(); close(died) }))
	daemon = m.start()
	clean(daemon)
	came(t, "death", died, daemon)
	held := newSilentRelay(t, y.addr)
	came(t, "connection that is not answered", held.heard, daemon)
	m.stopped(daemon)
	flying = append(flying, y.ended())

	// Then it is gone for the next one from the beginning.
	daemon = m.start()
	clean(daemon)
	came(t, "connection that is not answered", held.heard, daemon)
	held.close()
	trouble(daemon, 2)
	m.stopped(daemon)
	flying = append(flying, y.ended())

	// And for the last one until it has seen that.
	daemon = m.start()
	clean(daemon)
	trouble(daemon, 1)
	y.comeBack()
	m.finish(daemon)
	flying = append(flying, y.ended())

	doubts, repeats := m.accounted(y, flying)
	m.balanced()
	if n := m.number(`SELECT count(*) FROM attempt WHERE state = 'deferred' AND code <> 451`); n != 0 {
		t.Errorf("%d mails were put off for what the relay did", n)
	}
	t.Logf("%d counted as in doubt, %d repeated", doubts, repeats)
	if repeats == 0 {
		t.Error("the relay died at no moment that matters")
	}
}
