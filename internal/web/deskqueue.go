package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
	"infolettre/templates"
)

// home is the queue; the page to ask for a link on, for who is not signed in.
func (d *desk) home(w http.ResponseWriter, r *http.Request) {
	v, err := d.visitor(r)
	if err != nil {
		d.failed(w, r, nil, err)
		return
	}
	if v == nil {
		d.signInPage(w, r, http.StatusOK, nil)
		return
	}
	var body queue
	err = d.store.Read(r.Context(), func(view newsroom.View) (err error) {
		body, err = d.queue(view, v)
		return err
	})
	if err != nil {
		d.failed(w, r, v, err)
		return
	}
	s := d.sheet(v.words, v, v.words.T("desk-queue-title"))
	s.Here, s.Body, s.Done = "queue", body, d.said(w, r, v)
	d.write(w, r, http.StatusOK, "desk-queue", s)
}

// queue is what the first page shows.
type queue struct {
	Mine   []waiting // what waits for the visitor
	Others []waiting // what waits for others
	Issues []issueLine
	Lately []outcome
}

// waiting is an item that waits.
type waiting struct {
	templates.Words
	Root                           string
	ID                             item.ID
	Title, Lang                    string
	Section, Centre, Sender, Since string
	Excerpt                        string
	Marks                          []mark
	Voices                         string
}

// mark is something about an item that a reader should see at once.
type mark struct{ Look, Text string }

type issueLine struct {
	ID           issue.ID
	Period, When string
	State        mark
}

type outcome struct {
	ID   item.ID
	Text string
}

// Bounds of the first page.
const (
	latelyFor  = 14 * 24 * time.Hour
	mostLately = 20
	excerptLen = 200 // characters
)

func (d *desk) queue(view newsroom.View, v *visit) (queue, error) {
	var q queue
	now := d.Now()
	all, err := d.service.Waiting(view)
	if err != nil {
		return q, err
	}
	mine := d.service.WaitingFor(all, v.Person.Address, v.ActsFor())
	for _, one := range all {
		if slices.ContainsFunc(mine, func(m newsroom.PendingItem) bool { return m.ID == one.ID }) {
			q.Mine = append(q.Mine, d.waiting(one, v, now))
		} else {
			q.Others = append(q.Others, d.waiting(one, v, now))
		}
	}
	issues, err := view.IssuesIn(issue.Open, issue.Closed, issue.InProof, issue.Signed, issue.Sending)
	if err != nil {
		return q, err
	}
	for _, is := range issues {
		q.Issues = append(q.Issues, d.issueLine(is, v))
	}
	decided, err := view.Decided(now.Add(-latelyFor), now)
	if err != nil {
		return q, err
	}
	slices.Reverse(decided)
	for _, one := range decided[:min(len(decided), mostLately)] {
		line, err := d.Render.Decided(view, one, v.words.Language)
		if err != nil {
			return q, err
		}
		q.Lately = append(q.Lately, outcome{one.Item, line})
	}
	return q, nil
}

func (d *desk) waiting(one newsroom.PendingItem, v *visit, now time.Time) waiting {
	c := one.Current
	shown := waiting{
		Words: v.words, Root: d.root, ID: one.ID, Title: c.Title, Lang: c.Language, Section: d.Render.SectionTitle(c.Section, v.words.Language), Centre: c.Centre,
		Sender: senderName(one.Item), Excerpt: excerpt(c.Text),
	}
	shown.Since = v.words.T("desk-since-today")
	switch n := days(c.Created, now); {
	case n == 1:
		shown.Since = v.words.T("desk-since-day")
	case n > 1:
		shown.Since = v.words.T("desk-since-days", n)
	}
	shown.Marks = d.marks(one.Item, v)
	shown.Voices = d.voices(one, v)
	return shown
}

// marks are what a reader should see of an item at once.
func (d *desk) marks(it item.Item, v *visit) []mark {
	var all []mark
	add := func(look, key string) { all = append(all, mark{look, v.words.T(key)}) }
	if it.State == item.Held {
		add("warn", "desk-mark-held")
	}
	if n := len(it.Current.Remarks.Questions); n > 0 {
		add("warn", "desk-mark-doubt")
	}
	if it.State == item.Approved && it.Current.Number > it.Approved {
		add("note", "desk-mark-corrected")
	} else if it.Current.Number > 1 {
		add("note", "desk-mark-changed")
	}
	if it.Issue != 0 && it.State != item.Published {
		add("note", "desk-mark-in-issue")
	}
	return all
}

// voices says who approved what the item says now, where more than one must or
// somebody did.
func (d *desk) voices(one newsroom.PendingItem, v *visit) string {
	given := one.Votes()
	quorum := d.service.Rules.QuorumOf(one.Current.Section)
	if quorum < 2 && len(given) == 0 {
		return ""
	}
	text := v.words.T("voices", len(given), quorum)
	var names []string
	for _, g := range given {
		names = append(names, d.Render.Name(g.Speaker()))
	}
	if len(names) > 0 {
		text += v.words.T("colon") + strings.Join(names, ", ")
	}
	return text
}

func (d *desk) issueLine(is issue.Issue, v *visit) issueLine {
	line := issueLine{ID: is.ID, Period: d.Render.Period(is.Period, v.words.Language), State: d.issueState(is, v)}
	at := func(key string, t time.Time) string { return v.words.T(key, d.Render.Moment(t, v.words.Language)) }
	switch is.State {
	case issue.Open:
		line.When = at("desk-issue-closes", is.Closes)
	case issue.Closed:
		line.When = at("desk-issue-proofs", is.Proofs)
	case issue.InProof, issue.Signed:
		line.When = at("desk-issue-sends", is.Sends)
	}
	return line
}

func (d *desk) issueState(is issue.Issue, v *visit) mark {
	look := "note"
	switch is.State {
	case issue.InProof:
		look = "warn"
	case issue.Signed, issue.Sending, issue.Sent:
		look = "good"
	}
	return mark{look, v.words.T("desk-issue-state-" + string(is.State))}
}

// senderName is how an item's contributor is called.
func senderName(it item.Item) string {
	if it.Sender.Name != "" {
		return it.Sender.Name
	}
	return string(it.Sender.Address)
}

func excerpt(text string) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > excerptLen {
		cut := string(runes[:excerptLen])
		if i := strings.LastIndexByte(cut, ' '); i > 0 {
			cut = cut[:i]
		}
		return strings.TrimRight(cut, " ,;:") + "…"
	}
	return string(runes)
}

// itemMark says where an item stands.
func itemMark(it item.Item, v *visit) mark {
	look := "note"
	switch it.State {
	case item.Held:
		look = "warn"
	case item.Approved, item.Published:
		look = "good"
	case item.Rejected, item.Withdrawn:
		look = "bad"
	}
	return mark{look, v.words.T("state-" + string(it.State))}
}
