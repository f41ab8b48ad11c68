package editorial

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Line is one entry of an answer to a queue mail or a plan: what it says, the items that it
// names, and its order for each. Ranges are expanded to the known items in them; a single
// number is kept even if it is unknown. If the entry was not understood, Verb is None and Why
// says why.
type Line struct {
	Text    string
	Numbers []int64
	Reply   Reply
}

// Bounds of a list.
const (
	maxEntries = 500 // lines, and numbers of a line
	maxNumber  = 9   // digits
)

// ReadList reads an answer to a queue mail: entries such as "41 oui, 42 non : doublon, 43
// rubrique = réseau, 44-47 oui", each on its own. Lines that only greet, thank or sign are no
// entries. A general retraction voids every approval, contradictory orders for a number void
// each other, and the text and HTML parts of the mail must agree.
func ReadList(w ReplyText, known []int64) []Line {
	return agreedLines(w, func(part string) []Line { return readList(part, known) })
}

// agreedLines reads both parts of an answer; where they differ, nothing is ordered.
func agreedLines(w ReplyText, read func(string) []Line) []Line {
	if w.HTML == "" {
		return read(w.Text)
	}
	if w.Text == "" {
		return read(w.HTML)
	}
	text, html := read(w.Text), read(w.HTML)
	if slices.EqualFunc(ordering(text), ordering(html), func(a, b Line) bool {
		return slices.Equal(a.Numbers, b.Numbers) && a.Reply.same(b.Reply)
	}) {
		return text
	}
	if len(text) == 0 {
		text = html
	}
	for i, l := range text {
		if l.Reply.Verb != None {
			text[i].Reply = l.Reply.none("its text and its HTML do not say the same")
		}
	}
	return text
}

func ordering(lines []Line) []Line {
	return slices.DeleteFunc(slices.Clone(lines), func(l Line) bool { return l.Reply.Verb == None })
}

var (
	oneNumber  = `(?:n ?[°ºo]?\.? ?|nos?\.? ?|nr\.? ?|num(?:éro|ber)?s? |# ?|items? ?|textes? |articles? )?\d{1,9}(?: ?(?:-|–|—|à|to|au) ?\d{1,9})?`
	numberList = regexp.MustCompile(`(?i)^(?:les |the )?` + oneNumber + `(?:(?: ?[,&+] ?| et | and |, et |, and )` + oneNumber + `)*`)
	numberSpan = regexp.MustCompile(`(?i)(\d{1,9})(?: ?(?:-|–|—|à|to|au) ?(\d{1,9}))?`)
	afterList  = regexp.MustCompile(`^(?: ?[:=.)] ?| [-–—] | )`)
	entryNext  = regexp.MustCompile(`[,;./] ?| et | and | - | `)
)

// entry is a place in a line where numbers and an order stand.
type entry struct{ at, order, end int }

// entries finds where the entries of a line begin: at its start or behind a mark,
// with numbers that an order follows.
func entries(text string) []entry {
	var all []entry
	mark := []int{0, 0} // what stands before the entry
	for from := 0; mark != nil && len(all) < maxEntries; mark = entryNext.FindStringIndex(text[from:]) {
		before, at := from+mark[0], from+mark[1]
		from = at
		list := numberList.FindString(text[at:])
		if list == "" {
			continue
		}
		gap := afterList.FindString(text[at+len(list):])
		order := at + len(list) + len(gap)
		if gap == "" && order < len(text) || !begins(text[order:]) {
			continue
		}
		// A blank alone parts entries only where the one before is an order and no more.
		if text[before:at] == " " && (len(all) == 0 || before-all[len(all)-1].order > maxOrder || orderOf(strings.Fields(foldLine(text[all[len(all)-1].order:before]))) == None) {
			continue
		}
		if len(all) > 0 {
			all[len(all)-1].end = before
		}
		all = append(all, entry{at, order, len(text)})
		from = order
	}
	return all
}

// begins says whether a text begins with an order or a field.
func begins(text string) bool {
	if i := strings.IndexAny(text, ":="); i > 0 {
		if _, ok := readField(text); ok {
			return true
		}
	}
	s := spoken()
	if r, _ := utf8.DecodeRuneInString(text); strings.ContainsRune(agreeing+refusing, r) {
		return true
	}
	words := strings.Fields(foldLine(text[:min(len(text), 100)]))
	if len(words) == 0 {
		return false
	}
	for _, list := range []string{"approve", "reject", "defer", "put", "withdraw", "undo", "sign"} {
		if s.orders[list].at(words, 0) > 0 {
			return true
		}
	}
	return false
}

// verbFirst is an order before the numbers it is of: "oui pour 41 et 42".
var verbFirst = regexp.MustCompile(`(?i)^(\pL[\pL' ’]{0,40}?)(?: ?: ?| +)((?:(?:pour|for|of) +)?(?:(?:les?|the) +)?)(` + oneNumber + `(?:(?: ?[,&+] ?| et | and |, et |, and )` + oneNumber + `)*)[ .!]*$`)

// turned is a line of an order and numbers with the numbers first, as entries are;
// the line itself where it is not plainly that: the order is a yes, a deferral or a
// withdrawal and nothing else, all the numbers are of known items, and none may be
// the day of a month.
func turned(text string, known []int64) string {
	m := verbFirst.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	order := orderOf(strings.Fields(foldLine(m[1])))
	if order != Approve && order != Defer && order != Withdraw {
		return text
	}
	const lastDay = 31
	for _, n := range numberSpan.FindAllStringSubmatch(m[3], maxEntries) {
		for _, digits := range n[1:] {
			number, err := strconv.ParseInt(digits, 10, 64)
			if digits != "" && (err != nil || !slices.Contains(known, number) || number <= lastDay && (m[2] != "" || order == Defer)) {
				return text
			}
		}
	}
	return m[3] + " " + m[1]
}

func readList(part string, known []int64) []Line {
	s, why := readSheet(part)
	if why != "" {
		if strings.TrimSpace(s.said) == "" || len(s.lines) == 0 && len(part) <= maxSaid {
			return nil
		}
		return []Line{{Text: excerpt(s.said), Reply: Reply{Verb: None, Text: excerpt(s.said), Why: why}}}
	}
	var all []Line
	var others []string // what is no entry
	every := 0
	for _, text := range rejoined(s.lines) {
		if len(all) >= maxEntries {
			all = append(all, Line{Reply: Reply{Verb: None, Why: "the list is too long"}})
			break
		}
		text = tidyMarks(text)
		if text == "" {
			continue
		}
		text = turned(text, known)
		found := entries(text)
		if len(found) == 0 || found[0].at > 0 && !harmless(strings.Trim(text[:found[0].at], " ,;.")) {
			if len(found) == 0 && harmless(text) {
				continue
			}
			if spoken().orders["every"].whole(cut(strings.Fields(foldLine(text)))) && !strings.Contains(text, "?") && strings.IndexFunc(text, foreign) < 0 {
				every++
				all = append(all, Line{Text: text, Numbers: slices.Clone(known), Reply: Reply{Verb: Approve, Text: text}})
				continue
			}
			about := namedAt(text, known)
			if len(about) == 0 {
				others = append(others, text)
			}
			all = append(all, Line{Text: text, Numbers: about, Reply: Reply{Verb: None, Text: text, Why: "it is no order on an item"}})
			continue
		}
		for _, e := range found {
			l, rest := readEntry(text, e, known)
			others = append(others, rest)
			all = append(all, l)
		}
	}
	if every > 0 && (len(all) > 1 || len(known) == 0) {
		for i := range all {
			if all[i].Reply.Verb == Approve && slices.Equal(all[i].Numbers, known) {
				all[i].Reply = all[i].Reply.none("“all” beside other orders is not plain")
			}
		}
	}
	if why := generally(others, s.aside); why != "" || disguised(s.said) {
		if why == "" {
			why = "the reply holds invisible or look-alike characters"
		}
		for i := range all {
			if v := all[i].Reply.Verb; v == Approve || v == Edit || v == Sign {
				all[i].Reply = all[i].Reply.none(why)
			}
		}
	}
	return contested(all)
}

// generally is why something in an answer that is no entry takes its approvals
// back.
func generally(others []string, aside string) string {
	for _, text := range append(others, aside, strings.Join(others, "\n")) {
		if why := takenBack(text); why != "" {
			return strings.Replace(why, "below the order", "beside the orders", 1)
		}
	}
	return ""
}

// maxEvery is how many words an order on all items has at the most.
const maxEvery = 20

// cut takes thanks off the end of words, and a greeting off their beginning.
func cut(words []string) []string {
	s := spoken()
	if len(words) > maxEvery {
		return words
	}
	if len(words) > 0 {
		if n := s.around["greetings"].at(words, 0); n > 0 {
			words = words[n:]
		}
	}
	for i := range words {
		if i > 0 && kind(words[i:]) && s.orders["every"].whole(words[:i]) {
			return words[:i]
		}
	}
	return words
}

// joins says whether a line may be the rest of an entry: a day may be, and what
// takes something back may not.
func joins(text string) bool {
	why := takenBack(text)
	return why == "" || strings.HasSuffix(why, onlyWhen)
}

// rejoined joins lines that a program broke: one that begins no entry, directly
// below a long one, unless alone it takes something back.
func rejoined(lines []string) []string {
	var all []string
	long := false
	for _, text := range lines {
		trimmed := strings.TrimSpace(text)
		if long && trimmed != "" && len(entries(tidyMarks(trimmed))) == 0 && !harmless(trimmed) && joins(trimmed) {
			all[len(all)-1] += " " + trimmed
		} else {
			all = append(all, trimmed)
		}
		long = utf8.RuneCountInString(trimmed) >= wrapped
	}
	return all
}

// readEntry reads one entry. rest is what stands behind its first sentence, and
// speaks of all.
func readEntry(text string, e entry, known []int64) (Line, string) {
	said := strings.Trim(text[e.at:e.end], " ,;")
	order := strings.Trim(text[e.order:e.end], " ,;")
	l := Line{Text: said, Numbers: numbersIn(text[e.at:e.order], known)}
	r := Reply{Verb: None, Text: said}
	rest := ""
	if len(l.Numbers) == 0 {
		l.Reply = r.none("no item has that number")
		return l, ""
	}
	if disguised(order) {
		l.Reply = r.none("the line holds invisible or look-alike characters")
		return l, ""
	}
	if _, ok := readField(order); ok {
		l.Reply = entryFields(r, Edit, fieldsIn(order))
		return l, ""
	}
	first := readLine(order)
	if first.verb == None {
		if reason, ok := noBefore(order); ok {
			first = line{verb: Reject, said: reason}
		}
	}
	switch first.verb {
	case None:
		r.Why = first.why
	case Reject:
		// The rest of a reason may speak of more than its item.
		_, rest = cutSentence(first.said)
		if strings.TrimSpace(foldLine(first.said)) == "" {
			r.Why = "a refusal needs its reason"
			break
		}
		sheet := sheet{said: order, lines: []string{order}}
		r = sheet.refuse(Reply{Verb: None, Text: said}, first.said)
	case Approve:
		r.Verb = Approve
		if _, ok := readField(first.tail); ok {
			r = entryFields(r, Approve, fieldsIn(first.tail))
		} else if rest = first.tail; takenBack(rest) != "" {
			r = r.none(strings.Replace(takenBack(rest), "below", "behind", 1))
		}
	case Sign:
		r.Why = "an item is not signed"
	default:
		r.Verb = first.verb
		if rest = first.tail; contradicted(rest, r.Verb) != "" {
			r = r.none(contradicted(rest, r.Verb))
		}
	}
	l.Reply = r
	return l, rest
}

// noBefore is the reason behind a "no" and a comma. Behind a number that comma can
// only part the two, where no words behind it are a yes or kind.
func noBefore(order string) (string, bool) {
	head, reason, ok := strings.Cut(order, ",")
	reason = strings.TrimSpace(reason)
	if refused, _ := ordered(strings.Fields(foldLine(head)), Reject); !ok || !refused || foldLine(reason) == "" || strings.ContainsAny(order, "?"+agreeing+doubting) {
		return "", false
	}
	for _, t := range sentences(reason) {
		if t.has("decided") || t.has("praise") || t.has("conditions") || slices.Contains(t.words, erased) || kind(t.words) {
			return "", false
		}
	}
	return reason, true
}

// fieldsIn parts a line at the fields that follow each other in it.
func fieldsIn(text string) []string {
	var lines []string
	from := 0
	for i, r := range text {
		if r != ',' && r != ';' {
			continue
		}
		if _, ok := readField(text[i+1:]); ok {
			lines = append(lines, text[from:i])
			from = i + 1
		}
	}
	return append(lines, text[from:])
}

func entryFields(r Reply, v Verb, lines []string) Reply {
	changes, rest, broken := readFields(lines)
	if broken != "" || len(rest) > 0 {
		if broken == "" {
			broken = "more stands beside the fields than can be understood"
		}
		return r.none(broken)
	}
	r.Verb, r.Changes = v, changes
	return r
}

// numbersIn are the numbers of a list, ranges expanded to those that are known.
func numbersIn(text string, known []int64) []int64 {
	var all []int64
	add := func(n int64) {
		if len(all) < maxEntries && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	for _, m := range numberSpan.FindAllStringSubmatch(text, maxEntries) {
		from, _ := strconv.ParseInt(m[1], 10, 64)
		if m[2] == "" {
			add(from)
			continue
		}
		to, _ := strconv.ParseInt(m[2], 10, 64)
		inside := []int64{}
		for _, k := range known {
			if from <= k && k <= to {
				inside = append(inside, k)
			}
		}
		slices.Sort(inside)
		for _, k := range inside {
			add(k)
		}
	}
	return all
}

// namedAt are the known items that a line begins with, though it orders nothing.
func namedAt(text string, known []int64) []int64 {
	list := numberList.FindString(text)
	if list == "" {
		return nil
	}
	return slices.DeleteFunc(numbersIn(list, known), func(n int64) bool { return !slices.Contains(known, n) })
}

// contested gives up what is ordered twice of one item, in two ways.
func contested(all []Line) []Line {
	by := map[int64][]int{}
	for i, l := range all {
		for _, n := range l.Numbers {
			by[n] = append(by[n], i)
		}
	}
	against := map[int]bool{}
	for _, lines := range by {
		for _, i := range lines[1:] {
			if !all[i].Reply.same(all[lines[0]].Reply) {
				for _, k := range lines {
					against[k] = true
				}
			}
		}
	}
	for i := range against {
		if all[i].Reply.Verb != None {
			all[i].Reply = all[i].Reply.none("the same item is named twice, with two orders")
		}
	}
	return all
}

// excerpt is the beginning of a text.
func excerpt(text string) string {
	const limit = 200
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit]) + "…"
}
