package web_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"

	"infolettre/internal/agenda"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/web"
)

// twice sends a page's form two times over, as a double click does.
func (b *browser) twice(action string, fill ...string) {
	b.o.t.Helper()
	page, at := b.page, b.at
	b.submit(action, fill...)
	b.page, b.at = page, at
	b.submit(action, fill...)
}

// Each form, sent twice, does what it does once.
func TestFormsSentTwice(t *testing.T) {
	o := newOffice(t)
	id := o.offer(nadia, "Une bourse", "people")
	b := o.browser()
	b.signIn(elise)
	b.open(itemPath(id))
	b.submit("/decide", "verb", "approve")
	o.now = o.now.Add(time.Minute)
	b.open(itemPath(id))
	b.submit("/decide", "verb", "defer")
	b.open(itemPath(id))
	b.twice("/undo")
	if d := editorial.Effective(o.decisions(id)); len(d) != 1 || d[0].Verb != editorial.Approve {
		t.Errorf("what was not to be taken back went too: %+v", d)
	}

	b.open("/desk/away")
	records := o.store.Writes()
	o.letters()
	b.twice("/away", "to", "Dora Valente", "until", "2018-02-05")
	if b.code != 200 {
		t.Errorf("the same delegation: %d", b.code)
	}
	parcels, err := o.store.Ledger().Claim(t.Context(), o.now, 1000)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, p := range parcels {
		if p.Letter.Topic == "deputy" {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the deputy is told %d times, after %d writes", told, o.store.Writes()-records)
	}
	b.open("/desk/away")
	b.twice("/back")

	o.close()
	b.signIn(elise)
	b.open("/desk/issues/1")
	before, err := o.store.Items(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.twice("/editorial", "title", "Ce que l’on partage", "text", "Chers lecteurs, voici un numéro sur la mer.")
	after, err := o.store.Items(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(after) != len(before)+1 {
		t.Errorf("%d editorials", len(after)-len(before))
	}
}

// An undo takes back the decision that its page named, or none.
func TestAnUndoIsOfTheDecisionThatItsPageNamed(t *testing.T) {
	o := newOffice(t)
	id := o.offer(nadia, "Une bourse", "people")
	b := o.browser()
	b.signIn(elise)
	b.open(itemPath(id))
	b.submit("/decide", "verb", "approve")
	b.open(itemPath(id))
	old, at := b.page, b.at
	b.submit("/undo")
	b.open(itemPath(id))
	b.submit("/decide", "verb", "reject", "reason", "Déjà paru")
	b.page, b.at = old, at
	b.submit("/undo")
	if b.code != http.StatusConflict || o.item(id).State != item.Rejected {
		t.Errorf("another tab's undo: %d, %s", b.code, o.item(id).State)
	}
}

// slow is a body that something happens in the midst of.
type slow struct {
	io.Reader
	once   sync.Once
	happen func()
}

func (s *slow) Read(p []byte) (int, error) {
	s.once.Do(s.happen)
	return s.Reader.Read(p)
}

// Who was a deputy when a request began, and is none when it is done, does nothing.
func TestAVoiceThatEndsMeanwhile(t *testing.T) {
	o := newOffice(t)
	id := o.offer(nadia, "Un forum", "cites")
	b := o.browser()
	b.signIn(elise)
	b.open("/desk/away")
	b.submit("/away", "to", "Dora Valente", "until", "2018-02-05")
	dora := o.browser()
	dora.signIn("dora@reseau.example")
	dora.open(itemPath(id))
	own := dora.form("/decide")
	own.values.Set("verb", "approve")
	r := httptest.NewRequest("POST", base+own.action, &slow{Reader: strings.NewReader(own.values.Encode()), happen: func() {
		b.open("/desk/away")
		b.submit("/back")
	}})
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range dora.http.Jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden || len(o.decisions(id)) != 0 {
		t.Errorf("%d: %+v", w.Code, o.decisions(id))
	}
}

// What is no form is refused, and is not called too long.
func TestOtherBodies(t *testing.T) {
	o := newOffice(t)
	id := o.offer(nadia, "Un forum", "cites")
	b := o.browser()
	b.signIn(elise)
	b.open(itemPath(id))
	own := b.form("/decide")
	own.values.Set("verb", "approve")
	multi := "--x\r\n"
	for k, v := range own.values {
		multi += fmt.Sprintf("Content-Disposition: form-data; name=%q\r\n\r\n%s\r\n--x\r\n", k, v[0])
	}
	for kind, body := range map[string]string{
		"multipart/form-data; boundary=x": multi, "text/plain": own.values.Encode(), "application/json": "{}", "": own.values.Encode(),
		"application/x-www-form-urlencoded": "form=%zz&verb=approve", "application/x-www-form-urlencoded; charset=x": "form=a;b=c", "x/": "a=b",
	} {
		for _, path := range []string{own.action, own.action + "?" + own.values.Encode(), own.action + "?%zz"} {
			r := httptest.NewRequest("POST", base+path, strings.NewReader(body))
			r.Header.Set("Content-Type", kind)
			r.Header.Set("X-Http-Method-Override", "POST")
			for _, c := range b.http.Jar.Cookies(r.URL) {
				r.AddCookie(c)
			}
			w := httptest.NewRecorder()
			o.handler.ServeHTTP(w, r)
			if w.Code != http.StatusForbidden || len(o.decisions(id)) != 0 {
				t.Errorf("%s to %s: %d", kind, path, w.Code)
			}
		}
	}
	writes := o.store.Writes()
	for _, method := range []string{"PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "GET", "QUERY"} {
		b.send(method, own.action+"?_method=POST&"+own.values.Encode(), nil, "X-HTTP-Method-Override", "POST")
		if b.code < 400 || o.store.Writes() != writes {
			t.Errorf("%s: %d", method, b.code)
		}
	}
	for _, path := range []string{"/desk/items/-1", "/desk/items/0", "/desk/items/9223372036854775807", "/desk/items/9223372036854775808", "/desk/items/1e3",
		"/desk/items/%2e%2e%2f1", "/desk/items/%00", "/desk/issues/-1", "/desk/issues/99999999999999999999", "/desk/issues/9223372036854775807/preview/fr",
		"/desk/issues/1/preview/FR", "/desk/issues/1/preview/..%2f..", "/desk/issues/7/edition/fr", "/desk/images/..%2f..%2fetc%2fpasswd", "/desk/images/" + strings.Repeat("AB", 32)} {
		if b.open(path); b.code != http.StatusNotFound {
			t.Errorf("%s: %d", path, b.code)
		}
	}
	b.open(itemPath(id))
	for _, n := range []string{"-1", "99999999999999999999", "9223372036854775807", "x", "", "2"} {
		own.values.Set("revision", n)
		for _, a := range []string{"/decide", "/edit", "/translate"} {
			own.values.Set("title", "x")
			b.send("POST", itemPath(id)+a, own.values)
			if b.code < 400 || b.code >= 500 {
				t.Errorf("revision %q to %s: %d", n, a, b.code)
			}
		}
	}
	for path, values := range map[string]url.Values{
		"/desk/issues/1/sign":    {"proof": {"9223372036854775807"}},
		"/desk/issues/1/unsign":  {"proof": {"-9"}},
		"/desk/issues/9/sign":    {"proof": {"1"}},
		"/desk/issues/1/arrange": {"remove": {"-5"}, "hash": {"x"}},
		"/desk/issues/9/arrange": {"remove": {"5"}, "hash": {"x"}},
		"/desk/issues/9/wait":    {"sure": {"yes"}},
		"/desk/items/99/undo":    {"revision": {"1"}},
	} {
		values.Set("form", own.values.Get("form"))
		b.send("POST", path, values)
		if b.code < 400 || b.code >= 500 {
			t.Errorf("%s: %d", path, b.code)
		}
	}
}

// sound fails the test unless a page can run nothing, and is one that a reader of
// its structure finds the way in.
func (b *browser) sound(lang string) {
	b.o.t.Helper()
	doc, err := html.Parse(strings.NewReader(b.page))
	if err != nil {
		b.o.t.Fatal(err)
	}
	h1, ids, labels, fields := 0, map[string]int{}, map[string]bool{}, map[string]string{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		attr := map[string]string{}
		for _, a := range n.Attr {
			attr[a.Key] = a.Val
			v := strings.ToLower(strings.TrimSpace(a.Val))
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || (a.Key == "href" || a.Key == "src" || a.Key == "action") && (strings.HasPrefix(v, "javascript:") || strings.HasPrefix(v, "//")) {
				b.o.t.Errorf("%s: %s=%q", b.at, a.Key, a.Val)
			}
		}
		if id := attr["id"]; id != "" {
			ids[id]++
		}
		switch n.Data {
		case "script", "object", "embed", "svg", "base":
			b.o.t.Errorf("%s: <%s>", b.at, n.Data)
		case "h1":
			h1++
		case "html":
			if attr["lang"] != lang {
				b.o.t.Errorf("%s: lang %q", b.at, attr["lang"])
			}
		case "label":
			labels[attr["for"]] = true
		case "input", "textarea", "select":
			if attr["type"] != "hidden" {
				fields[attr["id"]] = attr["name"]
			}
		case "img":
			if _, ok := attr["alt"]; !ok {
				b.o.t.Errorf("%s: a picture without words", b.at)
			}
		}
	}
	if h1 != 1 {
		b.o.t.Errorf("%s: %d h1", b.at, h1)
	}
	for id, n := range ids {
		if n > 1 {
			b.o.t.Errorf("%s: %d ids %s", b.at, n, id)
		}
	}
	for id, name := range fields {
		if !labels[id] {
			b.o.t.Errorf("%s: no label for %s (%s)", b.at, id, name)
		}
	}
	if strings.Contains(b.page, "%!") {
		b.o.t.Errorf("%s: a text lacks arguments", b.at)
	}
}

// Pages of issues and of items in each state, in both languages, can be read.
func TestPagesInEachState(t *testing.T) {
	o := newOffice(t)
	evil := `"><script>alert(1)</script><img src=x onerror=alert(1)> javascript:alert(1)`
	first := o.offer(nadia, "Un forum "+evil, "cites")
	for i := range 4 {
		o.offer(nadia, fmt.Sprintf("Le texte %d", i), []string{"cites", "people"}[i%2])
	}
	fr, en := o.browser(), o.browser()
	look := func(state string) {
		t.Helper()
		for who, b := range map[string]*browser{elise: fr, marco: en} {
			if b.open("/desk"); !strings.Contains(b.page, "/desk/sign-out") {
				b.signIn(who)
			}
		}
		if got := string(o.issue().State); got != state {
			t.Fatalf("the issue is %s, not %s", got, state)
		}
		for lang, b := range map[string]*browser{"fr": fr, "en": en} {
			for _, p := range []string{"/desk", "/desk/away", "/desk/issues/1", "/desk/items/1", "/desk/items/2", "/desk/items/3", "/desk/items/4", "/desk/items/5",
				"/desk/issues/1/preview/fr?w=360", "/desk/issues/1/preview/en"} {
				if b.open(p); b.code != 200 {
					t.Errorf("%s: %s: %d", state, p, b.code)
				}
				b.sound(lang)
			}
			for _, l := range []string{"fr", "en"} {
				if b.open("/desk/issues/1/edition/" + l); b.code != 200 {
					t.Errorf("%s: edition %s: %d", state, l, b.code)
				}
			}
		}
	}
	look("open")
	en.open(itemPath(2))
	en.submit("/translate", "language", "en", "title", evil, "text", evil)
	en.open(itemPath(2))
	en.submit("/decide", "verb", "reject", "reason", evil)
	fr.open(itemPath(3))
	fr.submit("/decide", "verb", "approve")
	fr.open(itemPath(4))
	fr.submit("/decide", "verb", "defer")
	fr.open(itemPath(first))
	fr.submit("/edit", "title", evil, "text", evil, "place", evil)
	en.open(itemPath(first))
	en.submit("/decide", "verb", "approve")
	o.act(func(v newsroom.View) (newsroom.Effects, error) {
		fx, _, err := o.room.Override(v, 5, editorial.Withdraw, evil, o.now)
		return fx, err
	})
	look("open")
	o.close()
	look("closed")
	fr.open("/desk/issues/1")
	fr.submit("/editorial", "title", evil, "text", evil)
	look("closed")
	o.now = o.now.AddDate(0, 0, 2)
	o.propose()
	look("proof")
	fr.open("/desk/issues/1")
	fr.submit("/sign")
	look("signed")
	o.now = o.issue().Sends
	o.act(func(v newsroom.View) (newsroom.Effects, error) { return o.room.Send(v, 1, o.now) })
	look("sent")
	fr.open("/desk/issues/1")
	fr.shows("n° 1", "/desk/issues/1/preview/fr")
}

// Whoever decides at the same time decides once.
func TestDecidingAtTheSameTime(t *testing.T) {
	o := newOffice(t)
	id := o.offer(nadia, "Une bourse", "people")
	var all []*browser
	for _, who := range []string{elise, elise, marco} {
		b := o.browser()
		b.signIn(who)
		b.open(itemPath(id))
		all = append(all, b)
	}
	var wg sync.WaitGroup
	for range 4 {
		for _, b := range all {
			for _, f := range b.forms() {
				if !strings.HasSuffix(f.action, "/decide") {
					continue
				}
				f.values.Set("verb", "approve")
				r := httptest.NewRequest("POST", base+f.action, strings.NewReader(f.values.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				for _, c := range b.http.Jar.Cookies(r.URL) {
					r.AddCookie(c)
				}
				wg.Go(func() { o.handler.ServeHTTP(httptest.NewRecorder(), r) })
				break
			}
		}
	}
	wg.Wait()
	if d := o.decisions(id); len(d) != 2 || o.item(id).State != item.Approved {
		t.Errorf("%s: %+v", o.item(id).State, d)
	}
}

// at is the same desk under another address outside.
func (o *office) at(address string) http.Handler {
	o.t.Helper()
	at, err := url.Parse(address)
	if err != nil {
		o.t.Fatal(err)
	}
	s, err := web.New(web.Options{
		Listen: "127.0.0.1:0", BaseURL: at, Address: message.Mailbox{Address: "info@x.example"}, Languages: []string{"fr", "en"},
		Now: func() time.Time { return o.now }, Log: slog.New(slog.DiscardHandler), Desk: o.store, Render: o.render, Location: o.now.Location(),
	}, o.room, o.store, o.render)
	if err != nil {
		o.t.Fatal(err)
	}
	return s.Handler()
}

// Behind a proxy that keeps a prefix and puts its own host, from a browser that
// says nothing but the origin.
func TestTheDeskUnderOtherAddresses(t *testing.T) {
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

// The queue of a network that nobody read for long is shown soon enough.
func TestALongQueueIsShownSoon(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	o := newOffice(t)
	o.act(func(v newsroom.View) (newsroom.Effects, error) {
		var fx newsroom.Effects
		for i := range 2000 {
			c := item.Content{Title: fmt.Sprintf("Le texte %d", i), Section: "cites", Language: "fr", Text: strings.Repeat("Deux cents lycéens. ", 100)}
			fx = append(fx, newsroom.AddItem{Item: item.Item{
				ID: item.ID(i + 1), State: item.Pending, Sender: message.Mailbox{Address: nadia}, Received: o.now,
				Current: item.Revision{Number: 1, Hash: c.Hash(), Created: o.now, Content: c},
			}})
		}
		return fx, nil
	})
	b := o.browser()
	b.signIn(elise)
	start := processorTime(t)
	b.open("/desk")
	took := processorTime(t) - start
	t.Log(took, len(b.page))
	if b.code != 200 || took > 5*time.Second {
		t.Errorf("%d after %s", b.code, took)
	}
}

// processorTime returns how much of it this process has used: what else the machine does
// is not in it.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// A link that two requests use at the same time signs in once.
func TestALinkUsedAtTheSameTime(t *testing.T) {
	o := newOffice(t)
	b := o.browser()
	link := b.ask(elise)
	var mu sync.Mutex
	codes := map[int]int{}
	var wg sync.WaitGroup
	for range 8 {
		r := httptest.NewRequest("POST", link, nil)
		for _, c := range b.http.Jar.Cookies(r.URL) {
			r.AddCookie(c)
		}
		wg.Go(func() {
			w := httptest.NewRecorder()
			o.handler.ServeHTTP(w, r)
			mu.Lock()
			defer mu.Unlock()
			codes[w.Code]++
		})
	}
	wg.Wait()
	if codes[303] != 1 || codes[403] != 7 {
		t.Error(codes)
	}
}

// An issue that will not be sent, or was, promises nothing more.
func TestIssuesThatAreOverPromiseNothing(t *testing.T) {
	o := newOffice(t)
	o.offer(nadia, "Un forum", "cites")
	b := o.browser()
	b.signIn(elise)
	b.open(itemPath(1))
	b.submit("/decide", "verb", "approve")
	o.proof()
	b.signIn(elise)
	b.open("/desk/issues/1")
	b.submit("/wait", "sure", "yes")
	b.open("/desk/issues/1")
	b.sound("fr")
	for _, text := range []string{"L’épreuve est signée", "pas encore", "L’ordre se règle", "n’est encore", "Il manque"} {
		if strings.Contains(b.page, text) {
			t.Errorf("a cancelled issue's page says %q", text)
		}
	}
	for _, p := range []string{"/desk/issues/1/preview/fr", "/desk/issues/1/edition/fr", "/desk/items/1"} {
		if b.open(p); b.code != 200 {
			t.Errorf("%s: %d", p, b.code)
		}
	}
}

// What is typed stands on one line where it is one.
func TestLinesThatAreForgedAreOneLine(t *testing.T) {
	o := newOffice(t)
	id := o.offer(nadia, "Un forum", "cites")
	b := o.browser()
	b.signIn(elise)
	b.open(itemPath(id))
	o.letters()
	b.submit("/edit", "title", "Un forum\r\nBcc: x@evil.example\u2028\x00\u202ex", "place", "Rouen\r\nATTENDEE:mailto:x@evil.example", "approve", "yes")
	if b.code != 200 {
		t.Fatal(b.code)
	}
	c := o.item(id).Current
	if strings.ContainsAny(c.Title+c.Events[0].Place+c.Events[0].Title, "\r\n") {
		t.Errorf("%q %q", c.Title, c.Events[0].Place)
	}
	for key, m := range o.letters() {
		if strings.ContainsAny(m.Subject, "\r\n") || m.Header.Get("Bcc") != "" {
			t.Errorf("%s: %q", key, m.Subject)
		}
	}
	b.open(itemPath(id))
	b.submit("/edit", "place", strings.Repeat("long ", 100_000))
	if c := o.item(id).Current; len(c.Events[0].Place) > 1000 {
		t.Errorf("a place of %d octets: %d", len(c.Events[0].Place), b.code)
	}
}

// What was decided by mail is taken back here, and counts once with what is decided
// here.
func TestMailAndDeskAreOneRecord(t *testing.T) {
	o := newOffice(t)
	id := o.offer(nadia, "Une bourse", "people")
	it := o.item(id)
	mail := func(who message.Address, verb editorial.Verb) error {
		return o.store.Write(t.Context(), func(v newsroom.View) (newsroom.Effects, error) {
			fx, _, err := o.room.Decide(v, editorial.Decision{
				Item: id, Revision: 1, Hash: it.Current.Hash, Editor: who, Verb: verb, At: o.now, How: "DKIM",
			})
			return fx, err
		})
	}
	b := o.browser()
	b.signIn(elise)
	b.open(itemPath(id))
	if err := mail(elise, editorial.Approve); err != nil {
		t.Fatal(err)
	}
	b.submit("/decide", "verb", "approve")
	if b.code != http.StatusConflict || o.item(id).State != item.Pending || len(o.decisions(id)) != 1 {
		t.Errorf("twice: %d, %s", b.code, o.item(id).State)
	}
	b.open(itemPath(id))
	b.submit("/undo")
	if len(editorial.Effective(o.decisions(id))) != 0 {
		t.Error("still in force")
	}
	b.open(itemPath(id))
	b.submit("/decide", "verb", "approve")
	if err := mail(elise, editorial.Approve); err == nil {
		t.Error("counted twice")
	}
	m := o.browser()
	m.signIn(marco)
	m.open(itemPath(id))
	m.submit("/decide", "verb", "approve")
	if o.item(id).State != item.Approved {
		t.Error(o.item(id).State)
	}
}

// Words without end for a date keep nobody waiting.
func TestDatesWithoutEnd(t *testing.T) {
	o := newOffice(t)
	id := o.offer(nadia, "Un forum", "cites")
	b := o.browser()
	b.signIn(elise)
	for _, word := range []string{"1 mars ", "x", "9", "du 1er au ", "14h-", "lundi "} {
		long := strings.Repeat(word, 900_000/len(word))
		start := processorTime(t)
		b.open(itemPath(id))
		b.submit("/edit", "date", long)
		b.open("/desk/away")
		b.submit("/away", "to", "Dora Valente", "until", long)
		if took := processorTime(t) - start; took > 2*time.Second {
			t.Errorf("%q: %s", word, took)
		}
	}
}

// Items of every make are shown, and their forms, sent as they are, change nothing.
func TestItemsOfEveryMake(t *testing.T) {
	o := newOffice(t)
	day := agenda.Date{Year: 2018, Month: 3, Day: 22}
	event := agenda.Event{Title: "Un forum", Start: day, End: agenda.Date{Year: 2018, Month: 3, Day: 24}, StartTime: "09:30", EndTime: "17:00", Place: "Rouen,  salle « A »", Audience: agenda.Internal}
	hash := strings.Repeat("ab", 32)
	var fx newsroom.Effects
	for i, c := range []item.Content{
		{Title: "Sans date", Section: "cites", Language: "fr", Text: "Un texte.", HTML: "<p>Un texte.</p>"},
		{Title: "Plusieurs", Section: "gone", Language: "xx", Text: "\n\nUn texte.\rDeux\r\n  lignes\u00a0: \n\n", HTML: "<p>Un texte.</p>", Events: []agenda.Event{event, event}},
		{Title: "  Traduit\u00a0:  <b>", Section: "people", Language: "en", Text: "A text.\tTabs.", HTML: "<p>A <strong>text</strong>.</p>", Events: []agenda.Event{event},
			Translations: map[string]item.Translation{"fr": {Title: "Traduit", Text: "Un texte.", HTML: "<p>Un texte.</p>"}, "de": {Title: "x", Text: "y"}}},
		{Title: "", Section: "", Language: "", Text: "", HTML: ""},
		{Title: "Joint", Section: "editorial", Language: "fr", Text: "Un texte.", HTML: "<p>Un texte.</p>",
			Attachments: []item.Attachment{{Hash: hash, Name: "<i>.pdf", Type: "application/pdf", Data: []byte("pdf")}, {Name: "\"x\".docx"}}},
	} {
		fx = append(fx, newsroom.AddItem{Item: item.Item{
			ID: item.ID(i + 1), State: item.Held, Sender: message.Mailbox{Name: "\"<script>\"", Address: nadia}, Received: o.now,
			Current: item.Revision{Number: 1, Hash: c.Hash(), Created: o.now, Content: c, Remarks: item.Remarks{Unrouted: true}},
		}})
	}
	o.act(func(newsroom.View) (newsroom.Effects, error) { return fx, nil })
	for lang, who := range map[string]string{"fr": elise, "en": marco} {
		b := o.browser()
		b.signIn(who)
		b.sound(lang)
		for i := range fx {
			b.open(itemPath(item.ID(i + 1)))
			if b.code != 200 {
				t.Errorf("item %d: %d", i+1, b.code)
				continue
			}
			b.sound(lang)
			b.submit("/edit")
			if n := o.item(item.ID(i + 1)).Current.Number; b.code != http.StatusUnprocessableEntity || n != 1 {
				t.Errorf("item %d, sent as it is: %d, revision %d", i+1, b.code, n)
			}
			b.sound(lang)
		}
	}
}

// An editor of whom no language is known is away like any other.
func TestAnEditorWithoutALanguage(t *testing.T) {
	o := newOffice(t)
	o.open([]newsroom.Editor{{Mailbox: message.Mailbox{Address: elise}}, {Mailbox: message.Mailbox{Name: "Marco Bellini", Address: marco}, Language: "en"}})
	b := o.browser()
	b.signIn(elise)
	b.open("/desk/away")
	for _, until := range []string{"0000-01-01", "9999-12-31", "2018-02-30", "-1", "2018-01-28"} {
		b.submit("/away", "to", "Marco", "until", until)
		if b.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", until, b.code)
		}
	}
	for _, to := range []string{elise, "", "@", "%", "<script>", marco + ", " + elise, strings.Repeat("x", 100_000)} {
		b.submit("/away", "to", to, "until", "2018-02-05")
		if b.code != http.StatusUnprocessableEntity {
			t.Errorf("%.20q: %d", to, b.code)
		}
		b.sound("fr")
	}
	b.submit("/away", "to", "Marco", "until", "2018-02-05")
	b.shows("Marco Bellini", "5 février 2018")
}

// A reason that was typed for a revision that changed meanwhile is not lost.
func TestAReasonIsKept(t *testing.T) {
	o := newOffice(t)
	id := o.offer(nadia, "Un forum", "cites")
	b, other := o.browser(), o.browser()
	b.signIn(elise)
	other.signIn(marco)
	b.open(itemPath(id))
	other.open(itemPath(id))
	other.submit("/edit", "title", "Le forum")
	for _, f := range b.forms() {
		if f.values.Has("reason") {
			f.values.Set("verb", "reject")
			f.values.Set("reason", "Déjà paru </textarea>")
			b.send("POST", f.action, f.values)
			break
		}
	}
	if b.code != http.StatusConflict {
		t.Errorf("%d", b.code)
	}
	for _, f := range b.forms() {
		if f.values.Has("reason") && f.values.Get("reason") != "Déjà paru </textarea>" {
			t.Errorf("the reason is %q", f.values.Get("reason"))
		}
	}
	b.sound("fr")
}

// A link made with another secret opens nothing, and a form made with it does nothing.
func TestAnotherSecret(t *testing.T) {
	o := newOffice(t)
	id := o.offer(nadia, "Un forum", "cites")
	b, late := o.browser(), o.browser()
	b.signIn(elise)
	b.open(itemPath(id))
	link := late.ask(marco)
	o.room.Secret[0] ^= 1
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

// What is not published is shown to nobody who is not signed in.
func TestPicturesBeforeTheirIssue(t *testing.T) {
	o := newOffice(t)
	o.offer(nadia, "Un forum", "cites")
	b := o.browser()
	for path, code := range map[string]int{
		"/images/" + strings.Repeat("ab", 32): 404, "/desk/images/" + strings.Repeat("ab", 32): 403, "/issues/1/fr": 404,
		"/desk/issues/1/edition/fr": 403, "/desk/issues/1/preview/fr": 403, "/desk/items/1": 403, "/desk/away": 403,
	} {
		if b.open(path); b.code != code {
			t.Errorf("%s: %d", path, b.code)
		}
	}
}

// A store that takes nothing tells no stranger whose address is an editor's.
func TestAStoreThatIsBrokenTellsNothing(t *testing.T) {
	o := newOffice(t)
	pages := map[string]bool{}
	b := o.browser()
	b.open("/desk")
	page := b.page
	o.store.Close()
	for _, who := range []string{elise, "nobody@elsewhere.example"} {
		b.page = page
		b.submit("/sign-in", "address", who)
		pages[fmt.Sprint(b.code, strings.ReplaceAll(b.page, who, ""))] = true
	}
	if len(pages) != 1 {
		t.Errorf("%d different answers", len(pages))
	}
	b.open("/desk/items/1")
	if b.code != http.StatusForbidden {
		t.Errorf("%d", b.code)
	}
}

// An address with the stroke that people add leads to the queue too.
func TestTheDesksAddressWithAStroke(t *testing.T) {
	b := newOffice(t).browser()
	b.open("/desk/")
	if b.code != 200 {
		t.Errorf("%d", b.code)
	}
	b.sound("fr")
}

// Under a prefix that the proxy takes off, every address of every page has it.
func TestEveryAddressHasThePrefix(t *testing.T) {
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

// Another host of the same domain cannot plant a cookie of the desk's: browsers take
// one of that name only from the host itself, for all its paths (RFC 6265bis, 4.1.3).
func TestCookiesThatNoOtherHostPlants(t *testing.T) {
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
	if len(cookies) != 3 { // the asking browser's, which ends, the session's, and the known browser's
		t.Errorf("%d cookies", len(cookies))
	}
}
