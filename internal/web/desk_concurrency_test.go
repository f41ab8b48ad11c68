package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"infolettre/internal/item"
)

// slow is a body during the reading of which something happens.
type slow struct {
	io.Reader
	once   sync.Once
	happen func()
}

func (s *slow) Read(p []byte) (int, error) {
	s.once.Do(s.happen)
	return s.Reader.Read(p)
}

// A person whose delegation ends while the request runs does nothing.
func TestDecide_DelegationEndedMeanwhileIsRefused(t *testing.T) {
	t.Parallel()
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

// Concurrent decisions of one person count once.
func TestDecide_ConcurrentRequestsDecideOnce(t *testing.T) {
	t.Parallel()
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

// A link that several requests use at the same time signs in once.
func TestSignIn_ConcurrentUseSignsInOnce(t *testing.T) {
	t.Parallel()
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
