package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// twice sends a form of the page twice, as a double click does.
func (b *browser) twice(action string, fill ...string) {
	b.o.t.Helper()
	page, at := b.page, b.at
	b.submit(action, fill...)
	b.page, b.at = page, at
	b.submit(action, fill...)
}

// A form sent twice acts once.
func TestForms_SentTwiceActOnce(t *testing.T) {
	t.Parallel()
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
	jobs, err := o.store.Ledger().Claim(t.Context(), o.now, 1000)
	if err != nil {
		t.Fatal(err)
	}
	notices := 0
	for _, p := range jobs {
		if p.Letter.Topic == "deputy" {
			notices++
		}
	}
	if notices != 1 {
		t.Errorf("the deputy got %d notices, after %d writes", notices, o.store.Writes()-records)
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

// Undo takes back only the decision that its page showed.
func TestUndo_OnlyTheDecisionOnThePage(t *testing.T) {
	t.Parallel()
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

// A body that is no form is refused, but not as too long.
func TestForms_OtherBodiesAreRefused(t *testing.T) {
	t.Parallel()
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

// A value that belongs on one line loses its line breaks.
func TestForms_LineBreaksInLinesAreRemoved(t *testing.T) {
	t.Parallel()
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

// A decision by mail can be undone at the desk, and counts once with decisions there.
func TestDecide_MailAndDeskShareOneRecord(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.offer(nadia, "Une bourse", "people")
	it := o.item(id)
	mail := func(who message.Address, verb editorial.Verb) error {
		return o.store.Write(t.Context(), func(v newsroom.View) (newsroom.Effects, error) {
			fx, _, err := o.service.Decide(v, editorial.Decision{
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

// An endless text for a date is answered soon.
func TestEdit_EndlessDateEndsSoon(t *testing.T) {
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

// The reason is kept in the form if the revision changed meanwhile.
func TestDecide_ReasonIsKeptAfterStaleRevision(t *testing.T) {
	t.Parallel()
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
