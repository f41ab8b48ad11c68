package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
)

// read is a mail's text on one line, with plain blanks.
func read(m *message.Message) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(m.Text), " "), "\u00a0", " ")
}

// says fails unless a mail holds all texts, whatever the lines.
func says(t *testing.T, m *message.Message, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(read(m), text) {
			t.Errorf("%q does not say %q:\n%s", m.Subject, text, m.Text)
		}
	}
}

// subjects are those of what a person got of a kind.
func (p *play) subjects(person string, kind delivery.Kind) (all []string) {
	for _, m := range p.got(person, kind) {
		all = append(all, strings.ReplaceAll(m.Subject, "\u00a0", " "))
	}
	return all
}

// zoned is a play in a timezone that begins on a day at an hour there, and the
// instants of that zone.
func zoned(t *testing.T, zone, start string, pairs ...string) (*play, func(string) string) {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	at := func(local string) string {
		when, err := time.ParseInLocation("2006-01-02 15:04", local, loc)
		if err != nil {
			t.Fatal(err)
		}
		return when.Format(time.RFC3339)
	}
	return newPlay(t, at(start), configured(append(pairs, `timezone  = "Europe/Paris"`, `timezone  = "`+zone+`"`)...)), at
}

// twelve brings twelve mails an hour before the closing; the editorial is the
// eleventh, and so behind the ceiling of requests.
func (p *play) twelve() {
	p.t.Helper()
	contributor(p)
	for i := range 12 {
		title := fmt.Sprintf("Le forum de Rouen, chapitre %d", i+1)
		if i == 10 {
			title = "Éditorial : une année commence"
		}
		p.write(nadia, title, "La Cité des métiers de Rouen a du nouveau.\n")
	}
}

var zones = []string{"Europe/Paris", "America/Toronto"}

// Twelve mails an hour before the closing: the last two come in one list within ten
// minutes, all of them in one when the issue closes, and the plan names them.
func TestRequests_ListIsSentAtTheClosing(t *testing.T) {
	for i, zone := range zones {
		t.Run(zone, func(t *testing.T) {
			if testing.Short() && i > 0 {
				t.Skip("not under -short")
			}
			p, at := zoned(t, zone, "2018-02-10 17:01")
			p.twelve()
			if n := len(p.got(elise, delivery.KindRequest)); n != 10 {
				t.Fatalf("%d requests on single items", n)
			}
			p.until(at("2018-02-10 17:15"))
			requests := p.got(elise, delivery.KindRequest)
			if len(requests) != 11 {
				t.Fatalf("%d requests, want one list more:%s", len(requests), p.summary())
			}
			list := requests[10]
			says(t, list, "n° 11 — Éditorial : une année commence", "n° 12 — Le forum de Rouen, chapitre 12", "une ligne par texte", "dont le numéro ferme le samedi 10 février 2018")
			if strings.Contains(list.Text, "chapitre 1\n") || !strings.Contains(list.Subject, "2 textes") {
				t.Errorf("the list is not of what nobody was asked about: %q\n%s", list.Subject, list.Text)
			}
			says(t, p.last(marco, delivery.KindRequest), "no. 11 — Éditorial : une année commence", "a line for each item")
			p.answer(elise, list, "iphone", "12 non : doublon")
			if s := p.state(12); s != item.Rejected {
				t.Errorf("item 12 is %s by an answer to the list", s)
			}
			p.until(at("2018-02-10 18:05"))
			requests = p.got(solene, delivery.KindRequest)
			if len(requests) != 12 {
				t.Fatalf("%d requests at the closing, want one more:%s", len(requests), p.summary())
			}
			closing := requests[11]
			says(t, closing, "n° 1 — Le forum de Rouen, chapitre 1", "n° 11 — Éditorial", "L’InfoLettre janvier-février 2018 est fermée", "le vendredi 16 février 2018 à 9 h")
			if strings.Contains(closing.Text, "chapitre 12") || !strings.Contains(closing.Subject, "11 textes") {
				t.Errorf("the list at the closing: %q\n%s", closing.Subject, closing.Text)
			}
			plan := p.last(solene, delivery.KindPlan)
			says(t, plan, "L’éditorial n’est pas encore accepté : n° 11.", "EN ATTENTE D’UN ACCORD", "chapitre 10")
			if strings.Contains(read(plan), "Il manque l’éditorial") || strings.Contains(plan.Text, "chapitre 12") {
				t.Errorf("the plan:\n%s", plan.Text)
			}
			says(t, p.last(marco, delivery.KindPlan), "The editorial is not approved yet: no. 11.", "WAITING FOR APPROVAL")
			// What is approved now is in the issue; the proof names the rest.
			p.answer(solene, closing, "gmail", "11 oui\n2, 3 oui")
			if it := p.item(11); it.State != item.Approved || it.Issue != 1 {
				t.Fatalf("the editorial is %s, in issue %d", it.State, it.Issue)
			}
			p.until(at("2018-02-12 09:05"))
			proof := p.last(marco, delivery.KindProof)
			before, sheet, _ := strings.Cut(proof.Text, "fingerprint")
			for i := range 12 {
				id := fmt.Sprintf("no. %d (", i+1)
				if want := !slices.Contains([]int{1, 2, 10, 11}, i); strings.Contains(strings.ReplaceAll(before, "\u00a0", " "), id) != want {
					t.Errorf("the proof names item %d: %t, want %t\n%s", i+1, !want, want, before)
				}
			}
			if !strings.Contains(sheet, "UNE ANNÉE COMMENCE") {
				t.Errorf("the editorial is not in the proof:\n%s", sheet)
			}
			// Approved after the proof, an item is in the next one.
			p.answer(elise, p.last(elise, delivery.KindRequest), "gmail", "4 oui")
			again := p.last(marco, delivery.KindProof)
			if again.ID == proof.ID || !strings.Contains(again.Text, "CHAPITRE 4") {
				t.Fatalf("no new proof has item 4:%s", p.summary())
			}
			p.answer(solene, p.last(solene, delivery.KindProof), "iphone", "Bon à tirer")
			p.until(at("2018-02-16 09:05"))
			if s := p.issue(1).State; s != issue.Sent {
				t.Errorf("the issue is %s", s)
			}
			for id, want := range map[item.ID]item.State{4: item.Published, 11: item.Published, 1: item.Pending, 12: item.Rejected} {
				if it := p.item(id); it.State != want || want == item.Pending && it.Issue != 0 {
					t.Errorf("item %d is %s in issue %d, want %s", id, it.State, it.Issue, want)
				}
			}
			inOrder(t, p.history(1), "It waits for the editors' decision, for issue 1.", "It was taken out of issue 1.")
			if strings.Contains(p.history(1), "proof") {
				t.Errorf("the history of an item that was never published names proofs:\n%s", p.history(1))
			}
		})
	}
}

// An issue in which nothing is approved waits for what is pending until grace is
// over: the editors are asked each day, and the first approval brings a proof.
func TestIssue_WaitsForPendingItems(t *testing.T) {
	if testing.Short() {
		t.Skip("not under -short")
	}
	for _, zone := range zones {
		t.Run(zone, func(t *testing.T) {
			p, at := zoned(t, zone, "2018-02-10 17:01")
			p.twelve()
			p.until(at("2018-02-12 09:05"))
			if s := p.issue(1).State; s != issue.Closed {
				t.Fatalf("at the proof's hour the issue is %s", s)
			}
			says(t, p.last(marco, delivery.KindRequest), "none of its items is approved yet", "no. 11 — Éditorial", "If nothing is approved by Friday 23 February 2018 at 9:00")
			if n := len(p.got(marco, delivery.KindProof)); n != 0 {
				t.Errorf("%d proofs of nothing", n)
			}
			n := len(p.got(elise, delivery.KindRequest))
			p.until(at("2018-02-17 09:05"))
			if got := len(p.got(elise, delivery.KindRequest)) - n; got != 2 {
				t.Errorf("asked %d times in two days after the sending hour", got)
			}
			says(t, p.last("admin@cites.example", delivery.KindNotice), "aucun de ses textes n’est accepté", "Textes qui attendent une décision : 12.")
			// The last but one is refused, and nothing is lost by it.
			last := p.last(elise, delivery.KindRequest)
			p.answer(elise, last, "gmail", "1-10 non : trop tard")
			if s := p.issue(1).State; s != issue.Closed {
				t.Fatalf("with two items pending the issue is %s", s)
			}
			p.answer(elise, last, "gmail", "11 oui")
			proof := p.last(solene, delivery.KindProof)
			if !strings.Contains(proof.Text, "UNE ANNÉE COMMENCE") {
				t.Fatalf("the proof:\n%s", proof.Text)
			}
			says(t, proof, "n° 12 (Le forum de Rouen, chapitre 12)")
			p.answer(solene, proof, "gmail", "Bon à tirer")
			if s := p.issue(1).State; s != issue.Sent {
				t.Errorf("signed within grace, the issue is %s:%s", s, p.summary())
			}
		})
	}
}

// Items that are approved one by one after the proof make a few proofs at once, and
// then one every ten minutes: no editor gets a proof for each.
func TestProof_LateApprovalsAreGrouped(t *testing.T) {
	if testing.Short() {
		t.Skip("not under -short")
	}
	p, at := zoned(t, zones[1], "2018-02-10 17:01")
	p.twelve()
	p.order(1, editorial.Approve)
	p.until(at("2018-02-12 09:05"))
	list := p.got(elise, delivery.KindQueue)
	for id := 2; id <= 12; id++ {
		p.answer(elise, list[len(list)-1], "gmail", fmt.Sprintf("%d oui", id))
	}
	if n := len(p.got(solene, delivery.KindProof)); n != 4 {
		t.Errorf("%d proofs at once, want the first and three new ones", n)
	}
	p.until(at("2018-02-12 09:15"))
	proofs := p.got(solene, delivery.KindProof)
	last := proofs[len(proofs)-1]
	if len(proofs) != 5 || !strings.Contains(last.Text, "CHAPITRE 12") || !strings.Contains(last.Text, "UNE ANNÉE COMMENCE") {
		t.Errorf("%d proofs ten minutes later; the last:\n%s", len(proofs), last.Text)
	}
	p.answer(solene, last, "gmail", "Bon à tirer")
	p.until(at("2018-02-16 09:05"))
	if s := p.issue(1).State; s != issue.Sent {
		t.Errorf("the issue is %s", s)
	}
}

// When grace is over, or the last pending item is refused, such an issue is given up.
func TestIssue_OfPendingItemsEndsAfterGrace(t *testing.T) {
	if testing.Short() {
		t.Skip("not under -short")
	}
	t.Run("grace", func(t *testing.T) {
		p, at := zoned(t, zones[1], "2018-02-10 17:01")
		p.twelve()
		p.until(at("2018-02-23 08:55"))
		if s := p.issue(1).State; s != issue.Closed {
			t.Fatalf("before grace is over the issue is %s", s)
		}
		p.until(at("2018-02-23 09:05"))
		if s := p.issue(1).State; s != issue.Cancelled {
			t.Errorf("when grace is over the issue is %s", s)
		}
		says(t, p.last(marco, delivery.KindNotice), "there will be no InfoLettre for this period")
		if it := p.item(11); it.State != item.Pending || it.Issue != 0 {
			t.Errorf("the editorial is %s in issue %d", it.State, it.Issue)
		}
	})
	t.Run("all refused", func(t *testing.T) {
		p, at := zoned(t, zones[0], "2018-02-10 17:01")
		p.twelve()
		p.until(at("2018-02-12 09:05"))
		p.answer(elise, p.last(elise, delivery.KindRequest), "gmail", "1-12 non : hors sujet")
		if s := p.issue(1).State; s != issue.Cancelled {
			t.Errorf("when all is refused the issue is %s", s)
		}
	})
}

// What is held, of unknown senders, delays no issue, and no proof names it.
func TestIssue_HeldItemsDoNotDelayIt(t *testing.T) {
	const stranger = "stranger@elsewhere.example"
	t.Run("empty", func(t *testing.T) {
		p, at := zoned(t, zones[1], "2018-02-10 17:01")
		p.write(stranger, "Un forum des métiers", "Il y a un forum des métiers à Rouen le 22 mars 2018.")
		p.until(at("2018-02-12 09:05"))
		if s := p.issue(1).State; s != issue.Cancelled || p.state(1) != item.Held {
			t.Errorf("the issue is %s, the item %s", s, p.state(1))
		}
	})
	t.Run("not empty", func(t *testing.T) {
		p, at := zoned(t, zones[0], "2018-02-10 17:01")
		contributor(p)
		p.offer("Une bourse")
		p.order(1, editorial.Approve)
		p.write(stranger, "Un forum des métiers", "Il y a un forum des métiers à Rouen le 22 mars 2018.")
		n := len(p.got(elise, delivery.KindRequest))
		p.until(at("2018-02-12 09:05"))
		if got := len(p.got(elise, delivery.KindRequest)); got != n {
			t.Errorf("the editors are asked about what is held:%s", p.summary())
		}
		if proof := p.last(elise, delivery.KindProof); strings.Contains(proof.Text, "Un forum des métiers") {
			t.Errorf("the proof names what is held:\n%s", proof.Text)
		}
	})
}

// A hundred items in an hour are at most sixteen mails, and every item is asked
// about: ten by themselves, and a list of sixty at most every ten minutes.
func TestRequests_HundredItemsTakeSixteenMails(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	p, at := zoned(t, zones[1], "2018-01-27 15:00")
	contributor(p)
	for i := range 100 {
		p.Clock.Set(p.Clock.Now().Add(6 * time.Second))
		p.write(nadia, fmt.Sprintf("Le forum de Rouen, chapitre %d", i+1), fmt.Sprintf("La Cité des métiers a %d nouvelles.\n", i+1))
	}
	p.until(at("2018-01-27 16:00"))
	got := p.got(marco, delivery.KindRequest)
	if len(got) > 13 {
		t.Errorf("%d mails: %q", len(got), p.subjects(marco, delivery.KindRequest))
	}
	all := ""
	for _, m := range got {
		all += strings.ReplaceAll(m.Subject+"\n"+m.Text, "\u00a0", " ") + "\n"
	}
	for i := range 100 {
		if !strings.Contains(all, fmt.Sprintf("chapitre %d\n", i+1)) {
			t.Errorf("nobody was asked about item %d", i+1)
		}
	}
	p.answer(marco, got[len(got)-1], "outlook", "100 yes")
	if s := p.state(100); s != item.Approved {
		t.Errorf("item 100 is %s", s)
	}
}

// A refusal after the closing that is taken back leaves the item where it waited;
// a contributor still corrects and takes back what is not approved.
func TestIssue_PendingItemsStayOpenAfterTheClosing(t *testing.T) {
	p, at := zoned(t, zones[0], "2018-02-10 17:01")
	contributor(p)
	p.offer("Un forum")
	p.offer("Une bourse")
	p.until(at("2018-02-10 18:05"))
	list := p.last(elise, delivery.KindRequest)
	p.answer(elise, list, "gmail", "1 non : doublon")
	p.answer(elise, p.last(elise, delivery.KindOutcome), "gmail", "1 annuler")
	if it := p.item(1); it.State != item.Pending || it.Issue != 1 {
		t.Errorf("a refusal taken back: %s in issue %d", it.State, it.Issue)
	}
	receipts := p.got(nadia, delivery.KindReceipt)
	p.answer(nadia, receipts[0], "gmail", "Voici la version corrigée :\n\nUn forum\n\nLa Cité des métiers de Rouen a beaucoup de nouveau, et le dit en détail dans ce texte plus long : un forum.\n")
	if it := p.item(1); it.Current.Number != 2 || it.Issue != 1 {
		t.Errorf("after a correction: revision %d in issue %d", it.Current.Number, it.Issue)
	}
	says(t, p.last(marco, delivery.KindRequest), "which has closed")
	p.answer(nadia, receipts[1], "gmail", "RETIRER")
	if it := p.item(2); it.State != item.Withdrawn || it.Issue != 0 {
		t.Errorf("withdrawn: %s in issue %d", it.State, it.Issue)
	}
}
