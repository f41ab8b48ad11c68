package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"infolettre/internal/message"
)

// Limits on requests for links to the desk within an hour. They count requests for any address,
// whether it belongs to an editor or not, so that the answer tells nothing. One network cannot
// use up the requests that others may make for an address, and a browser in which an editor was
// signed in before has a limit of its own for that editor.
const (
	maxByBrowser        = 5
	maxByPeer           = 10 // for all addresses together
	maxByPeerAndAddress = 5  // for one address
	maxByAddress        = 20

	limitWindow   = time.Hour
	maxRemembered = 4096 // remembered requests; the oldest are dropped first
)

// signInRequest is one request for a link.
type signInRequest struct {
	at      time.Time
	peer    string // the network; "" if unknown
	browser string // "" for a browser without a cookie
	address string
	known   string // the browser, if the address was signed in there before; else ""
}

// signInLimiter remembers recent requests for links. A restart forgets them.
type signInLimiter struct {
	mu     sync.Mutex
	recent []signInRequest // oldest first
}

// allow reports whether a link may be mailed, and counts the request if so.
func (a *signInLimiter) allow(one signInRequest) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.recent) > 0 && (len(a.recent) >= maxRemembered || one.at.Sub(a.recent[0].at) >= limitWindow) {
		a.recent = a.recent[1:]
	}
	var known, browser, peer, here, address int
	for _, old := range a.recent {
		count := func(n *int, is bool) {
			if is {
				*n++
			}
		}
		count(&known, old.known != "" && old.known == one.known && old.address == one.address)
		if old.known != "" {
			continue
		}
		count(&browser, one.browser != "" && old.browser == one.browser)
		count(&peer, one.peer != "" && old.peer == one.peer)
		count(&here, one.peer != "" && old.peer == one.peer && old.address == one.address)
		count(&address, old.address == one.address)
	}
	switch {
	case one.known != "":
		if known >= maxByBrowser {
			return false
		}
	case browser >= maxByBrowser, peer >= maxByPeer, here >= maxByPeerAndAddress, address >= maxByAddress:
		return false
	}
	a.recent = append(a.recent, one)
	return true
}

// peerOf returns the network of the client: an IPv4 address, or the /64 network of an IPv6
// address. Behind a proxy on a loopback or private address it uses the last address in
// X-Forwarded-For. It returns "" if the client's address is unknown.
func peerOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	addr = addr.Unmap()
	if near := addr.IsLoopback() || addr.IsPrivate(); near {
		fields := r.Header.Values("X-Forwarded-For")
		if len(fields) == 0 && addr.IsLoopback() {
			return ""
		}
		if len(fields) > 0 {
			last := fields[len(fields)-1]
			client, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]))
			if err != nil {
				return ""
			}
			addr = client.Unmap()
		}
	}
	addr = addr.WithZone("")
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}

// knownCookie names a browser in which somebody was signed in. The browser keeps it for
// knownLife.
const (
	knownCookie = "infolettre-known"
	knownLife   = 180 * 24 * time.Hour
)

// known returns the value of knownCookie for a person: a random secret, and a MAC that binds it
// to the address without revealing it.
func (d *desk) known(secret string, who message.Address) string {
	mac := hmac.New(sha256.New, d.service.Secret)
	mac.Write([]byte("infolettre desk browser v1\n" + who.Key() + "\n" + secret))
	return secret + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// knownAs returns the hash of the browser's secret if that person was signed in in this browser
// before, else "".
func (d *desk) knownAs(r *http.Request, who message.Address) string {
	c, err := r.Cookie(d.cookieName(knownCookie))
	size := base64.RawURLEncoding.EncodedLen(sha256.Size)
	if err != nil || len(c.Value) != 2*size || !hmac.Equal([]byte(c.Value), []byte(d.known(c.Value[:size], who))) {
		return ""
	}
	return digest(c.Value[:size])
}
