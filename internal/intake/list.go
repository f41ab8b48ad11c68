package intake

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// list handles an answer to a queue mail: each line stands alone, and the editor
// is told line by line what became of it.
func (a *replyHandler) list() (string, newsroom.Effects, error) {
	known := make([]int64, len(a.q.Subjects))
	for i, s := range a.q.Subjects {
		known[i] = int64(s.Item)
	}
	if a.reply.Verb == editorial.Delegate && a.q.For == "" {
		return a.delegateConfirmed()
	}
	lines := editorial.ReadList(a.mail.written, known)
	if !slices.ContainsFunc(lines, func(l editorial.Line) bool { return l.Reply.Verb != editorial.None }) {
		why := "no line of it is an order on an item of the list"
		if len(lines) > 0 && lines[0].Reply.Why != "" {
			why = lines[0].Reply.Why
		}
		return a.unclear("queue", why)
	}
	each := slices.ContainsFunc(lines, func(l editorial.Line) bool { return eachTime(l.Reply.Verb) })
	if ask, err := a.needsConfirmation(each); err != nil {
		return "", nil, err
	} else if ask {
		return a.challenge("list", excerpt(a.reply.Text), each)
	}
	var fx newsroom.Effects
	var report []string
	next := slices.Clone(a.q.Subjects) // what the report may be answered about
	did, seen := 0, map[int64]bool{}
	for _, l := range lines {
		if l.Reply.Verb == editorial.None {
			report = append(report, reportLine(0, "unread", l.Said, l.Reply.Why))
			continue
		}
		for _, n := range l.Numbers {
			if seen[n] {
				continue // the same order once more: two ways are no order
			}
			seen[n] = true
			i := slices.IndexFunc(a.q.Subjects, func(s editorial.Subject) bool { return int64(s.Item) == n })
			if i < 0 {
				report = append(report, reportLine(n, "not-listed", l.Said, ""))
				continue
			}
			done, err := a.doListed(a.q.Subjects[i], l.Reply)
			if err != nil {
				return "", nil, err
			}
			if done.fx != nil && done.status != statusStale {
				did++
			}
			fx, next[i] = append(fx, done.fx...), done.subject
			detail := string(done.itemStatus.State)
			if done.edit != nil {
				detail = done.edit.Reason
			}
			report = append(report, reportLine(n, string(done.status), l.Said, detail))
		}
	}
	answer, err := a.write(delivery.Letter{
		Kind: delivery.KindOutcome, Topic: "queue-report", Args: map[string]string{"lines": strings.Join(report, "\n"), "done": strconv.Itoa(did)},
	}, editorial.Request{Purpose: token.Queue, Subjects: next, Expires: a.q.Expires})
	a.reply.Verb = lines[0].Reply.Verb
	return fmt.Sprintf("the editor orders %d times on a list, of which %d were carried out", len(report), did), append(fx, answer...), err
}

// reportLine is one line of a report as a letter's argument holds it: the item's
// number, what became of it, the editor's words, and a detail.
func reportLine(number int64, status, said, detail string) string {
	said = strings.Join(strings.Fields(said), " ")
	return strings.Join([]string{strconv.FormatInt(number, 10), status, said, strings.Join(strings.Fields(detail), " ")}, "\t")
}

// doListed carries one order of a list out. Of an item that was changed since the
// list was made, the editor is shown what changed.
func (a *replyHandler) doListed(s editorial.Subject, r editorial.Reply) (orderResult, error) {
	if r.Verb == editorial.Undo {
		fx, standing, err := a.takeBack(s)
		o := orderResult{status: statusUndone, verb: r.Verb, subject: s, itemStatus: standing, fx: fx}
		switch undoTopic(err) {
		case "undo-late":
			o.status = statusTooLate
		case "undo-nothing":
			o.status = statusNothing
		default:
			return o, err
		}
		return o, nil
	}
	o := a.do(s, r)
	if o.err != nil || o.status != statusStale {
		return o, o.err
	}
	var err error
	o.fx, err = a.in.service.RequestAgain(a.v, a.q, a.who.Mailbox, s.Item, s.Revision, a.now)
	return o, err
}

// plan handles an answer to an issue's plan: all that it orders, or nothing.
func (a *replyHandler) plan() (string, newsroom.Effects, error) {
	if a.reply.Verb == editorial.Delegate && a.q.For == "" {
		return a.delegateConfirmed()
	}
	lines := editorial.ReadPlan(a.mail.written)
	do := newsroom.PlanInput{
		Issue: issue.ID(a.q.Issue), Hash: a.q.Hash, Person: a.who.Mailbox, For: a.q.For, Message: a.message, How: a.authenticatedBy(), At: a.now,
	}
	undo := false
	for _, l := range lines {
		switch l.Reply.Verb {
		case editorial.Reorder:
			do.First = append(do.First, itemIDs(l.Reply.Numbers)...)
		case editorial.Remove:
			do.Remove = append(do.Remove, itemIDs(l.Reply.Numbers)...)
		case editorial.Write:
			do.Editorial = l.Reply.Body
		case editorial.Wait:
			do.Wait = true
		case editorial.Undo:
			undo = true
		default:
			return a.unclear("plan", l.Reply.Why)
		}
	}
	if len(lines) == 0 {
		return a.unclear("plan", "the reply holds no order")
	}
	if (do.Wait || undo) && len(lines) > 1 {
		return a.unclear("plan", "an issue that waits, or is as it was, is not arranged")
	}
	a.reply.Verb = lines[0].Reply.Verb
	if ask, err := a.needsConfirmation(undo); err != nil {
		return "", nil, err
	} else if ask {
		return a.challenge("list", excerpt(a.reply.Text), undo)
	}
	if undo {
		return a.undoRemovals()
	}
	fx, err := a.in.service.ChangePlan(a.v, do)
	var unread *item.EditError
	switch {
	case errors.Is(err, editorial.ErrStale):
		fx, err = a.in.service.ShowPlan(a.v, do.Issue, a.who.Mailbox, a.q.For, a.message, a.now)
		return "nothing is done: the plan was changed since", fx, err
	case errors.Is(err, newsroom.ErrWrongState):
		fx, err = a.tell("plan-over", nil)
		return "nothing is done: the issue takes no changes any more", fx, err
	case errors.Is(err, newsroom.ErrNotInIssue), errors.As(err, &unread):
		return a.unclear("plan", err.Error())
	}
	return "the editor arranges the issue", fx, err
}

// delegateConfirmed is delegate, once it was confirmed where that is needed.
func (a *replyHandler) delegateConfirmed() (string, newsroom.Effects, error) {
	if ask, err := a.needsConfirmation(true); err != nil {
		return "", nil, err
	} else if ask {
		return a.challenge(a.reply.Verb, "", true)
	}
	return a.delegate()
}

// undoRemovals takes back what the editor removed from the plan within the time
// that a decision may be taken back.
func (a *replyHandler) undoRemovals() (string, newsroom.Effects, error) {
	decided, err := a.v.Decided(a.now.Add(-a.in.service.Rules.Undo), a.now)
	if err != nil {
		return "", nil, err
	}
	var all newsroom.Effects
	seen := map[item.ID]bool{}
	for _, d := range editorial.Effective(decided) {
		if d.Verb != editorial.Defer || d.Before.State != item.Approved || !d.Speaker().Equal(a.who.Address) || seen[d.Item] {
			continue
		}
		seen[d.Item] = true
		fx, _, err := a.takeBack(editorial.Subject{Item: d.Item})
		if err != nil && undoTopic(err) == "" {
			return "", nil, err
		}
		all = append(all, fx...)
	}
	if len(all) == 0 {
		answer, err := a.tell("undo-nothing", nil)
		return "nothing is done: there is nothing to take back", answer, err
	}
	return "the editor takes back what they removed", all, nil
}

func itemIDs(numbers []int64) []item.ID {
	ids := make([]item.ID, len(numbers))
	for i, n := range numbers {
		ids[i] = item.ID(n)
	}
	return ids
}
