package web_test

import (
	"context"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/intake"
	"infolettre/internal/issue"
	"infolettre/internal/item"
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

// fakeRenderer renders only what the tests of the page need.
type fakeRenderer struct{}

func (fakeRenderer) Page(c issue.Content, lang string) (string, error) {
	if lang != "fr" {
		return "", newsroom.ErrNotFound
	}
	page := "<html><style>p{color:red}</style>"
	for _, p := range c.Pieces() {
		page += "<p>" + p.Content.Title + "</p>"
	}
	return page, nil
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
	service := newsroom.New(newsroom.Options{Languages: []string{"fr", "en"}, Secret: s.secret, Location: time.UTC})
	base, _ := url.Parse("https://infolettre.example/lettre")
	s.server, err = web.New(web.Options{
		Listen: "127.0.0.1:0", BaseURL: base, Address: message.Mailbox{Name: "InfoLettre", Address: "info@x.example"},
		Network: "Réseau <b>", Languages: []string{"fr", "en"}, Now: time.Now, Log: log,
	}, service, s.store, fakeRenderer{})
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

func TestUnsubscribe_OnlyPostUnsubscribes(t *testing.T) {
	t.Parallel()
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

func TestUnsubscribe_PageAsksAndButtonUnsubscribes(t *testing.T) {
	t.Parallel()
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

func TestUnsubscribe_OneClick(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	status, page, _ := s.do("POST", s.link(2, "pat@x.example"), "List-Unsubscribe=One-Click")
	if status != 200 || s.subscribed("pat@x.example") {
		t.Errorf("%d", status)
	}
	if !strings.Contains(page, "will receive neither") {
		t.Errorf("the page is not in its reader's language:\n%s", page)
	}
}

func TestUnsubscribe_ForgedLinkDoesNothing(t *testing.T) {
	t.Parallel()
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

func TestHealth_ReportsTrouble(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if status, body, _ := s.do("GET", s.url+"/healthz", ""); status != 200 || body != "ok\n" {
		t.Errorf("%d %q", status, body)
	}
	s.refuse("fetnat@lune.example", delivery.RefusedDomain)
	if status, body, _ := s.do("GET", s.url+"/healthz", ""); status != 200 || body != "ok\ndomains that refuse our mail: 1\n" {
		t.Errorf("with a domain that refuses us: %d %q", status, body)
	}
	s.refuse("fetnat@soleil.example", delivery.RefusedAccount)
	if status, body, _ := s.do("GET", s.url+"/healthz", ""); status != 503 ||
		!strings.HasPrefix(body, "no mail goes out: the relay has refused our account since 20") || !strings.Contains(body, "with code 550") || strings.Contains(body, "fetnat") {
		t.Errorf("with a relay that refuses us: %d %q", status, body)
	}
	s.store.Close()
	if status, _, _ := s.do("GET", s.url+"/healthz", ""); status != 503 {
		t.Errorf("with a closed store: %d", status)
	}
	s = newSite(t)
	h := web.Health{Facts: []string{"data folder: 3.2 GB are free"}}
	s.server.Options.Health = func() web.Health { return h }
	if status, body, _ := s.do("GET", s.url+"/healthz", ""); status != 200 || body != "ok\ndata folder: 3.2 GB are free\n" {
		t.Errorf("all is well: %d %q", status, body)
	}
	h.Problems = []string{"the mailbox refuses us"}
	if status, body, _ := s.do("GET", s.url+"/healthz", ""); status != 503 || body != "the mailbox refuses us\ndata folder: 3.2 GB are free\n" {
		t.Errorf("in trouble: %d %q", status, body)
	}
}

// refuse records that the relay refused a letter because of its sender.
func (s *site) refuse(to message.Address, how delivery.Refusal) {
	s.t.Helper()
	now := time.Now()
	err := s.store.Write(s.t.Context(), func(v newsroom.View) (newsroom.Effects, error) {
		id, err := v.Next(newsroom.SeqLetter)
		return newsroom.Effects{newsroom.QueueLetter{Letter: delivery.Letter{
			ID: delivery.LetterID(id), Kind: delivery.KindNotice, Topic: "flood", To: message.Mailbox{Address: to}, Language: "fr", Created: now,
		}}}, err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	l := s.store.Ledger()
	if _, err := l.Recover(s.t.Context(), now); err != nil {
		s.t.Fatal(err)
	}
	mails, err := l.Claim(s.t.Context(), now, 1)
	if err != nil || len(mails) != 1 {
		s.t.Fatal(mails, err)
	}
	if err := l.End(s.t.Context(), mails[0], delivery.Outcome{
		State: delivery.Queued, At: now, Next: now.Add(time.Hour), Code: 550, Reply: "550 5.4.5 " + string(to), Refused: how,
	}); err != nil {
		s.t.Fatal(err)
	}
	if err := l.Flush(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func TestRun_EndsWithItsContext(t *testing.T) { // not parallel: it looks for leaked goroutines
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

// receive stores a message with one item.
func (s *site) receive(u item.ParsedItem) {
	s.t.Helper()
	_, err := s.store.Receive(s.t.Context(), intake.Arrival{UIDValidity: 1, UID: 1, ContentHash: u.Hash(), At: time.Now(), Raw: []byte(u.Title)},
		func(v newsroom.View, id int64) (intake.Verdict, newsroom.Effects, error) {
			fx := newsroom.Effects{newsroom.AddItem{Item: item.Item{
				ID: 1, State: item.Approved, Approved: 1, Message: id, Received: time.Now(),
				Current: item.Revision{Number: 1, Hash: u.Hash(), Created: time.Now(), Content: u.Content},
			}}}
			return intake.Verdict{Kind: intake.Contribution, Folder: intake.FolderDone}, fx, nil
		})
	if err != nil {
		s.t.Fatal(err)
	}
}

// A file of an item is served to everyone with its link, only as its own type, and a page in it
// can run nothing.
func TestFiles_ServedByTypeAndSandboxed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	pdf, web := strings.Repeat("cd", 32), strings.Repeat("ef", 32)
	s.receive(item.ParsedItem{Content: item.Content{Title: "Un forum", Attachments: []item.Attachment{
		{Name: `pro"gr/amme: été`, Type: "application/pdf", Hash: pdf, Data: []byte("%PDF-1.4 x")},
		{Name: "page.html", Type: "text/html", Hash: web, Data: []byte("<script>x</script>")},
	}}})
	status, body, header := s.do("GET", s.url+"/files/"+pdf+"/evil.html", "")
	if status != 200 || body != "%PDF-1.4 x" || header.Get("Content-Type") != "application/pdf" {
		t.Errorf("%d %s %q", status, header.Get("Content-Type"), body)
	}
	kind, params, err := mime.ParseMediaType(header.Get("Content-Disposition"))
	if err != nil || kind != "inline" || params["filename"] != "pro_gr_amme_ été.pdf" {
		t.Errorf("disposition %q: %v", header.Get("Content-Disposition"), err)
	}
	for field, want := range map[string]string{"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
		if header.Get(field) != want {
			t.Errorf("%s: %q", field, header.Get(field))
		}
	}
	if status, body, header := s.do("HEAD", s.url+"/files/"+pdf+"/x.pdf", ""); status != 200 || body != "" || header.Get("Content-Length") != "10" {
		t.Errorf("HEAD: %d %q %s", status, body, header.Get("Content-Length"))
	}
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		if status, _, _ := s.do(method, s.url+"/files/"+pdf+"/x.pdf", ""); status != 405 {
			t.Errorf("%s: %d", method, status)
		}
	}
	for _, bad := range []string{"/files/" + web + "/page.html", "/files/" + strings.Repeat("00", 32) + "/x.pdf", "/files/x/x.pdf", "/files/" + pdf, "/files/" + strings.ToUpper(pdf) + "/x.pdf"} {
		if status, page, _ := s.do("GET", s.url+bad, ""); status != 404 || strings.Contains(page, "<script>") {
			t.Errorf("%s: %d", bad, status)
		}
	}
}

// Only sent issues have a page, and only their pictures are served.
func TestIssue_OnlySentIssuesArePublic(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	shown, other := strings.Repeat("ab", 32), strings.Repeat("ba", 32)
	s.receive(item.ParsedItem{Content: item.Content{Title: "Un forum", Section: "cites", Images: []item.Image{
		{Hash: shown, Type: "image/png", Data: []byte("shown")}, {Hash: other, Type: "image/png", Data: []byte("other")},
	}}})
	write := func(fx ...newsroom.Change) {
		t.Helper()
		if err := s.store.Write(t.Context(), func(newsroom.View) (newsroom.Effects, error) { return fx, nil }); err != nil {
			t.Fatal(err)
		}
	}
	write(newsroom.AddIssue{Issue: issue.Issue{ID: 1, State: issue.Open, Period: issue.Period{First: 1, Last: 2, Year: 2018}, Closes: time.Now(), Proofs: time.Now(), Sends: time.Now(), Grace: time.Now()}},
		newsroom.MoveItem{Item: 1, State: item.Approved, Approved: 1, Issue: 1, Position: 1},
		newsroom.CreateMailing{Mailing: delivery.Mailing{ID: 1, Kind: delivery.KindIssue, Key: "k", Issue: 1, Created: time.Now(), Expires: time.Now()}, Editions: []issue.Edition{{Language: "fr", Images: []string{shown}}}})
	for state, want := range map[issue.State]int{
		issue.Open: 404, issue.Closed: 404, issue.InProof: 404, issue.Signed: 404, issue.Cancelled: 404, issue.Sending: 200, issue.Sent: 200,
	} {
		write(newsroom.MoveIssue{Issue: 1, State: state})
		status, page, header := s.do("GET", s.url+"/issues/1/fr", "")
		if status != want || strings.Contains(page, "Un forum") != (want == 200) {
			t.Errorf("%s: %d\n%s", state, status, page)
		}
		if csp := header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; ") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", state, csp)
		}
		if status, body, _ := s.do("GET", s.url+"/images/"+shown, ""); status != want || (body == "shown") != (want == 200) {
			t.Errorf("%s: the picture %d", state, status)
		}
		if status, _, _ := s.do("GET", s.url+"/images/"+other, ""); status != 404 {
			t.Errorf("%s: a picture that the issue does not show: %d", state, status)
		}
		if status, _, _ := s.do("GET", s.url+"/issues/1/en", ""); status != 404 {
			t.Errorf("%s: in a language that is none: %d", state, status)
		}
	}
}
