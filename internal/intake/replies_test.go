package intake_test

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"slices"
	"strings"
	"testing"
	"time"

	"infolettre/internal/editorial"
	"infolettre/internal/intake"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// The suite is of replies as mail programs write them. What each must be read as
// was set by what somebody means who writes it, not by how it may be read: an
// approval that nobody meant is the worst fault.

// given is a reply to a request on one item.
type given struct {
	name   string
	by     string // the mail program
	from   string // local part of the editor; "" for Élise
	text   string // as it was written
	html   string // where the HTML part shows otherwise
	sign   string
	banner string // put on top on the way
	foot   string // put below everything on the way
	with   func(*sheet)
	auto   bool // a machine's: that no decision is made of it is all that matters

	want editorial.Reply
	or   *editorial.Reply // where people would differ
}

var suiteEditors = []newsroom.Editor{
	{Mailbox: message.Mailbox{Name: "Élise Marchand", Address: "elise@reseau.example"}, Language: "fr"},
	{Mailbox: message.Mailbox{Name: "Graham Ellis", Address: "graham@reseau.example"}, Language: "en"},
	{Mailbox: message.Mailbox{Name: "Marco Bellini", Address: "marco@reseau.example"}, Language: "fr"},
	{Mailbox: message.Mailbox{Name: "Katrin Vogel", Address: "katrin@reseau.example"}, Language: "fr"},
	{Mailbox: message.Mailbox{Name: "Lucía Romero", Address: "lucia@reseau.example"}, Language: "fr"},
	{Mailbox: message.Mailbox{Name: "Inês Duarte", Address: "ines@reseau.example"}, Language: "en"},
}

var (
	approved = editorial.Reply{Verb: editorial.Approve}
	none     = editorial.Reply{Verb: editorial.None}
	later    = editorial.Reply{Verb: editorial.Defer}
	signed   = editorial.Reply{Verb: editorial.Sign}
	undone   = editorial.Reply{Verb: editorial.Undo}
)

// refused has a reason: "*" is any, and one that ends with "…" may go on.
func refused(reason string) editorial.Reply {
	return editorial.Reply{Verb: editorial.Reject, Reason: reason}
}

func edited(changes ...editorial.Change) editorial.Reply {
	return editorial.Reply{Verb: editorial.Edit, Changes: changes}
}

func approvedWith(changes ...editorial.Change) editorial.Reply {
	return editorial.Reply{Verb: editorial.Approve, Changes: changes}
}

func title(s string) editorial.Change { return editorial.Change{Field: editorial.FieldTitle, Value: s} }
func section(s string) editorial.Change {
	return editorial.Change{Field: editorial.FieldSection, Value: s}
}
func dates(s string) editorial.Change { return editorial.Change{Field: editorial.FieldDate, Value: s} }
func place(s string) editorial.Change { return editorial.Change{Field: editorial.FieldPlace, Value: s} }

func centre(s string) editorial.Change {
	return editorial.Change{Field: editorial.FieldCentre, Value: s}
}

// all gives the replies of a table one meaning.
func all(want editorial.Reply, table []given) []given {
	for i := range table {
		if table[i].want.Verb == "" {
			table[i].want = want
		}
	}
	return table
}

// sheet is the mail as its author's program made it, and as it came.
func (g given) sheet(t testing.TB) sheet {
	program := mailPrograms[g.by]
	if program == nil {
		t.Fatalf("%s: no mail program %q", g.name, g.by)
	}
	s := program(penned{text: g.text, html: g.html, sign: g.sign})
	if s.subject == "" {
		s.subject = "Re: " + askedSubject
	}
	if g.banner != "" {
		if s.text != "" {
			s.text = g.banner + "\n\n" + s.text
		}
		if s.html != "" {
			s.html = `<table border="0" style="background-color:#ffeb9c"><tr><td>` + elements(g.banner, "<p>", "</p>", "") + `</td></tr></table>` + s.html
		}
	}
	if g.foot != "" {
		if s.text != "" {
			s.text += "\n\n" + g.foot
		}
		if s.html != "" {
			s.html = strings.Replace(s.html, "</body>", "", 1) + elements(g.foot, "<p>", "</p>", "")
		}
	}
	if g.with != nil {
		g.with(&s)
	}
	return s
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }

// bare is a value without what may end or enclose it either way.
func bare(s string) string { return strings.Trim(squeezed(s), " .«»\"") }

// differs says how a reply was read otherwise than it must be; "" for not at all.
func differs(got, want editorial.Reply) string {
	if got.Verb != want.Verb {
		return fmt.Sprintf("read as %q (%s), want %q", got.Verb, got.Why, want.Verb)
	}
	switch got.Verb {
	case editorial.Reject:
		start, open := strings.CutSuffix(want.Reason, "…")
		if want.Reason != "*" && bare(got.Reason) != bare(want.Reason) && !(open && strings.HasPrefix(squeezed(got.Reason), start)) {
			return fmt.Sprintf("for the reason %q, want %q", got.Reason, want.Reason)
		}
	case editorial.Delegate:
		if bare(got.To) != bare(want.To) || bare(got.Until) != bare(want.Until) {
			return fmt.Sprintf("to %q until %q, want %q until %q", got.To, got.Until, want.To, want.Until)
		}
	case editorial.Approve, editorial.Edit, editorial.Translate:
		body, wantBody := squeezed(got.Body), squeezed(want.Body)
		if got.Verb == editorial.Translate { // whether the first line is told apart is not said
			body, wantBody = squeezed(values(got)+" "+got.Body), squeezed(values(want)+" "+want.Body)
			got.Changes, want.Changes = nil, nil
			if !slices.Contains(strings.Split(want.Language, "|"), strings.ToLower(got.Language)) {
				return fmt.Sprintf("language %q, want %q", got.Language, want.Language)
			}
		}
		if body != wantBody {
			return fmt.Sprintf("with the text %q, want %q", body, wantBody)
		}
		if a, b := changes(got), changes(want); !slices.Equal(a, b) {
			return fmt.Sprintf("changes %q, want %q", a, b)
		}
	}
	return ""
}

func values(r editorial.Reply) string {
	var all []string
	for _, c := range r.Changes {
		all = append(all, c.Value)
	}
	return strings.Join(all, " ")
}

func changes(r editorial.Reply) []string {
	var all []string
	for _, c := range r.Changes {
		all = append(all, string(c.Field)+"="+squeezed(c.Value))
	}
	slices.Sort(all)
	return all
}

// binds reports an order that lets something appear.
func binds(v editorial.Verb) bool { return v == editorial.Approve || v == editorial.Sign }

// suiteDesk is a desk with several editors, one voice of whom is enough.
type suiteDesk struct{ *desk }

// ask takes an item in and returns the request that the editor gets.
func (d suiteDesk) ask(who message.Address) editorial.Request {
	d.t.Helper()
	d.now = d.now.Add(2 * time.Hour)
	d.uid++
	var asked editorial.Request
	_, err := d.store.Receive(context.Background(), intake.Arrival{UIDValidity: 1, UID: d.uid, ContentHash: fmt.Sprint(d.uid), At: d.now, Raw: []byte("x")},
		func(v newsroom.View, id int64) (intake.Verdict, newsroom.Effects, error) {
			text := fmt.Sprintf("Salon n° %d. %s", d.uid, sea)
			fx, err := d.service.Submit(v, newsroom.SubmitInput{
				Message: id, Sender: message.Mailbox{Name: "Nadia Berthier", Address: nadia}, Language: "fr", At: d.now,
				Items: []item.ParsedItem{{Content: item.Content{
					Title: "Un forum des métiers de la mer", Section: "cites", Language: "fr", Text: text, HTML: "<p>" + text + "</p>",
				}}},
			})
			for _, change := range fx {
				if q, ok := change.(newsroom.AddRequest); ok && q.Purpose == token.Decision && q.Person.Equal(who) {
					asked = q.Request
				}
			}
			return intake.Verdict{Kind: intake.Contribution, Folder: intake.FolderDone}, fx, err
		})
	if err != nil || asked.ID == 0 {
		d.t.Fatalf("nobody was asked: %v", errors.Join(err))
	}
	return asked
}

func (d suiteDesk) state(id item.ID) (state item.State) {
	d.t.Helper()
	err := d.store.Read(context.Background(), func(v newsroom.View) error {
		it, err := v.Item(id)
		state = it.State
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return state
}

// outcomes are the states in which an order must leave a pending item.
var outcomes = map[editorial.Verb]item.State{
	editorial.None: item.Pending, editorial.Approve: item.Approved, editorial.Reject: item.Rejected, editorial.Defer: item.Deferred,
	editorial.Sign: item.Pending, editorial.Undo: item.Pending, editorial.Delegate: item.Pending,
	editorial.Edit: item.Pending, editorial.Translate: item.Pending,
}

// score counts what was read as it must be.
type score struct {
	t                   *testing.T
	right, all, falsely int
}

// count enters one reply: what is wrong with how it was read, and whether
// something was approved of it that nobody meant.
func (s *score) count(name string, faults []string, falsely bool) {
	s.all++
	if falsely {
		s.falsely++
		s.t.Errorf("%s: A FALSE APPROVAL", name)
	}
	if len(faults) == 0 {
		s.right++
		return
	}
	s.t.Errorf("%s: %s", name, strings.Join(faults, "; "))
}

func suite() []given {
	return slices.Concat(
		all(approved, repliesApproving), all(approved, repliesSigned), all(none, repliesRefusing), all(later, repliesDeferring),
		repliesOrdering, all(none, repliesDeciding), all(none, repliesTakenBack), all(none, repliesElsewhere), all(none, repliesOfMachines), all(none, repliesHidden),
	)
}

// Each reply to one request is read as it was meant, and does that on a real
// store; so is each answer to a list, and to a plan.
func TestReplies_EachMailProgramIsReadAsMeant(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	t.Parallel()
	d := suiteDesk{newDesk(t)}
	d.service.Editors = suiteEditors
	s := &score{t: t}
	names := map[string]bool{}
	for _, g := range suite() {
		if names[g.name] {
			t.Fatalf("two replies are named %q", g.name)
		}
		names[g.name] = true
		s.reply(d, g)
	}
	for _, l := range repliesToQueues {
		s.list(l)
	}
	for _, p := range repliesToPlans {
		s.plan(p)
	}
	fmt.Printf("score: replies read %d/%d, false approvals %d\n", s.right, s.all, s.falsely)
}

// reply reads one reply, and brings it to the desk.
func (s *score) reply(d suiteDesk, g given) {
	var who newsroom.Editor
	for _, e := range suiteEditors {
		if e.Address.Local() == g.from || g.from == "" && e.Address.Local() == "elise" {
			who = e
		}
	}
	// Nobody is away, and nobody floods the desk.
	d.now = d.now.Add(2 * time.Minute)
	d.act(func(newsroom.View) (newsroom.Effects, error) {
		var fx newsroom.Effects
		for _, e := range suiteEditors {
			fx = append(fx, newsroom.EndDelegation{Editor: e.Address, At: d.now})
		}
		return fx, nil
	})
	q := d.ask(who.Address)
	sheet := g.sheet(s.t)
	sheet.fields = append([]string{"Authentication-Results: mx.example; dmarc=pass header.from=reseau.example"}, sheet.fields...)
	d.uid++
	raw := sheet.bytes(
		fmt.Sprintf("%s <%s>", mime.QEncoding.Encode("utf-8", who.Name), who.Address),
		"InfoLettre <info+"+q.Handle(d.service.Secret).String()+"@cites.example>",
		fmt.Sprint("suite-", d.uid), d.now.Format(time.RFC1123Z))
	may := []editorial.Reply{g.want}
	if g.or != nil {
		may = append(may, *g.or)
	}
	mayBind := slices.ContainsFunc(may, func(r editorial.Reply) bool { return binds(r.Verb) })
	var faults []string
	falsely := false

	if !g.auto {
		m, err := message.Read(raw)
		if err != nil {
			s.t.Fatalf("%s: %v", g.name, err)
		}
		var w editorial.ReplyText
		w.Text, w.HTML = m.Written()
		got := editorial.ReadReply(w)
		fault := ""
		for i, want := range may {
			if one := differs(got, want); i == 0 || one == "" {
				fault = one
			}
		}
		if fault != "" {
			faults = append(faults, fmt.Sprintf("%s\n\ttext %q\n\thtml %q", fault, w.Text, w.HTML))
		}
		falsely = !mayBind && binds(got.Verb)
	}

	if _, err := receive(d.Intake, d.uid, raw); err != nil {
		s.t.Fatalf("%s: %v", g.name, err)
	}
	state := d.state(q.Subjects[0].Item)
	if !slices.ContainsFunc(may, func(r editorial.Reply) bool { return outcomes[r.Verb] == state }) {
		faults = append(faults, fmt.Sprintf("the item is %s, want %s", state, outcomes[g.want.Verb]))
	}
	s.count(g.name, faults, falsely || state == item.Approved && !slices.ContainsFunc(may, func(r editorial.Reply) bool { return r.Verb == editorial.Approve }))
}

func ptr[T any](v T) *T { return &v }
