package demo

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

// narrator prints what happens, in French or in English.
type narrator struct {
	w     io.Writer
	lang  string
	loc   *time.Location
	lines map[string]*mailLine
	order []string // keys of lines
}

// mailLine is one printed line about one or several mails of the same kind.
type mailLine struct {
	kind    delivery.Kind
	subject string
	to      []message.Address // each once
	name    string            // of the last recipient
}

// phrases are the narrator's, by key, in French and English, as formats of package fmt.
var phrases = map[string][2]string{
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

// newNarrator takes the language from the environment where lang is empty.
func newNarrator(w io.Writer, lang string, loc *time.Location) *narrator {
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
	return &narrator{w: w, lang: lang, loc: loc, lines: map[string]*mailLine{}}
}

// phrase formats a phrase; instants are printed as dates.
func (n *narrator) phrase(key string, args ...any) string {
	p := phrases[key]
	text := p[0]
	if n.lang == "en" {
		text = p[1]
	}
	for i, a := range args {
		if at, ok := a.(time.Time); ok {
			args[i] = n.day(at)
		}
	}
	return fmt.Sprintf(text, args...)
}

func (n *narrator) say(key string, args ...any) { fmt.Fprintln(n.w, n.phrase(key, args...)) }

func (n *narrator) day(at time.Time) string {
	at = at.In(n.loc)
	form := "02/01/2006"
	if n.lang == "en" {
		form = "2 January 2006"
	}
	return at.Format(form)
}

// timestamp is the first column of a line.
func (n *narrator) timestamp(at time.Time) string {
	at = at.In(n.loc)
	form := " 02/01 15:04"
	if n.lang == "en" {
		form = " 2 Jan 15:04"
	}
	return fmt.Sprintf("%-17s", n.phrase(fmt.Sprintf("weekday-%d", at.Weekday()))+at.Format(form))
}

// describe prints what somebody does.
func (n *narrator) describe(at time.Time, c caption) {
	text := c.Says
	if n.lang == "en" {
		text = c.SaysEn
	}
	fmt.Fprintf(n.w, "\n%s  %s\n", n.timestamp(at), text)
}

// add collects a mail that the daemon sent, for the next flush.
func (n *narrator) add(d localmail.Delivered, m *message.Message) {
	kind := delivery.Kind(m.Header.Get(delivery.KindField))
	key := string(kind)
	if kind == delivery.KindOutcome || kind == delivery.KindNotice {
		key += m.Subject
	}
	if kind == delivery.KindReminder {
		// One line for a reminder in all its languages, which share the calendar file.
		for _, p := range m.Parts {
			if p.Type == "text/calendar" {
				key += string(p.Data)
			}
		}
	}
	line := n.lines[key]
	if line == nil {
		line = &mailLine{kind: kind, subject: m.Subject}
		n.lines[key] = line
		n.order = append(n.order, key)
	}
	if languageOf(m.HTML) == n.lang {
		line.subject = m.Subject
	}
	name := string(d.To)
	if len(m.To) > 0 && m.To[0].Name != "" {
		name = m.To[0].Name
	}
	line.name = name
	if !slices.Contains(line.to, d.To) {
		line.to = append(line.to, d.To)
	}
}

// kindOrder is the order in which kinds of mail are printed that go out together.
var kindOrder = []delivery.Kind{
	delivery.KindReceipt, delivery.KindOutcome, delivery.KindNotice, delivery.KindConfirm, delivery.KindCall, delivery.KindRequest,
	delivery.KindQueue, delivery.KindPlan,
	delivery.KindProof, delivery.KindIssue, delivery.KindReminder,
}

// flush prints the mails that were added since the last one.
func (n *narrator) flush(at time.Time) {
	slices.SortStableFunc(n.order, func(a, b string) int {
		return cmp.Compare(slices.Index(kindOrder, n.lines[a].kind), slices.Index(kindOrder, n.lines[b].kind))
	})
	for _, key := range n.order {
		line := n.lines[key]
		to := n.phrase("people-1", line.name)
		if people := len(line.to); people > 1 {
			to = n.phrase("people-n", people)
		}
		var text string
		switch line.kind {
		case delivery.KindIssue, delivery.KindReminder:
			text = n.phrase(string(line.kind), line.subject, to)
			if line.kind == delivery.KindReminder {
				fmt.Fprintln(n.w)
			}
		case delivery.KindOutcome, delivery.KindNotice:
			text = n.phrase(string(line.kind), to, line.subject)
		default:
			text = n.phrase(string(line.kind), to)
		}
		fmt.Fprintf(n.w, "%s  → %s\n", n.timestamp(at), text)
	}
	clear(n.lines)
	n.order = n.order[:0]
}

// list joins the phrases of the parts that are not zero, in the order of the keys.
func (n *narrator) list(parts map[string]int, order ...string) string {
	var out []string
	for _, key := range order {
		if parts[key] > 0 {
			out = append(out, n.phrase(key, parts[key]))
		}
	}
	return strings.Join(slices.Clip(out), ", ")
}
