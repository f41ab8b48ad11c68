package render

import (
	"context"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"path"
	"strconv"
	"strings"
	texttemplate "text/template"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/templates"
)

func (r *Renderer) parseLetters(lang string) error {
	dir := path.Join("letters", lang)
	entries, err := fs.ReadDir(templates.Files(), dir)
	if err != nil {
		return fmt.Errorf("no letters in language %q", lang)
	}
	for _, e := range entries {
		data, err := fs.ReadFile(templates.Files(), path.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		key := lang + "/" + strings.TrimSuffix(e.Name(), ".txt")
		if r.letter[key], err = texttemplate.New(key).Option("missingkey=zero").Parse(string(data)); err != nil {
			return fmt.Errorf("parse letter: %w", err)
		}
	}
	return nil
}

// letterData is what the text of a letter may name.
type letterData struct {
	Hello, Titles, Sender, Period string
	Closes, Sends, Grace          string
	Verb, Reason, State, By, At   string
	Hash, IssueID                 string
	Held, Late                    bool
	Item                          item.Item
	Args                          map[string]string
	items                         []item.Item // what [[item]] and [[items]] show
	proof                         []issue.Edition
	request                       editorial.Request
	answered                      string // Message-ID of the message that is answered
}

// gather reads, from one state of the store, all that a letter names.
func (r *Renderer) gather(ctx context.Context, l *delivery.Letter) (letterData, error) {
	w := r.words[r.languageFor(l.Language)]
	// What people wrote must not be taken for a place where an item is shown.
	args := map[string]string{}
	for k, v := range l.Args {
		args[k] = strings.ReplaceAll(v, "[[", "[ [")
	}
	d := letterData{Args: args, Hello: w.T("hello"), Reason: args["reason"], By: args["by"]}
	if l.To.Name != "" {
		d.Hello = w.T("hello-name", l.To.Name)
	}
	if v := l.Args["verb"]; v != "" {
		d.Verb = w.T("verb-" + v)
	}
	if s := l.Args["state"]; s != "" {
		d.State = w.T("state-" + s)
	}
	if at, err := strconv.ParseInt(l.Args["at"], 10, 64); err == nil {
		d.At = moment(w, time.Unix(at, 0), r.Location)
	}
	err := r.source.Read(ctx, func(v newsroom.View) error {
		if err := d.fromRequest(v, l); err != nil {
			return err
		}
		if l.Item != 0 && d.Item.ID == 0 {
			it, err := v.Item(item.ID(l.Item))
			if err != nil {
				return err
			}
			d.Item, d.items = it, []item.Item{it}
		}
		return r.aboutIssue(v, w, l, &d)
	})
	if err != nil {
		return d, err
	}
	var titles []string
	for _, it := range d.items {
		titles = append(titles, it.Current.Title)
		d.Held = d.Held || it.State == item.Held
	}
	d.Titles = strings.Join(titles, ", ")
	if d.Item.ID != 0 {
		d.Sender = d.Item.Sender.Name
		if d.Sender == "" {
			d.Sender = string(d.Item.Sender.Address)
		}
	}
	if l.Message != 0 {
		raw, err := r.source.Message(ctx, l.Message)
		if err != nil {
			return d, err
		}
		if m, err := message.Read(raw); err == nil {
			d.answered = m.ID
		}
	}
	return d, nil
}

// fromRequest shows each item in the revision that the request asks about,
// whatever became of it since.
func (d *letterData) fromRequest(v newsroom.View, l *delivery.Letter) error {
	if l.Request == 0 {
		return nil
	}
	q, err := v.Request(editorial.RequestID(l.Request))
	if err != nil {
		return err
	}
	d.request = q
	for _, s := range q.Subjects {
		it, err := v.Item(s.Item)
		if err != nil {
			return err
		}
		if it.Current, err = v.Revision(s.Item, s.Revision); err != nil {
			return err
		}
		d.items = append(d.items, it)
	}
	if len(d.items) > 0 {
		d.Item = d.items[0]
	}
	if q.Proof != 0 && l.Kind == delivery.KindProof {
		d.Hash = q.Hash
		d.proof, err = v.Editions(q.Proof)
	}
	return err
}

// aboutIssue names the issue that the letter is about, or else the open one.
func (r *Renderer) aboutIssue(v newsroom.View, w templates.Words, l *delivery.Letter, d *letterData) error {
	id := l.Issue
	if n, err := strconv.ParseInt(l.Args["issue"], 10, 64); err == nil {
		id = n
	}
	var is issue.Issue
	if id != 0 {
		var err error
		if is, err = v.Issue(issue.ID(id)); err != nil {
			return err
		}
	} else if open, err := v.IssuesIn(issue.Open); err != nil {
		return err
	} else if len(open) > 0 {
		is = open[0]
	}
	if is.ID == 0 {
		return nil
	}
	d.IssueID = strconv.FormatInt(int64(is.ID), 10)
	d.Period = period(w, is.Period)
	d.Closes, d.Sends, d.Grace = moment(w, is.Closes, r.Location), moment(w, is.Sends, r.Location), moment(w, is.Grace, r.Location)
	d.Late = l.Created.After(is.Sends)
	return nil
}

// fact is a line under an item's card.
type fact struct {
	templates.Words
	Name, Value string
}

// card is an item as it will look, and what was understood of it.
type card struct {
	templates.Words
	Piece piece
	Facts []fact
}

func (r *Renderer) card(w templates.Words, it item.Item) *card {
	c := it.Current.Content
	k := &card{Words: w, Piece: r.piece(w, c)}
	add := func(key, value string) {
		if value != "" {
			k.Facts = append(k.Facts, fact{w, w.T(key), value})
		}
	}
	add("section", r.sectionTitle(w, c.Section))
	add("centre", c.Centre)
	add("language", w.T("language-"+c.Language))
	var dates []string
	for _, e := range c.Events {
		when := agenda.FormatRangeYear(e.Start, e.End, w.Language)
		if h := agenda.FormatTimes(e.StartTime, e.EndTime, w.Language); h != "" {
			when += ", " + h
		}
		line := when + w.T("colon") + e.Title
		if e.Place != "" {
			line += ", " + e.Place
		}
		dates = append(dates, line)
	}
	if len(dates) == 0 {
		dates = []string{w.T("no-dates")}
	}
	add("dates", strings.Join(dates, w.T("semicolon")))
	if n := len(c.Images); n > 0 {
		add("pictures", strconv.Itoa(n))
	}
	var files []string
	for _, a := range c.Attachments {
		files = append(files, a.Name)
	}
	add("attachments", strings.Join(files, ", "))
	return k
}

// block is a part of a letter's body: a paragraph or a card.
type block struct {
	HTML htmltemplate.HTML
	Card *card
}

// Letter renders a letter into the mail that its person gets.
func (r *Renderer) Letter(ctx context.Context, l *delivery.Letter) (message.Outbound, error) {
	lang := r.languageFor(l.Language)
	w := r.words[lang]
	d, err := r.gather(ctx, l)
	if err != nil {
		return message.Outbound{}, fmt.Errorf("gather letter %d: %w", l.ID, err)
	}
	tmpl := r.letter[lang+"/"+l.Topic]
	if tmpl == nil {
		return message.Outbound{}, fmt.Errorf("no letter on %q in %s", l.Topic, lang)
	}
	var out strings.Builder
	if err := tmpl.Execute(&out, d); err != nil {
		return message.Outbound{}, fmt.Errorf("render letter: %w", err)
	}
	subject, body, _ := strings.Cut(strings.TrimSpace(typeset(lang, out.String())), "\n")
	page := struct {
		templates.Words
		Lang, Subject, Foot string
		Blocks              []block
		After               htmltemplate.HTML
	}{Words: w, Lang: lang, Subject: subject, Foot: w.T("letter-foot", r.Network)}
	var text []string
	var attached []message.Part
	for _, par := range strings.Split(strings.TrimSpace(body), "\n\n") {
		switch par = strings.TrimSpace(par); par {
		case "":
		case "[[item]]", "[[items]]":
			for _, it := range d.items {
				k := r.card(w, it)
				page.Blocks = append(page.Blocks, block{Card: k})
				plain, err := r.plain("card", k)
				if err != nil {
					return message.Outbound{}, err
				}
				text = append(text, strings.TrimSpace(plain))
			}
		case "[[proof]]":
			html, plain, others, err := r.proof(ctx, lang, d.proof)
			if err != nil {
				return message.Outbound{}, err
			}
			page.After, attached = html, others
			text = append(text, plain)
		default:
			page.Blocks = append(page.Blocks, block{HTML: htmltemplate.HTML(message.TextToHTML(par))})
			text = append(text, wrap(par, "", ""))
		}
	}
	text = append(text, "-- \n"+wrap(page.Foot, "", ""))
	html, err := r.inline("letter", page)
	if err != nil {
		return message.Outbound{}, err
	}
	inline, err := r.pictures(ctx, imagesIn(html))
	if err != nil {
		return message.Outbound{}, err
	}
	return r.address(l, d, message.Outbound{
		Subject: subject, Text: strings.Join(text, "\n\n") + "\n", HTML: html, Inline: inline, Attached: attached,
	}), nil
}

// proof shows the reader's own edition under the letter, and attaches the others.
func (r *Renderer) proof(ctx context.Context, lang string, editions []issue.Edition) (htmltemplate.HTML, string, []message.Part, error) {
	var html htmltemplate.HTML
	var text string
	var others []message.Part
	for _, e := range editions {
		if e.Language == lang {
			e = r.withoutHoles(e)
			html, text = htmltemplate.HTML(bodyOf(e.HTML)), e.Text
			continue
		}
		whole, err := r.Standalone(ctx, e)
		if err != nil {
			return "", "", nil, err
		}
		others = append(others, message.Part{Name: "InfoLettre-" + e.Language + ".html", Type: "text/html", Data: []byte(whole)})
	}
	if html == "" {
		return "", "", nil, errors.New("the proof has no edition to show")
	}
	return html, text, others, nil
}

// bodyOf is what stands between a document's body tags.
func bodyOf(html string) string {
	if _, after, ok := strings.Cut(html, "<body"); ok {
		_, after, _ = strings.Cut(after, ">")
		inner, _, _ := strings.Cut(after, "</body>")
		return inner
	}
	return html
}

// personOf is the person whose link fills a mailing's hole.
func personOf(p delivery.Parcel) audience.Subscriber {
	return audience.Subscriber{ID: p.Subscriber, Address: p.To.Address}
}
