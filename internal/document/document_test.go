package document

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"
)

// pack makes an archive of names and contents.
func pack(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const wordHead = `<?xml version="1.0"?><w:document xmlns:w="w" xmlns:r="r" xmlns:a="a" xmlns:wp="wp" xmlns:mc="mc"><w:body>`

var word = []string{
	"word/document.xml", wordHead +
		`<w:p><w:pPr><w:pStyle w:val="Titre1"/></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>Un forum à Rouen</w:t></w:r></w:p>` +
		`<w:p><w:r><w:t xml:space="preserve">Le forum </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>aura lieu</w:t></w:r><w:r><w:rPr><w:b w:val="0"/><w:i/></w:rPr><w:t xml:space="preserve"> à Rouen</w:t></w:r><w:r><w:t> &amp; ailleurs.</w:t></w:r></w:p>` +
		`<w:p><w:pPr><w:pStyle w:val="Sous"/></w:pPr><w:r><w:t>Au programme</w:t></w:r></w:p>` +
		`<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>un atelier</w:t></w:r></w:p>` +
		`<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>une visite</w:t></w:r></w:p>` +
		`<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="2"/></w:numPr></w:pPr><w:r><w:t>d'abord</w:t></w:r></w:p>` +
		`<w:p><w:hyperlink r:id="rId1"><w:r><w:t>S'inscrire</w:t></w:r></w:hyperlink><w:r><w:br/><w:t>avant mars</w:t></w:r></w:p>` +
		`<w:p><w:del><w:r><w:t>supprimé</w:t></w:r></w:del><w:ins><w:r><w:t>ajouté</w:t></w:r></w:ins></w:p>` +
		`<w:p><w:r><w:drawing><wp:inline><wp:docPr descr="Le port"/><a:blip r:embed="rId2"/></wp:inline></w:drawing></w:r></w:p>` +
		`<w:p><mc:AlternateContent><mc:Choice><w:r><w:t>une fois</w:t></w:r></mc:Choice><mc:Fallback><w:r><w:t>deux fois</w:t></w:r></mc:Fallback></mc:AlternateContent></w:p>` +
		`<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Quand</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>22 mars</w:t></w:r></w:p></w:tc></w:tr></w:tbl>` +
		`</w:body></w:document>`,
	"word/_rels/document.xml.rels", `<Relationships><Relationship Id="rId1" Type="http://x/hyperlink" Target="https://forum.example/?a=1&amp;b=2" TargetMode="External"/>` +
		`<Relationship Id="rId2" Type="http://x/image" Target="media/image1.png"/><Relationship Id="rId3" Type="http://x/image" Target="https://t.example/p.gif" TargetMode="External"/></Relationships>`,
	"word/styles.xml", `<w:styles xmlns:w="w"><w:style w:styleId="Titre1"><w:name w:val="heading 1"/></w:style><w:style w:styleId="Sous"><w:name w:val="Maison"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style></w:styles>`,
	"word/numbering.xml", `<w:numbering xmlns:w="w"><w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>` +
		`<w:abstractNum w:abstractNumId="8"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum>` +
		`<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num></w:numbering>`,
	"word/media/image1.png", "a picture",
}

func TestRead_Word(t *testing.T) {
	t.Parallel()
	d, err := Read(pack(t, word...))
	if err != nil {
		t.Fatal(err)
	}
	want := "<p>Le forum <strong>aura lieu</strong><em> à Rouen</em> &amp; ailleurs.</p>\n" +
		"<h3>Au programme</h3>\n" +
		"<ul>\n<li>un atelier</li>\n<li>une visite</li>\n</ul>\n<ol>\n<li>d&#39;abord</li>\n</ol>\n" +
		`<p><a href="https://forum.example/?a=1&amp;b=2">S&#39;inscrire</a><br>avant mars</p>` + "\n" +
		"<p>ajouté</p>\n" +
		`<p><img src="cid:picture-1.document" alt="Le port"></p>` + "\n" +
		"<p>une fois</p>\n" +
		"<table>\n<tr><td><p>Quand</p>\n</td><td><p>22 mars</p>\n</td></tr>\n</table>\n"
	if d.Title != "Un forum à Rouen" || d.HTML != want {
		t.Errorf("title %q, HTML\n%s\nwant\n%s", d.Title, d.HTML, want)
	}
	if len(d.Images) != 1 || d.Images[0].Type != "image/png" || string(d.Images[0].Data) != "a picture" {
		t.Errorf("pictures %+v", d.Images)
	}
}

const openHead = `<?xml version="1.0"?><o:document-content xmlns:o="o" xmlns:t="t" xmlns:st="st" xmlns:fo="fo" xmlns:d="d" xmlns:x="x" xmlns:svg="svg">` +
	`<o:automatic-styles><st:style st:name="T1"><st:text-properties fo:font-weight="bold"/></st:style>` +
	`<t:list-style st:name="L1"><t:list-level-style-number t:level="1"/></t:list-style></o:automatic-styles><o:body><o:text>`

func TestRead_OpenDocument(t *testing.T) {
	t.Parallel()
	d, err := Read(pack(t, "content.xml", openHead+
		`<t:tracked-changes><t:p>ancien</t:p></t:tracked-changes>`+
		`<t:h t:outline-level="1">Un forum</t:h>`+
		`<t:p>Il <t:span t:style-name="T1">aura lieu</t:span><t:s t:c="2"/>le  22
mars<o:annotation><t:p>une note</t:p></o:annotation>.</t:p>`+
		`<t:list t:style-name="L1"><t:list-item><t:p>un</t:p></t:list-item><t:list-item><t:p>deux</t:p></t:list-item></t:list>`+
		`<t:list><t:list-item><t:p>a</t:p><t:list><t:list-item><t:p>b</t:p></t:list-item></t:list></t:list-item></t:list>`+
		`<t:p><t:a x:href="https://forum.example">ici</t:a> <d:frame><d:image x:href="Pictures/1.jpg"/><svg:title>Le port</svg:title></d:frame></t:p>`+
		`</o:text></o:body></o:document-content>`, "Pictures/1.jpg", "a picture"))
	if err != nil {
		t.Fatal(err)
	}
	want := "<p>Il <strong>aura lieu</strong>  le 22 mars.</p>\n" +
		"<ol>\n<li>un</li>\n<li>deux</li>\n</ol>\n" +
		"<ul>\n<li>a</li>\n<ul>\n<li>b</li>\n</ul>\n</ul>\n" +
		`<p><a href="https://forum.example">ici</a> <img src="cid:picture-1.document" alt="Le port"></p>` + "\n"
	if d.Title != "Un forum" || d.HTML != want {
		t.Errorf("title %q, HTML\n%s\nwant\n%s", d.Title, d.HTML, want)
	}
	if len(d.Images) != 1 || d.Images[0].Type != "image/jpeg" {
		t.Errorf("pictures %+v", d.Images)
	}
}

func TestRead_BombsAreRefused(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	var limit *LimitError
	for name, data := range map[string][]byte{
		"a part that unpacks to a lot": pack(t, "word/document.xml", wordHead+strings.Repeat(" ", maxXML)),
		"a text without end":           pack(t, "word/document.xml", wordHead+strings.Repeat("<w:p><w:r><w:t>bonjour</w:t></w:r></w:p>", 100000)+"</w:body></w:document>"),
		"elements without end":         pack(t, "word/document.xml", wordHead+strings.Repeat("<w:r>", 10000)),
		"elements without end, open":   pack(t, "content.xml", strings.Repeat("<a>", 10000)),
	} {
		if _, err := Read(data); !errors.As(err, &limit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Pictures that unpack to more than the bound are dropped; the text stays.
	files := []string{
		"word/document.xml", wordHead + `<w:p><w:r><w:t>Le texte</w:t></w:r></w:p>` + strings.Repeat(`<w:p><a:blip r:embed="i"/></w:p>`, 40) + "</w:body></w:document>",
		"word/_rels/document.xml.rels", `<R><Relationship Id="i" Type="x/image" Target="media/1.png"/></R>`,
		"word/media/1.png", strings.Repeat("\x00", 8<<20),
	}
	d, err := Read(pack(t, files...))
	if err != nil || len(d.Images) >= 8 || !strings.Contains(d.HTML, "Le texte") {
		t.Errorf("a picture used again and again: %d pictures, %q, %v", len(d.Images), d.HTML, err)
	}
}

func TestRead_OtherFilesAreRefused(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{"text": []byte("bonjour"), "another archive": pack(t, "a.txt", "b"), "nothing": nil} {
		if _, err := Read(data); !errors.Is(err, ErrNotDocument) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if KindOf("Texte.DOCX", "application/octet-stream", []byte("damaged")) != Text || KindOf("a.pdf", "application/pdf", []byte("%PDF-1.4")) != NoText {
		t.Error("files are not told by their names")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(word[1])
	f.Add(openHead + `<t:p>a<t:list><t:list-item><t:p>b</t:p></t:list-item></t:list></t:p>`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, name := range []string{"word/document.xml", "content.xml"} {
			d, err := Read(pack(t, name, body))
			if err != nil {
				continue
			}
			for _, tag := range []string{"ul", "ol"} {
				if strings.Count(d.HTML, "<"+tag+">") != strings.Count(d.HTML, "</"+tag+">") {
					t.Fatalf("%s: lists are left open in %q", name, d.HTML)
				}
			}
		}
	})
}
