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

// Ceilings on the links to the desk that are asked for within an hour. They count what is
// asked for an address, whether anybody has it or not, so that the answer tells nothing.
// One network peer cannot use up what others may ask for an address, and a browser in which
// an editor was signed in before has an allowance for them that nobody else uses up.
const (
	maxByBrowser = 5
	maxByPeer    = 10 // for all addresses
	maxForPeer   = 5  // for one address
	maxByAddress = 20

	asksWindow = time.Hour
	maxAsks    = 4096 // that are remembered; the oldest are forgotten first
)

// ask is one link that somebody asked for.
type ask struct {
	at      time.Time
	peer    string // "" for one that is not known
	browser string // "" for a new one
	address string
	known   string // the browser, where the address was signed in in it before; else ""
}

// asks are the links asked for lately. A restart forgets them.
type asks struct {
	mu     sync.Mutex
	recent []ask // the oldest first
}

// allow says whether a link may be mailed, and counts it if so.
func (a *asks) allow(one ask) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.recent) > 0 && (len(a.recent) >= maxAsks || one.at.Sub(a.recent[0].at) >= asksWindow) {
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
	case browser >= maxByBrowser, peer >= maxByPeer, here >= maxForPeer, address >= maxByAddress:
		return false
	}
	a.recent = append(a.recent, one)
	return true
}

// peerOf is the network that a request comes from: an IPv4 address, or the /64 network of an
// IPv6 one. Behind a proxy on this machine or network it is what the proxy says last in
// X-Forwarded-For; "" where that does not tell.
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
			told, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]))
			if err != nil {
				return ""
			}
			addr = told.Unmap()
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

// knownCookie names a browser in which somebody was signed in; knownLife is how long it
// is remembered after that.
const (
	knownCookie = "infolettre-known"
	knownLife   = 180 * 24 * time.Hour
)

// known is the value of knownCookie for a person: a secret of the browser's own, and a code
// that binds it to their address without telling it.
func (d *desk) known(secret string, who message.Address) string {
	mac := hmac.New(sha256.New, d.service.Secret)
	mac.Write([]byte("infolettre desk browser v1\n" + who.Key() + "\n" + secret))
	return secret + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// knownAs names the browser if that person was signed in in it before, "" if not.
func (d *desk) knownAs(r *http.Request, who message.Address) string {
	c, err := r.Cookie(d.cookieName(knownCookie))
	size := base64.RawURLEncoding.EncodedLen(sha256.Size)
	if err != nil || len(c.Value) != 2*size || !hmac.Equal([]byte(c.Value), []byte(d.known(c.Value[:size], who))) {
		return ""
	}
	return digest(c.Value[:size])
}
