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

// home shows the queue, or the page to ask for a link to people who are not signed in.
func (d *desk) home(w http.ResponseWriter, r *http.Request) {
	v, err := d.visitor(r)
	if err != nil {
		d.fail(w, r, nil, err)
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
		d.fail(w, r, v, err)
		return
	}
	s := d.newPage(v.words, v, v.words.T("desk-queue-title"))
	s.MenuItem, s.Body, s.Done = "queue", body, d.takeFlash(w, r, v)
	d.write(w, r, http.StatusOK, "desk-queue", s)
}

// queue is the content of the first page.
type queue struct {
	Mine   []waiting // waiting for the visitor
	Others []waiting // waiting for others
	Issues []issueLine
	Recent []outcome
}

// waiting is an item that waits for decisions.
type waiting struct {
	templates.Words
	Root                           string
	ID                             item.ID
	Title, Lang                    string
	Section, Centre, Sender, Since string
	Excerpt                        string
	Marks                          []mark
	Votes                          string
}

// mark is a label on an item; Class is its CSS class.
type mark struct{ Class, Text string }

type issueLine struct {
	ID           issue.ID
	Period, When string
	State        mark
}

type outcome struct {
	ID   item.ID
	Text string
}

// Limits of the first page.
const (
	recentFor  = 14 * 24 * time.Hour
	maxRecent  = 20
	excerptLen = 200 // characters
)

func (d *desk) queue(view newsroom.View, v *visit) (queue, error) {
	var q queue
	now := d.Now()
	all, err := d.service.PendingItems(view)
	if err != nil {
		return q, err
	}
	mine := d.service.PendingFor(all, v.Person.Address, v.ActsFor())
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
	decided, err := view.Decided(now.Add(-recentFor), now)
	if err != nil {
		return q, err
	}
	slices.Reverse(decided)
	for _, one := range decided[:min(len(decided), maxRecent)] {
		line, err := d.Render.DecisionLine(view, one, v.words.Language)
		if err != nil {
			return q, err
		}
		q.Recent = append(q.Recent, outcome{one.Item, line})
	}
	return q, nil
}

func (d *desk) waiting(one newsroom.PendingItem, v *visit, now time.Time) waiting {
	c := one.Current
	w := waiting{
		Words: v.words, Root: d.root, ID: one.ID, Title: c.Title, Lang: c.Language, Section: d.Render.SectionTitle(c.Section, v.words.Language), Centre: c.Centre,
		Sender: senderName(one.Item), Excerpt: excerpt(c.Text),
	}
	w.Since = v.words.T("desk-since-today")
	switch n := daysSince(c.Created, now); {
	case n == 1:
		w.Since = v.words.T("desk-since-day")
	case n > 1:
		w.Since = v.words.T("desk-since-days", n)
	}
	w.Marks = d.marks(one.Item, v)
	w.Votes = d.votes(one, v)
	return w
}

// marks returns the labels of an item.
func (d *desk) marks(it item.Item, v *visit) []mark {
	var all []mark
	add := func(class, key string) { all = append(all, mark{class, v.words.T(key)}) }
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

// votes names the editors who approved the current revision. It returns "" if one approval
// suffices and there is none.
func (d *desk) votes(one newsroom.PendingItem, v *visit) string {
	votes := one.Votes()
	quorum := d.service.Rules.QuorumOf(one.Current.Section)
	if quorum < 2 && len(votes) == 0 {
		return ""
	}
	text := v.words.T("voices", len(votes), quorum)
	var names []string
	for _, g := range votes {
		names = append(names, d.Render.EditorName(g.DecidedBy()))
	}
	if len(names) > 0 {
		text += v.words.T("colon") + strings.Join(names, ", ")
	}
	return text
}

func (d *desk) issueLine(is issue.Issue, v *visit) issueLine {
	line := issueLine{ID: is.ID, Period: d.Render.PeriodName(is.Period, v.words.Language), State: d.issueState(is, v)}
	at := func(key string, t time.Time) string { return v.words.T(key, d.Render.FormatTime(t, v.words.Language)) }
	switch is.State {
	case issue.Open:
		line.When = at("desk-issue-closes", is.Closes)
	case issue.Closed:
		line.When = at("desk-issue-proofs", is.Proofs)
	case issue.InProof, issue.Signed:
		line.When = at("desk-issue-sends", is.Sends)
	case issue.Sending, issue.Sent, issue.Cancelled: // no further date
	}
	return line
}

func (d *desk) issueState(is issue.Issue, v *visit) mark {
	class := "note"
	switch is.State {
	case issue.InProof:
		class = "warn"
	case issue.Signed, issue.Sending, issue.Sent:
		class = "good"
	case issue.Open, issue.Closed, issue.Cancelled: // neutral
	}
	return mark{class, v.words.T("desk-issue-state-" + string(is.State))}
}

// senderName returns the name of the contributor, or the address.
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

// itemMark returns the label for the state of an item.
func itemMark(it item.Item, v *visit) mark {
	class := "note"
	switch it.State {
	case item.Held:
		class = "warn"
	case item.Approved, item.Published:
		class = "good"
	case item.Rejected, item.Withdrawn:
		class = "bad"
	case item.Pending, item.Deferred: // neutral
	}
	return mark{class, v.words.T("state-" + string(it.State))}
}
