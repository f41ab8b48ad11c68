package editorial

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"infolettre/internal/item"
)

// FollowupKind is what a contributor wants who answers a receipt.
type FollowupKind string

// What an answer to a receipt asks for.
const (
	Thanks      FollowupKind = "thanks"      // nothing
	Addition    FollowupKind = "addition"    // to add the files
	Remark      FollowupKind = "remark"      // to tell the editors something
	Replacement FollowupKind = "replacement" // to replace the text
)

// FollowupText is the content of an answer to a receipt.
type FollowupText struct {
	Visible  string   // the new text, without quotations
	Document string   // the text of an attached file; "" for none
	Files    int      // pictures and other files, except the document that was read
	Names    []string // of the correspondents, to recognize greetings and signatures
}

// FollowupItem is an item that the receipt showed.
type FollowupItem struct {
	Item        item.ID
	Title, Text string
}

// Followup is the meaning of an answer. If Item is -1, nothing says which item is meant, and
// Kind is Thanks or Remark.
type Followup struct {
	Kind   FollowupKind
	Item   int    // index of the item
	Title  string // of a replacement that begins with a title
	Text   string // of a replacement
	Remark string // for the editors; may be "" with a replacement or an addition
	Why    string
}

// Thresholds for a text that replaces another. In doubt an answer is a remark: then the editors
// read it and nothing is lost, whereas a remark printed in place of a text would be an error
// that the contributor never made.
const (
	shingle     = 3   // consecutive words by which texts are compared
	longEnough  = 20  // words of a replacement that is not announced
	alike       = 0.5 // share of shingles, both ways, of a replacement that is not announced
	likely      = 0.2 // share of its shingles, of an announced replacement
	notTooShort = 0.5 // length of an all-new text relative to the previous one
	coverLength = 25  // most words of a line that presents a text
	presenting  = 3   // most words besides those that present a file
)

// Limits of what is examined: thanks and the text around a replacement are short.
const (
	maxShort   = 1000   // octets of an answer that may be only polite
	maxLine    = 300    // octets of a polite line
	maxAround  = 20     // lines before and after a text
	maxCompare = 100000 // octets of a text that are compared
)

// ReadFollowup returns what an answer to a receipt asks for. about are the items that the
// receipt showed. An answer replaces a text if it says so and has enough text, if its text came
// as a document, or if it is long and resembles the previous text. Anything else that is more
// than thanks is a remark.
func ReadFollowup(s FollowupText, about []FollowupItem) Followup {
	a := answer{FollowupText: s, manners: known()}
	a.lines = slices.DeleteFunc(strings.Split(strings.TrimSpace(s.Visible), "\n"), a.device)
	s.Visible = strings.TrimSpace(strings.Join(a.lines, "\n"))
	a.Visible = s.Visible
	var v Followup
	switch {
	case s.Document != "" && !a.resembles(about):
		return Followup{Kind: Remark, Item: a.which(about, s.Visible), Remark: strings.TrimSpace(s.Visible + "\n\n" + s.Document),
			Why: "the attached document is another text, and nothing says that it replaces the one before"}
	case s.Document != "":
		v = Followup{Kind: Replacement, Text: s.Document, Why: "an attached document replaces the text"}
		if !a.thanks() && !a.covers() {
			v.Remark = strings.TrimSpace(s.Visible)
		}
		v.Item = a.which(about, s.Document)
		if v.Item >= 0 {
			v.Title, v.Text = a.parted(v.Text, about[v.Item].Title)
		}
	case holds(foldLine(s.Visible), a.Ours) == "" && a.replaces(about, &v):
	case s.Files > 0:
		v = Followup{Kind: Addition, Item: a.which(about, s.Visible), Why: "it brings files"}
		if !a.thanks() && !a.covers() {
			v.Remark, v.Why = strings.TrimSpace(s.Visible), "it brings files, and words for the editors"
		}
	case strings.TrimSpace(s.Visible) == "":
		return Followup{Kind: Thanks, Item: -1, Why: "it holds no text of its own"}
	case a.thanks():
		return Followup{Kind: Thanks, Item: -1, Why: "it says no more than thanks"}
	default:
		return Followup{Kind: Remark, Item: a.which(about, s.Visible), Remark: strings.TrimSpace(s.Visible), Why: "a remark, for the editors to read"}
	}
	if v.Item < 0 {
		return Followup{Kind: Remark, Item: -1, Remark: strings.TrimSpace(s.Visible + "\n\n" + s.Document), Why: v.Why + ", and nothing says of which item"}
	}
	return v
}

// answer is the state of ReadFollowup.
type answer struct {
	FollowupText
	*manners
	lines     []string
	presented []string // lines that present the replacement
}

// resembles reports whether an attached document is a version of an item's text, or the answer
// says that it replaces it.
func (a *answer) resembles(about []FollowupItem) bool {
	for _, line := range a.lines[:min(len(a.lines), maxAround)] {
		if len(line) <= maxLine && a.saidBy(line) != unsaid {
			return true
		}
	}
	which := a.which(about, a.Document)
	if which < 0 {
		return false
	}
	ofNew, _ := overlap(a.Document, about[which].Text)
	return ofNew >= likely
}

// told returns what the lines that present a text say beyond that.
func (a *answer) told() string {
	var kept []string
	for _, line := range a.presented {
		rest := " " + foldLine(line) + " "
		for _, phrases := range [][]string{a.Replaces, a.Corrects, a.Covers} {
			if p := holds(strings.TrimSpace(rest), phrases); p != "" {
				rest = strings.Replace(rest, " "+p+" ", " ", 1)
			}
		}
		if len(strings.Fields(a.impolite(rest))) > presenting {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// device reports whether a mail program added the line.
func (a *answer) device(line string) bool {
	if len(line) > maxLine {
		return false
	}
	folded := foldLine(line) + " "
	return len(strings.Fields(folded)) < 8 && slices.ContainsFunc(a.Devices, func(d string) bool { return strings.HasPrefix(folded, d+" ") })
}

// replaces finds the text that replaces an item's.
func (a *answer) replaces(about []FollowupItem, v *Followup) bool {
	body, strength := a.announced()
	which := a.which(about, body)
	if which < 0 {
		return false
	}
	before := about[which]
	title, text := a.parted(body, before.Title)
	words, had := len(strings.Fields(foldLine(text))), len(strings.Fields(foldLine(before.Text)))
	ofNew, ofOld := overlap(text, before.Text)
	why := ""
	switch enough := float64(words) >= notTooShort*float64(had) && words > 4; {
	case words >= longEnough && ofNew >= alike && ofOld >= alike:
		why = "its text resembles the one before and replaces it"
	case strength == sure && words > 4 && (ofNew >= likely || enough):
		why = "it says that its text replaces the one before"
	case strength == perhaps && enough && ofNew >= likely:
		why = "it corrects, and its text resembles the one before"
	default:
		return false
	}
	*v = Followup{Kind: Replacement, Item: which, Title: title, Text: text, Remark: a.told(), Why: why}
	return true
}

// strength is how clearly an answer says that it replaces a text.
type strength int

const (
	unsaid strength = iota
	perhaps
	sure
)

// announced returns the text of an answer without greetings, the line that presents it and
// farewells, and how clearly that line says that it replaces the previous text.
func (a *answer) announced() (string, strength) {
	said, lines := unsaid, a.lines
	a.presented = nil
	for presented, looked := 0, 0; len(lines) > 0 && presented < 2 && looked < maxAround; looked++ {
		line := strings.TrimSpace(lines[0])
		if line == "" || a.polite(line) || isGreeting(line) {
			lines = lines[1:]
			continue
		}
		head, rest, colon := cutColon(line)
		if len(head) > maxLine || len(strings.Fields(head)) > coverLength || strings.Contains(head, "?") {
			break
		}
		if m := numbers.FindStringSubmatch(foldLine(head)); colon && m != nil && holds(m[1], a.Items) != "" &&
			a.saidBy(head) == unsaid && len(strings.Fields(foldLine(head))) <= 4 {
			// The number of the item, before what is said about it.
			if lines = lines[1:]; rest != "" {
				lines = append([]string{rest}, lines...)
			}
			continue
		}
		s := a.saidBy(head)
		last := len(lines) == 1
		if s == unsaid && !(colon && rest == "" && !last) && !(holds(foldLine(head), a.Covers) != "" && !last) {
			break
		}
		if !colon && last {
			break // a whole sentence presents nothing
		}
		if said = max(said, s); colon && rest != "" {
			if s == unsaid {
				break
			}
			lines = append([]string{rest}, lines[1:]...)
		} else {
			lines = lines[1:]
		}
		presented++
		a.presented = append(a.presented, head)
	}
	for looked := 0; len(lines) > 0 && looked < maxAround; looked++ {
		last := strings.TrimSpace(lines[len(lines)-1])
		if last != "" && !a.polite(last) && !a.isName(last) {
			break
		}
		lines = lines[:len(lines)-1]
	}
	return strings.TrimSpace(strings.Join(lines, "\n")), said
}

func (a *answer) saidBy(head string) strength {
	folded := foldLine(head)
	first, _, _ := strings.Cut(folded, " ")
	switch {
	case holds(folded, a.Replaces) != "":
		return sure
	case holds(first, a.Corrects) != "":
		return perhaps
	}
	return unsaid
}

// cutColon splits a line at its first colon that ends a phrase.
func cutColon(line string) (head, rest string, found bool) {
	for _, mark := range []string{" :", "\u00a0:", "\u202f:", ":"} {
		if head, rest, found = strings.Cut(line, mark); found && !strings.HasPrefix(rest, "//") {
			return strings.TrimSpace(head), strings.TrimSpace(rest), true
		}
	}
	return line, "", false
}

// parted removes a title from the beginning of a text: a line that a label calls a title, or
// one that resembles the previous title.
func (a *answer) parted(text, before string) (title, rest string) {
	first, rest, _ := strings.Cut(strings.TrimSpace(text), "\n")
	first, rest = strings.TrimSpace(first), strings.TrimSpace(rest)
	if rest == "" || len(first) > maxLine {
		return "", strings.TrimSpace(text)
	}
	if head, labelled, colon := cutColon(first); colon && labelled != "" && holds(foldLine(head), a.Titles) == foldLine(head) {
		return labelled, rest
	}
	now, had := strings.Fields(foldLine(first)), strings.Fields(foldLine(before))
	shared := 0
	for _, w := range now {
		if holds(w, had) != "" {
			shared++
		}
	}
	if shared > 0 && 2*shared >= len(now) && 2*shared >= len(had) && len(now) <= 2*len(had) {
		return first, rest
	}
	return "", strings.TrimSpace(text)
}

// thanks reports whether an answer is only polite.
func (a *answer) thanks() bool {
	if len(a.Visible) > maxShort || strings.ContainsAny(a.Visible, "?"+refusing) {
		return false
	}
	meant := false
	for i, line := range a.lines {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case a.polite(line):
			meant = meant || foldLine(line) == "" || holds(foldLine(line), a.Heads) != ""
		case meant && i >= len(a.lines)-2 && a.isName(line):
		default:
			return false
		}
	}
	return meant
}

// polite reports whether each word of a line thanks, greets or says goodbye, or names a
// correspondent.
func (a *answer) polite(line string) bool {
	return len(line) <= maxLine && !strings.Contains(line, "?") && strings.IndexFunc(line, strange) < 0 && a.impolite(foldLine(line)) == ""
}

// impolite returns a folded text without words of politeness and names.
func (a *answer) impolite(folded string) string {
	// Doubled blanks give each phrase its own on either side.
	folded = " " + strings.ReplaceAll(strings.TrimSpace(folded), " ", "  ") + " "
	without := func(phrase string) {
		folded = strings.ReplaceAll(folded, " "+strings.ReplaceAll(phrase, " ", "  ")+" ", " ")
	}
	for _, list := range [][]string{a.Heads, a.Polite} {
		for _, phrase := range list {
			without(phrase)
		}
	}
	for _, name := range a.Names {
		for word := range strings.FieldsSeq(foldLine(name)) {
			without(word)
		}
	}
	return strings.Join(strings.Fields(folded), " ")
}

// strange reports a symbol that is not known to be friendly.
func strange(r rune) bool {
	return unicode.Is(unicode.So, r) && !strings.ContainsRune(cheerful, r)
}

// isName reports whether a line may be a signature: one to four words, each with a capital
// letter, and nothing else.
func (a *answer) isName(line string) bool {
	words := strings.Fields(line)
	for _, w := range words {
		if first := []rune(w)[0]; !unicode.IsUpper(first) || strings.ContainsAny(w, ".:;!?0123456789") {
			return false
		}
	}
	return len(words) > 0 && len(words) <= 4 && readReply(line).Verb == None
}

// covers reports whether an answer only presents its attachments: each sentence is polite, or
// has few words besides those that present. Any further word, such as a photographer's name, is
// for the editors.
func (a *answer) covers() bool {
	if len(a.Visible) > maxShort || strings.ContainsAny(a.Visible, "?"+refusing) {
		return false
	}
	text, said := a.announced()
	if said == sure && text == "" {
		return true
	}
	for _, sentence := range strings.FieldsFunc(a.Visible, func(r rune) bool { return strings.ContainsRune(".!\n", r) }) {
		f := foldLine(sentence)
		if f == "" || a.polite(sentence) || a.isName(strings.TrimSpace(sentence)) {
			continue
		}
		cover := holds(f, a.Covers)
		if cover == "" || conditional(adding.Replace(f)) {
			return false
		}
		others := a.impolite(strings.Replace(" "+f+" ", " "+cover+" ", " ", 1))
		if len(strings.Fields(others)) > presenting {
			return false
		}
	}
	return true
}

// adding removes the words for adding, which a cover note may use; any other wish is for a
// person to read.
var adding = strings.NewReplacer("ajouter", "", "ajoutez", "", "add", "")

// which returns the index of the item that a text is about: the only one, the one with the
// number given, the one that it resembles, or the only one whose title it mentions; else -1.
func (a *answer) which(about []FollowupItem, text string) int {
	if len(about) == 1 {
		return 0
	}
	named := map[int]bool{}
	for _, m := range numbers.FindAllStringSubmatch(foldLine(a.Visible), -1) {
		if holds(m[1], a.Items) == "" {
			continue
		}
		for i, it := range about {
			if m[2] == strconv.FormatInt(int64(it.Item), 10) {
				named[i] = true
			}
		}
	}
	if len(named) == 0 {
		for i, it := range about {
			if ofNew, ofOld := overlap(text, it.Text); ofNew >= likely && ofOld >= likely {
				named[i] = true
			}
		}
	}
	if len(named) == 0 {
		named = mentioned(about, a.Visible)
	}
	if len(named) != 1 {
		return -1
	}
	for i := range named {
		return i
	}
	return -1
}

var numbers = regexp.MustCompile(`(\pL+) ([1-9][0-9]{0,8})\b`)

// mentioned returns the items of whose title the text has a long word that no other title has.
func mentioned(about []FollowupItem, text string) map[int]bool {
	const long = 5 // letters
	in := map[string][]int{}
	for i, it := range about {
		for _, w := range strings.Fields(foldLine(it.Title)) {
			if len(w) >= long && (len(in[w]) == 0 || in[w][len(in[w])-1] != i) {
				in[w] = append(in[w], i)
			}
		}
	}
	found := map[int]bool{}
	for _, w := range strings.Fields(foldLine(text)) {
		if len(in[w]) == 1 {
			found[in[w][0]] = true
		}
	}
	return found
}

// overlap compares two texts by the runs of words that they share, and returns the share of
// each, ignoring accents, case and punctuation.
func overlap(a, b string) (ofA, ofB float64) {
	inA, inB := shingles(a), shingles(b)
	shared := 0
	for s := range inA {
		if inB[s] {
			shared++
		}
	}
	return float64(shared) / float64(max(len(inA), 1)), float64(shared) / float64(max(len(inB), 1))
}

func shingles(text string) map[string]bool {
	text = strings.ToValidUTF8(text[:min(len(text), maxCompare)], "")
	words := strings.Fields(foldLine(text))
	set := map[string]bool{}
	for i := range words {
		set[strings.Join(words[i:min(i+shingle, len(words))], " ")] = i+shingle <= len(words) || len(words) < shingle
	}
	for s, whole := range set {
		if !whole {
			delete(set, s)
		}
	}
	return set
}
