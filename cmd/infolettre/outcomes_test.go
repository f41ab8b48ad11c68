package main

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
)

// outcomes are the subjects of what a person was told of what they sent.
func (p *play) outcomes(person string) (subjects []string) {
	for _, m := range p.got(person, delivery.KindOutcome) {
		subjects = append(subjects, m.Subject)
	}
	return subjects
}

// The contributor hears of approval, refusal and deferral, each once, whoever
// decides and however often.
func TestOutcome_ContributorIsToldOnce(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	p.people(nadia+",Nadia Berthier,,fr,contact;membre", "pat@partner.example,Pat Lowe,,en,contact;partenaire")
	asked := p.offer("Un forum")
	p.answer(elise, asked[elise], "gmail", "OUI")
	approved := p.last(nadia, delivery.KindOutcome)
	if !strings.Contains(singleLine(approved.Text), "paraîtra dans l’InfoLettre janvier-février 2018") || !strings.Contains(singleLine(approved.Text), "16 février 2018") {
		t.Errorf("told\n%s", approved.Text)
	}
	p.order(1, editorial.Defer) // undone, and done again
	p.order(1, editorial.Approve)
	p.order(1, editorial.Defer)
	p.order(1, editorial.Approve)
	p.order(1, editorial.Reject)
	p.order(1, editorial.Approve)
	p.order(1, editorial.Reject)
	want := []string{"Votre texte est accepté : Un forum", "Votre texte est reporté : Un forum", "Votre texte n’est pas retenu : Un forum"}
	if got := p.outcomes(nadia); !slices.Equal(plain(got), want) {
		t.Errorf("told %q, want %q", plain(got), want)
	}
	// In their language, and a refusal of what was corrected since with its own reason.
	p.write("pat@partner.example", "A job fair", "The centre runs a job fair for four hundred young people, with forty employers, in the old market hall by the river.\n")
	p.answer(marco, p.last(marco, delivery.KindRequest), "outlook", "No: when is it?")
	if o := p.last("pat@partner.example", delivery.KindOutcome); !strings.Contains(o.Text, "“when is it?”") {
		t.Errorf("the reason is missing:\n%s", o.Text)
	}
	p.answer("pat@partner.example", p.last("pat@partner.example", delivery.KindOutcome), "gmail",
		"Corrected version:\n\nThe centre runs a job fair on 22 March 2018 for four hundred young people, with forty employers, in the old market hall by the river.")
	if s := p.state(2); s != item.Pending {
		t.Fatalf("refused and corrected, it is %s:%s", s, p.summary())
	}
	p.answer(marco, p.last(marco, delivery.KindRequest), "outlook", "No: it is in another network's letter")
	if got := p.outcomes("pat@partner.example"); len(got) != 2 || !strings.HasPrefix(got[1], "Your item was not accepted") {
		t.Errorf("told %q", got)
	}
}

func plain(subjects []string) (out []string) {
	for _, s := range subjects {
		out = append(out, strings.ReplaceAll(s, "\u00a0", " "))
	}
	return out
}

// Nobody is told who got no receipt, or who decided themselves.
func TestOutcome_NeedsAReceiptAndAnotherDecider(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", func(o *demo.Options) {
		o.Config = func(c string) string {
			return strings.Replace(c, "self_approval = false", "self_approval = true ", 1)
		}
	})
	contributor(p)
	send := func(from, fields string, signedIn bool) {
		p.send(from, demo.NewsletterAddress, "From: "+from+"\nTo: "+demo.NewsletterAddress+"\n"+fields+"\n\nLa Cité des métiers a une nouvelle à publier, de "+from+".\n", signedIn)
	}
	send("eve@elsewhere.example", "Subject: D’une inconnue", false)
	send(nadia, "Subject: Absence du bureau : une nouvelle", true)
	send(nadia, "Subject: Sous un faux nom", false)
	for id := range item.ID(3) {
		p.order(id+1, editorial.Approve)
	}
	p.write(elise, "Le mot d’Élise", "Chers membres, voici une année qui commence bien pour le réseau.\n")
	p.answer(elise, p.last(elise, delivery.KindRequest), "gmail", "OUI")
	if got := slices.Concat(p.outcomes("eve@elsewhere.example"), p.outcomes(nadia)); len(got) != 0 {
		t.Errorf("told %q", got)
	}
	if got := p.outcomes(elise); len(got) != 1 || !strings.HasPrefix(got[0], "C’est noté") {
		t.Errorf("she was told of her own decision: %q", got)
	}
	// A stranger whose domain vouches for them has a receipt, and hears.
	send("zoe@elsewhere.example", "Subject: D’une autre inconnue", true)
	p.order(5, editorial.Reject)
	if got := p.outcomes("zoe@elsewhere.example"); len(got) != 1 {
		t.Errorf("told %q:%s", got, p.summary())
	}
}

// On publication each contributor gets one letter with the titles of what stands in
// the issue, and a link to a page that everybody may read.
func TestOutcome_PublicationLinksToTheIssue(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	p.people(nadia+",Nadia Berthier,,fr,contact;membre", "pat@partner.example,Pat Lowe,,en,contact;partenaire")
	p.offer("Un forum")
	p.offer("Une bourse")
	p.offer("Un salon")
	p.write("pat@partner.example", "A job fair", "The centre runs a job fair for four hundred young people, with forty employers, in the old market hall by the river.\n")
	p.bring("pat@partner.example", p.last("pat@partner.example", delivery.KindReceipt), "Here is the photo", []message.Part{photograph(t, "fair.png", 3)}, nil)
	p.write(elise, "Comité exécutif", "Le comité exécutif se réunit le 23 février 2018 à Porto. Événement interne.\n")
	for _, id := range []item.ID{1, 2, 4, 5} {
		p.order(id, editorial.Approve)
	}
	base := p.daemon.cfg.Newsletter.BaseURL.String()
	get := func(link string) (int, string, http.Header) {
		t.Helper()
		answer, err := http.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(body), answer.Header
	}
	image := base + "/images/" + p.current(4).Current.Images[0].Hash
	early := func(when string) {
		t.Helper()
		for _, link := range []string{base + "/issues/1/fr", image, base + "/issues/2/fr", base + "/issues/x/fr", base + "/issues/-1/fr", base + "/images/x"} {
			if status, _, _ := get(link); status != 404 {
				t.Errorf("%s %s: %d", when, link, status)
			}
		}
	}
	early("while the issue is open,")
	p.until("2018-02-12T10:00:00+01:00")
	p.answer(elise, p.last(elise, delivery.KindProof), "gmail", "Bon à tirer")
	early("before it is sent,")
	p.until("2018-02-16T10:00:00+01:00")

	told := p.last(nadia, delivery.KindOutcome)
	if !strings.Contains(told.Subject, "C’est publié") || !strings.Contains(told.Text, "- Un forum\n- Une bourse") || strings.Contains(told.Text, "salon") ||
		!strings.Contains(told.Text, base+"/issues/1/fr\n") || !strings.Contains(told.Text, "vos 2 textes") {
		t.Errorf("nadia was told %q\n%s", told.Subject, told.Text)
	}
	english := p.last("pat@partner.example", delivery.KindOutcome)
	if !strings.Contains(english.Text, base+"/issues/1/en\n") || !strings.Contains(english.Text, "with your item") {
		t.Errorf("pat was told\n%s", english.Text)
	}
	if n := len(p.got(nadia, delivery.KindOutcome)); n != 3 {
		t.Errorf("%d outcomes, want accepted twice and published: %q", n, p.outcomes(nadia))
	}
	status, page, header := get(base + "/issues/1/fr")
	if status != 200 || !strings.Contains(page, "Un forum") || !strings.Contains(page, image) || !strings.Contains(page, `<html lang="fr">`) {
		t.Errorf("%d\n%s", status, page)
	}
	for _, private := range []string{"Comité exécutif", "désinscri", "unsubscribe.invalid", "cid:", "/u/"} {
		if strings.Contains(page, private) {
			t.Errorf("the page says %q", private)
		}
	}
	csp := header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'; style-src 'sha256-") || strings.Contains(csp, "unsafe") || header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("header %v", header)
	}
	if status, data, header := get(image); status != 200 || header.Get("Content-Type") != "image/png" || len(data) < 100 {
		t.Errorf("the picture: %d, %s, %d octets", status, header.Get("Content-Type"), len(data))
	}
	if status, _, _ := get(base + "/issues/1/de"); status != 404 {
		t.Errorf("in a language in which it is not made: %d", status)
	}
	if !strings.Contains(p.last(nadia, delivery.KindIssue).Text, "Comité exécutif") {
		t.Error("the issue itself lacks its internal event")
	}
}
