package main

import (
	"strings"
	"testing"

	"infolettre/internal/delivery"
	"infolettre/internal/item"
)

const (
	elise  = "elise.marchand@reseau.example"
	marco  = "marco.bellini@reseau.example"
	solene = "solene.kerdoncuff@reseau.example"
	nadia  = "nadia@cite-rouen.example"
)

// An item goes all the way: mail in, approval by reply, issue, reminder.
func TestItem_FromSubmissionToReminder(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	p.people(nadia+",Nadia Berthier,Cité des métiers de Rouen,fr,contact;membre",
		"pat@partner.example,Pat Lowe,,en,partenaire",
		"joy@nobody.example,Joy,,en,curieux")
	p.write(nadia, "Un forum des métiers de la mer", "La Cité des métiers organise un forum des métiers de la mer.\n\nIl aura lieu le 22 mars 2018 à Rouen. Vous êtes les bienvenus.\n\nContact :\nNadia Berthier\nnadia@cite-rouen.example\n")

	if receipt := p.last(nadia, delivery.KindReceipt); !strings.Contains(receipt.Text, "22 mars 2018") {
		t.Errorf("the receipt does not say which date was understood:\n%s", receipt.Text)
	}
	for _, e := range []string{elise, marco, solene} {
		if n := len(p.got(e, delivery.KindRequest)); n != 1 {
			t.Fatalf("%s got %d requests: %s", e, n, p.summary())
		}
	}
	p.answer(marco, p.last(marco, delivery.KindRequest), "outlook", "YES")
	if o := p.last(marco, delivery.KindOutcome); !strings.Contains(o.Subject, "approved") {
		t.Errorf("outcome: %s", o.Subject)
	}
	p.until("2018-02-12T09:30:00+01:00")
	proof := p.last(solene, delivery.KindProof)
	if !strings.Contains(proof.HTML, "forum des métiers de la mer") {
		t.Errorf("the proof does not show the item")
	}
	p.answer(solene, proof, "iphone", "Bon à tirer")
	p.until("2018-03-25T12:00:00+02:00")
	fr, en := p.got(nadia, delivery.KindIssue), p.got("pat@partner.example", delivery.KindIssue)
	if len(fr) != 1 || len(en) != 1 || len(p.got("joy@nobody.example", delivery.KindIssue)) != 0 {
		t.Fatalf("issues: %d, %d: %s", len(fr), len(en), p.summary())
	}
	if !strings.Contains(fr[0].Text, "ADRESSE DE CONTACT") || !strings.Contains(en[0].Text, "CONTACT ADDRESS") {
		t.Errorf("the issue is not in its reader's language:\n%s", en[0].Text)
	}
	if n := len(p.got(nadia, delivery.KindReminder)); n != 2 {
		t.Errorf("%d reminders, want two: %s", n, p.summary())
	}
	items, err := p.daemon.store.Items(p.ctx)
	if err != nil || len(items) != 1 || items[0].State != item.Published {
		t.Errorf("items: %+v, %v", items, err)
	}
}
