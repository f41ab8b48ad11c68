package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/demo/sample"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// deskPlay is a play with mails in the queue, and a browser without scripts.
type deskPlay struct {
	*play
	browser context.Context
	root    string
}

func newDeskPlay(t *testing.T) *deskPlay {
	ctx := browser(t)
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	p.people(nadia+",Nadia Berthier,Cité des métiers de Rouen,fr,contact;membre",
		"ines.quintela@porto-profissoes.example,Inês Quintela,Cité des métiers de Porto,fr,contact;membre",
		"thibault.wauters@carolo-metiers.example,Thibault Wauters,Cité des métiers de Charleroi,fr,contact;membre")
	for _, file := range []string{"03-porto.eml", "04-charleroi.eml", "15-salon-inconnu.eml"} {
		raw, err := sample.Files.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := message.Read(raw)
		if err != nil {
			t.Fatal(err)
		}
		p.send(string(m.Author().Address), demo.NewsletterAddress, string(raw), true)
	}
	p.write(nadia, "Un forum des métiers de la mer", marineText)
	d := &deskPlay{play: p, browser: ctx, root: strings.TrimSuffix(p.daemon.cfg.Newsletter.BaseURL.String(), "/") + "/desk"}
	d.do(chromedp.EmulateViewport(1280, 900), func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	})
	return d
}

func (d *deskPlay) do(actions ...chromedp.Action[chromedp.Void]) {
	d.t.Helper()
	if err := chromedp.Do(d.browser, actions...); err != nil {
		d.t.Fatalf("%v; the page says:\n%s", err, d.said())
	}
}

// open shows a page of the desk.
func (d *deskPlay) open(path string) { d.t.Helper(); d.do(chromedp.Navigate(d.root + path)) }

// press presses a button, and waits for the page that follows.
func (d *deskPlay) press(selector string) {
	d.t.Helper()
	if _, err := chromedp.RunResponse(d.browser, chromedp.ScrollIntoView(selector), chromedp.Click(selector)); err != nil {
		d.t.Fatalf("%s: %v; the page says:\n%s", selector, err, d.said())
	}
	d.settle()
}

// said is the text of the page.
func (d *deskPlay) said() string {
	text, err := chromedp.Run(d.browser, chromedp.Text("body"))
	if err != nil {
		return err.Error()
	}
	return text
}

// shows fails the test unless the page does, whatever the case that its style
// gives a heading.
func (d *deskPlay) shows(texts ...string) {
	d.t.Helper()
	page := strings.ReplaceAll(d.said(), "\u00a0", " ")
	for _, text := range texts {
		if !strings.Contains(strings.ToLower(page), strings.ToLower(text)) {
			d.t.Fatalf("the page does not say %q:\n%s", text, page)
		}
	}
}

var deskLink = regexp.MustCompile(`http://\S+/desk/enter/\S+`)

// signIn asks for a link, follows it from the page of another site, as webmail
// is, and presses the button.
func (d *deskPlay) signIn(editor string) {
	d.t.Helper()
	d.open("")
	d.do(chromedp.SendKeys("#address", editor))
	d.press("main button")
	link := deskLink.FindString(d.last(editor, delivery.KindConfirm).Text)
	if link == "" {
		d.t.Fatal("no link came")
	}
	webmail := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!DOCTYPE html><title>Mail</title><p><a id="link" href="%s">%s</a>`, link, link)
	}))
	defer webmail.Close()
	d.do(chromedp.Navigate(strings.Replace(webmail.URL, "127.0.0.1", "localhost", 1)))
	d.do(chromedp.Click("#link"), chromedp.WaitVisible("main button"))
	d.press("main button")
}

func (d *deskPlay) issue(id issue.ID) (is issue.Issue) {
	d.t.Helper()
	err := d.daemon.store.Read(d.ctx, func(v newsroom.View) (err error) {
		is, err = v.Issue(id)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return is
}

// itemPath is where an item is found on the desk, by words of its title.
func (d *deskPlay) itemNamed(title string) item.ID {
	d.t.Helper()
	items, err := d.daemon.store.Items(d.ctx)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, it := range items {
		if strings.Contains(it.Current.Title, title) {
			return it.ID
		}
	}
	d.t.Fatalf("no item %q", title)
	return 0
}

func itemPath(id item.ID) string { return "/items/" + strconv.FormatInt(int64(id), 10) }

// An editor does at the desk all that they do by mail, without a script: signs in
// by the mailed link, decides, corrects, arranges the issue and signs it.
func TestDesk_WorksWithoutScripts(t *testing.T) {
	d := newDeskPlay(t)
	d.signIn(elise)
	d.shows("File d’attente", "Élise Marchand", "Un forum des métiers de la mer", "Expéditeur inconnu")

	forum, porto, charleroi := d.itemNamed("forum"), d.itemNamed("Porto"), d.itemNamed("Charleroi")
	d.open(itemPath(forum))
	d.shows("Le courriel d’origine", "adresse vérifiée par notre serveur", "essaieront un simulateur")
	d.do(chromedp.Click("#edit ~ details:nth-of-type(1) summary"), chromedp.SetValue("#title", "La mer, ses métiers, ses forums"),
		chromedp.SetValue("#date", "23 mars 2018"), chromedp.Click("#approve"))
	d.press("#edit ~ details:nth-of-type(1) button")
	d.shows("La correction est enregistrée, et le texte accepté.", "La mer, ses métiers, ses forums")
	if it := d.current(forum); it.State != item.Approved || it.Approved != 2 || it.Current.Events[0].Start.Day != 23 {
		t.Errorf("after the edit: %s, revision %d approved: %+v", it.State, it.Approved, it.Current.Events)
	}

	// By the keyboard alone: from the top of the page to the button, and Enter.
	d.open(itemPath(porto))
	reached := false
	for range 60 {
		d.do(chromedp.KeyEvent(kb.Tab))
		value, err := chromedp.Run(d.browser, chromedp.Evaluate[string](`document.activeElement.value || ""`))
		if err != nil {
			t.Fatal(err)
		}
		if reached = value == "approve"; reached {
			break
		}
	}
	if !reached {
		t.Fatal("the button is not reached by the keyboard")
	}
	d.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(".done"))
	d.shows("C’est noté : le texte est accepté.")
	d.settle()
	if it := d.current(porto); it.State != item.Approved {
		t.Errorf("Porto is %s", it.State)
	}

	d.open(itemPath(charleroi))
	d.press(`button[value="approve"]`)
	held := d.itemNamed("salons")
	d.open(itemPath(held))
	d.do(chromedp.SendKeys("#reason", "Une publicité n’a pas sa place ici."))
	d.press(`button[value="reject"]`)
	if it := d.current(held); it.State != item.Rejected {
		t.Errorf("the advertisement is %s", it.State)
	}

	d.until("2018-02-10T18:30:00+01:00")
	d.signIn(elise) // the session of before is over
	d.open("/issues/1")
	d.shows("Plan du numéro", "Enregistrer l’ordre")
	moved, other := porto, charleroi
	if d.current(porto).Position < d.current(charleroi).Position {
		moved, other = charleroi, porto
	}
	d.do(chromedp.SetValue(fmt.Sprintf("#place-%d", moved), "1"))
	d.press(`.plan ~ .buttons button`)
	d.shows("Le nouvel ordre est enregistré.")
	if a, b := d.current(moved), d.current(other); a.Position >= b.Position {
		t.Errorf("no. %d stands at %d, no. %d at %d", a.ID, a.Position, b.ID, b.Position)
	}

	d.until("2018-02-12T09:30:00+01:00")
	d.signIn(elise)
	d.open("/issues/1")
	d.shows("Bon à tirer", "Empreinte")
	for _, width := range []string{"", "?w=360"} {
		for _, lang := range []string{"fr", "en"} {
			d.open("/issues/1/preview/" + lang + width)
			d.shows("Voici l’épreuve")
		}
	}
	d.open("/issues/1")
	d.press(`#proof ~ form button.yes`)
	d.shows("L’épreuve est signée.")
	if is := d.issue(1); is.State != issue.Signed {
		t.Errorf("the issue is %s", is.State)
	}
}

// Every page fits a phone and a screen, and its buttons a finger.
func TestDesk_FitsPhoneAndScreen(t *testing.T) {
	d := newDeskPlay(t)
	pages := []string{"", itemPath(d.itemNamed("Porto")), itemPath(d.itemNamed("salons")), "/away", "/issues/1", "/issues/1/preview/fr?w=360", "/issues/1/preview/fr"}
	check := func(pages ...string) {
		t.Helper()
		for _, width := range []int64{360, 1280} {
			for _, page := range pages {
				d.do(chromedp.EmulateViewport(width, 900))
				d.open(page)
				scroll, err := chromedp.Run(d.browser, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`))
				if err != nil {
					t.Fatal(err)
				}
				if scroll > width {
					t.Errorf("%s is %d pixels wide on a screen of %d", page, scroll, width)
				}
				small, err := chromedp.Run(d.browser, chromedp.Evaluate[int](`[...document.querySelectorAll("button, input:not([type=hidden]):not([type=checkbox]), select, textarea")]
					.filter(e => e.offsetHeight > 0 && e.offsetHeight < 44).length`))
				if err != nil {
					t.Fatal(err)
				}
				nameless, err := chromedp.Run(d.browser, chromedp.Evaluate[int](`[...document.querySelectorAll("input:not([type=hidden]), select, textarea")].filter(e => e.labels.length != 1).length`))
				if err != nil {
					t.Fatal(err)
				}
				heads, err := chromedp.Run(d.browser, chromedp.Evaluate[int](`document.querySelectorAll("h1").length`))
				if err != nil {
					t.Fatal(err)
				}
				if small+nameless > 0 || heads != 1 {
					t.Errorf("%s at %d: %d fields or buttons are too low, %d have no label, %d first headings", page, width, small, nameless, heads)
				}
			}
		}
	}
	check("")
	d.signIn(elise)
	for _, title := range []string{"Porto", "Charleroi", "forum"} {
		d.open(itemPath(d.itemNamed(title)))
		d.press(`button[value="approve"]`)
	}
	check(pages...)
	d.until("2018-02-12T09:30:00+01:00")
	d.signIn(elise)
	check(pages...)
}
