package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
)

// configured changes the configuration of a play.
func configured(pairs ...string) func(*demo.Options) {
	return func(o *demo.Options) {
		o.Config = func(text string) string {
			for i := 0; i+1 < len(pairs); i += 2 {
				if !strings.Contains(text, pairs[i]) {
					panic("the configuration holds no " + pairs[i])
				}
				text = strings.Replace(text, pairs[i], pairs[i+1], 1)
			}
			return text
		}
	}
}

// A flood of answers that decide nothing is answered a few times a day, and one
// that does not end is put off, which is said once, and handled by the clock.
func TestReplies_FloodIsAnsweredWithinLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	contributor(p)
	asked := p.offer("Un forum")[elise]
	before := p.mailed(elise)
	flood := func(n int) {
		for i := range n {
			p.Clock.Set(p.Clock.Now().Add(30 * time.Second))
			p.answer(elise, asked, "iphone", fmt.Sprintf("Je ne sais pas %d", i))
		}
	}
	flood(25)
	if n := p.mailed(elise) - before; n != 10 {
		t.Errorf("%d answers to 25 replies that decide nothing", n)
	}
	flood(50)
	if n := p.mailed(elise) - before; n != 11 {
		t.Errorf("%d answers to 75 replies within an hour, want one more", n)
	}
	if last := p.last(elise, delivery.KindNotice); !strings.Contains(last.Subject, "Trop de réponses") {
		t.Errorf("the last says %q", last.Subject)
	}
	p.answer(elise, asked, "iphone", "Oui")
	if s := p.state(1); s != item.Pending {
		t.Errorf("amid a flood the item is %s", s)
	}
	if left, err := p.Mail.Folder(p.ctx, demo.NewsletterAddress, "InfoLettre/Other"); err == nil {
		t.Errorf("%d replies are left to the office", len(left))
	}
	p.until("2018-01-25T09:00:00+01:00")
	if s := p.state(1); s != item.Approved {
		t.Errorf("minutes later the item is %s", s)
	}
	p.until("2018-01-25T12:00:00+01:00")
	p.answer(elise, asked, "iphone", "Oui !")
	if s := p.state(1); s != item.Approved {
		t.Errorf("hours later the item is %s", s)
	}
}

// However much comes in, nobody is asked about single items more than so often in
// an hour: the rest comes in one mail, on the next working day.
func TestRequests_RestOfAFloodComesInOneList(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	p := newPlay(t, "2018-01-26T15:00:00+01:00", nil)
	contributor(p)
	for i := range 14 {
		p.write(nadia, fmt.Sprintf("Le forum de Rouen, chapitre %d", i+1), "La Cité des métiers a du nouveau.\n")
	}
	if n := len(p.got(elise, delivery.KindRequest)); n != 10 {
		t.Errorf("%d requests within an hour", n)
	}
	p.until("2018-01-28T12:00:00+01:00")
	if n := len(p.got(elise, delivery.KindQueue)); n != 0 {
		t.Errorf("%d queue mails at the weekend", n)
	}
	p.until("2018-01-29T08:30:00+01:00")
	queue := p.last(elise, delivery.KindQueue)
	if !strings.Contains(queue.Text, "chapitre 1\n") || !strings.Contains(queue.Text, "chapitre 14\n") {
		t.Errorf("the queue mail has not all that waits:\n%s", queue.Text)
	}
	p.answer(elise, queue, "thunderbird", "1-9 oui\n10, 11 et 12 non : trop de nouvelles\n13 reporter\n99 oui\n14 peut-être")
	for id, want := range map[item.ID]item.State{1: item.Approved, 9: item.Approved, 10: item.Rejected, 12: item.Rejected, 13: item.Deferred, 14: item.Pending} {
		if s := p.state(id); s != want {
			t.Errorf("item %d is %s, want %s", id, s, want)
		}
	}
	report := p.last(elise, delivery.KindOutcome)
	for _, want := range []string{"14 peut-être", "99 oui", "pas dans la liste", "non compris"} {
		if !strings.Contains(strings.Join(strings.Fields(report.Text), " "), want) {
			t.Errorf("the report does not say %q:\n%s", want, report.Text)
		}
	}
	// The report is answered as the list is, and takes back what was too fast.
	p.answer(elise, report, "iphone", "10 annuler\n14 oui")
	if p.state(10) != item.Pending || p.state(14) != item.Approved {
		t.Errorf("10 is %s, 14 is %s:\n%s", p.state(10), p.state(14), p.last(elise, delivery.KindOutcome).Text)
	}
}

// Nobody decides by somebody else's list, plan or outcome, nor by an old one.
func TestReplies_ToOldOrForeignMailsDecideNothing(t *testing.T) {
	p := newPlay(t, "2018-02-08T15:00:00+01:00", nil)
	contributor(p)
	p.offer("Un forum")
	p.offer("Une bourse")
	p.until("2018-02-09T08:30:00+01:00")
	queue := p.last(elise, delivery.KindQueue)
	p.answer(solene, queue, "gmail", "1 oui, 2 oui")
	p.answer(nadia, queue, "gmail", "1 oui, 2 oui")
	if p.state(1) != item.Pending || p.state(2) != item.Pending {
		t.Fatal("somebody else decided by an editor's list")
	}
	p.answer(elise, queue, "gmail", "1 oui, 2 oui")
	outcome := p.last(elise, delivery.KindOutcome)
	p.answer(marco, outcome, "outlook", "1 undo")
	if p.state(1) != item.Approved {
		t.Fatal("somebody else took a decision back")
	}
	p.until("2018-02-11T08:00:00+01:00")
	plan := p.last(elise, delivery.KindPlan)
	p.answer(solene, plan, "gmail", "RETIRER 1")
	if p.state(1) != item.Approved {
		t.Fatal("somebody else arranged by an editor's plan")
	}
	p.answer(elise, plan, "gmail", "RETIRER 1 si Marie est d'accord")
	p.answer(elise, plan, "gmail", "Faut-il RETIRER 1 ?")
	if p.state(1) != item.Approved {
		t.Fatal("a condition or a question arranged")
	}
	p.until("2018-05-01T08:00:00+02:00")
	p.answer(elise, queue, "gmail", "1 non : trop tard")
	if s := p.state(1); s == item.Rejected {
		t.Errorf("an old list decided: the item is %s", s)
	}
}

// Where the server authenticates nobody, a list and an edit wait for one more reply
// too, and are then done as they were written.
func TestConfirmation_ListAndEditWaitForIt(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", func(o *demo.Options) { o.Config = authservElsewhere })
	contributor(p)
	first := p.offer("Un forum")
	p.offer("Une bourse")
	p.answer(marco, first[marco], "outlook", "YES\nTITLE: The forum")
	if it := p.item(1); it.State != item.Pending || it.Current.Number != 1 {
		t.Fatalf("unconfirmed: %s, revision %d", it.State, it.Current.Number)
	}
	p.answer(marco, p.last(marco, delivery.KindConfirm), "outlook", "YES")
	if it := p.item(1); it.State != item.Approved || it.Current.Title != "The forum" {
		t.Errorf("confirmed: %s, %q", it.State, it.Current.Title)
	}
	p.until("2018-01-26T08:30:00+01:00")
	p.answer(elise, p.last(elise, delivery.KindQueue), "gmail", "2 non : doublon")
	if s := p.state(2); s != item.Pending {
		t.Fatalf("unconfirmed, item 2 is %s", s)
	}
	p.answer(elise, p.last(elise, delivery.KindConfirm), "gmail", "OUI")
	if s := p.state(2); s != item.Rejected {
		t.Errorf("confirmed, item 2 is %s:%s", s, p.summary())
	}
}

// item is one as the store has it.
func (p *play) item(id item.ID) (it item.Item) {
	p.t.Helper()
	err := p.daemon.store.Read(p.ctx, func(v newsroom.View) (err error) {
		it, err = v.Item(id)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return it
}

const paul = "paul@cite-lille.example"

// A deputy decides in an editor's place, with one voice, until the day is over or
// the editor is back.
func TestDeputy_DecidesUntilTheEditorIsBack(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", configured("quorum        = 1", "quorum        = 2"))
	p.people(nadia+",Nadia Berthier,,fr,contact;membre", paul+",Paul Lenoir,,fr,membre")
	first := p.offer("Un forum")
	for _, nonsense := range []string{
		"DÉLÉGUER à Gaston Inconnu jusqu'au 3 février 2018", "DÉLÉGUER à " + paul + " jusqu'au 3 janvier 2018",
		"DÉLÉGUER à quelqu'un@ailleurs.example jusqu'au 3 février 2018", "DÉLÉGUER à Élise Marchand jusqu'au 3 février 2018",
	} {
		n := p.mailed(elise)
		p.answer(elise, first[elise], "gmail", nonsense)
		if p.mailed(elise) != n+1 {
			t.Errorf("%q is not answered", nonsense)
		}
	}
	if n := len(p.got(paul, delivery.KindNotice)); n != 0 {
		t.Fatal("a deputy of nobody was told")
	}
	p.answer(elise, first[elise], "gmail", "DÉLÉGUER à Paul Lenoir jusqu’au 1er février 2018")
	p.write(nadia, "Une bourse", "La Cité des métiers de Rouen offre une bourse.\n")
	asked := p.last(paul, delivery.KindRequest)
	if strings.Contains(p.last(elise, delivery.KindRequest).Subject, "bourse") {
		t.Error("the editor who is away is asked")
	}
	// The deputy hands the voice on to nobody.
	p.answer(paul, asked, "gmail", "DÉLÉGUER à "+nadia+" jusqu'au 1er février 2018")
	p.answer(paul, asked, "gmail", "Oui")
	// The editor's own voice was given by the deputy.
	p.answer(elise, first[elise], "gmail", "Oui")
	if s := p.state(2); s != item.Pending {
		t.Fatalf("by one voice of two the item is %s", s)
	}
	p.answer(solene, p.last(solene, delivery.KindRequest), "gmail", "Oui")
	if s := p.state(2); s != item.Approved {
		t.Errorf("by two voices the item is %s:%s", s, p.summary())
	}
	// The day is over.
	p.write(nadia, "Un salon", "La Cité des métiers de Rouen était au salon.\n")
	late := p.last(paul, delivery.KindRequest)
	p.until("2018-02-02T00:10:00+01:00")
	p.answer(paul, late, "gmail", "Non : trop tard")
	if s := p.state(3); s != item.Pending {
		t.Errorf("a deputy whose time is over made the item %s", s)
	}
	if n := p.last(paul, delivery.KindNotice); !strings.Contains(n.Subject, "suppléance est terminée") {
		t.Errorf("the deputy was told %q", n.Subject)
	}
	// Back before time: the delegation is taken back by an answer to what confirmed it.
	p.answer(marco, p.last(marco, delivery.KindRequest), "outlook", "DELEGATE TO "+paul+" UNTIL 20 February 2018")
	p.answer(marco, p.last(marco, delivery.KindOutcome), "outlook", "UNDO")
	n := len(p.got(paul, delivery.KindRequest))
	p.write(nadia, "Une visite", "La Cité des métiers de Rouen a eu de la visite.\n")
	if len(p.got(paul, delivery.KindRequest)) != n || !strings.Contains(p.last(marco, delivery.KindRequest).Subject, "visite") {
		t.Errorf("the editor who is back is not asked:%s", p.summary())
	}
}

// The plan: an editorial by reply, an order, and an issue that rather waits.
func TestPlan_TakesEditorialOrderAndRemoval(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	contributor(p)
	for i, title := range []string{"Un forum", "Une bourse", "Un salon passé"} {
		text := "La Cité des métiers a du nouveau.\n"
		if i == 2 {
			text = "Le salon des métiers aura lieu le 12 février 2018 à Rouen.\n"
		}
		p.write(nadia, title, text)
		p.order(item.ID(i+1), editorial.Approve)
	}
	p.until("2018-02-10T18:30:00+01:00")
	plan := p.last(elise, delivery.KindPlan)
	text := strings.Join(strings.Fields(plan.Text), " ")
	for _, want := range []string{"3 texte(s)", "Il manque l’éditorial", "n° 1 — Un forum", "date passée au jour de l’envoi", "sans version en anglais"} {
		if !strings.Contains(strings.ReplaceAll(text, "\u00a0", " "), want) {
			t.Errorf("the plan does not say %q:\n%s", want, plan.Text)
		}
	}
	p.answer(elise, plan, "thunderbird", "ORDRE : 2, 1\nRETIRER 3")
	if s := p.state(3); s != item.Deferred {
		t.Fatalf("what was removed is %s", s)
	}
	p.answer(elise, p.last(elise, delivery.KindPlan), "thunderbird", "ÉDITO\n\nUne année commence\n\nChers collègues,\n\nVoici notre premier numéro de l’année.\n")
	edito := p.item(4)
	if edito.State != item.Pending || edito.Current.Section != item.SectionEditorial || edito.Current.Title != "Une année commence" {
		t.Fatalf("the editorial: %s, %s, %q", edito.State, edito.Current.Section, edito.Current.Title)
	}
	p.until("2018-02-12T09:30:00+01:00")
	proof := p.last(solene, delivery.KindProof)
	if strings.Contains(proof.Text, "UNE ANNÉE COMMENCE") {
		t.Error("what is not approved stands in the proof")
	}
	if a, b := strings.Index(proof.Text, "UNE BOURSE"), strings.Index(proof.Text, "UN FORUM"); a < 0 || b < a {
		t.Errorf("the order is not the one that was asked for: %d, %d", a, b)
	}
	// Nobody approves what they wrote; approved by another, it joins its issue.
	p.answer(solene, p.last(solene, delivery.KindRequest), "iphone", "Oui, bravo !")
	again := p.last(solene, delivery.KindProof)
	if again.ID == proof.ID || !strings.Contains(again.Text, "UNE ANNÉE COMMENCE") {
		t.Errorf("the editorial does not stand in a new proof:%s", p.summary())
	}
	p.answer(solene, again, "iphone", "Bon à tirer")
	p.until("2018-02-16T10:00:00+01:00")
	if s := p.issue(1).State; s != issue.Sent && s != issue.Sending {
		t.Errorf("the issue is %s", s)
	}
}

func TestPlan_WaitCancelsTheIssue(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	contributor(p)
	p.offer("Un forum")
	p.order(1, editorial.Approve)
	p.until("2018-02-10T18:30:00+01:00")
	plan := p.last(marco, delivery.KindPlan)
	if !strings.Contains(strings.Join(strings.Fields(plan.Text), " "), "better to wait?") {
		t.Errorf("nobody is asked whether to wait:\n%s", plan.Text)
	}
	p.answer(marco, plan, "outlook", "WAIT")
	if s := p.issue(1).State; s != issue.Cancelled {
		t.Fatalf("the issue is %s:%s", s, p.summary())
	}
	for _, e := range []string{elise, marco, solene} {
		if o := p.last(e, delivery.KindOutcome); !strings.Contains(o.Text, "Marco Bellini") {
			t.Errorf("%s was told %q", e, o.Subject)
		}
	}
	p.until("2018-04-10T18:30:00+02:00")
	if it := p.item(1); it.State != item.Approved || it.Issue != 2 {
		t.Errorf("the item is %s, in issue %d", it.State, it.Issue)
	}
}

// A translation is a revision like any other, approved as one; readers of that
// language get it, and the others the original.
func TestTranslation_IsApprovedAsARevision(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	contributor(p)
	p.people("pat@partner.example,Pat Lowe,,en,membre")
	asked := p.offer("Un forum de la mer")
	p.answer(elise, asked[elise], "gmail", "OUI")
	p.answer(marco, asked[marco], "outlook", "TRANSLATION EN\n\nA forum of the sea\n\nThe Cité des métiers of Rouen opens a forum.")
	// The request was used up by nobody, but the item is decided: the translation is
	// one more revision of it, which waits.
	it := p.item(1)
	if it.State != item.Approved || it.Approved != 1 || it.Current.Number != 2 || it.Current.Translations["en"].Title != "A forum of the sea" {
		t.Fatalf("%s, approved %d of %d: %+v:%s", it.State, it.Approved, it.Current.Number, it.Current.Translations, p.summary())
	}
	p.answer(solene, p.last(solene, delivery.KindRequest), "gmail", "OUI")
	if it := p.item(1); it.Approved != 2 {
		t.Fatalf("approved is revision %d", it.Approved)
	}
	p.until("2018-02-12T09:30:00+01:00")
	p.answer(solene, p.last(solene, delivery.KindProof), "gmail", "Bon à tirer")
	p.until("2018-02-16T10:00:00+01:00")
	if en := p.last("pat@partner.example", delivery.KindIssue); !strings.Contains(en.Text, "A FORUM OF THE SEA") || strings.Contains(en.Text, "UN FORUM DE LA MER") {
		t.Errorf("the English reader got:\n%s", en.Text)
	}
	if fr := p.last(nadia, delivery.KindIssue); !strings.Contains(fr.Text, "UN FORUM DE LA MER") || strings.Contains(fr.Text, "A FORUM OF THE SEA") {
		t.Errorf("the French reader got:\n%s", fr.Text)
	}
}

// A signature that is taken back in time voids the proof.
func TestSignature_UndoVoidsTheProof(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	proof := toProof(p)
	p.answer(solene, proof, "gmail", "Bon à tirer")
	signed := p.last(solene, delivery.KindOutcome)
	p.answer(solene, signed, "iphone", "ANNULER")
	if s := p.issue(1).State; s != issue.InProof {
		t.Fatalf("the issue is %s", s)
	}
	p.answer(solene, p.last(solene, delivery.KindProof), "gmail", "Bon à tirer")
	p.until("2018-02-12T13:00:00+01:00")
	p.answer(solene, p.last(solene, delivery.KindOutcome), "iphone", "ANNULER")
	if s := p.issue(1).State; s != issue.Signed {
		t.Errorf("hours later, the issue is %s by an undoing", s)
	}
}

// What nobody decides on for long is brought before the operator, once; who decides
// sees what else its centre sent.
func TestPendingItem_OperatorIsToldOnce(t *testing.T) {
	p := newPlay(t, "2018-01-25T09:00:00+01:00", nil)
	p.people(nadia + ",Nadia Berthier,Cité des métiers de Rouen,fr,contact;membre")
	p.offer("Un forum de la mer")
	p.offer("Une bourse pour apprenties")
	request := strings.ReplaceAll(strings.Join(strings.Fields(p.last(elise, delivery.KindRequest).Text), " "), "\u00a0", " ")
	if !strings.Contains(request, "Du même centre : n° 1 (Un forum de la mer)") {
		t.Errorf("the request does not name the centre's other item:\n%s", request)
	}
	p.order(2, editorial.Approve)
	const operator = "admin@cites.example"
	p.until("2018-01-31T09:00:00+01:00")
	if n := len(p.got(operator, delivery.KindNotice)); n != 0 {
		t.Errorf("after six days the operator got %d notices", n)
	}
	p.until("2018-02-09T09:00:00+01:00")
	notices := p.got(operator, delivery.KindNotice)
	if len(notices) != 1 || !strings.Contains(notices[0].Text, "Un forum de la mer") || strings.Contains(notices[0].Text, "Une bourse") {
		t.Errorf("after two weeks the operator got %d notices:%s", len(notices), p.summary())
	}
}

// A call whose last day is over when the issue is sent is marked in its plan.
func TestPlan_MarksClosedCalls(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	contributor(p)
	p.write(nadia, "Appel à projets : la mer", "La fondation de la mer finance dix projets.\n\nLes dossiers sont à remettre avant le 12 février 2018.\n")
	p.write(nadia, "Appel à projets : la montagne", "La fondation de la montagne finance dix projets.\n\nLes dossiers sont à remettre avant le 12 avril 2018.\n")
	p.order(1, editorial.Approve)
	p.order(2, editorial.Approve)
	p.until("2018-02-10T18:30:00+01:00")
	plan := p.last(elise, delivery.KindPlan).Text
	if n := strings.Count(strings.Join(strings.Fields(plan), " "), "appel clos au jour de l’envoi"); n != 1 {
		t.Errorf("%d calls are marked as closed:\n%s", n, plan)
	}
}
