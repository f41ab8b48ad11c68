package web_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

// asksFrom asks for a link from a network address and reports whether one was mailed.
func (b *browser) asksFrom(peer, address string) bool {
	b.o.t.Helper()
	b.open("/desk")
	b.send("POST", "/desk/sign-in", url.Values{"address": {address}}, "X-Forwarded-For", peer)
	return b.o.letters()[address+" sign-in"] != nil
}

// However often strangers ask for links for an editor, the editor gets theirs in a browser that
// they used before, and in a new one as long as few networks ask.
func TestSignInLimit_StrangersLockNobodyOut(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	mine := o.browser()
	mine.signIn(elise)
	mine.submit("/sign-out")
	mailed := 0
	for range 30 {
		if o.browser().asksFrom("203.0.113.9", elise) {
			mailed++
		}
	}
	if mailed != 5 {
		t.Errorf("%d links were mailed to one stranger, want 5", mailed)
	}
	if !o.browser().asksFrom("198.51.100.20", elise) {
		t.Error("a new browser elsewhere gets no link")
	}
	for i := range 30 {
		for range 5 {
			if o.browser().asksFrom(fmt.Sprintf("2001:db8:0:%x::%x", i, i), elise) {
				mailed++
			}
		}
	}
	if mailed > 20 {
		t.Errorf("%d links were mailed to strangers in an hour", mailed)
	}
	if o.browser().asksFrom("198.51.100.21", elise) {
		t.Error("the inbox is not protected")
	}
	for i := range 7 {
		if got, want := mine.asksFrom("203.0.113.9", elise), i < 5; got != want {
			t.Errorf("link %d in the editor's own browser: mailed %t, want %t", i+1, got, want)
		}
	}
	// The browser is known for this editor only.
	if mine.asksFrom("203.0.113.9", marco) != true {
		t.Error("another editor cannot sign in in it")
	}
	o.now = o.now.Add(61 * time.Minute)
	if !o.browser().asksFrom("203.0.113.9", elise) {
		t.Error("no link an hour later")
	}
}

// The page explains the refusal, in the same words for every address.
func TestSignInLimit_RefusalIsTheSameForEveryAddress(t *testing.T) {
	t.Parallel()
	for _, who := range []string{elise, nadia, "nobody@elsewhere.example"} {
		o := newOffice(t)
		for i := range 6 {
			b := o.browser()
			mailed := b.asksFrom("203.0.113.9", who)
			refused := i == 5
			if refused != (b.code == http.StatusTooManyRequests) || refused != strings.Contains(b.page, "aucun n’a été envoyé cette fois") {
				t.Errorf("%s, link %d: %d\n%s", who, i+1, b.code, b.page)
			}
			if mailed != (who == elise && !refused) {
				t.Errorf("%s, link %d: mailed %t", who, i+1, mailed)
			}
			if refused && (b.head.Get("Retry-After") != "3600" || strings.Contains(b.page, who)) {
				t.Errorf("%s: %q\n%s", who, b.head, b.page)
			}
		}
	}
}

// A browser counts once whatever network it comes from, and a network once whatever addresses
// it asks for.
func TestSignInLimit_CountsByBrowserAndNetwork(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.browser()
	for i := range 7 {
		b.asksFrom(fmt.Sprintf("203.0.113.%d", i+1), fmt.Sprintf("nobody%d@elsewhere.example", i))
		// The first request gives the browser its cookie.
		if got, want := b.code == http.StatusTooManyRequests, i > 5; got != want {
			t.Errorf("request %d of one browser: refused %t", i+1, got)
		}
	}
	for i := range 12 {
		b := o.browser()
		b.asksFrom("2001:db8::"+fmt.Sprint(i+1), fmt.Sprintf("person%d@elsewhere.example", i))
		if got, want := b.code == http.StatusTooManyRequests, i >= 10; got != want {
			t.Errorf("request %d of one network: refused %t", i+1, got)
		}
	}
}

// The cookie of a known browser does not reveal the address, and a forged one is ignored.
func TestSignInLimit_ForgedKnownBrowserIsIgnored(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.browser()
	b.signIn(elise)
	at, _ := url.Parse(base + "/desk")
	var value string
	for _, c := range b.http.Jar.Cookies(at) {
		if strings.HasSuffix(c.Name, "infolettre-known") {
			value = c.Value
		}
	}
	if len(value) != 86 || strings.Contains(value, "elise") {
		t.Fatalf("the cookie %q", value)
	}
	for range 5 {
		o.browser().asksFrom("203.0.113.9", marco)
	}
	for _, forged := range []string{value, value[:85] + "A", strings.Repeat("A", 86), ""} {
		c := o.browser()
		c.http.Jar, _ = cookiejar.New(nil)
		c.http.Jar.SetCookies(at, []*http.Cookie{{Name: "__Host-infolettre-known", Value: forged, Secure: true, Path: "/"}})
		if c.asksFrom("203.0.113.9", marco) {
			t.Errorf("a browser that Marco never used got his link by %q", forged)
		}
	}
}
