package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// The desk's cookies each hold 256 random bits, of which the store has only the
// SHA-256: one names the browser that asked for a link, another a session. See asks.go
// for the one that outlives both.
const (
	browserCookie = "infolettre-browser"
	sessionCookie = "infolettre-desk"
	saidCookie    = "infolettre-said" // what was just done, for the next page to say
)

// cookieName has the prefix that browsers keep insecure sites from writing, and,
// where the host is the newsletter's alone, the other hosts of its domain as well.
func (d *desk) cookieName(name string) string {
	switch {
	case !d.safe:
		return name
	case d.cookiePath() == "/":
		return "__Host-" + name
	}
	return "__Secure-" + name
}

// cookiePath is the desk's own path, or all, as browsers want it of a host's cookie.
func (d *desk) cookiePath() string {
	if d.safe && d.path("") == "" {
		return "/"
	}
	return d.root
}

func (d *desk) cookie(r *http.Request, name string) (string, bool) {
	c, err := r.Cookie(d.cookieName(name))
	if err != nil || len(c.Value) != base64.RawURLEncoding.EncodedLen(sha256.Size) {
		return "", false
	}
	return c.Value, true
}

// setCookie gives the browser a value for a time; none ends it. A session is never
// sent with a request that another site began (Strict). The browser's secret is,
// when a link is followed from a mail (Lax), so that the page can say at once
// whether the link will work here.
func (d *desk) setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	c := &http.Cookie{
		Name: d.cookieName(name), Value: value, Path: d.cookiePath(), MaxAge: int(life / time.Second),
		HttpOnly: true, Secure: d.safe, SameSite: http.SameSiteStrictMode,
	}
	if name == browserCookie {
		c.SameSite = http.SameSiteLaxMode
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// newSecret is 256 random bits.
func newSecret() string {
	b := make([]byte, sha256.Size)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// signIn is what the page shows on which somebody asks for a link.
type signIn struct {
	Asked   bool
	Address string
	Again   string // where they may be signed in, which their browser did not say to a link from elsewhere; "" for nowhere
}

func (d *desk) signInPage(w http.ResponseWriter, r *http.Request, status int, a *alert) {
	words := d.words[d.language(r)]
	s := d.sheet(words, nil, words.T("desk-sign-in-title"))
	s.Alert = a
	var body signIn
	if r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		body.Again = d.path(r.URL.EscapedPath())
	}
	s.Body = body
	d.write(w, r, status, "desk-sign-in", s)
}

// leastAnswer is how long the answer to an address takes at least: no one learns
// from it whether the address is an editor's.
const leastAnswer = 150 * time.Millisecond

// requestSignIn mails a link to whoever decides. It says the same to everybody, also that too
// many were asked for.
func (d *desk) requestSignIn(w http.ResponseWriter, r *http.Request) {
	soonest := time.NewTimer(leastAnswer)
	defer soonest.Stop()
	words := d.words[d.language(r)]
	if err := r.ParseForm(); err != nil {
		d.refused(w, r, nil)
		return
	}
	address, err := message.ParseAddress(field(r, "address"))
	if err != nil {
		d.signInPage(w, r, http.StatusUnprocessableEntity, &alert{Text: words.T("desk-address-bad")})
		return
	}
	// Links asked for before in this browser stay good.
	browser, ok := d.cookie(r, browserCookie)
	now := d.Now()
	one := ask{at: now, peer: peerOf(r), address: address.Key(), known: d.knownAs(r, address)}
	if ok {
		one.browser = digest(browser)
	} else {
		browser = newSecret()
	}
	if !d.asks.allow(one) {
		select {
		case <-soonest.C:
		case <-r.Context().Done():
		}
		w.Header().Set("Retry-After", strconv.Itoa(int(asksWindow/time.Second)))
		d.signInPage(w, r, http.StatusTooManyRequests, &alert{Text: words.T("desk-asked-often")})
		return
	}
	in := newsroom.SignIn{Person: address, Browser: digest(browser), Created: now, Expires: now.Add(newsroom.SignInLife)}
	mailed := false
	var may bool
	err = d.store.Read(r.Context(), func(v newsroom.View) (err error) {
		_, may, err = d.service.DeskUser(v, address, now)
		return err
	})
	if err == nil && may {
		err = d.Desk.AddSignIn(r.Context(), in, func(v newsroom.View, in newsroom.SignIn) (newsroom.Effects, error) {
			fx, err := d.service.RequestSignIn(v, in)
			mailed = len(fx) > 0
			return fx, err
		})
	}
	if err != nil {
		d.failed(w, r, nil, err)
		return
	}
	if mailed && d.After != nil {
		d.After()
	}
	d.Log.Debug("link to the desk asked for", "address", address, "mailed", mailed)
	d.setCookie(w, browserCookie, browser, newsroom.SignInLife)
	select {
	case <-soonest.C:
	case <-r.Context().Done():
	}
	s := d.sheet(words, nil, words.T("desk-asked-title"))
	s.Body = signIn{Asked: true, Address: string(address)}
	d.write(w, r, http.StatusOK, "desk-sign-in", s)
}

// confirmSignIn is what a link shows: a button. Programs that follow links open nothing.
func (d *desk) confirmSignIn(w http.ResponseWriter, r *http.Request) {
	words := d.words[d.language(r)]
	if _, err := token.Parse(r.PathValue("handle")); err != nil {
		d.notOpened(w, r, newsroom.ErrNotFound)
		return
	}
	s := d.sheet(words, nil, words.T("desk-enter-title"))
	_, here := d.cookie(r, browserCookie)
	s.Body = here
	d.write(w, r, http.StatusOK, "desk-enter", s)
}

// signIn uses a link up and signs in.
func (d *desk) signIn(w http.ResponseWriter, r *http.Request) {
	h, err := token.Parse(r.PathValue("handle"))
	if err != nil {
		d.notOpened(w, r, newsroom.ErrNotFound)
		return
	}
	browser, _ := d.cookie(r, browserCookie)
	secret, now := newSecret(), d.Now()
	var who message.Address
	err = d.Desk.UseSignIn(r.Context(), h.Number, func(v newsroom.View, in newsroom.SignIn) (newsroom.Session, error) {
		seat, err := d.service.CompleteSignIn(v, in, h, digest(browser), now)
		who = seat.Person.Address
		return newsroom.Session{
			Key: digest(secret), Person: seat.Person.Address, Created: now, Expires: now.Add(newsroom.SessionLife),
		}, err
	})
	if err != nil {
		d.notOpened(w, r, err)
		return
	}
	if old, ok := d.cookie(r, sessionCookie); ok {
		if err := d.Desk.EndSession(r.Context(), digest(old)); err != nil {
			d.Log.Error("end a session", "error", err)
		}
	}
	d.Log.Info("signed in at the desk", "link", h.Number)
	d.setCookie(w, browserCookie, "", 0)
	d.setCookie(w, sessionCookie, secret, newsroom.SessionLife)
	d.setCookie(w, knownCookie, d.known(newSecret(), who), knownLife)
	http.Redirect(w, r, d.root, http.StatusSeeOther)
}

// notOpened says why a link does not open the desk.
func (d *desk) notOpened(w http.ResponseWriter, r *http.Request, err error) {
	words := d.words[d.language(r)]
	key := ""
	switch {
	case errors.Is(err, newsroom.ErrOtherBrowser):
		key = "desk-link-browser"
	case errors.Is(err, newsroom.ErrLinkUsed):
		key = "desk-link-used"
	case errors.Is(err, newsroom.ErrLinkExpired):
		key = "desk-link-old"
	case errors.Is(err, newsroom.ErrNotFound):
		key = "desk-link-unknown"
	default:
		d.failed(w, r, nil, err)
		return
	}
	d.signInPage(w, r, http.StatusForbidden, &alert{Text: words.T(key)})
}

func (d *desk) signOut(w http.ResponseWriter, r *http.Request, v *visit) {
	if err := d.Desk.EndSession(r.Context(), v.session.Key); err != nil {
		d.failed(w, r, v, err)
		return
	}
	d.setCookie(w, sessionCookie, "", 0)
	http.Redirect(w, r, d.root, http.StatusSeeOther)
}

// done leads back to a page, which then says what was done.
func (d *desk) done(w http.ResponseWriter, r *http.Request, path, said string) {
	http.SetCookie(w, &http.Cookie{
		Name: d.cookieName(saidCookie), Value: said, Path: d.cookiePath(), MaxAge: 60, HttpOnly: true, Secure: d.safe, SameSite: http.SameSiteStrictMode,
	})
	http.Redirect(w, r, d.root+path, http.StatusSeeOther)
}

// said is what the last page did, once.
func (d *desk) said(w http.ResponseWriter, r *http.Request, v *visit) string {
	c, err := r.Cookie(d.cookieName(saidCookie))
	if err != nil || r.Method != http.MethodGet {
		return ""
	}
	d.setCookie(w, saidCookie, "", 0)
	if key := "desk-done-" + c.Value; v.words.Has(key) && !strings.Contains(v.words.T(key), "%") {
		return v.words.T(key)
	}
	return ""
}
