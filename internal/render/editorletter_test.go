package render_test

import (
	"strings"
	"testing"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/templates"
)

// The letters to editors match their golden files, and quoted without quote marks none of their
// text is an order.
func TestLetter_EditorLettersOrderNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long")
	}
	o := newOffice(t)
	o.offerAll(1, doubtful(t), item.ParsedItem{Content: english()})
	elise := message.Mailbox{Name: "Élise Marchand", Address: "elise@reseau.example"}
	amend := func(e item.Editing, approve bool) {
		t.Helper()
		o.act(func(v newsroom.View) (newsroom.Effects, error) {
			it, err := v.Item(1)
			if err != nil {
				return nil, err
			}
			fx, _, err := o.service.Edit(v, newsroom.EditInput{
				Subject: editorial.Subject{Item: 1, Revision: it.Current.Number, Hash: it.Current.Hash},
				Editing: e, Approve: approve, Person: elise, How: editorial.HowDesk, At: o.now,
			})
			return fx, err
		})
	}
	amend(item.Editing{Title: "La mer recrute à Rouen", Section: "Nouvelles du Réseau", Text: "Trois cents lycéens sont attendus sur les quais.\n\nLe forum est gratuit."}, false)
	amend(item.Editing{Language: "en", Translation: "The sea is hiring in Rouen\n\nThree hundred pupils are expected on the quays."}, true)
	o.now = o.now.Add(26 * time.Hour)
	o.act(func(v newsroom.View) (newsroom.Effects, error) {
		return o.service.SendQueue(v, newsroom.Due{Key: "queue", Arg: "1517209200"}, o.now)
	})
	queue := int64(0)
	o.act(func(v newsroom.View) (newsroom.Effects, error) {
		for id := int64(1); ; id++ {
			q, err := v.Request(editorial.RequestID(id))
			if err != nil {
				return nil, nil
			}
			if q.Purpose == 'j' && q.Person == elise.Address {
				queue = id
			}
		}
	})
	if queue == 0 {
		t.Fatal("no queue mail was asked for")
	}
	o.letters()
	outcome := int64(0)
	o.act(func(v newsroom.View) (newsroom.Effects, error) {
		it, err := v.Item(1)
		if err != nil {
			return nil, err
		}
		fx, err := o.service.Request(v, editorial.Request{
			Purpose: 'o', Person: elise.Address, Created: o.now, Expires: o.now.Add(2 * time.Hour),
			Subjects: []editorial.Subject{{Item: 1, Revision: it.Current.Number, Hash: it.Current.Hash}},
		}, delivery.Letter{Kind: delivery.KindOutcome, Topic: "decided", To: elise, Language: "fr", Created: o.now, Args: map[string]string{"verb": "approve"}})
		for _, change := range fx {
			if q, ok := change.(newsroom.AddRequest); ok {
				outcome = int64(q.ID)
			}
		}
		return fx, err
	})
	report := strings.Join([]string{"1\tdone\t1 oui\tapproved", "2\tstale\t2 oui\tpending", "3\tuneditable\t3 rubrique = lune\tno-section", "0\tunread\tpeut-être\tx"}, "\n")
	for _, l := range []delivery.Letter{
		{Kind: delivery.KindRequest, Topic: "request-edited", Request: outcome},
		{Kind: delivery.KindRequest, Topic: "changed", Request: outcome, Args: map[string]string{"since": "1"}},
		{Kind: delivery.KindRequest, Topic: "undone", Request: outcome, Args: map[string]string{"verb": "approve", "state": "pending"}},
		{Kind: delivery.KindOutcome, Topic: "decided", Request: outcome, Args: map[string]string{"verb": "approve"}},
		{Kind: delivery.KindOutcome, Topic: "edited", Request: outcome, Args: map[string]string{"since": "1", "approved": "yes"}},
		{Kind: delivery.KindOutcome, Topic: "your-edited", Request: outcome, Args: map[string]string{"since": "1", "state": "approved"}},
		{Kind: delivery.KindOutcome, Topic: "edited-after", Item: 1, Args: map[string]string{"since": "1", "by": "Marco Bellini"}},
		{Kind: delivery.KindQueue, Topic: "queue", Request: queue, Args: map[string]string{"since": "1517209200", "more": "0", "others": "2"}},
		{Kind: delivery.KindRequest, Topic: "list", Request: queue, Args: map[string]string{"more": "0"}},
		{Kind: delivery.KindRequest, Topic: "list-closing", Request: queue, Issue: 1, Args: map[string]string{"more": "0"}},
		{Kind: delivery.KindRequest, Topic: "list-empty", Request: queue, Issue: 1, Args: map[string]string{"more": "4"}},
		{Kind: delivery.KindNotice, Topic: "undecided", Args: map[string]string{"issue": "1", "count": "12"}},
		{Kind: delivery.KindOutcome, Topic: "queue-report", Args: map[string]string{"lines": report}},
		{Kind: delivery.KindPlan, Topic: "plan", Issue: 1},
		{Kind: delivery.KindNotice, Topic: "uneditable", Item: 1, Args: map[string]string{"reason": "no-section", "value": "lune"}},
		{Kind: delivery.KindNotice, Topic: "deputy", Args: map[string]string{"by": "Marco Bellini", "last": "2018-03-01"}},
		{Kind: delivery.KindNotice, Topic: "escalated", Args: map[string]string{"items": "1\tUn forum\n2\tA fair", "days": "7"}},
	} {
		for _, lang := range o.service.Languages {
			l.ID, l.To, l.Language, l.Created = 1, elise, lang, o.now
			out, err := o.render.Letter(o.ctx, &l)
			if err != nil {
				t.Fatalf("%s: %v", l.Topic, err)
			}
			golden(t, "desk-"+l.Topic+"."+lang+".txt", "Subject: "+out.Subject+"\n\n"+out.Text)
			if found := gap.FindString(out.Subject + out.Text); found != "" {
				t.Errorf("%s in %s has a gap %q", l.Topic, lang, found)
			}
			t.Run(l.Topic+"-"+lang, func(t *testing.T) {
				t.Parallel()
				ordersNothing(t, l.Topic+" in "+lang, out)
			})
		}
	}
}

// reach is how many non-blank lines are read from each line of a letter on. Lines further below
// can only retract an order.
const reach = 4

// ordersNothing asserts that no parser finds an order in either form of a letter: in no single
// line, in no line with those below it, and not in the whole.
func ordersNothing(t *testing.T, name string, out message.Outbound) {
	t.Helper()
	done := map[string]bool{} // both forms share most lines
	nothing := func(text string) {
		t.Helper()
		if done[text] {
			return
		}
		done[text] = true
		w := editorial.ReplyText{Text: strings.TrimLeft(text, "> ")}
		if r := editorial.ReadReply(w); r.Verb != editorial.None {
			t.Errorf("%s orders %q by %q", name, r.Verb, text)
		}
		for _, l := range append(editorial.ReadList(w, []int64{1, 2, 3}), editorial.ReadPlan(w)...) {
			if l.Reply.Verb != editorial.None {
				t.Errorf("%s orders %q of a list or a plan by %q", name, l.Reply.Verb, l.Text)
			}
		}
	}
	for _, form := range []string{out.Text, message.HTMLToText(out.HTML)} {
		nothing(form)
		lines := strings.Split(form, "\n")
		for i, line := range lines {
			nothing(line)
			end, read := i, 0
			for end < len(lines) && read < reach {
				if strings.TrimSpace(lines[end]) != "" {
					read++
				}
				end++
			}
			nothing(strings.Join(lines[i:end], "\n"))
		}
	}
}

// The draft of a button contains the order on its label.
func TestDrafts_ParseAsTheirOrders(t *testing.T) {
	t.Parallel()
	for _, lang := range templates.Languages() {
		w, err := templates.Load(lang)
		if err != nil {
			t.Fatal(err)
		}
		for key, want := range map[string]editorial.Verb{
			"draft-approve": editorial.Approve, "draft-defer": editorial.Defer, "draft-sign": editorial.Sign, "draft-undo": editorial.Undo,
		} {
			if r := editorial.ReadReply(editorial.ReplyText{Text: w.T(key)}); r.Verb != want {
				t.Errorf("%s in %s is read as %q", key, lang, r.Verb)
			}
		}
		refusal := w.T("draft-reject") + "doublon"
		if r := editorial.ReadReply(editorial.ReplyText{Text: refusal}); r.Verb != editorial.Reject || r.Reason != "doublon" {
			t.Errorf("%q is read as %q, %q", refusal, r.Verb, r.Reason)
		}
		list := editorial.ReadList(editorial.ReplyText{Text: "12 " + w.T("draft-approve") + "\n13 " + w.T("draft-defer") + "\n14 " + refusal}, []int64{12, 13, 14})
		if len(list) != 3 || list[0].Reply.Verb != editorial.Approve || list[1].Reply.Verb != editorial.Defer || list[2].Reply.Verb != editorial.Reject {
			t.Errorf("a list of drafts in %s is read as %+v", lang, list)
		}
	}
}
