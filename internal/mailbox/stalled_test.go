package mailbox_test

import (
	"net"
	"sync"
	"testing"
	"time"

	"infolettre/internal/localmail"
)

// stallingProxy is a proxy that can stop forwarding, as a dead connection does, without
// closing anything.
type stallingProxy struct {
	net.Listener
	target string

	mu        sync.Mutex
	stalled   bool
	dialCount int
	conns     []net.Conn
	wait      sync.WaitGroup
}

func newStallingProxy(t *testing.T, target string) *stallingProxy {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &stallingProxy{Listener: ln, target: target}
	h.wait.Go(h.serve)
	t.Cleanup(func() {
		h.mu.Lock()
		for _, c := range h.conns {
			c.Close()
		}
		h.mu.Unlock()
		ln.Close()
		h.wait.Wait()
	})
	return h
}

func (h *stallingProxy) serve() {
	for {
		client, err := h.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", h.target)
		if err != nil {
			client.Close()
			continue
		}
		h.mu.Lock()
		h.dialCount++
		h.conns = append(h.conns, client, server)
		h.mu.Unlock()
		h.wait.Go(func() { h.pipe(server, client) })
		h.wait.Go(func() { h.pipe(client, server) })
	}
}

func (h *stallingProxy) pipe(to, from net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if err != nil {
			to.Close()
			return
		}
		h.mu.Lock()
		stalled := h.stalled
		h.mu.Unlock()
		if !stalled {
			to.Write(buf[:n])
		}
	}
}

func (h *stallingProxy) set(stalled bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stalled = stalled
}

func (h *stallingProxy) dials() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dialCount
}

func TestRun_StalledConnectionIsReplaced(t *testing.T) { // not parallel: its time limit is short
	s := serve(t, localmail.Options{})
	h := newStallingProxy(t, s.IMAPAddr())
	o := options(h.Addr().String())
	o.CommandTimeout = 300 * time.Millisecond
	o.Poll = 20 * time.Millisecond
	d := &recordingHandler{}
	b := run(t, o, d)
	settle(t, b)
	before := h.dials()
	h.set(true)
	put(t, s, "un")
	await(t, "another connection", func() bool { return h.dials() > before })
	h.set(false)
	settle(t, b)
	if d.count("un") != 1 {
		t.Errorf("handled %d times", d.count("un"))
	}
	wantFolder(t, s, done, "un")
}
