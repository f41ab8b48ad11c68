package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/audience"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

func TestSignIn_NeedsLinkBrowserAndButton(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.browser()
	b.open("/desk")
	if b.code != 200 || strings.Contains(b.page, "/desk/items") {
		t.Fatalf("%d\n%s", b.code, b.page)
	}
	link := b.ask(elise)
	if link == "" || o.woken.Load() != 1 {
		t.Fatalf("link %q; the sender was woken %d times", link, o.woken.Load())
	}
	cookies := b.head.Values("Set-Cookie")
	for _, want := range []string{"__Host-infolettre-browser=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/;"} {
		if len(cookies) != 1 || !strings.Contains(cookies[0], want) {
			t.Errorf("cookies %q lack %s", cookies, want)
		}
	}
	// Programs that follow links, or press buttons, do not sign in and do not use the link up.
	scanner := o.browser()
	writes := o.store.Writes()
	for range 3 {
		scanner.send("HEAD", link, nil)
		scanner.open(link)
		scanner.shows("<form")
		scanner.submit("", "x", "y")
		if scanner.code != http.StatusForbidden || o.store.Writes() != writes {
			t.Fatalf("a scanner got %d", scanner.code)
		}
		scanner.shows("Ce lien a été demandé dans un autre navigateur.")
	}
	// Another editor's browser does not sign in.
	other := o.browser()
	other.ask(marco)
	other.open(link)
	other.submit("", "x", "y")
	if other.code != http.StatusForbidden {
		t.Errorf("another browser got %d", other.code)
	}
	b.open(link)
	b.submit("", "x", "y")
	if b.code != 200 || b.at != "/desk" {
		t.Fatalf("%d %s\n%s", b.code, b.at, b.page)
	}
	b.shows("Élise Marchand", "File d’attente")
	// The link works once.
	again := o.browser()
	again.http.Jar = b.http.Jar
	again.open(link)
	again.submit("", "x", "y")
	if again.code != http.StatusForbidden {
		t.Errorf("the second use: %d", again.code)
	}
	b.open("/desk")
	b.submit("/sign-out")
	if strings.Contains(b.page, "sign-out") {
		t.Errorf("still signed in")
	}
}

func TestSignIn_SessionCookieAttributes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.browser()
	link := b.ask(elise)
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.open(link)
	b.submit("", "x", "y")
	for _, c := range (&http.Response{Header: b.head}).Cookies() {
		if c.Name != "__Host-infolettre-desk" {
			continue
		}
		if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || len(c.Value) != 43 || c.MaxAge != 12*3600 {
			t.Errorf("session cookie %+v", c)
		}
		return
	}
	t.Errorf("no session: %d %q", b.code, b.head)
}

func TestSignIn_LinkExpires(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.browser()
	link := b.ask(elise)
	o.now = o.now.Add(15 * time.Minute)
	b.open(link)
	b.submit("", "x", "y")
	if b.code != http.StatusForbidden {
		t.Fatalf("%d", b.code)
	}
	b.shows("un quart d’heure. Demandez-en un nouveau.")
	for _, bad := range []string{"/desk/enter/x", "/desk/enter/s1-aaaaaaaaaaaaaaaaaaaaaaaaaa", strings.Replace(link, "/s1-", "/s2-", 1)} {
		b.send("POST", bad, url.Values{})
		if b.code != http.StatusForbidden {
			t.Errorf("%s: %d", bad, b.code)
		}
	}
}

// The answer is the same for every address, and the number of mails is limited.
func TestSignIn_SameAnswerForEveryAddress(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	pages := map[string]string{}
	for _, who := range []string{elise, nadia, "nobody@elsewhere.example"} {
		b := o.browser()
		if link := b.ask(who); (link != "") != (who == elise) {
			t.Errorf("%s: link %q", who, link)
		}
		if b.code != 200 || len(b.head.Values("Set-Cookie")) != 1 {
			t.Errorf("%s: %d, %q", who, b.code, b.head)
		}
		pages[strings.ReplaceAll(b.page, who, "")] = who
	}
	if len(pages) != 1 {
		t.Errorf("%d different pages", len(pages))
	}
	got := 1
	for range 9 {
		if o.browser().ask(strings.ToUpper(elise[:1])+elise[1:]) != "" || o.browser().ask(elise) != "" {
			got++
		}
	}
	if got > 5 {
		t.Errorf("%d links in an hour", got)
	}
	o.now = o.now.Add(61 * time.Minute)
	if o.browser().ask(elise) == "" {
		t.Error("no link an hour later")
	}
	b := o.browser()
	b.open("/desk")
	b.submit("/sign-in", "address", "élise")
	if b.code != http.StatusUnprocessableEntity || !strings.Contains(b.page, `role="alert"`) {
		t.Errorf("no address: %d", b.code)
	}
}

func TestSession_Ends(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.browser()
	b.signIn(elise)
	o.now = o.now.Add(11 * time.Hour)
	if b.open("/desk/away"); b.code != 200 {
		t.Errorf("within the day: %d", b.code)
	}
	o.now = o.now.Add(time.Hour)
	if b.open("/desk/away"); b.code != http.StatusForbidden {
		t.Errorf("after 12 hours: %d", b.code)
	}
	b.signIn(elise)
	o.open([]newsroom.Editor{{Mailbox: message.Mailbox{Name: "Marco Bellini", Address: marco}, Language: "en"}})
	if b.open("/desk/away"); b.code != http.StatusForbidden {
		t.Errorf("who is no editor any more: %d", b.code)
	}
	if o.browser().ask(elise) != "" {
		t.Error("who is no editor any more gets a link")
	}
}

// crawl follows all links from the queue, signed in, and returns the paths and forms of the
// pages.
func (b *browser) crawl() (paths []string, forms []form) {
	b.o.t.Helper()
	paths = []string{"/desk"}
	for i := 0; i < len(paths); i++ {
		b.open(paths[i])
		if b.code == http.StatusMethodNotAllowed {
			continue // the address of a form
		}
		if csp := b.head.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") && !strings.HasSuffix(paths[i], ".css") ||
			strings.Contains(csp, "unsafe-eval") || strings.Contains(csp, "script-src") {
			b.o.t.Errorf("%s: policy %q", paths[i], csp)
		}
		if b.head.Get("Referrer-Policy") != "no-referrer" || b.head.Get("X-Content-Type-Options") != "nosniff" {
			b.o.t.Errorf("%s: %v", paths[i], b.head)
		}
		if strings.HasPrefix(b.head.Get("Content-Type"), "text/html") {
			if b.head.Get("Cache-Control") != "no-store" {
				b.o.t.Errorf("%s may be stored", paths[i])
			}
			if strings.Contains(b.page, "<script") || strings.Contains(b.page, "[desk-") {
				b.o.t.Errorf("%s has a script, or lacks words", paths[i])
			}
			forms = append(forms, b.forms()...)
		}
		for _, l := range b.links() {
			if strings.HasPrefix(l, "/desk") && !slices.Contains(paths, l) {
				paths = append(paths, l)
			}
		}
	}
	return paths, forms
}

// Programs that GET and HEAD everything and send every form change nothing without a session,
// and no GET changes anything with one.
func TestDesk_ScannersChangeNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	first := o.offer(nadia, "Un forum", "cites")
	second := o.offer(nadia, "Une bourse", "people")
	o.offer(elise, "Un départ", "people")
	b := o.browser()
	b.signIn(elise)
	for _, id := range []item.ID{first, second} {
		b.open(itemPath(id))
		b.submit("/decide", "verb", "approve")
	}
	o.proof()
	b.signIn(elise)
	b.open("/desk/issues/1")
	writes := o.store.Writes()
	paths, forms := b.crawl()
	for _, p := range paths {
		b.send("HEAD", p, nil)
	}
	if o.store.Writes() != writes {
		t.Fatal("a GET or a HEAD changed something")
	}
	actions := map[string]bool{}
	for _, f := range forms {
		actions[f.action] = true
	}
	for _, a := range []string{"/desk/sign-out", itemPath(second) + "/edit", itemPath(3) + "/decide", itemPath(1) + "/translate",
		"/desk/issues/1/arrange", "/desk/issues/1/editorial", "/desk/issues/1/wait", "/desk/issues/1/sign", "/desk/away"} {
		if !actions[a] {
			t.Errorf("no form for %s was found", a)
		}
	}
	for _, site := range []string{"", "same-origin", "cross-site"} {
		scanner := o.browser()
		for _, p := range paths {
			scanner.open(p)
			scanner.send("HEAD", p, nil)
		}
		for _, f := range forms {
			for _, verb := range []string{"approve", "reject", "defer"} {
				f.values.Set("verb", verb)
				f.values.Set("reason", "x")
				f.values.Set("sure", "yes")
				f.values.Set("approve", "yes")
				f.values.Set("title", "x")
				scanner.send("POST", f.action, f.values, "Sec-Fetch-Site", site)
				if scanner.code != http.StatusForbidden {
					t.Errorf("%s: %d", f.action, scanner.code)
				}
			}
		}
		if o.store.Writes() != writes {
			t.Fatalf("a form without the session, sent by %q, changed something", site)
		}
		scanner.open("/desk/images/" + strings.Repeat("ab", 32))
		if scanner.code != http.StatusForbidden || scanner.page == "picture" {
			t.Errorf("the picture: %d", scanner.code)
		}
	}
	b.open("/desk/images/" + strings.Repeat("ab", 32))
	if b.code != 200 || b.page != "picture" {
		t.Errorf("the picture, signed in: %d", b.code)
	}
}

// A form sent by another site, or made for another session, is refused.
func TestForms_ForeignFormIsRefused(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.offer(nadia, "Un forum", "cites")
	b, other := o.browser(), o.browser()
	b.signIn(elise)
	other.signIn(marco)
	other.open(itemPath(id))
	foreign := other.forms()[1].values.Get("form")
	b.open(itemPath(id))
	own := b.form("/decide")
	own.values.Set("verb", "approve")
	writes := o.store.Writes()
	for name, send := range map[string]func(url.Values) []string{
		"no token":              func(v url.Values) []string { v.Del("form"); return nil },
		"another session's":     func(v url.Values) []string { v.Set("form", foreign); return nil },
		"another site":          func(url.Values) []string { return []string{"Sec-Fetch-Site", "cross-site"} },
		"a sister site":         func(url.Values) []string { return []string{"Sec-Fetch-Site", "same-site"} },
		"another origin":        func(url.Values) []string { return []string{"Sec-Fetch-Site", "", "Origin", "https://evil.example"} },
		"no origin to speak of": func(url.Values) []string { return []string{"Sec-Fetch-Site", "", "Origin", "null"} },
	} {
		values := url.Values{}
		for k, v := range own.values {
			values[k] = slices.Clone(v)
		}
		fields := send(values)
		b.send("POST", own.action, values, fields...)
		if b.code != http.StatusForbidden || o.store.Writes() != writes {
			t.Errorf("%s: %d", name, b.code)
		}
	}
	b.send("POST", own.action, own.values)
	if b.code != 200 || o.item(id).State != item.Approved {
		t.Errorf("the form itself: %d", b.code)
	}
	b.open(itemPath(id))
	if strings.Contains(b.page, "onerror") || strings.Contains(b.page, "alert(1)") {
		t.Errorf("the mail's own markup stands on the page")
	}
}

func TestDecide_AtTheDesk(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	forum, bourse, move := o.offer(nadia, "Un forum", "cites"), o.offer(nadia, "Une bourse", "cites"), o.offer(nadia, "Un départ", "people")
	mine := o.offer(elise, "Un essai", "cites")
	o.letters()
	b := o.browser()
	b.signIn(elise)
	b.shows("n° 1", "n° 2", "En attente d’un autre avis")

	b.open(itemPath(forum))
	b.shows("As it was sent", "Objet", "Un forum")
	stale := b.forms()
	b.submit("/decide", "verb", "approve")
	b.shows("C’est noté : le texte est accepté.")
	d := o.decisions(forum)
	if len(d) != 1 || d[0].How != editorial.HowDesk || d[0].Editor != elise || d[0].By != "" || d[0].Message != 0 || d[0].Request != 0 {
		t.Errorf("decision %+v", d)
	}
	if b.open("/desk"); strings.Contains(b.page, "C’est noté") {
		t.Error("what was done is flash twice")
	}
	for _, f := range stale {
		if strings.HasSuffix(f.action, "/decide") {
			f.values.Set("verb", "approve")
			b.send("POST", f.action, f.values)
			break
		}
	}
	if b.code != http.StatusConflict {
		t.Errorf("the same again: %d", b.code)
	}
	b.shows("D’autres ont déjà décidé de ce texte.")

	b.open(itemPath(forum))
	b.shows("Vous pouvez revenir dessus")
	b.submit("/undo")
	b.shows("Votre décision est annulée.")
	if it := o.item(forum); it.State != item.Pending {
		t.Errorf("after taking back: %s", it.State)
	}

	b.open(itemPath(bourse))
	b.submit("/decide", "verb", "reject", "reason", "  ")
	if b.code != http.StatusUnprocessableEntity {
		t.Errorf("a refusal without its reason: %d", b.code)
	}
	b.submit("/decide", "verb", "reject", "reason", "Déjà paru\r\nen décembre.")
	if d := o.decisions(bourse); len(d) != 1 || d[0].Verb != editorial.Reject || d[0].Reason != "Déjà paru\nen décembre." {
		t.Errorf("refused: %+v", d)
	}

	b.open(itemPath(move))
	b.submit("/decide", "verb", "approve")
	b.shows("Votre accord est noté ; il en faut encore un autre.")
	b.open(itemPath(move))
	if strings.Contains(b.page, `value="approve"><`) || o.item(move).State != item.Pending {
		t.Error("who approved is offered to do so again")
	}

	b.open(itemPath(mine))
	b.shows("Vous avez envoyé ce texte")
	for _, f := range b.forms() {
		if strings.HasSuffix(f.action, "/decide") {
			f.values.Set("verb", "approve")
			b.send("POST", f.action, f.values)
			break
		}
	}
	b.shows("Nul n’accepte ce qu’il a envoyé lui-même.")
	if b.code != http.StatusConflict || o.item(mine).State != item.Pending {
		t.Errorf("their own: %d", b.code)
	}
	for _, path := range []string{"/desk/items/99", "/desk/items/x", "/desk/issues/9", "/desk/images/" + strings.Repeat("0", 64), "/desk/issues/1/preview/xx", "/desk/issues/1/edition/xx"} {
		if b.open(path); b.code != http.StatusNotFound {
			t.Errorf("%s: %d", path, b.code)
		}
	}
}

func TestEdit_AtTheDesk(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.offer(nadia, "Un forum", "cites")
	b, late := o.browser(), o.browser()
	b.signIn(elise)
	late.signIn(marco)
	late.open(itemPath(id))

	b.open(itemPath(id))
	b.submit("/edit")
	if b.code != http.StatusUnprocessableEntity {
		t.Errorf("nothing changed: %d", b.code)
	}
	b.shows("Le texte dit déjà cela.")
	b.submit("/edit", "date", "un de ces jours", "title", "Le forum")
	b.shows("cette date n’a pas été comprise", `value="Le forum"`, `value="un de ces jours"`)
	b.submit("/edit", "date", "23 mars 2018, 14h-16h", "title", "Le forum & la mer", "section", "people", "place", "Le Havre", "centre", "Cité des métiers du Havre")
	b.shows("La correction est enregistrée.", "Le forum & la mer", "Ce qui a changé depuis la version précédente")
	it := o.item(id)
	want := agenda.Event{
		Title: "Le forum & la mer", Start: agenda.Date{Year: 2018, Month: 3, Day: 23}, End: agenda.Date{Year: 2018, Month: 3, Day: 23},
		StartTime: "14:00", EndTime: "16:00", Place: "Le Havre", Audience: agenda.External,
	}
	if it.Current.Number != 2 || it.Current.Section != "people" || it.Current.Centre != "Cité des métiers du Havre" || len(it.Current.Events) != 1 || it.Current.Events[0] != want {
		t.Errorf("corrected: %+v", it.Current.Content)
	}

	// An editor who read the previous revision decides nothing and is shown what changed.
	late.submit("/decide", "verb", "approve")
	if late.code != http.StatusConflict || o.item(id).State != item.Pending {
		t.Errorf("the revision before: %d", late.code)
	}
	late.shows("This item was changed since you read it.", "<del>Un forum", "<ins>Le forum")
	late.submit("/decide", "verb", "approve")
	late.shows("Your approval is noted; one more is needed.")

	b.open(itemPath(id))
	b.submit("/edit", "text", "Trois cents lycéens sont attendus au Havre.\r\n\r\nEntrée libre.", "approve", "yes")
	b.shows("votre accord noté ; il en faut encore un autre.")
	if it := o.item(id); it.Current.Number != 3 || !strings.Contains(it.Current.Text, "Entrée libre.") || len(it.Current.Images) != 1 {
		t.Errorf("text: %+v", it.Current.Content)
	}
	late.open(itemPath(id))
	late.submit("/edit", "section", "cites", "approve", "yes")
	late.shows("The correction is saved, and the item accepted.")
	if it := o.item(id); it.State != item.Approved || it.Approved != 4 {
		t.Errorf("approved as changed: %s %d", it.State, it.Approved)
	}
	b.open(itemPath(id))
	b.submit("/translate", "language", "en", "title", "", "text", "x")
	b.shows("il manque le texte")
	b.submit("/translate", "language", "xx", "title", "x", "text", "x")
	if b.code != http.StatusUnprocessableEntity {
		t.Errorf("an unknown language: %d", b.code)
	}
	b.submit("/translate", "language", "en", "title", "The forum", "text", "Three hundred pupils are expected.")
	b.shows("La traduction est enregistrée.")
	if tr := o.item(id).Current.Translations["en"]; tr.Title != "The forum" || tr.Text != "Three hundred pupils are expected." {
		t.Errorf("translation %+v", tr)
	}
	b.submit("/edit", "text", strings.Repeat("long ", 300_000))
	if b.code != http.StatusRequestEntityTooLarge {
		t.Errorf("a text without end: %d", b.code)
	}
}

func TestIssuePage_OrderAndSign(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var ids []item.ID
	for i := range 4 {
		ids = append(ids, o.offer(nadia, fmt.Sprintf("Le texte %d", i+1), "cites"))
	}
	b := o.browser()
	b.signIn(elise)
	for _, id := range ids {
		b.open(itemPath(id))
		b.submit("/decide", "verb", "approve")
	}
	b.open("/desk/issues/1")
	b.shows("L’ordre se règle une fois le numéro fermé")
	o.close()
	b.signIn(elise)
	b.open("/desk/issues/1")
	old := b.page
	b.submit("/arrange")
	b.shows("Cet ordre est déjà celui du numéro.")
	b.submit("/arrange", "place-4", "1", "place-1", "3")
	b.shows("Le nouvel ordre est enregistré.")
	order := func() (all []item.ID) {
		t.Helper()
		err := o.store.Read(t.Context(), func(v newsroom.View) error {
			items, err := v.ItemsIn(1, item.Approved)
			for _, it := range items {
				all = append(all, it.ID)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got := order(); !slices.Equal(got, []item.ID{4, 2, 3, 1}) {
		t.Errorf("order %v", got)
	}
	b.submit("/arrange", "remove", "2")
	if it := o.item(2); it.State != item.Deferred || !slices.Equal(order(), []item.ID{4, 3, 1}) {
		t.Errorf("taken out: %s, order %v", it.State, order())
	}
	b.page = old
	b.submit("/arrange", "place-2", "1")
	if b.code != http.StatusConflict {
		t.Errorf("a plan of before: %d", b.code)
	}
	b.shows("Le plan a changé depuis que vous l’avez lu.", "<del>n° 2</del>")
	b.submit("/editorial", "title", "Ce que l’on partage", "text", "")
	b.shows("L’éditorial a besoin d’un titre et d’un texte.", `value="Ce que l’on partage"`)
	b.submit("/editorial", "title", "Ce que l’on partage", "text", "Chers lecteurs, voici un numéro sur la mer et ses métiers.")
	b.shows("L’éditorial est proposé aux autres éditeurs.", "En attente d’un accord")
	written := o.item(5)
	if written.Current.Section != item.SectionEditorial || written.Sender.Address != elise || written.Message != 0 {
		t.Errorf("editorial %+v", written)
	}
	b.open(itemPath(5))
	b.shows("Ce texte a été écrit au bureau")
	other := o.browser()
	other.signIn(marco)
	other.open(itemPath(5))
	other.submit("/decide", "verb", "approve")
	b.open("/desk/issues/1")
	b.submit("/wait")
	if b.code != http.StatusUnprocessableEntity || o.issue().State != issue.Closed {
		t.Errorf("waiting, unconfirmed: %d", b.code)
	}

	o.now = o.now.AddDate(0, 0, 2)
	o.propose()
	b.signIn(elise)
	b.open("/desk/issues/1/edition/fr")
	if csp := b.head.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || !strings.Contains(csp, "frame-ancestors 'self'") {
		t.Errorf("the edition's policy %q", csp)
	}
	b.shows("Le texte 4", "Ce que l’on partage", "data:image/png;base64,")
	b.open("/desk/issues/1")
	before := b.page
	b.submit("/arrange", "place-4", "2")
	o.now = o.now.Add(time.Minute)
	o.propose()
	b.page = before
	b.submit("/sign")
	if b.code != http.StatusConflict || o.issue().State != issue.InProof {
		t.Errorf("the proof of before: %d, %s", b.code, o.issue().State)
	}
	b.shows("Le numéro a changé depuis cette épreuve", "Ce qui a changé depuis l’épreuve précédente")
	woken := o.woken.Load()
	b.submit("/sign")
	b.shows("L’épreuve est signée.")
	if o.issue().State != issue.Signed || o.woken.Load() != woken+1 {
		t.Errorf("signed: %s", o.issue().State)
	}
	b.shows("vous pouvez reprendre votre signature")
	b.submit("/unsign")
	b.shows("Votre signature est reprise.")
	if o.issue().State != issue.Closed {
		t.Errorf("signature taken back: %s", o.issue().State)
	}
	b.submit("/wait", "sure", "yes")
	b.shows("Ce numéro attendra.")
	if o.issue().State != issue.Cancelled {
		t.Errorf("postponed: %s", o.issue().State)
	}
}

// A deputy has the vote of the absent editor during the delegation.
func TestAway_DeputyDecidesWhileDelegated(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.offer(nadia, "Un forum", "cites")
	b := o.browser()
	b.signIn(elise)
	b.open("/desk/away")
	b.submit("/away", "to", "personne", "until", "2018-02-05")
	b.shows("Personne n’est connu sous ce nom.", `value="personne"`)
	b.submit("/away", "to", "Dora Valente", "until", "2018-01-02")
	b.shows("Ce dernier jour ne convient pas")
	b.submit("/away", "to", "Dora Valente", "until", "2018-02-05")
	b.shows("Vos décisions sont confiées.", "Dora Valente", "5 février 2018")

	dora := o.browser()
	dora.signIn("dora@reseau.example")
	dora.shows("Queue", "(for Élise Marchand)")
	if dora.open("/desk/away"); dora.code != http.StatusNotFound {
		t.Errorf("a deputy can delegate further: %d", dora.code)
	}
	dora.open(itemPath(id))
	dora.submit("/decide", "verb", "approve")
	dora.shows("the item is accepted")
	if d := o.decisions(id); len(d) != 1 || d[0].Editor != elise || d[0].By != "dora@reseau.example" {
		t.Errorf("decision %+v", d)
	}
	dora.open(itemPath(id))
	dora.submit("/undo")
	dora.shows("Your decision is taken back.")

	b.open("/desk/away")
	b.submit("/back")
	b.shows("Vous décidez de nouveau vous-même.")
	if dora.open(itemPath(id)); dora.code != http.StatusForbidden {
		t.Errorf("a deputy of nobody: %d", dora.code)
	}
}

// The style sheet is found also if the base URL has no path.
func TestStyles_AreServed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.browser()
	for _, page := range []string{"/u/x", "/desk"} {
		b.open(page)
		for _, link := range b.links() {
			if !strings.Contains(link, "style.css") {
				continue
			}
			if b.open(link); b.code != http.StatusOK || !strings.HasPrefix(b.head.Get("Content-Type"), "text/css") {
				t.Errorf("%s: %s: %d", page, link, b.code)
			}
		}
		if !strings.HasPrefix(b.head.Get("Content-Type"), "text/css") {
			t.Errorf("%s has no style", page)
		}
	}
}

// The desk shows each variant of an issue, before and after its proof, and lists what readers
// outside do not get.
func TestPreview_ShowsEachVariant(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.offer(nadia, "Un forum", "cites")
	o.offer(nadia, "Une assemblée", "cites")
	o.act(func(v newsroom.View) (newsroom.Effects, error) {
		fx, _, err := o.service.Override(v, 1, editorial.Approve, "", o.now)
		return fx, err
	})
	b := o.browser()
	b.signIn(elise)
	b.open("/desk/issues/1/preview/fr")
	if strings.Contains(b.page, "Hors du réseau") || strings.Contains(b.page, "v=outward") {
		t.Error("where everybody gets the whole, there is another variant")
	}
	if b.open("/desk/issues/1/preview/fr?v=outward"); b.code != http.StatusNotFound {
		t.Errorf("a variant that there is not: %d", b.code)
	}

	o.service.Internal = []audience.Segment{{Name: "membres", Any: []string{"membre"}}}
	internal := o.item(2).Current.Content
	internal.Events = slices.Clone(internal.Events)
	internal.Events[0].Audience = agenda.Internal
	o.act(func(v newsroom.View) (newsroom.Effects, error) {
		return newsroom.Effects{newsroom.AddRevision{Item: 2, State: item.Pending, Revision: item.Revision{Number: 2, Hash: internal.Hash(), Created: o.now, Content: internal}}}, nil
	})
	o.act(func(v newsroom.View) (newsroom.Effects, error) {
		fx, _, err := o.service.Override(v, 2, editorial.Approve, "", o.now)
		return fx, err
	})
	look := func() {
		t.Helper()
		b.open("/desk/issues/1")
		b.shows("Hors du réseau", "Les lecteurs extérieurs au réseau reçoivent une autre version", "texte n° 2, « Une assemblée »", "événement « Une assemblée », 22 mars 2018")
		b.open("/desk/issues/1/preview/fr?w=360")
		b.shows(`href="/desk/issues/1/preview/fr?v=outward&w=360"`, `href="/desk/issues/1/preview/en?w=360"`, `src="/desk/issues/1/edition/fr"`)
		b.sound("fr")
		b.open("/desk/issues/1/preview/en?v=outward")
		b.shows(`href="/desk/issues/1/preview/fr?v=outward"`, `href="/desk/issues/1/preview/en?v=outward&w=360"`, `src="/desk/issues/1/edition/en?v=outward"`, "texte n° 2")
		b.sound("fr")
		if b.open("/desk/issues/1/edition/fr"); !strings.Contains(b.page, "Un forum") || !strings.Contains(b.page, "Une assemblée") {
			t.Error("the whole is not whole")
		}
		if b.open("/desk/issues/1/edition/fr?v=outward"); !strings.Contains(b.page, "Un forum") || strings.Contains(b.page, "Une assemblée") {
			t.Error("the outward variant shows what is internal, or nothing")
		}
		for _, strange := range []string{"whole", "Outward", "x"} {
			if b.open("/desk/issues/1/edition/fr?v=" + strange); b.code != http.StatusNotFound {
				t.Errorf("the variant %q: %d", strange, b.code)
			}
		}
	}
	look()
	o.now = time.Date(2018, 2, 12, 9, 0, 0, 0, o.now.Location())
	o.act(func(v newsroom.View) (newsroom.Effects, error) { return o.service.Close(v, 1, o.now) })
	o.propose()
	b.signIn(elise)
	look()
}
