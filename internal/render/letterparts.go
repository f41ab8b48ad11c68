package render

import (
	"fmt"
	htmltemplate "html/template"
	"net/url"
	"strconv"
	"strings"

	"infolettre/internal/agenda"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/templates"
)

// letterPart is a part of a letter other than a paragraph: the name of an HTML and a text
// template, and their data.
type letterPart struct {
	name string
	data any
}

// parts returns the parts for a mark such as [[item]] in a letter's text, none if there is
// nothing to show.
func (r *Renderer) parts(w templates.Words, mark, subject string, d letterData) []letterPart {
	var all []letterPart
	switch mark {
	case "item", "items":
		for _, it := range d.items {
			all = append(all, letterPart{"card", r.card(w, it, d.facts)})
		}
	case "changes":
		if len(d.changes) > 0 {
			all = append(all, letterPart{"changes", struct {
				templates.Words
				Changes []change
			}{w, d.changes}})
		}
	case "decide", "sign", "undo":
		all = append(all, letterPart{"buttons", r.buttons(w, mark, subject, d)})
	case "enter":
		all = append(all, letterPart{"buttons", buttons{w, []button{{w.T("button-enter"), "later", htmltemplate.URL(d.Link)}}}})
	case "queue":
		for _, q := range d.queue {
			q.Buttons = r.listButtons(w, subject, d.request, int64(q.item.ID))
			all = append(all, letterPart{"waiting", q})
		}
	case "outcomes":
		all = append(all, letterPart{"list", d.Outcomes})
	case "report":
		all = append(all, letterPart{"list", report(w, d.Args["lines"])})
	case "escalated":
		all = append(all, letterPart{"list", numberedItems(w, d.Args["items"])})
	case "undecided":
		all = append(all, letterPart{"list", d.Undecided})
	case "without":
		if len(d.Omitted) > 0 {
			all = append(all, letterPart{"list", d.Omitted})
		}
	case "plan":
		all = append(all, letterPart{"plan", r.planChapters(w, d.Plan)})
	}
	return all
}

// renderPart renders a part as HTML and as text. The text is "" for a part that only HTML has.
func (r *Renderer) renderPart(s letterPart) (htmltemplate.HTML, string, error) {
	var html strings.Builder
	if err := r.html.ExecuteTemplate(&html, s.name, s.data); err != nil {
		return "", "", fmt.Errorf("render %s: %w", s.name, err)
	}
	plain, err := r.renderText(s.name, s.data)
	return htmltemplate.HTML(html.String()), strings.TrimSpace(plain), err
}

// button opens a draft whose first line is an order. Only the HTML has buttons, and no label is
// an order itself, so that a quotation of the mail orders nothing.
type button struct {
	Label, Class string
	Link         htmltemplate.URL
}

type buttons struct {
	templates.Words
	Buttons []button
}

// draft returns a mailto link that opens an answer to a request.
func (r *Renderer) draft(q editorial.Request, subject, body string) htmltemplate.URL {
	handle := q.Handle(r.Secret)
	to := string(r.Address.Address)
	if r.Plus {
		to = string(r.plusAddress(handle.String()))
	} else {
		subject += " " + handle.Subject()
	}
	if !strings.HasPrefix(subject, "Re: ") {
		subject = "Re: " + subject
	}
	// RFC 6068: blanks are %20, and lines end with CR LF.
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	return htmltemplate.URL("mailto:" + url.PathEscape(to) + "?subject=" + escape(subject) + "&body=" + escape(body))
}

func (r *Renderer) buttons(w templates.Words, of, subject string, d letterData) buttons {
	b := buttons{Words: w}
	add := func(key, look string) {
		b.Buttons = append(b.Buttons, button{w.T("button-" + key), look, r.draft(d.request, subject, w.T("draft-"+key))})
	}
	switch of {
	case "decide":
		add("approve", "yes")
		add("defer", "later")
		add("reject", "no")
	case "sign":
		add("sign", "yes")
	case "undo":
		add("undo", "no")
	}
	return b
}

// listButtons returns the buttons of an item in a list.
func (r *Renderer) listButtons(w templates.Words, subject string, q editorial.Request, id int64) []button {
	if q.ID == 0 {
		return nil
	}
	var all []button
	for _, key := range []string{"approve", "defer", "reject"} {
		look := map[string]string{"approve": "yes", "defer": "later", "reject": "no"}[key]
		all = append(all, button{w.T("button-" + key + "-short"), look, r.draft(q, subject, fmt.Sprintf("%d %s", id, w.T("draft-"+key)))})
	}
	return all
}

// change is a field that differs between two revisions.
type change struct {
	Name          string
	Runs          []item.Run
	Before, After string // for plain text
}

// contextWords is how many unchanged words are shown on either side of a change.
const contextWords = 8

func (r *Renderer) changesBetween(w templates.Words, before, after item.Content) []change {
	before, _ = before.Excerpt()
	after, _ = after.Excerpt()
	diffs := item.Diff(before, after)
	for i, d := range diffs {
		if d.Field == item.FieldDates {
			diffs[i].Runs = item.Compare(strings.Join(r.dates(w, before.Events), "\n"), strings.Join(r.dates(w, after.Events), "\n"))
		}
	}
	return r.describe(w, diffs)
}

func (r *Renderer) describe(w templates.Words, diffs []item.Difference) []change {
	var all []change
	for _, d := range diffs {
		c := change{Name: w.T("field-" + string(d.Field))}
		if d.Field == item.FieldSection {
			for i := range d.Runs {
				d.Runs[i].Text = r.sectionTitle(w, d.Runs[i].Text)
			}
		}
		if len(d.Runs) == 0 {
			c.After = w.T("only-markup")
			c.Runs = []item.Run{{Text: c.After, Op: item.Kept}}
		}
		for i, run := range d.Runs {
			if run.Op == item.Kept {
				run.Text = elide(run.Text, i == 0, i == len(d.Runs)-1)
			}
			c.Runs = append(c.Runs, run)
			if run.Op != item.Added {
				c.Before += run.Text + " "
			}
			if run.Op != item.Removed {
				c.After += run.Text + " "
			}
		}
		c.Before, c.After = oneLine(c.Before), oneLine(c.After)
		all = append(all, c)
	}
	return all
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// elide shortens an unchanged run to the words next to a change.
func elide(text string, first, last bool) string {
	words := strings.Fields(text)
	head, tail := contextWords, contextWords
	if first {
		head = 0
	}
	if last {
		tail = 0
	}
	if len(words) <= head+tail+2 {
		return text
	}
	return strings.TrimSpace(strings.Join(words[:head], " ") + " … " + strings.Join(words[len(words)-tail:], " "))
}

// waiting is an item in a queue mail.
type waiting struct {
	templates.Words
	Number, Title, Excerpt string
	Facts                  []fact
	Buttons                []button
	item                   item.Item
}

const excerptLength = 240 // characters

func (r *Renderer) waiting(b *factReader, w templates.Words, it item.Item, now int64) (waiting, error) {
	q := waiting{Words: w, Number: w.T("no", it.ID), Title: typeset(w.Language, it.Current.Title), item: it}
	short, _ := it.Current.Excerpt()
	text := []rune(oneLine(short.Text))
	if len(text) > excerptLength {
		text = append(text[:excerptLength], '…')
	}
	q.Excerpt = string(text)
	facts, err := r.editorFacts(b, w, it)
	if err != nil {
		return q, err
	}
	add := func(key, value string) {
		if value != "" {
			q.Facts = append(q.Facts, fact{w, w.T(key), value})
		}
	}
	section := r.sectionTitle(w, it.Current.Section)
	if it.Current.Remarks.Unrouted {
		section += w.T("semicolon") + w.T("unrouted")
	}
	if it.Issue != 0 && it.State != item.Published {
		is, err := b.Issue(issue.ID(it.Issue))
		if err != nil {
			return q, err
		}
		add("for-issue", w.T("for-issue-closed", period(w, is.Period)))
	}
	add("section", section)
	add("centre", it.Current.Centre)
	if long := it.Current.Remarks.TooLong; long > 0 {
		add("too-long", w.T("too-long-received", size(w, long), message.LongTextName))
	}
	q.Facts = append(q.Facts, facts...)
	q.Facts = append(q.Facts, omittedFacts(w, it.Current.Remarks)...)
	for _, ask := range it.Current.Remarks.Questions {
		add("question", question(w, ask))
	}
	if days := (now - it.Current.Created.Unix()) / 86400; days > 0 {
		add("since", w.T("days", days))
	}
	return q, nil
}

// factReader reads facts that several items of one letter share, each once.
type factReader struct {
	newsroom.View
	waiting  []item.Item // waiting or approved items that are in no issue
	verdicts map[int64]string
}

func newFactReader(v newsroom.View) *factReader {
	return &factReader{View: v, verdicts: map[int64]string{}}
}

// sameCentre returns a few of the other items of the item's centre.
func (b *factReader) sameCentre(it item.Item) ([]item.Item, error) {
	const most = 5
	if b.waiting == nil {
		var err error
		if b.waiting, err = b.ItemsIn(0, item.Held, item.Pending, item.Approved, item.Deferred); err != nil {
			return nil, err
		}
	}
	var others []item.Item
	for _, o := range b.waiting {
		if o.ID != it.ID && len(others) < most && strings.EqualFold(o.Current.Centre, it.Current.Centre) {
			others = append(others, o)
		}
	}
	return others, nil
}

// verdict returns how a message's sender was authenticated.
func (b *factReader) verdict(id int64, authserv string) (string, error) {
	if known, ok := b.verdicts[id]; ok {
		return known, nil
	}
	known, err := b.Authenticated(id)
	if err != nil {
		return "", err
	}
	if known == "" { // stored before verdicts were kept
		raw, err := b.Raw(id)
		if err != nil {
			return "", err
		}
		known = message.ReadHeader(raw).Authentication(authserv).Verdict.String()
	}
	b.verdicts[id] = known
	return known, nil
}

// editorFacts lists what only editors are told about an item: the sender and how they were
// authenticated, the approvals, and what else the centre sent.
func (r *Renderer) editorFacts(v *factReader, w templates.Words, it item.Item) ([]fact, error) {
	var facts []fact
	add := func(key, value string) { facts = append(facts, fact{w, w.T(key), value}) }
	person, listed, err := v.Person(it.Sender.Address)
	if err != nil {
		return nil, err
	}
	_, editor := r.Service.Editor(it.Sender.Address)
	who := contactName(item.Contact{Name: it.Sender.Name, Email: string(it.Sender.Address)})
	switch {
	case editor:
		who += w.T("semicolon") + w.T("sender-editor")
	case listed && person.Contributor():
		who += w.T("semicolon") + w.T("sender-known")
	case listed:
		who += w.T("semicolon") + w.T("sender-listed")
	default:
		who += w.T("semicolon") + w.T("sender-unknown")
	}
	if it.Message != 0 {
		verdict, err := v.verdict(it.Message, r.AuthservID)
		if err != nil {
			return nil, err
		}
		if verdict != "" {
			who += w.T("semicolon") + w.T("sender-"+verdict)
		}
	}
	add("sent-by", who)
	decisions, err := v.Decisions(it.ID)
	if err != nil {
		return nil, err
	}
	votes := editorial.Votes(decisions, it.Current.Number, it.Current.Hash)
	if quorum := r.Service.Rules.QuorumOf(it.Current.Section); quorum > 1 || len(votes) > 0 {
		var names []string
		for _, d := range votes {
			names = append(names, r.editorName(d.DecidedBy()))
		}
		value := w.T("voices", len(votes), quorum)
		if len(names) > 0 {
			value += w.T("colon") + strings.Join(names, ", ")
		}
		add("approvals", value)
	}
	if it.Current.Centre == "" {
		return facts, nil
	}
	same, err := v.sameCentre(it)
	if err != nil {
		return nil, err
	}
	var others []string
	for _, o := range same {
		others = append(others, w.T("numbered", o.ID, o.Current.Title)+", "+w.T("state-"+string(o.State)))
	}
	if len(others) > 0 {
		add("same-centre", strings.Join(others, w.T("semicolon")))
	}
	return facts, nil
}

func (r *Renderer) editorName(a message.Address) string {
	if e, ok := r.Service.Editor(a); ok {
		return e.Name
	}
	return string(a)
}

// decided returns a line about one decision.
func (r *Renderer) decided(v newsroom.View, w templates.Words, d editorial.Decision) (string, error) {
	it, err := v.Item(d.Item)
	if err != nil {
		return "", err
	}
	by := r.editorName(d.DecidedBy())
	if d.By != "" {
		by = w.T("in-place-of", by, r.editorName(d.Editor))
	}
	line := w.T("outcome-line", d.Item, oneLine(it.Current.Title), w.T("verb-"+string(d.Verb)), by, moment(w, d.At, r.Location))
	if d.Reason != "" {
		line += w.T("semicolon") + oneLine(d.Reason)
	}
	return line, nil
}

// report lists, line by line, how an editor's answer to a list was handled.
func report(w templates.Words, lines string) []string {
	var all []string
	for line := range strings.SplitSeq(lines, "\n") {
		part := strings.Split(line, "\t")
		if len(part) != 4 {
			continue
		}
		quoted := w.T("quoted", part[2])
		result := w.T("report-" + part[1])
		switch part[1] {
		case "done", "kept", "settled", "undone", "edited", "too-late":
			result += w.T("colon") + w.T("state-"+part[3])
		case "uneditable":
			result += w.T("colon") + w.T("edit-"+part[3])
		}
		if n, err := strconv.Atoi(part[0]); err == nil && n > 0 {
			result = w.T("no", n) + w.T("colon") + result
		}
		all = append(all, quoted+" → "+result)
	}
	return all
}

func numberedItems(w templates.Words, lines string) []string {
	var all []string
	for line := range strings.SplitSeq(lines, "\n") {
		number, title, _ := strings.Cut(line, "\t")
		if n, err := strconv.Atoi(number); err == nil {
			all = append(all, w.T("numbered", n, title))
		}
	}
	return all
}

// planChapter is a section of a plan as a letter shows it.
type planChapter struct {
	Title string
	Lines []planLine
}

type planLine struct{ Number, Title, Note string }

func (r *Renderer) planChapters(w templates.Words, p newsroom.Plan) []planChapter {
	var all []planChapter
	untranslated := map[string][]string{} // item numbers, by language
	for _, ch := range p.Chapters {
		c := planChapter{Title: r.sectionTitle(w, ch.Section)}
		for _, e := range ch.Entries {
			notes := []string{w.T("words", e.Words)}
			if n := len(e.Content.Images); n > 0 {
				notes = append(notes, w.T("plan-pictures", n))
			}
			for _, mark := range []struct {
				is  bool
				key string
			}{{e.Past, "plan-past"}, {e.DeadlinePassed, "plan-shut"}, {e.Corrected, "plan-corrected"}} {
				if mark.is {
					notes = append(notes, w.T(mark.key))
				}
			}
			for _, lang := range e.Untranslated {
				untranslated[lang] = append(untranslated[lang], strconv.FormatInt(int64(e.Item), 10))
			}
			c.Lines = append(c.Lines, planLine{w.T("no", e.Item), typeset(w.Language, oneLine(e.Content.Title)), strings.Join(notes, w.T("semicolon"))})
		}
		all = append(all, c)
	}
	if len(p.Waiting) > 0 {
		c := planChapter{Title: w.T("plan-waiting")}
		for _, it := range p.Waiting {
			c.Lines = append(c.Lines, planLine{w.T("no", it.ID), typeset(w.Language, oneLine(it.Current.Title)), w.T("state-" + string(it.State))})
		}
		all = append(all, c)
	}
	var missing planChapter
	for _, lang := range r.Languages {
		if numbers := untranslated[lang]; len(numbers) > 0 {
			missing.Title = w.T("plan-missing")
			missing.Lines = append(missing.Lines, planLine{Title: w.T("plan-untranslated", w.T("language-"+lang)) + w.T("colon") + w.T("nos", strings.Join(numbers, ", "))})
		}
	}
	if len(missing.Lines) > 0 {
		all = append(all, missing)
	}
	return all
}

// dayName words a date given as YYYY-MM-DD.
func dayName(w templates.Words, iso string) string {
	d, err := agenda.ParseDate(iso)
	if err != nil {
		return ""
	}
	return agenda.FormatRangeYear(d, d, w.Language)
}
