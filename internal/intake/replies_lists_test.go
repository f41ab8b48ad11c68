package intake_test

import (
	"fmt"
	"slices"
	"strings"

	"infolettre/internal/editorial"
	"infolettre/internal/message"
)

// queueKnown are the items of the queue mail that is answered.
var queueKnown = []int64{3, 4, 5, 7, 8, 12}

// listed is an answer to a queue mail.
type listed struct {
	name, by, text, sign string
	want                 map[int64]editorial.Reply // what is ordered; nothing on the others
	or                   map[int64]editorial.Reply // for those on which people would differ
	unread               []string                  // of lines that must be told as not understood
}

var repliesToQueues = []listed{
	{name: "queue: one line", by: "gmail", text: "3 OUI", want: map[int64]editorial.Reply{3: approved}},
	{name: "queue: a line each", by: "iphone", text: "3 OUI\n4 NON : doublon du n° 12\n5 REPORTER", want: map[int64]editorial.Reply{3: approved, 4: refused("doublon du n° 12"), 5: later}},
	{name: "queue: a line each, in Word", by: "outlook", text: "Bonjour,\n\n3 oui\n4 oui\n7 reporter\n\nMerci,", sign: signCorporate, want: map[int64]editorial.Reply{3: approved, 4: approved, 7: later}},
	{name: "queue: a row of numbers", by: "thunderbird", text: "3, 4, 8 OUI", want: map[int64]editorial.Reply{3: approved, 4: approved, 8: approved}},
	{name: "queue: a range", by: "gmail-app", text: "3-5 OUI\n7 NON : trop commercial", want: map[int64]editorial.Reply{3: approved, 4: approved, 5: approved, 7: refused("trop commercial")}},
	{name: "queue: a range with a long dash", by: "apple", text: "3–5 oui", want: map[int64]editorial.Reply{3: approved, 4: approved, 5: approved}},
	{name: "queue: a row and a range", by: "zimbra", text: "3-5, 8 : OUI\n12 : REPORTER", want: map[int64]editorial.Reply{3: approved, 4: approved, 5: approved, 8: approved, 12: later}},
	{name: "queue: a reason with commas and numbers", by: "samsung", text: "4 NON : trop long, 3 pages, et les 2 photos manquent\n5 OUI", want: map[int64]editorial.Reply{4: refused("trop long, 3 pages, et les 2 photos manquent"), 5: approved}},
	{name: "queue: numbers with their sign", by: "outlook-web", text: "n° 3 : OUI\nn° 4 : NON : hors sujet", want: map[int64]editorial.Reply{3: approved, 4: refused("hors sujet")}},
	{name: "queue: with hyphens", by: "yahoo", text: "3 - ok\n4 - ok\n5 - non : déjà annoncé", want: map[int64]editorial.Reply{3: approved, 4: approved, 5: refused("déjà annoncé")}},
	{name: "queue: a line not understood among good ones", by: "gmail", text: "3 OUI\n4 à voir avec Solène\n5 NON : périmé", want: map[int64]editorial.Reply{3: approved, 5: refused("périmé")}, unread: []string{"à voir avec Solène"}},
	{name: "queue: a condition on one line", by: "iphone", text: "3 OUI\n4 OUI si la photo est libre de droits\n5 OUI", want: map[int64]editorial.Reply{3: approved, 5: approved}, unread: []string{"libre de droits"}},
	{name: "queue: a question on one line", by: "k9", text: "3 OK ?\n4 OK", want: map[int64]editorial.Reply{4: approved}, unread: []string{"3 OK"}},
	{name: "queue: a contrast on one line", by: "roundcube", text: "3 oui mais pas avant mars\n8 oui", want: map[int64]editorial.Reply{8: approved}, unread: []string{"pas avant mars"}},
	{name: "queue: unknown numbers", by: "orange", text: "3 OUI\n99 OUI", want: map[int64]editorial.Reply{3: approved}},
	{name: "queue: in English", by: "gmail-en", text: "Hi,\n\n3 yes\n4 no: out of scope, and late\n5 defer\n\nThanks,\nGraham", want: map[int64]editorial.Reply{3: approved, 4: refused("out of scope, and late"), 5: later}},
	{name: "queue: a row in English words", by: "outlook-en", text: "3, 4 and 5: yes\n7: defer", want: map[int64]editorial.Reply{3: approved, 4: approved, 5: approved, 7: later}},
	{name: "queue: a new title and a section", by: "proton", text: "3 TITRE = La mer recrute à Rouen\n4 RUBRIQUE = agenda", want: map[int64]editorial.Reply{3: edited(title("La mer recrute à Rouen")), 4: edited(section("agenda"))}},
	{name: "queue: one taken back below", by: "laposte", text: "3-5 OUI\n\nAttendez finalement pour le 4, la date est fausse.", want: map[int64]editorial.Reply{},
		or: map[int64]editorial.Reply{3: approved, 5: approved}},
	{name: "queue: two words on one item", by: "gmail", text: "3 OUI\n3 NON : doublon\n4 OUI", want: map[int64]editorial.Reply{4: approved}, or: map[int64]editorial.Reply{3: refused("doublon")}},
	{name: "queue: the verb is denied", by: "iphone", text: "3 pas OK\n4 pas oui du tout", want: map[int64]editorial.Reply{}, or: map[int64]editorial.Reply{3: refused("*"), 4: refused("*")}},
	{name: "queue: talk with numbers in it", by: "apple", text: "Bonjour,\n\nJe lis les 3 premiers demain matin, 4 jours avant la clôture c'est jouable.\n\nÉlise", want: map[int64]editorial.Reply{}},
	{name: "queue: only its quote has orders", by: "gmail", text: "Bien reçu, je regarde ce soir.", want: map[int64]editorial.Reply{}},
	{name: "queue: all but one", by: "outlook-ios", text: "OUI à tous sauf le 5", want: map[int64]editorial.Reply{}, or: map[int64]editorial.Reply{3: approved, 4: approved, 7: approved, 8: approved, 12: approved}},
}

// seen is what an editor reads who looks at the mail.
func (l listed) seen(s *score) editorial.ReplyText {
	return written(s, given{name: l.name, by: l.by, text: l.text, sign: l.sign})
}

func written(s *score, g given) (w editorial.ReplyText) {
	m, err := message.Read(g.sheet(s.t).bytes("elise@reseau.example", "info@cites.example", "suite", "Mon, 05 Feb 2018 10:00:00 +0100"))
	if err != nil {
		s.t.Fatalf("%s: %v", g.name, err)
	}
	w.Text, w.HTML = m.Written()
	return w
}

func (s *score) list(l listed) {
	w := l.seen(s)
	lines := editorial.ReadList(w, slices.Clone(queueKnown))
	got := map[int64][]editorial.Reply{}
	var unread []string
	for _, line := range lines {
		if line.Reply.Verb == editorial.None {
			unread = append(unread, squeezed(line.Text))
			continue
		}
		for _, n := range line.Numbers {
			got[n] = append(got[n], line.Reply)
		}
	}
	var faults []string
	falsely := false
	for _, n := range queueKnown {
		want, wanted := l.want[n]
		other, may := l.or[n]
		switch {
		case len(got[n]) == 0:
			if wanted {
				faults = append(faults, fmt.Sprintf("%d: nothing, want %q", n, want.Verb))
			}
		case len(got[n]) > 1:
			faults = append(faults, fmt.Sprintf("%d: ordered %d times", n, len(got[n])))
		case may && differs(got[n][0], other) == "":
		case !wanted:
			faults = append(faults, fmt.Sprintf("%d: %q, want nothing", n, got[n][0].Verb))
		default:
			if fault := differs(got[n][0], want); fault != "" {
				faults = append(faults, fmt.Sprintf("%d: %s", n, fault))
			}
		}
		for _, r := range got[n] {
			falsely = falsely || binds(r.Verb) && !binds(want.Verb) && !binds(other.Verb)
		}
	}
	for _, said := range l.unread {
		if !slices.ContainsFunc(unread, func(line string) bool { return strings.Contains(line, said) }) {
			faults = append(faults, fmt.Sprintf("%q is not told as not understood (%q)", said, unread))
		}
	}
	if len(faults) > 0 {
		faults = append(faults, fmt.Sprintf("\n\ttext %q\n\thtml %q", w.Text, w.HTML))
	}
	s.count(l.name, faults, falsely)
}

// planned is an answer to the plan of an issue: it is done as a whole, or not.
type planned struct {
	name, by, text, sign string
	want                 []editorial.Reply // none: some line of it is not understood, or there is none
}

func numbered(v editorial.Verb, numbers ...int64) editorial.Reply {
	return editorial.Reply{Verb: v, Numbers: numbers}
}

var repliesToPlans = []planned{
	{name: "plan: an order", by: "gmail", text: "ORDRE : 5, 3, 8", want: []editorial.Reply{numbered(editorial.Reorder, 5, 3, 8)}},
	{name: "plan: an order and a removal", by: "iphone", text: "ORDRE : 5 3 8\nRETIRER 4", want: []editorial.Reply{numbered(editorial.Reorder, 5, 3, 8), numbered(editorial.Remove, 4)}},
	{name: "plan: removals in Word", by: "outlook", text: "Bonjour,\n\nRETIRER 4, 7\n\nMerci", sign: signCorporate, want: []editorial.Reply{numbered(editorial.Remove, 4, 7)}},
	{name: "plan: in English", by: "gmail-en", text: "ORDER: 8, 5\nREMOVE 3", want: []editorial.Reply{numbered(editorial.Reorder, 8, 5), numbered(editorial.Remove, 3)}},
	{name: "plan: to wait", by: "apple", text: "Attendre\n\nMerci à tous", want: []editorial.Reply{{Verb: editorial.Postpone}}},
	{name: "plan: to wait, in English", by: "iphone-en", text: "WAIT", want: []editorial.Reply{{Verb: editorial.Postpone}}},
	{name: "plan: the editorial", by: "thunderbird", text: "ÉDITO\nUn printemps de rencontres\n\nLes beaux jours reviennent, et avec eux les forums : venez nombreux, si le cœur vous en dit, et ne manquez pas la page des financements.",
		want: []editorial.Reply{{Verb: editorial.WriteEditorial, Body: "Un printemps de rencontres\n\nLes beaux jours reviennent, et avec eux les forums : venez nombreux, si le cœur vous en dit, et ne manquez pas la page des financements."}}},
	{name: "plan: a removal and the editorial", by: "zimbra", text: "RETIRER 12\nÉDITO\nLe mot de la rentrée\nDouze cités ont écrit ce mois-ci.",
		want: []editorial.Reply{numbered(editorial.Remove, 12), {Verb: editorial.WriteEditorial, Body: "Le mot de la rentrée\nDouze cités ont écrit ce mois-ci."}}},
	{name: "plan: a question", by: "gmail", text: "RETIRER 4 ?"},
	{name: "plan: a condition", by: "samsung", text: "Retirer 4 si Marco est d'accord"},
	{name: "plan: talk about waiting", by: "iphone", text: "Attendre me paraît dommage, qu'en dit Solène ?"},
	{name: "plan: not to wait", by: "orange", text: "Ne pas attendre"},
	{name: "plan: an order taken back", by: "yahoo", text: "ATTENDRE\n\nNon, finalement laissez partir le numéro."},
	{name: "plan: thanks", by: "k9", text: "Merci, c'est très beau comme cela."},
}

func (s *score) plan(p planned) {
	w := written(s, given{name: p.name, by: p.by, text: p.text, sign: p.sign})
	lines := editorial.ReadPlan(w)
	var faults []string
	isNone := len(lines) == 0 || slices.ContainsFunc(lines, func(l editorial.Line) bool { return l.Reply.Verb == editorial.None })
	switch {
	case len(p.want) == 0 && !isNone:
		faults = append(faults, fmt.Sprintf("read as %q, want nothing", lines[0].Reply.Verb))
	case len(p.want) == 0:
	case len(lines) != len(p.want):
		faults = append(faults, fmt.Sprintf("%d orders, want %d: %+v", len(lines), len(p.want), lines))
	default:
		for i, l := range lines {
			want := p.want[i]
			numbers := l.Reply.Numbers
			if len(numbers) == 0 {
				numbers = l.Numbers
			}
			if l.Reply.Verb != want.Verb || !slices.Equal(numbers, want.Numbers) || squeezed(l.Reply.Body) != squeezed(want.Body) {
				faults = append(faults, fmt.Sprintf("%q %v %q, want %q %v %q", l.Reply.Verb, numbers, l.Reply.Body, want.Verb, want.Numbers, want.Body))
			}
		}
	}
	if len(faults) > 0 {
		faults = append(faults, fmt.Sprintf("\n\ttext %q\n\thtml %q", w.Text, w.HTML))
	}
	s.count(p.name, faults, false)
}
