package editorial

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Verb is what a reply orders.
type Verb string

// The verbs.
const (
	None           Verb = "none"
	Approve        Verb = "approve"
	Reject         Verb = "reject"
	Defer          Verb = "defer"
	Withdraw       Verb = "withdraw"
	Sign           Verb = "sign"
	Edit           Verb = "edit"
	Translate      Verb = "translate" // the text of an item in another language
	Undo           Verb = "undo"      // undoes a decision
	Delegate       Verb = "delegate"  // another editor decides for a while
	Reorder        Verb = "reorder"   // of a plan
	Remove         Verb = "remove"    // of a plan
	WriteEditorial Verb = "write"     // of a plan: its editorial
	Postpone       Verb = "wait"      // of a plan: the issue is skipped in favour of the next
)

// ReplyText is the new text of an answer, without quotations and signature, as its plain text
// part and as its HTML part have it. A missing part is "", and one that shows nothing is a
// blank. A line "-- " may be followed by what was in the signature but does not belong there:
// it can retract an order, and nothing else.
type ReplyText struct{ Text, HTML string }

// Reply is the meaning of an answer. If Verb is None, Why says in English what prevented an
// order.
type Reply struct {
	Verb     Verb
	Reason   string // of a rejection: what follows the verb
	Text     string // the visible text
	Why      string
	Changes  []Change // of Edit; with Approve: the resulting revision is approved
	Body     string   // the new text of Edit, Translate and Write; also of Approve if one follows the yes
	Language string   // of Translate, ISO 639-1
	To       string   // of Delegate: an address or a name, as written
	Until    string   // of Delegate: the words of the last day, as written
	Numbers  []int64  // of Reorder and Remove, in the order given
}

// ReadReply reads an answer to a request about one item, to a proof, a challenge, a receipt or
// an outcome. The first line that is neither blank nor a greeting must be an order, nothing
// below may retract it, and the text and HTML parts must agree. Otherwise Verb is None.
func ReadReply(w ReplyText) Reply {
	return agreed(w, readReply)
}

// agreed reads both parts of an answer and says what they say together.
func agreed(w ReplyText, read func(string) Reply) Reply {
	if w.HTML == "" {
		return read(w.Text)
	}
	if w.Text == "" {
		return read(w.HTML)
	}
	text, html := read(w.Text), read(w.HTML)
	if !text.same(html) {
		return Reply{Verb: None, Text: text.Text, Why: "its text and its HTML do not say the same"}
	}
	return text
}

// same says whether two readings order the same, in the same words save for what
// programs change when they make one part out of the other.
func (r Reply) same(o Reply) bool {
	if r.Verb != o.Verb || len(r.Changes) != len(o.Changes) || len(r.Numbers) != len(o.Numbers) || r.Language != o.Language {
		return false
	}
	for i := range r.Changes {
		if r.Changes[i].Field != o.Changes[i].Field || bare(r.Changes[i].Value) != bare(o.Changes[i].Value) {
			return false
		}
	}
	for i := range r.Numbers {
		if r.Numbers[i] != o.Numbers[i] {
			return false
		}
	}
	return bare(r.Body) == bare(o.Body) && bare(r.Reason) == bare(o.Reason) && bare(r.Until) == bare(o.Until) && foldLine(r.To) == foldLine(o.To)
}

// bare is a text without what differs innocently between the parts of a mail.
func bare(text string) string {
	return strings.ReplaceAll(foldLine(pictures.ReplaceAllString(addresses.ReplaceAllString(text, " "), " ")), " ", "")
}

// sheet is one part of an answer, taken apart.
type sheet struct {
	said  string   // what was written
	aside string   // sentences found in the signature
	lines []string // of said, from the first that is no greeting
}

func readSheet(part string) (sheet, string) {
	part = strings.ReplaceAll(part, "\r\n", "\n")
	var s sheet
	s.said = strings.TrimSpace(part)
	for _, mark := range []string{"\n-- \n", "\n--\n"} {
		if said, aside, ok := strings.Cut("\n"+part+"\n", mark); ok {
			s.said, s.aside = strings.TrimSpace(said), strings.TrimSpace(aside)
			break
		}
	}
	if len(part) > maxSaid {
		s.said = strings.ToValidUTF8(s.said[:min(len(s.said), maxSaid)], "")
		return s, "the reply is too long to be an answer"
	}
	s.lines = strings.Split(s.said, "\n")
	for len(s.lines) > 0 && (strings.TrimSpace(s.lines[0]) == "" || greets(s.lines[0])) {
		s.lines = s.lines[1:]
	}
	if len(s.lines) == 0 {
		return s, "the reply holds no text of its own"
	}
	return s, ""
}

func (s sheet) below() []string { return s.lines[1:] }

func readReply(part string) Reply {
	s, why := readSheet(part)
	r := Reply{Verb: None, Text: s.said, Why: why}
	if why != "" {
		return r
	}
	if disguised(s.lines[0]) {
		r.Why = "the first line holds invisible or look-alike characters"
		return r
	}
	first := s.lines[0]
	if _, ok := readField(first); ok {
		return s.edit(r, s.lines)
	}
	if body, ok := announcedText(first, s.below()); ok {
		return s.edit(r, body)
	}
	if language, body, ok := translated(first, s.below()); ok {
		return s.translate(r, language, body)
	}
	if d, ok := delegated(first); ok {
		return s.unless(d.in(r), s.below())
	}
	l := readLine(first)
	switch l.verb {
	case None:
		r.Why = l.why
		return r
	case Reject:
		return s.refuse(r, l.said)
	default: // read below
	}
	r.Verb, r.Why = l.verb, ""
	below := s.below()
	if l.tail != "" {
		below = append([]string{l.tail}, below...)
	}
	if r.Verb == Approve {
		return s.approve(r, below)
	}
	return s.unless(r, below)
}

// none gives an order up.
func (r Reply) none(why string) Reply { return Reply{Verb: None, Text: r.Text, Why: why} }

// unless gives an order up where what stands below takes it back. A deferral or a
// withdrawal may say why: only another order, a condition or a question stands
// against it.
func (s sheet) unless(r Reply, below []string) Reply {
	if r.Verb == None {
		return r
	}
	for _, text := range []string{strings.Join(below, "\n"), s.aside} {
		why := ""
		if r.Verb == Approve || r.Verb == Sign {
			if why = takenBack(text); why == "" && text != s.aside {
				why = unplain(text)
			}
		} else {
			why = contradicted(text, r.Verb)
		}
		if why != "" {
			return r.none(why)
		}
	}
	return r
}

// contradicted is takenBack for an order that prints nothing.
func contradicted(text string, given Verb) string {
	if strings.ContainsAny(text, refusing+doubting) || disguised(text) {
		return "a sign in the reply says the contrary"
	}
	for _, unit := range units(text) {
		for _, t := range sentences(unit) {
			switch {
			case t.question:
				return "the text below the order asks something"
			case t.has("conditions"):
				return "the text below the order may make it conditional"
			case t.has("retracts") && given != Defer && given != Postpone && !(given == Undo && t.has("apologies")):
				return "the text below the order may take it back"
			}
			for _, c := range t.clauses() {
				first := c.words[0]
				if v := orderOf(c.words); v != None && v != given || first == "non" || first == "no" {
					return "the text below gives another order"
				}
			}
		}
	}
	return ""
}

// approve reads what may follow a yes: changes, a new text, kind words.
func (s sheet) approve(r Reply, below []string) Reply {
	for i, text := range below {
		if body, ok := announcedText(text, below[i+1:]); ok {
			for _, between := range below[:i] {
				if _, isField := readField(between); !isField && !harmless(between) {
					return r.none("what stands between the yes and the new text is not plain")
				}
			}
			changed := s.edit(r, append(append([]string{}, below[:i]...), body...))
			if changed.Verb == Edit {
				changed.Verb = Approve
			}
			return changed
		}
	}
	changes, rest, broken := readFields(below)
	if broken != "" {
		return r.none(broken)
	}
	if len(changes) > 0 {
		for _, text := range rest {
			if !harmless(text) {
				return r.none("more stands beside the fields than can be understood")
			}
		}
		r.Changes = changes
	}
	if disguised(s.said) {
		return r.none("the reply holds invisible or look-alike characters")
	}
	return s.unless(r, rest)
}

func (s sheet) refuse(r Reply, said string) Reply {
	below := s.below()
	for _, text := range below {
		if _, ok := readField(text); ok {
			return r.none("a refusal changes nothing")
		}
	}
	for len(below) > 0 && civil(below[len(below)-1]) {
		below = below[:len(below)-1]
	}
	reason := strings.TrimSpace(said + "\n" + strings.Join(below, "\n"))
	switch {
	case strings.ContainsAny(r.Text, agreeing+doubting):
		return r.none("a sign in the reply says the contrary")
	case foldLine(reason) == "":
		return r.none("a refusal needs its reason")
	case disguised(s.said):
		return r.none("the reply holds invisible or look-alike characters")
	}
	for i, text := range append(units(reason), units(s.aside)...) {
		for j, t := range sentences(text) {
			// Only how a reason begins says under which condition: what it goes on to
			// say is advice.
			if i+j == 0 && len(t.words) > 0 && spoken().said["conditions"].at(t.words, 0) > 0 {
				return r.none("the reason may make the refusal conditional")
			}
			for _, c := range t.clauses() {
				if v := orderOf(c.words); v != None && v != Withdraw {
					return r.none("the reason says the contrary")
				}
				if kind(c.words) && spoken().around["beside"].at(c.words, 0) > 0 && praise(c.words) {
					return r.none("the reason says the contrary")
				}
			}
		}
	}
	r.Verb, r.Reason, r.Why = Reject, reason, ""
	return r
}

// praise says whether a clause that is kind praises, and does more than thank.
func praise(words []string) bool {
	joined := strings.Join(words, " ")
	for _, w := range []string{"parfait", "parfaite", "super", "excellent", "excellente", "tres bien", "c est parfait", "genial", "perfect", "great", "very good", "impeccable", "nickel", "rien a redire", "rien a changer", "no changes", "nothing to change"} {
		if strings.Contains(" "+joined+" ", " "+w+" ") {
			return true
		}
	}
	return false
}

func conditional(text string) bool {
	if strings.Contains(text, "?") {
		return true
	}
	folded := " " + foldLine(text) + " "
	for _, w := range takesBack {
		if strings.Contains(folded, " "+w+" ") {
			return true
		}
	}
	return false
}

// takesBack are words that make more of a line than a cover of files: see covers.
var takesBack = []string{
	"mais", "sauf", "si", "attendre", "attendez", "attends", "pas", "avant", "apres", "embargo", "condition",
	"rien", "erreur", "faute", "tard", "tot", "jamais", "ne", "n", "arretez", "coquille",
	"never", "later", "early", "nothing", "stop", "hold", "mistake", "error", "typo",
	"sans", "enlever", "enlevez", "supprimer", "supprimez", "retirez", "uniquement", "seulement", "ajouter", "ajoutez", "manque",
	"corriger", "corrigez", "changez", "modifiez", "remplacez", "changer", "modifier", "remplacer", "reserve", "sous reserve", "toutefois", "cependant", "finalement", "plutot", "non", "annuler", "oubliez", "verifier",
	"without", "remove", "delete", "only", "add", "missing",
	"but", "except", "unless", "if", "wait", "not", "don t", "before", "after", "until", "provided", "however", "instead", "change", "correct", "fix", "cancel", "ignore", "check", "no",
}

// refusing are the signs that say no whatever the words say.
const refusing = "👎❌🚫⛔🛑✋🙅"

// isGreeting knows a line that only greets.
func isGreeting(line string) bool { return greets(line) }

// foldLine lowers the case, drops accents, and leaves of all other characters
// than letters and digits a single blank. What is two letters written as one is two.
func foldLine(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'œ':
			b.WriteString("oe")
		case r == 'æ':
			b.WriteString("ae")
		case r == 'ß':
			b.WriteString("ss")
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
