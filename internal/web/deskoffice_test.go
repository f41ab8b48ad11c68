package web_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"infolettre/internal/agenda"
	"infolettre/internal/audience"
	"infolettre/internal/editorial"
	"infolettre/internal/intake"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/render"
	"infolettre/internal/schedule"
	"infolettre/internal/sqlite"
	"infolettre/internal/token"
	"infolettre/internal/web"
)

// office is a desk with a real store and a clock that the test sets. Requests arrive as through
// a proxy that ends TLS.
type office struct {
	t       *testing.T
	now     time.Time
	store   *sqlite.Store
	service *newsroom.Service
	render  *render.Renderer
	handler http.Handler
	woken   atomic.Int32
	uid     uint32
}

const (
	elise = "elise@reseau.example"
	marco = "marco@reseau.example"
	nadia = "nadia@cite-rouen.example"
	base  = "https://infolettre.example"
)

func newOffice(t *testing.T) *office {
	t.Helper()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, now: time.Date(2018, 1, 29, 9, 30, 0, 0, paris)}
	if o.store, err = sqlite.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.store.Close() })
	_, err = o.store.ImportPeople(t.Context(), audience.Import{People: []audience.Subscriber{
		{Address: nadia, Name: "Nadia Berthier", Centre: "Cité des métiers de Rouen", Language: "fr", Consent: "form", Tags: []string{"contact"}},
		{Address: "dora@reseau.example", Name: "Dora Valente", Language: "en", Consent: "form"},
	}}, o.now)
	if err != nil {
		t.Fatal(err)
	}
	o.open([]newsroom.Editor{
		{Mailbox: message.Mailbox{Name: "Élise Marchand", Address: elise}, Language: "fr"},
		{Mailbox: message.Mailbox{Name: "Marco Bellini", Address: marco}, Language: "en"},
	})
	o.act(func(v newsroom.View) (newsroom.Effects, error) { return o.service.Open(v, o.now) })
	return o
}

// open opens the desk with some editors, as a restart of the daemon does.
func (o *office) open(editors []newsroom.Editor) {
	o.t.Helper()
	cron := func(expr string) schedule.Cron {
		c, err := schedule.ParseCron(expr, o.now.Location())
		if err != nil {
			o.t.Fatal(err)
		}
		return c
	}
	address := message.Mailbox{Name: "InfoLettre", Address: "info@x.example"}
	secret := token.Secret("a key for the tests, which is no secret")
	sections := []item.Section{
		{Key: "editorial", Title: map[string]string{"fr": "Éditorial", "en": "Editorial"}},
		{Key: "cites", Title: map[string]string{"fr": "Nouvelles des Cités", "en": "News from the Cités"}},
		{Key: "people", Title: map[string]string{"fr": "Personnes", "en": "People"}},
	}
	o.service = newsroom.New(newsroom.Options{
		Address: address, Operator: message.Mailbox{Address: "admin@x.example"}, Languages: []string{"fr", "en"},
		Location: o.now.Location(), Secret: secret, Sections: sections, Editors: editors,
		Rules: editorial.Rules{Quorum: 1, SectionQuorum: map[string]int{"people": 2}, ProofQuorum: 1, Undo: 2 * time.Hour},
		Calendar: issue.Calendar{
			Close: cron("0 18 10 2,4,6,8,10,12 *"), Proof: cron("0 9 12 2,4,6,8,10,12 *"), Send: cron("0 9 16 2,4,6,8,10,12 *"),
			Grace: 7 * 24 * time.Hour, Location: o.now.Location(),
		},
	})
	at, err := url.Parse(base)
	if err != nil {
		o.t.Fatal(err)
	}
	clock := func() time.Time { return o.now }
	if o.render, err = render.New(render.Options{
		Address: address, Network: "Réseau <b>", ListID: "x.example", BaseURL: at, Languages: []string{"fr", "en"},
		Location: o.now.Location(), Sections: sections, Secret: secret, Plus: true, Now: clock, Service: o.service,
	}, o.store, o.store); err != nil {
		o.t.Fatal(err)
	}
	s, err := web.New(web.Options{
		Listen: "127.0.0.1:0", BaseURL: at, Address: address, Network: "Réseau <b>", Languages: []string{"fr", "en"}, Now: clock,
		Log: slog.New(slog.DiscardHandler), Desk: o.store, Render: o.render, Location: o.now.Location(), MailQueued: func() { o.woken.Add(1) },
		MinSignInTime: time.Millisecond,
	}, o.service, o.store, o.render)
	if err != nil {
		o.t.Fatal(err)
	}
	o.handler = s.Handler()
}

func (o *office) act(f func(newsroom.View) (newsroom.Effects, error)) {
	o.t.Helper()
	if err := o.store.Write(o.t.Context(), f); err != nil {
		o.t.Fatal(err)
	}
}

// offer stores a mail with one item and returns the item's number.
func (o *office) offer(from, title, section string) item.ID {
	o.t.Helper()
	c := item.Content{
		Title: title, Section: section, Language: "fr", Centre: "Cité des métiers de Rouen",
		Text: title + " : deux cents lycéens sont attendus.", HTML: "<p>" + html.EscapeString(title) + " : deux cents lycéens sont attendus.</p>",
		Events: []agenda.Event{{Title: title, Start: agenda.Date{Year: 2018, Month: 3, Day: 22}, End: agenda.Date{Year: 2018, Month: 3, Day: 22}, Place: "Rouen", Audience: agenda.External}},
		Images: []item.Image{{Hash: strings.Repeat("ab", 32), Type: "image/png", Name: "mer.png", Alt: "La mer", Width: 10, Height: 10, Data: []byte("picture")}},
	}
	o.uid++
	raw := "From: Nadia <" + from + ">\r\nSubject: " + title + "\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>As it was sent</p><script>alert(1)</script><img src=x onerror=alert(1)>\r\n"
	_, err := o.store.Receive(o.t.Context(), intake.Arrival{UIDValidity: 1, UID: o.uid, MessageID: fmt.Sprintf("%d@client.example", o.uid), ContentHash: title, At: o.now, Raw: []byte(raw)},
		func(v newsroom.View, id int64) (intake.Verdict, newsroom.Effects, error) {
			fx, err := o.service.Submit(v, newsroom.SubmitInput{
				Message: id, Sender: message.Mailbox{Name: "Nadia Berthier", Address: message.Address(from)}, Language: "fr",
				Items: []item.ParsedItem{{Content: c}}, SendReceipt: true, At: o.now,
			})
			return intake.Verdict{Kind: intake.Contribution, Folder: intake.FolderDone}, fx, err
		})
	if err != nil {
		o.t.Fatal(err)
	}
	all, err := o.store.Items(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	return all[len(all)-1].ID
}

func (o *office) item(id item.ID) (it item.Item) {
	o.t.Helper()
	if err := o.store.Read(o.t.Context(), func(v newsroom.View) (err error) { it, err = v.Item(id); return err }); err != nil {
		o.t.Fatal(err)
	}
	return it
}

func (o *office) decisions(id item.ID) (all []editorial.Decision) {
	o.t.Helper()
	if err := o.store.Read(o.t.Context(), func(v newsroom.View) (err error) { all, err = v.Decisions(id); return err }); err != nil {
		o.t.Fatal(err)
	}
	return all
}

// letters returns the letters queued since the previous call, by recipient and topic.
func (o *office) letters() map[string]*message.Message {
	o.t.Helper()
	jobs, err := o.store.Ledger().Claim(o.t.Context(), o.now, 1000)
	if err != nil {
		o.t.Fatal(err)
	}
	out := map[string]*message.Message{}
	for _, p := range jobs {
		_, raw, err := o.render.RenderJob(o.t.Context(), p, nil)
		if err != nil {
			o.t.Fatal(err)
		}
		m, err := message.Read(raw)
		if err != nil {
			o.t.Fatal(err)
		}
		out[string(p.To.Address)+" "+p.Letter.Topic] = m
	}
	return out
}

// browser keeps cookies and sends the fields that browsers send.
type browser struct {
	o    *office
	http *http.Client
	page string // the latest
	code int
	head http.Header
	at   string // its path
}

type transport struct{ o *office }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	seen := r.Clone(r.Context())
	seen.RemoteAddr = "127.0.0.1:40000"
	if seen.Header.Get("X-Forwarded-For") == "" {
		seen.Header.Set("X-Forwarded-For", "198.51.100.7")
	}
	t.o.handler.ServeHTTP(w, seen)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

func (o *office) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		o.t.Fatal(err)
	}
	return &browser{o: o, http: &http.Client{Jar: jar, Transport: transport{o}}}
}

// send sends a request with additional header fields.
func (b *browser) send(method, path string, form url.Values, fields ...string) {
	b.o.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(b.o.t.Context(), method, base+strings.TrimPrefix(path, base), body)
	if err != nil {
		b.o.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(fields); i += 2 {
		req.Header.Set(fields[i], fields[i+1])
	}
	resp, err := b.http.Do(req)
	if err != nil {
		b.o.t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		b.o.t.Fatal(err)
	}
	b.page, b.code, b.head, b.at = string(page), resp.StatusCode, resp.Header, resp.Request.URL.Path
}

func (b *browser) open(path string) { b.o.t.Helper(); b.send("GET", path, nil) }

// form is a form of a page, as a browser would send it unchanged.
type form struct {
	action string
	values url.Values
	marks  string // values of its buttons
}

func (b *browser) forms() []form {
	b.o.t.Helper()
	doc, err := html.Parse(strings.NewReader(b.page))
	if err != nil {
		b.o.t.Fatal(err)
	}
	attr := func(n *html.Node, key string) (string, bool) {
		for _, a := range n.Attr {
			if a.Key == key {
				return a.Val, true
			}
		}
		return "", false
	}
	var all []form
	var walk func(n *html.Node, f *form)
	walk = func(n *html.Node, f *form) {
		if n.Type == html.ElementNode {
			name, _ := attr(n, "name")
			value, _ := attr(n, "value")
			switch {
			case n.Data == "form":
				f = &form{values: url.Values{}}
				if f.action, _ = attr(n, "action"); f.action == "" {
					f.action = b.at
				}
				defer func() { all = append(all, *f) }()
			case f == nil || name == "":
			case n.Data == "button":
				f.marks += " " + value
			case n.Data == "input":
				if kind, _ := attr(n, "type"); kind != "checkbox" {
					f.values.Set(name, value)
				}
			case n.Data == "textarea":
				if n.FirstChild != nil {
					f.values.Set(name, strings.TrimPrefix(n.FirstChild.Data, "\n"))
				} else {
					f.values.Set(name, "")
				}
			case n.Data == "select":
				for c := n.FirstChild; c != nil; c = c.NextSibling {
					if _, chosen := attr(c, "selected"); chosen {
						v, _ := attr(c, "value")
						f.values.Set(name, v)
					}
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, f)
		}
	}
	walk(doc, nil)
	return all
}

// submit sends the form whose address has this ending, with some fields filled in.
func (b *browser) submit(action string, fill ...string) {
	b.o.t.Helper()
	f := b.form(action)
	for i := 0; i+1 < len(fill); i += 2 {
		f.values.Set(fill[i], fill[i+1])
	}
	b.send("POST", f.action, f.values)
}

// form returns the first form of the page whose address has this ending.
func (b *browser) form(action string) form {
	b.o.t.Helper()
	for _, f := range b.forms() {
		if strings.HasSuffix(f.action, action) {
			return f
		}
	}
	b.o.t.Fatalf("no form for %s on\n%s", action, b.page)
	return form{}
}

// shows fails the test unless the page contains the texts, ignoring blanks.
func (b *browser) shows(texts ...string) {
	b.o.t.Helper()
	page := strings.Join(strings.Fields(html.UnescapeString(strings.ReplaceAll(b.page, "\u00a0", " "))), " ")
	for _, text := range texts {
		if !strings.Contains(page, text) {
			b.o.t.Fatalf("%d: the page does not show %q:\n%s", b.code, text, page)
		}
	}
}

var enterLink = regexp.MustCompile(`https://infolettre\.example/desk/enter/\S+`)

// ask asks for a link and returns the one that was mailed; "" for none.
func (b *browser) ask(address string) string {
	b.o.t.Helper()
	b.open("/desk")
	b.submit("/sign-in", "address", address)
	m := b.o.letters()[address+" sign-in"]
	if m == nil {
		return ""
	}
	return enterLink.FindString(m.Text)
}

func (b *browser) signIn(address string) {
	b.o.t.Helper()
	link := b.ask(address)
	if link == "" {
		b.o.t.Fatalf("%s got no link", address)
	}
	b.open(link)
	b.submit("", "x", "y")
	if b.at != "/desk" || b.code != 200 || !strings.Contains(b.page, "/desk/sign-out") {
		b.o.t.Fatalf("not signed in: %d %s\n%s", b.code, b.at, b.page)
	}
}

// links returns the links and images of the page within the site.
func (b *browser) links() []string {
	var all []string
	for _, m := range regexp.MustCompile(`(?:href|src|action)="(/[^"]*)"`).FindAllStringSubmatch(b.page, -1) {
		path, _, _ := strings.Cut(html.UnescapeString(m[1]), "#")
		if !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	return all
}

// proof closes the issue and makes its proof.
func (o *office) proof() {
	o.t.Helper()
	o.close()
	o.now = o.now.AddDate(0, 0, 2)
	o.propose()
}

func (o *office) close() {
	o.t.Helper()
	o.now = time.Date(2018, 2, 10, 18, 0, 0, 0, o.now.Location())
	o.act(func(v newsroom.View) (newsroom.Effects, error) { return o.service.Close(v, 1, o.now) })
}

func (o *office) propose() {
	o.t.Helper()
	var content issue.Content
	if err := o.store.Read(o.t.Context(), func(v newsroom.View) (err error) { content, err = o.service.Content(v, 1); return err }); err != nil {
		o.t.Fatal(err)
	}
	editions, err := o.render.Issue(o.t.Context(), content)
	if err != nil {
		o.t.Fatal(err)
	}
	o.act(func(v newsroom.View) (newsroom.Effects, error) { return o.service.Propose(v, content, editions, o.now) })
}

func (o *office) issue() (is issue.Issue) {
	o.t.Helper()
	if err := o.store.Read(o.t.Context(), func(v newsroom.View) (err error) { is, err = v.Issue(1); return err }); err != nil {
		o.t.Fatal(err)
	}
	return is
}

func itemPath(id item.ID) string { return fmt.Sprintf("/desk/items/%d", id) }
