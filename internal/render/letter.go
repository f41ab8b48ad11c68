package render

import (
	"context"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	texttemplate "text/template"
	"time"

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
		if r.letter[key], err = texttemplate.New(key).Funcs(letterFuncs).Option("missingkey=zero").Parse(string(data)); err != nil {
			return fmt.Errorf("parse letter: %w", err)
		}
	}
	return nil
}

// letterFuncs are the functions available to the text of a letter.
var letterFuncs = texttemplate.FuncMap{
	"lines": func(s string) []string {
		if s == "" {
			return nil
		}
		return strings.Split(s, "\n")
	},
}

// letterData is the data available to the text of a letter.
type letterData struct {
	Hello, Titles, Sender, Period string
	Address, Network, Link        string
	SenderAddress, Numbered       string
	Several, Doubts               bool
	Closes, Sends, Grace          string
	Verb, Reason, State, By, At   string
	Hash, IssueID                 string
	Held, Late, Closed            bool     // the item is held; the issue's sending date is past; it takes no more items
	Undecided                     []string // items meant for the issue that wait for a decision
	Deputises                     string   // the editor for whom the reader decides
	Undo, Last                    string   // until when; by which day
	Quorum                        int
	Plan                          newsroom.Plan
	Item                          item.Item
	Args                          map[string]string
	items                         []item.Item // shown by [[item]] and [[items]]
	facts                         []fact      // added to the card of the item
	changes                       []change
	queue                         []waiting
	Outcomes                      []string // decisions since the previous queue mail
	Waiting                       string   // number of items in a queue mail; "" for none
	Proofs                        string
	logHead                       string // head of the log
	EditReason, Sections          string // why an edit is not possible
	proof                         []issue.Edition
	Clipped                       string   // editions that Gmail would clip
	External                      string   // about the variant for readers outside the network; "" if there is none
	Omitted                       []string // what that variant leaves out
	Unread                        []string // files that could not be read, and what to send instead
	request                       editorial.Request
	inReplyTo                     string // Message-ID of the message that the letter answers
}

// gather reads all data of a letter from one state of the store.
func (r *Renderer) gather(ctx context.Context, l *delivery.Letter) (letterData, error) {
	w := r.words[r.languageFor(l.Language)]
	// Text that people wrote must not be taken for a mark such as [[item]].
	args := map[string]string{}
	for k, v := range l.Args {
		args[k] = strings.ReplaceAll(v, "[[", "[ [")
	}
	d := letterData{
		Args: args, Hello: w.T("hello"), Reason: args["reason"], By: args["by"],
		Address: string(r.Address.Address), Network: r.Network,
	}
	if l.To.Name != "" {
		d.Hello = w.T("hello-name", l.To.Name)
	}
	if v := l.Args["verb"]; v != "" {
		d.Verb = w.T("verb-" + v)
	}
	if s := l.Args["state"]; s != "" {
		d.State = w.T("state-" + s)
	}
	for line := range strings.Lines(args["files"]) {
		if trouble, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok {
			d.Unread = append(d.Unread, w.T("unread-"+trouble, name))
		}
	}
	if at, err := strconv.ParseInt(l.Args["at"], 10, 64); err == nil {
		d.At = moment(w, time.Unix(at, 0), r.Location)
	}
	err := r.source.Read(ctx, func(v newsroom.View) error {
		if err := d.gatherRequest(v, l); err != nil {
			return err
		}
		if l.Item != 0 && d.Item.ID == 0 {
			it, err := v.Item(item.ID(l.Item))
			if err != nil {
				return err
			}
			d.Item, d.items = it, []item.Item{it}
		}
		if err := r.gatherIssue(v, w, l, &d); err != nil {
			return err
		}
		if l.Kind == delivery.KindProof || l.Kind == delivery.KindOutcome {
			head, err := v.LogHead()
			if err != nil {
				return err
			}
			d.logHead = head
		}
		return r.editorLetter(v, w, l, &d)
	})
	if err != nil {
		return d, err
	}
	var titles, numbered []string
	for _, it := range d.items {
		titles = append(titles, it.Current.Title)
		numbered = append(numbered, w.T("numbered", it.ID, it.Current.Title))
		d.Held = d.Held || it.State == item.Held
		d.Doubts = d.Doubts || len(it.Current.Remarks.Questions) > 0
	}
	d.Titles, d.Numbered, d.Several = strings.Join(titles, ", "), strings.Join(numbered, w.T("semicolon")), len(d.items) > 1
	if l.Issue != 0 {
		d.Link = r.IssueLink(l.Issue, w.Language)
	}
	if link := r.signInLink(l); link != "" {
		d.Link = link
	}
	if d.Item.ID != 0 {
		if d.State == "" {
			d.State = w.T("state-" + string(d.Item.State))
		}
		d.SenderAddress = string(d.Item.Sender.Address)
		d.Sender = d.Item.Sender.Name
		if d.Sender == "" {
			d.Sender = string(d.Item.Sender.Address)
		}
	}
	if l.Message != 0 {
		if d.inReplyTo, err = r.source.MessageID(ctx, l.Message); err != nil {
			return d, err
		}
	}
	return d, nil
}

// gatherRequest shows each item in the revision that the request is about, even if there is a
// later one.
func (d *letterData) gatherRequest(v newsroom.View, l *delivery.Letter) error {
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

// gmailLimit is how many octets of a mail's HTML Gmail shows. It hides the rest, and the
// unsubscribe link with it, behind another link.
const gmailLimit = 102_000

// clipped names the editions that are longer than gmailLimit, with their sizes.
func clipped(w templates.Words, editions []issue.Edition) string {
	var long []string
	for _, e := range editions {
		if len(e.HTML) > gmailLimit && e.Variant == issue.Full {
			long = append(long, w.T("clipped", w.T("language-"+e.Language), size(w, len(e.HTML))))
		}
	}
	return strings.Join(long, ", ")
}

// gatherIssue gathers the dates of the issue that the letter is about, or else of the open one.
func (r *Renderer) gatherIssue(v newsroom.View, w templates.Words, l *delivery.Letter, d *letterData) error {
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
	d.Proofs = moment(w, is.Proofs, r.Location)
	d.Late, d.Closed = l.Created.After(is.Sends), is.State != issue.Open
	return nil
}

// Letter renders a letter into a mail. It reads the store and changes nothing.
func (r *Renderer) Letter(ctx context.Context, l *delivery.Letter) (message.Outbound, error) {
	lang := r.languageFor(l.Language)
	w := r.words[lang]
	d, err := r.gather(ctx, l)
	if err != nil {
		return message.Outbound{}, fmt.Errorf("gather data of letter %d: %w", l.ID, err)
	}
	tmpl := r.letter[lang+"/"+l.Topic]
	if tmpl == nil {
		return message.Outbound{}, fmt.Errorf("no letter %q in language %q", l.Topic, lang)
	}
	var out strings.Builder
	if err := tmpl.Execute(&out, d); err != nil {
		return message.Outbound{}, fmt.Errorf("render letter: %w", err)
	}
	subject, body, _ := strings.Cut(strings.TrimSpace(typeset(lang, out.String())), "\n")
	page := struct {
		templates.Words
		Lang, Subject, Foot, Head string
		Blocks                    []htmltemplate.HTML
		After                     htmltemplate.HTML
	}{Words: w, Lang: lang, Subject: subject, Foot: w.T("letter-foot", r.Network)}
	var text []string
	var attached []message.Part
	for _, par := range strings.Split(strings.TrimSpace(body), "\n\n") {
		par = strings.TrimSpace(par)
		mark, marked := strings.CutPrefix(par, "[[")
		switch {
		case par == "":
		case par == "[[proof]]":
			html, plain, others, err := r.proof(ctx, lang, d.proof)
			if err != nil {
				return message.Outbound{}, err
			}
			page.After, attached = html, others
			text = append(text, plain)
		case marked:
			for _, s := range r.parts(w, strings.TrimSuffix(mark, "]]"), subject, d) {
				html, plain, err := r.renderPart(s)
				if err != nil {
					return message.Outbound{}, err
				}
				page.Blocks = append(page.Blocks, html)
				if plain != "" {
					text = append(text, plain)
				}
			}
		default:
			page.Blocks = append(page.Blocks, htmltemplate.HTML(message.TextToHTML(par)))
			text = append(text, wrap(par, "", ""))
		}
	}
	foot := "-- \n" + wrap(page.Foot, "", "")
	if d.logHead != "" {
		page.Head = w.T("log-head", d.logHead)
		foot += "\n" + wrap(page.Head, "", "")
	}
	text = append(text, foot)
	html, err := r.renderHTML("letter", page)
	if err != nil {
		return message.Outbound{}, err
	}
	inline, err := r.pictures(ctx, imagesIn(html))
	if err != nil {
		return message.Outbound{}, err
	}
	return r.addHeaders(l, d, message.Outbound{
		Subject: subject, Text: strings.Join(text, "\n\n") + "\n", HTML: html, Inline: inline, Attached: attached,
	}), nil
}

// proof puts the full edition in the reader's language below the letter, and attaches the other
// editions.
func (r *Renderer) proof(ctx context.Context, lang string, editions []issue.Edition) (htmltemplate.HTML, string, []message.Part, error) {
	var html htmltemplate.HTML
	var text string
	var others []message.Part
	for _, e := range editions {
		if e.Language == lang && e.Variant == issue.Full {
			e = r.withoutPlaceholders(e)
			html, text = htmltemplate.HTML(bodyOf(e.HTML)), e.Text
			continue
		}
		name := "InfoLettre-" + e.Language
		if e.Variant != issue.Full {
			if slices.ContainsFunc(editions, func(o issue.Edition) bool {
				return o.Language == e.Language && o.Variant == issue.Full && o.HTML == e.HTML
			}) {
				continue // it leaves nothing out
			}
			name += "-" + r.words[lang].T("outward-file")
		}
		page, err := r.Standalone(ctx, e)
		if err != nil {
			return "", "", nil, err
		}
		others = append(others, message.Part{Name: name + ".html", Type: "text/html", Data: []byte(page)})
	}
	if html == "" {
		return "", "", nil, errors.New("the proof has no edition to show")
	}
	return html, text, others, nil
}

// bodyOf returns the HTML between the body tags of a document.
func bodyOf(html string) string {
	if _, after, ok := strings.Cut(html, "<body"); ok {
		_, after, _ = strings.Cut(after, ">")
		inner, _, _ := strings.Cut(after, "</body>")
		return inner
	}
	return html
}

// subscriberOf returns the recipient of a delivery, as far as unsubscribe links need.
func subscriberOf(job delivery.Job) audience.Subscriber {
	return audience.Subscriber{ID: job.Subscriber, Address: job.To.Address}
}
