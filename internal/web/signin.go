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

// Each of the desk's cookies holds 256 random bits; the store keeps only their SHA-256. One
// names the browser that asked for a link, another the session. For knownCookie, which outlives
// both, see signinlimit.go.
const (
	browserCookie = "infolettre-browser"
	sessionCookie = "infolettre-desk"
	flashCookie   = "infolettre-flash" // what the last form did, for the next page to show
)

// cookieName adds the prefix that keeps insecure sites from setting the cookie and, where the
// newsletter has the host for itself, the other hosts of its domain too (RFC 6265bis, section
// 4.1.3).
func (d *desk) cookieName(name string) string {
	switch {
	case !d.secure:
		return name
	case d.cookiePath() == "/":
		return "__Host-" + name
	}
	return "__Secure-" + name
}

// cookiePath returns the desk's path, or "/" where the __Host- prefix requires it.
func (d *desk) cookiePath() string {
	if d.secure && d.path("") == "" {
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

// setCookie sets a cookie for the given time; an empty value deletes it. A session cookie is
// never sent with a request that another site began (SameSite=Strict). The browser cookie is
// sent when a link is followed from a mail (Lax), so that the page can say at once whether the
// link works in this browser.
func (d *desk) setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	c := &http.Cookie{
		Name: d.cookieName(name), Value: value, Path: d.cookiePath(), MaxAge: int(life / time.Second),
		HttpOnly: true, Secure: d.secure, SameSite: http.SameSiteStrictMode,
	}
	if name == browserCookie {
		c.SameSite = http.SameSiteLaxMode
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// newSecret returns 256 random bits in base64.
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

// signInBody is the content of the page on which an editor asks for a link.
type signInBody struct {
	Asked   bool
	Address string
	Again   string // the page asked for, if a link from another site led here and the session cookie was not sent; else ""
}

func (d *desk) signInPage(w http.ResponseWriter, r *http.Request, status int, a *alert) {
	words := d.words[d.language(r)]
	s := d.newPage(words, nil, words.T("desk-sign-in-title"))
	s.Alert = a
	var body signInBody
	if r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		body.Again = d.path(r.URL.EscapedPath())
	}
	s.Body = body
	d.write(w, r, status, "desk-sign-in", s)
}

// requestSignIn mails a link if the address is an editor's or a deputy's. The answer is the
// same for every address, also when there were too many requests.
func (d *desk) requestSignIn(w http.ResponseWriter, r *http.Request) {
	earliest := time.NewTimer(d.MinSignInTime)
	defer earliest.Stop()
	words := d.words[d.language(r)]
	if err := r.ParseForm(); err != nil {
		d.refuse(w, r, nil)
		return
	}
	address, err := message.ParseAddress(field(r, "address"))
	if err != nil {
		d.signInPage(w, r, http.StatusUnprocessableEntity, &alert{Text: words.T("desk-address-bad")})
		return
	}
	// Links that this browser asked for before stay valid.
	browser, ok := d.cookie(r, browserCookie)
	now := d.Now()
	one := signInRequest{at: now, peer: peerOf(r), address: address.Key(), known: d.knownAs(r, address)}
	if ok {
		one.browser = digest(browser)
	} else {
		browser = newSecret()
	}
	if !d.limiter.allow(one) {
		select {
		case <-earliest.C:
		case <-r.Context().Done():
		}
		w.Header().Set("Retry-After", strconv.Itoa(int(limitWindow/time.Second)))
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
		d.fail(w, r, nil, err)
		return
	}
	if mailed && d.MailQueued != nil {
		d.MailQueued()
	}
	d.Log.Debug("desk link requested", "address", address, "mailed", mailed)
	d.setCookie(w, browserCookie, browser, newsroom.SignInLife)
	select {
	case <-earliest.C:
	case <-r.Context().Done():
	}
	s := d.newPage(words, nil, words.T("desk-asked-title"))
	s.Body = signInBody{Asked: true, Address: string(address)}
	d.write(w, r, http.StatusOK, "desk-sign-in", s)
}

// confirmSignIn shows a button, because programs that follow links must not sign in.
func (d *desk) confirmSignIn(w http.ResponseWriter, r *http.Request) {
	words := d.words[d.language(r)]
	if _, err := token.Parse(r.PathValue("handle")); err != nil {
		d.showSignInError(w, r, newsroom.ErrNotFound)
		return
	}
	s := d.newPage(words, nil, words.T("desk-enter-title"))
	_, here := d.cookie(r, browserCookie)
	s.Body = here
	d.write(w, r, http.StatusOK, "desk-enter", s)
}

// signIn uses a link up and starts a session.
func (d *desk) signIn(w http.ResponseWriter, r *http.Request) {
	h, err := token.Parse(r.PathValue("handle"))
	if err != nil {
		d.showSignInError(w, r, newsroom.ErrNotFound)
		return
	}
	browser, _ := d.cookie(r, browserCookie)
	secret, now := newSecret(), d.Now()
	var who message.Address
	err = d.Desk.UseSignIn(r.Context(), h.Number, func(v newsroom.View, in newsroom.SignIn) (newsroom.Session, error) {
		user, err := d.service.CompleteSignIn(v, in, h, digest(browser), now)
		who = user.Person.Address
		return newsroom.Session{
			Key: digest(secret), Person: user.Person.Address, Created: now, Expires: now.Add(newsroom.SessionLife),
		}, err
	})
	if err != nil {
		d.showSignInError(w, r, err)
		return
	}
	if old, ok := d.cookie(r, sessionCookie); ok {
		if err := d.Desk.EndSession(r.Context(), digest(old)); err != nil {
			d.Log.Error("end session", "error", err)
		}
	}
	d.Log.Info("signed in at the desk", "link", h.Number)
	d.setCookie(w, browserCookie, "", 0)
	d.setCookie(w, sessionCookie, secret, newsroom.SessionLife)
	d.setCookie(w, knownCookie, d.known(newSecret(), who), knownLife)
	http.Redirect(w, r, d.root, http.StatusSeeOther)
}

// showSignInError says why a link does not sign in.
func (d *desk) showSignInError(w http.ResponseWriter, r *http.Request, err error) {
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
		d.fail(w, r, nil, err)
		return
	}
	d.signInPage(w, r, http.StatusForbidden, &alert{Text: words.T(key)})
}

func (d *desk) signOut(w http.ResponseWriter, r *http.Request, v *visit) {
	if err := d.Desk.EndSession(r.Context(), v.session.Key); err != nil {
		d.fail(w, r, v, err)
		return
	}
	d.setCookie(w, sessionCookie, "", 0)
	http.Redirect(w, r, d.root, http.StatusSeeOther)
}

// redirectDone redirects to a page, which then shows what was done.
func (d *desk) redirectDone(w http.ResponseWriter, r *http.Request, path, flash string) {
	http.SetCookie(w, &http.Cookie{
		Name: d.cookieName(flashCookie), Value: flash, Path: d.cookiePath(), MaxAge: 60, HttpOnly: true, Secure: d.secure, SameSite: http.SameSiteStrictMode,
	})
	http.Redirect(w, r, d.root+path, http.StatusSeeOther)
}

// takeFlash returns the message that redirectDone left, and deletes it.
func (d *desk) takeFlash(w http.ResponseWriter, r *http.Request, v *visit) string {
	c, err := r.Cookie(d.cookieName(flashCookie))
	if err != nil || r.Method != http.MethodGet {
		return ""
	}
	d.setCookie(w, flashCookie, "", 0)
	if key := "desk-done-" + c.Value; v.words.Has(key) && !strings.Contains(v.words.T(key), "%") {
		return v.words.T(key)
	}
	return ""
}
