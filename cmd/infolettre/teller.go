package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
)

// teller prints the demo's story, in French or in English.
type teller struct {
	w     io.Writer
	lang  string
	loc   *time.Location
	group map[string]*toldMails
	order []string
}

// toldMails is several mails told of in one line.
type toldMails struct {
	kind    delivery.Kind
	subject string
	who     []message.Address // each once
	first   string
}

// storyWords are the demo's own, by key and language; %s and the like are
// filled in by say.
var storyWords = map[string][2]string{
	"intro":     {"InfoLettre — démonstration. Nous sommes le %s ; l’horloge est simulée, le courrier circule vraiment, sur cette machine.", "InfoLettre — demonstration. It is %s; the clock is simulated, the mail is real, on this machine."},
	"people":    {"%d abonnés sont importés. Le service relève sa boîte, delegationexecutive@citedesmetiers.example.", "%d subscribers are imported. The service watches its mailbox, delegationexecutive@citedesmetiers.example."},
	"receipt":   {"accusé de réception à %s", "receipt to %s"},
	"request":   {"décision demandée à %s", "decision asked of %s"},
	"outcome":   {"réponse à %s : %s", "answer to %s: %s"},
	"call":      {"appel à contributions à %s", "call for contributions to %s"},
	"notice":    {"avis à %s : %s", "notice to %s: %s"},
	"confirm":   {"confirmation demandée à %s", "confirmation asked of %s"},
	"queue":     {"ce qui attend, à %s", "what waits, to %s"},
	"plan":      {"plan du numéro, à %s", "plan of the issue, to %s"},
	"proof":     {"épreuve à signer, à %s", "proof to sign, to %s"},
	"issue":     {"envoi à %[2]s : %[1]s", "sent to %[2]s: %[1]s"},
	"reminder":  {"envoi à %[2]s : %[1]s", "sent to %[2]s: %[1]s"},
	"people-n":  {"%d personnes", "%d people"},
	"people-1":  {"%s", "%s"},
	"report":    {"Le bilan, au %s :", "The count, on %s:"},
	"items":     {"  %d textes reçus : %s", "  %d items came in: %s"},
	"published": {"%d publiés", "%d published"},
	"rejected":  {"%d refusés", "%d refused"}, "deferred": {"%d reporté", "%d deferred"},
	"held": {"%d en attente, venu d’un inconnu", "%d held, from a stranger"}, "pending": {"%d à décider pour le numéro suivant", "%d to decide on for the next issue"},
	"approved": {"%d accepté", "%d approved"}, "withdrawn": {"%d retiré", "%d withdrawn"},
	"auto":      {"  %d réponse automatique, qui n’a rien décidé", "  %d automatic reply, which decided nothing"},
	"issue-n":   {"  1 InfoLettre, remise à %d abonnés sur %d (%s)", "  1 InfoLettre, delivered to %d subscribers of %d (%s)"},
	"reminders": {"  %d rappels d’événements, %d messages", "  %d event reminders, %d mails"},
	"letters":   {"  %d lettres : accusés, demandes, réponses, épreuves", "  %d letters: receipts, requests, answers, proofs"},
	"retried":   {"  %d remise différée par un serveur prudent, et réussie plus tard", "  %d delivery deferred by a cautious server, made later"},
	"all-well":  {"Tout est arrivé, une fois et une seule. (%s en temps réel)", "Everything arrived, once and only once. (%s of real time)"},
	"kept":      {"Les messages sont dans %s", "The mails are in %s"},
	"open":      {"À lire dans le navigateur : %s — Ctrl-C pour finir.", "Read it all in the browser: %s — Ctrl-C to end."},
	"weekday-0": {"dim.", "Sun"}, "weekday-1": {"lun.", "Mon"}, "weekday-2": {"mar.", "Tue"}, "weekday-3": {"mer.", "Wed"},
	"weekday-4": {"jeu.", "Thu"}, "weekday-5": {"ven.", "Fri"}, "weekday-6": {"sam.", "Sat"},
}

func newTeller(w io.Writer, lang string, loc *time.Location) *teller {
	if lang == "" {
		lang = "en"
		for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
			if v := os.Getenv(name); v != "" {
				if strings.HasPrefix(v, "fr") {
					lang = "fr"
				}
				break
			}
		}
	}
	return &teller{w: w, lang: lang, loc: loc, group: map[string]*toldMails{}}
}

func (t *teller) word(key string, args ...any) string {
	w := storyWords[key]
	text := w[0]
	if t.lang == "en" {
		text = w[1]
	}
	for i, a := range args {
		if at, ok := a.(time.Time); ok {
			args[i] = t.day(at)
		}
	}
	return fmt.Sprintf(text, args...)
}

func (t *teller) say(key string, args ...any) { fmt.Fprintln(t.w, t.word(key, args...)) }

func (t *teller) day(at time.Time) string {
	at = at.In(t.loc)
	form := "02/01/2006"
	if t.lang == "en" {
		form = "2 January 2006"
	}
	return at.Format(form)
}

// stamp is the hour of a line.
func (t *teller) stamp(at time.Time) string {
	at = at.In(t.loc)
	form := " 02/01 15:04"
	if t.lang == "en" {
		form = " 2 Jan 15:04"
	}
	return fmt.Sprintf("%-17s", t.word(fmt.Sprintf("weekday-%d", at.Weekday()))+at.Format(form))
}

// scene tells what somebody does.
func (t *teller) scene(at time.Time, what told) {
	text := what.Says
	if t.lang == "en" {
		text = what.SaysEn
	}
	fmt.Fprintf(t.w, "\n%s  %s\n", t.stamp(at), text)
}

// add takes note of a mail that the daemon sent.
func (t *teller) add(d localmail.Delivered, m *message.Message) {
	kind := delivery.Kind(m.Header.Get(delivery.KindField))
	key := string(kind)
	if kind == delivery.KindOutcome || kind == delivery.KindNotice {
		key += m.Subject
	}
	if kind == delivery.KindReminder {
		// One line for all languages of one reminder, which have the same file.
		for _, p := range m.Parts {
			if p.Type == "text/calendar" {
				key += string(p.Data)
			}
		}
	}
	g := t.group[key]
	if g == nil {
		g = &toldMails{kind: kind, subject: m.Subject}
		t.group[key] = g
		t.order = append(t.order, key)
	}
	if languageOf(m.HTML) == t.lang {
		g.subject = m.Subject
	}
	name := string(d.To)
	if len(m.To) > 0 && m.To[0].Name != "" {
		name = m.To[0].Name
	}
	g.first = name
	if !slices.Contains(g.who, d.To) {
		g.who = append(g.who, d.To)
	}
}

// tellOrder is the one in which kinds of mail are told of that go out at once.
var tellOrder = []delivery.Kind{
	delivery.KindReceipt, delivery.KindOutcome, delivery.KindNotice, delivery.KindConfirm, delivery.KindCall, delivery.KindRequest,
	delivery.KindQueue, delivery.KindPlan,
	delivery.KindProof, delivery.KindIssue, delivery.KindReminder,
}

// flush prints what was noted.
func (t *teller) flush(at time.Time) {
	slices.SortStableFunc(t.order, func(a, b string) int {
		return cmp.Compare(slices.Index(tellOrder, t.group[a].kind), slices.Index(tellOrder, t.group[b].kind))
	})
	for _, key := range t.order {
		g := t.group[key]
		who := t.word("people-1", g.first)
		if n := len(g.who); n > 1 {
			who = t.word("people-n", n)
		}
		var line string
		switch g.kind {
		case delivery.KindIssue, delivery.KindReminder:
			line = t.word(string(g.kind), g.subject, who)
			if g.kind == delivery.KindReminder {
				fmt.Fprintln(t.w)
			}
		case delivery.KindOutcome, delivery.KindNotice:
			line = t.word(string(g.kind), who, g.subject)
		default:
			line = t.word(string(g.kind), who)
		}
		fmt.Fprintf(t.w, "%s  → %s\n", t.stamp(at), line)
	}
	clear(t.group)
	t.order = t.order[:0]
}

// list joins words as in a sentence, in a fixed order.
func (t *teller) list(parts map[string]int, order ...string) string {
	var out []string
	for _, key := range order {
		if parts[key] > 0 {
			out = append(out, t.word(key, parts[key]))
		}
	}
	return strings.Join(slices.Clip(out), ", ")
}
