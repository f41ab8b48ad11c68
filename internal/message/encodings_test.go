package message

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

func mixed(parts ...string) string {
	return "From: a@x.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + strings.Join(parts, "\n--b\n") + "\n--b--\n"
}

func TestFileName_InAnyCharset(t *testing.T) {
	t.Parallel()
	for fields, want := range map[string]string{
		`Content-Disposition: attachment; filename*=iso-8859-1''%E9t%E9%20%E0%20Rouen.pdf`:                                                                       "été à Rouen.pdf",
		`Content-Disposition: attachment; filename*=windows-1252'fr'L%92%E9t%E9.pdf`:                                                                             "L’été.pdf",
		`Content-Disposition: attachment; filename*=''%C3%A9t%C3%A9.pdf`:                                                                                         "été.pdf",
		`Content-Disposition: attachment; filename*=''%E9t%E9.pdf`:                                                                                               "été.pdf",
		`Content-Disposition: attachment; filename*=UTF-8''%C3%A9t%C3%A9.pdf; filename="ete.pdf"`:                                                                "été.pdf",
		`Content-Disposition: attachment; filename="ete.pdf"; filename*=koi8-r''%D1%D4%CF.pdf`:                                                                   "ято.pdf",
		"Content-Disposition: attachment; filename*0*=iso-8859-1''Rouen%20;\n filename*1*=%E9t%E9; filename*2=\".docx\"":                                         "Rouen été.docx",
		"Content-Disposition: attachment;\n filename*2=\"x\"; filename*0=\"un nom \";\n filename*1=\"long.do\"":                                                  "un nom long.dox",
		"Content-Disposition: attachment; filename*0*=utf-8''%C3; filename*1*=%A9t%C3%A9.pdf":                                                                    "été.pdf",
		"Content-Type: application/pdf; name*=iso-8859-1''%E9t%E9.pdf":                                                                                           "été.pdf",
		"Content-Type: application/pdf; name=\"=?iso-8859-1?Q?=E9t=E9=2Epdf?=\"":                                                                                 "été.pdf",
		"Content-Type: application/pdf;\n name=\"a.pdf\"\nContent-Disposition: attachment":                                                                       "a.pdf",
		`Content-Disposition: attachment; filename="L\"été\".pdf"`:                                                                                               `L"été".pdf`,
		`Content-Disposition: attachment; filename="50% de plus.pdf"`:                                                                                            "50% de plus.pdf",
		`Content-Disposition: attachment; filename="%C3%A9t%C3%A9.pdf"`:                                                                                          "été.pdf",
		"Content-Disposition: attachment; filename=\"\xe9t\xe9.pdf\"":                                                                                            "été.pdf",
		`Content-Disposition: attachment; filename=un nom.pdf; size=12`:                                                                                          "un nom.pdf",
		`Content-Disposition: attachment; filename*=` + strings.Repeat("x", 20) + `; filename*99999999999999999999*=x; filename*-1=x; filename*1000*=x; size=12`: strings.Repeat("x", 20),
	} {
		if !strings.Contains(fields, "Content-Type") {
			fields = "Content-Type: application/octet-stream\n" + fields
		}
		m, err := Read([]byte(mixed("Content-Type: text/plain\n\nBonjour", fields+"\n\nx")))
		if err != nil || len(m.Parts) != 1 || m.Parts[0].Name != want {
			t.Errorf("%s: %v, %+v, want %q", fields, err, m.Parts, want)
		}
	}
}

func TestRead_TransferEncodings(t *testing.T) {
	t.Parallel()
	encoded := base64.StdEncoding.EncodeToString([]byte("La Cité ouvre à Rouen.\n"))
	quoted := "La Cit=E9 ouvre =\n=E0 Rouen.\n"
	head := "From: a@x.example\nMIME-Version: 1.0\nContent-Type: text/plain; charset=%s\nContent-Transfer-Encoding: %s\n\n"
	for name, c := range map[string]struct{ charset, encoding, body, want string }{
		"base64":                           {"utf-8", "base64", encoded, "La Cité ouvre à Rouen."},
		"base64 with a footer":             {"utf-8", "base64", encoded + "\n_______________\nListe mailing list\nhttps://listes.example/été\n", "La Cité ouvre à Rouen."},
		"base64 with a footer of a server": {"utf-8", "base64", encoded + "\n-- \nCe message a été vérifié.\n", "La Cité ouvre à Rouen."},
		"base64 in pieces":                 {"utf-8", "base64", "TGE=\nIENpdMOp\n", "La Cité"},
		"not base64 at all":                {"utf-8", "base64", "La Cité ouvre à Rouen.\n", "La Cité ouvre à Rouen."},
		"quoted":                           {"iso-8859-1", "quoted-printable", quoted, "La Cité ouvre à Rouen."},
		"quoted with a footer in UTF-8":    {"iso-8859-1", "quoted-printable", quoted + "Vérifié à l’instant\n", "La Cité ouvre à Rouen.\nVérifié à l’instant"},
		"quoted with a footer in Latin-1":  {"utf-8", "quoted-printable", "Ouvert =C3=A0 Rouen\nV\xe9rifi\xe9 \xe0 l'\xe9t\xe9\n", "Ouvert à Rouen\nVérifié à l'été"},
		"quoted badly":                     {"utf-8", "Quoted-Printable", "50 = 2 =C3=A9=ZZ=\n", "50 = 2 é=ZZ"},
		"UTF-7":                            {"utf-7", "7bit", "La Cit+AOk- ouvre +- 1 +2D3eAA-!", "La Cité ouvre + 1 😀!"},
		"code page 850":                    {"cp850", "8bit", "La Cit\x82 ouvre \x85 Rouen", "La Cité ouvre à Rouen"},
		"IBM's name of it":                 {"IBM850", "8bit", "La Cit\x82", "La Cité"},
		"code page 437":                    {"cp437", "8bit", "Cit\x82", "Cité"},
		"code page 858":                    {"IBM00858", "8bit", "5 \xd5", "5 €"},
		"code page of Windows by number":   {"cp1250", "8bit", "\xf8", "ř"},
	} {
		m, err := Read([]byte(fmt.Sprintf(head, c.charset, c.encoding) + c.body))
		if err != nil || strings.TrimSpace(m.Text) != c.want {
			t.Errorf("%s: %v, %q, want %q", name, err, m.Text, c.want)
		}
	}
	// An added footer is known, and is no text.
	m, err := Read([]byte(fmt.Sprintf(head, "utf-8", "base64") + encoded + "\n_______________\nListe, à Rouen\n"))
	if err != nil {
		t.Fatal(err)
	}
	if b := m.ExtractBody(); BlocksText(b.Blocks) != "La Cité ouvre à Rouen." || len(b.Cuts) != 1 || b.Cuts[0].Kind != CutNotice || !strings.Contains(b.Cuts[0].Text, "Liste, à Rouen") {
		t.Errorf("%q, %v", BlocksText(b.Blocks), b.Cuts)
	}
}

func TestDecodeHeader_BrokenWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"=?utf-8?B?w6k=w6k=?= x":                   "éé x",
		"=?utf-8?B?w6l0w6k?=":                      "été",
		"=?utf-8?B?w6l0w6ky!?=":                    "été2",
		"=?utf-8?B?w6l0?= =?utf-8?B?w6k=?=":        "été",
		"=?utf-7?Q?R+AOk-union_couture?=":          "Réunion couture",
		"=?cp850?Q?Cit=82?=":                       "Cité",
		"=?utf-8?B?!!!!?=":                         "=?utf-8?B?!!!!?=",
		"=?unicode-1-1-utf-7?B?UitBT2stdW5pb24=?=": "Réunion",
	} {
		if got := DecodeHeader(in); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// Pictures are named in the HTML by a Content-ID, however the mail holds them.
func TestRead_PicturesInTheirPlace(t *testing.T) {
	t.Parallel()
	html := func(source string) string { return "Content-Type: text/html; charset=utf-8\n\n" + source }
	png := func(fields string) string {
		return "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n" + fields + "\n\n" + onePixel
	}
	for name, c := range map[string]struct{ source, fields string }{
		"a data: address":              {`<p>a<img alt="x" src="data:image/png;base64,` + onePixel + `"></p>`, ""},
		"a data: address, encoded":     {`<p>a<IMG alt='x' SRC='data:image/png;charset=x;base64,` + strings.ReplaceAll(onePixel, "+", "%2B") + `'></p>`, ""},
		"an encoded Content-ID":        {`<p>a<img alt="x" src="cid:foo%40x.example"></p>`, "Content-ID: <foo@x.example>"},
		"encoded on the other side":    {`<p>a<img alt="x" src="cid:foo bar+1"></p>`, "Content-ID: <foo%20bar+1>"},
		"a Content-Location":           {`<p>a<img alt="x" src="image 1.png"></p>`, "Content-Location: image%201.png"},
		"an absolute Content-Location": {`<p>a<img alt="x" src="a/image1.png"></p>`, "Content-Location: http://x.example/a/image1.png"},
		"a relative Content-Location":  {`<p>a<img alt="x" src="file:///C:/a/image1.png"></p>`, "Content-Location: image1.png"},
	} {
		parts := []string{html(c.source)}
		if c.fields != "" {
			parts = append(parts, png(c.fields))
		}
		m, err := Read([]byte(mixed(parts...)))
		if err != nil || len(m.Parts) != 1 || m.Parts[0].Type != "image/png" || m.Parts[0].ContentID == "" {
			t.Errorf("%s: %v, %+v", name, err, m.Parts)
			continue
		}
		want := `<p>a<img src="cid:` + m.Parts[0].ContentID + `" alt="x"></p>`
		if got := CleanHTML(m.HTML); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	m, err := Read([]byte(mixed(html(`<style>@font-face{src:url(data:font/woff;base64,` + strings.Repeat("A", 600_000) + `)}</style><p>a<img src="data:text/plain;base64,YQ=="><img src="other.png"></p>`))))
	if err != nil || len(m.Parts) != 0 || CleanHTML(m.HTML) != "<p>a</p>" {
		t.Errorf("%v, %d parts, %.200s", err, len(m.Parts), m.HTML)
	}
}

func TestRead_PartTypesByContent(t *testing.T) {
	t.Parallel()
	inner := base64.StdEncoding.EncodeToString([]byte("From: p@y.example\nSubject: Forum\nDate: Mon, 22 Jan 2018 08:00:00 +0100\n\nLe forum.\n"))
	for name, c := range map[string]struct {
		part, kind string
	}{
		"a mail as a file":         {"Content-Type: application/octet-stream; name=f.eml\nContent-Transfer-Encoding: base64\n\n" + inner, "message/rfc822"},
		"a file called a mail":     {"Content-Type: application/octet-stream; name=f.eml\n\nbonjour", "application/octet-stream"},
		"a picture of a phone":     {"Content-Type: application/octet-stream; name=a.jpg\n\n\x00\x00\x00\x1cftypheic\x00\x00\x00\x00mif1heic", "image/heic"},
		"another form of it":       {"Content-Type: image/jpeg; name=a.jpg\n\n\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1heix", "image/heic"},
		"a newer form":             {"Content-Type: image/heif; name=a.heif\n\n\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1miaf", "image/avif"},
		"a film":                   {"Content-Type: video/mp4; name=a.mp4\n\n\x00\x00\x00\x1cftypisom\x00\x00\x00\x00mp41isom", "video/mp4"},
		"a picture named a PDF":    {"Content-Type: application/pdf; name=a.pdf\n\n\xff\xd8\xff\xe0", "image/jpeg"},
		"a text shown with a name": {"Content-Type: text/plain; name=a.txt\nContent-Disposition: inline; filename=a.txt\n\nLe forum.", ""},
		"a text attached":          {"Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment; filename=a.txt\n\nLe forum.", "text/plain"},
	} {
		m, err := Read([]byte(mixed("Content-Type: text/plain\n\nBonjour", c.part)))
		if err != nil {
			t.Fatal(err)
		}
		if c.kind == "" {
			if len(m.Parts) != 0 || !strings.Contains(m.Text, "Le forum.") {
				t.Errorf("%s: %q, %+v", name, m.Text, m.Parts)
			}
			continue
		}
		if len(m.Parts) != 1 || m.Parts[0].Type != c.kind {
			t.Errorf("%s: %+v", name, m.Parts)
		}
	}
	m, err := Read([]byte("From: a@x.example\n\nBonjour\n\nbegin 644 a.txt\n#0V%T\n`\nend\nSuite\nbegin 644 nothing\nand so on\n"))
	if err != nil || len(m.Parts) != 1 || m.Parts[0].Name != "a.txt" || string(m.Parts[0].Data) != "Cat" || strings.TrimSpace(m.Text) != "Bonjour\n\nSuite\nbegin 644 nothing\nand so on" {
		t.Errorf("%v, %q, %+v", err, m.Text, m.Parts)
	}
}

// Struck-through text is no text, whatever strikes it through.
func TestExtractBody_DropsStruckText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ part, struck string }{
		"elements":       {"<p>Le <s>15</s> <strike>16</strike> <del>17</del> 22 mars</p>", "15 16 17"},
		"a style":        {`<p>Le <span style="color:red; text-decoration:line-through">15</span> 22 mars</p>`, "15"},
		"another":        {`<p>Le <span style="text-decoration-line: underline line-through">15 <b>mars</b></span> 22 mars</p>`, "15 mars"},
		"a class":        {`<style>span.x, .y {text-decoration: line-through}</style><p>Le <span class="y">15</span> 22 mars</p>`, "15"},
		"none after all": {`<p>Le <s style="text-decoration:none">22</s> mars</p>`, ""},
		"tildes":         {"<p>Le ~~15~~ 22 mars</p>", "15"},
	} {
		m, err := Read([]byte("From: a@x.example\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nLe 15 16 17 mars 22 mars\n--b\nContent-Type: text/html\n\n" + c.part + "\n--b--\n"))
		if err != nil {
			t.Fatal(err)
		}
		b := m.ExtractBody()
		if got := BlocksText(b.Blocks); got != "Le 22 mars" || b.Struck != c.struck {
			t.Errorf("%s: %q, struck %q", name, got, b.Struck)
		}
		if c.struck != "" && name != "tildes" && m.Visible() != "Le 22 mars" {
			t.Errorf("%s: the answer is %q", name, m.Visible())
		}
	}
	for text, want := range map[string]string{
		"Le ~~15 mars~~ 22 mars":     "Le 22 mars",
		"~~ Atelier ~~\n\nUn texte.": "~~ Atelier ~~\n\nUn texte.",
		"~~~~~~\nUn texte ~ 5":       "Un texte ~ 5",
		"- un\n- ~~deux~~ trois":     "- un\n- trois",
	} {
		if got := BlocksText(TextBlocks(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestLayout_Links(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`<a href="www.cite.example/x">là</a>`:                                           `<p><a href="http://www.cite.example/x">là</a></p>`,
		`<a href="//cite.example/x">là</a>`:                                             `<p><a href="https://cite.example/x">là</a></p>`,
		`<base href="https://cite.example/a/"><a href="inscription">ici</a>`:            `<p><a href="https://cite.example/a/inscription">ici</a></p>`,
		`<base href="https://cite.example/a/"><a href="javascript:alert(1)">ici</a>`:    `<p>ici</p>`,
		`<base href="javascript:alert(1)"><a href="inscription">ici</a>`:                `<p>ici</p>`,
		`<base href="https://cite.example/a/"><a href="http://autre.example/b">ici</a>`: `<p><a href="http://autre.example/b">ici</a></p>`,
	} {
		if got := CleanHTML(source); got != want {
			t.Errorf("%s: %s", source, got)
		}
	}
}

// A sentence of news stays, even if it mentions an attachment; a note to the editors goes.
func TestExtractBody_NewsIsNoCoverNote(t *testing.T) {
	t.Parallel()
	for text, news := range map[string]bool{
		"Notre atelier de couture a accueilli douze personnes la semaine passée, voici une photo de la séance.":      true,
		"Ci-joint une photo de notre stand au salon, où quatre cents visiteurs sont passés en trois jours.":          true,
		"Je vous envoie une photo de notre atelier, qui s'est tenu lundi dernier à Rouen avec vingt personnes.":      true,
		"Our sewing workshop welcomed twelve people last week, please find attached a photo of the session.":         true,
		"Voici une photo de l'affiche pour la prochaine InfoLettre, merci de la publier.":                            false,
		"Comme convenu au téléphone avec votre collègue la semaine dernière, vous trouverez ci-joint notre article.": false,
		"Suite à notre conversation téléphonique de ce matin, voici le texte.":                                       false,
		"Voici l'affiche de notre atelier, qui a accueilli douze personnes.":                                         true,
		"Voici une photo de nos douze stagiaires de couture devant la mairie de Rouen.":                              true,
		"Voici la photo de notre équipe.": false,
		"Vous trouverez en pièce jointe notre contribution sur l'atelier de couture de la Cité des métiers de Rouen.": false,
		"Voici notre article en pièce jointe.":                                                  false,
		"Please find attached our article for the next newsletter, which I hope you will like.": false,
	} {
		m := &Message{Text: text}
		b := m.ExtractBody()
		left := b.Blocks
		if b.Covered != nil || BlocksText(b.Blocks) == text && b.Kept == "" {
			left = b.Covered
		}
		if got := BlocksText(left) != ""; got != news {
			t.Errorf("%s\nleft %q, kept %q", text, BlocksText(left), b.Kept)
		}
	}
}

// Content that a mail may repeat without end costs no more than its bounds allow.
func TestRead_EncodingsAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("counts allocations, and the race detector adds some")
	}
	many := strings.Repeat
	for name, part := range map[string]string{
		"parameters":            "Content-Type: application/pdf\nContent-Disposition: attachment" + many("; filename*1*=x", 60_000) + "\n\nx",
		"a name of quotes":      "Content-Type: application/pdf\nContent-Disposition: attachment; filename=\"" + many(`\"x" `, 20_000) + "\n\nx",
		"padding":               "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + many("YQ==\n", 500_000),
		"lines of two charsets": "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n" + many("a\n\xe9\n", 500_000),
		"UTF-7":                 "Content-Type: text/plain; charset=utf-7\n\n" + many("+AOk-", 500_000),
		"files in the text":     "Content-Type: text/plain\n\n" + many("begin 644 a\n#0V%T\n", 100_000),
		"data: pictures":        "Content-Type: text/html\n\n" + many(`<img src="data:image/png;base64,`+onePixel+`">`, 15_000),
		"data: and no picture":  "Content-Type: text/html\n\ndata:" + many(`<img `, 400_000),
		"data: without an end":  "Content-Type: text/html\n\n" + many(`<img src="data:`, 150_000),
		"located pictures":      "Content-Type: text/html\n\n" + many(`<img src=a.png>`, 19_000) + "\n--b\nContent-Type: image/png\nContent-Location: a.png\n\n\x89PNG\r\n\x1a\n",
		"struck text":           "Content-Type: text/html\n\n" + many("<s>", 500) + many("x ", 200_000),
		"tildes":                "Content-Type: text/plain\n\n" + many("~~x", 80_000),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, err := Read([]byte(mixed(part)))
		if err == nil {
			m.ExtractBody()
		}
		runtime.ReadMemStats(&after)
		if made := (after.TotalAlloc - before.TotalAlloc) >> 20; made > 250 {
			t.Errorf("%s: %d MB were allocated", name, made)
		}
		if err == nil && len(m.Parts) > maxDataPictures+10 {
			t.Errorf("%s: %d parts", name, len(m.Parts))
		}
	}
	if got := decodeBase64(bytes.Repeat([]byte("="), 1<<20)); len(got) != 0 {
		t.Errorf("%d octets of nothing", len(got))
	}
}
