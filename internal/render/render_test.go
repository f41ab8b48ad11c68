package render_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"infolettre/config"
	"infolettre/internal/agenda"
	"infolettre/internal/delivery"
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
	"infolettre/templates"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var logHead = regexp.MustCompile(`((?:décisions|decisions)[\s\x{a0}]*:\s+)[0-9a-f]{64}`)

// golden compares a text with testdata/NAME, or with -update writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	// The log's head differs in each run, because of the keys in it.
	got = logHead.ReplaceAllString(got, "${1}HEAD")
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update", err)
	}
	if string(want) != got {
		t.Errorf("%s differs; look at it, then run the test with -update:\n%s", path, got)
	}
}

// office is a store with an item, an open issue and editors, at a fixed time.
type office struct {
	t       testing.TB
	ctx     context.Context
	now     time.Time
	store   *sqlite.Store
	service *newsroom.Service
	render  *render.Renderer
	offered string // the Message-ID of offered mails; "" for a generated one
}

func newOffice(t testing.TB) *office {
	t.Helper()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, ctx: t.Context(), now: time.Date(2018, 1, 29, 9, 30, 0, 0, paris)}
	if o.store, err = sqlite.Open(o.ctx, t.TempDir(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.store.Close() })
	cron := func(expr string) schedule.Cron {
		c, err := schedule.ParseCron(expr, paris)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	var sections []item.Section
	for _, s := range config.DefaultSections() {
		sections = append(sections, item.Section{Key: s.Key, Title: s.Title, Words: s.Words})
	}
	address := message.Mailbox{Name: "InfoLettre", Address: "infolettre@cites.example"}
	secret := token.Secret("a key for the golden files, which is no secret")
	o.service = newsroom.New(newsroom.Options{
		Address: address, Operator: message.Mailbox{Address: "admin@cites.example"}, Languages: []string{"fr", "en"},
		Location: paris, Secret: secret, Sections: sections, Rules: editorial.Rules{Quorum: 1, ProofQuorum: 1, Undo: 2 * time.Hour},
		Editors: []newsroom.Editor{
			{Mailbox: message.Mailbox{Name: "Élise Marchand", Address: "elise@reseau.example"}, Title: "Coordinatrice internationale", Language: "fr"},
			{Mailbox: message.Mailbox{Name: "Marco Bellini", Address: "marco@reseau.example"}, Title: "Chargé de projets", Language: "en"},
		},
		Calendar: issue.Calendar{
			Close: cron("0 18 10 2,4,6,8,10,12 *"), Proof: cron("0 9 12 2,4,6,8,10,12 *"), Send: cron("0 9 16 2,4,6,8,10,12 *"),
			Grace: 7 * 24 * time.Hour, Location: paris,
		},
	})
	base, _ := url.Parse("https://infolettre.cites.example")
	o.render, err = render.New(render.Options{
		Address: address, Network: "Réseau international des Cités des métiers", ListID: "infolettre.cites.example", BaseURL: base,
		Languages: []string{"fr", "en"}, Location: paris, Sections: sections, Secret: secret, Plus: true, VERP: true,
		Now: func() time.Time { return o.now }, Service: o.service, AuthservID: "mx.cites.example",
	}, o.store, o.store)
	if err != nil {
		t.Fatal(err)
	}
	o.act(func(v newsroom.View) (newsroom.Effects, error) { return o.service.Open(v, o.now) })
	return o
}

func (o *office) act(f func(newsroom.View) (newsroom.Effects, error)) {
	o.t.Helper()
	if err := o.store.Write(o.ctx, f); err != nil {
		o.t.Fatal(err)
	}
}

// offer stores a message with one item.
func (o *office) offer(uid uint32, c item.Content) {
	o.t.Helper()
	o.offerAll(uid, item.ParsedItem{Content: c})
}

// offerAll stores a message with its items.
func (o *office) offerAll(uid uint32, items ...item.ParsedItem) {
	o.t.Helper()
	raw := "From: Nadia Berthier <nadia@cite-rouen.example>\r\nMessage-ID: <offer@cite-rouen.example>\r\nSubject: x\r\n\r\nx\r\n"
	_, err := o.store.Receive(o.ctx, intake.Arrival{UIDValidity: 1, UID: uid, MessageID: cmp.Or(o.offered, "offer@cite-rouen.example"), ContentHash: items[0].Hash(), At: o.now, Raw: []byte(raw)},
		func(v newsroom.View, id int64) (intake.Verdict, newsroom.Effects, error) {
			fx, err := o.service.Submit(v, newsroom.SubmitInput{
				Message: id, Sender: message.Mailbox{Name: "Nadia Berthier", Address: "nadia@cite-rouen.example"}, Language: "fr",
				Items: items, SendReceipt: true, At: o.now,
			})
			return intake.Verdict{Kind: intake.Contribution, Folder: intake.FolderDone}, fx, err
		})
	if err != nil {
		o.t.Fatal(err)
	}
}

// letters renders all queued letters, by recipient and topic.
func (o *office) letters() map[string]*message.Message {
	o.t.Helper()
	jobs, err := o.store.Ledger().Claim(o.ctx, o.now, 1000)
	if err != nil {
		o.t.Fatal(err)
	}
	out := map[string]*message.Message{}
	for _, p := range jobs {
		_, raw, err := o.render.RenderJob(o.ctx, p, nil)
		if err != nil {
			o.t.Fatalf("%s (%s): %v", p, p.Letter.Topic, err)
		}
		m, err := message.Read(raw)
		if err != nil {
			o.t.Fatal(err)
		}
		out[p.To.Address.Local()+"-"+p.Letter.Topic] = m
	}
	return out
}

func picture(t testing.TB) item.Image {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 60, 40))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * 7)
	}
	img.Set(3, 3, color.White)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return item.Image{
		Hash: strings.Repeat("ab", 32), Name: "Forum de la mer.png", Type: "image/png", Alt: "Forum de la mer",
		Width: 1200, Height: 800, Bytes: b.Len(), Data: b.Bytes(),
	}
}

func news(t testing.TB) item.Content {
	return item.Content{
		Title: "Un forum des métiers de la mer à Rouen", Section: "cites", Language: "fr", Centre: "Cité des métiers de Rouen",
		Text:     "Deux cents lycéens sont attendus sur les quais.\n\n- des simulateurs de navigation ;\n- un atelier « premier CV ».",
		HTML:     "<p>Deux cents lycéens sont attendus <strong>sur les quais</strong>.</p><ul><li>des simulateurs de navigation ;</li><li>un atelier « premier CV ».</li></ul>",
		Contacts: []item.Contact{{Name: "Nadia Berthier", Email: "nadia@cite-rouen.example", Phone: "02 61 91 00 12"}},
		Events: []agenda.Event{{
			Title: "Forum des métiers de la mer", Start: agenda.Date{Year: 2018, Month: 3, Day: 22}, End: agenda.Date{Year: 2018, Month: 3, Day: 22},
			StartTime: "09:30", EndTime: "17:00", Place: "Rouen", Audience: agenda.External, Link: "https://forum.cite-rouen.example/inscription?a=1&b=2",
		}},
		Images: []item.Image{picture(t)},
	}
}

func english() item.Content {
	return item.Content{
		Title: "A job fair <that> fits & works", Section: "cites", Language: "en", Centre: "Cité des métiers of Porto",
		Text: "Forty employers came.", HTML: "<p>Forty employers came.</p>",
	}
}

func TestLetter_ContributorLettersMatchGolden(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.offer(1, news(t))
	letters := o.letters()
	for _, name := range []string{"nadia-receipt", "elise-request", "marco-request"} {
		m := letters[name]
		if m == nil {
			t.Fatalf("no letter %s", name)
		}
		golden(t, name+".txt", "Subject: "+m.Subject+"\n\n"+m.Text)
		golden(t, name+".html", m.HTML)
	}
	if r := letters["nadia-receipt"]; r.Header.Get("Auto-Submitted") != "auto-replied" || len(r.InReplyTo) != 1 || r.InReplyTo[0] != "offer@cite-rouen.example" {
		t.Errorf("the receipt is not marked as an answer: %q, %q", r.Header.Get("Auto-Submitted"), r.InReplyTo)
	}
	if r := letters["elise-request"]; len(r.ReplyTo) != 1 || !strings.HasPrefix(string(r.ReplyTo[0].Address), "infolettre+i") {
		t.Errorf("the request has no handle to reply to: %v", r.ReplyTo)
	}
}

// doubtful returns an item that was forwarded, with a doubtful date and a linked file.
func doubtful(t *testing.T) item.ParsedItem {
	c := news(t)
	c.Attachments = []item.Attachment{
		{Name: "programme du forum.pdf", Type: "application/pdf", Bytes: 121_400, Hash: strings.Repeat("cd", 32), Data: []byte("%PDF-")},
		{Name: "tableau.xlsx", Type: "application/vnd.ms-excel", Bytes: 9000},
	}
	return item.ParsedItem{Content: c, Remarks: item.Remarks{
		Source: item.Contact{Name: "Paul Lenoir", Email: "paul@atelier.example"},
		Questions: []agenda.Question{
			{Quote: "samedi 22 mars", Doubt: agenda.WeekdayMismatch, Start: agenda.Date{Year: 2018, Month: 3, Day: 22}, End: agenda.Date{Year: 2018, Month: 3, Day: 22}},
			{Quote: "le 16 à 18 h", Doubt: "a doubt that nobody wrote words for"},
		},
		Unread: []item.UnreadFile{{Name: "article.doc", Trouble: item.TroubleOld}, {Name: "IMG_2041.HEIC", Trouble: item.TroubleHEIC}},
		Struck: "15 mars",
	}}
}

// The letters about the outcome of an item, and the call to silent contributors, match their
// golden files.
func TestLetter_OutcomeLettersMatchGolden(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.offerAll(1, doubtful(t), item.ParsedItem{Content: english()})
	o.letters()
	for _, l := range []delivery.Letter{
		{Kind: delivery.KindReceipt, Topic: "receipt", Request: 5},
		{Kind: delivery.KindReceipt, Topic: "revised", Request: 1, Args: map[string]string{"state": "approved", "noted": "yes"}},
		{Kind: delivery.KindRequest, Topic: "request-revised", Request: 1},
		{Kind: delivery.KindNotice, Topic: "note", Item: 1, Args: map[string]string{"from": "Nadia Berthier", "items": "1", "text": "Le forum a lieu le 23.\n\nEst-ce trop tard ?"}},
		{Kind: delivery.KindNotice, Topic: "note-late", Item: 1, Args: map[string]string{"from": "Nadia Berthier", "items": "1", "text": "Le forum a lieu le 23."}},
		{Kind: delivery.KindNotice, Topic: "unreadable", Args: map[string]string{"files": "old\tarticle.doc\nlocked\tNos projets.docx\nheic\tIMG_2041.HEIC"}},
		{Kind: delivery.KindNotice, Topic: "noted", Item: 1},
		{Kind: delivery.KindNotice, Topic: "noted-late", Item: 1},
		{Kind: delivery.KindNotice, Topic: "nothing-in", Args: map[string]string{"text": "TR: Bus des métiers"}},
		{Kind: delivery.KindOutcome, Topic: "kept", Item: 1, Args: map[string]string{"reason": "la date était juste"}},
		{Kind: delivery.KindOutcome, Topic: "your-approved", Item: 1},
		{Kind: delivery.KindOutcome, Topic: "your-rejected", Item: 1, Args: map[string]string{"reason": "déjà paru"}},
		{Kind: delivery.KindOutcome, Topic: "your-deferred", Item: 1},
		{Kind: delivery.KindOutcome, Topic: "your-correction-approved", Item: 1},
		{Kind: delivery.KindOutcome, Topic: "your-correction-rejected", Item: 1, Args: map[string]string{"reason": "la date était juste"}},
		{Kind: delivery.KindOutcome, Topic: "your-published", Item: 1, Issue: 1, Args: map[string]string{"titles": "Un forum\nUne bourse", "count": "2"}},
		{Kind: delivery.KindNotice, Topic: "undelivered", Args: map[string]string{"address": "marco@reseau.example", "fate": "hard", "status": "5.1.1", "diagnostic": "550 5.1.1 User unknown"}},
		{Kind: delivery.KindNotice, Topic: "too-large", Args: map[string]string{"letter": "12", "kind": "request", "item": "41", "address": "marco@reseau.example"}},
		{Kind: delivery.KindNotice, Topic: "given-up", Args: map[string]string{"mailing": "3", "failed": "38", "readers": "40"}},
		{Kind: delivery.KindNotice, Topic: "refused", Args: map[string]string{"at": "1517500800", "domain": "", "reply": "content: 550 5.4.5 Daily user sending limit exceeded"}},
		{Kind: delivery.KindNotice, Topic: "refused-paused", Args: map[string]string{"at": "1517500800", "domain": "lune.example", "mailing": "3", "reply": "rcpt: 554 5.7.1 Relay access denied"}},
		{Kind: delivery.KindNotice, Topic: "mailbox-refused", Args: map[string]string{"at": "1517500800", "host": "imap.cites.example", "reply": "NO [AUTHENTICATIONFAILED] Invalid credentials"}},
		{Kind: delivery.KindNotice, Topic: "mailbox-away", Args: map[string]string{"at": "1517500800", "host": "imap.cites.example", "reply": "dial tcp 192.0.2.1:993: connect: connection refused"}},
		{Kind: delivery.KindNotice, Topic: "disk-full", Args: map[string]string{"folder": "/var/lib/infolettre", "free": "12"}},
		{Kind: delivery.KindCall, Topic: "call", Issue: 1, Args: map[string]string{"centre": "Cité de Porto"}},
		{Kind: delivery.KindNotice, Topic: "coverage", Issue: 1, Args: map[string]string{"sent": "Rouen (2)\nMilan (1)", "missing": "Porto", "called": "3", "others": "0"}},
	} {
		for _, lang := range templates.Languages() {
			l.ID, l.To, l.Language, l.Created = 1, message.Mailbox{Name: "Nadia Berthier", Address: "nadia@cite-rouen.example"}, lang, o.now
			out, err := o.render.Letter(o.ctx, &l)
			if err != nil {
				t.Fatalf("%s: %v", l.Topic, err)
			}
			golden(t, "letter-"+l.Topic+"."+lang+".txt", "Subject: "+out.Subject+"\n\n"+out.Text)
			// A letter quoted without quote marks replaces and decides nothing.
			about := []editorial.FollowupItem{{Item: 1, Title: news(t).Title, Text: news(t).Text}}
			if v := editorial.ReadFollowup(editorial.FollowupText{Visible: out.Text}, about); v.Kind == editorial.Replacement {
				t.Errorf("%s in %s would be taken for a correction: %s", l.Topic, lang, v.Why)
			}
			if l.Kind == delivery.KindCall && (!strings.HasPrefix(out.ID, newsroom.CallPrefix) || len(out.ReplyTo) > 0) {
				t.Errorf("the call is %s, to be answered to %v", out.ID, out.ReplyTo)
			}
		}
	}
}

// The public page of an issue shows no internal event and no subscriber's link.
func TestPage_MatchesGolden(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	internal := agenda.Event{Title: "Comité exécutif", Start: agenda.Date{Year: 2018, Month: 2, Day: 23}, End: agenda.Date{Year: 2018, Month: 2, Day: 23}, Audience: agenda.Internal}
	content := issue.Compose(issue.Issue{ID: 1, Period: issue.Period{First: time.January, Last: time.February, Year: 2018}}, []string{"agenda", "cites", "network"},
		[]issue.Piece{{Item: 1, Content: doubtful(t).Content}, {Item: 2, Content: item.Content{Title: "Convocation", Section: "network", Language: "fr", Text: "Le comité se réunit.", HTML: "<p>Le comité se réunit.</p>", Events: []agenda.Event{internal}}}},
		[]issue.Entry{{ID: 1, Item: 1, Event: news(t).Events[0]}, {ID: 2, Item: 2, Event: internal}},
		"infolettre@cites.example", []issue.Member{{Name: "Élise Marchand"}})
	page, err := o.render.Page(content, "fr")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "page.fr.html", page)
	for _, private := range []string{"Comité exécutif", "Convocation", "unsubscribe", "désinscri", "cid:", "style=\""} {
		if strings.Contains(page, private) {
			t.Errorf("the page says %q", private)
		}
	}
	if _, err := o.render.Page(content, "de"); !errors.Is(err, newsroom.ErrNotFound) {
		t.Errorf("in a language that is none: %v", err)
	}
	if len(content.Internal) != 1 || len(content.Chapters) != 2 {
		t.Error("the page changed the issue")
	}
}

func TestIssue_MatchesGolden(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.offer(1, news(t))
	content := issue.Compose(
		issue.Issue{ID: 1, Period: issue.Period{First: time.January, Last: time.February, Year: 2018}},
		[]string{"agenda", "editorial", "cites"},
		[]issue.Piece{{Item: 1, Content: news(t)}, {Item: 2, Content: english()}, {Item: 3, Content: item.Content{
			Title: "Une année à construire ensemble", Section: "editorial", Language: "fr", Text: "Chers membres,", HTML: "<p>Chers membres,</p>",
		}}},
		[]issue.Entry{
			{ID: 2, Item: 9, Event: agenda.Event{Title: "Comité exécutif", Start: agenda.Date{Year: 2018, Month: 2, Day: 23}, End: agenda.Date{Year: 2018, Month: 2, Day: 23}, Place: "Porto", Audience: agenda.Internal}},
			{ID: 1, Item: 1, Event: news(t).Events[0]},
			{ID: 3, Item: 9, Cancelled: true, Event: agenda.Event{Title: "Réunion annulée", Start: agenda.Date{Year: 2018, Month: 2, Day: 24}, End: agenda.Date{Year: 2018, Month: 2, Day: 24}}},
		},
		"infolettre@cites.example", []issue.Member{{Name: "Élise Marchand", Title: "Coordinatrice internationale"}})
	editions, err := o.render.Issue(o.ctx, content)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range editions {
		golden(t, "issue."+e.Language+".html", e.HTML)
		golden(t, "issue."+e.Language+".txt", "Subject: "+e.Subject+"\n\n"+e.Text)
		if len(e.Images) != 1 || e.Images[0] != picture(t).Hash {
			t.Errorf("pictures %v", e.Images)
		}
		if strings.Contains(e.HTML+e.Text, "Réunion annulée") {
			t.Error("a cancelled event is announced")
		}
		if strings.Contains(e.HTML, "<that>") {
			t.Error("a title is not escaped")
		}
	}
	reminders, err := o.render.Reminder(o.ctx, content.External[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range reminders {
		golden(t, "reminder."+e.Language+".txt", "Subject: "+e.Subject+"\n\n"+e.Text)
		golden(t, "reminder."+e.Language+".html", e.HTML)
	}
}

var gap = regexp.MustCompile(`<no value>|\[[a-z-]+\]|%!|\{\{`)

// Every topic exists in every language and renders without gaps.
func TestLetter_EveryTopicInEveryLanguage(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.offer(1, news(t))
	o.letters()
	topics := map[string]map[string]bool{}
	for _, lang := range templates.Languages() {
		files, err := filepath.Glob(filepath.Join("..", "..", "templates", "letters", lang, "*.txt"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			topic := strings.TrimSuffix(filepath.Base(f), ".txt")
			if topics[topic] == nil {
				topics[topic] = map[string]bool{}
			}
			topics[topic][lang] = true
		}
	}
	for topic, in := range topics {
		if strings.HasPrefix(topic, "proof") {
			continue // tested with a proof below
		}
		for _, lang := range templates.Languages() {
			if !in[lang] {
				t.Errorf("letter %s is not written in %s", topic, lang)
				continue
			}
			out, err := o.render.Letter(o.ctx, &delivery.Letter{
				ID: 1, Kind: delivery.KindNotice, Topic: topic, To: message.Mailbox{Name: "Élise", Address: "elise@reseau.example"},
				Language: lang, Request: 1, Item: 1, Issue: 1, Message: 1, Created: o.now,
				Args: map[string]string{"verb": "reject", "reason": "doublon", "state": "rejected", "by": "Marco", "at": "1517215800",
					"text": "OK ?", "items": " 1", "message": "7", "cause": "too many parts", "from": "Nadia", "titles": "Un forum\nUne bourse",
					"count": "2", "centre": "Cité de Porto", "sent": "Rouen (1)", "missing": "Porto", "called": "1", "others": "2",
					"since": "1", "last": "2018-03-15", "to": "Solène", "until": "le 15", "more": "0", "days": "7",
					"lines": "1\tdone\t1 oui\tapproved", "value": "x", "field": "title"},
			})
			if err != nil {
				t.Errorf("%s in %s: %v", topic, lang, err)
				continue
			}
			if found := gap.FindString(out.Subject + out.Text); found != "" {
				t.Errorf("%s in %s has a gap %q:\n%s\n%s", topic, lang, found, out.Subject, out.Text)
			}
			if strings.Contains(out.Text, "  ") && strings.Contains(out.Subject, "  ") {
				t.Errorf("%s in %s: two blanks in a row in %q", topic, lang, out.Subject)
			}
			noOrders(t, topic+" in "+lang, out.Text)
		}
	}
}

// proposed makes the proof of what is approved and returns its content and editions.
func (o *office) proposed() (content issue.Content, editions []issue.Edition) {
	o.t.Helper()
	o.now = time.Date(2018, 2, 12, 9, 0, 0, 0, o.now.Location())
	o.act(func(v newsroom.View) (newsroom.Effects, error) { return o.service.Close(v, 1, o.now) })
	err := o.store.Read(o.ctx, func(v newsroom.View) (err error) {
		content, err = o.service.Content(v, 1)
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	if editions, err = o.render.Issue(o.ctx, content); err != nil {
		o.t.Fatal(err)
	}
	o.act(func(v newsroom.View) (newsroom.Effects, error) { return o.service.Propose(v, content, editions, o.now) })
	return content, editions
}

func (o *office) approve(id item.ID) {
	o.t.Helper()
	o.act(func(v newsroom.View) (newsroom.Effects, error) {
		fx, _, err := o.service.Override(v, id, editorial.Approve, "", o.now)
		return fx, err
	})
}

func TestProof_ShowsWhatIsSigned(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.offer(1, news(t))
	o.approve(1)
	content, editions := o.proposed()
	letters := o.letters()
	for name, other := range map[string]string{"elise-proof": "InfoLettre-en.html", "marco-proof": "InfoLettre-fr.html"} {
		m := letters[name]
		if m == nil {
			t.Fatalf("no letter %s", name)
		}
		golden(t, name+".txt", "Subject: "+m.Subject+"\n\n"+m.Text)
		if !strings.Contains(m.Text, issue.EditionsHash(content, editions)) {
			t.Errorf("%s does not name what is signed", name)
		}
		var attached, inline bool
		for _, p := range m.Parts {
			attached = attached || p.Name == other
			inline = inline || p.ContentID == picture(t).Hash
		}
		if !attached || !inline {
			t.Errorf("%s: other language attached: %t, picture inline: %t", name, attached, inline)
		}
	}
}

func TestWords_SameKeysInEveryLanguage(t *testing.T) {
	t.Parallel()
	first, err := templates.Load("fr")
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range templates.Languages() {
		w, err := templates.Load(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range first.Keys() {
			if !w.Has(key) {
				t.Errorf("%s lacks %q", lang, key)
			}
		}
		for _, key := range w.Keys() {
			if !first.Has(key) {
				t.Errorf("fr lacks %q, which %s has", key, lang)
			}
		}
	}
}
