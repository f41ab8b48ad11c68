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

// list handles an answer to a queue mail. Each line is an order by itself, and the editor is
// told the result of each.
func (h *replyHandler) list() (string, newsroom.Effects, error) {
	known := make([]int64, len(h.q.Subjects))
	for i, s := range h.q.Subjects {
		known[i] = int64(s.Item)
	}
	if h.reply.Verb == editorial.Delegate && h.q.For == "" {
		return h.delegateConfirmed()
	}
	lines := editorial.ReadList(h.mail.written, known)
	if !slices.ContainsFunc(lines, func(l editorial.Line) bool { return l.Reply.Verb != editorial.None }) {
		why := "no line of it is an order on an item of the list"
		if len(lines) > 0 && lines[0].Reply.Why != "" {
			why = lines[0].Reply.Why
		}
		return h.unclear("queue", why)
	}
	each := slices.ContainsFunc(lines, func(l editorial.Line) bool { return eachTime(l.Reply.Verb) })
	if ask, err := h.needsConfirmation(each); err != nil {
		return "", nil, err
	} else if ask {
		return h.challenge("list", excerpt(h.reply.Text), each)
	}
	var fx newsroom.Effects
	var report []string
	next := slices.Clone(h.q.Subjects) // the subjects of the report, which may be answered
	carriedOut, seen := 0, map[int64]bool{}
	for _, l := range lines {
		if l.Reply.Verb == editorial.None {
			report = append(report, reportLine(0, "unread", l.Text, l.Reply.Why))
			continue
		}
		for _, n := range l.Numbers {
			if seen[n] {
				continue // the same order again; ReadList refuses contradictory ones
			}
			seen[n] = true
			i := slices.IndexFunc(h.q.Subjects, func(s editorial.Subject) bool { return int64(s.Item) == n })
			if i < 0 {
				report = append(report, reportLine(n, "not-listed", l.Text, ""))
				continue
			}
			result, err := h.doListed(h.q.Subjects[i], l.Reply)
			if err != nil {
				return "", nil, err
			}
			if result.fx != nil && result.status != statusStale {
				carriedOut++
			}
			fx, next[i] = append(fx, result.fx...), result.subject
			detail := string(result.itemStatus.State)
			if result.edit != nil {
				detail = result.edit.Reason
			}
			report = append(report, reportLine(n, string(result.status), l.Text, detail))
		}
	}
	answer, err := h.write(delivery.Letter{
		Kind: delivery.KindOutcome, Topic: "queue-report", Args: map[string]string{"lines": strings.Join(report, "\n"), "done": strconv.Itoa(carriedOut)},
	}, editorial.Request{Purpose: token.Queue, Subjects: next, Expires: h.q.Expires})
	h.reply.Verb = lines[0].Reply.Verb
	return fmt.Sprintf("the editor orders %d times on a list, of which %d were carried out", len(report), carriedOut), append(fx, answer...), err
}

// reportLine formats a line of the report for a letter: the item's number, the status, the
// editor's words and a detail, separated by tabs.
func reportLine(number int64, status, said, detail string) string {
	said = strings.Join(strings.Fields(said), " ")
	return strings.Join([]string{strconv.FormatInt(number, 10), status, said, strings.Join(strings.Fields(detail), " ")}, "\t")
}

// doListed carries out one order of a list. If the item has changed since the list was made,
// the editor is sent its current revision instead.
func (h *replyHandler) doListed(s editorial.Subject, r editorial.Reply) (orderResult, error) {
	if r.Verb == editorial.Undo {
		fx, status, err := h.takeBack(s)
		o := orderResult{status: statusUndone, verb: r.Verb, subject: s, itemStatus: status, fx: fx}
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
	o := h.do(s, r)
	if o.err != nil || o.status != statusStale {
		return o, o.err
	}
	var err error
	o.fx, err = h.in.service.RequestAgain(h.v, h.q, h.who.Mailbox, s.Item, s.Revision, h.now)
	return o, err
}

// plan handles an answer to an issue's plan: all its orders, or none.
func (h *replyHandler) plan() (string, newsroom.Effects, error) {
	if h.reply.Verb == editorial.Delegate && h.q.For == "" {
		return h.delegateConfirmed()
	}
	lines := editorial.ReadPlan(h.mail.written)
	in := newsroom.PlanInput{
		Issue: issue.ID(h.q.Issue), Hash: h.q.Hash, Person: h.who.Mailbox, For: h.q.For, Message: h.message, How: h.authenticatedBy(), At: h.now,
	}
	undo := false
	for _, l := range lines {
		switch l.Reply.Verb {
		case editorial.Reorder:
			in.First = append(in.First, itemIDs(l.Reply.Numbers)...)
		case editorial.Remove:
			in.Remove = append(in.Remove, itemIDs(l.Reply.Numbers)...)
		case editorial.WriteEditorial:
			in.Editorial = l.Reply.Body
		case editorial.Postpone:
			in.Postpone = true
		case editorial.Undo:
			undo = true
		default:
			return h.unclear("plan", l.Reply.Why)
		}
	}
	if len(lines) == 0 {
		return h.unclear("plan", "the reply holds no order")
	}
	if (in.Postpone || undo) && len(lines) > 1 {
		return h.unclear("plan", "an issue that waits, or is as it was, is not arranged")
	}
	h.reply.Verb = lines[0].Reply.Verb
	if ask, err := h.needsConfirmation(undo); err != nil {
		return "", nil, err
	} else if ask {
		return h.challenge("list", excerpt(h.reply.Text), undo)
	}
	if undo {
		return h.undoRemovals()
	}
	fx, err := h.in.service.ChangePlan(h.v, in)
	var unread *item.EditError
	switch {
	case errors.Is(err, editorial.ErrStale):
		fx, err = h.in.service.ShowPlan(h.v, in.Issue, h.who.Mailbox, h.q.For, h.message, h.now)
		return "nothing is done: the plan was changed since", fx, err
	case errors.Is(err, newsroom.ErrWrongState):
		fx, err = h.tell("plan-over", nil)
		return "nothing is done: the issue takes no changes any more", fx, err
	case errors.Is(err, newsroom.ErrNotInIssue), errors.As(err, &unread):
		return h.unclear("plan", err.Error())
	}
	return "the editor arranges the issue", fx, err
}

// delegateConfirmed is delegate, after a confirmation where one is needed.
func (h *replyHandler) delegateConfirmed() (string, newsroom.Effects, error) {
	if ask, err := h.needsConfirmation(true); err != nil {
		return "", nil, err
	} else if ask {
		return h.challenge(h.reply.Verb, "", true)
	}
	return h.delegate()
}

// undoRemovals takes back the editor's removals from the plan, within the time allowed for
// taking back decisions.
func (h *replyHandler) undoRemovals() (string, newsroom.Effects, error) {
	decided, err := h.v.Decided(h.now.Add(-h.in.service.Rules.Undo), h.now)
	if err != nil {
		return "", nil, err
	}
	var all newsroom.Effects
	seen := map[item.ID]bool{}
	for _, d := range editorial.Effective(decided) {
		if d.Verb != editorial.Defer || d.Before.State != item.Approved || !d.DecidedBy().Equal(h.who.Address) || seen[d.Item] {
			continue
		}
		seen[d.Item] = true
		fx, _, err := h.takeBack(editorial.Subject{Item: d.Item})
		if err != nil && undoTopic(err) == "" {
			return "", nil, err
		}
		all = append(all, fx...)
	}
	if len(all) == 0 {
		answer, err := h.tell("undo-nothing", nil)
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
