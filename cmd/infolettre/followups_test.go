package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

const (
	marineText = `La Cité des métiers de Rouen organise un forum des métiers de la mer. Il aura lieu le 22 mars 2018 à Rouen, dans la halle aux toiles.

Deux cents lycéens sont attendus : ils rencontreront des marins et des mécaniciennes, essaieront un simulateur de navigation et pourront faire relire leur premier CV.`
	marineCorrected = `La Cité des métiers de Rouen organise un forum des métiers de la mer. Il aura lieu le 23 mars 2018 à Rouen, dans la halle aux toiles.

Trois cents lycéens sont attendus : ils rencontreront des marins et des mécaniciennes, essaieront un simulateur de navigation et pourront faire relire leur premier CV.`
)

// current is an item as it stands.
func (p *play) current(id item.ID) (it item.Item) {
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

// layout is an issue as it would be printed now.
func (p *play) layout(id issue.ID) issue.Content {
	p.t.Helper()
	_, c, err := p.daemon.content(p.ctx, int64(id))
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// everything counts what the daemon sent to anybody.
func (p *play) everything() (n int) {
	for _, d := range p.Mail.Mails() {
		if d.User == demo.NewsletterAddress {
			n++
		}
	}
	return n
}

// bring answers a mail with files, as a mail program does that quotes it whole.
func (p *play) bring(person string, to *message.Message, text string, attached, inline []message.Part) {
	p.t.Helper()
	r := demo.Reply{From: message.Mailbox{Address: message.Address(person)}, To: to}
	out := message.Outbound{
		From: r.From, To: []message.Mailbox{{Address: r.Address()}}, Subject: "Re: " + to.Subject, Date: p.Clock.Now(),
		ID:        "b" + p.Clock.Now().Format("150405.000") + "." + string(rune('a'+len(p.Mail.Mails())%26)) + "@client.example",
		InReplyTo: to.ID, References: []string{to.ID}, Attached: attached, Inline: inline,
		Text: text + "\n\nLe 25/01/2018 à 08:00, InfoLettre a écrit :\n" + demo.Quote(to.Text),
	}
	if inline != nil {
		out.HTML = "<p>" + text + `</p><div class="gmail_quote"><blockquote class="gmail_quote">` + to.HTML + "</blockquote></div>"
	}
	raw, err := out.Bytes()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.Post(r.From.Address, r.Address(), raw, true); err != nil {
		p.t.Fatal(err)
	}
	p.settle()
}

// singleLine is a text without its breaks.
func singleLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func photograph(t *testing.T, name string, shade uint8) message.Part {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 400, 300))
	for x := range 400 {
		for y := range 300 {
			img.Set(x, y, color.RGBA{uint8(x), uint8(y), shade, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return message.Part{Name: name, Type: "image/png", Data: b.Bytes()}
}

// Thanks change nothing and are answered by nobody; a remark and a question are
// for the editors, and its author is told so once.
func TestFollowup_ThanksChangeNothing(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	contributor(p)
	p.write(nadia, "Un forum des métiers de la mer", marineText)
	receipt := p.last(nadia, delivery.KindReceipt)
	before := p.everything()
	for i, text := range []string{"Merci !", "Parfait, merci beaucoup.\n\nBien cordialement,\nNadia Berthier", "", "👍", "Thanks a lot, looks great", "Obrigada!", "Grazie mille", "Gracias, un saludo"} {
		p.answer(nadia, receipt, []string{"gmail", "outlook", "iphone", "thunderbird"}[i%4], text)
	}
	if n := p.everything() - before; n != 0 || p.current(1).Current.Number != 1 {
		t.Errorf("thanks were answered by %d mails:%s", n, p.summary())
	}
	if n := p.folder("InfoLettre/Done"); n != 9 {
		t.Errorf("%d of nine mails are filed as done", n)
	}
	p.answer(nadia, receipt, "gmail", "Merci, mais le forum a lieu le 23 mars.\n\nQuand le texte paraîtra-t-il ?")
	for _, e := range []string{elise, marco, solene} {
		note := p.last(e, delivery.KindNotice)
		if !strings.Contains(singleLine(note.Text), "le forum a lieu le 23 mars") || !strings.Contains(singleLine(note.Text), "Quand le texte paraîtra-t-il") || !strings.Contains(note.Subject, "Nadia Berthier") {
			t.Errorf("%s was told\n%s\n%s", e, note.Subject, note.Text)
		}
		if len(note.ReplyTo) > 0 {
			t.Errorf("the note asks for an answer: %v", note.ReplyTo)
		}
	}
	if noted := p.got(nadia, delivery.KindNotice); len(noted) != 1 || !strings.Contains(noted[0].Text, "L’équipe rédactionnelle a reçu votre message") {
		t.Errorf("its author was told:%s", p.summary())
	}
	if it := p.current(1); it.State != item.Pending || it.Current.Number != 1 {
		t.Errorf("a remark made the item %s, revision %d", it.State, it.Current.Number)
	}
	// What she answers to that is for the office: it asked nothing.
	p.answer(nadia, p.last(nadia, delivery.KindNotice), "gmail", "D'accord")
	if n := len(p.got(nadia, delivery.KindNotice)); n != 1 {
		t.Errorf("a notice was answered again")
	}
}

// A text that replaces makes a new revision, is shown back, and asks the editors
// again; sent twice it changes nothing.
func TestCorrection_OfAPendingItemIsRequestedAgain(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	contributor(p)
	p.write(nadia, "Un forum des métiers de la mer", marineText)
	first := p.last(nadia, delivery.KindReceipt)
	old := p.last(elise, delivery.KindRequest)
	p.answer(nadia, first, "outlook", "Bonjour,\n\nVoici la version corrigée :\n\n"+marineCorrected+"\n\nMerci d'avance")
	it := p.current(1)
	if it.State != item.Pending || it.Current.Number != 2 || it.Current.Title != "Un forum des métiers de la mer" {
		t.Fatalf("%s, revision %d %q:%s", it.State, it.Current.Number, it.Current.Title, p.summary())
	}
	if strings.Contains(it.Current.Text, "version corrigée") || strings.Contains(it.Current.Text, "avance") || !strings.Contains(it.Current.Text, "Trois cents lycéens") {
		t.Errorf("the text is\n%s", it.Current.Text)
	}
	if len(it.Current.Events) != 1 || it.Current.Events[0].Start.String() != "2018-03-23" || len(it.Current.Contacts) != 1 || it.Current.Contacts[0].Email != nadia {
		t.Errorf("events %+v, contacts %+v", it.Current.Events, it.Current.Contacts)
	}
	shown := p.last(nadia, delivery.KindReceipt)
	if !strings.Contains(singleLine(shown.Text), "23 mars 2018") || strings.Contains(singleLine(shown.Text), "22 mars") || len(shown.ReplyTo) != 1 || shown.ReplyTo[0] == first.ReplyTo[0] {
		t.Errorf("shown back with the handle %v:\n%s", shown.ReplyTo, shown.Text)
	}
	for _, e := range []string{elise, marco, solene} {
		if asked := p.got(e, delivery.KindRequest); len(asked) != 2 || !strings.Contains(asked[1].Text, "Trois cents") && !strings.Contains(asked[1].Text, "23 mars") {
			t.Errorf("%s was asked %d times:%s", e, len(asked), p.summary())
		}
	}
	before := p.everything()
	p.until("2018-01-25T08:10:00+01:00")
	p.answer(nadia, first, "gmail", "Version corrigée :\n"+marineCorrected)
	p.answer(nadia, shown, "iphone", marineCorrected)
	if n := p.everything() - before; n != 0 || p.current(1).Current.Number != 2 {
		t.Errorf("the same correction again sent %d mails:%s", n, p.summary())
	}
	// An editor who answers what she read before is shown the new one.
	p.answer(elise, old, "gmail", "OUI")
	if s := p.state(1); s != item.Pending {
		t.Fatalf("approved by an answer to the revision before: %s", s)
	}
	changed := p.last(elise, delivery.KindRequest)
	if !strings.Contains(changed.Subject, "Texte modifié") {
		t.Errorf("she was told %q", changed.Subject)
	}
	p.answer(elise, changed, "gmail", "OUI")
	if it := p.current(1); it.State != item.Approved || it.Approved != 2 {
		t.Errorf("%s, revision %d approved", it.State, it.Approved)
	}
}

// The approved revision stays in the issue until a newer one is approved, and so
// do its events.
func TestCorrection_OfAnApprovedItemWaitsForApproval(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	contributor(p)
	p.write(nadia, "Un forum des métiers de la mer", marineText)
	receipt := p.last(nadia, delivery.KindReceipt)
	p.answer(elise, p.last(elise, delivery.KindRequest), "gmail", "OUI")
	stale := p.last(solene, delivery.KindRequest)
	p.answer(nadia, receipt, "gmail", marineCorrected)
	approvedIs := func(state item.State, approved, current int, date string) {
		t.Helper()
		it := p.current(1)
		if it.State != state || it.Approved != approved || it.Current.Number != current {
			t.Fatalf("%s, revision %d approved, %d current:%s", it.State, it.Approved, it.Current.Number, p.summary())
		}
		if c := p.layout(1); len(c.External) != 1 || c.External[0].Event.Start.String() != date || len(c.Pieces()) != 1 {
			t.Errorf("the issue has %+v", c.External)
		}
	}
	approvedIs(item.Approved, 1, 2, "2018-03-22")
	request := p.last(marco, delivery.KindRequest)
	if !strings.Contains(singleLine(request.Text), "already approved stays") || strings.Contains(singleLine(request.Text), "DEFER") {
		t.Errorf("marco was asked\n%s", request.Text)
	}
	p.answer(solene, stale, "gmail", "OUI") // the two crossed: the first is approved already, and not the second
	approvedIs(item.Approved, 1, 2, "2018-03-22")
	p.answer(marco, request, "outlook", "No: the date was right, I have asked them")
	approvedIs(item.Approved, 1, 2, "2018-03-22")
	if o := p.last(marco, delivery.KindOutcome); !strings.Contains(singleLine(o.Text), "is not taken up") {
		t.Errorf("marco was told\n%s", o.Text)
	}
	refused := p.last(nadia, delivery.KindOutcome)
	if !strings.Contains(singleLine(refused.Text), "I have asked them") || !strings.Contains(singleLine(refused.Text), "La version acceptée auparavant paraîtra") {
		t.Errorf("nadia was told\n%s", refused.Text)
	}
	p.answer(elise, p.last(elise, delivery.KindRequest), "gmail", "OUI") // decided once
	approvedIs(item.Approved, 1, 2, "2018-03-22")

	p.answer(nadia, refused, "gmail", "Texte corrigé\n\n"+strings.Replace(marineCorrected, "Trois cents", "Quatre cents", 1))
	approvedIs(item.Approved, 1, 3, "2018-03-22")
	p.answer(elise, p.last(elise, delivery.KindRequest), "gmail", "OUI")
	approvedIs(item.Approved, 3, 3, "2018-03-23")
	if o := p.last(nadia, delivery.KindOutcome); !strings.Contains(singleLine(o.Text), "a accepté votre correction") {
		t.Errorf("nadia was told\n%s", o.Text)
	}
	// One more, in which the event stays: it keeps its number, and its reminders.
	number := p.layout(1).External[0].ID
	p.answer(nadia, receipt, "gmail", "Texte corrigé\n\n"+strings.Replace(marineCorrected, "Trois cents", "Cinq cents", 1))
	p.answer(elise, p.last(elise, delivery.KindRequest), "gmail", "OUI")
	approvedIs(item.Approved, 4, 4, "2018-03-23")
	if n := p.layout(1).External[0].ID; n != number {
		t.Errorf("the event that stays has the number %d, and had %d", n, number)
	}
	p.until("2018-02-12T10:00:00+01:00")
	p.answer(elise, p.last(elise, delivery.KindProof), "gmail", "Bon à tirer")
	p.until("2018-03-25T10:00:00+02:00")
	if n := p.got(nadia, delivery.KindReminder); len(n) != 2 || !strings.Contains(n[0].Text, "23 mars") {
		t.Errorf("%d reminders:%s", len(n), p.summary())
	}
	if n := len(p.got(nadia, delivery.KindOutcome)); n != 5 {
		t.Errorf("%d outcomes, want accepted, refused, accepted twice, published:%s", n, p.summary())
	}
}

// What an answer makes of an item that is no longer open.
func TestCorrection_DependsOnTheItemsState(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	contributor(p)
	receipts := map[item.ID]*message.Message{}
	for id, order := range []editorial.Verb{"", editorial.Reject, editorial.Defer, editorial.Withdraw, editorial.Approve} {
		if order == "" {
			continue
		}
		p.write(nadia, "Un forum des métiers de la mer", strings.Replace(marineText, "Deux cents", []string{"", "Cent", "Cent dix", "Cent vingt", "Cent trente"}[id], 1))
		receipts[item.ID(id)] = p.last(nadia, delivery.KindReceipt)
		p.order(item.ID(id), order)
	}
	correct := func(id item.ID) { p.answer(nadia, receipts[id], "gmail", "Texte corrigé\n\n"+marineCorrected) }
	asked := len(p.got(elise, delivery.KindRequest))
	correct(1)
	if it := p.current(1); it.State != item.Pending || it.Current.Number != 2 || len(p.got(elise, delivery.KindRequest)) != asked+1 {
		t.Errorf("refused and corrected, it is %s:%s", it.State, p.summary())
	}
	correct(2)
	if it := p.current(2); it.State != item.Deferred || it.Current.Number != 2 || len(p.got(elise, delivery.KindRequest)) != asked+1 {
		t.Errorf("deferred and corrected, it is %s", it.State)
	}
	correct(3)
	if it := p.current(3); it.State != item.Withdrawn || it.Current.Number != 1 {
		t.Errorf("withdrawn and corrected, it is %s", it.State)
	}
	if note := p.last(elise, delivery.KindNotice); !strings.Contains(singleLine(note.Text), "Trois cents lycéens") || !strings.Contains(singleLine(note.Text), "a été retiré") {
		t.Errorf("élise was told\n%s", note.Text)
	}
	p.until("2018-02-11T10:00:00+01:00") // the issue has closed
	again := p.last(elise, delivery.KindRequest)
	if !strings.Contains(singleLine(again.Text), "Trois cents lycéens") {
		t.Errorf("the deferred item is asked about as it was:\n%s", again.Text)
	}
	before := p.layout(1)
	correct(4)
	if it := p.current(4); it.State != item.Approved || it.Current.Number != 1 || p.layout(1).Hash() != before.Hash() {
		t.Errorf("after closing a correction changed the item: %s, revision %d", it.State, it.Current.Number)
	}
	for _, e := range []string{elise, marco, solene} {
		if note := p.last(e, delivery.KindNotice); !strings.Contains(singleLine(note.Text), "Trois cents lycéens") {
			t.Errorf("%s was told\n%s", e, note.Text)
		}
	}
	if late := p.last(nadia, delivery.KindNotice); !strings.Contains(singleLine(late.Text), "dans un numéro déjà fermé") {
		t.Errorf("nadia was told\n%s", late.Text)
	}
	p.until("2018-02-12T10:00:00+01:00")
	p.answer(elise, p.last(elise, delivery.KindProof), "gmail", "Bon à tirer")
	p.until("2018-02-16T10:00:00+01:00")
	correct(4)
	if late := p.last(nadia, delivery.KindNotice); !strings.Contains(singleLine(late.Text), "a déjà été publié") {
		t.Errorf("nadia was told\n%s%s", late.Text, p.summary())
	}
}

// Files alone are added; pictures that come back with the quoted receipt are none.
func TestFollowup_AddsFiles(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	contributor(p)
	p.write(nadia, "Un forum des métiers de la mer", marineText)
	photo, other := photograph(t, "forum.png", 7), photograph(t, "quai.png", 99)
	p.bring(nadia, p.last(nadia, delivery.KindReceipt), "Voici la photo", []message.Part{photo}, nil)
	it := p.current(1)
	if it.Current.Number != 2 || len(it.Current.Images) != 1 || !strings.Contains(it.Current.Text, "Deux cents") {
		t.Fatalf("revision %d with %d pictures:%s", it.Current.Number, len(it.Current.Images), p.summary())
	}
	shown := p.last(nadia, delivery.KindReceipt)
	var returned []message.Part
	for _, part := range shown.Parts {
		if part.Type == "image/png" {
			returned = append(returned, part)
		}
	}
	if len(returned) != 1 || len(p.got(elise, delivery.KindRequest)) != 2 {
		t.Fatalf("%d pictures are shown back:%s", len(returned), p.summary())
	}
	before := p.everything()
	p.bring(nadia, shown, "Merci !", nil, returned)
	p.bring(nadia, shown, "Voici la photo", []message.Part{photo}, nil) // once more
	if n := p.everything() - before; n != 0 || p.current(1).Current.Number != 2 {
		t.Errorf("the receipt's own picture was taken for a new one:%s", p.summary())
	}
	p.bring(nadia, shown, "", []message.Part{other}, nil)
	if it := p.current(1); it.Current.Number != 3 || len(it.Current.Images) != 2 {
		t.Errorf("revision %d with %d pictures:%s", it.Current.Number, len(it.Current.Images), p.summary())
	}
	notes := len(p.got(elise, delivery.KindNotice))
	p.bring(nadia, shown, "Voici l'affiche. Attention, le forum a changé de salle.", []message.Part{photograph(t, "affiche.png", 200)}, nil)
	if it := p.current(1); it.Current.Number != 4 || len(it.Current.Images) != 3 || len(p.got(elise, delivery.KindNotice)) != notes+1 {
		t.Errorf("revision %d with %d pictures:%s", it.Current.Number, len(it.Current.Images), p.summary())
	}
	if r := p.last(nadia, delivery.KindReceipt); !strings.Contains(singleLine(r.Text), "Elle lira aussi votre remarque") {
		t.Errorf("shown back:\n%s", r.Text)
	}
}

// Nobody corrects but who was sent the receipt, no machine, and not for ever.
func TestCorrection_IsAcceptedOnlyFromTheSender(t *testing.T) {
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	p.people(nadia+",Nadia Berthier,,fr,contact;membre", "joris@cite-rouen.example,Joris,,fr,contact;membre")
	p.write(nadia, "Un forum des métiers de la mer", marineText)
	receipt := p.last(nadia, delivery.KindReceipt)
	handle := string(receipt.ReplyTo[0].Address)
	post := func(from, to, fields, text string, signedIn bool) {
		p.t.Helper()
		p.send(from, to, "From: "+from+"\nTo: "+to+"\n"+fields+"\n\n"+text, signedIn)
	}
	correction := "Version corrigée :\n\n" + marineCorrected + "\n"
	guessed := strings.Replace(handle, "+r", "+r1", 1)
	for name, attempt := range map[string]func(){
		"a colleague":             func() { post("joris@cite-rouen.example", handle, "Subject: Re: Bien reçu", correction, true) },
		"an editor":               func() { post(elise, handle, "Subject: Re: Bien reçu", correction, true) },
		"a stranger":              func() { post("eve@elsewhere.example", handle, "Subject: Re: Bien reçu", correction, true) },
		"a forged From":           func() { post(nadia, handle, "Subject: Re: Bien reçu", correction, false) },
		"a guessed handle":        func() { post(nadia, guessed, "Subject: Re: Bien reçu", correction, true) },
		"a machine, by its field": func() { post(nadia, handle, "Subject: Re: Bien reçu\nAuto-Submitted: auto-replied", correction, true) },
		"an absence, in French":   func() { post(nadia, handle, "Subject: Absence du bureau : Re: Bien reçu", correction, true) },
		"an absence, in English":  func() { post(nadia, handle, "Subject: Automatic reply: Bien reçu", correction, true) },
		"an absence, in German":   func() { post(nadia, handle, "Subject: Abwesenheitsnotiz: Bien reçu", correction, true) },
		"an absence, in Spanish":  func() { post(nadia, handle, "Subject: Respuesta automática: Bien reçu", correction, true) },
		"an absence, in Italian":  func() { post(nadia, handle, "Subject: Risposta automatica: Bien reçu", correction, true) },
		"an absence, in Portuguese": func() {
			post(nadia, handle, "Subject: Resposta automática: Bien reçu", correction, true)
		},
		"a list's copy": func() { post(nadia, handle, "Subject: Re: Bien reçu\nList-Id: <x.example>", correction, true) },
	} {
		sent, notices := p.mailed(nadia), len(p.got(solene, delivery.KindNotice))
		attempt()
		if it := p.current(1); it.State != item.Pending || it.Current.Number != 1 {
			t.Fatalf("%s: the item is %s, revision %d", name, it.State, it.Current.Number)
		}
		if p.mailed(nadia) != sent || len(p.got(solene, delivery.KindNotice)) != notices {
			t.Errorf("%s: the contributor or the editors were written to:%s", name, p.summary())
		}
	}
	// Taken back by one receipt, it is not brought back by it.
	p.answer(nadia, receipt, "gmail", "RETIRER")
	p.answer(nadia, receipt, "gmail", correction)
	if it := p.current(1); it.State != item.Withdrawn || it.Current.Number != 1 {
		t.Errorf("withdrawn, and then %s, revision %d", it.State, it.Current.Number)
	}
	p.write(nadia, "Une bourse aux stages", "La Cité des métiers ouvre une bourse aux stages à la rentrée de septembre, pour tous les lycéens.")
	receipt = p.last(nadia, delivery.KindReceipt)
	p.until("2018-06-30T10:00:00+02:00")
	p.answer(nadia, receipt, "gmail", "Version corrigée :\n\nLa Cité des métiers ouvre une bourse aux stages à la rentrée d'octobre, pour tous les apprentis de Normandie.")
	if it := p.current(2); it.Current.Number != 1 {
		t.Errorf("corrected by a receipt that has expired")
	}
	if n := p.last(nadia, delivery.KindNotice); !strings.Contains(n.Subject, "périmée") || p.folder("InfoLettre/Other") == 0 {
		t.Errorf("told %q:%s", n.Subject, p.summary())
	}
}
