package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"infolettre/internal/audience"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/sqlite"
	"infolettre/internal/token"
	"infolettre/internal/web"
)

type site struct {
	t      *testing.T
	store  *sqlite.Store
	server *web.Server
	url    string
	secret token.Secret
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, secret: token.Secret("a key for the tests, which is no secret")}
	log := slog.New(slog.DiscardHandler)
	var err error
	if s.store, err = sqlite.Open(t.Context(), t.TempDir(), log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.store.Close() })
	_, err = s.store.ImportPeople(t.Context(), audience.Import{People: []audience.Subscriber{
		{Address: "nadia@x.example", Language: "fr", Consent: "form"},
		{Address: "pat@x.example", Language: "en", Consent: "form"},
	}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	room := newsroom.New(newsroom.Options{Languages: []string{"fr", "en"}, Secret: s.secret})
	base, _ := url.Parse("https://infolettre.example/lettre")
	s.server, err = web.New(web.Options{
		Listen: "127.0.0.1:0", BaseURL: base, Address: message.Mailbox{Name: "InfoLettre", Address: "info@x.example"},
		Network: "Réseau <b>", Languages: []string{"fr", "en"}, Now: time.Now, Log: log,
	}, room, s.store)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s.server.Handler())
	t.Cleanup(h.Close)
	s.url = h.URL
	return s
}

func (s *site) link(id int64, address string) string {
	return s.url + "/u/" + s.secret.Handle(token.Unsubscribe, id, address).String()
}

func (s *site) do(method, link, body string) (int, string, http.Header) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, link, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

func (s *site) subscribed(address string) bool {
	s.t.Helper()
	people, err := s.store.People(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range people {
		if string(p.Address) == address {
			return p.Unsubscribed.IsZero()
		}
	}
	return false
}

func TestLinkScannersUnsubscribeNobody(t *testing.T) {
	s := newSite(t)
	link := s.link(1, "nadia@x.example")
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT", "DELETE"} {
		s.do(method, link, "")
	}
	s.do("GET", link+"?List-Unsubscribe=One-Click", "")
	if !s.subscribed("nadia@x.example") {
		t.Error("a request that is no POST unsubscribed")
	}
}

func TestThePageAsksAndTheButtonDoes(t *testing.T) {
	s := newSite(t)
	link := s.link(1, "nadia@x.example")
	status, page, header := s.do("GET", link, "")
	if status != 200 || !strings.Contains(page, "Me désinscrire") || !strings.Contains(page, "nadia@x.example") {
		t.Errorf("%d:\n%s", status, page)
	}
	if strings.Contains(page, "<b>") || !strings.Contains(page, `href="/lettre/style.css"`) {
		t.Errorf("the page is not escaped, or its style is not under the base URL:\n%s", page)
	}
	if csp := header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("policy %q", csp)
	}
	for range 2 { // it may be repeated
		if status, page, _ := s.do("POST", link, ""); status != 200 || !strings.Contains(page, "C’est fait") {
			t.Errorf("%d:\n%s", status, page)
		}
	}
	if s.subscribed("nadia@x.example") || !s.subscribed("pat@x.example") {
		t.Error("the wrong person left")
	}
	if _, page, _ := s.do("GET", link, ""); strings.Contains(page, "<form") {
		t.Error("who left is asked again")
	}
}

func TestOneClick(t *testing.T) {
	s := newSite(t)
	status, page, _ := s.do("POST", s.link(2, "pat@x.example"), "List-Unsubscribe=One-Click")
	if status != 200 || s.subscribed("pat@x.example") {
		t.Errorf("%d", status)
	}
	if !strings.Contains(page, "will receive neither") {
		t.Errorf("the page is not in its reader's language:\n%s", page)
	}
}

func TestForgedLinksDoNothing(t *testing.T) {
	s := newSite(t)
	good := s.secret.Handle(token.Unsubscribe, 1, "nadia@x.example").String()
	for _, bad := range []string{
		"/u/" + good[:len(good)-1] + "a", "/u/u2" + good[2:], "/u/u999" + good[2:], "/u/x", "/u/",
		"/u/" + s.secret.Handle(token.Decision, 1, "nadia@x.example").String(),
	} {
		if status, _, _ := s.do("POST", s.url+bad, ""); status != 404 {
			t.Errorf("POST %s: %d", bad, status)
		}
	}
	if !s.subscribed("nadia@x.example") || !s.subscribed("pat@x.example") {
		t.Error("a forged link unsubscribed")
	}
}

func TestHealth(t *testing.T) {
	s := newSite(t)
	if status, body, _ := s.do("GET", s.url+"/healthz", ""); status != 200 || body != "ok\n" {
		t.Errorf("%d %q", status, body)
	}
	s.store.Close()
	if status, _, _ := s.do("GET", s.url+"/healthz", ""); status != 503 {
		t.Errorf("with a closed store: %d", status)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	s := newSite(t)
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.server.Run(ctx) }()
	resp, err := http.Get("http://" + s.server.Addr() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	goleak.VerifyNone(t, before)
}
