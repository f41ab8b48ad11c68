package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"
	"infolettre/internal/agenda"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// sound fails the test unless the page runs no code and has a correct structure for assistive
// technology.
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

// The pages of issues and items are readable in each state and both languages.
func TestPages_ReadableInEachState(t *testing.T) {
	t.Parallel()
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
		fx, _, err := o.service.Override(v, 5, editorial.Withdraw, evil, o.now)
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
	o.act(func(v newsroom.View) (newsroom.Effects, error) { return o.service.Send(v, 1, o.now) })
	look("sent")
	fr.open("/desk/issues/1")
	fr.shows("n° 1", "/desk/issues/1/preview/fr")
}

// A long queue is rendered in time.
func TestQueue_LongListRendersInTime(t *testing.T) {
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

// processorTime returns the processor time used by this process, which does not depend on the
// load of the machine.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// The page of an issue that was sent or cancelled announces nothing more.
func TestIssuePage_FinishedIssuePromisesNothing(t *testing.T) {
	t.Parallel()
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

// Items of every kind are shown, and their forms, sent unchanged, change nothing.
func TestItemPage_UnchangedFormChangesNothing(t *testing.T) {
	t.Parallel()
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

// An editor without a language can delegate.
func TestAway_EditorWithoutLanguage(t *testing.T) {
	t.Parallel()
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

// Unpublished pictures are served only to people who are signed in.
func TestImages_UnpublishedNeedsSession(t *testing.T) {
	t.Parallel()
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

// If the store fails, the answer does not reveal whether an address is an editor's.
func TestSignIn_StoreErrorRevealsNoEditor(t *testing.T) {
	t.Parallel()
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
