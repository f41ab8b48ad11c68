package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"infolettre/internal/audit"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/sqlite"
	"infolettre/internal/token"
)

// historyLine is one sentence of an item's history.
type historyLine struct {
	at   time.Time
	text string
}

// historyWriter writes the history of an item from the tables and the log. Where the log
// began later than the item, it uses the tables alone.
type historyWriter struct {
	sqlite.ItemHistory
	service *newsroom.Service
	words   map[int64]string // of the messages that decide, by number
	lines   []historyLine
}

// historyOf returns an item's history by time. words holds the first line of each message
// that decided, if it can still be read.
func historyOf(t sqlite.ItemHistory, words map[int64]string, service *newsroom.Service) []historyLine {
	s := &historyWriter{ItemHistory: t, service: service, words: words}
	s.revisions()
	s.letters(false)
	s.challenges()
	s.decisions()
	s.letters(true)
	s.moves()
	s.proofs()
	s.mailings()
	// Lines of the same instant keep the order above, which is that of cause and effect.
	slices.SortStableFunc(s.lines, func(a, b historyLine) int { return a.at.Compare(b.at) })
	return s.lines
}

func (s *historyWriter) say(at time.Time, format string, args ...any) {
	s.lines = append(s.lines, historyLine{at, fmt.Sprintf(format, args...)})
}

// who returns the name of a person for the history.
func (s *historyWriter) who(a message.Address) string {
	e, editor := s.service.Editor(a)
	switch {
	case a.Equal(s.Item.Sender.Address):
		return s.Item.Sender.String()
	case editor:
		return e.Mailbox.String()
	case a.Equal(s.service.Operator.Address):
		return "the operator"
	case a == "":
		return "somebody whose name was erased"
	}
	return string(a)
}

// everyone joins the names of several people, each once.
func (s *historyWriter) everyone(people []message.Address) string {
	var names []string
	for _, p := range people {
		name := s.who(p)
		if e, editor := s.service.Editor(p); editor && e.Name != "" {
			name = e.Name
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// entry returns the log's record of a new revision, and its text unless that was erased.
func (s *historyWriter) entry(revision int) (rec audit.Record, text audit.Text) {
	for _, r := range s.Records {
		if (r.Kind == audit.Received || r.Kind == audit.Revised) && r.Revision == int64(revision) {
			return r, textOf(r)
		}
	}
	return rec, text
}

// textOf returns the text of a record, or the zero Text if it was erased or cannot be read.
// Verifying the log reports the latter.
func textOf(r audit.Record) (t audit.Text) {
	if r.Stored != nil {
		t, _ = r.Stored.Text()
	}
	return t
}

func (s *historyWriter) revisions() {
	for i, r := range s.Revisions {
		rec, text := s.entry(r.Number)
		proof := describeAuthentication(text.Sender)
		if i == 0 {
			s.say(s.Item.Received, "%s sent it as message %d%s.", s.Item.Sender, s.Item.Message, proof)
			if text.State == string(item.Held) {
				s.say(s.Item.Received, "It was held because its sender was not in the people list.")
			}
			s.say(r.Created, "It was read as %s.", describeContent(r.Content))
			continue
		}
		by := "It was changed"
		if text.Person != "" {
			by = s.who(message.Address(text.Person)) + " changed it"
		}
		if rec.Message != 0 {
			by += fmt.Sprintf(" by message %d%s", rec.Message, proof)
		}
		s.say(r.Created, "%s: revision %d, %s.", by, r.Number, describeChanges(s.Revisions[i-1].Content, r.Content))
	}
}

// letters writes who was asked to decide, or, with outcomes, who was told the outcome. Those
// who got the same letter at the same time are named together.
func (s *historyWriter) letters(outcomes bool) {
	for i := 0; i < len(s.Letters); i++ {
		w := s.Letters[i]
		if (w.Kind == delivery.KindOutcome) != outcomes {
			continue
		}
		people := []message.Address{w.Person}
		for i+1 < len(s.Letters) {
			next := s.Letters[i+1]
			next.Person = w.Person
			if next != w {
				break
			}
			i++
			people = append(people, s.Letters[i].Person)
		}
		names, were := s.everyone(people), "was"
		if strings.Contains(names, " and ") {
			were = "were"
		}
		switch {
		case w.Purpose == token.Decision:
			s.say(w.At, "%s %s asked to decide on revision %d.", names, were, w.Revision)
		case w.Kind == delivery.KindReceipt:
			s.say(w.At, "A receipt was queued for %s, with revision %d.", names, w.Revision)
		case w.Kind == delivery.KindOutcome:
			s.say(w.At, "%s %s told the outcome (%s).", names, were, strings.TrimPrefix(w.Topic, "your-"))
		}
	}
}

// decisions counts approvals as editorial.Decide does: of one revision, by different editors,
// since the last rejection.
func (s *historyWriter) decisions() {
	approvers := map[string]bool{}
	counted := ""
	undone := map[int64]bool{}
	for _, d := range s.Decisions {
		undone[d.Undoes] = true
	}
	for _, d := range s.Decisions {
		how := strings.TrimSuffix(d.How, ".")
		ordered, by := how == "command line", "(authenticated by "+how+")"
		switch {
		case ordered:
			by = "on the command line"
		case d.Message != 0:
			by = fmt.Sprintf("by message %d %s", d.Message, by)
			if s.words[d.Message] != "" {
				by = fmt.Sprintf("in the words “%s”, %s", s.words[d.Message], by)
			}
		}
		words := "."
		if d.Reason != "" {
			words = ": “" + strings.TrimSuffix(oneLine(d.Reason), ".") + "”."
		}
		switch {
		case d.Verb == editorial.Undo:
			s.say(d.At, "%s undid their decision on revision %d %s.", s.who(d.DecidedBy()), d.Revision, by)
			continue
		case d.Verb != editorial.Approve:
			clear(approvers)
		case !ordered:
			if of := fmt.Sprint(d.Revision, d.Hash); of != counted {
				clear(approvers)
				counted = of
			}
			approvers[d.Editor.Key()] = true
			words += fmt.Sprintf(" That is approval %d of %d.", len(approvers), s.service.Rules.QuorumOf(s.section(d.Revision)))
		}
		if undone[d.ID] {
			delete(approvers, d.Editor.Key())
			words += " It was undone later."
		}
		who := s.who(d.DecidedBy())
		if d.By != "" {
			who += ", deputy of " + s.who(d.Editor) + ","
		}
		s.say(d.At, "%s %s revision %d %s%s", who, decisionVerb(d.Verb), d.Revision, by, words)
	}
}

// section returns the section of a revision.
func (s *historyWriter) section(revision int) string {
	for _, r := range s.Revisions {
		if r.Number == revision {
			return r.Section
		}
	}
	return s.Item.Current.Section
}

func (s *historyWriter) challenges() {
	for _, r := range s.Records {
		text := textOf(r)
		switch r.Kind {
		case audit.Challenged:
			s.say(r.At, "%s said “%s” by message %d, which needs one more reply as confirmation: the mailbox's server does not authenticate senders.",
				s.who(message.Address(text.Person)), text.Verb, r.Message)
		case audit.Confirmed:
			s.say(r.At, "%s confirmed it by message %d.", s.who(message.Address(text.Person)), r.Message)
		default: // the tables hold the rest
		}
	}
}

// moves writes the changes of state; only the log records their time.
func (s *historyWriter) moves() {
	placed := int64(0)
	for _, r := range s.Records {
		if r.Kind != audit.Moved {
			continue
		}
		switch state := item.State(textOf(r).State); {
		case state == item.Published:
			s.say(r.At, "It was published in issue %d, as revision %d.", r.Issue, r.Revision)
			placed = r.Issue
		case r.Issue != 0 && state == item.Pending:
			s.say(r.At, "It waits for the editors' decision, for issue %d.", r.Issue)
			placed = r.Issue
		case r.Issue != 0:
			s.say(r.At, "It was placed in issue %d, as revision %d.", r.Issue, r.Revision)
			placed = r.Issue
		case placed != 0:
			s.say(r.At, "It was taken out of issue %d.", placed)
			placed = 0
		case state == item.Pending:
			s.say(r.At, "It is pending again, for the next issue.")
		}
	}
	if s.Item.Issue != 0 && placed != s.Item.Issue {
		s.say(s.Item.Current.Created, "It is in issue %d.", s.Item.Issue)
	}
}

func (s *historyWriter) proofs() {
	for _, p := range s.Proofs {
		s.say(p.Created, "Proof %d of issue %d was sent to the editors.", p.ID, p.Issue)
		for i, sig := range p.Signatures {
			by := ""
			if sig.Message != 0 {
				by = fmt.Sprintf(" by message %d", sig.Message)
			}
			s.say(sig.At, "%s signed proof %d%s (authenticated by %s): signature %d of %d.",
				s.who(sig.Signer()), p.ID, by, strings.TrimSuffix(sig.How, "."), i+1, s.service.Rules.ProofQuorum)
		}
		if !p.Voided.IsZero() {
			s.say(p.Voided, "Proof %d was voided because issue %d changed.", p.ID, p.Issue)
		}
	}
}

func (s *historyWriter) mailings() {
	for _, m := range s.Mailings {
		what := fmt.Sprintf("Issue %d", m.Issue)
		if m.Event != "" {
			what = "A reminder of “" + oneLine(m.Event) + "”"
		}
		var rest []string
		for state, n := range m.Count {
			if state != delivery.Sent {
				rest = append(rest, fmt.Sprintf("%d %s", n, strings.ReplaceAll(string(state), "_", " ")))
			}
		}
		slices.SortFunc(rest, cmp.Compare[string])
		beside := ""
		if len(rest) > 0 {
			beside = "; also " + strings.Join(rest, ", ")
		}
		s.say(m.Created, "%s was mailed to %s (mailing %d%s).", what, count(m.Count[delivery.Sent], "person"), m.ID, beside)
	}
}
