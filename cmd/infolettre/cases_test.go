package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// what became of a mail: the items that it made, the letters that its sender and an
// editor got, and how it was filed.
type outcomeOf struct {
	items    []item.Item
	receipts []*message.Message
	requests int
}

// one is the only item of a mail.
func (o outcomeOf) one() (item.Content, error) {
	if len(o.items) != 1 {
		return item.Content{}, fmt.Errorf("%d items", len(o.items))
	}
	return o.items[0].Current.Content, nil
}

// told reports whether a letter to the sender has all the words.
func (o outcomeOf) told(words ...string) error {
	for _, m := range o.receipts {
		text := strings.ToLower(strings.Join(strings.Fields(m.Text), " "))
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, strings.ToLower(w)) }) {
			return nil
		}
	}
	return fmt.Errorf("%d letters to the sender, none with %q", len(o.receipts), words)
}

// expectation is what a user expects of a mail.
type expectation func(o outcomeOf) error

// all asks for each.
func all(each ...expectation) expectation {
	return func(o outcomeOf) error {
		var errs []error
		for _, e := range each {
			errs = append(errs, e(o))
		}
		return errors.Join(errs...)
	}
}

func ofItem(f func(c item.Content) error) expectation {
	return func(o outcomeOf) error {
		c, err := o.one()
		if err != nil {
			return err
		}
		return f(c)
	}
}

func titled(title string) expectation {
	return ofItem(func(c item.Content) error {
		if c.Title != title {
			return fmt.Errorf("title %q, not %q", c.Title, title)
		}
		return nil
	})
}

func tells(words ...string) expectation {
	return ofItem(func(c item.Content) error {
		text := strings.Join(strings.Fields(c.Text), " ")
		for _, w := range words {
			if !strings.Contains(text, w) {
				return fmt.Errorf("the text has no %q: %q", w, text)
			}
		}
		return nil
	})
}

func marked(html ...string) expectation {
	return ofItem(func(c item.Content) error {
		for _, w := range html {
			if !strings.Contains(c.HTML, w) {
				return fmt.Errorf("the HTML has no %q: %q", w, c.HTML[:min(len(c.HTML), 2000)])
			}
		}
		return nil
	})
}

func lacks(words ...string) expectation {
	return ofItem(func(c item.Content) error {
		for _, w := range words {
			if strings.Contains(c.Title+"\n"+c.Text+"\n"+c.HTML, w) {
				return fmt.Errorf("it has %q: %q", w, c.Text)
			}
		}
		return nil
	})
}

// dated asks for exactly these events, "2018-03-22 14:00 Title, place" or less of it.
func dated(events ...string) expectation {
	return ofItem(func(c item.Content) error {
		if len(c.Events) != len(events) {
			return fmt.Errorf("events %+v, not %q", c.Events, events)
		}
		for i, e := range c.Events {
			if got := lineOf(e); !strings.Contains(got, events[i]) {
				return fmt.Errorf("event %q, not %q", got, events[i])
			}
		}
		return nil
	})
}

func lineOf(e agenda.Event) string {
	return fmt.Sprintf("%s..%s [%s-%s] %s, %s", e.Start, e.End, e.StartTime, e.EndTime, e.Title, e.Place)
}

// pictured asks for one picture, with an alternative text that has the words, shown
// within the text or below it.
func pictured(alt string, within bool) expectation {
	return ofItem(func(c item.Content) error {
		if len(c.Images) != 1 || !strings.Contains(c.Images[0].Alt, alt) || strings.Contains(c.HTML, "cid:"+c.Images[0].Hash) != within {
			return fmt.Errorf("pictures %+v, files %+v, HTML %.300q", c.Images, c.Attachments, c.HTML)
		}
		return nil
	})
}

func filed(name string) expectation {
	return ofItem(func(c item.Content) error {
		if len(c.Attachments) != 1 || c.Attachments[0].Name != name {
			return fmt.Errorf("files %+v, not %q", c.Attachments, name)
		}
		return nil
	})
}

// unreadable asks for an answer that names the file and what to send instead, and for
// nothing that editors would have to decide.
func unreadable(name string) expectation {
	return func(o outcomeOf) error {
		if len(o.items) > 0 || o.requests > 0 {
			return fmt.Errorf("%d items, %d requests", len(o.items), o.requests)
		}
		return o.told(name, ".docx")
	}
}

const couture = "Un atelier de couture à Rouen"

var article = all(titled(couture), tells("pour tous les publics qui veulent apprendre le métier", "douze personnes par séance"))

var cases = map[string]expectation{
	"document-not-readable-unsaid-doc-old.eml":       unreadable("article.doc"),
	"document-not-readable-unsaid-docx-msword.eml":   all(article, dated("2018-03-22")),
	"document-not-readable-unsaid-docx-password.eml": unreadable("article.docx"),
	"document-not-readable-unsaid-rtf.eml": func(o outcomeOf) error {
		if len(o.items) == 1 && strings.Contains(o.items[0].Current.Text, "couture") {
			return nil // it is read
		}
		return unreadable("article.rtf")(o)
	},
	"docx-field-link-docx-fieldlink.eml":         all(article, marked(`<a href="https://cite-rouen.example/inscription"`, ">notre page</a>")),
	"docx-lost-or-kept-docx-altchunk.eml":        all(titled(couture), tells("douze personnes par séance")),
	"docx-lost-or-kept-docx-footnote.eml":        all(article, tells("Sur inscription au 02 35 00 00 00.")),
	"docx-lost-or-kept-docx-toc.eml":             all(article, lacks("Un atelier\t2", "Un atelier 2")),
	"docx-lost-or-kept-docx-vmlpic.eml":          all(article, pictured("Atelier de couture", true)),
	"docx-textbox-docx-textbox.eml":              all(article, tells("2018 à Rouen, pour tous les publics", "Encadré : trois questions à Lucie Ferrand"), dated("2018-03-22")),
	"docx-textbox-odt-frame.eml":                 all(article, tells("2018 à Rouen, pour tous les publics", "Encadré : trois questions à Lucie Ferrand"), dated("2018-03-22")),
	"docx-word-online.eml":                       article,
	"filename-latin1-2231-mime-dn-latin.eml":     all(tells("pour tous les publics qui veulent apprendre le métier"), lacks("Voici notre article")),
	"filename-latin1-2231-mime-fn-2231latin.eml": all(filed("été.pdf"), dated("2018-03-22")),
	"filename-latin1-2231-mime-pn-latin.eml":     pictured("L'atelier à Rouen", false),
	"from-address-as-name-mime-fr-encaddr.eml":   all(titled("Un atelier de couture"), dated("2018-03-22")),
	"from-address-as-name-mime-from2at.eml":      all(titled("Un atelier de couture"), dated("2018-03-22")),
	"hidden-text-published-docx-hidden.eml":      all(article, lacks("NOTE INTERNE", "12 000")),
	"ics-all-day-midnight-cal-msallday.eml":      dated("2018-03-22..2018-03-22 [-] Journée portes ouvertes, Rouen, salle Corneille"),
	"ics-charset.eml":                            dated("2018-03-22..2018-03-22 [14:00-16:00] Journée portes ouvertes, Saint-Étienne"),
	"ics-date-duration-cal-alldaydur.eml":        dated("2018-03-22..2018-03-24 [-] Journée portes ouvertes"),
	"ics-one-bad-line-cal-badline.eml":           dated("2018-03-22..2018-03-22 [14:00-16:00] Journée portes ouvertes"),
	"ics-one-bad-line-cal-utf16.eml":             dated("2018-03-22..2018-03-22 [14:00-16:00] Journée portes ouvertes, Rouen, salle Corneille"),
	"itip-reply-cancel-inv-CANCEL.eml": func(o outcomeOf) error {
		for _, it := range o.items {
			if len(it.Current.Events) > 0 || len(it.Current.Remarks.Concerns) == 0 {
				return fmt.Errorf("events %+v, concerns %+v", it.Current.Events, it.Current.Remarks.Concerns)
			}
		}
		return nil
	},
	"mailman-footer-base64-mime-foot1.eml": all(tells("La Cité des métiers ouvre un atelier de couture le 22 mars 2018 à Rouen, pour tous les publics."), dated("2018-03-22"), lacks("Ã", "\ufffd")),
	"mailman-footer-base64-mime-foot3.eml": all(tells("La Cité des métiers ouvre un atelier de couture le 22 mars 2018 à Rouen, pour tous les publics."), dated("2018-03-22"), lacks("Ã", "\ufffd")),
	"misc-mime-html-smbase.eml":            all(marked("www.cite-rouen.example/x"), lacks("javascript:")),
	"misc-mime-mime-emloctet.eml": all(lacks("Pour publication"), ofItem(func(c item.Content) error {
		if strings.TrimSpace(c.Text) == "" {
			return errors.New("no text")
		}
		return nil
	})),
	"misc-mime-mime-subutf7.eml":              titled("Réunion couture"),
	"misc-mime-mime-utf7.eml":                 all(tells("La Cité des métiers ouvre un atelier de couture le 22 mars à Rouen"), dated("2018-03-22")),
	"news-taken-for-cover-note-cov-a-jpg.eml": tells("a accueilli douze personnes la semaine passée"),
	"news-taken-for-cover-note-cov-e-jpg.eml": tells("où quatre cents visiteurs sont passés en trois jours"),
	"photo-data-uri-img-datauri.eml":          pictured("", true),
	"photo-data-uri-rel-loc.eml":              all(pictured("La séance du mardi", true), tells("Merci à tous les bénévoles")),
	"photo-heic-img-heic.eml":                 func(o outcomeOf) error { return o.told("IMG_2041.HEIC", "JPEG") },
	"photo-octet-stream-img-apph.eml":         pictured("photo atelier", false),
	"photo-octet-stream-img-octet.eml":        pictured("photo atelier", false),
	"strikethrough-docx-strike.eml":           all(titled(couture), dated("2018-03-22"), tells("L’atelier a lieu le 22 mars 2018 à Rouen")),
	"strikethrough-html-s.eml":                all(dated("2018-03-22"), tells("L’atelier a lieu le 22 mars 2018 à Rouen")),
	"styled-title-lost-dh-1.eml":              all(titled(couture), tells("L’atelier a ouvert lundi avec douze stagiaires.")),
	"styled-title-lost-odt-t-3.eml":           all(titled(couture), tells("L’atelier a lieu le 22 mars 2018"), dated("2018-03-22")),
}

// people lists: how many lines are taken, and which are not.
var listCases = map[string]struct {
	taken []string // name
	bad   []int
}{
	"csv-other-bad.csv":       {[]string{"N"}, []int{2, 3, 4, 5, 6, 7, 8, 10}},
	"csv-other-sep.csv":       {[]string{"Élise"}, nil},
	"csv-other-tagscomma.csv": {nil, []int{2}},
	"csv-other-zwsp.csv":      {[]string{"Élise", "Pat"}, nil},
	"csv-windows-1252.csv":    {[]string{"Élise Béart"}, nil},
}

// Troubles from the field, which stand beside the project: each mail is sent to a running newsroom, and becomes what a
// user expects.
func TestCases(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "cases")
	files, err := filepath.Glob(filepath.Join(dir, "*.*"))
	if err != nil || len(files) == 0 {
		t.Skip("there are no cases beside the project")
	}
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	p.people(nadia + ",Nadia Berthier,Cité des métiers de Rouen,fr,contact")
	right, scored := 0, 0
	for _, file := range files {
		name := filepath.Base(file)
		if !strings.HasSuffix(name, ".eml") && !strings.HasSuffix(name, ".csv") {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		scored++
		if strings.HasSuffix(name, ".csv") {
			err = listCase(name, data)
		} else {
			err = p.mailCase(name, data)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		right++
	}
	fmt.Printf("cases: %d of %d\n", right, scored)
}

func listCase(name string, data []byte) error {
	want, known := listCases[name]
	if !known {
		return errors.New("nothing is said of what is expected")
	}
	got, err := audience.ReadCSV(bytes.NewReader(data), []string{"fr", "en"})
	if err != nil {
		return err
	}
	var taken []string
	for _, p := range got.People {
		taken = append(taken, p.Name)
	}
	var bad []int
	for _, b := range got.Bad {
		bad = append(bad, b.Line)
	}
	if !slices.Equal(taken, want.taken) || !slices.Equal(bad, want.bad) {
		return fmt.Errorf("taken %q, not %v", taken, got.Bad)
	}
	return nil
}

// mailCase sends a mail, an hour after the one before.
func (p *play) mailCase(name string, raw []byte) error {
	p.t.Helper()
	expected, known := cases[name]
	if !known {
		return errors.New("nothing is said of what is expected")
	}
	if err := p.Advance(p.ctx, p.Clock.Now().Add(time.Hour)); err != nil {
		return err
	}
	before := p.itemsSince(0)
	receipts, notices := len(p.got(nadia, delivery.KindReceipt)), len(p.got(nadia, delivery.KindNotice))
	requests := len(p.got(elise, delivery.KindRequest))
	// As the mailbox's server keeps it: some lines are longer than the wire allows.
	head := "Received: from client.example by mx.citedesmetiers.example; Thu, 25 Jan 2018 08:00:00 +0100\r\n" +
		"Authentication-Results: mx.citedesmetiers.example; dmarc=pass header.from=cite-rouen.example\r\n"
	if err := p.Mail.Append(demo.NewsletterAddress, append([]byte(head), demo.CRLF(raw)...)); err != nil {
		return err
	}
	p.settle()
	o := outcomeOf{items: p.itemsSince(len(before)), requests: len(p.got(elise, delivery.KindRequest)) - requests}
	o.receipts = append(p.got(nadia, delivery.KindReceipt)[receipts:], p.got(nadia, delivery.KindNotice)[notices:]...)
	return expected(o)
}

// itemsSince are the items but the first n.
func (p *play) itemsSince(n int) (all []item.Item) {
	p.t.Helper()
	err := p.daemon.store.Read(p.ctx, func(v newsroom.View) error {
		for id := item.ID(n + 1); ; id++ {
			it, err := v.Item(id)
			if errors.Is(err, newsroom.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			all = append(all, it)
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}
