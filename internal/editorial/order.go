package editorial

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// lists are the lists of words by which each verb is ordered; those that it may
// stand beside are in beside.
var lists = map[Verb]string{
	Approve: "approve", Reject: "reject", Defer: "defer", Withdraw: "withdraw", Sign: "sign", Undo: "undo", Postpone: "wait",
}

// beside are the lists of other orders that may stand with one: a proof is signed
// with a yes, too.
var beside = map[Verb]string{Sign: "approve", Defer: "put"}

// plain are the verbs beside which nothing may stand.
var plain = map[Verb]bool{Withdraw: true}

// ordered says whether folded words order a verb and say nothing else, and how
// many of them are the order itself.
func ordered(words []string, v Verb) (bool, int) {
	s := spoken()
	meant := 0
	for i := 0; i < len(words); {
		n, more := s.orders[lists[v]].at(words, i), 0
		if !plain[v] {
			more = s.around["beside"].at(words, i)
			if b := beside[v]; b != "" {
				more = max(more, s.orders[b].at(words, i))
			}
			if words[i] == erased || words[i] == clauseMark {
				more = 1
			}
		}
		if n > 0 && n >= more {
			meant += n
			i += n
			continue
		}
		if more == 0 {
			return false, 0
		}
		i += more
	}
	return meant > 0, meant
}

// orderOf is the verb that folded words order: None where they are no order, or
// more than one.
func orderOf(words []string) Verb {
	// A deferral may hold words of a yes, and a signature is given with one.
	for _, v := range []Verb{Sign, Approve, Defer, Withdraw, Undo} {
		if ok, _ := ordered(words, v); ok {
			return v
		}
	}
	return None
}

// agreeing are the signs that say yes without a word.
const agreeing = "👍✅👌✔"

// line is what was read of a line that may hold an order.
type line struct {
	verb Verb
	tail string // what follows the order's sentence, or its field: text to read below
	said string // of a refusal: what follows the verb
	why  string
}

// maxOrder bounds the octets of a sentence that is an order, its reason apart.
const maxOrder = 400

// marks are what may stand in a line beside the words of an order.
const marks = " \t*_.!,:;-–—…'’‘`´\"“”«»()&+/|=" + "\ufe0f\ufe0e\u200d\ufeff"

// readLine reads an order off a line. Sentences that only greet or praise may
// stand before it.
func readLine(text string) line {
	text = tidyMarks(text)
	for range 4 {
		first, tail := cutSentence(text)
		words := strings.Fields(foldLine(first))
		switch {
		case len(words) == 0 && tail != "" && !strings.ContainsAny(first, agreeing):
			text = tail
			continue
		case tail != "" && len(words) > 0 && (greets(first) || !strings.Contains(first, "?") && kind(words)):
			text = tail
			continue
		}
		return readSentence(first, tail)
	}
	return line{verb: None, why: "the first line is no order"}
}

func readSentence(text, tail string) line {
	l := line{verb: None, tail: tail}
	for _, mark := range []string{",", " - ", " – ", " — "} {
		if head, rest, ok := strings.Cut(text, mark); ok && (greets(head) || thanks(head)) {
			text = strings.TrimSpace(rest)
			break
		}
	}
	text = withoutThanks(text)
	// A bare greeting word may stand before the order without a mark.
	words := strings.Fields(foldLine(text))
	if n := 0; len(words) > 0 {
		if n = spoken().around["greetings"].at(words, 0); n > 0 && len(words) > n {
			words = words[n:]
		}
	}
	if strings.Contains(text, "?") {
		if head, _, ok := strings.Cut(text, ":"); ok && !strings.Contains(head, "?") {
			if reason, refused := refusal(text, tail); refused {
				l.verb, l.said, l.tail = Reject, reason, ""
				return l
			}
		}
		l.why = "the first line is a question"
		return l
	}
	if strings.ContainsAny(text, refusing+doubting) {
		l.why = "a sign in the reply says the contrary"
		return l
	}
	if len(words) == 0 {
		if strings.ContainsAny(text, agreeing) && strings.IndexFunc(text, foreign) < 0 {
			l.verb = Approve
			return l
		}
		l.why = "the first line is no order"
		return l
	}
	if len(text) > maxOrder && len(words) > 0 {
		if reason, ok := refusal(text, tail); ok && strings.ContainsAny(text[:maxOrder], ",:;(–—-") {
			l.verb, l.said, l.tail = Reject, reason, ""
			return l
		}
		l.why = "the first line is no order"
		return l
	}
	if first, _ := utf8.DecodeRuneInString(text); strings.ContainsRune(agreeing, first) && kind(words) && strings.IndexFunc(text, foreign) < 0 {
		l.verb = Approve
		return l
	}
	if reason, ok := refusal(text, tail); ok {
		l.verb, l.said, l.tail = Reject, reason, ""
		return l
	}
	if v := orderOf(words); v != None {
		if strings.IndexFunc(text, foreign) >= 0 || strings.Contains(text, "/") {
			l.why = "the order does not stand alone on its line"
			return l
		}
		if strings.Contains(text, "..") || strings.Contains(text, "…") {
			l.why = "the first line breaks off"
			return l
		}
		l.verb = v
		return l
	}
	// A field may follow on the line: "oui, titre : …".
	for i, r := range text {
		if !strings.ContainsRune(",;:-–—", r) {
			continue
		}
		head := strings.Fields(foldLine(text[:i]))
		rest := strings.TrimSpace(text[i+utf8.RuneLen(r):])
		if _, isField := readField(rest); isField && orderOf(head) == Approve {
			if tail != "" {
				rest += " " + tail
			}
			l.verb, l.tail = Approve, rest
			return l
		}
		if v := orderOf(head); v != None {
			l.why = "the order does not stand alone on its line"
			return l
		}
	}
	l.why = "the first line is no order"
	return l
}

// refusal is the reason of a sentence that refuses. A "no" before a comma begins a
// sentence that may mean anything, unless it says why.
func refusal(text, tail string) (reason string, ok bool) {
	s := spoken()
	rest := strings.TrimSpace(text)
	// The shortest head that is a refusal, up to a mark or the end.
	i := strings.IndexFunc(rest, func(r rune) bool { return strings.ContainsRune(",:;(–—-", r) })
	if i < 0 {
		i = len(rest)
	}
	head := strings.Fields(foldLine(rest[:i]))
	if len(head) == 0 {
		return "", false
	}
	if refused, _ := ordered(head, Reject); refused {
		said := strings.TrimSpace(strings.TrimLeft(rest[i:], " ,:;–—-"))
		if tail != "" && unicode.IsDigit(rune(tail[0])) {
			return "", false // "No. 42"
		}
		bare := len(head) == 1 && (head[0] == "non" || head[0] == "no")
		if strings.HasPrefix(rest[i:], ",") && bare && !explains(said) {
			return "", false
		}
		if strings.HasPrefix(said, "(") {
			said = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(said, "("), ")"))
		}
		return strings.TrimSpace(said + " " + tail), true
	}
	// "non car déjà publié"
	if n := s.orders["reject"].at(head, 0); n > 0 && n < len(head) && s.around["because"].at(head, n) > 0 {
		words := strings.Fields(rest)
		if len(words) > n {
			return strings.TrimSpace(strings.Join(words[n:], " ") + " " + tail), true
		}
	}
	return "", false
}

// explains says whether what follows a "no" and a comma says why: with a word for
// that, or by what the text is.
func explains(said string) bool {
	words := append(strings.Fields(foldLine(said)), "")
	s := spoken()
	if s.around["because"].at(words, 0) > 0 {
		return true
	}
	if s.around["states"].at(words, 0) == 0 {
		return false
	}
	for _, t := range sentences(said) {
		if t.question || t.has("decided") || t.has("praise") || slices.Contains(t.words, erased) {
			return false
		}
	}
	return true
}

// withoutThanks takes off the end of a sentence the name of who is thanked there:
// "oui, merci Nadia !"
func withoutThanks(text string) string {
	words := strings.Fields(strings.TrimRight(text, " !.,"))
	for n := 1; n <= 2 && n+1 < len(words); n++ {
		before := strings.Fields(foldLine(strings.Join(words[:len(words)-n], " ")))
		if len(before) > 0 && spoken().around["thanks"].at(before, len(before)-1) > 0 && named(strings.Join(words[len(words)-n:], " ")) {
			return strings.Join(words[:len(words)-n], " ")
		}
	}
	return text
}

// foreign are characters that do not stand in an order.
func foreign(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Sk, r) &&
		!strings.ContainsRune(marks, r) && !strings.ContainsRune(cheerful, r)
}

// tidyMarks makes blanks and colons one kind each, and takes off the stars of a
// bold line and the mark of a list.
func tidyMarks(text string) string {
	text = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2009", " ", "\uff1a", ":", "\t", " ").Replace(pictures.ReplaceAllString(text, " "))
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "\ufeff"))
	for _, mark := range []string{"- ", "• ", "* "} {
		text = strings.TrimPrefix(text, mark)
	}
	return strings.TrimSpace(strings.Trim(strings.TrimSpace(text), "*_"))
}

// cutSentence parts a text behind the mark that ends its first sentence. A colon
// ends none, and no point that stands within a word or a number.
func cutSentence(text string) (first, tail string) {
	for i, r := range text {
		if !strings.ContainsRune(".!…?", r) {
			continue
		}
		end := i + utf8.RuneLen(r)
		if next, _ := utf8.DecodeRuneInString(text[end:]); end == len(text) || next == ' ' {
			if r == '!' && strings.HasPrefix(strings.TrimSpace(text[end:]), "?") || r == '?' {
				return text, "" // a question, whatever follows
			}
			return strings.TrimSpace(text[:end]), strings.TrimSpace(text[end:])
		}
	}
	return text, ""
}

// kind says whether words do nothing but praise or thank.
func kind(words []string) bool {
	for i := 0; i < len(words); {
		n := spoken().around["beside"].at(words, i)
		if n == 0 {
			return false
		}
		i += n
	}
	return true
}

// thanks knows a phrase of thanks to somebody by name.
func thanks(text string) bool {
	words := strings.Fields(text)
	for n := 1; n < len(words) && n <= 3; n++ {
		if kind(strings.Fields(foldLine(strings.Join(words[:n], " ")))) {
			return named(strings.Join(words[n:], " "))
		}
	}
	return false
}

// greets knows a line or its beginning that only greets: a greeting and names,
// with no word in it that could be part of an answer.
func greets(text string) bool {
	s := spoken()
	words := strings.Fields(foldLine(text))
	if len(words) == 0 || len(words) > 9 || strings.ContainsAny(text, "?"+refusing+doubting) {
		return false
	}
	if s.around["pleasantries"].whole(words) {
		return true
	}
	n := s.around["greetings"].at(words, 0)
	if n == 0 {
		name, addressed := strings.CutSuffix(strings.TrimSpace(text), ",")
		return addressed && named(name)
	}
	original := strings.Fields(norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) {
			return r
		}
		return ' '
	}, text)))
	names, lower := 0, 0
	for i := n; i < len(words); i++ {
		if s.around["everybody"].at(words, i) > 0 || s.around["greetings"].at(words, i) > 0 {
			continue
		}
		if names++; len(original) == len(words) && !unicode.IsUpper([]rune(original[i])[0]) {
			lower++
		}
		if meaning(words[i]) {
			return false
		}
	}
	return names <= 4 && (lower == 0 || lower == 1 && names == 1)
}

// meaning says whether a word could be part of an answer, and so is no name.
func meaning(word string) bool {
	s := spoken()
	one := []string{word}
	for _, list := range []string{"approve", "reject", "defer", "withdraw", "sign", "undo", "wait", "edit"} {
		if s.orders[list].at(one, 0) > 0 {
			return true
		}
	}
	for _, list := range []string{"conditions", "retracts", "doubts", "errors", "changes", "publishing", "negations", "decided", "moments", "obligations", "restricting", "adversative", "openings"} {
		if s.said[list].at(one, 0) > 0 {
			return true
		}
	}
	for _, w := range []string{"plus", "later", "tard", "tot", "absent", "absente", "absence", "bientot", "trop", "yet"} {
		if w == word {
			return true
		}
	}
	return false
}

// disguised says whether a text holds what no keyboard puts into an answer: format
// characters such as right-to-left marks and zero-width blanks (a joiner belongs to
// emoji, not between letters), letters of another script, and marks that strike
// letters through.
func disguised(text string) bool {
	var before, two rune
	for _, r := range norm.NFC.String(text) {
		switch {
		case r == '\u200d' || r == '\ufeff':
		case r == '\ufe0e' || r == '\ufe0f' || r == '\u20e3':
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.M, r):
			return true
		case unicode.IsLetter(r) && (!unicode.Is(unicode.Latin, r) || r >= 0xff00):
			if r != 'ª' && r != 'º' {
				return true
			}
		}
		if (before == '\u200d' || before == '\ufeff') && unicode.IsLetter(r) && unicode.IsLetter(two) {
			return true
		}
		two, before = before, r
	}
	return strings.ContainsRune(text, utf8.RuneError)
}
