package localmail

import (
	"net"
	"sync"
	"time"
)

// DelayProxy is a proxy on loopback that simulates the round-trip time to a distant server: it
// forwards data after half of that time.
type DelayProxy struct {
	ln      net.Listener
	server  string
	delay   time.Duration
	passing sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
}

// NewDelayProxy starts a proxy for the server at an address. The caller must Close it.
func NewDelayProxy(server string, roundTrip time.Duration) (*DelayProxy, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &DelayProxy{ln: ln, server: server, delay: roundTrip / 2}
	f.passing.Go(f.accept)
	return f, nil
}

// Addr returns the host:port of the proxy.
func (f *DelayProxy) Addr() string { return f.ln.Addr().String() }

// Close stops the proxy and closes its connections.
func (f *DelayProxy) Close() error {
	err := f.ln.Close()
	f.mu.Lock()
	for _, c := range f.conns {
		_ = c.Close() // it may be closed already
	}
	f.mu.Unlock()
	f.passing.Wait()
	return err
}

func (f *DelayProxy) accept() {
	for {
		client, err := f.ln.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", f.server)
		if err != nil {
			_ = client.Close() // there is no server to forward to
			continue
		}
		f.mu.Lock()
		f.conns = append(f.conns, client, server)
		f.mu.Unlock()
		f.passing.Go(func() { f.pass(server, client) })
		f.passing.Go(func() { f.pass(client, server) })
	}
}

// pass forwards what it reads, in order, each piece after the delay.
func (f *DelayProxy) pass(to, from net.Conn) {
	type piece struct {
		b    []byte
		when time.Time
	}
	pending := make(chan piece, 1000)
	f.passing.Go(func() {
		defer close(pending)
		for {
			b := make([]byte, 64<<10)
			n, err := from.Read(b)
			if n > 0 {
				pending <- piece{b[:n], time.Now().Add(f.delay)}
			}
			if err != nil {
				return
			}
		}
	})
	defer func() { _ = to.Close() }()
	for p := range pending {
		time.Sleep(time.Until(p.when))
		_, _ = to.Write(p.b) // the other direction notices a closed connection
	}
}
