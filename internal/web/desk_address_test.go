package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"infolettre/internal/message"
	"infolettre/internal/web"
)

// at returns the same desk under another public address.
func (o *office) at(address string) http.Handler {
	o.t.Helper()
	at, err := url.Parse(address)
	if err != nil {
		o.t.Fatal(err)
	}
	s, err := web.New(web.Options{
		Listen: "127.0.0.1:0", BaseURL: at, Address: message.Mailbox{Address: "info@x.example"}, Languages: []string{"fr", "en"},
		Now: func() time.Time { return o.now }, Log: slog.New(slog.DiscardHandler), Desk: o.store, Render: o.render, Location: o.now.Location(),
	}, o.service, o.store, o.render)
	if err != nil {
		o.t.Fatal(err)
	}
	return s.Handler()
}

// The desk works behind a proxy that keeps a prefix and changes the host, with a browser that
// sends only the origin.
func TestDesk_BehindProxies(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, one := range []struct {
		base, origin, name, path string
		secure                   bool
		code                     int
	}{
		{"https://x.example/news/", "https://x.example", "__Secure-infolettre-browser", "/news/desk", true, 200},
		{"https://x.example", "https://x.example", "__Host-infolettre-browser", "/desk", true, 200},
		{"https://X.Example:443", "https://x.example", "__Host-infolettre-browser", "/desk", true, 200},
		{"https://x.example:8443", "https://x.example:8443", "__Host-infolettre-browser", "/desk", true, 200},
		{"https://x.example", "https://x.example:8443", "", "", true, 403},
		{"https://x.example", "http://x.example", "", "", true, 403},
		{"https://x.example", "https://y.x.example", "", "", true, 403},
		{"https://x.example", "null", "", "", true, 403},
		{"http://localhost:8080", "http://localhost:8080", "infolettre-browser", "/desk", false, 200},
		{"http://[::1]:8080", "http://[::1]:8080", "infolettre-browser", "/desk", false, 200},
	} {
		r := httptest.NewRequest("POST", "http://127.0.0.1:8080/desk/sign-in", strings.NewReader("address=nobody@y.example"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", one.origin)
		w := httptest.NewRecorder()
		o.at(one.base).ServeHTTP(w, r)
		cookies := w.Result().Cookies()
		if w.Code != one.code {
			t.Errorf("%s from %s: %d", one.base, one.origin, w.Code)
			continue
		}
		if one.code != 200 {
			continue
		}
		if len(cookies) != 1 || cookies[0].Name != one.name || cookies[0].Path != one.path && (cookies[0].Path != "/" || !strings.HasPrefix(one.name, "__Host-")) || cookies[0].Secure != one.secure || cookies[0].Domain != "" || !cookies[0].HttpOnly {
			t.Errorf("%s: %+v", one.base, cookies)
		}
		if !strings.Contains(w.Body.String(), `href="`+one.path+`"`) {
			t.Errorf("%s: %s", one.base, w.Body)
		}
	}
	for _, path := range []string{"//evil.example/%2f..", "/desk//evil.example", "/desk/enter/%0d%0aX:%20y", "/desk/../\\evil.example", "/desk/items/..//evil.example"} {
		r := httptest.NewRequest("GET", "/", nil)
		u, err := url.Parse("http://127.0.0.1" + path)
		if err != nil {
			continue
		}
		r.URL = u
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		w := httptest.NewRecorder()
		o.at("https://x.example/news").ServeHTTP(w, r)
		if to := w.Header().Get("Location"); strings.HasPrefix(to, "//") || strings.Contains(to, "://") || strings.Contains(to, "\\") || strings.Contains(w.Body.String(), `href="//`) {
			t.Errorf("%s leads to %q", path, to)
		}
	}
}

// After the secret changes, old links sign nobody in and old forms do nothing.
func TestSecret_ChangedVoidsLinksAndForms(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.offer(nadia, "Un forum", "cites")
	b, late := o.browser(), o.browser()
	b.signIn(elise)
	b.open(itemPath(id))
	link := late.ask(marco)
	o.service.Secret[0] ^= 1
	writes := o.store.Writes()
	b.submit("/decide", "verb", "approve")
	if b.code != http.StatusForbidden {
		t.Errorf("form: %d", b.code)
	}
	late.open(link)
	late.submit("", "x", "y")
	if late.code != http.StatusForbidden || o.store.Writes() != writes {
		t.Errorf("link: %d", late.code)
	}
}

// The desk's address with a trailing slash leads to the queue.
func TestDesk_TrailingSlashLeadsToQueue(t *testing.T) {
	t.Parallel()
	b := newOffice(t).browser()
	b.open("/desk/")
	if b.code != 200 {
		t.Errorf("%d", b.code)
	}
	b.sound("fr")
}

// If the proxy strips a prefix, every address on every page has it.
func TestDesk_LinksCarryTheProxyPrefix(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.offer(nadia, "Un forum", "cites")
	o.handler = http.StripPrefix("/news", o.at(base+"/news"))
	b := o.browser()
	b.open("/news/desk")
	b.submit("/sign-in", "address", elise)
	link := enterLink.FindString(o.letters()[elise+" sign-in"].Text)
	b.open(strings.Replace(link, base, "/news", 1))
	b.submit("", "x", "y")
	if b.at != "/news/desk" || !strings.Contains(b.page, "/news/desk/sign-out") {
		t.Fatalf("%d %s", b.code, b.at)
	}
	b.open("/news" + itemPath(1))
	b.submit("/decide", "verb", "approve")
	b.shows("C’est noté")
	seen := map[string]bool{"/news/desk": true}
	for todo := []string{"/news/desk"}; len(todo) > 0; todo = todo[1:] {
		b.open(todo[0])
		if b.code != 200 && b.code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", todo[0], b.code)
		}
		for _, l := range b.links() {
			if !strings.HasPrefix(l, "/news/") {
				t.Errorf("%s leads to %s", todo[0], l)
			} else if !seen[l] {
				seen[l] = true
				todo = append(todo, l)
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("%d addresses", len(seen))
	}
}

// Another host of the same domain cannot set a cookie of the desk: browsers accept the __Host-
// prefix only from the host itself, for all its paths (RFC 6265bis, section 4.1.3).
func TestCookies_HaveHostPrefix(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.browser()
	link := b.ask(elise)
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.open(link)
	b.submit("", "x", "y")
	cookies := (&http.Response{Header: b.head}).Cookies()
	for _, c := range cookies {
		if !strings.HasPrefix(c.Name, "__Host-") || c.Path != "/" || c.Domain != "" || !c.Secure {
			t.Errorf("%+v", c)
		}
	}
	if len(cookies) != 3 { // the browser cookie, which is deleted, the session, and the known browser
		t.Errorf("%d cookies", len(cookies))
	}
}
