package item

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"infolettre/internal/message"
)

var sections = []Section{
	{Key: SectionAgenda, Words: []string{"agenda"}},
	{Key: SectionEditorial, Words: []string{"éditorial", "édito"}},
	{Key: SectionCentres, Words: nil},
	{Key: SectionNetwork, Words: []string{"réseau"}},
	{Key: "funding", Words: []string{"financement", "appel à projets"}},
}

func TestFromMessage_Title(t *testing.T) {
	t.Parallel()
	const long = "Le camion des métiers sillonne les communes de la région depuis l'automne, et s'arrête partout où l'on veut."
	for _, c := range []struct{ subject, text, want, left string }{
		{"Re: Fwd: TR : Un camion", long, "Un camion", long},
		{"[reseau-cdm] RE[2]: [cdm] Un camion", long, "Un camion", long},
		{"Réseau : nos voisins", long, "Réseau : nos voisins", long},
		{"Ré: Un camion", long, "Un camion", long},
		{"Re: tout autre chose", long, "Le camion des métiers sillonne les communes de la région depuis l'automne, et s'arrête partout où l'on veut", long},
		{"  Un \t forum  ", long, "Un forum", long},
		{"Le label\u00a0: et après", long, "Le label\u00a0: et après", long},
		{"", "- Première puce\n- Seconde", "Première puce", "- Première puce\n- Seconde"},
		{"Re:", "Première ligne\n\n" + long, "Première ligne", long},
		{strings.Repeat("mot ", 80), long, strings.TrimSpace(strings.Repeat("mot ", 49)) + "…", long},
		// A subject that says nothing about the text, or has a label.
		{"Contribution InfoLettre", "Un camion à Charleroi\n\n" + long, "Un camion à Charleroi", long},
		{"Article pour la prochaine newsletter", long, "Le camion des métiers sillonne les communes de la région depuis l'automne, et s'arrête partout où l'on veut", long},
		{"Actualités de Charleroi - mars 2018", "Un camion\n\n" + long, "Un camion", long},
		{"Contribution InfoLettre : un camion à Charleroi", long, "un camion à Charleroi", long},
		{"Un camion à Charleroi (pour l'InfoLettre)", long, "Un camion à Charleroi", long},
		// A heading that repeats the subject is not printed twice.
		{"Un camion à Charleroi", "Un camion à Charleroi\n\n" + long, "Un camion à Charleroi", long},
		{"Le camion", "Le camion de Charleroi prend la route\n\n" + long, "Le camion de Charleroi prend la route", long},
		{"Un camion à Charleroi", "Tout autre chose\n\n" + long, "Un camion à Charleroi", "Tout autre chose\n\n" + long},
		// The subject of a reply is not its own.
		{"Re: un mail d'avant", "Un camion à Charleroi\n\n" + long, "Un camion à Charleroi", long},
		{"", "Un camion ouvre.\n\n" + long, "Un camion ouvre", long},
	} {
		got, why, left := chooseTitle(c.subject, "", false, message.TextBlocks(c.text), "Cité des métiers de Charleroi")
		if got != c.want || message.BlocksText(left) != c.left {
			t.Errorf("%q: title %q (%s), want %q; left %q", c.subject, got, why, c.want, message.BlocksText(left))
		}
	}
}

func TestRoute_ChoosesSection(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ title, text, centre, want string }{
		{"Édito", "le réseau", "Porto", SectionEditorial},
		{"EDITO de février", "", "", SectionEditorial},
		{"Appel à projets", "", "Porto", "funding"},
		{"Un camion", "un financement", "Porto", SectionCentres},
		{"Un camion", "un financement européen", "", "funding"},
		{"Un camion", "un agenda chargé", "", SectionNetwork},
		{"Un camion", "qui roule", "", SectionNetwork},
		{"Le préfinancement", "", "Porto", SectionCentres}, // words match at their start only
	} {
		if got, why := route(sections, c.title, c.text, c.centre); got != c.want {
			t.Errorf("%q, %q, %q: %s (%s), want %s", c.title, c.text, c.centre, got, why, c.want)
		}
	}
}

func TestFromMessage_Contacts(t *testing.T) {
	t.Parallel()
	sender := Contact{Name: "Nadia Berthier", Email: "nadia@cite.example"}
	for _, c := range []struct {
		text string
		want Contact
		cut  bool
	}{
		{"Un texte.\n\nContact\u00a0:\n\nInês Quintela\nines@porto.example\n+351 22 000 00 41", Contact{Name: "Inês Quintela", Email: "ines@porto.example", Phone: "+351 22 000 00 41"}, true},
		{"Un texte.\n\nContact : Inês Quintela, ines@porto.example", Contact{Name: "Inês Quintela", Email: "ines@porto.example", Phone: ""}, true},
		{"Un texte.\nContacts presse:\nInês <ines@porto.example>\nTél. : 02 61 91 00 12", Contact{Name: "Inês", Email: "ines@porto.example", Phone: "02 61 91 00 12"}, true},
		{"Contact :\nInês\nines@porto.example\n\nEt encore une phrase, qui se lit après le bloc.", Contact{Name: "Inês", Email: "ines@porto.example", Phone: ""}, true},
		{"Un texte sans rien.", Contact{Name: "Nadia Berthier", Email: "nadia@cite.example", Phone: "+33 1 99 00 12 34"}, false},
		{"Écrire à rh@namur.example ou à rh@rouen.example.", Contact{Name: "Nadia Berthier", Email: "nadia@cite.example", Phone: "+33 1 99 00 12 34"}, false},
		{"Pour s'inscrire, contactez Inês Quintela (ines@porto.example) avant mardi.", Contact{Name: "Inês Quintela", Email: "ines@porto.example", Phone: ""}, false},
		{"Un texte.\n\nRenseignements et inscriptions :\nInês Quintela – 02 61 91 00 12 – ines@porto.example", Contact{Name: "Inês Quintela", Email: "ines@porto.example", Phone: "02 61 91 00 12"}, true},
	} {
		blocks := message.TextBlocks(c.text)
		got, rest, why := contactsOf(blocks, sender, "Nadia Berthier\nTél. +33 1 99 00 12 34")
		if cut := message.BlocksText(rest) != message.BlocksText(blocks); len(got) != 1 || got[0] != c.want || cut != c.cut {
			t.Errorf("%q: %+v, cut %t (%s)", c.text, got, cut, why)
		}
	}
	two := "Un texte.\n\nContacts :\nInês Quintela\nines@porto.example\n+351 22 000 00 41\n\nLéo Martin, leo@porto.example"
	want := []Contact{{Name: "Inês Quintela", Email: "ines@porto.example", Phone: "+351 22 000 00 41"}, {Name: "Léo Martin", Email: "leo@porto.example", Phone: ""}}
	if got, rest, _ := contactsOf(message.TextBlocks(two), sender, ""); !slices.Equal(got, want) || message.BlocksText(rest) != "Un texte." {
		t.Errorf("two contacts: %+v; left %q", got, message.BlocksText(rest))
	}
}

func read(t *testing.T, raw string) *message.Message {
	t.Helper()
	m, err := message.Read([]byte(strings.ReplaceAll(raw, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFromMessage_ReadsEveryField(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	m := read(t, "From: Nadia <nadia@cite.example>\nSubject: TR: Un forum des =?utf-8?q?m=C3=A9tiers?=\nMIME-Version: 1.0\n"+
		"Content-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n"+
		"<div>Le forum <b>aura lieu</b> le 22 mars =E0 Rouen.</div><div><br></div><div>Contact&nbsp;:</div><div>Nadia</div><div>nadia@cite.example</div>"+
		"<div>--<br>Nadia Berthier, directrice</div>\n")
	got, err := FromMessage(Prepare(m, nil), Guide{
		Sections: sections, Location: paris, Sender: message.Mailbox{Name: "Nadia", Address: "nadia@cite.example"},
		Centre: "Rouen", Language: "fr", Received: time.Date(2018, 1, 29, 10, 0, 0, 0, paris),
	})
	if err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	u := got[0]
	if u.Title != "Un forum des métiers" || u.Section != SectionCentres || u.Language != "fr" {
		t.Errorf("read %+v", u)
	}
	if want := "<p>Le forum <strong>aura lieu</strong> le 22 mars à Rouen.</p>"; u.HTML != want {
		t.Errorf("HTML %q, want %q", u.HTML, want)
	}
	if want := "Le forum aura lieu le 22 mars à Rouen."; u.Text != want {
		t.Errorf("text %q, want %q", u.Text, want)
	}
	if len(u.Events) != 1 || u.Events[0].Start.String() != "2018-03-22" || u.Events[0].Place != "Rouen" {
		t.Errorf("events %+v", u.Events)
	}
	for _, field := range []string{"text", "title", "section", "language", "contacts", "events"} {
		if u.Why[field] == "" {
			t.Errorf("no reason is given for %s", field)
		}
	}
}

// wordFile is a small .docx: a heading, a paragraph, a picture.
func wordFile(t *testing.T, text string) []byte {
	t.Helper()
	var shot, b bytes.Buffer
	if err := png.Encode(&shot, image.NewGray(image.Rect(0, 0, 300, 200))); err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(&b)
	for name, content := range map[string]string{
		"word/document.xml": `<w:document xmlns:w="w" xmlns:a="a" xmlns:r="r"><w:body><w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Un camion à Charleroi</w:t></w:r></w:p>` +
			`<w:p><w:r><w:t>` + text + `</w:t></w:r></w:p><w:p><w:r><a:blip r:embed="i"/></w:r></w:p></w:body></w:document>`,
		"word/_rels/document.xml.rels": `<R><Relationship Id="i" Type="x/image" Target="media/camion.png"/></R>`,
		"word/media/camion.png":        shot.String(),
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFromMessage_DocumentIsTheItem(t *testing.T) {
	t.Parallel()
	said := "Le camion sillonne les communes. Il s'arrêtera le 22 mars 2018 à Namur, où il sera ouvert à tous."
	m := &message.Message{
		Subject: "texte pour l'infolettre", Text: "Bonjour, voici notre texte. Merci !",
		Parts: []message.Part{{Name: "Camion.docx", Type: "application/octet-stream", Data: wordFile(t, said)}, {Name: "plan.pdf", Type: "application/pdf"}},
	}
	guide := Guide{Sections: sections, Location: time.UTC, Language: "fr", Received: time.Date(2018, 1, 29, 10, 0, 0, 0, time.UTC)}
	got, err := FromMessage(Prepare(m, nil), guide)
	if err != nil {
		t.Fatal(err)
	}
	u := got[0]
	if u.Title != "Un camion à Charleroi" || u.Text != said || u.Why["text"] != "the file Camion.docx; taken off: greeting “Bonjour,”" {
		t.Errorf("title %q, text %q (%s)", u.Title, u.Text, u.Why["text"])
	}
	if len(u.Images) != 1 || !strings.Contains(u.HTML, "cid:"+u.Images[0].Hash) {
		t.Errorf("pictures %+v in %s", u.Images, u.HTML)
	}
	if len(u.Attachments) != 1 || u.Attachments[0].Name != "plan.pdf" {
		t.Errorf("attachments %+v", u.Attachments)
	}
	if len(u.Events) != 1 || u.Events[0].Place != "Namur" {
		t.Errorf("events %+v", u.Events)
	}

	// A mail that says more than the file is the text, and keeps the file.
	m.Text = strings.Repeat("Le camion sillonne les communes depuis l'automne. ", 10)
	if got, err = FromMessage(Prepare(m, nil), guide); err != nil || len(got[0].Attachments) != 2 || got[0].Title != "Le camion sillonne les communes depuis l'automne" {
		t.Errorf("%+v, %v", got, err)
	}
	// So is one with a file that cannot be read.
	m.Text, m.Parts[0].Data = "Voici notre texte.", []byte("PK broken")
	if got, err = FromMessage(Prepare(m, nil), guide); err != nil || len(got[0].Attachments) != 2 || !strings.Contains(got[0].Why["attachments"], "Camion.docx") {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFromMessage_EmptyIsErrNothing(t *testing.T) {
	t.Parallel()
	m := read(t, "From: a@x.example\nSubject: \n\n \n")
	if _, err := FromMessage(Prepare(m, nil), Guide{Sections: sections, Location: time.UTC}); err == nil {
		t.Error("an empty message made an item")
	}
}

// withOrientation adds an EXIF segment with an orientation and a GPS tag to a JPEG.
func withOrientation(t *testing.T, img image.Image, orientation uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	tiff := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	tiff = binary.BigEndian.AppendUint16(tiff, orientation)
	tiff = append(tiff, "\x00\x00\x00\x00\x00\x00GPS 49.44N 1.09E"...)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	head := []byte{0xFF, 0xD8, 0xFF, 0xE1}
	head = binary.BigEndian.AppendUint16(head, uint16(len(segment)+2))
	return append(append(head, segment...), b.Bytes()[2:]...)
}

func TestPhoto_UprightScaledWithoutMetadata(t *testing.T) {
	t.Parallel()
	// A picture with a red top left corner, as stored.
	img := image.NewRGBA(image.Rect(0, 0, 1500, 1000))
	for y := range 1000 {
		for x := range 1500 {
			c := color.RGBA{0, 0, 255, 255}
			if x < 750 && y < 500 {
				c = color.RGBA{255, 0, 0, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	// Where that corner is shown, by orientation, in the order of CIPA DC-008.
	corners := map[uint16][2]int{1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1}, 8: {0, 1}}
	for orientation, corner := range corners {
		t.Run(fmt.Sprintf("orientation %d", orientation), func(t *testing.T) {
			t.Parallel()
			got, _, err := photo(message.Part{Name: "IMG_2041.jpg", Type: "image/jpeg", Data: withOrientation(t, img, orientation)}, maxDecoded, nil)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(got.Data, []byte("GPS")) || bytes.Contains(got.Data, []byte("Exif")) {
				t.Errorf("orientation %d: the metadata stayed", orientation)
			}
			w, h := 1200, 800
			if orientation >= 5 {
				w, h = 800, 1200
			}
			if got.Width != w || got.Height != h {
				t.Errorf("orientation %d: %d by %d, want %d by %d", orientation, got.Width, got.Height, w, h)
			}
			out, _, err := image.Decode(bytes.NewReader(got.Data))
			if err != nil {
				t.Fatal(err)
			}
			r, _, b, _ := out.At(corner[0]*(w-20)+10, corner[1]*(h-20)+10).RGBA()
			if r < b {
				t.Errorf("orientation %d: the corner is not where it belongs", orientation)
			}
			if got.Alt != "" {
				t.Errorf("a camera's file name became the text %q", got.Alt)
			}
		})
	}
}

func TestPhoto_BombsAndIconsAreRefused(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 40))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := photo(message.Part{Data: b.Bytes()}, maxDecoded, nil); err == nil {
		t.Error("an icon was taken for a photograph")
	}
	bomb := bytes.Clone(b.Bytes())
	binary.BigEndian.PutUint32(bomb[16:], 60000) // width in the header
	binary.BigEndian.PutUint32(bomb[20:], 60000)
	if _, _, err := photo(message.Part{Data: bomb}, maxDecoded, nil); err == nil {
		t.Error("a picture of 3.6 thousand million pixels was taken")
	}
	if testing.Short() {
		return
	}
	// Pictures that are each within the limit share one budget.
	var large bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&large, image.NewNRGBA64(image.Rect(0, 0, 3200, 3200))); err != nil {
		t.Fatal(err)
	}
	m := &message.Message{}
	for range 6 {
		m.Parts = append(m.Parts, message.Part{Type: "image/png", Data: large.Bytes()})
	}
	if p := readPhotos(m.Parts, nil); len(p.ready) != 2 || len(p.failed) != 4 {
		t.Errorf("%d pictures of 82 MB each were taken, %d refused", len(p.ready), len(p.failed))
	}
}

func TestAltOf_FileNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Rencontre des partenaires à Porto.jpg": "Rencontre des partenaires à Porto",
		"forum_de_la_mer.png":                   "forum de la mer",
		"IMG_20180122_101500.jpg":               "",
		"image001.png":                          "",
		"":                                      "",
	} {
		if got := altOf(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestHash_CoversEverythingShown(t *testing.T) {
	t.Parallel()
	base := Content{Title: "a", Text: "b", Images: []Image{{Hash: "x"}}}
	seen := map[string]bool{base.Hash(): true}
	for _, change := range []func(*Content){
		func(c *Content) { c.Title = "z" }, func(c *Content) { c.Text = "z" }, func(c *Content) { c.HTML = "z" },
		func(c *Content) { c.Section = "z" }, func(c *Content) { c.Images = []Image{{Hash: "y"}} },
		func(c *Content) { c.Contacts = []Contact{{Name: "z"}} }, func(c *Content) { c.Language = "z" },
	} {
		c := base
		change(&c)
		if seen[c.Hash()] {
			t.Error("a change that shows kept the hash")
		}
		seen[c.Hash()] = true
	}
}

// A contact's address always occurs in the text, and removing contacts adds no text.
func FuzzContacts(f *testing.F) {
	f.Add("Contact : a@b.example")
	f.Add("Contacts :\nInês, a@b.example, c@d.example +33 1 99 00 12 34\n\nUn texte.")
	f.Fuzz(func(t *testing.T, text string) {
		blocks := message.TextBlocks(text)
		whole := message.BlocksText(blocks)
		contacts, rest, _ := contactsOf(blocks, Contact{}, "")
		for _, c := range contacts {
			if !strings.Contains(whole, c.Email) || !strings.Contains(whole, c.Phone) {
				t.Fatalf("contact %+v is not in %q", c, whole)
			}
		}
		if left := message.BlocksText(rest); len(left) > len(whole) {
			t.Fatalf("%q became %q", whole, left)
		}
	})
}

// An item always has a title, and its events are valid dates.
func FuzzFromMessage(f *testing.F) {
	mails, _ := filepath.Glob("../../cmd/infolettre/testdata/mails/*.eml")
	for _, name := range mails {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	guide := Guide{Sections: sections, Location: time.UTC, Language: "fr", Received: time.Date(2018, 1, 29, 10, 0, 0, 0, time.UTC)}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := message.Read(raw)
		if err != nil {
			return
		}
		items, err := FromMessage(Prepare(m, nil), guide)
		if err != nil && len(items) > 0 {
			t.Fatalf("%d items and %v", len(items), err)
		}
		for _, u := range items {
			if u.Title == "" || u.Section == "" || u.Language == "" {
				t.Fatalf("an item without a name: %+v", u)
			}
			for _, e := range u.Events {
				if !e.Start.Valid() || e.End.Before(e.Start) {
					t.Fatalf("event %+v", e)
				}
			}
		}
	})
}

// A part of an answer keeps its emphasis and links, and nothing around it.
func TestOnly_KeepsMarkup(t *testing.T) {
	t.Parallel()
	m := &message.Message{
		Subject: "Re: Bien reçu",
		Text:    "Bonjour,\n\nVoici le texte corrigé :\n\nLe forum aura lieu à Rouen. Inscription (https://cite.example/x)\n\n- un atelier\n- un débat\n\nNadia\n",
		HTML: `<div>Bonjour,</div><div><br></div><div>Voici le texte corrigé :</div><div><br></div>` +
			`<div>Le forum <b>aura lieu</b> à Rouen. <a href="https://cite.example/x">Inscription</a></div><ul><li>un atelier</li><li>un débat</li></ul><div>Nadia</div>`,
		From: []message.Mailbox{{Name: "Nadia Berthier", Address: "nadia@cite.example"}},
	}
	p := PrepareReply(m, nil)
	got := message.JoinBlocks(p.WithText("Le forum aura lieu à Rouen. Inscription (https://cite.example/x)\n\n- un atelier\n- un débat").blocks)
	want := "<p>Le forum <strong>aura lieu</strong> à Rouen. <a href=\"https://cite.example/x\">Inscription</a></p>\n<ul>\n<li>un atelier</li>\n<li>un débat</li>\n</ul>"
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	// If the HTML part has another text, the plain text is used.
	if got := message.JoinBlocks(p.WithText("Tout autre chose, qui n'est pas dans la réponse.").blocks); got != "<p>Tout autre chose, qui n&#39;est pas dans la réponse.</p>" {
		t.Errorf("got %s", got)
	}
}
