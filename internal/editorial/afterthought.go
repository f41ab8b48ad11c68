package editorial

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what is read as an answer.
const (
	maxSaid = 100_000 // octets of a part; a longer one decides nothing
	wrapped = 45      // letters at least of a line that a program may have broken
)

// asunder is a sentence, in folded words, with what is known of them. Phrases that
// mean no harm whatever their words are each one word "·" there.
type asunder struct {
	words    []string
	question bool
	names    int // words with a capital letter that it begins with
}

const erased = "·"

// takenBack says in English why a text below an order may take it back, make it
// conditional, put it off or question it; "" where it is kind, or about something
// else. In doubt it may: a person asked once more loses a minute, a decision by
// accident stands in print.
func takenBack(text string) string {
	if strings.ContainsAny(text, refusing+doubting) {
		return "a sign in the reply says the contrary"
	}
	if replaces.MatchString(text) || shares.MatchString(text) {
		return "the text below the order may ask for a change"
	}
	if disguised(text) {
		return "the reply holds invisible or look-alike characters"
	}
	if bidding.MatchString(text) {
		return "the text below the order may ask for a change"
	}
	for _, unit := range units(text) {
		for _, s := range sentences(unit) {
			if why := s.takesBack(); why != "" {
				return "the text below the order " + why
			}
		}
	}
	return ""
}

// doubting are signs of second thoughts.
const doubting = "🤔😕😟😬🙁☹😞😡😠🤨😒⏳⌛⏸⚠❓❔⁉‼🤷🤦❗☠💩🙄"

var (
	addresses = regexp.MustCompile(`<[^<>\n]{1,500}>|(?:https?://|www\.)[^\s<>"]+|[^\s<>"@]+@[^\s<>"@]+`)
	pictures  = regexp.MustCompile(`(?i)\[(?:cid|image|inline image|image inline|image en ligne)\b[^\[\]\n]{0,200}\]`)
	linked    = regexp.MustCompile(`([^\s<>()]+@[^\s<>()]+)\s*[<(\[](?:mailto:)?[^\s<>()]+@[^\s<>()]+[>)\]]`)
	replaces  = regexp.MustCompile(`\pL+["»”']? ?(?:->|=>|→|⇒|➔|➡)|(?:^|\s)s/\pL`)
	shares    = regexp.MustCompile(`(?i)\b(?:oui|ok|accord|yes|agree|agreed|sure|sûre?)\b.{0,20}\d ?%|\d ?%.{0,20}\b(?:accord|agree|ok|oui|sure|sûre?)\b`)
	bidding   = regexp.MustCompile(`(?i)(?:^|[\s,;:(«"])(?:[\pL]{2,}(?:e|ez|s|is|ts|ds))-(?:le|la|les|lui|leur|en)(?:[\s,.!;:)»"]|$)`)
	listMark  = regexp.MustCompile(`^\s*(?:[-*•–—]+|\d{1,2}[.)])\s`)
)

// units are the paragraphs of a text with their lines joined, since a program may
// have broken a sentence anywhere, and its lines on their own, those that were
// broken joined: what is no sentence with its neighbours may be one alone.
func units(text string) []string {
	text = pictures.ReplaceAllString(addresses.ReplaceAllString(text, " "), " ")
	var all, lines []string
	var paragraph strings.Builder
	end := func() {
		if paragraph.Len() > 0 {
			all = append(all, paragraph.String())
			paragraph.Reset()
		}
	}
	long := false
	written := strings.Split(text, "\n")
	for i, line := range written {
		line = strings.TrimSpace(line)
		if headers.MatchString(line) && slices.ContainsFunc(written[max(0, i-2):min(len(written), i+3)], func(near string) bool {
			return near != written[i] && (headers.MatchString(near) || dated.MatchString(near))
		}) {
			continue // of a mail that is handed on
		}
		if line == "" || listMark.MatchString(line+" ") {
			end()
			long = false
		}
		if line == "" {
			continue
		}
		paragraph.WriteString(line + " ")
		if long {
			lines[len(lines)-1] += " " + line
		} else {
			lines = append(lines, line)
		}
		long = utf8.RuneCountInString(line) >= wrapped && !strings.ContainsAny(line[len(line)-1:], ".!?:;")
	}
	end()
	return append(all, lines...)
}

// sentences parts a text at the marks that end one.
func sentences(text string) []asunder {
	var all []asunder
	from := 0
	for i, r := range text {
		if strings.ContainsRune(".!?…;\n", r) {
			all = appendSentence(all, text[from:i], r == '?')
			from = i + utf8.RuneLen(r)
		}
	}
	return appendSentence(all, text[from:], false)
}

// shortRemark is how many words a sentence has at the most that is about a detail of
// the item and nothing else. A longer one tells a story.
const shortRemark = 12

// shortMoment is how many words a sentence has at the most that says when, and
// nothing else.
const shortMoment = 4

// onlyWhen is what such a sentence may do.
const onlyWhen = "may set a day"

// settles finds a word of deciding: confirming, approving, signing.
func (s asunder) settles() bool {
	for _, w := range s.words {
		for _, begin := range []string{"confirm", "valid", "approuv", "approv", "sign"} {
			if strings.HasPrefix(w, begin) {
				return true
			}
		}
	}
	return false
}

// clauseMark stands between the clauses of a sentence.
const clauseMark = "|"

var clauseMarks = regexp.MustCompile(`[,:()/–—|]| - `)

func appendSentence(all []asunder, text string, question bool) []asunder {
	var words []string
	for i, clause := range clauseMarks.Split(text, -1) {
		if i > 0 {
			words = append(words, clauseMark)
		}
		words = append(words, strings.Fields(foldLine(clause))...)
	}
	s := asunder{question: question, names: capitals(text)}
	harmless := spoken().said["harmless"]
	for i := 0; i < len(words); {
		if n := harmless.at(words, i); n > 0 {
			s.words = append(s.words, erased)
			i += n
			continue
		}
		s.words = append(s.words, words[i])
		i++
	}
	if strings.Trim(strings.Join(s.words, ""), clauseMark) == "" {
		if question && len(all) > 0 { // "… ?!"
			all[len(all)-1].question = true
		} else if question {
			return append(all, s)
		}
		return all
	}
	return append(all, s)
}

func (s asunder) has(list string) bool { return spoken().said[list].stands(s.words) }

// clauses are its parts between commas and the like.
func (s asunder) clauses() []asunder {
	var all []asunder
	from := 0
	for i := 0; i <= len(s.words); i++ {
		if i == len(s.words) || s.words[i] == clauseMark {
			if i > from {
				all = append(all, asunder{words: s.words[from:i]})
			}
			from = i + 1
		}
	}
	return all
}

// takesBack judges one sentence by the kinds of words that stand in it together.
func (s asunder) takesBack() string {
	own := s.has("oneself")
	publishing, thing := s.has("publishing"), s.has("things")
	about := publishing || thing
	switch {
	case s.question && (!s.has("sociable") || about || s.has("decided") || s.has("changes")):
		return "asks something"
	case s.has("conditions"):
		return "may make it conditional"
	case s.has("retracts"):
		return "may take it back"
	case s.has("doubts"):
		return "leaves a doubt"
	case s.has("errors"):
		return "speaks of something wrong"
	case publishing && (s.has("moments") || s.numbered() || s.has("restricting")):
		return "may say when to publish"
	case about && (s.has("obligations") || s.has("asks") || s.has("restricting")), s.has("obligations") && !own:
		return "may ask for a change"
	case s.has("restricting") && !own:
		return "may restrict it"
	case len(s.words) <= shortMoment && s.has("moments") && !own && !s.has("praise") && !slices.Contains(s.words, erased) && !s.has("sociable"):
		return onlyWhen
	case s.has("obligations") && s.has("changes"):
		return "may ask for a change"
	case s.has("moments") && s.has("decided") && s.settles():
		return "may say that the decision is to come"
	case s.has("adversative") && (about || s.has("pronouns") || !own && !s.has("apologies")):
		return "may restrict it"
	}
	if why := s.praiseAside(); why != "" {
		return why
	}
	for i, c := range s.clauses() {
		if first := c.words[0]; (first == "non" || first == "no") && (i == 0 || len(c.words) == 1 || meaning(c.words[1]) || spoken().around["toward"].at(c.words, 1) > 0) {
			return "may deny it"
		}
		if i == 0 && spoken().said["interrogatives"].at(c.words, 0) > 0 {
			return "asks something"
		}
		if len(s.words) <= shortRemark && !s.kindly() && (i == 0 && (s.topical(c) || s.reported()) || c.handles() || c.about()) {
			return "may be a remark on the item"
		}
		if len(s.words) <= shortRemark && c.has("details") && !c.has("praise") && !slices.Contains(c.words, erased) {
			return "may be a remark on the item"
		}
		if why := c.clauseTakesBack(); why != "" {
			return why
		}
	}
	return ""
}

// unplain says why a text below an order is not plainly talk, though nothing in it
// takes the order back: a short line in a language that is spoken here is kind, or of
// people and their days, or said by or to somebody, or it is not understood.
func unplain(text string) string {
	for line := range strings.SplitSeq(text, "\n") {
		line = pictures.ReplaceAllString(addresses.ReplaceAllString(line, " "), " ")
		if greets(line) || utf8.RuneCountInString(line) >= wrapped {
			continue
		}
		for _, s := range sentences(line) {
			if len(s.words) <= shortRemark && s.has("function") && !s.kindly() && !speaks(s.words) && !s.has("ours") && spoken().said["addressed"].at(s.words, 0) == 0 && s.names < len(s.words) {
				return "the text below the order is not understood"
			}
		}
	}
	return ""
}

// kindly says whether a sentence praises, or is about people and their days.
func (s asunder) kindly() bool {
	return s.has("praise") || s.has("sociable") || s.has("private") || s.has("apologies") || slices.Contains(s.words, erased)
}

// praiseAside says why a sentence takes back or puts off what is above it however
// kind it is: it names a time to come, or something that is to be done, or that
// another person decides.
func (s asunder) praiseAside() string {
	if len(s.words) > shortRemark || speaks(s.words) {
		return ""
	}
	if s.has("calendar") && !s.has("sociable") && !s.has("private") {
		return onlyWhen
	}
	for i, w := range s.words {
		switch {
		case w == "a" && i+1 < len(s.words) && infinitive(s.words[i+1]) && !pleasure[s.words[i+1]] && (i == 0 || s.words[i-1] != erased):
			return "may ask for a change"
		case (w == "il" || w == "elle" || w == "he" || w == "she") && s.settles():
			return "may say that the decision is to come"
		}
	}
	return ""
}

// pleasure are the French verbs that praise a text behind "à".
var pleasure = map[string]bool{"lire": true, "decouvrir": true, "partager": true, "ecouter": true, "savourer": true, "entendre": true, "regarder": true, "retenir": true, "venir": true, "dire": true, "faire": true}

// topical says whether a sentence, by how its first clause begins, is about the text
// or what the text tells, and not about its writer: what is said of that is no talk.
func (s asunder) topical(first asunder) bool {
	said := spoken().said
	if len(first.words) > 1 && first.words[0] == "a" && infinitive(first.words[1]) {
		return true
	}
	if w := first.words[0]; len(w) > 4 && strings.HasSuffix(w, "ez") && w != "allez" && w != "assez" {
		return true // the French for "do"
	}
	return said["topics"].at(first.words, 0) > 0 && !speaks(first.words)
}

// speaks says whether the writer is who does something.
func speaks(words []string) bool {
	if len(words) > 0 && words[0] == "nous" {
		return true
	}
	for _, w := range words {
		switch w {
		case "je", "j", "i", "we", "ich", "wir":
			return true
		}
	}
	return false
}

// handles says whether the writer of a clause does something with the text, or
// thinks something of it, or something is said that would be.
func (s asunder) handles() bool {
	for i, w := range s.words {
		if strings.HasSuffix(w, "rait") && len(w) > 6 || strings.HasSuffix(w, "rais") && len(w) > 5 || strings.HasSuffix(w, "rions") && len(w) > 6 || w == "d" && i > 0 && speaks(s.words[i-1:i]) {
			return true
		}
	}
	return speaks(s.words) && s.has("objects")
}

// reported says whether a sentence is about what somebody else does, or something: a
// name, and a verb.
func (s asunder) reported() bool {
	n := s.names
	if n == 0 || n >= len(s.words) || spoken().said["addressed"].at(s.words, 0) > 0 {
		return false
	}
	return spoken().said["thirds"].at(s.words, n) > 0
}

// capitals is how many words at the beginning of a text have a capital letter.
func capitals(text string) int {
	n := 0
	for _, w := range strings.Fields(text) {
		if first, _ := utf8.DecodeRuneInString(w); !unicode.IsUpper(first) || len(strings.Fields(foldLine(w))) != 1 {
			break
		}
		n++
	}
	return n
}

// about says whether a clause is about publication, does something to "it", or
// denies or asks something, and the writer does nothing in it.
func (s asunder) about() bool {
	if len(s.words) < 2 || speaks(s.words) || s.has("ours") {
		return false
	}
	return s.has("publishing") || s.negates() || s.has("asks") || s.words[len(s.words)-1] == "it"
}

// negates finds a word that denies a verb: "non" denies an answer.
func (s asunder) negates() bool {
	for i, w := range s.words {
		if w != "non" && w != "no" && spoken().said["negations"].at(s.words, i) > 0 {
			return true
		}
	}
	return false
}

// infinitive tells a French verb that may follow "à", for something to be done.
func infinitive(word string) bool {
	return len(word) > 4 && (strings.HasSuffix(word, "er") || strings.HasSuffix(word, "ir") || strings.HasSuffix(word, "dre") || strings.HasSuffix(word, "ire") || strings.HasSuffix(word, "tre"))
}

func (s asunder) clauseTakesBack() string {
	said := spoken().said
	about := s.has("publishing") || s.has("things")
	last := s.words[len(s.words)-1]
	switch {
	case said["openings"].at(s.words, 0) > 0:
		return "may restrict it"
	case len(s.words) <= 3 && said["moments"].at(s.words, 0) > 0:
		return "may say when to publish"
	case len(s.words) > 1 && (said["first"].whole(s.words[len(s.words)-1:]) || said["first"].whole(s.words[len(s.words)-2:])):
		return "may ask for something before"
	case last == "non" || last == "no" || last == "pas" || last == "not":
		return "may deny it"
	case s.has("changes") && (about || !s.has("oneself")):
		return "may ask for a change"
	case s.has("negations") && (about || s.denies()):
		return "may deny it"
	}
	for verb, list := range contraries {
		if v, _ := s.order(verb); v || spoken().orders[list].at(s.words, 0) > 0 && verb == Defer {
			return "gives another order"
		}
	}
	return ""
}

// contraries are the orders that may not stand below another.
var contraries = map[Verb]string{Reject: "reject", Defer: "defer", Withdraw: "withdraw", Undo: "undo"}

// order says whether the words are an order, and nothing else.
func (s asunder) order(v Verb) (bool, int) { return ordered(s.words, v) }

// denies finds a word of the decision, or one that stands for the text, within a few
// words behind one that denies.
func (s asunder) denies() bool {
	const reach = 4
	said := spoken().said
	for i := range s.words {
		if said["negations"].at(s.words, i) == 0 {
			continue
		}
		for k := i + 1; k < len(s.words) && k <= i+reach; k++ {
			if k <= i+2 && unicode.IsDigit(rune(s.words[k][0])) {
				return true
			}
			if said["decided"].at(s.words, k) > 0 || said["pronouns"].at(s.words, k) > 0 {
				return true
			}
		}
	}
	return false
}

func (s asunder) numbered() bool {
	for _, w := range s.words {
		if unicode.IsDigit(rune(w[0])) {
			return true
		}
	}
	return false
}
