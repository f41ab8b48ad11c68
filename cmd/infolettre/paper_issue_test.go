package main

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"regexp"
	"slices"
	"strings"
	"testing"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
)

// withPhotograph is a mail with a text and a photograph attached.
func withPhotograph(t *testing.T, from, subject, text, name string) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 200))
	for i := range img.Pix {
		img.Pix[i] = byte(i * 7)
	}
	img.Set(1, 1, color.White)
	var data bytes.Buffer
	if err := jpeg.Encode(&data, img, nil); err != nil {
		t.Fatal(err)
	}
	encoded := base64.StdEncoding.EncodeToString(data.Bytes())
	var lines strings.Builder
	for line := range slices.Chunk([]byte(encoded), 76) {
		lines.Write(append(line, '\n'))
	}
	return "From: " + from + "\nTo: " + demo.NewsletterAddress + "\nSubject: " + subject + "\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=photo\n\n" +
		"--photo\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + text + "\n" +
		"--photo\nContent-Type: image/jpeg\nContent-Disposition: attachment; filename=\"" + name + "\"\nContent-Transfer-Encoding: base64\n\n" + lines.String() + "--photo--\n"
}

// Mails such as the network's make an issue with every part of a printed one, in its
// order, in plain text and in HTML.
func TestAnIssueLikeThePaper(t *testing.T) {
	const staff, charleroi, porto, label = "secretariat@reseau.example", "thibault@carolo.example", "ines@porto-profissoes.example", "berengere@label.example"
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	p.people(
		staff+",Lucie Tanguy,,fr,contact;membre", charleroi+",Thibault Wauters,Cité des métiers de Charleroi,fr,contact;membre",
		porto+",Inês Quintela,Cité des métiers de Porto,fr,contact;membre", label+",Bérengère Astier,,fr,contact;membre")
	p.write(staff, "Agenda", "Évènements en interne 2018\n\n7 février\nRéunion du Comité exécutif, Paris\n\n8 & 9 février\nRéunion de travail du Réseau, Paris\n\nÉvènements en externe 2018\n\n21-22 février\nRencontre d'échange de pratiques, Porto\n\n22 mars\n4ème édition du Forum des villes, à Bruxelles\nProgramme : https://villes.example/forum\n\n12-16 mars\nFormation à l'animation, Île-de-France\nInscription : https://passerelles.example/mars\n")
	p.write(solene, "Éditorial : Une année pour apprendre", "Chères lectrices, chers lecteurs,\n\nL'année qui s'ouvre sera celle des chantiers menés ensemble. Une rencontre des équipes se tiendra du 30 mai au 1er juin 2018 à Rouen.\n\nLe Réseau compte désormais trente membres, et il les remercie de leur confiance.\n\nSincères salutations,\n\nSolène Kerdoncuff\nPrésidente du Réseau\n")
	p.send(charleroi, demo.NewsletterAddress, withPhotograph(t, charleroi, "Un camion-atelier sur les routes", "Depuis l'automne, un camion aménagé en atelier sillonne les communes autour de Charleroi.\n\nLégende : Claire Dubois, qui conduit le camion, devant l'athénée\nCrédit photo : Ville de Châtelet\n\nContact :\nThibault Wauters\n"+charleroi+"\n", "IMG_2041.jpg"), true)
	p.write(porto, "Porto renforce son réseau de partenaires", "La Cité des métiers de Porto inaugure en 2018 une rencontre mensuelle de ses partenaires, où chacun vient avec une question.\n\nContact :\nInês Quintela\n"+porto+"\n")
	p.write(label, "Comité de labellisation", "Le Comité de labellisation a renouvelé le label de deux Cités des métiers, dont il a salué le travail.\n\nContact :\nBérengère Astier\n"+label+"\n")
	p.write(staff, "Financements européens : un quatrième appel", "Un quatrième appel à projets devrait être lancé début mai 2018, jusqu'à mi-juin.\n\nPlus d'information :\nhttps://fonds.example/appel\n")
	p.write(staff, "ARRIVÉES / DÉPARTS", "Cité des métiers de Namur\n\nHadrien Colpaert a pris la direction du centre. Il succède à Françoise Delvigne, qui part à la retraite.\n\nhadrien@namur.example\n")
	items, err := p.daemon.store.Items(p.ctx)
	if err != nil || len(items) != 7 {
		t.Fatalf("%d items, %v: %s", len(items), err, p.summary())
	}
	for _, it := range items {
		p.order(it.ID, editorial.Approve)
	}
	// Whose news it is may be corrected, by mail.
	p.answer(elise, p.last(charleroi, delivery.KindReceipt), "gmail", "x") // nobody else's receipt is answered
	request := p.got(elise, delivery.KindRequest)[4]
	p.answer(elise, request, "outlook", "CENTRE : Comité de labellisation du Réseau\n")
	if it := p.item(5); it.Current.Centre != "Comité de labellisation du Réseau" || it.State == item.Approved && it.Approved == it.Current.Number {
		t.Errorf("centre %q, %s", it.Current.Centre, it.State)
	}
	p.order(5, editorial.Approve)
	p.until("2018-02-12T09:30:00+01:00")
	p.answer(solene, p.last(solene, delivery.KindProof), "gmail", "Bon à tirer")
	p.until("2018-02-20T09:30:00+01:00")
	issue := p.last(porto, delivery.KindIssue)
	inOrder(t, strings.ReplaceAll(issue.Text, "\u00a0", " "),
		"AGENDA\n", "internes 2018", "* 7 février : Réunion du Comité exécutif", "* 8-9 février : ", "externes 2018", "* 21-22 février : ",
		"  Inscription : https://passerelles.example/mars", "  Programme : https://villes.example/forum", "30 mai – 1er juin",
		"UNE ANNÉE POUR APPRENDRE", "Chères lectrices", "Solène Kerdoncuff\nPrésidente du Réseau\n",
		"CITÉ DES MÉTIERS DE CHARLEROI\nUN CAMION-ATELIER", "[Photo : Claire Dubois, qui conduit le camion, devant l'athénée (Crédit", "photo : Ville de Châtelet)]", "Contact :\nThibault Wauters\n"+charleroi,
		"CITÉ DES MÉTIERS DE PORTO\nPORTO RENFORCE", "Contact :\nInês Quintela\n"+porto,
		"NOUVELLES DU RÉSEAU\n", "COMITÉ DE LABELLISATION DU RÉSEAU\nCOMITÉ DE LABELLISATION\n",
		"FINANCEMENTS EUROPÉENS\n", "Un quatrième appel", "https://fonds.example/appel",
		"ARRIVÉES / DÉPARTS\n", "Hadrien Colpaert", "hadrien@namur.example",
		"ADRESSE DE CONTACT\n", demo.NewsletterAddress, "L’équipe rédactionnelle\n", "Solène Kerdoncuff, ")
	bare := regexp.MustCompile(` style="[^"]*"`).ReplaceAllString(strings.ReplaceAll(issue.HTML, "\u00a0", " "), "")
	inOrder(t, bare,
		"internes 2018", "Réunion du Comité exécutif", "externes 2018", ">Inscription</a>", "4<sup>ème</sup> édition du Forum", ">Programme</a>", "1<sup>er</sup> juin",
		"Chères lectrices", "1<sup>er</sup> juin 2018 à Rouen", "Solène Kerdoncuff", "<em>Présidente du Réseau</em>",
		">Cité des métiers de Charleroi</p>", `<img src="cid:`, "Claire Dubois, qui conduit le camion", "<span>Crédit photo : Ville de Châtelet</span>",
		">Cité des métiers de Porto</p>", ">Comité de labellisation du Réseau</p>", "Hadrien Colpaert", "L’équipe rédactionnelle")
	for heading, n := range map[string]int{"ARRIVÉES / DÉPARTS": 1, "FINANCEMENTS EUROPÉENS\n": 1, "\nCITÉ DES MÉTIERS DE PORTO\n": 1, "En savoir plus": 0, "\nLégende": 0} {
		if got := strings.Count(issue.Text, heading); got != n {
			t.Errorf("%q stands %d times:\n%s", heading, got, issue.Text)
		}
	}
	receipt := p.got(staff, delivery.KindReceipt)[0]
	if !strings.Contains(receipt.HTML, "<table") || !strings.Contains(receipt.Text, "* 21-22 février") {
		t.Errorf("the receipt shows no table of dates:\n%s", receipt.Text)
	}
}
