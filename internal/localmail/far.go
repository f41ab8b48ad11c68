package localmail

import (
	"net"
	"sync"
	"time"
)

// Far makes a server seem as far away as the time of one round trip: a proxy on
// loopback that passes on what it reads half of that later.
type Far struct {
	ln      net.Listener
	server  string
	delay   time.Duration
	passing sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
}

// NewFar puts a distance before a server.
func NewFar(server string, roundTrip time.Duration) (*Far, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &Far{ln: ln, server: server, delay: roundTrip / 2}
	f.passing.Go(f.accept)
	return f, nil
}

// Addr is where the server is to be had from afar.
func (f *Far) Addr() string { return f.ln.Addr().String() }

// Close ends it, and every connection that goes through it.
func (f *Far) Close() error {
	err := f.ln.Close()
	f.mu.Lock()
	for _, c := range f.conns {
		c.Close()
	}
	f.mu.Unlock()
	f.passing.Wait()
	return err
}

func (f *Far) accept() {
	for {
		near, err := f.ln.Accept()
		if err != nil {
			return
		}
		there, err := net.Dial("tcp", f.server)
		if err != nil {
			near.Close()
			continue
		}
		f.mu.Lock()
		f.conns = append(f.conns, near, there)
		f.mu.Unlock()
		f.passing.Go(func() { f.pass(there, near) })
		f.passing.Go(func() { f.pass(near, there) })
	}
}

// pass hands on what is read, in order, each piece when its time has come.
func (f *Far) pass(to, from net.Conn) {
	type piece struct {
		b    []byte
		when time.Time
	}
	under := make(chan piece, 1000)
	f.passing.Go(func() {
		defer close(under)
		for {
			b := make([]byte, 64<<10)
			n, err := from.Read(b)
			if n > 0 {
				under <- piece{b[:n], time.Now().Add(f.delay)}
			}
			if err != nil {
				return
			}
		}
	})
	defer to.Close()
	for p := range under {
		time.Sleep(time.Until(p.when))
		to.Write(p.b)
	}
}
