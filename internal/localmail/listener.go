package localmail

import (
	"bytes"
	"net"
	"sync"
)

// listener tracks the connections that it accepted, to close them and to wait for their
// end: neither server library does both without a race.
type listener struct {
	net.Listener
	open sync.WaitGroup // connections that the server has not closed yet

	readOnly bool // replaces READ-WRITE by READ-ONLY, which the IMAP library cannot report for SELECT

	mu     sync.Mutex
	closed bool
	conns  map[*trackedConn]struct{}
}

func newListener(inner net.Listener) *listener {
	return &listener{Listener: inner, conns: make(map[*trackedConn]struct{})}
}

func (l *listener) Accept() (net.Conn, error) {
	inner, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &trackedConn{Conn: inner, listener: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = inner.Close() // nothing was sent over it
		return nil, net.ErrClosed
	}
	l.conns[c] = struct{}{}
	l.open.Add(1)
	return c, nil
}

// drop closes the sockets beneath the servers, which then notice it.
func (l *listener) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		_ = c.Conn.Close() // dropped on purpose
	}
}

func (l *listener) closeAll() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	_ = l.Listener.Close() // it may be closed by its server
	l.drop()
}

func (l *listener) wait() { l.open.Wait() }

type trackedConn struct {
	net.Conn
	listener *listener
	once     sync.Once
}

func (c *trackedConn) Write(p []byte) (int, error) {
	if !c.listener.readOnly {
		return c.Conn.Write(p)
	}
	if _, err := c.Conn.Write(bytes.ReplaceAll(p, []byte("[READ-WRITE]"), []byte("[READ-ONLY]"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (c *trackedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.listener.mu.Lock()
		delete(c.listener.conns, c)
		c.listener.mu.Unlock()
		c.listener.open.Done()
	})
	return err
}
