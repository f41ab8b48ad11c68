package editorial

import (
	"strings"
)

// ReadPlan reads an answer to the plan of an issue: ORDRE : 4, 2, 7; RETIRER 3; ÉDITO and its
// text, to the end of the answer; ATTENDRE; ANNULER; DÉLÉGUER. Each order has its own line. A
// line that is neither an order nor merely polite gives a Line with Verb None, and voids every
// order of the answer if it may retract.
func ReadPlan(w ReplyText) []Line {
	return agreedLines(w, readPlan)
}

func readPlan(part string) []Line {
	s, why := readSheet(part)
	if why != "" {
		if len(s.lines) == 0 && len(part) <= maxSaid {
			return nil
		}
		return []Line{{Text: excerpt(s.said), Reply: Reply{Verb: None, Text: excerpt(s.said), Why: why}}}
	}
	var all []Line
	var others []string
	for i, text := range s.lines {
		text = tidyMarks(text)
		if len(all) >= maxEntries {
			break
		}
		if text == "" || civil(text) && !steps(text) {
			continue
		}
		r := Reply{Verb: None, Text: text}
		if body, ok := editorialText(text, s.lines[i+1:]); ok {
			if words := strings.Fields(foldLine(body)); len(words) < 3 {
				r.Why = "no text of an editorial follows"
			} else if why := notAText(body); why != "" {
				r.Why = why
			} else {
				r.Verb, r.Body, r.Text = WriteEditorial, body, strings.TrimSpace(strings.Join(s.lines[i:], "\n"))
			}
			all = append(all, Line{Text: text, Reply: r})
			break
		}
		if named(text) && !steps(text) {
			continue
		}
		r, rest := readStep(text, r)
		if r.Verb == None {
			others = append(others, text)
		} else if rest != "" {
			others = append(others, rest)
		}
		all = append(all, Line{Text: text, Numbers: r.Numbers, Reply: r})
	}
	voided := ""
	for _, text := range append(others, s.aside, strings.Join(others, "\n")) {
		if why := contradicted(text, Reorder); why != "" {
			voided = strings.Replace(why, "below the order", "beside the orders", 1)
		}
	}
	verbs := map[Verb]Reply{}
	for _, l := range all {
		if before, twice := verbs[l.Reply.Verb]; twice && l.Reply.Verb != None && l.Reply.Verb != Remove && !before.same(l.Reply) {
			voided = "one thing is ordered twice, in two ways"
		}
		verbs[l.Reply.Verb] = l.Reply
	}
	if voided != "" {
		for i := range all {
			if all[i].Reply.Verb != None {
				all[i].Reply = all[i].Reply.none(voided)
			}
		}
	}
	return all
}

// steps says whether a line begins with an order on a plan.
func steps(text string) bool {
	words := strings.Fields(foldLine(text))
	for _, list := range []string{"reorder", "remove", "write", "wait", "undo", "delegate"} {
		if len(words) > 0 && spoken().orders[list].at(words, 0) > 0 {
			return true
		}
	}
	return false
}

// editorialText is what stands behind or below "ÉDITO".
func editorialText(text string, below []string) (string, bool) {
	head, rest, _ := strings.Cut(text, ":")
	if !spoken().orders["write"].whole(strings.Fields(foldLine(head))) {
		return "", false
	}
	return strings.TrimSpace(strings.TrimSpace(rest) + "\n" + strings.Join(below, "\n")), true
}

// readStep reads one line of a plan's answer; rest is what stands behind its
// sentence.
func readStep(text string, r Reply) (Reply, string) {
	if disguised(text) {
		return r.none("the line holds invisible or look-alike characters"), ""
	}
	if strings.Contains(text, "?") || strings.ContainsAny(text, refusing+doubting) {
		return r.none("the line asks something, or a sign in it says the contrary"), ""
	}
	if d, ok := delegated(text); ok {
		return d.in(r), ""
	}
	first, rest := cutSentence(text)
	s := spoken()
	words := strings.Fields(foldLine(first))
	for _, v := range []Verb{Postpone, Undo} {
		if ok, _ := ordered(words, v); ok {
			r.Verb = v
			return r, rest
		}
	}
	for _, o := range []struct {
		verb Verb
		list string
	}{{Reorder, "reorder"}, {Remove, "remove"}} {
		n := 0
		if len(words) > 0 {
			n = s.orders[o.list].at(words, 0)
		}
		if n == 0 {
			continue
		}
		numbers, plain := numbersOnly(words[n:])
		switch {
		case !plain || len(numbers) == 0:
			return r.none("the numbers of the items do not stand alone behind the order"), ""
		case o.verb == Reorder && len(numbers) < 2:
			return r.none("an order needs more than one number"), ""
		}
		r.Verb, r.Numbers = o.verb, numbers
		return r, rest
	}
	return r.none("it is no order on the plan"), ""
}

// numbersOnly are the numbers of folded words that hold nothing else but what joins
// them, and thanks.
func numbersOnly(words []string) ([]int64, bool) {
	var all []int64
	seen := map[int64]bool{}
	for i, w := range words {
		switch w {
		case "et", "and", "puis", "then", "n", "no", "nos", "numero", "numeros", "number", "numbers", "item", "items", "le", "les", "the", "texte", "textes":
			continue
		}
		var n int64
		for _, r := range w {
			if r < '0' || r > '9' || len(w) > maxNumber {
				return all, kind(words[i:]) && len(all) > 0
			}
			n = 10*n + int64(r-'0')
		}
		if seen[n] || len(all) >= maxEntries {
			return nil, false
		}
		seen[n] = true
		all = append(all, n)
	}
	return all, true
}
