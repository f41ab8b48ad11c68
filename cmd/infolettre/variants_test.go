package main

import (
	"strings"
	"testing"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
)

// Members read of what is internal, partners do not, in whichever language; and the
// editor who signed was told so.
func TestVariants_InternalItemsGoToMembersOnly(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", configured(`# internal = ["membres"]`, `internal = ["membres"]`))
	p.people(nadia+",Nadia Berthier,,fr,contact;membre", "pat@partner.example,Pat Lowe,,en,partenaire", "paul@partner.example,Paul Lenoir,,fr,partenaire",
		"two@both.example,Two,,en,membre;partenaire")
	p.offer("Un forum")
	p.write(nadia, "Comité exécutif", "Le comité exécutif se réunit le 23 février 2018 à Porto. Événement interne.\n")
	for id := range item.ID(2) {
		p.order(id+1, editorial.Approve)
	}
	p.until("2018-02-12T09:30:00+01:00")
	proof := p.last(solene, delivery.KindProof)
	if text := singleLine(proof.Text); !strings.Contains(text, "Les lecteurs extérieurs au réseau reçoivent une autre version, où ne figurent pas : * événement « Comité exécutif », 23 février 2018") {
		t.Errorf("the proof says\n%s", proof.Text)
	}
	shown := 0
	for _, part := range proof.Parts {
		if strings.Contains(part.Name, "hors-reseau") {
			shown++
			if page := string(part.Data); strings.Contains(page, "Comité exécutif") || !strings.Contains(page, "Un forum") {
				t.Errorf("%s is not what partners get", part.Name)
			}
		}
	}
	if shown != 2 {
		t.Errorf("the proof shows %d outward editions", shown)
	}
	p.answer(solene, proof, "gmail", "Bon à tirer")
	p.until("2018-02-16T10:00:00+01:00")
	for person, inside := range map[string]bool{nadia: true, "two@both.example": true, "pat@partner.example": false, "paul@partner.example": false} {
		got := p.got(person, delivery.KindIssue)
		if len(got) != 1 {
			t.Fatalf("%s got %d issues", person, len(got))
		}
		m := got[0]
		if !strings.Contains(m.Text, "UN FORUM") || strings.Contains(m.Text, "Comité exécutif") != inside || strings.Contains(m.HTML, "Comité exécutif") != inside {
			t.Errorf("%s got\n%s", person, m.Text)
		}
	}
}

// An issue that is all internal goes to members alone: nobody gets an empty one.
func TestVariants_InternalIssueIsNotSentToPartners(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", configured(`# internal = ["membres"]`, `internal = ["membres"]`))
	p.people(nadia+",Nadia Berthier,,fr,contact;membre", "pat@partner.example,Pat Lowe,,en,partenaire")
	p.write(nadia, "Comité exécutif", "Le comité exécutif se réunit le 23 février 2018 à Porto. Événement interne.\n")
	p.order(1, editorial.Approve)
	p.until("2018-02-12T09:30:00+01:00")
	proof := p.last(marco, delivery.KindProof)
	if !strings.Contains(singleLine(proof.Text), "Everything in this issue is internal: readers outside the network will get nothing.") {
		t.Errorf("the proof says\n%s", proof.Text)
	}
	p.answer(marco, proof, "gmail", "Sign off")
	p.until("2018-02-16T10:00:00+01:00")
	if in, out := len(p.got(nadia, delivery.KindIssue)), len(p.got("pat@partner.example", delivery.KindIssue)); in != 1 || out != 0 {
		t.Errorf("a member got %d and a partner %d", in, out)
	}
}
