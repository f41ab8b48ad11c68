package editorial

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Verb is what a reply orders.
type Verb string

const (
	None     Verb = "none"
	Approve  Verb = "approve"
	Reject   Verb = "reject"
	Defer    Verb = "defer"
	Withdraw Verb = "withdraw"
	Sign     Verb = "sign"
	Edit     Verb = "edit" // a contributor's own: see ReadVoice
)

// Reply is what was understood of a reply's visible text. Why says, in English,
// what stood in the way when Verb is None.
type Reply struct {
	Verb   Verb
	Reason string // of a refusal: what follows the verb
	Text   string // the visible text
	Why    string

	Changes   []Change
	Body      string
	Language  string
	To, Until string
	Numbers   []int64
}

// verbs are the ways to order something, folded as by foldLine. A line that
// holds one of them and nothing else is an order; only those that take a reason
// may be followed by one.
var verbs = map[string]Verb{
	"oui": Approve, "ok": Approve, "d accord": Approve, "approuve": Approve, "approuvee": Approve,
	"valide": Approve, "validee": Approve, "j approuve": Approve, "je valide": Approve, "oui merci": Approve,
	"yes": Approve, "approved": Approve, "approve": Approve, "i approve": Approve, "agreed": Approve, "yes please": Approve,

	"non": Reject, "refuse": Reject, "refusee": Reject, "je refuse": Reject,
	"no": Reject, "rejected": Reject, "reject": Reject, "refused": Reject,

	"reporter": Defer, "reporte": Defer, "a reporter": Defer, "au prochain numero": Defer,
	"defer": Defer, "deferred": Defer, "next issue": Defer,

	"retirer": Withdraw, "retire": Withdraw, "a retirer": Withdraw,
	"withdraw": Withdraw, "withdrawn": Withdraw,

	"bon a tirer": Sign, "bat": Sign, "bon pour tirage": Sign,
	"sign off": Sign, "signed off": Sign, "signoff": Sign,
}

// greetings may stand on a line of their own before the verb.
var greetings = []string{"bonjour", "bonsoir", "salut", "coucou", "chere", "cher", "madame", "monsieur", "hello", "hi", "hey", "dear", "good morning", "good afternoon"}

// takesBack are words that, standing after a verb that takes no reason, may
// condition it or take it back. One of them is enough for no decision: a person
// asked once more loses a minute, a decision by accident stands in print.
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

// ReadReply reads the visible text of a reply: the first line that is neither
// blank nor a greeting must be a verb, and nothing after it may take it back.
func ReadReply(w Written) Reply {
	visible := w.Text
	r := Reply{Verb: None, Text: strings.TrimSpace(visible)}
	lines := strings.Split(r.Text, "\n")
	for len(lines) > 0 && (strings.TrimSpace(lines[0]) == "" || isGreeting(lines[0])) {
		lines = lines[1:]
	}
	if len(lines) == 0 {
		r.Why = "the reply holds no text of its own"
		return r
	}
	first, rest := lines[0], strings.TrimSpace(strings.Join(lines[1:], "\n"))
	if hidden := strings.IndexFunc(first, disguised); hidden >= 0 {
		r.Why = "the first line holds invisible or look-alike characters"
		return r
	}
	order, said := splitOrder(first)
	verb, known := verbs[foldLine(order)]
	switch {
	case !known:
		r.Why = "the first line is no order"
	case strings.ContainsAny(r.Text, refusing):
		r.Why = "a sign in the reply says the contrary"
	case strings.Contains(order, "?"):
		r.Why = "the first line is a question"
	case verb == Reject:
		r.Reason = strings.TrimSpace(strings.TrimLeft(said, " ,") + "\n" + rest)
		if r.Reason == "" {
			r.Why = "a refusal needs its reason"
			return r
		}
		r.Verb = Reject
	case foldLine(said) != "":
		r.Why = "the order does not stand alone on its line"
	case conditional(rest) || contrary(rest, verb):
		r.Why = "the text below the order may take it back"
	default:
		r.Verb = verb
	}
	return r
}

// splitOrder parts a line at the colon, dash or comma that sets a reason off. A
// bare "non," or "no," begins a sentence that may mean anything.
func splitOrder(line string) (order, reason string) {
	line = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\uff1a", ":").Replace(line)
	if i := strings.IndexAny(line, ":,"); i >= 0 {
		if f := foldLine(line[:i]); line[i] == ',' && (f == "non" || f == "no") {
			return line, ""
		}
		return line[:i], line[i+1:]
	}
	for _, dash := range []string{" - ", " – ", " — "} {
		if order, reason, ok := strings.Cut(line, dash); ok {
			return order, reason
		}
	}
	return line, ""
}

// isGreeting knows a line that only greets: a greeting and a name, with no word
// in it that could be part of an answer.
func isGreeting(line string) bool {
	folded := foldLine(line)
	words := strings.Fields(folded)
	if len(words) > 4 || conditional(line) || contrary(line, None) {
		return false
	}
	for _, g := range greetings {
		if folded == g || strings.HasPrefix(folded, g+" ") {
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

// contrary says whether a text holds another order than the one given.
func contrary(text string, given Verb) bool {
	folded := " " + foldLine(text) + " "
	for words, v := range verbs {
		if v != given && strings.Contains(folded, " "+words+" ") {
			return true
		}
	}
	return false
}

// disguised reports what no keyboard puts into an order: format characters
// such as right-to-left marks and zero-width blanks (a joiner or a variation
// selector belongs to emoji), and letters of another script.
func disguised(r rune) bool {
	switch {
	case r == '\u200d' || r == '\ufeff':
		return false
	case unicode.Is(unicode.Cf, r):
		return true
	}
	return unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r)
}

// foldLine lowers the case, drops accents, and leaves of all other characters
// than letters and digits a single blank.
func foldLine(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
